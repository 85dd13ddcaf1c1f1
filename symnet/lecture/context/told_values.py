"""What the prose of a document says of the values of a name: ``for integers n``, ``stride s``, ``S be definite``."""

from __future__ import annotations

from collections.abc import Iterator

from symnet.lecture.context.beside import BEING, Words
from symnet.lecture.context.record import DEFINITE, Known, Line
from symnet.lecture.context.refs import Ref, is_upper

_NUMBER = r"(?:number|value|constant|числ[оауе]\w?|значени[еяю]\w?|константа)"
_NUMBERS = r"(?:numbers|values|constants|ones|reals|чис(?:ла|ел|лам|лами|лах)|значени(?:я|й|ям)|константы)"
#: what may stand behind an adjective without a noun
_ALONE = r"(?!\s+(?!(?:and|or|one|then|for|with|so|such|и|или|то|тогда|верно|имеем)\b)[^\W\d_]|-)"
_WHOLE = "(?:целы\\w+|целое|целого|целому|целым|целом)"
_NOT_BELOW = "(?:положительн|неотрицательн)\\w+"
#: adjectives of numbers
_ADJECTIVES = {
    "even": r"(?:(?:\b(?:for|an|any|every|all|each|is|are|be)\s+|\()even|(?<!не)\bч[её]тн\w+)",
    "odd": r"(?:(?<!not )\bodd|\bнеч[её]тн\w+)",
    "natural": rf"(?:natural|натуральн\w+|{_WHOLE}\s+{_NOT_BELOW}|{_NOT_BELOW}\s+{_WHOLE})",
    "integer": rf"(?:(?<!не)(?<!в )\b{_WHOLE}|\bwhole)",
    "negative": r"(?:(?<!non-)(?<!not )\bnegative|(?<!не)\bотрицательн\w+)",
}
#: what counts, and the nouns of whole numbers: one, and several
_COUNT = (
    r"\b(?:positive|non-?negative)\s+integer",
    r"\b(?:stride|padding|dilation|(?:kernel|filter|window|batch|vocabulary|patch|image)\s+size)",
    r"(?<!effective )(?<!\ba )\b(?:number|count)\s+of\s+(?!effective)(?:[^\W\d_-]+\s+){0,2}[^\W\d_-]+",
    r"\b(?:число|числа|количество|количества)\s+(?!эффективн|обусловл|информац|(?-i:[А-Я]))(?:[^\W\d_-]+\s+){0,2}[^\W\d_-]+",
    r"\b(?:размер\w*\s+(?:ядра|окна|фильтра|пакета|батча|словаря|патча)|шаг\w*\s+св[её]ртки|страйд\w*|паддинг\w*)",
)
_INTEGER = r"(?<!non-)(?<!not )(?<!positive )(?<!negative )\binteger"
_NOUNS = {
    "natural": ("|".join(_COUNT), r"\b(?:positive|non-?negative)\s+integers"),
    "integer": (rf"{_INTEGER}(?!-|\s+(?:multiple|part|division|power))", rf"{_INTEGER}s"),
}
#: adjectives that stand behind a name without a verb
_BARE = r"(?:не)?ч[её]тн(?:ое|ые|о|ы)|цел(?:ое|ые)|натуральн(?:ое|ые)"
_MATRIX = r"\s+(?:[\w-]+\s+)?(?:matrix|матриц[ауеей]\w?)"
_MATRICES = r"(?:\s+(?:[\w-]+\s+)?(?:matrices|матриц(?:ы|ам|ами|ах)?))?"
#: adjectives of matrices
_DEFINITE = {
    "definite": r"(?:positive[ -]definite|положительно\s+определ[её]нн\w+)",
    "semidefinite": r"(?:positive[ -]semi-?definite|неотрицательно\s+определ[её]нн\w+)",
}


def _of_numbers(kind: str) -> Words:
    adjective = _ADJECTIVES[kind]
    one, several = _NOUNS.get(kind, ("", ""))
    ones = "|".join(filter(None, [rf"{adjective}\s+{_NUMBER}", one]))
    many = "|".join(filter(None, [rf"{adjective}\s+{_NUMBERS}", rf"{adjective}{_ALONE}", several]))
    return Words.of(many, ones, rf"(?:{BEING}|\s+(?=(?:{_BARE})\b))")


_WORDS = {kind: _of_numbers(kind) for kind in _ADJECTIVES} | {
    kind: Words.of(words + _MATRICES, words + _MATRIX, rf"(?:{BEING}|\s+)") for kind, words in _DEFINITE.items()
}


def values_told(line: Line) -> Iterator[Known]:
    """What a statement that begins with a name, and is no equation, says of its values by the prose around it.

    What is negative in one case says nothing of the name elsewhere.
    """
    head = line.statement.terms[0]
    if not isinstance(head, Ref) or "=" in line.statement.relations:
        return
    of_all = not (line.said.case or line.said.clause)
    for what, words in _WORDS.items():
        fits = is_upper(head.key) if what in DEFINITE else not head.indices
        if what == "negative":
            found = of_all and words.stand_behind(line)
        else:
            found = words.stand_beside(line)
        if fits and found:
            yield Known(head.key, what, line.place, line.order)
            return
