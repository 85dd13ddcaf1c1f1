"""Which values are finite wherever the inputs are.

A mask that leaves a product out may multiply it where that is finite: zero times it is zero.  Zero times infinity is
not, and what may be infinite (a quotient, e^x, a logarithm, and all that reads such) is chosen by ``where``.  So is its
product with an array in which a mask has left zeros: of r = 1/x, y = r [x != 0] the chain rule makes dr = dy [x != 0]
and dx = -dr r^2, at x = 0 again zero times infinity.
"""

from __future__ import annotations

from collections.abc import Iterable, Set

import sympy as sp

from symnet.ir import functions as fn
from symnet.ir.expr import Access, Reduction, accesses, nodes_of
from symnet.ir.graph import Node
from symnet.ir.signs import sign_of

#: functions that are finite wherever their argument is
TAME = (sp.sin, sp.cos, fn.softplus, fn.maximum, fn.minimum, fn.absolute)
#: functions that are finite everywhere
BOUNDED = (sp.tanh, sp.atan, sp.erf, fn.sigmoid, fn.sign, fn.Bracket)


def is_tame(expr: sp.Expr, wild: Set[str] = frozenset(), shifts: Set[str] = frozenset()) -> bool:
    """Is ``expr`` finite wherever the inputs are?

    ``wild`` are the nodes that may be infinite, ``shifts`` the maxima, and what is shifted by them, of which no
    exponential overflows.
    """

    def tame(part: sp.Expr) -> bool:
        if isinstance(part, Access):
            return part.node.name not in wild
        if isinstance(part, Reduction):
            return tame(part.body)
        if isinstance(part, BOUNDED) or part.is_Atom or part.is_number:
            return True
        if part.is_Pow:
            return tame(part.base) and bool(part.exp.is_number and part.exp.is_positive or positive(part.base))
        if isinstance(part, sp.exp):
            return sign_of(-part.args[0]) != "" or any(a.node.name in shifts for a in accesses(part))
        if isinstance(part, sp.log):
            return tame(part.args[0]) and positive(part.args[0])
        if isinstance(part, TAME) or part.is_Add or part.is_Mul:
            return all(map(tame, part.args))
        return isinstance(part, fn.where) and all(map(tame, part.args[1:]))

    return tame(expr)


def positive(expr: sp.Expr) -> bool:
    return bool(expr.is_positive) or sign_of(expr) == "positive"


def wild_nodes(nodes: Iterable[Node], shifts: Set[str]) -> frozenset[str]:
    """The nodes, given in the order in which they are computed, that may be infinite where the inputs are finite."""
    found: set[str] = set()
    shifted = set(shifts)
    for node in nodes:
        if not is_tame(node.expr, found, shifted):
            found.add(node.name)
        if node.expr is not None and node.expr.is_Add and any(t.name in shifts for t in nodes_of(node.expr).values()):
            shifted.add(node.name)  # z - max z, under a name
    return frozenset(found)


def has_gaps(expr: sp.Expr, nodes: Set[str]) -> bool:
    """Is ``expr`` 0 wherever some condition fails, as these nodes are?"""
    if expr.is_Add:
        return all(has_gaps(a, nodes) for a in expr.args)
    if expr.is_Mul:
        return any(has_gaps(a, nodes) for a in expr.args)
    if isinstance(expr, Access):
        return expr.node.name in nodes
    return isinstance(expr, fn.Bracket) or beside_zero(expr) is not None


def nodes_with_gaps(nodes: Iterable[Node]) -> frozenset[str]:
    """The nodes, given in the order in which they are computed, that are 0 wherever some condition fails."""
    found: set[str] = set()
    for node in nodes:
        if has_gaps(node.expr, found):
            found.add(node.name)
    return frozenset(found)


def beside_zero(expr: sp.Expr) -> sp.Expr | None:
    """The other branch of a ``where`` that has a 0."""
    if not isinstance(expr, fn.where) or 0 not in expr.args[1:]:
        return None
    _, a, b = expr.args
    return b if a == 0 else a
