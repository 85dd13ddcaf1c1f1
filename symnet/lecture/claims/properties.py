r"""Properties of matrices in words, as the equations that they stand for: "idempotent" is ``P P = P``."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from fractions import Fraction

from symnet.lecture.context.beside import adjectives, is_called, name_of
from symnet.lecture.context.context import Context
from symnet.lecture.context.record import Line
from symnet.lecture.context.refs import Ref
from symnet.lecture.reader.syntax import Expr, Negate, Number, Power, Product, Statement, Transpose

Sides = Iterator[tuple[Expr, Expr]]


def _square(p: Ref) -> Sides:
    yield Product(p, p), p


def _projection(p: Ref) -> Sides:
    yield from _square(p)
    yield Transpose(p), p


def _skew(k: Ref) -> Sides:
    yield Transpose(k), Negate(k)


def _involution(j: Ref) -> Sides:
    yield Power(j, Number(Fraction(-1))), j


def _commuting(a: Ref, b: Ref) -> Sides:
    yield Product(a, b), Product(b, a)


#: words, and the equations that they say of a square matrix
_OF_ONE: tuple[tuple[str, Callable[[Ref], Sides]], ...] = (
    (r"orthogonal project(?:or|ion)s?|ортогональн\w+ проектор\w*", _projection),
    (r"idempotent|projectors?|projection matri\w+|идемпотентн\w*|проектор\w*", _square),
    (r"skew(?:[- ]?symmetric)?|anti-?symmetric|кососимметри\w*|антисимметри\w*", _skew),
    (r"involut(?:ory|ive|ion\w*)|инволю\w*", _involution),
)
#: the same of two square matrices
_OF_TWO = ((r"commut(?:e|es|ing|ative)|коммутиру\w*|перестановочн\w*", _commuting),)
#: what is an equation beside another one, and else a fact that chooses the values
_SYMMETRIC = r"(?<!skew )(?<!anti )symmetric|симметричн\w*"
#: words for a matrix whose rows are probabilities
_OF_CHANCES = r"(?:row[- ]|right )?stochastic(?= matri)|(?:row[- ]|right )stochastic|стохастическ\w+(?= матриц)"


def properties(context: Context, spoken: Iterable[Line]) -> Iterator[Line]:
    """What words say of the matrices that one sentence names, as equations in the place of the names."""
    matrices = [line for line in spoken if is_matrix(context, line)]
    for line in matrices:
        says = next((says for words, says in _OF_ONE if is_called(line, words)), None)
        yield from (_line(line, sides) for sides in (says(_name(line)) if says else ()))
        if is_called(line, _SYMMETRIC) and (says or any(is_called(line, words) for words, _ in _OF_TWO)):
            yield _line(line, (Transpose(_name(line)), _name(line)))
    for words, said_of in _OF_TWO:
        for a, b in _pairs(matrices, words):
            yield from (_line(a, sides) for sides in said_of(_name(a), _name(b)))


def _pairs(matrices: list[Line], words: str) -> Iterator[tuple[Line, Line]]:
    """The matrices that words call so of each other: A and B commute; A and B commute with C."""
    pairs = list(itertools.combinations([line for line in matrices if is_called(line, words)], 2))
    if matrices and re.search(rf"(?:{words})\s+(?:with|с|со)\s+…", matrices[0].said.sentence, re.IGNORECASE):
        left = [line for line in matrices if adjectives(words).stand_behind(line)]
        pairs = [(a, b) for a in left for b in matrices if b not in left and adjectives(words).stand_before(b)]
    return ((a, b) for a, b in pairs if _name(a) != _name(b))


def is_read(context: Context, spoken: Iterable[Line], said: str) -> bool:
    """Is what a sentence calls the names in it among what is read?"""
    matrices = [line for line in spoken if is_matrix(context, line)]
    of_one = (*(words for words, _ in _OF_ONE), _OF_CHANCES)
    known = (words for words in of_one if re.search(words, said, re.IGNORECASE))
    if any(is_called(line, words) for words in known for line in matrices):
        return True
    return any(re.search(words, said, re.IGNORECASE) and [*_pairs(matrices, words)] for words, _ in _OF_TWO)


def chances(context: Context, spoken: Iterable[Line]) -> Iterator[Line]:
    """The matrices that one sentence names whose rows are said to be probabilities."""
    return (line for line in spoken if is_matrix(context, line) and is_called(line, _OF_CHANCES))


def is_matrix(context: Context, line: Line) -> bool:
    """Is a statement the name of a matrix that no formula defines?"""
    name = name_of(line)
    if name is None or name.indices or context.is_defined(name.key):
        return False
    return context.rank(name) == 2


def _name(line: Line) -> Ref:
    name = line.statement.terms[0]
    assert isinstance(name, Ref)
    return name


def _line(line: Line, sides: tuple[Expr, Expr]) -> Line:
    return replace(line, statement=Statement(sides, ("=",)))
