"""Names beside the samples of them: the x of ``x - x_i`` is no array of the x_i."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from symnet.lecture.context.refs import Ref
from symnet.lecture.reader.syntax import Negate, Plus, Product, Statement


def samples_subtracted(statements: Iterable[Statement]) -> set[str]:
    """The x of the differences ``x - x_i``: both are numbers, or both are vectors."""
    names = set()
    for part in (part for statement in statements for part in statement.walk()):
        terms = [t.arg if isinstance(t, Negate) else t for t in part.terms] if isinstance(part, Plus) else []
        found = sorted((t for t in terms if isinstance(t, Ref)), key=lambda ref: len(ref.indices))
        if len(found) == len(terms) == 2 and [len(ref.indices) for ref in found] == [0, 1]:
            names |= {found[0].key} & {found[1].key}
    return names


def multiplied(statements: Iterable[Statement], is_matrix: Callable[[Ref], bool]) -> set[str]:
    """The names that stand behind a matrix: the x of ``W x`` and ``B A x``."""
    parts = [part for statement in statements for part in statement.walk() if isinstance(part, Product)]
    behind = [(part.left.right if isinstance(part.left, Product) else part.left, part.right) for part in parts]
    return {x.key for w, x in behind if isinstance(w, Ref) and isinstance(x, Ref) and is_matrix(w)}
