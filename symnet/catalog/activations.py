"""Activations."""

import symnet as sn


@sn.op(source="Rumelhart, Hinton, Williams, Nature 323 (1986)")
def sigmoid(x: "n d"):
    """Logistic sigmoid, sigma(x) = 1 / (1 + e^-x)."""
    return sn.sigmoid(x)


@sn.op(source="LeCun, Bottou, Orr, Mueller, Efficient BackProp (1998), section 4.4")
def tanh(x: "n d"):
    """Hyperbolic tangent."""
    return sn.tanh(x)


@sn.op(source="Nair, Hinton, ICML (2010)")
def relu(x: "n d"):
    """Rectified linear unit, max(0, x)."""
    return sn.maximum(0, x)


@sn.op(source="Bridle, NATO ASI F68 (1990)")
def softmax(z: "n c"):
    """Softmax over the classes."""
    p = sn.softmax(z, over="c")
    return p
