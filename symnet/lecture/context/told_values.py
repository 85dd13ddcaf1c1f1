"""What the prose of a document says of the values of a name: ``for integers n``, ``stride s``, ``S be definite``."""

from __future__ import annotations

import re
from collections.abc import Iterator

from symnet.lecture.context.record import DEFINITE, Known, Line
from symnet.lecture.context.refs import Ref, is_upper
from symnet.lecture.context.told import BEING, FORMULA, said

_NUMBERS = r"(?:\s+(?:numbers?|values?|числ\w+|значени\w+))?"
_WHOLE = "(?:целы\\w+|целое|целого|целому|целым|целом)"
_NOT_BELOW = "(?:положительн|неотрицательн)\\w+"
#: words before or behind the names of numbers, or between them and a verb
_KINDS = {
    "even": (r"(?:\b(?:for|an|any|every|all|each|is|are|be)\s+|\()even", r"(?<!не)\bч[её]тн\w+"),
    "odd": (r"(?<!not )\bodd", r"\bнеч[её]тн\w+"),
    "natural": (
        r"positive\s+integers?",
        r"natural",
        r"натуральн\w+",
        rf"{_WHOLE}\s+{_NOT_BELOW}",
        rf"{_NOT_BELOW}\s+{_WHOLE}",
    ),
    "integer": (
        r"(?<!non-)(?<!not )(?<!positive )\b(?:integers?|whole)(?!-|\s+(?:multiple|part|division|power))",
        rf"(?<!не)(?<!в )\b{_WHOLE}",
    ),
}
#: what counts
_COUNTS = (
    r"\b(?:stride|padding|dilation|(?:kernel|filter|window|batch|vocabulary|patch|image)\s+size)s?",
    r"(?<!effective )(?<!\ba )\b(?:number|count)\s+of\s+(?!effective)(?:[^\W\d_-]+\s+){0,2}[^\W\d_-]+",
    r"\b(?:число|числа|количество|количества)\s+(?!эффективн)(?:[^\W\d_-]+\s+){0,2}[^\W\d_-]+",
    r"\b(?:размер\w*\s+(?:ядра|окна|фильтра|пакета|батча|словаря|патча)|шаг\w*\s+св[её]ртки|страйд\w*|паддинг\w*)",
)
#: adjectives that stand behind a name without a verb
_BARE = r"(?:не)?ч[её]тн(?:ое|ые|о|ы)|цел(?:ое|ые)|натуральн(?:ое|ые)"


_MATRIX = r"(?:\s+(?:[\w-]+\s+)?(?:matri(?:x|ces)|матриц\w*))?"
#: words before or behind the names of matrices
_DEFINITE = {
    "definite": rf"(?:positive[ -]definite|положительно\s+определ[её]нн\w+){_MATRIX}",
    "semidefinite": rf"(?:positive[ -]semi-?definite|неотрицательно\s+определ[её]нн\w+){_MATRIX}",
}
_NEGATIVE = r"(?<!non-)(?<!not )\bnegative|(?<!не)\bотрицательн\w+"


def _of_numbers(kind: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    words = "|".join([*(word + _NUMBERS for word in _KINDS[kind]), *(_COUNTS if kind == "natural" else ())])
    return said(words, rf"(?:{BEING}|\s+(?=(?:{_BARE})\b))")


_WORDS = {kind: _of_numbers(kind) for kind in _KINDS} | {
    kind: said(words, rf"(?:{BEING}|\s+)") for kind, words in _DEFINITE.items()
}
_BEHIND = said(rf"(?:{_NEGATIVE}){_NUMBERS}")[1]


def values_told(line: Line) -> Iterator[Known]:
    """What a statement that begins with a name, and is no equation, says of its values by the prose around it.

    What is negative in one case says nothing of the name elsewhere.
    """
    head = line.statement.terms[0]
    if not isinstance(head, Ref) or "=" in line.statement.relations:
        return
    prose = FORMULA.sub("¤", line.prose)
    if not (line.said.case or line.said.clause) and _BEHIND.search(prose):
        yield Known(head.key, "negative", line.place, line.order)
    for what, patterns in _WORDS.items():
        fits = is_upper(head.key) if what in DEFINITE else not head.indices
        if fits and any(pattern.search(prose) for pattern in patterns):
            yield Known(head.key, what, line.place, line.order)
            return
