"""Values that a sentence supposes are no claims, and hold for the rest of the sentence only."""

from __future__ import annotations

import pytest

from symnet.lecture.documents.documents import read_document
from symnet.lecture.judging.judge import claims_of, judge
from symnet.lecture.verdict import ACCEPTED, FOUND

SCALED = "Let $m = \\frac{1}{n} \\sum_{i=1}^n x_i^2$ and $u_i = \\frac{x_i}{\\sqrt{m + \\kappa}}$.\n\n"
LENGTH = r"\frac{1}{n} \sum_{i=1}^n u_i^2 = 1"


@pytest.mark.parametrize(
    "words", ["With $\\kappa = 0$ we have", "Setting $\\kappa = 0$ gives", "При $\\kappa = 0$ имеем"]
)
def test_a_value_before_a_formula_is_its_condition(verdicts, words):
    assert verdicts(f"{SCALED}{words} ${LENGTH}$.")[LENGTH] in ACCEPTED
    assert verdicts(f"{SCALED}Then ${LENGTH}$.")[LENGTH] not in ACCEPTED
    wrong = LENGTH.replace("= 1", "= 2")
    assert verdicts(f"{SCALED}{words} ${wrong}$.")[wrong] in FOUND


@pytest.mark.parametrize("list_of_values", ["$s = 1$, $q = 2$", "$q = 2$, $s = 1$", "$s = 1$ and $q = 2$"])
def test_values_for_an_example_are_not_refuted(verdicts, list_of_values):
    text = "Let $q = \\frac{k - 1}{2}$ and $s^2 = a^2 + b^2$. For " + list_of_values + " the size is $o = n$."
    found = verdicts(text)
    assert not {*FOUND} & {found["s = 1"], found["q = 2"]}


def test_a_case_among_others_does_not_say_what_a_name_is(verdicts):
    entropy = "$$H = -\\sum_{i=1}^n p_i \\log p_i$$"
    text = f"Let $\\sum_{{i=1}}^n p_i = 1$. For the uniform distribution $p_i = \\frac{{1}}{{n}}$.\n\n{entropy}\n\n"
    found = verdicts(text + "$$H = \\log n$$")
    assert found["H = \\log n"] not in ACCEPTED


def test_a_vector_in_terms_of_its_entries_is_not_defined_by_them(verdicts):
    claim = "-\\sum_{i=1}^n p_i (1 - p_i) = \\sum_{i=1}^n p_i^2 - 1"
    found = verdicts(f"Let $p = (p_1, \\dots, p_n)$ with $\\sum_{{i=1}}^n p_i = 1$.\n\n$${claim}$$")
    assert found["\\sum_{i=1}^n p_i = 1"] == "condition"
    assert found[claim] in ACCEPTED


def test_a_variance_that_follows_from_a_wish_is_chosen_as_one_that_is_stated(verdicts):
    wish = r"\mathbb{D}[z^L] = \mathbb{D}[x] \prod_{k=1}^L n_k \mathbb{D}[w^k]"
    asked = f"$${wish} \\Rightarrow \\mathbb{{D}}[w^k] = \\frac{{1}}{{n_k}}$$"
    back = r"\mathbb{D}[s] \prod_{k=1}^L n_{k+1} \mathbb{D}[w^k] = \frac{n_{L+1}}{n_1} \mathbb{D}[s]"
    wrong = back.replace("n_1}", "n_L}")
    found = verdicts(f"{asked}\n\n$${back}$$\n\n$${wrong}$$")
    assert (found[back], found[wrong]) == ("proved", "refuted")


def test_a_letter_that_is_a_number_elsewhere_may_be_a_function_here(verdicts):
    density = r"\log p(y) = -\frac{1}{2} y^T K^{-1} y - \frac{1}{2} \log \det K"
    found = verdicts(
        "The padding is $p = \\frac{k - 1}{2}$, and $o = i + 2p - k + 1$. Let $y \\in \\mathbb{R}^n$ and "
        f"$K \\in \\mathbb{{R}}^{{n \\times n}}$.\n\n$${density}$$"
    )
    assert found[density] not in FOUND


