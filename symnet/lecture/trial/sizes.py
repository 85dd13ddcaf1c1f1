"""The sizes of the arrays of a claim: which of them are one size, and the numbers tried for them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from symnet.lecture.claims.claim import Claim
from symnet.lecture.claims.spectra import takes_spectra
from symnet.lecture.context.context import Context
from symnet.lecture.context.letters import free_letters
from symnet.lecture.context.record import Line
from symnet.lecture.context.refs import Ref, pairs, refs
from symnet.lecture.context.sizes import ONE, Clash, Sizes
from symnet.lecture.context.typer import Typer, Unshaped
from symnet.lecture.reader.syntax import DEFINITE_ORDERS, Expr, Negate, Number, Plus

#: the sizes of the arrays of a claim that are tried in turn
Choose = Callable[[Claim, Sizes], list[dict[str, int]]]
ROOM = 2  # entries more along what a window moves over
WIDE = 4  # entries of an axis, where fewer show nothing


def small(claim: Claim, classes: Sizes) -> list[dict[str, int]]:
    """Small sizes: all different, all equal, and another order; smaller ones for arrays of three axes and more.

    What the claim depends on comes first: each matrix of it is wide in one of them and tall in another.
    """
    roots = sorted({classes.find(a) for a in classes.parents} | {classes.find(a) for a in classes.parents.values()})
    own = _own(claim, classes)
    roots = sorted((r for r in roots if r != ONE and not r.startswith("const:")), key=lambda r: r not in own)
    if max((len(r.indices) for r in refs(both_sides(claim))), default=0) > 2:
        first = {r: (2, 1, 3)[k % 3] for k, r in enumerate(roots)}
        last = {r: (1, 2, 2, 3)[k % 4] for k, r in enumerate(roots)}
        return [first, dict.fromkeys(roots, 2) | {"*": 2}, last]
    uneven = {r: (2, 3, 4)[k % 3] for k, r in enumerate(roots)}
    equal = dict.fromkeys(roots, 3) | {"*": 3}
    other = {r: (4, 3, 2, 3, 2, 4)[k % 6] for k, r in enumerate(roots)}  # tall matrices where the first ones are wide
    assert claim.context is not None
    moved_over = {classes.find(window.axis) for window in claim.context.windows.values()}
    return [{r: n + ROOM if r in moved_over else n for r, n in sizes.items()} for sizes in (uneven, equal, other)]


def _own(claim: Claim, classes: Sizes) -> set[str]:
    """The sizes of what a claim speaks of, and of what that is defined by."""
    assert claim.context is not None
    names = claim.context.names_behind(claim.sides)
    axes = (a for a in (*classes.parents, *classes.parents.values()) if a.startswith("axis:"))
    return {classes.find(a) for a in axes if a.split(":")[1] in names}


def all_equal(claim: Claim, classes: Sizes) -> list[dict[str, int]]:
    """Every axis has as many entries."""
    return small(claim, classes)[1:2]


def single(claim: Claim, classes: Sizes) -> list[dict[str, int]]:
    """Every axis has one entry."""
    return [{"*": 1}]


def in_pairs(claim: Claim, classes: Sizes) -> list[dict[str, int]]:
    """Every axis has two entries."""
    return [dict.fromkeys(small(claim, classes)[1], 2)]


def broad(claim: Claim, classes: Sizes) -> list[dict[str, int]]:
    """Every axis has many entries, or several; fewer where eigenvalues are computed."""
    return [dict.fromkeys(small(claim, classes)[1], n) for n in ((6, 10, 4) if takes_spectra(claim) else (12, 40, 6))]


def widened(claim: Claim, classes: Sizes) -> list[dict[str, int]]:
    """So many entries along what is read a number of places on that some are there; few of all else.

    What is read a number of places back, as in x_{t - 2r}, has more, so that two of them are seen; among arrays of four
    axes every third of the others has more than one entry then, another third in each choice.
    """
    wide: set[str] = set()
    free, back = free_letters(both_sides(claim)), False
    for ref, index in moved_entries(claim):
        letters = [i.key for i in ref.indices if isinstance(i, Ref)] if ref.key == "\\delta" else []
        if any(isinstance(part, Negate) for part in index.walk()):
            back = True
            letters += [r.key for r in refs(index) if r.key in free]
        starts = tuple(f"index:{_scope_of(claim)}:{letter}:" for letter in letters)
        named = (name for pair in classes.parents.items() for name in pair if name.startswith(starts))
        wide |= {classes.find(name) for name in named}
        wide.add(classes.find(f"axis:{ref.key}:{ref.indices.index(index)}"))
    large = max(len(ref.indices) for ref in refs(both_sides(claim))) > 3
    long = WIDE + 1 if back else WIDE - large
    every = 3 if back and large else 1
    few = [
        {root: min(n, 2) if root == "*" or (k - turn) % every == 0 else 1 for k, (root, n) in enumerate(sizes.items())}
        for turn, sizes in enumerate(small(claim, classes))
    ]
    return [sizes | dict.fromkeys(wide - {ONE}, long) for sizes in few]


def moved_entries(claim: Claim) -> Iterator[tuple[Ref, Expr]]:
    """The entries a number of places on that a claim speaks of, each with its index; small arrays do not have them."""
    for ref in refs(both_sides(claim)):
        for index in ref.indices:
            if isinstance(index, Plus) and any(isinstance(part, Number) for part in index.walk()):
                yield ref, index


def both_sides(claim: Claim) -> Expr:
    assert claim.left is not None and claim.right is not None
    return Plus((claim.left, claim.right))


def claim_sizes(claim: Claim, strict: bool = False) -> Sizes:
    """The classes of sizes of the document with those of the claim; strict raises Clash."""
    assert claim.context is not None
    sizes = claim.context.sizes.copy(strict)
    equation = claim.relation in ("=", "equiv", "set", "get", *DEFINITE_ORDERS)
    sizes = _united(claim.context, sizes, _scope_of(claim), claim.sides, equation)
    sizes.strict = False
    for k, condition in enumerate(claim.conditions):
        for sides, relation in zip(pairs(condition), condition.relations):
            if relation in DEFINITE_ORDERS:
                sizes = _united(claim.context, sizes, f"condition{k}", sides, True)
    return sizes


def with_sizes_of(lines: Iterable[Line], context: Context, sizes: Sizes) -> Sizes:
    """The classes of sizes with those of equations."""
    for line in lines:
        for sides in pairs(line.statement):
            sizes = _united(context, sizes, f"assumed{line.order}", sides, True)
    return sizes


def _united(context: Context, sizes: Sizes, scope: str, sides: Sequence[Expr], equation: bool) -> Sizes:
    """The classes of sizes with those of the sides of a formula; raises Clash where ``sizes`` are strict."""
    strict = sizes.strict
    for side in sides:
        trial = sizes.copy(strict)
        try:
            Typer(context, trial, scope).shape(side)
        except Clash:
            if strict:
                raise
            continue
        except (Unshaped, RecursionError):
            _unite_letters(context, trial, scope, side)
        sizes = trial
    if equation:
        trial = sizes.copy(strict)
        typer = Typer(context, trial, scope)
        try:
            left, right = map(typer.shape, sides)
            if left and right:
                typer.broadcast(left, right, sides[0].span)
            sizes = trial
        except Clash:
            if strict:
                raise
        except (Unshaped, RecursionError):
            pass
    return sizes


def _scope_of(claim: Claim) -> str:
    """What the letters of a claim are told from those of other statements by."""
    return f"claim{claim.order}.{claim.place}"


def _unite_letters(context: Context, sizes: Sizes, scope: str, expr: Expr) -> None:
    """Where the shape is not followed, axes with the same letter still have the same size."""
    typer = Typer(context, sizes, scope)
    for part in expr.walk():
        if isinstance(part, Ref):
            try:
                typer.shape(part)
            except (Clash, Unshaped):
                continue
