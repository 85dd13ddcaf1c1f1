"""What the author's directives add to the context of a document."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from symnet.lecture.context.context import Context, Known, declare, facts_of
from symnet.lecture.context.resolve import Ref
from symnet.lecture.context.shapes import STRONG, pairs
from symnet.lecture.reader.syntax import Expr, Number, Statement, Symbol

if TYPE_CHECKING:
    from symnet.lecture.documents.items import Directive, Document


def directives_of(document: Document) -> list[Directive]:
    """The directives of a document, those of formulas left out."""
    from symnet.lecture.documents.items import Directive

    return [i for i in document.items if isinstance(i, Directive)]


def statements_of(document: Document) -> Iterator[tuple[int, Statement, str]]:
    """Definitions and assumptions of the author, as statements that stand before all others."""
    from symnet.lecture.reader.reader import read_formula

    for d in directives_of(document):
        if d.kind in ("define", "assume"):
            text = f"{d.subject} = {d.value}" if d.kind == "define" and d.value and d.subject else d.value or d.subject
            for part in read_formula(text):
                if isinstance(part, Statement):
                    yield d.line, part, ""


def apply_directives(context: Context, document: Document) -> None:
    """Shapes, functions and readings that the author declares."""
    for d in directives_of(document):
        subject = _name(context, d.subject)
        if subject is None:
            continue
        if d.kind == "shape":
            _shape(context, subject, d.value)
        elif d.kind == "function":
            context.naming.functions.add(subject.key)
            context.ranks.put(subject.key, -1, 0 if "scalar" in d.value else 1, STRONG + 1)
        elif d.kind == "random":
            continue
    for d in directives_of(document):
        if d.kind == "assume":
            for line in context.lines:
                if line.line == d.line:
                    for (left, right), relation in zip(pairs(line.statement), line.statement.relations):
                        for known in facts_of(left, right, relation, f"directive, {d.source}"):
                            context.facts.append(Known(known.key, known.what, known.source))


def _name(context: Context, latex: str) -> Ref | None:
    from symnet.lecture.reader.reader import read_formula

    for part in read_formula(latex):
        if isinstance(part, Statement) and part.terms:
            resolved = context.naming.resolve(part.terms[0])
            return resolved if isinstance(resolved, Ref) else None
    return None


def _shape(context: Context, ref: Ref, value: str) -> None:
    from symnet.lecture.reader.reader import read_formula

    words = value.strip()
    if words in ("scalar", ""):
        context.ranks.set(ref, 0, STRONG + 1)
        return
    dims: list[Expr] = []
    for word in words.replace("\\times", " x ").split(" x "):
        for part in read_formula(word.strip()):
            if isinstance(part, Statement) and isinstance(part.terms[0], (Symbol, Number, Expr)):
                dims.append(context.naming.resolve(part.terms[0]))
                break
    context.ranks.set(ref, len(dims), STRONG + 1)
    declare(context, ref, dims)
