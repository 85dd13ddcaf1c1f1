"""Statements as lines of a function: the readable style."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from symnet.codegen.arrays import Assign, Loop, NewAxis, Slice, Statement, Update
from symnet.codegen.functions import Block
from symnet.codegen.text import ArrayText
from symnet.codegen.wrap import WIDTH, assignment
from symnet.codegen.wrap import statement as call

INDENT = "    "


def block_lines(block: Block, text: ArrayText, comments: Mapping[str, str]) -> list[str]:
    """The lines of one node; the comment stands at its line, or above where there are several."""
    comment = comments.get(block.node.name, "")
    if block.steps:
        return [line for s in block.statements for line in statement_lines(s, text, INDENT, "", comments)]
    if len(block.statements) == 1:
        return statement_lines(block.statements[0], text, INDENT, comment)
    lines = [f"{INDENT}# {comment}"] if comment else []
    for statement in block.statements:
        lines += statement_lines(statement, text, INDENT)
    return lines


def statement_lines(
    statement: Statement, text: ArrayText, indent: str, comment: str = "", comments: Mapping[str, str] | None = None
) -> list[str]:
    if isinstance(statement, Assign):
        return assignment(indent, f"{statement.target} =", text(statement.value), comment)
    if isinstance(statement, Update):
        return _update(statement, text, indent, comment)
    assert isinstance(statement, Loop)
    lines = heads(statement, text, indent)
    indent += INDENT * len(lines)
    for k, inner in enumerate(statement.body):
        note = (comments or {}).get(statement.of[k], "") if statement.of else ""
        lines += statement_lines(inner, text, indent, note)
    return lines


def heads(loop: Loop, text: ArrayText, indent: str) -> list[str]:
    """``for i in range(n):``, for every counter of a loop."""
    lines = []
    for depth, (index, size) in enumerate(loop.counters):
        places = f"range({text.scalar(size)})"
        places = f"reversed({places})" if loop.reverse else places
        lines.append(f"{indent}{INDENT * depth}for {text.scalar(index)} in {places}:")
    return lines


def _update(statement: Update, text: ArrayText, indent: str, comment: str = "") -> list[str]:
    target, value = statement.target.name, text(statement.value)
    items = text.items(statement.items)
    if not statement.repeated and len(f"{indent}{target}[{items}] {statement.op} (") > WIDTH:
        tail = assignment(indent, f"] {statement.op}", value)
        return [f"{indent}{target}[", f"{indent}{INDENT}{items}", *tail]
    if not statement.repeated:
        return assignment(indent, f"{target}[{items}] {statement.op}", value, comment)
    ufunc = "np.subtract" if statement.op == "-=" else "np.add"
    return call(indent, text.at(ufunc, statement, positions(statement.items, text), value))


def positions(items: Sequence, text: ArrayText) -> str:
    """Indices as ``np.add.at`` takes them: one array, or a tuple."""
    items = list(items)
    while len(items) > 1 and isinstance(items[-1], Slice) and items[-1].full:
        items.pop()
    if len(items) == 1 and not isinstance(items[0], Slice):
        return text.item(items[0])
    words = []
    for item in items:
        if isinstance(item, Slice):
            words.append("slice(None)" if item.full else f"slice({_bounds(item, text)})")
        else:
            assert not isinstance(item, NewAxis)
            words.append(text.item(item))
    return f"({', '.join(words)})"


def _bounds(item: Slice, text: ArrayText) -> str:
    stop = "None" if item.stop is None else text.scalar(item.stop)
    start = "None" if item.from_last else text.scalar(item.start)
    return f"{start}, {stop}, {item.step}"


def lines_of(blocks: Iterable[Block], text: ArrayText, comments: Mapping[str, str]) -> list[str]:
    return [line for b in blocks for line in block_lines(b, text, comments)]
