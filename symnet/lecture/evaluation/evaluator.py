"""The values of names, followed through the definitions of a document."""

from __future__ import annotations

import itertools
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import mpmath
import numpy as np

from symnet.lecture.context.record import Definition
from symnet.lecture.context.refs import LOSS_NAMES, Ref, refs
from symnet.lecture.context.typer import position_is_axis
from symnet.lecture.evaluation.dots import filled
from symnet.lecture.evaluation.patterns import (
    bound_at,
    fixed_places,
    gathers,
    goes_up,
    is_of_one_step,
    open_letters,
    place_of_end,
    plain_ref,
    shifts,
    starts,
)
from symnet.lecture.evaluation.reading import Reading
from symnet.lecture.evaluation.sample import Sample
from symnet.lecture.evaluation.steps import end_of_steps, first_step, told_end
from symnet.lecture.reader.syntax import Call, Dots, Expr, Number, Slice, Span
from symnet.lecture.values.errors import ENDLESS, NeedsContext, TooDeep, Undirected, Unsupported
from symnet.lecture.values.matrices import Value, carries, entry_of, matrix, place_of, with_slope
from symnet.lecture.values.scalars import Undefined, plain

Scope = Mapping[str, Value]  # indices and parameters
Methods = dict[type, Callable[["Evaluator", Any, Scope], Value]]  # what evaluates each kind of expression
DEPTH = 60  # of definitions inside one another


