"""Every formula of the course is checked, every snippet and command is run, and both languages say the same.

``python -m tests.course.test_chapters`` writes the table of the index anew.
"""

from __future__ import annotations

import contextlib
import io
import re
import runpy
import shlex

import pytest
from click.testing import CliRunner

from symnet.cli import main
from symnet.lecture.check import Options, check_documents
from symnet.lecture.verdict import ACCEPTED, DocumentReport
from tests.course.chapters import (
    CHAPTERS,
    COURSE,
    HEAD,
    LANGUAGES,
    blocks_of,
    commands_of,
    directives_of,
    formulas_of,
    found,
    relations,
    row,
    settled,
    stated,
    text_of,
    title_of,
    told,
)
from tests.once import once

INDEX = COURSE / "README.md"
BOTH = pytest.mark.parametrize("language", LANGUAGES)
EACH = pytest.mark.parametrize("chapter", CHAPTERS)


def checked(language: str) -> dict[str, DocumentReport]:
    paths = [COURSE / language / f"{chapter}.md" for chapter in CHAPTERS]
    return dict(zip(CHAPTERS, check_documents(paths, Options(cache=False))))


@pytest.fixture(scope="module")
def english(tmp_path_factory):
    return once(tmp_path_factory, "course-en", lambda: checked("en"))


@pytest.fixture(scope="module")
def russian(tmp_path_factory):
    return once(tmp_path_factory, "course-ru", lambda: checked("ru"))


def assert_right(report: DocumentReport) -> None:
    """Nothing is called wrong, and nine formulas of ten are shown or define something."""
    assert not report.error
    assert told(found(report)) == ""
    claims = relations(report)
    unsettled = [f for f in claims if not settled(f)]
    accepted = sum(f.verdict in ACCEPTED for f in claims)
    share = 1 - len(unsettled) / len(claims)
    print(f"{report.file}: {accepted} of {len(claims)} proved or holding, {share:.0%} settled")
    assert share >= 0.9, told(unsettled)


@EACH
def test_the_formulas_of_a_chapter_are_right(chapter, english):
    assert_right(english[chapter])


@pytest.mark.slow
@EACH
def test_the_formulas_of_a_russian_chapter_are_right(chapter, russian):
    assert_right(russian[chapter])


#: what a chapter says, and what a tired author might have written
MISTAKES = {
    "04-softmax": {
        r"p_k \left( g_k - \sum_{i=1}^{K} g_i p_i \right)": r"p_k \left( g_k - \sum_{i=1}^{K} g_i \right)",
        r"p_i \delta_{ik} - p_i p_k,": r"p_i \delta_{ik} - p_i,",
        r"\frac{1}{T} r_i (\delta_{ik} - r_k)": r"r_i (\delta_{ik} - r_k)",
    },
    "08-normalisation": {
        r"(v + \epsilon)^{-3/2}": r"(v + \epsilon)^{-1/2}",
        r"- \hat{x}_i \frac{\partial \ell}{\partial \gamma}": r"+ \hat{x}_i \frac{\partial \ell}{\partial \gamma}",
        r"- \frac{1}{d} - \frac{n_k n_j}{d}": r"- \frac{1}{d} - n_k n_j",
    },
    "10-structure": {
        r"\frac{1}{\sqrt{d}} D^\top Q": r"\frac{1}{\sqrt{d}} D Q",
        r"\sum_{l=1}^{T} A_{il} B_{il}": r"\sum_{l=1}^{T} B_{il}",
        r"b g_1 + a g_2 \\ b g_2": r"a g_1 + b g_2 \\ b g_2",
    },
}


FIRST = next(iter(MISTAKES))  # the others are tried in the long tests


@pytest.mark.parametrize("chapter", [FIRST, *(pytest.param(c, marks=pytest.mark.slow) for c in MISTAKES if c != FIRST)])
def test_mistakes_in_a_chapter_are_found(chapter, tmp_path):
    text = text_of(chapter)
    lines = set()
    for right, wrong in MISTAKES[chapter].items():
        assert text.count(right) == 1
        lines.add(text[: text.index(right)].count("\n") + 1)
        text = text.replace(right, wrong)
    path = tmp_path / "chapter.md"
    path.write_text(text, encoding="utf-8")
    (report,) = check_documents([path], Options(cache=False))
    assert {f.line for f in found(report)} == lines, told(found(report))


@EACH
def test_both_languages_have_the_same_formulas_and_listings(chapter):
    texts = [text_of(chapter, language) for language in LANGUAGES]
    for part in (formulas_of, directives_of, blocks_of):
        one, other = map(part, texts)
        assert one == other


def test_every_chapter_has_its_translation():
    assert CHAPTERS == sorted(path.stem for path in (COURSE / "ru").glob("*.md"))


@EACH
def test_the_snippets_print_what_is_shown(chapter, tmp_path):
    """The snippets of a chapter are one program; what each prints stands below it."""
    blocks = blocks_of(text_of(chapter))
    kinds = [kind for kind, _ in blocks if kind != "console"]
    assert kinds and kinds == ["python", "text"] * (len(kinds) // 2)
    program = tmp_path / "snippets.py"
    program.write_text("".join(block for kind, block in blocks if kind == "python"), encoding="utf-8")
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        runpy.run_path(str(program))
    assert printed.getvalue() == "".join(block for kind, block in blocks if kind == "text")


@EACH
def test_the_commands_print_what_is_shown(chapter):
    """Of what a command prints a chapter shows some lines, in their order."""
    commands = commands_of(text_of(chapter))
    assert commands
    for command, shown in commands:
        result = CliRunner().invoke(main, shlex.split(command))
        assert result.exit_code == 0, command
        lines = iter(result.output.splitlines())
        missing = [line for line in shown.splitlines() if line not in lines]  # each is sought behind the one before
        assert shown and missing == [], f"symnet {command}\n{result.output}"


@EACH
@BOTH
def test_every_link_leads_somewhere(chapter, language):
    links = re.findall(r"\]\(([^)#:]+)\)", text_of(chapter, language))
    assert links and [link for link in links if not (COURSE / language / link).is_file()] == []


@EACH
@BOTH
def test_a_chapter_has_exercises_with_answers(chapter, language):
    text = text_of(chapter, language)
    answers = text.count("<details>")
    assert 3 <= answers == text.count("</details>") == len(re.findall(r"^\*\*\d\.\*\*", text, re.MULTILINE))


def test_the_index_leads_to_every_chapter():
    index = INDEX.read_text(encoding="utf-8")
    for language in LANGUAGES:
        for chapter in CHAPTERS:
            assert f"[{title_of(text_of(chapter, language))}]({language}/{chapter}.md)" in index


def test_the_index_does_not_claim_too_much(english):
    """What it states was so when it was written, and is still so at least."""
    claimed = stated(INDEX.read_text(encoding="utf-8"))
    assert list(claimed) == CHAPTERS
    for chapter, then in claimed.items():
        (now,) = stated(row(chapter, english[chapter])).values()
        assert now[0] >= then[0] and now[1] >= then[1], f"{chapter}: {now}, and the index says {then}"


def fresh(index: str) -> str:
    reports = checked("en")
    table = "\n".join([*HEAD, *(row(chapter, reports[chapter]) for chapter in CHAPTERS)])
    before, after = index.split(HEAD[0])[0], re.split(r"\n(?!\|)", index.split(HEAD[0])[1], maxsplit=1)[1]
    return f"{before}{table}\n{after}"


if __name__ == "__main__":
    INDEX.write_text(fresh(INDEX.read_text(encoding="utf-8")), encoding="utf-8")
