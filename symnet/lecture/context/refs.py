"""References, the names of a resolved tree, and what their letters are by convention."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeGuard

from symnet.lecture.reader.syntax import Call, Expr, Number, Statement, Symbol
from symnet.lecture.remembered import remembered


@dataclass(frozen=True)
class Ref(Expr):
    """A value of the document; ``key`` is its LaTeX without indices."""

    key: str
    indices: tuple[Expr, ...] = ()


#: letters that stand for an index wherever they are a subscript
INDEX_LETTERS = frozenset("ijklmnrstuvpq")
#: capitals that count
COUNTS = frozenset("NMKTD")
#: letters that name functions when nothing else is known of them
FUNCTION_LETTERS = frozenset(("f", "g", "h", "F", "G", "sigma", "varphi", "phi", "psi"))
#: letters that name a loss: a scalar function of everything
LOSS_NAMES = frozenset(
    ("L", "J", "E", "C", "ell", "R", "Loss", "loss", "Cost", "cost", "MSE", "BCE", "CE", "NLL", "Q", "H")
)
#: words of the subscripts of numbers of units
FAN_WORDS = frozenset(("in", "out"))
#: subscripts that are words although each of their letters may be an index
WORDS_OF_INDICES = frozenset(
    "in out on of to at is as it max min mid tot pos neg pred true real net hid bias cond".split()
)
#: ends the key of x^{(i)}, sample i of the vector x
SAMPLE = "^{()}"
#: ends the key of the \delta^{[l]} of a layer beside the \delta_{ij} of Kronecker
LAYER = "^{[]}"
#: the loss whose gradients a document writes as dx
LOSS = "\\mathcal{L}"
#: fonts that make another symbol: a calligraphic L is not an L, the name of a program no d of p
OTHER_FONTS = ("cal", "bb", "frak", "scr", "tt")


def spelling(symbol: Symbol) -> str:
    """The LaTeX of the bare name: letter, accents and font, no indices."""
    name = symbol.name if len(symbol.name) == 1 else f"\\{symbol.name}" if symbol.name in GREEK else symbol.name
    if symbol.font in OTHER_FONTS:
        name = f"\\math{symbol.font}{{{name}}}"
    for mark in symbol.marks:
        if mark == "vec":
            continue
        name = f"\\Delta {name}" if mark == "Delta" else f"d{name}" if mark == "d" else f"\\{mark}{{{name}}}"
    return name


GREEK = frozenset(
    "alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu nu xi pi varpi rho varrho "
    "sigma varsigma tau upsilon phi varphi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega "
    "ell hbar".split()
)


def word_of(subs: Iterable[Expr]) -> str:
    """The letters of a subscript side by side."""
    return "".join(s.name for s in subs if isinstance(s, Symbol))


def is_bold(symbol: Symbol) -> bool:
    return symbol.font == "bold" or "vec" in symbol.marks


def bold_beside(functions: Container[str], statements: Iterable[Statement]) -> set[str]:
    r"""The bold names that are not the function with the same letter: the vector k beside the kernel k(x, z)."""
    parts = [part for statement in statements for part in statement.walk()]
    names = {spelling(p) for p in parts if isinstance(p, Symbol) and is_bold(p)}
    called = [p.function for p in parts if isinstance(p, Call) and isinstance(p.function, Symbol)]
    return {name for name in names if name in functions} - {spelling(s) for s in called if is_bold(s)}


def is_upper(key: str) -> bool:
    """Does the name start with a capital, Latin or Greek?"""
    letters = [c for c in re.sub(r"\\math[a-z]+(?=\{)", "", key) if c.isalpha()]
    bare = key.lstrip("\\")
    for mark in ("hat", "bar", "tilde", "dot", "ddot", "widehat", "overline", "underline", "Delta"):
        if bare.startswith(mark) and not (mark == "Delta" and bare == "Delta"):
            inner = bare[len(mark) :].strip("{} \\")
            return bool(inner) and inner[0].isupper()
    return bool(letters) and letters[0].isupper()


def refs(expr: Expr) -> Iterator[Ref]:
    """Every reference in a resolved tree."""
    return iter(_refs(expr))


@remembered
def _refs(expr: Expr) -> tuple[Ref, ...]:
    return tuple(part for part in expr.walk() if isinstance(part, Ref))


def calls(expr: Expr, function: Expr) -> bool:
    """Is a function called in a tree?"""
    return any(isinstance(p, Call) and p.function == function for p in expr.walk())


def is_capital(index: Expr) -> TypeGuard[Ref]:
    """Is an index one place and not any: the last layer, or the end of the steps?"""
    return isinstance(index, Ref) and not index.indices and index.key.isupper()


def pairs(statement: Statement) -> list[tuple[Expr, Expr]]:
    """The sides of each link of a chain."""
    return list(zip(statement.terms, statement.terms[1:]))


def bounds(statement: Statement, numbers: bool = False) -> Iterator[Expr]:
    r"""The sides of inequalities: the G of ``\|g_t\| \le G`` is a number.  ``A > 0`` may say that A is definite.

    Or those of inequalities with ``numbers``: the \gamma of ``0 < \gamma < 1``.
    """
    for (left, right), relation in zip(pairs(statement), statement.relations):
        if relation in ("<", "<=", ">", ">=") and numbers is any(isinstance(side, Number) for side in (left, right)):
            yield from (left, right)
