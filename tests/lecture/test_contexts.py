r"""Claims that hold in another context than the whole document as it stands: its prose, its sections, its variables."""

from __future__ import annotations

import pytest

from symnet.lecture.documents.documents import read_document
from symnet.lecture.judging.judge import claims_of, judge
from symnet.lecture.verdict import ACCEPTED


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


@pytest.mark.parametrize(("heading", "accepted", "refuted"), [("# Numbers", "proved", "refuted"), ("", None, None)])
def test_a_section_may_use_a_name_for_something_else(verdict, heading, accepted, refuted):
    """p is a vector before, and a number under the heading; too much stands between for f to be near."""
    between = "\n\n".join(f"$k_{{{i}}} = {i} c_{{{i}}}$" for i in range(1, 13))
    head = f"# Arrays\n\nLet $p \\in \\mathbb{{R}}^n$.\n\n{heading}\n\n$f(p) = p^3 + q$\n\n"
    for slope, expected in (("3 p^2", accepted), ("3 p", refuted)):
        claim = f"f'(p) = {slope}"
        assert verdict(f"{head}{between}\n\n$${claim}$$\n", claim) == (expected or "not-understood")
