"""How sums of products are computed in the fast style: without the product where NumPy can do so."""

import re

import numpy as np
import pytest

import symnet as sn


@sn.op
def combine(gate: "n e", out: "n e o") -> "n o":
    return sn.sum(gate * out, over="e")


@sn.op
def filtered(x: "t d", k: "t r=3") -> "s d":
    return sn.sum(x["s+r d"] * k["s r"], over="r")


@sn.op
def interpolated(x: "b c h w", y: "b k h", z: "b k w") -> "b c k":
    return sn.sum(x * y * z, over="h w")


@sn.op
def short_means(x: "n r=3") -> "n":
    return sn.mean(x, over="r")


CASES = {
    combine: {"n": 7, "e": 3, "o": 5},
    filtered: {"t": 9, "d": 4, "r": 3},
    interpolated: {"b": 2, "c": 3, "h": 4, "w": 5, "k": 6},
    short_means: {"n": 8, "r": 3},
}


@pytest.mark.parametrize("op", CASES, ids=lambda op: op.name)
def test_the_product_is_not_stored(op):
    source = sn.compile(op).source
    steps = source[source.index("def forward") : source.index("def _inputs")]
    assert "np.einsum(" in steps
    assert not re.search(r"\.sum\(", steps)


@pytest.mark.parametrize("op", CASES, ids=lambda op: op.name)
def test_both_styles_agree(op):
    rng = np.random.default_rng(0)
    arrays = [rng.normal(size=[CASES[op][i.label] for i in node.axes]) for node in op.graph.inputs]
    results = []
    for style in ("readable", "fast"):
        compiled = sn.compile(op, style)
        y, cache = compiled.forward(*arrays)
        gradients = compiled.backward(np.cos(y), cache)
        results.append([y, *(gradients if len(arrays) > 1 else [gradients])])
    for found, wanted in zip(*results, strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-12, atol=1e-14)


@sn.op
def experts(x: "n d", w: "e d h", v: "e h o", gate: "n e") -> "n o":
    z = sn.sum(x * w, over="d")
    y = sn.sum(sn.relu(z)["n e h"] * v, over="h")
    return sn.sum(gate * y, over="e")


@pytest.mark.parametrize("style", ["readable", "fast"])
def test_a_product_lies_in_memory_as_its_axes_stand(style):
    """So that the steps after it read and write neighbours."""
    rng = np.random.default_rng(0)
    x, w = rng.normal(size=(6, 5)), rng.normal(size=(3, 5, 4))
    rest = rng.normal(size=(3, 4, 2)), rng.normal(size=(6, 3))
    _, cache = sn.compile(experts, style).forward(x, w, *rest)
    large = [a for a in cache if isinstance(a, np.ndarray) and a.shape == (6, 3, 4)]
    assert large and all(a.strides[-1] == a.itemsize for a in large)


@sn.op
def spread(x: "n k") -> "n":
    return sn.max(x, over="k") - sn.min(x, over="k")


@pytest.mark.parametrize("entries", [1, 2, 16, 17])
def test_extrema_of_rows_of_any_length(entries):
    x = np.random.default_rng(0).normal(size=(2**13, entries)).astype(np.float32)
    x[1, -1] = np.nan
    y, _ = sn.compile(spread).forward(x)
    np.testing.assert_array_equal(y, x.max(axis=1) - x.min(axis=1))
    assert y.dtype == np.float32


@sn.op
def chosen(x: "n d", y: "n d", a: "d", *, slope=0.25):
    return sn.where(x > y, a * x, sn.where(y > 0, slope, y))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_choice_is_that_of_numpy_bit_by_bit(dtype):
    rng = np.random.default_rng(0)
    x, y = (rng.normal(size=(40, 50)).astype(dtype) for _ in range(2))
    for k, odd in enumerate((np.nan, np.inf, -np.inf, -0.0, 0.0)):
        x[k::9, k::3], y[k::7, k::2] = odd, odd
    a = rng.normal(size=50).astype(dtype)
    values = []
    for style in ("readable", "fast"):
        compiled = sn.compile(chosen, style)
        z, cache = compiled.forward(x, y, a)
        values.append([z, *compiled.backward(np.ones_like(z), cache)[:2]])
    assert "_where(" in sn.compile(chosen).source
    for readable, fast in zip(*values, strict=True):
        assert fast.dtype == dtype
        np.testing.assert_array_equal(readable, fast)
    y, z = values[0][0], values[1][0]
    np.testing.assert_array_equal(np.signbit(y[~np.isnan(y)]), np.signbit(z[~np.isnan(z)]))


@sn.op
def heads(x: "b t m", w: "h m d", u: "h d m") -> "b t m":
    q = sn.sum(x * w, over="m")
    return sn.sum(u * sn.tanh(q), over="h d")


