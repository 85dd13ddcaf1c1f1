r"""Arrays with so few entries that numbers pick one: ``u \in \mathbb{R}^2`` has u_1, a matrix of 2 x 2 has M_{12}."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction

from symnet.lecture.context.refs import is_bold, is_upper, spelling
from symnet.lecture.reader.syntax import Dots, Expr, Matrix, Number, Space, Statement, Symbol, Transpose, Tuple

#: the name of an array -> how many entries it has along each axis
Small = dict[str, tuple[int, ...]]


def small_arrays(statements: Iterable[Statement]) -> Small:
    """The names of arrays whose sizes are numbers, the same wherever they are declared or written out."""
    found = [(spelling(name), sizes) for s in statements for name, sizes in (*_declared(s), *_written_out(s))]
    other = {name for name, sizes in found if any(n == name and also != sizes for n, also in found)}
    return {name: sizes for name, sizes in found if name not in other}


def digits_apart(statements: Sequence[Statement]) -> list[Statement]:
    """The statements where the 12 of the M_{12} of a small matrix is two indices."""
    small = small_arrays(statements)

    def change(part: Expr) -> Expr:
        part = part.map(change)
        if not isinstance(part, Symbol) or len(part.subs) != 1 or len(small.get(spelling(part), ())) != 2:
            return part
        (sub,) = part.subs
        if not isinstance(sub, Number) or len(sub.text) != 2 or not sub.text.isdecimal():
            return part
        return replace(part, subs=tuple(Number(Fraction(digit), text=digit, span=sub.span) for digit in sub.text))

    return [s for s in map(change, statements) if isinstance(s, Statement)]


def _declared(statement: Statement) -> Iterator[tuple[Symbol, tuple[int, ...]]]:
    r"""``u, v \in \mathbb{R}^2``."""
    for left, right, relation in zip(statement.terms, statement.terms[1:], statement.relations):
        if relation == "in" and isinstance(right, Space) and right.dims:
            sizes = [d.value for d in right.dims if isinstance(d, Number) and d.value.denominator == 1]
            for name in left.items if isinstance(left, Tuple) else (left,):
                if len(sizes) == len(right.dims) and isinstance(name, Symbol) and not name.subs:
                    yield name, tuple(map(int, sizes))


def _written_out(statement: Statement) -> Iterator[tuple[Symbol, tuple[int, ...]]]:
    """``M = `` a matrix of numbers, not of blocks."""
    if statement.relations[:1] not in (("=",), ("set",)):
        return
    name, value = statement.terms[:2]
    turned = isinstance(value, Transpose)
    value = value.arg if isinstance(value, Transpose) else value
    if not isinstance(value, Matrix) or len({*map(len, value.rows)}) != 1 or not isinstance(name, Symbol) or name.subs:
        return
    parts = [part for row in value.rows for entry in row for part in entry.walk()]
    symbols = [part for part in parts if isinstance(part, Symbol)]
    blocks = any(is_bold(p) or is_upper(spelling(p)) or spelling(p) == spelling(name) for p in symbols)
    if not blocks and not any(isinstance(part, Dots) for part in parts):
        sizes = len(value.rows), len(value.rows[0])
        yield name, (max(sizes),) if 1 in sizes else sizes[::-1] if turned else sizes
