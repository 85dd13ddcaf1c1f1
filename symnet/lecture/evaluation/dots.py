"""What dots stand for: ``a_1, a_2, \\dots, a_n`` goes from 1 to n in the steps that its first entries make."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction

from symnet.lecture.context.refs import Ref
from symnet.lecture.reader.syntax import Dots, Expr, Negate, Number, Power

MOST = 60  # entries that dots stand for at most


def filled(items: Sequence[Expr], integer: Callable[[Expr], int]) -> list[Expr] | None:
    """The items with what the dots stand for in their place; None where that does not follow from the ends."""
    out: list[Expr] = []
    for k, item in enumerate(items):
        if not isinstance(item, Dots):
            out.append(item)
            continue
        if not 0 < k < len(items) - 1 or isinstance(items[k + 1], Dots):
            return None
        before = items[k - 2] if k > 1 and not isinstance(items[k - 2], Dots) else None
        between = _between(before, items[k - 1], items[k + 1], integer)
        if between is None:
            return None
        out[-1:] = between[:-1]  # the last one stands behind the dots
        if not between:
            return [*out, *items[k + 2 :]]  # a_1 + a_2 + ... + a_n for n = 1
    return out


def _between(before: Expr | None, first: Expr, last: Expr, integer: Callable[[Expr], int]) -> list[Expr] | None:
    """All entries from ``first`` to ``last``."""
    found = difference(first, last)
    if found is None or any(isinstance(p, Power) for p in found[1].walk()):
        return None  # 1/2, 1/4, ..., 1/2^n
    start, end = integer(found[0]), integer(found[1])
    step = -1 if isinstance(found[1], Number) and not isinstance(found[0], Number) else 1  # x_n, ..., x_1
    if before is not None:
        moved = difference(before, first)
        if moved is None or moved[1] != found[0]:
            return None
        step = start - integer(moved[0])
    if step == 0 or (end - start) % step or abs(end - start) > MOST:
        return None
    places = range(start, end + (1 if step > 0 else -1), step)
    return [_at_place(first, last, found, _number(k)) for k in places]


def difference(first: Expr, last: Expr) -> tuple[Expr, Expr] | None:
    """The one part of ``first`` that is something else in ``last``: x_1 and x_n differ in 1 and n."""
    if first == last:
        return None
    if isinstance(first, Number) or type(first) is not type(last):
        numbers = isinstance(first, Number) or isinstance(last, Number)
        shifted = first in last.walk() or last in first.walk()  # n and n - 1
        return (first, last) if numbers or shifted else None
    if isinstance(first, Ref) and isinstance(last, Ref) and (first.key != last.key or not first.indices):
        return None
    differing = [(a, b) for a, b in zip(first.children(), last.children()) if a != b]
    found = [d for a, b in differing if (d := difference(a, b)) is not None]
    if not found or len(found) != len(differing) or any(f != found[0] for f in found):
        return None
    return found[0]


def last_letters(part: Expr) -> set[str]:
    """The n of ``x_1, ..., x_n``: letters of places behind dots that do not stand before them, which are counts."""
    items = list(part.children())
    dots = next((k for k, item in enumerate(items) if isinstance(item, Dots)), len(items))
    before, behind = (
        {i.key for e in side for r in e.walk() if isinstance(r, Ref) for i in r.indices if isinstance(i, Ref)}
        for side in (items[:dots], items[dots:])
    )
    return behind - before


def _at_place(first: Expr, last: Expr, ends: tuple[Expr, Expr], place: Expr) -> Expr:
    """``first`` with another place wherever ``last`` has another one: the 1 of p_1 (1 - p_1) is in no other place."""
    if first == last or (first, last) == ends:
        return first if first == last else place
    others = iter(list(last.children()))
    return first.map(lambda e: _at_place(e, next(others), ends, place))


def _number(k: int) -> Expr:
    return Number(Fraction(k)) if k >= 0 else Negate(Number(Fraction(-k)))
