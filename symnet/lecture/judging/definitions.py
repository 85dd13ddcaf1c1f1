"""Definitions and updates: nothing to prove by themselves, compared with what the name is known to mean."""

from __future__ import annotations

from copy import copy
from dataclasses import replace

from symnet.lecture import effort
from symnet.lecture.claims.claim import Claim, blank
from symnet.lecture.context.context import Context
from symnet.lecture.context.record import Definition
from symnet.lecture.context.refs import Ref, refs
from symnet.lecture.context.sizes import Clash
from symnet.lecture.context.typer import Typer, Unshaped
from symnet.lecture.context.updating import is_update
from symnet.lecture.evaluation.reading import Reading
from symnet.lecture.judging.circles import goes_round, with_variables
from symnet.lecture.judging.contexts import forgets_shape, other_contexts
from symnet.lecture.judging.corrections import correct
from symnet.lecture.judging.exchanged import judge_loss
from symnet.lecture.judging.redefinition import SLIPS, judge_again, there, tried_again
from symnet.lecture.judging.settled import judge_settled
from symnet.lecture.judging.wording import assumptions_of, shape_assumptions, understood
from symnet.lecture.reader.syntax import Number
from symnet.lecture.trial.compare import equal
from symnet.lecture.trial.run import Outcome, outcome_of
from symnet.lecture.verdict import Assumption, Finding


def judge_definition(claim: Claim, steps: float = effort.CLAIM) -> Finding:
    """A definition agrees with the known meaning of its name and with earlier definitions, or differs."""
    assert claim.context is not None
    if claim.step is not None or claim.kind == "update" or is_update(claim.context.lines[claim.order].statement):
        return judge_update(claim)
    here = claim.context.definition_at(claim.order, claim.place, claim.left, claim.right)
    try:
        _check_body(claim)
    except Clash as clash:
        if _clashes_nearby(claim):
            return blank(
                claim,
                "ill-typed",
                method="shape",
                reason=str(clash),
                reading=understood(claim),
                assumptions=shape_assumptions(claim),
            )
    known = judge_settled(claim, here)  # what is defined otherwise than its settled meaning is a claim
    if known is not None:
        return known
    if here is not None:
        lost = judge_loss(claim, here)
        if lost is not None:
            return lost
        again = _solved(claim, here, steps) or _unrolled(claim, here, steps) or judge_again(claim, here, steps)
        if again is not None:
            return again
    return blank(claim, "definition", reading=understood(claim), reason="introduces the name on its left")


def _clashes_nearby(claim: Claim) -> bool:
    """Do the shapes clash also with what stands near the claim only, where that knows the shapes that are declared?"""
    for other in other_contexts(claim):
        if forgets_shape(claim, other):
            continue
        try:
            _check_body(other)
        except Clash:
            continue
        return False
    return True


def _check_body(claim: Claim) -> None:
    """Raises Clash where the shapes of what defines the name do not fit each other."""
    assert claim.context is not None and claim.right is not None
    here = claim.context.definition_at(claim.order, claim.place, claim.left, claim.right)
    body = claim.right if here is None else here.body
    try:
        Typer(claim.context, claim.context.sizes.copy(strict=True), "definition").shape(body)
    except (Unshaped, RecursionError):
        return


