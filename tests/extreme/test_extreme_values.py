"""Extreme values: logits up to 1e4, ties, zero variance, axes of size 1.

Forward and backward of the generated modules stay finite, raise no floating-point warning (underflow apart) and keep
the dtype.  Where the mathematics is smooth they are held to ``ULPS`` units in the last place, on the scale of the
largest entry, of a reference in 60 digits: forward functions written here, their slopes by central differences.
"""

from __future__ import annotations

import warnings

import mpmath
import numpy as np
import pytest

import symnet as sn
from symnet.catalog import FAMILIES, load
from tests.styles import STYLES

ULPS = 4
DTYPES = [np.float32, np.float64]
DIGITS, STEP = 60, mpmath.mpf(10) ** -20
STEEP = [0, 1e-30, 1e-8, 1e-3, 0.25, 1, 3, 8, 15, 20, 40, 90, 104, 300, 745, 1e3, 5e3, 1e4]
GRID = np.array([[-z for z in STEEP], STEEP])

both_dtypes = pytest.mark.parametrize("dtype", DTYPES, ids=["float32", "float64"])


STYLE = "readable"


@pytest.fixture(params=STYLES, autouse=True)
def both_styles(request, monkeypatch):
    """Every test of this file runs with the modules of either style."""
    monkeypatch.setitem(globals(), "STYLE", request.param)


# -- running a module under scrutiny ----------------------------------------------------------------------------------


def run(name: str, inputs, dtype, seed: int = 0):
    """Inputs and upstream gradient in ``dtype``, output and gradients; fails on a warning, a new dtype, inf or nan."""
    op = load(name)
    arrays = [np.asarray(x, int if node.kind == "labels" else dtype) for x, node in zip(inputs, op.graph.inputs)]
    compiled = sn.compile(op, STYLE)
    with warnings.catch_warnings(), np.errstate(all="raise", under="ignore"):
        warnings.simplefilter("error")
        output, cache = compiled.forward(*arrays)
        outputs = output if op.graph.several else (output,)
        rng = np.random.default_rng(seed)
        upstream = [rng.normal(size=np.shape(y)).astype(dtype) for y in outputs]
        gradients = compiled.backward(*upstream, cache)
    for value in (*outputs, *gradients):
        assert np.asarray(value).dtype == dtype
        assert np.all(np.isfinite(value))
    return arrays, upstream if op.graph.several else upstream[0], output, gradients


# -- the reference ----------------------------------------------------------------------------------------------------

exp, log, tanh, root = (np.frompyfunc(f, 1, 1) for f in (mpmath.exp, mpmath.log, mpmath.tanh, mpmath.sqrt))
error_function = np.frompyfunc(mpmath.erf, 1, 1)
exact = np.frompyfunc(mpmath.mpf, 1, 1)


def sigmoid(x):
    return 1 / (1 + exp(-x))


def log_softmax(z):
    shifted = z - z.max(axis=-1, keepdims=True)
    return shifted - log(exp(shifted).sum(axis=-1, keepdims=True))


def softmax(z):
    return exp(z) / exp(z).sum(axis=-1, keepdims=True)


def cross_entropy(z, y):
    return -(y * log(softmax(z))).sum() / len(z)


def cross_entropy_of_labels(z, labels):
    return cross_entropy(z, np.eye(z.shape[1], dtype=int)[labels])


def binary_cross_entropy(z, y):
    return -(y * log(sigmoid(z)) + (1 - y) * log(sigmoid(-z))).sum() / len(z)


def attention(q, k, v):
    scores = np.einsum("btd,bsd->bts", q, k) / root(mpmath.mpf(q.shape[2]))
    return np.einsum("bts,bse->bte", softmax(scores), v)


def normalised(x, axis):
    n = x.shape[axis]
    centred = x - x.sum(axis=axis, keepdims=True) / n
    return centred / root((centred**2).sum(axis=axis, keepdims=True) / n + mpmath.mpf(1e-5))


REFERENCES = {
    "sigmoid": sigmoid,
    "tanh": tanh,
    "relu": lambda x: x * (x > 0),
    "softmax": softmax,
    "softmax_cross_entropy": cross_entropy,
    "softmax_cross_entropy_labels": cross_entropy_of_labels,
    "binary_cross_entropy": binary_cross_entropy,
    "attention": attention,
    "softplus": lambda x: log(1 + exp(x)),
    "mish": lambda x: x * tanh(log(1 + exp(x))),
    "gelu": lambda x: x * (1 + error_function(x / mpmath.sqrt(2))) / 2,
    "gelu_tanh": lambda x: x * (1 + tanh(mpmath.sqrt(2 / mpmath.pi) * (x + mpmath.mpf("0.044715") * x**3))) / 2,
    "elu": lambda x: np.where(x > 0, x, exp(np.minimum(x, 0)) - 1),
    "softsign": lambda x: x / (1 + abs(x)),
    "log_softmax": log_softmax,
    "batch_norm": lambda x, gamma, beta: normalised(x, 0) * gamma + beta,
    "layer_norm": lambda x, gamma, beta: normalised(x, 1) * gamma + beta,
}


