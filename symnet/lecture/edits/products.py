"""Products: transposed, exchanged, taken elementwise, brackets dropped."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from symnet.lecture.edits.building import ONE, grouped, multiplied, times, transposed
from symnet.lecture.edits.here import Change, Here
from symnet.lecture.edits.places import with_field
from symnet.lecture.edits.questions import is_coefficient, is_matrix, may_be_matrix, plain_name
from symnet.lecture.reader.syntax import NOWHERE, Expr, Paren, Plus, Product, Quotient, Symbol, Transpose


def of_transposes(here: Here, part: Expr, top: bool) -> Iterator[Change]:
    if isinstance(part, Transpose):
        yield "transpose", "transpose dropped", part.arg, True
    elif isinstance(part, Product):
        last = part.left.right if isinstance(part.left, Product) and part.left.op != "odot" else part.left
        if isinstance(last, Transpose) != isinstance(part.right, Transpose) and part.op != "odot":
            turned = transposed(last)
            left = turned if last is part.left else Product(part.left.left, turned, part.left.op)  # type: ignore[attr-defined]
            yield "transpose", "transpose moved", Product(left, transposed(part.right), part.op), True
        for i, (side, name) in enumerate(((part.left, "left"), (part.right, "right"))):
            if isinstance(side, Transpose) or not may_be_matrix(side):
                continue
            new = with_field(part, name, transposed(side))
            yield "transpose", f"{'first second'.split()[i]} factor transposed", new, is_matrix(side)
    elif top and isinstance(part, Symbol) and may_be_matrix(part):
        yield "transpose", "transpose added", Transpose(part), is_matrix(part)


def of_product(here: Here, part: Expr) -> Iterator[Change]:
    if isinstance(part, Quotient):
        swapped = replace(part, numerator=part.denominator, denominator=part.numerator, span=NOWHERE)
        yield "fraction", "numerator and denominator exchanged", swapped, True
    if not isinstance(part, Product):
        return
    left, right = part.left, part.right
    if isinstance(left, Symbol) and not is_matrix(left):
        yield "fraction", f"divided by {plain_name(left)}", replace(part, left=Quotient(ONE, left), span=NOWHERE), True
    if part.op == "odot":
        yield (
            "product",
            "elementwise product read as a matrix product",
            replace(part, op="juxtapose", span=NOWHERE),
            True,
        )
    elif may_be_matrix(left) and may_be_matrix(right):
        certain = is_matrix(left) and is_matrix(right)
        if not is_coefficient(left):
            yield "order of factors", "factors exchanged", multiplied(right, left, part.op), certain
            for name, new in (
                ("factors exchanged, the first transposed", (transposed(right), left)),
                ("factors exchanged, the second transposed", (right, transposed(left))),
                ("product transposed", (transposed(right), transposed(left))),
            ):
                yield "order of factors", name, multiplied(*new, part.op), certain
        if isinstance(left, Product) and "odot" not in (part.op, left.op) and may_be_matrix(left.right):
            sure = certain and is_matrix(left.right)
            for name, first, second in (
                ("last factors exchanged", right, left.right),
                ("last factors exchanged, the first transposed", transposed(right), left.right),
                ("last factors exchanged, the second transposed", right, transposed(left.right)),
                ("last product transposed", transposed(right), transposed(left.right)),
            ):
                new_left = Product(left.left, grouped(first), left.op)
                yield "order of factors", name, Product(new_left, grouped(second), part.op), sure
        yield "product", "product taken elementwise", multiplied(left, right, "odot"), certain
    if isinstance(right, Paren) and isinstance(right.arg, Plus):
        first, *rest = right.arg.terms
        yield "bracket", "bracket dropped", Plus((times(left, first, part.op), *rest)), True
    for kept, gone, name in ((right, left, "first"), (left, right, "second")):
        if not (is_coefficient(gone) and not isinstance(gone, Symbol)):
            yield "term", f"{name} factor dropped", kept, True
