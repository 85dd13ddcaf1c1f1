"""The guides show what happens."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.shown import blocks, read

DOCS = Path(__file__).resolve().parents[1] / "docs"
GUIDES = (*sorted((DOCS / "guide").glob("*.md")), DOCS / "checking-a-lecture.md")


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.stem)
def test_the_guide_shows_what_happens(guide, tmp_path, monkeypatch):
    monkeypatch.setenv("SYMNET_CACHE_DIR", str(tmp_path / ".cache"))
    text = guide.read_text(encoding="utf-8")
    assert blocks(text, "console")
    now, failures = read(guide, tmp_path)
    assert failures == []
    assert now == text
