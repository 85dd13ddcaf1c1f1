"""Edits: each changes one thing, reads back from its LaTeX, and the list is the same every time."""

from __future__ import annotations

import pytest

from symnet.lecture.claims.collect import claims_of
from symnet.lecture.documents.documents import read_document
from symnet.lecture.edits.edits import KINDS, edits
from symnet.lecture.edits.here import Vocabulary
from symnet.lecture.edits.places import splice, with_products
from symnet.lecture.judging.corrections import candidates, correct, edits_of, formula_latex, with_side
from symnet.lecture.judging.judge import judge
from symnet.lecture.judging.mutants import mutants_of
from symnet.lecture.latex.printer import latex_of
from symnet.lecture.reader.reader import read_formula
from symnet.lecture.reader.syntax import Big, Call, Statement, Symbol
from symnet.lecture.verdict import ACCEPTED

FORMULAS = (
    r"\sigma(x) (1 + \sigma(x))",
    r"\frac{e^{x} - 1}{e^{x} + 1}",
    r"\sum_{j \neq k} \max(0, W_{j,:} \cdot x + W_{k,:} \cdot x + 1)",
    r"\left( \mathbf{W}^{[l+1]} \boldsymbol{\delta}^{[l+1]} \right) \odot g'(\mathbf{z}^{[l]})",
    r"-\frac{1}{n} \sum_{i=1}^{n} (y_i - \mathbf{x}_i^\top \mathbf{w}) \mathbf{x}_i",
    r"\begin{cases} x & x > 0 \\ \alpha (e^{x} - 1) & x \leq 0 \end{cases}",
)


NOTHING = Vocabulary()


def tree(latex):
    (statement,) = read_formula(latex)
    assert isinstance(statement, Statement), statement
    return statement.terms[-1]


def texts(latex, vocabulary=NOTHING):
    return [latex_of(e.whole).replace(" ", "") for e in edits(tree(latex), vocabulary)]


def claim_in(tmp_path, *formulas):
    """The last claim of a document with these formulas."""
    path = tmp_path / "lecture.md"
    path.write_text("\n\n".join(f"$${f}$$" for f in formulas), encoding="utf-8")
    return claims_of(read_document(path))[-1]


@pytest.mark.parametrize("latex", FORMULAS)
def test_an_edit_changes_the_expression_once(latex):
    expr = tree(latex)
    found = list(edits(expr))
    wholes = [e.whole for e in found]
    assert len(found) > 10
    assert expr not in wholes
    assert len(set(wholes)) == len(wholes)
    assert all(e.name and e.kind in KINDS for e in found)
    order = [KINDS.index(e.kind) for e in found]
    assert order == sorted(order)


@pytest.mark.parametrize("latex", FORMULAS)
def test_edits_are_the_same_every_time(latex):
    assert list(edits(tree(latex))) == list(edits(tree(latex)))


@pytest.mark.parametrize("latex", FORMULAS)
def test_what_an_edit_gives_can_be_read(latex):
    for edit in edits(tree(latex)):
        back = read_formula(latex_of(edit.whole))
        assert len(back) == 1 and isinstance(back[0], Statement), latex_of(edit.whole)


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        (r"\sigma(x)(1 + \sigma(x))", r"\sigma(x)(1-\sigma(x))"),  # a sign
        (r"t - o", "o-t"),  # a difference
        (r"2 \lambda w", r"\lambdaw"),  # a factor
        (r"\frac{2}{n} X^\top r", r"\frac{1}{n}X^\topr"),  # a number
        (r"\mathbf{W} \mathbf{d}", r"\mathbf{W}^\top\mathbf{d}"),  # a transpose
        (r"X X^\top", r"X^\topX"),  # a transpose at the wrong factor
        (r"\mathbf{h} \mathbf{d}^\top", r"\mathbf{d}\mathbf{h}^\top"),  # operands and transposes
        (r"p_i (q_{ij} - p_i)", r"p_i(q_{ij}-p_j)"),  # an index
        (r"a^{[l]} d^{[l]}", r"a^{[l-1]}d^{[l]}"),  # a layer
        (r"\log \hat{y} + (1 - t) \log(1 - y)", r"\log(\hat{y})+(1-t)\log(1-\hat{y})"),  # a lost hat
        (r"d \odot g(z)", r"d\odotg'(z)"),  # a derivative
        (r"f'(x) g'(x) + f(g(x))", r"f'(g(x))g'(x)+f(g(x))"),  # an inner function
        (r"\log(1 + e^{x})", r"\log(1+e^{-x})"),  # the sign of an exponent
        (r"1 - \tanh x", r"1-\tanh^2(x)"),  # a lost square
        (r"\frac{e^{x} - 1}{e^{x} + 1}", r"\frac{e^{2x}-1}{e^{2x}+1}"),  # the same slip twice
        (r"\frac{1 - r^{n}}{1 - r}", r"\frac{1-r^{n+1}}{1-r}"),  # an exponent
        (r"\frac{a}{b}", r"\frac{b}{a}"),
        (r"\max(0, x)", r"\min(0,x)"),
        (r"a (b + c)", "ab+c"),  # a bracket
        (r"\sum_{k=0}^{n} a_k", r"\sum_{k=1}^na_k"),
        (r"\sum_{i=1}^{n} P_{ij} + P_{ij}", r"\sum_{j=1}^nP_{ij}+P_{ij}"),
        (r"a \odot b", "ab"),
        (r"u + v + w", "u+w"),  # a term
    ],
)
def test_usual_slips_are_among_the_edits(wrong, right):
    expr = with_products(tree(wrong), lambda call: call.function == Symbol("a"))
    found = [latex_of(e.whole).replace(" ", "") for e in edits(expr)]
    assert right in [f.replace("{(", "(").replace(")}", ")") for f in found]


