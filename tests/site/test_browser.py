"""The site in a browser, opened as files: no error, no request; formulas show, parts fold, the search finds."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import symnet as sn

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)
PAGES = (
    "index.html",
    "gallery.html",
    "derivations/batch_norm.html",
    "derivations/softmax_cross_entropy.html",
    "derivations/lstm_cell.html",
    "derivations/adam.html",
    "checking-a-lecture.html",
    "studies/optimizers.html",
    "course/en/02-activations.html",
    "course/ru/04-softmax.html",
    "guide/generated-code.html",
    "reference/python.html",
    "ru/gallery.html",
    "derivations/ru/batch_norm.html",
    "sources/generated/batch_norm_fast.py.html",
)
#: formulas without an extent, once everything is unfolded
UNSEEN = """() => {
    for (const part of document.querySelectorAll("details")) part.open = true;
    const seen = (math) => { const box = math.getBoundingClientRect(); return box.width > 2 && box.height > 2; };
    return [...document.querySelectorAll("math")].filter((math) => !seen(math)).map((math) => math.outerHTML);
}"""


@pytest.fixture(scope="module")
def browser():
    playwright = pytest.importorskip("playwright.sync_api", reason="opening the site needs playwright")
    if CHROMIUM is None:
        pytest.skip("no chromium on the PATH")
    with playwright.sync_playwright() as running:
        yield running.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])


@pytest.fixture
def tab(browser, site):
    """Opens a page of the site; fails at the end if anything was said on the console or asked of a host."""
    said: list[str] = []

    def open_page(page: str, width: int = 1280, scheme: str = "light"):
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
        shown = context.new_page()
        shown.on("console", lambda message: said.append(f"{page}: {message.type}: {message.text}"))
        shown.on("pageerror", lambda error: said.append(f"{page}: {error}"))
        shown.on("request", lambda asked: asked.url.startswith(("file:", "data:")) or said.append(asked.url))
        file, mark, more = page.partition(".html")
        shown.goto((Path(site).resolve() / f"{file}.html").as_uri() + more)
        return shown

    yield open_page
    assert said == []
    for context in browser.contexts:
        context.close()


@pytest.mark.parametrize(
    ("pages", "width", "scheme"),
    [
        pytest.param(PAGES[::2], 390, "dark", id="narrow"),
        pytest.param(PAGES[1::2], 1280, "light", id="wide"),
        pytest.param(PAGES[1::2], 390, "dark", id="narrow too", marks=pytest.mark.slow),
        pytest.param(PAGES[::2], 1280, "light", id="wide too", marks=pytest.mark.slow),
    ],
)
def test_pages_show_without_an_error_or_a_request(tab, pages, width, scheme):
    for page in pages:
        shown = tab(page, width, scheme)
        assert shown.evaluate(UNSEEN) == []
        assert shown.evaluate("document.documentElement.scrollWidth") <= width, f"{page} is wider than the screen"


def test_a_page_is_dark_where_the_reader_wants_it_dark(tab):
    ground = "getComputedStyle(document.body).backgroundColor.match(/\\d+/g).slice(0, 3).map(Number)"
    assert max(tab("index.html", scheme="dark").evaluate(ground)) < 64
    assert min(tab("index.html", scheme="light").evaluate(ground)) > 192


def test_the_search_finds_an_operation(tab):
    shown = tab("search.html?q=batch_norm")
    shown.wait_for_selector("ul.search li a")
    assert shown.locator("ul.search li a").first.get_attribute("href").startswith("derivations/batch_norm.html")


def test_the_search_finds_russian_words_in_russian_pages(tab):
    shown = tab("search.html?q=градиент")
    shown.wait_for_selector("ul.search li a")
    assert "ru/" in shown.locator("ul.search li a").first.get_attribute("href")


def test_what_is_found_names_its_language(tab):
    shown = tab("search.html?q=batch_norm")
    label = "link => getComputedStyle(link, '::after').content"
    for page, language in (("derivations/batch_norm", "English"), ("derivations/ru/batch_norm", "русский")):
        link = f'ul.search li a[href^="{page}.html"]'
        shown.wait_for_selector(link)
        assert shown.locator(link).first.evaluate(label) == f'"{language}"'


@pytest.mark.parametrize("width", [390, 1280])
def test_a_formula_and_its_button_keep_to_the_screen(tab, width):
    """A long formula scrolls by itself; on a phone it has the whole width, and its button stands below it."""
    shown = tab("derivations/layer_norm.html", width)
    shown.get_by_role("button", name="Unfold all", exact=True).click()
    boxes = shown.locator("article .formula").evaluate_all(
        """all => all.map((formula) => {
            const [display, button] = [".display", ".copy-latex"].map((part) => formula.querySelector(part));
            const [a, b] = [display, button].map((part) => part.getBoundingClientRect());
            return [a.left, a.right, b.left, b.right, b.top >= a.bottom - 1, display.scrollWidth > display.clientWidth];
        })"""
    )
    assert len(boxes) > 20
    for left, right, start, end, below, scrolls in boxes:
        assert 0 <= left and right <= width and end <= width
        assert below or right <= start + 1  # nothing lies on anything
        assert width > 390 or not scrolls or below
    assert shown.locator(".sidebar-drawer").evaluate("box => box.getBoundingClientRect().right > 0") == (width > 390)


@sn.op
def by_deviation(x: "n f"):
    """Divides by the mean absolute deviation, which has a long name."""
    centre = sn.mean(x, over="n")
    deviation = sn.mean(abs(x - centre), over="n")
    return (x - centre) / (deviation + 1e-3)


def test_a_page_of_its_own_keeps_to_a_phone(browser, tmp_path):
    """Its formulas are longer than a line, in sentences too."""
    (tmp_path / "page.html").write_text(sn.derive(by_deviation).html(detail="full"), encoding="utf-8")
    shown = browser.new_context(viewport={"width": 390, "height": 900}).new_page()
    shown.goto((tmp_path / "page.html").as_uri())
    assert shown.evaluate(UNSEEN) == []
    assert shown.evaluate("document.documentElement.scrollWidth") == 390


@pytest.mark.slow
@pytest.mark.parametrize("width", [390, 1280])
def test_every_page_of_the_site_shows(tab, site, width):
    pages = [p.relative_to(site).as_posix() for p in sorted(site.rglob("*.html")) if "_static" not in p.parts]
    shown = tab("index.html", width)
    broken = []
    for page in pages:
        shown.goto((Path(site).resolve() / page).as_uri())
        unseen = shown.evaluate(UNSEEN)
        if unseen or shown.evaluate("document.documentElement.scrollWidth") > width:
            broken.append((page, unseen[:1]))
    assert broken == []


def test_the_gallery_shows_what_is_asked_for(tab):
    shown = tab("gallery.html")
    shown.fill("#find-operation", "batch norm inference")
    found = shown.locator(".operation:visible").evaluate_all("all => all.map((one) => one.id)")
    assert found == ["batch_norm_inference"]
    assert shown.locator("section h2:visible").all_inner_texts() == ["Normalization"]


def test_a_russian_page_speaks_russian_and_leads_to_its_twin(tab):
    shown = tab("ru/gallery.html")
    assert shown.locator("html").get_attribute("lang") == "ru"
    assert shown.locator(".sidebar-search").get_attribute("placeholder") == "Поиск"
    shown.locator(".twin a").click()
    assert shown.url.endswith("/gallery.html") and shown.locator("html").get_attribute("lang") == "en"


def test_steps_fold_and_unfold(tab):
    shown = tab("derivations/batch_norm.html")
    section = shown.locator("#chain-rule > details")
    assert section.evaluate("part => part.open")
    shown.locator("#chain-rule > details > summary h2").click(position={"x": 5, "y": 5})
    assert not section.evaluate("part => part.open")
    all_open = "() => [...document.querySelectorAll('details.fold')].map((part) => part.open)"
    for button, state in (("Unfold all", True), ("Fold all", False)):
        shown.get_by_role("button", name=button, exact=True).click()
        assert set(shown.evaluate(all_open)) == {state}


def test_a_link_into_a_folded_part_opens_it(tab):
    shown = tab("derivations/batch_norm.html")
    shown.get_by_role("button", name="Fold all", exact=True).click()
    anchor = shown.locator("#rewriting section").first.get_attribute("id")
    shown.evaluate("anchor => { location.hash = anchor }", anchor)
    shown.wait_for_function("anchor => document.getElementById(anchor).querySelector('details').open", arg=anchor)
    assert shown.locator("#rewriting > details").evaluate("part => part.open")


def test_the_latex_of_a_formula_can_be_copied(tab):
    shown = tab("derivations/batch_norm.html")
    clipboard = "{value: {writeText: async (text) => { window.got = text; }}}"
    shown.evaluate(f"Object.defineProperty(navigator, 'clipboard', {clipboard})")
    button = shown.locator("#forward-pass .copy-latex").first
    button.click()
    assert shown.evaluate("window.got") == r"\mu_{d} = \frac{1}{N} \sum_{n} x_{nd}"
    assert button.inner_text() == "copied"
