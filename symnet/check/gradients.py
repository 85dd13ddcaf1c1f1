"""Checking the gradients of a generated module against finite mathematics.

For random inputs x and upstream gradients dy, the module's ``backward`` gives g = dL/dx of L = sum <dy, y>.  Every
entry (or, in a large array, the slope g . u along random directions u) is compared with central differences and with
the complex step of the *reference interpreter's* forward pass, which shares no code with the module.

The error of an entry is |g - g'| / max(|g|, |g'|, FLOOR * G), G being the largest entry or sum of terms of that
gradient, so that an entry which is zero by cancellation is not divided by its own rounding.  Where all of a gradient
is zero (a shift that softmax does not see), G is the largest slope of a node on the way.

A difference that is too large is not called wrong before the complex step or 50 digits confirm it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np

from symnet.check.arithmetic import Array
from symnet.check.differences import COMPLEX_STEP, Loss, Slopes, basis
from symnet.check.report import Report, Row
from symnet.check.sample import Sample, draw
from symnet.errors import SymnetError
from symnet.ir.graph import Graph, Node
from symnet.ir.op import Op
from symnet.loading import as_operation

LARGE = 200  # entries; above, slopes along DIRECTIONS random directions
DIRECTIONS = 3
FLOOR = 0.1
FORWARD, COMPLEX = 1e-10, 1e-12  # what generated forward passes and complex steps are held to
JUDGED = 8  # wrong entries that are computed again in 50 digits
ULPS = 32  # rounding of the module, in changes of the gradient under one unit in the last place of its inputs


class Compiled(Protocol):
    """A generated module."""

    def forward(self, *inputs: Any, **params: Any) -> Any: ...

    def backward(self, *arguments: Any) -> tuple[Any, ...]: ...


def check_gradients(op: Op, *, seed: int = 0, trials: int = 3, tolerance: float = 1e-7, style: str = "fast") -> Report:
    """Compare the gradients of ``op``'s generated module (in a style) with numerical differentiation of its definition.

    The step of an update rule has no gradient; it is compared with its definition.

    Every differentiable input is checked in ``trials`` draws of sizes: unequal ones, then a draw with sizes of 1, and
    so on in turn.  Central differences are held to ``tolerance``, complex steps to 1e-12.  The report's ``ok`` says
    whether all of them agree, ``max_error`` how well.
    """
    from symnet.check.training import check_training
    from symnet.check.updates import check_update
    from symnet.codegen.module import compile_operation
    from symnet.ir.training import TrainingStep
    from symnet.ir.update import UpdateRule

    op = as_operation(op)
    if trials < 1:
        raise SymnetError(f"trials is {trials}, and nothing would be checked", hint="ask for 1 or more")
    if isinstance(op, UpdateRule):
        return check_update(op, seed=seed, trials=trials, style=style)
    if isinstance(op, TrainingStep):
        return check_training(op, seed=seed, trials=trials, tolerance=tolerance, style=style)
    return check_module(op, compile_operation(op, style), seed=seed, trials=trials, tolerance=tolerance)


def check_module(
    op: Op,
    compiled: Compiled,
    *,
    seed: int = 0,
    trials: int = 3,
    tolerance: float = 1e-7,
    wrt: tuple[str, ...] | None = None,
) -> Report:
    """The same for any object with the ``forward`` and ``backward`` of a generated module.

    ``wrt`` names the inputs whose gradients ``backward`` gives; without it, all that have one.
    """
    rng = np.random.default_rng(seed)
    rows: list[Row] = []
    for trial in range(trials):
        sample = draw(op.graph, rng, ones=trial % 3 == 1)
        rows += _Trial(op.graph, compiled, sample, rng, tolerance, wrt).rows()
    no_gradient = tuple(f"{n.name} ({n.kind})" for n in op.graph.inputs if not n.differentiable)
    return Report(op.name, tuple(rows), tolerance, no_gradient)


@dataclass(frozen=True)
class _Trial:
    """One point: one sample of inputs, one of upstream gradients."""

    graph: Graph
    compiled: Compiled
    sample: Sample
    rng: np.random.Generator
    tolerance: float
    wrt: tuple[str, ...] | None = None

    def rows(self) -> list[Row]:
        inputs = [self.sample.inputs[n.name].copy() for n in self.graph.inputs]
        try:
            outputs, cache = self.compiled.forward(*inputs)
        except Exception as error:
            return [self._raised("forward", error)]
        outputs = outputs if self.graph.several else (outputs,)
        upstream = {}
        reference = Loss.at(self.graph, self.sample.inputs, self.sample.sizes, {})
        for y in self.graph.outputs:
            upstream[y.name] = np.asarray(self.rng.standard_normal(reference.values[y.name].shape))
        loss = Loss(self.graph, reference.values, self.sample.sizes, upstream, reference.params)
        rows = [self._forward(y, given, loss.values) for y, given in zip(self.graph.outputs, outputs)]
        try:
            gradients = self.compiled.backward(*(dy.copy() for dy in upstream.values()), cache)
        except Exception as error:
            return [*rows, self._raised("backward", error)]
        wanted = [n for n in self.graph.differentiable_inputs if self.wrt is None or n.name in self.wrt]
        if len(gradients) != len(wanted):
            note = f"backward gives {len(gradients)} gradients, there are {len(wanted)} differentiable inputs"
            return [*rows, self._row("", "backward", None, np.inf, False, note=note)]
        for node, gradient in zip(wanted, gradients):
            rows += self._gradient(node, np.asarray(gradient), loss)
        return rows

    def _row(self, name: str, method: str, step: float | None, error: float, ok: bool, **more: Any) -> Row:
        sizes = {s.label: n for s, n in self.sample.sizes.items()}
        return Row(self.graph.name, name, method, step, sizes, float(error), bool(ok), **more)

    def _raised(self, name: str, error: Exception) -> Row:
        return self._row("", name, None, np.inf, False, note=f"{name} raises {type(error).__name__}: {error}")

    def _forward(self, y: Node, given: Any, values: Mapping[str, Array]) -> Row:
        reference = values[y.name]
        given = np.asarray(given)
        if given.shape != reference.shape:
            note = f"output {y.name} has shape {given.shape}, its axes have {reference.shape}"
            return self._row(y.name, "forward", None, np.inf, False, note=note)
        scale = float(np.max(np.abs(reference), initial=0.0))
        apart = _relative(given, reference, np.asarray(FLOOR * scale))
        terms = max(_largest(value) for value in values.values() if value.dtype.kind == "f")
        apart = np.where(np.abs(given - reference) <= ULPS * np.finfo(np.float64).eps * terms, 0.0, apart)
        return self._found(y.name, "forward", None, apart, FORWARD, given, reference)

    def _gradient(self, node: Node, gradient: Array, loss: Loss) -> list[Row]:
        x = loss.values[node.name]
        if gradient.shape != x.shape:
            note = f"the gradient of {node.name} has shape {gradient.shape}, {node.name} has {x.shape}"
            return [self._row(node.name, "backward", None, np.inf, False, note=note)]
        large = x.size > LARGE
        directions = basis(x.shape)
        if large:
            directions = self.rng.standard_normal((*x.shape, DIRECTIONS))
            directions /= np.sqrt(np.mean(directions**2))
        exact = loss.complex_step(node.name, directions)
        central = loss.central(node.name, directions)
        comparison = _Comparison(self, node, gradient, directions, loss, exact, large)
        return [comparison.by_central(central), comparison.by_complex_step()]

    def _found(
        self, name: str, method: str, step: float | None, apart: Array, allowed: float, given: Array, reference: Array,
        note: str = "",
    ) -> Row:  # fmt: skip
        error = _largest(apart)
        if error <= allowed:
            return self._row(name, method, step, error, True, note=note)
        worst = int(np.argmax(apart))
        index = tuple(int(k) for k in np.unravel_index(worst, given.shape))
        more = {"computed": float(given.flat[worst]), "reference": float(reference.flat[worst])}
        return self._row(name, method, step, error, False, index=index, note=note, **more)


@dataclass(frozen=True)
class _Comparison:
    """The gradient of one input beside its numerical slopes."""

    trial: _Trial
    node: Node
    gradient: Array
    directions: Array
    loss: Loss
    exact: Slopes
    large: bool

    @property
    def computed(self) -> Array:
        """The module's slopes along the directions."""
        return _along(self.gradient, self.directions)

    def by_central(self, central: Slopes) -> Row:
        method = "central, directional" if self.large else "central differences"
        step = float(np.median(central.steps)) if central.steps.size else None
        allowed = self.trial.tolerance
        apart = self._apart(central.values)
        if _largest(apart) <= allowed:
            return self._row(method, step, apart, allowed, central.values)
        settled = self._apart(self.exact.values)
        if _largest(settled) <= allowed:
            note = f"central differences are off by {_largest(apart):.0e} at one entry, the complex step settles it"
            return self._row(method, step, settled, allowed, self.exact.values, note)
        return self._judged(method, step, central.values, allowed)

    def by_complex_step(self) -> Row:
        method = "complex step, directional" if self.large else "complex step"
        apart = self._apart(self.exact.values)
        if _largest(apart) <= COMPLEX:
            return self._row(method, COMPLEX_STEP, apart, COMPLEX, self.exact.values)
        rounding = min(ULPS * self._rounding(), self.trial.tolerance)
        if _largest(apart) <= rounding:
            note = "rounding of the inputs alone moves the gradient that much"
            return self._row(method, COMPLEX_STEP, apart, rounding, self.exact.values, note)
        return self._judged(method, COMPLEX_STEP, self.exact.values, COMPLEX)

    def _judged(self, method: str, step: float | None, slopes: Array, allowed: float) -> Row:
        """Differences that nothing excuses so far: at the worst entries 50 digits have the last word."""
        apart, truth = self._apart(slopes), slopes.copy()
        for k in np.argsort(-apart)[:JUDGED]:
            if apart[k] > allowed:
                truth[k] = self.loss.high_precision(self.node.name, self.directions[..., k])
        judged = self._apart(truth)
        if _largest(judged) <= allowed:
            note = f"the {method} is off by {_largest(apart):.0e} at one entry, 50 digits settle it"
            return self._row(method, step, judged, allowed, truth, note)
        return self._row(method, step, judged, allowed, truth, "confirmed in 50 digits")

    def _apart(self, slopes: Array) -> Array:
        apart = _relative(self.computed, slopes, np.asarray(FLOOR * self._scale))
        rounding = ULPS * np.finfo(np.float64).eps * _largest(self.exact.spread)  # of a saturated 1 - y^2, say
        return np.where(np.abs(self.computed - slopes) <= rounding, np.minimum(apart, COMPLEX), apart)

    @cached_property
    def _scale(self) -> float:
        """G of the module's docstring."""
        found = max(_largest(self.exact.values), _largest(self.exact.terms))
        spread = _largest(self.exact.spread)
        if found > 1e-9 * spread or not self.exact.values.size:
            return found
        worst = int(np.argmax(np.abs(self.exact.values)))  # all but zero: rounding, or a tiny gradient?
        truth = abs(self.loss.high_precision(self.node.name, self.directions[..., worst]))
        return spread if truth < 1e-13 * spread else found

    def _rounding(self) -> float:
        """How much the gradient changes, relative to the same scale, when its inputs change in the last place."""
        floor = np.asarray(FLOOR * self._scale)
        changes = []
        for _ in range(3):
            near = self.loss.nearby(self.trial.rng).complex_step(self.node.name, self.directions)
            changes.append(_largest(_relative(near.values, self.exact.values, floor)))
        return max(changes)

    def _row(
        self, method: str, step: float | None, apart: Array, allowed: float, reference: Array, note: str = ""
    ) -> Row:
        note = "; ".join(n for n in (note, self.trial.sample.note) if n)
        if self.large and _largest(apart) > allowed:
            return self._located(method, step, apart, note)
        return self.trial._found(self.node.name, method, step, apart, allowed, self.gradient, reference, note)

    def _located(self, method: str, step: float | None, apart: Array, note: str) -> Row:
        """A direction is wrong: find the worst entry."""
        entries = self.loss.complex_step(self.node.name, basis(self.gradient.shape))
        floor = np.asarray(FLOOR * _largest(entries.values))
        worst = int(np.argmax(_relative(self.gradient.ravel(), entries.values, floor)))
        index = tuple(int(k) for k in np.unravel_index(worst, self.gradient.shape))
        more = {"computed": float(self.gradient.flat[worst]), "reference": float(entries.values[worst])}
        return self.trial._row(self.node.name, method, step, _largest(apart), False, index=index, note=note, **more)


def _along(gradient: Array, directions: Array) -> Array:
    return np.tensordot(gradient, directions, axes=gradient.ndim)


def _relative(a: Array, b: Array, floor: Array) -> Array:
    """|a - b| over the larger of both and the floor; anything that is not finite counts as infinitely wrong."""
    with np.errstate(all="ignore"):
        difference = np.abs(a - b)
        scale = np.maximum(np.maximum(np.abs(a), np.abs(b)), floor)
        relative = np.where(difference == 0, 0.0, difference / np.maximum(scale, np.finfo(np.float64).tiny))
    return np.where(np.isfinite(relative), relative, np.inf)


def _largest(values: Array) -> float:
    return float(np.max(np.abs(values), initial=0.0))
