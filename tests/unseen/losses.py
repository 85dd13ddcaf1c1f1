"""Losses: contrastive, robust, probabilistic, for metric learning and for images."""

import numpy as np

import symnet as sn
from tests.unseen.collection import Collection

LOSSES = Collection()
unseen = LOSSES.unseen


def log_softmax(z):
    e = z - z.max(axis=1, keepdims=True)
    return e - np.log(np.exp(e).sum(axis=1, keepdims=True))


# -- contrastive ------------------------------------------------------------------------------------------------------


@unseen(numpy=lambda a, b: -np.trace(log_softmax(a @ b.T / 0.1)) / len(a))
def info_nce(a: "n d", b: "n d", *, tau=0.1):
    s = sn.sum(a * b["m d"], over="d") / tau
    lse = sn.logsumexp(s, over="m")
    return sn.mean(lse - s["n n"], over="n")


@unseen
def nt_xent(z: "n d", partner: sn.labels("n", below="n"), *, tau=0.5):
    u = z / sn.sqrt(sn.sum(z**2, over="d"))
    s = sn.sum(u * u["m d"], over="d") / tau
    others = sn.where(sn.index("n") == sn.index("m"), -1e9, s)
    return sn.mean(sn.logsumexp(others, over="m") - s["n", partner])


@unseen(numpy=lambda a, p, q: np.maximum(((a - p) ** 2 - (a - q) ** 2).sum(axis=1) + 1, 0).mean())
def triplet_with_margin(a: "n d", p: "n d", q: "n d", *, margin=1.0):
    near = sn.sum((a - p) ** 2, over="d")
    far = sn.sum((a - q) ** 2, over="d")
    return sn.mean(sn.relu(near - far + margin))


def triplets_in_numpy(z, a, p, q):
    near, far = ((z[a] - z[p]) ** 2).sum(axis=1), ((z[a] - z[q]) ** 2).sum(axis=1)
    return np.maximum(near - far + 0.2, 0).mean()


@unseen(numpy=triplets_in_numpy)
def triplets_of_one_batch(
    z: "n d",
    a: sn.labels("m", below="n"),
    p: sn.labels("m", below="n"),
    q: sn.labels("m", below="n"),
    *,
    margin=0.2,
):
    u = z[a, "d"]
    near = sn.sum((u - z[p, "d"]) ** 2, over="d")
    far = sn.sum((u - z[q, "d"]) ** 2, over="d")
    return sn.mean(sn.maximum(0, near - far + margin), over="m")


@unseen
def centre_loss(z: "n d", centres: "c d", labels: sn.labels("n", below="c")):
    return sn.mean(sn.sum((z - centres[labels, "d"]) ** 2, over="d"), over="n") / 2


@unseen
def additive_margin_softmax(u: "n d", w: "c d", labels: sn.labels("n", below="c"), *, s=10.0, m=0.3):
    un = u / sn.sqrt(sn.sum(u**2, over="d"))
    wn = w / sn.sqrt(sn.sum(w**2, over="d"))
    z = s * (sn.sum(un * wn, over="d") - m * (labels == sn.index("c")))
    return sn.mean(sn.logsumexp(z, over="c") - z["n", labels])


@unseen
def barlow_twins(a: "n d", b: "n d", *, weight=0.01):
    u = (a - sn.mean(a, over="n")) / sn.sqrt(sn.var(a, over="n") + 1e-5)
    v = (b - sn.mean(b, over="n")) / sn.sqrt(sn.var(b, over="n") + 1e-5)
    c = sn.sum(u * v["n e"], over="n") / sn.size("n")
    diagonal = sn.sum((1 - c["d d"]) ** 2)
    return diagonal + weight * (sn.sum(c**2) - sn.sum(c["d d"] ** 2))


@unseen
def kernel_mean_discrepancy(x: "n d", y: "m d", *, gamma=0.5):
    kxx = sn.mean(sn.exp(-gamma * sn.sum((x - x["n2 d"]) ** 2, over="d")))
    kxy = sn.mean(sn.exp(-gamma * sn.sum((x - y) ** 2, over="d")))
    return kxx - 2 * kxy


# -- classification ---------------------------------------------------------------------------------------------------


def focal_in_numpy(z, labels):
    log_p = log_softmax(z)[np.arange(len(z)), labels]
    return -((1 - np.exp(log_p)) ** 2 * log_p).mean()


@unseen(numpy=focal_in_numpy)
def focal(z: "n c", labels: sn.labels("n", below="c"), *, gamma=2.0):
    p = sn.softmax(z, over="c")
    pt = p["n", labels]
    return -sn.mean((1 - pt) ** gamma * sn.log(pt), over="n")


