"""The quantities of an update: names with their places and times, constants, gradients."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction

from symnet.lecture.reader.syntax import (
    Braced,
    Call,
    Derivative,
    Expr,
    Label,
    Nabla,
    Negate,
    Number,
    Paren,
    Plus,
    Power,
    Quotient,
    Root,
    Symbol,
)

#: letters and words that name constants of algorithms
CONSTANTS = frozenset("alpha beta gamma eta lambda epsilon varepsilon rho mu nu kappa tau xi varrho zeta".split())
WORDS = re.compile(r"(lr|eps|wd|step[-_ ]?size|.*(rate|decay|momentum|epsilon|factor)|beta\d?|const)$", re.IGNORECASE)
SIZES = frozenset("n m N M B".split())
TIMES = frozenset("t k T".split())
TIME_WORDS = frozenset("new old next prev previous current".split())
PAST_WORDS = ("old", "prev")
#: ends the key of a quantity of an earlier step that stands beside its later value
BEFORE = " before"
#: letters that an index of time may have
TIME_LETTERS = frozenset("t k n i s tau".split())
GRADIENT = re.compile(r"(d|grad_?)([A-Za-z]|theta|phi|alpha|beta|gamma|omega)\d*$|g$|grad$")


class Unreadable(Exception):
    """Not arithmetic that an update is compared by."""


@dataclass(frozen=True)
class Atom:
    """One quantity: ``kind`` is gradient, constant, time or state; ``tag`` the parameter it belongs to (w of dw)."""

    key: str
    kind: str
    tag: str = ""
    stem: str = ""  # the key without hats and labels: S of \hat S and S^{correct}
    expr: Expr = field(default=Symbol(""), compare=False)


@dataclass(frozen=True)
class Index:
    """One part of a subscript or superscript: a letter with an offset, a number (letter "") or a text."""

    text: str
    letter: str = ""
    offset: Fraction | None = None


def text_of(expr: Expr | None) -> str:
    """A short text that is equal for equal parts, whatever their font."""
    if expr is None:
        return ""
    if isinstance(expr, Symbol):
        inner = ",".join(text_of(part) for part in (*expr.subs, *expr.labels))
        return "".join(expr.marks) + expr.name + (f"[{inner}]" if inner else "")
    if isinstance(expr, Number):
        return str(expr.value)
    if isinstance(expr, Label):
        return f"{expr.kind}:{expr.word}{text_of(expr.value)}{expr.count}"
    return type(expr).__name__ + "(" + ",".join(text_of(part) for part in expr.children()) + ")"


def index_of(expr: Expr) -> Index:
    if isinstance(expr, Label):
        if expr.kind in ("paren", "bracket") and expr.value is not None:
            inner = index_of(expr.value)
            return Index(text_of(expr), inner.letter, inner.offset)
        return Index(text_of(expr))
    if isinstance(expr, Paren):
        return index_of(expr.arg)
    if isinstance(expr, Symbol) and not expr.marks and not expr.subs:
        return Index(text_of(expr), expr.name, Fraction(0))
    if isinstance(expr, Number):
        return Index(text_of(expr), "", expr.value)
    if isinstance(expr, Plus) and len(expr.terms) == 2:
        first, second = (index_of(term.arg if isinstance(term, Negate) else term) for term in expr.terms)
        if first.letter and not second.letter and second.offset is not None and first.offset == 0:
            sign = -1 if isinstance(expr.terms[1], Negate) else 1
            return Index(text_of(expr), first.letter, sign * second.offset)
    return Index(text_of(expr))


def named_symbol(expr: Expr) -> tuple[Symbol, tuple[Index, ...]] | None:
    """A symbol with all its indices; a power of it may be an index too (``w^j_t``, ``w^{t+1}``)."""
    if isinstance(expr, Power) and isinstance(expr.base, Symbol):
        base = expr.base
        return base, (*map(index_of, base.subs), *map(index_of, base.labels), index_of(expr.exponent))
    if isinstance(expr, Symbol):
        return expr, (*map(index_of, expr.subs), *map(index_of, expr.labels))
    return None


def peel(expr: Expr) -> Expr:
    """Without brackets and braces around it."""
    while isinstance(expr, Paren | Braced):
        expr = expr.arg
    return expr


def clocks(expr: Expr) -> frozenset[str]:
    """Letters of time that are numbers of steps here: in an exponent or below a fraction."""
    places: list[Expr] = []
    for part in expr.walk():
        if isinstance(part, Power):
            places.append(part.exponent)
        elif isinstance(part, Quotient):
            below = {s.name for s in part.denominator.walk() if isinstance(s, Symbol)}
            places.append(part if below & TIMES else part.denominator)
        elif isinstance(part, Root):
            places.append(part.arg)
    return frozenset(s.name for place in places for s in place.walk() if isinstance(s, Symbol) and s.name in TIMES)


def is_small(expr: Expr) -> frozenset[str]:
    r"""Deltas that are added below a fraction, against a division by zero."""
    sums = [part.denominator for part in expr.walk() if isinstance(part, Quotient)]
    found = {
        s.name for below in sums for p in below.walk() if isinstance(p, Plus) for s in p.terms if isinstance(s, Symbol)
    }
    return frozenset(found & {"delta"})


def field_of(point: complex) -> complex:
    """Some gradient as a function of the point: not linear, so that points are told apart."""
    return 0.61 + 1.3 * point + 0.37 * point * point


def gradient_of(expr: Nabla | Derivative) -> Atom:
    by = expr.by[-1] if expr.by else None
    name = by
    while isinstance(name, Power):
        name = name.base
    tag = name.name.casefold() if isinstance(name, Symbol) else ""
    return Atom("grad " + text_of(by) if tag else "grad", "gradient", tag, expr=expr)


def parts_of(expr: Expr) -> Iterator[Expr]:
    """The direct parts that have a value; the name of a function has none."""
    if isinstance(expr, Call) and expr.certain:
        yield from expr.args
    else:
        yield from expr.children()
