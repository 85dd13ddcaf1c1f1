"""The names of the generated module: nodes keep theirs, sizes take the name of their axis where that is free."""

from __future__ import annotations

import keyword
from collections.abc import Container, Iterable

import sympy as sp

from symnet.codegen.passes import CALLED, RESERVED
from symnet.errors import SymnetError
from symnet.ir.expr import Index, Param, Reduction, Size
from symnet.ir.graph import Graph, Node


class Names(dict):
    """Symbol -> variable; remembers which were asked for."""

    def __init__(self, *args) -> None:
        super().__init__(*args)
        self.used: dict[sp.Symbol, None] = {}

    def __getitem__(self, symbol: sp.Symbol) -> str:
        self.used[symbol] = None
        return super().__getitem__(symbol)

    @property
    def used_sizes(self) -> list[Size]:
        """The sizes that were asked for since ``used`` was emptied."""
        return [s for s in self.used if isinstance(s, Size)]


def identifier(name: str) -> str:
    """A name that does not hide what the generated code uses; those with an underscore in front are its helpers'."""
    return f"{name}_" if keyword.iskeyword(name) or name in RESERVED or name.startswith("_") else name


def unlike(name: str, *taken: Container[str]) -> str:
    """``name``, or with underscores until it is none of those that are taken."""
    while any(name in names for names in taken):
        name += "_"
    return name


def sizes_in(nodes: Iterable[Node]) -> list[Size]:
    """Every size symbol, in the order of first appearance."""
    found: dict[Size, None] = {}

    def walk(expr):
        if isinstance(expr, Size):
            found[expr] = None
        elif isinstance(expr, Index):
            walk(expr.size)
        elif isinstance(expr, Reduction):
            walk(expr.body)
            for index in expr.over:
                walk(index.size)
        else:
            for part in sorted(expr.free_symbols, key=lambda s: s.name) if expr.is_Atom is False else ():
                if isinstance(part, (Size, Index)):
                    walk(part)

    nodes = list(nodes)
    for node in nodes:
        for index in node.axes:
            walk(index.size)
        if node.below is not None:
            walk(node.below)
    for node in nodes:
        if node.expr is not None:
            walk_all(node.expr, walk)
    return list(found)


def walk_all(expr: sp.Expr, visit) -> None:
    """``visit`` every size, index and reduction of ``expr``."""
    for part in sp.preorder_traversal(expr):
        if isinstance(part, (Size, Index)):
            visit(part)
        elif isinstance(part, Reduction):
            for index in part.over:
                visit(index.size)


def _check(graph: Graph, nodes: Iterable[Node]) -> None:
    """No two arrays under one name, and no constant in the way of what the code calls."""
    seen: dict[str, str] = {}
    for name in dict.fromkeys(n.name for n in nodes):
        other = seen.setdefault(identifier(name), name)
        if other != name:
            message = f"'{name}' and '{other}' would be one name in the code"
            raise SymnetError(message, place=graph.place, hint="rename one")
    for parameter in graph.parameters:
        if parameter.name in CALLED or parameter.name.startswith("_"):
            raise SymnetError(
                f"a constant can not be called '{parameter.name}', the generated code calls that",
                place=graph.place,
                hint="rename it",
            )


def symbol_names(graph: Graph, nodes: Iterable[Node]) -> Names:
    """The variables of sizes and parameters."""
    nodes = list(nodes)
    taken = {identifier(n.name) for n in nodes} | {p.name for p in graph.parameters}
    _check(graph, nodes)
    names = Names()
    for parameter in graph.parameters:
        names[Param(parameter.name)] = parameter.name
    for size in sizes_in(nodes):
        name = identifier(size.label)
        while name in taken:
            name = f"{name}_size" if not name.endswith("_size") else f"{name}_"
        taken.add(name)
        names[size] = name
    return names
