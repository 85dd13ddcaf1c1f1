"""Small edits of a formula: the slips of a pen, most usual first.

The same edits make a false claim true (corrections) and a true one false (mutants).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from symnet.lecture.edits.arithmetic import of_factors, of_missing, of_signs, of_terms
from symnet.lecture.edits.building import TWO, negated, replaced_everywhere, times, unique
from symnet.lecture.edits.functions import of_call, of_power, of_sum
from symnet.lecture.edits.here import NOTHING, Change, Here, Vocabulary
from symnet.lecture.edits.names import of_index, of_size, of_symbol
from symnet.lecture.edits.places import editable_parts
from symnet.lecture.edits.products import of_product, of_transposes
from symnet.lecture.edits.questions import plain_name
from symnet.lecture.reader.syntax import NOWHERE, Expr, Label, Power, Quotient, Symbol

#: the kinds of edits, most usual slip first
KINDS = (
    "difference",
    "sign",
    "factor",
    "number",
    "added factor",
    "transpose",
    "missing sum",
    "derivative of a function",
    "symbol",
    "index",
    "other symbol",
    "argument",
    "order of factors",
    "exponent",
    "bracket",
    "count",
    "product",
    "fraction",
    "sum",
    "function",
    "term",
    "missing factor",
)


@dataclass(frozen=True)
class Edit:
    """``before`` was replaced by ``after``, which made ``whole`` of the expression.

    ``kind`` is one of KINDS and ``name`` says what was done.  ``certain`` is False where the value may be the same all
    the same: operands of a product that may commute, an argument of what may be an even function.  Where equal parts
    were replaced at several places, ``before`` is the whole expression.
    """

    kind: str
    name: str
    before: Expr
    after: Expr
    whole: Expr
    certain: bool = True


LAST = 10**6  # behind all places of an expression


def edits(expr: Expr, vocabulary: Vocabulary = NOTHING) -> Iterator[Edit]:
    """Every small edit of an expression, without repetition, the most usual kinds first."""
    found: list[tuple[int, int, Edit]] = []
    here = Here(expr, vocabulary)
    for number, (part, put) in enumerate(editable_parts(expr, lambda new: new)):
        for kind, name, new, certain in changes(here, part, top=number == 0):
            found.append((KINDS.index(kind), number, Edit(kind, name, part, new, put(new), certain)))
    for kind, name, whole in changes_everywhere(here):
        found.append((KINDS.index(kind), LAST, Edit(kind, name, expr, whole, whole)))
    seen: set[Expr] = {expr}
    for _, _, edit in sorted(found, key=lambda entry: entry[:2]):
        if edit.whole not in seen:
            seen.add(edit.whole)
            yield edit


def changes(here: Here, part: Expr, top: bool) -> Iterator[Change]:
    if id(part) in here.inside:
        yield from of_index(here, part)
        return
    if id(part) in here.dims:
        yield from of_size(here, part)
        return
    if isinstance(part, Label):
        return
    yield from of_signs(here, part, top)
    yield from of_factors(here, part, top)
    yield from of_transposes(here, part, top)
    yield from of_symbol(here, part)
    yield from of_call(here, part)
    yield from of_product(here, part)
    yield from of_power(here, part)
    yield from of_sum(here, part, top)
    yield from of_terms(here, part)
    yield from of_missing(here, part, top)


def changes_everywhere(here: Here) -> Iterator[tuple[str, str, Expr]]:
    for symbol in here.values:
        places = [p for p in here.expr.walk() if p == symbol and id(p) not in here.inside]
        if len(places) < 2:
            continue
        for kind, name, new in (
            ("argument", "argument doubled everywhere", times(TWO, symbol)),
            ("argument", "argument halved everywhere", Quotient(symbol, TWO)),
        ):
            yield kind, name, replaced_everywhere(here.expr, symbol, new)
        for other in [o for o in here.values if o != symbol]:
            yield (
                "symbol",
                f"{plain_name(symbol)} replaced by {plain_name(other)} everywhere",
                replaced_everywhere(here.expr, symbol, other),
            )
    for part in unique(p for p in here.expr.walk() if isinstance(p, Power)):
        exponent = part.exponent
        if isinstance(exponent, Label) or not any(isinstance(q, Symbol) for q in exponent.walk()):
            continue
        if sum(p == part for p in here.expr.walk()) > 1:
            turned = replace(part, exponent=negated(exponent), span=NOWHERE)
            yield "exponent", "sign of the exponent turned everywhere", replaced_everywhere(here.expr, part, turned)
