"""The numbers an expression can be evaluated in: floats, complex floats, and floats of 50 digits.

Complex arrays serve the complex step f'(x) = Im f(x + ih) / h with h = 1e-30.  There z = a + ih stands for the
real number a with an infinitesimal attached, so comparisons, max and |z| look at the real part only, and every
function keeps the imaginary part to full relative accuracy, however small it is.  Arrays of 50 digits are NumPy
arrays of mpmath numbers.  Outside its domain a real function is NaN in all three.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import cache
from typing import Any, final

import mpmath
import numpy as np
import sympy as sp
from mpmath.ctx_mp import MPContext

from symnet.errors import SymnetError

Array = np.ndarray

#: a context of its own, so that nobody's mpmath settings change a result
HIGH = MPContext()
HIGH.dps = 50

_UFUNCS: dict[str, Callable[..., Any]] = {
    "exp": np.exp, "log": np.log, "sqrt": np.sqrt, "sin": np.sin, "cos": np.cos, "tan": np.tan, "sinh": np.sinh,
    "cosh": np.cosh, "tanh": np.tanh, "atan": np.arctan, "log1p": np.log1p,
}  # fmt: skip


class Numbers(ABC):
    """Elementwise functions over arrays of one dtype; all take and give arrays of that dtype."""

    dtype: np.dtype

    @abstractmethod
    def array(self, values: Any) -> Array:
        """``values`` in this dtype."""

    @abstractmethod
    def apply(self, name: str, x: Array) -> Array:
        """exp, log, sqrt, sin, cos, tan, sinh, cosh, tanh, atan, log1p or erf of ``x``."""

    @abstractmethod
    def divide(self, a: Any, b: Any) -> Array:
        """a / b, infinite or NaN where b is 0."""

    @abstractmethod
    def real_power(self, base: Array, exponent: Array) -> Array:
        """base**exponent = exp(exponent log base); NaN for a negative base and an exponent that is no integer."""

    def real(self, x: Array) -> Array:
        """What comparisons look at."""
        return x

    def constant(self, number: sp.Expr) -> Array:
        """A SymPy number; NaN for what is none, such as 1/0."""
        return self.array(np.nan if number is sp.nan or number is sp.zoo else float(number))

    # -- the same in all of them ----------------------------------------------------------------------------------
    def indicator(self, holds: Any) -> Array:
        return self.array(np.asarray(holds).astype(np.int64))

    def sign(self, x: Array) -> Array:
        return np.where(x != x, x, self.indicator(self.real(x) > 0) - self.indicator(self.real(x) < 0))

    def absolute(self, x: Array) -> Array:
        return self.sign(x) * x

    def maximum(self, a: Array, b: Array) -> Array:
        return np.where((self.real(a) >= self.real(b)) | (a != a), a, b)  # NaN where either is, as NumPy has it

    def minimum(self, a: Array, b: Array) -> Array:
        return np.where((self.real(a) <= self.real(b)) | (a != a), a, b)

    def sigmoid(self, x: Array) -> Array:
        """1 / (1 + e^-x) with an exponential that can not overflow."""
        small = self.apply("exp", self.below(x))
        return self.divide(np.where(self.real(x) >= 0, self.array(1), small), 1 + small)

    def softplus(self, x: Array) -> Array:
        """log(1 + e^x) = max(x, 0) + log(1 + e^-|x|)."""
        return self.maximum(x, self.array(0)) + self.apply("log1p", self.apply("exp", self.below(x)))

    def below(self, x: Array) -> Array:
        """-|x| with the slope of -x at 0, where sigmoid and softplus have no kink."""
        return np.where(self.real(x) >= 0, -x, x)

    def logsumexp(self, x: Array) -> Array:
        """log of the sum of e^x over the last axis, shifted by the largest entry."""
        top = self.array(np.max(self.real(x), axis=-1, keepdims=True))
        top = np.where(_finite(self.real(top)), top, self.array(0))
        return self.apply("log", np.sum(self.apply("exp", x - top), axis=-1)) + top[..., 0]

    def power(self, base: Array, exponent: Array, integer: int | None) -> Array:
        """base**exponent; a known integer exponent multiplies, which keeps negative bases real."""
        if integer is None:
            return self.real_power(base, exponent)
        result, square, n = self.array(1), base, abs(integer)
        while n:
            if n % 2:
                result = result * square
            n //= 2
            square = square * square if n else square
        return self.divide(self.array(1), result) if integer < 0 else self.array(result)


def _finite(x: Array) -> Array:
    return np.isfinite(x.astype(np.float64))


@final
class Reals(Numbers):
    """float64."""

    dtype = np.dtype(np.float64)

    def array(self, values: Any) -> Array:
        return np.asarray(values, dtype=np.float64)

    def apply(self, name: str, x: Array) -> Array:
        return self.array(_ERF(x) if name == "erf" else _UFUNCS[name](x))

    def divide(self, a: Any, b: Any) -> Array:
        return np.divide(a, b)

    def real_power(self, base: Array, exponent: Array) -> Array:
        return np.power(base, exponent)


@final
class Complexes(Numbers):
    """complex128, for the complex step."""

    dtype = np.dtype(np.complex128)

    def array(self, values: Any) -> Array:
        return np.asarray(values, dtype=np.complex128)

    def apply(self, name: str, x: Array) -> Array:
        if name == "erf":
            return self.array(_COMPLEX_ERF(x))
        result = self.array(_UFUNCS[name](x))
        if name in ("log", "sqrt"):
            return np.where(x.real < 0, np.nan, result)
        return np.where(x.real < -1, np.nan, result) if name == "log1p" else result

    def divide(self, a: Any, b: Any) -> Array:
        return np.divide(a, b)

    def real_power(self, base: Array, exponent: Array) -> Array:
        result = np.where(base == 0, np.power(base.real, exponent.real), np.exp(exponent * np.log(base)))
        whole = (exponent.real == np.round(exponent.real)) & (exponent.imag == 0)
        odd = np.where(exponent.real % 2 == 1, -1.0, 1.0)
        negative = np.where(whole, odd * np.exp(exponent * np.log(-base)), np.nan)
        return np.where(base.real < 0, negative, result)

    def real(self, x: Array) -> Array:
        return np.real(x)


@final
class HighPrecision(Numbers):
    """mpmath numbers of 50 digits in an object array."""

    dtype = np.dtype(object)

    def array(self, values: Any) -> Array:
        return np.asarray(_TO_HIGH(np.asarray(values)), dtype=object)

    def constant(self, number: sp.Expr) -> Array:
        if number.is_Rational:
            value = HIGH.mpf(int(number.p)) / int(number.q)
        elif number.is_infinite:
            value = HIGH.inf if number.is_positive else -HIGH.inf
        elif number is sp.nan or number is sp.zoo:
            value = HIGH.nan
        else:
            value = HIGH.mpf(str(sp.N(number, HIGH.dps + 5)))
        return np.asarray(value, dtype=object)

    def apply(self, name: str, x: Array) -> Array:
        return np.asarray(_HIGH_FUNCTIONS[name](x), dtype=object)

    def divide(self, a: Any, b: Any) -> Array:
        return np.asarray(_HIGH_DIVIDE(a, b), dtype=object)

    def real_power(self, base: Array, exponent: Array) -> Array:
        return np.asarray(_HIGH_POWER(base, exponent), dtype=object)


def _complex_erf(z: complex) -> complex:
    """erf near the real line; 60 digits see an imaginary part of 1e-30 beside a real part of 1."""
    if z.imag == 0 or math.isnan(z.real):
        return complex(math.erf(z.real))
    with mpmath.workdps(60):
        return complex(mpmath.erf(mpmath.mpc(z)))


def _to_high(value: Any) -> Any:
    return HIGH.convert(value.item() if isinstance(value, np.generic) else value)


def _real_only(function: Callable[..., Any]) -> Callable[..., Any]:
    """A complex or undefined result is NaN, as in floats."""

    def real(*x):
        try:
            y = function(*x)
        except (ValueError, ZeroDivisionError, OverflowError):
            return HIGH.nan
        return y if isinstance(y, HIGH.mpf) else HIGH.nan

    return real


def _quotient(a: Any, b: Any) -> Any:
    if b == 0:
        return HIGH.nan if a == 0 or HIGH.isnan(a) else HIGH.sign(a) * HIGH.inf
    return HIGH.convert(a) / b


_ERF = np.frompyfunc(math.erf, 1, 1)
_COMPLEX_ERF = np.frompyfunc(_complex_erf, 1, 1)
_TO_HIGH = np.frompyfunc(_to_high, 1, 1)
_HIGH_DIVIDE = np.frompyfunc(_quotient, 2, 1)
_HIGH_POWER = np.frompyfunc(_real_only(HIGH.power), 2, 1)
_HIGH_FUNCTIONS = {
    name: np.frompyfunc(_real_only(getattr(HIGH, name)), 1, 1) for name in [*_UFUNCS, "erf"] if name != "log"
}
_HIGH_FUNCTIONS["log"] = np.frompyfunc(_real_only(lambda x: HIGH.log(x) if x != 0 else -HIGH.inf), 1, 1)


@cache
def numbers_of(dtype: Any) -> Numbers:
    """The arithmetic of a dtype: float64, complex128 or object (50 digits)."""
    for kind in (Reals, Complexes, HighPrecision):
        if kind.dtype == np.dtype(dtype):
            return kind()
    raise SymnetError(f"expressions are not evaluated in {dtype}", hint="use float64, complex128 or object")
