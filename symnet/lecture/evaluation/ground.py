"""The value of a formula at a sampled point.

Sizes are small numbers, indices run over them, names without a definition get random values, one for each index.
Nothing is expanded beforehand: ``x_{t-1}`` at t = 3 is the value of x at 2, a recurrence is followed down to where it
starts, and a derivative is taken through all definitions between (forward mode, exact, nested).  A function or a loss
that the document leaves open is a random smooth function.

A value is a number or a matrix (an object array with two axes); vectors are columns or rows.
"""

from __future__ import annotations

from collections.abc import Mapping

from symnet.lecture import effort
from symnet.lecture.evaluation import arithmetic, calls, references, scopes, slopes
from symnet.lecture.evaluation.evaluator import Evaluator, Methods, Scope
from symnet.lecture.reader.syntax import Expr, Slice
from symnet.lecture.values.errors import TooMany, Unsupported
from symnet.lecture.values.matrices import Value

TERMS = 40_000  # evaluations of one side at one point


class Ground(Evaluator):
    """Evaluates resolved trees at one point."""

    def start(self, scope: Mapping[str, int]) -> None:
        """Another side, or other free indices: what depends on them is forgotten."""
        if any(
            r.indices and not all(isinstance(i, Slice) for i in r.indices) for f in self.unknowns.values() for r in f
        ):
            self.slopes.clear()
        self.scope0, self.spent = scope, 0
        self.touched, self.functions_used = set(), set()
        self.memo.clear()

    def forget_slopes(self) -> None:
        """Derivatives are computed anew, with other digits."""
        self.slopes.clear()

    def __call__(self, expr: Expr, scope: Scope | None = None) -> Value:
        """The value of ``expr``; ``scope`` holds indices and parameters."""
        self.spent += 1
        effort.step()
        if self.spent > TERMS:
            raise TooMany("the formula takes too many operations at one point", expr.span)
        method = METHODS.get(type(expr))
        if method is None:
            raise Unsupported(f"{_described(expr)} is not evaluated", expr.span)
        return method(self, expr, scope or {})


METHODS: Methods = {
    **references.METHODS,
    **arithmetic.METHODS,
    **calls.METHODS,
    **scopes.METHODS,
    **slopes.METHODS,
}


def _described(expr: Expr) -> str:
    names = {"Interval": "an interval", "SetOf": "a set", "Dots": "'and so on'", "Moment": "an expectation"}
    return names.get(type(expr).__name__, f"a {type(expr).__name__.lower()}")
