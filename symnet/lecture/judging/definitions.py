"""Definitions and updates: nothing to prove by themselves, compared with what the name is known to mean."""

from __future__ import annotations

from collections import Counter
from copy import copy
from dataclasses import replace
from fractions import Fraction

from symnet.lecture import effort
from symnet.lecture.claims.claim import Claim, blank
from symnet.lecture.context.context import Context
from symnet.lecture.context.defining import is_update
from symnet.lecture.context.record import Definition
from symnet.lecture.context.refs import INDEX_LETTERS, Ref, refs
from symnet.lecture.context.sizes import Clash
from symnet.lecture.context.typer import Typer, Unshaped
from symnet.lecture.evaluation.reading import Reading
from symnet.lecture.judging.contexts import other_contexts
from symnet.lecture.judging.corrections import correct
from symnet.lecture.judging.exchanged import judge_loss
from symnet.lecture.judging.settled import judge_settled
from symnet.lecture.judging.wording import assumptions_of, shape_assumptions, undefined_there, understood
from symnet.lecture.reader.syntax import Cases, Expr, Negate, Number, Paren, Plus
from symnet.lecture.trial.compare import equal
from symnet.lecture.trial.run import Outcome, outcome_of
from symnet.lecture.verdict import ACCEPTED, Assumption, Finding


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
        again = _solved(claim, here, steps) or _unrolled(claim, here, steps) or _again(claim, here, steps)
        if again is not None:
            return again
    return blank(claim, "definition", reading=understood(claim), reason="introduces the name on its left")


def _clashes_nearby(claim: Claim) -> bool:
    """Do the shapes clash also with what stands near the claim only?"""
    for other in other_contexts(claim):
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
    if here.parameters is not None or here.source or claim.context is None or not _goes_round(claim.context, here):
        return None

    def tried(other: Claim) -> Outcome | None:
        return outcome_of(other, equal, but=here, end=effort.until(0.3 * steps))

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


def _goes_round(context: Context, here: Definition) -> bool:
    """Do the names in a definition depend on what it defines, by what was said before and at the same step?"""
    found = False
    seen: set[str] = set()
    todo = list(refs(here.body))
    while todo:
        ref = todo.pop()
        if ref.key == here.key and any(isinstance(i, Plus) for i in ref.indices):
            return False  # a recurrence
        if ref.key == here.key and ref.indices == here.indices:
            found = True
        elif ref.key not in seen:
            seen.add(ref.key)
            for d in context.definitions.get(ref.key, ()):
                if d.parameters is None and (d.order, d.link) < (here.order, here.link):
                    todo += refs(d.body)
    return found


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
        reason = f"what the recurrence {_there(earlier[0])} comes to: equal at {outcome.cases} points"
        return blank(claim, "holds", reason=reason, **common)
    carried = [{(r.key, len(r.indices)) for r in refs(d.body) if r.key != here.key} for d in (here, earlier[0])]
    alike = {a for a, _ in carried[0] ^ carried[1]}  # g for each g_t: where the gradient is constant, say
    if outcome.counterexample is None or outcome.left_touched != outcome.right_touched or alike & outcome.left_touched:
        return None
    reason = f"the recurrence {_there(earlier[0])} does not come to this"
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


def _again(claim: Claim, here: Definition, steps: float) -> Finding | None:
    """The same name defined before, in the whole document; where that shows nothing, by what stands near it."""
    found = _redefinition(claim, here, steps)
    context = claim.context
    assert context is not None
    section = context.lines[claim.order].said.section
    told = [line.statement.terms for line in context.lines[: claim.order] if line.said.section == section]
    told = [terms for terms in told if terms[0] == claim.left]
    anew = bool(told) and all(claim.right not in terms for terms in told)  # said again in the same words, it is none
    for other in other_contexts(claim) if found is None and anew else ():
        near = other.context.definition_at(other.order, other.place, other.left, other.right)  # type: ignore[union-attr]
        again = None if near is None else _redefinition(other, near, steps / 2)
        if again is not None and again.verdict in ACCEPTED:
            return again
    return found


