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


#: what a sentence on all that follows says
_GENERAL = re.compile(
    r"\b(?:we|our|throughout|everywhere|always|all|every|each|conventions?|course|lectures?|notes|chapter|text|page|"
    r"мы|наш\w*|всюду|везде|всегда|все\w*|кажд\w+|далее|соглашени\w+|курс\w*|лекци\w+|используем|будем|принят\w*)\b",
    re.IGNORECASE,
)


def stated_layout(pages: Iterable[Page | None]) -> tuple[str, str, tuple[str, ...]]:
    """``numerator`` or ``denominator``, the line that says so, and the headings under which it is said to hold.

    Empty where none is said, or both are.  A word under a later heading, and of nothing general, holds there.
    """
    said: dict[str, tuple[str, tuple[str, ...]]] = {}
    for page in {id(page): page for page in pages if page is not None}.values():
        for sentence in _SENTENCE.finditer(page.clear):
            for layout, pattern in _LAYOUTS.items():
                words = pattern.search(sentence.group())
                if words is not None and not _OTHERWISE.search(sentence.group()):
                    offset = sentence.start() + words.start()
                    general = _GENERAL.search(sentence.group()) is not None
                    headings = () if general else _section(page, offset)
                    said.setdefault(layout, (f"line {page.place(offset)[0]}", headings))
    return next((layout, *where) for layout, where in said.items()) if len(said) == 1 else ("", "", ())


def _section(page: Page, offset: int) -> tuple[str, ...]:
    """The headings above a place; none under the first one."""
    above = [heading for heading in page.headings if heading[0] <= offset]
    open_headings: list[tuple[int, str]] = []
    for _, level, text in above if len(above) > 1 else ():
        open_headings = [h for h in open_headings if h[0] < level] + [(level, text)]
    return tuple(text for _, text in open_headings)