JENSEN = r"\log \sum_{k=1}^K w_k a_k \ge \sum_{k=1}^K w_k \log a_k"


def test_the_logarithm_of_a_mean_is_of_the_whole_sum(verdicts):
    text = "Let $w_k > 0$, $a_k > 0$ and $\\sum_{k=1}^K w_k = 1$.\n\n"
    assert verdicts(f"{text}$${JENSEN}$$")[JENSEN] in ACCEPTED
    wrong = JENSEN.replace(r"\ge", r"\le")
    assert verdicts(f"{text}$${wrong}$$")[wrong] in FOUND


SERIES = "The return is $G_t = \\sum_{k=0}^{\\infty} \\gamma^k r_{t+k+1}$ with $0 < \\gamma < 1$.\n\n"


@pytest.mark.parametrize(
    ("text", "recurrence", "expected"),
    [
        (SERIES, r"G_t = r_{t+1} + \gamma G_{t+1}", ACCEPTED),
        (SERIES, r"G_t = r_{t+1} + \gamma G_{t-1}", FOUND),
        (f"{SERIES}## Momentum\n\n", r"G_t = \gamma G_{t-1} + r_{t+1}", ("update", "needs-context", "definition")),
    ],
)
def test_a_recurrence_of_what_a_sum_defines_is_a_claim(verdicts, text, recurrence, expected):
    assert verdicts(f"{text}$${recurrence}$$")[recurrence] in expected


STEPS = "Let $x_t = a_t x_0 + s_t u$ with $s_t = \\sqrt{1 - a_t^2}$.\n\nThe target is $v = a_t u - s_t x_0$. Then\n\n"


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        (r"a_t x_t - s_t v = x_0", ACCEPTED),
        (r"a_t x_t + s_t v = x_0", FOUND),
        (r"s_t x_t + a_t v = u", ACCEPTED),
        (r"v = x_0", ("needs-context", "condition", "definition")),  # at which step, nothing says
    ],
)
def test_a_name_without_the_step_is_meant_at_the_step_of_the_claim(verdicts, claim, expected):
    assert verdicts(f"{STEPS}$${claim}$$")[claim] in expected


@pytest.mark.parametrize(
    ("said", "right", "wrong"),
    [
        ("For $x = 0.1$", "x + 1 = 1.1", "x + 1 = 1.2"),  # no binary fraction
        ("With $x = 0.9$", r"\frac{1 - 0.9}{1 - 0.9} = 1", r"\frac{1 - 0.9}{1 - 0.8} = 1"),  # nothing of x
        ("For $a = 3$", "a^2 = 3a", "a^2 = 4a"),  # known by its square, which a formula begins with
        ("If $m + a > b$", "|m + a - b| = m + a - b", "|m + a - b| = b - m - a"),
    ],
)
def test_a_formula_is_tried_where_its_condition_holds(tell_apart, said, right, wrong):
    tell_apart(f"{said} we have $@$.", right, wrong)


CONTRASTED = (
    "Let $u, v \\in \\mathbb{R}^d$ and $s(u, v) = \\frac{u^T v}{\\|u\\| \\|v\\|}$.\n\n$$%s$$\n\n# Unit vectors\n\n"
)


def test_what_is_said_of_one_case_does_not_hold_before_it(verdicts):
    slope = r"\nabla_u s(u, v) = \frac{v}{\|u\| \|v\|} - \frac{(u^T v) u}{\|u\|^3 \|v\|}"
    distance = r"\|u - v\|^2 = 2 - 2 u^T v"
    later = f"For unit vectors, $\\|u\\| = 1$ and $\\|v\\| = 1$,\n\n$${distance}$$"
    wrong = slope.replace("^3", "^2")
    assert verdicts(CONTRASTED % slope + later)[slope] in ACCEPTED
    found = verdicts(CONTRASTED % wrong + later)
    assert found[wrong] == "refuted" and found[distance] in ACCEPTED


