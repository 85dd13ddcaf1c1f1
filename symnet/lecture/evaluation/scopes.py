"""Operators with a scope: sums, products and extrema over indices, cases, conditions."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping

import mpmath
import numpy as np

from symnet.lecture.context.refs import Ref, refs
from symnet.lecture.context.sizes import named, shown
from symnet.lecture.evaluation.arithmetic import multiply
from symnet.lecture.evaluation.evaluator import Evaluator, Methods, Scope
from symnet.lecture.evaluation.integrals import integral
from symnet.lecture.evaluation.limits import limit
from symnet.lecture.evaluation.patterns import is_no_count
from symnet.lecture.evaluation.steps import last_step
from symnet.lecture.reader.syntax import Big, Cases, Derivative, Expr, Indicator, Infinity, SetOf, Slice, Statement
from symnet.lecture.values.errors import NeedsContext, ShapeError, Unsupported
from symnet.lecture.values.matrices import Value, broadcast, extremum, larger, smaller
from symnet.lecture.values.scalars import Undefined, plain
from symnet.lecture.values.spectra import ABOVE

ORDER = ("<", ">", "<=", ">=")
MOST_OF_SERIES = 800  # terms of a sum without end
LAST_OF_SERIES = mpmath.mpf("1e-32")  # a term that changes nothing


def big(at: Evaluator, expr: Big, scope: Scope) -> Value:
    if expr.op == "sum" and isinstance(expr.upper, Infinity) and len(expr.variables) == 1 and not expr.conditions:
        return _series(at, expr, scope)
    if expr.op in ("sum", "prod"):
        total: Value = 0 if expr.op == "sum" else 1
        for inner in _values_of(at, expr, scope):
            value = at(expr.body, inner)
            if expr.op == "sum":
                total = broadcast(lambda a, b: a + b, total, value, expr.span)
            else:
                total = multiply(at, total, value, "juxtapose", expr.span)
        return total
    if expr.op in ("max", "min") and expr.variables:
        values = [at(expr.body, inner) for inner in _values_of(at, expr, scope)]
        if not values or any(isinstance(v, np.ndarray) for v in values):
            raise Undefined("a maximum over nothing")
        return extremum(values, larger if expr.op == "max" else smaller, expr)
    if expr.op in ("argmax", "argmin") and expr.variables:
        return _place_of_extremum(at, expr, scope)
    if expr.op == "lim" and len(expr.variables) == 1 and expr.lower is not None:
        return limit(at, expr, scope, lambda inner: all(truth(at, c, inner) for c in expr.conditions))
    if expr.op == "int":
        return integral(at, expr, scope)
    what = "a limit" if expr.op == "lim" else f"{expr.op} over a set"
    raise Unsupported(f"{what} is not evaluated", expr.span)


def _series(at: Evaluator, expr: Big, scope: Scope) -> Value:
    """A sum without end whose terms soon go to zero; undefined where they grow."""
    if at.singles:
        raise Unsupported("a range of more than one value", expr.span)
    total: Value = 0
    start = at.integer(expr.lower, scope) if expr.lower is not None else 1
    small = 0  # terms on end that change nothing
    for k in range(start, start + MOST_OF_SERIES):
        term = at(expr.body, {**scope, expr.variables[0].name: k})
        total = broadcast(lambda a, b: a + b, total, term, expr.span)
        sizes = [abs(plain(x)) for x in (term.ravel() if isinstance(term, np.ndarray) else [term])]
        small = small + 1 if max(sizes) < LAST_OF_SERIES else 0
        if small > 3:
            return total
        if max(sizes) > 1 / mpmath.sqrt(LAST_OF_SERIES):
            raise Undefined("a sum that does not converge")
    raise Undefined("a sum that converges slowly or not at all")


def _place_of_extremum(at: Evaluator, expr: Big, scope: Scope) -> Value:
    """The first index of the extremum; of several that all count from 0 the place, row by row from 0."""
    inners = list(_values_of(at, expr, scope))
    names = [v.name for v in expr.variables]
    if len(names) > 1 and (expr.conditions or any(inners[0][name] != 0 for name in names)):
        raise Unsupported(f"{expr.op} over a set is not evaluated", expr.span)
    values = [at(expr.body, inner) for inner in inners]
    better = larger if expr.op == "argmax" else smaller
    best = 0
    for place, value in enumerate(values):
        if plain(better(values[best], value)) != plain(values[best]):
            best = place
    return inners[best][names[0]] if len(names) == 1 else best


def _size(at: Evaluator, upper: Expr, scope: Scope) -> int | None:
    """The size that a sum runs up to where the name of it also stands for a formula, as a divergence K; or None."""
    if not isinstance(upper, Ref) or upper.indices or upper.key in scope:
        return None
    return at.size(f"size:{upper.key}") if is_no_count(at.context, upper, at.order) else None


def _values_of(at: Evaluator, expr: Big, scope: Scope) -> Iterator[Mapping[str, Value]]:
    """The scopes of the terms."""
    if not expr.variables:
        raise Unsupported(f"the {expr.op} does not say over what", expr.span)
    ranges = []
    for variable in expr.variables:
        name = variable.name
        low = at.integer(expr.lower, scope) if expr.lower is not None else None
        last = last_step(at.context, at.unknowns, at.order, expr.body, name)
        if last is not None and low is not None and low < at.first_step:
            raise Unsupported("a sum that begins before the first step", expr.span)
        if expr.upper is not None:
            if isinstance(expr.upper, Infinity):
                raise Unsupported("an infinite sum", expr.span)
            start = 1 if low is None else low
            end = _size(at, expr.upper, scope)
            if end is None:
                end = at.integer(expr.upper, scope)
            if end < start - 1:
                raise Undefined("a sum that ends before it begins")
            if end - start > 60:
                raise Unsupported("a sum over too many terms", expr.span)
            _check_end(at, expr, name, end)
            ranges.append(range(start, end + 1))
        elif isinstance(expr.domain, SetOf):
            ranges.append([at.integer(i, scope) for i in expr.domain.items])  # type: ignore[arg-type]
        elif last is not None:
            ranges.append(range(at.first_step if low is None else low, last + 1))
        else:
            start = 1 if low is None else low
            ranges.append(range(start, start + at.range_size(expr.body, name)))
    if at.singles and any(len(r) > 1 for r in ranges):
        raise Unsupported("a range of more than one value", expr.span)
    names = [v.name for v in expr.variables]
    for values in itertools.product(*ranges):
        inner = {**scope, **dict(zip(names, values))}
        if all(truth(at, c, inner) for c in expr.conditions):
            yield inner


def _check_end(at: Evaluator, expr: Big, letter: str, end: int) -> None:
    r"""Does ``\sum_{i=1}^{m+1} \partial L / \partial y_i`` of an open L run beyond the entries that L is given?

    The derivative by an entry that is not there would be zero.
    """
    if expr.upper is None or isinstance(expr.upper, Ref) or not (names := {r.key for r in refs(expr.upper)}):
        return
    for part in expr.body.walk():
        if not isinstance(part, Derivative) or not isinstance(part.of, Ref):
            continue
        whole = [r.key for r in at.unknowns.get(part.of.key, ()) if any(isinstance(i, Slice) for i in r.indices)]
        for by in part.by:
            if not isinstance(by, Ref) or by.key not in whole:
                continue
            for axis in (f"axis:{by.key}:{k}" for k, i in enumerate(by.indices) if i == Ref(letter)):
                root = at.classes.find(axis)
                if at.is_windowed(axis):
                    continue  # it has as many entries as there are places
                if not named(root):
                    raise NeedsContext(f"how many entries {by.key} has is not known")
                if end > at.size(axis):
                    if any(at.classes.find(f"size:{name}") == root for name in names):
                        raise ShapeError(f"the sum over {letter} runs beyond the {shown(root)} entries of {by.key}")
                    raise Undefined("an index out of range")


def truth(at: Evaluator, statement: Statement, scope: Scope) -> bool:
    """Does a condition hold here?"""
    if not statement.relations:
        raise Unsupported("a condition without a relation", statement.span)
    values = [_operand(at, t, scope) for t in statement.terms]
    for a, b, relation in zip(values, values[1:], statement.relations):
        if relation in ABOVE:
            if not ABOVE[relation](a, b):
                return False
            continue
        if relation not in COMPARE:
            raise Unsupported(f"a condition with {relation}", statement.span)
        if isinstance(a, np.ndarray) or isinstance(b, np.ndarray):
            raise Unsupported("a condition on a vector", statement.span)
        if not COMPARE[relation](plain(a), plain(b)):
            return False
    return True


def _operand(at: Evaluator, expr: Expr, scope: Scope) -> Value:
    return float("inf") if isinstance(expr, Infinity) else at(expr, scope)


def cases(at: Evaluator, expr: Cases, scope: Scope) -> Value:
    for branch, condition in expr.branches:
        if condition is None or truth(at, condition, scope):
            return at(branch, scope)
    raise Undefined("no case applies")


def indicator(at: Evaluator, expr: Indicator, scope: Scope) -> Value:
    terms, relations = expr.condition.terms, expr.condition.relations
    if len(relations) == 1 and relations[0] in ORDER:  # [x > 0] of an array: of each entry
        a, b = (_operand(at, t, scope) for t in terms)
        if isinstance(a, np.ndarray) or isinstance(b, np.ndarray):
            compared = COMPARE[relations[0]]
            return broadcast(lambda x, y: int(compared(plain(x), plain(y))), a, b, expr.span)
    return int(truth(at, expr.condition, scope))


COMPARE = {
    "=": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


METHODS: Methods = {Big: big, Cases: cases, Indicator: indicator}
