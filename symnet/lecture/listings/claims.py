"""Hand-written gradients of a listing as claims."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import Any

from symnet.ir.expr import Size
from symnet.lecture.listings.bindings import Binding
from symnet.lecture.listings.corrections import text_of
from symnet.lecture.listings.findings import ACCEPTED
from symnet.lecture.listings.gradients import Gradients, counts
from symnet.lecture.listings.judgement import Judgement
from symnet.lecture.listings.program import Program
from symnet.lecture.listings.proof import proves
from symnet.lecture.listings.reader import Reading
from symnet.lecture.listings.statements import Line
from symnet.lecture.listings.syntax import dotted
from symnet.lecture.listings.updates import Updates
from symnet.lecture.verdict import Assumption

SHAPES_OPEN = (
    "it depends on the shapes of the inputs, which the listing does not say; write them as comments, as in # (N, D)"
)
MOST_PROBABLE = 4  # how many inputs are tried as probabilities


class GradientClaims(Updates):
    """A hand-written gradient: proved, held, excused or refuted."""

    def claim(
        self,
        program: Program,
        reading: Reading,
        line: Line,
        name: str,
        claim: Judgement,
        others: list[Judgement | None],
    ) -> None:
        """The finding on one gradient; ``others`` are the judgements of it in other readings of the listing."""
        assumptions = self.assumptions(reading, line, name, claim)
        common: dict[str, Any] = {"name": name, "reading": _says(name, claim), "assumptions": assumptions}
        shown = {"method": "numeric", "counterexample": claim.counterexample, **common}
        if claim.state in ACCEPTED:
            self._accept(line, claim, common)
        elif claim.state == "open":
            verdict = "not-understood" if "not read" in claim.reason else "needs-context"
            self.add(line, verdict, reason=self.advice(claim.reason), **common)
        elif any(o is not None and o.state in ACCEPTED for o in others):
            self.add(line, "reading-dependent", reason=SHAPES_OPEN, **shown)
        elif claim.state in ("inner", "scaled"):
            self.add(line, "reading-dependent", reason=claim.reason, **shown)
        elif (why := self.excuse(program, reading, line, name)) is not None:
            self._excused(line, *why, common)
        elif claim.state == "shape":
            correction = self.correct(program, reading, line, name)
            self.add(line, "ill-typed", method="shape", reason=claim.reason, correction=correction, **common)
        elif claim.factor.startswith("-") and self.descends_anyway(program, name):
            reason = f"it is the negative gradient, and the update adds it: right as a step, not as d {claim.of}"
            self.add(line, "reading-dependent", reason=reason, **shown)
        else:
            correction = self.correct(program, reading, line, name, claim.factor)
            derivative = common["reading"].partition(" = ")[2]
            reason = f"it is {claim.factor} times {derivative}" if claim.factor else f"it is not {derivative}"
            self.add(line, "refuted", reason=reason, correction=correction, **shown)

    def _accept(self, line: Line, claim: Judgement, common: dict[str, Any]) -> None:
        """A gradient that is right at all points: proved, if there is time for that."""
        kinks: list[str] = []
        if claim.of != "argument" and self.gradients is not None and not self.out_of_time():
            b = self._binding(line, common["name"])
            if b is not None and proves(self.gradients, b, claim, self.proofs_until, kinks):
                more = tuple(Assumption(k, "convention") for k in kinks)
                assumptions = (*common["assumptions"], *more)
                self.add(line, "proved", method="symbolic", **{**common, "assumptions": assumptions})
                return
        self.add(line, "holds", method="numeric", reason=self.numbers(), **common)

    def _excused(self, line: Line, verdict: str, reason: str, common: dict[str, Any]) -> None:
        """A gradient that is right under a hypothesis: it holds where the document says so."""
        facts = {"sum to 1": self.simplex, "are 0 or 1": self.bits}
        said = [
            Assumption(f"the entries of {b} {fact}", place)
            for fact, names in facts.items()
            for b, place in names.items()
            if f"the entries of {b} {fact}" in reason
        ]
        if verdict == "needs-hypothesis" and said:
            common["assumptions"] = (*common["assumptions"], *said)
            verdict, reason = "holds", self.numbers()
        self.add(line, verdict, method="numeric", reason=reason, **common)

    def _binding(self, line: Line, name: str) -> Binding | None:
        """The node of the gradient that a line computes."""
        judged = self.gradients.judged if self.gradients is not None else ()
        return next((b for b in judged if b.name == name and b.line and b.line.number == line.number), None)

    def numbers(self) -> str:
        points = self.gradients.points if self.gradients is not None else []
        equal = sum(len(set(p.sizes.values())) < 2 for p in points)
        return (
            f"no counterexample at {len(points)} random points of both signs, {len(points) - equal} with unequal sizes "
            f"and {equal} with equal ones; relative difference at most 1e-8 in double precision"
        )

    def advice(self, reason: str) -> str:
        if reason.startswith("no loss"):
            return (
                f"{reason}; add the line that computes it (loss = ...), or name the upstream gradient after its array"
            )
        return reason

    def assumptions(self, reading: Reading, line: Line, name: str, claim: Judgement) -> tuple[Assumption, ...]:
        found = [Assumption(fact, source) for fact, source in claim.assumed]
        if self.gradients is None or claim.target is None:
            return tuple(found)
        b = self._binding(line, name)
        near = self.gradients.above(b) if b is not None else frozenset()
        for o in self.gradients.bindings:
            if o in near and o.value is None and o.line is None and o.dims:
                found.append(Assumption(f"{o.name} has shape {reading.sizes.shape(o.dims)}", o.source or "convention"))
        if self.gradients.upstream and claim.of != "argument":
            found += [
                Assumption(f"{u.name} is the gradient with respect to {o.name}", "convention")
                for u, o in self.gradients.upstream.items()
            ]
        found += [
            Assumption(f"{n} has its usual meaning" + (f", {how}" if how != "convention" else ""), "convention")
            for n, how in sorted(reading.assumed.items())
        ]
        start = self.listing.line - 1
        return tuple(
            replace(a, source=f"line {int(a.source[5:]) + start}") if a.source.startswith("line ") else a
            for a in dict.fromkeys(found)
        )

    def excuse(self, program: Program, reading: Reading, line: Line, name: str) -> tuple[str, str] | None:
        """A reason not to refute: a number that is not defined, or a small constant that was left out."""
        key = (line.number, name)
        for b in counts(reading):
            sizes = sorted(
                {s for o in reading.bindings if o.dims for d in o.dims for s in reading.sizes(d).atoms(Size)}, key=str
            )
            for size in sizes:
                if self.out_of_time():
                    break
                if self.accepted(Gradients(reading, self.out_of_time, {b.name: size}), key):
                    return (
                        "needs-context",
                        f"{b.name} has no value in the listing; the line is right where it is the length of an axis: "
                        f"add {b.name} = {text_of(reading, size)}",
                    )
        for b in _masks(reading):
            if self.out_of_time():
                break
            if self.accepted(Gradients(reading, self.out_of_time, bits=frozenset((b.name,))), key):
                where = f"the entries of {b.name} are 0 or 1"
                return "needs-hypothesis", f"right where {where}, which the listing does not say; wrong without it"
        for b, axis in self.probabilities(reading):
            if self.out_of_time():
                break
            if self.accepted(Gradients(reading, self.out_of_time, simplex={b.name: axis}), key):
                where = f"the entries of {b.name} sum to 1 along axis {axis}"
                return "needs-hypothesis", f"right where {where}, which the listing does not say; wrong without it"
        loose = Reading(program, reading.picks, 0, exact=False)
        if not self.out_of_time() and self.accepted(Gradients(loose.run(), self.out_of_time), key):
            return (
                "approximation",
                "it is the derivative where the small constants (such as eps) and the clipping are left out",
            )
        return None

    @staticmethod
    def accepted(gradients: Gradients, key: tuple[int, str]) -> bool:
        """Is the gradient of this line and name right there?"""
        found = {(b.line.number, b.name): j for b, j in gradients.run().items() if b.line is not None}
        return key in found and found[key].state in ACCEPTED

    def probabilities(self, reading: Reading) -> list[tuple[Binding, int]]:
        """Inputs that may be probabilities, with the axis that they sum over, where a softmax may stand."""
        program = reading.program
        words = {n.attr for line in program.lines for n in ast.walk(line.stmt) if isinstance(n, ast.Attribute)}
        if not words & {"exp", "softmax"}:
            return []
        targets = {x for n in program.assigned for _, x in program.meanings(n)}
        found = [
            (b, axis)
            for b in reading.bindings
            if b.value is None and b.kind == "real" and b.dims
            for axis in sorted({len(b.dims) - 1, 0}, reverse=True)
            if not program.is_gradient(b.name)
        ]
        found.sort(key=lambda pair: pair[0].name in targets)  # what is differentiated by is hardly a probability
        return found[:MOST_PROBABLE]


def _says(name: str, claim: Judgement) -> str:
    """What the line says, in words."""
    target = claim.target
    if target is None:
        return name
    if claim.of == "argument":
        return f"{name} is the gradient with respect to the argument of {target.name}"
    return f"{name} = d {claim.of} / d {target.name}"


def _masks(reading: Reading) -> list[Binding]:
    """Inputs that the listing compares with 0 or 1, or that choose in np.where."""
    names: set[str] = set()
    for line in reading.program.lines:
        for node in ast.walk(line.stmt):
            if isinstance(node, ast.Compare) and len(node.ops) == 1 and isinstance(node.ops[0], (ast.Eq, ast.NotEq)):
                sides = (node.left, node.comparators[0])
                if any(isinstance(x, ast.Constant) and x.value in (0, 1) for x in sides):
                    names |= {k for k in map(dotted, sides) if k}
            elif isinstance(node, ast.Call) and len(node.args) == 3 and (dotted(node.func) or "").endswith(".where"):
                names |= {k for k in (dotted(node.args[0]),) if k}
    return [b for b in reading.bindings if b.value is None and b.kind == "real" and not b.opaque and b.name in names]
