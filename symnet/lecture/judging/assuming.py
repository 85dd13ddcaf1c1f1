"""A refutation beside what the text assumes: its point is to be one where the assumed equations hold."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from symnet.lecture import effort
from symnet.lecture.claims.assumed import assumes, assumptions, cases, supposes, text_of, unread
from symnet.lecture.claims.authored import names_behind
from symnet.lecture.claims.claim import Claim, blank
from symnet.lecture.claims.conditions import SENTENCE, masked
from symnet.lecture.context.record import Line
from symnet.lecture.context.refs import refs
from symnet.lecture.context.sizes import Clash
from symnet.lecture.judging.inequality import comparison_of
from symnet.lecture.judging.readings import readings
from symnet.lecture.judging.wording import assumptions_of, understood
from symnet.lecture.trial.run import WANTED, Outcome, run
from symnet.lecture.values.errors import NeedsContext, ShapeError, Unsupported
from symnet.lecture.verdict import ACCEPTED, FOUND, Assumption, Finding

ASSUMED = "it says what is assumed of a name"
FAILED = (*FOUND, "needs-hypothesis")
MANY = 60  # points at which an inequality is tried
NEAR = 60  # letters before a formula by which it is found again
LAST = 2  # cases near a claim under which it is tried


def under_assumptions(claim: Claim, finding: Finding, steps: float) -> Finding:
    """The finding on a claim where what the text assumes holds: a refutation is valid there only.

    A claim that holds in a case which another sentence tells is not refuted: it may be said of that one.  An equation
    that was taken for one to be solved may follow from what is assumed.
    """
    context = claim.context
    if finding.verdict not in (*FAILED, "condition") or context is None or not 0 <= claim.order < len(context.lines):
        return finding
    line = context.lines[claim.order]
    if claim.kind not in ("equality", "derivative", "inequality") or line.said.supposed or line.said.denied:
        return finding
    if claim.relation == "=" and (assumes(context, line) or supposes(context, line)):
        return blank(claim, "condition", reason=ASSUMED, reading=finding.reading)
    asked = finding.verdict == "condition"
    if asked and claim.kind == "inequality" or not asked and finding.method != "numeric":
        return finding
    names = names_behind(claim) - context.definitions.keys()
    met = {known.order for known in context.facts_at(claim.order)}  # all points meet them

    def on_it(lines: Iterable[Line]) -> list[Line]:
        return [said for said in lines if names & {r.key for r in refs(said.statement)} and said.order not in met]

    supposed = on_it(cases(context, claim.order))
    behind = (said for said in context.lines[claim.order + 1 :][:LAST] if supposes(context, said))
    here = [said for said in supposed if _is_beside(claim.prose, said.prose)]
    here += [said for said in on_it(behind) if _is_beside(said.prose, claim.prose)]
    told = on_it(assumptions(context, claim.order)) + here
    end = effort.until(steps)
    if told:
        finding = _where(claim, finding, told, end)
    for case in [said for said in supposed if said not in told][-LAST:]:
        if finding.verdict in FAILED and _where(claim, finding, [*told, case], end).verdict in ACCEPTED:
            reason = f"holds where {text_of(case)}, which {case.place} says of its own sentence"
            finding = replace(finding, verdict="needs-hypothesis", reason=reason, counterexample=None, correction=None)
    if finding.verdict == "refuted" and (said := unread(context, claim.order, names)):
        reason = f"{said[0]!r} ({said[1].place}) is not read; write it as a formula"
        return blank(claim, "needs-context", reason=reason, reading=finding.reading)
    return finding


def _is_beside(prose: str, earlier: str) -> bool:
    """Is what stands in ``prose`` said in the sentence of an earlier formula?"""
    before, there = (text.partition(" … ")[0] for text in (prose, earlier))
    place = before.rfind(there[-NEAR:])
    return place >= 0 and not SENTENCE.search(masked(before[place + len(there[-NEAR:]) :]))


def _where(claim: Claim, finding: Finding, told: Sequence[Line], end: float) -> Finding:
    """The finding at points where equations hold; the same where nothing but zeros is found there."""
    failed: Outcome | None = None
    lacking = f"no point was found where {text_of(told[0])} ({told[0].place})"
    shown, wanted = ("no counterexample", MANY) if claim.kind == "inequality" else ("equal", WANTED)
    for reading in readings(claim):
        try:
            compare = comparison_of(claim)
            outcome = run(claim, compare, reading=reading, end=end, equations=told, wanted=wanted)
        except (ShapeError, Clash):
            continue
        except (Unsupported, NeedsContext) as error:
            lacking = f"{text_of(told[0])} ({told[0].place}) is assumed, and that is not evaluated: {error}"
            continue
        if outcome.holds and not outcome.negligible:
            return blank(
                claim,
                "holds",
                method="numeric",
                reading=understood(claim, reading.scalars),
                reason=f"{shown} at {outcome.cases} points under the hypothesis",
                assumptions=(
                    *(Assumption(text_of(said), said.place) for said in told),
                    *assumptions_of(claim, outcome, reading),
                ),
            )
        if outcome.cases:
            failed = failed or outcome
    if failed is None and finding.verdict in FAILED:
        return blank(claim, "needs-context", reason=lacking, reading=finding.reading)
    if failed is None or failed.holds or finding.verdict == "condition":
        return finding
    return replace(finding, counterexample=failed.counterexample)
