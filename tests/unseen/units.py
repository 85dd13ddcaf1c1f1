"""Normalisations, gated and other units, recurrent cells, attention."""

import math

import numpy as np

import symnet as sn
from tests.unseen.collection import Collection

UNITS = Collection()
unseen = UNITS.unseen


def standardised(x, axis, eps=1e-5):
    return (x - x.mean(axis=axis, keepdims=True)) / np.sqrt(x.var(axis=axis, keepdims=True) + eps)


# -- normalisation ----------------------------------------------------------------------------------------------------


@unseen(numpy=lambda x, gamma, beta: standardised(x, 2) * gamma + beta)
def group_norm(x: "n g c", gamma: "g c", beta: "g c", *, eps=1e-5):
    mu = sn.mean(x, over="c")
    var = sn.var(x, over="c")
    return gamma * (x - mu) / sn.sqrt(var + eps) + beta


@unseen(numpy=lambda x, g, b: standardised(x, (2, 3)) * g[:, None, None] + b[:, None, None])
def instance_norm(x: "n c h w", gamma: "c", beta: "c", *, eps=1e-5):
    mu = sn.mean(x, over="h w")
    xc = x - mu
    r = 1 / sn.sqrt(sn.mean(xc**2, over="h w") + eps)
    return gamma * xc * r + beta


@unseen(numpy=lambda x, g, b: standardised(x, (0, 2, 3)) * g[:, None, None] + b[:, None, None])
def batch_norm_of_images(x: "n c h w", gamma: "c", beta: "c", *, eps=1e-5):
    mu = sn.mean(x, over="n h w")
    var = sn.var(x, over="n h w")
    xhat = (x - mu) / sn.sqrt(var + eps)
    return gamma * xhat + beta


@unseen(numpy=lambda x, g: g * x / np.sqrt((x * x).mean(axis=1, keepdims=True) + 1e-6))
def rms_norm(x: "n d", g: "d", *, eps=1e-6):
    ms = sn.mean(x**2, over="d")
    return g * x / sn.sqrt(ms + eps)


@unseen
def l2_normalise(x: "n d"):
    return x / sn.sqrt(sn.sum(x**2, over="d"))


@unseen
def weight_norm(v: "d h", g: "h"):
    return g * v / sn.sqrt(sn.sum(v**2, over="d"))


@unseen
def weight_standardisation(x: "n d", w: "d h", *, eps=1e-5):
    what = (w - sn.mean(w, over="d")) / sn.sqrt(sn.var(w, over="d") + eps)
    return sn.sum(x * what, over="d")


@unseen(numpy=lambda x: standardised(x, 0, 0))
def z_score(x: "n d"):
    return (x - sn.mean(x, over="n")) / sn.std(x, over="n")


@unseen
def local_response_norm(x: "n c p", *, k=2.0, alpha=0.1):
    sn.axis("r", 3)
    s = sn.sum(sn.pad(x**2, "c", 1)["n c+r p"], over="r")
    return x / (k + alpha * s) ** 0.75


# -- units ------------------------------------------------------------------------------------------------------------


@unseen(numpy=lambda x, w, v, b, c: (x @ w + b) / (1 + np.exp(-(x @ v + c))))
def glu(x: "n d", w: "d h", v: "d h", b: "h", c: "h"):
    return (sn.sum(x * w, over="d") + b) * sn.sigmoid(sn.sum(x * v, over="d") + c)


@unseen(numpy=lambda x, w, v, u: (x @ w / (1 + np.exp(-x @ w)) * (x @ v)) @ u)
def swiglu(x: "n d", w: "d h", v: "d h", w2: "h d"):
    a = sn.sum(x * w, over="d")
    gate = a * sn.sigmoid(a)
    h = gate * sn.sum(x * v, over="d")
    return sn.sum(h * w2, over="h")


@unseen(numpy=lambda x: x * np.vectorize(lambda t: (1 + math.erf(t / 2**0.5)) / 2)(x))
def gelu(x: "n d"):
    return x * (1 + sn.erf(x / sn.sqrt(2))) / 2


@unseen
def gelu_by_tanh(x: "n d"):
    return 0.5 * x * (1 + sn.tanh(0.7978845608028654 * (x + 0.044715 * x**3)))


@unseen
def mish(x: "n d"):
    return x * sn.tanh(sn.softplus(x))


@unseen(numpy=lambda x: np.where(x > 0, x, np.exp(x) - 1))
def elu(x: "n d", *, alpha=1.0):
    positive = x > 0
    return sn.where(positive, x, alpha * sn.expm1(x))


@unseen
def prelu(x: "n d", a: "d"):
    return sn.maximum(x, 0) + a * sn.minimum(x, 0)


@unseen(numpy=lambda x: x * np.clip(x + 3, 0, 6) / 6)
def hard_swish(x: "n d"):
    return x * sn.clip(x + 3, 0, 6) / 6


@unseen
def softsign(x: "n d"):
    return x / (1 + sn.abs(x))


@unseen(numpy=lambda x, w, b: (np.einsum("nd,dkh->nkh", x, w) + b).max(axis=1))
def maxout(x: "n d", w: "d k h", b: "k h"):
    return sn.max(sn.sum(x * w, over="d") + b, over="k")


@unseen
def residual_block(x: "n d", w: "d h", v: "h d", g: "d"):
    y = x + sn.sum(sn.relu(sn.sum(x * w, over="d")) * v, over="h")
    return rms_norm(y, g)


@unseen
def squeeze_and_excite(x: "n c h w", a: "c k", b: "k c"):
    s = sn.relu(sn.sum(sn.mean(x, over="h w") * a, over="c"))
    return x * sn.sigmoid(sn.sum(s * b, over="k"))


