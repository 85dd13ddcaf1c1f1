r"""The author's macros: \newcommand, \def and \DeclareMathOperator, found and replaced within limits."""

from __future__ import annotations

import re
from dataclasses import dataclass

_DEFINITION = re.compile(
    r"\\(?:(?:re|provide)?newcommand|DeclareRobustCommand)\*?\s*(?:\{\s*\\([A-Za-z]+)\s*\}|\\([A-Za-z]+))"
    r"\s*(?:\[(\d)\])?\s*(?:\[([^\]\n]{0,200})\])?\s*(?=\{)"
    r"|\\(?:g|e|x)?def\s*\\([A-Za-z]+)((?:#\d)*)\s*(?=\{)"
    r"|\\(DeclareMathOperator)\*?\s*(?:\{\s*\\([A-Za-z]+)\s*\}|\\([A-Za-z]+))\s*(?=\{)"
)
_COMMAND = re.compile(r"\\(?:([A-Za-z]+)|[^A-Za-z])")
_BRACE = re.compile(r"\\.|[{}]", re.DOTALL)
_LONGEST_BODY = 2000
_ROUNDS = 12
_LONGEST = 10_000


@dataclass(frozen=True)
class Macro:
    """What a macro stands for: ``body`` with #1, #2, ...; ``default`` is the value of an optional first argument."""

    body: str
    arguments: int = 0
    default: str | None = None


def definitions(text: str) -> tuple[dict[str, Macro], list[tuple[int, int]]]:
    """The macros that a text defines, and where the definitions stand (start, end)."""
    macros: dict[str, Macro] = {}
    regions: list[tuple[int, int]] = []
    if "\\" not in text:
        return macros, regions
    for m in _DEFINITION.finditer(text):
        end = group_end(text, m.end())
        if end < 0:
            continue
        body = text[m.end() + 1 : end - 1].strip()
        if m[7]:
            macros[m[8] or m[9]] = Macro(rf"\operatorname{{{body}}}")
        else:
            count = int(m[3]) if m[3] else len(m[6] or "") // 2
            body = re.sub(r"\\(?:ensuremath|xspace)(?![A-Za-z])|(?<!\\)\$", "", body)
            macros[m[1] or m[2] or m[5]] = Macro(body, count, m[4])
        regions.append((m.start(), end))
    return macros, regions


def group_end(text: str, start: int, limit: int = _LONGEST_BODY) -> int:
    """The offset behind the closing brace of the group that opens at ``start``; -1 where it does not close soon."""
    depth = 0
    for m in _BRACE.finditer(text, start, min(len(text), start + limit)):
        depth += {"{": 1, "}": -1}.get(m[0], 0)
        if depth == 0:
            return m.end() if m[0] == "}" else -1
    return -1


def expanded(latex: str, macros: dict[str, Macro]) -> str:
    """``latex`` with the macros replaced; unchanged where that does not end, or grows too long."""
    if not macros:
        return latex
    result = latex
    for _ in range(_ROUNDS):
        once = _round(result, macros)
        if once == result:
            return result
        if len(once) > _LONGEST + len(latex):
            return latex
        result = once
    return latex


def _round(latex: str, macros: dict[str, Macro]) -> str:
    pieces, at, length = [], 0, 0
    for m in _COMMAND.finditer(latex):
        macro = macros.get(m[1] or "")
        if macro is None or m.start() < at:
            continue
        arguments, end = _arguments(latex, m.end(), macro)
        if arguments is None:
            continue
        pieces += [latex[at : m.start()], _applied(macro.body, arguments)]
        length += len(pieces[-1])
        at = end
        if length > _LONGEST:
            break
    return "".join([*pieces, latex[at:]])


def _applied(body: str, arguments: list[str]) -> str:
    return re.sub(r"#(\d)", lambda m: arguments[int(m[1]) - 1] if 0 < int(m[1]) <= len(arguments) else m[0], body)


def _arguments(latex: str, at: int, macro: Macro) -> tuple[list[str] | None, int]:
    """The arguments behind a macro and the offset behind them; None where one is missing."""
    values: list[str] = []
    if macro.default is not None:
        m = re.compile(r"\s*\[([^\]]{0,200})\]").match(latex, at)
        values.append(m[1] if m else macro.default)
        at = m.end() if m else at
    while len(values) < macro.arguments:
        while at < len(latex) and latex[at].isspace():
            at += 1
        if at == len(latex):
            return None, at
        if latex[at] == "{":
            end = group_end(latex, at)
            if end < 0:
                return None, at
            values.append(latex[at + 1 : end - 1])
        else:
            m = _COMMAND.match(latex, at)
            end = m.end() if m else at + 1
            values.append(latex[at:end])
        at = end
    return values, at