def slopes(function, arrays, place: int, upstream):
    """The gradient of sum(upstream * function) with respect to one array, by central differences."""
    result = np.empty(arrays[place].shape, object)
    for entry in np.ndindex(result.shape):
        sums = []
        for step in (STEP, -STEP):
            moved = [a.copy() for a in arrays]
            moved[place][entry] += step
            sums.append(np.sum(upstream * function(*moved)))
        result[entry] = (sums[0] - sums[1]) / (2 * STEP)
    return result


def ulps(value, reference, least: float = 0) -> float:
    """The largest error in units in the last place of the largest entry, or of ``least`` where that is larger."""
    value, reference = np.asarray(value), np.asarray(reference, object)
    error = max(abs(e) for e in np.ravel(exact(value.astype(float)) - reference))
    scale = max(least, *(abs(r) for r in reference.ravel()))
    unit = float(np.finfo(value.dtype).eps) * (scale or 1)
    return float(error / unit)


def assert_close_to_reference(name: str, inputs, dtype, differentiable: int = 1, least: float = 0) -> None:
    """Output and the gradients of the first ``differentiable`` inputs, judged against 60 digits."""
    arrays, upstream, output, gradients = run(name, inputs, dtype)
    with mpmath.workdps(DIGITS):
        points = [a if a.dtype.kind == "i" else exact(a.astype(float)) for a in arrays]
        seed = exact(upstream.astype(float))
        errors = {"output": ulps(output, REFERENCES[name](*points), least)}
        for place in range(differentiable):
            reference = slopes(REFERENCES[name], points, place, seed)
            errors[f"gradient {place}"] = ulps(gradients[place], reference, least)
    assert max(errors.values()) <= ULPS, f"{name}: errors in ulp {errors}"


# -- steep logits -----------------------------------------------------------------------------------------------------

ROWS = np.array([[0, 1e4, -1e4], [1e4, 1e4 - 1, -1e4], [-1e4, -1e4 + 2, -1e4 + 0.5], [90, 0.5, -700], [0, 1e-8, -20]])
LABELS = np.array([2, 0, 1, 2, 0])
ONE_HOT = np.eye(3)[LABELS]


@both_dtypes
@pytest.mark.parametrize("name", ["sigmoid", "tanh", "softplus", "mish", "gelu", "gelu_tanh"])
def test_steep_arguments_of_an_activation(name, dtype):
    assert_close_to_reference(name, [GRID], dtype)


@both_dtypes
def test_steep_arguments_of_relu(dtype):
    assert_close_to_reference("relu", [GRID[np.abs(GRID) > 1e-10][None]], dtype)


@both_dtypes
@pytest.mark.parametrize("name", ["elu", "softsign"])
def test_steep_arguments_of_an_activation_with_a_kink(name, dtype):
    assert_close_to_reference(name, [GRID[np.abs(GRID) > 1e-10][None]], dtype)


@both_dtypes
@pytest.mark.parametrize("name", ["silu", "selu", "hard_swish", "hard_sigmoid", "hard_tanh", "leaky_relu", "step"])
def test_steep_arguments_leave_an_activation_finite(name, dtype):
    run(name, [GRID], dtype)


@both_dtypes
def test_the_logarithm_of_a_softmax_of_steep_logits(dtype):
    assert_close_to_reference("log_softmax", [ROWS], dtype)


@both_dtypes
@pytest.mark.parametrize("name", ["softmax_cross_entropy_soft", "label_smoothing", "kl_divergence"])
def test_steep_logits_leave_a_loss_finite(name, dtype):
    target = np.full(ROWS.shape, 1 / 3) if name == "kl_divergence" else ONE_HOT
    run(name, [ROWS, target], dtype)


@both_dtypes
def test_steep_logits_leave_the_focal_loss_finite(dtype):
    run("focal", [GRID.ravel(), np.resize([0.0, 1.0], GRID.size)], dtype)


@both_dtypes
def test_softmax_of_steep_logits(dtype):
    assert_close_to_reference("softmax", [ROWS], dtype)


@both_dtypes
def test_cross_entropy_of_steep_logits(dtype):
    assert_close_to_reference("softmax_cross_entropy", [ROWS, ONE_HOT], dtype)
    assert_close_to_reference("softmax_cross_entropy_labels", [ROWS, LABELS], dtype)


