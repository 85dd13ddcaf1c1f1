"""The values that the names of a listing have: nodes of a graph, functions, groups, data from outside."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import sympy as sp

from symnet.ir.graph import Node
from symnet.lecture.listings.arrays import Arr, Dims
from symnet.lecture.listings.statements import Line


@dataclass(eq=False)
class Binding:
    """A value of a name: one node of the graph."""

    name: str
    version: int
    label: str
    value: Arr | None  # None for an input
    dims: Dims | None  # None while the rank of an input is open
    line: Line | None
    kind: str = "real"
    below: sp.Expr | None = None
    opaque: str = ""  # why the value is not known
    hides: tuple[Binding, ...] = ()  # what an unknown value may depend on
    reads: tuple[Binding, ...] = ()
    before: Binding | None = None  # the version that an in-place statement changed
    change: str = ""  # how: mask, scale, add, index
    node: Node | None = None
    source: str = ""  # where its shape is from
    pick: int = -1  # which choice of the reading gave its shape


@dataclass(eq=False)
class Function:
    """A def or a lambda of the listing."""

    name: str
    parameters: list[str]
    defaults: dict[str, ast.expr]
    body: list[ast.stmt]
    scope: Scope


@dataclass(eq=False)
class Scope:
    """Names and their values; a function's scope looks into the one around it."""

    values: dict[str, Any] = field(default_factory=dict)
    around: Scope | None = None

    def get(self, name: str) -> Any:
        scope: Scope | None = self
        while scope is not None:
            if name in scope.values:
                return scope.values[name]
            scope = scope.around
        return None


@dataclass(frozen=True)
class Outcome:
    """What became of one statement."""

    line: Line
    names: tuple[str, ...] = ()
    bindings: tuple[Binding, ...] = ()
    clash: str = ""
    unread: str = ""
    function: Function | None = None


class Stop(Exception):
    """This reading does not fit."""


@dataclass(eq=False)
class Data:
    """Numbers that come from outside: an input of this shape."""

    dims: Dims


@dataclass(frozen=True)
class Generator:
    """A source of random numbers: ``np.random.default_rng(0)``."""


@dataclass(eq=False)
class Group:
    """A dictionary with constant keys."""

    items: dict[str, Any]


def bindings_in(value: Any) -> Iterator[Binding]:
    """The bindings that a value consists of."""
    if isinstance(value, Binding):
        yield value
    elif isinstance(value, Arr) and isinstance(value.binding, Binding):
        yield value.binding
    elif isinstance(value, list):
        for v in value:
            yield from bindings_in(v)
    elif isinstance(value, Group):
        for v in value.items.values():
            yield from bindings_in(v)
