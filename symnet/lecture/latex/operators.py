"""LaTeX of operators with a scope, derivatives and moments."""

from __future__ import annotations

from symnet.lecture.latex.levels import (
    ATOM,
    FACTOR,
    SUM,
    TERM,
    Printers,
    Tex,
    at_least,
    bracketed,
    captures,
    level,
    operand_beside,
)
from symnet.lecture.latex.names import subscripts
from symnet.lecture.reader.scopes import implied_variables
from symnet.lecture.reader.syntax import (
    At,
    Big,
    Braced,
    Derivative,
    Matrix,
    Moment,
    Nabla,
    Negate,
    Number,
    Paren,
    Plus,
    Power,
    Product,
    Quotient,
    SetOf,
    Symbol,
    Tuple,
)

_BIG = {"sum": r"\sum", "prod": r"\prod", "max": r"\max", "min": r"\min", "argmax": r"\arg\max", "argmin": r"\arg\min",
        "sup": r"\sup", "inf": r"\inf", "lim": r"\lim", "int": r"\int"}  # fmt: skip
_MOMENTS = {
    "E": r"\mathbb{E}",
    "Var": r"\operatorname{Var}",
    "Cov": r"\operatorname{Cov}",
    "Std": r"\operatorname{Std}",
}


def big(tex: Tex, expr: Big) -> str:
    head = _BIG[expr.op]
    if expr.op == "int":
        low = f"_{{{tex(expr.lower)}}}" if expr.lower is not None else ""
        high = f"^{{{tex(expr.upper)}}}" if expr.upper is not None else ""
        behind = "".join(rf" \, \mathrm{{d}} {tex(v)}" for v in expr.variables)
        body = at_least(tex, expr.body, TERM if not expr.variables else SUM)
        return f"{head}{low}{high} {body}{behind}"
    below = _below(tex, expr)
    above = ""
    if expr.upper is not None:
        text = tex(expr.upper)
        above = f"^{text}" if len(text) == 1 else f"^{{{text}}}"
    body = _body(tex, expr)
    return f"{head}{f'_{below}' if below else ''}{above} {body}"


def _body(tex: Tex, expr: Big) -> str:
    body = expr.body
    if isinstance(body, Negate):
        return tex(body)
    if isinstance(body, Plus) and all(captures(expr, t) for t in body.terms[1:]):
        first, *rest = body.terms
        if not any(captures(a, b) for a, b in zip(body.terms, rest)):
            return tex(body)
    if expr.op in ("max", "min") and not _below(tex, expr) and isinstance(body, (Paren, Tuple, Matrix, SetOf)):
        return rf"{{{tex(body)}}}"
    return at_least(tex, body, TERM)


def _below(tex: Tex, expr: Big) -> str:
    """What stands below the operator, in braces where needed."""
    names = [tex(v) for v in expr.variables]
    parts: list[str] = []
    listed = ", ".join(names)
    if expr.lower is not None:
        sign = r"\to" if expr.op == "lim" else "="
        parts.append(f"{listed} {sign} {tex(expr.lower)}")
    elif expr.domain is not None:
        whole = listed if len(names) <= 1 else f"({listed})"
        parts.append(rf"{whole} \in {tex(expr.domain)}" if names else tex(expr.domain))
    elif names and not (expr.conditions and _implied(expr)):
        parts.append(listed)
    parts += [tex(c) for c in expr.conditions]
    text = ", ".join(parts).replace(" = ", "=") if len(parts) == 1 else ", ".join(parts)
    if not text:
        return ""
    return text if len(text) == 1 else f"{{{text}}}"


def _implied(expr: Big) -> bool:
    """Are the variables those that the reader finds in the first condition?"""
    return implied_variables(expr.conditions[0]) == expr.variables


def derivative(tex: Tex, expr: Derivative) -> str:
    d = r"\mathrm{d}" if expr.total else r"\partial"
    order = len(expr.by)
    above = f"{d}^{order}" if order > 1 else d
    below: list[str] = []
    k = 0
    while k < order:
        run = k
        while run + 1 < order and expr.by[run + 1] == expr.by[k]:
            run += 1
        times = run - k + 1
        text = tex(expr.by[k])
        if isinstance(expr.by[k], (Plus, Product, Negate)) or times > 1 and not isinstance(expr.by[k], Symbol):
            text = bracketed(text)
        if times > 1 and isinstance(expr.by[k], Symbol) and expr.by[k].labels:  # type: ignore[attr-defined]
            text = f"{{{text}}}"
        if order > 1 and times == 1 and isinstance(expr.by[k], Power):
            text = f"{{{text}}}^1"
        below.append(f"{d} {text}" + (f"^{times}" if times > 1 else ""))
        k = run + 1
    bottom = " ".join(below)
    if expr.of is None:
        return rf"\frac{{{above}}}{{{bottom}}}"
    if operand_beside(expr.of):
        return rf"\frac{{{above}}}{{{bottom}}} {at_least(tex, expr.of, TERM)}"
    return rf"\frac{{{above} {tex(expr.of)}}}{{{bottom}}}"


def nabla(tex: Tex, expr: Nabla) -> str:
    below = subscripts(tex, expr.by) if expr.by else ""
    above = "^2" if expr.order == 2 else ""
    tight = level(expr.of) in (ATOM, FACTOR) and not isinstance(expr.of, (Number, Quotient)) or isinstance(expr.of, Big)
    of = tex(expr.of) if tight else bracketed(tex(expr.of))
    return rf"\nabla{below}{above} {of}"


def moment(tex: Tex, expr: Moment) -> str:
    under = "_{" + ", ".join(map(tex, expr.under)) + "}" if expr.under else ""
    inside = ", ".join(map(tex, expr.args))
    if expr.given:
        inside += r" \mid " + ", ".join(map(tex, expr.given))
    return _MOMENTS[expr.kind] + under + bracketed(inside, "[", "]")


def at(tex: Tex, expr: At) -> str:
    where = ", ".join(map(tex, expr.conditions))
    return rf"\left. {tex(expr.arg)} \right|_{{{where}}}"


def braced(tex: Tex, expr: Braced) -> str:
    note = f"_{{{tex(expr.note)}}}" if expr.note is not None else ""
    return rf"\underbrace{{{tex(expr.arg)}}}{note}"


PRINTERS: Printers = {
    Big: big,
    Derivative: derivative,
    Nabla: nabla,
    Moment: moment,
    At: at,
    Braced: braced,
}
