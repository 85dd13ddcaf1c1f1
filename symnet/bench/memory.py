"""What generated modules allocate: the peak of each pass, and the largest allocation once a workspace is there."""

from __future__ import annotations

import gc
import sys
import tracemalloc
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from types import FrameType
from typing import Any

import numpy as np

from symnet.bench.generated import STYLES, prepare
from symnet.bench.results import Sheet
from symnet.bench.workload import Problem, Workload, traffic

MIB = 2**20
MEASURED = tuple(style for style in STYLES if style != "numba")  # numba allocates where tracemalloc does not see it
Row = dict[str, Any]


def row_of(workload: Workload, dtype: str, names: Iterable[str], small: bool = False) -> list[Row]:
    """A row for each generated style: bytes."""
    problem = workload.problem(np.dtype(dtype), small)
    head = {"workload": workload.name, "dtype": dtype}
    return [{**head, "style": name, **allocations(problem, name)} for name in names if name in MEASURED]


def allocations(problem: Problem, style: str) -> Row:
    """Peaks of a first forward and backward pass, when no memory is kept yet; the largest line of a second run."""
    passes = prepare(problem, style)
    module = passes.module
    gc.collect()
    tracemalloc.start()
    try:
        (outputs, state), forward = peak(passes.forward)
        gradients, backward = peak(partial(passes.backward, state)) if problem.upstream else ((), 0)
        row = {
            "forward": forward,
            "outputs": traffic(tuple(map(np.asarray, outputs))),
            "backward": backward,
            "gradients": traffic(tuple(map(np.asarray, gradients))),
        }
        del outputs, state, gradients
        # what other threads allocate meanwhile counts as well: the smaller of two runs
        largest, line = min(largest_line(passes.run, str(module.__file__)) for _ in range(2))
    finally:
        tracemalloc.stop()
    text = module_text_line(module, line)
    return {**row, "workspace": hasattr(module, "Workspace"), "second_run": largest, "second_run_line": text}


def peak(run: Callable[[], Any]) -> tuple[Any, int]:
    """The result of a run and by how many bytes memory grew at most while it ran."""
    before, _ = tracemalloc.get_traced_memory()
    tracemalloc.reset_peak()
    result = run()
    _, most = tracemalloc.get_traced_memory()
    return result, most - before


def largest_line(run: Callable[[], Any], file: str) -> tuple[int, int]:
    """By how many bytes one line of ``file`` grew memory at most, and which: no allocation is larger than that."""
    worst = (0, 0)
    here = 0
    before = 0

    def settle(frame: FrameType | None) -> None:
        nonlocal worst, here, before
        now, most = tracemalloc.get_traced_memory()
        worst = max(worst, (most - before, here))
        here = frame.f_lineno if frame else 0
        tracemalloc.reset_peak()
        before = now

    def local(frame: FrameType, event: str, argument: Any) -> Any:
        settle(frame)
        return local

    def watch(frame: FrameType, event: str, argument: Any) -> Any:
        return local(frame, event, argument) if frame.f_code.co_filename == file else None

    outer = sys.gettrace()
    before, _ = tracemalloc.get_traced_memory()
    tracemalloc.reset_peak()
    sys.settrace(watch)
    try:
        run()
    finally:
        sys.settrace(outer)
    settle(None)
    return worst


def module_text_line(module: Any, line: int) -> str:
    """The text of a line of a module, for a reader who wonders where the memory went."""
    import linecache

    return linecache.getline(str(module.__file__), line).strip()


def sheets(rows: Sequence[Row]) -> list[Sheet]:
    """One table: MiB."""
    lines = [
        [
            row["workload"],
            row["dtype"],
            row["style"],
            *(f"{row[key] / MIB:.2f}" for key in ("forward", "outputs", "backward", "gradients")),
            f"{(row['backward'] - row['gradients']) / MIB:.2f}",
            f"{row['second_run'] / MIB:.2f}" + ("" if row["workspace"] else " (no workspace)"),
        ]
        for row in rows
    ]
    head = ["workload", "dtype", "style", "forward", "of it outputs", "backward", "of it gradients", "beyond them"]
    return [Sheet("MiB allocated at most", [*head, "one line of a second run"], lines)]
