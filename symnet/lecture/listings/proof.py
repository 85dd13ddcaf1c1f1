"""Proof that a hand-written gradient is the derivative: the difference has the normal form 0, with symbolic sizes.

One step of the chain rule is formed for the target; a gradient that the claim reads stands on both sides as the adjoint
that it was proved to be.  Where that is not enough, adjoints and then forward definitions are put in, one by one.
"""

from __future__ import annotations

import time

import sympy as sp

from symnet.calculus.adjoint import adjoint_contributions
from symnet.errors import SymnetError
from symnet.ir import functions as fn
from symnet.ir.expr import (
    Access,
    Index,
    Reduction,
    accesses,
    fresh_index,
    inline,
    nodes_of,
    reduce_over,
    reindex,
    substitute,
    transform,
)
from symnet.ir.graph import Graph, Node
from symnet.lecture.listings.bindings import Binding
from symnet.lecture.listings.gradients import Gradients
from symnet.lecture.listings.judgement import Judgement
from symnet.rewrite.algebra import expanded
from symnet.rewrite.cost import length
from symnet.rewrite.engine import Engine

MOST_STEPS, MOST_LENGTH, MOST_SECONDS = 14, 220, 1.0


def proves(gradients: Gradients, claim: Binding, found: Judgement, deadline: float, kinks: list[str]) -> bool:
    """Is the claim shown to be equal to the derivative?  ``kinks`` receives what was assumed of points with a kink."""
    stop = min(deadline, time.process_time() + MOST_SECONDS)
    try:
        return _Proof(gradients, stop).shows(claim, found, kinks)
    except (SymnetError, sp.PolynomialError, TypeError, ValueError, KeyError, RecursionError, NotImplementedError):
        return False


