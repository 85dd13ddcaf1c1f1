"""One row of the table: a workload in one dtype, all contestants checked and timed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from symnet.bench import generated, peers
from symnet.bench.agreement import judge
from symnet.bench.floor import floor
from symnet.bench.peers import Contestant, NotOffered
from symnet.bench.timing import LEAST, Timing, interleaved
from symnet.bench.workload import Problem, Workload, traffic

PAUSE = 0.003  # seconds; OpenMP threads spin for less after their work, and in longer sleep the caches go cold
SPINNING = frozenset(("torch", "torch.compile", "jax", "pytensor"))  # libraries with such threads


@dataclass(frozen=True)
class Options:
    """How rows are measured."""

    threads: int = 1
    seconds: float = 2.0
    small: bool = False
    least: int = LEAST


def measure(workload: Workload, dtype: str, names: Sequence[str], options: Options) -> dict[str, Any]:
    """The row as data: times in milliseconds by contestant, marks of those that failed, and the floor."""
    problem = workload.problem(np.dtype(dtype), options.small)
    marks: dict[str, str] = {}
    contestants: dict[str, Contestant] = {}
    results: dict[str, tuple[np.ndarray, ...]] = {}
    for name in names:
        try:
            contestants[name] = contestant(name, problem)
            results[name] = contestants[name].result()
        except NotOffered:
            continue
        except Exception as error:  # of a library of somebody else: the row goes on without it
            contestants.pop(name, None)
            marks[name] = f"failed: {_sentence(error)}"
    verdicts = judge(results, problem.results, dtype)
    marks |= {name: f"wrong: {verdict}" for name, verdict in verdicts.items() if verdict}
    sound: dict[str, Callable[[], Any]] = {name: one.run for name, one in contestants.items() if name not in marks}
    # Adam and its like have no upstream gradient; a result of zero dimensions weighs nothing
    moved = traffic((*problem.inputs, *problem.upstream, *next(iter(results.values()), ())))
    dtypes = {name: result[-1].dtype.name for name, result in results.items()}
    results.clear()
    for function in sound.values():
        function()
    pause = PAUSE if options.threads > 1 and SPINNING.intersection(sound) else 0
    timings = interleaved(sound, options.seconds, options.least, pause)
    sizes = dict(workload.small if options.small else workload.sizes)
    return {
        "workload": workload.name,
        "title": workload.title,
        "sizes": sizes,
        "dtype": dtype,
        "threads": options.threads,
        "floor": floor(dtype, moved, workload.flops(**sizes), workload.exps(**sizes), options.threads).data(),
        "contestants": {
            name: _entry(name, timings, marks, dtypes, dtype) for name in names if name in timings or name in marks
        },
    }


def contestant(name: str, problem: Problem) -> Contestant:
    """A generated style or a peer, by name."""
    if name in generated.STYLES:
        return generated.contestant(problem, name)
    return peers.prepare(name, problem)


def _entry(
    name: str, timings: dict[str, Timing], marks: dict[str, str], dtypes: dict[str, str], dtype: str
) -> dict[str, Any]:
    if name in marks:
        return {"mark": marks[name]}
    timing = timings[name]
    entry: dict[str, Any] = {"ms": timing.median, "least_ms": timing.least, "runs": timing.runs}
    if dtypes[name] != dtype:
        entry["note"] = f"returns {dtypes[name]}"
    return entry


def _sentence(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    text = f"{type(error).__name__}: {lines[0] if lines else ''}".rstrip(": ")
    return text if len(text) <= 200 else f"{text[:197]}..."