@dataclass
class Evaluator(Sample, ABC):
    """The values of names: a definition followed, a function of other names, or a random leaf.

    While something is differentiated by a name, its values carry slopes: ``seeds`` says which.
    """

    order: int = -1
    reading: Reading = Reading()
    unknowns: Mapping[str, tuple[Ref, ...]] = field(default_factory=dict)  # name -> what it is a function of
    but: Definition | None = None  # the definition under judgement is not used
    overrides: dict[tuple[str, tuple[int, ...]], Value] = field(default_factory=dict)
    treat_open: frozenset[str] = frozenset()  # names whose definitions are not used
    scope0: Mapping[str, int] = field(default_factory=dict)  # the free indices of the claim
    moved: frozenset[str] = frozenset()  # the names that the claim, or a definition behind it, differentiates by

    def __post_init__(self) -> None:
        super().__post_init__()
        self.used: dict[tuple[str, int], Definition] = {}
        self.values_told = self.overrides  # the values of the claim, where no bar gives others
        self.seeds: dict[tuple[str, tuple[int, ...]], tuple[tuple[int, int, int], ...]] = {}
        self.part = ""  # of whose gradient a part is wanted
        self.memo: dict[tuple[str, tuple[Any, ...]], Value] = {}
        self._ranks: dict[tuple[str, int], int] = {}
        self._found: dict[str, list[Definition]] = {}
        self.slopes: dict[tuple[str, str, tuple[int, ...]], Value] = {}  # derivatives that are asked for again
        self.read: dict[tuple[str, tuple[int, ...]], None] = {}  # entries that had a value, in order
        self.tags = itertools.count()
        self.spent = 0  # evaluations of one side at this point
        self.path: list[tuple[str, tuple[int, ...]]] = []  # the entries that are being computed
        self.first_step = first_step(self.context, self.unknowns)
        self.zero_outside = self.context.is_zero_outside(self.order)
        self._windows = {self.classes.find(axis): window for axis, window in self.context.windows.items()}
        self.told_end = told_end(self.context, self.unknowns) if self.first_step == 0 else ""
        self.end = self.size(f"size:{self.told_end}") if self.told_end else end_of_steps(self.unknowns, self.first_step)
        self._reached: dict[tuple[int, str], bool] = {}  # does a definition depend on a name?

    @abstractmethod
    def __call__(self, expr: Expr, scope: Scope | None = None) -> Value:
        """The value of ``expr``; ``scope`` holds indices and parameters."""

    def integer(self, expr: Expr, scope: Scope) -> int:
        value = plain(self(expr, scope))
        if isinstance(value, (np.ndarray, mpmath.mpc)) or value != int(value):
            raise Unsupported("an index that is not a whole number", expr.span)
        return int(value)

    def size(self, axis: str, key: str = "") -> int:
        """The number of entries along an axis: of those drawn at this point, or the places of a window."""
        root = self.classes.find(axis)
        window = self._windows.pop(root, None)
        if window is None or self.classes.find(window.axis) == root or self.singles:
            return super().size(axis, key)
        try:
            size = super().size(window.axis) - sum(self.integer(term, {}) for term in window.farthest)
        finally:
            self._windows[root] = window
        if size < 1:
            raise Undefined("a window that is wider than what it moves over")
        return size

    def is_windowed(self, axis: str) -> bool:
        """Has the axis an entry for each place of a window?"""
        return self.classes.find(axis) in self._windows

    def is_beyond(self, key: str, indices: tuple[int, ...]) -> bool:
        """Is there no window at this place?"""
        axes = ((f"axis:{key}:{k}", i) for k, i in enumerate(indices))
        return any(self.is_windowed(axis) and i > self.size(axis) for axis, i in axes)

    def entry(self, key: str, indices: tuple[int, ...], span: Span = (-1, -1)) -> Value:
        """The value of ``key[indices]``: a definition followed, a function of other names, or a random leaf."""
        at = (key, indices)
        if at in self.memo:
            return self.memo[at]
        if at in self.overrides:
            value = self.overrides[at]
            if isinstance(value, mpmath.mpf) and value == 0:
                value = self._filled_with(value, plain_ref(key, len(indices)))  # B = 0 of a matrix B
        else:
            self.path.append(at)
            try:
                if len(self.path) > DEPTH:
                    raise self.too_deep(key, span)
                value = self._entry(key, indices, span)
            finally:
                self.path.pop()
        value = self._seeded(key, indices, value)
        self.memo[at] = value
        self.read[at] = None
        return value

    def too_deep(self, key: str, span: Span) -> Exception:
        """Are the definitions a circle, or a recurrence without a start?  Else they are many."""
        below = any(k < 0 for _, indices in self.path for k in indices)
        if below or len({*self.path}) < len(self.path):
            return Unsupported(f"the definitions of {key} {ENDLESS}", span)
        return TooDeep(f"more than {DEPTH} definitions follow each other, the last one of {key}")

    def _entry(self, key: str, indices: tuple[int, ...], span: Span) -> Value:
        if key in self.unknowns:
            name = f"{key}[{','.join(map(str, indices))}]" if indices else key
            return self.unknown(name, [self._argument(r) for r in self.unknowns[key]])
        definitions = self._definitions(key)
        if self.reading.scalars and not indices:
            definitions = [d for d in definitions if not d.indices]
        ends = {d.order: self._end_of(d) for d in definitions}
        for d in definitions if any(map(goes_up, definitions)) else ():
            at, end = place_of_end(d), ends[d.order]
            if at is not None and end is not None and len(indices) == len(d.indices) and indices[at] > end:
                raise Undefined("a step behind the last one")
        exact = [(d, b) for d in definitions if (b := bound_at(d, indices, ends[d.order])) is not None]
        if len(exact) > 1:
            exact.sort(
                key=lambda pair: (len(pair[1]), not self._moves(pair[0]), self._of_others(pair[0]), -pair[0].order)
            )
        shorter = [d for d in definitions if len(d.indices) < len(indices) and not gathers(d)]
        if self.seeds and exact and any(map(self._shows, shorter)) and not any(self._shows(d) for d, _ in exact):
            exact = []  # the whole vector is defined through what is differentiated by, and its entries are not
        for definition, bound in exact:
            if bound and any(v < self.first_step for v in bound.values()) and starts(definition):
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
            fits = bound_at(definition, head)
            if fits is not None and not (any(v < self.first_step for v in fits.values()) and starts(definition)):
                read = dict(self.read)
                whole = self.entry(key, head, span)
                if isinstance(whole, np.ndarray):
                    return entry_of(whole, list(indices[len(head) :]), span)
                self.used.pop((key, definition.order), None)  # the number y(x) = x tells nothing of the entry y_k
                self.read = read
        return self._open(key, indices, span)

    def _end_of(self, d: Definition) -> int | None:
        """The number of the last step where a definition says what is there: the T of ``b_T = 0``."""
        at = place_of_end(d)
        if self.end is not None or at is None:
            return self.end
        try:
            return self.integer(d.indices[at], {})
        except (NeedsContext, Unsupported, Undefined):
            return None

    def _open(self, key: str, indices: tuple[int, ...], span: Span) -> Value:
        """The value of a name that nothing defines at this place: a leaf, or an array of entries."""
        rank = 0 if self.reading.scalars else self._rank(key, len(indices))
        if rank == 0:
            if not indices and key in self.scope0:
                return self.scope0[key]  # the t of a definition behind a claim on S_t is that of the claim
            return 0 if self.zero_outside and self._is_outside(key, indices) else self.leaf(key, indices)
        if rank == 1:
            n = self.size(f"axis:{key}:{len(indices)}", key)
            places = [(*indices, 1 + k) for k in range(n)]
            if self._has_steps(key, len(indices) + 1):  # w_1 is the first step, and no entry of w
                entries = [self.leaf(f"{key} ", place) for place in places]
            else:
                entries = [self.entry(key, place, span) for place in places]
            return matrix([entries]) if key in self.context.rows else matrix([[e] for e in entries])
        rows, columns = (self.size(f"axis:{key}:{len(indices) + k}", key) for k in (0, 1))
        return matrix([[self.entry(key, (*indices, i + 1, j + 1), span) for j in range(columns)] for i in range(rows)])

    def _definitions(self, key: str) -> list[Definition]:
        if key not in self._found:
            open_ = key in self.treat_open
            self._found[key] = [] if open_ else self.context.values_of(key, self.order, self.but)
        return self._found[key]

    def _rank(self, key: str, count: int) -> int:
        """The number of axes that a name has beside so many indices."""
        at = (key, count)
        if at not in self._ranks:
            self._ranks[at] = self.context.rank(plain_ref(key, count))
        return self._ranks[at]

    def _is_outside(self, key: str, indices: tuple[int, ...]) -> bool:
        """Is this no entry of the array?"""
        return any(not 1 <= i <= self.size(f"axis:{key}:{k}") for k, i in enumerate(indices))

    def _argument(self, ref: Ref) -> Value:
        """What an unknown function is given; where a part of a gradient is wanted, only its own argument moves."""
        if not self.part:
            return self(ref, self.scope0)
        old = (self.seeds, self.memo)
        self.seeds, self.memo = {}, {}
        try:
            value = self(ref, self.scope0)
        finally:
            self.seeds, self.memo = old
        step = tuple(int(i.value) for i in ref.indices if isinstance(i, Number))
        whole = all(isinstance(i, Slice) for i in ref.indices[len(step) :])
        return self._seeded(ref.key, step, value) if whole and ref.key == self.part else value

    def _moves(self, d: Definition) -> bool:
        """Does the definition depend on what is differentiated by at the moment?"""
        found = False
        for key in dict.fromkeys(key for key, _ in self.seeds):
            at = (id(d), key)
            if at not in self._reached:
                self._reached[at] = self.context.reaches(d.body, key, self.order, frozenset((d.key,)))
            found = found or self._reached[at]
        return found

    def _of_others(self, d: Definition) -> bool:
        """Is it a function of what the claim does not speak of: p(T) beside p, where there is no T?"""
        if not d.parameters or not 0 <= self.order < len(self.context.lines):
            return False
        told = self.context.names_behind(self.context.lines[self.order].statement.terms, (d.key,))
        return any(r.key not in told for p in d.parameters for r in refs(p))

    def _shows(self, d: Definition) -> bool:
        """Does what is differentiated by at the moment stand in the definition itself?"""
        keys = {key for key, _ in self.seeds}
        return any(r.key in keys for r in refs(d.body))

    def _has_steps(self, key: str, count: int) -> bool:
        """Is the name under so many indices a sequence of steps rather than an entry?"""
        found = [d for d in self.context.definitions.get(key, ()) if len(d.indices) == count and d.parameters is None]
        if count > 1:  # z_{lj} of a layer: l counts, and j picks an entry
            return any(isinstance(d.indices[-1], Number) or shifts(d, d.indices[-1]) for d in found)
        return any(starts(d) or any(isinstance(i, Number) for i in d.indices) for d in found)

    def _is_end(self, d: Definition, indices: tuple[int, ...]) -> bool:
        """Is this a fixed place that the definition of all the others speaks of?"""
        return any(tuple(self.integer(i, self.scope0) for i in r.indices) == indices for r in fixed_places(d))

    def _defined(self, definition: Definition, bound: Mapping[str, int]) -> Value:
        free = open_letters(definition)
        if not free:
            value = self(definition.body, bound)
            if isinstance(definition.body, Number) and definition.indices:
                return self._filled_with(value, plain_ref(definition.key, len(definition.indices)))
            if bound and isinstance(value, np.ndarray) and 1 in value.shape:
                rank = self.context.rank(plain_ref(definition.key, len(definition.indices)))
                last = definition.indices[-1]
                named = (i for r in refs(definition.body) for i in r.indices)
                if rank == 0 and isinstance(last, Ref) and last not in named:  # p_i = softmax(z): its entry i is meant
                    return entry_of(value, [bound[last.key]], definition.body.span)
            return value
        (letter,) = free[:1]
        if len(free) == 1 and letter in self.scope0 and is_of_one_step(self.context, definition):
            return self(definition.body, {**bound, letter: self.scope0[letter]})
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
        if not self.seeds:
            return value
        if not isinstance(value, np.ndarray):
            for seed in self.seeds.get((key, indices), ()):
                value = with_slope(value, seed)
            return value
        hit = [full for (k, full) in self.seeds if k == key and full[: len(indices)] == indices]
        if not hit:
            return value
        value = value.copy()
        for full in hit:
            place = place_of(value, full[len(indices) :])
            for seed in self.seeds[key, full]:
                if not carries(value[place], seed[0]) or value[place].tag == seed[0]:
                    value[place] = with_slope(value[place], seed)
        return value

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
                    d = self.function_definition(function.key, len(part.args))
                    for own, given in zip(d.indices, function.indices) if d is not None else ():
                        if isinstance(own, Ref) and isinstance(given, Ref) and given.key == letter:
                            return self.range_size(d.body, own.key)  # type: ignore[union-attr]
        raise NeedsContext(f"the range of {letter} is not known", f"\\sum_{{{letter}=1}}^{{n}}")

    def filled(self, items: Sequence[Expr], scope: Scope, span: Span) -> list[Expr]:
        """The terms or entries with those that dots stand for."""
        if not any(isinstance(item, Dots) for item in items):
            return list(items)
        if self.singles:
            raise Unsupported("a range of more than one value", span)
        found = filled(items, lambda e: self.integer(e, scope))
        if found is None:
            raise Unsupported("what the dots stand for does not follow from the ends", span)
        return found

    def given(self, expr: Expr, scope: Scope) -> tuple[int, ...]:
        """The indices of a function, before or behind its arguments: f_i(x) and f(x)_i are one."""
        if not isinstance(expr, Call) or not isinstance(expr.function, Ref):
            return ()
        return tuple(self.integer(i, scope) for i in (*expr.function.indices, *expr.subs))

    def function_definition(self, key: str, count: int, given: tuple[int, ...] = ()) -> Definition | None:
        """The definition of a function of so many arguments, and for these values of its index."""
        if key in self.treat_open:
            return None
        fitting = []
        for d in self.context.definitions_of(key, self.order, self.but):
            if d.parameters is not None and len(d.parameters) == count:
                left_open = len(d.indices) if not d.indices or not given else len(bound_at(d, given) or ())
                numbered = any(isinstance(i, Number) for i in d.indices)
                if d.indices and (bound_at(d, given) is None if given else numbered):
                    continue
                fitting.append((left_open, d))
        return min(fitting, key=lambda found: found[0])[1] if fitting else None

    def again(self, expr: Expr, scope: Scope, *, overrides=None, seeds=None) -> Value:
        """``expr`` evaluated anew with other values of some names."""
        old = (self.overrides, self.seeds, self.memo)
        self.overrides = self.overrides if overrides is None else overrides
        if seeds is not None:
            self.seeds = {**self.seeds, **{at: (*self.seeds.get(at, ()), seed) for at, seed in seeds.items()}}
        self.memo = {}
        try:
            return self(expr, scope)
        finally:
            self.overrides, self.seeds, self.memo = old
