"""How a derivation is made: forward graph -> stable graph -> adjoints in textbook form, every step recorded.

Reverse mode goes through the nodes from last to first.  The adjoint of a node is the sum of what its readers
contribute (one chain-rule line), then the rewrite engine turns it into its textbook form.  A Jacobian is reverse mode
from the seed dy[i] = [i = seed], a Hessian the Jacobian of the gradient's own graph, a tangent is forward mode.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import sympy as sp

from symnet.calculus.adjoint import active_nodes, push_forward
from symnet.derivation import Derivation, Step, derive
from symnet.errors import SymnetError
from symnet.ir import functions as fn
from symnet.ir.expr import Access, Index, accesses, inline, nodes_of, reindex, substitute, transform
from symnet.ir.graph import Graph, Node
from symnet.ir.op import Op
from symnet.ir.recurrence import Steps, arranged, blocks
from symnet.reverse import Reverse
from symnet.rewrite.algebra import expanded, normalised
from symnet.rewrite.cost import length
from symnet.rewrite.engine import Engine, Move
from symnet.rewrite.stable import Rewritten, stabilise

#: a Jacobian of at most so many operations is written as one formula, else as the lines of the chain rule
LONGEST = 100


@dataclass
class Deriver:
    """One derivation in the making; :meth:`run` gives the finished record."""

    op: Op
    graph: Graph
    inputs: tuple[Node, ...]
    what: str
    steps: list[Step] = field(default_factory=list)
    mark: str = ""  # ends the names of all that is derived: in a Hessian of several inputs, of which row it is

    def run(self) -> Derivation:
        self.stable, rewritten = stabilise(self.graph)
        self._record_definitions(rewritten)
        self.engine = Engine(self.stable)
        if self.what == "jvp":
            return self._tangent()
        if self.what == "gradient":
            return self._gradient()
        if self.what == "jacobian":
            return self._jacobian(self.stable, self.stable.outputs)
        if self.what == "hvp":
            return self._hessian_vector()
        return self._hessian()

    # -- the record -----------------------------------------------------------------------------------------------
    def _record_definitions(self, rewritten: tuple[Rewritten, ...]) -> None:
        for node in self.graph.definitions:
            self.steps.append(Step("definition", "definition", node, None, node.expr))
        for change in rewritten:
            node = replace(change.node, expr=change.after)
            self.steps.append(Step("stable", change.rules[0], node, change.before, change.after, notes=change.rules))

    def _record_moves(self, node: Node, moves: Iterable[Move]) -> None:
        for m in moves:
            kind = "fact" if m.rule == "facts" else "rewrite"
            reads = m.notes if m.rule == "inline" else ()
            notes = () if m.rule == "inline" else m.notes
            self.steps.append(Step(kind, m.rule, node, m.before, m.after, m.identities, notes, reads))

    def fresh(self, name: str) -> str:
        name += self.mark
        constants = {p.name for p in self.stable.parameters}
        while name in self.stable.by_name or name in self._taken or name in constants:
            name += "_"
        self._taken.add(name)
        return name

    # -- reverse mode ---------------------------------------------------------------------------------------------
    def _gradient(self) -> Derivation:
        self._taken: set[str] = set()
        upstream = tuple(Node(self.fresh(f"d{y.name}"), y.axes, None, adjoint_of=y.name) for y in self.graph.outputs)
        unit = len(upstream) == 1 and not upstream[0].axes
        adjoints = self._reverse(self.stable, dict(zip((y.name for y in self.stable.outputs), upstream)), (), unit)
        gradients = {n.name: adjoints[n.name] for n in self.inputs}
        backward = self._needed(gradients.values())
        if unit:
            shown = self._with_unit_upstream(upstream[0], backward)
            gradients_shown = {k: shown[n.name] for k, n in gradients.items()}
        else:
            shown, gradients_shown = {n.name: n for n in backward}, gradients
        for node in shown.values():
            self.steps.append(Step("result", "result", node, None, node.expr))
        return Derivation(
            self.op, self.graph, self.stable, self.what, tuple(gradients), tuple(self.steps), upstream, backward,
            gradients_shown, unit,
        )  # fmt: skip

    def _reverse(
        self, graph: Graph, seeds: Mapping[str, Node], extra: tuple[Index, ...], unit: bool = False
    ) -> dict[str, Node]:
        """The adjoint of every active node, in textbook form, from those of the outputs."""
        adjoints = Reverse(self, graph, seeds, extra, unit).run()
        for x in self.inputs:  # an input that no output depends on
            if x.name not in adjoints:
                adjoint = Node(self.fresh(f"d{x.name}"), (*x.axes, *extra), adjoint_of=x.name)
                adjoints[x.name] = self.textbook(adjoint, sp.S.Zero)
        return adjoints

    def textbook(
        self, adjoint: Node, raw: sp.Expr, through: tuple[str, ...] = (), units: Mapping[str, Node] | None = None
    ) -> Node:
        """The adjoint in textbook form, recorded; the upstream gradients in ``units`` are printed as 1."""
        expr, moves = self.engine.textbook(adjoint, raw)
        node = replace(adjoint, expr=expr)
        self.engine.add_adjoint(node)
        one = _one_for(next(iter(units.values()))) if units else (lambda e: e)
        shown = replace(node, expr=one(expr), carry=node.carry and replace(node.carry, before=one(node.carry.before)))
        self.steps.append(Step("chain", "chain", shown, None, one(raw), reads=tuple(dict.fromkeys(through))))
        self._record_moves(
            shown,
            (
                Move(m.rule, one(m.before), one(m.after), tuple((one(a), one(b)) for a, b in m.identities), m.notes)
                for m in moves
            ),
        )
        return node

    def _with_unit_upstream(self, upstream: Node, nodes: tuple[Node, ...]) -> dict[str, Node]:
        one = _one_for(upstream)
        carries = {n.name: n.carry and replace(n.carry, before=one(n.carry.before)) for n in nodes}
        return {n.name: replace(n, expr=one(n.expr), carry=carries[n.name]) for n in nodes}

    def _needed(self, wanted: Iterable[Node]) -> tuple[Node, ...]:
        keep: set[str] = set()
        todo = [n.name for n in wanted]
        adjoints = self.engine.adjoints
        while todo:
            name = todo.pop()
            if name in adjoints and name not in keep:
                keep.add(name)
                todo += adjoints[name].reads
        return arranged(n for name, n in adjoints.items() if name in keep)

    # -- Jacobians and Hessians -----------------------------------------------------------------------------------
    def _jacobian(self, graph: Graph, outputs: tuple[Node, ...]) -> Derivation:
        if len(outputs) != 1:
            raise SymnetError("a Jacobian is of one output", place=graph.place, hint="return one array")
        self._taken = set()
        (output,) = outputs
        return self._seeded(graph, output, f"J_{output.name}")

    def _seeded(self, graph: Graph, output: Node, prefix: str) -> Derivation:
        """Reverse mode from the seed dy[i] = [i = seed]."""
        extra = tuple(Index(i.label, i.size, -1) for i in output.axes)
        seed_expr = sp.Mul(*(fn.eq(a, b) for a, b in zip(output.axes, extra)))
        seed = Node(self.fresh(f"d{output.name}"), (*output.axes, *extra), seed_expr, adjoint_of=output.name)
        self.engine.add_adjoint(seed)
        adjoints = self._reverse(graph, {output.name: seed}, extra)
        gradients = {}
        for n in self.inputs:
            gradients[n.name] = self._output_first(adjoints[n.name], n, output, prefix)
        adjoints_read = {n.name: n for node in gradients.values() for n in nodes_of(node.expr).values()}
        backward = self._needed(n for name, n in adjoints_read.items() if name in self.engine.adjoints)
        backward = (*backward, *gradients.values())
        for node in backward:
            self.steps.append(Step("result", "result", node, None, node.expr))
        return Derivation(
            self.op, self.graph, graph, self.what, tuple(gradients), tuple(self.steps), (), backward, gradients
        )

    def _output_first(self, adjoint: Node, x: Node, output: Node, prefix: str) -> Node:
        """J[output axes, input axes]: all adjoints put in where that is not too long, the input's axes primed."""
        expr = adjoint.value
        while read := {a.node.name for a in accesses(expr)} & set(self.engine.adjoints):
            put = {n: (self.engine.adjoints[n].axes, self.engine.adjoints[n].expr) for n in read}
            expr = inline(expr, put)
            if length(expr) > LONGEST or read & self.engine.closed:  # a loop is computed step by step
                expr = adjoint.value
                break
            expr, _ = self.engine.improve(expr)
        swap = {i: Index(i.label, i.size, 0) for i in adjoint.axes[len(x.axes) :]}
        prime = {i: Index(i.label, i.size, -1) for i in x.axes}
        axes = (*(swap[i] for i in adjoint.axes[len(x.axes) :]), *(prime[i] for i in x.axes))
        if not {i.label for i in x.axes} & {i.label for i in output.axes}:
            prime, axes = {}, (*(swap[i] for i in adjoint.axes[len(x.axes) :]), *x.axes)
        expr = normalised(_deltas_read_left(reindex(expr, {**prime, **swap})))
        return Node(f"{prefix}_{x.name}", axes, expr)

    def _differentiated(self) -> tuple[tuple[Node, ...], dict[str, Node]]:
        """The nodes of the gradient as nodes of a forward pass, and the gradients among them."""
        first = derive(self.op, [n.name for n in self.inputs])
        if not first.unit:
            raise SymnetError("a Hessian is of a scalar", place=self.graph.place, hint="return a scalar loss")
        one = _one_for(first.upstream[0])
        plain = {n.name: replace(n, adjoint_of="") for n in first.backward}

        def read(part: sp.Expr) -> sp.Expr | None:
            """Whoever reads a gradient reads a node of the forward pass."""
            known = isinstance(part, Access) and part.node.name in plain
            return Access(plain[part.node.name], part.subs) if known else None

        def reading(n: Node) -> Node:
            carry = n.carry and replace(n.carry, before=transform(one(n.carry.before), read))
            return replace(n, expr=transform(one(n.expr), read), carry=carry)

        nodes = {name: reading(n) for name, n in plain.items()}
        self.steps = [s for s in first.steps if s.kind != "result"]
        return tuple(nodes.values()), {x.name: nodes[first.gradients[x.name].name] for x in self.inputs}

    def _hessian_vector(self) -> Derivation:
        """H v, the tangent of the gradient along v."""
        nodes, gradients = self._differentiated()
        outputs = tuple(gradients.values())
        self.stable = replace(self.stable, nodes=_joined(self.stable.nodes, nodes), outputs=outputs)
        self.engine = Engine(self.stable)
        found = self._tangent()
        return replace(found, gradients={name: found.gradients[node.name] for name, node in gradients.items()})

    def _hessian(self) -> Derivation:
        extra_nodes, gradients = self._differentiated()
        blocks: dict[str, Node] = {}
        backward: list[Node] = []
        for x in self.inputs:
            gradient = gradients[x.name]
            self.stable = replace(self.stable, nodes=_joined(self.stable.nodes, extra_nodes), outputs=(gradient,))
            self.engine, self._taken = Engine(self.stable), set()
            self.mark = f"_{x.name}" if len(self.inputs) > 1 else ""
            row = self._seeded(self.stable, gradient, f"H_{x.name}")
            blocks |= {x.name if y == x.name else f"{x.name},{y}": node for y, node in row.gradients.items()}
            backward += row.backward
        return Derivation(
            self.op, self.graph, self.stable, self.what, tuple(n.name for n in self.inputs), tuple(self.steps), (),
            tuple(backward), blocks,
        )  # fmt: skip

    # -- forward mode ---------------------------------------------------------------------------------------------
    def _tangent(self) -> Derivation:
        self._taken = set()
        tangents = {n.name: self._tangent_of(n) for n in self.inputs}
        upstream = tuple(tangents.values())
        active = active_nodes(self.stable, self.inputs)
        nodes = [n for n in self.stable.needed_for(self.stable.outputs) if n.name in active and not n.is_input]
        for block in blocks(nodes):
            if not isinstance(block, Steps):
                self._push(block, tangents)
                continue
            tangents |= {node.name: self._carried(node, tangents) for node in block.carried}
            for node in block.nodes:
                self._push(node, tangents)
            self.engine.closed |= {tangents[node.name].name for node in block.nodes if node.name in tangents}
        results = {
            y.name: tangents.get(y.name) or replace(self._tangent_of(y), expr=sp.S.Zero) for y in self.stable.outputs
        }
        for node in results.values():
            if node.name not in self.engine.adjoints:
                self.engine.add_adjoint(node)
        backward = self._needed(results.values())
        for node in backward:
            self.steps.append(Step("result", "result", node, None, node.expr))
        return Derivation(
            self.op, self.graph, self.stable, self.what, tuple(n.name for n in self.inputs), tuple(self.steps),
            upstream, backward, results,
        )  # fmt: skip

    def _tangent_of(self, node: Node) -> Node:
        return Node(self.fresh(f"t{node.name}"), node.axes, tangent_of=node.name)

    def _carried(self, node: Node, tangents: Mapping[str, Node]) -> Node:
        """The tangent of a carried node, still without its definition: it begins with the tangent of the start."""
        assert node.carry is not None
        start = push_forward(node.carry.before, tangents)
        if start != 0 and not isinstance(start, Access):
            rest = tuple(i for i in node.axes if i != node.carry.index)
            start = self._line(Node(self.fresh(f"t{node.name}_start"), rest), start).value
        return replace(self._tangent_of(node), carry=replace(node.carry, before=start))

    def _push(self, node: Node, tangents: dict[str, Node]) -> None:
        """The tangent of a node, from those of what it reads, where it has one."""
        raw = push_forward(node.expr, tangents)
        if raw != 0 or node.name in tangents:
            tangents[node.name] = self._line(tangents.get(node.name) or self._tangent_of(node), raw)

    def _line(self, tangent: Node, raw: sp.Expr) -> Node:
        """A tangent in textbook form, recorded."""
        expr, moves = self.engine.textbook(tangent, raw)
        tangent = replace(tangent, expr=expr)
        self.engine.add_adjoint(tangent)
        self.steps.append(Step("chain", "chain", tangent, None, raw))
        self._record_moves(tangent, moves)
        return tangent


