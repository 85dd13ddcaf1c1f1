"""HIPS autograd: NumPy with a tape."""

from __future__ import annotations

import autograd
import autograd.numpy as xp

from symnet.bench.peers import Contestant, NotOffered, formulas
from symnet.bench.workload import Problem


def prepare(problem: Problem) -> Contestant:
    forward = getattr(formulas, problem.op.name, None)
    if forward is None or len(problem.upstream) != 1:  # without a gradient it is NumPy itself
        raise NotOffered
    reverse = autograd.make_vjp(lambda *inputs: forward(xp, *inputs), argnum=problem.places)
    (upstream,) = problem.upstream

    def run():
        pull_back, value = reverse(*problem.inputs)
        return (value, *pull_back(upstream[()]))

    return Contestant(run)
