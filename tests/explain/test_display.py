"""What shows itself in a notebook, and in which forms."""

from __future__ import annotations

import pytest
from markdown_it import MarkdownIt

import symnet as sn
from symnet import catalog
from symnet.study import load_study
from tests.explain.test_pages import Tags
from tests.printing.latex_syntax import check_formula


@pytest.mark.parametrize("name", ["batch_norm", "adam", "max_pool", "nesterov"])
def test_an_operation_shows_its_definition(name):
    op = catalog.load(name)
    page, latex = op._repr_markdown_(), op._repr_latex_()
    assert page.startswith(f"**{name}**: {op.doc}") and page.count("$$") >= 2
    check_formula(latex.removeprefix(r"$\displaystyle ").removesuffix("$"))
    tags = Tags()
    tags.feed(op._repr_html_())
    assert not tags.open and name in tags.text and r"\[" in tags.text


def test_the_author_can_not_write_html():
    @sn.op
    def sneaky(x: "n"):
        """<script>alert(1)</script>"""
        return 2 * x

    assert "<script>" not in sneaky._repr_html_()


def test_a_check_shows_a_table():
    page = sn.check_gradients("dense", trials=1)._repr_markdown_()
    (table,) = [t for t in MarkdownIt("commonmark").enable("table").parse(page) if t.type == "table_open"]
    assert table and "| x | complex step | 1e-30 |" in page


def test_a_lecture_report_shows_itself(tmp_path):
    (tmp_path / "a.md").write_text("$$\n1 < 2\n$$\n")
    report = sn.check_lecture(tmp_path / "a.md", cache=False)
    assert report._repr_html_().startswith("<pre>") and "1 claim" in report._repr_markdown_()


def test_derivations_rules_and_studies_show_themselves():
    for shown in (sn.derive("dense"), sn.derive("adam")):
        assert shown._repr_html_().startswith("<div") and r"\[" in shown._repr_latex_()
        assert shown._repr_markdown_().startswith("# ")
    assert load_study("optimizers")._repr_markdown_().startswith("# ")
