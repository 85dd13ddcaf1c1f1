"""The value of a formula at a sampled point.

Sizes are small numbers, indices run over them, names without a definition get random values, one for each index.
Nothing is expanded beforehand: ``x_{t-1}`` at t = 3 is the value of x at 2, a recurrence is followed down to where it
starts, and a derivative is taken through all definitions between (forward mode, exact, nested).  A function or a loss
that the document leaves open is a random smooth function.

A value is a number or a matrix (an object array with two axes); vectors are columns or rows.
"""

from __future__ import annotations

import itertools
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np

from symnet.errors import SymnetError
from symnet.lecture import effort
from symnet.lecture.algebra.dots import filled, last_letters
from symnet.lecture.algebra.scalars import Dual, Undefined, apply, divide, number, plain, power
from symnet.lecture.context.context import Context, Definition
from symnet.lecture.context.identities import is_identity, is_ones
from symnet.lecture.context.resolve import INDEX_LETTERS, LOSS_NAMES, Ref, is_upper, refs
from symnet.lecture.context.shapes import Sizes, position_is_axis
from symnet.lecture.reader.syntax import (
    Absolute,
    At,
    Big,
    Call,
    Cases,
    Derivative,
    Dots,
    Expr,
    Indicator,
    Infinity,
    Matrix,
    Nabla,
    Negate,
    Norm,
    Number,
    Plus,
    Power,
    Prime,
    Product,
    Quotient,
    Root,
    SetOf,
    Slice,
    Span,
    Statement,
    Symbol,
    Transpose,
    Tuple,
)

Value = Any  # a number, a Dual, or a two-dimensional object array of them
ENDLESS = "do not come to an end"
DEPTH = 40  # of definitions inside one another
ORDER = ("<", ">", "<=", ">=")
MOST_OF_SERIES = 800  # terms of a sum without end
LAST_OF_SERIES = mpmath.mpf("1e-32")  # a term that changes nothing
TERMS = 40_000  # evaluations of one side at one point


class Unsupported(SymnetError):
    """What this formula asks for is not evaluated; ``span`` says where."""

    def __init__(self, message: str, span: Span = (-1, -1)) -> None:
        super().__init__(message)
        self.span = span


class TooMany(Unsupported):
    """A side is not evaluated for the number of its operations; in smaller arrays it may be."""


class Unshapely(Unsupported):
    """The formula asks for more axes than a matrix has; it may still be meant for numbers."""


class Undirected(Unsupported):
    """The formula does not say along which axis it works; the entries of its value may say so."""


class NeedsContext(SymnetError):
    """A fact is missing; ``line`` is what the author could add."""

    def __init__(self, message: str, line: str = "") -> None:
        super().__init__(message)
        self.line = line


class ShapeError(SymnetError):
    """Two values do not fit together."""

    def __init__(self, message: str, span: Span = (-1, -1)) -> None:
        super().__init__(message)
        self.span = span


class NoLoss(ShapeError):
    """The formula of a loss gives no number."""


@dataclass(frozen=True)
class Reading:
    """Choices that the notation leaves open."""

    layout: str = "gradient"  # gradient: shaped like the variable; jacobian: rows are outputs; transposed: columns are
    log_base: float = 0  # 0 is natural
    sigma: bool = False  # an undefined sigma is the logistic function
    scalars: bool = False  # every name is a scalar
    elementwise: bool = False  # products of vectors side by side are elementwise
    lengths: bool = False  # the square of a vector or matrix is the sum of the squares of its entries
    parts: frozenset[str] = frozenset()  # dv is what the loss itself gives to these v, without what reads them

    def describe(self) -> str:
        words = []
        if self.layout == "jacobian":
            words.append("numerator layout")
        if self.layout == "transposed":
            words.append("denominator layout")
        if self.log_base:
            words.append(f"log is of base {self.log_base:g}")
        if self.sigma:
            words.append("sigma is the logistic function")
        if self.scalars:
            words.append("every name is a scalar")
        if self.elementwise:
            words.append("products of vectors are elementwise")
        if self.lengths:
            words.append("the square of a vector is its squared length")
        words += [f"the gradient by {key} leaves out what comes through others" for key in sorted(self.parts)]
        return ", ".join(words)


@dataclass
class Point:
    """Where a claim is evaluated: sizes by class, the seed of the random values, their range."""

    sizes: Mapping[str, int]
    seed: int
    regime: str = "normal"


