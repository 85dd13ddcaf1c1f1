"""Formulas of a page are MathML that browsers set as TeX would."""

import re

import pytest

from symnet.lecture.report.mathml import mathml


def bare(latex: str) -> str:
    """Without rows that hold one thing, and without spaces of operators."""
    text = re.sub(r' (?:style|lspace|rspace|stretchy|fence|movablelimits|display)="[^"]*"', "", mathml(latex))
    while (shorter := re.sub(r"<mrow>(<(\w+)>[^<]*</\2>)</mrow>", r"\1", text)) != text:
        text = shorter
    return re.sub(r"^<math>(<mrow>)?|(</mrow>)?</math>$", "", text)


@pytest.mark.parametrize(
    ("latex", "shown"),
    [
        (r"\mathbf{1}", "<mn>𝟏</mn>"),
        (r"\boldsymbol{\theta}", "<mi>𝛉</mi>"),
        (r"\mathbb{1}", "<mn>𝟙</mn>"),
        (r"\mathrm{var}_d", "<msub><mi>var</mi><mi>d</mi></msub>"),
        (r"\operatorname{colsum}(X)", "<mo>colsum</mo><mo>(</mo><mi>X</mi><mo>)</mo>"),
        (r"f'(x)", "<mrow><mi>f</mi><mo>′</mo></mrow><mo>(</mo><mi>x</mi><mo>)</mo>"),
        (r"f'_k", "<msub><mrow><mi>f</mi><mo>′</mo></mrow><mi>k</mi></msub>"),
        (
            r"\left(\sum_{n} x\right)",
            "<mrow><mo>(</mo><munder><mo>∑</mo><mi>n</mi></munder><mi>x</mi><mo>)</mo></mrow>",
        ),
        (r"\max_i x", "<munder><mo>max</mo><mi>i</mi></munder><mi>x</mi>"),
        (r"\int_0^1 x", "<msubsup><mo>∫</mo><mn>0</mn><mn>1</mn></msubsup><mi>x</mi>"),
    ],
)
def test_signs_are_those_that_browsers_know(latex, shown):
    assert bare(latex) == shown


def test_one_upright_letter_is_upright():
    assert '<mi mathvariant="normal">r</mi>' in mathml(r"w_{\mathrm{r},d}")
    assert "<mi>d</mi>" in mathml(r"w_{\mathrm{r},d}")


def test_a_function_is_apart_from_a_letter_and_close_to_a_bracket():
    assert 'rspace="0.17em">log</mo><mi>x' in mathml(r"\log x")
    assert 'rspace="0em">log</mo><mo stretchy="false">(' in mathml(r"\log(x)")
    assert 'rspace="0em">sin</mo><mn>2' in mathml(r"\sin^2(x)")
    assert '<mo lspace="0.17em" rspace="0.17em">log</mo>' in mathml(r"(x) \log y")
    for latex in (r"(\log y)", r"1 + \log y", r"[\operatorname{abs}(R) > 1]"):  # what is before it has its own room
        assert '<mo lspace="0em"' in mathml(latex), latex


@pytest.mark.parametrize("latex", [r"\sigma(-x)", r"a = -b", r"\sum_i -x_i", r"e^{-|x|}", r"a, -b"])
def test_the_sign_of_a_number_is_close_to_it(latex):
    assert '<mo lspace="0em" rspace="0em">−</mo>' in mathml(latex)


def test_an_operator_without_a_left_side_is_close_to_its_right_one():
    assert '<mo lspace="0em" rspace="0em">⊙</mo><mn>2' in mathml(r"X^{\odot 2}")
    assert '<mo lspace="0.22em" rspace="0.22em">⊙</mo>' in mathml(r"X \odot Y")


@pytest.mark.parametrize("latex", [r"f(x) - 1", r"|x| - 1", r"a - b", r"f' - g", r"x_1 + \cdots - x_n", r"n! - 1"])
def test_a_difference_has_room(latex):
    assert "<mo>−</mo>" in mathml(latex)


def test_limits_of_a_sum_are_beside_it_in_a_line_of_text():
    assert '<mo movablelimits="true">∑</mo>' in mathml(r"\sum_{i} x_i")


def test_aligned_rows_are_rows_without_their_marks():
    shown = mathml(r"\begin{aligned} a &= b \\ &= c \end{aligned}", display=True)
    assert "text-align: -webkit-right; padding-right: 0" in shown and "text-align: -webkit-left" in shown
    assert shown.count("<mtr>") == 2 and "&" not in shown and "align" not in re.sub(r"<[^>]*>", "", shown)


def test_the_parentheses_of_a_matrix_are_drawn_where_no_font_stretches_them():
    drawn = mathml(r"A = \begin{pmatrix} f(1) & 2 \end{pmatrix} + (b)")
    assert (drawn.count("border-radius"), drawn.count(">(</mo>"), drawn.count(">)</mo>")) == (1, 2, 2)
    assert "border" not in mathml(r"\begin{cases} a, & (b) \\ c, & d \end{cases}")
