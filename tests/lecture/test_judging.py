r"""Small documents: what is said of their last formula."""

from __future__ import annotations

import pytest

from symnet.lecture.check import Options, check_documents
from symnet.lecture.documents.documents import read_document
from symnet.lecture.judging.judge import claims_of, judge
from symnet.lecture.verdict import ACCEPTED, FOUND


def last(tmp_path, *formulas):
    """The findings on the links of the last formula."""
    document = tmp_path / "lecture.md"
    document.write_text("\n\n".join(f"$${formula}$$" for formula in formulas), encoding="utf-8")
    claims = claims_of(read_document(document))
    return [judge(claim) for claim in claims if claim.line == claims[-1].line]


def verdicts(tmp_path, *formulas):
    return [finding.verdict for finding in last(tmp_path, *formulas)]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (r"J(u) = \frac{1}{m} \sum_{i=1}^m g(u, a_i)", r"J(u) = \sum_{i=1}^m g(u, a_i)"),
        (r"q = \frac{a - b}{c}", r"q = \frac{a + b}{c}"),
        (r"h = \tanh(a) + b", r"h = \tanh(a) - b"),
    ],
)
def test_two_definitions_of_a_name_refute_neither(tmp_path, first, second):
    """Two models, or a mistake in one of them: that is said, and neither counts as settled."""
    (finding,) = last(tmp_path, first, second)
    assert finding.verdict == "needs-context"
    assert "another value" in finding.reason and "line 1" in finding.reason


def test_what_is_zero_only_at_the_place_of_a_minimum_is_not_proved(tmp_path):
    lines = [
        r"C(u) = -k \log u - (m - k) \log(1 - u)",
        r"C'(u) = \frac{k - m u}{u (1 - u)}",
        r"u = \frac{k}{m}",
    ]
    path = tmp_path / "page.md"
    path.write_text("\n\n".join(f"$${line}$$" for line in lines), encoding="utf-8")
    (report,) = check_documents([path], Options(cache=False))
    (finding,) = (f for f in report.claims if f.line == 3)
    assert finding.verdict not in ACCEPTED


def test_a_definition_from_other_quantities_is_another_model(tmp_path):
    (finding,) = last(tmp_path, r"f = W x", r"f = W_2 \max(0, W_1 x)")
    assert finding.verdict == "definition"
    assert "line 1" in finding.reason


NETWORK = r"J(U, V) = \frac{1}{2} (t - \phi(X U) V)^2"


@pytest.mark.parametrize(
    "claim",
    [
        r"\frac{\partial J}{\partial U} = -(t - \phi(X U) V) V \phi'(X U) U",
        r"\frac{\partial J}{\partial U} = -(t - \phi(X U) V) \phi'(X U) X",
        r"\frac{\partial J}{\partial V} = (t - \phi(X U) V) \phi(X U)",
        r"\frac{\partial J}{\partial V} = -2 \phi(X U)^\top (t - \phi(X U) V)",
    ],
)
def test_what_is_false_for_numbers_is_false_for_matrices(tmp_path, claim):
    assert verdicts(tmp_path, NETWORK, claim) == ["refuted"]


@pytest.mark.parametrize(
    "claim",
    [
        r"\frac{\partial J}{\partial U} = -(t - \phi(X U) V) V \phi'(X U) X",
        r"\frac{\partial J}{\partial U} = -X^\top ((t - \phi(X U) V) V^\top \odot \phi'(X U))",
        r"\frac{\partial J}{\partial V} = -(t - \phi(X U) V) \phi(X U)",
        r"\frac{\partial J}{\partial V} = -\phi(X U)^\top (t - \phi(X U) V)",
    ],
)
def test_what_is_true_for_numbers_is_not_refuted_where_shapes_are_open(tmp_path, claim):
    assert not set(verdicts(tmp_path, NETWORK, claim)) & set(FOUND)


def test_a_mean_over_one_sample_refutes_no_sum(tmp_path):
    loss = r"J = \frac{1}{m} \sum_{i=1}^m (b_i - a_i^\top u)^2"
    assert not set(verdicts(tmp_path, loss, r"\nabla_u J = \frac{2}{m} A^\top (A u - b)")) & set(FOUND)


SHAPES = r"B_1 \in \mathbb{R}^{p \times q}, B_2 \in \mathbb{R}^{r \times p}"


def test_matrices_with_numbers_have_shapes_of_their_own(tmp_path):
    assert verdicts(tmp_path, SHAPES, r"B_i", r"B_2 B_1 \in \mathbb{R}^{r \times q}") == ["proved"]
    assert verdicts(tmp_path, SHAPES, r"B_i", r"B_2 B_1 \in \mathbb{R}^{r \times p}") == ["ill-typed"]
    assert verdicts(tmp_path, SHAPES, r"B_i", r"B_1 B_2 \in \mathbb{R}^{p \times p}") == ["ill-typed"]


def test_shapes_declared_behind_a_claim_may_be_those_meant(tmp_path):
    claim = r"B_2 B_1 \in \mathbb{R}^{r \times s}, B_1 \in \mathbb{R}^{p \times s}, B_2 \in \mathbb{R}^{r \times p}"
    assert "ill-typed" not in verdicts(tmp_path, SHAPES, r"B_i", claim)


