"""The rewrite engine: an adjoint in raw form goes in, its textbook form comes out, every step recorded.

Passes, each with a name that is printed: split (sums), facts (inside split), names (fold back), reflect, normal form,
inverse folds, and at last the adjoints themselves: one that cancels, or that nothing else needs (of a mean, of a
variance), is put in where the whole gets shorter.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import sympy as sp

from symnet.ir import functions as fn
from symnet.ir.expr import Access, Reduction, accesses, inline, transform
from symnet.ir.graph import Graph, Node
from symnet.rewrite import fold
from symnet.rewrite.algebra import normalised, signed_inside
from symnet.rewrite.cost import SLACK, cost, length
from symnet.rewrite.facts import Knowledge
from symnet.rewrite.sums import split

MOST_INLININGS = 12
MOST_PRIVATE = 12  # adjoints that are put in together
MOST_LENGTH = 64  # of an expression that is searched for a shorter form, beyond what the passes do
MOST_GROWTH = 2  # of an expression that others are put in: from what is longer nothing short has come


@dataclass(frozen=True)
class Move:
    """One recorded rewrite of an expression."""

    rule: str
    before: sp.Expr
    after: sp.Expr
    identities: tuple[tuple[sp.Expr, sp.Expr], ...] = ()
    notes: tuple[str, ...] = ()


@dataclass
class Engine:
    """Rewrites expressions over one forward graph."""

    graph: Graph
    knowledge: Knowledge = field(init=False)
    definitions: fold.Definitions = field(init=False)
    adjoints: dict[str, Node] = field(default_factory=dict)
    readers: dict[str, frozenset[str]] = field(default_factory=dict)  # adjoint -> the adjoints that need it
    closed: set[str] = field(default_factory=set)  # adjoints of finished loops, which are computed step by step
    _order: dict[str, int] = field(default_factory=dict)
    _memo: dict[sp.Expr, tuple[sp.Expr, tuple[Move, ...]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.knowledge = Knowledge(self.graph)
        self.definitions = fold.Definitions(self.graph)

    # -- the whole ------------------------------------------------------------------------------------------------
    def textbook(self, node: Node, expr: sp.Expr) -> tuple[sp.Expr, tuple[Move, ...]]:
        """The textbook form of the adjoint ``node`` with raw definition ``expr``."""
        private = self._private(node, expr)
        best, moves = self.improve(expr)
        for _ in range(MOST_INLININGS):
            better = self._better_inlining(node, best, private)
            if better is None:
                break
            best, more = better
            moves += more
        final = signed_inside(best)
        if final != best and moves:  # the sign is part of the last move, not a step of its own
            moves = (*moves[:-1], replace(moves[-1], after=final))
        return final, moves

    def _better_inlining(self, node: Node, best: sp.Expr, private: frozenset[str]):
        here = length(*self._closure(best, private))
        if here > MOST_LENGTH:
            return None
        most = MOST_GROWTH * here
        for names in self._candidates(node, best, private):
            if len(names) == 1 and not self._related(names[0], best):
                continue
            put = best
            for name in names:  # outer ones first: what they read may be put in next
                put = inline(put, {name: (self.adjoints[name].axes, self.adjoints[name].expr)})
                if length(put) > most:
                    break
            if put == best or length(put) > most:
                continue
            new, more = self.improve(put)
            smaller = all(len(self.adjoints[name].axes) < len(node.axes) for name in names)
            if self._better(new, best, private, fewer=smaller):
                return new, (Move("inline", best, put, notes=names), *more)
        return None

    def _related(self, name: str, expr: sp.Expr) -> bool:
        """Can anything cancel when the adjoint is put in: does it share a node with the rest, or hold a fact?"""
        inside = {a.node.name for a in accesses(self.adjoints[name].expr)}
        outside = {a.node.name for a in accesses(expr)}
        return bool(inside & (outside | self.knowledge.nodes)) or not any(n in self.graph.by_name for n in inside)

    def _candidates(self, node: Node, expr: sp.Expr, private: frozenset[str]) -> Iterable[tuple[str, ...]]:
        """Adjoints to put in: those on smaller domains together, then each alone."""
        order = self._latest_first(self._read(expr))
        small = tuple(n for n in order if len(self.adjoints[n].axes) < len(node.axes))
        if len(small) > 1:
            yield small
        yield from ((n,) for n in order)
        yield tuple(n for n in self._latest_first(private) if not self._entry(self.adjoints[n], node))

    def _entry(self, adjoint: Node, node: Node) -> bool:
        """A product on the domain of ``node``, as dxhat = dy gamma: it keeps its name."""
        return len(adjoint.axes) >= len(node.axes) and not adjoint.expr.has(sp.Add, Reduction)

    def _private(self, node: Node, expr: sp.Expr) -> frozenset[str]:
        """The adjoints that are needed for ``node`` only, directly or through others (of many, the nearest)."""
        private: set[str] = set()
        frontier = self._read(expr)
        while True:
            new = {n for n in frontier if self.readers.get(n) and self.readers[n] <= private | {node.name}}
            if not new or len(private) + len(new) > MOST_PRIVATE:
                return frozenset(private)
            private |= new
            frontier = (frontier - new).union(*(self._read(self.adjoints[n].expr) for n in new)) - private

    def _read(self, expr: sp.Expr) -> set[str]:
        """The adjoints that ``expr`` reads."""
        return {a.node.name for a in accesses(expr)} & self.adjoints.keys() - self.closed

    def _latest_first(self, names: Iterable[str]) -> list[str]:
        return sorted(names, key=lambda n: -self._order[n])

    def add_adjoint(self, node: Node) -> None:
        """From now on ``node`` may be named or put in."""
        self._order[node.name] = len(self._order)
        self.adjoints[node.name] = node

    def _better(self, new: sp.Expr, old: sp.Expr, private: frozenset[str], fewer: bool) -> bool:
        """Shorter and not much dearer, counting the definitions of the private adjoints that an expression needs.

        With ``fewer`` one definition less is enough: dy - sum dy / N, not dmu = -sum dy and dy + dmu / N.
        """
        new_parts, old_parts = self._closure(new, private), self._closure(old, private)
        shorter = length(*new_parts) - length(*old_parts)
        dearer = cost(*new_parts) / max(cost(*old_parts), 1e-9)
        better = shorter < 0 or (fewer and shorter == 0 and len(new_parts) < len(old_parts))
        return better and dearer <= SLACK

    def _closure(self, expr: sp.Expr, private: frozenset[str]) -> list[sp.Expr]:
        parts, todo, seen = [expr], [expr], set()
        while todo:
            for name in sorted(self._read(todo.pop()) & private):
                if name not in seen:
                    seen.add(name)
                    parts.append(self.adjoints[name].expr)
                    todo.append(self.adjoints[name].expr)
        return parts

    # -- one expression -------------------------------------------------------------------------------------------
    def improve(self, expr: sp.Expr) -> tuple[sp.Expr, tuple[Move, ...]]:
        """The cheapest form that the passes reach, and the moves that led there."""
        if expr in self._memo:
            return self._memo[expr]
        moves: list[Move] = []
        current = self._tidy(expr, moves)
        for _ in range(8 if length(current) <= MOST_LENGTH else 0):
            step = self._best_inverse(current)
            if step is None:
                break
            current, more = step
            moves += more
        self._memo[expr] = current, tuple(moves)
        return current, tuple(moves)

    def _best_inverse(self, expr: sp.Expr) -> tuple[sp.Expr, list[Move]] | None:
        here = cost(expr)
        for identity in self.definitions.inverses(expr):
            moves: list[Move] = []
            put = fold.apply(identity, expr)
            if put == expr:
                continue
            new = self._tidy(put, moves)
            if cost(new) < here - 1e-9 and not fold.divides_anew(new, expr, self.graph):
                return new, [Move("fold", expr, put, ((identity.old, identity.new),)), *moves]
        return None

    def _tidy(self, expr: sp.Expr, moves: list[Move]) -> sp.Expr:
        """Split, name and normalise until nothing changes."""
        for _ in range(4):
            before = expr
            expr = self._move(moves, "split", expr, self._split)
            expr = self._move(moves, "known_names", expr, self._names)
            expr = self._move(moves, "sigmoid", expr, self._reflect)
            expr = self._move(moves, "tanh_of_sigmoid", expr, self._centre)
            expr = self._move(moves, "factor", expr, lambda e: (normalised(e), (), ()))
            if expr == before:
                break
        return expr

    def _move(self, moves: list[Move], rule: str, expr: sp.Expr, change) -> sp.Expr:
        new, identities, notes = change(expr)
        if new != expr:
            moves.append(Move(_named(rule, expr, new, identities), expr, new, identities, notes))
        return new

    def _split(self, expr: sp.Expr):
        self.knowledge.used.clear()
        new = split(_bits(expr), self.knowledge)
        used = dict(self.knowledge.used)
        return new, tuple(used), tuple(used.values())

    def _names(self, expr: sp.Expr):
        used: list[fold.Identity] = []
        new = self.definitions.name(expr, used)
        unique = dict.fromkeys((i.old, i.new) for i in used)
        return new, tuple(unique), ()

    def _reflect(self, expr: sp.Expr):
        """sigma(-u) = 1 - sigma(u), where the mirror image occurs too and the sum gets cheaper.

        Of a difference alone 1 - sigma(u - v) is sigma(v - u), which keeps its digits where it is small.
        """
        sigmoids = expr.atoms(fn.sigmoid)
        found = {a for a in sigmoids if fn.sigmoid(-a.args[0]) in sigmoids}
        flip = {a: 1 - fn.sigmoid(-a.args[0]) for a in found if a.args[0].could_extract_minus_sign()}
        if len(sigmoids) == 1 and not flip:
            flip = {1 - a: fn.sigmoid(-a.args[0]) for a in sigmoids if a.args[0].is_Add and expr.has(1 - a)}
        if not flip:
            return expr, (), ()
        new = transform(expr, lambda part: flip.get(part))
        return new, tuple(flip.items()), ()

    def _centre(self, expr: sp.Expr):
        """1 - 2 sigma(2 u) = -tanh(u)."""
        used: dict[sp.Expr, sp.Expr] = {}

        def leaf(part):
            one, two = part.args if part.is_Add and len(part.args) == 2 else (sp.S.Zero, sp.S.Zero)
            factor, s = two.as_coeff_Mul()
            if one.is_number and isinstance(s, fn.sigmoid) and factor == -2 * one:
                if s.args[0].as_coeff_Mul()[0].is_even:
                    return used.setdefault(part, one * sp.tanh(-s.args[0] / 2))
            return None

        new = transform(expr, leaf) if expr.has(fn.sigmoid) else expr
        return new, tuple(used.items()), ()


def _named(rule: str, before: sp.Expr, after: sp.Expr, identities) -> str:
    """What splitting a sum is called when it used a fact or solved a delta."""
    if rule != "split":
        return rule
    if identities:
        return "facts"
    return "delta" if len(after.atoms(fn.eq)) < len(before.atoms(fn.eq)) else rule


def _bits(expr: sp.Expr) -> sp.Expr:
    """y^k = y for entries 0 or 1."""
    if not any(a.node.kind in ("one_hot", "mask") for a in accesses(expr)):
        return expr

    def leaf(part):
        if part.is_Pow and isinstance(part.base, Access) and part.base.node.kind in ("one_hot", "mask"):
            if part.exp.is_Integer and part.exp.is_positive:
                return part.base
        return None

    return transform(expr, leaf)
