"""A loop of gradients as one line: the gradient at a step from that at the step after it.

    dh_back[t] = sum_e dz[t,e] U[e],  dh[t] = dy[t] + dh_back[t + 1],  dz[t] = dh[t] f'(z[t])
    dz[t] = (dy[t] + sum_e dz[t + 1,e] U[e]) f'(z[t])        with dh_back[T] in place of the sum at the last step

This is the form of the textbooks, delta^l = (W^(l+1) delta^(l+1)) * sigma'(z^l).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import sympy as sp

from symnet.ir.expr import Index, accesses, inline, reindex
from symnet.ir.graph import Node
from symnet.ir.recurrence import Steps
from symnet.rewrite.cost import length

#: a line is told when it is no longer than this; a cell with gates is read better as it is computed
LONGEST, MOST = 40, 2


@dataclass(frozen=True)
class Recurrence:
    """``node`` at a step, and at the step where the loop begins."""

    node: Node
    expr: sp.Expr
    first: sp.Expr
    position: sp.Expr  # of that step


def recurrences(loop: Steps) -> tuple[Recurrence, ...]:
    """The lines of a loop of gradients; none where they would be long."""
    backs = {n.name: n for n in loop.carried}
    passed = {a.node.name for n in backs.values() for a in accesses(n.expr) if a.node.name in loop.names} - set(backs)
    kept = [n for n in loop.nodes if n.name in passed]
    rest = {n.name: (n.axes, n.expr) for n in loop.nodes if n.name not in passed and n.name not in backs}
    if not kept or len(kept) > MOST:
        return ()
    found = []
    last = loop.index.size - 1
    for node in kept:
        expr = _opened(node.expr, rest)
        here = inline(expr, {n.name: (n.axes, _opened(n.expr, rest)) for n in backs.values()})
        start = inline(reindex(expr, {loop.index: last}), {n.name: _start(n) for n in backs.values()})
        found.append(Recurrence(node, here, start, last))
    return tuple(found) if all(length(r.expr) <= LONGEST for r in found) else ()


def _opened(expr: sp.Expr, definitions: Mapping[str, tuple[tuple[Index, ...], sp.Expr]]) -> sp.Expr:
    """The expression with the definitions put in, also into each other."""
    while any(a.node.name in definitions for a in accesses(expr)):
        expr = inline(expr, definitions)
    return expr


def _start(node: Node) -> tuple[tuple[Index, ...], sp.Expr]:
    assert node.carry is not None
    return node.axes, node.carry.before


__all__ = ["Recurrence", "recurrences"]
