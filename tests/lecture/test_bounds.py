"""Bounds: what fails far out, or in larger arrays, does not hold."""

from __future__ import annotations

import pytest

from symnet.lecture.verdict import ACCEPTED

VECTOR = r"Let $x \in \mathbb{R}^n$. "
CHANCES = r"Let $p_1, \dots, p_K > 0$ with $\sum_{k=1}^K p_k = 1$. "


@pytest.mark.parametrize(
    ("said", "bound"),
    [
        (VECTOR, r"\|x\|_1 \le 2 \|x\|_2"),
        (VECTOR, r"\|x\|_1 \le 3 \|x\|_2"),
        (CHANCES, r"\sum_{k=1}^K p_k^2 \ge \frac{1}{8}"),
        (CHANCES, r"-\sum_{k=1}^K p_k \log p_k \le 2"),
        ("For all $u > 0$: ", r"\ln(1 + u) \ge \frac{u}{4}"),
        ("For all real $u$: ", r"\tanh u \le \frac{u}{1 + 0.3 u^2} + 0.2"),
        (r"For $n \ge 1$: ", r"\sum_{k=1}^n \frac{1}{k} \le 3"),
    ],
)
def test_a_bound_that_fails_far_out_is_not_accepted(verdicts, said, bound):
    assert verdicts(f"{said}${bound}$.")[bound] not in {*ACCEPTED, "needs-hypothesis"}


@pytest.mark.parametrize(
    ("said", "bound"),
    [
        (VECTOR, r"\|x\|_1 \le \sqrt{n} \|x\|_2"),
        (CHANCES, r"-\sum_{k=1}^K p_k \log p_k \le \log K"),
        ("For all $u > 0$: ", r"\ln u \le \sqrt{u}"),
        ("For all real $u$: ", r"\sigma(u) < 1"),
        ("For all real $u$: ", r"1 - e^{-u^2} < 1"),
        ("For all real $u$: ", r"e^u \ge 1 + u"),
        (r"For $n \ge 1$: ", r"\sum_{k=1}^n \frac{1}{k^2} \le \frac{\pi^2}{6}"),
    ],
)
def test_a_bound_that_holds_everywhere_is_accepted(verdicts, said, bound):
    """Far out a strict one may be met to all digits."""
    assert verdicts(f"{said}${bound}$.")[bound] in ACCEPTED
