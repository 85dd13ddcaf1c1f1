"""The study of update rules: their identities, proved from the definitions of the catalogue."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import sympy as sp

from symnet.study.claims import AtLeastZero, Equal, Limit, Together, cases, induction
from symnet.study.functions import quadratic
from symnet.study.rules import begun, derived, same_run, same_steps, stepped
from symnet.study.study import Experiment, Line, Section, Study, study

beta, eta, epsilon, curvature = sp.symbols("beta eta epsilon lambda", positive=True)
beta1, beta2 = sp.symbols("beta_1 beta_2", positive=True)
t, k = sp.symbols("t k", integer=True, positive=True)
w, v, c, g, m = sp.symbols("w v c g m", real=True)
x = sp.IndexedBase("x", real=True)
Item = Section | Line | Experiment


def lines() -> Iterator[Item]:
    yield from averages()
    yield from momentum()
    yield from nesterov()
    yield from adam()
    yield from roots()
    yield from step_size()
    yield from batches()


def unrolled(n: sp.Expr) -> sp.Expr:
    """The average after n steps."""
    return (1 - beta) * sp.Sum(beta ** (n - k) * x[k], (k, 1, n))


def weights(n: sp.Expr) -> sp.Expr:
    """The sum of the weights after n steps."""
    return sp.Sum((1 - beta) * beta ** (n - k), (k, 1, n))


def averages() -> Iterator[Item]:
    yield Section("Exponentially weighted averages")
    step = stepped("weighted_average", {"m": m}, x[t])["m"]
    name = sp.Symbol("m_t")
    yield Line("The rule of the catalogue.", Equal(step, beta * m + (1 - beta) * x[t], name), "definition")
    after = stepped("weighted_average", {"m": unrolled(t - 1)}, x[t])["m"]
    yield Line(
        "Unrolled, the average is a weighted sum of all values so far; the newest has the weight 1 - beta.",
        induction([Equal(unrolled(sp.S.Zero), sp.S.Zero)], [Equal(after, unrolled(t))]),
        "split off the last term",
    )
    closed = 1 - beta**t
    before = closed.subs(t, t - 1)
    yield Line(
        "The weights sum to 1 - beta^t: less than 1, since the average started at 0.",
        induction(
            [Equal(weights(sp.S.Zero), closed.subs(t, 0))],
            [Equal(weights(t), beta * weights(t - 1) + 1 - beta), Equal(beta * before + 1 - beta, closed)],
        ),
        "geometric sum",
    )
    corrected = stepped("weighted_average_corrected", {"a": c, "m": c * before, "t": t - 1}, c)
    yield Line(
        "Bias correction: of values whose mean is c at every step, m has the mean c (1 - beta^t), and the corrected "
        "average has the mean c. Since both are linear in the values, it is enough to put c for each of them.",
        induction(
            [Equal(c * closed.subs(t, 0), sp.S.Zero, sp.Symbol("m_0"))],
            [Equal(corrected["m"], c * closed), Equal(corrected["a"], c)],
        ),
        "linearity of the mean, division by 1 - beta^t",
    )
    h = sp.Symbol("h", positive=True)
    yield Line(
        "With beta = 1 - h the weight of a value falls to about 1/e of the newest one's after 1/h = 1/(1 - beta) "
        "steps: that many values the average remembers.",
        Limit((1 - h) ** (1 / h), h, sp.S.Zero, sp.exp(-1)),
        "definition of e",
    )


def momentum() -> Iterator[Item]:
    yield Section("The forms of momentum")
    average = {"w": w, "v": (1 - beta) * v}
    by_average = {"lr": eta / (1 - beta), "beta": beta}
    text = "A sum of gradients and an average of them make the same run when the learning rate is divided by 1 - beta"
    yield Line(
        f"{text}; the velocities differ by that factor.",
        same_run("momentum", "momentum_average", average, by_average),
        "change of variables v -> (1 - beta) v",
    )
    yield Line(
        "The first steps of both, written out.",
        same_steps("momentum", "momentum_average", average, by_average),
        "change of variables v -> (1 - beta) v",
    )
    yield Line(
        "When the learning rate is inside the velocity, the velocity is the step itself.",
        same_run("momentum", "momentum_velocity", {"w": w, "v": -eta * v}, {}),
        "change of variables v -> -eta v",
    )


def nesterov() -> Iterator[Item]:
    yield Section("The forms of Nesterov's momentum")
    change = {"w": w + beta * v, "v": v}
    yield Line(
        "Seen from the point looked ahead, w + beta v, Nesterov's momentum takes its gradient where it stands. "
        "The first line of the step says that both rules take it at one point.",
        same_run("nesterov", "nesterov_shifted", change, {}),
        "change of variables w -> w + beta v",
    )
    yield Line(
        "The first steps of both, written out.",
        same_steps("nesterov", "nesterov_shifted", change, {}),
        "change of variables w -> w + beta v",
    )


def adam() -> Iterator[Item]:
    from symnet.catalog import load

    p, moved = sp.Symbol("p", positive=True), sp.Symbol(r"\Delta w")

    def first(name: str, slope: sp.Expr) -> sp.Expr:
        return stepped(name, begun(load(name), w), slope)["w"] - w

    yield Section("Adam")
    yield Line(
        "The first step of Adam, for a gradient g = p and for g = -p: eta against the sign of the gradient, "
        "whatever its size, up to epsilon.",
        cases(
            ("g = p > 0", Equal(first("adam", p), -eta * p / (p + epsilon), moved)),
            ("g = -p < 0", Equal(first("adam", -p), eta * p / (p + epsilon), moved)),
        ),
        "both corrections cancel at t = 1",
    )
    yield Line(
        "What epsilon takes off that step.",
        Equal(eta + first("adam", p), eta * epsilon / (p + epsilon)),
        "difference of fractions",
    )
    yield Line(
        "Without bias correction the first step is longer by the factor (1 - beta1) / sqrt(1 - beta2)",
        Limit(-first("adam_uncorrected", p) / eta, epsilon, sp.S.Zero, (1 - beta1) / sp.sqrt(1 - beta2)),
        "epsilon tends to 0",
    )
    factor = (1 - beta1) / sp.sqrt(1 - beta2)
    usual = {beta1: sp.Rational(9, 10), beta2: sp.Rational(999, 1000)}
    yield Line(
        "which is 3.16 for the usual constants.",
        Equal(factor.subs(usual), sp.sqrt(10), sp.Symbol(r"\frac{1 - 0.9}{\sqrt{1 - 0.999}}")),
        "arithmetic",
    )
    s = sp.Symbol("s", positive=True)  # the root of the second moment
    state = {"w": w, "m": m, "v": s**2, "t": t}
    yield Line(
        "AdamW without decay is Adam.",
        Equal(stepped("adamw", state, g, {"decay": sp.S.Zero})["w"], stepped("adam", state, g)["w"], sp.Symbol("w_t")),
        "definition",
    )
    yield Line(
        "Lion's first step without decay is eta against the sign as well, without an epsilon.",
        cases(
            ("g = p > 0", Equal(_lion(p), -eta, moved)),
            ("g = -p < 0", Equal(_lion(-p), eta, moved)),
        ),
        "sign of (1 - beta1) g",
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
    yield Section("Epsilon inside and outside the root")
    at_most = sp.Symbol(r"\frac{(\epsilon + \epsilon)^{2}}{\epsilon^{2} + \epsilon^{2}}")
    s = sp.Symbol("s", positive=True)  # the root of the average of squares
    outside = stepped("rmsprop", {"w": w, "s": s**2}, g, {"beta": sp.S.One})["w"]
    inside = stepped("rmsprop_inside", {"w": w, "s": s**2}, g, {"beta": sp.S.One, "eps": epsilon**2})["w"]
    yield Line(
        "With a root s of the average of squares, epsilon outside and the square of epsilon inside:",
        Together(
            (
                ("outside", Equal(w - outside, eta * g / (s + epsilon))),
                ("inside", Equal(w - inside, eta * g / sp.sqrt(s**2 + epsilon**2))),
            ),
            "normal forms",
        ),
        "definition",
    )
    yield Line(
        "The step with epsilon outside is never the longer one: its denominator is at least as large.",
        AtLeastZero((s + epsilon) ** 2 - (s**2 + epsilon**2), strict=True),
        "difference of squares",
    )
    yield Line(
        "It is shorter by a factor of at most the root of 2,",
        AtLeastZero(2 * (s**2 + epsilon**2) - (s + epsilon) ** 2, name=2 * (s**2 + epsilon**2) - (s + epsilon) ** 2),
        "a square is not negative",
    )
    yield Line(
        "which is reached where s = epsilon.",
        Equal(((s + epsilon) ** 2 / (s**2 + epsilon**2)).subs(s, epsilon), sp.S(2), at_most),
        "substitution",
    )
    ratio = (s + epsilon) / sp.sqrt(s**2 + epsilon**2)
    yield Line(
        "Where the gradients are large the two are alike, and so they are where they are small.",
        Together(
            (("large", Limit(ratio, s, sp.oo, sp.S.One)), ("small", Limit(ratio, s, sp.S.Zero, sp.S.One))), "limits"
        ),
        "epsilon is small beside s, s beside epsilon",
    )
    zero = {"w": w, "s": sp.S.Zero}
    inside = stepped("rmsprop_inside", zero, g, {"beta": sp.S.One})["w"]
    outside = stepped("rmsprop", zero, g, {"beta": sp.S.One, "eps": sp.sqrt(epsilon)})["w"]
    yield Line(
        "The same epsilon inside and outside is not the same rule: at s = 0 an epsilon inside does what its root does "
        "outside, 1e-8 inside what 1e-4 does outside.",
        Equal(inside, outside, sp.Symbol("w_t")),
        "definition",
    )


def derived_slope(position: sp.Expr) -> sp.Expr:
    """The gradient of the parabola as symnet derives it."""
    return derived(quadratic, "gradient", {"x": position}, {"curvature": curvature})["x"]


def step_size() -> Iterator[Item]:
    yield Section("The largest step on a quadratic")
    place = sp.Symbol("x_0", real=True)
    yield Line(
        "The gradient of f = (lambda / 2) x^2, derived by symnet.",
        Equal(derived_slope(sp.Symbol("x")), curvature * sp.Symbol("x"), sp.Symbol("f'")),
        "chain rule",
    )
    closed = (1 - eta * curvature) ** t * place
    before = closed.subs(t, t - 1)
    after = stepped("gradient_descent", {"w": before}, derived_slope(before))["w"]
    yield Line(
        "Gradient descent multiplies the distance from the minimum by 1 - eta lambda in every step.",
        induction([Equal(closed.subs(t, 0), place, sp.Symbol("w_0"))], [Equal(after, closed)]),
        "unrolled recurrence",
    )
    q, a = sp.symbols("q_i a_i", real=True)
    along = stepped("gradient_descent", {"w": q}, a)["w"].subs(a, curvature * q)
    yield Line(
        "In several dimensions, f = x^T A x / 2, the same holds along each eigenvector q, for which "
        "(A q)_i = lambda q_i; so the largest eigenvalue decides.",
        Equal(along, (1 - eta * curvature) * q),
        "A q = lambda q",
    )
    a, b = sp.symbols("a b", positive=True)
    bound = sp.Symbol(r"\left(1 - \frac{2}{\lambda} \lambda\right)^{2}")
    inside = 2 * a / (a + b)  # every number between 0 and 2
    yield Line(
        "For 0 < eta lambda < 2 the distance shrinks. Every such number is 2a / (a + b) with positive a and b:",
        AtLeastZero(1 - (1 - inside) ** 2, strict=True),
        "substitution eta lambda = 2a / (a + b)",
    )
    yield Line(
        "At eta = 2 / lambda it stays, beyond (eta lambda = 2 + a) it grows: the bound is 2 / lambda_max.",
        Together(
            (
                (
                    "at the bound",
                    Equal(((1 - eta * curvature) ** 2).subs(eta, 2 / curvature), sp.S.One, bound),
                ),
                ("beyond it", AtLeastZero((1 - (2 + a)) ** 2 - 1, strict=True)),
            ),
            "normal forms",
        ),
        "substitution",
    )


def batches() -> Iterator[Item]:
    yield Section("Gradients of mini-batches")
    size, part = 5, 2
    gradients = sp.symbols(f"g_1:{size + 1}", real=True)
    every = list(combinations(gradients, part))
    mean = sp.Add(*(sp.Add(*batch) / part for batch in every)) / len(every)
    yield Line(
        f"The mean over all {len(every)} batches of {part} of {size} samples is the gradient of all samples: "
        "the gradient of a batch is unbiased.",
        Equal(mean, sp.Add(*gradients) / size, sp.Symbol(r"\bar{g}")),
        f"enumeration of the {len(every)} batches",
    )
    n, b = sp.symbols("n b", integer=True, positive=True)
    weight = sp.binomial(n - 1, b - 1) / (b * sp.binomial(n, b))
    yield Line(
        "For n samples in batches of b: a sample is in C(n-1, b-1) of the C(n, b) batches, each time with weight 1/b.",
        Equal(weight, 1 / n),
        "C(n, b) = n/b C(n-1, b-1)",
    )
    total = sp.Symbol("G", real=True)
    by_sum = stepped("gradient_descent", {"w": w}, total, {"lr": eta / b})["w"]
    by_mean = stepped("gradient_descent", {"w": w}, total / b)["w"]
    yield Line(
        "A loss that sums over the batch needs the learning rate of the mean divided by b.",
        Equal(by_sum, by_mean, sp.Symbol("w_t")),
        "definition",
    )


def optimizers() -> Study:
    """Identities, and behaviour."""
    from symnet.study.paths import runs

    return study("optimizers", "Optimisers: what is proved and what is seen", [*lines(), *runs()])


__all__ = ["lines", "optimizers"]
