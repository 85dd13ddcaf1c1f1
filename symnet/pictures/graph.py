"""A definition as a picture of its computational graph, with values and gradients at a point where one is given.

    graph(computational_graph, x=-2, y=5, z=-4).svg()

Every number comes from the engine: the values from the reference interpreter, the gradients from the adjoint rule.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from symnet.calculus.adjoint import active_nodes, adjoint_contributions
from symnet.errors import SymnetError
from symnet.ir.expr import accesses, nodes_of
from symnet.ir.graph import Graph, Node
from symnet.ir.op import Op
from symnet.ir.recurrence import Steps, blocks, place
from symnet.loading import as_operation
from symnet.pictures.cells import Cell, Entry, Grid, grid, number
from symnet.pictures.markup import Drawn, wrapped
from symnet.pictures.operations import taken_apart
from symnet.pictures.values import Values, values_of
from symnet.printing.dialects import MUL
from symnet.printing.index_notation import Notation, Printer

LINE, LINES = 36, 4  # letters of a line of formula, and lines of a box
FEW = 6  # so many inputs stand each on its own


@dataclass(frozen=True, eq=False)
class GraphPicture:
    """The computational graph of a definition, as a picture; notebooks show it as SVG."""

    op: Op
    graph: Graph
    labels: Mapping[str, str]  # of elementary operations; empty where the author's intermediates are drawn
    values: Values | None
    lang: str = "en"
    bare: bool = False  # without words, for a page that has its own

    def svg(self) -> str:
        """The picture as a file or as a part of an HTML page: no background, colours for light and dark."""
        from symnet.pictures.drawing import drawn

        return drawn(self)

    def _repr_svg_(self) -> str:
        return self.svg()

    def __repr__(self) -> str:
        return f"<computational graph of {self.graph.name}>"

    # -- what is drawn --------------------------------------------------------------------------------------------
    @cached_property
    def wires(self) -> bool:
        """Scalars only: the numbers stand on the edges."""
        return all(not n.axes for n in self.graph.nodes)

    @cached_property
    def printer(self) -> Printer:
        return Printer(Notation(self.graph), Drawn())

    @cached_property
    def drawn_nodes(self) -> tuple[Node, ...]:
        """What the outputs depend on, and inputs that are not used."""
        needed = {n.name for n in self.graph.needed_for(self.graph.outputs)}
        return tuple(n for n in self.graph.nodes if n.is_input or n.name in needed)

    @cached_property
    def groups(self) -> Mapping[str, str]:
        """Input -> the cell that holds it; where there are many, those of one reader share a cell."""
        inputs = [n for n in self.drawn_nodes if n.is_input]
        if self.wires or len(inputs) <= FEW:
            return {n.name: n.name for n in inputs}
        first: dict[str, str] = {}
        found = {}
        for node in inputs:
            readers = [v.name for v in self.drawn_nodes if not v.is_input and node.name in v.reads]
            found[node.name] = first.setdefault(readers[0], node.name) if len(readers) == 1 else node.name
        return found

    @cached_property
    def edges(self) -> tuple[tuple[str, str], ...]:
        """From cell to cell, in order of definition."""
        found = [
            (self.groups.get(u, u), v.name)
            for v in self.drawn_nodes
            if not v.is_input
            for u in sorted(self._drawn_reads(v), key=lambda name: self.printer.notation.position[name])
        ]
        return tuple(dict.fromkeys(found))

    @cached_property
    def flows(self) -> frozenset[tuple[str, str]]:
        """The edges, from node to node, on which a gradient comes back."""
        active = active_nodes(self.graph, self.graph.differentiable_inputs)
        return frozenset(
            (name, node.name)
            for node in self.drawn_nodes
            if not node.is_input and node.name in active
            for name in self._flowing(node, active)
        )

    def _flowing(self, node: Node, active: set[str]) -> set[str]:
        """The nodes that a node gives a gradient to, along edges that are drawn."""
        adjoint = Node(f"d {node.name}", node.axes, adjoint_of=node.name)
        found = {name.partition(" ")[0] for name in adjoint_contributions(node, adjoint, (), active)}
        starts = set() if node.carry is None else set(nodes_of(node.carry.before)) & active
        return (found & self._drawn_reads(node)) | starts

    @cached_property
    def _loops(self) -> tuple[Steps, ...]:
        return tuple(b for b in blocks(self.graph.nodes) if isinstance(b, Steps))

    def _drawn_reads(self, node: Node) -> set[str]:
        """What a node reads; inside a loop a step back is told by the formula, an arrow would go round."""
        loop = next((b.names for b in self._loops if node.name in b.names), frozenset())
        read = {a.node.name for a in accesses(node.expr) if a.node.name not in loop or place(a)[0] != "back"}
        return read if node.carry is None else read | set(nodes_of(node.carry.before))

    @cached_property
    def cells(self) -> tuple[Cell, ...]:
        outputs = {n.name for n in self.graph.outputs}
        members: dict[str, list[Node]] = {}
        for node in self.drawn_nodes:
            members.setdefault(self.groups.get(node.name, node.name), []).append(node)
        return tuple(
            Cell(
                name,
                "input" if nodes[0].is_input else "output" if name in outputs else "definition",
                tuple(map(self._entry, nodes)),
                self._caption(nodes[0]),
                self._out(nodes[0]),
            )
            for name, nodes in members.items()
        )

    def _entry(self, node: Node) -> Entry:
        shape, grids = self._shape(node), self._grids(node)
        if node.is_input:
            return Entry((self.printer.expression(node.value),), shape, grids)
        if node.name in self.labels:
            label = self.labels[node.name]
            name = () if node.auto or self.wires else (f"→ {self.printer.expression(node.value)}",)
            return Entry((*wrapped(label, LINE, LINES), *name), shape, grids)
        return Entry(wrapped(self.printer.equation(node.value, node.expr), LINE, LINES), shape, grids)

    def _caption(self, node: Node) -> str:
        """Below an elementary operation: the author's name of its result."""
        if not self.wires or node.is_input or node.auto or node.name not in self.labels:
            return ""
        return self.printer.expression(node.value)

    def _shape(self, node: Node) -> str:
        if not node.axes:
            return ""
        if self.values is None:
            sizes = (self.printer.box(i.size, {}) for i in node.axes)
            return " × ".join(self.printer.dialect.wrap(size, MUL).text for size in sizes)
        from symnet.check.sizes import extent

        return ", ".join(f"{i.label} = {extent(i.size, self.values.sizes)}" for i in node.axes)

    def _grids(self, node: Node) -> tuple[Grid, ...]:
        if self.values is None or self.wires:
            return ()
        found = [grid(self.values.forward[node.name], "value")]
        if node.name in self.values.gradients:
            found.append(grid(self.values.gradients[node.name], "gradient"))
        return tuple(found)

    def _out(self, node: Node) -> tuple[str, str] | None:
        if not self.wires:
            return None
        if self.values is None:
            return ("", "")
        gradient = self.values.gradients.get(node.name)
        return number(self.values.forward[node.name]), "" if gradient is None else f"← {number(gradient)}"


