"""Single operations: what a plan is made of.

An operand is *atomic*: a variable, a view of one (transpose, basic subscript, windows), a Python number.  An
instruction computes one variable by one operation on atomic operands, or is a list of statements taken as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from symnet.codegen.arrays import (
    Apply,
    Array,
    Const,
    Copy,
    Diagonal,
    Einsum,
    Flat,
    Full,
    MatMul,
    NewAxis,
    OthersProduct,
    Pad,
    Positions,
    Reduce,
    Ref,
    Slice,
    Statement,
    Subscript,
    Transpose,
    Windows,
    Zeros,
    arrays_of,
    statements_in,
    walk,
)
from symnet.ir.expr import Index


@dataclass(frozen=True)
class Grouped(Array):
    """Neighbouring dimensions as one: a reshape of an array that lies in one piece."""

    arg: Array

    @property
    def children(self) -> tuple[Array, ...]:
        return (self.arg,)


@dataclass(frozen=True)
class Gemm(Array):
    """A matrix product of grouped operands, for every row of the first axis; ``shape`` is that of the product."""

    a: Array
    b: Array
    shape: tuple[Index, ...]

    @property
    def children(self) -> tuple[Array, ...]:
        return (self.a, self.b)


@dataclass(frozen=True)
class Blank(Array):
    """Memory with any content, which statements fill."""


VIEWS = (Transpose, Diagonal, Windows, Grouped)


@dataclass(frozen=True)
class Instruction:
    """``target = value``; with ``statements`` the variable is made by these, taken as they are."""

    target: Ref
    value: Array
    statements: tuple[Statement, ...] = ()
    comment: str = ""
    also: tuple[Ref, ...] = ()  # further variables that the same operation makes
    axes: tuple[int, ...] = ()  # of calm_exp: what is summed over
    row: Index | None = None  # of statements: the index over whose rows they can be blocked

    @property
    def names(self) -> tuple[str, ...]:
        return (self.name, *(ref.name for ref in self.also))

    @property
    def name(self) -> str:
        return self.target.name

    @property
    def reads(self) -> tuple[Ref, ...]:
        """The variables that are read, in order, each once: statements may read one under several indices."""
        if self.statements:
            found = [a for s in statements_in(self.statements) for a in arrays_of(s)]
        else:
            found = list(walk(self.value))
        refs: dict[str, Ref] = {}
        for ref in found:
            if isinstance(ref, Ref) and ref.name != self.name:
                refs.setdefault(ref.name, ref)
        return tuple(refs.values())


def is_view(array: Array) -> bool:
    """Indexing without data of its own."""
    if isinstance(array, Subscript):
        return not any(isinstance(i, Array) for i in array.items)
    return isinstance(array, VIEWS)


def is_atomic(array: Array) -> bool:
    while is_view(array):
        array = array.arg  # type: ignore[attr-defined]
    return isinstance(array, (Ref, Const, Positions))


def untransposed(array: Array) -> Array:
    """The array in the order in which it stands, where the order of axes is of no matter."""
    while isinstance(array, Transpose):
        array = array.arg
    return array


def base(array: Array) -> Array:
    """What a view is a view of."""
    while is_view(array):
        array = array.arg  # type: ignore[attr-defined]
    return array


def row_axis(operand: Array, row: Index) -> int | None:
    """The dimension of the variable whose rows a .. b are the rows a .. b of ``operand``; None where there is none."""
    if row not in operand.layout:
        return None
    if isinstance(operand, Ref):
        return operand.layout.index(row)
    if not is_view(operand):
        return None
    inner: Array = operand.arg  # type: ignore[attr-defined]
    if row not in inner.layout or inner.layout.index(row) in _mixed(operand):
        return None
    return row_axis(inner, row)


def _mixed(view: Array) -> set[int]:
    """The dimensions of what is viewed whose positions are not those of a dimension of the view."""
    if isinstance(view, (Diagonal, Windows)):
        return set(view.axes)
    if isinstance(view, Subscript):
        taken = [i for i in view.items if not isinstance(i, NewAxis)]
        return {k for k, item in enumerate(taken) if not (isinstance(item, Slice) and item.full)}
    return set()


def rebased(view: Array, variable: Ref) -> Array:
    """The same view of another variable."""
    if isinstance(view, Ref):
        return variable
    inner: Array = view.arg  # type: ignore[attr-defined]
    return with_children(view, (rebased(inner, variable), *view.children[1:]))


def with_children(array: Array, children: Iterable[Array]) -> Array:
    """The same operation on other operands."""
    new = list(children)
    if isinstance(array, (Apply, Einsum)):
        return replace(array, args=tuple(new))
    if isinstance(array, (MatMul, Gemm)):
        return replace(array, a=new[0], b=new[1])
    if isinstance(array, Subscript):
        places = iter(new[1:])
        items = tuple(next(places) if isinstance(i, Array) else i for i in array.items)
        return replace(array, arg=new[0], items=items)
    if isinstance(array, Full):
        return replace(array, value=new[0])
    if isinstance(array, (Reduce, Transpose, Windows, Diagonal, Flat, Pad, Copy, OthersProduct, Grouped)):
        return replace(array, arg=new[0])
    assert isinstance(array, (Ref, Const, Positions, Zeros, Blank)), array
    return array


def variables(array: Array) -> Iterator[Ref]:
    return (a for a in walk(array) if isinstance(a, Ref))
