"""Arrays of other shapes with the same entries: transposed, reshaped, padded, windows, and arrays made from a shape."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Any

import sympy as sp

from symnet.ir import functions as fn
from symnet.ir.expr import Size
from symnet.lecture.algebra.expressions import as_expr
from symnet.lecture.listings.arrays import Arr, Clash, Unread
from symnet.lecture.listings.bindings import Data
from symnet.lecture.listings.expressions import Expressions
from symnet.lecture.listings.syntax import integer_of


def whole_number(node: ast.expr | None) -> int:
    k = integer_of(node)
    if k is None:
        raise Unread("a computed axis")
    return k


def reduced_axes(r: Expressions, args: list[ast.expr], keywords: dict[str, ast.expr]) -> tuple[list[int] | None, bool]:
    """The axes of a reduction and keepdims."""
    unknown = set(keywords) - {"axis", "keepdims", "dtype", "ddof", "ord", "shape"}
    if unknown:
        raise Unread(f"the argument {sorted(unknown)[0]}")
    axis = args[0] if args else keywords.get("axis")
    keep = keywords.get("keepdims")
    kept = isinstance(keep, ast.Constant) and bool(keep.value)
    if keep is not None and not isinstance(keep, ast.Constant):
        raise Unread("a computed keepdims")
    if axis is None or (isinstance(axis, ast.Constant) and axis.value is None):
        return None, kept
    if isinstance(axis, ast.Tuple):
        return [whole_number(e) for e in axis.elts], kept
    return [whole_number(axis)], kept


def dims_of(r: Expressions, args: Sequence[ast.expr]) -> tuple[sp.Expr, ...]:
    """Sizes from the arguments of zeros((n, d)) or randn(n, d)."""
    values: list[Any] = []
    for a in args:
        if isinstance(a, ast.Starred):
            a = a.value
        v = r.value(a)
        values += v if isinstance(v, list) else [v]
    dims = []
    for v in values:
        if getattr(v, "dims", 0) is None:  # a name that is used as a size is a number
            v.dims = ()
        v = v if isinstance(v, Arr) else r.arr(v)
        if v.rank == 0 and v.size is None and v.binding is not None:  # an unknown number used as a size
            b: Any = v.binding
            if b.value is None:
                size = Size(b.name)
                r.scope.values[b.name] = v = r.size(size)
        if v.size is None:
            raise Unread("a computed shape")
        dims.append(r.literal(int(v.size)) if v.size.is_Integer else v.size)
    return tuple(dims)


def random(r: Expressions, args: Sequence[ast.expr]) -> Any:
    return Data(dims_of(r, args))


def labels(r: Expressions, name: str, args: list[ast.expr], keywords: dict[str, ast.expr]) -> Arr:
    size = keywords.get("size")
    bounds = list(args)
    if size is None and len(bounds) >= (3 if name != "choice" else 2):
        size = bounds[-1]
    if size is None or not bounds:
        raise Unread(f"np.random.{name} without a size")
    high = bounds[1] if name != "choice" and len(bounds) > 1 and (len(args) > 2 or "size" in keywords) else bounds[0]
    below = dims_of(r, [high])[0]
    dims = dims_of(r, [size])
    b = r.new("labels", None, None)
    b.kind, b.below, b.dims = "labels", below, dims
    return r.named(b)


def fill(r: Expressions, name: str, args: list[ast.expr], place: int) -> sp.Expr:
    if name.startswith("full"):
        value = r.array(args[place])
        if value.rank:
            raise Unread("np.full with an array")
        return as_expr(value.at([]))
    return sp.S.One if name.startswith("ones") else sp.S.Zero


def filled(dims: tuple[sp.Expr, ...], value: sp.Expr) -> Arr:
    return Arr(dims, lambda subs: value)


def transpose(r: Expressions, a: Arr, args: list[ast.expr]) -> Arr:
    if len(args) == 1 and isinstance(args[0], (ast.Tuple, ast.List)):
        args = list(args[0].elts)
    return r.sizes.transposed(a, [whole_number(x) for x in args] or None)


def windows(r: Expressions, array: ast.expr, shape: ast.expr, axis: ast.expr | None) -> Arr:
    """All windows of a shape along some axes: their places stand there, and what is inside behind all axes."""
    inner = dims_of(r, [shape])
    a = r.array(array)
    axes, _ = reduced_axes(r, [], {} if axis is None else {"axis": axis})
    places = list(range(a.rank)) if axes is None else [k % a.rank for k in axes if -a.rank <= k < a.rank]
    if len(places) != len(inner) or len(set(places)) != len(places):
        raise Clash(f"windows of {len(inner)} axes in an array of shape {r.sizes.shape(a.dims)}")
    outer = list(a.dims)
    for k, d in zip(places, inner):
        outer[k] = a.dims[k] - d + 1

    def at(subs: Sequence[sp.Expr]) -> sp.Expr:
        inside = dict(zip(places, subs[a.rank :]))
        return a.at([subs[k] + inside.get(k, 0) for k in range(a.rank)])

    return Arr((*outer, *inner), at)


def padded(r: Expressions, a: Arr, widths: ast.expr) -> Arr:
    """Zeros before and behind each axis: the entry at k is the sum of the entries at k - before, if there is one."""
    if not isinstance(widths, (ast.Tuple, ast.List)) or len(widths.elts) != a.rank:
        raise Unread("np.pad without a pair of widths for each axis")
    pairs = []
    for pair in widths.elts:
        if not isinstance(pair, (ast.Tuple, ast.List)) or len(pair.elts) != 2:
            raise Unread("np.pad without a pair of widths for each axis")
        before, behind = (whole_number(w) for w in pair.elts)
        pairs.append((before, behind))
    dims = tuple(d + before + behind for d, (before, behind) in zip(a.dims, pairs))

    def at(subs: Sequence[sp.Expr]) -> sp.Expr:
        places, inside, over = [], [], []
        for sub, d, wide in zip(subs, a.dims, pairs):
            if wide == (0, 0):
                places.append(sub)
                continue
            k = r.sizes.fresh(d, "k")
            places.append(k)
            over.append(k)
            inside.append(fn.eq(k + wide[0], sub))
        return r.sizes.contracted("sum", sp.Mul(a.at(places), *inside), over)

    return Arr(dims, at)


def swapped(r: Expressions, a: Arr, args: list[ast.expr]) -> Arr:
    if len(args) != 2:
        raise Unread("swapaxes without its two axes")
    first, second = (whole_number(x) for x in args)
    if not all(-a.rank <= k < a.rank for k in (first, second)):
        raise Clash(f"an array of shape {r.sizes.shape(a.dims)} has no axes {first} and {second}")
    order = list(range(a.rank))
    order[first], order[second] = order[second], order[first]
    return r.sizes.transposed(a, order)


def squeezed(r: Expressions, a: Arr) -> Arr:
    keep = [k for k, d in enumerate(a.dims) if r.sizes(d) != 1]

    def at(subs: Sequence[sp.Expr]) -> sp.Expr:
        place = dict(zip(keep, subs))
        return a.at([place.get(k, sp.S.Zero) for k in range(a.rank)])

    return Arr(tuple(a.dims[k] for k in keep), at)


def expand(r: Expressions, a: Arr, axis: int) -> Arr:
    axis %= a.rank + 1
    return Arr((*a.dims[:axis], sp.S.One, *a.dims[axis:]), lambda subs: a.at([*subs[:axis], *subs[axis + 1 :]]))


def reshape(r: Expressions, a: Arr, args: list[ast.expr]) -> Arr:
    """Axes of length 1 put in or left out; anything else is not read."""
    if len(args) == 1 and isinstance(args[0], (ast.Tuple, ast.List)):
        args = list(args[0].elts)
    s = r.sizes
    real = [k for k, d in enumerate(a.dims) if s(d) != 1]
    wanted: list[sp.Expr | None] = []
    for x in args:
        if isinstance(x, ast.UnaryOp):
            wanted.append(None)
        else:
            v = r.value(x)
            parts = v if isinstance(v, list) else [v]
            for p in parts:
                p = r.arr(p)
                if p.size is None:
                    raise Unread("a computed reshape")
                wanted.append(p.size)
    full = [k for k, w in enumerate(wanted) if w is None or s(w) != 1]
    if len(full) == len(real):
        dims = [sp.S.One if k not in full else a.dims[real[full.index(k)]] for k in range(len(wanted))]
        for k, w in enumerate(wanted):
            if w is not None and not s.same(w, dims[k]):
                raise Clash(f"an array of shape {s.shape(a.dims)} does not take the shape asked for")
        places = dict(zip(real, full))
        return Arr(
            tuple(dims), lambda subs: a.at([subs[places[k]] if k in places else sp.S.Zero for k in range(a.rank)])
        )
    if not real:
        return Arr((sp.S.One,) * len(wanted), lambda subs: a.at([sp.S.Zero] * a.rank))
    raise Unread("a reshape that joins or splits axes")
