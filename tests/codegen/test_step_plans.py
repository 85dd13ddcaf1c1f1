"""Loops over steps in the fast styles: large steps have plans of their own and compute what the readable style does."""

import numpy as np
import pytest

import symnet as sn
from symnet.check.sample import sample_inputs
from symnet.codegen.module import module_source
from tests.styles import HAS_NUMBA

OPERATIONS: dict[str, sn.Op] = {}


def planned(f) -> sn.Op:
    op = sn.op(f)
    OPERATIONS[op.name] = op
    return op


@planned
def normalised_layers(x0: "b t m", w: "l m k", gamma: "l m"):
    def layer(x, w, gamma):
        z = sn.sum(x["b t k"] * w, over="k")
        mu = sn.mean(z, over="m")
        r = sn.sqrt(sn.mean((z - mu) ** 2, over="m") + 1e-5)
        return x + gamma * (z - mu) / r

    return sn.last(sn.scan(layer, x0, w, gamma, over="l"), over="l")


@planned
def attending_layers(x0: "b t m", w: "l m k"):
    """The weights of every layer are given back as well."""

    def layer(x, w):
        q = sn.sum(x["b t k"] * w, over="k")
        p = sn.softmax(sn.sum(q["b t m"] * x["b s m"], over="m") / 3, over="s")
        return sn.sum(p * x["b s m"], over="s") + x, p

    x, p = sn.scan(layer, x0, w, over="l")
    return sn.last(x, over="l"), p


@planned
def filtered(x0: "n c t", k: "l c r=3", scale: "l"):
    def layer(x, k, scale):
        y = sn.sum(sn.pad(x, "t", 1)["n c t+r"] * k, over="r")
        return sn.tanh(scale * y) + x

    return sn.last(sn.scan(layer, x0, k, scale, over="l"), over="l")


@planned
def read_along_another_axis(x: "b t m", h0: "b m s", u: "m s"):
    """A state space: what comes in lies with its time in the middle, and every state is given back."""

    def step(h, x):
        h = sn.sigmoid(u) * h + x
        return h, sn.sum(h * u, over="s")

    h, y = sn.scan(step, h0, x, over="t")
    return sn.mean(h**2, over="t"), y


@planned
def two_states(a0: "b t m", b0: "b t m", w: "l m"):
    def layer(a, b, w):
        c = sn.relu(a - b) * w
        return b + c, a * sn.exp(-c)

    a, b = sn.scan(layer, (a0, b0), w, over="l")
    return sn.last(a, over="l") + sn.sum(b, over="l")


@planned
def largest_of_rows(x0: "b t m", w: "l m"):
    def layer(x, w):
        z = x * w
        return z - sn.max(z, over="m") + sn.logsumexp(z, over="m")

    return sn.last(sn.scan(layer, x0, w, over="l"), over="l")


@planned
def scaled_together(x0: "b t m", w: "l t m"):
    """A sum over the rows of a step, which is wanted of every step."""

    def layer(x, w):
        s = sn.sum(x**2, over="b")
        return x / sn.sqrt(1 + s) + w, s

    x, s = sn.scan(layer, x0, w, over="l")
    return x, sn.sum(s, over="l")


@planned
def in_and_around(x: "b t m", w: "l m k", v: "m c=5", labels: sn.labels("b t", below="c")):
    """What is computed before and after the loop has plans as well."""

    def layer(h, w):
        z = sn.sum(h["b t k"] * w, over="k")
        return z * sn.sigmoid(2 * z) + h

    h = sn.last(sn.scan(layer, sn.tanh(x) * x, w, over="l"), over="l")
    p = sn.softmax(sn.sum(h * v, over="m"), over="c")
    return -sn.mean(sn.log(p["b t", labels]), over="b t")


def results(op: sn.Op, style: str, inputs: list) -> list[np.ndarray]:
    compiled = sn.compile(op, style)
    output, cache = compiled.forward(*inputs)
    outputs = output if isinstance(output, tuple) else (output,)
    rng = np.random.default_rng(1)
    upstream = [rng.standard_normal(np.shape(y)) for y in outputs]
    first, second = (compiled.backward(*upstream, cache) for _ in range(2))
    assert all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))
    return [*outputs, *first]


@pytest.mark.parametrize("steps", [1, 2, 5])
@pytest.mark.parametrize("name", OPERATIONS)
def test_planned_steps_compute_what_readable_ones_do(name, steps):
    op = OPERATIONS[name]
    sizes = {i.size: steps if i.label in ("l",) else 4 for n in op.graph.inputs for i in n.axes if i.size.is_Symbol}
    inputs = list(sample_inputs(op.graph, np.random.default_rng(0), sizes).values())
    wanted = results(op, "readable", inputs)
    for style in ["fast", "numba"] if HAS_NUMBA and steps == 2 else ["fast"]:
        for found, right in zip(results(op, style, inputs), wanted, strict=True):
            np.testing.assert_allclose(found, right, rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("name", OPERATIONS)
def test_gradients_pass_the_check(name):
    report = sn.check_gradients(OPERATIONS[name], trials=1, style="fast")
    assert report.ok, report.table()


def test_blocks_of_rows_within_a_step():
    source = module_source(OPERATIONS["normalised_layers"], "fast")
    assert "        def block(start, stop):  # rows of b\n" in source
    assert "        dx_back = dx_back_next\n" in source


def test_small_steps_are_written_as_they_are_read():
    source = module_source("lstm", "fast")
    assert "hs[j + 1] = o[j] * m[j]" in source
