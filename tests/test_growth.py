"""What is made for a deep network grows in proportion to its depth."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import symnet as sn
from symnet.catalog.networks import multilayer_perceptron
from symnet.codegen import module_source

ROOT = Path(__file__).resolve().parents[1]
DEPTHS = (8, 16, 32)
SLACK = 1.1  # numbers of layers have more digits in deeper networks, so that lines break elsewhere


@pytest.fixture(scope="module")
def networks() -> list[sn.Op]:
    return [multilayer_perceptron(depth) for depth in DEPTHS]


def assert_linear(sizes: list[int], slack: float = SLACK) -> None:
    """Twice as many more layers make twice as much more."""
    first, second = sizes[1] - sizes[0], sizes[2] - sizes[1]
    assert 2 * first / slack <= second <= 2 * first * slack


def test_source_grows_linearly(networks):
    assert_linear([len(module_source(op)) for op in networks])


def test_statements_grow_by_the_same_number_for_every_layer(networks):
    def assignments(op: sn.Op) -> int:
        body = module_source(op).partition("def forward")[2].partition("def _inputs")[0]
        return body.count(" = ")

    assert_linear([assignments(op) for op in networks])


def test_explanation_grows_linearly(networks):
    assert_linear([len(sn.derive(op).markdown()) for op in networks])


STEPS = {
    "function": lambda x, b: sn.tanh(x),
    "product": lambda x, b: x * b + b,
    "quotient": lambda x, b: x / (1 + x**2),
    "branch": lambda x, b: x + sn.softmax(x * b, over="d"),
    "mean": lambda x, b: x - b * sn.mean(x, over="d"),
    "error function": lambda x, b: x + b * x * (1 + sn.erf(x)),
    "length": lambda x, b: x + b * x / sn.sqrt(sn.sum(x**2, over="d")),
    "gate": lambda x, b: x * sn.sigmoid(b * x) + b * (1 - sn.sigmoid(b * x)),
}


def chain(step, length: int) -> sn.Op:
    """The same step again and again, one parameter in all of them."""

    def repeated(x: "n d", b: "d"):
        for _ in range(length):
            x = step(x, b)
        return x

    return sn.op(repeated)


#: the steps that are tried in every run
QUICK = ("product", "mean")


@pytest.mark.parametrize(
    "step", [pytest.param(s, marks=() if name in QUICK else pytest.mark.slow, id=name) for name, s in STEPS.items()]
)
def test_steps_that_could_be_put_into_one_another_stay_apart(step):
    """Put together, and multiplied out, each would be twice as long as the one before."""
    assert_linear([len(module_source(chain(step, length), style="fast")) for length in (5, 10, 20)], slack=1.25)


def test_hundreds_of_steps_need_no_room_of_the_caller():
    y, cache = (compiled := sn.compile(chain(STEPS["function"], 120))).forward(np.ones((1, 1)), np.ones(1))
    expected = 1.0
    for _ in range(120):
        expected = np.tanh(expected)
    assert y == pytest.approx(expected)
    assert compiled.backward(np.ones((1, 1)), cache)[0] > 0


@sn.op
def likeness(x: "n w", y: "n w", k: "r=5", *, c1=1e-4, c2=9e-4):
    """Structural similarity of signals: sums of squares less squares of sums, in a quotient."""

    def blurred(v):
        return sn.sum(v["n w+r"] * k, over="r")

    mx, my = blurred(x), blurred(y)
    vx, vy, vxy = blurred(x**2) - mx**2, blurred(y**2) - my**2, blurred(x * y) - mx * my
    level = (2 * mx * my + c1) / (mx**2 + my**2 + c1)
    structure = (2 * vxy + c2) / (vx + vy + c2)
    return 1 - sn.mean(level * structure)


def test_sums_that_are_no_number_are_not_unfolded_on_and_on():
    """Each of thousands of sums in the product of its Hessian, with all definitions put in, took minutes."""
    start = time.process_time()
    assert sn.derive(likeness, what="hvp").certificate.startswith("checked")
    assert time.process_time() - start < 60


def benchmark(name: str, *options: str) -> str:
    command = [sys.executable, str(ROOT / "benchmarks" / name), *options]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout


def test_the_benchmark_of_passes_runs():
    table = benchmark("passes.py", "--small", "max-pool")
    assert [line for line in table.splitlines() if line.startswith("| `places` | ") and line.split()[3] != "|"]


@pytest.mark.slow
def test_the_benchmark_of_scaling_runs():
    results = json.loads(benchmark("scaling.py", "--json", "--layers", "2", "3", "--repeat", "1"))
    assert set(results["operations"]) == {"2 layers", "3 layers", "batch_norm", "softmax_cross_entropy"}
    assert results["operations"]["3 layers"]["characters_per_layer"] > 100
    assert all(ms > 0 for ms in results["start"].values())
