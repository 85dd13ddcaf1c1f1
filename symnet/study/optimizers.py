"""The study of update rules: their identities, proved from the definitions of the catalogue."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import sympy as sp

from symnet.study.claims import AtLeastZero, AtMost, Equal, Limit, cases, induction, steps
from symnet.study.definitions.landscapes import quadratic
from symnet.study.rules import begun, derived, same_run, same_steps, stepped
from symnet.study.study import Item, Line, Section, Study, study

beta, eta, epsilon, curvature = sp.symbols("beta eta epsilon lambda", positive=True)
beta1, beta2 = sp.symbols("beta_1 beta_2", positive=True)
t, k = sp.symbols("t k", integer=True, positive=True)
w, v, c, g, m = sp.symbols("w v c g m", real=True)
x = sp.IndexedBase("x", real=True)


def lines() -> Iterator[Item]:
    yield from averages()
    yield from momentum()
    yield from nesterov()
    yield from adam()
    yield from roots()
    yield from step_size()
    yield from stopping()
    yield from batches()


def unrolled(n: sp.Expr) -> sp.Expr:
    """The average after n steps."""
    return (1 - beta) * sp.Sum(beta ** (n - k) * x[k], (k, 1, n))


def weights(n: sp.Expr) -> sp.Expr:
    """The sum of the weights after n steps."""
    return sp.Sum((1 - beta) * beta ** (n - k), (k, 1, n))


def averages() -> Iterator[Item]:
    yield Section("averages")
    step = stepped("weighted_average", {"m": m}, x[t])["m"]
    name = sp.Symbol("m_t")
    yield Line("rule_of_average", Equal(step, beta * m + (1 - beta) * x[t], name))
    after = stepped("weighted_average", {"m": unrolled(t - 1)}, x[t])["m"]
    yield Line("unrolled", induction([Equal(unrolled(sp.S.Zero), sp.S.Zero)], [Equal(after, unrolled(t))]))
    closed = 1 - beta**t
    before = closed.subs(t, t - 1)
    yield Line(
        "weights_sum",
        induction(
            [Equal(weights(sp.S.Zero), closed.subs(t, 0))],
            [Equal(weights(t), beta * weights(t - 1) + 1 - beta), Equal(beta * before + 1 - beta, closed)],
        ),
    )
    corrected = stepped("weighted_average_corrected", {"a": c, "m": c * before, "t": t - 1}, c)
    yield Line(
        "bias_correction",
        induction(
            [Equal(c * closed.subs(t, 0), sp.S.Zero, sp.Symbol("m_0"))],
            [Equal(corrected["m"], c * closed), Equal(corrected["a"], c)],
        ),
    )
    h = sp.Symbol("h", positive=True)
    yield Line("memory", Limit((1 - h) ** (1 / h), h, sp.S.Zero, sp.exp(-1)))


def momentum() -> Iterator[Item]:
    yield Section("momentum")
    average = {"w": w, "v": (1 - beta) * v}
    by_average = {"lr": eta / (1 - beta), "beta": beta}
    yield Line("momentum_average", same_run("momentum", "momentum_average", average, by_average))
    yield Line("momentum_steps", same_steps("momentum", "momentum_average", average, by_average))
    yield Line("momentum_velocity", same_run("momentum", "momentum_velocity", {"w": w, "v": -eta * v}, {}))


def nesterov() -> Iterator[Item]:
    yield Section("nesterov")
    change = {"w": w + beta * v, "v": v}
    yield Line("nesterov_shifted", same_run("nesterov", "nesterov_shifted", change, {}))
    yield Line("nesterov_steps", same_steps("nesterov", "nesterov_shifted", change, {}))


def adam() -> Iterator[Item]:
    from symnet.catalog import load

    p, moved = sp.Symbol("p", positive=True), sp.Symbol(r"\Delta w")

    def first(name: str, slope: sp.Expr) -> sp.Expr:
        return stepped(name, begun(load(name), w), slope)["w"] - w

    yield Section("adam")
    yield Line(
        "adam_first",
        cases(
            ("positive_gradient", Equal(first("adam", p), -eta * p / (p + epsilon), moved)),
            ("negative_gradient", Equal(first("adam", -p), eta * p / (p + epsilon), moved)),
        ),
    )
    yield Line("epsilon_takes", Equal(eta + first("adam", p), eta * epsilon / (p + epsilon)))
    yield Line(
        "uncorrected", Limit(-first("adam_uncorrected", p) / eta, epsilon, sp.S.Zero, (1 - beta1) / sp.sqrt(1 - beta2))
    )
    factor = (1 - beta1) / sp.sqrt(1 - beta2)
    usual = {beta1: sp.Rational(9, 10), beta2: sp.Rational(999, 1000)}
    yield Line(
        "uncorrected_usual", Equal(factor.subs(usual), sp.sqrt(10), sp.Symbol(r"\frac{1 - 0.9}{\sqrt{1 - 0.999}}"))
    )
    s = sp.Symbol("s", positive=True)  # the root of the second moment
    state = {"w": w, "m": m, "v": s**2, "t": t}
    yield Line(
        "adamw_is_adam",
        Equal(stepped("adamw", state, g, {"decay": sp.S.Zero})["w"], stepped("adam", state, g)["w"], sp.Symbol("w_t")),
    )
    yield Line(
        "lion_first",
        cases(
            ("positive_gradient", Equal(_lion(p), -eta, moved)),
            ("negative_gradient", Equal(_lion(-p), eta, moved)),
        ),
    )


def _lion(slope: sp.Expr) -> sp.Expr:
    """Lion's first step, for a beta1 = 1 / (1 + r) with r > 0: between 0 and 1."""
    r = sp.Symbol("r", positive=True)
    constants = {"decay": sp.S.Zero, "beta1": 1 / (1 + r)}
    from symnet.catalog import load
    from symnet.ir import functions as fn

    start = begun(load("lion"), w)
    moved = stepped("lion", start, slope, constants)["w"] - w
    return moved.replace(fn.sign, lambda a: sp.sign(sp.factor(sp.together(a))))


