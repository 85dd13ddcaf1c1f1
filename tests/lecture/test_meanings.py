r"""What names mean in a claim: identity matrices with a size, functions named by others, numbers that are vectors
elsewhere, layouts of the document, what stands before an arrow."""

from __future__ import annotations

import pytest

from symnet.lecture.documents.documents import read_document
from symnet.lecture.judging.judge import claims_of, judge

MATRIX = r"Let $X \in \mathbb{R}^{n \times d}$ and $\beta > 0$."
VECTORS = r"Let $x, t \in \mathbb{R}^n$ and $\|x\|^2 = x^\top x$, $r = t^\top x$."
LAYOUT = "Derivatives are in *numerator layout*: those of a number by a column are rows."
RANDOM = r"For a random $\hat\theta$ with mean $\mathrm{E}[\hat\theta] = m$ and a number $\theta$:"
MEANS = r"$w_i, x_i$ are independent, $E[w_i] = 0$, $E[x_i] = 0$."
SHAPES = r"$Q \in \mathbb{R}^{n \times d}$, $K \in \mathbb{R}^{m \times d}$, $S = \frac{1}{\sqrt{d}} Q K^\top$."
WINDOW = (
    r"$y_i = \sum_{j=0}^{k-1} w_j x_{i+j}$ for $i = 0, \dots, n - k$ and $g_i = \frac{\partial \ell}{\partial y_i}$."
)
KERNEL = r"$$Y_{ij} = \sum_{a=0}^{k-1} \sum_{b=0}^{k-1} W_{ab} X_{i+a, j+b}$$"
EVIDENCE = r"With $w_i > 0$ let $L_K = \log \frac{1}{K} \sum_{i=1}^K w_i$."
CURVED = r"Let $x, y, d \in \mathbb{R}^n$, $A \in \mathbb{R}^{n \times n}$ symmetric, $f(x) = \frac{1}{2} x^\top A x$."
DISTANCE = r"For $M = L^\top L$ with $L \in \mathbb{R}^{k \times d}$ put $\rho = (x - z)^\top M (x - z)$."
STEPS = (
    r"$L(w) = \frac{1}{n} \cdot \sum_{i=1}^n (y_i - x_i^T w)^2 \rightarrow \min_w$. "
    r"If $\|w_t - w_{t-1}\| < \varepsilon$, stop."
)
LOSSES = r"$m = \frac{1}{n} \sum_{i=1}^n p_i t_i$ and $b = - t \log p - (1 - t) \log (1 - p)$."


GAUSSIAN = (
    r"Let $x, y \in \mathbb{R}^d$, $\gamma > 0$, $h(x) = \exp(-\gamma \|x\|^2)$ "
    r"and $k(x, y) = \exp(-\gamma \|x - y\|^2)$."
)
PENALTY = r"Let $f$ be a smooth function, $w \in \mathbb{R}^d$ and $F(w) = f(w) + \frac{c}{2} \|w\|^2$."
STATES = (
    r"Let $A \in \mathbb{R}^{n \times n}$, $B \in \mathbb{R}^{n \times m}$, $C \in \mathbb{R}^{p \times n}$ "
    r"and $x_t = A x_{t-1} + B u_t$, $y_t = C x_t$, $x_0 = 0$."
)


