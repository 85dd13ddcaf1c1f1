"""Scalar functions that SymPy lacks, each given by its definition, never by its derivative.

A *primitive* has ``define`` (an expression in exponentials, for the calculus); its derivative is derived from that by
:mod:`symnet.calculus.primitives`.  *Brackets* are Iverson brackets [a > b], 0 or 1, constant almost everywhere.

Conventions at kinks: ``maximum(a, b)`` gives ties to its first operand, and a constant operand counts as first, so
relu(x) = max(0, x) has slope 0 at 0; the derivative of ``abs`` at 0 is 0.
"""

from __future__ import annotations

import sympy as sp

from symnet.ir.expr import Reduction, accesses


class Primitive(sp.Function):
    """A named function with a definition in exponentials."""

    nargs = 1
    is_real = True
    is_positive = True

    @staticmethod
    def define(x):
        raise NotImplementedError

    def fdiff(self, argindex=1):
        from symnet.calculus.primitives import derivative_of

        return derivative_of(type(self), self.args[0])

    def _eval_evalf(self, prec):  # of a number it is a number
        return self.define(self.args[0])._eval_evalf(prec)


class sigmoid(Primitive):
    """1 / (1 + e^-x)."""

    @staticmethod
    def define(x):
        return 1 / (1 + sp.exp(-x))

    @classmethod
    def eval(cls, x):
        return sp.Rational(1, 2) if x.is_zero else None


class softplus(Primitive):
    """log(1 + e^x)."""

    @staticmethod
    def define(x):
        return sp.log(1 + sp.exp(x))


PRIMITIVES = (sigmoid, softplus)


class Bracket(sp.Function):
    """An Iverson bracket of two expressions: 1 where the relation holds, else 0."""

    nargs = 2
    is_integer = True
    is_nonnegative = True
    symbol = ""

    @staticmethod
    def holds(a, b):
        raise NotImplementedError

    @classmethod
    def eval(cls, a, b):
        if a.is_number and b.is_number and a.is_comparable and b.is_comparable:
            return sp.Integer(bool(cls.holds(a, b)))
        return None

    def fdiff(self, argindex=1):
        return sp.S.Zero

    def _eval_derivative(self, symbol):
        return sp.S.Zero

    def _eval_power(self, exponent):
        return self if exponent.is_Integer and exponent.is_positive else None


class Order(Bracket):
    """An order relation; one with an extremum is apart for its operands: [a > max(b, c)] = [a > b] [a > c]."""

    @classmethod
    def eval(cls, a, b):
        if isinstance(b, maximum):
            return cls(a, b.args[0]) * cls(a, b.args[1])
        if isinstance(a, minimum):
            return cls(a.args[0], b) * cls(a.args[1], b)
        return super().eval(a, b)


class gt(Order):
    symbol = ">"

    @staticmethod
    def holds(a, b):
        return a > b


class ge(Order):
    symbol = ">="

    @staticmethod
    def holds(a, b):
        return a >= b


class eq(Bracket):
    """[a = b]; with two indices it is Kronecker's delta."""

    symbol = "=="

    @staticmethod
    def holds(a, b):
        return a == b

    @classmethod
    def eval(cls, a, b):
        if a == b:
            return sp.S.One
        if sp.default_sort_key(b) < sp.default_sort_key(a):
            return cls(b, a)
        return super().eval(a, b)


class ne(Bracket):
    symbol = "!="

    @staticmethod
    def holds(a, b):
        return a != b


def is_constant(expr: sp.Expr) -> bool:
    """No access and no index: a number, a size or a parameter."""
    return not accesses(expr) and not expr.has(Reduction)


class Extremum(sp.Function):
    """The larger or the smaller of two; at a tie the first operand is chosen, and a constant stands first."""

    nargs = 2
    is_real = True
    of_numbers = sp.Max

    @classmethod
    def eval(cls, a, b):
        if a == b:
            return a
        if a.is_number and b.is_number:
            return cls.of_numbers(a, b)
        if is_constant(b) and not is_constant(a):
            return cls(b, a)
        return None


class maximum(Extremum):
    """max(a, b)."""

    def fdiff(self, argindex=1):
        a, b = self.args
        return ge(a, b) if argindex == 1 else gt(b, a)


class minimum(Extremum):
    """min(a, b)."""

    of_numbers = sp.Min

    def fdiff(self, argindex=1):
        a, b = self.args
        return ge(b, a) if argindex == 1 else gt(a, b)


class where(sp.Function):
    """a where the condition is 1, else b; the branch not taken has no influence, not even through NaN."""

    nargs = 3
    is_real = True

    @classmethod
    def eval(cls, condition, a, b):
        if condition == 1:
            return a
        if condition == 0:
            return b
        if a == b:
            return a
        if a == 1 and b == 0:
            return condition
        if a == 0 and b == 1 and isinstance(condition, (eq, ne)):
            return (ne if isinstance(condition, eq) else eq)(*condition.args)
        return None

    def _eval_derivative(self, symbol):
        condition, a, b = self.args
        return where(condition, a.diff(symbol), b.diff(symbol))


class sign(sp.Function):
    """-1, 0 or 1; constant almost everywhere."""

    nargs = 1
    is_integer = True

    @classmethod
    def eval(cls, x):
        if x.is_positive:
            return sp.S.One
        if x.is_negative:
            return sp.S.NegativeOne
        return sp.S.Zero if x.is_zero else None

    def fdiff(self, argindex=1):
        return sp.S.Zero


class absolute(sp.Function):
    """|x|, with slope 0 at 0."""

    nargs = 1
    is_real = True
    is_nonnegative = True

    @classmethod
    def eval(cls, x):
        if x.is_nonnegative:
            return x
        if x.is_number:
            return sp.Abs(x)
        if x.could_extract_minus_sign():
            return cls(-x)
        return None

    def fdiff(self, argindex=1):
        return sign(self.args[0])