def roots() -> Iterator[Item]:
    yield Section("roots")
    at_most = sp.Symbol(r"\frac{(\epsilon + \epsilon)^{2}}{\epsilon^{2} + \epsilon^{2}}")
    s, taken = sp.Symbol("s", positive=True), sp.Symbol(r"-\Delta w")  # s is the root of the average of squares
    outside = stepped("rmsprop", {"w": w, "s": s**2}, g, {"beta": sp.S.One})["w"]
    inside = stepped("rmsprop_inside", {"w": w, "s": s**2}, g, {"beta": sp.S.One, "eps": epsilon**2})["w"]
    yield Line(
        "roots_definition",
        steps(
            ("outside", Equal(w - outside, eta * g / (s + epsilon), taken)),
            ("inside", Equal(w - inside, eta * g / sp.sqrt(s**2 + epsilon**2), taken)),
        ),
    )
    yield Line("outside_shorter", AtLeastZero((s + epsilon) ** 2 - (s**2 + epsilon**2), strict=True))
    yield Line(
        "at_most_root_2",
        AtLeastZero(2 * (s**2 + epsilon**2) - (s + epsilon) ** 2, name=2 * (s**2 + epsilon**2) - (s + epsilon) ** 2),
    )
    yield Line("reached", Equal(((s + epsilon) ** 2 / (s**2 + epsilon**2)).subs(s, epsilon), sp.S(2), at_most))
    ratio = (s + epsilon) / sp.sqrt(s**2 + epsilon**2)
    yield Line(
        "roots_limits",
        steps(("large", Limit(ratio, s, sp.oo, sp.S.One)), ("small", Limit(ratio, s, sp.S.Zero, sp.S.One))),
    )
    zero = {"w": w, "s": sp.S.Zero}
    inside = stepped("rmsprop_inside", zero, g, {"beta": sp.S.One})["w"]
    outside = stepped("rmsprop", zero, g, {"beta": sp.S.One, "eps": sp.sqrt(epsilon)})["w"]
    yield Line("same_epsilon", Equal(inside, outside, sp.Symbol("w_t")))


