"""A line of a document as a step of a known algorithm."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Line:
    """What was found for one statement: ``verdict`` is update or refuted.

    ``agrees`` is True where the line is the rule of ``algorithm``, False where it differs, None where it was not
    compared.  ``correction`` is LaTeX of the whole line.
    """

    verdict: str
    reason: str
    algorithm: str = ""
    rule: str = ""
    agrees: bool | None = None
    correction: str | None = None
    source: str = ""