@dataclass
class Ground:
    """Evaluates resolved trees at one point."""

    context: Context
    classes: Sizes
    order: int
    point: Point
    reading: Reading = Reading()
    unknowns: Mapping[str, tuple[Ref, ...]] = field(default_factory=dict)  # name -> what it is a function of
    but: Definition | None = None  # the definition under judgement is not used
    overrides: dict[tuple[str, tuple[int, ...]], Value] = field(default_factory=dict)
    facts: Mapping[str, str] = field(default_factory=dict)
    treat_open: frozenset[str] = frozenset()  # names whose definitions are not used
    scope0: Mapping[str, int] = field(default_factory=dict)  # the free indices of the claim

    def __post_init__(self) -> None:
        self.leaves: dict[tuple[str, tuple[int, ...]], Any] = {}
        self.touched: set[str] = set()
        self.functions_used: set[str] = set()
        self.invented: set[str] = set()  # functions that nobody defined
        self.used: dict[tuple[str, int], Definition] = {}
        self._seeds: dict[tuple[str, tuple[int, ...]], tuple[tuple[int, int, int], ...]] = {}
        self._part = ""  # of whose gradient a part is wanted
        self._memo: dict[tuple[str, tuple[Any, ...]], Value] = {}
        self._slopes: dict[tuple[str, str, tuple[int, ...]], Value] = {}  # derivatives that are asked for again
        self._reached: dict[tuple[int, str], bool] = {}  # does a definition depend on a name?
        self._depth = 0
        self._count = 0
        self._tags = itertools.count()

    def start(self, scope: Mapping[str, int]) -> None:
        """Another side, or other free indices: what depends on them is forgotten."""
        if any(
            r.indices and not all(isinstance(i, Slice) for i in r.indices) for f in self.unknowns.values() for r in f
        ):
            self._slopes.clear()
        self.scope0, self._count = scope, 0
        self.touched, self.functions_used = set(), set()
        self._memo.clear()

    def forget_slopes(self) -> None:
        """Derivatives are computed anew, with other digits."""
        self._slopes.clear()

    # -- expressions ----------------------------------------------------------------------------------------------
    def __call__(self, expr: Expr, scope: Mapping[str, Value] | None = None) -> Value:
        """The value of ``expr``; ``scope`` holds indices and parameters."""
        self._count += 1
        effort.step()
        if self._count > TERMS:
            raise TooMany("the formula takes too many operations at one point", expr.span)
        method = _METHODS.get(type(expr))
        if method is None:
            raise Unsupported(f"{_what(expr)} is not evaluated", expr.span)
        return method(self, expr, scope or {})  # type: ignore[operator]

    def _number(self, expr: Number, scope) -> Value:
        if expr.value.denominator == 1:
            return int(expr.value)
        return mpmath.mpf(expr.value.numerator) / expr.value.denominator

    def _ref(self, expr: Ref, scope) -> Value:
        if expr.key in scope and not (expr.indices and self._is_other(expr.key, scope[expr.key])):
            value = scope[expr.key]
            return self._pick(value, expr, scope) if expr.indices else value
        if expr.key == "e" and not expr.indices and not self._is_name("e"):
            return mpmath.e + 0
        if expr.key == "\\pi" and not expr.indices and not self.context.uses_pi:
            return mpmath.pi + 0
        if expr.key in ("\\delta", "1", "I") and len(expr.indices) == 2 and not self.context.is_defined(expr.key):
            a, b = (self(i, scope) for i in expr.indices)
            return int(plain(a) == plain(b))
        if is_identity(expr.key) and self.context.rank(expr) == 2 and not self.context.is_defined(expr.key):
            n = self.size(f"axis:{expr.key}:0")
            return matrix([[int(i == j) for j in range(n)] for i in range(n)])
        indices = tuple(i if isinstance(i, Slice) else self.integer(i, scope) for i in expr.indices)
        if any(isinstance(i, Slice) for i in indices):
            return self._sliced(expr, indices)
        return self.entry(expr.key, indices, expr.span)  # type: ignore[arg-type]

    def _is_name(self, key: str) -> bool:
        """Does the document use the letter for something of its own?"""
        return self.context.is_defined(key) or key in self.context.naming.functions or key in self.unknowns

    def _is_other(self, key: str, value: Value) -> bool:
        """Is the letter of an index also the name of an array of the document: h_{nh}?"""
        return type(value) is int and (key in self.context.naming.bound or key in INDEX_LETTERS)

    def integer(self, expr: Expr, scope) -> int:
        value = plain(self(expr, scope))
        if isinstance(value, np.ndarray) or value != int(value):
            raise Unsupported("an index that is not a whole number", expr.span)
        return int(value)

    def _pick(self, value: Value, expr: Ref, scope) -> Value:
        """An entry of a parameter."""
        indices = [self.integer(i, scope) for i in expr.indices]
        return entry_of(value, indices, expr.span)

    def _sliced(self, expr: Ref, indices) -> Value:
        if all(isinstance(i, Slice) for i in indices):
            return self._entries(expr.key, len(indices))
        if isinstance(indices[-1], Slice) and self._of_steps(expr.key, indices):
            start = next(k for k, i in enumerate(indices) if isinstance(i, Slice))
            axes = [range(1, self.size(f"axis:{expr.key}:{k}", expr.key) + 1) for k in range(start, len(indices))]
            return matrix([[self.entry(expr.key, (*indices[:start], *place))] for place in itertools.product(*axes)])
        whole = self.entry(expr.key, (), expr.span)
        if not isinstance(whole, np.ndarray) or len(indices) != 2:
            raise Unsupported("a slice of what is not a matrix", expr.span)
        row, column = (slice(None) if isinstance(i, Slice) else i - 1 for i in indices)
        part = whole[row, column]
        return part.reshape(1, -1) if expr.key in self.context.rows else part.reshape(-1, 1)

    def _of_steps(self, key: str, indices) -> bool:
        """Are these all entries of a name at one step or layer, which is defined entry by entry?"""
        start = next(k for k, i in enumerate(indices) if isinstance(i, Slice))
        if not start or not all(isinstance(i, Slice) for i in indices[start:]):
            return False
        found = self.context.definitions.get(key, ())
        return any(len(d.indices) == len(indices) for d in found) and all(d.indices for d in found)

    def _entries(self, key: str, axes: int) -> Value:
        """All entries of a name that is given entry by entry; one below the other where it has more than two axes."""
        ranges = [range(1, self.size(f"axis:{key}:{k}", key) + 1) for k in range(axes)]
        if axes > 2:
            return matrix([[self.entry(key, place)] for place in itertools.product(*ranges)])
        if axes == 1:
            return matrix([[self.entry(key, (i,))] for i in ranges[0]])
        return matrix([[self.entry(key, (i, j)) for j in ranges[1]] for i in ranges[0]])

    # -- names ----------------------------------------------------------------------------------------------------
    def entry(self, key: str, indices: tuple[int, ...], span: Span = (-1, -1)) -> Value:
        """The value of ``key[indices]``: a definition followed, a function of other names, or a random leaf."""
        at = (key, indices)
        if at in self._memo:
            return self._memo[at]
        if at in self.overrides:
            value = self.overrides[at]
        else:
            self._depth += 1
            try:
                if self._depth > DEPTH:
                    raise Unsupported(f"the definitions of {key} {ENDLESS}", span)
                value = self._entry(key, indices, span)
            finally:
                self._depth -= 1
        value = self._seeded(key, indices, value)
        self._memo[at] = value
        return value

    def _entry(self, key: str, indices: tuple[int, ...], span: Span) -> Value:
        if key in self.unknowns:
            name = f"{key}[{','.join(map(str, indices))}]" if indices else key
            return self._unknown(name, [self._argument(r) for r in self.unknowns[key]])
        definitions = [] if key in self.treat_open else self.context.definitions_of(key, self.order, self.but)
        definitions = [d for d in definitions if d.parameters is None or self._own_arguments(d)]
        if self.reading.scalars and not indices:
            definitions = [d for d in definitions if not d.indices]
        exact = [(d, b) for d in definitions if (b := _bound(d, indices)) is not None]
        if len(exact) > 1:
            exact.sort(key=lambda pair: (len(pair[1]), not self._moves(pair[0]), -pair[0].order))
        shorter = [d for d in definitions if len(d.indices) < len(indices) and not _gathers(d)]
        if self._seeds and exact and any(map(self._shows, shorter)) and not any(self._shows(d) for d, _ in exact):
            exact = []  # the whole vector is defined through what is differentiated by, and its entries are not
        for definition, bound in exact:
            if bound and any(v < 1 for v in bound.values()) and self._starts(definition):
                continue  # before the recurrence starts
            if self._is_end(definition, indices):
                continue  # the b_1 of b_t = b_1 + (t - 1) c
            try:
                value = self._defined(definition, bound)
            except Undirected:
                if indices or not any(len(d.indices) == 2 for d in definitions):
                    raise
                continue
            self.used[(key, definition.order)] = definition
            return value
        for definition in shorter:
            head = indices[: len(definition.indices)]
            fits = _bound(definition, head)
            if fits is not None and not (any(v < 1 for v in fits.values()) and self._starts(definition)):
                whole = self.entry(key, head, span)
                if isinstance(whole, np.ndarray):
                    return entry_of(whole, list(indices[len(head) :]), span)
        rank = 0 if self.reading.scalars else self.context.rank(_plain_ref(key, len(indices)))
        if rank == 0:
            return self._leaf(key, indices)
        if rank == 1:
            n = self.size(f"axis:{key}:{len(indices)}", key)
            base = self.context.bases.get(key, 1)
            places = [(*indices, base + k) for k in range(n)]
            if self._has_steps(key, len(indices) + 1):  # w_1 is the first step, and no entry of w
                entries = [self._leaf(f"{key} ", place) for place in places]
            else:
                entries = [self.entry(key, place, span) for place in places]
            return matrix([entries]) if key in self.context.rows else matrix([[e] for e in entries])
        rows, columns = (self.size(f"axis:{key}:{len(indices) + k}", key) for k in (0, 1))
        return matrix([[self.entry(key, (*indices, i + 1, j + 1), span) for j in range(columns)] for i in range(rows)])

    def _argument(self, ref: Ref) -> Value:
        """What an unknown function is given; where a part of a gradient is wanted, only its own argument moves."""
        if not self._part:
            return self(ref, self.scope0)
        old = (self._seeds, self._memo)
        self._seeds, self._memo = {}, {}
        try:
            value = self(ref, self.scope0)
        finally:
            self._seeds, self._memo = old
        whole = all(isinstance(i, Slice) for i in ref.indices)
        return self._seeded(ref.key, (), value) if whole and ref.key == self._part else value

    def _moves(self, d: Definition) -> bool:
        """Does the definition depend on what is differentiated by at the moment?"""
        found = False
        for key in dict.fromkeys(key for key, _ in self._seeds):
            at = (id(d), key)
            if at not in self._reached:
                self._reached[at] = self.context.reaches(d.body, key, self.order, frozenset((d.key,)))
            found = found or self._reached[at]
        return found

    def _shows(self, d: Definition) -> bool:
        """Does what is differentiated by at the moment stand in the definition itself?"""
        keys = {key for key, _ in self._seeds}
        return any(r.key in keys for r in refs(d.body))

    def _has_steps(self, key: str, count: int) -> bool:
        """Is the name under so many indices a sequence of steps rather than an entry?"""
        found = [d for d in self.context.definitions.get(key, ()) if len(d.indices) == count and d.parameters is None]
        if count > 1:  # z_{lj} of a layer: l counts, and j picks an entry
            return any(isinstance(d.indices[-1], Number) or _shifts(d, d.indices[-1]) for d in found)
        return any(self._starts(d) or any(isinstance(i, Number) for i in d.indices) for d in found)

    def _own_arguments(self, d: Definition) -> bool:
        """``L(w) = ...`` also says what L is: a function of the document's own w."""
        return all(isinstance(p, Ref) and not p.indices for p in d.parameters or ())

    @staticmethod
    def _starts(d: Definition) -> bool:
        """Is it a recurrence, which starts at 1: below, the name is free?"""
        return any(r.key == d.key for r in refs(d.body)) or any(
            isinstance(i, Plus) for r in refs(d.body) for i in r.indices
        )

    def _is_end(self, d: Definition, indices: tuple[int, ...]) -> bool:
        """Is this a fixed place that the definition of all the others speaks of?"""
        letters = {i.key for i in d.indices if isinstance(i, Ref)}
        own = [r for r in refs(d.body) if r.key == d.key and r.indices]
        fixed = [r for r in own if not letters & {x.key for i in r.indices for x in refs(i)}]
        return any(tuple(self.integer(i, self.scope0) for i in r.indices) == indices for r in fixed)

    def _defined(self, definition: Definition, bound: Mapping[str, int]) -> Value:
        free = _open_letters(definition)
        if not free:
            value = self(definition.body, bound)
            if isinstance(definition.body, Number) and definition.indices:
                return self._filled_with(value, _plain_ref(definition.key, len(definition.indices)))
            if bound and isinstance(value, np.ndarray) and 1 in value.shape:
                rank = self.context.rank(_plain_ref(definition.key, len(definition.indices)))
                last = definition.indices[-1]
                named = (i for r in refs(definition.body) for i in r.indices)
                if rank == 0 and isinstance(last, Ref) and last not in named:  # p_i = softmax(z): its entry i is meant
                    return entry_of(value, [bound[last.key]], definition.body.span)
            return value
        (letter,) = free[:1]
        if definition.parameters is None or definition.key in LOSS_NAMES:
            raise NeedsContext(
                f"{definition.key} is defined on line {definition.line} with an index {letter} that is free"
            )
        n = self.range_size(definition.body, letter)
        entries = [self(definition.body, {**bound, letter: k}) for k in range(1, n + 1)]
        return matrix([[e] for e in entries])

    def _filled_with(self, value: Value, ref: Ref) -> Value:
        """The array of a name, every entry of which has one value: ``h_0 = 0``."""
        rank = 0 if self.reading.scalars else self.context.rank(ref)
        if rank == 0:
            return value
        first, *others = (self.size(f"axis:{ref.key}:{len(ref.indices) + k}", ref.key) for k in range(rank))
        if rank == 1 and ref.key in self.context.rows:
            return matrix([[value] * first])
        return matrix([[value] * (others or [1])[0]] * first)

    def _seeded(self, key: str, indices: tuple[int, ...], value: Value) -> Value:
        if not self._seeds:
            return value
        if not isinstance(value, np.ndarray):
            for seed in self._seeds.get((key, indices), ()):
                value = _with_slope(value, seed)
            return value
        hit = [full for (k, full) in self._seeds if k == key and full[: len(indices)] == indices]
        if not hit:
            return value
        value = value.copy()
        for full in hit:
            place = _place(value, full[len(indices) :])
            for seed in self._seeds[key, full]:
                if not _carries(value[place], seed[0]):
                    value[place] = _with_slope(value[place], seed)
        return value

    def _leaf(self, key: str, indices: tuple[int, ...]) -> Value:
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
        bare = key.lstrip("\\")
        if not indices and self.context.is_whole(key):
            return 1 if self.singles else rng.randint(2, 5)
        if fact == "bits":
            return rng.randint(0, 1)
        if fact == "signs":
            return rng.choice((-1, 1))
        if fact == "symmetric" and len(indices) == 2 and indices[0] > indices[1]:
            return self._leaf(key, indices[::-1])
        if fact == "diagonal" and len(indices) == 2 and indices[0] != indices[1]:
            return 0
        if fact == "orthogonal" and len(indices) == 2:
            return self._orthogonal(key, indices)
        if fact == "simplex" and indices:
            n = self.size(f"axis:{key}:{len(indices) - 1}")
            weights = [random.Random(f"{self.point.seed}|{key}|{indices[:-1]}|{k}").uniform(0.2, 1.5) for k in range(n)]
            position = indices[-1] - 1
            if not 0 <= position < n:
                raise Undefined("an index out of range")
            total = sum(self._real(w) for w in weights)
            return self._real(weights[position]) / total
        if fact == "length" and len(indices) == 1:
            n = self.size(f"axis:{key}:0")
            entries = [self._real(random.Random(f"{self.point.seed}|{key}|{k}").gauss(0, 1)) for k in range(n)]
            if not 0 < indices[0] <= n:
                raise Undefined("an index out of range")
            return entries[indices[0] - 1] / mpmath.sqrt(sum(e * e for e in entries))
        regime = self.point.regime
        if fact == "unit":
            regime = "unit"
        elif (fact == "positive" or bare.split("_")[0].split("^")[0] in POSITIVE) and regime in ("normal", "large"):
            regime = "positive"
        if key.endswith("^2") and regime in ("normal", "large"):
            regime = "positive"
        value = {
            "normal": lambda: rng.gauss(0, 1),
            "positive": lambda: rng.uniform(0.15, 2.5),
            "unit": lambda: rng.uniform(0.05, 0.95),
            "large": lambda: rng.uniform(-4, 4),
        }[regime]()
        return self._real(value)

    def _orthogonal(self, key: str, indices: tuple[int, ...]) -> Any:
        """An entry of a matrix with orthonormal columns, or rows where it is wide: a product of two reflections."""
        shape = tuple(self.size(f"axis:{key}:{k}") for k in (0, 1))
        n, (i, j) = max(shape), (k - 1 for k in indices)
        if not (0 <= i < shape[0] and 0 <= j < shape[1]):
            raise Undefined("an index out of range")
        rng = random.Random(f"{self.point.seed}|{key}")
        if n == 1:
            return rng.choice((-1, 1))
        u, v = ([self._real(rng.gauss(0, 1)) for _ in range(n)] for _ in range(2))
        uu, vv, uv = (sum(a * b for a, b in zip(x, y)) for x, y in ((u, u), (v, v), (u, v)))
        return int(i == j) - 2 * u[i] * u[j] / uu - 2 * v[i] * v[j] / vv + 4 * u[i] * v[j] * uv / (uu * vv)

    def _real(self, value: float) -> Any:
        value = round(value, 6) or 0.5
        return mpmath.mpf(repr(value))

    def _unknown(self, key: str, args: Sequence[Value]) -> Value:
        """A random smooth function of numbers; its formula depends on the name and the number of arguments only."""
        self.functions_used.add(key)
        self.invented.add(key)
        flat = [x for a in args for x in (a.ravel() if isinstance(a, np.ndarray) else [a])]
        effort.step(10 * len(flat))
        rng = random.Random(f"{self.point.seed}|{key}|{len(flat)}")
        draw = lambda: self._real(rng.uniform(0.4, 1.3) * rng.choice((-1, 1)))  # noqa: E731
        total: Value = draw()
        for _ in range(2):
            inner: Value = draw()
            for x in flat:
                inner = inner + x * (draw() / max(1, len(flat)))
            total = total + apply("tanh", self._as_real(inner)) * draw()
        for x in flat:
            total = total + x * draw() + x * x * (draw() / 4)
        return total

    def _as_real(self, x: Value) -> Value:
        return x if isinstance(x, Dual) else number(x, mpmath.mpf(0))

    # -- sizes ----------------------------------------------------------------------------------------------------
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

    def range_size(self, body: Expr, letter: str) -> int:
        """How many values an index without a written range takes: the size of an axis that it reads."""
        for ref in refs(body):
            for position, index in enumerate(ref.indices):
                if isinstance(index, Ref) and index.key == letter and not index.indices:
                    if position_is_axis(self.context, ref.key):
                        return self.size(f"axis:{ref.key}:{position}", ref.key)
        for part in body.walk():
            if isinstance(part, Call):
                for sub in part.subs:
                    if isinstance(sub, Ref) and sub.key == letter and part.args and isinstance(part.args[0], Ref):
                        return self.size(f"axis:{part.args[0].key}:0")
                function = part.function
                if isinstance(function, Ref) and any(isinstance(i, Ref) and i.key == letter for i in function.indices):
                    d = self._function_definition(function.key, len(part.args))
                    for own, given in zip(d.indices, function.indices) if d is not None else ():
                        if isinstance(own, Ref) and isinstance(given, Ref) and given.key == letter:
                            return self.range_size(d.body, own.key)  # type: ignore[union-attr]
        raise NeedsContext(f"the range of {letter} is not known", f"\\sum_{{{letter}=1}}^{{n}}")

    # -- arithmetic -----------------------------------------------------------------------------------------------
    def _plus(self, expr: Plus, scope) -> Value:
        if any(isinstance(t, Dots) for t in expr.terms):
            return self._dotted(expr, scope)
        total = self(expr.terms[0], scope)
        for term in expr.terms[1:]:
            total = broadcast(lambda a, b: a + b, total, self(term, scope), expr.span)
        return total

    def _dotted(self, expr: Plus, scope) -> Value:
        """a_1 + a_2 + ... + a_n: the terms between follow from the ends."""
        total: Value = 0
        for term in self._filled(expr.terms, scope, expr.span):
            total = broadcast(lambda a, b: a + b, total, self(term, scope), expr.span)
        return total

    def _filled(self, items: Sequence[Expr], scope, span: Span) -> list[Expr]:
        """The terms or entries with those that dots stand for."""
        if not any(isinstance(item, Dots) for item in items):
            return list(items)
        if self.singles:
            raise Unsupported("a range of more than one value", span)
        found = filled(items, lambda e: self.integer(e, scope))
        if found is None:
            raise Unsupported("what the dots stand for does not follow from the ends", span)
        return found

    def _infinity(self, expr: Infinity, scope) -> Value:
        """Far out; only used where it is the argument of a function, and compared with less precision."""
        return mpmath.mpf("1e9")

    def _negate(self, expr: Negate, scope) -> Value:
        return -self(expr.arg, scope)

    def _product(self, expr: Product, scope) -> Value:
        if isinstance(expr.right, Dots) or (isinstance(expr.left, Product) and isinstance(expr.left.right, Dots)):
            raise Unsupported("a product that goes on with dots", expr.span)
        left, right = self(expr.left, scope), self(expr.right, scope)
        return self.multiply(left, right, expr.op, expr.span)

    def multiply(self, a: Value, b: Value, op: str, span: Span) -> Value:
        """The product that the operator, or the shapes, ask for."""
        if not isinstance(a, np.ndarray):
            return scaled(b, a) if isinstance(b, np.ndarray) else a * b
        if not isinstance(b, np.ndarray):
            return scaled(a, b)
        if op in ("odot", "star"):
            return broadcast(lambda x, y: x * y, a, b, span)
        vectors = 1 in a.shape and 1 in b.shape
        if op == "outer" and vectors:
            return matmul(a.reshape(-1, 1), b.reshape(1, -1))
        if a.shape[1] == b.shape[0]:
            return matmul(a, b)
        if vectors and a.size == b.size:
            if op == "dot":
                return matmul(a.reshape(1, -1), b.reshape(-1, 1))
            if self.reading.elementwise:
                return broadcast(lambda x, y: x * y, a, b.reshape(a.shape), span)
        raise ShapeError(f"a {_dims(a)} matrix can not be multiplied by a {_dims(b)} one", span)

    def _quotient(self, expr: Quotient, scope) -> Value:
        a, b = self(expr.numerator, scope), self(expr.denominator, scope)
        if isinstance(b, np.ndarray) and isinstance(a, np.ndarray) and a.shape != b.shape and 1 not in b.shape:
            raise ShapeError(f"a {_dims(a)} matrix is divided by a {_dims(b)} one", expr.span)
        return broadcast(divide_real, a, b, expr.span)

    def _power(self, expr: Power, scope) -> Value:
        exponent = self(expr.exponent, scope)
        if isinstance(expr.base, Ref) and expr.base.key == "e" and "e" not in scope and not expr.base.indices:
            if not self.context.is_defined("e"):
                return each(lambda x: apply("exp", self._as_real(x)), exponent)
        base = self(expr.base, scope)
        if isinstance(exponent, np.ndarray):
            raise Unsupported("a power with a matrix in the exponent", expr.span)
        if isinstance(base, np.ndarray) and self.reading.lengths and not isinstance(exponent, Dual) and exponent == 2:
            total: Value = 0
            for x in base.ravel():
                total = total + x * x
            return total
        if isinstance(base, np.ndarray):
            whole = not isinstance(exponent, Dual) and exponent == int(exponent)
            square = base.shape[0] == base.shape[1] and base.shape[0] > 1
            if square and not expr.elementwise and self._is_matrix(expr.base):
                if not whole and not _is_diagonal(base):
                    raise Unsupported("a root of a matrix", expr.span)
                if not whole:
                    return _on_diagonal(base, lambda x: power(self._as_real(x), exponent))
                return matrix_power(base, int(exponent))
            if whole and exponent < 0 and not expr.elementwise and 1 not in base.shape:
                raise ShapeError(f"a {_dims(base)} matrix has no inverse", expr.span)
        return each(lambda x: power(self._as_real(x) if not _is_whole(x) else x, exponent), base)

    def _is_matrix(self, expr: Expr) -> bool:
        inner = expr
        while isinstance(inner, (Transpose, Negate)):
            inner = inner.arg
        if isinstance(inner, Ref):
            return is_upper(inner.key)
        return isinstance(inner, (Product, Plus))

    def _root(self, expr: Root, scope) -> Value:
        value = self(expr.arg, scope)
        if expr.degree is None:
            return each(lambda x: apply("sqrt", self._as_real(x)), value)
        degree = self(expr.degree, scope)
        return each(lambda x: power(self._as_real(x), divide(self._as_real(1), degree)), value)

    def _transpose(self, expr: Transpose, scope) -> Value:
        value = self(expr.arg, scope)
        if isinstance(expr.arg, Tuple):
            return value  # (a, b)^T is the column of a and b, as (a, b) is
        return value.T if isinstance(value, np.ndarray) else value

    def _absolute(self, expr: Absolute, scope) -> Value:
        value = self(expr.arg, scope)
        if isinstance(value, np.ndarray) and value.shape[0] == value.shape[1] and value.shape[0] > 1:
            raise Unshapely("|A| of a matrix: a determinant or absolute values", expr.span)
        return each(lambda x: apply("abs", x), value)

    def _norm(self, expr: Norm, scope) -> Value:
        value = self(expr.arg, scope)
        flat = list(value.ravel()) if isinstance(value, np.ndarray) else [value]
        order = expr.order
        if order is None or (isinstance(order, (Ref, Symbol)) and _letters(order) == "F"):
            p: Any = 2
        elif isinstance(order, Infinity):
            best = apply("abs", flat[0])
            for x in flat[1:]:
                best = larger(best, apply("abs", x))
            return best
        else:
            p = self(order, scope)
        if isinstance(value, np.ndarray) and 1 not in value.shape and order is not None and _letters(order) != "F":
            raise Unsupported("an operator norm of a matrix", expr.span)
        total: Value = 0
        for x in flat:
            total = total + (x * x if p == 2 else power(self._as_real(apply("abs", x)), p))
        return apply("sqrt", self._as_real(total)) if p == 2 else power(self._as_real(total), divide(1, p))

    # -- calls ----------------------------------------------------------------------------------------------------
    def _call(self, expr: Call, scope) -> Value:
        if not isinstance(expr.function, Ref):
            raise Unsupported("a function that is not a name", expr.span)
        args = [self(a, scope) for a in self._filled(expr.args, scope, expr.span)]
        value = self.apply(expr.function, args, expr.primes, expr, scope)
        if expr.subs and not self._is_family(expr, scope):
            indices = [self.integer(s, scope) for s in expr.subs]
            return entry_of(value, indices, expr.span)
        return value

    def _given(self, expr: Expr, scope) -> tuple[int, ...]:
        """The indices of a function, before or behind its arguments: f_i(x) and f(x)_i are one."""
        if not isinstance(expr, Call) or not isinstance(expr.function, Ref):
            return ()
        return tuple(self.integer(i, scope) for i in (*expr.function.indices, *expr.subs))

    def _is_family(self, expr: Call, scope) -> bool:
        """Is the function defined with the index that it has here?"""
        assert isinstance(expr.function, Ref)
        d = self._function_definition(expr.function.key, len(expr.args), self._given(expr, scope))
        return d is not None and bool(d.indices)

    def apply(self, function: Ref, args: list[Value], primes: int, expr: Expr, scope) -> Value:
        """A function, or a derivative of it, at values."""
        if primes:
            if len(args) != 1:
                raise Unsupported("a prime on a function of several variables", expr.span)
            return each(lambda x: self._prime(function, x, primes, expr, scope), args[0])
        key = function.key
        definition = self._function_definition(key, len(args), self._given(expr, scope))
        if definition is not None:
            return self._apply_definition(definition, args, expr, scope)
        name = key.strip("\\")
        name = BUILTIN.get(name, name)
        if name == "sigma" and self.reading.sigma:
            name = "sigmoid"
        if hasattr(self, f"_fn_{name}"):
            self.functions_used.add(key)
            return getattr(self, f"_fn_{name}")(args, expr)
        if function.indices:
            key = f"{key}[{','.join(str(self.integer(i, scope)) for i in function.indices)}]"
        if function.key in self.context.maps:
            return self._mapped(self.context.maps[function.key], key, args, expr)
        if key in self.unknowns or not self._acts_on_entries(function, args):
            return self._unknown(key, args)
        return each(lambda x: self._unknown(key, [x]), args[0])

    def _function_definition(self, key: str, count: int, given: tuple[int, ...] = ()) -> Definition | None:
        """The definition of a function of so many arguments, and for these values of its index."""
        if key in self.treat_open:
            return None
        fitting = []
        for d in self.context.definitions_of(key, self.order, self.but):
            if d.parameters is not None and len(d.parameters) == count:
                open_letters = len(d.indices) if not d.indices or not given else len(_bound(d, given) or ())
                numbered = any(isinstance(i, Number) for i in d.indices)
                if d.indices and (_bound(d, given) is None if given else numbered):
                    continue
                fitting.append((open_letters, d))
        return min(fitting, key=lambda found: found[0])[1] if fitting else None

    def _apply_definition(self, d: Definition, args: list[Value], expr: Expr, scope) -> Value:
        assert d.parameters is not None
        self.used[(d.key, d.order)] = d
        given = self._given(expr, scope)
        outer = dict(_bound(d, given) or {}) if given else {}
        if all(isinstance(p, Ref) and p.indices for p in d.parameters) or any(
            isinstance(p, Ref) and p.indices for p in d.parameters
        ):
            raise Unsupported(f"{d.key} is defined with indexed arguments", expr.span)
        parameters = [p.key for p in d.parameters if isinstance(p, Ref)]
        arrays = [isinstance(a, np.ndarray) for a in args]
        wants = [self.context.rank(p) for p in d.parameters if isinstance(p, Ref)]
        if any(arrays) and not any(wants) and len(args) == 1 and not _open_letters(d) and len(outer) == len(d.indices):
            return each(lambda x: self(d.body, {**outer, parameters[0]: x}), args[0])
        self._depth += 1
        try:
            if self._depth > DEPTH:
                raise Unsupported(f"the definition of {d.key} does not come to an end", expr.span)
            bound = {**outer, **dict(zip(parameters, args))}
            own = [i.key for i in d.indices if isinstance(i, Ref)]
            free = [x for x in (*own, *_open_letters(d)) if x not in bound]
            if not free:
                return self(d.body, bound)
            if d.key in LOSS_NAMES:
                raise NeedsContext(f"{d.key} is defined on line {d.line} with an index {free[0]} that is free")
            arg = next((a for a in args if isinstance(a, np.ndarray)), None)
            n = arg.size if arg is not None else self.range_size(d.body, free[0])
            return matrix([[self(d.body, {**bound, free[0]: k})] for k in range(1, n + 1)])
        finally:
            self._depth -= 1

    def _mapped(self, kind: str, key: str, args: list[Value], expr: Expr) -> Value:
        """An open function of which the author says what it takes and returns."""
        shapes = {a.shape for a in args if isinstance(a, np.ndarray)}
        if kind == "elementwise":
            if len(shapes) > 1:
                raise ShapeError(f"{key} works on each element, and its arguments have different shapes", expr.span)
            if not shapes:
                return self._unknown(key, args)
            rows, columns = shapes.pop()
            entries = lambda i, j: [a[i, j] if isinstance(a, np.ndarray) else a for a in args]  # noqa: E731
            return matrix([[self._unknown(key, entries(i, j)) for j in range(columns)] for i in range(rows)])
        _, takes, _, returns = kind.split()
        first = args[0].shape if isinstance(args[0], np.ndarray) else ()
        if takes != ("matrix" if first and 1 not in first else "vector" if first else "scalar"):
            raise ShapeError(f"{key} takes a {takes}", expr.span)
        if returns == "scalar":
            return self._unknown(key, args)
        rows, columns = (self.size(f"axis:{key}:{k}") for k in (0, 1)) if returns == "matrix" else (0, 0)
        if returns == "matrix":
            return matrix([[self._unknown(f"{key}#{i},{j}", args) for j in range(columns)] for i in range(rows)])
        entries_of = [self._unknown(f"{key}#{i}", args) for i in range(self.size(f"axis:{key}:0"))]
        return matrix([[x] for x in entries_of])

    def _acts_on_entries(self, function: Ref, args: list[Value]) -> bool:
        name = function.key.strip("\\")
        if len(args) != 1 or name.startswith("mathcal") or name in LOSS_NAMES:
            return False
        return self.context.ranks.known.get((function.key, -1), (1, 0))[0] > 0 or not isinstance(args[0], np.ndarray)

    def _prime(self, function: Ref, x: Value, count: int, expr: Expr, scope) -> Value:
        tag = next(self._tags)
        moved = Dual(self._as_real(x), np.array([mpmath.mpf(1)], dtype=object), tag)
        if count > 1:
            value = self._prime(function, moved, count - 1, expr, scope)
        else:
            value = self.apply(function, [moved], 0, expr, scope)
        if isinstance(value, np.ndarray):
            raise Unsupported("the derivative of a vector-valued function by a prime", expr.span)
        return value.slope[0] if isinstance(value, Dual) and value.tag == tag else 0

    # builtin functions; args are values
    def _fn_exp(self, args, expr):
        return each(lambda x: apply("exp", self._as_real(x)), _single(args, expr))

    def _fn_log(self, args, expr):
        value = each(lambda x: apply("log", self._as_real(x)), _single(args, expr))
        if self.reading.log_base and expr.function.key in ("log", "\\log"):
            return each(lambda x: divide(x, apply("log", self._as_real(self.reading.log_base))), value)
        return value

    def _fn_sqrt(self, args, expr):
        return each(lambda x: apply("sqrt", self._as_real(x)), _single(args, expr))

    def _fn_sigmoid(self, args, expr):
        return each(lambda x: divide(1, apply("exp", -self._as_real(x)) + 1), _single(args, expr))

    def _fn_softplus(self, args, expr):
        return each(lambda x: apply("log", apply("exp", self._as_real(x)) + 1), _single(args, expr))

    def _fn_Phi(self, args, expr):
        """The distribution function of the standard normal law."""
        root = apply("sqrt", self._as_real(2))
        return each(lambda x: divide(apply("erf", divide(self._as_real(x), root)) + 1, 2), _single(args, expr))

    def _fn_relu(self, args, expr):
        return each(lambda x: x if plain(x) > 0 else x * 0, _single(args, expr))

    def _fn_abs(self, args, expr):
        return each(lambda x: apply("abs", x), _single(args, expr))

    def _fn_sign(self, args, expr):
        return each(lambda x: apply("sign", x), _single(args, expr))

    def _fn_floor(self, args, expr):
        return each(lambda x: int(mpmath.floor(_constant(x, "floor", expr))), _single(args, expr))

    def _fn_ceil(self, args, expr):
        return each(lambda x: int(mpmath.ceil(_constant(x, "ceil", expr))), _single(args, expr))

    def _fn_step(self, args, expr):
        return each(lambda x: apply("step", x), _single(args, expr))

    def _fn_max(self, args, expr):
        return _extremum(args, larger, expr)

    def _fn_min(self, args, expr):
        return _extremum(args, smaller, expr)

    def _fn_softmax(self, args, expr):
        z = _single(args, expr)
        if not isinstance(z, np.ndarray):
            raise Unsupported("the softmax of a single number", expr.span)
        powers = each(lambda x: apply("exp", self._as_real(x)), z)
        if 1 not in z.shape and self.context.takes_softmax_of_rows():
            totals = self._fn_rowsum([powers], expr)
            return np.array([[divide(p, total) for p in row] for row, total in zip(powers, totals[:, 0])], dtype=object)
        if 1 not in z.shape:
            raise Undirected("the softmax of a matrix: over rows or columns", expr.span)
        total: Value = 0
        for p in powers.ravel():
            total = total + p
        return each(lambda p: divide(p, total), powers)

    def _fn_logsumexp(self, args, expr):
        z = _single(args, expr)
        total: Value = 0
        for x in z.ravel() if isinstance(z, np.ndarray) else [z]:
            total = total + apply("exp", self._as_real(x))
        return apply("log", total)

    def _fn_trace(self, args, expr):
        a = _single(args, expr)
        if not isinstance(a, np.ndarray):
            return a
        if a.shape[0] != a.shape[1]:
            raise ShapeError(f"the trace of a {_dims(a)} matrix", expr.span)
        total: Value = 0
        for k in range(a.shape[0]):
            total = total + a[k, k]
        return total

    def _fn_det(self, args, expr):
        a = _single(args, expr)
        if not isinstance(a, np.ndarray) or a.shape[0] != a.shape[1]:
            raise ShapeError("the determinant of what is not a square matrix", expr.span)
        return determinant(a)

    def _fn_binom(self, args, expr):
        values = [plain(x) for x in args if not isinstance(x, np.ndarray)]
        if len(values) != 2 or not all(_is_whole(x) for x in values):
            raise Unsupported("a binomial coefficient of what are not whole numbers", expr.span)
        n, k = (int(x) for x in values)
        return int(mpmath.binomial(n, k)) if abs(n) <= 60 else mpmath.binomial(n, k)

    def _fn_diag(self, args, expr):
        several = len(args) > 1 and not any(isinstance(a, np.ndarray) for a in args)
        a = matrix([[x] for x in args]) if several else _single(args, expr)
        if not isinstance(a, np.ndarray):
            return a
        if 1 in a.shape:
            flat = a.ravel()
            return matrix([[flat[i] if i == j else 0 for j in range(len(flat))] for i in range(len(flat))])
        return matrix([[a[k, k]] for k in range(min(a.shape))])

    def _fn_sum(self, args, expr):
        a = _single(args, expr)
        total: Value = 0
        for x in a.ravel() if isinstance(a, np.ndarray) else [a]:
            total = total + x
        return total

    def _fn_rowsum(self, args, expr):
        """The column of the sums of the rows."""
        a = _single(args, expr)
        if not isinstance(a, np.ndarray):
            raise NeedsContext("whether this is a matrix or a number is not known")
        return matmul(a, matrix([[1]] * a.shape[1])) if a.shape[0] > 1 else matrix([[self._fn_sum([a], expr)]])

    def _fn_colsum(self, args, expr):
        """The sums of the columns, as a column."""
        a = _single(args, expr)
        return self._fn_rowsum([a.T if isinstance(a, np.ndarray) else a], expr)

    def _fn_mean(self, args, expr):
        a = _single(args, expr)
        n = a.size if isinstance(a, np.ndarray) else 1
        return divide_real(self._fn_sum(args, expr), n)

    # -- operators with a scope -----------------------------------------------------------------------------------
    def _big(self, expr: Big, scope) -> Value:
        if expr.op == "sum" and isinstance(expr.upper, Infinity) and len(expr.variables) == 1 and not expr.conditions:
            return self._series(expr, scope)
        if expr.op in ("sum", "prod"):
            total: Value = 0 if expr.op == "sum" else 1
            for inner in self._values_of(expr, scope):
                value = self(expr.body, inner)
                if expr.op == "sum":
                    total = broadcast(lambda a, b: a + b, total, value, expr.span)
                else:
                    total = self.multiply(total, value, "juxtapose", expr.span)
            return total
        if expr.op in ("max", "min") and expr.variables:
            values = [self(expr.body, inner) for inner in self._values_of(expr, scope)]
            if not values or any(isinstance(v, np.ndarray) for v in values):
                raise Undefined("a maximum over nothing")
            return _extremum(values, larger if expr.op == "max" else smaller, expr)
        if expr.op in ("argmax", "argmin") and expr.variables:
            return self._place_of_extremum(expr, scope)
        if expr.op == "lim" and expr.variables and expr.lower is not None:
            at = self(expr.lower, scope) if not isinstance(expr.lower, Infinity) else None
            if at is None:
                raise Unsupported("a limit at infinity", expr.span)
            return self(expr.body, {**scope, expr.variables[0].name: at + mpmath.mpf("1e-12")})
        what = {"lim": "a limit", "int": "an integral"}.get(expr.op, f"{expr.op} over a set")
        raise Unsupported(f"{what} is not evaluated", expr.span)

    def _series(self, expr: Big, scope) -> Value:
        """A sum without end whose terms soon go to zero; undefined where they grow."""
        if self.singles:
            raise Unsupported("a range of more than one value", expr.span)
        total: Value = 0
        start = self.integer(expr.lower, scope) if expr.lower is not None else 1
        small = 0  # terms on end that change nothing
        for k in range(start, start + MOST_OF_SERIES):
            term = self(expr.body, {**scope, expr.variables[0].name: k})
            total = broadcast(lambda a, b: a + b, total, term, expr.span)
            sizes = [abs(plain(x)) for x in (term.ravel() if isinstance(term, np.ndarray) else [term])]
            small = small + 1 if max(sizes) < LAST_OF_SERIES else 0
            if small > 3:
                return total
            if max(sizes) > 1 / mpmath.sqrt(LAST_OF_SERIES):
                raise Undefined("a sum that does not converge")
        raise Undefined("a sum that converges slowly or not at all")

    def _place_of_extremum(self, expr: Big, scope) -> Value:
        """The first index of the extremum; of several that all count from 0 the place, row by row from 0."""
        inners = list(self._values_of(expr, scope))
        names = [v.name for v in expr.variables]
        if len(names) > 1 and (expr.conditions or any(inners[0][name] != 0 for name in names)):
            raise Unsupported(f"{expr.op} over a set is not evaluated", expr.span)
        values = [self(expr.body, inner) for inner in inners]
        better = larger if expr.op == "argmax" else smaller
        best = 0
        for place, value in enumerate(values):
            if plain(better(values[best], value)) != plain(values[best]):
                best = place
        return inners[best][names[0]] if len(names) == 1 else best

    def _values_of(self, expr: Big, scope) -> Iterator[Mapping[str, Value]]:
        """The scopes of the terms."""
        if not expr.variables:
            raise Unsupported(f"the {expr.op} does not say over what", expr.span)
        ranges = []
        for variable in expr.variables:
            name = variable.name
            low = self.integer(expr.lower, scope) if expr.lower is not None else None
            if expr.upper is not None:
                if isinstance(expr.upper, Infinity):
                    raise Unsupported("an infinite sum", expr.span)
                start = 1 if low is None else low
                end = self.integer(expr.upper, scope)
                if end - start > 60:
                    raise Unsupported("a sum over too many terms", expr.span)
                ranges.append(range(start, end + 1))
            elif isinstance(expr.domain, SetOf):
                ranges.append([self.integer(i, scope) for i in expr.domain.items])  # type: ignore[arg-type]
            else:
                start = 1 if low is None else low
                ranges.append(range(start, start + self.range_size(expr.body, name)))
        if self.singles and any(len(r) > 1 for r in ranges):
            raise Unsupported("a range of more than one value", expr.span)
        names = [v.name for v in expr.variables]
        for values in itertools.product(*ranges):
            inner = {**scope, **dict(zip(names, values))}
            if all(self.truth(c, inner) for c in expr.conditions):
                yield inner

    def truth(self, statement: Statement, scope) -> bool:
        """Does a condition hold here?"""
        if not statement.relations:
            raise Unsupported("a condition without a relation", statement.span)
        values = [self._operand(t, scope) for t in statement.terms]
        for a, b, relation in zip(values, values[1:], statement.relations):
            if relation not in COMPARE:
                raise Unsupported(f"a condition with {relation}", statement.span)
            if isinstance(a, np.ndarray) or isinstance(b, np.ndarray):
                raise Unsupported("a condition on a vector", statement.span)
            if not COMPARE[relation](plain(a), plain(b)):
                return False
        return True

    def _operand(self, expr: Expr, scope) -> Value:
        return float("inf") if isinstance(expr, Infinity) else self(expr, scope)

    def _cases(self, expr: Cases, scope) -> Value:
        for branch, condition in expr.branches:
            if condition is None or self.truth(condition, scope):
                return self(branch, scope)
        raise Undefined("no case applies")

    def _indicator(self, expr: Indicator, scope) -> Value:
        terms, relations = expr.condition.terms, expr.condition.relations
        if len(relations) == 1 and relations[0] in ORDER:  # [x > 0] of an array: of each entry
            a, b = (self._operand(t, scope) for t in terms)
            if isinstance(a, np.ndarray) or isinstance(b, np.ndarray):
                compared = COMPARE[relations[0]]
                return broadcast(lambda x, y: int(compared(plain(x), plain(y))), a, b, expr.span)
        return int(self.truth(expr.condition, scope))

    def _at(self, expr: At, scope) -> Value:
        changed = dict(self.overrides)
        for condition in expr.conditions:
            left = condition.terms[0]
            if len(condition.terms) != 2 or condition.relations != ("=",) or not isinstance(left, Ref):
                raise Unsupported("a bar with something else than name = value", expr.span)
            indices = tuple(self.integer(i, scope) for i in left.indices)
            changed[left.key, indices] = self._as_real(self(condition.terms[1], scope))
        return self._again(expr.arg, scope, overrides=changed)

    def _again(self, expr: Expr, scope, *, overrides=None, seeds=None) -> Value:
        """``expr`` evaluated anew with other values of some names."""
        old = (self.overrides, self._seeds, self._memo)
        self.overrides = self.overrides if overrides is None else overrides
        if seeds is not None:
            self._seeds = {**self._seeds, **{at: (*self._seeds.get(at, ()), seed) for at, seed in seeds.items()}}
        self._memo = {}
        try:
            return self(expr, scope)
        finally:
            self.overrides, self._seeds, self._memo = old

    # -- derivatives ----------------------------------------------------------------------------------------------
    def _derivative(self, expr: Derivative, scope) -> Value:
        if expr.of is None:
            raise Unsupported("a derivative of nothing", expr.span)
        of = expr.of if len(expr.by) == 1 else Derivative(expr.of, expr.by[1:], expr.total, span=expr.span)
        return self.slope(of, expr.by[0], scope, expr.span)

    def slope(self, of: Expr, by: Expr, scope, span: Span) -> Value:
        """d of / d by through everything that lies between."""
        if isinstance(by, Call) and isinstance(by.function, Ref) and not by.subs:
            by = Ref(by.function.key, span=by.span)
        if isinstance(by, Transpose):
            raise Unsupported("a derivative by a transpose", span)
        if not isinstance(by, Ref):
            raise Unsupported("a derivative by what is not a name", span)
        if by.key in scope and not by.indices:
            return self._scope_slope(of, by, scope, next(self._tags), span)
        if any(isinstance(i, Slice) for i in by.indices):
            raise Unsupported("a derivative by a slice", span)
        indices = tuple(self.integer(i, scope) for i in by.indices)
        if isinstance(of, Ref) and not of.indices and of.key not in scope and not self._seeds and not self.overrides:
            at = (of.key, by.key, indices)
            if at not in self._slopes:
                self._part = by.key if by.key in self.reading.parts and of.key in self.unknowns else ""
                try:
                    self._slopes[at] = self._slope_at(of, by, indices, scope, span)
                finally:
                    self._part = ""
            return self._slopes[at]
        return self._slope_at(of, by, indices, scope, span)

    def _slope_at(self, of: Expr, by: Ref, indices: tuple[int, ...], scope, span: Span) -> Value:
        """d of / d by[indices]."""
        tag = next(self._tags)
        value = self.entry(by.key, indices, span)
        if isinstance(value, np.ndarray):
            base = self.context.bases.get(by.key, 1)
            fulls = [(*indices, *place) for place in _positions(value, base)]
        else:
            fulls = [indices]
        seeds = {(by.key, full): (tag, k, len(fulls)) for k, full in enumerate(fulls)}
        result = self._again(of, scope, seeds=seeds)
        self._check_loss(of, result, span)
        return self._arrange(result, value, tag, len(fulls), span)

    def _scope_slope(self, of: Expr, by: Ref, scope, tag: int, span: Span) -> Value:
        value = scope[by.key]
        flat = value.ravel() if isinstance(value, np.ndarray) else [value]
        moved = [_with_slope(self._as_real(x), (tag, k, len(flat))) for k, x in enumerate(flat)]
        inner = _objects(moved).reshape(value.shape) if isinstance(value, np.ndarray) else moved[0]
        result = self(of, {**scope, by.key: inner})
        return self._arrange(result, value, tag, len(flat), span)

    def _arrange(self, result: Value, value: Value, tag: int, count: int, span: Span) -> Value:
        def slopes(x):
            return list(x.slope) if isinstance(x, Dual) and x.tag == tag else [0] * count

        if not isinstance(result, np.ndarray):
            found = slopes(result)
            if not isinstance(value, np.ndarray):
                return found[0]
            shaped = np.array(_objects(found), dtype=object).reshape(value.shape)
            return shaped.T if self.reading.layout == "jacobian" else shaped
        if not isinstance(value, np.ndarray):
            return np.array(_objects([slopes(x)[0] for x in result.ravel()]), dtype=object).reshape(result.shape)
        if 1 in result.shape and 1 in value.shape:
            rows = matrix([slopes(x) for x in result.ravel()])
            return rows.T if self.reading.layout == "transposed" else rows
        raise Unshapely("a derivative with more than two axes", span)

    def _check_loss(self, of: Expr, value: Value, span: Span) -> None:
        """A loss is a number."""
        name = of.function if isinstance(of, Call) else of
        if isinstance(name, Ref) and name.key in LOSS_NAMES and isinstance(value, np.ndarray) and value.size > 1:
            raise NoLoss(f"{name.key} is a loss, but its formula gives a {_dims(value)} matrix", span)

    def _nabla(self, expr: Nabla, scope) -> Value:
        if len(expr.by) == 1:
            if expr.order == 1:
                return self.slope(expr.of, expr.by[0], scope, expr.span)
            if expr.order == 2:
                return self.slope(Nabla(expr.of, expr.by), expr.by[0], scope, expr.span)
        if expr.by and expr.order == 1:
            slopes = [self.slope(expr.of, by, scope, expr.span) for by in expr.by]
            if any(isinstance(s, np.ndarray) for s in slopes):
                raise Unshapely("a gradient by several vectors at once", expr.span)
            return matrix([[s] for s in slopes])
        of = expr.of
        if isinstance(of, Ref) and not of.indices:  # the gradient of F where F(w) is defined
            function = self._function_definition(of.key, 1)
            if function is not None and all(isinstance(p, Ref) for p in function.parameters or ()):
                of = Call(of, function.parameters or (), certain=True)
        if isinstance(of, Call) and isinstance(of.function, Ref) and of.args:
            first = of.args[0]
            definition = self._function_definition(of.function.key, len(of.args))
            if definition is None and isinstance(first, Ref) and expr.order == 1:
                return self.slope(of, first, scope, expr.span)
            parameter = next(iter(definition.parameters or ()), None) if definition is not None else None
            if isinstance(first, Ref) and first == parameter and first.key not in scope and len(of.args) == 1:
                once = of if expr.order == 1 else Derivative(of, (first,))
                return self.slope(once, first, scope, expr.span)  # through other names that depend on it too
            args = [self(a, scope) for a in of.args]
            if definition is not None and len(args) > 1 and not any(isinstance(a, np.ndarray) for a in args):
                if expr.order == 1 and all(isinstance(a, Ref) for a in of.args):
                    return matrix([[self.slope(of, by, scope, expr.span)] for by in of.args])
            names = [f"#{k}" for k in range(len(args))]
            call = Call(of.function, tuple(Ref(n) for n in names), certain=True)
            inner = {**scope, **dict(zip(names, args))}
            if expr.order == 1:
                return self.slope(call, Ref("#0"), inner, expr.span)
            return self.slope(Derivative(call, (Ref("#0"),)), Ref("#0"), inner, expr.span)
        raise NeedsContext("the gradient does not say with respect to what", "\\nabla_w L")

    def _prime_of(self, expr: Prime, scope) -> Value:
        inner = [r for r in refs(expr.arg) if not (isinstance(expr.arg, Call) and r == expr.arg.function)]
        names = {r for r in inner if r.key not in self.context.naming.functions and r.key != "e"}
        if len(names) != 1:
            raise Unsupported("a prime that does not say by what is differentiated", expr.span)
        by = names.pop()
        of: Expr = expr.arg
        for _ in range(expr.count - 1):
            of = Derivative(of, (by,), span=expr.span)
        return self.slope(of, by, scope, expr.span)

    # -- composed values ------------------------------------------------------------------------------------------
    def _matrix(self, expr: Matrix, scope) -> Value:
        if {len(row) for row in expr.rows} == {1}:
            parts = [[e] for e in self._filled([row[0] for row in expr.rows], scope, expr.span)]
        else:
            parts = [self._filled(row, scope, expr.span) for row in expr.rows]
        rows = [[self(e, scope) for e in row] for row in parts]
        if len({len(r) for r in rows}) != 1 or any(isinstance(x, np.ndarray) for r in rows for x in r):
            raise Unsupported("a matrix of blocks", expr.span)
        return matrix(rows)

    def _tuple(self, expr: Tuple, scope) -> Value:
        values = [self(e, scope) for e in self._filled(expr.items, scope, expr.span)]
        if any(isinstance(v, np.ndarray) for v in values):
            raise Unsupported("a list of vectors", expr.span)
        return matrix([[v] for v in values])


