"""The study of likelihoods: which loss each distribution makes of a prediction."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import sympy as sp

import symnet as sn
from symnet.catalog import load
from symnet.study.claims import AtLeastZero, Equal, steps
from symnet.study.definitions import likelihoods as law
from symnet.study.pictures import figure, svg
from symnet.study.rules import derived
from symnet.study.study import Experiment, Item, Line, Result, Section, Study, row, study
from symnet.study.tensors import Gradient, SameMap
from symnet.study.words import Words, phrase


def likelihoods() -> Study:
    return study("likelihoods", [*binary(), *real(), *classes(), *runs()])


def binary() -> Iterator[Item]:
    yield Section("bernoulli")
    yield Line("complement", SameMap(law.complement, law.mirrored))
    loss = load("binary_cross_entropy")
    yield Line("bernoulli", SameMap(law.bernoulli, loss, ("likelihood", "cross_entropy")))
    yield Line("bernoulli_slope", Gradient(loss, "z", law.bernoulli_slope, forward=False))
    k, r = sp.symbols("k r", positive=True)  # successes and failures
    at = {"p": k / (k + r), "k": k, "n": k + r}
    slope, bend = derived(law.binomial, "gradient", at)["p"], _second(law.binomial, "p", at)
    place = r"\left(\frac{k}{k + r}\right)"
    yield Line(
        "binomial",
        steps(
            ("slope_at", Equal(slope, sp.S.Zero, sp.Symbol("L'" + place))),
            ("bend_at", AtLeastZero(bend, True, sp.Symbol("L''" + place))),
        ),
    )


def real() -> Iterator[Item]:
    yield Section("gaussian")
    yield Line("gaussian", SameMap(law.gaussian, law.gaussian_loss, ("likelihood", "squared_error")))
    yield Line("gaussian_slope", Gradient(law.gaussian_loss, "y", law.gaussian_slope, forward=False))
    m = sp.Symbol("m", positive=True)
    at = {"v": m, "m": m}
    yield Line(
        "gaussian_variance",
        steps(
            ("slope_at", Equal(derived(law.variance_loss, "gradient", at)["v"], sp.S.Zero, sp.Symbol("L'(m)"))),
            ("bend_at", AtLeastZero(_second(law.variance_loss, "v", at), True, sp.Symbol("L''(m)"))),
        ),
    )
    yield Section("laplace")
    yield Line("laplace", SameMap(law.laplace, law.laplace_loss, ("likelihood", "absolute_error")))


def _second(op: sn.Op, name: str, at: dict[str, sp.Expr]) -> sp.Expr:
    """The derived second derivative at a point."""
    return derived(op, "hessian", at)[name]


def classes() -> Iterator[Item]:
    yield Section("categorical")
    loss = load("softmax_cross_entropy")
    yield Line("categorical", SameMap(law.categorical, loss, ("likelihood", "cross_entropy")))
    yield Line("categorical_slope", Gradient(loss, "z", law.categorical_slope, forward=False))


def runs() -> Iterator[Item]:
    yield Section("runs")
    yield Experiment("coins", _coins, picture=True)


def _coins() -> Result:
    """200 tosses of a coin, and as many measurements: the best parameter by a grid of likelihoods and of losses."""
    rng = np.random.default_rng(0)
    y = (rng.random(200) < 0.3).astype(float)
    t = rng.normal(0.6, 0.2, 200)
    grid = np.linspace(0.005, 0.995, 199)
    binary, squared = (sn.compile(load(n)) for n in ("binary_cross_entropy_of_probabilities", "mean_squared_error"))
    entropy = np.array([binary.forward(np.full(200, p), y)[0] for p in grid])
    error = np.array([squared.forward(np.full((200, 1), p), t[:, None])[0] for p in grid])
    tosses = np.array([np.prod(np.where(y == 1, p, 1 - p)) for p in grid])
    measured = np.array([np.prod(np.exp(-((t - m) ** 2) / 2)) for m in grid])
    found = [
        (grid[tosses.argmax()], grid[entropy.argmin()], y.mean()),
        (grid[measured.argmax()], grid[error.argmin()], t.mean()),
    ]
    rows = tuple(row(phrase(key), *(f"{v:.3f}" for v in each)) for key, each in zip(("coin", "measured"), found))
    ok = all(a == b and abs(a - c) <= 0.005 for a, b, c in found)

    def draw(words: Words) -> str:
        drawn, axes = figure()
        for key, likelihood, loss in (("coin", tosses, entropy), ("measured", measured, error)):
            what = words.word(key)
            (line,) = axes.plot(grid, likelihood / likelihood.max(), label=words.word("likelihood_of", what=what))
            shown = ((loss - loss.min()) / (np.median(loss) - loss.min())).clip(max=1.5)
            axes.plot(grid, shown, "--", color=line.get_color(), label=words.word("loss_of", what=what))
        axes.set(xlabel=words.word("parameter"), ylabel=words.word("scaled"))
        axes.legend(fontsize="small")
        return svg(drawn, words.caption("coins"))

    return Result(("data", "by_likelihood", "by_loss", "mean"), rows, ok, draw)


__all__ = ["likelihoods"]
