"""A link to a file of the repository leads to a page of the site that shows it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from docutils import nodes
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import TextLexer, get_lexer_for_filename
from pygments.util import ClassNotFound
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder
from sphinx.environment import BuildEnvironment
from sphinx.transforms import SphinxTransform
from sphinx.util import logging
from sphinx.util.display import status_iterator

log = logging.getLogger(__name__)
KIND = "symnet-source"
FOLDER = "sources"


def page_of(path: str) -> str:
    """The name of the page that shows a file, given by its path from the root of the repository."""
    return f"{FOLDER}/{path}"


def link_to(env: BuildEnvironment, path: str, *children: nodes.Node) -> nodes.reference | addnodes.pending_xref:
    """A link to the page that stands for a file, which is written if there is none."""
    pages = env.config.source_pages
    if path not in pages:
        _wanted(env).setdefault(env.docname, set()).add(path)
        env.note_dependency(str(Path(env.srcdir).parent / path))
    return addnodes.pending_xref("", *children, refdomain="", reftype=KIND, reftarget=path, refdoc=env.docname)


def _wanted(env: BuildEnvironment) -> dict[str, set[str]]:
    if not hasattr(env, "symnet_sources"):
        env.symnet_sources = {}  # page -> the files that it links to
    return env.symnet_sources


class Links(SphinxTransform):
    """Links out of the pages, to files of the repository."""

    default_priority = 1

    def apply(self, **kwargs: Any) -> None:
        for node in list(self.document.findall(addnodes.pending_xref)):
            if node.get("reftype") == "myst":
                self._lead(node, node["reftarget"], node.get("refdomain"))
        for node in list(self.document.findall(addnodes.download_reference)):
            self._lead(node, node["reftarget"], None)

    def _lead(self, node: nodes.Element, target: str, domain: str | None) -> None:
        root = Path(self.env.srcdir).parent
        if domain == "doc":  # a page, or a text that is none
            if target in self.env.found_docs:
                return
            path = Path(self.env.srcdir, f"{target}.md")
        else:
            path = Path(self.env.srcdir, self.env.docname).parent / target.partition("#")[0]
        inside = Path(os.path.normpath(path))
        if not inside.is_relative_to(root) or not inside.exists() or inside == root:
            return  # Sphinx says that there is nothing
        relative = PurePosixPath(inside.relative_to(root)).as_posix()
        if inside.is_dir() and relative not in self.env.config.source_pages:
            log.warning("no page stands for the folder %s", relative, location=node, type="symnet", subtype="source")
            return
        node.replace_self(link_to(self.env, relative, *node.children))


def _resolve(app: Sphinx, env: BuildEnvironment, node: addnodes.pending_xref, content: nodes.Node) -> Any:
    if node.get("reftype") != KIND:
        return None
    path = node["reftarget"]
    page = env.config.source_pages.get(path, page_of(path))
    uri = app.builder.get_relative_uri(node["refdoc"], page)
    return nodes.reference("", "", *node.children, internal=True, refuri=uri)


def _pages(app: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
    """The pages that show files; those that are newer than their file are left."""
    if not isinstance(app.builder, StandaloneHTMLBuilder):
        return
    root = Path(app.srcdir).parent
    files = sorted(set().union(*_wanted(app.env).values()))
    stale = [path for path in files if not _fresh(app, root / path, page_of(path))]
    shown = HtmlFormatter(cssclass="highlight", linenos="inline", lineanchors="L", anchorlinenos=True)
    for path in status_iterator(stale, "writing sources... ", "brown", len(stale), app.verbosity):
        text = (root / path).read_text(encoding="utf-8")
        try:
            lexer = get_lexer_for_filename(path, stripnl=False)
        except ClassNotFound:
            lexer = TextLexer(stripnl=False)
        title = PurePosixPath(path).name
        body = f"<h1>{title}</h1>\n<p><code>{path}</code></p>\n" + highlight(text, lexer, shown)
        yield page_of(path), {"title": title, "body": f'<div class="source">{body}</div>'}, "page.html"


def _fresh(app: Sphinx, file: Path, page: str) -> bool:
    made = Path(app.outdir, app.builder.get_target_uri(page))
    if not made.is_file():
        return False
    since = made.stat().st_mtime
    return since > file.stat().st_mtime and since > _code_changed()


def _code_changed() -> float:
    """When what lays out the pages has changed last."""
    folder = Path(__file__).parent
    return max(p.stat().st_mtime for p in (folder, *folder.glob("*")) if p.suffix != ".pyc")


def _remove(app: Sphinx, exception: Exception | None) -> None:
    """Pages of earlier builds whose document or file is gone."""
    if exception or not isinstance(app.builder, StandaloneHTMLBuilder):
        return
    kept = {"search", "genindex", *app.env.found_docs, *map(page_of, set().union(*_wanted(app.env).values()))}
    out = Path(app.outdir)
    wanted = {out / app.builder.get_target_uri(page) for page in kept}
    for page in out.rglob("*.html"):
        if page not in wanted and "_static" not in page.relative_to(out).parts:
            page.unlink()


def _purge(app: Sphinx, env: BuildEnvironment, docname: str) -> None:
    _wanted(env).pop(docname, None)


def _merge(app: Sphinx, env: BuildEnvironment, docnames: set[str], other: BuildEnvironment) -> None:
    _wanted(env).update({name: files for name, files in _wanted(other).items() if name in docnames})


def setup(app: Sphinx) -> None:
    app.add_config_value("source_pages", {}, "env", types=[dict])
    app.add_transform(Links)
    app.connect("missing-reference", _resolve, priority=100)
    app.connect("html-collect-pages", _pages)
    app.connect("build-finished", _remove)
    app.connect("env-purge-doc", _purge)
    app.connect("env-merge-info", _merge)
