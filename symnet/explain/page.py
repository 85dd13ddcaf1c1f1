"""What stands on the page of a derivation: printed formulas, and the keys of what is said beside them.

:mod:`symnet.explain.content` makes a page, templates lay it out.
"""

from __future__ import annotations

from dataclasses import dataclass

from symnet.explain.checks import Check
from symnet.explain.cost import Cost
from symnet.explain.example import Example
from symnet.explain.matrices import Matrices
from symnet.explain.texts import Rule


@dataclass(frozen=True)
class Input:
    """An input as the page lists it."""

    formula: str
    axes: str
    kind: str
    below: str = ""  # of labels: the number of classes


@dataclass(frozen=True)
class Move:
    """One rewrite: ``... = right`` by rules; ``first`` are the keys of those that the page has not met before."""

    rules: tuple[Rule, ...]
    right: str
    because: tuple[Because, ...] = ()
    reads: tuple[str, ...] = ()
    first: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Because:
    """An equation that a rewrite used; ``source`` is the key of where a fact comes from, ``names`` are of arrays."""

    formula: str
    source: str = ""
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Lemma:
    """An equation that lines of the page use, and the lines that lead from its left side to its value."""

    formula: str
    start: str
    proof: tuple[Move, ...]


@dataclass(frozen=True)
class Line:
    """An equation with the quantities that it came through, and what it was rewritten to.

    ``slopes`` are the derivatives of named functions that it uses, where they are told; ``start`` is where a carried
    gradient begins.
    """

    symbol: str
    formula: str
    through: tuple[str, ...] = ()
    moves: tuple[Move, ...] = ()
    slopes: tuple[str, ...] = ()
    start: str = ""


@dataclass(frozen=True)
class Steps:
    """A loop: the names that are computed together, and its positions from the first to the last."""

    names: tuple[str, ...]
    steps: str
    way: str  # the sentence on it: "steps", or "steps_back" from the last one


@dataclass(frozen=True)
class Extent:
    """An array whose axes are not as long as those of the inputs, and the ranges of their indices."""

    array: str
    ranges: tuple[str, ...]


@dataclass(frozen=True)
class Part:
    """A gradient of which a page names the parts: its key, its symbol, that of the part that is given, and of what."""

    key: str
    symbol: str
    of: str
    given: str = ""


@dataclass(frozen=True)
class Result:
    """The final form of one quantity.

    ``shifted`` is the adjoint of a window solved for the position, entries outside of an array read as 0.
    """

    formula: str
    shifted: str | None = None


@dataclass(frozen=True)
class Content:
    """All lines of a page.

    ``letter`` stands for any quantity and ``loss`` for what gradients are of, neither is the name of anything else;
    ``equal`` are pairs of indices of equal ranges.
    """

    name: str
    doc: str
    source: str
    what: str
    unit: bool
    letter: str
    loss: str
    detail: str
    inputs: tuple[Input, ...]
    constants: tuple[str, ...]
    definitions: tuple[str, ...]
    equal: tuple[tuple[str, str], ...]
    extents: tuple[Extent, ...]
    steps: tuple[Steps, ...]
    stable: tuple[Line, ...]
    given: tuple[str, ...]
    parts: tuple[Part, ...]
    in_lines: bool  # of a Jacobian or a Hessian: it is no formula, but read off the chain
    chain: tuple[Line, ...]
    lemmas: tuple[Lemma, ...]
    steps_back: tuple[Steps, ...]
    recurrences: tuple[str, ...]
    results: tuple[Result, ...]
    matrices: Matrices | None
    mixed: bool
    conventions: tuple[str, ...]
    batch: bool
    cost: Cost | None
    check: Check | None
    example: Example | None

    @property
    def rewritten(self) -> tuple[Line, ...]:
        """The lines of the chain rule that were rewritten."""
        return tuple(line for line in self.chain if line.moves)


__all__ = ["Because", "Content", "Extent", "Input", "Lemma", "Line", "Move", "Part", "Result", "Steps"]
