"""Convolutions as matrix products.

    columns[n, (c r s), (h w)] = x[n, c, h + r, w + s]            the windows of an image, copied side by side
    y[n, o, (h w)]             = k[o, (c r s)] columns            one matrix product for every image
    dk[o, (c r s)]             = sum_n dy[n, o, (h w)] columns^T
    dcolumns                   = k^T dy,   added to dx at the places the windows came from

An image with its columns stays in the cache; NumPy's einsum copies the windows of the whole batch.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import sympy as sp

from symnet.codegen.align import align
from symnet.codegen.arrays import (
    Array,
    Assign,
    Copy,
    Einsum,
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
from symnet.codegen.fast.instructions import Gemm, Grouped
from symnet.ir.expr import Index


def base_windows(array: Array) -> Windows | None:
    """The windows that ``array`` is, perhaps transposed."""
    while isinstance(array, Transpose):
        array = array.arg
    return array if isinstance(array, Windows) else None


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


def copied(columns: Array, roles: _Roles) -> Array:
    """The windows side by side, in memory of their own."""
    order = (roles.image, *roles.window, *roles.pixels)
    view = transpose(columns, [columns.layout.index(i) for i in order])
    return Copy(order, "real", view)


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
    """dk of every image: dy columns^T."""
    a = grouped(upstream, [(roles.image,), (roles.channel,), roles.pixels])
    b = grouped(columns, [(roles.image,), roles.window, roles.pixels])
    layout = (roles.image, roles.channel, *roles.window)
    swapped = Transpose((b.layout[0], b.layout[2], b.layout[1]), "real", b, (0, 2, 1))
    return Gemm(layout, "real", a, swapped, (roles.image, roles.channel, joined(roles.window)))


@dataclass(frozen=True)
class Scattered:
    """dx += k^T dy at the places of the windows."""

    product: Gemm
    statements: tuple[Statement, ...]
    row: Index


def input_gradient(statements: Sequence[Statement], name: str) -> Scattered | None:
    """The loop over a window, with one product for all its positions taken out of it."""
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
        items = tuple(counter for counter, _ in loop.counters)
        columns = Ref(layout, "real", name)
        places = (Slice(layout[0]), Slice(layout[1]), *items)
        read = Subscript((*layout[:2], *layout[2 + len(items) :]), "real", columns, places)
        aligned = align(read, value.layout)
        new = Update(update.target, update.items, update.op, aligned)
        return Scattered(gemm, (base, Loop(loop.counters, (new,))), layout[0])
    return None


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
