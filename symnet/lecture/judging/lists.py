r"""A gradient written as a list with dots: ``(\partial L/\partial w_1, ..., \partial L/\partial w_n)``.

It holds the derivatives by all entries, in order and each once; so the indices of neighbours differ by one.
"""

from __future__ import annotations

from fractions import Fraction

from symnet.lecture.claims.claim import Claim, blank
from symnet.lecture.context.refs import Ref
from symnet.lecture.edits.places import splice
from symnet.lecture.reader.syntax import Derivative, Dots, Expr, Matrix, Nabla, Number, Transpose, Tuple
from symnet.lecture.verdict import Finding


def judge_gradient_list(claim: Claim, reading: str) -> Finding | None:
    """The finding on a gradient that is written out with dots; None for anything else."""
    items = _items(claim.right)
    if not items or isinstance(items[-1], Dots):
        return None
    if not isinstance(claim.left, Nabla) or claim.left.order != 1 or not any(isinstance(i, Dots) for i in items):
        return None
    indices = _indices(items)
    if indices is None:
        return None
    steps = [(k, b - a) for k, (a, b) in enumerate(zip(indices, indices[1:])) if a is not None and b is not None]
    wrong = [k for k, step in steps if step != 1]
    regular = len(steps) > 1 and len({step for _, step in steps}) == 1
    if wrong and (regular or min(step for _, step in steps) < 1 or not _ends_plainly(items)):
        return None  # w_1, w_3, ..., w_{2n-1}: every other entry is meant
    if not wrong:
        return blank(claim, "definition", reason="says what the entries of the gradient are", reading=reading)
    at = wrong[0]
    left, right = indices[at], indices[at + 1]
    missing = f"{left} is followed by {right}: a gradient holds the derivatives by all entries, in order"
    values = {"values": {}, "left": str(int(left) + 1), "right": str(right)}  # type: ignore[arg-type]
    return blank(
        claim,
        "refuted",
        method="symbolic",
        reading=reading,
        reason=f"the index {missing}",
        counterexample=values,
        correction=_corrected(claim, items, at + 1, int(left) + 1),  # type: ignore[arg-type]
    )


def _items(expr: Expr | None) -> tuple[Expr, ...]:
    while isinstance(expr, Transpose):
        expr = expr.arg
    if isinstance(expr, Tuple):
        return expr.items
    if isinstance(expr, Matrix):
        if len(expr.rows) == 1:
            return expr.rows[0]
        return tuple(row[0] for row in expr.rows) if all(len(row) == 1 for row in expr.rows) else ()
    return ()


def _indices(items: tuple[Expr, ...]) -> list[Fraction | None] | None:
    """The indices of what is differentiated by, None for dots and letters; None where it is no list of derivatives."""
    found: list[Fraction | None] = []
    heads = set()
    for item in items:
        if isinstance(item, Dots):
            found.append(None)
            continue
        by = item.by[0] if isinstance(item, Derivative) and len(item.by) == 1 else None
        if not isinstance(by, Ref) or len(by.indices) != 1:
            return None
        heads.add((by.key, item.of))  # type: ignore[attr-defined]
        (index,) = by.indices
        found.append(index.value if isinstance(index, Number) else None)
    return found if len(heads) == 1 else None


def _ends_plainly(items: tuple[Expr, ...]) -> bool:
    """Is the last index a letter or a number?"""
    index = items[-1].by[0].indices[0]  # type: ignore[attr-defined]
    return isinstance(index, Number) or (isinstance(index, Ref) and not index.indices)


def _corrected(claim: Claim, items: tuple[Expr, ...], place: int, index: int) -> str | None:
    """The formula with the index that continues the list."""
    by = items[place].by[0]  # type: ignore[attr-defined]
    span = by.indices[0].span
    try:
        return splice(claim.latex, span, str(index))
    except ValueError:
        return None
