r"""Claims that hold in another context than the whole document as it stands: its prose, its sections, its variables."""

from __future__ import annotations

import pytest

from symnet.lecture.documents.documents import read_document
from symnet.lecture.judging.judge import claims_of, judge
from symnet.lecture.verdict import ACCEPTED, FOUND


@pytest.fixture
def verdict(tmp_path):
    """The verdict on the only claim of a document with that LaTeX."""

    def of(text: str, latex: str) -> str:
        path = tmp_path / "lecture.md"
        path.write_text(text, encoding="utf-8")
        (claim,) = (claim for claim in claims_of(read_document(path)) if claim.latex == latex)
        return judge(claim).verdict

    return of


FORM = r"x^\top D y = \sum_{i=1}^n D_{ii} x_i y_i"


@pytest.mark.parametrize(
    ("prose", "form", "accepted"),
    [
        ("With a diagonal $D$ we find", FORM, True),
        ("Some matrices are diagonal, and", FORM, False),  # said of no D
        ("With any $D$ we find", FORM, False),
        ("With a diagonal $D$ we find", FORM.replace(r"\sum", r"2 \sum"), False),
    ],
)
def test_a_matrix_that_the_prose_beside_it_calls_diagonal_is_so(verdict, prose, form, accepted):
    text = f"$D \\in \\mathbb{{R}}^{{n \\times n}}$ and $x, y \\in \\mathbb{{R}}^n$\n\n{prose}\n\n$${form}$$\n"
    assert (verdict(text, form) in ACCEPTED) is accepted


@pytest.mark.parametrize(
    ("slope", "expected"), [("2 (w - a)", "proved"), ("w - a", "refuted"), ("2 (w - a)^2", "refuted")]
)
def test_a_variable_stays_one_though_its_value_at_a_minimum_is_given_later(verdict, slope, expected):
    """At the minimum all three are zero, and show nothing."""
    claim = rf"\frac{{\partial f}}{{\partial w}} = {slope}"
    assert verdict(f"$$f(w) = (w - a)^2$$\n\n$${claim}$$\n\n$$w = a$$\n", claim) == expected


@pytest.mark.parametrize(("slope", "expected"), [("p (1 - p)", "proved"), ("p (1 + p)", "refuted")])
def test_of_two_names_defined_through_each_other_the_one_differentiated_by_is_free(verdict, slope, expected):
    claim = rf"\frac{{\partial p}}{{\partial z}} = {slope}"
    text = rf"$$z = \log \frac{{p}}{{1 - p}}$$ and back $$p = \frac{{1}}{{1 + e^{{-z}}}}$$ with $${claim}$$"
    assert verdict(text, claim) == expected


def test_definitions_may_follow_each_other_however_deep_the_caller_is(verdict):
    claim = r"\frac{\partial p}{\partial z} = p (1 + p)"
    text = rf"$$z = \log \frac{{p}}{{1 - p}}$$ and back $$p = \frac{{1}}{{1 + e^{{-z}}}}$$ with $${claim}$$"

    def inside(frames: int) -> str:
        return inside(frames - 1) if frames else verdict(text, claim)

    assert inside(300) == "refuted"


@pytest.mark.parametrize("total", ["70 x + c", "71 x + c"])
def test_where_definitions_follow_each_other_too_far_no_part_of_them_decides(verdict, total):
    """From the last few definitions alone a true total would be a false one."""
    steps = [f"$$a_{{{k}}} = a_{{{k - 1}}} + x$$" for k in range(2, 71)]
    text = "\n\n".join(["$$a_{1} = x + c$$", *steps, f"$$a_{{70}} - c = {total} - c$$"])
    assert verdict(text, f"a_{{70}} - c = {total} - c") == "not-understood"


@pytest.mark.parametrize("heading", ["# Numbers", ""])
def test_a_section_may_use_a_name_for_something_else(verdict, heading):
    """p is a vector before, and a number where f is defined; too much stands between for f to be near."""
    between = "\n\n".join(f"$k_{{{i}}} = {i} c_{{{i}}}$" for i in range(1, 13))
    head = f"# Arrays\n\nLet $p \\in \\mathbb{{R}}^n$.\n\n{heading}\n\n$f(p) = p^3 + q$\n\n"
    for slope, expected in (("3 p^2", "proved"), ("3 p", "refuted")):
        claim = f"f'(p) = {slope}"
        assert verdict(f"{head}{between}\n\n$${claim}$$\n", claim) == expected


# -- cases, bounds and models -----------------------------------------------------------------------------------------

