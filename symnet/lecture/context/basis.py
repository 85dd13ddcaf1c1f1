r"""Unit vectors that words name: "where ``$e_y$`` is the one-hot vector of the class ``$y$``", entry k is ``[y = k]``.

By convention their letter is e.  ``e_i^\top A e_j`` has two of different lengths, so every occurrence is a name of its
own, as it is of ``I`` and ``\mathbf{1}``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import count

from symnet.lecture.context.beside import Words
from symnet.lecture.context.identities import OCCURRENCE
from symnet.lecture.context.record import IN_WORDS, Definition, Line, Record, Said
from symnet.lecture.context.refs import Ref
from symnet.lecture.reader.syntax import Expr, Indicator, Label, Statement, Symbol

_WORDS = Words.of(
    r"one-?hot(?:[ -](?:vectors?|encodings?|codes?|вектор\w*))?|"
    r"(?:standard|canonical|coordinate)\s+(?:(?:basis|unit)\s+)?vectors?|(?:standard|canonical)\s+basis|"
    r"¤?-?th\s+(?:basis|unit)\s+vectors?|"
    r"вектор\w*\s+(?:стандартн|каноническ)\w+\s+базиса|(?:стандартн|каноническ|координатн)\w+\s+(?:базис|орт|вектор)\w*"
)
_PLACE, _ENTRY = Ref("i"), Ref("k")


def units_told(statements: Sequence[Said]) -> list[Said]:
    """The statements with a number on each unit vector, where all that has their name is one, and words say so."""
    vectors = [p for said in statements for p in said.statement.walk() if isinstance(p, Symbol) and _is_letter(p)]
    told = any(_tells(Line(order, said, said.statement)) for order, said in enumerate(statements))
    if not told or not all(map(_is_plain, vectors)) or any(map(_is_given, statements)):
        return list(statements)
    numbers = (f"#{n}" for n in count(1))

    def change(part: Expr) -> Expr:
        if isinstance(part, Symbol) and _is_letter(part):
            return replace(part, labels=(Label(OCCURRENCE, word=next(numbers)),))
        return part.map(change)

    changed = (change(said.statement) for said in statements)
    return [said._replace(statement=s) for said, s in zip(statements, changed) if isinstance(s, Statement)]


def units_in(statements: Iterable[Said]) -> Iterator[Symbol]:
    """The unit vectors that have got their numbers."""
    parts = (part for said in statements for part in said.statement.walk() if isinstance(part, Symbol))
    return (p for p in parts if _is_letter(p) and any(label.kind == OCCURRENCE for label in p.labels))


def definitions_of_units(record: Record) -> list[Definition]:
    """What the entries of the unit vectors are."""
    told = next((line for line in record.lines if _tells(line)), None)
    if told is None:
        return []
    body = Indicator(Statement((_PLACE, _ENTRY), ("=",)))
    keys = sorted(record.naming.units)
    return [Definition(key, (_PLACE, _ENTRY), None, body, told.order, told.line, IN_WORDS) for key in keys]


def _tells(line: Line) -> bool:
    return _is_letter(line.raw.terms[0]) and not line.raw.relations and _WORDS.stand_beside(line)


def _is_letter(part: Expr) -> bool:
    return isinstance(part, Symbol) and part.name == "e" and part.font in ("", "bold") and bool(part.subs)


def _is_plain(vector: Symbol) -> bool:
    """One index, and nothing else."""
    return len(vector.subs) == 1 and not vector.marks and not vector.labels


def _is_given(said: Said) -> bool:
    """Is it said what such a vector is equal to: ``e_t = y_t - z_t``?"""
    return bool({"=", "set"} & {*said.statement.relations[:1]}) and _is_letter(said.statement.terms[0])
