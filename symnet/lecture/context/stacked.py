r"""Matrices that are given by their columns or rows: ``X = [x_1, \dots, x_N]`` says that x_i is column i of X."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple, TypeGuard

from symnet.lecture.context.refs import Ref, is_bold, is_upper, pairs, refs, spelling
from symnet.lecture.reader.syntax import Dots, Expr, Matrix, Number, Space, Statement, Symbol, Transpose, Tuple


class Stack(NamedTuple):
    """The vectors of a matrix: their name, whether it is bold, and whether they are its rows.

    Where nothing but the capital of the matrix says so, they are not ``certain`` to be vectors: they may be numbers.
    """

    matrix: str
    vector: str
    bold: bool
    rows: bool
    certain: bool


def stacks(statements: Iterable[Statement]) -> Iterator[Stack]:
    """The matrices of a document whose vectors stand side by side, or one below the other."""
    statements = list(statements)
    declared = {spelling(a) for s in statements for a, b in pairs(s) if isinstance(a, Symbol) and _is_plane(b)}
    raised = {spelling(p.arg) for s in statements for p in s.walk() if isinstance(p, Transpose) and _is_named(p.arg)}
    for statement in statements:
        planes = any(map(_is_plane, statement.terms))
        for (left, right), relation in zip(pairs(statement), statement.relations):
            first, rows = _first(right)
            if relation not in ("=", "set") or first is None or not isinstance(left, Symbol) or left.subs:
                continue
            certain = is_bold(first) or spelling(first) in raised or planes or spelling(left) in declared
            if is_upper(spelling(left)):
                yield Stack(spelling(left), spelling(first), is_bold(first), rows, certain)


#: words before a vector, with no formula between but the matrix: "whose rows are the inputs", "the columns of $X$ are"
_TOLD = re.compile(
    r"\b(?:(rows?|строк\w*)|columns?|столбц\w*)\b(?:[^.$;]{0,25}\$\S{1,12}\$)?[^.$;]{0,40}$", re.IGNORECASE
)


def told_stacks(statements: Iterable[tuple[Statement, str]]) -> Iterator[Stack]:
    """The matrices of which the prose before a statement says that vectors are rows or columns."""
    statements = list(statements)
    bare = [p for said, _ in statements for p in said.walk() if isinstance(p, Symbol) and not p.subs]
    capitals = {spelling(p) for p in bare if is_upper(spelling(p))}
    for said, before in statements:
        first = said.terms[0]
        first = first.items[0] if isinstance(first, Tuple) else first
        first = first.arg if isinstance(first, Transpose) else first
        told = _TOLD.search(before)
        if told and _is_named(first) and spelling(first).upper() in capitals:
            yield Stack(spelling(first).upper(), spelling(first), is_bold(first), bool(told[1]), True)


def is_stack(left: Expr, right: Expr) -> bool:
    """Do two sides only say what the vectors of a matrix, or the entries of a vector, are called?"""
    inside = right.arg if isinstance(right, Transpose) else right
    if isinstance(left, Ref) and isinstance(inside, Tuple) and any(isinstance(p, Dots) for p in inside.items):
        return all(isinstance(p, Dots) or isinstance(p, Ref) and p.key == left.key for p in inside.items)
    if not isinstance(left, Ref) or not isinstance(inside, Matrix):
        return False
    return any(r.key == left.key for r in refs(inside)) and any(isinstance(p, Dots) for p in inside.walk())


def is_range(left: Expr, right: Expr) -> bool:
    r"""Have the sides the form ``t = 0, \dots, T - 1``: a range if t is an index elsewhere, else a list of entries?"""
    if not isinstance(left, Ref) or left.indices or not isinstance(right, Tuple):
        return False
    return any(isinstance(item, Dots) for item in right.items) and not any(r.indices for r in refs(right))


def ends_of_ranges(statements: Iterable[Statement]) -> set[str]:
    r"""The capitals that letters run to: the T of ``t = 0, \dots, T - 1``."""
    found: set[str] = set()
    for statement in statements:
        for left, right in pairs(statement):
            if isinstance(left, Symbol) and isinstance(right, Tuple) and any(isinstance(p, Dots) for p in right.items):
                names = {p.name for p in right.walk() if isinstance(p, Symbol) and not p.subs}
                found |= {name for name in names if name == left.name.upper()}
    return found


def index_letters(exprs: Iterable[Expr]) -> set[Ref]:
    """The names that stand in an index."""
    found = (i for expr in exprs for ref in refs(expr) for i in ref.indices if isinstance(i, Expr))
    return {letter for index in found for letter in refs(index)}


def beside_indices(expr: Expr) -> Iterator[Expr]:
    """Every part of an expression that stands in no index."""
    yield expr
    for part in () if isinstance(expr, Ref) else expr.children():
        yield from beside_indices(part)


def _first(expr: Expr) -> tuple[Symbol | None, bool]:
    """The first of the vectors that an expression lists with dots, and whether they are rows."""
    turned = isinstance(expr, Transpose)
    matrix = expr.arg if isinstance(expr, Transpose) else expr
    if not isinstance(matrix, Matrix):
        return None, False
    entries = [entry for row in matrix.rows for entry in row]
    upright = len(matrix.rows) > 1
    if len(matrix.rows) not in (1, len(entries)) or not any(isinstance(e, Dots) for e in entries):
        return None, False
    lying = upright and all(isinstance(e, Transpose | Dots) for e in entries)
    if upright and (turned or not lying):
        return None, False
    names = [e.arg if isinstance(e, Transpose) else e for e in entries if not isinstance(e, Dots)]
    if not all(_is_named(e) for e in names) or len({spelling(e) for e in names}) != 1:  # type: ignore[arg-type]
        return None, False
    first = names[0]
    assert isinstance(first, Symbol)
    counted = isinstance(first.subs[0], Number) and first.subs[0].value == 1
    return (first, turned or upright) if counted else (None, False)


def _is_named(expr: Expr) -> TypeGuard[Symbol]:
    return isinstance(expr, Symbol) and len(expr.subs) == 1


def _is_plane(expr: Expr) -> bool:
    return isinstance(expr, Space) and len(expr.dims) == 2
