"""Notebooks: valid, deterministic, and their code cells run with nothing but NumPy."""

from __future__ import annotations

import ast

import nbformat
import pytest

import symnet as sn
from symnet.codegen import module_source
from symnet.explain import notebook
from tests.printing.operations import OPERATIONS


def code_cells(book) -> list[str]:
    return [c.source for c in book.cells if c.cell_type == "code"]


@sn.op
def assumed(x: "n c", w: "n c"):
    sn.assume(sn.sum(w, over="c") == 1)
    return sn.sum(w * sn.log(x), over="c") * sn.size("c")


@sn.op
def every_kind(x: sn.positive("n c"), q: sn.probability("n c", over="c"), y: sn.one_hot("n c"), m: sn.mask("n"),
               t: sn.labels("n", below="c"), s: ""):  # fmt: skip
    a = sn.sum(y * sn.log(x) * q, over="c") * m * s
    return a, x[sn.index("n") * 0 + 0, "c"] if False else a * s


@sn.op
def awkward_names(output: "n", gradients: "n", step: "n", name: ""):
    error = output * gradients - step * name
    return error


CASES = {**OPERATIONS, "assumed": assumed, "every_kind": every_kind, "awkward_names": awkward_names}


@pytest.mark.parametrize("name", list(CASES))
def test_a_notebook_is_valid_and_imports_only_numpy(name):
    book = notebook(sn.derive(CASES[name]))
    nbformat.validate(book)
    module, check = code_cells(book)
    assert module == module_source(CASES[name]).strip()
    trees = [node for cell in (module, check) for node in ast.walk(ast.parse(cell))]
    imported = {alias.name for node in trees if isinstance(node, ast.Import) for alias in node.names}
    imported |= {str(node.module) for node in trees if isinstance(node, ast.ImportFrom)}
    assert {name.partition(".")[0] for name in imported} <= {"numpy", "__future__"}


def run(book, folder):
    """Executed in a kernel of its own, as a reader would."""
    from nbclient import NotebookClient

    return NotebookClient(book, timeout=120, resources={"metadata": {"path": str(folder)}}).execute()


def test_the_check_runs_and_names_every_gradient(tmp_path):
    cells = []
    for name, op in CASES.items():  # one kernel for all: starting one takes longer than all checks
        cells += [nbformat.v4.new_code_cell(source) for source in code_cells(notebook(sn.derive(op)))]
        cells[-1].metadata["operation"] = name
    done = run(nbformat.v4.new_notebook(cells=cells), tmp_path)
    for cell in done.cells[1::2]:
        printed = "".join(o.text for o in cell.outputs)
        wanted = CASES[cell.metadata["operation"]].graph.differentiable_inputs
        assert [line.partition(":")[0] for line in printed.splitlines()] == [f"d{n.name}" for n in wanted]


def test_the_check_finds_a_wrong_gradient(tmp_path):
    from nbclient.exceptions import CellExecutionError

    book = notebook(sn.derive(OPERATIONS["dense"]))
    module = next(c for c in book.cells if c.cell_type == "code")
    module.source += """


right = backward


def backward(*arguments):
    dx, dw, db = right(*arguments)
    return dx, 2 * dw, db
"""
    with pytest.raises(CellExecutionError, match="AssertionError"):
        run(book, tmp_path)


def test_ids_count_the_cells_and_bytes_are_equal():
    first, second = (notebook(sn.derive(OPERATIONS["batch_norm"])) for _ in range(2))
    assert [c["id"] for c in first.cells] == [f"cell-{k}" for k in range(len(first.cells))]
    assert nbformat.writes(first) == nbformat.writes(second)
    assert first.nbformat == 4


def test_sections_are_cells():
    book = notebook(sn.derive(OPERATIONS["cross_entropy"]))
    titles = [c.source.splitlines()[0] for c in book.cells if c.cell_type == "markdown"]
    assert titles[0] == "# cross_entropy"
    assert titles[-2:] == ["## The program", "## Check"]
    assert "## Cost" in titles
    assert len(titles) == 12


def test_other_derivatives_have_no_code():
    assert not code_cells(notebook(sn.derive(OPERATIONS["softmax"], what="jacobian")))
