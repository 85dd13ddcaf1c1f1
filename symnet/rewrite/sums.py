"""Splitting a sum: linear, constant factors out, independent factors apart, deltas solved.

    sum_i (a + b) = sum_i a + sum_i b          sum_i c f_i = c sum_i f_i          sum_ij f_i g_j = sum_i f_i sum_j g_j
    sum_{i < n} c = n c                        sum_i [i = k] f_i = f_k
What is left is an atom.  Ranges belong to the indices, so none of this needs a side condition but the last rule: k
stays in the range of i (an index, an affine position that is inside, a label below it).
"""

from __future__ import annotations

from collections.abc import Callable

import sympy as sp

from symnet.ir import functions as fn
from symnet.ir.expr import Access, Index, Reduction, free_indices, reduce_over, reindex
from symnet.rewrite.algebra import expanded, expm1_pair, normal_form
from symnet.rewrite.cost import cost, length

#: gives the value of a sum that is known, else None
Known = Callable[[sp.Expr], "sp.Expr | None"]


def split(expr: sp.Expr, known: Known = lambda atom: None) -> sp.Expr:
    """``expr`` with every sum in it split and known atoms replaced."""
    memo: dict[sp.Expr, sp.Expr] = {}

    def walk(part):
        if part in memo:
            return memo[part]
        if isinstance(part, Reduction):
            body, over = part.open()
            inner = walk(body)
            if part.op == "sum":
                new = split_sum(inner, over, known)
            else:
                new = part if inner == body else reduce_over(part.op, inner, over)
        elif isinstance(part, Access) or not part.args:
            new = part
        else:
            new = part.func(*map(walk, part.args))
        memo[part] = new
        return new

    return walk(expr)


def split_sum(body: sp.Expr, over: tuple[Index, ...], known: Known) -> sp.Expr:
    """``sum_{over} body`` as a linear combination of atoms."""
    if any(f.is_Add and expm1_pair(f) for f in sp.Mul.make_args(body)):
        return _term(body, over, known)  # apart, the sums of c and c e^x would cancel
    kept = _linear(body, over, known) if body.is_Add else _term(body, over, known)
    dependent = [f for f in sp.Mul.make_args(body) if f.is_Add and free_indices(f) & frozenset(over)]
    powers = [f for f in sp.Mul.make_args(body) if f.is_Pow and f.base.is_Add and f.exp == 2]
    if not (dependent and body.is_Mul) and not powers:
        return kept
    wide = expanded(body)
    if wide == body:
        return kept
    apart = normal_form(_terms(wide, over, known))
    # multiplied-out differences lose digits: only where sums vanish by it
    return apart if cost(apart) < 0.8 * cost(kept) and length(apart) <= length(kept) else kept


def _linear(body: sp.Expr, over: tuple[Index, ...], known: Known) -> sp.Expr:
    """The sum of a sum: apart where that is shorter or saves most of the work, else sum_n (a_n - b_n) as it stands."""
    apart = _terms(body, over, known)
    if not all(free_indices(t) & frozenset(over) for t in body.args):
        return apart
    whole = _atom([body], list(over), known)
    if not isinstance(whole, Reduction):
        return whole  # its value is known
    return whole if length(whole) < length(apart) and cost(apart) > 0.45 * cost(whole) else apart


def _terms(body: sp.Expr, over: tuple[Index, ...], known: Known) -> sp.Expr:
    return sp.Add(*(_term(t, over, known) for t in sp.Add.make_args(body)))


def _term(term: sp.Expr, over: tuple[Index, ...], known: Known) -> sp.Expr:
    factors = [part for f in sp.Mul.make_args(term) for part in _content_apart(f)]
    solved = _solve_delta(factors, over)
    if solved is not None:
        rest, new = solved
        return split_sum(rest, new, known) if new else rest
    bound = frozenset(over)
    outside = [f for f in factors if not free_indices(f) & bound]
    groups: list[tuple[set[Index], list[sp.Expr]]] = []
    for factor in factors:
        indices = set(free_indices(factor) & bound)
        if not indices:
            continue
        together = [factor]
        for touching in [g for g in groups if g[0] & indices]:
            groups.remove(touching)
            indices |= touching[0]
            together = touching[1] + together
        groups.append((indices, together))
    used = set().union(*(g[0] for g in groups)) if groups else set()
    sizes = [i.size for i in over if i not in used]
    atoms = []
    for indices, group in groups:
        atoms.append(_atom(group, [i for i in over if i in indices], known))
    return sp.Mul(*outside, *sizes, *atoms)


def _content_apart(factor: sp.Expr) -> tuple[sp.Expr, ...]:
    """2 a - 2 b as 2 and a - b."""
    if factor.is_Add:
        content, primitive = factor.as_content_primitive()
        if content != 1:
            return content, primitive
    return (factor,)


def _atom(group: list[sp.Expr], indices: list[Index], known: Known) -> sp.Expr:
    """The sum of a product whose factors hang together; a sum over one of the indices may be known by itself."""
    atom = reduce_over("sum", sp.Mul(*group), indices)
    value = known(atom)
    if value is not None:
        return value
    for i in indices if len(indices) > 1 else ():
        inner = [f for f in group if i in free_indices(f)]
        value = known(reduce_over("sum", sp.Mul(*inner), (i,)))
        if value is not None:
            outer = [f for f in group if f not in inner]
            return split_sum(sp.Mul(value, *outer), tuple(j for j in indices if j != i), known)
    return atom


def inside(k: sp.Expr, size: sp.Expr) -> bool:
    """Does the affine position ``k`` stay in 0 .. size - 1 for all its indices?"""
    if isinstance(k, Index):
        return k.size == size or bool((size - k.size).is_nonnegative)
    lowest = highest = sp.S.Zero
    for term in sp.Add.make_args(k):
        coefficient, factor = term.as_coeff_Mul()
        if isinstance(factor, Index) and coefficient.is_Integer:
            end = coefficient * (factor.size - 1)
            lowest, highest = (lowest, highest + end) if coefficient > 0 else (lowest + end, highest)
        elif term.is_Integer:
            lowest, highest = lowest + term, highest + term
        else:
            return False
    return bool(sp.expand(lowest).is_nonnegative and sp.expand(size - 1 - highest).is_nonnegative)


def _solve_delta(factors: list[sp.Expr], over: tuple[Index, ...]) -> tuple[sp.Expr, tuple[Index, ...]] | None:
    """A factor [i = k] with i summed: the rest of the term with k for i, and the indices still summed."""
    for factor in factors:
        if not isinstance(factor, fn.eq):
            continue
        for i, k in (factor.args, factor.args[::-1]):
            if not isinstance(i, Index) or i not in over or i in free_indices(k):
                continue
            same_range = inside(k, i.size)
            label = isinstance(k, Access) and k.node.kind == "labels" and k.node.below == i.size
            if same_range or label:
                rest = [f for f in factors if f is not factor]
                return reindex(sp.Mul(*rest), {i: k}), tuple(j for j in over if j != i)
    return None
