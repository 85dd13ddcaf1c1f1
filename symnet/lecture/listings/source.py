"""The text of a listing as Python syntax: gutters, prompts and broken fences are repaired, nothing is ever run.

Lines keep their numbers.  A line that can not be read is blanked and reported, so that the rest is still read.
"""

from __future__ import annotations

import ast
import re
import textwrap
import warnings
from dataclasses import dataclass

MOST_REMOVED, MOST_LENGTH = 12, 60_000
_OTHER_LANGUAGES = {
    "bash", "sh", "shell", "console", "cpp", "c", "c++", "java", "javascript", "js", "json", "yaml", "toml", "xml",
    "html", "css", "sql", "r", "julia", "matlab", "rust", "go", "latex", "tex", "mermaid", "diff", "dot", "text",
    "output", "math",
}  # fmt: skip
_TYPOGRAPHY = str.maketrans({"−": "-", "–": "-", "“": '"', "”": '"', "‘": "'", "’": "'", "\u00a0": " ", "×": "*"})
_GUTTER = re.compile(r"\s*(\d{1,4})(?:[.:|])?(?:\s|$)")
_PROMPT = re.compile(r"^(?:>>> ?|\.\.\. ?|In \[\d*\]: ?)")


@dataclass(frozen=True)
class Source:
    """``tree`` has the line numbers of ``lines``; ``unread`` are (line, why) of lines that were left out."""

    tree: ast.Module
    lines: tuple[str, ...]
    unread: tuple[tuple[int, str], ...] = ()


def is_python(language: str) -> bool:
    """May a listing of this language be Python?"""
    return language.strip().lower().strip("{.}").split(" ")[0] not in _OTHER_LANGUAGES


def read_source(code: str) -> Source:
    """Python syntax of a listing; never raises for what the text says."""
    if len(code) > MOST_LENGTH:
        return Source(ast.Module([], []), (), ((1, "the listing is too long"),))
    lines = code.translate(_TYPOGRAPHY).expandtabs(4).splitlines()
    if any(_PROMPT.match(line) for line in lines):
        lines = [_PROMPT.sub("", line) if _PROMPT.match(line) else "" for line in lines]
    lines = textwrap.dedent("\n".join(_without_gutter(lines))).split("\n")
    unread: list[tuple[int, str]] = []
    for _ in range(MOST_REMOVED + 1):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return Source(ast.parse("\n".join(lines)), tuple(lines), tuple(unread))
        except SyntaxError as error:
            at = min(max(error.lineno or 1, 1), len(lines)) - 1
            if not _repair(lines, at, error):
                unread.append((at + 1, f"not Python: {error.msg}"))
                lines[at] = ""
        except (ValueError, RecursionError, MemoryError) as error:
            return Source(ast.Module([], []), tuple(lines), ((1, f"not Python: {type(error).__name__}"),))
    return Source(ast.Module([], []), tuple(lines), tuple(unread[:1]))


def _without_gutter(lines: list[str]) -> list[str]:
    """The lines without printed line numbers, where nearly every line begins with one and they count upwards."""
    full = [line for line in lines if line.strip()]
    found = [_GUTTER.match(line) for line in full]
    numbers = [int(m[1]) for m in found if m]
    if len(full) < 2 or len(numbers) < 0.8 * len(full) or any(b <= a for a, b in zip(numbers, numbers[1:])):
        return lines
    bare = []
    for line in lines:
        gutter = _GUTTER.match(line)
        bare.append(line[gutter.end() :] if gutter else line.strip())
    indents = [len(line) - len(line.lstrip()) for line in bare if line.strip()]
    unit = 4 if max(indents, default=0) >= 3 else 2
    levels = [round((len(line) - len(line.lstrip())) / unit) for line in bare]  # numbers of two digits shift a column
    return [" " * (unit * level) + line.lstrip() for line, level in zip(bare, levels)]


def _repair(lines: list[str], at: int, error: SyntaxError) -> bool:
    """Mend what the breaking of a listing into pieces does: a header without its body, a body without its header."""
    if "expected an indented block" in (error.msg or ""):
        for k in range(at, -1, -1):
            header = lines[k].split("#")[0].rstrip()
            if header.endswith(":"):
                lines[k] = f"{header} pass"
                return True
    if "unexpected indent" in (error.msg or "") or "unindent" in (error.msg or ""):
        before = next((line for line in reversed(lines[:at]) if line.strip()), "")
        indent = len(before) - len(before.lstrip())
        own = len(lines[at]) - len(lines[at].lstrip())
        if own != indent:
            for k in range(at, len(lines)):  # the whole block moves
                here = len(lines[k]) - len(lines[k].lstrip())
                if lines[k].strip() and here < own:
                    break
                lines[k] = " " * (indent + here - own) + lines[k].lstrip() if lines[k].strip() else ""
            return True
    return False
