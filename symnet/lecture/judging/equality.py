"""Equations: tried at many points, under the readings that the notation leaves open, then proved."""

from __future__ import annotations

from dataclasses import replace

from symnet.lecture import effort
from symnet.lecture.claims.claim import Claim, blank
from symnet.lecture.context.facts import facts_of
from symnet.lecture.context.nearby import NEAR as NEIGHBOURHOODS
from symnet.lecture.context.nearby import around_with_shapes
from symnet.lecture.context.sizes import Clash
from symnet.lecture.evaluation.reading import Reading
from symnet.lecture.judging.acceptance import ZERO, accept
from symnet.lecture.judging.conditions import bare_function, defines, introduces, is_condition, names_the_unknown
from symnet.lecture.judging.contexts import (
    data_behind,
    holds_fixed,
    is_ambiguous,
    is_blind,
    most_cautious,
    other_contexts,
    read_in,
    with_fixed,
    with_open_variables,
)
from symnet.lecture.judging.corrections import correct
from symnet.lecture.judging.definitions import judge_definition
from symnet.lecture.judging.hypothesis import with_hypothesis
from symnet.lecture.judging.lists import judge_gradient_list
from symnet.lecture.judging.readings import (
    by_matrix,
    in_scalar_notation,
    is_meant,
    layout_said,
    layout_told,
    lengths,
    of_entries,
    readings,
    worth_another,
)
from symnet.lecture.judging.refutation import all_defined, refuted
from symnet.lecture.judging.wording import assumptions_of, missing, shape_assumptions, understood
from symnet.lecture.reader.syntax import Derivative
from symnet.lecture.trial.compare import equal
from symnet.lecture.trial.run import Outcome, outcome_of, run
from symnet.lecture.trial.sizes import claim_sizes
from symnet.lecture.values.errors import NeedsContext, NoLoss, ShapeError, Unsupported
from symnet.lecture.verdict import ACCEPTED, FOUND, Assumption, Finding

Tried = list[tuple[Reading, Outcome | Exception]]


def judge_equality(claim: Claim, steps: float = effort.CLAIM) -> Finding:
    """The finding on ``left = right``."""
    end = effort.until(0.6 * steps)
    assert claim.context is not None and claim.left is not None and claim.right is not None
    if defines(claim) or introduces(claim):
        return judge_definition(claim, steps)
    if is_condition(claim):
        return blank(claim, "condition", reason="it says what is assumed of a name", reading=understood(claim))
    if any(True for _ in facts_of(claim.left, claim.right, claim.relation, "")) and not all_defined(claim):
        return blank(claim, "condition", reason="it says what is assumed of a name", reading=understood(claim))
    listed = judge_gradient_list(claim, understood(claim))
    if listed is not None:
        return listed
    finding = _with_readings(claim, end, steps)
    if finding.verdict in ACCEPTED or finding.verdict == "approximation":
        return finding
    if finding.reason == ZERO and (opened := with_open_variables(claim)) is not None:
        return judge_equality(opened, steps)  # not at the minimum only
    findings = [finding]
    end = effort.until(max(effort.left(end), 0.2 * steps))
    for other in other_contexts(claim):
        if defines(other):
            continue  # a part of the document in which the claim is its own ground
        found = _with_readings(other, effort.until(effort.left(end) / 2), steps)  # each leaves as much to the others
        if found.verdict in ACCEPTED and not is_blind(claim, other):
            return _with_data(claim, other, found) or _against_shapes(claim, end, steps) or found
        if found.verdict in ACCEPTED:
            continue
        if not claim.context.hides(other.context, *claim.sides):  # type: ignore[arg-type]
            findings.append(found)  # where a definition is out of sight, what fails may still be true
    worst = most_cautious(findings, is_ambiguous(claim))
    fixed = with_fixed(claim) if worst.verdict == "refuted" else None
    if fixed is None or (held := _with_readings(fixed[1], end, steps)).verdict not in ACCEPTED:
        return worst
    if holds_fixed(claim):
        fact = Assumption(f"{fixed[0]} is held fixed", "the sentence of the claim")
        return replace(held, assumptions=(*held.assumptions, fact))
    reason = f"holds where {fixed[0]} is held fixed; otherwise not: {worst.reason}"
    return replace(worst, verdict="reading-dependent", reason=reason, assumptions=held.assumptions)


