"""Convolutions as matrix products.

    columns[n, (c r s), (h w)] = x[n, c, h + r, w + s]            the windows of an image, copied side by side
    y[n, o, (h w)]             = k[o, (c r s)] columns            one matrix product for every image
    dk[o, (c r s)]             = sum_n dy[n, o, (h w)] columns^T
    dcolumns                   = k^T dy,   added to dx at the places the windows came from

An image with its columns stays in the cache; NumPy's einsum copies the windows of the whole batch.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import sympy as sp

from symnet.codegen.align import align
from symnet.codegen.arrays import (
    Array,
    Assign,
    Copy,
    Einsum,
    Layout,
    Loop,
    NewAxis,
    Reduce,
    Ref,
    Slice,
    Statement,
    Subscript,
    Transpose,
    Update,
    Windows,
    Zeros,
    transpose,
)
from symnet.codegen.fast.indices import common
from symnet.codegen.fast.instructions import Blank, Gemm, Grouped
from symnet.ir.expr import Index, fresh_index

#: a variable, the assignment that makes it and the loop that fills it
Made = tuple[Ref, tuple[Assign, Loop]]


def base_windows(array: Array) -> Windows | None:
    """The windows that ``array`` is, perhaps transposed."""
    while isinstance(array, Transpose) or _stepped(array):
        array = array.arg  # type: ignore[attr-defined]
    return array if isinstance(array, Windows) else None


def _stepped(array: Array) -> bool:
    """Every second window and the like."""
    return isinstance(array, Subscript) and all(isinstance(i, Slice) for i in array.items)


@dataclass(frozen=True)
class _Roles:
    """The axes of a convolution: images, channels read, positions of a window, pixels, channels written."""

    image: Index
    window: tuple[Index, ...]  # c r s
    pixels: tuple[Index, ...]  # h w
    channel: Index  # o


def product(array: Einsum) -> tuple[Array, Array, _Roles, str] | None:
    """The columns, the other operand, the roles, and which of the two products it is."""
    if len(array.args) != 2:
        return None
    for columns, other in (array.args, array.args[::-1]):
        if base_windows(columns) is None or any(i is None for i in (*columns.layout, *other.layout, *array.layout)):
            continue
        read, rest, out = set(columns.indices), list(other.indices), list(array.indices)
        own = [i for i in rest if i not in read]
        if len(own) != 1 or own[0] not in out:
            continue
        image = columns.indices[0]
        if out[:1] == [image] and image not in rest and set(rest) - read <= set(out):
            window = tuple(i for i in rest if i in read)
            pixels = tuple(out[2:])
            roles = _Roles(image, window, pixels, own[0])
            if out[1] == own[0] and rest[0] == own[0] and _complete(columns, roles):
                return columns, other, roles, "forward"
        if rest[:2] == [image, own[0]] and out[:1] == own:
            roles = _Roles(image, tuple(out[1:]), tuple(rest[2:]), own[0])
            if _complete(columns, roles):
                return columns, other, roles, "kernel"
    return None


def _complete(columns: Array, roles: _Roles) -> bool:
    return set(columns.indices) == {roles.image, *roles.window, *roles.pixels} and bool(roles.window and roles.pixels)


def copied(columns: Array, roles: _Roles) -> Copy:
    """The windows side by side, in memory of their own."""
    order = (roles.image, *roles.window, *roles.pixels)
    view = transpose(columns, [columns.layout.index(i) for i in order])
    return Copy(order, "real", view)


@dataclass(frozen=True)
class Cut:
    """The windows along one axis: they begin at ``start``, ``start + step``, ...; their entries are ``apart``."""

    axis: int
    position: Index
    window: Index
    start: sp.Expr = sp.S.Zero
    step: int = 1
    apart: int = 1

    def place(self, counter: Index) -> Slice:
        """The entries number ``counter`` of all windows."""
        first = self.start + self.apart * counter
        return Slice(self.position, first, first + self.step * (self.position.size - 1) + 1, self.step)


def cuts(columns: Array) -> tuple[Ref, list[Cut]] | None:
    """The array whose windows ``columns`` are, and how they lie along each axis."""
    while isinstance(columns, Transpose):
        columns = columns.arg
    items: tuple = ()
    if _stepped(columns):
        items, columns = columns.items, columns.arg  # type: ignore[attr-defined]
    if not isinstance(columns, Windows) or not isinstance(columns.arg, Ref):
        return None
    rank = len(columns.arg.layout)
    items = items or tuple(map(Slice, columns.layout))
    if not all(items[k].full for k in range(rank) if k not in columns.axes):
        return None
    found = [
        Cut(axis, items[axis].index, items[rank + k].index, items[axis].start, items[axis].step, items[rank + k].step)
        for k, axis in enumerate(columns.axes)
    ]
    return columns.arg, found


def copies(
    source: Ref, along: Sequence[Cut], roles: _Roles, fresh: Iterator[str]
) -> Iterator[tuple[Ref, tuple[Assign, Loop]]]:
    """The windows side by side, cut out along the last axis first: then whole images are copied, not short rows.

    rows[:, :, j] = x[..., j : j + w], then columns[:, :, i] = rows[..., i : i + h, :]
    """
    whole = source.layout
    axes = {cut.axis for cut in along}
    front = tuple(i for k, i in enumerate(whole) if k not in axes)
    rows = source
    for k in range(len(along) - 1, -1, -1):
        cut = along[k]
        counter = fresh_index(cut.window)
        positions = {c.axis: c.position for c in along[k:]}
        left = tuple(positions.get(axis, i) for axis, i in enumerate(whole) if axis in axes)
        layout: Layout = (*front, *(c.window for c in along[k:]), *left)
        if k == 0:
            layout = (roles.image, *roles.window, *roles.pixels)
        items = tuple(cut.place(counter) if i == whole[cut.axis] else Slice(i) for i in rows.layout)
        read = Subscript(tuple(i.index for i in items), "real", rows, items)
        rest = tuple(i for i in layout if i != cut.window)
        target = Ref(layout, "real", next(fresh))
        copy = Update(target, tuple(counter if i == cut.window else Slice(i) for i in layout), "=", align(read, rest))
        yield target, (Assign(target.name, Blank(layout, "real")), Loop(((counter, cut.window.size),), (copy,)))
        rows = target


def joined(indices: Sequence[Index]) -> Index:
    """Several axes as one."""
    if len(indices) == 1:
        return indices[0]
    return Index("".join(i.label for i in indices), sp.Mul(*(i.size for i in indices)))


def grouped(array: Array, groups: Iterable[Sequence[Index]]) -> Grouped:
    groups = [tuple(g) for g in groups]
    return Grouped(tuple(joined(g) for g in groups), array.kind, array)


def forward(columns: Array, kernel: Array, roles: _Roles, layout) -> Gemm:
    """y = k columns."""
    a = grouped(kernel, [(roles.channel,), roles.window])
    b = grouped(columns, [(roles.image,), roles.window, roles.pixels])
    return Gemm(layout, "real", a, b, (roles.image, roles.channel, joined(roles.pixels)))


def kernel_gradient(columns: Array, upstream: Array, roles: _Roles) -> Gemm:
    """dk of every image: columns dy^T, whose many rows suit a matrix product better than those of dy columns^T."""
    a = grouped(columns, [(roles.image,), roles.window, roles.pixels])
    b = grouped(upstream, [(roles.image,), (roles.channel,), roles.pixels])
    layout = (roles.image, *roles.window, roles.channel)
    swapped = Transpose((b.layout[0], b.layout[2], b.layout[1]), "real", b, (0, 2, 1))
    return Gemm(layout, "real", a, swapped, (roles.image, joined(roles.window), roles.channel))


@dataclass(frozen=True)
class Scattered:
    """dx += k^T dy at the places of the windows: the product, and what is added up step by step from it."""

    product: Gemm
    sums: tuple[Made, ...]
    row: Index


def input_gradient(statements: Sequence[Statement], name: str, fresh: Iterator[str]) -> Scattered | None:
    """The loop over a window, with one product for all its positions (the variable ``name``) taken out of it."""
    if len(statements) != 2:
        return None
    base, loop = statements
    if not isinstance(base, Assign) or not isinstance(loop, Loop) or len(loop.body) != 1:
        return None
    update = loop.body[0]
    if not isinstance(base.value, Zeros) or not isinstance(update, Update):
        return None
    value = common(update.value)
    if update.op != "+=" or update.repeated or not isinstance(value, Einsum) or len(value.args) != 2:
        return None
    for upstream, kernel in (value.args, value.args[::-1]):
        found = _window_product(upstream, kernel, loop, value)
        if found is None:
            continue
        gemm, layout = found
        columns = Ref(layout, "real", name)
        sums = _axis_by_axis(base, update, loop, columns, fresh) or _at_once(base, update, loop, columns)
        return Scattered(gemm, sums, layout[0])
    return None


def _at_once(base: Assign, update: Update, loop: Loop, columns: Ref) -> tuple[Made, ...]:
    """dx[places] += columns[:, :, i, j]"""
    items = tuple(counter for counter, _ in loop.counters)
    places = (Slice(columns.layout[0]), Slice(columns.layout[1]), *items)
    read = Subscript((*columns.layout[:2], *columns.layout[2 + len(items) :]), "real", columns, places)
    new = replace(update, value=align(read, common(update.value).layout))
    return ((update.target, (base, Loop(loop.counters, (new,)))),)


def _axis_by_axis(
    base: Assign, update: Update, loop: Loop, columns: Ref, fresh: Iterator[str]
) -> tuple[Made, ...] | None:
    """rows[:, :, :, i : i + h] += columns[:, :, i], then dx[..., j : j + w] += rows[:, :, j]: long rows first."""
    counters = [counter for counter, _ in loop.counters]
    places = update.items[2:]
    if len(counters) < 2 or len(places) != len(counters):
        return None
    for place, counter in zip(places, counters):
        if not isinstance(place, Slice) or place.start.free_symbols & set(counters) != {counter}:
            return None
    whole = base.value.layout
    sums: list[Made] = []
    rows = columns
    for k, (counter, place) in enumerate(zip(counters, places)):
        last = k == len(counters) - 1
        front, done, rest = rows.layout[:2], whole[2 : 2 + k], rows.layout[len(rows.layout) - len(counters) + k + 1 :]
        left = rows.layout[3 : 3 + len(counters) - k - 1]
        assert isinstance(place, Slice)
        layout = (*front, *left, *done, whole[2 + k], *rest)
        target = update.target if last else Ref(layout, "real", next(fresh))
        read_layout = (*front, *left, *done, place.index, *rest)
        read = Subscript(read_layout, "real", rows, (Slice(front[0]), Slice(front[1]), counter))
        items = (*map(Slice, (*front, *left, *done)), place, *map(Slice, rest))
        start = base if last else Assign(target.name, Zeros(layout, "real"))
        adding = Update(target, items, "+=", align(read, read_layout))
        sums.append((target, (start, Loop((loop.counters[k],), (adding,)))))
        rows = target
    return tuple(sums)


def _window_product(upstream: Array, kernel: Array, loop: Loop, value: Einsum):
    """k[:, :, i, j] for every i, j at once: the product and its layout (n, c, r, s, h, w)."""
    if not isinstance(kernel, Subscript) or not isinstance(upstream, Ref):
        return None
    counters = [index for index, _ in loop.counters]
    fixed = [k for k, item in enumerate(kernel.items) if not isinstance(item, (Slice, NewAxis))]
    if [kernel.items[k] for k in fixed] != counters or not isinstance(kernel.arg, Ref):
        return None
    if any(isinstance(i, Slice) and not i.full for i in kernel.items) or len(kernel.items) != len(kernel.arg.layout):
        return None
    whole = kernel.arg
    if fixed != list(range(2, 2 + len(counters))) or len(whole.layout) != 2 + len(counters):
        return None
    channel, read = whole.layout[:2]
    if channel is None or None in (*whole.layout, *upstream.layout):
        return None
    image, *rest = upstream.indices
    if not rest or rest[0] != channel or channel in value.layout or value.layout[:2] != (image, read):
        return None
    pixels, window = tuple(rest[1:]), whole.indices[1:]
    if tuple(value.layout[2:]) != pixels:
        return None
    a = grouped(whole, [(channel,), window])
    a_t = Transpose((a.layout[1], a.layout[0]), "real", a, (1, 0))
    b = grouped(upstream, [(image,), (channel,), pixels])
    layout = (image, *window, *pixels)
    return Gemm(layout, "real", a_t, b, (image, joined(window), joined(pixels))), layout


__all__ = ["Reduce", "Scattered", "copied", "forward", "input_gradient", "kernel_gradient", "product"]
