"""torch.compile, where its compiler runs."""

from __future__ import annotations

import torch

from symnet.bench.peers import Contestant, NotOffered, torch_peer
from symnet.bench.workload import Problem


def prepare(problem: Problem) -> Contestant:
    if problem.op.name == "adam":  # eager torch has a fused kernel for it already
        raise NotOffered
    torch.compiler.reset()
    return torch_peer.prepare(problem, lambda function: torch.compile(function, dynamic=False))