_METHODS = {
    Number: Ground._number,
    Ref: Ground._ref,
    Plus: Ground._plus,
    Infinity: Ground._infinity,
    Negate: Ground._negate,
    Product: Ground._product,
    Quotient: Ground._quotient,
    Power: Ground._power,
    Root: Ground._root,
    Transpose: Ground._transpose,
    Absolute: Ground._absolute,
    Norm: Ground._norm,
    Call: Ground._call,
    Big: Ground._big,
    Cases: Ground._cases,
    Indicator: Ground._indicator,
    At: Ground._at,
    Derivative: Ground._derivative,
    Nabla: Ground._nabla,
    Prime: Ground._prime_of,
    Matrix: Ground._matrix,
    Tuple: Ground._tuple,
}

COMPARE = {
    "=": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}
#: other names of the functions that symnet evaluates
BUILTIN = {
    "ln": "log",
    "ReLU": "relu",
    "Relu": "relu",
    "RELU": "relu",
    "logistic": "sigmoid",
    "Sigmoid": "sigmoid",
    "sigm": "sigmoid",
    "sgn": "sign",
    "tr": "trace",
    "Tr": "trace",
    "SoftMax": "softmax",
    "Softmax": "softmax",
    "LSE": "logsumexp",
    "LogSumExp": "logsumexp",
    "Softplus": "softplus",
    "Diag": "diag",
}


