"""Proof of an equation: both sides as index expressions with symbolic sizes, their difference in normal form 0.

A side becomes a :class:`Term`: a scalar expression in the indices of its row and column.  Definitions of the document
are put in, names without one are inputs, a derivative goes through all definitions between by the adjoint rule, and a
loss that the document leaves open has free slopes by the names that it is a function of.  Whatever is outside of this
is not proved, and no harm: the claim stays one without a counterexample.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import sympy as sp

from symnet.errors import SymnetError
from symnet.ir import functions as fn
from symnet.ir.expr import Access, Index, Reduction, transform
from symnet.ir.graph import Node
from symnet.lecture import effort
from symnet.lecture.algebra.normal import is_zero
from symnet.lecture.claims.claim import Claim
from symnet.lecture.context.sizes import Clash
from symnet.lecture.evaluation.reading import Reading
from symnet.lecture.proof.elaborator import Elaborator
from symnet.lecture.proof.names import name_of
from symnet.lecture.proof.terms import Outside
from symnet.lecture.values.errors import NeedsContext, Unsupported
from symnet.lecture.verdict import Assumption

STEPS = 3 * effort.SECOND


@dataclass(frozen=True)
class Proof:
    """The two sides are equal; what was assumed beyond what the document defines."""

    assumptions: tuple[Assumption, ...] = ()


def prove(claim: Claim, reading: Reading | None = None, steps: float = STEPS) -> Proof | None:
    """A proof of ``left = right`` for all sizes, or None where none was found."""
    if (
        claim.left is None
        or claim.right is None
        or claim.context is None
        or claim.relation not in ("=", "equiv", "set", "get")
    ):
        return None
    end = effort.until(steps)
    for conventions in (False, True):
        try:
            elaborator = Elaborator.of(claim, reading or Reading(), conventions, end)
            left, right = elaborator.sides(claim.left, claim.right)
            difference = elaborator.tests(claim.conditions) * (left - right)
        except (Outside, Clash, NeedsContext, Unsupported, RecursionError, SymnetError, TypeError, ValueError):
            return None
        if conventions and not elaborator.conventional:
            return None
        if is_zero(difference, elaborator.facts, 0.5 * effort.left(end)):
            return Proof(tuple(elaborator.assumptions()))
        positive = sorted(_positive_where_defined(left) | _positive_where_defined(right), key=lambda n: n.name)
        if positive:
            difference = _declared_positive(difference, positive)
            if is_zero(difference, elaborator.facts, 0.5 * effort.left(end)):
                domain = [Assumption(f"{name_of(n)} > 0", "where both sides are defined") for n in positive]
                return Proof((*elaborator.assumptions(), *domain))
    return None


def _positive_where_defined(expr: sp.Expr) -> set[Node]:
    """The real inputs that are positive wherever ``expr`` is defined: bare arguments of logarithms and roots.

    Of an array only where a sum over all of it reads every entry so.
    """
    found: set[Node] = set()

    def walk(part: sp.Expr, bound: tuple[Index, ...]) -> None:
        if isinstance(part, (Access, fn.where)):
            return
        inner = part.args[0] if isinstance(part, sp.log) else None
        if part.is_Pow and part.exp.is_Rational and part.exp.q % 2 == 0 and part.exp.is_negative:
            inner = part.base
        if isinstance(inner, Access) and inner.node.kind == "real":
            free_of_order = len(set(inner.subs)) == len(inner.subs) and set(inner.subs) <= set(bound)
            whole = all(isinstance(s, Index) and s.size == i.size for s, i in zip(inner.subs, inner.node.axes))
            if free_of_order and whole:
                found.add(inner.node)
        if isinstance(part, Reduction):
            body, over = part.open()
            walk(body, (*bound, *over))
            return
        for a in part.args:
            walk(a, bound)

    walk(expr, ())
    return found


def _declared_positive(expr: sp.Expr, nodes: Iterable[Node]) -> sp.Expr:
    positive = {n.name: replace(n, kind="positive") for n in nodes}

    def leaf(part):
        if isinstance(part, Access) and part.node.name in positive:
            return Access(positive[part.node.name], part.subs)
        return None

    return transform(expr, leaf)
