"""The check of a training step: the gradients of its loss numerically, its update by the definition of the rule.

The module's ``forward`` and ``backward`` are held against the definition and numerical differentiation as those of any
operation.  Then ``step`` is run: its loss must be that of ``forward`` at those parameters, its parameters and state
those that the reference interpreter finds for the rule on the gradients of ``backward``.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from symnet.check.gradients import check_module
from symnet.check.report import Report, Row
from symnet.check.sample import draw
from symnet.check.updates import _row, reference
from symnet.codegen.names import identifier
from symnet.ir.training import TrainingStep

STEPS = 3
EXACT = 1e-10


def check_training(
    step: TrainingStep, *, seed: int = 0, trials: int = 3, tolerance: float = 1e-7, style: str
) -> Report:
    """Check loss, gradients and update of the generated module of a training step."""
    from symnet.codegen.module import compile_operation

    compiled = compile_operation(step, style)
    report = check_module(step, compiled, seed=seed, trials=trials, tolerance=tolerance, wrt=step.parameters)
    rng = np.random.default_rng(seed)
    rows = [row for _ in range(trials) for row in _run(step, compiled, rng)]
    data = tuple(f"{name} (data)" for name in step.data)
    return replace(report, rows=(*report.rows, *rows), without_gradient=data)


def _run(step: TrainingStep, compiled: Any, rng: np.random.Generator) -> list[Row]:
    sample = draw(step.graph, rng)
    names = {identifier(n): n for n in step.parameters}
    parameters = {key: np.asarray(sample.inputs[n]) for key, n in names.items()}
    data = {identifier(n): sample.inputs[n] for n in step.data}
    rows = []
    try:
        state = compiled.init(parameters)
        for _ in range(STEPS):
            module = compiled.module
            at = module.point(parameters, state) if step.rule.point else parameters
            wanted, cache = module.forward(**at, **data)
            gradients = dict(zip(names, module.backward(1.0, cache)))
            old, kept = parameters, state
            found, parameters, state = compiled.step(parameters, *data.values(), state)
            rows.append(_row(step.rule, "loss", found, np.asarray(wanted), EXACT))
            for key in names:
                rows += _updated(step, key, old, gradients, kept, parameters, state)
    except Exception as error:
        note = f"step raises {type(error).__name__}: {error}"
        return [Row(step.name, "step", "forward", None, {}, float("inf"), False, note=note)]
    worst: dict[str, Row] = {}
    for row in rows:
        if row.input not in worst or not row.error <= worst[row.input].error:
            worst[row.input] = replace(row, operation=step.name, method="forward")
    return list(worst.values())


def _updated(
    step: TrainingStep, key: str, old: Any, gradients: Any, kept: Any, parameters: Any, state: Any
) -> list[Row]:
    """The new parameter of that name, and its states, beside the rule on its gradient."""
    rule = step.rule
    given = {rule.parameter: old[key], rule.gradient: gradients[key]}
    given |= {name: kept[name] if name in rule.shared else kept[name][key] for name in rule.states}
    rows = []
    for name, wanted in reference(rule, given).items():
        found = parameters[key] if name == rule.parameter else state[name]
        found = found if name == rule.parameter or name in rule.shared else found[key]
        rows.append(_row(rule, f"{key}, {name}" if name != rule.parameter else key, found, wanted, EXACT))
    return rows
