"""Statements about shapes: declared, or computed from what was declared."""

from __future__ import annotations

from symnet.lecture.claims import Claim, blank
from symnet.lecture.context import size_name
from symnet.lecture.resolve import Ref
from symnet.lecture.shapes import ONE, Clash, Shape, Sizes, Typer, Unshaped, text
from symnet.lecture.syntax import Dimensions, Expr, Space, Tuple
from symnet.lecture.verdict import Finding


def judge_shape(claim: Claim) -> Finding:
    """``W in R^{n x d}``, ``dim X = (n, d)``: a declaration of a name, or a claim about an expression."""
    assert claim.context is not None and claim.left is not None and claim.right is not None
    subject, dims = _parts(claim)
    if subject is None or dims is None:
        return blank(claim, "condition", reason="a statement about sizes that is not a shape")
    context = claim.context
    sizes: Sizes = context.sizes.copy(strict=True)
    typer = Typer(context, sizes, f"shape{claim.order}.{claim.place}")
    stated = _stated(dims)
    try:
        if isinstance(subject, (Ref, Tuple)):
            for item in subject.items if isinstance(subject, Tuple) else (subject,):
                shape = typer.shape(item)
                _agree(typer, shape, stated, claim)
            return blank(claim, "definition", method="shape", reason="declares a shape")
        shape = typer.shape(subject)
        found = text(shape)
        _agree(typer, shape, stated, claim)
    except Clash as clash:
        return blank(claim, "ill-typed", method="shape", reason=str(clash))
    except (Unshaped, RecursionError):
        return blank(claim, "condition", reason="the shape of this expression is not followed")
    return blank(claim, "proved", method="shape", reason=f"its shape is {found}")


def _parts(claim: Claim) -> tuple[Expr | None, tuple[Expr, ...] | None]:
    left, right = claim.left, claim.right
    if claim.relation == "in" and isinstance(right, Space):
        return left, right.dims
    if isinstance(left, Dimensions) and left.word != "size":
        return left.arg, right.items if isinstance(right, Tuple) else (right,)  # type: ignore[return-value]
    return None, None


def _stated(dims: tuple[Expr, ...]) -> Shape:
    names = tuple(map(size_name, dims))
    return (names[0], ONE) if len(names) == 1 else names


def _agree(typer: Typer, shape: Shape, stated: Shape, claim: Claim) -> None:
    """Raises Clash where two shapes are different."""
    if len(shape) != len(stated):
        if not stated and not shape:
            return
        raise Clash(f"its shape is {text(shape)}, not {text(stated)}")
    if len(shape) == 2 and shape[0] == ONE and stated[1] == ONE:
        shape = shape[::-1]
    for a, b in zip(shape, stated):
        try:
            typer.sizes.unite(a, b)
        except Clash as clash:
            raise Clash(f"its shape is {text(tuple(map(typer.sizes.find, shape)))}, not {text(stated)}: {clash}") from clash


