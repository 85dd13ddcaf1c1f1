"""The behaviour of update rules: runs of the generated steps, with their paths."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

import symnet as sn
from symnet.ir.op import Op
from symnet.pictures.landscape import path
from symnet.study.definitions.landscapes import classifier, quadratic, rosenbrock, saddle
from symnet.study.pictures import contours, figure, svg
from symnet.study.study import Draw, Experiment, Item, Result, Section
from symnet.study.words import Cell, Words, phrase

#: rule -> constants, for each landscape; LARS takes its rate times 0.001, a part of the norm
SADDLE: dict[str, dict[str, float]] = {
    "gradient_descent": {"lr": 0.05},
    "momentum": {"lr": 0.05},
    "momentum_average": {"lr": 0.5},
    "momentum_velocity": {"lr": 0.05},
    "nesterov": {"lr": 0.05},
    "nesterov_shifted": {"lr": 0.05},
    "adagrad": {"lr": 0.3},
    "rmsprop": {"lr": 0.05},
    "rmsprop_inside": {"lr": 0.05},
    "adam": {"lr": 0.05},
    "adam_inside": {"lr": 0.05},
    "adam_uncorrected": {"lr": 0.05},
    "adamw": {"lr": 0.05},
    "lion": {"lr": 0.05},
    "lars": {"lr": 50.0},
    "lamb": {"lr": 0.05},
    "adafactor": {"lr": 0.05},
    "rprop": {},
}
ROSENBROCK: dict[str, dict[str, float]] = {
    "gradient_descent": {"lr": 0.001},
    "momentum": {"lr": 0.0005},
    "momentum_average": {"lr": 0.005},
    "momentum_velocity": {"lr": 0.0005},
    "nesterov": {"lr": 0.0005},
    "nesterov_shifted": {"lr": 0.0005},
    "adagrad": {"lr": 0.5},
    "rmsprop": {"lr": 0.005},
    "rmsprop_inside": {"lr": 0.005},
    "adam": {"lr": 0.05},
    "adam_inside": {"lr": 0.05},
    "adam_uncorrected": {"lr": 0.05},
    "adamw": {"lr": 0.05},
    "lion": {"lr": 0.005},
    "lars": {"lr": 1.0},  # with a larger one it zigzags, and the last bit decides where it stands
    "lamb": {"lr": 0.02},
    "adafactor": {"lr": 0.02},
    "rprop": {},
}
DIGITS: dict[str, dict[str, float]] = {
    "gradient_descent": {"lr": 0.5},
    "momentum": {"lr": 0.1},
    "momentum_average": {"lr": 1.0},
    "momentum_velocity": {"lr": 0.1},
    "nesterov": {"lr": 0.1},
    "nesterov_shifted": {"lr": 0.1},
    "adagrad": {"lr": 0.1},
    "rmsprop": {"lr": 0.01},
    "rmsprop_inside": {"lr": 0.01},
    "adam": {"lr": 0.01},
    "adam_inside": {"lr": 0.01},
    "adam_uncorrected": {"lr": 0.01},
    "adamw": {"lr": 0.01},
    "lion": {"lr": 0.003},
    "lars": {"lr": 2.0},
    "rprop": {},
}
#: the sign of a noisy gradient turns by chance, so this one is for full batches; and how many epochs it gets
WHOLE = {"rprop": 100}
#: the rules whose runs are drawn: other forms of one rule would lie upon each other
DRAWN = ("gradient_descent", "momentum", "nesterov", "adagrad", "rmsprop", "adam", "adamw", "lion")


def runs() -> Iterator[Item]:
    """Saddle, valley, schedule, digits."""
    yield Section("runs")
    yield Experiment("saddle", _from_saddle, picture=True)
    yield Experiment("rosenbrock", _along_valley, picture=True)
    yield Experiment("stopping", _stopping)
    yield Experiment("correction", _correction, picture=True)
    yield Experiment("epsilon", _epsilon)
    yield Experiment("triangular", _schedule, picture=True)
    yield Experiment("digits", _digits, picture=True, needs="sklearn")


# -- runs -------------------------------------------------------------------------------------------------------------


def _from_saddle() -> Result:
    paths = {rule: path(saddle, rule, (1.0, 1e-3), 120, constants) for rule, constants in SADDLE.items()}
    left = {rule: int(np.argmax(np.abs(p[:, 1]) > 1)) for rule, p in paths.items()}
    rows = tuple((rule, str(n)) for rule, n in left.items())
    ok = min(left.values()) > 0 and max(left, key=lambda r: left[r]) == "gradient_descent"
    return Result(("rule", "steps"), rows, ok and _one_run(left), _over(saddle, paths, (-1.2, 1.2), (-1.2, 1.2)))


def _one_run(found: Mapping[str, float]) -> bool:
    """Are the numbers of all forms of momentum the same?"""
    numbers = [found[rule] for rule in ("momentum", "momentum_average", "momentum_velocity")]
    return bool(np.allclose(numbers, numbers[0], rtol=1e-6))


def _along_valley() -> Result:
    start = (-1.5, 2.0)
    paths = {rule: path(rosenbrock, rule, start, 2000, constants) for rule, constants in ROSENBROCK.items()}
    away = {rule: float(np.hypot(*(p[-1] - 1))) for rule, p in paths.items()}
    rows = tuple((rule, small(d, 1e-6)) for rule, d in away.items())
    ok = all(away[rule] < away["gradient_descent"] / 5 for rule in ("momentum", "nesterov", "adam"))
    ok = ok and _one_run(away)
    head = ("rule", "distance")
    return Result(head, rows, ok, _over(rosenbrock, paths, (-2, 2), (-1, 3)))


def _stopping() -> Result:
    """Gradient descent on a parabola, until the slope is below a tolerance."""
    function, update = sn.compile(quadratic), sn.compile("gradient_descent")
    rows, ok, curvature = [], True, 2.0
    for tolerance in (1e-2, 1e-4, 1e-8):
        place, state, count = 1.0, update.init(1.0), 0
        while True:
            _, cache = function.forward(place, curvature=curvature)
            (slope,) = function.backward(1.0, cache)
            if abs(slope) <= tolerance:
                break
            moved, state = update.step(place, float(slope), state, lr=0.1)
            place, count = float(moved), count + 1
        ok = ok and abs(place) <= tolerance / curvature
        rows.append((f"{tolerance:.0e}", str(count), f"{abs(place):.0e}", f"{tolerance / curvature:.0e}"))
    return Result(("tolerance", "steps", "distance_at_end", "bound_of_distance"), tuple(rows), ok)


def _correction() -> Result:
    """The lengths of Adam's steps, with and without bias correction, where all gradients are 1."""
    steps = 2000
    found = {}
    for rule in ("adam", "adam_uncorrected"):
        update, place, lengths = sn.compile(rule), 0.0, []
        state = update.init(place)
        for _ in range(steps):
            moved, state = update.step(place, 1.0, state, lr=1.0)
            lengths.append(place - float(moved))
            place = float(moved)
        found[rule] = np.array(lengths)
    shown = (1, 2, 5, 10, 100, 2000)
    rows = tuple((str(t), *(f"{found[rule][t - 1]:.2f}" for rule in found)) for t in shown)
    ok = bool(np.allclose(found["adam"], 1) and abs(found["adam_uncorrected"][0] - 10**0.5) < 1e-6)
    ok = ok and found["adam_uncorrected"].max() > 6

    def draw(words: Words) -> str:
        drawn, axes = figure()
        for rule, lengths in found.items():
            axes.plot(range(1, steps + 1), lengths, label=rule)
        axes.set(xlabel=words.word("step_t"), ylabel=words.word("step_length"), xscale="log")
        axes.legend()
        return svg(drawn, words.caption("correction"))

    return Result(("step_t", *found), rows, ok, draw)


