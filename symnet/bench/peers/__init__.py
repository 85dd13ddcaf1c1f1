"""The contestants that are not generated: NumPy written by hand and automatic differentiation by others.

A peer is a module with ``prepare(problem) -> Contestant``.  It raises ImportError where its library is missing and
NotOffered where it has no function for an operation.  Each is imported when it is asked for: they are heavy.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from symnet.bench.workload import Problem

#: peer -> the module that prepares it, the library it needs, and the words for it
PEERS: dict[str, tuple[str, str, str]] = {
    "textbook": ("textbook_peer", "numpy", "textbook NumPy"),
    "hand": ("hand_peer", "numpy", "NumPy, optimised by hand"),
    "autograd": ("autograd_peer", "autograd", "HIPS autograd"),
    "torch": ("torch_peer", "torch", "torch, eager"),
    "torch.compile": ("torch_compiled_peer", "torch", "torch.compile"),
    "jax": ("jax_peer", "jax", "jax.jit"),
    "pytensor": ("pytensor_peer", "pytensor", "PyTensor"),
}


class NotOffered(Exception):
    """A contestant has no function for an operation."""


@dataclass(frozen=True)
class Contestant:
    """``run()`` computes outputs and gradients in the arrays of its library, and has finished when it returns."""

    run: Callable[[], Any]
    as_numpy: Callable[[Any], np.ndarray] = np.asarray

    def result(self) -> tuple[np.ndarray, ...]:
        """One run as NumPy arrays of its own."""
        return tuple(np.array(self.as_numpy(value)) for value in self.run())


def installed(peer: str) -> bool:
    """Is the library of a peer there?  Nothing is imported to find out."""
    return importlib.util.find_spec(PEERS[peer][1]) is not None


def prepare(peer: str, problem: Problem) -> Contestant:
    """The contestant of that name for a problem."""
    module = importlib.import_module(f"symnet.bench.peers.{PEERS[peer][0]}")
    return module.prepare(problem)
