"""Large arrays are let go when they have been read for the last time, so that the next one can have their memory."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from symnet.codegen.emit import INDENT

#: what makes a large array
ALLOCATES = re.compile(r"_empty\(|_zeros\(|_copy\(|np\.take\(")
WORD = re.compile(r"[^\W\d]\w*")


def released(pieces: Sequence[Sequence[str]], names: Collection[str], again: bool = False) -> list[str]:
    """The lines of a function in ``pieces``; each of ``names`` is let go behind the last piece that speaks of it.

    Nothing is let go behind the last array that is made, unless the lines are done ``again``.  (``del`` would do, but
    linters do not see that the function which reads the array has been called before.)
    """
    words = [{word for line in piece for word in WORD.findall(_code(line))} for piece in pieces]
    making = [at for at, piece in enumerate(pieces) if any(ALLOCATES.search(line) for line in piece)]
    dead: dict[int, list[str]] = {}
    for name in names:
        places = [at for at, found in enumerate(words) if name in found]
        if places and making and (again or places[-1] < making[-1]):
            dead.setdefault(places[-1], []).append(name)
    lines: list[str] = []
    for at, piece in enumerate(pieces):
        lines += piece
        if at in dead:
            lines.append(f"{INDENT}{' = '.join(dead[at])} = None  # let go")
    return lines


def _code(line: str) -> str:
    """A line without its comment."""
    return "" if line.lstrip().startswith("#") else line.partition("  # ")[0]
