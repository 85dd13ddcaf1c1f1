"""Forms as polynomials in their bases: content, division, factors."""

from __future__ import annotations

from fractions import Fraction
from math import gcd, lcm

import sympy as sp

from symnet.ir.expr import Index
from symnet.lecture.algebra.forms import Base, Form, GiveUp, Product, number, product_key, scaled, sorted_product

MOST_TERMS = 4000  # that are multiplied out
MOST_FACTORED = 24  # terms of a denominator
HIGHEST = 48  # power of a variable in a polynomial that is factored


def times_product(p: Product, q: Product, sign: int = 1) -> Product:
    exponents = dict(p)
    for b, e in q:
        exponents[b] = exponents.get(b, Fraction(0)) + sign * e
    return sorted_product(exponents)


def content(form: Form) -> tuple[Fraction, Product, Form]:
    """``form = number * product * rest``: the rest has coprime integer coefficients, a positive first one, and no
    product divides it."""
    products = list(form.terms)
    common: dict[Base, Fraction] = {}
    for base in dict.fromkeys(b for p in products for b, _ in p):
        least = min(dict(p).get(base, Fraction(0)) for p in products)
        if least:
            common[base] = least
    shared = sorted_product(common)
    over = lcm(*(c.denominator for c in form.terms.values()))
    whole = gcd(*(int(c * over) for c in form.terms.values()))
    factor = Fraction(whole, over)
    rest = Form({times_product(p, shared, -1): c / factor for p, c in form.terms.items()})
    if rest.ordered()[0][1] < 0:
        factor, rest = -factor, scaled(rest, Fraction(-1))
    return factor, shared, rest


def divided(
    form: Form, by: Form, first: frozenset[Index] = frozenset(), exact: bool = True
) -> tuple[Form, Form] | None:
    """``(quotient, remainder)`` of polynomials; bases that depend on ``first`` lead.

    With ``exact`` the remainder is zero, or the answer None.  Where exponents of ``form`` are negative it is shifted.
    """
    order = sorted({b for p in by.terms for b, _ in p}, key=lambda b: (not (b.free & first), b.key))

    def rank(product: Product):
        exponents = dict(product)
        return tuple(exponents.get(b, Fraction(0)) for b in order)

    lead = max(by.terms, key=lambda p: (rank(p), product_key(p)))
    lead_c = by.terms[lead]
    low = {b: min([Fraction(0), *(dict(p).get(b, Fraction(0)) for p in form.terms)]) for b in order}
    shift = sorted_product(low)
    rest = {times_product(p, shift, -1): c for p, c in form.terms.items()}
    quotient: dict[Product, Fraction] = {}
    left: dict[Product, Fraction] = {}
    for _ in range(MOST_TERMS):
        if not rest:
            return (Form({times_product(p, shift): c for p, c in quotient.items()}),
                    Form({times_product(p, shift): c for p, c in left.items()}))  # fmt: skip
        top = max(rest, key=lambda p: (rank(p), product_key(p)))
        exponents = dict(top)
        if any(exponents.get(b, Fraction(0)) < e for b, e in lead):
            if exact:
                return None
            left[top] = rest.pop(top)
            continue
        factor, c = times_product(top, lead, -1), rest[top] / lead_c
        quotient[factor] = quotient.get(factor, Fraction(0)) + c
        for p, by_c in by.terms.items():
            q = times_product(factor, p)
            value = rest.get(q, Fraction(0)) - c * by_c
            if value:
                rest[q] = value
            else:
                rest.pop(q, None)
    raise GiveUp


def irreducible(form: Form) -> list[tuple[Form, int]]:
    """The factors of a primitive polynomial, with their powers; one too large to be factored counts as irreducible."""
    bases = sorted({b for p in form.terms for b, _ in p}, key=lambda b: b.key)
    degree = max(sum(e for _, e in p) for p in form.terms)
    if len(form.terms) > MOST_FACTORED or len(bases) > 10 or degree > 8 or len(form.terms) < 2:
        return [(form, 1)]
    scale = {b: lcm(*(dict(p).get(b, Fraction(0)).denominator for p in form.terms)) for b in bases}
    if max(e * scale[b] for p in form.terms for b, e in p) > HIGHEST:  # e^{0.0447 u} is a power of e^{u / 10000}
        return [(form, 1)]
    if any(all(dict(p).get(b, Fraction(0)) * scale[b] in (0, 1) for p in form.terms) and
           any(len(p) == 1 and p[0][0] == b for p in form.terms) and
           sum(1 for p in form.terms if any(q == b for q, _ in p)) == 1 for b in bases):  # fmt: skip
        return [(form, 1)]  # linear in a variable that stands alone: irreducible
    poly = sp.Poly.from_dict(
        {
            tuple(int(dict(p).get(b, Fraction(0)) * scale[b]) for b in bases): sp.Rational(c.numerator, c.denominator)
            for p, c in form.terms.items()
        },
        *(sp.Symbol(f"g{k}") for k in range(len(bases))),
        domain="QQ",
    )
    coefficient, factors = sp.factor_list(poly)
    if len(factors) == 1 and factors[0][1] == 1:
        return [(form, 1)]
    found = [(number(Fraction(int(coefficient.p), int(coefficient.q))), 1)]
    for factor, power in factors:
        terms = {
            sorted_product({b: Fraction(int(k), scale[b]) for b, k in zip(bases, exponents)}): Fraction(
                int(c.p), int(c.q)
            )
            for exponents, c in factor.terms()
        }
        found.append((Form(terms), power))
    return found
