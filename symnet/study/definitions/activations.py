"""Activations in other forms, and their gradients as textbooks print them."""

import symnet as sn


@sn.op
def negative_sigmoid(x: "n d"):
    """The sigmoid of the negative."""
    y = sn.sigmoid(-x)
    return y


@sn.op
def rest_of_sigmoid(x: "n d"):
    """What the sigmoid lacks to 1."""
    y = 1 - sn.sigmoid(x)
    return y


@sn.op
def sigmoid_slope(x: "n d", dy: "n d"):
    """By the value of the sigmoid."""
    y = sn.sigmoid(x)
    dx = dy * y * (1 - y)
    return dx


@sn.op
def tanh_by_exponentials(x: "n d"):
    """The definition of the hyperbolic tangent."""
    y = (sn.exp(x) - sn.exp(-x)) / (sn.exp(x) + sn.exp(-x))
    return y


@sn.op
def tanh_by_one_exponential(x: "n d"):
    """The same, multiplied by e^x above and below."""
    y = (sn.exp(2 * x) - 1) / (sn.exp(2 * x) + 1)
    return y


@sn.op
def tanh_by_sigmoid(x: "n d"):
    """A sigmoid, stretched and shifted."""
    y = 2 * sn.sigmoid(2 * x) - 1
    return y


@sn.op
def tanh_of_half(x: "n d"):
    """The hyperbolic tangent of half its argument."""
    y = sn.tanh(x / 2)
    return y


@sn.op
def half_by_exponentials(x: "n d"):
    """The same by exponentials."""
    y = (sn.exp(x) - 1) / (sn.exp(x) + 1)
    return y


@sn.op
def tanh_slope(x: "n d", dy: "n d"):
    """By the value of the hyperbolic tangent."""
    y = sn.tanh(x)
    dx = dy * (1 - y**2)
    return dx


@sn.op
def softplus_slope(x: "n d", dy: "n d"):
    """The sigmoid."""
    dx = dy * sn.sigmoid(x)
    return dx


@sn.op
def silu_slope(x: "n d", dy: "n d"):
    """By the sigmoid and by the value."""
    s = sn.sigmoid(x)
    y = x * s
    dx = dy * (s + y * (1 - s))
    return dx


@sn.op
def steep_silu(x: "", k: sn.positive("")):
    """Swish: x times a sigmoid that is k times as steep."""
    y = x * sn.sigmoid(k * x)
    return y


@sn.op
def two_pieces(x: "", w1: "", b1: "", w2: "", b2: ""):
    """Maxout with two pieces, for one input."""
    y = sn.maximum(w1 * x + b1, w2 * x + b2)
    return y
