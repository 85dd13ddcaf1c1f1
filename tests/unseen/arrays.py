"""Windows, gathers, diagonals, products of many arrays, extrema, scalars, several outputs."""

import numpy as np

import symnet as sn
from tests.unseen.collection import Collection

ARRAYS = Collection()
unseen = ARRAYS.unseen


# -- windows ----------------------------------------------------------------------------------------------------------


def rows(x, size: int, stride: int = 1, dilation: int = 1):
    """Windows of the last axis, as lists of positions."""
    reach = dilation * (size - 1) + 1
    return np.stack([x[..., i : i + reach : dilation] for i in range(0, x.shape[-1] - reach + 1, stride)], axis=-2)


@unseen(numpy=lambda x, k: np.einsum("nctr,cr->nct", rows(x, k.shape[1]), k))
def depthwise_convolution(x: "n c t", k: "c r"):
    return sn.sum(x["n c t+r"] * k, over="r")


@unseen(numpy=lambda x, k: np.einsum("nctr,cr->nct", rows(x, k.shape[1], stride=2), k))
def depthwise_convolution_with_stride(x: "n c t", k: "c r"):
    return sn.sum(x["n c 2*t+r"] * k, over="r")


def depthwise_images_in_numpy(x, k, b):
    _, r, s = k.shape
    h, w = ((size - 2 * (window - 1) - 1) // 2 + 1 for size, window in zip(x.shape[2:], (r, s)))
    y = np.zeros((*x.shape[:2], h, w)) + b[:, None, None]
    for i in range(h):
        for j in range(w):
            window = x[:, :, 2 * i : 2 * i + 2 * r : 2, 2 * j : 2 * j + 2 * s : 2][:, :, :r, :s]
            y[:, :, i, j] += (window * k).sum(axis=(2, 3))
    return y


@unseen(numpy=depthwise_images_in_numpy)
def depthwise_convolution_of_images_with_stride_and_dilation(x: "n c h w", k: "c r s", b: "c"):
    return sn.sum(x["n c 2*h+2*r 2*w+2*s"] * k, over="r s") + b


@unseen
def depthwise_convolution_with_unequal_strides(x: "n c h w", k: "c r s"):
    return sn.sum(x["n c 3*h+r w+2*s"] * k, over="r s")


@unseen
def padded_convolution(x: "n c h w", k: "o c r s"):
    return sn.sum(sn.pad(x, "h w", 1)["n c h+r w+s"] * k, over="c r s")


@unseen
def padded_convolution_with_stride(x: "n c h w", k: "o c r s"):
    return sn.sum(sn.pad(x, "h w", (1, 2))["n c 2*h+r 2*w+s"] * k, over="c r s")


@unseen(numpy=lambda x, k: np.einsum("nctr,ocr->nto", rows(np.pad(x, ((0, 0), (0, 0), (2, 0))), k.shape[2]), k))
def causal_convolution(x: "n c t", k: "o c r"):
    return sn.sum(sn.pad(x, "t", (2, 0))["n c t+r"] * k, over="c r")


@unseen
def grouped_convolution(x: "n g c t", k: "g o c r"):
    return sn.sum(x["n g c t+r"] * k, over="c r")


@unseen
def two_convolutions_and_a_pool(x: "n c t", k: "o c r", b: "o", k2: "p o q") -> "n p t":
    a = sn.relu(sn.sum(sn.pad(x, "t", 1)["n c t+r"] * k, over="c r") + b)
    y = sn.sum(sn.pad(a, "t", 1)["n t+q o"] * k2, over="o q")
    return sn.max(y["n 2*t+s p"], over="s")


@unseen(numpy=lambda x: x[:, :, : x.shape[2] // 2 * 2].reshape(*x.shape[:2], -1, 2).mean(axis=3))
def average_pool(x: "n c t"):
    return sn.mean(x["n c 2*t+r"], over="r")


@unseen
def average_pool_of_images(x: "n c h w"):
    return sn.mean(x["n c 2*h+r 2*w+s"], over="r s")


@unseen(numpy=lambda x: rows(x, 3, stride=2).max(axis=-1))
def overlapping_max_pool(x: "n c t"):
    sn.axis("r", 3)
    return sn.max(x["n c 2*t+r"], over="r")


@unseen
def product_of_a_window(x: "n t"):
    sn.axis("r", 3)
    return sn.prod(x["n t+r"], over="r")


@unseen
def softmax_of_a_window(x: "n t"):
    sn.axis("r", 3)
    return sn.softmax(x["n t+r"], over="r")


@unseen(numpy=lambda x: x.cumsum(axis=1))
def cumulative_sum(x: "n t") -> "n t":
    past = x["n s"]
    return sn.sum(sn.where(sn.index("s") <= sn.index("t"), past, 0), over="s")


# -- gathers ----------------------------------------------------------------------------------------------------------


@unseen(numpy=lambda table, tokens: table[tokens])
def embedding(table: "v d", tokens: sn.labels("n t", below="v")):
    return table[tokens, "d"]


@unseen
def bag_of_words(table: "v d", w: "d c", tokens: sn.labels("n t", below="v")):
    bag = sn.mean(table[tokens, "d"], over="t")
    return sn.sum(bag * w, over="d")


@unseen(numpy=lambda table, tokens: table[tokens] @ table.T)
def embedding_tied_to_the_output(table: "v d", tokens: sn.labels("n", below="v")):
    h = table[tokens, "d"]
    return sn.sum(h * table, over="d")


@unseen
def gather_along_two_axes(w: "v d", t: sn.labels("n s", below="v"), u: sn.labels("n", below="d")):
    return sn.sum(w[t, u], over="s")


# -- contractions and diagonals ---------------------------------------------------------------------------------------


@unseen(numpy=lambda x: x @ x.T / x.shape[1])
def gram_matrix(x: "c p"):
    return sn.sum(x * x["e p"], over="p") / sn.size("p")


@unseen(numpy=lambda x: np.cov(x.T, bias=True).reshape(x.shape[1], x.shape[1]))
def covariance(x: "n d"):
    xc = x - sn.mean(x, over="n")
    return sn.sum(xc * xc["n e"], over="n") / sn.size("n")


@unseen
def squared_distances(x: "n d", y: "m d"):
    return sn.sum((x - y) ** 2, over="d")


@unseen
def distances_within_a_batch(x: "n d"):
    return sn.sqrt(sn.sum((x - x["m d"]) ** 2, over="d") + 1e-3)


@unseen(numpy=lambda x, y, w, b: np.einsum("ni,oij,nj->no", x, w, y) + b)
def bilinear_form(x: "n i", y: "n j", w: "o i j", b: "o"):
    return sn.sum(x * w * y, over="i j") + b


@unseen
def trilinear_form(x: "n i", y: "n j", z: "n k", w: "i j k"):
    return sn.sum(x * y * z * w, over="i j k")


@unseen
def quadratic_form(x: "n i", a: "i j"):
    return sn.sum(x * a * x["n j"], over="i j")


@unseen
def factorisation_machine(x: "n i", v: "i k"):
    s = sn.sum(x * v, over="i") ** 2
    t = sn.sum(x**2 * v**2, over="i")
    return sn.sum(s - t, over="k") / 2


@unseen(numpy=lambda a: np.trace(a))
def trace(a: "i j"):
    return sn.sum(a["i i"])


@unseen(numpy=lambda a, b: np.diag(a) * b.T + b)
def diagonal_and_transpose(a: "i j", b: "i j") -> "j i":
    return a["i i"] * b + b["j i"]


@unseen
def diagonal_of_three_axes(a: "i j k"):
    return a["i i i"] ** 2


@unseen
def autoencoder_with_tied_weights(x: "n d", w: "d h"):
    h = sn.tanh(sn.sum(x * w, over="d"))
    y = sn.sum(h * w, over="h")
    return sn.mean((x - y) ** 2)


@unseen(numpy=lambda x, w: w @ x.T)
def dense_with_transposed_output(x: "n d", w: "h d") -> "h n":
    return sn.sum(x * w, over="d")


@unseen(numpy=lambda x: np.tanh(x).transpose(0, 2, 3, 1))
def channels_last(x: "n c h w") -> "n h w c":
    return sn.tanh(x)


# -- reductions and extrema -------------------------------------------------------------------------------------------


@unseen
def product(x: "n d"):
    return sn.prod(x, over="d")


@unseen
def noisy_or(p: "n d"):
    return 1 - sn.prod(1 - p, over="d")


@unseen
def geometric_mean(x: sn.positive("n d")):
    return sn.prod(x, over="d") ** (1 / sn.size("d"))


@unseen(numpy=lambda x: np.ptp(x, axis=1))
def spread(x: "n d"):
    return sn.max(x, over="d") - sn.min(x, over="d")


@unseen(numpy=lambda x: (x - x.min(axis=0)) / (np.ptp(x, axis=0) + 1))
def scaling_to_a_range(x: "n d"):
    low = sn.min(x, over="n")
    high = sn.max(x, over="n")
    return (x - low) / (high - low + 1)


@unseen(numpy=lambda x, w, b: (np.tensordot(x, w, 1) + b).max(axis=-1).min(axis=-1))
def minimum_of_maxima(x: "n d", w: "d k p", b: "k p"):
    z = sn.sum(x * w, over="d") + b
    return sn.min(sn.max(z, over="p"), over="k")


@unseen(numpy=lambda x: np.log(np.exp(x).sum(axis=(1, 2))))
def logsumexp_over_two_axes(x: "n h w"):
    return sn.logsumexp(x, over="h w")


@unseen
def softmax_over_two_axes(x: "n h w", y: "n h w"):
    return sn.sum(sn.softmax(x, over="h w") * y, over="h w")


@unseen(numpy=lambda x: (x.mean(axis=0), x.var(axis=0), ((x - x.mean(axis=0)) ** 3).mean(axis=0), x.sum()))
def moments(x: "n d"):
    m = sn.mean(x, over="n")
    return m, sn.var(x, over="n"), sn.mean((x - m) ** 3, over="n"), sn.sum(x)


@unseen
def deviation_and_variance(x: "n d"):
    return sn.std(x, over="n") + 1, sn.var(x, over="d")


@unseen
def extrema_of_two_arrays(x: "n d", y: "n d"):
    return sn.minimum(x, y) + sn.abs(x) * sn.clip(y, -1, 1) - sn.sign(x) * sn.cos(y) + sn.sin(x) * sn.arctan(y)


@unseen
def hyperbolic_functions(x: "n d"):
    return sn.sinh(x) / sn.cosh(x) + sn.tan(x / 4) + sn.log1p(x**2)


@unseen(numpy=lambda v, y: (v >= y.mean()) * y.mean())
def shares_above_the_mean(v: "c", y: sn.one_hot("n c")):
    share = sn.mean(y, over="n c")
    return (v >= share) * share


@unseen(numpy=lambda p: np.array(-1.0))
def sum_of_shares(p: sn.positive("b")):
    h = -sn.softmax(p, over="b")
    y = h["c"]
    return sn.sum(y)


@unseen(numpy=lambda x: (x / 2, np.ones_like(x)))
def arrays_of_equal_numbers(x: "n d"):
    zero = x - x
    half = sn.sigmoid(zero)
    return x * half, zero + 1


# -- scalars and several outputs --------------------------------------------------------------------------------------


@unseen(numpy=lambda x: (x * x - 2) ** 2)
def double_well(x: "", *, a=2.0):
    return (x**2 - a) ** 2


@unseen
def rosenbrock(x: "", y: ""):
    return (1 - x) ** 2 + 100 * (y - x**2) ** 2


@unseen
def powers(x: sn.positive("n"), k: ""):
    return x**k + 2**x + 1 / x + x**0.3


@unseen
def convex_mixture(x: "n d", y: "n d", a: ""):
    s = sn.sigmoid(a)
    return s * x + (1 - s) * y


@unseen(numpy=lambda x: (x, x * x))
def identity_beside_the_square(x: "n d"):
    return x, x**2


@unseen
def an_input_that_is_not_used(x: "n d", y: "n d"):
    return sn.tanh(x)