def _epsilon() -> Result:
    """The steps of RMSProp with epsilon 1e-4 outside and its square inside the root, by the size of the gradient."""
    rows, ratios = [], []
    for size in (1e-8, 1e-6, 1e-4, 1e-2, 1.0):
        steps = []
        for rule, eps in (("rmsprop", 1e-4), ("rmsprop_inside", 1e-8)):
            update = sn.compile(rule)
            state = update.init(0.0)
            moved, _ = update.step(0.0, size, state, lr=1.0, beta=0.0, eps=eps)
            steps.append(-float(moved))
        ratios.append(steps[1] / steps[0])
        rows.append((f"{size:.0e}", *(f"{s:.1e}" for s in steps), f"{ratios[-1]:.2f}"))
    ok = abs(ratios[2] - 2**0.5) < 1e-6 and max(ratios) <= 2**0.5 + 1e-9 and all(r < 1.02 for r in ratios[::4])
    return Result(("gradient", "outside", "inside", "ratio"), tuple(rows), ok)


def _schedule() -> Result:
    low, high, half = 0.001, 0.006, 2000.0
    t = np.arange(0.0, 10001.0, 50.0)
    rate, _ = sn.compile("triangular_rate").forward(t, low=low, high=high, half=half)
    cycle = np.floor(1 + t / (2 * half))
    smith = low + (high - low) * np.maximum(0, 1 - np.abs(t / half - 2 * cycle + 1))
    gap = float(np.max(np.abs(rate - smith)))
    rows = ((phrase("gap"), small(gap, 1e-12)),)

    def draw(words: Words) -> str:
        drawn, axes = figure()
        axes.plot(t, 1000 * rate)
        axes.set(xlabel=words.word("step_t"), ylabel=words.word("learning_rate"))
        return svg(drawn, words.caption("triangular"))

    return Result(("quantity", "value"), rows, gap < 1e-12, draw)


