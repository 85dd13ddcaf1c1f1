"""A graph under other names: equal sizes become one, nodes get new names."""

from __future__ import annotations

import sympy as sp

from symnet.ir.expr import Access, Index, Reduction, Size
from symnet.ir.graph import Carry, Fact, Graph, Node


def renamed(graph: Graph, equal: dict[Size, sp.Expr], names: dict[str, str]) -> Graph:
    """The graph after equal sizes have become one, and nodes have got new names."""

    def size(expr):
        while (new := expr.xreplace(equal)) != expr:
            expr = new
        return expr

    def index(i: Index) -> Index:
        return Index(i.label, size(i.size), i.level)

    def axes(node: Node) -> tuple[Index, ...]:
        return tuple(map(index, node.axes))

    def carry(node: Node) -> Carry | None:
        c = node.carry
        return None if c is None else Carry(index(c.index), walk(c.before), c.reverse)

    new: dict[str, Node] = {}

    def walk(part):
        if isinstance(part, Index):
            return index(part)
        if isinstance(part, Size):
            return size(part)
        if isinstance(part, Access):
            name = part.node.name
            if name not in new:  # a carried node, which is read before it is defined
                new[name] = Node(names.get(name, name), axes(part.node), carry=carry(part.node))
            return Access(new[name], (walk(s) for s in part.subs))
        if isinstance(part, Reduction):
            return Reduction(part.args[0], walk(part.body), (index(i) for i in part.over))
        return part.func(*(walk(a) for a in part.args)) if part.args else part

    for node in graph.nodes:
        expr = None if node.expr is None else walk(node.expr)
        below = None if node.below is None else size(node.below)
        name = names.get(node.name, node.name)
        new[node.name] = Node(name, axes(node), expr, node.kind, below, node.auto, node.line, carry=carry(node))
    facts = tuple(Fact(walk(f.lhs), walk(f.rhs), f.source) for f in graph.facts)
    outputs = tuple(new[o.name] for o in graph.outputs)
    return Graph(
        graph.name,
        tuple(new[n.name] for n in graph.nodes),
        outputs,
        facts,
        graph.parameters,
        graph.doc,
        graph.several,
        graph.place,
    )
