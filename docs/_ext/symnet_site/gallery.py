"""The gallery: every operation of the catalogue by family, with its forward pass, its page and its modules."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from symnet import catalog
from symnet.build import MODULES, module_name
from symnet.codegen.module import STYLES
from symnet.explain.texts import texts
from symnet.ir.update import UpdateRule
from symnet.printing.dialects import Latex
from symnet.printing.index_notation import latex_equation
from symnet.printing.updates import RulePrinter
from symnet_site.languages import WORDS, language
from symnet_site.sources import link_to

LONGEST = 130  # characters of LaTeX: what has room in a list


class Gallery(SphinxDirective):
    """``{gallery}``: a section for each family of the catalogue."""

    def run(self) -> list[nodes.Node]:
        lang = language(self.env.docname)
        families = {**catalog.FAMILIES, **catalog.RULES}
        box = nodes.raw("", _box(WORDS[lang]["find"]), format="html")
        return [box, *(self._family(family, names, lang) for family, names in families.items())]

    def _family(self, family: str, names: tuple[str, ...], lang: str) -> nodes.section:
        module = importlib.import_module(f"symnet.catalog.{family}")
        self.env.note_dependency(str(module.__file__))
        words = WORDS[lang]["families"].get(family, family.replace("_", " ").capitalize())
        section = nodes.section("", nodes.title("", words), ids=[family])
        folder = "derivations/" if lang == "en" else f"derivations/{lang}/"
        known = [name for name in names if folder + name in self.env.found_docs]
        entries = nodes.container(classes=["gallery"])
        entries += [self._entry(name, folder, lang) for name in known]
        section += [entries, self._contents([folder + name for name in known])]
        return section

    def _entry(self, name: str, folder: str, lang: str) -> nodes.container:
        op = catalog.load(name)
        page = addnodes.pending_xref(
            "", nodes.strong("", name), refdomain="std", reftype="doc", reftarget=f"/{folder}{name}",
            refexplicit=True, refdoc=self.env.docname,
        )  # fmt: skip
        said = texts(lang).summary(op.doc)
        entry = nodes.container(classes=["operation"], ids=[name])
        entry += nodes.paragraph("", "", page, nodes.inline("", f" {said}"))
        entry += [nodes.container("", nodes.math(f, f), classes=["small"]) for f in _formulas(op)]
        links = nodes.paragraph(classes=["modules"])
        for style in STYLES:
            path = f"{MODULES.as_posix()}/{module_name(name, style)}.py"
            if Path(self.env.srcdir).parent.joinpath(path).is_file():
                links += [link_to(self.env, path, nodes.inline("", style)), nodes.Text(" ")]
        entry += links
        return entry

    def _contents(self, pages: list[str]) -> addnodes.toctree:
        tree = addnodes.toctree(
            parent=self.env.docname, entries=[(None, page) for page in pages], includefiles=pages, maxdepth=1,
            caption=None, glob=False, hidden=True, includehidden=False, numbered=0, titlesonly=True,
        )  # fmt: skip
        return tree


def _box(words: str) -> str:
    return (
        f'<p class="find"><input type="search" id="find-operation" placeholder="{words}" aria-label="{words}" hidden>'
        "</p>"
    )


def _formulas(op: Any) -> list[str]:
    """The last lines of the forward pass, as many as have room; none where one alone is too long."""
    if isinstance(op, UpdateRule):
        lines = RulePrinter(op, Latex()).equations()
    else:
        lines = [latex_equation(node.value, node.expr, op.graph) for node in op.graph.definitions]
    kept: list[str] = []
    for line in reversed(lines):
        if sum(map(len, kept)) + len(line) > LONGEST:
            break
        kept.insert(0, line)
    return kept


def setup(app: Sphinx) -> None:
    app.add_directive("gallery", Gallery)