def test_what_is_differentiated_by_its_argument_is_a_function(tmp_path):
    chain = r"\frac{\partial f(e(x))}{\partial x} = \frac{\partial f}{\partial e} \frac{\partial e}{\partial x}"
    (finding,) = last(tmp_path, chain)
    assert finding.verdict in ACCEPTED
    (finding,) = last(tmp_path, chain.replace(r"{\partial e} ", r"{\partial e} 2 "))
    assert finding.verdict not in ACCEPTED


@pytest.mark.parametrize(
    ("again", "expected"),
    [
        (r"s = \frac{1}{m} \sum_{i=1}^m a_i^2 - c^2", "holds"),
        (r"s = \frac{1}{m} \sum_{i=1}^m a_i^2 + c^2", "refuted"),
        (r"s = \frac{1}{m} \sum_{i=1}^m (a_i + c)^2", "needs-context"),
    ],
)
def test_a_definition_in_another_form_may_hold_a_slip(tmp_path, again, expected):
    mean, spread = r"c = \frac{1}{m} \sum_{i=1}^m a_i", r"s = \frac{1}{m} \sum_{i=1}^m (a_i - c)^2"
    assert verdicts(tmp_path, mean, spread, again) == [expected]


GRADIENT = (
    r"\nabla J(u) = \left(\frac{\partial J}{\partial u_%s}, \frac{\partial J}{\partial u_%s}, \dots, "
    r"\frac{\partial J}{\partial u_{%s}}\right)"
)


@pytest.mark.parametrize(
    ("places", "expected"),
    [
        (("0", "1", "n"), "definition"),
        (("1", "2", "m"), "definition"),
        (("1", "3", "m"), "refuted"),
        (("0", "2", "n"), "refuted"),
    ],
)
def test_a_gradient_holds_the_derivatives_by_all_entries(tmp_path, places, expected):
    (finding,) = last(tmp_path, GRADIENT % places)
    assert finding.verdict == expected
    if expected == "refuted":
        right = str(int(places[0]) + 1)
        assert finding.correction == GRADIENT % (places[0], right, places[2])


def test_every_other_entry_may_be_meant(tmp_path):
    assert not set(verdicts(tmp_path, GRADIENT % ("1", "3", "2n-1"))) & set(FOUND)


@pytest.mark.parametrize(
    ("claim", "true"),
    [
        (r"1 + 2 + \dots + n = \frac{n (n + 1)}{2}", True),
        (r"1 + 3 + \dots + (2n - 1) = n^2", True),
        (r"1 + 3 + \dots + (2n - 1) = n^2 + 1", False),
        (r"n + (n - 1) + \dots + 1 = \frac{n (n + 1)}{2}", True),
        (r"2 + 4 + \dots + 2n = n^2", False),
    ],
)
def test_dots_go_on_in_the_steps_of_the_first_terms(tmp_path, claim, true):
    (verdict,) = verdicts(tmp_path, claim)
    assert verdict in ACCEPTED if true else verdict not in ACCEPTED


def test_dots_that_follow_from_nothing_are_not_read(tmp_path):
    claim = r"\frac{1}{2} + \frac{1}{4} + \dots + \frac{1}{2^n} = 1 - \frac{1}{2^n}"
    assert verdicts(tmp_path, claim) == ["not-understood"]


def test_a_loss_that_gathers_those_of_samples_is_no_vector_of_them(tmp_path):
    losses = (r"J_i = (u a_i - b_i)^2", r"J = \frac{1}{m} \sum_{i=1}^m J_i + c u^2")
    slope = r"\frac{\partial J}{\partial u} = \frac{2}{m} \sum_{i=1}^m (u a_i - b_i) a_i + 2 c u"
    assert verdicts(tmp_path, *losses, slope)[0] in ACCEPTED
    assert verdicts(tmp_path, *losses, slope.replace("+ 2 c u", "+ c u")) == ["refuted"]


def test_the_square_of_a_matrix_in_a_loss_is_its_squared_length(tmp_path):
    (finding,) = last(tmp_path, NETWORK, r"\frac{\partial J}{\partial V} = -\phi(X U)^\top (t - \phi(X U) V)")
    assert finding.verdict in ACCEPTED
    assert any("squared length" in a.fact for a in finding.assumptions)


def test_cases_of_a_sum_say_what_its_terms_are(tmp_path):
    terms = r"\sum_{i=1}^n a_i \delta_{ik} - a_i b_k = "
    claim = terms + r"\begin{cases} a_i - a_i b_i, & i = k \\ -a_i b_%s, & i \neq k \end{cases}"
    assert verdicts(tmp_path, claim % "k")[0] in ACCEPTED
    assert verdicts(tmp_path, claim % "i") == ["refuted"]
    (finding,) = last(tmp_path, (claim % "i").replace(" = \\begin", r" \Rightarrow \begin"))
    assert finding.verdict == "refuted"
    assert finding.correction is not None and "-a_i b_k" in finding.correction


def test_what_holds_for_one_function_is_not_refuted(tmp_path):
    """The activation is left open; the slope is that of tanh."""
    network = (r"a = g(X U)", r"J = \frac{1}{2} (t - a)^2")
    slope = r"\frac{\partial J}{\partial U} = -X^\top (t - a) (1 - a^2)"
    assert not set(verdicts(tmp_path, *network, slope)) & set(FOUND)
    assert not set(verdicts(tmp_path, r"g'(x) = 1 - g(x)^2")) & set(FOUND)


