"""Sums of products: matmul where it can be, einsum where not, elementwise where one operand has all the indices.

In ``sum_{over} a b c ...`` factors are grouped by the set of their indices.  A group that has every index needs no
contraction: multiply and sum.  Two groups that share a bound index are a matrix product, oriented so that the result
has the wanted order of axes; several groups are contracted in pairs in the order that opt_einsum finds cheapest.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import TYPE_CHECKING

import sympy as sp

from symnet.codegen.align import align
from symnet.codegen.arrays import Array, Einsum, MatMul, apply, ordered
from symnet.ir.expr import Access, Index, Reduction, free_indices, reduce_over

if TYPE_CHECKING:
    from symnet.codegen.lower import Lowering

CLUMSY = 3  # transposes that cost the reader more than an einsum, which calls matmul after them as well
NOMINAL = 32  # the size of an axis whose size is not known


def lower_sum(low: Lowering, body: sp.Expr, over: Sequence[Index], order: Sequence[Index | None]) -> Array:
    """``sum over`` of ``body`` (its bound indices open), aligned to ``order``."""
    inside = [i for i in over if i in free_indices(body)]
    count = sp.Mul(*(i.size for i in over if i not in inside))
    if not inside:
        return low.emit(count * body, order)
    bound = frozenset(inside)
    outer = [f for f in sp.Mul.make_args(body) if not free_indices(f) & bound]
    factors = [f for f in sp.Mul.make_args(body) if free_indices(f) & bound]
    if outer or count != 1:
        return low.emit(sp.Mul(count, *outer, reduce_over("sum", sp.Mul(*factors), inside)), order)
    if body.is_Add and not covered(low, body) and not is_distance(body):
        return low.emit(sp.Add(*(reduce_over("sum", t, inside) for t in body.args)), order)
    for factor in factors:
        if len(factors) > 1 and factor.is_Add and not covered(low, factor) and not is_distance(factor):
            terms = (
                reduce_over("sum", sp.Mul(t, *(f for f in factors if f is not factor)), inside) for t in factor.args
            )
            return low.emit(sp.Add(*terms), order)
    groups = merged(grouped(low, factors))
    if len(groups) == 2:
        small, large = sorted(groups, key=len)
        if small < large and any(f.is_Pow for f in sp.Mul.make_args(groups[small])):  # (dy * x / r).sum(axis=0)
            groups = {large: body}
    if len(groups) == 1:
        return low.reduce("sum", low.body(body, inside, order), inside, order)
    operands = [low.full(g, inside, order) for g in groups.values()]
    total = contract(low, operands, inside, order)
    stored = {i for o in operands for i in o.indices}  # without axes along which all entries are the same
    lost = sp.Mul(*(i.size for i in inside if i not in stored))
    return total if lost == 1 else apply("mul", low.emit(lost, ()), total)


def is_distance(expr: sp.Expr) -> bool:
    """x[n,d] - x[m,d]: in a sum of its own either part may be far larger than the sum of the differences."""
    if len(expr.args) != 2:
        return False
    (a, x), (b, y) = (t.as_coeff_Mul() for t in expr.args)
    return a == -b and isinstance(x, Access) and isinstance(y, Access)


def covered(low: Lowering, expr: sp.Expr) -> bool:
    """One operand in ``expr`` has all its indices: the whole is not larger than what is read."""
    domain = low.array_indices(expr)
    if len(domain) < 2:
        return True

    def has_all(part) -> bool:
        if isinstance(part, (Access, Reduction)):
            return low.array_indices(part) >= domain
        return any(map(has_all, part.args))

    return has_all(expr)


def grouped(low: Lowering, factors: Iterable[sp.Expr]) -> dict[frozenset[Index], sp.Expr]:
    """Factors with the same indices, multiplied."""
    groups: dict[frozenset[Index], sp.Expr] = {}
    for factor in low.order.factors(factors):
        domain = low.array_indices(factor)
        groups[domain] = groups.get(domain, sp.S.One) * factor
    return groups


def merged(groups: dict[frozenset[Index], sp.Expr]) -> dict[frozenset[Index], sp.Expr]:
    """With more than two groups: a group whose indices another has joins the smallest such one."""
    groups = dict(groups)
    while len(groups) > 2:
        pairs = [(a, b) for a in groups for b in groups if a < b]
        if not pairs:
            break
        entries = {group: math.prod(map(nominal, group)) for group in groups}
        small, large = min(pairs, key=lambda p: (len(p[0]), len(p[1]), entries[p[1]], names(p[0]), names(p[1])))
        groups[large] = groups[large] * groups.pop(small)
    return groups


def nominal(index: Index) -> int:
    """The size that an axis is taken to have when the order of operations is chosen."""
    return int(index.size) if index.size.is_Integer else NOMINAL


def names(indices: Iterable[Index]) -> list[str]:
    return sorted(i.name for i in indices)


@dataclass(frozen=True)
class Pair:
    """A way to contract two operands by one matrix product."""

    cost: int
    a: tuple[Index, ...]
    b: tuple[Index, ...]
    layout: tuple[Index, ...]
    swapped: bool


def contract(low: Lowering, operands: list[Array], over: Sequence[Index], order: Sequence[Index | None]) -> Array:
    """The contraction of operands, in pairs."""
    bound = set(over)
    free = [i for i in order if i is not None]
    while len(operands) > 1:
        i, j = cheapest(operands, bound)
        a, b = operands[i], operands[j]
        others = [o for k, o in enumerate(operands) if k not in (i, j)]
        needed = {x for o in others for x in o.indices} | {x for o in (a, b) for x in o.indices if x not in bound}
        wanted = [x for x in (free if not others else _order_of(a, b)) if x in needed]
        operands = [*others, pairwise(low, a, b, needed, wanted)]
    (result,) = operands
    rest = [i for i in over if i in result.indices]
    return low.reduce("sum", result, rest, order) if rest else align(result, order)


def _order_of(a: Array, b: Array) -> list[Index]:
    return list(dict.fromkeys((*a.indices, *b.indices)))


def cheapest(operands: Sequence[Array], bound: set[Index]) -> tuple[int, int]:
    """The first pair of opt_einsum's best path, for nominal sizes."""
    if len(operands) == 2:
        return (0, 1)
    import numpy as np
    import opt_einsum

    number = {i: k for k, i in enumerate(sorted({i for o in operands for i in o.indices}, key=lambda i: i.name))}
    letters = {i: opt_einsum.get_symbol(k) for i, k in number.items()}
    inputs = ["".join(letters[i] for i in o.indices) for o in operands]
    output = "".join(letters[i] for i in number if i not in bound)
    views = [np.broadcast_to(np.float64(0), tuple(map(nominal, o.indices))) for o in operands]
    path, _ = opt_einsum.contract_path(f"{','.join(inputs)}->{output}", *views, optimize="greedy")
    pair = tuple(sorted(path[0]))
    return (pair[0], pair[1]) if len(pair) == 2 else (0, 1)


