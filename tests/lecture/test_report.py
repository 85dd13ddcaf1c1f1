"""The reports: terminal, JUnit, SARIF and the page."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest

from symnet.lecture.check import check_lecture
from symnet.lecture.report.machine import junit_text, sarif_text
from symnet.lecture.report.mathml import ELEMENTS, mathml
from symnet.lecture.report.page import page_text
from symnet.lecture.report.terminal import terminal_text
from symnet.lecture.report.words import MARKS, claim_latex, counterexample_in_words, is_math
from symnet.lecture.verdict import VERDICTS, Assumption, DocumentReport, Finding


def finding(verdict="proved", latex="a = b", line=1, column=1, link=0, **more):
    return Finding(line, column, more.pop("end_line", line), latex, link, more.pop("kind", "equality"), verdict, **more)


WRONG = finding(
    "refuted",
    "x = 2",
    line=4,
    column=7,
    reason="the sides differ",
    counterexample={"values": {"x": 0.5}, "left": 0.5, "right": 2},
    correction="x = x",
    method="numeric",
    reading="x = 2",
    assumptions=(Assumption("x is a number", "line 2"),),
)


def report_of(path, *findings):
    return DocumentReport(str(path), findings)


class Page(HTMLParser):
    """Elements, attributes and text of a page."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self.words, self.open = [], [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        self.open.append(tag)

    def handle_endtag(self, tag):
        while self.open and self.open.pop() != tag:
            pass

    def handle_data(self, data):
        if not {"style", "script"} & set(self.open):
            self.words.append(data)