def is_evaluated(name: str) -> bool:
    """Is there a function that goes by that name (a key with its backslash as well) and is computed?"""
    name = name.strip("\\")
    return hasattr(Ground, f"_fn_{BUILTIN.get(name, name)}")


for _name in ("sin", "cos", "tan", "sinh", "cosh", "tanh", "arctan", "arcsin", "arccos", "artanh", "erf"):

    def _fn(self, args, expr, _name=_name):
        return each(lambda x: apply(_name, self._as_real(x)), _single(args, expr))

    setattr(Ground, f"_fn_{_name}", _fn)

#: names that are positive by convention
POSITIVE = frozenset("epsilon varepsilon sigma tau eta lambda beta rho".split()) - {"beta"}


# -- values -----------------------------------------------------------------------------------------------------------


def matrix(rows: Any) -> np.ndarray:
    """A two-dimensional object array."""
    if isinstance(rows, np.ndarray):
        return rows
    out = np.empty((len(rows), len(rows[0])), dtype=object)
    for i, row in enumerate(rows):
        for j, x in enumerate(row):
            out[i, j] = x
    return out


def _objects(items: Sequence[Any]) -> np.ndarray:
    out = np.empty(len(items), dtype=object)
    for k, item in enumerate(items):
        out[k] = item
    return out


