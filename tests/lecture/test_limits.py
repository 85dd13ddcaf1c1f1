r"""Limits, from one side and at infinity, and the functions that lecturers write without a definition."""

from __future__ import annotations

import pytest

from symnet.lecture.verdict import ACCEPTED


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        (r"\lim_{x \to 0} \frac{1 - \cos x}{x^2} = \frac12", r"\lim_{x \to 0} \frac{1 - \cos x}{x^2} = 1"),
        (r"\lim_{x \to 0} \frac{\tan x - \sin x}{x^3} = \frac12", r"\lim_{x \to 0} \frac{\tan x - \sin x}{x^3} = 1"),
        (r"\lim_{x \to \infty} \tanh x = 1", r"\lim_{x \to -\infty} \tanh x = 1"),
        (r"\lim_{n \to \infty} (1 - \frac{x}{n})^n = e^{-x}", r"\lim_{n \to \infty} (1 - \frac{x}{n})^n = e^x"),
        (r"\lim_{x \to 0^+} \frac{|x|}{x} = 1", r"\lim_{x \to 0^{-}} \frac{|x|}{x} = 1"),
        (r"\lim_{x \to 0+} x \ln x = 0", r"\lim_{x \to 0+} x \ln x = -1"),
        (
            r"\lim_{h \to 0} \frac{f(x + h) - f(x - h)}{2 h} = f'(x)",
            r"\lim_{h \to 0} \frac{f(x + h) - f(x - h)}{h} = f'(x)",
        ),
    ],
)
def test_limits(verdicts, right, wrong):
    """What is said of any function may be its definition where it is wrong."""
    assert verdicts(f"${right}$.")[right] in ACCEPTED
    assert verdicts(f"${wrong}$.")[wrong] in ("refuted", "condition")


@pytest.mark.parametrize("no_limit", [r"\lim_{x \to 0} \frac{|x|}{x} = 1", r"\lim_{x \to \infty} \sin x = 0"])
def test_what_has_no_limit_is_left_open(findings, no_limit):
    assert "limit" in findings(f"${no_limit}$.")[no_limit].reason


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        (r"\Gamma(z + 1) = z \Gamma(z)", r"\Gamma(z + 1) = (z + 1) \Gamma(z)"),
        (r"\Gamma(n + 1) = n!", r"\Gamma(n + 1) = (n + 1)!"),
        (r"\operatorname{sech}^2 x = 1 - \tanh^2 x", r"\operatorname{sech}^2 x = 1 + \tanh^2 x"),
        (
            r"\frac{d}{dx} \operatorname{arcsinh} x = \frac{1}{\sqrt{1 + x^2}}",
            r"\frac{d}{dx} \operatorname{arcsinh} x = 1",
        ),
        (r"\frac{d}{dx} \cot x = -\csc^2 x", r"\frac{d}{dx} \cot x = \csc^2 x"),
        (r"\tg x \ctg x = 1", r"\tg x \ctg x = -1"),
        (r"\operatorname{ch}^2 x = 1 + \operatorname{sh}^2 x", r"\operatorname{ch}^2 x = \operatorname{sh}^2 x - 1"),
        (r"\operatorname{erfc}(-x) = 2 - \operatorname{erfc} x", r"\operatorname{erfc}(-x) = \operatorname{erfc} x"),
    ],
)
def test_functions_by_name(tell_apart, right, wrong):
    tell_apart("$@$.", right, wrong)


def test_an_operator_that_nobody_knows_is_no_factor(verdicts):
    formula = r"\frac{d}{dx} \operatorname{foo} x = \frac{1}{1 + x^2}"
    assert verdicts(f"${formula}$.")[formula] not in ("refuted", *ACCEPTED)
    used = r"\operatorname{rate} g + g = (\operatorname{rate} + 1) g"
    assert verdicts(f"$\\operatorname{{rate}} = a + b$. ${used}$.")[used] in ACCEPTED


def test_a_function_under_a_limit_or_an_integral_is_no_array(verdicts):
    added = r"\int_0^1 f(x) dx + \int_0^1 g(x) dx = \int_0^1 (f(x) + g(x)) dx"
    assert verdicts(f"${added}$.")[added] in ACCEPTED
    squares = r"\sum_{k=1}^n \sin(k)^2 + \sum_{k=1}^n \cos(k)^2 = n"
    assert verdicts(f"${squares}$.")[squares] in ACCEPTED
