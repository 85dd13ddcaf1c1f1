r"""LaTeX of a tree: readable, with as few brackets as the reader needs; ``read_formula(latex_of(e))`` is ``e`` again.

Where the tree has no ``Paren`` but the notation needs one, brackets are added: they are read back as a ``Paren``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import singledispatch
from itertools import islice

from symnet.lecture.reader.core import occurs
from symnet.lecture.reader.scopes import implied_variables
from symnet.lecture.reader.syntax import (
    RELATIONS,
    Absolute,
    At,
    Big,
    Braced,
    Call,
    Cases,
    Derivative,
    Dimensions,
    Dots,
    Expr,
    Indicator,
    Infinity,
    Interval,
    Label,
    Matrix,
    Moment,
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
    SetOf,
    Slice,
    Space,
    Statement,
    Symbol,
    Transpose,
    Tuple,
)
from symnet.lecture.reader.words import GREEK, is_word

#: how tightly a construction binds; an operand that binds less gets brackets
RELATION, SUM, TERM, PRODUCT, FACTOR, ATOM = range(6)

_FONTS = {"bold": "mathbf", "cal": "mathcal", "bb": "mathbb", "frak": "mathfrak", "scr": "mathscr", "sf": "mathsf",
          "tt": "mathtt"}  # fmt: skip
_OPERATORS = {"juxtapose": " ", "dot": r" \cdot ", "times": r" \times ", "star": " * ", "odot": r" \odot ",
              "outer": r" \otimes ", "matmul": " @ "}  # fmt: skip
_BIG = {"sum": r"\sum", "prod": r"\prod", "max": r"\max", "min": r"\min", "argmax": r"\arg\max", "argmin": r"\arg\min",
        "sup": r"\sup", "inf": r"\inf", "lim": r"\lim", "int": r"\int"}  # fmt: skip
_MOMENTS = {
    "E": r"\mathbb{E}",
    "Var": r"\operatorname{Var}",
    "Cov": r"\operatorname{Cov}",
    "Std": r"\operatorname{Std}",
}
_COMMANDS = frozenset(
    "log ln lg exp sin cos tan cot sec csc sinh cosh tanh coth arcsin arccos arctan det max min sup inf dim".split()
)

#: what tells identity matrices of different sizes apart is not shown
_OCCURRENCE = re.compile(r"\^\{#\d+\}$")


def latex_of(expr: Expr) -> str:
    """The LaTeX of a tree, of a ``Statement`` or of a resolved tree with ``Ref``."""
    return _print(expr)


@singledispatch
def _print(expr: Expr) -> str:
    key = getattr(expr, "key", None)
    if key is None:
        raise TypeError(f"no LaTeX for {type(expr).__name__}")
    return _reference(key, expr.indices)  # type: ignore[attr-defined]


def _reference(key: str, indices: Sequence[Expr]) -> str:
    """A resolved name: its key, with the indices below."""
    key = _OCCURRENCE.sub("", key)
    if not indices:
        return key
    inner = ",".join(map(_print, indices))
    if key.endswith("}") and "_{" in key or "_" in key:
        return f"{{{key}}}_{{{inner}}}"
    base, caret, above = key.partition("^")
    return f"{base}_{{{inner}}}{caret}{above}"


def level(expr: Expr) -> int:
    """How tightly the outermost construction of ``expr`` binds."""
    if isinstance(expr, Statement):
        return RELATION
    if isinstance(expr, (Plus, Negate)):
        return SUM
    if isinstance(expr, Big):
        return TERM
    if isinstance(expr, Derivative):
        return FACTOR if expr.of is not None and not _operand_beside(expr.of) else TERM
    if isinstance(expr, Product):
        return TERM if level(expr.right) == TERM else PRODUCT
    if isinstance(expr, Nabla):
        return level(expr.of) if level(expr.of) in (TERM,) else FACTOR
    if isinstance(expr, Dimensions):
        return FACTOR
    if isinstance(expr, Call):
        return FACTOR if _bare(expr) else ATOM
    if isinstance(expr, (Quotient,)):
        return PRODUCT if expr.elementwise else ATOM
    if isinstance(expr, (Transpose, Power, Prime, At)):
        return ATOM
    return ATOM


def _bare(expr: Call) -> bool:
    return False


def _operand_beside(of: Expr) -> bool:
    """Does the operand stand beside the fraction, not in its numerator?"""
    return isinstance(of, (Plus, Product, Negate, Big, Quotient, Derivative, Nabla, Cases, Matrix, Braced)) or (
        isinstance(of, Call) and _is_long(of)
    )


def _is_long(expr: Expr) -> bool:
    """Has the tree more than a dozen parts?"""
    return len(list(islice(expr.walk(), 13))) > 12


def at_least(expr: Expr, wanted: int) -> str:
    """The LaTeX of an operand, in brackets where it binds less tightly than ``wanted``."""
    text = _print(expr)
    return text if level(expr) >= wanted else _bracketed(text)


def _bracketed(text: str, left: str = "(", right: str = ")") -> str:
    tall = any(c in text for c in (r"\frac", r"\sum", r"\prod", r"\int", r"\begin", r"\sqrt"))
    return rf"\left{left} {text} \right{right}" if tall else f"{left}{text}{right}"


# -- leaves -----------------------------------------------------------------------------------------------------------


@_print.register
def _(expr: Number) -> str:
    if expr.text and not expr.text.startswith("-"):
        return expr.text
    value = expr.value
    sign = "-" if value < 0 else ""
    value = abs(value)
    if value.denominator == 1:
        return f"{sign}{value.numerator}"
    decimal = _decimal(value.numerator, value.denominator)
    return sign + (decimal or rf"\frac{{{value.numerator}}}{{{value.denominator}}}")


def _decimal(top: int, below: int) -> str:
    """top/below as a finite decimal, or an empty text."""
    for places in range(1, 13):
        if 10**places % below == 0:
            digits = str(top * (10**places // below)).rjust(places + 1, "0")
            return f"{digits[:-places]}.{digits[-places:]}"
    return ""


@_print.register
def _(expr: Infinity) -> str:
    return r"\infty"


@_print.register
def _(expr: Dots) -> str:
    return r"\dots"


@_print.register
def _(expr: Slice) -> str:
    return f"{_print(expr.low) if expr.low is not None else ''}:{_print(expr.high) if expr.high is not None else ''}"


@_print.register
def _(expr: Label) -> str:
    if expr.kind == "prime":
        return r"\prime" if expr.count == 1 else r"\prime" * expr.count
    if expr.kind == "word":
        if expr.word == "dagger":
            return r"\dagger"
        return rf"\text{{{expr.word}}}"
    if expr.kind == "star":
        return "*"
    if expr.kind == "sign":
        return expr.word
    inner = _print(expr.value) if expr.value is not None else ""
    if isinstance(expr.value, Tuple):
        inner = ",".join(map(_print, expr.value.items))
    left, right = {"paren": ("(", ")"), "bracket": ("[", "]"), "angle": (r"\langle ", r"\rangle")}[expr.kind]
    return f"{left}{inner}{right}"


def _named(name: str, font: str) -> str:
    """The bare name in its font."""
    if name == "cdot":
        return r"\cdot"
    if name == "?":
        return name
    if name in GREEK:
        body = f"\\{name}"
        return body if not font else rf"\{'boldsymbol' if font == 'bold' else _FONTS.get(font, 'mathrm')}{{{body}}}"
    if font == "rm":
        if " " in name or not name.replace("_", "").isalnum():
            return rf"\text{{{name}}}"
        escaped = name.replace("_", r"\_")
        return rf"\mathrm{{{escaped}}}" if len(name) == 1 or not name.isascii() else rf"\operatorname{{{escaped}}}"
    escaped = name.replace("_", r"\_")
    if font:
        return rf"\{_FONTS[font]}{{{escaped}}}"
    if name in _COMMANDS:
        return f"\\{name}"
    if len(name) == 1 or is_word(name) or (len(name) == 2 and name[0] == "d"):
        return escaped
    return rf"\mathit{{{escaped}}}"


@_print.register
def _(expr: Symbol) -> str:
    text = _named(expr.name, expr.font)
    for mark in expr.marks:
        if mark == "Delta":
            text = rf"\Delta {text}"
        else:
            text = rf"\{mark}{{{text}}}" if len(text) > 1 else rf"\{mark} {text}" if False else rf"\{mark}{{{text}}}"
    below = _subscripts(expr.subs) if expr.subs else ""
    return text + below + _labels(expr.labels)


def _labels(labels: Sequence[Label]) -> str:
    labels = [label for label in labels if label.kind != "occurrence"]
    if not labels:
        return ""
    if all(label.kind == "prime" for label in labels):
        return "'" * sum(label.count for label in labels)
    if len(labels) == 1 and labels[0].kind == "star":
        return "^*"
    if len(labels) == 1:
        return f"^{{{_print(labels[0])}}}"
    return "^{" + "".join(f"{{{_print(label)}}}" for label in labels) + "}"


def _subscripts(subs: Sequence[Expr]) -> str:
    """``_{ij}``, ``_{i,j+1}``, ``_i``."""
    texts = [_subscript(s) for s in subs]
    letters = all(
        _is_letter(s) or (isinstance(s, Number) and k > 0 and _is_letter(subs[k - 1])) for k, s in enumerate(subs)
    )
    joined = ("" if letters and not (len(subs) >= 3) and all(len(t) == 1 for t in texts) else ",").join(texts)
    if len(subs) == 2 and joined in ("L1", "L2"):
        joined = ",".join(texts)
    return f"_{joined}" if len(joined) == 1 and joined not in "'" else f"_{{{joined}}}"


def _is_letter(sub: Expr) -> bool:
    return (
        isinstance(sub, Symbol)
        and len(sub.name) == 1
        and not sub.subs
        and not sub.labels
        and not sub.marks
        and not sub.font
    )


def _subscript(sub: Expr) -> str:
    if isinstance(sub, Product) and sub.op == "juxtapose":
        return _print(Paren(sub)) if _side_by_side(sub) else _print(sub)
    return _print(sub)


def _side_by_side(expr: Expr) -> bool:
    if isinstance(expr, Product) and expr.op == "juxtapose":
        return _side_by_side(expr.left) and _side_by_side(expr.right)
    return isinstance(expr, (Symbol, Number))


# -- arithmetic -------------------------------------------------------------------------------------------------------


@_print.register
def _(expr: Plus) -> str:
    pieces: list[str] = []
    for k, term in enumerate(expr.terms):
        negative = isinstance(term, Negate)
        body = at_least(term.arg if isinstance(term, Negate) else term, TERM)
        if k + 1 < len(expr.terms) and _captures(term, expr.terms[k + 1]):
            body = _bracketed(body)  # its scope would go on over the next term
        pieces += [(" - " if negative else " + ") if k else ("-" if negative else ""), body]
    return "".join(pieces)


def _captures(term: Expr, right: Expr) -> bool:
    """Would the scope of the operator at the end of ``term`` go on over ``right``?"""
    if isinstance(term, Negate):
        return _captures(term.arg, right)
    if isinstance(term, Product):
        return _captures(term.right, right)
    if isinstance(term, (Derivative, Nabla)):
        return False
    if isinstance(term, Plus):
        return _captures(term.terms[-1], right)
    if not isinstance(term, Big):
        return False
    return any(occurs(v, right) for v in term.variables) or _captures(term.body, right)


@_print.register
def _(expr: Negate) -> str:
    return "-" + at_least(expr.arg, TERM)


@_print.register
def _(expr: Product) -> str:
    op = _OPERATORS[expr.op]
    quotient = isinstance(expr.left, Quotient) and expr.left.elementwise
    left = _bracketed(_print(expr.left)) if quotient or level(expr.left) == TERM else at_least(expr.left, PRODUCT)
    wanted = TERM if level(expr.right) == TERM else FACTOR
    if isinstance(expr.right, Negate) and expr.op != "juxtapose":
        right = "-" + at_least(expr.right.arg, FACTOR)
        return left + op + right
    right = at_least(expr.right, wanted)
    if expr.op == "juxtapose" and _clash(expr.left, expr.right, left, right):
        right = _bracketed(right)
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


@_print.register
def _(expr: Quotient) -> str:
    if expr.elementwise:
        return rf"{at_least(expr.numerator, ATOM)} \oslash {at_least(expr.denominator, ATOM)}"
    return rf"\frac{{{_print(expr.numerator)}}}{{{_print(expr.denominator)}}}"


@_print.register
def _(expr: Power) -> str:
    base = expr.base
    if (
        isinstance(base, Call)
        and isinstance(base.function, Symbol)
        and base.function.name in _COMMANDS
        and not base.subs
    ):
        return _call(base, _script(expr.exponent, expr.elementwise))
    text = _print(base)
    if not _takes_script(base):
        text = _bracketed(text)
    elif isinstance(base, (Power, Transpose)) or isinstance(base, Symbol) and base.labels:
        text = f"{{{text}}}"
    return text + _script(expr.exponent, expr.elementwise)


def _takes_script(base: Expr) -> bool:
    if isinstance(base, (Power, Transpose)):
        return True
    return (
        isinstance(
            base,
            (Symbol, Number, Paren, Absolute, Norm, Matrix, Tuple, SetOf, Moment, Infinity, Indicator, Root, Interval),
        )
        or (isinstance(base, Call) and level(base) == ATOM)
        or not hasattr(base, "name")
        and hasattr(base, "key")
    )


def _script(exponent: Expr, elementwise: bool) -> str:
    text = _print(exponent)
    if elementwise:
        return rf"^{{\circ {text}}}"
    if isinstance(exponent, Paren):
        return f"^{{{{{text}}}}}"
    if isinstance(exponent, Symbol) and (len(exponent.name) > 1 and exponent.name not in GREEK or text == "T"):
        return f"^{{{{}}{text}}}"  # not a label, not a transpose
    return f"^{text}" if len(text) == 1 else f"^{{{text}}}"


@_print.register
def _(expr: Root) -> str:
    degree = f"[{_print(expr.degree)}]" if expr.degree is not None else ""
    return rf"\sqrt{degree}{{{_print(expr.arg)}}}"


@_print.register
def _(expr: Transpose) -> str:
    base = expr.arg
    if (
        isinstance(base, Power)
        and base.exponent == Negate(Number(_one()))
        and not base.elementwise
        and _takes_script(base.base)
    ):
        inner = base.base
        text = _print(inner)
        if isinstance(inner, (Power, Transpose)) or isinstance(inner, Symbol) and inner.labels:
            text = f"{{{text}}}"
        return text + r"^{-\top}"
    text = _print(base)
    if isinstance(base, Symbol) and base.labels:
        if len(base.labels) == 1 and base.labels[0].kind in ("bracket", "paren", "star"):
            inside = _print(base.labels[0])
            bare = text[: len(text) - len(_labels(base.labels))]
            return rf"{bare}^{{{inside}\top}}"
        return rf"{{{text}}}^\top"
    if not _takes_script(base):
        text = _bracketed(text)
    elif isinstance(base, (Power, Transpose)):
        text = f"{{{text}}}"
    return text + r"^\top"


def _one():
    from fractions import Fraction

    return Fraction(1)


@_print.register
def _(expr: Paren) -> str:
    return _bracketed(_print(expr.arg))


@_print.register
def _(expr: Absolute) -> str:
    return rf"\left| {_print(expr.arg)} \right|"


@_print.register
def _(expr: Norm) -> str:
    return rf"\left\| {_print(expr.arg)} \right\|" + (_subscripts((expr.order,)) if expr.order is not None else "")


@_print.register
def _(expr: Call) -> str:
    return _call(expr, "")


_WRAPPED = {"floor": (r"\lfloor ", r" \rfloor"), "ceil": (r"\lceil ", r" \rceil")}


def _call(expr: Call, power: str) -> str:
    function = expr.function
    name = function.name if isinstance(function, Symbol) else ""
    below = _subscripts(expr.subs) if expr.subs else ""
    if name in _WRAPPED and len(expr.args) == 1:
        left, right = _WRAPPED[name]
        return f"{left}{_print(expr.args[0])}{right}{below}{power}"
    if name == "binom" and len(expr.args) == 2:
        return rf"\binom{{{_print(expr.args[0])}}}{{{_print(expr.args[1])}}}{below}{power}"
    if name == "inner" and len(expr.args) == 2:
        return rf"\left\langle {_print(expr.args[0])}, {_print(expr.args[1])} \right\rangle{below}{power}"
    if name == "entry" and len(expr.args) == 1 and expr.subs:
        inner = expr.args[0]
        if isinstance(inner, (Power, Transpose, Prime, Nabla, Derivative)):
            return f"{{{_print(inner)}}}{below}{power}"
        return f"{_print(inner)}{below}{power}"
    if name == "labelled" and len(expr.args) == 2:
        return f"{_print(expr.args[0])}^{{{_print(expr.args[1])}}}"
    text = _print(function)
    if not isinstance(function, (Symbol, Power, Paren)) and not hasattr(function, "key"):
        text = _bracketed(text)
    if isinstance(function, Symbol) and function.labels and expr.primes:
        text = f"{text[:-1]}{chr(92)}prime}}" if text.endswith("}") else text
        if not text.endswith("prime}"):
            text = f"{{{text}}}" + "'" * expr.primes
        elif expr.primes > 1:
            text = text[:-1] + r"\prime" * (expr.primes - 1) + "}"
    else:
        text += "'" * expr.primes
    inside = ", ".join(map(_print, expr.args))
    if expr.parameters:
        inside += "; " + ", ".join(map(_print, expr.parameters))
    return text + power + _bracketed(inside) + below


@_print.register
def _(expr: Prime) -> str:
    text = _print(expr.arg)
    if not _takes_script(expr.arg):
        text = _bracketed(text)
    elif isinstance(expr.arg, (Power, Transpose, Symbol)):
        text = f"{{{text}}}" if not isinstance(expr.arg, Symbol) else _bracketed(text)
    return text + "'" * expr.count


# -- operators with a scope -------------------------------------------------------------------------------------------


@_print.register
def _(expr: Big) -> str:
    head = _BIG[expr.op]
    if expr.op == "int":
        low = f"_{{{_print(expr.lower)}}}" if expr.lower is not None else ""
        high = f"^{{{_print(expr.upper)}}}" if expr.upper is not None else ""
        behind = "".join(rf" \, \mathrm{{d}} {_print(v)}" for v in expr.variables)
        body = at_least(expr.body, TERM if not expr.variables else SUM)
        return f"{head}{low}{high} {body}{behind}"
    below = _below(expr)
    above = ""
    if expr.upper is not None:
        text = _print(expr.upper)
        above = f"^{text}" if len(text) == 1 else f"^{{{text}}}"
    body = _body(expr)
    return f"{head}{f'_{below}' if below else ''}{above} {body}"


def _body(expr: Big) -> str:
    body = expr.body
    if isinstance(body, Negate):
        return _print(body)
    if isinstance(body, Plus) and all(_captures(expr, t) for t in body.terms[1:]):
        first, *rest = body.terms
        if not any(_captures(a, b) for a, b in zip(body.terms, rest)):
            return _print(body)
    if expr.op in ("max", "min") and not _below(expr) and isinstance(body, (Paren, Tuple, Matrix, SetOf)):
        return rf"{{{_print(body)}}}"
    return at_least(body, TERM)


def _below(expr: Big) -> str:
    """What stands below the operator, in braces where needed."""
    names = [_print(v) for v in expr.variables]
    parts: list[str] = []
    listed = ", ".join(names)
    if expr.lower is not None:
        sign = r"\to" if expr.op == "lim" else "="
        parts.append(f"{listed} {sign} {_print(expr.lower)}")
    elif expr.domain is not None:
        whole = listed if len(names) <= 1 else f"({listed})"
        parts.append(rf"{whole} \in {_print(expr.domain)}" if names else _print(expr.domain))
    elif names and not (expr.conditions and _implied(expr)):
        parts.append(listed)
    parts += [_print(c) for c in expr.conditions]
    text = ", ".join(parts).replace(" = ", "=") if len(parts) == 1 else ", ".join(parts)
    if not text:
        return ""
    return text if len(text) == 1 else f"{{{text}}}"


def _implied(expr: Big) -> bool:
    """Are the variables those that the reader finds in the first condition?"""
    return implied_variables(expr.conditions[0]) == expr.variables


@_print.register
def _(expr: Derivative) -> str:
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
        text = _print(expr.by[k])
        if isinstance(expr.by[k], (Plus, Product, Negate)) or times > 1 and not isinstance(expr.by[k], Symbol):
            text = _bracketed(text)
        if times > 1 and isinstance(expr.by[k], Symbol) and expr.by[k].labels:  # type: ignore[attr-defined]
            text = f"{{{text}}}"
        if order > 1 and times == 1 and isinstance(expr.by[k], Power):
            text = f"{{{text}}}^1"
        below.append(f"{d} {text}" + (f"^{times}" if times > 1 else ""))
        k = run + 1
    bottom = " ".join(below)
    if expr.of is None:
        return rf"\frac{{{above}}}{{{bottom}}}"
    if _operand_beside(expr.of):
        return rf"\frac{{{above}}}{{{bottom}}} {at_least(expr.of, TERM)}"
    return rf"\frac{{{above} {_print(expr.of)}}}{{{bottom}}}"


@_print.register
def _(expr: Nabla) -> str:
    below = _subscripts(expr.by) if expr.by else ""
    above = "^2" if expr.order == 2 else ""
    tight = level(expr.of) in (ATOM, FACTOR) and not isinstance(expr.of, (Number, Quotient)) or isinstance(expr.of, Big)
    of = _print(expr.of) if tight else _bracketed(_print(expr.of))
    return rf"\nabla{below}{above} {of}"


@_print.register
def _(expr: Moment) -> str:
    under = "_{" + ", ".join(map(_print, expr.under)) + "}" if expr.under else ""
    inside = ", ".join(map(_print, expr.args))
    if expr.given:
        inside += r" \mid " + ", ".join(map(_print, expr.given))
    return _MOMENTS[expr.kind] + under + _bracketed(inside, "[", "]")


@_print.register
def _(expr: At) -> str:
    where = ", ".join(map(_print, expr.conditions))
    return rf"\left. {_print(expr.arg)} \right|_{{{where}}}"


@_print.register
def _(expr: Braced) -> str:
    note = f"_{{{_print(expr.note)}}}" if expr.note is not None else ""
    return rf"\underbrace{{{_print(expr.arg)}}}{note}"


# -- composed values --------------------------------------------------------------------------------------------------


@_print.register
def _(expr: Tuple) -> str:
    return _bracketed(", ".join(map(_print, expr.items)))


@_print.register
def _(expr: Matrix) -> str:
    rows = r" \\ ".join(" & ".join(map(_print, row)) for row in expr.rows)
    return rf"\begin{{bmatrix}} {rows} \end{{bmatrix}}"


@_print.register
def _(expr: Cases) -> str:
    otherwise = r"\text{otherwise}"
    rows = [f"{_print(value)} & {_print(c) if c is not None else otherwise}" for value, c in expr.branches]
    return r"\begin{cases} " + r" \\ ".join(rows) + r" \end{cases}"


@_print.register
def _(expr: Indicator) -> str:
    return rf"\mathbb{{1}}{_bracketed(_print(expr.condition), '[', ']')}"


@_print.register
def _(expr: Interval) -> str:
    left, right = "[" if expr.closed[0] else "(", "]" if expr.closed[1] else ")"
    return f"{left}{_print(expr.low)}, {_print(expr.high)}{right}"


@_print.register
def _(expr: SetOf) -> str:
    inside = ", ".join(map(_print, expr.items))
    if expr.conditions:
        inside += " : " + ", ".join(map(_print, expr.conditions))
    return rf"\{{{inside}\}}" if inside else r"\emptyset"


@_print.register
def _(expr: Space) -> str:
    if not expr.dims:
        return rf"\mathbb{{{expr.name}}}"
    dims = [at_least(d, PRODUCT) if not _has_times(d) else _bracketed(_print(d)) for d in expr.dims]
    return rf"\mathbb{{{expr.name}}}^{{" + r" \times ".join(dims) + "}"


def _has_times(expr: Expr) -> bool:
    return isinstance(expr, Product) and (expr.op in ("times", "star", "dot") or _has_times(expr.left))


@_print.register
def _(expr: Dimensions) -> str:
    word = r"\dim" if expr.word == "dim" else rf"\operatorname{{{expr.word}}}"
    return f"{word} {at_least(expr.arg, FACTOR)}" if not isinstance(expr.arg, Tuple) else f"{word} ({_print(expr.arg)})"


@_print.register
def _(expr: Statement) -> str:
    signs = [RELATIONS[r] for r in expr.relations]
    out = []
    if expr.continues and signs:
        out.append(signs.pop(0))
    for k, term in enumerate(expr.terms):
        out.append(_term(term))
        if k < len(signs):
            out.append(signs[k])
    text = " ".join(out)
    for condition in expr.conditions:
        text += r", \quad " + (r"\text{for } " if condition.relations else r"\forall ") + _print(condition)
    return text


def _term(term: Expr) -> str:
    if isinstance(term, Statement):
        return _bracketed(_print(term))
    if isinstance(term, Tuple) and term.items and any(isinstance(i, Dots) for i in term.items):
        return ", ".join(map(_print, term.items))
    return _print(term)
