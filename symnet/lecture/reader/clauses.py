"""The clauses of a formula: what a comma, a bracket or a word sets apart, and which of them belong together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from symnet.lecture.reader.signs import DOTS, relation
from symnet.lecture.reader.syntax import (
    Dots,
    Expr,
    Interval,
    Negate,
    Number,
    Refusal,
    SetOf,
    Space,
    Statement,
    Symbol,
    Tuple,
)
from symnet.lecture.reader.token import Token


@dataclass
class Clause:
    """Tokens between separators; ``comma`` where only a comma stands before, ``words`` the text before."""

    tokens: list[Token]
    comma: bool = False
    words: str = ""
    forall: bool = False


@dataclass
class Row:
    clauses: list[Clause]
    words: str = ""  # behind the last clause


@dataclass
class Found:
    """The statements so far, and what waits for the next one."""

    results: list[Statement | Refusal] = field(default_factory=list)
    waiting: list[Statement] = field(default_factory=list)
    words: list[str] = field(default_factory=list)


def lists(clauses: list[Clause]) -> list[list[Clause]]:
    """Clauses between commas that make one list: ``x, y \\in A`` and ``i = 1, \\dots, n``."""
    out: list[list[Clause]] = []
    k = 0
    while k < len(clauses):
        group = [clauses[k]]
        j = k + 1
        if not relates(clauses[k].tokens) and not clauses[k].forall:
            while j < len(clauses) and clauses[j].comma and not clauses[j].forall and not relates(clauses[j].tokens):
                j += 1
            if (
                j < len(clauses)
                and clauses[j].comma
                and relates(clauses[j].tokens)
                and not relation(clauses[j].tokens[0])
            ):
                group = clauses[k : j + 1]
                j += 1
            else:
                out.extend([c] for c in clauses[k:j])
                k = j
                continue
        tail = j
        while (
            tail < len(clauses)
            and clauses[tail].comma
            and not clauses[tail].forall
            and not relates(clauses[tail].tokens)
        ):
            tail += 1
        if (
            tail < len(clauses)
            and clauses[tail].comma
            and tail > j
            and not any(_has_dots(c.tokens) for c in clauses[j:tail])
        ):
            tail = j  # the names before the next relation
        more = clauses[j:tail]
        if more and (
            any(_has_dots(c.tokens) for c in more) or equation_numbers([*group[-1:], *more]) or group[0].forall
        ):
            group = [*group, *more]
            j = tail
        out.append(group)
        k = j
    return out


def equation_numbers(clauses: list[Clause]) -> bool:
    """``k = 1, 2, 3``."""
    return clauses[0].tokens[-1].kind == "number" and all(
        len(c.tokens) == 1 and c.tokens[0].kind == "number" for c in clauses[1:]
    )


def _has_dots(tokens: Sequence[Token]) -> bool:
    return len(tokens) == 1 and tokens[0].is_cmd(*DOTS)


def relates(tokens: Sequence[Token]) -> bool:
    return any(relation(t) is not None or (t.is_cmd("stackrel", "overset") and len(tokens) > 2) for t in tokens)


def is_range(claim: Statement) -> bool:
    """Says where something lies: ``l \\in [1, L]``, ``i = 1, \\dots, n``, ``i \\ne j``, ``x > 0``."""
    if not claim.relations:
        return False
    right = claim.terms[-1]
    if claim.relations == ("in",):
        return (
            isinstance(right, (Interval, SetOf))
            or (isinstance(right, Space) and right.name in "NZ")
            or (isinstance(right, Symbol) and isinstance(claim.terms[0], Symbol) and claim.terms[0].name in _INDICES)
        )
    if claim.relations == ("=",):
        return isinstance(right, Tuple) and any(isinstance(item, Dots) for item in right.items)
    first = claim.terms[0]
    simple = all(isinstance(t, (Symbol, Number)) or _negative(t) for t in claim.terms)
    if simple and all(r in ("<", "<=", ">", ">=", "!=") for r in claim.relations):
        return any(not isinstance(t, Symbol) for t in claim.terms)
    if (
        claim.relations[0] == "!="
        or len(claim.relations) == 2
        and all(r in ("<", "<=", ">", ">=") for r in claim.relations)
    ):
        return any(isinstance(t, Symbol) and t.name in _INDICES for t in (first, claim.terms[1]))
    return False


_INDICES = frozenset("ijklmnt")


def _negative(expr: Expr) -> bool:
    return isinstance(expr, Negate) and isinstance(expr.arg, Number)


def about_sets(claim: Statement) -> bool:
    return claim.relations[:1] == ("in",) or not claim.relations


def bounds_result(claims: Sequence[Statement], before: Sequence[Statement | Refusal]) -> bool:
    r"""Is it the range of what a formula beside it comes to, ``s = a^2, \quad s \ge 0``, and no condition of it?"""
    equations = (s for s in before if isinstance(s, Statement) and s.relations[:1] == ("=",))
    results = [s.terms[0] for s in equations if not isinstance(s.terms[-1], Number)]
    return any(term in results for claim in claims for term in claim.terms)


def unnumbered(clauses: list[Clause]) -> list[Clause]:
    """The clauses without the number of the equation, ``(3)``, behind or before them."""
    if len(clauses) > 1 and _is_equation_number(clauses[-1]):
        clauses = clauses[:-1]
    if len(clauses) > 1 and _is_equation_number(clauses[0]):
        clauses = clauses[1:]
    return clauses


def _is_equation_number(clause: Clause) -> bool:
    if len(clause.tokens) != 1 or not clause.tokens[0].is_group("(") or clause.words:
        return False
    return bool(clause.tokens[0].body) and all(t.kind == "number" or t.is_sym(".") for t in clause.tokens[0].body)