def test_an_index_takes_the_value_that_has_a_case_of_its_own(verdicts):
    text = "Logits $z_j$, $j = 0, \\dots, K$, and $p_j = \\frac{e^{z_j}}{\\sum_{k=0}^K e^{z_k}}$.\n\n"
    text += "$$\\ell = -\\log p_0$$\n\n"
    slope = r"\frac{\partial \ell}{\partial z_j} = \begin{cases} p_0 - 1 & j = 0 \\ p_j & j \ne 0 \end{cases}"
    assert verdicts(f"{text}$${slope}$$")[slope] in ACCEPTED
    wrong = slope.replace("p_0 - 1", "p_0 + 1")
    assert verdicts(f"{text}$${wrong}$$")[wrong] == "refuted"


DENSITY = "\n\n# Densities\n\nLet $q(z) = e^{-z^2}$ and $a(r) = \\min(1, r)$. Then $q'(z) = -2 z q(z)$."


def test_entries_are_none_of_the_function_with_their_letter(verdicts):
    bound = r"\sum_{k=1}^K q_k \log \frac{p_k}{q_k} \le \log Z"
    weights = "Let $q_k > 0$ and $p_k > 0$ with $\\sum_{k=1}^K q_k = 1$, and let $Z = \\sum_{k=1}^K p_k$."
    assert verdicts(f"{weights}\n\n$${bound}$${DENSITY}")[bound] in ACCEPTED
    circle = "a_t^2 + b_t^2 = 1"
    assert (
        verdicts(f"{DENSITY}\n\n# Noise\n\nLet $x_t = a_t x_0 + b_t \\epsilon$ with ${circle}$.")[circle] == "condition"
    )


def test_a_bold_vector_is_not_the_function_with_its_letter(verdicts):
    mean, wrong = r"\mu = \mathbf{k}^T \alpha", r"\mu = \alpha \mathbf{k}^T"
    text = (
        "Let $k(x, z) = e^{-(x - z)^2}$, $\\mathbf{k}, y \\in \\mathbb{R}^n$, $C \\in \\mathbb{R}^{n \\times n}$ and "
        "$\\alpha = C^{-1} y$.\n\n$$\\mu = \\mathbf{k}^T C^{-1} y$$\n\n$$%s$$"
    )
    assert verdicts(text % mean)[mean] in ACCEPTED
    assert verdicts(text % wrong)[wrong] not in ACCEPTED


def test_numbered_names_that_are_put_are_no_entries_of_one_list(verdicts):
    claim = r"\frac{\eta_1^2}{4 \eta_2^2} - \frac{1}{2 \eta_2} = m^2 + v"
    text = (
        "For the normal density with $v > 0$ put\n\n$$\\eta_1 = \\frac{m}{v}, \\qquad \\eta_2 = -\\frac{1}{2 v}$$\n\n"
    )
    assert verdicts(f"{text}$${claim}$$")[claim] in ACCEPTED
    wrong = claim.replace("+ v", "- v")
    assert verdicts(f"{text}$${wrong}$$")[wrong] == "refuted"


def test_what_a_system_is_to_be_is_given(verdicts):
    text = (
        "Minimise $\\frac{1}{2} x^T x$ under $C x = h$, where $C \\in \\mathbb{R}^{m \\times n}$ and "
        "$h, u \\in \\mathbb{R}^m$, $x \\in \\mathbb{R}^n$.\n\n"
        "$$\\Lambda(x, u) = \\frac{1}{2} x^T x + u^T (C x - h)$$\n\n"
    )
    slope = r"\nabla_x \Lambda = x + C^T u"
    assert verdicts(f"{text}$${slope}$$")[slope] in ACCEPTED
    assert verdicts(f"{text}$${slope.replace('+', '-')}$$")[slope.replace("+", "-")] == "refuted"


QUADRATIC = (
    "Let $f(x) = \\frac{1}{2} x^T A x - b^T x + c$, where $A \\in \\mathbb{R}^{n \\times n}$ is symmetric and "
    "$b, x \\in \\mathbb{R}^n$. The minimum is at $x^* = A^{-1} b$:\n\n"
)


