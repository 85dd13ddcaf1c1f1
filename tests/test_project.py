"""The project as a whole: light imports, templates in the wheel, pins for every dependency."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import jinja2
import pytest

from symnet.resources import environment, templates_folder

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def python(code: str, folder: Path, path: Path = ROOT) -> str:
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(path)},
        check=True,
        capture_output=True,
        text=True,
    ).stdout


def requirement_name(requirement: str) -> str:
    return re.split(r"[^\w.-]", requirement)[0].lower().replace("_", "-")


def test_the_command_line_imports_nothing_heavy(tmp_path):
    heavy = ["sympy", "numpy", "jinja2", "rich", "nbformat", "nbconvert", "concurrent.futures", "multiprocessing"]
    code = f"import sys, symnet.cli; print([name for name in {heavy} if name in sys.modules])"
    assert python(code, tmp_path) == "[]\n"


def test_templates_are_found_in_a_checkout():
    assert templates_folder() == ROOT / "templates"


def test_an_undefined_name_in_a_template_is_an_error():
    with pytest.raises(jinja2.UndefinedError):
        environment().from_string("{{ missing }}").render()


def test_only_html_is_escaped():
    assert environment().autoescape("report.html.jinja")
    assert not environment().autoescape("module.py.jinja")


def test_the_wheel_holds_the_templates_and_finds_them(tmp_path):
    hatchling = pytest.importorskip("hatchling.build", reason="building a wheel needs hatchling")
    here = Path.cwd()
    os.chdir(ROOT)
    try:
        wheel = hatchling.build_wheel(str(tmp_path))
    finally:
        os.chdir(here)
    unpacked = tmp_path / "unpacked"
    zipfile.ZipFile(tmp_path / wheel).extractall(unpacked)
    code = (
        "import symnet.resources as r; print(r.templates_folder()); print(*r.environment().list_templates(), sep='\\n')"
    )
    folder, *templates = python(code, tmp_path, unpacked).splitlines()
    assert Path(folder) == unpacked / "symnet" / "templates"
    assert templates == environment().list_templates()
    data = [
        path.relative_to(ROOT) for path in (ROOT / "symnet" / "lecture").rglob("*") if path.suffix in (".lark", ".toml")
    ]
    assert data and all((unpacked / path).is_file() for path in data)


def test_every_dependency_is_pinned():
    pins = {requirement_name(line) for line in (ROOT / "constraints.txt").read_text().splitlines() if "==" in line}
    required = PROJECT["dependencies"] + sum(PROJECT["optional-dependencies"].values(), [])
    assert {requirement_name(requirement) for requirement in required} <= pins
    assert "mpmath" in pins


def test_every_dependency_has_its_reason_in_the_readme():
    reasons = (ROOT / "README.md").read_text().split("## Dependencies")[1].split("\n## ")[0].lower()
    required = PROJECT["dependencies"] + sum(PROJECT["optional-dependencies"].values(), [])
    missing = [name for name in map(requirement_name, required) if f"`{name}`" not in reasons.replace("_", "-")]
    assert missing == []


def test_the_check_of_a_change_is_executable():
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
