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

from symnet.codegen.arrays import Array, Diagonal, Item, Layout, Slice, Subscript, Windows, broadcast, is_whole
from symnet.ir.expr import Access, Index, Reduction, accesses, free_indices, mirrored

if TYPE_CHECKING:
    from symnet.codegen.lower import Lowering, Variable


@dataclass(frozen=True)
class Affine:
    """``offset + sum of step * index``, steps positive integers; the offset is free of array indices.

    The one step back is -1 of an index that runs down to 0, ``T - 1 - t``.
    """

    offset: sp.Expr
    steps: tuple[tuple[Index, int], ...]


def affine(sub: sp.Expr, indices: frozenset[Index]) -> Affine | None:
    """``sub`` as an affine form of ``indices``; None where it is not one."""
    if accesses(sub) or sub.has(Reduction):
        return None
    back = mirrored(sub)
    if back is not None and back in indices:
        return Affine(back.size - 1, ((back, -1),))
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
    if step < 0:
        return Slice(index, start, None, step, same_size(start + 1, size))
    stop = None if ends(start, step, index.size, size) else sp.expand(start + step * index.size)
    return Slice(index, start, stop, step)


def read(low: Lowering, access: Access) -> Array:
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

    plain = [f for f in forms if f is not None and unique(f)]
    if len(plain) == len(forms):
        return _basic(variable, axes, plain)
    pair = [k for k, f in enumerate(forms) if not unique(f)]
    if len(pair) == 2 and _is_diagonal(access, pair, forms, seen) and None not in variable.stored:
        return _diagonal(variable, axes, access, pair)
    return _advanced(low, variable, axes, access.subs, [f if f in plain and len(f.steps) < 2 else None for f in forms])


def _is_diagonal(access: Access, pair: list[int], forms, seen) -> bool:
    a, b = (access.subs[k] for k in pair)
    same = isinstance(a, Index) and a == b and seen[a] == 2
    whole = all(same_size(access.node.axes[k].size, a.size) for k in pair) if same else False
    rest = [f for k, f in enumerate(forms) if k not in pair]
    return whole and all(len(f.steps) == 1 and f.steps[0][1] == 1 and f.offset == 0 for f in rest)


def _diagonal(variable: Variable, axes: Sequence[Index], access: Access, pair: list[int]) -> Array:
    index = access.subs[pair[0]]
    rest = tuple(s for k, s in enumerate(access.subs) if k not in pair)
    array = variable.read(tuple(axes))
    return Diagonal((*rest, index), variable.kind, array, (pair[0], pair[1]))


def _basic(variable: Variable, axes: Sequence[Index], forms: Sequence[Affine]) -> Array:
    """Slices and sliding windows."""
    layout: list[Index | None] = []
    items: list[Item] = []
    window_axes, window_sizes, window_items, window_layout = [], [], [], []
    for dimension, k in enumerate(variable.stored):
        if k is None:
            items.append(Slice(None))
            layout.append(None)
            continue
        form = forms[k]
        size = axes[k].size
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
    whole = tuple(axes[k] if k is not None else None for k in variable.stored)
    result: Array = variable.read(whole)
    if window_axes:
        positions = tuple(i if not isinstance(i, Slice) else i.index for i in items)
        wide = (*(p if isinstance(p, Index) else None for p in positions), *window_layout)
        result = Windows(wide, variable.kind, result, tuple(window_sizes), tuple(window_axes))
    items += window_items
    layout += window_layout
    if is_whole(items):
        return result if window_axes else variable.read(tuple(layout))
    return Subscript(tuple(layout), variable.kind, result, tuple(items))


def position_and_window(form: Affine) -> tuple[tuple[Index, int], tuple[Index, int]]:
    """Which of two indices is the position and which runs over the window: the window is the smaller one."""
    a, b = form.steps
    return (a, b) if smallness(a[0]) >= smallness(b[0]) else (b, a)


def smallness(index: Index) -> tuple[int, int]:
    """An order of sizes known when code is generated: numbers, then plain sizes, then what is left of a larger one."""
    if index.size.is_Integer:
        return (0, int(index.size))
    return (1, 0) if index.size.is_Symbol else (2, 0)


def _advanced(low: Lowering, variable: Variable, axes, subs, forms: Sequence[Affine | None]) -> Array:
    items, layout = index_items(low, subs, forms, [a.size for a in axes], variable.stored)
    whole = tuple(axes[k] if k is not None else None for k in variable.stored)
    return Subscript(layout, variable.kind, variable.read(whole), items)


def index_items(
    low: Lowering, subs, forms: Sequence[Affine | None], sizes: Sequence[sp.Expr], stored: Sequence[int | None]
) -> tuple[tuple[Item, ...], Layout]:
    """The items of an indexing with arrays of positions, and the layout that NumPy gives the result.

    Subscripts whose form is None are read at arrays of positions, the others by slices.  Dimensions of arrays stand
    where the arrays stand if these are neighbours, else in front; a fixed position counts as an array.
    """
    order: dict[Index, None] = {}
    for sub, form in zip(subs, forms):
        if form is None:
            order.update(dict.fromkeys(sub_indices(low, sub)))
    items: list[Item] = []
    sliced: dict[int, Index] = {}  # the place of each slice in the subscript
    for place, k in enumerate(stored):
        form = forms[k] if k is not None else None
        if k is None:
            items.append(sp.S.Zero)
        elif form is None:
            items.append(low.positions(subs[k], tuple(order)))
        elif not form.steps:
            items.append(form.offset)
        else:
            ((index, step),) = form.steps
            items.append(slice_of(index, form.offset, step, sizes[k]))
            sliced[place] = index
    gathered = broadcast(i.layout for i in items if isinstance(i, Array))
    places = [p for p in range(len(items)) if p not in sliced]
    together = not places or places == list(range(places[0], places[-1] + 1))
    before = [i for p, i in sliced.items() if together and places and p < places[0]]
    after = [i for i in sliced.values() if i not in before]
    return tuple(items), (*before, *gathered, *after)


def sub_indices(low: Lowering, sub: sp.Expr) -> tuple[Index, ...]:
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


__all__ = ["Affine", "affine", "index_items", "read", "same_size", "slice_of", "smallness"]
