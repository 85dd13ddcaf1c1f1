"""What is made for a deep network grows in proportion to its depth."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

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


def assert_linear(sizes: list[int]) -> None:
    """Twice as many more layers make twice as much more."""
    first, second = sizes[1] - sizes[0], sizes[2] - sizes[1]
    assert 2 * first / SLACK <= second <= 2 * first * SLACK


def test_source_grows_linearly(networks):
    assert_linear([len(module_source(op)) for op in networks])


def test_statements_grow_by_the_same_number_for_every_layer(networks):
    def assignments(op: sn.Op) -> int:
        body = module_source(op).partition("def forward")[2].partition("def _inputs")[0]
        return body.count(" = ")

    assert_linear([assignments(op) for op in networks])


def test_explanation_grows_linearly(networks):
    assert_linear([len(sn.derive(op).markdown()) for op in networks])


def benchmark(name: str, *options: str) -> str:
    command = [sys.executable, str(ROOT / "benchmarks" / name), *options]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout


def test_the_benchmark_of_passes_runs():
    table = benchmark("passes.py", "--small", "max-pool")
    assert [line for line in table.splitlines() if line.startswith("| `places` | ") and line.split()[3] != "|"]


def test_the_benchmark_of_scaling_runs():
    results = json.loads(benchmark("scaling.py", "--json", "--layers", "2", "3", "--repeat", "1"))
    assert set(results["operations"]) == {"2 layers", "3 layers", "batch_norm", "softmax_cross_entropy"}
    assert results["operations"]["3 layers"]["characters_per_layer"] > 100
    assert all(ms > 0 for ms in results["start"].values())
