"""The site is built again only as far as something changed: one operation, its page and what lists it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parents[2] / "docs"
LISTS = {"search.html", "genindex.html"}  # written with every build
GALLERY = "# Gallery\n\n```{gallery}\n```\n"
#: a picture or a module that this little site does not have
OUTSIDE = re.compile(r"^(!\[.*|.*\(\.\./.*)$", re.MULTILINE)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """A site of two operations."""
    for module in ("sphinx", "myst_parser", "furo", "sphinx_copybutton"):
        pytest.importorskip(module, reason="building the site needs the extra 'docs'")
    docs = tmp_path_factory.mktemp("little") / "docs"
    for page in ("derivations/dense.md", "derivations/relu.md", "derivations/ru/dense.md", "derivations/ru/relu.md"):
        (docs / page).parent.mkdir(parents=True, exist_ok=True)
        (docs / page).write_text(OUTSIDE.sub("", (DOCS / page).read_text(encoding="utf-8")), encoding="utf-8")
    (docs / "ru").mkdir()
    (docs / "index.md").write_text("# Home\n\n```{toctree}\ngallery\nru/index\n```\n")
    (docs / "ru/index.md").write_text("# Home\n\n```{toctree}\ngallery\n```\n")
    for gallery in ("gallery.md", "ru/gallery.md"):
        (docs / gallery).write_text(GALLERY)
    conf = (DOCS / "conf.py").read_text(encoding="utf-8").replace("Path(__file__).parent", f"Path({str(DOCS)!r})")
    (docs / "conf.py").write_text(conf.replace('["_static"]', f"[{str(DOCS / '_static')!r}]"), encoding="utf-8")
    return docs


def built(docs: Path) -> set[str]:
    """The pages that a build writes."""
    site = docs.parent / "site"
    old = {page: page.stat().st_mtime_ns for page in site.rglob("*.html")}
    command = [sys.executable, "-m", "sphinx", "-b", "html", "-q", "-W", "-d", str(docs.parent / "trees")]
    subprocess.run([*command, str(docs), str(site)], check=True)
    pages = {page for page in site.rglob("*.html") if old.get(page) != page.stat().st_mtime_ns}
    return {page.relative_to(site).as_posix() for page in pages} - LISTS


@pytest.mark.slow
def test_a_change_of_one_operation_rebuilds_its_page_and_no_other_one(folder):
    operations = {f"derivations/{lang}{name}.html" for lang in ("", "ru/") for name in ("dense", "relu")}
    assert operations < built(folder)
    assert built(folder) == set()
    page = folder / "derivations/dense.md"
    page.write_text(page.read_text(encoding="utf-8") + "\nA line more.\n", encoding="utf-8")
    again = built(folder)
    assert "derivations/dense.html" in again and not again & (operations - {"derivations/dense.html"})
    assert "A line more." in (folder.parent / "site/derivations/dense.html").read_text(encoding="utf-8")
