"""The numbers that formulas are evaluated with: floats, 50-digit numbers, and both with slopes.

A ``Dual`` carries the derivatives of a number along several directions at once (forward mode); duals nest, so that
derivatives of derivatives are exact too.  The derivative of each function is taken from its own SymPy definition.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import mpmath
import numpy as np
import sympy as sp

from symnet.errors import SymnetError
from symnet.lecture import effort


class Undefined(SymnetError):
    """The value does not exist here: a logarithm of a negative number, a division by zero."""


ZERO = 0  # the slope of what is not moved
SLOPES = 25  # so many of them are worked out in the time of a step


class Dual:
    """value + slope . eps; ``tag`` says which differentiation the slopes belong to."""

    __slots__ = ("slope", "tag", "value")
    __array_ufunc__ = None

    def __init__(self, value: Any, slope: np.ndarray, tag: int) -> None:
        self.value, self.slope, self.tag = value, slope, tag

    def split(self, tag: int) -> tuple[Any, Any]:
        return (self.value, self.slope) if self.tag == tag else (self, None)

    def __add__(self, other):
        return _linear(self, other, lambda a, b: a + b, 1)

    __radd__ = __add__

    def __sub__(self, other):
        return _linear(self, other, lambda a, b: a - b, -1)

    def __rsub__(self, other):
        return -self + other

    def __neg__(self):
        return Dual(-self.value, _opposite(self.slope), self.tag)

    def __pos__(self):
        return self

    def __mul__(self, other):
        effort.step(2 + len(self.slope) // SLOPES)
        tag = _top(self, other)
        (a, da), (b, db) = _split(self, tag), _split(other, tag)
        slope: Any = None
        if da is not None:
            slope = times(da, b)
        if db is not None:
            slope = times(db, a) if slope is None else _added(slope, times(db, a))
        return Dual(a * b, slope, tag)

    __rmul__ = __mul__

    def __truediv__(self, other):
        effort.step(2 + len(self.slope) // SLOPES)
        tag = _top(self, other)
        (a, da), (b, db) = _split(self, tag), _split(other, tag)
        value = divide(a, b)
        slope: Any = None
        if da is not None:
            slope = times(da, divide(1, b))
        if db is not None:
            back = times(db, -divide(value, b))
            slope = back if slope is None else _added(slope, back)
        return Dual(value, slope, tag)

    def __rtruediv__(self, other):
        return Dual(other, np.zeros_like(self.slope), self.tag) / self

    def __lt__(self, other):
        return plain(self) < plain(other)

    def __le__(self, other):
        return plain(self) <= plain(other)

    def __gt__(self, other):
        return plain(self) > plain(other)

    def __ge__(self, other):
        return plain(self) >= plain(other)


def times(slope: np.ndarray, factor: Any) -> np.ndarray:
    """Slopes times one number, which may be a dual of another differentiation; most of them are 0."""
    return objects([s * factor if s is not ZERO else ZERO for s in slope])


def _opposite(slope: np.ndarray) -> np.ndarray:
    return objects([-s if s is not ZERO else ZERO for s in slope])


def _added(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return objects([y if x is ZERO else x if y is ZERO else x + y for x, y in zip(a, b)])


def objects(items: Sequence[Any]) -> np.ndarray:
    """An array with one axis of whatever it is."""
    out = np.empty(len(items), dtype=object)
    for k, item in enumerate(items):
        out[k] = item
    return out


def _top(a: Any, b: Any) -> int:
    return max(a.tag if isinstance(a, Dual) else -1, b.tag if isinstance(b, Dual) else -1)


def _split(a: Any, tag: int) -> tuple[Any, Any]:
    return a.split(tag) if isinstance(a, Dual) else (a, None)


def _linear(a, b, combine, sign):
    effort.step(2)
    tag = _top(a, b)
    (x, dx), (y, dy) = _split(a, tag), _split(b, tag)
    if dy is not None and sign < 0:
        dy = _opposite(dy)
    slope = dy if dx is None else dx if dy is None else _added(dx, dy)
    return Dual(combine(x, y), slope, tag)


def plain(x: Any) -> Any:
    """The number without its slopes."""
    while isinstance(x, Dual):
        x = x.value
    return x


def divide(a: Any, b: Any) -> Any:
    """a / b; raises Undefined for b = 0."""
    if plain(b) == 0:
        raise Undefined("a division by zero")
    return a / b


# -- functions --------------------------------------------------------------------------------------------------------

_x = sp.Symbol("x", real=True)

#: name -> definition in SymPy; its derivative is derived from it
DEFINITIONS: dict[str, sp.Expr] = {
    "exp": sp.exp(_x),
    "log": sp.log(_x),
    "sin": sp.sin(_x),
    "cos": sp.cos(_x),
    "tan": sp.tan(_x),
    "sinh": sp.sinh(_x),
    "cosh": sp.cosh(_x),
    "tanh": sp.tanh(_x),
    "arctan": sp.atan(_x),
    "arcsin": sp.asin(_x),
    "arccos": sp.acos(_x),
    "artanh": sp.atanh(_x),
    "erf": sp.erf(_x),
    "sqrt": sp.sqrt(_x),
}
_MPMATH = {"arctan": "atan", "arcsin": "asin", "arccos": "acos", "artanh": "atanh"}
#: functions that are constant, or linear, between kinks
PIECES = ("abs", "sign", "step", "floor", "round")


#: functions of complex numbers as well
ENTIRE = ("exp", "sin", "cos", "sinh", "cosh", "tan", "tanh")


@cache
def _derivative(name: str) -> sp.Expr:
    return sp.diff(DEFINITIONS[name], _x)


def apply(name: str, x: Any) -> Any:
    """The named function of one number; raises Undefined outside of its real domain."""
    if isinstance(x, Dual):
        value = apply(name, x.value)
        if name == "abs" and isinstance(plain(x), mpmath.mpc):
            raise Undefined("the slope of the modulus of a complex number")
        if name == "abs":
            return Dual(value, x.slope * int(_sign(plain(x))), x.tag)
        if name in PIECES:
            return Dual(value, x.slope * 0, x.tag)
        return Dual(value, times(x.slope, _slope(name, x.value)), x.tag)
    if name == "abs":
        return abs(x)
    if isinstance(x, mpmath.mpc) and name not in ENTIRE:
        raise Undefined(f"{name} of a complex number")
    if name == "sign":
        return _sign(x)
    if name == "step":
        return int(x > 0)
    if name in ("floor", "round"):
        return int(mpmath.floor(x)) if name == "floor" else round(x)
    context = mpmath.fp if isinstance(x, float) else mpmath.mp
    try:
        value = getattr(context, _MPMATH.get(name, name))(x)
    except (ValueError, ZeroDivisionError, OverflowError) as error:
        raise Undefined(f"{name} of {_shown(x)}") from error
    if isinstance(value, (complex, mpmath.mpc)) and not isinstance(x, mpmath.mpc) or not mpmath.isfinite(value):
        raise Undefined(f"{name} of {_shown(x)}")
    return value


def _shown(x: Any) -> str:
    value = plain(x)
    return mpmath.nstr(value, 6) if isinstance(value, mpmath.mpc) else f"{float(value):.6g}"


def _sign(x: Any) -> int:
    return (x > 0) - (x < 0)


def _slope(name: str, x: Any) -> Any:
    """The derivative of the named function, evaluated from its SymPy expression."""
    return evaluate(_derivative(name), x)


def evaluate(expr: sp.Expr, x: Any) -> Any:
    """A SymPy expression in the one variable ``x`` at a number or a dual."""
    if expr == _x:
        return x
    if expr.is_Integer:
        return int(expr)
    if expr.is_Rational:
        return divide(number(int(expr.p), x), int(expr.q))
    if expr.is_number:
        return number(expr, x)
    if expr.is_Add:
        return _fold(lambda a, b: a + b, [evaluate(a, x) for a in expr.args])
    if expr.is_Mul:
        return _fold(lambda a, b: a * b, [evaluate(a, x) for a in expr.args])
    if isinstance(expr, sp.exp):
        return apply("exp", evaluate(expr.args[0], x))
    if expr.is_Pow:
        return power(evaluate(expr.base, x), evaluate(expr.exp, x))
    for name, definition in DEFINITIONS.items():
        if isinstance(expr, type(definition)):
            return apply(name, evaluate(expr.args[0], x))
    raise SymnetError(f"{expr} can not be evaluated")


def _fold(combine: Callable[[Any, Any], Any], items: list[Any]) -> Any:
    total = items[0]
    for item in items[1:]:
        total = combine(total, item)
    return total


def number(value: Any, like: Any) -> Any:
    """A number in the precision of ``like``."""
    if isinstance(plain(like), (mpmath.mpf, mpmath.mpc)):
        if isinstance(value, sp.Expr):
            return mpmath.mpf(value.evalf(mpmath.mp.dps + 5)._mpf_) if not value.is_Integer else mpmath.mpf(int(value))
        return mpmath.mpf(value)
    return float(value)


def as_real(x: Any) -> Any:
    """A whole number in the working precision; a number with slopes as it is."""
    return x if isinstance(x, (Dual, mpmath.mpc)) else number(x, mpmath.mpf(0))


def power(base: Any, exponent: Any) -> Any:
    """base ** exponent over the reals, or of a positive number to a complex one."""
    e = plain(exponent)
    if isinstance(e, mpmath.mpc):
        return apply("exp", exponent * apply("log", base))
    if not isinstance(exponent, Dual) and e == int(e):
        return _whole_power(base, int(e))
    if not isinstance(exponent, Dual) and isinstance(base, Dual):
        value = power(base.value, exponent)
        return Dual(value, times(base.slope, exponent * power(base.value, exponent - 1)), base.tag)
    if isinstance(exponent, Dual) or isinstance(base, Dual):
        return apply("exp", exponent * apply("log", base))
    b = plain(base)
    if isinstance(b, mpmath.mpc):
        raise Undefined("a power of a complex number that is not whole")
    if b < 0 or (b == 0 and e <= 0):
        raise Undefined(f"the power {float(e):.6g} of {float(b):.6g}")
    try:
        return b**e
    except OverflowError as error:
        raise Undefined("a power that overflows") from error


def _whole_power(base: Any, n: int) -> Any:
    if n < 0:
        return divide(1, _whole_power(base, -n))
    if n == 0:
        return 1
    if isinstance(base, Dual):
        return Dual(_whole_power(base.value, n), times(base.slope, n * _whole_power(base.value, n - 1)), base.tag)
    if n > 10_000:
        raise Undefined("an exponent above 10000")
    try:
        return base**n
    except OverflowError as error:
        raise Undefined("a power that overflows") from error


def finite(x: Any) -> bool:
    """Is the number finite, with finite slopes?"""
    if isinstance(x, Dual):
        return finite(x.value) and all(finite(s) for s in x.slope)
    if isinstance(x, int):
        return True
    return bool(mpmath.isfinite(x)) if isinstance(x, (mpmath.mpf, mpmath.mpc)) else math.isfinite(x)
