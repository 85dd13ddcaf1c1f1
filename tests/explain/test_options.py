"""What a reader chooses: language, notation, detail, a worked example; each choice changes what it names, no more."""

from __future__ import annotations

import re

import pytest

import symnet as sn
from symnet.errors import SymnetError
from symnet.explain.slopes import derivatives
from symnet.printing.dialects import Text
from tests.explain.test_pages import formulas_of, headings
from tests.printing.latex_syntax import check_formula
from tests.printing.operations import EVERYTHING, OPERATIONS

FORMS = ("markdown", "latex", "text", "html")


@pytest.mark.parametrize("form", FORMS)
def test_an_unknown_choice_names_what_there_is(form):
    write = getattr(sn.derive(OPERATIONS["dense"]), form)
    with pytest.raises(SymnetError, match="'tlh'; choose one of en, ru"):
        write(lang="tlh")
    with pytest.raises(SymnetError, match="'abstract'; choose one of index, matrix, both"):
        write(notation="abstract")
    with pytest.raises(SymnetError, match="'long'; choose one of brief, normal, full"):
        write(detail="long")


def test_a_russian_page():
    page = sn.derive("batch_norm").markdown(lang="ru")
    assert headings(page)[1:] == [
        "Входные данные",
        "Соглашения",
        "1. Прямой проход",
        "2. Цепное правило",
        "3. Преобразования",
        "4. Градиенты",
        "5. В матричной записи",
        "6. Программа",
    ]
    for words in (
        "Нормализация по мини-батчу",
        "По определению $",
        "лемма, по определению $",
        "Источник: Ioffe",
    ):
        assert words in page


@pytest.mark.parametrize("name", ["batch_norm", "softmax_cross_entropy", "max_pool", "attention"])
def test_a_russian_page_holds_the_formulas_of_the_english_one_and_none_of_its_words(name):
    derivation = sn.derive(name)
    english, russian = derivation.markdown(), derivation.markdown(lang="ru")
    assert sorted(formulas_of(english)) == sorted(formulas_of(russian))
    prose = re.sub(r"\$\$.+?\$\$|\$[^$]+\$|`[^`]+`", "", russian.partition("```python")[0], flags=re.DOTALL)
    lines = [line for line in prose.splitlines() if not line.startswith(("# ", "Источник"))]
    left = set(re.findall(r"[A-Za-z]{3,}", "\n".join(lines)))
    names = {
        "softmax",
        "Softmax",
        "logsumexp",
        "softplus",
        "one",
        "hot",
        "rowsum",
        "colsum",
        "denominator",
        "layout",
        "tanh",
    }
    assert left - names - {"NumPy", "ReLU", "Softmax"} == set()


NEXT = ["3. In matrix notation", "4. The program"]


def test_brief_is_definitions_and_results():
    page = sn.derive(OPERATIONS["batch_norm"]).markdown(detail="brief")
    assert headings(page) == ["batch_norm", "Inputs", "Conventions", "1. Forward pass", "2. The gradients", *NEXT]


def test_full_proves_each_lemma_in_lines_of_its_own():
    page = sn.derive(OPERATIONS["batch_norm"]).markdown(detail="full")
    start = page.index("### Lemma")
    assert start < page.index("$$\nd\\mu", start)  # before the line that uses it
    lines = re.findall(r"\$\$\n(.+?)\n\$\$", page[start:])[:3]
    assert lines == [
        r"\sum_{n} (\mu_{B,d} - x_{nd}) = \sum_{n} \left(\frac{1}{N} \sum_{n'} x_{n'd} - x_{nd}\right)",
        r"= \sum_{n} x_{nd} - \sum_{n} x_{nd}",
        "= 0",
    ]
    assert "### Lemma" not in sn.derive(OPERATIONS["batch_norm"]).markdown()


def test_full_puts_in_before_it_cancels():
    page = sn.derive("batch_norm").markdown(detail="full")
    start = page.index("**Put in intermediate gradients**")
    put, cancelled = re.findall(r"\$\$\n(.+?)\n\$\$", page[start:])[:2]
    assert r"2 \left(-\frac{1}{2 (\mathrm{var}_{d} + \epsilon)} \sum_{n'} d\hat{x}_{n'd} \hat{x}_{n'd}\right)" in put
    assert r"2 \left(-" not in cancelled and r"\sum_{n'} d\hat{x}_{n'd} \hat{x}_{n'd}" in cancelled
    assert "**Multiply together and cancel**" in page[start : page.index(cancelled)]


