"""What the prose of a document calls a name: a matrix, a vector, a number."""

from __future__ import annotations

import re
from collections.abc import Iterator

from symnet.lecture.context.record import Line
from symnet.lecture.context.refs import Ref, is_upper
from symnet.lecture.documents.sentences import MATH

#: names that stand in a list, before or behind the one that is looked at
_NEXT = r"(?:\s*,\s*(?:and\s+|и\s+)?|\s+(?:and|и|or|или)\s+)(?:\w+\s+){0,2}"
LIST = rf"(?:[…¤]{_NEXT})*…"
REST = rf"(?:{_NEXT}[…¤])*"
_VERB = "is|are|be|being|as|both|all|an?|denotes?|—|–|---?|есть|оба|обе|все|это"
BEING = rf"\s*,?\s*(?:\(|(?:{_VERB})\s+(?:(?:{_VERB}|the|any|some|two|fixed|given)\s+)*)"

#: what a matrix or a vector is of, before its name
_OF = (
    r"(?:\s+of\s+(?:all\s+)?(?:the\s+)?(?:weights|parameters|features|inputs|outputs|data|bias(?:es)?|activations|gradients|"
    r"probabilities|logits|targets|labels|scores|means|noise|ones)"
    r"|\s+(?:весов|параметров|признаков|входов|выходов|данных|смещени[йя]|сдвигов|активаций|градиентов|вероятностей|"
    r"логитов|меток|оценок|средних|шума|ковариаци[йи]|наблюдений|объектов))?"
)
_ADJECTIVES = r"(?:(?!not\b|of\b|in\b|no\b|не\b|на\b|в\b|ранг|rank|row\b|column\b)[\w¤-]+\s+){0,3}?"
#: adjectives of matrices only
_OF_MATRICES = (
    r"(?:symmetric|orthogonal|positive[ -](?:semi-?)?definite|skew-symmetric|idempotent|nilpotent|nonsingular|"
    r"anti-?symmetric|involutory|(?:orthogonal )?projectors?|(?:row|column|right|doubly)[ -]stochastic|"
    r"кососимметри\w+|антисимметри\w+|идемпотентн\w+|(?:ортогональн\w+ )?проектор\w*|"
    r"симметричн\w+|ортогональн\w+|(?:положительно|неотрицательно)\s+определ[её]нн\w+|вырожденн\w+|невырожденн\w+)"
)
#: the words for one of a kind, and for several
_WORDS = {
    "matrix": (r"\b(?:sub)?(?:matrix|матриц[ауеей]\w?)", r"\b(?:matrices|матриц(?:ы|ам|ами|ах)?)"),
    "vector": (r"\b(?:vector|вектор(?:а|у|ом|е)?(?:-\w+)?)(?!-)", r"\b(?:vectors|вектор(?:ы|ов|ам|ами|ах)(?:-\w+)?)"),
    "scalar": (r"\b(?:scalar|скаляр(?:а|у|ом|е|н\w+)?)", r"\b(?:scalars?|скаляр(?:ы|ов|ам|ами|ах))"),
}
#: what is said of a part of a name, or of several
_PART = re.compile(
    r"(?:\b(?:of|in|from|by|for each|rows?|columns?|entr(?:y|ies)|elements?|components?|length|size|rank|number|"
    r"строк\w*|столбц\w*|столбец|элемент\w*|компонент\w*|длин\w+|размер\w*|ранг\w*|числ\w+)\s+)$",
    re.IGNORECASE,
)


def said(words: str, being: str = BEING, single: str = "") -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Words before a list of names, or ``single`` ones before the next name only; and such behind a list."""
    before = rf"(?<![\w-])(?:(?:{words}){_OF}\s+{LIST}|(?:{single or words}){_OF}\s+…)"
    behind = rf"{LIST}{REST}{being}{_ADJECTIVES}(?:{words}{'|' if single else ''}{single})(?!\w)"
    return re.compile(before, re.IGNORECASE), re.compile(behind, re.IGNORECASE)


_SAID = {what: said(several, single=one) for what, (one, several) in _WORDS.items()}
_LIKE_A_MATRIX = said(_OF_MATRICES, rf"(?:{BEING}|\s+)")


def _is_whole(prose: str, found: re.Match[str]) -> bool:
    """Is it said of a name, and not of a part of it: ``each row of X is a vector``?"""
    return _PART.search(prose[: found.start()]) is None


def kinds_told(line: Line) -> Iterator[tuple[Ref, str]]:
    """The name that a statement begins with, and what the prose around it calls that: a matrix, a vector, a scalar."""
    head = line.statement.terms[0]
    if not isinstance(head, Ref) or set(line.statement.relations) - {"="}:
        return
    prose = MATH.sub("¤", line.prose)
    before = [what for what, (pattern, _) in _SAID.items() if pattern.search(prose)]
    behind = [what for what, (_, pattern) in _SAID.items() if any(_is_whole(prose, m) for m in pattern.finditer(prose))]
    if before or behind:
        yield head, [*before, *behind][0]
        return
    if is_upper(head.key) and not line.statement.relations and any(p.search(prose) for p in _LIKE_A_MATRIX):
        yield head, "matrix"
