"""What is known about the random variables of a document: from its prose and from earlier statements."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from symnet.lecture.documents.sentences import MATH
from symnet.lecture.knowledge.quantities import peel, text_of
from symnet.lecture.reader.reader import read_formula
from symnet.lecture.reader.syntax import Expr, Moment, Statement, Symbol
from symnet.lecture.verdict import Assumption


@dataclass(frozen=True)
class Fact:
    """Something known about random variables: ``kind`` is a hypothesis of ``SAYS``, or "statement".

    ``subject`` is the name it holds for (as ``text_of`` has it), "" for all of them.  One that is ``far`` stands beside
    other formulas than the one that is judged, and one that is said of a ``case`` holds from its sentence on only.
    """

    kind: str
    source: str
    subject: str = ""
    statement: Statement | None = None
    far: bool = False
    case: bool = False


@dataclass(frozen=True)
class Judgement:
    verdict: str
    method: str
    reason: str
    assumptions: tuple[Assumption, ...] = ()
    counterexample: dict[str, Any] | None = None
    correction: str | None = None
    reading: str = ""


#: how prose names a hypothesis (regular expressions, without case)
_WORDS = {
    "independent": (r"(?<!in)(?<!not )\bindependen(t|ce|tly)", r"\bi\.?i\.?d\b", r"(?<!не )\bнезависим"),
    "zero mean": (
        r"zero[ -]mean",
        r"mean (of )?(zero\b|0\b|\$0\$)",
        r"cent(red|ered)",
        r"(нулев\w+|нулю) (мат\w*\.? ?ожидани|средн)",
        r"центрирован",
        r"(мат\w*\.? ?ожидани\w+|средн\w+) (равн\w+ )?(нул|0\b)",
    ),
    "symmetric": (
        r"\bsymmetric(al)? (distribut|about|around|law)",
        r"distribut\w+ symmetrically",
        r"симметричн\w+ (распредел|закон|относительно)",
    ),
    "identical": (
        r"identically",
        r"\bi\.?i\.?d\b",
        r"same (distribution|law|variance)",
        r"одинаков\w+ (распредел|дисперси|закон)",
    ),
    "convex": (r"(?<!non-)(?<!non)\bconvex", r"(?<!не)\bвыпукл"),
    "concave": (r"\bconcave", r"вогнут"),
    "unit variance": (r"unit[ -]variance", r"variance (of )?(one\b|1\b|\$1\$)", r"единичн\w+ дисперси"),
}


#: hypotheses of which prose often says for which names they hold
_OF_NAMES = ("zero mean", "unit variance")
#: what takes a hypothesis back: "no matter whether ... zero mean"
_NOT = re.compile(r"(?:\b(?:non|not|no|without|whether|neither|nor|не|без)\b|n't)[^.;:!?]{0,20}$|\bnon$", re.I)
#: what tells one case from others before a hypothesis, and what begins a sentence that says it of all
_IF = re.compile(
    r"\b(?:if|when|whenever|unless|provided|under|for|in (?:the )?case|если|когда|при|для|в случае)\b", re.IGNORECASE
)
_LET = re.compile(r"\W*(?:let|suppose|assume|given|пусть|предположим|допустим|дан[ыоа]?)\b", re.IGNORECASE)
_ALL = re.compile(r"\b(?:all|both|each|every|everything|их|все|всех|оба|обе|обоих|каждо\w*)\b", re.IGNORECASE)
_END = re.compile(r"[.!?;:](?:\s|$)|\n\s*\n")


def facts_in(prose: str, source: str, place: int | None = None) -> tuple[Fact, ...]:
    """The hypotheses that a piece of prose (English or Russian) states.

    A mean of zero holds for the names of the part of the sentence that says so, and for all where that has none.  What
    is said of one case counts where the formula at ``place`` in the prose, if one is told, stands in that sentence.
    """
    said: dict[Fact, None] = {}
    for kind, words in _WORDS.items():
        for match in (m for word in words for m in re.finditer(word, prose, re.IGNORECASE)):
            start, end = _clause(prose, match.start(), match.end())
            before = prose[start : match.start()]
            clause = f"{before}\0{prose[match.end() : end]}"
            case = _IF.search(before) is not None and _LET.match(before) is None
            if _NOT.search(before) or case and place is not None and not start <= place < end:
                continue
            names = () if kind not in _OF_NAMES or _ALL.search(MATH.sub("", clause)) else tuple(_names(clause))
            said |= dict.fromkeys(Fact(kind, source, name, case=case) for name in names or ("",))
    return tuple(said)


def _clause(prose: str, start: int, end: int) -> tuple[int, int]:
    """The part of a sentence around a match."""
    masked = MATH.sub(lambda m: "x" * len(m.group()), prose)
    first = max((m.end() for m in _END.finditer(masked, 0, start)), default=0)
    last = next((m.start() for m in _END.finditer(masked, end)), len(prose))
    return first, last


def _names(clause: str) -> Iterator[str]:
    """The names among the formulas of a part of a sentence."""
    for match in MATH.finditer(clause):
        for part in read_formula(match.group().strip("$")):
            if isinstance(part, Statement) and not part.relations and isinstance(part.terms[0], Symbol):
                yield text_of(replace(part.terms[0], subs=()))


def fact_of(statement: Statement, source: str) -> Fact | None:
    r"""A statement that later ones may rely on: ``x \sim N(0, 1)``, ``E[w] = 0``, ``z = w^T x``."""
    if len(statement.relations) != 1 or statement.continues:
        return None
    left, relation = peel(statement.terms[0]), statement.relations[0]
    if relation == "sim" or relation in ("=", "set") and isinstance(left, Symbol | Moment):
        return Fact("statement", source, text_of(left), statement)
    return None


def has_moment(statement: Expr) -> bool:
    return any(isinstance(part, Moment) for part in statement.walk())
