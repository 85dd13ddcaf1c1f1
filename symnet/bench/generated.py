"""The generated modules as contestants: each style that this version of symnet can generate."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from symnet.bench.peers import Contestant, NotOffered
from symnet.bench.workload import Problem

#: in the order of the tables; those that can not be generated are left out
STYLES = ("readable", "fast", "numba")


def available() -> tuple[str, ...]:
    """The styles that can be generated here."""
    from symnet.codegen import module

    return tuple(style for style in STYLES if style in module.STYLES and _runs(style))


def _runs(style: str) -> bool:
    return style != "numba" or importlib.util.find_spec("numba") is not None


@dataclass(frozen=True, eq=False)
class Passes:
    """The forward and backward pass of a module at the arrays of a problem."""

    module: ModuleType
    problem: Problem

    def forward(self) -> tuple[tuple[Any, ...], Any]:
        """The outputs and the cache."""
        value, cache = self.module.forward(*self.problem.inputs)
        return (value if self.problem.graph.several else (value,)), cache

    def backward(self, cache: Any) -> tuple[Any, ...]:
        return self.module.backward(*self.problem.upstream, cache)

    def run(self) -> tuple[Any, ...]:
        outputs, cache = self.forward()
        return (*outputs, *self.backward(cache)) if self.problem.upstream else outputs


def prepare(problem: Problem, style: str) -> Passes:
    """The module of one style that computes the gradients the problem wants, and no others; its memory is new."""
    from symnet.codegen import module

    if style not in available():
        raise NotOffered
    source = module.module_source(problem.op, style, wrt=problem.wrt or None)
    return Passes(module.load(problem.op.name, source), problem)


def contestant(problem: Problem, style: str) -> Contestant:
    """A generated module for a problem; planned steps of Adam are made in place, as those of torch's fused kernel."""
    if problem.op.name == "adam" and style != "readable":
        return _adam(problem, style)
    return Contestant(prepare(problem, style).run)


def _adam(problem: Problem, style: str) -> Contestant:
    """The first run starts from the inputs and its result is compared; the others go on from there."""
    from symnet import catalog
    from symnet.codegen import module

    rule = module.load("adam", module.module_source(catalog.load("adam"), style))
    p, g, m, v = (x.copy() for x in problem.inputs)
    constants = dict(problem.constants)
    state = {"m": m, "v": v, "t": constants.pop("t") - 1}

    def run() -> tuple[Any, ...]:
        rule.step(p, g, state, **constants, in_place=True)
        return p, m, v

    return Contestant(run)
