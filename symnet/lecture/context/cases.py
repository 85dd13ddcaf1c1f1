"""What a name is in each of several cases: "for ``$x < 0$``, ``$f(x) = -x$``; for ``$x > 0$``, ``$f(x) = x$``"."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from itertools import combinations
from math import inf

from symnet.lecture.context.context import Context
from symnet.lecture.context.numbers import value_of
from symnet.lecture.context.record import Definition
from symnet.lecture.context.refs import Ref
from symnet.lecture.reader.syntax import Cases, Expr, Infinity, Negate, Statement

Value = Fraction | float
#: from where to where, and whether each end belongs to it
Range = tuple[Value, bool, Value, bool]
ORDER = {"<": (1, False), "<=": (1, True), "=": (0, True), ">": (-1, False), ">=": (-1, True)}
EVERYWHERE: Range = (-inf, True, inf, True)


def join_cases(context: Context) -> None:
    """Makes one definition of those that say under one heading what a name is in cases that exclude each other."""
    for key, found in context.definitions.items():
        for group in _groups(context, found):
            said = [context.lines[d.order].statement.conditions for d in group]
            conditions = [one for one, *more in filter(None, said) if not more]
            if len(conditions) == len(group) > 1 and all(exclude(a, b) for a, b in combinations(conditions, 2)):
                body = Cases(tuple(zip((d.body for d in group), conditions)), span=group[0].body.span)
                joined = replace(group[0], body=body)
                found = [joined if d is group[0] else d for d in found if d not in group[1:]]
                context.rejected += group
                context.definitions[key] = found


def _groups(context: Context, found: list[Definition]) -> list[list[Definition]]:
    """The definitions of a name that stand under the same heading, in the same letters."""
    groups: dict[object, list[Definition]] = {}
    for d in found:
        groups.setdefault((context.lines[d.order].said.section, d.indices, d.parameters), []).append(d)
    return list(groups.values())


def exclude(a: Statement, b: Statement) -> bool:
    """Is there a name that can not meet both conditions?"""
    first, second = _ranges(a), _ranges(b)
    return any(_is_empty(_both(first[name], second[name])) for name in first.keys() & second.keys())


def _ranges(condition: Statement) -> Mapping[Ref, Range]:
    """Where the names lie that a chain such as ``0 < x <= 1`` compares with numbers."""
    found: dict[Ref, Range] = {}
    for (i, left), (j, right) in combinations(enumerate(condition.terms), 2):
        relations = condition.relations[i:j]
        if any(r not in ORDER for r in relations):
            continue
        signs = {ORDER[r][0] for r in relations} - {0}
        within = all(ORDER[r][1] for r in relations)
        sign = signs.pop() if len(signs) == 1 else 0
        if signs:
            continue  # a < b > c
        for name, other, to in ((left, right, sign), (right, left, -sign)):
            value = _value(other)
            if isinstance(name, Ref) and value is not None:
                low = (-inf, True) if to > 0 else (value, within)
                high = (inf, True) if to < 0 else (value, within)
                found[name] = _both(found.get(name, EVERYWHERE), (*low, *high))
    return found


def _value(expr: Expr) -> Value | None:
    if isinstance(expr, Negate):
        inner = _value(expr.arg)
        return None if inner is None else -inner
    if isinstance(expr, Infinity):
        return inf
    return value_of(expr)


def _both(a: Range, b: Range) -> Range:
    low = max((a[0], not a[1]), (b[0], not b[1]))  # of two equal ends the one that does not belong to it
    high = min((a[2], a[3]), (b[2], b[3]))
    return low[0], not low[1], high[0], high[1]


def _is_empty(within: Range) -> bool:
    low, low_belongs, high, high_belongs = within
    return low > high or low == high and not (low_belongs and high_belongs)
