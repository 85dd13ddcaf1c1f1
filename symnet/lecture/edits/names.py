"""Other names, other indices."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from symnet.lecture.edits.building import negated, nowhere, number_of, shifted, unique
from symnet.lecture.edits.here import Change, Here
from symnet.lecture.edits.questions import alike, index_letters, plain_name, same_letter
from symnet.lecture.reader.syntax import NOWHERE, Expr, Number, Plus, Space, Symbol

OFFERED = 6  # names of the document that are tried for another


def of_index(here: Here, part: Expr) -> Iterator[Change]:
    if isinstance(part, Symbol) and part in here.indices:
        for other in here.indices:
            if other != part:
                yield "index", f"index {part.name} replaced by {other.name}", nowhere(other), True
    if isinstance(part, Symbol) and id(part) in here.layers:
        for step in (-1, 1):
            yield "index", f"{part.name} moved by one", shifted(nowhere(part), step), True
    if isinstance(part, Number) and part.value.denominator == 1:
        for step in (-1, 1):
            if part.value + step >= 0:
                yield (
                    "index",
                    f"index {part.value} replaced by {part.value + step}",
                    number_of(part.value + step),
                    True,
                )
    if isinstance(part, Plus) and len(part.terms) == 2:
        base, step_ = part.terms
        yield "index", "step of the index dropped", base, True
        yield "index", "step of the index turned", Plus((base, negated(step_))), True


def of_size(here: Here, part: Expr) -> Iterator[Change]:
    if isinstance(part, Symbol):
        for other in here.vocabulary.sizes or unique(
            d for p in here.expr.walk() if isinstance(p, Space) for d in p.dims
        ):
            if other != part:
                yield "index", "size replaced by another", nowhere(other), True


def of_symbol(here: Here, part: Expr) -> Iterator[Change]:
    if isinstance(part, Space) and len(part.dims) == 2:
        yield "transpose", "sizes exchanged", replace(part, dims=part.dims[::-1], span=NOWHERE), True
    if not isinstance(part, Symbol) or part not in here.values:
        return
    others = [o for o in here.values if o != part]
    offered = [o for o in here.vocabulary.symbols if o != part and o not in others and same_letter(o, part)]
    # the same letter with a hat, a prime or another label first
    close = [o for o in [*others, *offered] if same_letter(o, part)]
    others = [o for o in others if alike(o, part)]
    for other in [*close, *(o for o in others if o not in close)]:
        what = f"{plain_name(part)} replaced by {plain_name(other)}"
        yield "symbol", what, nowhere(other), True
    strangers = [o for o in here.vocabulary.symbols if o not in here.values and o not in close and alike(o, part)]
    for other in [o for o in strangers if not set(index_letters(o)) - set(index_letters(here.expr))][:OFFERED]:
        yield "other symbol", f"{plain_name(part)} replaced by {plain_name(other)}", nowhere(other), True
    if part.subs and any(isinstance(s, Symbol) for s in part.subs) and len(part.subs) == 2:
        yield "index", "indices exchanged", replace(part, subs=part.subs[::-1], span=NOWHERE), True
