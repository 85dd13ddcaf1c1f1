"""A derivation as the lines of a page: formulas are printed here, in one dialect; words and layout come later.

    inputs -> forward pass -> stable form -> chain rule, backwards -> rewriting -> results -> program

Every formula is printed with one notation, so that a symbol means one thing on the whole page.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from math import isfinite
from typing import TYPE_CHECKING

import sympy as sp

from symnet.explain.texts import Rule, Texts
from symnet.ir import functions as fn
from symnet.ir.expr import Index, Reduction, accesses
from symnet.ir.graph import Graph, Node
from symnet.printing.dialects import Dialect, Latex
from symnet.printing.index_notation import Notation, Printer
from symnet.printing.matrix_notation import matrix_equation
from symnet.rewrite.windows import solved_for_position

if TYPE_CHECKING:
    from symnet.derivation import Derivation, Step


@dataclass(frozen=True)
class Input:
    """An input as the page lists it."""

    formula: str
    axes: str
    kind: str
    below: str = ""  # of labels: the number of classes


@dataclass(frozen=True)
class Because:
    """An equation that a rewrite used; ``source`` is the key of where a fact comes from, ``names`` are of arrays."""

    formula: str
    source: str = ""
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Move:
    """One rewrite: ``... = right`` by a rule; ``first`` where the page meets the rule for the first time."""

    rules: tuple[Rule, ...]
    right: str
    because: tuple[Because, ...] = ()
    reads: tuple[str, ...] = ()
    first: bool = False


@dataclass(frozen=True)
class Line:
    """An equation with the quantities that it came through, and what it was rewritten to."""

    symbol: str
    formula: str
    through: tuple[str, ...] = ()
    moves: tuple[Move, ...] = ()


@dataclass(frozen=True)
class Result:
    """The final form of one quantity; ``wanted`` where it was asked for, not only an intermediate.

    ``shifted`` is the adjoint of a window solved for the position, entries outside of an array read as 0.
    """

    index: str
    matrix: str | None
    wanted: bool
    shifted: str | None = None


@dataclass(frozen=True)
class Content:
    """All lines of a page."""

    name: str
    doc: str
    source: str
    what: str
    unit: bool
    inputs: tuple[Input, ...]
    constants: tuple[str, ...]
    definitions: tuple[str, ...]
    stable: tuple[Line, ...]
    given: tuple[str, ...]
    chain: tuple[Line, ...]
    results: tuple[Result, ...]
    conventions: tuple[str, ...]
    batch: bool

    @property
    def rewritten(self) -> tuple[Line, ...]:
        """The lines of the chain rule that were rewritten."""
        return tuple(line for line in self.chain if line.moves)

    @property
    def has_matrices(self) -> bool:
        return any(r.matrix for r in self.results)


def content(derivation: Derivation, dialect: Dialect, texts: Texts) -> Content:
    """The lines of the page of a derivation."""
    return _Writer(derivation, dialect, texts).content()


class _Writer:
    def __init__(self, derivation: Derivation, dialect: Dialect, texts: Texts) -> None:
        self.derivation, self.dialect, self.texts = derivation, dialect, texts
        self.graph: Graph = derivation.stable
        self.notation = notation_of(derivation)
        self.printer = Printer(self.notation, dialect)
        self.met: set[str] = set()

    def content(self) -> Content:
        d = self.derivation
        op = d.op
        stable = tuple(self._stable())
        chain = tuple(self._chain())
        return Content(
            name=d.graph.name,
            doc=op.doc,
            source=op.source,
            what=d.what,
            unit=d.unit,
            inputs=tuple(map(self._input, d.graph.inputs)),
            constants=tuple(self._constants()),
            definitions=tuple(self._equation(n.value, n.expr) for n in d.graph.definitions),
            stable=stable,
            given=self._given(),
            chain=chain,
            results=tuple(self._results()),
            conventions=tuple(self._conventions()),
            batch=any(len(n.axes) > 2 for n in d.shown.values()),
        )

    # -- formulas -------------------------------------------------------------------------------------------------
    def _equation(self, *sides: sp.Expr) -> str:
        return self.printer.equation(*sides)

    def _symbol(self, name: str) -> str:
        return self.dialect.symbol(self.notation.names.node(name)).text

    def _input(self, node: Node) -> Input:
        below = "" if node.below is None else self.printer.expression(node.below)
        return Input(self.printer.expression(node.value), " ".join(i.label for i in node.axes), node.kind, below)

    def _constants(self) -> Iterator[str]:
        for p in self.derivation.graph.parameters:
            if isinstance(p.default, (int, float)) and not isinstance(p.default, bool) and isfinite(p.default):
                yield self._equation(p.symbol, sp.Rational(repr(p.default)))

    def _given(self) -> tuple[str, ...]:
        d = self.derivation
        if d.what in ("jacobian", "hessian"):
            return (self._seed(d.stable.outputs[0]),)
        if d.unit:
            return tuple(self.printer.expression(y.value) for y in d.graph.outputs)
        return tuple(self.printer.expression(n.value) for n in d.upstream)

    def _seed(self, output: Node) -> str:
        """The derivative of an entry of the output by an entry of the output."""
        other = tuple(Index(i.label, i.size, -1) for i in output.axes)
        seed = Node(f"d{output.name}", (*output.axes, *other), adjoint_of=output.name)
        return self._equation(seed.value, sp.Mul(*(fn.eq(a, b) for a, b in zip(output.axes, other))))

    # -- steps ----------------------------------------------------------------------------------------------------
    def _stable(self) -> Iterator[Line]:
        for step in self.derivation.steps:
            if step.kind == "stable" and step.before is not None:
                start = self._equation(step.node.value, step.before)
                move = self._move(step, step.notes or (step.rule,))
                yield Line(self._symbol(step.node.name), start, moves=(move,))

    def _chain(self) -> Iterator[Line]:
        """One line per adjoint, with its rewrites; rewrites that do not show in print are left out."""
        line: Line | None = None
        before = ""
        for step in self.derivation.steps:
            if step.kind == "chain":
                if line is not None:
                    yield line
                formula = self._equation(step.node.value, step.after)
                line = Line(self._symbol(step.node.name), formula, tuple(map(self._symbol, step.reads)))
                before = self._right(step)
            elif step.kind in ("fact", "rewrite") and line is not None:
                if self._right(step) != before:
                    before = self._right(step)
                    line = replace(line, moves=(*line.moves, self._move(step, (step.rule,))))
        if line is not None:
            yield line

    def _right(self, step: Step) -> str:
        """The right side of a step, under the index names of its left side."""
        scope = self.printer.scope(step.node.value, step.after)
        return self.printer.box(step.after, scope).text

    def _move(self, step: Step, keys: Iterable[str]) -> Move:
        kind = "latex" if isinstance(self.dialect, Latex) else "text"
        rules = tuple(self.texts.rule(key, kind) for key in keys)
        first = any(rule.key not in self.met for rule in rules)
        self.met |= {rule.key for rule in rules}
        notes = step.notes if step.kind == "fact" else ()
        because = tuple(
            self._because(lhs, rhs, notes[k] if k < len(notes) else "") for k, (lhs, rhs) in enumerate(step.identities)
        )
        reads = tuple(map(self._symbol, step.reads))
        return Move(rules, self._right(step), because, reads, first)

    def _because(self, lhs: sp.Expr, rhs: sp.Expr, note: str) -> Because:
        """An identity with its source: a declared fact, a softmax, or a lemma."""
        if not note:
            return Because(self._equation(lhs, rhs))
        nodes = [self.graph.by_name[n] for n in sorted({a.node.name for a in accesses(lhs)}, key=self._place)]
        source = "assumed"  # by the author of the definition
        if note.startswith("softmax"):
            source = "softmax"
        elif note.startswith("lemma"):
            source, nodes = "lemma", [n for n in nodes if not n.is_input]
        elif len(nodes) == 1 and nodes[0].kind in ("one_hot", "probability"):
            source = nodes[0].kind
        return Because(self._equation(lhs, rhs), source, tuple(self._symbol(n.name) for n in nodes))

    def _place(self, name: str) -> int:
        return self.notation.position[name]

    # -- results --------------------------------------------------------------------------------------------------
    def _results(self) -> Iterator[Result]:
        d = self.derivation
        shown = list(d.shown.values())
        wanted = {n.name for n in d.gradients.values()}
        for name, node in d.gradients.items():
            if node.name not in d.shown:  # the upstream gradient itself
                own = Node(f"d{name}", node.axes, node.value, adjoint_of=name)
                shown.append(own)
                wanted.add(own.name)
        for node in shown:
            matrix = matrix_equation(node, self.printer)
            solved = solved_for_position(node.expr)
            shifted = None if solved is None else self._equation(node.value, solved)
            yield Result(self._equation(node.value, node.expr), matrix, node.name in wanted, shifted)

    def _conventions(self) -> Iterator[str]:
        """Which conventions the page relies on, by key."""
        d = self.derivation
        exprs = [n.expr for n in (*d.graph.definitions, *d.stable.definitions, *d.shown.values()) if n.expr is not None]

        def occurs(*kinds: type) -> bool:
            return any(e.has(*kinds) for e in exprs)

        ops = {r.op for e in exprs for r in e.atoms(Reduction)}
        if ops & {"max", "min"}:
            yield "max"
        if occurs(fn.maximum, fn.minimum):
            yield "maximum"
        if occurs(fn.absolute):
            yield "absolute"
        relations = {b for e in exprs for b in e.atoms(fn.Bracket)}
        if any(not isinstance(b, fn.eq) for b in relations):
            yield "bracket"
        if any(isinstance(b, fn.eq) and not accesses(b) for b in relations):
            yield "delta"
        if ops & {"argmax", "argmin"}:
            yield "argmax"
        if any("logsumexp" in move.right for line in self._stable() for move in line.moves) or self._logsumexp_stays():
            yield "logsumexp"

    def _logsumexp_stays(self) -> bool:
        """A definition or a result is printed with a log-sum-exp, not only with softmax quotients."""
        d = self.derivation
        shown = (*d.graph.definitions, *d.shown.values())
        holding = [n.expr for n in shown if any(r.op == "logsumexp" for r in n.expr.atoms(Reduction))]
        return any("logsumexp" in self.printer.expression(expr) for expr in holding)


def notation_of(derivation: Derivation) -> Notation:
    """One notation for everything that a derivation names."""
    nodes: dict[str, Node] = {n.name: n for n in derivation.stable.nodes}
    late: list[Node] = [*derivation.upstream, *(s.node for s in derivation.steps), *derivation.backward]
    late += derivation.gradients.values()
    if derivation.what in ("jacobian", "hessian"):
        output = derivation.stable.outputs[0]
        axes = (*output.axes, *(Index(i.label, i.size, -1) for i in output.axes))
        late.insert(0, Node(f"d{output.name}", axes, adjoint_of=output.name))
    extra: dict[str, Node] = {}
    for node in late:
        if node.name not in nodes:
            extra.setdefault(node.name, node)
    tangents = {}
    if derivation.what == "jvp":
        tangents = {name: name[1:] for name in extra if name.startswith("t") and name[1:] in nodes}
    own = derivation.graph.by_name
    renamed = [  # in a Hessian the adjoints are nodes of the graph
        replace(n, adjoint_of=n.name[1:]) if n.name not in own and n.name[1:] in own else n for n in nodes.values()
    ]
    return Notation(replace(derivation.stable, nodes=tuple(renamed)), extra.values(), tangents)
