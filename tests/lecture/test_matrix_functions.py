"""Matrices that depend on a number, diagonal matrices, Kronecker products and orthonormal columns."""

from __future__ import annotations

import pytest

from symnet.lecture.verdict import ACCEPTED, FOUND

ROTATION = r"$R(\phi) = \begin{pmatrix} \cos\phi & -\sin\phi \\ \sin\phi & \cos\phi \end{pmatrix}$. Then "
SHEAR = r"$J(s) = \begin{pmatrix} 1 & s \\ 0 & 1 \end{pmatrix}$. Then "


@pytest.mark.parametrize(
    ("defined", "right", "wrong"),
    [
        (ROTATION, r"R(\phi)^{-1} = R(-\phi)", r"R(\phi)^{-1} = R(\phi)"),
        (ROTATION, r"R(\alpha) R(\beta) = R(\alpha + \beta)", r"R(\alpha) R(\beta) = R(\alpha - \beta)"),
        (ROTATION, r"R(0) = I", r"R(0) = -I"),
        (ROTATION, r"R(\phi)^\top R(\phi) = I", r"R(\phi) R(\phi) = I"),
        (ROTATION, r"\frac{d R(\phi)}{d \phi} = R(\phi + \frac{\pi}{2})", r"\frac{d R(\phi)}{d \phi} = R(\phi + \pi)"),
        (SHEAR, r"J(s) J(t) = J(s + t)", r"J(s) J(t) = J(s t)"),
        (SHEAR, r"\operatorname{tr} J(s) = 2", r"\operatorname{tr} J(s) = 2 s"),
    ],
)
def test_a_matrix_that_depends_on_a_number(tell_apart, defined, right, wrong):
    tell_apart(f"{defined}$@$.", right, wrong)


def test_the_value_at_pi_defines_no_function(verdicts):
    found = verdicts(f"{ROTATION}$R(\\pi) = -I$, and $R(\\phi + \\pi) = -R(\\phi)$.")
    assert {found[r"R(\pi) = -I"], found[r"R(\phi + \pi) = -R(\phi)"]} <= set(ACCEPTED)


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        (r"(A \otimes B)^\top = A^\top \otimes B^\top", r"(A \otimes B)^\top = B^\top \otimes A^\top"),
        (r"(A \otimes B)^{-1} = A^{-1} \otimes B^{-1}", r"(A \otimes B)^{-1} = B^{-1} \otimes A^{-1}"),
        (r"(A \otimes B)(C \otimes D) = (A C) \otimes (B D)", r"(A \otimes B)(C \otimes D) = (A C) \otimes (D B)"),
    ],
)
def test_kronecker_products(tell_apart, right, wrong):
    declared = r"Let $A, B, C, D \in \mathbb{R}^{n \times n}$ be invertible. "
    tell_apart(f"{declared}$@$.", right, wrong)


def test_a_product_of_diagonal_matrices_has_their_sizes(verdicts):
    shapes = r"Let $u \in \mathbb{R}^n$, $K \in \mathbb{R}^{n \times m}$, $v \in \mathbb{R}^m$. "
    found = verdicts(shapes + r"$\operatorname{diag}(u) K v = u \odot (K v)$, $\operatorname{diag}(v) K v = u$.")
    assert found[r"\operatorname{diag}(u) K v = u \odot (K v)"] in ACCEPTED
    assert found[r"\operatorname{diag}(v) K v = u"] not in ACCEPTED


SVD = (
    r"Let $X = U \Sigma V^\top$, where $U^\top U = I$, $V^\top V = I$, "
    r"$\Sigma = \operatorname{diag}(\sigma_1, \dots, \sigma_r)$. Then "
)


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        (r"X^\top X = V \Sigma^2 V^\top", r"X^\top X = U \Sigma^2 U^\top"),
        (r"\|X\|_F^2 = \sum_{i=1}^r \sigma_i^2", r"\|X\|_F^2 = \sum_{i=1}^r \sigma_i"),
    ],
)
def test_orthonormal_columns_are_not_more_than_their_entries(verdicts, right, wrong):
    assert verdicts(f"{SVD}${right}$.")[right] in ACCEPTED
    assert verdicts(f"{SVD}${wrong}$.")[wrong] not in ACCEPTED


@pytest.mark.parametrize("words", ["eigenvalues $\\lambda_i$ of $K$", "eigenvalues $\\lambda_i$"])
def test_eigenvalues_are_no_free_numbers(verdicts, words):
    shapes = r"Let $K \in \mathbb{R}^{n \times n}$ be symmetric, with the "
    said = r"\operatorname{tr}(K K) = \sum_i \lambda_i^2"
    assert verdicts(f"{shapes}{words}. Then ${said}$.")[said] not in FOUND


def test_vec_stacks_columns_or_rows(verdicts):
    found = verdicts(
        r"$\operatorname{vec}(A X B) = (B^\top \otimes A) \operatorname{vec}(X)$ or, by rows, "
        r"$\operatorname{vec}(A X B) = (A \otimes B^\top) \operatorname{vec}(X)$, and "
        r"$\operatorname{vec}(A)^\top \operatorname{vec}(B) = \operatorname{tr}(A^\top B)$."
    )
    assert list(found.values()) == ["holds", "reading-dependent", "holds"]


