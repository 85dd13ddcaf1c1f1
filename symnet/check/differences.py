"""Numerical differentiation of L = sum_k <dy_k, y_k> along given directions, three ways.

    central differences    (L(x + hu) - L(x - hu)) / 2h at six steps h, extrapolated to h = 0 (Richardson); of the
                           tableau each direction takes the entry that its neighbours confirm best (Ridders 1982)
    complex step           Im L(x + ihu) / h with h = 1e-30: no subtraction, hence no cancellation (Squire, Trapp 1998)
    high precision         central differences in 50 digits with h = 1e-20

All directions are evaluated at once, as one more axis of the array that is moved.  ``x`` may be any node of the graph:
what comes before it is held fixed, what comes after it is computed anew.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import sympy as sp

from symnet.check.arithmetic import HIGH, Array
from symnet.check.evaluate import Interpreter, constants_of, downstream
from symnet.check.sizes import Sizes, extent
from symnet.ir.expr import Index, Reduction, free_indices
from symnet.ir.graph import Graph
from symnet.ir.recurrence import Steps, blocks

LEVELS, RATIO = 6, 10**0.5  # the steps of a tableau: h, h / RATIO, ...
FIRST_STEP = 0.03
COMPLEX_STEP = 1e-30
HIGH_STEP = "1e-20"
BUDGET = 500_000  # numbers in the largest array of one evaluation


@dataclass(frozen=True, eq=False)
class Slopes:
    """Derivatives along K directions.

    ``terms``: sum_k |dy_k dy_k/dx|, what may cancel in the sum; ``spread``: the largest slope of any node on the way.
    """

    values: Array
    terms: Array
    spread: Array
    steps: Array


@dataclass(frozen=True, eq=False)
class Loss:
    """The scalar whose gradients are checked, at one point: all values of a graph and upstream gradients by output."""

    graph: Graph
    values: Mapping[str, Array]
    sizes: Sizes
    upstream: Mapping[str, Array]
    params: Mapping[str, Any]

    @classmethod
    def at(
        cls,
        graph: Graph,
        inputs: Mapping[str, Array],
        sizes: Sizes,
        upstream: Mapping[str, Array],
        params: Mapping[str, Any] | None = None,
    ) -> Loss:
        constants = constants_of(graph, params)
        interpreter = Interpreter(inputs, sizes, constants)
        interpreter.define(graph.definitions)
        return cls(graph, interpreter.values, sizes, upstream, constants)

    def nearby(self, rng: np.random.Generator) -> Loss:
        """The same at inputs that differ by about one unit in the last place."""
        eps = np.finfo(np.float64).eps
        inputs = {
            n.name: self.values[n.name] * (1 + eps * rng.standard_normal(self.values[n.name].shape) * n.differentiable)
            for n in self.graph.inputs
        }
        return Loss.at(self.graph, inputs, self.sizes, self.upstream, self.params)

    def moved(self, name: str, points: Array, dtype: Any) -> tuple[dict[str, Array], list[str]]:
        """Values of all nodes with the node ``name`` at ``points[..., k]``, and the names of those that moved.

        A node of a loop is moved at each step by what it is moved there, on top of what the steps before it do.
        """
        batch = Index("points~", points.shape[-1])
        interpreter = Interpreter({**self.values, name: points}, self.sizes, self.params, dtype, batch)
        after = downstream(self.graph, name)
        if any(isinstance(b, Steps) and name in b.names for b in blocks(self.graph.definitions)):
            start = self.values[name][..., None]
            rest = 1j * points.imag if np.iscomplexobj(points) else 0 * points
            with np.errstate(invalid="ignore"):  # minus infinity, where a score is masked
                interpreter.shifts[name] = np.where(np.isfinite(start), points - start, rest)
            after = tuple(n for n in self.graph.definitions if n.name == name or n in after)
        interpreter.define(after)
        moved = [n for n in [name, *(n.name for n in after)] if interpreter.values[n].ndim > self.values[n].ndim]
        return interpreter.values, moved

    @cached_property
    def room(self) -> int:
        """How many points one evaluation may take, by the largest array that it makes."""
        largest = 1
        for node in self.graph.definitions:
            expr = sp.sympify(node.expr, strict=True)
            for part in (expr, *(r.body for r in expr.atoms(Reduction))):
                largest = max(largest, math.prod(extent(i.size, self.sizes) for i in free_indices(part)))
        return max(1, BUDGET // largest)

    def _chunks(self, directions: Array, points: int):
        step = max(1, self.room // points)
        return [directions[..., k : k + step] for k in range(0, directions.shape[-1], step)]

    # -- the three methods ----------------------------------------------------------------------------------------
    def complex_step(self, name: str, directions: Array) -> Slopes:
        """Slopes along ``directions[..., k]`` from one complex evaluation each."""
        found = []
        for part in self._chunks(directions, 2):
            points = self.values[name][..., None] + 1j * COMPLEX_STEP * part
            values, moved = self.moved(name, points, np.complex128)
            slopes = {n: np.imag(values[n]) / COMPLEX_STEP for n in moved}
            found.append(self._paired(slopes, part.shape[-1], COMPLEX_STEP))
        return _joined(found)

    def central(self, name: str, directions: Array) -> Slopes:
        """Slopes from central differences, each with the step that its tableau confirms best."""
        found = []
        for part in self._chunks(directions, 2 * LEVELS):
            count = part.shape[-1]
            x = self.values[name][..., None]
            reach = np.sqrt(np.sum((part * x) ** 2, axis=tuple(range(x.ndim - 1)))) / _norm(part)
            steps = FIRST_STEP * np.clip(reach, 0.1, 10)[:, None] / RATIO ** np.arange(LEVELS)  # direction, level
            shift = (part[..., None] * steps).reshape(*part.shape[:-1], count * LEVELS)
            values, moved = self.moved(name, np.concatenate([x + shift, x - shift], axis=-1), np.float64)
            slopes = {n: _halves_apart(values[n], steps.ravel()) for n in moved}
            level = self._paired(slopes, count * LEVELS, 0.0)
            value, chosen = _extrapolate(level.values.reshape(count, LEVELS))
            at = (np.arange(count), chosen)
            terms, spread = (a.reshape(count, LEVELS)[at] for a in (level.terms, level.spread))
            found.append(Slopes(value, terms, spread, steps[at]))
        return _joined(found)

    def high_precision(self, name: str, direction: Array) -> float:
        """The slope along one direction in 50 digits."""
        h = HIGH.mpf(HIGH_STEP)
        shift = np.asarray(direction, dtype=object) * h
        x = np.asarray(np.frompyfunc(HIGH.convert, 1, 1)(self.values[name].astype(object)), dtype=object)
        values, moved = self.moved(name, np.stack([x + shift, x - shift], axis=-1), object)
        total = HIGH.mpf(0)
        for y, dy in self.upstream.items():
            if y in moved:
                difference = np.asarray((values[y][..., 0] - values[y][..., 1]) / (2 * h))
                total += np.sum(difference * np.asarray(dy, dtype=object))
        return float(total)

    def _paired(self, slopes: Mapping[str, Array], count: int, step: float) -> Slopes:
        """Slopes of L from slopes of the nodes."""
        value, terms, spread = np.zeros(count), np.zeros(count), np.zeros(count)
        scale = max((float(np.max(np.abs(dy), initial=0)) for dy in self.upstream.values()), default=1.0)
        for name, slope in slopes.items():
            flat = slope.reshape(-1, count)
            if name in self.upstream:
                dy = np.asarray(self.upstream[name]).reshape(-1, 1)
                value, terms = value + np.sum(dy * flat, axis=0), terms + np.sum(np.abs(dy * flat), axis=0)
            finite = np.where(np.isfinite(flat), np.abs(flat), 0.0)
            spread = np.maximum(spread, scale * np.max(finite, axis=0, initial=0.0))
        return Slopes(value, terms, spread, np.full(count, step))


def basis(shape: tuple[int, ...]) -> Array:
    """Directions along each entry of an array, in C order, as the last axis."""
    size = int(np.prod(shape, dtype=int))
    return np.eye(size).reshape(*shape, size)


def _norm(directions: Array) -> Array:
    return np.sqrt(np.sum(directions**2, axis=tuple(range(directions.ndim - 1))))


def _halves_apart(values: Array, steps: Array) -> Array:
    count = steps.size
    with np.errstate(all="ignore"):
        return (values[..., :count] - values[..., count:]) / (2 * steps)


def _extrapolate(level: Array) -> tuple[Array, Array]:
    """Richardson's tableau over levels; per row the entry that agrees best with the two that it came from."""
    rows = np.arange(level.shape[0])
    best, error, chosen = level[:, -1], np.full(len(rows), np.inf), np.full(len(rows), LEVELS - 1)
    column = level
    with np.errstate(all="ignore"):
        for order in range(1, LEVELS):
            factor = RATIO ** (2 * order)
            new = (factor * column[:, 1:] - column[:, :-1]) / (factor - 1)
            apart = np.maximum(np.abs(new - column[:, 1:]), np.abs(new - column[:, :-1]))
            apart = np.where(np.isfinite(apart), apart, np.inf)
            k = np.argmin(apart, axis=1)
            better = apart[rows, k] < error
            best = np.where(better, new[rows, k], best)
            error, chosen = np.where(better, apart[rows, k], error), np.where(better, k + order, chosen)
            column = new
    return best, chosen


def _joined(parts: list[Slopes]) -> Slopes:
    if not parts:
        return Slopes(*(np.zeros(0) for _ in range(4)))
    return Slopes(*(np.concatenate([getattr(p, f) for p in parts]) for f in ("values", "terms", "spread", "steps")))
