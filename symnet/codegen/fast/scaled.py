"""Numbers meet the smallest operand, and once.

ds = p (g - sum g p) / s,  dq = c ds k,  dk = c ds^T q      ->      ds = p (g - sum g p) c / s,  dq = ds k, ...
"""

from __future__ import annotations

from dataclasses import replace

import sympy as sp

from symnet.codegen.fast.count import names_of
from symnet.codegen.passes import Program
from symnet.ir.expr import Access, Reduction, accesses, free_indices, substitute
from symnet.ir.graph import Node


def scale_once(program: Program) -> None:
    """A number with which every reader of an intermediate gradient begins goes to the column that stands there."""
    results = {n.name for n in program.results}
    for node in list(program.backward):
        readers = [n for n in program.backward if node.name in names_of(n.expr)]
        if node.name in results or not readers or not _has_column(node):
            continue
        numbers = {_number(n.expr) for n in readers}
        number = numbers.pop()
        if numbers or number == 1 or not all(_is_linear(n.expr, node) for n in readers):
            continue
        scaled = replace(node, name=program.fresh(f"{node.name}_scaled"), expr=node.expr * number)
        access = {node.name: lambda subs, scaled=scaled: scaled[subs]}
        changed = {n.name: replace(n, expr=substitute(n.expr / number, access)) for n in readers}
        program.backward = [scaled if n is node else changed.get(n.name, n) for n in program.backward]


def _has_column(node: Node) -> bool:
    """A product of an array and of something smaller, which takes a number for nothing."""
    domain = frozenset(node.axes)
    return any(free_indices(f) and free_indices(f) < domain for f in sp.Mul.make_args(node.expr))


def _number(expr: sp.Expr) -> sp.Expr:
    return sp.Mul(*(f for f in sp.Mul.make_args(expr) if not free_indices(f) and not accesses(f)))


def _is_linear(expr: sp.Expr, node: Node) -> bool:
    """A number times one sum of products in which ``node`` is a factor once."""
    sums = [f for f in sp.Mul.make_args(expr) if isinstance(f, Reduction)]
    if len(sums) != 1 or sums[0].op != "sum" or node.name in names_of(expr / sums[0]):
        return False
    factors = sp.Mul.make_args(sums[0].body)
    own = [f for f in factors if node.name in names_of(f)]
    return len(own) == 1 and isinstance(own[0], Access)
