"""Points where the equations hold that a text assumes: the numbers drawn at random are moved until they do."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import mpmath
import numpy as np

from symnet.lecture.context.letters import free_letters
from symnet.lecture.context.record import Line
from symnet.lecture.context.refs import pairs
from symnet.lecture.evaluation.ground import Ground
from symnet.lecture.values.scalars import Undefined, plain

ROUNDS = 30  # of Newton's method
MOST = 60  # numbers that are moved
STEP = mpmath.mpf("1e-14")  # by which a number is changed for a slope
ZERO = mpmath.mpf("1e-26")  # what is left of zero
NOTHING = mpmath.mpf("1e-9")  # all entries of what has become zero are smaller
CUT = 1e-7  # slopes that are so much smaller than the largest one are rounding

Place = tuple[str, tuple[int, ...]]


def meet(ground: Ground, lines: Sequence[Line]) -> bool:
    """Moves the numbers of a point, as little as possible, to where the equations hold; False where none is found.

    Gauss-Newton steps of least length.  What a fact is known of, as an integer or a probability, stays as it is.
    """
    left = residuals(ground, lines)
    places = [p for p, x in ground.leaves.items() if isinstance(x, mpmath.mpf) and p[0] not in ground.facts]
    if not left or not places or len(places) > MOST:
        return bool(left) and max(map(abs, left)) < ZERO
    for _ in range(ROUNDS):
        if max(map(abs, left)) < ZERO:
            for place in places:
                if abs(ground.leaves[place]) < ZERO:
                    ground.leaves[place] = mpmath.mpf(0)
            return not _is_lost(ground, places)
        slopes = np.array([_slope(ground, lines, place, left) for place in places]).T
        if not np.all(np.isfinite(slopes)) or not np.any(slopes):
            return False
        scale = max(map(abs, left))
        step = np.linalg.lstsq(slopes, np.array([float(x / scale) for x in left]), rcond=CUT)[0]
        for place, change in zip(places, step):
            ground.leaves[place] -= scale * mpmath.mpf(float(change))
        left = residuals(ground, lines)
        if max(map(abs, left)) > 1e6:
            return False
    return False


def _is_lost(ground: Ground, places: Sequence[Place]) -> bool:
    """Has a name become zero, of which nearly nothing can be said but what holds of zero?"""
    largest: dict[str, Any] = {}
    for key, indices in places:
        largest[key] = max(abs(ground.leaves[key, indices]), largest.get(key, 0))
    return any(size < NOTHING for size in largest.values())


def residuals(ground: Ground, lines: Sequence[Line]) -> list[Any]:
    """Left minus right of all equations, for all values of their free indices and all entries."""
    found: list[Any] = []
    for line in lines:
        letters = free_letters(line.statement)
        ranges = [range(1, ground.range_size(line.statement, letter) + 1) for letter in letters]
        for ks in itertools.product(*ranges):
            scope = dict(zip(letters, ks))
            for left, right in pairs(line.statement):
                ground.start(scope)
                found += _difference(ground(left, scope), ground(right, scope))
    return found


def _difference(left: Any, right: Any) -> list[Any]:
    array = left if isinstance(left, np.ndarray) else right
    if not isinstance(array, np.ndarray):
        return [mpmath.mpf(plain(left)) - plain(right)]
    a, b = (
        side if isinstance(side, np.ndarray) else np.full(array.shape, side, dtype=object) for side in (left, right)
    )
    if a.shape != b.shape or any(isinstance(x, np.ndarray) for x in (*a.flat, *b.flat)):
        raise Undefined("the sides of an assumption do not fit")
    return [mpmath.mpf(plain(x)) - plain(y) for x, y in zip(a.ravel(), b.ravel())]


def _slope(ground: Ground, lines: Sequence[Line], place: Place, left: Sequence[Any]) -> list[float]:
    """The derivatives of the residuals by one number."""
    kept = ground.leaves[place]
    ground.leaves[place] = kept + STEP
    try:
        return [float((b - a) / STEP) for a, b in zip(left, residuals(ground, lines))]
    finally:
        ground.leaves[place] = kept