def test_orthonormal_columns_make_no_square_matrix(verdicts):
    found = verdicts(SVD + r"$X^+ = V \Sigma^{-1} U^\top$ has $X^+ X = V V^\top$, and not $X^+ X = V^\top V$.")
    assert found[r"X^+ X = V V^\top"] in ACCEPTED
    assert found[r"X^+ X = V^\top V"] not in ACCEPTED


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        (r"|z|^2 = z^\top z", r"|z|^2 = 2 z^\top z"),
        (r"|z| = \sqrt{z^\top z}", r"|z| = z^\top z"),
        (r"|u + z|^2 = |u|^2 + 2 u^\top z + |z|^2", r"|u + z|^2 = |u|^2 + u^\top z + |z|^2"),
        (r"|A z|^2 = z^\top A^\top A z", r"|A z|^2 = z^\top A A z"),
        (r"u^\top z \le |u| |z|", r"u^\top z \le |u|^2 |z|"),
        (r"u^\top z \le \|u\| \|z\|", r"u^\top z \le \|u\| \|z\|^2"),
    ],
)
def test_bars_of_a_vector_are_its_length(tell_apart, right, wrong):
    said = r"Let $u, z \in \mathbb{R}^n$ and $A \in \mathbb{R}^{n \times n}$. "
    tell_apart(f"{said}Then $@$.", right, wrong)


def test_bars_that_are_one_are_of_unit_vectors(tell_apart):
    said = r"Let $u, z \in \mathbb{R}^n$. If $|u| = |z| = 1$, then "
    right, wrong = r"|u - z|^2 = 2 - 2 u^\top z", r"|u - z|^2 = 1 - 2 u^\top z"
    tell_apart(f"{said}$@$.", right, wrong)


def test_bars_of_numbers_are_their_absolute_values(verdicts):
    found = verdicts(
        r"Let $z \in \mathbb{R}^n$. Then $|c z_i| = |c| |z_i|$, $\|z\|_1 = \sum_{i=1}^n |z_i|$, $|c|^2 = c^2$."
    )
    assert {*found.values()} <= {*ACCEPTED, "definition"}


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        (r"\det e^{A t} = e^{t \operatorname{tr} A}", r"\det e^{A t} = t e^{\operatorname{tr} A}"),
        (r"e^{-A} = (e^A)^{-1}", r"e^{-A} = (e^A)^\top"),
        (r"e^{J t} = I \cos t + J \sin t", r"e^{J t} = \cos t + J"),
    ],
)
def test_the_exponential_of_a_matrix_is_its_series(verdicts, right, wrong):
    said = (
        r"Let $A \in \mathbb{R}^{n \times n}$ and $J = \begin{pmatrix} 0 & 1 \\ -1 & 0 \end{pmatrix}$, so $J^2 = -I$. "
    )
    assert verdicts(f"{said}Then ${right}$.")[right] in ACCEPTED
    assert verdicts(f"{said}Then ${wrong}$.")[wrong] not in ACCEPTED


def test_the_exponential_of_scores_is_taken_of_each(verdicts):
    found = verdicts(r"Let $S \in \mathbb{R}^{n \times n}$ and $P = e^S$. Then $P_{ij} = e^{S_{ij}}$.")
    assert found[r"P_{ij} = e^{S_{ij}}"] in (*ACCEPTED, "definition")


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        (r"(W x)_i = \sum_{j=1}^n W_{ij} x_j", r"(W x)_i = \sum_{j=1}^n W_{ji} x_j"),
        (r"(W^\top W)_{ij} = \sum_{k=1}^m W_{ki} W_{kj}", r"(W^\top W)_{ij} = \sum_{k=1}^m W_{ik} W_{jk}"),
        (r"[g x^\top]_{ij} = g_i x_j", r"[g x^\top]_{ij} = g_j x_i"),
        (r"\frac{\partial (W x)_i}{\partial x_j} = W_{ij}", r"\frac{\partial (W x)_i}{\partial x_j} = W_{ji}"),
        (r"\sum_{i=1}^m (W x)_i = \mathbf{1}^\top W x", r"\sum_{i=1}^m (W x)_i = \mathbf{1}^\top W^\top x"),
    ],
)
def test_entries_of_what_stands_in_brackets(tell_apart, right, wrong):
    tell_apart(
        r"Let $W \in \mathbb{R}^{m \times n}$, $x \in \mathbb{R}^n$, $g \in \mathbb{R}^m$. Then $@$.", right, wrong
    )


def test_entries_of_what_stands_in_brackets_are_read_back_with_them(findings):
    found = findings(r"Let $A \in \mathbb{R}^{n \times n}$. Then $(A A)_{ij} = \sum_{k=1}^n A_{ik} A_{kj}$.")
    assert r"(A A)_{i,j} = " in found[r"(A A)_{ij} = \sum_{k=1}^n A_{ik} A_{kj}"].reading


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        (r"h(u) - h(2 - u) = 1 - u", r"h(u) - h(2 - u) = 1 + u"),
        (r"(x)_+ - (-x)_+ = x", r"(x)_+ - (-x)_+ = 2 x"),
        (r"[x]_+^2 - [-x]_+^2 = x |x|", r"[x]_+^2 - [-x]_+^2 = 2 x |x|"),
    ],
)
def test_the_positive_part(tell_apart, right, wrong):
    tell_apart("The hinge loss is $h(u) = [1 - u]_+$. Then $@$.", right, wrong)
