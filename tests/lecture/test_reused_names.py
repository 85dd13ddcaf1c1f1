"""A name that stands for something else farther on, and shapes that nobody declares."""

from __future__ import annotations

import pytest

from symnet.lecture.verdict import ACCEPTED, FOUND

FOLDED = r"""A unit computes $y = s (a - m) + c$ with $s = \frac{g}{\sqrt{v + \epsilon}}$ and $a = w^\top x + b$.

For a layer with $W \in \mathbb{R}^{p \times d}$, $x \in \mathbb{R}^d$ and vectors $s, c, m \in \mathbb{R}^p$:

$$CLAIM$$
"""


@pytest.mark.parametrize(
    ("product", "accepted"), [(r"\operatorname{diag}(s) W x", True), (r"W \operatorname{diag}(s) x", False)]
)
def test_an_array_that_is_declared_is_not_the_number_of_that_name_before_it(verdicts, product, accepted):
    claim = rf"s \odot (W x - m) + c = {product} - s \odot m + c"
    found = verdicts(FOLDED.replace("CLAIM", claim), claim, r"s, c, m \in \mathbb{R}^p")
    assert found[r"s, c, m \in \mathbb{R}^p"] not in FOUND
    assert found[claim] in (ACCEPTED if accepted else FOUND)


STEPS = r"""# States

$W \in \mathbb{R}^{n \times n}$, $h_0 = 0$ and

$$a_t = W h_{t-1} + b$$
$$h_t = \tanh(a_t)$$

# One step

Let $a = W h + b$, $y = \tanh(a)$ and $E = \frac{1}{2} \|y - r\|^2$ with $h \in \mathbb{R}^n$, $r \in \mathbb{R}^n$.

$$\frac{\partial E}{\partial y} = SIDE$$

# A gate

With a gate $a \in \mathbb{R}$ the output is $y = a r_0$ with $r_0 \in \mathbb{R}$.
"""


@pytest.mark.parametrize(("side", "accepted"), [("y - r", True), ("r - y", False)])
def test_a_vector_that_is_declared_anew_is_not_the_one_of_each_step(verdicts, side, accepted):
    claim = rf"\frac{{\partial E}}{{\partial y}} = {side}"
    assert verdicts(STEPS.replace("SIDE", side), claim)[claim] in (ACCEPTED if accepted else FOUND)


def test_a_gradient_that_is_transposed_may_be_a_column_then(verdicts):
    text = r"""$o_t = V h_t + c$ with $V \in \mathbb{R}^{m \times n}$ and $h_t \in \mathbb{R}^n$.
Write $g_t = \left( \frac{\partial \ell_t}{\partial o_t} \right)^\top$ for columns: $b_t = V^\top g_t$ and $CLAIM$.

The length of $g$ is $\|g\|$."""
    right = r"g_t h_t^\top \in \mathbb{R}^{m \times n}"
    assert verdicts(text.replace("CLAIM", right))[right] not in FOUND


PROJECTOR = r"""$X \in \mathbb{R}^{N \times d}$, $W \in \mathbb{R}^{d \times K}$, $T \in \mathbb{R}^{N \times K}$, and
$v \in \mathbb{R}^{M}$.

The projector $H = X (X^\top X)^{-1} X^\top$ has $CLAIM$."""


@pytest.mark.parametrize(
    ("claim", "accepted"), [("H H = H", True), ("H H = I", False), (r"\operatorname{tr} H = N", False)]
)
def test_each_matrix_of_a_claim_is_tall_once(verdicts, claim, accepted):
    assert (verdicts(PROJECTOR.replace("CLAIM", claim), claim)[claim] in ACCEPTED) is accepted


@pytest.mark.parametrize(("claim", "accepted"), [("C A B", True), ("C B A", False)])
def test_capitals_in_a_trace_are_matrices(verdicts, claim, accepted):
    claim = rf"\operatorname{{tr}}(A B C) = \operatorname{{tr}}({claim})"
    text = rf"$\operatorname{{tr}}(A X B)$ and $\det A$ are numbers, and ${claim}$."
    assert (verdicts(text, claim)[claim] in ACCEPTED) is accepted


@pytest.mark.parametrize(("power", "verdict"), [("t-k", ACCEPTED), ("k", FOUND)])
def test_what_is_false_for_numbers_is_false_whatever_the_shapes_are(verdicts, power, verdict):
    claim = rf"v_t = (1 - \beta) \sum_{{k=1}}^{{t}} \beta^{{{power}}} g_k^2"
    text = rf"""$$v_t = \beta v_{{t-1}} + (1 - \beta) g_t^2 \quad v_0 = 0$$

$${claim}$$

Directions: $u = \frac{{g}}{{\|g\|}}$ and $J = g^\top A g$."""
    assert verdicts(text, claim)[claim] in verdict


def test_an_index_is_no_vector_where_a_sequence_has_its_letter(verdicts):
    text = r"""$x \in \mathbb{R}^n$ and $w \in \mathbb{R}^k$ give

$$y_i = \sum_{j=1}^{k} w_j x_{i+j-1}, \qquad i = 1, \dots, n - k + 1$$

$$CLAIM$$

The jumps are $j_l = j_{l-1} s_l$ and the field $r_l = r_{l-1} + (k_l - 1) j_{l-1}$."""
    right = r"\frac{\partial L}{\partial w_j} = \sum_{i=1}^{n-k+1} \frac{\partial L}{\partial y_i} x_{i+j-1}"
    wrong = right.replace("x_{i+j-1}", "x_{i+j}")
    assert verdicts(text.replace("CLAIM", right), right)[right] in ACCEPTED
    assert verdicts(text.replace("CLAIM", wrong), wrong)[wrong] in FOUND


