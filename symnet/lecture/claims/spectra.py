"""The matrices of a claim of which eigenvalues or singular values are taken, and what that says of them."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from symnet.lecture.claims.authored import parts_behind
from symnet.lecture.claims.claim import Claim
from symnet.lecture.context.identities import is_identity
from symnet.lecture.context.kinds import EIGENVALUES, OF_SPECTRA
from symnet.lecture.context.refs import Ref, refs
from symnet.lecture.latex.printer import latex_of
from symnet.lecture.reader.syntax import DEFINITE_ORDERS, Call, Expr, Negate, Norm, Number, Statement


def with_real_eigenvalues(claim: Claim) -> list[str]:
    """The matrices without formula that are symmetric, as eigenvalues are taken of them, or they are in an order."""
    context = claim.context
    assert context is not None
    orders = [c for c in claim.conditions if not set(c.relations).isdisjoint(DEFINITE_ORDERS)]
    if not context.takes_eigenvalues and not orders:
        return []
    calls = (part for part in _parts_and_conditions(claim) if isinstance(part, Call) and part.function in EIGENVALUES)
    names = (p.args[0].arg if isinstance(p.args[0], Negate) else p.args[0] for p in calls if p.args)
    ordered = (r for c in orders for r in refs(c) if context.rank(r) == 2 and not is_identity(r.key))
    found = {r.key for r in (*names, *ordered) if isinstance(r, Ref)}
    return sorted(key for key in found if not context.is_array(key, claim.order))


def takes_spectra(claim: Claim) -> bool:
    """Are eigenvalues or singular values computed for a claim, or for its conditions?"""
    assert claim.context is not None
    parts = [*_parts_and_conditions(claim)]
    relations = {claim.relation, *(r for part in parts if isinstance(part, Statement) for r in part.relations)}
    calls = {part.function.key for part in parts if isinstance(part, Call) and isinstance(part.function, Ref)}
    norms = [p for p in parts if isinstance(p, Norm) and p.order is not None and latex_of(p.order) != "F"]
    of_matrices = any(claim.context.ranks.rank(norm.arg) == 2 for norm in norms)
    return of_matrices or not calls.isdisjoint(OF_SPECTRA) or not relations.isdisjoint(DEFINITE_ORDERS)


def with_norms_of_order_2(claim: Claim) -> list[Expr]:
    r"""The matrices in ``\|.\|_2``: the largest singular value is meant, or by some authors the norm of Frobenius."""
    assert claim.context is not None
    norms = (part for part in _parts(claim) if isinstance(part, Norm) and part.order == Number(Fraction(2)))
    return [norm.arg for norm in norms if claim.context.ranks.rank(norm.arg) == 2]


def _parts_and_conditions(claim: Claim) -> Iterator[Expr]:
    yield from _parts(claim)
    yield from (part for condition in claim.conditions for part in condition.walk())


def _parts(claim: Claim) -> Iterator[Expr]:
    return (part for body in parts_behind(claim) for part in body.walk())
