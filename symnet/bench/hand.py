"""NumPy as somebody writes it who has a week for one function: the par of the fast style.

A loss has its gradient in the loop that computes it; a layer has a forward and a backward pass, since what comes from
above depends on its output.  Results lie in memory that is kept between calls, nothing is checked, and what forward
leaves for backward is overwritten by it: liberties that a generated module has not.  The gradients are written by hand
on purpose.  Nothing but the comparison reads them.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

BLOCK = 2**20  # bytes of an array in a block of rows
LOG2E = 1.4426950408889634
Array = np.ndarray


class Memory:
    """Arrays that are made in the first call and kept."""

    def __init__(self) -> None:
        self.arrays: dict[tuple[str, tuple[int, ...], np.dtype], Array] = {}

    def __call__(self, name: str, like: Array, shape: tuple[int, ...] | None = None) -> Array:
        key = (name, like.shape if shape is None else shape, like.dtype)
        if key not in self.arrays:
            self.arrays[key] = np.empty(key[1], like.dtype)
        return self.arrays[key]

    def own(self, name: str, x: Array) -> Array:
        """A copy of ``x``, made in the first call and written over since."""
        if (name, x.shape, x.dtype) not in self.arrays:
            self(name, x)[...] = x
        return self(name, x)

    def block(self, name: str, x: Array) -> Array:
        """A block of rows of ``x``."""
        return self(name, x, (step(x), *x.shape[1:]))


def step(x: Array) -> int:
    return max(1, BLOCK // (x[0].size * x.itemsize))


def blocks(x: Array) -> Iterator[slice]:
    height = step(x)
    return (slice(k, min(k + height, len(x))) for k in range(0, len(x), height))


def exp_of(z: Array, factor: float, out: Array) -> None:
    """e**(factor z); exp2 is the faster one in float32."""
    if z.dtype == np.float32:
        np.multiply(z, np.float32(factor * LOG2E), out=out)
        np.exp2(out, out=out)
    else:
        np.multiply(z, factor, out=out)
        np.exp(out, out=out)


def binary_cross_entropy(memory: Memory, z: Array, y: Array):
    n, real = len(z), z.dtype.type
    p, other = memory("p", z), memory.block("other", z)
    loss = 0.0
    for rows in blocks(z):
        z_, y_, p_ = z[rows], y[rows], p[rows]
        t = other[: len(z_)]
        exp_of(z_, -1, p_)
        np.add(p_, 1, out=p_)
        np.divide(1, p_, out=p_)
        np.subtract(1, p_, out=t)
        np.maximum(t, p_, out=t)
        factors = t
        while factors.size > len(t) // 32 + 64:  # one logarithm for 32 factors
            half = factors.size // 2
            factors[:half] *= factors[half : 2 * half]
            if factors.size % 2:
                factors[0] *= factors[-1]
            factors = factors[:half]
        loss -= np.log(factors).sum()
        np.maximum(z_, 0, out=t)
        loss += t.sum() - np.dot(z_, y_)
        np.subtract(p_, y_, out=p_)
        np.multiply(p_, real(1 / n), out=p_)
    return loss / n, p


def softmax_cross_entropy_labels(memory: Memory, z: Array, labels: Array):
    n, real = len(z), z.dtype.type
    dz, ones = memory("dz", z), np.ones(z.shape[1], z.dtype)
    loss = 0.0
    for rows in blocks(z):
        z_, e, labels_ = z[rows], dz[rows], labels[rows]
        exp_of(z_, 1, e)
        s = np.vecdot(e, ones)
        picked = np.arange(len(z_)), labels_
        loss += np.sum(np.log(s) - z_[picked])
        np.multiply(e, (1 / (s * real(n)))[:, None], out=e)
        e[picked] -= real(1 / n)
    return loss / n, dz


def _over_rows(memory: Memory, x: Array, gamma: Array, beta: Array, dy: Array, sums, dots, count: int):
    """Batch normalisation; ``sums`` and ``dots`` are sums of a block, and of a product, for every feature."""
    y, dx, kept = memory("y", x), memory("dx", x), memory.block("kept", x)
    mu = sum(sums(x[rows]) for rows in blocks(x)) / x.dtype.type(count)
    var = 0
    for rows in blocks(x):
        t = kept[: rows.stop - rows.start]
        np.subtract(x[rows], mu, out=t)
        var = var + dots(t, t)
    var = var / x.dtype.type(count)
    r = 1 / np.sqrt(var + x.dtype.type(1e-5))
    scale = gamma * r
    for rows in blocks(x):
        y_ = y[rows]
        np.subtract(x[rows], mu, out=y_)
        np.multiply(y_, scale, out=y_)
        np.add(y_, beta, out=y_)
    dbeta = slope = 0
    for rows in blocks(x):
        t = kept[: rows.stop - rows.start]
        dbeta = dbeta + sums(dy[rows])
        np.subtract(x[rows], mu, out=t)
        slope = slope + dots(dy[rows], t)
    a = -slope * r * r / x.dtype.type(count)
    b = -dbeta / x.dtype.type(count) - a * mu
    for rows in blocks(x):
        dx_ = dx[rows]
        np.multiply(x[rows], a, out=dx_)
        np.add(dx_, dy[rows], out=dx_)
        np.add(dx_, b, out=dx_)
        np.multiply(dx_, scale, out=dx_)
    return y, dx, (slope * r).ravel(), np.ravel(dbeta)


def batch_norm(memory: Memory, x: Array, gamma: Array, beta: Array, dy: Array):
    ones = np.ones(step(x), x.dtype)
    return _over_rows(
        memory, x, gamma, beta, dy, lambda a: ones[: len(a)] @ a, lambda a, b: np.einsum("nd,nd->d", a, b), len(x)
    )


def batch_norm_images(memory: Memory, x: Array, gamma: Array, beta: Array, dy: Array):
    n, c, h, w = x.shape
    flat, column = (-1, c, h * w), (slice(None), None, None)
    ones = np.ones(h * w, x.dtype)

    def sums(a: Array) -> Array:
        return np.vecdot(a.reshape(flat), ones).sum(axis=0)[column]

    def dots(a: Array, b: Array) -> Array:
        return np.vecdot(a.reshape(flat), b.reshape(flat)).sum(axis=0)[column]

    return _over_rows(memory, x, gamma[column], beta[column], dy, sums, dots, n * h * w)


def layer_norm(memory: Memory, x: Array, gamma: Array, beta: Array, dy: Array):
    d, real = x.shape[1], x.dtype.type
    y, dx, xhat = memory("y", x), memory("dx", x), memory("xhat", x)
    first, second = memory.block("first", x), memory.block("second", x)
    along, down = np.ones(d, x.dtype), np.ones(step(x), x.dtype)
    r = memory("r", x, (len(x), 1))
    for rows in blocks(x):
        x_, y_, h = x[rows], y[rows], xhat[rows]
        np.subtract(x_, (np.vecdot(x_, along) / real(d))[:, None], out=h)
        r[rows] = 1 / np.sqrt(np.vecdot(h, h) / real(d) + real(1e-5))[:, None]
        np.multiply(h, r[rows], out=h)
        np.multiply(h, gamma, out=y_)
        np.add(y_, beta, out=y_)
    dgamma = dbeta = 0
    for rows in blocks(x):
        dy_, h = dy[rows], xhat[rows]
        s, t = first[: len(h)], second[: len(h)]
        dbeta = dbeta + down[: len(h)] @ dy_
        np.multiply(dy_, h, out=t)
        dgamma = dgamma + down[: len(h)] @ t
        np.multiply(h, (np.vecdot(t, gamma) / real(d))[:, None], out=s)
        np.multiply(dy_, gamma, out=t)
        np.subtract(t, s, out=s)
        np.subtract(s, (np.vecdot(t, along) / real(d))[:, None], out=s)
        np.multiply(s, r[rows], out=dx[rows])
    return y, dx, dgamma, dbeta


def two_layer_network(memory: Memory, x: Array, y: Array, w1: Array, w2: Array):
    h = np.matmul(x, w1, out=memory("h", x, (len(x), w1.shape[1])))
    exp_of(h, -1, h)
    np.add(h, 1, out=h)
    np.divide(1, h, out=h)
    error = np.matmul(h, w2, out=memory("error", y))
    np.subtract(error, y, out=error)
    loss = np.vdot(error, error)
    np.multiply(error, 2, out=error)
    dw2 = np.matmul(h.T, error, out=memory("dw2", w2))
    dz = np.matmul(error, w2.T, out=memory("dz", h))
    np.multiply(dz, h, out=dz)
    np.subtract(1, h, out=h)
    np.multiply(dz, h, out=dz)
    return loss, np.matmul(x.T, dz, out=memory("dw1", w1)), dw2


def mlp_step(memory: Memory, x: Array, labels: Array, w1: Array, b1: Array, w2: Array, b2: Array, w3: Array, b3: Array):
    ones = np.ones(len(x), x.dtype)
    h1 = np.matmul(x, w1, out=memory("h1", x, (len(x), len(b1))))
    np.add(h1, b1, out=h1)
    np.maximum(h1, 0, out=h1)
    h2 = np.matmul(h1, w2, out=memory("h2", x, (len(x), len(b2))))
    np.add(h2, b2, out=h2)
    np.maximum(h2, 0, out=h2)
    z = np.matmul(h2, w3, out=memory("z", x, (len(x), len(b3))))
    np.add(z, b3, out=z)
    loss, dz = softmax_cross_entropy_labels(memory, z, labels)
    dh2 = np.matmul(dz, w3.T, out=memory("dh2", h2))
    np.multiply(dh2, h2 > 0, out=dh2)
    dh1 = np.matmul(dh2, w2.T, out=memory("dh1", h1))
    np.multiply(dh1, h1 > 0, out=dh1)
    dw1 = np.matmul(x.T, dh1, out=memory("dw1", w1))
    dw2 = np.matmul(h1.T, dh2, out=memory("dw2", w2))
    dw3 = np.matmul(h2.T, dz, out=memory("dw3", w3))
    return loss, dw1, ones @ dh1, dw2, ones @ dh2, dw3, ones @ dz


def conv2d_same(memory: Memory, x: Array, k: Array, b: Array, dy: Array):
    """Rows keep their border: a place of the kernel is one piece of a flat image, so columns are copies of pieces."""
    n, c, h, w = x.shape
    o, _, r, s = k.shape
    wide, length = w + 2, h * (w + 2)
    places = [i * wide + j for i in range(r) for j in range(s)]
    kernel = k.reshape(o, -1)
    y, dx, padded = memory("y", dy), memory("dx", x), memory("padded", x, (n, c, length + 2 * wide + 2))
    columns, dcolumns = memory("columns", x, (c, r * s, length)), memory("dcolumns", x, (c, r * s, length))
    rows, slopes = memory("rows", x, (o, h, wide)), memory("slopes", x, (o, h, wide))
    dpadded, dk, each = memory("dpadded", x, padded.shape[1:]), np.zeros_like(kernel), memory("each", kernel)
    padded[...] = 0
    padded[:, :, : (h + 2) * wide].reshape(n, c, h + 2, wide)[:, :, 1 : h + 1, 1 : w + 1] = x

    def lay(image: Array) -> None:
        for at, place in enumerate(places):
            columns[:, at] = image[:, place : place + length]

    for a in range(n):
        lay(padded[a])
        np.matmul(kernel, columns.reshape(-1, length), out=rows.reshape(o, length))
        np.add(rows[:, :, :w], b[:, None, None], out=y[a])
    slopes[...] = 0
    for a in range(n):
        lay(padded[a])
        slopes[:, :, :w] = dy[a]
        flat = slopes.reshape(o, length)
        np.matmul(flat, columns.reshape(-1, length).T, out=each)
        np.add(dk, each, out=dk)
        np.matmul(kernel.T, flat, out=dcolumns.reshape(-1, length))
        dpadded[...] = 0
        for at, place in enumerate(places):
            dpadded[:, place : place + length] += dcolumns[:, at]
        dx[a] = dpadded[:, : (h + 2) * wide].reshape(c, h + 2, wide)[:, 1 : h + 1, 1 : w + 1]
    db = np.vecdot(dy.reshape(n, o, -1), np.ones(h * w, x.dtype)).sum(axis=0)
    return y, dx, dk.reshape(k.shape), db


def attention(memory: Memory, q: Array, k: Array, v: Array, do: Array):
    scale = q.dtype.type(1 / np.sqrt(q.shape[-1]))
    o, dq, dk, dv = memory("o", do), memory("dq", q), memory("dk", k), memory("dv", v)
    p, dp = memory("p", q, (*q.shape[:2], k.shape[1])), memory("dp", q, (q.shape[1], k.shape[1]))
    small, ones = memory("small", q), np.ones(k.shape[1], q.dtype)
    for b in range(len(q)):
        np.multiply(q[b], scale, out=small[b])
        np.matmul(small[b], k[b].T, out=p[b])
        exp_of(p[b], 1, p[b])
        np.multiply(p[b], (1 / np.vecdot(p[b], ones))[:, None], out=p[b])
        np.matmul(p[b], v[b], out=o[b])
    for b in range(len(q)):
        np.matmul(p[b].T, do[b], out=dv[b])
        np.matmul(do[b], v[b].T, out=dp)
        np.subtract(dp, np.vecdot(do[b], o[b])[:, None], out=dp)  # the rows of p dp add up to those of do o
        np.multiply(dp, p[b], out=dp)
        np.matmul(dp.T, small[b], out=dk[b])
        np.matmul(dp, k[b], out=dq[b])
        np.multiply(dq[b], scale, out=dq[b])
    return o, dq, dk, dv


def adam(memory: Memory, p: Array, g: Array, m: Array, v: Array, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, t=10):
    new, first, second = memory.own("new", p), memory.own("first", m), memory.own("second", v)  # in place
    kept, real = memory.block("kept", p), p.dtype.type
    root = np.sqrt(1 - beta2**t)
    rate = lr * root / (1 - beta1**t)  # both corrections in one number
    for rows in blocks(p):
        g_, m_, v_, new_ = g[rows], first[rows], second[rows], new[rows]
        s = kept[: len(g_)]
        np.multiply(g_, real(1 - beta1), out=s)
        np.multiply(m_, real(beta1), out=m_)
        np.add(m_, s, out=m_)
        np.multiply(g_, g_, out=s)
        np.multiply(s, real(1 - beta2), out=s)
        np.multiply(v_, real(beta2), out=v_)
        np.add(v_, s, out=v_)
        np.sqrt(v_, out=s)
        np.add(s, real(eps * root), out=s)
        np.divide(m_, s, out=s)
        np.multiply(s, real(rate), out=s)
        np.subtract(new_, s, out=new_)
    return new, first, second


def gelu_tanh(memory: Memory, x: Array, dy: Array):
    c, real = np.sqrt(2 / np.pi), x.dtype.type
    y, dx, local = memory("y", x), memory("dx", x), memory("local", x)
    first, second = memory.block("first", x), memory.block("second", x)
    for rows in blocks(x):
        x_, y_, t = x[rows], y[rows], local[rows]
        s, u = first[: len(x_)], second[: len(x_)]
        np.multiply(x_, x_, out=t)
        np.multiply(t, real(c * 0.044715), out=s)
        np.add(s, real(c), out=s)
        np.multiply(s, x_, out=s)
        exp_of(s, -2, s)
        np.add(s, 1, out=s)
        np.divide(1, s, out=s)  # (1 + tanh u) / 2
        np.multiply(x_, s, out=y_)
        np.multiply(t, real(6 * c * 0.044715), out=t)
        np.add(t, real(2 * c), out=t)
        np.multiply(t, y_, out=t)
        np.subtract(1, s, out=u)
        np.multiply(t, u, out=t)
        np.add(t, s, out=t)
    for rows in blocks(x):
        np.multiply(dy[rows], local[rows], out=dx[rows])
    return y, dx
