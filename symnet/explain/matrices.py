"""The section in matrix notation: sizes, the forward pass and the results that have such a form."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from symnet.ir.expr import nodes_of
from symnet.ir.graph import Graph, Node
from symnet.ir.recurrence import at, started
from symnet.printing.entries import entry_equation
from symnet.printing.index_notation import Printer
from symnet.printing.matrix_notation import matrix_equation, matrix_space, matrix_start


@dataclass(frozen=True)
class Space:
    """The size of an array as a matrix or a column, and what values it has."""

    formula: str
    kind: str


@dataclass(frozen=True)
class Matrices:
    """The lines of the section.

    ``entries`` says that some lines of ``forward`` are written entry by entry, ``batch`` that a batch is left out,
    ``unwritten`` are the symbols of results without a matrix form.
    """

    spaces: tuple[Space, ...]
    forward: tuple[str, ...]
    entries: bool
    batch: bool
    results: tuple[str, ...]
    unwritten: tuple[str, ...]


def matrices_of(graph: Graph, results: Sequence[Node], printer: Printer) -> Matrices | None:
    """The section; None where no result has a form in matrix notation, or a definition none beside matrices."""
    equations = {n.name: matrix_equation(n, printer) for n in (*graph.definitions, *results)}
    written = {name for name, equation in equations.items() if equation}
    lines = tuple(line for n in results for line in (matrix_start(n, printer), equations[n.name]) if line)
    forward = [line for n in graph.definitions for line in _defined(n, equations[n.name], printer)]
    if not lines or None in forward:
        return None
    return Matrices(
        spaces=tuple(_spaces(graph, results, written, printer)),
        forward=tuple(line for line in forward if line),
        entries=any(n.name not in written for n in graph.definitions),
        batch=any(_rank(n, printer) > 2 for n in (*graph.definitions, *results) if n.name in written),
        results=lines,
        unwritten=tuple(
            printer.dialect.symbol(printer.names.node(n.name)).text for n in results if n.name not in written
        ),
    )


def _defined(node: Node, equation: str | None, printer: Printer) -> Iterator[str | None]:
    """What defines a node, after what it starts from, entry by entry where there is no form in matrix notation."""
    if node.carry is not None:
        start = matrix_start(node, printer)
        yield start or printer.equation(at(node, started(node.carry)), node.carry.before)
    yield equation or entry_equation(node, printer)


def _spaces(graph: Graph, results: Sequence[Node], written: set[str], printer: Printer) -> Iterator[Space]:
    """The sizes of matrices and columns that stand in the lines; none where all are numbers."""
    lines = [n for n in (*graph.definitions, *results) if n.name in written]
    read = {name for n in lines if n.expr is not None for name in (n.name, *nodes_of(n.expr))}
    read |= {name for n in lines if n.carry is not None for name in nodes_of(n.carry.before)}
    entries = [n for n in graph.definitions if n.name not in written and n.expr is not None]
    read |= {r.name for n in entries for r in (n, *nodes_of(n.expr).values()) if _rank(r, printer) <= 2}
    for node in graph.nodes if any(n.axes for n in graph.nodes) else ():
        formula = matrix_space(node, printer) if node.name in read else None
        if formula is not None and node.kind != "labels":
            yield Space(formula, node.kind)


def _rank(node: Node, printer: Printer) -> int:
    """The number of axes beside those of steps."""
    return sum(not printer.notation.is_step(i) for i in node.axes)


__all__ = ["Matrices", "Space", "matrices_of"]
