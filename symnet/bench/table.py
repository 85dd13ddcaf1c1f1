"""Results in a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from rich import box
from rich.console import Console, Group
from rich.table import Table

from symnet.bench.results import Row, Sheet, panels

WORDS = {"memory": "memory", "flops": "flops", "exps": "exp"}


def print_report(data: dict[str, Any], console: Console) -> None:
    """One table for each dtype and number of threads, the geometric means, and what failed."""
    rows, names = data["rows"], data["contestants"]
    for (threads, dtype), group in panels(rows).items():
        title = f"{dtype}, {threads_in_words(threads)}: milliseconds, forward and backward"
        console.print(grid(times(group, names, title)))
    console.print(_means(data["means"]))
    for line in remarks(rows):
        console.print(line, markup=False, highlight=False)


def console(file: Any = None) -> Console:
    """A console that cuts nothing off where it is no terminal."""
    wide = Console(file=file)
    return wide if wide.is_terminal else Console(file=file, width=200)


def grid(sheet: Sheet) -> Group:
    """A table whose first column is words and whose others are figures."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for place, word in enumerate(sheet.head):
        table.add_column(word, justify="right" if place else "left", no_wrap=True)
    for line in sheet.lines:
        table.add_row(*line)
    return Group(sheet.title, table)


def threads_in_words(threads: int) -> str:
    return "1 thread" if threads == 1 else f"{threads} threads"


def times(rows: Sequence[Row], names: Sequence[str], title: str) -> Sheet:
    """A line for each workload, with the time of each contestant and the floor."""
    lines = [
        [row["workload"], *(_cell(row["contestants"].get(name)) for name in names), _floor_cell(row)] for row in rows
    ]
    return Sheet(title, ["workload", *names, "floor"], lines)


def _floor_cell(row: Row) -> str:
    """The floor and what sets it."""
    return f"{figure(row['floor']['ms'])} {WORDS[row['floor']['bound']]}"


def _cell(entry: dict[str, Any] | None) -> str:
    """The time of a contestant, with a star where there is a remark; its mark where it has no time."""
    if entry is None:
        return "-"
    if "mark" in entry:
        return entry["mark"].partition(":")[0]
    return figure(entry["ms"]) + ("*" if "note" in entry else "")


def figure(ms: float) -> str:
    """Three digits that count."""
    return f"{ms:.3g}" if ms < 100 else f"{ms:.0f}"


def _means(means: Sequence[dict[str, Any]]) -> Group:
    lines = [
        [
            f"{m['style']} / {m['over']}",
            m["dtype"],
            str(m["threads"]),
            f"{m['ratio']:.2f}",
            f"{m['worst']:.2f}",
            str(m["rows"]),
        ]
        for m in means
    ]
    title = "Ratio of times, geometric mean over the rows that both have; below 1 the first is faster"
    return grid(Sheet(title, ["", "dtype", "threads", "mean", "worst row", "rows"], lines))


def remarks(rows: Sequence[Row]) -> Iterator[str]:
    """A line for each contestant that has no time, and for each that changes the dtype."""
    for row in rows:
        for name, entry in row["contestants"].items():
            text = entry.get("mark") or entry.get("note")
            if text:
                star = "* " if "note" in entry else ""
                yield f"{star}{row['workload']} {row['dtype']} {threads_in_words(row['threads'])}, {name}: {text}"
