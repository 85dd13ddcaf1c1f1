"""What commands print: progress on a terminal, JSON, errors.  Only click is imported here."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sized
from contextlib import contextmanager
from typing import Any

import click


class Choice(click.Choice):
    """One of several words; for any other the nearest of them is suggested."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        from symnet.loading import nearest

        if value in self.choices:
            return value
        near = nearest(value, self.choices)
        mean = f"; did you mean '{near}'?" if near else ""
        self.fail(f"'{value}' is not one of {', '.join(self.choices)}{mean}", param, ctx)


def files(texts: Sized) -> str:
    """How many files, with their verb."""
    return "1 file is" if len(texts) == 1 else f"{len(texts)} files are"


@contextmanager
def progress(title: str) -> Iterator[dict[str, Any]]:
    """Keyword arguments for `run_all` that move a bar on stderr, when somebody is there to watch it."""
    if not sys.stderr.isatty() or os.environ.get("CI"):
        yield {}
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=None)

        def started(total: int) -> None:
            bar.update(task, total=total)

        def done(spec: str) -> None:
            bar.update(task, advance=1, description=f"{title}: {spec}")

        callbacks: dict[str, Callable[..., None]] = {"started": started, "done": done}
        yield callbacks


def print_json(data: Any) -> None:
    """JSON on standard output."""
    import json

    click.echo(json.dumps(_finite(data), indent=2, ensure_ascii=False))


def _finite(data: Any) -> Any:
    """The data with null for NaN and infinities, which JSON does not have."""
    if isinstance(data, float):
        return data if abs(data) < float("inf") else None
    if isinstance(data, dict):
        return {key: _finite(value) for key, value in data.items()}
    return [_finite(value) for value in data] if isinstance(data, list | tuple) else data


def errors(sentences: list[str]) -> None:
    """One line on standard error for each."""
    for sentence in sentences:
        click.echo(f"error: {sentence}", err=True)
