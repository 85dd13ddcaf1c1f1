"""Pages for reading: Markdown, LaTeX, HTML and plain text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symnet.explain.program import listing
from symnet.explain.render import HTML, LATEX, MARKDOWN, TERMINAL, render

if TYPE_CHECKING:
    from symnet.derivation import Derivation


def markdown(derivation: Derivation, language: str = "en") -> str:
    """A Markdown page with formulas in ``$`` and ``$$``."""
    return render(derivation, MARKDOWN, language, code=listing(derivation))


def latex_document(derivation: Derivation, standalone: bool = False, language: str = "en") -> str:
    """The page in LaTeX with amsmath: the body, or with ``standalone`` a document that compiles."""
    return render(derivation, LATEX, language, code=listing(derivation), standalone=standalone)


def html(derivation: Derivation, language: str = "en") -> str:
    """A fragment of HTML for a notebook's output: steps fold, formulas are set by the notebook."""
    return render(derivation, HTML, language, code=listing(derivation))


def text(derivation: Derivation, language: str = "en") -> str:
    """The page for a terminal, formulas in Unicode."""
    return render(derivation, TERMINAL, language)
