"""Formulas that the text itself says are wrong, in English and Russian: "and not ``$...$``", "``$...$`` is false"."""

from __future__ import annotations

import re

_BEFORE = re.compile(
    r"(?:\b(?:not|(?:wrong|false|incorrect|untrue) (?:that|to (?:write|say|think|claim)(?: that)?)|"
    r"(?:mistake|misconception)(?: is| here is| would be)?(?: to (?:write|use|think|say)(?: that)?)?|"
    r"(?:wrongly|incorrectly) (?:write|get|say|claim)s?)|"
    r"\b(?:не|неверно,? что|неправильно (?:писать|считать),?(?: что)?|"
    r"(?:част|типичн|распростран[её]нн|обычн)\w* ошибк\w+(?: —| -+| –)?(?: писать| считать| думать)?,?(?: что)?|"
    r"ошибочно (?:пишут|считают),?(?: что)?))[\s:]*$",
    re.IGNORECASE,
)
_BEHIND = re.compile(
    r"\s*(?:,?\s*(?:which|but this|but that|but it|this|that|it)\s+)?(?:(?:is|are|would be)\s+"
    r"(?:wrong|false|incorrect|untrue|not (?:true|correct|valid|right)|(?:a|the) (?:common )?mistake)"
    r"|(?:does|do|would|will|need) not (?:hold|be true|apply)|fails\b|isn't true|doesn't hold)"
    r"|\s*[,—–-]*\s*(?:(?:что|это|но это|а это)\s+)?(?:неверно|не верно|неправильно|ошибочно|не выполн\w+)",
    re.IGNORECASE,
)


def is_denied(before: str, after: str) -> bool:
    """Does the prose say of the formula between that it is wrong?"""
    return _BEFORE.search(before) is not None or _BEHIND.match(after) is not None