def each(function, value: Value) -> Value:
    """``function`` of every entry."""
    if not isinstance(value, np.ndarray):
        return function(value)
    return _objects([function(x) for x in value.ravel()]).reshape(value.shape)


def scaled(a: np.ndarray, factor: Value) -> np.ndarray:
    return each(lambda x: x * factor, a)


def broadcast(function, a: Value, b: Value, span: Span) -> Value:
    """``function`` entry by entry; scalars, rows and columns are repeated."""
    if not isinstance(a, np.ndarray) and not isinstance(b, np.ndarray):
        return function(a, b)
    if not isinstance(b, np.ndarray):
        return each(lambda x: function(x, b), a)
    if not isinstance(a, np.ndarray):
        return each(lambda x: function(a, x), b)
    fits = all(m == n or 1 in (m, n) for m, n in zip(a.shape, b.shape))
    crossed = a.shape != b.shape and 1 in a.shape and 1 in b.shape
    if not fits or crossed:
        raise ShapeError(f"a {_dims(a)} and a {_dims(b)} value do not go together entry by entry", span)
    x, y = np.broadcast_arrays(a, b)
    return _objects([function(p, q) for p, q in zip(x.ravel(), y.ravel())]).reshape(x.shape)


def matmul(a: np.ndarray, b: np.ndarray) -> Value:
    """The matrix product; a number where it is 1 x 1."""
    rows = []
    for i in range(a.shape[0]):
        row = []
        for j in range(b.shape[1]):
            total = a[i, 0] * b[0, j]
            for k in range(1, a.shape[1]):
                total = total + a[i, k] * b[k, j]
            row.append(total)
        rows.append(row)
    return rows[0][0] if len(rows) == 1 and len(rows[0]) == 1 else matrix(rows)


