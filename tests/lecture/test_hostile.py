r"""Hostile documents, and files that are none: nothing is run, each has its own verdict, the rest is still reported."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from symnet.cli import main
from symnet.lecture.check import Options, check_document, check_documents

TRUE, WRONG = "(a + b)^2 = a^2 + 2 a b + b^2", "(a + b)^2 = a^2 + b^2"
DEEP = 10**6
#: LaTeX -> its verdict
FORMULAS = {
    "__import__('os').system('touch HARM') = 1": "not-understood",
    r"\operatorname{__import__}(\text{os}).\mathrm{system}(\text{touch HARM}) = 1": "not-understood",
    "(lambda: open('HARM', 'w'))() = 1": "not-understood",
    r"\write18{touch HARM} = 1": "not-understood",
    r"\immediate\write18{touch HARM} x = x + 1": "not-understood",
    r"\input{/etc/passwd} = 1": "not-understood",
    r"\input{|touch HARM} = 1": "not-understood",
    r"\def\x{\x\x}\x = 1": "not-understood",
    r"</script><script>alert(1)</script> = 1": "not-understood",
    "{" * DEEP + "x" + "}" * DEEP + " = 1": "not-understood",
    "{" * DEEP: "not-understood",
    "(" * 9000 + "x" + ")" * 9000 + " = 1": "not-understood",
    r"\frac{1}{" * 1500 + "x" + "}" * 1500 + " = 1": "not-understood",
    r"\sqrt" * 3000 + "x = 1": "not-understood",
    "x" + "'" * 15000 + " = 1": "not-understood",
    r"\begin{aligned}" * 1000 + "x = 1" + r"\end{aligned}" * 1000: "not-understood",
    "x = " + "9" * 10**5: "not-understood",
    r"\frac{a}{b = \sigma(x": "not-understood",
    "a}} = {{b": "not-understood",
    r"\left( x \right] = \right) 1": "not-understood",
    "(10^9)! = 1": "not-understood",
    "2^{9^{9^9}} = 1": "needs-context",
    "2^{9^{9^{9^{9}}}} > 1": "needs-context",
    r"\sum_{i=1}^{10^{12}} i^2 = 1": "not-understood",
}
#: directive -> does it stand as one? (a document with one that does not can not be read)
DIRECTIVES = {
    "__import__('os').system('touch HARM')": False,
    "known \\sigma = __import__('os').system": False,
    "log base " + "9" * 5000: False,
    "define x = __import__('os').system('touch HARM')": False,
    "assume \\write18{touch HARM} = 1": False,
    "define x = 2^{9^{9^9}}": True,
    "define x = " + "{" * DEEP: False,
    "shape q = 1000000000000 x 9^{9^{9^9}}": True,
    "random x mean __import__('os') variance 9^{9^{9^9}}": False,
    "function eval elementwise": True,
}
FRONT_MATTER = (
    "symnet: !!python/object/apply:os.system ['touch HARM']",
    "symnet: " + "[" * 50_000,
    "a: &a [x, x]\n"
    + "".join(f"a{k}: &a{k} [*a{k - 1 or ''}, *a{k - 1 or ''}]\n" for k in range(1, 60))
    + "symnet: *a59",
    "symnet: {shape: 1}",
)
#: name of a file -> its bytes and what the error says of it
UNREADABLE = {
    "binary.md": (bytes(range(256)) * 50, "is not text"),
    "picture.tex": (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(range(256)), "is not text"),
    "control.md": (b"$$x \x01 = \x02 y$$", "is not text"),
    "words.ipynb": (b"no JSON", "is not a notebook"),
    "empty.ipynb": (b"", "is not a notebook"),
    "list.ipynb": (b"[1, 2]", "is not a notebook"),
    "deep.ipynb": (b"[" * 10**5, "is not a notebook"),
    "cells.ipynb": (b'{"cells": 5, "nbformat": 4, "nbformat_minor": 5, "metadata": {}}', "is not a notebook"),
    "cell.ipynb": (b'{"cells": [{"cell_type": "markdown"}], "nbformat": 4, "metadata": {}}', "is not a notebook"),
}
LISTING = r"""```python
import os
os.system('touch HARM')
__import__('os').system('touch HARM')
open('HARM', 'w')
x = 2**9**9**9
y = np.zeros((10**9, 10**9))
while True: pass
```

