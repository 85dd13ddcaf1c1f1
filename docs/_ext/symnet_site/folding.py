"""Sections of a derivation page fold: the steps of each single rewriting are closed until they are wanted."""

from __future__ import annotations

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform

FOLDED = "derivations/"
OPEN = 1  # sections of the page are open at first, those inside them closed


class Folding(SphinxPostTransform):
    """Below the heading of the page every section folds; its heading, with its anchor, is the handle."""

    default_priority = 900
    formats = ("html",)

    def run(self, **kwargs) -> None:
        if not self.env.docname.startswith(FOLDED):
            return
        for section in self.document.findall(nodes.section):
            depth = _depth(section)
            if depth:
                _fold(section, depth <= OPEN)


def _depth(node: nodes.Node) -> int:
    """The number of sections around this one."""
    depth = 0
    while node.parent is not None:
        node = node.parent
        depth += isinstance(node, nodes.section)
    return depth


def _fold(section: nodes.section, opened: bool) -> None:
    title, *rest = section.children
    before = f'<details class="fold"{" open" if opened else ""}>\n<summary>\n'
    section.children = []
    section += [_raw(before), title, _raw("</summary>\n"), *rest, _raw("</details>\n")]


def _raw(html: str) -> nodes.raw:
    return nodes.raw("", html, format="html")


def setup(app: Sphinx) -> None:
    app.add_post_transform(Folding)
