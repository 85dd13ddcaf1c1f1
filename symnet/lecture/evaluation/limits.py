r"""Limits at a number or at infinity: by two places very close to it, which must agree, on both sides of a number."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import mpmath
import numpy as np

from symnet.lecture.evaluation.evaluator import Evaluator, Scope
from symnet.lecture.reader.syntax import Big, Expr, Infinity, Negate
from symnet.lecture.values.errors import Unsupported
from symnet.lecture.values.matrices import Value
from symnet.lecture.values.scalars import Dual, Undefined, plain

DIGITS = 150  # so many that some are left of a difference of values at places so close
CLOSE = [mpmath.mpf(10) ** -k for k in (30, 33)]  # how far off the places are; as far out for infinity
NEAR = mpmath.mpf("1e-7")  # how well the values agree


def limit(at: Evaluator, expr: Big, scope: Scope, allowed: Callable[[Scope], bool]) -> Value:
    r"""``\lim_{x \to a} f(x)``; undefined where the values do not settle, or differ on the sides that are allowed."""
    (variable,) = expr.variables
    assert expr.lower is not None
    found = []
    with mpmath.workdps(DIGITS):
        for places in _places(at, expr.lower, scope):
            scopes = [{**scope, variable.name: place} for place in places]
            values = [_at(at, expr.body, inner) for inner in scopes if allowed(inner)]
            if values and None not in values:
                found.append(values)
    if not found:
        raise Undefined("a limit where nothing is defined close to it")
    first = found[0][-1]
    if not all(_agree(value, first) for values in found for value in values):
        raise Undefined("a limit that is not reached by the places tried")
    return first


def _places(at: Evaluator, end: Expr, scope: Scope) -> Iterator[list[Any]]:
    """The places on each side of where a variable goes to."""
    inner = end.arg if isinstance(end, Negate) else end
    if isinstance(inner, Infinity):
        yield [(-1 if inner is not end else 1) / close for close in CLOSE]
        return
    near = at(end, scope)
    if isinstance(near, (np.ndarray, Dual)):
        raise Unsupported("a limit at what is no number", end.span)
    for side in (1, -1):
        yield [near + side * close for close in CLOSE]


def _at(at: Evaluator, body: Expr, scope: Scope) -> Value | None:
    """The value at a place; None where it has none."""
    try:
        return at(body, scope)
    except Undefined:
        return None


def _agree(a: Value, b: Value) -> bool:
    one, other = ([plain(x) for x in (v.ravel() if isinstance(v, np.ndarray) else [v])] for v in (a, b))
    return len(one) == len(other) and all(abs(x - y) <= NEAR * (1 + abs(y)) for x, y in zip(one, other))
