"""Brackets [a = b] in sums, solved symbolically before any array is made.

A term of a definition is brought to the form

    T[out] = sum_{over} [out_k = f_k] ... rest

by two steps: a bracket that fixes a *bound* index eliminates it, ``sum_j [j = f] b[j] = b[f]`` when f stays inside the
range of j; a bracket that fixes an *output* index says where the rest is to be added.  What is left of them are masks.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import permutations, product

import sympy as sp

from symnet.ir import functions as fn
from symnet.ir.expr import Access, Index, Reduction, free_indices, reduce_over, reindex

Piece = tuple[tuple[Index, ...], list[sp.Expr]]


@dataclass(frozen=True)
class Scatter:
    """``sum_{over} [axis = place] ... value``: ``value`` is added at ``places`` of the output."""

    over: tuple[Index, ...]
    places: dict[Index, sp.Expr]
    value: sp.Expr


Positions = Collection[tuple[sp.Expr, sp.Expr]]  # a size and a position along it


def solve_deltas(expr: sp.Expr, axes: Sequence[Index], trusted: Positions) -> tuple[sp.Expr, list[Scatter]]:
    """``expr`` as an ordinary expression plus scatters; ``trusted`` are positions that lie inside of their axes."""
    if not expr.has(fn.eq):
        return expr, []
    scatters: list[Scatter] = []
    plain: list[sp.Expr] = []
    changed = False
    for over, factors in pieces(expr):
        kept_over, kept, scatter = _solved(over, factors, axes, trusted)
        changed |= len(kept_over) < len(over)
        if scatter is not None:
            scatters.append(scatter)
        else:
            plain.append(reduce_over("sum", sp.Mul(*kept), kept_over))
    if not scatters and not changed:
        return expr, []
    return sp.Add(*plain), joined(scatters)


def _solved(
    over: tuple[Index, ...], factors: list[sp.Expr], axes: Sequence[Index], trusted: Positions
) -> tuple[tuple[Index, ...], list[sp.Expr], Scatter | None]:
    """What is left of a term, and the scatter that it is.

    ``where([a = b], u, 0)`` is ``[a = b] u`` if the bracket is solved; in a mask it stays, which shuts out NaN as well.
    """
    chosen = [f for factor in factors for f in _chosen(factor)]
    for attempt in (chosen, factors):
        kept_over, kept = eliminate(over, attempt)
        scatter = as_scatter(kept_over, kept, axes, trusted)
        left = [scatter.value] if scatter is not None else kept
        if attempt == factors or not any(f.has(fn.eq) for f in left):
            break
    return kept_over, kept, scatter


def _chosen(factor: sp.Expr) -> tuple[sp.Expr, ...]:
    """The bracket of a choice between something and 0, and that something; else the factor itself."""
    if isinstance(factor, fn.where) and isinstance(factor.args[0], fn.eq) and factor.args[2] == 0:
        return factor.args[:2]
    return (factor,)


def joined(scatters: Sequence[Scatter]) -> list[Scatter]:
    """Scatters to the same places as one, whose value is the sum."""
    result: list[Scatter] = []
    for scatter in scatters:
        for k, other in enumerate(result):
            same = [(i.label, i.size) for i in scatter.over] == [(i.label, i.size) for i in other.over]
            renamed = dict(zip(scatter.over, other.over))
            if same and {a: reindex(p, renamed) for a, p in scatter.places.items()} == other.places:
                value = other.value + reindex(scatter.value, renamed)
                result[k] = Scatter(other.over, other.places, value)
                break
        else:
            result.append(scatter)
    return result


def pieces(expr: sp.Expr) -> Iterator[Piece]:
    """``expr`` as a sum of ``sum_{over} product of factors``, expanded only where brackets stand in the way."""
    if not expr.has(fn.eq):
        yield (), [expr]
    elif expr.is_Add:
        plain = [t for t in expr.args if not t.has(fn.eq)]
        if plain:
            yield (), [sp.Add(*plain)]
        for term in expr.args:
            if term.has(fn.eq):
                yield from pieces(term)
    elif expr.is_Mul:
        plain = [f for f in expr.args if not f.has(fn.eq)]
        for choice in product(*(list(pieces(f)) for f in expr.args if f.has(fn.eq))):
            over = tuple(i for o, _ in choice for i in o)
            yield over, plain + [f for _, factors in choice for f in factors]
    elif isinstance(expr, Reduction) and expr.op == "sum":
        body, over = expr.open()
        for inner, factors in pieces(body):
            yield (*over, *inner), factors
    else:
        yield (), [expr]


def eliminate(over: Sequence[Index], factors: Sequence[sp.Expr]) -> tuple[tuple[Index, ...], list[sp.Expr]]:
    """Solve brackets for bound indices."""
    bound, factors = list(over), _flat(factors)
    progress = True
    while progress:
        progress = False
        for factor in factors:
            if not isinstance(factor, fn.eq):
                continue
            for index, value in (factor.args, factor.args[::-1]):
                if index in bound and index not in free_indices(value) and stays_inside(value, index.size):
                    bound.remove(index)
                    rest = [f for f in factors if f is not factor]
                    factors = _flat(reindex(f, {index: value}) for f in rest)
                    progress = True
                    break
            if progress:
                break
    return tuple(bound), factors


def _flat(factors: Iterable[sp.Expr]) -> list[sp.Expr]:
    return [f for factor in factors for f in sp.Mul.make_args(factor)]


def as_scatter(
    over: tuple[Index, ...], factors: list[sp.Expr], axes: Sequence[Index], trusted: Positions
) -> Scatter | None:
    """The term as a scatter; None where no bracket fixes an output index."""
    places: dict[Index, sp.Expr] = {}
    factors = _flat(factors)
    progress = True
    while progress:
        progress = False
        for factor in factors:
            found = _fixed_output(factor, axes, places, trusted) or _fixed_flat(factor, axes, places)
            if not found:
                continue
            places = {a: reindex(p, found) for a, p in places.items()} | found
            factors = _flat(reindex(f, found) for f in factors if f is not factor)
            progress = True
            break
    if not places:
        return None
    used = frozenset().union(*map(free_indices, places.values()))
    inside = tuple(i for i in over if i not in used)
    value = reduce_over("sum", sp.Mul(*factors), inside)
    return Scatter(tuple(i for i in over if i in used), places, value)


def _fixed_output(factor: sp.Expr, axes: Sequence[Index], places, trusted: Positions) -> dict[Index, sp.Expr]:
    """The output index that a bracket fixes, with its place."""
    if not isinstance(factor, fn.eq):
        return {}
    sides = (factor.args, factor.args[::-1])
    options = [(axes.index(a), a, b) for a, b in sides if a in axes and a not in places]
    for _, axis, value in sorted(options, key=lambda o: -o[0]):
        if axis in free_indices(value) or not is_position(value):
            continue
        if stays_inside(value, axis.size) or (axis.size, value) in trusted:
            return {axis: value}
    return {}


def _fixed_flat(factor: sp.Expr, axes: Sequence[Index], places) -> dict[Index, sp.Expr]:
    """``[i W + j = place]`` fixes i and j when ``place`` is the flat place of an extremum over H x W."""
    if not isinstance(factor, fn.eq):
        return {}
    for flat, place in (factor.args, factor.args[::-1]):
        free = [a for a in axes if a in free_indices(flat)]
        known = _extent(place)
        if known is None or len(free) < 2 or free_indices(flat) - set(free) or free_indices(place) & set(free):
            continue
        for order in permutations(free):
            strides = [sp.Mul(*(i.size for i in order[k + 1 :])) for k in range(len(order))]
            whole = sp.Mul(*(i.size for i in order))
            if any(i in places for i in order) or sp.expand(whole - known) != 0:
                break
            if sp.expand(flat - sp.Add(*(i * s for i, s in zip(order, strides)))) == 0:
                found = {i: sp.floor(place / s) for i, s in zip(order, strides)}
                return {i: sp.Mod(p, i.size) if k else p for k, (i, p) in enumerate(found.items())}
    return {}


def _extent(expr: sp.Expr) -> sp.Expr | None:
    """How many places the extremum is taken over."""
    if isinstance(expr, Access) and expr.node.expr is not None:
        expr = expr.node.expr
    return expr.size if _is_place(expr) else None


def is_position(expr: sp.Expr) -> bool:
    """An integer: affine in indices, labels and places of extrema."""
    return bounds(expr) is not None


def _is_place(expr: sp.Expr | None) -> bool:
    return isinstance(expr, Reduction) and expr.op in ("argmax", "argmin")


def stays_inside(expr: sp.Expr, size: sp.Expr) -> bool:
    """Provably 0 <= expr < size."""
    found = bounds(expr)
    return found is not None and at_least_zero(found[0]) and at_least_zero(size - 1 - found[1])


def bounds(expr: sp.Expr) -> tuple[sp.Expr, sp.Expr] | None:
    """The least and the largest value of an integer expression; None where it is not known to be an integer."""
    low: sp.Expr = sp.S.Zero
    high: sp.Expr = sp.S.Zero
    for term in sp.Add.make_args(sp.expand(expr)):
        factor, core = term.as_coeff_Mul()
        if isinstance(core, (Access, Index, Reduction)):
            count = core.size if isinstance(core, Index) else _count(core)
            if count is None or not factor.is_Integer:
                return None
            extent = factor * (count - 1)
            low, high = (low, high + extent) if factor > 0 else (low + extent, high)
        elif term.has(Access, Reduction, Index) or not term.is_integer:
            return None
        else:
            low, high = low + term, high + term
    return low, high


def _count(expr: sp.Expr) -> sp.Expr | None:
    """How many values a label or a place of an extremum can have."""
    if isinstance(expr, Access) and expr.node.kind == "labels" and expr.node.expr is None:
        return expr.node.below
    return _extent(expr)


def at_least_zero(expr: sp.Expr) -> bool:
    """Provably not negative; a floor is at most its argument."""
    expr = sp.expand(expr)
    if expr.is_nonnegative:
        return True
    floors = {}
    for term in sp.Add.make_args(expr):
        factor, inner = term.as_coeff_Mul()
        if isinstance(inner, sp.floor) and factor < 0:
            floors[inner] = inner.args[0]
    return bool(floors) and sp.expand(expr.xreplace(floors)).is_nonnegative is True
