"""Losses, each the mean over a batch."""

import symnet as sn


@sn.op(source="Bishop, Pattern Recognition and Machine Learning (2006), eq. 4.90")
def binary_cross_entropy(z: "n", y: sn.mask("n")):
    """Binary cross-entropy of the sigmoid of logits; y is 0 or 1."""
    p = sn.sigmoid(z)
    loss = -sn.mean(y * sn.log(p) + (1 - y) * sn.log(1 - p), over="n")
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


@sn.op(source="Bishop, Pattern Recognition and Machine Learning (2006), eq. 3.12")
def mean_squared_error(y: "n d", t: "n d"):
    """Mean of the squared distance between predictions y and targets t."""
    loss = sn.mean((y - t) ** 2, over="n d")
    return loss