@pytest.mark.parametrize(
    "prose, verdict",
    [
        ("With an orthogonal $Q$ we find", "holds"),
        ("Some matrices are orthogonal, and", "needs-hypothesis"),
        ("With any $Q$ we find", "needs-context"),
    ],
)
def test_orthogonality_is_a_hypothesis(tmp_path, prose, verdict):
    text = f"$H \\in \\mathbb{{R}}^{{n \\times n}}$\n\n{prose}\n\n$$(Q H Q^T)^{{-1}} = Q H^{{-1}} Q^T$$\n"
    path = tmp_path / "lecture.md"
    path.write_text(text, encoding="utf-8")
    found = [judge(claim) for claim in claims_of(read_document(path)) if claim.line > 1]
    assert found[-1].verdict == verdict, found[-1]


def test_a_number_that_gets_the_name_of_a_vector_later_is_another_thing(tmp_path):
    path = tmp_path / "lecture.md"
    path.write_text(
        "$\\mathbf{y} \\in \\mathbb{R}^n$, "
        "$\\mathbf{X} \\in \\mathbb{R}^{n \\times d}$ and $\\mathbf{w} \\in \\mathbb{R}^d$:\n\n"
        "$$\\mathbf{X}^\\top \\mathbf{y} = \\mathbf{X}^\\top \\mathbf{X} \\mathbf{w}$$\n\n"
        "For one sample\n\n$$y = \\mathbf{w}^\\top \\mathbf{x} + b$$\n\n$$\\frac{\\partial y}{\\partial b} = 1$$\n",
        encoding="utf-8",
    )
    verdicts = {f.line: f.verdict for f in map(judge, claims_of(read_document(path)))}
    assert verdicts[3] == "condition"
    assert verdicts[9] == "proved"


@pytest.mark.parametrize(
    ("claim", "stated"),
    [
        (r"\operatorname{Var}[s] = n^2 \operatorname{Var}[w_j]\operatorname{Var}[x_j]", r"\operatorname{Var}[s] = n"),
        (r"\mathbb{E}[2 s] = 2 n", r"\mathbb{E}[s] = n"),
    ],
)
def test_a_moment_of_a_defined_variable_is_no_fact_for_another_claim(claim, stated, tmp_path):
    """Both are false: one must not be proved from the other."""
    given = r"Let $s = \sum_{j=1}^{n} w_j x_j$, with independent $w_j$ and $x_j$ of mean zero."
    variances = r"With $\operatorname{Var}[w_j] = \frac{1}{n}$ and $\operatorname{Var}[x_j] = 1$,"
    path = tmp_path / "lecture.md"
    path.write_text(f"{given} {variances}\n\n$${claim}$$\n\n$${stated}$$\n", encoding="utf-8")
    (report,) = check_documents([path], Options(cache=False))
    assert not [f.latex for f in report.claims if f.verdict in ("proved", "holds")]


def judged(tmp_path, text, name="lecture.md"):
    """The findings on a document, by line."""
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    (report,) = check_documents([path], Options(cache=False))
    return report.claims


def test_a_claim_of_several_rows_stands_on_its_own_row_and_is_mended_alone(tmp_path):
    text = "\\begin{align}\nf(x) &= x^3 \\\\\nf'(x) &= 3 x^2 \\\\\nf''(x) &= 3 x\n\\end{align}\n"
    found = [f for f in judged(tmp_path, text, "lecture.tex") if f.kind == "derivative"]
    assert [(f.line, f.row, f.verdict) for f in found] == [(1, 3, "proved"), (1, 4, "refuted")]
    assert found[1].correction == "f''(x) = 6 x"


def test_where_names_are_taken_for_numbers_no_shapes_are_told(tmp_path):
    text = "$\\mu^\\top x = x^\\top \\mu$\n\n"
    text += "$\\frac{\\partial}{\\partial \\mu} \\frac{(x - \\mu)^2}{2 s^2} = \\frac{\\mu - x}{s^2}$\n"
    (finding,) = (f for f in judged(tmp_path, text) if f.line == 3)
    assert finding.verdict in ACCEPTED
    assert "vector" not in finding.reading
    assert [a.fact for a in finding.assumptions] == ["every name is a scalar"]


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (r"\|\tilde g\| = c", "proved"),
        (r"\|\tilde g\| = 2 c", "refuted"),
    ],
)
def test_what_follows_from_a_definition_does_not_define_its_names(tmp_path, claim, verdict):
    text = f"If $\\|g\\| > c$ we take $\\tilde g = \\frac{{c}}{{\\|g\\|}} g$, so ${claim}$ for $c > 0$.\n"
    found = {f.claim: f.verdict for f in judged(tmp_path, text)}
    assert found[claim] == verdict
    assert found[r"\|g\| > c"] == "condition"


def test_a_symmetric_matrix_that_the_prose_speaks_of_is_symmetric(tmp_path):
    text = "$\\phi(u) = \\frac{1}{2} u^\\top A u - b^\\top u$ with symmetric $A$ has $\\nabla \\phi(u) = A u - b$.\n"
    assert judged(tmp_path, text)[-1].verdict == "holds"


@pytest.mark.parametrize(("factor", "verdict"), [(r"\lambda", "proved"), (r"2 \lambda", "refuted")])
def test_the_gradient_of_a_penalty_takes_its_weight_along(tmp_path, factor, verdict):
    assert verdicts(tmp_path, rf"\nabla_{{w}} \frac{{\lambda}}{{2}} \|w\|^2 = {factor} w") == [verdict]


