"""The three ways to differentiate agree, each to its own accuracy."""

import numpy as np
import pytest

import symnet as sn
from symnet.check.differences import LEVELS, Loss, basis
from symnet.check.sample import draw
from symnet.ir.expr import Size


@sn.op
def layer(x: "n d", w: "d e", *, eps=1e-3):
    h = sn.tanh(sn.sum(x * w, over="d"))
    return h / sn.sqrt(sn.mean(h**2, over="e") + eps), sn.sum(h)


def loss_of(op, seed=0, **sizes):
    rng = np.random.default_rng(seed)
    sample = draw(op.graph, rng, {Size(k): n for k, n in sizes.items()})
    shapes = Loss.at(op.graph, sample.inputs, sample.sizes, {}).values
    upstream = {y.name: np.asarray(rng.normal(size=shapes[y.name].shape)) for y in op.graph.outputs}
    return Loss.at(op.graph, sample.inputs, sample.sizes, upstream)


def exact_gradient(loss):
    """dL/dw of ``layer``, by hand."""
    x, h, dy, ds = (loss.values["x"], loss.values["h"], *loss.upstream.values())
    count = h.shape[1]
    r = 1 / np.sqrt((h**2).mean(1, keepdims=True) + 1e-3)
    dh = r * dy - h * r**3 * (dy * h).sum(1, keepdims=True) / count + ds
    return x.T @ (dh * (1 - h**2))


def test_every_method_reaches_its_accuracy():
    loss = loss_of(layer)
    exact = exact_gradient(loss)
    directions = basis(exact.shape)
    scale = np.abs(exact).max()
    for slopes, accuracy in ((loss.complex_step("w", directions), 1e-14), (loss.central("w", directions), 1e-9)):
        assert np.abs(slopes.values.reshape(exact.shape) - exact).max() < accuracy * scale
        assert (slopes.terms >= np.abs(slopes.values) * (1 - 1e-9)).all()
        assert (slopes.spread > 0).all()
    assert loss.high_precision("w", directions[..., 1]) == pytest.approx(exact.flat[1], rel=1e-13)


def test_slopes_with_respect_to_an_intermediate_node_hold_its_past_fixed():
    loss = loss_of(layer)
    h, w = loss.values["h"], loss.values["w"]
    dh = loss.complex_step("h", basis(h.shape)).values.reshape(h.shape)
    dw = loss.complex_step("w", basis(w.shape)).values.reshape(w.shape)
    np.testing.assert_allclose(dw, loss.values["x"].T @ (dh * (1 - h**2)), rtol=1e-12)


def test_directions_are_sums_of_entries():
    loss = loss_of(layer)
    direction = np.random.default_rng(1).normal(size=(*loss.values["w"].shape, 2))
    expected = np.tensordot(exact_gradient(loss), direction, axes=2)
    for slopes in (loss.complex_step("w", direction), loss.central("w", direction)):
        np.testing.assert_allclose(slopes.values, expected, rtol=1e-8)


def test_chunks_do_not_change_the_result(monkeypatch):
    loss = loss_of(layer)
    whole = loss.central("w", basis(loss.values["w"].shape)).values
    monkeypatch.setitem(loss.__dict__, "room", 5 * LEVELS)
    np.testing.assert_array_equal(loss.central("w", basis(loss.values["w"].shape)).values, whole)


def test_steps_adapt_to_a_pole_close_by():
    @sn.op
    def f(x: sn.positive("n")):
        return sn.log(x) + 1 / x

    loss = loss_of(f)
    x = np.array([1e-3, 2.0, 1e3])
    values = {**loss.values, "x": x, "y": np.log(x) + 1 / x}
    loss = Loss(f.graph, values, {Size("n"): 3}, {"y": np.ones(3)}, {})
    np.testing.assert_allclose(loss.central("x", basis((3,))).values, 1 / x - 1 / x**2, rtol=1e-7)


def test_an_input_that_nothing_reads_has_slope_zero():
    @sn.op
    def f(x: "n", unused: "n"):
        return x * 2

    loss = loss_of(f)
    size = len(loss.values["x"])
    assert not loss.central("unused", basis((size,))).values.any()
    assert not loss.complex_step("unused", basis((size,))).values.any()
