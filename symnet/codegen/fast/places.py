"""Sums and extremes over windows: entry by entry of a window, for all windows at once.

    max over r, s of x[n, c, h + r, w + s]      _fold(np.maximum, windows, axes=2)
    the place of the largest entry              _fold_place(np.maximum, windows, axes=2)
    sum_{r,s} x[n, c, h + r, w + s] k[c, r, s]  _fold_product(windows, k[:, None, None], axes=2)
    sum_{n,h,w} dy x[n, c, h + r, w + s]        _each_entry("nchw,nchw->c", dy, windows, axes=2)

An entry of all windows is a part of the array that they are cut from: NumPy goes through it in long rows, and takes 20
to 40 ns for each window where it is given them as they are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from symnet.codegen.align import without_ones
from symnet.codegen.arrays import Apply, Array, Flat, Reduce
from symnet.codegen.fast.convolution import base_windows
from symnet.codegen.text import letters_for

if TYPE_CHECKING:
    from symnet.codegen.fast.operations import FastText


def folded(value: Reduce, text: FastText) -> str | None:
    """The reduction by one of the helpers; None where it is none over windows, or over their places."""
    if not text.planner.on("places"):
        return None
    found = _place(value, text) or _whole(value, text) or _product(value, text)
    text.planner.act("places", found is not None)
    return found


def _place(value: Reduce, text: FastText) -> str | None:
    flat = numbered(value)
    if flat is None:
        return None
    text.helpers.add("fold_place")
    return f"_fold_place(np.{value.op[3:]}imum, {text(flat.arg)}, axes={flat.count})"


def _whole(value: Reduce, text: FastText) -> str | None:
    """A reduction of the windows as they are."""
    axes, ufunc = count(value.arg), {"sum": "add", "max": "maximum", "min": "minimum"}.get(value.op)
    if not axes or ufunc is None or value.axes != trailing(value.arg, axes):
        return None
    text.helpers.add("fold")
    return f"_fold(np.{ufunc}, {text(value.arg)}, axes={axes})"


def _product(value: Reduce, text: FastText) -> str | None:
    body = value.arg
    if value.op != "sum" or not isinstance(body, Apply) or body.op != "mul" or len(body.args) != 2:
        return None
    for windows, other in (body.args, body.args[::-1]):
        axes = count(windows)
        if not axes or windows.layout != body.layout:
            continue
        last = trailing(body, axes)
        if value.axes == last and other.layout[-axes:] == body.layout[-axes:]:
            text.helpers.add("fold_product")
            return f"_fold_product({text(windows)}, {text(other)}, axes={axes})"
        if not {*last} & {*value.axes} and not {*other.indices} & {*body.layout[-axes:]}:
            text.helpers.add("each_entry")
            operands = f"{text(without_ones(other))}, {text(windows)}"
            return f"_each_entry({_subscripts(value, other, axes)}, {operands}, axes={axes})"
    return None


def _subscripts(value: Reduce, other: Array, axes: int) -> str:
    """What einsum does with one entry of all windows."""
    layout = value.arg.layout[:-axes]
    letters = letters_for(dict.fromkeys(i for i in layout if i is not None))
    given = "".join(letters[i] for i in other.indices)
    read = "".join(letters[i] for i in layout if i is not None)
    out = "".join(letters[i] for k, i in enumerate(layout) if k not in value.axes and i is not None)
    return f'"{given},{read}->{out}"'


def numbered(value: Reduce) -> Flat | None:
    """The windows whose entries are numbered through, where the place of an extremum in each of them is asked for."""
    flat = value.arg
    if value.op not in ("argmax", "argmin") or not isinstance(flat, Flat) or count(flat.arg) != flat.count:
        return None
    return flat if value.axes == trailing(flat, 1) else None


def count(array: Array) -> int:
    """How many of the last axes of ``array`` go through a window; 0 where it is no windows, or they lie otherwise."""
    windows = base_windows(array)
    if windows is None or None in array.layout:
        return 0
    axes = len(windows.sizes)
    return axes if array.layout[-axes:] == windows.layout[-axes:] else 0


def trailing(array: Array, axes: int) -> tuple[int, ...]:
    """The positions of the last ``axes`` axes."""
    return tuple(range(len(array.layout) - axes, len(array.layout)))
