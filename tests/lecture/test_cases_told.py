"""What a sentence supposes holds for that sentence: "If $p = q$, then ..." says nowhere else what p is."""

from __future__ import annotations

import pytest

from symnet.lecture.verdict import ACCEPTED, FOUND

LOAD = r"Let $L = \alpha E \sum_{e=1}^E f_e P_e$."


@pytest.mark.parametrize(
    ("before", "case", "right", "wrong"),
    [
        (r"Let $w = a_1 u_1 + (1 - a_1) u_2$.", r"If $u_1 = u_2 = v$, then ", "w = v", "w = 2 v"),
        (LOAD, r"Under uniform routing $f_e = P_e = \frac1E$, so that ", r"L = \alpha", r"L = \alpha E"),
        (
            LOAD,
            r"If all goes to one of them, $f_1 = P_1 = 1$ and the others are zero, then ",
            r"L = \alpha E",
            r"L = \alpha",
        ),
        (
            r"Пусть $p_k = \frac{e^{z_k / T}}{\sum_{j=1}^K e^{z_j / T}}$, $T > 0$.",
            r"При одинаковых логитах $z_k = c$ имеем ",
            r"p_k = \frac1K",
            r"p_k = \frac1T",
        ),
        (
            r"Let $v = g(w) - g(u) + m$ with $g(x) = x^3$.",
            r"At the snapshot $w = u$ it is ",
            "v = m",
            "v = 2 m",
        ),
    ],
)
def test_a_case_holds_for_its_sentence(tell_apart, before, case, right, wrong):
    tell_apart(f"{before} {case}$@$.", right, wrong)


@pytest.mark.parametrize(
    ("wrong", "case"),
    [
        (r"\log(e^a + e^b) = \min(a, b) + \log(1 + e^{-|a - b|})", r"For $a = b$ this is $a + \log 2$."),
        (r"g(w) - g(u) = 0", r"При $w = u$ разность равна нулю."),
        (r"T(n) = n", r"If $n = m$ then $x = 1$."),
    ],
)
def test_a_case_says_nothing_of_what_stands_before_it(verdicts, wrong, case):
    said = r"Let $g(x) = x^3$ and $T(x) = m + \frac{s}{r} (x - n)$."
    assert verdicts(f"{said} Then ${wrong}$. {case}")[wrong] not in ACCEPTED


def test_a_case_may_hold_on_behind_its_sentence(verdicts):
    text = r"The layer is $y = W x + s B A x$. If $W = U V$, then its rank is low. The output is ${}$."
    right, wrong = r"y = U V x + s B A x", r"y = V U x + s B A x"
    assert verdicts(text.replace("{}", right))[right] in ACCEPTED
    assert verdicts(text.replace("{}", wrong))[wrong] not in ACCEPTED


def test_what_a_case_gives_a_name_is_not_what_the_text_gives_it_by_that_name(verdicts):
    """delta is said of t, and then t of delta."""
    claim = r"2 e^{-2 n t^2} = \delta"
    text = rf"We set ${claim}$ for $t > 0$. At $t = \sqrt{{\frac{{\ln(2 / \delta)}}{{2 n}}}}$ we have indeed ${claim}$."
    assert verdicts(text)[claim] in ACCEPTED


def test_a_clause_behind_a_comma_is_what_is_said_of_the_case(verdicts):
    found = verdicts(r"Let $h = W x$ and $y = 2 h$. For two classes, $y = 2 W x$.")
    assert found["y = 2 W x"] in ACCEPTED


def test_norms_are_compared_as_numbers(verdicts):
    found = verdicts(r"For $x \in \mathbb{R}^n$: $\|x\|_\infty \le \|x\|_2$, and $\|x\|_1 \le \|x\|_\infty$.")
    assert found[r"\|x\|_\infty \le \|x\|_2"] in ACCEPTED
    assert found[r"\|x\|_1 \le \|x\|_\infty"] in FOUND


def test_a_bound_of_probabilities_may_need_that_they_are(verdicts):
    right = r"d(q, p) \ge 2 (p - q)^2"
    said = r"Let $d(q, p) = q \ln \frac{q}{p} + (1 - q) \ln \frac{1 - q}{1 - p}$. Then "
    assert verdicts(f"{said}${right}$.")[right] == "needs-hypothesis"
    wrong = right.replace("2 (", "9 (")
    assert verdicts(f"{said}${wrong}$.")[wrong] in FOUND


