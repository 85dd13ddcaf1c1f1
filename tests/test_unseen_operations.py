"""Operations outside the catalogue, written in the notation, get everything that an operation of it gets."""

from __future__ import annotations

import ast
import importlib.util
import sys
import warnings

import numpy as np
import pytest

import symnet as sn
from symnet.check.sample import sample_inputs
from tests.styles import STYLES
from tests.unseen.arrays import ARRAYS
from tests.unseen.losses import LOSSES
from tests.unseen.units import UNITS

OPERATIONS = UNITS.operations | LOSSES.operations | ARRAYS.operations
IN_NUMPY = UNITS.numpy | LOSSES.numpy | ARRAYS.numpy
INTERNALS = ("Access(", "Reduction(", "Dummy", "Index(", "Size(", "Param(", " object at 0x", "None\n", "NaN", "zoo")

every_style = pytest.mark.parametrize("style", STYLES)
every_operation = pytest.mark.parametrize("op", OPERATIONS.values(), ids=OPERATIONS.keys())


def arrays_of(op: sn.Op, dtype=np.float64) -> list[np.ndarray]:
    return list(sample_inputs(op.graph, np.random.default_rng(0), dtype=dtype).values())


def outputs_of(op: sn.Op, arrays, module=None, style: str = "fast"):
    """The outputs as a tuple and the gradients for upstream gradients of ones; a warning is an error."""
    module = module or sn.compile(op, style)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        output, cache = module.forward(*arrays)
        outputs = output if op.graph.several else (output,)
        gradients = module.backward(*map(np.ones_like, outputs), cache)
    return outputs, gradients


@every_operation
def test_it_is_derived_and_certified(op):
    derivation = sn.derive(op)
    assert list(derivation.gradients) == [node.name for node in op.graph.differentiable_inputs]
    assert derivation.certificate.startswith("checked")


@every_operation
@every_style
def test_its_gradients_pass_the_check(op, style):
    report = sn.check_gradients(op, style=style)
    assert report.ok, report.table()


@every_operation
@every_style
def test_float32_stays_float32(op, style):
    outputs, gradients = outputs_of(op, arrays_of(op, np.float32), style=style)
    assert {np.asarray(value).dtype for value in (*outputs, *gradients)} == {np.dtype(np.float32)}


@every_operation
@every_style
def test_a_gradient_has_the_shape_of_its_input(op, style):
    arrays = arrays_of(op)
    _, gradients = outputs_of(op, arrays, style=style)
    wanted = [x.shape for x, node in zip(arrays, op.graph.inputs) if node.differentiable]
    assert [np.shape(g) for g in gradients] == wanted


@every_operation
@every_style
def test_its_inputs_are_left_alone(op, style):
    arrays = arrays_of(op)
    before = [x.copy() for x in arrays]
    outputs_of(op, arrays, style=style)
    assert all(np.array_equal(a, b) for a, b in zip(arrays, before))


@every_operation
@every_style
def test_its_module_stands_alone(op, tmp_path, style):
    path = sn.generate(op, tmp_path, style)
    imports = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, (ast.Import, ast.ImportFrom))]
    names = [a.name for i in imports if isinstance(i, ast.Import) for a in i.names]
    names += [i.module for i in imports if isinstance(i, ast.ImportFrom)]
    imported = {name.partition(".")[0] for name in names}
    assert "numpy" in imported
    assert imported - {"numpy"} <= (sys.stdlib_module_names if style == "fast" else set())

    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    arrays = arrays_of(op)
    for written, compiled in zip(outputs_of(op, arrays, module), outputs_of(op, arrays, style=style)):
        assert all(np.array_equal(a, b) for a, b in zip(written, compiled))


@every_operation
@pytest.mark.parametrize("form", ["markdown", "latex"])
def test_its_explanation_speaks_mathematics_only(op, form):
    text = getattr(sn.derive(op), form)()
    axes = {index.label for node in op.graph.nodes for index in node.axes}
    assert text.strip()
    assert [junk for junk in (*INTERNALS, *(f"|{axis}|" for axis in axes)) if junk in text] == []
    assert text.count("{") == text.count("}")


@pytest.mark.parametrize("name", IN_NUMPY)
@pytest.mark.parametrize("seed", [0, *(pytest.param(k, marks=pytest.mark.slow) for k in (1, 2))])
@every_style
def test_it_computes_what_its_author_means(name, seed, style):
    op = OPERATIONS[name]
    arrays = list(sample_inputs(op.graph, np.random.default_rng(seed)).values())
    outputs, _ = outputs_of(op, arrays, style=style)
    wanted = IN_NUMPY[name](*arrays)
    for ours, theirs in zip(outputs, wanted if op.graph.several else (wanted,), strict=True):
        assert np.shape(ours) == np.shape(theirs)
        np.testing.assert_allclose(ours, theirs, rtol=1e-10, atol=1e-12)


@every_style
def test_repeated_tokens_add_up_their_gradients(style):
    f = sn.compile(OPERATIONS["embedding"], style)
    _, cache = f.forward(np.zeros((4, 2)), np.array([[1, 1, 3], [1, 3, 0]]))
    (dtable,) = f.backward(np.ones((2, 3, 2)), cache)
    assert np.array_equal(dtable, [[1, 1], [3, 3], [0, 0], [2, 2]])


@every_style
def test_a_product_with_zeros_has_the_right_slopes(style):
    f = sn.compile(OPERATIONS["product"], style)
    _, cache = f.forward(np.array([[2.0, 0, 3], [0, 0, 5]]))
    (dx,) = f.backward(np.ones(2), cache)
    assert np.array_equal(dx, [[0, 6, 0], [0, 0, 0]])


@every_style
def test_a_row_that_sees_nothing_attends_to_all_equally(style):
    @sn.op
    def masked(z: "n c", m: sn.mask("n c")):
        return sn.softmax(sn.where(m, z, -1e9), over="c")

    (p,), _ = outputs_of(masked, [np.array([[3.0, -2, 1, 0]]), np.zeros((1, 4))], style=style)
    assert np.array_equal(p, np.full((1, 4), 0.25))


@every_style
def test_the_gradient_of_an_unused_input_is_zero(style):
    x = np.ones((2, 3))
    _, (_, dy) = outputs_of(OPERATIONS["an_input_that_is_not_used"], [x, x], style=style)
    assert np.array_equal(dy, np.zeros((2, 3)))


def test_there_are_many_of_them():
    assert len(OPERATIONS) >= 80
