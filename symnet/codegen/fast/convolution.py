"""Convolutions as matrix products.

    columns[n, (c r s), (h w)] = x[n, c, h + r, w + s]            the windows of an image, copied side by side
    y[n, o, (h w)]             = k[o, (c r s)] columns            one matrix product for every image
    dk[o, (c r s)]             = sum_n dy[n, o, (h w)] columns^T
    dcolumns                   = k^T dy,   added to dx at the places the windows came from

With groups of channels there is a product for every image and group; where channels lie last, the windows of a pixel
are a row.  An image with its columns stays in the cache; NumPy's einsum copies the windows of the whole batch.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import sympy as sp

from symnet.codegen.align import align, without_ones
from symnet.codegen.arrays import (
    Apply,
    Array,
    Assign,
    Copy,
    Einsum,
    Layout,
    Loop,
    MatMul,
    Reduce,
    Ref,
    Slice,
    Statement,
    Subscript,
    Transpose,
    Update,
    Windows,
    Zeros,
    ordered,
    transpose,
)
from symnet.codegen.fast.indices import common
from symnet.codegen.fast.instructions import Blank, Gemm, Grouped, untransposed
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
    """The axes of a convolution: images, groups of channels, what is in a window, pixels, channels written.

    ``last``: the channels written lie behind the pixels.
    """

    image: Index
    groups: tuple[Index, ...]
    window: tuple[Index, ...]  # c r s
    pixels: tuple[Index, ...]  # h w
    channels: tuple[Index, ...]  # o
    last: bool

    @property
    def front(self) -> tuple[Index, ...]:
        return (self.image, *self.groups)

    @property
    def columns(self) -> tuple[Index, ...]:
        """The axes of the columns."""
        return (*self.front, *self.pixels, *self.window) if self.last else (*self.front, *self.window, *self.pixels)

    @property
    def layout(self) -> tuple[Index, ...]:
        """The axes of what is written."""
        own = (*self.pixels, *self.channels) if self.last else (*self.channels, *self.pixels)
        return (*self.front, *own)


def factors(array: Array) -> tuple[Array, ...]:
    """The two operands of a contraction, without dimensions of length 1."""
    if isinstance(array, Reduce) and array.op == "sum" and isinstance(array.arg, Apply) and array.arg.op == "mul":
        return tuple(map(without_ones, array.arg.args))
    return array.children if isinstance(array, (Einsum, MatMul)) and len(array.children) == 2 else ()


def product(array: Array) -> tuple[Array, Array, _Roles, str] | None:
    """The columns, the other operand, the roles, and which of the two products it is."""
    pair = factors(array)
    for columns, other in (pair, pair[::-1]) if pair else ():
        if base_windows(columns) is None or None in (*columns.layout, *other.layout, *array.layout):
            continue
        read, given, out = columns.indices, other.indices, array.indices
        image = read[0]
        groups = tuple(i for i in read if i in given and i in out)
        channels = tuple(i for i in given if i not in read)
        if not {*channels} <= {*out}:  # summed over alone
            continue
        if image in out and image not in given:
            window = tuple(i for i in given if i in read and i not in groups)
            pixels = tuple(i for i in out if i in read and i not in (image, *groups))
            roles = _of(image, groups, window, pixels, [i for i in out if i in channels], out)
            which = "forward"
        else:
            window = tuple(i for i in out if i in read and i not in groups)
            pixels = tuple(i for i in given if i in read and i not in (image, *groups))
            roles = _of(image, groups, window, pixels, channels, given)
            which = "kernel"
        if roles is not None and set(roles.columns) == {*read}:
            return columns, other, roles, which
    return None


def _of(image: Index, groups, window, pixels, channels, written: Sequence[Index]) -> _Roles | None:
    """The roles, where the axes of what is ``written`` lie in their order."""
    if not (window and pixels and channels):
        return None
    for last in (False, True):
        roles = _Roles(image, tuple(groups), tuple(window), tuple(pixels), tuple(channels), last)
        if roles.layout == tuple(written):
            return roles
    return None


def copied(columns: Array, roles: _Roles) -> Copy:
    """The windows side by side, in memory of their own."""
    return Copy(roles.columns, "real", ordered(columns, roles.columns))


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
    columns = untransposed(columns)
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


def copies(source: Ref, along: Sequence[Cut], roles: _Roles, fresh: Iterator[str]) -> Iterator[Made]:
    """The windows side by side, cut out along the last axis first: then whole images are copied, not short rows.

    rows[:, :, j] = x[..., j : j + w], then columns[:, :, i] = rows[..., i : i + h, :]
    """
    whole = {cut.position: source.layout[cut.axis] for cut in along}
    rows = source
    for k in range(len(along) - 1, -1, -1):
        cut = along[k]
        counter = fresh_index(cut.window)
        left = {c.position for c in along[:k]}  # axes that are still whole
        later = {c.window for c in along[:k]}
        layout: Layout = tuple(whole[i] if i in left else i for i in roles.columns if i not in later)
        items = tuple(cut.place(counter) if i == source.layout[cut.axis] else Slice(i) for i in rows.layout)
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


def grouped(array: Array, front: Sequence[Index], *groups: Sequence[Index]) -> Array:
    """``array`` as matrices over ``front``: each of the groups is one axis."""
    order = (*front, *(i for group in groups for i in group))
    if tuple(array.layout) == order:
        if all(len(group) == 1 for group in groups):
            return array
        return Grouped((*front, *map(joined, groups)), array.kind, array)
    if len(groups) == 2:
        swapped = (*front, *groups[1], *groups[0])
        if tuple(array.layout) == swapped:
            return _turned(grouped(array, front, groups[1], groups[0]))
    return grouped(ordered(array, order), front, *groups)


def _turned(array: Array) -> Array:
    """The transposes of matrices."""
    rank = len(array.layout)
    return transpose(array, (*range(rank - 2), rank - 1, rank - 2))


def forward(columns: Array, kernel: Array, roles: _Roles, layout: Layout) -> Gemm:
    """y = k columns."""
    window, pixels, channels = roles.window, roles.pixels, roles.channels
    if roles.last:
        a, b = grouped(columns, roles.front, pixels, window), grouped(kernel, roles.groups, window, channels)
    else:
        a, b = grouped(kernel, roles.groups, channels, window), grouped(columns, roles.front, window, pixels)
    return Gemm(layout, "real", a, b, (*roles.front, a.layout[-2], b.layout[-1]))  # type: ignore[arg-type]


def kernel_gradient(columns: Array, upstream: Array, roles: _Roles) -> Gemm:
    """dk of every image: columns dy^T, whose many rows suit a matrix product better than those of dy columns^T."""
    a = grouped(columns, roles.front, roles.window, roles.pixels)
    b = grouped(upstream, roles.front, roles.pixels, roles.channels)
    layout = (*roles.front, *roles.window, *roles.channels)
    return Gemm(layout, "real", a, b, (*roles.front, joined(roles.window), joined(roles.channels)))


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
    pair = factors(value)
    if update.op != "+=" or update.repeated or not pair:
        return None
    for upstream, kernel in (pair, pair[::-1]):
        found = _window_product(upstream, kernel, loop, value)
        if found is None:
            continue
        gemm, roles, at = found
        columns = Ref(gemm.layout, "real", name)
        sums = _axis_by_axis(base, update, loop, columns, at, fresh) or _at_once(base, update, loop, columns, at)
        return Scattered(gemm, sums, roles.image)
    return None


def _at_once(base: Assign, update: Update, loop: Loop, columns: Ref, at: Mapping[Index, Index]) -> tuple[Made, ...]:
    """dx[places] += columns[:, :, i, j]"""
    items = tuple(at.get(i, Slice(i)) for i in columns.indices)
    read = Subscript(tuple(i for i in columns.indices if i not in at), "real", columns, items)
    new = replace(update, value=align(read, common(update.value).layout))
    return ((update.target, (base, Loop(loop.counters, (new,)))),)


def _axis_by_axis(
    base: Assign, update: Update, loop: Loop, columns: Ref, at: Mapping[Index, Index], fresh: Iterator[str]
) -> tuple[Made, ...] | None:
    """rows[:, :, :, i : i + h] += columns[:, :, i], then dx[..., j : j + w] += rows[:, :, j]: long rows first."""
    pixels = common(update.value).layout
    window = {counter: i for i, counter in at.items()}
    sums: list[Made] = []
    rows = columns
    for counted in loop.counters:
        counter = counted[0]
        axes = [k for k, item in enumerate(update.items) if isinstance(item, Slice) and item.start.has(counter)]
        if len(axes) != 1 or update.items[axes[0]].start.free_symbols & set(window) != {counter}:  # type: ignore
            return None
        (axis,) = axes
        left = [i for i in rows.layout if i != window[counter]]
        items = tuple(counter if i == window[counter] else Slice(i) for i in rows.layout)
        read = Subscript(tuple(left), "real", rows, items)
        places = tuple(update.items[axis] if i == pixels[axis] else Slice(i) for i in left)
        layout = tuple(base.value.layout[axis] if i == pixels[axis] else i for i in left)
        last = len(sums) == len(loop.counters) - 1
        if last and layout != base.value.layout:
            return None
        target = update.target if last else Ref(layout, "real", next(fresh))
        start = base if last else Assign(target.name, Zeros(layout, "real"))
        sums.append((target, (start, Loop((counted,), (Update(target, places, "+=", read),)))))
        rows = target
    return tuple(sums)


def _window_product(upstream: Array, kernel: Array, loop: Loop, value: Array):
    """k[:, :, i, j] for every i, j at once: the product, over n, c, r, s, h, w, and the roles of the axes."""
    kernel = untransposed(kernel)
    if not isinstance(kernel, Subscript) or not isinstance(upstream, Ref) or not isinstance(kernel.arg, Ref):
        return None
    whole, counters = kernel.arg, [index for index, _ in loop.counters]
    if len(kernel.items) != len(whole.layout) or None in (*whole.layout, *upstream.layout, *value.layout):
        return None
    at = {i: item for i, item in zip(whole.indices, kernel.items) if not (isinstance(item, Slice) and item.full)}
    if sorted(at.values(), key=str) != sorted(counters, key=str):
        return None
    image, own = upstream.indices[0], upstream.indices[1:]
    if image not in value.layout or image in whole.layout:
        return None
    groups = [i for i in own if i in whole.layout and i in value.layout]
    channels = [i for i in own if i in whole.layout and i not in value.layout]
    pixels = [i for i in own if i not in whole.layout]
    inner = [i for i in value.indices if i not in upstream.layout]
    window = [*inner, *(i for counter in counters for i, item in at.items() if item == counter)]
    if tuple(channels) == upstream.indices[-len(channels) :]:  # they lie last, so what is in a window may as in k
        window = [i for i in whole.indices if i in window]
    roles = _of(image, groups, window, pixels, channels, upstream.indices)
    if roles is None or {*whole.indices} != {*groups, *channels, *window}:
        return None
    if roles.last:
        a, b = grouped(upstream, roles.front, pixels, channels), grouped(whole, groups, channels, window)
    else:
        a, b = grouped(whole, groups, window, channels), grouped(upstream, roles.front, channels, pixels)
    shape = (*roles.front, a.layout[-2], b.layout[-1])
    return Gemm(roles.columns, "real", a, b, shape), roles, at  # type: ignore[arg-type]


__all__ = ["Scattered", "copied", "copies", "cuts", "forward", "input_gradient", "kernel_gradient", "product"]