@pytest.mark.parametrize(
    ("claim", "wrong"),
    [
        (r"\nabla f(x) = A x - b", r"\nabla f(x) = A x + b"),
        (r"f(x^*) = c - \frac{1}{2} b^T A^{-1} b", r"f(x^*) = c + \frac{1}{2} b^T A^{-1} b"),
    ],
)
def test_a_quadratic_form_is_a_number_and_its_value_at_a_known_point_a_claim(verdicts, claim, wrong):
    gap = r"f(x) - f(x^*) = \frac{1}{2} (x - x^*)^T A (x - x^*)"
    found = verdicts(f"{QUADRATIC}$${claim}$$\n\n$${gap}$$")
    assert found[claim] in ACCEPTED and found[gap] in ACCEPTED
    assert verdicts(f"{QUADRATIC}$${wrong}$$")[wrong] == "refuted"


def test_what_is_said_of_several_matrices_is_assumed_of_all(verdicts):
    square = "\\in \\mathbb{R}^{n \\times n}$"
    text = f"Let $W = U S V^T$ with orthogonal $U, V {square} and $S {square}.\n\n"
    claim = r"\|W\|_F^2 = \|S\|_F^2"
    assert verdicts(f"{text}$${claim}$$")[claim] in ACCEPTED


@pytest.mark.parametrize("factor", ["c", "\\beta"])
def test_what_scales_a_matrix_under_a_determinant_is_a_number(verdicts, factor):
    right, wrong = f"\\det({factor} A) = {factor}^n \\det(A)", f"\\det({factor} A) = {factor} \\det(A)"
    found = verdicts(f"Let $A \\in \\mathbb{{R}}^{{n \\times n}}$. Then ${right}$ and ${wrong}$.")
    assert found[right] in ACCEPTED and found[wrong] == "refuted"


def test_the_numbers_of_identities_are_not_seen_and_values_told_before_are(tmp_path):
    path = tmp_path / "lecture.md"
    text = "Let $x \\in \\mathbb{R}^n$. Then $I^2 x = 2 x$.\n\n For $a = 3$ we have $a^2 + b = 4 a + b$."
    path.write_text(text, encoding="utf-8")
    found = [judge(claim) for claim in claims_of(read_document(path))]
    assert not any("#" in str(f.as_dict()) for f in found)
    assert found[-1].counterexample["values"]["a"] == 3


def test_a_second_formula_of_a_name_is_a_claim_where_the_letters_are_arrays_elsewhere(verdicts):
    second = r"P^+ = \frac{P R}{P + R}"
    text = f"# Gain\n\nLet $P > 0$, $R > 0$ and $K = \\frac{{P}}{{P + R}}$.\n\n$$P^+ = (1 - K) P$$\n\n$${second}$$\n\n"
    rows = "# Rows\n\nLet $p_n = \\sigma(w^T x_n)$ and $R = \\mathrm{diag}(p_n (1 - p_n))$."
    assert verdicts(text + rows)[second] in ACCEPTED
    wrong = second.replace("P R}", "P + R}")
    assert verdicts(text.replace(second, wrong) + rows)[wrong] not in ACCEPTED


def test_a_square_may_be_given_a_value_in_a_list(verdicts):
    text = "To keep it one needs $\\sigma^2 = \\frac{1}{n}$. With $n = 100$, $\\sigma^2 = 0.02$ we get $"
    found = verdicts(f"{text}n \\sigma^2 = 2$.")
    assert found["\\sigma^2 = 0.02"] == "condition" and found["n \\sigma^2 = 2"] in ACCEPTED
    assert verdicts(f"{text}n \\sigma^2 = 3$.")["n \\sigma^2 = 3"] == "refuted"


