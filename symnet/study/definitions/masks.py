"""Dropout written with an inner product, for statements about means over masks."""

import symnet as sn


@sn.op
def linear_unit(x: "d", w: "d", b: ""):
    """A linear unit."""
    y = sn.sum(w * x, over="d") + b
    return y


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
