"""Eigenvalues of symmetric matrices and singular values, with their slopes; what is computed from them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import mpmath
import numpy as np

from symnet.lecture import effort
from symnet.lecture.reader.syntax import Span
from symnet.lecture.values.errors import ShapeError, Unsupported
from symnet.lecture.values.matrices import Value
from symnet.lecture.values.scalars import Dual, Undefined, as_real, divide, objects, plain

CUBIC = 4  # operations for each entry and each row or column
HALF = mpmath.mpf("1e-14")  # half of the digits: what is so much smaller than the largest one is rounding


def eigenvalues(value: Value, span: Span) -> list[Any]:
    """The eigenvalues of a symmetric matrix, the largest first; Undefined where it is not symmetric."""
    a = _plain(_square(value, span))
    size = max(map(abs, a))
    if any(abs(a[i, j] - a[j, i]) > HALF * (size + HALF) for i in range(a.rows) for j in range(i)):
        raise Undefined("the eigenvalues of a matrix that is not symmetric")
    found, vectors = mpmath.eigsy(a)
    order = sorted(range(a.rows), key=lambda k: -found[k])
    columns = [vectors[:, k] for k in order]
    return _with_slopes(value, [found[k] for k in order], list(zip(columns, columns)), span)


def singular_values(value: Value, span: Span) -> list[Any]:
    """The singular values of a matrix, the largest first."""
    a = _plain(_matrix(value, span))
    left, found, right = mpmath.svd_r(a)
    pairs = [(left[:, k], right[k, :].T) for k in range(len(found))]
    return _with_slopes(value, list(found), pairs, span)


def rank(value: Value, span: Span) -> int:
    """How many singular values are more than rounding."""
    found = [plain(s) for s in singular_values(value, span)]
    return sum(s > HALF * found[0] for s in found)


def condition(value: Value, span: Span) -> Any:
    """The largest singular value over the smallest one."""
    found = singular_values(_square(value, span), span)
    if plain(found[-1]) <= HALF * plain(found[0]):
        raise Undefined("the condition number of a singular matrix")
    return divide(found[0], as_real(found[-1]))


def gaps(left: Value, right: Value) -> list[Any]:
    """The eigenvalues of ``left - right``; of numbers and vectors the differences of the entries."""
    array = left if isinstance(left, np.ndarray) else right
    if not isinstance(array, np.ndarray) or 1 in array.shape:
        return [x - y for x, y in np.broadcast(left, right)]
    sides = [side if isinstance(side, np.ndarray) else _multiple(side, len(array)) for side in (left, right)]
    if sides[0].shape != sides[1].shape:
        raise ShapeError("an order between matrices of different shapes")
    return eigenvalues(sides[0] - sides[1], (0, 0))


def is_above(left: Value, right: Value, strictly: bool) -> bool:
    """Is ``left - right`` positive (semi)definite?  Of numbers and vectors: is each entry greater?"""
    least = plain(min(gaps(left, right)))
    scale = max(abs(plain(x)) for side in (left, right) for x in np.ravel(side))
    return least > HALF * (1 + scale) if strictly else least >= -HALF * (1 + scale)


#: orders between symmetric matrices, by their relations
ABOVE: dict[str, Callable[[Value, Value], bool]] = {
    "succ": lambda a, b: is_above(a, b, strictly=True),
    "succeq": lambda a, b: is_above(a, b, strictly=False),
    "prec": lambda a, b: is_above(b, a, strictly=True),
    "preceq": lambda a, b: is_above(b, a, strictly=False),
}


def _multiple(number: Any, count: int) -> np.ndarray:
    """The zero matrix; another number has no place in an order of matrices."""
    if plain(number) != 0:
        raise ShapeError("an order between a matrix and a number")
    return np.full((count, count), 0, dtype=object)


def _matrix(value: Value, span: Span) -> np.ndarray:
    if not isinstance(value, np.ndarray):
        raise ShapeError("the spectrum of a number", span)
    effort.step(CUBIC * value.size * max(value.shape))
    return value


def _square(value: Value, span: Span) -> np.ndarray:
    a = _matrix(value, span)
    if a.shape[0] != a.shape[1]:
        raise ShapeError("the eigenvalues of what is not a square matrix", span)
    return a


def _plain(a: np.ndarray) -> Any:
    return mpmath.matrix([[mpmath.mpf(plain(x)) for x in row] for row in a])


def _with_slopes(value: np.ndarray, found: list[Any], vectors: Sequence[tuple[Any, Any]], span: Span) -> list[Any]:
    """The values ``u^T A v`` with their slopes ``u^T A' v``; Undefined where two of them are equal."""
    moved = [(place, x) for place, x in np.ndenumerate(value) if isinstance(x, Dual)]
    if not moved:
        return found
    tags = {x.tag for _, x in moved}
    if len(tags) > 1 or any(isinstance(part, Dual) for _, x in moved for part in (x.value, *x.slope)):
        raise Unsupported("a second derivative of eigenvalues or singular values", span)
    gaps = [abs(a - b) for k, a in enumerate(found) for b in found[:k]]
    if any(gap <= HALF * (abs(found[0]) + HALF) for gap in gaps):
        raise Undefined("the slope of eigenvalues that are equal")
    slopes = (sum(u[i] * v[j] * x.slope for (i, j), x in moved) for u, v in vectors)
    return [Dual(x, objects(list(slope)), tag) for x, slope in zip(found, slopes) for tag in tags]