def test_full_tells_that_the_derivative_of_a_logsumexp_is_softmax():
    page = sn.derive("softmax_cross_entropy").markdown(detail="full")
    line = (
        r"\frac{\partial}{\partial u_{i}}\, \operatorname{logsumexp}_{j} u_{j} = \frac{e^{u_{i}}}{\sum_{j} e^{u_{j}}}"
    )
    assert line in page
    assert line not in sn.derive("softmax_cross_entropy").markdown()


@pytest.mark.parametrize(
    "function, expected",
    [
        (lambda x: sn.tanh(x), "d/du tanh(u) = 1 - tanh(u)²"),
        (lambda x: 1 / sn.sqrt(x), "d/du 1/√u = -1/2 · u^(-3/2)"),
        (lambda x: sn.log(x), "d/du log(u) = 1/u"),
    ],
)
def test_derivatives_are_told_of_the_functions_that_occur(function, expected):
    @sn.op
    def f(x: sn.positive("n")):
        y = function(x)
        return y

    assert derivatives([n.expr for n in f.graph.definitions], "x", Text()) == (expected,)


def test_matrix_lines_take_the_place_of_index_lines():
    page = sn.derive("dense").markdown(notation="matrix")
    assert "Y = X W + \\mathbf{1} b^{\\top}" in page and r"dW = X^{\top} dY" in page
    assert "denominator layout" in page and page.index("denominator layout") < page.index(r"dW = X^{\top} dY")
    assert r"dY_{n" not in page


def test_index_lines_alone():
    page = sn.derive("dense").markdown(notation="index")
    assert "matrix" not in page and r"\top" not in page
    assert page.count("dW") == 0


def test_what_has_no_matrix_form_stays_in_index_notation():
    page = sn.derive("conv2d").markdown(notation="matrix")
    assert r"\sum" in page


@pytest.mark.parametrize("notation", ["index", "matrix", "both"])
@pytest.mark.parametrize("detail", ["brief", "full"])
@pytest.mark.parametrize("name", ["batch_norm", "cross_entropy", "attention", "two_layers", "pooling"])
def test_every_formula_of_every_choice_is_well_formed(name, detail, notation):
    page = sn.derive(EVERYTHING[name]).markdown(notation=notation, detail=detail, example=True)
    for formula in formulas_of(page):
        check_formula(formula)


def test_the_cost_falls_where_sums_are_simplified():
    page = sn.derive("softmax_cross_entropy").markdown()
    before, after = re.findall(r"^\| the .+? \| (\d+) \| (\d+) \|$", page, re.MULTILINE)
    assert int(after[0]) < int(before[0]) and int(after[1]) <= int(before[1])


def test_other_derivatives_and_brief_pages_have_no_cost():
    assert "## Cost" not in sn.derive("softmax", what="jacobian").markdown()
    assert "## Cost" not in sn.derive("softmax").markdown(detail="brief")


def test_full_names_every_rule_of_a_line():
    page = sn.derive("batch_norm").markdown(detail="full")
    split, cancel, known = (
        f"**{name}**" for name in ("Split the sum", "Multiply together and cancel", "Use a known sum")
    )
    before = page[: page.index(r"= -\frac{1}{2 (\mathrm{var}_{d} + \epsilon)} \sum_{n} d\hat{x}_{nd} \hat{x}_{nd}")]
    assert split in before[-250:] and cancel in before[-250:]  # factors go in front, and powers are joined there
    before = page[: page.index(r"= -\frac{1}{\sqrt{\mathrm{var}_{d} + \epsilon}} \sum_{n} d\hat{x}_{nd}")]
    assert known in before[-500:] and split in before[-500:]


def test_a_stable_form_says_what_is_put_in():
    page = sn.derive("softmax_cross_entropy").markdown()
    assert "Put in: $p$." in page.partition("## 3")[0]


def test_a_value_without_end_is_printed_as_such_in_an_example():
    """What a mask leaves out is minus infinity, exactly."""
    d = sn.derive("causal_attention")
    assert r"\mathrm{seen}_{0,:,:} \approx \begin{pmatrix} 1.0324 & -\infty \\" in d.latex(example=True)
    assert "-∞" in d.text(example=True)
