"""Explanations: a derivation as a page for a reader; every line comes from the record that the program comes from."""

from symnet.explain.documents import html, html_page, latex_document, markdown, text
from symnet.explain.notebook import notebook
from symnet.explain.options import Options
from symnet.explain.pdf import pdf

__all__ = ["Options", "html", "html_page", "latex_document", "markdown", "notebook", "pdf", "text"]
