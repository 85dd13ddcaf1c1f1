"""Verdicts: refute first, then prove; say what was shown and under which assumptions."""

from __future__ import annotations

from dataclasses import replace

from symnet.lecture import effort
from symnet.lecture.claims.authored import parts_behind, with_directives
from symnet.lecture.claims.claim import Claim, blank
from symnet.lecture.claims.collect import claims_of
from symnet.lecture.context.context import Context
from symnet.lecture.context.ranks import STRONG, free_count
from symnet.lecture.context.refs import LOSS, Ref, refs
from symnet.lecture.context.sizes import Clash
from symnet.lecture.judging.corrections import correct, holds_plainly
from symnet.lecture.judging.definitions import judge_definition
from symnet.lecture.judging.equality import judge_equality
from symnet.lecture.judging.foundations import on_sound_ground
from symnet.lecture.judging.inequality import judge_inequality
from symnet.lecture.judging.known import is_known
from symnet.lecture.judging.moment_claims import judge_moment_claim
from symnet.lecture.judging.shape_claims import judge_shape
from symnet.lecture.judging.singles import false_for_numbers, false_for_squares
from symnet.lecture.judging.terms import term_by_term
from symnet.lecture.reader.syntax import SAID_BESIDE, Call, Derivative, Expr, Plus
from symnet.lecture.trial.sizes import claim_sizes
from symnet.lecture.trial.unknowns import derivatives
from symnet.lecture.values.errors import ENDLESS
from symnet.lecture.verdict import ACCEPTED, FOUND, Finding
from symnet.lecture.workers import so_far


def judge(claim: Claim, steps: float = effort.CLAIM) -> Finding:
    """The finding on one claim; it is found in about as many ``steps`` at most."""
    return with_directives(claim, on_sound_ground(claim, steps, _under_conditions))


def _under_conditions(claim: Claim, steps: float, early: bool) -> Finding:
    """The finding on a claim; one that holds without what the prose beside it says is not refuted by that."""
    said = tuple(c for c in claim.conditions if c.span != SAID_BESIDE)
    free = len(said) == len(claim.conditions)
    finding = _decided(claim, steps, early and free)
    if finding.verdict in FOUND and not free:
        without = replace(claim, conditions=said)
        return _judge(without, steps / 2) if holds_plainly(without, effort.until(steps / 2)) else finding
    return finding


def _decided(claim: Claim, steps: float, early: bool) -> Finding:
    """The finding with a correction; a refutation is told ``early``, since the search for one may take too long."""
    terms = term_by_term(claim)
    if terms is not None and (claim.relation != "=" or _judge(claim, steps / 2).verdict not in ACCEPTED):
        claim = terms
    finding = _judge(claim, steps)
    if finding.verdict not in FOUND or finding.correction is not None or claim.left is None:
        return finding
    if finding.method == "numeric" and (name := carried(claim)):
        reason = f"the gradient of {name} at one step comes through all later steps"
        return replace(finding, verdict="needs-context", method="none", counterexample=None, reason=reason)

    uncorrected = _uncorrected(claim, finding, steps)
    if early and uncorrected.verdict in FOUND:
        so_far(with_directives(claim, uncorrected))
    correction = correct(claim, lambda other: _judge(other, steps / 4).verdict in ACCEPTED, steps / 2)
    return replace(finding, correction=correction) if correction else uncorrected


def _uncorrected(claim: Claim, finding: Finding, steps: float) -> Finding:
    """What is left of a refutation where nothing near the claim is true: it may be read wrongly."""
    unknown = replace(finding, verdict="needs-context", method="none", counterexample=None)
    if finding.verdict == "refuted" and finding.method == "numeric" and of_open_function(claim):
        return false_for_numbers(claim, steps / 4) or replace(
            finding, verdict="condition", counterexample=None, reason="it says what a function is like"
        )
    if finding.verdict == "ill-typed" and not declared(claim) or finding.method == "numeric" and guessed(claim):
        reason = f"as read it fails ({finding.reason}), but shapes were inferred; {declarations(claim)}"
        return (
            false_for_numbers(claim, steps / 4)
            or finding.method == "numeric"
            and _of_weights(claim)
            and false_for_squares(claim, steps / 4)
            or replace(unknown, reason=reason)
        )
    if left_open := open_in_author(claim):
        reason = f"it does not hold for every {left_open} of the author's directives; say what it is"
        return replace(unknown, reason=reason)
    return finding