def derived_slope(position: sp.Expr) -> sp.Expr:
    """The gradient of the parabola as symnet derives it."""
    return derived(quadratic, "gradient", {"x": position}, {"curvature": curvature})["x"]


def step_size() -> Iterator[Item]:
    yield Section("step_size")
    place = sp.Symbol("x_0", real=True)
    yield Line("parabola_slope", Equal(derived_slope(sp.Symbol("x")), curvature * sp.Symbol("x"), sp.Symbol("f'")))
    closed = (1 - eta * curvature) ** t * place
    before = closed.subs(t, t - 1)
    after = stepped("gradient_descent", {"w": before}, derived_slope(before))["w"]
    yield Line(
        "distance_factor", induction([Equal(closed.subs(t, 0), place, sp.Symbol("w_0"))], [Equal(after, closed)])
    )
    q, a = sp.symbols("q_i a_i", real=True)
    along = stepped("gradient_descent", {"w": q}, a)["w"].subs(a, curvature * q)
    yield Line("eigenvector", Equal(along, (1 - eta * curvature) * q))
    a, b = sp.symbols("a b", positive=True)
    bound = sp.Symbol(r"\left(1 - \frac{2}{\lambda} \lambda\right)^{2}")
    inside = 2 * a / (a + b)  # every number between 0 and 2
    yield Line("shrinks", AtLeastZero(1 - (1 - inside) ** 2, strict=True))
    yield Line(
        "bound",
        steps(
            ("at_bound", Equal(((1 - eta * curvature) ** 2).subs(eta, 2 / curvature), sp.S.One, bound)),
            ("beyond", AtLeastZero((1 - (2 + a)) ** 2 - 1, strict=True)),
        ),
    )


def stopping() -> Iterator[Item]:
    yield Section("stopping")
    d = sp.Symbol("d", real=True)
    spare, tolerance = sp.Symbol("s", nonnegative=True), sp.Symbol("tau", positive=True)
    slope = derived_slope(d)
    yield Line("slope_and_distance", Equal(sp.Abs(slope) / curvature, sp.Abs(d), sp.Symbol("|f'(d)| / \\lambda")))
    yield Line("stopped", AtMost((tolerance / (1 + spare)) / curvature, tolerance / curvature, sp.Symbol("|d|")))


def batches() -> Iterator[Item]:
    yield Section("batches")
    size, part = 5, 2
    gradients = sp.symbols(f"g_1:{size + 1}", real=True)
    every = list(combinations(gradients, part))
    mean = sp.Add(*(sp.Add(*batch) / part for batch in every)) / len(every)
    yield Line("mini_batch_enumerated", Equal(mean, sp.Add(*gradients) / size, sp.Symbol(r"\bar{g}")))
    n, b = sp.symbols("n b", integer=True, positive=True)
    weight = sp.binomial(n - 1, b - 1) / (b * sp.binomial(n, b))
    yield Line("mini_batch_counted", Equal(weight, 1 / n))
    total = sp.Symbol("G", real=True)
    by_sum = stepped("gradient_descent", {"w": w}, total, {"lr": eta / b})["w"]
    by_mean = stepped("gradient_descent", {"w": w}, total / b)["w"]
    yield Line("sum_or_mean", Equal(by_sum, by_mean, sp.Symbol("w_t")))


def optimizers() -> Study:
    """Identities, and behaviour."""
    from symnet.study.paths import runs

    return study("optimizers", [*lines(), *runs()])


__all__ = ["lines", "optimizers"]
