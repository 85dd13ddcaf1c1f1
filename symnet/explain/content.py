"""A derivation as the lines of a page: formulas are printed here, in one dialect; words and layout come later.

    inputs -> forward pass -> stable form -> chain rule, backwards -> rewriting -> results -> program

Every formula is printed with one notation, so that a symbol means one thing on the whole page.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import isfinite
from typing import TYPE_CHECKING

import sympy as sp

from symnet.explain.checks import check_of
from symnet.explain.cost import cost_of
from symnet.explain.example import example_of
from symnet.explain.matrices import matrices_of
from symnet.explain.notation import PutIn, any_loss, any_quantity, notation_of, seeds_of
from symnet.explain.options import Options
from symnet.explain.page import Because, Content, Extent, Input, Lemma, Line, Move, Part, Result, Steps
from symnet.explain.rewrites import joined, meets_factor, multiplied_out
from symnet.explain.slopes import derivatives
from symnet.explain.texts import Texts
from symnet.ir import functions as fn
from symnet.ir.expr import Index, Reduction, Size, accesses, reindex, substitute
from symnet.ir.graph import Graph, Node
from symnet.ir.recurrence import Steps as Loop
from symnet.ir.recurrence import at, blocks, started
from symnet.printing.dialects import Dialect, Latex
from symnet.printing.index_notation import Printer
from symnet.printing.matrix_notation import matrix_box, matrix_equation, matrix_space, matrix_start
from symnet.printing.names import Symbol
from symnet.printing.relations import is_delta
from symnet.rewrite.facts import Knowledge
from symnet.rewrite.recurrence import recurrences
from symnet.rewrite.windows import solved_for_position

if TYPE_CHECKING:
    from symnet.derivation import Derivation, Step


def content(derivation: Derivation, dialect: Dialect, texts: Texts, options: Options) -> Content:
    """The lines of the page of a derivation."""
    return _Writer(derivation, dialect, texts, options).content()


class _Writer:
    def __init__(self, derivation: Derivation, dialect: Dialect, texts: Texts, options: Options) -> None:
        self.derivation, self.dialect, self.texts, self.options = derivation, dialect, texts, options
        self.graph: Graph = derivation.stable
        self.notation = notation_of(derivation)
        self.printer = Printer(self.notation, dialect)
        self.met: set[str] = set()
        self.adjoints: dict[str, tuple[tuple[Index, ...], sp.Expr]] = {}
        self.full, self.brief = options.detail == "full", options.detail == "brief"
        self.matrix = options.notation == "matrix"

    def content(self) -> Content:
        d, dialect = self.derivation, self.dialect
        stable = () if self.brief else tuple(self._stable())
        lemmas = tuple(self._lemmas()) if self.full else ()  # first: they stand before the lines that use them
        chain = () if self.brief else tuple(map(self._line, self._groups()))
        results = [*self._results()]
        both = self.options.notation == "both" and not d.lines  # these have more axes than a matrix
        matrices = matrices_of(d.graph, results, self.printer) if both else None
        return Content(
            name=d.graph.name,
            doc=self.texts.summary(d.op.doc),
            source=d.op.source,
            what=d.what,
            unit=d.unit,
            letter=any_quantity(d, self.notation.names),
            loss=dialect.symbol(any_loss(self.notation.names)).text,
            detail=self.options.detail,
            inputs=tuple(map(self._input, d.graph.inputs)),
            constants=tuple(self._constants()),
            definitions=tuple(line for n in d.graph.definitions for line in self._defined(n)),
            equal=tuple(self._equal(d.graph.nodes)),
            extents=tuple(self._extents(d.graph.definitions)),
            steps=tuple(self._steps(d.graph.definitions)),
            stable=stable,
            given=self._given(),
            parts=tuple(self._parts()) if chain else (),
            in_lines=bool(d.lines),
            chain=chain,
            lemmas=lemmas,
            steps_back=tuple(self._steps(d.backward)),
            recurrences=tuple(self._recurrences()),
            results=tuple(line for n in results for line in self._result(n)),
            matrices=matrices,
            mixed=self.matrix,
            conventions=tuple(self._conventions(chain)),
            batch=self._batch() if matrices is None else matrices.batch,
            cost=None if self.brief else cost_of(d),
            check=check_of(d, self.printer) if self.options.check else None,
            example=example_of(d, self.printer) if self.options.example else None,
        )

    def _batch(self) -> bool:
        """Some array has axes before the two of a matrix."""
        return any(sum(not self.notation.is_step(i) for i in n.axes) > 2 for n in self.derivation.shown.values())

    def _definition(self, node: Node) -> str:
        """What defines a node, in the notation that was asked for wherever there is such a form."""
        form = matrix_equation(node, self.printer) if self.matrix else None
        return form or self._equation(node.value, node.expr)

    def _defined(self, node: Node) -> list[str]:
        """The definition of a node, and of a carried one before it where it starts."""
        return [*self._start(node), self._definition(node)]

    def _start(self, node: Node) -> list[str]:
        """Where a carried node starts."""
        if node.carry is None:
            return []
        form = matrix_start(node, self.printer) if self.matrix else None
        return [form or self._equation(at(node, started(node.carry)), node.carry.before)]

    def _result(self, node: Node) -> list[Result]:
        solved = solved_for_position(node.expr)
        *start, formula = self._defined(node)
        last = Result(formula, None if solved is None else self._equation(node.value, solved))
        return [*(Result(line) for line in start), last]

    def _equal(self, nodes: Iterable[Node]) -> Iterator[tuple[str, str]]:
        """Axes that go by two letters although they have the same size."""
        axes = {i.label: i for n in nodes for i in n.axes}
        for i in axes.values():
            if isinstance(i.size, Size) and i.label != i.size.label and i.size.label in axes:
                yield self.printer.expression(i), self.printer.expression(axes[i.size.label])

    def _extents(self, nodes: Iterable[Node]) -> Iterator[Extent]:
        """The arrays that a window or a rim makes shorter or longer than their axes."""
        for node in nodes:
            scope = self.printer.scope(node.value)
            odd = [i for i in node.axes if not isinstance(i.size, (Size, sp.Integer))]
            ranges = [f"{scope[i]} = 0, {self.dialect.dots}, {self.printer.expression(i.size - 1)}" for i in odd]
            if ranges:
                yield Extent(self.printer.expression(node.value), tuple(ranges))

    # -- loops over steps -----------------------------------------------------------------------------------------
    def _steps(self, nodes: Iterable[Node]) -> Iterator[Steps]:
        """The loops among the nodes."""
        for loop in blocks(nodes):
            if isinstance(loop, Loop):
                ends = [self.printer.expression(e) for e in (sp.S.Zero, loop.index.size - 1)]
                first, last = ends[::-1] if loop.reverse else ends
                steps = f"{self.printer.expression(loop.index)} = {first}, {self.dialect.dots}, {last}"
                yield Steps(self._symbols(n.name for n in loop.nodes), steps, "steps_back" if loop.reverse else "steps")

    def _recurrences(self) -> Iterator[str]:
        """Gradients at a step by those at the step after it, each with the line for the last step."""
        if self.derivation.what != "gradient":  # a tangent goes with the steps
            return
        loops = [b for b in blocks(self.derivation.backward) if isinstance(b, Loop)]
        for found in (r for loop in loops for r in recurrences(loop)):
            yield self._equation(found.node.value, self._shown(found.expr))
            index = next(i for i in found.node.axes if i.size - 1 == found.position)
            yield self._equation(reindex(found.node.value, {index: found.position}), self._shown(found.first))

    def _shown(self, expr: sp.Expr) -> sp.Expr:
        """An expression as the record shows it: the upstream gradient of a scalar loss is 1."""
        if not self.derivation.unit:
            return expr
        return substitute(expr, {self.derivation.upstream[0].name: lambda subs: sp.S.One})

    # -- formulas -------------------------------------------------------------------------------------------------
    def _equation(self, *sides: sp.Expr) -> str:
        return self.printer.equation(*sides)

    def _symbol(self, name: str) -> str:
        return self.dialect.symbol(self.notation.names.node(name)).text

    def _symbols(self, names: Iterable[str]) -> tuple[str, ...]:
        return tuple(map(self._symbol, names))

    def _input(self, node: Node) -> Input:
        below = "" if node.below is None else self.printer.expression(node.below)
        formula = self.printer.expression(node.value)
        if node.kind == "mask":
            formula += self.dialect.bits
        return Input(formula, " ".join(i.label for i in node.axes), node.kind, below)

    def _constants(self) -> Iterator[str]:
        for p in self.derivation.graph.parameters:
            if isinstance(p.default, (int, float)) and not isinstance(p.default, bool) and isfinite(p.default):
                value = self._equation(p.symbol, sp.Rational(repr(p.default)))
                limits = p.limits and p.limits.text.replace("inf", self.dialect.infinity)
                yield f"{value}{self.dialect.member}{limits}" if limits else value

    def _given(self) -> tuple[str, ...]:
        d = self.derivation
        if d.what in ("jacobian", "hessian"):
            return tuple(self._equation(seed.value, seed.expr) for seed in seeds_of(d))
        if d.unit:
            return tuple(self.printer.expression(y.value) for y in d.graph.outputs)
        return tuple(self.printer.expression(n.value) for n in d.upstream)

    def _parts(self) -> Iterator[Part]:
        """The gradients that are more than what is given, and those that one step passes to the step before it."""
        given = {n.adjoint_of: n.name for n in self.derivation.upstream}
        for node in dict.fromkeys(step.node for step in self.derivation.steps if step.kind == "chain"):
            of = node.adjoint_of
            if not of:  # a tangent
                continue
            if node.carry is not None:
                yield Part("back", self._symbol(node.name), self._symbol(of))
            elif of in given and node.name != given[of]:
                yield Part("total", self._symbol(node.name), self._symbol(of), self._symbol(given[of]))

    # -- steps ----------------------------------------------------------------------------------------------------
    def _stable(self) -> Iterator[Line]:
        for step in self.derivation.steps:
            if step.kind == "stable" and step.before is not None:
                start = self._equation(step.node.value, step.before)
                gone = {a.node.name for a in accesses(step.before)} - {a.node.name for a in accesses(step.after)}
                put = self._symbols(sorted(gone & {n.name for n in self.graph.definitions}, key=self._place))
                move = self._move(step.notes or (step.rule,), self._right(step.node, step.after), reads=put)
                yield Line(self._symbol(step.node.name), start, moves=(move,))

    def _groups(self) -> list[list[Step]]:
        """The steps of each adjoint: a line of the chain rule and what it was rewritten to."""
        groups: list[list[Step]] = []
        for step in self.derivation.steps:
            if step.kind == "chain":
                groups.append([step])
            elif step.kind in ("fact", "rewrite") and groups:
                groups[-1].append(step)
        return groups

    def _line(self, group: list[Step]) -> Line:
        """One adjoint with its rewrites; rewrites that do not show in print are left out."""
        chain = group[0]
        forms = [matrix_box(s.after, s.node.axes, self.printer) for s in group] if self.matrix else [None]
        boxes = [box for box in forms if box is not None]
        matrices = len(boxes) == len(forms)
        rights = [box.text for box in boxes] if matrices else [self._right(s.node, s.after) for s in group]
        if matrices:
            left = matrix_box(chain.node.value, chain.node.axes, self.printer)
            formula = f"{left.text if left else ''} = {rights[0]}"
        else:
            formula = self._equation(chain.node.value, chain.after)
        moves: list[Move] = []
        before = rights[0]
        for step, right in zip(group[1:], rights[1:]):
            if right != before:
                moves += self._moves(step, before, right, self.full and not matrices)
                before = right
        self.adjoints[chain.node.name] = (chain.node.axes, group[-1].after)
        through = self._symbols(chain.reads)
        carry = chain.node.carry
        start = "" if carry is None else self._equation(at(chain.node, started(carry)), self._shown(carry.before))
        return Line(self._symbol(chain.node.name), formula, through, joined(moves), self._slopes(chain), start)

    def _slopes(self, chain: Step) -> tuple[str, ...]:
        if not self.full:
            return ()
        readers = [self.graph.by_name[name].expr for name in chain.reads if name in self.graph.by_name]
        return derivatives([e for e in readers if e is not None], chain.node.adjoint_of, self.dialect)

    def _right(self, node: Node, expr: sp.Expr, printer: Printer | None = None) -> str:
        """The right side of a line, under the index names of its left side."""
        printer = printer or self.printer
        return printer.box(expr, printer.scope(node.value, expr)).text

    def _moves(self, step: Step, before: str, right: str, apart: bool) -> Iterator[Move]:
        """A rewrite as lines: one, or with ``apart`` what is put in or multiplied out before it is simplified."""
        notes = step.notes if step.kind == "fact" else ()
        because = tuple(
            self._turned(lhs, rhs)
            if step.rule == "fold"
            else self._because(lhs, rhs, notes[k] if k < len(notes) else "")
            for k, (lhs, rhs) in enumerate(step.identities)
        )
        reads = self._symbols(step.reads)
        assert step.before is not None
        if apart and step.rule == "inline":
            put = {name: self.adjoints[name] for name in step.reads}
            between, after = self._right(step.node, step.before, PutIn(self.notation, self.dialect, put)), "cancel"
        elif apart and step.rule == "factor":
            between, after = self._right(step.node, multiplied_out(step.before, step.after)), "factor"
        else:
            between, after = right, ""
        if between not in (before, right):
            yield self._move(("expand" if after == "factor" else step.rule,), between, because, reads)
            yield self._move((after,), right)
        else:
            yield self._move((step.rule, *self._also(step)), right, because, reads)

    def _also(self, step: Step) -> Iterator[str]:
        """The rules that a line uses besides its own; told where every rule is to be named."""
        if not self.full or step.before is None:
            return
        if step.kind == "fact" and step.after.atoms(Reduction) - step.before.atoms(Reduction):
            yield "split"  # a factor of another sum went in front
        if step.rule == "split" and any(map(meets_factor, step.before.atoms(sp.Mul))):
            yield "cancel"  # a factor that goes in front meets those that stand there

    def _move(
        self, keys: Iterable[str], right: str, because: tuple[Because, ...] = (), reads: tuple[str, ...] = ()
    ) -> Move:
        kind = "latex" if isinstance(self.dialect, Latex) else "text"
        rules = tuple(self.texts.rule(key, kind) for key in keys)
        first = frozenset(rule.key for rule in rules) - self.met
        self.met |= first
        return Move(rules, right, because, reads, first)

    def _because(self, lhs: sp.Expr, rhs: sp.Expr, note: str) -> Because:
        """An identity with its source: a declared fact, a softmax, or a lemma."""
        if not note:
            return Because(self._equation(lhs, rhs))
        nodes = [self.graph.by_name[n] for n in sorted({a.node.name for a in accesses(lhs)}, key=self._place)]
        if note == "lemma":
            nodes = [n for n in nodes if not n.is_input]
        return Because(self._equation(lhs, rhs), note, tuple(self._symbol(n.name) for n in nodes))

    def _turned(self, lhs: sp.Expr, rhs: sp.Expr) -> Because:
        """The definition that was solved for what it reads, before what follows from it."""
        known, solved = ({a.node.name for a in accesses(side)} for side in (rhs, lhs))
        nodes = [n for n in self.graph.definitions if n.name in known]
        turned = next((n for n in nodes if {a.node.name for a in accesses(n.expr)} == known - {n.name} | solved), None)
        follows = self._equation(lhs, rhs)
        if turned is None:
            return Because(follows)
        return Because(f"{self._equation(turned.value, turned.expr)}{self.dialect.implies}{follows}")

    def _lemmas(self) -> Iterator[Lemma]:
        """The lemmas that the derivation uses, each once, with their proofs."""
        used = [
            identity
            for step in self.derivation.steps
            if step.kind == "fact"
            for identity, note in zip(step.identities, step.notes)
            if note == "lemma"
        ]
        for lhs, rhs in dict.fromkeys(used):
            scope = self.printer.scope(lhs)
            moves = tuple(
                self._move(
                    ("split", "cancel") if line.rule == "split" else (line.rule,),  # N equal terms of 1/N
                    self.printer.box(line.expr, scope).text,
                    reads=self._symbols(line.reads),
                )
                for line in Knowledge(self.graph).proof(lhs)
            )
            if moves:
                yield Lemma(self._equation(lhs, rhs), self.printer.box(lhs, scope).text, moves)

    def _place(self, name: str) -> int:
        return self.notation.position[name]

    # -- results --------------------------------------------------------------------------------------------------
    def _results(self) -> Iterator[Node]:
        """What is shown at the end; an upstream gradient that is itself a result is shown too."""
        d = self.derivation
        yield from d.shown.values()
        for name, node in d.gradients.items():
            if node.name not in d.shown:
                yield Node(f"d{name}", node.axes, node.value, adjoint_of=name)

    def _conventions(self, chain: Iterable[Line]) -> Iterator[str]:
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
        if self.full and occurs(Size) or self._sizes_are_named():
            yield "sizes"
        relations = {b for e in exprs for b in e.atoms(fn.Bracket)}
        deltas = {b for b in relations if is_delta(b)}
        if relations - deltas:
            yield "bracket"
        delta = self.dialect.symbol(Symbol("delta")).text
        in_slopes = any(delta in slope for line in chain for slope in line.slopes)
        if in_slopes or deltas:
            yield "delta"
        if ops & {"argmax", "argmin"}:
            yield "argmax"
        told = () if self.brief else self._stable()
        if any("logsumexp" in move.right for line in told for move in line.moves) or self._logsumexp_stays():
            yield "logsumexp"

    def _sizes_are_named(self) -> bool:
        """A range of indices or the size of a matrix is told."""
        told = [*self._extents(self.derivation.graph.definitions), *self._steps(self.derivation.graph.definitions)]
        sizes = (matrix_space(n, self.printer) for n in self.derivation.graph.nodes if n.axes)
        return bool(told) or self.options.notation == "both" and any(sizes)

    def _logsumexp_stays(self) -> bool:
        """A definition or a result is printed with a log-sum-exp, not only with softmax quotients."""
        d = self.derivation
        shown = (*d.graph.definitions, *d.shown.values())
        holding = [n.expr for n in shown if any(r.op == "logsumexp" for r in n.expr.atoms(Reduction))]
        return any("logsumexp" in self.printer.expression(expr) for expr in holding)


__all__ = ["Because", "Content", "Input", "Line", "Move", "Result", "content", "notation_of"]
