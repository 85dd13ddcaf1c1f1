"""Definite integrals over one real variable: by quadrature on two meshes, which must agree."""

from __future__ import annotations

from typing import Any

import mpmath
import numpy as np

from symnet.lecture.context.refs import Ref, refs
from symnet.lecture.evaluation.evaluator import Evaluator, Scope
from symnet.lecture.reader.syntax import Big, Call, Expr, Infinity, Negate
from symnet.lecture.values.errors import Unsupported
from symnet.lecture.values.matrices import Value
from symnet.lecture.values.scalars import Dual, Undefined, plain

MOST_DEGREE = 6  # of the quadrature: some 200 places on the finest mesh
PLACES, MORE = 20, 6  # digits that are computed with, and how many more on the second mesh
NEAR = mpmath.mpf("1e-17")  # how well the meshes agree
PART = mpmath.mpf("0.381966")  # where the second mesh is cut


def integral(at: Evaluator, expr: Big, scope: Scope) -> Value:
    r"""``\int_a^b f(x) dx``; undefined where the meshes do not agree, as where it diverges or f has a kink."""
    if len(expr.variables) != 1 or expr.lower is None or expr.upper is None or expr.domain is not None:
        raise Unsupported("an integral without ends is not evaluated", expr.span)
    if any(isinstance(p, Big) and p.op == "int" for p in expr.body.walk()):
        raise Unsupported("an integral inside of an integral is not evaluated", expr.span)
    if at.seeds:
        raise Unsupported("an integral is not differentiated", expr.span)
    name = expr.variables[0].name
    ends = [e.arg if isinstance(e, Negate) else e for e in (expr.lower, expr.upper)]
    everywhere = at.context.rank(Ref(name)) and any(isinstance(e, Infinity) for e in ends)
    if everywhere or _moves_otherwise(at, expr.body, name):
        raise Unsupported("what this integral is over is not clear", expr.span)
    low, high = (_end(at, e, scope) for e in (expr.lower, expr.upper))

    def value(x: Any) -> Any:
        found = plain(at(expr.body, {**scope, name: x}))
        if isinstance(found, np.ndarray) or isinstance(found, Dual):
            raise Unsupported("an integral of what is no number", expr.span)
        return found

    cut = low + PART * (high - low) if mpmath.isfinite(high - low) else _inside(low, high)
    spent = at.spent
    try:
        with mpmath.workdps(PLACES):
            first = mpmath.quad(value, [low, high], maxdegree=MOST_DEGREE)
        at.spent = spent
        with mpmath.workdps(PLACES + MORE):  # closer to the ends, where it may diverge
            second = mpmath.quad(value, [low, cut, high], maxdegree=MOST_DEGREE)
        at.spent = spent
    except (ZeroDivisionError, OverflowError, ValueError) as error:
        raise Undefined("an integral that does not converge") from error
    if not mpmath.isfinite(first) or abs(first - second) > NEAR * (1 + abs(first)):
        raise Undefined("an integral that is not computed well enough")
    return first


def _inside(low: Any, high: Any) -> Any:
    """A place inside of an interval without an end."""
    if mpmath.isfinite(low):
        return low + PART
    return high - PART if mpmath.isfinite(high) else PART


def _end(at: Evaluator, expr: Expr, scope: Scope) -> Any:
    inner = expr.arg if isinstance(expr, Negate) else expr
    if isinstance(inner, Infinity):
        return -mpmath.inf if inner is not expr else mpmath.inf
    value = plain(at(expr, scope))
    if isinstance(value, np.ndarray):
        raise Unsupported("an end of an integral that is no number", expr.span)
    return mpmath.mpf(value)


def _moves_otherwise(at: Evaluator, body: Expr, name: str) -> bool:
    """Does a name in the integrand depend on the variable by its definition, and not as an argument?"""
    called = {id(p.function) for p in body.walk() if isinstance(p, Call)}
    named = [r for r in refs(body) if id(r) not in called and r.key != name]
    return any(at.context.reaches(r, name, at.order) for r in named)
