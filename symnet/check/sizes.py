"""Sizes of axes: read off arrays, and drawn at random so that every index of a graph has a range.

Sizes form an algebra over the symbols of the named axes: a window of width r over an axis of size h runs over
h - r + 1 places, stride 2 over floor((h - r) / 2) + 1.  A draw is good when all of these are at least 1.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

import numpy as np
import sympy as sp

from symnet.errors import SymnetError
from symnet.ir.expr import Size, accesses, bound_indices, free_indices
from symnet.ir.graph import Graph, Node

Sizes = dict[Size, int]


def extent(size: sp.Expr, sizes: Mapping[Size, int]) -> int:
    """A size expression as an integer; raises SymnetError where that is not possible or negative."""
    if size in sizes:
        return sizes[size]
    value = _extent(size, tuple((s, sizes[s]) for s in sorted(_symbols(size), key=str) if s in sizes))
    if not value.is_Integer:
        raise SymnetError(f"the size {words(size)} is not known")
    if value < 0:
        raise SymnetError(f"the size {words(size)} would be {value}")
    return int(value)


@lru_cache(maxsize=1 << 14)
def _extent(size: sp.Expr, sizes: tuple[tuple[Size, int], ...]) -> sp.Expr:
    return sp.sympify(size, strict=True).xreplace({symbol: sp.Integer(value) for symbol, value in sizes})


@lru_cache(maxsize=1 << 14)
def _symbols(size: sp.Expr) -> frozenset[Size]:
    return frozenset(sp.sympify(size, strict=True).atoms(Size))


def words(size: sp.Expr) -> str:
    """A size as its author writes it."""
    return str(size).replace("|", "")


def sizes_in(nodes: Iterable[Node], exprs: Iterable[sp.Expr] = ()) -> tuple[sp.Expr, ...]:
    """Every index size that occurs in nodes and expressions, in a fixed order."""
    found: dict[sp.Expr, None] = {}
    todo = list(exprs)
    for node in nodes:
        found.update((i.size, None) for i in node.axes)
        if node.below is not None:
            found[node.below] = None
        if node.expr is not None:
            todo.append(node.expr)
    for expr in todo:
        indices = free_indices(expr) | bound_indices(expr)
        found.update((i.size, None) for i in sorted(indices, key=lambda i: i.name))
        for access in sorted(accesses(expr), key=lambda a: a.name):
            found.update((i.size, None) for i in access.node.axes)
            fixed = [(i, s) for i, s in zip(access.node.axes, access.subs) if s.is_Integer]
            found.update((i.size - s, None) for i, s in fixed)  # position s is there: size - s is at least 1
        found.update((s, None) for s in sorted(expr.atoms(Size), key=lambda s: s.name))
    return tuple(found)


def sizes_of(graph: Graph, inputs: Mapping[str, Any]) -> Sizes:
    """The sizes of the named axes, read off the shapes of the inputs.

    Raises SymnetError naming the input and the axis where shapes do not agree.
    """
    equations: list[tuple[sp.Expr, int, str, str]] = []
    for node in graph.inputs:
        if node.name not in inputs:
            raise SymnetError(f"{graph.name} needs an array '{node.name}'")
        shape = np.shape(inputs[node.name])
        if len(shape) != len(node.axes):
            axes = " ".join(i.label for i in node.axes)
            raise SymnetError(f'{graph.name}: {node.name} has axes "{axes}", the array has shape {shape}')
        equations += [(i.size, n, node.name, i.label) for i, n in zip(node.axes, shape)]
    sizes: Sizes = {}
    seen: dict[Size, str] = {}
    for size, n, name, _ in equations:
        if isinstance(size, Size) and size not in sizes:
            sizes[size], seen[size] = n, name
    for size, n, _, _ in equations:
        unknown = _symbols(size) - set(sizes)
        if len(unknown) == 1:
            symbol = next(iter(unknown))
            fits = (k for k in range(1, 4 * n + 64) if _extent(size, _known(size, {**sizes, symbol: k})) == n)
            sizes[symbol] = next(fits, 1)
    for size, n, name, label in equations:
        if extent(size, sizes) != n:
            whose = f"of {seen[size]}" if size in seen else f"expected from the other inputs ({words(size)})"
            raise SymnetError(f"{graph.name}: axis '{label}' of {name} has size {n}, {whose} {extent(size, sizes)}")
    for node in graph.inputs:  # the number of classes may belong to no array
        for symbol in _symbols(node.below) - set(sizes) if node.below is not None else ():
            sizes[symbol] = int(np.max(inputs[node.name], initial=0)) + 1
    return sizes


def _known(size: sp.Expr, sizes: Mapping[Size, int]) -> tuple[tuple[Size, int], ...]:
    return tuple((s, sizes[s]) for s in sorted(_symbols(size), key=str))


def draw_sizes(
    wanted: Iterable[sp.Expr],
    rng: np.random.Generator,
    *,
    ones: bool = False,
    given: Mapping[Size, int] | None = None,
) -> Sizes:
    """Random sizes under which every size expression in ``wanted`` is at least 1.

    Small and, as far as possible, unequal, so that no two axes can be mistaken for each other; with ``ones`` about half
    of them are 1.  Symbols that make another axis shorter (windows) are drawn from 1 to 3.

    Raises SymnetError where no such sizes are found.
    """
    wanted = tuple(wanted)
    given = dict(given or {})
    symbols = sorted({s for size in wanted for s in _symbols(size)} - set(given), key=lambda s: s.label)
    windows = {s for size in wanted for s in _symbols(size) if not isinstance(size, Size) and _shortens(s, size)}
    for attempt in range(200):
        top = 6 + attempt // 8
        pool = list(rng.permutation(np.arange(2, 7)))
        sizes: Sizes = dict(given)
        for symbol in symbols:
            if symbol in windows:
                sizes[symbol] = int(rng.integers(1, 4))
            elif ones and rng.random() < 0.5:
                sizes[symbol] = 1
            elif attempt < 8 and pool:
                sizes[symbol] = int(pool.pop())
            else:
                sizes[symbol] = int(rng.integers(2, top if attempt >= 8 else 5))
        if ones and symbols and 1 not in sizes.values():
            sizes[symbols[int(rng.integers(len(symbols)))]] = 1
        if all(_at_least_one(size, sizes) for size in wanted):
            return sizes
        ones = ones and attempt < 100
    axes = ", ".join(words(s) for s in wanted if not isinstance(s, Size))
    raise SymnetError(f"no small sizes were found for which {axes} are all at least 1")


def _shortens(symbol: Size, size: sp.Expr) -> bool:
    step = size.xreplace({s: sp.Integer(50) for s in _symbols(size) if s != symbol})
    return bool(step.xreplace({symbol: sp.Integer(20)}) < step.xreplace({symbol: sp.Integer(10)}))


def _at_least_one(size: sp.Expr, sizes: Mapping[Size, int]) -> bool:
    value = _extent(size, _known(size, sizes))
    return bool(value.is_Integer and value >= 1)