@both_dtypes
@pytest.mark.parametrize("row", range(len(ROWS)))
@pytest.mark.parametrize("label", range(3))
def test_cross_entropy_of_one_steep_sample(row, label, dtype):
    sample = [ROWS[row : row + 1], np.array([label])]
    # where the label is certain the loss is the distance of a probability from 1, known to an ulp of 1
    assert_close_to_reference("softmax_cross_entropy_labels", sample, dtype, least=1)


@both_dtypes
@pytest.mark.parametrize("target", [0, 1])
def test_binary_cross_entropy_of_steep_logits(target, dtype):
    assert_close_to_reference("binary_cross_entropy", [GRID.ravel(), np.full(GRID.size, target)], dtype)


@both_dtypes
@pytest.mark.parametrize("z", [-1e4, -200, -1, 0, 1, 12, 30, 1e4])
def test_binary_cross_entropy_of_one_logit_against_it(z, dtype):
    assert_close_to_reference("binary_cross_entropy", [np.array([z]), np.array([float(z < 0)])], dtype)


@both_dtypes
def test_attention_with_steep_logits(dtype):
    q = np.array([[[100, 0, 0, 0], [-100, 100, 0, 0], [1, 0.5, -129 / 128, 2]]])  # exact scores: sqrt(D) is 2
    k = np.array([[[200, 0, 0, 0], [0, 200, 0, 0], [0, 0, 0, 0], [0, 0, -200, 0]]])
    v = np.array([[[1, -2], [3, 0.5], [-1, 4], [0.25, 1]]])
    assert_close_to_reference("attention", [q, k, v], dtype, differentiable=3)


@both_dtypes
def test_losses_and_networks_stay_finite_far_out(dtype):
    far = np.array([[1e4, -1e4], [-1e4, 1e4], [0, 1e4]])
    run("mean_squared_error", [far, -far], dtype)
    run("two_layer_network", [far, far, far.T, far], dtype)
    run("mlp", [far, far.T, far[:, 0], far, far[0], far.T, far[:, 1]], dtype)


# -- ties -------------------------------------------------------------------------------------------------------------


@both_dtypes
def test_relu_has_slope_zero_at_zero(dtype):
    _, upstream, y, (dx,) = run("relu", [[[0.0, -0.0, 1.0, -1.0]]], dtype)
    assert np.array_equal(y, [[0, 0, 1, 0]])
    assert np.array_equal(dx, upstream * [[0, 0, 1, 0]])


@both_dtypes
def test_equal_entries_of_a_window_send_the_gradient_to_the_first(dtype):
    x = [[[[2, 2, 7, 7], [2, 2, 7, 7], [1, 5, 0, 0], [5, 5, 0, 3]]]]
    _, upstream, y, (dx,) = run("max_pool", [x], dtype)
    (a, b), (c, d) = upstream[0, 0]
    assert np.array_equal(y, [[[[2, 7], [5, 3]]]])
    assert np.array_equal(dx, np.array([[[[a, 0, b, 0], [0, 0, 0, 0], [0, c, 0, 0], [0, 0, 0, d]]]]))


@pytest.mark.parametrize("axes", ["n d", "d n"])
def test_the_first_of_equal_entries_is_that_of_numpy_whatever_the_axes_are_called(axes):
    def largest(x):
        return sn.max(x) - sn.min(x)

    x = np.array([[3.0, 7.0, 1.0], [7.0, 1.0, 7.0]])
    compiled = sn.compile(sn.op(largest, inputs={"x": axes}), STYLE)
    (dx,) = compiled.backward(1.0, compiled.forward(x)[1])
    assert np.array_equal(dx, [[0, 1, -1], [0, 0, 0]])


def test_the_slope_of_a_power_of_zero_in_its_exponent_is_zero():
    def powers(x, p):
        return sn.sum(sn.abs(x) ** p)

    compiled = sn.compile(sn.op(powers, inputs={"x": "n", "p": ""}), STYLE)
    with np.errstate(all="raise"):
        dx, dp = compiled.backward(1.0, compiled.forward(np.array([0.0, -2.0]), 1.5)[1])
    np.testing.assert_allclose(dx, [0, -1.5 * 2**0.5])
    np.testing.assert_allclose(dp, 2**1.5 * np.log(2))


@both_dtypes
@pytest.mark.parametrize("level", [0, 1e4, -1e4])
def test_equal_logits_share_equally(level, dtype):
    z = np.full((2, 5), level, float)
    assert_close_to_reference("softmax", [z], dtype)
    assert_close_to_reference("softmax_cross_entropy", [z, np.eye(5)[[0, 3]]], dtype)
    _, _, p, _ = run("softmax", [z], dtype)
    assert np.array_equal(p, np.full((2, 5), dtype(1) / dtype(5)))