def test_what_a_case_asks_is_not_refuted(verdicts):
    text = r"Let $v_i = \frac{w_i e^{-g_i}}{\sum_{j=1}^n w_j e^{-g_j}}$ and $w_i = 3 u_i$. "
    found = verdicts(text + r"If all $g_j = c$ are equal and $\sum_j w_j = 1$, then $\sum_{i=1}^n v_i = 1$.")
    assert found[r"\sum_j w_j = 1"] == "condition"
    assert found[r"\sum_{i=1}^n v_i = 1"] in ACCEPTED


def test_the_sums_of_a_chain_are_all_one(verdicts):
    bound = r"\sum_{i=1}^m p_i \log \frac{p_i}{q_i} \ge 0"
    found = verdicts(rf"Let $p_i, q_i > 0$ and $\sum_{{i=1}}^m p_i = \sum_{{i=1}}^m q_i = 1$. Then ${bound}$.")
    assert found[bound] in ACCEPTED


@pytest.mark.parametrize(
    ("right", "wrong"),
    [(r"C = 2 N^2 d", r"C = 2 N d^2"), (r"\frac{N^2}{N r} = \frac{N}{d}", r"\frac{N^2}{N r} = \frac{d}{N}")],
)
def test_sizes_that_are_equal_in_a_case_leave_the_others_apart(tell_apart, right, wrong):
    said = (
        r"Let $V \in \mathbb{R}^{N \times d}$, $F \in \mathbb{R}^{N \times r}$, $C = N^2 r + N^2 d$. If $r = d$ then "
    )
    tell_apart(f"{said}$@$.", right, wrong)


SOFTMAX = r"Let $p_j = \frac{e^{s_j}}{\sum_{i=1}^K e^{s_i}}$ and $L = -\log p_1$."


@pytest.mark.parametrize("case", ["When all scores are equal", "Если все веса равны"])
def test_a_case_that_is_told_in_words_is_tried(verdicts, case):
    found = verdicts(f"{SOFTMAX}\n\n{case}, $p_j = \\frac1K$ and $L = \\log K$.\n\n$$L = \\log p_1$$\n")
    assert {found[r"p_j = \frac1K"], found[r"L = \log K"]} <= set(ACCEPTED)
    assert found[r"L = \log p_1"] not in ACCEPTED
    found = verdicts(f"{SOFTMAX}\n\n{case}, $L = 2 \\log K$.\n")
    assert found[r"L = 2 \log K"] in FOUND


RETURN = r"The return is $G_t = \sum_{k=0}^\infty \gamma^k R_{t+k+1}$ with $0 \le \gamma < 1$."
REWARD = r"Let $J = \sum_a \pi_a r_a$ with $\pi_a = \frac{e^{h_a}}{\sum_b e^{h_b}}$."


@pytest.mark.parametrize(
    ("before", "case", "right", "wrong"),
    [
        (RETURN, "If the reward is always $1$, then ", r"G_t = \frac{1}{1 - \gamma}", r"G_t = \frac{1}{1 + \gamma}"),
        (REWARD, "If all rewards are equal to one, ", "J = 1", "J = 2"),
        (REWARD, "If all rewards are equal to zero, then ", "J = 0", "J = 1"),
    ],
)
def test_a_case_of_equal_numbers_is_tried_for_each_name(tell_apart, before, case, right, wrong):
    tell_apart(f"{before} {case}$@$.", right, wrong)


def test_a_case_that_may_be_about_several_arrays_is_left_open(verdicts):
    found = verdicts(
        r"Let $f = \|x - y\|^2 + \|x - z\|^2$ for $x, y, z \in \mathbb{R}^n$. If all vectors are equal, $f = 0$."
    )
    assert found["f = 0"] not in FOUND


QUADRATIC = r"Let $A \in \mathbb{R}^{n \times n}$ and $x, y \in \mathbb{R}^n$."


