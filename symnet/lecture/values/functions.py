"""The functions that symnet evaluates by their names: of each entry, or of a whole array."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np

from symnet.lecture.reader.syntax import Expr, Span
from symnet.lecture.values.errors import NeedsContext, ShapeError, Undirected, Unsupported
from symnet.lecture.values.matrices import (
    Value,
    broadcast,
    determinant,
    dims,
    divide_real,
    each,
    extremum,
    is_whole,
    larger,
    matmul,
    matrix,
    smaller,
)
from symnet.lecture.values.scalars import Dual, Undefined, apply, as_real, divide, plain
from symnet.lecture.values.spectra import condition, eigenvalues, rank, singular_values

Function = Callable[[list[Value], Expr], Value]  # of the arguments; the call says where they stand

#: other names of the functions
BUILTIN = {
    "ln": "log",
    "ReLU": "relu",
    "Relu": "relu",
    "RELU": "relu",
    "logistic": "sigmoid",
    "Sigmoid": "sigmoid",
    "sigm": "sigmoid",
    "sgn": "sign",
    "tr": "trace",
    "rk": "rank",
    "Tr": "trace",
    "SoftMax": "softmax",
    "Softmax": "softmax",
    "LSE": "logsumexp",
    "LogSumExp": "logsumexp",
    "Softplus": "softplus",
    "Diag": "diag",
    "clamp": "clip",
    "expit": "sigmoid",
    "tg": "tan",
    "ctg": "cot",
    "cosec": "csc",
    "sh": "sinh",
    "ch": "cosh",
    "th": "tanh",
    "cth": "coth",
    "asin": "arcsin",
    "acos": "arccos",
    "atan": "arctan",
    "arctg": "arctan",
    "asinh": "arsinh",
    "arcsinh": "arsinh",
    "arsh": "arsinh",
    "acosh": "arcosh",
    "arccosh": "arcosh",
    "atanh": "artanh",
    "arctanh": "artanh",
    "arth": "artanh",
}


def is_evaluated(name: str) -> bool:
    """Is there a function that goes by that name (a key with its backslash as well) and is computed?"""
    name = name.strip("\\")
    return BUILTIN.get(name, name) in FUNCTIONS


# -- of each entry ----------------------------------------------------------------------------------------------------


def _analytic(name: str) -> Callable[[Any], Any]:
    return lambda x: apply(name, as_real(x))


def _ratio(above: str, below: str) -> Callable[[Any], Any]:
    """The quotient of two functions; of 1 where the first one is empty."""
    return lambda x: divide(apply(above, as_real(x)) if above else as_real(1), apply(below, as_real(x)))


def _inverse_hyperbolic(sign: int) -> Callable[[Any], Any]:
    """arsinh, or arcosh for the sign -1."""
    return lambda x: apply("log", as_real(x) + apply("sqrt", as_real(x) * x + sign))


def _gamma(x: Any) -> Any:
    if isinstance(x, Dual):
        raise NeedsContext("the derivative of the gamma function is not known")
    try:
        return mpmath.gamma(as_real(x))
    except ValueError as error:
        raise Undefined("the gamma function at a pole") from error


def _normal_distribution(x: Any) -> Any:
    """The distribution function of the standard normal law."""
    return divide(apply("erf", divide(as_real(x), apply("sqrt", as_real(2)))) + 1, 2)


ELEMENTWISE: dict[str, Callable[[Any], Any]] = {
    **{name: _analytic(name) for name in ("exp", "log", "sqrt", "sin", "cos", "tan", "sinh", "cosh", "tanh")},
    **{name: _analytic(name) for name in ("arctan", "arcsin", "arccos", "artanh", "erf")},
    "sigmoid": lambda x: divide(1, apply("exp", -as_real(x)) + 1),
    "softplus": lambda x: apply("log", apply("exp", as_real(x)) + 1),
    "Phi": _normal_distribution,
    "cot": _ratio("cos", "sin"),
    "sec": _ratio("", "cos"),
    "csc": _ratio("", "sin"),
    "coth": _ratio("cosh", "sinh"),
    "sech": _ratio("", "cosh"),
    "csch": _ratio("", "sinh"),
    "arsinh": _inverse_hyperbolic(1),
    "arcosh": _inverse_hyperbolic(-1),
    "erfc": lambda x: 1 - apply("erf", as_real(x)),
    "logit": lambda x: apply("log", divide(as_real(x), 1 - as_real(x))),
    "Gamma": _gamma,
    "relu": lambda x: x if plain(x) > 0 else x * 0,
    "abs": lambda x: apply("abs", x),
    "sign": lambda x: apply("sign", x),
    "step": lambda x: apply("step", x),
}


def _of_each(function: Callable[[Any], Any]) -> Function:
    return lambda args, expr: each(function, _single(args, expr))


def _steps(name: str, function: Callable[[Any], Any]) -> Function:
    """floor and ceil: steps have no slope worth a claim."""

    def of(x: Any, expr: Expr) -> int:
        if isinstance(x, Dual):
            raise Unsupported(f"the derivative of {name}", expr.span)
        return int(function(x))

    return lambda args, expr: each(lambda x: of(x, expr), _single(args, expr))


def _remainder(args: list[Value], expr: Expr) -> Value:
    """What is left of a number by division, from 0 to the divisor."""
    if len(args) != 2:
        raise Unsupported("a remainder of other than two numbers", expr.span)
    value, divisor = args

    def of(x: Any, y: Any) -> Any:
        if isinstance(x, Dual) or isinstance(y, Dual):
            raise Unsupported("the derivative of a remainder", expr.span)
        if y == 0:
            raise Undefined("a remainder of a division by zero")
        return x - y * int(mpmath.floor(divide_real(x, y)))

    return broadcast(of, value, divisor, expr.span)


def _clip(args: list[Value], expr: Expr) -> Value:
    """clip(x, low, high)."""
    if len(args) != 3:
        raise Unsupported("clip of other than a value and two bounds", expr.span)
    value, low, high = args
    return broadcast(smaller, broadcast(larger, value, low, expr.span), high, expr.span)


# -- of arrays --------------------------------------------------------------------------------------------------------


def _single(args: list[Value], expr: Expr) -> Value:
    if len(args) != 1:
        raise Unsupported("a function of one variable with several", expr.span)
    return args[0]


def _entries(value: Value) -> list[Any]:
    return list(value.ravel()) if isinstance(value, np.ndarray) else [value]


def _total(items: list[Any]) -> Any:
    total: Value = 0
    for x in items:
        total = total + x
    return total


def _softmax(args: list[Value], expr: Expr) -> Value:
    powers = _powers(args, expr)
    if 1 not in powers.shape:
        raise Undirected("the softmax of a matrix: over rows or columns", expr.span)
    total = _total(_entries(powers))
    return each(lambda p: divide(p, total), powers)


def softmax_of_rows(args: list[Value], expr: Expr) -> Value:
    """The softmax of each row of a matrix."""
    powers = _powers(args, expr)
    totals = _row_sums([powers], expr)
    return np.array([[divide(p, total) for p in row] for row, total in zip(powers, totals[:, 0])], dtype=object)


def _powers(args: list[Value], expr: Expr) -> np.ndarray:
    z = _single(args, expr)
    if not isinstance(z, np.ndarray):
        raise Unsupported("the softmax of a single number", expr.span)
    return each(ELEMENTWISE["exp"], z)


def _logsumexp(args: list[Value], expr: Expr) -> Value:
    return apply("log", _total([apply("exp", as_real(x)) for x in _entries(_single(args, expr))]))


def _trace(args: list[Value], expr: Expr) -> Value:
    a = _single(args, expr)
    if not isinstance(a, np.ndarray):
        return a
    if a.shape[0] != a.shape[1]:
        raise ShapeError(f"the trace of a {dims(a)} matrix", expr.span)
    return _total([a[k, k] for k in range(a.shape[0])])


def _det(args: list[Value], expr: Expr) -> Value:
    a = _single(args, expr)
    if not isinstance(a, np.ndarray) or a.shape[0] != a.shape[1]:
        raise ShapeError("the determinant of what is not a square matrix", expr.span)
    return determinant(a)


LARGEST_FACTORIAL = 10_000


def _binom(args: list[Value], expr: Expr) -> Value:
    values = [plain(x) for x in args if not isinstance(x, np.ndarray)]
    if len(values) != 2 or not all(is_whole(x) for x in values):
        raise Unsupported("a binomial coefficient of what are not whole numbers", expr.span)
    n, k = (int(x) for x in values)
    return int(mpmath.binomial(n, k)) if abs(n) <= 60 else mpmath.binomial(n, k)


def _factorial(args: list[Value], expr: Expr) -> Value:
    n = plain(_single(args, expr))
    if isinstance(n, np.ndarray) or not is_whole(n) or not 0 <= n <= LARGEST_FACTORIAL:
        raise Unsupported("a factorial of what is not a whole number", expr.span)
    return int(mpmath.factorial(int(n))) if n <= 20 else mpmath.factorial(int(n))


def _diag(args: list[Value], expr: Expr) -> Value:
    several = len(args) > 1 and not any(isinstance(a, np.ndarray) for a in args)
    a = matrix([[x] for x in args]) if several else _single(args, expr)
    if not isinstance(a, np.ndarray):
        return a
    if 1 in a.shape:
        flat = a.ravel()
        return matrix([[flat[i] if i == j else 0 for j in range(len(flat))] for i in range(len(flat))])
    return matrix([[a[k, k]] for k in range(min(a.shape))])


def _sum(args: list[Value], expr: Expr) -> Value:
    return _total(_entries(_single(args, expr)))


def _mean(args: list[Value], expr: Expr) -> Value:
    return divide_real(_sum(args, expr), len(_entries(_single(args, expr))))


def _row_sums(args: list[Value], expr: Expr) -> Value:
    """The column of the sums of the rows."""
    a = _single(args, expr)
    if not isinstance(a, np.ndarray):
        raise NeedsContext("whether this is a matrix or a number is not known")
    return matmul(a, matrix([[1]] * a.shape[1])) if a.shape[0] > 1 else matrix([[_sum([a], expr)]])


def _column_sums(args: list[Value], expr: Expr) -> Value:
    """The sums of the columns, as a column."""
    a = _single(args, expr)
    return _row_sums([a.T if isinstance(a, np.ndarray) else a], expr)


def _vec(args: list[Value], expr: Expr) -> Value:
    """The columns one below the other."""
    a = _single(args, expr)
    return matrix([[x] for x in a.T.ravel()]) if isinstance(a, np.ndarray) else a


def _counted(spectrum: Callable[[Value, Span], list[Any]]) -> Function:
    """One of the numbers of a spectrum, by its place."""

    def of(args: list[Value], expr: Expr) -> Value:
        matrix, place = args
        found = spectrum(matrix, expr.span)
        if not 1 <= int(place) <= max(matrix.shape):
            raise Undefined("an index out of range")
        return found[int(place) - 1] if place <= len(found) else 0  # of a matrix with more columns than rows

    return of


FUNCTIONS: dict[str, Function] = {
    **{name: _of_each(function) for name, function in ELEMENTWISE.items()},
    "floor": _steps("floor", mpmath.floor),
    "ceil": _steps("ceil", mpmath.ceil),
    "mod": _remainder,
    "clip": _clip,
    "max": lambda args, expr: extremum(args, larger, expr),
    "min": lambda args, expr: extremum(args, smaller, expr),
    "softmax": _softmax,
    "logsumexp": _logsumexp,
    "trace": _trace,
    "det": _det,
    "binom": _binom,
    "factorial": _factorial,
    "diag": _diag,
    "sum": _sum,
    "mean": _mean,
    "rowsum": _row_sums,
    "colsum": _column_sums,
    "vec": _vec,
    "entry": _single,
    "rank": lambda args, expr: rank(_single(args, expr), expr.span),
    "cond": lambda args, expr: condition(_single(args, expr), expr.span),
    "eigenvalue": _counted(eigenvalues),
    "singular value": _counted(singular_values),
    "lambda_{max}": lambda args, expr: eigenvalues(_single(args, expr), expr.span)[0],
    "lambda_{min}": lambda args, expr: eigenvalues(_single(args, expr), expr.span)[-1],
    "sigma_{max}": lambda args, expr: singular_values(_single(args, expr), expr.span)[0],
    "sigma_{min}": lambda args, expr: singular_values(_single(args, expr), expr.span)[-1],
}
