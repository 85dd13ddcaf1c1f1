"""The study of gradients that vanish or explode on their way back, and of saturation."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import sympy as sp

import symnet as sn
from symnet.ir import functions as fn
from symnet.study.claims import AtLeastZero, AtMost, Equal, Integral, Limit, cases, induction, steps
from symnet.study.definitions import slopes
from symnet.study.definitions.networks import classifier_of
from symnet.study.moments import Variance, centred
from symnet.study.networks import LETTERS
from symnet.study.pictures import figure, svg
from symnet.study.rules import derived
from symnet.study.study import Experiment, Item, Line, Result, Section, Study, study
from symnet.study.words import Words

h, p, q = sp.symbols("h p q", positive=True)
L, n = sp.symbols("L n", integer=True, positive=True)
x, w, delta, u = sp.symbols("x w delta u", real=True)
Initial = Callable[[np.random.Generator, int, int], np.ndarray]


def vanishing() -> Study:
    return study("vanishing", [*activations(), *chain(), *layers(), *saturation(), *runs()])


def slope(op: sn.Op, at: sp.Expr, **rest: sp.Expr) -> sp.Expr:
    """The derived slope of a function of one number."""
    name = op.graph.inputs[0].name
    return derived(op, "gradient", {name: at, **rest})[name]


def between(expr: sp.Expr) -> sp.Expr:
    """With every sigmoid as p / (p + q): as p and q run through the positive numbers, all of (0, 1)."""
    return expr.replace(fn.sigmoid, lambda z: p / (p + q))


def activations() -> Iterator[Item]:
    yield Section("activations")
    s = fn.sigmoid(x)
    yield Line("sigmoid_slope", Equal(slope(slopes.sigmoid, x), s * (1 - s), sp.Symbol(r"\sigma'(x)")))
    quarter = sp.Rational(1, 4)
    yield Line("quarter", AtMost(slope(slopes.sigmoid, x), quarter, sp.Symbol(r"\sigma'(x)")))
    yield Line("reached", Equal(slope(slopes.sigmoid, sp.S.Zero), quarter, sp.Symbol(r"\sigma'(0)")))
    tanh = slope(slopes.tanh, x).subs(sp.tanh(x), u)
    yield Line("tanh_slope", AtMost(tanh, sp.S.One, sp.Symbol(r"\tanh'(x)")))
    relu = sp.Symbol(r"\operatorname{ReLU}'(x)")
    yield Line(
        "relu_slope",
        cases(
            ("positive", Equal(slope(slopes.relu, p), sp.S.One, relu)),
            ("negative", Equal(slope(slopes.relu, -p), sp.S.Zero, relu)),
        ),
    )


def chain() -> Iterator[Item]:
    yield Section("chain")
    one = derived(slopes.link, "gradient", {"a": sp.Symbol("a_l", real=True), "w": w, "b": u})["a"] * delta
    name = sp.Abs(sp.Symbol(r"\delta_{l}"))
    yield Line("one_unit", AtMost(sp.Abs(sp.factor(between(one))), sp.Abs(w) * sp.Abs(delta) / 4, name))
    bound = sp.Symbol("w", positive=True) / 4
    none = sp.Symbol(r"\left(\frac{w}{4}\right)^{0}")
    step = Equal(bound * bound ** (L - 1), bound**L)
    yield Line("units", induction([Equal(bound**0, sp.S.One, none)], [step]))
    yield Line(
        "bernoulli",
        induction(
            [AtMost(1 + h, (1 + h) ** 1)],
            [AtMost(1 + L * h, (1 + h) * (1 + (L - 1) * h))],
        ),
    )
    yield Line("vanishes", Limit(1 / (1 + L * h), L, sp.oo, sp.S.Zero))
    linear = derived(slopes.linear_link, "gradient", {"a": x, "w": 1 + h})["a"]
    factor = sp.Symbol(r"\frac{\partial a_{l+1}}{\partial a_{l}}")
    yield Line("explodes", steps(Equal(linear, 1 + h, factor), Limit(1 + L * h, L, sp.oo, sp.oo)))


def layers() -> Iterator[Item]:
    yield Section("layers")
    yield Line(
        "triangle",
        cases(
            ("one_sign", Equal((p + q) ** 2, (p + q) ** 2, sp.Symbol(r"(|p| + |q|)^2"))),
            ("two_signs", AtLeastZero((p + q) ** 2 - (p - q) ** 2, True, sp.Symbol(r"(|p| + |{-q}|)^2 - (p - q)^2"))),
        ),
    )
    weight, size = sp.symbols("w D", positive=True)
    one = weight * size / 4
    yield Line("units_of_layer", induction([Equal(one * 1, one)], [Equal((n - 1) * one + one, n * one)]))
    yield from _random_weights()


def _random_weights() -> Iterator[Item]:
    """The variance of a gradient one layer further back, at the largest slope of the sigmoid."""
    weights, gradients = (sp.IndexedBase(name, real=True) for name in ("w", "delta"))
    j = sp.Symbol("j", integer=True)
    spread, size = sp.symbols("sigma_w^2 v_delta", positive=True)
    back = sp.Sum(weights[j] * gradients[j], (j, 1, n)) / 4
    laws = {weights: centred(spread), gradients: centred(size)}
    root, variance = sp.sqrt(n), 1 / (3 * n)
    name = sp.Symbol(r"\operatorname{Var} w")
    yield Line("random", Variance(back, laws, n * spread * size / 16))
    yield Line("usual", Integral(w**2 * root / 2, w, -1 / root, 1 / root, variance, name))
    found = (n * spread * size / 16).subs(spread, variance)
    yield Line("seventh", Equal(sp.sqrt(found / size), 1 / (4 * sp.sqrt(3)), sp.Symbol(r"\sqrt{v_{l} / v_{l+1}}")))


def saturation() -> Iterator[Item]:
    yield Section("saturation")
    t = sp.Symbol("t", positive=True)  # e^-x
    in_t = slope(slopes.sigmoid, x).replace(fn.sigmoid, lambda z: 1 / (1 + t))
    yield Line("exponential", AtMost(in_t, t, sp.Symbol(r"\sigma'(x)")))
    z = sp.Symbol("z", positive=True)

    def far(op: sn.Op, at: sp.Expr) -> sp.Expr:
        return slope(op, at, y=sp.S.One).replace(fn.sigmoid, fn.sigmoid.define)

    yield Line(
        "losses",
        steps(
            ("squared_error", Limit(far(slopes.squared_error_of_sigmoid, -z), z, sp.oo, sp.S.Zero)),
            ("cross_entropy", Limit(far(slopes.entropy_of_sigmoid, -z), z, sp.oo, -sp.S.One)),
        ),
    )


# -- runs -------------------------------------------------------------------------------------------------------------


def runs() -> Iterator[Item]:
    yield Section("runs")
    yield Experiment("table", _table, picture=True)
    yield Experiment("exploding", _exploding)
    yield Experiment("saturated", _saturated)


def letters(rng: np.random.Generator, count: int = 200) -> tuple[np.ndarray, np.ndarray]:
    """Made images of 29 x 29 pixels of 26 classes: a pattern for each class, and noise."""
    patterns = rng.random((LETTERS[-1], LETTERS[0])) < 0.3
    labels = rng.integers(0, LETTERS[-1], count)
    return patterns[labels] + 0.2 * rng.standard_normal((count, LETTERS[0])), labels


def slopes_by_layer(activation: Callable, initial: Initial) -> list[float]:
    """The mean of |dW| for each layer of a new network, on 200 images."""
    rng = np.random.default_rng(0)
    images, labels = letters(rng)
    parameters: list[np.ndarray] = []
    for before, after in zip(LETTERS, LETTERS[1:]):
        parameters += [initial(rng, before, after), np.zeros(after)]
    network = sn.compile(classifier_of(len(LETTERS) - 1, activation))
    _, cache = network.forward(images, *parameters, labels)
    gradients = network.backward(1.0, cache)
    return [float(np.abs(g).mean()) for g in gradients[1::2]]


def scaled(factor: float) -> Initial:
    """Normal weights of variance factor^2 / fan-in."""
    return lambda rng, before, after: rng.normal(0, factor / before**0.5, (before, after))


def usual(rng: np.random.Generator, before: int, after: int) -> np.ndarray:
    """Uniform weights between -1 / sqrt(fan-in) and 1 / sqrt(fan-in)."""
    return rng.uniform(-(before**-0.5), before**-0.5, (before, after))


def _table() -> Result:
    kinds: dict[str, tuple[Callable, Initial]] = {
        "sigmoid_usual": (sn.sigmoid, usual),
        "sigmoid": (sn.sigmoid, scaled(1.0)),
        "tanh": (sn.tanh, scaled(1.0)),
        "relu": (sn.relu, scaled(2**0.5)),
    }
    found = {key: slopes_by_layer(f, initial) for key, (f, initial) in kinds.items()}
    layers = len(LETTERS) - 1
    rows = tuple((str(l + 1), *(f"{found[key][l]:.0e}" for key in kinds)) for l in range(layers))
    falls = all(first < second / 2 for first, second in zip(found["sigmoid"], found["sigmoid"][1:]))
    hidden = found["sigmoid_usual"][1:-1]  # the first layer depends on the images, the last one on the loss
    falls = falls and all(5 < second / first < 9 for first, second in zip(hidden, hidden[1:]))
    ok = falls and found["sigmoid"][0] < 1e-3 * found["sigmoid"][-1] and found["relu"][0] > 0.01 * found["relu"][-1]

    def draw(words: Words) -> str:
        drawn, axes = figure()
        for key, values in found.items():
            axes.plot(range(1, layers + 1), values, "o-", label=words.word(key))
        axes.set(xlabel=words.word("layer"), ylabel=words.word("mean_slope"), yscale="log")
        axes.legend()
        return svg(drawn, words.caption("table"))

    return Result(("layer", *kinds), rows, ok, draw)


def _exploding() -> Result:
    factors = (0.5, 1.4, 5.0)
    found = [slopes_by_layer(sn.relu, scaled(c)) for c in factors]
    rows = tuple((f"{c:g}", f"{g[0]:.0e}", f"{g[-1]:.0e}") for c, g in zip(factors, found))
    return Result(("factor", "first_layer", "last_layer"), rows, 10 * found[0][0] < found[1][0] < found[2][0] / 100)


def _saturated() -> Result:
    """The share of units of tanh whose slope is below 0.01, and what is left of the gradient of the first layer."""
    factors, rows, found = (1.0, 5.0, 25.0), [], []
    for c in factors:
        rng = np.random.default_rng(0)
        h, _ = letters(rng)
        shares = []
        for before, after in zip(LETTERS[:-1], LETTERS[1:-1]):
            h = np.tanh(h @ scaled(c)(rng, before, after))
            shares.append(np.mean(1 - h**2 < 0.01))
        rows.append((f"{c:g}", f"{np.mean(shares):.2f}"))
        found.append(float(np.mean(shares)))
    return Result(("factor", "share"), tuple(rows), found == sorted(found) and found[0] < 0.1 < 0.8 < found[-1])


__all__ = ["letters", "scaled", "slopes_by_layer", "vanishing"]
