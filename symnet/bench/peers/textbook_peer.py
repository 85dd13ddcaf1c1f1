"""Textbook NumPy as a contestant."""

from __future__ import annotations

from symnet.bench import textbook
from symnet.bench.peers import Contestant, NotOffered
from symnet.bench.workload import Problem


def prepare(problem: Problem) -> Contestant:
    function = getattr(textbook, problem.op.name, None)
    if function is None:
        raise NotOffered
    upstream = [dy for dy in problem.upstream if dy.ndim]
    return Contestant(lambda: function(*problem.inputs, *upstream))
