"""Functions at values: defined in the document, known to symnet, or left open."""

from __future__ import annotations

from dataclasses import replace

import mpmath
import numpy as np

from symnet.lecture.context.record import Definition
from symnet.lecture.context.refs import LOSS_NAMES, Ref, refs
from symnet.lecture.evaluation.evaluator import DEPTH, Evaluator, Methods, Scope
from symnet.lecture.evaluation.patterns import bound_at, open_letters
from symnet.lecture.reader.syntax import Call, Expr
from symnet.lecture.values.errors import NeedsContext, ShapeError, Unsupported
from symnet.lecture.values.functions import BUILTIN, FUNCTIONS, softmax_of_rows
from symnet.lecture.values.matrices import Value, each, entry_of, exponential, is_square, logarithm, matrix
from symnet.lecture.values.scalars import Dual, Undefined, apply, as_real, divide


def call(at: Evaluator, expr: Call, scope: Scope) -> Value:
    if not isinstance(expr.function, Ref):
        raise Unsupported("a function that is not a name", expr.span)
    args = [at(a, scope) for a in at.filled(expr.args, scope, expr.span)]
    value = _applied(at, expr.function, args, expr.primes, expr, scope)
    if expr.subs and not _is_family(at, expr, scope):
        indices = [at.integer(s, scope) for s in expr.subs]
        return entry_of(value, indices, expr.span)
    return value


def _is_family(at: Evaluator, expr: Call, scope: Scope) -> bool:
    """Is the function defined with the index that it has here?"""
    assert isinstance(expr.function, Ref)
    d = at.function_definition(expr.function.key, len(expr.args), at.given(expr, scope))
    return d is not None and bool(d.indices)


def _applied(at: Evaluator, function: Ref, args: list[Value], primes: int, expr: Expr, scope: Scope) -> Value:
    """A function, or a derivative of it, at values."""
    if primes:
        if len(args) != 1:
            raise Unsupported("a prime on a function of several variables", expr.span)
        return each(lambda x: _slope_of_function(at, function, x, primes, expr, scope), args[0])
    key = function.key
    definition = at.function_definition(key, len(args), at.given(expr, scope)) or _formula_in(at, expr)
    if definition is not None:
        return _apply_definition(at, definition, args, expr, scope)
    name = key.strip("\\")
    name = BUILTIN.get(name, name)
    if name == "sigma" and at.reading.sigma:
        name = "sigmoid"
    if name in FUNCTIONS:
        at.functions_used.add(key)
        return _evaluated(at, name, args, expr)
    if function.indices and at.facts.get(key) == "simplex" and key not in at.unknowns:
        return _probability(at, function, args, scope)
    if function.indices:
        key = f"{key}[{','.join(str(at.integer(i, scope)) for i in function.indices)}]"
    if function.key in at.context.maps:
        return _mapped(at, at.context.maps[function.key], key, args, expr)
    if key in at.unknowns or not _acts_on_entries(at, function, args):
        return at.unknown(key, args)
    return each(lambda x: at.unknown(key, [x]), args[0])


def _probability(at: Evaluator, function: Ref, args: list[Value], scope: Scope) -> Value:
    """One of several functions that are positive and sum to 1 over the last index, at values."""
    *given, place = (at.integer(i, scope) for i in function.indices)
    count = at.size(f"axis:{function.key}:{len(given)}")
    if not 1 <= place <= count:
        raise Undefined("an index out of range")

    def weight(k: int) -> Value:
        value = at.unknown(f"{function.key}[{','.join(map(str, (*given, k)))}]", args)
        return each(lambda x: apply("exp", as_real(x)), value)

    total: Value = 0
    for k in range(1, count + 1):
        total = total + weight(k)
    return divide(weight(place), total)


def _formula_in(at: Evaluator, expr: Expr) -> Definition | None:
    """The definition ``f = x^2`` of f(x): the names in the brackets are those in the formula."""
    if not isinstance(expr, Call) or not isinstance(expr.function, Ref):
        return None
    function, args = expr.function, expr.args
    names = {a.key for a in args if isinstance(a, Ref) and not a.indices}
    if function.indices or function.key in LOSS_NAMES or len(names) < len(args) or function.key in at.treat_open:
        return None
    found = (d for d in at.context.definitions_of(function.key, at.order, at.but) if not d.indices)
    return next((replace(d, parameters=args) for d in found if names <= {r.key for r in refs(d.body)}), None)


def _evaluated(at: Evaluator, name: str, args: list[Value], expr: Expr) -> Value:
    """A function that symnet knows, with the conventions of the document and the reading."""
    if name == "softmax" and _is_of_rows(at, args):
        return softmax_of_rows(args, expr)
    if name == "vec" and at.reading.by_rows:
        args = [a.T if isinstance(a, np.ndarray) else a for a in args]
    if name in ("exp", "log") and at.reading.series and len(args) == 1 and is_square(args[0]):
        return exponential(args[0]) if name == "exp" else logarithm(args[0], expr.span)
    value = FUNCTIONS[name](args, expr)
    if name == "log" and at.reading.log_base and expr.function.key in ("log", "\\log"):  # type: ignore[attr-defined]
        return each(lambda x: divide(x, apply("log", as_real(at.reading.log_base))), value)
    return value


