"""Cases that a sentence tells in words: "If the margin is violated, ...", "... for small $r$"."""

from __future__ import annotations

import re
from typing import Any

from symnet.lecture import effort
from symnet.lecture.claims.authored import parts_behind
from symnet.lecture.claims.claim import Claim
from symnet.lecture.claims.conditions import sentence_before, sentence_behind
from symnet.lecture.judging.wording import left_open
from symnet.lecture.trial.compare import equal
from symnet.lecture.trial.points import is_broken
from symnet.lecture.trial.run import outcome_of
from symnet.lecture.verdict import Finding

_IF = (
    r"(?:only )?(?:if|when|whenever|unless|otherwise|else|as long as|provided|"
    r"(?:только )?(?:если|когда|пока|иначе)|в противном случае|при условии)\b(?!\s*…)"
)
#: what a sentence about one case begins with
BEFORE = re.compile(rf"\W*(?:(?:and|but|и|а|но)\s+)?{_IF}", re.IGNORECASE)
#: what is said of one case behind a formula
BEHIND = re.compile(
    rf"[\s,(—–-]*(?:{_IF}|(?:for|when|if|with|при|для)\s+(?:[^\W\d_]+\s+){{0,2}}?"
    r"(?:small|large|big|high|low|long|short|малы[хй]|больши[хй]|малом|большом|высоки[хй]|низки[хй]))",
    re.IGNORECASE,
)
#: at how many points it is looked for the case
POINTS = 24


def in_another_case(claim: Claim, finding: Finding, end: float) -> Finding:
    """The finding, unless the claim is said of a case that is not read, and holds in some cases.

    Equations are such where a border lies behind them, as that of a maximum, and inequalities always are.
    """
    if finding.verdict != "refuted" or finding.method != "numeric" or not _tells_case(claim):
        return finding
    if claim.kind != "inequality" and not _holds_somewhere(claim, end):
        return finding
    reason = "it holds in some cases only, and the one of its sentence is told in words; write: if $x > 0$"
    return left_open(finding, reason)


def _tells_case(claim: Claim) -> bool:
    before, _, after = claim.prose.partition(" … ")
    return bool(BEFORE.match(sentence_before(before)) or BEHIND.match(sentence_behind(after)))


def _holds_somewhere(claim: Claim, end: float) -> bool:
    """Are both sides equal at some points, with a border between these and the others?"""
    if not any(is_broken(part) for whole in parts_behind(claim) for part in whole.walk()):
        return False
    same: list[bool] = []

    def compare(left: Any, right: Any) -> bool:
        same.append(equal(left, right))
        return True

    outcome_of(claim, compare, end=effort.until(end), wanted=POINTS)
    return any(same)
