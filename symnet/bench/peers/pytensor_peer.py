"""PyTensor: a graph with its gradients, compiled with the default back end."""

from __future__ import annotations

import pytensor
import pytensor.tensor as pt

from symnet.bench.peers import Contestant, NotOffered, formulas
from symnet.bench.workload import Problem

#: a graph of nine windows and their gradients takes it minutes to compile
LEFT_OUT = ("conv2d_same",)


def prepare(problem: Problem) -> Contestant:
    name = problem.op.name
    forward = getattr(formulas, name, None)
    if forward is None or name in LEFT_OUT:
        raise NotOffered
    more = {"d": problem.inputs[0].shape[2]} if name == "attention" else {}
    with pytensor.config.change_flags(floatX=str(problem.dtype)):
        inputs = [
            pt.tensor(node.name, dtype=x.dtype, shape=x.shape) for node, x in zip(problem.graph.inputs, problem.inputs)
        ]
        value = forward(pt, *inputs, **more)
        results = list(value) if isinstance(value, tuple) else [value]
        upstream = []
        if problem.upstream:
            (dy,) = problem.upstream
            upstream = [pt.tensor("upstream", dtype=dy.dtype, shape=dy.shape)]
            wanted = [inputs[place] for place in problem.places]
            results += pytensor.grad(None, wanted, known_grads={value: upstream[0]})
        function = pytensor.function([*inputs, *upstream], results, on_unused_input="ignore")
    function.trust_input = True
    return Contestant(lambda: function(*problem.inputs, *problem.upstream))
