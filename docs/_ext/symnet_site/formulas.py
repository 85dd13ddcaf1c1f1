"""Formulas as MathML, made when the site is built: a page needs no script and no other host to show them."""

from __future__ import annotations

import re
from html import escape

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging

from symnet.lecture.report.mathml import mathml
from symnet_site.languages import WORDS, language

log = logging.getLogger(__name__)
_TAG = re.compile(r"<[^>]*>")


def set_formula(latex: str, display: bool, where: nodes.Node) -> str:
    """The formula as MathML; a warning where the converter knows less than the author."""
    made = mathml(latex, display)
    if not made.startswith("<math") or "\\" in _TAG.sub("", made):
        log.warning("this formula can not be set: %s", latex, location=where, type="symnet", subtype="formula")
    return made


def block(latex: str, where: nodes.Node, page: str) -> str:
    """A formula of its own line, beside it the button that copies its LaTeX."""
    copy = WORDS[language(page)]["copy"]
    return (
        f'<div class="formula"><div class="display">{set_formula(latex, True, where)}</div>'
        f'<button type="button" class="copy-latex" data-copy="{escape(latex.strip())}" '
        f'title="{copy}" aria-label="{copy}">LaTeX</button></div>'
    )


def _inline(translator, node: nodes.math) -> None:
    # with two dollars a formula in the middle of a paragraph is still one of its own line
    display = "display" in node.get("classes", ())
    page, latex = translator.builder.current_docname, node.astext()
    translator.body.append(block(latex, node, page) if display else set_formula(latex, False, node))
    raise nodes.SkipNode


def _block(translator, node: nodes.math_block) -> None:
    translator.body.append(block(node.astext(), node, translator.builder.current_docname) + "\n")
    raise nodes.SkipNode


def setup(app: Sphinx) -> None:
    app.add_html_math_renderer("mathml", (_inline, None), (_block, None))
