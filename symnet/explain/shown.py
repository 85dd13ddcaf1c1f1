"""How an operation shows itself in a notebook: its forward definition, line by line."""

from __future__ import annotations

import html as html_module
from typing import TYPE_CHECKING

from symnet.printing.dialects import Latex
from symnet.printing.index_notation import Notation, Printer

if TYPE_CHECKING:
    from symnet.ir.op import Op


def formulas(op: Op) -> tuple[str, ...]:
    """The lines of the definition in LaTeX; of an update rule, the lines of its step."""
    from symnet.ir.update import UpdateRule
    from symnet.printing.updates import equations

    if isinstance(op, UpdateRule):
        return tuple(equations(op, Latex()))
    printer = Printer(Notation(op.graph), Latex())
    return tuple(printer.equation(node.value, node.expr) for node in op.graph.definitions)


def markdown(op: Op) -> str:
    """The name, the sentence of the author, the formulas."""
    head = f"**{op.name}**" + (f": {op.doc}" if op.doc else "")
    return "\n\n".join([head, *(f"$$\n{formula}\n$$" for formula in formulas(op))]) + "\n"


def html(op: Op) -> str:
    """The same for a notebook's output, which sets the formulas."""
    head = f"<p><b>{html_module.escape(op.name)}</b>: {html_module.escape(op.doc)}</p>"
    return head + "".join(f"<div>\\[{html_module.escape(formula)}\\]</div>" for formula in formulas(op))


def latex(op: Op) -> str:
    """The formulas below each other."""
    lines = r" \\ ".join(formula.replace(" = ", " &= ", 1) for formula in formulas(op))
    return rf"$\displaystyle \begin{{aligned}} {lines} \end{{aligned}}$"


__all__ = ["formulas", "html", "latex", "markdown"]
