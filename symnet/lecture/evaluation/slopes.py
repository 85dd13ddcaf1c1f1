"""Derivatives, through all definitions between: forward mode, exact, nested."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from symnet.lecture.context.refs import LOSS_NAMES, Ref, refs
from symnet.lecture.evaluation.evaluator import Evaluator, Methods, Scope
from symnet.lecture.evaluation.patterns import bound_at
from symnet.lecture.reader.syntax import At, Call, Derivative, Expr, Nabla, Number, Power, Prime, Slice, Span, Transpose
from symnet.lecture.values.errors import NeedsContext, NoLoss, Unshapely, Unsupported
from symnet.lecture.values.matrices import Value, dims, matrix, positions, with_slope
from symnet.lecture.values.scalars import Dual, Undefined, as_real, objects


def at_values(at: Evaluator, expr: At, scope: Scope) -> Value:
    changed = dict(at.overrides)
    for condition in expr.conditions:
        left = condition.terms[0]
        if len(condition.terms) != 2 or condition.relations != ("=",) or not isinstance(left, Ref):
            raise Unsupported("a bar with something else than name = value", expr.span)
        indices = tuple(at.integer(i, scope) for i in left.indices)
        changed[left.key, indices] = as_real(at(condition.terms[1], scope))
    return at.again(expr.arg, scope, overrides=changed)


def derivative(at: Evaluator, expr: Derivative, scope: Scope) -> Value:
    if expr.of is None:
        raise Unsupported("a derivative of nothing", expr.span)
    of = expr.of if len(expr.by) == 1 else Derivative(expr.of, expr.by[1:], expr.total, span=expr.span)
    return _slope(at, of, expr.by[0], scope, expr.span)


def _slope(at: Evaluator, of: Expr, by: Expr, scope: Scope, span: Span) -> Value:
    """d of / d by through everything that lies between."""
    if isinstance(by, Call) and isinstance(by.function, Ref) and not by.subs:
        by = Ref(by.function.key, span=by.span)
    if isinstance(by, Transpose):
        raise Unsupported("a derivative by a transpose", span)
    if not isinstance(by, Ref):
        raise Unsupported("a derivative by what is not a name", span)
    if by.key in scope and not by.indices:
        return _scope_slope(at, of, by, scope, next(at.tags), span)
    if any(isinstance(i, Slice) for i in by.indices):
        raise Unsupported("a derivative by a slice", span)
    indices = tuple(at.integer(i, scope) for i in by.indices)
    plainly = not at.seeds and at.overrides is at.values_told
    if plainly and isinstance(of, Ref) and not of.indices and of.key not in scope:
        place = (of.key, by.key, indices)
        if place not in at.slopes:
            at.part = by.key if by.key in at.reading.parts and of.key in at.unknowns else ""
            try:
                if not at.part and any(known[0] == of.key for known in at.slopes):
                    _slopes_of_number(at, of, by, scope)
                if place not in at.slopes:
                    at.slopes[place] = _slope_at(at, of, by, indices, scope, span)
            finally:
                at.part = ""
        return at.slopes[place]
    return _slope_at(at, of, by, indices, scope, span)


def _slopes_of_number(at: Evaluator, of: Ref, by: Ref, scope: Scope) -> None:
    """The derivatives of one number that may be asked for, where one was: by all that was read, at once."""
    keys = {by.key, *at.moved} - at.reading.parts
    read = {
        place: at.entry(*place) for place in tuple(at.read) if place[0] in keys and (of.key, *place) not in at.slopes
    }
    entries = {place: [(place[0], full) for full in _fulls(place[1], value)] for place, value in read.items()}
    columns = {entry: k for k, entry in enumerate(dict.fromkeys(e for found in entries.values() for e in found))}
    tag, count = next(at.tags), len(columns)
    result = at.again(of, scope, seeds={entry: (tag, k, count) for entry, k in columns.items()})
    if isinstance(result, np.ndarray):
        return
    slope = result.slope if isinstance(result, Dual) and result.tag == tag else [0] * count
    for place, value in read.items():
        found = [slope[columns[entry]] for entry in entries[place]]
        at.slopes[of.key, place[0], place[1]] = _shaped(at, found, value)


def _fulls(indices: tuple[int, ...], value: Value) -> list[tuple[int, ...]]:
    """The indices of all entries of a value that has ``indices``."""
    return [(*indices, *place) for place in positions(value)] if isinstance(value, np.ndarray) else [indices]


def _shaped(at: Evaluator, slopes: Sequence[Any], value: Value) -> Value:
    """The derivatives of a number by all entries of a value, in the shape of that."""
    if not isinstance(value, np.ndarray):
        return slopes[0]
    shaped = objects(slopes).reshape(value.shape)
    return shaped.T if at.reading.layout == "jacobian" else shaped


def _slope_at(at: Evaluator, of: Expr, by: Ref, indices: tuple[int, ...], scope: Scope, span: Span) -> Value:
    """d of / d by[indices]."""
    if at.is_beyond(by.key, indices):
        raise Undefined("an index out of range")
    _check_count(at, of, by, indices)
    tag = next(at.tags)
    value = at.entry(by.key, indices, span)
    fulls = _fulls(indices, value)
    seeds = {(by.key, full): (tag, k, len(fulls)) for k, full in enumerate(fulls)}
    result = at.again(of, scope, seeds=seeds, overrides=_steps_before(at, of, by, scope) if at.reading.held else None)
    _check_loss(at, of, result, span)
    return _arrange(at, result, value, tag, len(fulls), span)


def _steps_before(at: Evaluator, of: Expr, by: Ref, scope: Scope) -> dict[tuple[str, tuple[int, ...]], Value]:
    """The values that are fixed, with those of the earlier steps which the formula of this step speaks of."""
    fixed = dict(at.overrides)
    if not isinstance(of, Ref) or of.key == by.key:
        return fixed
    indices = tuple(at.integer(i, scope) for i in of.indices)
    for d in at.context.definitions_of(of.key, at.order, at.but):
        bound = bound_at(d, indices, at.end)
        if bound is None or d.parameters is not None:
            continue
        for ref in refs(d.body):
            if ref.key == of.key and ref.indices:
                place = tuple(at.integer(i, bound) for i in ref.indices)
                fixed[of.key, place] = at.entry(of.key, place)
    return fixed


def _check_count(at: Evaluator, of: Expr, by: Ref, indices: tuple[int, ...]) -> None:
    """An open loss is given entries that are counted from 1: none of them is that of number 0.

    What lies a number of places back, as in a window, may be before the first.
    """
    given = at.unknowns.get(of.key, ()) if isinstance(of, Ref) else ()
    places = [r.indices for r in given if r.key == by.key]
    before = [
        k for k, i in enumerate(indices) if i < 1 and (k >= len(by.indices) or isinstance(by.indices[k], Ref | Number))
    ]
    counted = any(k >= len(p) or isinstance(p[k], Slice) for p in places for k in before)
    if counted and not at.first_step < 1:
        raise NeedsContext(f"the entries of {by.key} are counted from 0, and how many there are is not known")


def _scope_slope(at: Evaluator, of: Expr, by: Ref, scope: Scope, tag: int, span: Span) -> Value:
    value = scope[by.key]
    flat = value.ravel() if isinstance(value, np.ndarray) else [value]
    moved = [with_slope(as_real(x), (tag, k, len(flat))) for k, x in enumerate(flat)]
    inner = objects(moved).reshape(value.shape) if isinstance(value, np.ndarray) else moved[0]
    result = at(of, {**scope, by.key: inner})
    return _arrange(at, result, value, tag, len(flat), span)


def _arrange(at: Evaluator, result: Value, value: Value, tag: int, count: int, span: Span) -> Value:
    def slopes(x):
        return list(x.slope) if isinstance(x, Dual) and x.tag == tag else [0] * count

    if not isinstance(result, np.ndarray):
        return _shaped(at, slopes(result), value)
    if not isinstance(value, np.ndarray):
        return objects([slopes(x)[0] for x in result.ravel()]).reshape(result.shape)
    if 1 in result.shape and 1 in value.shape:
        rows = matrix([slopes(x) for x in result.ravel()])
        return rows.T if at.reading.layout == "transposed" else rows
    raise Unshapely("a derivative with more than two axes", span)


def _check_loss(at: Evaluator, of: Expr, value: Value, span: Span) -> None:
    """A loss is a number."""
    name = of.function if isinstance(of, Call) else of
    if not isinstance(name, Ref) or name.key not in LOSS_NAMES or at.context.is_written_out(name.key):
        return
    if isinstance(value, np.ndarray) and value.size > 1 and not (min(value.shape) > 1 and _is_matrix(at, name.key)):
        raise NoLoss(f"{name.key} is a loss, but its formula gives a {dims(value)} matrix", span)


def _is_matrix(at: Evaluator, key: str) -> bool:
    r"""Is ``C = K + \sigma^2 I`` a matrix by its formula, which squares none that a loss would be the length of?"""
    bodies = [d.body for d in at.context.definitions_of(key, at.order, at.but)]
    squares = [p for body in bodies for p in body.walk() if isinstance(p, Power)]
    return bool(bodies) and all(isinstance(p.base, Ref) and not at.context.rank(p.base) for p in squares)


def gradient(at: Evaluator, expr: Nabla, scope: Scope) -> Value:
    if len(expr.by) == 1:
        if expr.order == 1:
            return _slope(at, expr.of, expr.by[0], scope, expr.span)
        if expr.order == 2:
            return _slope(at, Nabla(expr.of, expr.by), expr.by[0], scope, expr.span)
    if expr.by and expr.order == 1:
        slopes = [_slope(at, expr.of, by, scope, expr.span) for by in expr.by]
        if any(isinstance(s, np.ndarray) for s in slopes):
            raise Unshapely("a gradient by several vectors at once", expr.span)
        return matrix([[s] for s in slopes])
    of = expr.of
    if isinstance(of, Ref) and not of.indices:  # the gradient of F where F(w) is defined
        function = at.function_definition(of.key, 1)
        if function is not None and all(isinstance(p, Ref) for p in function.parameters or ()):
            of = Call(of, function.parameters or (), certain=True)
    if isinstance(of, Call) and isinstance(of.function, Ref) and of.args:
        first = of.args[0]
        definition = at.function_definition(of.function.key, len(of.args))
        if definition is None and isinstance(first, Ref) and expr.order == 1:
            return _slope(at, of, first, scope, expr.span)
        parameter = next(iter(definition.parameters or ()), None) if definition is not None else None
        if isinstance(first, Ref) and first == parameter and first.key not in scope and len(of.args) == 1:
            once = of if expr.order == 1 else Derivative(of, (first,))
            return _slope(at, once, first, scope, expr.span)  # through other names that depend on it too
        args = [at(a, scope) for a in of.args]
        if definition is not None and len(args) > 1 and not any(isinstance(a, np.ndarray) for a in args):
            if expr.order == 1 and all(isinstance(a, Ref) for a in of.args):
                return matrix([[_slope(at, of, by, scope, expr.span)] for by in of.args])
        names = [f"#{k}" for k in range(len(args))]
        call = Call(of.function, tuple(Ref(n) for n in names), certain=True)
        inner = {**scope, **dict(zip(names, args))}
        if expr.order == 1:
            return _slope(at, call, Ref("#0"), inner, expr.span)
        return _slope(at, Derivative(call, (Ref("#0"),)), Ref("#0"), inner, expr.span)
    raise NeedsContext("the gradient does not say with respect to what", "\\nabla_w L")


def primed(at: Evaluator, expr: Prime, scope: Scope) -> Value:
    inner = [r for r in refs(expr.arg) if not (isinstance(expr.arg, Call) and r == expr.arg.function)]
    names = {r for r in inner if r.key not in at.context.naming.functions and r.key != "e"}
    if len(names) != 1:
        raise Unsupported("a prime that does not say by what is differentiated", expr.span)
    by = names.pop()
    of: Expr = expr.arg
    for _ in range(expr.count - 1):
        of = Derivative(of, (by,), span=expr.span)
    return _slope(at, of, by, scope, expr.span)


METHODS: Methods = {At: at_values, Derivative: derivative, Nabla: gradient, Prime: primed}
