"""The study of linear models: where their gradients vanish, that they have one minimum, and what a penalty does."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import sympy as sp

import symnet as sn
from symnet.catalog import load
from symnet.study.claims import Equal, cases, induction
from symnet.study.definitions import linear as form
from symnet.study.paths import small
from symnet.study.pictures import figure, svg
from symnet.study.rules import derived, stepped
from symnet.study.study import Experiment, Item, Line, Result, Section, Study, row, study
from symnet.study.tensors import Gradient, SameMap
from symnet.study.words import Words, phrase

TINY = 1e-10


def linear() -> Study:
    return study("linear", [*squares(), *logistic(), *decay(), *runs()])


def squares() -> Iterator[Item]:
    loss = load("least_squares")
    yield Section("squares")
    yield Line("normal_equations", Gradient(loss, "w", form.normal_equations))
    yield Line("beside", SameMap(form.squares_beside, form.squares_apart, ("beside_w", "at_w")))
    yield Line("squares_hessian", Gradient(loss, "w", form.squares_hessian, forward=False, what="hessian"))
    yield Line("residuals", Gradient(load("linear_regression"), "b", form.bias_slope))
    yield Line("ridge", Gradient(load("ridge_regression"), "w", form.ridge_equations))


def logistic() -> Iterator[Item]:
    loss = load("logistic_regression")
    yield Section("logistic")
    yield Line("logistic_slope", Gradient(loss, "w", form.logistic_slope))
    yield Line("logistic_bias", Gradient(loss, "b", form.logistic_bias_slope, forward=False))
    yield Line("logistic_hessian", Gradient(loss, "w", form.logistic_hessian, forward=False, what="hessian"))
    yield Line("convex", SameMap(form.bent_along, form.sum_of_squares, ("along_v", "squares")))
    yield Line("two_classes", SameMap(form.of_two_classes, form.of_difference))
    yield Line("softmax_slope", Gradient(load("softmax_regression"), "w", form.softmax_slope, forward=False))


def decay() -> Iterator[Item]:
    yield Section("decay")
    eta, lam = sp.symbols("eta lambda", positive=True)
    w, g, w0 = sp.symbols("w g w_0", real=True)
    t = sp.Symbol("t", integer=True, positive=True)
    name = sp.Symbol("w_t")

    def slope(op: sn.Op, at: sp.Expr) -> sp.Expr:
        return derived(op, "gradient", {"w": at}, {"lam": lam})["w"]

    half = stepped("gradient_descent", {"w": w}, g + slope(form.penalty, w))["w"]
    yield Line("decay_form", Equal(half, (1 - eta * lam) * w - eta * g, name))
    whole = stepped("gradient_descent", {"w": w}, g + slope(form.penalty_without_half, w))["w"]
    yield Line("without_half", Equal(whole, (1 - 2 * eta * lam) * w - eta * g, name))
    closed = (1 - eta * lam) ** t * w0
    before = closed.subs(t, t - 1)
    alone = stepped("gradient_descent", {"w": before}, slope(form.penalty, before))["w"]
    yield Line("decays", induction([Equal(closed.subs(t, 0), w0, sp.Symbol("w_0"))], [Equal(alone, closed, name)]))
    p, pull = sp.Symbol("p", positive=True), sp.Symbol(r"\frac{\partial}{\partial w} \lambda |w|")
    sides = (("right", p, lam), ("left", -p, -lam))
    yield Line("absolute", cases(*((key, Equal(slope(form.absolute_penalty, at), f, pull)) for key, at, f in sides)))
    values = {"w": w, "m": sp.Symbol("m", real=True), "v": sp.Symbol("v", positive=True), "t": t}
    apart = stepped("adamw", values, g, {"decay": lam})["w"]
    plain = stepped("adam", values, g)["w"]
    yield Line("adamw", Equal(apart - plain, -eta * lam * w, sp.Symbol(r"w_t^{\mathrm{AdamW}} - w_t^{\mathrm{Adam}}")))


# -- runs -------------------------------------------------------------------------------------------------------------


def runs() -> Iterator[Item]:
    yield Section("runs")
    yield Experiment("diabetes", _diabetes, needs="sklearn")
    yield Experiment("shrinking", _shrinking, picture=True, needs="sklearn")
    yield Experiment("trained", _trained, picture=True, needs="sklearn")


def diabetes() -> tuple[np.ndarray, np.ndarray]:
    """Ten standardised features of 442 patients with a column of ones, and the standardised progress of the disease."""
    from sklearn.datasets import load_diabetes

    features, progress = load_diabetes(return_X_y=True)
    x = sn.compile("standardize").forward(features)[0]
    return np.hstack([x, np.ones((len(x), 1))]), (progress - progress.mean()) / progress.std()


def _diabetes() -> Result:
    """The solution of the normal equations beside that of gradient descent."""
    x, y = diabetes()
    solved = np.linalg.solve(x.T @ x, x.T @ y)
    module, update = sn.compile("least_squares"), sn.compile("gradient_descent")
    w, bound = np.zeros(x.shape[1]), 2 / np.linalg.eigvalsh(x.T @ x)[-1]
    state = update.init(w)
    for _ in range(20000):
        _, cache = module.forward(x, w, y)
        w, state = update.step(w, module.backward(1.0, cache)[1], state, lr=0.9 * bound)
    _, cache = module.forward(x, solved, y)
    found = {
        "slope_solved": float(np.abs(module.backward(1.0, cache)[1]).max()),
        "gap": float(np.abs(w - solved).max()),
        "residual": float(abs((x @ solved - y).sum())),
    }
    rows = tuple(row(phrase(key), small(v, TINY)) for key, v in found.items())
    return Result(("quantity", "value"), rows, max(found.values()) < TINY)


def _shrinking() -> Result:
    """The weights of ridge regression for several penalties: the larger, the shorter."""
    x, y = diabetes()
    module = sn.compile("ridge_regression")
    penalties = np.array([0.0, 1.0, 10.0, 100.0, 1000.0, 10000.0])
    found, gaps = [], []
    for lam in penalties:
        w = np.linalg.solve(x.T @ x + lam * np.eye(x.shape[1]), x.T @ y)
        gaps.append(float(np.abs(module.backward(1.0, module.forward(x, w, y, lam=float(lam))[1])[1]).max()))
        found.append(w)
    lengths = np.linalg.norm(found, axis=1)
    rows = tuple((f"{lam:g}", f"{length:.3f}") for lam, length in zip(penalties, lengths))

    def draw(words: Words) -> str:
        drawn, axes = figure()
        for weight in np.array(found)[1:, :-1].T.round(5):
            axes.plot(penalties[1:], weight, "o-")
        axes.set(xlabel=words.word("penalty"), ylabel=words.word("weights"), xscale="log")
        return svg(drawn, words.caption("shrinking"))

    ok = max(gaps) < 1e-9 and bool(np.all(np.diff(lengths) < 0))
    return Result(("penalty", "length"), rows, ok, draw)


def _trained() -> Result:
    """Logistic regression on 569 tumours, by the generated training step; a fifth is held out."""
    from sklearn.datasets import load_breast_cancer

    features, benign = load_breast_cancer(return_X_y=True)
    x, y = sn.compile("standardize").forward(features)[0], benign.astype(float)
    order = np.random.default_rng(0).permutation(len(x))
    kept, held = order[len(x) // 5 :], order[: len(x) // 5]
    module = sn.compile("logistic_regression_momentum_step")
    parameters = {"w": np.zeros(x.shape[1]), "b": np.zeros(())}
    state, losses, rows = module.init(parameters), [], []
    shown = (1, 10, 100, 300)
    for count in range(1, shown[-1] + 1):
        loss, parameters, state = module.step(parameters, x[kept], y[kept], state, lr=0.1)
        losses.append(float(loss))
        side = (x @ parameters["w"] + parameters["b"] > 0) == y
        if count in shown:
            rows.append((str(count), f"{loss:.2f}", f"{side[kept].mean():.2f}", f"{side[held].mean():.2f}"))

    def draw(words: Words) -> str:
        drawn, axes = figure()
        axes.plot(range(1, len(losses) + 1), losses)
        axes.set(xlabel=words.word("step_t"), ylabel=words.word("loss"), yscale="log")
        return svg(drawn, words.caption("trained"))

    ok = losses[-1] < 0.1 and side[held].mean() > 0.95
    return Result(("step_t", "loss", "right_kept", "right_held"), tuple(rows), ok, draw)


__all__ = ["linear"]
