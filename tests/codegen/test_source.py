"""The text of generated modules: what a textbook would print, and nothing that depends on the run."""

from __future__ import annotations

import ast
import os
import subprocess
import sys

import pytest

import symnet as sn
from symnet.catalog import FAMILIES, load
from symnet.codegen import module_source
from symnet.ir.expr import Access
from tests.codegen.agreement import body_of
from tests.codegen.operations import CASES

CATALOGUE = [name for names in FAMILIES.values() for name in names]
every_module = pytest.mark.parametrize("name", list(dict.fromkeys([*CATALOGUE, *CASES])))


def source_of(name: str) -> str:
    return module_source(load(name) if name in CATALOGUE else CASES[name][0])


def graph_of(name: str):
    return (load(name) if name in CATALOGUE else CASES[name][0]).graph


def lines(name: str, function: str) -> list[str]:
    """The lines of a function between its checks and its results, without comments."""
    found = [line.partition("  # ")[0].strip() for line in body_of(source_of(name), function).splitlines()]
    skipped, parts = ("#", "return", "cache ="), ("_inputs(", "_upstream(", "= cache", ".flags.")
    return [x for x in found if x and not x.startswith(skipped) and not any(part in x for part in parts)]


def test_batch_norm_reads_like_a_listing():
    assert lines("batch_norm", "forward") == [
        "mu = x.mean(axis=0)",
        "var = ((x - mu) ** 2).mean(axis=0)",
        "sqrt_var = np.sqrt(var + eps)",
        "xhat = (x - mu) / sqrt_var",
        "y = gamma * xhat + beta",
    ]
    assert lines("batch_norm", "backward") == [
        "n = xhat.shape[0]",
        "dxhat = dy * gamma",
        "dbeta = dy.sum(axis=0)",
        "dgamma = (dy * xhat).sum(axis=0)",
        "dx = (n * dxhat - dxhat.sum(axis=0) - xhat * (dxhat * xhat).sum(axis=0)) / (n * sqrt_var)",
    ]


def test_row_statistics_keep_their_dimension():
    assert "mu = x.mean(axis=1, keepdims=True)" in lines("layer_norm", "forward")


def test_dense_gradients_are_matrix_products():
    assert lines("dense", "forward") == ["y = x @ w + b"]
    assert lines("dense", "backward") == ["db = dy.sum(axis=0)", "dw = x.T @ dy", "dx = dy @ w.T"]


def test_softmax_is_shifted_once_and_its_gradient_needs_no_jacobian():
    assert lines("softmax", "forward") == [
        "zmax = z.max(axis=1, keepdims=True)",
        "e = np.exp(z - zmax)",
        "s = e.sum(axis=1, keepdims=True)",
        "p = e / s",
    ]
    assert lines("softmax", "backward") == ["dz = p * (dp - (dp * p).sum(axis=1, keepdims=True))"]


def test_labels_are_subtracted_in_place():
    assert lines("softmax_cross_entropy_labels", "backward")[-2:] == [
        "dz = dloss / n * p",
        "dz[np.arange(n), labels] -= dloss / n",
    ]


def test_convolution_loops_over_the_kernel_only():
    loops = [x for x in lines("conv2d", "backward") if x.startswith("for")]
    assert loops == ["for i in range(r):", "for j in range(s):"]
    assert not [x for x in lines("conv2d", "forward") if x.startswith("for")]


def test_embedding_gathers_and_scatters():
    assert lines("embedding", "forward")[-1] == "y = table[tokens]"
    assert lines("embedding", "backward")[-1] == "np.add.at(dtable, tokens, dy)"


def test_a_choice_by_labels_adds_where_they_point():
    @sn.op
    def weighted_classes(x: "n d", labels: sn.labels("n", below="c"), w: "c d"):
        return w * sn.sum(sn.where(labels == sn.index("c"), x, 0), over="n")

    forward = body_of(module_source(weighted_classes), "forward")
    assert "    sum_labels_x = np.zeros((c, d), x.dtype)\n    np.add.at(sum_labels_x, labels, x)\n" in forward


def test_a_power_with_any_exponent_is_computed_once():
    @sn.op
    def pooled(x: "n t", *, p: "[1, inf)" = 3.0):
        sn.axis("r", 3)
        return sn.mean(sn.pad(sn.abs(x) ** p, "t", 1)["n t+r"], over="r") ** (1 / p)

    backward = body_of(module_source(pooled), "backward")
    assert "dpadded[:, i : i + t] += dy / (3 * p * power_padded)" in backward


def test_padding_and_its_gradient_are_a_pad_and_a_slice():
    assert "padded = np.pad(x, ((0, 0), (0, 0), (1, 0), (1, 0)))" in lines("upsample", "forward")
    assert lines("upsample", "backward")[-1] == "dx = dpadded[:, :, 1:, 1:].copy()"


