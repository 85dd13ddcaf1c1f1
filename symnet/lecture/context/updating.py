"""Steps of an algorithm: the old value on the right, the new one on the left."""

from __future__ import annotations

from symnet.lecture.context.refs import Ref, pairs, refs
from symnet.lecture.reader.syntax import Expr, Negate, Plus, Product, Statement, Transpose


def is_update(statement: Statement) -> bool:
    """``w = w - ...``, ``w <- w - ...``: the old value on the right, the new one on the left."""
    for (left, right), relation in zip(pairs(statement), statement.relations):
        if relation not in ("=", "get", "set") or not isinstance(left, Ref):
            continue
        if any(isinstance(p, (Transpose,)) and p.arg == left for p in right.walk()):
            continue  # A = A^T: a condition
        own = [r for r in refs(right) if r == left]
        if own and right != left and _is_additive_in(right, left):
            return True
    return False


def _is_additive_in(right: Expr, left: Ref) -> bool:
    """w - step, beta w + (1 - beta) g: a term is the old value, alone or times a factor free of it."""
    terms = right.terms if isinstance(right, Plus) else (right,)
    for term in terms:
        inner = term.arg if isinstance(term, Negate) else term
        if inner == left or (isinstance(inner, Product) and left in _factors(inner)):
            return True
    return False


def _factors(expr: Expr) -> list[Expr]:
    if isinstance(expr, Product):
        return [*_factors(expr.left), *_factors(expr.right)]
    return [expr]
