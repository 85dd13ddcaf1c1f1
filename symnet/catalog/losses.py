"""Losses, each the mean over a batch, and penalties on weights."""

import symnet as sn

# -- classification ---------------------------------------------------------------------------------------------------


@sn.op(source="Bishop, Pattern Recognition and Machine Learning (2006), eq. 4.90")
def binary_cross_entropy(z: "n", y: sn.mask("n")):
    """Binary cross-entropy of the sigmoid of logits; y is 0 or 1."""
    p = sn.sigmoid(z)
    loss = -sn.mean(y * sn.log(p) + (1 - y) * sn.log(1 - p), over="n")
    return loss


@sn.op(source="Bishop, Pattern Recognition and Machine Learning (2006), eq. 4.90")
def binary_cross_entropy_of_probabilities(yhat: sn.positive("n"), y: sn.mask("n")):
    """Binary cross-entropy of predicted probabilities between 0 and 1; y is 0 or 1."""
    loss = -sn.mean(y * sn.log(yhat) + (1 - y) * sn.log(1 - yhat), over="n")
    return loss


@sn.op(source="Bishop, Pattern Recognition and Machine Learning (2006), eq. 4.108")
def softmax_cross_entropy(z: "n c", y: sn.one_hot("n c")):
    """Cross-entropy of the softmax of logits against one-hot rows."""
    p = sn.softmax(z, over="c")
    loss = -sn.mean(sn.sum(y * sn.log(p), over="c"), over="n")
    return loss


@sn.op(source="Bishop, Pattern Recognition and Machine Learning (2006), eq. 4.108")
def softmax_cross_entropy_labels(z: "n c", labels: sn.labels("n", below="c")):
    """Cross-entropy of the softmax of logits against integer labels."""
    p = sn.softmax(z, over="c")
    loss = -sn.mean(sn.log(p["n", labels]), over="n")
    return loss


@sn.op(source="Hinton, Vinyals, Dean, arXiv 1503.02531 (2015)")
def softmax_cross_entropy_soft(z: "n c", y: sn.probability("n c", over="c")):
    """Cross-entropy of the softmax of logits against soft labels, rows that sum to 1."""
    p = sn.softmax(z, over="c")
    loss = -sn.mean(sn.sum(y * sn.log(p), over="c"), over="n")
    return loss


@sn.op(source="Szegedy, Vanhoucke, Ioffe, Shlens, Wojna, arXiv 1512.00567 (2015), section 7")
def label_smoothing(z: "n c", y: sn.one_hot("n c"), *, alpha=0.1):
    """Cross-entropy of the softmax of logits against one-hot rows mixed with the uniform distribution."""
    p = sn.softmax(z, over="c")
    q = (1 - alpha) * y + alpha / sn.size("c")
    loss = -sn.mean(sn.sum(q * sn.log(p), over="c"), over="n")
    return loss


@sn.op(source="Lin, Goyal, Girshick, He, Dollar, arXiv 1708.02002 (2017), eq. 4")
def focal(z: "n", y: sn.mask("n"), *, gamma=2.0):
    """Focal loss of the sigmoid of logits: well classified samples count less."""
    p = sn.sigmoid(z)
    loss = -sn.mean(y * (1 - p) ** gamma * sn.log(p) + (1 - y) * p**gamma * sn.log(1 - p), over="n")
    return loss


@sn.op(source="Weston, Watkins, ESANN (1999)")
def hinge(s: "n c", labels: sn.labels("n", below="c"), *, margin=1.0):
    """Multi-class hinge loss of scores: every wrong class within the margin of the right one counts."""
    m = sn.maximum(0, s - s["n", labels] + margin)
    loss = sn.mean(sn.sum(sn.where(labels == sn.index("c"), 0, m), over="c"), over="n")
    return loss


@sn.op(source="Cortes, Vapnik, Machine Learning 20 (1995)")
def binary_hinge(s: "n", y: "n"):
    """Hinge loss of a score, max(0, 1 - y s); y is -1 or 1."""
    loss = sn.mean(sn.maximum(0, 1 - y * s), over="n")
    return loss


# -- regression -------------------------------------------------------------------------------------------------------


