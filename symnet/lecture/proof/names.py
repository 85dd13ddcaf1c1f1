"""The names of a claim as index expressions: definitions put in, inputs for what has none."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import sympy as sp

from symnet.ir.expr import Access, Index, Size, fresh_index
from symnet.ir.graph import Fact, Node
from symnet.lecture.context.context import Context
from symnet.lecture.context.letters import free_letters
from symnet.lecture.context.record import Definition
from symnet.lecture.context.refs import Ref, refs
from symnet.lecture.context.sizes import ONE, Sizes
from symnet.lecture.context.typer import position_is_axis
from symnet.lecture.evaluation.reading import Reading
from symnet.lecture.evaluation.sample import is_positive
from symnet.lecture.proof.terms import Outside, Term, total
from symnet.lecture.reader.syntax import Call, Expr, Number

DEPTH = 40  # of definitions inside one another


@dataclass
class Names(ABC):
    """The names of one claim as index expressions."""

    context: Context
    classes: Sizes
    order: int
    reading: Reading
    conventions: bool
    end: float
    unknowns: Mapping[str, tuple[Ref, ...]]
    known: Mapping[str, str]
    #: letters -> values from 1 (or where they start), parameters -> Term
    scope: dict[str, Any] = field(default_factory=dict)
    nodes: dict[str, Node] = field(default_factory=dict)
    facts: list[Fact] = field(default_factory=list)
    conventional: dict[str, None] = field(default_factory=dict)
    cut: frozenset[str] = frozenset()  # names that are differentiated by: not expanded
    held: set[str] = field(default_factory=set)  # names that were left as they are inside of their own definition
    #: index of a recurrence -> the step from which it is put in
    floor: dict[Index, sp.Expr] = field(default_factory=dict)
    _stack: tuple[str, ...] = ()

    @abstractmethod
    def __call__(self, expr: Expr) -> Term:
        """The expression as a term; raises Outside."""

    def scalar(self, expr: Expr) -> sp.Expr:
        term = self(expr)
        if term.axes:
            raise Outside
        return term.expr

    def _is_named(self, key: str) -> bool:
        return key in self.scope or self.context.is_defined(key)

    def positions(self, indices: Iterable[Expr]) -> tuple[sp.Expr, ...]:
        """The values of indices, as they are written (counted from 1)."""
        return tuple(sp.expand(self.scalar(i)) for i in indices)

    def entry(self, key: str, values: tuple[sp.Expr, ...]) -> Term:
        """``key`` at these indices: a definition put in, or an input."""
        if key not in self.cut and key not in self.unknowns:
            found = self._definition(key, values)
            if found is not None:
                if key in self._stack or len(self._stack) > DEPTH or self._before(key, values):
                    self.held.add(key)
                else:
                    return found()
        rank = self.context.rank(Ref(key, tuple(Number(_ONE) for _ in values)))
        if rank == 0:
            return Term(self.leaf(key, values))
        axes = [fresh_index(self._axis(key, len(values) + k)) for k in range(rank)]
        full = self.entry(key, (*values, *(i + 1 for i in axes))) if key not in self._stack else None
        if full is not None and full.axes:
            raise Outside
        expr = self.leaf(key, (*values, *(i + 1 for i in axes))) if full is None else full.expr
        if rank == 2:
            return Term(expr, axes[0], axes[1])
        return Term(expr, None, axes[0]) if key in self.context.rows else Term(expr, axes[0])

    def _before(self, key: str, values: tuple[sp.Expr, ...]) -> bool:
        """Is this an earlier step of a recurrence than the claim is about?  It stays as it is on both sides."""
        if not self.floor or not self._in_a_circle(key):
            return False
        return any(k < self.floor.get(i, k) for v in values for i, k in steps_of(v))

    def _definition(self, key: str, values: tuple[sp.Expr, ...]) -> Callable[[], Term] | None:
        """How to put in the definition of ``key[values]``."""
        definitions = self.context.values_of(key, self.order)
        if any(isinstance(i, Number) for d in definitions for i in d.indices) and any(not v.is_number for v in values):
            raise Outside  # it depends on the value of an index
        exact = [(d, b) for d in definitions if (b := bound_at(d, values)) is not None]
        if exact:
            d, bound = min(exact, key=lambda pair: len(pair[1]))
            return lambda: self._defined(d, bound)
        for d in definitions:
            head = values[: len(d.indices)]
            if len(d.indices) < len(values) and (bound_head := bound_at(d, head)) is not None:
                rest = [v - 1 for v in values[len(head) :]]
                return lambda d=d, b=bound_head: Term(self._defined(d, b).at(rest))  # type: ignore[misc]
        return None

    def _defined(self, d: Definition, bound: Mapping[str, sp.Expr]) -> Term:
        letters = [
            x
            for x in free_letters(d.body)
            if x not in bound and x not in {r.key for p in d.parameters or () for r in refs(p)}
        ]
        if len(letters) > 1:
            raise Outside
        inner: dict[str, Any] = dict(bound)
        axis = None
        if letters:
            size = self._range(d.body, letters[0])
            if size is None:
                raise Outside
            axis = fresh_index(Index(letters[0], size))
            inner[letters[0]] = axis + 1
        body = self._within(inner, d.key, d.body)
        if axis is None:
            return body
        if body.axes:
            raise Outside
        return Term(body.expr, axis)

    def _within(self, scope: Mapping[str, Any], key: str, body: Expr) -> Term:
        """``body`` under the names of a definition only."""
        old = self.scope, self._stack
        self.scope, self._stack = dict(scope), (*self._stack, key)
        try:
            return self(body)
        finally:
            self.scope, self._stack = old

    def leaf(self, key: str, values: tuple[sp.Expr, ...]) -> sp.Expr:
        """An input at these indices; a name of a size is that size."""
        if not values:
            size = self._size_named(key)
            if size is not None:
                return size
        node = self.node(key, len(values))
        return Access(node, [sp.expand(v - 1) for v in values])

    def node(self, key: str, count: int) -> Node:
        name = f"{key}/{count}"
        if name not in self.nodes:
            axes = tuple(self._axis(key, k) for k in range(count))
            fact = self.known.get(key)
            kind, below = "real", None
            if key in self.context.labels:
                axis, position = self.context.labels[key]
                kind, below = "labels", self._axis(axis, position).size
            elif fact == "bits":
                kind = "mask"
            elif fact in ("positive", "unit", "joint"):
                kind = "positive"
            elif fact == "simplex":
                kind = "probability"
            elif self.conventions and is_positive(key):
                self.conventional[key] = None
                kind = "positive"
            node = Node(name, axes, None, kind, below)
            if fact == "simplex" and count:
                last = fresh_index(axes[-1])
                self.facts.append(Fact(total(Access(node, (*axes[:-1], last)), (last,)), sp.S.One, f"{key} sums to 1"))
            self.nodes[name] = node
        return self.nodes[name]

    def size(self, axis: str) -> sp.Expr:
        root = self.classes.find(axis)
        if root == ONE:
            return sp.S.One
        if root.startswith("const:"):
            return sp.Integer(int(float(root.split(":")[1])))
        return Size(root)

    def _axis(self, key: str, position: int) -> Index:
        return Index(f"{key}:{position}", self.size(f"axis:{key}:{position}"))

    def _size_named(self, key: str) -> sp.Expr | None:
        """The size that ``key`` names; a whole number where it is one by convention."""
        name = f"size:{key}"
        if name in self.classes.parents or name in self.classes.parents.values():
            return self.size(name)
        if key in self.context.naming.sizes:
            return Size(name)
        if self.context.is_whole(key):
            return sp.Symbol(f"whole {key}", integer=True)
        return None

    def _range(self, body: Expr, letter: str) -> sp.Expr | None:
        """The size of an axis that a letter indexes."""
        for ref in refs(body):
            for position, index in enumerate(ref.indices):
                if isinstance(index, Ref) and index.key == letter and not index.indices:
                    if position_is_axis(self.context, ref.key):
                        return self.size(f"axis:{ref.key}:{position}")
        for part in body.walk():
            if isinstance(part, Call):
                for sub in part.subs:
                    if isinstance(sub, Ref) and sub.key == letter and part.args and isinstance(part.args[0], Ref):
                        return self.size(f"axis:{part.args[0].key}:0")
        return None

    def _in_a_circle(self, key: str) -> bool:
        return any(self.context.reaches(d.body, key, self.order) for d in self.context.definitions_of(key, self.order))


_ONE = Fraction(1)


def steps_of(value: sp.Expr) -> list[tuple[Index, sp.Expr]]:
    """l - 1 as the index l and the step -1."""
    rest, index = value.as_independent(Index, as_Add=True) if value.is_Add else (sp.S.Zero, value)
    return [(index, rest)] if isinstance(index, Index) and rest.is_Integer else []


def name_of(node: Node) -> str:
    """The name that a node stands for."""
    return node.name.rsplit("/", 1)[0]


def bound_at(d: Definition, values: tuple[sp.Expr, ...]) -> dict[str, sp.Expr] | None:
    """The letters of the definition's indices at these values; None where they do not fit."""
    if len(d.indices) != len(values):
        return None
    bound: dict[str, sp.Expr] = {}
    for pattern, value in zip(d.indices, values):
        if isinstance(pattern, Number):
            if sp.Rational(pattern.value.numerator, pattern.value.denominator) != value:
                return None
        elif isinstance(pattern, Ref) and bound.setdefault(pattern.key, value) != value:
            return None
    return bound
