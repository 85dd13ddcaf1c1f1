"""The study of networks of dense layers: what shapes say, what a network without activations is, the chain rule."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import sympy as sp

import symnet as sn
from symnet.catalog import load
from symnet.catalog.networks import multilayer_perceptron
from symnet.study.claims import Equal, induction, steps
from symnet.study.definitions import networks as net
from symnet.study.study import Experiment, Item, Line, Result, Section, Study, study
from symnet.study.tensors import Gradient, SameMap, SameShape, parameters
from symnet.study.words import phrase

#: sizes of the network of letters that the studies of gradients train: 29 x 29 pixels, 26 letters
LETTERS = (841, 100, 100, 100, 100, 100, 26)


def networks() -> Study:
    return study("networks", [*collapse(), *counting(), *chain_rule()])


def collapse() -> Iterator[Item]:
    yield Section("collapse")
    yield Line("collapse", SameMap(net.two_linear_layers, net.one_linear_layer, ("two", "one")))
    yield Experiment("depth", _depth)


def _depth() -> Result:
    """Ten layers against one, with and without an activation between."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((50, 8))
    parameters = [a for _ in range(10) for a in (rng.standard_normal((8, 8)) / 3, rng.standard_normal(8))]
    rows, gaps = [], []
    for key, activation in (("identity", _nothing), ("tanh", sn.tanh)):
        y = sn.compile(multilayer_perceptron(10, activation, f"ten_{key}")).forward(x, *parameters)[0]
        affine = np.column_stack([x, np.ones(50)])
        left = y - affine @ np.linalg.lstsq(affine, y, rcond=None)[0]
        gaps.append(float(np.linalg.norm(left) / np.linalg.norm(y - y.mean(axis=0))))
        rows.append((phrase(key), phrase("below", bound="1e-9") if gaps[-1] < 1e-9 else f"{gaps[-1]:.2f}"))
    return Result(("between", "left"), tuple(rows), gaps[0] < 1e-9 and gaps[1] > 0.1)


def _nothing(z):
    """No activation."""
    return z


def counting() -> Iterator[Item]:
    yield Section("counting")
    depth = len(LETTERS) - 1
    op = multilayer_perceptron(3)
    d = sp.symbols("d_0:4", integer=True, positive=True)
    found = parameters(op, ["x"], {f"d{k}": size for k, size in enumerate(d)})
    total = sp.Symbol(r"\sum_{l=1}^{3} (d_{l-1} + 1) d_l")
    yield Line("three_layers", Equal(found, sp.Add(*((d[k] + 1) * d[k + 1] for k in range(3))), total))
    a, b, L = sp.symbols("d_{L} d_{L+1} N_L", integer=True, positive=True)
    layer = parameters(load("dense"), ["x"], {"d": a, "h": b})
    yield Line("one_more", Equal(L + layer, L + (a + 1) * b, sp.Symbol("N_{L+1}")))
    m, w = sp.symbols("L d", integer=True, positive=True)
    equal = (m * w * (w + 1)).subs
    yield Line(
        "equal_widths",
        induction(
            [Equal(equal(m, 1), layer.subs({a: w, b: w}))],
            [Equal(equal(m, m - 1) + layer.subs({a: w, b: w}), equal(m, m))],
        ),
    )
    letters = parameters(multilayer_perceptron(depth), ["x"], {f"d{k}": sp.Integer(n) for k, n in enumerate(LETTERS)})
    sum_of = r"842 \cdot 100 + 4 \cdot 101 \cdot 100 + 101 \cdot 26"
    yield Line("letters", Equal(letters, sp.Integer(127226), sp.Symbol(sum_of)))
    yield Section("shapes")
    yield Line("shapes", steps(*(SameShape(load("dense"), name) for name in ("x", "w", "b"))))


def chain_rule() -> Iterator[Item]:
    yield Section("rows")
    dense = load("dense")
    yield Line("dx", Gradient(dense, "x", net.dense_dx))
    yield Line("dw", Gradient(dense, "w", net.dense_dw, forward=False))
    yield Line("db", Gradient(dense, "b", net.dense_db, forward=False))
    yield Section("columns")
    yield Line("columns_dx", Gradient(net.columns, "x", net.columns_dx))
    yield Line("columns_dw", Gradient(net.columns, "w", net.columns_dw, forward=False))
    yield Section("transposed")
    transposed = load("dense_transposed")
    yield Line("transposed_dx", Gradient(transposed, "x", net.transposed_dx))
    yield Line("transposed_dw", Gradient(transposed, "w", net.transposed_dw, forward=False))
    yield Section("two_layers")
    yield Line("two_layers", Gradient(net.two_layers, "w1", net.two_layers_dw1))
    yield Section("layouts")
    yield Line("numerator", Gradient(net.composed, "x", net.composed_jacobian, what="jacobian"))
    yield Line("denominator", Gradient(net.composed, "x", net.composed_slope, forward=False))
    yield Line("turned", SameMap(net.composed_slope, net.by_jacobian, ("by_denominator", "by_numerator")))


__all__ = ["LETTERS", "networks"]
