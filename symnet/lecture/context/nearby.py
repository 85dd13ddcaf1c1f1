"""Parts of a document as contexts of their own: what stands near a statement, or under its heading."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from symnet.lecture.context.build import build
from symnet.lecture.context.context import Context
from symnet.lecture.context.record import Line
from symnet.lecture.context.refs import Ref, pairs, refs
from symnet.lecture.context.sizes import Clash
from symnet.lecture.context.typer import Typer, Unshaped
from symnet.lecture.reader.syntax import Space, Statement, Tuple

#: how many statements before and after one are near it, and how many are next to it
NEAR = ((10, 4), (5, 2))


def around(context: Context, order: int, before: int, after: int) -> tuple[Context, int]:
    """The context of the statements near one of them, and the place of that statement among these."""
    return _part(context, (order, before, after), lambda line: -before <= line.order - order <= after)


def nearby(context: Context, order: int, section: bool) -> Iterator[tuple[Context, int]]:
    """The statements near one of them, then those of its section, then all up to the end of its section."""
    for before, after in NEAR:
        yield around(context, order, before, after)
    if section:
        yield from sections(context, order)


def sections(context: Context, order: int) -> Iterator[tuple[Context, int]]:
    """The statements of the section of one of them, then all up to the end of it."""
    yield _section(context, order)
    yield _up_to_here(context, order)


def _section(context: Context, order: int) -> tuple[Context, int]:
    """The context of the statements under the same heading, and the place of a statement among these."""
    here = context.lines[order].said.section
    return _part(context, (order, -1, -1), lambda line: line.said.section == here)


def _up_to_here(context: Context, order: int) -> tuple[Context, int]:
    """The context of the statements up to the end of a section, and the place of a statement of it among these."""
    here = context.lines[order].said.section
    end = order
    while end + 1 < len(context.lines) and context.lines[end + 1].said.section == here:
        end += 1
    return _part(context, (order, -2, -2), lambda line: line.order <= end)


def _part(context: Context, at: tuple[int, int, int], belongs: Callable[[Line], bool]) -> tuple[Context, int]:
    """The context of what belongs to a part and of all that the author says, and the place of statement at[0]."""
    if at not in context.near:  # asked for again for each edit of a claim, then no more
        if len(context.near) > 4 * len(NEAR):
            context.near.clear()
        near = [line for line in context.lines if belongs(line) or line.said.source]
        context.near[at] = of_lines(context, near), sum(line.order < at[0] for line in near)
    return context.near[at]


def around_with_shapes(context: Context, order: int, before: int, after: int) -> tuple[Context, int] | None:
    """The same with the shapes that are declared farther off; None where these seem to be of other names.

    The names are the same where half of the other statements on them fit these shapes.
    """
    near = [line for line in context.lines if -before <= line.order - order <= after or line.said.source]
    place = sum(line.order < order for line in near)
    statement = near[place].statement
    told_of = _declarations(context, {r.key for r in refs(statement)}, near[place].order)
    far = [line for line in told_of if line not in near]
    keys = {key for line in far for key in declared_by(line.statement)}
    told = of_lines(context, [*far, *near])
    others = [line for line in told.lines[len(far) :] if line.order != len(far) + place]
    tried = [_is_shapely(told, line) for line in others if any(r.key in keys for r in refs(line.statement))]
    fits = [fit for fit in tried if fit is not None]
    return (told, len(far) + place) if sum(fits) >= max(1, len(fits) / 2) else None


def _declarations(context: Context, names: set[str], order: int) -> list[Line]:
    """The last shape statements before a statement on those of its names that are matrices.

    Small letters are used again for numbers in most documents.
    """
    found: dict[str, Line] = {}
    for line in context.lines[:order]:
        for key in declared_by(line.statement) & names:
            found[key] = line
    return sorted({line.order: line for line in found.values()}.values(), key=lambda line: line.order)


def _is_shapely(context: Context, line: Line) -> bool | None:
    """Do the shapes of a statement fit?  None where they are not all followed."""
    typer = Typer(context, context.sizes.copy(strict=True), "shapely")
    for left, right in pairs(line.statement):
        try:
            typer.broadcast(typer.shape(left), typer.shape(right), left.span)
        except Clash:
            return False
        except (Unshaped, RecursionError):
            return None
    return True


def of_lines(context: Context, lines: Iterable[Line]) -> Context:
    """The context of some of the statements, with all that the author says."""
    part = build([line.said for line in lines], context.author, context.naming.adjoint_of, context.naming.loss)
    part.units = context.units
    return part


def declared_by(statement: Statement) -> set[str]:
    """The matrices of whose shapes a statement speaks."""
    found = set()
    for (left, right), relation in zip(pairs(statement), statement.relations):
        if relation == "in" and isinstance(right, Space) and len(right.dims) == 2:
            found |= {e.key for e in (left.items if isinstance(left, Tuple) else (left,)) if isinstance(e, Ref)}
    return found
