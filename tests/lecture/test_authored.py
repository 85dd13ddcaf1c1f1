"""Directives act: they change verdicts, stand among their assumptions, and are reported where they can not."""

import json
import re

import numpy as np
import pytest

from symnet.lecture.claims.collect import claims_of
from symnet.lecture.documents.documents import DirectiveError, read_document
from symnet.lecture.judging.judge import judge
from symnet.lecture.report.terminal import terminal_text
from symnet.lecture.verdict import DocumentReport


@pytest.fixture
def findings(tmp_path):
    """The findings on a document with a side file."""

    def check(text: str, side: str = "", name: str = "lecture.md"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        path.with_suffix(".symnet").write_text(side, encoding="utf-8")
        return [judge(claim) for claim in claims_of(read_document(path))]

    return check


ACTS = [
    # formula, directive, verdict of its last claim without and with it
    (r"$$\frac{d E}{d w} = 2 w$$", "define E = w^2", "needs-context", "proved"),
    (r"$$\frac{d E}{d w} = 3 w$$", "define E = w^2", "needs-context", "refuted"),
    (r"$$\sum_k u_k v = v$$", r"assume \sum_k u_k = 1", "needs-hypothesis", "proved"),
    (r"$$\sqrt{x^2} + a = x + a$$", "assume x > 0", "needs-hypothesis", "proved"),
    (r"$$|x + y| + a = x + y + a$$", "assume x + y > 0", "refuted", "holds"),
    (r"$$S'(x) = S(x) (1 - S(x))$$", "known S = sigmoid", "condition", "proved"),
    (r"$$S'(x) = \frac{1}{(1 + |x|)^2}$$", "known S = softsign", "needs-context", "holds"),
    (r"$$S'(x) = \frac{2}{(1 + |x|)^2}$$", "known S = softsign", "needs-context", "refuted"),
    (r"$$\log(8 a) = 3 + \log a$$", "log base 2", "reading-dependent", "holds"),
    (r"$$\log(8 a) = 3 + \log a$$", "log natural", "reading-dependent", "refuted"),
    (r"$$\mathbb{E}[x y] = \mathbb{E}[x] \mathbb{E}[y]$$", "random x independent; random y independent",
     "needs-hypothesis", "proved"),
    (r"$$\mathbb{E}[x y] = \mathbb{E}[x] \mathbb{E}[y]$$", "random x independent",
     "needs-hypothesis", "needs-hypothesis"),
    (r"$$q^k q = q^{k+1}$$", "superscript q = label", "proved", "definition"),
    (r"$$f(x + y) + f(x) = f(x) + f(y + x)$$", "function f of scalar returning scalar", "proved", "holds"),
    (r"$$X w = w X$$", "line 1: reading scalar", "reading-dependent", "holds"),
]  # fmt: skip


@pytest.mark.parametrize(("formula", "directive", "without", "having"), ACTS)
def test_a_directive_decides_a_verdict_and_is_named(findings, formula, directive, without, having):
    assert findings(formula)[-1].verdict == without
    found = findings(formula, directive)[-1]
    assert found.verdict == having
    assert "directive, lecture.symnet:1" in [a.source for a in found.assumptions]


def test_the_layout_of_derivatives(findings):
    text = (
        r"$A \in \mathbb{R}^{m \times n}$, $\mathbf{x} \in \mathbb{R}^n$"
        + "\n\n"
        + r"$$\frac{\partial A \mathbf{x}}{\partial \mathbf{x}} = A$$"
    )
    assert findings(text, "layout numerator")[-1].verdict == "holds"
    wrong = findings(text, "layout denominator")[-1]
    assert wrong.verdict not in ("holds", "proved")
    assert "directive, lecture.symnet:1" in [a.source for a in wrong.assumptions]


def test_sizes_of_every_spelling(findings):
    text = r"$$y = W x$$" + "\n\n" + r"$$z = W y$$"
    for spelling in ("n x d", r"n \times d", "(n, d)", "n × d"):
        found = findings(text, f"shape W = {spelling}; shape x = d; shape y = n; shape z = n")
        assert "ill-typed" in [f.verdict for f in found], spelling
        assert any(a.source == "directive, lecture.symnet:1" for f in found for a in f.assumptions)


def test_an_element_and_a_name(findings):
    text = r"$$x_{q} = a$$" + "\n\n" + r"$$x_{p} + b = a + b$$"
    assert findings(text, "subscript x = label")[-1].verdict == "condition"
    assert findings(text, "subscript x = index")[-1].verdict == "proved"


def test_a_definition_stands_for_one_of_the_lecture(findings):
    text = "$$R = 3$$\n\n$$R + 1 = 4$$\n\n<!-- symnet: define R = 2 -->\n\n$$R + 1 = 3$$"
    found = findings(text)
    assert found[-1].verdict == "proved"
    assert [a.source for a in found[-1].assumptions] == ["directive, lecture.md:5"]


@pytest.mark.parametrize(
    ("text", "side", "verdict", "reason"),
    [
        ("$x = 2 y$", "shape Q = n", "not-understood", "no formula of the document holds Q"),
        ("$x = 2 y$", "known f = relu", "not-understood", "no formula of the document holds f"),
        ("$x = 2 y$", "assume x = y + 1", "not-understood", "can not be assumed"),
        ("$x = 2 y$", "define x = x + 1", "not-understood", "defines nothing"),
        ("$p = 2 y$, $p > y$", "assume p > 0", None, ""),
        (r"$W \in \mathbb{R}^{n \times d}$", "shape W = d x n", "ill-typed", "another shape on line 1"),
        (r"$W \in \mathbb{R}^{n \times d}$", "shape W = n x d", None, ""),
        (
            r"$f(\mathbf{x}) = \mathbf{x}^T \mathbf{x}$",
            "function f of scalar returning vector",
            "ill-typed",
            "gives a scalar",
        ),
    ],
)
def test_what_a_directive_can_not_do_is_reported(findings, text, side, verdict, reason):
    found = [f for f in findings(text, side) if f.kind == "directive"]
    assert [f.verdict for f in found] == ([verdict] if verdict else [])
    assert all(f.reason.startswith("lecture.symnet:1: ") and reason in f.reason for f in found)


def test_a_definition_that_the_document_denies_is_reported(findings):
    found = findings("$$E = 3 w$$\n\n$$E = 2 w$$", "define E = 2 w")
    assert [f.verdict for f in found][0] == "reading-dependent"
    assert "directive, lecture.symnet:1" in found[0].reason


@pytest.mark.parametrize(
    ("side", "message"),
    [
        (r"define y = \frac{1", r"lecture\.symnet:1: .* can not be read"),
        ("define y = ...", r"lecture\.symnet:1: .* leaves dots"),
        ("assume x +", r"lecture\.symnet:1: 'assume x \+'"),
        ("assume x", "has no relation"),
        ("shape a + b = n", "is no name"),
        ("shape W = n x d x k", "more than two sizes"),
        (
            "shape W = n\nshape W = d",
            r"lecture\.symnet:2: 'shape W = d' contradicts 'shape W = n' of lecture\.symnet:1",
        ),
        ("known f = nonsense", "names no known function"),
        ("random x mean ...", "leaves dots"),
    ],
)
def test_what_can_not_be_read_is_an_error(findings, side, message):
    with pytest.raises(DirectiveError, match=message):
        findings("$W = 1$", side)


OPEN = [
    r"$$L = y^2$$" + "\n\n" + r"$$\frac{d L}{d x} = 2 y \frac{d z}{d x}$$",
    r"$$L = y^2$$" + "\n\n" + r"$$\frac{d L}{d x} = 2 y x$$",
    r"$$\frac{\partial L}{\partial w_g} = \frac{\partial f}{\partial g} \frac{\partial g}{\partial w_g}$$",
    r"$$\frac{d E}{d w_g} = 2 w_g$$",
    r"$$q = \sum_i y_i \log p_i$$" + "\n\n" + r"$$\frac{\partial q}{\partial z_k} = y_k$$",
]


@pytest.mark.parametrize("text", OPEN)
def test_the_line_that_is_proposed_can_be_pasted(findings, text):
    found = findings(text)[-1]
    assert found.verdict == "needs-context"
    proposed = re.search(r"(add|write): (.*)", found.reason)
    assert proposed
    line = proposed[2]
    if proposed[1] == "write":  # to be filled in
        line = re.sub(r"\.\.\. (.*) \.\.\.|\.\.\.", lambda dots: f"{dots[1] or 'w_g'}^2", line)
    again = findings(text, line)
    assert [f for f in again if f.kind == "directive"] == []
    assert (again[-1].verdict, again[-1].reason) != (found.verdict, found.reason)
    assert "directive, lecture.symnet:1" in [a.source for a in again[-1].assumptions]


def test_an_open_function_of_the_author_refutes_nothing(findings):
    found = findings(r"$$E = z^2$$" + "\n\n" + r"$$\frac{d E}{d x} = 2 z w$$", "define z = f(x)")[-1]
    assert found.verdict == "needs-context" and "f" in found.reason


def arrays(values):
    """The values of a counterexample as numbers, vectors and matrices."""
    names = {name.partition("[")[0] for name in values}
    found = {}
    for name in names:
        entries = {key: v for key, v in values.items() if key.partition("[")[0] == name and "[" in key}
        if not entries:
            found[name] = values[name]
            continue
        places = {tuple(map(int, re.findall(r"\d+", key.partition("[")[2]))): v for key, v in entries.items()}
        found[name] = np.zeros(tuple(np.max(list(places), axis=0)))
        for place, value in places.items():
            found[name][tuple(i - 1 for i in place)] = value
    return found


REPLAYED = [
    (r"$$\frac{d}{d x} (a x^3 + \tanh x) = 3 a x^2 - \tanh(x)^2$$", [],
     lambda v: [3 * v["a"] * v["x"] ** 2 + c - np.tanh(v["x"]) ** 2 for c in (1, 0)]),
    (r"$$\|\mathbf{u} + \mathbf{v}\|^2 = \|\mathbf{u}\|^2 + \|\mathbf{v}\|^2$$",
     [r"shape \mathbf{u} = 5; shape \mathbf{v} = 5"],
     lambda v: (np.sum((v["u"] + v["v"]) ** 2), np.sum(v["u"] ** 2) + np.sum(v["v"] ** 2))),
    (r"$$(A B)^T = A^T B^T$$", ["shape A = 4 x 4; shape B = 4 x 4"],
     lambda v: ((v["A"] @ v["B"]).T, v["A"].T @ v["B"].T)),
]  # fmt: skip


@pytest.mark.parametrize(("formula", "side", "sides"), REPLAYED)
def test_a_counterexample_is_replayed_from_the_json(findings, formula, side, sides):
    data = json.loads(json.dumps(findings(formula, "\n".join(side))[-1].as_dict()))
    assert data["verdict"] == "refuted"
    shown = data["counterexample"]
    assert "omitted" not in shown
    left, right = sides(arrays(shown["values"]))
    assert np.allclose(left, shown["left"], rtol=1e-9) and np.allclose(right, shown["right"], rtol=1e-9)
    assert not np.allclose(left, right, rtol=1e-6)


def test_a_finding_names_the_cell_of_a_notebook(findings):
    cells = [
        {"cell_type": "markdown", "metadata": {}, "source": ["Text"]},
        {"cell_type": "markdown", "metadata": {}, "source": ["\n", "$$a + a = 3 a$$"]},
    ]
    notebook = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (found,) = findings(json.dumps(notebook), name="deck.ipynb")
    assert (found.as_dict()["cell"], found.line) == (1, 2)
    assert "deck.ipynb: cell 1, line 2" in terminal_text(DocumentReport("deck.ipynb", (found,)), verbose=True)
    assert findings("$$a + a = 2 a$$")[0].as_dict()["cell"] is None


def test_formulas_at_the_same_place_of_two_cells_are_judged_each(tmp_path):
    cells = [{"cell_type": "markdown", "metadata": {}, "source": [f"$$a + a = {n} a$$"]} for n in (2, 3)]
    path = tmp_path / "deck.ipynb"
    path.write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
    first, second = claims_of(read_document(path))
    assert first.key != second.key  # claims of one key are judged once
