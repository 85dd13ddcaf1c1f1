"""The array language between index expressions and text.

An array expression is a tree of NumPy operations.  Each knows its *layout*, the index that every dimension runs over
(None for a kept dimension of length 1), so that who reads the tree (the printer of this style, a planner of another)
knows every shape symbolically.  Its *kind* says what it holds:

    const   a Python number, weak beside any array        bool, int   comparisons, positions and labels
    real    numbers of the dtype of the inputs

Arrays meet by NumPy's own broadcasting, aligned at their last dimension.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import sympy as sp

from symnet.ir.expr import Index

Layout = tuple[Index | None, ...]


@dataclass(frozen=True)
class Array:
    """An array expression; ``layout`` names the index of each dimension."""

    layout: Layout
    kind: str

    @property
    def children(self) -> tuple[Array, ...]:
        return ()

    @property
    def indices(self) -> tuple[Index, ...]:
        return tuple(i for i in self.layout if i is not None)


@dataclass(frozen=True)
class Ref(Array):
    """A variable of the generated function."""

    name: str


@dataclass(frozen=True)
class Const(Array):
    """A Python number: an expression of numbers, sizes, parameters and loop counters."""

    value: sp.Expr


@dataclass(frozen=True)
class Positions(Array):
    """0 .. size - 1 along one index."""

    size: sp.Expr


@dataclass(frozen=True)
class Apply(Array):
    """An elementwise operation, by name (add, mul, exp, where, ...)."""

    op: str
    args: tuple[Array, ...]

    @property
    def children(self) -> tuple[Array, ...]:
        return self.args


@dataclass(frozen=True)
class Reduce(Array):
    """A reduction over positions ``axes`` of the operand."""

    op: str
    arg: Array
    axes: tuple[int, ...]
    keep: bool

    @property
    def children(self) -> tuple[Array, ...]:
        return (self.arg,)


@dataclass(frozen=True)
class MatMul(Array):
    a: Array
    b: Array

    @property
    def children(self) -> tuple[Array, ...]:
        return (self.a, self.b)


@dataclass(frozen=True)
class Einsum(Array):
    """A contraction: operands with full layouts, the result in this node's layout."""

    args: tuple[Array, ...]

    @property
    def children(self) -> tuple[Array, ...]:
        return self.args


@dataclass(frozen=True)
class Transpose(Array):
    arg: Array
    order: tuple[int, ...]

    @property
    def children(self) -> tuple[Array, ...]:
        return (self.arg,)


@dataclass(frozen=True)
class Slice:
    """``start : stop : step``, read by ``index`` (None: a kept dimension); no stop: to the end.

    The step is positive, or -1 for entries down to the first; ``from_last``: these begin with the last one.
    """

    index: Index | None
    start: sp.Expr = sp.S.Zero
    stop: sp.Expr | None = None
    step: int = 1
    from_last: bool = False

    @property
    def full(self) -> bool:
        return self.start == 0 and self.stop is None and self.step == 1


@dataclass(frozen=True)
class NewAxis:
    pass


#: an item of a subscript: a slice, a new dimension, an integer position, or an array of positions
Item: TypeAlias = Slice | NewAxis | sp.Expr | Array


def is_whole(items: Iterable[Item]) -> bool:
    """Is nothing left out, moved or put in?"""
    return all(isinstance(i, Slice) and i.full for i in items)


@dataclass(frozen=True)
class Subscript(Array):
    """Basic and advanced indexing."""

    arg: Array
    items: tuple[Item, ...]

    @property
    def children(self) -> tuple[Array, ...]:
        return (self.arg, *(i for i in self.items if isinstance(i, Array)))


@dataclass(frozen=True)
class Windows(Array):
    """Sliding windows: each of ``axes`` becomes positions, the window itself a new last dimension."""

    arg: Array
    sizes: tuple[sp.Expr, ...]
    axes: tuple[int, ...]

    @property
    def children(self) -> tuple[Array, ...]:
        return (self.arg,)


@dataclass(frozen=True)
class Diagonal(Array):
    arg: Array
    axes: tuple[int, int]

    @property
    def children(self) -> tuple[Array, ...]:
        return (self.arg,)


@dataclass(frozen=True)
class Flat(Array):
    """The last ``count`` dimensions as one."""

    arg: Array
    count: int

    @property
    def children(self) -> tuple[Array, ...]:
        return (self.arg,)


@dataclass(frozen=True)
class Full(Array):
    """An array of its layout's full shape, filled with a (broadcast) value."""

    value: Array

    @property
    def children(self) -> tuple[Array, ...]:
        return (self.value,)


