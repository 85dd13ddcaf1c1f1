"""The catalogue holds forward definitions with their sources, and nothing that was derived."""

import ast
import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

import symnet as sn
from symnet.catalog import FAMILIES, RULES, load
from symnet.cli import main

FOLDER = Path(sn.__file__).parent / "catalog"
MODULES = sorted(FOLDER.glob("*.py"))
ALL = FAMILIES | RULES
NAMES = [name for names in FAMILIES.values() for name in names]
DERIVED = {"derive", "compile", "generate", "check_gradients", "backward"}


@pytest.mark.parametrize("path", MODULES, ids=lambda p: p.stem)
def test_no_gradient_is_written_by_hand(path):
    """No function or variable is named like a gradient, and nothing asks the engine for one."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef):
            known = node.name in NAMES
            found += [] if known else re.findall(r"^(?:d|grad|back|adjoint).*", node.name)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found += re.findall(r"^(?:d[a-z]\w*|grad\w*|upstream)$", node.id)
        if isinstance(node, ast.Attribute) and node.attr in DERIVED:
            found.append(node.attr)
        if isinstance(node, ast.Import | ast.ImportFrom):
            modules = [a.name for a in node.names] if isinstance(node, ast.Import) else [node.module or ""]
            allowed = ("symnet", "symnet.catalog", "__future__", "importlib")
            found += [m for m in modules if m not in allowed and not m.startswith("symnet.catalog.")]
    assert found == []


def test_the_walk_above_finds_a_gradient():
    source = "def dsigmoid(y):\n    dx = 1\n    return dx\n"
    names = [n for n in ast.walk(ast.parse(source)) if isinstance(n, ast.FunctionDef)]
    assert re.findall(r"^(?:d|grad|back|adjoint).*", names[0].name)


@pytest.mark.parametrize("name", NAMES)
def test_an_entry_says_what_it_is_and_where_it_is_from(name):
    op = load(name)
    assert op.name == name
    assert op.doc.endswith(".") and "\n" not in op.doc
    assert re.search(r"\b(?:19|20)\d\d\b", op.source), "the source has no year"


def test_names_are_unique_and_all_operations_are_listed():
    assert len(set(NAMES)) == len(NAMES)
    for family, names in FAMILIES.items():
        module = __import__(f"symnet.catalog.{family}", fromlist=["_"])
        own = {v.name for v in vars(module).values() if isinstance(v, sn.Op) and v.family == family}
        assert own == set(names)


def test_list_shows_every_operation_once_under_its_family():
    lines = CliRunner().invoke(main, ["list"]).output.splitlines()
    assert [line for line in lines if not line.startswith(" ")] == list(ALL)
    assert [line.split()[0] for line in lines if line.startswith(" ")] == NAMES


def test_list_as_json_is_for_programs():
    rows = json.loads(CliRunner().invoke(main, ["list", "--json"]).output)
    assert [(row["family"], row["name"]) for row in rows] == [(f, n) for f, names in ALL.items() for n in names]
    assert all(row["doc"] and row["source"] for row in rows)
