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


@pytest.mark.parametrize("case", ["When all scores are equal", "Если все веса равны"])
def test_a_case_that_is_told_in_words_refutes_nothing(verdicts, case):
    softmax = r"$p_j = \frac{e^{s_j}}{\sum_{i=1}^K e^{s_i}}$ and $L = -\log p_1$"
    found = verdicts(f"Let {softmax}.\n\n{case}, $p_j = \\frac1K$ and $L = \\log K$.\n\n$$L = \\log p_1$$\n")
    assert found[r"p_j = \frac1K"] == found[r"L = \log K"] == "needs-context"
    assert found[r"L = \log p_1"] not in ACCEPTED
