"""What a workload is, and a problem: its operation with arrays of one dtype."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from symnet import Op
    from symnet.ir.graph import Graph

Array = np.ndarray
Sizes = Mapping[str, int]


@dataclass(frozen=True)
class Workload:
    """An operation with the sizes of its axes; ``small`` are sizes for tests and for references in high precision.

    ``wrt`` names the inputs whose gradients are wanted: all differentiable ones where it is None, and none where it is
    empty (only the forward pass is timed).  ``scale`` is the standard deviation of the entries of an input where it is
    not 1.  ``flops`` counts those of matrix products and ``exps`` the exponentials (a tanh is one), for the floor.
    """

    name: str
    title: str
    operation: str
    sizes: Sizes
    small: Sizes
    wrt: tuple[str, ...] | None = None
    scale: Mapping[str, float] = field(default_factory=dict)
    flops: Callable[..., float] = lambda **sizes: 0.0
    exps: Callable[..., float] = lambda **sizes: 0.0

    @cached_property
    def op(self) -> Op:
        return operation(self.operation)

    def problem(self, dtype: Any, small: bool = False, seed: int = 0) -> Problem:
        """The operation with seeded random arrays."""
        sizes = self.small if small else self.sizes
        return make_problem(self.op, sizes, dtype, self.wrt, self.scale, seed)


@dataclass(frozen=True, eq=False)
class Problem:
    """An operation, its inputs, and the upstream gradients of its outputs (none when no gradient is wanted).

    The result of a contestant is the outputs and then the gradients with respect to ``wrt``.
    """

    op: Op
    wrt: tuple[str, ...]
    inputs: tuple[Array, ...]
    upstream: tuple[Array, ...]
    constants: Mapping[str, Any]

    @property
    def graph(self) -> Graph:
        return self.op.graph

    @cached_property
    def places(self) -> tuple[int, ...]:
        """The positions of the inputs whose gradients are wanted."""
        names = [node.name for node in self.graph.inputs]
        return tuple(map(names.index, self.wrt))

    @property
    def dtype(self) -> np.dtype:
        return np.result_type(*(x.dtype for x, node in zip(self.inputs, self.graph.inputs) if node.kind != "labels"))

    @property
    def results(self) -> tuple[str, ...]:
        """What the entries of a result are, in words."""
        outputs = tuple(node.name for node in self.graph.outputs)
        return (*outputs, *(f"gradient of {name}" for name in self.wrt))


def operation(name: str) -> Op:
    """The operation of that name, of this package or of the catalogue."""
    from symnet import catalog
    from symnet.bench import definitions

    return getattr(definitions, name, None) or catalog.load(name)


def make_problem(
    op: Op,
    sizes: Sizes,
    dtype: Any,
    wrt: tuple[str, ...] | None = None,
    scale: Mapping[str, float] | None = None,
    seed: int = 0,
    draw: Callable[[np.random.Generator, tuple[int, ...]], Array] | None = None,
) -> Problem:
    """Inputs drawn by ``draw`` (standard normal without it), labels and masks uniformly, upstream gradients normal."""
    from symnet.check.sizes import extent, sizes_of

    rng = np.random.default_rng(seed)
    graph = op.graph
    known = {axis.size: sizes[axis.label] for node in graph.inputs for axis in node.axes}
    known |= {node.below: sizes[str(node.below).strip("|")] for node in graph.inputs if node.kind == "labels"}
    inputs: dict[str, Array] = {}
    for node in graph.inputs:
        shape = tuple(sizes[axis.label] for axis in node.axes)
        inputs[node.name] = _entries(graph, node, shape, known, rng, draw, (scale or {}).get(node.name, 1.0), dtype)
    upstream: tuple[Array, ...] = ()
    if wrt is None:
        wrt = tuple(node.name for node in graph.differentiable_inputs)
    if wrt:
        extents = sizes_of(graph, inputs)
        for node in graph.outputs:
            shape = tuple(extent(axis.size, extents) for axis in node.axes)
            upstream += (np.asarray(rng.normal(size=shape) if shape else 1.0, dtype),)
    constants = {p.name: p.default for p in graph.parameters}
    return Problem(op, wrt, tuple(inputs.values()), upstream, constants)


def _entries(graph, node, shape, known, rng, draw, scale: float, dtype) -> Array:
    if node.kind == "labels":
        return rng.integers(known[node.below], size=shape)
    if node.kind == "one_hot":
        (along,) = graph.sums_to_one(node)
        rows = rng.integers(shape[along], size=shape[:along] + shape[along + 1 :])
        return np.ascontiguousarray(np.moveaxis(np.eye(shape[along], dtype=dtype)[rows], -1, along))
    if node.kind == "mask":
        return rng.integers(2, size=shape).astype(dtype)
    values = scale * (draw(rng, shape) if draw else rng.normal(size=shape))
    if node.kind == "positive":
        values = np.abs(values) + np.finfo(np.float32).tiny
    if node.kind == "probability":
        over = graph.sums_to_one(node)
        values = np.exp(values - values.max(axis=over, keepdims=True))
        values /= values.sum(axis=over, keepdims=True)
    return np.array(values, dtype, order="C")


def traffic(arrays: tuple[Array, ...]) -> int:
    """Bytes of arrays, each counted once: what must cross the memory bus at least."""
    return sum(array.nbytes for array in arrays)
