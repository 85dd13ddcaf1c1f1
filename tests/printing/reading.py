"""Reads printed formulas back and computes them, so that tests can compare meaning with meaning.

Two small readers, for LaTeX and for the terminal's text, share one grammar:

    sum      term (+|- term)*              term     a product; a reduction runs to the end of its product
    product  factors side by side          factor   atom, atom^power
Each formula becomes a function of the positions of its indices.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from symnet.printing.index_notation import Notation
from symnet.printing.names import index_symbol

Value = Callable[[Mapping[str, int]], float]

FUNCTIONS = {
    "log": math.log, "sin": math.sin, "cos": math.cos, "tan": math.tan, "sinh": math.sinh, "cosh": math.cosh,
    "tanh": math.tanh, "arctan": math.atan, "erf": math.erf, "exp": math.exp, "max": max, "min": min,
    "softplus": lambda x: np.logaddexp(0, x), "sign": np.sign, "sigma": lambda x: 1 / (1 + math.exp(-x)),
    "sigmoid": lambda x: 1 / (1 + math.exp(-x)), "abs": abs,
}  # fmt: skip
REDUCE = {
    "sum": sum, "prod": math.prod, "max": max, "min": min, "argmax": lambda v: int(np.argmax(v)),
    "argmin": lambda v: int(np.argmin(v)), "logsumexp": lambda v: float(np.logaddexp.reduce(v)),
}  # fmt: skip
RELATIONS = {
    ">": lambda a, b: a > b, "<": lambda a, b: a < b, ">=": lambda a, b: a >= b, "<=": lambda a, b: a <= b,
    "=": lambda a, b: a == b, "!=": lambda a, b: a != b,
}  # fmt: skip


@dataclass
class World:
    """Values for everything that a formula may name: arrays, sizes, parameters, ranges of labels."""

    notation: Notation
    arrays: Mapping[str, np.ndarray]
    sizes: Mapping[str, int]
    params: Mapping[str, float]
    ranges: Mapping[str, int]
    starts: Mapping[int, tuple[int, int, np.ndarray]] = field(default_factory=dict)  # of carried arrays, by id

    def symbols(self):
        names = self.notation.names
        for name, array in self.arrays.items():
            yield names.node(name), array
        for label, size in self.sizes.items():
            yield names.size(label), np.asarray(size)
        for label, value in self.params.items():
            yield names.parameter(label), np.asarray(value)


class Reader:
    """The common grammar; see the module's docstring."""

    def __init__(self, text: str, world: World) -> None:
        self.text, self.at, self.world = text, 0, world
        self.table = sorted(
            ((self.look(s), s, a) for s, a in world.symbols()), key=lambda row: (-len(row[0]), -len(row[1].marks))
        )
        self.labels = {self.index_look(label): label for label in world.ranges}

    def read(self) -> Value:
        value = self.sum()
        self.skip()
        assert self.at == len(self.text), f"not read: {self.text[self.at :]!r} of {self.text!r}"
        return value

    # -- characters -----------------------------------------------------------------------------------------------
    def skip(self) -> None:
        while self.text.startswith(" ", self.at):
            self.at += 1

    def sees(self, *pieces: str) -> str:
        self.skip()
        return next((p for p in pieces if self.text.startswith(p, self.at)), "")

    def takes(self, *pieces: str) -> str:
        piece = self.sees(*pieces)
        self.at += len(piece)
        return piece

    def needs(self, *pieces: str) -> str:
        piece = self.takes(*pieces)
        assert piece, f"wanted {pieces} at {self.text[self.at :]!r} of {self.text!r}"
        return piece

    def matches(self, pattern: str) -> str:
        self.skip()
        match = re.compile(pattern).match(self.text, self.at)
        if not match:
            return ""
        self.at = match.end()
        return match[0]

    # -- grammar --------------------------------------------------------------------------------------------------
    def sum(self) -> Value:
        terms = [(-1 if self.takes("-") else 1, self.product())]
        while sign := self.takes("+", "-"):
            terms.append((1 if sign == "+" else -1, self.product()))
        return lambda at: sum(sign * term(at) for sign, term in terms)

    def sides(self, *ends: str) -> Value:
        """A relation inside a bracket."""
        value = self.comparison()
        self.needs(*ends)
        return value

    def conditions(self) -> Value:
        parts = [self.comparison()]
        while self.takes("∧", r"\wedge"):
            parts.append(self.comparison())
        return lambda at: all(p(at) for p in parts)

    def comparison(self) -> Value:
        a, sign, b = self.sum(), self.relation(), self.sum()
        return lambda at: float(RELATIONS[sign](a(at), b(at)))

    def reduction(self, op: str, names: list[str], last: int | None = None) -> Value:
        """``last`` is the last value of every index, where the formula says it."""
        body = self.product()
        sizes = [self.world.ranges[self.labels[n.rstrip("'")]] for n in names]
        assert last is None or {last + 1} == {*sizes}, f"{names} do not end at {last} in {self.text!r}"

        def value(at: Mapping[str, int]) -> float:
            ranges = map(range, sizes)
            return REDUCE[op]([body({**at, **dict(zip(names, p))}) for p in itertools.product(*ranges)])

        return value

    def raised(self, base: Value) -> Value:
        return raised_to(base, self.exponent())

    def access(self, array: np.ndarray, subs: list[Value]) -> Value:
        assert len(subs) == array.ndim, f"{len(subs)} subscripts for {array.ndim} axes in {self.text!r}"

        def value(at: Mapping[str, int]) -> float:
            where = tuple(int(s(at)) for s in subs)
            axis, position, start = self.world.starts.get(id(array), (0, None, array))
            if where and where[axis] == position:  # the value before the first step
                where, array_read = where[:axis] + where[axis + 1 :], start
                return array_read[where]
            assert all(0 <= p < n for p, n in zip(where, array.shape)), f"outside: {where} of {array.shape}"
            return array[where]

        return value

    def inner(self, text: str) -> Value:
        return type(self)(text, self.world).read()

    def variable(self) -> Value | None:
        """An index as a number."""
        for look in sorted(self.labels, key=len, reverse=True):
            if name := self.matches(re.escape(look) + "'*(?![A-Za-z])"):
                return lambda at: at[name]
        return None

    def call(self, name: str, close: str) -> Value:
        arguments = [self.sum()]
        while self.takes(","):
            arguments.append(self.sum())
        self.needs(close)
        return lambda at: FUNCTIONS[name](*(a(at) for a in arguments))

    def subscripts(self, text: str) -> list[Value]:
        return [self.inner(part) for part in split(text)]

    def look(self, symbol) -> str:
        raise NotImplementedError

    index_look = product = relation = exponent = look