def graph(
    op: Any,
    at: Mapping[str, Any] | None = None,
    *,
    sample: bool = False,
    operations: bool = False,
    lang: str = "en",
    **values: Any,
) -> GraphPicture:
    """The computational graph of an operation as a picture (SVG; notebooks show it).

    Its arrays by name, ``graph(op, x=-2, y=5)`` or ``at={"x": ...}``, give the point whose values and gradients are
    shown; ``sample=True`` draws a small random one; without a point the picture shows structure and shapes.
    ``operations=True`` gives every elementary operation a node of its own; else the author's intermediates are drawn.

    Raises SymnetError naming a value that belongs to nothing, is missing or does not fit.
    """
    from symnet.ir.update import UpdateRule
    from symnet.pictures.point import point_of, sample_of
    from symnet.pictures.words import words

    op = as_operation(op)
    words(lang)
    if isinstance(op, UpdateRule):
        raise SymnetError(f"{op.name} is an update rule, which has no graph", hint="`symnet derive` prints its step")
    given = {**(at or {}), **values}
    if sample and any(n.name in given for n in op.graph.inputs):
        raise SymnetError("either a sample is drawn or a point is given", hint="leave one of them out")
    whole = op.graph
    if (sample or given or operations) and any(n.carry is not None for n in whole.nodes):
        raise SymnetError(
            f"{op.name} holds a scan, whose picture shows neither values nor elementary operations",
            hint="draw it without them, or draw the step of the scan",
        )
    if sample:
        given |= sample_of(whole)
    inputs, constants = point_of(whole, given) if given else ({}, {})
    labels: Mapping[str, str] = {}
    if operations:
        whole, labels = taken_apart(whole, Printer(Notation(whole), Drawn()))
    return GraphPicture(op, whole, labels, values_of(whole, inputs, constants) if inputs else None, lang)


__all__ = ["GraphPicture", "graph"]
