"""The study of likelihoods: which loss each distribution makes of a prediction."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import sympy as sp

import symnet as sn
from symnet.catalog import load
from symnet.ir import functions as fn
from symnet.study.claims import AtLeastZero, Claim, Equal, steps
from symnet.study.definitions import likelihoods as law
from symnet.study.moments import Law, Mean, bernoulli
from symnet.study.pictures import figure, svg
from symnet.study.rules import derived
from symnet.study.study import Experiment, Item, Line, Result, Section, Study, row, study
from symnet.study.tensors import Gradient, SameMap
from symnet.study.words import Words, phrase


def likelihoods() -> Study:
    return study("likelihoods", [*binary(), *real(), *classes(), *information(), *runs()])


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


def information() -> Iterator[Item]:
    """Fisher information: the second moment of the gradient by the law of the model is the second derivative."""
    yield Section("fisher")
    p, y = sp.Symbol("p", positive=True), sp.Symbol("y", real=True)
    at = {"z": sp.Symbol("z", real=True), "y": y}
    score, bend = (
        sp.sympify(derived(law.bernoulli_entropy, what, at)["z"]).replace(fn.sigmoid, lambda _: p)
        for what in ("gradient", "hessian")
    )
    toss, spread = {y: bernoulli(p)}, p * (1 - p)
    yield Line("score", Mean(score, toss, sp.S.Zero))
    second = ("bend", Equal(bend, spread, sp.Symbol("L''(z)")))
    yield Line("fisher_bernoulli", steps(("of_score", Mean(score**2, toss, spread)), second))
    yield Line("fisher_hessian", Gradient(law.one_of_classes, "z", law.categorical_hessian, what="hessian"))
    yield Line("fisher_classes", steps(*_moments_of_classes()))
    v = sp.Symbol("v", positive=True)
    mean, target = sp.symbols("mu t", real=True)
    at = {"mu": mean, "v": v, "t": target}
    score, bend = (derived(law.normal_loss, what, at)["mu"] for what in ("gradient", "hessian"))
    normal = {target: Law((mean, mean**2 + v))}
    second = ("bend", Equal(bend, 1 / v, sp.Symbol(r"L''(\mu)")))
    yield Line("fisher_normal", steps(("of_score", Mean(score**2, normal, 1 / v)), second))


def _moments_of_classes() -> Iterator[tuple[str, Claim]]:
    """E[(p_i - y_i) (p_k - y_k)] and E[(p_i - y_i)^2]: the outcome is i, k or another one."""
    p, q = sp.symbols("p_i p_k", positive=True)
    mean = r"\operatorname{E}\left"
    pair = p * (p - 1) * q + q * p * (q - 1) + (1 - p - q) * p * q
    yield "two_classes", Equal(pair, -p * q, sp.Symbol(rf"{mean}[(p_i - y_i) (p_k - y_k)\right]"))
    yield "one_class", Equal(p * (p - 1) ** 2 + (1 - p) * p**2, p * (1 - p), sp.Symbol(rf"{mean}[(p_i - y_i)^2\right]"))


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
