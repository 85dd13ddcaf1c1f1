"""Textbook NumPy, forward and backward: what a good student writes, vectorised, one line for each formula.

These gradients are written by hand on purpose.  They are what the generated modules are compared with, and nothing
else reads them.  Each function takes the inputs of its operation and the upstream gradient (a loss has none: it is 1);
it returns the outputs and then the gradients.
"""

from __future__ import annotations

import numpy as np


def binary_cross_entropy(z, y):
    p = 1 / (1 + np.exp(-z))
    loss = np.mean(np.maximum(z, 0) - z * y + np.log1p(np.exp(-np.abs(z))))
    dz = (p - y) / len(z)
    return loss, dz


def softmax_cross_entropy_labels(z, labels):
    rows = np.arange(len(z))
    shifted = z - z.max(axis=1, keepdims=True)
    e = np.exp(shifted)
    p = e / e.sum(axis=1, keepdims=True)
    loss = -np.mean(np.log(p[rows, labels]))
    dz = p.copy()
    dz[rows, labels] -= 1
    dz /= len(z)
    return loss, dz


def _normalised(x, gamma, beta, dy, axis, eps=1e-5):
    """Normalisation over ``axis``; the backward pass is that of Ioffe and Szegedy, line by line."""
    mu = x.mean(axis=axis, keepdims=True)
    var = x.var(axis=axis, keepdims=True)
    xhat = (x - mu) / np.sqrt(var + eps)
    y = gamma * xhat + beta
    dxhat = dy * gamma
    dvar = np.sum(dxhat * (x - mu) * -0.5 * (var + eps) ** -1.5, axis=axis, keepdims=True)
    dmu = np.sum(-dxhat / np.sqrt(var + eps), axis=axis, keepdims=True)
    dmu = dmu + dvar * np.mean(-2 * (x - mu), axis=axis, keepdims=True)
    m = x.size // mu.size
    dx = dxhat / np.sqrt(var + eps) + dvar * 2 * (x - mu) / m + dmu / m
    return y, dx, xhat


def batch_norm(x, gamma, beta, dy):
    y, dx, xhat = _normalised(x, gamma, beta, dy, 0)
    return y, dx, np.sum(dy * xhat, axis=0), np.sum(dy, axis=0)


def batch_norm_images(x, gamma, beta, dy):
    over = (0, 2, 3)
    y, dx, xhat = _normalised(x, gamma[:, None, None], beta[:, None, None], dy, over)
    return y, dx, np.sum(dy * xhat, axis=over), np.sum(dy, axis=over)


def layer_norm(x, gamma, beta, dy):
    y, dx, xhat = _normalised(x, gamma, beta, dy, 1)
    return y, dx, np.sum(dy * xhat, axis=0), np.sum(dy, axis=0)


def two_layer_network(x, y, w1, w2):
    h = 1 / (1 + np.exp(-(x @ w1)))
    y_pred = h @ w2
    loss = np.sum((y_pred - y) ** 2)
    dy_pred = 2 * (y_pred - y)
    dw2 = h.T @ dy_pred
    dh = dy_pred @ w2.T
    dw1 = x.T @ (dh * h * (1 - h))
    return loss, dw1, dw2


def mlp_step(x, labels, w1, b1, w2, b2, w3, b3):
    z1 = x @ w1 + b1
    h1 = np.maximum(z1, 0)
    z2 = h1 @ w2 + b2
    h2 = np.maximum(z2, 0)
    loss, dz3 = softmax_cross_entropy_labels(h2 @ w3 + b3, labels)
    dz2 = (dz3 @ w3.T) * (z2 > 0)
    dz1 = (dz2 @ w2.T) * (z1 > 0)
    return loss, x.T @ dz1, dz1.sum(axis=0), h1.T @ dz2, dz2.sum(axis=0), h2.T @ dz3, dz3.sum(axis=0)


def attention(q, k, v, do):
    root = np.sqrt(q.shape[-1])
    scores = q @ k.transpose(0, 2, 1) / root
    e = np.exp(scores - scores.max(axis=-1, keepdims=True))
    p = e / e.sum(axis=-1, keepdims=True)
    o = p @ v
    dv = p.transpose(0, 2, 1) @ do
    dp = do @ v.transpose(0, 2, 1)
    dscores = p * (dp - np.sum(dp * p, axis=-1, keepdims=True))
    dq = dscores @ k / root
    dk = dscores.transpose(0, 2, 1) @ q / root
    return o, dq, dk, dv


def conv2d_same(x, k, b, dy):
    """By columns: the windows as one matrix, so that each of the three products is one of matrices."""
    n, c, h, w = x.shape
    o, _, r, s = k.shape
    padded = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)))
    columns = np.empty((n, c, r, s, h, w), x.dtype)
    for i in range(r):
        for j in range(s):
            columns[:, :, i, j] = padded[:, :, i : i + h, j : j + w]
    columns = columns.transpose(0, 4, 5, 1, 2, 3).reshape(n * h * w, c * r * s)
    kernel = k.reshape(o, -1)
    y = (columns @ kernel.T + b).reshape(n, h, w, o).transpose(0, 3, 1, 2)
    d = dy.transpose(0, 2, 3, 1).reshape(n * h * w, o)
    db = d.sum(axis=0)
    dk = (d.T @ columns).reshape(k.shape)
    dcolumns = (d @ kernel).reshape(n, h, w, c, r, s).transpose(0, 3, 4, 5, 1, 2)
    dpadded = np.zeros_like(padded)
    for i in range(r):
        for j in range(s):
            dpadded[:, :, i : i + h, j : j + w] += dcolumns[:, :, i, j]
    return y, dpadded[:, :, 1:-1, 1:-1], dk, db


def adam(p, g, m, v, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, t=10):
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    m_hat = m / (1 - beta1**t)
    v_hat = v / (1 - beta2**t)
    p = p - lr * m_hat / (np.sqrt(v_hat) + eps)
    return p, m, v


def gelu_tanh(x, dy):
    c = np.sqrt(2 / np.pi)
    t = np.tanh(c * (x + 0.044715 * x**3))
    y = 0.5 * x * (1 + t)
    dx = dy * (0.5 * (1 + t) + 0.5 * x * (1 - t**2) * c * (1 + 3 * 0.044715 * x**2))
    return y, dx
