"""Reading an array under subscripts: which NumPy indexing gives ``u[s]``.

    x[n, d]              x                                        x[n, n]      np.diagonal
    x[n, 2 h + 1]        x[:, 1::2]                               x[0, d]      x[0]
    x[n, h + r]          sliding_window_view(x, r, axis=1)        E[t[n], d]   E[t]
    p[n, t[n]]           p[np.arange(n), t]

Whatever is none of these is read at index arrays, which is always right.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sympy as sp

from symnet.codegen.arrays import Array, Diagonal, Item, Layout, Slice, Subscript, Windows, broadcast, const
from symnet.ir.expr import Access, Index, accesses, free_indices, Reduction

if TYPE_CHECKING:
    from symnet.codegen.lower import Lowering


@dataclass(frozen=True)
class Affine:
    """``offset + sum of step * index``, steps positive integers; the offset is free of array indices."""

    offset: sp.Expr
    steps: tuple[tuple[Index, int], ...]


def affine(sub: sp.Expr, indices: frozenset[Index]) -> Affine | None:
    """``sub`` as an affine form of ``indices``; None where it is not one."""
    if accesses(sub) or sub.has(Reduction):
        return None
    offset, steps = [], {}
    for term in sp.Add.make_args(sp.expand(sub)):
        inside = free_indices(term) & indices
        if not inside:
            offset.append(term)
            continue
        factor, index = term.as_coeff_Mul()
        if not (isinstance(index, Index) and factor.is_Integer and factor > 0):
            return None
        steps[index] = int(factor)
    ordered = sorted(steps.items(), key=lambda item: (-item[1], item[0].name))
    return Affine(sp.Add(*offset), tuple(ordered))


def same_size(a: sp.Expr, b: sp.Expr) -> bool:
    return a == b or sp.expand(a - b) == 0


def ends(start: sp.Expr, step: int, count: sp.Expr, size: sp.Expr) -> bool:
    """True when ``start, start + step, ...`` (``count`` of them) leaves no further position below ``size``."""
    if step == 1:
        return same_size(start + count, size)
    return same_size(count, sp.floor((size - 1 - start) / step) + 1)


def slice_of(index: Index, start: sp.Expr, step: int, size: sp.Expr) -> Slice:
    """The slice that reads a dimension of ``size`` at ``start + step * index``."""
    stop = None if ends(start, step, index.size, size) else sp.expand(start + step * index.size)
    return Slice(index, start, stop, step)


def read(low: "Lowering", access: Access) -> Array:
    """The array ``access`` in its natural layout."""
    variable = low.variable(access.node.name)
    axes = access.node.axes
    array_indices = [low.array_indices(s) for s in access.subs]
    forms = [affine(s, i) for s, i in zip(access.subs, array_indices)]
    seen: dict[Index, int] = {}
    for inside in array_indices:
        for index in inside:
            seen[index] = seen.get(index, 0) + 1

    def unique(form: Affine | None) -> bool:
        return form is not None and len(form.steps) <= 2 and all(seen[i] == 1 for i, _ in form.steps)

    if all(unique(f) for f in forms):
        return _basic(low, variable, axes, forms)
    pair = [k for k, f in enumerate(forms) if not unique(f)]
    if len(pair) == 2 and _is_diagonal(access, pair, forms, seen) and None not in variable.layout:
        return _diagonal(low, variable, axes, access, pair, forms)
    return _advanced(low, variable, axes, access.subs, [f if unique(f) and len(f.steps) < 2 else None for f in forms])


def _is_diagonal(access: Access, pair: list[int], forms, seen) -> bool:
    a, b = (access.subs[k] for k in pair)
    same = isinstance(a, Index) and a == b and seen[a] == 2
    whole = all(same_size(access.node.axes[k].size, a.size) for k in pair) if same else False
    rest = [f for k, f in enumerate(forms) if k not in pair]
    return whole and all(len(f.steps) == 1 and f.steps[0][1] == 1 and f.offset == 0 for f in rest)


def _diagonal(low, variable: Array, axes, access, pair, forms) -> Array:
    rest = tuple(f.steps[0][0] for k, f in enumerate(forms) if k not in pair)
    return Diagonal((*rest, access.subs[pair[0]]), variable.kind, variable, (pair[0], pair[1]))


def _basic(low, variable: Array, axes, forms: Sequence[Affine]) -> Array:
    """Slices and sliding windows."""
    stored = low.stored(variable)  # for each dimension its axis, or None
    layout: list[Index | None] = []
    items: list[Item] = []
    window_axes, window_sizes, window_items, window_layout = [], [], [], []
    for dimension, k in enumerate(stored):
        if k is None:
            items.append(Slice(None))
            layout.append(None)
            continue
        form, size = forms[k], axes[k].size
        if not form.steps:
            items.append(form.offset)
            continue
        if len(form.steps) == 2:
            (position, a), (inner, b) = position_and_window(form)
            reach = b * (inner.size - 1) + 1
            window_axes.append(dimension)
            window_sizes.append(sp.expand(reach))
            window_items.append(Slice(inner, sp.S.Zero, None, b))
            window_layout.append(inner)
            size = sp.expand(size - reach + 1)
        else:
            ((position, a),) = form.steps
        items.append(slice_of(position, form.offset, a, size))
        layout.append(position)
    result = variable
    if window_axes:
        wide = (*layout_before_windows(stored, forms, layout), *window_layout)
        result = Windows(wide, variable.kind, variable, tuple(window_sizes), tuple(window_axes))
    items += window_items
    layout += window_layout
    if all(isinstance(i, Slice) and i.full for i in items):
        return result if window_axes else low.named(variable, tuple(layout))
    return Subscript(tuple(layout), variable.kind, result, tuple(items))


def layout_before_windows(stored, forms: Sequence[Affine], layout: Sequence[Index | None]) -> Layout:
    """The layout with the dimensions that are read at one place put back (as length unknown: None)."""
    left = list(layout)
    return tuple(None if k is not None and not forms[k].steps else left.pop(0) for k in stored)


def position_and_window(form: Affine) -> tuple[tuple[Index, int], tuple[Index, int]]:
    """Which of two indices is the position and which runs over the window: the window is the smaller one."""
    a, b = form.steps
    return (a, b) if smallness(a[0]) >= smallness(b[0]) else (b, a)


def smallness(index: Index) -> tuple[int, int]:
    """An order of sizes known when code is generated: numbers, then plain sizes, then what is left of a larger one."""
    if index.size.is_Integer:
        return (0, int(index.size))
    return (1, 0) if index.size.is_Symbol else (2, 0)


def _advanced(low, variable: Array, axes, subs, forms: Sequence[Affine | None]) -> Array:
    items, layout = index_items(low, subs, forms, [a.size for a in axes], low.stored(variable))
    return Subscript(layout, variable.kind, variable, items)


def index_items(
    low: "Lowering", subs, forms: Sequence[Affine | None], sizes: Sequence[sp.Expr], stored: Sequence[int | None]
) -> tuple[tuple[Item, ...], Layout]:
    """The items of an indexing with arrays of positions, and the layout that NumPy gives the result.

    Subscripts whose form is None are read at arrays of positions, the others by slices.
    """
    order: dict[Index, None] = {}
    for sub, form in zip(subs, forms):
        if form is None:
            for index in sub_indices(low, sub):
                order[index] = None
    advanced = tuple(order)
    items: list[Item] = []
    pieces: list[Index | None | str] = []
    for k in stored:
        if k is None:
            items.append(sp.S.Zero)
            pieces.append("advanced")
        elif forms[k] is None:
            items.append(low.positions(subs[k], advanced))
            pieces.append("advanced")
        elif not forms[k].steps:
            items.append(forms[k].offset)
            pieces.append("advanced")
        else:
            ((index, step),) = forms[k].steps
            items.append(slice_of(index, forms[k].offset, step, sizes[k]))
            pieces.append(index)
    gathered = broadcast(i.layout for i in items if isinstance(i, Array))
    places = [k for k, p in enumerate(pieces) if p == "advanced"]
    rest = [p for p in pieces if p != "advanced"]
    together = places == list(range(places[0], places[0] + len(places))) if places else True
    front = places[0] if together and places else 0
    layout = (*rest[:front], *gathered, *rest[front:]) if places else tuple(rest)
    return tuple(items), tuple(layout)


def sub_indices(low: "Lowering", sub: sp.Expr) -> tuple[Index, ...]:
    """The array indices of a subscript, in the order of its first access, else by name."""
    inside = low.array_indices(sub)
    found: dict[Index, None] = {}
    for access in sorted(accesses(sub), key=lambda a: a.name):
        for s in access.subs:
            if isinstance(s, Index) and s in inside:
                found[s] = None
    for index in sorted(inside, key=lambda i: i.name):
        found[index] = None
    return tuple(found)


__all__ = ["Affine", "affine", "const", "index_items", "read", "same_size", "slice_of", "smallness"]
