"""Relations in print: in brackets as 1 or 0, of two positions as Kronecker's delta."""

from __future__ import annotations

import sympy as sp

from symnet.ir import functions as fn
from symnet.ir.expr import Param, Reduction, Size, accesses, free_indices

#: the relation of the same two the other way round
SWAPPED = {">": "<", ">=": "<=", "<": ">", "<=": ">="}
#: the relation that holds where another fails
NEGATED = {">": "<=", ">=": "<", "==": "!=", "!=": "=="}


def fails(expr: fn.where) -> bool:
    """Is it 1 where a relation fails, else 0?"""
    condition, *values = expr.args
    return isinstance(condition, fn.Bracket) and values == [0, 1]


def is_delta(relation: sp.Expr) -> bool:
    """Is a relation printed as a delta of Kronecker, of two positions that are read from no array?"""
    places = relation.args
    return isinstance(relation, fn.eq) and any(map(free_indices, places)) and all(map(_position, places))


def _position(expr: sp.Expr) -> bool:
    """A position along an axis that is not read from an array."""
    return not accesses(expr) and not expr.has(Reduction, Size, Param)


__all__ = ["NEGATED", "SWAPPED", "fails", "is_delta"]
