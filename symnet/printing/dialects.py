r"""The two ways in which a formula is written down: LaTeX, and Unicode text for a terminal.

A :class:`Box` is a piece of formula with the strength of its outermost sign.  Printers decide what is said and where
brackets are needed; a dialect only knows how each thing looks.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import final

from symnet.printing.names import Symbol

#: how strongly signs bind: sums, quotients with a slash, elementwise products, products, powers, single symbols
ADD, DIV, HADAMARD, MUL, POW, ATOM = 10, 20, 25, 30, 40, 50


@dataclass(frozen=True)
class Box:
    """``closed`` is how the piece is written where something follows that it must not swallow, as after a sum.

    ``firm`` is the strength of that: a product that ends in a sum is a product still when the sum stands in brackets.
    """

    text: str
    strength: int = ATOM
    closed: str | None = None
    firm: int = ATOM

    @property
    def shut(self) -> Box:
        return self if self.closed is None else Box(self.closed, self.firm)


class Dialect(ABC):
    """How each thing looks; products, sums and brackets are the same in every dialect."""

    relation: Mapping[str, str]
    dot: str
    conjunction: str
    infinity: str
    member: str
    dots: str
    implies: str
    bits: str  # behind what is 0 or 1
    circle_constant: str
    transpose: str
    hadamard: str
    ones: str

    def paren(self, text: str) -> str:
        return f"({text})"

    def wrap(self, box: Box, strength: int) -> Box:
        """``box`` in brackets if its outermost sign binds weaker than ``strength``."""
        return box if box.strength >= strength else Box(self.paren(box.text))

    def shut(self, box: Box, strength: int) -> Box:
        """The same for a piece with something behind it, which it must not swallow."""
        return box.shut if box.shut.strength >= strength else Box(self.paren(box.text))

    def transposed(self, box: Box) -> Box:
        """A transpose."""
        return Box(self.shut(box, ATOM).text + self.transpose, POW)

    def times(self, boxes: Sequence[Box]) -> Box:
        """A product; all but the last piece are shut."""
        if len(boxes) == 1:
            return boxes[0]
        shut = [self.shut(b, MUL) for b in boxes[:-1]]
        last = boxes[-1] if boxes[-1].closed is not None else self.wrap(boxes[-1], MUL)
        text = shut[0].text
        for box in (*shut[1:], last):
            text = f"{text} {self.dot} {box.text}" if box.text[:1].isdigit() else self.beside(text, box.text)
        closed = None
        if last.closed is not None:
            closed = self.times([*boxes[:-1], Box(last.closed)]).text
        return Box(text, MUL, closed, MUL)

    def beside(self, left: str, right: str) -> str:
        """Two factors without a sign between them."""
        return f"{left} {right}"

    def add(self, signed: Sequence[tuple[int, Box]]) -> Box:
        """A sum of signed terms."""
        first, *rest = [(sign, self.wrap(box, DIV).text) for sign, box in signed]
        text = ("-" if first[0] < 0 else "") + first[1]
        for sign, piece in rest:
            text += f" {'-' if sign < 0 else '+'} {piece}"
        return Box(text, ADD) if rest or first[0] < 0 else signed[0][1]

    @abstractmethod
    def bracket(self, text: str) -> Box:
        """An Iverson bracket around a relation."""

    @abstractmethod
    def symbol(self, symbol: Symbol) -> Box:
        """A name without indices."""

    @abstractmethod
    def indexed(self, symbol: Symbol, subscripts: Sequence[str]) -> Box:
        """A name with indices."""

    @abstractmethod
    def index(self, symbol: Symbol, primes: int) -> str:
        """An index, primed."""

    @abstractmethod
    def number(self, text: str, exponent: int = 0) -> Box:
        """A decimal times a power of ten."""

    @abstractmethod
    def frac(self, above: Box, below: Box) -> Box:
        """A quotient."""

    @abstractmethod
    def root(self, box: Box) -> Box:
        """A square root."""

    @abstractmethod
    def power(self, base: Box, exponent: Box) -> Box:
        """A power."""

    @abstractmethod
    def elementwise_power(self, exponent: str) -> str:
        """What follows a matrix whose entries are raised."""

    @abstractmethod
    def space(self, sizes: Sequence[str]) -> str:
        """What follows a real array of these sizes, or a real number."""

    @abstractmethod
    def exponential(self, box: Box) -> Box:
        """e to the ``box``."""

    @abstractmethod
    def function(self, name: str, arguments: Sequence[Box], power: int = 1) -> Box:
        """A named function of its arguments, raised to a positive integer."""

    @abstractmethod
    def open_log(self, argument: Box) -> Box:
        """The logarithm of a single access."""

    @abstractmethod
    def big(self, op: str, over: Sequence[str], body: Box, size: int | None = None) -> Box:
        """A reduction; its body runs to the end of the product.  Indices run from 0 to below ``size``."""

    @abstractmethod
    def delta(self, subscripts: Sequence[str]) -> Box:
        """Kronecker's delta."""

    @abstractmethod
    def absolute(self, box: Box) -> Box:
        """An absolute value."""

    @abstractmethod
    def floor(self, box: Box) -> Box:
        """The largest integer not above."""

    @abstractmethod
    def cases(self, yes: str, no: str, a: Box, b: Box) -> Box:
        """a where the condition ``yes`` holds, b where its opposite ``no`` does."""


