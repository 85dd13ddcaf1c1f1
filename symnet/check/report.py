"""What a gradient check found: one row per input, method and draw of sizes."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Row:
    """One comparison of an array of the generated module with its reference.

    ``error`` is the largest relative error; where ``ok`` is False, ``index`` is its place, ``computed`` the value of
    the generated module and ``reference`` the one it should have.
    """

    operation: str
    input: str
    method: str
    step: float | None
    sizes: Mapping[str, int]
    error: float
    ok: bool
    index: tuple[int, ...] = ()
    computed: float | None = None
    reference: float | None = None
    note: str = ""

    @property
    def sentence(self) -> str:
        """A wrong row in words."""
        if self.computed is None:
            return f"{self.operation}: {self.note}"
        what = "output" if self.method == "forward" else "gradient of"
        by = "by its definition" if self.method == "forward" else f"by {self.method}"
        place = f"{self.input}[{', '.join(map(str, self.index))}]" if self.index else self.input
        more = f" ({self.note})" if self.note else ""
        return f"{self.operation}: {what} {place} is {self.computed!r}, {by} {self.reference!r}{more}"


HEAD = ("input", "method", "step", "sizes", "max relative error", "")


@dataclass(frozen=True)
class Report:
    """A gradient check: ``print`` it for a table, ``ok`` says whether every row passed."""

    operation: str
    rows: tuple[Row, ...]
    tolerance: float
    without_gradient: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        return all(row.ok for row in self.rows)

    @property
    def max_error(self) -> float:
        """The largest relative error of all rows."""
        return max((row.error for row in self.rows), default=0.0)

    @property
    def wrong(self) -> tuple[Row, ...]:
        return tuple(row for row in self.rows if not row.ok)

    def table(self) -> str:
        """Aligned columns, then a sentence for each wrong row and each remark."""
        lines = [self._head(), *_aligned([HEAD, *map(_cells, self.rows)])]
        if self.without_gradient:
            lines.append(f"no gradient: {', '.join(self.without_gradient)}")
        return "\n".join([*lines, *self._remarks()])

    def to_dict(self) -> dict[str, Any]:
        """Plain data, for JSON."""
        return {
            "operation": self.operation,
            "ok": self.ok,
            "max_error": self.max_error,
            "tolerance": self.tolerance,
            "without_gradient": list(self.without_gradient),
            "rows": [{**asdict(row), "sizes": dict(row.sizes), "index": list(row.index)} for row in self.rows],
        }

    def __str__(self) -> str:
        return self.table()

    def _head(self) -> str:
        return f"{self.operation}: {'ok' if self.ok else 'WRONG'}, largest relative error {self.max_error:.1e}"

    def _remarks(self) -> list[str]:
        wrong = [f"WRONG {row.sentence}" for row in self.wrong]
        notes = dict.fromkeys(f"note: {row.input}: {row.note}" for row in self.rows if row.ok and row.note)
        return [*wrong, *notes]

    def _repr_markdown_(self) -> str:
        rows = [HEAD, ("---",) * len(HEAD), *map(_cells, self.rows)]
        table = "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows)
        more = [f"no gradient: {', '.join(self.without_gradient)}"] if self.without_gradient else []
        return "\n\n".join([self._head(), table, *more, *self._remarks()]) + "\n"

    def _repr_html_(self) -> str:
        def line(tag: str, cells: Iterable[str]) -> str:
            return "<tr>" + "".join(f"<{tag}>{html.escape(cell)}</{tag}>" for cell in cells) + "</tr>"

        rows = "".join(line("td", _cells(row)) for row in self.rows)
        more = [f"no gradient: {', '.join(self.without_gradient)}"] if self.without_gradient else []
        notes = "".join(f"<p>{html.escape(text)}</p>" for text in [*more, *self._remarks()])
        return f"<p>{html.escape(self._head())}</p><table>{line('th', HEAD)}{rows}</table>{notes}"


def _cells(row: Row) -> tuple[str, ...]:
    sizes = " ".join(f"{axis}={n}" for axis, n in row.sizes.items())
    step = "" if row.step is None else f"{row.step:.0e}"
    return row.input, row.method, step, sizes, f"{row.error:.1e}", "ok" if row.ok else "WRONG"


def _aligned(table: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(row[k]) for row in table) for k in range(len(table[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in table]
