"""Resolved trees as index expressions: arithmetic, names as they stand, operators with a scope."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import sympy as sp

from symnet.ir import functions as fn
from symnet.ir.expr import Index, Size, accesses, fresh_index, reindex
from symnet.lecture import effort
from symnet.lecture.claims.claim import Claim
from symnet.lecture.context.identities import is_identity
from symnet.lecture.context.letters import free_letters
from symnet.lecture.context.refs import Ref, refs
from symnet.lecture.evaluation.reading import Reading
from symnet.lecture.proof.calls import Calls
from symnet.lecture.proof.names import steps_of
from symnet.lecture.proof.terms import Outside, Term, aligned, combined, real_power, total
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
from symnet.lecture.verdict import Assumption


class Elaborator(Calls):
    """Resolved trees of one claim as index expressions."""

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
        return [
            step for v in self.positions(i for i in ref.indices if not isinstance(i, Slice)) for step in steps_of(v)
        ]

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

    def __call__(self, expr: Expr) -> Term:
        effort.step(20)
        if effort.is_over(self.end):
            raise Outside
        method = _METHODS.get(type(expr))
        if method is None:
            raise Outside
        return method(self, expr)

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
        if op == "outer":
            raise Outside
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
        own = self._is_named("e") or isinstance(expr.exponent, Number) and self.context.is_letter("e")
        if expr.base == Ref("e") and not own:
            return exponent.each(sp.exp)
        base = self(expr.base)
        if exponent.axes or (len(base.axes) == 2 and not expr.elementwise):
            raise Outside
        return base.each(lambda x: real_power(x, exponent.expr))

    def _root(self, expr: Root) -> Term:
        degree = sp.Integer(2) if expr.degree is None else self.scalar(expr.degree)
        return self(expr.arg).each(lambda x: real_power(x, 1 / degree))

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
        inner = value.expr**2 if p == 2 else real_power(fn.absolute(value.expr), p)
        return Term(real_power(total(inner, value.axes), 1 / p))

    def _ref(self, expr: Ref) -> Term:
        key = expr.key
        if key in self.scope and not (expr.indices and self.context.ranks.known.get((key, 0), (1, 0))[0] == 0):
            value = self.scope[key]
            if not isinstance(value, Term):
                if expr.indices:
                    raise Outside
                return Term(value)
            return Term(value.at([v - 1 for v in self.positions(expr.indices)])) if expr.indices else value
        if key in CONSTANTS and not expr.indices and not self.context.is_letter(key):
            return Term(CONSTANTS[key])
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

    def _derivative(self, expr: Derivative) -> Term:
        if expr.of is None:
            raise Outside
        of = expr.of if len(expr.by) == 1 else Derivative(expr.of, expr.by[1:], expr.total)
        return self.slope(of, expr.by[0])

    def _nabla(self, expr: Nabla) -> Term:
        if len(expr.by) != 1 or expr.order != 1:
            raise Outside
        return self.slope(expr.of, expr.by[0])


#: the letters that are numbers where the document gives them no meaning of its own
CONSTANTS: dict[str, sp.Expr] = {"e": sp.E, "\\mathrm{e}": sp.E, "\\pi": sp.pi}

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