@unseen
def binary_focal(z: "n", y: sn.mask("n"), *, gamma=2):
    p = sn.sigmoid(z)
    return -sn.mean(y * (1 - p) ** gamma * sn.log(p) + (1 - y) * p**gamma * sn.log(1 - p), over="n")


@unseen
def label_smoothing(z: "n c", y: sn.one_hot("n c"), *, a=0.1):
    soft = (1 - a) * y + a / sn.size("c")
    return -sn.mean(sn.sum(soft * sn.log(sn.softmax(z, over="c")), over="c"), over="n")


@unseen(numpy=lambda z, y: -(y * log_softmax(z)).sum() / len(z))
def cross_entropy_with_probabilities(z: "n c", y: sn.probability("n c", over="c")):
    return -sn.mean(sn.sum(y * sn.log(sn.softmax(z, over="c")), over="c"), over="n")


@unseen
def multi_label(z: "n c", y: sn.mask("n c"), *, w=2.0):
    return sn.mean(w * y * sn.softplus(-z) + (1 - y) * sn.softplus(z))


@unseen
def multi_class_hinge(z: "n c", labels: sn.labels("n", below="c")):
    margins = sn.maximum(0, 1 + z - z["n", labels])
    return sn.mean(sn.sum(margins, over="c") - 1, over="n")


@unseen
def soft_dice(z: "n p", y: sn.mask("n p")):
    q = sn.sigmoid(z)
    return 1 - sn.mean((2 * sn.sum(q * y, over="p") + 1) / (sn.sum(q, over="p") + sn.sum(y, over="p") + 1))


# -- distances of distributions ---------------------------------------------------------------------------------------


def kl_in_numpy(z, t):
    p, q = log_softmax(t / 2), log_softmax(z / 2)
    return 4 * (np.exp(p) * (p - q)).sum() / len(z)


@unseen(numpy=kl_in_numpy)
def kl_of_two_softmaxes(z: "n c", t: "n c", *, temperature=2.0):
    p = sn.softmax(t / temperature, over="c")
    q = sn.softmax(z / temperature, over="c")
    return temperature**2 * sn.mean(sn.sum(p * (sn.log(p) - sn.log(q)), over="c"), over="n")


@unseen
def kl_of_probabilities(x: sn.probability("n c", over="c"), y: sn.probability("n c", over="c")):
    return sn.sum(x * (sn.log(x) - sn.log(y)), over="c")


@unseen
def entropy(p: sn.probability("n c", over="c")):
    return -sn.sum(p * sn.log(p), over="c")


@unseen
def gaussian_negative_log_likelihood(y: "n d", mu: "n d", var: sn.positive("n d")):
    return sn.mean(sn.sum(sn.log(var) + (y - mu) ** 2 / var, over="d"), over="n") / 2


@unseen
def kl_of_a_gaussian_encoder(mu: "n d", s: "n d"):
    return sn.mean(sn.sum(sn.exp(s) + mu**2 - 1 - s, over="d"), over="n") / 2


@unseen
def poisson_negative_log_likelihood(z: "n", y: "n"):
    return sn.mean(sn.exp(z) - y * z)


@unseen
def one_step_of_optimal_transport(c: "i j", *, eps=0.5):
    f = -eps * sn.logsumexp(-c / eps, over="j")
    g = -eps * sn.logsumexp((f - c) / eps, over="i")
    return sn.sum(sn.exp((f + g - c) / eps) * c)


# -- regression -------------------------------------------------------------------------------------------------------


def huber_in_numpy(y, t):
    r = np.abs(y - t)
    return np.where(r <= 1, r * r / 2, r - 0.5).mean()


@unseen(numpy=huber_in_numpy)
def huber(y: "n", t: "n", *, delta=1.0):
    r = y - t
    return sn.mean(sn.where(sn.abs(r) <= delta, r**2 / 2, delta * (sn.abs(r) - delta / 2)))


@unseen
def log_cosh(y: "n d", t: "n d"):
    r = y - t
    return sn.mean(r + sn.softplus(-2 * r) - sn.log(2))


@unseen
def quantile(y: "n", t: "n", *, q=0.3):
    r = t - y
    return sn.mean(sn.maximum(q * r, (q - 1) * r))


@unseen
def cosine_similarity(x: "n d", y: "n d"):
    return sn.sum(x * y, over="d") / sn.sqrt(sn.sum(x**2, over="d") * sn.sum(y**2, over="d"))


@unseen(numpy=lambda x, t: ((x @ x.T / x.shape[1] - t) ** 2).sum())
def style(x: "c p", t: "c e"):
    g = sn.sum(x * x["e p"], over="p") / sn.size("p")
    return sn.sum((g - t) ** 2)
