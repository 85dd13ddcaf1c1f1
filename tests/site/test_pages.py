"""Every link of the site leads somewhere, every formula is set, and nothing is asked of another host."""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

from symnet import catalog
from symnet.build import everything
from symnet.explain.texts import languages

ROOT = Path(__file__).resolve().parents[2]

#: what a page loads by itself, while a link is followed by the reader
LOADED = ("img", "script", "iframe", "source", "video", "audio", "embed", "object", "use", "image")
#: parts in which a dollar or a backslash is meant
VERBATIM = re.compile(r"<(script|style|pre|code|textarea)\b.*?</\1>", re.DOTALL)
TAG = re.compile(r"<[^>]*>")
RAW = re.compile(r"\$\$|\\[(\[]|\\begin\{|\$[^$\s][^$\n]*\\[a-z]+[^$\n]*\$")


class Page(HTMLParser):
    """The anchors of a page, where it leads to, and what it loads."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.anchors: set[str] = {"", "top"}
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.anchors |= {given[name] for name in ("id", "name") if name in given}
        if tag in LOADED:
            self.loaded += [given[name] for name in ("src", "href", "srcset", "data") if name in given]
        elif tag == "link":
            if given.get("rel") not in ("canonical", "author"):
                self.loaded.append(given["href"])
        elif "href" in given:
            self.links.append(given["href"])


def texts(site: Path) -> Iterator[tuple[str, str]]:
    """Every page by its path."""
    for path in sorted(site.rglob("*.html")):
        yield path.relative_to(site).as_posix(), path.read_text(encoding="utf-8")


def test_every_link_leads_somewhere_and_all_that_is_loaded_lies_there(site):
    """Nothing is loaded from another host; a link of the reader's may lead there."""
    pages = {name: Page(text) for name, text in texts(site)}
    assert len(pages) > 300
    dead = []
    for name, page in pages.items():
        for link in {*page.links, *page.loaded}:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = posixpath.normpath(posixpath.join(posixpath.dirname(name), unquote(parts.path)))
            target = target if parts.path else name
            if target in pages:
                if unquote(parts.fragment) not in pages[target].anchors:
                    dead.append(f"{name}: {link} has no such anchor")
            elif not (site / target).is_file():
                dead.append(f"{name}: {link}")
    assert dead == []
    outside = [
        f"{name}: {loaded}"
        for name, page in pages.items()
        for loaded in page.loaded
        if urlsplit(loaded).scheme not in ("", "data") or urlsplit(loaded).netloc
    ]
    asking = re.compile(r"(url\(|@import)\s*['\"]?\s*(https?:)?//")
    styles = [path for path in site.rglob("*.css") if asking.search(path.read_text(encoding="utf-8"))]
    assert outside == [] and styles == []


def test_no_formula_is_left_as_it_was_written(site):
    raw = [
        f"{name}: {found[0]!r}"
        for name, text in texts(site)
        if (found := RAW.search(TAG.sub("", VERBATIM.sub("", text))))
    ]
    assert raw == []


def test_every_derivation_of_the_catalogue_has_its_page_and_its_modules(site):
    gallery = Page((site / "gallery.html").read_text(encoding="utf-8"))
    for name in everything():
        assert f"derivations/{name}.html" in gallery.links
        assert f"sources/generated/{name}.py.html" in gallery.links
        assert name in gallery.anchors


def test_the_search_knows_every_derivation_in_every_language(site):
    """The index names a page by its title and by the words in it."""
    text = (site / "searchindex.js").read_text(encoding="utf-8")
    index = json.loads(text.removeprefix("Search.setIndex(").removesuffix(")"))
    titles = dict(zip(index["docnames"], index["titles"]))
    for name in everything():
        for folder in ("derivations/", "derivations/ru/"):
            assert titles[f"{folder}{name}"] == name
    for word, page in (("gradient", "derivations/batch_norm"), ("градиент", "derivations/ru/batch_norm")):
        found = [index[kind].get(word, []) for kind in ("terms", "titleterms")]
        places = [place for places in found for place in ([places] if isinstance(places, int) else places)]
        assert index["docnames"].index(page) in places


def test_the_words_of_the_site_are_there_in_every_language():
    words = json.loads((ROOT / "docs/_ext/symnet_site/words.json").read_text(encoding="utf-8"))
    families = sorted({**catalog.FAMILIES, **catalog.RULES})
    for language in languages():
        assert words[language].keys() == words["en"].keys()
        assert language == "en" or sorted(words[language]["families"]) == families
