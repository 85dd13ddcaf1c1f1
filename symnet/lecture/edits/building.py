"""Expressions built with the brackets that they need, as if they stood in no document."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction

from symnet.lecture.reader.syntax import (
    NOWHERE,
    Big,
    Call,
    Expr,
    Label,
    Matrix,
    Negate,
    Number,
    Paren,
    Plus,
    Product,
    Quotient,
    Symbol,
    Transpose,
)

ZERO, ONE, TWO = Number(Fraction(0), "0"), Number(Fraction(1), "1"), Number(Fraction(2), "2")
HALF = Quotient(ONE, TWO)


def unique(items: Iterable) -> list:
    return list(dict.fromkeys(items))


def nowhere(expr):
    """The part as if it stood in no document."""
    new = expr.map(nowhere)
    return replace(new, span=NOWHERE)


def number_of(value: Fraction | int) -> Expr:
    value = Fraction(value)
    if value < 0:
        return Negate(number_of(-value))
    if value.denominator == 1:
        return Number(value, str(value))
    text = f"{float(value):.10g}"
    if Fraction(text) == value:
        return Number(value, text)
    return Quotient(number_of(value.numerator), number_of(value.denominator))


def negated(expr: Expr) -> Expr:
    if isinstance(expr, Negate):
        return expr.arg
    if isinstance(expr, Plus):
        return Negate(Paren(expr))
    return Negate(expr)


def transposed(expr: Expr) -> Expr:
    if isinstance(expr, Transpose):
        return expr.arg
    simple = isinstance(expr, Symbol | Paren | Matrix | Call)
    return Transpose(expr if simple else Paren(expr))


def times(left: Expr, right: Expr, op: str = "juxtapose") -> Expr:
    """A product with the brackets that it needs."""
    if isinstance(left, Negate):
        return Negate(times(left.arg, right, op))
    if isinstance(right, Negate) and op == "juxtapose":
        return Negate(times(left, right.arg, op))
    if isinstance(right, Product):
        return replace(right, left=times(left, right.left, op), span=NOWHERE)
    return Product(grouped(left), grouped(right), op)


def multiplied(left: Expr, right: Expr, op: str) -> Expr:
    if isinstance(right, Product) and "odot" not in (op, right.op):
        return Product(multiplied(left, right.left, op), right.right, right.op)
    return Product(grouped(left), Paren(right) if isinstance(right, Product) else grouped(right), op)


def grouped(expr: Expr) -> Expr:
    return Paren(expr) if isinstance(expr, Plus | Negate) else expr


def shifted(expr: Expr, step: int) -> Expr:
    """The expression plus one or minus one, written short."""
    match expr:
        case Number():
            return number_of(expr.value + step)
        case Negate(Number() as n):
            return number_of(-n.value + step)
        case Plus(terms) if isinstance(terms[-1], Number):
            rest, total = terms[:-1], terms[-1].value + step
        case Plus(terms) if isinstance(terms[-1], Negate) and isinstance(terms[-1].arg, Number):
            rest, total = terms[:-1], -terms[-1].arg.value + step
        case Plus(terms):
            rest, total = terms, Fraction(step)
        case _:
            rest, total = (expr,), Fraction(step)
    if total == 0:
        return Plus(rest) if len(rest) > 1 else rest[0]
    return Plus((*rest, number_of(total)))


def with_args(call: Call, *args: Expr) -> Call:
    return replace(call, args=args, span=NOWHERE)


def replaced_everywhere(expr: Expr, old: Expr, new: Expr) -> Expr:
    if expr == old:
        return new
    if isinstance(expr, Symbol | Label) or isinstance(expr, Big) and old in expr.variables:
        return expr  # what a sum runs over is its own

    def change(part: Expr) -> Expr:
        return replaced_everywhere(part, old, new)

    mapped = expr.map(change)
    return mapped if mapped is expr else replace(mapped, span=NOWHERE)
