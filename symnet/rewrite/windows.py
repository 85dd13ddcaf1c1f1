"""Adjoints of windows as a textbook prints them: solved for the position.

    sum_i [h = i + r] u[i] f = u[h - r] f'        where u counts as 0 outside its range, f' = f with h - r for i

This holds with that convention only, so it is a way to print a result; what is computed keeps its deltas.
"""

from __future__ import annotations

import sympy as sp

from symnet.ir import functions as fn
from symnet.ir.expr import Access, Index, Reduction, free_indices, reduce_over, reindex, transform


def solved_for_position(expr: sp.Expr) -> sp.Expr | None:
    """``expr`` with deltas of windows of stride 1 solved; None where there is none."""

    def leaf(part):
        return _solved(part) if isinstance(part, Reduction) and part.op == "sum" else None

    new = transform(expr, leaf)
    return None if new == expr else new


def _solved(reduction: Reduction) -> sp.Expr | None:
    body, over = reduction.open()
    factors, left = list(sp.Mul.make_args(body)), list(over)
    while (found := _position(factors, left)) is not None:
        delta, i, place = found
        factors = [reindex(f, {i: place}) for f in factors if f is not delta]
        left.remove(i)
    return None if len(left) == len(over) else reduce_over("sum", sp.Mul(*factors), left)


def _position(factors: list[sp.Expr], over: list[Index]) -> tuple[sp.Expr, Index, sp.Expr] | None:
    """``(delta, i, h - r)`` for a delta [h = i + r], h not summed, where an array is read at i over all its range."""
    for delta in factors:
        if not isinstance(delta, fn.eq):
            continue
        for h, k in (delta.args, delta.args[::-1]):
            if not isinstance(h, Index) or h in over or not k.is_Add:
                continue
            for i in sorted(k.args, key=lambda t: getattr(t, "label", "") != h.label):  # the position before the window
                if isinstance(i, Index) and i in over and i not in free_indices(k - i) and _read_at(i, factors):
                    return delta, i, h - (k - i)
    return None


def _read_at(i: Index, factors: list[sp.Expr]) -> bool:
    return any(
        isinstance(f, Access) and any(s == i and axis.size == i.size for s, axis in zip(f.subs, f.node.axes))
        for f in factors
    )
