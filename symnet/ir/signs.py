"""The sign of an expression, read off its structure: "positive", "nonnegative" or "" (not known).

SymPy's assumption system answers the same question by search; for a graph of a thousand nodes a look must be enough.
"""

from __future__ import annotations

from functools import lru_cache

import sympy as sp

from symnet.ir.expr import Reduction

_POSITIVE = ("exp", "cosh", "sigmoid", "softplus")
_NONNEGATIVE = ("absolute", "gt", "ge", "eq", "ne")


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
