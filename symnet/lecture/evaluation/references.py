"""The value of a name as it stands in a formula: an entry, a slice, all entries, a constant, the identity."""

from __future__ import annotations

import itertools

import mpmath
import numpy as np

from symnet.lecture.context.identities import is_identity
from symnet.lecture.context.imaginary import is_conjugate
from symnet.lecture.context.refs import INDEX_LETTERS, Ref, refs
from symnet.lecture.context.sizes import named
from symnet.lecture.evaluation.evaluator import Evaluator, Methods, Scope
from symnet.lecture.reader.syntax import Plus, Slice
from symnet.lecture.values.errors import Unsupported
from symnet.lecture.values.matrices import Value, entry_of, matrix
from symnet.lecture.values.scalars import Undefined, plain


def reference(at: Evaluator, expr: Ref, scope: Scope) -> Value:
    if expr.key in scope and not (expr.indices and _is_other(at, expr.key, scope[expr.key])):
        value = scope[expr.key]
        return _pick(at, value, expr, scope) if expr.indices else value
    if expr.key in ("e", "\\pi") and not expr.indices and not _is_letter(at, expr.key):
        return {"e": mpmath.e, "\\pi": mpmath.pi}[expr.key] + 0
    known, perhaps = at.context.units
    units = perhaps if at.reading.imaginary else known
    if units and not at.context.is_defined(expr.key):
        if expr.key in units and not expr.indices and expr.key not in at.scope0:
            return mpmath.mpc(0, 1)
        if is_conjugate(expr.key):
            raise Unsupported("a complex conjugate", expr.span)
    if expr.key in ("\\delta", "1", "I") and len(expr.indices) == 2 and not at.context.is_defined(expr.key):
        a, b = (at(i, scope) for i in expr.indices)
        return int(plain(a) == plain(b))
    if is_identity(expr.key) and at.context.rank(expr) == 2 and not at.context.is_defined(expr.key):
        n = at.size(f"axis:{expr.key}:0")
        return matrix([[int(i == j) for j in range(n)] for i in range(n)])
    indices = tuple(i if isinstance(i, Slice) else at.integer(i, scope) for i in expr.indices)
    if any(isinstance(i, Slice) for i in indices):
        return _sliced(at, expr, indices)
    if not at.zero_outside and _is_moved_out(at, expr, indices):
        raise Undefined("an index out of range")
    return at.entry(expr.key, indices, expr.span)  # type: ignore[arg-type]


def _is_moved_out(at: Evaluator, expr: Ref, indices) -> bool:
    """Is ``F_{m-i+1}``, moved by a letter, no entry of an array of declared size?"""
    for position, (written, index) in enumerate(zip(expr.indices, indices)):
        axis = f"axis:{expr.key}:{position}"
        if isinstance(written, Plus) and sum(1 for _ in refs(written)) > 1 and named(at.classes.find(axis)):
            if not 1 <= index <= at.size(axis, expr.key):
                return True
    return False


def _is_letter(at: Evaluator, key: str) -> bool:
    r"""Is e, or a bare \pi, a name of the document's own here, and not the number?"""
    return not at.reading.constants and (at.context.is_letter(key) or key == "e" and key in at.unknowns)


def _is_other(at: Evaluator, key: str, value: Value) -> bool:
    """Is the letter of an index also the name of an array of the document: h_{nh}?  Or a number x beside the x_i?"""
    if type(value) is int and (key in at.context.naming.bound or key in INDEX_LETTERS):
        return True
    return not isinstance(value, np.ndarray) and at.context.ranks.known.get((key, 0), (1, 0))[0] == 0


def _pick(at: Evaluator, value: Value, expr: Ref, scope: Scope) -> Value:
    """An entry of a parameter."""
    indices = [at.integer(i, scope) for i in expr.indices]
    return entry_of(value, indices, expr.span)


def _sliced(at: Evaluator, expr: Ref, indices) -> Value:
    if all(isinstance(i, Slice) for i in indices):
        return _entries(at, expr.key, len(indices))
    if isinstance(indices[-1], Slice) and _of_steps(at, expr.key, indices):
        start = next(k for k, i in enumerate(indices) if isinstance(i, Slice))
        axes = [range(1, at.size(f"axis:{expr.key}:{k}", expr.key) + 1) for k in range(start, len(indices))]
        if len(axes) == 2:
            return matrix([[at.entry(expr.key, (*indices[:start], i, j)) for j in axes[1]] for i in axes[0]])
        return matrix([[at.entry(expr.key, (*indices[:start], *place))] for place in itertools.product(*axes)])
    whole = at.entry(expr.key, (), expr.span)
    if not isinstance(whole, np.ndarray) or len(indices) != 2:
        raise Unsupported("a slice of what is not a matrix", expr.span)
    row, column = (slice(None) if isinstance(i, Slice) else i - 1 for i in indices)
    part = whole[row, column]
    return part.reshape(1, -1) if expr.key in at.context.rows else part.reshape(-1, 1)


def _of_steps(at: Evaluator, key: str, indices) -> bool:
    """Are these all entries of a name at one step or layer, which is defined entry by entry?"""
    start = next(k for k, i in enumerate(indices) if isinstance(i, Slice))
    if not start or not all(isinstance(i, Slice) for i in indices[start:]):
        return False
    found = at.context.definitions.get(key, ())
    return any(len(d.indices) == len(indices) for d in found) and all(d.indices for d in found)


def _entries(at: Evaluator, key: str, axes: int) -> Value:
    """All entries of a name that is given entry by entry; one below the other where it has more than two axes."""
    ranges = [range(1, at.size(f"axis:{key}:{k}", key) + 1) for k in range(axes)]
    if axes > 2:
        return matrix([[at.entry(key, place)] for place in itertools.product(*ranges)])
    if axes == 1:
        return matrix([[at.entry(key, (i,))] for i in ranges[0]])
    return matrix([[at.entry(key, (i, j)) for j in ranges[1]] for i in ranges[0]])


METHODS: Methods = {Ref: reference}
