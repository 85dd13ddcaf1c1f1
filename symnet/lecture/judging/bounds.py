"""Bounds that the text around a claim tells of its names: "for ``$L \\ge 1$`` Bernoulli says that ...", and a proof."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from symnet.lecture.claims.authored import names_behind
from symnet.lecture.claims.claim import Claim
from symnet.lecture.claims.conditions import NEAR, is_condition
from symnet.lecture.context.cases import exclude
from symnet.lecture.context.facts import is_fact
from symnet.lecture.context.record import Line
from symnet.lecture.context.refs import refs
from symnet.lecture.latex.printer import latex_of
from symnet.lecture.reader.syntax import BORDERS, SAID_BESIDE
from symnet.lecture.verdict import ACCEPTED, Assumption, Finding


def within_bounds(claim: Claim, finding: Finding, judged: Callable[[Claim], Finding]) -> Finding | None:
    """What is said of a claim that fails, and holds where the bounds told near it do; None where it fails there too."""
    told = list(_bounds(claim))
    told = [a for a in told if not any(exclude(a.statement, b.statement) for b in told)]  # of several cases
    if not told:
        return None
    said = tuple(replace(line.statement, span=SAID_BESIDE) for line in told)
    found = judged(replace(claim, conditions=(*claim.conditions, *said)))
    if found.verdict not in ACCEPTED:
        return None
    bounds = tuple(Assumption(latex_of(line.statement), line.place) for line in told)
    facts = {bound.fact for bound in bounds}
    where = ", ".join(f"{bound.fact} ({bound.source})" for bound in bounds)
    return replace(
        finding,
        verdict="needs-hypothesis",
        correction=None,
        reason=f"holds where {where}, if that is meant here; fails without it",
        assumptions=(*(a for a in found.assumptions if a.fact not in facts), *bounds),
    )


def _bounds(claim: Claim) -> Iterator[Line]:
    """The bounds of names of a claim that are told near it, under the same heading, and are not yet assumed."""
    context = claim.context
    if context is None or not 0 <= claim.order < len(context.lines):
        return
    here, names = context.lines[claim.order], names_behind(claim)
    for line in context.lines[max(0, claim.order - NEAR) : claim.order + NEAR]:
        statement = line.statement
        if line is here or line.said.section != here.said.section or not set(statement.relations) <= set(BORDERS):
            continue
        if is_condition(line.raw) and not is_fact(statement) and {r.key for r in refs(statement)} <= names:
            yield line
