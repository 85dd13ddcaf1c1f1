r"""The letter that is the imaginary unit: ``i^2 = -1``, "the imaginary unit $i$", ``e^{i x} = \cos x + i \sin x``.

A factor of an exponent is known to be it beside pi, or beside a cosine and a sine; else ``e^{-k i}`` may as well be a
rate after ``i`` steps.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from symnet.lecture.context.numbers import signed, value_of
from symnet.lecture.context.record import Line
from symnet.lecture.context.refs import Ref, pairs, refs
from symnet.lecture.reader.syntax import Big, Call, Expr, Negate, Power, Product, Quotient, Root, Statement

UNITS = {"i", "\\mathrm{i}"}
LETTERS = ("i", "j", "\\mathrm{i}", "\\mathrm{j}")
_SAID = re.compile(r"(?:imaginary unit|мним\w+ единиц\w*)\W*$", re.IGNORECASE)
_CONJUGATE = re.compile(r"\\bar\{|\\overline\{|\^\{\*\}|\^\{\\ast\}|\^\{\\dagger\}|\^\{H\}")


def imaginary_units(lines: Iterable[Line]) -> tuple[frozenset[str], frozenset[str]]:
    """The letters that a document uses so; and with them those that may be it, exponents' factors that are no index."""
    found: set[str] = set()
    open_: set[str] = set()
    taken: set[str] = set()
    for line in lines:
        found.update(_told(line))
        indices = _indices(line.statement)
        taken |= indices
        known = _is_of_waves(line.statement)
        for factors in _exponents(line.statement):
            letters = (factors & UNITS) - indices
            (found if known or "\\pi" in factors else open_).update(letters)
    return frozenset(found), frozenset(found | open_ - taken)


def is_conjugate(key: str) -> bool:
    r"""May a name stand for the conjugate of another one: ``\bar z``, ``z^*``?"""
    return _CONJUGATE.search(key) is not None


def _told(line: Line) -> Iterator[str]:
    for left, right in pairs(line.statement):
        if isinstance(left, Power) and value_of(left.exponent) == 2:
            left, right = left.base, Root(right)
        if isinstance(left, Ref) and left.key in LETTERS and isinstance(right, Root) and signed(right.arg) == -1:
            yield left.key
    first = line.statement.terms[0]
    if isinstance(first, Ref) and first.key in LETTERS and _SAID.search(line.prose.split(" … ")[0]):
        yield first.key


def _indices(statement: Statement) -> set[str]:
    """The letters that are indices in a statement, or that a sum or an argument binds."""
    parts = list(statement.walk())
    bound = {v.name for p in parts if isinstance(p, Big) for v in p.variables}
    taken = {a.key for p in parts if isinstance(p, Call) for a in p.args if isinstance(a, Ref)}
    return bound | taken | {r.key for ref in refs(statement) for i in ref.indices for r in refs(i)}


def _is_of_waves(statement: Statement) -> bool:
    """Are there a cosine and a sine?"""
    called = {
        p.function.key.strip("\\") for p in statement.walk() if isinstance(p, Call) and isinstance(p.function, Ref)
    }
    return {"cos", "sin"} <= called


def _exponents(statement: Statement) -> Iterator[set[str]]:
    """The names that are factors of what e is raised to."""
    for part in statement.walk():
        if isinstance(part, Power) and part.base == Ref("e"):
            yield set(_factors(part.exponent))
        elif isinstance(part, Call) and part.function == Ref("exp") and len(part.args) == 1:
            yield set(_factors(part.args[0]))


def _factors(expr: Expr) -> Iterator[str]:
    if isinstance(expr, Negate):
        yield from _factors(expr.arg)
    elif isinstance(expr, Product):
        yield from _factors(expr.left)
        yield from _factors(expr.right)
    elif isinstance(expr, Quotient):
        yield from _factors(expr.numerator)
    elif isinstance(expr, Ref) and not expr.indices:
        yield expr.key
