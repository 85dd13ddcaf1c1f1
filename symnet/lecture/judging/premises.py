r"""What stands before an arrow: ``p = \sigma(z) \Rightarrow ...`` is of that p."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from symnet.lecture.claims.claim import Claim
from symnet.lecture.context.defining import as_definition
from symnet.lecture.context.refs import pairs

ARROWS = ("imp", "iff")


def follows(claim: Claim) -> bool:
    """Is it a part of ``A => B``?"""
    relations = () if claim.context is None else claim.context.lines[claim.order].statement.relations
    return any(r in ARROWS for k, r in enumerate(relations) if k != claim.place)


def under_premises(claim: Claim) -> Iterator[Claim]:
    """The claim behind an arrow, where names mean what stands before the arrow."""
    context = claim.context
    assert context is not None
    line = context.lines[claim.order]
    before = line.statement.relations[: claim.place]
    if claim.relation != "=" or "imp" not in before:
        return
    said = zip(pairs(line.statement), before)
    found = [as_definition(context, a, b, line, k) for k, ((a, b), how) in enumerate(said) if how == "="]
    if premises := [d for d in found if d is not None]:
        yield replace(claim, context=context.with_premises(premises))
