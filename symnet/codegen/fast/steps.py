"""A loop over steps as one operation, which makes the arrays of all its nodes; and the operations of one step.

A step reads and fills its parts of arrays for all steps (``q_i = q[i]``) and hands a value to the next one
(``x = x_next``), so its operations can be planned as those of a function.  Small steps are written as they are read:
what they take is their products of matrices.  (To compute the products of the inputs for all steps at once made a GRU
of 50 steps of 64 x 256 slower, by the memory that they need.)
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import sympy as sp

from symnet.codegen.arrays import (
    Array,
    Assign,
    Einsum,
    Item,
    Loop,
    NewAxis,
    Ref,
    Slice,
    Statement,
    Subscript,
    Update,
    is_whole,
    ordered,
    statements_in,
)
from symnet.codegen.contract import nominal
from symnet.codegen.fast.contraction import matrices
from symnet.codegen.fast.instructions import Instruction, with_children
from symnet.codegen.functions import Block
from symnet.ir.graph import Node

#: entries of the largest array of a step, with axes of nominal size, from which a step is planned
LARGE = 2**14


@dataclass(frozen=True)
class Stepping(Instruction):
    """A loop over steps; ``body`` are the operations of one step, ``plan`` is what became of them.

    ``views`` are the parts of arrays that a step reads or fills, ``carried`` says which variable becomes which one.
    """

    body: tuple[Instruction, ...] = ()
    plan: tuple = ()
    views: dict[str, Subscript] = field(default_factory=dict)
    filled: tuple[str, ...] = ()
    carried: dict[str, str] = field(default_factory=dict)

    @property
    def loop(self) -> Loop:
        """The loop itself, which stands after what is before the first step."""
        loop = self.statements[-1]
        assert isinstance(loop, Loop)
        return loop

    @property
    def wanted(self) -> set[str]:
        """What a step leaves behind."""
        return {*self.filled, *self.carried.values()}

    @property
    def given(self) -> list[Ref]:
        """What a step reads and does not compute."""
        made = {name for i in self.body for name in i.names}
        return list(dict.fromkeys(ref for i in self.body for ref in i.reads if ref.name not in made))

    def in_one_piece(self, name: str) -> bool:
        """Is a part of an array an array that lies in one piece, so that it can be written to and reshaped in place?"""
        view = self.views[name]
        return bool(view.layout) and not isinstance(view.items[0], Slice)


def stepping(statements: Sequence[Statement], fresh: Callable[[str], str]) -> tuple[Stepping, list[Block]]:
    """The operation of a loop over steps, and what one step computes, if that can be planned.

    ``fresh`` makes names that are free.
    """
    plain = tuple(_in_matrices(s) for s in statements)
    assigned = [s for s in statements_in(plain) if isinstance(s, Assign)]
    made = {s.target: Ref(s.value.layout, s.value.kind, s.target) for s in assigned}
    first, *others = made.values()
    loop = statements[-1]
    assert isinstance(loop, Loop)
    step = _Step(loop, {s.target for s in statements if isinstance(s, Assign)}, fresh)
    blocks = list(step.blocks())
    if not step.can_be_planned(blocks):
        blocks = []
    whole = Stepping(
        first,
        assigned[0].value,
        plain,
        also=tuple(others),
        views=step.views,
        filled=tuple(step.filled),
        carried=step.current,
    )
    return whole, blocks


@dataclass
class _Step:
    """The body of a loop in variables that are assigned once; ``started`` are those that have a value before it."""

    loop: Loop
    started: set[str]
    fresh: Callable[[str], str]
    views: dict[str, Subscript] = field(default_factory=dict)
    names: dict[tuple[str, int, sp.Expr], str] = field(default_factory=dict)  # of the views
    filled: list[str] = field(default_factory=list)
    current: dict[str, str] = field(default_factory=dict)  # a carried variable -> the one with its next value

    def __post_init__(self) -> None:
        ((self.index, _),) = self.loop.counters

    def blocks(self) -> Iterator[Block]:
        """The statements of every node of the step."""
        nodes: list[tuple[str, list[Statement]]] = []
        for of, statement in zip(self.loop.of, self.loop.body):
            if of:
                nodes.append((of, []))
            nodes[-1][1].append(self.statement(statement))
        for name, found in nodes:
            if len(found) > 1 and isinstance(found[-1], Assign):  # what was made by several is put into its place
                yield Block(Node(name, ()), found[:-1])
                found = found[-1:]
            yield Block(Node(name, ()), found)

    def can_be_planned(self, blocks: Sequence[Block]) -> bool:
        """There is an array in a step that is worth it, and arrays that it writes to are read through views alone."""
        arrays = [a for b in blocks for a in b.arrays]
        updated = [s.target.name for b in blocks for s in statements_in(b.statements) if isinstance(s, Update)]
        written = {key[0] for key, name in self.names.items() if name in self.filled or key[0] in updated}
        apart = not any(isinstance(a, Ref) and a.name in written for a in arrays)
        return apart and any(math.prod(map(nominal, a.indices)) >= LARGE for a in arrays)

    def statement(self, statement: Statement) -> Statement:
        if isinstance(statement, Loop):
            return replace(statement, body=tuple(map(self.statement, statement.body)))
        value = self.array(statement.value)
        if isinstance(statement, Assign):
            if statement.target not in self.started:
                return replace(statement, value=value)
            self.current[statement.target] = name = self.fresh(f"{statement.target}_next")
            return replace(statement, target=name, value=value)
        target = statement.target
        place = Subscript((), target.kind, target, statement.items)
        part = self.part(place)
        if part is not None and is_whole(part[1]) and statement.op == "=":
            self.filled.append(part[0].name)
            return Assign(part[0].name, value)
        items = tuple(self.array(i) if isinstance(i, Array) else i for i in statement.items)
        return Update(self.array(target), items, statement.op, value, statement.repeated)  # type: ignore[arg-type]

    def array(self, array: Array) -> Array:
        """The array in the variables of the step."""
        if isinstance(array, Ref):
            return replace(array, name=self.current.get(array.name, array.name))
        if isinstance(array, Subscript) and (part := self.part(array)) is not None:
            view, rest = part
            return view if is_whole(rest) else Subscript(array.layout, array.kind, view, rest)
        return with_children(array, map(self.array, array.children)) if array.children else array

    def part(self, array: Subscript) -> tuple[Ref, tuple[Item, ...]] | None:
        """The part of an array for one step, and how that is indexed."""
        places = [k for k, i in enumerate(array.items) if isinstance(i, sp.Expr) and i.has(self.index)]
        if len(places) != 1 or not isinstance(array.arg, Ref):
            return None
        (at,) = places
        place, stored = array.items[at], array.arg.layout
        taken = [i for i in array.items if not isinstance(i, NewAxis)]
        if None in stored or any(isinstance(i, Array) for i in taken):
            return None
        axis = taken.index(place)
        layout = [i.index if isinstance(i, Slice) else own for i, own in zip(taken, stored)]  # as the reader calls them
        items = tuple(place if k == axis else Slice(i) for k, i in enumerate(stored))
        rest = (*stored[:axis], *stored[axis + 1 :])
        key = (array.arg.name, axis, place)
        if key not in self.names:
            word = "next" if place != self.index else self.index.label
            self.names[key] = self.fresh(f"{array.arg.name}_{word}")
            self.views[self.names[key]] = Subscript(rest, array.arg.kind, array.arg, items)
        view = Ref((*layout[:axis], *layout[axis + 1 :]), array.arg.kind, self.names[key])
        return view, (*array.items[:at], *array.items[at + 1 :])


def _in_matrices(statement: Statement) -> Statement:
    """The statement with contractions as matrix products."""
    if isinstance(statement, Loop):
        return replace(statement, body=tuple(map(_in_matrices, statement.body)))
    return replace(statement, value=_products(statement.value))


def _products(array: Array) -> Array:
    found = with_children(array, map(_products, array.children)) if array.children else array
    gemm = matrices(found) if isinstance(found, Einsum) else None
    return found if gemm is None else ordered(gemm, found.layout)
