r"""Whole numbers: what prose calls integers is drawn from them, and what is rounded is tried at them."""

from __future__ import annotations

import pytest

from symnet.lecture.verdict import ACCEPTED

HALVES = r"\lceil q/2 \rceil = \lfloor (q+1)/2 \rfloor"
WINDOWS = r"\left\lfloor \frac{w - v}{s} \right\rfloor + 1 = \left\lceil \frac{w - v + 1}{s} \right\rceil"


@pytest.mark.parametrize(
    ("before", "formula", "after"),
    [
        ("", HALVES, r", where $q$ is an integer."),
        ("For all integers $p$ and $q$: ", HALVES, "."),
        (r"Let $q \in \mathbb{Z}$. Then ", HALVES, "."),
        ("При целом $q$ верно ", HALVES, "."),
        ("Пусть $r$, $q$ — целые числа. Тогда ", HALVES, "."),
        ("With images of width $w$, kernel size $v$ and stride $s$ (integers) there are ", WINDOWS, " places."),
        ("", r"(-1)^h = 1", " for even $h$."),
        ("Если $c$ нечётное, то ", "(-1)^c = -1", "."),
        ("If $u$ is an integer, then ", r"\sin(\pi u) = 0", "."),
        ("For integers $n$ we have ", r"n \bmod 2 = \frac{1 - (-1)^n}{2}", "."),
        ("For natural $u$ and $v$ we have ", r"u \bmod v = u - v \lfloor u / v \rfloor", "."),
        ("", r"\operatorname{clip}(x, 0, 1) = \min(\max(x, 0), 1)", "."),
    ],
)
def test_what_holds_for_whole_numbers(verdicts, before, formula, after):
    assert verdicts(f"{before}${formula}${after}")[formula] in ACCEPTED


@pytest.mark.parametrize(
    ("before", "formula", "after"),
    [
        ("", r"\lceil x \rceil = \lfloor x \rfloor + 1", " for all real $x$."),
        ("", HALVES.replace("+1", "-1"), r", where $q$ is an integer."),
        ("", "(-1)^h = -1", " for even $h$."),
        ("For natural $u$ and $v$ we have ", r"u \bmod v = u - v \lceil u / v \rceil", "."),
        ("If $u$ is an integer, then we are done. Else ", r"\sin(\pi u) = 0", "."),
        ("", r"\operatorname{clip}(x, -1, 1) = \max(x, 1)", "."),
    ],
)
def test_what_does_not(verdicts, before, formula, after):
    assert verdicts(f"{before}${formula}${after}")[formula] in ("refuted", "needs-hypothesis")


@pytest.mark.parametrize(
    "prose", ["where $q$ is not an integer", "with the integer part of $q$", "natural logarithm $q$"]
)
def test_what_is_no_whole_number(verdicts, prose):
    formula = r"\cos(2 \pi q) = 1 + \sin(\pi q)^2"
    assert verdicts(f"${formula}$, {prose}.")[formula] == "refuted"


def test_a_whole_number_that_nobody_speaks_of_is_a_hypothesis(findings):
    (finding,) = findings(r"$\lceil x / y \rceil = \lfloor (x + y - 1) / y \rfloor$.").values()
    assert finding.verdict == "needs-hypothesis"
    assert "x is a natural number" in finding.reason


def test_a_remainder_of_a_sum_needs_brackets(findings):
    (finding,) = findings(r"$a + b \bmod c = a$.").values()
    assert finding.verdict == "not-understood"
    assert "brackets" in finding.reason
