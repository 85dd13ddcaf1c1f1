"""What the text assumes holds where a claim is tried: equations, lengths, cases told in words."""

from __future__ import annotations

import pytest

from symnet.lecture.verdict import ACCEPTED, FOUND

ASSUMED = [
    (
        r"Let $a, b \in \mathbb{R}^n$ with $a^\top b = 0$.",
        r"\|a + b\|^2 = \|a\|^2 + \|b\|^2",
        r"\|a + b\|^2 = \|a\|^2 - \|b\|^2",
    ),
    (
        r"Let $q$ and $r$ be orthogonal vectors in $\mathbb{R}^n$.",
        r"\|q - r\|^2 = \|q\|^2 + \|r\|^2",
        r"\|q - r\|^2 = \|q\|^2 + 2 \|r\|^2",
    ),
    (
        r"Пусть векторы $q, r \in \mathbb{R}^n$ ортогональны.",
        r"\|q - r\|^2 = \|q\|^2 + \|r\|^2",
        r"\|q - r\|^2 = \|q\|^2 + 2 \|r\|^2",
    ),
    (
        r"Let $x_1, \dots, x_n$ be numbers with $\sum_{i=1}^n x_i = 0$.",
        r"\sum_{i=1}^n (x_i - m)^2 = \sum_{i=1}^n x_i^2 + n m^2",
        r"\sum_{i=1}^n (x_i - m)^2 = \sum_{i=1}^n x_i^2 - n m^2",
    ),
    (
        r"Let $B, C \in \mathbb{R}^{n \times n}$ with $B C = C B$.",
        "(B + C)^2 = B^2 + 2 B C + C^2",
        "(B + C)^2 = B^2 + B C + C^2",
    ),
    (r"Let $H \in \mathbb{R}^{n \times n}$ satisfy $H^2 = H$.", "(I - H)^2 = I - H", "(I - H)^2 = I + H"),
    (
        r"Let $z_1, \dots, z_n \in \mathbb{R}^d$ with $\|z_i\| = 1$.",
        r"\|z_i - z_j\|^2 = 2 - 2 z_i^\top z_j",
        r"\|z_i - z_j\|^2 = 2 - z_i^\top z_j",
    ),
    (
        r"Let $u_1, \dots, u_k \in \mathbb{R}^d$ with $u_i^\top u_j = \delta_{ij}$.",
        r"\| \sum_{i=1}^k c_i u_i \|^2 = \sum_{i=1}^k c_i^2",
        r"\| \sum_{i=1}^k c_i u_i \|^2 = 2 \sum_{i=1}^k c_i^2",
    ),
    (
        r"Let $u_1, \dots, u_k \in \mathbb{R}^d$ be orthonormal.",
        r"\| \sum_{i=1}^k c_i u_i \|^2 = \sum_{i=1}^k c_i^2",
        r"\| \sum_{i=1}^k c_i u_i \|^2 = 2 \sum_{i=1}^k c_i^2",
    ),
    (
        r"Let $u_1, \dots, u_k \in \mathbb{R}^d$ be pairwise orthogonal.",
        r"\| \sum_{i=1}^k u_i \|^2 = \sum_{i=1}^k \|u_i\|^2",
        r"\| \sum_{i=1}^k u_i \|^2 = 2 \sum_{i=1}^k \|u_i\|^2",
    ),
    (
        r"Let $q \in \mathbb{R}^n$ be orthogonal to $r \in \mathbb{R}^n$.",
        r"\|q - r\|^2 = \|q\|^2 + \|r\|^2",
        r"\|q - r\|^2 = \|q\|^2 + 2 \|r\|^2",
    ),
    ("Let $P$ be an idempotent matrix.", "(I - P)^2 = I - P", "(I - P)^2 = I + P"),
    ("Пусть $E$ — симметричная и идемпотентная матрица.", "(I + E)^2 = I + 3 E", "(I + E)^2 = I + 2 E"),
    ("Let $K$ be a skew-symmetric matrix and $x$ a vector.", r"x^\top K x = 0", r"x^\top K x = x^\top x"),
    ("Let $P$ be an orthogonal projector.", r"\|P x\|^2 = x^\top P x", r"\|P x\|^2 = x^\top x"),
    (
        "Let $K$ be a skew-symmetric matrix and $A$ a symmetric matrix.",
        r"\operatorname{tr}(K A) = 0",
        r"\operatorname{tr}(K A) = \operatorname{tr}(A)",
    ),
    ("Let the matrix $R$ be symmetric and idempotent.", r"\|R x\|^2 = x^\top R x", r"\|R x\|^2 = x^\top x"),
    (r"Let $T$ be a row-stochastic matrix.", r"T^2 \mathbf{1} = \mathbf{1}", r"T^2 \mathbf{1} = 2 \cdot \mathbf{1}"),
    ("Let the matrix $K$ be skew-symmetric.", r"K^\top K = -K^2", r"K^\top K = K^2"),
    ("Suppose that the matrices $A$ and $B$ commute.", "(A + B)^2 = A^2 + 2 A B + B^2", "(A + B)^2 = A^2 + B^2"),
    ("Пусть матрицы $C$ и $D$ коммутируют.", "(C - D) (C + D) = C^2 - D^2", "(C - D) (C + D) = C^2 + D^2"),
    ("Let $J$ be an involutory matrix, $J^2 = I$.", "J^{-1} = J", "J^{-1} = -J"),
    (
        r"Пусть $T$ — стохастическая матрица, $0 < \gamma < 1$.",
        r"(I - \gamma T)^{-1} \mathbf{1} = \frac{1}{1 - \gamma} \mathbf{1}",
        r"(I - \gamma T)^{-1} \mathbf{1} = \frac{1}{1 + \gamma} \mathbf{1}",
    ),
]


