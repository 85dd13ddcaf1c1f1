"""Whatever is given to a fast module: the right result, or a ValueError that says why not."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import symnet as sn
from symnet.catalog import load
from symnet.codegen import module_source
from symnet.codegen.module import load as load_module
from tests.codegen.fast_modules import (
    arrays_of,
    assert_equal_to_rounding,
    both_dtypes,
    large,
    module_of,
    of_catalogue,
    run,
)


@of_catalogue
def test_strided_and_read_only_arrays_are_taken(name):
    arrays = large(name)
    odd = [np.asfortranarray(x) if k % 2 else np.repeat(x, 2, axis=-1)[..., ::2] for k, x in enumerate(arrays)]
    for x in odd:
        x.flags.writeable = False
    module = module_of(name, block=2**15, threads=2)
    assert_equal_to_rounding(run(module, odd), run(module, arrays), 1e-4)


@of_catalogue
def test_strided_read_only_and_reversed_upstream_gradients_are_taken(name):
    module, arrays = module_of(name, block=2**15), large(name)
    output, cache = module.forward(*arrays)
    upstream = np.random.default_rng(1).normal(size=np.shape(output)).astype(np.float32)[()]
    wanted = module.backward(upstream, cache)
    others = [np.array(upstream, np.float64)]
    if np.ndim(upstream):
        others += [np.asfortranarray(upstream), upstream[::-1].copy()[::-1], np.repeat(upstream, 2, axis=0)[::2]]
    for other in others:
        other.flags.writeable = False
        assert_equal_to_rounding(module.backward(other, cache), wanted, 1e-5)


@of_catalogue
def test_broadcast_upstream_gradients_are_taken(name):
    module, arrays = module_of(name, block=2**15), large(name)
    output, cache = module.forward(*arrays)
    ones = np.broadcast_to(np.float32(1), np.shape(output))
    assert_equal_to_rounding(module.backward(ones, cache), module.backward(np.ones_like(output), cache), 1e-5)


@of_catalogue
def test_an_empty_axis_is_refused(name):
    arrays = arrays_of(name)
    arrays[0] = arrays[0][:0]
    said = []
    for style in ("readable", "fast"):
        with pytest.raises(ValueError, match=rf"^{name}: axis '\w+' ") as caught:
            module_of(name, style).forward(*arrays)
        said.append(str(caught.value))
    assert said[0] == said[1]


@of_catalogue
def test_integers_and_wrong_ranks_are_refused(name):
    arrays = arrays_of(name)
    for wrong, reason in ((np.ones(np.shape(arrays[0]), int), "has dtype int"), (np.float64(1), "has shape ()")):
        with pytest.raises(ValueError) as caught:
            module_of(name).forward(wrong, *arrays[1:])
        assert str(caught.value).startswith(f"{name}: ") and reason in str(caught.value)


@of_catalogue
def test_float16_is_refused_with_the_argument_and_the_reason(name):
    arrays = [x.astype(np.float16) if x.dtype.kind == "f" else x for x in arrays_of(name)]
    with pytest.raises(ValueError, match=f"{name}: .* has dtype float16, float32 or float64 is needed"):
        module_of(name).forward(*arrays)


def test_a_readable_module_takes_float16_where_it_holds_the_numbers_of_the_definition():
    half, mask = np.ones((2, 2), np.float16), np.array([[1, 0], [0, 0]])

    @sn.op
    def masked(z: "n c", m: sn.mask("n c"), *, temperature=1.0):
        return sn.softmax(sn.where(m, z / temperature, -1e4), over="c")

    p, _ = sn.compile(masked, "readable").forward(half, mask)
    assert p.dtype == np.float16 and np.array_equal(p, [[1, 0], [0.5, 0.5]])

    @sn.op
    def beyond(z: "n c", m: sn.mask("n c")):
        return sn.softmax(sn.where(m, z, -1e9), over="c")

    @sn.op
    def below(z: "n c", m: sn.mask("n c"), *, eps=1e-8):
        return z * m / (sn.sum(z * m, over="c") + eps)

    for op, reason in ((beyond, "1e+09 would be infinite"), (below, "1e-08 would be 0")):
        f = sn.compile(op, "readable")
        assert reason in f.source
        with pytest.raises(ValueError, match="z has dtype float16, float32 or float64 is needed"):
            f.forward(half, mask)


@of_catalogue
def test_mixed_dtypes_meet_in_the_larger_one(name):
    arrays = large(name)
    for place, x in enumerate(arrays):
        mixed = list(arrays)
        mixed[place] = x.astype(np.float64) if x.dtype.kind == "f" else x.astype(np.int16)
        found, wanted = run(module_of(name, block=2**15), mixed), run(module_of(name, "readable"), mixed)
        wide = np.asarray(wanted[0]).dtype == np.float64
        assert_equal_to_rounding(found, wanted, 1e-10 if wide else 1e-3)


def test_scalars_only():
    @sn.op
    def f(a: "", b: "", *, c=2.0):
        return sn.exp(a) * b + c

    module = load_module("f", module_source(f, "fast"))
    y, cache = module.forward(np.float64(0), 3.0)
    assert y == 5 and module.backward(1.0, cache) == (3, 1)


@of_catalogue
@both_dtypes
@pytest.mark.parametrize("special", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("block", [64, None])
def test_nan_and_infinity_pass_through_as_in_the_readable_module(name, dtype, special, block):
    """A NaN reaches the same places; after an infinity the same places are not finite."""
    op, arrays = load(name), arrays_of(name, dtype)
    readable, fast = module_of(name, "readable"), module_of(name, block=block)
    for place, node in enumerate(op.graph.inputs):
        if arrays[place].dtype.kind != "f":
            continue
        changed = [x.copy() for x in arrays]
        changed[place].flat[changed[place].size // 2] = special
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            found, wanted = run(fast, changed), run(readable, changed)
        for ours, theirs in zip(found, wanted, strict=True):
            assert np.array_equal(np.isfinite(ours), np.isfinite(theirs)), node.name
            assert not np.isnan(special) or np.array_equal(np.isnan(ours), np.isnan(theirs)), node.name


def test_arrays_that_fit_are_looked_at_once_and_others_every_time():
    module = module_of("softmax_cross_entropy_labels", block=2**15)
    z, labels = np.zeros((3, 4), np.float32), np.array([0, 1, 3])
    for _ in range(3):
        module.forward(z, labels)
        with pytest.raises(ValueError, match="labels that are not in 0 .. 3"):
            module.forward(z, labels + 1)
        with pytest.raises(ValueError, match="of z has size 3, of labels has size 2"):
            module.forward(z, labels[:2])
        with pytest.raises(ValueError, match="labels has dtype float64, integers are needed"):
            module.forward(z, labels.astype(float))
    assert module.forward(z.astype(float), labels)[0].dtype == np.float64
    assert len(module._FITTED) == 2


@pytest.mark.parametrize("style", ["readable", "fast"])
@pytest.mark.parametrize("name", ["sigmoid", "silu", "softmax", "standardize"])
def test_an_output_can_not_be_written_into_where_that_would_change_a_gradient(name, style):
    module, (x, *_) = module_of(name, style), arrays_of(name)
    (y, cache), ones = module.forward(x), np.ones_like(x)
    wanted = module.backward(ones, cache)
    if any(np.shares_memory(y, held) for held in cache if isinstance(held, np.ndarray)):
        with pytest.raises(ValueError, match="read-only"):
            y -= 1
    else:
        y -= 1
    assert_equal_to_rounding(module.backward(ones, cache), wanted, 1e-15)