@pytest.mark.parametrize(
    ("before", "claim", "expected"),
    [
        # the size of an identity matrix
        (MATRIX, r"(X^\top X + \beta I_d)^{-1} X^\top = X^\top (X X^\top + \beta I_n)^{-1}", "holds"),
        (MATRIX, r"(X^\top X + \beta I_n)^{-1} X^\top = X^\top (X X^\top + \beta I_d)^{-1}", "ill-typed"),
        (MATRIX, r"\det(\beta I_n) = \beta^n", "holds"),
        (MATRIX, r"\det(\beta I_n) = \beta", "refuted"),
        (MATRIX, r"\operatorname{tr} I_d = d", "proved"),
        (MATRIX + r" $B = X X^\top + \beta I$, $C = X^\top X + \beta I_d$.", r"X^\top B = C X^\top", "proved"),
        # the name of a function
        ("Let $h = \\tanh$.", "h'(t) = 1 - \\tanh^2(t)", "proved"),
        ("Let $h = \\tanh$.", "h'(t) = 1 + \\tanh^2(t)", "refuted"),
        ("Let $f = x^2$.", "f'(x) = 2 x", "holds"),
        ("Let $f = x^2$.", "f'(x) = 3 x", "refuted"),
        ("With $p = (k - 1) / 2$ we pad.", "p'(y) = 3 y", "needs-context"),
        # numbers that are vectors elsewhere
        (VECTORS + " $f(x) = x^3$.", "f'(x) = 3 x^2", "proved"),
        (VECTORS + " $f(x) = x^3$.", "f'(x) = 2 x^2", "refuted"),
        (VECTORS, r"\int_{-a}^{a} \frac{x^2}{2 a} dx = \frac{a^2}{3}", "holds"),
        (VECTORS, r"\sum_{k=0}^{t-1} q^k = \frac{1 - q^t}{1 - q}", "proved"),
        (VECTORS, r"\sum_{k=0}^{t-1} q^k = \frac{1 - q^{t-1}}{1 - q}", "refuted"),
        (LOSSES, r"\frac{\partial b}{\partial p} = \frac{p - t}{p (1 - p)}", "proved"),
        # the K of L_K, and places that are counted from 0
        (EVIDENCE, r"L_K \ge \frac{1}{K} \sum_{i=1}^K \log w_i", "holds"),
        (EVIDENCE, r"\frac{\partial L_K}{\partial w_i} = \frac{1}{\sum_{j=1}^K w_j}", "proved"),
        (KERNEL, r"\frac{\partial Y_{ij}}{\partial W_{ab}} = X_{i+a, j+b}", "holds"),
        (KERNEL, r"\frac{\partial Y_{ij}}{\partial W_{ab}} = X_{i-a, j-b}", "refuted"),
        (WINDOW, r"\frac{\partial \ell}{\partial w_j} = \sum_{i=0}^{n-k} g_i x_{i+j}", "needs-context"),
        # the layout that the document says it uses
        (LAYOUT, r"\frac{\partial a^\top x}{\partial x} = a^\top", "holds"),
        (LAYOUT, r"\frac{\partial a^\top x}{\partial x} = a", "reading-dependent"),
        (LAYOUT + MATRIX, r"\frac{\partial \operatorname{tr}(A X)}{\partial X} = A", "holds"),
        (LAYOUT + MATRIX, r"\frac{\partial \operatorname{tr}(A X)}{\partial X} = A^\top", "reading-dependent"),
        ("In numerator layout it would be a row.", r"\frac{\partial a^\top x}{\partial x} = a", "proved"),
        # one name for a mean, and variances in brackets
        (RANDOM, r"\mathrm{E}[(\hat\theta - \theta)^2] = \mathrm{Var}[\hat\theta] + (m - \theta)^2", "proved"),
        (RANDOM, r"\mathrm{E}[(\hat\theta - \theta)^2] = \mathrm{Var}[\hat\theta] - (m - \theta)^2", "refuted"),
        (MEANS, "D[w_i x_i] = D[w_i] D[x_i]", "proved"),
        # what stands before an arrow
        ("", r"2 x + 3 = 7 \Rightarrow x = 2", "holds"),
        ("", r"\frac{a^2}{3} = \frac{2}{n + m} \Rightarrow a = \sqrt{\frac{6}{n + m}}", "holds"),
        ("$f(x) = x^2$.", r"f(x) = a x^3 \Rightarrow f'(x) = 3 a x^2", "proved"),
        # the gradient in a product, and values of a function that has a formula
        (CURVED, r"f(x + d) = f(x) + \nabla f(x)^T d + \frac{1}{2} d^T \nabla^2 f(x) d", "holds"),
        (CURVED, r"f(y) = f(x) + \nabla f(x)^\top (y - x) + \frac{1}{2} (y - x)^\top A (y - x)", "holds"),
        (CURVED, r"f(y) = f(x) + \nabla f(x)^\top (y - x) + (y - x)^\top A (y - x)", "refuted"),
        # differences of vectors, and what is said later of one case
        (DISTANCE, r"\frac{\partial \rho}{\partial L} = 2 L (x - z) (x - z)^\top", "proved"),
        (DISTANCE, r"\frac{\partial \rho}{\partial L} = 2 (x - z) (x - z)^\top L", "refuted"),
        # factorials and binomial coefficients
        ("", "5! = 120", "holds"),
        ("", "5! = 60", "refuted"),
        ("", r"\binom{n}{k} = \frac{n!}{k! (n - k)!}", "holds"),
        ("", "n! = n (n - 1)!", "holds"),
        ("", "n! = n (n + 1)!", "refuted"),
        ("", r"\sum_{k=0}^\infty \frac{a^k}{k!} e^{-a} = 1", "holds"),
        (STEPS, r"\nabla L(w) = -2 \cdot \frac{1}{n} \cdot \sum_{i=1}^n (y_i - x_i^T w) \cdot x_i", "holds"),
        # functions of vectors that have numbers for values, and steps that start from zero
        (GAUSSIAN, r"\nabla_x^2 k(x, y) = k(x, y) (4 \gamma^2 (x - y) (x - y)^\top - 2 \gamma I)", "holds"),
        (GAUSSIAN, r"\nabla^2 h(x) = h(x) (4 \gamma^2 x x^\top - 2 \gamma I)", "holds"),
        (PENALTY, r"\nabla F(w) = \nabla f(w) + c w", "holds"),
        (PENALTY, r"\nabla F(w) = \nabla f(w) + 2 c w", "refuted"),
        (STATES, "x_2 = A B u_1 + B u_2", "holds"),
        (STATES, "x_2 = B u_1 + A B u_2", "refuted"),
        # the shape of what a formula computes
        (SHAPES, r"S \in \mathbb{R}^{n \times m}", "proved"),
        (SHAPES, r"S \in \mathbb{R}^{m \times n}", "ill-typed"),
    ],
)
def test_what_names_mean(tmp_path, before, claim, expected):
    path = tmp_path / "lecture.md"
    path.write_text(f"{before}\n\n$${claim}$$\n", encoding="utf-8")
    last = [c for c in claims_of(read_document(path)) if c.latex == claim][-1]
    assert judge(last).verdict == expected


