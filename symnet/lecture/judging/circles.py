"""Definitions that go round: behind ``u = (x + y)/2`` and ``v = (x - y)/2``, ``x = u + v`` follows.

A formula that would define a name through itself says what follows from those before it, as in a change of variables,
or is an equation, as in ``g = a h + 1`` and ``h = b g + 2``.  For a claim the name is a variable that the formula holds
for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from symnet.lecture import effort
from symnet.lecture.claims.assumed import is_concluded
from symnet.lecture.claims.claim import Claim
from symnet.lecture.context.context import Context
from symnet.lecture.context.record import IN_WORDS, Definition, Line
from symnet.lecture.context.refs import Ref, pairs, refs
from symnet.lecture.judging.assuming import where_equations_hold
from symnet.lecture.judging.wording import left_open
from symnet.lecture.reader.syntax import Plus, Statement
from symnet.lecture.trial.compare import equal
from symnet.lecture.trial.run import outcome_of
from symnet.lecture.trial.unknowns import derivatives
from symnet.lecture.values.errors import ENDLESS
from symnet.lecture.verdict import ACCEPTED, FOUND, Finding


def goes_round(context: Context, here: Definition) -> bool:
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


def with_variables(context: Context) -> Context:
    """The context in which no formula defines a name through itself: those names are variables."""
    for d in [d for found in context.definitions.values() for d in found]:
        if d.parameters is None and not d.source and goes_round(context, d):
            context = context.leaving_out(d)
    return context


def out_of_circle(
    claim: Claim, finding: Finding, decide: Callable[[Claim, float], Finding], steps: float
) -> Finding | None:
    """The finding on a claim whose names are defined through each other; None where they are not.

    It is refuted only where the formulas that are left out follow from the others, or hold at its counterexample.
    """
    if finding.verdict != "not-understood" or not finding.reason.endswith(ENDLESS) or claim.context is None:
        return None
    opened, left_out = claim, list[Definition]()
    while (d := _to_leave_out(opened)) is not None:
        left_out.append(d)
        opened = _as_before(opened, d) or replace(opened, context=opened.context.leaving_out(d))  # type: ignore[union-attr]
    if not left_out:
        return None
    found = decide(opened, steps)
    if found.verdict in ACCEPTED or all(_follows(opened, d) for d in left_out):
        return found
    if any(True for side in claim.sides for _ in derivatives(side)):
        names = ", ".join(dict.fromkeys(d.key for d in left_out))
        return left_open(found, f"what defines {names} goes round") if found.verdict in FOUND else found
    lines = [_equation(claim.context, d) for d in left_out]
    return where_equations_hold(opened, found, lines, effort.until(steps / 2))


def out_of_system(claim: Claim, decide: Callable[[Claim, float], Finding], steps: float) -> Finding | None:
    """The finding on a formula said to follow from those that define its name through others, and these by it."""
    context = claim.context
    here = context.definition_at(claim.order, claim.place, claim.left, claim.right) if context else None
    if context is None or here is None or here.parameters is not None or not is_concluded(claim.prose):
        return None
    earlier = [d for d in context.definitions[here.key] if d.same_target(here) and d.order < here.order]
    if not any(context.reaches(d.body, d.key, d.order) for d in earlier):
        return None
    said = replace(claim, kind="equality", context=context.leaving_out(here, here.order))
    found = decide(said, steps)
    return out_of_circle(said, found, decide, steps) or found


def _as_before(claim: Claim, d: Definition) -> Claim | None:
    r"""The claim where a name is what it was before a formula that goes round; None where that does not follow then.

    Behind ``D = 2a / (2a + b)`` and ``J = a / (a + b)`` the formulas ``D = 2J / (1 + J)`` and ``J = D / (2 - D)`` say
    what follows from these, and leave a, b behind both.
    """
    context = claim.context
    assert context is not None
    if not any(old.same_target(d) and old.order < d.order for old in context.definitions[d.key]):
        return None
    before = replace(claim, context=context.leaving_out(d, d.order))
    return before if _to_leave_out(before) is None and _follows(before, d) else None


def _to_leave_out(claim: Claim) -> Definition | None:
    """Of the definitions on which a claim relies one that leads back to itself.

    What it differentiates by is a variable, and what it differentiates is none; else it is the name defined last.
    """
    context = claim.context
    assert context is not None
    behind = [d for key in context.names_behind(claim.sides) for d in context.definitions_of(key, claim.order)]
    circular = [
        d for d in behind if d.order >= 0 and d.link != IN_WORDS and context.reaches(d.body, d.key, claim.order)
    ]
    slopes = [pair for side in claim.sides for pair in derivatives(side)]
    by = {r.key for _, name in slopes for r in refs(name)}
    of = {r.key for name, _ in slopes for r in refs(name)}
    return max(circular, key=lambda d: (d.key in by, d.key not in of, d.order, d.link), default=None)


def _follows(claim: Claim, d: Definition) -> bool:
    """Does a formula that was left out hold wherever the others do?"""
    context = claim.context
    assert context is not None
    left, right = _sides(context, d)
    said = replace(claim, left=left, right=right, raw=(left, right), order=d.order, place=d.link, relation="=")
    outcome = outcome_of(replace(said, kind="equality", conditions=()), equal)
    return outcome is not None and outcome.holds and not outcome.always_zero


def _sides(context: Context, d: Definition) -> tuple[Ref, ...]:
    return list(pairs(context.lines[d.order].statement))[d.link]  # type: ignore[return-value]


def _equation(context: Context, d: Definition) -> Line:
    return replace(context.lines[d.order], statement=Statement(_sides(context, d), ("=",)))
