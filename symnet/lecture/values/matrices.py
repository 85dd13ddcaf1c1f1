"""Matrices of numbers that may carry slopes, as object arrays with two axes; vectors are columns or rows."""

from __future__ import annotations

from typing import Any

import mpmath
import numpy as np

from symnet.lecture import effort
from symnet.lecture.reader.syntax import Expr, Span
from symnet.lecture.values.errors import ShapeError, Unsupported
from symnet.lecture.values.scalars import Dual, Undefined, as_real, divide, objects, plain

SMALL = 64  # operations of a product that count for none
SLOW = 100  # operations for each entry of an iteration
Value = Any  # a number, a Dual, or a two-dimensional object array of them


def matrix(rows: Any) -> np.ndarray:
    """A two-dimensional object array."""
    if isinstance(rows, np.ndarray):
        return rows
    out = np.empty((len(rows), len(rows[0])), dtype=object)
    for i, row in enumerate(rows):
        for j, x in enumerate(row):
            out[i, j] = x
    return out


def each(function, value: Value) -> Value:
    """``function`` of every entry."""
    if not isinstance(value, np.ndarray):
        return function(value)
    return objects([function(x) for x in value.ravel()]).reshape(value.shape)


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
        raise ShapeError(f"a {dims(a)} and a {dims(b)} value do not go together entry by entry", span)
    x, y = np.broadcast_arrays(a, b)
    return objects([function(p, q) for p, q in zip(x.ravel(), y.ravel())]).reshape(x.shape)


def matmul(a: np.ndarray, b: np.ndarray) -> Value:
    """The matrix product; a number where it is 1 x 1."""
    effort.step(max(0, a.shape[0] * a.shape[1] * b.shape[1] - SMALL))
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
    while n:
        if n % 2:
            out = matmul(out, a)
        n //= 2
        a = matmul(a, a) if n else a
    return out


#: terms of the series of the exponential of a small matrix, enough for 50 digits
TERMS = 32


def exponential(a: np.ndarray) -> np.ndarray:
    """``e^A``: the series of the matrix halved until it is small, squared as many times."""
    n = a.shape[0]
    largest = max(sum(abs(plain(x)) for x in row) for row in a)
    halvings = max(0, int(mpmath.ceil(mpmath.log(largest, 2))) + 2) if largest else 0
    small = each(lambda x: divide(as_real(x), 2**halvings), a)
    out = term = matrix([[as_real(int(i == j)) for j in range(n)] for i in range(n)])
    for k in range(1, TERMS):
        term = each(lambda x, k=k: divide(x, k), matrix(matmul(term, small)))
        out = out + term
    for _ in range(halvings):
        out = matrix(matmul(out, out))
    return out


def logarithm(a: np.ndarray, span: Span) -> np.ndarray:
    """The real logarithm of a matrix; raises Undefined where it has none."""
    if any(isinstance(x, Dual) for x in a.ravel()):
        raise Unsupported("a derivative of the logarithm of a matrix", span)
    effort.step(SLOW * a.size)
    try:
        found = mpmath.logm(mpmath.matrix(a.tolist()))
    except (ValueError, ZeroDivisionError, mpmath.libmp.NoConvergence) as error:
        raise Undefined("the logarithm of a singular matrix") from error
    tiny = mpmath.mpf(10) ** (5 - mpmath.mp.dps)
    if not all(mpmath.isfinite(x) and abs(mpmath.im(x)) <= tiny for x in found):
        raise Undefined("the logarithm of a matrix with negative eigenvalues")
    return matrix([[mpmath.re(found[i, j]) for j in range(len(a))] for i in range(len(a))])


def is_square(value: Value) -> bool:
    """Is it a matrix with as many rows as columns, and more than one?"""
    return isinstance(value, np.ndarray) and value.shape[0] == value.shape[1] > 1


