"""What words call a name: "``$P$`` is idempotent", "commuting matrices ``$A$`` and ``$B$``", in English and Russian."""

from __future__ import annotations

import re
from functools import lru_cache

from symnet.lecture.context.record import Line
from symnet.lecture.context.refs import Ref, is_upper, spelling
from symnet.lecture.documents.sentences import sentence_before, sentence_behind
from symnet.lecture.reader.syntax import Symbol

#: what only square matrices are called
_SQUARE = (
    r"square|skew(?:[- ]?symmetric)?|anti-?symmetric|idempotent|involut(?:ory|ive)|projectors?|commut(?:e|es|ing)|"
    r"(?:(?:row|column|doubly|right)[- ])?stochastic(?= matri)|(?:row|column|doubly|right)[- ]stochastic|"
    r"квадратн\w+|кососимметри\w*|антисимметри\w*|идемпотентн\w*|проектор\w*|коммутиру\w*|перестановочн\w*|"
    r"(?:дважды )?стохастическ\w+(?= матриц)"
)
_MATRIX = rf"matri(?:x|ces)|матриц\w*|{_SQUARE}"

_AND = r"(?:,|,?\s*(?:and|or|и|или))\s*"
#: what does not stand between a name and what it is called
_NOT = r"(?:not|never|no|neither|nor|cannot|need|if|iff|called|said|and|or|of|with|не|ни|если|назыв\w+|и|или|с|со)\b"
_WORD = rf"(?!{_NOT})[^\W\d_][\w-]*"
_BEING = (
    r"(?:\s*(?:—|–|---?)|\s+(?:is|are|be|were|being|denotes?|есть|является|являются|будет|будут|обознача\w+))+"
    r"(?:\s+(?:both|all|also|any|some|an?|the|оба|обе|все))*|\s+an?"
)
_NOUNS = (
    r"(?:matri\w+|operators?|maps?|vectors?|numbers?|data|points?|samples?|матриц\w*|оператор\w*|вектор\w*|числ\w*|"
    r"данн\w*|точк\w*|выборк\w*)"
)
_BETWEEN = r"(?:\s+(?:with|to|с|со|к))?(?:\s+(?:real|square|data|weight|design|two|the|any|вещественн\w+|квадратн\w+))?"


def is_called(line: Line, words: str) -> bool:
    """Do words right beside the name that a statement is call it so, such as "skew-symmetric" or "matrix"?"""
    return is_called_before(line, words) or is_called_behind(line, words)


def is_called_before(line: Line, words: str) -> bool:
    """Do such words stand right before the name?"""
    return _patterns(words)[0].search(f"{sentence_before(line.prose.partition(' … ')[0])} ") is not None


def is_called_behind(line: Line, words: str) -> bool:
    """Do such words stand right behind the name?"""
    behind = sentence_behind(line.prose.partition(" … ")[2])
    return _patterns(words)[1].match(f" {behind.lstrip(' ')}") is not None


def named(line: Line) -> Ref | None:
    r"""The name that a statement is, alone or with its shape: ``P``, the P of ``P \in \mathbb{R}^{n \times n}``."""
    name = line.statement.terms[0]
    return name if isinstance(name, Ref) and set(line.statement.relations) <= {"in"} else None


def is_called_matrix(line: Line) -> bool:
    """Do words beside a capital without index call it a matrix?"""
    name = line.raw.terms[0]
    plain = isinstance(name, Symbol) and not name.subs and is_upper(spelling(name))
    return plain and not line.raw.relations and is_called(line, _MATRIX)


def is_called_square(line: Line) -> bool:
    """Do words beside a name call it what only square matrices are?"""
    return is_called(line, _SQUARE)


@lru_cache
def _patterns(words: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """What ends the text before a name that is called so, and what begins the text behind it."""
    word = rf"(?<![\w-])(?:{words})(?!-)"
    before = rf"{word}{_BETWEEN}(?:\s+{_NOUNS})?\s+(?:…\s*{_AND})*$"
    behind = rf"(?:\s*{_AND}…)*(?:(?:{_BEING})(?:\s+{_WORD}(?:,|,?\s+(?:and|и))?){{0,3}}?(?:\s+…)?\s+|\s+){word}"
    return re.compile(before, re.IGNORECASE), re.compile(behind, re.IGNORECASE)