RECURRENCE = "$v_t = b v_{t-1} + g_t$ with $v_0 = 0$ unrolls to\n\n"


@pytest.mark.parametrize(
    ("form", "verdict"),
    [
        (r"v_t = \sum_{i=1}^t b^{t-i} g_i", "holds"),
        (r"v_t = \sum_{i=1}^t b^i g_i", "refuted"),
        (r"v_3 = b^2 g_1 + b g_2 + g_3", "holds"),
        (r"v_3 = b^3 g_1 + b^2 g_2 + b g_3", "refuted"),
        (r"v_t = \frac{1 - b^t}{1 - b} g", "definition"),
    ],
)
def test_the_closed_form_of_a_recurrence_is_a_claim(tmp_path, form, verdict):
    """The last one is said of a constant gradient."""
    assert judged(tmp_path, f"{RECURRENCE}$${form}$$\n")[-1].verdict == verdict


def test_matrices_of_inferred_sizes_that_differ_where_all_sizes_are_equal_differ(tmp_path):
    text = "With $X \\in \\mathbb{R}^{n \\times h}$, $Q = X W_Q$ and $K = X W_K$:\n\n$$Q K^\\top = X W_Q %s X^\\top$$\n"
    assert judged(tmp_path, text % "W_K^\\top")[-1].verdict in ACCEPTED
    assert judged(tmp_path, text % "W_K")[-1].verdict in FOUND


def test_the_error_of_a_layer_is_not_the_delta_of_kronecker(tmp_path):
    text = (
        "$\\delta_j^{[l]} = \\frac{\\partial J}{\\partial z_j^{[l]}}$\n\n$p_k = \\frac{e^{u_k}}{\\sum_m e^{u_m}}$\n\n"
    )
    text += "$$\\frac{\\partial p_k}{\\partial u_j} = p_k (\\delta_{kj} %s p_j)$$\n"
    assert judged(tmp_path, text % "-")[-1].verdict in ACCEPTED
    assert judged(tmp_path, text % "+")[-1].verdict == "refuted"


def test_the_error_of_an_output_is_not_the_delta_of_kronecker(tmp_path):
    """Although they share the letter of an index."""
    text = "$p_i = e^{z_i} / \\sum_{k=1}^K e^{z_k}$\n\n"
    text += "$$\\frac{\\partial p_i}{\\partial z_j} = p_i (\\delta_{ij} %s p_j)$$\n"
    text += "\nThe error of the output is $\\delta_i = p_i - t_i$.\n"
    assert judged(tmp_path, text % "-")[1].verdict in ACCEPTED
    assert judged(tmp_path, text % "+")[1].verdict == "refuted"


def test_the_rows_of_a_gradient_through_softmax_sum_to_zero(tmp_path):
    """The loss is a function of what the document takes its gradient by, and not of S alone."""
    text = "Let $S \\in \\mathbb{R}^{T \\times T}$ and $V \\in \\mathbb{R}^{T \\times m}$.\n\n"
    text += "$$P_{ij} = \\frac{e^{S_{ij}}}{\\sum_{k=1}^T e^{S_{ik}}}$$\n\n"
    text += "and $O = P V$. Let $G = \\frac{\\partial L}{\\partial O}$"
    text += " and $D = \\frac{\\partial L}{\\partial S}$.\n\nThe rows of $D$ sum to %s: $\\sum_{j=1}^T D_{ij} = %d$.\n"
    assert judged(tmp_path, text % ("zero", 0))[-1].verdict in ACCEPTED
    assert judged(tmp_path, text % ("one", 1))[-1].verdict == "refuted"


COUNTS = (
    "Let $\\gamma_{nk} = \\frac{a_{nk}}{\\sum_{j=1}^K a_{nj}}$ with $a_{nk} > 0$ and "
    "$N_k = \\sum_{n=1}^N \\gamma_{nk}$. "
    "Let $m_k = \\frac{1}{N_k} \\sum_{n=1}^N \\gamma_{nk} x_n$. Then $%s$.\n"
)


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        (r"\sum_{k=1}^K N_k = N", r"\sum_{k=1}^K N_k = 1"),
        (
            r"\sum_{k=1}^K \frac{N_k}{N} m_k = \frac{1}{N} \sum_{n=1}^N x_n",
            r"\sum_{k=1}^K m_k = \frac{1}{N} \sum_{n=1}^N x_n",
        ),
    ],
)
def test_what_is_computed_from_defined_names_is_no_condition_on_their_number(tmp_path, right, wrong):
    assert judged(tmp_path, COUNTS % right)[-1].verdict in ACCEPTED
    assert judged(tmp_path, COUNTS % wrong)[-1].verdict == "refuted"


def test_an_equation_that_a_known_value_solves_is_no_update(tmp_path):
    text = (
        "For $0 < \\gamma < 1$, $P \\in \\mathbb{R}^{n \\times n}$ and $r \\in \\mathbb{R}^n$ let "
        "$v = (I - \\gamma P)^{-1} r$, hence $$v = r %s \\gamma P v.$$\n"
    )
    assert judged(tmp_path, text % "+")[-1].verdict in ACCEPTED
    assert judged(tmp_path, text % "-")[-1].verdict not in ACCEPTED


