"""Gradients written by hand, held against the derivative of the listing's loss at random points.

Each claim is judged twice: with the listing's own values of the gradients before it, and with the true ones in their
place, so that one wrong line does not make the lines after it wrong.  The true gradient is the complex step of the
loss (or of <upstream, output>) through the graph of the forward statements.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import sympy as sp

from symnet.check.arithmetic import Array
from symnet.check.differences import Loss, basis
from symnet.check.equality import CANCELLED
from symnet.check.evaluate import Interpreter
from symnet.check.sample import draw
from symnet.check.sizes import sizes_in
from symnet.errors import SymnetError
from symnet.ir import functions as fn
from symnet.ir.expr import Access, Reduction, Size, nodes_of
from symnet.ir.graph import Graph
from symnet.lecture.listings.bindings import Binding
from symnet.lecture.listings.names import _SCALAR
from symnet.lecture.listings.program import is_loss
from symnet.lecture.listings.reader import Reading, stretches

TOLERANCE, CLEAR = 1e-8, 1e-6
PLAN = ((0, False, 1.0), (1, False, 1.0), (2, True, 1.0), (3, False, 2.5))  # seed, equal sizes, scale


@dataclass(frozen=True)
class Judgement:
    """What was found of one claim: ``state`` is right, right-if, scaled, inner, wrong, shape, or open."""

    state: str
    target: Binding | None = None
    reason: str = ""
    counterexample: dict[str, Any] | None = None
    relies: tuple[Binding, ...] = ()
    factor: str = ""
    of: str = ""  # what is differentiated
    assumed: tuple[tuple[str, str], ...] = ()


@dataclass(eq=False)
class Point:
    """Values at one random point: as written, and with true gradients in place."""

    seed: int
    sizes: dict[Size, int]
    written: dict[str, Array]
    mended: dict[str, Array] = field(default_factory=dict)
    truths: dict[tuple[str, str], tuple[Array, float]] = field(default_factory=dict)
    losses: dict[str, Loss] = field(default_factory=dict)


class Gradients:
    """The judgements of one reading."""

    def __init__(
        self,
        reading: Reading,
        out_of_time: Callable[[], bool],
        overrides: dict[str, sp.Expr] | None = None,
        simplex: dict[str, int] | None = None,
        bits: frozenset[str] = frozenset(),
    ):
        self.reading, self.out_of_time = reading, out_of_time
        self.bits = bits  # inputs whose entries are 0 or 1
        self.simplex = simplex or {}  # inputs whose entries are positive and sum to 1 along an axis
        self.program = reading.program
        self.overrides = overrides or {}
        self.by_label: dict[str, Binding] = {}
        self.judged: dict[Binding, Judgement] = {}
        for b in reading.bindings:
            if b.kind != "labels" or b.dims is not None:
                reading.node_of(b)
                self.by_label[b.label] = b
        ordered = [b for b in reading.bindings if b.node is not None]
        self.bindings = [b for b in ordered if b.value is None] + [b for b in ordered if b.value is not None]
        self.ancestors: dict[Binding, frozenset[Binding]] = {}

    # -- the graph ------------------------------------------------------------------------------------------------
    def is_backward(self, b: Binding) -> bool:
        return b.line is not None and b.line.gradient

    @cached_property
    def forward(self) -> list[Binding]:
        return [b for b in self.bindings if not self.is_backward(b)]

    def parents(self, b: Binding) -> list[Binding]:
        if b.value is None:
            return list(b.hides)
        assert b.node is not None
        return [self.by_label[n] for n in nodes_of(b.node.expr) if n in self.by_label]

    def above(self, b: Binding) -> frozenset[Binding]:
        """Everything that ``b`` depends on, also where that is only possible (through a value that is not known)."""
        if b not in self.ancestors:
            self.ancestors[b] = frozenset()
            direct = self.parents(b)
            self.ancestors[b] = frozenset(direct).union(*(self.above(p) for p in direct))
        return self.ancestors[b]

    @cached_property
    def loss(self) -> Binding | None:
        """The scalar that the gradients are of."""
        start = min((line.number for line in self.program.lines if line.gradient and line.own), default=10**9)
        found = [
            b for b in self.forward if b.line is not None and is_loss(b.name) and (b.value is not None or b.opaque)
        ]
        before = [b for b in found if b.line is not None and (b.line.number < start or not b.line.own)] or found
        scalars = [b for b in before if b.dims == ()] or before
        free = [b for b in scalars if not any(b in self.above(o) for o in scalars if o is not b)]
        if not free:
            return None
        again = [b for b in before if b.name == free[-1].name]  # the last value that the name was given
        return max(again, key=lambda b: b.version)

    @cached_property
    def last_scalar(self) -> Binding | None:
        """Where nothing is called a loss: the one number that nothing else is computed from."""
        if self.loss is not None or self.upstream:
            return None
        inner = {p for f in self.forward for p in self.parents(f)}
        ends = [
            f
            for f in self.forward
            if f.value is not None and f not in inner and self.dims(f) == () and f.line is not None
        ]
        return ends[0] if len(ends) == 1 else None

    @cached_property
    def upstream(self) -> dict[Binding, Binding]:
        """Gradients that come from outside, and whose they are."""
        found: dict[Binding, Binding] = {}
        read = {p for b in self.bindings if self.is_backward(b) for p in [*self.parents(b), *b.reads]}
        for b in self.bindings:
            if b.value is not None or b.opaque or b not in read or not self.program.is_upstream(b.name):
                continue
            if any(b in self.above(f) for f in self.forward):
                continue
            target = self.latest(self.program.meanings(b.name))
            if target is None and self.program.output:
                target = self.named(self.program.output)
            if target is None:
                inner = {p for f in self.forward for p in self.parents(f)}
                ends = [f for f in self.forward if f.value is not None and f not in inner and f.dims == b.dims]
                same = [f for f in ends if f.node is not None and b.node is not None]
                target = same[0] if len(same) == 1 else None
            if target is not None and self.dims(target) == self.dims(b):
                found[b] = target
        return found

    def named(self, name: str) -> Binding | None:
        return max((b for b in self.forward if b.name == name), key=lambda b: b.version, default=None)

    def latest(self, meanings: Iterable[tuple[str, str]]) -> Binding | None:
        return next((t for _, x in meanings for t in [self.named(x)] if t is not None), None)

    def dims(self, b: Binding) -> tuple[sp.Expr, ...]:
        assert b.node is not None
        return tuple(i.size for i in b.node.axes)

    def shape(self, b: Binding) -> str:
        return self.reading.sizes.shape(self.dims(b))

    # -- points ---------------------------------------------------------------------------------------------------
    @cached_property
    def points(self) -> list[Point]:
        found: list[Point] = []
        wanted = [b for b in self.bindings if b.value is not None]
        nodes = [b.node for b in self.bindings if b.node is not None]
        graph = Graph("the listing", tuple(nodes), tuple(b.node for b in wanted if b.node is not None))
        for seed, equal, scale in PLAN:
            if found and self.out_of_time():
                break
            rng = np.random.default_rng(seed)
            symbols = {s for size in sizes_in(graph.nodes) for s in size.atoms(Size)}
            try:
                sample = draw(graph, rng, dict.fromkeys(symbols, 3) if equal else None, scale=scale)
            except SymnetError:
                continue
            inputs = dict(sample.inputs)
            for b in self.forward:  # names such as eps and reg stand for positive numbers
                if b.value is None and b.kind == "real" and self.dims(b) == () and _SCALAR.match(b.name):
                    inputs[b.label] = np.abs(inputs[b.label]) + 0.1
                    if not self.reading.exact and b.name.startswith("eps"):
                        inputs[b.label] = np.zeros(())
                if b.name in self.overrides:
                    size = self.overrides[b.name]
                    inputs[b.label] = np.asarray(
                        float(size.xreplace({k: sp.Integer(v) for k, v in sample.sizes.items()}))
                    )
                if b.value is None and b.name in self.bits:
                    inputs[b.label] = (inputs[b.label] > 0).astype(float)
                if b.value is None and b.name in self.simplex and inputs[b.label].ndim > self.simplex[b.name]:
                    weights = np.abs(inputs[b.label]) + 0.1
                    inputs[b.label] = weights / weights.sum(axis=self.simplex[b.name], keepdims=True)
            interpreter = Interpreter(inputs, sample.sizes)
            interpreter.define(graph.definitions)
            if all(np.all(np.isfinite(v)) for v in interpreter.values.values()):
                found.append(Point(seed, sample.sizes, interpreter.values, dict(interpreter.values)))
        return found

    def truth(self, point: Point, target: Binding, numerator: Binding | None) -> tuple[Array, float]:
        """The gradient with respect to ``target``, and what its rounding is measured against."""
        key = (target.label, numerator.label if numerator else "")
        if key not in point.truths:
            if numerator is not None:
                upstream = {numerator.label: np.ones(point.written[numerator.label].shape)}
                outputs = [numerator.node]
            else:
                upstream = {}
                for b, out in self.upstream.items():
                    upstream[out.label] = upstream.get(out.label, 0) + point.written[b.label]
                outputs = [o.node for o in self.upstream.values()]
            name = key[1]
            if name not in point.losses:
                nodes = tuple(b.node for b in self.forward if b.node is not None)
                whole = Graph("forward", nodes, tuple(dict.fromkeys(o for o in outputs if o is not None)))
                graph = Graph("forward", whole.needed_for(whole.outputs), whole.outputs)
                point.losses[name] = Loss(graph, point.written, point.sizes, upstream, {})
            value = point.written[target.label]
            slopes = point.losses[name].complex_step(target.label, basis(value.shape))
            floor = CANCELLED * float(np.max(np.maximum(slopes.terms, slopes.spread), initial=0.0))
            point.truths[key] = slopes.values.reshape(value.shape), floor
        return point.truths[key]

    # -- judging --------------------------------------------------------------------------------------------------
    def run(self, only: tuple[int, str] | None = None) -> dict[Binding, Judgement]:
        """A judgement for every gradient that is complete (not changed in place afterwards), up to ``only``."""
        goes_on = {b.before: b for b in self.bindings if b.before is not None and self.is_backward(b)}
        for b in self.bindings:
            if not self.is_backward(b):
                continue
            self.recompute(b)
            meanings = self.program.meanings(b.name)
            if meanings and b.line is not None and (b.value is not None or b.opaque):
                if b in goes_on:
                    continue
                self.judged[b] = self.judge(b, meanings)
                if only == (b.line.number, b.name):
                    break
        self.made_good()
        return self.judged

    def recompute(self, b: Binding) -> None:
        if b.value is None:
            return
        assert b.node is not None
        for point in self.points:
            point.mended[b.label] = Interpreter(point.mended, point.sizes)(b.node.expr, b.node.axes)

    def source(self, b: Binding, y: str) -> tuple[Binding | None, bool, str]:
        """What the gradient ``b`` is of: (a node or None for the upstream gradients, is it known, its name)."""
        if y:
            numerator = self.named(y)
            if numerator is not None and self.dims(numerator) == ():
                return numerator, True, y
            if numerator is not None and not is_loss(y) and y not in ("out",):
                return None, False, y
        if self.upstream and any(u in self.above(b) for u in self.upstream):
            return None, True, ", ".join(dict.fromkeys(u.name for u in self.upstream))
        if self.loss is not None:
            return self.loss, True, self.loss.name
        if self.last_scalar is not None:
            return self.last_scalar, True, self.last_scalar.name
        return None, bool(self.upstream), ", ".join(dict.fromkeys(u.name for u in self.upstream))

    def judge(self, b: Binding, meanings: list[tuple[str, str]]) -> Judgement:
        best: Judgement | None = None
        for y, x in meanings:
            targets = [t for t in reversed(self.forward) if t.name == x and t.kind != "labels"]
            for target in targets:
                found = self.against(b, target, y)
                if best is None or _RANK[found.state] < _RANK[best.state]:
                    best = found
        if best is None and b.opaque:
            return Judgement("open", None, b.opaque if "does not define" in b.opaque else f"not read: {b.opaque}")
        if best is None:
            x = meanings[0][1]
            return Judgement("open", None, f"'{x}' has no value in the listing")
        if best.target is not None and best.state not in ("open",) and best.of != "argument":
            self.put_truth(b, best)
        return best

    def put_truth(self, b: Binding, found: Judgement) -> None:
        assert found.target is not None
        y = next((y for y, x in self.program.meanings(b.name) if x == found.target.name), "")
        numerator, known, _ = self.source(b, y)
        if known and (numerator is None or numerator.opaque == ""):
            for point in self.points:
                truth = self.truth(point, found.target, numerator)[0]
                if truth.size == point.mended[b.label].size:
                    point.mended[b.label] = truth.reshape(point.mended[b.label].shape)

    def hidden(self, target: Binding, outputs: list[Binding]) -> Binding | None:
        """A value that is not known through which the output may depend on the target."""
        for out in outputs:
            for o in [out, *self.above(out)]:
                if o.opaque and o is not target and (target in self.above(o)):
                    return o
        return None

    def veils(self, b: Binding, outputs: list[Binding]) -> list[Binding]:
        """Values of the forward pass that are not known and that ``b`` uses, but the outputs do not.

        One that the outputs use as well is as good as an input; what these are only their definition could tell.
        """
        used = frozenset(outputs).union(*map(self.above, outputs))
        unknown = [o for o in self.above(b) - used if o.opaque and not self.is_backward(o)]
        return sorted(unknown, key=self.bindings.index)

    def against(self, b: Binding, target: Binding, y: str) -> Judgement:
        numerator, known, name = self.source(b, y)
        if not known:
            return Judgement("open", target, "no loss is defined in the listing", of=name)
        outputs = [numerator] if numerator is not None else list(self.upstream.values())
        for out in outputs:
            if out.opaque:
                return Judgement("open", target, f"the value of {out.name} is not read: {out.opaque}", of=name)
        veil = self.hidden(target, outputs)
        if veil is not None:
            return Judgement(
                "open",
                target,
                f"{name} depends on {target.name} through {veil.name}, which is not read: {veil.opaque}",
                of=name,
            )
        if not any(target is out or target in self.above(out) for out in outputs):
            return Judgement("open", target, f"{name} does not depend on {target.name} in the listing", of=name)
        if b.opaque:
            if self.dims(b) == self.dims(target):
                self.put_truth(b, Judgement("right", target))
            return Judgement("open", target, f"not read: {b.opaque}", of=name)
        unread = [o for o in self.above(b) if o.opaque and self.is_backward(o) and not self.program.meanings(o.name)]
        if unread:
            return self.unsettled(target, unread[0], name)
        fits, note = self.fits(b, target)
        veils = self.veils(b, outputs)
        if not fits and not veils:
            return Judgement(
                "shape",
                target,
                f"{b.name} has shape {self.shape(b)}, {target.name} has shape {self.shape(target)}",
                of=name,
            )
        if not fits:
            return self.unsettled(target, veils[0], name)
        if not self.points:
            return Judgement("open", target, "the listing is not finite at random points", of=name)
        opaque = [o for o in self.above(b) if o.opaque and self.is_backward(o)]
        assumed = [note] if note else []
        if numerator is not None and self.dims(numerator) != ():
            assumed.append((f"{numerator.name} is summed over its entries", "convention"))
        if numerator is not None and numerator is self.last_scalar and not y:
            assumed.append((f"the gradients are of {numerator.name}", "convention"))
        relies = tuple(
            p
            for p in self.bindings
            if p in self.judged and p in self.above(b) and self.judged[p].state in ("wrong", "scaled", "shape")
        )
        written = self.distance(b, target, numerator, "written")
        if written <= TOLERANCE and not opaque:
            return Judgement("right", target, of=name, assumed=tuple(assumed))
        mended = self.distance(b, target, numerator, "mended")
        if mended <= TOLERANCE:
            assumed += [
                (f"{o.name} is the gradient that its name says", f"line {o.line.number}")
                for o in (*opaque, *relies)
                if o.line
            ]
            return Judgement("right-if", target, of=name, relies=relies, assumed=tuple(assumed))
        if min(written, mended) < CLEAR:
            return Judgement("open", target, f"it differs by {min(written, mended):.0e} only", of=name)
        if opaque or veils:
            return self.unsettled(target, (*opaque, *veils)[0], name)
        if numerator is not None and numerator is self.last_scalar and not y:
            return Judgement("open", target, "no loss is defined in the listing", of=name)
        factor = self.factor(b, target, numerator)
        inner = self.of_argument(b, target, numerator)
        if inner:
            changed = b.change in ("mask", "scale") and b.before is not None
            return Judgement(
                "right" if changed else "inner",
                target,
                of="argument" if changed else name,
                reason=f"it is the gradient with respect to the argument of {target.name}",
                counterexample=self.counterexample(b, target, numerator),
            )
        return Judgement(
            "wrong", target, counterexample=self.counterexample(b, target, numerator), factor=factor, of=name
        )

    @staticmethod
    def unsettled(target: Binding, part: Binding, name: str) -> Judgement:
        return Judgement("open", target, f"it uses {part.name}, which is not read: {part.opaque}", of=name)

    def fits(self, b: Binding, target: Binding) -> tuple[bool, tuple[str, str] | None]:
        """Does the gradient have the shape of its target, or one that broadcasts to it without repeating?"""
        mine, its = self.dims(b), self.dims(target)
        if mine == its:
            return True, None
        note = (f"{b.name} of shape {self.shape(b)} broadcasts to {self.shape(target)} of {target.name}", "convention")
        return stretches(mine, its), note

    def distance(self, b: Binding, target: Binding, numerator: Binding | None, mode: str) -> float:
        return max(self.difference(p, getattr(p, mode)[b.label], target, numerator) for p in self.points)

    def difference(self, point: Point, value: Array, target: Binding, numerator: Binding | None) -> float:
        truth, floor = self.truth(point, target, numerator)
        if value.size != truth.size:
            return float("inf")
        value = value.reshape(truth.shape)
        if not np.all(np.isfinite(value)):
            return float("inf")
        worst = float(np.max(np.abs(value - truth), initial=0.0))
        scale = max(float(np.max(np.abs(value), initial=0.0)), float(np.max(np.abs(truth), initial=0.0)), floor)
        return worst / scale if scale else 0.0

    def factor(self, b: Binding, target: Binding, numerator: Binding | None, mode: str = "mended") -> str:
        """'-1', '2', 'N' where the claim is the true gradient up to such a factor at every point."""
        ratios = []
        for p in self.points:
            truth = self.truth(p, target, numerator)[0]
            value = getattr(p, mode)[b.label].reshape(truth.shape)
            norm = float(np.sum(truth * truth))
            if not norm:
                return ""
            ratio = float(np.sum(value * truth)) / norm
            if self.difference(p, value / ratio if ratio else value, target, numerator) > TOLERANCE:
                return ""
            ratios.append((ratio, p))
        names: list[sp.Expr] = [sp.Integer(k) for k in (-1, 2, -2, 3, 4)] + [sp.Rational(1, 2), -sp.Rational(1, 2)]
        sizes = sorted({s for _, p in ratios for s in p.sizes}, key=str)
        products = [*sizes, *(a * c for k, a in enumerate(sizes) for c in sizes[k + 1 :])]
        for size in products:
            names += [size, 1 / size, -size, -1 / size, 2 * size, 2 / size, size / 2, 1 / (2 * size)]
        for value in names:
            if all(
                abs(float(value.xreplace({k: sp.Integer(v) for k, v in p.sizes.items()})) - ratio) < 1e-7 * abs(ratio)
                for ratio, p in ratios
            ):
                return str(value).replace("|", "").replace("_", "") if value.has(Size) else str(value)
        return ""

    def of_argument(self, b: Binding, target: Binding, numerator: Binding | None) -> bool:
        """Is it the gradient with respect to u, where the target is f(u) elementwise?"""
        assert target.node is not None
        expr = target.node.expr
        if expr is None or not target.node.axes:
            return False
        for u in _arguments(expr):
            dummy = sp.Dummy("u", real=True)
            outer = expr.xreplace({u: dummy, -u: -dummy})
            if outer.has(Access, Reduction) or not outer.has(dummy):
                continue
            slope = outer.diff(dummy).xreplace({dummy: u})
            good = True
            for p in self.points:
                truth, floor = self.truth(p, target, numerator)
                weight = Interpreter(p.written, p.sizes)(slope, target.node.axes)
                inner = truth * weight
                candidates = [getattr(p, m)[b.label] for m in ("written", "mended")]
                scale = max(float(np.max(np.abs(inner), initial=0.0)), floor)
                good &= any(
                    v.size == inner.size and float(np.max(np.abs(v.reshape(inner.shape) - inner))) <= TOLERANCE * scale
                    for v in candidates
                )
            if good and self.points:
                return True
        return False

    def counterexample(
        self, b: Binding, target: Binding, numerator: Binding | None, modes: tuple[str, ...] = ("mended", "written")
    ) -> dict[str, Any]:
        """The point and the entry where the claim is farthest off, with both values."""
        for mode in modes:
            for p in self.points:
                truth = self.truth(p, target, numerator)[0]
                value = getattr(p, mode)[b.label]
                if value.size != truth.size:
                    continue
                value = value.reshape(truth.shape)
                entry = np.unravel_index(int(np.argmax(np.abs(np.nan_to_num(value - truth)))), truth.shape)
                if value[entry] == truth[entry]:
                    continue
                sizes = {
                    str(k).replace("|", "").rstrip("_"): int(v)
                    for k, v in sorted(p.sizes.items(), key=lambda i: str(i[0]))
                }
                return {
                    "sizes": sizes,
                    "seed": p.seed,
                    "entry": [int(k) for k in entry],
                    "written": float(f"{float(value[entry]):.10g}"),
                    "derivative": float(f"{float(truth[entry]):.10g}"),
                }
        return {}

    def relies(self, later: Binding, found: Judgement, b: Binding) -> bool:
        """Is a later gradient right only because ``b`` is off by its factor?"""
        if b not in self.above(later) or found.target is None or found.of == "argument":
            return False
        y = next((y for y, x in self.program.meanings(later.name) if x == found.target.name), "")
        numerator = self.source(later, y)[0]
        assert later.node is not None
        for p in self.points:
            value = Interpreter(p.mended, p.sizes)(later.node.expr, later.node.axes)
            if self.difference(p, value, found.target, numerator) > CLEAR:
                return True
        return False

    def made_good(self) -> None:
        """A factor that a later gradient makes good is a convention (the gradient of a sum where the loss is a mean).

        Then a gradient that goes on from it is off by the factor as well, unless it makes it good itself.
        """
        for b, found in list(self.judged.items()):
            if found.state != "wrong" or not found.factor or found.target is None:
                continue
            later = [o for o, j in self.judged.items() if o is not b and j.state == "right" and self.relies(o, j, b)]
            if later and found.factor != "1":
                self.judged[b] = Judgement(
                    "scaled",
                    found.target,
                    f"it is {found.factor} times the gradient of {found.of}; {later[0].name} makes that good",
                    found.counterexample,
                    factor=found.factor,
                    of=found.of,
                )
        for b, found in list(self.judged.items()):
            if found.state != "right-if" or found.target is None:
                continue
            if not any(self.judged[p].state == "scaled" for p in found.relies):
                continue
            y = next((y for y, x in self.program.meanings(b.name) if x == found.target.name), "")
            numerator = self.source(b, y)[0]
            factor = self.factor(b, found.target, numerator, "written")
            later = [o for o, j in self.judged.items() if o is not b and j.state == "right" and self.relies(o, j, b)]
            state = "scaled" if later else "wrong"
            where = self.counterexample(b, found.target, numerator, ("written",))
            reason = f"it is {factor or 'not 1'} times the gradient of {found.of}"
            self.judged[b] = Judgement(
                state, found.target, reason, where, found.relies, factor, found.of, found.assumed
            )


_RANK = {"right": 0, "right-if": 1, "scaled": 2, "inner": 3, "wrong": 4, "shape": 5, "open": 6}


def _arguments(expr: sp.Expr) -> list[sp.Expr]:
    found: list[sp.Expr] = []
    for part in sp.preorder_traversal(expr):
        if isinstance(part, (fn.maximum, sp.tanh, fn.sigmoid, sp.exp)):
            for a in part.args:
                if a.has(Access) or a.has(Reduction):
                    found.append(-a if isinstance(part, sp.exp) and a.could_extract_minus_sign() else a)
    return found


def counts(reading: Reading) -> list[Binding]:
    """Numbers that have no value in the listing and may be the length of an axis."""
    return [
        b
        for b in reading.bindings
        if b.value is None
        and not b.opaque
        and b.dims == ()
        and b.line is None
        and b.name.lower()
        in ("n", "m", "batch_size", "batch", "num_train", "n_samples", "num_samples", "bs", "t", "k", "d", "c")
    ]
