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
    LARGE,
    TOLERANCE,
    arrays_of,
    assert_equal_to_rounding,
    both_dtypes,
    large,
    module_of,
    of_all,
    operation,
    run,
)


@of_all
@both_dtypes
@pytest.mark.parametrize("block", [1, pytest.param(256, marks=pytest.mark.slow)])
def test_it_equals_the_readable_module_in_blocks_of_any_size(name, dtype, block):
    readable, fast = module_of(name, "readable"), module_of(name, block=block)
    for seed in range(2):
        arrays = arrays_of(name, dtype, seed)
        with warnings.catch_warnings(), np.errstate(all="raise", under="ignore"):
            warnings.simplefilter("error")
            found = run(fast, arrays)
        assert_equal_to_rounding(found, run(readable, arrays), TOLERANCE[dtype])


@of_all
def test_two_threads_give_the_same_bits_as_three(name):
    arrays = arrays_of(name)
    two, three = (run(module_of(name, block=16, threads=threads), arrays) for threads in (2, 3))
    assert all(np.array_equal(a, b) for a, b in zip(two, three, strict=True))


@pytest.mark.parametrize("name", LARGE)
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


@pytest.mark.parametrize(("second", "height"), [("2048K\n", 2**7), ("1024K\n", 2**9), ("", 2**9), (None, 2**9)])
def test_a_block_of_one_thread_has_room_for_all_its_arrays(second, height, tmp_path, monkeypatch):
    """On several threads every array has as much, since short calls make them wait for each other."""
    file = tmp_path / "size"  # what Linux says of the second cache, where it says something
    if second is not None:
        file.write_text(second)
    heights = {1: set(), 2: set()}
    for threads, found in heights.items():
        module = module_of("sigmoid", block=2**12, threads=threads)
        monkeypatch.setattr(module, "open", lambda path, **options: open(file, **options), raising=False)
        module._each(lambda start, stop: found.add(stop - start), 2**12, 8, arrays=4)  # noqa: B023
    assert heights == {1: {height}, 2: {2**9}}


def test_large_arrays_begin_a_line_of_the_cache():
    workspace = module_of("sigmoid").Workspace()
    for dtype in (np.float32, np.float64, np.longdouble, bool):
        arrays = [workspace.empty((300, 1000 + k), np.dtype(dtype)) for k in range(4)]
        assert all(a.ctypes.data % 64 == 0 and a.flags.c_contiguous for a in arrays)
        assert not any(np.shares_memory(a, b) for k, a in enumerate(arrays) for b in arrays[:k])


def test_a_result_takes_the_place_of_an_operand_that_nobody_reads_any_more():
    def places(op, **passes):
        source = module_source(op, "fast", **passes)
        return [line.split("  #")[0].strip() for line in source.splitlines() if line.endswith("# in its place")]

    def layer(x: "n d", w: "d h", v: "h o"):
        z = sn.sum(x * w, over="d")
        return sn.sum(sn.tanh(z) * v, over="h")

    def kept(x: "n d", w: "d h"):
        z = sn.sum(x * w, over="d")
        return z, sn.tanh(z)

    def read_later(x: "n d", w: "d h"):
        z = sn.sum(x * w, over="d")
        return sn.sum(sn.exp(z) * z, over="n"), sn.sum(z * w, over="d")

    assert places(sn.op(layer)) == ["tanh_z = z", "dz = t4"]
    assert places(sn.op(kept)) == []
    assert places(sn.op(read_later)) == ["dw = t5"]
    assert places(sn.op(layer), without=["workspace"]) == []