@both_dtypes
def test_attention_to_equal_keys_is_the_mean_of_the_values(dtype):
    q, k, v = np.full((1, 2, 4), 50.0), np.full((1, 4, 4), -50.0), np.arange(8.0).reshape(1, 4, 2)
    _, _, o, _ = run("attention", [q, k, v], dtype)
    assert np.array_equal(o, np.broadcast_to(v.mean(axis=1, keepdims=True), o.shape))


# -- zero variance ----------------------------------------------------------------------------------------------------

CONSTANT = np.array([[3.0, -0.75, 0.0, 1024.0]] * 4)
GAMMA, BETA = np.array([1.5, -2, 0.5, 1]), np.array([1.0, 2, -3, 0.5])


@both_dtypes
@pytest.mark.parametrize("name, x", [("batch_norm", CONSTANT), ("layer_norm", CONSTANT.T)])
def test_zero_variance_gives_beta_and_finite_gradients(name, x, dtype):
    _, _, y, _ = run(name, [x, GAMMA, BETA], dtype)
    assert np.array_equal(y, np.broadcast_to(BETA, y.shape))
    assert_close_to_reference(name, [x, GAMMA, BETA], dtype, differentiable=3)


@both_dtypes
@pytest.mark.parametrize("level", [0.1, -1e4 / 3])
@pytest.mark.parametrize("name", ["batch_norm", "layer_norm"])
def test_zero_variance_of_inexact_means_is_off_by_rounding_only(name, level, dtype):
    x = np.full((3, 3), level)
    _, _, y, _ = run(name, [x, np.ones(3), np.zeros(3)], dtype)
    assert np.abs(y).max() <= ULPS * np.finfo(dtype).eps * abs(level) / np.sqrt(1e-5)


@both_dtypes
@pytest.mark.parametrize("name", ["batch_norm", "layer_norm"])
@pytest.mark.parametrize("spread", [1e-4, 1.0, 1e4])
def test_normalisation_over_spreads_far_apart(name, spread, dtype):
    x = spread * np.array([[1, -0.5, 0.25, -1], [0.5, 2, -1.5, 0], [-2, 1, 1, 0.125], [-0.25, 0, 2, 1]])
    assert_close_to_reference(name, [x, GAMMA, BETA], dtype, differentiable=3)


# -- axes of size 1 ---------------------------------------------------------------------------------------------------

#: what an input is called when all its axes have size 1, where that is not read off its axes
LEAST = {"max_pool": {"h": 2, "w": 2}, "avg_pool": {"h": 2, "w": 2}, "rnn_unrolled": {"t": 3}}
#: entries at which the mathematics itself has no finite value or slope
UNDEFINED = {
    "standardize": {1.0, 0.0, -1e4},  # one sample has no variance
    "cosine": {0.0},
    "gaussian_nll": {0.0, -1e4},
    "binary_cross_entropy_of_probabilities": {1.0, 0.0, -1e4},
    "batch_norm_inference": {-1e4},  # a negative variance
    "batch_norm_folded": {-1e4},
}
NAMES = [name for names in FAMILIES.values() for name in names]


def of_size_1(name: str, entry: float) -> list[np.ndarray]:
    """Inputs of the operation whose axes have size 1 and whose real entries are all the same."""
    arrays = []
    for node in load(name).graph.inputs:
        shape = [LEAST.get(name, {}).get(i.label, 1) for i in node.axes]
        if node.kind == "labels":
            arrays.append(np.zeros(shape, int))
        else:
            arrays.append(np.full(shape, 1.0 if node.kind in ("one_hot", "probability", "mask") else entry))
    return arrays


@both_dtypes
@pytest.mark.parametrize("entry", [1.0, 0.0, -1e4])
@pytest.mark.parametrize("name", NAMES)
def test_axes_of_size_1(name, entry, dtype):
    if entry in UNDEFINED.get(name, ()):
        pytest.skip("not defined there")
    run(name, of_size_1(name, entry), dtype)


@both_dtypes
def test_one_class_is_certain(dtype):
    z = np.array([[1e4], [-3.0]])
    _, _, p, (dz,) = run("softmax", [z], dtype)
    assert np.array_equal(p, [[1], [1]]) and not dz.any()
    _, _, loss, (dz,) = run("softmax_cross_entropy_labels", [z, np.array([0, 0])], dtype)
    assert loss == 0 and not dz.any()


@both_dtypes
@pytest.mark.parametrize(
    "name, x", [("batch_norm", np.array([[5.0, -1e4, 0.1]])), ("layer_norm", np.array([[0.1]] * 3))]
)
def test_a_single_entry_is_normalised_to_beta(name, x, dtype):
    beta = np.array([1.0, 2.0, 3.0])[: x.shape[1]]
    _, _, y, (dx, *_) = run(name, [x, np.ones_like(beta), beta], dtype)
    assert np.array_equal(y, np.broadcast_to(beta, x.shape)) and not dx.any()