def test_what_is_said_later_of_one_case_does_not_hold_before(tmp_path):
    """Where q is chosen so, both sides are equal; before, q is any."""
    claim = r"\log \sum_{k=1}^K a_k \le \sum_{k=1}^K q_k \log \frac{a_k}{q_k}"
    text = r"Let $q_k > 0$, $\sum_{k=1}^K q_k = 1$ and $a_k > 0$." + f"\n\n$${claim}$$\n\n"
    path = tmp_path / "lecture.md"
    path.write_text(text + r"If $q_k = \frac{a_k}{\sum_{j=1}^K a_j}$, both are equal." + "\n", encoding="utf-8")
    (found,) = (c for c in claims_of(read_document(path)) if c.latex == claim)
    assert judge(found).verdict == "refuted"


def test_a_correction_may_rely_on_a_symmetry_that_the_text_states(tmp_path):
    claim = r"\nabla_\mu g = -\Sigma^{-1} (x - \mu)"
    text = (
        r"Let $g(x) = -\frac{1}{2} (x - \mu)^\top \Sigma^{-1} (x - \mu)$ with symmetric $\Sigma$."
        + f"\n\n$${claim}$$\n"
    )
    path = tmp_path / "lecture.md"
    path.write_text(text, encoding="utf-8")
    (found,) = (c for c in claims_of(read_document(path)) if c.latex == claim)
    assert judge(found).correction == r"\nabla_\mu g = -\Sigma^{-1} (\mu - x)"


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        (
            r"\sum_{k=0}^{T-1} \gamma^k = \frac{1 - \gamma^T}{1 - \gamma}",
            r"\sum_{k=0}^{T} \gamma^k = \frac{1 - \gamma^T}{1 - \gamma}",
        ),
        (
            r"\sum_{t=0}^{T-1} (1 - \eta)^t = \frac{1 - (1 - \eta)^T}{\eta}",
            r"\sum_{t=0}^{T-1} (1 - \eta)^t = \frac{1 + (1 - \eta)^T}{\eta}",
        ),
        (r"\|x\|^2 + \sum_{t=1}^T 1 = x^T x + T", r"\|x\|^2 + \sum_{t=1}^T 1 = x^T x - T"),
    ],
)
def test_the_number_of_steps_as_a_power_is_no_transpose(tell_apart, right, wrong):
    words = r"After $T$ steps with $0 < \gamma < 1$ and a vector $x \in \mathbb{R}^n$, $x \ge 0$, "
    tell_apart(words + "we have $@$.", right, wrong)


