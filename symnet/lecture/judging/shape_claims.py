"""Statements about shapes: declared, or computed from what was declared."""

from __future__ import annotations

from collections.abc import Iterator

from symnet.lecture.context.context import build, size_name
from symnet.lecture.context.resolve import Ref, refs
from symnet.lecture.context.shapes import ONE, Clash, Shape, Sizes, Typer, Unshaped, named, pairs, text
from symnet.lecture.judging.claims import Claim, blank
from symnet.lecture.reader.syntax import Derivative, Dimensions, Expr, Nabla, Space, Tuple
from symnet.lecture.verdict import Finding


def judge_shape(claim: Claim) -> Finding:
    """``W in R^{n x d}``, ``dim X = (n, d)``: a declaration of a name, or a claim about an expression.

    The nearest context in which all sizes are told apart decides; where a document uses one name for two sizes,
    nothing is said.
    """
    from symnet.lecture.judging.equality import other_contexts

    subject, dims = _parts(claim)
    if subject is None or dims is None:
        return blank(claim, "condition", reason="a statement about sizes that is not a shape")
    if isinstance(subject, (Ref, Tuple)):
        return blank(claim, "definition", method="shape", reason="declares a shape")
    readings = (claim, *other_contexts(claim), *_with_last_declarations(claim, subject))
    findings = [f for other in readings if (f := _judge(other)) is not None]
    if not findings:
        return blank(claim, "condition", reason="the shape of this expression is not followed")
    return max(findings, key=lambda f: f.verdict == "ill-typed")


def _judge(claim: Claim) -> Finding | None:
    context = claim.context
    subject, dims = _parts(claim)
    assert context is not None and subject is not None and dims is not None
    sizes: Sizes = context.sizes.copy(strict=True)
    stated = _stated(dims)
    if sizes.names_mixed:
        return None
    typer = Typer(context, sizes, f"shape{claim.order}.{claim.place}")
    try:
        shape = typer.shape(subject)
        found = text(tuple(map(sizes.find, shape)))
        open_axes = any(not named(sizes.find(axis)) for axis in shape)
        _agree(typer, shape, stated)
    except Clash as clash:
        if any(isinstance(part, (Derivative, Nabla)) for part in subject.walk()):
            return None  # a row or a column: a matter of layout
        return blank(claim, "ill-typed", method="shape", reason=str(clash))
    except (Unshaped, RecursionError):
        return None
    if open_axes:
        return None
    return blank(claim, "proved", method="shape", reason=f"its shape is {found}")


def _with_last_declarations(claim: Claim, subject: Expr) -> Iterator[Claim]:
    """The claim with the latest declared shapes of its names, and nothing else."""
    from symnet.lecture.judging.equality import read_in

    context = claim.context
    assert context is not None
    kept: dict[str, int] = {}
    for line in context.lines[: claim.order]:
        for (left, right), relation in zip(pairs(line.statement), line.statement.relations):
            if relation == "in" and isinstance(right, Space):
                for item in left.items if isinstance(left, Tuple) else (left,):
                    if isinstance(item, Ref):
                        kept[item.key] = line.order
    names = {r.key for r in refs(subject)}
    orders = [*sorted({order for key, order in kept.items() if key in names}), claim.order]
    lines = [context.lines[order] for order in orders]
    near = build([(line.line, line.raw, line.prose) for line in lines])
    if len(lines) > 1:
        yield read_in(claim, near, len(lines) - 1)


def _parts(claim: Claim) -> tuple[Expr | None, tuple[Expr, ...] | None]:
    left, right = claim.left, claim.right
    if claim.relation == "in" and isinstance(right, Space):
        return left, right.dims
    if isinstance(left, Dimensions) and left.word != "size" and right is not None:
        return left.arg, right.items if isinstance(right, Tuple) else (right,)
    return None, None


def _stated(dims: tuple[Expr, ...]) -> Shape:
    names = tuple(map(size_name, dims))
    return (names[0], ONE) if len(names) == 1 else names


def _agree(typer: Typer, shape: Shape, stated: Shape) -> None:
    """Raises Clash where two shapes are different."""
    shown = text(tuple(map(typer.sizes.find, shape)))
    if len(shape) != len(stated):
        raise Clash(f"its shape is {shown}, not {text(stated)}")
    if len(shape) == 2 and shape[0] == ONE and stated[1] == ONE:
        shape = shape[::-1]
    for a, b in zip(shape, stated):
        try:
            typer.sizes.unite(a, b)
        except Clash as clash:
            raise Clash(f"its shape is {shown}, not {text(stated)}: {clash}") from clash
