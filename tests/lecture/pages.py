"""Small documents, judged formula by formula."""

from __future__ import annotations

from symnet.lecture.documents.documents import read_document
from symnet.lecture.judging.judge import claims_of, judge
from symnet.lecture.verdict import Finding


def judged(tmp_path, text: str, part: str) -> Finding:
    """The finding on the last claim of a document that holds ``part``."""
    document = tmp_path / "lecture.md"
    document.write_text(text, encoding="utf-8")
    claims = [claim for claim in claims_of(read_document(document)) if part in claim.text]
    return judge(claims[-1])
