"""What a computation is: nodes ``v[axes] = expr`` in order, with inputs, outputs and the facts known of them.

One node kind is enough: a node is an input (no expression) or a definition whose expression reads earlier nodes.
Pointwise maps, broadcasts, reductions, contractions, windows and gathers differ only in that expression.
An access names its node; the node's definition is always looked up in the graph.

A recurrence is a definition that reads itself one step back, h[t] = f(h[t - 1], ...).  Such a node is *carried*: it has
one value more than its axis is long, the one before the first step.  :mod:`symnet.ir.recurrence` finds the loops.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import sympy as sp

from symnet.ir.expr import Access, Index, Param, Reduction, free_indices, nodes_of
from symnet.ir.interval import Interval
from symnet.ir.signs import is_bit, sign_of

#: kind of an input -> the assumptions of its entries; all but the real and positive ones get no gradient
KINDS = {
    "real": {"real": True},
    "positive": {"positive": True},
    "probability": {"nonnegative": True},
    "one_hot": {"integer": True, "nonnegative": True},
    "mask": {"integer": True, "nonnegative": True},
    "labels": {"integer": True, "nonnegative": True},
}


@dataclass(frozen=True)
class Carry:
    """What a carried node needs besides its definition: the axis of the steps, and its value before the first one.

    It is read at ``index - 1``, whose first value is ``before``; in reverse, from the last step to the first, at
    ``index + 1``, and ``before`` is the value at the size of the axis.
    """

    index: Index
    before: Any  # a sp.Expr in the other axes
    reverse: bool = False

    @property
    def back(self) -> int:
        """How far off the step before is."""
        return 1 if self.reverse else -1


@dataclass(frozen=True, eq=False)
class Node:
    """A named array; ``expr`` is None for an input."""

    name: str
    axes: tuple[Index, ...]
    expr: Any = None  # a sp.Expr in the axes; None for an input
    kind: str = "real"
    below: sp.Expr | None = None  # labels: the number of classes
    auto: bool = False  # named by the compiler, not by the author
    line: int = 0  # where it is defined in the author's file
    adjoint_of: str = ""  # for an adjoint: the node it is the gradient with respect to
    tangent_of: str = ""  # for a tangent: the node whose slope along a direction it is
    carry: Carry | None = None  # for a node that is read one step back

    @cached_property
    def assumptions(self) -> dict[str, bool]:
        if self.is_input:
            return KINDS[self.kind]
        if self.adjoint_of or self.carry is not None:  # read before its definition is known
            return {"real": True}
        if isinstance(self.expr, Reduction) and self.expr.op in ("argmax", "argmin"):
            return {"integer": True, "nonnegative": True}
        if self.is_bit:
            return {"integer": True, "nonnegative": True}
        return {sign_of(self.expr) or "real": True}

    @cached_property
    def is_bit(self) -> bool:
        """Is every entry 0 or 1?  It is found once: the nodes below are asked, which are read more than once each."""
        return self.kind in ("mask", "one_hot") or (self.expr is not None and is_bit(self.expr))

    @cached_property
    def signature(self) -> str:
        """What an access needs to know of its node, besides the name."""
        return f"{self.kind} {self.below} {self.adjoint_of} {' '.join(i.name for i in self.axes)}"

    @property
    def is_input(self) -> bool:
        return self.expr is None and self.carry is None

    @cached_property
    def reads(self) -> Mapping[str, Node]:
        """The nodes that its definition reads, by name."""
        first = {} if self.carry is None else nodes_of(self.carry.before)
        return {**first, **(nodes_of(self.expr) if self.expr is not None else {})}

    @property
    def differentiable(self) -> bool:
        return self.kind in ("real", "positive", "probability")

    def __getitem__(self, subs: sp.Expr | tuple[sp.Expr, ...]) -> Access:
        return Access(self, subs if isinstance(subs, tuple) else (subs,))

    @cached_property
    def value(self) -> Access:
        """The access under the node's own axes."""
        return Access(self, self.axes)

    def __repr__(self) -> str:
        return f"{self.value} = {self.expr}" if self.expr is not None else f"{self.value}: {self.kind}"


@dataclass(frozen=True)
class Fact:
    """``lhs = rhs`` holds for the values of the inputs; ``source`` is the key of who says so.

    The keys: the kind of the input that is declared (``one_hot``, ``probability``), or ``assumed`` by the author.
    """

    lhs: sp.Expr
    rhs: sp.Expr
    source: str


@dataclass(frozen=True, eq=False)
class Parameter:
    """A keyword-only constant; ``static`` when its value decided the shape of the graph."""

    name: str
    default: object
    static: bool = False
    limits: Interval | None = None  # the numbers that it may be

    @property
    def symbol(self) -> Param:
        return Param(self.name)


@dataclass(frozen=True, eq=False)
class Graph:
    """Nodes in the order of their definition."""

    name: str
    nodes: tuple[Node, ...]
    outputs: tuple[Node, ...]
    facts: tuple[Fact, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    doc: str = ""
    several: bool = False  # the definition returned a tuple
    place: str = field(default="", compare=False)

    @cached_property
    def by_name(self) -> Mapping[str, Node]:
        return {n.name: n for n in self.nodes}

    @property
    def inputs(self) -> tuple[Node, ...]:
        return tuple(n for n in self.nodes if n.is_input)

    @property
    def differentiable_inputs(self) -> tuple[Node, ...]:
        return tuple(n for n in self.inputs if n.differentiable)

    @property
    def definitions(self) -> tuple[Node, ...]:
        return tuple(n for n in self.nodes if not n.is_input)

    def sums_to_one(self, node: Node) -> tuple[int, ...]:
        """The dimensions of an input over which its own declaration says that it sums to 1."""
        for fact in self.facts:
            inner = fact.lhs.body if isinstance(fact.lhs, Reduction) else None
            if fact.source == node.kind and isinstance(inner, Access) and inner.node.name == node.name:
                return tuple(k for k, sub in enumerate(inner.subs) if sub in fact.lhs.over)
        return ()

    def needed_for(self, wanted: Iterable[Node]) -> tuple[Node, ...]:
        """The nodes that ``wanted`` depend on, themselves included, in order."""
        keep: set[str] = set()
        todo = [n.name for n in wanted]
        while todo:
            name = todo.pop()
            if name in keep:
                continue
            keep.add(name)
            todo += self.by_name[name].reads
        return tuple(n for n in self.nodes if n.name in keep)

    def rebuilt(self, change: Callable[[Node], sp.Expr | None]) -> Graph:
        """The graph with ``change(node)`` as the expression of each node."""
        new = {n.name: n if n.expr is None else replace(n, expr=change(n)) for n in self.nodes}
        return replace(self, nodes=tuple(new.values()), outputs=tuple(new[o.name] for o in self.outputs))


def check_closed(node: Node) -> None:
    """A definition reads only its own axes; anything else is a defect of symnet, not of the author."""
    extra = free_indices(node.expr) - frozenset(node.axes) if node.expr is not None else frozenset()
    if extra:
        raise AssertionError(f"{node.name} depends on {sorted(i.name for i in extra)}, which are not its axes")
