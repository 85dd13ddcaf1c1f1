"""The check of an update rule: several steps of its generated module against its definition, entry by entry.

The module steps a list of arrays of several shapes, apart from the old ones and in their place; the reference
interpreter steps every entry alone.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

import numpy as np

from symnet.check.evaluate import Interpreter, constants_of
from symnet.check.report import Report, Row
from symnet.ir.update import NEW, UpdateRule

SHAPES = ((2, 3), (), (4,))  # of parameters; a rule with axes of its own takes arrays of that many
SIZES = ((2, 3, 4), (3, 2, 2))
STEPS = 4


def check_update(
    rule: UpdateRule, *, seed: int = 0, trials: int = 3, tolerance: float = 1e-12, style: str = "fast"
) -> Report:
    """Compare the generated ``step`` with the definition over the first steps of ``trials`` random runs."""
    from symnet.codegen.module import compile_operation

    rng = np.random.default_rng(seed)
    rows = [_run(rule, compile_operation(rule, style), rng, tolerance) for _ in range(trials)]
    return Report(rule.name, tuple(row for run in rows for row in run), tolerance)


def _run(rule: UpdateRule, compiled: Any, rng: np.random.Generator, tolerance: float) -> list[Row]:
    places = _shapes(rule)
    parameters = [np.asarray(rng.standard_normal(shape)) for shape, _ in places]
    state = compiled.init(parameters)
    worst: dict[str, Row] = {}
    for _ in range(STEPS):
        gradients = [np.asarray(rng.standard_normal(shape)) for _, shape in places]
        wanted = [_reference(rule, k, parameters, gradients, state) for k in range(len(places))]
        try:
            over = compiled.step(*copy.deepcopy((parameters, gradients, state)), in_place=True)
            parameters, state = compiled.step(parameters, gradients, state)
        except Exception as error:
            note = f"step raises {type(error).__name__}: {error}"
            return [Row(rule.name, "step", "forward", None, {}, float("inf"), False, note=note)]
        for new, states in ((parameters, state), over):
            for name in (rule.parameter, *rule.states):
                for k, values in enumerate(wanted):
                    found = new if name == rule.parameter else states[name]
                    row = _row(rule, name, found if name in rule.shared else found[k], values[name], tolerance)
                    if name not in worst or not row.error <= worst[name].error:
                        worst[name] = row
    return list(worst.values())


def first_steps(rule: UpdateRule) -> tuple[np.ndarray, list[np.ndarray], list[np.ndarray]]:
    """A parameter, gradients for some steps, and the parameter after each step as the definition has it."""
    from symnet.codegen.module import compile_operation

    rng = np.random.default_rng(0)
    shape, given = _shapes(rule)[0]
    start = parameter = rng.standard_normal(shape).round(1)
    state = compile_operation(rule).init([parameter])
    old = {name: state[name] if name in rule.shared else state[name][0] for name in rule.states}
    gradients = [rng.standard_normal(given).round(1) for _ in range(STEPS)]
    wanted = []
    for gradient in gradients:
        old = reference(rule, {rule.parameter: parameter, rule.gradient: gradient, **old})
        parameter = old.pop(rule.parameter)
        wanted.append(parameter)
    return start, gradients, wanted


def _shapes(rule: UpdateRule) -> list[tuple[tuple[int, ...], tuple[int, ...]]]:
    """Shapes of parameters and of what each is given with it."""
    if rule.entrywise or rule.flat:
        return [(shape, shape) for shape in SHAPES]
    both = [node.axes for node in rule.graph.inputs[:2]]
    labels = dict.fromkeys(i.label for axes in both for i in axes)
    found = []
    for sizes in SIZES:
        size = dict(zip(labels, sizes))
        found.append(tuple(tuple(size[i.label] for i in axes) for axes in both))
    return found  # type: ignore[return-value]


def _reference(rule: UpdateRule, k: int, parameters: Any, gradients: Any, state: Any) -> dict[str, np.ndarray]:
    """The new arrays of the k-th parameter, from the definition."""
    old = {rule.parameter: parameters[k], rule.gradient: gradients[k]}
    old |= {name: state[name] if name in rule.shared else state[name][k] for name in rule.states}
    return reference(rule, old)


def reference(rule: UpdateRule, old: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """The new parameter and states of one array, by the interpreter: of each entry alone, or of the whole array."""
    carried = (rule.parameter, *rule.states)
    if not rule.entrywise:
        rows = {
            n: np.ravel(v) if rule.flat and n not in (*rule.shared, *rule.own) else np.asarray(v)
            for n, v in old.items()
        }
        sizes = {i.size: s for n in rule.graph.inputs for i, s in zip(n.axes, rows[n.name].shape)}
        interpreter = Interpreter(rows, sizes, constants_of(rule.graph))
        interpreter.define(rule.graph.definitions)
        return {name: np.reshape(interpreter.values[name + NEW], np.shape(old[name])) for name in carried}
    new = {name: np.empty(np.shape(old[name])) for name in carried}
    for place in np.ndindex(np.shape(old[rule.parameter])):
        entry = {name: value if name in rule.shared else value[place] for name, value in old.items()}
        interpreter = Interpreter(entry, {}, constants_of(rule.graph))
        interpreter.define(rule.graph.definitions)
        for name, array in new.items():
            array[() if name in rule.shared else place] = interpreter.values[name + NEW]
    return new


def _row(rule: UpdateRule, name: str, found: Any, wanted: np.ndarray, tolerance: float) -> Row:
    gap = np.abs(np.asarray(found) - wanted)
    error = float(np.max(gap)) / max(float(np.max(np.abs(wanted))), 1e-300)
    place = tuple(int(i) for i in np.unravel_index(int(np.argmax(gap)), gap.shape))
    values = (float(np.asarray(found)[place]), float(wanted[place]))
    return Row(rule.name, name, "forward", None, {}, error, error <= tolerance, place, *values)