def test_a_wrong_sign_is_seen_in_tall_matrices(verdicts):
    text = "Let $X \\in \\mathbb{R}^{N \\times p}$, $H = X (X^T X)^{-1} X^T$ and $r = (I - H) y$. Then $"
    right = r"\|y\|^2 = \|H y\|^2 + \|r\|^2"
    assert verdicts(f"{text}{right}$.")[right] in ACCEPTED
    assert verdicts(f"{text}{right.replace('+', '-')}$.")[right.replace("+", "-")] == "refuted"


def test_what_is_mapped_and_transposed_is_a_vector(verdicts):
    claim = r"\sum_{j=1}^T (\phi(q)^T \phi(k_j)) v_j = \left( \sum_{j=1}^T v_j \phi(k_j)^T \right) \phi(q)"
    assert verdicts(f"$${claim}$$")[claim] in ACCEPTED
    wrong = claim.replace(r"v_j \phi(k_j)^T", r"\phi(k_j) v_j^T")
    assert verdicts(f"$${wrong}$$")[wrong] not in ACCEPTED


@pytest.mark.parametrize(("total", "expected"), [("12928", ACCEPTED), ("12800", FOUND)])
def test_numbers_that_count_something_are_one_list_of_values(verdicts, total, expected):
    claim = f"m d + m = {total}"
    for text in ("With $d = 100$ inputs and $m = 128$ units there are", "Для $d = 100$ входов и $m = 128$ нейронов"):
        assert verdicts(f"{text} ${claim}$.")[claim] in expected


@pytest.mark.parametrize(
    "text",
    [
        "It is not ${}$.",
        "A common mistake is ${}$.",
        "One might think ${}$, which is wrong.",
        "$${}$$\n\ndoes not hold.",
        "Здесь не ${}$.",
        "Равенство ${}$ неверно.",
    ],
)
def test_what_the_text_says_is_wrong_is_no_finding_and_no_definition(verdicts, text):
    wrong, claim = "y = 2 x", "y + x = 4 x"
    found = verdicts(f"Let $y = 3 x$.\n\n{text.format(wrong)}\n\nThen ${claim}$.")
    assert found[wrong] == "condition" and found[claim] in ACCEPTED


@pytest.mark.parametrize("words", ["with the softmax over rows", "as usual"])
def test_the_softmax_that_weighs_values_is_of_rows(verdicts, words):
    text = "$$S = Q K^T, \\quad P = \\mathrm{softmax}(S), \\quad O = P V$$\n\n"
    text += f"{words}; upstream $dO$.\n\n$$dV = P^T dO$$\n\n"
    right = r"dS = P \odot (dO V^T - ((dO V^T \odot P) \mathbf{1}) \mathbf{1}^T)"
    assert verdicts(f"{text}$${right}$$")[right] in ACCEPTED
    wrong = right.replace("- ((", "+ ((")
    assert verdicts(f"{text}$${wrong}$$")[wrong] == "refuted"


def test_moments_of_what_is_computed_are_claims(verdicts):
    text = (
        "Let $s = \\sum_{i=1}^n w_i x_i$, where $w_i$ are i.i.d. with $\\mathbb{E}[w_i] = 0$ and "
        "$\\mathrm{Var}(w_i) = \\sigma_w^2$, $x_i$ are i.i.d. with $\\mathbb{E}[x_i] = 0$ and "
        "$\\mathrm{Var}(x_i) = \\sigma_x^2$, all independent.\n\n"
    )
    right = r"\mathrm{Var}(s) = n \sigma_w^2 \sigma_x^2"
    assert verdicts(f"{text}$${right}$$")[right] in ACCEPTED
    for wrong in (right.replace("n ", "n^2 "), right.replace("n ", ""), r"\mathbb{E}[s] = n"):
        assert verdicts(f"{text}$${wrong}$$")[wrong] == "refuted"


@pytest.mark.parametrize("words", ["The error is", "TD error", "Ошибка", "Ошибка равна"])
def test_an_error_is_a_quantity(verdicts, words):
    assert verdicts(f"{words} $e = a - b$. Then $e + b = a$.")["e + b = a"] in ACCEPTED


