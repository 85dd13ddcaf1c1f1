"""Stable forms: the helpers against mpmath, and the shapes that the stable pass gives to expressions."""

from __future__ import annotations

import warnings

import mpmath
import numpy as np
import pytest

import symnet as sn
from symnet.catalog import load
from symnet.codegen.layout import module_text
from symnet.derivation import derive
from tests.codegen.agreement import STYLES, loaded, worst_ulp
from tests.codegen.operations import CASES

every_style = pytest.mark.parametrize("style", STYLES)
POINTS = np.concatenate([np.linspace(-8, 8, 1601), np.logspace(-30, 4, 200), -np.logspace(-30, 4, 200)])


def helper(name: str):
    @sn.op
    def one(x: "n"):
        return getattr(sn, name)(x)

    return getattr(loaded(sn.compile(one, "readable").source), f"_{name}")


EXACT = {
    "sigmoid": lambda x: 1 / (1 + mpmath.exp(-x)),
    "softplus": lambda x: mpmath.log1p(mpmath.exp(x)) if x < 50 else x + mpmath.exp(-x),
    "erf": mpmath.erf,
}


@pytest.mark.parametrize("dtype", [np.float64, np.float32], ids=["float64", "float32"])
@pytest.mark.parametrize("name", EXACT)
def test_helpers_are_right_to_a_few_ulp_and_silent(name, dtype):
    x = POINTS.astype(dtype)
    with warnings.catch_warnings(), np.errstate(all="raise", under="ignore"):
        warnings.simplefilter("error")
        found = helper(name)(x)
    assert found.dtype == dtype
    with mpmath.workdps(40):
        assert worst_ulp(found, [EXACT[name](mpmath.mpf(float(v))) for v in x]) < 5


def test_helpers_take_scalars():
    for name in EXACT:
        for value in (np.float32(-2), np.float64(3)):
            assert type(helper(name)(value)) is type(value)


def test_nan_passes_through_erf():
    assert np.isnan(helper("erf")(np.array([np.nan]))[0])


def logits(n: int, dtype) -> np.ndarray:
    rng = np.random.default_rng(0)
    return (1e4 * rng.choice([-1, 1], (n, 1)) + rng.normal(size=(n, 5))).astype(dtype)


@every_style
@pytest.mark.parametrize("dtype", [np.float64, np.float32], ids=["float64", "float32"])
def test_a_loss_of_logits_near_1e4_keeps_its_digits(dtype, style):
    z, labels = logits(6, dtype), np.arange(6) % 5
    loss, _ = sn.compile(load("softmax_cross_entropy_labels"), style).forward(z, labels)
    with mpmath.workdps(40):
        rows = [[mpmath.mpf(float(v)) for v in row] for row in z]
        sums = [mpmath.log(mpmath.fsum(mpmath.exp(v) for v in row)) - row[k] for row, k in zip(rows, labels)]
        exact = mpmath.fsum(sums) / 6
    assert abs(float(loss) - float(exact)) < 8 * np.finfo(dtype).eps * float(exact)


@every_style
@pytest.mark.parametrize("dtype", [np.float64, np.float32], ids=["float64", "float32"])
def test_a_named_logsumexp_is_as_accurate_as_an_inline_one(dtype, style):
    @sn.op
    def named(z: "n c"):
        lse = sn.logsumexp(z, over="c")
        return sn.exp(z - lse)

    z = logits(6, dtype)
    p, _ = sn.compile(named, style).forward(z)
    q, _ = sn.compile(load("softmax"), style).forward(z)
    assert np.array_equal(p, q)


