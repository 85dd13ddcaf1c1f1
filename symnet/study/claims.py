"""What a line of a study may claim, and how each is proved.

A claim is proved by a method that has a name, or it is not proved and says why.  Numbers only ever refute.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import sympy as sp

from symnet.study.algebra import counterexample, is_zero


@dataclass(frozen=True)
class Verdict:
    """Whether a claim is proved, and by which method (or why not)."""

    proved: bool
    method: str


class Claim:
    """A statement in symbols."""

    def prove(self) -> Verdict:
        raise NotImplementedError

    def formulas(self) -> Iterator[tuple[str, str]]:
        """LaTeX with a word before it (base, step; empty for a single one)."""
        raise NotImplementedError


@dataclass(frozen=True)
class Equal(Claim):
    """``lhs = rhs`` for all values of the symbols at which both are defined.

    ``name`` is printed before the sides: what the left one is.
    """

    lhs: sp.Expr
    rhs: sp.Expr
    name: sp.Expr | None = None

    def prove(self) -> Verdict:
        if is_zero(self.lhs - self.rhs):
            return Verdict(True, "both sides have one normal form")
        values = counterexample(self.lhs, self.rhs)
        if values is None:
            return Verdict(False, "the normal forms differ, and no counterexample was found")
        return Verdict(False, "false at " + ", ".join(f"{s} = {v}" for s, v in values.items()))

    def formulas(self) -> Iterator[tuple[str, str]]:
        if self.name is None:
            sides = (self.lhs, self.rhs)
        else:
            sides = tuple(dict.fromkeys((self.name, self.lhs, self.rhs)))
        yield "", " = ".join(map(latex, sides))


@dataclass(frozen=True)
class AtLeastZero(Claim):
    """``expr >= 0`` (``strict``: > 0) for all values of the symbols that their assumptions allow."""

    expr: sp.Expr
    strict: bool = False
    name: sp.Expr | None = None

    def prove(self) -> Verdict:
        factored = sp.factor(sp.together(self.expr))
        if factored.is_positive if self.strict else factored.is_nonnegative:
            return Verdict(True, f"every factor has a sign: {factored}")
        return Verdict(False, f"the sign of {factored} is not known")

    def formulas(self) -> Iterator[tuple[str, str]]:
        name = f"{latex(self.name)} = " if self.name is not None else ""
        yield "", f"{name}{latex(sp.factor(sp.together(self.expr)))} {'>' if self.strict else chr(92) + 'ge'} 0"


@dataclass(frozen=True)
class Limit(Claim):
    """``expr`` tends to ``value`` as ``symbol`` tends to ``point`` from below or through larger values."""

    expr: sp.Expr
    symbol: sp.Symbol
    point: sp.Expr
    value: sp.Expr

    def prove(self) -> Verdict:
        found = sp.limit(self.expr, self.symbol, self.point, "+" if self.point != sp.oo else "-")
        proved = is_zero(found - self.value) if found.is_finite is not False else found == self.value
        return Verdict(bool(proved), "Gruntz's algorithm" if proved else f"the limit is {found}")

    def formulas(self) -> Iterator[tuple[str, str]]:
        yield "", rf"\lim_{{{latex(self.symbol)} \to {latex(self.point)}}} {latex(self.expr)} = {latex(self.value)}"


@dataclass(frozen=True)
class Together(Claim):
    """Several claims, each with a word before it; ``method`` says what they prove together."""

    parts: tuple[tuple[str, Claim], ...]
    method: str

    def prove(self) -> Verdict:
        for word, claim in self.parts:
            verdict = claim.prove()
            if not verdict.proved:
                return Verdict(False, f"{word}: {verdict.method}" if word else verdict.method)
        return Verdict(True, self.method)

    def formulas(self) -> Iterator[tuple[str, str]]:
        for word, claim in self.parts:
            for _, formula in claim.formulas():
                yield word, formula


def induction(base: list[Claim], step: list[Claim]) -> Together:
    """What holds at the start, and after a step if before it, holds for ever."""
    parts = [("base", c) for c in base] + [("step", c) for c in step]
    return Together(tuple(parts), "induction over the steps; base and step by normal forms")


def cases(*claims: tuple[str, Claim]) -> Together:
    """One claim for each case."""
    return Together(claims, f"{len(claims)} cases, each by its normal form")


def latex(expr: sp.Expr) -> str:
    """Deterministic LaTeX, constants first: 1 - beta."""
    return sp.latex(expr, order="rev-lex")
