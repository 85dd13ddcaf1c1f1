"""What the author's directives do for a claim, and the names and parts that it relies on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from symnet.lecture.claims.claim import Claim
from symnet.lecture.context.record import Line
from symnet.lecture.context.refs import LOSS, Ref, refs, spelling
from symnet.lecture.documents.directives import name_of, written
from symnet.lecture.documents.items import Directive
from symnet.lecture.evaluation.reading import Reading
from symnet.lecture.reader.syntax import Call, Derivative, Expr, Nabla, Plus, Prime, Product
from symnet.lecture.verdict import Assumption, Finding

LAYOUTS = {"numerator": "jacobian", "denominator": "transposed"}


def names_behind(claim: Claim) -> frozenset[str]:
    """The names that a claim speaks of, and those that their definitions speak of."""
    return frozenset(r.key for part in parts_behind(claim) for r in refs(part))


def parts_behind(claim: Claim, authored: bool = False) -> list[Expr]:
    """Both sides and the definitions behind them; only those of the author if ``authored``."""
    context = claim.context
    sides = claim.sides
    if context is None:
        return []
    seen: set[str] = set()
    todo = [(side, not authored) for side in sides]
    found = []
    while todo:
        part, wanted = todo.pop()
        found += [part] if wanted else []
        for key in {r.key for r in refs(part)} - seen:
            seen.add(key)
            todo += [(d.body, not authored or bool(d.source)) for d in context.definitions_of(key, claim.order)]
    return found


def added_to(claim: Claim) -> frozenset[str]:
    """Names whose gradient is added to: it may stand for what the loss gives by itself.

    A definition behind the claim does so, or a factor of a side.
    """
    sides = claim.sides
    sums = [part for part in parts_behind(claim) if isinstance(part, Plus) and not any(part is s for s in sides)]
    sums += [p for side in sides if isinstance(side, Product) for p in side.walk() if isinstance(p, Plus)]
    terms = [term for part in sums for term in part.terms if isinstance(term, Derivative) and len(term.by) == 1]
    return frozenset(
        t.by[0].key for t in terms if isinstance(t.of, Ref) and t.of.key == LOSS and isinstance(t.by[0], Ref)
    )


def chosen(claim: Claim) -> dict[str, Any]:
    """The fields of a reading that the author has settled for this claim."""
    said: dict[str, Any] = {}
    for d in _settings(claim):
        if d.kind == "layout":
            said["layout"] = LAYOUTS[d.value]
        elif d.kind == "log":
            base = 0.0 if d.value == "natural" else float(d.value.removeprefix("base "))
            said["log_base"] = int(base) if base == int(base) else base
        elif d.kind == "reading":
            said["scalars"] = d.value == "scalar"
            if d.value != "matrix":
                said["elementwise"] = d.value == "elementwise"
    return said


def usual(claim: Claim) -> Reading:
    """The reading that is tried first."""
    return replace(Reading(), **chosen(claim))


def _settings(claim: Claim) -> list[Directive]:
    """The layout, the logarithm and the reading that the author chose, where they matter to the claim."""
    if claim.context is None or not 0 <= claim.order < len(claim.context.lines):
        return []
    said = claim.context.lines[claim.order].said.settings
    beside = [d for d in claim.beside if d.kind == "reading"][-1:]
    if not said:
        return beside
    parts = [part for side in parts_behind(claim) for part in side.walk()]
    slopes = any(isinstance(p, Derivative | Nabla | Prime) for p in parts)
    arrays = any(isinstance(p, Ref) and claim.context.rank(p) > 0 for p in parts)
    logs = any(isinstance(p, Call) and isinstance(p.function, Ref) and p.function.key == "log" for p in parts)
    matters = {"layout": slopes and arrays, "log": logs}
    return [d for d in said if matters[d.kind]] + beside


def conditions_on(claim: Claim) -> list[Line]:
    """The assumptions of the author that have to be met where the claim is tried."""
    assert claim.context is not None
    if not claim.context.conditions:
        return []
    names = names_behind(claim)
    return [line for line in claim.context.conditions if names & {r.key for r in refs(line.statement)}]


def with_directives(claim: Claim, finding: Finding) -> Finding:
    """A finding with the directives that it relies on among its assumptions."""
    skipped = [d for d in claim.beside if d.kind == "skip"]
    if skipped or claim.finding is not None or claim.context is None or not claim.relation:
        return _assuming(finding, [(written(d), d.source) for d in skipped])
    return _assuming(finding, [(written(d), d.source) for d in _used(claim)])


def _assuming(finding: Finding, said: list[tuple[str, str]]) -> Finding:
    known = {a.source for a in finding.assumptions}
    new = [Assumption(fact, f"directive, {source}") for fact, source in dict.fromkeys(said)]
    return replace(finding, assumptions=(*finding.assumptions, *(a for a in new if a.source not in known)))


def _used(claim: Claim) -> Iterator[Directive]:
    """The directives that are about the names behind a claim, and those on how to read it."""
    context = claim.context
    assert context is not None
    names = names_behind(claim)
    defining = {
        d.source
        for key in names
        for d in context.definitions_of(key, claim.order)
        if d.source and d.order != claim.order
    }
    assumed = {line.said.source: {r.key for r in refs(line.statement)} for line in context.lines if line.said.assumed}
    for d in context.author.directives:
        if d.kind == "define":
            used = d.source in defining
        elif d.kind == "assume":
            used = bool(assumed.get(d.source, set()) & names)
        elif d.kind == "random":
            used = claim.kind in ("moment", "distribution") and context.author.key(context.naming, d) in names
        elif d.kind == "known":
            used = bool({context.author.meanings[spelling(name_of(d.subject))].name, f"\\{d.value}"} & names)
        else:
            used = bool(d.subject) and context.author.key(context.naming, d) in names
        if used:
            yield d
    yield from _settings(claim)
