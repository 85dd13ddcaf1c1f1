r"""Names with a settled meaning: ``\tanh``, softmax, BCE, Huber ..., with every formula that is equally standard.

The facts stand in ``knowledge/names.toml``; their formulas are LaTeX and are read by the reader of lectures.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import permutations
from pathlib import Path
from typing import Any

from symnet.lecture.reader.reader import read_formula
from symnet.lecture.reader.syntax import Expr, Norm, Number, Statement, Symbol

KNOWLEDGE = Path(__file__).parent
#: letters that stand for a loss, a penalty or a distance: ``L_{CE}``, ``R_{L2}``, ``D_{KL}`` name what stands below
HEADS = ("L", "l", "ell", "J", "E", "C", "R", "D", "Loss", "loss", "Cost", "cost", "H", "Omega")
#: letters that usually stand for what is to be predicted, the first ones first
TARGETS = ("target", "label", "t", "y", "d")
PREDICTIONS = ("p", "q", "a", "o", "s", "f", "h", "z", "pred", "x")


@dataclass(frozen=True)
class Variant:
    """One standard formula ``f(arguments) = value``; ``of`` is scalar, vector, matrix or index."""

    latex: str
    of: str
    note: str = ""

    @cached_property
    def statement(self) -> Statement:
        """The formula as read."""
        (statement,) = read_formula(self.latex)
        if not isinstance(statement, Statement):
            raise ValueError(f"{self.latex}: {statement.reason}")
        return statement

    @property
    def left(self) -> Expr:
        return self.statement.terms[0]

    @property
    def value(self) -> Expr:
        return self.statement.terms[1]

    @property
    def arguments(self) -> tuple[Expr, ...]:
        """What the function is applied to, in order; the two indices of the Kronecker delta."""
        left = self.left
        if isinstance(left, Symbol):
            return left.subs
        return getattr(left, "args", None) or tuple(left.children())[:1]


@dataclass(frozen=True)
class Known:
    """A name and what it means.

    ``constants`` maps LaTeX to the usual value, or "any" where the name leaves it open.  ``letters`` mean it by
    convention only: a document is free to use them otherwise.
    """

    name: str
    aliases: tuple[str, ...]
    letters: tuple[str, ...]
    words: tuple[str, ...]
    group: str
    roles: tuple[str, ...]
    constants: Mapping[str, str]
    variants: tuple[Variant, ...]
    source: str

    @property
    def arity(self) -> int:
        return len(self.roles)

    @property
    def elementwise(self) -> bool:
        return self.group == "activation"

    def matching(self, symbols: Sequence[Symbol]) -> Iterator[tuple[Symbol, ...]]:
        """The symbols of a document in the order of ``roles``, the most plausible order first.

        In ``BCE(\\hat y, y)`` and ``L(y, p)`` it is the name, not the place, that tells a target from a prediction.
        """
        orders = list(permutations(symbols, self.arity))
        if "target" not in self.roles:
            yield from orders
            return
        place = self.roles.index("target")
        rank = {symbol: i for i, symbol in enumerate(sorted(symbols, key=_how_like_a_target))}
        yield from sorted(orders, key=lambda order: rank[order[place]])


def _how_like_a_target(symbol: Symbol) -> tuple[int, int]:
    """Sorts targets first: no hat or tilde, then the letter."""
    if symbol.name in TARGETS:
        return bool(symbol.marks), TARGETS.index(symbol.name)
    return 1 + bool(symbol.marks), PREDICTIONS.index(symbol.name) if symbol.name in PREDICTIONS else len(PREDICTIONS)


@cache
def all_names() -> tuple[Known, ...]:
    """Every name of the data file, in its order."""
    with open(KNOWLEDGE / "names.toml", "rb") as file:
        return tuple(_known(entry) for entry in tomllib.load(file)["name"])


def _known(entry: dict[str, Any]) -> Known:
    variants = tuple(Variant(v["latex"], v["of"], v.get("note", "")) for v in entry["variants"])
    return Known(
        entry["name"],
        tuple(entry.get("aliases", ())),
        tuple(entry.get("letters", ())),
        tuple(entry.get("words", ())),
        entry["group"],
        tuple(entry["roles"]),
        entry.get("constants", {}),
        variants,
        entry["source"],
    )


def plain(name: str) -> str:
    r"""A name without its dress: ``\operatorname{Leaky-ReLU}`` and "leaky relu" become leakyrelu."""
    name = re.sub(r"\\(operatorname\*?|text\w*|math\w+|bm|boldsymbol|mbox)\s*\{", "{", name)
    return re.sub(r"[\\{}$\s_.,'-]", "", name).casefold()


@cache
def _by_alias() -> dict[str, Known]:
    return {plain(alias): known for known in all_names() for alias in (known.name, *known.aliases)}


@cache
def _by_letter() -> dict[str, Known]:
    return {letter: known for known in all_names() for letter in known.letters}


def known(name: str) -> Known | None:
    r"""What is known by that name, in LaTeX or in words: ``\operatorname{ReLU}``, relu, ``\sigma``, D_{KL}."""
    letter = name.strip().removeprefix("\\")
    return _by_letter().get(letter) or _by_alias().get(plain(name))


def lookup(symbol: Expr) -> Known | None:
    r"""What a symbol (or a norm) names: ``\text{ReLU}``, ``\sigma``, ``\delta_{ij}``, ``L_{CE}``, ``\|W\|_F``.

    A single letter with a mark or a subscript of its own, such as ``\hat\sigma`` or ``\sigma_x``, names nothing known.
    """
    if isinstance(symbol, Norm):
        return _norm(symbol)
    if not isinstance(symbol, Symbol) or symbol.marks:
        return None
    if symbol.name == "delta":
        return _by_letter()["delta"] if len(symbol.subs) == 2 and not symbol.labels else None
    if symbol.subs:
        return _with_head(symbol)
    if len(symbol.name) == 1 or symbol.name in _by_letter():
        return _by_letter().get(symbol.name) if symbol.font in ("", "rm") else None
    return _by_alias().get(plain(symbol.name))


def _with_head(symbol: Symbol) -> Known | None:
    """``L_{CE}`` and ``D_{KL}`` name CE and KL; ``CE_i`` names CE."""
    below = symbol.subs[0]
    if symbol.name in HEADS and len(symbol.subs) == 1 and isinstance(below, Symbol):
        found = _by_alias().get(plain(below.name + "".join(_digits(below.subs))))
        if found and (found.group == "loss" or symbol.name == "H"):
            return found
        return {"L1": known("lasso"), "L2": known("ridge")}.get(below.name + "".join(_digits(below.subs)))
    return _by_alias().get(plain(symbol.name)) if len(symbol.name) > 2 else None


def _digits(parts: tuple[Expr, ...]) -> Iterator[str]:
    for part in parts:
        if isinstance(part, Number):
            yield str(part.value)


def _norm(norm: Norm) -> Known | None:
    """The norm of that order; a plain one is Euclidean."""
    order = norm.order
    if order is None:
        return known("norm2")
    if isinstance(order, Number):
        return _by_alias().get(f"norm{order.value}")
    if isinstance(order, Symbol):
        return known("frobenius") if order.name == "F" else None
    return known("norminf")


def named_in(text: str) -> tuple[Known, ...]:
    """The names that a piece of prose mentions, in the order in which they stand there."""
    hits = []
    for place, entry in enumerate(all_names()):
        starts = [m.start() for word in entry.words for m in re.finditer(word, text, re.IGNORECASE)]
        if starts:
            hits.append((min(starts), place, entry))
    return tuple(entry for _, _, entry in sorted(hits, key=lambda hit: hit[:2]))


@cache
def functions() -> tuple[Known, ...]:
    """What has an argument and one standard formula, so that a name of a document can stand for it."""
    return tuple(k for k in all_names() if k.group in ("activation", "vector", "matrix"))
