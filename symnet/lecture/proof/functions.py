"""The functions that a proof knows, of terms."""

from __future__ import annotations

from collections.abc import Callable

import sympy as sp

from symnet.ir import functions as fn
from symnet.ir.expr import fresh_index, reindex
from symnet.lecture.proof.terms import Outside, Term, combined, real_power, total

ELEMENTWISE: dict[str, Callable[[sp.Expr], sp.Expr]] = {
    "exp": sp.exp,
    "log": sp.log,
    "sqrt": lambda x: real_power(x, sp.Rational(1, 2)),
    "sigmoid": fn.sigmoid,
    "softplus": fn.softplus,
    "relu": lambda x: fn.maximum(0, x),
    "abs": fn.absolute,
    "sign": fn.sign,
    "step": lambda x: fn.gt(x, 0),
    "sin": sp.sin,
    "cos": sp.cos,
    "tan": sp.tan,
    "sinh": sp.sinh,
    "cosh": sp.cosh,
    "tanh": sp.tanh,
    "arctan": sp.atan,
    "erf": sp.erf,
}


def _extremum(op: str, pair: Callable[[sp.Expr, sp.Expr], sp.Expr]) -> Callable[[list[Term]], Term]:
    def of(args: list[Term]) -> Term:
        if len(args) == 1:
            value = args[0].fresh()
            return Term(total(value.expr, value.axes, op)) if value.axes else value
        result = args[0]
        for arg in args[1:]:
            result = combined(pair, result, arg)
        return result

    return of


def _softmax(args: list[Term]) -> Term:
    z = _vector(args)
    inner = z.fresh()
    return z.each(lambda x: sp.exp(x) / total(sp.exp(inner.expr), inner.axes))


def _logsumexp(args: list[Term]) -> Term:
    z = _vector(args).fresh()
    return Term(sp.log(total(sp.exp(z.expr), z.axes)))


def _vector(args: list[Term]) -> Term:
    if len(args) != 1 or len(args[0].axes) != 1:
        raise Outside
    return args[0]


def _sum(args: list[Term]) -> Term:
    if len(args) != 1:
        raise Outside
    value = args[0].fresh()
    return Term(total(value.expr, value.axes))


def _mean(args: list[Term]) -> Term:
    return _sum(args).each(lambda x: x / sp.Mul(*(i.size for i in args[0].axes)))


def _trace(args: list[Term]) -> Term:
    if len(args) != 1:
        raise Outside
    a = args[0].fresh()
    if not a.axes:
        return a
    if a.row is None or a.column is None or a.row.size != a.column.size:
        raise Outside
    return Term(total(reindex(a.expr, {a.column: a.row}), (a.row,)))


def _diag(args: list[Term]) -> Term:
    if len(args) != 1:
        raise Outside
    a = args[0].fresh()
    if len(a.axes) == 1:
        (i,) = a.axes
        j = fresh_index(i)
        return Term(a.expr * fn.eq(i, j), i, j)
    if a.row is None or a.column is None or a.row.size != a.column.size:
        raise Outside
    return Term(reindex(a.expr, {a.column: a.row}), a.row)


BUILT: dict[str, Callable[[list[Term]], Term]] = {
    "max": _extremum("max", fn.maximum),
    "min": _extremum("min", fn.minimum),
    "softmax": _softmax,
    "logsumexp": _logsumexp,
    "sum": _sum,
    "mean": _mean,
    "trace": _trace,
    "diag": _diag,
    "entry": lambda args: args[0],
}
