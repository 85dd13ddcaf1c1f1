"""Batch normalisation and whitening in the forms that statements about them compare."""

import symnet as sn
from symnet.catalog.normalization import batch_norm, batch_norm_inference, centre, standardize


@sn.op
def shifted(x: "n d", gamma: "d", beta: "d", b: "d", *, eps=1e-5):
    """Batch normalisation of what a bias was added to."""
    y = batch_norm(x + b, gamma, beta, eps=eps)
    return y


@sn.op
def plain(x: "n d", gamma: "d", beta: "d", b: "d", *, eps=1e-5):
    """Batch normalisation without the bias."""
    y = batch_norm(x, gamma, beta, eps=eps)
    return y


@sn.op
def after_dense(
    x: "n d", w: "d h", c: "h", gamma: "h", beta: "h", mu: "h", var: sn.positive("h"), *, eps=1e-5
) -> "n h":
    """Batch normalisation with running statistics, after a dense layer."""
    z = sn.sum(x * w, over="d") + c
    y = batch_norm_inference(z, gamma, beta, mu, var, eps=eps)
    return y


@sn.op
def folded(x: "n d", w: "d h", c: "h", gamma: "h", beta: "h", mu: "h", var: sn.positive("h"), *, eps=1e-5) -> "n h":
    """One dense layer with other weights and another bias."""
    a = gamma / sn.sqrt(var + eps)
    v = w * a
    b = a * (c - mu) + beta
    y = sn.sum(x * v, over="d") + b
    return y


@sn.op
def scaled(x: "n d", k: sn.positive("")):
    """Standardisation of scaled samples."""
    y = standardize(k * x)
    return y


@sn.op
def unscaled(x: "n d", k: sn.positive("")):
    """Standardisation."""
    y = standardize(x)
    return y


@sn.op
def mean_of_centred(x: "n d"):
    """The mean of centred samples."""
    y = centre(x)
    m = sn.mean(y, over="n")
    return m


@sn.op
def mean_of_standardized(x: "n d"):
    """The mean of standardised samples."""
    y = standardize(x)
    m = sn.mean(y, over="n")
    return m


@sn.op
def zeros(x: "n d"):
    """A zero for every feature."""
    m = 0 * sn.sum(x, over="n")
    return m


@sn.op
def variance_of_standardized(x: "n d"):
    """The variance of standardised samples."""
    y = standardize(x)
    v = sn.mean(y**2, over="n") - sn.mean(y, over="n") ** 2
    return v


@sn.op
def ones(x: "n d"):
    """A one for every feature."""
    v = 1 + 0 * sn.sum(x, over="n")
    return v


@sn.op
def covariance_of_image(x: "n d", w: "d k") -> "k l":
    """The covariance of x W, for any samples."""
    y = centre(x)
    z = sn.sum(y * w, over="d")
    c = sn.sum(z["n k"] * z["n l"], over="n") / sn.size("n")
    return c


@sn.op
def image_of_covariance(x: "n d", w: "d k") -> "k l":
    """W^T S W, S the covariance of x."""
    y = centre(x)
    s = sn.sum(y["n d"] * y["n e"], over="n") / sn.size("n")
    c = sn.sum(w["d k"] * s["d e"] * w["e l"], over="d e")
    return c


@sn.op
def whitened(u: "d m", lam: sn.positive("m")) -> "k l":
    """The covariance S = U diag(lam) U^T, seen by the whitening W = U / sqrt(lam)."""
    s = sn.sum(u["d m"] * lam * u["e m"], over="m")
    w = u / sn.sqrt(lam)
    c = sn.sum(w["d k"] * s["d e"] * w["e l"], over="d e")
    return c


@sn.op
def by_products(u: "d m", lam: sn.positive("m")) -> "k l":
    """The same by the inner products of the columns of U."""
    g = sn.sum(u["d k"] * u["d m"], over="d")
    p = sn.sum(g["k m"] * lam * g["l m"], over="m")
    c = p["k l"] / (sn.sqrt(lam["k"]) * sn.sqrt(lam["l"]))
    return c
