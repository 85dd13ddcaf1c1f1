"""Fast modules use memory again, never what somebody holds, and need little beside their results."""

from __future__ import annotations

import gc
import itertools
import threading
import tracemalloc

import numpy as np
import pytest

import symnet as sn
from tests.codegen.fast_modules import (
    MIB,
    arrays_of,
    assert_equal_to_rounding,
    large,
    module_of,
    of_all,
    of_catalogue,
    run,
)


def arrays_in(values) -> list[np.ndarray]:
    return [v for v in values if isinstance(v, np.ndarray)]


def assert_apart(arrays, others) -> None:
    assert not any(np.shares_memory(a, b) for a in arrays for b in others)


@of_all
def test_results_share_no_memory_with_arguments_or_each_other(name):
    module, arrays = module_of(name, block=64), arrays_of(name)
    output, cache = module.forward(*arrays)
    outputs = arrays_in(output if isinstance(output, tuple) else (output,))
    assert_apart(outputs, arrays_in(arrays))
    upstream = [np.ones_like(y) for y in (output if isinstance(output, tuple) else (output,))]
    gradients = arrays_in(module.backward(*upstream, cache))
    assert_apart(gradients, [*arrays_in(arrays), *arrays_in(cache), *arrays_in(upstream)])
    for a, b in itertools.combinations(gradients, 2):
        assert not np.shares_memory(a, b)


@of_catalogue
@pytest.mark.parametrize("threads", [1, 2])
def test_results_that_are_held_outlive_later_calls(name, threads):
    module, arrays = module_of(name, block=2**15, threads=threads), large(name)
    held = run(module, arrays)
    before = [np.copy(x) for x in held]
    for _ in range(2):
        later = run(module, [2 * x if x.dtype.kind == "f" else x for x in arrays])
        assert_apart(arrays_in(held), arrays_in(later))
    assert all(np.array_equal(a, b) for a, b in zip(held, before, strict=True))


@of_catalogue
def test_a_cache_serves_two_backward_calls_and_calls_of_others_in_between(name):
    module, arrays = module_of(name, block=2**15, threads=2), large(name)
    output, cache = module.forward(*arrays)
    upstream = np.ones_like(output)
    first = module.backward(upstream, cache)
    again = module.backward(upstream, cache)
    run(module, [x[::-1].copy() for x in arrays])
    third = module.backward(upstream, cache)
    for a, b, c in zip(first, again, third, strict=True):
        assert np.array_equal(a, b) and np.array_equal(a, c)


HOLDS = {
    "the array": lambda y: y,
    "a view": lambda y: y[1:],
    "a view of a view": lambda y: y[1:][:, 1:].T,
    "a reshaped view": lambda y: y.reshape(-1),
    "an element that is a view": lambda y: y[3, ...],
    "a memoryview": memoryview,
    "a slice of a memoryview": lambda y: memoryview(y)[1:],
    "an array over a memoryview": lambda y: np.asarray(memoryview(y)),
    "a view of another dtype": lambda y: y.view(np.int32),
    "a broadcast view": lambda y: np.broadcast_to(y, (2, *y.shape)),
    "a dlpack view": np.from_dlpack,
    "a flat iterator": lambda y: y.flat,
    "a list": lambda y: [y],
    "a cycle": lambda y: [holder := [y], holder.append(holder)],
    "a closure": lambda y: lambda: y,
}


def content(held):
    while not isinstance(held, np.ndarray):
        if isinstance(held, (memoryview, np.flatiter)):
            return np.array(held)
        held = held() if callable(held) else held[0]
    return held


@pytest.mark.parametrize("hold", HOLDS.values(), ids=HOLDS.keys())
def test_memory_that_is_held_in_any_way_is_not_used_again(hold):
    module = module_of("sigmoid")
    held = hold(module.forward(np.ones((200, 300), np.float32))[0])
    before = np.copy(content(held))
    for _ in range(3):
        module.forward(np.zeros((200, 300), np.float32))
    assert np.array_equal(content(held), before)


def test_memory_that_nobody_holds_is_used_again():
    module, x = module_of("sigmoid"), np.ones((200, 300), np.float32)
    addresses = {module.forward(x)[0].ctypes.data for _ in range(5)}
    assert len(addresses) == 1