@sn.op
def tensor_layer(x: "n i j", w: "j k i l", v: "l k p") -> "p n":
    return sn.sum(sn.sum(x * w, over="i j") * v, over="k l")


@sn.op
def many_rows(x: "a b c m", w: "m k", v: "k") -> "a b c":
    return sn.sum(sn.sum(x * w, over="m") ** 2 * v, over="k")


@sn.op
def by_groups(x: "n g c t", w: "g c d") -> "g n d t":
    return sn.sum(x * w, over="c")


@pytest.mark.parametrize("op", [heads, tensor_layer, many_rows, by_groups], ids=lambda op: op.name)
@pytest.mark.parametrize("order", ["C", "F"])
def test_contractions_over_several_axes_are_products_of_matrices(op, order):
    rng = np.random.default_rng(0)
    size = {label: k for k, label in enumerate("abcdghijklmnpt", 2)}
    arrays = [np.asarray(rng.normal(size=[size[i.label] for i in node.axes]), order=order) for node in op.graph.inputs]
    results = []
    for style in ("readable", "fast"):
        compiled = sn.compile(op, style)
        y, cache = compiled.forward(*arrays)
        results.append([y, *compiled.backward(np.asarray(np.cos(y), order=order), cache)])
    assert "matrices:" in sn.compile(op).source and "optimize=True" not in sn.compile(op).source
    for readable, fast in zip(*results, strict=True):
        np.testing.assert_allclose(readable, fast, rtol=1e-9, atol=1e-9)


@sn.op
def weighted_rows(x: "t d", k: "t r=3", s: "t") -> "d r":
    return sn.sum(x * k * s, over="t")


def test_a_factor_of_rows_goes_to_the_smaller_operand():
    assert "y = x.T @ (k * s[:, None])" in sn.compile(weighted_rows, "readable").source


@sn.op
def alike(x: "n d", t: sn.labels("n", below="c")):
    s = sn.sum(x * x["m d"], over="d")
    return sn.sum(sn.where(t == t["m"], s, sn.tanh(s)))


def test_labels_are_compared_block_by_block():
    rng = np.random.default_rng(0)
    x, t = rng.normal(size=(700, 3)), rng.integers(0, 5, 700)
    results = []
    for style in ("readable", "fast"):
        compiled = sn.compile(alike, style)
        y, cache = compiled.forward(x, t)
        results.append([y, *compiled.backward(1.0, cache)])
    assert "np.equal(t, t_[:, None], out=" in sn.compile(alike).source
    for readable, fast in zip(*results, strict=True):
        np.testing.assert_allclose(readable, fast, rtol=1e-9)


@pytest.mark.parametrize("rows", [2**17 + 2, 2**18, 2**18 + 1])
def test_a_narrow_array_may_be_one_block_of_many_rows(rows):
    @sn.op
    def spread(u: "a c", v: "b"):
        return sn.sum(u, over="a") * v

    u, v = np.ones((rows, 1)), np.arange(3.0)
    y, cache = sn.compile(spread, "fast").forward(u, v)
    np.testing.assert_array_equal(y, rows * v[None])
    assert sn.compile(spread, "fast").backward(np.ones_like(y), cache)[0].shape == u.shape


@sn.op
def weighted(p: "n c", w: "c"):
    return w * (1 - p)


@sn.op
def missed(p: "n c", w: "c"):
    return sn.sum(w * (1 - p))


@sn.op
def open_gates(x: "t n d", w: "d"):
    return sn.sigmoid(x * w) * sn.tanh(x)


@sn.op
def counted(x: "n k", c: "n"):
    return c * sn.sum(sn.sigmoid(x), over="k")


NEAR_ONE = {
    weighted: {"p": 1 - 1e-9 * np.arange(1, 7).reshape(2, 3), "w": np.array([3.0, 0.7, 1.1])},
    missed: {"p": 1 - 1e-9 * np.arange(1, 7).reshape(2, 3), "w": np.array([3.0, 0.7, 1.1])},
    open_gates: {"x": np.linspace(28, 36, 24).reshape(3, 4, 2), "w": np.array([1.0, 1.01])},
    counted: {"x": np.linspace(20, 33, 12).reshape(3, 4), "c": np.array([0.3, 2.0, 5.0])},
}


@pytest.mark.parametrize("style", ["fast", "numba"])
@pytest.mark.parametrize("op", NEAR_ONE, ids=lambda op: op.name)
def test_1_less_what_is_nearly_1_stays_in_one_piece(op, style):
    """w - w p has lost the digits that w (1 - p) has."""
    if style == "numba":
        pytest.importorskip("numba")
    results = []
    for compiled in (sn.compile(op, "readable"), sn.compile(op, style)):
        y, cache = compiled.forward(**NEAR_ONE[op])
        results.append([y, *compiled.backward(np.cos(y), cache)])
    for found, wanted in zip(*results[::-1], strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-13)
