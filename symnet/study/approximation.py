"""The study of what networks can represent: one hidden layer and any function, features that make rings separable."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import sympy as sp

import symnet as sn
from symnet.catalog import load
from symnet.ir import functions as fn
from symnet.study.claims import Equal, Limit, cases, steps
from symnet.study.definitions.fitting import fit, one_hidden_layer, steep
from symnet.study.pictures import figure, svg
from symnet.study.rules import value
from symnet.study.study import Experiment, Item, Line, Result, Section, Study, row, study
from symnet.study.words import Words, phrase

k, d, r = sp.symbols("k d r", positive=True)
a, u, v, b = sp.symbols("a u v b", real=True)


def approximation() -> Study:
    return study("approximation", [*universal(), *rings()])


def universal() -> Iterator[Item]:
    yield Section("universal")

    def step_at(place: sp.Expr) -> sp.Expr:
        found = value(steep, {"x": place, "a": a, "k": k})
        return found.replace(fn.sigmoid, lambda z: fn.sigmoid.define(sp.expand(z)))

    yield Line(
        "step",
        cases(
            ("right", Limit(step_at(a + d), k, sp.oo, sp.S.One)),
            ("left", Limit(step_at(a - d), k, sp.oo, sp.S.Zero)),
        ),
    )
    one, zero = sp.S.One, sp.S.Zero
    places = {"x < a_{1}": (zero, zero, zero), "a_{1} < x < a_{2}": (one, zero, one), "a_{2} < x": (one, one, zero)}
    yield Line(
        "bump",
        steps(*(Equal(x - y, z, sp.Symbol(rf"{k}: \quad H_{{1}} - H_{{2}}")) for k, (x, y, z) in places.items())),
    )
    yield Experiment("widths", _widths, picture=True)


def rings() -> Iterator[Item]:
    yield Section("rings")
    x, y = sp.symbols("x y", real=True)
    score = u * x + v * y + b
    turned = score.subs({x: -x, y: -y}, simultaneous=True)
    yield Line("no_line", Equal(score + turned, 2 * b, sp.Symbol("s(x, y) + s(-x, -y)")))
    t = sp.Symbol("t", real=True)  # tan of half the angle
    point = r * (1 - t**2) / (1 + t**2), r * 2 * t / (1 + t**2)
    yield Line("radius", Equal(point[0] ** 2 + point[1] ** 2, r**2, sp.Symbol("x^{2} + y^{2}")))
    yield Experiment("rings", _rings, picture=True)


# -- runs -------------------------------------------------------------------------------------------------------------


def target(x: np.ndarray) -> np.ndarray:
    """A function with bends, a corner and a jump's slope."""
    return np.sin(6 * x) * np.exp(-x) + np.abs(x - 0.2)


def fitted(width: int, epochs: int = 1500) -> tuple[float, np.ndarray]:
    """The root mean square error of a hidden layer of that width on 100 points of [-1, 1], and what it computes."""
    rng = np.random.default_rng(0)
    x = np.linspace(-1, 1, 100)[:, None]
    steepness = rng.choice([-1, 1], width) * rng.uniform(3, 12, width)
    parameters = {
        "w": steepness[None],
        "b": -steepness * rng.uniform(-1, 1, width),
        "v": np.zeros((width, 1)),
        "c": np.zeros(1),
    }
    network, update = sn.compile(fit), sn.compile("adam")
    state = update.init(parameters)
    for epoch in range(epochs):
        _, cache = network.forward(x, *parameters.values(), target(x))
        gradients = network.backward(1.0, cache)
        named = dict(zip(parameters, gradients[1:5]))
        parameters, state = update.step(parameters, named, state, lr=0.03 if epoch < epochs / 2 else 0.005)
    shown = sn.compile(one_hidden_layer).forward(x, *parameters.values())[0]
    return float(np.sqrt(((shown - target(x)) ** 2).mean())), shown[:, 0]


WIDTHS = (1, 2, 4, 8, 16, 32)


def _widths() -> Result:
    found = {width: fitted(width) for width in WIDTHS}
    rows = tuple(row(str(width), f"{error:.2f}") for width, (error, _) in found.items())
    errors = [error for error, _ in found.values()]
    ok = errors[0] > 0.2 and errors[-1] < 0.03 and all(y < 1.1 * x for x, y in zip(errors, errors[1:]))

    def draw(words: Words) -> str:
        drawn, axes = figure()
        x = np.linspace(-1, 1, 100)
        axes.plot(x, target(x), linewidth=4, alpha=0.4, label=words.word("function"))
        for width in (1, 4, 32):
            axes.plot(x, found[width][1].round(5), label=words.word("units", n=width))
        axes.set(xlabel="x", ylabel="y")
        axes.legend(fontsize="small")
        return svg(drawn, words.caption("widths"))

    return Result(("width", "error"), rows, ok, draw)


def ring_samples() -> tuple[np.ndarray, np.ndarray]:
    """Two rings with noise: class 1 outside."""
    rng = np.random.default_rng(0)
    labels = np.arange(300) % 2
    radius, angle = 1 + labels + 0.15 * rng.standard_normal(300), rng.uniform(0, 2 * np.pi, 300)
    return np.column_stack([radius * np.cos(angle), radius * np.sin(angle)]), labels


def _rings() -> Result:
    """Logistic regression of the same samples by both kinds of features."""
    samples, labels = ring_samples()
    polar = np.column_stack([np.hypot(*samples.T), np.arctan2(samples[:, 1], samples[:, 0])])
    model, update = sn.compile(load("logistic_regression")), sn.compile("adam")
    rows, shares = [], {}
    for key, features in (("cartesian", samples), ("polar", polar)):
        parameters = {"w": np.zeros(2), "b": np.array(0.0)}
        state = update.init(parameters)
        for _ in range(1000):
            loss, cache = model.forward(features, parameters["w"], float(parameters["b"]), labels)
            gradients = model.backward(1.0, cache)
            parameters, state = update.step(parameters, {"w": gradients[1], "b": np.array(gradients[2])}, state, lr=0.1)
        right = (features @ parameters["w"] + parameters["b"] > 0) == labels
        shares[key] = float(right.mean())
        rows.append(row(phrase(key), f"{float(loss):.1f}", f"{shares[key]:.2f}"))

    def draw(words: Words) -> str:
        drawn, axes = figure()
        for label in (0, 1):
            axes.plot(*samples[labels == label].round(4).T, ".", label=words.word("class", k=label))
        axes.set(aspect="equal", xlabel="x", ylabel="y")
        axes.legend()
        return svg(drawn, words.caption("rings"))

    return Result(
        ("features", "loss", "share"), tuple(rows), shares["cartesian"] < 0.65 and shares["polar"] > 0.98, draw
    )


__all__ = ["approximation"]