def matrix_power(a: np.ndarray, n: int) -> Value:
    if n < 0:
        return matrix_power(inverse(a), -n)
    out: Value = matrix([[int(i == j) for j in range(a.shape[0])] for i in range(a.shape[0])])
    for _ in range(n):
        out = matmul(out, a)
    return out


def _is_diagonal(a: np.ndarray) -> bool:
    """Is every entry beside the diagonal the number zero?"""
    return all(isinstance(x, int) and x == 0 for (i, j), x in np.ndenumerate(a) if i != j)


def _on_diagonal(a: np.ndarray, function) -> np.ndarray:
    out = a.copy()
    for k in range(len(a)):
        out[k, k] = function(a[k, k])
    return out


def inverse(a: np.ndarray) -> np.ndarray:
    """Gauss-Jordan elimination with pivots; raises Undefined for a singular matrix."""
    n = a.shape[0]
    rows = [[*a[i], *(int(i == j) for j in range(n))] for i in range(n)]
    for k in range(n):
        pivot = max(range(k, n), key=lambda i: abs(plain(rows[i][k])))
        if plain(rows[pivot][k]) == 0:
            raise Undefined("the inverse of a singular matrix")
        rows[k], rows[pivot] = rows[pivot], rows[k]
        rows[k] = [divide(x, rows[k][k]) for x in rows[k]]
        for i in range(n):
            if i != k:
                factor = rows[i][k]
                rows[i] = [x - factor * y for x, y in zip(rows[i], rows[k])]
    return matrix([row[n:] for row in rows])


