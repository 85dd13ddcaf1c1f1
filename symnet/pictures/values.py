"""Values and gradients of every node of a graph at a point.

The values are those of the reference interpreter.  The gradients go from the last node to the first: each share is the
expression of the adjoint rule for one reader, evaluated, and the gradient of a node is the sum of its shares,

    dv = sum over the readers c of v of   dc * d c / d v.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import sympy as sp

from symnet.calculus.adjoint import active_nodes, adjoint_contributions
from symnet.check.evaluate import Interpreter, constants_of
from symnet.check.sizes import Sizes, sizes_of
from symnet.errors import SymnetError
from symnet.ir.graph import Graph, Node


@dataclass
class Values:
    """Arrays by the name of their node; ``shares`` by source and reader, ``upstream`` what came from outside."""

    sizes: Sizes
    forward: Mapping[str, Any]
    gradients: dict[str, Any] = field(default_factory=dict)
    shares: dict[tuple[str, str], Any] = field(default_factory=dict)
    upstream: dict[str, Any] = field(default_factory=dict)


def values_of(graph: Graph, inputs: Mapping[str, Any], constants: Mapping[str, Any]) -> Values:
    """Values, and gradients from 1 at a scalar output, from random ones with one decimal at the entries of an array.

    Raises SymnetError naming an input that is missing or does not fit, or a node that is not finite at the point.
    """
    sizes = sizes_of(graph, inputs)
    interpreter = Interpreter(inputs, sizes, constants_of(graph, constants))
    interpreter.define(graph.definitions)
    outputs = {y.name for y in graph.outputs}
    for node in graph.definitions:  # a mask may be infinite inside
        value = interpreter.values[node.name]
        if np.any(~np.isfinite(value) if node.name in outputs else np.isnan(value)):
            raise SymnetError(f"{graph.name}: {node.name} is not finite at this point", hint="choose another point")
    values = Values(sizes, dict(interpreter.values))
    _backward(graph, interpreter, values)
    return values


def _backward(graph: Graph, interpreter: Interpreter, values: Values) -> None:
    active = active_nodes(graph, graph.differentiable_inputs)
    rng = np.random.default_rng(1)
    needed = {n.name for n in graph.needed_for(graph.outputs)}
    for y in graph.outputs:
        if y.name in active:
            shape = tuple(interpreter.extent(i) for i in y.axes)
            values.upstream[y.name] = rng.standard_normal(shape).round(1) + 0.0 if shape else np.ones(())
    values.gradients.update(values.upstream)
    for node in reversed(graph.nodes):
        if node.name not in active or node.name not in needed:
            continue
        gradient = values.gradients.setdefault(node.name, np.zeros(tuple(interpreter.extent(i) for i in node.axes)))
        if node.is_input:
            continue
        adjoint = Node(f"d {node.name}", node.axes, adjoint_of=node.name)  # a blank is in no name of an author
        interpreter.values[adjoint.name] = gradient
        for name, found in adjoint_contributions(node, adjoint, (), active).items():
            share = interpreter(sp.Add(*(expr for _, expr in found)), graph.by_name[name].axes)
            interpreter.memo.clear()
            if not np.all(np.isfinite(share)):
                raise SymnetError(f"{graph.name}: the gradient of {name} is not finite at this point")
            values.shares[name, node.name] = share
            values.gradients[name] = values.gradients.get(name, 0.0) + share


__all__ = ["Values", "values_of"]
