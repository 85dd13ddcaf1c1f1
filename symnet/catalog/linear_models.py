"""Linear models with their losses: what is minimised over the weights."""

import symnet as sn
from symnet.catalog.losses import binary_cross_entropy, hinge, softmax_cross_entropy


@sn.op(source="Bishop, Pattern Recognition and Machine Learning (2006), eq. 3.12")
def least_squares(x: "n d", w: "d", y: "n"):
    """Least squares of a linear model, half the sum of squared residuals."""
    r = sn.sum(x * w, over="d") - y
    loss = sn.sum(r**2, over="n") / 2
    return loss


@sn.op(source="Goodfellow, Bengio, Courville, Deep Learning (2016), section 5.1.4")
def linear_regression(x: "n d", w: "d", b: "", y: "n"):
    """Mean squared error of a linear model with a bias."""
    yhat = sn.sum(x * w, over="d") + b
    loss = sn.mean((yhat - y) ** 2, over="n")
    return loss


@sn.op(source="Hoerl, Kennard, Technometrics 12 (1970)")
def ridge_regression(x: "n d", w: "d", y: "n", *, lam=0.1):
    """Least squares with an L2 penalty on the weights."""
    r = sn.sum(x * w, over="d") - y
    loss = sn.sum(r**2, over="n") / 2 + lam / 2 * sn.sum(w**2, over="d")
    return loss


@sn.op(source="Bishop, Pattern Recognition and Machine Learning (2006), section 4.3.2")
def logistic_regression(x: "n d", w: "d", b: "", y: sn.mask("n")):
    """Logistic regression: binary cross-entropy of the sigmoid of a linear model."""
    z = sn.sum(x * w, over="d") + b
    loss = binary_cross_entropy(z, y)
    return loss


@sn.op(source="Goodfellow, Bengio, Courville, Deep Learning (2016), section 6.2.2.3")
def softmax_regression(x: "n d", w: "d c", b: "c", y: sn.one_hot("n c")):
    """Softmax regression: cross-entropy of the softmax of a linear classifier."""
    z = sn.sum(x * w, over="d") + b
    loss = softmax_cross_entropy(z, y)
    return loss


@sn.op(source="Weston, Watkins, ESANN (1999)")
def support_vector_machine(x: "n d", w: "d c", labels: sn.labels("n", below="c"), *, lam=0.01):
    """Multi-class support vector machine: hinge loss of a linear classifier with an L2 penalty."""
    s = sn.sum(x * w, over="d")
    loss = hinge(s, labels) + lam * sn.sum(w**2, over="d c")
    return loss


@sn.op(source="Rosenblatt, Psychological Review 65 (1958); Bishop, Pattern Recognition (2006), eq. 4.54")
def perceptron(x: "n d", w: "d", b: "", y: "n"):
    """Perceptron criterion; y is -1 or 1. A step of gradient descent with one sample is the perceptron rule."""
    s = sn.sum(x * w, over="d") + b
    loss = sn.sum(sn.where(y * s > 0, 0, -y * s), over="n")
    return loss
