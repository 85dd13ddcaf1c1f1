r"""Statements about moments: true ones are proved, false ones refuted exactly, hypotheses named with their place."""

from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction

import pytest
import sympy as sp

from symnet.lecture.knowledge.hypotheses import fact_of, facts_in
from symnet.lecture.knowledge.laws import LAWS, law_of
from symnet.lecture.knowledge.moments import judge_moment
from symnet.lecture.reader.reader import read_formula
from symnet.lecture.reader.syntax import Statement


def statement(latex: str) -> Statement:
    r"""Reads a formula, with E for \mathbb{E}, Var for \operatorname{Var} and so on."""
    latex = re.sub(r"(?<![\\{])\b(Var|Cov|Std)\b", r"\\operatorname{\1}", latex)
    (found,) = read_formula(re.sub(r"\b([ED])(?=[\[_])", r"\\mathbb{\1}", latex))
    assert isinstance(found, Statement), found
    return found


def judged(latex: str, prose: str = "", *others: str):
    facts = [*facts_in(prose, "line 1"), *(fact_of(statement(other), "line 2") for other in others)]
    return judge_moment(statement(latex), [f for f in facts if f is not None])


XAVIER = r"W^i \sim U[-\frac{\sqrt{6}}{\sqrt{n_i + n_{i+1}}}, \frac{\sqrt{6}}{\sqrt{n_i + n_{i+1}}}]"
DROPOUT = r"h' = \begin{cases} 0 & \text{with probability } p \\ \frac{h}{1-p} & \text{otherwise} \end{cases}"
INDEPENDENT = "the random variables are independent"
PROVED = [
    (r"E[a x + b] = a E[x] + b",),
    (r"E[X + Y] = E[X] + E[Y]",),
    (r"E[f(x) + g(x)] = E[f(x)] + E[g(x)]",),
    (r"E[x - E[x]] = 0",),
    (r"Var[a x + b] = a^2 Var[x]",),
    (r"Var[x] = E[x^2] - (E[x])^2",),
    (r"D[x] = E[(x - E[x])^2]",),
    (r"Std[a x] = |a| Std[x]",),
    (r"Cov(x, y) = E[x y] - E[x] E[y]",),
    (r"Cov(a X, b Y) = a b Cov(X, Y)",),
    (r"Var[x - y] = Var[x] + Var[y] - 2 Cov(x, y)",),
    (r"Cov[A x + b] = A Cov[x] A^T",),
    (r"E[E[X | Y]] = E[X]",),
    (r"Var[X] = E[Var[X | Y]] + Var[E[X | Y]]",),
    (r"Var[x + y] = Var[x] + Var[y]", "x and y are independent"),
    (r"Var[w x] = Var[w] Var[x]", "независимы, нулевое мат. ожидание"),
    (r"Var[w_l x_l] = Var[w_l] E[x_l^2]", "independent, weights have zero mean"),
    (r"Var[\mathbf{w}^T \mathbf{x}] = n \sigma_w^2 \sigma_x^2", "i.i.d. with zero mean"),
    (r"Var[\sum_{i=1}^n X_i] = \sum_{i=1}^n Var[X_i]", "independent"),
    (r"Var[\frac{1}{n} \sum_{i=1}^n X_i] = \frac{\sigma^2}{n}", "i.i.d."),
    (r"Var[\bar{X}] = \frac{\sigma^2}{n}", "i.i.d."),
    (r"E[\frac{1}{n-1} \sum_{i=1}^n (X_i - \bar{X})^2] = \sigma^2", "i.i.d."),
    (r"E[\max(0, z)^2] = \frac{1}{2} Var[z]", "z has a symmetric distribution around zero"),
    (r"D[U(a, b)] = \frac{1}{12} (b - a)^2",),
    (r"E[x^2] = \mu^2 + \sigma^2", "", r"x \sim \mathcal{N}(\mu, \sigma^2)"),
    (r"E[X^4] = 3 \sigma^4", "", r"X \sim N(0, \sigma^2)"),
    (r"Var[X] = n p (1 - p)", "", r"X \sim \text{Bin}(n, p)"),
    (r"E[\frac{m}{1 - p} x] = x", "", r"m \sim \text{Bernoulli}(1 - p)"),
    (r"E[\frac{m}{1 - p} x] = x", "", r"E[m] = 1 - p"),
    (r"E[h'] = h", "", DROPOUT),
    (r"E_i[\nabla L_i(w)] = \frac{1}{n} \sum_{i=1}^n \nabla L_i(w)",),
    (r"E[\frac{1}{|\mathcal{B}|} \sum_{i \in \mathcal{B}} g_i] = \frac{1}{n} \sum_{i=1}^n g_i",),
    (r"E[o_i] = \sum_{j=1}^{n} E[w_{ij} x_j]", "", r"o_i = \sum_{j=1}^n w_{ij} x_j"),
    (r"\sum_{j=1}^{n} E[w_{ij} x_j] = \sum_{j=1}^{n} E[w_{ij}] E[x_j]", "drawn independently"),
    (r"E[f(x)] \geq f(E[x])", "for a convex f"),
    (XAVIER, "", r"D[W^i] = \frac{2}{n_i + n_{i+1}}"),
]  # fmt: skip


