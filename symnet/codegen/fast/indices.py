"""One name for one axis: bound indices are fresh objects, here rows must be recognised as the same rows.

A bound index becomes the free one of its axis wherever no array has both as dimensions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from symnet.codegen.arrays import Array, Layout, Slice, Subscript, walk
from symnet.codegen.fast.instructions import with_children
from symnet.ir.expr import Index


def common(array: Array) -> Array:
    """``array`` with bound indices named as free ones where that is unambiguous."""
    layouts = [a.layout for a in walk(array)]
    found = dict.fromkeys(i for layout in layouts for i in layout if i is not None)
    mapping: dict[Index, Index] = {}
    for index in found:
        plain = index.at_level(0)
        if plain != index and not any(_meets(index, plain, layout) for layout in layouts):
            mapping[index] = plain
    return renamed(array, mapping) if mapping else array


def _meets(index: Index, plain: Index, layout: Layout) -> bool:
    return index in layout and sum(i is not None and i.at_level(0) == plain for i in layout) > 1


def renamed(array: Array, mapping: Mapping[Index, Index]) -> Array:
    """The tree with other names of its dimensions."""
    children = [renamed(c, mapping) for c in array.children]
    new = with_children(array, children) if children else array
    if isinstance(new, Subscript):
        items = tuple(
            replace(i, index=mapping.get(i.index, i.index)) if isinstance(i, Slice) and i.index is not None else i
            for i in new.items
        )
        new = replace(new, items=items)
    return replace(new, layout=tuple(mapping.get(i, i) if i is not None else None for i in new.layout))
