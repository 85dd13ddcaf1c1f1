"""Where a view reads the variable that it is a view of: an index for every dimension.

x.T[j, i]                         x[i, j]
x[:, 1::2][i, j]                  x[i, 1 + 2 * j]
p[np.arange(n), t][i]             p[i, t[i]]
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sympy as sp

from symnet.codegen.arrays import (
    Array,
    Diagonal,
    NewAxis,
    Positions,
    Ref,
    Slice,
    Subscript,
    Transpose,
    Windows,
)
from symnet.ir.expr import Index


class Unfusable(Exception):
    """An operation without a form for single numbers; its loop stays NumPy."""


@dataclass(frozen=True)
class Place:
    """``offset + sum of step * index``; or the entry of a variable of positions, at places of its own."""

    offset: sp.Expr = sp.S.Zero
    terms: tuple[tuple[Index, int], ...] = ()
    label: Ref | None = None
    at: tuple[Place, ...] = ()

    @property
    def index(self) -> Index | None:
        """The index whose every position this is."""
        plain = self.offset == 0 and self.label is None and len(self.terms) == 1 and self.terms[0][1] == 1
        return self.terms[0][0] if plain else None

    @property
    def first(self) -> bool:
        return self == Place()

    def moved(self, start: sp.Expr, step: int) -> Place:
        if self.label is not None and (start, step) != (0, 1):
            raise Unfusable("a computed position in a slice")
        return Place(self.offset * step + start, tuple((i, s * step) for i, s in self.terms), self.label, self.at)

    def plus(self, other: Place) -> Place:
        if self.label is not None or other.label is not None:
            raise Unfusable("a computed position in a window")
        return Place(self.offset + other.offset, self.terms + other.terms)


def of_layout(array: Array) -> tuple[Place, ...]:
    """Every dimension read by its own index."""
    return tuple(Place() if i is None else Place(terms=((i, 1),)) for i in array.layout)


def source(view: Array, outer: Sequence[Place] | None = None) -> tuple[Array, tuple[Place, ...]]:
    """What ``view`` is a view of (not a view itself), and the place in it of the element at ``outer``."""
    outer = tuple(of_layout(view) if outer is None else outer)
    if isinstance(view, Transpose):
        order = {dimension: k for k, dimension in enumerate(view.order)}
        return source(view.arg, [outer[order[k]] for k in range(len(outer))])
    if isinstance(view, Diagonal):
        rest = iter(outer[:-1])
        return source(view.arg, [outer[-1] if k in view.axes else next(rest) for k in range(len(view.arg.layout))])
    if isinstance(view, Windows):
        rank = len(view.arg.layout)
        inner = list(outer[:rank])
        for axis, place in zip(view.axes, outer[rank:]):
            inner[axis] = inner[axis].plus(place)
        return source(view.arg, inner)
    if isinstance(view, Subscript):
        return source(view.arg, _subscripted(view, outer))
    return view, outer


def _subscripted(view: Subscript, outer: tuple[Place, ...]) -> list[Place]:
    gathers = any(isinstance(i, Array) for i in view.items)
    if gathers and not isinstance(view.items[0], Positions):
        raise Unfusable("a gather of rows")
    rest = list(outer[1:] if gathers else outer)
    inner = []
    for item in view.items:
        if isinstance(item, NewAxis):
            rest.pop(0)
        elif isinstance(item, Slice):
            inner.append(rest.pop(0).moved(item.start, item.step))
        elif isinstance(item, Positions):
            inner.append(outer[0])
        elif isinstance(item, Ref):
            inner.append(Place(label=item, at=outer[:1]))
        elif isinstance(item, Array):
            raise Unfusable("a computed array of positions")
        else:
            inner.append(Place(item))
    return inner + rest
