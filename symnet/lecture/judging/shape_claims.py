"""Statements about shapes: declared, or computed from what was declared."""

from __future__ import annotations

from collections.abc import Iterator

from symnet.lecture.claims.claim import Claim, blank
from symnet.lecture.context.extents import size_name
from symnet.lecture.context.nearby import NEAR
from symnet.lecture.context.refs import Ref, pairs, refs
from symnet.lecture.context.sizes import ONE, Clash, Sizes, named
from symnet.lecture.context.typer import Shape, Typer, Unshaped, text
from symnet.lecture.judging.contexts import other_contexts
from symnet.lecture.reader.syntax import Call, Derivative, Dimensions, Expr, Nabla, Space, Statement, Tuple
from symnet.lecture.verdict import Finding

DEEPEST = 5  # formulas that are followed one after the other
AFTER = NEAR[0][1]  # statements behind a claim in which what it speaks of may be declared


def judge_shape(claim: Claim) -> Finding:
    """``W in R^{n x d}``, ``dim X = (n, d)``: a declaration of a name, or a claim about an expression.

    The nearest context in which all sizes are told apart decides; where a document uses one name for two sizes,
    nothing is said.
    """
    subject, dims = _parts(claim)
    if subject is None or dims is None:
        return blank(claim, "condition", reason="a statement about sizes that is not a shape")
    if isinstance(subject, Ref) and (computed := _of_definition(claim, subject)) is not None:
        return computed
    if isinstance(subject, (Ref, Tuple)):
        return blank(claim, "definition", method="shape", reason="declares a shape")
    findings = [f for other in (claim, *other_contexts(claim, section=False)) if (f := _judge(other)) is not None]
    declared = _judge(claim, Declared(claim))
    if declared is not None:
        findings.append(declared)
    if not findings:
        return blank(claim, "condition", reason="the shape of this expression is not followed")
    return max(findings, key=lambda f: f.verdict == "ill-typed")


def _of_definition(claim: Claim, name: Ref) -> Finding | None:
    """The finding on the shape of what a formula just before computes from arrays of declared shapes."""
    context, (_, dims) = claim.context, _parts(claim)
    assert context is not None and dims is not None
    section = context.lines[claim.order].said.section
    near = (
        d
        for d in context.definitions.get(name.key, ())
        if 0 < claim.order - d.order <= NEAR[0][0] and context.lines[d.order].said.section == section
    )
    bodies = [d.body for d in near if d.parameters is None and d.indices == name.indices]
    if len(bodies) != 1:
        return None
    typer = Declared(claim, but=name)
    try:
        shape = typer.shape(bodies[0])
    except (Clash, Unshaped, RecursionError):
        return None
    if any(not named(typer.sizes.find(axis)) for axis in shape):
        return None
    try:
        _agree(typer, shape, _stated(dims))
    except Clash as clash:
        if typer.guessed and not shape:
            return None  # numbers only as long as nobody says more of them
        return blank(claim, "ill-typed", method="shape", reason=str(clash))
    return blank(claim, "proved", method="shape", reason=f"its shape is {text(shape)}")


def _judge(claim: Claim, typer: Typer | None = None) -> Finding | None:
    context = claim.context
    subject, dims = _parts(claim)
    assert context is not None and subject is not None and dims is not None
    stated = _stated(dims)
    typer = typer or Typer(context, context.sizes.copy(strict=True), f"shape{claim.order}.{claim.place}")
    sizes = typer.sizes
    if sizes.names_mixed:
        return None
    try:
        shape = typer.shape(subject)
        found = text(tuple(map(sizes.find, shape)))
        open_axes = any(not named(sizes.find(axis)) for axis in shape)
        _agree(typer, shape, stated)
    except Clash as clash:
        if any(isinstance(part, (Derivative, Nabla)) for part in subject.walk()):
            return None  # a row or a column: a matter of layout
        if any(context.ranks.get(ref) is None for ref in refs(subject)):
            return None  # nothing says whether it is a number
        called = [p.function.key for p in subject.walk() if isinstance(p, Call) and isinstance(p.function, Ref)]
        places = [d.order for key in called for d in context.definitions.get(key, ()) if d.order >= 0]
        if any(context.lines[k].said.section != context.lines[claim.order].said.section for k in places):
            return None  # z(t) of another part of the document
        return blank(claim, "ill-typed", method="shape", reason=str(clash))
    except (Unshaped, RecursionError):
        return None
    if open_axes:
        return None
    return blank(claim, "proved", method="shape", reason=f"its shape is {found}")


class Declared(Typer):
    """Shapes as they were declared last for each name, W_1 and W_2 apart; what was not declared is not followed.

    Beside a name that the claim speaks of, they are those declared before it, and what has a formula is followed.
    """

    def __init__(self, claim: Claim, but: Ref | None = None) -> None:
        assert claim.context is not None
        super().__init__(claim.context, Sizes(strict=True), f"declared{claim.order}.{claim.place}")
        self.shapes: dict[Ref, Shape | None] = {}
        self.claim, self.but, self.depth = claim, but, 0
        self.guessed = False  # was a name taken for a number of which nothing says that it is one?
        for line in claim.context.lines[: claim.order + (AFTER + 1 if but is None else 0)]:
            for ref, shape in _declarations(line.statement):
                known = self.shapes.get(ref, shape) == shape or line.order < claim.order
                self.shapes[ref] = shape if known else None  # one declared behind the claim may be meant for it
        author = claim.context.author
        for d in author.of("shape"):
            sizes = author.sizes(claim.context.naming, d)
            self.shapes[author.ref(claim.context.naming, d)] = _stated(sizes) if sizes else ()

    def _ref(self, ref: Ref) -> Shape:
        found = self.shapes.get(ref)
        if found is not None:
            return found
        bodies = [] if self.but is None or ref == self.but or self.depth > DEEPEST else self._formulas(ref)
        if self.but is not None and not bodies and not self.context.rank(ref):
            self.guessed = True
            return ()
        if len(bodies) != 1:
            raise Unshaped
        self.depth += 1
        shape = self.shape(bodies[0])
        self.depth -= 1
        return shape

    def _formulas(self, ref: Ref) -> list[Expr]:
        found = self.context.definitions.get(ref.key, ())
        return [d.body for d in found if d.parameters is None and d.indices == ref.indices]


def _declarations(statement: Statement) -> Iterator[tuple[Ref, Shape]]:
    for (left, right), relation in zip(pairs(statement), statement.relations):
        if relation == "in" and isinstance(right, Space):
            for item in left.items if isinstance(left, Tuple) else (left,):
                if isinstance(item, Ref):
                    yield item, _stated(right.dims) if right.dims else ()


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