@pytest.mark.parametrize(
    ("claim", "case"),
    [
        (r"\nabla_x (x^\top A x) = 2 A x", r"If $A$ is symmetric, then $x^\top A = (A x)^\top$."),
        (r"\|A x\| = \|x\|", r"When $A$ is orthogonal, we have $A^\top A = I$."),
        (r"\|x - y\|^2 = 2 - 2 x^\top y", r"For unit vectors $x$ and $y$, $x^\top y \le 1$."),
    ],
)
def test_a_property_that_words_tell_of_a_case_holds_in_its_sentence(verdicts, claim, case):
    assert verdicts(f"{QUADRATIC} It is ${claim}$. {case}")[claim] not in ACCEPTED
    begin = case.partition(",")[0]
    assert verdicts(f"{QUADRATIC} {begin}, ${claim}$.")[claim] in ACCEPTED


def test_unit_vectors_in_the_sentence_of_a_claim_may_have_been_measured_before(tell_apart):
    said = r"Let $c = \frac{x^\top y}{\|x\| \|y\|}$. For unit vectors $x$ and $y$, $@$."
    tell_apart(said, r"\|x - y\|^2 = 2 - 2 c", r"\|x - y\|^2 = 2 - c")


def test_a_matrix_with_a_formula_is_what_the_sentence_of_a_claim_supposes(tell_apart):
    said = r"Let $W$ be symmetric with $W = Q \Lambda Q^\top$. If $W$ is orthogonal, $@$."
    tell_apart(said, r"\|W h\| = \|h\|", r"\|W h\| = 2 \|h\|")


def test_independence_in_a_case_says_nothing_of_what_stands_before(verdicts):
    wrong = r"\operatorname{Var}(X + Y) = \operatorname{Var}(X) + \operatorname{Var}(Y) + \operatorname{Cov}(X, Y)"
    right = r"\operatorname{Var}(X - Y) = \operatorname{Var}(X) + \operatorname{Var}(Y)"
    found = verdicts(f"Let $X, Y$ be random variables. ${wrong}$. If $X$ and $Y$ are independent, then ${right}$.")
    assert found[wrong] in FOUND
    assert found[right] in ACCEPTED


def test_a_later_case_of_orthonormal_columns_makes_no_shapes_fit(verdicts):
    text = r"""Let $X \in \mathbb{R}^{n \times d}$, $y \in \mathbb{R}^n$, $\lambda > 0$ and
$J(w) = \frac{1}{2}\|X w - y\|^2 + \frac{\lambda}{2} \|w\|^2$. Then $w = (X^\top X + \lambda I)^{-1} X^\top y$, that is
$$w = X^\top (@ + \lambda I)^{-1} y.$$
If $X$ has orthonormal columns, that is $X^\top X = I$, the solution shrinks.
"""
    form = r"w = X^\top (@ + \lambda I)^{-1} y"
    for gram, accepted in ((r"X X^\top", True), (r"X^\top X", False)):
        assert (verdicts(text.replace("@", gram))[form.replace("@", gram)] in ACCEPTED) == accepted


def test_a_condition_in_brackets_behind_a_claim_is_one(tell_apart):
    said = SOFTMAX + r" Then $$@ \quad (j \ne 1).$$"
    tell_apart(said, r"\frac{\partial L}{\partial s_j} = p_j", r"\frac{\partial L}{\partial s_j} = p_j - 1")


def test_a_recurrence_has_no_steps_before_its_first(tell_apart):
    said = r"Consider $h_t = w h_{t-1} + u x_t$ with numbers $w$, $u$ and $h_0 = 0$. Then $@$."
    slope = r"\frac{\partial h_t}{\partial h_{t-k}}"
    tell_apart(said, f"{slope} = w^k", f"{slope} = w^{{k-1}}")


def test_a_bound_that_is_asserted_of_what_was_computed_is_a_claim(verdicts):
    said = (
        r"Let $K = \frac12 \sum_{j=1}^d (\mu_j^2 + \sigma_j^2 - 1 - \log \sigma_j^2)$. It is never negative: $K \ge 0$."
    )
    assert verdicts(said)[r"K \ge 0"] in ACCEPTED
    assert verdicts(said.replace(r"K \ge 0", r"K \ge 9"))[r"K \ge 9"] in FOUND


def test_an_inequality_of_functions_may_be_meant_for_each_entry(verdicts):
    said = r"Let $x_1, \dots, x_m$ be numbers and $y_i = \gamma x_i + \beta$. For $s(x) = \log(1 + e^x)$ we have $@$."
    claim = r"s(x) \ge \max(0, x)"
    assert verdicts(said.replace("@", claim))[claim] in ACCEPTED
    wrong = r"s(x) \le \max(0, x)"
    assert verdicts(said.replace("@", wrong))[wrong] not in ACCEPTED


