r"""Eigenvalues, singular values, operator norms, and the order of symmetric matrices."""

from __future__ import annotations

import mpmath
import pytest

from symnet.lecture.values.matrices import matrix
from symnet.lecture.values.spectra import eigenvalues, singular_values
from symnet.lecture.verdict import ACCEPTED

SYMMETRIC = r"Let $A \in \mathbb{R}^{n \times n}$ be symmetric and $x \in \mathbb{R}^n$. "
SQUARE = r"For $M, N \in \mathbb{R}^{n \times n}$ with the spectral norm $\|M\|_2$: "
RIDGE = r"Let $X \in \mathbb{R}^{m \times d}$, $\alpha > 0$ and $H = X^\top X + \alpha I$. "


@pytest.mark.parametrize(
    ("text", "right", "wrong"),
    [
        (SYMMETRIC, r"x^\top A x \le \lambda_{\max}(A) \|x\|^2", r"x^\top A x \le \lambda_{\min}(A) \|x\|^2"),
        (SYMMETRIC, r"\lambda_{\max}(-A) = -\lambda_{\min}(A)", r"\lambda_{\max}(-A) = -\lambda_{\max}(A)"),
        (SQUARE, r"\|M N\|_2 \le \|M\|_2 \|N\|_2", r"\|M N\|_2 \ge \|M\|_2 \|N\|_2"),
        (SQUARE, r"\|M\|_2 = \sqrt{\lambda_{\max}(M^\top M)}", r"\|M\|_2 = \lambda_{\max}(M^\top M)"),
        (SQUARE, r"\|M\|_2 \le \|M\|_F", r"\|M\|_F \le \|M\|_2"),
        (SQUARE, r"\|M\|_F \le \|M\|_*", r"\|M\|_* \le \|M\|_F"),
        (SQUARE, r"\sigma_{\max}(2 M) = 2 \sigma_{\max}(M)", r"\sigma_{\max}(2 M) = 4 \sigma_{\max}(M)"),
        ("", r"\operatorname{rank}(x x^\top) = 1", r"\operatorname{rank}(x x^\top) = 2"),
        (RIDGE, r"\lambda_{\min}(H) \ge \alpha", r"\lambda_{\max}(H) \le \alpha"),
        (RIDGE, r"\|H^{-1}\|_2 = \frac{1}{\lambda_{\min}(H)}", r"\|H^{-1}\|_2 = \frac{1}{\lambda_{\max}(H)}"),
        (RIDGE, r"H \succeq \alpha I", r"H \preceq \alpha I"),
        (r"Let $P \succeq 0$ and $Q \succeq 0$. ", r"P + Q \succeq P", r"P \succeq P + Q"),
        (r"For $S \succ 0$ ", r"S \preceq \lambda_{\max}(S) I", r"S \preceq \lambda_{\min}(S) I"),
    ],
)
def test_what_is_said_of_spectra(tell_apart, text, right, wrong):
    tell_apart(f"{text}we have $@$.\n", right, wrong)


@pytest.mark.parametrize(
    ("text", "right", "wrong"),
    [
        (
            r"Let $K \in \mathbb{R}^{n \times n}$ be symmetric with eigenvalues $\mu_i$. Then",
            r"\operatorname{tr} K^2 = \sum_{i=1}^n \mu_i^2",
            r"\operatorname{tr} K^2 = \sum_{i=1}^n \mu_i",
        ),
        (
            r"Let $K \in \mathbb{R}^{n \times n}$ be symmetric with eigenvalues $\mu_1 \ge \dots \ge \mu_n$. Then",
            r"\log \det (I + K) = \sum_{i=1}^n \log(1 + \mu_i)",
            r"\log \det (I + K) = \sum_{i=1}^n \log \mu_i",
        ),
        (
            r"Let $s_i$ be the singular values of $D \in \mathbb{R}^{m \times n}$. Then",
            r"\|D\|_F^2 = \sum_i s_i^2",
            r"\|D\|_F = \sum_i s_i",
        ),
        (
            r"Пусть $B \in \mathbb{R}^{n \times n}$ — матрица с собственными числами $\beta_1, \dots, \beta_n$. Тогда",
            r"\det B = \prod_{i=1}^n \beta_i",
            r"\det B = \sum_{i=1}^n \beta_i",
        ),
    ],
)
def test_names_that_words_call_eigenvalues_or_singular_values(tell_apart, text, right, wrong):
    tell_apart(f"{text}\n\n$$@$$\n", right, wrong)


