"""What a claim does if it is no equation to be judged: defines a name, introduces one, assumes something."""

from __future__ import annotations

from symnet.lecture.claims.claim import Claim
from symnet.lecture.claims.conditions import is_supposed
from symnet.lecture.context.defining import is_counted
from symnet.lecture.context.refs import Ref, calls, refs
from symnet.lecture.context.stacked import is_stack
from symnet.lecture.judging.known import is_slope
from symnet.lecture.judging.numbers import is_numeric
from symnet.lecture.reader.syntax import Call, Expr, Matrix, Negate, Number, Power, Transpose, Tuple
from symnet.lecture.values.functions import is_evaluated


def defines(claim: Claim) -> bool:
    """Is the claim the definition of a name?"""
    assert claim.context is not None
    return claim.context.definition_at(claim.order, claim.place, claim.left, claim.right) is not None


def introduces(claim: Claim) -> bool:
    """Does one side only name the other: ``... = BN(x)``, ``f(x, 0) = ...`` for a function that is nowhere defined?"""
    assert claim.context is not None
    if claim.left is not None and claim.right is not None and is_stack(claim.left, claim.right):
        return True
    for side, other in ((claim.left, claim.right), (claim.right, claim.left)):
        if isinstance(side, Call) and isinstance(side.function, Ref) and not side.primes:
            name = side.function.key.strip("\\")
            known = is_evaluated(name) or claim.context.is_defined(side.function.key)
            inside = calls(other, side.function) if other else True
            if not known and not inside and name != "sigma":
                return True
    return False


def is_condition(claim: Claim) -> bool:
    """``A = A^T``, ``x = 3``, ``a_{ij} = a_{ji}``: single names related, nothing computed."""
    assert claim.context is not None
    if is_numeric(claim):
        return False
    if is_counted(claim.context, claim.left, claim.right):
        return True
    if is_supposed(claim.context.lines[claim.order].raw, claim.prose.split(" … ")[0]):
        return True
    if isinstance(claim.right, (Matrix, Tuple)) and not any(map(is_slope, claim.left.walk() if claim.left else ())):
        if not any(True for _ in refs(claim.right)) and not all(
            claim.context.is_defined(r.key) for r in refs(claim.left or claim.right)
        ):
            return True  # the values for an example
    sides = [_bare(claim.left), _bare(claim.right)]
    if not all(isinstance(s, (Ref, Number)) for s in sides):
        return False
    return not any(isinstance(s, Ref) and claim.context.is_defined(s.key) for s in sides)


def _bare(expr: Expr | None) -> Expr | None:
    while isinstance(expr, (Transpose, Negate)) or (isinstance(expr, Power) and isinstance(expr.exponent, Number)):
        expr = expr.base if isinstance(expr, Power) else expr.arg
    return expr


def names_the_unknown(claim: Claim) -> bool:
    """Is one side a name that is nowhere defined and of unknown shape?"""
    context = claim.context
    assert context is not None
    for side in (claim.left, claim.right):
        if isinstance(side, Ref) and not context.is_defined(side.key) and context.ranks.get(side) is None:
            return True
    return False


def bare_function(claim: Claim) -> str:
    """A function that stands for its value, without argument and index."""
    assert claim.context is not None and claim.left is not None and claim.right is not None
    functions = claim.context.naming.functions
    for side in (claim.left, claim.right):
        called = [p.function for p in side.walk() if isinstance(p, Call)]
        for ref in refs(side):
            if ref.key in functions and not ref.indices and ref not in called and len(ref.key) > 1:
                return ref.key
    return ""