def _is_of_rows(at: Evaluator, args: list[Value]) -> bool:
    """Is the softmax of a matrix taken of each row here?"""
    matrices = [a for a in args if isinstance(a, np.ndarray) and 1 not in a.shape]
    return len(matrices) == len(args) == 1 and bool(at.context.softmax_of_rows())


def _apply_definition(at: Evaluator, d: Definition, args: list[Value], expr: Expr, scope: Scope) -> Value:
    assert d.parameters is not None
    at.used[(d.key, d.order)] = d
    given = at.given(expr, scope)
    outer = dict(bound_at(d, given) or {}) if given else {}
    if all(isinstance(p, Ref) and p.indices for p in d.parameters) or any(
        isinstance(p, Ref) and p.indices for p in d.parameters
    ):
        raise Unsupported(f"{d.key} is defined with indexed arguments", expr.span)
    parameters = [p.key for p in d.parameters if isinstance(p, Ref)]
    arrays = [isinstance(a, np.ndarray) for a in args]
    wants = [at.context.rank(p) for p in d.parameters if isinstance(p, Ref)]
    if any(arrays) and not any(wants) and len(args) == 1 and not open_letters(d) and len(outer) == len(d.indices):
        return each(lambda x: at(d.body, {**outer, parameters[0]: x}), args[0])
    at.path.append((f"{d.key}(...)", ()))
    try:
        if len(at.path) > DEPTH:
            raise at.too_deep(d.key, expr.span)
        bound = {**outer, **dict(zip(parameters, args))}
        own = [i.key for i in d.indices if isinstance(i, Ref)]
        free = [x for x in (*own, *open_letters(d)) if x not in bound]
        if not free:
            return at(d.body, bound)
        if d.key in LOSS_NAMES:
            raise NeedsContext(f"{d.key} is defined on line {d.line} with an index {free[0]} that is free")
        arg = next((a for a in args if isinstance(a, np.ndarray)), None)
        n = arg.size if arg is not None else at.range_size(d.body, free[0])
        return matrix([[at(d.body, {**bound, free[0]: k})] for k in range(1, n + 1)])
    finally:
        at.path.pop()


def _mapped(at: Evaluator, kind: str, key: str, args: list[Value], expr: Expr) -> Value:
    """An open function of which the author says what it takes and returns."""
    shapes = {a.shape for a in args if isinstance(a, np.ndarray)}
    if kind == "elementwise":
        if len(shapes) > 1:
            raise ShapeError(f"{key} works on each element, and its arguments have different shapes", expr.span)
        if not shapes:
            return at.unknown(key, args)
        rows, columns = shapes.pop()
        entries = lambda i, j: [a[i, j] if isinstance(a, np.ndarray) else a for a in args]  # noqa: E731
        return matrix([[at.unknown(key, entries(i, j)) for j in range(columns)] for i in range(rows)])
    _, takes, _, returns = kind.split()
    first = args[0].shape if isinstance(args[0], np.ndarray) else ()
    if takes != ("matrix" if first and 1 not in first else "vector" if first else "scalar"):
        raise ShapeError(f"{key} takes a {takes}", expr.span)
    if returns == "scalar":
        return at.unknown(key, args)
    rows, columns = (at.size(f"axis:{key}:{k}") for k in (0, 1)) if returns == "matrix" else (0, 0)
    if returns == "matrix":
        return matrix([[at.unknown(f"{key}#{i},{j}", args) for j in range(columns)] for i in range(rows)])
    entries_of = [at.unknown(f"{key}#{i}", args) for i in range(at.size(f"axis:{key}:0"))]
    return matrix([[x] for x in entries_of])


def _acts_on_entries(at: Evaluator, function: Ref, args: list[Value]) -> bool:
    name = function.key.strip("\\")
    if len(args) != 1 or name.startswith("mathcal") or name in LOSS_NAMES:
        return False
    return at.context.ranks.known.get((function.key, -1), (1, 0))[0] > 0 or not isinstance(args[0], np.ndarray)


def _slope_of_function(at: Evaluator, function: Ref, x: Value, count: int, expr: Expr, scope: Scope) -> Value:
    tag = next(at.tags)
    moved = Dual(as_real(x), np.array([mpmath.mpf(1)], dtype=object), tag)
    if count > 1:
        value = _slope_of_function(at, function, moved, count - 1, expr, scope)
    else:
        value = _applied(at, function, [moved], 0, expr, scope)
    if isinstance(value, np.ndarray):
        raise Unsupported("the derivative of a vector-valued function by a prime", expr.span)
    return value.slope[0] if isinstance(value, Dual) and value.tag == tag else 0


METHODS: Methods = {Call: call}