def test_two_conditions_that_are_joined_both_hold(tmp_path):
    text = "Let $\\ell = (1 - y) \\max(0, m - d)^2$.\n\n"
    text += "For $y = 0$ and $d < m$: $\\frac{\\partial \\ell}{\\partial d} = %s (m - d)$.\n"
    assert judged(tmp_path, text % "-2")[-1].verdict in ACCEPTED
    assert judged(tmp_path, text % "2")[-1].verdict == "refuted"


def test_a_declared_matrix_that_is_said_to_be_symmetric_is_so(tmp_path):
    text = (
        "Let $C \\in \\mathbb{R}^{d \\times d}$ be symmetric, and $f(u) = u^\\top C u$. Then $\\nabla f(u) = 2 C u$.\n"
    )
    assert judged(tmp_path, text)[-1].verdict == "holds"


def test_an_argument_in_the_place_of_an_index_is_no_other_name(tmp_path):
    text = "$p(a) = \\frac{e^{h_a}}{\\sum_{b=1}^K e^{h_b}}$ has\n\n"
    text += "$$\\frac{\\partial \\log p(a)}{\\partial h_b} = \\mathbb{1}[a = b] - p(b)$$\n"
    assert judged(tmp_path, text)[-1].verdict not in FOUND


CELL = r"""$$\begin{aligned}
\mathbf{i}_t &= \sigma(\mathbf{W}_{i} \mathbf{x}_t + \mathbf{U}_{i} \mathbf{h}_{t-1}) \\
\mathbf{f}_t &= \sigma(\mathbf{W}_{f} \mathbf{x}_t + \mathbf{U}_{f} \mathbf{h}_{t-1}) \\
\mathbf{c}_t &= \mathbf{f}_t \odot \mathbf{c}_{t-1} + \mathbf{i}_t \odot \mathbf{x}_t \\
\mathbf{h}_t &= \tanh(\mathbf{c}_t)
\end{aligned}$$

"""


def test_weights_of_the_gate_i_carry_no_index(tmp_path):
    slope = (
        r"$$\frac{\partial L}{\partial \mathbf{i}_t} = \frac{\partial L}{\partial \mathbf{c}_t} \odot \mathbf{x}_t$$"
    )
    assert judged(tmp_path, CELL + slope)[-1].verdict in ACCEPTED


def test_another_cell_with_the_same_state_is_another_model(tmp_path):
    gate = (
        r"With $\mathbf{z}_t, \mathbf{h}_t \in \mathbb{R}^m$ and $\mathbf{z}_t = \sigma(\mathbf{U} \mathbf{h}_{t-1})$:"
    )
    state = r"$$\mathbf{h}_t = (1 - \mathbf{z}_t) \odot \mathbf{h}_{t-1} + \mathbf{z}_t \odot \mathbf{x}_t$$"
    assert judged(tmp_path, f"{CELL}{gate}\n\n{state}\n")[-1].verdict == "definition"


def test_sizes_that_are_equal_in_one_case_are_different_in_the_others(tmp_path):
    text = "Let $S \\in \\mathbb{R}^{n \\times m}$ and $P_{ij} = \\frac{e^{S_{ij}}}{\\sum_{k=1}^m e^{S_{ik}}}$.\n\n"
    text += "$$\\sum_{j=1}^m P_{ij} = 1$$\n\nFor $m = n$ it is square.\n"
    (finding,) = (f for f in judged(tmp_path, text) if f.line == 3)
    assert finding.verdict in ACCEPTED


def test_names_that_carry_two_indices_are_no_numbers_in_a_product(tmp_path):
    """dx = dy w^T; that dx = dy w holds for numbers accepts nothing."""
    product = (r"y_{nh} = b_h + \sum_d x_{nd} w_{dh}", r"y = x w + \mathbf{1} b^{\top}")
    (finding,) = last(tmp_path, *product, r"dx = dy w")
    assert finding.verdict not in ACCEPTED
    (finding,) = last(tmp_path, *product, r"dx = dy w^{\top}")
    assert finding.verdict in ACCEPTED
    (finding,) = last(tmp_path, r"x_{nd} = 2 w_{nd}", r"\tanh'(x) = 1 - \tanh^2(x)")
    assert finding.verdict in ACCEPTED


