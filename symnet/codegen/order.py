"""The order in which terms, factors and axes are written: that of a textbook, and always the same.

Terms: positive before negative, larger arrays before smaller ones, constants last (``gamma * xhat + beta``).
Factors: numbers, then what flows back (``dy * gamma``), then arrays in the order of their definition, then brackets.
Axes inside a reduction: those of its largest operand.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sympy as sp

from symnet.codegen.access import read
from symnet.ir.expr import Access, Index, Reduction, accesses, free_indices

if TYPE_CHECKING:
    from symnet.codegen.lower import Lowering

LAST = 1 << 30


@dataclass(frozen=True)
class Order:
    low: Lowering

    def dims(self, expr: sp.Expr) -> int:
        return len(self.low.array_indices(expr))

    def rank(self, expr: sp.Expr) -> int:
        """Where the first of its arrays was defined."""
        return min((self.low.rank.get(a.node.name, LAST) for a in accesses(expr)), default=LAST)

    def shape_of(self, expr: sp.Expr) -> int:
        if isinstance(expr, Access):
            return 0
        if isinstance(expr, Reduction):
            return 3
        if expr.is_Pow:
            return self.shape_of(expr.base)
        return 2 if expr.is_Add else 1

    # -- terms ----------------------------------------------------------------------------------------------------
    def terms(self, terms: Iterable[sp.Expr]) -> list[tuple[bool, sp.Expr]]:
        """``(negative, term)`` in order, each term without its sign."""
        signed = []
        for term in terms:
            negative = bool(term.as_coeff_Mul()[0] < 0) if term.as_coeff_Mul()[0].is_comparable else False
            signed.append((negative, -term if negative else term))
        signed.sort(key=self._term_key)
        return self._shifts_first(self._constants_last(signed))

    def _term_key(self, signed: tuple[bool, sp.Expr]) -> tuple:
        negative, term = signed
        weight = sp.count_ops(term) if negative else -self.dims(term)
        if negative and isinstance(term, Reduction):
            weight = 0
        return (negative, weight, self.rank(term), sp.default_sort_key(term))

    def _constants_last(self, signed: list) -> list:
        """``var + eps``, ``a - b + 1``; but ``1 - t`` and ``1 + t``."""
        constants = [t for t in signed if self.low.is_const(t[1])]
        rest = [t for t in signed if t not in constants]
        first = all(t[0] for t in rest) or (not any(t[0] for t in rest) and all(t[1] == 1 for t in constants))
        return [*constants, *rest] if first and not any(t[0] for t in constants) else [*rest, *constants]

    def _shifts_first(self, signed: list) -> list:
        """``z - zmax`` is formed before anything is added: only there do large numbers cancel without loss."""
        shift = next((t for t in signed if isinstance(t[1], Access) and t[1].node.name in self.low.shifts), None)
        if shift is None:
            return signed
        partner = next((t for t in signed if t[0] != shift[0] and not self.low.is_const(t[1])), None)
        if partner is None:
            return signed
        pair = sorted((shift, partner), key=lambda t: t[0])
        return pair + [t for t in signed if t not in pair]

    # -- factors --------------------------------------------------------------------------------------------------
    def factors(self, factors: Iterable[sp.Expr]) -> list[sp.Expr]:
        factors = list(factors)
        many = len(factors) > 2

        def key(f):
            dims = self.dims(f) if many else 0
            return (dims, self.shape_of(f), self.rank(f), sp.default_sort_key(f))

        return sorted(factors, key=key)

    # -- axes -----------------------------------------------------------------------------------------------------
    def natural(self, expr: sp.Expr, over: Sequence[Index], order: Sequence[Index | None]) -> tuple[Index, ...]:
        """An order of the indices of ``expr`` that suits its operands; ``order`` is that of the surroundings."""
        domain = self.low.array_indices(expr)
        sequence: list[Index] = []
        found = []
        for leaf in outer_accesses(expr):
            if leaf.node.name in self.low.variables:
                layout = [i for i in read(self.low, leaf).layout if i is not None and i in domain]
                found.append((-len(layout), self.low.rank.get(leaf.node.name, LAST), leaf.name, layout))
        if found:
            sequence = min(found, key=lambda f: f[:3])[3]
        around = [i for i in order if i in domain and i is not None]
        for k, index in enumerate(around):
            if index not in sequence:
                before = [sequence.index(i) for i in around[:k] if i in sequence]
                sequence.insert(max(before) + 1 if before else 0, index)
        for index in (*over, *sorted(domain, key=lambda i: i.name)):
            if index in domain and index not in sequence:
                sequence.append(index)
        return tuple(sequence)


def outer_accesses(expr: sp.Expr) -> list[Access]:
    """Accesses outside reductions, by name."""
    found: set[Access] = set()

    def walk(part):
        if isinstance(part, Access):
            found.add(part)
        elif not isinstance(part, Reduction):
            for argument in part.args:
                walk(argument)

    walk(expr)
    return sorted(found, key=lambda a: a.name)


__all__ = ["Order", "free_indices", "outer_accesses"]
