"""Formulas of a name that has one already: the same value in another form, another model, or a slip."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import Any

from symnet.lecture import effort
from symnet.lecture.claims.claim import Claim, blank
from symnet.lecture.context.defining import covering
from symnet.lecture.context.record import Definition
from symnet.lecture.context.refs import INDEX_LETTERS, Ref, refs
from symnet.lecture.evaluation.reading import Reading
from symnet.lecture.judging.contexts import other_contexts
from symnet.lecture.judging.corrections import correct
from symnet.lecture.judging.restated import is_restated, is_said_anew
from symnet.lecture.judging.wording import assumptions_of, undefined_there, understood
from symnet.lecture.reader.syntax import Cases, Expr, Negate, Number, Paren, Plus
from symnet.lecture.trial.compare import equal
from symnet.lecture.trial.run import Outcome, outcome_of
from symnet.lecture.trial.sizes import in_pairs
from symnet.lecture.verdict import ACCEPTED, Finding


def tried_again(claim: Claim, here: Definition, end: float = math.inf) -> Outcome | None:
    """A definition compared with what was said before; sigma is the logistic function where it may be."""
    outcome = outcome_of(claim, equal, but=here, end=end)
    if outcome is None or outcome.holds or "\\sigma" not in outcome.left_functions | outcome.right_functions:
        return outcome
    return outcome_of(claim, equal, reading=Reading(sigma=True), but=here, end=end) or outcome


def judge_again(claim: Claim, here: Definition, steps: float) -> Finding | None:
    """The same name defined before, in the whole document; where that shows nothing, by what stands near it."""
    found = _redefinition(claim, here, steps)
    context = claim.context
    assert context is not None
    section = context.lines[claim.order].said.section
    told = [line.statement.terms for line in context.lines[: claim.order] if line.said.section == section]
    told = [terms for terms in told if terms[0] == claim.left or _is_step(terms[0], here)]
    anew = bool(told) and all(claim.right not in terms for terms in told)  # said again in the same words, it is none
    wrong = []
    for other in other_contexts(claim) if found is None and anew else ():
        near = other.context.definition_at(other.order, other.place, other.left, other.right)  # type: ignore[union-attr]
        again = None if near is None else _redefinition(other, near, steps / 2)
        if again is not None and again.verdict in ACCEPTED:
            return again
        wrong.append(again)
    decided = [again for again in wrong if again is not None]
    return decided[0] if decided and all(again.verdict == "refuted" for again in decided) else found


def _is_step(name: Expr, here: Definition) -> bool:
    """Is it another entry of what is defined: the w_{t+1} beside w_t?"""
    return isinstance(name, Ref) and name.key == here.key and len(name.indices) == len(here.indices) > 0


def _redefinition(claim: Claim, here: Definition, steps: float) -> Finding | None:
    """The same name defined before: the same value, another model, or the same in another form with a slip in it."""
    assert claim.context is not None
    earlier = [
        d
        for d in claim.context.definitions.get(here.key, ())
        if d.same_target(here) and (d.order, d.link) < (here.order, here.link) and not _is_case(here, d)
    ] or covering(claim.context, here)
    whole = [d for d in claim.context.definitions.get(here.key, ()) if not d.indices and d.parameters is None]
    rank = claim.context.rank(Ref(here.key))  # 0 where nothing says what it is: the value itself has entries, or not
    if not earlier and whole and here.indices and rank in (0, len(here.indices)):
        return _entry_of(claim, here, whole[0], steps)
    entries = [
        d
        for d in claim.context.definitions.get(here.key, ())
        if d.indices and all(d.pattern) and d.parameters is None and (d.order, d.link) < (here.order, here.link)
        if claim.context.lines[d.order].said.section == claim.context.lines[here.order].said.section
    ]
    if not earlier and not here.indices and entries and claim.context.rank(Ref(here.key)) == len(entries[0].indices):
        return _whole_of(claim, here, entries[0], steps)
    if not earlier:
        return None
    first, original = earlier[0], claim
    claim = replace(claim, context=claim.context.with_first_definitions())
    assert claim.context is not None
    outcome = tried_again(claim, here, effort.until(0.5 * steps))
    if outcome is None:
        return None
    if outcome.holds and outcome.gap:
        return undefined_there(claim, outcome)
    if outcome.holds and not outcome.always_zero:
        return _tried(claim, outcome, "holds", f"the same as {there(first)}: equal at {outcome.cases} points")
    if first.pattern != here.pattern and (found := _of_two(claim, here, first, steps)):
        return found
    sizes = claim.context.naming.sizes
    same_names = outcome.left_touched - sizes == outcome.right_touched - sizes and outcome.points > 0
    differs = same_names and outcome.counterexample is not None
    # a factor makes another model, unless it is computed from other names
    renamed = _in_other_names(original, here, first)
    another = differs and (renamed or outcome.ratio in ("varies", None) or _ratio(claim, here, steps) == "varies")
    if first.source and outcome.counterexample is not None:
        reason = f"{here.key} is defined otherwise {there(first)}, which holds up to here; leave one of them"
        return _tried(claim, outcome, "reading-dependent", reason)
    mended = _rewritten(claim, here, first, steps, ("added factor",) if renamed else ()) if another else None
    if mended and not _is_of_another_model(original, here, first, steps):
        reason = f"not {here.key} of line {first.line} in another form; one small change makes it so"
        return _tried(claim, outcome, "refuted", reason, mended)
    if differs and is_restated(original, first.order):
        reason = f"the text says that it is {here.key} of line {first.line} in another form, and the values differ"
        return _tried(claim, outcome, "refuted", reason, correct(claim, _agrees_with(here), 0.2 * steps))
    if another and _numbered(here.body) == _numbered(first.body):
        return blank(
            claim,
            "needs-context",
            reading=understood(claim),
            reason=f"{here.key} is another value of the same names {there(first)}: another model, or a mistake in one",
            assumptions=assumptions_of(claim, outcome, Reading()),
        )
    return blank(
        claim,
        "definition",
        reading=understood(claim),
        reason=f"defines {here.key} anew, otherwise than {there(first)}",
    )


#: words that say that there are two of something
TWO = re.compile(r"\b(?:two|binary|двух|двумя|два|две|бинарн\w*)\b|= ?2\b", re.IGNORECASE)


def _of_two(claim: Claim, here: Definition, first: Definition, steps: float) -> Finding | None:
    """An entry in the form for two of them, of which the prose speaks; wrong where one slip explains it."""

    def tried(other: Claim) -> Outcome | None:
        readings = (Reading(), Reading(sigma=True))
        outcomes = (outcome_of(other, equal, reading=r, but=here, arrays=in_pairs, end=end) for r in readings)
        return next((o for o in outcomes if o is not None and o.holds and not o.always_zero), None)

    end = effort.until(0.4 * steps)
    if not TWO.search(claim.prose):
        return None
    if (outcome := tried(claim)) is not None:
        reason = f"the same as {there(first)} where there are two: equal at {outcome.cases} points"
        return _tried(claim, outcome, "holds", reason)
    failed = outcome_of(claim, equal, reading=Reading(sigma=True), but=here, arrays=in_pairs, end=end)
    mended = correct(claim, lambda other: tried(other) is not None, 0.4 * steps, only=SLIPS)
    if failed is None or failed.counterexample is None or mended is None:
        return None
    reason = f"not what it is {there(first)} where there are two; one small change makes it so"
    return _tried(claim, failed, "refuted", reason, mended)


def _tried(claim: Claim, outcome: Outcome, verdict: str, reason: str, correction: str | None = None) -> Finding:
    """What is said after two formulas of a name have been compared at points."""
    return blank(
        claim,
        verdict,
        method="numeric",
        reading=understood(claim),
        reason=reason,
        counterexample=None if verdict == "holds" else outcome.counterexample,
        correction=correction,
        assumptions=assumptions_of(claim, outcome, Reading()),
    )


def _agrees_with(here: Definition) -> Callable[[Claim], bool]:
    """Does an edited formula have the value that the name was given before?"""

    def agrees(other: Claim) -> bool:
        outcome = tried_again(other, here)
        return outcome is not None and outcome.holds and not outcome.always_zero

    return agrees


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


def _ratio(claim: Claim, here: Definition, steps: float) -> Any:
    """What one value is of the other at all points, and not at the first ones where they differ."""
    outcome = outcome_of(claim, lambda left, right: True, but=here, end=effort.until(0.1 * steps))
    return None if outcome is None else outcome.ratio


def _in_other_names(claim: Claim, here: Definition, first: Definition) -> bool:
    """Is a name computed from other names under the same heading, and not said to be something else there?"""
    assert claim.context is not None
    lines = claim.context.lines
    if lines[here.order].said.section != lines[first.order].said.section or is_said_anew(claim):
        return False
    return not {r.key for r in refs(here.body)} & {r.key for r in refs(first.body)}


def _differ(claim: Claim, old: Definition, new: Definition, steps: float) -> bool:
    """Have two definitions of a name other values?"""
    said = replace(claim, left=old.body, right=new.body, order=new.order, conditions=())
    outcome = outcome_of(said, equal, but=new, end=effort.until(0.1 * steps))
    return outcome is not None and outcome.counterexample is not None


def _is_case(part: Definition, whole: Definition) -> bool:
    """Does a definition say what the other one is in one of its cases?"""
    return isinstance(whole.body, Cases) and any(branch == part.body for branch, _ in whole.body.branches)


def _whole_of(claim: Claim, here: Definition, entries: Definition, steps: float) -> Finding | None:
    """``r = A 1`` behind ``r_i = \\sum_j a_{ij}``: the same, or nothing is said unless one slip explains it."""
    outcome = tried_again(claim, here, effort.until(0.4 * steps))
    if outcome is None or outcome.always_zero or not outcome.points:
        return None
    if not outcome.right_touched <= outcome.left_touched | claim.context.naming.sizes:  # type: ignore[union-attr]
        return None
    if outcome.holds:
        reason = f"all entries of {here.key}, defined {there(entries)}: equal at {outcome.cases} points"
        return _tried(claim, outcome, "holds", reason)
    mended = correct(claim, _agrees_with(here), 0.4 * steps, only=(*SLIPS, "transpose"))
    if mended is None:
        return None
    reason = f"not all entries of {here.key}, defined {there(entries)}; one small change makes it so"
    return _tried(claim, outcome, "refuted", reason, mended)


def _entry_of(claim: Claim, here: Definition, whole: Definition, steps: float) -> Finding | None:
    """An entry of what was defined as a whole: the same, or nothing is said unless one slip explains it."""
    outcome = tried_again(claim, here, effort.until(0.4 * steps))
    if outcome is None or outcome.always_zero or not outcome.points:
        return None
    if outcome.holds:
        reason = f"the entry of {whole.key}, defined {there(whole)}: equal at {outcome.cases} points"
        return _tried(claim, outcome, "holds", reason)
    known = outcome.left_touched | claim.context.naming.sizes  # type: ignore[union-attr]
    if outcome.counterexample is None or not outcome.right_touched <= known or whole.order > here.order:
        return None
    mended = correct(claim, _agrees_with(here), 0.4 * steps, only=SLIPS)
    if mended is None:
        return None
    reason = f"not the entry of {whole.key}, defined {there(whole)}; one small change makes it so"
    return _tried(claim, outcome, "refuted", reason, mended)


#: slips by which a formula is hardly turned into one of another model
SLIPS = ("difference", "sign", "factor", "number", "exponent", "index", "function")


def _rewritten(
    claim: Claim, here: Definition, first: Definition, steps: float, also: tuple[str, ...] = ()
) -> str | None:
    """The slip after which the second formula is the first one written in another way; None where there is none.

    A formula that is the first one but for a sign or a factor is as well another model.  Where the form is another and
    the values agree after one slip is mended, that is no accident: it was meant to be the same.
    """

    def agrees(other: Claim) -> bool:
        if other.right is None or _parts(other.right) == _parts(first.body):
            return False
        return _agrees_with(here)(other)

    return correct(claim, agrees, 0.4 * steps, only=(*SLIPS, *also))


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


def there(definition: Definition) -> str:
    """Where a definition stands, in a sentence."""
    return f"in the {definition.place}" if definition.source else f"on {definition.place}"
