"""Markdown, and plain text written like it: what is code, what is a quotation mark, where paragraphs end."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

from symnet.lecture.documents.fences import continues, counts_on, is_python
from symnet.lecture.documents.items import Listing
from symnet.lecture.documents.macros import definitions
from symnet.lecture.documents.page import Fixed, Page, blank_lines, line_starts, masked
from symnet.lecture.documents.search import Search

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_block import StateBlock
    from markdown_it.token import Token

_QUOTED = re.compile(r"[ \t]*>")
_OPENERS = re.compile(r"\$\$|\\\\?\[|\\begin\b|<!--")
_OPTION = re.compile(r"^\s*:[\w-]+:.*$", re.MULTILINE)
_DIRECTIVES = frozenset({"code-block", "code-cell", "sourcecode", "code"})
_HTML_CODE = re.compile(r"<(pre|code|script|style)\b[^>\n]*>", re.IGNORECASE)
_GAP = 1000  # characters of prose that may stand between the pieces of a numbered listing
LOWEST = 7  # the level of a heading that runs into its paragraph
_RUN_IN = re.compile(r"(\*\*|__)(?:([^*_$\n]{1,80})[.:]\1|([^*_$\n]{1,80})\1[.:])")
_PARTS = frozenset({"list_item_open", "heading_open", "blockquote_open", "fence", "code_block", "hr"})


def markdown_page(text: str, indented_code: bool = True) -> Page:
    """The text with blanks for its code; in plain text an indented line is no code."""
    starts = line_starts(text)
    tokens = _parser(indented_code).parse(text, {"blocks": _Blocks(text, starts)})
    page = Page(text, text, sorted({*blank_lines(text), *_part_starts(tokens, starts)}))
    page.headings = [
        (starts[before.map[0]], int(before.tag[1:]), token.content.strip())
        for before, token in zip(tokens, tokens[1:])
        if before.type == "heading_open" and before.map
    ]
    page.title = page.headings[0][2] if page.headings else ""
    page.headings = sorted([*page.headings, *_run_in(tokens, starts)])
    regions, blocks = [], []
    quoted = _without_quotes(text, tokens, starts)
    for token in tokens:
        if token.type in ("fence", "code_block") and token.map:
            start, end = starts[token.map[0]], _offset(starts, token.map[1], text)
            regions.append((start, end))
            said = re.sub(r"[{}.,]", " ", token.info).lower().split()
            if said and said[0] in _DIRECTIVES:  # of MyST
                said, token.content = said[1:], _OPTION.sub("", token.content)
            language = said[0] if said else ""
            if language in ("math", "latex-math") and token.type == "fence":
                column = quoted.find(token.markup, start)
                inside = _OPTION.sub("", token.content).strip()
                page.fixed.append(Fixed(max(start, column), end - text[start:end].endswith("\n"), inside))
            else:
                blocks.append((token, language, quoted))
    page.listings = _listings(blocks, starts)
    page.clear = masked(quoted, regions + _html_code(text))
    page.macros, defined = definitions(page.clear)
    page.clear = masked(page.clear, defined)
    return page


def _run_in(tokens: list[Token], starts: list[int]) -> Iterator[tuple[int, int, str]]:
    """The bold words with a full stop or a colon that begin a paragraph: headings below all others."""
    for token in tokens:
        words = _RUN_IN.match(token.content) if token.type == "inline" and token.map else None
        if words is not None and token.map:
            yield starts[token.map[0]], LOWEST, (words[2] or words[3]).strip()


class _Blocks:
    """Where formulas and comments that begin a line end, so that nothing inside them is taken for a block."""

    def __init__(self, text: str, starts: list[int]) -> None:
        self.starts = starts
        self.search = Search(Page(text, text, blank_lines(text)))

    def last_line(self, offset: int) -> int:
        """The last line of the formula or comment that opens at ``offset``; -1 where none does."""
        text = self.search.text
        opener = _OPENERS.match(text, offset)
        if opener is None:
            return -1
        if opener[0] == "<!--":
            end = self.search.comment_end(offset)
        else:
            token = opener[0] if opener[0] != "$$" else "$"
            found = self.search.formula_at(offset, token) if token != "\\begin" or offset in self.search.ends else None
            end = found.end if found and found.resume < 0 else -1
        return bisect_right(self.starts, end - 1) - 1 if end > 0 else -1


@cache
def _parser(indented_code: bool) -> MarkdownIt:
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"maxNesting": 20})
    parser.core.ruler.enableOnly(["normalize", "block"])
    parser.block.ruler.after("fence", "mathematics", _mathematics, {"alt": ["paragraph", "blockquote", "list"]})
    parser.disable(["html_block", "reference"] if indented_code else ["html_block", "reference", "code"])
    return parser


def _mathematics(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """The rule of the parser for a displayed formula or a comment at the beginning of a line."""
    if state.is_code_block(start):
        return False
    last = state.env["blocks"].last_line(state.bMarks[start] + state.tShift[start])
    if last < 0 or last >= end:
        return False
    if not silent:
        token = state.push("mathematics", "", 0)
        token.map = [start, last + 1]
        state.line = last + 1
    return True


def _offset(starts: list[int], line: int, text: str) -> int:
    return starts[line] if line < len(starts) else len(text)


def _part_starts(tokens: list[Token], starts: list[int]) -> list[int]:
    offsets = []
    for token in tokens:
        if token.type in _PARTS and token.map:
            offsets.append(starts[token.map[0]])
            if token.type != "list_item_open" and token.map[1] < len(starts):
                offsets.append(starts[token.map[1]])
    return offsets


def _without_quotes(text: str, tokens: list[Token], starts: list[int]) -> str:
    """The text with blanks for the > of quotations."""
    regions = []
    depth = [0] * (len(starts) + 1)
    for token in tokens:
        if token.type == "blockquote_open" and token.map:
            depth[token.map[0]] += 1
            depth[token.map[1]] -= 1
    level = 0
    for line, start in enumerate(starts):
        level += depth[line]
        at = start
        for _ in range(level):
            if not (m := _QUOTED.match(text, at)):
                break
            at = m.end()
        if at > start:
            regions.append((start, at))
    return masked(text, regions) if regions else text


def _html_code(text: str) -> list[tuple[int, int]]:
    """Where elements for code stand."""
    regions, at, unclosed = [], 0, set()
    for m in _HTML_CODE.finditer(text):
        name = m[1].lower()
        if m.start() < at or name in unclosed:
            continue
        closing = re.compile(f"</{name}>", re.IGNORECASE).search(text, m.end())
        if closing:
            at = closing.end()
            regions.append((m.start(), at))
        else:
            unclosed.add(name)
    return regions


def _listings(blocks: list[tuple[Token, str, str]], starts: list[int]) -> list[tuple[int, Listing]]:
    """The Python among the blocks of code; the pieces of one listing are joined."""
    groups: list[list[tuple[int, int, str, str]]] = []  # first line, line behind, language, code
    for token, language, text in blocks:
        assert token.map
        fence = token.type == "fence"
        first = token.map[0] + fence
        code = token.content.rstrip("\n")
        piece = (first, first + code.count("\n") + 1, language, code)
        if groups and groups[-1][0][2] == language:
            behind = groups[-1][-1][1]
            between = text[_offset(starts, behind, text) : _offset(starts, first, text)]
            before = groups[-1][-1][3]
            together = not re.sub(r"^[`~]{3,}.*$", "", between, flags=re.MULTILINE).strip()
            if together and continues(before, code) or len(between) < _GAP and counts_on(before, code):
                groups[-1].append(piece)
                continue
        groups.append([piece])
    listings = []
    for group in groups:
        lines: list[str] = []
        for first, _, _, code in group:
            lines += [""] * (first - group[0][0] - len(lines)) + code.split("\n")
        code = "\n".join(lines)
        if is_python(group[0][2], code) and code.strip():
            listing = Listing(code, group[0][0] + 1, group[-1][1], group[0][2] or "python")
            listings.append((starts[group[0][0]], listing))
    return listings
