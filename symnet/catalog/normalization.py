"""Normalisation."""

import symnet as sn


@sn.op(source="LeCun, Bottou, Orr, Mueller, Efficient BackProp (1998), section 4.3")
def centre(x: "n d"):
    """Centring: every feature gets mean 0 over the samples."""
    mu = sn.mean(x, over="n")
    y = x - mu
    return y


@sn.op(source="LeCun, Bottou, Orr, Mueller, Efficient BackProp (1998), section 4.3")
def standardize(x: "n d"):
    """Standardisation: every feature gets mean 0 and variance 1 over the samples."""
    mu = sn.mean(x, over="n")
    var = sn.mean((x - mu) ** 2, over="n")
    sigma = sn.sqrt(var)
    y = (x - mu) / sigma
    return y


@sn.op(source="Bishop, Pattern Recognition and Machine Learning (2006), eq. 12.3")
def covariance(x: "n d") -> "d k":
    """Covariance matrix of the features over the samples."""
    mu = sn.mean(x, over="n")
    xc = x - mu
    c = sn.mean(xc * xc["n k"], over="n")
    return c


@sn.op(source="Bell, Sejnowski, Vision Research 37 (1997)")
def whiten(x: "n d", mu: "d", w: "d k"):
    """Whitening, (x - mu) W: with W from the eigenvectors of the covariance (PCA, ZCA) the covariance is I."""
    y = sn.sum((x - mu) * w, over="d")
    return y


@sn.op(source="Ioffe, Szegedy, arXiv 1502.03167 (2015), algorithm 1")
def batch_norm(x: "n d", gamma: "d", beta: "d", *, eps=1e-5):
    """Batch normalisation in training: every feature over the batch."""
    mu = sn.mean(x, over="n")
    var = sn.mean((x - mu) ** 2, over="n")
    xhat = (x - mu) / sn.sqrt(var + eps)
    y = gamma * xhat + beta
    return y


@sn.op(source="Ioffe, Szegedy, arXiv 1502.03167 (2015), section 3.2")
def batch_norm_images(x: "n c h w", gamma: "c", beta: "c", *, eps=1e-5):
    """Batch normalisation of images in training: every channel over the batch and all places."""
    mu = sn.mean(x, over="n h w")
    var = sn.mean((x - mu) ** 2, over="n h w")
    xhat = (x - mu) / sn.sqrt(var + eps)
    y = gamma * xhat + beta
    return y


@sn.op(source="Ioffe, Szegedy, arXiv 1502.03167 (2015), algorithm 2")
def batch_norm_inference(x: "n d", gamma: "d", beta: "d", mu: "d", var: sn.positive("d"), *, eps=1e-5):
    """Batch normalisation at test time: one affine map of every feature, by running mean and variance."""
    a = gamma / sn.sqrt(var + eps)
    b = beta - a * mu
    y = a * x + b
    return y


@sn.op(source="Jacob et al., arXiv 1712.05877 (2017), section 3.2")
def batch_norm_folded(
    w: "d h", b: "h", gamma: "h", beta: "h", mu: "h", var: sn.positive("h"), *, eps=1e-5
) -> ("d h", "h"):  # fmt: skip
    """Weights of the one dense layer that a dense layer and batch normalisation at test time make together."""
    r = 1 / sn.sqrt(var + eps)
    v = w * gamma * r
    c = beta + (b - mu) * gamma * r
    return v, c


@sn.op(source="Ba, Kiros, Hinton, arXiv 1607.06450 (2016), eq. 3")
def layer_norm(x: "n d", gamma: "d", beta: "d", *, eps=1e-5):
    """Layer normalisation: every sample over its features."""
    mu = sn.mean(x, over="d")
    var = sn.mean((x - mu) ** 2, over="d")
    xhat = (x - mu) / sn.sqrt(var + eps)
    y = gamma * xhat + beta
    return y


@sn.op(source="Zhang, Sennrich, arXiv 1910.07467 (2019), eq. 4")
def rms_norm(x: "n d", gamma: "d", *, eps=1e-6):
    """Root mean square normalisation: every sample by the root of the mean of its squares."""
    ms = sn.mean(x**2, over="d")
    xhat = x / sn.sqrt(ms + eps)
    y = gamma * xhat
    return y


@sn.op(source="Wu, He, arXiv 1803.08494 (2018), eq. 7")
def group_norm(x: "n g c h w", gamma: "g c", beta: "g c", *, eps=1e-5):
    """Group normalisation: every group of channels of every sample; the axis of channels is split into g c."""
    mu = sn.mean(x, over="c h w")
    var = sn.mean((x - mu) ** 2, over="c h w")
    xhat = (x - mu) / sn.sqrt(var + eps)
    y = gamma * xhat + beta
    return y


@sn.op(source="Ulyanov, Vedaldi, Lempitsky, arXiv 1607.08022 (2016), eq. 4")
def instance_norm(x: "n c h w", gamma: "c", beta: "c", *, eps=1e-5):
    """Instance normalisation: every channel of every sample over all places."""
    mu = sn.mean(x, over="h w")
    var = sn.mean((x - mu) ** 2, over="h w")
    xhat = (x - mu) / sn.sqrt(var + eps)
    y = gamma * xhat + beta
    return y
