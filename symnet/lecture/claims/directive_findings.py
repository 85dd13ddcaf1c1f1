"""What is wrong with the directives of an author: no effect, or against the document."""

from __future__ import annotations

from collections.abc import Iterator

from symnet.lecture.context.context import Context
from symnet.lecture.context.extents import size_name
from symnet.lecture.context.facts import facts_of
from symnet.lecture.context.record import place_of
from symnet.lecture.context.refs import Ref, pairs, refs, spelling
from symnet.lecture.context.sizes import ONE
from symnet.lecture.documents.directives import BESIDE, name_of, written
from symnet.lecture.documents.items import Directive
from symnet.lecture.knowledge.hypotheses import fact_of, has_moment
from symnet.lecture.reader.syntax import Call, Dimensions, Expr, Power, Space, Statement, Symbol, Tuple
from symnet.lecture.verdict import Finding


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
