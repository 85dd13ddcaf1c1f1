"""The rows of a formula as tokens: columns, rows that go on, boxes and bullets taken off."""

from __future__ import annotations

from collections.abc import Sequence

from symnet.lecture.reader.clauses import relates
from symnet.lecture.reader.signs import is_name, operator, relation, split
from symnet.lecture.reader.syntax import Expr
from symnet.lecture.reader.token import Token

#: how deep the tree of a formula may be
MAX_DEPTH = 120


def is_system(env: Token) -> bool:
    """Rows that are claims: each has a relation in its first cell, and no conditions stand beside."""
    rows = [r for r in split(env.body, "row") if r]
    for row in rows:
        cells = [c for c in split(row, "amp") if c]
        if any(t.kind == "text" and not is_name(t) for t in row):
            return False
        if env.text in ("cases", "dcases") and len(cells) > 1 and not (relation(cells[1][0]) or relation(cells[0][-1])):
            return False
        if not relates(row) or any(t.is_sym(":") for t in row):
            return False
        if env.text == "array" and len(cells) == 2 and not (relation(cells[1][0]) or relation(cells[0][-1])):
            return False
    return len(rows) > 0


def columns(row: Sequence[Token]) -> list[Token]:
    """The row without its alignment marks; a mark that begins another pair of columns separates."""
    out: list[Token] = []
    marks = 0
    row = list(row)
    for k, t in enumerate(row):
        if t.kind != "amp":
            out.append(t)
            continue
        marks += 1
        after = next((u for u in row[k + 1 :] if u.kind != "amp"), None)
        aligned = after is None or relation(after) or operator(after) or after.is_sym("+", "-", ",")
        if not out:
            out.append(t)  # tells that the row begins behind the mark
        elif (
            not aligned
            and not (out and (relation(out[-1]) or operator(out[-1]) or out[-1].is_sym("+", "-")))
            and marks % 2 == 0
        ):
            out.append(Token("quad", "&", t.start, t.end))
    while out and out[-1].kind == "amp":
        out.pop()
    return out


def after_amp(tokens: list[Token]) -> list[Token]:
    while tokens and tokens[0].kind == "amp":
        tokens = tokens[1:]
    return tokens


def goes_on(before: list[Token], row: list[Token]) -> bool:
    """Does this row go on with the clause before it?"""
    marked = bool(row) and row[0].kind == "amp"
    row = after_amp(row)
    if not row:
        return False
    if relation(row[0]) is not None:
        return True
    last = before[-1]
    if relation(last) is not None or operator(last) or last.is_sym("+", "-"):
        return True
    if operator(row[0]) or row[0].is_sym("+", "/"):
        return True
    return marked and row[0].is_sym("-")


def unbulleted(tokens: list[Token]) -> list[Token]:
    """The row without ``1)``, ``a)``, ``\\bullet`` and the like before it."""
    amp = tokens[:1] if tokens and tokens[0].kind == "amp" else []
    tokens = tokens[len(amp) :]
    if len(tokens) > 2 and tokens[0].kind in ("number", "letter") and tokens[1].is_sym(")"):
        tokens = tokens[2:]
    elif len(tokens) > 2 and not amp and tokens[0].is_cmd("cdot", "bullet") and relates(tokens):
        tokens = tokens[1:]
    return amp + tokens


def spliced(tokens: list[Token]) -> list[Token]:
    """The row with claims taken out of boxes and braces: ``\\boxed{a = b}``, ``\\underbrace{a = b}_{note}``."""
    out: list[Token] = []
    k = 0
    while k < len(tokens):
        t = tokens[k]
        if t.is_group("{") and relates(t.body) and not (out and (out[-1].kind == "cmd" or out[-1].is_sym("_", "^"))):
            out.extend(spliced(list(t.body)))
        elif t.is_cmd(*_BOXES) and k + 1 < len(tokens):
            k += 1 if t.is_cmd("textcolor", "fcolorbox") and k + 2 < len(tokens) else 0
            inner = tokens[k + 1]
            if not inner.is_group("{") or not relates(inner.body):
                out.extend(tokens[k : k + 2] if not t.is_cmd("textcolor") else [t, *tokens[k : k + 2]])
            else:
                out.extend(spliced(list(inner.body)))
                while k + 3 < len(tokens) and tokens[k + 2].is_sym("_", "^"):
                    k += 2
            k += 1
        else:
            out.append(t)
        k += 1
    return out


_BOXES = ("boxed", "fbox", "textcolor", "underbrace", "overbrace", "underline", "overline")


def open_chain(current: Sequence[Token], after: Sequence[Token]) -> bool:
    """Does the chain go on behind this gap?"""
    follows = next((t for t in after if t.kind != "quad"), None)
    if follows is None or not current:
        return False
    return relation(current[-1]) is not None or relation(follows) is not None and not follows.is_sym(":")


def trimmed(tokens: list[Token], words: bool = False) -> list[Token]:
    """The tokens without punctuation at both ends; ``words``: and without a dash before words."""
    tokens = list(tokens)
    while tokens and (tokens[-1].is_sym(",", ";", ".", ":") or tokens[-1].kind in ("quad", "amp")):
        tokens.pop()
    while tokens and (tokens[0].is_sym(",", ";", ".") or tokens[0].kind == "quad"):
        tokens.pop(0)
    if words and len(tokens) > 1 and tokens[-1].is_sym("-", "–", "—") and not tokens[-2].is_sym("^", "_"):
        tokens.pop()
    return tokens if any(t.kind != "amp" for t in tokens) else []


def nesting(expr: Expr) -> int:
    """How deep a tree is, without recursion."""
    deepest = 0
    stack: list[tuple[Expr, int]] = [(expr, 1)]
    while stack:
        part, depth = stack.pop()
        deepest = max(deepest, depth)
        if deepest > MAX_DEPTH:
            break
        stack.extend((child, depth + 1) for child in part.children())
    return deepest
