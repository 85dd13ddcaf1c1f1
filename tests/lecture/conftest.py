"""What several tests of lectures need."""

from __future__ import annotations

import pytest

from symnet.lecture.documents.documents import read_document
from symnet.lecture.judging.judge import claims_of, judge


@pytest.fixture
def verdicts(tmp_path):
    """The verdicts on the formulas of a text, or on some of them, by what each of them says."""

    def of(text: str, *only: str) -> dict[str, str]:
        path = tmp_path / "lecture.md"
        path.write_text(text, encoding="utf-8")
        claims = claims_of(read_document(path))
        return {c.text or c.latex: judge(c).verdict for c in claims if not only or c.text in only}

    return of
