"""The findings of a listing in the making."""

from __future__ import annotations

import ast
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from symnet.lecture.listings.gradients import Gradients
from symnet.lecture.listings.source import Source
from symnet.lecture.listings.statements import Line
from symnet.lecture.verdict import Finding

ACCEPTED = ("right", "right-if")


class Listing(Protocol):
    """What is read of a listing (documents.Listing)."""

    @property
    def code(self) -> str: ...
    @property
    def line(self) -> int: ...
    @property
    def language(self) -> str: ...


@dataclass(eq=False)
class Findings:
    """The findings of a listing in the making."""

    listing: Listing
    source: Source
    deadline: float
    proofs_until: float
    simplex: Mapping[str, str]
    bits: Mapping[str, str]

    def __post_init__(self) -> None:
        self.found: dict[tuple[int, int, str], Finding] = {}
        self.gradients: Gradients | None = None

    def out_of_time(self) -> bool:
        return time.process_time() > self.deadline

    def findings(self) -> tuple[Finding, ...]:
        return tuple(self.found[k] for k in sorted(self.found))

    def add(self, line: Line, verdict: str, *, kind: str = "code", name: str = "", **more: Any) -> None:
        stmt = line.stmt
        if isinstance(stmt, (ast.For, ast.While, ast.If, ast.FunctionDef)):
            last = stmt.lineno
            text = self.source.lines[stmt.lineno - 1].strip()
        else:
            last = stmt.end_lineno or stmt.lineno
            text = " ".join(x.strip() for x in self.source.lines[stmt.lineno - 1 : last])
        claim = ast.unparse(stmt) if last == stmt.end_lineno else text
        if isinstance(stmt, ast.Assign) and text.startswith("return "):  # what a function returns, under a name
            claim = text
            if more.get("correction"):
                more["correction"] = "return " + more["correction"].partition(" = ")[2]
        start = self.listing.line - 1
        key = (stmt.lineno, stmt.col_offset, name)
        if key in self.found and self.found[key].verdict not in ("definition", "not-understood"):
            return
        link = sum(k[0] == stmt.lineno and k != key for k in self.found)
        self.found[key] = Finding(
            start + stmt.lineno,
            stmt.col_offset + 1,
            start + last,
            text,
            link,
            kind,
            verdict,
            claim=claim,
            **more,
        )

    def syntax(self) -> None:
        for number, why in self.source.unread:
            text = (self.listing.code.splitlines() or [""])[number - 1].strip()
            at = self.listing.line - 1 + number
            self.found[number, -1, ""] = Finding(at, 1, at, text, 0, "code", "not-understood", reason=why)