@pytest.mark.parametrize(("said", "right", "wrong"), ASSUMED)
def test_a_claim_is_tried_where_the_equations_hold_that_are_assumed(tell_apart, said, right, wrong):
    tell_apart(f"{said} Then\n$$@$$", right, wrong)


@pytest.mark.parametrize(
    ("said", "claim"),
    [
        (r"$A \in \mathbb{R}^{n \times n}$, $v \in \mathbb{R}^n$, with $A v = \lambda v$", r"A^2 v = \lambda^2 v"),
        (r"$T \in \mathbb{R}^{n \times n}$ with $T \mathbf{1} = \mathbf{1}$", r"T^2 \mathbf{1} = \mathbf{1}"),
        (r"$\alpha + \beta = 1$", r"\alpha^2 + 2 \alpha \beta + \beta^2 = 1"),
    ],
)
def test_what_follows_from_an_assumption_holds_with_it(verdicts, said, claim):
    assert verdicts(f"Let {said}. Then\n$${claim}$$")[claim] in ACCEPTED


def test_an_assumption_itself_is_no_claim(verdicts):
    assert verdicts(r"Let $B, C \in \mathbb{R}^{n \times n}$ with $B C = C B$.", "B C = C B") == {
        "B C = C B": "condition"
    }


def test_a_case_is_assumed_in_its_sentence(verdicts):
    claim = r"\|c + d\|^2 = \|c\|^2 + \|d\|^2"
    said = verdicts(
        rf"If $c^\top d = 0$ for $c, d \in \mathbb{{R}}^n$, then ${claim}$ and $\|c + d\|^2 = \|c\|^2 + 2 \|d\|^2$."
    )
    assert said[claim] in ACCEPTED
    assert said[r"\|c + d\|^2 = \|c\|^2 + 2 \|d\|^2"] in FOUND


def test_under_assumptions_that_never_hold_nothing_is_shown(verdicts):
    claim = r"\|a\|^2 = 2 b^\top a"
    text = rf"Let $a, b \in \mathbb{{R}}^n$ with $\|a\|^2 + \|b\|^2 = -1$. Then ${claim}$."
    assert verdicts(text, claim)[claim] == "needs-context"


