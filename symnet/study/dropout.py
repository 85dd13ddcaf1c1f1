"""The study of dropout: expectations over masks, scaling in training and at test time, the mean of 2^n networks."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import numpy as np
import sympy as sp

import symnet as sn
from symnet.catalog import load
from symnet.ir.expr import Access
from symnet.study.claims import Equal
from symnet.study.definitions import masks
from symnet.study.moments import Law, Mean, Variance, bernoulli
from symnet.study.study import Experiment, Item, Line, Result, Section, Study, row, study
from symnet.study.tensors import SameMap, result
from symnet.study.words import phrase

p = sp.Symbol("p", positive=True)
m, x = sp.symbols("m x", real=True)
n = sp.Symbol("n", integer=True, positive=True)
i = sp.Symbol("i", integer=True)
mask, w, xs = (sp.IndexedBase(name, real=True) for name in ("m", "w", "x"))


def dropout() -> Study:
    return study("dropout", [*one_unit(), *linear(), *softmax(), *runs()])


def entry(name: str) -> sp.Expr:
    """What an operation of the catalogue computes of one unit x with the mask m, kept with probability p."""
    _, expr = result(load(name))
    symbols = {"x": x, "m": m}
    put = {a: symbols[a.node.name] for a in expr.atoms(Access)}
    return expr.xreplace(put).xreplace({param.symbol: p for param in load(name).graph.parameters})


def one_unit() -> Iterator[Item]:
    yield Section("one_unit")
    laws = {m: bernoulli(p)}
    yield Line("kept", Mean(entry("dropout"), laws, p * x))
    yield Line("test_time", Equal(entry("dropout_test"), p * x, sp.Symbol(r"y_{\mathrm{test}}")))
    yield Line("inverted", Mean(entry("inverted_dropout"), laws, x))
    yield Line("noise", Variance(entry("inverted_dropout"), laws, (1 - p) / p * x**2))


def linear() -> Iterator[Item]:
    yield Section("linear")
    b = sp.Symbol("b", real=True)
    z = sp.Sum(w[i] * mask[i] * xs[i], (i, 1, n))
    laws = {mask: bernoulli(p)}
    yield Line("linear_mean", Mean(z + b, laws, p * sp.Sum(w[i] * xs[i], (i, 1, n)) + b))
    spread = p * (1 - p) * sp.Sum(w[i] ** 2 * xs[i] ** 2, (i, 1, n))
    yield Line("linear_variance", Variance(z, laws, spread))
    half, size = sp.Rational(1, 2), 3
    every = list(product((0, 1), repeat=size))
    outputs = [sp.Add(*(bit * w[k + 1] * xs[k + 1] for k, bit in enumerate(bits))) for bits in every]
    mean = sp.Add(*outputs) / 2**size
    name = sp.Symbol(r"\frac{1}{2^3} \sum_{m \in \{0, 1\}^3} \sum_{i=1}^{3} m_i w_i x_i")
    yield Line("enumerated", Equal(mean, half * sp.Add(*(w[k] * xs[k] for k in range(1, size + 1))), name))
    y, q, t, z = sp.symbols("y q t z", real=True)
    yield Line("penalty", Mean((z - t) ** 2, {z: Law((y, y**2 + q))}, (y - t) ** 2 + q))


def softmax() -> Iterator[Item]:
    yield Section("softmax")
    yield Line("log_ratio", SameMap(masks.log_ratio, masks.logit_difference))
    u, v = (sp.IndexedBase(name, real=True) for name in ("u", "v"))
    difference = sp.Sum((u[i] - v[i]) * mask[i] * xs[i], (i, 1, n))
    laws = {mask: bernoulli(sp.Rational(1, 2))}
    scaled = sp.Sum((u[i] - v[i]) * xs[i] / 2, (i, 1, n))
    yield Line("geometric", Mean(difference, laws, scaled))
    a, b = sp.symbols("a b", positive=True)
    yield Line("geometric_mean", Equal(sp.log(sp.sqrt(a * b)), (sp.log(a) + sp.log(b)) / 2))


# -- runs -------------------------------------------------------------------------------------------------------------


def runs() -> Iterator[Item]:
    yield Section("runs")
    yield Experiment("every_mask", _every_mask)
    yield Experiment("deep", _deep)


def _every_mask() -> Result:
    """All 2^10 masks of the hidden units before a softmax layer, against the layer with scaled inputs."""
    rng = np.random.default_rng(0)
    h, weights, bias = rng.standard_normal(10), rng.standard_normal((10, 4)), rng.standard_normal(4)
    every = np.array(list(product((0.0, 1.0), repeat=10)))
    layer, normalised = sn.compile("dense"), sn.compile("softmax")
    logits = layer.forward(every * h, weights, bias)[0]
    scaled = layer.forward(sn.compile("dropout_test").forward(h[None], keep=0.5)[0], weights, bias)[0]
    probabilities, at_test = normalised.forward(logits)[0], normalised.forward(scaled)[0][0]
    geometric = np.exp(np.log(probabilities).mean(axis=0))
    geometric /= geometric.sum()
    gaps = {
        "linear_outputs": np.abs(logits.mean(axis=0) - scaled[0]).max(),
        "geometric_outputs": np.abs(geometric - at_test).max(),
        "arithmetic_outputs": np.abs(probabilities.mean(axis=0) - at_test).max(),
    }
    rows = tuple(
        row(phrase(key), phrase("below", bound="1e-12") if g < 1e-12 else f"{g:.2f}") for key, g in gaps.items()
    )
    ok = max(gaps["linear_outputs"], gaps["geometric_outputs"]) < 1e-12 and gaps["arithmetic_outputs"] > 0.01
    return Result(("outputs", "gap"), rows, bool(ok))


def _deep() -> Result:
    """A deep network: the mean over random masks against the network without dropout."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((20, 10))
    weights = [rng.standard_normal(s) * (2 / s[0]) ** 0.5 for s in ((10, 50), (50, 50), (50, 3))]
    network = sn.compile(masks.masked_network)
    whole = sn.compile(masks.whole_network).forward(x, *weights)[0]
    total = np.zeros_like(whole)
    found = {}
    for count in range(1, 4001):
        kept = (rng.random((2, 20, 50)) < 0.5).astype(float)
        total += network.forward(x, *weights, *kept)[0]
        if count in (1, 10, 100, 4000):
            found[count] = float(np.linalg.norm(total / count - whole) / np.linalg.norm(whole))
    rows = tuple(row(str(count), f"{gap:.2f}") for count, gap in found.items())
    return Result(("masks", "relative_gap"), rows, found[1] > found[10] > found[100] > found[4000] > 0.01)


__all__ = ["dropout"]
