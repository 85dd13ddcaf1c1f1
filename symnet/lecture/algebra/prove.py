"""Proof of an equation: both sides as index expressions with symbolic sizes, their difference in normal form 0.

A side becomes a :class:`Term`: a scalar expression in the indices of its row and column.  Definitions of the document
are put in, names without one are inputs, a derivative goes through all definitions between by the adjoint rule, and a
loss that the document leaves open has free slopes by the names that it is a function of.  Whatever is outside of this
is not proved, and no harm: the claim stays one without a counterexample.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

import sympy as sp

from symnet.calculus.adjoint import collect, pull_back
from symnet.errors import SymnetError
from symnet.ir import functions as fn
from symnet.ir.expr import Access, Index, Reduction, Size, accesses, fresh_index, reduce_over, reindex, transform
from symnet.ir.graph import Fact, Node
from symnet.lecture import effort
from symnet.lecture.algebra.normal import Unknown, is_zero
from symnet.lecture.claims.claim import Claim
from symnet.lecture.context.context import Context, Definition
from symnet.lecture.context.identities import is_identity
from symnet.lecture.context.letters import free_letters
from symnet.lecture.context.resolve import LOSS_NAMES, Ref, refs
from symnet.lecture.context.shapes import ONE, Clash, Sizes, position_is_axis
from symnet.lecture.evaluation.reading import Reading
from symnet.lecture.evaluation.sample import is_positive
from symnet.lecture.reader.syntax import (
    Absolute,
    Big,
    Call,
    Cases,
    Derivative,
    Dots,
    Expr,
    Indicator,
    Infinity,
    Nabla,
    Negate,
    Norm,
    Number,
    Plus,
    Power,
    Product,
    Quotient,
    Root,
    Slice,
    Statement,
    Symbol,
    Transpose,
)
from symnet.lecture.trial.points import known_facts
from symnet.lecture.trial.sizes import claim_sizes
from symnet.lecture.trial.unknowns import unknown_functions
from symnet.lecture.values.errors import NeedsContext, Unsupported
from symnet.lecture.values.functions import BUILTIN
from symnet.lecture.verdict import Assumption

STEPS = 3 * effort.SECOND
DEPTH = 40  # of definitions inside one another


class Outside(Exception):
    """The claim uses what is not read into the index graph."""


@dataclass(frozen=True)
class Proof:
    """The two sides are equal; what was assumed beyond what the document defines."""

    assumptions: tuple[Assumption, ...] = ()


def prove(claim: Claim, reading: Reading | None = None, steps: float = STEPS) -> Proof | None:
    """A proof of ``left = right`` for all sizes, or None where none was found."""
    if (
        claim.left is None
        or claim.right is None
        or claim.context is None
        or claim.relation not in ("=", "equiv", "set", "get")
    ):
        return None
    end = effort.until(steps)
    for conventions in (False, True):
        try:
            elaborator = Elaborator.of(claim, reading or Reading(), conventions, end)
            left, right = elaborator.sides(claim.left, claim.right)
            difference = elaborator.tests(claim.conditions) * (left - right)
        except (Outside, Clash, NeedsContext, Unsupported, RecursionError, SymnetError, TypeError, ValueError):
            return None
        if conventions and not elaborator.conventional:
            return None
        if is_zero(difference, elaborator.facts, 0.5 * effort.left(end)):
            return Proof(tuple(elaborator.assumptions()))
        positive = sorted(_positive_where_defined(left) | _positive_where_defined(right), key=lambda n: n.name)
        if positive:
            difference = _declared_positive(difference, positive)
            if is_zero(difference, elaborator.facts, 0.5 * effort.left(end)):
                domain = [Assumption(f"{_key(n)} > 0", "where both sides are defined") for n in positive]
                return Proof((*elaborator.assumptions(), *domain))
    return None


def _positive_where_defined(expr: sp.Expr) -> set[Node]:
    """The real inputs that are positive wherever ``expr`` is defined: bare arguments of logarithms and roots.

    Of an array only where a sum over all of it reads every entry so.
    """
    found: set[Node] = set()

    def walk(part: sp.Expr, bound: tuple[Index, ...]) -> None:
        if isinstance(part, (Access, fn.where)):
            return
        inner = part.args[0] if isinstance(part, sp.log) else None
        if part.is_Pow and part.exp.is_Rational and part.exp.q % 2 == 0 and part.exp.is_negative:
            inner = part.base
        if isinstance(inner, Access) and inner.node.kind == "real":
            free_of_order = len(set(inner.subs)) == len(inner.subs) and set(inner.subs) <= set(bound)
            whole = all(isinstance(s, Index) and s.size == i.size for s, i in zip(inner.subs, inner.node.axes))
            if free_of_order and whole:
                found.add(inner.node)
        if isinstance(part, Reduction):
            body, over = part.open()
            walk(body, (*bound, *over))
            return
        for a in part.args:
            walk(a, bound)

    walk(expr, ())
    return found


def _declared_positive(expr: sp.Expr, nodes: Iterable[Node]) -> sp.Expr:
    positive = {n.name: replace(n, kind="positive") for n in nodes}

    def leaf(part):
        if isinstance(part, Access) and part.node.name in positive:
            return Access(positive[part.node.name], part.subs)
        return None

    return transform(expr, leaf)


@dataclass(frozen=True)
class Term:
    """A scalar (no axes), a column (``row`` only), a row (``column`` only) or a matrix, as its entry under these."""

    expr: sp.Expr
    row: Index | None = None
    column: Index | None = None

    @property
    def axes(self) -> tuple[Index, ...]:
        return tuple(i for i in (self.row, self.column) if i is not None)

    @property
    def transposed(self) -> Term:
        return Term(self.expr, self.column, self.row)

    def each(self, function: Callable[[sp.Expr], sp.Expr]) -> Term:
        return replace(self, expr=function(self.expr))

    def fresh(self) -> Term:
        """The same under indices that occur nowhere else."""
        new = {i: fresh_index(i) for i in self.axes}
        get: Callable[[Index | None], Index | None] = lambda i: None if i is None else new[i]  # noqa: E731
        return Term(reindex(self.expr, new), get(self.row), get(self.column))

    def at(self, values: Iterable[sp.Expr]) -> sp.Expr:
        """The entry at positions counted from 0."""
        values = tuple(values)
        if len(values) != len(self.axes):
            raise Outside
        return reindex(self.expr, dict(zip(self.axes, values)))


def aligned(a: Term, b: Term) -> tuple[Term, Term]:
    """Both under the same indices; scalars, rows and columns are repeated."""
    b = b.fresh()
    renamed: dict[Index, sp.Expr] = {}
    if a.axes and b.axes and len(a.axes) == len(b.axes) == 1 and (a.row is None) != (b.row is None):
        raise Outside
    for mine, theirs in ((a.row, b.row), (a.column, b.column)):
        if mine is not None and theirs is not None:
            if mine.size != theirs.size:
                raise Outside
            renamed[theirs] = mine
    row, column = a.row or b.row, a.column or b.column
    return Term(a.expr, row, column), Term(reindex(b.expr, renamed), row, column)


def combined(function: Callable[[sp.Expr, sp.Expr], sp.Expr], a: Term, b: Term) -> Term:
    a, b = aligned(a, b)
    return replace(a, expr=function(a.expr, b.expr))


def total(expr: sp.Expr, over: Iterable[Index], op: str = "sum") -> sp.Expr:
    return reduce_over(op, expr, over)


@dataclass
class Elaborator:
    """Resolved trees of one claim as index expressions."""

    context: Context
    classes: Sizes
    order: int
    reading: Reading
    conventions: bool
    end: float
    unknowns: Mapping[str, tuple[Ref, ...]]
    known: Mapping[str, str]
    scope: dict[str, Any] = field(
        default_factory=dict
    )  # letters -> values from 1 (or where they start), parameters -> Term
    nodes: dict[str, Node] = field(default_factory=dict)
    facts: list[Fact] = field(default_factory=list)
    conventional: dict[str, None] = field(default_factory=dict)
    cut: frozenset[str] = frozenset()  # names that are differentiated by: not expanded
    held: set[str] = field(default_factory=set)  # names that were left as they are inside of their own definition
    floor: dict[Index, sp.Expr] = field(
        default_factory=dict
    )  # index of a recurrence -> the step from which it is put in
    _stack: tuple[str, ...] = ()

    @classmethod
    def of(cls, claim: Claim, reading: Reading, conventions: bool, end: float) -> Elaborator:
        context = claim.context
        assert context is not None
        if reading.scalars or reading.elementwise or reading.log_base or reading.layout != "gradient":
            raise Outside
        self = cls(
            context,
            claim_sizes(claim),
            claim.order,
            reading,
            conventions,
            end,
            unknown_functions(claim),
            known_facts(claim),
        )
        both = Plus((claim.left, claim.right))  # type: ignore[arg-type]
        for letter in free_letters(both):
            size = self._range(both, letter) or Size(f"letter {letter}")
            self.scope[letter] = Index(letter, size) + 1
        for ref in refs(both):
            if ref.indices and self._in_a_circle(ref.key):
                for i, k in self._steps_of(ref):
                    self.floor[i] = max(k, self.floor.get(i, k))
        return self

    def _steps_of(self, ref: Ref) -> list[tuple[Index, sp.Expr]]:
        if any(r.key not in self.scope for i in ref.indices for r in refs(i)):
            return []
        return [step for v in self.positions(i for i in ref.indices if not isinstance(i, Slice)) for step in _steps(v)]

    def assumptions(self) -> Iterable[Assumption]:
        for key in self.conventional:
            yield Assumption(f"{key} > 0", "convention")

    def sides(self, left: Expr, right: Expr) -> tuple[sp.Expr, sp.Expr]:
        """Both sides as scalar expressions under the same indices."""
        a, b = self(left), self(right)
        if bool(a.axes) != bool(b.axes) and sp.S.Zero not in (a.expr, b.expr):
            raise Outside
        if (
            a.axes
            and b.axes
            and tuple(i is None for i in (a.row, a.column)) != tuple(i is None for i in (b.row, b.column))
        ):
            raise Outside
        a, b = aligned(a, b)
        return a.expr, b.expr

    def tests(self, conditions: Iterable[Statement]) -> sp.Expr:
        """1 where the conditions on the free indices hold, else 0; what is not read restricts nothing."""
        result = sp.S.One
        for condition in conditions:
            try:
                result *= self.truth(condition)
            except Outside:
                continue
        return result

    # -- expressions --------------------------------------------------------------------------------------------------
    def __call__(self, expr: Expr) -> Term:
        effort.step(20)
        if effort.is_over(self.end):
            raise Outside
        method = _METHODS.get(type(expr))
        if method is None:
            raise Outside
        return method(self, expr)

    def scalar(self, expr: Expr) -> sp.Expr:
        term = self(expr)
        if term.axes:
            raise Outside
        return term.expr

    def _number(self, expr: Number) -> Term:
        return Term(sp.Rational(expr.value.numerator, expr.value.denominator))

    def _plus(self, expr: Plus) -> Term:
        if any(isinstance(t, Dots) for t in expr.terms):
            raise Outside
        result = self(expr.terms[0])
        for term in expr.terms[1:]:
            result = combined(lambda a, b: a + b, result, self(term))
        return result

    def _negate(self, expr: Negate) -> Term:
        return self(expr.arg).each(lambda x: -x)

    def _product(self, expr: Product) -> Term:
        if isinstance(expr.right, Dots) or isinstance(expr.left, Dots):
            raise Outside
        return self.multiply(self(expr.left), self(expr.right), expr.op)

    @staticmethod
    def multiply(a: Term, b: Term, op: str) -> Term:
        """The product that the operator, or the shapes, ask for."""
        if not a.axes or not b.axes or op in ("odot", "star"):
            return combined(lambda x, y: x * y, a, b)
        b = b.fresh()
        vectors = len(a.axes) == len(b.axes) == 1
        if op == "outer" and vectors:
            return Term(a.expr * b.expr, a.axes[0], b.axes[0])
        if op == "dot" and vectors and not (a.column is not None and b.row is not None):
            a, b = Term(a.expr, None, a.axes[0]), Term(b.expr, b.axes[0], None)
        if (a.column is None) != (b.row is None):
            raise Outside
        if a.column is None:
            return Term(a.expr * b.expr, a.row, b.column)
        assert b.row is not None
        if a.column.size != b.row.size:
            raise Outside
        k = fresh_index(a.column)
        body = reindex(a.expr, {a.column: k}) * reindex(b.expr, {b.row: k})
        return Term(total(body, (k,)), a.row, b.column)

    def _quotient(self, expr: Quotient) -> Term:
        return combined(lambda a, b: a / b, self(expr.numerator), self(expr.denominator))

    def _power(self, expr: Power) -> Term:
        exponent = self(expr.exponent)
        if isinstance(expr.base, Ref) and expr.base.key == "e" and not expr.base.indices and not self._is_named("e"):
            return exponent.each(sp.exp)
        base = self(expr.base)
        if exponent.axes or (len(base.axes) == 2 and not expr.elementwise):
            raise Outside
        return base.each(lambda x: _power(x, exponent.expr))

    def _root(self, expr: Root) -> Term:
        degree = sp.Integer(2) if expr.degree is None else self.scalar(expr.degree)
        return self(expr.arg).each(lambda x: _power(x, 1 / degree))

    def _transpose(self, expr: Transpose) -> Term:
        return self(expr.arg).transposed

    def _absolute(self, expr: Absolute) -> Term:
        value = self(expr.arg)
        if len(value.axes) == 2:
            raise Outside
        return value.each(fn.absolute)

    def _norm(self, expr: Norm) -> Term:
        value = self(expr.arg).fresh()
        order = expr.order
        frobenius = isinstance(order, (Ref, Symbol)) and (order.key if isinstance(order, Ref) else order.name) == "F"
        if order is not None and not frobenius and len(value.axes) == 2:
            raise Outside
        if isinstance(order, Infinity):
            return Term(total(fn.absolute(value.expr), value.axes, "max"))
        p = sp.Integer(2) if order is None or frobenius else self.scalar(order)
        inner = value.expr**2 if p == 2 else _power(fn.absolute(value.expr), p)
        return Term(_power(total(inner, value.axes), 1 / p))

    # -- names --------------------------------------------------------------------------------------------------------
    def _is_named(self, key: str) -> bool:
        return key in self.scope or self.context.is_defined(key)

    def _ref(self, expr: Ref) -> Term:
        key = expr.key
        if key in self.scope:
            value = self.scope[key]
            if not isinstance(value, Term):
                if expr.indices:
                    raise Outside
                return Term(value)
            return Term(value.at([v - 1 for v in self.positions(expr.indices)])) if expr.indices else value
        if not expr.indices and not self.context.is_defined(key):
            if key in ("e", "\\mathrm{e}"):
                return Term(sp.E)
            if key == "\\pi":
                return Term(sp.pi)
        if not self.context.is_defined(key):
            if key in ("\\delta", "1", "I") and len(expr.indices) == 2:
                a, b = self.positions(expr.indices)
                return Term(fn.eq(a, b))
            if is_identity(key) and self.context.rank(expr) == 2:
                i = self._axis(key, 0)
                j = fresh_index(i)
                return Term(fn.eq(i, j), i, j)
        if any(isinstance(i, Slice) for i in expr.indices):
            return self._sliced(expr)
        return self.entry(key, self.positions(expr.indices))

    def positions(self, indices: Iterable[Expr]) -> tuple[sp.Expr, ...]:
        """The values of indices, as they are written (counted from 1)."""
        return tuple(sp.expand(self.scalar(i)) for i in indices)

    def _sliced(self, expr: Ref) -> Term:
        whole = self.entry(expr.key, ())
        if len(whole.axes) != 2 or len(expr.indices) != 2:
            raise Outside
        row, column = expr.indices
        if isinstance(row, Slice) and isinstance(column, Slice):
            return whole
        fixed, kept = (whole.row, whole.column) if isinstance(column, Slice) else (whole.column, whole.row)
        assert fixed is not None and kept is not None
        (position,) = self.positions(i for i in expr.indices if not isinstance(i, Slice))
        part = Term(reindex(whole.expr, {fixed: position - 1}), kept)
        return part.transposed if expr.key in self.context.rows else part

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
        base = self._base(key)
        full = self.entry(key, (*values, *(i + base for i in axes))) if key not in self._stack else None
        if full is not None and full.axes:
            raise Outside
        expr = self.leaf(key, (*values, *(i + base for i in axes))) if full is None else full.expr
        if rank == 2:
            return Term(expr, axes[0], axes[1])
        return Term(expr, None, axes[0]) if key in self.context.rows else Term(expr, axes[0])

    def _before(self, key: str, values: tuple[sp.Expr, ...]) -> bool:
        """Is this an earlier step of a recurrence than the claim is about?  It stays as it is on both sides."""
        if not self.floor or not self._in_a_circle(key):
            return False
        return any(k < self.floor.get(i, k) for v in values for i, k in _steps(v))

    def _definition(self, key: str, values: tuple[sp.Expr, ...]) -> Callable[[], Term] | None:
        """How to put in the definition of ``key[values]``."""
        definitions = [
            d
            for d in self.context.definitions_of(key, self.order)
            if d.parameters is None or all(isinstance(p, Ref) and not p.indices for p in d.parameters)
        ]
        if any(isinstance(i, Number) for d in definitions for i in d.indices) and any(not v.is_number for v in values):
            raise Outside  # it depends on the value of an index
        exact = [(d, b) for d in definitions if (b := _bound(d, values)) is not None]
        if exact:
            d, bound = min(exact, key=lambda pair: len(pair[1]))
            return lambda: self._defined(d, bound)
        for d in definitions:
            head = values[: len(d.indices)]
            if len(d.indices) < len(values) and (bound_head := _bound(d, head)) is not None:
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
        base = self._base(key)
        return Access(node, [sp.expand(v - base) for v in values])

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
            elif fact in ("positive", "unit"):
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

    # -- sizes --------------------------------------------------------------------------------------------------------
    def _base(self, key: str) -> int:
        return self.context.bases.get(key, 1)

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

    # -- operators with a scope ---------------------------------------------------------------------------------------
    def _big(self, expr: Big) -> Term:
        if expr.op not in ("sum", "prod", "max", "min") or not expr.variables or expr.domain is not None:
            raise Outside
        low = sp.S.One if expr.lower is None else self.scalar(expr.lower)
        new: dict[str, Any] = {}
        over = []
        for variable in expr.variables:
            if expr.upper is not None:
                size = sp.expand(self.scalar(expr.upper) - low + 1)
                if not size.is_positive or size.atoms(Index) or accesses(size):
                    raise Outside
            else:
                found = self._range(expr.body, variable.name)
                if found is None:
                    raise Outside
                size = found
            index = fresh_index(Index(variable.name, size))
            over.append(index)
            new[variable.name] = index + low
        old = self.scope
        self.scope = {**old, **new}
        try:
            body = self(expr.body)
            tests = sp.Mul(*(self.truth(c) for c in expr.conditions))
        finally:
            self.scope = old
        if tests != 1 and expr.op != "sum":
            raise Outside
        if expr.op != "sum" and body.axes:
            raise Outside
        if expr.op == "prod":
            value = body.expr
            for i in over:
                value = total(value, (i,), "prod")
            return Term(value)
        return replace(body, expr=total(tests * body.expr, over, expr.op))

    def truth(self, statement: Statement) -> sp.Expr:
        """1 where the condition holds, else 0."""
        if not statement.relations or len(statement.terms) != len(statement.relations) + 1:
            raise Outside
        values = [self.scalar(t) for t in statement.terms]
        result = sp.S.One
        for a, b, relation in zip(values, values[1:], statement.relations):
            if relation not in BRACKETS:
                raise Outside
            result *= BRACKETS[relation](a, b)
        return result

    def _cases(self, expr: Cases) -> Term:
        branches = list(expr.branches)
        value, last = branches[-1]
        if last is not None and last.relations and not _complete([c for _, c in branches]):
            raise Outside
        result = self(value)
        for branch, condition in reversed(branches[:-1]):
            if condition is None:
                raise Outside
            test = self.truth(condition)
            result = combined(lambda a, b, test=test: fn.where(test, a, b), self(branch), result)  # type: ignore[misc]
        return result

    def _indicator(self, expr: Indicator) -> Term:
        return Term(self.truth(expr.condition))

    # -- functions ----------------------------------------------------------------------------------------------------
    def _call(self, expr: Call) -> Term:
        if not isinstance(expr.function, Ref) or expr.parameters:
            raise Outside
        args = [self(a) for a in expr.args]
        value = self.apply(expr.function, args, expr.primes, expr.subs)
        if expr.subs and not self._is_family(expr.function, len(args)):
            return Term(value.at([v - 1 for v in self.positions(expr.subs)]))
        return value

    def _definitions_of(self, function: Ref, count: int) -> list[Definition]:
        found = [] if function.key in self.cut else self.context.definitions_of(function.key, self.order)
        return [d for d in found if d.parameters is not None and len(d.parameters) == count]

    def _is_family(self, function: Ref, count: int) -> bool:
        """Is the function defined with an index?"""
        return any(d.indices for d in self._definitions_of(function, count)[:1])

    def apply(self, function: Ref, args: list[Term], primes: int, subs: Sequence[Expr] = ()) -> Term:
        """A function, or a derivative of it, at values."""
        if primes:
            if len(args) != 1:
                raise Outside
            x = sp.Dummy("x", real=True)
            slope = self.apply(function, [Term(x)], 0)
            if slope.axes:
                raise Outside
            value = slope.expr
            for _ in range(primes):
                value = value.diff(x)
            return args[0].each(lambda v: _put(value, x, v))
        key = function.key
        for d in (defined := self._definitions_of(function, len(args)))[:1]:
            if len(defined) > 1 or any(not isinstance(i, Ref) or i.key.isupper() for i in d.indices):
                raise Outside  # which one it is depends on the index
            return self._apply_definition(d, args, (*function.indices, *subs))
        name = key.strip("\\")
        name = BUILTIN.get(name, name)
        if name == "sigma" and self.reading.sigma:
            name = "sigmoid"
        if name in ELEMENTWISE and len(args) == 1:
            return args[0].each(ELEMENTWISE[name])
        if name in BUILT:
            return BUILT[name](args)
        if function.indices:
            key = f"{key}[{','.join(str(v) for v in self.positions(function.indices))}]"
        if len(args) == 1 and args[0].axes:
            acts = self.context.ranks.known.get((function.key, -1), (1, 0))[0] > 0
            if name.startswith("mathcal") or name in LOSS_NAMES or not acts:
                raise Outside
        elif any(a.axes for a in args):
            raise Outside
        if function.key in self.unknowns:
            raise Outside
        if len(args) == 1:
            return args[0].each(lambda v: Unknown(key, (0,), v))
        return Term(Unknown(key, (0,) * len(args), *(a.expr for a in args)))

    def _apply_definition(self, d: Definition, args: list[Term], indices: Sequence[Expr]) -> Term:
        assert d.parameters is not None
        if d.key in self._stack or not all(isinstance(p, Ref) and not p.indices for p in d.parameters):
            raise Outside
        bound: dict[str, Any] = {}
        if d.indices and indices and len(d.indices) != len(indices):
            raise Outside
        for index, actual in zip(d.indices, self.positions(indices)):
            if isinstance(index, Ref):
                bound[index.key] = actual
        names = [p.key for p in d.parameters if isinstance(p, Ref)]
        own = [i.key for i in d.indices if isinstance(i, Ref)]
        letters = list(dict.fromkeys(x for x in (*own, *free_letters(d.body)) if x not in bound and x not in names))
        wants = [self.context.rank(p) for p in d.parameters if isinstance(p, Ref)]
        if len(args) == 1 and args[0].axes and not any(wants) and not letters:
            inner = self._within({**bound, names[0]: Term(args[0].expr)}, d.key, d.body)
            if inner.axes:
                raise Outside
            return replace(args[0], expr=inner.expr)
        bound |= dict(zip(names, args))
        if not letters:
            return self._within(bound, d.key, d.body)
        arg = next((a for a in args if a.axes), None)
        if len(letters) > 1 or arg is None or len(arg.axes) != 1:
            raise Outside
        axis = fresh_index(arg.axes[0])
        body = self._within({**bound, letters[0]: axis + 1}, d.key, d.body)
        if body.axes:
            raise Outside
        return Term(body.expr, axis)

    # -- derivatives --------------------------------------------------------------------------------------------------
    def _derivative(self, expr: Derivative) -> Term:
        if expr.of is None:
            raise Outside
        of = expr.of if len(expr.by) == 1 else Derivative(expr.of, expr.by[1:], expr.total)
        return self.slope(of, expr.by[0])

    def _nabla(self, expr: Nabla) -> Term:
        if len(expr.by) != 1 or expr.order != 1:
            raise Outside
        return self.slope(expr.of, expr.by[0])

    def slope(self, of: Expr, by: Expr) -> Term:
        """d of / d by through everything that lies between; ``by`` itself is free, its value is put in afterwards."""
        if not isinstance(by, Ref) or any(isinstance(i, Slice) for i in by.indices):
            raise Outside
        if by.key in self.scope:
            return self._slope_by_parameter(of, by)
        positions = self.positions(by.indices)
        old = self.cut, self.held, self.floor
        self.cut, self.held = self.cut | {by.key}, set()
        if self._in_a_circle(by.key):
            self.floor = {**self.floor, **dict(step for v in positions for step in _steps(v))}
        try:
            variable = self.entry(by.key, positions)
            value = self(of)
            if not isinstance(variable.expr, Access):
                raise Outside
            target = variable.expr
            slope = self._slope(value.expr, target, len(positions))
            if self.held:
                raise Outside
        finally:
            self.cut, self.held, self.floor = old
        value = replace(value, expr=slope)
        if target.node.name in self.nodes and by.key not in self.cut:
            value = replace(value, expr=self._with_value(slope, by.key, target.node))
        return self._arranged(value, variable)

    @staticmethod
    def _arranged(value: Term, variable: Term) -> Term:
        if not value.axes:
            return Term(value.expr, variable.row, variable.column)
        if not variable.axes:
            return value
        if len(value.axes) == len(variable.axes) == 1:
            return Term(value.expr, value.axes[0], variable.axes[0])
        raise Outside

    def _slope_by_parameter(self, of: Expr, by: Ref) -> Term:
        value = self.scope[by.key]
        if not isinstance(value, Term) or value.axes or by.indices:
            raise Outside
        x = sp.Dummy("x", real=True)
        old = self.scope
        self.scope = {**old, by.key: Term(x)}
        try:
            return self(of).each(lambda e: _put(e.diff(x), x, value.expr))
        finally:
            self.scope = old

    def _slope(self, expr: sp.Expr, target: Access, fixed: int) -> sp.Expr:
        """d expr / d target by the adjoint rule; an open loss passes on its free slopes."""
        key = _key(target.node)
        looped = self._in_a_circle(key)
        terms = []
        for access, cotangent, domain in pull_back(expr, sp.S.One, frozenset()):
            node = access.node
            name = _key(node)
            if node.name == target.node.name:
                if looped and access.subs[:fixed] != target.subs[:fixed]:
                    raise Outside
                stand_ins = tuple(fresh_index(i) for i in node.axes)
                share = collect(access.subs, cotangent, domain, stand_ins)
                terms.append(reindex(share, dict(zip(stand_ins, target.subs))))
            elif name in self.unknowns:
                if node.axes or name == key:
                    raise Outside
                for other in self.unknowns[name]:
                    terms.append(cotangent * self._through(name, other, target, fixed))
            elif name == key:
                raise Outside
            elif node.name.startswith("slope "):
                raise Outside  # a second derivative of an open loss
        return sp.Add(*terms)

    def _through(self, loss: str, other: Ref, target: Access, fixed: int) -> sp.Expr:
        """What an open loss receives through ``other``, one of the names that it is a function of."""
        expr, subs, over = self._all_entries(other, target)
        axes = tuple(self._axis(other.key, k) for k in range(len(subs)))
        slope = Access(Node(f"slope {loss} by {other.key}", axes), subs)
        return total(slope * self._slope(expr, target, fixed), over)

    def _all_entries(self, ref: Ref, target: Access) -> tuple[sp.Expr, tuple[sp.Expr, ...], tuple[Index, ...]]:
        """``(entry, its indices from 0, those that run)`` of all that a name with open indices stands for."""
        ref = Ref(ref.key) if all(isinstance(i, Slice) for i in ref.indices) else ref
        fixed = self.positions(ref.indices)
        base = self._base(ref.key)
        value = self.entry(ref.key, fixed).fresh()
        over = value.axes
        if not over:
            counts = {len(d.indices) for d in self.context.definitions_of(ref.key, self.order) if d.parameters is None}
            if ref.key == _key(target.node):
                counts = {len(target.node.axes)}
            if len(counts) > 1:
                raise Outside
            more = max(counts, default=0) - len(fixed)
            over = tuple(fresh_index(self._axis(ref.key, len(fixed) + k)) for k in range(more))
            if over:
                value = self.entry(ref.key, (*fixed, *(i + base for i in over)))
        if value.axes and value.axes != over:
            raise Outside
        return value.expr, (*(sp.expand(v - base) for v in fixed), *over), over

    def _in_a_circle(self, key: str) -> bool:
        return any(self.context.reaches(d.body, key, self.order) for d in self.context.definitions_of(key, self.order))

    def _with_value(self, expr: sp.Expr, key: str, node: Node) -> sp.Expr:
        """The values of ``key`` put in for the free variables that stood for them."""
        if not self.context.definitions_of(key, self.order):
            return expr
        base = self._base(key)

        def leaf(part):
            if isinstance(part, Access) and part.node.name == node.name:
                value = self.entry(key, tuple(s + base for s in part.subs))
                if value.axes:
                    raise Outside
                return value.expr
            return None

        return transform(expr, leaf)


_ONE = Fraction(1)

_METHODS: dict[type, Callable[[Elaborator, Any], Term]] = {
    Number: Elaborator._number,
    Ref: Elaborator._ref,
    Plus: Elaborator._plus,
    Negate: Elaborator._negate,
    Product: Elaborator._product,
    Quotient: Elaborator._quotient,
    Power: Elaborator._power,
    Root: Elaborator._root,
    Transpose: Elaborator._transpose,
    Absolute: Elaborator._absolute,
    Norm: Elaborator._norm,
    Call: Elaborator._call,
    Big: Elaborator._big,
    Cases: Elaborator._cases,
    Indicator: Elaborator._indicator,
    Derivative: Elaborator._derivative,
    Nabla: Elaborator._nabla,
}

BRACKETS: dict[str, Callable[[sp.Expr, sp.Expr], sp.Expr]] = {
    "=": fn.eq,
    "!=": fn.ne,
    ">": fn.gt,
    ">=": fn.ge,
    "<": lambda a, b: fn.gt(b, a),
    "<=": lambda a, b: fn.ge(b, a),
}

ELEMENTWISE: dict[str, Callable[[sp.Expr], sp.Expr]] = {
    "exp": sp.exp,
    "log": sp.log,
    "sqrt": lambda x: _power(x, sp.Rational(1, 2)),
    "sigmoid": fn.sigmoid,
    "softplus": fn.softplus,
    "relu": lambda x: fn.maximum(0, x),
    "abs": fn.absolute,
    "sign": fn.sign,
    "step": lambda x: fn.gt(x, 0),
    "sin": sp.sin,
    "cos": sp.cos,
    "tan": sp.tan,
    "sinh": sp.sinh,
    "cosh": sp.cosh,
    "tanh": sp.tanh,
    "arctan": sp.atan,
    "erf": sp.erf,
}


def _steps(value: sp.Expr) -> list[tuple[Index, sp.Expr]]:
    """l - 1 as the index l and the step -1."""
    rest, index = value.as_independent(Index, as_Add=True) if value.is_Add else (sp.S.Zero, value)
    return [(index, rest)] if isinstance(index, Index) and rest.is_Integer else []


def _key(node: Node) -> str:
    """The name that a node stands for."""
    return node.name.rsplit("/", 1)[0]


def _power(base: sp.Expr, exponent: sp.Expr) -> sp.Expr:
    """base ** exponent over the reals; SymPy's sqrt(x^2) is the absolute value."""
    value = base**exponent
    return value.replace(sp.Abs, fn.absolute) if value.has(sp.Abs) else value


