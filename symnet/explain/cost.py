"""What the backward pass costs as the chain rule first gives it, and in the form that it was brought to.

*Operations* are those of :mod:`symnet.rewrite.cost`, with the same number of entries on every axis.
*Passes* count how often an array with the most axes of the page is read or written: each expression reads every such
array once, each sum inside it is a sweep of its own, and a result of that size is written once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import sympy as sp

from symnet.calculus.adjoint import leaves
from symnet.ir import functions as fn
from symnet.ir.expr import Access, Reduction, accesses
from symnet.ir.graph import Node
from symnet.rewrite.cost import NOMINAL, cost

if TYPE_CHECKING:
    from symnet.derivation import Derivation


@dataclass(frozen=True)
class Cost:
    """Operations and passes, before and after the rewriting; ``axis`` is the number of entries on an axis."""

    axis: int
    operations: tuple[int, int]
    passes: tuple[int, int]


def cost_of(derivation: Derivation) -> Cost | None:
    """The cost of a gradient; None for other derivatives, and where a delta picks places that are not counted so."""
    if derivation.what != "gradient":
        return None
    raw = [Node(s.node.name, s.node.axes, s.after) for s in derivation.steps if s.kind == "chain"]
    form = [n for n in derivation.shown.values() if n.expr is not None]
    if not raw or not form or any(_picks(n.expr) for n in (*raw, *form)):
        return None
    most = max(len(n.axes) for n in (*derivation.graph.nodes, *raw, *form))
    operations = [round(cost(*(n.expr for n in nodes))) for nodes in (raw, form)]
    passes = [sum(_passes(n, most) for n in nodes) for nodes in (raw, form)]
    return Cost(NOMINAL, (operations[0], operations[1]), (passes[0], passes[1]))


def _picks(expr: sp.Expr) -> bool:
    """Does a bracket between positions stay, so that the sum over it is no loop of the program?"""
    return any(not accesses(bracket) for bracket in expr.atoms(fn.eq))


def _passes(node: Node, most: int) -> int:
    """Reads of large arrays, once in every sweep, and the write of a large result."""
    sweeps: dict[sp.Expr, None] = {node.expr: None}
    todo, count = [node.expr], int(len(node.axes) == most)
    while todo:
        found = leaves(todo.pop())
        count += len({a.node.name for a in found if isinstance(a, Access) and len(a.node.axes) == most})
        bodies = [part.body for part in found if isinstance(part, Reduction) and part.body not in sweeps]
        sweeps.update(dict.fromkeys(bodies))
        todo += dict.fromkeys(bodies)
    return count


__all__ = ["Cost", "cost_of"]
