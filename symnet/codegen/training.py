"""The module of a training step: the loss forward and backward, one update, and ``step`` that calls the three."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING, Any

from symnet.codegen.emit import INDENT
from symnet.codegen.layout import module_text
from symnet.codegen.names import identifier
from symnet.codegen.update import _names, update_parts
from symnet.codegen.wrap import WIDTH
from symnet.codegen.writer import _definition, _is_literal, _literal
from symnet.derivation import derive
from symnet.printing.dialects import Text
from symnet.printing.updates import equations

if TYPE_CHECKING:
    from symnet.ir.training import TrainingStep


def training_text(step: TrainingStep, style: str = "readable") -> str:
    """The text of the module in a style; the loss is planned, the update is the same in all."""
    return module_text(derive(step), style, more=_parts(step))


def _parts(step: TrainingStep) -> dict[str, Any]:
    """What the template needs besides the loss and its gradients."""
    parts = update_parts(step.rule, step.constants)
    constants = {p.name: p.default for p in step.graph.parameters if _is_literal(p.default)}
    given = [identifier(n) for n in step.data]
    ours = [f"{n}={_literal(v)}" for n, v in constants.items()]
    ours += [f"{step.constants[p.name]}={_literal(p.default)}" for p in step.rule.graph.parameters]
    point = step.rule.point_graph
    ahead = [f"{p.name}={step.constants[p.name]}" for p in point.parameters] if point else []
    used = [f"**{'at' if point else 'parameters'}", *(f"{n}={n}" for n in (*given, *constants))]
    return parts | {
        "named": True,
        "parameters": _parameters(step),
        "step": _definition("step", ["parameters", *given, "state", *(["*", *ours] if ours else [])]),
        "forward": ", ".join(used),
        "at": f"point({', '.join(['parameters', 'state', *ahead])})",
        "lines": equations(step.rule, Text()),
    }


def _parameters(step: TrainingStep) -> str:
    """The names of the parameters, on one line where they fit."""
    text = _names(map(identifier, step.parameters))
    return text if len(text) <= WIDTH - 20 else "\n".join(("(", *_lines(text[1:-1], INDENT), ")"))


def _lines(text: str, indent: str) -> list[str]:
    """Words with commas between as lines with a comma behind."""
    return [f"{line.rstrip(',')}," for line in wrap(text, WIDTH - 4, initial_indent=indent, subsequent_indent=indent)]


__all__ = ["training_text"]
