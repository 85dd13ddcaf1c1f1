"""The guide to checking a lecture is complete; that it shows what is printed is tested with the other guides."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from symnet.lecture.documents.directives import EXAMPLES
from symnet.lecture.verdict import VERDICTS
from tests.shown import run

DOCS = Path(__file__).parents[2] / "docs"
GUIDE = DOCS / "checking-a-lecture.md"
CODES = {"lecture.md": 1, "lecture-checked.md": 0, "sigmoid.md": 0}


@pytest.fixture(autouse=True)
def own_cache(monkeypatch, tmp_path):
    monkeypatch.setenv("SYMNET_CACHE_DIR", str(tmp_path / "cache"))


@pytest.mark.parametrize(("document", "code"), CODES.items())
def test_the_exit_codes_are_those_of_the_guide(document, code):
    assert run(f"symnet check {document}", DOCS / "examples")[1] == code


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