def test_what_a_name_is_in_one_case_later_leaves_it_open_before(verdicts):
    claim = r"e^{-\alpha} = \sqrt{\frac{\epsilon}{1 - \epsilon}}"
    text = "Let $\\epsilon \\in (0, 1)$ and $\\alpha = \\frac{1}{2} \\log \\frac{1 - \\epsilon}{\\epsilon}$.\n\n"
    later = "With $\\epsilon = \\frac{1}{2} - \\gamma_t$ it is small."
    assert verdicts(f"{text}$${claim}$$\n\n{later}")[claim] in ACCEPTED


def test_what_a_formula_is_said_with_defines_its_names(verdicts):
    total = r"\sum_{i=1}^m \frac{\partial \ell}{\partial u_i}"
    slope = rf"\frac{{\partial \ell}}{{\partial \mu_B}} = -\frac{{1}}{{\sqrt{{v + \epsilon}}}} {total}"
    text = r"For $m$ examples, $u_i = \frac{x_i - \mu_B}{\sqrt{v + \epsilon}}$ with "
    text += r"$\mu_B = \frac{1}{m} \sum_{i=1}^m x_i$, $v = \frac{1}{m} \sum_{i=1}^m (x_i - \mu_B)^2$ and "
    text += r"$y_i = \gamma u_i + \beta$."
    assert verdicts(f"{text}\n\n$${slope}$$")[slope] in ACCEPTED


def test_one_index_picks_an_entry_of_a_row(tell_apart):
    text = "Let $X \\in \\mathbb{R}^{N \\times D}$, $W \\in \\mathbb{R}^{D \\times H}$, "
    text += "$b \\in \\mathbb{R}^{1 \\times H}$ and $Z_{nh} = \\sum_{d=1}^D X_{nd} W_{dh} + b_h$.\n\n"
    right, wrong = (rf"\frac{{\partial Z_{{nh}}}}{{\partial b_k}} = \delta_{{{k}}}" for k in ("hk", "nk"))
    tell_apart(f"{text}$$@$$", right, wrong)


def test_a_gradient_by_a_matrix_behind_a_claim_tells_its_layout(verdicts):
    right, wrong = (
        rf"\frac{{\partial L}}{{\partial b}} = {x}" for x in (r"\mathbf{1}^\top \bar{Z}", r"\bar{Z} \mathbf{1}")
    )
    text = r"""$X \in \mathbb{R}^{N \times D}$, $W \in \mathbb{R}^{D \times H}$, $b \in \mathbb{R}^{1 \times H}$,
$V \in \mathbb{R}^{H \times C}$.
Ones: $\mathbf{1} \in \mathbb{R}^{N}$ is a column of ones.

$$
\begin{aligned}
Z &= X W + \mathbf{1} b \\
A &= \tanh(Z) \\
S &= A V
\end{aligned}
$$

Entry by entry, $Z_{nh} = \sum_{d=1}^D X_{nd} W_{dh} + b_h$.

Let $L$ be a scalar loss of $S$, and write $\bar{S} = \frac{\partial L}{\partial S} \in \mathbb{R}^{N \times C}$.

$$\bar{A} = \frac{\partial L}{\partial A} = \bar{S} V^\top$$

$$\bar{Z} = \frac{\partial L}{\partial Z} = \bar{A} \odot (1 - A \odot A)$$

"""
    assert verdicts(f"{text}$${right}$$")[right] in ACCEPTED
    assert verdicts(f"{text}$${wrong}$$")[wrong] not in ACCEPTED


@pytest.mark.parametrize(
    ("said", "relation", "verdict"),
    [
        ("Let $a$, $b$ and $c$ be counts (all positive).", r"\le", "holds"),
        ("Пусть $a$, $b$, $c$ — числа (все положительны).", r"\le", "holds"),
        ("All others are positive. In all that follows let $a$, $b$ and $c$ be counts.", r"\le", "needs-hypothesis"),
        ("Let $a$, $b$ and $c$ be counts (all positive).", r"\ge", "refuted"),
    ],
)
def test_an_inequality_may_hold_for_positive_numbers_only(verdicts, said, relation, verdict):
    claim = rf"\frac{{2 P R}}{{P + R}} {relation} \frac{{P + R}}{{2}}"
    text = rf"{said} With $P = \frac{{a}}{{a + b}}$ and $R = \frac{{a}}{{a + c}}$ we have ${claim}$."
    assert verdicts(text)[claim] == verdict


