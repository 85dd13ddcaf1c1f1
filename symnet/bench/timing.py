"""Times of several functions in one process, taken in turns so that all meet the same machine."""

from __future__ import annotations

import gc
import random
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

LEAST, MOST = 7, 300


@dataclass(frozen=True)
class Timing:
    """Milliseconds of one contestant."""

    median: float
    least: float
    runs: int


def interleaved(
    functions: Mapping[str, Callable[[], Any]], seconds: float, least: int = LEAST, pause: float = 0.0
) -> dict[str, Timing]:
    """Run the functions in turns for about ``seconds`` and at least ``least`` rounds.

    Every round has an order of its own: who follows a library that fills the caches would always find them cold.

    ``pause`` seconds before each run let threads that spin after their work go to sleep.
    """
    times: dict[str, list[float]] = {name: [] for name in functions}
    order, shuffle = list(functions), random.Random(0).shuffle
    collecting = gc.isenabled()
    gc.disable()
    try:
        end = time.perf_counter() + seconds
        for round_ in range(MOST):
            if round_ >= least and time.perf_counter() >= end:
                break
            shuffle(order)
            for name in order:
                if pause:
                    time.sleep(pause)
                times[name].append(milliseconds(functions[name]))
            gc.collect(0)
    finally:
        if collecting:
            gc.enable()
    return {name: Timing(statistics.median(taken), min(taken), len(taken)) for name, taken in times.items() if taken}


def milliseconds(function: Callable[[], Any]) -> float:
    """The time of one run; what it returns is let go after the clock has stopped."""
    start = time.perf_counter()
    result = function()
    end = time.perf_counter()
    del result
    return 1000 * (end - start)


def best(function: Callable[[], Any], runs: int) -> float:
    """The least time of several runs, in milliseconds."""
    return min(milliseconds(function) for _ in range(runs))