def test_an_equation_that_the_text_derives_is_no_assumption(verdicts):
    """Two wrong claims do not support each other."""
    text = r"Let $a, b \in \mathbb{R}^n$. Then $\|a + b\|^2 = \|a\|^2 + \|b\|^2$. So $\|a - b\|^2 = \|a + b\|^2$."
    assert set(verdicts(text).values()) & {*ACCEPTED} == set()


LOSS = r"""
For $a, p, q \in \mathbb{R}^d$ let $L = \max(0, \|a - p\|^2 - \|a - q\|^2 + m)$.

"""


@pytest.mark.parametrize("case", ["If the margin is violated,", "Если отступ нарушен, то"])
def test_a_claim_on_a_case_that_is_told_in_words_is_not_refuted(verdicts, case):
    right, wrong = (rf"\frac{{\partial L}}{{\partial a}} = 2 ({d})" for d in ("q - p", "p - q"))
    said = verdicts(f"{LOSS}{case}\n$${right}$$\n{case}\n$${wrong}$$")
    assert said[right] == "needs-context"
    assert said[wrong] in FOUND


def test_an_inequality_for_small_numbers_is_not_refuted_by_large_ones(verdicts):
    said = verdicts("The number is $r (d + k)$, and $r (d + k) < d k$ for small $r$.", "r (d + k) < d k")
    assert said == {"r (d + k) < d k": "needs-context"}


def test_a_directive_assumes_an_equation(tell_apart):
    text = r"""<!-- symnet: shape B = n x n -->
<!-- symnet: shape C = n x n -->
<!-- symnet: assume B C = C B -->
The sum of two matrices has the square
$$@$$
"""
    tell_apart(text, "(B + C)^2 = B^2 + 2 B C + C^2", "(B + C)^2 = B^2 + B C + C^2")


@pytest.mark.parametrize(
    ("said", "claim"),
    [
        (r"Let the numbers $x_1, \dots, x_n$ be centred.", r"\sum_{i=1}^n (x_i - m)^2 = \sum_{i=1}^n x_i^2 + n m^2"),
        (r"Let $B, C \in \mathbb{R}^{n \times n}$ be circulant.", "B C = C B"),
        (r"Пусть $S \in \mathbb{R}^{n \times n}$ эрмитова.", r"(S x)^\top y = x^\top S y"),
    ],
)
def test_a_property_that_is_not_read_leaves_open_what_it_may_decide(verdicts, said, claim):
    assert verdicts(f"{said} Then\n$${claim}$$")[claim] == "needs-context"
    other = r"\|q + r\|^2 = \|q\|^2 + \|r\|^2"
    assert verdicts(f"{said} For vectors $q, r \\in \\mathbb{{R}}^d$ then\n$${other}$$")[other] in FOUND


@pytest.mark.parametrize("word", ["if", "whenever", "при"])
def test_a_case_may_stand_behind_the_claim(verdicts, word):
    right, wrong = (rf"\|a - b\|^2 = \|a\|^2 + {k} \|b\|^2" for k in (1, 2))
    case = rf"{word} $a^\top b = 0$ for vectors $a, b \in \mathbb{{R}}^n$."
    assert verdicts(f"$${right}$$\n{case}", right)[right] in ACCEPTED
    assert verdicts(f"$${wrong}$$\n{case}", wrong)[wrong] in FOUND


def test_a_case_of_another_sentence_is_a_hypothesis(verdicts):
    claim = r"\|a - b\|^2 = \|a\|^2 + \|b\|^2"
    text = r"If $a^\top b = 0$ for vectors $a, b \in \mathbb{R}^n$, they are perpendicular. "
    assert verdicts(f"{text}We have ${claim}$.", claim)[claim] == "needs-hypothesis"


def test_vectors_are_called_orthogonal_in_the_sentence_of_a_claim(verdicts):
    right, wrong = (rf"\|q - r\|^2 = \|q\|^2 + {k} \|r\|^2" for k in (1, 2))
    said = verdicts(f"For orthogonal vectors $q$ and $r$ we have ${right}$ and ${wrong}$.")
    assert said[right] in ACCEPTED and said[wrong] in FOUND