def test_a_name_without_its_argument_is_not_the_function_where_both_are_defined(verdicts):
    text = r"""$p_k = \frac{e^{z_k}}{\sum_{j=1}^K e^{z_j}}$. At a temperature
$p_k(T) = \frac{e^{z_k / T}}{\sum_{j=1}^K e^{z_j / T}}$.

$H = -\sum_{k=1}^K p_k \log p_k$ has $CLAIM$."""
    right = r"\frac{\partial H}{\partial z_k} = -p_k (\log p_k + H)"
    wrong = right.replace("+ H", "- H")
    assert verdicts(text.replace("CLAIM", right))[right] in ACCEPTED
    assert verdicts(text.replace("CLAIM", wrong))[wrong] in FOUND


def test_a_name_without_its_arguments_is_the_function_where_the_claim_speaks_of_them(verdicts):
    text = r"""First $f = W u$. Then $f(x, y, z) = (x + y) z$ with $q = x + y$ and $f = q z$."""
    assert verdicts(text)["f = q z"] in ACCEPTED


@pytest.mark.parametrize(
    "words", ["При инициализации $B = 0$ добавка равна нулю, поэтому", "At the start $B = 0$ and so"]
)
def test_a_case_may_be_named_before_its_value(verdicts, words):
    shapes = "Let $W, B \\in \\mathbb{R}^{m \\times n}$, $A \\in \\mathbb{R}^{n \\times n}$, $x \\in \\mathbb{R}^n$. "
    text = f"{shapes}The layer is $h = W x + s B A x$.\n\n{words} $h = W x$."
    assert verdicts(text)["h = W x"] not in FOUND


def test_where_behind_a_formula_says_what_its_name_is(verdicts):
    told = "$f(s) = \\ln(1 + e^s)$. As $f''(s) = q (1 - q)$ for $q = \\frac{1}{1 + e^{-s}}$, it is convex. "
    later = "\n\n# Divergence\n\n$k(q) = q \\ln q$ has $\\frac{\\partial k}{\\partial q} = 1 + \\ln q$."
    assert verdicts(told + later)["f''(s) = q (1 - q)"] in ACCEPTED


def test_a_case_under_another_heading_says_nothing_of_a_name(verdicts):
    told = (
        "$f(s) = \\ln(1 - p + p e^s) - p s$ has $f(0) = 0$ and $f'(0) = 0$.\n\n# Divergence\n\nIf $p = q$ then $x = 1$."
    )
    found = verdicts(told)
    assert {found["f(0) = 0"], found["f'(0) = 0"]} <= set(ACCEPTED)


def test_a_step_of_a_recurrence_has_the_step_before_as_its_argument(tell_apart):
    said = "$z_{k+1} = z_k - \\eta (h z_k - b)$ has "
    right, wrong = r"\frac{\partial z_{k+1}}{\partial b} = \eta", r"\frac{\partial z_{k+1}}{\partial b} = -\eta"
    tell_apart(f"{said}$@$.", right, wrong)


def test_an_update_of_a_variable_is_no_definition_of_it(verdicts):
    text = (
        "$D(f, g) = f a + g b - e^{f + g}$. Iterate $f \\leftarrow \\log a - g$. "
        "Then $\\frac{\\partial D}{\\partial g} = b - e^{f + g}$."
    )
    assert verdicts(text)["\\frac{\\partial D}{\\partial g} = b - e^{f + g}"] in ACCEPTED


