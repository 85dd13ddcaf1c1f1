"""Which names the prose of a document calls whole numbers: ``for integers n``, ``stride s``, ``k - целое число``."""

from __future__ import annotations

import re
from collections.abc import Iterator

from symnet.lecture.context.record import Known, Line
from symnet.lecture.context.refs import Ref
from symnet.lecture.context.told import BEING, FORMULA, LIST, REST

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


def _said(kind: str) -> re.Pattern[str]:
    """Words before a list of names, or behind it."""
    words = "|".join([*(word + _NUMBERS for word in _KINDS[kind]), *(_COUNTS if kind == "natural" else ())])
    bare = rf"(?=(?:{_BARE})\b)"
    pattern = rf"(?:{words})\s+{LIST}|{LIST}{REST}(?:{BEING}|\s+{bare})(?:{words})(?!\w)"
    return re.compile(pattern, re.IGNORECASE)


_WORDS = {kind: _said(kind) for kind in _KINDS}


def whole_names(line: Line) -> Iterator[Known]:
    """What a statement says of whole numbers: by the prose around the name, which may be the least or largest one."""
    head = line.statement.terms[0]
    if not isinstance(head, Ref) or "=" in line.statement.relations or head.indices:
        return
    prose = FORMULA.sub("¤", line.prose)
    for what, words in _WORDS.items():
        if words.search(prose):
            yield Known(head.key, what, line.place, line.order)
            return