@pytest.mark.parametrize("case", PROVED, ids=lambda case: case[0])
def test_a_true_statement_is_proved(case):
    found = judged(*case)
    assert found is not None and found.verdict == "proved", found
    assert all(a.source for a in found.assumptions)


REFUTED = [
    (r"Var[a x + b] = a Var[x]", r"Var[a x + b] = a^2 Var[x]"),
    (r"Var[a x + b] = a^2 Var[x] + b", r"Var[a x + b] = a^2 Var[x]"),
    (r"E[a x + b] = E[x] + b", r"E[a x + b] = a E[x] + b"),
    (r"E[a x + b y] = a E[x] + E[y]", r"E[a x + b y] = a E[x] + b E[y]"),
    (r"Var[x] = E[x^2] + E[x]^2", r"Var[x] = E[x^2] - E[x]^2"),
    (r"Cov(x, y) = E[x y] + E[x] E[y]", r"Cov(x, y) = E[x y] - E[x] E[y]"),
    (r"Var[w^T x] = n^2 Var[w] Var[x]", r"Var[w^T x] = n Var[w] Var[x]"),
    (r"D[U(a, b)] = \frac{1}{6} (b - a)^2", r"D[U(a, b)] = \frac{1}{12} (b - a)^2"),
    (r"E[\operatorname{ReLU}(z)^2] = \frac{1}{4} Var[z]", r"E[\operatorname{ReLU}(z)^2] = \frac{1}{2} Var[z]"),
    (r"E[x y] = E[x] + E[y]", None),
    (r"E[X^2] = E[X]^2", None),
    (r"Cov[A x + b] = A^T Cov[x] A", None),
    (r"E_i[\nabla L_i(w)] = \sum_{i=1}^n \nabla L_i(w)", None),
    (r"E[x^2] \leq E[x]^2", None),
]  # fmt: skip


@pytest.mark.parametrize(("wrong", "right"), REFUTED, ids=lambda case: str(case)[:60])
def test_a_false_statement_is_refuted_with_a_counterexample_and_mended(wrong, right):
    found = judged(wrong)
    assert found is not None and found.verdict == "refuted", found
    assert found.counterexample is not None and found.counterexample["left"] != found.counterexample["right"]
    if right is not None:
        assert found.correction is not None and statement(found.correction) == statement(right)


