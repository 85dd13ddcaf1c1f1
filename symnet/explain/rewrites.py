"""Which lines a rewrite needs on a page: none that a reader would take back at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import sympy as sp

from symnet.explain.page import Move
from symnet.ir.expr import Reduction


def keeps_brackets(before: sp.Expr, after: sp.Expr) -> bool:
    """Does every bracket that is multiplied stand afterwards as well?  Then nothing need be multiplied out."""
    return set(_brackets(before)) <= set(_brackets(after))


def _brackets(expr: sp.Expr) -> Iterator[sp.Expr]:
    """The sums that are factors of terms, with one sign for a - b and b - a."""
    for term in sp.Add.make_args(expr):
        for factor in sp.Mul.make_args(term):
            base = factor.base if isinstance(factor, sp.Pow) and factor.exp.is_Integer and factor.exp > 0 else factor
            if base.is_Add and term is not base:
                yield -base if base.could_extract_minus_sign() else base
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


__all__ = ["joined", "keeps_brackets", "meets_factor"]
