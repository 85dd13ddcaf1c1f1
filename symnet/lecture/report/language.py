"""Reports in the language of their document: what is said of Russian lectures is said in Russian."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import replace
from functools import cache

from symnet.lecture.verdict import Assumption, DocumentReport, Finding
from symnet.resources import templates_folder

_CYRILLIC = re.compile(r"[а-яё]", re.IGNORECASE)
_LATIN = re.compile(r"(?<![\\A-Za-z])[A-Za-z]{3,}")
_FORMULA = re.compile(r"\$[^$]*\$|\\begin.*?\\end", re.DOTALL)
_ENGLISH = re.compile(r"(?<![\\A-Za-z])[a-z]{2,} [a-z]{2,}(?![A-Za-z(])")
#: the names at the end of a formula as it was read: ``a + b  (a a vector, b a vector)``
_REMARK = re.compile(r"(.+)  \((.+ a (?:row vector|vector|matrix))\)")


def language_of(texts: Iterable[str]) -> str:
    """``ru`` where the prose of a document is Russian, else ``en``."""
    prose = " ".join(_FORMULA.sub(" ", text) for text in texts)
    return "ru" if len(_CYRILLIC.findall(prose)) > sum(map(len, _LATIN.findall(prose))) else "en"


@cache
def _texts(language: str) -> dict[str, dict[str, str]]:
    path = templates_folder() / "report" / f"{language}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


@cache
def _patterns(language: str) -> list[tuple[re.Pattern[str], str]]:
    """The sentences of a language, with what stands in their places left open."""
    found = []
    for sentence, said in _texts(language).get("sentences", {}).items():
        pieces = re.split(r"\{(\d)\}", sentence)
        pattern = "".join(f"(?P<p{piece}>.+?)" if k % 2 else re.escape(piece) for k, piece in enumerate(pieces))
        found.append((re.compile(pattern), said))
    return found


def label(text: str, language: str) -> str:
    """A word of the report itself."""
    return _texts(language).get("labels", {}).get(text, text)


def counted(claims: int, language: str) -> str:
    """How many claims there are."""
    if language != "en":
        return f"{label('claims', language)}: {claims}"
    return f"{claims} claim{'' if claims == 1 else 's'}"


def meaning(verdict: str, text: str, language: str) -> str:
    """What a verdict means."""
    return _texts(language).get("verdicts", {}).get(verdict, text)


def said(text: str, language: str) -> str:
    """A sentence of a finding; as it is where it, or a part of it, has no words in the language."""
    return _said(text, language) or text


def _said(text: str, language: str) -> str | None:
    words = _texts(language).get("words", {})
    if text in words:
        return words[text]
    for mark in (", ", "; "):
        parts = [_said(part, language) for part in text.split(mark)] if mark in text else [None]
        if all(part is not None for part in parts):
            return mark.join(part for part in parts if part is not None)
    for pattern, sentence in _patterns(language):
        if match := pattern.fullmatch(text):
            inner = [_inside(match[f"p{k}"], language) for k in range(len(match.groups()))]
            if all(value is not None for value in inner):
                pieces = re.split(r"\{(\d)\}", sentence)
                return "".join(str(inner[int(piece)]) if k % 2 else piece for k, piece in enumerate(pieces))
    return None


def _inside(text: str, language: str) -> str | None:
    """What stands in a place of a sentence: a sentence or word of its own, or a formula; None for other English."""
    found = _said(text, language)
    return found if found is not None else None if _ENGLISH.search(text) else text


def in_language(report: DocumentReport) -> DocumentReport:
    """The report with what a reader is told in the language of the document."""
    if not _texts(report.language):
        return report
    return replace(report, claims=tuple(_translated(finding, report.language) for finding in report.claims))


def _translated(finding: Finding, language: str) -> Finding:
    assumed = tuple(Assumption(said(a.fact, language), said(a.source, language)) for a in finding.assumptions)
    reading = said(finding.reading, language)
    if remark := _REMARK.fullmatch(reading):
        reading = f"{remark[1]}  ({said(remark[2], language)})"
    return replace(finding, reason=said(finding.reason, language), reading=reading, assumptions=assumed)