def of_open_function(claim: Claim) -> bool:
    """Is the claim about a function that is nowhere defined?"""
    return any(
        isinstance(p, Call) and isinstance(p.function, Ref) and not is_known(claim, p.function.key)
        for side in (claim.left, claim.right)
        if side is not None
        for p in side.walk()
    )


def guessed(claim: Claim) -> bool:
    """Does the claim hold vectors or matrices whose shapes nobody declared?"""
    context = claim.context
    if context is None or claim.left is None or claim.right is None or claim.kind == "shape":
        return False
    vectors = [r for side in (claim.left, claim.right) for r in refs(side) if context.rank(r) > 0]
    return any(not _settled(context, r, claim.order) for r in vectors)


#: capitals of weights and data, which are any matrices: nobody takes them for symmetric or orthogonal
WEIGHTS = frozenset(("W", "X", "\\Theta"))


def _of_weights(claim: Claim) -> bool:
    """Is every array of a claim declared, a matrix of weights or data, or a formula of such?"""
    context = claim.context
    if context is None or claim.left is None or claim.right is None:
        return False
    names = [r for side in (claim.left, claim.right) for r in refs(side) if context.rank(r) > 0]
    return bool(names) and all(_settled(context, r, claim.order, custom=True) for r in names)


def _settled(context: Context, ref: Ref, order: int, custom: bool = False, seen: frozenset[str] = frozenset()) -> bool:
    """Is the shape of a vector or matrix declared, or that of a formula of such?  Or by ``custom`` that of weights?"""
    if context.ranks.known.get((ref.key, free_count(ref)), (0, 0))[1] >= STRONG:
        return True
    if custom and ref.key.split("_")[0] in WEIGHTS and context.rank(ref) == 2:
        return True
    if ref.key in seen:
        return False
    bodies = [d.body for d in context.definitions_of(ref.key, order) if d.parameters is None]
    inner = [r for body in bodies for r in refs(body) if context.rank(r) > 0]
    return bool(inner) and all(_settled(context, r, order, custom, seen | {ref.key}) for r in inner)


def carried(claim: Claim) -> str:
    """A name whose entries follow from each other, and whose gradient, of a loss left open, the right side takes.

    A definition in which it is one of several parts counts too; one that only names it says no more than it does.
    """
    context = claim.context
    if context is None or claim.right is None or context.naming.loss != LOSS:
        return ""

    def bodies(key: str) -> list[Expr]:
        return [d.body for d in context.definitions_of(key, claim.order)]

    def reaches(key: str, other: str) -> bool:
        return any(context.reaches(body, other, claim.order) for body in bodies(key))

    behind = [part for part in parts_behind(replace(claim, left=None)) if not isinstance(part, Derivative)]
    named = {by.key for part in (claim.right, *behind) for _, by in derivatives(part) if isinstance(by, Ref)}
    circular = [key for key in sorted(named) if reaches(key, key)]
    bodies_between = [b for key in context.definitions if any(reaches(c, key) for c in circular) for b in bodies(key)]
    stepped = any(
        len(r.indices) > 1 and any(isinstance(i, Plus) for i in r.indices) for b in bodies_between for r in refs(b)
    )
    return circular[0] if circular and stepped else ""


def open_in_author(claim: Claim) -> str:
    """A function that the author uses in a definition behind the claim and says nothing of, or ""."""
    calls = [p for part in parts_behind(claim, authored=True) for p in part.walk() if isinstance(p, Call)]
    functions = sorted({p.function.key for p in calls if isinstance(p.function, Ref)})
    return next((key for key in functions if not is_known(claim, key)), "")


