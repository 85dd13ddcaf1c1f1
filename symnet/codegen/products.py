"""Products: scalars first and once, means recognised, divisions last, brackets as masks.

1/N sum_n x[n, d]         x.mean(axis=0)
2/N (y - t)               2 / n * (y - t)        one pass over the array
r[d]/N (...)[n, d]        r / n * (...)          the division on the smaller operand
[x > 0] dy                dy * (x > 0)           a comparison stands after a real array, so that the dtype is kept
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import sympy as sp

from symnet.codegen.arrays import Apply, Array, Reduce, apply, const
from symnet.codegen.tame import beside_zero, has_gaps
from symnet.ir import functions as fn
from symnet.ir.expr import Access, Index, Reduction

if TYPE_CHECKING:
    from symnet.codegen.lower import Lowering


def emit_product(low: Lowering, expr: sp.Expr, order: Sequence[Index | None]) -> Array:
    """A product aligned to ``order``; where a mask meets what may be infinite, it chooses."""
    if low.is_tame(expr):
        return _product(low, expr, order)
    gaps = {}  # factors that a mask has left zeros in, beside what may be infinite
    for factor in expr.args:
        rest = sp.Mul(*(f for f in expr.args if f != factor))
        if has_gaps(factor, low.gaps) and not isinstance(factor, fn.Bracket) and not low.is_tame(rest):
            gaps[factor] = rest
    for factor, rest in gaps.items():
        if factor.is_Add:
            return low.emit(sp.Add(*(rest * term for term in factor.args)), order)
        if (branch := beside_zero(factor)) is not None:
            return low.emit(factor.func(*(a * rest if a == branch else a for a in factor.args)), order)
    result = _product(low, expr, order)
    for factor in gaps:
        result = apply("where", low.truth(fn.ne(factor, 0), order), result, const(0), kind="real")
    return result


def _product(low: Lowering, expr: sp.Expr, order: Sequence[Index | None]) -> Array:
    coefficient, numerators, denominators, brackets = _split(low, sp.Mul.make_args(expr))
    if coefficient == 1 and not denominators and not brackets and len(numerators) == 2:
        for choice, other in (numerators, numerators[::-1]):
            if isinstance(choice, fn.where) and all(map(low.is_const, choice.args[1:])) and isinstance(other, Access):
                condition, a, b = choice.args
                return low.emit(fn.where(condition, a * other, b * other), order)
    for k, factor in enumerate(numerators):
        if mostly_negative(factor):  # -sum(-a - b) is sum(a + b)
            coefficient, numerators[k] = -coefficient, factor.map(lambda body: -body)
    if not numerators and not denominators and coefficient == 1:
        return _all(low, brackets, order)
    upper: list[Array] = []
    for factor in low.order.factors(numerators):
        array = low.emit(factor, order)
        if isinstance(factor, Reduction) and factor.op == "sum" and array.kind == "real":
            coefficient, array = as_mean(coefficient, factor, array)
        upper.append(array)
    if coefficient.is_integer and upper and not denominators and all(a.kind == "int" for a in upper):
        pass  # positions stay integers
    else:
        upper = [low.real(a) for a in upper]
    lower = [low.emit_real(factor, order) for factor in low.order.factors(denominators)]
    result = assemble(coefficient, upper, lower, apart=of_root(denominators))
    if not brackets:
        return result
    mask, result = _all(low, brackets, order), low.real(result)
    if result.kind == "const":
        return low.real(mask) if result == const(1) else apply("mul", low.real(mask), result)
    if low.is_tame(expr):
        return apply("mul", result, mask, kind="real")
    return apply("where", mask, result, const(0), kind="real")


def _split(low: Lowering, factors: Sequence[sp.Expr]):
    coefficient: sp.Expr = sp.S.One
    numerators: list[sp.Expr] = []
    denominators: list[sp.Expr] = []
    brackets: list[sp.Expr] = []
    for factor in factors:
        if low.is_const(factor) and not factor.has(Reduction):
            coefficient *= factor
        elif isinstance(factor, fn.Bracket):
            brackets.append(factor)
        elif factor.is_Pow and factor.exp.could_extract_minus_sign():
            denominators.append(factor.base**-factor.exp)
        else:
            numerators.append(factor)
    return coefficient, numerators, denominators, brackets


def _all(low: Lowering, brackets: Sequence[sp.Expr], order) -> Array:
    arrays = [low.emit(b, order) for b in sorted(brackets, key=sp.default_sort_key)]
    result = arrays[0]
    for other in arrays[1:]:
        result = apply("and", result, other)
    return result


def mostly_negative(expr: sp.Expr) -> bool:
    """A sum over terms of which more carry a minus than not."""
    return (
        isinstance(expr, Reduction)
        and expr.op == "sum"
        and expr.body.is_Add
        and sum(1 if t.as_coeff_Mul()[0].is_negative else -1 for t in expr.body.args) > 0
    )


def as_mean(coefficient: sp.Expr, reduction: Reduction, array: Array) -> tuple[sp.Expr, Array]:
    """``coefficient * sum`` with the number of terms taken into the sum, where the coefficient divides by it."""
    if not (isinstance(array, Reduce) and array.op == "sum"):
        return coefficient, array
    summed = sp.Mul(*(i.size for k in array.axes if (i := array.arg.layout[k]) is not None))
    if summed != reduction.size:  # some of the sum has been taken inside
        return coefficient, array
    rest = coefficient * reduction.size
    if divides(reduction.size, coefficient):
        return rest, Reduce(array.layout, array.kind, "mean", array.arg, array.axes, array.keep)
    return coefficient, array


def divides(size: sp.Expr, coefficient: sp.Expr) -> bool:
    """True when ``size`` stands in the denominator of ``coefficient``."""
    _, below = sp.fraction(coefficient)
    if size == 1:
        return False
    rest = below / size
    number, symbols = rest.as_coeff_Mul()
    if not number.is_Integer:
        return False
    return all(not (f.is_Pow and f.exp.could_extract_minus_sign()) for f in sp.Mul.make_args(symbols))


def of_root(factors: Sequence[sp.Expr]) -> bool:
    """An array and its root: their product, a norm cubed, may leave the range of float32 where no other result does."""
    roots = [f.node.expr for f in factors if isinstance(f, Access) and f.node.expr is not None]
    bases = {r.base.node.name for r in roots if r.is_Pow and r.exp == sp.S.Half and isinstance(r.base, Access)}
    return any(isinstance(f, Access) and f.node.name in bases for f in factors)


def assemble(coefficient: sp.Expr, upper: Sequence[Array], lower: Sequence[Array], apart: bool = False) -> Array:
    """``coefficient * upper... / lower...`` with as few passes over the large operands as can be.

    ``apart``: divided by one after the other, where none is larger than what is divided.
    """
    negative = bool(coefficient.as_coeff_Mul()[0] < 0) if coefficient.as_coeff_Mul()[0].is_comparable else False
    number, symbols = (-coefficient if negative else coefficient).as_independent(sp.Symbol, as_Add=False)
    above, below = sp.fraction(number if number.is_Rational else 1)
    above, below = above * sp.fraction(symbols)[0], below * sp.fraction(symbols)[1]
    if not number.is_Rational:  # one number, as sqrt(2 / pi)
        above = number.evalf(17) * above
    scalars = [a for a in upper if not a.layout]
    arrays = [a for a in upper if a.layout]
    rank = max((len(a.indices) for a in arrays), default=0)
    head: Array | None = None
    if above != 1 or (not upper and not (above == 1 and below == 1 and not lower)) or not upper:
        head = const(-above if negative and above != 1 else above)
        negative = negative and above == 1
    for scalar in scalars:
        head = scalar if head is None else apply("mul", head, scalar)
    small = next((k for k, a in enumerate(arrays) if len(a.indices) < rank), None)
    if below != 1 and head is not None:
        head, below = apply("div", head, const(below)), sp.S.One
    elif below != 1 and small is not None:
        arrays = [apply("div", arrays[small], const(below)), *arrays[:small], *arrays[small + 1 :]]
        below = sp.S.One
    result = head
    for array in arrays:
        result = array if result is None else apply("mul", result, array)
    assert result is not None
    if below != 1:
        if lower:
            lower = [apply("mul", const(below), lower[0]), *lower[1:]]
        else:
            result = apply("div", result, const(below))
    if lower:
        divisor = lower[0]
        for array in lower[1:]:
            if apart and set(result.indices) <= set(divisor.indices):
                result, divisor = apply("div", result, divisor), array
            else:
                divisor = apply("mul", divisor, array)
        result = apply("div", result, divisor)
    return apply("neg", result) if negative else result


__all__ = ["Apply", "as_mean", "assemble", "divides", "emit_product"]
