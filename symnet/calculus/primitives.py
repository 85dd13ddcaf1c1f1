"""The derivative of a primitive, from its definition.

A primitive is defined by a rational function of E = e^t, or by the logarithm of one.  Its derivative is rational in E.
Write E by s, the primitive that is rational in E itself (the sigmoid): the derivative becomes a polynomial in s, as in
sigma' = s (1 - s) and softplus' = s.
"""

from __future__ import annotations

from functools import cache

import sympy as sp

from symnet.ir.functions import sigmoid


@cache
def _template(primitive) -> tuple[sp.Dummy, sp.Expr]:
    t = sp.Dummy("t", real=True)
    e, s = sp.Dummy("E", positive=True), sp.Dummy("s", positive=True)

    def in_exponentials(expr):
        return expr.xreplace({sp.exp(t): e, sp.exp(-t): 1 / e})

    slope = in_exponentials(sp.diff(primitive.define(t), t))
    base = sp.cancel(in_exponentials(sigmoid.define(t)))
    (inverse,) = sp.solve(sp.Eq(base, s), e)
    return t, sp.factor(sp.cancel(slope.xreplace({e: inverse}))).xreplace({s: sigmoid(t)})


def derivative_of(primitive, argument: sp.Expr) -> sp.Expr:
    """``primitive'(argument)``."""
    t, slope = _template(primitive)
    return slope.xreplace({t: argument})
