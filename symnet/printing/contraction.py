"""Sums over indices as matrix products: which product a sum is follows from what is left of the factors that hold it.

    nothing left         a^T b, or the sum of all entries
    one index left       A v, or the row (column) sums of A
    two indices left     A B, or A diag(v) B, where no factor holds both

Indices are resolved one after the other, those that leave the least first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sympy as sp

from symnet.ir.expr import Index, accesses, free_indices
from symnet.printing.dialects import Box
from symnet.printing.tree import Big, Power, Product, Sum

if TYPE_CHECKING:
    from symnet.printing.matrix_notation import MatrixPrinter

Axis = Index | None


class NoMatrixForm(Exception):
    """The expression is not made of matrices, vectors and scalars."""


@dataclass(frozen=True)
class Factor:
    """A matrix or vector; ``render(row, column)`` writes it in that orientation, below the line where it divides."""

    indices: frozenset[Index]
    render: Callable[[Axis, Axis], Box]
    divides: bool = False


@dataclass(frozen=True)
class Parts:
    """A product taken apart: scalars, sums that have become scalars, arrays."""

    scalars: Product
    totals: list[Box]
    arrays: list[Factor]


def free(tree: object) -> frozenset[Index]:
    """The free indices of a tree."""
    match tree:
        case Sum():
            return frozenset().union(*map(free, tree.declared))
        case Product():
            return frozenset().union(*map(free, tree.factors))
        case Power():
            return free(tree.base) | free_indices(tree.exponent)
        case Big():
            return free(tree.body) - frozenset(tree.over)
        case sp.Basic():
            return free_indices(tree)
    return frozenset()


def reads(tree: object, axes: bool = False) -> bool:
    """An array is read (with ``axes``: one that is no scalar)."""
    match tree:
        case Sum():
            return any(reads(t, axes) for t in tree.declared)
        case Product():
            return any(reads(f, axes) for f in tree.factors)
        case Power():
            return reads(tree.base, axes) or reads(tree.exponent, axes)
        case Big():
            return reads(tree.body, axes)
        case sp.Basic():
            return any(a.subs or not axes for a in accesses(tree))
    return False


def contract(printer: MatrixPrinter, parts: Parts, over: Sequence[Index]) -> Parts:
    """The sum of a product over ``over``."""
    left, arrays, totals = list(over), list(parts.arrays), list(parts.totals)
    if not set(left) <= _indices(arrays):
        raise NoMatrixForm
    while left:
        k = min(left, key=lambda i: (len(_beside(arrays, i)), left.index(i)))
        touched = [f for f in arrays if k in f.indices]
        arrays = [f for f in arrays if k not in f.indices]
        left.remove(k)
        others = sorted(_beside(touched, k), key=str)
        if not others:
            totals.append(_scalar(printer, touched, k))
        elif len(others) == 1 and others[0] in left and not any(others[0] in f.indices for f in arrays):
            left.remove(others[0])
            row, column = oriented(printer, touched, others[0], k)
            totals.append(printer.call("sum", printer.elementwise(touched, row, column)))
        else:
            arrays.append(_contracted(printer, touched, k, others))
    return Parts(parts.scalars, totals, arrays)


def oriented(printer: MatrixPrinter, factors: Sequence[Factor], a: Index, b: Index) -> tuple[Index, Index]:
    """The order of two axes in which fewer transposes are written."""
    mark = printer.dialect.transpose
    first, second = (printer.elementwise(factors, *pair).text.count(mark) for pair in ((a, b), (b, a)))
    return (b, a) if second < first else (a, b)


def _indices(factors: Sequence[Factor]) -> frozenset[Index]:
    return frozenset().union(*(f.indices for f in factors))


def _beside(factors: Sequence[Factor], k: Index) -> frozenset[Index]:
    """The indices of the factors that hold k, without k."""
    return _indices([f for f in factors if k in f.indices]) - {k}


def _scalar(printer: MatrixPrinter, factors: Sequence[Factor], k: Index) -> Box:
    first, *rest = factors
    if not rest or any(f.divides for f in factors):
        return printer.call("sum", printer.elementwise(factors, k, None))
    return printer.matmul([printer.transposed(first.render(k, None)), printer.elementwise(rest, k, None)])


def _contracted(printer: MatrixPrinter, factors: Sequence[Factor], k: Index, others: Sequence[Index]) -> Factor:
    vectors = [f for f in factors if f.indices == {k}]
    matrices = [f for f in factors if f.indices != {k}]
    if len(others) == 1:
        return _vector(printer, matrices, vectors, k, others[0])
    if len(others) > 2:
        raise NoMatrixForm
    return _matrix(printer, matrices, vectors, k, *others)


def _vector(
    printer: MatrixPrinter, matrices: Sequence[Factor], vectors: Sequence[Factor], k: Index, a: Index
) -> Factor:
    if vectors:
        box = printer.matmul([printer.turned(matrices, a, k), printer.elementwise(vectors, k, None)])
    else:
        row, column = oriented(printer, matrices, a, k)
        box = printer.call("rowsum" if row == a else "colsum", printer.elementwise(matrices, row, column))
    return Factor(frozenset((a,)), lambda row, column: box)


def _matrix(
    printer: MatrixPrinter, matrices: Sequence[Factor], vectors: Sequence[Factor], k: Index, a: Index, b: Index
) -> Factor:
    def render(row: Axis, column: Axis) -> Box:
        assert row is not None and column is not None
        left, right = ([f for f in matrices if index in f.indices] for index in (row, column))
        boxes = [printer.turned(left, row, k), printer.turned(right, k, column)]
        if vectors:
            boxes.insert(1, printer.call("diag", printer.elementwise(vectors, k, None)))
        return printer.matmul(boxes)

    return Factor(frozenset((a, b)), render)
