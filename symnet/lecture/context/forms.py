"""Other forms of what is differentiated: after ``L = f(p) = g(p, z)`` the gradient by p may be meant of either form."""

from __future__ import annotations

from collections.abc import Iterator
from copy import copy
from dataclasses import replace

from symnet.lecture.context.context import Context
from symnet.lecture.context.record import Definition, Line
from symnet.lecture.context.refs import Ref, refs
from symnet.lecture.reader.syntax import Expr, Number

EQUAL = ("=", "equiv")


def other_forms(context: Context, key: str, order: int) -> Iterator[tuple[Definition, Line, Expr]]:
    """(definition, line, form): what the definition of a name is said to equal before a place, the last form first.

    Only forms in which other names stand: else all derivatives are the same.
    """
    for d in context.definitions_of(key, order):
        if d.indices or d.parameters is not None or d.order >= order:
            continue
        found: list[tuple[Line, Expr]] = []
        body = d.body
        for line in context.lines[d.order : order]:
            terms, relations = line.statement.terms, line.statement.relations
            for left, relation, right in zip(terms, relations, terms[1:]):
                if left == body and relation in EQUAL and right != body:
                    found.append((line, right))
                    body = right
        names = {r.key for r in refs(d.body)}
        for line, form in reversed(found):
            if {r.key for r in refs(form)} != names and not context.reaches(form, key, order):
                yield d, line, form


def with_form(context: Context, definition: Definition, line: Line, form: Expr) -> Context:
    """The context in which a name is defined by another form."""
    new = copy(context)
    written = replace(definition, body=form, line=line.line)
    same = [written if d.same_target(definition) else d for d in context.definitions[definition.key]]
    new.definitions = {**context.definitions, definition.key: same}
    return new


def with_named_part(context: Context, key: str, order: int) -> Context | None:
    """The context in which formulas name a part of theirs: ``y = f(W x + b)`` with ``z = W x + b`` is ``y = f(z)``.

    None where no other formula has that part.
    """
    found = [d for d in context.definitions_of(key, order) if d.parameters is None and not d.indices]
    if len(found) != 1 or isinstance(found[0].body, (Ref, Number)):
        return None
    whole = found[0].body

    def named(expr: Expr) -> Expr:
        return Ref(key, span=expr.span) if expr == whole else expr.map(named)

    new = copy(context)
    new.definitions = {
        name: same if name == key else [replace(d, body=named(d.body)) for d in same]
        for name, same in context.definitions.items()
    }
    return None if new.definitions == context.definitions else new