@pytest.mark.parametrize(
    ("formulas", "verdict"),
    [
        ([r"B \in \mathbb{R}^{p \times q}", r"r_q = \frac{\sum_{i=1}^q c_i}{\sum_{i=1}^p c_i}"], "definition"),
        ([r"c_i = 2 s_i", r"\frac{\sum_{i=1}^q c_i}{\sum_{i=1}^p c_i} = \frac{\sum_{i=1}^q s_i}{\sum_{i=1}^p s_i}"], 1),
        ([r"c_i = 2 s_i", r"\sum_{i=1}^q c_i - \sum_{i=1}^p c_i = \sum_{i=1}^q s_i - \sum_{i=1}^p s_i"], 0),
        # the base of a logarithm
        ([r"\log_3 9 = 2"], 1),
        ([r"\log_3 9 = 3"], 0),
        ([r"\log_2 v = \ln v \cdot \ln 2"], 0),
        # a density that is given by its logarithm; the number pi beside a policy
        ([r"\log f(v) = -k v^2 + \frac{1}{2} \log 2\pi", r"\frac{\partial \log f(v)}{\partial k} = -v^2"], 1),
        ([r"\log f(v) = -k v^2 + \frac{1}{2} \log 2\pi", r"\frac{\partial \log f(v)}{\partial k} = -2 k v"], 0),
        ([r"\log \pi(a) = -\frac{(a - m)^2}{2} - \log 2\pi", r"\frac{\partial \log \pi(a)}{\partial m} = a - m"], 1),
        # what was said before, solved
        ([r"u_t = b_t u_0 + r_t n", r"u_0 = \frac{u_t - r_t n}{b_t}"], 1),
        ([r"u_t = b_t u_0 + r_t n", r"u_0 = \frac{u_t - r_t n}{b_t^2}"], 0),
        ([r"u = a x + b y", r"v = a y - b x", r"x = \frac{a u - b v}{a^2 + b^2}"], 1),
        ([r"u = a x + b y", r"v = a y - b x", r"x = \frac{a u + b v}{a^2 + b^2}"], 0),
        ([r"u = a x + b", r"x = c u^2"], "definition"),
        # sums without end
        ([r"0 < c < 1", r"\sum_{k=0}^{\infty} c^k = \frac{1}{1 - c}"], 1),
        ([r"0 < c < 1", r"\sum_{k=0}^{\infty} c^k = \frac{1}{1 + c}"], 0),
        # few digits are left of the sine of a large number
        ([r"f = 1000^{2 j / q}", r"\sin(2 f) = 2 \sin(f) \cos(f)"], 1),
        # a schedule from one end to the other
        ([r"b_t = b_1 + \frac{t - 1}{T - 1} (b_T - b_1)", r"a_t = 1 - b_t", r"a_t a_{t-1} = 1 - b_t - a_t b_{t-1}"], 1),
        # backwards in time: no step of an algorithm
        ([r"A_t = \sum_{l=0}^{T-t} c^l d_{t+l}", r"A_t = d_t + A_{t+1}"], 0),
        # a matrix of numbered entries; roots of a diagonal one
        (
            [
                r"D = \mathrm{diag}(d_1 (1 - d_1), \dots, d_n (1 - d_n))",
                r"\operatorname{tr} D = \sum_{i=1}^n d_i (1 - d_i)",
            ],
            1,
        ),
        ([r"D = \mathrm{diag}(d)", r"\mathbf{x}^\top D^{-1/2} \mathbf{x} = \sum_{i=1}^n \frac{x_i^2}{\sqrt{d_i}}"], 1),
    ],
)
def test_steps_of_derivations(tmp_path, formulas, verdict):
    """1 where the last formula is true, 0 where it is not."""
    found = verdicts(tmp_path, *formulas)[-1]
    assert found == verdict or verdict in (0, 1) and found in (FOUND, ACCEPTED)[verdict], found


def test_the_second_derivative_by_a_vector_is_a_matrix(tmp_path):
    """And so is the I beside it."""
    head = r"\mathbf{w} \in \mathbb{R}^n", r"F(\mathbf{w}) = a \|\mathbf{w}\|^2"
    assert verdicts(tmp_path, *head, r"\nabla^2 F(\mathbf{w}) = 2 a I")[0] in ACCEPTED
    assert verdicts(tmp_path, *head, r"\nabla^2 F(\mathbf{w}) = a I")[0] in FOUND


def test_a_gradient_goes_through_all_names_that_depend_on_the_argument(tmp_path):
    model = r"w, x_i \in \mathbb{R}^d", r"z_i = w^\top x_i", r"q_i = e^{z_i}", r"F(w) = \sum_{i=1}^n (q_i - y_i z_i)"
    assert verdicts(tmp_path, *model, r"\nabla F(w) = \sum_{i=1}^n (q_i - y_i) x_i")[0] in ACCEPTED
    assert verdicts(tmp_path, *model, r"\nabla F(w) = \sum_{i=1}^n (q_i + y_i) x_i")[0] in FOUND


def test_shapes_that_are_declared_far_off_are_not_left_aside(tmp_path):
    """X is known to be n x d where the lines between fit that."""
    head = [r"X \in \mathbb{R}^{n \times d}", r"v \in \mathbb{R}^d", r"y \in \mathbb{R}^n"]
    between = [
        r"C = \sum_{i=1}^n x_i x_i^\top",
        r"p = X v",
        r"r = p - y",
        *(rf"k_{i} = {i} c_{i}" for i in range(1, 8)),
    ]
    assert verdicts(tmp_path, *head, *between, r"\sum_{i=1}^n r_i x_i = X^\top r")[0] in ACCEPTED
    assert verdicts(tmp_path, *head, *between, r"\sum_{i=1}^n r_i x_i = X r")[0] in FOUND


def test_a_document_keeps_to_one_layout(tmp_path):
    head = (
        r"A \in \mathbb{R}^{n \times m}",
        r"C \in \mathbb{R}^{m \times n}",
        r"x \in \mathbb{R}^n",
        r"y \in \mathbb{R}^m",
    )
    wrong = r"\frac{\partial}{\partial A} \operatorname{tr}(A C) = C"
    assert verdicts(tmp_path, *head, wrong)[0] == "reading-dependent"
    told = r"\frac{\partial}{\partial A} (x^\top A y) = x y^\top"
    assert verdicts(tmp_path, *head, told, wrong)[0] in FOUND


def test_a_state_that_starts_at_zero_is_an_array_of_zeros(tmp_path):
    head = [r"h_t \in \mathbb{R}^n", r"h_0 = 0", r"a_t = W h_{t-1} + b", r"h_t = \tanh(a_t)"]
    assert verdicts(tmp_path, *head, r"\frac{\partial h_t}{\partial a_t} = \mathrm{diag}(1 - h_t^2)")[0] in ACCEPTED


