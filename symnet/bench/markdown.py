"""Results as a page of Markdown, for docs/."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from symnet import __version__
from symnet.bench.results import Sheet, panels, versions
from symnet.bench.table import figure, remarks, threads_in_words, times


def page(data: dict[str, Any], command: str) -> str:
    """The tables of a run of times, with the machine they are from and the command that makes them again."""
    return "\n".join(_lines(data, command)) + "\n"


def sheets_page(sheets: Sequence[Sheet], title: str, command: str) -> str:
    """Tables of other things than times, with the libraries they are from and the command that makes them again."""
    lines = [f"# {title}", "", f"Written by `{command}` with symnet {__version__}.", _libraries(dict(versions()))]
    for sheet in sheets:
        lines += ["", f"## {sheet.title}", "", *_table(sheet.head, sheet.lines)]
    return "\n".join(lines) + "\n"


def _libraries(found: Mapping[str, str]) -> str:
    return ", ".join(f"{library} {version}" for library, version in found.items()) + "."


def _lines(data: dict[str, Any], command: str) -> Iterator[str]:
    machine, names = data["machine"], data["contestants"]
    yield from ("# Results", "", f"Written by `{command}` with symnet {data['symnet']}.", "")
    yield f"{machine['processor']}, {machine['processors']} processors, {machine['system']}."
    yield f"Python {machine['python']}, {_libraries(data['versions'])}"
    for (threads, dtype), rows in panels(data["rows"]).items():
        sheet = times(rows, names, f"{dtype}, {threads_in_words(threads)}")
        yield from ("", f"## {sheet.title}", "")
        yield "Milliseconds of forward and backward, median of the runs."
        yield ""
        yield from _table(sheet.head, sheet.lines)
    yield from ("", "## Geometric means", "")
    yield "Time of a style over that of another over the rows that both have, and the worst row; below 1 it is faster."
    yield ""
    yield from _means(data["means"])
    found = list(remarks(data["rows"]))
    if found:
        yield from ("", "## Remarks", "")
        yield from (f"- {line.removeprefix('* ')}" for line in found)


def _means(means: Sequence[dict[str, Any]]) -> Iterator[str]:
    """A line for each style, a column for each that it is compared with."""
    others = list(dict.fromkeys(m["over"] for m in means))
    lines: dict[tuple[str, int, str], dict[str, str]] = {}
    for m in means:
        line = lines.setdefault((m["dtype"], m["threads"], m["style"]), {})
        line[m["over"]] = f"{figure(m['ratio'])} ({figure(m['worst'])})"
    rows = [[style, dtype, figure(n), *(line.get(o, "-") for o in others)] for (dtype, n, style), line in lines.items()]
    yield from _table(["style", "dtype", "threads", *others], rows)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"| --- |{' ---: |' * (len(head) - 1)}"
    yield from (f"| {' | '.join(entry.replace('|', chr(92) + '|') for entry in row)} |" for row in rows)
