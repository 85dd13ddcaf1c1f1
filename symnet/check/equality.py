"""Equality at random points: two expressions with the same values there are taken for equal.

A step of a derivation claims ``node = before = after`` and some lemmas.  Each side is evaluated by the reference
interpreter, but an adjoint is not taken from the derivation that is to be certified: its value is the complex step
of L = sum <dy, y> with respect to the node that it is the adjoint of, with everything after that node computed
anew.  So every line of the chain rule is held against finite mathematics, and never against itself.

The difference of two sides is relative to their largest entry, or to a thousandth of their terms in absolute value
where these cancel, as in sum_n (x_n - mean x) = 0.  For an adjoint, which may be all zero, the slopes of the nodes
on the way to the output count as such terms.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import sympy as sp

from symnet.check.arithmetic import Array
from symnet.check.differences import COMPLEX_STEP, Loss, basis
from symnet.check.evaluate import Dense, Interpreter, before, constants_of
from symnet.check.sample import Sample, draw
from symnet.check.sizes import extent
from symnet.errors import SymnetError
from symnet.ir.expr import Index, Param, Reduction, free_indices, nodes_of
from symnet.ir.graph import Fact, Graph, Node, Parameter

if TYPE_CHECKING:
    from symnet.derivation import Derivation, Step

CANCELLED = 1e-3  # the share of the terms' absolute values that a difference is at least measured against


# -- steps of a derivation --------------------------------------------------------------------------------------------


def verify_derivation(derivation: Derivation, seed: int = 0, trials: int = 2) -> list[tuple[Step, float]]:
    """Every step with the largest relative difference between its sides over ``trials`` random points."""
    rng = np.random.default_rng(seed)
    points = [Point(derivation, rng, ones=trial % 2 == 1) for trial in range(trials)]
    return [(step, max((p.error(step) for p in points), default=0.0)) for step in derivation.steps]


def verify_step(step: Step, graph: Graph, derivation: Derivation, rng: np.random.Generator) -> float:
    """The largest relative difference between the sides of one step at one random point of ``graph``."""
    return Point(derivation, rng, graph=graph).error(step)


class Point:
    """One random point: inputs, upstream gradients, and on demand the value of every node a derivation speaks of."""

    def __init__(
        self, derivation: Derivation, rng: np.random.Generator, *, graph: Graph | None = None, ones: bool = False
    ) -> None:
        self.derivation = derivation
        self.sample: Sample = draw(graph or derivation.graph, rng, ones=ones)
        self.sizes = self.sample.sizes
        self.params = {**constants_of(derivation.graph), **constants_of(derivation.stable)}
        written, stable = (
            Loss.at(g, self.sample.inputs, self.sizes, {}, self.params) for g in (derivation.graph, derivation.stable)
        )
        self.values: dict[str, Array] = {**written.values, **stable.values}
        for node in derivation.upstream:
            shape = self._shape(node.axes)
            self.values[node.name] = np.ones(shape) if derivation.unit else np.asarray(rng.standard_normal(shape))
        if derivation.what == "gradient":
            upstream = {y.name: self.values[d.name] for y, d in zip(derivation.stable.outputs, derivation.upstream)}
        else:  # the gradient inside a Hessian and its product with a direction
            outputs = [y for y in derivation.graph.outputs if y.name in self.values]
            upstream = {y.name: np.ones(self._shape(y.axes)) for y in outputs}
        self.loss = Loss(derivation.stable, self.values, self.sizes, upstream, self.params)
        self.certified: dict[str, Array] = {}
        self.floor: dict[str, float] = {}

    def error(self, step: Step) -> float:
        """The largest relative difference between the sides of a step."""
        claims = [(step.node.value, step.after)]
        if step.before is not None:
            claims.append((step.before, step.after))
        about_node = max(self.difference(a, b, step.node) for a, b in claims)
        return max([about_node, *(self.difference(a, b) for a, b in step.identities)])

    def difference(self, lhs: sp.Expr, rhs: sp.Expr, node: Node | None = None) -> float:
        """The largest relative difference of two expressions over the nodes of the derivation."""
        for expr in (lhs, rhs):
            for name in nodes_of(expr):
                self._certify(node if node and node.name == name else self._node(name, expr))
        floor = self.floor.get(node.name, 0.0) if node else 0.0
        return relative_difference(lhs, rhs, Interpreter(self.certified, self.sizes, self.params), floor)

    def _certify(self, node: Node) -> None:
        """Find the value of a node, and of a carried one where it starts."""
        if node.name in self.certified:
            return
        self.certified[node.name] = self._value(node)
        if before(node.name) in self.values:
            self.certified[before(node.name)] = self.values[before(node.name)]
        elif node.carry is not None:
            for name in nodes_of(node.carry.before):
                self._certify(self._node(name, node.carry.before))
            rest = tuple(i for i in node.axes if i != node.carry.index)
            start = Interpreter(self.certified, self.sizes, self.params)(node.carry.before, rest)
            self.certified[before(node.name)] = start

    # -- values of nodes ------------------------------------------------------------------------------------------
    def _node(self, name: str, expr: sp.Expr) -> Node:
        return self.named.get(name) or nodes_of(expr)[name]

    @cached_property
    def named(self) -> dict[str, Node]:
        """The nodes of the derivation by name."""
        d = self.derivation
        nodes = [*(s.node for s in d.steps), *d.graph.nodes, *d.stable.nodes, *d.upstream, *d.backward]
        adjoints = {n.name: n for n in nodes if n.adjoint_of}
        return {**{n.name: n for n in [*nodes, *d.gradients.values()]}, **adjoints}

    def _value(self, node: Node) -> Array:
        d = self.derivation
        if node.name in (u.name for u in d.upstream):
            return self.values[node.name]
        for name, gradient in d.gradients.items():
            if node.name == gradient.name and d.what in ("jacobian", "hessian"):
                x = d.stable.by_name[name]
                jacobian = self._jacobian(x)
                return np.moveaxis(jacobian, range(len(x.axes)), range(-len(x.axes), 0)) if x.axes else jacobian
        of = d.stable.by_name[node.adjoint_of] if node.adjoint_of else None
        if of is not None and node.carry is None and len(node.axes) >= len(of.axes):  # else a part of an adjoint
            if len(node.axes) > len(of.axes):
                seed = of in d.stable.outputs and node.expr is not None and not nodes_of(node.expr)
                return self._evaluated(node) if seed else self._jacobian(of)
            slopes = self.loss.complex_step(of.name, basis(self._shape(of.axes)))
            scales = np.maximum(slopes.terms, slopes.spread)
            self.floor[node.name] = CANCELLED * float(np.max(scales, initial=0.0))
            return slopes.values.reshape(self._shape(of.axes))
        if node.name in self.values:
            return self.values[node.name]
        if d.what in ("jvp", "hvp") and node.name in self._tangents:
            return self._tangents[node.name]
        return self._evaluated(node)

    def _evaluated(self, node: Node) -> Array:
        """The value of a node by its own definition."""
        if node.expr is None:
            raise SymnetError(f"'{node.name}' is neither a node of the graph nor an adjoint of one")
        for name in nodes_of(node.expr):
            self._certify(self._node(name, node.expr))
        return Interpreter(self.certified, self.sizes, self.params)(node.expr, node.axes)

    def _jacobian(self, of: Node) -> Array:
        """d output[k] / d node[s] over (s, k), one complex step for each entry s."""
        (output,) = self.derivation.stable.outputs
        shape, out = self._shape(of.axes), self._shape(output.axes)
        points = self.values[of.name][..., None] + 1j * COMPLEX_STEP * basis(shape)
        values, moved = self.loss.moved(of.name, points, np.complex128)
        if output.name not in moved:
            return np.zeros((*shape, *out))
        return np.moveaxis(np.imag(values[output.name]) / COMPLEX_STEP, -1, 0).reshape(*shape, *out)

    @cached_property
    def _tangents(self) -> dict[str, Array]:
        """The slope of every node along the tangents of the inputs."""
        d = self.derivation
        inputs = {n.name: self.values[n.name].astype(complex) for n in d.stable.inputs}
        for name, tangent in zip(d.wrt, d.upstream):
            inputs[name] = inputs[name] + 1j * COMPLEX_STEP * self.values[tangent.name]
        interpreter = Interpreter(inputs, self.sizes, self.params, np.complex128)
        interpreter.define(d.stable.definitions)
        slopes = {name: np.imag(v) / COMPLEX_STEP for name, v in interpreter.values.items()}
        return {n.name: slopes[n.tangent_of] for n in self.named.values() if n.tangent_of in slopes}

    def _shape(self, axes: Sequence[Index]) -> tuple[int, ...]:
        return tuple(extent(i.size, self.sizes) for i in axes)


# -- two expressions --------------------------------------------------------------------------------------------------


def equal_at_random(
    lhs: sp.Expr,
    rhs: sp.Expr,
    nodes: Graph | Iterable[Node] = (),
    *,
    facts: Iterable[Fact] = (),
    seed: int = 0,
    trials: int = 3,
    tolerance: float = 1e-9,
) -> bool:
    """Are both expressions equal at random values of the nodes that they read?"""
    return difference_at_random(lhs, rhs, nodes, facts=facts, seed=seed, trials=trials) <= tolerance


def difference_at_random(
    lhs: sp.Expr,
    rhs: sp.Expr,
    nodes: Graph | Iterable[Node] = (),
    *,
    facts: Iterable[Fact] = (),
    seed: int = 0,
    trials: int = 3,
) -> float:
    """The largest relative difference of both expressions, every node they read being a free input of its kind.

    ``nodes`` says what the nodes are (by default what the accesses say); facts of a graph, and ``facts``, are obeyed
    where they speak of these nodes.  Infinite where no point is found at which both sides are finite.
    """
    lhs, rhs = sp.sympify(lhs, strict=True), sp.sympify(rhs, strict=True)
    known = nodes.by_name if isinstance(nodes, Graph) else {n.name: n for n in nodes}
    free = {name: known.get(name, node) for name, node in {**nodes_of(lhs), **nodes_of(rhs)}.items()}
    inputs = tuple(_as_input(node) for node in free.values())
    facts = [*(nodes.facts if isinstance(nodes, Graph) else ()), *facts]
    facts = tuple(f for f in facts if set(nodes_of(f.lhs)) <= set(free))
    axes = tuple(sorted(free_indices(lhs) | free_indices(rhs), key=lambda i: i.name))
    sides = (Node("lhs~", axes, lhs), Node("rhs~", axes, rhs))
    rng = np.random.default_rng(seed)
    worst = 0.0
    for trial in range(trials):
        labels = sorted({p.label for side in (lhs, rhs) for p in side.atoms(Param)})
        parameters = tuple(Parameter(label, float(rng.uniform(0.1, 0.9))) for label in labels)
        graph = Graph("identity", (*inputs, *sides), sides, facts, parameters)
        try:
            sample = draw(graph, rng, ones=trial % 3 == 2)
        except SymnetError:
            return float("inf")
        interpreter = Interpreter(sample.inputs, sample.sizes, constants_of(graph))
        worst = max(worst, relative_difference(lhs, rhs, interpreter))
    return worst


def _as_input(node: Node) -> Node:
    """The node as a free input whose entries have the same signs."""
    if node.is_input:
        return node
    known = node.assumptions
    kind = "mask" if known.get("integer") else "positive" if {"positive", "nonnegative"} & set(known) else "real"
    return Node(node.name, node.axes, None, kind)


def relative_difference(lhs: sp.Expr, rhs: sp.Expr, interpreter: Interpreter, floor: float = 0.0) -> float:
    """The largest difference of two expressions at the interpreter's values, relative as the module's docstring says.

    ``floor`` is the least that it is measured against.
    """
    lhs, rhs = sp.sympify(lhs, strict=True), sp.sympify(rhs, strict=True)
    axes = tuple(sorted(free_indices(lhs) | free_indices(rhs), key=lambda i: i.name))
    a, b = interpreter(lhs, axes), interpreter(rhs, axes)
    with np.errstate(all="ignore"):
        difference = np.abs(np.where((a == b) | (np.isnan(a) & np.isnan(b)), 0.0, a - b))
    worst = float(np.max(difference, initial=0.0))
    if worst == 0.0:
        return 0.0
    terms = Magnitudes(interpreter)
    sides = (np.abs(a), np.abs(b), CANCELLED * terms(lhs, axes), CANCELLED * terms(rhs, axes))
    scale = max(floor, *(float(np.max(side, initial=0.0)) for side in sides))
    return worst / scale if np.isfinite(worst) and np.isfinite(scale) else float("inf")


class Magnitudes(Interpreter):
    """Evaluates |a| + |b| for a + b and |a| |b| for a b: how large the terms are that may cancel."""

    def __init__(self, true: Interpreter) -> None:
        super().__init__(true.values, true.sizes, true.params)
        self.true = true

    def _evaluate(self, expr: sp.Expr) -> Dense:
        whole_power = isinstance(expr, sp.Pow) and expr.exp.is_Integer and expr.exp.is_positive
        total = isinstance(expr, Reduction) and expr.op in ("sum", "prod")
        if whole_power or total or isinstance(expr, (sp.Add, sp.Mul)):
            return super()._evaluate(expr)
        value = self.true.dense(expr)
        return Dense(np.abs(value.array), value.axes)
