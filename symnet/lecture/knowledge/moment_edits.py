"""Small changes of one side of a statement about moments."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction

from symnet.lecture.knowledge.update_edits import replace_part
from symnet.lecture.reader.syntax import Big, Expr, Moment, Negate, Number, Paren, Plus, Power, Product, Symbol


def edits(expr: Expr, letters: Sequence[Symbol] = ()) -> Iterator[Expr]:
    """The expression with one small change, the likelier ones first; ``letters`` stand on the other side."""
    two = Number(Fraction(2), text="2")

    def within(part: Expr, make: Callable[[Expr], Iterator[Expr]]) -> Iterator[Expr]:
        yield from make(part)
        for child in part.children():
            if isinstance(part, Moment | Big) and child is not getattr(part, "body", None):
                continue
            for new in within(child, make):
                yield replace_part(part, child, new)

    def powers(part: Expr) -> Iterator[Expr]:
        if isinstance(part, Power) and part.exponent == two:
            yield part.base
        elif isinstance(part, Symbol | Paren | Moment):
            yield Power(part, two)

    def signs(part: Expr) -> Iterator[Expr]:
        if isinstance(part, Negate):
            yield part.arg
        if isinstance(part, Plus):
            for i, term in enumerate(part.terms):
                flipped = term.arg if isinstance(term, Negate) else Negate(term)
                yield Plus((*part.terms[:i], flipped, *part.terms[i + 1 :]))
            yield Plus(tuple(t.arg if isinstance(t, Negate) else Negate(t) for t in part.terms))

    def dropped(part: Expr) -> Iterator[Expr]:
        if isinstance(part, Plus):
            for i in range(len(part.terms)):
                rest = (*part.terms[:i], *part.terms[i + 1 :])
                yield rest[0] if len(rest) == 1 else Plus(rest)
        if isinstance(part, Product):
            yield from (part.left, part.right)

    def numbers(part: Expr) -> Iterator[Expr]:
        if isinstance(part, Number):
            for k in (1, 2, 3, 4, 6, 12):
                if part.value != k:
                    yield Number(Fraction(k), text=str(k))

    def reversed_numbers(part: Expr) -> Iterator[Expr]:
        """Denominators before numerators."""
        yield from numbers(part)
        if isinstance(part, Moment):
            return
        for child in reversed(list(part.children())):
            for new in reversed_numbers(child):
                yield replace_part(part, child, new)

    def inserted(part: Expr) -> Iterator[Expr]:
        if isinstance(part, Moment):
            yield from (Product(letter, part) for letter in letters)

    def doubled(part: Expr) -> Iterator[Expr]:
        if isinstance(part, Moment):
            yield Product(two, part)

    for make in (powers, signs, inserted):
        yield from within(expr, make)
    yield from reversed_numbers(expr)
    for make in (doubled, dropped):
        yield from within(expr, make)
    for letter in letters:
        yield Plus((*(expr.terms if isinstance(expr, Plus) else (expr,)), letter))
