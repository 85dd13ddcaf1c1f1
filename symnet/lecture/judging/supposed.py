r"""A claim in a case that the text tells: names mean what ``If $p = q$, then ...`` supposes them to be."""

from __future__ import annotations

import re
from collections.abc import Iterator
from copy import copy
from dataclasses import replace
from fractions import Fraction

from symnet.lecture.claims.claim import Claim
from symnet.lecture.context.context import Context
from symnet.lecture.context.defining import suppositions
from symnet.lecture.context.record import Definition, Line
from symnet.lecture.context.refs import Ref, refs
from symnet.lecture.reader.syntax import SAID_BESIDE, Call, Expr, Number, Statement

#: what is said behind ``$f_1 = 1$`` of the entries beside it
OTHERS = re.compile(
    r"^[^.;…$]*\b(?:others?|rest|остальн\w*|прочи\w*)\b[^.;…$]*\b(?:0|zeros?|vanish\w*|нул\w*|нол\w*)", re.I
)


def supposing(claim: Claim) -> Claim:
    """The claim where names mean what its own sentence supposes."""
    if not suppositions(Statement((), conditions=claim.conditions)):
        return claim
    return _under(without_suppositions(claim), [line for line in _lines(claim.context) if _is_said_of(line, claim)])


def without_suppositions(claim: Claim) -> Claim:
    """The claim without what its sentence supposes names to be."""
    told = suppositions(Statement((), conditions=claim.conditions))
    return replace(claim, conditions=tuple(c for c in claim.conditions if c not in told))


def entangled(claim: Claim) -> list[Line]:
    """What the sentence of a claim supposes of names with formulas, in names that the claim speaks of all the same.

    ``a = b`` takes the place of ``a = u + v``, and says of u and v that v is 0 where ``b = u - v``.
    """
    context, there = claim.context, supposing(claim).context
    if context is None or there is None:
        return []
    names = there.names_behind(claim.sides) - context.naming.sizes
    found = [line for line in _lines(context) if _is_said_of(line, claim)]
    return [line for line in found if not names.isdisjoint(context.names_behind(_put_aside(context, line)))]


def _put_aside(context: Context, line: Line) -> Iterator[Expr]:
    """The formulas that what a statement supposes takes the place of."""
    for d in _suppositions(context, line):
        yield from (o.body for o in context.definitions.get(d.key, ()) if o.order < line.order and _is_replaced(o, d))


def supposing_before(claim: Claim) -> Claim | None:
    """The claim where names mean what an earlier sentence under the same heading supposes, as that may hold on."""
    context = claim.context
    if context is None or not 0 <= claim.order < len(context.lines):
        return None
    section = context.lines[claim.order].said.section
    before = [line for line in _lines(context) if line.order < claim.order and line.said.section == section]
    before = [line for line in before if not line.said.assumed]  # for an example only
    names = context.names_behind(claim.sides)
    said = [line for line in before if not _is_said_of(line, claim) and {r.key for r in _targets(line)} & names]
    return _as_claim(_under(claim, said[-1:])) if said else None


def _as_claim(claim: Claim) -> Claim | None:
    """The claim where it does not define again what has a formula already; None where it gives a name its first."""
    context = claim.context
    assert context is not None
    here = context.definition_at(claim.order, claim.place, claim.left, claim.right)
    if here is not None:
        kept = [d for d in context.definitions.get(here.key, ()) if d != here]
        if not any(d.order < claim.order and d.same_target(here) for d in kept):
            return None
        context.definitions[here.key] = kept
    return claim


def _lines(context: Context | None) -> Iterator[Line]:
    return (line for line in context.lines if line.said.supposed) if context is not None else iter(())


def _is_said_of(line: Line, claim: Claim) -> bool:
    return any(_is_same(c, line.statement) for c in claim.conditions)


def _is_same(condition: Statement, said: Statement) -> bool:
    return condition.span == SAID_BESIDE and condition.terms == said.terms and condition.relations == said.relations


def _under(claim: Claim, lines: list[Line]) -> Claim:
    context = copy(claim.context)
    assert context is not None
    context.near, context._used, context._softmax = {}, None, None
    context.definitions = dict(context.definitions)
    for line in lines:
        for d in _suppositions(context, line):
            others = (o for o in context.definitions.get(d.key, ()) if not _is_replaced(o, d))
            context.definitions[d.key] = [d, *others]
            for key in context.names_behind([d.body]) - {d.key}:  # what was said of it by d is told by d now
                if any(context.reaches(o.body, d.key, claim.order) for o in context.definitions.get(key, ())):
                    context.definitions.pop(key)
    return replace(claim, context=context)


def _is_replaced(old: Definition, new: Definition) -> bool:
    """Is what a name was said to be not so in the case: the same entry, or each that no other formula gives?"""
    return old.same_target(new) or len(old.indices) == len(new.indices) and all(new.pattern) and not _is_entry(old)


def _targets(line: Line) -> Iterator[Ref]:
    """The names that a statement supposes to be something else."""
    for term in line.statement.terms[:-1]:
        name = term.function if isinstance(term, Call) else term
        if isinstance(name, Ref):
            yield name


def _suppositions(context: Context, line: Line) -> Iterator[Definition]:
    """What the names on the left are: of two names the free one is as the other."""
    *names, value = line.statement.terms
    for name in names:
        if isinstance(name, Ref) and context.is_defined(name.key) and _is_free(context, value) and not name.indices:
            name, value = value, name
        if isinstance(name, Call) and isinstance(name.function, Ref):
            yield Definition(name.function.key, (), tuple(name.args), value, line.order, line.line)
        elif isinstance(name, Ref) and not any(r.key == name.key for r in refs(value)):
            yield Definition(name.key, name.indices, None, value, line.order, line.line)
            if _is_entry(name) and OTHERS.match(line.prose.partition(" … ")[2]):
                rest = tuple(Ref(f"other{k}") for k, _ in enumerate(name.indices))
                yield Definition(name.key, rest, None, Number(Fraction(0)), line.order, line.line)


def _is_entry(name: Ref | Definition) -> bool:
    return bool(name.indices) and all(isinstance(i, Number) for i in name.indices)


def _is_free(context: Context, value: Expr) -> bool:
    return isinstance(value, Ref) and not value.indices and not context.is_defined(value.key)
