"""Convolutions and pooling in the fast style: as the readable one, in little memory, whatever the order of the axes."""

import numpy as np
import pytest

import symnet as sn
from symnet.bench.memory import allocations
from symnet.bench.workload import make_problem
from tests.codegen.operations import CASES

MIB = 2**20
LARGE = {"n": 8, "g": 2, "c": 8, "o": 8, "m": 2, "h": 40, "w": 40, "t": 900, "r": 3, "s": 3}
CONVOLUTIONS = ("conv_with_channels_last", "depth_multiplier", "groups_behind_time", "filters", "conv_stride")


def results(op: sn.Op, style: str, *arrays: np.ndarray) -> list[np.ndarray]:
    compiled = sn.compile(op, style)
    y, cache = compiled.forward(*arrays)
    return [y, *compiled.backward(np.arange(1.0, y.size + 1).reshape(y.shape), cache)]


@pytest.mark.parametrize("name", CONVOLUTIONS)
def test_no_windows_of_the_whole_batch(name):
    op, _ = CASES[name]
    problem = make_problem(op, LARGE, np.dtype("f4"))
    found = allocations(problem, "fast")
    assert "np.einsum" not in sn.compile(op).source
    assert found["backward"] - found["gradients"] < 2 * MIB
    assert found["second_run"] < MIB


@pytest.mark.parametrize("name", ["overlap_pool", "smallest_of_windows"])
@pytest.mark.parametrize("case", ["ties", "nan", "infinities", "negative zeros"])
def test_the_place_of_an_extremum_is_that_of_numpy(name, case):
    op, _ = CASES[name]
    rng = np.random.default_rng(0)
    x = rng.integers(0, 3, [LARGE[i.label] for i in op.graph.inputs[0].axes]).astype(float)
    if case == "nan":
        x[rng.random(x.shape) < 0.2] = np.nan
    elif case == "infinities":
        x = np.array([np.inf, -np.inf, 1.0])[x.astype(int)]
    elif case == "negative zeros":
        x = np.array([0.0, -0.0, 0.0])[x.astype(int)]
    for readable, fast in zip(results(op, "readable", x), results(op, "fast", x), strict=True):
        np.testing.assert_array_equal(readable, fast)


@pytest.mark.parametrize("name", ["depthwise", "causal_average", *CONVOLUTIONS])
def test_large_arrays_agree(name):
    op, _ = CASES[name]
    problem = make_problem(op, LARGE, np.dtype("f8"))
    for readable, fast in zip(results(op, "readable", *problem.inputs), results(op, "fast", *problem.inputs)):
        np.testing.assert_allclose(readable, fast, rtol=1e-9, atol=1e-9 * np.abs(readable).max())


def test_windows_of_many_entries_are_left_to_numpy():
    @sn.op
    def long_windows(x: "n t"):
        sn.axis("r", 40)
        return sn.max(x["n t+r"], over="r")

    x = np.random.default_rng(0).normal(size=(30, 900))
    for readable, fast in zip(results(long_windows, "readable", x), results(long_windows, "fast", x), strict=True):
        np.testing.assert_array_equal(readable, fast)


def test_entries_of_one_window_that_meet_in_one_gradient():
    """The gradient of ``u`` is added at two places of ``x``: where it is read last was said twice (a KeyError)."""

    @sn.op
    def slopes(x: "n h w"):
        sn.axis("r", 2)
        u = x["n h w+r"]
        along, down = u["n h w 1"] - u["n h w 0"], x["n i+1 w"]["n i v"] - x["n i v"]
        return sn.sum(sn.sqrt(along**2 + 0.1), over="h w") + sn.sum(sn.sqrt(down**2 + 0.1), over="i v")

    x = np.random.default_rng(0).normal(size=(3, 4, 5))
    for readable, fast in zip(results(slopes, "readable", x), results(slopes, "fast", x), strict=True):
        np.testing.assert_allclose(readable, fast, rtol=1e-12)