@pytest.mark.parametrize(
    ("claim", "accepted"),
    [("a^2 + s^2 = 1", True), (r"\frac{a^2}{s^2} = \frac{q_t}{1 - q_t}", True), (r"a^2 - s^2 = 1", False)],
)
def test_a_name_without_index_is_meant_at_one_step(verdicts, claim, accepted):
    text = rf"For $0 < q_t < 1$ put $a = \sqrt{{q_t}}$ and $s = \sqrt{{1 - q_t}}$. Then ${claim}$."
    assert (verdicts(text, claim)[claim] in ACCEPTED) is accepted


def test_a_size_is_not_defined_by_a_sum(verdicts):
    text = r"$\gamma_{nk} > 0$, $N_k = \sum_{n=1}^N \gamma_{nk}$, $\sum_{k=1}^K \gamma_{nk} = 1$ and $CLAIM$."
    right = r"\sum_{k=1}^K N_k = N"
    assert verdicts(text.replace("CLAIM", right), right)[right] not in FOUND


STRIDED = r"""$$y_i = \sum_{j=1}^{k} w_j x_{s (i - 1) + j} + b, \qquad i = 1, \dots, m$$

With $g_i = \frac{\partial L}{\partial y_i}$ we have $CLAIM$."""


@pytest.mark.parametrize(
    ("claim", "accepted"),
    [
        (r"\frac{\partial y_i}{\partial w_j} = x_{s (i - 1) + j}", True),
        (r"\frac{\partial y_i}{\partial w_j} = x_{s i + j}", False),
        (r"\frac{\partial L}{\partial b} = \sum_{i=1}^m g_i", True),
        (r"\frac{\partial L}{\partial b} = \sum_{i=1}^k g_i", False),  # where k = m only
    ],
)
def test_a_stride_is_one_number(verdicts, claim, accepted):
    assert (verdicts(STRIDED.replace("CLAIM", claim), claim)[claim] in ACCEPTED) is accepted


#: claims under their headings, and what is said of their names under another one
ANEW = {
    "a value further down": ("Let $r \\in (0, 1)$. Then $@$.", "Put $r = 1 + c^2$.", "r^2 \\le r", "r \\le r^2"),
    "considered": ("Consider $r \\in (0, 1)$. Then $@$.", "Put $r = 1 + c^2$.", "r^2 \\le r", "r \\le r^2"),
    "any number": (
        "Рассмотрим произвольное число $a$. Тогда $@$.",
        "Пусть $a > 0$.",
        "\\sqrt{a^2} = |a|",
        "\\sqrt{a^2} = a",
    ),
    "a range further down": (
        "Let $a$ be a real number. Then $@$.",
        "Let $a > 0$.",
        "\\sqrt{a^2} = |a|",
        "\\sqrt{a^2} = a",
    ),
    "a sign of another number": (
        "For every $q \\in \\mathbb{R}$ we have $@$.",
        "Let $q > 0$.",
        "|q| \\ge q",
        "|q| = q",
    ),
    "two inequalities": (
        "Пусть $\\eta, L > 0$ и $\\eta \\le \\frac{1}{L}$. Тогда $@$.",
        "Пусть $\\eta = \\frac{3}{L}$.",
        "\\eta - \\frac{L \\eta^2}{2} \\ge \\frac{\\eta}{2}",
        "\\eta - \\frac{L \\eta^2}{2} \\ge \\frac{2 \\eta}{3}",
    ),
}


@pytest.mark.parametrize("order", ["{0}\n\n# Elsewhere\n\n{1}", "{1}\n\n# Here\n\n{0}"], ids=["before", "behind"])
@pytest.mark.parametrize(("here", "elsewhere", "right", "wrong"), ANEW.values(), ids=ANEW)
def test_a_name_that_a_heading_introduces_is_none_of_another_one(verdicts, here, elsewhere, right, wrong, order):
    text = "# First\n\n" + order.format(here, elsewhere)
    assert verdicts(text.replace("@", right))[right] in ACCEPTED
    assert verdicts(text.replace("@", wrong))[wrong] not in ACCEPTED


def test_a_case_that_is_considered_is_one_of_what_is_known(verdicts):
    text = "# First\n\nLet $a > 0$ and $r = 1 + c^2$.\n\n# Second\n\nConsider the case $r \\ge 2$. Then $r - 1 = c^2$."
    assert verdicts(text)["r - 1 = c^2"] in ACCEPTED


def test_a_value_that_a_later_heading_gives_refutes_nothing_and_accepts_nothing(verdicts):
    text = "# Before\n\nWith $w \\in \\mathbb{R}$ we have $@$.\n\n# Behind\n\nLet $w = 2 + c^2$."
    assert verdicts(text.replace("@", "w^2 = 4 + 4 c^2 + c^4"))["w^2 = 4 + 4 c^2 + c^4"] not in (*ACCEPTED, *FOUND)
    assert verdicts(text.replace("@", "w + w = 2 w"))["w + w = 2 w"] in ACCEPTED


def test_what_is_assumed_under_the_heading_above_holds_where_the_name_comes_from_there(verdicts):
    text = "# Matrices\n\nLet $S \\in \\mathbb{R}^{n \\times n}$.\n\n## Assumption\n\n$S = S^\\top$.\n\n## Result\n\n"
    claim = r"x^\top S y = y^\top S x"
    assert verdicts(f"{text}For $x, y \\in \\mathbb{{R}}^n$ we have ${claim}$.")[claim] in ACCEPTED


@pytest.mark.parametrize(("right", "wrong"), [("s^2 = 1 + 2 c + c^2", "s^2 = 1 + c + c^2")])
def test_the_square_of_what_has_a_formula_is_a_claim(tell_apart, right, wrong):
    tell_apart("Put $s = 1 + c$. Then $@$.", right, wrong)
