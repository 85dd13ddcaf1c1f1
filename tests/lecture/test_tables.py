"""Functions of finitely many values are arrays: policies, values of actions, the variables of hidden Markov models."""

from __future__ import annotations

import pytest

from symnet.lecture.verdict import ACCEPTED, FOUND

POLICY = r"""
A policy $\pi_\theta(a \mid s)$ gives the probabilities of actions in each state, and $b(s)$ is a baseline. Then
$$@$$
"""


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        (
            r"\sum_a \pi_\theta(a \mid s) \nabla_\theta \log \pi_\theta(a \mid s) \, b(s) = 0",
            r"\sum_a \pi_\theta(a \mid s) \nabla_\theta \log \pi_\theta(a \mid s) \, b(s) = b(s)",
        ),
        (
            r"\sum_a \nabla_\theta \pi_\theta(a \mid s) \log \pi_\theta(a \mid s) "
            r"= \sum_a \nabla_\theta \pi_\theta(a \mid s) (1 + \log \pi_\theta(a \mid s))",
            r"\sum_a \nabla_\theta \pi_\theta(a \mid s) \log \pi_\theta(a \mid s) "
            r"= \sum_a \nabla_\theta \pi_\theta(a \mid s) (a + \log \pi_\theta(a \mid s))",
        ),
    ],
)
def test_a_policy_is_a_law_that_depends_on_its_subscript(verdicts, right, wrong):
    assert verdicts(POLICY.replace("@", right), right)[right] in ACCEPTED
    assert verdicts(POLICY.replace("@", wrong), wrong)[wrong] not in ACCEPTED


def test_a_softmax_policy_has_a_score(tell_apart):
    text = r"""
$$\pi_\theta(a \mid s) = \frac{e^{\theta^\top \phi(s, a)}}{\sum_b e^{\theta^\top \phi(s, b)}}$$
where $\theta \in \mathbb{R}^d$ and $\phi(s, a) \in \mathbb{R}^d$. Its score is
$$@$$
"""
    right = r"\nabla_\theta \log \pi_\theta(a \mid s) = \phi(s, a) - \sum_b \pi_\theta(b \mid s) \phi(s, b)"
    wrong = r"\nabla_\theta \log \pi_\theta(a \mid s) = \sum_b \pi_\theta(b \mid s) \phi(s, b) - \phi(s, a)"
    tell_apart(text, right, wrong)


def test_values_of_a_policy_carry_its_name(tell_apart):
    text = r"""
For a policy $\pi(a \mid s)$ let $V^\pi(s) = \sum_a \pi(a \mid s) Q^\pi(s, a)$ and
$A^\pi(s, a) = Q^\pi(s, a) - V^\pi(s)$.
$$@$$
"""
    right = r"\sum_a \pi(a \mid s) A^\pi(s, a)^2 = \sum_a \pi(a \mid s) Q^\pi(s, a)^2 - V^\pi(s)^2"
    tell_apart(text, right, right.replace("- V", "+ V"))


def test_forward_and_backward_variables(tell_apart):
    text = r"""
$$\alpha_1(i) = \pi_i b_i(o_1), \qquad \alpha_{t+1}(j) = b_j(o_{t+1}) \sum_{i=1}^N \alpha_t(i) a_{ij}$$
$$\beta_T(i) = 1, \qquad \beta_t(i) = \sum_{j=1}^N a_{ij} b_j(o_{t+1}) \beta_{t+1}(j)$$
$$@$$
"""
    right = r"\sum_{i=1}^N \alpha_t(i) \beta_t(i) = \sum_{i=1}^N \alpha_T(i)"
    wrong = r"\sum_{i=1}^N \alpha_t(i) \beta_t(i) = \sum_{i=1}^N \pi_i \beta_1(i)"
    tell_apart(text, right, wrong)


@pytest.mark.parametrize("beside", ["", r"Let $H \in \mathbb{R}^{k \times n}$ and $q_k = \sum_{k=1}^K \alpha_t(k)$."])
def test_letters_of_states_may_be_sizes_elsewhere_and_transitions_are_numbers(tell_apart, beside):
    text = rf"""
$$\alpha_1(i) = \pi_i b_i(x_1), \qquad \alpha_{{t+1}}(j) = b_j(x_{{t+1}}) \sum_{{i=1}}^K \alpha_t(i) A_{{ij}}$$
$$\beta_T(i) = 1, \qquad \beta_t(i) = \sum_{{j=1}}^K A_{{ij}} b_j(x_{{t+1}}) \beta_{{t+1}}(j)$$
$$@$$

{beside}
"""
    right = r"\sum_{i=1}^K \alpha_t(i) \beta_t(i) = \sum_{j=1}^K \alpha_{t+1}(j) \beta_{t+1}(j)"
    wrong = r"\sum_{i=1}^K \alpha_t(i) \beta_t(i) = \sum_{j=1}^K \alpha_{t+1}(j) \beta_t(j)"
    tell_apart(text, right, wrong)


def test_a_function_of_numbers_is_no_array(verdicts):
    claim = r"\sum_{k=1}^n f(k) = \frac{n (n + 1)}{2}"
    assert verdicts(rf"Let $f(x) = x$. Then ${claim}$.", claim)[claim] in ACCEPTED
    slope = "f_x(x, y) = 2 x y"
    assert (
        verdicts(rf"Let $f(x, y) = x^2 y$ and $\frac{{\partial f}}{{\partial x}} = 2 x y$, so ${slope}$.", slope)[slope]
        not in FOUND
    )
