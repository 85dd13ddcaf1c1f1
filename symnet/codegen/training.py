"""The module of a training step: the loss forward and backward, one update, and ``step`` that calls the three."""

from __future__ import annotations

from collections.abc import Iterable
from textwrap import wrap
from typing import TYPE_CHECKING, Any

from symnet.codegen import docstring
from symnet.codegen.emit import INDENT
from symnet.codegen.layout import begun, both, render, words_of
from symnet.codegen.names import identifier
from symnet.codegen.update import IN_PLACE, Update, _names
from symnet.codegen.wrap import WIDTH
from symnet.codegen.writer import _definition, _is_literal, _literal
from symnet.derivation import derive

if TYPE_CHECKING:
    from symnet.ir.training import TrainingStep


def training_text(step: TrainingStep, style: str = "readable", without: Iterable[str] = ()) -> str:
    """The text of the module in a style; where the loss has a loop over steps it is the readable one.

    Fast ones may go ``without`` some passes.
    """
    derivation = derive(step)
    style, planner, sections = begun(derivation, style, without)
    loss, functions = both(derivation, style, planner)
    update = Update(step.rule, style, planner, step.constants)
    sections.insert(-1, docstring.Section("Update of every parameter:", update.equations))
    words = words_of(derivation, docstring.title(step), loss) | update.words | _words(step)
    writers, functions = [loss, *update.writers], [*functions, *update.functions]
    return render("numpy/training.py.j2", sections, writers, functions, planner, style=style, **words)


def _words(step: TrainingStep) -> dict[str, Any]:
    """What the template says of the step."""
    constants = {p.name: p.default for p in step.graph.parameters if _is_literal(p.default)}
    given = [identifier(n) for n in step.data]
    ours = [f"{n}={_literal(v)}" for n, v in constants.items()]
    ours += [f"{step.constants[p.name]}={_literal(p.default)}" for p in step.rule.graph.parameters]
    point = step.rule.point_graph
    ahead = [f"{p.name}={step.constants[p.name]}" for p in point.parameters] if point else []
    used = [f"**{'at' if point else 'parameters'}", *(f"{n}={n}" for n in (*given, *constants))]
    return {
        "named": True,
        "parameters": _parameters(step),
        "step": _definition("step", ["parameters", *given, "state", "*", *ours, *IN_PLACE]),
        "forward": ", ".join(used),
        "at": f"point({', '.join(['parameters', 'state', *ahead])})",
    }


def _parameters(step: TrainingStep) -> str:
    """The names of the parameters, on one line where they fit."""
    text = _names(map(identifier, step.parameters))
    return text if len(text) <= WIDTH - 20 else "\n".join(("(", *_lines(text[1:-1], INDENT), ")"))


def _lines(text: str, indent: str) -> list[str]:
    """Words with commas between as lines with a comma behind."""
    return [f"{line.rstrip(',')}," for line in wrap(text, WIDTH - 4, initial_indent=indent, subsequent_indent=indent)]


__all__ = ["training_text"]
