"""Which lines a rewrite needs on a page: none that a reader would take back at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import sympy as sp

from symnet.explain.page import Move
from symnet.ir.expr import Reduction
from symnet.rewrite.algebra import expanded


def multiplied_out(before: sp.Expr, after: sp.Expr) -> sp.Expr:
    """``before`` with those brackets multiplied out that do not stand ``after`` as well, as a - b or as b - a."""
    there = {*_brackets(before)}
    kept = {b: sp.Dummy() for b in dict.fromkeys(_brackets(after)) if there & {b, -b}}
    if there <= {*kept, *(-bracket for bracket in kept)}:
        return before
    masks = kept | {-bracket: -mask for bracket, mask in kept.items()}
    return expanded(before.xreplace(masks)).xreplace({mask: bracket for bracket, mask in kept.items()})


def _brackets(expr: sp.Expr) -> Iterator[sp.Expr]:
    """The sums that are factors of terms."""
    for term in sp.Add.make_args(expr):
        for factor in sp.Mul.make_args(term):
            base = factor.base if isinstance(factor, sp.Pow) else factor
            if base.is_Add and term is not base:
                yield base
                yield from _brackets(base)


def joined(moves: Iterable[Move]) -> tuple[Move, ...]:
    """What was multiplied together and is multiplied out in the next line is one line."""
    found: list[Move] = []
    for move in moves:
        last = found[-1] if found else None
        if last is not None and [r.key for r in (*last.rules, *move.rules)] == ["cancel", "expand"]:
            found[-1] = Move(last.rules + move.rules, move.right, first=last.first | move.first)
        else:
            found.append(move)
    return tuple(found)


def meets_factor(product: sp.Mul) -> bool:
    """Does a factor other than a number stand beside a sum?"""
    sums = [f for f in product.args if isinstance(f, Reduction)]
    return bool(sums) and any(not f.is_number for f in product.args if f not in sums)


__all__ = ["joined", "meets_factor", "multiplied_out"]
