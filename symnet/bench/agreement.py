"""Which contestants of a row agree: nothing is timed that computes something else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

#: the largest difference that is rounding, as a part of the largest entry
TOLERANCE = {"float32": 1e-4, "float64": 1e-10}

Result = tuple[np.ndarray, ...]


def judge(results: Mapping[str, Result], names: Sequence[str], dtype: str) -> dict[str, str]:
    """For each contestant what is wrong with its result, empty where nothing is.

    The measure is the first contestant with which more than half agree; where there is none, all are wrong.
    """
    for measure in results.values():
        verdicts = {name: difference(result, measure, names, dtype) for name, result in results.items()}
        if 2 * sum(not verdict for verdict in verdicts.values()) > len(results) or len(results) <= 2 and _all(verdicts):
            return verdicts
    return dict.fromkeys(results, "no majority agrees on the result")


def _all(verdicts: Mapping[str, str]) -> bool:
    return not any(verdicts.values())


def difference(result: Result, measure: Result, names: Sequence[str], dtype: str) -> str:
    """How ``result`` differs from ``measure``, in words; empty where it is by rounding only."""
    if len(result) != len(measure):
        return f"{len(result)} results in place of {len(measure)}"
    for name, value, wanted in zip(names, result, measure):
        if value.shape != wanted.shape:
            return f"{name} has shape {value.shape} in place of {wanted.shape}"
        scale = np.max(np.abs(wanted), initial=0) or 1
        error = float(np.max(np.abs(value - wanted), initial=0) / scale)
        if not error <= TOLERANCE[dtype]:
            return f"{name} is off by {error:.1e} of its largest entry"
    return ""
