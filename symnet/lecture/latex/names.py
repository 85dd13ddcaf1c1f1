"""LaTeX of numbers and names, with what stands below and above them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from symnet.lecture.latex.levels import Printers, Tex
from symnet.lecture.reader.syntax import Call, Dots, Expr, Infinity, Label, Number, Paren, Product, Slice, Symbol, Tuple
from symnet.lecture.reader.words import GREEK, is_word

_FONTS = {"bold": "mathbf", "cal": "mathcal", "bb": "mathbb", "frak": "mathfrak", "scr": "mathscr", "sf": "mathsf",
          "tt": "mathtt"}  # fmt: skip
COMMANDS = frozenset(
    "log ln lg exp sin cos tan cot sec csc sinh cosh tanh coth arcsin arccos arctan det max min sup inf dim".split()
)
#: what tells identity matrices of different sizes apart is not shown
_OCCURRENCE = re.compile(r"\^\{#\d+\}$")


def reference(tex: Tex, key: str, indices: Sequence[Expr]) -> str:
    """A resolved name: its key, with the indices below."""
    key = _OCCURRENCE.sub("", key)
    if not indices:
        return key
    inner = ",".join(map(tex, indices))
    if key.endswith("}") and "_{" in key or "_" in key:
        return f"{{{key}}}_{{{inner}}}"
    base, caret, above = key.partition("^")
    return f"{base}_{{{inner}}}{caret}{above}"


def number(tex: Tex, expr: Number) -> str:
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


def infinity(tex: Tex, expr: Infinity) -> str:
    return r"\infty"


def dots(tex: Tex, expr: Dots) -> str:
    return r"\dots"


def part(tex: Tex, expr: Slice) -> str:
    return f"{tex(expr.low) if expr.low is not None else ''}:{tex(expr.high) if expr.high is not None else ''}"


def label(tex: Tex, expr: Label) -> str:
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
    inner = tex(expr.value) if expr.value is not None else ""
    if isinstance(expr.value, Tuple):
        inner = ",".join(map(tex, expr.value.items))
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
    if name in COMMANDS:
        return f"\\{name}"
    if len(name) == 1 or is_word(name) or (len(name) == 2 and name[0] == "d"):
        return escaped
    return rf"\mathit{{{escaped}}}"


def as_written(expr: Symbol) -> Call:
    """The call that stands in the document where it is read as an entry of an array."""
    given, count = expr.called
    own = len(expr.subs) - given - count
    function = replace(expr, subs=expr.subs[:own], called=(0, 0))
    return Call(function, expr.subs[own + given :], expr.subs[own : own + given], given=given > 0)


def symbol(tex: Tex, expr: Symbol) -> str:
    if 0 < sum(expr.called) <= len(expr.subs):
        return tex(as_written(expr))
    text = _named(expr.name, expr.font)
    for mark in expr.marks:
        if mark == "Delta":
            text = rf"\Delta {text}"
        else:
            text = rf"\{mark}{{{text}}}"
    below = subscripts(tex, expr.subs) if expr.subs else ""
    return text + below + labels_above(tex, expr.labels)


def labels_above(tex: Tex, labels: Sequence[Label]) -> str:
    labels = [label for label in labels if label.kind != "occurrence"]
    if not labels:
        return ""
    if all(label.kind == "prime" for label in labels):
        return "'" * sum(label.count for label in labels)
    if len(labels) == 1 and labels[0].kind == "star":
        return "^*"
    if len(labels) == 1:
        return f"^{{{tex(labels[0])}}}"
    return "^{" + "".join(f"{{{tex(label)}}}" for label in labels) + "}"


def subscripts(tex: Tex, subs: Sequence[Expr]) -> str:
    """``_{ij}``, ``_{i,j+1}``, ``_i``."""
    texts = [_subscript(tex, s) for s in subs]
    letters = all(
        is_letter(s) or (isinstance(s, Number) and k > 0 and is_letter(subs[k - 1])) for k, s in enumerate(subs)
    )
    joined = ("" if letters and not (len(subs) >= 3) and all(len(t) == 1 for t in texts) else ",").join(texts)
    if len(subs) == 2 and joined in ("L1", "L2"):
        joined = ",".join(texts)
    return f"_{joined}" if len(joined) == 1 and joined not in "'" else f"_{{{joined}}}"


def is_letter(sub: Expr) -> bool:
    return (
        isinstance(sub, Symbol)
        and len(sub.name) == 1
        and not sub.subs
        and not sub.labels
        and not sub.marks
        and not sub.font
    )


def _subscript(tex: Tex, sub: Expr) -> str:
    if isinstance(sub, Product) and sub.op == "juxtapose":
        return tex(Paren(sub)) if _side_by_side(sub) else tex(sub)
    return tex(sub)


def _side_by_side(expr: Expr) -> bool:
    if isinstance(expr, Product) and expr.op == "juxtapose":
        return _side_by_side(expr.left) and _side_by_side(expr.right)
    return isinstance(expr, (Symbol, Number))


PRINTERS: Printers = {
    Number: number,
    Infinity: infinity,
    Dots: dots,
    Slice: part,
    Label: label,
    Symbol: symbol,
}
