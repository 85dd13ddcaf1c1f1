"""Long lines broken as a formatter does: at the loosest operators, inside brackets."""

from __future__ import annotations

WIDTH = 100
MOST = 0.6  # a bracket that holds this much of a line is where it is broken
#: operators by how loosely they bind
OPERATORS = (
    (" == ", " != ", " > ", " >= ", " < ", " <= "),
    (" & ",),
    (" + ", " - "),
    (" * ", " / ", " @ ", " // ", " % "),
)


def assignment(indent: str, left: str, right: str, comment: str = "") -> list[str]:
    """``left right`` (left ends with its operator), broken where it is longer than the page is wide."""
    line = f"{indent}{left} {right}"
    note = f"  # {comment}" if comment else ""
    if len(line + note) <= WIDTH:
        return [line + note]
    before = [f"{indent}# {comment}"] if comment else []
    if len(line) <= WIDTH:
        return [*before, line]
    target, operator = left[:-2].rstrip(), left[-2:].lstrip()
    names, long = _at_commas(target), len(indent + left) + 2 > WIDTH
    if len(names) > 1 and (right.isidentifier() or long):
        each = [f"{indent}    {name}," for name in names]
        return [*before, f"{indent}(", *each, *broken(indent, ") = ", right, "")]
    if long:  # a subscript
        *head, tail = broken(indent, "", target, "")
        return [*before, *head, *broken(indent, f"{tail.strip()} {operator} ", right, "")]
    return [*before, *broken(indent, f"{left} ", right, "")]


def statement(indent: str, text: str) -> list[str]:
    """A call that stands alone."""
    return broken(indent, "", text, "")


def broken(indent: str, before: str, text: str, after: str) -> list[str]:
    """``before text after`` on several lines."""
    if len(indent + before + text + after) <= WIDTH:
        return [f"{indent}{before}{text}{after}"]
    deeper = indent + "    "
    pieces = _at_operators(text)
    if len(pieces) > 1 and len(deeper + text) <= WIDTH:
        return [f"{indent}{before}(", deeper + text, f"{indent}){after}"]
    inside = max((b - a for a, b in _brackets(text)), default=0)
    if len(pieces) > 1 and inside > MOST * len(text):
        lines = _at_brackets(indent, before, text, after)
        if max(map(len, lines)) <= WIDTH:
            return lines
    if len(pieces) > 1:
        return [f"{indent}{before}(", *_lines(deeper, pieces), f"{indent}){after}"]
    return _at_brackets(indent, before, text, after)


def _lines(indent: str, pieces: list[str]) -> list[str]:
    lines: list[str] = []
    for piece in pieces:
        if len(indent + piece) <= WIDTH:
            lines.append(indent + piece)
            continue
        operator, _, rest = piece.partition(" ") if piece[0] in "+-*/@&" and piece[1:2] == " " else ("", "", piece)
        head = f"{operator} " if operator else ""
        inner = _at_operators(rest) if rest else []
        if len(inner) > 1:
            inner[0] = head + inner[0]
            lines += _lines(indent, inner)
        else:
            lines += _at_brackets(indent, head, rest, "")
    return lines


def _at_brackets(indent: str, before: str, text: str, after: str) -> list[str]:
    """Break inside the largest bracket at the top level; a text without one stays as it is."""
    best = max(_brackets(text), key=lambda b: b[1] - b[0], default=None)
    if best is None or best[1] - best[0] < 2:
        return [f"{indent}{before}{text}{after}"]
    start, end = best
    head, inside, tail = text[: start + 1], text[start + 1 : end], text[end:]
    deeper = indent + "    "
    parts = _at_commas(inside)
    lines = [f"{indent}{before}{head}"]
    if len(parts) > 1 and len(deeper + inside) > WIDTH:
        for part in parts:
            lines += broken(deeper, "", part, ",")
    elif len(deeper + inside) <= WIDTH:
        lines.append(deeper + inside)
    else:
        pieces = _at_operators(inside)
        lines += _lines(deeper, pieces) if len(pieces) > 1 else _at_brackets(deeper, "", inside, "")
    return [*lines, f"{indent}{tail}{after}"]


def _depths(text: str) -> list[int]:
    depth, inside, result = 0, False, []
    for c in text:
        if c == '"':
            inside = not inside
        if not inside and c in ")]}":
            depth -= 1
        result.append(depth + (1 if inside else 0))
        if not inside and c in "([{":
            depth += 1
    return result


def _at_operators(text: str) -> list[str]:
    """The operands of the loosest operator outside brackets, each but the first behind its operator."""
    depths = _depths(text)
    for group in OPERATORS:
        cuts = [k for k in range(len(text)) if depths[k] == 0 and any(text.startswith(o, k) for o in group)]
        if cuts:
            ends = [*cuts, len(text)]
            starts = [0, *(c + 1 for c in cuts)]
            return [text[a:b] for a, b in zip(starts, ends)]
    return [text]


def _at_commas(text: str) -> list[str]:
    depths = _depths(text)
    cuts = [k for k, c in enumerate(text) if c == "," and depths[k] == 0]
    return [
        p.strip() for p in (text[a:b] for a, b in zip([0, *(c + 1 for c in cuts)], [*cuts, len(text)])) if p.strip()
    ]


def _brackets(text: str) -> list[tuple[int, int]]:
    """Pairs of brackets at the top level."""
    found, stack = [], []
    inside = False
    for k, c in enumerate(text):
        if c == '"':
            inside = not inside
        elif not inside and c in "([{":
            stack.append(k)
        elif not inside and c in ")]}":
            start = stack.pop()
            if not stack:
                found.append((start, k))
    return found