def test_a_step_is_a_factor_where_it_is_a_name_of_its_own(verdicts):
    found = verdicts(r"With the step $\Delta$, $c = e^{\Delta a}$ has $\frac{\partial c}{\partial \Delta} = a c$.")
    assert found[r"\frac{\partial c}{\partial \Delta} = a c"] in ACCEPTED
    found = verdicts(r"With the step $\Delta$, $c = e^{\Delta a^2}$ has $\frac{\partial c}{\partial a} = 2 \Delta c$.")
    assert found[r"\frac{\partial c}{\partial a} = 2 \Delta c"] in FOUND


def test_an_increment_is_one_name(verdicts):
    found = verdicts(r"$\Delta w = -\eta g$ and $v = w + \Delta w$, so $v = w - \eta g$, with $\Delta = 1$.")
    assert found[r"v = w - \eta g"] in ACCEPTED


def test_a_root_is_not_what_a_variable_is_in_slopes_behind_it(verdicts):
    said = "Let $f(z) = z^2 - c$ and $N(z) = z - \\frac{f(z)}{f'(z)}$. At the root $z = \\sqrt{c}$ it stays. Here "
    slope = "N'(z) = \\frac{1}{2} \\left( 1 - \\frac{c}{z^2} \\right)"
    assert verdicts(f"{said}${slope}$.")[slope] in ACCEPTED


def test_capitals_in_a_denominator_are_numbers(verdicts):
    text = (
        "The gain is $K = \\frac{P}{P + R}$. Then $P^+ = (1 - K) P$ and $P^+ = \\frac{P R}{P + R}$.\n\n"
        "# Weights\n\nHere $R = \\operatorname{diag}(p_n (1 - p_n))$."
    )
    assert verdicts(text)["P^+ = \\frac{P R}{P + R}"] in ACCEPTED


def test_a_logarithm_says_what_its_name_is(tell_apart):
    said = "For $\\log p = y \\log \\mu + (1 - y) \\log(1 - \\mu)$ the score is "
    right = r"\frac{\partial \log p}{\partial \mu} = \frac{y - \mu}{\mu (1 - \mu)}"
    wrong = right.replace(r"\mu (1 - \mu)", r"1 - \mu^2")
    tell_apart(f"{said}$@$.", right, wrong)


def test_what_vanishes_at_the_root_of_a_function_shows_nothing(verdicts):
    """At z = sqrt(c) both sides are zero, right or wrong: what is said of every z is not shown there."""
    root = "Let $c > 0$ and $N(z) = \\frac12 (z + \\frac{c}{z})$. At the root $z = \\sqrt{c}$ it stays.\n\n"
    wrong = r"N(z) - \sqrt{c} = \frac{(z - \sqrt{c})^2}{z}"
    assert verdicts(f"{root}$${wrong}$$")[wrong] not in ACCEPTED
    assert verdicts(f"{root}$$N(z) = z$$")["N(z) = z"] in ACCEPTED


WEIGHTS = r"""Let $K \in \mathbb{R}^{n \times d}$, $q \in \mathbb{R}^d$, $s = K q$ and
$a_i = \frac{e^{s_i}}{\sum_{j=1}^n e^{s_j}}$. CASE, """


@pytest.mark.parametrize(
    "case", ["If $s_i = c$", "If all scores are equal, $s_i = c$", "Если все оценки равны, $s_i = c$"]
)
def test_all_entries_of_what_is_computed_may_be_one_number(verdicts, case):
    then = "то" if case.startswith("Е") else "then"
    right, wrong = r"a_i = \frac{1}{n}", r"a_i = \frac{1}{n + 1}"
    found = verdicts(WEIGHTS.replace("CASE", case) + rf"{then} ${right}$.")
    assert found[right] in ACCEPTED
    assert found["s_i = c"] == "condition"
    found = verdicts(WEIGHTS.replace("CASE", case) + rf"{then} ${wrong}$.")
    assert found[wrong] not in ACCEPTED


def test_what_two_computed_names_being_equal_says_of_others_is_not_refuted(verdicts):
    """u + v = u - v makes v zero: putting u - v in for a alone does not say so."""
    found = verdicts("Let $a = u + v$ and $b = u - v$. If $a = b$, then $a = u$.")
    assert found["a = u"] not in FOUND
