"""Rows, sizes and labels: along which axes the arrays of a document lie, and which of these are equal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction

from symnet.lecture.context.beside import name_of
from symnet.lecture.context.context import Context
from symnet.lecture.context.identities import size_of
from symnet.lecture.context.ranks import STRONG, free_count, is_lying
from symnet.lecture.context.record import IN_WORDS, Definition, Line
from symnet.lecture.context.refs import SAMPLE, Ref, pairs, refs
from symnet.lecture.context.sizes import ONE, Clash, named
from symnet.lecture.context.stacked import is_range
from symnet.lecture.context.told import is_called_square
from symnet.lecture.context.typer import Typer, Unshaped
from symnet.lecture.documents.directives import dimensions
from symnet.lecture.reader.syntax import (
    DEFINITE_ORDERS,
    Big,
    Call,
    Derivative,
    Dimensions,
    Expr,
    Nabla,
    Number,
    Product,
    Slice,
    Space,
    Statement,
    Transpose,
    Tuple,
)


def declare_kinds(context: Context) -> None:
    """The author's ranks and kinds of functions; they are stronger than what the document says."""
    author, naming = context.author, context.naming
    for d in author.of("shape"):
        ref = author.ref(naming, d)
        context.ranks.put(ref.key, free_count(ref), len(dimensions(d.value)), STRONG + 1)
    for d in author.of("function"):
        context.maps[author.key(naming, d)] = d.value


def partial_sums(lines: Iterable[Line]) -> dict[tuple[str, int], set[str]]:
    r"""Axes of which one term takes sums of different lengths, as in ``\sum_{i=1}^k a_i / \sum_{i=1}^d a_i``."""
    found: dict[tuple[str, int], set[str]] = {}
    for term in (term for line in lines for term in line.statement.terms):
        uppers: dict[tuple[str, int], set[str]] = {}
        for part in term.walk():
            if isinstance(part, Big) and isinstance(part.upper, Ref):
                letters = {v.name for v in part.variables}
                for ref in refs(part.body):
                    for position, index in enumerate(ref.indices):
                        if isinstance(index, Ref) and index.key in letters:
                            uppers.setdefault((ref.key, position), set()).add(part.upper.key)
        for axis, ends in uppers.items():
            if len(ends) > 1:
                found.setdefault(axis, set()).update(ends)
    return found


def collect_rows(context: Context) -> None:
    """Vectors that stand left of a matrix without a transpose are rows; so is what is defined as such."""
    products = [p for line in context.lines for p in line.statement.walk() if isinstance(p, Product)]
    for p in products:
        if p.op not in ("juxtapose", "dot", "times", "matmul") or not isinstance(p.left, (Ref, Call)):
            continue
        right = p.right.arg if isinstance(p.right, Transpose) else p.right
        left_rank = context.ranks.rank(p.left)
        if left_rank == 1 and isinstance(right, Ref) and context.rank(right) == 2 and isinstance(p.left, Ref):
            context.rows.add(p.left.key)
    for _ in range(3):
        for line in context.lines:
            for (left, right), relation in zip(pairs(line.statement), line.statement.relations):
                if relation in ("=", "set", "get") and isinstance(left, Ref) and context.rank(left) == 1:
                    try:
                        shape = Typer(context, context.sizes.copy(), str(line.order)).shape(right)
                    except (Clash, Unshaped, RecursionError):
                        continue
                    if len(shape) == 2 and shape[0] == ONE and shape[1] != ONE:
                        context.rows.add(left.key)


