"""Verdicts in a converted notebook: each Markdown cell gets a list of what was found in its formulas.

    jupyter nbconvert --to html lecture.ipynb \
        --HTMLExporter.preprocessors=symnet.lecture.nbconvert_preprocessor.VerdictPreprocessor
"""

from __future__ import annotations

import html
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import nbformat
from nbconvert.preprocessors import Preprocessor
from traitlets import Float, List, Unicode

from symnet.lecture.check import LIMIT, Options, check_document
from symnet.lecture.documents.documents import read_document
from symnet.lecture.report.page import Claim, by_formula
from symnet.lecture.report.words import MARKS, claim_latex, counterexample_in_words, one_line
from symnet.lecture.verdict import Finding

SHOWN = ["proved", "holds", "refuted", "ill-typed", "needs-hypothesis", "reading-dependent"]


class VerdictPreprocessor(Preprocessor):
    """Adds the verdicts on the formulas of a Markdown cell below them."""

    limit = Float(LIMIT, help="Time for one claim, in seconds.").tag(config=True)
    verdicts = List(Unicode(), default_value=SHOWN, help="The verdicts to show.").tag(config=True)

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        with TemporaryDirectory() as folder:
            path = Path(folder, "notebook.ipynb")
            path.write_text(nbformat.writes(nb), encoding="utf-8")
            side = _side_file(resources)
            if side.is_file():
                path.with_suffix(".symnet").write_bytes(side.read_bytes())
            report = check_document(path, Options(limit=self.limit, cache=False))
            if report.error:
                self.log.warning("symnet: %s", report.error)
                return nb, resources
            document = read_document(path)
        at = by_formula(document, [Claim(number, finding) for number, finding in enumerate(report.claims)])
        for number, cell in enumerate(nb.cells):
            found = [
                claim.finding
                for formula, claims in sorted(at.items())
                if document.formulas[formula].cell == number
                for claim in claims
                if claim.finding.verdict in self.verdicts
            ]
            if cell.cell_type == "markdown" and found:
                cell.source = cell.source.rstrip() + "\n\n" + "\n".join(map(_line, found)) + "\n"
        return nb, resources


def _side_file(resources: Any) -> Path:
    metadata = (resources or {}).get("metadata", {})
    return Path(metadata.get("path", ""), f"{metadata.get('name', '')}.symnet")


def _line(finding: Finding) -> str:
    """One verdict as an item of a Markdown list."""
    text = f"- {MARKS[finding.verdict]} **{finding.verdict}**: ${claim_latex(finding)}$"
    if finding.verdict not in ("proved", "holds") and finding.reason:
        text += f": {_plain(finding.reason)}"
    if finding.counterexample:
        text += f"; {_plain(counterexample_in_words(finding.counterexample))}"
    if finding.correction:
        text += f"; instead ${one_line(finding.correction)}$"
    return text


def _plain(text: str) -> str:
    """Text without a meaning in Markdown or HTML."""
    escaped = html.escape(one_line(text), quote=False)
    return "".join(f"\\{c}" if c in "\\`*_[]$" else c for c in escaped)
