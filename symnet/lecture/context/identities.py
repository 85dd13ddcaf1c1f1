r"""The identity matrix and the vector of ones: ``I`` and ``\mathbf{1}`` have another size at each place.

In ``(X^T X + \lambda I)^{-1} X^T = X^T (X X^T + \lambda I)^{-1}`` the two are of different sizes, and so they are in
``P \mathbf{1} = \mathbf{1}``.  So every occurrence is a name of its own, where the document uses the letter for nothing
else and does not say its shape.  ``I_n`` tells its size itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import count

from symnet.lecture.reader.syntax import Big, Call, Expr, Label, Number, Paren, Space, Statement, Symbol

#: the kind of the label that tells occurrences apart; it is never printed
OCCURRENCE = "occurrence"
_LETTERS = ("I", "\\mathbf{I}")
_ANYWHERE = re.compile(r"\^\{#\d+\}")
_NUMBERED = re.compile(rf"{_ANYWHERE.pattern}$")


def is_identity(key: str) -> bool:
    """Is this the key of an identity matrix, if it is a matrix and defined nowhere?"""
    name = without_number(key)
    return name in _LETTERS or name != key and name.partition("_")[0] in _LETTERS


def size_of(key: str) -> str:
    """The n of the identity matrix ``I_n``; empty where none is written."""
    name, _, size = without_number(key).partition("_")
    return size if name in _LETTERS and is_identity(key) else ""


def is_ones(key: str) -> bool:
    """Is this the key of a vector of ones?"""
    return without_number(key) == "1"


def without_number(key: str) -> str:
    """The key as it is shown."""
    return _NUMBERED.sub("", key)


def without_numbers(text: str) -> str:
    """A text in which keys stand, as it is shown."""
    return _ANYWHERE.sub("", text)


def numbered(statements: Sequence[Statement]) -> list[Statement]:
    """The statements with a number on each I and each 1, where they are used as an identity and as ones are."""
    statements = list(statements)
    sizes = _sizes(statements)
    found = list(_mentions(statements, _is_letter))
    if all(_plain(s) or _is_sized(s, sizes) for s in found) and not any(map(_is_given, statements)):
        statements = _with_numbers(statements, _is_letter)
    if all(map(_plain, _mentions(statements, _is_one))) and not any(map(_says_length, statements)):
        statements = _with_numbers(statements, _is_one)
    return statements


def _with_numbers(statements: Sequence[Statement], meant: Callable[[Expr], bool]) -> list[Statement]:
    taken = {label.word for s in _mentions(statements, meant) for label in s.labels}
    numbers = (n for n in count(1) if f"#{n}" not in taken)

    def change(part: Expr) -> Expr:
        if isinstance(part, Symbol) and meant(part):
            return part if part.labels else replace(part, labels=(Label(OCCURRENCE, word=f"#{next(numbers)}"),))
        return part.map(change)

    return [s for s in map(change, statements) if isinstance(s, Statement)]


def _is_one(part: Expr) -> bool:
    return isinstance(part, Symbol) and part.name == "1"


def _says_length(statement: Statement) -> bool:
    r"""``\mathbf{1} \in \mathbb{R}^n``, ``\mathbf{1} = (1, \ldots, 1)^T``."""
    return bool(statement.relations) and _is_one(statement.terms[0])


def _is_letter(part: Expr) -> bool:
    return isinstance(part, Symbol) and part.name == "I" and part.font in ("", "bold", "rm")


def _mentions(statements: Iterable[Statement], meant: Callable[[Expr], bool]) -> Iterator[Symbol]:
    return (p for s in statements for p in s.walk() if isinstance(p, Symbol) and meant(p))


def _plain(symbol: Symbol) -> bool:
    """Without anything that an identity matrix does not carry."""
    return not symbol.subs and not symbol.marks and all(label.kind == OCCURRENCE for label in symbol.labels)


def _sizes(statements: Iterable[Statement]) -> set[Expr]:
    """The sizes in declared shapes, but for the letters that sums run over."""
    parts = [p for s in statements for p in s.walk()]
    dims = {d for p in parts if isinstance(p, Space) for d in p.dims}
    return dims - {Symbol(v.name) for p in parts if isinstance(p, Big) for v in p.variables}


def _is_sized(symbol: Symbol, sizes: set[Expr]) -> bool:
    """Is this an identity matrix that tells its size: ``I_n`` beside an n x d array, ``I_2``?"""
    if len(symbol.subs) != 1 or symbol.marks or any(label.kind != OCCURRENCE for label in symbol.labels):
        return False
    (size,) = symbol.subs
    return size in sizes or isinstance(size, Number) and size.value > 1 and bool(sizes)


def _is_given(statement: Statement) -> bool:
    """Is something said of I: is it defined, an index, a function, a size, or its shape declared?"""
    for side, relation in zip(statement.terms, statement.relations):
        while isinstance(side, Paren):
            side = side.arg
        if _is_letter(side) and relation != "to":
            return True
    parts = list(statement.walk())
    called = any(isinstance(p, Call) and _is_letter(p.function) and p.certain for p in parts)
    index = any(_is_letter(s) for p in parts if isinstance(p, Symbol) for sub in p.subs for s in sub.walk())
    size = any(_is_letter(s) for p in parts if isinstance(p, Space) for d in p.dims for s in d.walk())
    return called or index or size
