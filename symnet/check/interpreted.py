"""A derivation as a module: its forward and backward nodes, run by the reference interpreter.

It has the ``forward`` and ``backward`` of a generated module, so a gradient can be checked before there is any code for
it, and a defect of a generated module told from one of its derivation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from symnet.check.arithmetic import Array
from symnet.check.evaluate import Interpreter, constants_of
from symnet.check.sizes import sizes_of

if TYPE_CHECKING:
    from symnet.derivation import Derivation


class InterpretedModule:
    """``forward(*inputs, **params) -> (outputs, cache)`` and ``backward(*upstream, cache) -> gradients``."""

    def __init__(self, derivation: Derivation) -> None:
        self.derivation = derivation

    def forward(self, *inputs: Array, **params: Any) -> tuple[Any, Interpreter]:
        graph = self.derivation.stable
        named = {node.name: x for node, x in zip(graph.inputs, inputs)}
        interpreter = Interpreter(named, sizes_of(graph, named), constants_of(graph, params))
        interpreter.define(graph.definitions)
        outputs = tuple(interpreter.values[y.name] for y in graph.outputs)
        return (outputs if graph.several else outputs[0]), interpreter

    def backward(self, *arguments: Any) -> tuple[Array, ...]:
        *upstream, cache = arguments
        given = {node.name: np.asarray(dy) for node, dy in zip(self.derivation.upstream, upstream)}
        interpreter = Interpreter({**cache.values, **given}, cache.sizes, cache.params)
        interpreter.define(node for node in self.derivation.backward if node.name not in given)
        names = {node.adjoint_of: node.name for node in (*self.derivation.upstream, *self.derivation.backward)}
        inputs = [n for n in self.derivation.stable.differentiable_inputs if n.name in self.derivation.gradients]
        values = interpreter.values
        return tuple(values[names[n.name]] if n.name in names else np.zeros_like(values[n.name]) for n in inputs)
