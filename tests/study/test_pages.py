"""The pages of studies: every line proved, every run seen, the same in every run, in two languages."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path

import pytest
import sympy as sp
from click.testing import CliRunner

from symnet.cli import main
from symnet.errors import SymnetError
from symnet.study import STUDIES, index, load_study, page_path
from symnet.study.claims import Equal
from symnet.study.study import Experiment, Line, Result, Section, study
from symnet.study.words import LANGUAGES, Words, _read, words

ROOT = Path(__file__).parents[2]
PAGES = ROOT / "docs" / "studies"
w, g = sp.symbols("w g", real=True)


@cache
def found(name: str):
    pytest.importorskip("matplotlib", reason="pictures need matplotlib")
    pytest.importorskip("sklearn", reason="the digits come with scikit-learn")
    return load_study(name)


@pytest.mark.parametrize("name", STUDIES)
def test_every_line_is_proved_every_run_is_seen_and_the_committed_pages_are_fresh(name):
    study = found(name)
    assert study.wrong() == [] and study.ok
    for language in LANGUAGES:
        page = page_path(PAGES, name, language)
        files = study.files(page, language)
        assert page.read_text(encoding="utf-8") == files[page], "to mend: symnet study --all -o docs/studies"
        assert all(path.is_file() for path in files)


def test_the_index_names_every_study():
    for language in LANGUAGES:
        assert page_path(PAGES, "README", language).read_text(encoding="utf-8") == index(language)
        assert all(f"]({name}.md)" in index(language) for name in STUDIES)


def test_no_page_or_picture_is_left_over():
    pages = {page_path(PAGES, name, language) for name in (*STUDIES, "README") for language in LANGUAGES}
    assert set(PAGES.rglob("*.md")) == pages
    shown = {page.parent / p for page in pages for p in re.findall(r"\]\((pictures/.*?)\)", page.read_text())}
    assert set(PAGES.rglob("*.svg")) == shown


# Words


def keys(tree, path=()):
    if isinstance(tree, dict):
        return {k for name, sub in tree.items() for k in keys(sub, (*path, name))}
    return {path}


def phrases(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", text)) if isinstance(text, str) else set()


@pytest.mark.parametrize("name", [*STUDIES, "common"])
def test_every_language_says_the_same_things(name):
    first = keys(_read("en", name))
    assert first, name
    for language in LANGUAGES:
        assert keys(_read(language, name)) == first


def test_phrases_take_the_same_values_in_every_language():
    for key, text in _read("en", "common")["words"].items():
        for language in LANGUAGES:
            assert phrases(_read(language, "common")["words"][key]) == phrases(text), key


@pytest.mark.parametrize("name", STUDIES)
def test_no_words_are_left_over(name, monkeypatch):
    study, own, say, used = found(name), _read("en", name), Words.say, set()

    def recorded(self, said):
        used.update([] if isinstance(said, str) else [said.key])
        return say(self, said)

    monkeypatch.setattr(Words, "say", recorded)
    study.files(Path("page.md"))
    said = {type(x).__name__: [y.key for y in study.items if type(y) is type(x)] for x in study.items}
    assert sorted(own["sections"]) == sorted(said["Section"])
    assert sorted(own["lines"]) == sorted(said["Line"])
    assert sorted(own.get("runs") or []) == sorted(said.get("Experiment", []))
    assert set(own.get("words") or []) <= used


@pytest.mark.parametrize("name", STUDIES)
def test_the_russian_words_are_russian(name):
    for path in PAGES.joinpath("ru").glob(f"{name}.md"):
        prose = re.sub(r"\$\$.*?\$\$|\$.*?\$|`.*?`|\(pictures/.*?\)", "", path.read_text(encoding="utf-8"), flags=re.S)
        lines = [x for x in prose.splitlines() if x and x[0] not in "|#"]
        assert all(re.search("[а-яё]", x, re.I) or not re.search("[a-z]", x, re.I) for x in lines)


def test_a_missing_word_or_language_is_an_error():
    with pytest.raises(SymnetError, match="no lines 'nothing' in language 'ru'"):
        words("optimizers", "ru").line("nothing")
    with pytest.raises(SymnetError, match="no studies in language 'xx'"):
        words("optimizers", "xx")


# What is not shown


@pytest.fixture
def wrong(monkeypatch):
    own = {
        "title": "S",
        "sections": {"one": "One"},
        "lines": {"false": {"text": "False.", "by": "hope"}},
        "runs": {"nothing": {"text": "Nothing is seen."}},
        "words": {"a": "a"},
    }
    said = Words("optimizers", "en", own, _read("en", "common"))
    monkeypatch.setattr("symnet.study.study.words", lambda name, language="en": said)
    nothing = Experiment("nothing", lambda: Result(("a",), (("1",),), False))
    made = study("optimizers", [Section("one"), Line("false", Equal(w, g)), nothing])
    monkeypatch.setattr("symnet.study.load_study", lambda name: made)
    return made


def test_an_unproved_line_is_on_the_page_and_in_the_list(wrong):
    page = wrong.markdown()
    assert "**Refuted**; rule: hope; check: false at $g = " in page and "**Not shown by the run.**" in page
    assert [text.partition(" (")[0] for text in wrong.wrong()] == ["False.", "Nothing is seen."]
    assert wrong.to_dict()["ok"] is False and wrong.to_dict()["claims"][0]["verdict"] == "refuted"


def test_an_unproved_line_is_exit_code_1(wrong):
    result = CliRunner().invoke(main, ["study", "optimizers"])
    assert result.exit_code == 1 and "not shown: False." in result.stderr


# The command


def test_the_command_writes_a_page_and_its_pictures(tmp_path, monkeypatch):
    monkeypatch.setattr("symnet.study.load_study", found)
    page = tmp_path / "page.md"
    result = CliRunner().invoke(main, ["study", "optimizers", "--lang", "ru", "-o", str(page)])
    assert result.exit_code == 0, result.output
    assert page.read_text(encoding="utf-8") == (PAGES / "ru" / "optimizers.md").read_text(encoding="utf-8")
    pictures = sorted((tmp_path / "pictures").iterdir())
    assert len(pictures) == 5 and "скорость обучения" in pictures[-1].read_text(encoding="utf-8")


def test_pictures_are_the_same_in_every_run():
    first, second = (found("optimizers").files(Path("x.md")) for _ in range(2))
    assert first == second


def test_studies_are_listed_and_a_wrong_name_is_explained():
    listed = CliRunner().invoke(main, ["study"]).output
    assert [line.split()[0] for line in listed.splitlines()] == list(STUDIES)
    with pytest.raises(SymnetError, match="did you mean 'optimizers'"):
        load_study("optimisers")
    assert CliRunner().invoke(main, ["study", "--all"]).exit_code == 2


def test_a_study_is_data_for_programs(monkeypatch):
    monkeypatch.setattr("symnet.study.load_study", found)
    data = json.loads(CliRunner().invoke(main, ["study", "optimizers", "--json"]).output)
    assert data["ok"] and data["claims"][0]["proved"] and data["claims"][0]["by"] == "definition"
