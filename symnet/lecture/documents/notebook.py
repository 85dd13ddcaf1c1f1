"""Notebooks: the cells of a Jupyter notebook as pages and listings."""

from __future__ import annotations

import logging
import warnings
from dataclasses import dataclass
from typing import Any

from symnet.lecture.documents.fences import PYTHON
from symnet.lecture.documents.items import DocumentError, Listing
from symnet.lecture.documents.markdown import markdown_page
from symnet.lecture.documents.page import Page
from symnet.lecture.documents.tex import tex_page


@dataclass(frozen=True)
class Cell:
    """Cell ``number`` (from 0): a page, or a listing."""

    number: int
    page: Page | None = None
    listing: Listing | None = None


def cells(text: str, name: str) -> tuple[list[Cell], Any]:
    """The cells of a notebook, and what its metadata hold under the key ``symnet``."""
    notebook = _read(text, name)
    metadata = notebook.get("metadata") or {}
    kernel = metadata.get("kernelspec") or {}
    language = str((metadata.get("language_info") or {}).get("name") or kernel.get("language") or "python").lower()
    found = []
    for number, cell in enumerate(notebook.get("cells") or []):
        source = cell.get("source", "")
        source = "".join(source) if isinstance(source, list) else str(source)
        source = source.replace("\r\n", "\n").replace("\r", "\n")
        kind = cell.get("cell_type")
        magic, _, rest = source.partition("\n")
        if kind == "code" and magic.strip() in ("%%latex", "%%markdown"):
            kind, source = magic.strip()[2:], f"\n{rest}"
        if kind in ("markdown", "latex", "raw"):
            found.append(Cell(number, page=_page(kind, source)))
        elif kind == "code" and source.strip() and language in PYTHON:
            listing = Listing(source, 1, source.count("\n") + 1, language, number)
            found.append(Cell(number, listing=listing))
    return found, metadata.get("symnet")


def _page(kind: str, source: str) -> Page:
    if kind == "latex":
        return tex_page(source)
    if kind == "raw":  # only for its front matter
        return Page(source, "\n" * source.count("\n"))
    return markdown_page(source)


def _read(text: str, name: str) -> Any:
    import nbformat

    log = logging.getLogger("traitlets")
    level = log.level
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            log.setLevel(logging.CRITICAL)
            return nbformat.reads(text, as_version=4)
    except Exception as error:  # nbformat raises errors of many kinds for what is no notebook
        broken = isinstance(error, (nbformat.reader.NotJSONError, RecursionError))
        why = "it is cut off or no JSON" if broken else "its JSON has no cells as nbformat describes them"
        raise DocumentError(f"{name} is not a notebook: {why}") from None
    finally:
        log.setLevel(level)
