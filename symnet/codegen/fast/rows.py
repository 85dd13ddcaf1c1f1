"""Statements that stay in their rows, so that they can be done in a loop over blocks of rows."""

from __future__ import annotations

from collections.abc import Sequence

from symnet.codegen.arrays import (
    Apply,
    Array,
    Assign,
    Einsum,
    Loop,
    MatMul,
    Ref,
    Slice,
    Statement,
    Subscript,
    Update,
    Zeros,
    statements_in,
)
from symnet.codegen.fast.instructions import base, is_atomic, row_axis
from symnet.codegen.fast.schedule import gathered_row
from symnet.ir.expr import Index


def added_row(statements: Sequence[Statement]) -> Index | None:
    """The index n of  dx = 0; for i: dx[:, i : ...] += ...:  additions that stay in their row."""
    first, *rest = statements
    updates = [s for s in statements_in(rest) if not isinstance(s, Loop)]
    if not rest or not isinstance(first, Assign) or not isinstance(first.value, Zeros):
        return None
    row = first.value.layout[0]
    for update in updates:
        if row is None or not isinstance(update, Update) or update.repeated:
            return None
        place = update.items[0]
        if not (isinstance(place, Slice) and place.full and place.index == row and stays(update.value, row)):
            return None
    return row


def stays(array: Array, row: Index) -> bool:
    """Rows of ``array`` need the same rows of the variables, in which they lie first, or nothing of any row."""
    if is_atomic(array):
        return row not in array.layout or isinstance(base(array), Ref) and row_axis(array, row) == 0
    arithmetic = isinstance(array, (Apply, MatMul, Einsum))
    return arithmetic and array.layout[:1] == (row,) and all(stays(a, row) for a in array.children)


def updated_row(statements: Sequence[Statement]) -> Index | None:
    """The index n of  dz = ...; dz[arange(n), t] -= ...:  an update of every row by itself."""
    if len(statements) != 2 or not isinstance(statements[1], Update) or statements[1].repeated:
        return None
    update = statements[1]
    read = Subscript(update.target.layout[:1], "real", update.target, update.items)
    row = gathered_row(read)
    plain = update.value.layout[:1] in ((), (row,))
    return row if plain else None
