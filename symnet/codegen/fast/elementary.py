"""Elementary functions and polynomials in the form that takes the fewest operations.

(1 + tanh u) (1 - tanh u)     4 s (1 - s),  s = sigmoid(2 u): one exponential, and digits in both tails
c (x + a x^3)                 x (c + c a x^2)
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import sympy as sp

from symnet.codegen.fast.count import is_plain, passes_over
from symnet.codegen.passes import Program, define, natural_axes
from symnet.ir import functions as fn
from symnet.ir.expr import Access, accesses, free_indices, substitute, transform
from symnet.ir.graph import Node

#: polynomials of a higher degree are left as they are
DEGREE = 6


def rewrite_tanh(program: Program) -> None:
    """tanh u becomes 2 sigmoid(2 u) - 1 where it occurs in 1 + tanh u and 1 - tanh u, and this takes fewer steps."""
    outputs = {n.name for n in program.outputs}
    named = [n for n in program.forward if isinstance(n.expr, sp.tanh)]
    inside = {t for n in program.forward for t in n.expr.atoms(sp.tanh) if t not in [m.expr for m in named]}
    for value in sorted(inside, key=sp.default_sort_key):
        _try(program, *_with_name(program, value))
    for node in named:
        if node.name not in outputs:
            _try(program, program.forward, program.backward, node)


def _with_name(program: Program, value: sp.Expr) -> tuple[list[Node], list[Node], Node]:
    """The program with a name for a value that stands inside expressions."""
    first = next(k for k, n in enumerate(program.forward) if n.expr.has(value))
    axes = natural_axes(value)
    node = define(program.fresh("tanh"), value, axes)

    def read(nodes: Iterable[Node]) -> list[Node]:
        named = lambda p: node[axes] if p == value else None  # noqa: E731
        return [_changed(n, transform(n.expr, named)) if n.expr.has(value) else n for n in nodes]

    forward = read(program.forward)
    forward.insert(first, node)
    return forward, read(program.backward), node


def _try(program: Program, forward: list[Node], backward: list[Node], node: Node) -> None:
    """Put the sigmoid in for a node that is a tanh, where the whole program then takes fewer passes over memory."""
    half = replace(node, name=program.fresh(f"sigmoid_{node.name}"), expr=fn.sigmoid(2 * node.expr.args[0]))
    readers = {node.name: lambda subs: 2 * half[subs] - 1}

    def read(n: Node) -> Node:
        if n is node:
            return half
        return _changed(n, substitute(_halved(n.expr, node, half), readers)) if node.name in n.reads else n

    new = list(map(read, forward)), list(map(read, backward))
    both = [(a, b) for a, b in zip((*forward, *backward), (*new[0], *new[1])) if a is not b]
    if sum(_work(b) - _work(a) for a, b in both) < 0:
        program.forward, program.backward = new


def _halved(expr: sp.Expr, node: Node, half: Node) -> sp.Expr:
    """Factors 1 + t become 2 s, factors 1 - t become 2 (1 - s)."""

    def factor(part: sp.Expr) -> tuple[sp.Expr, ...] | None:
        if part.is_Add and len(part.args) == 2 and part.args[0] == 1:
            sign, value = part.args[1].as_coeff_Mul()
            if abs(sign) == 1 and isinstance(value, Access) and value.node.name == node.name:
                s = half[value.subs]
                return sp.Integer(2), (s if sign == 1 else 1 - s)
        return None

    def leaf(part: sp.Expr) -> sp.Expr | None:
        if part.is_Mul and any(factor(a) for a in part.args):
            return sp.Mul(*(f for a in part.args for f in (factor(a) or (transform(a, leaf),))))
        found = factor(part)
        return sp.Mul(*found) if found else None

    return transform(expr, leaf)


def _work(node: Node) -> int:
    return passes_over(node.expr, frozenset(node.axes))


def _changed(node: Node, expr: sp.Expr) -> Node:
    return node if expr == node.expr else replace(node, expr=expr)


def nest_polynomials(program: Program) -> None:
    """Polynomials in one array are written as Horner has them, with numbers multiplied in."""
    program.forward = [_changed(n, nested(n.expr)) for n in program.forward]
    program.backward = [_changed(n, nested(n.expr)) for n in program.backward]


def nested(expr: sp.Expr) -> sp.Expr:
    """``expr`` with every polynomial in one array nested, where this takes fewer steps."""
    return transform(expr, lambda part: _nested_product(part) if part.is_Mul else _nested_sum(part))


def _nested_sum(part: sp.Expr) -> sp.Expr | None:
    variable = _variable(part)
    if variable is None or not part.is_Add:
        return None
    return _shorter(part, _horner(powers(part, variable), variable))


def _nested_product(part: sp.Mul) -> sp.Expr | None:
    """The factors of a product that are polynomials in the same array are one polynomial."""
    whole = _variable(part)
    if whole is not None:
        return _shorter(part, _horner(powers(part, whole), whole))
    brackets = [f for f in part.args if f.is_Add and _variable(f) is not None]
    for bracket in brackets:
        variable = _variable(bracket)
        assert variable is not None
        same = [f for f in part.args if f.is_number or (not free_indices(f)) or _variable(f) == variable]
        joined = _horner(powers(sp.Mul(*same), variable), variable)
        rest = [f for f in part.args if f not in same]
        if joined is not None and rest:
            found = sp.Mul(joined, *map(nested, rest))
            if _steps(found) < _steps(part):
                return found
    return None


def _variable(expr: sp.Expr) -> Access | None:
    """The only array in ``expr``, if it is a polynomial in it."""
    found = accesses(expr)
    if len(found) != 1:
        return None
    (variable,) = found
    return variable if is_plain(variable) and powers(expr, variable) is not None else None


def powers(expr: sp.Expr, variable: Access) -> dict[int, sp.Expr] | None:
    """The coefficients of a polynomial by degree; None where it is none or of too high a degree."""
    if expr == variable:
        return {1: sp.S.One}
    if not free_indices(expr):
        return {0: expr} if not accesses(expr) else None
    if expr.is_Add:
        parts = [powers(a, variable) for a in expr.args]
        total: dict[int, sp.Expr] = {}
        for part in parts:
            if part is None:
                return None
            for n, c in part.items():
                total[n] = total.get(n, sp.S.Zero) + c
        return total
    factors = expr.args if expr.is_Mul else ()
    if expr.is_Pow and expr.exp.is_Integer and 0 < expr.exp <= DEGREE:
        factors = (expr.base,) * int(expr.exp)
    if not factors:
        return None
    total = {0: sp.S.One}
    for factor in factors:
        part = powers(factor, variable)
        if part is None:
            return None
        product: dict[int, sp.Expr] = {}
        for n, c in total.items():
            for m, k in part.items():
                product[n + m] = product.get(n + m, sp.S.Zero) + c * k
        total = product
    return total if max(total) <= DEGREE else None


def _horner(coefficients: dict[int, sp.Expr] | None, variable: Access) -> sp.Expr | None:
    """x^m (c0 + q (c1 + q ...)), q = x or x^2."""
    if coefficients is None:
        return None
    terms = {n: c for n, c in coefficients.items() if c != 0}
    if len(terms) < 2 or max(terms) < 2:
        return None
    low = min(terms)
    step = 2 if all((n - low) % 2 == 0 for n in terms) else 1
    power = variable**step
    result = sp.S.Zero
    for n in range(max(terms), low - 1, -step):
        result = terms.get(n, sp.S.Zero) + power * result
    return variable**low * result


def _shorter(part: sp.Expr, found: sp.Expr | None) -> sp.Expr | None:
    return found if found is not None and _steps(found) < _steps(part) else None


def _steps(expr: sp.Expr) -> int:
    return passes_over(expr, free_indices(expr))
