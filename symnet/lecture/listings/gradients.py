"""Gradients written by hand, held against the derivative of the listing's loss at random points.

Each claim is judged twice: with the listing's own values of the gradients before it, and with the true ones in their
place, so that one wrong line does not make the lines after it wrong.  The true gradient is the complex step of the
loss (or of <upstream, output>) through the graph of the forward statements.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import sympy as sp

from symnet.check.arithmetic import Array
from symnet.check.evaluate import Interpreter
from symnet.ir import functions as fn
from symnet.ir.expr import Access, Reduction, Size
from symnet.lecture.listings.bindings import Binding
from symnet.lecture.listings.derivatives import RANK, Derivatives, Point
from symnet.lecture.listings.judgement import Judgement
from symnet.lecture.listings.reader import Reading, stretches

TOLERANCE, CLEAR = 1e-8, 1e-6
NO_LOSS = "no loss is defined in the listing"


class Gradients(Derivatives):
    """The judgements of one reading."""

    vouched = False  # is the last scalar what is differentiated, since one of the gradients is the one of it?

    def run(self, only: tuple[int, str] | None = None) -> dict[Binding, Judgement]:
        """A judgement for every gradient that is complete (not changed in place afterwards), up to ``only``."""
        self._run(only)
        if not self.vouched and self._vouches():
            self.vouched = True
            self.judged.clear()
            self._run(only)
        return self.judged

    def _vouches(self) -> bool:
        """Is a gradient right for the last scalar, and another one, which would be wrong, left open?"""
        end = self.last_scalar
        found = self.judged.values()
        if end is None or not any(j.state == "open" and j.reason == NO_LOSS and j.target for j in found):
            return False
        return any(
            j.state == "right"
            and j.of == end.name
            and j.target
            and any(np.any(self.truth(p, j.target, end)[0]) for p in self.points)
            for j in found
        )

    def _run(self, only: tuple[int, str] | None) -> None:
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

    def judge(self, b: Binding, meanings: list[tuple[str, str]]) -> Judgement:
        best: Judgement | None = None
        for y, x in meanings:
            targets = [t for t in reversed(self.forward) if t.name == x and t.kind != "labels"]
            for target in targets:
                found = self.against(b, target, y)
                if best is None or RANK[found.state] < RANK[best.state]:
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
            return Judgement("open", target, NO_LOSS, of=name)
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
        if numerator is not None and numerator is self.last_scalar and not y and not self.vouched:
            return Judgement("open", target, NO_LOSS, of=name)
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
