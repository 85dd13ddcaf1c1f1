"""The checklist: every command on the page runs, and prints what the page says that it prints."""

from __future__ import annotations

import re
import shlex
from functools import cache
from pathlib import Path

import pytest
from click.testing import CliRunner

from symnet.catalog import FAMILIES
from symnet.cli import main

PAGE = (Path(__file__).parents[1] / "docs" / "checklist.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## (.*?)\n(.*?)(?=^## |\Z)", PAGE, re.M | re.S))
ROW = re.compile(r"^\| (?P<what>.+?) \| `(?P<command>symnet .+?)` \| `(?P<piece>.+)` \|$", re.M)
ROWS = [match.group("what", "command", "piece") for match in ROW.finditer(PAGE)]
#: commands that run experiments or check many operations
LONG = ("symnet study", "symnet verify", "symnet plot", "symnet derive transformer_block")


@cache
def printed(command: str) -> str:
    result = CliRunner().invoke(main, shlex.split(command)[1:])
    assert result.exit_code == 0, f"{command}: exit code {result.exit_code}\n{result.output[-2000:]}"
    return result.output


@pytest.mark.parametrize(
    "command, piece",
    [pytest.param(c, p, marks=pytest.mark.slow if c.startswith(LONG) else ()) for _, c, p in ROWS],
    ids=[what for what, _, _ in ROWS],
)
def test_a_row_of_the_checklist_is_true(command, piece):
    assert piece.replace("\\|", "|") in printed(command)


def test_every_line_of_a_table_is_a_row():
    lines = [line for line in PAGE.splitlines() if line.startswith("|")]
    assert len(lines) - 2 * len(SECTIONS) == len(ROWS) and len(SECTIONS) == 4


def test_every_operation_of_the_catalogue_is_on_the_page():
    words = {word for _, command, _ in ROWS for word in command.split()}
    assert {name for names in FAMILIES.values() for name in names} - words <= {
        "batch_norm_images", "covariance", "neuron", "linear_regression", "ridge_regression", "softmax_regression",
        "binary_hinge", "log_softmax", "classifier", "language_model",
    }  # fmt: skip


def test_current_practice_is_at_least_35_operations():
    commands = [command for _, command, _ in ROWS if command in SECTIONS["Current practice"]]
    names = {word for c in commands for word in c.split()[2:] if word in sum(FAMILIES.values(), ())}
    assert len(names) >= 35
