"""Random values for what a document leaves open: names by what is known of them, functions as smooth ones."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np

from symnet.lecture import effort
from symnet.lecture.context.context import Context
from symnet.lecture.context.facts import AMONG, EQUAL, orthonormal
from symnet.lecture.context.identities import is_ones
from symnet.lecture.context.record import DEFINITE, WHOLE
from symnet.lecture.context.sizes import Sizes
from symnet.lecture.values.errors import Unsupported
from symnet.lecture.values.matrices import Value
from symnet.lecture.values.scalars import Undefined, apply, as_real

#: names that are positive by convention
POSITIVE = frozenset("epsilon varepsilon sigma tau eta lambda rho".split())
#: how a number is drawn in each range
REGIMES: dict[str, Callable[[random.Random], float]] = {
    "normal": lambda rng: rng.gauss(0, 1),
    "positive": lambda rng: rng.uniform(0.15, 2.5),
    "unit": lambda rng: rng.uniform(0.05, 0.95),
    "large": lambda rng: rng.uniform(-4, 4),
}
#: where bounds of different degrees cross: vectors that are short, and lie in nearly one direction
SMALL = {"small": lambda rng: rng.uniform(0.02, 0.2)}
#: where bounds fail that hold near 1: numbers of any size, and chances near 0 and 1
WIDE: dict[str, Callable[[random.Random], float]] = {
    "wide": lambda rng: rng.choice((-1, 1)) * 10 ** rng.uniform(-2, 1.7),
    "edge": lambda rng: abs(rng.choice((0, 1)) - 10 ** rng.uniform(-3, -0.3)),
}
#: where functions jump
JUMPS = {"whole": lambda rng: rng.choice((-1, 1)) * rng.randint(1, 4)}
#: all of them
DRAWN = {**REGIMES, **SMALL, **WIDE, **JUMPS}
ZERO = "zero"  # where what is a square, or a length, is not positive
MOST = {"wide": 40}  # of whole numbers, elsewhere 5


def is_positive(key: str) -> bool:
    """Is a name positive by convention, or the square of one?"""
    return key.lstrip("\\").split("_")[0].split("^")[0] in POSITIVE or key.endswith("^2")


@dataclass
class Point:
    """Where a claim is evaluated: sizes by class, the seed of the random values, their range."""

    sizes: Mapping[str, int]
    seed: int
    regime: str = "normal"
    reach: float = 0  # how far off the borders of its formulas may be


@dataclass
class Sample:
    """Sizes, and random values for the names that have no definition: one for each index, the same in both sides."""

    context: Context
    classes: Sizes
    point: Point
    facts: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.leaves: dict[tuple[str, tuple[int, ...]], Any] = {}
        self.roots: dict[str, list[list[Any]]] = {}  # B of the matrices B B^T
        self.touched: set[str] = set()
        self.functions_used: set[str] = set()
        self.invented: set[str] = set()  # functions that nobody defined

    def leaf(self, key: str, indices: tuple[int, ...]) -> Value:
        at = (key, indices)
        if at not in self.leaves:
            self.leaves[at] = self._sample(key, indices)
        if not is_ones(key):
            self.touched.add(key)
        return self.leaves[at]

    def _sample(self, key: str, indices: tuple[int, ...]) -> Any:
        if is_ones(key):
            return 1  # an entry of the vector of ones
        root = self.classes.find(f"size:{key}")
        if not indices and (f"size:{key}" in self.classes.parents or root in self.point.sizes):
            return self.size(f"size:{key}")
        if indices and f"layer:{key}" in {*self.classes.parents, *self.classes.parents.values()}:
            return self.size(f"layer:{key}")  # the sizes of all layers are one class
        rng = random.Random(f"{self.point.seed}|{key}|{indices}")
        fact = self.facts.get(key)
        if fact == "zero-one label" or key in self.context.labels:
            axis, position = self.context.labels.get(key, (key, 0))
            return rng.randint(1, self.size(f"axis:{axis}:{position}"))
        if fact == EQUAL and indices:
            return self.leaf(key, ())
        if fact is not None and fact.startswith(AMONG):
            chosen = Fraction(rng.choice(fact.removeprefix(AMONG).split(", ")))
            return chosen.numerator if chosen.denominator == 1 else mpmath.mpf(chosen.numerator) / chosen.denominator
        if fact in WHOLE:
            return self._whole(fact, rng)
        if not indices and self.context.is_whole(key):
            return 1 if self.singles else rng.randint(2, MOST.get(self.point.regime, 5))
        if fact == "bits":
            return rng.randint(0, 1)
        if fact == "signs":
            return rng.choice((-1, 1))
        if fact == "symmetric" and len(indices) == 2 and indices[0] > indices[1]:
            return self.leaf(key, indices[::-1])
        if fact == "diagonal" and len(indices) == 2 and indices[0] != indices[1]:
            return 0
        if fact == "orthogonal" and len(indices) == 2:
            return self._orthogonal(key, indices)
        if fact in DEFINITE and len(indices) == 2:
            return self._definite(key, indices, fact)
        if fact == "simplex" and indices:
            return self._probability(key, indices)
        if fact == "joint" and len(indices) == 2:
            return self._joint_probability(key, indices)
        if (fact, len(indices)) in (("length", 1), ("lengths", 2)):
            return self._component(key, indices)
        regime = self._regime(key, fact)
        if regime == ZERO:
            return 0
        value = rng.uniform(-2, 2) * self.point.reach if regime == "far" else DRAWN[regime](rng)
        if fact == "negative":
            return rounded(-abs(value))
        return rounded(abs(value) if fact == "positive" or is_positive(key) else value)

    def _definite(self, key: str, indices: tuple[int, ...], fact: str) -> Any:
        """An entry of B B^T, which has no full rank at some points where that may be."""
        n = self.size(f"axis:{key}:0")
        if any(not 0 < i <= n for i in indices):
            raise Undefined("an index out of range")
        if key not in self.roots:
            rng = random.Random(f"{self.point.seed}|{key}")
            rank = n - (fact == "semidefinite" and n > 1 and self.point.seed % 2)
            self.roots[key] = [[rounded(rng.gauss(0, 1)) for _ in range(rank)] for _ in range(n)]
        one, other = (self.roots[key][i - 1] for i in indices)
        return sum(a * b for a, b in zip(one, other))

    def _whole(self, fact: str, rng: random.Random) -> int:
        """A whole number of a kind; only integers may be below 1."""
        most = MOST.get(self.point.regime, 5)
        if fact == "integer":
            return rng.randint(-most, most)
        if fact == "natural":
            return rng.randint(1, most)
        return 2 * rng.randint(1, most) - (fact == "odd")

    def _regime(self, key: str, fact: str | None) -> str:
        """The range of a number: that of the point, unless the number is known to be positive or between 0 and 1."""
        if fact == "unit":
            return "edge" if self.point.regime == "wide" else "unit"
        positive = fact == "positive" or is_positive(key)
        return "positive" if positive and self.point.regime in ("normal", "large", ZERO) else self.point.regime

    def _probability(self, key: str, indices: tuple[int, ...]) -> Any:
        """An entry of positive numbers that sum to 1 along the last axis; in the large range nearly all is one's."""
        n = self.size(f"axis:{key}:{len(indices) - 1}")
        weights = [random.Random(f"{self.point.seed}|{key}|{indices[:-1]}|{k}").uniform(0.2, 1.5) for k in range(n)]
        if self.point.regime == "large":
            largest = random.Random(f"{self.point.seed}|{key}|{indices[:-1]}|largest").randrange(n)
            weights = [w if k == largest else w / 50 for k, w in enumerate(weights)]
        position = indices[-1] - 1
        if not 0 <= position < n:
            raise Undefined("an index out of range")
        total = sum(rounded(w) for w in weights)
        return rounded(weights[position]) / total

    def _joint_probability(self, key: str, indices: tuple[int, ...]) -> Any:
        """An entry of a table of positive numbers that sum to 1 altogether."""
        sizes = [self.size(f"axis:{key}:{k}") for k in (0, 1)]
        if any(not 0 < i <= n for i, n in zip(indices, sizes)):
            raise Undefined("an index out of range")
        places = [(i + 1, j + 1) for i in range(sizes[0]) for j in range(sizes[1])]
        name = f"{self.point.seed}|{key}"
        weights = {place: rounded(random.Random(f"{name}|{place}").uniform(0.2, 1.5)) for place in places}
        return weights[indices[0], indices[1]] / sum(weights.values())

    def _component(self, key: str, indices: tuple[int, ...]) -> Any:
        """An entry of a vector of length 1, or of one of several."""
        *vector, index = indices
        n = self.size(f"axis:{key}:{len(vector)}")
        name = "|".join((f"{self.point.seed}", key, *map(str, vector)))
        entries = [rounded(random.Random(f"{name}|{k}").gauss(0, 1)) for k in range(n)]
        if not 0 < index <= n:
            raise Undefined("an index out of range")
        return entries[index - 1] / mpmath.sqrt(sum(e * e for e in entries))

    def _orthogonal(self, key: str, indices: tuple[int, ...]) -> Any:
        """An entry of a matrix with orthonormal columns, or rows where it is wide.

        It is a product of two reflections, or a single one where the document speaks of no rotations.
        """
        shape = tuple(self.size(f"axis:{key}:{k}") for k in (0, 1))
        if shape[0] != shape[1] and orthonormal(self.context, key) == {"rows" if shape[0] > shape[1] else "columns"}:
            raise Undefined("more orthonormal vectors than they have entries")
        n, (i, j) = max(shape), (k - 1 for k in indices)
        if not (0 <= i < shape[0] and 0 <= j < shape[1]):
            raise Undefined("an index out of range")
        rng = random.Random(f"{self.point.seed}|{key}")
        if n == 1:
            return rng.choice((-1, 1))
        u, v = ([rounded(rng.gauss(0, 1)) for _ in range(n)] for _ in range(2))
        if self.point.seed % 2 and not self.context.speaks_of_rotations:
            return int(i == j) - 2 * u[i] * u[j] / sum(a * a for a in u)
        uu, vv, uv = (sum(a * b for a, b in zip(x, y)) for x, y in ((u, u), (v, v), (u, v)))
        return int(i == j) - 2 * u[i] * u[j] / uu - 2 * v[i] * v[j] / vv + 4 * u[i] * v[j] * uv / (uu * vv)

    def unknown(self, key: str, args: Sequence[Value]) -> Value:
        """A random smooth function of numbers; its formula depends on the name and the number of arguments only."""
        self.functions_used.add(key)
        self.invented.add(key)
        flat = [x for a in args for x in (a.ravel() if isinstance(a, np.ndarray) else [a])]
        effort.step(10 * len(flat))
        rng = random.Random(f"{self.point.seed}|{key}|{len(flat)}")
        draw = lambda: rounded(rng.uniform(0.4, 1.3) * rng.choice((-1, 1)))  # noqa: E731
        total: Value = draw()
        for _ in range(2):
            inner: Value = draw()
            for x in flat:
                inner = inner + x * (draw() / max(1, len(flat)))
            total = total + apply("tanh", as_real(inner)) * draw()
        for x in flat:
            total = total + x * draw() + x * x * (draw() / 4)
        return total

    @property
    def singles(self) -> bool:
        """Has every axis one entry?"""
        return self.point.sizes.get("*") == 1

    def size(self, axis: str, key: str = "") -> int:
        root = self.classes.find(axis)
        if root == "1":
            return 1
        if root in self.point.sizes:
            return self.point.sizes[root]
        if root.startswith("const:"):
            if self.singles:
                raise Unsupported("a size that is given by a number")
            value = int(float(root.split(":")[1]))
            return value if value <= 6 else 4
        rng = random.Random(f"{self.point.seed}|size|{root}")
        return rng.choice((2, 3, 4)) if self.point.sizes.get("*") is None else self.point.sizes["*"]


def rounded(value: float) -> Any:
    """A sampled value with few digits, and none of them 0."""
    millionths = round((round(value, 6) or 0.5) * 10**6)
    return mpmath.mpf(millionths) / 10**6