@sn.op(source="Bishop, Pattern Recognition and Machine Learning (2006), eq. 3.12")
def mean_squared_error(y: "n d", t: "n d"):
    """Mean of the squared distance between predictions y and targets t."""
    loss = sn.mean((y - t) ** 2, over="n d")
    return loss


@sn.op(source="Hastie, Tibshirani, Friedman, The Elements of Statistical Learning (2009), section 10.6")
def mean_absolute_error(y: "n d", t: "n d"):
    """Mean of the absolute difference between predictions y and targets t."""
    loss = sn.mean(sn.abs(y - t), over="n d")
    return loss


@sn.op(source="Huber, Annals of Mathematical Statistics 35 (1964)")
def huber(y: "n", t: "n", *, delta=1.0):
    """Huber loss: squared up to a distance delta, linear beyond."""
    r = y - t
    loss = sn.mean(sn.where(sn.abs(r) <= delta, r**2 / 2, delta * (sn.abs(r) - delta / 2)), over="n")
    return loss


@sn.op(source="Nix, Weigend, ICNN (1994)")
def gaussian_nll(mu: "n", var: sn.positive("n"), y: "n"):
    """Negative log-likelihood of y under normal distributions of predicted mean and variance."""
    loss = sn.mean(sn.log(2 * sn.pi * var) + (y - mu) ** 2 / var, over="n") / 2
    return loss


# -- distributions and embeddings -------------------------------------------------------------------------------------


@sn.op(source="Kullback, Leibler, Annals of Mathematical Statistics 22 (1951)")
def kl_divergence(z: "n c", p: sn.probability("n c", over="c")):
    """Kullback-Leibler divergence from the softmax of logits to the distribution p."""
    q = sn.softmax(z, over="c")
    loss = sn.mean(sn.sum(p * (sn.log(p) - sn.log(q)), over="c"), over="n")
    return loss


@sn.op(source="van den Oord, Li, Vinyals, arXiv 1807.03748 (2018), eq. 4")
def info_nce(u: "n d", v: "n d", *, temperature=0.1):
    """InfoNCE: every u is to find its own v among those of the batch."""
    s = sn.sum(u * v["m d"], over="d") / temperature
    p = sn.softmax(s, over="m")
    loss = -sn.mean(sn.log(p["n n"]), over="n")
    return loss


@sn.op(source="Schroff, Kalenichenko, Philbin, arXiv 1503.03832 (2015), eq. 3")
def triplet(a: "n d", p: "n d", q: "n d", *, margin=0.2):
    """Triplet loss: the anchor a is to be nearer to the positive p than to the negative q by a margin."""
    near = sn.sum((a - p) ** 2, over="d")
    far = sn.sum((a - q) ** 2, over="d")
    loss = sn.mean(sn.maximum(0, near - far + margin), over="n")
    return loss


@sn.op(source="Chen, He, arXiv 2011.10566 (2020), eq. 1")
def cosine(u: "n d", v: "n d"):
    """Negative cosine similarity of two vectors."""
    a = 1 / sn.sqrt(sn.sum(u**2, over="d"))
    b = 1 / sn.sqrt(sn.sum(v**2, over="d"))
    c = sn.sum(u * v, over="d") * a * b
    loss = -sn.mean(c, over="n")
    return loss


# -- penalties --------------------------------------------------------------------------------------------------------


@sn.op(source="Goodfellow, Bengio, Courville, Deep Learning (2016), section 7.1.2")
def l1_penalty(w: "d h", *, lam=0.01):
    """L1 penalty on weights, lam times the sum of absolute values."""
    penalty = lam * sn.sum(sn.abs(w), over="d h")
    return penalty


@sn.op(source="Goodfellow, Bengio, Courville, Deep Learning (2016), section 7.1.1")
def l2_penalty(w: "d h", *, lam=0.01):
    """L2 penalty on weights, lam times the sum of squares."""
    penalty = lam * sn.sum(w**2, over="d h")
    return penalty


@sn.op(source="Goodfellow, Bengio, Courville, Deep Learning (2016), eq. 7.1")
def l2_penalty_half(w: "d h", *, lam=0.01):
    """L2 penalty on weights with the factor 1/2, so that its gradient is lam w."""
    penalty = lam / 2 * sn.sum(w**2, over="d h")
    return penalty
