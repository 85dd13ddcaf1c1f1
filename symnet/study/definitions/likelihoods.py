"""Mean negative log-likelihoods, written with the densities themselves."""

import symnet as sn
from symnet.catalog.losses import mean_absolute_error, mean_squared_error


@sn.op
def complement(z: "n"):
    """The probability of the other outcome."""
    q = 1 - sn.sigmoid(z)
    return q


@sn.op
def mirrored(z: "n"):
    """The sigmoid of the negative logit."""
    q = sn.sigmoid(-z)
    return q


@sn.op
def bernoulli(z: "n", y: sn.mask("n")):
    """Of outcomes y that are 1 with probability sigmoid(z)."""
    q = sn.sigmoid(z) ** y * sn.sigmoid(-z) ** (1 - y)
    likelihood = sn.prod(q, over="n")
    loss = -sn.log(likelihood) / sn.size("n")
    return loss


@sn.op
def bernoulli_slope(z: "n", y: sn.mask("n")):
    """Prediction minus outcome."""
    dz = (sn.sigmoid(z) - y) / sn.size("n")
    return dz


@sn.op
def binomial(p: sn.positive(""), k: "", n: ""):
    """Of k successes in n trials, without the binomial coefficient, which does not depend on p."""
    loss = -k * sn.log(p) - (n - k) * sn.log(1 - p)
    return loss


@sn.op
def gaussian(y: "n d", v: sn.positive(""), t: "n d"):
    """Of targets t that are normal with mean y and variance v."""
    q = sn.exp(-((t - y) ** 2) / (2 * v)) / sn.sqrt(2 * sn.pi * v)
    likelihood = sn.prod(q, over="n d")
    loss = -sn.log(likelihood) / (sn.size("n") * sn.size("d"))
    return loss


@sn.op
def gaussian_loss(y: "n d", v: sn.positive(""), t: "n d"):
    """The squared error, scaled, and a term without y."""
    m = mean_squared_error(y, t)
    loss = m / (2 * v) + sn.log(2 * sn.pi * v) / 2
    return loss


@sn.op
def gaussian_slope(y: "n d", v: sn.positive(""), t: "n d"):
    """Prediction minus target."""
    dy = (y - t) / (v * sn.size("n") * sn.size("d"))
    return dy


@sn.op
def variance_loss(v: sn.positive(""), m: sn.positive("")):
    """The same by the variance, for a mean squared error m."""
    loss = m / (2 * v) + sn.log(2 * sn.pi * v) / 2
    return loss


@sn.op
def laplace(y: "n d", b: sn.positive(""), t: "n d"):
    """Of targets t with a Laplace law about y."""
    q = sn.exp(-sn.abs(t - y) / b) / (2 * b)
    likelihood = sn.prod(q, over="n d")
    loss = -sn.log(likelihood) / (sn.size("n") * sn.size("d"))
    return loss


@sn.op
def laplace_loss(y: "n d", b: sn.positive(""), t: "n d"):
    """The absolute error, scaled, and a term without y."""
    m = mean_absolute_error(y, t)
    loss = m / b + sn.log(2 * b)
    return loss


@sn.op
def categorical(z: "n c", y: sn.one_hot("n c")):
    """Of one-hot outcomes y with the probabilities softmax(z)."""
    p = sn.softmax(z, over="c")
    q = sn.prod(p**y, over="c")
    likelihood = sn.prod(q, over="n")
    loss = -sn.log(likelihood) / sn.size("n")
    return loss


@sn.op
def categorical_slope(z: "n c", y: sn.one_hot("n c")):
    """Probabilities minus outcome."""
    dz = (sn.softmax(z, over="c") - y) / sn.size("n")
    return dz


@sn.op
def one_of_classes(z: "c", y: sn.one_hot("c")):
    """Of one one-hot outcome y with the probabilities softmax(z)."""
    p = sn.softmax(z, over="c")
    loss = -sn.sum(y * sn.log(p), over="c")
    return loss


@sn.op
def categorical_hessian(z: "c"):
    """diag(p) - p p^T."""
    p = sn.softmax(z, over="c")
    q = p["k"]
    h = sn.where(sn.index("c") == sn.index("k"), p, 0) - p * q
    return h


@sn.op
def bernoulli_entropy(z: "", y: ""):
    """Of one outcome y that is 1 with probability sigmoid(z)."""
    p = sn.sigmoid(z)
    loss = -y * sn.log(p) - (1 - y) * sn.log(1 - p)
    return loss


@sn.op
def normal_loss(mu: "", v: sn.positive(""), t: ""):
    """Of one target t that is normal with mean mu and variance v."""
    loss = (t - mu) ** 2 / (2 * v) + sn.log(2 * sn.pi * v) / 2
    return loss