NEEDS = [
    (r"Var[x] = E[x^2]", {"E[x] = 0"}),
    (r"E[x y] = E[x] E[y]", {INDEPENDENT}),
    (r"Var[x + y] = Var[x] + Var[y]", {INDEPENDENT}),
    (r"Var[w x] = Var[w] Var[x]", {"E[w] = 0", "E[x] = 0", INDEPENDENT}),
    (r"E[\max(0, z)^2] = \frac{1}{2} Var[z]", {"the law of z is symmetric about 0"}),
    (r"E[\frac{m}{1 - p} x] = x", {"E[m] = 1 - p"}),
    (r"E[f(x)] \geq f(E[x])", {"f is convex"}),
    (r"E[f(x)] = f(E[x])", {"f is affine"}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("latex", "facts"), NEEDS, ids=lambda case: str(sorted(case) if isinstance(case, set) else case)[:60]
)
def test_a_missing_hypothesis_is_named(latex, facts):
    found = judged(latex)
    assert found is not None and found.verdict == "needs-hypothesis"
    assert {a.fact for a in found.assumptions} == facts
    assert {a.source for a in found.assumptions} == {"stated nowhere"}


def test_a_stated_hypothesis_is_reported_with_its_place_and_only_what_is_needed():
    found = judged(r"Var[x + y] = Var[x] + Var[y]", "independent, with zero mean")
    assert [(a.fact, a.source) for a in found.assumptions] == [(INDEPENDENT, "line 1")]
    assert facts_in("x and y are not independent", "line 1") == ()


@pytest.mark.parametrize("latex", [r"E[w] = 0", r"Var[x] = \sigma^2", r"n_i D[W^i] = 1", r"D[z^i] = D[z^j]"])  # fmt: skip  # noqa: E501
def test_what_states_or_asks_for_a_moment_is_a_condition(latex):
    assert judged(latex).verdict == "condition"


@pytest.mark.parametrize("latex", [r"x = y + 1", r"Var[y_l] = n_l Var[w_l x_l]", r"E[\operatorname{sign}(x)] = q"])  # fmt: skip  # noqa: E501
def test_what_is_not_decided_gives_nothing(latex):
    assert judged(latex) is None


def test_an_inequality_is_tried_on_finite_laws_and_never_proved():
    assert judged(r"E[x^2] \geq E[x]^2").verdict == "holds"
    assert judged(r"E[\log x] \leq \log E[x]").verdict == "holds"


def test_a_law_with_another_variance_than_the_one_asked_for_is_refuted():
    law = XAVIER.replace(r"\sqrt{6}", r"\sqrt{3}")
    asked = r"D[W^i] = \frac{2}{n_i + n_{i+1}}"
    assert judged(law, "", asked).verdict == "refuted"
    assert judged(law, "", asked, r"D[W^k] = \frac{2}{n_k}") is None  # which one is meant is not known
    assert judged(law) is None


# -- variances of a deep network


def test_variances_through_layers_need_independence_and_zero_means():
    forward = r"D[z^i] = D[x] \prod_{k=0}^{i-1} n_k D[W^k]"
    found = judged(forward)
    assert found.verdict == "needs-hypothesis" and len(found.assumptions) == 3
    assert judged(forward, "веса независимы, их среднее равно нулю").verdict == "proved"
    relu = r"Var[y_L] = Var[y_1] \prod_{l=2}^{L} \frac{1}{2} n_l Var[w_l]"
    assert judged(relu, "independent with zero mean").verdict == "proved"


def test_a_product_that_is_not_empty_where_it_must_be_needs_one_more_hypothesis():
    backward = r"D[\delta^i] = D[\delta^d] \prod_{k=i}^{d} n_{k+1} D[W^k]"
    found = judged(backward, "independent with zero mean")
    assert found.verdict == "needs-hypothesis" and "must be empty" in found.reason
    right = r"D[\delta^i] = D[\delta^d] \prod_{k=i+1}^{d} n_{k+1} D[W^k]"
    assert judged(right, "independent with zero mean").verdict == "proved"


def test_a_product_over_layers_is_multiplied_out():
    chosen = r"D[W^k] = \frac{2}{n_k}"
    wrong = r"D[s^d] \prod_{k=1}^{d} \frac{1}{2} n_{k+1} D[W^k] = \frac{n_2}{n_d} D[s^d]"
    right = wrong.replace(r"\frac{n_2}{n_d}", r"\frac{n_{d+1}}{n_1}")
    assert judged(right, "", chosen).verdict == "proved"
    found = judged(wrong, "", chosen)
    assert found.verdict == "refuted" and statement(found.correction) == statement(right)
    assert judged(wrong) is None


def test_what_is_random_in_a_derivative_is_not_known():
    assert judged(r"D[\frac{\partial L}{\partial s}] a = b D[\frac{\partial L}{\partial s}]") is None
    assert judged(r"E[\nabla L] = \nabla L") is None


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        (r"\frac{d}{dc} E[(X - c)^2] = -2 E[X] + 2 c", r"\frac{d}{dc} E[(X - c)^2] = -2 E[X] + c"),
        (r"\frac{d}{dc} Var[c X] = 2 c Var[X]", r"\frac{d}{dc} Var[c X] = c Var[X]"),
        (r"\frac{d^2}{dc^2} E[Y^2 (X - c)^2] = 2 E[Y^2]", r"\frac{d^2}{dc^2} E[Y^2 (X - c)^2] = E[Y^2]"),
    ],
)
def test_the_derivative_of_a_moment_by_a_constant_is_taken(right, wrong):
    assert judged(right).verdict == "proved"
    assert judged(wrong).verdict == "refuted"


