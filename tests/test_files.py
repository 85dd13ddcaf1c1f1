"""Files appear whole, where they were asked for, and nothing else is touched."""

from __future__ import annotations

import os

import pytest

import symnet as sn
from symnet.codegen.layout import NEEDS
from symnet.errors import SymnetError
from symnet.files import IMPORTED, OutFile, write_all


def test_a_failed_write_leaves_the_old_files_and_no_others(tmp_path):
    good = tmp_path / "a.py"
    good.write_text("old")
    with pytest.raises(SymnetError, match="can not write"):
        write_all({good: "new", good / "b.py": "new"})
    assert good.read_text() == "old"
    assert list(tmp_path.iterdir()) == [good]


def test_a_link_stays_a_link(tmp_path):
    target, link = tmp_path / "deep" / "a.md", tmp_path / "link.md"
    link.symlink_to(target)
    for text in ("new", "newer"):  # dangling at first
        write_all({link: text})
        assert link.is_symlink() and target.read_text() == text
    assert len(list(target.parent.iterdir())) == 1


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with names here")
def test_a_pipe_or_a_device_gets_the_text_and_stays(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    end = os.open(pipe, os.O_RDWR)
    try:
        write_all({pipe: "text"})
        assert os.read(end, 10) == b"text" and pipe.is_fifo()
    finally:
        os.close(end)


@pytest.mark.parametrize("name", ["", ".", "folder"])
def test_a_folder_is_no_file(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    with pytest.raises(SymnetError, match="can not write .*Is a directory"):
        write_all({type(tmp_path)(name): "text"})


def test_that_a_file_can_be_written_is_known_before_anything_is_computed(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(SymnetError, match="can not write"), OutFile(tmp_path / "file" / "a.json"):
        pytest.fail("entered")
    with OutFile(tmp_path / "b.json"):
        pass  # nothing came of it
    assert not (tmp_path / "b.json").exists()


def test_no_module_is_called_like_one_that_modules_import(tmp_path):
    assert IMPORTED == {"numpy", "numba", *(name.partition(".")[0] for names in NEEDS.values() for name in names)}
    op = sn.op(lambda x: 2 * x, name="math", inputs={"x": "n"})
    with pytest.raises(SymnetError, match="in the place of the module 'math'.*rename the operation"):
        sn.generate(op, tmp_path)
    assert sn.generate(op, tmp_path, style="fast").name == "math_fast.py"
