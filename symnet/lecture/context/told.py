"""What the prose of a document calls a name: a matrix, a vector, a number."""

from __future__ import annotations

from collections.abc import Iterator

from symnet.lecture.context.beside import Words, adjectives
from symnet.lecture.context.record import Line
from symnet.lecture.context.refs import Ref, is_upper, spelling
from symnet.lecture.reader.syntax import Symbol

#: what only square matrices are called
_SQUARE = (
    r"square|skew(?:[- ]?symmetric)?|anti-?symmetric|idempotent|involut(?:ory|ive)|(?:orthogonal )?projectors?|"
    r"commut(?:e|es|ing)|(?<!left[- ])(?<!right[- ])invertible|(?:non-?)?singular(?= matri)|nonsingular|"
    r"(?:row|column|doubly|right)[- ]stochastic|stochastic(?= matri)|"
    r"квадратн\w+|кососимметри\w*|антисимметри\w*|идемпотентн\w*|(?:ортогональн\w+ )?проектор\w*|коммутиру\w*|"
    r"перестановочн\w*|(?<!слева )(?<!справа )обратим\w*|(?:не)?вырожденн\w+|(?:дважды )?стохастическ\w+(?= матриц)"
)
#: what matrices are called, of any shape
_OF_MATRICES = (
    r"symmetric|orthogonal|positive[ -](?:semi-?)?definite|nilpotent|"
    r"симметричн\w+|ортогональн\w+|(?:положительно|неотрицательно)\s+определ[её]нн\w+"
)
#: what several names are called, and what one is
_KINDS = {
    "matrix": (r"\b(?:matrices|матриц(?:ы|ам|ами|ах)?)", r"\b(?:sub)?(?:matrix|матриц[ауеей]\w?)"),
    "vector": (r"\b(?:vectors|вектор(?:ы|ов|ам|ами|ах)(?:-\w+)?)", r"\b(?:vector|вектор(?:а|у|ом|е)?(?:-\w+)?)(?!-)"),
    "scalar": (r"\b(?:scalars?|скаляр(?:ы|ов|ам|ами|ах))", r"\b(?:scalar|скаляр(?:а|у|ом|е|н\w+)?)"),
}
_WORDS = {what: Words.of(*words) for what, words in _KINDS.items()}
_OF_SEVERAL = {what: Words.of(several) for what, (several, _) in _KINDS.items()}
_LIKE_SQUARE = adjectives(_SQUARE)
_LIKE_A_MATRIX = adjectives(rf"{_OF_MATRICES}|{_SQUARE}")


def kinds_told(line: Line, listed: bool) -> Iterator[tuple[Ref, str]]:
    """The name that a statement begins with, and what the prose around it calls that: a matrix, a vector, a scalar.

    Of ``y_1, ..., y_K``, which are ``listed``, a vector is all of them.
    """
    head = line.statement.terms[0]
    if not isinstance(head, Ref) or set(line.statement.relations) - {"="}:
        return
    kinds = _OF_SEVERAL if listed else _WORDS
    before = [what for what, words in kinds.items() if words.stand_before(line)]
    if told := before or [what for what, words in kinds.items() if words.stand_behind(line)]:
        yield head, told[0]
    elif is_upper(head.key) and not line.statement.relations and _LIKE_A_MATRIX.stand_beside(line):
        yield head, "matrix"


def is_called_matrix(line: Line) -> bool:
    """Do words beside a capital without index call it a matrix?"""
    name = line.raw.terms[0]
    plain = isinstance(name, Symbol) and not name.subs and is_upper(spelling(name))
    return plain and not line.raw.relations and (_WORDS["matrix"].stand_beside(line) or _LIKE_SQUARE.stand_beside(line))


def is_called_square(line: Line) -> bool:
    """Do words beside a name call it what only square matrices are?"""
    return _LIKE_SQUARE.stand_beside(line)