def test_layers_named_by_their_gradient_are_judged(tmp_path):
    """The gradient by a layer has a name, delta: what follows from it can be wrong."""
    head = (
        r"z_j^{[l]} = \sum_k W_{jk}^{[l]} a_k^{[l-1]} + b_j^{[l]}, \qquad a_j^{[l]} = g(z_j^{[l]})",
        r"W^{[l]} \in \mathbb{R}^{n_l \times n_{l-1}}, b^{[l]} \in \mathbb{R}^{n_l}, a^{[l]} \in \mathbb{R}^{n_l}",
        r"\delta_j^{[l]} = \frac{\partial J}{\partial z_j^{[l]}}",
    )
    (wrong,) = verdicts(tmp_path, *head, r"\frac{\partial J}{\partial W_{jk}^{[l]}} = \delta_j^{[l]} a_j^{[l-1]}")
    (right,) = verdicts(tmp_path, *head, r"\frac{\partial J}{\partial W_{jk}^{[l]}} = \delta_j^{[l]} a_k^{[l-1]}")
    assert wrong in FOUND and right in ACCEPTED


@pytest.mark.parametrize(
    ("hessian", "expected"), [(r"\frac{1}{2} (A + A^T)", ACCEPTED), ("A + A^T", FOUND), ("A", ("needs-hypothesis",))]
)
def test_a_second_derivative_by_a_vector_and_its_transpose_is_the_hessian(tmp_path, hessian, expected):
    shapes = r"x \in \mathbb{R}^n, A \in \mathbb{R}^{n \times n}"
    claim = rf"\frac{{\partial^2}}{{\partial x \partial x^T}} \frac{{1}}{{2}} x^T A x = {hessian}"
    assert verdicts(tmp_path, shapes, claim)[0] in expected


def test_the_derivatives_by_several_entries_that_depend_on_each_other_are_told_apart(tmp_path):
    """All entries of a name are moved at once where more than one derivative by it is asked for."""
    head = (r"x_2 = x_1^2", r"x_3 = x_2 + x_1", r"L = x_1 x_3")
    right = r"\frac{dL}{dx_1} = x_3 + 2 x_1 \frac{dL}{dx_2} + \frac{dL}{dx_3}"
    assert verdicts(tmp_path, *head, right)[0] in ACCEPTED
    assert verdicts(tmp_path, *head, right.replace(r"+ \frac", r"+ 2 \frac")) == ["refuted"]
    steps = (r"h_0 = 0", r"h_t = w h_{t-1} + x_t", r"L = \sum_{t=1}^{3} h_t^2")
    assert verdicts(tmp_path, *steps, r"\frac{dL}{dh_1} = 2 h_1 + w \frac{dL}{dh_2}")[0] in ACCEPTED
    assert verdicts(tmp_path, *steps, r"\frac{dL}{dh_1} = 2 h_1 + w \frac{dL}{dh_2} + w^2 \frac{dL}{dh_3}") == [
        "refuted"
    ]


@pytest.mark.parametrize(
    ("said", "claim", "accepted"),
    [
        (r"y \in \{1, 2\}", r"y^2 + 3 = 4", False),  # 1 or 2 is not 1 or -1
        (r"y \in \{1, 2\}", r"(y - 1)(y - 2) = 0", True),
        (r"y \in \{-1, +1\}", r"y^2 + 3 = 4", True),
        (r"y = \pm 1", r"y^2 + 3 = 4", True),
        (r"y = \pm 1", r"y + 3 = 4", False),
        (r"y \in \{-a, a\}", r"y^2 + 3 = 4", False),
    ],
)
def test_a_name_takes_the_values_of_its_set(tmp_path, said, claim, accepted):
    (verdict,) = verdicts(tmp_path, said, claim)
    assert (verdict in ACCEPTED) == accepted


def test_a_gradient_before_a_bracket_is_a_factor(tmp_path):
    lines = (
        r"z_n = a_n + b_n",
        r"h_{\mathrm{next},n} = \tanh(z_n)",
        r"dz_n = dh_{\mathrm{next},n} (1 - \tanh^2(z_n))",
    )
    assert verdicts(tmp_path, *lines)[0] in ACCEPTED
    assert verdicts(tmp_path, *lines[:2], lines[2].replace("1 -", "1 +")) == ["refuted"]


#: a recurrence of which the gradient at each step by itself is given, with what comes back from the step after it
BACKWARDS = (
    r"h_{-1,n} = h^{(0)}_n",
    r"z_{tn} = w h_{t-1,n} + x_{tn}",
    r"h_{tn} = z_{tn} h_{t-1,n}",
    r"t = T - 1, \dots, 0",
    r"dh_{\mathrm{total},tn} = dh_{tn} + dh_{\mathrm{back},t+1,n}",
    r"dz_{tn} = dh_{\mathrm{total},tn} h_{t-1,n}",
    r"dh_{\mathrm{back},tn} = dh_{\mathrm{total},tn} z_{tn} + w \, dz_{tn}",
    r"dh_{\mathrm{back},T,n} = 0",
)


