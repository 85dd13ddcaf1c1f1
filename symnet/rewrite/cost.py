"""What an expression costs, and how long it reads: the one place where it is said.

*Cost*: every operation counts once for each element of its domain; every axis counts as :data:`NOMINAL` elements, so
that work on a larger domain always outweighs work on a smaller one.  Equal subexpressions are computed once.
*Length*: operations as they are printed, each time they are printed.
A form is better when it is shorter and not much dearer (:data:`SLACK`): r/N (N a - b - x c), not r a - r b/N - x r c/N.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

import sympy as sp

from symnet.ir.expr import Access, Index, Reduction, free_indices

NOMINAL = 16
CALL = 4  # exp, log, tanh, ... against one addition
SLACK = 1.35


def cost(*exprs: sp.Expr) -> float:
    """Scalar operations to compute all of ``exprs``, in elements."""
    seen: set[sp.Expr] = set()
    return sum(_cost(e, seen) for e in exprs)


def _domain(indices: Iterable[Index]) -> float:
    result = 1.0
    for index in indices:
        result *= int(index.size) if index.size.is_Integer else NOMINAL
    return result


def _cost(expr: sp.Expr, seen: set[sp.Expr]) -> float:
    if expr in seen or isinstance(expr, Access) or not expr.args:
        return 0.0
    seen.add(expr)
    inner = (expr.body,) if isinstance(expr, Reduction) else expr.args
    return sum(_cost(a, seen) for a in inner) + _own(expr)


@lru_cache(maxsize=1 << 16)
def _own(expr: sp.Expr) -> float:
    """The cost of the last step alone."""
    if isinstance(expr, Reduction):
        return _domain(free_indices(expr.body))
    return _operations(expr) * _domain(free_indices(expr))


def _operations(expr: sp.Expr) -> float:
    if expr.is_Add:
        return len(expr.args) - 1
    if expr.is_Mul:
        scaled = expr.args[0].is_number and abs(expr.args[0]) != 1
        # factors of a smaller domain are multiplied together first
        whole = free_indices(expr)
        factors = [a for a in expr.args if not a.is_number]
        full = [a for a in factors if free_indices(a) == whole]
        small = len(factors) - len(full) + scaled
        steps = len(full) + (1 if small else 0) - 1 if full else small > 1
        return max(steps, 0) + 0.01 * small
    if expr.is_Pow:
        exponent = expr.exp
        if exponent == -1:
            return 0.1  # the division is counted by the product around it
        if exponent.is_Integer:
            return min(abs(int(exponent)) - 1, 3) + (0.1 if exponent < 0 else 0)
        return 2 if exponent.is_Rational and exponent.q == 2 else CALL
    return CALL if expr.func.__name__ in _CALLS else 1


_CALLS = {"exp", "log", "tanh", "sin", "cos", "tan", "sinh", "cosh", "atan", "erf", "sigmoid", "softplus"}


def length(*exprs: sp.Expr) -> float:
    """Operations as printed; a division inside counts half."""
    return sum(map(_length, exprs))


@lru_cache(maxsize=1 << 14)
def _length(expr: sp.Expr) -> float:
    if isinstance(expr, Access) or not expr.args:
        return 0
    if isinstance(expr, Reduction):
        return 1 + _length(expr.body)
    inner = sum(map(_length, expr.args))
    if expr.is_Add or expr.is_Mul:
        return inner + len(expr.args) - 1 - (expr.is_Mul and expr.args[0] == -1)
    return inner + (0.5 if expr.is_Pow and expr.exp == -1 else 1)
