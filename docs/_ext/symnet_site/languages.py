"""Pages in two languages: each has the contents of its language beside it, and links to its twin."""

from __future__ import annotations

import json
from html import escape
from pathlib import Path
from typing import Any

from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment.adapters.toctree import TocTree
from sphinx.transforms import SphinxTransform

RUSSIAN = (("derivations/", "derivations/ru/"), ("course/en/", "course/ru/"), ("studies/", "studies/ru/"), ("", "ru/"))
WORDS = json.loads(Path(__file__).with_name("words.json").read_text(encoding="utf-8"))


def language(page: str) -> str:
    """The language of a page, which its path tells."""
    return "ru" if any(page.startswith(russian) for _, russian in RUSSIAN) else "en"


def twin(page: str) -> str:
    """Where the same page is, or would be, in the other language."""
    here = language(page)
    for pair in RUSSIAN:
        mine, other = pair if here == "en" else pair[::-1]
        if page.startswith(mine):
            return other + page.removeprefix(mine)
    return page


class SameLanguage(SphinxTransform):
    """A link leads to the page in the language of the reader, where there is one."""

    default_priority = 1

    def apply(self, **kwargs: Any) -> None:
        page = self.env.docname
        for link in self.document.findall(addnodes.pending_xref):
            target = link["reftarget"]
            if link.get("refdomain") != "doc" or language(target) == language(page) or twin(target) == page:
                continue
            if twin(target) in self.env.found_docs:
                link["reftarget"] = twin(target)


def _context(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    """Before the theme asks for the contents."""
    here = language(page)
    context["language"] = here
    phrases = WORDS[here]["theme"]
    app.builder.templates.environment.install_gettext_callables(
        lambda text: phrases.get(text, text), lambda one, many, count: one if count == 1 else many, newstyle=True
    )
    said = {key: WORDS[here][key] for key in ("unfold", "fold", "copied")}
    app.add_js_file(None, body=f"const words = {json.dumps(said, ensure_ascii=False)};", priority=100)
    contents = context.get("toctree")
    if contents is not None:  # without the branches that the page is not in: pages are many
        context["toctree"] = lambda **options: contents(**{**options, "collapse": True})
    if page not in app.env.found_docs:
        return
    if here != "en":
        context["toctree"] = lambda **options: _contents(app, page, f"{here}/{app.config.root_doc}", options)
    other = twin(page)
    if other in app.env.found_docs:
        uri, there = app.builder.get_relative_uri(page, other), language(other)
        body = context.get("body", "")
        if f'href="{escape(uri)}"' in body.partition("<h1")[0]:
            return  # the page says it itself
        context["body"] = (
            f'<p class="twin"><a href="{escape(uri)}" hreflang="{there}" lang="{there}">{WORDS[here]["twin"]}</a></p>\n'
            + body
        )


def _contents(app: Sphinx, page: str, root: str, options: dict[str, Any]) -> str:
    """The contents as Sphinx makes them, from the root of one language."""
    resolved = [
        TocTree(app.env).resolve(page, app.builder, tree, prune=True, **{**options, "collapse": True})
        for tree in app.env.get_doctree(root).findall(addnodes.toctree)
    ]
    parts = [tree for tree in resolved if tree is not None]
    for other in parts[1:]:
        parts[0].extend(other.children)
    return app.builder.render_partial(parts[0])["fragment"] if parts else ""


def setup(app: Sphinx) -> None:
    app.add_transform(SameLanguage)
    app.connect("html-page-context", _context, priority=400)
