"""Numbers that are said to be about equal."""

from __future__ import annotations

import pytest

from symnet.lecture.documents.documents import read_document
from symnet.lecture.judging.judge import claims_of, judge


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (r"0.9^{10} \approx 0.349", "approximation"),
        (r"0.9^{10} \approx 0.35", "approximation"),
        (r"0.9^{10} \approx 0.439", "refuted"),
        (r"\sqrt{\frac{6}{300 + 100}} \approx 0.245", "refuted"),
        (r"-\log 0.5 \approx 1.0", "approximation"),  # of base 2
        (r"\log 100 \approx 2.0", "approximation"),  # of base 10
        (r"\log 100 \approx 3.1", "refuted"),
        (r"e^{-10} \approx 0.0", "approximation"),
        (r"\frac{2}{3} \approx 0.7", "approximation"),
        (r"2^{10} \approx 1000", "approximation"),
        (r"2^{64} \approx 10^{19}", "approximation"),
        (r"x \approx 0.5", "approximation"),
    ],
)
def test_decimals_are_compared_with_what_they_are_about(tmp_path, claim, verdict):
    path = tmp_path / "lecture.md"
    path.write_text(f"We have ${claim}$.", encoding="utf-8")
    (found,) = (judge(c) for c in claims_of(read_document(path)) if c.relation)
    assert found.verdict == verdict
    assert verdict != "refuted" or found.correction


@pytest.mark.parametrize(
    ("wrong", "instead"),
    [
        (r"\int_0^1 \sqrt{x} \, dx = \frac{3}{2}", r"\int_0^1 \sqrt{x} \, dx = \frac{2}{3}"),
        (r"\sigma'(0) = \frac{1}{2}", r"\sigma'(0) = \frac{1}{4}"),
        (r"\tanh'(0) = 0", r"\tanh'(0) = 1"),
    ],
)
def test_a_wrong_value_is_corrected_by_the_right_one(tmp_path, wrong, instead):
    path = tmp_path / "lecture.md"
    path.write_text(rf"With $\sigma(x) = \frac{{1}}{{1 + e^{{-x}}}}$ we have ${wrong}$.", encoding="utf-8")
    found = [judge(c) for c in claims_of(read_document(path))][-1]
    assert (found.verdict, found.correction) == ("refuted", instead)