#: a name of several letters with its indices
_ENDS_IN_WORD = re.compile(r"(?<![_{,])(?:d|\\hat\{)?\\mathrm\{\w\w+\}\}?(?:\^\{\(\d+\)\})?(?:_\{[^{}]*\})?$")


#: a symbol with its number, and its indices
_NUMBERED = re.compile(r"((?:d?\\?\w+|d?\\hat\{\\?\w+\}|d?\\mathrm\{\w+\}))\^\{(\(\d+\))\}((?:_\{[^ ]*\})?)$")


@final
class Latex(Dialect):
    """LaTeX with amsmath."""

    relation = {">": ">", ">=": r"\ge", "==": "=", "!=": r"\ne", "<": "<", "<=": r"\le"}
    dot = r"\cdot"
    conjunction = r" \wedge "
    infinity, circle_constant, transpose, hadamard, ones = r"\infty", r"\pi", r"\top", r" \odot ", r"\mathbf{1}"
    dots = r"\dots"
    implies = r" \;\Rightarrow\; "
    bits = r" \in \{0, 1\}"
    member = r" \in "

    _FUNCTIONS = frozenset("exp log sin cos tan sinh cosh tanh arctan max min".split())
    _TALL = (r"\frac", r"\sum", r"\prod", r"\left", r"\begin", r"\max_", r"\min_", r"\operatorname*")

    def beside(self, left: str, right: str) -> str:
        r"""Words keep a distance: \mathrm{lr} v would be read as one word, \mathrm{var} (x) as a function of x."""
        if _ENDS_IN_WORD.search(left) and right.startswith(("(", r"\left(")):
            return rf"{left} \cdot {right}"
        words = re.search(r"\\mathrm\{[^{}]*\}$", left) or re.match(r"(d|\\hat\{)?\\mathrm\{", right)
        return rf"{left} \, {right}" if words else f"{left} {right}"

    def transposed(self, box: Box) -> Box:
        r"""``W^{(1)\top}``: behind a bracket, dZ (W^{(1)})^{\top} would look like a function."""
        if numbered := _NUMBERED.match(box.text):
            return Box(rf"{numbered[1]}^{{{numbered[2]}{self.transpose}}}{numbered[3]}", POW)
        return Box(rf"{self.shut(box, ATOM).text}^{{{self.transpose}}}", POW)

    def _tall(self, text: str) -> bool:
        return any(mark in text for mark in self._TALL)

    def paren(self, text: str) -> str:
        return rf"\left({text}\right)" if self._tall(text) else f"({text})"

    def bracket(self, text: str) -> Box:
        return Box(rf"\left[{text}\right]" if self._tall(text) else f"[{text}]")

    def symbol(self, symbol: Symbol) -> Box:
        return Box(symbol.latex(), POW if symbol.power or symbol.number else ATOM)

    def indexed(self, symbol: Symbol, subscripts: Sequence[str]) -> Box:
        short = all(len(s.rstrip("'")) == 1 and s[0].islower() for s in subscripts)  # T,n,e: the end of a range
        raised = symbol.power or symbol.number
        return Box(symbol.latex(("" if short else ",").join(subscripts)), POW if raised else ATOM)

    def index(self, symbol: Symbol, primes: int) -> str:
        return symbol.latex() + "'" * primes

    def number(self, text: str, exponent: int = 0) -> Box:
        if not exponent:
            return Box(text)
        power = f"10^{{{exponent}}}"
        return Box(power, POW) if text == "1" else Box(rf"{text} \cdot {power}", MUL)

    def frac(self, above: Box, below: Box) -> Box:
        return Box(rf"\frac{{{above.text}}}{{{below.text}}}", MUL)

    def root(self, box: Box) -> Box:
        return Box(rf"\sqrt{{{box.text}}}")

    def power(self, base: Box, exponent: Box) -> Box:
        return Box(f"{self.shut(base, ATOM).text}^{{{exponent.text}}}", POW)

    def elementwise_power(self, exponent: str) -> str:
        return rf"^{{\odot {exponent}}}"

    def space(self, sizes: Sequence[str]) -> str:
        size = r" \times ".join(sizes)
        return r" \in \mathbb{R}" + (f"^{{{size}}}" if sizes else "")

    def exponential(self, box: Box) -> Box:
        if self._tall(box.text):
            return Box(rf"\exp{self.paren(box.text)}")
        return Box(f"e^{{{box.text}}}", POW)

    def function(self, name: str, arguments: Sequence[Box], power: int = 1) -> Box:
        head = self.operator(name) + (f"^{{{power}}}" if power != 1 else "")
        return Box(head + self.paren(", ".join(a.text for a in arguments)))

    def operator(self, name: str) -> str:
        if name in self._FUNCTIONS or name.startswith("\\"):
            return name if name.startswith("\\") else f"\\{name}"
        return rf"\operatorname{{{name}}}"

    def open_log(self, argument: Box) -> Box:
        return Box(rf"\log {argument.text}", MUL, rf"\log{self.paren(argument.text)}")

    def big(self, op: str, over: Sequence[str], body: Box, size: int | None = None) -> Box:
        head = {"sum": r"\sum", "prod": r"\prod", "max": r"\max", "min": r"\min"}.get(op) or rf"\operatorname{{{op}}}"
        names = ",".join(over)
        if size is None:
            head += f"_{{{names}}}"
        elif op in ("sum", "prod"):
            head += f"_{{{names}=0}}^{{{size - 1}}}"
        else:
            values = map(str, range(size)) if size <= 3 else ("0", r"\dots", str(size - 1))
            head += rf"_{{{names} \in \{{{', '.join(values)}\}}}}"
        text = f"{head} {self.wrap(body, DIV).text}"
        return Box(text, MUL, self.paren(text))

    def delta(self, subscripts: Sequence[str]) -> Box:
        return self.indexed(Symbol("delta"), subscripts)

    def absolute(self, box: Box) -> Box:
        return Box(rf"\left|{box.text}\right|")

    def floor(self, box: Box) -> Box:
        return Box(rf"\left\lfloor {box.text} \right\rfloor")

    def cases(self, yes: str, no: str, a: Box, b: Box) -> Box:
        text = rf"\begin{{cases}} {a.text}, & {yes} \\ {b.text}, & {no} \end{{cases}}"
        return Box(text, MUL, self.paren(text))


