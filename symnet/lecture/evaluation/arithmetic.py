"""Sums, products, powers and norms of numbers and matrices, and arrays written out."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import mpmath
import numpy as np

from symnet.lecture.context.refs import Ref, is_upper
from symnet.lecture.evaluation.evaluator import Evaluator, Methods, Scope
from symnet.lecture.reader.syntax import (
    Absolute,
    Call,
    Dots,
    Expr,
    Infinity,
    Label,
    Matrix,
    Negate,
    Norm,
    Number,
    Paren,
    Plus,
    Power,
    Product,
    Quotient,
    Root,
    Span,
    Symbol,
    Transpose,
    Tuple,
)
from symnet.lecture.values.errors import NeedsContext, ShapeError, Unshapely, Unsupported
from symnet.lecture.values.matrices import (
    Value,
    broadcast,
    dims,
    divide_real,
    each,
    exponential,
    is_diagonal,
    is_square,
    is_whole,
    kronecker,
    larger,
    matmul,
    matrix,
    matrix_power,
    on_diagonal,
    scaled,
)
from symnet.lecture.values.scalars import Dual, apply, as_real, divide, power
from symnet.lecture.values.spectra import singular_values

#: the orders of norms that are the largest singular value, and the sum of all, beside 2 and a star
OPERATOR = frozenset(("op", "spec"))
NUCLEAR = frozenset(("nuc", "tr"))


def fraction(at: Evaluator, expr: Number, scope: Scope) -> Value:
    if expr.value.denominator == 1:
        return int(expr.value)
    return mpmath.mpf(expr.value.numerator) / expr.value.denominator


def plus(at: Evaluator, expr: Plus, scope: Scope) -> Value:
    if any(isinstance(t, Dots) for t in expr.terms):
        return _dotted(at, expr, scope)
    total = at(expr.terms[0], scope)
    for term in expr.terms[1:]:
        total = broadcast(lambda a, b: a + b, total, at(term, scope), expr.span)
    return total


def _dotted(at: Evaluator, expr: Plus, scope: Scope) -> Value:
    """a_1 + a_2 + ... + a_n: the terms between follow from the ends."""
    total: Value = 0
    for term in at.filled(expr.terms, scope, expr.span):
        total = broadcast(lambda a, b: a + b, total, at(term, scope), expr.span)
    return total


def infinity(at: Evaluator, expr: Infinity, scope: Scope) -> Value:
    """Far out; only used where it is the argument of a function, and compared with less precision."""
    return mpmath.mpf("1e9")


def negate(at: Evaluator, expr: Negate, scope: Scope) -> Value:
    return -at(expr.arg, scope)


def product(at: Evaluator, expr: Product, scope: Scope) -> Value:
    if isinstance(expr.right, Dots) or (isinstance(expr.left, Product) and isinstance(expr.left.right, Dots)):
        raise Unsupported("a product that goes on with dots", expr.span)
    left, right = at(expr.left, scope), at(expr.right, scope)
    if not isinstance(left, np.ndarray) and not isinstance(right, np.ndarray) and _is_outer(expr):
        raise NeedsContext("an outer product of entries, which are numbers as far as is known")
    return multiply(at, left, right, expr.op, expr.span)


def _is_outer(expr: Product) -> bool:
    r"""``x_i x_j^\top``: of vectors it is a matrix."""
    first = expr.left.right if isinstance(expr.left, Product) else expr.left
    second = expr.right.arg if isinstance(expr.right, Transpose) else None
    if not isinstance(first, Ref) or not isinstance(second, Ref):
        return False
    return first.key == second.key and bool(first.indices and second.indices)


def multiply(at: Evaluator, a: Value, b: Value, op: str, span: Span) -> Value:
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
    if op == "outer":
        return kronecker(a, b)
    if a.shape[1] == b.shape[0]:
        return matmul(a, b)
    if vectors and a.size == b.size:
        if op == "dot":
            return matmul(a.reshape(1, -1), b.reshape(-1, 1))
        if at.reading.elementwise:
            return broadcast(lambda x, y: x * y, a, b.reshape(a.shape), span)
    raise ShapeError(f"a {dims(a)} matrix can not be multiplied by a {dims(b)} one", span)


def quotient(at: Evaluator, expr: Quotient, scope: Scope) -> Value:
    a, b = at(expr.numerator, scope), at(expr.denominator, scope)
    if isinstance(b, np.ndarray) and isinstance(a, np.ndarray) and a.shape != b.shape and 1 not in b.shape:
        raise ShapeError(f"a {dims(a)} matrix is divided by a {dims(b)} one", expr.span)
    return broadcast(divide_real, a, b, expr.span)


def raised(at: Evaluator, expr: Power, scope: Scope) -> Value:
    exponent = at(expr.exponent, scope)
    if expr.base == Ref("e") and "e" not in scope and not at.context.is_defined("e"):
        if at.reading.constants or not isinstance(expr.exponent, Number) or not at.context.is_letter("e"):
            if at.reading.series and is_square(exponent):
                return exponential(exponent)
            return each(lambda x: apply("exp", as_real(x)), exponent)
    base = at(expr.base, scope)
    if isinstance(exponent, np.ndarray):
        raise Unsupported("a power with a matrix in the exponent", expr.span)
    if isinstance(base, np.ndarray) and at.reading.lengths and not isinstance(exponent, Dual) and exponent == 2:
        total: Value = 0
        for x in base.ravel():
            total = total + x * x
        return total
    if isinstance(base, np.ndarray):
        whole = not isinstance(exponent, Dual) and exponent == int(exponent)
        square = base.shape[0] == base.shape[1] and base.shape[0] > 1
        if square and not expr.elementwise and _is_matrix(at, expr.base):
            if not whole and not is_diagonal(base):
                raise Unsupported("a root of a matrix", expr.span)
            if not whole:
                return on_diagonal(base, lambda x: power(as_real(x), exponent))
            return matrix_power(base, int(exponent))
        if whole and exponent < 0 and not expr.elementwise and 1 not in base.shape:
            raise ShapeError(f"a {dims(base)} matrix has no inverse", expr.span)
    return each(lambda x: power(as_real(x) if not is_whole(x) else x, exponent), base)


def _is_matrix(at: Evaluator, expr: Expr) -> bool:
    inner = expr
    while isinstance(inner, (Transpose, Negate, Paren)):
        inner = inner.arg
    if isinstance(inner, Ref):
        return is_upper(inner.key)
    if isinstance(inner, Call) and isinstance(inner.function, Ref):
        return at.context.is_written_out(inner.function.key)
    return isinstance(inner, (Product, Plus)) or at.reading.series and isinstance(inner, Power)


def root(at: Evaluator, expr: Root, scope: Scope) -> Value:
    value = at(expr.arg, scope)
    if expr.degree is None:
        return each(lambda x: apply("sqrt", as_real(x)), value)
    degree = at(expr.degree, scope)
    return each(lambda x: power(as_real(x), divide(as_real(1), degree)), value)


def transpose(at: Evaluator, expr: Transpose, scope: Scope) -> Value:
    value = at(expr.arg, scope)
    if isinstance(expr.arg, Tuple):
        return value  # (a, b)^T is the column of a and b, as (a, b) is
    return value.T if isinstance(value, np.ndarray) else value


def absolute(at: Evaluator, expr: Absolute, scope: Scope) -> Value:
    value = at(expr.arg, scope)
    if isinstance(value, np.ndarray) and value.shape[0] == value.shape[1] and value.shape[0] > 1:
        raise Unshapely("|A| of a matrix: a determinant or absolute values", expr.span)
    if isinstance(value, np.ndarray) and at.reading.bars and value.size > 1:
        return apply("sqrt", as_real(sum(x * x for x in value.ravel())))
    return each(lambda x: apply("abs", x), value)


def norm(at: Evaluator, expr: Norm, scope: Scope) -> Value:
    value = at(expr.arg, scope)
    order = expr.order
    if isinstance(value, np.ndarray) and 1 not in value.shape and order is not None and _letters_of(order) != "F":
        return _operator_norm(value, order, expr.span)
    flat = list(value.ravel()) if isinstance(value, np.ndarray) else [value]
    if order is None or (isinstance(order, (Ref, Symbol)) and _letters_of(order) == "F"):
        p: Any = 2
    elif isinstance(order, Infinity):
        best = apply("abs", flat[0])
        for x in flat[1:]:
            best = larger(best, apply("abs", x))
        return best
    else:
        p = at(order, scope)
    total: Value = 0
    for x in flat:
        total = total + (x * x if p == 2 else power(as_real(apply("abs", x)), p))
    return apply("sqrt", as_real(total)) if p == 2 else power(as_real(total), divide(1, p))


def _operator_norm(value: np.ndarray, order: Expr, span: Span) -> Value:
    """The largest singular value; for a star the sum of all of them."""
    if isinstance(order, Label) and order.kind == "star" or _letters_of(order) in NUCLEAR:
        return sum(singular_values(value, span))
    if order == Number(Fraction(2)) or _letters_of(order) in OPERATOR:
        return singular_values(value, span)[0]
    raise Unsupported("a norm of a matrix by the sums of its rows or columns, or by its entries", span)


def written_out(at: Evaluator, expr: Matrix, scope: Scope) -> Value:
    if {len(row) for row in expr.rows} == {1}:
        parts = [[e] for e in at.filled([row[0] for row in expr.rows], scope, expr.span)]
    else:
        parts = [at.filled(row, scope, expr.span) for row in expr.rows]
    rows = [[at(e, scope) for e in row] for row in parts]
    if len({len(r) for r in rows}) != 1 or any(isinstance(x, np.ndarray) for r in rows for x in r):
        raise Unsupported("a matrix of blocks", expr.span)
    return matrix(rows)


def column(at: Evaluator, expr: Tuple, scope: Scope) -> Value:
    values = [at(e, scope) for e in at.filled(expr.items, scope, expr.span)]
    if any(isinstance(v, np.ndarray) for v in values):
        raise Unsupported("a list of vectors", expr.span)
    return matrix([[v] for v in values])


def _letters_of(expr: Expr) -> str:
    if isinstance(expr, Tuple):
        return "".join(map(_letters_of, expr.items))
    return expr.key if isinstance(expr, Ref) else expr.name if isinstance(expr, Symbol) else ""


METHODS: Methods = {
    Number: fraction,
    Plus: plus,
    Infinity: infinity,
    Negate: negate,
    Product: product,
    Quotient: quotient,
    Power: raised,
    Root: root,
    Transpose: transpose,
    Absolute: absolute,
    Norm: norm,
    Matrix: written_out,
    Tuple: column,
}
