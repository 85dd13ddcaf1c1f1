"""What `symnet check` does: documents found, checked, reported; the exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from symnet.console import print_json
from symnet.errors import SymnetError
from symnet.lecture.check import Options, Progress, alter_claims, check_documents, explain_claims
from symnet.lecture.verdict import DocumentReport


@dataclass(frozen=True)
class Outputs:
    """What to print, and the files to write."""

    as_json: bool = False
    verbose: bool = False
    explain: int | None = None
    mutants: bool = False
    html: Path | None = None
    junit: Path | None = None
    sarif: Path | None = None


def run(
    paths: Sequence[Path],
    options: Options,
    outputs: Outputs,
    watched: Callable[[str], AbstractContextManager[dict[str, Any]]],
) -> int:
    """Check the documents below ``paths`` and report; 0 nothing found, 1 something found, 2 something unreadable."""
    _tolerant(sys.stdout)
    _tolerant(sys.stderr)
    documents, errors = find_documents(paths)
    if outputs.explain is not None:
        if len(documents) + len(errors) != 1:
            raise SymnetError("--explain needs exactly one document")
        return _fail(errors) or _explain(documents[0], outputs.explain, options)
    with watched("checking") as running:
        reports = check_documents(documents, options, Progress(**running))
    errors += [report.error for report in reports if report.error]
    _write_files(reports, outputs, alone=len(paths) == 1 and not paths[0].is_dir())
    colour = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    accepted = 0
    if outputs.as_json:
        alone = len(paths) == 1 and len(reports) == 1 and not paths[0].is_dir()
        print_json(reports[0].as_dict() if alone else [report.as_dict() for report in reports])
    else:
        from symnet.lecture.report.terminal import terminal_text

        texts = [terminal_text(report, outputs.verbose, colour) for report in reports if not report.error]
        if texts:
            click.echo("\n\n".join(text.rstrip() for text in texts))
    if outputs.mutants:
        from symnet.lecture.report.terminal import alterations_text

        with watched("altering") as running:
            all_alterations = alter_claims(reports, options, Progress(**running))
        for report, alterations in zip(reports, all_alterations):
            accepted += sum(a.accepted for a in alterations)
            click.echo("\n" + alterations_text(report.file, alterations, colour), nl=False, err=outputs.as_json)
    return _fail(errors) or int(any(report.found for report in reports) or accepted > 0)


def find_documents(paths: Sequence[Path]) -> tuple[list[Path], list[str]]:
    """The documents below ``paths``, each once, in order; and a sentence for each path without one."""
    from symnet.lecture.documents.documents import documents_in

    found: dict[Path, Path] = {}
    errors = []
    for path in paths:
        try:
            documents = documents_in(path)
            if not documents:
                raise SymnetError(f"no document in {path}", hint="documents end in .md, .txt, .tex, .rst or .ipynb")
            for document in documents:
                found.setdefault(document.resolve(), document)
        except SymnetError as error:
            errors.append(str(error))
    return list(found.values()), errors


def _explain(document: Path, line: int, options: Options) -> int:
    click.echo("\n\n".join(explain_claims(document, line, options)))
    return 0


def _write_files(reports: Sequence[DocumentReport], outputs: Outputs, alone: bool) -> None:
    """Every file asked for, all at once."""
    from symnet.files import write_all

    texts: dict[Path, str] = {}
    if outputs.junit:
        from symnet.lecture.report.machine import junit_text

        texts[outputs.junit] = junit_text(reports)
    if outputs.sarif:
        from symnet.lecture.report.machine import sarif_text

        texts[outputs.sarif] = sarif_text(reports)
    if outputs.html:
        from symnet.lecture.report.page import page_text

        readable = [report for report in reports if not report.error]
        if alone and not outputs.html.is_dir():
            texts |= dict(zip([outputs.html], map(page_text, readable)))
        else:
            names = _page_names([report.file for report in readable])
            texts |= {outputs.html / name: page_text(report) for name, report in zip(names, readable)}
    write_all({path: text.encode("utf-8", "replace").decode() for path, text in texts.items()})


def _page_names(files: Sequence[str]) -> list[Path]:
    """Where the page of each document stands below the folder of pages: as the documents stand to each other."""
    resolved = [Path(file).resolve() for file in files]
    common = Path(os.path.commonpath([path.parent for path in resolved])) if resolved else Path()
    return [Path(f"{path.relative_to(common)}.html") for path in resolved]


def _fail(errors: Sequence[str]) -> int:
    for sentence in errors:
        click.echo(f"error: {sentence}", err=True)
    return 2 if errors else 0


def _tolerant(stream: Any) -> None:
    """Let a stream print what its encoding has no sign for as question marks."""
    if hasattr(stream, "reconfigure"):
        stream.reconfigure(errors="replace")
