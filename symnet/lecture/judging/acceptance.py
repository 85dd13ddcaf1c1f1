"""A claim that holds at all points: proved, shown there only, or true for equal sizes only."""

from __future__ import annotations

from symnet.lecture.claims.authored import names_behind
from symnet.lecture.claims.claim import Claim, blank
from symnet.lecture.context.facts import orthonormal
from symnet.lecture.context.refs import Ref
from symnet.lecture.context.sizes import Clash, shown
from symnet.lecture.context.typer import Typer, Unshaped
from symnet.lecture.evaluation.reading import Reading
from symnet.lecture.judging.known import is_slope
from symnet.lecture.judging.refutation import is_zero
from symnet.lecture.judging.wording import assumptions_of, shape_assumptions, undefined_there, understood
from symnet.lecture.proof.prove import prove
from symnet.lecture.reader.syntax import Derivative, Nabla
from symnet.lecture.trial.compare import equal
from symnet.lecture.trial.run import Outcome, outcome_of
from symnet.lecture.verdict import Assumption, Finding

ZERO = "both sides are zero wherever it was tried: nothing is shown by that"


def accept(claim: Claim, outcome: Outcome, reading: Reading, clash: Clash | None, steps: float) -> Finding:
    if not (is_zero(claim.left) or is_zero(claim.right)):
        slopes = any(map(is_slope, (*claim.parts, *(part for d in outcome.used for part in d.body.walk()))))
        vanishes = outcome.always_zero and (slopes or _at_a_point(outcome))
        if vanishes or outcome.negligible and _at_a_value(claim, outcome):
            return blank(claim, "needs-context", reason=ZERO)
    assumptions = assumptions_of(claim, outcome, reading)
    if outcome.gap:
        return undefined_there(claim, outcome)
    sizes = set(clash.sizes) if clash is not None else set()
    if len(sizes) == 2 and not sizes <= claim.context.declared:  # type: ignore[union-attr]
        equal_sizes = f"{shown(clash.sizes[0])} = {shown(clash.sizes[1])}"  # type: ignore[union-attr]
        return _where(equal_sizes, claim, reading, assumptions)
    if len(sizes) == 2 and not _holds_apart(claim, reading):
        return blank(
            claim,
            "ill-typed",
            method="shape",
            reading=understood(claim, reading.scalars),
            reason=f"{clash} (it holds where they are equal)",
            assumptions=shape_assumptions(claim),
        )
    if not reading.scalars and (name := _made_square(claim)):
        return _where(f"{name} is square", claim, reading, assumptions)
    proof = None
    at_values = any("=" in condition.relations for condition in claim.conditions)
    if (
        not at_values
        and reading in (Reading(), Reading(sigma=True))
        and not names_behind(claim) & set(_arrays_to_arrays(claim))
    ):
        proof = _proved(claim, reading, steps)
    points = f"equal at {outcome.cases} points, ranges {', '.join(sorted(outcome.regimes))}, 30 digits"
    if outcome.sizes:
        points += ", sizes 2 to 4, equal and unequal"
    if proof is not None:
        return blank(
            claim,
            "proved",
            method="symbolic",
            reading=understood(claim, reading.scalars),
            reason=f"equal by normal form; {points}",
            assumptions=(*assumptions, *proof),
        )
    return blank(
        claim,
        "holds",
        method="numeric",
        reading=understood(claim, reading.scalars),
        reason=points,
        assumptions=assumptions,
    )


def _where(unsaid: str, claim: Claim, reading: Reading, assumptions: tuple[Assumption, ...]) -> Finding:
    """It holds under a hypothesis that the text does not state."""
    return blank(
        claim,
        "needs-hypothesis",
        method="numeric",
        reading=understood(claim, reading.scalars),
        reason=f"holds where {unsaid}, which stands nowhere",
        assumptions=(Assumption(unsaid, "not stated"), *assumptions),
    )


def _made_square(claim: Claim) -> str:
    r"""A matrix with orthonormal columns that is square only since the two sides need one shape; or empty.

    ``V V^\top = V^\top V`` does not follow from ``V^\top V = I``.
    """
    context = claim.context
    assert context is not None and claim.left is not None and claim.right is not None
    told = [key for key in sorted(names_behind(claim)) if len(orthonormal(context, key)) == 1]
    if not told:
        return ""
    typer = Typer(context, context.sizes.copy(), "square")

    def square() -> set[str]:
        return {key for key in told if typer.axis(key, 0) == typer.axis(key, 1)}

    try:
        left, right = typer.shape(claim.left), typer.shape(claim.right)
        before = square()
        typer.broadcast(left, right, claim.left.span)
    except (Clash, Unshaped, RecursionError):
        return ""
    return min(square() - before, default="")


def _at_a_point(outcome: Outcome) -> bool:
    """Was what a function is taken of put in as the document defines it: only at the root z of f(z), say?"""
    taken = {p.key for d in outcome.used for p in d.parameters or () if isinstance(p, Ref)}
    return any(d.parameters is None and d.key in taken for d in outcome.used)


def _at_a_value(claim: Claim, outcome: Outcome) -> bool:
    """Was what the claim differentiates by put in as the document defines it: only at the place of a minimum, say?"""
    variables = set()
    for part in claim.parts:
        by = part.by if isinstance(part, (Derivative, Nabla)) else part.args if getattr(part, "primes", 0) else ()  # type: ignore[attr-defined]
        variables |= {r.key for r in by if isinstance(r, Ref)}
    return any(d.key in variables and d.parameters is None for d in outcome.used)


def _holds_apart(claim: Claim, reading: Reading) -> bool:
    """Does the claim hold where the sizes that seemed to clash are different?"""
    assert claim.context is not None
    outcome = outcome_of(claim, equal, reading=reading, classes=claim.context.sizes.copy(), wanted=3)
    return outcome is not None and outcome.holds


def _arrays_to_arrays(claim: Claim) -> list[str]:
    """Open functions of which the author says more than a proof could use."""
    assert claim.context is not None
    return [key for key, kind in claim.context.maps.items() if kind != "elementwise"]


def _proved(claim: Claim, reading: Reading, steps: float) -> tuple[Assumption, ...] | None:
    proof = prove(claim, reading, 0.3 * steps)
    return None if proof is None else tuple(proof.assumptions)
