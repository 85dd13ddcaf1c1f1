"""Signs, factors and terms: turned, dropped, added."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from symnet.lecture.edits.building import HALF, ONE, TWO, ZERO, negated, nowhere, number_of, times, unique
from symnet.lecture.edits.here import Change, Here
from symnet.lecture.edits.questions import is_coefficient, is_matrix, numbers, plain_name
from symnet.lecture.reader.syntax import (
    Cases,
    Expr,
    Matrix,
    Negate,
    Number,
    Paren,
    Plus,
    Product,
    Quotient,
    Space,
    Statement,
    Symbol,
    Tuple,
)


def of_signs(here: Here, part: Expr, top: bool) -> Iterator[Change]:
    sure = id(part) not in here.quiet
    if isinstance(part, Plus):
        if len(part.terms) == 2 and sum(isinstance(t, Negate) for t in part.terms) == 1 and not numbers(part):
            first, second = (negated(t) for t in part.terms)
            turned = Plus((second, first) if isinstance(first, Negate) else (first, second))
            yield "difference", "difference turned", turned, sure
        for i, term in enumerate(part.terms):
            terms = (*part.terms[:i], negated(term), *part.terms[i + 1 :])
            yield "sign", f"sign of term {i + 1} turned", Plus(terms), len(part.terms) > 1
    elif isinstance(part, Negate):
        yield "sign", "minus dropped", part.arg, sure
    elif top and not isinstance(part, Cases | Tuple | Statement | Space | Matrix) and part != ZERO:
        yield "sign", "sign turned", negated(part), sure


def of_factors(here: Here, part: Expr, top: bool) -> Iterator[Change]:
    if isinstance(part, Quotient):
        if part.numerator == ONE:
            yield "factor", "denominator dropped", ONE, True
    if isinstance(part, Product):
        for kept, gone in ((part.right, part.left), (part.left, part.right)):
            if is_coefficient(gone) and not isinstance(gone, Symbol):
                yield "factor", "factor dropped", kept.arg if top and isinstance(kept, Paren) else kept, True
    if isinstance(part, Quotient) and isinstance(part.denominator, Number | Symbol) and part.numerator != ONE:
        yield "factor", "denominator dropped", part.numerator, True
    if isinstance(part, Number) and part.value not in (0, 1) and id(part) not in here.exponents:
        yield "number", "number doubled", number_of(2 * part.value), True
        if part.value.denominator == 1 and part.value % 2 == 0:
            yield "number", "number halved", number_of(part.value / 2), True
        if part.value.denominator == 1:
            yield "count", "number one less", number_of(part.value - 1), True
            yield "count", "number one more", number_of(part.value + 1), True
        else:
            yield "count", "one minus the number", number_of(1 - part.value), True
    if isinstance(part, Plus):
        for i, term in enumerate(part.terms):
            bare = term.arg if isinstance(term, Negate) else term
            if isinstance(bare, Number):
                continue
            for name, factor in (("factor 2 added to a term", TWO), ("factor 1/2 added to a term", HALF)):
                new = times(factor, bare)
                terms = (*part.terms[:i], Negate(new) if isinstance(term, Negate) else new, *part.terms[i + 1 :])
                yield "added factor", name, replace(part, terms=terms), False
    if top and not isinstance(part, Cases | Tuple | Statement | Space | Matrix | Number):
        for name, factor in (("factor 2 added", TWO), ("factor 1/2 added", HALF)):
            yield "added factor", name, times(factor, part), True
        for big in unique([*here.sums, *here.vocabulary.sums]):
            if isinstance(big.upper, Symbol) and big.upper != part:
                yield "added factor", "mean made of a sum", times(Quotient(ONE, nowhere(big.upper)), part), True


def of_missing(here: Here, part: Expr, top: bool) -> Iterator[Change]:
    if top and not isinstance(part, Cases | Tuple | Statement | Space | Matrix | Plus):
        for symbol in here.values:
            yield "missing factor", f"factor {plain_name(symbol)} added", times(nowhere(symbol), part), True
            if not is_matrix(symbol) and symbol != part:
                yield "missing factor", f"divided by {plain_name(symbol)}", times(Quotient(ONE, symbol), part), True
    if isinstance(part, Plus):
        for i, term in enumerate(part.terms):
            for symbol in here.values:
                terms = (*part.terms[:i], times(nowhere(symbol), term), *part.terms[i + 1 :])
                yield "missing factor", f"term {i + 1} times {plain_name(symbol)}", Plus(terms), True


def of_terms(here: Here, part: Expr) -> Iterator[Change]:
    if not isinstance(part, Plus):
        return
    for i in range(len(part.terms)):
        rest = part.terms[:i] + part.terms[i + 1 :]
        yield "term", f"term {i + 1} dropped", Plus(rest) if len(rest) > 1 else rest[0], True
    first = part.terms[0]
    if isinstance(first, Product) and is_coefficient(first.left):
        inside = Plus((first.right, *part.terms[1:]))
        yield "bracket", "bracket added", times(first.left, Paren(inside), first.op), True
    for i, term in enumerate(part.terms):
        for big in here.sums:
            if big not in (list(term.walk())):
                more = times(term, nowhere(big))
                yield (
                    "missing sum",
                    f"term {i + 1} times a sum",
                    Plus((*part.terms[:i], more, *part.terms[i + 1 :])),
                    True,
                )