@every_style
def test_a_softmax_may_be_read_under_names_in_another_order(style):
    """The axes of a sum of two arrays stand in the order of their names, which is another one for [b, a]."""

    @sn.op
    def both(x: "j n", y: "j m", w: "a b") -> "a b":
        lse = sn.logsumexp(x + y, over="j")
        p = sn.exp(x["j b"] + y["j a"] - lse["b a"])
        return w * sn.sum(p * x["j b"], over="j")

    rng = np.random.default_rng(0)
    x, y, w = (rng.normal(size=s) for s in ((3, 4), (3, 4), (4, 4)))
    e = np.exp(x[:, None, :] + y[:, :, None])
    value, _ = sn.compile(both, style).forward(x, y, w)
    np.testing.assert_allclose(value, w * (e * x[:, None, :]).sum(axis=0) / e.sum(axis=0), rtol=1e-13)


@every_style
def test_logsumexp_of_a_negative_loss_is_grouped_well(style):
    @sn.op
    def loss(z: "n c", t: sn.labels("n", below="c")):
        return sn.mean(sn.logsumexp(z, over="c") - z["n", t])

    z = logits(6, np.float32)
    value, _ = sn.compile(loss, style).forward(z, np.arange(6) % 5)
    again, _ = sn.compile(load("softmax_cross_entropy_labels"), style).forward(z, np.arange(6) % 5)
    assert abs(value - again) <= 4 * np.spacing(again)


@every_style
def test_small_arguments_keep_their_digits(style):
    @sn.op
    def small(x: "n"):
        return sn.exp(x) - 1 + sn.log(1 + x)

    y, _ = sn.compile(small, style).forward(np.array([1e-12]))
    assert y[0] == pytest.approx(2e-12, rel=1e-12)


@every_style
def test_a_softplus_beside_larger_numbers_keeps_its_digits(style):
    @sn.op
    def tail(a: "n", b: "n", w: "n"):
        return sn.maximum(a, b) + sn.softplus(-sn.abs(a - b)), w * (sn.softplus(a) + sn.softplus(-a))

    a, b, w = np.array([0, 0, 50.0]), np.array([-30, -np.inf, 0]), np.array([1, 1, 1e20])
    (largest, both), _ = sn.compile(tail, style).forward(a, b, w)
    assert largest == pytest.approx([np.log1p(np.exp(-30)), 0, 50], rel=1e-15) and both[2] == 50e20


@every_style
@pytest.mark.parametrize("low", [-1e4, -1e30])
def test_the_logarithm_of_two_exponentials_is_about_the_larger_whichever_that_is(low, style):
    """Also where a definition has taken the larger out itself, and of three."""

    @sn.op
    def two(a: "n", b: "n"):
        m = sn.maximum(a, b)
        return m + sn.log(sn.exp(a - m) + sn.exp(b - m)), sn.log(sn.exp(a) + sn.exp(b))

    @sn.op
    def three(a: "n", b: "n", c: "n"):
        return 2 * c + sn.log(sn.exp(a) + sn.exp(b) + sn.exp(c))

    @sn.op
    def soft_minimum(a: "n", b: "n", c: "n", *, gamma=0.25):
        m = sn.minimum(sn.minimum(a, b), c)
        return m - gamma * sn.log(sn.exp((m - a) / gamma) + sn.exp((m - b) / gamma) + sn.exp((m - c) / gamma))

    a, b, c = np.array([low, 1, low, 2, low]), np.array([1, low, low, 2, 0]), np.array([low, low, 3, 2, 1e-9])
    wanted = np.logaddexp(a, b)
    for found in sn.compile(two, style).forward(a, b)[0]:
        np.testing.assert_allclose(found, wanted, rtol=1e-15)
    wanted = np.logaddexp(wanted, c)
    shares = np.exp(np.array([a, b, c]) - wanted)
    total, cache = sn.compile(three, style).forward(a, b, c)
    np.testing.assert_allclose(total, 2 * c + wanted, rtol=1e-15)
    np.testing.assert_allclose(
        sn.compile(three, style).backward(np.ones(5), cache), shares + [[0], [0], [2]], rtol=1e-14
    )
    least, cache = sn.compile(soft_minimum, style).forward(-a / 4, -b / 4, -c / 4)
    np.testing.assert_allclose(least, -wanted / 4, rtol=1e-15)
    np.testing.assert_allclose(sn.compile(soft_minimum, style).backward(np.ones(5), cache), shares, rtol=1e-14)


