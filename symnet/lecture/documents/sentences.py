"""The sentences of prose around formulas."""

from __future__ import annotations

import re

MATH = re.compile(r"\$+[^$]*\$+")
#: the end of a sentence; a shortened word is none
SENTENCE = re.compile(
    r"(?<!\b[iI]\.e)(?<!\b[eE]\.g)(?<!\bw\.r\.t)(?<!\bcf)(?<!\bresp)(?<!\b[тТ]\.е)(?<!\b[тТ]\. е)(?<!\b[тТ])"
    r"[.!?;](?:\s|$)"
)


def masked(text: str) -> str:
    """A text with one sign for each formula, and the end of a sentence where that stands inside of the formula."""
    return MATH.sub(lambda m: "…" + (end if (end := m.group().rstrip("$ \n")[-1:]) in (".", ";") else ""), text)


def sentence_before(text: str) -> str:
    """The sentence that a formula stands in, as far as it stands before it, with one sign for each formula."""
    return SENTENCE.split(masked(text))[-1]


def sentence_behind(text: str) -> str:
    """The rest of the sentence of a formula, with one sign for each formula."""
    return SENTENCE.split(masked(text))[0]


def sentence_of(prose: str) -> str:
    """The sentence of a formula in the prose around it, with one sign for each formula."""
    before, _, after = prose.partition(" … ")
    return f"{sentence_before(before)} … {sentence_behind(after)}"
