"""Executed notebooks: outputs inside, equal bytes, a failing cell is one sentence."""

from __future__ import annotations

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


def test_a_failing_cell_is_one_sentence():
    with pytest.raises(SymnetError, match="a cell of the notebook fails: ZeroDivisionError: division by zero"):
        executed(as_notebook([Text("# a"), Code("1 / 0")]))
