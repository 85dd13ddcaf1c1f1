"""Convolutions in index form: as many windows as lie inside, and nothing is read outside of an array."""

from __future__ import annotations

import pytest

from symnet.lecture.documents.documents import read_document
from symnet.lecture.judging.judge import claims_of, judge
from symnet.lecture.verdict import ACCEPTED

LINE = "Let $x \\in \\mathbb{R}^n$, $w \\in \\mathbb{R}^k$ and $y_i = \\sum_{j=1}^{k} w_j x_{i+j-1}$.\n\n"
PLANE = (
    "Let $X \\in \\mathbb{R}^{H \\times W}$, $F \\in \\mathbb{R}^{p \\times p}$ and "
    "$Y_{ij} = \\sum_{a=1}^{p} \\sum_{b=1}^{p} F_{ab} X_{i+a-1,j+b-1}$.\n\n"
)


@pytest.fixture
def verdict(tmp_path):
    def of(text: str, claim: str) -> str:
        path = tmp_path / "lecture.md"
        path.write_text(f"{text}$${claim}$$\n", encoding="utf-8")
        return judge(claims_of(read_document(path))[-1]).verdict

    return of


@pytest.mark.parametrize("end", ["n - k + 1", "n-k", "n-k+2"])
def test_a_gradient_sums_over_the_windows_that_lie_inside(verdict, end):
    claim = (
        rf"\frac{{\partial L}}{{\partial w_j}} = \sum_{{i=1}}^{{{end}}} \frac{{\partial L}}{{\partial y_i}} x_{{i+j-1}}"
    )
    found = verdict(LINE, claim)
    assert (found in ACCEPTED) == (end == "n - k + 1")
    assert found == "refuted" or end != "n-k"


def test_windows_in_a_plane(verdict):
    claim = (
        r"\frac{\partial L}{\partial F_{ab}} = \sum_{i=1}^{H-p+1} \sum_{j=1}^{W-p+1} "
        r"\frac{\partial L}{\partial Y_{ij}} X_{i+a-1,j+b-1}"
    )
    assert verdict(PLANE, claim) in ACCEPTED
    assert verdict(PLANE, claim.replace("X_{i+a-1,j+b-1}", "X_{i+a,j+b}")) == "refuted"


def test_a_filter_read_outside_of_its_array_is_no_hypothesis(verdict):
    claim = (
        r"\frac{\partial L}{\partial X_{mn}} = \sum_{i=1}^{H-p+1} \sum_{j=1}^{W-p+1} "
        r"\frac{\partial L}{\partial Y_{ij}} F_{m-i+1,n-j+1}"
    )
    assert verdict(PLANE, claim) not in ("refuted", "needs-hypothesis")
    assert verdict(PLANE + "Entries outside of an array are zero: ", claim) in ACCEPTED