def _put(expr: sp.Expr, x: sp.Dummy, value: sp.Expr) -> sp.Expr:
    return expr.xreplace({x: value})


def _extremum(op: str, pair: Callable[[sp.Expr, sp.Expr], sp.Expr]) -> Callable[[list[Term]], Term]:
    def of(args: list[Term]) -> Term:
        if len(args) == 1:
            value = args[0].fresh()
            return Term(total(value.expr, value.axes, op)) if value.axes else value
        result = args[0]
        for arg in args[1:]:
            result = combined(pair, result, arg)
        return result

    return of


def _softmax(args: list[Term]) -> Term:
    z = _vector(args)
    inner = z.fresh()
    return z.each(lambda x: sp.exp(x) / total(sp.exp(inner.expr), inner.axes))


def _logsumexp(args: list[Term]) -> Term:
    z = _vector(args).fresh()
    return Term(sp.log(total(sp.exp(z.expr), z.axes)))


def _vector(args: list[Term]) -> Term:
    if len(args) != 1 or len(args[0].axes) != 1:
        raise Outside
    return args[0]


def _sum(args: list[Term]) -> Term:
    if len(args) != 1:
        raise Outside
    value = args[0].fresh()
    return Term(total(value.expr, value.axes))


def _mean(args: list[Term]) -> Term:
    return _sum(args).each(lambda x: x / sp.Mul(*(i.size for i in args[0].axes)))


