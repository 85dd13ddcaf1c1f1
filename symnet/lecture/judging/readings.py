"""The readings of a claim that its notation leaves open."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from symnet.lecture.claims.authored import LAYOUTS, added_to, chosen, parts_behind
from symnet.lecture.claims.claim import Claim
from symnet.lecture.context.nearby import NEAR as NEIGHBOURHOODS
from symnet.lecture.context.ranks import STRONG, WEAK, free_count
from symnet.lecture.context.refs import Ref, is_bold, is_upper, pairs, refs
from symnet.lecture.evaluation.reading import Reading
from symnet.lecture.judging.doubts import is_settled
from symnet.lecture.reader.syntax import (
    Absolute,
    Call,
    Derivative,
    Expr,
    Nabla,
    Norm,
    Power,
    Product,
    Symbol,
    Transpose,
)
from symnet.lecture.trial.compare import equal
from symnet.lecture.trial.run import Outcome, outcome_of
from symnet.lecture.trial.unknowns import derivatives
from symnet.lecture.values.errors import NeedsContext, Unshapely, Unsupported

PLAIN = Reading()


def lengths(claim: Claim) -> list[Reading]:
    """The readings in which the square of a vector is its squared length."""
    sigma = any(r.sigma for r in readings(claim))
    return list(dict.fromkeys((Reading(lengths=True), Reading(lengths=True, sigma=sigma))))


def readings(claim: Claim) -> Iterator[Reading]:
    """The usual reading first, then those that the notation and the author leave open here."""
    said = chosen(claim)
    yield from dict.fromkeys(replace(reading, **said) for reading in _open_readings(claim))


def _open_readings(claim: Claim) -> Iterator[Reading]:
    """The usual reading first, then those that the notation leaves open."""
    assert claim.left is not None and claim.right is not None and claim.context is not None
    parts = claim.parts
    functions = {p.function.key for p in parts if isinstance(p, Call) and isinstance(p.function, Ref)}
    behind = {p.function.key for part in parts_behind(claim) for p in part.walk() if _is_named(p)}  # type: ignore[attr-defined]
    sigma = "\\sigma" in {*functions, *claim.context.naming.functions, *behind}
    sigma = sigma and not claim.context.is_defined("\\sigma")
    yield Reading()
    slopes = any(isinstance(p, Derivative) for p in parts)
    turned = any(map(_is_turned, (part for whole in parts_behind(claim) for part in whole.walk())))
    if slopes and (added := added_to(claim)):
        yield Reading(parts=added, sigma=sigma)
    if slopes and any(_is_of_step(claim, slope) for side in claim.sides for slope in derivatives(side)):
        yield Reading(held=True, sigma=sigma)
    if any(_measures(claim, part) for whole in parts_behind(claim) for part in whole.walk()):
        yield Reading(bars=True, sigma=sigma)
    if any(of_matrix(claim, part) for whole in parts_behind(claim) for part in whole.walk()):
        yield Reading(series=True, sigma=sigma)
    if "vec" in functions:
        yield Reading(by_rows=True, sigma=sigma)
    known, perhaps = claim.context.units
    if any(isinstance(p, Ref) and p.key in perhaps - known for part in parts_behind(claim) for p in part.walk()):
        yield Reading(imaginary=True, sigma=sigma)
    bare = {p.key for whole in parts_behind(claim) for p in whole.walk() if isinstance(p, Ref) and not p.indices}
    if any(claim.context.is_letter(key) for key in bare & {"e", "\\pi"}):
        yield Reading(constants=True, sigma=sigma)
    if sigma:
        yield Reading(sigma=True)
    if slopes or turned:
        yield Reading(layout="jacobian", sigma=sigma)
    if slopes:
        yield Reading(layout="transposed", sigma=sigma)
    vectors = any(claim.context.rank(r) > 0 for side in claim.sides for r in refs(side))
    if vectors:
        yield Reading(elementwise=True, sigma=sigma)
    if vectors and _only_guessed(claim):
        yield Reading(scalars=True, sigma=sigma)
    if "log" in functions:
        yield Reading(log_base=2, sigma=sigma)


def _is_of_step(claim: Claim, slope: tuple[Expr, Expr]) -> bool:
    r"""Is it ``\partial h_t / \partial w``, where h_t is computed from h_{t-1}?"""
    of, by = slope
    assert claim.context is not None
    if not (isinstance(of, Ref) and isinstance(by, Ref) and of.indices and of.key != by.key):
        return False
    return claim.context.is_sequence(of.key)


def _measures(claim: Claim, part: Expr) -> bool:
    """Do bars stand around what may be a vector?"""
    return isinstance(part, Absolute) and any(claim.context.rank(r) > 0 for r in refs(part))  # type: ignore[union-attr]


def of_matrix(claim: Claim, part: Expr) -> bool:
    """Is it ``e^A``, ``exp(A)`` or ``log A`` of what may be a square matrix?"""
    power = isinstance(part, Power) and part.base == Ref("e")
    name = part.function if isinstance(part, Call) else None
    call = isinstance(name, Ref) and name.key.strip("\\") in ("exp", "log", "ln")
    inner = [part.exponent] if isinstance(part, Power) else [*part.args] if isinstance(part, Call) else []
    return (power or call) and any(claim.context.rank(r) == 2 for of in inner for r in refs(of))  # type: ignore[union-attr]


def _is_turned(part: Expr) -> bool:
    """Is it a gradient that is transposed?  It may be a row that becomes a column."""
    return isinstance(part, Transpose) and isinstance(part.arg, Derivative)


def _is_named(part: Expr) -> bool:
    return isinstance(part, Call) and isinstance(part.function, Ref)


def _only_guessed(claim: Claim) -> bool:
    """Are the vectors and matrices of the claim such by convention only?"""
    assert claim.context is not None
    parts = [p for side in claim.raw if side is not None for p in side.walk()]
    if any(isinstance(p, Transpose) or (isinstance(p, Symbol) and is_bold(p)) for p in parts):
        return False
    known = claim.context.ranks.known
    for side in claim.sides:
        for ref in refs(side):
            rank, strength = known.get((ref.key, len(ref.indices)), (0, WEAK))
            if rank and strength >= STRONG:
                return False
            if rank == 2 and is_upper(ref.key) and is_settled(claim.context, ref, claim.order):
                return False
    return True


def worth_another(tried: list[tuple[Reading, Outcome | Exception]], reading: Reading) -> bool:
    first = tried[0][1]
    if isinstance(first, Unsupported) and not isinstance(first, Unshapely):
        return False
    if isinstance(first, NeedsContext):
        return False
    return not (isinstance(first, Outcome) and first.points == 0 and not (reading.scalars or reading.series))


def is_meant(reading: Reading, claim: Claim) -> bool:
    """Is the layout of a reading the one that the document says it uses?"""
    return reading.layout == layout_said(claim)[0]


def layout_said(claim: Claim) -> tuple[str, str]:
    """The layout that the text of the document says it uses, and where; empty where it names none or both."""
    context = claim.context
    assert context is not None
    layout, place = context.lines[claim.order].said.layout
    return LAYOUTS.get(layout, ""), place


def layout_told(claim: Claim, other: Reading, end: float) -> str:
    """Where a near formula shows that the document does not use the layout in which a claim holds; or empty."""
    context = claim.context
    assert context is not None
    if any(re.search("layout|раскладк|numerator|числител", line.prose, re.IGNORECASE) for line in context.lines):
        return ""
    gradient = replace(other, layout="gradient")
    lines = sorted(context.lines, key=lambda line: (abs(line.order - claim.order), line.order))
    for line in lines[1 : sum(NEIGHBOURHOODS[0]) + 1]:
        for (left, right), relation in zip(pairs(line.statement), line.statement.relations):
            if relation != "=" or not isinstance(left, Derivative):
                continue
            said = replace(claim, left=left, right=right, relation="=", order=line.order, conditions=())
            holds = [_holds(said, reading, end) for reading in (gradient, other)]
            if holds[0] != holds[1]:
                return line.place if holds[0] else ""
    return ""


def _holds(claim: Claim, reading: Reading, end: float) -> bool:
    outcome = outcome_of(claim, equal, reading=reading, end=end)
    return outcome is not None and outcome.holds and not outcome.always_zero


def by_matrix(claim: Claim) -> bool:
    """Is something differentiated by a matrix, also in what is behind the claim?

    Then nearly everybody gives the gradient the shape of the matrix.
    """
    assert claim.context is not None
    parts = (part for whole in parts_behind(claim) for part in whole.walk())
    return any(
        isinstance(by, Ref) and claim.context.rank(by) == 2 for p in parts if isinstance(p, Derivative) for by in p.by
    )


def in_scalar_notation(claim: Claim) -> bool:
    """Does nothing in the formula itself speak of vectors?"""
    for side in (*claim.raw, claim.left, claim.right):
        for part in side.walk() if side is not None else ():
            if isinstance(part, (Transpose, Norm, Nabla)) or (isinstance(part, Symbol) and is_bold(part)):
                return False
            if isinstance(part, Product) and part.op in ("odot", "outer", "matmul"):
                return False
            if isinstance(part, Ref) and is_upper(part.key) and claim.context.rank(part) == 2:  # type: ignore[union-attr]
                return False
    return True


def of_entries(claim: Claim) -> bool:
    """Does it multiply two names that stand with two indices elsewhere?  Numbers may change places, these may not."""
    assert claim.context is not None
    ranks = claim.context.ranks

    def is_matrix(part: Expr) -> bool:
        ref = part.by[0] if isinstance(part, Derivative) else part
        return isinstance(ref, Ref) and ranks.counts.get(ref.key, 0) - free_count(ref) == 2 == ranks.get(ref)

    parts = claim.parts
    products = [p for p in parts if isinstance(p, Product) and p.left != p.right]
    return any(is_matrix(p.left) and is_matrix(p.right) for p in products)
