"""Claims that are false already for numbers, and so under all shapes that the names may have.

Where every axis has one entry, rows are columns, all layouts agree and a matrix product is a product.  That is one case
of whatever the shapes are; a formula that fails in it is false, and it does not matter that they were only inferred.
"""

from __future__ import annotations

from dataclasses import replace

from symnet.lecture import effort
from symnet.lecture.claims.authored import parts_behind
from symnet.lecture.claims.claim import Claim
from symnet.lecture.context.identities import without_number
from symnet.lecture.context.refs import Ref, refs
from symnet.lecture.evaluation.reading import Reading
from symnet.lecture.judging.contexts import other_contexts
from symnet.lecture.judging.doubts import carried
from symnet.lecture.judging.known import is_known
from symnet.lecture.judging.readings import readings
from symnet.lecture.judging.refutation import refuted
from symnet.lecture.reader.syntax import Big, Call, Derivative, Infinity, Matrix, Nabla, Transpose
from symnet.lecture.trial.compare import equal
from symnet.lecture.trial.run import Outcome, outcome_of, run
from symnet.lecture.trial.sizes import all_equal, single
from symnet.lecture.trial.unknowns import derivatives
from symnet.lecture.verdict import Finding

#: names that may be the identity, ones, zeros or a basis vector: no free number stands for them
CONSTANTS = frozenset(("I", "E", "1", "0", "e", "O", "\\mathbf{1}", "\\mathbb{1}", "\\mathbf{I}", "\\mathbb{I}"))


def false_for_numbers(claim: Claim, steps: float) -> Finding | None:
    """The refutation of a claim where every size is 1; None where that does not decide.

    What a derivative is of has to be defined.  An equation is not one where it names a size that no sum runs up to:
    the n of ``tr(S S^{-1}) = n`` is 1 then.
    """
    if claim.kind not in ("derivative", "equality") or claim.left is None or claim.right is None:
        return None
    if claim.kind == "derivative" and not _of_defined(claim):
        return None
    written = (p for part in parts_behind(claim) for p in part.walk() if isinstance(p, Matrix))
    if any(len(p.rows) > 1 or len(p.rows[0]) > 1 for p in written):
        return None  # what is written out has its own size
    end = effort.until(steps)
    first: Finding | None = None
    for k, other in enumerate((claim, *other_contexts(claim))):
        failed = _failures(other, end)
        if failed is None or k == 0 and not failed:
            return None
        for outcome in failed:
            finding = refuted(other, outcome, end, singles=True)
            if k and finding.verdict == "needs-context":
                continue  # where a name means something else, it shows nothing
            if finding.verdict != "refuted":
                return None
            first = first or finding
    if first is None or effort.is_over(end):
        return None
    return replace(first, reason="the sides differ at the point shown, where every size is 1: so under all shapes")


def false_for_squares(claim: Claim, steps: float) -> Finding | None:
    """The refutation of an equation between matrices where every size is the same; None where that does not decide.

    Only the sizes of its names are inferred.  Where all are equal no product fails, and what differs there is false
    under all shapes.
    """
    if claim.kind != "equality" or claim.left is None or claim.right is None or claim.context is None:
        return None
    transposed = any(isinstance(p, Transpose) for p in claim.parts)
    if not transposed:
        return None
    end = effort.until(steps)
    for other in (claim, *other_contexts(claim)):
        for reading in dict.fromkeys((*_meanings(other), *readings(other))):
            if reading.scalars:
                continue
            outcome = outcome_of(other, equal, reading=reading, end=end, arrays=all_equal)
            if outcome is None or outcome.holds or not outcome.points or _constants(other, outcome):
                return None
    finding = refuted(claim, run(claim, equal, end=end, arrays=all_equal), end)
    if finding.verdict != "refuted" or effort.is_over(end):
        return None
    reason = "the sides differ at the point shown, where all sizes are equal: so under all shapes"
    return replace(finding, reason=reason)


