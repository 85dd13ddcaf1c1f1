"""Wrong arguments of a generated module: a ValueError that names the module, the argument and the axis."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

import symnet as sn
from symnet.catalog import load
from symnet.errors import SymnetError
from tests.codegen.agreement import STYLES
from tests.codegen.operations import CASES

every_style = pytest.mark.parametrize("style", STYLES)


def refusal(name: str, *arrays, **constants) -> str:
    """What both styles say of these arguments, in the same words."""
    op = CASES[name][0] if name in CASES else load(name)
    said = []
    for style in STYLES:
        with pytest.raises(ValueError) as caught:
            sn.compile(op, style).forward(*arrays, **constants)
        said.append(str(caught.value))
    assert said[0] == said[1]
    return said[0]


def test_sizes_that_differ_name_the_axis_and_both_arrays():
    text = refusal("softmax_cross_entropy", np.ones((4, 10)), np.ones((4, 7)))
    assert text == "softmax_cross_entropy: axis 'c' of z has size 10, of y has size 7"


def test_an_axis_read_under_another_name_has_the_size_of_the_first():
    text = refusal("gram_matrix_loss", np.ones((3, 2)), np.ones((3, 4)))
    assert text == "gram_matrix_loss: axis 'n' of x has size 3, 'm' of t has size 4"


def test_wrong_number_of_dimensions():
    text = refusal("dense", np.ones(4), np.ones((4, 2)), np.ones(2))
    assert text == "dense: x has shape (4,), its axes are 'n d'"


@pytest.mark.parametrize("dtype", [int, bool, complex, object, "U1"])
def test_real_inputs_must_be_floats(dtype):
    assert refusal("tanh", np.ones((2, 2)).astype(dtype)).startswith("tanh: x has dtype")


def test_empty_axes_are_refused():
    assert refusal("softmax", np.ones((2, 0))) == "softmax: axis 'c' of z is empty"


@pytest.mark.parametrize("labels", [[0, 3], [-1, 0]])
def test_labels_must_be_in_range(labels):
    text = refusal("softmax_cross_entropy_labels", np.ones((2, 3)), np.array(labels))
    assert text == "softmax_cross_entropy_labels: labels holds labels that are not in 0 .. 2"


def test_labels_must_be_integers():
    text = refusal("softmax_cross_entropy_labels", np.ones((2, 3)), np.array([0.0, 1.0]))
    assert text == "softmax_cross_entropy_labels: labels has dtype float64, integers are needed"


@every_style
def test_one_hot_rows_may_be_of_any_number_type(style):
    forward = sn.compile(load("softmax_cross_entropy"), style).forward
    z = np.random.default_rng(0).normal(size=(2, 3)).astype(np.float32)
    losses = {forward(z, np.eye(3)[:2].astype(dtype))[0].item() for dtype in (bool, np.int8, int, np.float32, float)}
    assert len(losses) == 1
    assert forward(z, np.eye(3)[:2])[0].dtype == np.float32


def test_windows_that_do_not_fit():
    text = refusal("conv2d", np.ones((1, 2, 3, 5)), np.ones((4, 2, 4, 2)), np.ones(4))
    assert text.startswith("conv2d: axis 'h' would have 0 entries")


def test_positions_beyond_the_end():
    assert refusal("slices", np.ones((2, 2))).startswith("slices: axis 'd'")


def test_constants_that_shape_the_code_are_fixed():
    text = refusal("static_param", np.ones((2, 2)), k=3)
    assert text == "static_param: k shapes the code and is 2 in this module"
    assert "kind shapes the code" in refusal("static_param", np.ones((2, 2)), kind="sin")


@every_style
def test_constants_are_numbers(style):
    for value in ("small", None, [1e-5], np.ones(2)):
        with pytest.raises(ValueError, match="^batch_norm: eps is .*, a number is needed$"):
            sn.compile(load("batch_norm"), style).forward(np.ones((2, 2)), np.ones(2), np.ones(2), eps=value)


@every_style
def test_a_sized_axis_of_another_input_is_checked(style):
    @sn.op
    def residual(x: "t", k: "r", y: "u"):
        return sn.sum(x["t+r"] * k, over="r") + sn.sum(y["t"] if False else y, over="u")

    forward = sn.compile(residual, style).forward
    assert forward(np.ones(5), np.ones(2), np.ones(3))[0].shape == (4,)


@every_style
@pytest.mark.parametrize(
    ("upstream", "message"),
    [
        (np.ones((2, 4)), "softmax: axis 'c' of dp has size 4, of the output has size 3"),
        (np.ones(3), "softmax: dp has shape (3,), its axes are 'n c'"),
        (np.ones((2, 3), complex), "softmax: dp has dtype complex128, floats are needed"),
    ],
)
def test_upstream_gradients_are_checked(upstream, message, style):
    compiled = sn.compile(load("softmax"), style)
    _, cache = compiled.forward(np.ones((2, 3)))
    with pytest.raises(ValueError) as caught:
        compiled.backward(upstream, cache)
    assert str(caught.value) == message


@every_style
def test_upstream_gradients_take_the_dtype_of_the_arrays(style):
    compiled = sn.compile(load("softmax"), style)
    _, cache = compiled.forward(np.ones((2, 3), np.float32))
    (dz,) = compiled.backward(np.ones((2, 3)), cache)
    assert dz.dtype == np.float32


@every_style
def test_a_python_number_is_an_upstream_gradient_of_a_scalar(style):
    compiled = sn.compile(load("mean_squared_error"), style)
    _, cache = compiled.forward(np.ones((2, 3), np.float32), np.zeros((2, 3), np.float32))
    dy, dt = compiled.backward(1.0, cache)
    assert dy.dtype == np.float32 and np.allclose(dy, 1 / 3) and np.allclose(dt, -1 / 3)


def test_names_that_would_collide_are_refused():
    @sn.op
    def hides(x: "n", *, np=2):
        return x * np

    with pytest.raises(SymnetError, match="can not be called 'np'"):
        sn.codegen.module_source(hides)


def test_an_unknown_style_is_refused():
    from symnet.codegen import module_source

    with pytest.raises(SymnetError, match="there is no style 'baroque'"):
        module_source(load("tanh"), style="baroque")


@every_style
def test_a_division_by_a_size_that_is_0_is_refused(style):
    @sn.op
    def unbiased(x: "n d"):
        return sn.sum((x - sn.mean(x, over="n")) ** 2, over="n") / (sn.size("n") - 1)

    with pytest.raises(ValueError, match="^unbiased: the definition divides by n - 1, which is 0$"):
        sn.compile(unbiased, style).forward(np.ones((1, 3)))


@every_style
def test_sizes_that_differ_name_the_axis_of_either_array(style):
    @sn.op
    def cross(x: "n i", w: "i j"):
        return sn.sum(w * x["n j"], over="j")

    with pytest.raises(ValueError, match="^cross: axis 'i' of x has size 3, 'j' of w has size 2$"):
        sn.compile(cross, style).forward(np.ones((4, 3)), np.ones((3, 2)))


def test_what_is_no_cache_of_the_operation_is_refused():
    x, g = np.ones((5, 4)), np.ones(4)
    f = sn.compile("layer_norm")
    y, cache = f.forward(x, g, g)
    for wrong in ((cache, y), (y, cache[:-1]), (y, None), (y,)):
        with pytest.raises(ValueError, match=r"^layer_norm: write backward\(dy, cache\)"):
            f.backward(*wrong)
    with pytest.raises(ValueError, match=r"^layer_norm: write backward\(dy, cache\)"):
        f.backward(y, cache=y)
    assert len(f.backward(y, cache=cache)) == 3


@every_style
def test_a_cache_of_another_operation_of_the_same_length_is_refused(style):
    @sn.op
    def wave(x: "n"):
        return sn.sin(x)

    @sn.op
    def curve(x: "n"):
        return sn.tanh(x) ** 2

    f, g, x = sn.compile(wave, style), sn.compile(curve, style), np.ones(3)
    cache = f.forward(x)[1]
    with pytest.raises(ValueError, match=r"^curve: the cache is that of another module; write backward\(dy, cache\)"):
        g.backward(x, cache)
    (dx,) = f.backward(x, pickle.loads(pickle.dumps(cache)))
    np.testing.assert_allclose(dx, np.cos(x))


@every_style
def test_a_masked_upstream_gradient_is_refused(style):
    f = sn.compile("relu", style)
    y, cache = f.forward(np.ones((2, 3)))
    with pytest.raises(ValueError, match=r"relu: dy is a masked array; give dy.filled"):
        f.backward(np.ma.masked_array(y, y > 0), cache)
