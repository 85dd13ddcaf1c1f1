"""The places of an expression that may be edited, each with what puts another part there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from symnet.lecture.reader.syntax import (
    NOWHERE,
    Big,
    Call,
    Cases,
    Derivative,
    Expr,
    Label,
    Matrix,
    Nabla,
    Negate,
    Paren,
    Plus,
    Power,
    Prime,
    Product,
    Quotient,
    Root,
    Span,
    Statement,
    Symbol,
    Transpose,
)


def with_products(expr: Expr, is_product: Callable[[Call], bool]) -> Expr:
    """The expression where ``a(b + c)`` is the product that ``is_product`` says it is."""
    expr = expr.map(lambda part: with_products(part, is_product))
    if isinstance(expr, Call) and not expr.certain and len(expr.args) == 1 and is_product(expr):
        bracket = Paren(expr.args[0], span=(expr.function.span[1], expr.span[1]))
        return Product(expr.function, bracket, span=expr.span)
    match expr:  # a(b + c)^T: the transpose is that of the bracket
        case Transpose(Product(left, Paren() as right, op)) if isinstance(expr.arg, Product):
            span = (right.span[0], expr.span[1])
            return Product(left, Transpose(right, span=span), op, span=expr.span)
    return expr


def splice(latex: str, span: Span, new: str) -> str:
    """The formula with the piece at ``span`` replaced by ``new``; all else stays as written."""
    start, end = span
    if not 0 <= start <= end <= len(latex):
        raise ValueError(f"the formula has no piece {span}")
    left, right = latex[:start], latex[end:]
    if new[-1:].isalpha() and "\\" in new and right[:1].isalpha() and new.rsplit("\\", 1)[1].isalpha():
        right = " " + right  # \alpha and x must not become \alphax
    if new[:1].isalpha() and left.rsplit("\\", 1)[-1].isalpha() and "\\" in left:
        left += " "
    return left + new + right


def editable_parts(expr: Expr, put: Callable[[Expr], Expr]) -> Iterator[tuple[Expr, Callable[[Expr], Expr]]]:
    """Every part that may be edited, outermost first, with what puts another in its place."""
    yield expr, put
    for child, change in parts_of(expr):
        yield from editable_parts(child, _after(change, put))


def _after(change: Callable[[Expr], Expr], put: Callable[[Expr], Expr]) -> Callable[[Expr], Expr]:
    return lambda new: put(change(new))


def with_field(expr: Expr, name: str, value: Any) -> Expr:
    """The expression with another value in the field ``name``."""
    return replace(expr, **{name: value, "span": NOWHERE})


def parts_of(expr: Expr) -> Iterator[tuple[Expr, Callable[[Expr], Expr]]]:
    """The direct parts that may be edited: no bound variables, no names of functions, no variables of derivatives."""
    match expr:
        case Symbol():
            names: tuple[str, ...] = ("subs", "labels")
        case Label():
            names = ("value",)
        case Big():
            names = ("lower", "upper", "body", "conditions")
        case Call():
            names = ("args", "subs")
        case Derivative() | Nabla():
            names = ("of",)
        case Matrix():
            for i, row in enumerate(expr.rows):
                for j, entry in enumerate(row):

                    def put_entry(new: Expr, i: int = i, j: int = j) -> Expr:
                        rows = [list(r) for r in expr.rows]
                        rows[i][j] = new
                        return replace(expr, rows=tuple(map(tuple, rows)), span=NOWHERE)

                    yield entry, put_entry
            return
        case Cases():
            for i, (value, condition) in enumerate(expr.branches):

                def put_branch(new: Expr, i: int = i, condition: Statement | None = condition) -> Expr:
                    branches = (*expr.branches[:i], (new, condition), *expr.branches[i + 1 :])
                    return replace(expr, branches=branches, span=NOWHERE)

                yield value, put_branch
            return
        case Statement():
            names = ("terms",)
        case _:
            names = tuple(n for n in expr.__dataclass_fields__ if n not in ("span", "under", "note", "conditions"))
    for name in names:
        value = getattr(expr, name)
        if isinstance(value, Expr):

            def put_value(new: Expr, name: str = name, old: Expr = value) -> Expr:
                return with_field(expr, name, _fitting(expr, name, old, new))

            yield value, put_value
        elif isinstance(value, tuple):
            for i, item in enumerate(value):
                if isinstance(item, Expr):

                    def put_item(new: Expr, name: str = name, i: int = i, value: tuple = value) -> Expr:
                        return with_field(expr, name, (*value[:i], new, *value[i + 1 :]))

                    yield item, put_item


def _fitting(parent: Expr, name: str, old: Expr, new: Expr) -> Expr:
    """``new`` in brackets where it would otherwise run into what stands around it."""
    if type(old) is type(new):
        return new
    loose: tuple[type, ...] = ()
    match parent:
        case Product():
            loose = (Plus, Negate)
        case Negate() | Big() | Derivative() | Nabla():
            loose = (Plus, Negate)
        case Power() if name == "base":
            loose = (Plus, Negate, Product, Quotient, Power, Transpose, Root)
        case Transpose() | Prime():
            loose = (Plus, Negate, Product, Quotient, Power, Transpose, Call)
    return Paren(new) if isinstance(new, loose) else new
