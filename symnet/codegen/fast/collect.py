"""Coefficients: what stands before an array is multiplied together first, once for a row or a column.

(N g - s - x t) / (N r)  ->  a g + b + c x
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import sympy as sp

from symnet.codegen.fast.count import passes_over
from symnet.codegen.passes import Program, define
from symnet.ir import functions as fn
from symnet.ir.expr import Access, Index, Size, free_indices
from symnet.ir.graph import Node

#: terms of an expression beyond which it is left as it is
MOST_TERMS = 12


def collect(program: Program) -> None:
    """Expressions as sums of coefficient times array, where that takes fewer passes; in place."""
    program.forward = _collected(program, program.forward)
    program.backward = _collected(program, program.backward)


def _collected(program: Program, nodes: list[Node]) -> list[Node]:
    result: list[Node] = []
    for node in nodes:
        new: list[Node] = []
        expr = _collect(program, node, new)
        result += [*new, replace(node, expr=expr)]
    return result


def _collect(program: Program, node: Node, new: list[Node]) -> sp.Expr:
    """The expression of ``node``, or what stands in a bracket of it, as a sum where that takes fewer passes."""
    expr, domain = node.expr, frozenset(node.axes)
    if len(domain) < 2 or free_indices(expr) != domain or not (expr.is_Add or expr.is_Mul) or expr.has(fn.eq):
        return expr
    collected = _as_sum(program, node, new)
    if collected is not None:
        return collected
    numbers = [f for f in sp.Mul.make_args(expr) if not free_indices(f)]
    rest = [f for f in sp.Mul.make_args(expr) if free_indices(f)]
    if numbers and len(rest) == 1 and rest[0].is_Add:  # a number times a bracket
        inside = _collect(program, replace(node, expr=rest[0]), new)
        return expr if inside == rest[0] else sp.Mul(*numbers, inside, evaluate=False)
    return expr


def _as_sum(program: Program, node: Node, new: list[Node]) -> sp.Expr | None:
    """A sum of coefficient times array; None where that takes more passes."""
    expr, domain = node.expr, frozenset(node.axes)
    terms = _terms(expr, domain)
    if terms is None or len(terms) > MOST_TERMS or not any(_wide(c) for _, c in terms.items()):
        return None
    if 1 + len(terms) > 1 + passes_over(expr, domain) + 2:
        return None
    terms = {a: sp.factor_terms(c) if c.is_Add else c for a, c in terms.items()}
    outer = _common(terms)
    terms = {array: _over(c, outer) for array, c in terms.items()}
    collected = sp.Mul(sp.Add(*(sp.Mul(a, c) for a, c in terms.items())), outer)
    if passes_over(collected, domain) > passes_over(expr, domain):
        return None
    parts = [sp.Mul(array, _named(program, node, c, new)) for array, c in terms.items()]
    return sp.Mul(sp.Add(*parts), _named(program, node, outer, new))


def _common(terms: Mapping[sp.Expr, sp.Expr]) -> sp.Expr:
    """A coefficient that stands in all of them: a (g + b + c x) cancels in the bracket what is equal there."""
    for array, outer in terms.items():
        if array == 1 or outer.is_Add or not free_indices(outer):
            continue
        if not all(_never_zero(f) for c in terms.values() for f in _below(c, outer)):
            continue
        if all(len(sp.Mul.make_args(_over(c, outer))) < len(sp.Mul.make_args(c)) or c == outer for c in terms.values()):
            return outer
    return sp.S.One


def _over(coefficient: sp.Expr, outer: sp.Expr) -> sp.Expr:
    """Their ratio; what stands in both is left out, as SymPy leaves u^(g - 1) u^(1 - g), which is 0 / 0 for u = 0."""
    above = list(sp.Mul.make_args(coefficient))
    below = _below(coefficient, outer)
    for factor in sp.Mul.make_args(outer):
        if factor not in below:
            above.remove(factor)
    return sp.Mul(*above) / sp.Mul(*below)


def _below(coefficient: sp.Expr, outer: sp.Expr) -> list[sp.Expr]:
    """The factors of ``outer`` by which the ratio divides: those that do not stand in the coefficient."""
    return [f for f in sp.Mul.make_args(outer) if f not in sp.Mul.make_args(coefficient)]


def _never_zero(factor: sp.Expr) -> bool:
    """A number, a size, or what is divided by already; the gradient of an output may be 0, an exponential underflow."""
    if factor.is_Pow and factor.exp.is_negative:
        return True
    return isinstance(factor, Size) or factor.is_number


def _wide(coefficient: sp.Expr) -> bool:
    return bool(free_indices(coefficient))


def _named(program: Program, node: Node, coefficient: sp.Expr, new: list[Node]) -> sp.Expr:
    """A coefficient of several factors gets a name of its own: it is computed on the small arrays only."""
    if not free_indices(coefficient) or isinstance(coefficient, Access):
        return coefficient
    axes = tuple(i for i in node.axes if i in free_indices(coefficient))
    for made in new:
        if made.expr == define(made.name, coefficient, axes).expr:
            return made[axes]
    made = define(program.fresh(f"{node.name}_scale", f"{node.name}_scale"), coefficient, axes)
    new.append(made)
    return made[axes]


def _terms(expr: sp.Expr, domain: frozenset[Index]) -> dict[sp.Expr, sp.Expr] | None:
    """``expr`` as {array: coefficient}; arrays have every index of the domain (or are 1), coefficients have not."""
    if free_indices(expr) != domain:
        return {sp.S.One: expr}
    if expr.is_Add and not is_difference(expr, domain):
        total: dict[sp.Expr, sp.Expr] = {}
        for argument in expr.args:
            part = _terms(argument, domain)
            if part is None:
                return None
            for array, coefficient in part.items():
                total[array] = total.get(array, sp.S.Zero) + coefficient
        return {a: c for a, c in total.items() if c != 0}
    if expr.is_Mul:
        total = {sp.S.One: sp.S.One}
        for factor in expr.args:
            part = _terms(factor, domain)
            if part is None or len(total) * len(part) > MOST_TERMS:
                return None
            product: dict[sp.Expr, sp.Expr] = {}
            for a, c in total.items():
                for b, k in part.items():
                    if free_indices(c * k) == domain:
                        return None
                    product[a * b] = product.get(a * b, sp.S.Zero) + c * k
            total = product
        return total
    return {expr: sp.S.One}


def is_difference(expr: sp.Expr, domain: frozenset[Index]) -> bool:
    """x - mu or 1 - p: an array and a smaller one, or a number and an array or a function, without factors."""
    if len(expr.args) != 2:
        return False
    terms = [t.as_coeff_Mul() for t in expr.args]
    kinds = (Access, sp.Function) if any(t == 1 for _, t in terms) else Access
    return all(t == 1 or isinstance(t, kinds) and abs(c) == 1 for c, t in terms)
