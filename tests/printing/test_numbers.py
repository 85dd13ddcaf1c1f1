"""Numbers as people write them."""

from __future__ import annotations

import pytest
import sympy as sp

from symnet.printing.index_notation import latex, text


@pytest.mark.parametrize(
    "number, as_latex, as_text",
    [
        ("0", "0", "0"),
        ("3", "3", "3"),
        ("-3", "-3", "-3"),
        ("100", "100", "100"),
        ("1/2", r"\frac{1}{2}", "1/2"),
        ("-3/4", r"-\frac{3}{4}", "-3/4"),
        ("1/3", r"\frac{1}{3}", "1/3"),
        ("1/10", "0.1", "0.1"),
        ("17/10", "1.7", "1.7"),
        ("44715/1000000", "0.044715", "0.044715"),
        ("1/1000", "0.001", "0.001"),
        ("1/1000000", "10^{-6}", "10^-6"),
        ("3/100000000", r"3 \cdot 10^{-8}", "3·10^-8"),
        ("15/10000000", r"1.5 \cdot 10^{-6}", "1.5·10^-6"),
        ("1000000000", "10^{9}", "10^9"),
        ("1/8192", "0.0001220703125", "0.0001220703125"),
    ],
)
def test_a_number(number, as_latex, as_text):
    assert latex(sp.Rational(number)) == as_latex
    assert text(sp.Rational(number)) == as_text


def test_irrational_numbers():
    assert latex(sp.sqrt(2 / sp.pi)) == r"\sqrt{\frac{2}{\pi}}"
    assert latex(sp.oo) == r"\infty"
