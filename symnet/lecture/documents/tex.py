r"""TeX: comments, verbatim text and the preamble, which hold no formulas."""

from __future__ import annotations

import re

from symnet.lecture.documents.fences import is_python
from symnet.lecture.documents.items import Listing
from symnet.lecture.documents.macros import definitions
from symnet.lecture.documents.page import Page, blank_lines, masked

_TOKEN = re.compile(
    r"\\begin\s*\{(?P<name>verbatim\*?|Verbatim|lstlisting|minted|pycode|python|alltt|comment|filecontents\*?)\}"
    r"|\\(?:verb\*?|lstinline)(?:\[[^\]\n]*\])?(?P<quote>[^\sA-Za-z\[{*])|\\(?P<iffalse>iffalse)\b"
    r"|\\[\s\S]|(?P<comment>%[^\n]*)"
)
_LISTING = frozenset({"verbatim", "Verbatim", "lstlisting", "minted", "pycode", "python"})
_OPTIONS = re.compile(r"(?:\[[^\]]*\])?(?:\{([^}\n]*)\})?[ \t]*")
_LANGUAGE = re.compile(r"language\s*=\s*\{?(?:\[\w+\])?\s*(\w+)", re.IGNORECASE)
_PARTS = re.compile(
    r"\\(?:item|par|(?:sub)*section|chapter|paragraph|frametitle|caption)\b"
    r"|\\(?:begin|end)\s*\{(?:itemize|enumerate|description|frame|figure|table|tabular|theorem|proof|document|abstract)\*?\}"
)
_BEGIN, _END = re.compile(r"\\begin\s*\{document\}"), re.compile(r"\\end\s*\{document\}")
_TITLE = re.compile(r"\\(?:title|section|chapter)\*?(?:\[[^\]\n]*\])?\s*\{([^{}\n]*)\}")
_LEVELS = ("chapter", "section", "subsection", "subsubsection", "paragraph")
_HEADING = re.compile(
    rf"\\({'|'.join(_LEVELS)})\*?(?:\[[^\]\n]*\])?\s*\{{([^{{}}\n]*)\}}|\\(frametitle)\s*\{{([^{{}}\n]*)\}}"
)
_DIRECTIVE = re.compile(r"%+\s*symnet:")


def tex_page(text: str) -> Page:
    """The text with blanks for comments, verbatim text and what stands outside of the document."""
    page = Page(text, text, tex=True)
    regions: list[tuple[int, int]] = []
    missing: set[str] = set()
    at = 0
    while m := _TOKEN.search(text, at):
        at = m.end()
        if m["comment"]:
            regions.append((m.start(), at))
            if _DIRECTIVE.match(m["comment"]):
                page.comments.append((m.start(), at, m["comment"].lstrip("%")))
            continue
        closing = _closing(m, text)
        if not closing or closing in missing:
            continue
        end = text.find(closing, at)
        if end < 0:
            missing.add(closing)
        elif m["quote"] and "\n" in text[at:end]:
            continue
        else:
            if m["name"] in _LISTING:
                _add_listing(page, m["name"], at, end)
            at = end + len(closing)
            regions.append((m.start(), at))
    page.clear = masked(text, regions)
    page.macros, defined = definitions(page.clear)
    regions += defined
    title = _TITLE.search(page.clear)
    page.title = title[1].strip() if title else ""
    page.headings = [
        (m.start(), _LEVELS.index(m[1]) if m[1] else len(_LEVELS), (m[2] or m[4] or "").strip())
        for m in _HEADING.finditer(page.clear)
    ]
    begin = _BEGIN.search(page.clear)
    if begin:
        end_document = _END.search(page.clear, begin.end())
        outside = [(0, begin.end())] + ([(end_document.start(), len(text))] if end_document else [])
        page.comments = [c for c in page.comments if not end_document or c[0] < end_document.start()]
        regions += outside
    page.breaks = sorted({*blank_lines(text), *(m.start() for m in _PARTS.finditer(page.clear))})
    page.clear = masked(text, regions)
    if begin:
        page.listings = [(at, listing) for at, listing in page.listings if at >= begin.end()]
    return page


def _closing(m: re.Match[str], text: str) -> str:
    if m["name"]:
        return f"\\end{{{m['name']}}}"
    if m["iffalse"]:
        return "\\fi"
    return m["quote"] or ""


def _add_listing(page: Page, name: str, at: int, end: int) -> None:
    options = _OPTIONS.match(page.text, at)
    assert options
    language = (options[1] or "") if name == "minted" else ""
    if name in ("pycode", "python"):
        language = "python"
    elif named := _LANGUAGE.search(options[0]):
        language = named[1]
    start = options.end() + page.text.startswith("\n", options.end())
    code = page.text[start:end].rstrip()
    if start < end and code.strip() and is_python(language, code):
        line = page.place(start)[0]
        page.listings.append((start, Listing(code, line, line + code.count("\n"), language.lower() or "python")))
