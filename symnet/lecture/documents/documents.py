"""Documents of all formats and folders of them, read into formulas, listings and directives."""

from __future__ import annotations

import os
import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from symnet.lecture.documents.directives import (
    BESIDE,
    parse_directives,
    refuse_contradictions,
    side_file,
    written,
)
from symnet.lecture.documents.encoding import decoded
from symnet.lecture.documents.items import Directive, DirectiveError, Document, DocumentError, Formula, Item, Listing
from symnet.lecture.documents.layouts import stated_layout
from symnet.lecture.documents.macros import Macro, expanded
from symnet.lecture.documents.markdown import markdown_page
from symnet.lecture.documents.notebook import cells
from symnet.lecture.documents.page import Page, blank
from symnet.lecture.documents.rst import rst_page
from symnet.lecture.documents.search import Search
from symnet.lecture.documents.tex import tex_page
from symnet.lecture.reader.tokens import CLOSERS

__all__ = [
    "Directive",
    "DirectiveError",
    "Document",
    "DocumentError",
    "Formula",
    "Listing",
    "documents_in",
    "read_document",
]

MARKDOWN = frozenset({".md", ".markdown", ".mdown", ".mkd", ".qmd", ".rmd", ".myst"})
TEX = frozenset({".tex", ".latex", ".ltx"})
TEXT = frozenset({".txt", ".text"})
RST = frozenset({".rst", ".rest"})
SUFFIXES = MARKDOWN | TEX | TEXT | RST | {".ipynb"}
_PROGRAMS = frozenset(f".{end}" for end in "py pyi pyw js ts c h cpp rs java jl r m sh".split())
_SKIPPED_FOLDERS = frozenset({"node_modules", "__pycache__", "site-packages"})
_LARGEST = 50_000_000  # bytes
_PROSE = 300  # characters on each side
_FRONT = re.compile(r"---[ \t]*\n(.*?)(?<=\n)(?:---|\.\.\.)[ \t]*(?:\n|$)", re.DOTALL)
_LONGEST_FRONT = 100_000
_SAYS = re.compile(r"\s*symnet\s*:(.*)", re.DOTALL)
_EQUATION_NUMBER = re.compile(r"^\s*\(\d+(?:\.\d+)*[a-z]?\)")
_OPEN_END = re.compile(r"[.!?…][\"»)*_]*$")


def documents_in(path: str | Path) -> list[Path]:
    """The document itself, or all documents below a folder, sorted; hidden folders are left out.

    Raises DocumentError where there is none.
    """
    path = Path(path)
    if path.is_file() and path.suffix.lower() in _PROGRAMS:
        hint = f"symnet reads {', '.join(sorted(SUFFIXES))}; in Markdown put code between lines of three backticks"
        raise DocumentError(f"{path} is a program, not a document", hint=hint)
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise DocumentError(f"{path} does not exist" if not path.exists() else f"{path} is neither a file nor a folder")
    found = []
    for folder, folders, names in os.walk(path):
        folders[:] = [f for f in folders if not f.startswith(".") and f not in _SKIPPED_FOLDERS]
        found += [Path(folder, n) for n in names if Path(n).suffix.lower() in SUFFIXES and not n.startswith(".")]
    if not found:
        raise DocumentError(f"{path} holds no document", hint=f"symnet reads {', '.join(sorted(SUFFIXES))}")
    return sorted(found)


def read_document(path: str | Path) -> Document:
    """The formulas, listings and directives of a file, in its order.

    Raises DocumentError for a file that can not be read, and DirectiveError for a directive that is not understood.
    """
    path = Path(path)
    text = _text(path)
    entries: list[_Entry] = []
    suffix = path.suffix.lower()
    if suffix == ".ipynb":
        title, front = _read_notebook(text, path, entries)
    else:
        front, title, body = _front_matter(text, path.name) if suffix not in TEX else ([], "", text)
        plain = partial(markdown_page, indented_code=suffix in MARKDOWN)
        page = (tex_page if suffix in TEX else rst_page if suffix in RST else plain)(body)
        title = title or page.title
        entries += _entries(page, page.macros, None, path.name)
    _attach(entries)
    _set_headings(entries)
    first = [*front, *_from_side_file(path, entries)]
    for directive in front:
        if directive.kind in BESIDE:
            raise _beside_nothing(directive)
    items = (*first, *(e.item for e in entries if e.item))
    document = Document(str(path), items, title or path.stem, stated_layout(e.page for e in entries))
    refuse_contradictions(document.directives)
    return document


