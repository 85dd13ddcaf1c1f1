"""The verdicts, and what a report holds for each claim."""

from __future__ import annotations

import html
from dataclasses import asdict, dataclass, field
from typing import Any

#: verdict -> what it means, in the order of a summary
VERDICTS = {
    "proved": "equal by symbolic normal form under the listed assumptions",
    "holds": "no counterexample was found at the stated points",
    "refuted": "a counterexample was found, valid under every reading tried",
    "reading-dependent": "refuted under one reading, holds under another",
    "ill-typed": "shapes or indices clash",
    "needs-hypothesis": "fails without a hypothesis and holds with it",
    "definition": "introduces a name",
    "update": "a step of an algorithm",
    "approximation": "an approximation",
    "condition": "to be solved or assumed, not asserted",
    "needs-context": "a fact is missing",
    "not-understood": "not read",
}
#: verdicts that are findings: the exit code is 1
FOUND = ("refuted", "ill-typed")
ACCEPTED = ("proved", "holds")
#: the kind of a formula that can not be read since one of a pair of delimiters is missing; shown like a finding
UNBALANCED = "unbalanced"


@dataclass(frozen=True)
class Assumption:
    """What a verdict relied on; ``source`` is "line 7", "convention" or "directive" (with its place)."""

    fact: str
    source: str


@dataclass(frozen=True)
class Finding:
    """One claim with its verdict: an entry of the report."""

    line: int
    column: int
    end_line: int
    latex: str  # of the whole formula
    link: int  # which claim of the formula, counted from 0
    kind: str  # equality, derivative, inequality, shape, update, definition, code, ...
    verdict: str
    reading: str = ""  # the claim as it was understood
    assumptions: tuple[Assumption, ...] = ()
    method: str = "none"  # symbolic, numeric, shape, none
    counterexample: dict[str, Any] | None = None
    correction: str | None = None
    reason: str = ""
    claim: str = field(default="", compare=False)  # the LaTeX of this claim
    cell: int | None = None  # of a notebook, counted from 0
    row: int | None = None  # the line of its own row, in a formula that is written in several

    def as_dict(self) -> dict[str, Any]:
        """The entry as JSON has it."""
        return {**asdict(self), "assumptions": [asdict(a) for a in self.assumptions]}


@dataclass(frozen=True)
class DocumentReport:
    """What was found in one document; ``error`` where it could not be read."""

    file: str
    claims: tuple[Finding, ...]
    error: str = ""
    language: str = "en"  # of the prose

    @property
    def summary(self) -> dict[str, int]:
        return {v: sum(c.verdict == v for c in self.claims) for v in VERDICTS}

    @property
    def found(self) -> bool:
        """Is something wrong in the document?"""
        return any(c.verdict in FOUND for c in self.claims)

    def __str__(self) -> str:
        from symnet.lecture.report.terminal import terminal_text

        return terminal_text(self)

    def _repr_markdown_(self) -> str:
        return f"```text\n{str(self).rstrip()}\n```\n"

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(str(self).rstrip())}</pre>"

    def as_dict(self) -> dict[str, Any]:
        """The report as JSON has it."""
        entries = [c.as_dict() for c in self.claims]
        report: dict[str, Any] = {"file": self.file, "claims": entries, "summary": self.summary}
        return {**report, "error": self.error} if self.error else report