def test_a_sum_of_the_document_is_offered():
    big = tree(r"\sum_{i=1}^{n} b_i")
    assert isinstance(big, Big)
    found = texts(r"-2 r_i x_i", Vocabulary(sums=(big,)))
    assert r"-\sum_{i=1}^n2r_ix_i" in found
    assert r"-\frac{1}{n}\sum_{i=1}^n2r_ix_i" in found


def test_a_letter_with_a_hat_is_offered_from_the_document():
    hat = tree(r"\hat{x}_i")
    assert isinstance(hat, Symbol)
    assert r"g_i\hat{x}_i" in texts("g_i x_i", Vocabulary(symbols=(hat,)))


def test_even_functions_and_scalars_are_marked():
    by_text = {latex_of(e.whole).replace(" ", ""): e for e in edits(tree(r"\cos x"))}
    assert not by_text[r"\cos(-x)"].certain
    exchanged = [e for e in edits(tree(r"u v")) if e.name == "factors exchanged"]
    assert all(not e.certain for e in exchanged)
    matrices = [e for e in edits(tree(r"\mathbf{A} \mathbf{B}")) if e.name == "factors exchanged"]
    assert [e.certain for e in matrices] == [True]


def test_a_function_is_replaced_by_its_neighbour_only():
    names = {p.function.name for e in edits(tree(r"\exp(x)")) for p in e.whole.walk() if isinstance(p, Call)}
    assert names == {"exp", "log"}


@pytest.mark.parametrize(
    ("latex", "span", "new", "expected"),
    [
        ("a + b", (0, 1), "c", "c + b"),
        (r"\alpha x", (7, 8), "y", r"\alpha y"),
        ("ab", (0, 1), r"\alpha", r"\alpha b"),
        (r"\frac{1}{n}", (6, 7), "2", r"\frac{2}{n}"),
    ],
)
def test_splice_keeps_the_rest(latex, span, new, expected):
    assert splice(latex, span, new) == expected


@pytest.mark.parametrize("span", [(-1, -1), (0, 99), (3, 1), (-2, 4)])
def test_splice_refuses_places_outside(span):
    with pytest.raises(ValueError, match="no piece"):
        splice("a + b", span, "c")


@pytest.mark.parametrize(
    ("formulas", "correction"),
    [
        ((r"\frac{d}{dx} \tanh x = 1 + \tanh^2 x",), r"\frac{d}{dx} \tanh x = 1 - \tanh^2(x)"),
        (
            (
                r"a = b + c",
                r"\frac{\partial a}{\partial b} = 2",
            ),
            r"\frac{\partial a}{\partial b} = 1",
        ),
        ((r"f(x) = x^3", r"f'(x) = 2 x^2"), r"f'(x) = 3 x^2"),
        ((r"e^{x} \le 1 + x",), r"e^{x} \geq 1 + x"),
    ],
)
def test_a_mistake_is_corrected_and_the_rest_kept(tmp_path, formulas, correction):
    claim = claim_in(tmp_path, *formulas)
    finding = judge(claim)
    assert finding.verdict == "refuted"
    assert finding.correction is not None
    assert finding.correction.replace(" ", "") == correction.replace(" ", "")


def test_nothing_is_corrected_when_nothing_is_accepted(tmp_path):
    claim = claim_in(tmp_path, r"\sin x = \log x")
    assert correct(claim, lambda other: False, 1000) is None


def test_an_edit_keeps_the_other_side(tmp_path):
    claim = claim_in(tmp_path, r"\tanh(x) = 2 \sigma(2x) + 1")
    for side, edit in edits_of(claim):
        other = with_side(claim, side, edit.whole)
        assert other is not None
        assert (other.right if side == 0 else other.left) is (claim.right if side == 0 else claim.left)
        assert read_formula(formula_latex(claim, other, side, edit))
    assert all(c.left != c.right for c, _ in candidates(claim))


@pytest.mark.parametrize(
    "formulas",
    [
        (r"\frac{d}{dx} \tanh x = 1 - \tanh^2 x",),
        (
            r"p_i = \frac{e^{z_i}}{\sum_{j=1}^{K} e^{z_j}}",
            r"\frac{\partial p_i}{\partial z_j} = p_i (\delta_{ij} - p_j)",
        ),
        (r"A \in \mathbb{R}^{n \times n}", r"x \in \mathbb{R}^n", r"\nabla_x (x^\top A x) = (A + A^\top) x"),
    ],
)
def test_alterations_of_a_true_claim_are_not_accepted(tmp_path, formulas):
    claim = claim_in(tmp_path, *formulas)
    assert judge(claim).verdict in ACCEPTED
    mutants = mutants_of(claim)
    assert len(mutants) >= 5
    assert len({m.text for m in mutants}) == len(mutants)
    for mutant in mutants:
        assert judge(mutant).verdict not in ACCEPTED, mutant.text
