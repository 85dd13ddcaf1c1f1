r"""A superscript T that is no transpose: ``\gamma^T`` of a number \gamma, where T is the number of steps.

It is one where the document uses T as a number, and raises what stands below to other letters, as in
``(1 - \eta)^t``, or keeps it between numbers, as in ``0 < \gamma < 1``.
"""

from __future__ import annotations

from collections.abc import Sequence

from symnet.lecture.context.refs import GREEK, bounds
from symnet.lecture.reader.syntax import Expr, Number, Paren, Power, Statement, Symbol, Transpose

STEPS = Symbol("T")
#: letters of parameters and of iterates, whose superscripts number steps
PARAMETERS = frozenset(("theta", "phi", "psi", "xi", "mu", "omega", "delta"))


def raised_to_steps(statements: Sequence[Statement]) -> list[Statement]:
    """The statements with powers in the place of transposes by a letter that is a number."""
    parts = [p for s in statements for p in s.walk()]
    if STEPS not in parts:
        return list(statements)
    powers = {p.base for p in parts if isinstance(p, Power) and any(isinstance(e, Symbol) for e in p.exponent.walk())}
    between = {side for s in statements if len(s.terms) > 2 for side in bounds(s, numbers=True)}

    def is_number(base: Expr) -> bool:
        if isinstance(base, Symbol):
            return base in between or base in powers and base.name in GREEK - PARAMETERS
        return isinstance(base, Number) or isinstance(base, Paren) and base in powers

    def read(part: Expr) -> Expr:
        part = part.map(read)
        if isinstance(part, Transpose) and part.letter and is_number(part.arg):
            return Power(part.arg, STEPS, span=part.span)
        return part

    return [s for s in map(read, statements) if isinstance(s, Statement)]
