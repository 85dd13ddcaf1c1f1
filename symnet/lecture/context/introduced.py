r"""What a sentence assumes before a formula: let ``$a, b$`` be numbers, with ``$r \in (0, 1)$``; in two languages."""

from __future__ import annotations

import re
from collections.abc import Iterator

from symnet.lecture.context.refs import Ref
from symnet.lecture.documents.sentences import sentence_before
from symnet.lecture.reader.syntax import Statement

#: what ends the assumptions of a sentence
THEN = re.compile(
    r"\b(?:then|hence|so|thus|therefore|we (?:have|get|obtain|find)|тогда|то|имеем|следовательно|отсюда|значит|"
    r"получа\w+)\b",
    re.IGNORECASE,
)
#: what a sentence that assumes something begins with
LET = re.compile(
    r"\W*(?:let(?!\s+us\b|'s\b|\s+me\b)|suppose|assume|given|пусть|предположим|допустим|положим|дан[ыоа]?)\b", re.I
)
#: words right before an assumption, for all that follows and for its sentence only
WITH = re.compile(
    r"\b(?:with|such that|satisf(?:ies|y|ying)|obey(?:s|ing)?|assum(?:e|ing)|suppose|let|provided(?: that)?|"
    r"удовлетворя\w+|так\w+,? что|при условии,? что|с|пусть)(?:\s+(?:an?|the|all|any))?\s*$",
    re.IGNORECASE,
)
#: words right before an assumption for its sentence
IF = re.compile(
    r"\b(?:if|when(?:ever)?|for|under|если|когда|при|для)"
    r"(?:\s+(?:all|any|every|each|всех|любых|любого|любой|каждого|каждой))?\s*$",
    re.I,
)
#: words right before what is looked at anew, and is no case of what is known: "consider $r \\in (0, 1)$"
_CONSIDER = re.compile(
    r"(?:^|.*,)\W*(?:now\s+)?(?:consider|take|fix|choose|pick|рассмотрим|возьм[её]м|выберем|(?:за)?фиксируем)"
    r"(?P<any>\s+(?:an?|any|some|arbitrary|произвольн\w+|люб\w+|некотор\w+))?"
    r"(?:\s+(?!case|again|our|inequal|bound|условие|случа|снова|опять|неравен|оценк)[^\W\d_]+){0,3}\s*$",
    re.IGNORECASE,
)


def before(prose: str) -> str:
    """What a sentence says before its formula."""
    return sentence_before(prose.partition(" … ")[0])


def introduces(statement: Statement, prose: str, own: bool = False) -> bool:
    """Are the names of a formula introduced for what follows, or for their ``own`` sentence?

    What is considered is new where its kind is told beside it: consider ``$r \\in (0, 1)$``, consider a number ``$a$``.
    """
    considered = _CONSIDER.match(before(prose))
    told = considered and (considered["any"] or statement.relations) and any(names_let_be(statement))
    return bool(told) or _is_premise(prose, own)


def _is_premise(prose: str, own: bool) -> bool:
    """Is what a formula says assumed for all that follows, or for its ``own`` sentence?"""
    sentence = before(prose)
    told = WITH.search(sentence) or LET.match(sentence) and not THEN.search(sentence)
    return bool(told or own and IF.search(sentence))


def names_let_be(statement: Statement) -> Iterator[str]:
    r"""The names that an assumption lets be anything of their kind: ``a, b``, ``x \in \mathbb{R}^n``, ``0 < r < 1``."""
    if statement.is_bound:
        names = statement.terms
    else:
        names = statement.terms[:1] if set(statement.relations) <= {"in"} else ()
    yield from (name.key for name in names if isinstance(name, Ref) and not name.indices)