def test_a_recurrence_that_goes_back_ends_where_the_document_says(tmp_path):
    """The lines of the gated cell: what comes back is a sum in which the total stands itself."""
    assert verdicts(tmp_path, *BACKWARDS, r"dh^{(0)}_n = dh_{\mathrm{back},0,n}")[0] in ACCEPTED
    assert verdicts(tmp_path, *BACKWARDS, r"dh^{(0)}_n = 2 dh_{\mathrm{back},0,n}")[0] not in ACCEPTED
    assert verdicts(tmp_path, *BACKWARDS, r"dw = \sum_{t,n} dz_{tn} h_{t-1,n}")[0] in ACCEPTED
    assert verdicts(tmp_path, *BACKWARDS, r"dw = \sum_{t,n} dz_{tn} h_{tn}")[0] not in ACCEPTED


def test_a_slope_by_a_letter_that_only_other_arrays_have_is_no_accident(tmp_path):
    """Here a reading decides in which more functions are open than the claim leaves."""
    formulas = [
        r"\frac{\partial D}{\partial m_j} = 2 m_j",
        r"\frac{\partial h(m + s \varepsilon)}{\partial m} = 2 (m + s)",
        r"q(z) = \frac{1}{\sqrt{2 \pi} s} \exp\left( -\frac{(z - m)^2}{2 s^2} \right)",
    ]
    assert verdicts(tmp_path, *formulas, r"\frac{\partial \log q(z)}{\partial m} = \frac{m - z}{s^2}") == ["refuted"]
    (right,) = verdicts(tmp_path, *formulas, r"\frac{\partial \log q(z)}{\partial m} = \frac{z - m}{s^2}")
    assert right not in FOUND


@pytest.mark.parametrize("base", ["e^{z_{ne}}", r"\exp(z_{ne})"])
def test_e_is_the_base_of_the_exponential_where_it_is_an_index_too(tmp_path, base):
    formulas = [
        r"z_{ne} = \sum_{d} x_{nd} g_{de}",
        rf"p_{{ne}} = \frac{{{base}}}{{\sum_{{e'}} {base.replace('ne', 'ne' + chr(39))}}}",
        r"y_{n} = \sum_{e} p_{ne} \sum_{d} x_{nd} w_{de}",
        r"L = \sum_n (y_n - t_n)^2",
    ]
    (right,) = verdicts(tmp_path, *formulas, r"dz_{ne} = p_{ne} (dp_{ne} - \sum_{j} dp_{nj} p_{nj})")
    (wrong,) = verdicts(tmp_path, *formulas, r"dz_{ne} = p_{ne} (dp_{ne} + \sum_{j} dp_{nj} p_{nj})")
    assert right in ACCEPTED and wrong == "refuted"


@pytest.mark.parametrize(
    ("text", "right", "wrong"),
    [
        (
            "For a window of $f$ entries and a border of $(f - 1) / 2$ we get $@$.",
            r"n + 2 \cdot \frac{f - 1}{2} - f + 1 = n",
            r"n + 2 \cdot \frac{f - 1}{2} - f - 1 = n",
        ),
        (
            r"Let $p_k = \frac{e^{z_k}}{\sum_{j=1}^K e^{z_j}}$. Then $@$.",
            r"\sum_{k=1}^K p_k = 1",
            r"\sum_{k=1}^K p_k = K",
        ),
        (
            r"With $w_k > 0$ and $f_k(x) = e^{-(x - m_k)^2}$ "
            r"let $r_k(x) = \frac{w_k f_k(x)}{\sum_{j=1}^K w_j f_j(x)}$. Then $@$.",
            r"\sum_{k=1}^K r_k(x) = 1",
            r"\sum_{k=1}^K r_k(x) = 2",
        ),
        (
            r"Let $D = \operatorname{diag}(A \mathbf{1})$, $L = D - A$ and $\hat{A} = D^{-1/2} A D^{-1/2}$. "
            "The matrix $L$ satisfies $@$.",
            r"D^{-1/2} L D^{-1/2} = I - \hat{A}",
            r"D^{-1/2} L D^{-1/2} = I + \hat{A}",
        ),
    ],
)
def test_an_equation_that_nothing_solves_is_no_condition(tell_apart, text, right, wrong):
    tell_apart(text, right, wrong)


@pytest.mark.parametrize(
    ("text", "right", "wrong"),
    [
        (
            r"Let $\mu = \frac{1}{n} \sum_{i=1}^n x_i$. The sum of the deviations is zero: $@$.",
            r"\sum_{i=1}^n (x_i - \mu) = 0",
            r"\sum_{i=1}^n (x_i + \mu) = 0",
        ),
        (
            r"Пусть $\mu = \frac{1}{n} \sum_{i=1}^n x_i$. Сумма отклонений равна нулю: $@$.",
            r"\sum_{i=1}^n (x_i - \mu) = 0",
            r"\sum_{i=1}^n (x_i + \mu) = 0",
        ),
    ],
)
def test_what_is_said_to_vanish_is_a_claim(tell_apart, text, right, wrong):
    tell_apart(text, right, wrong)


def test_what_is_said_to_vanish_at_some_place_is_an_equation_to_be_solved(verdicts):
    text = r"Let $e = y - a x$. At the optimum the residual vanishes: $e x = 0$."
    assert verdicts(text)["e x = 0"] not in FOUND


def test_the_number_that_a_sum_comes_to_is_offered_for_a_name(findings):
    wrong = r"\sum_{k=1}^K p_k = K"
    found = findings(rf"Let $p_k = \frac{{e^{{z_k}}}}{{\sum_{{j=1}}^K e^{{z_j}}}}$. Then ${wrong}$.")
    assert found[wrong].correction == r"\sum_{k=1}^K p_k = 1"
