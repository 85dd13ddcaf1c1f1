"""Alterations of an accepted claim, to measure the strength of a check: each should be refuted or ill-typed."""

from __future__ import annotations

from dataclasses import replace

from symnet.lecture import effort
from symnet.lecture.claims.claim import Claim
from symnet.lecture.edits.edits import KINDS
from symnet.lecture.judging.corrections import edits_of, formula_latex, with_side
from symnet.lecture.judging.equality import judge_equality

MOST = 8  # alterations of one claim


def mutants_of(claim: Claim, most: int = MOST, steps: float = 3 * effort.SECOND) -> tuple[Claim, ...]:
    """Up to ``most`` alterations of a claim, of different kinds first, by edits that are known to change the value.

    What is proved to leave the value the same is left out; looking for that takes ``steps`` steps at most.
    """
    if claim.left is None or claim.right is None or claim.relation not in ("=", "equiv"):
        return ()
    end = effort.until(steps)
    by_kind: dict[str, list] = {kind: [] for kind in KINDS}
    for side, edit in edits_of(claim):
        if edit.certain and not edit.kind.startswith("missing"):
            by_kind[edit.kind].append((side, edit))
    chosen: list[Claim] = []
    turn = 0
    while len(chosen) < most and any(len(group) > turn for group in by_kind.values()):
        for group in by_kind.values():
            if len(group) <= turn or len(chosen) >= most:
                continue
            side, edit = group[turn]
            other = with_side(claim, side, edit.whole)
            if other is None or (other.left, other.right) == (claim.left, claim.right):
                continue
            if not effort.is_over(end) and same_value(claim, other, side):
                continue
            chosen.append(replace(other, latex=formula_latex(claim, other, side, edit)))
        turn += 1
    return tuple(chosen)


def same_value(claim: Claim, other: Claim, side: int) -> bool:
    """Is the altered side proved, symbolically, to be what it was before?  (What the sampling says does not count.)"""
    before, after = (claim.left, other.left) if side == 0 else (claim.right, other.right)
    finding = judge_equality(replace(claim, left=before, right=after, raw=(None, None), kind="equality"), effort.SECOND)
    return finding.verdict == "proved"
