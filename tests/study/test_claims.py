"""Studies: what is true is proved, what is false is never, pages and pictures are the same in every run."""

from __future__ import annotations

from pathlib import Path

import pytest
import sympy as sp

import symnet as sn
from symnet.study.algebra import counterexample, is_zero
from symnet.study.claims import AtLeastZero, Equal, Limit, induction
from symnet.study.definitions.landscapes import rosenbrock, saddle
from symnet.study.paths import path
from symnet.study.rules import derived, same_run, same_steps, stepped

b, e = sp.symbols("b e", positive=True)
w, v, g = sp.symbols("w v g", real=True)
t, k = sp.symbols("t k", integer=True, positive=True)
x = sp.IndexedBase("x", real=True)
ROOT = Path(__file__).parents[2]


# The normal form


@pytest.mark.parametrize(
    "expr",
    [
        b ** (t - k) - b**t / b**k,
        b ** (2 * t + 1) - b * (b**t) ** 2,
        sp.Sum(b ** (t - k) * x[k], (k, 1, t)) - b * sp.Sum(b ** (t - 1 - k) * x[k], (k, 1, t - 1)) - x[t],
        sp.Sum(x[k], (k, 1, t + 2)) - sp.Sum(x[k], (k, 1, t)) - x[t + 1] - x[t + 2],
        sp.Sum(x[k], (k, 1, 3)) - x[1] - x[2] - x[3],
        sp.binomial(t, 2) - t * (t - 1) / 2,
        1 / (1 - b) - 1 - b / (1 - b),
    ],
)
def test_identities_have_the_normal_form_zero(expr):
    assert is_zero(expr)


@pytest.mark.parametrize(
    "expr",
    [
        b ** (t - k) - b**t / b ** (k + 1),
        sp.Sum(b ** (t - k) * x[k], (k, 1, t)) - b * sp.Sum(b ** (t - 1 - k) * x[k], (k, 1, t - 1)),
        sp.Sum(x[k], (k, 1, t)) - sp.Sum(x[k], (k, 1, t - 1)) + x[t],
        sp.Sum(x[k], (k, 2, t)) - sp.Sum(x[k], (k, 1, t)),
        sp.sqrt(b**2 + e**2) - b - e,
        sp.zoo,
        sp.nan,
    ],
)
def test_what_is_not_zero_is_not_proved(expr):
    assert not is_zero(expr)


def test_a_counterexample_makes_the_sides_differ():
    values = counterexample((b + e) ** 2, b**2 + e**2)
    assert values and (2 * b * e).subs(values) != 0
    assert counterexample((b + e) ** 2, b**2 + 2 * b * e + e**2) is None


# Claims


def test_false_claims_are_not_proved_and_say_why():
    assert Equal(w + g, w - g).prove().state == "refuted"
    assert not AtLeastZero(b**2 - e).prove().proved
    assert not AtLeastZero((b - e) ** 2, strict=True).prove().proved
    assert not Limit(1 / b, b, sp.oo, sp.S.One).prove().proved
    verdict = induction([Equal(w, w)], [Equal(w, g)]).prove()
    assert not verdict.proved


def test_what_a_rule_computes_comes_from_its_definition():
    after = stepped("momentum", {"w": w, "v": v}, g, {"lr": e, "beta": b})
    assert is_zero(after["v"] - (b * v + g)) and is_zero(after["w"] - (w - e * (b * v + g)))


beta, eta = sp.symbols("beta eta", positive=True)


@pytest.mark.parametrize("prove", [same_run, same_steps])
def test_a_wrong_change_of_variables_is_not_proved(prove):
    right, wrong = {"w": w, "v": (1 - beta) * v}, {"w": w, "v": beta * v}
    constants = {"lr": eta / (1 - beta), "beta": beta}
    assert prove("momentum", "momentum_average", right, constants).prove().proved
    assert not prove("momentum", "momentum_average", wrong, constants).prove().proved
    assert not prove("momentum", "momentum_average", right, {"lr": eta, "beta": beta}).prove().proved
    assert not prove("nesterov", "nesterov_shifted", {"w": w, "v": v}, {}).prove().proved


def test_rules_that_take_their_gradient_elsewhere_are_not_the_same_run():
    assert not same_run("nesterov", "momentum_velocity", {"w": w, "v": v}, {}).prove().proved
    assert same_steps("nesterov", "momentum_velocity", {"w": w, "v": v}, {}).prove().proved  # given the gradients


# Behaviour


def test_derived_hessians_are_exact():
    one = {"x": sp.Integer(1), "y": sp.Integer(1)}
    assert derived(rosenbrock, "hessian", one) == {"x": 802, "x,y": -400, "y,x": -400, "y": 200}
    assert derived(saddle, "gradient", one) == {"x": 2, "y": -2}


def test_runs_go_to_the_minimum_and_leave_the_saddle():
    assert path(rosenbrock, "adam", (-1.5, 2.0), 2000, {"lr": 0.05})[-1] == pytest.approx([1, 1], abs=1e-3)
    assert abs(path(saddle, "momentum", (1.0, 1e-3), 60, {"lr": 0.05})[-1][1]) > 1


@pytest.mark.parametrize("lr, shrinks", [(0.39, True), (0.41, False)])
def test_the_bound_of_the_step_size_is_seen(lr, shrinks):
    from symnet.study.definitions.landscapes import quadratic

    function, rule = sn.compile(quadratic), sn.compile("gradient_descent")
    place = sn.compile("gradient_descent").step
    point, state = 1.0, rule.init(1.0)
    for _ in range(50):
        _, cache = function.forward(point, curvature=5.0)
        (slope,) = function.backward(1.0, cache)
        point, state = place(float(point), float(slope), state, lr=lr)
    assert (abs(point) < 1) == shrinks
