"""Verdicts do not depend on how fast the machine is, nor on what was judged before."""

from __future__ import annotations

import ast
import itertools
import time
from pathlib import Path

import pytest

import symnet.lecture
from symnet.lecture import effort
from symnet.lecture.claims.collect import claims_of
from symnet.lecture.documents.documents import read_document
from symnet.lecture.judging.judge import judge

PACKAGE = Path(symnet.lecture.__file__).parent
STAGES = ("reader", "context", "algebra", "knowledge", "judging")
DOCUMENT = r"""
$$y = W x$$
$$L = \frac{1}{2} \sum_i (y_i - t_i)^2$$
$$\frac{\partial L}{\partial W} = (y - t) x$$
$$\frac{\partial L}{\partial x} = W (y - t)$$
$$\frac{\partial L}{\partial y} = t - y$$
$$\sin^2 a + \cos^2 a = 1$$
$$\tanh' a = 1 + \tanh^2 a$$
"""


@pytest.fixture
def document(tmp_path):
    path = tmp_path / "lecture.md"
    path.write_text(DOCUMENT, encoding="utf-8")
    return path


def judged(path, order=1):
    return [judge(claim) for claim in claims_of(read_document(path))[::order]][::order]


def test_the_time_is_looked_at_only_where_a_process_is_ended():
    for path in (path for stage in STAGES for path in (PACKAGE / stage).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module] if isinstance(node, ast.ImportFrom) else []
            assert not {"time", "datetime", "signal", "threading"} & set(names), path


def test_a_machine_on_which_everything_takes_hours_finds_the_same(document, monkeypatch):
    found = judged(document)
    hours = itertools.count(step=3600)
    for clock in ("monotonic", "perf_counter", "process_time", "time"):
        monkeypatch.setattr(time, clock, lambda: next(hours))
    assert judged(document) == found
    assert any(f.correction for f in found)


def test_what_was_judged_before_leaves_no_trace(document):
    assert judged(document) == judged(document, -1)


def test_the_same_work_takes_the_same_number_of_steps(document):
    claims = claims_of(read_document(document))
    counts = []
    for _ in range(2):
        before = effort.until(0)
        for claim in claims:
            judge(claim)
        counts.append(effort.until(0) - before)
    assert counts[0] == counts[1] > 0


def test_without_steps_nothing_is_searched_for(document):
    claim = next(c for c in claims_of(read_document(document)) if "t - y" in c.latex)
    assert judge(claim).correction
    assert not judge(claim, 0).correction
