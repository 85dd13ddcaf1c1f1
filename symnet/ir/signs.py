"""What an expression's structure says of its values: their sign ("positive", "nonnegative" or "") and if they are bits.

SymPy's assumption system answers the same question by search; for a graph of a thousand nodes a look must be enough.
"""

from __future__ import annotations

from functools import lru_cache

import sympy as sp

from symnet.ir.expr import Access, Reduction
from symnet.ir.functions import Bracket

_POSITIVE = ("exp", "cosh", "sigmoid", "softplus")
_NONNEGATIVE = ("absolute", "gt", "ge", "eq", "ne")


MOST_BITS = 6


def is_bit(expr: sp.Expr) -> bool:
    """Is ``expr`` always 0 or 1: a bracket, a mask, or what &, | and ~ make of such?"""
    bits = sorted({a for a in leaves_of(expr) if _is_bit_leaf(a)}, key=str)
    if not bits or len(bits) > MOST_BITS:
        return False
    stand_ins = sp.symbols(f"b:{len(bits)}")
    masked = expr.xreplace(dict(zip(bits, stand_ins)))
    return all(
        masked.xreplace({b: sp.Integer(k >> i & 1) for i, b in enumerate(stand_ins)}) in (0, 1)
        for k in range(1 << len(bits))
    )


def leaves_of(expr: sp.Expr) -> set[sp.Expr]:
    """Accesses, reductions and brackets, outermost only."""
    if isinstance(expr, (Access, Reduction, Bracket)):
        return {expr}
    return set().union(*map(leaves_of, expr.args))


def _is_bit_leaf(leaf: sp.Expr) -> bool:
    if isinstance(leaf, Access):
        return leaf.node.is_bit
    return isinstance(leaf, Bracket)


@lru_cache(maxsize=1 << 14)
def sign_of(expr: sp.Expr) -> str:
    """What is known of the sign of a real expression."""
    if isinstance(expr, sp.Symbol) or expr.is_Number:
        return "positive" if expr.is_positive else "nonnegative" if expr.is_nonnegative else ""
    if isinstance(expr, Reduction):
        return sign_of(expr.body) if expr.op in ("sum", "prod", "max", "min") else ""
    name = expr.func.__name__
    if name in _POSITIVE:
        return "positive"
    if name in _NONNEGATIVE:
        return "nonnegative"
    if expr.is_Pow:
        base = sign_of(expr.base)
        if base == "positive":
            return "positive"
        if expr.exp.is_Integer and expr.exp % 2 == 0:
            return "nonnegative"
        return "nonnegative" if base == "nonnegative" and expr.exp.is_positive else ""
    if name == "maximum":
        signs = [sign_of(a) for a in expr.args]
        return "positive" if "positive" in signs else "nonnegative" if "nonnegative" in signs else ""
    if expr.is_Mul or expr.is_Add or name == "minimum":
        signs = [sign_of(a) for a in expr.args]
        if all(s == "positive" for s in signs) or (expr.is_Add and all(signs) and "positive" in signs):
            return "positive"
        return "nonnegative" if all(signs) else ""
    return ""
