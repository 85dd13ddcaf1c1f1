"""An expression in the form in which it is read: signs and numbers in front, factors and terms in a fixed order.

SymPy keeps its arguments in an order of its own and moves signs about (``y (1 - y)`` may be stored as ``-y (y - 1)``).
Here an expression becomes a tree of products and sums whose order is that of the definition, whatever SymPy does:

    factors   numbers, sizes, parameters, accesses (adjoints first, then by definition), functions, sums, reductions
    terms     by the earliest array they hold; a positive one first, where there is one
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Union

import sympy as sp

from symnet.ir import functions as fn
from symnet.ir.expr import Access, Constant, Index, Param, Reduction, Size, accesses

Rank = tuple


#: a term below this is a correction, such as an epsilon, and stands last
_SMALL = sp.Rational(1, 100)


@dataclass(frozen=True)
class Big:
    """``op_{over} body``."""

    op: str
    over: tuple[Index, ...]
    body: Sum | Product


Base = Union["Sum", "Product", Big, sp.Expr]


@dataclass(frozen=True)
class Power:
    """``base ** exponent``; the base is a tree, or an expression that is no sum, product, power or reduction."""

    base: Base
    exponent: sp.Expr = sp.S.One


@dataclass(frozen=True)
class Product:
    """``sign * number * factors`` with a positive number."""

    sign: int
    number: sp.Rational
    factors: tuple[Power, ...]

    def __neg__(self) -> Product:
        return replace(self, sign=-self.sign)

    @property
    def is_number(self) -> bool:
        return not self.factors

    def led(self) -> Product:
        """The same product without its minus, where a difference among the factors can take it."""
        if self.sign < 0:
            for k, factor in enumerate(self.factors):
                if isinstance(factor.base, Sum) and factor.exponent == 1 and factor.base.mixed:
                    flipped = Power(-factor.base, factor.exponent)
                    return Product(1, self.number, (*self.factors[:k], flipped, *self.factors[k + 1 :]))
        return self


@dataclass(frozen=True)
class Sum:
    """Two or more terms, in the order of definition; ``terms`` is the order of print."""

    declared: tuple[Product, ...]

    @cached_property
    def terms(self) -> tuple[Product, ...]:
        first = next((t for t in self.declared if t.sign > 0), self.declared[0])
        return (first, *(t for t in self.declared if t is not first))

    @property
    def mixed(self) -> bool:
        return len({t.sign for t in self.declared}) == 2

    def __neg__(self) -> Sum:
        return Sum(tuple(-t for t in self.declared))


class Reader:
    """Turns expressions into trees; ``rank`` places an access by its node (adjoints first), and by its name at last."""

    def __init__(self, rank: Callable[[Access], Rank]) -> None:
        self.rank = rank
        self._read: dict[sp.Expr, Sum | Product] = {}

    def read(self, expr: sp.Expr) -> Sum | Product:
        """The tree of ``expr``; a page prints most expressions several times."""
        tree = self._read.get(expr)
        if tree is None:
            tree = self._read[expr] = self._scaled(expr) if expr.is_Add else self._product(expr)
        return tree

    def _scaled(self, expr: sp.Expr) -> Sum | Product:
        """A sum; where all terms have one number, 2 a - 2 b, it stands in front (SymPy multiplies it out)."""
        tree = self._sum(expr)
        number = tree.declared[0].number
        if number == 1 or any(t.number != number or t.is_number for t in tree.declared):
            return tree
        bare = Sum(tuple(replace(t, number=sp.S.One) for t in tree.declared))
        sign = 1 if any(t.sign > 0 for t in bare.declared) else -1
        return Product(sign, number, (Power(bare if sign > 0 else -bare),))

    def _sum(self, expr: sp.Expr) -> Sum:
        spatial = not accesses(expr) and not expr.has(Reduction, Param)
        ordered = sorted(expr.args, key=lambda t: self._term_key(t, numbers_last=spatial))
        return Sum(tuple(map(self._product, ordered)))

    def _product(self, expr: sp.Expr) -> Product:
        sign, number, powers = 1, sp.S.One, []
        for part in _factors(expr):
            if part.is_Rational:
                sign, number = (-sign if part < 0 else sign), number * abs(part)
                continue
            if part is sp.S.NegativeInfinity:
                sign, part = -sign, sp.S.Infinity
            if isinstance(part, Constant) and part.value < 0:
                sign, part = -sign, Constant(-part.value)
            turned, part = _oriented(part, self)
            sign *= turned
            base, exponent = part.as_base_exp() if part.is_Pow else (part, sp.S.One)
            inner, node = self._base(base, exponent)
            sign *= inner
            powers.append((part, base, Power(node, exponent)))
        number, powers = self._roots(number, powers)
        if len(powers) > 1:
            powers.sort(key=lambda power: self._factor_key(power[0], power[1]))
        return Product(sign, number, tuple(power for _, _, power in powers))

    def _roots(self, number: sp.Rational, powers: list) -> tuple[sp.Rational, list]:
        """sqrt 2 / 2 is 1 / sqrt 2, and roots of numbers stand under one root: 1 / sqrt(2 pi), sqrt(2 / pi)."""
        roots = [p for p in powers if p[0].is_Pow and p[1].is_number and abs(p[0].exp) == sp.S.Half]
        turned = [p for p in roots if p[0].exp > 0 and p[1].is_Integer and number.q % p[1] == 0]
        above = [p for p in roots if p[0].exp > 0 and p not in turned]
        below = [p for p in roots if p[0].exp < 0]
        if not turned and len(below) + bool(above) < 2:
            return number, powers
        product = sp.Mul(*(p[1] for p in (*turned, *below)), *(1 / p[1] for p in above))
        exponent = -sp.S.Half
        if above and (turned or below):
            product, exponent = 1 / product, sp.S.Half
        rest = [p for p in powers if p not in roots]
        root = (sp.Pow(product, exponent, evaluate=False), product, Power(self._base(product, sp.S.One)[1], exponent))
        return number * sp.Mul(*(p[1] for p in turned)), [root, *rest]

    def _base(self, base: sp.Expr, exponent: sp.Expr) -> tuple[int, Base]:
        """A base, with the sign that could be taken out of it."""
        odd, even = bool(exponent.is_odd), bool(exponent.is_even)
        if base.is_Add:
            node = self._sum(base)
            if even and node.declared[0].sign < 0:
                return 1, -node
            if odd and all(t.sign < 0 for t in node.declared):
                return -1, -node
            return 1, node
        if isinstance(base, Reduction):
            body = self.read(base.body)
            big = Big(base.op, base.over, body)
            if base.op == "sum" and odd:
                if isinstance(body, Product) and body.sign < 0 and body.led().sign < 0:
                    return -1, replace(big, body=-body)
                if isinstance(body, Sum) and all(t.sign < 0 for t in body.declared):
                    return -1, replace(big, body=-body)
            return 1, big
        return 1, self._product(base) if base.is_Mul or base.is_Pow else base

    # -- order ----------------------------------------------------------------------------------------------------
    def _ranks(self, expr: sp.Expr) -> tuple[Rank, ...]:
        return tuple(sorted(self.rank(a) for a in accesses(expr)))

    def _factor_key(self, part: sp.Expr, base: sp.Expr) -> tuple:
        if _numeric(base):
            kind = 0
        elif isinstance(base, Size):
            kind = 1
        elif isinstance(base, Param):
            kind = 2
        elif isinstance(base, Access):
            kind = 3
        elif isinstance(base, Index):
            kind = 4
        elif base.is_Add:
            kind = 6
        elif isinstance(base, sp.log):
            kind = 7
        elif isinstance(base, Reduction):
            kind = 8
        else:
            kind = 5
        simple = isinstance(part, sp.Symbol)
        return (kind, self._ranks(part), 0 if simple else sp.count_ops(part), part.name if simple else str(part))

    def _term_key(self, term: sp.Expr, numbers_last: bool) -> tuple:
        if _numeric(term):
            return (9 if numbers_last or abs(_value(term)) < _SMALL else 0,)
        ranks = self._ranks(term)
        if not ranks:  # positions along axes: large strides first
            coefficient, rest = term.as_coeff_Mul()
            return (2 if term.has(Index) else 3, -abs(coefficient), sp.count_ops(rest), str(rest))
        return (1, ranks[0][:-1], term.has(Reduction), ranks, sp.count_ops(term), str(term))


def _factors(expr: sp.Expr) -> Iterator[sp.Expr]:
    """The factors of a product, also of products in it that were left unevaluated."""
    if not expr.is_Mul:
        yield expr
    else:
        for part in expr.args:
            yield from _factors(part)


def _oriented(part: sp.Expr, reader: Reader) -> tuple[int, sp.Expr]:
    """|y - t| and sign(y - t) with the array first that was declared first, whatever SymPy does."""
    if isinstance(part, (fn.absolute, fn.sign)) and part.args[0].is_Add:
        tree = reader.read(part.args[0])
        first = tree.declared[0] if isinstance(tree, Sum) and tree.mixed else None
        if first is not None and first.sign < 0 and not first.is_number:
            sign = -1 if isinstance(part, fn.sign) else 1
            return sign, part.func(sp.Add(*(-t for t in part.args[0].args)), evaluate=False)
    return 1, part


def _value(number: sp.Expr) -> sp.Expr:
    return number.xreplace({c: c.value for c in number.atoms(Constant)})


def _numeric(expr: sp.Expr) -> bool:
    """A number, be it one that is kept as written."""
    return all(isinstance(s, Constant) for s in expr.free_symbols) and not expr.has(Reduction)


def indices_in_order(tree: Sum | Product | Big | Power | sp.Basic) -> Iterator[Index]:
    """The indices of a tree in the order of print (with repetitions)."""
    match tree:
        case Sum():
            parts: tuple = tree.terms
        case Product():
            parts = tree.factors
        case Power():
            parts = (tree.base, tree.exponent)
        case Big():
            parts = (tree.body,)
        case Index():
            yield tree
            return
        case Access():
            parts = tree.subs
        case _:
            parts = tree.args
    for part in parts:
        yield from indices_in_order(part)
