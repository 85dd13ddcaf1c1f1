"""A text prepared for the search for formulas: same length, with blanks where no formula can stand."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from functools import cached_property

from symnet.lecture.documents.items import Listing
from symnet.lecture.documents.macros import Macro

_SHORTCUT = re.compile(r"\\(begin|end)\s*\{([A-Za-z]+\*?)\}")
_VISIBLE = re.compile(r"[^\n]")
_BLANK_LINE = re.compile(r"^[ \t]*\n", re.MULTILINE)


@dataclass(frozen=True)
class Fixed:
    """A formula that is known before the search, as a fence of mathematics is: offsets, and its LaTeX."""

    start: int
    end: int
    latex: str


@dataclass
class Page:
    """One text: a file, or a cell of a notebook.

    ``clear`` is ``text`` with blanks for code, comments and definitions of macros, so that offsets agree.
    ``breaks`` are the offsets at which a paragraph ends.  ``comments`` are (start, end, text) of comments found so far,
    ``headings`` (offset, level, text) of the headings, the highest level the smallest number.
    """

    text: str
    clear: str
    breaks: list[int] = field(default_factory=list)
    listings: list[tuple[int, Listing]] = field(default_factory=list)
    fixed: list[Fixed] = field(default_factory=list)
    comments: list[tuple[int, int, str]] = field(default_factory=list)
    title: str = ""
    headings: list[tuple[int, int, str]] = field(default_factory=list)
    tex: bool = False
    macros: dict[str, Macro] = field(default_factory=dict)

    @cached_property
    def shortcuts(self) -> dict[str, tuple[str, str]]:
        r"""The macros that stand for the begin or the end of an environment: be -> ("begin", "equation")."""
        found = {name: _SHORTCUT.fullmatch(macro.body) for name, macro in self.macros.items()}
        return {name: (m[1], m[2]) for name, m in found.items() if m}

    @cached_property
    def starts(self) -> list[int]:
        """The offset of each line."""
        return line_starts(self.text)

    def place(self, offset: int) -> tuple[int, int]:
        """Line and column, from 1, of an offset."""
        line = bisect_right(self.starts, offset)
        return line, offset - self.starts[line - 1] + 1

    def paragraph_end(self, offset: int) -> int:
        """The first break behind an offset."""
        i = bisect_right(self.breaks, offset)
        return self.breaks[i] if i < len(self.breaks) else len(self.text)

    def paragraph_start(self, offset: int) -> int:
        """The last break at or before an offset."""
        i = bisect_right(self.breaks, offset)
        return self.breaks[i - 1] if i else 0

    def broken(self, start: int, end: int) -> bool:
        """Does a paragraph end between two offsets?"""
        return bisect_right(self.breaks, start) < bisect_left(self.breaks, end)


def line_starts(text: str) -> list[int]:
    return [0, *(m.end() for m in re.finditer("\n", text))]


def blank(text: str) -> str:
    """Blanks of the same length, on the same lines."""
    return _VISIBLE.sub(" ", text)


def masked(text: str, regions: list[tuple[int, int]]) -> str:
    """``text`` with the regions (start, end) blank."""
    pieces, at = [], 0
    for start, end in sorted(regions):
        if end > at:
            start = max(start, at)
            pieces += [text[at:start], blank(text[start:end])]
            at = end
    return "".join([*pieces, text[at:]])


def blank_lines(text: str) -> list[int]:
    """The offsets of the empty lines."""
    return [m.start() for m in _BLANK_LINE.finditer(text)]
