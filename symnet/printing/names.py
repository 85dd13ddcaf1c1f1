"""Names of arrays, axes and sizes as mathematics: ``xhat`` is an accented letter, ``mu_B`` has a subscript.

A name is parsed once into a :class:`Symbol` (base, accent, power, subscripts); a dialect renders it.  The size of an
axis is its letter in upper case, words give N with the word below.  Where two names would look the same, the earlier
one in the graph keeps the look and the later one gets another: a formula never says two things with one symbol.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

_GREEK = """
    alpha α beta β gamma γ delta δ epsilon ε varepsilon ε zeta ζ eta η theta θ vartheta ϑ iota ι kappa κ lambda λ
    mu μ nu ν xi ξ pi π rho ρ sigma σ tau τ upsilon υ phi φ varphi φ chi χ psi ψ omega ω
    Gamma Γ Delta Δ Theta Θ Lambda Λ Xi Ξ Pi Π Sigma Σ Upsilon Υ Phi Φ Psi Ψ Omega Ω
""".split()
#: Greek letters by their LaTeX names
LETTERS = dict(zip(_GREEK[::2], _GREEK[1::2]))
#: names that authors shorten, or that Python reserves
SHORT = {"eps": "epsilon", "lam": "lambda", "lamda": "lambda"}
_FROM_UNICODE = {letter: name for name, letter in reversed(LETTERS.items())} | {"ϕ": "phi", "ϵ": "epsilon", "µ": "mu"}
#: words with a capital that stand for something else
OPERATORS = frozenset(("Cov", "Corr", "Var", "Re", "Im", "Pr", "Tr"))
ACCENTS = {"hat": "\u0302", "bar": "\u0304", "tilde": "\u0303", "dot": "\u0307"}
_SUBSCRIPT_DIGITS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_SUPERSCRIPT_DIGITS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_PART = re.compile(r"([^\W\d_]+)(\d*)\Z")


@dataclass(frozen=True)
class Symbol:
    """A name taken apart; ``raw`` set means that it is printed as the author typed it, ``typed`` on a terminal only."""

    base: str
    accent: str = ""
    power: str = ""
    marks: tuple[str, ...] = ()
    prefix: str = ""  # d for an adjoint, ∂ for one that holds the derivatives of every output
    tangent: bool = False  # a dot above all
    raw: str = ""
    typed: str = ""
    number: str = ""  # in brackets above it, where a number below would be taken for an index

    @property
    def is_letter(self) -> bool:
        return len(self.base) == 1 or self.base in LETTERS

    def upper(self) -> Symbol:
        """The same with a single Latin letter in upper case."""
        return replace(self, base=self.base.upper()) if len(self.base) == 1 and self.base.isascii() else self

    def capital(self) -> Symbol:
        """The same with a Latin letter, or the first one of a word that means nothing else then, in upper case."""
        word = self.base.capitalize()
        plain = len(self.base) > 1 and self.base.isascii() and self.base.islower() and self.base not in LETTERS
        return replace(self, base=word) if plain and word not in OPERATORS else self.upper()

    # -- LaTeX ----------------------------------------------------------------------------------------------------
    def latex(self, indices: str = "") -> str:
        """The symbol with ``indices`` (ready LaTeX) after its own subscripts."""
        typed = self.raw.replace("_", r"\_")
        body = rf"\mathtt{{{typed}}}" if typed else _latex_word(self.base)
        if self.accent:
            body = rf"\{self.accent}{{{body}}}"
        if self.tangent and not self.power:
            body = rf"\dot{{{body}}}"
        if raised := f"({self.number})" if self.number else self.power:
            body = f"{body}^{{{raised}}}"
        if self.tangent and self.power:
            body = rf"\dot{{({body})}}"
        below = ",".join([*map(_latex_label, self.marks), *([indices] if indices else [])])
        return self.prefix.replace("∂", r"\partial ") + body + (f"_{{{below}}}" if below else "")

    # -- plain text -----------------------------------------------------------------------------------------------
    def text(self) -> str:
        """The symbol for a terminal, such as ``dx̂``, ``μ_B``, ``W₁``."""
        if self.raw or self.typed:
            return self.typed or self.prefix + self.raw
        body = LETTERS.get(self.base, self.base)
        if self.accent:
            body = unicodedata.normalize("NFC", body + ACCENTS[self.accent])
        body += {"2": "²"}.get(self.power, self.power)
        if self.tangent:
            dotted = unicodedata.normalize("NFC", body + ACCENTS["dot"])
            body = dotted if self.is_letter and not self.power else f"({body})\u02d9"
        body += f"⁽{self.number.translate(_SUPERSCRIPT_DIGITS)}⁾" if self.number else ""
        for mark in self.marks:
            body += mark.translate(_SUBSCRIPT_DIGITS) if mark.isdigit() else "_" + symbol_of(mark).text()
        return self.prefix + body


def _latex_word(base: str) -> str:
    if base in LETTERS:
        return "\\" + base
    return base if len(base) == 1 else rf"\mathrm{{{base}}}"


def _latex_label(mark: str) -> str:
    """A part of a name as a subscript; a small letter stands upright there, since a slanted one is an index."""
    if len(mark) == 1 and mark.isascii() and mark.islower():
        return rf"\mathrm{{{mark}}}"
    return symbol_of(mark).latex()


def symbol_of(name: str) -> Symbol:
    """``name`` taken apart; accents only on single letters, trailing digits and ``_parts`` are subscripts."""
    if name.isdigit():
        return Symbol(name)
    parts = [p for p in name.split("_") if p]
    if not parts:
        return Symbol(name, raw=name)
    base, digits = _base(parts[0])
    accent = ""
    rest = parts[1:]
    letters = _letter(base)
    if letters:
        base = letters
        if rest and rest[0] in ACCENTS:
            accent, rest = rest[0], rest[1:]
    else:
        for suffix in ACCENTS:
            stem, stem_digits = _base(base.removesuffix(suffix))
            if base.endswith(suffix) and _letter(stem):
                base, accent, digits = _letter(stem), suffix, stem_digits + digits
                break
    return Symbol(base, accent, "", ((digits,) if digits else ()) + tuple(rest))


def _number(symbol: Symbol) -> str:
    """The number that a name ends in; empty where there is none."""
    return symbol.marks[-1] if symbol.marks and symbol.marks[-1].isdigit() else ""


def _base(part: str) -> tuple[str, str]:
    match = _PART.match(part)
    return (match[1], match[2]) if match else (part, "")


def _letter(word: str) -> str:
    """``word`` as a single letter or the LaTeX name of a Greek one; empty where it is neither."""
    word = SHORT.get(word, _FROM_UNICODE.get(word, word))
    return word if word in LETTERS or len(word) == 1 and word.isascii() and word.isalpha() else ""


def index_symbol(label: str) -> Symbol:
    """An axis as an index: a letter, a letter with digits, or a word."""
    base, digits = _base(label)
    if base == label and len(label) > 1 or not base.isascii():
        return Symbol(base)
    return Symbol(base, marks=(digits,) if digits else ())


def _size_candidates(label: str) -> Iterable[Symbol]:
    own = index_symbol(label)
    if len(own.base) == 1:
        yield own.upper()
    for letter in "NSLK":
        yield Symbol(letter, marks=(label,))
    yield Symbol(label, raw=f"size_{label}")


class Names:
    """What every name of one graph looks like; asked again, it answers the same."""

    def __init__(
        self,
        nodes: Iterable[tuple[str, str]] = (),
        parameters: Iterable[str] = (),
        sizes: Iterable[str] = (),
        indices: Iterable[str] = (),
        tangents: Mapping[str, str] | None = None,
        matrices: Iterable[str] = (),
        partials: Iterable[str] = (),
        constants: Iterable[str] = (),
    ) -> None:
        """``nodes`` are (name, name of the node that it is the adjoint of, or empty) in the order of definition.

        ``tangents`` maps nodes to those that they are tangents of; ``partials`` are adjoints that hold the derivatives
        of every entry of the output; ``matrices`` may be printed as capital letters;
        ``constants`` are the looks (LaTeX) of numbers that occur, which no array may have;
        beside p the array ``p2`` is p^(2), as p_{2,n} would be an entry of p, and so are all with a number.
        """
        nodes = list(nodes)
        names = {name for name, _ in nodes}
        #: the dp that is given beside p, whose gradient is dp
        derived = {of for _, of in nodes if of}
        self._like_gradients = {name for name, of in nodes if not of and name[:1] == "d" and name[1:] in derived}
        self._counted = any(
            name.removesuffix(number).rstrip("_") in names for name in names if (number := _number(symbol_of(name)))
        )
        self._tangents, self._partials = dict(tangents or {}), frozenset(partials)
        self._square = not {name for name, _ in nodes} & {"sigma1", "sigma3", "sigma_1", "sigma_2"}
        self._nodes: dict[str, Symbol] = {}
        self._parameters: dict[str, Symbol] = {}
        self._sizes: dict[str, Symbol] = {}
        self._taken = {index_symbol(label).latex() for label in indices}
        self._node_looks: set[str] = {*constants}  # in LaTeX
        self._texts: set[str] = set()  # on a terminal
        for name, adjoint_of in nodes:
            self.node(name, adjoint_of)
        for label in parameters:
            self.parameter(label)
        self._taken |= {self.matrix(name).latex() for name in matrices}
        for label in sizes:
            self.size(label)

    def node(self, name: str, adjoint_of: str = "") -> Symbol:
        if name not in self._nodes:
            self._nodes[name] = self._seen(self._parse(name, adjoint_of), name)
        return self._nodes[name]

    def _seen(self, symbol: Symbol, name: str) -> Symbol:
        """``symbol``, or the name as it was typed where another one looks like it, in LaTeX or on a terminal."""
        if symbol.latex() in self._node_looks:
            symbol = Symbol(name, raw=name)
        elif symbol.text() in self._texts:
            symbol = replace(symbol, typed=name)
        self._node_looks.add(symbol.latex())
        self._texts.add(symbol.text())
        return symbol

    def show(self, name: str, symbol: Symbol) -> None:
        """Print a node or a parameter as ``symbol``."""
        (self._parameters if name in self._parameters else self._nodes)[name] = symbol

    def parameter(self, label: str) -> Symbol:
        if label not in self._parameters:
            self._parameters[label] = self._seen(self._parse(label), label)
        return self._parameters[label]

    def size(self, label: str) -> Symbol:
        if label not in self._sizes:
            taken = self._node_looks | self._taken
            symbol = next(s for s in _size_candidates(label) if s.latex() not in taken)
            self._taken.add(symbol.latex())
            self._sizes[label] = symbol
        return self._sizes[label]

    def matrix(self, name: str, adjoint_of: str = "", part: bool = False) -> Symbol:
        """The symbol of a node as a matrix; its own one where the capital letter is taken by another node.

        A word gets a capital where the matrix is only a ``part`` of the node, without its batch.
        """
        own = self.node(name, adjoint_of)
        capital = own.capital() if part else own.upper()
        return own if capital.latex() in self._node_looks else capital

    def is_free(self, look: str) -> bool:
        """Nothing is printed as ``look`` (LaTeX)."""
        return look not in self._node_looks | self._taken

    def _parse(self, name: str, adjoint_of: str = "") -> Symbol:
        if adjoint_of and name.startswith("d" + adjoint_of):
            symbol = replace(self._nodes.get(adjoint_of) or self._parse(adjoint_of), typed="")
            rest = name[len(adjoint_of) + 1 :]
            marks = symbol.marks + tuple(p for p in rest.split("_") if p)
            if name in self._partials:
                return replace(symbol, prefix="∂" + symbol.prefix, marks=marks)
            return replace(symbol, prefix="d" + symbol.prefix, marks=marks)
        if name in self._tangents:
            return replace(self._nodes.get(self._tangents[name]) or symbol_of(self._tangents[name]), tangent=True)
        if name in self._like_gradients:
            return Symbol(name, raw=name)
        if name == "sigma2" and self._square:
            return Symbol("sigma", power="2")
        symbol = symbol_of(name)
        if self._counted and _number(symbol):
            return replace(symbol, marks=symbol.marks[:-1], number=_number(symbol))
        return symbol
