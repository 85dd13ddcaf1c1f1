"""What was found of a gradient written by hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from symnet.lecture.listings.bindings import Binding


@dataclass(frozen=True)
class Judgement:
    """What was found of one claim: ``state`` is right, right-if, scaled, inner, wrong, shape, or open."""

    state: str
    target: Binding | None = None
    reason: str = ""
    counterexample: dict[str, Any] | None = None
    relies: tuple[Binding, ...] = ()
    factor: str = ""
    of: str = ""  # what is differentiated
    assumed: tuple[tuple[str, str], ...] = ()
