"""What the values of a listing depend on: its loss, and the gradients that come from outside."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property

import sympy as sp

from symnet.ir.expr import nodes_of
from symnet.lecture.listings.bindings import Binding
from symnet.lecture.listings.judgement import Judgement
from symnet.lecture.listings.program import is_loss
from symnet.lecture.listings.reader import Reading


class Dependence:
    """What the values of a reading depend on, which of them is the loss, and which gradients come from outside."""

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
