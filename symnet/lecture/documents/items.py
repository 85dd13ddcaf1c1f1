"""What stands in a document: formulas, listings and the author's directives, each with its place."""

from __future__ import annotations

from dataclasses import dataclass

from symnet.errors import SymnetError


class DocumentError(SymnetError):
    """A file or a folder that can not be read as a lecture."""


class DirectiveError(SymnetError):
    """A directive of the author that is not in the language of directives."""


@dataclass(frozen=True)
class Formula:
    r"""One piece of mathematics.

    ``latex`` is what stands between the delimiters; an environment with rows (``align``, ``gather``, ...) keeps its
    \begin and \end, and the author's macros are replaced.  Where the closing delimiter is missing, ``latex`` begins
    with the opening one, which no formula does.  ``line`` and ``column`` (from 1) are those of the opening delimiter;
    in a notebook they count within cell ``cell`` (from 0).  ``before`` and ``after`` are the prose of the same
    paragraph, with its other formulas between dollar signs; ``headings`` are those of the sections that it stands in,
    the outermost first.  ``beside`` holds the directives that are meant for this formula only.  ``latex`` begins
    ``lead`` lines below the delimiter; -1 where its lines are not those of the document.
    """

    latex: str
    line: int
    column: int
    end_line: int
    display: bool
    before: str = ""
    after: str = ""
    cell: int | None = None
    beside: tuple[Directive, ...] = ()
    headings: tuple[str, ...] = ()
    lead: int = -1


@dataclass(frozen=True)
class Listing:
    """Code as written: line ``k`` of ``code`` (from 0) stands in line ``line + k`` of the document.

    Blocks that are pieces of one listing are one, with empty lines for what stands between them.
    """

    code: str
    line: int
    end_line: int
    language: str
    cell: int | None = None


@dataclass(frozen=True)
class Directive:
    """One statement of the author.

    ``kind`` is its first word; ``subject`` the name it is about, as LaTeX; ``value`` what is said.  ``source`` is
    "lecture.md:12", "lecture.symnet:3", "lecture.ipynb, cell 2, line 1" or "lecture.ipynb, notebook metadata".
    """

    kind: str
    subject: str
    value: str
    line: int
    source: str


Item = Formula | Listing | Directive


@dataclass(frozen=True)
class Document:
    """The items of a file in the order of the document; directives of front matter and side file come first.

    ``layout`` is the layout of derivatives that its text names, the line that does, and the headings of the part in
    which it holds.
    """

    path: str
    items: tuple[Item, ...]
    title: str
    layout: tuple[str, str, tuple[str, ...]] = ("", "", ())

    @property
    def formulas(self) -> tuple[Formula, ...]:
        return tuple(i for i in self.items if isinstance(i, Formula))

    @property
    def listings(self) -> tuple[Listing, ...]:
        return tuple(i for i in self.items if isinstance(i, Listing))

    @property
    def directives(self) -> tuple[Directive, ...]:
        return tuple(i for i in self.items if isinstance(i, Directive))
