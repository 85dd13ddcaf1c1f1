"""Rational normal forms: common factors out, cancelled, factored; the cheapest form wins.

SymPy sees only symbols: accesses, reductions, brackets and roots are masked first, and the work is remembered for
expressions that differ by names only (a hundred equal layers are factored once).
"""

from __future__ import annotations

from functools import lru_cache

import sympy as sp

from symnet.ir.expr import Access, Index, Param, Reduction, Size, reduce_over
from symnet.ir.signs import sign_of
from symnet.rewrite.cost import SLACK, cost, length

MOST_TERMS, MOST_ATOMS = 24, 16
MOST_DENOMINATORS, MOST_LENGTH = 4, 40


@lru_cache(maxsize=256)
def _stand_in(k: int, positive: bool) -> sp.Symbol:
    return sp.Symbol(f"g{k:02d}", positive=True) if positive else sp.Symbol(f"g{k:02d}", real=True)


def masked(expr: sp.Expr, whole_sums: bool = False) -> tuple[sp.Expr, dict[sp.Symbol, sp.Expr]]:
    """``expr`` as a rational expression of plain symbols, and what the symbols stand for.

    With ``whole_sums`` a sum that is a factor, as x - mu in c (x - mu), stays in one piece.
    """
    found: dict[sp.Expr, sp.Symbol] = {}

    def stand(part):
        if whole_sums and part.is_Add and part.could_extract_minus_sign():
            return -stand(sp.Add(*(-t for t in part.args)))
        if part not in found:
            found[part] = _stand_in(len(found), sign_of(part) == "positive")
        return found[part]

    def walk(part, inside=False):
        if part.is_Number:
            return part
        if part.is_Add and whole_sums and inside:
            return stand(part)
        if part.is_Add or part.is_Mul:
            return part.func(*(walk(a, inside or part.is_Mul) for a in part.args))
        if part.is_Pow and part.exp.is_Integer:
            return walk(part.base, True) ** part.exp
        if part.is_Pow and part.exp.is_Rational:
            root = sp.Pow(part.base, sp.Rational(1, part.exp.q))
            return stand(root) ** part.exp.p
        return stand(part)

    # atoms are numbered in declaration-like order, so that equal shapes share one normal form
    return walk(expr), {symbol: part for part, symbol in found.items()}


def _steep(expr: sp.Expr) -> bool:
    """Too many different denominators or too long for a common denominator to be worth its time."""
    below = {p.base for p in expr.atoms(sp.Pow) if p.exp.is_negative}
    return len(below) > MOST_DENOMINATORS or length(expr) > MOST_LENGTH


@lru_cache(maxsize=1 << 14)
def _forms(expr: sp.Expr) -> tuple[sp.Expr, ...]:
    """Rational forms of an expression of plain symbols."""
    forms = [expr]
    expanded = sp.expand_mul(expr, deep=True)
    if len(sp.Add.make_args(expanded)) > MOST_TERMS or len(expr.free_symbols) > MOST_ATOMS:
        return (expr,)
    forms += [expanded, sp.factor_terms(expanded)]
    if _steep(expr):
        return tuple(dict.fromkeys(forms))
    try:
        together = sp.together(expanded)
        cancelled = sp.cancel(together)
        forms += [cancelled, sp.factor(cancelled), sp.factor_terms(cancelled)]
    except (sp.PolynomialError, NotImplementedError):  # not rational in these symbols after all
        pass
    return tuple(dict.fromkeys(forms))


def normal_form(expr: sp.Expr) -> sp.Expr:
    """The shortest rational form of one level of ``expr`` among those that are not much dearer than the cheapest.

    Shortest is what a textbook prints.
    """
    if not _has_sum(expr):
        return signed(expr)
    candidates = []
    for whole_sums in (False, True):
        shape, meaning = masked(expr, whole_sums)
        candidates += [(form, form.xreplace(meaning)) for form in _forms(shape)]
    limit = SLACK * min(cost(e) for _, e in candidates)
    fair = [c for c in candidates if cost(c[1]) <= limit]
    keys = [(length(e), e.is_Add, round(cost(e), 6)) for _, e in fair]
    best = [form for form, key in zip(fair, keys) if key == min(keys)]
    return signed(best[0][1] if len(best) == 1 else min(best, key=lambda c: str(c[0]))[1])


def signed(expr: sp.Expr) -> sp.Expr:
    """A leading minus goes into a difference: -(y - p) is p - y."""
    if not expr.is_Mul:
        return expr
    coefficient, factors = expr.as_coeff_mul()
    for k, factor in enumerate(factors):
        if not factor.is_Add:
            continue
        minus = sum(t.could_extract_minus_sign() for t in factor.args)
        if (coefficient.is_negative and minus) or minus == len(factor.args):
            flipped = sp.Add(*(-t for t in factor.args))
            return sp.Mul(-coefficient, *factors[:k], flipped, *factors[k + 1 :])
    return expr


def signed_inside(expr: sp.Expr) -> sp.Expr:
    """The same for a difference inside a sum: -sum_i a (y - x) is sum_i a (x - y)."""
    coefficient, factors = expr.as_coeff_mul() if expr.is_Mul else (sp.S.One, ())
    for k, factor in enumerate(factors):
        if isinstance(factor, Reduction) and factor.op == "sum" and coefficient.is_negative and factor.body.is_Mul:
            body, over = factor.open()
            inside = signed(-body)
            if not inside.as_coeff_mul()[0].is_negative:
                return sp.Mul(-coefficient, *factors[:k], reduce_over("sum", inside, over), *factors[k + 1 :])
    return expr


def _has_sum(expr: sp.Expr) -> bool:
    if expr.is_Add:
        return True
    if expr.is_Mul or (expr.is_Pow and expr.exp.is_Integer):
        return any(_has_sum(a) for a in expr.args)
    return False


def normalised(expr: sp.Expr) -> sp.Expr:
    """:func:`normal_form` at every level, inside reductions and functions too."""

    def walk(part):
        if isinstance(part, (Access, Index, Size, Param)) or not part.args:
            return part
        if isinstance(part, Reduction):
            body, over = part.open()
            new = walk(body)
            return part if new == body else reduce_over(part.op, new, over)
        if part.is_Add or part.is_Mul or part.is_Pow:
            return normal_form(part.func(*map(_inside, part.args)))
        return part.func(*map(walk, part.args))

    def _inside(part):
        """Arguments below one rational level: only their functions and reductions are visited."""
        if part.is_Add or part.is_Mul or (part.is_Pow and part.exp.is_Integer):
            return part.func(*map(_inside, part.args))
        if part.is_Pow:
            return sp.Pow(walk(part.base), part.exp)
        return walk(part)

    return walk(expr)


def expanded(expr: sp.Expr) -> sp.Expr:
    """Products of sums multiplied out (powers of sums too), within the size cap."""
    shape, meaning = masked(expr)
    result = sp.expand(shape, power_exp=False, power_base=False, log=False, multinomial=True, mul=True)
    if len(sp.Add.make_args(result)) > MOST_TERMS:
        return expr
    return result.xreplace(meaning)