def test_memory_is_not_shared_between_threads():
    module, wrong = module_of("layer_norm", threads=2), []
    module.BLOCK = 2**14

    def train(seed: int) -> None:
        rng = np.random.default_rng(seed)
        x, g = rng.normal(size=(200, 300)).astype(np.float32), np.ones(300, np.float32)
        wanted = run(module_of("layer_norm", "readable"), [x, g, g])
        for _ in range(20):
            try:
                assert_equal_to_rounding(run(module, [x, g, g]), wanted, 1e-4)
            except AssertionError as error:
                wrong.append(error)

    threads = [threading.Thread(target=train, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_a_result_handed_to_another_thread_is_not_used_again():
    module, results = module_of("sigmoid"), []

    def work() -> None:
        for k in range(4):
            results.append(module.forward(np.full((200, 300), k, np.float32))[0])

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    for k, y in enumerate(results):
        assert np.all(y == y[0, 0]) and y[0, 0] == pytest.approx(1 / (1 + np.exp(-k)))


def test_memory_that_is_kept_has_a_limit():
    module = module_of("sigmoid")
    module.WORKSPACE.limit = MIB
    gc.collect()
    tracemalloc.start()
    try:
        for n in range(100, 200):
            module.forward(np.ones((n, 300), np.float32))
        kept = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert kept < 2 * MIB


#: shapes whose arrays are large beside 8 MiB
HUGE = {
    "sigmoid": "3000 2000",
    "tanh": "3000 2000",
    "relu": "3000 2000",
    "softmax": "3000 2000",
    "binary_cross_entropy": "6000000, 6000000",
    "softmax_cross_entropy": "3000 2000, 3000 2000",
    "softmax_cross_entropy_labels": "3000 301, labels",
    "mean_squared_error": "3000 2000, 3000 2000",
    "dense": "3000 200, 200 2000, 2000",
    "batch_norm": "3000 2000, 2000, 2000",
    "layer_norm": "3000 2000, 2000, 2000",
    "max_pool": "30 20 100 100",
    "conv2d": "16 8 60 60, 8 8 3 3, 8",
}


def huge(name: str) -> list[np.ndarray]:
    shapes = HUGE[name].split(", ")
    rng = np.random.default_rng(0)
    shape = [int(n) for n in shapes[0].split()]
    arrays = [rng.normal(size=shape).astype(np.float32)]
    for other in shapes[1:]:
        if other == "labels":
            arrays.append(rng.integers(0, shape[1], shape[0]))
        else:
            arrays.append(rng.normal(size=[int(n) for n in other.split()]).astype(np.float32))
    return arrays


def peak_of(call) -> tuple[int, object]:
    """The most memory that a call holds beyond what was there before, and its result."""
    gc.collect()
    tracemalloc.start()
    try:
        result = call()
        return tracemalloc.get_traced_memory()[1], result
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("name", HUGE)
@pytest.mark.parametrize("threads", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_backward_needs_its_results_and_8_mib(name, threads):
    module, arrays = module_of(name, threads=threads), huge(name)
    output, cache = module.forward(*arrays)
    upstream = np.ones_like(output)
    peak, gradients = peak_of(lambda: module.backward(upstream, cache))
    assert peak <= sum(g.nbytes for g in gradients) + 8 * MIB


@pytest.mark.parametrize("name", [n for n in HUGE if n != "max_pool"])  # whose masks of a block live together
def test_a_warm_call_allocates_nothing_large(name):
    module, arrays = module_of(name), huge(name)

    def step():
        output, cache = module.forward(*arrays)
        module.backward(upstream, cache)

    upstream = np.ones_like(module.forward(*arrays)[0])
    step()
    step()
    peak, _ = peak_of(step)
    assert peak <= MIB


@pytest.mark.parametrize(
    ("name", "shapes"),
    [("embedding", "3000 200"), ("conv1d", "100 16 400, 16 16 5, 16"), ("causal_conv1d", "100 16 400, 16 16 3")],
)
def test_rows_of_a_table_zeros_and_products_lie_in_memory_of_earlier_calls(name, shapes):
    rng, module = np.random.default_rng(0), module_of(name)
    arrays = [rng.normal(size=[int(n) for n in shape.split()]) for shape in shapes.split(", ")]
    if name == "embedding":
        arrays.append(rng.integers(0, 3000, (40, 50)))

    def call() -> None:
        y, cache = module.forward(*arrays)
        module.backward(y, cache)

    call()
    assert peak_of(call)[0] < MIB


@pytest.mark.parametrize("labels", [np.uint8, np.int64])
@pytest.mark.parametrize("shape", [(), (3,), (60,), (14, 15)])
def test_rows_are_added_as_add_at_does(shape, labels):
    rng, at = np.random.default_rng(0), module_of("embedding")._at
    where = rng.integers(0, 9, (400, 2)).astype(labels)
    rows = rng.normal(size=(*where.shape, *shape)).astype(np.float32)
    for values in (rows, rows[::-1], rows.mean(axis=0, keepdims=True)):
        for order in "CF":
            found, wanted = np.zeros((2, 9, *shape), np.float32, order)
            at(np.subtract, found, where, values)
            np.subtract.at(wanted, where, values)
            assert np.array_equal(found, wanted)


def test_large_arrays_are_let_go_when_they_have_been_read_for_the_last_time():
    @sn.op
    def gated(x: "n d", w: "d h", v: "d h", u: "d h"):
        a, b, c = (sn.sum(x * m, over="d") for m in (w, v, u))
        return a * sn.sigmoid(b) + sn.tanh(c) * b

    rng = np.random.default_rng(0)
    arrays = [rng.normal(size=(512, 512)) for _ in range(4)]

    def beside(**options):
        module = sn.compile(gated, "fast", **options)
        y, cache = module.forward(*arrays)
        peaks = []
        for _ in range(2):  # tracemalloc counts what other threads make as well
            module.module.WORKSPACE.arrays.clear()
            tracemalloc.start()
            gradients = module.backward(y, cache)
            peaks.append(tracemalloc.get_traced_memory()[1] - sum(g.nbytes for g in gradients))
            tracemalloc.stop()
        return min(peaks), gradients

    small, found = beside()
    large, wanted = beside(without=["release"])
    assert small <= large - arrays[0].nbytes
    for a, b in zip(found, wanted, strict=True):
        np.testing.assert_array_equal(a, b)
