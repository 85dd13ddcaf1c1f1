"""The error of finite differences against their step: too large a step truncates, too small a one rounds.

    forward   (L(x + h v) - L(x)) / h           error of order h,   then rounding, of order eps / h
    central   (L(x + h v) - L(x - h v)) / 2h    error of order h^2, then rounding

L is the inner product of the output with an upstream gradient, v a direction; both are compared with the derived
gradient along v.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

import symnet as sn
from symnet.errors import SymnetError
from symnet.ir.op import Op

Array = Any
STEPS = np.logspace(0, -15, 61)
FLOOR = 1e-17  # an error of exactly zero on a logarithmic axis


@dataclass(frozen=True)
class Errors:
    """Relative errors at each step, and the slope of each where truncation rules (None where it never does)."""

    steps: Array
    forward: Array
    central: Array
    slopes: tuple[float | None, float | None]


def errors(op: Op, given: Mapping[str, Any] | None = None) -> Errors:
    """The errors at the given point, or at a small random one."""
    loss, exact = _along(op, given or {})
    with np.errstate(all="ignore"):
        here = loss(0.0)
        ahead = np.array([loss(h) for h in STEPS])
        behind = np.array([loss(-h) for h in STEPS])
        scale = max(abs(exact), 1e-300)
        forward = np.abs((ahead - here) / STEPS - exact) / scale
        central = np.abs((ahead - behind) / (2 * STEPS) - exact) / scale
    if not np.isfinite(exact) or exact == 0 or not np.any(np.isfinite(central)):
        raise SymnetError(f"{op.name}: the derivative along the direction is {exact:g}", hint="choose another point")
    return Errors(STEPS, forward, central, (_slope(forward), _slope(central)))


def _along(op: Op, given: Mapping[str, Any]) -> tuple[Callable[[float], float], float]:
    """L along a random direction, and its derived derivative at 0."""
    from symnet.pictures.point import point_of, sample_of

    graph = op.graph
    inputs, constants = point_of(graph, given or sample_of(graph))
    rng = np.random.default_rng(0)
    wanted = [n.name for n in graph.differentiable_inputs]
    if not wanted:
        raise SymnetError(f"{op.name} has no gradient")
    direction = {name: rng.standard_normal(inputs[name].shape) for name in wanted}
    module = sn.compile(op, style="readable")
    outputs, cache = module.forward(*inputs.values(), **constants)
    upstream = [rng.standard_normal(np.shape(y)) for y in (outputs if graph.several else (outputs,))]
    gradients = module.backward(*upstream, cache)
    exact = sum(float(np.sum(g * direction[name])) for name, g in zip(wanted, gradients))

    def loss(h: float) -> float:
        moved = [x + h * direction[name] if name in direction else x for name, x in inputs.items()]
        found, _ = module.forward(*moved, **constants)
        return sum(float(np.sum(dy * y)) for dy, y in zip(upstream, found if graph.several else (found,)))

    return loss, exact


def _slope(error: Array) -> float | None:
    """The slope of log error over log h in the decades above rounding, where it is one: a line of five points."""
    logs, best = np.log10(np.maximum(error, FLOOR)), None
    with np.errstate(all="ignore"):
        local = (logs[:-4] - logs[4:]) / (np.log10(STEPS[:-4]) - np.log10(STEPS[4:]))
    for k in range(8, len(local) - 1):  # h below 0.01: the next order of the series is small
        if logs[k + 4] < -13.5 or abs(local[k] - local[k - 4]) > 0.05:
            continue
        best = float(local[k])
        break
    return best if best is not None and best > 0.5 else None


def draw(axes: Any, found: Errors, said: Mapping[str, str]) -> None:
    """Both errors, with their slopes in the legend."""
    from symnet.pictures.figures import BLUE, RED

    pairs = (("forward", found.forward, BLUE, "o"), ("central", found.central, RED, "s"))
    for (key, error, colour, marker), slope in zip(pairs, found.slopes):
        label = said[key] if slope is None else said["slope"].format(what=said[key], slope=f"{slope:.2f}")
        seen = np.maximum(error, FLOOR)
        axes.loglog(found.steps, seen, marker, color=colour, markersize=3.5, label=label)
    axes.set(xlabel=said["step"], ylabel=said["error"])
    axes.legend(loc="best", fontsize="small")


__all__ = ["Errors", "draw", "errors"]
