"""Functions with parameters, f(x; w), and conditions, p(y | x)."""

from __future__ import annotations

import pytest

from symnet.lecture.verdict import ACCEPTED, FOUND

LINE = r"The line is $f(x; w, b) = w x + b$. "
TRANSITION = r"The density is $q(x \mid m) = e^{-(x - m)^2}$. "


@pytest.mark.parametrize(
    ("said", "right", "wrong"),
    [
        (LINE, "f(2; 3, 1) = 7", "f(2; 3, 1) = 8"),
        (LINE, "f(x; 2 w, b) = 2 w x + b", "f(x; 2 w, b) = w x + b"),
        (
            LINE + "Also $f(2; 3, 1)$. ",
            r"\frac{\partial f(x)}{\partial x} = w",
            r"\frac{\partial f(x)}{\partial x} = x",
        ),
        (TRANSITION, r"\log q(x \mid 2 m) = -(x - 2 m)^2", r"\log q(x \mid 2 m) = -(x - m)^2"),
        (TRANSITION, r"\log q(0 \mid m_1) = -m_1^2", r"\log q(0 \mid m_1) = -m_1"),
    ],
)
def test_values_of_parameters_are_put_in(tell_apart, said, right, wrong):
    tell_apart(f"{said}\n\n$@$", right, wrong)


def test_a_conditional_density_is_no_other_one(verdicts):
    said = r"By the chain rule $p(y \mid x) p(x) = p(x, y)$ always. "
    for claim in (r"\log p(y \mid x) = \log p(y)", r"\log p(y \mid x) = \log p(x \mid y) + \log p(y) - \log p(x)"):
        assert verdicts(f"{said}\n\n$\\log p(x)$\n\n${claim}$")[claim] not in {*ACCEPTED, *FOUND}
    other = r"\log q(x \mid z) = -(x - m)^2"
    assert verdicts(f"{TRANSITION}\n\n${other}$")[other] not in {*ACCEPTED, *FOUND}


def test_bayes_rule_follows_from_itself(verdicts):
    rule = r"$p(y \mid x) = \frac{p(x \mid y) p(y)}{p(x)}$"
    right, wrong = r"p(y \mid x) p(x) = p(x \mid y) p(y)", r"p(y \mid x) p(y) = p(x \mid y) p(x)"
    assert verdicts(f"{rule}, so ${right}$.")[right] in ACCEPTED
    assert verdicts(f"{rule}, so ${wrong}$.")[wrong] not in ACCEPTED


def test_parameters_of_an_undefined_function_tell_it_apart(verdicts):
    claim = r"f(x; \theta_1) - f(x; \theta_2) = 0"
    assert verdicts(f"A network $f(x; \\theta_1)$: ${claim}$")[claim] not in ACCEPTED


DIVERGENCE = (
    r"For distributions $p, q$ let $\operatorname{KL}(p \| q) = \sum_{i=1}^n p_i \log \frac{p_i}{q_i}$ and "
    r"$H(p) = -\sum_{i=1}^n p_i \log p_i$. "
)


@pytest.mark.parametrize(
    ("said", "right", "wrong"),
    [
        ("", r"\operatorname{KL}(p \| p) = 0", r"\operatorname{KL}(q \| p) = 0"),
        (
            r"For $u_i = \frac{1}{n}$ we have ",
            r"\operatorname{KL}(p \| u) = \log n - H(p)",
            r"\operatorname{KL}(p \| u) = \log n + H(p)",
        ),
    ],
)
def test_a_divergence_is_a_function_of_both_laws(verdicts, said, right, wrong):
    """What stands behind the bars was that of the definition wherever it stood."""
    assert verdicts(f"{DIVERGENCE}{said}${right}$ and $\\operatorname{{KL}}(q \\| p)$.")[right] in ACCEPTED
    assert verdicts(f"{DIVERGENCE}{said}${wrong}$ and $\\operatorname{{KL}}(q \\| p)$.")[wrong] not in ACCEPTED
