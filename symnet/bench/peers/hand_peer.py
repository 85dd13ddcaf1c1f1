"""Hand-optimised NumPy as a contestant, on one thread."""

from __future__ import annotations

import numpy as np

from symnet.bench import hand
from symnet.bench.peers import Contestant, NotOffered
from symnet.bench.workload import Problem


def prepare(problem: Problem) -> Contestant:
    function = getattr(hand, problem.op.name, None)
    if function is None:
        raise NotOffered
    memory = hand.Memory()
    upstream = [dy for dy in problem.upstream if dy.ndim]

    def run() -> tuple[np.ndarray, ...]:
        with np.errstate(all="ignore"):
            np.setbufsize(256)  # rows and columns are read in place; errstate brings the old size back
            return function(memory, *problem.inputs, *upstream)

    return Contestant(run)