def _redefinition(claim: Claim, here: Definition, steps: float) -> Finding | None:
    """The same name defined before: the same value, another model, or the same in another form with a slip in it."""
    assert claim.context is not None
    earlier = [
        d
        for d in claim.context.definitions.get(here.key, ())
        if d.same_target(here) and (d.order, d.link) < (here.order, here.link) and not _is_case(here, d)
    ]
    whole = [d for d in claim.context.definitions.get(here.key, ()) if not d.indices and d.parameters is None]
    if not earlier and whole and claim.context.rank(Ref(here.key)) == len(here.indices) > 0:
        return _entry_of(claim, here, whole[0], steps)
    if not earlier:
        return None
    first, original = earlier[0], claim
    claim = replace(claim, context=claim.context.with_first_definitions())
    assert claim.context is not None
    outcome = outcome_of(claim, equal, but=here, end=effort.until(0.5 * steps))
    if outcome is None:
        return None
    if outcome.holds and outcome.gap:
        return undefined_there(claim, outcome)
    if outcome.holds and not outcome.always_zero:
        finding = blank(
            claim,
            "holds",
            method="numeric",
            reading=understood(claim),
            reason=f"the same as {_there(first)}: equal at {outcome.cases} points",
            assumptions=assumptions_of(claim, outcome, Reading()),
        )
        return finding
    same_names = outcome.left_touched == outcome.right_touched and outcome.points > 0
    another = same_names and outcome.ratio in ("varies", None) and outcome.counterexample is not None
    if first.source and outcome.counterexample is not None:
        return blank(
            claim,
            "reading-dependent",
            method="numeric",
            reading=understood(claim),
            reason=f"{here.key} is defined otherwise {_there(first)}, which holds up to here; leave one of them",
            counterexample=outcome.counterexample,
            assumptions=assumptions_of(claim, outcome, Reading()),
        )
    mended = _rewritten(claim, here, first, steps) if another else None
    if mended and not _is_of_another_model(original, here, first, steps):
        return blank(
            claim,
            "refuted",
            method="numeric",
            reading=understood(claim),
            reason=f"not {here.key} of line {first.line} in another form; one small change makes it so",
            counterexample=outcome.counterexample,
            correction=mended,
            assumptions=assumptions_of(claim, outcome, Reading()),
        )
    if another and _numbered(here.body) == _numbered(first.body):
        return blank(
            claim,
            "needs-context",
            reading=understood(claim),
            reason=f"{here.key} is another value of the same names {_there(first)}: another model, or a mistake in one",
            assumptions=assumptions_of(claim, outcome, Reading()),
        )
    return blank(
        claim,
        "definition",
        reading=understood(claim),
        reason=f"defines {here.key} anew, otherwise than {_there(first)}",
    )


def _is_of_another_model(claim: Claim, here: Definition, first: Definition, steps: float) -> bool:
    """Do the headings of two definitions differ, and under the second one another name gets another value, too?"""
    context = claim.context
    assert context is not None

    def section(d: Definition) -> tuple[str, ...]:
        return context.lines[d.order].said.section

    if section(here) == section(first):
        return False
    others = [found for key, found in context.definitions.items() if key != here.key]
    return any(
        _differ(claim, old, new, steps)
        for found in others
        for new in found
        for old in found
        if section(old) == section(first) and section(new) == section(here)
        if old.same_target(new) and new.parameters is None and old.body != new.body
    )


def _differ(claim: Claim, old: Definition, new: Definition, steps: float) -> bool:
    """Have two definitions of a name other values?"""
    said = replace(claim, left=old.body, right=new.body, order=new.order, conditions=())
    outcome = outcome_of(said, equal, but=new, end=effort.until(0.1 * steps))
    return outcome is not None and outcome.counterexample is not None


def _is_case(part: Definition, whole: Definition) -> bool:
    """Does a definition say what the other one is in one of its cases?"""
    return isinstance(whole.body, Cases) and any(branch == part.body for branch, _ in whole.body.branches)


def _entry_of(claim: Claim, here: Definition, whole: Definition, steps: float) -> Finding | None:
    """An entry of what was defined as a whole: the same, or nothing is said."""
    outcome = outcome_of(claim, equal, but=here, end=effort.until(0.5 * steps))
    if outcome is None or not outcome.holds or outcome.always_zero:
        return None
    return blank(
        claim,
        "holds",
        method="numeric",
        reading=understood(claim),
        reason=f"the entry of {whole.key}, defined {_there(whole)}: equal at {outcome.cases} points",
        assumptions=assumptions_of(claim, outcome, Reading()),
    )


#: slips by which a formula is hardly turned into one of another model
SLIPS = ("difference", "sign", "factor", "number", "exponent", "index", "function")


def _rewritten(claim: Claim, here: Definition, first: Definition, steps: float) -> str | None:
    """The slip after which the second formula is the first one written in another way; None where there is none.

    A formula that is the first one but for a sign or a factor is as well another model.  Where the form is another and
    the values agree after one slip is mended, that is no accident: it was meant to be the same.
    """

    def agrees(other: Claim) -> bool:
        if other.right is None or _parts(other.right) == _parts(first.body):
            return False
        outcome = outcome_of(other, equal, but=here)
        return outcome is not None and outcome.holds and not outcome.always_zero

    return correct(claim, agrees, 0.4 * steps, only=SLIPS)


def _numbered(expr: Expr) -> set[tuple[str, int, Fraction]]:
    """The entries with numbers in their indices: ``W_1`` and ``W_2`` are other quantities than ``W``."""
    return {
        (r.key, place, index.value)
        for r in refs(expr)
        for place, index in enumerate(r.indices)
        if isinstance(index, Number)
    }


def _parts(expr: Expr) -> Counter[str]:
    """What an expression consists of, whatever the order, but for signs and letters of indices."""
    found: Counter[str] = Counter()
    for part in expr.walk():
        if isinstance(part, Ref) and not (len(part.key) == 1 and part.key in INDEX_LETTERS):
            found[part.key] += 1
        elif isinstance(part, Number):
            found[str(part.value)] += 1
        elif not isinstance(part, (Ref, Negate, Paren, Plus)):
            found[type(part).__name__] += 1
    return found


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


def _there(definition: Definition) -> str:
    """Where a definition stands, in a sentence."""
    return f"in the {definition.place}" if definition.source else f"on {definition.place}"