def determinant(a: np.ndarray) -> Value:
    if a.shape[0] == 1:
        return a[0, 0]
    total: Value = 0
    for j in range(a.shape[0]):
        minor = np.delete(np.delete(a, 0, axis=0), j, axis=1)
        total = total + a[0, j] * determinant(minor) * (-1) ** j
    return total


def entry_of(value: Value, indices: list[int], span: Span) -> Value:
    """One entry, counted from 1."""
    if not isinstance(value, np.ndarray):
        raise ShapeError("an index on a number", span)
    if any(i < 1 for i in indices):
        raise Undefined("an index out of range")
    try:
        return value[_place(value, tuple(indices))]
    except IndexError as error:
        raise Undefined("an index out of range") from error


def _place(value: np.ndarray, indices: tuple[int, ...]) -> tuple[int, ...]:
    if len(indices) == 1:
        return (0, indices[0] - 1) if value.shape[0] == 1 else (indices[0] - 1, 0)
    if len(indices) != 2:
        raise Undefined("too many indices")
    return (indices[0] - 1, indices[1] - 1)


def _positions(value: np.ndarray, base: int) -> list[tuple[int, ...]]:
    rows, columns = value.shape
    if rows == 1 or columns == 1:
        return [(base + k,) for k in range(value.size)]
    return [(i + 1, j + 1) for i in range(rows) for j in range(columns)]


