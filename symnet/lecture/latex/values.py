"""LaTeX of composed values: lists, matrices, cases, sets, shapes, statements."""

from __future__ import annotations

from symnet.lecture.latex.levels import FACTOR, PRODUCT, Printers, Tex, at_least, bracketed
from symnet.lecture.reader.syntax import (
    RELATIONS,
    Cases,
    Dimensions,
    Dots,
    Expr,
    Indicator,
    Interval,
    Matrix,
    Product,
    SetOf,
    Space,
    Statement,
    Tuple,
)


def list_of(tex: Tex, expr: Tuple) -> str:
    return bracketed(", ".join(map(tex, expr.items)))


def matrix(tex: Tex, expr: Matrix) -> str:
    rows = r" \\ ".join(" & ".join(map(tex, row)) for row in expr.rows)
    return rf"\begin{{bmatrix}} {rows} \end{{bmatrix}}"


def cases(tex: Tex, expr: Cases) -> str:
    otherwise = r"\text{otherwise}"
    rows = [f"{tex(value)} & {tex(c) if c is not None else otherwise}" for value, c in expr.branches]
    return r"\begin{cases} " + r" \\ ".join(rows) + r" \end{cases}"


def indicator(tex: Tex, expr: Indicator) -> str:
    return rf"\mathbb{{1}}{bracketed(tex(expr.condition), '[', ']')}"


def interval(tex: Tex, expr: Interval) -> str:
    left, right = "[" if expr.closed[0] else "(", "]" if expr.closed[1] else ")"
    return f"{left}{tex(expr.low)}, {tex(expr.high)}{right}"


def set_of(tex: Tex, expr: SetOf) -> str:
    inside = ", ".join(map(tex, expr.items))
    if expr.conditions:
        inside += " : " + ", ".join(map(tex, expr.conditions))
    return rf"\{{{inside}\}}" if inside else r"\emptyset"


def space(tex: Tex, expr: Space) -> str:
    if not expr.dims:
        return rf"\mathbb{{{expr.name}}}"
    dims = [at_least(tex, d, PRODUCT) if not _has_times(d) else bracketed(tex(d)) for d in expr.dims]
    return rf"\mathbb{{{expr.name}}}^{{" + r" \times ".join(dims) + "}"


def _has_times(expr: Expr) -> bool:
    return isinstance(expr, Product) and (expr.op in ("times", "star", "dot") or _has_times(expr.left))


def dimensions(tex: Tex, expr: Dimensions) -> str:
    word = r"\dim" if expr.word == "dim" else rf"\operatorname{{{expr.word}}}"
    return (
        f"{word} {at_least(tex, expr.arg, FACTOR)}" if not isinstance(expr.arg, Tuple) else f"{word} ({tex(expr.arg)})"
    )


def statement(tex: Tex, expr: Statement) -> str:
    signs = [RELATIONS[r] for r in expr.relations]
    out = []
    if expr.continues and signs:
        out.append(signs.pop(0))
    for k, term in enumerate(expr.terms):
        out.append(_term(tex, term))
        if k < len(signs):
            out.append(signs[k])
    text = " ".join(out)
    for condition in expr.conditions:
        text += r", \quad " + (r"\text{for } " if condition.relations else r"\forall ") + tex(condition)
    return text


def _term(tex: Tex, term: Expr) -> str:
    if isinstance(term, Statement):
        return bracketed(tex(term))
    if isinstance(term, Tuple) and term.items and any(isinstance(i, Dots) for i in term.items):
        return ", ".join(map(tex, term.items))
    return tex(term)


PRINTERS: Printers = {
    Tuple: list_of,
    Matrix: matrix,
    Cases: cases,
    Indicator: indicator,
    Interval: interval,
    SetOf: set_of,
    Space: space,
    Dimensions: dimensions,
    Statement: statement,
}