def test_a_property_of_no_name_is_one_of_the_names_of_its_sentence(verdicts):
    claim = "(B + C)^2 = B^2 + 2 B C + C^2"
    shapes = r"Let $B, C \in \mathbb{R}^{n \times n}$."
    assert verdicts(f"{shapes} For commuting matrices ${claim}$.")[claim] == "needs-context"
    assert verdicts(f"{shapes} For all matrices ${claim}$.")[claim] in FOUND


@pytest.mark.parametrize(("bound", "accepted"), [(r"\frac14", True), (r"\frac15", False)])
def test_an_inequality_is_tried_at_many_points_where_an_equation_holds(verdicts, bound, accepted):
    claim = rf"a^2 b^2 \le {bound} a b"
    text = rf"Let $a > 0$ and $b > 0$ with $a + b = 1$. Then ${claim}$."
    assert (verdicts(text, claim)[claim] in ACCEPTED) <= accepted


def test_what_is_to_be_shown_is_not_assumed(verdicts):
    assert verdicts("We show that the matrix $T$ is idempotent: $T^2 = T$.", "T^2 = T")["T^2 = T"] not in ACCEPTED


def test_matrices_that_do_not_commute_are_any(verdicts):
    claim = "(M + N)^2 = M^2 + 2 M N + N^2"
    assert verdicts(f"Let $M$ and $N$ be square matrices that do not commute. Then\n$${claim}$$")[claim] not in ACCEPTED


def test_a_sample_in_the_brackets_of_a_density_is_a_number(verdicts):
    text = r"""
Write $f_k(x) = \exp(-\frac{(x - \mu_k)^2}{2})$ for the components with weights $w_k$. The responsibilities are
$$r_{ik} = \frac{w_k f_k(x_i)}{\sum_{l=1}^K w_l f_l(x_i)}$$
They sum to one:
$$@$$
"""
    right, wrong = r"\sum_{k=1}^K r_{ik} = 1", r"\sum_{i=1}^n r_{ik} = 1"
    assert verdicts(text.replace("@", right), right)[right] in ACCEPTED
    assert verdicts(text.replace("@", wrong), wrong)[wrong] not in ACCEPTED


@pytest.mark.parametrize(
    ("words", "right", "wrong"),
    [
        (
            r"For a triangular Jacobian with diagonal $s_1, \dots, s_d$ the logarithm is a sum: for positive $s_i$ ",
            r"\log \prod_{i=1}^d s_i = \sum_{i=1}^d \log s_i",
            r"\log \prod_{i=1}^d s_i = \prod_{i=1}^d \log s_i",
        ),
        (
            r"For a constant reward $1$ and $0 < c < 1$ we have ",
            r"\sum_{k=0}^\infty c^k = \frac{1}{1 - c}",
            r"\sum_{k=0}^\infty c^k = \frac{1}{1 + c}",
        ),
    ],
)
def test_words_for_matrices_and_for_other_numbers_are_not_said_of_numbers(tell_apart, words, right, wrong):
    tell_apart(words + "$@$.", right, wrong)


def test_a_case_of_the_next_paragraph_is_not_that_of_the_formula_before(verdicts):
    claim = r"\ell'(p) = c (1 - p)^c \log p - \frac{(1 - p)^c}{p}"
    text = f"Let $\\ell(p) = -(1 - p)^c \\log p$.\n\n$${claim}$$\n\nFor $c = 0$ it is the cross-entropy.\n"
    assert verdicts(text, claim)[claim] in FOUND


@pytest.mark.parametrize("total", [r"\sum_{i=1}^m \sum_{j=1}^n r_{ij} = 1", r"\sum_{i, j} r_{ij} = 1"])
def test_the_entries_of_a_joint_distribution_sum_to_one_altogether(tell_apart, total):
    text = (
        f"For a joint distribution $r_{{ij}} > 0$ with ${total}$ the marginal probabilities are "
        r"$a_i = \sum_{j=1}^n r_{ij}$. They sum to one: $@$."
    )
    tell_apart(text, r"\sum_{i=1}^m a_i = 1", r"\sum_{i=1}^m a_i = m")
