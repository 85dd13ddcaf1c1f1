"""The study of initial weights: which variance keeps the size of activations and gradients."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import sympy as sp

import symnet as sn
from symnet.catalog import load
from symnet.study.claims import Equal, Integral, induction, steps
from symnet.study.definitions import slopes
from symnet.study.moments import FAIR_SIGN, Law, Mean, Variance, centred
from symnet.study.networks import LETTERS
from symnet.study.pictures import figure, svg
from symnet.study.rules import derived
from symnet.study.study import Experiment, Item, Line, Result, Section, Study, row, study
from symnet.study.vanishing import Initial, scaled, slopes_by_layer
from symnet.study.words import Words, phrase

n, m, L = sp.symbols(r"n_{\mathrm{in}} n_{\mathrm{out}} L", integer=True, positive=True)
i, j = sp.symbols("i j", integer=True)
weight, square, start, back = sp.symbols("sigma_w^2 q v_0 v_delta", positive=True)
w, x, delta = (sp.IndexedBase(name, real=True) for name in ("w", "x", "delta"))


def initialisation() -> Study:
    return study("initialisation", [*forward(), *backward(), *laws(), *rectifier(), *runs()])


def forward() -> Iterator[Item]:
    yield Section("forward")
    z = sp.Sum(w[i] * x[i], (i, 1, n))
    mean = sp.Symbol("mu_x", real=True)
    given = {w: centred(weight), x: Law((mean, square))}
    yield Line("mean", Mean(z, given, sp.S.Zero))
    yield Line("variance", Variance(z, given, n * weight * square))
    factor = n * weight
    yield Line(
        "layers",
        induction(
            [Equal(start * factor**0, start)],
            [Equal(factor * (start * factor ** (L - 1)), start * factor**L, sp.Symbol(r"\operatorname{Var} z_L"))],
        ),
    )
    kept = sp.Symbol(rf"v_0 \left({n} \cdot \frac{{1}}{{{n}}}\right)^L")
    yield Line("keeps_forward", Equal((start * factor**L).subs(weight, 1 / n), start, kept))


def backward() -> Iterator[Item]:
    yield Section("backward")
    d = sp.Sum(w[j] * delta[j], (j, 1, m))
    yield Line("variance_back", Variance(d, {w: centred(weight), delta: centred(back)}, m * weight * back))
    yield Line(
        "keeps_backward",
        Equal((m * weight * back).subs(weight, 1 / m), back, sp.Symbol(rf"{m} \frac{{1}}{{{m}}} v_\delta")),
    )
    xavier = 2 / (n + m)
    yield Line(
        "xavier",
        steps(
            ("of_both", Equal((n * weight).subs(weight, xavier) + (m * weight).subs(weight, xavier), sp.S(2))),
            ("equal_sizes", Equal(xavier.subs(m, n), 1 / n, sp.Symbol(rf"\frac{{2}}{{{n} + {n}}}"))),
        ),
    )
    yield Line(
        "slope_at_zero",
        Equal(derived(slopes.tanh, "gradient", {"x": sp.S.Zero})["x"], sp.S.One, sp.Symbol(r"\tanh'(0)")),
    )


def laws() -> Iterator[Item]:
    yield Section("laws")
    a, b, u = sp.symbols("a b u", real=True)
    middle = (a + b) / 2
    mean, spread = sp.Symbol(r"\operatorname{E} u"), sp.Symbol(r"\operatorname{Var} u")
    yield Line(
        "uniform",
        steps(
            Integral(u / (b - a), u, a, b, middle, mean),
            Integral((u - middle) ** 2 / (b - a), u, a, b, (b - a) ** 2 / 12, spread),
        ),
        ("ordered",),
    )
    bound = sp.sqrt(6 / (n + m))
    width = (b - a) ** 2 / 12
    yield Line("xavier_uniform", Equal(width.subs({a: -bound, b: bound}), 2 / (n + m), spread))
    s = sp.Symbol("sigma", positive=True)
    density = sp.exp(-(u**2) / (2 * s**2)) / (sp.sqrt(2 * sp.pi) * s)
    yield Line(
        "normal",
        steps(
            Integral(density, u, -sp.oo, sp.oo, sp.S.One),
            Integral(u**2 * density, u, -sp.oo, sp.oo, s**2, spread),
        ),
    )


def rectifier() -> Iterator[Item]:
    yield Section("rectifier")
    s, r = sp.Symbol("s", real=True), sp.Symbol("r", positive=True)  # z = s r, r = |z|
    v = sp.Symbol("v", positive=True)
    half = sp.Rational(1, 2)
    yield Line("half_square", Mean(sp.Max(0, s * r) ** 2, {s: FAIR_SIGN}, r**2 / 2), ("symmetric",))
    u, sigma = sp.Symbol("u", real=True), sp.Symbol("sigma", positive=True)
    density = sp.exp(-(u**2) / (2 * sigma**2)) / (sp.sqrt(2 * sp.pi) * sigma)
    name = sp.Symbol(r"\operatorname{E}\left[\operatorname{ReLU}(u)^2\right]")
    yield Line("half_normal", Integral(u**2 * density, u, sp.S.Zero, sp.oo, sigma**2 / 2, name))
    z = sp.Sum(w[i] * x[i], (i, 1, n))
    given = {w: centred(weight), x: Law((sp.Symbol("mu_x", real=True), v * half))}
    yield Line("rectified_layer", Variance(z, given, n * weight * v / 2))
    yield Line(
        "he",
        Equal(
            (n * weight * v / 2).subs(weight, 2 / n), v, sp.Symbol(rf"\frac{{1}}{{2}} {n} \cdot \frac{{2}}{{{n}}} v")
        ),
    )
    slope = derived(slopes.relu, "gradient", {"x": r})["x"], derived(slopes.relu, "gradient", {"x": -r})["x"]
    share = sp.Symbol(r"\operatorname{E}\left[\operatorname{ReLU}'(z)^2\right]")
    yield Line("he_backward", Equal((slope[0] ** 2 + slope[1] ** 2) * half, half, share), ("symmetric",))


# -- runs -------------------------------------------------------------------------------------------------------------


def plain(deviation: float) -> Initial:
    """Normal weights of one deviation, whatever the sizes."""
    return lambda rng, before, after: rng.normal(0, deviation, (before, after))


def xavier_normal(rng: np.random.Generator, before: int, after: int) -> np.ndarray:
    return rng.normal(0, (2 / (before + after)) ** 0.5, (before, after))


def xavier_uniform(rng: np.random.Generator, before: int, after: int) -> np.ndarray:
    bound = (6 / (before + after)) ** 0.5
    return rng.uniform(-bound, bound, (before, after))


#: name -> activation, initial weights
KINDS: dict[str, tuple[Callable, Initial]] = {
    "plain_small": (sn.tanh, plain(0.01)),
    "plain_large": (sn.tanh, plain(1.0)),
    "xavier_normal": (sn.tanh, xavier_normal),
    "xavier_uniform": (sn.tanh, xavier_uniform),
    "relu_xavier": (sn.relu, xavier_normal),
    "relu_he": (sn.relu, scaled(2**0.5)),
}
DEPTH = 20


def spreads(activation: Callable, initial: Initial, width: int = 100) -> list[float]:
    """The standard deviation of the activations of each of 20 layers of one width, for normal inputs."""
    rng = np.random.default_rng(0)
    unit = sn.compile(load(activation.__name__))
    h = rng.standard_normal((200, width))
    found = []
    for _ in range(DEPTH):
        h, _ = unit.forward(h @ initial(rng, width, width))
        found.append(float(np.sqrt((h**2).mean())))
    return found


def runs() -> Iterator[Item]:
    yield Section("runs")
    yield Experiment("spread", _spread, picture=True)
    yield Experiment("gradients", _gradients)
    yield Experiment("sample", _sample)


def _spread() -> Result:
    found = {key: spreads(*kind) for key, kind in KINDS.items()}
    rows = tuple(row(phrase(key), *(f"{values[k]:.0e}" for k in (0, 9, DEPTH - 1))) for key, values in found.items())
    last = {key: values[-1] for key, values in found.items()}
    ok = last["plain_small"] < 1e-10 and last["plain_large"] > 0.9 and last["relu_xavier"] < 0.02
    ok = ok and all(0.1 < last[key] < 2 for key in ("xavier_normal", "xavier_uniform", "relu_he"))

    def draw(words: Words) -> str:
        drawn, axes = figure()
        for key, values in found.items():
            axes.plot(range(1, DEPTH + 1), values, label=words.word(key))
        axes.set(xlabel=words.word("layer"), ylabel=words.word("root"), yscale="log")
        axes.legend(fontsize="small")
        return svg(drawn, words.caption("spread"))

    return Result(("weights", "layer_1", "layer_10", "layer_20"), rows, ok, draw)


def _gradients() -> Result:
    found = {key: slopes_by_layer(*kind) for key, kind in KINDS.items()}
    first = {key: values[0] / found["xavier_normal"][0] for key, values in found.items()}
    rows = tuple(row(phrase(key), *(f"{found[key][k]:.0e}" for k in (0, len(LETTERS) - 2))) for key in KINDS)
    ok = first["plain_small"] < 1e-3 and first["plain_large"] > 10 and 0.1 < first["relu_he"] < 10
    return Result(("weights", "first_layer", "last_layer"), rows, ok)


def _sample() -> Result:
    """Samples have the variances that were proved."""
    rng = np.random.default_rng(0)
    u = rng.uniform(-0.3, 0.5, 10**6)
    z = rng.normal(0, 2.0, 10**6)
    pairs = (("sample_uniform", u.var(), 0.8**2 / 12), ("sample_relu", np.mean(np.maximum(z, 0) ** 2), 2.0))
    rows = tuple((phrase(key), f"{seen:.3f}", f"{said:.3f}") for key, seen, said in pairs)
    return Result(("quantity", "in_sample", "proved_value"), rows, all(abs(a / b - 1) < 0.01 for _, a, b in pairs))


__all__ = ["initialisation"]