def _names_beside_entries(claim: Claim) -> list[Ref]:
    """Names without index beside others with one: as numbers they would be free of their entries."""
    assert claim.left is not None and claim.right is not None
    found = [*refs(claim.left), *refs(claim.right)]
    entries = {r.key for r in found if r.indices}
    return [r for r in found if r.key in entries and not r.indices]


def _failures(claim: Claim, end: float) -> list[Outcome] | None:
    """What failed under each reading; empty where nothing is known, None where one may hold."""
    assert claim.context is not None
    failed = []
    beside = _names_beside_entries(claim)
    if not all(map(claim.context.rank, beside)):
        return []
    for reading in _meanings(claim):
        ways = (False,) if beside else (False, True)  # the square of a vector is none
        tried = (replace(reading, scalars=scalars) for scalars in ways)
        found = (outcome_of(claim, equal, reading=r, end=end, arrays=single) for r in tried)
        outcome = next(filter(None, found), None)
        if outcome is None:
            return []
        if outcome.holds or _constants(claim, outcome) or _speaks_of_functions(claim, outcome):
            return None
        if outcome.points == 0 or claim.kind == "equality" and _names_sizes(claim, outcome):
            return []
        failed.append(outcome)
    return failed


def _meanings(claim: Claim) -> list[Reading]:
    """The readings that change what the names mean; those of shapes agree here."""
    return list(dict.fromkeys(Reading(sigma=r.sigma, log_base=r.log_base) for r in readings(claim)))


def _of_defined(claim: Claim) -> bool:
    """Is something differentiated on the left that the document defines, or by which what is defined is given?

    ``dL/df = dL/dc c_0`` behind ``c = f c_0 + i g`` holds of any loss L that depends on c.
    """
    assert claim.context is not None and claim.left is not None and claim.right is not None
    for part in claim.left.walk():
        of = part.of if isinstance(part, (Derivative, Nabla)) else part if getattr(part, "primes", 0) else None
        name = of.function if isinstance(of, Call) else of
        if isinstance(name, Ref) and claim.context.is_defined(name.key):
            return True
    given = [by for of, by in derivatives(claim.right) if isinstance(of, Ref) and isinstance(by, Ref)]
    return any(claim.context.is_defined(by.key) for by in given) and not carried(claim)


def _speaks_of_functions(claim: Claim, outcome: Outcome) -> bool:
    """May the claim hold for one function only?  Not where the derivative of what is left open stands as such in it."""
    assert claim.left is not None and claim.right is not None
    used = {f for f in outcome.left_functions | outcome.right_functions if not is_known(claim, f)}
    parts = claim.parts
    primed = {p.function.key for p in parts if isinstance(p, Call) and isinstance(p.function, Ref) and p.primes}
    return not used <= primed | {of.key for of, _ in derivatives(claim.right) if isinstance(of, Ref)}


def _names_sizes(claim: Claim, outcome: Outcome) -> bool:
    """Does the value depend on a whole number that is not the end of a sum?"""
    context = claim.context
    assert context is not None
    sums = [b for p in parts_behind(claim) for b in p.walk() if isinstance(b, Big)]
    ends = {r.key for b in sums if b.upper is not None for r in refs(b.upper)}
    touched = {key for key in outcome.left_touched | outcome.right_touched if not context.rank(Ref(key))}
    return any(context.is_whole(key) or key in context.naming.sizes for key in touched - ends)


def _constants(claim: Claim, outcome: Outcome) -> bool:
    """Does the value depend on a name that may stand for a constant matrix, or on a limit?"""
    assert claim.context is not None and claim.left is not None and claim.right is not None
    names = {without_number(k) for k in outcome.left_touched | outcome.right_touched if not claim.context.is_defined(k)}
    parts = claim.parts
    return bool(names & CONSTANTS) or any(isinstance(p, Infinity) for p in parts)
