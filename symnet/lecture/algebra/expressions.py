"""What a lecture needs of SymPy besides: unknown functions, and numbers as expressions."""

from __future__ import annotations

from numbers import Rational

import sympy as sp
from sympy.core.symbol import Str


class Unknown(sp.Expr):
    """An unknown real function of scalars: ``Unknown("f", (1,), x)`` is f'(x), one order for each argument."""

    is_commutative = True
    is_real = True

    def __new__(cls, name, orders, *args):
        name = name if isinstance(name, Str) else Str(name)
        return super().__new__(cls, name, sp.Tuple(*orders), *args)

    @property
    def name(self) -> str:
        return self.args[0].name

    @property
    def orders(self) -> tuple[int, ...]:
        """How often it was differentiated by each argument."""
        return tuple(int(k) for k in self.args[1])

    @property
    def arguments(self) -> tuple[sp.Expr, ...]:
        return self.args[2:]

    def _eval_derivative(self, symbol):
        return sp.Add(*(self.slope(k) * a.diff(symbol) for k, a in enumerate(self.arguments)))

    def slope(self, k: int) -> Unknown:
        """The derivative by the k-th argument."""
        orders = list(self.orders)
        orders[k] += 1
        return Unknown(self.args[0], orders, *self.arguments)

    def _eval_is_extended_real(self):
        return True

    def _eval_is_finite(self):
        return True


def as_expr(value: sp.Expr | Rational) -> sp.Expr:
    """An expression as it is, a whole number or a fraction as SymPy has it; TypeError for all else, text above all."""
    if isinstance(value, sp.Basic):
        return value
    if isinstance(value, Rational):
        return sp.Rational(value.numerator, value.denominator)
    raise TypeError(f"{type(value).__name__} is neither a number nor an expression")
