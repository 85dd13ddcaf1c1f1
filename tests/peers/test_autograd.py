"""Every gradient of the catalogue agrees with HIPS autograd to 1e-10, relative to its largest entry.

The forward functions stand here once more, in autograd's own NumPy and independently of the catalogue, so that a slip
in a definition shows as well.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import pytest

import symnet as sn
from symnet.catalog import FAMILIES, load

autograd = pytest.importorskip("autograd", reason="the peer is not installed: pip install symnet[peers]")
import autograd.numpy as np  # noqa: E402
import numpy  # noqa: E402
from autograd.scipy.special import erf  # noqa: E402
from autograd.tracer import getval  # noqa: E402

TOLERANCE = 1e-10
STYLES = ("readable", "fast")
TRIALS = range(4)  # the second one has axes of size 1
QUICK = 2  # of them are in every run
PEERS: dict[str, tuple] = {}


def peer(*inputs: str, differentiable: Sequence[int] | None = None, **drawing):
    """Register a forward function; each input is its axes, ``axes:kind`` where the values have a meaning.

    Those without a kind get gradients, unless ``differentiable`` says otherwise; ``drawing`` goes to ``draw``.
    """
    places = tuple(k for k, text in enumerate(inputs) if ":" not in text) if differentiable is None else differentiable

    def register(function):
        PEERS[function.__name__] = (function, inputs, tuple(places), drawing)
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


# -- activations ------------------------------------------------------------------------------------------------------


@peer("n d")
def step(x):
    return np.where(x > 0, 1.0, 0.0) + 0 * x


@peer("n d")
def leaky_relu(x):
    return np.where(x > 0, x, 0.01 * x)


@peer("n d", "d")
def prelu(x, a):
    return np.where(x > 0, x, a * x)


@peer("n d")
def elu(x):
    return np.where(x > 0, x, np.exp(np.minimum(x, 0)) - 1)


@peer("n d")
def selu(x):
    return 1.0507009873554805 * np.where(x > 0, x, 1.6732632423543772 * (np.exp(np.minimum(x, 0)) - 1))


@peer("n d")
def softplus(x):
    return np.log(1 + np.exp(x))


@peer("n d")
def gelu(x):
    return 0.5 * x * (1 + erf(x / math.sqrt(2)))


@peer("n d")
def gelu_tanh(x):
    return 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))


@peer("n d")
def silu(x):
    return x / (1 + np.exp(-x))


@peer("n d")
def mish(x):
    return x * np.tanh(np.log(1 + np.exp(x)))


@peer("n d")
def hard_sigmoid(x):
    return np.clip((x + 1) / 2, 0, 1)


@peer("n d")
def hard_tanh(x):
    return np.clip(x, -1, 1)


@peer("n d")
def hard_swish(x):
    return x * np.clip(x + 3, 0, 6) / 6


@peer("n d")
def softsign(x):
    return x / (1 + np.abs(x))


@peer("n d", "d h k", "h k")
def maxout(x, w, b):
    return np.max(np.einsum("nd,dhk->nhk", x, w) + b, axis=2)


@peer("n c")
def log_softmax(z):
    return z - np.log(np.sum(np.exp(z), axis=1, keepdims=True))


# -- losses -----------------------------------------------------------------------------------------------------------


@peer("n:unit", "n:mask", differentiable=(0,))
def binary_cross_entropy_of_probabilities(yhat, y):
    return -np.mean(np.where(y > 0, np.log(yhat), np.log(1 - yhat)))


@peer("n c", "n c:probability", differentiable=(0, 1))
def softmax_cross_entropy_soft(z, y):
    return -np.sum(y * log_softmax(z)) / len(z)


@peer("n c", "n c:one_hot")
def label_smoothing(z, y):
    return -np.sum((0.9 * y + 0.1 / y.shape[1]) * log_softmax(z)) / len(z)


@peer("n", "n:mask")
def focal(z, y):
    p = sigmoid(z)
    pt = np.where(y > 0, p, 1 - p)
    return -np.mean((1 - pt) ** 2 * np.log(pt))


@peer("n c", "n:labels c")
def hinge(s, labels):
    rows = np.arange(len(labels))
    margins = np.maximum(0, s - s[rows, labels][:, None] + 1)
    return (np.sum(margins) - len(labels)) / len(labels)


@peer("n", "n")
def binary_hinge(s, y):
    return np.mean(np.maximum(0, 1 - s * y))


@peer("n d", "n d")
def mean_absolute_error(y, t):
    return np.sum(np.abs(y - t)) / (y.shape[0] * y.shape[1])


@peer("n", "n")
def huber(y, t):
    r = np.abs(y - t)
    return np.mean(np.where(r <= 1, r**2 / 2, r - 0.5))


@peer("n", "n:positive", "n", differentiable=(0, 1, 2))
def gaussian_nll(mu, var, y):
    return 0.5 * np.mean(np.log(2 * math.pi * var) + (y - mu) ** 2 / var)


@peer("n c", "n c:probability", differentiable=(0, 1))
def kl_divergence(z, p):
    return np.sum(p * np.log(p) - p * log_softmax(z)) / len(z)


@peer("n d", "n d")
def info_nce(u, v):
    scores = log_softmax(np.dot(u, v.T) / 0.1)
    return -np.mean(np.diag(scores))


@peer("n d", "n d", "n d")
def triplet(a, p, q):
    return np.mean(np.maximum(0, np.sum((a - p) ** 2, axis=1) - np.sum((a - q) ** 2, axis=1) + 0.2))


@peer("n d", "n d")
def cosine(u, v):
    lengths = np.sqrt(np.sum(u * u, axis=1)) * np.sqrt(np.sum(v * v, axis=1))
    return -np.mean(np.sum(u * v, axis=1) / lengths)


@peer("d h")
def l1_penalty(w):
    return 0.01 * np.sum(np.abs(w))


@peer("d h")
def l2_penalty(w):
    return 0.01 * np.sum(w * w)


@peer("d h")
def l2_penalty_half(w):
    return 0.005 * np.sum(w * w)


# -- linear models ----------------------------------------------------------------------------------------------------


@peer("n d", "d", "n")
def least_squares(x, w, y):
    r = np.dot(x, w) - y
    return 0.5 * np.dot(r, r)


@peer("n d", "d", "", "n")
def linear_regression(x, w, b, y):
    return np.mean((np.dot(x, w) + b - y) ** 2)


@peer("n d", "d", "n")
def ridge_regression(x, w, y):
    return least_squares(x, w, y) + 0.05 * np.dot(w, w)


@peer("n d", "d", "", "n:mask")
def logistic_regression(x, w, b, y):
    return binary_cross_entropy(np.dot(x, w) + b, y)


@peer("n d", "d c", "c", "n c:one_hot")
def softmax_regression(x, w, b, y):
    return softmax_cross_entropy(np.dot(x, w) + b, y)


@peer("n d", "d c", "n:labels c")
def support_vector_machine(x, w, labels):
    return hinge(np.dot(x, w), labels) + 0.01 * np.sum(w * w)


@peer("n d", "d", "", "n")
def perceptron(x, w, b, y):
    margins = y * (np.dot(x, w) + b)
    return np.sum(np.maximum(0, -margins))


# -- layers -----------------------------------------------------------------------------------------------------------


@peer("n d", "h d", "h")
def dense_transposed(x, w, b):
    return np.dot(x, w.T) + b


@peer("d", "c d", "c")
def linear_classifier(x, w, b):
    return np.dot(w, x) + b


@peer("v d", "n t:labels v")
def embedding(table, tokens):
    return table[tokens]


@peer("n d", "n d:mask")
def dropout(x, m):
    return x * m


@peer("n d")
def dropout_test(x):
    return x / 2


@peer("n d", "n d:mask")
def inverted_dropout(x, m):
    return x * m * 2


@peer("n d", "d h", "h", "h d", "d")
def feed_forward(x, w1, b1, w2, b2):
    return np.dot(relu(np.dot(x, w1) + b1), w2) + b2


@peer("n d", "d h", "h", "h d", "d")
def residual_block(x, w1, b1, w2, b2):
    return x + feed_forward(x, w1, b1, w2, b2)


@peer("n d", "d h", "h", "d h", "h")
def glu(x, w, b, v, c):
    return (np.dot(x, w) + b) * sigmoid(np.dot(x, v) + c)


@peer("n d", "d h", "d h", "h d")
def swiglu(x, w, v, w2):
    return np.dot(silu(np.dot(x, w)) * np.dot(x, v), w2)


# -- normalisation ----------------------------------------------------------------------------------------------------


@peer("n d")
def centre(x):
    return x - np.mean(x, axis=0)


@peer("n d", least=2)
def standardize(x):
    return centre(x) / np.sqrt(np.mean(centre(x) ** 2, axis=0))


@peer("n d")
def covariance(x):
    xc = centre(x)
    return np.dot(xc.T, xc) / len(x)


@peer("n d", "d", "d k")
def whiten(x, mu, w):
    return np.dot(x - mu, w)


@peer("d h", "h", "h", "h", "h", "h:positive", differentiable=range(6), fixed={"h": 3})
def batch_norm_folded(w, b, gamma, beta, mu, var):
    scale = gamma / np.sqrt(var + 1e-5)
    return w * scale, (b - mu) * scale + beta


@peer("n c h w", "c", "c")
def batch_norm_images(x, gamma, beta):
    return normalised(x, (0, 2, 3)) * gamma[:, None, None] + beta[:, None, None]


@peer("n d", "d", "d", "d", "d:positive", differentiable=range(5))
def batch_norm_inference(x, gamma, beta, mu, var):
    return gamma * (x - mu) / np.sqrt(var + 1e-5) + beta


@peer("n d", "d")
def rms_norm(x, gamma):
    return gamma * x / np.sqrt(np.mean(x * x, axis=1, keepdims=True) + 1e-6)


@peer("n g c h w", "g c", "g c")
def group_norm(x, gamma, beta):
    return normalised(x, (2, 3, 4)) * gamma[:, :, None, None] + beta[:, :, None, None]


@peer("n c h w", "c", "c")
def instance_norm(x, gamma, beta):
    return normalised(x, (2, 3)) * gamma[:, None, None] + beta[:, None, None]


# -- convolution ------------------------------------------------------------------------------------------------------


@peer("n c h", "o c r", "o")
def conv1d(x, k, b):
    places = x.shape[2] - k.shape[2] + 1
    y = np.reshape(b, (1, -1, 1))
    for i in range(k.shape[2]):
        y = y + np.einsum("nct,oc->not", x[:, :, i : i + places], k[:, :, i])
    return y


@peer("n c h", "o c r")
def causal_conv1d(x, k):
    return conv1d(np.pad(x, ((0, 0), (0, 0), (2, 0)), "constant"), k, numpy.zeros(len(k)))


def windows_in_time(x, k, b, stride=1, reach=1, pattern="nct,oc->not"):
    """Cross-correlation of the last axis, window entry by window entry."""
    size = k.shape[-1]
    places = (x.shape[-1] - reach * (size - 1) - 1) // stride + 1
    y = b[..., None]
    for i in range(size):
        part = x[..., reach * i : reach * i + stride * (places - 1) + 1 : stride]
        y = y + np.einsum(pattern, part, k[..., i])
    return y


@peer("n c h", "o c r", "o")
def conv1d_strided(x, k, b):
    return windows_in_time(np.pad(x, ((0, 0), (0, 0), (1, 1)), "constant"), k, b, stride=2)


@peer("n c h", "o c r", "o", fixed={"h": 6, "r": 3})
def conv1d_dilated(x, k, b):
    return windows_in_time(x, k, b, reach=2)


@peer("n g c h", "g o c r", "g o")
def conv1d_grouped(x, k, b):
    return windows_in_time(x, k, b, pattern="ngct,goc->ngot")


def windows(x, k, b, stride=1, reach=1, pattern="nchw,oc->nohw"):
    """Cross-correlation of the last two axes, window entry by window entry."""
    r, s = k.shape[-2:]
    rows, columns = ((n - reach * (m - 1) - 1) // stride + 1 for n, m in zip(x.shape[-2:], (r, s)))
    y = b[..., None, None]
    for i in range(r):
        for j in range(s):
            top, left = reach * i, reach * j
            part = x[
                ..., top : top + stride * (rows - 1) + 1 : stride, left : left + stride * (columns - 1) + 1 : stride
            ]
            y = y + np.einsum(pattern, part, k[..., i, j])
    return y


def framed(x):
    return np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)), "constant")


@peer("n c h w", "o c r s", "o")
def conv2d_strided(x, k, b):
    return windows(framed(x), k, b, stride=2)


@peer("n c h w", "o c r s", "o")
def conv2d_padded(x, k, b):
    return windows(framed(x), k, b)


@peer("n c h w", "o c r s", "o", fixed={"h": 6, "w": 7, "r": 3, "s": 2})
def conv2d_dilated(x, k, b):
    return windows(x, k, b, reach=2)


@peer("n g c h w", "g o c r s", "g o")
def conv2d_grouped(x, k, b):
    return windows(x, k, b, pattern="ngchw,goc->ngohw")


@peer("n c h w", "c r s", "c")
def conv2d_depthwise(x, k, b):
    return windows(x, k, b, pattern="nchw,c->nchw")


@peer("n c h w")
def avg_pool(x):
    rows, columns = x.shape[2] // 2 * 2, x.shape[3] // 2 * 2
    return sum(x[:, :, i:rows:2, j:columns:2] for i in range(2) for j in range(2)) / 4


@peer("n c h w")
def global_avg_pool(x):
    return np.mean(x, axis=(2, 3))


# -- attention and the transformer ------------------------------------------------------------------------------------


@peer("b t d", "b s d", "b s e", "t s:mask")
def masked_attention(q, k, v, mask):
    scores = np.where(mask > 0, np.einsum("...td,...sd->...ts", q, k) / math.sqrt(q.shape[-1]), -1e9)
    e = np.exp(scores - np.max(getval(scores), axis=-1, keepdims=True))
    return np.einsum("...ts,...se->...te", e / np.sum(e, axis=-1, keepdims=True), v)


@peer("b t d", "b s d", "b s e")
def causal_attention(q, k, v):
    return masked_attention(q, k, v, numpy.tri(q.shape[-2], k.shape[-2]))


@peer("b t m", "h m d", "h m d", "h m d", "h d m", "t s:mask", fixed={"s": "t"})
def multi_head_attention(x, wq, wk, wv, wo, mask):
    q, k, v = (np.einsum("btm,hmd->bhtd", x, w) for w in (wq, wk, wv))
    return np.einsum("bhtd,hdm->btm", masked_attention(q, k, v, mask), wo)


@peer("b t m", "h m d", "h m d", "h m d", "h d m")
def causal_self_attention(x, wq, wk, wv, wo):
    return multi_head_attention(x, wq, wk, wv, wo, numpy.tri(x.shape[1]))


@peer("b t m", "m", "m", "h m d", "h m d", "h m d", "h d m", "m", "m", "m e", "e", "e m", "m")
def transformer_block(x, gamma1, beta1, wq, wk, wv, wo, gamma2, beta2, w1, b1, w2, b2):
    r = x + causal_self_attention(normalised(x, 2) * gamma1 + beta1, wq, wk, wv, wo)
    return r + feed_forward(normalised(r, 2) * gamma2 + beta2, w1, b1, w2, b2)


@peer(
    "b t:labels v",
    "b t:labels v",
    "v m",
    "t m",
    "m",
    "m",
    "h m d",
    "h m d",
    "h m d",
    "h d m",
    "m",
    "m",
    "m e",
    "e",
    "e m",
    "m",
)
def language_model(tokens, targets, table, places, *block):
    z = np.dot(transformer_block(table[tokens] + places, *block), table.T)
    return np.mean(np.stack([softmax_cross_entropy_labels(a, b) for a, b in zip(z, targets)]))


# -- recurrent cells and networks -------------------------------------------------------------------------------------


@peer("n d", "n k", "d e", "k e", "e")
def rnn_cell(x, h, w, u, b):
    return np.tanh(np.dot(x, w) + np.dot(h, u) + b)


GATE = ("d e", "k e", "e")


@peer("n d", "n k", "n e", *GATE, *GATE, *GATE, *GATE)
def lstm_cell(x, h, c, *weights):
    gates = [np.dot(x, w) + np.dot(h, u) + b for w, u, b in zip(weights[::3], weights[1::3], weights[2::3])]
    i, f, o = map(sigmoid, gates[:3])
    c = f * c + i * np.tanh(gates[3])
    return o * np.tanh(c), c


SQUARE = ("d e", "e e2", "e")


@peer("n d", "n e", *SQUARE, *SQUARE, *SQUARE, fixed={"e2": "e"})
def gru_cell(x, h, wr, ur, br, wu, uu, bu, wa, ua, ba):
    r = sigmoid(np.dot(x, wr) + np.dot(h, ur) + br)
    u = sigmoid(np.dot(x, wu) + np.dot(h, uu) + bu)
    return u * h + (1 - u) * np.tanh(np.dot(x, wa) + np.dot(r * h, ua) + ba)


@peer("n t d", "n e", "d e", "e e2", "e", fixed={"t": 3, "e2": "e"})
def rnn_unrolled(x, h, w, u, b):
    for t in range(3):
        h = np.tanh(np.dot(x[:, t], w) + np.dot(h, u) + b)
    return h


def over_time(cell, x, *states):
    """All states of a cell that is applied to x[:, 0], x[:, 1], ...: for each of its states one array."""
    history = []
    for t in range(x.shape[1]):
        states = several(cell(x[:, t], *states))
        history.append(states)
    return tuple(np.array([step[k] for step in history]) for k in range(len(states)))


@peer("n t d", "n e", "d e", "e e2", "e", fixed={"e2": "e"})
def rnn(x, h, *weights):
    return over_time(lambda x, h: rnn_cell(x, h, *weights), x, h)[0]


SQUARES = (*SQUARE, *SQUARE, *SQUARE, *SQUARE)


@peer("n t d", "n e", "n e", *SQUARES, fixed={"e2": "e"})
def lstm(x, h, c, *weights):
    h, c = over_time(lambda x, h, c: lstm_cell(x, h, c, *weights), x, h, c)
    return h, c[-1]


@peer("n t d", "n e", *SQUARE, *SQUARE, *SQUARE, fixed={"e2": "e"})
def gru(x, h, *weights):
    return over_time(lambda x, h: gru_cell(x, h, *weights), x, h)[0]


@peer("n d", "l d d2", "l d", fixed={"d2": "d"})
def deep_network(a, w, b):
    for k in range(len(w)):
        a = np.tanh(np.dot(a, w[k]) + b[k])
    return a


@peer("n d", "l d e", "l e", "l e d", "l d")
def residual_network(a, *weights):
    for k in range(len(weights[0])):
        a = residual_block(a, *(w[k] for w in weights))
    return a


LAYERS = ("l m", "l m", "l h m d", "l h m d", "l h m d", "l h d m", "l m", "l m", "l m e", "l e", "l e m", "l m")


@peer("b t m", *LAYERS)
def transformer(x, *weights):
    for k in range(len(weights[0])):
        x = transformer_block(x, *(w[k] for w in weights))
    return x


@peer("n d", "d h", "h", "h c", "c", "n c:one_hot")
def classifier(x, w1, b1, w2, b2, y):
    return softmax_cross_entropy(feed_forward(x, w1, b1, w2, b2), y)


@peer("", "", "")
def computational_graph(x, y, z):
    return (x + y) * z


@peer("d", "d", "")
def neuron(x, w, b):
    return sigmoid(np.dot(w, x) + b)


def draw(inputs, trial: int, rng, least: int = 1, fixed: dict | None = None) -> list:
    """Arrays for the inputs; axes ``h w`` hold a window ``r s``."""
    small = trial == 1
    sizes: dict[str, int] = {}

    def size(axis: str) -> int:
        if axis not in sizes:
            given = (fixed or {}).get(axis)
            low, high = {"h": (4, 7), "w": (4, 7), "r": (1, 3), "s": (1, 3)}.get(axis, (2, 6))
            drawn = least if small and axis not in "hw" else int(rng.integers(low, high + 1))
            sizes[axis] = drawn if given is None else size(given) if isinstance(given, str) else given
        return sizes[axis]

    arrays = []
    for axes, _, kind in (text.partition(":") for text in inputs):
        shape = tuple(map(size, axes.split()))
        if kind == "mask":
            arrays.append(rng.integers(0, 2, shape).astype(float))
        elif kind == "one_hot":
            arrays.append(numpy.eye(shape[1])[rng.integers(0, shape[1], shape[0])])
        elif kind == "unit":
            arrays.append(rng.uniform(0.1, 0.9, shape))
        elif kind == "positive":
            arrays.append(rng.uniform(0.5, 2, shape))
        elif kind == "probability":
            weights = rng.uniform(0.1, 1, shape)
            arrays.append(weights / weights.sum(axis=-1, keepdims=True))
        elif kind:
            arrays.append(rng.integers(0, size(kind.split()[1]), shape))
        else:
            arrays.append(rng.normal(size=shape)[()])
    return arrays


@pytest.fixture
def trial_of(request):
    """The operation, its peer, inputs for it, and which of them get gradients."""
    function, inputs, places, drawing = PEERS[request.param[0]]
    arrays = draw(inputs, request.param[1], numpy.random.default_rng(request.param[1]), **drawing)
    return load(request.param[0]), function, arrays, places


every_trial = pytest.mark.parametrize(
    "trial_of",
    [
        pytest.param((name, t), marks=pytest.mark.slow if t >= QUICK else (), id=f"{name}-{t}")
        for name in PEERS
        for t in TRIALS
    ],
    indirect=True,
)


def several(value) -> tuple:
    return value if isinstance(value, tuple) else (value,)


def test_every_operation_of_the_catalogue_has_a_peer():
    assert set(PEERS) == {name for names in FAMILIES.values() for name in names}


@every_trial
@pytest.mark.parametrize("style", STYLES)
def test_output_agrees(trial_of, style):
    op, function, arrays, _ = trial_of
    output, _ = sn.compile(op, style).forward(*arrays)
    for ours, theirs in zip(several(output), several(function(*arrays)), strict=True):
        assert numpy.shape(ours) == numpy.shape(theirs)
        numpy.testing.assert_allclose(ours, theirs, rtol=0, atol=TOLERANCE * max(1, numpy.abs(theirs).max()))


@every_trial
@pytest.mark.parametrize("style", STYLES)
def test_gradients_agree(trial_of, style):
    op, function, arrays, places = trial_of
    rng = numpy.random.default_rng(len(arrays))
    compiled = sn.compile(op, style)
    output, cache = compiled.forward(*arrays)
    upstream = [rng.normal(size=numpy.shape(y)) for y in several(output)]
    ours = compiled.backward(*upstream, cache)

    def weighted(*a):
        return sum(np.sum(d * y) for d, y in zip(upstream, several(function(*a))))

    theirs = autograd.grad(weighted, places)(*arrays)
    assert len(ours) == len(theirs)
    for k, mine, other in zip(places, ours, theirs):
        assert numpy.shape(mine) == numpy.shape(other) == numpy.shape(arrays[k])
        largest = numpy.abs(other).max() or 1.0
        error = numpy.abs(mine - other).max() / max(largest, 1e-3)
        assert error <= TOLERANCE, f"input {k} of {op.name}: {error:.1e}"
