"""Claims about arrays, moments, bounds and integrals: true ones are proved, wrong ones never."""

from __future__ import annotations

import pytest
import sympy as sp

import symnet as sn
from symnet.catalog import load
from symnet.errors import SymnetError
from symnet.study.claims import AtLeastZero, AtMost, Equal, Integral, Limit, assumed, latex
from symnet.study.definitions import likelihoods as law
from symnet.study.definitions import networks as net
from symnet.study.definitions import slopes
from symnet.study.moments import FAIR_SIGN, Law, Mean, Variance, bernoulli, centred, expectation
from symnet.study.rules import derived, value
from symnet.study.tensors import Gradient, SameMap, SameShape, parameters

a, b, p, s2, v = sp.symbols("a b p sigma^2 v", positive=True)
x, y, z = sp.symbols("x y z", real=True)
i, j = sp.symbols("i j", integer=True)
n = sp.Symbol("n", integer=True, positive=True)
w, u, c, m = (sp.IndexedBase(name, real=True) for name in "wucm")


# Arrays


@sn.op
def wrong_layer(x: "n d", w1: "d h", b1: "h", w2: "h o", b2: "o") -> "n o":
    """The bias of the first layer is forgotten."""
    y = sn.sum(x * sn.sum(w1 * w2, over="h"), over="d") + b2
    return y


@sn.op
def wrong_sign(z: "n c", y: sn.one_hot("n c")):
    """The sign of y is wrong."""
    dz = (sn.softmax(z, over="c") + y) / sn.size("n")
    return dz


@sn.op
def wrong_mean(z: "n c", y: sn.one_hot("n c")):
    """The mean is forgotten."""
    dz = sn.softmax(z, over="c") - y
    return dz


@sn.op
def transposed(x: "n d", w: "d h", b: "h") -> "h n":
    """The axes are turned."""
    y = sn.sum(x * w, over="d") + b
    return y


@sn.op
def without_products(z: "c"):
    """The Hessian of softmax with cross-entropy without p p^T."""
    p = sn.softmax(z, over="c")
    q = p["k"]
    h = sn.where(sn.index("c") == sn.index("k"), p, 0) + 0 * q
    return h


def test_networks_that_compute_the_same_are_the_same():
    assert SameMap(net.two_linear_layers, net.one_linear_layer).prove().proved
    assert SameMap(net.two_linear_layers, wrong_layer).prove().state == "refuted"
    assert SameMap(load("dense"), load("dense")).prove().proved


def test_turned_axes_are_not_the_same():
    assert not SameMap(load("dense"), transposed).prove().proved


def test_gradients_come_from_the_engine():
    loss = load("softmax_cross_entropy")
    assert Gradient(loss, "z", law.categorical_slope).prove().proved
    assert Gradient(loss, "z", wrong_sign).prove().state == "refuted"
    assert Gradient(loss, "z", wrong_mean).prove().state == "refuted"
    assert not Gradient(load("dense"), "x", net.transposed_dx).prove().proved


def test_hessians_come_from_the_engine():
    assert Gradient(law.one_of_classes, "z", law.categorical_hessian, what="hessian").prove().proved
    assert Gradient(law.one_of_classes, "z", without_products, what="hessian").prove().state == "refuted"


def test_jacobians_come_from_the_engine():
    assert Gradient(net.composed, "x", net.composed_jacobian, what="jacobian").prove().proved
    assert not Gradient(net.composed, "x", net.transposed_dw, what="jacobian").prove().proved


def test_an_activation_of_arrays_is_known_by_one_entry():
    elu, alpha = load("elu"), {"alpha": a}
    assert value(elu, {"x": p}, alpha) == p and value(load("relu"), {"x": -p}) == 0
    assert derived(elu, "gradient", {"x": -p}, alpha)["x"] == a * sp.exp(-p)
    assert value(load("relu"), {"x": x}).has(x)  # the sign of x is not known


def test_the_logarithm_goes_into_products_of_positive_factors_only():
    @sn.op
    def product(x: "n"):
        return sn.log(sn.prod(x, over="n"))

    @sn.op
    def total(x: "n"):
        return sn.sum(sn.log(x), over="n")

    assert not SameMap(product, total).prove().proved  # two negative factors
    assert SameMap(law.bernoulli, load("binary_cross_entropy")).prove().proved
    assert not SameMap(law.laplace, law.gaussian_loss).prove().proved


def test_sides_without_a_common_point_are_not_refuted():
    @sn.op
    def first(x: "n"):
        return sn.sqrt(-1 - x**2)

    @sn.op
    def second(x: "n"):
        return sn.log(-1 - x**2)

    assert SameMap(first, second).prove().state == "open"
    assert Equal(sp.log(x**2), 2 * sp.log(x)).prove().state == "open"


def test_shapes_and_counts_are_read_from_the_definition():
    assert SameShape(load("dense"), "w").prove().proved
    assert parameters(load("dense"), ["x"], {"d": sp.Integer(3), "h": sp.Integer(2)}) == 8


