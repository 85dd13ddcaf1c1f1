"""Executed notebooks: outputs inside, equal bytes, a failing cell is one sentence."""

from __future__ import annotations

import ast
import re
from itertools import cycle

import nbformat
import pytest
from click.testing import CliRunner

import symnet as sn
from symnet.cli import main
from symnet.errors import SymnetError
from symnet.explain.notebook import Code, Text, as_notebook, executed


def test_the_notebook_of_the_command_line_holds_the_output_of_its_check(tmp_path):
    file = tmp_path / "dense.ipynb"
    result = CliRunner().invoke(main, ["derive", "dense", "-o", str(file), "--lang", "ru"])
    assert result.exit_code == 0, result.output
    book = nbformat.read(file, 4)
    nbformat.validate(book)
    (output,) = book.cells[-1].outputs
    assert [line.partition(":")[0] for line in output.text.splitlines()] == ["dx", "dw", "db"]


def test_execution_leaves_no_time_and_gives_equal_bytes():
    book = sn.derive("relu").notebook()
    first, second = (nbformat.writes(executed(book)) for _ in range(2))
    assert first == second and "iopub" not in first
    assert not book.cells[-1].outputs  # the notebook that was given is left as it is


@sn.op
def running_sum(x: "n t", h0: "n"):
    return sn.scan(lambda h, x: 0.5 * h + x, h0, x, over="t")


@sn.op
def two_outputs(x: "n d", w: "d"):
    a = sn.sum(x * w, over="d")
    return a, sn.tanh(a)


#: a short notebook of each kind
SHORT = {
    "rule": lambda: sn.derive("nesterov"),
    "rule of arrays": lambda: sn.derive("lars"),
    "labels": lambda: sn.derive("softmax_cross_entropy_labels"),
    "scan": lambda: sn.derive(running_sum),
    "outputs": lambda: sn.derive(two_outputs),
    "training": lambda: sn.derive("two_layer_network_gradient_descent_step"),
}


def test_notebooks_of_every_kind_end_in_their_check():
    books = {kind: make().notebook(lang=lang) for (kind, make), lang in zip(SHORT.items(), cycle(("en", "ru")))}
    cells = []
    for book in books.values():  # one kernel for all: starting one takes longer than all checks
        nbformat.validate(book)
        *_, module, check = [c for c in book.cells if c.cell_type == "code"]
        assert book.cells[-1] is check
        cells += [nbformat.v4.new_code_cell(cell.source) for cell in (module, check)]
    for node in (node for cell in cells for node in ast.walk(ast.parse(cell.source))):
        names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
        names += [str(node.module)] if isinstance(node, ast.ImportFrom) else []
        assert {name.partition(".")[0] for name in names} <= {"numpy", "__future__"}
    done = executed(nbformat.v4.new_notebook(cells=cells))
    for kind, cell in zip(books, done.cells[1::2]):
        lines = "".join(output.text for output in cell.outputs).splitlines()
        assert lines and all(re.search(r"e[-+]\d\d$", line) for line in lines), kind


def test_a_wrong_step_fails_in_the_notebook():
    book = sn.derive("gradient_descent").notebook()
    module = next(c for c in book.cells if c.cell_type == "code")
    module.source = module.source.replace("w - lr * g", "w - 2 * lr * g")
    with pytest.raises(SymnetError, match="a cell of the notebook fails: AssertionError"):
        executed(book)


def test_a_failing_cell_is_one_sentence():
    with pytest.raises(SymnetError, match="a cell of the notebook fails: ZeroDivisionError: division by zero"):
        executed(as_notebook([Text("# a"), Code("1 / 0")]))