def pairwise(low: Lowering, a: Array, b: Array, needed: set[Index], wanted: Sequence[Index]) -> Array:
    """``sum a b`` over the indices that are not ``needed``, in an order near ``wanted``."""
    a = _sum_alone(low, a, set(b.indices) | needed)
    b = _sum_alone(low, b, set(a.indices) | needed)
    inner = [i for i in a.indices if i in b.indices and i not in needed]
    if not inner:
        order = tuple(wanted)
        return apply("mul", align(a, order), align(b, order))
    ways = list(matmuls(a, b, inner[0], wanted)) if len(inner) == 1 else []
    best = min(ways, key=lambda w: (w.cost, w.swapped), default=None)
    shared = [i for i in wanted if i in a.indices and i in b.indices]
    if best is not None and (best.cost <= CLUMSY or shared):
        first, second = (b, a) if best.swapped else (a, b)
        first, second = _arranged(first, best.a), _arranged(second, best.b)
        product = MatMul(best.layout, "real", first, second)
        return ordered(product, wanted)
    if set(a.indices) >= set(b.indices) or set(b.indices) >= set(a.indices):
        order = tuple(dict.fromkeys((*max((a, b), key=lambda x: len(x.indices)).indices,)))
        both = apply("mul", align(a, order), align(b, order))
        return low.reduce("sum", both, inner, tuple(wanted))
    return Einsum(tuple(wanted), "real", (a, b))


def _sum_alone(low: Lowering, array: Array, seen: set[Index]) -> Array:
    alone = [i for i in array.indices if i not in seen]
    if not alone:
        return array
    return low.reduce("sum", array, alone, tuple(i for i in array.indices if i not in alone))


def _arranged(array: Array, order: Sequence[Index]) -> Array:
    return align(array, order, strict=True)


def matmuls(a: Array, b: Array, inner: Index, wanted: Sequence[Index]) -> Iterable[Pair]:
    """Every way to write the contraction over ``inner`` as one matrix product."""
    for swapped in (False, True):
        p, q = (b, a) if swapped else (a, b)
        p_own = [i for i in wanted if i in p.indices and i not in q.indices]
        q_own = [i for i in wanted if i in q.indices and i not in p.indices]
        batch = [i for i in wanted if i in p.indices and i in q.indices]
        if not p_own and not batch:  # vector times matrix
            last: Index | None
            for last in q_own or [None]:  # type: ignore[list-item]
                rest = tuple(i for i in q_own if i != last)
                own = (last,) if last is not None else ()
                yield _pair(p, q, (inner,), (*rest, inner, *own), (*rest, *own), wanted, swapped)
        elif not q_own and not batch:  # matrix times vector
            yield _pair(p, q, (*p_own, inner), (inner,), tuple(p_own), wanted, swapped)
        elif p_own and q_own:
            for row in p_own:
                for column in q_own:
                    outer = [i for i in wanted if i not in (row, column)]
                    only_p = [i for i in outer if i in p_own]
                    only_q = [i for i in outer if i in q_own]
                    if (only_p and only_q) or (only_q and batch) or (only_p and batch):
                        continue
                    orders = permutations(outer) if len(outer) < 4 else [tuple(outer)]
                    for front in orders:
                        left = (*(i for i in front if i in p.indices), row, inner)
                        right = (*(i for i in front if i in q.indices), inner, column)
                        yield _pair(p, q, left, right, (*front, row, column), wanted, swapped)


def _pair(p: Array, q: Array, left, right, layout, wanted, swapped: bool) -> Pair:
    aside = bool(wanted) and layout[-1] != wanted[-1]  # rows that lie apart: what follows reads them slowly
    cost = _moves(p.indices, left) + _moves(q.indices, right) + 3 * _moves(layout, tuple(wanted)) + 2 * aside
    return Pair(cost, tuple(left), tuple(right), tuple(layout), swapped)


def _moves(have: Sequence[Index], want: Sequence[Index]) -> int:
    """What a transpose costs the reader: nothing, one swap of the last two axes, or more."""
    have, want = tuple(have), tuple(want)
    if have == want:
        return 0
    return 1 if len(have) >= 2 and (*have[:-2], have[-1], have[-2]) == want else 2


__all__ = ["contract", "covered", "lower_sum"]