#: ways to say what f is on both sides of zero
BY_CASES = {
    "sentences": "For $x < 0$, $f(x) = -x$. For $x \\ge 0$, $f(x) = x$.",
    "displays": "$$f(x) = -x, \\quad x < 0$$\n\n$$f(x) = x, \\quad x \\ge 0$$",
    "labels": "$x < 0$:\n\n$$f(x) = -x$$\n\n$x \\ge 0$:\n\n$$f(x) = x$$",
    "numbered": "Case 1: $x < 0$. Here $f(x) = -x$.\n\nCase 2: $x \\ge 0$. Here $f(x) = x$.",
    "Russian": "Случай 1: $x < 0$. Тогда $f(x) = -x$.\n\nСлучай 2: $x \\ge 0$. Тогда $f(x) = x$.",
}


@pytest.mark.parametrize("said", BY_CASES.values(), ids=BY_CASES)
@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        ("f(-3) + f(2) = 5", "proved"),
        ("f(x) + f(-x) = 2 |x|", "proved"),
        ("f(-3) + f(2) = 1", "refuted"),
        ("f(x) + f(-x) = |x|", "refuted"),
    ],
)
def test_what_a_function_is_in_two_cases_is_one_definition(verdict, said, claim, expected):
    assert verdict(f"{said}\n\nSo ${claim}$.\n", claim) == expected


def test_cases_that_overlap_are_several_definitions(verdict):
    """Which of them holds where both do is not known."""
    text = "For $x < 1$, $f(x) = -x$. For $x > 0$, $f(x) = 2 x$.\n\nSo $f(2) = 4$ and $f(-2) = 2$.\n"
    assert verdict(text, "f(2) = 4") in ACCEPTED
    assert verdict(text, "f(-2) = 2") in ACCEPTED


STEP = r"1 + L h \le (1 + h) (1 + h (L - 1))"


@pytest.mark.parametrize(
    ("text", "claim", "expected"),
    [
        ("For $h > 0$ and $L \\ge 1$ it says that $(1 + h)^L \\ge 1 + L h$.", STEP, "needs-hypothesis"),
        ("For $h > 0$ it says that $(1 + h)^L \\ge 1 + L h$.", STEP, "refuted"),
        ("For $h > 0$ and $L \\ge 1$ it is so.", STEP.replace("(L -", "(L - 2 -"), "refuted"),
        ("Let $L \\ge 1$, and $h > 0$.\n\n# Another thing", STEP, "refuted"),
        ("Here $r > 3$.", "|r - 3| = r - 3", "needs-hypothesis"),
        ("Here $r > 3$.", "|r - 5| = r - 5", "refuted"),
        ("For $r > 3$ it is small, for $r < 3$ it is large.", "|r - 3| = r - 3", "refuted"),
    ],
)
def test_what_fails_beyond_a_bound_told_near_it_is_not_called_wrong(verdict, text, claim, expected):
    assert verdict(f"# Powers\n\n{text}\n\nStep:\n\n$${claim}$$\n", claim) == expected


@pytest.mark.parametrize(
    ("energy", "expected"),
    [
        ("E = m / b", "needs-context"),  # another model: E is another thing, too
        ("E = m", "refuted"),
    ],
)
def test_a_name_under_another_heading_is_another_quantity_where_others_are(verdict, energy, expected):
    claim = "m = a^2 + 2 a b + b^2 + c"
    first = "# Squares\n\n$$m = (a + b)^2 - c$$\n\n$$E = m$$\n\n"
    assert verdict(f"{first}# Sizes\n\n$${claim}$$\n\n$${energy}$$\n", claim) == expected


@pytest.mark.parametrize(
    ("heading", "expected"),
    [("# Another rule", "definition"), ("", "refuted")],
)
def test_minus_a_name_under_a_new_heading_gives_it_a_value(verdict, heading, expected):
    claim = r"-u = 3 c"
    text = f"# A rule\n\n$$u = 2 c$$\n\n{heading}\n\nOutside:\n\n$${claim}$$\n"
    assert verdict(text, claim) == expected


# -- steps ------------------------------------------------------------------------------------------------------------

STEPS = "$$z_t = w h_{t-1} + u x_t + b, \\quad h_t = \\tanh(z_t)$$\n\n"
FROM_ZERO = "$$h_{-1} = s$$\n\n"


@pytest.mark.parametrize(
    ("start", "claim", "expected"),
    [
        ("", r"\frac{\partial L}{\partial w} = \sum_t \frac{\partial L}{\partial z_t} h_{t-1}", "holds"),
        ("", r"\frac{\partial L}{\partial u} = \sum_{t=1}^T \frac{\partial L}{\partial z_t} x_t", "holds"),
        ("", r"\frac{\partial L}{\partial u} = \sum_{t=2}^T \frac{\partial L}{\partial z_t} x_t", "refuted"),
        ("", r"\frac{\partial L}{\partial b} = \sum_{t=0}^{T-1} \frac{\partial L}{\partial z_t}", "not-understood"),
        (FROM_ZERO, r"\frac{\partial L}{\partial b} = \sum_{t=0}^{T-1} \frac{\partial L}{\partial z_t}", "holds"),
        (FROM_ZERO, r"\frac{\partial L}{\partial b} = \sum_t \frac{\partial L}{\partial z_t}", "holds"),
    ],
)
def test_the_gradient_of_a_shared_weight_comes_through_all_steps(verdict, start, claim, expected):
    assert verdict(f"{STEPS}{start}$${claim}$$\n", claim) == expected


