"""How much memory a block of rows takes, and how long the pieces are that lie beside each other in it."""

from __future__ import annotations

from collections.abc import Mapping

import sympy as sp

from symnet.codegen.arrays import Apply, Layout, Loop
from symnet.codegen.fast.schedule import RowLoop
from symnet.ir.expr import Index


def widest_row(loop: RowLoop) -> sp.Expr:
    """The entries of a row of the widest array."""
    return max((_row_size(ref.layout, loop.index) for ref in loop.in_rows), key=lambda size: (_axes(size), str(size)))


def wide_places(loop: RowLoop, places: Mapping[str, str]) -> int:
    """How many arrays have the widest rows; variables that are in one place count once.

    Comparisons take a quarter of the room; logits less their maximum are the logits themselves, but for steep ones.
    """
    widest = widest_row(loop)
    numbers = (ref for ref in loop.in_rows if ref.kind != "bool")
    wide = {ref.name for ref in numbers if _row_size(ref.layout, loop.index) == widest}
    shifted = {instruction.also[0].name for instruction in loop.body if instruction.also}
    return len({places.get(name, name) for name in wide - shifted})


def shortest_beside(loop: RowLoop) -> list[sp.Expr] | None:
    """How many entries lie beside each other at least: the smallest of these; any number where none is known.

    None where nothing is to be gained by a small ufunc buffer.
    """
    lengths = _beside(loop)
    if not lengths:
        return None
    known = sorted(lengths - {sp.oo}, key=str)
    return [x for x in known if not any(x != y and _divides(y, x) for y in known)]


def _beside(loop: RowLoop) -> set[sp.Expr]:
    """How many entries lie beside each other where rows or columns meet larger arrays, or parts of arrays are added to.

    Nothing where a comparison is cast on the way, which wants a large buffer.
    """
    found: set[sp.Expr] = set()
    for instruction in loop.body:
        value = instruction.value
        if instruction.statements:
            found |= {sp.oo for s in instruction.statements if isinstance(s, Loop)}
            continue
        if not isinstance(value, Apply) or len(value.indices) < 2:
            continue
        if value.kind == "real" and any(a.kind == "bool" for a in value.args):
            return set()
        row = (value.layout[-1:],) if value.op in ("maximum", "minimum") else ()  # a number is written as a row
        smaller = [a.layout for a in value.args if a.layout and a.layout != value.layout]
        found |= {_run(value.layout, layout) for layout in (*smaller, *row)}
    return found


def _run(layout: Layout, smaller: Layout) -> sp.Expr:
    """The size of the last axes, all of which the smaller array has, or none."""
    there = [False] * (len(layout) - len(smaller)) + [i is not None for i in smaller]
    alike = next((k for k, has in enumerate(reversed(there)) if has != there[-1]), len(there))
    return sp.Mul(*(i.size for i in layout[len(layout) - alike :] if i is not None))


def _row_size(layout: Layout, row: Index) -> sp.Expr:
    return sp.Mul(*(i.size for i in layout if i is not None and i != row))


def _axes(size: sp.Expr) -> int:
    """How many axes an array of so many entries has."""
    return sum(int(power) for base, power in size.as_powers_dict().items() if not base.is_number)


def _divides(size: sp.Expr, other: sp.Expr) -> bool:
    """Is an array of ``size`` entries smaller than another, or as large, whatever the axes measure?"""
    return bool(sp.denom(other / size) == 1)