def test_logits_that_are_read_less_their_maximum_keep_their_place():
    """_calm gives the logits themselves where they are tame: their memory is not free before the last reading."""

    def f(a: "n k", b: "k c", w: "n c"):
        z = sn.sum(a * b, over="k")
        p = sn.softmax(z, over="c")
        return sn.tanh(w * p), sn.sum(w * (z - sn.logsumexp(z, over="c")), over="c"), sn.sin(w * p) * sn.cos(p)

    rng = np.random.default_rng(0)
    arrays = [rng.normal(size=shape) for shape in ((300, 20), (20, 50), (300, 50))]
    upstream = [rng.normal(size=shape) for shape in ((300, 50), (300,), (300, 50))]
    found = []
    for style in ("readable", "fast"):
        module = sn.compile(sn.op(f), style).module
        outputs, cache = module.forward(*arrays)
        found.append([*outputs, *module.backward(*upstream, cache)])
    assert_equal_to_rounding(*found, TOLERANCE[np.float64])


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
    sizes = [len(module_source(network(k), "fast")) for k in (6, 12, 24)]
    assert (sizes[2] - sizes[1]) < 2.3 * (sizes[1] - sizes[0])


# -- exponentials -----------------------------------------------------------------------------------------------------


@both_dtypes
@pytest.mark.parametrize("name", ["softmax", "softmax_cross_entropy_labels"])
@pytest.mark.parametrize("steep", [[0], [37], [199], [0, 1, 100], range(200)], ids=str)
def test_blocks_of_steep_rows_stand_beside_tame_ones(name, dtype, steep):
    """The exponentials of a block are taken again, less its maxima, where they leave the safe range."""
    rng = np.random.default_rng(0)
    z = rng.normal(size=(200, 9)).astype(dtype)
    z[list(steep)] += rng.choice([-1e4, -90.0, -50.0, 50.0, 90.0, 1e4], (len(steep), 1)).astype(dtype)
    arrays = [z] if name == "softmax" else [z, rng.integers(0, 9, 200)]
    for block in (1, 256, 2**19):
        with np.errstate(all="raise", under="ignore"):
            found = run(module_of(name, block=block), arrays)
        for ours, theirs in zip(found, run(module_of(name, "readable"), arrays), strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=64 * np.finfo(dtype).eps, atol=16 * np.finfo(dtype).eps)


# -- threads and processes --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("given", "threads"), [("3", "3"), ("1", "1"), ("", None), ("4,2", None), ("0", None)])
def test_the_number_of_threads_is_the_one_that_numpy_is_given(given, threads):
    source = module_source(operation("tanh"), "fast")
    code = f"source = {source!r}\nspace = {{}}\nexec(source, space)\nprint(space['THREADS'])"
    environment = {**os.environ, "OMP_NUM_THREADS": given}
    made = subprocess.run([sys.executable, "-c", code], env=environment, check=True, capture_output=True, text=True)
    found = made.stdout.strip()
    assert found == threads if threads else int(found) >= 1


