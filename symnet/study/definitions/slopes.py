"""Activations and losses of one number, for statements about their slopes."""

import symnet as sn


@sn.op
def sigmoid(x: ""):
    """Logistic sigmoid."""
    y = sn.sigmoid(x)
    return y


@sn.op
def tanh(x: ""):
    """Hyperbolic tangent."""
    y = sn.tanh(x)
    return y


@sn.op
def relu(x: ""):
    """Rectified linear unit."""
    y = sn.relu(x)
    return y


@sn.op
def link(a: "", w: "", b: ""):
    """One unit of a chain: a weight, a bias and the sigmoid."""
    y = sn.sigmoid(w * a + b)
    return y


@sn.op
def linear_link(a: "", w: ""):
    """One unit of a chain without activation, or of ReLU where it is on."""
    y = w * a
    return y


@sn.op
def squared_error_of_sigmoid(z: "", y: ""):
    """Half the squared error of a sigmoid."""
    loss = (sn.sigmoid(z) - y) ** 2 / 2
    return loss


@sn.op
def entropy_of_sigmoid(z: "", y: ""):
    """Binary cross-entropy of a sigmoid."""
    p = sn.sigmoid(z)
    loss = -y * sn.log(p) - (1 - y) * sn.log(1 - p)
    return loss
