"""reStructuredText: formulas of the directive ``math`` and of its role, listings, literal text and titles."""

from __future__ import annotations

import re
from collections.abc import Iterator

from symnet.lecture.documents.fences import is_python
from symnet.lecture.documents.items import Listing
from symnet.lecture.documents.macros import definitions
from symnet.lecture.documents.page import Fixed, Page, blank_lines, masked

_EXPLICIT = re.compile(r"^([ \t]*)\.\.(?:[ \t]+([^\n]*))?$", re.MULTILINE)
_DIRECTIVE = re.compile(r"([\w-]+)::[ \t]*(.*)")
_OPTION = re.compile(r"[ \t]*:[\w-]+:.*\n?")
_ROLE = re.compile(r":math:`([^`]+)`")
ROLE = "\u2060" * len(":math:")
_LITERAL = re.compile(r"``[^`\n]+``")
_TITLE = re.compile(
    r"^(?:([^\w\s])\1{2,}[ \t]*\n)?[ \t]*(\S[^\n]*)\n(?P<under>(?P<sign>[^\w\s])(?P=sign){2,})[ \t]*$", re.M
)
_CODE = frozenset({"code", "code-block", "sourcecode", "ipython", "testcode"})
_HIDDEN = _CODE | {"raw", "figure", "image", "literalinclude", "parsed-literal", "highlight", "include"}


def rst_page(text: str) -> Page:
    """The text with its formulas as fixed ones or between dollar signs, and blanks for code and comments."""
    page = Page(text, text, blank_lines(text))
    regions: list[tuple[int, int]] = []
    for start, body, end, name, argument in _blocks(text):
        if name == "math":
            page.fixed += _displayed(text, start, body, end, argument)
        elif name in _CODE:
            _add_listing(page, body, end, argument)
        elif not name and argument.startswith("symnet:"):
            page.comments.append((start, end, argument))
        if not name or name == "math" or name in _HIDDEN:
            regions.append((start, end))
    page.clear = masked(text, [*regions, *(m.span() for m in _LITERAL.finditer(text))])
    page.clear = _ROLE.sub(lambda m: f"{'$':>7}{m[1]}$", page.clear)
    page.headings = _headings(page.clear)
    page.title = page.headings[0][2] if page.headings else ""
    page.breaks = sorted({*page.breaks, *(offset for offset, _, _ in page.headings)})
    page.macros, defined = definitions(page.clear)
    page.clear = masked(page.clear, defined)
    return page


def in_markdown(text: str) -> str:
    """The text for a reader of Markdown: every formula stands in the same line and column.

    What a role begins with is kept as signs of no width, since spaces would make an item of a list a block of code.
    """
    lines = _ROLE.sub(lambda m: f"{ROLE}${m[1]}$", text).split("\n")
    for start, body, end, name, argument in _blocks(text):
        first, inside, last = (text.count("\n", 0, offset) for offset in (start, body, end))
        if name == "math" and not argument or name in _CODE:
            lines[first] = ""
        while name in _HIDDEN | {"math"} and inside <= last and _OPTION.fullmatch(lines[inside]):
            lines[inside] = ""
            inside += 1
        if name in _CODE and not lines[inside].strip():
            below = last + 1
            lines[inside] = f"```{argument}"
            lines[below : below + 1] = ["```", *(line for line in lines[below : below + 1] if line.strip())]
    return "\n".join(lines)


def _blocks(text: str) -> Iterator[tuple[int, int, int, str, str]]:
    """(start, start of the body, end, name, argument) of directives; comments have no name."""
    at = 0
    for m in _EXPLICIT.finditer(text):
        if m.start() < at:
            continue
        said = (m[2] or "").strip()
        directive = _DIRECTIVE.fullmatch(said)
        end = _body_end(text, m.end(), len(m[1].expandtabs()))
        name, argument = (directive[1].lower(), directive[2]) if directive else ("", said)
        if not directive and said.startswith(("_", "[", "|")):
            continue  # a target, a footnote, a substitution: prose
        if not name or name == "math" or name in _HIDDEN:
            at = end  # what stands in a note is read as prose
        yield m.start(), min(m.end() + 1, end), end, name, argument


def _body_end(text: str, at: int, indent: int) -> int:
    """Where the lines end that are indented more than a directive."""
    end = at
    for m in re.compile(r"\n([ \t]*)([^\n]*)").finditer(text, at):
        if m[2] and len(m[1].expandtabs()) <= indent:
            break
        end = m.end() if m[2] else end
    return end


def _displayed(text: str, start: int, body: int, end: int, argument: str) -> Iterator[Fixed]:
    """The formulas of a directive: its argument, and each paragraph of its body that is no option."""
    if argument:
        yield Fixed(start, body - 1 if body < end else end, argument)
    first = True
    for m in re.compile(r"(?:[^\n]*\S[^\n]*(?:\n|$))+").finditer(text, body, end):
        written = m[0]
        while first and (option := _OPTION.match(written)):
            written = written[option.end() :]
        first = False
        if written.strip():
            yield Fixed(m.end() - len(written), m.end() - m[0].endswith("\n"), written.strip())


def _add_listing(page: Page, body: int, end: int, language: str) -> None:
    """The code of a directive without its options, moved to the left."""
    lines = page.text[body:end].split("\n")
    skipped = next((k for k, line in enumerate(lines) if line.strip() and not _OPTION.fullmatch(line)), len(lines))
    lines = lines[skipped:]
    indent = min((len(line) - len(line.lstrip()) for line in lines if line.strip()), default=0)
    code = "\n".join(line[indent:] for line in lines)
    if code.strip() and is_python(language.lower(), code):
        first = page.place(body)[0] + skipped
        listing = Listing(code, first, first + code.count("\n"), language.lower() or "python")
        page.listings.append((page.starts[first - 1], listing))


def _headings(text: str) -> list[tuple[int, int, str]]:
    """The titles, of the level of the sign that they are underlined with: the first sign is the highest."""
    signs: list[tuple[str, bool]] = []
    found = []
    for m in _TITLE.finditer(text):
        if len(m["under"]) < len(m[2].rstrip()) - 1:
            continue
        sign = (m["sign"], bool(m[1]))
        if sign not in signs:
            signs.append(sign)
        found.append((m.start(2), signs.index(sign) + 1, m[2].strip()))
    return found