# -- files ------------------------------------------------------------------------------------------------------------


def _text(path: Path) -> str:
    """The text of a file with \\n for every end of a line."""
    try:
        if not path.is_file():
            what = "is a folder, not a document" if path.is_dir() else "is not a file"
            raise DocumentError(f"{path} {what if path.exists() else 'does not exist'}")
        if path.stat().st_size > _LARGEST:
            raise DocumentError(f"{path} is larger than {_LARGEST // 1_000_000} MB", hint="split it")
        data = path.read_bytes()
    except OSError as error:
        raise DocumentError(f"{path} can not be read: {error.strerror or error}") from None
    text = decoded(data)
    if text is None:
        raise DocumentError(f"{path} is not text", hint="symnet reads text in UTF-8")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _front_matter(text: str, name: str) -> tuple[list[Directive], str, str]:
    """The directives and the title of the front matter, and the text with blanks for it."""
    m = _FRONT.match(text, 0, _LONGEST_FRONT)
    if m is None:
        return [], "", text
    import yaml

    says = re.search(r"^symnet[ \t]*:", m[1], re.MULTILINE)
    try:
        data, lines = yaml.safe_load(m[1]), _yaml_lines(m[1])
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        if not says:
            return [], "", text
        mark = getattr(error, "problem_mark", None)
        place = f"{name}:{mark.line + 2 if mark else 1}"
        raise DirectiveError(
            "the front matter is not YAML", place=place, hint="put each statement in 'quotes'"
        ) from None
    if not isinstance(data, dict):
        return [], "", text
    title = data.get("title")
    directives = _directives_of(data.get("symnet"), [(line, f"{name}:{line}") for line in lines])
    return directives, title.strip() if isinstance(title, str) else "", blank(m[0]) + text[m.end() :]


def _yaml_lines(text: str) -> list[int]:
    """The lines of a document on which the statements of its front matter stand; first that of the key."""
    import yaml

    root = yaml.compose(text)
    for key, value in root.value if isinstance(root, yaml.MappingNode) else ():
        if key.value == "symnet":
            parts = value.value if isinstance(value, yaml.SequenceNode) else [value]
            return [part.start_mark.line + 2 for part in (key, *parts)]
    return []


def _directives_of(value: Any, places: list[tuple[int, str]]) -> list[Directive]:
    """The directives of a string or of a list of strings; ``places`` are those of the key and of each string."""
    values = [] if value is None else value if isinstance(value, list) else [value]
    if not all(isinstance(v, str) for v in values):
        hint = "write a list of statements, each in 'quotes': - 'shape W = n x d'"
        raise DirectiveError("the key symnet holds something else than statements", place=places[0][1], hint=hint)
    return [d for v, (line, source) in zip(values, places[1:]) for d in parse_directives(v, line, source)]


# -- pages ------------------------------------------------------------------------------------------------------------


@dataclass
class _Entry:
    """A formula, a listing or the directives of a comment at offsets of a page."""

    page: Page | None
    start: int
    end: int
    cell: int | None
    item: Item | None = None
    beside: tuple[Directive, ...] = ()


def _read_notebook(text: str, path: Path, entries: list[_Entry]) -> tuple[str, list[Directive]]:
    found, said = cells(text, str(path))
    count = len(said) if isinstance(said, list) else 1
    front, title = _directives_of(said, [(1, f"{path.name}, notebook metadata")] * (count + 1)), ""
    if found and found[0].page and not found[0].page.tex:
        directives, title, body = _front_matter(found[0].page.text, f"{path.name}, cell {found[0].number}")
        front += directives
        if body != found[0].page.text:
            found[0] = replace(found[0], page=markdown_page(body))
    macros: dict[str, Macro] = {}
    for cell in found:
        macros |= cell.page.macros if cell.page else {}
    for cell in found:
        if cell.page:
            title = title or cell.page.title
            entries += _entries(cell.page, macros, cell.number, path.name)
        elif cell.listing:
            entries.append(_Entry(None, 0, 0, cell.number, cell.listing))
    return title, front


