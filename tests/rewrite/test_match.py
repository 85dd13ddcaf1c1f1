"""A definition is recognised under other indices only where these have its ranges."""

import numpy as np

import symnet as sn
from symnet.ir import functions as fn
from symnet.ir.expr import Index, Size
from symnet.rewrite.match import match


@sn.op
def two_windows(x: "n", a: "r=3", b: "q=5"):
    short = sn.exp(x["s+r"])
    y = sn.sum(short * a, over="r")
    z = sn.sum(sn.exp(x["u+q"]) * b, over="q")
    return sn.sum(y, over="s") + sn.sum(z**2, over="u")


def test_a_window_is_not_taken_for_a_shorter_one():
    x, a, b = np.linspace(-1, 1, 9), np.ones(3), np.ones(5)
    compiled = sn.compile(two_windows, "readable")
    _, cache = compiled.forward(x, a, b)
    long = np.lib.stride_tricks.sliding_window_view(np.exp(x), 5)
    db = compiled.backward(1.0, cache)[2]
    np.testing.assert_allclose(db, 2 * long.sum(axis=1) @ long)


def test_a_delta_of_two_axes_is_none_of_others():
    d, e, n, m = (Index(label, Size(size)) for label, size in ("dd", "ed", "nn", "mn"))
    assert match(fn.eq(d, e), fn.eq(n, m)) is None
    assert match(fn.eq(d, e), fn.eq(e, d)) is not None
