"""The generated modules as contestants: each style that this version of symnet can generate."""

from __future__ import annotations

import importlib.util
import inspect
from collections.abc import Callable
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


def module_of(problem: Problem, style: str) -> ModuleType:
    """The module of one style that computes the gradients the problem wants, and no others."""
    from symnet.codegen import layout, module
    from symnet.derivation import derive

    if style not in available():
        raise NotOffered
    derivation = derive(problem.op, wrt=problem.wrt or None)
    return module.load(problem.op.name, layout.module_text(derivation, style))


class Kept:
    """A module as a training loop uses it: what it needs to be kept between calls is kept.

    Where the functions take a workspace one is made here and handed to every call; where they take a number of threads
    they get it.
    """

    def __init__(self, module: ModuleType, problem: Problem, threads: int = 1, workspace: bool = True) -> None:
        self.module, self.problem = module, problem
        kept: dict[str, Any] = {}
        if workspace and hasattr(module, "Workspace"):
            kept["workspace"] = module.Workspace()
        self.forward = _with(module.forward, kept, threads)
        self.backward = _with(module.backward, kept, threads)

    def run_forward(self) -> tuple[tuple[Any, ...], Any]:
        """The outputs and the cache."""
        value, cache = self.forward(*self.problem.inputs)
        return (value if self.problem.graph.several else (value,)), cache

    def run_backward(self, cache: Any) -> tuple[Any, ...]:
        return self.backward(*self.problem.upstream, cache)

    def run(self) -> tuple[Any, ...]:
        outputs, cache = self.run_forward()
        return (*outputs, *self.run_backward(cache)) if self.problem.upstream else outputs


def _with(function: Callable[..., Any], kept: dict[str, Any], threads: int) -> Callable[..., Any]:
    known = inspect.signature(function).parameters
    options = {name: value for name, value in {**kept, "threads": threads}.items() if name in known}
    return (lambda *arguments: function(*arguments, **options)) if options else function


def prepare(problem: Problem, style: str, threads: int = 1) -> Contestant:
    return Contestant(Kept(module_of(problem, style), problem, threads).run)
