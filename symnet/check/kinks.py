"""How far a point is from the kinks of a graph.

Numerical differentiation is only right where the function is smooth on the whole step.  A kink is a tie: two equal
operands of maximum or minimum, a zero under |x| or sign, a comparison of real values at equality, two entries sharing
the maximum of a reduction.  The distance is relative to the size of what is compared.

A tie that is exact to the last bit does not come from random numbers but from the structure (a masked entry, a padded
zero, the diagonal of x_i - x_j); it is counted and kept, for no draw would avoid it.  A root of an exact zero (the
standard deviation of one number) is singular: there the chain rule says 0 / 0.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import sympy as sp

from symnet.check.arithmetic import Array
from symnet.check.evaluate import Interpreter
from symnet.ir import functions as fn
from symnet.ir.expr import Reduction, accesses
from symnet.ir.graph import Graph

#: closer than this, relative to what is compared, a point counts as lying on a kink
NEAR = 1e-3


@dataclass(frozen=True)
class Ties:
    """The number of near ties, of structural (exact) ones, the smallest distance of the former, and singular roots."""

    near: int = 0
    exact: int = 0
    distance: float = np.inf
    singular: int = 0

    def __add__(self, other: Ties) -> Ties:
        distance = min(self.distance, other.distance)
        return Ties(self.near + other.near, self.exact + other.exact, distance, self.singular + other.singular)


def ties(graph: Graph, interpreter: Interpreter) -> Ties:
    """Ties of all nodes at the values that the interpreter holds."""
    total = Ties()
    with np.errstate(all="ignore"):
        for node in graph.definitions:
            for part in _parts(node.expr):
                total += _ties_of(part, interpreter)
            interpreter.memo.clear()
    return total


def _parts(expr: sp.Expr) -> Iterator[sp.Expr]:
    """Every sub-expression once, bodies of reductions included."""
    seen: set[sp.Expr] = set()
    todo = [expr]
    while todo:
        part = todo.pop()
        if part not in seen:
            seen.add(part)
            yield part
            todo += [part.body] if isinstance(part, Reduction) else part.args


def _ties_of(part: sp.Expr, interpreter: Interpreter) -> Ties:
    if isinstance(part, Reduction) and part.op in ("max", "min", "argmax", "argmin") and _varies(part.body):
        order = (*(i for i in interpreter.dense(part.body).axes if i not in part.over), *part.over)
        entries = interpreter(part.body, order)
        entries = np.sort(entries.reshape(-1, int(np.prod(entries.shape[len(order) - len(part.over) :]))), axis=-1)
        if entries.shape[-1] < 2:
            return Ties()
        first, second = (-1, -2) if part.op.endswith("max") else (0, 1)
        return _count(entries[:, first], entries[:, second])
    if isinstance(part, sp.Pow) and part.exp.is_integer is False and _varies(part.base):
        return Ties(singular=int(np.sum(interpreter.dense(part.base).array == 0)))
    if isinstance(part, (fn.maximum, fn.minimum, fn.Bracket, sp.Max, sp.Min)):
        a, b = part.args[:2]
    elif isinstance(part, (fn.absolute, fn.sign, sp.Abs, sp.sign)):
        a, b = part.args[0], sp.S.Zero
    else:
        return Ties()
    if not (_varies(a) or _varies(b)):
        return Ties()
    return _count(*interpreter._join([interpreter.dense(a), interpreter.dense(b)])[0])


def _varies(expr: sp.Expr) -> bool:
    """Reads an array of real numbers; comparisons of labels, masks and positions never change under a small step."""
    return not expr.is_integer and any(not a.is_integer for a in accesses(expr))


def _count(a: Array, b: Array) -> Ties:
    difference = np.abs(a - b)
    scale = np.maximum(np.abs(a), np.abs(b))
    typical = np.mean(scale[np.isfinite(scale)]) if np.any(np.isfinite(scale)) else 1.0
    relative = difference / np.maximum(scale, typical)
    exact = (difference == 0) | ~np.isfinite(difference)
    near = relative[~exact & (relative < NEAR)]
    distances = relative[~exact]
    return Ties(int(near.size), int(np.sum(exact)), float(np.min(distances, initial=np.inf)))
