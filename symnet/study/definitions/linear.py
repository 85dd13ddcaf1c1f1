"""What statements about linear models speak of: gradients and Hessians in matrices, losses beside a point."""

import symnet as sn
from symnet.catalog.linear_models import least_squares


@sn.op
def normal_equations(x: "n d", w: "d", y: "n"):
    """X^T X w - X^T y."""
    a = sn.sum(x * x["n k"], over="n")
    b = sn.sum(x * y, over="n")
    dw = sn.sum(a * w["k"], over="k") - b
    return dw


@sn.op
def ridge_equations(x: "n d", w: "d", y: "n", *, lam=0.1):
    """(X^T X + lam I) w - X^T y."""
    a = sn.sum(x * x["n k"], over="n")
    b = sn.sum(x * y, over="n")
    dw = sn.sum(a * w["k"], over="k") + lam * w - b
    return dw


@sn.op
def squares_hessian(x: "n d"):
    """X^T X."""
    h = sn.sum(x * x["n k"], over="n")
    return h


@sn.op
def squares_beside(x: "n d", w: "d", v: "d", y: "n"):
    """Least squares at w + v."""
    u = w + v
    loss = least_squares(x, u, y)
    return loss


@sn.op
def squares_apart(x: "n d", w: "d", v: "d", y: "n"):
    """Least squares at w, the gradient there along v, and half of |X v|^2."""
    r = sn.sum(x * w, over="d") - y
    g = sn.sum(r * x, over="n")
    s = sn.sum(x * v, over="d")
    loss = sn.sum(r**2, over="n") / 2 + sn.sum(g * v, over="d") + sn.sum(s**2, over="n") / 2
    return loss


@sn.op
def bias_slope(x: "n d", w: "d", b: "", y: "n"):
    """Twice the mean residual."""
    r = sn.sum(x * w, over="d") + b - y
    db = 2 * sn.mean(r, over="n")
    return db


@sn.op
def logistic_slope(x: "n d", w: "d", b: "", y: sn.mask("n")) -> "d":
    """X^T (p - y) / N."""
    p = sn.sigmoid(sn.sum(x * w, over="d") + b)
    dw = sn.sum(x * (p - y), over="n") / sn.size("n")
    return dw


@sn.op
def logistic_bias_slope(x: "n d", w: "d", b: "", y: sn.mask("n")):
    """The mean of p - y."""
    p = sn.sigmoid(sn.sum(x * w, over="d") + b)
    db = sn.sum(p - y, over="n") / sn.size("n")
    return db


@sn.op
def logistic_hessian(x: "n d", w: "d", b: ""):
    """X^T diag(p (1 - p)) X / N."""
    p = sn.sigmoid(sn.sum(x * w, over="d") + b)
    q = p * (1 - p)
    h = sn.sum(x * q * x["n k"], over="n") / sn.size("n")
    return h


@sn.op
def bent_along(x: "n d", q: sn.positive("n"), v: "d"):
    """v^T H v for H = X^T diag(q) X / N."""
    h = sn.sum(x * q * x["n k"], over="n") / sn.size("n")
    f = sn.sum(sn.sum(h * v["k"], over="k") * v, over="d")
    return f


@sn.op
def sum_of_squares(x: "n d", q: sn.positive("n"), v: "d"):
    """Squares with positive weights."""
    s = sn.sum(x * v, over="d")
    f = sn.sum(q * s**2, over="n") / sn.size("n")
    return f


@sn.op
def of_two_classes(z: "n", u: "n"):
    """The softmax probability of the first of two classes."""
    p = sn.exp(z) / (sn.exp(z) + sn.exp(u))
    return p


@sn.op
def of_difference(z: "n", u: "n"):
    """The sigmoid of the difference of the logits."""
    p = sn.sigmoid(z - u)
    return p


@sn.op
def softmax_slope(x: "n d", w: "d c", b: "c", y: sn.one_hot("n c")) -> "d c":
    """X^T (P - Y) / N."""
    p = sn.softmax(sn.sum(x * w, over="d") + b, over="c")
    dw = sn.sum(x * (p - y), over="n") / sn.size("n")
    return dw


@sn.op
def penalty(w: "", *, lam=0.01):
    """Half of lam times the square of one weight."""
    f = lam / 2 * w**2
    return f


@sn.op
def penalty_without_half(w: "", *, lam=0.01):
    """lam times the square of one weight."""
    f = lam * w**2
    return f


@sn.op
def absolute_penalty(w: "", *, lam=0.01):
    """lam times the absolute value of one weight."""
    f = lam * sn.abs(w)
    return f
