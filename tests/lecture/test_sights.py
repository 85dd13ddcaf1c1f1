r"""What stands near a claim is no ground for it where more is said under the same heading; names of two meanings."""

from __future__ import annotations

import pytest

from symnet.lecture.verdict import ACCEPTED, FOUND
from tests.lecture.pages import judged

NORM = r"$$\mu = \frac{1}{D} \sum_{i=1}^D x_i, \qquad v = \frac{1}{D} \sum_{i=1}^D (x_i - \mu)^2.$$" "\n\n"
FACTS = "".join(f"Fact: $u_{k} + {k} = {k} + u_{k}$.\n\n" for k in range(1, 5))
AGAIN = r"$$v = \frac{1}{D} \sum_{i=1}^D x_i^2 - \mu^2$$" "\n\n"


@pytest.mark.parametrize(("slope", "accepted"), [(r"\frac{2}{D} (x_j - \mu)", True), (r"\frac{2}{D} x_j", False)])
def test_a_mean_that_is_out_of_sight_is_no_constant(tmp_path, slope, accepted):
    text = f"{NORM}{FACTS}{AGAIN}$$\\frac{{\\partial v}}{{\\partial x_j}} = {slope}$$\n"
    assert (judged(tmp_path, text, "partial v").verdict in ACCEPTED) == accepted


def test_a_matrix_declared_as_tall_is_not_square_since_a_wrong_formula_says_so(tmp_path):
    text = (
        "Let $X \\in \\mathbb{R}^{n \\times d}$, $y \\in \\mathbb{R}^n$.\n\n"
        f"{FACTS}With $w = (X^\\top X)^{{-1}} X^\\top y$ we get $X^\\top X w = "
        f"X y$. Let $P = X (X^\\top X)^{{-1}} X^\\top$.\n\n"
        "$$P^2 = I$$\n"
    )
    assert judged(tmp_path, text, "P^2").verdict not in ACCEPTED


def test_a_size_under_the_next_heading_is_none_of_this_one(tmp_path):
    text = (
        "# Data\n\nLet $X \\in \\mathbb{R}^{n \\times d}$ and $w \\in \\mathbb{R}^d$.\n\n# Weights\n\n"
        "Let $V = \\operatorname{diag}(v_1, \\dots, v_n)$ and $F(w) = "
        "\\frac{1}{2} (y - X w)^\\top V (y - X w)$. Then\n\n"
        "$$\\frac{\\partial F}{\\partial v_i} = \\frac{1}{2} (y_i - x_i^\\top w)^2,$$\n\n"
        "where $x_i^\\top$ are the rows.\n\n# Updates\n\nFor $u, v \\in "
        "\\mathbb{R}^d$ we have $u^\\top v = v^\\top u$.\n"
    )
    assert judged(tmp_path, text, "partial F").verdict in ACCEPTED


@pytest.mark.parametrize(("sign", "verdict"), [("-", "proved"), ("", "refuted")])
def test_the_samples_beside_a_number_are_numbers(tmp_path, sign, verdict):
    text = (
        "Let $k_i(x) = e^{-(x - x_i)^2 / (2 h^2)}$.\n\n"
        f"$$k_i'(x) = {sign} \\frac{{x - x_i}}{{h^2}} k_i(x), \\qquad "
        f"\\frac{{\\sum_i k_i(x)}}{{\\sum_j k_j(x)}} = 1$$\n"
    )
    assert judged(tmp_path, text, "k_i'(x)").verdict == verdict


@pytest.mark.parametrize(
    "text",
    [
        r"For $z < 0$ let $e(z) = a (e^z - 1)$. Then $e'(z) = e(z) + a$.",
        r"Let $e_i = e^{-t_i z_i}$. Then $\frac{\partial e_i}{\partial z_i} = -t_i e_i$.",
        r"The error is $e = y - f$. For $h(z) = \log(1 + e^{-z})$ we have $h'(z) = -\frac{1}{1 + e^z}$.",
    ],
)
def test_the_number_e_beside_another_e(tmp_path, text):
    assert judged(tmp_path, text, "=").verdict in ACCEPTED


def test_the_number_pi_beside_weights_pi_k(tmp_path):
    text = "Weights $\\pi_k > 0$, $\\sum_{k=1}^K \\pi_k = 1$, $\\pi_k = \\frac{e^{b_k}}{\\sum_{j=1}^K e^{b_j}}$.\n\n"
    assert judged(tmp_path, text + r"$$\int_{-\infty}^\infty e^{-x^2} \, dx = \sqrt{\pi}$$", "int").verdict in ACCEPTED


def test_a_part_of_a_formula_that_gets_a_name(tmp_path):
    text = (
        "Let $y = \\tanh(W x + b)$, $L$ a loss of $y$, $g = \\frac{\\partial L}{\\partial "
        "y}$, $z = W x + b$.\n\n$$\\frac{\\partial L}{\\partial z} = "
    )
    assert judged(tmp_path, text + "g \\odot (1 - y \\odot y)$$", "partial z").verdict in ACCEPTED
    assert judged(tmp_path, text + "g \\odot (1 - y)$$", "partial z").verdict == "refuted"


def test_a_value_of_an_example_is_no_fact_elsewhere(tmp_path):
    text = (
        "For $s = 1$ the entropy is $\\frac{1}{2} \\log(2 \\pi e s^2)$.\n\n# "
        "Moments\n\nLet $\\xi \\sim \\mathcal{N}(0, 1)$. Then "
    )
    assert judged(tmp_path, text + "$\\mathbb{E}[(2 + s \\xi)^2] = 4 + s$.", "mathbb{E}").verdict not in ACCEPTED
    assert judged(tmp_path, text + "$\\mathbb{E}[(2 + s \\xi)^2] = 4 + s^2$.", "mathbb{E}").verdict in ACCEPTED


