r"""A second formula of a name: another model, or the first one in another form; an entry of all entries."""

from __future__ import annotations

import pytest

from symnet.lecture.verdict import ACCEPTED, FOUND
from tests.lecture.pages import judged

MEAN = "Let $k = \\frac{p}{p + r}$ and $m = a + k (z - a)$.\n\n"


@pytest.mark.parametrize("words", ["Equivalently,", "This can be written as", "Иначе говоря,", "Равносильная запись:"])
@pytest.mark.parametrize(
    ("formula", "verdict"), [(r"\frac{r a + p z}{p + r}", "holds"), (r"\frac{p a + r z}{p + r}", "refuted")]
)
def test_what_is_given_again_in_another_form_is_a_claim(tmp_path, words, formula, verdict):
    assert judged(tmp_path, f"{MEAN}{words}\n\n$$m = {formula}.$$\n", "m =").verdict == verdict


@pytest.mark.parametrize(
    "words",
    [
        "Another choice is",
        "Therefore a second model takes",
        "Поэтому во второй модели берут",
        "Now take, that is, try",
        "In a new model, i.e. with $p$ and $r$ exchanged,",
    ],
)
def test_what_is_chosen_anew_is_none(tmp_path, words):
    assert (
        judged(tmp_path, f"{MEAN}{words}\n\n$$m = \\frac{{p a + r z}}{{p + r}}.$$\n", "m =").verdict == "needs-context"
    )


def test_an_entry_is_no_definition_of_all_entries(tmp_path):
    text = (
        "For a class $c$ let $t_i = (1 - h) \\delta_{ic} + \\frac{h}{K}$, so that $t_c = 1 - h + \\frac{h}{K}$.\n\n"
        "$$s_i = \\frac{e^{z_i}}{\\sum_{j=1}^K e^{z_j}}, \\qquad L = -\\sum_{i=1}^K t_i \\log s_i$$\n\n"
        "$$\\frac{\\partial L}{\\partial z_i} = s_i - t_i$$\n"
    )
    assert judged(tmp_path, text, "s_i - t_i").verdict not in ("refuted", "ill-typed")


def test_the_logistic_function_is_known_in_a_second_formula(tmp_path):
    text = (
        "With $p = \\sigma(z)$ and $t \\in \\{0, 1\\}$ let $B = -t \\log p - (1 "
        "- t) \\log(1 - p)$.\n\n$$B = \\log(1 + e^z) - t z$$"
    )
    assert judged(tmp_path, text, "e^z").verdict in ACCEPTED


@pytest.mark.parametrize(
    ("formula", "verdict"), [(r"c = A^\top \mathbf{1}", "holds"), (r"c = A \mathbf{1}", "refuted")]
)
def test_an_array_is_compared_with_its_entries(tmp_path, formula, verdict):
    text = f"For $A \\in \\mathbb{{R}}^{{n \\times n}}$ let $c_j = \\sum_{{i=1}}^n A_{{ij}}$. So ${formula}$.\n"
    assert judged(tmp_path, text, "mathbf{1}").verdict == verdict


SOFTMAX = r"Let $p_k = \frac{e^{z_k}}{\sum_{j=1}^K e^{z_j}}$ and $\sigma(u) = \frac{1}{1 + e^{-u}}$. "


@pytest.mark.parametrize("words", ["With two classes", "For $K = 2$", "В бинарном случае", "Для двух классов"])
def test_an_entry_in_the_form_for_two_of_them(tell_apart, words):
    right, wrong = r"p_1 = \sigma(z_1 - z_2)", r"p_1 = \sigma(z_1 + z_2)"
    tell_apart(f"{SOFTMAX}{words} $@$.", right, wrong)


