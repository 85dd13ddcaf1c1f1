"""A judge that does as a formula says: for tests of what happens around judging."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass

from symnet.lecture.verdict import Assumption, Finding


@dataclass(frozen=True)
class Claim:
    line: int
    column: int
    end_line: int
    latex: str
    link: int = 0
    kind: str = "equality"
    cell: int | None = None
    key: str = ""


def claims_of(document):
    if document.title == "impossible":
        raise ValueError("no claims")
    return tuple(
        Claim(f.line, f.column, f.end_line, f.latex, key=f.latex) for f in document.items if hasattr(f, "latex")
    )


def judge(claim):
    word, _, rest = claim.latex.partition(" ")
    if word == "hang":
        while True:
            pass
    if word == "nap":
        time.sleep(0.2 if "long" in rest else 0)
    if word == "wait":
        time.sleep(1)
    if word == "die":
        os._exit(7)
    if word == "swell":
        return bytearray(1 << 40)
    if word == "raise":
        raise ZeroDivisionError(rest)
    if word == "count":
        with open(rest.strip(), "a", encoding="utf-8") as file:
            file.write(".")
    print("a library that prints")
    verdict = word if word in ("refuted", "ill-typed", "holds", "needs-context", "reading-dependent") else "proved"
    wrong = verdict == "refuted"
    return Finding(
        claim.line,
        claim.column,
        claim.end_line,
        claim.latex,
        claim.link,
        claim.kind,
        verdict,
        reading=claim.latex,
        assumptions=(Assumption("x is a number", "convention"),),
        method="numeric",
        counterexample={"values": {"x": 0.5}, "left": 1, "right": 2} if wrong else None,
        correction="x = 1" if wrong else None,
        reason="the sides differ" if wrong else "",
    )


def explain(claim):
    return f"explained {claim.latex}"
