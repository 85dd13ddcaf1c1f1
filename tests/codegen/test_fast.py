"""The fast style computes what the readable one does, block by block; its text is deterministic and linear."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
import warnings

import numpy as np
import pytest

import symnet as sn
from symnet.codegen import module_source
from tests.codegen.fast_modules import (
    CATALOGUE,
    LARGE,
    TOLERANCE,
    arrays_of,
    assert_equal_to_rounding,
    both_dtypes,
    large,
    module_of,
    of_all,
    of_catalogue,
    operation,
    run,
)


@of_all
@both_dtypes
@pytest.mark.parametrize("block", [1, 256])
def test_it_equals_the_readable_module_in_blocks_of_any_size(name, dtype, block):
    readable, fast = module_of(name, "readable"), module_of(name, block=block)
    for seed in range(2):
        arrays = arrays_of(name, dtype, seed)
        with warnings.catch_warnings(), np.errstate(all="raise", under="ignore"):
            warnings.simplefilter("error")
            found = run(fast, arrays)
        assert_equal_to_rounding(found, run(readable, arrays), TOLERANCE[dtype])


@of_all
def test_two_threads_give_the_same_bits_as_one(name):
    arrays = arrays_of(name)
    one, two = (run(module_of(name, block=64, threads=threads), arrays) for threads in (1, 2))
    assert all(np.array_equal(a, b) for a, b in zip(one, two, strict=True))


def test_every_operation_of_the_catalogue_is_tried_on_large_arrays():
    assert set(LARGE) == set(CATALOGUE)


@of_catalogue
@both_dtypes
@pytest.mark.parametrize("threads", [1, 2])
def test_it_equals_the_readable_module_on_large_arrays(name, dtype, threads):
    arrays = large(name, dtype)
    fast = module_of(name, block=2**15, threads=threads)
    wanted = run(module_of(name, "readable"), arrays)
    for _ in range(2):  # the second time in memory that has served before
        assert_equal_to_rounding(run(fast, arrays), wanted, TOLERANCE[dtype])


@of_all
def test_the_module_stands_alone_and_defines_forward_and_backward(name):
    source = module_source(operation(name), "fast")
    tree = ast.parse(source)
    imported = {a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
    imported |= {n.module for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
    assert {i.partition(".")[0] for i in imported} - {"numpy"} <= sys.stdlib_module_names
    assert [n.name for n in tree.body if isinstance(n, ast.FunctionDef) and not n.name.startswith("_")] == [
        "forward",
        "backward",
    ]
    assert "Do not edit" in "\n".join(source.splitlines()[:10])
    assert source.endswith("\n") and not source.endswith("\n\n")
    assert all(line == line.rstrip() for line in source.splitlines())


@of_all
def test_nothing_is_imported_or_defined_in_vain(name):
    tree = ast.parse(module_source(operation(name), "fast"))
    read = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
    for node in tree.body:
        if isinstance(node, ast.Import):
            assert all((a.asname or a.name).partition(".")[0] in read for a in node.names), ast.unparse(node)
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and node.name not in ("forward", "backward"):
            assert node.name in read, node.name


PRINT_ALL = """
from symnet.codegen import module_source
from tests.codegen.operations import CASES
from symnet.catalog import FAMILIES, load
print(*(module_source(load(n), "fast") for names in FAMILIES.values() for n in names))
print(*(module_source(CASES[n][0], "fast") for n in list(CASES)[::4]))
"""


def test_the_bytes_do_not_depend_on_the_hash_seed():
    texts = []
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONIOENCODING": "utf-8"}
        made = subprocess.run([sys.executable, "-c", PRINT_ALL], env=environment, check=True, capture_output=True)
        texts.append(made.stdout)
    assert len(texts[0]) > 10_000 and texts[0] == texts[1]


def network(layers: int) -> sn.Op:
    """tanh(x w + b), many times, and a mean squared error."""
    inputs = {"x": "n d0", "t": f"n d{layers}"}
    for k in range(1, layers + 1):
        inputs |= {f"w{k}": f"d{k - 1} d{k}", f"b{k}": f"d{k}"}

    def net(x, t, *parameters):
        for k in range(layers):
            x = sn.tanh(sn.sum(x * parameters[2 * k], over=f"d{k}") + parameters[2 * k + 1])
        return sn.mean((x - t) ** 2)

    return sn.op(lambda *arrays: net(*arrays), name=f"net{layers}", inputs=inputs)


def test_source_grows_linearly_with_the_layers():
    sizes = [len(module_source(network(k), "fast")) for k in (10, 20, 40)]
    assert (sizes[2] - sizes[1]) < 2.3 * (sizes[1] - sizes[0])
