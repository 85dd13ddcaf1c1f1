"""One definition as statements: an assignment, or a base and what is added at places of it.

dE = zeros; np.add.at(dE, t, dy)                     a gather's gradient: labels may repeat
dz = p / n; dz[np.arange(n), t] -= 1 / n             every row has one place
for i in range(3): dx[:, i : i + h] += ...           a window's gradient: a loop over the window, never over positions
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import sympy as sp

from symnet.codegen.access import Affine, affine, index_items, same_size, smallness, sub_indices
from symnet.codegen.align import align
from symnet.codegen.arrays import (
    Array,
    Assign,
    Copy,
    Diagonal,
    Full,
    Loop,
    Pad,
    Ref,
    Slice,
    Statement,
    Subscript,
    Transpose,
    Update,
    Windows,
    Zeros,
)
from symnet.codegen.deltas import Scatter, solve_deltas
from symnet.codegen.lower import Lowering
from symnet.ir.expr import Index, free_indices
from symnet.ir.graph import Node


@dataclass(frozen=True)
class Target:
    """What a node becomes: its variable, the layout to aim at, and whether it must have its full shape of its own."""

    name: str
    order: tuple[Index | None, ...]
    full: bool
    like: str = ""  # a variable of the same shape and dtype


def statements_for(
    low: Lowering, node: Node, target: Target, counters: Iterator[str]
) -> tuple[list[Statement], tuple[int | None, ...], str]:
    """The statements that compute ``node``; the axis of each dimension stored, and the kind of what is stored."""
    assert node.expr is not None
    expr, scatters = solve_deltas(node.expr, node.axes, low.inside if node.adjoint_of else ())
    if not scatters:
        value = low.emit(expr, target.order)
        if target.full:
            value = own(full(low.real(value), node.axes))
        number = {i: k for k, i in enumerate(node.axes)}
        stored = tuple(number[i] if i is not None else None for i in value.layout)
        return [Assign(target.name, value)], stored, value.kind
    ref = Ref(node.axes, "real", target.name)
    padded = as_pad(low, node, expr, scatters)
    if padded is not None:
        return [Assign(target.name, padded)], tuple(range(len(node.axes))), "real"
    base: Array = Zeros(node.axes, "real", target.like)
    if expr != 0:
        base = own(full(low.emit_real(expr, node.axes), node.axes))
    result: list[Statement] = [Assign(target.name, base)]
    for k, scatter in enumerate(scatters):
        result.append(scatter_statement(low, ref, node, scatter, counters, alone=expr == 0 and k == 0))
    return result, tuple(range(len(node.axes))), "real"


def full(array: Array, axes: Sequence[Index]) -> Array:
    """The array with exactly ``axes`` as dimensions."""
    axes = tuple(axes)
    array = align(array, axes, strict=True)
    return array if array.layout == axes and array.kind != "const" else Full(axes, "real", array)


def own(array: Array) -> Array:
    """An array that shares no memory with an argument or a cached one."""
    base = array
    while isinstance(base, (Transpose, Subscript, Diagonal, Windows)):
        if isinstance(base, Subscript) and any(isinstance(i, Array) for i in base.items):
            return array
        base = base.arg
    return Copy(array.layout, array.kind, array) if isinstance(base, Ref) and array.layout else array


def scatter_statement(
    low: Lowering, ref: Ref, node: Node, scatter: Scatter, counters: Iterator[str], alone: bool
) -> Statement:
    """``ref[places] += value``, inside loops over windows."""
    subs = [scatter.places.get(axis, axis) for axis in node.axes]
    loops = loop_indices(low, subs)
    names = [next(counters) for _ in loops]
    low.counters.update(zip(loops, names))
    low.counter_names.update(zip(loops, names))
    try:
        forms, repeated = _forms(low, subs, scatter)
        items, layout = index_items(low, subs, forms, [a.size for a in node.axes], range(len(node.axes)))
        negative = bool(scatter.value.as_coeff_Mul()[0] < 0) if scatter.value.as_coeff_Mul()[0].is_comparable else False
        value = low.emit_real(-scatter.value if negative else scatter.value, layout)
        if len(value.layout) > len(layout):  # one entry, say: NumPy takes no array of length 1 for it
            value = align(value, layout, strict=True)
        op = "-=" if negative else ("=" if alone and not loops and not repeated else "+=")
        statement: Statement = Update(ref, items, op, value, repeated)
    finally:
        for index in loops:
            del low.counters[index]
    if loops:
        return Loop(tuple((i, i.size) for i in loops), (statement,))
    return statement


def loop_indices(low: Lowering, subs: Sequence[sp.Expr]) -> list[Index]:
    """For every place such as ``h + r``: the indices of the window, the position stays an array dimension."""
    loops: list[Index] = []
    for sub in subs:
        inside = low.array_indices(sub)
        form = affine(sub, inside)
        if form is None or len(form.steps) < 2:
            continue
        ranked = sorted((i for i, _ in form.steps if i not in loops), key=lambda i: (smallness(i), i.name))
        loops += ranked[:-1]
    return loops


def _forms(low: Lowering, subs: Sequence[sp.Expr], scatter: Scatter) -> tuple[list[Affine | None], bool]:
    """How each place is indexed (None: by an array of positions), and whether places may repeat."""
    inside = [frozenset(sub_indices(low, s)) for s in subs]
    forms = [affine(s, i) for s, i in zip(subs, inside)]
    result: list[Affine | None] = []
    known: set[Index] = set()
    for k, form in enumerate(forms):
        others = frozenset().union(*(i for j, i in enumerate(inside) if j != k))
        if form is not None and len(form.steps) == 1:
            known.add(form.steps[0][0])
        simple = form is not None and len(form.steps) <= 1 and not (inside[k] & others)
        result.append(form if simple else None)
    return result, not known >= frozenset().union(*inside)


def as_pad(low: Lowering, node: Node, base: sp.Expr, scatters: Sequence[Scatter]) -> Array | None:
    """An array with zeros around it, where that is all a scatter does."""
    if base != 0 or len(scatters) != 1:
        return None
    (scatter,) = scatters
    subs = [scatter.places.get(axis, axis) for axis in node.axes]
    order, widths = [], []
    for axis, sub in zip(node.axes, subs):
        form = affine(sub, frozenset(free_indices(sub)))
        if form is None or len(form.steps) != 1 or form.steps[0][1] != 1:
            return None
        index = form.steps[0][0]
        after = sp.expand(axis.size - index.size - form.offset)
        if not (form.offset.is_nonnegative and after.is_nonnegative):
            return None
        order.append(index)
        widths.append((form.offset, after))
    if len(set(order)) < len(order) or set(order) != set(low.array_indices(scatter.value)):
        return None
    value = align(low.emit_real(scatter.value, order), order, strict=True)
    return Pad(node.axes, "real", value, tuple(widths))


def counter_names(taken: Iterable[str]) -> Iterator[str]:
    """i, j, k, ... without those that are taken."""
    taken = set(taken)
    names = [*"ijk", *(f"i{k}" for k in range(1, 100))]
    return iter([n for n in names if n not in taken])


__all__ = ["Mapping", "Slice", "Target", "counter_names", "same_size", "statements_for"]
