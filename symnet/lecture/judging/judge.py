"""Verdicts: refute first, then prove; say what was shown and under which assumptions."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from symnet.lecture import effort
from symnet.lecture.claims.assumed import is_bound_assumed
from symnet.lecture.claims.authored import with_directives
from symnet.lecture.claims.claim import Claim, blank
from symnet.lecture.claims.collect import claims_of
from symnet.lecture.context.facts import facts_of
from symnet.lecture.context.refs import Ref, refs
from symnet.lecture.judging.assuming import ASSUMED, under_assumptions, under_bounds, where_equations_hold
from symnet.lecture.judging.bounds import within_bounds
from symnet.lecture.judging.capitals import of_numbers_only
from symnet.lecture.judging.circles import out_of_circle, out_of_system
from symnet.lecture.judging.consequences import judge_solution
from symnet.lecture.judging.contexts import with_later_open, with_lost_names
from symnet.lecture.judging.corrections import correct, holds_plainly
from symnet.lecture.judging.definitions import judge_definition
from symnet.lecture.judging.doubts import (
    carried,
    declarations,
    declared,
    guessed,
    listed,
    lost_name,
    of_any_matrices,
    of_no_number,
    of_open_function,
    of_operator_norm,
    of_spectrum,
    of_weights,
    open_in_author,
    open_map,
    unread,
)
from symnet.lecture.judging.equality import judge_equality
from symnet.lecture.judging.foundations import on_sound_ground
from symnet.lecture.judging.freed import as_introduced, with_free_names
from symnet.lecture.judging.inequality import ASKED, RANGE, judge_inequality
from symnet.lecture.judging.moment_claims import judge_moment_claim
from symnet.lecture.judging.numbers import judge_approximation
from symnet.lecture.judging.own_part import in_own_part
from symnet.lecture.judging.premises import follows
from symnet.lecture.judging.shape_claims import judge_shape
from symnet.lecture.judging.singles import false_for_numbers, false_for_squares
from symnet.lecture.judging.supposed import entangled, supposing, supposing_before, without_suppositions
from symnet.lecture.judging.terms import term_by_term
from symnet.lecture.judging.told_cases import in_another_case, in_case_of_equals
from symnet.lecture.judging.wording import in_plain_names, left_open, understood
from symnet.lecture.reader.syntax import SAID_BESIDE
from symnet.lecture.values.errors import TooDeep
from symnet.lecture.verdict import ACCEPTED, FOUND, Finding
from symnet.lecture.workers import so_far

#: verdicts that say too little of a claim for the whole document to be the only judge of it
OPEN = ("needs-context", "not-understood", "reading-dependent")
#: verdicts that no case told before changes
DECIDED = (*ACCEPTED, "update", "condition")


def judge(claim: Claim, steps: float = effort.CLAIM, mend: bool = True) -> Finding:
    """The finding on one claim; it is found in about as many ``steps`` at most.

    What is refuted gets no correction unless it is to be ``mended``; the verdict is the same.
    """
    try:
        finding = on_sound_ground(claim, steps, partial(_under_conditions, mend=mend))
    except TooDeep as error:
        finding = blank(claim, "not-understood", reason=str(error))
    finding = _said_wrong(claim, finding)
    there = in_case_of_equals(claim, finding, steps / 2)
    if there is None:
        there = in_another_case(claim, under_assumptions(claim, finding, steps / 2), steps / 4)
    return _told(claim, of_numbers_only(claim, there, steps / 4))


def _said_wrong(claim: Claim, finding: Finding) -> Finding:
    """What the text itself says does not hold, or asks of its names in a case, is no finding against it."""
    if finding.verdict not in FOUND or claim.context is None:
        return finding
    line = claim.context.lines[claim.order]
    said, sides = line.said, (claim.left, claim.right)
    asked = said.case and all(sides) and any(True for _ in facts_of(*sides, claim.relation, ""))  # type: ignore[arg-type]
    if not (said.denied or said.supposed or asked or is_bound_assumed(line, said.sentence)):
        return finding
    reason = f"the text says that it does not hold: {finding.reason}" if said.denied else ASSUMED
    return replace(finding, verdict="condition", method="none", reason=reason, counterexample=None, correction=None)


def _told(claim: Claim, finding: Finding) -> Finding:
    """The finding with what the author's directives say, in words for a reader."""
    return in_plain_names(with_directives(claim, finding))


def _under_conditions(claim: Claim, steps: float, early: bool, mend: bool) -> Finding:
    """The finding on a claim; one that holds without what the prose beside it says is not refuted by that."""
    said = tuple(c for c in claim.conditions if c.span != SAID_BESIDE)
    free = len(said) == len(claim.conditions)
    finding = _decided(supposing(claim), steps, early and free, mend)
    if finding.verdict in FOUND and (told := entangled(claim)):
        finding = where_equations_hold(without_suppositions(claim), finding, told, effort.until(steps / 2))
    if finding.verdict in FOUND and not free:
        without = replace(claim, conditions=said)
        finding = _judge(without, steps / 2) if holds_plainly(without, effort.until(steps / 2)) else finding
    if finding.verdict in DECIDED or (held := supposing_before(claim)) is None:
        return finding
    again = _decided(held, steps / 2, False, mend)
    worse = free and again.verdict in FOUND and finding.verdict not in (*FOUND, "definition")
    return again if again.verdict in ACCEPTED or worse else finding


