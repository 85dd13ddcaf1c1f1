"""Loops: which definitions have to be computed together, step by step.

Nodes that need each other through a carried node, z[t] = f(h[t - 1]) and h[t] = g(z[t]), are one loop over t.  All
others are computed at once for every t, before the loop or after it.  Loops are not stored, they are read off the
definitions, so a rewrite that adds or drops a node need not know of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import sympy as sp

from symnet.ir.expr import Access, Index, accesses, nodes_of
from symnet.ir.graph import Carry, Node


@dataclass(frozen=True)
class Steps:
    """Nodes computed one step after the other along ``index``; each has that axis."""

    nodes: tuple[Node, ...]
    index: Index
    reverse: bool

    @property
    def carried(self) -> tuple[Node, ...]:
        return tuple(n for n in self.nodes if n.carry is not None)

    @property
    def names(self) -> frozenset[str]:
        return frozenset(n.name for n in self.nodes)


Block = Node | Steps


def blocks(nodes: Iterable[Node]) -> tuple[Block, ...]:
    """The nodes in an order in which they can be computed, loops taken together."""
    nodes = tuple(nodes)
    if all(n.carry is None for n in nodes):
        return nodes
    by_name = {n.name: n for n in nodes}
    loop_of = _loops(by_name)
    result: list[Block] = []
    done: set[str] = set()

    def put(node: Node) -> None:
        if node.name in done:
            return
        names = loop_of.get(node.name, frozenset((node.name,)))
        done.update(names)
        members = tuple(n for n in nodes if n.name in names) if len(names) > 1 else (node,)
        for member in members:
            for name in member.reads:
                if name in by_name and name not in names:
                    put(by_name[name])
        carry = next((n.carry for n in members if n.carry is not None), None)
        result.append(node if carry is None else Steps(_in_order(members), carry.index, carry.reverse))

    for node in nodes:
        put(node)
    return tuple(result)


def arranged(nodes: Iterable[Node]) -> tuple[Node, ...]:
    """The nodes in that order."""
    return tuple(n for block in blocks(nodes) for n in (block.nodes if isinstance(block, Steps) else (block,)))


def _in_order(nodes: Sequence[Node]) -> tuple[Node, ...]:
    """The nodes of one step, each after those that it reads in the same step."""
    by_name = {n.name: n for n in nodes}
    result: dict[str, Node] = {}

    def put(node: Node) -> None:
        if node.name not in result:
            for access in sorted(accesses(node.expr), key=lambda a: a.name):
                if access.node.name in by_name and place(access)[0] != "back":
                    put(by_name[access.node.name])
            result[node.name] = node

    for node in nodes:
        put(node)
    return tuple(result.values())


def _loops(by_name: Mapping[str, Node]) -> dict[str, frozenset[str]]:
    """For every node of a loop the names of all its nodes."""
    reads = {n.name: [r for r in nodes_of(n.expr) if r in by_name] for n in by_name.values() if n.expr is not None}
    readers: dict[str, list[str]] = {}
    for name, found in reads.items():
        for read in found:
            readers.setdefault(read, []).append(name)
    result: dict[str, frozenset[str]] = {}
    for node in by_name.values():
        if node.carry is not None and node.name not in result:
            loop = (_reached(node.name, reads) & _reached(node.name, readers)) | {node.name}
            result.update(dict.fromkeys(loop, frozenset(loop)))
    return result


def _reached(start: str, edges: Mapping[str, Sequence[str]]) -> set[str]:
    found: set[str] = set()
    todo = [start]
    while todo:
        for name in edges.get(todo.pop(), ()):
            if name not in found:
                found.add(name)
                todo.append(name)
    return found


# -- reading a carried node -----------------------------------------------------------------------------------------


def place(access: Access) -> tuple[str, sp.Expr | None]:
    """Where along the steps an access reads its carried node, and the subscript there.

    ``"back"``: one step back of the subscript's index; ``"end"``: after the last step; ``"at"``: anywhere else.
    """
    carry: Carry | None = access.node.carry
    if carry is None:
        return "at", None
    sub = access.subs[access.node.axes.index(carry.index)]
    step = sub - carry.back
    if isinstance(step, Index):
        return "back", step
    last = sp.S.Zero if carry.reverse else carry.index.size - 1
    return ("end" if sub == last else "at"), sub


def without(access: Access, carry: Carry) -> tuple[tuple[Index, ...], tuple[sp.Expr, ...]]:
    """The axes and the subscripts of an access besides those of the steps."""
    k = access.node.axes.index(carry.index)
    axes, subs = access.node.axes, access.subs
    return (*axes[:k], *axes[k + 1 :]), (*subs[:k], *subs[k + 1 :])


def started(carry: Carry) -> sp.Expr:
    """The position one step before the first."""
    return carry.index.size if carry.reverse else sp.S.NegativeOne


def first_step(carry: Carry) -> sp.Expr:
    """The position of the first step."""
    return carry.index.size - 1 if carry.reverse else sp.S.Zero


def at(node: Node, position: sp.Expr) -> Access:
    """A carried node at ``position`` of its steps, under its own other axes."""
    assert node.carry is not None
    return Access(node, tuple(position if i == node.carry.index else i for i in node.axes))


__all__ = ["Block", "Steps", "arranged", "at", "blocks", "first_step", "place", "started", "without"]
