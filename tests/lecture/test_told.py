"""What the prose calls a name: what holds for numbers is not said of matrices."""

from __future__ import annotations

import pytest

from symnet.lecture.verdict import ACCEPTED

SQUARE = "(A + B)^2 = A^2 + 2 A B + B^2"


@pytest.mark.parametrize(
    "words",
    [
        "Let $A$ and $B$ be square matrices.",
        "For matrices $A$ and $B$ of one size.",
        r"$A$ is an $n \times n$ matrix and $B$ a symmetric one.",
        "Пусть $A$, $B$ — квадратные матрицы.",
        r"Let $A \in \mathbb{R}^{n \times n}$ and $B$ be positive definite.",
    ],
)
def test_matrices_do_not_commute(verdicts, words):
    assert verdicts(f"{words} Then ${SQUARE}$.")[SQUARE] == "refuted"


@pytest.mark.parametrize("words", ["where $B$ is an invertible matrix", "где матрица $B$ обратима"])
def test_what_is_called_invertible_is_square(tell_apart, words):
    text = (
        "Let $A \\in \\mathbb{R}^{d \\times d}$ be positive definite and "
        f"$\\theta = B \\phi$, {words}. With $g_\\phi = B^\\top g$ and $A_\\phi = B^\\top A B$ we have $@$.\n"
    )
    tell_apart(text, r"B A_\phi^{-1} g_\phi = A^{-1} g", r"B^\top A_\phi^{-1} g_\phi = A^{-1} g")


@pytest.mark.parametrize("words", ["Let $A$ and $B$ be numbers.", "$A$ is a scalar, and so is $B$."])
def test_numbers_do(verdicts, words):
    assert verdicts(f"{words} Then ${SQUARE}$.")[SQUARE] in ACCEPTED


def test_capitals_among_matrices_have_to_be_introduced(findings):
    finding = findings(f"# Matrices\n\nThe square of a sum: ${SQUARE}$.")[SQUARE]
    assert finding.verdict == "reading-dependent"
    assert "matrices A, B" in finding.reason
    assert findings(f"# Numbers\n\nThe square of a sum: ${SQUARE}$.")[SQUARE].verdict in ACCEPTED
    letters_of_losses = "(C + E)^2 = C^2 + 2 C E + E^2"
    found = findings(f"# Matrices\n\nThe square of a sum: ${letters_of_losses}$.")
    assert found[letters_of_losses].verdict == "reading-dependent"
    exponentials = "e^{F + G} = e^F e^G"
    assert findings(f"# Matrices\n\nSums: ${exponentials}$.")[exponentials].verdict == "reading-dependent"


@pytest.mark.parametrize(
    "words",
    [
        "Let $A$ be the rank of the matrix and $B$ the number of its rows.",
        "The size $A$ of the matrix, and its trace $B$.",
        "Each row of $A$ is a vector, and so is each one of $B$.",
    ],
)
def test_what_is_said_of_something_else(findings, words):
    assert findings(f"{words} Then ${SQUARE}$.")[SQUARE].verdict != "refuted"


def test_the_next_name_is_another_one(verdicts):
    said = r"For a unit vector $u$ the matrix $R = I - 2 u u^\top$ is a reflection: "
    assert verdicts(f"{said}$R u = -u$.")["R u = -u"] in ACCEPTED


def test_an_adjective_behind_the_last_of_two_names_is_of_that_one(verdicts):
    said = r"Let $M \in \mathbb{R}^{n \times n}$ be invertible and $S$ symmetric. "
    gradient = r"\nabla_M \log |\det M| = M^{-1}"
    assert verdicts(f"{said}${gradient}$.")[gradient] not in ACCEPTED


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        (r"\sqrt{a b} = \sqrt{a} \sqrt{b}", r"\sqrt{a b} = \sqrt{a} + \sqrt{b}"),
        (r"\sqrt{c^2} = -c", r"\sqrt{c^2} = c"),
        (r"|a c| = -a c", r"|a c| = a c"),
    ],
)
def test_the_signs_of_numbers(tell_apart, right, wrong):
    tell_apart("Let $a$ and $b$ be positive numbers and $c$ a negative one. Then $@$.", right, wrong)


DEFINITE = "Let $S$ be a symmetric positive definite matrix. "


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        (r"\log\det S = \operatorname{tr} \log S", r"\log\det S = \operatorname{tr} S"),
        (r"\log S^2 = 2 \log S", r"\log S^2 = 3 \log S"),
        (r"(x^\top y)^2 \le (x^\top S x)(y^\top S^{-1} y)", r"(x^\top y)^2 \ge (x^\top S x)(y^\top S^{-1} y)"),
    ],
)
def test_definite_matrices(tell_apart, right, wrong):
    tell_apart(f"{DEFINITE}$@$.", right, wrong)


@pytest.mark.parametrize("bound", [r"x^\top S x \ge 0", r"\det S > 0", r"x^\top (S + I) x \ge x^\top x"])
def test_bounds_of_definite_matrices(verdicts, bound):
    assert verdicts(f"{DEFINITE}${bound}$.")[bound] == "holds"
    assert verdicts(f"Let $S$ be a symmetric matrix. ${bound}$.")[bound] not in ACCEPTED


def test_an_orthogonal_matrix_may_reflect(verdicts):
    of = "matrix $Q$ with $Q Q^\\top = I$: "
    one, square = r"\det Q = 1", r"(\det Q)^2 = 1"
    found = verdicts(f"For an orthogonal {of}${one}$ and ${square}$.")
    assert found[one] not in ACCEPTED and found[square] in ACCEPTED
    assert verdicts(f"For a rotation {of}${one}$.")[one] in ACCEPTED


def test_names_behind_a_gradient(tell_apart):
    said = r"Let $M \in \mathbb{R}^{n \times n}$ be invertible and $x \in \mathbb{R}^n$. "
    wrong = r"\nabla_M x^\top M^{-1} x = x x^\top"
    right = r"\nabla_M x^\top M^{-1} x = -M^{-\top} x x^\top M^{-\top}"
    tell_apart(f"{said}$@$.", right, wrong)


@pytest.mark.parametrize(
    "said", ["be a one-hot vector", "be the components of a vector with sum one, $\\sum_k y_k = 1$,"]
)
def test_of_numbers_in_a_list_a_vector_is_all_of_them(tell_apart, said):
    text = f"Let $y_1, \\dots, y_K$ {said} and $q_k = (1 - \\epsilon) y_k + \\frac{{\\epsilon}}{{K}}$. Then\n\n$$@$$\n"
    tell_apart(text, r"\sum_{k=1}^K q_k = 1", r"\sum_{k=1}^K q_k = 1 - \epsilon")


@pytest.mark.parametrize(
    "said",
    [
        r"For constant gradients $g_t = g$ and $v_t = \mu v_{t-1} + g_t$, $v_0 = 0$, we get",
        r"Let $v_0 = 0$ and $v_t = \mu v_{t-1} + g$. Then",
        r"Let $v_{t+1} = \mu v_t + g$ with $v_0 = 0$. Then",
    ],
)
def test_the_first_step_is_told_beside_the_others(tell_apart, said):
    """Elsewhere v = 0 is only a value of v."""
    tell_apart(f"{said} $@$.", r"v_t = \frac{1 - \mu^t}{1 - \mu} g", r"v_t = \frac{1 - \mu^t}{1 + \mu} g")
