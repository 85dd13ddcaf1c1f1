"""The layout of derivatives that a document says it uses."""

from __future__ import annotations

import re
from collections.abc import Iterable

from symnet.lecture.documents.page import Page

_LAYOUTS = {
    "numerator": re.compile(r"numerator[ -]layout|раскладк\w+ (?:по )?числител", re.IGNORECASE),
    "denominator": re.compile(r"denominator[ -]layout|раскладк\w+ (?:по )?знаменател", re.IGNORECASE),
}
#: what a sentence does not name its own layout with
_OTHERWISE = re.compile(
    r"\b(?:would|transposed?|unlike|otherwise|instead|others?|some|many|not|no|than|versus|vs|бы|транспонир\w+|иначе|"
    r"друг\w+|иногда|не|нет|некотор\w+)\b",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"(?:[^.;:!?\n]|[.;:!?](?!\s)|\n(?!\s*\n))+")


def stated_layout(pages: Iterable[Page | None]) -> tuple[str, str]:
    """``numerator`` or ``denominator``, and the line that says so; empty where none is said, or both are."""
    said: dict[str, str] = {}
    for page in {id(page): page for page in pages if page is not None}.values():
        for sentence in _SENTENCE.finditer(page.clear):
            for layout, pattern in _LAYOUTS.items():
                words = pattern.search(sentence.group())
                if words is not None and not _OTHERWISE.search(sentence.group()):
                    said.setdefault(layout, f"line {page.place(sentence.start() + words.start())[0]}")
    return next(iter(said.items())) if len(said) == 1 else ("", "")
