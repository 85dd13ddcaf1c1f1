"""Documents that say what is expected of each formula (``<!-- symnet: expect ... -->``), and the score of reports."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from symnet.lecture.verdict import ACCEPTED, FOUND, VERDICTS, DocumentReport, Finding

CORPUS = Path(__file__).parent / "corpus"
_DISPLAY = re.compile(r"\$\$(.+?)\$\$(?P<behind>[^\n]*)", re.DOTALL)
_EXPECT = re.compile(r"<!--\s*symnet:\s*expect\s+([^;>]*?)\s*-->")
_MEND = re.compile(r"<!--\s*mend:\s*(.*?)\s*-->")


@dataclass(frozen=True)
class Expected:
    """What the author of a document says of the formula at ``line``."""

    document: str
    line: int
    latex: str
    verdicts: frozenset[str]
    mend: str = ""

    @property
    def wrong(self) -> bool:
        """Is the formula written down as a mistake?"""
        return bool(self.verdicts & set(FOUND))


@dataclass
class Score:
    """How the findings agree with the expectations; the lists hold one line of text for each formula."""

    agree: int = 0
    formulas: int = 0
    refuted_originals: list[str] = field(default_factory=list)
    accepted_mistakes: list[str] = field(default_factory=list)
    unjudged: list[str] = field(default_factory=list)
    other: list[str] = field(default_factory=list)
    mended: int = 0
    to_mend: int = 0
    wrongly_mended: list[str] = field(default_factory=list)

    @property
    def share(self) -> float:
        return self.agree / max(1, self.formulas)


def expectations(path: Path) -> list[Expected]:
    """What a document expects, in order; raises ValueError at a verdict that there is not."""
    text = path.read_text(encoding="utf-8")
    found = []
    for m in _DISPLAY.finditer(text):
        line = text.count("\n", 0, m.start()) + 1
        expect = _EXPECT.search(m["behind"])
        if expect is None:
            raise ValueError(f"{path.name}:{line} says nothing of what is expected")
        verdicts: set[str] = set()
        for word in re.split(r"\s*\|\s*", expect[1]):
            if word != "accepted" and word not in VERDICTS:
                raise ValueError(f"{path.name}:{line} expects {word!r}, which is no verdict")
            verdicts |= set(ACCEPTED) if word == "accepted" else {word}
        mend = _MEND.search(m["behind"])
        found.append(Expected(path.name, line, m[1].strip(), frozenset(verdicts), mend[1] if mend else ""))
    return found


def agrees(expected: Expected, findings: list[Finding]) -> bool:
    """A mistake is found when one claim of the formula is; else each claim has one of the verdicts."""
    verdicts = [f.verdict for f in findings]
    if expected.wrong:
        return any(v in expected.verdicts for v in verdicts)
    return bool(verdicts) and all(v in expected.verdicts for v in verdicts)


def score(pairs: list[tuple[list[Expected], DocumentReport]]) -> Score:
    """The score of reports on documents with expectations."""
    result = Score()
    for expected, report in pairs:
        for e in expected:
            _count(result, e, [f for f in report.claims if f.line == e.line])
    return result


def _count(result: Score, e: Expected, findings: list[Finding]) -> None:
    result.formulas += 1
    verdicts = [f.verdict for f in findings]
    why = "; ".join(f.reason for f in findings if f.reason)
    text = f"{e.document}:{e.line}  {e.latex}  {', '.join(verdicts)}  {why}"
    if agrees(e, findings):
        result.agree += 1
    elif not e.wrong and any(v in FOUND for v in verdicts):
        result.refuted_originals.append(text)
    elif e.wrong and verdicts and all(v in ACCEPTED for v in verdicts):
        result.accepted_mistakes.append(text)
    elif any(v in ("needs-context", "not-understood") for v in verdicts) or not verdicts:
        result.unjudged.append(text)
    else:
        result.other.append(text)
    if e.mend and any(v in FOUND for v in verdicts):
        result.to_mend += 1
        corrections = [f.correction for f in findings if f.correction]
        if any(same_latex(c, e.mend) for c in corrections):
            result.mended += 1
        else:
            result.wrongly_mended.append(f"{text}  -> {corrections}  expected {e.mend}")


def same_latex(one: str, other: str) -> bool:
    """Do two formulas read the same, or do they differ only in spaces and sizes of brackets?"""
    from symnet.lecture.reader.reader import read_formula

    return read_formula(one) == read_formula(other) or _bare(one) == _bare(other)


def _bare(latex: str) -> str:
    return re.sub(r"\\(left|right|bigl|bigr|,|;|!)(?![a-zA-Z])|\s|\\quad", "", latex).strip(".,;")
