"""Words beside a name in prose, before it or behind it, in English and Russian: ``commuting matrices A and B``."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple, Self

from symnet.lecture.context.record import Line
from symnet.lecture.context.refs import Ref
from symnet.lecture.documents.sentences import masked

#: names that stand in a list, before or behind the one that is looked at
_NEXT = r"(?:\s*,\s*(?:and\s+|и\s+)?|\s+(?:and|и|or|или)\s+)(?:\w+\s+){0,2}"
_LIST = rf"(?:[…¤]{_NEXT})*…"
_REST = rf"(?:{_NEXT}[…¤])*"
#: what stands between a name and what it is called
_VERB = (
    r"is|are|be|were|being|as|both|all|also|an?|denotes?|—|–|---?|"
    r"есть|является|являются|будет|будут|обознача\w+|оба|обе|все|это"
)
BEING = rf"\s*,?\s*(?:\(|(?:{_VERB})\s+(?:(?:{_VERB}|the|any|some|two|fixed|given)\s+)*)"
_OTHER = (
    r"(?!(?:not|never|no|neither|nor|cannot|need|if|iff|called|said|and|or|of|in|with|rank|row|column|"
    r"не|ни|если|назыв\w+|и|или|с|со|на|в|ранг)\b)[\w¤-]+"
)
_ADJECTIVES = rf"(?:{_OTHER}\s+){{0,3}}?"
#: between an adjective and a name that it belongs to: of what it is one, or nothing
_SUCH = (
    r"(?:\s+(?:with|to|с|со|к))?(?:\s+(?:real|square|data|weight|design|two|the|any|вещественн\w+|квадратн\w+))?"
    r"(?:\s+(?:matri\w+|operators?|maps?|vectors?|numbers?|data|points?|samples?|матриц\w*|оператор\w*|вектор\w*|числ\w*|"
    r"данн\w*|точк\w*|выборк\w*))?"
)
_BEING_SUCH = rf"(?:{BEING}(?:{_OTHER}(?:,|,?\s+(?:and|и))\s+){{0,3}}|\s+)"
#: what a matrix or a vector is of, before its name
_OF = (
    r"(?:\s+of\s+(?:all\s+)?(?:the\s+)?(?:weights|parameters|features|inputs|outputs|data|bias(?:es)?|activations|gradients|"
    r"probabilities|logits|targets|labels|scores|means|noise|ones)"
    r"|\s+(?:весов|параметров|признаков|входов|выходов|данных|смещени[йя]|сдвигов|активаций|градиентов|вероятностей|"
    r"логитов|меток|оценок|средних|шума|ковариаци[йи]|наблюдений|объектов))?"
)
#: what is said of a part of a name, or of several
_PART = re.compile(
    r"(?:\b(?:of|in|from|by|for each|rows?|columns?|entr(?:y|ies)|elements?|components?|length|size|rank|number|"
    r"строк\w*|столбц\w*|столбец|элемент\w*|компонент\w*|длин\w+|размер\w*|ранг\w*|числ\w+)\s+)$",
    re.IGNORECASE,
)


class Words(NamedTuple):
    """Words for names, as the patterns of prose in which they stand before a name or behind it."""

    before: re.Pattern[str]
    behind: re.Pattern[str]

    @classmethod
    def of(cls, several: str, single: str = "", being: str = BEING) -> Self:
        """Words before a list of names, or ``single`` ones before the next name only; and such behind a list."""
        before = rf"(?<![\w-])(?:(?:{several}){_OF}\s+{_LIST}|(?:{single or several}){_OF}\s+…)"
        behind = rf"{_LIST}{_REST}{being}{_ADJECTIVES}(?:{several}{'|' if single else ''}{single})(?!\w)"
        return cls(re.compile(before, re.IGNORECASE), re.compile(behind, re.IGNORECASE))

    def stand_before(self, line: Line) -> bool:
        """Do they stand before the name that a statement is?"""
        return self.before.search(_prose(line)) is not None

    def stand_behind(self, line: Line) -> bool:
        """Do they stand behind it, and say something of the whole, not of its rows?"""
        prose = _prose(line)
        return any(_PART.search(prose[: found.start()]) is None for found in self.behind.finditer(prose))

    def stand_beside(self, line: Line) -> bool:
        """Do they stand before it or behind it?"""
        return self.stand_before(line) or self.stand_behind(line)


@lru_cache
def adjectives(words: str) -> Words:
    """Words that may stand right behind a name, or among others of their kind: ``P is symmetric and idempotent``."""
    return Words.of(rf"(?:{words})(?!-){_SUCH}", being=_BEING_SUCH)


def is_called(line: Line, words: str) -> bool:
    """Do such words stand beside the name that a statement is?"""
    return adjectives(words).stand_beside(line)


def name_of(line: Line) -> Ref | None:
    r"""The name that a statement is, alone or with its shape: ``P``, the P of ``P \in \mathbb{R}^{n \times n}``."""
    name = line.statement.terms[0]
    return name if isinstance(name, Ref) and set(line.statement.relations) <= {"in"} else None


@lru_cache(4096)
def _marked(prose: str) -> str:
    """Prose around a formula with one sign for it and another for the other formulas."""
    before, own, behind = prose.partition(" … ")
    return f"{masked(before).replace('…', '¤')}{own}{masked(behind).replace('…', '¤')}"


def _prose(line: Line) -> str:
    return _marked(line.prose)
