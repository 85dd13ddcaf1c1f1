"""LaTeX of sums, products, fractions, powers and calls."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from symnet.lecture.latex.levels import (
    ATOM,
    FACTOR,
    PRODUCT,
    TERM,
    Printers,
    Tex,
    at_least,
    bracketed,
    captures,
    level,
    takes_script,
)
from symnet.lecture.latex.names import COMMANDS, as_written, labels_above, subscripts
from symnet.lecture.reader.syntax import (
    Absolute,
    Call,
    Derivative,
    Dots,
    Expr,
    Nabla,
    Negate,
    Norm,
    Number,
    Paren,
    Plus,
    Power,
    Prime,
    Product,
    Quotient,
    Root,
    Symbol,
    Transpose,
)
from symnet.lecture.reader.words import GREEK

_OPERATORS = {"juxtapose": " ", "dot": r" \cdot ", "times": r" \times ", "star": " * ", "odot": r" \odot ",
              "outer": r" \otimes ", "matmul": " @ "}  # fmt: skip


def plus(tex: Tex, expr: Plus) -> str:
    pieces: list[str] = []
    for k, term in enumerate(expr.terms):
        negative = isinstance(term, Negate)
        body = at_least(tex, term.arg if isinstance(term, Negate) else term, TERM)
        if k + 1 < len(expr.terms) and captures(term, expr.terms[k + 1]):
            body = bracketed(body)  # its scope would go on over the next term
        pieces += [(" - " if negative else " + ") if k else ("-" if negative else ""), body]
    return "".join(pieces)


def negate(tex: Tex, expr: Negate) -> str:
    return "-" + at_least(tex, expr.arg, TERM)


def product(tex: Tex, expr: Product) -> str:
    op = _OPERATORS[expr.op]
    quotient = isinstance(expr.left, Quotient) and expr.left.elementwise
    left = bracketed(tex(expr.left)) if quotient or level(expr.left) == TERM else at_least(tex, expr.left, PRODUCT)
    wanted = TERM if level(expr.right) == TERM else FACTOR
    if isinstance(expr.right, Negate) and expr.op != "juxtapose":
        right = "-" + at_least(tex, expr.right.arg, FACTOR)
        return left + op + right
    right = at_least(tex, expr.right, wanted)
    if expr.op == "juxtapose" and _clash(expr.left, expr.right, left, right):
        right = bracketed(right)
    if expr.op == "juxtapose" and (left.endswith(")") or _calls(expr.left)) and right.startswith(("(", r"\left(")):
        right = f"{{{right}}}"
    return left + op + right


def _calls(left: Expr) -> bool:
    """Would a bracket behind this be read as its argument?"""
    while isinstance(left, (Product, Nabla, Power)):
        left = left.right if isinstance(left, Product) else left.of if isinstance(left, Nabla) else left.base
    return isinstance(left, (Symbol, Derivative))


def _clash(left: Expr, right: Expr, before: str, after: str) -> bool:
    """Would these two be read together as something else side by side?"""
    last = left
    while isinstance(last, Product):
        last = last.right
    if before[-1:].isdigit() and after[:1].isdigit() or after[:1] in (".", "'"):
        return True
    if isinstance(right, Dots) or isinstance(last, Dots):
        return False
    return after.startswith(("+", "-"))


def quotient(tex: Tex, expr: Quotient) -> str:
    if expr.elementwise:
        return rf"{at_least(tex, expr.numerator, ATOM)} \oslash {at_least(tex, expr.denominator, ATOM)}"
    return rf"\frac{{{tex(expr.numerator)}}}{{{tex(expr.denominator)}}}"


def power(tex: Tex, expr: Power) -> str:
    base = expr.base
    if (
        isinstance(base, Call)
        and isinstance(base.function, Symbol)
        and base.function.name in COMMANDS
        and not base.subs
    ):
        return _call(tex, base, script(tex, expr.exponent, expr.elementwise))
    text = tex(base)
    if not takes_script(base):
        text = bracketed(text)
    elif isinstance(base, (Power, Transpose)) or isinstance(base, Symbol) and base.labels:
        text = f"{{{text}}}"
    return text + script(tex, expr.exponent, expr.elementwise)


def script(tex: Tex, exponent: Expr, elementwise: bool) -> str:
    text = tex(exponent)
    if elementwise:
        return rf"^{{\circ {text}}}"
    if isinstance(exponent, Paren):
        return f"^{{{{{text}}}}}"
    if isinstance(exponent, Symbol) and (len(exponent.name) > 1 and exponent.name not in GREEK or text == "T"):
        return f"^{{{{}}{text}}}"  # not a label, not a transpose
    return f"^{text}" if len(text) == 1 else f"^{{{text}}}"


def root(tex: Tex, expr: Root) -> str:
    degree = f"[{tex(expr.degree)}]" if expr.degree is not None else ""
    return rf"\sqrt{degree}{{{tex(expr.arg)}}}"


def transpose(tex: Tex, expr: Transpose) -> str:
    base = expr.arg
    if (
        isinstance(base, Power)
        and base.exponent == Negate(Number(Fraction(1)))
        and not base.elementwise
        and takes_script(base.base)
    ):
        inner = base.base
        text = tex(inner)
        if isinstance(inner, (Power, Transpose)) or isinstance(inner, Symbol) and inner.labels:
            text = f"{{{text}}}"
        return text + r"^{-\top}"
    text = tex(base)
    if isinstance(base, Symbol) and base.labels:
        if len(base.labels) == 1 and base.labels[0].kind in ("bracket", "paren", "star"):
            inside = tex(base.labels[0])
            bare = text[: len(text) - len(labels_above(tex, base.labels))]
            return rf"{bare}^{{{inside}\top}}"
        return rf"{{{text}}}^\top"
    if not takes_script(base):
        text = bracketed(text)
    elif isinstance(base, (Power, Transpose)):
        text = f"{{{text}}}"
    return text + r"^\top"


def paren(tex: Tex, expr: Paren) -> str:
    return bracketed(tex(expr.arg))


def absolute(tex: Tex, expr: Absolute) -> str:
    return rf"\left| {tex(expr.arg)} \right|"


def norm(tex: Tex, expr: Norm) -> str:
    return rf"\left\| {tex(expr.arg)} \right\|" + (subscripts(tex, (expr.order,)) if expr.order is not None else "")


def call(tex: Tex, expr: Call) -> str:
    return _call(tex, expr, "")


_WRAPPED = {"floor": (r"\lfloor ", r" \rfloor"), "ceil": (r"\lceil ", r" \rceil")}


def _with_subscript(expr: Call, function: Symbol) -> Call:
    """The call with the arguments below its function that are written there."""
    below, args = expr.args[len(expr.args) - expr.below :], expr.args[: len(expr.args) - expr.below]
    expr = replace(expr, args=args, below=0)
    if sum(function.called):
        expr = as_written(function)
        assert isinstance(expr.function, Symbol)
        function = expr.function
    return replace(expr, function=replace(function, subs=(*below, *function.subs)))


def _call(tex: Tex, expr: Call, power: str) -> str:
    if 0 < expr.below <= len(expr.args) and isinstance(expr.function, Symbol):
        expr = _with_subscript(expr, expr.function)
    function = expr.function
    name = function.name if isinstance(function, Symbol) else getattr(function, "key", "")
    below = subscripts(tex, expr.subs) if expr.subs else ""
    if name in _WRAPPED and len(expr.args) == 1:
        left, right = _WRAPPED[name]
        return f"{left}{tex(expr.args[0])}{right}{below}{power}"
    if name == "binom" and len(expr.args) == 2:
        return rf"\binom{{{tex(expr.args[0])}}}{{{tex(expr.args[1])}}}{below}{power}"
    if name == "mod" and len(expr.args) == 2:
        a, b = (at_least(tex, arg, ATOM) for arg in expr.args)
        return bracketed(rf"{a} \bmod {b}") + f"{below}{power}"
    if name == "factorial" and len(expr.args) == 1 and not power:
        return f"{at_least(tex, expr.args[0], ATOM)}!{below}"
    if name == "inner" and len(expr.args) == 2:
        return rf"\left\langle {tex(expr.args[0])}, {tex(expr.args[1])} \right\rangle{below}{power}"
    if name == "entry" and len(expr.args) == 1 and expr.subs:
        inner = expr.args[0]
        if isinstance(inner, (Power, Transpose, Prime, Nabla, Derivative)):
            return f"{{{tex(inner)}}}{below}{power}"
        return f"{at_least(tex, inner, ATOM)}{below}{power}"
    if name == "labelled" and len(expr.args) == 2:
        return f"{tex(expr.args[0])}^{{{tex(expr.args[1])}}}"
    text = tex(function)
    if not isinstance(function, (Symbol, Power, Paren)) and not hasattr(function, "key"):
        text = bracketed(text)
    if isinstance(function, Symbol) and function.labels and expr.primes:
        text = f"{text[:-1]}{chr(92)}prime}}" if text.endswith("}") else text
        if not text.endswith("prime}"):
            text = f"{{{text}}}" + "'" * expr.primes
        elif expr.primes > 1:
            text = text[:-1] + r"\prime" * (expr.primes - 1) + "}"
    else:
        text += "'" * expr.primes
    inside = ", ".join(map(tex, expr.args))
    if expr.parameters:
        inside += (r" \mid " if expr.given else "; ") + ", ".join(map(tex, expr.parameters))
    return text + power + bracketed(inside) + below


def prime(tex: Tex, expr: Prime) -> str:
    text = tex(expr.arg)
    if not takes_script(expr.arg):
        text = bracketed(text)
    elif isinstance(expr.arg, (Power, Transpose, Symbol)):
        text = f"{{{text}}}" if not isinstance(expr.arg, Symbol) else bracketed(text)
    return text + "'" * expr.count


PRINTERS: Printers = {
    Plus: plus,
    Negate: negate,
    Product: product,
    Quotient: quotient,
    Power: power,
    Root: root,
    Transpose: transpose,
    Paren: paren,
    Absolute: absolute,
    Norm: norm,
    Call: call,
    Prime: prime,
}
