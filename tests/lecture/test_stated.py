r"""What prose says of matrices, and of which of them: symmetric, orthogonal."""

from __future__ import annotations

import pytest

from symnet.lecture.verdict import ACCEPTED
from tests.lecture.pages import judged


@pytest.mark.parametrize(
    "prose",
    [
        r"Let $M \in \mathbb{R}^{d \times d}$ and $N \in \mathbb{R}^{d \times "
        r"d}$ be symmetric positive definite matrices.",
        r"Let $M$, $N$ be symmetric, $M, N \in \mathbb{R}^{d \times d}$.",
        r"Пусть $M \in \mathbb{R}^{d \times d}$ и $N \in \mathbb{R}^{d \times d}$ — симметричные матрицы.",
    ],
)
def test_what_is_said_of_a_list_is_said_of_all_in_it(tmp_path, prose):
    assert judged(tmp_path, f"{prose} Then\n\n$$(M N)^\\top = N M.$$\n", "N M").verdict in ACCEPTED


def test_what_is_said_of_one_of_two_is_not_said_of_the_other(tmp_path):
    text = (
        "Let $M, N \\in \\mathbb{R}^{d \\times d}$, where $M$ is symmetric and "
        "the matrix $N$ is any.\n\n$$(M N)^\\top = N M.$$\n"
    )
    assert judged(tmp_path, text, "N M").verdict not in ACCEPTED


@pytest.mark.parametrize(("formula", "accepted"), [("P^2 = P", True), ("P^2 = I", False)])
@pytest.mark.parametrize(
    "prose",
    ["The residual is orthogonal to the columns of $X$", "Остаток и $X$ ортогональны, столбцы ортогональны вектору"],
)
def test_orthogonal_to_something_is_no_orthogonal_matrix(tmp_path, prose, formula, accepted):
    text = (
        f"Let $X \\in \\mathbb{{R}}^{{n \\times d}}$ and $P = X (X^\\top "
        f"X)^{{-1}} X^\\top$. {prose}.\n\n$${formula}$$\n"
    )
    assert (judged(tmp_path, text, formula).verdict in ACCEPTED) == accepted


def test_a_tall_matrix_with_orthonormal_columns_stays_tall(tmp_path):
    text = "Let $Q \\in \\mathbb{R}^{n \\times k}$ be orthogonal (orthonormal columns), $P = Q Q^\\top$.\n\n$$"
    assert judged(tmp_path, text + "P^2 = P$$", "P^2").verdict in ACCEPTED
    assert judged(tmp_path, text + "P^2 = I$$", "P^2").verdict not in ACCEPTED


INVERSE = r"\nabla_A \log |\det A| = A^{-1}"


def test_a_case_under_another_heading_is_none_of_this_one(tmp_path):
    text = (
        "# Quotients\n\nThe quotient $r = \\frac{x^\\top A x}{x^\\top x}$ with "
        "a symmetric $A \\in \\mathbb{R}^{n \\times n}$ "
        f"is bounded.\n\n# Determinants\n\nFor an invertible $A$ we have ${INVERSE}$.\n"
    )
    assert judged(tmp_path, text, "log").verdict not in ACCEPTED
    let = text.replace("with a symmetric", "is known. Let us agree on a symmetric")
    assert judged(tmp_path, let, "log").verdict in ACCEPTED


def test_a_matrix_that_is_transposed_elsewhere_is_not_symmetric(tmp_path):
    text = (
        "Let $B \\in \\mathbb{R}^{n \\times n}$, $x \\in \\mathbb{R}^n$, $z = B x$, $L = "
        "\\frac{1}{2} \\|z\\|^2$.\n\n$$\\frac{\\partial L}{\\partial x} = "
    )
    assert judged(tmp_path, text + "B z$$", "B z").verdict == "needs-hypothesis"
    found = judged(tmp_path, text + "B z$$\n\nThe adjoint map is $B^\\top$.\n", "B z")
    assert found.verdict == "refuted"
    assert found.correction == r"\frac{\partial L}{\partial x} = B^\top z"


def test_nothing_is_differentiated_by_a_bit(tmp_path):
    text = "Binary $x$ are rounded.\n\nLet $f(x) = \\sin(2 \\pi x)$. Then $f''(x) = 4 \\pi^2 \\sin(2 \\pi x)$.\n"
    assert judged(tmp_path, text, "f''").verdict == "refuted"


@pytest.mark.slow
def test_the_entropy_of_smoothed_labels_is_bounded(verdicts):
    """Shapes that fit under one reading are no clash; what is stated of y holds for bounds."""
    said = r"The label $y$ is one-hot. Let $q_k = (1 - s) y_k + \frac{s}{K}$ and $H(q) = -\sum_{k=1}^K q_k \log q_k$. "
    right, wrong = r"H(q) \le \log K", r"H(q) \le \log 2 - 1"
    assert verdicts(f"{said}So ${right}$.")[right] in ACCEPTED
    assert verdicts(f"{said}So ${wrong}$.")[wrong] not in ACCEPTED


@pytest.mark.parametrize(
    ("prose", "accepted"),
    [
        (
            r"Here $M \in \mathbb{R}^{d \times d}$, $N$ and $S$ are symmetric, with $N \in \mathbb{R}^{d \times d}$.",
            True,
        ),
        (r"Let $M, N \in \mathbb{R}^{d \times d}$, $M_{ij} = M_{ji}$ and $N_{ij} = N_{ji}$.", True),
        (
            r"Here $M \in \mathbb{R}^{d \times d}$, $N$ and $S$ are large, with $N \in \mathbb{R}^{d \times d}$.",
            False,
        ),
    ],
)
def test_a_symmetry_may_be_said_of_entries_and_of_lists_that_declare(tmp_path, prose, accepted):
    found = judged(tmp_path, f"{prose} Then\n\n$$(M N)^\\top = N M$$\n", "N M").verdict
    assert (found in ACCEPTED) is accepted


@pytest.mark.parametrize(
    ("what", "accepted"),
    [("be the kernel matrix of the inputs, symmetric and regular", True), ("be the Hessian of a symmetric", False)],
)
def test_what_is_introduced_may_be_said_to_be_symmetric_behind_what_it_is(tmp_path, what, accepted):
    text = f"Let $K \\in \\mathbb{{R}}^{{n \\times n}}$ {what} function. With $q = y^\\top K y$, where "
    text += "$y \\in \\mathbb{R}^n$, we find\n\n"
    found = judged(tmp_path, text + "$$\\frac{\\partial q}{\\partial y} = 2 K y$$\n", "2 K y")
    assert (found.verdict in ACCEPTED) is accepted


def test_two_distributions_are_stated_together(tell_apart):
    said = r"For distributions $p, q$ on $n$ points $@$."
    half = r"\frac{1}{2} \sum_{i=1}^n (\sqrt{p_i} - \sqrt{q_i})^2 = 1 - \sum_{i=1}^n "
    tell_apart(said, half + r"\sqrt{p_i q_i}", half + "p_i q_i")