def digits() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Images and labels of the digits to learn from, and of the fifth of them that is held out."""
    from sklearn.datasets import load_digits

    images, labels = load_digits(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(images))
    images, labels = images[order] / 16, labels[order]
    held = len(images) // 5
    return images[held:], labels[held:], images[:held], labels[:held]


def trained(
    rule: str, constants: Mapping[str, float], epochs: int, size: int = 32
) -> tuple[list[float], dict[str, np.ndarray]]:
    """The mean loss of each epoch of softmax regression on the digits in batches, and the weights at the end."""
    x, y, _, _ = digits()
    rng = np.random.default_rng(0)
    network, update = sn.compile(classifier), sn.compile(rule)
    parameters: Any = {"w": np.zeros((64, 10)), "b": np.zeros(10)}
    state, found = update.init(parameters), []
    for _ in range(epochs):
        each = []
        for batch in np.array_split(rng.permutation(len(x)), max(1, len(x) // size)):
            there = update.point(parameters, state) if rule == "nesterov" else parameters
            loss, cache = network.forward(x[batch], there["w"], there["b"], y[batch])
            _, dw, db = network.backward(1.0, cache)
            parameters, state = update.step(parameters, {"w": dw, "b": db}, state, **constants)
            each.append(float(loss))
        found.append(float(np.mean(each)))
    return found, parameters


def losses(rule: str, constants: Mapping[str, float], epochs: int = 10) -> tuple[list[float], float]:
    """The mean loss of each epoch on the digits, and the accuracy on those that were held out."""
    found, parameters = trained(rule, constants, *((WHOLE[rule], 2000) if rule in WHOLE else (epochs,)))
    _, _, images, labels = digits()
    scores = images @ parameters["w"] + parameters["b"]
    return found, float((scores.argmax(axis=1) == labels).mean())


def _digits() -> Result:
    found = {rule: losses(rule, constants) for rule, constants in DIGITS.items()}
    rows = tuple(
        (rule, f"{loss[0]:.1f}", f"{loss[-1]:.1f}", f"{accuracy:.2f}") for rule, (loss, accuracy) in found.items()
    )
    ok = all(loss[-1] < loss[0] and accuracy > 0.93 for loss, accuracy in found.values())

    def draw(words: Words) -> str:
        drawn, axes = figure()
        for rule in DRAWN:
            loss, _ = found[rule]
            axes.plot(range(1, len(loss) + 1), loss, label=rule)
        axes.set(xlabel=words.word("epoch"), ylabel=words.word("mean_loss"), yscale="log")
        axes.legend()
        return svg(drawn, words.caption("digits"))

    return Result(("rule", "first_loss", "last_loss", "accuracy"), rows, ok, draw)


def _over(op: Op, paths: Mapping[str, np.ndarray], across: tuple[float, float], up: tuple[float, float]) -> Draw:
    drawn = {rule: paths[rule] for rule in DRAWN}
    return lambda words: contours(op, drawn, across, up, words.word(op.name))


def small(value: float, least: float) -> Cell:
    """A number of one digit; what is rounding error is only said to be small."""
    return f"{value:.0e}" if value > least else phrase("below", bound=f"{least:.0e}")


__all__ = ["losses", "path", "rosenbrock", "runs", "saddle"]
