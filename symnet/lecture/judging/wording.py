"""Findings in words: how a claim was understood, what was assumed, what is missing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from symnet.lecture.claims.authored import chosen
from symnet.lecture.claims.claim import Claim, blank
from symnet.lecture.claims.spectra import with_norms_of_order_2, with_real_eigenvalues
from symnet.lecture.context.identities import without_number, without_numbers
from symnet.lecture.context.refs import LAYER, SAMPLE, Ref, refs
from symnet.lecture.evaluation.reading import Reading
from symnet.lecture.judging.readings import PLAIN
from symnet.lecture.latex.printer import latex_of
from symnet.lecture.reader.syntax import RELATIONS, SAID_BESIDE, Call, Expr
from symnet.lecture.trial.run import Outcome
from symnet.lecture.values.errors import NeedsContext
from symnet.lecture.verdict import Assumption, Finding


def undefined_there(claim: Claim, outcome: Outcome) -> Finding:
    """What is equal wherever both sides are defined, and where the document allows a value for which one is not."""
    reason = f"equal where both sides are defined, and one of them divides by zero where {outcome.gap}"
    return blank(
        claim,
        "needs-hypothesis",
        method="numeric",
        reading=understood(claim),
        reason=f"{reason}, which the document allows",
        assumptions=assumptions_of(claim, outcome, Reading()),
    )


def missing(error: NeedsContext) -> str:
    """What is missing, with the line to add as it stands, or to write with something for the dots."""
    if not error.line:
        return str(error)
    ready = error.line.startswith("define ") and "..." not in error.line
    return f"{error}; {'add' if ready else 'write'}: {error.line}"


#: a fact about the values of a name, in words; tried as a hypothesis in this order
FACTS = {
    "simplex": "the entries of {} are positive and sum to 1",
    "joint": "all entries of {} are positive and sum to 1 together",
    "bits": "{} is 0 or 1",
    "signs": "{} is -1 or 1",
    "symmetric": "{} is symmetric",
    "orthogonal": "{} is orthogonal",
    "diagonal": "{} is diagonal",
    "length": "{} has length 1",
    "lengths": "each {} has length 1",
    "positive": "{} > 0",
    "negative": "{} < 0",
    "unit": "0 < {} < 1",
    "definite": "{} is symmetric and positive definite",
    "semidefinite": "{} is symmetric and positive semidefinite",
    "natural": "{} is a natural number",
    "integer": "{} is an integer",
    "even": "{} is even",
    "odd": "{} is odd",
}


def understood(claim: Claim, scalars: bool = False) -> str:
    """The claim as it was understood, with what its names are where they are not all ``scalars``."""
    if claim.left is None:
        return ""
    try:
        words = latex_of(claim.left)
        if claim.right is not None:
            words += f" {RELATIONS[claim.relation]} {latex_of(claim.right)}"
    except Exception:  # a part of a resolved tree that the printer does not know
        return claim.text
    ranks = "" if scalars else _rank_words(claim)
    return words + (f"  ({ranks})" if ranks else "")


def _rank_words(claim: Claim) -> str:
    assert claim.context is not None and claim.left is not None
    names: dict[str, str] = {}
    functions = {id(part.function) for part in claim.parts if isinstance(part, Call)}
    for side in claim.sides:
        for ref in refs(side):
            rank = 0 if id(ref) in functions else claim.context.rank(ref)
            if rank and ref.key not in names:
                row = ref.key in claim.context.rows
                names[ref.key] = "matrix" if rank == 2 else "row vector" if row else "vector"
    return ", ".join(dict.fromkeys(f"{without_number(k)} a {v}" for k, v in names.items()))


def assumptions_of(claim: Claim, outcome: Outcome, reading: Reading) -> tuple[Assumption, ...]:
    assert claim.context is not None
    out = []
    for d in outcome.used:
        try:
            body = latex_of(d.body)
        except Exception:  # as in _reading
            body = "..."
        head = d.key if d.parameters is None else f"{d.key}({', '.join(getattr(p, 'key', '?') for p in d.parameters)})"
        out.append(Assumption(f"{head} = {body}", d.place))
    for condition in claim.conditions:
        if condition.span == SAID_BESIDE:
            out.append(Assumption(latex_of(condition), claim.context.lines[claim.order].place))
    for known in claim.context.facts_at(claim.order):
        if known.key in outcome.left_touched | outcome.right_touched:
            out.append(Assumption(FACTS.get(known.what, "{} is " + known.what).format(known.key), known.source))
    symmetric = (FACTS["symmetric"].format(key) for key in with_real_eigenvalues(claim))
    out += [Assumption(fact, "its eigenvalues are taken") for fact in symmetric]
    if with_norms_of_order_2(claim):
        out.append(Assumption(r"\|.\|_2 of a matrix is its largest singular value", "convention"))
    reading = replace(reading, **{name: getattr(PLAIN, name) for name in chosen(claim)})
    if reading.describe():
        out.append(Assumption(reading.describe(), "convention"))
    rows = claim.context.softmax_of_rows()
    if rows and any(_is_softmax_of_matrix(p, claim) for body in _bodies(claim, outcome) for p in body.walk()):
        out.append(Assumption("the softmax of a matrix is taken of each row", rows))
    ranks = "" if reading.scalars else _rank_words(claim)
    if ranks:
        out.append(Assumption(ranks, "inferred from the document"))
    return tuple(out)


def _bodies(claim: Claim, outcome: Outcome) -> Iterator[Expr]:
    """The sides of a claim and the definitions that they used."""
    yield from (side for side in claim.sides if side is not None)
    yield from (d.body for d in outcome.used)


def _is_softmax_of_matrix(part: Expr, claim: Claim) -> bool:
    if not isinstance(part, Call) or not isinstance(part.function, Ref) or len(part.args) != 1:
        return False
    assert claim.context is not None
    return part.function.key.strip("\\") == "softmax" and claim.context.ranks.rank(part.args[0]) == 2


def shape_assumptions(claim: Claim) -> tuple[Assumption, ...]:
    words = _rank_words(claim)
    return (Assumption(words, "inferred from the document"),) if words else ()


def left_open(finding: Finding, reason: str) -> Finding:
    """The finding without what was found against the claim, which ``reason`` puts in doubt."""
    return replace(finding, verdict="needs-context", method="none", counterexample=None, correction=None, reason=reason)


def in_plain_names(finding: Finding) -> Finding:
    """A finding without the marks by which identity matrices of several sizes and equal names are told apart."""
    reading, reason = _plain(finding.reading), _plain(finding.reason)
    correction = None if finding.correction is None else _plain(finding.correction)
    assumptions = tuple(replace(a, fact=_plain(a.fact)) for a in finding.assumptions)
    example = finding.counterexample
    if example is not None and isinstance(values := example.get("values"), dict):
        example = {**example, "values": {_plain(name): value for name, value in values.items()}}
    finding = replace(finding, reading=reading, reason=reason, correction=correction)
    return replace(finding, assumptions=assumptions, counterexample=example)


def _plain(text: str) -> str:
    """A text without what tells names apart that are written alike."""
    return without_numbers(text).replace(LAYER, "").replace(SAMPLE, "")