def test_the_slope_of_tanh_does_not_cancel():
    assert "(1 - y) * (1 + y)" in sn.compile(load("tanh"), "readable").source


def test_powers_are_products():
    source = sn.compile(CASES["poly"][0], "readable").source.partition("import numpy")[2]
    assert "**3" not in source and "**5" not in source and "x**2 * x" in source


@sn.op
def weighted_entropy(z: "n", w: "n"):
    p = sn.sigmoid(2 * z)
    return sn.sum(-w * sn.log(p) - (3 - w) * sn.log(1 - p), over="n")


@every_style
def test_the_logarithms_of_p_and_of_1_minus_p_are_one(style):
    module = sn.compile(weighted_entropy, style)
    z, w = np.array([-1e4, -40, -3, 0, 0.5, 40, 1e4]), np.array([0, 0, 1, 2, 0.25, 3, 3])
    for one, weight in zip(z, w):  # where w is 0 or 3 the exact value may be tiny: nothing cancels
        with mpmath.workdps(60):
            e = mpmath.exp(-abs(2 * mpmath.mpf(one)))
            exact = 3 * mpmath.log1p(e) + weight * max(-2 * one, 0) + (3 - weight) * max(2 * one, 0)
        assert module.forward(np.array([one]), np.array([weight]))[0] == pytest.approx(float(exact), rel=1e-15)


def test_log_p_and_log_1_minus_p_share_one_logarithm():
    assert module_text(derive(weighted_entropy), "readable").count("log1p") == 1


@every_style
def test_the_gradient_of_orthogonal_vectors_is_finite(style):
    f = sn.compile(load("cosine"), style)
    _, cache = f.forward(np.array([[1.0, 0.0]]), np.array([[0.0, 1.0]]))
    du, dv = f.backward(1.0, cache)
    assert np.array_equal(du, [[0, -1]]) and np.array_equal(dv, [[-1, 0]])


@every_style
def test_a_row_whose_weights_are_all_zero_adds_nothing_to_a_gradient(style):
    @sn.op
    def loss(z: "n c", w: sn.mask("n c")):
        return -sn.sum(w * (z - sn.logsumexp(z, over="c")))

    z = logits(2, np.float64)
    f = sn.compile(loss, style)
    _, cache = f.forward(z, np.array([[0.0] * 5, [0, 1, 0, 0, 0]]))
    (dz,) = f.backward(1.0, cache)
    p, _ = sn.compile(load("softmax"), style).forward(z)
    np.testing.assert_allclose(dz, [np.zeros(5), p[1] - np.eye(5)[1]], rtol=1e-12, atol=1e-12)


@every_style
def test_gradients_of_distances_far_from_0_keep_their_digits(style):
    """The parts of sum_m w[n,m] (x[n] - x[m]) are far larger than it where the points are near each other."""

    @sn.op
    def distances(x: "n d"):
        return sn.sqrt(sn.sum((x - x["m d"]) ** 2, over="d") + 1e-8)

    x = (1e3 + np.random.default_rng(0).normal(size=(30, 4))).astype(np.float32)
    f = sn.compile(distances, style)
    results = []
    for dtype in (np.float32, np.float64):
        y, cache = f.forward(x.astype(dtype))
        results.append((y, *f.backward(np.ones_like(y), cache)))
    (y, dx), (exact, slope) = results
    np.testing.assert_allclose(y, exact, rtol=1e-5)
    np.testing.assert_allclose(dx, slope, rtol=1e-5, atol=1e-4)


@every_style
@pytest.mark.parametrize("scale", [1e13, 1e-16])
def test_gradients_of_cosine_similarities_stay_in_the_range_of_float32(scale, style):
    @sn.op
    def similarities(x: "n d"):
        z = x / sn.sqrt(sn.sum(x**2, over="d"))
        return sn.sum(z * z["m d"], over="d")

    f = sn.compile(similarities, style)
    x = np.random.default_rng(0).normal(size=(5, 4))
    dy = np.random.default_rng(1).normal(size=(5, 5))
    (exact,) = f.backward(dy, f.forward(x)[1])
    (found,) = f.backward(dy.astype(np.float32), f.forward((scale * x).astype(np.float32))[1])
    np.testing.assert_allclose(found * scale, exact, rtol=1e-4, atol=1e-5)


