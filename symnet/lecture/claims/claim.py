"""A claim: one link of a chain, with the context that it is judged in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from symnet.lecture.context.context import Context
from symnet.lecture.documents.items import Directive
from symnet.lecture.knowledge.update_line import Line as Step
from symnet.lecture.reader.syntax import Expr, Refusal, Statement
from symnet.lecture.verdict import Finding


@dataclass(frozen=True)
class Claim:
    """One link of a chain: ``left relation right``, resolved, and where it stands.

    ``raw`` are both sides as they were read.  A claim without a relation has only ``left``; one that was not read has
    ``refusal``; one that was judged while reading has ``finding``.
    """

    line: int
    column: int
    end_line: int
    latex: str
    link: int
    kind: str
    order: int = -1
    place: int = 0  # which link of its statement
    relation: str = ""
    left: Expr | None = None
    right: Expr | None = None
    raw: tuple[Expr | None, Expr | None] = (None, None)
    conditions: tuple[Statement, ...] = ()
    refusal: Refusal | None = None
    finding: Finding | None = None
    step: Step | None = None  # what the line is as a step of a known algorithm
    prose: str = ""
    beside: tuple[Directive, ...] = ()  # what the author says of this formula
    cell: int | None = None
    row: int | None = None
    key: str = ""
    text: str = field(default="", compare=False)  # the LaTeX of this link
    context: Context | None = field(default=None, compare=False, repr=False)

    @property
    def sides(self) -> list[Expr]:
        """What stands left and right, as far as something does."""
        return [side for side in (self.left, self.right) if side is not None]

    @property
    def parts(self) -> list[Expr]:
        """Every part of both sides."""
        return [part for side in self.sides for part in side.walk()]


def blank(claim: Claim, verdict: str, **values: Any) -> Finding:
    """A finding at the place of the claim."""
    place = (claim.line, claim.column, claim.end_line, claim.latex, claim.link)
    return Finding(*place, claim.kind, verdict, claim=claim.text, cell=claim.cell, row=claim.row, **values)