def collect_sizes(context: Context) -> None:
    """Unite the sizes that definitions and shape statements say are equal."""
    for end in sorted(context.naming.ends):
        context.sizes.parents.setdefault(f"size:{end}", f"size:{end}")
    for key in sorted(context.ranks.counts):
        if key.endswith(SAMPLE):  # the samples of x are as long as x
            context.sizes.unite(f"axis:{key}:1", f"axis:{key.removesuffix(SAMPLE)}:0")
        elif size := size_of(key):  # I_n
            declare(context, Ref(key), [Number(Fraction(size)) if size.isdigit() else Ref(size)] * 2)
    for key in sorted(context.naming.units):  # there are as many of them as each has entries
        context.sizes.unite(f"axis:{key}:0", f"axis:{key}:1")
    for line in context.lines:
        statement = line.statement
        name = name_of(line)
        if name is not None and not name.indices and context.rank(name) == 2 and is_called_square(line):
            context.sizes.unite(f"axis:{name.key}:0", f"axis:{name.key}:1")
        typer = Typer(context, context.sizes, str(line.order))
        for (left, right), relation in zip(pairs(statement), statement.relations):
            for side in (left, right) if relation in DEFINITE_ORDERS else ():
                if isinstance(side, Ref) and not side.indices and context.rank(side) == 2:
                    context.sizes.unite(f"axis:{side.key}:0", f"axis:{side.key}:1")
            if relation == "in" and isinstance(right, Space):
                for item in left.items if isinstance(left, Tuple) else (left,):
                    if isinstance(item, Ref):
                        declare(context, item, right.dims)
            elif isinstance(left, Dimensions) and isinstance(left.arg, Ref) and left.word != "size":
                declare(context, left.arg, right.items if isinstance(right, Tuple) else (right,))
    for d in (d for found in context.definitions.values() for d in found if d.link == IN_WORDS):
        for matrix in refs(d.body):
            if context.rank(matrix) == 2:  # as many eigenvalues as columns
                context.sizes.unite(f"axis:{d.key}:0", f"axis:{matrix.key}:1")
    for directive in context.author.of("shape"):
        ref, sizes = context.author.ref(context.naming, directive), context.author.sizes(context.naming, directive)
        if context.rank(ref) == len(sizes):
            declare(context, ref, sizes)
    for line in context.lines:
        statement = line.statement
        typer = Typer(context, context.sizes, str(line.order))
        for link, ((left, right), relation) in enumerate(zip(pairs(statement), statement.relations)):
            defined = context.definition_at(line.order, link, left, right)
            trial = context.sizes.copy(strict=True)
            typer = Typer(context, trial, str(line.order))
            try:
                shape = typer.shape(right if defined is None else defined.body)
            except Clash:
                if defined is not None:
                    context.without(defined)
                continue
            except (Unshaped, RecursionError):
                continue
            if defined is not None and not shape and not defined.indices and _is_array(context, defined):
                context.others.add((line.order, link))
            safe = trial.copy()
            said = defined is not None or line.said.supposed
            if (
                isinstance(left, Call)
                and isinstance(left.function, Ref)
                and left.function.key in context.naming.families
            ):
                left, shape = left.function, ()  # its indices have the ranges of those on the right side
            if said and (shape or isinstance(left, Ref) and left.indices):
                other = right if defined is not None and defined.body is left else left
                try:
                    typer.broadcast(typer.shape(other), shape, left.span)
                except (Clash, Unshaped, RecursionError):
                    if not shape:
                        context.sizes = safe.copy()
                    continue
            for letter, end in _ranges(statement):
                if not named(trial.find(typer.index(letter))):
                    trial.unite(typer.index(letter), f"size:{end}")
            if defined is not None or (relation in ("=", "set", "get") and not _has_derivative(statement)):
                context.sizes = trial.copy()


def _ranges(statement: Statement) -> Iterator[tuple[str, str]]:
    r"""The letters that a statement lets run from 1 to a size, ``i = 1, \\dots, m``, and that size."""
    for condition in statement.conditions:
        for left, right in pairs(condition):
            if is_range(left, right) and isinstance(left, Ref) and isinstance(right, Tuple):
                first, last = right.items[0], right.items[-1]
                if isinstance(first, Number) and first.value == 1 and isinstance(last, Ref) and not last.indices:
                    yield left.key, last.key


def _is_array(context: Context, defined: Definition) -> bool:
    """Does the document say for sure that what the name stands for has axes?"""
    rank, strength = context.ranks.known.get((defined.key, 0), (0, 0))
    return defined.parameters is None and rank > 0 and strength >= STRONG


def _has_derivative(statement: Statement) -> bool:
    return any(isinstance(p, (Derivative, Nabla)) for p in statement.walk())


def declare(context: Context, ref: Ref, dims: Iterable[Expr]) -> None:
    """``ref`` has these dimensions."""
    dims = tuple(dims)
    if is_lying(ref, dims) and context.rank(ref) == 1:
        if isinstance(dims[0], Number):
            context.rows.add(ref.key)
        dims = tuple(d for d in dims if not isinstance(d, Number))
    m = sum(not isinstance(i, Slice) for i in ref.indices)
    for position, dim in enumerate(dims):
        context.declared.add(size_name(dim))
        context.sizes.unite(f"axis:{ref.key}:{m + position}", size_name(dim))


def size_name(dim: Expr) -> str:
    """The name of a size: a letter, a number, or its LaTeX."""
    if isinstance(dim, Number):
        return ONE if dim.value == 1 else f"const:{dim.value}"
    if isinstance(dim, Ref):  # the sizes of all layers are one class: n_l and n_{l-1} clash nowhere
        return f"size:{dim.key}" if not dim.indices else f"layer:{dim.key}"
    return "size:" + spelt(dim)


def spelt(expr: Expr) -> str:
    if isinstance(expr, Ref):
        inner = ",".join(map(spelt, expr.indices))
        return expr.key + (f"[{inner}]" if inner else "")
    if isinstance(expr, Number):
        return str(expr.value)
    return type(expr).__name__ + "(" + ",".join(map(spelt, expr.children())) + ")"


def collect_labels(context: Context) -> None:
    """y in s_{y_i}: an integer that picks from an axis of s."""
    for line in context.lines:
        for ref in refs(line.statement):
            for position, index in enumerate(ref.indices):
                picks = isinstance(index, Ref) and index.key.startswith("\\mathrm{")
                if isinstance(index, Ref) and (index.indices or index.key == "y" or picks):
                    context.labels[index.key] = (ref.key, position)