def odds(u):
    s = sn.sigmoid(u)
    return s / (s - 1) ** 3


def square_root(u):
    return sn.exp(u) / (1 + sn.exp(u)) ** 0.5


def known_to_be_small(u, *, k: "(0, 1]" = 0.1):
    s = sn.sigmoid(u)
    return (1 - s) ** k


@every_style
@pytest.mark.parametrize("function", [odds, square_root, known_to_be_small], ids=lambda f: f.__name__)
def test_a_steep_power_of_1_minus_a_sigmoid_keeps_its_digits(function, style):
    """1 - s is 0 where the sigmoid rounds to 1, and its power or the slope of that may be anything."""
    exact = {
        odds: lambda u: -mpmath.exp(u) * (1 + mpmath.exp(u)) ** 2,
        square_root: lambda u: mpmath.exp(u) / mpmath.sqrt(1 + mpmath.exp(u)),
        known_to_be_small: lambda u: (1 + mpmath.exp(u)) ** -mpmath.mpf(0.1),
    }[function]
    points = [-30.0, 1.0, 40.0, 100.0]
    f = sn.compile(sn.op(function, inputs={"u": "n"}), style)
    y, cache = f.forward(np.array(points))
    with mpmath.workdps(80):
        np.testing.assert_allclose(y, [float(exact(mpmath.mpf(u))) for u in points], rtol=1e-13)
        slopes = [float(mpmath.diff(exact, mpmath.mpf(u))) for u in points]
    np.testing.assert_allclose(f.backward(np.ones(4), cache)[0], slopes, rtol=1e-13)


@every_style
def test_what_has_vanished_beside_an_exponential_is_zero(style):
    @sn.op
    def saturated(x: "n"):
        return x * sn.tanh(sn.exp(x)) + sn.exp(-sn.exp(-x))

    x = np.array([-1e15, -1e3, 0.5, 1e3, 1e15])
    with np.errstate(over="ignore"):
        _, cache = (f := sn.compile(saturated, style)).forward(x)
        (dx,) = f.backward(np.ones_like(x), cache)
    e = np.exp(0.5)
    middle = np.tanh(e) + 0.5 * e / np.cosh(e) ** 2 + np.exp(-0.5 - np.exp(-0.5))
    assert np.allclose(dx, [0, 0, middle, 1, 1], rtol=1e-14)


@every_style
def test_what_vanishes_as_a_power_is_not_held(style):
    @sn.op
    def seventh(x: "n"):
        return (1 + sn.exp(x)) ** -7.0

    x = np.array([40.0, 42.0])
    _, cache = (f := sn.compile(seventh, style)).forward(x)
    (dx,) = f.backward(np.ones(2), cache)
    assert np.allclose(dx, -7 * np.exp(-7 * x), rtol=1e-13)


@every_style
@pytest.mark.parametrize("dtype", [np.float32, np.float64], ids=str)
def test_a_sum_of_1_minus_an_exponential_is_kept_together(style, dtype):
    """Apart, the number of the terms and the sum of e^u would cancel."""

    @sn.op
    def decays(u: "n m", a: "n") -> "n":
        return a * sn.sum(1 - sn.exp(u), "m")

    u, a = np.full((2, 3), 1e-6, dtype), np.array([1, -2], dtype)
    y, cache = (f := sn.compile(decays, style)).forward(u, a)
    _, da = f.backward(np.ones(2, dtype), cache)
    lost = -3 * np.expm1(1e-6)
    np.testing.assert_allclose(y, lost * a, rtol=4 * np.finfo(dtype).eps)
    np.testing.assert_allclose(da, [lost, lost], rtol=4 * np.finfo(dtype).eps)
