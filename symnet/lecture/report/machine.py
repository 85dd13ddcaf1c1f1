"""Reports for machines: JUnit, where each claim is a test case, and SARIF, where each finding is a result."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree

from symnet import __version__
from symnet.lecture.report.words import claim_latex, message, one_line, short
from symnet.lecture.verdict import FOUND, VERDICTS, DocumentReport, Finding

#: verdicts that say that nothing was judged
OPEN = ("needs-context", "not-understood")
LEVELS = {"refuted": "error", "ill-typed": "error", "needs-hypothesis": "warning", "reading-dependent": "warning"}
SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def case_name(finding: Finding) -> str:
    """The name of a claim as a test: its place, its number in the formula, its LaTeX."""
    return f"{finding.line}:{finding.column}[{finding.link}] {short(claim_latex(finding), 60)}"


def junit_text(reports: Sequence[DocumentReport]) -> str:
    """The reports as JUnit XML: a suite for each document, a case for each claim.

    What is wrong fails, what could not be judged is skipped.
    """
    root = ElementTree.Element("testsuites", name="symnet check")
    for report in reports:
        file = one_line(report.file)
        counts = {
            "tests": len(report.claims) + bool(report.error),
            "failures": sum(c.verdict in FOUND for c in report.claims),
            "errors": int(bool(report.error)),
            "skipped": sum(c.verdict in OPEN for c in report.claims),
        }
        suite = ElementTree.SubElement(root, "testsuite", {"name": file} | {k: str(v) for k, v in counts.items()})
        if report.error:
            case = ElementTree.SubElement(suite, "testcase", classname=file, name="reading", file=file)
            ElementTree.SubElement(case, "error", message=one_line(report.error))
        for c in report.claims:
            place = {"classname": file, "name": case_name(c), "file": file, "line": str(c.line)}
            case = ElementTree.SubElement(suite, "testcase", place)
            if c.verdict in FOUND:
                failure = ElementTree.SubElement(case, "failure", type=c.verdict, message=one_line(c.reason))
                failure.text = message(c)
            elif c.verdict in OPEN:
                ElementTree.SubElement(case, "skipped", type=c.verdict, message=f"{c.verdict}: {one_line(c.reason)}")
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=False).join(
        ('<?xml version="1.0" encoding="utf-8"?>\n', "\n")
    )


def sarif_text(reports: Sequence[DocumentReport]) -> str:
    """The findings of reports as SARIF 2.1.0, with file and line; what is fine or open is no result."""
    rules = [
        {"id": verdict, "shortDescription": {"text": VERDICTS[verdict]}, "defaultConfiguration": {"level": level}}
        for verdict, level in LEVELS.items()
    ]
    notices = [
        {"level": "error", "message": {"text": one_line(r.error)}, "locations": [_location(r.file)]}
        for r in reports
        if r.error
    ]
    run = {
        "tool": {"driver": {"name": "symnet", "version": __version__, "rules": rules}},
        "invocations": [{"executionSuccessful": not notices, "toolExecutionNotifications": notices}],
        "columnKind": "unicodeCodePoints",
        "results": [_result(r.file, c) for r in reports for c in r.claims if c.verdict in LEVELS],
    }
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, indent=2, ensure_ascii=False).encode("utf-8", "replace").decode() + "\n"


def _result(file: str, c: Finding) -> dict[str, Any]:
    mark = hashlib.sha256(f"{c.latex}\n{c.link}".encode("utf-8", "replace")).hexdigest()[:32]
    region = {"startLine": max(c.line, 1), "startColumn": max(c.column, 1), "endLine": max(c.end_line, c.line, 1)}
    if c.row:
        region = {"startLine": c.row, "endLine": c.row}
    return {
        "ruleId": c.verdict,
        "ruleIndex": list(LEVELS).index(c.verdict),
        "level": LEVELS[c.verdict],
        "message": {"text": message(c)},
        "locations": [_location(file, region)],
        "partialFingerprints": {"claim/v1": mark},
    }


def _location(file: str, region: dict[str, int] | None = None) -> dict[str, Any]:
    path = Path(file)
    uri = path.as_uri() if path.is_absolute() else quote(path.as_posix(), errors="replace")
    place: dict[str, Any] = {"artifactLocation": {"uri": uri}}
    return {"physicalLocation": place | ({"region": region} if region else {})}
