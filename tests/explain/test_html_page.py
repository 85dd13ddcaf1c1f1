"""The page for a browser: it asks for nothing, every formula is MathML with its LaTeX at hand, steps fold."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest

import symnet as sn
from symnet.errors import SymnetError
from symnet.loading import catalogue_names, rule_names
from tests.explain.test_pages import Tags
from tests.printing.operations import EVERYTHING


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("name", ["batch_norm", "cross_entropy", "attention", "pooling", "two_layers"])
def test_the_page_is_whole(name, language):
    page = sn.derive(EVERYTHING[name]).html(lang=language, detail="full", example=True)
    body = page.partition("<body>")[2]
    tags = Tags()
    tags.feed(re.sub(r"<script>.*?</script>", "", body.partition("</body>")[0], flags=re.DOTALL))
    assert not tags.open
    assert f'<html lang="{language}">' in page
    assert tags.seen.count("math") > 10 and 'class="latex"' not in page  # no formula is left as LaTeX
    assert tags.seen.count("details") >= 5
    assert not re.search(r"\\[a-z]+\{", tags.text)


def test_the_page_asks_no_other_host():
    page = sn.derive("softmax").html()
    assert "default-src 'none'" in page
    assert re.findall(r"(?:src|href)\s*=|@import|url\(", page) == []
    assert set(re.findall(r"https?://[^\"'\s<]+", page)) <= {
        "http://www.w3.org/1998/Math/MathML",
        "http://www.w3.org/2000/svg",
    }


def test_every_display_has_a_button_with_its_latex():
    page = sn.derive("dense").html()
    copies = re.findall(r'data-copy="(.+?)"', page)
    assert len(copies) == page.count('<div class="display">')
    assert r"dW = X^{\top} dY" in copies


def test_the_author_can_not_write_html():
    @sn.op(source="<script>alert(1)</script>")
    def sneaky(x: "n"):
        """a < b & "c" {d}"""
        return 2 * x

    page = sn.derive(sneaky).html()
    assert "<script>alert" not in page and "&lt;script&gt;" in page
    assert "a &lt; b &amp;" in page


def test_the_vector_of_ones_is_bold_in_browsers_without_variants():
    assert "\N{MATHEMATICAL BOLD DIGIT ONE}" in sn.derive("dense").html()


@pytest.mark.skipif(not shutil.which("pdflatex"), reason="needs a TeX engine")
def test_a_pdf_is_made_where_there_is_an_engine():
    assert sn.derive("softmax").pdf(detail="full", example=True).startswith(b"%PDF")


def has_cyrillic() -> bool:
    """Does TeX know the encoding of Russian letters?"""
    finder = shutil.which("kpsewhich")
    return bool(finder and subprocess.run([finder, "t2aenc.def"], capture_output=True, check=False).stdout.strip())


@pytest.mark.skipif(not has_cyrillic(), reason="needs a TeX engine with Cyrillic letters")
@pytest.mark.parametrize("name", ["softmax", "adam"])
def test_a_russian_pdf_is_made_where_tex_knows_its_letters(name):
    assert sn.derive(name).pdf(lang="ru", check=True).startswith(b"%PDF")


@pytest.mark.slow
@pytest.mark.skipif(not has_cyrillic(), reason="needs a TeX engine with Cyrillic letters")
@pytest.mark.parametrize("lang", ["en", "ru"])
@pytest.mark.parametrize("name", [*catalogue_names(), *rule_names()])
def test_every_page_is_set_by_tex(name, lang):
    derivation = sn.derive(name)
    whole = {} if name in rule_names() else {"detail": "full"}
    assert derivation.pdf(lang=lang, check=True, **whole).startswith(b"%PDF")


@pytest.mark.skipif(
    not shutil.which("pdflatex") or has_cyrillic(), reason="needs a TeX engine without Cyrillic letters"
)
def test_without_them_the_error_says_what_to_install():
    with pytest.raises(SymnetError, match="texlive-lang-cyrillic"):
        sn.derive("softmax").pdf(lang="ru")


@pytest.mark.parametrize("name", ["adam", "nesterov", "lamb"])
def test_the_latex_of_an_update_rule_is_what_tex_can_set(name):
    document = sn.derive(name).latex(check=True)
    assert document.isascii()
    assert document.count(r"\begin{") == document.count(r"\end{")


def test_an_engine_that_fails_is_one_sentence(tmp_path, monkeypatch):
    engine = tmp_path / "pdflatex"
    engine.write_text("#!/bin/sh\necho '! Undefined control sequence.'\nexit 1\n")
    engine.chmod(0o755)
    monkeypatch.setattr(shutil, "which", lambda name: str(engine))
    with pytest.raises(SymnetError, match="can not set the page: Undefined control sequence"):
        sn.derive("softmax").pdf()


def chromium() -> str | None:
    return shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.mark.skipif(not chromium(), reason="needs a browser")
def test_a_browser_draws_it_without_complaint(tmp_path):
    file = tmp_path / "page.html"
    file.write_text(sn.derive("dense").html(lang="ru"), encoding="utf-8")
    command = [str(chromium()), "--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr"]
    run = subprocess.run(
        [*command, f"--user-data-dir={tmp_path / 'profile'}", "--dump-dom", file.as_uri()],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "CONSOLE" not in run.stderr
    assert "Прямой проход" in run.stdout and "<math" in run.stdout
