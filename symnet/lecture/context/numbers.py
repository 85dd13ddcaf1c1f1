"""The numbers that stand in a tree."""

from __future__ import annotations

from fractions import Fraction

from symnet.lecture.reader.syntax import Expr, Negate, Number


def value_of(expr: Expr) -> Fraction | int | None:
    """The number that an expression is."""
    return expr.value if isinstance(expr, Number) else None


def signed(expr: Expr) -> Fraction | int | None:
    """The number, or the negative of one."""
    value = value_of(expr.arg if isinstance(expr, Negate) else expr)
    return -value if isinstance(expr, Negate) and value is not None else value
