"""An elementwise operation as a curve, and its derived derivative under it.

Where one of them jumps, the place is found by halving, the line is broken there, and a dot shows the value that the
operation takes: the convention at a kink can be read off.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from symnet.errors import SymnetError
from symnet.ir.expr import Reduction, accesses
from symnet.ir.graph import Graph
from symnet.ir.op import Op

Array = Any
POINTS = 241
HALVINGS = 40
DIGITS = 5  # of what is drawn: no machine rounds to another pixel

#: kind of an input -> where the curve runs
RANGES = {"real": (-5.0, 5.0), "positive": (0.02, 5.0), "probability": (0.01, 0.99)}


def elementwise(graph: Graph) -> bool:
    """One array in, one array of the same axes out, entry by entry."""
    if len(graph.inputs) != 1 or len(graph.outputs) != 1 or not graph.inputs[0].differentiable:
        return False
    axes = graph.inputs[0].axes
    return all(
        n.axes == axes and not n.expr.has(Reduction) and all(a.subs == axes for a in accesses(n.expr))
        for n in graph.definitions
    )


@dataclass(frozen=True)
class Curve:
    """Points of a function, NaN between the two sides of a jump; ``jumps`` are (place, value, left, right)."""

    x: Array
    y: Array
    jumps: tuple[tuple[float, float, float, float], ...]


def curves(
    op: Op, between: tuple[float, float] | None = None, constants: Mapping[str, float] | None = None
) -> tuple[Curve, Curve]:
    """The operation and its derivative; raises SymnetError where it is not elementwise or not finite."""
    import symnet

    if not elementwise(op.graph):
        raise SymnetError(f"{op.name} is not an elementwise operation of one array, which a curve could show")
    (node,) = op.graph.inputs
    low, high = between or RANGES[node.kind]
    module = symnet.compile(op, style="readable")
    shape = (*(1 for _ in node.axes[1:]), -1) if node.axes else ()

    def both(x: Array) -> tuple[Array, Array]:
        if not node.axes:
            pairs = [both_of(value) for value in x]
            return np.array([y for y, _ in pairs]), np.array([s for _, s in pairs])
        y, slope = both_of(x.reshape(shape))
        return y.ravel(), slope.ravel()

    def both_of(x: Array) -> tuple[Array, Array]:
        with np.errstate(all="ignore"):
            y, cache = module.forward(x, **(constants or {}))
            return y, module.backward(np.ones_like(y), cache)[0]

    return _curve(lambda x: both(x)[0], low, high, op), _curve(lambda x: both(x)[1], low, high, op)


def _curve(function: Callable[[Array], Array], low: float, high: float, op: Op) -> Curve:
    x = np.linspace(low, high, POINTS)
    y = function(x)
    if not np.all(np.isfinite(y)):
        raise SymnetError(f"{op.name} is not finite between {low:g} and {high:g}", hint="choose another range")
    large = 0.02 * max(float(np.ptp(y)), 1e-12)
    jumps: list[tuple[float, float, float, float]] = []
    xs: list[Array] = []
    ys: list[Array] = []
    begin = 0
    for k in np.flatnonzero(np.abs(np.diff(y)) > large):
        jump = _jump(function, x[k], x[k + 1], abs(y[k + 1] - y[k]))
        if jump is not None:
            jumps.append(jump)
            place, _, left, right = jump
            keep = slice(begin, k + (x[k] < place))
            xs += [x[keep], [place, np.nan, place]]
            ys += [y[keep], [left, np.nan, right]]
            begin = k + 1 + (x[k + 1] <= place)
    xs.append(x[begin:])
    ys.append(y[begin:])
    return Curve(np.concatenate(xs).round(DIGITS), np.concatenate(ys).round(DIGITS), tuple(jumps))


def _jump(function: Callable, a: float, b: float, size: float) -> tuple[float, float, float, float] | None:
    """Place, value there, limits from the left and the right, where the function jumps between a and b."""
    left, right = float(a), float(b)
    for _ in range(HALVINGS):
        middle = (left + right) / 2
        low, value, high = function(np.array([left, middle, right]))
        left, right = (left, middle) if abs(value - low) > abs(high - value) else (middle, right)
    low, high = function(np.array([left, right]))
    if abs(high - low) < size / 2:
        return None
    place = round((left + right) / 2, 9) + 0.0
    near = 1e-7 * max(1.0, abs(place))
    value, low, high = function(np.array([place, place - near, place + near]))
    value, low, high = (round(float(v), DIGITS) + 0.0 for v in (value, low, high))
    return place, value, low, high


def draw(
    axes: Any, op: Op, between: tuple[float, float] | None = None, constants: Mapping[str, float] | None = None
) -> None:
    """Both curves on one pair of axes, through the origin where that is in sight."""
    from symnet.pictures.figures import BLUE, RED, SOFT

    name = op.graph.inputs[0].name
    for curve, colour, label, line in zip(
        curves(op, between, constants),
        (BLUE, RED),
        (f"{op.name}({name})", f"{op.name}′({name})"),
        ("solid", (0, (5, 2))),
    ):
        axes.plot(curve.x, curve.y, color=colour, label=label, linestyle=line)
        for place, value, *limits in curve.jumps:
            for limit in limits:
                if abs(limit - value) > 1e-6:
                    axes.plot([place], [limit], "o", color=colour, markerfacecolor="none", markersize=5)
            axes.plot([place], [value], "o", color=colour, markersize=5)
    axes.axhline(0, color=SOFT, linewidth=0.8)
    axes.axvline(0, color=SOFT, linewidth=0.8) if axes.get_xlim()[0] < 0 < axes.get_xlim()[1] else None
    axes.set(xlabel=name)
    axes.margins(x=0.02)
    axes.legend(loc="best")


__all__ = ["Curve", "curves", "draw", "elementwise"]