def _with_data(claim: Claim, other: Claim, found: Finding) -> Finding | None:
    """The finding in a context with data left open, which says so; None in another context."""
    assert other.context is not None
    given = [key for key in data_behind(claim) if not other.context.is_defined(key)]
    said = (
        Assumption(f"{key} is given, and nothing is differentiated through its formula", "convention") for key in given
    )
    return replace(found, assumptions=(*found.assumptions, *said)) if given else None


def _against_shapes(claim: Claim, end: float, steps: float) -> Finding | None:
    """What is wrong with a claim that holds only where the shapes that are declared farther off are left aside.

    It may be of other arrays with the same names, unless one slip explains it.
    """
    context = claim.context
    assert context is not None
    for before, after in NEIGHBOURHOODS:
        shaped = around_with_shapes(context, claim.order, before, after)
        if shaped is None:
            continue
        other = read_in(claim, *shaped)
        found = _with_readings(other, end, steps)
        if found.verdict in ACCEPTED:
            return None
        if found.verdict in FOUND:
            mended = correct(other, lambda o: _with_readings(o, end, steps / 4).verdict in ACCEPTED, steps / 3)
            if mended is not None:
                return replace(found, correction=mended)
    return None


def _with_readings(claim: Claim, end: float, steps: float) -> Finding:
    tried: Tried = []
    for reading in readings(claim):
        if tried and not worth_another(tried, reading):
            continue
        try:
            outcome: Outcome | Exception = run(claim, equal, reading=reading, end=end)
        except (Unsupported, NeedsContext, ShapeError, Clash) as error:
            outcome = error
        tried.append((reading, outcome))
        if isinstance(outcome, Outcome) and outcome.holds:
            break
    if isinstance(tried[0][1], NoLoss):
        last = tried[-1][1]
        found = _with_lengths(claim, end, steps, other=isinstance(last, Outcome) and last.holds)
        if found is not None:
            return found
    return _conclude(claim, tried, _clash(claim), end, steps)


def _with_lengths(claim: Claim, end: float, steps: float, other: bool) -> Finding | None:
    """A loss whose formula squares a vector: its squared length is meant, since a loss is a number.

    Where an ``other`` reading holds, nothing is refuted.
    """
    failed = None
    for reading in lengths(claim):
        outcome = outcome_of(claim, equal, reading=reading, end=end)
        if outcome is None:
            continue
        if outcome.holds and not outcome.always_zero:
            return accept(claim, outcome, reading, None, steps)
        failed = failed or (outcome if outcome.counterexample else None)
    return None if failed is None or other else refuted(claim, failed, end)


def _clash(claim: Claim) -> Clash | None:
    try:
        claim_sizes(claim, strict=True)
    except Clash as clash:
        return clash
    return None


def _conclude(claim: Claim, tried: Tried, clash: Clash | None, end: float, steps: float) -> Finding:
    """The finding by what was tried, the usual reading first; what holds was tried last."""
    (usual, first), (reading, last) = tried[0], tried[-1]
    if isinstance(last, Outcome) and last.holds:
        if usual == reading:
            return _in_other_layout(claim, usual, end) or accept(
                claim, last, usual, None if usual.scalars else clash, steps
            )
        return _holds_otherwise(claim, tried, clash, end, steps)
    if isinstance(first, NeedsContext):
        return blank(claim, "needs-context", reason=missing(first))
    if isinstance(first, Unsupported):
        return blank(claim, "not-understood", reason=str(first))
    if isinstance(first, (ShapeError, Clash)):
        return _misfit(claim, tried, first, end)
    assert isinstance(first, Outcome)
    if first.points == 0:
        reason = first.error or "no point was found where both sides are defined"
        return blank(claim, "needs-context", reason=f"no value could be computed: {reason}")
    if unread := [r for r, o in tried if r.parts and (isinstance(o, Exception) or not o.cases)]:
        return blank(claim, "needs-context", reason=f"it fails, unless {unread[0].describe()}")
    return refuted(claim, first, end)


