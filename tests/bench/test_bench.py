"""`symnet bench`: its contestants compute the same, its files have their form, its messages are sentences.

Nothing here looks at how long anything takes.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from symnet.bench import accuracy, generated, memory, peers, results, textbook, worker
from symnet.bench.agreement import TOLERANCE, difference, judge
from symnet.bench.peers import Contestant, NotOffered
from symnet.bench.row import Options, contestant, measure
from symnet.bench.timing import interleaved
from symnet.bench.workload import make_problem
from symnet.bench.workloads import WORKLOADS
from symnet.catalog import load
from symnet.check.arithmetic import numbers_of
from symnet.cli import main

DTYPES = ("float32", "float64")
QUICK = [name for name in ("textbook", "hand", "autograd") if peers.installed(name)]
NAMES = [*generated.available(), *QUICK]
all_workloads = pytest.mark.parametrize("workload", WORKLOADS.values(), ids=list(WORKLOADS))


def run(*arguments: str):
    return CliRunner().invoke(main, ["bench", *arguments])


# -- the contestants --------------------------------------------------------------------------------------------------


@all_workloads
@pytest.mark.parametrize("dtype", ["float32", pytest.param("float64", marks=pytest.mark.slow)])
def test_contestants_agree(workload, dtype):
    problem = workload.problem(np.dtype(dtype), small=True)
    found = {}
    for name in NAMES:
        try:
            found[name] = contestant(name, problem).result()
        except NotOffered:
            assert name == "autograd" and workload.name == "adam"
    assert judge(found, problem.results, dtype) == dict.fromkeys(found, "")
    for style in generated.available():
        assert {value.dtype for value in found[style]} == {np.dtype(dtype)}


#: large enough for loops over blocks of rows, none a multiple of the others
LARGER = {
    "bce": {"n": 70_001},
    "softmax-ce": {"n": 403, "c": 101},
    "batch-norm": {"n": 501, "d": 83},
    "batch-norm-images": {"n": 9, "c": 7, "h": 28, "w": 27},
    "layer-norm": {"n": 501, "d": 83},
    "attention": {"b": 5, "t": 41, "s": 50, "d": 16, "e": 8},
    "conv": {"n": 6, "c": 4, "h": 20, "w": 22, "o": 5, "r": 3, "s": 3},
    "adam": {"d": 70_001},
    "gelu": {"n": 501, "d": 83},
}


@pytest.mark.parametrize("dtype", ["float32", pytest.param("float64", marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", LARGER)
def test_contestants_agree_on_arrays_of_several_blocks(name, dtype):
    workload = WORKLOADS[name]
    problem = make_problem(workload.op, LARGER[name], dtype, workload.wrt, workload.scale)
    found = {one: contestant(one, problem).result() for one in (*generated.available(), "textbook")}
    assert judge(found, problem.results, dtype) == dict.fromkeys(found, "")


@pytest.mark.parametrize("peer", ["torch", "jax", "pytensor"])
def test_a_peer_agrees_where_it_is_installed(peer):
    pytest.importorskip(peer)
    problem = WORKLOADS["layer-norm"].problem(np.dtype("float64"), small=True)
    found = {name: contestant(name, problem).result() for name in ("readable", "textbook", peer)}
    assert judge(found, problem.results, "float64") == dict.fromkeys(found, "")


@all_workloads
def test_a_generated_contestant_gives_the_same_twice(workload):
    problem = workload.problem(np.dtype("float64"), small=True)
    for style in generated.available():
        one, again = contestant(style, problem), contestant(style, problem)
        first, second = one.result(), again.result() if workload.name == "adam" else one.result()  # steps go on
        assert all(np.array_equal(a, b) for a, b in zip(first, second))


@all_workloads
def test_arrays_are_those_of_the_seed(workload):
    first, again, other = (workload.problem(np.dtype("float32"), small=True, seed=seed) for seed in (0, 0, 1))
    assert all(np.array_equal(a, b) for a, b in zip(first.inputs, again.inputs))
    assert any(not np.array_equal(a, b) for a, b in zip(first.inputs, other.inputs))


def test_sizes_are_those_of_the_workloads():
    shapes = {name: [x.shape for x in w.problem(np.float32).inputs] for name, w in WORKLOADS.items() if name != "adam"}
    assert shapes["bce"] == [(10**6,)] * 2
    assert shapes["softmax-ce"] == [(4096, 1000), (4096,)]
    assert shapes["batch-norm"] == shapes["layer-norm"] == [(4096, 1024), (1024,), (1024,)]
    assert shapes["batch-norm-images"][0] == (64, 64, 28, 28)
    assert shapes["two-layer"] == [(64, 1000), (64, 10), (1000, 100), (100, 10)]
    assert shapes["mlp"][0::2] == [(256, 784), (784, 512), (512, 256), (256, 10)]
    assert shapes["attention"] == [(16, 128, 64)] * 3
    assert shapes["conv"] == [(32, 16, 28, 28), (32, 16, 3, 3), (32,)]
    assert shapes["gelu"] == [(4096, 1024)]
    assert WORKLOADS["adam"].sizes == {"d": 5_000_000}


def test_definitions_of_the_package_keep_the_names_of_their_author():
    assert "xhat" in WORKLOADS["batch-norm-images"].op.graph.by_name


# -- what is wrong is marked ------------------------------------------------------------------------------------------


def test_the_minority_is_wrong():
    x = np.arange(4.0)
    verdicts = judge({"a": (x + 1,), "b": (x,), "c": (x,)}, ["y"], "float64")
    assert verdicts == {"a": "y is off by 3.3e-01 of its largest entry", "b": "", "c": ""}


def test_two_that_differ_are_both_wrong():
    x = np.arange(4.0)
    assert all(judge({"a": (x,), "b": (x + 1,)}, ["y"], "float64").values())


@pytest.mark.parametrize("dtype", DTYPES)
def test_rounding_is_no_difference_and_more_than_rounding_is(dtype):
    x = np.ones(3, dtype)
    assert difference((x * (1 + TOLERANCE[dtype] / 2),), (x,), ["y"], dtype) == ""
    assert "off by" in difference((x * (1 + TOLERANCE[dtype] * 3),), (x,), ["y"], dtype)
    assert "off by" in difference((x * np.nan,), (x,), ["y"], dtype)
    assert "shape" in difference((x[:2],), (x,), ["y"], dtype)
    assert "results" in difference((x, x), (x,), ["y"], dtype)


def test_a_wrong_or_failing_contestant_gets_a_mark_and_no_time(monkeypatch):
    def wrong(x, gamma, beta, dy):
        y, *gradients = right(x, gamma, beta, dy)
        return 2 * y, *gradients

    right = textbook.layer_norm
    monkeypatch.setattr(textbook, "layer_norm", wrong)
    row = measure(WORKLOADS["layer-norm"], "float64", NAMES, Options(small=True, seconds=0, least=1))
    assert row["contestants"]["textbook"]["mark"].startswith("wrong: y is off by")
    assert "ms" not in row["contestants"]["textbook"]
    assert row["contestants"]["readable"]["ms"] > 0

    monkeypatch.setattr(textbook, "layer_norm", lambda *arrays: arrays[9])
    row = measure(WORKLOADS["layer-norm"], "float64", NAMES, Options(small=True, seconds=0, least=1))
    assert row["contestants"]["textbook"] == {"mark": "failed: IndexError: tuple index out of range"}


def test_another_dtype_is_noted():
    row = measure(WORKLOADS["gelu"], "float32", NAMES, Options(small=True, seconds=0, least=1))
    assert row["contestants"]["textbook"]["note"] == "returns float64"
    assert "note" not in row["contestants"]["readable"]


def test_contestants_take_turns():
    calls: list[str] = []
    functions = {name: (lambda name=name: calls.append(name)) for name in "abc"}
    timings = interleaved(functions, 0, least=20)
    rounds = ["".join(calls[k : k + 3]) for k in range(0, 60, 3)]
    assert {"".join(sorted(r)) for r in rounds} == {"abc"}
    assert len(set(rounds)) == 6  # nobody always follows the same one
    assert [timing.runs for timing in timings.values()] == [20, 20, 20]


# -- results ----------------------------------------------------------------------------------------------------------


def row_with(ms: dict[str, float], dtype: str = "float32") -> dict:
    return {
        "workload": "w",
        "dtype": dtype,
        "threads": 1,
        "floor": {"ms": 1.0},
        "contestants": {name: {"ms": value} for name, value in ms.items()},
    }


def test_geometric_means_are_over_the_rows_that_both_have():
    rows = [row_with({"fast": 1.0, "torch": 4.0}), row_with({"fast": 9.0, "torch": 9.0}), row_with({"fast": 7.0})]
    (mean,) = [m for m in results.means(rows, ["fast", "torch"]) if m["over"] == "torch"]
    assert (mean["rows"], mean["worst"]) == (2, 1.0)
    assert mean["ratio"] == pytest.approx(0.5)


def test_the_json_file_holds_rows_floor_and_means(tmp_path):
    file = tmp_path / "new" / "bench.json"
    options = ("--small", "--seconds", "0", "--threads", "1", "--dtype", "float32")
    result = run(*options, "--workload", "gelu", "--with", "textbook,readable", "--json", str(file))
    assert result.exit_code == 0, result.stderr
    data = json.loads(file.read_text())
    assert data["contestants"] == ["readable", "textbook"]
    (row,) = data["rows"]
    assert (row["workload"], row["dtype"], row["threads"]) == ("gelu", "float32", 1)
    assert set(row["contestants"]) == {"readable", "textbook"}
    assert row["contestants"]["readable"]["runs"] >= 1
    assert row["floor"]["bound"] in ("memory", "exps")
    assert row["floor"]["ms"] == max(row["floor"][part] for part in ("memory", "flops", "exps"))
    assert {m["over"] for m in data["means"]} == {"textbook", "floor"}
    assert [path.name for path in file.parent.iterdir()] == ["bench.json"]
    assert "gelu" in result.stdout and "readable / textbook" in result.stdout
    assert "textbook: returns float64" in result.stdout


@pytest.mark.slow
def test_the_page_holds_the_tables(tmp_path):
    file = tmp_path / "bench.md"
    options = ("--small", "--seconds", "0", "--threads", "1", "--dtype", "float64")
    assert run(*options, "--workload", "bce", "--with", "textbook,readable", "--page", str(file)).exit_code == 0
    text = file.read_text()
    assert "## float64, 1 thread\n" in text
    assert "| workload | readable | textbook | floor |\n| --- | ---: | ---: | ---: |\n| bce | " in text
    assert "| style | dtype | threads | textbook | floor |\n" in text and "| readable | float64 | 1 | " in text


def test_a_picture_is_drawn(tmp_path):
    pytest.importorskip("matplotlib")
    from symnet.bench.picture import picture

    rows = [row_with({"fast": 1.0, "torch": 4.0}), row_with({"fast": 2.0}, "float64")]
    data = results.report(rows, ["fast", "torch", "jax"])
    assert picture(data, "png").startswith(b"\x89PNG")
    assert b"<svg" in picture(data, "svg")


def test_a_process_of_its_own_is_held_to_its_threads():
    assert {value for name, value in worker.environment(1).items() if name in worker.LIMITED} == {"1"}
    assert "multi_thread_eigen=false" in worker.environment(1)["XLA_FLAGS"]


# -- accuracy and memory ----------------------------------------------------------------------------------------------


def test_errors_are_counted_in_units_of_the_largest_entry():
    wanted = numbers_of(object).array([4.0, 0.0])
    eps = np.finfo(np.float32).eps
    assert accuracy.ulps(np.float32([4, 4 * eps]), wanted, np.dtype("float32")) == pytest.approx(1)
    assert accuracy.ulps(np.float32([4, np.nan]), wanted, np.dtype("float32")) == np.inf
    nowhere = numbers_of(object).array([4.0, np.inf])
    assert np.isnan(accuracy.ulps(np.float32([4, 4]), nowhere, np.dtype("float32")))


@pytest.mark.parametrize("name", ["softmax-ce", "layer-norm", "two-layer", "adam"])
def test_the_reference_in_50_digits_is_what_the_modules_compute(name):
    workload = WORKLOADS[name]
    (subject,) = accuracy.operations([workload])
    rows = accuracy.row_of(subject, "float64", ["readable", "textbook"], full_size=False)
    assert [row["inputs"] for row in rows] == ["ordinary", "extreme"]
    assert all(row["errors"]["readable"]["ulp"] < 8 for row in rows[:1])
    assert rows[0]["errors"]["textbook"]["ulp"] < 8


@pytest.mark.parametrize("name", ["linear_regression", "multi_head_attention", "max_pool"])
def test_operations_without_a_workload_get_sizes_that_fit(name):
    op = load(name)
    subject = accuracy.Subject(name, op, accuracy.drawn(op))
    rows = accuracy.row_of(subject, "float64", ["readable"])
    assert [row["inputs"] for row in rows] == ["ordinary", "extreme"]
    assert rows[0]["errors"]["readable"]["ulp"] < 8


def test_long_double_and_50_digits_agree():
    problem = WORKLOADS["batch-norm"].problem(np.dtype("float64"), small=True)
    if np.finfo(np.longdouble).eps > 1e-18:
        pytest.skip("long double is double here")
    digits = numbers_of(object)
    for wide, exact in zip(accuracy.in_long_double(problem), accuracy.reference(problem)):
        assert wide.dtype == np.longdouble
        high = wide.astype(np.float64)
        low = (wide - high).astype(np.float64)
        assert np.max(np.abs(digits.array(high) + digits.array(low) - exact)) < 1e-17


def test_accuracy_covers_the_catalogue():
    names = {subject.name for subject in accuracy.operations(list(WORKLOADS.values()))}
    assert {"softmax", "max_pool", "gelu_tanh", "adam"} <= names
    assert [s.name for s in accuracy.operations([WORKLOADS["conv"]])] == ["conv2d_same"]


def test_the_table_of_errors(tmp_path):
    file = tmp_path / "accuracy.json"
    options = ("--accuracy", "--small", "--workload", "gelu", "--dtype", "float64", "--with", "readable")
    result = run(*options, "--json", str(file))
    assert result.exit_code == 0, result.stderr
    assert "gelu_tanh" in result.stdout
    rows = json.loads(file.read_text())["accuracy"]
    assert [(row["operation"], row["inputs"]) for row in rows] == [("gelu_tanh", "ordinary"), ("gelu_tanh", "extreme")]


def test_the_largest_line_is_the_one_that_allocates():
    text = "import numpy as np\ndef work():\n    a = np.ones(1000)\n    b = np.ones(100000)\n    del b\n    return a\n"
    file = "<allocating>"
    scope: dict = {}
    exec(compile(text, file, "exec"), scope)  # noqa: S102
    import tracemalloc

    tracemalloc.start()
    try:
        largest, line = memory.largest_line(scope["work"], file)
    finally:
        tracemalloc.stop()
    assert line == 4
    assert 800_000 <= largest < 810_000


@pytest.mark.parametrize("style", [style for style in generated.available() if style in memory.MEASURED])
def test_peaks_hold_at_least_the_results(style):
    problem = WORKLOADS["layer-norm"].problem(np.dtype("float64"), small=True)
    row = memory.allocations(problem, style)
    assert row["outputs"] == problem.inputs[0].nbytes
    assert row["gradients"] == sum(x.nbytes for x in problem.inputs)
    assert row["forward"] >= row["outputs"] and row["backward"] >= row["gradients"]


def test_the_table_of_memory():
    result = run("--memory", "--small", "--workload", "conv", "--dtype", "float32", "--with", "readable")
    assert result.exit_code == 0, result.stderr
    assert "conv" in result.stdout and "MiB" in result.stdout


# -- messages ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--workload", "layernorm"], "error: unknown workload 'layernorm'; did you mean 'layer-norm'? known are bce,"),
        (["--dtype", "float16"], "error: unknown dtype 'float16'"),
        (["--dtype", ","], "error: no dtype is given"),
        (["--threads", "0"], "error: '0' is not a number of threads; this machine has"),
        (["--threads", "one"], "error: 'one' is not a number of threads"),
        (["--threads", "100000"], "error: '100000' is not a number of threads"),
        (["--with", "tensorflow"], "error: unknown contestant 'tensorflow'"),
        (["--picture", "bars.txt"], "error: bars.txt is not the name of a picture; end it in .png"),
    ],
)
def test_bad_usage_is_one_sentence(arguments, sentence):
    result = run(*arguments)
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (2, "", 1)
    assert result.stderr.startswith(sentence)


def test_a_file_that_can_not_be_written_is_told_before_anything_is_measured(tmp_path, monkeypatch):
    monkeypatch.setattr(worker, "rows", lambda request: pytest.fail("it measured"))
    (tmp_path / "file").write_text("")
    result = run("--json", str(tmp_path / "file" / "bench.json"))
    assert (result.exit_code, result.stderr.count("\n")) == (2, 1)
    assert result.stderr.startswith(f"error: can not write {tmp_path}")
    result = run("--json", str(tmp_path))
    assert result.exit_code == 2
    assert result.stderr == f"error: can not write {tmp_path}: Is a directory\n"


def test_an_old_file_stays_when_the_run_fails(tmp_path, monkeypatch):
    from symnet.errors import SymnetError

    def broken(request):
        raise SymnetError("it broke")
        yield

    monkeypatch.setattr(worker, "rows", broken)
    file = tmp_path / "bench.json"
    file.write_text("old")
    assert run("--json", str(file)).exit_code == 2
    assert file.read_text() == "old"
    assert os.listdir(tmp_path) == ["bench.json"]


def test_two_tables_at_once_are_refused():
    assert run("--accuracy", "--memory").exit_code == 2
    assert run("--accuracy", "--picture", "a.png").exit_code == 2


def test_a_picture_without_matplotlib_says_what_to_install(monkeypatch):
    find = importlib.util.find_spec
    without = lambda name, *rest: None if name == "matplotlib" else find(name, *rest)  # noqa: E731
    monkeypatch.setattr(importlib.util, "find_spec", without)
    assert run("--picture", "a.png").stderr == "error: a picture needs matplotlib; pip install matplotlib\n"


def test_peers_are_imported_only_when_they_are_asked_for():
    import subprocess

    code = "import sys, symnet.bench.choice as c; c.choose((), 'float32', '1', None); print('torch' in sys.modules)"
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | {"PYTHONPATH": str(root)}, capture_output=True, text=True
    )
    assert done.stdout == "False\n", done.stderr


def test_one_run_is_finished_when_it_returns():
    one = Contestant(lambda: (np.ones(2), 3.0))
    values = one.result()
    assert [value.shape for value in values] == [(2,), ()]
