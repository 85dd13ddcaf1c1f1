r"""Claims that their own part of the document decides, where other parts use the same names for other things."""

from __future__ import annotations

import pytest

from symnet.lecture.verdict import ACCEPTED, FOUND

#: parts of a lecture with a formula at @, before or behind another part in which its names are something else
PARTS = {
    "a loss of one encoder, x_t of steps elsewhere": (
        "# Steps\n\n$x_t = a_t x_0 + b_t \\epsilon$ and $V \\in \\mathbb{R}^n$.\n\n# Encoder\n\n"
        "Let $\\hat x = V (U x)$ with $U \\in \\mathbb{R}^{k \\times d}$, $V \\in \\mathbb{R}^{d \\times k}$ and "
        "$\\ell = \\frac{1}{2} \\|\\hat x - x\\|^2$. Then $@$.",
        r"\frac{\partial \ell}{\partial U} = V^\top (\hat x - x) x^\top",
        r"\frac{\partial \ell}{\partial U} = V (\hat x - x) x^\top",
    ),
    "a probability, a vector of them elsewhere": (
        "# Softmax\n\n$z \\in \\mathbb{R}^K$, $p_k = e^{z_k} / \\sum_{j=1}^K e^{z_j}$, so $\\sum_{k=1}^K p_k = 1$.\n\n"
        "# Focal loss\n\nLet $F = -(1 - p)^\\gamma \\log p$. Then $@$.",
        r"\frac{\partial F}{\partial p} = \gamma (1 - p)^{\gamma - 1} \log p - \frac{(1 - p)^\gamma}{p}",
        r"\frac{\partial F}{\partial p} = \gamma (1 - p)^\gamma \log p - \frac{(1 - p)^\gamma}{p}",
    ),
    "points, and a softmax with the name of one of them later": (
        "# Triplets\n\nWe write $d = \\|a - p\\|^2 - \\|a - n\\|^2$. Then\n\n"
        "$$\\frac{\\partial d}{\\partial p} = -2 (a - p)$$\n\nand\n\n$$@$$\n\n"
        "# Softmax\n\n$p_j = e^{s_j} / \\sum_{i=1}^K e^{s_i}$ with $\\sum_{j=1}^K p_j = 1$ and $s = q^\\top k$.\n",
        "2 (a - p) - 2 (a - n) = 2 (n - p)",
        "2 (a - p) - 2 (a - n) = 2 (p - n)",
    ),
    "a step with a bounded number, a matrix of that name elsewhere": (
        "# Errors\n\nWith $0 < \\gamma < 1$ let $\\delta_t = r_t + \\gamma V_{t+1} - V_t$. Then $@$.\n\n"
        "# Scores\n\n$\\partial \\pi_a / \\partial \\theta_b = \\pi_a (\\delta_{ab} - \\pi_b)$\n\n"
        "# Values\n\n$v = r + \\gamma P v$ with $P \\in \\mathbb{R}^{n \\times n}$, $r, v \\in \\mathbb{R}^n$.\n",
        r"\delta_t + \gamma \delta_{t+1} = r_t + \gamma r_{t+1} + \gamma^2 V_{t+2} - V_t",
        r"\delta_t + \gamma \delta_{t+1} = r_t + \gamma r_{t+1} + \gamma V_{t+2} - V_t",
    ),
}


@pytest.mark.parametrize(("text", "right", "wrong"), PARTS.values(), ids=PARTS)
def test_a_part_of_the_document_decides_what_the_whole_leaves_open(tell_apart, text, right, wrong):
    tell_apart(text, right, wrong)


def test_what_another_part_says_of_the_values_of_a_name_holds(verdicts):
    """That K is symmetric stands under another heading; without it the gradient would be wrong."""
    claim = r"\frac{\partial q}{\partial y} = 2 K y"
    text = (
        "# Kernels\n\nLet $K \\in \\mathbb{R}^{n \\times n}$ be the matrix of the kernel, symmetric and positive.\n\n"
        f"# Fit\n\nWith $y \\in \\mathbb{{R}}^n$ let $q = y^\\top K y$. Then ${claim}$.\n"
    )
    assert verdicts(text)[claim] in ACCEPTED
    assert verdicts(text.replace("symmetric and ", ""))[claim] not in ACCEPTED


def test_a_function_with_the_name_of_a_matrix_is_not_that_matrix(tell_apart):
    text = (
        "# Families\n\n$A(\\eta) = \\log(1 + e^\\eta)$\n\n# Matrices\n\n"
        "For $A \\in \\mathbb{R}^{m \\times n}$ and $B \\in \\mathbb{R}^{n \\times m}$ we have $@$.\n"
    )
    tell_apart(text, r"(A B)^\top = B^\top A^\top", r"(A B)^\top = A^\top B^\top")


def test_what_a_formula_that_is_not_read_may_define_refutes_nothing(verdicts):
    text = (
        "$$R_m = \\begin{pmatrix} \\cos m x & 0 \\\\ 0 & 1 \\end{pmatrix}$$\n\n$R_m R_n = R_{m + n}$ for all $m, n$.\n"
    )
    found = verdicts(text)
    assert found["R_m R_n = R_{m + n}"] == "needs-context"


def test_all_readings_of_a_document_get_their_share_of_the_time(verdicts):
    """One context that takes long, of a recurrence with an open f, leaves the others time to accept the claim."""
    claim = r"\frac{\partial \alpha_{ij}}{\partial e_{ik}} = \alpha_{ij} (\delta_{jk} - \alpha_{ik})"
    text = (
        "# Descent\n\nLet $x \\in \\mathbb{R}^n$ and $x_{k+1} = x_k - \\eta \\nabla f(x_k)$, $e_k = x_k - x^*$.\n\n"
        "# Attention\n\nFor $N$ nodes $\\alpha_{ij} = \\frac{\\exp(e_{ij})}{\\sum_{k=1}^N \\exp(e_{ik})}$, and\n\n"
        f"$${claim}$$\n"
    )
    assert verdicts(text)[claim] not in FOUND


def test_what_later_headings_say_of_a_name_keeps_no_claim_from_being_accepted(tell_apart):
    text = (
        "# Densities\n\nTake $x = a z + b$ with $a \\neq 0$; then $z = \\frac{x - b}{a}$. The density is\n"
        "$$\\phi(z) = \\frac{1}{\\sqrt{2 \\pi}} e^{-z^2 / 2}$$\nIts score is\n$$@$$\n\n# Flows\n\n"
        "A flow is $f(z) = z + u \\tanh(w^\\top z + b)$ with vectors $u, w, z \\in \\mathbb{R}^d$. Its Jacobian is\n"
        "$$\\frac{\\partial f}{\\partial z} = I + (1 - \\tanh^2(w^\\top z + b)) u w^\\top$$\n"
    )
    tell_apart(text, r"\frac{d}{dz} \log \phi(z) = -z", r"\frac{d}{dz} \log \phi(z) = z")
