"""What an expression costs: operations on whole arrays, each one pass over memory."""

from __future__ import annotations

import sympy as sp

from symnet.ir.expr import Access, Index, Reduction, accesses, free_indices

#: how many elementwise steps are cheaper than a pass over memory
CHEAP = 3


def names_of(expr: sp.Expr) -> set[str]:
    """The variables that an expression reads."""
    return {a.node.name for a in accesses(expr)}


def is_plain(access: Access) -> bool:
    """Read as it lies: every subscript an index of its own."""
    return all(isinstance(s, Index) for s in access.subs) and len(set(access.subs)) == len(access.subs)


def passes_over(expr: sp.Expr, domain: frozenset[Index]) -> int:
    """Operations on arrays with all the indices of ``domain``."""
    if isinstance(expr, (Access, Reduction)) or free_indices(expr) != domain or not expr.args:
        return 0
    inner = sum(passes_over(a, domain) for a in expr.args)
    if expr.is_Add:
        small = sum(free_indices(a) != domain for a in expr.args)
        return inner + len(expr.args) - 1 - max(small - 1, 0)
    if expr.is_Mul:
        small = sum(free_indices(a) != domain and a not in (1, -1) for a in expr.args)
        large = len(expr.args) - sum(free_indices(a) != domain for a in expr.args)
        return inner + large - 1 + min(small, 1)
    if expr.is_Pow and expr.exp == -1:
        return inner
    if expr.is_Pow and expr.exp.is_Integer and expr.exp > 1:
        return inner + int(expr.exp) - 1
    return inner + 1
