"""What the author's directives do for a claim, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from symnet.lecture.claims.claim import Claim
from symnet.lecture.context.context import Context
from symnet.lecture.context.extents import size_name
from symnet.lecture.context.facts import facts_of
from symnet.lecture.context.record import Line, place_of
from symnet.lecture.context.refs import LOSS, Ref, pairs, refs, spelling
from symnet.lecture.context.sizes import ONE
from symnet.lecture.documents.directives import BESIDE, name_of, written
from symnet.lecture.documents.items import Directive
from symnet.lecture.evaluation.reading import Reading
from symnet.lecture.knowledge.hypotheses import fact_of, has_moment
from symnet.lecture.reader.syntax import (
    Call,
    Derivative,
    Dimensions,
    Expr,
    Nabla,
    Plus,
    Power,
    Prime,
    Space,
    Statement,
    Symbol,
    Tuple,
)
from symnet.lecture.verdict import Assumption, Finding

LAYOUTS = {"numerator": "jacobian", "denominator": "transposed"}


# -- what a claim relies on -------------------------------------------------------------------------------------------


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
    """Names whose gradient a definition behind the claim adds to: it may stand for what the loss gives by itself."""
    sides = (claim.left, claim.right)
    sums = [part for part in parts_behind(claim) if isinstance(part, Plus) and not any(part is s for s in sides)]
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


# -- what is wrong with a directive -----------------------------------------------------------------------------------


def findings_on(context: Context) -> Iterator[Finding]:
    """One finding for each directive that has no effect or contradicts the document."""
    for d in context.author.directives:
        if d.kind in BESIDE or d.kind in ("layout", "log"):
            continue
        wrong = _wrong(context, d)
        if wrong is not None:
            verdict, reason = wrong
            line = max(d.line, 1)
            yield Finding(
                line, 1, line, written(d), 0, "directive", verdict, reason=f"{d.source}: {reason}", claim=written(d)
            )


def _wrong(context: Context, d: Directive) -> tuple[str, str] | None:
    """The verdict on a directive and the reason, or None where it is in order."""
    if d.kind == "assume":
        return _wrong_assumption(context, d)
    name = name_of(d.subject) if d.kind != "define" else None
    if d.kind == "define":
        line = next(line for line in context.lines if line.said.source == d.source and not line.said.assumed)
        name = _head(line.raw.terms[0])
        if any(x.order == line.order for x in context.rejected):
            return "ill-typed", "the shapes of its two sides do not fit"
        if not any(x.order == line.order for found in context.definitions.values() for x in found):
            return (
                "not-understood",
                "this defines nothing: a name or f(x) stands on the left, and not on the right",
            )
    if name is not None and not _occurs(context, name, d):
        return "not-understood", f"no formula of the document holds {d.subject}: it has no effect"
    if d.kind == "shape":
        return _wrong_shape(context, d)
    if d.kind == "function":
        return _wrong_function(context, d)
    return None


def _head(left: Expr) -> Symbol | None:
    name = left.function if isinstance(left, Call) else left.base if isinstance(left, Power) else left
    return name if isinstance(name, Symbol) else None


def _occurs(context: Context, name: Symbol, d: Directive) -> bool:
    """Does any statement but the directive itself hold the name?"""
    meant = context.author.meanings.get(spelling(name))
    wanted = {spelling(name)} if meant is None else {meant.name, spelling(name)}
    key = context.naming.ref(name).key
    return any(
        isinstance(part, Symbol) and (part.name in wanted or spelling(part) in wanted)
        for line in context.lines
        if line.said.source != d.source
        for part in line.raw.walk()
    ) or any(r.key == key for line in context.lines if line.said.source != d.source for r in refs(line.statement))


def _wrong_assumption(context: Context, d: Directive) -> tuple[str, str] | None:
    line = next(line for line in context.lines if line.said.source == d.source and line.said.assumed)
    if line in context.conditions or _is_about_moments(line.raw):
        return None
    said = [k for (a, b), r in zip(pairs(line.statement), line.statement.relations) for k in facts_of(a, b, r, "")]
    if not said:
        return "not-understood", (
            "this can not be assumed: write an inequality, a sum that is 1, a set such as y \\in \\{0, 1\\}, A = A^T "
            "or a moment; what a name stands for is said with define"
        )
    key = said[0].key
    if context.is_defined(key):
        where = context.definitions[key][0].place
        return "not-understood", f"{key} is defined ({where}), and its values follow from there: it has no effect"
    if not any(r.key == key for other in context.lines if other is not line for r in refs(other.statement)):
        return "not-understood", f"no formula of the document holds {key}: it has no effect"
    return None


def _is_about_moments(statement: Statement) -> bool:
    """Do the rules of moments take it for a fact: E[x] = 0, x ~ N(0, 1)?"""
    return fact_of(statement, "") is not None and (has_moment(statement) or "sim" in statement.relations)


def _wrong_shape(context: Context, d: Directive) -> tuple[str, str] | None:
    """Does the document state another shape?"""
    ref, sizes = context.author.ref(context.naming, d), context.author.sizes(context.naming, d)
    for line in context.lines:
        for item, stated in _stated_shapes(line.statement):
            if item.key != ref.key or len(item.indices) != len(ref.indices):
                continue
            if not _may_be_equal(stated, sizes):
                return "ill-typed", f"the document states another shape on {place_of(line.line, line.said.source)}"
    return None


def _stated_shapes(statement: Statement) -> Iterator[tuple[Ref, tuple[Expr, ...]]]:
    for (left, right), relation in zip(pairs(statement), statement.relations):
        if relation == "in" and isinstance(right, Space):
            for item in left.items if isinstance(left, Tuple) else (left,):
                if isinstance(item, Ref):
                    yield item, tuple(right.dims)
        elif isinstance(left, Dimensions) and isinstance(left.arg, Ref) and left.word != "size":
            yield left.arg, right.items if isinstance(right, Tuple) else (right,)


def _may_be_equal(a: tuple[Expr, ...], b: tuple[Expr, ...]) -> bool:
    """Are two shapes the same, up to axes of size 1?"""
    return [s for s in map(size_name, a) if s != ONE] == [s for s in map(size_name, b) if s != ONE]


def _wrong_function(context: Context, d: Directive) -> tuple[str, str] | None:
    """Is the function defined with values of another kind?"""
    if d.value == "elementwise":
        return None
    for found in context.definitions.get(context.author.key(context.naming, d), ()):
        if found.parameters is None or found.source == d.source:
            continue
        rank = context.ranks.rank(found.body)
        if rank is not None and rank != ("scalar", "vector", "matrix").index(d.value.split()[-1]):
            return "ill-typed", f"its definition ({found.place}) gives a {('scalar', 'vector', 'matrix')[rank]}"
    return None


__all__ = ["chosen", "conditions_on", "findings_on", "names_behind", "usual", "with_directives"]
