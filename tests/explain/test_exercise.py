"""Exercises: gradients are blanks; right answers in any form are right, and nothing else is."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest
from click.testing import CliRunner

import symnet as sn
from symnet.catalog import load
from symnet.cli import main
from symnet.errors import SymnetError
from symnet.explain.answers import Answer, not_a_formula
from symnet.explain.exercise import Exercise
from symnet.explain.exercise_files import read_document, report


def filled(document: str, answers: dict[str, str]) -> str:
    for name, answer in answers.items():
        blank = rf"(<!-- blank: {name} -->(?:\n|\\n\",?\n? *\"?)*\$\$\n.*? = )\\ldots"
        document, count = re.subn(blank, lambda m, a=answer: m[1] + a, document)
        assert count == 1, name
    return document


def verdicts(name: str, answers: dict[str, str]) -> dict[str, str]:
    exercise = Exercise(sn.derive(name))
    judged = exercise.judge(filled(exercise.markdown(), answers))
    names = re.findall(r"<!-- blank: (\S+) -->", exercise.markdown())
    return dict(zip(names, (j.verdict for j in judged), strict=True))


def test_blanks_hide_every_gradient_and_the_solutions_have_them():
    exercise = Exercise(sn.derive("dense"), "ru")
    page = exercise.markdown()
    assert page.count(r"= \ldots") == 3
    assert r"dw_{dh} = \ldots" in page and r"\sum_{n} dy_{nh} x_{nd}" not in page
    assert "# Упражнение: dense" in page
    assert r"dw_{dh} = \sum_{n} dy_{nh} x_{nd}" in exercise.solutions()


def test_only_what_is_named_is_hidden():
    page = Exercise(sn.derive("dense"), hide=("w",)).markdown()
    assert page.count(r"= \ldots") == 1 and r"db_{h} = \sum_{n} dy_{nh}" in page
    with pytest.raises(SymnetError, match="no gradient of 'q' is derived; there are those of"):
        Exercise(sn.derive("dense"), hide=("q",))


def test_right_answers_in_another_form_are_right():
    found = verdicts(
        "dense", {"b": r"\sum_{m} dy_{mh}", "w": r"\sum_{n} x_{nd} \, dy_{nh}", "x": r"\sum_{k} w_{dk} dy_{nk}"}
    )
    assert found == {"b": "right", "w": "right", "x": "right"}


def test_wrong_empty_and_garbage_are_told_apart():
    found = verdicts("dense", {"b": r"-\sum_{n} dy_{nh}", "x": r"\sum_{h} dy_{nh} w_{dh"})
    assert found == {"b": "wrong", "w": "empty", "x": "unreadable"}


@pytest.mark.parametrize(("name", "verdict"), [("relu", "wrong"), ("step", "right")])
def test_a_gradient_of_zero_is_an_answer(name, verdict):
    assert verdicts(name, {"x": "0"}) == {"x": verdict}


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ({"x": "foo(3)"}, "на странице нет таких обозначений: f, o"),
        ({"w": "dx_{nd}"}, "в нём стоит dx_{nd}"),
        ({"x": "0"}, "контрпример"),
    ],
)
def test_why_an_answer_is_not_right_is_told_in_the_language_of_the_page(answers, said):
    document = filled(Exercise(sn.derive("dense"), "ru").markdown(), answers)
    lines, right = report(load("dense"), document, "ru")
    assert not right and any(said in line for line in lines)
    assert not re.search(r"[A-Za-z]{5,}", " ".join(line for line in lines if line.startswith(" ")))


def test_a_wrong_answer_comes_with_a_counterexample():
    exercise = Exercise(sn.derive("mean_squared_error"))
    page = filled(exercise.markdown(), {"y": r"\frac{1}{N D} (y_{nd} - t_{nd})"})
    judged = next(j for j in exercise.judge(page) if j.left == "dy_{nd}")
    assert (judged.verdict, judged.reason) == ("wrong", "counterexample")
    assert "N" in judged.values["at"] and float(judged.values["left"]) == 2 * float(judged.values["right"])


@pytest.mark.parametrize(
    "answer",
    [
        r"dw_{dh}", r"d w_{dh}", r"d\,w_{dh}", r"\mathrm{d}w_{dh}", r"\mathrm{dw}_{dh}", r"d{w}_{dh}", r"{d}w_{d h}",
        r"2 dw_{dh} - dw_{dh}", r"dx_{nd} \cdot 0 + {\rm d} w_{dh}", r"\mathtt{d}w_{dh}", r"d\mathtt{w}_{dh}",
        r"{\tt dw}_{dh}", r"\texttt{d}w_{dh}", r"\mathbf{dw}_{dh}", r"\boldsymbol{d}w_{dh}", "dW",
    ],
)  # fmt: skip
def test_the_gradient_itself_is_no_answer(answer):
    assert verdicts("dense", {"w": answer})["w"] in ("circular", "unreadable")


@sn.op
def gated(x: "n d", g: "d e", w: "d e"):
    """The name of one gradient, dg, begins that of another one."""
    gate = sn.softmax(sn.sum(x * g, over="d"), over="e")
    return sn.sum(gate * sn.sum(x * w, over="d"), over="e")


def test_a_gradient_whose_name_begins_like_the_one_that_is_asked_for_may_be_named():
    softmax = r"\frac{\exp(\sum_{k} x_{nk} g_{ke})}{\sum_{e'} \exp(\sum_{k} x_{nk} g_{ke'})}"
    rest = rf"(d\mathrm{{gate}}_{{ne}} - \sum_{{j}} d\mathrm{{gate}}_{{nj}} {softmax.replace('e}', 'j}', 1)})"
    answer = rf"\sum_{{n}} x_{{nd}} {softmax} {rest.replace('ke}', 'kj}')}"
    found = verdicts(gated, {"g": answer.replace("e'}", "i}")})
    assert found["g"] == "right"
    assert verdicts(gated, {"g": rf"-{answer}", "gate": r"d\mathrm{gate}_{ne}"})["gate"] == "circular"


@pytest.mark.parametrize(
    "answer",
    [
        r"\frac{\partial L}{\partial w}", "a = b", r"x \text{ for all } n", "$$ x", "x <!-- y", r"\nabla_w L", "(x",
        r"x \\ y", "x" * 5000,
    ],
)  # fmt: skip
def test_what_is_not_one_formula_is_refused(answer):
    assert not_a_formula(answer)


def test_a_bracket_may_hold_a_relation():
    assert not not_a_formula(r"dy_{n} [x_{n} > 0]")


@pytest.mark.parametrize("formula", ["dw = ", r"dw = \ldots", r"dw = \dots .", "dw = ?", "dw = …"])
def test_nothing_filled_in_is_empty(formula):
    assert Answer.read(formula, "dw").empty


def test_the_command_line_writes_and_judges(tmp_path):
    def run(*arguments):
        return CliRunner().invoke(main, ["exercise", *map(str, arguments)])

    wrote = run("mean_squared_error", "--to", "ipynb", "--lang", "ru", "-o", tmp_path)
    assert wrote.exit_code == 0, wrote.output
    file = tmp_path / "mean_squared_error-exercise.ipynb"
    assert (tmp_path / "mean_squared_error-solutions.md").is_file()
    book = nbformat.read(file, 4)
    for cell in book.cells:
        cell.source = cell.source.replace(r"dy_{nd} = \ldots", r"dy_{nd} = 2 (y_{nd} - t_{nd}) / N / D", 1)
    nbformat.write(book, file)
    result = run("mean_squared_error", "--lang", "ru", "--check", file)
    assert "✓ верно: dy_{nd}" in result.output and "… не заполнено: dt_{nd}" in result.output
    assert result.exit_code == 1


def test_a_file_that_is_no_exercise_is_one_sentence(tmp_path):
    file = tmp_path / "a.md"
    file.write_text("# nothing\n")
    for name, arguments in (("dense", [file]), ("dense", [tmp_path / "none.md"]), ("adam", [file])):
        result = CliRunner().invoke(main, ["exercise", name, "--check", *map(str, arguments)])
        assert (result.exit_code, result.stderr.count("\n")) == (2, 1), result.output
    with pytest.raises(SymnetError, match="no exercise that symnet has written"):
        (tmp_path / "b.ipynb").write_text("{")
        read_document(Path(tmp_path / "b.ipynb"))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["exercise", "nosuch"], "unknown operation 'nosuch'"),
        (["exercise", "dense", "--lang", "xx"], "choose one of en, ru"),
        (["exercise", "dense", "-o", "{file}/folder"], "can not write"),
        (["derive", "dense", "--lang", "xx"], "choose one of en, ru"),
        (["derive", "dense", "-o", "{file}/page.md"], "can not write"),
        (["derive", "adam", "--example"], "is an update rule, whose page has no worked example"),
        (
            ["derive", "dense", "--to", "mdd"],
            "'mdd' is not one of md, tex, ipynb, html, pdf, txt, text; did you mean 'md'",
        ),
        (["derive", "dense", "--detial", "full"], "No such option '--detial'. Did you mean '--detail'?"),
    ],
)
def test_a_bad_request_is_one_sentence_and_writes_nothing(arguments, said, tmp_path):
    file = tmp_path / "file"
    file.write_text("")
    result = CliRunner().invoke(main, [part.format(file=file) for part in arguments])
    assert (result.exit_code, result.stderr.count("\n")) == (2, 1) and said in result.stderr
    assert ".tmp" not in result.stderr and [path.name for path in tmp_path.iterdir()] == ["file"]


def test_an_answer_may_tell_cases_apart():
    """The page prints such a gradient, so an answer may be written so, and is judged."""
    rows = r"\frac{r_n}{N}, & |r_n| \le \delta \\ \frac{\delta}{N} \operatorname{sign}(r_n), & |r_n| > \delta"
    cases = rf"\begin{{cases}} {rows} \end{{cases}}"
    assert verdicts("huber", {"r": cases})["r"] == "right"
    assert verdicts("huber", {"r": cases.replace("r_n}{N", r"\delta r_n}{N")})["r"] == "wrong"
    assert not_a_formula(r"\begin{cases} x, & \text{where it helps} \\ y, & x > 0 \end{cases}") == "foreign"
    assert not_a_formula(r"\begin{cases} x, & x > 0 & y \end{cases}") == "foreign"


@sn.op
def cell(x: "n d", h: "n d"):
    """A state beside the one before it."""
    h_next = sn.tanh(x * h)
    return h_next


def test_labels_tell_a_gradient_from_the_one_that_is_asked_for():
    """dh_next is given on the page of the cell, dh is asked for."""
    slope = r"(1 - h_{\mathrm{next}, nd}^2)"
    given = next(iter(re.findall(r"Given is \$(.*?)\$", Exercise(sn.derive(cell)).markdown())))
    assert verdicts(cell, {"h": rf"{given} {slope} x_{{nd}}"})["h"] == "right"
    assert verdicts(cell, {"h": rf"dh_{{nd}} + 0 \cdot {given}"})["h"] == "circular"


def test_an_index_that_no_sum_runs_over_is_an_index():
    assert verdicts("attention", {"v": r"\sum_{t} do_{bte} p_{bts}"})["v"] == "right"
    assert verdicts("attention", {"v": r"\sum_{t} do_{bte} p_{bst}"})["v"] != "right"


@sn.op
def momenta(dp: "n", p: "n"):
    """An array beside another one whose gradient has its name."""
    return sn.sum(dp * p**2, over="n")


def test_an_array_that_is_called_like_a_gradient_is_told_from_it():
    assert r"d\mathtt{dp}_{n}" in Exercise(sn.derive(momenta)).markdown()
    assert verdicts(momenta, {"p": r"2 p_n \mathtt{dp}_n", "dp": "p_n^2"}) == {"p": "right", "dp": "right"}
    assert verdicts(momenta, {"p": r"2 \mathtt{dp}_n", "dp": "p_n"}) == {"p": "wrong", "dp": "wrong"}


def test_names_that_stand_nowhere_are_told():
    page = sn.derive("dense")
    lines, right = report(
        load("dense"), filled(Exercise(page).markdown(), {"x": r"\mathtt{dz}_n + \bar{x}_{nd} + \sin(x_{nd})"}), "en"
    )
    assert not right and any(r"\mathtt{dz}" in line and r"\bar{x}" in line and "sin" not in line for line in lines)


def test_a_gradient_that_is_given_is_no_function_of_the_bracket_behind_it():
    right = r"dh_{\mathrm{next},ne} (1 - h_{\mathrm{next},ne}^2)"
    assert verdicts("rnn_cell", {"z": right})["z"] == "right"
    assert verdicts("rnn_cell", {"z": right.replace("-", "+")})["z"] == "wrong"
