"""The chapters of the course: their formulas, their snippets, their commands, and what the check says of them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from symnet.lecture.verdict import ACCEPTED, FOUND, DocumentReport, Finding

COURSE = Path(__file__).parents[2] / "docs" / "course"
LANGUAGES = ("en", "ru")
CHAPTERS = sorted(path.stem for path in (COURSE / "en").glob("*.md"))

FENCE = re.compile(r"^```(\w+)\n(.*?)^```\n", re.MULTILINE | re.DOTALL)
COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
FORMULA = re.compile(r"\$\$(.*?)\$\$|\$([^$]+)\$", re.DOTALL)
WORDS = re.compile(r"\\text\{[^}]*\}")
SHOWN = re.compile(r"^\$ symnet (.*)\n((?:(?!\$ ).*\n)*)", re.MULTILINE)
TITLE = re.compile(r"^# \d+\. (.*)$", re.MULTILINE)


def text_of(chapter: str, language: str = "en") -> str:
    return (COURSE / language / f"{chapter}.md").read_text(encoding="utf-8")


def title_of(text: str) -> str:
    (title,) = TITLE.findall(FENCE.sub("", text))
    return title


def blocks_of(text: str) -> list[tuple[str, str]]:
    """The fenced blocks: the language of each, and its lines."""
    return FENCE.findall(text)


def formulas_of(text: str) -> list[str]:
    """The formulas in their order, without the words in them."""
    bare = COMMENT.sub("", FENCE.sub("", text))
    return [" ".join(WORDS.sub(r"\\text{}", a or b).split()) for a, b in FORMULA.findall(bare)]


def directives_of(text: str) -> list[str]:
    return COMMENT.findall(text)


def commands_of(text: str) -> list[tuple[str, str]]:
    """The commands of a chapter, each with the part of its output that is shown."""
    return [shown for kind, block in blocks_of(text) if kind == "console" for shown in SHOWN.findall(block)]


def relations(report: DocumentReport) -> list[Finding]:
    """The formulas that relate something; listings, bare names and what is only assumed are left out."""
    return [f for f in report.claims if f.kind not in ("code", "expression") and f.verdict != "condition"]


def settled(finding: Finding) -> bool:
    """Shown, or a definition, or a step that agrees with the algorithm of its name."""
    step = finding.verdict == "update" and finding.reason.startswith("agrees")
    return step or finding.verdict in (*ACCEPTED, "definition")


def told(findings: Iterable[Finding]) -> str:
    return "\n".join(f"{f.line}: {f.verdict}: {f.claim or f.latex} ({f.reason})" for f in findings)


# The table of the index

HEAD = (
    "| chapter | proved | holds | definitions | other | settled |",
    "| --- | --- | --- | --- | --- | --- |",
)
ROW = re.compile(r"^\| \[.*?\]\(en/(.*?)\.md\) \| (\d+) \| (\d+) \| (\d+) \| (\d+) \| (\d+) % \|$", re.MULTILINE)


def row(chapter: str, report: DocumentReport) -> str:
    """The verdicts on the relations of a chapter, and the share of those that are settled, rounded down."""
    claims = relations(report)
    count = Counter(f.verdict for f in claims)
    named = [count[verdict] for verdict in ("proved", "holds", "definition")]
    share = 100 * sum(map(settled, claims)) // len(claims)
    cells = [f"[{title_of(text_of(chapter))}](en/{chapter}.md)", *named, len(claims) - sum(named), f"{share} %"]
    return f"| {' | '.join(map(str, cells))} |"


def stated(index: str) -> dict[str, tuple[int, int]]:
    """What the index states of each chapter: how many formulas are proved or hold, and how much is settled."""
    return {name: (int(proved) + int(holds), int(share)) for name, proved, holds, _, _, share in ROW.findall(index)}


def found(report: DocumentReport) -> list[Finding]:
    return [f for f in report.claims if f.verdict in FOUND]