def _decided(claim: Claim, steps: float, early: bool, mend: bool) -> Finding:
    """The finding on a claim in the whole document; what that leaves open is decided in a part of it, if anywhere.

    What is said under later headings alone keeps no claim from being accepted.
    """
    freed = with_free_names(claim)
    found = _decided_there(freed, steps / 2, False, mend) if freed else None
    if found and found.verdict in DECIDED:
        return found
    finding = _decided_there(claim, steps, early and not freed, mend)
    if freed and found and finding.verdict in (*ACCEPTED, *FOUND):
        return as_introduced(claim, freed, finding, found)
    for own in in_own_part(claim) if finding.verdict in OPEN else ():
        if early:
            so_far(_told(claim, finding))
        again = _decided_there(own, steps / 2, early, mend)
        if again.verdict in FOUND or again.verdict in ACCEPTED and own.order == claim.order:
            return again
    return finding


def _decided_there(claim: Claim, steps: float, early: bool, mend: bool) -> Finding:
    """The finding with a correction; a refutation is told ``early``, since the search for one may take too long."""
    terms = term_by_term(claim)
    if terms is not None and (claim.relation != "=" or _judge(claim, steps / 2).verdict not in ACCEPTED):
        claim = terms
    finding = _judge(claim, steps)
    if finding.verdict in FOUND and (seen := with_lost_names(claim)):
        again = _judge(seen, steps / 2)
        claim, finding = (seen, again) if again.verdict in FOUND else (claim, finding)
    if finding.reason in (ASKED, RANGE) or finding.verdict == "refuted" and finding.method == "numeric":
        assumed = under_bounds(claim, finding, lambda c: _judge(c, steps / 4), effort.until(steps / 2))
        claim, finding = assumed or (claim, finding)
    if finding.verdict == "refuted" and (bounded := within_bounds(claim, finding, lambda c: _judge(c, steps / 2))):
        return bounded
    if finding.verdict == "needs-context" and claim.left is not None and (opened := with_later_open(claim)):
        again = _judge(opened, steps / 2)
        return again if again.verdict in ACCEPTED else finding
    if finding.verdict not in FOUND or finding.correction is not None or claim.left is None:
        return finding
    if name := of_no_number(claim):
        reason = f"the square of {name} is said to be zero or negative, as of no real number but 0"
        return left_open(finding, reason)
    if finding.method == "numeric" and (name := carried(claim)):
        reason = f"the gradient of {name} at one step comes through all later steps"
        return left_open(finding, reason)
    if finding.method == "shape" and (name := listed(claim)):
        reason = f"whether {name} is a number or a vector is not known"
        return left_open(finding, reason)
    if finding.method == "shape" and (name := open_map(claim)):
        reason = f"what {name} is as a function is not known; write: define {name}(x) = ..."
        return left_open(finding, reason)

    uncorrected = doubted(claim, finding, steps)
    if not mend and uncorrected.verdict in FOUND:
        return uncorrected
    if claim.kind in ("moment", "distribution"):
        return uncorrected  # the rules of moments have looked for a correction by themselves
    if early and uncorrected.verdict in FOUND:
        so_far(_told(claim, uncorrected))
    correction = correct(claim, lambda other: _judge(other, steps / 4).verdict in ACCEPTED, steps / 2)
    return replace(finding, correction=correction) if correction else uncorrected


def doubted(claim: Claim, finding: Finding, steps: float) -> Finding:
    """What is left of a refutation where nothing near the claim is true: it may be read wrongly."""
    name, place = unread(claim)
    if name:
        return left_open(finding, f"what {name} is seems to stand on {place}, which was not read")
    if finding.verdict == "refuted" and finding.method == "numeric" and of_open_function(claim):
        return false_for_numbers(claim, steps / 2) or replace(
            finding, verdict="condition", counterexample=None, reason="it says what a function is like"
        )
    if finding.verdict == "refuted" and (name := open_map(claim)):
        reason = f"what {name} is as a function is not known; write: define {name}(x) = ..."
        return left_open(finding, reason)
    if finding.verdict == "ill-typed" and of_any_matrices(claim):
        return left_open(finding, "the sizes that are declared may be of other matrices with these names")
    if finding.verdict == "refuted" and (name := of_spectrum(claim)):
        reason = f"{name} are the eigenvalues or singular values of a matrix, which are not computed"
        return left_open(finding, reason)
    if finding.verdict == "refuted" and (name := of_operator_norm(claim)):
        reason = f"the norm of {name} may be the one of Frobenius, \\|.\\|_F, or the largest singular value: say which"
        return left_open(finding, reason)
    if finding.verdict == "ill-typed" and not declared(claim) or finding.method == "numeric" and guessed(claim):
        reason = f"as read it fails ({finding.reason}), but shapes were inferred; {declarations(claim)}"
        return (
            false_for_numbers(claim, steps / 2)
            or finding.method == "numeric"
            and of_weights(claim)
            and false_for_squares(claim, steps / 4)
            or left_open(finding, reason)
        )
    if name := open_in_author(claim):
        reason = f"it does not hold for every {name} of the author's directives; say what it is"
        return left_open(finding, reason)
    return finding