# -- laws


@pytest.mark.parametrize("k", range(6))
def test_moments_of_laws_are_the_sums_and_integrals_that_define_them(k):
    a, b, p, n = Fraction(-1, 2), Fraction(2), Fraction(1, 3), 4
    x = sp.Symbol("x")
    integral = sp.integrate(x**k, (x, sp.Rational(a), sp.Rational(b))) / (sp.Rational(b) - sp.Rational(a))
    assert LAWS["Uniform"].moment(k, sp.Rational(a), sp.Rational(b)) == integral
    r = sp.Rational(p)
    weights = [sp.binomial(n, j) * r**j * (1 - r) ** (n - j) for j in range(n + 1)]
    assert LAWS["Binomial"].moment(k, sp.Integer(n), r) == sum(w * j**k for j, w in enumerate(weights))
    gauss = sp.diff(sp.exp(3 * x + 5 * x**2 / 2), x, k).subs(x, 0) if k else 1
    assert LAWS["Normal"].moment(k, sp.Integer(3), sp.Integer(5)) == gauss
    poisson = sp.diff(sp.exp(2 * (sp.exp(x) - 1)), x, k).subs(x, 0) if k else 1
    assert LAWS["Poisson"].moment(k, sp.Integer(2)) == poisson


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        (r"E[|x|] = \sqrt{\frac{2}{\pi}} s", r"E[|x|] = \frac{2}{\pi} s"),
        (r"E[x |x|] = 0", r"E[x |x|] = 1"),
        (r"E[\max(0, x)^2] = \frac{s^2}{2}", r"E[\max(0, x)^2] = s^2"),
        (r"Var[\max(0, x)] = \frac{s^2}{2} (1 - \frac{1}{\pi})", r"Var[\max(0, x)] = \frac{s^2}{2}"),
    ],
)
def test_moments_of_absolute_values_under_a_normal_law(tell_apart, right, wrong):
    claims = (c.replace("E[", r"\mathbb{E}[").replace("Var[", r"\operatorname{Var}[") for c in (right, wrong))
    tell_apart(r"For $x \sim \mathcal{N}(0, s^2)$ with $s > 0$ we have $@$.", *claims)


