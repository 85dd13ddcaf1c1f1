"""A report for a terminal: what was found, then how many claims there are of each verdict."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

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
    found = [c for verdict in FIRST for c in report.claims if c.verdict == verdict]
    shown = report.claims if verbose else [*found, *(c for c in report.claims if c.kind == UNBALANCED)]
    return _render("report/terminal.txt.jinja", colour, report=report, shown=shown, verbose=verbose)


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
        "words": counterexample_in_words,
        "lines_used": lines_used,
        "marks": MARKS,
        "paint": paint,
        "place": _place,
        "table": _table,
    }
    return environment().get_template(template).render(**tools, **values).rstrip() + "\n"


def _place(file: str, finding: Finding) -> str:
    cell = "" if finding.cell is None else f" cell {finding.cell},"
    if cell:
        return f"{file}:{cell} line {finding.row or finding.line}"
    return f"{file}:{finding.row}" if finding.row else f"{file}:{finding.line}:{finding.column}"


def _table(summary: dict[str, int]) -> Iterable[tuple[str, int, str]]:
    return [(verdict, count, VERDICTS[verdict]) for verdict, count in summary.items() if count]
