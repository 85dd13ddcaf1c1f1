"""symnet reads the pages that it writes: their formulas are accepted, and none is called wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from symnet.lecture.check import Options, check_documents
from symnet.lecture.verdict import ACCEPTED

PAGES = Path(__file__).parents[2] / "docs" / "derivations"
#: pages whose every formula is read as it is meant, with the least number of accepted ones
READ = {
    "binary_cross_entropy": 9,
    "dense": 5,
    "mean_squared_error": 4,
    "relu": 2,
    "sigmoid": 5,
    "softmax": 7,
    "softmax_cross_entropy": 10,
    "softmax_cross_entropy_labels": 9,
    "tanh": 3,
}


@pytest.fixture(scope="module")
def reports():
    paths = [PAGES / f"{name}.md" for name in READ]
    return dict(zip(READ, check_documents(paths, Options(cache=False))))


@pytest.mark.parametrize("name", READ)
def test_a_page_is_read_and_right(name, reports):
    report = reports[name]
    assert not report.error
    assert [f.claim or f.latex for f in report.claims if f.verdict in ("refuted", "ill-typed")] == []
    assert sum(f.verdict in ACCEPTED for f in report.claims) >= READ[name]
