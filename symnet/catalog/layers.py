"""Layers with parameters."""

import symnet as sn


@sn.op(source="Goodfellow, Bengio, Courville, Deep Learning (2016), eq. 6.36")
def dense(x: "n d", w: "d h", b: "h") -> "n h":
    """Dense layer, Y = X W + 1 b^T; rows are samples."""
    y = sn.sum(x * w, over="d") + b
    return y
