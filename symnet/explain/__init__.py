"""Explanations: a derivation as a page for a reader; every line comes from the record that the program comes from."""

from symnet.explain.documents import html, latex_document, markdown, text
from symnet.explain.notebook import notebook

__all__ = ["html", "latex_document", "markdown", "notebook", "text"]
