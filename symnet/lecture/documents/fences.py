"""Blocks of code in documents: which of them are Python, and which are pieces of one listing."""

from __future__ import annotations

import re

PYTHON = frozenset({"python", "py", "python3", "py3", "ipython", "ipython3", "pycon", "numpy", "sage"})
_STATEMENT = re.compile(
    r"(?:import\s+\w|from\s+[\w.]+\s+import\b|(?:def|class)\s+\w+.*:|(?:for|while|if|elif|with)\s.*:\s*(?:#.*)?$"
    r"|else\s*:|return\b|print\(|[\w.]+(?:\[[^\]]*\])?(?:\s*,\s*[\w.]+)*\s*(?:[-+*/@]|\*\*|//)?=(?!=)\s*\S)"
)
_MARGIN = re.compile(r"\s*(?:(\d{1,4})[.:|]?(?:\s+|$))?\s*(?:(?:>>>|\.\.\.)\s*)?")  # line number, prompt


def is_python(language: str, code: str) -> bool:
    """Python by its name, or, where no language is named, by half of its lines."""
    if language:
        return language.lower() in PYTHON
    lines = [line[_margin(line).end() :] for line in code.splitlines()]
    lines = [line for line in lines if line and not line.startswith("#")]
    if not lines:
        return any("#" in line for line in code.splitlines())
    return 2 * sum(bool(_STATEMENT.match(line)) for line in lines) >= len(lines)


def continues(code: str, more: str) -> bool:
    """Is ``more``, the next block, a piece of the same listing?

    It is where it begins with an indented line, and where each line is a block of its own.
    """
    before = [line for line in code.splitlines() if line.strip()]
    after = [line for line in more.splitlines() if line.strip()]
    if not before or not after:
        return False
    return (
        len(before) == len(after) == 1 or after[0][0].isspace() or before[-1].rstrip().endswith((":", ",", "(", "\\"))
    )


def counts_on(code: str, more: str) -> bool:
    """Do the line numbers of ``code`` go on in ``more``, a later block?"""
    before = [_margin(line)[1] for line in code.splitlines() if line.strip()]
    after = [_margin(line)[1] for line in more.splitlines() if line.strip()]
    return bool(before and after and all(before) and all(after)) and int(after[0]) == int(before[-1]) + 1


def _margin(line: str) -> re.Match[str]:
    found = _MARGIN.match(line)
    assert found
    return found
