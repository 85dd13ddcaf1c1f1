"""The matrices of a claim of which eigenvalues or singular values are taken, and what that says of them."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from symnet.lecture.claims.authored import parts_behind
from symnet.lecture.claims.claim import Claim
from symnet.lecture.context.kinds import EIGENVALUES
from symnet.lecture.context.refs import Ref
from symnet.lecture.reader.syntax import Call, Expr, Negate, Norm, Number


def with_real_eigenvalues(claim: Claim) -> list[str]:
    """The matrices without formula whose largest or smallest eigenvalue is taken: they are symmetric."""
    context = claim.context
    assert context is not None
    if not context.takes_eigenvalues:
        return []
    calls = (part for part in _parts(claim) if isinstance(part, Call) and part.function in EIGENVALUES)
    names = (p.args[0].arg if isinstance(p.args[0], Negate) else p.args[0] for p in calls if p.args)
    return sorted({r.key for r in names if isinstance(r, Ref) and not context.is_array(r.key, claim.order)})


def with_norms_of_order_2(claim: Claim) -> list[Expr]:
    r"""The matrices in ``\|.\|_2``: the largest singular value is meant, or by some authors the norm of Frobenius."""
    assert claim.context is not None
    norms = (part for part in _parts(claim) if isinstance(part, Norm) and part.order == Number(Fraction(2)))
    return [norm.arg for norm in norms if claim.context.ranks.rank(norm.arg) == 2]


def _parts(claim: Claim) -> Iterator[Expr]:
    return (part for body in parts_behind(claim) for part in body.walk())
