"""Reverse mode: through the nodes from last to first, loops as a whole.

The adjoint of a node is the sum of what its readers contribute.  A loop over steps becomes a loop the other way: what
each step passes back to the state before it, ``dh_back``, is carried, and begins with the gradient of the last state.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import sympy as sp

from symnet.calculus.adjoint import Shares, active_nodes, adjoint_contributions, contributions_of_start, received
from symnet.ir.expr import Access, Index, accesses
from symnet.ir.graph import Carry, Graph, Node
from symnet.ir.recurrence import Steps, at, blocks, place

if TYPE_CHECKING:
    from symnet.deriving import Deriver


@dataclass
class Reverse:
    """One pass over a graph: ``seeds`` are the adjoints of outputs, ``extra`` the axes that all adjoints have more."""

    deriver: Deriver
    graph: Graph
    seeds: Mapping[str, Node]
    extra: tuple[Index, ...]
    unit: bool
    active: set[str] = field(init=False)
    names: dict[str, str] = field(init=False)
    adjoints: dict[str, Node] = field(default_factory=dict)
    backs: dict[str, Node] = field(default_factory=dict)  # of carried nodes: what the step after passes back
    raw: dict[str, list[tuple[Node, sp.Expr]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        graph, seeds, fresh = self.graph, self.seeds, self.deriver.fresh
        self.active = active_nodes(graph, self.deriver.inputs) & {n.name for n in graph.needed_for(graph.outputs)}
        active = [n.name for n in graph.nodes if n.name in self.active]
        self.names = {name: fresh(f"d{name}") for name in active if name not in seeds}
        self.names.update({name: fresh(f"d{name}_total") for name in seeds if name in self.active})

    def run(self) -> dict[str, Node]:
        """The adjoint of every active node, by its name."""
        self.deriver.engine.readers.update(self._readers())
        for block in reversed(blocks(n for n in self.graph.nodes if n.name in self.active)):
            if isinstance(block, Steps):
                self._loop(block)
            else:
                self._node(block)
        return self.adjoints

    def _node(self, node: Node) -> None:
        terms, through = self._received(node, "at")
        seed = self.seeds.get(node.name)
        if node.name in self.backs:
            assert node.carry is not None
            terms.append(at(self.backs[node.name], node.carry.index - node.carry.back))
            through = (*through, node.name)
        if seed is not None and not terms:
            self.adjoints[node.name] = seed
        else:
            if seed is not None:
                terms.append(seed[(*node.axes, *self.extra)])
            adjoint = Node(self.names[node.name], (*node.axes, *self.extra), adjoint_of=node.name)
            self.adjoints[node.name] = self._textbook(adjoint, terms, through)
        if node.expr is not None and self.adjoints[node.name].expr != 0:
            self._pass_on(node, adjoint_contributions(node, self.adjoints[node.name], self.extra, self.active))

    def _loop(self, loop: Steps) -> None:
        for node in loop.carried:
            self.backs[node.name] = self._back(node)
        for node in reversed(loop.nodes):
            self._node(node)
        for node in loop.carried:
            back = self.backs[node.name]
            self._textbook(back, *self._received(node, "back"))
            self._pass_on(node, contributions_of_start(node, back, self.extra, self.active))
        done = [self.adjoints[name] for name in loop.names] + [self.backs[node.name] for node in loop.carried]
        self.deriver.engine.closed |= {node.name for node in done}

    def _back(self, node: Node) -> Node:
        """What the step after passes back to a carried node, still without its definition; it begins at the end."""
        assert node.carry is not None
        terms, through = self._received(node, "end")
        start = sp.Add(*terms)
        if start != 0 and not isinstance(start, Access):
            rest = tuple(i for i in node.axes if i != node.carry.index)
            end = Node(self.deriver.fresh(f"d{node.name}_end"), (*rest, *self.extra), adjoint_of=node.name)
            start = self._textbook(end, terms, through).value
        carry = Carry(node.carry.index, start, reverse=not node.carry.reverse)
        axes = (*node.axes, *self.extra)
        return Node(self.deriver.fresh(f"d{node.name}_back"), axes, adjoint_of=node.name, carry=carry)

    # -- what is passed from node to node -------------------------------------------------------------------------
    def _received(self, node: Node, where: str) -> tuple[list[sp.Expr], tuple[str, ...]]:
        """The contributions to a node, and the names of the nodes that they come from."""
        shares = self.raw.pop(received(node.name, where), [])
        return [share for _, share in shares], tuple(reader.name for reader, _ in shares)

    def _pass_on(self, node: Node, found: Shares) -> None:
        for target, shares in found.items():
            self.raw.setdefault(target, []).extend((node, share) for _, share in shares)

    def _textbook(self, adjoint: Node, terms: list[sp.Expr], through: tuple[str, ...]) -> Node:
        return self.deriver.textbook(adjoint, sp.Add(*terms), through, self.seeds if self.unit else None)

    def _readers(self) -> dict[str, frozenset[str]]:
        """For the adjoint of each node, the adjoints that are computed from it: those of the nodes it reads."""
        found = {}
        for node in self.graph.definitions:
            if node.name in self.active:
                reads = {a.node.name for a in accesses(node.expr) if place(a)[0] == "at"} & self.active
                name = self.names[node.name] if node.name in self.names else self.seeds[node.name].name
                found[name] = frozenset(self.names[r] for r in reads)
        return found
