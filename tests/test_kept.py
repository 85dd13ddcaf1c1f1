"""Products of the main job are kept as long as nothing that decides them changes."""

from __future__ import annotations

import pytest

import symnet as sn
from symnet import catalog, kept
from symnet.build import make_all


class Made:
    """Counts how often something is made."""

    def __init__(self, name: str = "relu") -> None:
        self.name, self.times = name, 0

    def __call__(self) -> dict:
        self.times += 1
        return {"name": self.name, "number": self.times}


@pytest.fixture
def folder(monkeypatch, tmp_path):
    monkeypatch.setenv("SYMNET_CACHE_DIR", str(tmp_path))
    return tmp_path / "build"


def test_what_is_kept_is_not_made_again(folder):
    made, op = Made(), catalog.load("relu")
    assert kept.kept(op, made) == kept.kept(op, made) == {"name": "relu", "number": 1}
    assert [path.name for path in folder.iterdir()] == ["relu.json"]


def test_another_engine_or_another_definition_makes_anew(folder, monkeypatch, tmp_path):
    made, op = Made(), catalog.load("relu")
    kept.kept(op, made)
    monkeypatch.setattr(kept, "_engine", lambda: "another")
    kept.kept(op, made)
    assert made.times == 2
    other = tmp_path / "activations.py"
    other.write_text("another definition\n")
    monkeypatch.setattr(kept, "definition_files", lambda op: [other])
    kept.kept(op, made)
    assert made.times == 3


@pytest.mark.parametrize("text", ["", "{", "[]", '{"key": 1}', '{"key": null, "made": {}}'])
def test_a_file_that_can_not_be_read_was_never_written(folder, text):
    made, op = Made(), catalog.load("relu")
    kept.kept(op, made)
    (folder / "relu.json").write_text(text)
    assert kept.kept(op, made)["number"] == 2


def test_an_operation_of_a_user_is_not_kept(folder):
    @sn.op
    def own(x: "n"):
        return 2 * x

    made = Made("own")
    kept.kept(own, made)
    kept.kept(own, made)
    assert made.times == 2 and not folder.exists()


def test_the_files_of_what_an_operation_is_made_of_decide_too():
    def names(name: str) -> set[str]:
        return {path.stem for path in kept.definition_files(catalog.load(name))}

    assert names("relu") == {"activations"}
    assert {"networks", "optimizers"} <= names("classifier_adam_step")
    assert {"transformer", "attention"} <= names("transformer_block")


def test_a_product_is_the_same_with_and_without_the_cache(folder):
    assert make_all("relu") == make_all("relu") == make_all("relu", cache=False)