class _Proof:
    def __init__(self, gradients: Gradients, stop: float) -> None:
        self.gradients, self.stop = gradients, stop
        self.proven: dict[str, str] = gradients.__dict__.setdefault("proven", {})  # label of a claim -> its target's
        self.nodes = {b.label: b.node for b in gradients.forward if b.node is not None}
        self.adjoints: dict[str, Node] = {}

    def shows(self, claim: Binding, found: Judgement, kinks: list[str]) -> bool:
        target, g = found.target, self.gradients
        if target is None or target.node is None or claim.node is None or claim.value is None:
            return False
        y = next((y for y, x in g.program.meanings(claim.name) if x == target.name), "")
        numerator = g.source(claim, y)[0]
        seeds: dict[str, sp.Expr] = {}
        if numerator is not None:
            seeds[numerator.label] = sp.S.One
        for up, out in g.upstream.items() if numerator is None else ():
            assert up.node is not None and out.node is not None
            seeds[out.label] = seeds.get(out.label, sp.S.Zero) + up.node[tuple(out.node.axes)]
        outputs = tuple(self.nodes[n] for n in seeds)
        whole = Graph("forward", tuple(self.nodes.values()), outputs)
        graph = Graph("forward", whole.needed_for(outputs), outputs)
        self.contribute(graph, seeds)
        written = self.in_adjoints(claim, numerator)
        axes = claim.node.axes
        its = target.node.axes[len(target.node.axes) - len(axes) :]
        if len(axes) > len(target.node.axes):
            return False
        written = reindex(written, {a: b for a, b in zip(axes, its) if a.size == b.size})
        derived = self.adjoints[target.label].expr
        units = {a: sp.S.Zero for a in (*axes, *target.node.axes) if a.size == 1}
        difference = _plain(reindex(written - derived, units))
        if difference == 0:
            self.proven[claim.label] = target.label
            return True
        if difference.has(fn.gt, fn.ge, fn.maximum, fn.absolute, fn.minimum):
            kinks.append("no entry lies on a kink")
        engine = Engine(graph)
        for _ in range(MOST_STEPS):
            if difference == 0 or self.vanishes(engine, difference):
                self.proven[claim.label] = target.label
                return True
            if time.process_time() > self.stop or length(difference) > MOST_LENGTH:
                return False
            following = self.put_in(difference)
            if following is None:
                return False
            difference = _plain(following)
        return False

    def vanishes(self, engine: Engine, difference: sp.Expr) -> bool:
        for form in (difference, expanded(difference)):
            if time.process_time() > self.stop:
                return False
            better = _plain(engine.improve(form)[0])
            if better == 0 or _plain(expanded(better)) == 0:
                return True
        return False

    def contribute(self, graph: Graph, seeds: dict[str, sp.Expr]) -> None:
        """The adjoint of every node, one step of the chain rule each."""
        shares: dict[str, list[sp.Expr]] = {}
        names = {n.name for n in graph.nodes if n.kind != "labels"}
        for node in reversed(graph.nodes):
            terms = list(shares.get(node.name, []))
            if node.name in seeds:
                terms.append(seeds[node.name])
            adjoint = Node(f"d~{node.name}", node.axes, sp.Add(*terms), adjoint_of=node.name)
            self.adjoints[node.name] = adjoint
            if node.expr is None or adjoint.expr == 0:
                continue
            for name, more in adjoint_contributions(node, adjoint, (), names).items():
                shares.setdefault(name, []).extend(share for _, share in more)

    def in_adjoints(self, claim: Binding, numerator: Binding | None) -> sp.Expr:
        """The claim's right side; gradients that were proved are adjoints, others are put in."""
        assert claim.node is not None
        expr = claim.node.expr
        for _ in range(40):
            put: dict[str, tuple[tuple[Index, ...], sp.Expr]] = {}
            for name, node in nodes_of(expr).items():
                b = self.gradients.by_label.get(name)
                if b is None or not self.gradients.is_backward(b) or b.value is None:
                    continue
                if name in self.proven and self.proven[name] in self.adjoints:
                    adjoint = self.adjoints[self.proven[name]]
                    if len(adjoint.axes) == len(node.axes):
                        put[name] = (adjoint.axes, Access(adjoint, adjoint.axes))
                        continue
                assert b.node is not None
                put[name] = (b.node.axes, b.node.expr)
            if not put:
                return expr
            expr = inline(expr, put)
        raise ValueError("too deep")

    def put_in(self, expr: sp.Expr) -> sp.Expr | None:
        """The adjoint of the earliest node put in, or where there is none the latest forward definition."""
        names = nodes_of(expr)
        order = list(self.nodes)
        open_ = sorted((n for n in names if n.startswith("d~")), key=lambda n: order.index(n[2:]))
        if open_:
            adjoint = self.adjoints[open_[0][2:]]
            return inline(expr, {adjoint.name: (adjoint.axes, adjoint.expr)})
        defined = sorted((n for n in names if n in self.nodes and self.nodes[n].expr is not None), key=order.index)
        if not defined:
            return None
        node = self.nodes[defined[-1]]
        return substitute(expr, {node.name: lambda subs: reindex(node.expr, dict(zip(node.axes, subs)))})


def _plain(expr: sp.Expr) -> sp.Expr:
    """Bound indices by one name, sums over axes of length 1 as their term, and (away from kinks) > for >=."""

    def units(part: sp.Expr) -> sp.Expr | None:
        if isinstance(part, Reduction):
            body, over = part.open()
            named = {i: fresh_index(Index("r", i.size)) if i.size != 1 else sp.S.Zero for i in over}
            body = _plain(reindex(body, named))
            return reduce_over(part.op, body, [i for i in named.values() if isinstance(i, Index)])
        if isinstance(part, fn.ge) and accesses(part):
            return fn.gt(*part.args)
        if isinstance(part, fn.where):
            condition, a, b = (_plain(x) for x in part.args)
            return condition * a + (1 - condition) * b
        if isinstance(part, fn.maximum):
            a, b = (_plain(x) for x in part.args)
            return a * fn.gt(a, b) + b * fn.gt(b, a)
        return None

    return transform(expr, units)