SCAN = r"""
$$z_{te} = \sum_{d} x_{td} w_{de} + \sum_{k} u_{ke} h_{t-1,k} + b_{e}$$

$$h_{-1,e} = s_e$$

$$h_{te} = \tanh(z_{te})$$

$$a_{te} = FACTOR dh_{te} + c_{t+1,e}$$

$$dz_{te} = a_{te} (1 - h_{te}^2)$$

$$c_{te} = \sum_{k} dz_{tk} u_{ek}$$

$$dw_{de} = \sum_t dz_{te} x_{td}$$
"""


RECURRENCE = r"dz_{te} = \left(dh_{te} + \sum_{k} dz_{t+1,k} u_{ek}\right) (1 - h_{te}^2)"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("old", "new", "accepted"), [("", "", True), ("dh_", "2 dh_", False), ("u_{ek}", "u_{ke}", False)]
)
def test_a_gradient_follows_from_that_of_the_step_after_it(verdict, old, new, accepted):
    forward = SCAN.split("$$a_")[0]
    claim = RECURRENCE.replace(old, new) if old else RECURRENCE
    assert (verdict(f"{forward}$${claim}$$\n", claim) in ACCEPTED) is accepted


@pytest.mark.parametrize(
    ("factor", "claim", "accepted"),
    [
        pytest.param("", r"dz_{te} = a_{te} (1 - h_{te}^2)", True, marks=pytest.mark.slow),
        pytest.param("2", r"dz_{te} = a_{te} (1 - h_{te}^2)", False, marks=pytest.mark.slow),  # at the last step only
        ("", r"dw_{de} = \sum_t dz_{te} x_{td}", True),
    ],
)
def test_a_gradient_by_itself_and_what_comes_back_are_added(verdict, factor, claim, accepted):
    assert (verdict(SCAN.replace("FACTOR", factor), claim) in ACCEPTED) is accepted


@pytest.mark.parametrize(("sign", "expected"), [("-", "proved"), ("+", "refuted")])
def test_a_prime_behind_letters_of_indices_belongs_to_the_last_one(verdict, sign, expected):
    """The dh' of g_{dh'} are two indices, and no differential of h."""
    softmax = r"\frac{e^{\sum_d x_d g_{dh}}}{\sum_{h'} e^{\sum_d x_d g_{dh'}}}"
    claim = rf"\frac{{\partial p_h}}{{\partial x_d}} = p_h (g_{{dh}} {sign} \sum_{{h'}} p_{{h'}} g_{{dh'}})"
    assert verdict(f"$$p_h = {softmax}$$ and $${claim}$$", claim) == expected


@pytest.mark.parametrize(("sign", "expected"), [("-", "proved"), ("+", "refuted")])
def test_the_l_of_the_layers_may_be_a_loss_as_well(verdict, sign, expected):
    claim = rf"\frac{{\partial L}}{{\partial x_L}} = x_L {sign} t"
    layers = r"Layers $l = 1, \dots, L$ with $$x_l = \tanh(W_l x_{l-1})$$"
    assert verdict(rf"{layers} and $$L = \frac{{1}}{{2}} \|x_L - t\|^2$$ $${claim}$$", claim) == expected


def test_a_target_beside_the_argument_of_a_loss_may_be_held_fixed(verdicts):
    text = (
        r"Let $X \in \mathbb{R}^{n \times d}$, $w \in \mathbb{R}^d$, $r \in \mathbb{R}^n$ and $u = X w + r$. "
        r"For $J(w) = \frac{1}{2} \|X w - u\|^2 + \frac{c}{2} \|w\|^2$ we have $@$."
    )
    fixed, wrong = r"\nabla_w J = X^\top (X w - u) + c w", r"\nabla_w J = X^\top (X w - u) - c w"
    assert verdicts(text.replace("@", fixed), fixed)[fixed] == "reading-dependent"
    assert verdicts(text.replace("@", wrong), wrong)[wrong] in FOUND


def test_a_small_letter_before_matrices_and_a_vector_is_a_number(tell_apart):
    text = (
        r"Let $W \in \mathbb{R}^{m \times n}$, $B \in \mathbb{R}^{m \times r}$, $A \in \mathbb{R}^{r \times n}$ and "
        r"$x \in \mathbb{R}^n$. With $h = W x + s B A x$, a loss $L$ of $h$ and $g = \frac{\partial L}{\partial h}$ "
        "we have $@$."
    )
    right = r"\frac{\partial L}{\partial A} = s B^\top g x^\top"
    tell_apart(text, right, right.replace(r"B^\top g", "B g"))
