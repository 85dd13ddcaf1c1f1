r"""What a lecture gives: data that arose by a model, moments in a chain, the layout of one part, short vectors."""

from __future__ import annotations

import pytest

from symnet.lecture.verdict import ACCEPTED, FOUND


@pytest.mark.parametrize(("slope", "accepted"), [("-X^\\top (y - X w)", True), ("X^\\top (y - X w)", False)])
def test_nothing_is_differentiated_through_what_says_how_data_arose(verdicts, slope, accepted):
    claim = f"\\nabla_w E = {slope}"
    text = (
        "We see $y \\in \\mathbb{R}^n$ and $X \\in \\mathbb{R}^{n \\times d}$. The model is $y = X w + \\epsilon$ with "
        "$\\epsilon \\sim \\mathcal{N}(0, s I)$ and the error $E(w) = \\frac{1}{2} \\|y - X w\\|^2$. Then\n\n"
    )
    assert (verdicts(f"{text}$${claim}$$\n")[claim] in ACCEPTED) is accepted


def test_a_sample_is_differentiated_through(tell_apart):
    text = "With $\\epsilon \\sim \\mathcal{N}(0, 1)$ let $z = m + s \\epsilon$ and $f = z^2$. Then $@$."
    tell_apart(text, r"\frac{\partial f}{\partial s} = 2 z \epsilon", r"\frac{\partial f}{\partial s} = 2 z")


def test_a_chain_of_moments_says_the_value_of_each(verdicts):
    text = (
        "Let $\\mathbb{E}[q_i] = \\mathbb{E}[k_i] = 0$ and $\\operatorname{Var}[q_i] = \\operatorname{Var}[k_i] = 1$.\n"
    )
    assert not set(verdicts(text).values()) & set(FOUND)


def test_a_name_of_a_loss_may_be_that_of_a_matrix(tell_apart):
    text = "Let $K \\in \\mathbb{R}^{n \\times n}$ and $C = K + s^2 I$. Then $@$."
    tell_apart(text, r"\frac{\partial C}{\partial s} = 2 s I", r"\frac{\partial C}{\partial s} = s I")


@pytest.mark.parametrize(
    "place", ["In numerator layout, for $x \\in \\mathbb{R}^n$:", "We always use numerator layout."]
)
def test_a_layout_that_is_named_for_one_part_holds_there(verdicts, place):
    slope = r"\frac{\partial L}{\partial W} = \frac{\partial L}{\partial z} x^\top"
    text = (
        "# Layers\n\nLet $z = W x$, $W \\in \\mathbb{R}^{m \\times n}$, and $L$ a loss of $z$.\n\n"
        f"$${slope}$$\n\n# Rules\n\n{place} $\\frac{{\\partial a^\\top x}}{{\\partial x}} = a^\\top$.\n"
    )
    assert (verdicts(text)[slope] in ACCEPTED) is place.startswith("In")


def test_numbers_pick_entries_of_what_is_declared_so_short(tell_apart):
    text = "For $u, v \\in \\mathbb{R}^2$ we have $@$."
    square = r"(u^\top v)^2 = u_1^2 v_1^2 + "
    tell_apart(text, square + r"2 u_1 u_2 v_1 v_2 + u_2^2 v_2^2", square + r"u_1 u_2 v_1 v_2 + u_2^2 v_2^2")


CELL = r"""With $x_t \in \mathbb{R}^n$ the gate is $f_t = \sigma(x_t + h_{t-1})$, and $g_t = \tanh(x_t - h_{t-1})$,
$c_t = f_t \odot c_{t-1} + g_t$, $h_t = \tanh(c_t)$ with $c_t \in \mathbb{R}^n$.

SAID, $\frac{\partial c_t}{\partial c_{t-1}} = \operatorname{diag}(SLOPE)$.
"""


@pytest.mark.parametrize(
    ("said", "slope", "expected"),
    [
        ("With the gates held fixed", "f_t", ACCEPTED),
        ("При фиксированных вентилях", "f_t", ACCEPTED),
        ("With the gates held fixed", "1 - f_t", FOUND),
        ("Along the cell", "f_t", ("reading-dependent",)),
        ("Along the cell", "f_t^2", FOUND),
    ],
)
def test_what_a_sentence_holds_fixed_has_no_slope(verdicts, said, slope, expected):
    claim = rf"\frac{{\partial c_t}}{{\partial c_{{t-1}}}} = \operatorname{{diag}}({slope})"
    assert verdicts(CELL.replace("SAID", said).replace("SLOPE", slope))[claim] in expected


DENSITY = r"""Put $x = \mu + \sigma \varepsilon$. The density is
$q(x) = \frac{1}{\sqrt{2\pi} \sigma} \exp\left(-\frac{(x - \mu)^2}{2\sigma^2}\right)$.

SAID, $\frac{\partial \log q(x)}{\partial \sigma} = SCORE$.
"""


@pytest.mark.parametrize(
    ("said", "score", "expected"),
    [
        ("With $x$ held fixed", r"\frac{(x - \mu)^2}{\sigma^3} - \frac{1}{\sigma}", ACCEPTED),
        ("При фиксированном $x$", r"\frac{(x - \mu)^2}{\sigma^3} - \frac{1}{\sigma}", ACCEPTED),
        ("The score is", r"\frac{(x - \mu)^2}{\sigma^3} - \frac{1}{\sigma}", ("reading-dependent",)),
        ("The score is", r"\frac{(x - \mu)^2}{\sigma^3} + \frac{1}{\sigma}", FOUND),
        ("Along the sample", r"-\frac{1}{\sigma}", ACCEPTED),
    ],
)
def test_the_argument_of_a_density_may_be_fixed_in_a_score(verdicts, said, score, expected):
    claim = rf"\frac{{\partial \log q(x)}}{{\partial \sigma}} = {score}"
    assert verdicts(DENSITY.replace("SAID", said).replace("SCORE", score))[claim] in expected
