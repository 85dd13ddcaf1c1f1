"""A counterexample in words and numbers that can be replayed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import mpmath
import numpy as np

from symnet.lecture.claims.claim import Claim
from symnet.lecture.evaluation.ground import Ground
from symnet.lecture.trial.points import given_values
from symnet.lecture.values.scalars import plain

MOST_VALUES = 1000  # of a counterexample


def describe(ground: Ground, left: Any, right: Any, scope: Mapping[str, int], claim: Claim) -> dict[str, Any]:
    """A counterexample that can be replayed: indices, values of all names that have no definition, and both sides.

    ``omitted`` counts the values that are left out of a very large one; ``open`` are functions that nobody defined.
    """
    names = sorted(ground.leaves, key=lambda leaf: (leaf[0], len(leaf[1]), leaf[1]))
    shown_as = {
        leaf: _letter(leaf[0].strip()) + (f"[{','.join(map(str, leaf[1]))}]" if leaf[1] else "") for leaf in names
    }
    found: dict[str, Any] = {
        "values": {
            **_supposed(claim),
            **scope,
            **{shown_as[leaf]: _short(ground.leaves[leaf]) for leaf in names[:MOST_VALUES]},
        },
        "left": _short(left),
        "right": _short(right),
        "seed": ground.point.seed,
        "range": ground.point.regime,
    }
    if len(names) > MOST_VALUES:
        found["omitted"] = len(names) - MOST_VALUES
    return found | ({"open": sorted(ground.invented)} if ground.invented else {})


def _supposed(claim: Claim) -> dict[str, Any]:
    """The values that are told before a formula: For x = 0.1."""
    return {_letter(key.strip()): _short(value) for (key, _), value in given_values(claim)}


def _letter(key: str) -> str:
    r"""``c`` for the ``\mathrm{c}`` that picks a class."""
    return key[8:-1] if re.fullmatch(r"\\mathrm\{\w\}", key) else key


def _short(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return [[_short(x) for x in row] for row in value]
    value = plain(value)
    if isinstance(value, mpmath.mpc):
        return mpmath.nstr(mpmath.chop(value), 15).strip("()").replace("j", "i")
    return value if isinstance(value, int) else float(f"{float(value):.15g}")