@pytest.mark.parametrize(("order", "accepted"), [(r"\le", True), (r"\ge", False)])
def test_eigenvalues_are_counted_as_the_text_says(verdicts, order, accepted):
    bound = r"x^\top K x \ge \mu_1 \|x\|^2"
    said = rf"Let $K \in \mathbb{{R}}^{{n \times n}}$ have eigenvalues $\mu_1 {order} \dots {order} \mu_n$. Then"
    assert (verdicts(f"{said} for all $x$\n\n$${bound}$$\n", bound)[bound] in ACCEPTED) == accepted


def test_the_same_letter_for_the_eigenvalues_of_another_matrix(verdicts):
    said = r"Let ${0} \in \mathbb{{R}}^{{n \times n}}$ be symmetric with eigenvalues $\lambda_i$. Then"
    claims = [r"\operatorname{tr} A = \sum_{i=1}^n \lambda_i", r"\operatorname{tr} B = \sum_{i=1}^n \lambda_i"]
    text = "\n\n".join(f"# Of {name}\n\n{said.format(name)}\n\n$${claim}$$" for name, claim in zip("AB", claims))
    assert [verdicts(text)[claim] for claim in claims] == ["holds", "holds"]
    other = text.replace(said.format("B"), r"Let $B = Q^\top D Q$ have eigenvalues $\lambda_i$. Then")
    assert verdicts(other)[claims[1]] != "refuted"


@pytest.mark.parametrize("claim", [r"A v_i = \lambda_i v_i", r"A = \sum_{i=1}^n \lambda_i v_i v_i^\top"])
def test_eigenvectors_are_not_refuted(verdicts, claim):
    text = r"Let $A \in \mathbb{R}^{n \times n}$ be symmetric with eigenvalues $\lambda_i$ and eigenvectors $v_i$. Then"
    assert verdicts(f"{text}\n\n$${claim}$$\n", claim)[claim] in ("condition", "definition", "needs-context")


def test_a_chain_with_dots_is_a_condition(verdicts):
    text = r"Let $K \in \mathbb{R}^{n \times n}$ have the eigenvalues $\lambda_1 \ge \dots \ge \lambda_n$."
    assert [*verdicts(text).values()][1:] == ["condition", "condition"]


def test_the_slope_of_a_singular_value(tell_apart):
    """The largest singular value of u v^T is the product of the lengths."""
    text = r"For $u, v \in \mathbb{R}^n$ let $s(t) = \sigma_{\max}(t u v^\top)$ for $t > 0$. Then $@$."
    tell_apart(text, r"s'(t) = \|u\| \|v\|", r"s'(t) = \|u\|^2 \|v\|^2")


@pytest.mark.parametrize(
    ("more", "verdict"), [("", "needs-context"), (" Here $\\|W\\|_2$ is the spectral norm of $W$.", "refuted")]
)
def test_the_norm_of_weight_decay_may_be_the_one_of_frobenius(verdicts, more, verdict):
    text = f"Let $R = \\frac{{\\lambda}}{{2}} \\|W\\|_2^2$ for $W \\in \\mathbb{{R}}^{{n \\times m}}$.{more}\n\n"
    slope = r"\nabla_W R = \lambda W"
    assert verdicts(f"{text}$${slope}$$\n", slope)[slope] == verdict


def test_the_matrix_of_eigenvalues_is_assumed_to_be_symmetric(findings):
    claim = r"x^\top B x \le \lambda_{\max}(B) \|x\|^2"
    found = findings(rf"For $B \in \mathbb{{R}}^{{n \times n}}$ we have ${claim}$.")[claim]
    assert found.verdict in ACCEPTED
    assert "B is symmetric" in [a.fact for a in found.assumptions]


@pytest.mark.parametrize("shape", [(2, 2), (3, 2), (2, 4)])
def test_values_are_those_of_the_product_with_the_transpose(shape):
    with mpmath.workdps(30):
        rows, columns = map(range, shape)
        a = matrix([[mpmath.mpf(3 * i + 2 * j * j + 1) / (i + j + 1) for j in columns] for i in rows])
        small = a.T @ a if shape[1] <= shape[0] else a @ a.T
        squares = eigenvalues(small, (0, 0))
        assert all(abs(s * s - e) < 1e-20 for s, e in zip(singular_values(a, (0, 0)), squares))
