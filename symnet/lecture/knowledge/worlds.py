"""Random variables, what is known of them, and hypotheses on them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import sympy as sp

from symnet.lecture.reader.syntax import Expr

INDEX_LETTERS = frozenset("i j k l t r s".split())
#: how a hypothesis about a variable is worded
SAYS = {
    "symmetric": "the law of {} is symmetric about 0",
    "zero mean": "E[{}] = 0",
    "independent": "the random variables are independent",
    "identical": "the components of {} have one law",
    "unit variance": "Var[{}] = 1",
}


class Unsupported(Exception):
    """Not decided by moment rules."""


@dataclass(frozen=True)
class Variable:
    """A random variable, or one component of it."""

    base: str
    index: tuple[str, ...] = ()

    @property
    def symbol(self) -> sp.Symbol:
        return sp.Symbol("_".join((self.base, *self.index)), real=True)

    def __str__(self) -> str:
        return self.base + (f"[{','.join(self.index)}]" if self.index else "")


#: a SymPy expression, or a matrix of them
Value = Any


@dataclass
class World:
    """One reading: which symbols are random, which are vectors or matrices, how many terms a sum has."""

    randoms: frozenset[str]
    size: int
    vectors: frozenset[str] = frozenset()
    matrices: frozenset[str] = frozenset()
    size_names: frozenset[str] = frozenset()
    means: frozenset[str] = frozenset()  # barred symbols that are means of the components
    componentwise: bool = False  # Var of a vector is the variance of one component
    definitions: Mapping[str, Expr] = field(default_factory=dict)
    laws: dict[str, tuple[str, tuple[sp.Expr, ...]]] = field(default_factory=dict)
    given: dict[tuple[str, str], sp.Expr] = field(default_factory=dict)  # E and Var of a name, as the document says
    variables: dict[sp.Symbol, Variable] = field(default_factory=dict)
    constants: dict[str, sp.Symbol] = field(default_factory=dict)

    def variable(self, base: str, index: tuple[str, ...] = ()) -> sp.Symbol:
        variable = Variable(base, index)
        self.variables[variable.symbol] = variable
        return variable.symbol

    def constant(self, name: str) -> sp.Symbol:
        return self.constants.setdefault(name, sp.Symbol(name, positive=True))


@dataclass(frozen=True)
class Hypothesis:
    kind: str
    subject: str = ""  # "" where it is about all of them together

    def __str__(self) -> str:
        return SAYS[self.kind].format(self.subject)
