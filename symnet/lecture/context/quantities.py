r"""A quantity named like a moment: after ``\mathrm{var}_c = ...`` what follows in brackets is a factor."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from symnet.lecture.reader.syntax import Call, Expr, Moment, Number, Paren, Product, Refusal, Statement, Symbol

EQUAL = ("=", "set", "equiv")
#: what shows that a document writes moments with brackets
MEANS = re.compile(r"E\}?\s*\[")


def quantities(statements: Iterable[Statement]) -> dict[str, Symbol]:
    """Names with subscripts that a statement defines without speaking of moments."""
    found: dict[str, Symbol] = {}
    for statement in statements:
        if not statement.relations or statement.relations[0] not in EQUAL or statement.continues:
            continue
        left, *rest = statement.terms
        if isinstance(left, Symbol) and left.subs and not any(isinstance(p, Moment) for e in rest for p in e.walk()):
            found.setdefault(left.name, left)
    return found


def without_moments(statements: Sequence[Statement]) -> list[Statement]:
    """The statements in which what looks like a moment or a value of such a quantity may be the quantity itself."""
    known = quantities(statements)

    def change(part: Expr) -> Expr:
        inner = part.map(change)
        if isinstance(inner, Call) and isinstance(inner.function, Symbol) and not inner.primes and not inner.parameters:
            function = inner.function
            own = known.get(function.name)
            if own is not None and function.subs and len(own.subs) == len(function.subs) and len(inner.args) == 1:
                return replace(inner, certain=False)
        if not isinstance(inner, Moment) or inner.given or inner.word not in known:
            return inner
        own = known[inner.word]
        if len(own.subs) != len(inner.under) or len(inner.args) != 1:
            return inner
        name = Symbol(own.name, own.marks, own.font, inner.under, own.labels, span=inner.span)
        return Call(name, inner.args, certain=False, span=inner.span)

    return [s for s in map(change, statements) if isinstance(s, Statement)]


def with_variances(statement: Statement, latex: str) -> Statement:
    """A statement of a document that writes ``E[x]``, with ``D[x]`` as the variance of x."""

    def change(part: Expr) -> Expr:
        inner = part.map(change)
        if not isinstance(inner, Product) or not isinstance(inner.right, Paren) or inner.op != "juxtapose":
            return inner
        bracket, left = inner.right, inner.left
        rest, last = (left.left, left.right) if isinstance(left, Product) else (None, left)
        if last != Symbol("D") or latex[bracket.span[0] : bracket.span[0] + 1] != "[":
            return inner
        variance = Moment("Var", (bracket.arg,), word="D", span=(last.span[0], bracket.span[1]))
        return variance if rest is None else replace(inner, left=rest, right=variance)

    changed = change(statement)
    assert isinstance(changed, Statement)
    return changed


def each_moment(part: Statement | Refusal) -> tuple[Statement | Refusal, ...]:
    """``E[x] = E[y] = 0`` says the same of several variables: each is told by itself."""
    if isinstance(part, Refusal) or len(part.relations) < 2 or {*part.relations} != {"="} or part.continues:
        return (part,)
    *moments, value = part.terms
    if not all(isinstance(m, Moment) and all(isinstance(a, Symbol) for a in m.args) for m in moments):
        return (part,)
    if not isinstance(value, Symbol | Number):
        return (part,)
    return tuple(replace(part, terms=(m, value), relations=("=",)) for m in moments)
