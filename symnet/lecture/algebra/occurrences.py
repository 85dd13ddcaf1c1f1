"""Reductions and choices in an expression: where they occur, which are alike, which cases go together."""

from __future__ import annotations

import itertools
from fractions import Fraction

import sympy as sp

from symnet.ir import functions as fn
from symnet.ir.expr import Access, Index, Reduction
from symnet.lecture.algebra.forms import POSITIVE, Base, Form, minus, plus, scaled, sign_of


def first_term(form: Form) -> Base:
    return next(iter(form.terms))[0][0]


def occurrences(form: Form, where: Form) -> int:
    """How often the base of ``form`` occurs, inside of other bases too."""
    return sum(first_term(form).key in b.key for p in where.terms for b, _ in p)


def settable(base: Base) -> bool:
    return base.kind in ("reduction", "access") or (base.kind == "variable" and not isinstance(base.head, Index))


def same_head(base: Base, other: Base) -> bool:
    if base.kind == other.kind == "access":
        return base.head.name == other.head.name
    return any(same_head(base, b) for a in other.args for p in a.terms for b, _ in p)


def are_alike(a, b) -> bool:
    return a is b or a == b or (hasattr(a, "signature") and hasattr(b, "signature") and a.name == b.name)


def outer_choices(expr: sp.Expr):
    """``where`` outside of reductions, outermost first."""
    if isinstance(expr, (Access, Reduction)):
        return
    if isinstance(expr, fn.where):
        yield expr
    for a in expr.args:
        yield from outer_choices(a)


def consistent(signs: list[tuple[Form, int]]) -> bool:
    """Could these forms have these signs?  Pairs that differ by a number, a sign or a third are compared."""
    for (a, s), (b, t), *_ in itertools.permutations(signs, 2):
        for factor in (1, -1):
            gap = minus(a, scaled(b, Fraction(factor)))  # a = factor * b + gap
            low = factor * t
            if sign_of(gap) == POSITIVE and low >= 0 and s <= 0:
                return False
            if sign_of(scaled(gap, Fraction(-1))) == POSITIVE and low <= 0 and s >= 0:
                return False
            if not gap.terms and low != s:
                return False
    for (a, s), (b, t), (c, u) in itertools.permutations(signs, 3):
        for f in (1, -1):
            for g in (1, -1):
                rest = minus(a, plus(scaled(b, Fraction(f)), scaled(c, Fraction(g))))
                if not rest.terms:  # a = f b + g c
                    both = {f * t, g * u}
                    if both <= {0, 1} and s != max(both):
                        return False
                    if both <= {0, -1} and s != min(both):
                        return False
    return True
