"""The functions that studies minimise, as forward definitions."""

import symnet as sn


@sn.op
def quadratic(x: "", *, curvature=1.0):
    """A parabola."""
    f = curvature / 2 * x**2
    return f


@sn.op
def saddle(x: "", y: ""):
    """A saddle at the origin."""
    f = x**2 - y**2
    return f


@sn.op(source="Rosenbrock, The Computer Journal 3 (1960)")
def rosenbrock(x: "", y: ""):
    """A narrow bent valley with the minimum at (1, 1)."""
    f = (1 - x) ** 2 + 100 * (y - x**2) ** 2
    return f


@sn.op
def classifier(x: "n d", w: "d c", b: "c", labels: sn.labels("n", below="c")):
    """Softmax regression on integer labels."""
    z = sn.sum(x * w, over="d") + b
    p = sn.softmax(z, over="c")
    loss = -sn.mean(sn.log(p["n", labels]), over="n")
    return loss
