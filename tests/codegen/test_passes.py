"""The passes of the fast style: each can be switched off, and a module says which have shaped it."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

import symnet as sn
from symnet.catalog import load
from symnet.codegen import module_source
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
    sizes = {
        s.label: max(2, 9 - k) for k, s in enumerate(dict.fromkeys(i.size for n in op.graph.inputs for i in n.axes))
    }
    inputs = arrays_for(op.graph, sizes, np.float64, seed=1)
    y, cache = compiled.forward(*inputs.values())
    upstream = np.ones_like(y) if np.ndim(y) else 1.0
    return [y, *compiled.backward(upstream, cache)]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "op",
    [
        "batch_norm",
        "softmax_cross_entropy",
        "binary_cross_entropy",
        "gelu_tanh",
        "relu",
        "conv2d_padded",
        "conv2d_strided",
        "attention",
    ],
)
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


@sn.op
def gelu_in_steps(x: "n d"):
    """GELU in its tanh form, with a name for what stands in the tanh."""
    u = 0.7978845608028654 * (x + 0.044715 * x**3)
    y = 0.5 * x * (1 + sn.tanh(u))
    return y


def test_a_chain_of_elementwise_gradients_is_one_product():
    source = sn.compile(gelu_in_steps, "fast").source
    backward = body_of(source, "backward")
    assert backward.count("np.multiply(") == 1 and "np.add(" not in backward and "np.tanh" not in source
    for one, other in zip(results(gelu_in_steps), results(gelu_in_steps, NAMES)):
        assert np.allclose(one, other, rtol=1e-13, atol=1e-14)


def test_polynomials_are_nested():
    assert source_of(gelu_in_steps, "polynomials").count("np.multiply(") > source_of(gelu_in_steps).count(
        "np.multiply("
    )


def source_of(op, *without):
    return sn.compile(op, "fast", without).source


def body_of(source, function):
    """One function of a module, without the helpers after it."""
    return source[source.index(f"def {function}(") :].split("\n\n\n")[0]


def test_cross_entropy_of_logits_takes_one_exponential():
    forward = body_of(source_of(load("binary_cross_entropy")), "forward")
    assert forward.count("exp(") == 2 and "_sum_log1p_exp(" in forward  # the other one is in its name


def test_a_number_in_front_of_logits_is_left_to_the_exponential():
    source = source_of(load("attention"))
    assert "_exp(buffer, 1 / d**0.5" in source
    steep = [
        50 * a
        for a in arrays_for(
            load("attention").graph, {"b": 2, "t": 3, "s": 4, "d": 5, "e": 2}, np.float64, seed=2
        ).values()
    ]
    one, other = (sn.compile(load("attention"), style).forward(*steep)[0] for style in ("fast", "readable"))
    assert np.allclose(one, other, rtol=1e-12)


def test_an_unknown_pass_is_refused_with_the_known_ones():
    with pytest.raises(sn.SymnetError, match="no pass 'magic'.*row_loops"):
        sn.compile(load("relu"), "fast", ("magic",))


def test_sums_over_the_rows_of_a_block_are_not_taken_for_sums_over_all():
    whole, blocks = results(softmax_down), results(softmax_down, block=8)
    assert all(np.allclose(a, b, rtol=1e-13) for a, b in zip(whole, blocks))
    readable = sn.compile(softmax_down, "readable")
    z = np.random.default_rng(0).normal(size=(4, 3))
    assert np.allclose(readable.forward(z)[0], sn.compile(softmax_down).forward(z)[0], rtol=1e-13)


def test_the_documentation_tells_the_gain_of_every_pass():
    page = (Path(__file__).parents[2] / "docs" / "fast-numpy.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE) == NAMES
    assert all(re.fullmatch(r"(.+ [1-9]\.\d(, )?)+", p.gain) for p in PASSES)


def test_a_sign_is_not_taken_in_place():
    source = module_source(load("mean_absolute_error"), "fast")
    assert "np.sign(buffer, out=dt_)" in source


def test_operands_of_matrix_products_are_computed_once():
    source = module_source(load("covariance"), "fast")
    assert source.count("np.subtract(x_, mu, out=xc_)") == 1 and "np.matmul(xc.T, xc" in source
    assert "cache = (xc,)" in source


def test_work_on_columns_alone_is_no_loop():
    assert "mu = t1 * (1 / n)" in module_source(load("covariance"), "fast")


def test_a_small_ufunc_buffer_needs_long_rows():
    assert "narrow=d >= 256)" in module_source(load("layer_norm"), "fast")
    assert "narrow=h * k >= 256)" in module_source(load("maxout"), "fast")


@pytest.mark.parametrize("far", [0.0, 60.0, 95.0, 300.0, 1e6, np.inf])
def test_exponentials_far_out(far):
    """exp2 is left for exp where it would be slow; the values are the same on both ways."""

    @sn.op
    def kernel(x: "n d", *, width=2.0):
        return sn.exp(-x / width) + sn.sigmoid(x)

    x = np.linspace(-3, 3, 256 * 40).reshape(256, 40).astype(np.float32)
    x[:, 1::2] += np.float32(far)
    with np.errstate(all="ignore"):
        readable, fast = (sn.compile(kernel, style).forward(x)[0] for style in ("readable", "fast"))
    np.testing.assert_allclose(fast, readable, rtol=3e-5, atol=1e-37)


def largest_against_all(x: "n d"):
    return sn.max(x, over="d") - sn.logsumexp(x, over="d")


def share_of_the_largest(x: "n d"):
    return sn.exp(sn.max(x, over="d") - sn.logsumexp(x, over="d"))


def over_the_root_of_the_sum(x: "n d"):
    e = sn.exp(x - sn.max(x, over="d"))
    return e / sn.sqrt(sn.sum(e, over="d"))


def shares_and_sums(x: "n d"):
    p = sn.softmax(x, over="d")
    e = sn.exp(x - sn.max(x, over="d"))
    s = sn.sum(e, over="d")
    return p, e / s**2


@pytest.mark.parametrize(
    "function", [largest_against_all, share_of_the_largest, over_the_root_of_the_sum, shares_and_sums]
)
@pytest.mark.parametrize("n", [5, 40])
def test_a_maximum_of_the_author_is_computed(function, n):
    """Only one that was introduced for stability may be left out, and none of the author's may cancel with it."""
    op, x = sn.op(function), np.random.default_rng(0).normal(size=(n, 4))
    found = []
    for style in ("fast", "readable"):
        f = sn.compile(op, style)
        y, cache = f.forward(x)
        outputs = y if isinstance(y, tuple) else (y,)
        found.append([*outputs, *f.backward(*map(np.sin, outputs), cache)])
    for ours, wanted in zip(*found, strict=True):
        np.testing.assert_allclose(ours, wanted, rtol=1e-12, atol=1e-12)


def test_factors_of_a_sum_over_several_axes_have_shapes_of_their_own():
    """x1 has length 1 where x0 has the axis f: they are not reshaped alike."""

    @sn.op
    def f(x0: "a f c e", x1: "a e d c") -> "f":
        return sn.sum(x0 * x1, over="a c d e")

    rng = np.random.default_rng(0)
    x0, x1 = rng.normal(size=(2, 6, 4, 3)), rng.normal(size=(2, 3, 5, 4))
    y, _ = sn.compile(f, "fast").forward(x0, x1)
    np.testing.assert_allclose(y, np.einsum("afce,aedc->f", x0, x1), rtol=1e-12)