def _with_slope(value: Any, seed: tuple[int, int, int]) -> Dual:
    tag, position, count = seed
    slope = np.zeros(count, dtype=object)
    slope[position] = 1
    return Dual(mpmath.mpf(value) if isinstance(value, int) else value, slope, tag)  # e^{-1000} is no 0


def _carries(value: Any, tag: int) -> bool:
    """Does the number have slopes of this differentiation already?"""
    while isinstance(value, Dual):
        if value.tag == tag:
            return True
        value = value.value
    return False


def divide_real(a: Any, b: Any) -> Any:
    """a / b with whole numbers divided exactly enough."""
    if isinstance(a, int) and isinstance(b, int):
        if b == 0:
            raise Undefined("a division by zero")
        return a // b if a % b == 0 else mpmath.mpf(a) / b
    return divide(a, b)


def _is_whole(x: Any) -> bool:
    return isinstance(x, int)


def larger(a: Any, b: Any) -> Any:
    return b if plain(b) > plain(a) else a


def smaller(a: Any, b: Any) -> Any:
    return b if plain(b) < plain(a) else a


def _extremum(args: list[Value], better, expr: Expr) -> Value:
    if len(args) == 1:
        if not isinstance(args[0], np.ndarray):
            return args[0]
        args = list(args[0].ravel())
    best = args[0]
    for other in args[1:]:
        best = broadcast(better, best, other, expr.span)
    return best


def _single(args: list[Value], expr: Expr) -> Value:
    if len(args) != 1:
        raise Unsupported("a function of one variable with several", expr.span)
    return args[0]


def _constant(value: Value, name: str, expr: Expr) -> Any:
    """A number that nothing is differentiated by: steps have no slope worth a claim."""
    if isinstance(value, Dual):
        raise Unsupported(f"the derivative of {name}", expr.span)
    return value


def _dims(value: np.ndarray) -> str:
    return " x ".join(map(str, value.shape))


def _letters(expr: Expr) -> str:
    return expr.key if isinstance(expr, Ref) else expr.name if isinstance(expr, Symbol) else ""


def _plain_ref(key: str, count: int) -> Ref:
    return Ref(key, tuple(Number(Fraction(1)) for _ in range(count)))


def _bound(d: Definition, indices: tuple[int, ...]) -> dict[str, int] | None:
    """The letters of the definition's indices at these values; None where they do not fit."""
    if len(d.indices) != len(indices):
        return None
    bound: dict[str, int] = {}
    for pattern, value in zip(d.indices, indices):
        if isinstance(pattern, Number):
            if pattern.value != value:
                return None
        elif isinstance(pattern, Ref):
            if pattern.key.isupper():
                return None  # the last layer: one place, and not any
            if bound.setdefault(pattern.key, value) != value:
                return None
    return bound


def _gathers(d: Definition) -> bool:
    r"""``L = \sum_i L_i``: the name without index is no vector whose entries have the name with it."""
    return any(r.key == d.key and len(r.indices) > len(d.indices) for r in refs(d.body))


def _shifts(d: Definition, letter: Expr) -> bool:
    """Does the definition speak of the place before or after the letter?"""
    return any(isinstance(i, Plus) and letter in i.terms for r in refs(d.body) for i in r.indices)


def _open_letters(d: Definition) -> list[str]:
    """Letters that index the body of a definition and are bound nowhere: ``softmax(x) = e^{x_i} / ...``."""
    bound = {i.key for i in d.indices if isinstance(i, Ref)}
    bound |= {r.key for p in d.parameters or () for r in refs(p)}
    bound |= {x for part in d.body.walk() for x in last_letters(part)}
    return [x for x in free_letters(d.body) if x not in bound]


#: what an index is written as: a letter, or one with a number as in d_1; y is a label
_LETTER = re.compile(r"[a-xz](_\d|_\{\d+\})?")


def free_letters(expr: Expr, bound: frozenset[str] = frozenset()) -> list[str]:
    """The letters that ``expr`` is indexed with and that no sum binds, in order of appearance."""
    found: dict[str, None] = {}

    def walk(part: Expr, bound: frozenset[str]) -> None:
        if isinstance(part, Big):
            bound = bound | {v.name for v in part.variables}
        if isinstance(part, Ref):
            for index in part.indices:
                for r in refs(index):
                    if not r.indices and r.key not in bound and _LETTER.fullmatch(r.key):
                        found[r.key] = None
        if isinstance(part, Call):
            for sub in part.subs:
                for r in refs(sub):
                    if not r.indices and r.key not in bound:
                        found[r.key] = None
        for child in part.children():
            walk(child, bound)

    walk(expr, bound)
    return list(found)


def _what(expr: Expr) -> str:
    names = {"Interval": "an interval", "SetOf": "a set", "Dots": "'and so on'", "Moment": "an expectation"}
    return names.get(type(expr).__name__, f"a {type(expr).__name__.lower()}")


__all__ = ["Ground", "NeedsContext", "Point", "Reading", "ShapeError", "Unshapely", "Unsupported", "free_letters"]