def _holds_otherwise(claim: Claim, tried: Tried, clash: Clash | None, end: float, steps: float) -> Finding:
    """A claim that holds under another reading than the usual one: meant so, or it depends on the reading."""
    (usual, first), (reading, last) = tried[0], tried[-1]
    assert isinstance(last, Outcome)
    misfit = isinstance(first, (ShapeError, Clash))
    only_sigma = replace(reading, sigma=usual.sigma) == usual
    if is_meant(reading, claim):
        return accept(claim, last, reading, None, steps)
    by_layout = reading.layout != "gradient" and misfit and not by_matrix(claim)
    if reading.sigma and only_sigma and (otherwise := _in_other_layout(claim, reading, end)):
        return otherwise
    if (
        reading.parts
        or reading.held
        or reading.constants
        or reading.bars
        or reading.series
        or reading.sigma
        and only_sigma
        or by_layout
        or reading.elementwise
        and misfit
    ):
        return accept(claim, last, reading, clash, steps)
    if reading.scalars and in_scalar_notation(claim) and not of_entries(claim):
        return accept(claim, last, reading, None, steps)
    if last.always_zero:
        return blank(claim, "needs-context", reason=ZERO)
    turned = reading.scalars or reading.layout != usual.layout
    if turned and isinstance(first, Outcome) and first.counterexample is not None:
        found = with_hypothesis(claim, end)
        if found is not None and found.verdict in ACCEPTED:
            return found  # of a matrix that the document says is symmetric, say
    why = str(first) if isinstance(first, Exception) else "it fails there"
    told = layout_told(claim, reading, end) if reading.layout != usual.layout else ""
    if not told and by_matrix(claim) and layout_said(claim)[0] == usual.layout != reading.layout:
        told = layout_said(claim)[1]
    if told and isinstance(first, Outcome):
        return refuted(claim, first, end)
    if told:
        reason = f"{why}; it holds in {reading.describe()}, but {told} does not"
        return blank(claim, "ill-typed", method="shape", reason=reason, reading=understood(claim))
    return blank(
        claim,
        "reading-dependent",
        method="numeric",
        reading=understood(claim),
        reason=f"holds where {reading.describe()}; otherwise not: {why}",
        assumptions=assumptions_of(claim, last, reading),
        counterexample=first.counterexample if isinstance(first, Outcome) else None,
    )


def _in_other_layout(claim: Claim, usual: Reading, end: float) -> Finding | None:
    """The finding on a claim that holds as gradients are usually written, and not in the layout of the document."""
    layout, place = layout_said(claim)
    if not layout or usual.layout != "gradient" or not any(isinstance(p, Derivative) for p in claim.parts):
        return None
    try:
        other = run(claim, equal, reading=replace(usual, layout=layout), end=end)
    except (ShapeError, Clash):
        other = None
    except (Unsupported, NeedsContext):
        return None
    if other is not None and (other.holds or not other.points):
        return None
    reason = f"it does not hold in {replace(usual, layout=layout).describe()}, of which {place} speaks"
    return blank(claim, "reading-dependent", method="numeric", reading=understood(claim), reason=reason)


def _misfit(claim: Claim, tried: Tried, error: ShapeError | Clash, end: float) -> Finding:
    """A claim whose shapes do not fit."""
    if names_the_unknown(claim):
        return blank(claim, "definition", reason="introduces a name that nothing else says anything of")
    if bare := bare_function(claim):
        return blank(claim, "needs-context", reason=f"{bare} stands without its argument; write {bare}(x)_i")
    if in_scalar_notation(claim):
        scalar = next((o for r, o in tried if r.scalars and isinstance(o, Outcome) and o.points), None)
        if scalar is not None:
            return refuted(claim, scalar, end)
    measured = next((o for r, o in tried if r.bars and isinstance(o, Outcome) and o.points), None)
    if measured is not None:
        return refuted(claim, measured, end)
    failing = next((o for _, o in tried if isinstance(o, Outcome) and o.counterexample), None)
    return blank(
        claim,
        "ill-typed",
        method="shape",
        reading=understood(claim),
        reason=str(error),
        assumptions=shape_assumptions(claim),
        counterexample=failing.counterexample if failing else None,
    )
