"""What is known of a function and of a part of a formula."""

from __future__ import annotations

from symnet.lecture.claims.claim import Claim
from symnet.lecture.context.refs import LOSS, LOSS_NAMES
from symnet.lecture.reader.syntax import Derivative, Expr, Nabla, Prime
from symnet.lecture.values.functions import is_evaluated


def is_known(claim: Claim, function: str) -> bool:
    """Is a function defined in the document, or one that symnet evaluates?"""
    name = function.strip("\\")
    builtin = is_evaluated(name) or name == "sigma"
    if function == LOSS and claim.context.naming.given:  # type: ignore[union-attr]
        return True  # any function of what is given: the claim is made of every loss
    if function.partition("[")[0] in claim.context.naming.laws:  # type: ignore[union-attr]
        return True  # any law
    return builtin or claim.context.is_defined(function) or function in LOSS_NAMES  # type: ignore[union-attr]


def is_slope(part: Expr) -> bool:
    return isinstance(part, (Derivative, Nabla, Prime)) or bool(getattr(part, "primes", 0))
