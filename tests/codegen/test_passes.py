"""The passes of the fast style: each can be switched off, and a module says which have shaped it."""

from __future__ import annotations

import numpy as np
import pytest

import symnet as sn
from symnet.catalog import load
from symnet.codegen.fast.passes import PASSES
from tests.codegen.agreement import arrays_for

NAMES = [p.name for p in PASSES]


@sn.op
def softmax_down(z: "c n"):
    """Softmax over the first axis."""
    e = sn.exp(z)
    return e / sn.sum(e, over="c") + sn.log(sn.softmax(z, over="c"))


def results(op, without=(), block=None):
    compiled = sn.compile(op, "fast", without)
    if block and "BLOCK" in vars(compiled.module):
        compiled.module.BLOCK = block
    sizes = {s.label: 3 + k for k, s in enumerate(dict.fromkeys(i.size for n in op.graph.inputs for i in n.axes))}
    inputs = arrays_for(op.graph, sizes, np.float64, seed=1)
    y, cache = compiled.forward(*inputs.values())
    upstream = np.ones_like(y) if np.ndim(y) else 1.0
    return [y, *compiled.backward(upstream, cache)]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("op", ["batch_norm", "softmax_cross_entropy", "binary_cross_entropy", "gelu_tanh", "relu"])
def test_a_module_without_a_pass_computes_the_same(op, name):
    for one, other in zip(results(load(op)), results(load(op), (name,))):
        assert np.allclose(one, other, rtol=1e-12, atol=1e-12)


def test_a_module_names_the_passes_that_shaped_it():
    source = sn.compile(load("softmax_cross_entropy"), "fast").source
    assert "no_maximum:" in source and "columns:" not in source
    assert "no_maximum:" not in sn.compile(load("softmax_cross_entropy"), "fast", ("no_maximum",)).source


def test_a_pass_switched_off_leaves_its_helper_out():
    assert "_calm(" in sn.compile(load("softmax_cross_entropy"), "fast").source
    assert "_calm(" not in sn.compile(load("softmax_cross_entropy"), "fast", ("no_maximum",)).source
    assert "def block(" not in sn.compile(load("batch_norm"), "fast", ("row_loops",)).source


def test_an_unknown_pass_is_refused_with_the_known_ones():
    with pytest.raises(sn.SymnetError, match="no pass 'magic'.*row_loops"):
        sn.compile(load("relu"), "fast", ("magic",))


def test_sums_over_the_rows_of_a_block_are_not_taken_for_sums_over_all():
    whole, blocks = results(softmax_down), results(softmax_down, block=8)
    assert all(np.allclose(a, b, rtol=1e-13) for a, b in zip(whole, blocks))
    readable = sn.compile(softmax_down, "readable")
    z = np.random.default_rng(0).normal(size=(4, 3))
    assert np.allclose(readable.forward(z)[0], sn.compile(softmax_down).forward(z)[0], rtol=1e-13)
