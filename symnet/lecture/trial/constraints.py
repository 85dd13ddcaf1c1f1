"""Points where the equations and inequalities hold that a text assumes: what is drawn at random is moved until they do.

An inequality that holds moves nothing; one that fails is met with a margin, and so strictly.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import mpmath
import numpy as np

from symnet.lecture.context.letters import free_letters
from symnet.lecture.context.record import DEFINITE
from symnet.lecture.context.refs import Ref, pairs
from symnet.lecture.evaluation.ground import Ground
from symnet.lecture.evaluation.sample import is_positive
from symnet.lecture.reader.syntax import DEFINITE_ORDERS, Statement
from symnet.lecture.values.matrices import Value, with_slope
from symnet.lecture.values.scalars import Dual, Undefined, as_real
from symnet.lecture.values.spectra import gaps

STUCK = 4  # steps of Newton's method that come not nearer by half
NEARER = 0.5  # of what was lacking
MOST = 60  # numbers that are moved
MARGINS = (1, 0.01)  # by which an inequality is met that did not hold, at most
ZERO = mpmath.mpf("1e-26")  # what is left of zero
NOTHING = mpmath.mpf("1e-9")  # all entries of what has become zero are smaller
FAR = 1e6  # where no point is looked for
CUT = 1e-7  # slopes that are so much smaller than the largest one are rounding
#: relations of which the left side is the greater one
LEFT_IS_GREATER = (">", ">=", "succ", "succeq")
#: facts on names that may be moved, as what they say is kept
KEPT = (None, "positive", "negative", "unit", "symmetric", "diagonal", *DEFINITE)
MIRRORED = ("symmetric", *DEFINITE)

Place = tuple[str, tuple[int, ...]]


def meet(ground: Ground, statements: Sequence[Statement]) -> bool:
    """Moves the numbers of a point, as little as possible, to where all statements hold; False where none is found.

    Whole numbers, probabilities and lengths stay as they are; signs and symmetries are kept.
    """
    strict = any(r != "=" for statement in statements for r in statement.relations)
    drawn = 10 ** random.Random(f"{ground.point.seed}|margin").uniform(-3, 0)
    start = dict(ground.leaves)
    for margin in MARGINS if strict else MARGINS[:1]:
        if _Search(ground, statements, mpmath.mpf(drawn * margin)).succeeds():
            return True
        ground.leaves |= start
    return False


@dataclass
class _Search:
    """Gauss-Newton steps of least length; of an inequality the part is made zero that is lacking."""

    ground: Ground
    statements: Sequence[Statement]
    margin: Any

    def succeeds(self) -> bool:
        ground, left = self.ground, self._lacking()
        places = [p for p, x in ground.leaves.items() if isinstance(x, mpmath.mpf) and self._moves(p)]
        if not left or not places or len(places) > MOST:
            return bool(left) and _largest(left) < ZERO
        least, since = _largest(left), 0
        while _largest(left) >= ZERO:
            slopes = self._slopes(places)
            if since > STUCK or _largest(left) > FAR or not np.all(np.isfinite(slopes)) or not np.any(slopes):
                return False
            scale = _largest(left)
            step = np.linalg.lstsq(slopes, np.array([float(x / scale) for x in left]), rcond=CUT)[0]
            for place, change in zip(places, step):
                self._put(place, ground.leaves[place] - scale * mpmath.mpf(float(change)))
            left = self._lacking()
            nearer = _largest(left) < NEARER * least
            least, since = (_largest(left), 0) if nearer else (least, since + 1)
        for place in places:
            if abs(ground.leaves[place]) < ZERO:
                self._put(place, mpmath.mpf(0))
        return not _is_lost(ground, places)

    def _moves(self, place: Place) -> bool:
        key, indices = place
        fact = self.ground.facts.get(key)
        return fact in KEPT and not (fact in MIRRORED and len(indices) == 2 and indices[0] > indices[1])

    def _put(self, place: Place, value: Any) -> None:
        key, indices = place
        self.ground.leaves[place] = value
        if self.ground.facts.get(key) in MIRRORED and len(indices) == 2:
            self.ground.leaves[key, indices[::-1]] = value

    def _slopes(self, places: Sequence[Place]) -> np.ndarray:
        """The derivatives of what is lacking by the numbers of some places."""
        kept, tag = [self.ground.leaves[place] for place in places], next(self.ground.tags)
        for k, (place, value) in enumerate(zip(places, kept)):
            self._put(place, with_slope(value, (tag, k, len(places))))
        try:
            found = self._lacking()
        finally:
            for place, value in zip(places, kept):
                self._put(place, value)
            self.ground.forget_slopes()
        slopes = [x.slope if isinstance(x, Dual) and x.tag == tag else [0] * len(places) for x in found]
        return np.array([[float(s) for s in row] for row in slopes])

    def _lacking(self) -> list[Any]:
        """What is lacking to all statements, for all values of their free indices and all entries, and to the facts."""
        ground = self.ground
        found: list[Any] = []
        ground.forget_slopes()
        for statement in self.statements:
            letters = free_letters(statement)
            ranges = [range(1, ground.range_size(statement, letter) + 1) for letter in letters]
            for ks in itertools.product(*ranges):
                scope = dict(zip(letters, ks))
                for (left, right), relation in zip(pairs(statement), statement.relations):
                    ground.start(scope)
                    found += self._lacking_to(ground(left, scope), ground(right, scope), relation)
        return [*found, *self._broken()] if found else []

    def _lacking_to(self, left: Value, right: Value, relation: str) -> Iterator[Any]:
        if relation == "=":
            yield from _difference(left, right)
            return
        greater, less = (left, right) if relation in LEFT_IS_GREATER else (right, left)
        found = gaps(greater, less) if relation in DEFINITE_ORDERS else _difference(greater, less)
        for k, gap in enumerate(reversed(found)):
            margin = self.margin * (1 + k)  # eigenvalues that become equal have no slopes
            yield gap - margin if gap < margin / 2 else 0

    def _broken(self) -> Iterator[Any]:
        """What is lacking to the facts on the names: negative where a positive number has become negative."""
        facts, definite = self.ground.facts, set()
        for (key, _), x in self.ground.leaves.items():
            fact = facts.get(key)
            if fact in DEFINITE:
                definite.add(key)
            elif not isinstance(x, mpmath.mpf | Dual):
                continue
            elif fact == "negative":
                yield self._below_zero(-x)
            elif fact in ("positive", "unit") or fact is None and is_positive(key):
                yield self._below_zero(x)
                yield self._below_zero(1 - x) if fact == "unit" else 0
        for key in sorted(definite):
            yield from map(self._below_zero, gaps(self.ground(Ref(key)), 0))

    def _below_zero(self, gap: Any) -> Any:
        return gap - self.margin if gap < 0 else 0


def _largest(left: Sequence[Any]) -> Any:
    return max(map(abs, left))


def _is_lost(ground: Ground, places: Sequence[Place]) -> bool:
    """Has a name become zero, of which nearly nothing can be said but what holds of zero?"""
    largest: dict[str, Any] = {}
    for key, indices in places:
        largest[key] = max(abs(ground.leaves[key, indices]), largest.get(key, 0))
    return any(size < NOTHING for size in largest.values())


def _difference(left: Value, right: Value) -> list[Any]:
    """Left minus right, of each entry."""
    array = left if isinstance(left, np.ndarray) else right
    if not isinstance(array, np.ndarray):
        return [as_real(left) - right]
    a, b = (
        side if isinstance(side, np.ndarray) else np.full(array.shape, side, dtype=object) for side in (left, right)
    )
    if a.shape != b.shape or any(isinstance(x, np.ndarray) for x in (*a.flat, *b.flat)):
        raise Undefined("the sides of an assumption do not fit")
    return [as_real(x) - y for x, y in zip(a.ravel(), b.ravel())]
