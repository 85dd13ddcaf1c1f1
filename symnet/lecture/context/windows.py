r"""How many places a window has: ``y_i = \sum_{j=1}^k w_j x_{i+j-1}`` has an entry for each one inside of x."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from symnet.lecture.context.record import Definition
from symnet.lecture.context.refs import Ref
from symnet.lecture.reader.syntax import Big, Expr, Infinity, Plus


@dataclass(frozen=True)
class Window:
    """What moves over an axis: as far as ``farthest``, the last of its places but the first, lies inside."""

    axis: str  # of what is read
    farthest: tuple[Expr, ...]  # terms


def windows(definitions: Iterable[Definition]) -> dict[str, Window]:
    """Axes of what is defined through windows, each with the first of these."""
    found: dict[str, Window] = {}
    for d in definitions:
        if d.parameters is not None:
            continue
        for position, letter in enumerate(d.indices):
            if isinstance(letter, Ref) and not letter.indices:
                for window in _along(letter, d.body, {}):
                    if not window.axis.startswith(f"axis:{d.key}:"):
                        found.setdefault(f"axis:{d.key}:{position}", window)
    return found


def _along(letter: Ref, expr: Expr, ends: Mapping[str, Expr | None]) -> Iterator[Window]:
    """The windows whose place is ``letter``; ``ends`` are those of the sums around."""
    if isinstance(expr, Big):
        ends = {**ends, **{v.name: expr.upper for v in expr.variables}}
    if isinstance(expr, Ref):
        for position, index in enumerate(expr.indices):
            terms = index.terms if isinstance(index, Plus) else ()
            others = [t for t in terms if t != letter]
            inner = [t for t in others if isinstance(t, Ref) and t.key in ends]
            if len(others) + 1 != len(terms) or not inner:
                continue
            numbers = [t for t in others if not any(isinstance(part, Ref) for part in t.walk())]
            last = [end for t in inner if (end := ends[t.key]) is not None and not isinstance(end, Infinity)]
            if len(inner) + len(numbers) == len(others) and len(last) == len(inner):
                yield Window(f"axis:{expr.key}:{position}", (*last, *numbers))
    for child in expr.children():
        yield from _along(letter, child, ends)
