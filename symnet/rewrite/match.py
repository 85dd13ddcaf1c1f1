"""Matching a definition under its own indices against an expression under others.

A template ``t`` in the indices of its node matches ``e`` when some mapping of those indices turns ``t`` into ``e``;
bound indices are canonical, so they must be the same.  A subscript u[i] keeps what stands there in the range of its
axis; an index elsewhere, as in i + r or [i = j], has its own range, so only an index of that size stands for it.
"""

from __future__ import annotations

from collections import Counter
from functools import lru_cache

import sympy as sp

from symnet.ir.expr import Access, Index, Reduction


@lru_cache(maxsize=1 << 16)
def skeleton(expr: sp.Expr) -> str:
    """``expr`` without its indices: equal for every instance of one template."""
    if isinstance(expr, Index):
        return "#"
    if isinstance(expr, Access):
        return f"{expr.node.name}[]"
    if isinstance(expr, Reduction):
        return f"{expr.op}({skeleton(expr.body)};{len(expr.over)})"
    if not expr.args:
        return str(expr)
    parts = [skeleton(a) for a in expr.args]
    if expr.is_Add or expr.is_Mul:
        parts.sort()
    return f"{expr.func.__name__}({','.join(parts)})"


def match(template: sp.Expr, expr: sp.Expr, mapping: dict[Index, sp.Expr] | None = None) -> dict[Index, sp.Expr] | None:
    """The mapping of free indices that makes ``template`` equal ``expr``; None where there is none."""
    mapping = {} if mapping is None else mapping
    if isinstance(template, Index):
        if template.level >= 1:
            return mapping if template == expr else None
        if template not in mapping and not (isinstance(expr, Index) and expr.size == template.size):
            return None
        return _bind(template, expr, mapping)
    if type(template) is not type(expr):
        return None
    if isinstance(template, Access):
        if template.node.name != expr.node.name:
            return None
        return _match_all(template.subs, expr.subs, mapping, _match_subscript)
    if isinstance(template, Reduction):
        if template.op != expr.op or template.over != expr.over:
            return None
        return match(template.body, expr.body, mapping)
    if not template.args:
        return mapping if template == expr else None
    if len(template.args) != len(expr.args):
        return None
    if template.is_Add or template.is_Mul:
        return _match_all(_ordered(template), _ordered(expr), mapping)
    return _match_all(template.args, expr.args, mapping)


def _ordered(expr: sp.Expr) -> list[sp.Expr]:
    """Arguments in an order that does not depend on the indices, as far as they differ otherwise."""
    names = Counter(skeleton(a) for a in expr.args)
    return sorted(expr.args, key=lambda a: (names[skeleton(a)], skeleton(a), str(a)))


def _match_subscript(template: sp.Expr, expr: sp.Expr, mapping: dict[Index, sp.Expr]) -> dict[Index, sp.Expr] | None:
    free = isinstance(template, Index) and template.level < 1
    return _bind(template, expr, mapping) if free else match(template, expr, mapping)


def _bind(index: Index, expr: sp.Expr, mapping: dict[Index, sp.Expr]) -> dict[Index, sp.Expr] | None:
    return mapping if mapping.setdefault(index, expr) == expr else None


def _match_all(templates, exprs, mapping, one=match):
    if len(templates) != len(exprs):
        return None
    for t, e in zip(templates, exprs):
        if one(t, e, mapping) is None:
            return None
    return mapping
