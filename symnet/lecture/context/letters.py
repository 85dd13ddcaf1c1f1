"""The letters that a formula is indexed with, and the conditions by which it tells cases apart."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from symnet.lecture.context.refs import Ref, refs
from symnet.lecture.reader.syntax import Big, Call, Cases, Expr, Indicator, Statement

#: what an index is written as: a letter, or one with a number as in d_1; y is a label
_LETTER = re.compile(r"[a-xz](_\d|_\{\d+\})?")


def free_letters(expr: Expr, bound: frozenset[str] = frozenset()) -> list[str]:
    """The letters that ``expr`` is indexed with and that no sum binds, in order of appearance."""
    found: dict[str, None] = {}

    def walk(part: Expr, bound: frozenset[str]) -> None:
        if isinstance(part, Big):
            bound = bound | {v.name for v in part.variables}
        if isinstance(part, Ref):
            for index in part.indices:
                for r in refs(index):
                    if not r.indices and r.key not in bound and _LETTER.fullmatch(r.key):
                        found[r.key] = None
        if isinstance(part, Call):
            for sub in part.subs:
                for r in refs(sub):
                    if not r.indices and r.key not in bound:
                        found[r.key] = None
        for child in part.children():
            walk(child, bound)

    walk(expr, bound)
    return list(found)


def conditions_in(parts: Iterable[Expr]) -> Iterator[Statement]:
    """The conditions of the branches and of the indicators among the parts of a formula."""
    for part in parts:
        if isinstance(part, Cases):
            yield from (condition for _, condition in part.branches if condition is not None)
        elif isinstance(part, Indicator):
            yield part.condition
