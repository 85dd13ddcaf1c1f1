r"""What stands behind an arrow: ``n v = 1 \Rightarrow v = 1/n`` says what v is where the equation holds."""

from __future__ import annotations

from dataclasses import replace

from symnet.lecture import effort
from symnet.lecture.claims.claim import Claim, blank
from symnet.lecture.context.record import Definition
from symnet.lecture.context.refs import Ref, pairs, refs
from symnet.lecture.evaluation.reading import Reading
from symnet.lecture.judging.corrections import correct
from symnet.lecture.judging.known import is_slope
from symnet.lecture.judging.premises import ARROWS
from symnet.lecture.judging.readings import readings
from symnet.lecture.judging.wording import assumptions_of, understood
from symnet.lecture.trial.compare import equal
from symnet.lecture.trial.run import outcome_of
from symnet.lecture.verdict import Assumption, Finding


def judge_solution(claim: Claim, steps: float) -> Finding | None:
    """Does the name behind the arrow solve the equation before it?  Wrong is what one small change mends."""
    premise = _with_solution(claim)
    if premise is None:
        return None
    end = effort.until(steps / 2)
    for reading in readings(premise):
        outcome = outcome_of(premise, equal, reading=reading, end=end)
        if outcome is None or not outcome.points or outcome.always_zero:
            continue
        said = {"method": "numeric", "reading": understood(claim)}
        here = claim.context.lines[claim.order].place  # type: ignore[union-attr]
        given = [a for a in assumptions_of(premise, outcome, reading) if a.source != here]
        given.append(Assumption("the equation before the arrow", here))
        if outcome.holds:
            reason = f"it solves the equation before the arrow: equal at {outcome.cases} points"
            return blank(claim, "holds", reason=reason, assumptions=tuple(given), **said)
        if outcome.counterexample is None or any(map(is_slope, premise.parts)):
            continue

        def solves(other: Claim, reading: Reading = reading) -> bool:
            tried = _with_solution(other)
            found = None if tried is None else outcome_of(tried, equal, reading=reading, end=end)
            return found is not None and found.holds and not found.always_zero

        if mended := correct(claim, solves, steps / 3):
            reason = "it does not solve the equation before the arrow"
            return blank(
                claim, "refuted", reason=reason, counterexample=outcome.counterexample, correction=mended, **said
            )
    return None


def _with_solution(claim: Claim) -> Claim | None:
    """The equation before the arrow, where the name on the left of the claim is what stands on its right."""
    context, name = claim.context, claim.left
    assert context is not None
    line, place = context.lines[claim.order], claim.place - 2
    relations = line.statement.relations
    if place < 0 or relations[place] != "=" or relations[place + 1] not in ARROWS or claim.relation != "=":
        return None
    if not isinstance(name, Ref) or name.indices or claim.right is None or any(r == name for r in refs(claim.right)):
        return None
    left, right = list(pairs(line.statement))[place]
    if not any(r == name for side in (left, right) for r in refs(side)):
        return None
    solution = Definition(name.key, (), None, claim.right, line.order, line.line, claim.place)
    return replace(claim, left=left, right=right, place=place, context=context.with_premises([solution]))
