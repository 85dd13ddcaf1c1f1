r"""Entries that numbers pick, and vectors with one entry: M_{12} of a matrix that is written out, the one-hot e_y."""

from __future__ import annotations

import pytest

CHAIN = (
    "For $0 < a < 1$ and $0 < b < 1$ take\n"
    "$$M = \\begin{pmatrix} 1 - a & a \\\\ b & 1 - b \\end{pmatrix}, \\qquad\n"
    "w = \\begin{pmatrix} \\frac{b}{a + b} \\\\ \\frac{a}{a + b} \\end{pmatrix}.$$\nThen $@$.\n"
)


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        (r"w_1 + w_2 = 1", r"w_1 - w_2 = 1"),
        (r"w_1 M_{12} = w_2 M_{21}", r"w_1 M_{21} = w_2 M_{12}"),
        (r"M_{1,1} + M_{12} = 1", r"M_{1,1} + M_{21} = 1"),
    ],
)
def test_numbers_pick_entries_of_an_array_that_is_written_out(tell_apart, right, wrong):
    tell_apart(CHAIN, right, wrong)


def test_numbers_pick_no_entries_where_the_parts_are_blocks(verdicts):
    text = "Let $M = \\begin{pmatrix} A & B \\\\ C & D \\end{pmatrix}$. Then $M_{12} = B$ and $M_{21} = B$.\n"
    assert "refuted" not in verdicts(text).values()


SOFTMAX = (
    "Let $z \\in \\mathbb{R}^K$, $p = \\operatorname{softmax}(z)$ and $\\ell = -\\log p_y$. Let $e_y$ be the one-hot "
    "vector of the class $y$. Then $@$.\n"
)
RUSSIAN = "Пусть $A \\in \\mathbb{R}^{m \\times n}$, а $e_i$ — $i$-й вектор стандартного базиса. Тогда $@$.\n"


@pytest.mark.parametrize(
    ("text", "right", "wrong"),
    [
        (SOFTMAX, r"\nabla_z \ell = p - e_y", r"\nabla_z \ell = e_y - p"),
        (
            SOFTMAX,
            r"\sum_{y=1}^K p_y (e_y - p) (e_y - p)^\top = \operatorname{diag}(p) - p p^\top",
            r"\sum_{y=1}^K p_y (e_y - p) (e_y - p)^\top = \operatorname{diag}(p) + p p^\top",
        ),
        (RUSSIAN, r"e_i^\top A e_j = A_{ij}", r"e_i^\top A e_j = A_{ji}"),
        (RUSSIAN, r"\sum_{i=1}^m e_i e_i^\top = I", r"\sum_{i=1}^m e_i e_i^\top = 2 I"),
    ],
)
def test_words_name_unit_vectors(tell_apart, text, right, wrong):
    tell_apart(text, right, wrong)


def test_an_e_that_a_formula_gives_is_no_unit_vector(verdicts):
    text = "The one-hot vectors are $e_i$. The error is $e_i = x_i - y_i$, so $e_i + y_i = x_i$.\n"
    assert verdicts(text)["e_i + y_i = x_i"] in ("proved", "holds")


def test_an_error_beside_a_one_hot_target_is_no_unit_vector(verdicts):
    text = "Let $e_i$ be the error of example $i$, whose target is one-hot. For $n$ of them $\\sum_{i=1}^n e_i = 1$.\n"
    assert verdicts(text)[r"\sum_{i=1}^n e_i = 1"] not in ("refuted", "proved", "holds")
