"""Networks of one hidden layer that are fitted, and the criterion of the perceptron."""

import symnet as sn
from symnet.catalog.losses import mean_squared_error


@sn.op
def one_hidden_layer(x: "n d", w: "d h", b: "h", v: "h o", c: "o") -> "n o":
    """A hidden layer of sigmoids and a linear output."""
    a = sn.sigmoid(sn.sum(x * w, over="d") + b)
    y = sn.sum(a * v, over="h") + c
    return y


@sn.op
def fit(x: "n d", w: "d h", b: "h", v: "h o", c: "o", t: "n o"):
    """The mean squared error of that network."""
    loss = mean_squared_error(one_hidden_layer(x, w, b, v, c), t)
    return loss


@sn.op
def steep(x: "", a: "", k: sn.positive("")):
    """A sigmoid at a, k times as steep."""
    y = sn.sigmoid(k * (x - a))
    return y


@sn.op
def perceptron(x: "d", w: "d", b: "", y: ""):
    """Criterion of the perceptron for a sample of class y = 1 or -1: its score where that is on the wrong side."""
    s = y * (sn.sum(w * x, over="d") + b)
    loss = sn.where(s > 0, 0, -s)
    return loss


@sn.op
def length_after(x: "d", w: "d", y: ""):
    """The squared length of the weights after a mistake."""
    l = sn.sum((w + y * x) ** 2, over="d")
    return l


@sn.op
def length_before(x: "d", w: "d", y: ""):
    """That before, the score of the mistake, and the squared length of the sample."""
    l = sn.sum(w**2, over="d") + 2 * y * sn.sum(w * x, over="d") + y**2 * sn.sum(x**2, over="d")
    return l


@sn.op
def along_after(x: "d", w: "d", u: "d", y: ""):
    """The part of the weights along a separating direction u, after a mistake."""
    p = sn.sum((w + y * x) * u, over="d")
    return p


@sn.op
def along_before(x: "d", w: "d", u: "d", y: ""):
    """That before, and the margin of the sample."""
    p = sn.sum(w * u, over="d") + y * sn.sum(x * u, over="d")
    return p


@sn.op
def perceptron_slope(x: "d", w: "d", b: "", y: ""):
    """Nothing for a sample on the right side, else the sample itself, against its class."""
    s = y * (sn.sum(w * x, over="d") + b)
    dw = sn.where(s > 0, 0, -y * x)
    return dw
