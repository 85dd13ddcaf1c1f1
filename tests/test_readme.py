"""What the README shows is what symnet prints."""

import re
from pathlib import Path

import symnet as sn
from symnet.loading import load_operation
from tests.shown import blocks

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
BLOCKS = blocks(README, "python", "text")


def example(tmp_path):
    file = tmp_path / "mylayers.py"
    file.write_text(BLOCKS[0], encoding="utf-8")
    return load_operation(f"{file}:rms_norm")


def test_the_derivation_is_the_one_that_is_printed(tmp_path):
    assert sn.derive(example(tmp_path)).text().strip() == BLOCKS[1].strip()


def test_the_functions_are_those_of_the_generated_module(tmp_path):
    assert BLOCKS[2].strip() in sn.compile(example(tmp_path), "readable").source


def test_the_check_passes(tmp_path):
    report = sn.check_gradients(example(tmp_path), trials=1, style="readable")
    assert report.ok
    shown = [line.split()[:2] for line in BLOCKS[3].splitlines()[1:]]
    assert shown == [line.split()[:2] for line in report.table().splitlines()[1:]]


def test_the_lecture_is_checked_as_it_is_shown(tmp_path, monkeypatch):
    (lecture,) = blocks(README, "markdown")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SYMNET_CACHE_DIR", str(tmp_path / "cache"))
    Path("lecture.md").write_text(lecture, encoding="utf-8")
    assert str(sn.check_lecture("lecture.md")).strip() == BLOCKS[4].strip()


def test_every_function_of_the_notation_is_named():
    notation = README.split("## The notation of a definition")[1].split("\n## ")[0]
    for name in sn.FUNCTIONS:
        assert re.search(rf"\b{name}\b", notation), name


def test_the_fast_functions_are_those_of_the_generated_module(tmp_path):
    page = (Path(__file__).parent.parent / "docs" / "fast-numpy.md").read_text(encoding="utf-8")
    operation, rule = blocks(page, "python")
    assert operation.strip() in sn.compile(example(tmp_path), "fast").source
    assert rule.strip() in sn.compile("momentum").source