@pytest.mark.parametrize(
    "words",
    [
        r"Let $X \in \mathbb{R}^{n \times d}$ be the data, whose rows are the examples $x_i$.",
        r"Let $X \in \mathbb{R}^{n \times d}$. The rows of $X$ are $x_1^\top, \dots, x_n^\top$.",
        r"Пусть $X \in \mathbb{R}^{n \times d}$ — матрица, строки которой — объекты $x_i$.",
    ],
)
@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        (r"X^\top X = \sum_{i=1}^n x_i x_i^\top", r"X X^\top = \sum_{i=1}^n x_i x_i^\top"),
        (r"(X X^\top)_{ij} = x_i^\top x_j", r"(X X^\top)_{ij} = x_i^\top x_i"),
    ],
)
def test_rows_that_are_told_in_words(tell_apart, words, right, wrong):
    tell_apart(words + " $@$.", right, wrong)


def test_what_a_gradient_is_taken_of_with_a_bracket_is_a_function(tell_apart):
    words = r"With a loss $\ell(w)$ let $F(w) = \ell(w) + \frac{c}{2} \|w\|^2$. "
    right, wrong = r"\nabla F(w) = \nabla \ell(w) + c w", r"\nabla F(w) = \nabla \ell(w) + 2 c w"
    tell_apart(words + "Then $@$.", right, wrong)
    right = r"w - h \nabla F(w) = (1 - h c) w - h \nabla \ell(w)"
    tell_apart(words + "Then $@$.", right, right.replace("1 - h c", "1 - c"))


def test_the_number_pi_is_no_vector_beside_weights_of_that_name(tell_apart):
    text = r"""
$$\phi_k(x) = \frac{1}{\sqrt{2 \pi} \, s_k} \exp(-\frac{(x - m_k)^2}{2 s_k^2})$$
with weights $\pi_k > 0$, $\sum_{k=1}^K \pi_k = 1$. Data $x_i$ have the mean $\mu = \frac{1}{n} \sum_{i=1}^n x_i$.

$$@$$
"""
    right = r"\frac{d}{dx} \log \phi_k(x) = -\frac{x - m_k}{s_k^2}"
    tell_apart(text, right, right.replace("s_k^2", "s_k"))


def test_a_function_of_numbers_acts_on_entries_where_its_letter_is_a_vector_elsewhere(verdicts):
    text = (
        "The sigmoid is\n\n$$\\sigma(z) = \\frac{1}{1 + e^{-z}}$$\n\nIt ignores its input, $\\sigma(z) = 0$, for "
        "large $-z$. A layer is $z^{i+1} = f(z^i W^i)$.\n\nLet $W \\in \\mathbb{R}^{m \\times n}$, "
        "$x \\in \\mathbb{R}^n$ and $h = \\sigma(W x)$. Then $h \\in \\mathbb{R}^m$.\n"
    )
    assert verdicts(text)[r"h \in \mathbb{R}^m"] == "proved"


def test_functions_in_a_circle_of_formulas_leave_the_document_readable(verdicts):
    kernel = r"Let $x, z \in \mathbb{R}^d$. $k(x, z) = e^{-\|x - z\|^2}$ is symmetric, $k(x, z) = k(z, x)$."
    circle = r"For numbers $f(u) = 2 g(u)$ and $g(u) = f(u) / 2$. Then $1 + u = u + 1$."
    found = verdicts(f"{kernel}\n\n{circle}\n")
    assert found[r"k(x, z) = k(z, x)"] == "holds" and found["1 + u = u + 1"] == "proved"
