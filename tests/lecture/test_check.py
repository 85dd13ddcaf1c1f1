"""Checking documents: limits, order, what is kept, and the command; with a pretended judge, then with the real one."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from click.testing import CliRunner

import symnet as sn
from symnet.cli import main
from symnet.errors import SymnetError
from symnet.lecture import check
from symnet.lecture.cache import cache_folder
from symnet.lecture.check import Options, check_document, check_documents, judge_claims, last_claims

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
CONTRACT = {
    "line", "column", "end_line", "latex", "link", "kind", "verdict", "reading", "assumptions", "method",
    "counterexample", "correction", "reason",
}  # fmt: skip


@pytest.fixture(autouse=True)
def own_cache(monkeypatch, tmp_path):
    monkeypatch.setenv("SYMNET_CACHE_DIR", str(tmp_path / "cache"))


@pytest.fixture
def pretended(monkeypatch):
    monkeypatch.syspath_prepend(HERE)
    monkeypatch.setattr(check, "ENGINE", "pretended")


def lecture(tmp_path, *formulas, name="lecture.md"):
    path = tmp_path / name
    path.write_text("".join(f"$$ {formula} $$\n\n" for formula in formulas), encoding="utf-8")
    return path


def verdicts(report):
    return [claim.verdict for claim in report.claims]


def symnet(*arguments):
    return CliRunner().invoke(main, ["check", *map(str, arguments)])


def test_a_claim_that_hangs_is_ended_and_the_rest_is_judged(pretended, tmp_path):
    path = lecture(tmp_path, "refuted 1", "hang 2", "holds 3", "hang 4", "proved 5")
    start = time.monotonic()
    report = check_document(path, Options(jobs=2, limit=0.3))
    assert verdicts(report) == ["refuted", "not-understood", "holds", "not-understood", "proved"]
    assert "limit of 0.3 s" in report.claims[1].reason
    assert time.monotonic() - start < 20


@pytest.mark.parametrize(
    ("formula", "reason"), [("die x", "died"), ("swell x", "memory"), ("raise it", "ZeroDivisionError")]
)
def test_a_claim_that_ends_its_process_does_not_end_the_check(pretended, tmp_path, formula, reason):
    report = check_document(lecture(tmp_path, "holds 1", formula, "holds 2"), Options(jobs=1))
    assert verdicts(report) == ["holds", "not-understood", "holds"]
    assert reason in report.claims[1].reason


def test_the_order_is_that_of_the_document_with_any_number_of_processes(pretended, tmp_path):
    path = lecture(tmp_path, "nap long", *[f"nap {n}" for n in range(6)])
    one, three = (check_document(path, Options(jobs=jobs, cache=False)) for jobs in (1, 3))
    assert [claim.line for claim in one.claims] == sorted(claim.line for claim in one.claims)
    assert one == three


def test_what_was_judged_is_judged_again_only_when_asked(pretended, tmp_path):
    log = tmp_path / "log"
    path = lecture(tmp_path, f"count {log}")
    first = check_document(path)
    path.write_text("A paragraph before.\n\n" + path.read_text(), encoding="utf-8")
    moved = check_document(path)
    assert log.read_text() == "."
    assert moved.claims[0].line == first.claims[0].line + 2
    assert moved.claims[0].reading == first.claims[0].reading
    assert check_document(path) == moved
    check_document(path, Options(cache=False))
    assert log.read_text() == ".."
    check_document(path, Options(limit=5))
    assert log.read_text() == "..."


def test_what_was_read_is_written_in_latex(tmp_path):
    path = tmp_path / "bound.md"
    path.write_text("$$a^2 + b^2 >= 2 a b$$", encoding="utf-8")
    (claim,) = check_document(path).claims
    assert claim.reading.partition("  (")[0] == r"a^2 + b^2 \geq 2 a b"


def test_the_same_claim_twice_is_judged_once(pretended, tmp_path):
    log = tmp_path / "log"
    report = check_document(lecture(tmp_path, f"count {log}", f"count {log}"))
    assert log.read_text() == "."
    assert [claim.line for claim in report.claims] == [1, 3]


def test_a_new_engine_judges_anew(pretended, tmp_path, monkeypatch):
    log = tmp_path / "log"
    path = lecture(tmp_path, f"count {log}")
    check_document(path)
    monkeypatch.setattr("symnet.lecture.cache.engine_version", lambda: "another")
    check_document(path)
    assert log.read_text() == ".."


@pytest.mark.parametrize("spoilt", [b"", b"\xff\xfe", b"[1]", b'{"engine": 1}', b"[" * 100_000, None])
def test_a_spoilt_cache_is_no_cache(pretended, tmp_path, spoilt):
    path = lecture(tmp_path, "refuted 1")
    report = check_document(path)
    (file,) = cache_folder().iterdir()
    file.write_bytes(file.read_bytes().replace(b'"refuted"', b'"perhaps"') if spoilt is None else spoilt)
    assert check_document(path) == report


def test_a_cache_that_can_not_be_written_is_no_error(pretended, tmp_path, monkeypatch):
    monkeypatch.setenv("SYMNET_CACHE_DIR", str(lecture(tmp_path, "x", name="file")))
    assert verdicts(check_document(lecture(tmp_path, "holds 1"))) == ["holds"]


def test_every_formula_is_reported_when_the_claims_can_not_be_made(pretended, tmp_path):
    path = lecture(tmp_path, "a", "b")
    path.write_text("# impossible\n\n" + path.read_text(), encoding="utf-8")
    report = check_document(path)
    assert verdicts(report) == ["not-understood"] * 2
    assert "no claims" in report.claims[0].reason


def test_a_script_without_a_guard_can_check(tmp_path):
    lecture(tmp_path, "a + b = b + a")
    script = tmp_path / "script.py"
    script.write_text("import symnet as sn\nprint('once')\nprint(sn.check_lecture('lecture.md').summary['proved'])\n")
    result = subprocess.run(
        [sys.executable, script],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert result.stdout == "once\n1\n", result.stderr


def test_an_unreadable_document_does_not_hide_the_others(pretended, tmp_path):
    good, bad = lecture(tmp_path, "refuted 1"), tmp_path / "bad.ipynb"
    bad.write_text("{", encoding="utf-8")
    reports = check_documents([bad, good])
    assert reports[0].error and not reports[0].claims
    assert verdicts(reports[1]) == ["refuted"]
    with pytest.raises(SymnetError, match="bad.ipynb"):
        sn.check_lecture(bad)
    result = symnet(bad, good, tmp_path / "missing.md")
    assert result.exit_code == 2
    assert "✗ refuted" in result.stdout
    assert "bad.ipynb" in result.stderr and "missing.md" in result.stderr


@pytest.mark.parametrize(
    ("formulas", "code"),
    [
        (["holds 1", "needs-context 2"], 0),
        (["reading-dependent 1"], 0),
        (["refuted 1"], 1),
        (["ill-typed 1"], 1),
        ([], 0),
    ],
)
def test_the_exit_code(pretended, tmp_path, formulas, code):
    assert symnet(lecture(tmp_path, *formulas)).exit_code == code


def test_bad_usage(tmp_path):
    path = lecture(tmp_path, "a = b")
    for arguments in (
        [],
        [path, "--limit", "0"],
        [path, "--limit", "nan"],
        [path, "--jobs", "0"],
        [path, "--explain", "x"],
    ):
        assert symnet(*arguments).exit_code == 2


def test_json_is_an_object_for_one_document_and_a_list_for_a_folder(pretended, tmp_path):
    path = lecture(tmp_path, "refuted 1", "holds 2")
    data = json.loads(symnet(path, "--json").stdout)
    assert data["file"] == str(path)
    assert [claim["verdict"] for claim in data["claims"]] == ["refuted", "holds"]
    assert all(claim.keys() >= CONTRACT for claim in data["claims"])
    assert data["summary"]["refuted"] == 1
    assert data["claims"][0]["assumptions"] == [{"fact": "x is a number", "source": "convention"}]
    assert json.loads(symnet(tmp_path, "--json").stdout) == [data]
    other = lecture(tmp_path, "holds 1", name="a.md")
    assert [d["file"] for d in json.loads(symnet(tmp_path, path, "--json").stdout)] == [str(other), str(path)]


def test_a_line_is_explained(pretended, tmp_path):
    path = lecture(tmp_path, "holds 1", "holds 2")
    assert symnet(path, "--explain", 3).stdout == "explained holds 2\n"
    result = symnet(path, "--explain", 2)
    assert result.exit_code == 2 and "nearest one is on line 1" in result.stderr


def test_files_are_written_all_or_none(pretended, tmp_path):
    path = lecture(tmp_path, "refuted 1")
    junit = tmp_path / "out" / "junit.xml"
    result = symnet(path, "--junit", junit, "--sarif", path / "below-a-file.sarif")
    assert result.exit_code == 2 and "can not write" in result.stderr
    assert not junit.exists()
    assert symnet(path, "--junit", junit, "--html", tmp_path / "page.html").exit_code == 1
    assert junit.exists() and (tmp_path / "page.html").exists()


def test_pages_of_a_folder_stand_as_the_documents_do(pretended, tmp_path):
    (tmp_path / "in" / "deep").mkdir(parents=True)
    lecture(tmp_path / "in", "a")
    lecture(tmp_path / "in" / "deep", "b")
    symnet(tmp_path / "in", "--html", tmp_path / "out")
    pages = [str(p.relative_to(tmp_path / "out")) for p in sorted((tmp_path / "out").rglob("*.html"))]
    assert pages == ["deep/lecture.md.html", "lecture.md.html"]


def test_a_wrong_formula_is_found_and_corrected(tmp_path):
    path = lecture(tmp_path, r"\sigma(x) = \frac{1}{1 + e^{-x}}", r"\sigma'(x) = \sigma(x)(1 + \sigma(x))")
    report = sn.check_lecture(path)
    assert report.claims[1].verdict == "refuted"
    assert report.claims[1].correction
    assert report.found and "✗ refuted" in str(report)
    explained = symnet(path, "--explain", 3).stdout
    assert "refuted" in explained and "line 1" in explained


def test_alterations_of_accepted_claims_are_caught(tmp_path):
    result = symnet(lecture(tmp_path, "(a + b)^2 = a^2 + 2ab + b^2"), "--mutants")
    assert "of 8 alterations caught" in result.stdout
    assert "accepted (" not in result.stdout
    assert result.exit_code == 0


def test_the_report_does_not_depend_on_the_hash_seed(tmp_path):
    path = lecture(tmp_path, r"\sigma(x) + \sigma(-x) = 1", "(a + b) c = a c - b c", r"\tanh' x = 1 - \tanh^2 x")
    texts = {
        subprocess.run(
            [sys.executable, "-m", "symnet.cli", "check", path, "--json", "--no-cache", "--jobs", jobs],
            cwd=ROOT,
            env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True,
        ).stdout
        for seed, jobs in (("1", "1"), ("2", "2"))
    }
    assert len(texts) == 1 and json.loads(texts.pop())["summary"]["refuted"] == 1


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="the limit is one of the clock on the wall")
def test_waiting_for_the_processor_does_not_count(pretended, tmp_path):
    path = lecture(tmp_path, "wait 1", "refuted 2")
    assert verdicts(check_document(path, Options(jobs=1, limit=0.01))) == ["proved", "refuted"]


def test_what_a_worker_has_found_so_far_is_the_answer_where_it_does_not_come_to_an_end(tmp_path, monkeypatch):
    from symnet.lecture.workers import Workers

    (tmp_path / "endless.py").write_text(
        "from symnet.lecture.workers import so_far\n"
        "def work(first):\n    so_far(first)\n    so_far(first + 1)\n    while True:\n        first += 1\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    with Workers(1) as workers:
        assert workers.call("endless", "work", 41, limit=0.5).value == 42
        assert workers.call("operator", "add", 1, 1, limit=5.0).value == 2


def test_an_idle_worker_serves_the_next_document_until_it_is_old(monkeypatch, tmp_path):
    from symnet.lecture import workers

    def process(what="getpid"):
        with workers.Workers(1) as one:
            return one.call("os", what, limit=5.0).value

    first = process()
    assert process() == first != os.getpid()
    monkeypatch.chdir(tmp_path)
    assert (process(), process("getcwd")) == (first, os.getcwd())
    monkeypatch.setenv("SYMNET_TRACEBACK", "1")  # it would be started in another way
    assert process() != first
    monkeypatch.setattr(workers, "LIFE", 1)
    assert process() != process()


def test_workers_outlive_the_claims_that_they_have_judged(monkeypatch, tmp_path):
    from symnet.lecture import workers

    path = tmp_path / "lecture.md"
    path.write_text("$(a + b)^2 = a^2 + 2 a b + b^2$", encoding="utf-8")
    ended = []
    monkeypatch.setattr(workers.Worker, "end", ended.append)
    assert [f.verdict for f in judge_claims(last_claims([path]))] == ["proved"]
    assert not ended


def test_a_worker_that_is_at_work_when_its_users_leave_is_ended():
    from symnet.lecture import workers

    workers.end_spare()
    with workers.Workers(1) as one, ThreadPoolExecutor(1) as thread:
        busy = thread.submit(one.call, "time", "sleep", 60, limit=50.0)
        while not one._started:
            time.sleep(0.01)
        one.__exit__()
        assert busy.result(timeout=20).error
    assert not one._started[0].alive and not workers._SPARE
