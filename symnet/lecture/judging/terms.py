r"""``\sum_i t_i = \{ a_i, i = k; b_i, i \ne k`` : cases that speak of the index of a sum say what its terms are."""

from __future__ import annotations

from dataclasses import replace

from symnet.lecture.claims.claim import Claim
from symnet.lecture.context.refs import refs
from symnet.lecture.reader.syntax import Big, Cases, Expr, Symbol


def term_by_term(claim: Claim) -> Claim | None:
    """The claim that the terms of the sum are those of the cases; None where the claim is of another form."""
    left, right, raw = claim.left, claim.right, claim.raw[0]
    if claim.relation not in ("=", "imp") or not isinstance(left, Big) or not isinstance(right, Cases):
        return None
    if left.op != "sum" or len(left.variables) != 1 or left.conditions or not isinstance(raw, Big):
        return None
    index = left.variables[0].name
    conditions = [condition for _, condition in right.branches if condition is not None]
    if not conditions or not all(_speaks_of(c, index) for c in conditions):
        return None
    if not any(_speaks_of(value, index) for value, _ in right.branches):
        return None
    text = claim.text or claim.latex
    return replace(claim, left=left.body, relation="=", kind="equality", raw=(raw.body, claim.raw[1]), text=text)


def _speaks_of(expr: Expr, index: str) -> bool:
    return any(r.key == index and not r.indices for r in refs(expr)) or any(
        isinstance(p, Symbol) and p.name == index for p in expr.walk()
    )
