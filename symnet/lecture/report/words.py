"""Findings in words that every report uses."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from symnet.lecture.report.language import label
from symnet.lecture.verdict import ACCEPTED, FOUND, Finding

#: a sign for each verdict, so that none is told by its colour alone
MARKS = {
    "proved": "✓",
    "holds": "✓",
    "refuted": "✗",
    "reading-dependent": "◐",
    "ill-typed": "✗",
    "needs-hypothesis": "!",
    "definition": "≔",
    "update": "↻",
    "approximation": "≈",
    "condition": "□",
    "needs-context": "?",
    "not-understood": "–",
}
WIDTH = 110
FIRST_VALUES = 12  # of a counterexample, where it is told in words
_ROWS = re.compile(r"\\\\(?:\[[^\]]*\])?|(?<!\\)&")  # ends of rows and columns, which mean nothing outside a table
_COMMAND = re.compile(r"\\(?:text|operatorname|math|bold)[a-z]*\*?\s*\{[^{}]*\}|\\[A-Za-z]+")


def tone(verdict: str) -> str:
    """How a verdict is to be taken: bad, good, doubt or plain."""
    if verdict in FOUND:
        return "bad"
    if verdict in ACCEPTED:
        return "good"
    return "doubt" if verdict in ("needs-hypothesis", "reading-dependent") else "plain"


def one_line(text: str) -> str:
    """Text on one line, without control characters."""
    return "".join(c if c.isprintable() else " " for c in re.sub(r"\s+", " ", text)).strip()


def short(text: str, width: int = WIDTH) -> str:
    """Text on one line of at most ``width`` characters."""
    line = one_line(text)
    return line if len(line) <= width else line[: width - 3].rstrip() + "..."


def claim_latex(finding: Finding) -> str:
    """The LaTeX of the claim itself: of its link where the formula has several."""
    latex = one_line(finding.claim or finding.latex)
    return latex if "\\begin" in latex else one_line(_ROWS.sub(" ", latex))


def is_math(text: str) -> bool:
    """Is a text a formula, and no sentence: are all of its longer words commands or the arguments of commands?"""
    return not re.search(r"[^\W\d_]{3,}", _COMMAND.sub(" ", text))


def message(finding: Finding) -> str:
    """The verdict with its reason, counterexample and correction, in sentences on one line each."""
    lines = [f"{finding.verdict}: {one_line(finding.reason)}" if finding.reason else finding.verdict]
    lines.append(f"formula: {claim_latex(finding)}")
    if finding.counterexample:
        lines.append(f"counterexample: {counterexample_in_words(finding.counterexample)}")
    if finding.correction:
        lines.append(f"correction: {one_line(finding.correction)}")
    return "\n".join(lines)


def counterexample_in_words(counterexample: Mapping[str, Any] | None, language: str = "en") -> str:
    """A counterexample as a sentence: ``x = 0.5, y = 2; left side 1, right side 3``; JSON holds all of its values."""
    return "; ".join(
        _words(key, value, language) for key, value in (counterexample or {}).items() if value not in (None, "", {})
    )


def _words(key: str, value: Any, language: str) -> str:
    name = label(key.replace("_", " "), language)
    if isinstance(value, Mapping):
        more = [label("and {} more", language).format(len(value) - FIRST_VALUES)] if len(value) > FIRST_VALUES else []
        inside = ", ".join([values_in_words(value), *more])
        return inside if key in ("values", "point", "at", "inputs") else f"{name}: {inside}"
    if key == "open":
        return label("with {} as any function", language).format(", ".join(map(str, value)))
    return f"{name} {label(_value(value), language)}"


def lines_used(finding: Finding) -> str:
    """The lines of the document that a refutation relies on, but for that of the claim: "3, 5, 7"."""
    lines = [re.fullmatch(r"(?:line|строка) (\d+)", a.source) for a in finding.assumptions]
    return ", ".join(map(str, sorted({int(m[1]) for m in lines if m} - {finding.line})))


def values_in_words(values: Mapping[str, Any]) -> str:
    """``x = 0.5, y = 2``, the first of many."""
    return ", ".join(f"{name} = {value}" for name, value in first_values(values))


def first_values(values: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The first of many values, each with its name."""
    return [(name, _value(value)) for name, value in list(values.items())[:FIRST_VALUES]]


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_value, value)) + "]"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{k}: {_value(v)}" for k, v in value.items()) + "}"
    return one_line(str(value))
