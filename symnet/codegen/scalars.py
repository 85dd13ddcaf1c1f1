"""Python text for expressions of sizes, parameters, numbers and loop counters."""

from __future__ import annotations

import math
from collections.abc import Mapping

import sympy as sp

from symnet.errors import SymnetError
from symnet.ir import functions as fn
from symnet.ir.expr import Constant, Index, Param, Size

# how tightly a piece of Python text holds together
COMPARE, AND, SUM, PRODUCT, SIGN, POWER, ATOM = 1, 2, 3, 4, 5, 6, 7

Text = tuple[str, int]

_CALLS = {
    sp.exp: "np.exp", sp.log: "np.log", sp.tanh: "np.tanh", sp.sin: "np.sin", sp.cos: "np.cos", sp.tan: "np.tan",
    sp.sinh: "np.sinh", sp.cosh: "np.cosh", sp.atan: "np.arctan", fn.sign: "np.sign", sp.sign: "np.sign",
    fn.sigmoid: "_sigmoid", fn.softplus: "_softplus", sp.erf: "_erf", fn.absolute: "np.abs", sp.Abs: "np.abs",
    fn.maximum: "np.maximum", fn.minimum: "np.minimum", sp.Max: "np.maximum", sp.Min: "np.minimum",
}  # fmt: skip
_CHOOSING = (fn.absolute, fn.maximum, fn.minimum, sp.Abs, sp.Max, sp.Min)  # of whole numbers they are whole numbers
_RELATIONS = {fn.gt: ">", fn.ge: ">=", fn.eq: "==", fn.ne: "!="}
ROUND = 6  # zeros at the end from which an integer is written as a float
SIMPLE_DENOMINATOR = 12  # fractions up to this one are printed as such, others as decimals


