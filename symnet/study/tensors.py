"""Claims about operations on arrays of any size: two compute the same, a derived gradient is what another computes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import sympy as sp

from symnet.derivation import derive
from symnet.ir.expr import Access, Index, Reduction, Size, accesses, inline, transform
from symnet.ir.graph import Graph, Node
from symnet.ir.op import Op
from symnet.ir.signs import sign_of
from symnet.printing.index_notation import printer
from symnet.printing.matrix_notation import matrix_equation
from symnet.study.claims import Claim, Formula, Verdict, proved, refuted, undecided
from symnet.study.words import phrase

#: an array: its axes, and what stands at them
Value = tuple[tuple[Index, ...], sp.Expr]
FALSE = 1e-6  # two arrays that differ by so much at a random point differ


def values(nodes: Sequence[Node]) -> dict[str, Value]:
    """Every defined array as an expression in the inputs alone."""
    found: dict[str, Value] = {}
    for node in nodes:
        if node.expr is not None:
            found[node.name] = (node.axes, inline(node.expr, found))
    return found


def result(op: Op) -> Value:
    """The output of an operation as an expression in its inputs."""
    return values(op.graph.nodes)[op.graph.outputs[0].name]


def slope(op: Op, wrt: str, what: str = "gradient") -> Value:
    """The derived gradient, Hessian or Jacobian as an expression in inputs and upstream gradient (1 for a scalar)."""
    derivation = derive(op, wrt, what)
    shown = derivation.shown[derivation.gradients[wrt].name]
    before = [n for n in derivation.shown.values() if n.name != shown.name]
    return values((*derivation.stable.nodes, *derivation.backward, *before, shown))[shown.name]


def same(first: Value, second: Value, facts: Sequence = ()) -> Verdict:
    """Are two arrays equal for all inputs and all sizes?"""
    from symnet.check.equality import difference_at_random
    from symnet.lecture.algebra.normal import is_zero

    (axes, left), (others, right) = first, _by_name(second, first)
    if len(axes) != len(others):
        return refuted("shapes_differ")
    if is_zero(opened(left) - opened(right), facts):
        return proved("index_normal_form")
    if FALSE < difference_at_random(left, right, facts=facts) < float("inf"):
        return refuted("differs_at_random")
    return undecided("normal_forms_differ")


def opened(expr: sp.Expr) -> sp.Expr:
    """log prod_i u_i = sum_i log u_i, where all u_i are positive."""

    def leaf(part: sp.Expr) -> sp.Expr | None:
        if isinstance(part, sp.log) and isinstance(part.args[0], Reduction) and part.args[0].op == "prod":
            inner = part.args[0]
            if sign_of(inner.body) == "positive":
                return inner.func("sum", opened(sp.log(inner.body)), inner.over)
        return None

    return transform(expr, leaf)


def _by_name(value: Value, like: Value) -> Value:
    """The array over the axes of another, with inputs that are the other's where they have one name."""
    known = {a.node.name: a.node for a in accesses(like[1])}
    axes, expr = value

    def leaf(part: sp.Expr) -> sp.Expr | None:
        if isinstance(part, Access) and part.node.name in known:
            return Access(known[part.node.name], part.subs)
        return None

    own = Node("value~", axes, transform(expr, leaf))
    if len(axes) != len(like[0]):
        return axes, own.expr
    return like[0], inline(own[like[0]], {own.name: (axes, own.expr)})


@dataclass(frozen=True)
class SameMap(Claim):
    """Two operations compute the same from inputs of one name, for arrays of all sizes."""

    first: Op
    second: Op
    words: tuple[str, str] = ("", "")

    def prove(self) -> Verdict:
        facts = (*self.first.graph.facts, *self.second.graph.facts)
        return same(result(self.first), result(self.second), facts)

    def formulas(self) -> Iterator[Formula]:
        for key, op in zip(self.words, (self.first, self.second)):
            word = phrase(key) if key else None
            yield from ((word, text) for text in equations(op.graph))


@dataclass(frozen=True)
class Gradient(Claim):
    """The derived gradient of an operation is what another definition says, of its inputs and the upstream gradient.

    Or the derived Hessian or Jacobian, of its inputs.
    """

    op: Op
    wrt: str
    says: Op
    word: str = ""
    forward: bool = True  # print the forward definition as well
    what: str = "gradient"  # or "hessian", "jacobian"

    def prove(self) -> Verdict:
        facts = (*self.op.graph.facts, *self.says.graph.facts)
        return same(result(self.says), slope(self.op, self.wrt, self.what), facts)

    def formulas(self) -> Iterator[Formula]:
        matrix = {"hessian": "bent", "jacobian": "jacobian"}.get(self.what, "")
        word = phrase(self.word or matrix or "backward")
        if self.forward:
            yield from ((phrase("forward"), text) for text in equations(self.op.graph))
        yield from ((word, text) for text in equations(self.says.graph, None if matrix else self.op.graph, self.wrt))


@dataclass(frozen=True)
class SameShape(Claim):
    """The derived gradient has the axes of what it is the gradient of."""

    op: Op
    wrt: str

    @property
    def axes(self) -> tuple[tuple[Index, ...], tuple[Index, ...]]:
        return derive(self.op).gradients[self.wrt].axes, self.op.graph.by_name[self.wrt].axes

    def prove(self) -> Verdict:
        gradient, given = self.axes
        return proved("axis_by_axis") if gradient == given else refuted("shapes_differ")

    def formulas(self) -> Iterator[Formula]:
        shown = printer(self.op.graph)
        name = shown.names.node(self.wrt, "") if len(self.axes[1]) < 2 else shown.names.matrix(self.wrt, "")
        sizes = (rf"({', '.join(i.label.upper() for i in axes)})" for axes in self.axes)
        symbol = shown.dialect.symbol(name).text
        left, right = (rf"\operatorname{{shape}}({a}{symbol}) = {next(sizes)}" for a in ("d", ""))
        yield None, rf"{left}, \quad {right}"


def equations(graph: Graph, forward: Graph | None = None, wrt: str = "") -> Iterator[str]:
    """The definitions of a graph in LaTeX, in matrix notation where there is one.

    Where it is a backward pass of ``forward``, arrays such as dy are gradients, and its output is that by ``wrt``.
    """
    nodes = [n if forward is None else _adjoint(n, graph, forward, wrt) for n in graph.nodes]
    shown = printer(replace(graph, nodes=tuple(nodes)))
    for node in nodes:
        if node.expr is not None:
            yield matrix_equation(node, shown) or shown.equation(node.value, node.expr)


def _adjoint(node: Node, graph: Graph, forward: Graph, wrt: str) -> Node:
    if node.name == graph.outputs[0].name:
        return replace(node, name=f"d{wrt}", adjoint_of=wrt)
    is_gradient = node.name.startswith("d") and node.name[1:] in forward.by_name
    return replace(node, adjoint_of=node.name[1:]) if is_gradient else node


def parameters(op: Op, data: Sequence[str], named: Mapping[str, sp.Expr]) -> sp.Expr:
    """How many numbers the inputs hold that are not data, as the shapes of the definition say."""
    count = sp.Add(*(sp.Mul(*(i.size for i in n.axes)) for n in op.graph.inputs if n.name not in data))
    return count.xreplace({Size(label): size for label, size in named.items()})


__all__ = ["Gradient", "SameMap", "SameShape", "equations", "parameters", "result", "same", "slope", "values"]
