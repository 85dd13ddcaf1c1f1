r"""The step ``\Delta`` as a factor: ``e^{\Delta a}`` beside ``\frac{\Delta}{2}`` is the exponential of a product.

``\Delta x`` is one name, an increment, unless the document uses a bare ``\Delta``, and no increment is what a formula
gives a value to.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from symnet.lecture.reader.syntax import Call, Derivative, Expr, Nabla, Power, Product, Statement, Symbol, Transpose

STEP = "Delta"


def multiplied(statements: Sequence[Statement]) -> list[Statement]:
    """The statements with the step as a factor, where it is a name of its own."""
    parts = [p for s in statements for p in s.walk()]
    bare = any(isinstance(p, Symbol) and p.name == STEP and STEP not in p.marks for p in parts)
    given = any(_is_increment(s.terms[0]) for s in statements if s.relations)
    varied = any(isinstance(p, (Derivative, Nabla)) and any(map(_is_increment, p.by)) for p in parts)
    called = any(isinstance(p, Call) and _is_increment(p.function) for p in parts)
    if not bare or given or varied or called:
        return list(statements)
    return [s for s in map(_factored, statements) if isinstance(s, Statement)]


def _is_increment(expr: Expr) -> bool:
    return isinstance(expr, Symbol) and expr.marks[-1:] == (STEP,)


def _factored(part: Expr) -> Expr:
    r"""``\Delta x^2`` is the step times the square."""
    inner = part.base if isinstance(part, Power) else part.arg if isinstance(part, Transpose) else part
    if not _is_increment(inner):
        return part.map(_factored)
    assert isinstance(inner, Symbol)
    plain = replace(inner, marks=inner.marks[:-1])
    factor: Expr = plain
    if isinstance(part, Power):
        factor = replace(part, base=plain, exponent=_factored(part.exponent))
    elif isinstance(part, Transpose):
        factor = replace(part, arg=plain)
    return Product(Symbol(STEP, span=inner.span), factor, span=part.span)