@dataclass(frozen=True)
class Empty(Array):
    """An array of the layout's shape that is still to be filled."""


@dataclass(frozen=True)
class Zeros(Array):
    """Zeros of the layout's shape, ``like`` the shape and dtype of a variable where there is one."""

    like: str = ""


@dataclass(frozen=True)
class Pad(Array):
    """Zeros around the operand, ``(before, after)`` for each dimension."""

    arg: Array
    widths: tuple[tuple[sp.Expr, sp.Expr], ...]

    @property
    def children(self) -> tuple[Array, ...]:
        return (self.arg,)


@dataclass(frozen=True)
class Copy(Array):
    arg: Array

    @property
    def children(self) -> tuple[Array, ...]:
        return (self.arg,)


@dataclass(frozen=True)
class OthersProduct(Array):
    """Along dimension ``axis``: the product of all the other elements."""

    arg: Array
    axis: int

    @property
    def children(self) -> tuple[Array, ...]:
        return (self.arg,)


# -- statements -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Assign:
    """``target = value``."""

    target: str
    value: Array
    comment: str = ""


@dataclass(frozen=True)
class Update:
    """``target[items] op value`` with op ``=``, ``+=`` or ``-=``; ``repeated``: positions may repeat, each counts."""

    target: Ref
    items: tuple[Item, ...]
    op: str
    value: Array
    repeated: bool = False


@dataclass(frozen=True)
class Loop:
    """A loop over the few positions of a window, or over steps that need each other; never over elements.

    ``of`` names the node that each statement of the body computes, where they are several.
    """

    counters: tuple[tuple[sp.Symbol, sp.Expr], ...]
    body: tuple[Statement, ...]
    reverse: bool = False
    of: tuple[str, ...] = ()


Statement = Assign | Update | Loop


# -- construction ---------------------------------------------------------------------------------------------------


def const(value: object) -> Const:
    return Const((), "const", sp.sympify(value, strict=True))


def broadcast(layouts: Iterable[Layout]) -> Layout:
    """NumPy's broadcasting of layouts, aligned at the last dimension."""
    layouts = list(layouts)
    rank = max((len(layout) for layout in layouts), default=0)
    result: list[Index | None] = [None] * rank
    for layout in layouts:
        for k, index in enumerate(reversed(layout), 1):
            if index is not None:
                assert result[-k] in (None, index), f"{result[-k]} meets {index}"
                result[-k] = index
    return tuple(result)


BOOLEAN = {"gt", "ge", "eq", "ne", "and", "not", "truth"}


def apply(op: str, *args: Array, kind: str | None = None) -> Array:
    """An elementwise operation of aligned operands."""
    if kind is None:
        kinds = {a.kind for a in args}
        if op in BOOLEAN:
            kind = "bool"
        elif op == "where":
            kind = _join({a.kind for a in args[1:]})
        else:
            kind = _join(kinds)
    return Apply(broadcast(a.layout for a in args), kind, op, tuple(args))


def _join(kinds: set[str]) -> str:
    for kind in ("real", "int", "bool"):
        if kind in kinds:
            return kind
    return "const"


def transpose(arg: Array, order: Sequence[int]) -> Array:
    order = tuple(order)
    if order == tuple(range(len(order))):
        return arg
    if isinstance(arg, Transpose):
        return transpose(arg.arg, tuple(arg.order[k] for k in order))
    return Transpose(tuple(arg.layout[k] for k in order), arg.kind, arg, order)


def ordered(array: Array, order: Iterable[Index | None]) -> Array:
    """The array with its dimensions in the ``order`` of these indices."""
    return transpose(array, [array.layout.index(i) for i in order])


def walk(array: Array) -> Iterator[Array]:
    """The tree, parents first."""
    yield array
    for child in array.children:
        yield from walk(child)


def statements_in(statements: Iterable[Statement]) -> Iterator[Statement]:
    """Every statement, those in loops included."""
    for statement in statements:
        yield statement
        if isinstance(statement, Loop):
            yield from statements_in(statement.body)


def arrays_of(statement: Statement) -> Iterator[Array]:
    """Every array expression in one statement (of a loop: none of its own)."""
    if isinstance(statement, Assign):
        yield from walk(statement.value)
    elif isinstance(statement, Update):
        yield from walk(statement.target)
        yield from walk(statement.value)
        for item in statement.items:
            if isinstance(item, Array):
                yield from walk(item)
