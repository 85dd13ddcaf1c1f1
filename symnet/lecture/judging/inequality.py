"""Inequalities: falsified by a point, or without a counterexample."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from symnet.lecture import effort
from symnet.lecture.claims.authored import chosen, names_behind
from symnet.lecture.claims.claim import Claim, blank
from symnet.lecture.claims.conditions import is_said_to_hold
from symnet.lecture.context.record import IN_WORDS
from symnet.lecture.context.refs import Ref, refs
from symnet.lecture.context.sizes import Clash
from symnet.lecture.documents.sentences import sentence_of
from symnet.lecture.evaluation.reading import Reading
from symnet.lecture.evaluation.sample import ZERO
from symnet.lecture.judging.hypothesis import for_positive
from symnet.lecture.judging.known import is_slope
from symnet.lecture.judging.readings import PLAIN, readings
from symnet.lecture.judging.wording import assumptions_of, missing, shape_assumptions, understood
from symnet.lecture.reader.syntax import Call, Dots, Expr, Norm, Number, Product, Symbol
from symnet.lecture.trial.compare import TOLERANCE, equal
from symnet.lecture.trial.run import Outcome, outcome_of, run
from symnet.lecture.trial.sizes import broad
from symnet.lecture.values.errors import NeedsContext, ShapeError, Unsupported
from symnet.lecture.values.scalars import plain
from symnet.lecture.values.spectra import ABOVE
from symnet.lecture.verdict import Finding

STRICT = {"<": lambda a, b: a < b, ">": lambda a, b: a > b}
#: words that leave out zero
_NOT_ZERO = re.compile(
    r"\bnon-?zero\b|\bnot (?:all )?(?:zero|equal)|distinct|ненулев|отличн\w+ от нуля|различн|не равн", re.IGNORECASE
)
COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    **STRICT,
    "<=": lambda a, b: a <= b + TOLERANCE * (1 + abs(b)),
    ">=": lambda a, b: a >= b - TOLERANCE * (1 + abs(b)),
    "!=": lambda a, b: a != b,
}


WEAK = {relation: ABOVE[relation.removesuffix("eq") + "eq"] for relation in ABOVE}  # far out a strict order is weak
MANY = 60  # points at which an inequality is tried under conditions
FAR = 36  # points far out, where the usual ones show nothing
REGIMES = ("wide", "wide", "unit", "wide") * FAR
RANGE = "a range that is assumed, not computed"
ASKED = "an inequality that is assumed or asked for"


def comparison_of(claim: Claim) -> Callable[[Any, Any], bool]:
    """How the two sides of a claim are compared."""
    if claim.relation in ABOVE:
        return ABOVE[claim.relation]
    return _by(COMPARISONS[claim.relation]) if claim.relation in COMPARISONS else equal


def readings_of_bound(claim: Claim) -> list[Reading]:
    """The readings under which an inequality is tried; a norm is of no number."""
    usual = {replace(r, **chosen(claim)) for r in (PLAIN, Reading(sigma=True), Reading(scalars=True))}
    usual |= {replace(r, bars=True) for r in usual}
    measured = any(isinstance(part, Norm) for part in claim.parts)
    return [r for r in readings(claim) if r in usual and not (r.scalars and measured)]


def _by(comparison: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    """The comparison of numbers for arrays too."""

    def compare(a: Any, b: Any) -> bool:
        if not isinstance(a, np.ndarray) and not isinstance(b, np.ndarray):
            return comparison(plain(a), plain(b))
        shapes = {np.shape(side) for side in (a, b)} - {()}
        if len(shapes) == 1:  # of each entry, if it is meant so
            if all(comparison(plain(x), plain(y)) for x, y in np.broadcast(a, b)):
                return True
        raise ShapeError("an inequality between what are not numbers")

    return compare


def _far_out(claim: Claim, reading: Reading, facts: Mapping[str, str], end: float) -> Outcome | None:
    """What speaks against a bound among values of any size and in larger arrays; None where nothing does.

    A strict bound may be met by rounding there: 1 - e^-90 is less than 1.
    """
    weak = WEAK.get(claim.relation) or _by(COMPARISONS[claim.relation.rstrip("=") + "="])
    regimes = REGIMES[:12] if claim.conditions else REGIMES  # each is taken many times where conditions leave some out
    outcome = outcome_of(claim, weak, reading=reading, facts=facts, end=end, wanted=FAR, arrays=broad, regimes=regimes)
    return outcome if outcome is not None and outcome.failures else None


def _is_told(claim: Claim, name: Ref) -> bool:
    """Do words say what a name is, right where a formula tells an order of its values?"""
    assert claim.context is not None
    return any(d.link == IN_WORDS and d.order == claim.order for d in claim.context.definitions[name.key])


def _at_zero(claim: Claim, compare: Callable[[Any, Any], bool], reading: Reading) -> list[str]:
    """The names for which a strict bound fails where all of them are zero, and nothing that is said leaves that out."""
    assert claim.context is not None
    if _NOT_ZERO.search(sentence_of(claim.prose)):
        return []
    outcome = outcome_of(claim, compare, reading=reading, wanted=1, regimes=(ZERO,) * 4)
    values = (outcome.counterexample or {}).get("values", {}) if outcome is not None else {}
    names = {name.partition("[")[0] for name, value in values.items() if not np.any(value)}
    section = claim.context.lines[claim.order].said.section
    told = (line.statement for line in claim.context.lines if line.said.section == section)
    unequal = {r.key for statement in told if "!=" in statement.relations for r in refs(statement)}
    return [] if names & unequal else sorted(names)


def judge_inequality(claim: Claim, steps: float = effort.CLAIM) -> Finding:
    """The finding on ``left <= right``: falsified by a point, or without a counterexample."""
    end = effort.until(0.6 * steps)
    assert claim.left is not None and claim.right is not None and claim.context is not None
    if claim.relation == "!=":
        return blank(claim, "condition", reason="a condition on the names")
    sides = (claim.left, claim.right)
    if any(isinstance(s, Dots) for s in sides):
        return blank(claim, "condition", reason=RANGE, reading=understood(claim))
    free = [not isinstance(s, Ref) or not claim.context.is_defined(s.key) or _is_told(claim, s) for s in sides]
    if all(free) and all(isinstance(s, (Ref, Number, Symbol)) or not any(True for _ in s.children()) for s in sides):
        return blank(claim, "condition", reason=RANGE, reading=understood(claim))
    if any(_is_asked_of(claim, *pair) for pair in (sides, sides[::-1])):
        return blank(claim, "condition", reason=ASKED, reading=understood(claim))
    compare = comparison_of(claim)
    outcome = Outcome()
    try:
        for assumed in readings_of_bound(claim):
            try:
                outcome = run(claim, compare, reading=assumed, end=end, wanted=MANY if claim.conditions else 18)
            except (ShapeError, Clash):
                if assumed.scalars and not outcome.points:
                    raise
                continue
            if outcome.holds:
                outcome = _far_out(claim, assumed, {}, end) or outcome
                break
    except NeedsContext as error:
        return blank(claim, "needs-context", reason=missing(error))
    except Unsupported as error:
        return blank(claim, "not-understood", reason=str(error))
    except (ShapeError, Clash) as error:
        return blank(claim, "ill-typed", method="shape", reason=str(error), assumptions=shape_assumptions(claim))
    reading = understood(claim)
    if outcome.holds and claim.relation in (*STRICT, "succ", "prec") and (zero := _at_zero(claim, compare, assumed)):
        names = " and ".join(f"{key} = 0" for key in zero)
        return blank(
            claim,
            "needs-hypothesis",
            method="numeric",
            reading=reading,
            reason=f"no counterexample at {outcome.cases} points, but it fails where {names}",
            assumptions=assumptions_of(claim, outcome, Reading()),
        )
    if outcome.points == 0 and any(isinstance(a, Number) and _is_open(claim, b) for a, b in (sides, sides[::-1])):
        return blank(claim, "condition", reason=RANGE, reading=reading)
    if outcome.points == 0:
        return blank(claim, "needs-context", reason=outcome.error or "no point was found where both sides are defined")
    if outcome.counterexample is None:
        return blank(
            claim,
            "holds",
            method="numeric",
            reading=reading,
            reason=f"no counterexample at {outcome.cases} points, ranges {', '.join(sorted(outcome.regimes))}",
            assumptions=assumptions_of(claim, outcome, Reading()),
        )
    asserted = _is_bound(claim, outcome) or _is_asserted(claim) or _is_never_met(claim, end)
    if is_said_to_hold(claim.prose.split(" … ")[0]) or not asserted:
        return blank(claim, "condition", reason=ASKED, reading=reading)
    if (found := for_positive(claim, compare, partial(_far_out, claim, Reading()), 0.3 * steps)) is not None:
        return found
    return blank(
        claim,
        "refuted",
        method="numeric",
        reading=reading,
        reason="fails at the point shown",
        counterexample=outcome.counterexample,
        assumptions=assumptions_of(claim, outcome, Reading()),
    )


#: words that assert a bound, and such that ask for one
_ASSERTED = re.compile(
    r"\b(?:never|always|therefore|hence|thus|obeys?|bounded|at least|at most|cannot|non-?negative|lies|всегда|никогда|"
    r"поэтому|следовательно|ограничен\w*|неотрицател\w*|не (?:больше|меньше|превосходит|превышает))\b",
    re.IGNORECASE,
)
_ASKS = re.compile(
    r"\b(?:if|when|for|such that|so that|choose|let|suppose|assume|needs?|requires?|must|should|want|provided|если|"
    r"когда|при|чтобы|пусть|нужно|треб\w+|выбер\w+|долж\w+)\b",
    re.IGNORECASE,
)


def _is_asserted(claim: Claim) -> bool:
    """Does the sentence of a claim say of something that the document has defined that it keeps within a bound?"""
    context = claim.context
    assert context is not None
    sentence = sentence_of(claim.prose)
    names = [s.function if isinstance(s, Call) else s for s in claim.sides]
    defined = any(
        isinstance(name, Ref) and any(d.order < claim.order for d in context.definitions.get(name.key, ()))
        for name in names
    )
    return defined and _ASSERTED.search(sentence) is not None and _ASKS.search(sentence) is None


#: what holds wherever a bound does not
OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<"}


def _is_never_met(claim: Claim, end: float) -> bool:
    """Is what is said to be above or below zero on the other side of it everywhere, so that nobody asks for it?"""
    sides = claim.sides
    zero = any(isinstance(s, Number) and s.value == 0 for s in sides)
    if not zero or claim.relation not in OPPOSITE or _ASKS.search(sentence_of(claim.prose)):
        return False
    opposite = replace(claim, relation=OPPOSITE[claim.relation])
    outcome = outcome_of(opposite, _by(COMPARISONS[opposite.relation]), end=end, wanted=18)
    return outcome is not None and outcome.holds and not outcome.always_zero


def _is_asked_of(claim: Claim, name: Expr, bound: Expr) -> bool:
    """Is it a bound on what is not known otherwise, ``R_T <= sqrt(T)``, by what is no part of it?"""
    if not isinstance(name, Ref) or claim.context.is_defined(name.key):  # type: ignore[union-attr]
        return False
    behind = names_behind(replace(claim, left=bound, right=bound))
    return name.key not in behind and not any(map(is_slope, bound.walk()))


def _is_open(claim: Claim, side: Expr) -> bool:
    """A name or a value of a function of which the document says no more: ``p(x) > 0``."""
    names = {r.key for r in refs(side)}
    if not all(isinstance(part, Ref | Call | Product) and not is_slope(part) for part in side.walk()):
        return False
    return bool(names) and not any(map(claim.context.is_defined, names))  # type: ignore[union-attr]


def _is_bound(claim: Claim, outcome: Outcome) -> bool:
    """Does the inequality bound something computed, rather than ask it of free names?"""
    assert claim.left is not None and claim.right is not None
    parts = claim.parts
    if any(is_slope(p) for p in parts):
        return True
    both = outcome.left_touched & outcome.right_touched
    if both:
        return True
    functions = {p.function.key for p in parts if isinstance(p, Call) and isinstance(p.function, Ref)}
    bounded = {"\\sigma", "sigmoid", "tanh", "softmax", "sin", "cos", "exp"}
    strange = outcome.failures >= 2 and outcome.points <= 3
    return bool(functions & bounded) and strange and isinstance(claim.right, Number)