```python
((((((((((((((((((((((((((((((((((((((((((((((((((
```
"""


@pytest.fixture(autouse=True)
def nothing_is_run(monkeypatch, tmp_path):
    """Documents stand in a folder, which is the current one; afterwards nothing has been written there."""
    monkeypatch.setenv("SYMNET_CACHE_DIR", str(tmp_path / "cache"))
    folder = tmp_path / "documents"
    folder.mkdir()
    monkeypatch.chdir(folder)
    yield
    assert not Path("HARM").exists()


def write(name, text):
    Path(name).write_bytes(text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass"))
    return name


def verdicts(report):
    return [claim.verdict for claim in report.claims]


def symnet(*arguments):
    return CliRunner().invoke(main, ["check", "--no-cache", *map(str, arguments)])


def test_each_formula_has_its_own_verdict_and_the_rest_is_judged():
    lines = [TRUE, *FORMULAS, WRONG]
    write("lecture.md", "".join(f"$${latex}$$\n\n" for latex in lines))
    result = symnet("lecture.md", "--json", "--limit", "5")
    assert result.exit_code == 1
    found = {claim["line"]: claim for claim in json.loads(result.stdout)["claims"]}
    wanted = ["proved", *FORMULAS.values(), "refuted"]
    assert [found[2 * k + 1]["verdict"] for k in range(len(lines))] == wanted
    assert all(claim["reason"] for claim in found.values())
    assert "HARM" not in {c["correction"] for c in found.values()}


def test_a_document_of_hostile_formulas_only_is_no_finding():
    hostile = [latex for latex, verdict in FORMULAS.items() if verdict == "not-understood"]
    write("lecture.md", "".join(f"$${latex}$$\n\n" for latex in hostile))
    result = symnet("lecture.md", "--html", "page.html", "--junit", "junit.xml", "--sarif", "found.sarif")
    assert result.exit_code == 0
    assert f"lecture.md: {len(hostile)} claims\n  – not-understood " in result.stdout
    assert "<script>alert" not in Path("page.html").read_text(encoding="utf-8")


def test_a_long_chain_does_not_cost_the_other_formulas_their_verdict():
    write("lecture.md", f"$${TRUE}$$\n\n$${' = '.join(['x'] * 1000)}$$\n\n$${WRONG}$$\n")
    found = verdicts(check_document("lecture.md", Options(limit=0.5)))
    assert (found[0], found[-1]) == ("proved", "refuted")


def test_a_large_power_is_no_internal_error():
    write("lecture.md", "$$(u + v + s + t)^{1000} = u^{1000}$$\n")
    assert verdicts(check_document("lecture.md")) == ["refuted"]


@pytest.mark.parametrize(
    "text",
    [
        "$" * 10**5,
        "$$" * 10**5 + "x",
        "\\[" * 10**5,
        "`" * 10**5,
        "> " * 10**4,
        "<!-- symnet: " * 10**4,
        "\\newcommand{\\a}{\\a\\a}\n\n$$\\a = 1$$",
        "\\newcommand{\\b}{x" + " x" * 999 + "}\n\\newcommand{\\c}{" + "\\b" * 999 + "}\n\n$$" + "\\c" * 999 + " = 1$$",
        LISTING,
    ],
    ids=range(9),
)
def test_what_is_no_formula_does_not_hide_what_stands_before_it(text):
    write("lecture.md", f"$${WRONG}$$\n\n{text}\n")
    report = check_document("lecture.md", Options(limit=3))
    assert not report.error and report.claims[0].verdict == "refuted"
    assert set(verdicts(report)[1:]) <= {"not-understood", "definition"}


def test_directives_are_not_run():
    names = [
        write(f"{k}.md", f"<!-- symnet: {text} -->\n\n$${TRUE}$$\n\n$${WRONG}$$\n") for k, text in enumerate(DIRECTIVES)
    ]
    for stands, report in zip(DIRECTIVES.values(), check_documents(names, Options(limit=5))):
        assert verdicts(report)[-2:] == (["proved", "refuted"] if stands else []), report
        assert stands or ":1: " in report.error


@pytest.mark.parametrize("front", FRONT_MATTER, ids=range(len(FRONT_MATTER)))
def test_front_matter_is_not_run(front):
    write("lecture.md", f"---\n{front}\n---\n\n$${TRUE}$$\n")
    result = symnet("lecture.md")
    assert result.exit_code == 2 and len(result.stderr.splitlines()) == 1


def test_what_stands_between_two_rules_is_text():
    write("lecture.md", f"---\n- one\n- two: 3\n---\n\n$${TRUE}$$\n")
    assert verdicts(check_document("lecture.md", Options(limit=3))) == ["proved"]


def test_an_unreadable_file_has_its_error_and_the_others_are_checked():
    for name, (data, _) in UNREADABLE.items():
        write(name, data)
    write("wrong.md", f"$${WRONG}$$\n")
    result = symnet(".", "missing.md", "--json")
    assert result.exit_code == 2
    reports = {report["file"]: report for report in json.loads(result.stdout)}
    assert reports["wrong.md"]["summary"]["refuted"] == 1
    for name, (_, error) in UNREADABLE.items():
        assert error in reports[name]["error"] and not reports[name]["claims"]
    assert len(result.stderr.splitlines()) == len(UNREADABLE) + 1 and "missing.md" in result.stderr


@pytest.mark.parametrize(
    "side", [b"\xff\xfe\x00\x01", b"line 99999999999999999999: skip", b"lines 3-1: skip", b"\x00" * 99]
)
def test_a_spoilt_side_file_is_an_error_that_names_it(side):
    write("lecture.md", f"$${TRUE}$$\n")
    write("lecture.symnet", side)
    result = symnet("lecture.md")
    assert result.exit_code == 2 and "lecture.symnet" in result.stderr


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "cp1251"])
def test_the_encoding_does_not_change_the_verdict(encoding):
    write("lecture.md", f"Сумма: $${TRUE}$$\n\n$${WRONG}$$\n".encode(encoding))
    assert verdicts(check_document("lecture.md")) == ["proved", "refuted"]


def test_a_document_in_a_mixture_of_encodings_is_read():
    write("lecture.md", f"Сумма: $${TRUE}$$\n\n$${WRONG}$$\n".encode() + b"\xff\xfe\n")
    assert verdicts(check_document("lecture.md")) == ["proved", "refuted"]


@pytest.mark.parametrize("name", ["empty.md", "empty.tex", "empty.txt"])
def test_an_empty_file_has_no_claims(name):
    result = symnet(write(name, b""))
    assert result.exit_code == 0 and f"{name}: no formulas were found" in result.stdout


def test_a_folder_without_documents_is_an_error():
    Path("nothing").mkdir()
    write("nothing/notes.odt", b"x")
    result = symnet("nothing")
    assert result.exit_code == 2 and "nothing holds no document" in result.stderr


def test_a_name_of_a_file_is_no_markup():
    name = write("<b>&\"'.md", f"$${WRONG}$$\n")
    assert symnet(name, "--html", "page.html", "--junit", "junit.xml").exit_code == 1
    assert "<b>&" not in Path("page.html").read_text(encoding="utf-8")
