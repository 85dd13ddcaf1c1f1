"""Where lectures are checked besides the command: pytest, nbconvert, pre-commit."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import nbformat
import pytest
from nbformat import v4

ROOT = Path(__file__).parents[2]
LECTURE = "$a + b = b + a$\n\n$$a + b = a - b$$\n\n$$\\unheardof{x} = 1$$\n"


@pytest.fixture(autouse=True)
def own_cache(monkeypatch, tmp_path):
    monkeypatch.setenv("SYMNET_CACHE_DIR", str(tmp_path / "cache"))


def run_pytest(folder, *arguments):
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    command = [sys.executable, "-m", "pytest", "-p", "symnet.lecture.pytest_plugin", "-p", "no:cacheprovider"]
    return subprocess.run([*command, *arguments], cwd=folder, env=environment, capture_output=True, text=True)


def test_pytest_takes_each_claim_for_a_test(tmp_path):
    (tmp_path / "lecture.md").write_text(LECTURE)
    result = run_pytest(tmp_path, "--symnet", "lecture.md", "-rs")
    assert "1 failed, 1 passed, 1 skipped" in result.stdout
    assert "lecture.md:3: refuted" in result.stdout and "counterexample: a =" in result.stdout
    assert "unheardof" in result.stdout
    assert result.returncode == 1


@pytest.mark.slow
def test_pytest_collects_the_documents_that_the_project_names(tmp_path):
    (tmp_path / "pytest.ini").write_text("[pytest]\nsymnet_documents = course/*.md\n")
    (tmp_path / "course").mkdir()
    (tmp_path / "course" / "lecture.md").write_text("$a + b = b + a$")
    (tmp_path / "README.md").write_text("$a = a + 1$")
    result = run_pytest(tmp_path)
    assert "1 passed" in result.stdout and result.returncode == 0, result.stdout
    (tmp_path / "course" / "broken.md").write_bytes(b"\x00\x01\x02" * 100)
    assert "is not text" in run_pytest(tmp_path).stdout


def test_pytest_leaves_documents_alone_unless_asked(tmp_path):
    (tmp_path / "lecture.md").write_text(LECTURE)
    assert "no tests ran" in run_pytest(tmp_path).stdout


def test_the_plugin_is_announced():
    points = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["entry-points"]["pytest11"]
    assert hasattr(importlib.import_module(points["symnet"]), "pytest_collect_file")


def test_a_converted_notebook_shows_the_verdicts(tmp_path):
    from symnet.lecture.nbconvert_preprocessor import VerdictPreprocessor

    sources = ["$a + b = b + a$", "No formula.", "$a + b = b + a$, $a + b = a - b$"]
    notebook = v4.new_notebook(cells=[*map(v4.new_markdown_cell, sources), v4.new_code_cell("1 + 1")])
    converted, _ = VerdictPreprocessor().preprocess(notebook, {})
    first, second, third, code = (cell.source for cell in converted.cells)
    assert first == "$a + b = b + a$\n\n- ✓ **proved**: $a + b = b + a$\n"
    assert second == "No formula." and code == "1 + 1"
    assert "- ✗ **refuted**: $a + b = a - b$: " in third and third.index("proved") < third.index("refuted")
    nbformat.validate(converted)


def test_reasons_are_no_markup():
    from symnet.lecture.nbconvert_preprocessor import _line
    from symnet.lecture.verdict import Finding

    line = _line(Finding(1, 1, 1, "a = b", 0, "equality", "refuted", reason="<script> *x* $y$"))
    assert "<script>" not in line and r"\*x\*" in line and r"\$y\$" in line


def test_the_hook_of_pre_commit_runs_the_command():
    import yaml

    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    assert hook["entry"] == "symnet check" and hook["language"] == "python"
    assert {"markdown", "tex", "jupyter"} == set(hook["types_or"])
