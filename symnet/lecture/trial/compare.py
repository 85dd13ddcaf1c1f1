"""Two values: brought into one shape, and equal to half of the digits."""

from __future__ import annotations

from typing import Any

import mpmath
import numpy as np

from symnet.lecture.claims.claim import Claim
from symnet.lecture.evaluation.reading import Reading
from symnet.lecture.values.errors import ShapeError, Unsupported
from symnet.lecture.values.matrices import dims
from symnet.lecture.values.scalars import finite, plain

DIGITS = 30
TOLERANCE = mpmath.mpf("1e-14")


def close(a: Any, b: Any) -> bool:
    """Equal to half of the digits."""
    return abs(a - b) <= TOLERANCE * (abs(a) + abs(b) + mpmath.mpf("1e-6"))


def equal(left: Any, right: Any) -> bool:
    """Are two values the same? Raises ShapeError where they can not be compared."""
    if isinstance(left, np.ndarray) or isinstance(right, np.ndarray):
        a = left.ravel() if isinstance(left, np.ndarray) else [left]
        b = right.ravel() if isinstance(right, np.ndarray) else [right]
        if not isinstance(left, np.ndarray):
            a = [left] * len(b)
        if not isinstance(right, np.ndarray):
            b = [right] * len(a)
        return all(close(plain(x), plain(y)) for x, y in zip(a, b))
    return close(plain(left), plain(right))


def roughly(compare):
    """Limits are compared to six digits."""

    def rough(left, right):
        if isinstance(left, np.ndarray) or isinstance(right, np.ndarray):
            return compare(left, right)
        return compare(left, right) or abs(plain(left) - plain(right)) < 1e-6 * (1 + abs(plain(right)))

    return rough


def align(left: Any, right: Any, reading: Reading, claim: Claim) -> tuple[Any, Any]:
    """Both sides in one shape; a number beside a matrix is compared with every entry only where it is zero."""
    if isinstance(left, np.ndarray) and isinstance(right, np.ndarray):
        if left.shape != right.shape:
            raise ShapeError(f"the left side is {dims(left)} and the right side {dims(right)}")
        return left, right
    for value, other in ((left, right), (right, left)):
        if isinstance(value, np.ndarray) and not isinstance(other, np.ndarray):
            if plain(other) == 0 or value.size == 1:
                return (left, right) if value.size > 1 else (_single(left), _single(right))
            raise ShapeError(f"one side is {dims(value)} and the other a number")
    return left, right


def _single(value: Any) -> Any:
    return value.ravel()[0] if isinstance(value, np.ndarray) else value


def all_finite(value: Any) -> bool:
    if not isinstance(value, np.ndarray):
        return finite(value)
    if any(isinstance(x, np.ndarray) for x in value.ravel()):
        raise Unsupported("a list of lists")
    return all(finite(x) for x in value.ravel())