def _trace(args: list[Term]) -> Term:
    if len(args) != 1:
        raise Outside
    a = args[0].fresh()
    if not a.axes:
        return a
    if a.row is None or a.column is None or a.row.size != a.column.size:
        raise Outside
    return Term(total(reindex(a.expr, {a.column: a.row}), (a.row,)))


def _diag(args: list[Term]) -> Term:
    if len(args) != 1:
        raise Outside
    a = args[0].fresh()
    if len(a.axes) == 1:
        (i,) = a.axes
        j = fresh_index(i)
        return Term(a.expr * fn.eq(i, j), i, j)
    if a.row is None or a.column is None or a.row.size != a.column.size:
        raise Outside
    return Term(reindex(a.expr, {a.column: a.row}), a.row)


BUILT: dict[str, Callable[[list[Term]], Term]] = {
    "max": _extremum("max", fn.maximum),
    "min": _extremum("min", fn.minimum),
    "softmax": _softmax,
    "logsumexp": _logsumexp,
    "sum": _sum,
    "mean": _mean,
    "trace": _trace,
    "diag": _diag,
}


def _bound(d: Definition, values: tuple[sp.Expr, ...]) -> dict[str, sp.Expr] | None:
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


def _complete(conditions: list[Statement | None]) -> bool:
    """Do two conditions exclude each other and leave nothing out, as > and <= do?"""
    if len(conditions) != 2 or any(c is None or len(c.relations) != 1 for c in conditions):
        return False
    first, second = conditions
    assert first is not None and second is not None
    opposite = {">": "<=", "<=": ">", "<": ">=", ">=": "<", "=": "!=", "!=": "="}
    turned = {">": "<", "<": ">", ">=": "<=", "<=": ">=", "=": "=", "!=": "!="}
    relation = first.relations[0]
    if relation not in opposite:
        return False
    if first.terms == second.terms:
        return second.relations[0] == opposite[relation]
    return first.terms == second.terms[::-1] and second.relations[0] == turned[opposite[relation]]


__all__ = ["Outside", "Proof", "prove"]