def _joined(nodes: tuple[Node, ...], more: tuple[Node, ...]) -> tuple[Node, ...]:
    known = {n.name for n in nodes}
    return (*nodes, *(n for n in more if n.name not in known))


def _one_for(upstream: Node):
    """Put 1 for the upstream gradient of a scalar loss."""
    values = {upstream.name: lambda subs: sp.S.One}

    def one(expr: sp.Expr) -> sp.Expr:
        if any(a.node.name == upstream.name for a in accesses(expr)):
            return substitute(expr, values)
        return expr

    return one


def _deltas_read_left(expr: sp.Expr) -> sp.Expr:
    """delta_ik f_k is written delta_ik f_i: next to a delta only the output's index is kept."""
    terms = []
    for term in sp.Add.make_args(expanded(expr)):
        deltas = [f for f in sp.Mul.make_args(term) if isinstance(f, fn.eq)]
        pairs = {b: a for d in deltas for a, b in (d.args, d.args[::-1]) if getattr(b, "level", 0) == -1}
        pairs = {b: a for b, a in pairs.items() if getattr(a, "level", -1) == 0}
        terms.append(sp.Mul(*deltas, reindex(sp.Mul(*(f for f in sp.Mul.make_args(term) if f not in deltas)), pairs)))
    return sp.Add(*terms)
