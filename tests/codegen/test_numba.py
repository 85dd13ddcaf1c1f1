"""The numba style: kernels agree with the readable module, on any number of threads and in any dtype."""

from __future__ import annotations

import ast
import importlib.util

import mpmath
import numpy as np
import pytest

import symnet as sn
from symnet.check.sample import sample_inputs
from symnet.codegen import module_source
from symnet.loading import catalogue_names, load_operation
from tests.codegen.agreement import loaded, worst_ulp
from tests.codegen.operations import CASES

DTYPES = (np.float16, np.float32, np.float64)
TOLERANCE = {np.float16: 2e-2, np.float32: 2e-5, np.float64: 1e-12}


def results(op: sn.Op, arrays, style: str):
    compiled = sn.compile(op, style)
    output, cache = compiled.forward(*arrays)
    outputs = output if op.graph.several else (output,)
    return [*outputs, *compiled.backward(*map(np.ones_like, outputs), cache)]


def kernels_of(source: str) -> list[ast.FunctionDef]:
    functions = [n for n in ast.parse(source).body if isinstance(n, ast.FunctionDef)]
    return [f for f in functions if f.name.startswith(("_forward", "_backward"))]


def test_without_numba_it_says_what_to_install(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(sn.SymnetError) as error:
        sn.compile(load_operation("sigmoid"), "numba")
    assert "pip install symnet[numba]" in str(error.value)


@pytest.mark.parametrize("name", ["layer_norm", "softmax_cross_entropy_labels", "binary_cross_entropy"])
def test_its_loops_over_rows_are_compiled(name):
    source = module_source(load_operation(name), "numba")
    imported = {a.name for node in ast.parse(source).body if isinstance(node, ast.Import) for a in node.names}
    assert "numba" in imported and not any(i.startswith("symnet") for i in imported)
    kernels = kernels_of(source)
    assert kernels and all(n.decorator_list for n in kernels) and "def block(start, stop)" not in source


def test_a_number_has_no_subscript_in_a_kernel():
    def above_the_share(x: "n c", y: sn.one_hot("n c")):
        share = sn.mean(y, over="n c")  # 1/c, known before the loop
        return x * ((x > share) * share + share)

    kernels = kernels_of(module_source(sn.op(above_the_share), "numba"))
    reads = [n for k in kernels for n in ast.walk(k) if isinstance(n, ast.Name) and n.id == "share"]
    assert reads


def test_arrays_of_the_other_byte_order_are_read():
    pytest.importorskip("numba")
    op = load_operation("softmax_cross_entropy_labels")
    arrays = list(sample_inputs(op.graph, np.random.default_rng(0)).values())
    swapped = [a.astype(a.dtype.newbyteorder()) for a in arrays]
    for got, wanted in zip(results(op, swapped, "numba"), results(op, arrays, "numba")):
        assert np.array_equal(got, wanted)


def test_axes_with_another_between_them_are_two_loops():
    pytest.importorskip("numba")

    def rotated(x: "b t two=2 d", c: "t d"):
        return sn.tanh(x["b t 0 d"] * c) - x["b t 1 d"]

    rng = np.random.default_rng(0)
    x, c = rng.normal(size=(3, 4, 2, 5)), rng.normal(size=(4, 5))
    y, _ = sn.compile(sn.op(rotated), "numba").forward(x, c)
    assert np.allclose(y, np.tanh(x[:, :, 0] * c) - x[:, :, 1])


def test_axes_that_are_one_in_a_sum_stay_two_where_another_sum_takes_one_of_them():
    pytest.importorskip("numba")

    def pairs(x: "n m", y: "m k"):
        v = sn.logsumexp(y + x, over="k")
        return sn.softmax(x["l k"] - v, over="n l")

    report = sn.check_gradients(sn.op(pairs), style="numba", trials=1)
    assert report.ok, report.table()


def test_an_array_of_the_rows_may_be_read_elsewhere_than_at_the_row():
    pytest.importorskip("numba")

    def shifted(g: "t d", v: "d"):
        a = v - 2 * g
        return a["d s+1"]

    rng = np.random.default_rng(0)
    g, v = rng.normal(size=(4, 4)), rng.normal(size=4)
    y, _ = sn.compile(sn.op(shifted), "numba").forward(g, v)
    assert np.allclose(y, (v - 2 * g)[:, 1:])


def test_a_loop_that_reads_no_array_is_not_compiled():
    def differences(b: "m"):
        difference = b - 2 * sn.sum(b, over="m")
        return sn.sum(difference, over="m")

    assert len(kernels_of(module_source(sn.op(differences), "numba"))) == 2


def test_what_calls_the_c_library_for_every_entry_is_left_to_numpy():
    def waves(x: "n d"):
        return sn.sin(x) * sn.exp(x)

    def scaled(x: "n d"):
        return sn.exp(x) / (1 + sn.sum(x**2, over="d")) ** 0.3

    assert not kernels_of(module_source(sn.op(waves), "numba"))
    assert kernels_of(module_source(sn.op(scaled), "numba"))  # a power of a row


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", ["exp", "expm1", "log", "log1p", "tanh", "erf"])
def test_functions_of_one_number_are_right_to_a_few_ulp(name, dtype):
    pytest.importorskip("numba")
    written = {"expm1": lambda x: sn.exp(x) - 1, "log1p": lambda x: sn.log(1 + x)}
    op = sn.op(lambda x: written.get(name, getattr(sn, name, None))(x), name="one", inputs={"x": "n"})
    source = module_source(op, "numba")
    assert any(f"_{name}1(" in ast.unparse(kernel) for kernel in kernels_of(source))
    x = np.concatenate([np.linspace(-60, 60, 2001), np.logspace(-30, 1.9, 300), -np.logspace(-30, 1.9, 300)]).astype(
        dtype
    )
    x = x if name != "log" else np.abs(x[x != 0])
    x = x if name != "log1p" else x[x > -1]
    y, _ = loaded(source).forward(x)
    with mpmath.workdps(40):
        exact = [getattr(mpmath, name)(mpmath.mpf(float(v))) for v in x]
    assert y.dtype == dtype and worst_ulp(y, exact) < 5


def test_loops_over_different_axes_of_a_row_know_which_came_first():
    def winner(x: "n k", g: "k m"):
        win = sn.where(x == sn.min(x, over="k"), 1, 0)
        h = sn.sum(win["n m"] * g, over="m")
        return sn.sum(sn.mean(h * x, over="n"), over="k")

    assert kernels_of(module_source(sn.op(winner), "numba"))


@pytest.mark.parametrize("name", ["x", "max", "real", "start"])
def test_no_array_hides_what_a_kernel_calls(name):
    def scaled(x):
        u = x / sn.max(sn.abs(x), over="d")  # its name would be max
        return sn.tanh(u / sn.mean(u, over="n"))

    op = sn.op(lambda *arrays: scaled(*arrays), name="scaled", inputs={name: "n d"})
    for kernel in kernels_of(module_source(op, "numba")):
        called = {n.func.id for n in ast.walk(kernel) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)}
        stored = {n.id for n in ast.walk(kernel) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
        assert not called & ({a.arg for a in kernel.args.args} | stored - {"real"})


def test_an_axis_may_be_called_as_a_word_of_python():
    pytest.importorskip("numba")

    @sn.op
    def f(x: "for in", w: "in None"):
        return sn.sum(x * w, over="in") * sn.size("for") * sn.index("None")

    x, w = np.ones((2, 3)), np.ones((3, 4))
    np.testing.assert_array_equal(sn.compile(f, "numba").forward(x, w)[0], x @ w * 2 * np.arange(4))


def test_kernels_are_compiled_for_the_widest_vectors():
    pytest.importorskip("numba")
    from llvmlite.binding import get_host_cpu_features

    module = loaded(module_source(load_operation("sigmoid"), "numba"))
    module.forward(np.zeros((5, 3)))
    kernel = module._forward_rows
    (code,) = kernel.inspect_llvm().values()
    assert '"prefer-vector-width"="512"' in code
    if get_host_cpu_features().get("avx512f"):
        (code,) = kernel.inspect_asm().values()
        assert "zmm" in code


@pytest.mark.slow
@pytest.mark.parametrize("name", catalogue_names())
def test_the_catalogue_passes_the_check(name):
    pytest.importorskip("numba")
    report = sn.check_gradients(load_operation(name), style="numba")
    assert report.ok, report.table()


def test_the_place_of_the_largest_is_not_compiled_as_the_largest():
    for name in ("largest_less_the_mean_of_a_window", "distance_to_the_nearest"):
        source = module_source(CASES[name][0], "numba")
        assert not [k for k in kernels_of(source) if "argm" in ast.unparse(k)], name


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_definitions_of_every_kind_pass_the_check(name):
    pytest.importorskip("numba")
    report = sn.check_gradients(CASES[name][0], style="numba", trials=1)
    assert report.ok, report.table()


@pytest.mark.slow
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_softplus_and_a_sigmoid_share_one_exponential(dtype):
    pytest.importorskip("numba")
    source = module_source(load_operation("binary_cross_entropy"), "numba")
    assert [ast.unparse(k).count("_exp1") for k in kernels_of(source)] == [1, 0]
    module = loaded(source)
    for one in (-np.inf, -1e4, -100.0, -3.0, -0.9, -0.8, -0.5, -1e-3, 0.0, 1e-3, 0.7, 0.89, 3.0, 50.0, 1e4):
        z = np.array([one], dtype)
        loss, cache = module.forward(z, np.ones(1, dtype))
        (dz,) = module.backward(1.0, cache)
        assert loss == pytest.approx(np.logaddexp(0, -float(z[0])), rel=4 * float(np.finfo(dtype).eps), abs=1e-40)
        assert dz[0] == pytest.approx(
            -1 / (1 + np.exp(min(float(z[0]), 700))), rel=1e-6, abs=float(np.finfo(dtype).eps)
        )
    assert np.isnan(module.forward(np.array([np.nan], dtype), np.ones(1, dtype))[0])


@pytest.mark.slow
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", ["layer_norm", "softmax", "batch_norm", "tanh"])
def test_it_equals_the_readable_module_in_every_dtype(name, dtype):
    pytest.importorskip("numba")
    op = load_operation(name)
    arrays = list(sample_inputs(op.graph, np.random.default_rng(0), dtype=dtype).values())
    arrays[0] = np.asfortranarray(arrays[0])
    for found, expected in zip(results(op, arrays, "numba"), results(op, arrays, "readable"), strict=True):
        assert found.dtype == expected.dtype and found.shape == expected.shape
        error = np.abs(found.astype(float) - expected) / (1 + np.abs(expected.astype(float)))
        assert error.max() <= TOLERANCE[dtype]


@pytest.mark.slow
def test_the_number_of_threads_changes_nothing():
    pytest.importorskip("numba")
    op = load_operation("layer_norm")
    rng = np.random.default_rng(0)
    x, dy = rng.normal(size=(2, 4000, 300)).astype(np.float32)
    gamma, beta = rng.normal(size=(2, 300)).astype(np.float32)
    found = []
    for threads in (1, 2, 3):
        module = loaded(module_source(op, "numba"))
        module.THREADS = threads
        y, cache = module.forward(x, gamma, beta)
        found.append((y, *module.backward(dy, cache)))
    for other in found[1:]:
        assert all(np.array_equal(a, b) for a, b in zip(found[0], other, strict=True))


def test_a_result_is_not_written_over_what_is_read_from_its_end():
    pytest.importorskip("numba")

    @sn.op
    def mirrored(x: "n d"):
        t = sn.abs(x - sn.flip(x, "d") * x) ** 1.5
        s = sn.sum(sn.relu(t - t["n q"]), over="q")
        return sn.sum(s["m d"] * (sn.index("m") <= sn.index("n")), over="m")

    given = [np.random.default_rng(0).normal(size=(4, 5))]
    for found, wanted in zip(results(mirrored, given, "numba"), results(mirrored, given, "readable"), strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-9)
