"""Aligning arrays: transposes and new axes so that dimensions that mean the same index meet.

An array is *aligned* to an order (i1, ..., ik) when its dimensions, counted from the last, stand where their index
stands in the order; missing indices are dimensions of length 1, missing leading ones are left out.
"""

from __future__ import annotations

from collections.abc import Sequence

import sympy as sp

from symnet.codegen.arrays import Array, Item, Layout, NewAxis, Slice, Subscript, is_whole, ordered
from symnet.ir.expr import Index


def aligned_layout(indices: Sequence[Index], order: Sequence[Index | None]) -> Layout:
    """The layout that an array over ``indices`` has when aligned to ``order``."""
    full = [i if i is not None and i in indices else None for i in order]
    while full and full[0] is None:
        full.pop(0)
    return tuple(full)


def stripped(layout: Layout) -> Layout:
    """A layout without its leading dimensions of length 1."""
    k = 0
    while k < len(layout) and layout[k] is None:
        k += 1
    return layout[k:]


def align(array: Array, order: Sequence[Index | None], *, strict: bool = False) -> Array:
    """``array`` aligned to ``order``; ``strict``: without dimensions of length 1 in front."""
    target = aligned_layout(array.indices, order)
    if array.layout == target or (not strict and stripped(array.layout) == target):
        return array
    wanted = [i for i in order if i is not None and i in array.indices]
    if [i for i in array.layout if i is not None] != wanted:
        array = without_ones(array)
        array = ordered(array, wanted)
        if array.layout == target:
            return array
    items: list[Item] = []
    here = list(array.layout)
    layout = list(target)
    while here or layout:
        if here and layout and here[0] == layout[0]:
            items.append(Slice(here.pop(0)) if here[0] is not None else _kept(here))
            layout.pop(0)
        elif here and here[0] is None:
            items.append(sp.S.Zero)
            here.pop(0)
        else:
            assert layout and layout[0] is None, f"{array.layout} can not be aligned to {order}"
            items.append(NewAxis())
            layout.pop(0)
    return merged(target, array, items)


def merged(layout: Layout, array: Array, items: list[Item]) -> Array:
    """``array[items]``, in one subscript with that of the array where both are basic."""
    if not isinstance(array, Subscript) or any(isinstance(i, Array) for i in array.items):
        return Subscript(layout, array.kind, array, tuple(items))
    outer, result = list(items), []
    for item in array.items:
        if not isinstance(item, (Slice, NewAxis)):
            result.append(item)
            continue
        while outer and isinstance(outer[0], NewAxis):
            result.append(outer.pop(0))
        step = outer.pop(0) if outer else Slice(None)
        if isinstance(step, Slice) and step.full:
            result.append(item)
        elif isinstance(item, Slice) and item.full:
            result.append(step)
        elif not isinstance(item, NewAxis):
            return Subscript(layout, array.kind, array, tuple(items))
    return Subscript(layout, array.kind, array.arg, (*result, *outer))


def _kept(here: list) -> Slice:
    here.pop(0)
    return Slice(None)


def without_ones(array: Array) -> Array:
    """The array without its dimensions of length 1."""
    if None not in array.layout:
        return array
    found = merged(array.indices, array, [sp.S.Zero if i is None else Slice(i) for i in array.layout])
    assert isinstance(found, Subscript)
    plain = found.arg.layout == found.layout and is_whole(found.items)
    return found.arg if plain else found
