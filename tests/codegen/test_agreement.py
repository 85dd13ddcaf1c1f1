"""Generated forward and backward compute what the definitions and the derived gradients say, in every dtype."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import symnet as sn
from symnet.codegen import function_source
from tests.codegen.agreement import STYLES, arrays_for, loaded, reference, relative, run_both
from tests.codegen.operations import CASES

TOLERANCE = {np.float64: 1e-10, np.float32: 2e-4}
every_case = pytest.mark.parametrize("name", CASES)
every_style = pytest.mark.parametrize("style", STYLES)


@every_case
@every_style
@pytest.mark.parametrize("dtype", [np.float64, np.float32], ids=["float64", "float32"])
def test_forward_and_backward_agree_with_the_interpreter(name, dtype, style):
    op, sizes = CASES[name]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        inputs, upstream, outputs, gradients, expected, slopes = run_both(op, sizes, dtype, style)
    assert isinstance(gradients, tuple) and len(gradients) == len(op.graph.differentiable_inputs)
    for found, wanted in zip((*outputs, *gradients), (*expected, *slopes)):
        assert np.asarray(found).dtype == dtype
        assert relative(found, wanted) < TOLERANCE[dtype]


@every_case
@every_style
def test_results_share_no_memory_with_arguments_or_each_other(name, style):
    op, sizes = CASES[name]
    inputs, upstream, outputs, gradients, *_ = run_both(op, sizes, np.float64, style)
    for k, gradient in enumerate(gradients):
        for other in (*inputs.values(), *upstream, *gradients[:k]):
            assert not np.shares_memory(gradient, other)
    for output in outputs:
        assert not any(np.shares_memory(output, x) for x in inputs.values())


@every_case
@every_style
def test_axes_of_size_one(name, style):
    op, _ = CASES[name]
    if "_fits(" in sn.compile(op, style).source:
        pytest.skip("has windows, which need room")
    ones = dict.fromkeys("abcdefghijklmnopqrstuvwxyz", 1)
    _, _, outputs, gradients, expected, slopes = run_both(op, ones, np.float64, style)
    for found, wanted in zip((*outputs, *gradients), (*expected, *slopes)):
        assert relative(found, wanted) < 1e-10


@every_case
@pytest.mark.parametrize("what", ["jvp", "jacobian"])
def test_other_derivatives_agree_with_the_interpreter(name, what):
    op, sizes = CASES[name]
    if what == "jacobian" and op.graph.several:
        pytest.skip("a Jacobian is of one output")
    sizes = {axis: min(size, 3) if axis in "ncdvbkms" else size for axis, size in sizes.items()}
    derivation = sn.derive(op, what=what)
    inputs = arrays_for(op.graph, sizes, np.float64)
    rng = np.random.default_rng(3)
    tangents = {t.name: rng.normal(size=np.shape(inputs[x])) for t, x in zip(derivation.upstream, derivation.wrt)}
    found = getattr(loaded(function_source(derivation)), what)(*inputs.values(), *tangents.values())
    values = reference(derivation, inputs, tangents)
    for array, node in zip(found, derivation.gradients.values()):
        assert relative(array, values[node.name]) < 1e-9


@every_style
def test_read_only_and_strided_arrays_are_taken(style):
    op, _ = CASES["rms_norm"]
    x = np.random.default_rng(0).normal(size=(10, 8))[::2, ::2]
    g = np.ones(4)
    x.flags.writeable = g.flags.writeable = False
    y, cache = sn.compile(op, style).forward(x, g)
    dx, dg = sn.compile(op, style).backward(np.ones_like(y), cache)
    again, _ = sn.compile(op, style).forward(x.copy(), g)
    assert relative(y, again) < 1e-15 and dx.shape == x.shape and dg.shape == g.shape


@every_style
def test_mixed_dtypes_meet_in_the_larger_one(style):
    op, _ = CASES["rms_norm"]
    y, cache = sn.compile(op, style).forward(np.ones((2, 3), np.float32), np.ones(3))
    assert y.dtype == np.float64


@every_style
def test_a_python_number_does_not_widen_the_arrays(style):
    @sn.op
    def scaled(x: "n", a: "", *, b=2.0):
        return a * x + b

    y, cache = sn.compile(scaled, style).forward(np.ones(3, np.float32), 0.5, b=np.float64(3))
    assert y.dtype == np.float32 and np.all(y == 3.5)
    dx, da = sn.compile(scaled, style).backward(np.ones(3), cache)
    assert dx.dtype == da.dtype == np.float32


@every_style
def test_product_gradient_is_right_with_zeros(style):
    op, _ = CASES["prod_op"]
    x = np.array([[2.0, 0, 3], [0, 0, 5], [1, 2, 3]])
    y, cache = sn.compile(op, style).forward(x)
    (dx,) = sn.compile(op, style).backward(np.ones(3), cache)
    assert np.array_equal(dx, [[0, 6, 0], [0, 0, 0], [6, 3, 2]])


@every_style
def test_repeated_labels_all_count(style):
    op, _ = CASES["embedding"]
    table, labels = np.zeros((4, 2)), np.array([1, 3, 1, 1])
    y, cache = sn.compile(op, style).forward(table, labels)
    (dtable,) = sn.compile(op, style).backward(np.ones((4, 2)), cache)
    assert np.array_equal(dtable[:, 0], [0, 3, 0, 1])


@every_style
def test_the_first_of_equal_maxima_gets_the_gradient(style):
    @sn.op
    def largest(x: "n c h w"):
        return sn.max(x, over="h w")

    x = np.zeros((1, 1, 2, 3))
    x[0, 0, 0, 2] = x[0, 0, 1, 0] = 1
    y, cache = sn.compile(largest, style).forward(x)
    (dx,) = sn.compile(largest, style).backward(np.ones((1, 1)), cache)
    assert dx[0, 0].tolist() == [[0, 0, 1], [0, 0, 0]]


@every_style
def test_the_branch_not_taken_gives_no_warning_and_no_nan(style):
    op, _ = CASES["elu"]
    x = np.array([[0.0, -1e4, 1e4]])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        y, cache = sn.compile(op, style).forward(x)
        (dx,) = sn.compile(op, style).backward(np.ones_like(x), cache)
    assert y.tolist() == [[0, -1, 1e4]] and dx.tolist() == [[1, 0, 1]]
