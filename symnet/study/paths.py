"""The behaviour of update rules: stationary points by the Hessian, and runs of the generated steps with their paths."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import sympy as sp

import symnet as sn
from symnet.errors import SymnetError
from symnet.ir.op import Op
from symnet.study.claims import AtLeastZero, Equal, Together
from symnet.study.functions import classifier, rosenbrock, saddle
from symnet.study.rules import derived
from symnet.study.study import Experiment, Line, Result, Section

#: rule -> constants, for each landscape
SADDLE = {
    "gradient_descent": {"lr": 0.05},
    "momentum": {"lr": 0.05},
    "nesterov": {"lr": 0.05},
    "adagrad": {"lr": 0.3},
    "rmsprop": {"lr": 0.05},
    "adam": {"lr": 0.05},
}
ROSENBROCK = {
    "gradient_descent": {"lr": 0.001},
    "momentum": {"lr": 0.0005},
    "nesterov": {"lr": 0.0005},
    "adagrad": {"lr": 0.5},
    "rmsprop": {"lr": 0.005},
    "adam": {"lr": 0.05},
    "rprop": {},
}
DIGITS: dict[str, dict[str, float]] = {
    "gradient_descent": {"lr": 0.5},
    "momentum": {"lr": 0.1},
    "nesterov": {"lr": 0.1},
    "adagrad": {"lr": 0.1},
    "rmsprop": {"lr": 0.01},
    "adam": {"lr": 0.01},
    "adamw": {"lr": 0.01},
    "lion": {"lr": 0.003},
}  # not Rprop, which is for full batches: the sign of a noisy gradient turns by chance


def runs() -> Iterator[Section | Line | Experiment]:
    """Saddle, valley, schedule, digits."""
    yield Section("Stationary points")
    yield from _stationary()
    yield Section("Runs")
    yield Experiment(
        "From (1, 0.001), next to the line that leads into the saddle x^2 - y^2, all rules leave it; plain gradient "
        "descent needs longest of all, since its steps are as small as the gradient. Steps until |y| > 1:",
        _from_saddle,
        "saddle.svg",
    )
    yield Experiment(
        "Along the valley of Rosenbrock's function, from (-1.5, 2), in 2000 steps. Momentum and Adam come far closer "
        "to the minimum than gradient descent, whose steps the steep walls keep small.",
        _along_valley,
        "rosenbrock.svg",
    )
    yield Experiment(
        "The triangular schedule agrees with Smith's formula, cycle by cycle, and with low and high at its ends.",
        _schedule,
        "triangular.svg",
    )
    if find_spec("sklearn"):
        yield Experiment(
            "Softmax regression on the 1797 handwritten digits that come with scikit-learn, batches of 32, 10 epochs, "
            "the same start and order for all rules.",
            _digits,
            "digits.svg",
        )


def _stationary() -> Iterator[Line]:
    x, y = sp.symbols("x y", real=True)
    here = {"x": x, "y": y}
    for op, place, kind in ((saddle, (0, 0), "saddle"), (rosenbrock, (1, 1), "minimum")):
        point = dict(zip(here, map(sp.Integer, place)))
        slope, bend = derived(op, "gradient", point), derived(op, "hessian", point)
        a, b, c = bend["x"], bend["x,y"], bend["y"]
        vanishes = [("gradient", Equal(slope[n], sp.S.Zero, sp.Symbol(f"f_{n}"))) for n in here]
        determinant = sp.Symbol("f_{xx} f_{yy} - f_{xy}^2")
        if kind == "saddle":
            second = [("Hessian", AtLeastZero(b**2 - a * c, True, sp.Symbol("f_{xy}^2 - f_{xx} f_{yy}")))]
            text = "Its determinant is negative, so it has eigenvalues of both signs: a saddle."
        else:
            second = [
                ("Hessian", AtLeastZero(a, True, sp.Symbol("f_{xx}"))),
                ("Hessian", AtLeastZero(a * c - b**2, True, determinant)),
            ]
            text = "Its leading minors are positive, so it is positive definite: a minimum."
        yield Line(
            f"{op.doc} Gradient and Hessian are derived from the forward definition, and taken at {place}. {text}",
            Together((*vanishes, *second), "exact arithmetic"),
            "second-order condition",
        )
    gradient = derived(rosenbrock, "gradient", here)
    yield Line(
        "Rosenbrock's function has no other stationary point: f_y = 0 gives y = x^2, and there f_x = -2 (1 - x), "
        "which is zero only for x = 1.",
        Together(
            (
                ("by y", Equal(gradient["y"], 200 * (y - x**2), sp.Symbol("f_y"))),
                ("by x, where y = x^2", Equal(gradient["x"].subs(y, x**2), -2 * (1 - x), sp.Symbol("f_x"))),
            ),
            "normal forms",
        ),
        "substitution",
    )


# -- runs -------------------------------------------------------------------------------------------------------------


def path(op: Op, rule: str, start: tuple[float, float], steps: int, constants: Mapping[str, float]) -> np.ndarray:
    """The points of a run on a function of x and y, with the derived gradient."""
    function, update = sn.compile(op), sn.compile(rule)
    point = [np.array(v) for v in start]
    state = update.init(point)
    points = [start]
    ahead = {k: v for k, v in constants.items() if k != "lr"}
    for _ in range(steps):
        there = update.point(point, state, **ahead) if rule == "nesterov" else point
        _, cache = function.forward(*there)
        point, state = update.step(point, function.backward(1.0, cache), state, **constants)
        points.append((float(point[0]), float(point[1])))
    return np.array(points)


def _from_saddle() -> Result:
    paths = {rule: path(saddle, rule, (1.0, 1e-3), 120, constants) for rule, constants in SADDLE.items()}
    left = {rule: int(np.argmax(np.abs(p[:, 1]) > 1)) for rule, p in paths.items()}
    rows = tuple((rule, str(n)) for rule, n in left.items())
    ok = min(left.values()) > 0 and max(left, key=lambda r: left[r]) == "gradient_descent"
    return Result(("rule", "steps"), rows, ok, lambda file: _contours(file, saddle, paths, (-1.2, 1.2), (-1.2, 1.2)))


def _along_valley() -> Result:
    start = (-1.5, 2.0)
    paths = {rule: path(rosenbrock, rule, start, 2000, constants) for rule, constants in ROSENBROCK.items()}
    away = {rule: float(np.hypot(*(p[-1] - 1))) for rule, p in paths.items()}
    rows = tuple((rule, f"{d:.0e}" if d > 1e-6 else "below 1e-06") for rule, d in away.items())
    ok = all(away[rule] < away["gradient_descent"] / 5 for rule in ("momentum", "nesterov", "adam"))
    head = ("rule", "distance from (1, 1)")
    return Result(head, rows, ok, lambda file: _contours(file, rosenbrock, paths, (-2, 2), (-1, 3)))


def _schedule() -> Result:
    low, high, half = 0.001, 0.006, 2000.0
    t = np.arange(0.0, 10001.0, 50.0)
    rate, _ = sn.compile("triangular_rate").forward(t, low=low, high=high, half=half)
    cycle = np.floor(1 + t / (2 * half))
    smith = low + (high - low) * np.maximum(0, 1 - np.abs(t / half - 2 * cycle + 1))
    gap = float(np.max(np.abs(rate - smith)))
    rows = (("largest difference from Smith's formula", "below 1e-12" if gap < 1e-12 else f"{gap:.0e}"),)

    def draw(file: Path) -> None:
        figure, axes = _figure()
        axes.plot(t, rate)
        axes.set(xlabel="step t", ylabel="learning rate", title="Triangular schedule")
        _save(figure, file)

    return Result(("quantity", "value"), rows, gap < 1e-12, draw)


def losses(rule: str, constants: Mapping[str, float], epochs: int = 10) -> tuple[list[float], float]:
    """The mean loss of each epoch on the digits, and the accuracy on the fifth of them that was held out."""
    from sklearn.datasets import load_digits

    rng = np.random.default_rng(0)
    images, labels = load_digits(return_X_y=True)
    order = rng.permutation(len(images))
    images, labels = images[order] / 16, labels[order]
    held = len(images) // 5
    x, y = images[held:], labels[held:]
    network, update = sn.compile(classifier), sn.compile(rule)
    parameters: Any = {"w": np.zeros((64, 10)), "b": np.zeros(10)}
    state, found = update.init(parameters), []
    for _ in range(epochs):
        each = []
        for batch in np.array_split(rng.permutation(len(x)), len(x) // 32):
            there = update.point(parameters, state) if rule == "nesterov" else parameters
            loss, cache = network.forward(x[batch], there["w"], there["b"], y[batch])
            _, dw, db = network.backward(1.0, cache)
            parameters, state = update.step(parameters, {"w": dw, "b": db}, state, **constants)
            each.append(float(loss))
        found.append(float(np.mean(each)))
    scores = images[:held] @ parameters["w"] + parameters["b"]
    return found, float((scores.argmax(axis=1) == labels[:held]).mean())


def _digits() -> Result:
    found = {rule: losses(rule, constants) for rule, constants in DIGITS.items()}
    rows = tuple(
        (rule, f"{loss[0]:.1f}", f"{loss[-1]:.1f}", f"{accuracy:.2f}") for rule, (loss, accuracy) in found.items()
    )
    ok = all(loss[-1] < loss[0] and accuracy > 0.93 for loss, accuracy in found.values())

    def draw(file: Path) -> None:
        figure, axes = _figure()
        for rule, (loss, _) in found.items():
            axes.plot(range(1, len(loss) + 1), loss, label=rule)
        axes.set(xlabel="epoch", ylabel="mean loss", yscale="log", title="Softmax regression on digits")
        axes.legend()
        _save(figure, file)

    return Result(("rule", "loss, first epoch", "loss, last epoch", "accuracy, held out"), rows, ok, draw)


# -- pictures ---------------------------------------------------------------------------------------------------------


def _figure() -> tuple[Any, Any]:
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise SymnetError("pictures need matplotlib", hint="pip install matplotlib") from None
    figure = Figure(figsize=(6, 4.5), layout="constrained")
    return figure, figure.subplots()


def _save(figure: Any, file: Path) -> None:
    """As SVG that is the same in every run: no date, no random names."""
    import matplotlib

    with matplotlib.rc_context({"svg.hashsalt": "symnet", "svg.fonttype": "none"}):
        figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None})


def _contours(
    file: Path, op: Op, paths: Mapping[str, np.ndarray], across: tuple[float, float], up: tuple[float, float]
) -> None:
    """Level lines and the paths over them; a dot is where a path ends."""
    figure, axes = _figure()
    xs, ys = np.linspace(*across, 120), np.linspace(*up, 120)
    function = sn.compile(op)
    heights = np.array([[float(function.forward(float(x), float(y))[0]) for x in xs] for y in ys])
    levels = np.quantile(heights, np.linspace(0.02, 0.98, 14))
    axes.contour(xs, ys, heights, levels=levels, colors="0.8", linewidths=0.7)
    for rule, points in paths.items():
        (line,) = axes.plot(*points.T.round(4), label=rule, linewidth=1.2)
        axes.plot(*points[-1].round(4), "o", color=line.get_color(), markersize=5)
    axes.set(xlim=across, ylim=up, xlabel="x", ylabel="y", title=op.doc)
    axes.legend(loc="lower right", fontsize="small")
    _save(figure, file)


__all__ = ["losses", "path", "rosenbrock", "runs", "saddle"]
