"""What is known about the random variables of a document: from its prose and from earlier statements."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from symnet.lecture.knowledge.updates import peel, text_of
from symnet.lecture.reader.syntax import Expr, Moment, Statement, Symbol
from symnet.lecture.verdict import Assumption


@dataclass(frozen=True)
class Fact:
    """Something known about random variables: ``kind`` is a hypothesis of ``SAYS``, or "statement".

    ``subject`` is the name it holds for (as ``text_of`` has it), "" for all of them.
    """

    kind: str
    source: str
    subject: str = ""
    statement: Statement | None = None


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
        r"mean (of )?(zero|0)\b",
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
    "unit variance": (r"unit[ -]variance", r"variance (of )?(one|1)\b", r"единичн\w+ дисперси"),
}


def facts_in(prose: str, source: str) -> tuple[Fact, ...]:
    """The hypotheses that a piece of prose (English or Russian) states."""
    said = (kind for kind, words in _WORDS.items() if any(re.search(w, prose, re.IGNORECASE) for w in words))
    return tuple(Fact(kind, source) for kind in said)


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
