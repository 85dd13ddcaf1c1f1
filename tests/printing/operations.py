"""Small operations that between them use every kind of formula."""

from __future__ import annotations

import symnet as sn
from symnet.catalog import FAMILIES, load


@sn.op
def rms_norm(x: "n d", g: "d", *, eps=1e-6):
    ms = sn.mean(x**2, over="d")
    return g * x / sn.sqrt(ms + eps)


@sn.op
def batch_norm(x: "n d", gamma: "d", beta: "d", *, eps=1e-5):
    """Every feature over the batch."""
    mu_B = sn.mean(x, over="n")
    sigma2 = sn.mean((x - mu_B) ** 2, over="n")
    xhat = (x - mu_B) / sn.sqrt(sigma2 + eps)
    return gamma * xhat + beta


@sn.op
def cross_entropy(z: "n c", y: sn.one_hot("n c")):
    p = sn.softmax(z, over="c")
    return -sn.mean(sn.sum(y * sn.log(p), over="c"), over="n")


@sn.op
def convolution(x: "n c h w", k: "o c r s") -> "n o h w":
    return sn.sum(x["n c h+r w+s"] * k, over="c r s")


@sn.op
def pooling(x: "n c h w"):
    return sn.max(x["n c 2*h+r 2*w+s"], over="r s")


@sn.op
def embedding(table: "v d", t: sn.labels("n", below="v")):
    return table[t, "d"]


@sn.op
def gram(x: "n d", t: "n m"):
    return sn.sum((sn.sum(x * x["m d"], over="d") - t) ** 2)


@sn.op
def dense(x: "n d", w: "d h", b: "h"):
    y = sn.sum(x * w, over="d") + b
    return y


@sn.op
def softmax(z: "n c"):
    p = sn.softmax(z, over="c")
    return p


@sn.op
def column_softmax(z: "n c"):
    p = sn.softmax(z, over="n")
    return p


@sn.op
def attention(q: "b h t d", k: "b h s d", v: "b h s d"):
    scores = sn.sum(q * k, over="d") / sn.sqrt(sn.size("d"))
    p = sn.softmax(scores, over="s")
    y = sn.sum(p * v, over="s")
    return y


@sn.op
def two_layers(x: "n d", w1: "d h", b1: "h", w2: "h o", y: "n o"):
    a = sn.relu(sn.sum(x * w1, over="d") + b1)
    yhat = sn.sum(a * w2, over="h")
    return sn.mean((yhat - y) ** 2)


@sn.op
def logistic(z: "n", y: "n"):
    a = sn.sigmoid(z)
    return -sn.mean(y * sn.log(a) + (1 - y) * sn.log(1 - a))


@sn.op
def gelu(x: "n"):
    return 0.5 * x * (1 + sn.tanh(0.7978845608028654 * (x + 0.044715 * x**3)))


@sn.op
def bilinear(x: "n a", w: "a b", y: "n b"):
    s = sn.sum(sn.sum(x * w, over="a") * y, over="b")
    return s


@sn.op
def pieces(x: "n d", m: sn.mask("n d"), *, alpha=0.01):
    a = sn.where(x > 0, x, alpha * (sn.exp(x) - 1))
    b = sn.where(m, a, -x)
    c = sn.clip(b, -1.5, 1.5) * sn.abs(x - 1)
    return c - sn.max(c, over="d")


@sn.op
def powers(x: sn.positive("n"), p: "n"):
    a = x**1.5 + x ** (-0.5) - 2 / x**2
    b = (1 + x) ** p / (x + x**2) ** 3
    return sn.log(a**2 + b) * sn.exp(-x * p) - (x - p) * (p - 2 * x) / 3


@sn.op
def products(x: "n d"):
    a = sn.prod(x, over="d")
    s = sn.sum(x, over="d") * sn.sum(x**2, over="n d")
    return a * s - sn.logsumexp(x, over="d") * (1 - a)


@sn.op
def diagonal(x: "n m", batch: "n words"):
    return sn.sum(x["n n"] * batch, over="words") + sn.size("words")


@sn.op
def positions(x: "t d"):
    return x * sn.index("t") + sn.sum(x, over="t") * (sn.index("t") - sn.index("d"))


OPERATIONS = {
    o.name: o
    for o in (
        rms_norm, batch_norm, cross_entropy, convolution, pooling, embedding, gram, dense, softmax, column_softmax,
        attention, two_layers, logistic, gelu, bilinear, pieces, powers, products, diagonal, positions,
    )
}  # fmt: skip

#: the catalogue as well, whose pages are committed
EVERYTHING = OPERATIONS | {name: load(name) for names in FAMILIES.values() for name in names}