@unseen
def mixture_of_experts(x: "n d", g: "d e", w: "e d h"):
    p = sn.softmax(sn.sum(x * g, over="d"), over="e")
    return sn.sum(p * sn.sum(x * w, over="d"), over="e")


@unseen
def dropout(x: "n d", keep: sn.mask("n d"), *, rate=0.5):
    return x * keep / (1 - rate)


@unseen
def capsule_squash(x: "n k d"):
    s = sn.sum(x**2, over="d")
    return x * s / (1 + s) / sn.sqrt(s + 1e-6)


# -- recurrent cells --------------------------------------------------------------------------------------------------


def lstm_in_numpy(x, h, c, w, u, b):
    z = np.einsum("nd,gde->gne", x, w) + np.einsum("nk,gke->gne", h, u) + b[:, None]
    i, f, o = 1 / (1 + np.exp(-z[:3]))
    c = f * c + i * np.tanh(z[3])
    return o * np.tanh(c), c


@unseen(numpy=lstm_in_numpy)
def lstm_cell(x: "n d", h: "n k", c: "n e", w: "g d e", u: "g k e", b: "g e"):
    z = sn.sum(x * w, over="d") + sn.sum(h * u, over="k") + b
    i = sn.sigmoid(z["n 0 e"])
    f = sn.sigmoid(z["n 1 e"])
    o = sn.sigmoid(z["n 2 e"])
    c_next = f * c + i * sn.tanh(z["n 3 e"])
    h_next = o * sn.tanh(c_next)
    return h_next, c_next


@unseen
def lstm_gates(x: "n d", c: "n e", wi: "d e", wf: "d e", wo: "d e", wc: "d e"):
    i, f, o = (sn.sigmoid(sn.sum(x * w, over="d")) for w in (wi, wf, wo))
    c_next = f * c + i * sn.tanh(sn.sum(x * wc, over="d"))
    return o * sn.tanh(c_next), c_next, i, f, o


@unseen
def gru_cell(x: "n d", h: "n e", w: "g d e", u: "g k e", b: "g e"):
    z = sn.sum(x * w, over="d") + b
    s = sn.sum(h["n k"] * u, over="k")
    r = sn.sigmoid(z["n 0 e"] + s["n 0 e"])
    update = sn.sigmoid(z["n 1 e"] + s["n 1 e"])
    new = sn.tanh(z["n 2 e"] + r * s["n 2 e"])
    return (1 - update) * new + update * h


@unseen
def three_steps_of_one_recurrence(x: "n d", w: "d e", u: "d e"):
    h = x
    for _ in range(3):
        h = sn.tanh(sn.sum(h * w, over="d")["n d"] + sn.sum(x * u, over="d")["n d"])
    return h


# -- attention --------------------------------------------------------------------------------------------------------


def masked_heads_in_numpy(x, wq, wk, wv, wo, mask):
    q, k, v = (np.einsum("btm,hmd->bhtd", x, w) for w in (wq, wk, wv))
    scores = np.where(mask, q @ k.swapaxes(2, 3) / q.shape[3] ** 0.5, -1e9)
    e = np.exp(scores - scores.max(axis=3, keepdims=True))
    return np.einsum("bhtd,hdm->btm", e / e.sum(axis=3, keepdims=True) @ v, wo)


@unseen(numpy=masked_heads_in_numpy)
def masked_multi_head_attention(x: "b t m", wq: "h m d", wk: "h m d", wv: "h m d", wo: "h d m", mask: sn.mask("t s")):
    q = sn.sum(x * wq, over="m")
    k = sn.sum(x["b s m"] * wk, over="m")
    v = sn.sum(x["b s m"] * wv, over="m")
    scores = sn.sum(q * k, over="d") / sn.sqrt(sn.size("d"))
    p = sn.softmax(sn.where(mask, scores, -1e9), over="s")
    o = sn.sum(p * v, over="s")
    return sn.sum(o * wo, over="h d")


@unseen
def causal_attention_with_padding(q: "b t d", k: "b s d", v: "b s e", present: sn.mask("b s")):
    scores = sn.sum(q * k, over="d") / sn.sqrt(sn.size("d"))
    allowed = (sn.index("s") <= sn.index("t")) & present
    p = sn.softmax(sn.where(allowed, scores, -1e9), over="s")
    return sn.sum(p * v, over="s")


@unseen
def causal_self_attention(x: "b t d", *, causal=True, scale=0.5):
    s = scale * sn.sum(x * x["b s d"], over="d")
    if causal:  # a constant may branch: its value becomes part of the graph
        s = sn.where(sn.index("s") <= sn.index("t"), s, -np.inf)
    p = sn.softmax(s, over="s")
    return sn.sum(p * x["b s d"], over="s")


@unseen
def additive_attention(q: "n h", k: "s h", v: "h"):
    return sn.softmax(sn.sum(v * sn.tanh(q + k), over="h"), over="s")


@unseen
def linear_attention(q: "t d", k: "s d", v: "s e"):
    f, g = sn.where(q > 0, q + 1, sn.exp(q)), sn.where(k > 0, k + 1, sn.exp(k))
    top = sn.sum(f * sn.sum(g * v, over="s"), over="d")
    return top / sn.sum(f * sn.sum(g, over="s"), over="d")


@unseen
def attention_pooling(x: "n t d", w: "d e", q: "e"):
    a = sn.softmax(sn.sum(sn.sum(x * w, over="d") * q, over="e"), over="t")
    return sn.sum(a * x, over="t")


@unseen
def rotary_position(x: "t p d"):
    theta = 0.1 * sn.index("t")
    return x["t p 0"] * sn.cos(theta) - x["t p 1"] * sn.sin(theta)
