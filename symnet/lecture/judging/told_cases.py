"""Cases that a sentence tells in words: "If all rewards are equal, ...", "If the margin is violated, ..."."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from symnet.lecture import effort
from symnet.lecture.claims.authored import parts_behind
from symnet.lecture.claims.claim import Claim, blank
from symnet.lecture.claims.conditions import case_in_words, hidden_and_last
from symnet.lecture.context.facts import AMONG, EQUAL
from symnet.lecture.context.refs import Ref, refs
from symnet.lecture.documents.sentences import sentence_before, sentence_behind
from symnet.lecture.evaluation.reading import Reading
from symnet.lecture.judging.inequality import comparison_of
from symnet.lecture.judging.wording import assumptions_of, left_open, understood
from symnet.lecture.trial.compare import equal
from symnet.lecture.trial.points import is_broken
from symnet.lecture.trial.run import Outcome, outcome_of
from symnet.lecture.trial.sizes import claim_sizes
from symnet.lecture.verdict import FOUND, Assumption, Finding

_IF = (
    r"(?:only )?(?:if|when|whenever|unless|otherwise|else|as long as|provided|"
    r"(?:только )?(?:если|когда|пока|иначе)|в противном случае|при условии)\b(?!\s*…)"
)
#: a part of where a function is defined: "In the linear region, ...", "... on the left branch"
_PART = (
    r"(?:inside|outside|away from|in (?:the|this|that|a) (?:[^\W\d_]+ )?(?:case|region|regime|zone|interior|range)|"
    r"on (?:the|this|that|a) (?:[^\W\d_]+ )?(?:side|branch|part|piece|interval|slope)|"
    r"for (?:an? )?(?:in)?(?:active|violated|clipped|saturated|dead)|внутри|вне|"
    r"в (?:[^\W\d_]+ )?(?:случае|области|зоне)|на (?:[^\W\d_]+ )?(?:участке|ветви|стороне|отрезке))\b(?!\s*…)"
)
#: what a sentence about one case begins with
BEFORE = re.compile(
    rf"\W*(?:(?:and|but|и|а|но)\s+)?(?:{_IF}|{_PART}|(?:where|wherever|while|(?:там,? )?где)\b(?!\s*…))", re.IGNORECASE
)
#: what is said of one case behind a formula
BEHIND = re.compile(
    rf"[\s,(—–-]*(?:{_IF}|{_PART}|(?:for|when|if|with|при|для)\s+(?:[^\W\d_]+\s+){{0,2}}?"
    r"(?:small|large|big|high|low|long|short|малы[хй]|больши[хй]|малом|большом|высоки[хй]|низки[хй]))",
    re.IGNORECASE,
)
#: words that say of all entries of something that they are one number, and which
_ALIKE = re.compile(
    r"\b(?:equal|same|identical|uniform|coincide\w*|constant|always|рав(?:н\w+|ен)|одинаков\w*|совпада\w+|постоянн\w+|"
    r"всегда)\b",
    re.IGNORECASE,
)
_NUMBERS = {
    "0": re.compile(r"\b(?:zeros?|vanish\w*|нул\w+)\b|\$0\$", re.I),
    "1": re.compile(r"\b(?:one|единиц\w+)\b|\$1\$"),
}
#: words that say it of each of them
_ALL = re.compile(r"\b(?:all|every|each|always|все|всех|каждый|всегда)\b", re.IGNORECASE)
#: the clause of a case
_CLAUSE = re.compile(r"\W*(?:if|when|whenever|если|когда)\s(?P<case>(?:[^,$]|\$[^$]*\$)*),", re.IGNORECASE)
#: at how many points it is looked for the case
POINTS = 24
KINDS = ("equality", "derivative", "inequality")  # of claims that are judged in a case
NAMES = 4  # that are tried


def in_case_of_equals(claim: Claim, finding: Finding, steps: float) -> Finding | None:
    """The finding on a claim of the case that all of something are one number; None where it is said of no such case.

    Words do not tell which name they mean, so each one is tried that has entries: the claim is accepted where it holds
    for one of them, and found wrong only where it fails for all.
    """
    if claim.context is None or claim.kind not in KINDS or finding.verdict not in (*FOUND, "condition"):
        return None
    if claim.context.lines[claim.order].said.supposed:  # the case itself, in signs
        return None
    before = claim.prose.partition(" … ")[0]
    case = _CLAUSE.match(before, hidden_and_last(before)[1])
    if case is None or not _ALIKE.search(case["case"]):
        return None
    words = " ".join(case["case"].split())
    value = next((number for number, said in _NUMBERS.items() if said.search(words)), "")
    fact = AMONG + value if value else EQUAL
    lists, arrays = _names(claim)
    steps /= NAMES + 2
    tried = [(key, *_tried(claim, {key: fact}, steps)) for key in lists[:NAMES]]
    for key, there, outcome in tried:
        if outcome is not None and outcome.holds:
            return blank(
                claim,
                "holds",
                method="numeric",
                reading=understood(claim),
                reason=f"equal at {outcome.cases} points in the case that is told",
                assumptions=(
                    Assumption(f"all {key} are {value or 'equal'}", claim.context.lines[claim.order].place),
                    *assumptions_of(there, outcome, Reading()),
                ),
            )
    failed = [outcome for *_, outcome in tried if outcome is not None and outcome.counterexample is not None]
    if failed and len(failed) == len(lists) and _ALL.search(words) and not re.search(r"\b(?:and|и)\b", words):
        together = [_tried(claim, dict.fromkeys(arrays, said), steps)[1] for said in (EQUAL, AMONG + "1")]
        if any(outcome is not None and outcome.holds for outcome in together) or _names_other_sizes(claim, lists):
            return left_open(finding, f"it is said of a case that is told in words: {words}")
        return blank(
            claim,
            "refuted",
            method="numeric",
            reading=understood(claim),
            reason="the sides differ at the point shown, in the case that is told",
            assumptions=finding.assumptions,
            counterexample=failed[-1].counterexample,
        )
    if finding.verdict == "condition":
        return None
    return left_open(finding, f"it is said of a case that is told in words: {words}")


def _names(claim: Claim) -> tuple[list[str], list[str]]:
    """The names behind a claim that have one index, as vectors and samples have, and all that have entries."""
    context = claim.context
    assert context is not None
    found = dict.fromkeys(r for part in parts_behind(claim) for r in refs(part))
    ranks = {r.key: max(context.rank(Ref(r.key)), len(r.indices)) for r in found}
    return [key for key, rank in ranks.items() if rank == 1], [key for key, rank in ranks.items() if rank]


def _names_other_sizes(claim: Claim, lists: list[str]) -> bool:
    """Does a claim name a size, as far as is known, of something else: the n of ``p_i = 1 / n``?"""
    sizes = claim_sizes(claim)
    axes = {sizes.find(f"axis:{key}:0") for key in lists}
    named = {f"size:{r.key}" for side in claim.sides for r in refs(side)} & {*sizes.parents, *sizes.parents.values()}
    return any(sizes.find(size) not in axes for size in named)


def _tried(claim: Claim, facts: dict[str, str], steps: float) -> tuple[Claim, Outcome | None]:
    """The claim where all entries of names are one number, whatever they are defined to be."""
    context = claim.context
    assert context is not None
    for key in facts:
        context = context.with_open(key)
    there = replace(claim, context=context)
    return there, outcome_of(there, comparison_of(there), facts=facts, end=effort.until(steps))


def in_another_case(claim: Claim, finding: Finding, steps: float) -> Finding:
    """The finding, unless the claim is said of a case that is not read, and holds in some cases.

    Equations are such where a border lies behind them, as that of a maximum, and inequalities always are; a case that
    says what is equal, or independent, decides by itself.
    """
    if finding.verdict not in FOUND:
        return finding
    if case := case_in_words(claim.prose.partition(" … ")[0]):
        return left_open(finding, f"it is said of a case that is told in words: {case}")
    if finding.verdict != "refuted" or finding.method != "numeric" or not _tells_case(claim):
        return finding
    if claim.kind != "inequality" and not _holds_somewhere(claim, steps):
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
