"""The three tables of ``symnet bench``: measured, printed, written."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from symnet.bench import results, table
from symnet.bench.choice import Choice
from symnet.bench.timing import LEAST
from symnet.files import OutFile

Progress = Callable[[str, int], AbstractContextManager[Callable[[str], None]]]


@dataclass(frozen=True)
class Outputs:
    """The files that were asked for, ready to be written."""

    json: OutFile | None = None
    picture: OutFile | None = None
    page: OutFile | None = None
    command: str = "symnet bench"


def open_files(
    stack: ExitStack, json_file: Path | None, picture: Path | None, page: Path | None, command: str
) -> Outputs:
    """Raises SymnetError for a file that can not be written, before anything is measured."""
    if picture:
        from symnet.bench.picture import check

        check(picture)
    opened = [stack.enter_context(OutFile(path)) if path else None for path in (json_file, picture, page)]
    return Outputs(opened[0], opened[1], opened[2], command)


def times(chosen: Choice, outputs: Outputs, progress: Progress, seconds: float, small: bool) -> None:
    from symnet.bench.worker import rows

    request: dict[str, Any] = {
        "workloads": [workload.name for workload in chosen.workloads],
        "dtypes": chosen.dtypes,
        "contestants": chosen.contestants,
        "seconds": seconds,
        "least": 1 if small else LEAST,
        "small": small,
    }
    measured = []
    with progress("timing", len(chosen.threads) * len(chosen.workloads) * len(chosen.dtypes)) as done:
        for threads in chosen.threads:
            for row in rows({**request, "threads": threads}):
                measured.append(row)
                done(f"{row['workload']} {row['dtype']}")
    data = results.report(measured, chosen.contestants)
    table.print_report(data, table.console())
    _write(outputs, data)
    if outputs.page:
        from symnet.bench.markdown import page

        outputs.page.write(page(data, outputs.command).encode())
    if outputs.picture:
        from symnet.bench.picture import picture

        outputs.picture.write(picture(data, outputs.picture.path.suffix[1:].lower()))


def accuracy(chosen: Choice, outputs: Outputs, progress: Progress, small: bool) -> None:
    from symnet.bench.accuracy import operations, row_of, sheets

    subjects = operations(chosen.workloads)
    measured = []
    with progress("comparing", len(subjects) * len(chosen.dtypes)) as done:
        for subject in subjects:
            for dtype in chosen.dtypes:
                measured += row_of(subject, dtype, chosen.contestants, full_size=not small)
                done(f"{subject.name} {dtype}")
    _show(sheets(measured, chosen.contestants), outputs, "How exact generated modules are")
    _write(outputs, {"accuracy": measured})


def memory(chosen: Choice, outputs: Outputs, progress: Progress, small: bool) -> None:
    from symnet.bench.memory import row_of, sheets

    measured = []
    with progress("measuring", len(chosen.workloads) * len(chosen.dtypes)) as done:
        for workload in chosen.workloads:
            for dtype in chosen.dtypes:
                measured += row_of(workload, dtype, chosen.contestants, small)
                done(f"{workload.name} {dtype}")
    _show(sheets(measured), outputs, "The memory of generated modules")
    _write(outputs, {"memory": measured})


def _show(sheets: Sequence[results.Sheet], outputs: Outputs, title: str) -> None:
    console = table.console()
    for sheet in sheets:
        console.print(table.grid(sheet))
    if outputs.page:
        from symnet.bench.markdown import sheets_page

        outputs.page.write(sheets_page(sheets, title, outputs.command).encode())


def _write(outputs: Outputs, data: dict[str, Any]) -> None:
    if outputs.json:
        text = json.dumps(data, indent=2, allow_nan=False) + "\n"
        outputs.json.write(text.encode())
