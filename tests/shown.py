"""What a document shows is what happens: its files are written, its commands and its Python sessions run, in order.

A block of ``python`` that begins with ``# name.py`` is a file, one that begins with ``# from name.py`` a part of a file
that a command has written; ``console`` holds commands after ``$`` with what they
print, ``pycon`` a session.  ``python tests/shown.py PAGE...`` writes pages anew with what their commands print now.
"""

from __future__ import annotations

import doctest
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from symnet.cli import main

ROOT = Path(__file__).resolve().parents[1]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"# (from )?(\S+\.py)\n")
COMMAND = re.compile(r"^\$ (.*)\n", re.MULTILINE)
ROUNDING = re.compile(r"\d\.\de[+-]\d\d")  # the error of a gradient check, which differs by machine
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def run(command: str, folder: Path) -> tuple[str, int]:
    """What a command prints in a folder, and its exit code."""
    program, *arguments = shlex.split(command)
    if program == "python":
        done = subprocess.run(
            [sys.executable, *arguments], cwd=folder, capture_output=True, text=True,
            env=os.environ | {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
        )  # fmt: skip
        return (done.stdout + done.stderr).rstrip() + "\n", done.returncode
    assert program == "symnet", command
    here = Path.cwd()
    os.chdir(folder)
    try:
        result = CliRunner().invoke(main, arguments)
    finally:
        os.chdir(here)
    return result.output.rstrip() + "\n", result.exit_code


@dataclass
class Reading:
    """A document that is gone through in a folder; ``failures`` are its sessions that went otherwise."""

    folder: Path
    failures: list[str]
    names: dict[str, Any]

    def block(self, found: re.Match[str]) -> str:
        """The block as it should be."""
        kind, body = found[1], found[2]
        if kind == "python" and (named := FILE.match(body)):
            file, part = self.folder / named[2], body.removeprefix(named[0])
            if not named[1]:
                file.write_text(body, encoding="utf-8")
            elif part not in file.read_text(encoding="utf-8"):
                self.failures.append(f"this is no part of {named[2]}:\n{part}")
        if kind == "pycon":
            self.session(body)
        if kind == "console":
            body = "".join(self.command(command, shown) for command, shown in _pairs(body))
        return f"```{kind}\n{body}```"

    def command(self, command: str, shown: str) -> str:
        printed = run(command, self.folder)[0].replace(f"{self.folder}{os.sep}", "")
        same = ROUNDING.sub("", printed) == ROUNDING.sub("", shown)
        return f"$ {command}\n" + (shown if same else printed)

    def session(self, body: str) -> None:
        test = doctest.DocTestParser().get_doctest(body, self.names, "session", None, 0)
        doctest.DocTestRunner(optionflags=FLAGS, verbose=False).run(test, out=self.failures.append, clear_globs=False)
        self.names.update(test.globs)


def _pairs(body: str) -> list[tuple[str, str]]:
    _, *parts = COMMAND.split(body)
    return list(zip(parts[::2], parts[1::2]))


def fresh(text: str, folder: Path) -> tuple[str, list[str]]:
    """The document with what its commands print now, and its sessions that went otherwise."""
    reading = Reading(folder, [], {})
    return BLOCK.sub(reading.block, text), reading.failures


def blocks(text: str, *kinds: str) -> list[str]:
    """The blocks of some kinds, in order."""
    return [body for kind, body in BLOCK.findall(text) if kind in kinds]


def read(page: Path, folder: Path) -> tuple[str, list[str]]:
    """A page of docs/ gone through in an empty folder, with the examples beside it."""
    for example in (ROOT / "docs" / "examples").iterdir():
        shutil.copy(example, folder)
    return fresh(page.read_text(encoding="utf-8"), folder)


if __name__ == "__main__":
    for name in sys.argv[1:]:
        with tempfile.TemporaryDirectory() as temporary:
            os.environ["SYMNET_CACHE_DIR"] = temporary
            text, failures = read(Path(name), Path(temporary))
        Path(name).write_text(text, encoding="utf-8")
        print("".join(failures), end="")