class Text(Dialect):
    """Unicode for a terminal: ``dx̂[n,d]``, ``Σ_n'``, ``√(...)``; quotients are written with a slash."""

    relation = {">": ">", ">=": "≥", "==": "=", "!=": "≠", "<": "<", "<=": "≤"}
    dot = "·"
    conjunction = " ∧ "
    infinity, circle_constant, transpose, hadamard, ones = "∞", "π", "ᵀ", " ⊙ ", "𝟏"
    member = " ∈ "
    dots = "…"
    implies = " ⇒ "
    bits = ""

    _NAMES = {r"\sigma": "σ"}

    def bracket(self, text: str) -> Box:
        return Box(f"[{text}]")

    def symbol(self, symbol: Symbol) -> Box:
        return Box(symbol.text(), POW if symbol.power else ATOM)

    def indexed(self, symbol: Symbol, subscripts: Sequence[str]) -> Box:
        text = symbol.text() + (f"[{','.join(subscripts)}]" if subscripts else "")
        return Box(text, POW if symbol.power else ATOM)

    def index(self, symbol: Symbol, primes: int) -> str:
        return symbol.text() + "'" * primes

    def number(self, text: str, exponent: int = 0) -> Box:
        if not exponent:
            return Box(text)
        return Box(f"10^{exponent}", POW) if text == "1" else Box(f"{text}·10^{exponent}", MUL)

    def frac(self, above: Box, below: Box) -> Box:
        return Box(f"{self.shut(above, MUL).text}/{self.shut(below, POW).text}", DIV)

    def root(self, box: Box) -> Box:
        return Box(f"√{box.text}" if box.strength == ATOM and box.text.isalpha() else f"√({box.text})")

    def power(self, base: Box, exponent: Box) -> Box:
        base = self.shut(base, ATOM)
        if exponent.text in ("2", "3"):
            return Box(base.text + {"2": "²", "3": "³"}[exponent.text], POW)
        plain = exponent.strength == ATOM or exponent.text.lstrip("-").isdigit()
        return Box(f"{base.text}^{exponent.text if plain else self.paren(exponent.text)}", POW)

    def elementwise_power(self, exponent: str) -> str:
        return f"^⊙{exponent}" if exponent.isdigit() else f"^⊙({exponent})"

    def space(self, sizes: Sequence[str]) -> str:
        return " ∈ ℝ" + (f"^({' × '.join(sizes)})" if len(sizes) > 1 else f"^{sizes[0]}" if sizes else "")

    def exponential(self, box: Box) -> Box:
        return Box(f"exp({box.text})")

    def function(self, name: str, arguments: Sequence[Box], power: int = 1) -> Box:
        box = Box(f"{self.operator(name)}({', '.join(a.text for a in arguments)})")
        return box if power == 1 else self.power(box, Box(str(power)))

    def operator(self, name: str) -> str:
        return self._NAMES.get(name, name)

    def open_log(self, argument: Box) -> Box:
        return Box(f"log({argument.text})")

    def big(self, op: str, over: Sequence[str], body: Box, size: int | None = None) -> Box:
        values = "" if size is None else f"=0..{size - 1}"
        head = f"{ {'sum': 'Σ', 'prod': 'Π'}.get(op, op) }_{','.join(over)}{values}"
        text = f"{head} {self.wrap(body, DIV).text}"
        return Box(text, MUL, self.paren(text))

    def delta(self, subscripts: Sequence[str]) -> Box:
        return Box(f"δ[{','.join(subscripts)}]")

    def absolute(self, box: Box) -> Box:
        return Box(f"abs({box.text})" if "|" in box.text else f"|{box.text}|")

    def floor(self, box: Box) -> Box:
        return Box(f"⌊{box.text}⌋")

    def cases(self, yes: str, no: str, a: Box, b: Box) -> Box:
        return Box(f"where({yes}, {a.text}, {b.text})")

    def times(self, boxes: Sequence[Box]) -> Box:
        if len(boxes) > 1 and boxes[0].strength == DIV:
            rest = super().times(boxes[1:])
            rest = rest if rest.closed is not None else self.wrap(rest, MUL)
            closed = None if rest.closed is None else f"{boxes[0].text} · {rest.closed}"
            return Box(f"{boxes[0].text} · {rest.text}", DIV, closed, MUL)
        return super().times(boxes)
