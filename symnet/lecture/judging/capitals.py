"""Capitals that nobody introduced: what holds for numbers may not hold for the matrices that a lecture speaks of."""

from __future__ import annotations

import re
from dataclasses import replace

from symnet.lecture import effort
from symnet.lecture.claims.authored import usual
from symnet.lecture.claims.claim import Claim
from symnet.lecture.context.refs import Ref, is_upper, refs
from symnet.lecture.context.sizes import Clash
from symnet.lecture.judging.readings import of_matrix
from symnet.lecture.reader.syntax import Call, Derivative, Nabla
from symnet.lecture.trial.compare import equal
from symnet.lecture.trial.run import run
from symnet.lecture.trial.sizes import claim_sizes
from symnet.lecture.values.errors import NeedsContext, ShapeError, Unsupported
from symnet.lecture.values.scalars import Undefined
from symnet.lecture.verdict import ACCEPTED, Finding

_MATRICES = re.compile(r"\bmatri(?:x|ces)\b|\bматриц", re.IGNORECASE)


def of_numbers_only(claim: Claim, finding: Finding, steps: float) -> Finding:
    """The finding on an equation that was accepted for numbers, and fails for matrices, which its part speaks of."""
    if finding.verdict not in ACCEPTED or claim.kind != "equality" or claim.context is None:
        return finding
    names = _unintroduced(claim)
    if not names or not _speaks_of_matrices(claim):
        return finding
    there = replace(claim, context=claim.context.with_matrices(names))
    try:
        sizes = claim_sizes(there)
        for key in names:
            sizes.unite(f"axis:{key}:0", f"axis:{key}:1")
            sizes.unite(f"axis:{key}:0", f"axis:{names[0]}:0")
        reading = replace(usual(claim), series=any(of_matrix(there, p) for p in claim.parts))
        outcome = run(there, equal, reading=reading, end=effort.until(steps), classes=sizes)
    except (Unsupported, NeedsContext, ShapeError, Clash, Undefined):
        return finding
    if outcome.counterexample is None:
        return finding
    listed = ", ".join(names)
    reason = f"holds where every name is a scalar; otherwise not: it fails for matrices {listed}; say what they are"
    return replace(
        finding, verdict="reading-dependent", method="numeric", reason=reason, counterexample=outcome.counterexample
    )


def _unintroduced(claim: Claim) -> list[str]:
    """The capitals of an equation of which the document says nothing, if it has no other names."""
    context = claim.context
    assert context is not None
    functions = {p.function.key for p in claim.parts if isinstance(p, Call) and isinstance(p.function, Ref)}
    names = {r for side in claim.sides for r in refs(side) if r.key not in functions | {"e", "\\pi"}}
    parts = (part for line in context.lines for part in line.statement.walk())
    losses = {part.of.key for part in parts if isinstance(part, Derivative | Nabla) and isinstance(part.of, Ref)}
    known = {fact.key for fact in context.facts} | context.naming.sizes | losses
    for ref in names:
        lone = len(ref.key) == 1 and is_upper(ref.key) and not ref.indices
        if not lone or context.rank(ref) or context.is_defined(ref.key) or ref.key in known:
            return []
        if context.ranks.told.get((ref.key, 0)):
            return []
    return sorted(ref.key for ref in names)


def _speaks_of_matrices(claim: Claim) -> bool:
    """Does the prose under the heading of a claim, or the heading, speak of matrices?"""
    context = claim.context
    assert context is not None
    section = context.lines[claim.order].said.section
    beside = (line.prose for line in context.lines if line.said.section == section)
    return any(_MATRICES.search(text) for text in (*section, *beside))
