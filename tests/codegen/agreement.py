"""Running generated code beside the reference interpreter."""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType

import mpmath
import numpy as np
import sympy as sp

import symnet as sn
from symnet.check.evaluate import Interpreter, constants_of, run_graph
from symnet.check.sizes import sizes_of
from symnet.ir.graph import Graph, Node

STYLES = ("readable", "fast")
DEFAULT = 3  # the size of an axis that a case says nothing about


def arrays_for(graph: Graph, sizes: Mapping[str, int], dtype, seed: int = 0) -> dict[str, np.ndarray]:
    """Random inputs of the declared kinds."""
    rng = np.random.default_rng(seed)
    return {n.name: _array(n, sizes, rng, dtype) for n in graph.inputs}


def _array(node: Node, sizes: Mapping[str, int], rng, dtype):
    def extent(size: sp.Expr) -> int:
        return int(size.xreplace({s: sp.Integer(sizes.get(s.label, DEFAULT)) for s in size.free_symbols}))

    shape = tuple(extent(i.size) for i in node.axes)
    match node.kind:
        case "labels":
            return rng.integers(0, extent(node.below), shape)
        case "mask":
            return rng.integers(0, 2, shape).astype(bool)
        case "one_hot":
            return np.eye(shape[-1], dtype=int)[rng.integers(0, shape[-1], shape[:-1])]
        case "positive":
            return rng.uniform(0.5, 2, shape).astype(dtype)
        case "probability":
            weights = rng.uniform(0.1, 1, shape)
            return (weights / weights.sum(axis=-1, keepdims=True)).astype(dtype)
    return np.asarray(rng.normal(size=shape), dtype)[()]


def reference(
    derivation, inputs: Mapping[str, np.ndarray], upstream: Mapping[str, np.ndarray]
) -> dict[str, np.ndarray]:
    """The values of all nodes, forward and backward, by the interpreter."""
    exact = {name: np.asarray(a, float) for name, a in (inputs | upstream).items()}
    values = run_graph(derivation.stable, {n.name: exact[n.name] for n in derivation.stable.inputs})
    graph = derivation.stable
    sizes = sizes_of(graph, {n.name: exact[n.name] for n in graph.inputs})
    interpreter = Interpreter(values | exact, sizes, constants_of(graph))
    interpreter.define(derivation.backward)
    return interpreter.values


def run_both(op: sn.Op, sizes: Mapping[str, int], dtype, style: str, seed: int = 0):
    """``(inputs, upstream, outputs, gradients, expected outputs, expected gradients)`` of one random call."""
    derivation, compiled = sn.derive(op), sn.compile(op, style)
    inputs = arrays_for(op.graph, sizes, dtype, seed)
    result, cache = compiled.forward(*inputs.values())
    outputs = result if op.graph.several else (result,)
    rng = np.random.default_rng(seed + 1)
    upstream = [np.asarray(rng.normal(size=np.shape(y)), dtype)[()] for y in outputs]
    gradients = compiled.backward(*upstream, cache)
    again = compiled.backward(*upstream, cache)
    assert all(np.array_equal(a, b, equal_nan=True) for a, b in zip(gradients, again)), "the cache was changed"
    values = reference(derivation, inputs, dict(zip((u.name for u in derivation.upstream), upstream)))
    expected = [values[n.name] for n in op.graph.outputs]
    return inputs, upstream, outputs, gradients, expected, [values[n.name] for n in derivation.gradients.values()]


def relative(found, expected) -> float:
    """The largest error, relative where the expected value is larger than 1."""
    found, expected = np.asarray(found, float), np.asarray(expected, float)
    assert found.shape == expected.shape
    return float(np.max(np.abs(found - expected) / (1 + np.abs(expected)), initial=0))


def body_of(source: str, function: str) -> str:
    """The lines of one function of a module, without its docstring."""
    text = source.partition(f"def {function}(")[2].partition("\n\n\n")[0]
    return text.partition('"""\n')[2]


def loaded(source: str, name: str = "generated") -> ModuleType:
    from symnet.codegen.module import load

    return load(name, source)


def worst_ulp(found: np.ndarray, reference) -> float:
    """The largest error in units in the last place of the exact value; subnormal results are not counted."""
    worst = 0.0
    for value, exact in zip(found, reference):
        if abs(exact) >= np.finfo(found.dtype).tiny:
            unit = np.spacing(found.dtype.type(abs(float(exact))))
            worst = max(worst, float(abs(mpmath.mpf(float(value)) - exact) / mpmath.mpf(float(unit))))
    return worst
