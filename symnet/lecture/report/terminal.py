"""A report for a terminal: what was found, then how many claims there are of each verdict."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from symnet.lecture.report.language import counted, in_language, label, meaning
from symnet.lecture.report.words import MARKS, claim_latex, counterexample_in_words, lines_used, one_line, short
from symnet.lecture.verdict import UNBALANCED, VERDICTS, DocumentReport, Finding
from symnet.resources import environment

if TYPE_CHECKING:
    from symnet.lecture.check import Alteration

#: shown without being asked for, in this order
FIRST = ("refuted", "ill-typed", "needs-hypothesis", "reading-dependent")
COLOURS = {
    "refuted": "red",
    "ill-typed": "red",
    "needs-hypothesis": "yellow",
    "reading-dependent": "yellow",
    "proved": "green",
    "holds": "green",
}


def terminal_text(report: DocumentReport, verbose: bool = False, colour: bool = False) -> str:
    """What is shown of a report, with all claims when ``verbose``; ends with one newline."""
    report = in_language(report)
    found = [c for verdict in FIRST for c in report.claims if c.verdict == verdict]
    shown = report.claims if verbose else [*found, *(c for c in report.claims if c.kind == UNBALANCED)]
    tools = {
        "words": partial(counterexample_in_words, language=report.language),
        "t": partial(label, language=report.language),
        "counted": counted(len(report.claims), report.language),
        "relies_on": partial(_relies_on, language=report.language),
        "table": partial(_table, language=report.language),
    }
    return _render("report/terminal.txt.jinja", colour, report=report, shown=shown, verbose=verbose, **tools)


def alterations_text(file: str, alterations: Sequence[Alteration], colour: bool = False) -> str:
    """How strong the check of a document is: what became of the alterations of its accepted claims."""
    groups: dict[tuple[int, int, int, str], list[Alteration]] = {}
    for a in alterations:
        groups.setdefault((a.original.line, a.original.column, a.original.link, a.original.latex), []).append(a)
    return _render("report/alterations.txt.jinja", colour, file=file, all=alterations, groups=list(groups.values()))


def _render(template: str, colour: bool, **values: Any) -> str:
    def paint(text: str, verdict: str) -> str:
        import click

        return click.style(text, fg=COLOURS.get(verdict), bold=verdict in FIRST) if colour else text

    tools = {
        "claim": claim_latex,
        "one_line": one_line,
        "short": short,
        "marks": MARKS,
        "paint": paint,
        "place": _place,
    }
    return environment().get_template(template).render(**tools, **values).rstrip() + "\n"


def _place(file: str, finding: Finding) -> str:
    cell = "" if finding.cell is None else f" cell {finding.cell},"
    if cell:
        return f"{file}:{cell} line {finding.row or finding.line}"
    return f"{file}:{finding.row}" if finding.row else f"{file}:{finding.line}:{finding.column}"


def _relies_on(finding: Finding, language: str) -> str:
    """The lines that a refutation relies on, in words; empty where there are none."""
    lines = lines_used(finding)
    plural = "s" if "," in lines else ""
    words = label("relies on", language) if language != "en" else f"relies on: line{plural}"
    return f"{words}{':' * (language != 'en')} {lines}" if lines else ""


def _table(summary: dict[str, int], language: str) -> Iterable[tuple[str, int, str]]:
    told = {verdict: meaning(verdict, text, language) for verdict, text in VERDICTS.items()}
    return [(verdict, count, told[verdict]) for verdict, count in summary.items() if count]
