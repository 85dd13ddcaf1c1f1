"""The guide to pictures shows what its commands draw."""

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from symnet.cli import main

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "guide" / "pictures.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^\$ symnet (.* -o (docs/guide/pictures/\S+\.svg))$", GUIDE, re.MULTILINE)


@pytest.mark.parametrize(("command", "file"), COMMANDS)
def test_the_picture_is_what_the_command_draws(command, file, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path(file).parent.mkdir(parents=True)
    assert CliRunner().invoke(main, shlex.split(command)).exit_code == 0
    assert Path(file).read_text(encoding="utf-8") == (ROOT / file).read_text(encoding="utf-8"), f"symnet {command}"


def test_every_picture_of_the_guide_has_its_command():
    shown = re.findall(r"\]\((pictures/\S+\.svg)\)", GUIDE)
    assert [f"docs/guide/{name}" for name in shown] == [file for _, file in COMMANDS]
