"""The check of LaTeX formulas finds what it should."""

from __future__ import annotations

import pytest

from tests.printing.latex_syntax import check_formula


@pytest.mark.parametrize(
    "formula",
    [r"x_{n}_{d}", "x_{n", "x_{n}}", r"\foo{x}", r"\left(x", r"\begin{cases} x", "x^{2}^{3}", "x_{ξ}", "x__{n}"],
)
def test_a_fault_is_found(formula):
    with pytest.raises(AssertionError):
        check_formula(formula)


@pytest.mark.parametrize("formula", [r"\hat{x}_{n_{d}}^{2} y_{n}", r"\left(\frac{x_{n}}{y_{n}}\right)^{2} z^{2}"])
def test_what_is_right_passes(formula):
    check_formula(formula)
