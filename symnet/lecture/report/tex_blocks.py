"""A LaTeX source in blocks of HTML: its paragraphs, items and headings, without the preamble."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

_PREAMBLE = re.compile(r"[^\ue000]*?\\begin\s*\{document\}[ \t]*\n?")
_ENDS = r"\\(?:begin|end|item|question|part|chapter|(?:sub)*section|(?:sub)?paragraph|frametitle|maketitle)\b"
_BREAK = re.compile(rf"\n\s*\n|\n(?=[ \t]*{_ENDS})|(?<=[}}])[ \t]*\n(?=[ \t]*[^\s\\])")
_HEADING = re.compile(
    r"\s*\\(?:(chapter|section)|(subsection|begin\s*\{frame\}|frametitle)|subsubsection|(?:sub)?paragraph)\*?"
    r"(?:\[[^\]]*\])?\s*\{([^{}]*)\}"
)
_ENVIRONMENT = re.compile(r"\s*\\(?:begin|end)\s*\{[A-Za-z]+\*?\}(?:\[[^\]]*\])?\s*|\s*\\maketitle\s*")


def tex_blocks(text: str) -> Iterator[tuple[str, str]]:
    """Each block of a source with marks for its formulas, and its HTML."""
    preamble = _PREAMBLE.match(text)
    for block in _BREAK.split(text[preamble.end() if preamble else 0 :]):
        if block.strip():
            yield block, _rendered(block)


def _rendered(block: str) -> str:
    heading = _HEADING.match(block)
    if heading is not None:
        level = 2 if heading[1] else 3 if heading[2] else 4
        rest = block[heading.end() :].strip()
        return f"<h{level}>{html.escape(heading[3])}</h{level}>" + (_paragraph(rest) if rest else "")
    if _ENVIRONMENT.fullmatch(block):
        return f'<p class="tex command">{html.escape(block.strip())}</p>'
    return _paragraph(block)


def _paragraph(text: str) -> str:
    return f'<p class="tex">{html.escape(text)}</p>'
