"""Entries of scalars, vectors and matrices as index expressions, under the indices of their rows and columns."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import sympy as sp

from symnet.ir import functions as fn
from symnet.ir.expr import Index, fresh_index, reduce_over, reindex


class Outside(Exception):
    """The claim uses what is not read into the index graph."""


@dataclass(frozen=True)
class Term:
    """A scalar (no axes), a column (``row`` only), a row (``column`` only) or a matrix, as its entry under these."""

    expr: sp.Expr
    row: Index | None = None
    column: Index | None = None

    @property
    def axes(self) -> tuple[Index, ...]:
        return tuple(i for i in (self.row, self.column) if i is not None)

    @property
    def transposed(self) -> Term:
        return Term(self.expr, self.column, self.row)

    def each(self, function: Callable[[sp.Expr], sp.Expr]) -> Term:
        return replace(self, expr=function(self.expr))

    def fresh(self) -> Term:
        """The same under indices that occur nowhere else."""
        new = {i: fresh_index(i) for i in self.axes}
        get: Callable[[Index | None], Index | None] = lambda i: None if i is None else new[i]  # noqa: E731
        return Term(reindex(self.expr, new), get(self.row), get(self.column))

    def at(self, values: Iterable[sp.Expr]) -> sp.Expr:
        """The entry at positions counted from 0."""
        values = tuple(values)
        if len(values) != len(self.axes):
            raise Outside
        return reindex(self.expr, dict(zip(self.axes, values)))


def aligned(a: Term, b: Term) -> tuple[Term, Term]:
    """Both under the same indices; scalars, rows and columns are repeated."""
    b = b.fresh()
    renamed: dict[Index, sp.Expr] = {}
    if a.axes and b.axes and len(a.axes) == len(b.axes) == 1 and (a.row is None) != (b.row is None):
        raise Outside
    for mine, theirs in ((a.row, b.row), (a.column, b.column)):
        if mine is not None and theirs is not None:
            if mine.size != theirs.size:
                raise Outside
            renamed[theirs] = mine
    row, column = a.row or b.row, a.column or b.column
    return Term(a.expr, row, column), Term(reindex(b.expr, renamed), row, column)


def combined(function: Callable[[sp.Expr, sp.Expr], sp.Expr], a: Term, b: Term) -> Term:
    a, b = aligned(a, b)
    return replace(a, expr=function(a.expr, b.expr))


def total(expr: sp.Expr, over: Iterable[Index], op: str = "sum") -> sp.Expr:
    """The sum, or another reduction, over these indices."""
    return reduce_over(op, expr, over)


def real_power(base: sp.Expr, exponent: sp.Expr) -> sp.Expr:
    """base ** exponent over the reals; SymPy's sqrt(x^2) is the absolute value."""
    value = base**exponent
    return value.replace(sp.Abs, fn.absolute) if value.has(sp.Abs) else value


def put(expr: sp.Expr, x: sp.Dummy, value: sp.Expr) -> sp.Expr:
    return expr.xreplace({x: value})
