"""Zero times infinity: where a mask or a factor is 0, what is infinite beside it adds nothing to a gradient."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import symnet as sn
from tests.styles import STYLES

every_style = pytest.mark.parametrize("style", STYLES)


@sn.op
def celu(x: "n"):
    return sn.maximum(x, 0) + sn.minimum(0, 0.5 * sn.expm1(x / 0.5))


@sn.op
def elu_with_a_name(x: "n"):
    e = sn.exp(x)
    return sn.maximum(x, 0) + sn.minimum(0, e - 1)


@sn.op
def elu_by_where(x: "n"):
    e = 0.5 * (sn.exp(x) - 1)
    return sn.where(x > 0, x, e)


@sn.op
def reciprocal_or_zero(x: "n"):
    r = 1 / x
    return sn.where(x != 0, r, 0)


@sn.op
def entropy_of_counts(x: "n"):
    log = sn.log(x)
    return sn.where(x > 0, x * log, 0)


@sn.op
def two_masks(x: "n"):
    e = sn.exp(x)
    return sn.where(x > 0, x, e) + sn.where(x < 0, e * e, 1)


@sn.op
def norm_or_zero(x: "n"):
    s = x**2
    r = sn.sqrt(s)
    return sn.where(s > 0, r, 0)


SLOPES = [
    (celu, [-1.0, -1e-9, 1.0, 800.0], [np.exp(-2), 1, 1, 1]),
    (elu_with_a_name, [-1.0, 1.0, 800.0], [np.exp(-1), 1, 1]),
    (elu_by_where, [-1.0, 1.0, 800.0], [np.exp(-1) / 2, 1, 1]),
    (reciprocal_or_zero, [0.0, 2.0], [0, -0.25]),
    (entropy_of_counts, [0.0, 0.5], [0, 1 + np.log(0.5)]),
    (two_masks, [-1.0, 800.0], [np.exp(-1) + 2 * np.exp(-2), 1]),
    (norm_or_zero, [0.0, -3.0], [0, -1]),
]


@every_style
@pytest.mark.parametrize("dtype", [np.float64, np.float32], ids=["float64", "float32"])
@pytest.mark.parametrize("op, points, slopes", SLOPES, ids=[op.name for op, *_ in SLOPES])
def test_what_is_not_taken_adds_nothing_though_it_is_infinite(op, points, slopes, dtype, style):
    module = sn.compile(op, style)
    with np.errstate(all="ignore"):  # the definition's own infinities
        y, cache = module.forward(np.array(points, dtype))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        (dx,) = module.backward(np.ones_like(y), cache)
    np.testing.assert_allclose(dx, np.array(slopes, dtype), rtol=1e-6)


@every_style
def test_a_multiple_of_expm1_keeps_its_digits(style):
    @sn.op
    def scaled(x: "n", *, a=0.3):
        return 0.75 * (sn.exp(x) - 1), a * sn.exp(x) - a

    x = np.array([1e-12, -1e-9, 0.5])
    for y, factor in zip(sn.compile(scaled, style).forward(x)[0], (0.75, 0.3)):
        np.testing.assert_allclose(y, factor * np.expm1(x), rtol=1e-14)


def test_a_mask_multiplies_what_is_finite():
    @sn.op
    def gated(x: "n", w: "n"):
        return w * sn.relu(sn.tanh(x))

    source = sn.compile(gated, "readable").source
    assert "np.where" not in source.split("def backward")[1].split("def _")[0]


@every_style
def test_a_power_has_slope_0_where_its_exponent_is_0(style):
    @sn.op
    def powers(x: "n", c: "k", e: "n", *, p=2.0):
        return sn.sum(c * x ** sn.index("k"), over="k"), x**e, x**p

    module = sn.compile(powers, style)
    x, c, e = np.array([0.0, 0.0, 2.0]), np.array([1.0, 2.0, 3.0]), np.array([0.0, 1.0, 3.0])
    for p, slope in ((0.0, 0.0), (1.0, 1.0)):
        outputs, cache = module.forward(x, c, e, p=p)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            dx, *_ = module.backward(*map(np.ones_like, outputs), cache)
        np.testing.assert_allclose(dx, [2 + slope, 3 + slope, 14 + 12 + slope])
    assert "int(0 == p)" not in module.source


@every_style
def test_the_logarithm_of_a_chosen_probability_stays_finite(style):
    @sn.op
    def loss(z: "n", y: sn.mask("n")):
        p = sn.sigmoid(z)
        chosen = sn.where(y == 1, p, 1 - p)
        return -sn.log(chosen)

    y, cache = sn.compile(loss, style).forward(np.array([800.0, 40.0, -800.0]), np.array([0.0, 0.0, 1.0]))
    np.testing.assert_allclose(y, [800, 40, 800])
    np.testing.assert_allclose(sn.compile(loss, style).backward(np.ones(3), cache)[0], [1, 1, -1])