@pytest.mark.parametrize(("name", "a", "b"), [("Uniform", -2, 2), ("Normal", 0, Fraction(9, 4)), ("Poisson", 2, 0)])
@pytest.mark.parametrize("k", range(5))
def test_moments_with_a_size_are_the_integrals_that_define_them(name, a, b, k):
    x, law = sp.Symbol("x", real=True), LAWS[name]
    parameters = [sp.Rational(v) for v in (a, b)][: law.parameters]
    if name == "Poisson":
        assert law.of_size(k, *parameters) == law.moment(k + 1, *parameters)
        return
    density, end = (
        (sp.Rational(1, 4), 2) if name == "Uniform" else (sp.exp(-2 * x**2 / 9) / sp.sqrt(9 * sp.pi / 2), sp.oo)
    )
    size = sp.integrate(x ** (k + 1) * density, (x, 0, end)) * (1 + (-1) ** k)
    assert sp.simplify(law.of_size(k, *parameters) - size) == 0
    assert LAWS["Normal"].of_size(k, sp.Integer(1), sp.Integer(1)) is None


def test_a_law_is_told_from_a_product():
    assert law_of(statement("x = U(a, b)").terms[1])[0] == "Uniform"
    assert law_of(statement("x = U(a)").terms[1]) is None
    assert law_of(statement("x = f(a, b)").terms[1]) is None


def test_independence_that_is_said_elsewhere_does_not_make_a_covariance_vanish_that_is_written_out():
    wrong = statement("Var[X + Y] = Var[X] + Var[Y] + Cov[X, Y]")
    (far,) = (replace(f, far=True) for f in facts_in("independent samples", "line 1"))
    found = judge_moment(wrong, [far])
    assert found is not None and found.verdict == "refuted"
    right = judge_moment(statement("Var[X + Y] = Var[X] + Var[Y] + 2 Cov[X, Y]"), [far])
    assert right is not None and right.verdict == "proved"


@pytest.mark.parametrize("claim", [r"E[q^\top k] = 0", r"Var[q^\top k] = d", r"Var[\frac{q^\top k}{\sqrt{d}}] = 1"])
def test_scores_of_attention_have_a_variance_of_their_length(claim):
    found = judged(claim, "independent entries with mean $0$ and variance $1$")
    assert found is not None and found.verdict == "proved"
    assert not any("nowhere" in a.source for a in found.assumptions)
    other = judged(claim.replace("= 1", "= d").replace("= d", "= d^2"), "independent with mean $0$ and variance $1$")
    assert "= 0" in claim or other is None or other.verdict != "proved"


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        ("Var[x] = E[x^2] - (E[x])^2", "proved"),
        ("Var[x] = E[x^2] + (E[x])^2", "refuted"),
        ("E[x^2] - (E[x])^2 = E[x^2]", "proved"),
    ],
)
def test_a_mean_that_is_written_out_is_not_meant_to_be_zero(claim, verdict):
    found = judged(claim, "independent weights and inputs with zero mean")
    assert found is not None and found.verdict == verdict


def test_sides_with_a_variable_of_their_own_each_are_not_compared():
    assert judged("n Var[w] E[x^2] = \\frac{n}{2} Var[w] Var[z]", "independent with zero mean") is None


def test_what_is_claimed_of_a_computed_variable_is_no_fact_about_it(verdicts):
    r"""A wrong variance of \tilde x would refute the right one, which speaks of the same name with its mark."""
    said = r"Let $z = \sum_i w_i x_i$ with independent $w_i$, $x_i$ of zero mean." + "\n\n## Dropout\n"
    said += r"With $m_i \sim \text{Bernoulli}(1-p)$ and $\tilde x_i = \frac{m_i x_i}{1-p}$: "
    right, wrong = (
        r"\operatorname{Var}(\tilde x_i) = \frac{p}{1-p} x_i^2",
        r"\operatorname{Var}(\tilde x_i) = p(1-p) x_i^2",
    )
    assert verdicts(f"{said}${right}$.\n\nAnd ${wrong}$.")[right] != "refuted"
