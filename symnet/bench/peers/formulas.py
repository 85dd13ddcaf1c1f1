"""The forward pass of each operation over any namespace that looks like NumPy: ``xp`` is that of the peer.

No gradient stands here: differentiating these is what the peers are for.
"""

from __future__ import annotations

import math


def binary_cross_entropy(xp, z, y):
    return xp.mean(xp.maximum(z, 0) - z * y + xp.log1p(xp.exp(-xp.abs(z))))


def log_softmax(xp, z):
    shifted = z - xp.max(z, axis=1, keepdims=True)
    return shifted - xp.log(xp.sum(xp.exp(shifted), axis=1, keepdims=True))


def softmax_cross_entropy_labels(xp, z, labels):
    return -xp.mean(log_softmax(xp, z)[xp.arange(z.shape[0]), labels])


def softmax_cross_entropy(xp, z, y):
    return -xp.mean(xp.sum(y * log_softmax(xp, z), axis=1))


def _normalised(xp, x, axis, eps=1e-5):
    mu = xp.mean(x, axis=axis, keepdims=True)
    var = xp.mean((x - mu) ** 2, axis=axis, keepdims=True)
    return (x - mu) / xp.sqrt(var + eps)


def batch_norm(xp, x, gamma, beta):
    return gamma * _normalised(xp, x, 0) + beta


def batch_norm_images(xp, x, gamma, beta):
    return gamma[:, None, None] * _normalised(xp, x, (0, 2, 3)) + beta[:, None, None]


def layer_norm(xp, x, gamma, beta):
    return gamma * _normalised(xp, x, 1) + beta


def two_layer_network(xp, x, y, w1, w2):
    h = 1 / (1 + xp.exp(-(x @ w1)))
    return xp.sum((h @ w2 - y) ** 2)


def mlp_step(xp, x, labels, w1, b1, w2, b2, w3, b3):
    h1 = xp.maximum(x @ w1 + b1, 0)
    h2 = xp.maximum(h1 @ w2 + b2, 0)
    return softmax_cross_entropy_labels(xp, h2 @ w3 + b3, labels)


def attention(xp, q, k, v, d=0):
    """``d`` is the length of a query, where the namespace does not know it as a number."""
    scores = xp.matmul(q, xp.swapaxes(k, 1, 2)) / math.sqrt(d or q.shape[2])
    e = xp.exp(scores - xp.max(scores, axis=2, keepdims=True))
    return xp.matmul(e / xp.sum(e, axis=2, keepdims=True), v)


def conv2d_same(xp, x, k, b):
    """One product of matrices for each place of the kernel."""
    h, w = x.shape[2:]
    padded = xp.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)), mode="constant")
    terms = [
        xp.tensordot(padded[:, :, i : i + h, j : j + w], k[:, :, i, j], axes=((1,), (1,)))
        for i in range(3)
        for j in range(3)
    ]
    return xp.transpose(sum(terms[1:], terms[0]) + b, (0, 3, 1, 2))


def adam(xp, p, g, m, v, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, t=10):
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g * g
    m_hat = m / (1 - beta1**t)
    v_hat = v / (1 - beta2**t)
    return p - lr * m_hat / (xp.sqrt(v_hat) + eps), m, v


def gelu_tanh(xp, x):
    return 0.5 * x * (1 + xp.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x * x * x)))


def sigmoid(xp, x):
    return 1 / (1 + xp.exp(-x))


def tanh(xp, x):
    return xp.tanh(x)


def relu(xp, x):
    return xp.maximum(x, 0)


def softmax(xp, z):
    e = xp.exp(z - xp.max(z, axis=1, keepdims=True))
    return e / xp.sum(e, axis=1, keepdims=True)


def mean_squared_error(xp, y, t):
    return xp.mean((y - t) ** 2)


def dense(xp, x, w, b):
    return x @ w + b


def mlp(xp, x, w1, b1, w2, b2, w3, b3):
    return xp.tanh(xp.tanh(x @ w1 + b1) @ w2 + b2) @ w3 + b3
