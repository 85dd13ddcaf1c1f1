"""Convolution and pooling over images."""

import symnet as sn


@sn.op(source="LeCun, Bottou, Bengio, Haffner, Proc. IEEE 86 (1998)")
def conv2d(x: "n c h w", k: "o c r s", b: "o") -> "n o h w":
    """Convolution layer (cross-correlation, stride 1, no padding)."""
    y = sn.sum(x["n c h+r w+s"] * k, over="c r s") + b
    return y


@sn.op(source="Boureau, Ponce, LeCun, ICML (2010)")
def max_pool(x: "n c h w"):
    """Maximum over windows of 2 x 2, stride 2; a tie goes to the first place."""
    y = sn.max(x["n c 2*h+r 2*w+s"], over="r s")
    return y
