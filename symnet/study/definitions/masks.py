"""What statements about dropout speak of: ratios of softmax probabilities, a network with masks."""

import symnet as sn
from symnet.catalog.layers import inverted_dropout


@sn.op
def log_ratio(z: "c"):
    """Logarithms of the probabilities of all pairs of classes, divided by one another."""
    p = sn.softmax(z, over="c")
    r = sn.log(p["c"]) - sn.log(p["k"])
    return r


@sn.op
def logit_difference(z: "c"):
    """Differences of all pairs of logits."""
    r = z["c"] - z["k"]
    return r


@sn.op
def masked_network(x: "n d", w1: "d h", w2: "h k", w3: "k o", m1: sn.mask("n h"), m2: sn.mask("n k")) -> "n o":
    """Two hidden layers of ReLU with inverted dropout after each; half of the units are kept."""
    h = inverted_dropout(sn.relu(sn.sum(x * w1, over="d")), m1)
    g = inverted_dropout(sn.relu(sn.sum(h * w2, over="h")), m2)
    y = sn.sum(g * w3, over="k")
    return y


@sn.op
def whole_network(x: "n d", w1: "d h", w2: "h k", w3: "k o") -> "n o":
    """The same without dropout."""
    h = sn.relu(sn.sum(x * w1, over="d"))
    g = sn.relu(sn.sum(h * w2, over="h"))
    y = sn.sum(g * w3, over="k")
    return y