def test_a_case_that_names_a_size_of_something_else_is_left_open(verdicts):
    said = r"Let $X \in \mathbb{R}^{n \times d}$ and $p_i = \frac{e^{z_i}}{\sum_{j} e^{z_j}}$."
    claim = r"p_i = \frac{1}{n}"
    assert verdicts(f"{said} When all $z_i$ are the same, ${claim}$.")[claim] not in FOUND


def test_a_value_of_a_function_is_no_formula_of_it_near_a_claim(verdicts):
    text = r"""Let $A \in \mathbb{R}^{n \times n}$ be symmetric, $b \in \mathbb{R}^n$ and
$$f(x) = \frac{1}{2} x^\top A x - b^\top x.$$
Then $\nabla f(x) = A x - b$ and $\nabla^2 f(x) = A$.
The minimum is at $x^* = A^{-1} b$, where $f(x^*) = -\frac{1}{2} b^\top A^{-1} b$. We have
$$f(x) - f(x^*) = \frac{1}{2} (x - x^*)^\top A (x - x^*).$$
The step $x_{k+1} = x_k - \eta \nabla f(x_k)$ with $\eta > 0$ gives
$$x_{k+1} - x^* = (I - \eta A) (x_k - x^*).$$
"""
    assert not set(verdicts(text).values()) & set(FOUND)


def test_what_a_recurrence_comes_to_at_a_step_does_not_take_its_place(verdicts):
    slope = r"\frac{\partial h_t}{\partial h_{t-k}} = w^k"
    found = verdicts(
        r"Consider $h_t = w h_{t-1} + u x_t$ with numbers $w$, $u$. Unrolled from $h_0 = 0$, "
        rf"$$h_3 = u x_3 + w u x_2 + w^2 u x_1.$$ The derivative is ${slope}$."
    )
    assert found[slope] in ACCEPTED
    assert found["h_3 = u x_3 + w u x_2 + w^2 u x_1"] in ACCEPTED


def test_what_is_computed_satisfies_a_claim(tell_apart):
    said = r"Let $\bar a_t = \prod_{s=1}^t a_s$. The products satisfy $@$."
    tell_apart(said, r"\bar a_t = a_t \bar a_{t-1}", r"\bar a_t = a_t \bar a_{t+1}")


def test_an_entry_of_what_was_defined_as_a_whole_is_a_claim(tell_apart):
    said = r"Let $u, v \in \mathbb{R}^n$ and $w = u \odot v + 2 u$. Entry by entry $@$."
    tell_apart(said, "w_i = u_i v_i + 2 u_i", "w_i = u_i v_i - 2 u_i")


@pytest.mark.parametrize(
    "text",
    [
        r"For $0 < x < 1$ we have $\log(1 - x) \le -x$. For all $x \in \mathbb{R}$ it holds that $x^2 \le x$.",
        r"Let $x \in \mathbb{R}$. Then $x^2 \le x$. For $0 < x < 1$ we have $\log(1 - x) \le -x$.",
    ],
)
def test_the_range_of_a_case_is_none_where_a_name_is_any_number(verdicts, text):
    found = verdicts(text)
    assert found[r"\log(1 - x) \le -x"] in ACCEPTED
    assert found[r"x^2 \le x"] not in ACCEPTED


@pytest.mark.parametrize("loss", [r"\max(0, a - b + m)", r"|a - b + m|", r"\operatorname{relu}(a - b + m)"])
def test_a_border_behind_a_name_has_points_on_both_sides(tell_apart, loss):
    slope = r"\frac{\partial T}{\partial a} = "
    right = r"\operatorname{sign}(a - b + m)" if loss.startswith("|") else r"\mathbb{1}[a - b + m > 0]"
    tell_apart(f"Let $T = {loss}$. Then $@$.", slope + right, slope + "1")


@pytest.mark.parametrize(
    "case", ["Where it is active, @", "In the linear region @", "Then @ on the active side", "На линейном участке @"]
)
def test_a_part_of_the_domain_that_is_told_in_words_refutes_nothing(verdicts, case):
    slope = r"\frac{\partial c}{\partial r} = 1"
    said = r"Let $c = \min(\max(r, 1 - \epsilon), 1 + \epsilon)$. "
    assert verdicts(said + case.replace("@", f"${slope}$") + ".")[slope] == "needs-context"
