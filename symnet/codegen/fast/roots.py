"""Positive numbers leave roots, where they meet other numbers.

m / (sqrt(v / c) + e)  ->  m sqrt(c) / (sqrt(v) + e sqrt(c))
"""

from __future__ import annotations

from collections.abc import Iterable, Set
from dataclasses import replace

import sympy as sp

from symnet.codegen.fast.count import passes_over
from symnet.codegen.passes import Program
from symnet.ir.expr import free_indices, transform
from symnet.ir.graph import Node, Parameter


def take_out(program: Program, parameters: Iterable[Parameter]) -> None:
    """Take positive constants out of the roots in denominators, where this takes fewer passes; in place."""
    positive = {p.symbol for p in parameters if p.limits and p.limits.is_positive}
    if positive:
        program.forward = [_taken_out(n, positive) for n in program.forward]
        program.backward = [_taken_out(n, positive) for n in program.backward]


def _taken_out(node: Node, positive: Set[sp.Symbol]) -> Node:
    expr = transform(node.expr, lambda part: _denominator(part, positive))
    domain = frozenset(node.axes)
    return replace(node, expr=expr) if passes_over(expr, domain) < passes_over(node.expr, domain) else node


def _denominator(part: sp.Expr, positive: Set[sp.Symbol]) -> sp.Expr | None:
    """1 / (sqrt(k v) + e) as 1 / sqrt(k) times 1 / (sqrt(v) + e / sqrt(k)); k is positive, e a number."""
    if not (part.is_Pow and part.exp == -1 and part.base.is_Add):
        return None
    wide = [t for t in part.base.args if free_indices(t)]
    if len(wide) != 1 or not (wide[0].is_Pow and wide[0].exp == sp.S.Half):
        return None
    factors = sp.Mul.make_args(wide[0].base)
    numbers = [f for f in factors if f.as_base_exp()[0] in positive]
    if not numbers:
        return None
    root = sp.sqrt(sp.Mul(*(f for f in factors if f not in numbers)))
    scale = sp.Mul(*(sp.Pow(base, exp / 2) for base, exp in (f.as_base_exp() for f in numbers)))
    return 1 / scale / sp.Add(root, *(t / scale for t in part.base.args if t is not wide[0]))