def page_of(tmp_path, text, *findings, name="lecture.md"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return page_text(report_of(path, *findings))


# -- terminal


def test_findings_come_first_with_their_place_and_reason():
    text = terminal_text(report_of("a.md", finding(latex="1 = 1"), WRONG, finding("holds", "b = c", line=9)))
    assert text.startswith("a.md:4:7  ✗ refuted\n    x = 2\n    the sides differ\n")
    assert "counterexample: x = 0.5; left 0.5; right 2\n    correction: x = x\n    relies on: line 2\n" in text
    assert "1 = 1" not in text
    assert re.search(r"proved +1 ", text) and re.search(r"refuted +1 ", text) and "ill-typed" not in text


def test_all_claims_are_listed_when_asked():
    text = terminal_text(report_of("a.md", finding(latex="1 = 1"), WRONG), verbose=True)
    assert text.index("1 = 1") < text.index("x = 2")
    assert "assumed: x is a number (line 2)" in text


def test_colour_adds_only_colour():
    report = report_of("a.md", WRONG)
    plain, coloured = terminal_text(report), terminal_text(report, colour=True)
    assert "\x1b" not in plain and "\x1b[31m" in coloured
    assert re.sub(r"\x1b\[\d+m", "", coloured) == plain


def test_nothing_of_a_document_reaches_a_terminal_as_control_characters():
    text = terminal_text(report_of("a.md", finding("refuted", "x\x1b]0;title\x07 = 2", reason="\x1b[2J")), verbose=True)
    assert "\x1b" not in text and "\x07" not in text


def test_rows_lose_what_means_nothing_outside_a_table():
    assert claim_latex(finding(claim=r"a \\ &= b \& c")) == r"a = b \& c"
    assert claim_latex(finding(latex=r"\begin{cases} 1 & x \end{cases}")) == r"\begin{cases} 1 & x \end{cases}"


def test_words():
    assert counterexample_in_words({"values": {"x": [1.0, 2]}, "left": 1 / 3}) == "x = [1, 2]; left 0.333333"
    assert counterexample_in_words(None) == ""
    assert is_math(r"\sigma(x) = \operatorname{softmax}(z)") and not is_math("W is a matrix")
    assert list(MARKS) == list(VERDICTS)


# -- machines


def test_junit_has_a_case_for_each_claim():
    control = finding("not-understood", "\x00 ]]> &", line=5, reason="<b>")
    root = ElementTree.fromstring(
        junit_text([report_of("a.md", finding(), WRONG, control), DocumentReport("b", (), "no")])
    )
    first, second = root.findall("testsuite")
    assert first.attrib == {"name": "a.md", "tests": "3", "failures": "1", "errors": "0", "skipped": "1"}
    assert [case.get("line") for case in first] == ["1", "4", "5"]
    assert first[1].get("file") == "a.md"
    assert "correction: x = x" in first[1].find("failure").text
    assert first[2].find("skipped").get("message") == "not-understood: <b>"
    assert second[0].find("error").get("message") == "no"


def test_sarif_has_what_the_standard_requires(tmp_path):
    shaky = finding("reading-dependent", "y = 1", line=9, end_line=11)
    reports = [report_of("my decks/a.md", finding(), WRONG, shaky), report_of(tmp_path / "b.md", WRONG)]
    log = json.loads(sarif_text([*reports, DocumentReport("c.md", (), "can not be read")]))
    assert log["version"] == "2.1.0" and "sarif-2.1.0" in log["$schema"]
    (run,) = log["runs"]
    driver = run["tool"]["driver"]
    assert driver["name"] == "symnet"
    assert [(r["ruleId"], r["level"]) for r in run["results"]] == [
        ("refuted", "error"),
        ("reading-dependent", "warning"),
        ("refuted", "error"),
    ]
    for result in run["results"]:
        assert driver["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["message"]["text"]
        (place,) = result["locations"]
        region = place["physicalLocation"]["region"]
        assert 1 <= region["startLine"] <= region["endLine"] and region["startColumn"] >= 1
    uris = [r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for r in run["results"]]
    assert uris == ["my%20decks/a.md", "my%20decks/a.md", (tmp_path / "b.md").as_uri()]
    assert run["invocations"][0]["executionSuccessful"] is False
    assert run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"] == "can not be read"


# -- formulas of a page


@pytest.mark.parametrize("name", ["aligned", "align", "align*", "split", "gathered", "eqnarray"])
def test_rows_are_aligned(name):
    root = ElementTree.fromstring(mathml(rf"\begin{{{name}}} a &= b \\ c &= d \end{{{name}}}", True))
    assert len(root.findall(".//mtr")) == 2
    assert "&" not in "".join(root.itertext())


def test_cases_and_matrices_are_tables():
    cases = ElementTree.fromstring(mathml(r"\begin{cases} 1 & x > 0 \\ 0 & \text{если нет} \end{cases}"))
    assert len(cases.findall(".//mtd")) == 4 and "если" in "".join(cases.itertext())
    assert len(ElementTree.fromstring(mathml(r"\begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}")).findall(".//mtd")) == 4


@pytest.mark.parametrize(
    "latex",
    [
        r"\text{<script>alert(1)</script>}",
        r"\href{javascript:alert(1)}{x}",
        r"\style{background:url(http://a.example)}{x}",
        r'\class{"><script>}{x}',
        r'\color{"><script>}{x}',
        r"x <script>",
        r"\text{&lt;script&gt; & y}",
        r"\frac{1",
        r"\begin{aligned} a",
        "{" * 3000,
        "x" * 100_000,
        "\ufdd0\x00",
    ],
)
def test_a_formula_brings_no_elements_of_its_own(latex):
    page = Page(mathml(latex))
    assert set(page.tags) <= ELEMENTS | {"code"}
    assert not {name for name, _ in page.attributes} & {"href", "style", "onclick", "src"}


# -- the page


def test_a_badge_stands_at_each_formula_and_opens_what_is_known(tmp_path):
    text = "# Title\n\nOne $a = b$ and\nthen, $x = 2$.\n\n$$\nc = d\n$$\n"
    right = finding(latex="a = b", line=3, column=5)
    third = finding("holds", "c = d", line=6, end_line=8)
    page = page_of(tmp_path, text, right, finding(**{**vars(WRONG), "line": 4, "end_line": 4, "column": 7}), third)
    assert page.count('<a class="sign ') == 3
    assert [int(n) for n in re.findall(r'<details class="claim[^>]*id="claim-(\d)"', page)] == [0, 1, 2]
    assert re.findall(r'id="claim-(\d)" open', page) == ["1"]
    words = " ".join(" ".join(Page(page).words).split())
    assert "x is a number (line 2)" in words and "the sides differ" in words and "✗ refuted" in words
    assert "Other claims" not in words


def test_claims_about_code_stand_below_it(tmp_path):
    text = "$$\na\n$$\n\n```python\nx = 1\n```\n\nEnd.\n"
    page = page_of(
        tmp_path, text, finding("definition", "a", end_line=3), finding("refuted", "x = 1", line=6, kind="code")
    )
    assert page.index("<pre>") < page.index('id="claim-1"') < page.index("End.")


def test_no_claim_is_lost(tmp_path):
    assert "Other claims" in page_of(tmp_path, "nothing", finding("refuted", "q = r", line=99))


HOSTILE = "<script>alert(1)</script> ![p](http://a.example/x.png) <img src=x onerror=y> $x = \\text{<script>}$\n"


@pytest.mark.parametrize("name", ["a.md", "a.txt", "a.tex"])
def test_nothing_of_a_document_is_html_and_no_host_is_asked(tmp_path, name):
    column = HOSTILE.index("$") + 1
    hostile = finding(
        "refuted",
        HOSTILE[column : HOSTILE.rindex("$")],
        column=column,
        reason="<script>",
        reading="<img src=x>",
        correction="</dd><script>",
        counterexample={"values": {"<script>": "<b>"}},
        assumptions=(Assumption("<script>", "<script>"),),
    )
    text = page_of(tmp_path, HOSTILE, hostile, name=name)
    page = Page(text)
    assert page.tags.count("script") == 1 and not {"img", "link", "iframe"} & set(page.tags)
    assert not {attribute for attribute, _ in page.attributes} & {"src", "onerror", "action"}
    assert "default-src 'none'" in text and "@import" not in text and "url(" not in text


def test_cells_of_a_notebook_are_kept_apart(tmp_path):
    nbformat = pytest.importorskip("nbformat")
    v4 = nbformat.v4
    cells = [v4.new_markdown_cell("$a = b$"), v4.new_code_cell("y < 1"), v4.new_markdown_cell("$a = b$")]
    text = nbformat.writes(v4.new_notebook(cells=cells))
    page = page_of(tmp_path, text, finding(), finding("refuted"), name="a.ipynb")
    assert page.index('id="claim-0"') < page.index("y &lt; 1") < page.index('id="claim-1"')
    assert "<pre><code>y &lt; 1</code></pre>" in page


def test_every_verdict_can_be_hidden(tmp_path):
    page = page_of(tmp_path, "x", *(finding(verdict) for verdict in VERDICTS))
    for verdict in VERDICTS:
        assert f'id="f-{verdict}"' in page and f"body:has(#f-{verdict}:not(:checked)) .v-{verdict} " in page


def test_readings_stand_as_formulas_with_words_in_them(tmp_path):
    reading = r"p_i = softmax(x)_i (\delta_{i,j} + p_{j})  (x a vector, \mu a vector)"
    page = Page(page_of(tmp_path, "$a = b$\n", finding("refuted", reading=reading)))
    said = "".join(page.words)
    assert "softmax" in said and "\\" not in said.split("Read as")[1]
    assert "μ a vector" in said


# -- what is lost


@pytest.mark.parametrize(
    ("written", "remedy"),
    [
        (r"$a = \frac{1{2}$", "write } where it ends"),
        (r"$\left( a + b = c$", r"write \right) where it ends"),
        (r"$\frac{(a + 1}{2} = b$", "write ) before it"),
        (r"$a} = b$", "strike it out, or write { where it begins"),
        (r"$a \right) = b$", r"write \left where it begins"),
        (r"$\begin{aligned} a = b$", r"write \end{aligned} where it ends"),
        ("so $a = b\n", "write $ where it ends"),
    ],
)
def test_a_lost_delimiter_is_shown_with_its_place_and_what_to_write(tmp_path, written, remedy):
    path = tmp_path / "lecture.md"
    path.write_text(f"# Title\n\n{written}\n", encoding="utf-8")
    report = check_lecture(path)
    assert [claim.kind for claim in report.claims] == ["unbalanced"]
    assert f"{path}:3:" in (text := terminal_text(report)) and remedy in text


def test_the_line_of_a_lost_brace_in_a_display(tmp_path):
    path = tmp_path / "lecture.md"
    path.write_text("$$\n\\begin{aligned}\na &= b \\\\\nc &= \\frac{1}{2\n\\end{aligned}\n$$\n", encoding="utf-8")
    assert f"{path}:5  " in terminal_text(check_lecture(path))


def test_a_page_of_latex_has_headings_and_cards_near_their_formulas(tmp_path):
    text = (
        "\\documentclass{article}\n\\begin{document}\n\\section{One}\nLet $a = b$.\n\\section{Two}\nThen $x = 2$.\n"
        "\\end{document}\n"
    )
    page = page_of(tmp_path, text, finding(latex="a = b", line=4, column=5), name="lecture.tex")
    assert "documentclass" not in page
    assert page.index("<h2>One</h2>") < page.index('id="claim-0"') < page.index("<h2>Two</h2>")


def test_a_page_of_restructured_text_keeps_its_words(tmp_path):
    text = (
        "Title\n=====\n\nAn input :math:`a = b`, then words.\n\n.. math::\n   :label: one\n\n   c = d\n\n"
        "* :math:`e = f` in a list\n\n.. code-block:: python\n\n   x = 1\n\nThe end.\n"
    )
    page = page_of(tmp_path, text, finding(latex="a = b", line=4, column=16), name="lecture.rst")
    words = " ".join(Page(page).words)
    assert ", then words." in words and "in a list" in words and "The end." in words
    assert ":math:" not in words and ".. math::" not in words and ":label:" not in words
    assert page.count("<pre>") == 1 and "x = 1" in page


def test_names_stand_as_formulas_in_a_card(tmp_path):
    """In a counterexample and in what was assumed; nothing of the document is markup."""
    path = tmp_path / "lecture.md"
    said = r"Let $\hat{q}_k = \frac{e^{\alpha_k}}{\sum_j e^{\alpha_j}}$ with $\sum_k t_k = 1$ and $b<i$. "
    path.write_text(said + r"Also $t^\top \hat{q} = 2 t^\top \hat{q}$.", encoding="utf-8")
    page = page_text(check_lecture(path, cache=False))
    (point,) = re.findall("<dt>Counterexample</dt><dd>(.*?)</dd>", page)
    assert "\\alpha" not in point and "<mi>&#x003B1;</mi>" in point.replace("α", "&#x003B1;") and "; left " in point
    assumed = " ".join(re.findall("<dt>Assumed</dt><dd>(.*?)</dd>", page, re.DOTALL))
    assert "</math> a vector, <math" in assumed and "\\hat" not in assumed
    assert "<i>" not in page and "b<i" not in page
