"""Rational normal forms: common factors out, cancelled, factored; the cheapest form wins.

SymPy sees only symbols: accesses, reductions, brackets and roots are masked first, and the work is remembered for
expressions that differ by names only (a hundred equal layers are factored once).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from math import prod

import sympy as sp

from symnet.ir import functions as fn
from symnet.ir.expr import Access, Index, Param, Reduction, Size, reduce_over
from symnet.ir.signs import sign_of
from symnet.rewrite.cost import SLACK, cost, length

MOST_TERMS, MOST_ATOMS = 24, 16
MOST_PRODUCTS = 512
MOST_DENOMINATORS, MOST_LENGTH = 4, 40
MOST_COLLECTED, MOST_FACTORED = 6, 9

Power = tuple[sp.Expr, sp.Expr]  # base and exponent, without the whole number in it


@lru_cache(maxsize=256)
def _stand_in(k: int, positive: bool) -> sp.Symbol:
    return sp.Symbol(f"g{k:02d}", positive=True) if positive else sp.Symbol(f"g{k:02d}", real=True)


def masked(
    expr: sp.Expr, whole_sums: bool = False, least: dict[Power, sp.Integer] | None = None
) -> tuple[sp.Expr, dict[sp.Symbol, sp.Expr]]:
    """``expr`` as a rational expression of plain symbols, and what the symbols stand for.

    With ``whole_sums`` a sum that is a factor, as x - mu in c (x - mu), stays in one piece. ``least`` says which power
    of b the others are products with: without it b^(k - 1) is the fraction b^k / b.
    """
    found: dict[sp.Expr, sp.Symbol] = {}
    least = least or {}

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
        if _is_symbolic_power(part):  # b^(k - 1) is to meet b^k and b
            whole, rest = part.exp.as_coeff_Add()
            low = least.get((part.base, rest), sp.S.Zero)
            return walk(part.base, True) ** (whole - low) * stand(sp.Pow(part.base, rest + low))
        return stand(part)

    # atoms are numbered in declaration-like order, so that equal shapes share one normal form
    return walk(expr), {symbol: part for part, symbol in found.items()}


def _is_symbolic_power(part: sp.Expr) -> bool:
    """b^k and b^(k - 1), whose exponent has a name."""
    return part.is_Pow and not part.exp.is_number and not part.base.is_number and part.exp.as_coeff_Add()[0].is_Integer


def least_powers(expr: sp.Expr) -> dict[Power, sp.Integer]:
    """The least whole number w of the powers b^(k + w) of ``expr``, for each b and k.

    With it the other powers are products of the least one and of b, and no b comes below the line.
    """
    least: dict[Power, sp.Integer] = {}
    for part in filter(_is_symbolic_power, sp.preorder_traversal(expr)):
        whole, rest = part.exp.as_coeff_Add()
        least[part.base, rest] = min(whole, least.get((part.base, rest), whole))
    return least


def _steep(expr: sp.Expr) -> bool:
    """Too many different denominators or too long for a common denominator to be worth its time."""
    below = {p.base for p in expr.atoms(sp.Pow) if p.exp.is_negative}
    return len(below) > MOST_DENOMINATORS or length(expr) > MOST_LENGTH


@lru_cache(maxsize=1 << 14)
def _forms(expr: sp.Expr) -> tuple[sp.Expr, ...]:
    """Rational forms of an expression of plain symbols."""
    forms = [expr]
    if len(expr.free_symbols) > MOST_ATOMS or _products(spread := _spread(expr)) > MOST_PRODUCTS:
        return (expr,)
    expanded = sp.expand_mul(spread, deep=True)
    if len(sp.Add.make_args(expanded)) > MOST_TERMS:
        return (expr,)
    forms += [spread, expanded, sp.factor_terms(expanded), *_collected(expanded)]
    if _steep(expr):
        return tuple(dict.fromkeys(forms))
    try:
        fractions = any(p.exp.is_negative for p in expanded.atoms(sp.Pow))
        cancelled = sp.cancel(sp.together(expanded)) if fractions else expanded
        factored = sp.factor(cancelled) if len(expr.free_symbols) <= MOST_FACTORED else sp.factor_terms(cancelled)
        forms += [cancelled, factored, sp.factor_terms(cancelled), *_collected(factored), *_by_denominator(expanded)]
    except (sp.PolynomialError, NotImplementedError):  # not rational in these symbols after all
        pass
    return tuple(dict.fromkeys(forms))


def _products(expr: sp.Expr) -> int:
    """How many terms are multiplied out, before equal ones are collected: twice as many for every factor a + b."""
    if expr.is_Add:
        return sum(map(_products, expr.args))
    if expr.is_Mul:
        return prod(map(_products, expr.args))
    if expr.is_Pow and expr.exp.is_Integer:
        return _products(expr.base)  # powers are not multiplied out
    return 1


def _spread(expr: sp.Expr) -> sp.Expr:
    """A product goes into a sum of fractions, where it cancels: a b (c / a + d / b) is b c + a d."""
    if expr.is_Add:
        return sp.Add(*map(_spread, expr.args))
    if expr.is_Mul:
        for k, factor in enumerate(expr.args):
            if factor.is_Add and any(sp.denom(t).free_symbols for t in factor.args):
                rest = sp.Mul(*expr.args[:k], *expr.args[k + 1 :])
                return sp.Add(*(_spread(rest * t) for t in factor.args))
            if factor.is_Add and (inner := _spread(factor)) != factor:
                return sp.Mul(*expr.args[:k], inner, *expr.args[k + 1 :])
    return expr


def _collected(expr: sp.Expr) -> Iterator[sp.Expr]:
    """Terms of a sum that share a symbol put together: a - a b + c is a (1 - b) + c."""
    for k, factor in enumerate(sp.Mul.make_args(expr)):
        if not factor.is_Add or not 3 <= len(factor.args) <= MOST_COLLECTED:
            continue
        counts = Counter(s for term in factor.args for s in term.free_symbols)
        rest = [f for j, f in enumerate(sp.Mul.make_args(expr)) if j != k]
        for symbol in sorted(counts, key=str):
            if 1 < counts[symbol] < len(factor.args):
                yield sp.Mul(*rest, sp.collect(factor, symbol, sp.factor_terms))


def _by_denominator(expanded: sp.Expr) -> Iterator[sp.Expr]:
    """Only fractions with something in common below the line are brought together: a + (b + c) / d."""
    groups: list[tuple[set[sp.Symbol], list[sp.Expr]]] = []
    for term in sp.Add.make_args(expanded):
        below, terms = sp.denom(term).free_symbols, [term]
        joined = [g for g in groups if g[0] & below or not (g[0] or below)]
        for group in joined:
            groups.remove(group)
            below, terms = below | group[0], group[1] + terms
        groups.append((below, terms))
    if len(groups) > 1 and any(len(terms) > 1 for below, terms in groups if below):
        yield sp.Add(*(sp.factor(sp.cancel(sp.together(sp.Add(*terms)))) for _, terms in groups))


@lru_cache(maxsize=1 << 13)
def normal_form(expr: sp.Expr) -> sp.Expr:
    """The shortest rational form of one level of ``expr`` among those that are not much dearer than the cheapest.

    Shortest is what a textbook prints.
    """
    if not _has_sum(expr):
        return signed(expr)
    candidates, least = [], least_powers(expr)
    for powers in [{}, least] if any(least.values()) else [{}]:
        for whole_sums in (False, True):
            shape, meaning = masked(expr, whole_sums, powers)
            candidates += [(form, _merged(form.xreplace(meaning))) for form in _forms(shape)]
    candidates = _most_defined(candidates, least)
    limit = SLACK * min(cost(e) for _, e in candidates)
    fair = [c for c in candidates if cost(c[1]) <= limit]
    keys = [(length(e), len(sp.Add.make_args(e)), _widest(e), round(cost(e), 6)) for _, e in fair]
    best = [form for form, key in zip(fair, keys) if key == min(keys)]
    return signed(best[0][1] if len(best) == 1 else min(best, key=lambda c: str(c[0]))[1])


def _most_defined(
    forms: list[tuple[sp.Expr, sp.Expr]], least: dict[Power, sp.Integer]
) -> list[tuple[sp.Expr, sp.Expr]]:
    """The forms that ask least of the bases b of powers b^k: where b is 0, 1 / b and b^(k - 1) may have no value."""
    bases = {base for base, _ in least}
    asked = [_asked(e, bases) for _, e in forms]
    return [form for form, much in zip(forms, asked) if much == min(asked)]


def _asked(expr: sp.Expr, bases: set[sp.Expr]) -> int:
    """2 for each base that ``expr`` divides by, 1 for one that stands in it with a smaller exponent than k only."""
    powers = [p for p in sp.preorder_traversal(expr) if p.is_Pow and p.base.free_symbols] if bases else []
    below = {p.base for p in powers if p.exp.is_negative}
    smaller = {p.base for p in powers if _is_symbolic_power(p) and p.exp.as_coeff_Add()[0].is_negative}
    return sum(2 if any(_divides(b, q) for q in below) else b in smaller for b in bases)


@lru_cache(maxsize=1 << 12)
def _divides(base: sp.Expr, whole: sp.Expr) -> bool:
    """1 - p divides n - n p."""
    return base in (whole, -whole) or sp.denom(sp.cancel(masked(whole / base)[0])).is_number


def signed(expr: sp.Expr) -> sp.Expr:
    """A leading minus goes into a difference: -(y - p) is p - y and -y (y - 1) is y (1 - y), in every term of a sum."""
    if expr.is_Add:
        return sp.Add(*map(signed, expr.args))
    if not expr.is_Mul:
        return expr
    coefficient, rest = expr.as_coeff_mul()
    factors = [signed(f) if f.is_Add else f for f in rest]
    backward = [k for k, f in enumerate(factors) if _sum_base(f) and _is_backward(f.as_base_exp()[0])]
    for k in backward:
        coefficient, factors[k] = -coefficient, _flipped(factors[k])
    if coefficient.is_negative:
        mixed = [k for k, f in enumerate(factors) if f.is_Add and any(map(_negative, f.args))]
        plain = [k for k in mixed if k not in backward and not _is_backward(_flipped(factors[k]))]
        plain += [k for k, f in enumerate(factors) if f.is_Add and not any(map(_negative, _flipped(f).args))]
        for k in (*plain, *mixed, *reversed(backward))[:1]:
            coefficient, factors[k] = -coefficient, _flipped(factors[k])
    return sp.Mul(coefficient, *factors)


def _negative(term: sp.Expr) -> bool:
    return bool(term.as_coeff_Mul()[0].is_negative)


def _sum_base(factor: sp.Expr) -> bool:
    base, exponent = factor.as_base_exp()
    return bool(base.is_Add and exponent.is_odd)


def _is_backward(base: sp.Expr) -> bool:
    """y - 1, which is written 1 - y, or all terms with a minus."""
    minus = [t for t in base.args if _negative(t)]
    if len(minus) == len(base.args):
        return True
    return len(minus) == 1 and minus[0].is_number and len(base.args) == 2


def _flipped(factor: sp.Expr) -> sp.Expr:
    base, exponent = factor.as_base_exp()
    return sp.Pow(sp.Add(*(signed(-t) for t in base.args)), exponent)


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


def _merged(expr: sp.Expr) -> sp.Expr:
    """b b^k is b^(k + 1), at the level of sums and products."""
    if expr.is_Add:
        return sp.Add(*map(_merged, expr.args))
    if not expr.is_Mul:
        return expr
    powers: dict[sp.Expr, sp.Expr] = {}
    factors = tuple(map(_merged, expr.args))
    for factor in factors:
        base, exponent = factor.as_base_exp() if not isinstance(factor, sp.exp) else (factor, sp.S.One)
        powers[base] = powers.get(base, sp.S.Zero) + exponent
    if all(exponent.is_Rational for exponent in powers.values()):
        return expr if factors == expr.args else sp.Mul(*factors)
    return sp.Mul(*(base**exponent for base, exponent in powers.items()))


def _widest(expr: sp.Expr) -> int:
    """The number of terms of the longest sum among the factors."""
    return max(len(sp.Add.make_args(f)) for f in sp.Mul.make_args(expr))


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
        if isinstance(part, Reduction):  # nothing comes in from outside, so the bound indices may stay as they are
            new = walk(part.body)
            return part if new == part.body else reduce_over(part.op, new, part.over)
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
    shape, meaning = masked(expr, least=least_powers(expr))
    result = sp.expand(shape, power_exp=False, power_base=False, log=False, multinomial=True, mul=True)
    if len(sp.Add.make_args(result)) > MOST_TERMS:
        return expr
    return result.xreplace(meaning)


def expm1_pair(expr: sp.Expr) -> tuple[sp.Expr, sp.exp] | None:
    """c and e^x of a sum that holds c e^x - c, c being constant, which is not to be taken apart: c expm1(x)."""
    for term in filter(fn.is_constant, expr.args):
        for other in expr.args:
            if isinstance(ratio := -other / term, sp.exp):
                return -term, ratio
    return None
