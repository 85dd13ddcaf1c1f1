"""Every gradient of the catalogue agrees with HIPS autograd to 1e-10, relative to its largest entry.

The forward functions stand here once more, in autograd's own NumPy and independently of the catalogue, so that a slip
in a definition shows as well.
"""

from __future__ import annotations

import math

import pytest

import symnet as sn
from symnet.catalog import FAMILIES, load

autograd = pytest.importorskip("autograd", reason="the peer is not installed: pip install symnet[peers]")
import autograd.numpy as np  # noqa: E402
import numpy  # noqa: E402

TOLERANCE = 1e-10
STYLES = ("readable", "fast")
TRIALS = range(4)  # the second one has axes of size 1
PEERS: dict[str, tuple] = {}


def peer(*inputs: str):
    """Register a forward function; each input is its axes, ``axes:kind`` where the values have a meaning."""

    def register(function):
        PEERS[function.__name__] = (function, inputs)
        return function

    return register


@peer("n d")
def sigmoid(x):
    return 1 / (1 + np.exp(-x))


@peer("n d")
def tanh(x):
    return np.tanh(x)


@peer("n d")
def relu(x):
    return np.where(x > 0, x, 0.0)


@peer("n c")
def softmax(z):
    e = np.exp(z)
    return e / np.sum(e, axis=1, keepdims=True)


@peer("n", "n:mask")
def binary_cross_entropy(z, y):
    return np.mean(np.log(1 + np.exp(z)) - y * z)


@peer("n c", "n c:one_hot")
def softmax_cross_entropy(z, y):
    return np.mean(np.log(np.sum(np.exp(z), axis=1)) - np.sum(y * z, axis=1))


@peer("n c", "n:labels c")
def softmax_cross_entropy_labels(z, labels):
    chosen = z[np.arange(len(labels)), labels]
    return np.mean(np.log(np.sum(np.exp(z), axis=1)) - chosen)


@peer("n d", "n d")
def mean_squared_error(y, t):
    return np.sum((y - t) ** 2) / (y.shape[0] * y.shape[1])


@peer("n d", "d h", "h")
def dense(x, w, b):
    return np.dot(x, w) + b


def normalised(x, axis):
    centred = x - np.mean(x, axis=axis, keepdims=True)
    return centred / np.sqrt(np.mean(centred**2, axis=axis, keepdims=True) + 1e-5)


@peer("n d", "d", "d")
def batch_norm(x, gamma, beta):
    return normalised(x, 0) * gamma + beta


@peer("n d", "d", "d")
def layer_norm(x, gamma, beta):
    return normalised(x, 1) * gamma + beta


@peer("n d", "n o", "d h", "h o")
def two_layer_network(x, y, w1, w2):
    return np.sum((np.dot(sigmoid(np.dot(x, w1)), w2) - y) ** 2)


@peer("n d0", "d0 d1", "d1", "d1 d2", "d2", "d2 d3", "d3")
def mlp(x, w1, b1, w2, b2, w3, b3):
    h = np.tanh(np.dot(x, w1) + b1)
    h = np.tanh(np.dot(h, w2) + b2)
    return np.dot(h, w3) + b3


@peer("b t d", "b s d", "b s e")
def attention(q, k, v):
    e = np.exp(np.einsum("btd,bsd->bts", q, k) / math.sqrt(q.shape[2]))
    return np.einsum("bts,bse->bte", e / np.sum(e, axis=2, keepdims=True), v)


@peer("n c h w", "o c r s", "o")
def conv2d(x, k, b):
    r, s = k.shape[2:]
    rows, columns = x.shape[2] - r + 1, x.shape[3] - s + 1
    y = np.reshape(b, (1, -1, 1, 1))
    for i in range(r):
        for j in range(s):
            y = y + np.einsum("nchw,oc->nohw", x[:, :, i : i + rows, j : j + columns], k[:, :, i, j])
    return y


@peer("n c h w")
def max_pool(x):
    rows, columns = x.shape[2] // 2 * 2, x.shape[3] // 2 * 2
    corners = [x[:, :, i:rows:2, j:columns:2] for i in range(2) for j in range(2)]
    return np.max(np.stack(corners), axis=0)


def draw(inputs, trial: int, rng) -> list:
    """Arrays for the inputs; axes ``h w`` hold a window ``r s``."""
    small = trial == 1
    sizes: dict[str, int] = {}

    def size(axis: str) -> int:
        if axis not in sizes:
            low, high = {"h": (4, 7), "w": (4, 7), "r": (1, 3), "s": (1, 3)}.get(axis, (2, 6))
            sizes[axis] = 1 if small and axis not in "hw" else int(rng.integers(low, high + 1))
        return sizes[axis]

    arrays = []
    for axes, _, kind in (text.partition(":") for text in inputs):
        shape = tuple(map(size, axes.split()))
        if kind == "mask":
            arrays.append(rng.integers(0, 2, shape).astype(float))
        elif kind == "one_hot":
            arrays.append(numpy.eye(shape[1])[rng.integers(0, shape[1], shape[0])])
        elif kind:
            arrays.append(rng.integers(0, size(kind.split()[1]), shape))
        else:
            arrays.append(rng.normal(size=shape))
    return arrays


def differentiable(inputs) -> tuple[int, ...]:
    return tuple(k for k, text in enumerate(inputs) if ":" not in text)


def test_every_operation_of_the_catalogue_has_a_peer():
    assert set(PEERS) == {name for names in FAMILIES.values() for name in names}


@pytest.mark.parametrize("trial", TRIALS)
@pytest.mark.parametrize("name", PEERS)
@pytest.mark.parametrize("style", STYLES)
def test_output_agrees(name, trial, style):
    function, inputs = PEERS[name]
    arrays = draw(inputs, trial, numpy.random.default_rng(trial))
    ours, _ = sn.compile(load(name), style).forward(*arrays)
    theirs = function(*arrays)
    assert numpy.shape(ours) == numpy.shape(theirs)
    numpy.testing.assert_allclose(ours, theirs, rtol=0, atol=TOLERANCE * max(1, numpy.abs(theirs).max()))


@pytest.mark.parametrize("trial", TRIALS)
@pytest.mark.parametrize("name", PEERS)
@pytest.mark.parametrize("style", STYLES)
def test_gradients_agree(name, trial, style):
    function, inputs = PEERS[name]
    rng = numpy.random.default_rng(trial)
    arrays = draw(inputs, trial, rng)
    compiled = sn.compile(load(name), style)
    output, cache = compiled.forward(*arrays)
    upstream = rng.normal(size=numpy.shape(output))
    ours = compiled.backward(upstream, cache)
    places = differentiable(inputs)
    theirs = autograd.grad(lambda *a: np.sum(upstream * function(*a)), places)(*arrays)
    assert len(ours) == len(theirs)
    for k, mine, other in zip(places, ours, theirs):
        assert mine.shape == other.shape == arrays[k].shape
        largest = numpy.abs(other).max() or 1.0
        error = numpy.abs(mine - other).max() / max(largest, 1e-3)
        assert error <= TOLERANCE, f"input {k} of {name}: {error:.1e}"
