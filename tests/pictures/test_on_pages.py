"""The pictures of derivation pages: files beside the Markdown, SVG inside HTML, attachments of notebooks."""

import base64
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

import symnet as sn
from symnet import catalog
from symnet.explain.texts import languages
from symnet.pictures.curve import elementwise
from symnet.pictures.pages import files

PAGES = Path(__file__).parents[2] / "docs" / "derivations"
NAMES = [name for family in catalog.FAMILIES.values() for name in family]
LINK = re.compile(r"!\[([^\]]+)\]\(([^)]+\.svg)\)")


@pytest.mark.parametrize("name", NAMES)
def test_the_committed_page_shows_its_pictures_and_they_are_fresh_and_small(name):
    op = catalog.load(name)
    wanted = [f"{name}.svg", f"{name}-curve.svg"] if elementwise(op.graph) else [f"{name}.svg"]
    for path, folder in ((PAGES / f"{name}.md", "pictures"), (PAGES / "ru" / f"{name}.md", "../pictures")):
        page = path.read_text(encoding="utf-8")
        assert [target for _, target in LINK.findall(page)] == [f"{folder}/{file}" for file in wanted]
    made = files(op)
    assert list(made) == wanted
    for file, svg in made.items():
        assert (PAGES / "pictures" / file).read_text(encoding="utf-8") == svg, "to mend: symnet build"
        assert len(svg.encode()) < 42_000 and ElementTree.fromstring(svg).tag.endswith("svg")
        assert "http" not in re.sub(r'xmlns(:xlink)?="[^"]*"', "", svg)


@pytest.mark.parametrize("lang", languages())
def test_an_html_page_holds_its_pictures_with_words_of_its_language(lang):
    page = sn.derive("gelu").html(lang=lang)
    assert page.count("<svg") == 2 and page.count("<figure") == page.count("<figcaption>") == 2
    assert ("Computational graph of gelu" in page) == (lang == "en")
    assert ("Вычислительный граф gelu" in page) == (lang == "ru")
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))


def test_a_notebook_carries_its_pictures():
    book = sn.derive("relu").notebook()
    held = {name: data for cell in book.cells for name, data in cell.get("attachments", {}).items()}
    assert set(held) == {"relu.svg", "relu-curve.svg"}
    assert all(b"<svg" in base64.b64decode(data["image/svg+xml"]) for data in held.values())


def test_a_page_of_markdown_without_a_folder_has_no_dead_links():
    assert not LINK.search(sn.derive("relu").markdown())
    assert "(figures/relu.svg)" in sn.derive("relu").markdown(pictures="figures")


def test_what_has_no_gradient_in_the_common_sense_has_no_picture():
    assert "<svg" not in sn.derive("softmax", what="jacobian").html()