def _entries(page: Page, macros: dict[str, Macro], cell: int | None, name: str) -> list[_Entry]:
    """What stands on a page of the document ``name``, in order."""
    found = [(f.start, f.end, f.latex, f.display) for f in Search(page).formulas() if f.latex]
    found += [(f.start, f.end, f.latex, True) for f in page.fixed if f.latex]
    prose = _Prose(page, sorted(found))  # what is not closed stays as it is written
    entries = []
    for start, end, latex, display in sorted(found):
        line, column = page.place(start)
        before, after = prose.around(start, end, display)
        written, latex = latex, expanded(latex, macros)
        begin = max(page.clear.find(written, start, end), page.text.find(written, start, end))  # clear has no fences
        kept = begin >= 0 and latex.count("\n") == written.count("\n")
        lead = page.clear.count("\n", start, begin) if kept else -1
        formula = Formula(latex, line, column, page.place(end - 1)[0], display, before, after, cell, lead=lead)
        entries.append(_Entry(page, start, end, cell, formula))
    for start, listing in page.listings:
        entries.append(_Entry(page, start, start, cell, replace(listing, cell=cell)))
    for start, end, text in page.comments:
        if said := _SAYS.match(text):
            line = page.place(start)[0] + text[: said.start(1)].count("\n")
            for row, statements in enumerate(said[1].split("\n")):
                source = f"{name}:{line + row}" if cell is None else f"{name}, cell {cell}, line {line + row}"
                directives = parse_directives(statements, line + row, source)
                entries += _of_comment(page, (start, end), directives, cell)
    return sorted(entries, key=lambda e: (e.start, e.end))


def _of_comment(
    page: Page, at: tuple[int, int], directives: tuple[Directive, ...], cell: int | None
) -> Iterator[_Entry]:
    """The directives of one line of a comment."""
    beside = tuple(d for d in directives if d.kind in BESIDE)
    for directive in directives:
        if directive.kind not in BESIDE:
            yield _Entry(page, *at, cell, directive)
    if beside:
        yield _Entry(page, *at, cell, beside=beside)


def _set_headings(entries: list[_Entry]) -> None:
    """Tell each formula the headings that it stands under; those of a notebook hold for the cells behind too."""
    open_headings: list[tuple[int, str]] = []
    seen: tuple[Page | None, int] = (None, 0)  # how many headings of the page were met
    for entry in entries:
        if entry.page is None:
            continue
        met = seen[1] if seen[0] is entry.page else 0
        while met < len(entry.page.headings) and entry.page.headings[met][0] <= entry.start:
            _, level, text = entry.page.headings[met]
            open_headings = [h for h in open_headings if h[0] < level] + [(level, text)]
            met += 1
        seen = (entry.page, met)
        if isinstance(entry.item, Formula):
            entry.item = replace(entry.item, headings=tuple(text for _, text in open_headings))


# -- directives beside formulas ---------------------------------------------------------------------------------------


def _attach(entries: list[_Entry]) -> None:
    """Put the directives about one formula beside it."""
    last: _Entry | None = None
    waiting: list[Directive] = []
    for entry in entries:
        if isinstance(entry.item, Formula):
            last = entry
            _note(entry, waiting)
            waiting = []
        elif entry.beside:
            if last and last.page is entry.page and entry.page and "\n" not in entry.page.text[last.end : entry.start]:
                _note(last, entry.beside)
            else:
                waiting += entry.beside
    if waiting:
        raise _beside_nothing(waiting[0])


def _note(entry: _Entry, directives: list[Directive] | tuple[Directive, ...]) -> None:
    assert isinstance(entry.item, Formula)
    entry.item = replace(entry.item, beside=(*entry.item.beside, *directives))


def _beside_nothing(directive: Directive) -> DirectiveError:
    hint = "write it in a comment on the line of its formula or on the line before"
    return DirectiveError(f"'{written(directive)}' stands beside no formula", place=directive.source, hint=hint)