def is_diagonal(a: np.ndarray) -> bool:
    """Is every entry beside the diagonal the number zero?"""
    return all(isinstance(x, int) and x == 0 for (i, j), x in np.ndenumerate(a) if i != j)


def on_diagonal(a: np.ndarray, function) -> np.ndarray:
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


def kronecker(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Every entry of ``a`` times the whole of ``b``."""
    return matrix([[x * y for x in row for y in other] for row in a for other in b])


FEW = 4  # rows of a determinant that is expanded, exactly for whole numbers


def determinant(a: np.ndarray) -> Value:
    if a.shape[0] == 1:
        return a[0, 0]
    if a.shape[0] > FEW:
        return _eliminated(a)
    total: Value = 0
    for j in range(a.shape[0]):
        minor = np.delete(np.delete(a, 0, axis=0), j, axis=1)
        total = total + a[0, j] * determinant(minor) * (-1) ** j
    return total


def _eliminated(a: np.ndarray) -> Value:
    """The determinant by elimination with pivots."""
    rows, total = a.copy(), as_real(1)
    effort.step(a.size * len(a))
    for k in range(len(a)):
        pivot = max(range(k, len(a)), key=lambda i: abs(plain(rows[i, k])))
        if plain(rows[pivot, k]) == 0:
            if any(isinstance(x, Dual) for x in a.ravel()):
                raise Undefined("the slope of a determinant by elimination where it is zero")
            return 0
        if pivot != k:
            rows[[k, pivot]], total = rows[[pivot, k]], -total
        total = total * rows[k, k]
        for i in range(k + 1, len(a)):
            rows[i] = rows[i] - divide(rows[i, k], as_real(rows[k, k])) * rows[k]
    return total


def entry_of(value: Value, indices: list[int], span: Span) -> Value:
    """One entry, counted from 1."""
    if not isinstance(value, np.ndarray):
        raise ShapeError("an index on a number", span)
    if any(i < 1 for i in indices):
        raise Undefined("an index out of range")
    try:
        return value[place_of(value, tuple(indices))]
    except IndexError as error:
        raise Undefined("an index out of range") from error


def place_of(value: np.ndarray, indices: tuple[int, ...]) -> tuple[int, ...]:
    if len(indices) == 1:
        return (0, indices[0] - 1) if value.shape[0] == 1 else (indices[0] - 1, 0)
    if len(indices) != 2:
        raise Undefined("too many indices")
    return (indices[0] - 1, indices[1] - 1)


def positions(value: np.ndarray) -> list[tuple[int, ...]]:
    """The indices of all entries, counted from 1; one for those of a row or column."""
    rows, columns = value.shape
    if rows == 1 or columns == 1:
        return [(1 + k,) for k in range(value.size)]
    return [(i + 1, j + 1) for i in range(rows) for j in range(columns)]


def with_slope(value: Any, seed: tuple[int, int, int]) -> Dual:
    tag, position, count = seed
    slope = np.zeros(count, dtype=object)
    if isinstance(value, Dual) and value.tag == tag:  # it depends on what else is moved, or was moved itself
        value, slope = value.value, value.slope.copy()
    slope[position] = 1
    return Dual(mpmath.mpf(value) if isinstance(value, int) else value, slope, tag)  # e^{-1000} is no 0


def carries(value: Any, tag: int) -> bool:
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


def is_whole(x: Any) -> bool:
    return isinstance(x, int)


def larger(a: Any, b: Any) -> Any:
    return b if plain(b) > plain(a) else a


def smaller(a: Any, b: Any) -> Any:
    return b if plain(b) < plain(a) else a


def extremum(args: list[Value], better, expr: Expr) -> Value:
    if len(args) == 1:
        if not isinstance(args[0], np.ndarray):
            return args[0]
        args = list(args[0].ravel())
    best = args[0]
    for other in args[1:]:
        best = broadcast(better, best, other, expr.span)
    return best


def dims(value: np.ndarray) -> str:
    return " x ".join(map(str, value.shape))
