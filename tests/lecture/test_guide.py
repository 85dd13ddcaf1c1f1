"""The guide to checking a lecture shows what the command prints.

``python tests/lecture/test_guide.py`` writes the guide anew.
"""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from symnet.cli import main
from symnet.lecture.documents.directives import EXAMPLES
from symnet.lecture.verdict import VERDICTS

DOCS = Path(__file__).parents[2] / "docs"
GUIDE = DOCS / "checking-a-lecture.md"
CONSOLE = re.compile(r"(?<=```console\n)\$ symnet (.*)\n((?:(?!```).*\n)*)(?=```)")
CODES = {"lecture.md": 1, "lecture-checked.md": 0, "sigmoid.md": 0}


def run(command: str) -> tuple[str, int]:
    """What ``symnet ...`` prints in the folder of the examples, and its exit code."""
    here = Path.cwd()
    os.chdir(DOCS / "examples")
    try:
        result = CliRunner().invoke(main, shlex.split(command))
    finally:
        os.chdir(here)
    return result.output.rstrip() + "\n", result.exit_code


def fresh(guide: str) -> str:
    """The guide with what its commands print now."""
    return CONSOLE.sub(lambda block: f"$ symnet {block[1]}\n{run(block[1])[0]}", guide)


@pytest.fixture(autouse=True)
def own_cache(monkeypatch, tmp_path):
    monkeypatch.setenv("SYMNET_CACHE_DIR", str(tmp_path / "cache"))


def test_the_guide_shows_what_is_printed():
    guide = GUIDE.read_text(encoding="utf-8")
    assert len(CONSOLE.findall(guide)) == guide.count("```console") >= 5
    assert fresh(guide) == guide


@pytest.mark.parametrize(("document", "code"), CODES.items())
def test_the_exit_codes_are_those_of_the_guide(document, code):
    assert run(f"check {document}")[1] == code


def test_the_checked_lecture_differs_only_where_the_guide_says():
    before, after = (
        (DOCS / "examples" / name).read_text(encoding="utf-8").splitlines()
        for name in ("lecture.md", "lecture-checked.md")
    )
    directives = [line for line in after if line.startswith("<!-- symnet:")]
    guide = GUIDE.read_text(encoding="utf-8")
    assert directives and all(line in guide for line in directives)
    rest = [line for line in after if line not in directives]
    changed = [(number, new) for number, (old, new) in enumerate(zip(before, rest), start=1) if old != new]
    assert len(rest) == len(before) and [number for number, _ in changed] == [18, 37]
    assert rf"correction: {changed[0][1].strip('$')}" in guide


def test_every_verdict_is_in_the_table():
    rows = re.findall(r"^\| `([\w-]+)` \|", GUIDE.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(rows) == sorted(VERDICTS)


def test_every_directive_is_documented():
    text = (DOCS / "lecture-directives.md").read_text(encoding="utf-8")
    assert [kind for kind in EXAMPLES if f"| `{kind}" not in text] == []


def test_every_link_leads_somewhere():
    links = re.findall(r"\]\(([^)#:]+)\)", GUIDE.read_text(encoding="utf-8"))
    assert links and [link for link in links if not (DOCS / link).is_file()] == []


if __name__ == "__main__":
    GUIDE.write_text(fresh(GUIDE.read_text(encoding="utf-8")), encoding="utf-8")