def after(function: Callable[[float], float] | None, value: Value) -> Value:
    return value if function is None else lambda at: function(value(at))


def raised_to(base: Value, exponent: Value | None) -> Value:
    return base if exponent is None else lambda at: base(at) ** exponent(at)


def split(text: str) -> list[str]:
    """At the commas outside brackets."""
    parts, depth = [""], 0
    for c in text:
        depth += (c in "([{") - (c in ")]}")
        if c == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += c
    return parts


class TextReader(Reader):
    """The terminal's dialect."""

    bars = 0  # between bars the next one closes
    RELATION = {"≥": ">=", "≤": "<=", "≠": "!=", ">": ">", "<": "<", "=": "="}

    def look(self, symbol) -> str:
        return symbol.text()

    def index_look(self, label: str) -> str:
        return index_symbol(label).text()

    def relation(self) -> str:
        return self.RELATION[self.needs(*self.RELATION)]

    def product(self) -> Value:
        factors = [self.quotient()]
        while self.takes("·"):
            factors.append(self.quotient())
        return lambda at: math.prod(f(at) for f in factors)

    def quotient(self) -> Value:
        factors = [self.factor()]
        below: list[Value] = []
        while not below and (f := self.factor(needed=False)) is not None:
            factors.append(f)
        if self.takes("/"):
            below.append(self.factor())
        return lambda at: math.prod(f(at) for f in factors) / math.prod(f(at) for f in below)

    def factor(self, needed: bool = True) -> Value | None:
        atom = self.atom()
        assert atom is not None or not needed, f"nothing at {self.text[self.at :]!r} of {self.text!r}"
        return None if atom is None else self.raised(atom)

    def exponent(self) -> Value | None:
        if power := self.takes("²", "³"):
            return lambda at: {"²": 2, "³": 3}[power]
        if not self.text.startswith("^", self.at):
            return None
        self.at += 1
        sign = -1 if self.takes("-") else 1
        atom = self.atom()
        return lambda at: sign * atom(at)

    def atom(self) -> Value | None:
        for look, _, array in self.table:
            if array.ndim and self.takes(f"{look}["):
                return self.access(array, self.subscripts(self.until("]")))
        for word in sorted(REDUCE, key=len, reverse=True):
            sign = {"sum": "Σ", "prod": "Π"}.get(word, word)
            if self.takes(f"{sign}_"):
                names, _, last = self.matches(r"[^ ]+").partition("=0..")
                return self.reduction(word, names.split(","), int(last) if last else None)
        if self.takes("where("):
            condition = self.conditions()
            self.needs(",")
            a = self.sum()
            self.needs(",")
            b = self.sum()
            self.needs(")")
            return lambda at: a(at) if condition(at) else b(at)
        for word in sorted([*FUNCTIONS, "σ", "√"], key=len, reverse=True):
            if self.takes(f"{word}("):
                if word == "√":
                    inside = self.sum()
                    self.needs(")")
                    return lambda at: math.sqrt(inside(at))
                return self.call({"σ": "sigma"}.get(word, word), ")")
        if self.takes("√"):
            inside = self.atom()
            return lambda at: math.sqrt(inside(at))
        if self.takes("δ["):
            a, b = self.subscripts(self.until("]"))
            return lambda at: float(a(at) == b(at))
        if self.takes("π"):
            return lambda at: math.pi
        if self.takes("∞"):
            return lambda at: math.inf
        if number := self.matches(r"\d+(\.\d+)?"):
            if self.takes("·10^"):
                number += "e" + self.matches(r"-?\d+")
            return lambda at: float(number)
        for open_, close in (("(", ")"), ("[", "]"), ("⌊", "⌋"), ("|", "|")):
            if not (open_ == "|" and self.bars) and self.takes(open_):
                if open_ == "[":
                    return self.sides("]")
                self.bars += open_ == "|"
                inside = self.sum()
                self.needs(close)
                self.bars -= open_ == "|"
                return after({"⌊": math.floor, "|": abs}.get(open_), inside)
        for look, _, array in self.table:
            if not array.ndim and self.takes(look):
                return self.access(array, [])
        return self.variable()

    def until(self, close: str) -> str:
        start, depth = self.at, 1
        while depth:
            depth += (self.text[self.at] == "[") - (self.text[self.at] == "]")
            self.at += 1
        return self.text[start : self.at - 1]