def _from_side_file(path: Path, entries: list[_Entry]) -> list[Directive]:
    """The directives of the side file that hold from the beginning; the others go to their lines."""
    side = path.with_suffix(".symnet")
    if side == path or not side.is_file():
        return []
    first = []
    for cell, start, end, directive in side_file(_text(side), side.name):
        if directive.kind in BESIDE:
            meant = [e for e in entries if isinstance(e.item, Formula) and _on_lines(e.item, cell, start, end)]
            if not meant:
                raise DirectiveError(f"no formula stands on {_lines(cell, start, end)}", place=directive.source)
            for entry in meant:
                _note(entry, [directive])
        elif not start and cell is None:
            first.append(directive)
        else:
            at = next((i for i, e in enumerate(entries) if _begins_at(e, cell, start)), len(entries))
            entries.insert(at, _Entry(None, 0, 0, cell, directive))
    return first


def _on_lines(formula: Formula, cell: int | None, start: int, end: int) -> bool:
    return cell in (None, formula.cell) and (not start or formula.line <= end and formula.end_line >= start)


def _begins_at(entry: _Entry, cell: int | None, line: int) -> bool:
    if entry.item is None or entry.page is None and isinstance(entry.item, Directive):
        return False
    return (entry.cell or 0, entry.item.line) >= (cell or 0, line)


def _lines(cell: int | None, start: int, end: int) -> str:
    lines = f"lines {start}-{end}" if end > start else f"line {start}"
    return lines if cell is None else f"{lines} of cell {cell}" if start else f"cell {cell}"


# -- prose ------------------------------------------------------------------------------------------------------------


class _Prose:
    """A page without its comments and with every formula between dollar signs."""

    def __init__(self, page: Page, formulas: list[tuple[int, int, str, bool]]) -> None:
        self.page = page
        pieces: list[str] = []
        closed = (f for f in formulas if not f[2].startswith(tuple(CLOSERS)))
        changes = [(s, e, f"${' '.join(x.split())}$") for s, e, x, _ in closed]
        changes += [(s, e, "") for s, e, _ in page.comments]
        self.offsets, self.shifts = [0], [0]  # offset in the text -> in the prose
        position, length = 0, 0
        for start, end, new in sorted(changes):
            if start < position:
                continue
            piece = page.clear[position:start]
            pieces += [piece, new]
            length += len(piece) + len(new)
            position = end
            self.offsets.append(end)
            self.shifts.append(length - end)
        self.text = "".join([*pieces, page.clear[position:]])

    def around(self, start: int, end: int, display: bool) -> tuple[str, str]:
        """The prose before and after a formula.

        A displayed formula that stands alone goes with the sentence of the paragraph before that is not yet at its end,
        and with the paragraph behind where that goes on in lower case; blank lines and comments between are none.
        """
        page = self.page
        first, last = page.paragraph_start(start), page.paragraph_end(end - 1)
        before = _end(self._words(max(first, start - 3 * _PROSE), start))
        after = self._words(end, min(last, end + 3 * _PROSE))
        if display and not before and first:
            while first and not before:
                earlier = page.paragraph_start(first - 1)
                before = _end(self._words(max(earlier, first - 3 * _PROSE), first))
                first = earlier
            before = "" if _OPEN_END.search(before) or before.startswith("#") else before
        after = _EQUATION_NUMBER.sub("", after).strip() if display else after
        if display and not after.strip(".,;"):
            more = ""
            while last < len(page.text) and not more:
                later = page.paragraph_end(last)
                more = self._words(last, min(later, last + 3 * _PROSE))
                last = later
            after = f"{after} {more}".strip() if more[:1].islower() else after
        return before, _beginning(after)

    def _words(self, start: int, end: int) -> str:
        return " ".join(self.text[self._moved(start) : self._moved(end)].split())

    def _moved(self, offset: int) -> int:
        return offset + self.shifts[bisect_right(self.offsets, offset) - 1]


def _end(text: str) -> str:
    """The last characters of a prose, without a half formula."""
    cut = text[-_PROSE:]
    return (cut.partition("$")[2] if len(cut) < len(text) and cut.count("$") % 2 else cut).strip()


def _beginning(text: str) -> str:
    """The first characters of a prose, without a half formula."""
    cut = text[:_PROSE]
    return (cut.rpartition("$")[0] if len(cut) < len(text) and cut.count("$") % 2 else cut).strip()