def _of_the_document(claim: Claim) -> bool:
    """Does the claim speak of anything that the document defines?"""
    sides = claim.sides
    return any(claim.context.is_defined(r.key) for side in sides for r in refs(side))  # type: ignore[union-attr]


def _judge(claim: Claim, steps: float) -> Finding:
    if claim.finding is not None:
        return claim.finding
    skipped = next((d for d in claim.beside if d.kind == "skip"), None)
    if skipped is not None:
        why = f": {skipped.value}" if skipped.value else ""
        return blank(claim, "condition", reason=f"the author asked to skip this formula{why}")
    if claim.refusal is not None:
        r = claim.refusal
        token = f" ({r.token})" if r.token else ""
        remedy = f": {r.remedy}" if r.remedy else ""
        return blank(claim, "not-understood", reason=f"{r.reason}{token}{remedy}")
    if not claim.relation:
        return blank(claim, "definition", reason="an expression: nothing is claimed of it")
    if claim.context is not None and claim.context.lines[claim.order].said.supposed:
        return blank(claim, "condition", reason=ASSUMED, reading=understood(claim))
    if claim.kind == "shape":
        return judge_shape(claim)
    if claim.kind == "moment" or claim.kind == "distribution":
        return judge_moment_claim(claim)
    if claim.kind in ("update", "definition"):
        finding = judge_definition(claim, steps)
        if finding.verdict == "update" and _is_given_before(claim):  # v = r + P v of v = (I - P)^{-1} r
            held = judge_equality(replace(claim, kind="equality", step=None), steps)
            finding = held if held.verdict in ACCEPTED else finding
        return _as_claim(claim, finding, steps)
    if claim.kind == "inequality":
        finding = judge_inequality(claim, steps)
        if finding.verdict == "refuted" and (name := lost_name(claim)):
            reason = f"the shapes in what {name} is defined by do not fit"
            return left_open(finding, reason)
        return out_of_circle(claim, finding, judge_inequality, steps) or finding
    if claim.kind == "approximation":
        return judge_approximation(claim)
    if claim.kind in ("equality", "derivative"):
        finding = judge_equality(claim, steps)
        finding = out_of_circle(claim, finding, judge_equality, steps) or finding
        general = finding.verdict == "needs-context" or not _of_the_document(claim)
        if finding.verdict == "definition":
            return _as_claim(claim, finding, steps)
        if finding.verdict not in ACCEPTED and follows(claim):
            if (solution := judge_solution(claim, steps / 2)) is not None:
                return solution
            if not general:
                return finding
            return blank(claim, "condition", reason="it is said to follow, and is not asserted by itself")
        return finding
    return blank(claim, "condition", reason="a statement that is not asserted as an equation")


def _is_given_before(claim: Claim) -> bool:
    """Has a formula above said what the name on the left is, so that it may be no new value?"""
    context, left = claim.context, claim.left
    assert context is not None
    compared = claim.step is not None and claim.step.agrees is not None
    if claim.relation != "=" or not isinstance(left, Ref) or compared:
        return False
    return any(d.order < claim.order for d in context.definitions.get(left.key, ()))


def _as_claim(claim: Claim, finding: Finding, steps: float) -> Finding:
    """The finding on a definition, which is a claim where equations between names are solved by it."""
    solved = out_of_system(claim, judge_equality, steps) if finding.verdict == "definition" else None
    return solved if solved is not None and solved.verdict in (*ACCEPTED, *FOUND) else finding


def explain(claim: Claim, steps: float = effort.CLAIM) -> str:
    """What was assumed for a claim and why it got its verdict."""
    f = judge(claim, steps)
    place = str(f.row) if f.row else f"{f.line}:{f.column}"
    lines = [f"{place}  {f.claim or f.latex}", f"verdict: {f.verdict} ({f.method})"]
    if f.reading:
        lines.append(f"read as: {f.reading}")
    if f.reason:
        lines.append(f"why: {f.reason}")
    lines += [f"assumed: {a.fact} [{a.source}]" for a in f.assumptions]
    if f.counterexample:
        lines.append("counterexample: " + ", ".join(f"{k} = {v}" for k, v in f.counterexample.items()))
    if f.correction:
        lines.append(f"instead: {f.correction}")
    return "\n".join(lines)


__all__ = ["claims_of", "explain", "judge"]  # what a checker asks of its engine