class ScalarText:
    """Prints scalar expressions; ``names`` gives the variable of each Size, Param and counter.

    ``helpers`` collects the helper functions that the text calls.
    """

    def __init__(self, names: Mapping[sp.Symbol, str]) -> None:
        self.names = names
        self.helpers: set[str] = set()

    def __call__(self, expr: sp.Expr, at_least: int = 0) -> str:
        text, level = self.text(sp.sympify(expr, strict=True))
        return text if level >= at_least else f"({text})"

    def text(self, expr: sp.Expr) -> Text:
        if isinstance(expr, (Size, Param, Index)):
            if expr not in self.names:
                raise SymnetError(f"'{expr}' has no value when the generated code runs")
            return self.names[expr], ATOM
        if isinstance(expr, Constant):
            return literal(float(expr.value))
        if expr.is_number:
            return self.number(expr)
        if expr.is_Add:
            return self.addition(expr)
        if expr.is_Mul:
            return self.product(expr)
        if expr.is_Pow:
            if expr.exp.could_extract_minus_sign():
                return f"1 / {self(expr.base**-expr.exp, SIGN)}", PRODUCT
            if expr.base.is_Add and not expr.exp.is_integer:  # Python's power of a negative number is complex
                return f"float(np.power({self(expr.base)}, {self(expr.exp)}))", ATOM
            return power(self.text(expr.base), self.text(expr.exp))
        if isinstance(expr, sp.floor):
            above, below = sp.fraction(sp.together(expr.args[0]))
            if below == 1:
                return self.text(above)
            return f"{self(above, PRODUCT)} // {self(below, SIGN)}", PRODUCT
        if isinstance(expr, sp.ceiling):
            above, below = sp.fraction(sp.together(expr.args[0]))
            return f"-(-{self(above, SIGN)} // {self(below, SIGN)})", SIGN
        if isinstance(expr, sp.Mod):
            return f"{self(expr.args[0], PRODUCT)} % {self(expr.args[1], SIGN)}", PRODUCT
        return self.function(expr)

    def function(self, expr: sp.Expr) -> Text:
        arguments = ", ".join(map(self, expr.args))
        if expr.func in _CALLS:
            name = _CALLS[expr.func]
            if name.startswith("_"):
                self.helpers.add(name[1:])
            whole_number = expr.func in _CHOOSING and all(a.is_integer for a in expr.args)
            return f"{'int' if whole_number else 'float'}({name}({arguments}))", ATOM
        if expr.func in _RELATIONS:
            turned = isinstance(expr, (fn.eq, fn.ne)) and expr.args[0].is_number  # the number stands behind
            a, b = (self(x, SUM) for x in (expr.args[::-1] if turned else expr.args))
            return f"int({a} {_RELATIONS[expr.func]} {b})", ATOM
        if expr.func is fn.where:
            condition, a, b = expr.args
            return f"({self(a)} if {self(condition)} else {self(b)})", ATOM
        raise SymnetError(f"the function '{expr.func.__name__}' of constants has no Python form")

    def number(self, expr: sp.Expr) -> Text:
        if expr.is_Integer:
            return whole(int(expr))
        if expr.is_Rational and expr.q <= SIMPLE_DENOMINATOR:
            if expr.q in (2, 4, 5, 8, 10):
                return literal(float(expr))
            text = f"{abs(expr.p)} / {expr.q}"
            return (f"-{text}" if expr.p < 0 else text), PRODUCT
        if expr in (sp.oo, -sp.oo):
            return ("np.inf", ATOM) if expr == sp.oo else ("-np.inf", SIGN)
        if expr == sp.pi:
            return "np.pi", ATOM
        if expr.is_comparable:
            return literal(float(expr))
        raise SymnetError(f"'{expr}' is not a real number")

    def addition(self, expr: sp.Expr) -> Text:
        signed = [(bool(t.as_coeff_Mul()[0] < 0), t) for t in sp.Add.make_args(expr)]
        signed.sort(key=lambda t: (t[1].is_number, t[0], sp.default_sort_key(t[1])))
        if signed[0][0]:  # never begin with a minus where a plus can stand first
            signed.sort(key=lambda t: (t[0], t[1].is_number, sp.default_sort_key(t[1])))
        parts = []
        for k, (negative, term) in enumerate(signed):
            if k == 0:
                parts.append(self(term, SUM))
            else:
                parts.append(f"{'-' if negative else '+'} {self(-term if negative else term, PRODUCT)}")
        return " ".join(parts), SUM

    def product(self, expr: sp.Expr) -> Text:
        above, below = sp.fraction(expr)
        if below != 1:
            if above.is_number and above.is_Integer:
                upper = str(int(above))
            else:
                upper = self(above, PRODUCT)
            return f"{upper} / {self(below, SIGN)}", PRODUCT
        coefficient, rest = expr.as_coeff_Mul()
        if coefficient == -1:
            return f"-{self(rest, PRODUCT)}", PRODUCT
        position = {symbol: k for k, symbol in enumerate(self.names)}
        factors = ([coefficient] if coefficient != 1 else []) + sorted(
            sp.Mul.make_args(rest),
            key=lambda f: (not f.is_Symbol, position.get(f, len(position)), sp.default_sort_key(f)),
        )
        return " * ".join(self(f, PRODUCT if k == 0 else SIGN) for k, f in enumerate(factors)), PRODUCT


def whole(value: int) -> Text:
    """An integer; a large round one as Python writes a float."""
    digits = str(abs(value)).rstrip("0")
    zeros = len(str(abs(value))) - len(digits)
    text = f"{digits}e{zeros}" if value and zeros >= ROUND else str(abs(value))
    return (text, ATOM) if value >= 0 else (f"-{text}", SIGN)


def literal(value: float) -> Text:
    """A float as Python writes it."""
    if math.isinf(value):
        return ("np.inf", ATOM) if value > 0 else ("-np.inf", SIGN)
    return repr(value), ATOM if value >= 0 else SIGN


def power(base: Text, exponent: Text) -> Text:
    """``base**exponent``, spaced as formatters do: tight between simple operands."""
    left = base[0] if base[1] >= ATOM else f"({base[0]})"
    right = exponent[0] if exponent[1] >= SIGN else f"({exponent[0]})"
    tight = is_simple(base[0]) and is_simple(right.lstrip("-"))
    return (f"{left}**{right}" if tight else f"{left} ** {right}"), POWER


def is_simple(text: str) -> bool:
    """A name, a dotted name or a number."""
    return text.replace(".", "").replace("_", "").isalnum() and "e-" not in text


__all__ = ["AND", "ATOM", "COMPARE", "POWER", "PRODUCT", "SIGN", "SUM", "ScalarText", "Text", "is_simple", "power"]
