"""The results of a run as data: what the JSON file holds, and the geometric means over its rows."""

from __future__ import annotations

import math
import os
import platform
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib import metadata
from typing import Any

from symnet import __version__
from symnet.bench.generated import STYLES

LIBRARIES = ("numpy", "numba", "torch", "jax", "autograd", "pytensor")

Row = dict[str, Any]


@dataclass(frozen=True)
class Sheet:
    """A table in words and figures, for a terminal and for a page."""

    title: str
    head: Sequence[str]
    lines: Sequence[Sequence[str]]


def report(rows: Sequence[Row], names: Sequence[str]) -> dict[str, Any]:
    """All that is known of a run."""
    return {
        "symnet": __version__,
        "machine": machine(),
        "versions": dict(versions()),
        "contestants": list(names),
        "rows": list(rows),
        "means": means(rows, names),
    }


def machine() -> dict[str, Any]:
    return {
        "processor": _processor(),
        "processors": os.cpu_count(),
        "system": platform.system(),
        "python": platform.python_version(),
    }


def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:
            return next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def versions() -> Iterator[tuple[str, str]]:
    for library in LIBRARIES:
        try:
            yield library, metadata.version(library)
        except metadata.PackageNotFoundError:
            continue


def time_of(row: Row, name: str) -> float | None:
    """Milliseconds of a contestant or of the floor, where the row has them."""
    if name == "floor":
        return row["floor"]["ms"] or None
    return row["contestants"].get(name, {}).get("ms")


def panels(rows: Sequence[Row]) -> dict[tuple[int, str], list[Row]]:
    """The rows by number of threads and dtype."""
    found: dict[tuple[int, str], list[Row]] = {}
    for row in rows:
        found.setdefault((row["threads"], row["dtype"]), []).append(row)
    return found


def means(rows: Sequence[Row], names: Sequence[str]) -> list[dict[str, Any]]:
    """For each generated style, peer, dtype and number of threads the geometric mean of their ratio of times.

    The mean is over the rows that both have; below 1 the generated module is faster.
    """
    found = []
    for (threads, dtype), group in panels(rows).items():
        for style in (name for name in names if name in STYLES):
            for other in (*(name for name in names if name != style), "floor"):
                pairs = [(time_of(row, style), time_of(row, other)) for row in group]
                ratios = [a / b for a, b in pairs if a and b]
                if ratios:
                    found.append(
                        {"style": style, "over": other, "dtype": dtype, "threads": threads}
                        | {"ratio": geometric_mean(ratios), "worst": max(ratios), "rows": len(ratios)}
                    )
    return found


def geometric_mean(ratios: Iterable[float]) -> float:
    logarithms = [math.log(ratio) for ratio in ratios]
    return math.exp(math.fsum(logarithms) / len(logarithms))
