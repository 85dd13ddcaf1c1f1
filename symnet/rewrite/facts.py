"""What is known of sums: declared facts, and lemmas proved from definitions.

A lemma is proved by putting in the definitions of the nodes it reads and splitting: sum_n (x - mu) = sum_n x - N mu
= 0, because N mu = sum_n x.  A softmax sums to one: sum_i e^{u_i - logsumexp u} = 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import sympy as sp

from symnet.ir.expr import Access, Index, Reduction, accesses, inline, reduce_over, reindex
from symnet.ir.graph import Graph, Node
from symnet.rewrite.algebra import expanded, normalised
from symnet.rewrite.cost import length
from symnet.rewrite.match import match, skeleton
from symnet.rewrite.sums import split

DEPTH = 3  # how many definitions deep a lemma may look
MOST_LENGTH = 16  # of a sum whose definitions are put in: what is longer does not become a number


@dataclass(frozen=True)
class ProofLine:
    """One line of the proof of a lemma: ``= expr`` by a rule; ``reads`` names the definitions that were put in."""

    rule: str
    expr: sp.Expr
    reads: tuple[str, ...] = ()


class Knowledge:
    """The facts of a graph; remembers which were used and the key of where each is from, for the record."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.facts = {skeleton(f.lhs): f for f in graph.facts}
        self.nodes = {a.node.name for f in graph.facts for a in accesses(f.lhs)}
        self.used: dict[tuple[sp.Expr, sp.Expr], str] = {}
        self._proved: dict[sp.Expr, sp.Expr | None] = {}
        self._proving = False

    def __call__(self, atom: sp.Expr) -> sp.Expr | None:
        """The value of a sum, if it is known."""
        if not isinstance(atom, Reduction):
            return None
        fact = self.facts.get(skeleton(atom))
        if fact is not None and (mapping := match(fact.lhs, atom)) is not None:
            return self._use(atom, reindex(fact.rhs, mapping), fact.source)
        if softmax_sum(atom):
            return self._use(atom, sp.S.One, "softmax")
        value = self._lemma(atom)
        return None if value is None else self._use(atom, value, "lemma")

    def _use(self, atom: sp.Expr, value: sp.Expr, why: str) -> sp.Expr:
        if not self._proving:
            self.used[atom, value] = why
        return value

    def _lemma(self, atom: Reduction) -> sp.Expr | None:
        if self._proving:
            return None
        if atom not in self._proved:
            self._proving = True
            try:
                self._proved[atom] = self._prove(atom)
            finally:
                self._proving = False
        return self._proved[atom]

    def _prove(self, atom: Reduction) -> sp.Expr | None:
        lines = self._lines(atom)
        return lines[-1].expr if lines else None

    def proof(self, atom: Reduction) -> tuple[ProofLine, ...]:
        """The lines of the proof of a lemma: definitions put in, the sum split, the number that is left."""
        self._proving = True
        try:
            return self._lines(atom)
        finally:
            self._proving = False

    def _lines(self, atom: Reduction) -> tuple[ProofLine, ...]:
        """A proof that ends with a number; no lines where none is found."""
        body = atom.body
        if not (body.is_Add or isinstance(body, Access)) or body.has(Reduction) and not body.is_Add:
            return ()
        if not all(a.node.name in self.graph.by_name for a in accesses(atom)):
            return ()  # an upstream gradient or a tangent, which may be anything
        expr: sp.Expr = atom
        lines: list[ProofLine] = []
        for _ in range(DEPTH):
            definitions = self._definitions(expr)
            if not definitions:
                return ()
            expr = inline(expr, definitions)
            if length(expr) > MOST_LENGTH:
                return ()
            lines.append(ProofLine("unfold", expr, tuple(sorted(definitions, key=self._place))))
            wide = split(expr.map(expanded) if isinstance(expr, Reduction) else expr, self)
            value = normalised(expanded(wide))
            if value.is_number:
                return (*lines, *self._apart(expr), ProofLine("cancel", value))
        return ()

    def _apart(self, expr: sp.Expr) -> tuple[ProofLine, ...]:
        """The sum of each term by itself, before anything cancels."""
        if not isinstance(expr, Reduction):
            return ()
        body, over = expr.open()
        terms = [split(reduce_over("sum", term, over), self) for term in sp.Add.make_args(expanded(body))]
        return (ProofLine("split", sp.Add(*terms, evaluate=False)),) if len(terms) > 1 else ()

    def _place(self, name: str) -> int:
        return next(k for k, node in enumerate(self.graph.nodes) if node.name == name)

    def _definitions(self, expr: sp.Expr) -> Mapping[str, tuple[tuple[Index, ...], sp.Expr]]:
        """Definitions worth putting in: linear ones (means, differences, products with a factor free of the sum)."""
        found = {}
        for access in accesses(expr):
            node = self.graph.by_name.get(access.node.name)
            if node is not None and node.expr is not None and node.carry is None and _simple(node):
                found[node.name] = (node.axes, node.expr)
        return found


def _simple(node: Node) -> bool:
    """A definition of a few terms without nested nonlinear functions."""
    return node.expr.count_ops() <= 12 and len(accesses(node.expr)) <= 4


def softmax_sum(atom: Reduction) -> bool:
    """Is it sum_i e^{u_i - logsumexp_i u}?"""
    if atom.op != "sum" or not isinstance(atom.body, sp.exp):
        return False
    terms = sp.Add.make_args(atom.body.args[0])
    for term in terms:
        minus = -term
        if isinstance(minus, Reduction) and minus.op == "logsumexp" and len(minus.over) == len(atom.over):
            body, over = minus.open()
            rest = sp.Add(*(t for t in terms if t is not term))
            by_label = {i.label: i for i in atom.over}
            if all(i.label in by_label for i in over):
                return reindex(body, {i: by_label[i.label] for i in over}) == rest
    return False