# Moments


def test_variance_of_a_weighted_sum():
    total = sp.Sum(w[i] * u[i], (i, 1, n))
    laws = {w: centred(s2), u: centred(v)}
    assert Variance(total, laws, n * s2 * v).prove().proved
    assert Variance(total, laws, s2 * v).prove().state == "open"
    skewed = {w: centred(s2), u: Law((a, v))}  # the mean square of u, not its variance
    assert Variance(total, skewed, n * s2 * v).prove().proved


def test_expectation_over_masks():
    kept = sp.Sum(m[i] * c[i], (i, 1, n))
    assert Mean(kept, {m: bernoulli(p)}, p * sp.Sum(c[i], (i, 1, n))).prove().proved
    assert not Mean(kept, {m: bernoulli(p)}, sp.Sum(c[i], (i, 1, n))).prove().proved
    assert Variance(kept, {m: bernoulli(p)}, p * (1 - p) * sp.Sum(c[i] ** 2, (i, 1, n))).prove().proved
    assert not Variance(kept, {m: bernoulli(p)}, p * sp.Sum(c[i] ** 2, (i, 1, n))).prove().proved


def test_what_is_assumed_of_the_variables_is_said():
    total = Variance(sp.Sum(w[i], (i, 1, n)), {w: centred(s2)}, n * s2)
    assert total.given() == ("independent",)
    assert total.hypotheses() == (r"\operatorname{E} w_i = 0", r"\operatorname{E} w_i^2 = \sigma^{2}")
    single = Mean(x, {x: bernoulli(p)}, p)
    assert single.given() == () and single.hypotheses() == ("P(x = 1) = p", "P(x = 0) = 1 - p")


def test_finite_laws_are_enumerated():
    s = sp.Symbol("s")
    assert Mean(sp.Max(0, s * a) ** 2, {s: FAIR_SIGN}, a**2 / 2).prove().proved
    assert not Mean(sp.Max(0, s * a) ** 2, {s: FAIR_SIGN}, a**2).prove().proved


@pytest.mark.parametrize(
    "expr",
    [
        w[i] * w[j],  # i may be j
        sp.exp(x),
        x**3,
        sp.Sum(w[i], (i, 1, n)) * w[1],
        sp.Sum(x * c[i], (i, 1, n)),
        sp.Sum(w[i] * w[i + 1], (i, 1, n)),
        sp.Sum(w[i], (i, 1, n)) ** 3,
        1 / x,
    ],
)
def test_what_moments_do_not_decide_is_refused(expr):
    with pytest.raises(SymnetError):
        expectation(expr, {w: centred(s2), x: centred(v)})


# Bounds, limits, integrals


def test_bounds():
    assert AtMost(sp.Abs(x * y), sp.Abs(y) * sp.Abs(x)).prove().proved
    assert AtMost(a * b, (a + b) ** 2 / 4).prove().proved
    assert AtMost((a + b) ** 2 / 4, a * b).prove().state == "refuted"
    assert not AtLeastZero(x).prove().proved
    slope = derived(slopes.sigmoid, "gradient", {"x": x})["x"]
    assert AtMost(slope, sp.Rational(1, 4)).prove().proved
    assert not AtMost(slope, sp.Rational(1, 5)).prove().proved


def test_brackets_are_settled_by_assumptions_only():
    assert derived(slopes.relu, "gradient", {"x": a})["x"] == 1
    assert derived(slopes.relu, "gradient", {"x": -a})["x"] == 0
    assert derived(slopes.relu, "gradient", {"x": x})["x"] not in (0, 1)


def test_integrals():
    low, high = sp.symbols("l h", real=True)
    assert Integral((x - (low + high) / 2) ** 2 / (high - low), x, low, high, (high - low) ** 2 / 12).prove().proved
    assert not Integral((x - (low + high) / 2) ** 2 / (high - low), x, low, high, (high - low) ** 2 / 3).prove().proved
    assert not Integral(1 / x**2, x, -sp.S.One, sp.S.One, sp.Integer(-2)).prove().proved  # through a pole
    assert not Integral(1 / x, x, -sp.S.One, sp.S.One, sp.S.Zero).prove().proved


def test_limits():
    assert Limit(1 / (1 + a), a, sp.oo, sp.S.Zero).prove().proved
    assert Limit(1 / (1 + a), a, sp.oo, sp.S.One).prove().state == "refuted"
    assert list(Limit(a, a, sp.S.Zero, sp.S.Zero, sp.Symbol("f(a)")).formulas()) == [
        (None, r"\lim_{a \to 0} f(a) = \lim_{a \to 0} a = 0")
    ]


def test_assumptions_are_named():
    assert assumed({a, n, x}) == ["a > 0", r"n \in \{1, 2, \dots\}"]
    assert Equal(a, a).symbols() == {a}
    assert latex(1 - a) == "1 - a"