def test_every_gradient_says_what_it_is():
    assert "dxhat = dy * gamma  # gradient of xhat, through y\n" in source_of("batch_norm")
    for name in CATALOGUE:
        backward = body_of(source_of(name), "backward")
        derived = sn.derive(load(name)).backward
        put_in = [n for n in derived if _is_another_name(n, derived) and f" {n.name}[" not in backward]
        assert backward.count("# gradient of ") == len(derived) - len(put_in), name


def _is_another_name(node, derived) -> bool:
    """What the step after passes back, or another gradient, and nothing more: in a loop it needs no line of its own."""
    steps = {n.carry.index for n in derived if n.carry is not None}
    return isinstance(node.expr, Access) and bool(steps & set(node.axes))


def test_a_shared_value_is_computed_once_and_cached():
    body = source_of("swish").partition("import numpy")[2].partition("def _")[0]
    assert body.count("_sigmoid(") == 1
    assert "cache = (x, sigmoid_x)" in body


@every_module
def test_modules_import_only_numpy_and_define_two_functions(name):
    tree = ast.parse(source_of(name))
    modules = {a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
    modules |= {n.module for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
    assert modules <= {"numpy", "numpy.lib.stride_tricks"}
    public = [n.name for n in tree.body if isinstance(n, ast.FunctionDef) and not n.name.startswith("_")]
    assert public == ["forward", "backward"]


@every_module
def test_no_loop_runs_over_elements(name):
    windows = {"r", "s", "k_size", "m", *map(str, range(10))}
    tree = ast.parse(source_of(name))
    for function in tree.body:
        if isinstance(function, ast.FunctionDef) and not function.name.startswith("_"):
            loops = [n for n in ast.walk(function) if isinstance(n, (ast.For, ast.While, ast.comprehension))]
            allowed = {f"range({w})" for w in windows}
            if any(n.carry is not None for n in graph_of(name).nodes):  # steps that wait for each other
                allowed |= {f(f"range({size})") for size in ("t", "t_size", "l") for f in (str, "reversed({})".format)}
            assert all(ast.unparse(n.iter) in allowed for n in loops), name


@every_module
def test_the_code_fits_the_page_and_says_do_not_edit_early(name):
    source = source_of(name)
    code = source.partition("import numpy")[2]
    assert max(map(len, code.splitlines())) <= 100 or name == "conv_stride"  # a target can not be broken
    assert any("Do not edit" in line for line in source.splitlines()[:10])
    assert source.endswith("\n") and not source.endswith("\n\n")
    assert all(line == line.rstrip() for line in source.splitlines())


def test_the_docstring_gives_formulas_shapes_and_the_source():
    text = ast.get_docstring(ast.parse(source_of("batch_norm")))
    assert text.startswith("Batch normalisation")
    assert "x (n, d); gamma (d); beta (d)" in text
    assert "dx[n,d] = " in text and "arXiv 1502.03167" in text


def test_the_convention_at_ties_is_said_where_there_are_ties():
    assert "goes to the first of them" in source_of("max_pool")
    assert "first operand" in source_of("relu")
    assert "first" not in ast.get_docstring(ast.parse(source_of("tanh")))


#: both styles; that the committed modules of the whole catalogue are fresh says the same of them
PRINT = """
from symnet.catalog import FAMILIES, load
from symnet.codegen import module_source
from tests.codegen.operations import CASES
catalogue = [load(name) for names in FAMILIES.values() for name in names]
cases = [case[0] for case in CASES.values()]
print(*(module_source(op, style) for op in catalogue[::6] + cases[::6] for style in ("readable", "fast")))
"""


def test_the_bytes_do_not_depend_on_the_hash_seed():
    texts = []
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONIOENCODING": "utf-8"}
        printed = subprocess.run([sys.executable, "-c", PRINT], env=environment, check=True, capture_output=True)
        texts.append(printed.stdout)
    assert len(texts[0]) > 10_000 and texts[0] == texts[1]


def network(layers: int) -> sn.Op:
    inputs = {"x": "n d0"} | {f"w{k}": f"d{k - 1} d{k}" for k in range(1, layers + 1)}

    def net(x, *weights):
        for k, w in enumerate(weights, 1):
            x = sn.tanh(sn.sum(x * w, over=f"d{k - 1}"))
        return x

    return sn.op(lambda *arrays: net(*arrays), name=f"net{layers}", inputs=inputs)


def test_source_grows_linearly_with_the_layers():
    sizes = [len(module_source(network(k))) for k in (10, 20, 40)]
    assert (sizes[2] - sizes[1]) < 2.3 * (sizes[1] - sizes[0])