def declarations(claim: Claim) -> str:
    """The lines that declare the shapes which were inferred for the names of a claim."""
    context = claim.context
    assert context is not None
    names = {r.key: r for side in (claim.left, claim.right) if side is not None for r in refs(side)}
    letters = iter("nmdkpqrsuv")
    sizes: dict[str, str] = {}
    lines = []
    for key, ref in names.items():
        rank = context.rank(ref)
        if rank and context.ranks.known.get((key, free_count(ref)), (0, 0))[1] < STRONG:
            axes = [context.sizes.find(f"axis:{key}:{free_count(ref) + k}") for k in range(rank)]
            for axis in axes:
                plain = axis.split(":")[-1] if axis == "1" or axis.startswith(("size:", "const:")) else ""
                sizes.setdefault(axis, plain if plain.isalnum() else next(letters, "n"))
            lines.append(f"shape {context.naming.latex(key)} = {' x '.join(sizes[axis] for axis in axes)}")
    return f"add: {'; '.join(lines)}" if lines else "declare them with shape"


def declared(claim: Claim) -> bool:
    """Do declared sizes clash?"""
    if claim.kind == "shape" or claim.context is None:
        return True
    try:
        claim_sizes(claim, strict=True)
    except Clash as clash:
        return len(clash.sizes) == 2 and set(clash.sizes) <= claim.context.declared
    return False


def _follows(claim: Claim) -> bool:
    """Is it a part of ``A => B``?"""
    relations = () if claim.context is None else claim.context.lines[claim.order].statement.relations
    return any(r in ("imp", "iff") for k, r in enumerate(relations) if k != claim.place)


def _of_the_document(claim: Claim) -> bool:
    """Does the claim speak of anything that the document defines?"""
    sides = [side for side in (claim.left, claim.right) if side is not None]
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
        return blank(claim, "not-understood", reason=f"{r.reason}{token}")
    if not claim.relation:
        return blank(claim, "definition", reason="an expression: nothing is claimed of it")
    if claim.kind == "shape":
        return judge_shape(claim)
    if claim.kind == "moment" or claim.kind == "distribution":
        return judge_moment_claim(claim)
    if claim.kind in ("update", "definition"):
        return judge_definition(claim, steps)
    if claim.kind == "inequality":
        finding = judge_inequality(claim, steps)
        return finding if (opened := opened_circle(claim, finding)) is None else judge_inequality(opened, steps)
    if claim.kind == "approximation":
        return blank(claim, "approximation", reason="not checkable as stated")
    if claim.kind in ("equality", "derivative"):
        finding = judge_equality(claim, steps)
        if (opened := opened_circle(claim, finding)) is not None:
            finding = judge_equality(opened, steps)
        general = finding.verdict == "needs-context" or not _of_the_document(claim)
        if finding.verdict not in ACCEPTED and _follows(claim) and general:
            return blank(claim, "condition", reason="it is said to follow, and is not asserted by itself")
        return finding
    return blank(claim, "condition", reason="a statement that is not asserted as an equation")


def opened_circle(claim: Claim, finding: Finding) -> Claim | None:
    """The claim with a name of its own as a variable, where the document defines this name through itself.

    ``z = log(p / (1 - p))`` and ``p = 1 / (1 + e^{-z})`` say the same; of the two, z is free where a claim is about z.
    """
    context = claim.context
    if finding.verdict != "not-understood" or not finding.reason.endswith(ENDLESS) or context is None:
        return None
    sides = [side for side in (claim.left, claim.right) if side is not None]
    varied = [by for side in sides for _, by in derivatives(side)]
    varied += [a for side in sides for p in side.walk() if isinstance(p, Call) for a in p.args]
    names = [r for r in varied if isinstance(r, Ref)] + [r for side in sides for r in refs(side)]
    for key in dict.fromkeys(r.key for r in names):
        if any(context.reaches(d.body, key, claim.order) for d in context.definitions_of(key, claim.order)):
            return replace(claim, context=context.with_open(key))
    return None


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


__all__ = ["claims_of", "explain", "judge"]
