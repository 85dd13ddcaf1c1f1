r"""Membership of an interval as inequalities: ``r \in (0, 1]`` is ``0 < r \leq 1``."""

from __future__ import annotations

from dataclasses import replace

from symnet.lecture.reader.syntax import Expr, Infinity, Interval, Negate, Statement, Tuple


def as_bounds(statement: Statement) -> tuple[Statement, ...]:
    """The inequalities that a statement says; none where it says none."""
    if statement.is_bound:
        return (statement,)
    if statement.relations != ("in",):
        return ()
    term, interval = statement.terms
    if not isinstance(interval, Interval):
        return ()
    terms = term.items if isinstance(term, Tuple) else (term,)
    return tuple(bound for t in terms if (bound := _between(statement, t, interval)).relations)


def _between(statement: Statement, term: Expr, interval: Interval) -> Statement:
    ends = ((interval.low, interval.closed[0]), (interval.high, interval.closed[1]))
    relations = tuple("<=" if closed else "<" for end, closed in ends if not _is_infinite(end))
    low, high = (() if _is_infinite(end) else (end,) for end, _ in ends)
    return replace(statement, terms=(*low, term, *high), relations=relations)


def _is_infinite(end: Expr) -> bool:
    return isinstance(end.arg if isinstance(end, Negate) else end, Infinity)
