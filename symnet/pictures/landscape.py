"""A scalar function of two numbers: level lines, the field of its derived gradient, and paths of update rules."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

import symnet as sn
from symnet.errors import SymnetError
from symnet.ir.op import Op
from symnet.pictures.point import constants_only

Array = Any
LEVELS, GRID, ARROWS = 14, 81, 13
Range = tuple[float, float]


@dataclass(frozen=True)
class Landscape:
    """``function(a, b)`` gives the value and both slopes; the names stand at the axes."""

    names: tuple[str, str]
    function: Callable[[float, float], tuple[float, float, float]]


def landscape(op: Op, wrt: str | None = None, given: Mapping[str, Any] | None = None) -> Landscape:
    """A scalar operation over its two scalar inputs, or over the two entries of the input ``wrt``.

    The other inputs have the given values, or a random sample of eight.
    Raises SymnetError where there are no two numbers to vary.
    """
    graph = op.graph
    if len(graph.outputs) != 1 or graph.outputs[0].axes:
        raise SymnetError(f"{op.name} is no scalar function, which has a landscape", hint="give one scalar loss")
    numbers = [n.name for n in graph.differentiable_inputs if not n.axes]
    if wrt is None and len(numbers) == 2 and len(graph.inputs) == 2:
        return _over_scalars(op, numbers, constants_only(op, given or {}))
    if wrt is None:
        raise SymnetError(
            f"{op.name} is not a function of two numbers",
            hint="name an input of one axis to vary its two entries: --wrt w",
        )
    if wrt not in {n.name for n in graph.differentiable_inputs}:
        known = ", ".join(n.name for n in graph.differentiable_inputs)
        raise SymnetError(f"{op.name} has no differentiable input '{wrt}'", hint=f"it has {known}")
    return _over_entries(op, wrt, dict(given or {}))


def _over_scalars(op: Op, names: list[str], constants: Mapping[str, Any]) -> Landscape:
    module = sn.compile(op)

    def function(a: float, b: float) -> tuple[float, float, float]:
        value, cache = module.forward(a, b, **constants)
        da, db = module.backward(1.0, cache)
        return float(value), float(da), float(db)

    return Landscape((names[0], names[1]), function)


def _over_entries(op: Op, wrt: str, given: dict[str, Any]) -> Landscape:
    from symnet.check.sample import draw
    from symnet.check.sizes import sizes_in
    from symnet.ir.expr import Size
    from symnet.pictures.point import point_of

    graph = op.graph
    if not given:
        own = {s for i in graph.by_name[wrt].axes for s in i.size.atoms(Size)}
        symbols = {s for size in sizes_in(graph.nodes) for s in size.atoms(Size)}
        given = dict(draw(graph, np.random.default_rng(0), {s: 2 if s in own else 8 for s in symbols}).inputs)
    inputs, constants = point_of(graph, given)
    if inputs[wrt].size != 2:
        raise SymnetError(f"{op.name}: a landscape is over two numbers, {wrt} has {inputs[wrt].size} entries")
    module, place = sn.compile(op), [n.name for n in graph.differentiable_inputs].index(wrt)

    def function(a: float, b: float) -> tuple[float, float, float]:
        entries = np.array([a, b]).reshape(inputs[wrt].shape)
        arrays = [entries if n.name == wrt else inputs[n.name] for n in graph.inputs]
        value, cache = module.forward(*arrays, **constants)
        da, db = module.backward(1.0, cache)[place].ravel()
        return float(value), float(da), float(db)

    return Landscape((f"{wrt}₁", f"{wrt}₂"), function)


def path(op: Op, rule: str, start: Range, steps: int, constants: Mapping[str, float]) -> Array:
    """The points of a run of an update rule on a function of two numbers, with the derived gradient."""
    return run(landscape(op), rule, start, steps, constants)


def run(land: Landscape, rule: str, start: Range, steps: int, constants: Mapping[str, float]) -> Array:
    """The points of a run, whose two numbers are one array (a rule of matrices gets one row).

    Raises SymnetError where the rule is none of two numbers or leaves all bounds.
    """
    from symnet.ir.update import UpdateRule
    from symnet.loading import load_operation

    known = load_operation(rule)
    if not isinstance(known, UpdateRule) or len({n.axes for n in known.graph.inputs[:2]}) > 1:
        raise SymnetError(f"there is no update rule '{rule}' of two numbers", hint="`symnet list` shows the rules")
    update = sn.compile(known)
    rank = len(known.graph.inputs[0].axes) if not (known.entrywise or known.flat) else 1
    point = np.array(start, float).reshape((1,) * (rank - 1) + (2,))
    state, points = update.init(point), [start]
    ahead = {k: v for k, v in constants.items() if k != "lr"}
    for _ in range(steps):
        there = update.point(point, state, **ahead) if hasattr(update.module, "point") else point
        with np.errstate(all="ignore"):
            _, *slopes = land.function(*map(float, there.flat))
        if not np.all(np.isfinite(slopes)):
            raise SymnetError(f"{rule} runs out of all bounds in {len(points)} steps", hint="set a smaller lr")
        try:
            with np.errstate(all="ignore"):
                point, state = update.step(point, np.array(slopes).reshape(point.shape), state, **constants)
        except ValueError as error:
            raise SymnetError(str(error)) from None
        points.append((float(point.flat[0]), float(point.flat[1])))
    return np.array(points)


def draw(
    axes: Any, land: Landscape, across: Range, up: Range, paths: Mapping[str, Array] | None = None, field: bool = True
) -> None:
    """Level lines; arrows against the gradient, where a step would lead; paths, with a dot where each ends."""
    from symnet.pictures.figures import FAINT, INK, SOFT

    xs, ys = np.linspace(*across, GRID), np.linspace(*up, GRID)
    with np.errstate(all="ignore"):
        heights = np.array([[land.function(float(x), float(y))[0] for x in xs] for y in ys])
    if not np.all(np.isfinite(heights)):
        raise SymnetError("the function is not finite over the whole range", hint="choose another range")
    levels = np.unique(np.quantile(heights, np.linspace(0.02, 0.98, LEVELS)).round(9))
    axes.grid(False)
    axes.contour(xs, ys, heights, levels=levels, colors=SOFT if field and not paths else FAINT, linewidths=0.8)
    if field:
        _field(axes, land, across, up, SOFT if paths else INK)
    for rule, points in (paths or {}).items():
        (line,) = axes.plot(*_seen(points).T.round(4), label=rule.rpartition(":")[2], linewidth=1.4)
        axes.plot(*points[-1].round(4), "o", color=line.get_color(), markersize=5)
    if paths:
        axes.figure.legend(loc="outside upper center", ncols=4, fontsize="small")
    axes.set(xlim=across, ylim=up, xlabel=land.names[0], ylabel=land.names[1])


def _seen(points: Array) -> Array:
    """A path without the points that are too near to the one before to be seen."""
    extent, keep = np.ptp(points, axis=0).max() / 400, [0]
    for k in range(1, len(points)):
        if np.hypot(*(points[k] - points[keep[-1]])) > extent or k == len(points) - 1:
            keep.append(k)
    return points[keep]


def _field(axes: Any, land: Landscape, across: Range, up: Range, colour: str) -> None:
    """Arrows of the direction of descent; the square root tells large slopes from small ones, yet shows both."""
    xs, ys = (np.linspace(*r, 2 * ARROWS + 1)[1::2] for r in (across, up))
    slopes = np.array([[land.function(float(x), float(y))[1:] for x in xs] for y in ys])
    length = np.hypot(slopes[..., 0], slopes[..., 1])
    relative = length / max(float(length.max()), 1e-300)
    down = (-slopes * (np.sqrt(relative) / np.maximum(length, 1e-300))[..., None]).round(4)
    axes.quiver(
        xs, ys, down[..., 0], down[..., 1], color=colour, angles="xy", pivot="mid",
        scale=1.1 * ARROWS, scale_units="width", width=0.0032,
    )  # fmt: skip


__all__ = ["Landscape", "draw", "landscape", "path", "run"]
