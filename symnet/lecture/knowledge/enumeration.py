"""Expectations under finite laws, by enumeration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import product

import sympy as sp

from symnet.lecture.knowledge.worlds import Unsupported, World

#: values with their probabilities: symmetric, about 0
SYMMETRIC = (
    ((Fraction(-1), Fraction(1, 2)), (Fraction(1), Fraction(1, 2))),
    ((Fraction(-2), Fraction(1, 2)), (Fraction(2), Fraction(1, 2))),
    ((Fraction(-3), Fraction(1, 4)), (Fraction(0), Fraction(1, 2)), (Fraction(3), Fraction(1, 4))),
    ((Fraction(-1, 2), Fraction(1, 2)), (Fraction(1, 2), Fraction(1, 2))),
)
POSITIVE = (
    ((Fraction(1), Fraction(1, 2)), (Fraction(3), Fraction(1, 2))),
    ((Fraction(1), Fraction(2, 3)), (Fraction(4), Fraction(1, 3))),
    ((Fraction(1, 2), Fraction(3, 4)), (Fraction(2), Fraction(1, 4))),
)
SKEWED = (
    ((Fraction(-1), Fraction(2, 3)), (Fraction(3), Fraction(1, 3))),
    ((Fraction(-2), Fraction(1, 4)), (Fraction(1), Fraction(3, 4))),
    ((Fraction(0), Fraction(1, 3)), (Fraction(5), Fraction(2, 3))),
)
Finite = tuple[tuple[Fraction, Fraction], ...]


class Enumeration:
    """The expectation over independent variables with finite laws, one law for each name."""

    def __init__(self, world: World, laws: Mapping[str, Finite]) -> None:
        self.world, self.laws = world, laws

    def expect(self, value: sp.Expr) -> sp.Expr:
        symbols = sorted((s for s in value.free_symbols if s in self.world.variables), key=str)
        total = sp.Integer(0)
        choices = [self.laws[self.world.variables[s].base] for s in symbols]
        count = 1
        for choice in choices:
            count *= len(choice)
        if count > 300:
            raise Unsupported("too many cases")
        for atoms in product(*choices):
            weight = sp.Integer(1)
            values = {}
            for symbol, (x, p) in zip(symbols, atoms):
                values[symbol] = sp.Rational(x.numerator, x.denominator)
                weight *= sp.Rational(p.numerator, p.denominator)
            total += weight * value.subs(values)
        return total


class Joint:
    """The expectation where all variables depend on one outcome: every name has a value for each of four outcomes."""

    VALUES = ((-1, 2, 3, -2), (2, -1, 4, 1), (1, 3, -2, 5), (3, 1, 2, -4))

    def __init__(self, world: World, bases: Sequence[str]) -> None:
        self.world, self.rows = world, dict(zip(bases, self.VALUES))

    def expect(self, value: sp.Expr) -> sp.Expr:
        symbols = sorted((s for s in value.free_symbols if s in self.world.variables), key=str)
        if any(self.world.variables[s].index for s in symbols):
            raise Unsupported("components")
        outcomes = [{s: self.rows[self.world.variables[s].base][k] for s in symbols} for k in range(4)]
        return sum((value.subs(outcome) for outcome in outcomes), sp.Integer(0)) / 4
