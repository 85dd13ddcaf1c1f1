"""The study of the perceptron: its rule as a gradient step, the bound on its mistakes, runs on separable data."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import sympy as sp

import symnet as sn
from symnet.study.claims import AtMost, Equal, induction
from symnet.study.definitions import fitting
from symnet.study.paths import digits
from symnet.study.pictures import figure, svg
from symnet.study.rules import stepped
from symnet.study.study import Experiment, Item, Line, Result, Section, Study, row, study
from symnet.study.tensors import Gradient, SameMap
from symnet.study.words import Words, phrase


def perceptron() -> Study:
    return study("perceptron", [*rule(), *bound(), *runs()])


def rule() -> Iterator[Item]:
    yield Section("rule")
    yield Line("criterion", Gradient(fitting.perceptron, "w", fitting.perceptron_slope))
    w, x, y = sp.symbols("w_i x_i y", real=True)
    after = stepped("gradient_descent", {"w": w}, -y * x, {"lr": sp.S.One})["w"]
    yield Line("step", Equal(after, w + y * x, sp.Symbol("w_i")))


def bound() -> Iterator[Item]:
    yield Section("bound")
    yield Line("along", SameMap(fitting.along_after, fitting.along_before, ("after", "expanded")))
    gamma, radius = sp.symbols("gamma R", positive=True)
    t = sp.Symbol("t", integer=True, positive=True)
    margin = sp.Symbol("mu", nonnegative=True)  # by how much a sample is beyond the margin
    yield Line(
        "grows",
        induction(
            [Equal(sp.S.Zero * gamma, sp.S.Zero)],
            [AtMost(t * gamma, (t - 1) * gamma + (gamma + margin))],
        ),
    )
    yield Line("length", SameMap(fitting.length_after, fitting.length_before, ("after", "expanded")))
    q, less = sp.symbols("q d", nonnegative=True)  # -y w.x of a mistake; R^2 - |x|^2
    yield Line(
        "stays",
        induction(
            [Equal(sp.S.Zero * radius**2, sp.S.Zero)],
            [AtMost((t - 1) * radius**2 - 2 * q + (radius**2 - less), t * radius**2)],
        ),
    )
    # t gamma <= |w| <= sqrt(t) R: then R^2 = t gamma^2 + d
    yield Line("mistakes", AtMost(t, (t * gamma**2 + less) / gamma**2))


# -- runs -------------------------------------------------------------------------------------------------------------


def runs() -> Iterator[Item]:
    yield Section("runs")
    yield Experiment("made", _made, picture=True)
    yield Experiment("digits", _digits, needs="sklearn")
    yield Experiment("inseparable", _inseparable)


def learned(x: np.ndarray, y: np.ndarray, passes: int = 1000) -> tuple[np.ndarray, list[int]]:
    """The weights (the last one is the bias) and the mistakes of each pass; it ends with a pass that has none."""
    criterion, update = sn.compile(fitting.perceptron), sn.compile("gradient_descent")
    parameters = {"w": np.zeros(x.shape[1]), "b": np.array(0.0)}
    state, mistakes = update.init(parameters), []
    for _ in range(passes):
        mistakes.append(0)
        for sample, label in zip(x, y):
            _, cache = criterion.forward(sample, parameters["w"], float(parameters["b"]), float(label))
            _, dw, db, _ = criterion.backward(1.0, cache)
            mistakes[-1] += bool(db)
            parameters, state = update.step(parameters, {"w": dw, "b": np.array(db)}, state, lr=1.0)
        if not mistakes[-1]:
            break
    return np.append(parameters["w"], parameters["b"]), mistakes


def most_mistakes(x: np.ndarray, y: np.ndarray, separating: np.ndarray) -> float:
    """(R / gamma)^2 by a separating vector; the bias is a weight of an input 1."""
    extended = np.column_stack([x, np.ones(len(x))])
    margin = (y * (extended @ separating)).min() / np.linalg.norm(separating)
    return float((np.linalg.norm(extended, axis=1).max() / margin) ** 2)


def made_samples(gap: float) -> tuple[np.ndarray, np.ndarray]:
    """100 points on both sides of a line, none nearer to it than the gap (with a negative one the sides overlap)."""
    rng = np.random.default_rng(0)
    way = np.array([0.6, 0.8])
    y = np.where(np.arange(100) % 2, 1.0, -1.0)
    along = y * (gap + rng.random(100))
    across = rng.uniform(-2, 2, 100)
    return along[:, None] * way + across[:, None] * np.array([-way[1], way[0]]) + 0.3, y


def _made() -> Result:
    x, y = made_samples(0.02)
    weights, mistakes = learned(x, y)
    way = np.array([0.6, 0.8])
    most = most_mistakes(x, y, np.append(way, -way @ np.array([0.3, 0.3])))
    rows = (
        row(phrase("passes"), str(len(mistakes))),
        row(phrase("mistakes"), str(sum(mistakes))),
        row(phrase("most"), f"{most:.0f}"),
    )

    def draw(words: Words) -> str:
        drawn, axes = figure()
        for label in (1, -1):
            axes.plot(*x[y == label].round(4).T, ".", label=words.word("class", k=label))
        ends = np.array([-2.0, 3.0])
        axes.plot(ends, (-(weights[0] * ends + weights[2]) / weights[1]).round(4), label=words.word("line"))
        axes.set(xlabel="x", ylabel="y", ylim=(-2.5, 3))
        axes.legend()
        return svg(drawn, words.caption("made"))

    return Result(("quantity", "value"), rows, mistakes[-1] == 0 and sum(mistakes) <= most, draw)


def _digits() -> Result:
    """Digits 0 against 1."""
    images, labels, held, held_labels = digits()
    two = labels < 2
    x, y = images[two], np.where(labels[two], 1.0, -1.0)
    weights, mistakes = learned(x, y)
    most = most_mistakes(x, y, weights)
    kept = held_labels < 2
    right = ((held[kept] @ weights[:-1] + weights[-1] > 0) == (held_labels[kept] == 1)).mean()
    rows = (
        row(phrase("passes"), str(len(mistakes))),
        row(phrase("mistakes"), str(sum(mistakes))),
        row(phrase("most"), f"{most:.0f}"),
        row(phrase("held"), f"{right:.2f}"),
    )
    ok = mistakes[-1] == 0 and sum(mistakes) <= most and right > 0.95
    return Result(("quantity", "value"), rows, bool(ok))


def _inseparable() -> Result:
    x, y = made_samples(-0.2)
    _, mistakes = learned(x, y, 50)
    rows = tuple(row(str(k), str(mistakes[k - 1])) for k in (1, 10, 20, 30, 40, 50))
    return Result(("pass", "mistakes"), rows, min(mistakes) > 0)


__all__ = ["perceptron"]