def _solved(claim: Claim, here: Definition, steps: float) -> Finding | None:
    r"""``x = a z - b v`` behind ``z = a x + b e`` and ``v = a e - b x``: the formulas before, solved for x.

    What does not agree may as well be another equation between the same names, unless one slip explains it.
    """
    if here.parameters is not None or here.source or claim.context is None or not goes_round(claim.context, here):
        return None

    opened = with_variables(claim.context)

    def tried(other: Claim) -> Outcome | None:
        return tried_again(replace(other, context=opened), here, effort.until(0.3 * steps))

    def agrees(other: Claim) -> bool:
        found = tried(other)
        return found is not None and found.holds and not found.always_zero

    outcome = tried(claim)
    if outcome is None or outcome.always_zero or not outcome.points:
        return None
    common = {
        "method": "numeric",
        "reading": understood(claim),
        "assumptions": assumptions_of(claim, outcome, Reading()),
    }
    if outcome.holds:
        return blank(claim, "holds", reason=f"what was said before, solved: equal at {outcome.cases} points", **common)
    mended = correct(claim, agrees, 0.4 * steps, only=SLIPS)
    if mended is None:
        return None
    reason = f"not what was said before, solved for {here.key}; one small change makes it so"
    return blank(claim, "refuted", reason=reason, correction=mended, counterexample=outcome.counterexample, **common)


#: how many statements behind a recurrence its closed form is looked for
SOON = 8


def _unrolled(claim: Claim, here: Definition, steps: float) -> Finding | None:
    r"""``v_t = \sum_i b^{t-i} g_i`` or ``v_3 = ...`` behind ``v_t = b v_{t-1} + g_t`` and ``v_0 = 0``: a claim."""
    context = claim.context
    assert context is not None
    if len(here.indices) != 1 or here.parameters is not None or any(r.key == here.key for r in refs(here.body)):
        return None
    recurrent = [
        d
        for d in context.definitions.get(here.key, ())
        if len(d.indices) == 1 and isinstance(d.indices[0], Ref) and any(r.key == d.key for r in refs(d.body))
    ]
    earlier = [d for d in recurrent if 0 < here.order - d.order <= SOON or d.order == here.order and d.link < here.link]
    start = _start(context, here.key, here.order)
    if len(recurrent) != 1 or not earlier or start is None or here.indices == start.indices:
        return None
    unrolled = copy(context)
    unrolled.definitions = {**context.definitions, here.key: [earlier[0], start]}
    trial = replace(claim, context=unrolled)
    outcome = outcome_of(trial, equal, end=effort.until(0.4 * steps))
    if outcome is None:
        return None
    common = {
        "method": "numeric",
        "reading": understood(claim),
        "assumptions": assumptions_of(trial, outcome, Reading()),
    }
    if outcome.holds and not outcome.always_zero:
        reason = f"what the recurrence {there(earlier[0])} comes to: equal at {outcome.cases} points"
        return blank(claim, "holds", reason=reason, **common)
    carried = [{(r.key, len(r.indices)) for r in refs(d.body) if r.key != here.key} for d in (here, earlier[0])]
    alike = {a for a, _ in carried[0] ^ carried[1]}  # g for each g_t: where the gradient is constant, say
    if outcome.counterexample is None or outcome.left_touched != outcome.right_touched or alike & outcome.left_touched:
        return None
    reason = f"the recurrence {there(earlier[0])} does not come to this"
    return blank(claim, "refuted", reason=reason, counterexample=outcome.counterexample, **common)


def _start(context: Context, key: str, order: int) -> Definition | None:
    """``v_0 = 0``, said before a statement or with it."""
    for line in context.lines[: order + 2]:
        left, *rest = line.statement.terms
        if line.statement.relations == ("=",) and isinstance(left, Ref) and left.key == key and len(left.indices) == 1:
            (place,), value = left.indices, rest[0]
            if isinstance(place, Number) and place.value == 0 and isinstance(value, Number):
                return Definition(key, left.indices, None, value, line.order, line.line)
    return None


def judge_update(claim: Claim) -> Finding:
    """A step of an algorithm, compared with the known one where there is one."""
    step = claim.step
    if step is None:
        return blank(claim, "update", reason="a step of an algorithm, not compared", reading=understood(claim))
    assumptions = (Assumption(f"what {step.algorithm} is", step.source),) if step.algorithm and step.source else ()
    return blank(
        claim,
        step.verdict,
        method="none" if step.agrees is None else "symbolic",
        reading=understood(claim),
        reason=step.reason,
        correction=step.correction,
        assumptions=assumptions,
    )
