"""Claims beside what the text assumes: a point where they fail is to be one where equations and inequalities hold."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

from symnet.lecture import effort
from symnet.lecture.claims.assumed import (
    assumes,
    assumptions,
    bounds_assumed,
    cases,
    chances_told,
    is_bound_assumed,
    is_concluded,
    supposes,
    text_of,
    unread,
)
from symnet.lecture.claims.authored import names_behind
from symnet.lecture.claims.claim import Claim, blank
from symnet.lecture.context.facts import is_fact
from symnet.lecture.context.record import DEFINITE, IN_WORDS, Line
from symnet.lecture.context.refs import Ref, refs
from symnet.lecture.context.sizes import Clash
from symnet.lecture.documents.sentences import SENTENCE, masked
from symnet.lecture.evaluation.reading import Reading
from symnet.lecture.judging.doubts import guessed
from symnet.lecture.judging.hypothesis import OF_MATRICES
from symnet.lecture.judging.inequality import MANY, RANGE, comparison_of, readings_of_bound
from symnet.lecture.judging.readings import readings
from symnet.lecture.judging.stated import stated
from symnet.lecture.judging.wording import FACTS, assumptions_of, left_open, understood
from symnet.lecture.reader.bounds import as_bounds
from symnet.lecture.reader.syntax import SAID_BESIDE, Number
from symnet.lecture.trial.compare import equal
from symnet.lecture.trial.points import is_test, known_facts
from symnet.lecture.trial.run import WANTED, Outcome, outcome_of, run
from symnet.lecture.values.errors import NeedsContext, ShapeError, Unsupported
from symnet.lecture.verdict import ACCEPTED, FOUND, Assumption, Finding

ASSUMED = "it says what is assumed of a name"
FAILED = (*FOUND, "needs-hypothesis")
OPEN = ("condition", "needs-context")  # what may follow from what is assumed
NEAR = 60  # letters before a formula by which it is found again
FEW = 4  # points at which what is assumed has to hold
LAST = 2  # cases near a claim under which it is tried


def under_bounds(
    claim: Claim, finding: Finding, judged: Callable[[Claim], Finding], end: float
) -> tuple[Claim, Finding] | None:
    """A claim that fails, or seems to be asked for, and what is found of it where the assumed inequalities hold.

    One that is asked for is judged where equations are assumed too.  It is left open where too few such points are
    found, or where they can not be computed.
    """
    context, asked = claim.context, finding.verdict == "condition"
    if context is None or not 0 <= claim.order < len(context.lines):
        return None
    here = context.lines[claim.order]
    if finding.reason == RANGE and not is_concluded(claim.prose) or is_bound_assumed(here, here.said.sentence):
        return None
    if here.said.supposed or here.said.denied:
        return None
    there, told = _with_bounds(claim)
    equations = _on_names(assumptions(context, claim.order), there)
    if not told and not (asked and equations):
        return None
    if asked or equations:
        found = where_equations_hold(there, finding, equations, end, bounds=told)
        return None if found is finding else (there, found)
    outcome = outcome_of(there, comparison_of(there), end=end, wanted=FEW, confirm=False)
    few = outcome is None or outcome.holds and outcome.points < FEW or not outcome.points
    if few or outcome.untested or not all(map(is_test, there.conditions)):  # type: ignore[union-attr]
        where = " and ".join(f"{text_of(line)} ({line.place})" for line in told)
        return there, left_open(finding, f"too few points were found where {where}")
    found = judged(there)
    bounds = tuple(Assumption(text_of(line), line.place) for line in told)
    rest = tuple(a for a in found.assumptions if a.fact not in {bound.fact for bound in bounds})
    return there, replace(found, assumptions=(*bounds, *rest))


def _with_bounds(claim: Claim) -> tuple[Claim, list[Line]]:
    """A claim under the inequalities that the text assumes of its names, and where they are told."""
    context = claim.context
    assert context is not None
    words = {d.order for found in context.definitions.values() for d in found if d.link == IN_WORDS}
    lines = [line for line in bounds_assumed(context, claim.order) if line.order not in words]
    told = _on_names(lines, claim, computed=True)
    said = tuple(replace(bound, span=SAID_BESIDE) for line in told for bound in as_bounds(line.statement))
    return replace(claim, conditions=(*claim.conditions, *said)), told


def _on_names(lines: Iterable[Line], claim: Claim, computed: bool = False) -> list[Line]:
    """The lines that say of the open names of a claim, or of names in such lines, what not all points meet.

    With ``computed`` also what is said of names with formulas: let ``$s = 1 - a$`` with ``$s > 0$``.
    """
    context = claim.context
    assert context is not None
    known = [(fact, context.lines[fact.order].statement) for fact in context.facts_at(claim.order)]
    met = {fact.order for fact, said in known if fact.what == "unit" or "=" in said.relations or is_fact(said)}
    defined = context.definitions.keys()
    left = [(line, {r.key for r in refs(line.statement)}) for line in lines]
    left = [(line, keys) for line, keys in left if line.order not in met or computed and keys & defined]
    names = {key for key in names_behind(claim) if computed or key not in defined}
    names |= {r.key for condition in claim.conditions for r in refs(condition)}
    said: list[Line] = []
    while found := [(line, keys) for line, keys in left if keys & names]:
        said += [line for line, _ in found]
        left = [(line, keys) for line, keys in left if not keys & names]
        names |= {key for _, keys in found for key in keys} - context.definitions.keys()
    return sorted(said, key=lambda line: line.order)


def under_assumptions(claim: Claim, finding: Finding, steps: float) -> Finding:
    """The finding on a claim where what the text assumes holds: a refutation is valid there only.

    A claim that holds in a case which another sentence tells is not refuted: it may be said of that one.  An equation
    that was taken for one to be solved may follow from what is assumed.
    """
    context = claim.context
    if finding.verdict not in (*FAILED, *OPEN) or context is None or not 0 <= claim.order < len(context.lines):
        return finding
    line = context.lines[claim.order]
    if claim.kind not in ("equality", "derivative", "inequality") or line.said.supposed or line.said.denied:
        return finding
    if claim.relation == "=" and (assumes(context, line) or supposes(context, line)):
        return blank(claim, "condition", reason=ASSUMED, reading=finding.reading)
    asked = finding.verdict in OPEN
    if asked and claim.kind == "inequality" or not asked and finding.method != "numeric":
        return finding
    names = names_behind(claim) - context.definitions.keys()
    there, bounds = _with_bounds(claim)
    supposed = _on_names(cases(context, claim.order), there)
    behind = (said for said in context.lines[claim.order + 1 :][:LAST] if supposes(context, said))
    here = [said for said in supposed if _is_beside(claim.prose, said.prose)]
    here += [said for said in _on_names(behind, there) if _is_beside(said.prose, claim.prose)]
    told = _on_names(assumptions(context, claim.order), there) + here
    end = effort.until(steps)
    likely = {said.statement.terms[0].key: said for said in _on_names(chances_told(context, claim.order), claim)}  # type: ignore[attr-defined]
    if told or likely or asked and bounds:
        finding = where_equations_hold(there, finding, told, end, likely, bounds)
    for case in [said for said in supposed if said not in told][-LAST:]:
        if finding.verdict not in FAILED:
            break
        if where_equations_hold(there, finding, [*told, case], end, bounds=bounds).verdict in ACCEPTED:
            reason = f"holds where {text_of(case)}, which {case.place} says of its own sentence"
            finding = replace(finding, verdict="needs-hypothesis", reason=reason, counterexample=None, correction=None)
    if finding.verdict == "refuted" and (said := unread(context, claim.order, names)):
        reason = f"{said[0]!r} ({said[1].place}) is not read; write it as a formula"
        return blank(claim, "needs-context", reason=reason, reading=finding.reading)
    return finding


def _is_beside(prose: str, earlier: str) -> bool:
    """Is what stands in ``prose`` said in the sentence of an earlier formula?"""
    before, there = (text.partition(" … ")[0] for text in (prose, earlier))
    if not there and not before.startswith("$"):
        return False  # what begins its paragraph is beside what that goes on with
    place = before.rfind(there[-NEAR:])
    return place >= 0 and not SENTENCE.search(masked(before[place + len(there[-NEAR:]) :]))


def where_equations_hold(
    claim: Claim,
    finding: Finding,
    told: Sequence[Line],
    end: float,
    likely: Mapping[str, Line] | None = None,
    bounds: Sequence[Line] = (),
) -> Finding:
    """The finding at points where equations hold; the same where nothing but zeros is found there.

    The rows of the matrices that are ``likely`` are probabilities there.  The ``bounds`` are conditions of the claim.
    """
    failed: Outcome | None = None
    likely = likely or {}
    first = [*told, *likely.values(), *bounds][0]
    lacking = f"no point was found where {text_of(first)} ({first.place})"
    said_of = _stated(claim, {r.key for said in told for r in refs(said.statement)})
    facts = said_of | dict.fromkeys(likely, "simplex")
    shown, wanted = ("no counterexample", MANY) if claim.kind == "inequality" else ("equal", WANTED)
    for reading in readings_of_bound(claim) if claim.kind == "inequality" else readings(claim):
        try:
            compare = comparison_of(claim)
            outcome = run(claim, compare, reading=reading, facts=facts, end=end, equations=told, wanted=wanted)
        except (ShapeError, Clash):
            continue
        except (Unsupported, NeedsContext) as error:
            lacking = f"{text_of(first)} ({first.place}) is assumed, and that is not evaluated: {error}"
            continue
        if bounds and (outcome.untested or outcome.holds and outcome.points < FEW):
            lacking = f"too few points were found where {text_of(first)} ({first.place})"
            continue
        if outcome.holds and (not outcome.negligible or _is_said_to_vanish(claim, reading, end)):
            return blank(
                claim,
                "holds",
                method="numeric",
                reading=understood(claim, reading.scalars),
                reason=f"{shown} at {outcome.cases} points under the hypothesis",
                assumptions=(
                    *(Assumption(text_of(said), said.place) for said in (*told, *bounds)),
                    *(Assumption(FACTS["simplex"].format(key), said.place) for key, said in likely.items()),
                    *(Assumption(FACTS[what].format(key), stated(claim, key, what)) for key, what in said_of.items()),
                    *assumptions_of(claim, outcome, reading),
                ),
            )
        if outcome.cases:
            failed = failed or outcome
    if failed is None and finding.verdict in FAILED:
        return blank(claim, "needs-context", reason=lacking, reading=finding.reading)
    if failed is None or failed.holds:
        return finding
    if finding.verdict in FAILED:
        return replace(finding, counterexample=failed.counterexample)
    if finding.verdict != "condition" or failed.failures < 2 or not is_concluded(claim.prose) or guessed(claim):
        return finding
    return blank(
        claim,
        "refuted",
        method="numeric",
        reading=understood(claim),
        reason=f"the sides differ at the point shown, where {text_of(first)} holds",
        counterexample=failed.counterexample,
        assumptions=tuple(Assumption(text_of(said), said.place) for said in (*told, *likely.values(), *bounds)),
    )


def _stated(claim: Claim, moved: Container[str]) -> dict[str, str]:
    """What words state of the matrices of a claim that no equation is about: of the facts on one the first."""
    context = claim.context
    assert context is not None
    names = sorted(key for key in names_behind(claim) - context.definitions.keys() if context.rank(Ref(key)) == 2)
    known = known_facts(claim)  # what is definite is symmetric
    found = ((key, fact) for key in names for fact in reversed(OF_MATRICES) if key not in moved)
    return {key: fact for key, fact in found if known.get(key) not in DEFINITE and stated(claim, key, fact)}


def _is_said_to_vanish(claim: Claim, reading: Reading, end: float) -> bool:
    """Is the right side zero, and the left one not, where nothing is assumed?"""
    if claim.right != Number(Fraction(0)):
        return False
    outcome = outcome_of(replace(claim, conditions=()), equal, reading=reading, end=end)
    return outcome is not None and outcome.failures > 0