def test_an_entry_by_itself_is_not_what_all_entries_are(verdicts):
    slope = r"\frac{\partial p_k}{\partial z_k} = p_k (1 - p_k)"
    found = verdicts(SOFTMAX + rf"A sigmoid is $p_1 = \sigma(z_1 - z_2)$. The slope is ${slope}$.")
    assert found[r"p_1 = \sigma(z_1 - z_2)"] not in (*ACCEPTED, *FOUND)  # nothing says that there are two
    assert found[slope] in ACCEPTED


def test_an_entry_that_is_summed_along_the_other_axis(verdicts):
    said = r"Let $S \in \mathbb{R}^{n \times n}$ and $A = \operatorname{softmax}(S)$, applied to each row. "
    right = r"A_{ij} = \frac{e^{S_{ij}}}{\sum_k e^{S_{ik}}}"
    wrong = r"A_{ij} = \frac{e^{S_{ij}}}{\sum_k e^{S_{kj}}}"
    assert verdicts(f"{said}${right}$.")[right] in ACCEPTED
    assert verdicts(f"{said}${wrong}$.")[wrong] == "refuted"


@pytest.mark.parametrize("words", ["Therefore", "Hence, expressed through $H$,", "Поэтому", "Отсюда"])
def test_what_follows_of_a_name_is_a_claim(tell_apart, words):
    text = f"Let $H = -\\sum_k p_k \\ln p_k$ and $B = -\\sum_k p_k \\log_2 p_k$. {words} $@$."
    tell_apart(text, r"B = \frac{H}{\ln 2}", r"B = H \ln 2")


SCORES = r"Let $P = \frac{a}{a + b}$, $R = \frac{a}{a + c}$ and $F = \frac{2 P R}{P + R}$. "
WEIGHTS = r"Let $Q, K \in \mathbb{R}^{n \times d}$ and $S = \frac{1}{\sqrt{d}} Q K^\top$. "


@pytest.mark.parametrize(
    ("said", "right", "wrong"),
    [
        (f"{SCORES}In counts, $@$.", r"F = \frac{2 a}{2 a + b + c}", r"F = \frac{a}{2 a + b + c}"),
        (
            f"{WEIGHTS}An entry is $@$.",
            r"S_{ij} = \frac{1}{\sqrt{d}} \sum_{k=1}^d Q_{ik} K_{jk}",
            r"S_{ij} = \frac{1}{d} \sum_{k=1}^d Q_{ik} K_{jk}",
        ),
        (
            r"Let $h_t = \frac{c}{2} (1 + \cos \frac{\pi t}{T})$. In half angles $@$.",
            r"h_t = c \cos^2 \frac{\pi t}{2 T}",
            r"h_t = c \sin^2 \frac{\pi t}{2 T}",
        ),
    ],
)
def test_what_is_computed_again_from_other_names_is_a_claim(tell_apart, said, right, wrong):
    tell_apart(said, right, wrong)


def test_a_closed_form_is_compared_with_its_recurrence_where_the_name_is_a_vector_later(verdicts):
    claim = r"w_t = (1 - h a)^t w_0"
    text = (
        "# Descent\n\nFor $f(w) = \\frac{a}{2} w^2$ a step is $w_{t+1} = w_t - h f'(w_t)$. After $t$ steps\n\n"
        f"$${claim}$$\n\n# Decay\n\nWith a loss $\\ell(w)$ let $F(w) = \\ell(w) + \\frac{{c}}{{2}} \\|w\\|^2$. Then\n"
        "$$\\nabla F(w) = \\nabla \\ell(w) + c w$$\n\nThe rate is $h_t = \\frac{1}{t}$.\n"
    )
    assert verdicts(text, claim)[claim] in ACCEPTED


@pytest.mark.parametrize("said", ["The mean satisfies", "Среднее удовлетворяет"])
def test_what_a_name_with_a_formula_satisfies_is_claimed_of_it(tell_apart, said):
    tell_apart(
        rf"Put $s = \frac{{1}}{{2}} (x + y)$. {said} $@$.", r"s = \frac{x}{2} + \frac{y}{2}", r"s = x - \frac{y}{3}"
    )