AFTER_A_FORK = """
import os, signal, numpy as np
from tests.codegen.fast_modules import module_of
module, x = module_of("sigmoid", block=2**14, threads=2), np.ones((200, 300), np.float32)
y, _ = module.forward(x)
child = os.fork()
if not child:
    signal.alarm(60)
    os._exit(0 if np.array_equal(module.forward(x)[0], y) else 1)
assert os.waitpid(child, 0)[1] == 0
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system has no fork")
def test_threads_work_in_a_forked_process():
    root = os.path.dirname(os.path.dirname(os.path.dirname(__file__)))
    subprocess.run([sys.executable, "-W", "ignore", "-c", AFTER_A_FORK], cwd=root, check=True, timeout=120)


def test_an_error_in_a_block_reaches_the_caller_and_leaves_the_module_usable():
    module, x = module_of("sigmoid", block=2**14, threads=2), np.ones((200, 300), np.float32)
    y, _ = module.forward(x)

    def broken(start, stop):
        raise MemoryError("no room")

    with pytest.raises(MemoryError, match="no room"):
        module._each(broken, 200, 1200)
    assert np.array_equal(module.forward(x)[0], y)


def test_the_state_of_numpy_is_left_alone():
    before = np.getbufsize(), np.geterr()
    run(module_of("layer_norm", block=2**14), large("layer_norm"))
    assert (np.getbufsize(), np.geterr()) == before


def forms_of_cross_entropy():
    """One loss in the forms in which people write it."""

    @sn.op
    def of_log_softmax(z: "n c", k: sn.labels("n", below="c")):
        logp = z - sn.logsumexp(z, over="c")
        return -sn.mean(logp["n", k], over="n")

    @sn.op
    def of_logsumexp(z: "n c", k: sn.labels("n", below="c")):
        return sn.mean(sn.logsumexp(z, over="c") - z["n", k], over="n")

    @sn.op
    def of_each_sample(z: "n c", k: sn.labels("n", below="c")):
        p = sn.softmax(z, over="c")
        sample = -sn.log(p["n", k])
        return sn.mean(sample, over="n")

    return of_log_softmax, of_logsumexp, of_each_sample


def test_every_form_of_a_loss_is_planned():
    rng = np.random.default_rng(0)
    z, k = 3 * rng.normal(size=(5, 7)), np.array([1, 6, 0, 3, 3])
    for far in (0.0, 1e3):
        found = []
        for op in forms_of_cross_entropy():
            source = module_source(op, "fast")
            assert source.count("_exp(") == 2 and "_calm(z_" in source, op.name  # its definition and one call
            loss, cache = sn.compile(op).forward(z + far, k)
            found.append((loss, sn.compile(op).backward(1.0, cache)[0]))
        for loss, dz in found[1:]:
            np.testing.assert_allclose(loss, found[0][0], rtol=1e-12)
            np.testing.assert_allclose(dz, found[0][1], rtol=1e-12, atol=1e-16)


def test_probabilities_that_larger_arrays_are_made_of_are_stored_as_they_are():
    @sn.op
    def dynamic_convolution(x: "t d", w: "d r=3"):
        k = sn.softmax(sn.sum(x["t d"] * w, over="d"), over="r")
        return sn.sum(x["s+r d"] * k["s r"], over="r")

    source = module_source(dynamic_convolution, "fast")
    assert "    x, w, k = cache\n" in source  # not e and s, with a division for every entry of the result
    assert sn.check_gradients(dynamic_convolution, style="fast", trials=1).ok


def test_a_number_times_a_comparison_is_of_the_inputs_dtype():
    @sn.op
    def gated(v: "d", c: ""):
        h = v * (c > 0.1)
        y = 1.5 * h
        return y

    v = np.ones(3, np.float32)
    y, cache = sn.compile(gated).forward(v, np.float32(0.3))
    assert y.dtype == sn.compile(gated).backward(v, cache)[0].dtype == np.float32


def test_minus_one_beside_a_comparison_is_no_truth():
    """The slope of the first is -1 or [x > 0]; the second has these as values."""

    @sn.op
    def folded(x: "n d", c: "n d"):
        return sn.where(c > 0, -x, sn.relu(x)), x * sn.where(c > 0, -1, x > 0.5)

    given = [np.random.default_rng(seed).normal(size=(4, 5)) for seed in (0, 1)]
    for style in ("readable", "fast"):
        (y, z), cache = sn.compile(folded, style).forward(*given)
        x, c = given
        np.testing.assert_array_equal(z, x * np.where(c > 0, -1, x > 0.5))
        dx, _ = sn.compile(folded, style).backward(np.ones_like(y), 0 * z, cache)
        np.testing.assert_array_equal(dx, np.where(c > 0, -1, x > 0))


@pytest.mark.parametrize(("name", "with_its_gradient"), [("huber", True), ("binary_cross_entropy", False)])
def test_a_number_stays_with_the_gradient_of_the_loss_unless_the_result_is_what_is_stored(name, with_its_gradient):
    """The 1/n of a mean costs no pass over an array on the way; a stored result has it, for dloss is 1 as a rule."""
    forward, backward = module_source(operation(name), "fast").split("def backward")
    assert ("dloss * (1 / n)" in backward) == with_its_gradient
    assert ("_, 1 / n, out=local" in forward) != with_its_gradient