def test_probabilities_near_a_corner_are_tried(tmp_path):
    text = (
        "Let $p_i > 0$, $q_i > 0$, $\\sum_{i=1}^n p_i = 1$, $\\sum_{i=1}^n q_i = 1$, $m_i = \\frac{p_i + q_i}{2}$.\n\n"
        "$$J = \\frac{1}{2} \\sum_{i=1}^n p_i \\log \\frac{p_i}{m_i} + \\frac{1}{2} "
        "\\sum_{i=1}^n q_i \\log \\frac{q_i}{m_i}$$\n\n"
    )
    assert judged(tmp_path, text + "$$J \\le \\log 2$$", "J \\le").verdict == "holds"
    assert judged(tmp_path, text + "$$J \\le \\frac{1}{2} \\log 2$$", "J \\le").verdict not in ACCEPTED


def test_a_step_that_looks_ahead_is_no_slip(tmp_path):
    text = (
        "$$m_t = \\beta_1 m_{t-1} + (1 - \\beta_1) g_t, \\quad v_t = \\beta_2 v_{t-1} + (1 - \\beta_2) g_t^2$$\n\n"
        "$$\\hat m_t = \\frac{m_t}{1 - \\beta_1^t}, \\quad \\hat v_t = \\frac{v_t}{1 "
        "- \\beta_2^t}$$\n\nAdam looks ahead with\n\n"
        "$$\\theta_t = \\theta_{t-1} - \\frac{\\eta}{\\sqrt{\\hat v_t} + \\epsilon} \\left( \\beta_1 \\hat m_t + "
        "\\frac{(1 - \\beta_1) g_t}{1 - \\beta_1^t} \\right)$$\n"
    )
    assert judged(tmp_path, text, "theta_t").verdict == "update"


def test_a_correction_of_one_claim_of_several_is_that_claim(tmp_path):
    found = judged(tmp_path, "Let $f(x) = x^3$.\n\n$$f'(x) = 2 x^2, \\qquad f''(x) = 6 x$$\n", "f'(x)")
    assert found.correction == "f'(x) = 3 x^2"


def test_the_layout_of_the_text_where_sigma_is_the_logistic_function(tmp_path):
    text = (
        "We use the numerator layout. Let $z = w^\\top x$, $w, x \\in \\mathbb{R}^d$, $p = "
        "\\sigma(z)$.\n\n$$\\frac{\\partial p}{\\partial w} = p (1 - p) "
    )
    assert judged(tmp_path, text + "x^\\top$$", "partial p").verdict in ACCEPTED
    assert judged(tmp_path, text + "x$$", "partial p").verdict == "reading-dependent"


def test_an_edit_everywhere_leaves_what_a_sum_runs_over(tmp_path):
    text = "Let $u_a = \\frac{e^{z_a}}{\\sum_{b=1}^A e^{z_b}}$.\n\n$$\\sum_{a=1}^A u_a (q(a) - v) = 1$$\n"
    assert judged(tmp_path, text, "= 1").verdict not in ACCEPTED


def test_a_divergence_beside_a_number_of_parts_of_the_same_name(tmp_path):
    text = (
        "Let $K = \\log \\frac{b}{a}$ be a divergence.\n\nA mixture of $K$ parts: $f = \\sum_{k=1}^K e^{u_k}$.\n\n"
        "$$\\frac{\\partial \\log f}{\\partial u_k} = "
    )
    assert judged(tmp_path, text + "\\frac{e^{u_k}}{f}$$", "partial").verdict in ACCEPTED
    assert judged(tmp_path, text + "e^{u_k} f$$", "partial").verdict == "refuted"


def test_a_formula_that_does_not_fit_the_whole_document_is_read_in_its_part(tmp_path):
    text = (
        "# Points\n\nWith numbers $p > 0$ and $u > 0$ let $f(u) = p u \\log u$. Then $f'(u) = p \\log u$.\n\n"
        "# Sums\n\nLet $p \\in \\mathbb{R}^n$, $W \\in \\mathbb{R}^{m \\times n}$, $u \\in \\mathbb{R}^k$, $z = W p$.\n"
    )
    assert judged(tmp_path, text, "f'(u)").verdict == "refuted"
    assert judged(tmp_path, text.replace("= p \\log u$", "= p (1 + \\log u)$"), "f'(u)").verdict in ACCEPTED


def test_the_samples_beside_a_vector_are_vectors(tmp_path):
    text = (
        "Let $W \\in \\mathbb{R}^{n \\times m}$, $h = W x$ and $k_i(x) = e^{-(x - x_i)^2}$, "
        "$g = \\frac{\\partial L}{\\partial h}$.\n\n"
        "$$\\frac{\\partial L}{\\partial x} = "
    )
    assert judged(tmp_path, text + "W^\\top g$$", "= W").verdict in ACCEPTED
    assert judged(tmp_path, text + "W g$$", "= W").verdict in FOUND


def test_an_open_function_is_no_factor_in_a_part_of_the_document(tmp_path):
    text = (
        "# Units\n\nLet $\\operatorname{unit}(x) = x \\Phi(x)$ with the density $\\varphi(x) = e^{-x^2}$. "
        "Then $\\operatorname{unit}'(x) = \\Phi(x) + x \\varphi(x)$.\n\n"
        "# Sums\n\nLet $x \\in \\mathbb{R}^n$, $\\Phi \\in \\mathbb{R}^{n \\times n}$, $z = \\Phi x$.\n"
    )
    assert judged(tmp_path, text, "unit}'").verdict not in FOUND
