"""Pages for reading: Markdown, LaTeX, HTML and plain text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symnet.explain.options import DEFAULT, Options
from symnet.explain.program import listing
from symnet.explain.render import HTML, LATEX, MARKDOWN, PAGE, TERMINAL, render
from symnet.pictures.pages import inlined, linked

if TYPE_CHECKING:
    from symnet.derivation import Derivation


def markdown(derivation: Derivation, options: Options = DEFAULT) -> str:
    """A Markdown page with formulas in ``$`` and ``$$``."""
    pictures = linked(derivation, options.pictures, options.lang) if options.pictures else {}
    return render(derivation, MARKDOWN, options, code=listing(derivation), pictures=pictures)


def latex_document(derivation: Derivation, standalone: bool = False, options: Options = DEFAULT) -> str:
    """The page in LaTeX with amsmath: the body, or with ``standalone`` a document that compiles."""
    return render(derivation, LATEX, options, code=listing(derivation), standalone=standalone)


def html(derivation: Derivation, options: Options = DEFAULT) -> str:
    """A fragment of HTML for a notebook's output: steps fold, formulas are set by the notebook."""
    return render(derivation, HTML, options, code=listing(derivation))


def text(derivation: Derivation, options: Options = DEFAULT) -> str:
    """The page for a terminal, formulas in Unicode."""
    return render(derivation, TERMINAL, options)


def html_page(derivation: Derivation, options: Options = DEFAULT) -> str:
    """A page of its own for a browser: formulas as MathML, nothing asked of another host."""
    pictures = inlined(derivation, options.lang)
    return render(derivation, PAGE, options, code=listing(derivation), standalone=True, pictures=pictures)
