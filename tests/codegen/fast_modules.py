"""Modules of the fast style, and arrays to run them on."""

from __future__ import annotations

import numpy as np
import pytest

import symnet as sn
from symnet.catalog import FAMILIES, load
from symnet.check.sample import sample_inputs
from symnet.codegen import module_source
from symnet.codegen.module import load as load_module
from tests.codegen.agreement import arrays_for
from tests.codegen.operations import CASES
from tests.test_unseen_operations import OPERATIONS

CATALOGUE = [name for names in FAMILIES.values() for name in names]
MIB = 2**20
TOLERANCE = {np.float64: 1e-10, np.float32: 1e-3}

both_dtypes = pytest.mark.parametrize("dtype", [np.float64, np.float32], ids=["float64", "float32"])
#: one operation of each kind is tried in every run, the others in the long tests
EACH_KIND = {
    "sigmoid", "relu", "gelu", "softmax", "softmax_cross_entropy", "softmax_cross_entropy_labels",
    "binary_cross_entropy",
    "mean_squared_error", "hinge", "dense", "embedding", "dropout", "batch_norm", "batch_norm_images", "layer_norm",
    "group_norm", "conv2d", "conv2d_padded", "max_pool", "attention", "gru_cell", "two_layer_network", "mlp",
}  # fmt: skip


def named(name: str):
    return pytest.param(name, marks=() if name in EACH_KIND or name not in CATALOGUE else pytest.mark.slow)


of_catalogue = pytest.mark.parametrize("name", [named(n) for n in CATALOGUE if not load(n).graph.several])
of_all = pytest.mark.parametrize(
    "name", [named(n) for n in [*CATALOGUE, *CASES, *(n for n in OPERATIONS if n not in CASES)]]
)


def operation(name: str) -> sn.Op:
    if name in CATALOGUE:
        return load(name)
    return CASES[name][0] if name in CASES else OPERATIONS[name]


def arrays_of(name: str, dtype=np.float64, seed: int = 0) -> list[np.ndarray]:
    if name in CASES and name not in CATALOGUE:
        return list(arrays_for(CASES[name][0].graph, CASES[name][1], dtype, seed).values())
    return list(sample_inputs(operation(name).graph, np.random.default_rng(seed), dtype=dtype).values())


def module_of(name: str, style: str = "fast", block: int | None = None, threads: int = 1):
    """A module of its own; ``block`` bytes make a block of rows."""
    op = operation(name)
    module = load_module(op.name, module_source(op, style))
    if hasattr(module, "BLOCK"):
        module.BLOCK, module.THREADS = block or module.BLOCK, threads
    if hasattr(module, "Workspace"):
        module.Workspace.LEAST = 2**16
    return module


def run(module, arrays) -> list[np.ndarray]:
    """The outputs, and the gradients for random upstream gradients."""
    output, cache = module.forward(*arrays)
    outputs = output if isinstance(output, tuple) else (output,)
    rng = np.random.default_rng(1)
    upstream = [rng.normal(size=np.shape(y)).astype(np.asarray(y).dtype)[()] for y in outputs]
    return [*outputs, *module.backward(*upstream, cache)]


def assert_equal_to_rounding(found, wanted, tolerance: float) -> None:
    for ours, theirs in zip(found, wanted, strict=True):
        assert np.shape(ours) == np.shape(theirs) and np.asarray(ours).dtype == np.asarray(theirs).dtype
        assert np.max(np.abs(ours - theirs) / (1 + np.abs(theirs)), initial=0) < tolerance


#: shapes of a catalogue operation that fill several blocks, the last one in part
LARGE = {
    "sigmoid": "700 301",
    "tanh": "700 301",
    "relu": "700 301",
    "softmax": "700 301",
    "binary_cross_entropy": "200003, 200003",
    "softmax_cross_entropy": "700 301, 700 301",
    "softmax_cross_entropy_labels": "700 301, labels",
    "mean_squared_error": "700 301, 700 301",
    "dense": "700 301, 301 200, 200",
    "batch_norm": "700 301, 301, 301",
    "layer_norm": "700 301, 301, 301",
    "two_layer_network": "700 301, 700 200, 301 100, 100 200",
    "mlp": "700 301, 301 200, 200, 200 150, 150, 150 100, 100",
    "attention": "5 128 64, 5 130 64, 5 130 32",
    "conv2d": "7 3 40 41, 5 3 3 2, 5",
    "max_pool": "7 3 64 65",
}


def large(name: str, dtype=np.float32) -> list[np.ndarray]:
    """Arrays of several blocks; small ones where no shapes are given above."""
    if name not in LARGE:
        return arrays_of(name, dtype)
    rng = np.random.default_rng(0)
    arrays = []
    for shape in LARGE[name].split(", "):
        if shape == "labels":
            arrays.append(rng.integers(0, 301, 700))
        else:
            arrays.append(rng.normal(size=[int(n) for n in shape.split()]).astype(dtype))
    if name == "binary_cross_entropy":
        arrays[1] = (arrays[1] > 0).astype(dtype)
    if name == "softmax_cross_entropy":
        arrays[1] = np.eye(301, dtype=dtype)[rng.integers(0, 301, 700)]
    return arrays
