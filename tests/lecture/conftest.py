"""What several tests of lectures need."""

from __future__ import annotations

import pytest

from symnet.lecture.documents.documents import read_document
from symnet.lecture.judging.judge import claims_of, judge
from symnet.lecture.verdict import ACCEPTED, FOUND, Finding


@pytest.fixture
def findings(tmp_path):
    """The findings on the formulas of a text, or on some of them, by what each of them says."""

    def of(text: str, *only: str) -> dict[str, Finding]:
        path = tmp_path / "lecture.md"
        path.write_text(text, encoding="utf-8")
        claims = claims_of(read_document(path))
        return {c.text or c.latex: judge(c) for c in claims if not only or c.text in only}

    return of


@pytest.fixture
def verdicts(findings):
    """The verdicts on the formulas of a text, or on some of them, by what each of them says."""
    return lambda text, *only: {said: finding.verdict for said, finding in findings(text, *only).items()}


@pytest.fixture
def tell_apart(verdicts):
    """Asserts that behind the same words a right formula is accepted and a wrong one found to be so."""

    def both(text: str, right: str, wrong: str) -> None:
        """``text`` has @ in the place of the formula."""
        assert verdicts(text.replace("@", right))[right] in ACCEPTED
        assert verdicts(text.replace("@", wrong))[wrong] in FOUND

    return both
