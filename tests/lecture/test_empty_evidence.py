"""Equalities that hold for a reason of their own show nothing: all is zero, or a name is no longer what it was."""

from __future__ import annotations

import pytest

from symnet.lecture.verdict import ACCEPTED


@pytest.mark.parametrize("exponent", ["a T", "-a T"])
def test_nothing_is_shown_where_a_slope_behind_both_sides_is_zero(verdicts, exponent):
    """z(T) has a value of its own, so that no formula is left in which the loss depends on it."""
    said = (
        r"With $z(t) = z_0 e^{a t}$ and $L = \frac12 (z(T) - y)^2$ let $\lambda(T) = \frac{\partial L}{\partial z(T)}$."
    )
    claim = rf"\lambda(0) = \lambda(T) e^{{{exponent}}}"
    assert verdicts(f"{said}\n\nAt the start ${claim}$.")[claim] not in ACCEPTED


def test_an_entry_that_is_transposed_is_no_number(verdicts):
    said = r"Attained at $x = \log \frac{y}{1 - y}$, $0 < y < 1$. Then $w = \sum_{i=1}^n \alpha_i y_i x_i$ gives"
    norm = r"\|w\|^2 = \sum_{i=1}^n \sum_{j=1}^n \alpha_i \alpha_j y_i y_j"
    wrong, right = (f"{norm} {product}" for product in (r"x_i x_j^\top", r"x_i^\top x_j"))
    assert verdicts(f"{said}\n\n$${wrong}$$")[wrong] not in ACCEPTED
    assert verdicts(f"{said}\n\n$${right}$$")[right] in ACCEPTED


def test_a_bound_on_what_is_not_known_is_neither_right_nor_wrong(verdicts):
    claim = r"R_T \le \frac{\ln n}{\eta} + \frac{\eta T}{8}"
    assert verdicts(f"The regret has the bound ${claim}$, $n > 1$, $\\eta > 0$.")[claim] == "condition"


@pytest.mark.parametrize(("claim", "accepted"), [(r"N_e \le N", True), (r"N_e \ge N", False)])
def test_a_bound_by_a_size_behind_a_definition_is_a_claim(verdicts, claim, accepted):
    said = r"The effective size is $N_e = \frac{(\sum_{i=1}^N w_i)^2}{\sum_{i=1}^N w_i^2}$."
    assert (verdicts(f"{said}\n\n$${claim}$$")[claim] in ACCEPTED) == accepted


NORMALISED = r"""
$$\mu = \frac1m \sum_{i=1}^m x_i, \quad \sigma^2 = \frac1m \sum_{i=1}^m (x_i - \mu)^2$$
$$\hat{x}_i = \frac{x_i - \mu}{\sqrt{\sigma^2 + \epsilon}}$$
$$y_i = \gamma \hat{x}_i + \beta$$
$$@$$
"""


@pytest.mark.parametrize("end", ["m + 1", "2 m", "m^2"])
def test_a_loss_has_no_derivative_by_an_entry_that_is_not_there(tell_apart, end):
    """It is not zero, so that the sum could run on."""
    slopes = r"\frac{\partial \ell}{\partial \beta} = \sum_{i=1}^{%s} \frac{\partial \ell}{\partial y_i}"
    tell_apart(NORMALISED, slopes % "m", slopes % end)


def test_a_part_of_a_document_that_does_not_name_a_size_shows_nothing(verdicts):
    claim = r"\frac{\partial \ell}{\partial \beta} = \sum_{i=1}^n \frac{\partial \ell}{\partial y_i}"
    before = r"$$\frac{\partial \ell}{\partial \hat{x}_i} = \gamma \frac{\partial \ell}{\partial y_i}$$" + "\n" * 2
    assert verdicts(NORMALISED.replace("$$@$$", 3 * before + f"$${claim}$$"))[claim] == "needs-hypothesis"
