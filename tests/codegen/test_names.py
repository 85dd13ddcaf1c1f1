"""Names of a definition that the generated code could take for its own."""

from __future__ import annotations

import numpy as np
import pytest

import symnet as sn
from symnet.errors import SymnetError
from tests.codegen.agreement import STYLES

#: what a module calls, and what it calls its own variables
NAMES = ("buffer", "ones_q", "b_", "i", "max", "BLOCK", "_empty", "np")


def named(name: str) -> sn.Op:
    """An operation of an array ``name``, whose fast module has blocks, buffers and rows of equal numbers."""

    def forward(x, b):
        z = sn.tanh(x * b)
        u = sn.where(x > 0, z, 0) - sn.max(z * 2, over="q")
        return sn.softmax(sn.relu(u) + sn.sum(u * x, over="p"), over="q") + sn.mean(x["p2 q"] * z, over="p2")

    return sn.op(lambda *arrays: forward(*arrays), name="named", inputs={name: "p q", "b": "q"})


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("name", NAMES)
def test_an_array_may_have_any_name(name, style):
    report = sn.check_gradients(named(name), style=style, trials=1)
    assert report.ok, report.table()


@pytest.mark.parametrize("style", STYLES)
def test_a_constant_may_be_called_as_an_upstream_gradient_or_an_extremum(style):
    @sn.op
    def f(x: "n d", *, dy=2.0, min=-1.0, max=1.0):
        y = sn.clip(x * dy, min, max)
        return y

    report = sn.check_gradients(f, style=style, trials=1)
    assert report.ok, report.table()


@pytest.mark.parametrize("style", STYLES)
def test_a_number_of_an_update_rule_may_be_called_as_an_extremum(style):
    @sn.update
    def rule(w: "i", g: "i", max: "" = 0, *, lr=0.5, min=3.0):
        max = sn.maximum(max + 1, min)
        abs = sn.abs(max - 5)
        return w - lr * sn.maximum(abs, 1) * g, max

    module = sn.compile(rule, style)
    w, state = module.step(np.zeros(3), np.ones(3), module.init(np.zeros(3)))
    assert np.array_equal(w, [-1, -1, -1]) and state["max"] == 3


@pytest.mark.parametrize("style", STYLES)
def test_the_larger_of_a_number_and_nan_is_nan(style):
    @sn.update
    def rule(w: "i", g: "i", s: "" = 0):
        s = sn.maximum(0, s - 1)
        return w - s * g, s

    module = sn.compile(rule, style)
    w, state = module.step(np.zeros(3), np.ones(3), {"s": np.nan})
    assert np.isnan(w).all() and np.isnan(state["s"])


@pytest.mark.parametrize("style", STYLES)
def test_a_constant_is_not_called_as_what_the_code_calls(style):
    @sn.op
    def f(x: "n", *, BLOCK=2.0):
        return x * BLOCK

    @sn.op
    def g(x: "n", *, _empty=2.0):
        return x * _empty

    for op, name in ((f, "BLOCK"), (g, "_empty")):
        with pytest.raises(SymnetError, match=f"a constant can not be called '{name}'"):
            sn.compile(op, style)
