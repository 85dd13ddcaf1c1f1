"""What one node of a graph looks like: its formula, its shape, its numbers, and how much room they need.

A scalar graph runs from left to right, each number on the wire that leaves its node: the value above, the gradient
below.  A graph of arrays runs from top to bottom, in boxes that hold a corner of each array.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from symnet.pictures.markup import spans, width

FORMULA, NUMBER, NOTE = 15.0, 12.0, 11.0  # sizes of type
ROWS, COLUMNS = 3, 4  # of an array that is still shown whole
PAD = 10.0
ROUNDING = 1e-15  # an entry so much smaller than its array is zero but for rounding


#: what graph.css says of the text of a role
_USUAL = {
    "formula": (FORMULA, "middle"),
    "soft": (NOTE, "middle"),
    "value": (NUMBER, "end"),
    "gradient": (NUMBER, "end"),
}


@dataclass(frozen=True)
class Mark:
    """A piece of text: its class is its role in the palette."""

    role: str
    x: float
    y: float
    text: str
    size: float
    anchor: str = "middle"

    def svg(self) -> Any:
        return spans(self.text, self.size)

    @property
    def attributes(self) -> str:
        """Size and anchor, where they are not those that graph.css has for the role."""
        size, anchor = _USUAL[self.role]
        found = [f"font-size: {short(self.size)}px"] * (self.size != size)
        found += [f"text-anchor: {self.anchor}"] * (self.anchor != anchor)
        return f' style="{"; ".join(found)}"' if found else ""


@dataclass(frozen=True)
class Grid:
    """The corner of an array, as written numbers."""

    role: str
    rows: tuple[tuple[str, ...], ...]

    @property
    def columns(self) -> list[float]:
        return [max(width(cell, NUMBER) for cell in column) for column in zip(*self.rows)]

    @property
    def extent(self) -> tuple[float, float]:
        return sum(self.columns) + 8 * (len(self.columns) - 1) + 12, len(self.rows) * (NUMBER + 3) + 3

    def marks(self, left: float, top: float) -> Iterator[Mark]:
        x = left + 6
        for k, column in enumerate(self.columns):
            x += column
            for row, cells in enumerate(self.rows):
                yield Mark(self.role, x, top + (row + 1) * (NUMBER + 3) - 3, cells[k], NUMBER, "end")
            x += 8

    def bracket(self, left: float, top: float) -> str:
        """The two brackets of a matrix; a number has none."""
        if self.rows == (self.rows[0],) and len(self.rows[0]) == 1:
            return ""
        wide, high = self.extent
        sides = ((left, 3), (left + wide, -3))
        return "".join(f"M{point(x + d, top)}H{short(x)}V{short(top + high)}H{short(x + d)}" for x, d in sides)


def grid(array: Any, role: str) -> Grid:
    """At most three rows and four columns; of more axes the first matrix, and dots where something is left out."""
    array = np.asarray(array, dtype=float)
    finite = np.abs(array[np.isfinite(array)])
    array = np.where(np.abs(array) < ROUNDING * np.max(finite, initial=0.0), 0.0, array)
    deep = array.ndim > 2 and array.shape[:-2] != (1,) * (array.ndim - 2)
    while array.ndim > 2:
        array = array[0]
    array = np.atleast_1d(array)
    matrix = array[None, :] if array.ndim == 1 else array
    rows = [tuple(map(number, row[:COLUMNS])) for row in matrix[:ROWS]]
    if matrix.shape[1] > COLUMNS:
        rows = [(*row, "…") for row in rows]
    if deep or matrix.shape[0] > ROWS:
        rows.append(("⋮", *[""] * (len(rows[0]) - 1)))
    return Grid(role, tuple(rows))


def number(value: float) -> str:
    """Three significant digits, and no minus in front of zero."""
    value = float(value)
    if not np.isfinite(value):
        return "nan" if np.isnan(value) else "−∞" if value < 0 else "∞"
    if value == round(value) and abs(value) < 1e6:
        return str(int(value)).replace("-", "−")
    text = f"{value:.3g}"
    if "e" in text:
        digits, _, exponent = text.partition("e")
        text = f"{digits}e{int(exponent)}"
    return text.replace("-", "−")


def point(x: float, y: float) -> str:
    return f"{short(x)} {short(y)}"


def short(value: float) -> str:
    """At most one decimal: a tenth of a pixel."""
    text = f"{value:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text


@dataclass(frozen=True)
class Entry:
    """A formula in lines, the words of its shape, and its numbers."""

    lines: tuple[str, ...]
    shape: str = ""
    grids: tuple[Grid, ...] = ()

    @property
    def beside(self) -> bool:
        """Value and gradient next to each other, where that is not wide."""
        return sum(g.extent[0] for g in self.grids) + 14 * (len(self.grids) - 1) <= max(170.0, self.words)

    @property
    def words(self) -> float:
        return max([width(line, FORMULA) for line in self.lines] + [width(self.shape, NOTE)])

    @property
    def extent(self) -> tuple[float, float]:
        wide, high = self.words, len(self.lines) * (FORMULA + 4) + (NOTE + 3 if self.shape else 0)
        if self.grids:
            across, down = zip(*(g.extent for g in self.grids))
            wide = max(wide, sum(across) + 14 * (len(across) - 1) if self.beside else max(across))
            high += 4 + (max(down) if self.beside else sum(down) + 5 * (len(down) - 1))
        return wide, high

    def draw(self, middle: float, top: float) -> tuple[list[Mark], list[tuple[str, str]]]:
        """The text, and the brackets with the role of their array."""
        marks, brackets, y = [], [], top
        for line in self.lines:
            y += FORMULA + 4
            marks.append(Mark("formula", middle, y - 5, line, FORMULA))
        if self.shape:
            y += NOTE + 3
            marks.append(Mark("soft", middle, y - 4, self.shape, NOTE))
        y += 4
        x = middle - (sum(g.extent[0] for g in self.grids) + 14 * (len(self.grids) - 1)) / 2
        for g in self.grids:
            wide, high = g.extent
            left = x if self.beside else middle - wide / 2
            marks += g.marks(left, y)
            brackets.append((g.role, g.bracket(left, y)))
            x, y = (x + wide + 14, y) if self.beside else (x, y + high + 5)
        return marks, brackets


@dataclass(frozen=True)
class Cell:
    """One box with its entries; on a wire the numbers ``out`` stand behind it, value and gradient."""

    name: str
    kind: str  # input, definition or output
    entries: tuple[Entry, ...]
    caption: str = ""
    out: tuple[str, str] | None = None

    @property
    def box(self) -> tuple[float, float]:
        """Width and height of the box."""
        extents = [e.extent for e in self.entries]
        wide = max(w for w, _ in extents) + 2 * PAD
        high = sum(h for _, h in extents) + 8 * (len(extents) - 1) + PAD
        return (max(wide, high, 40.0), max(high, 40.0)) if self.round else (wide, max(high, 34.0))

    @property
    def round(self) -> bool:
        """On a wire a box is a pill."""
        return self.out is not None

    @property
    def stub(self) -> float:
        """The length of the wire that carries the numbers."""
        return max(width(text, NUMBER + 2) for text in self.out) + 16 if self.out and any(self.out) else 0.0

    @property
    def high(self) -> float:
        """The height with what stands above and below the wire, and the caption."""
        return max(self.box[1] + (2 * (NOTE + 4) if self.caption else 0), 2 * (NUMBER + 10) if self.out else 0)


__all__ = ["Cell", "Entry", "Grid", "Mark", "grid", "number", "point", "short"]
