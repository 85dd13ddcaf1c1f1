"""What is said of each statement of a listing."""

from __future__ import annotations

import ast
import re

from symnet.lecture.listings.bindings import Outcome
from symnet.lecture.listings.claims import SHAPES_OPEN, GradientClaims
from symnet.lecture.listings.findings import ACCEPTED
from symnet.lecture.listings.gradients import Gradients
from symnet.lecture.listings.judgement import Judgement
from symnet.lecture.listings.known import judge_known
from symnet.lecture.listings.program import Program
from symnet.lecture.listings.reader import Reading
from symnet.lecture.listings.readings import readings
from symnet.lecture.verdict import Assumption


class Report(GradientClaims):
    """The findings on the programs of a listing, statement by statement."""

    def program(self, program: Program) -> None:
        found = readings(program, self.out_of_time)
        if not found:
            return
        made = [Gradients(found[0], self.out_of_time)]
        judged = [judgements_of(made[0])]
        if any(j.state not in ACCEPTED for j in judged[0].values()):
            for other in found[1:]:
                if self.out_of_time():
                    break
                made.append(Gradients(other, self.out_of_time))
                judged.append(judgements_of(made[-1]))
        best = max(range(len(judged)), key=lambda k: (sum(j.state in ACCEPTED for j in judged[k].values()), -k))
        reading, claims = found[best], judged[best]
        others = [j for k, j in enumerate(judged) if k != best]
        self.gradients = made[best]
        for outcome in reading.outcomes:
            if not outcome.line.own:
                continue
            clashes = all(o.clash for r in found for o in r.outcomes if o.line.number == outcome.line.number)
            self.statement(program, reading, outcome, claims, others, clashes, judged[0])
        self.loops(program)

    def statement(
        self,
        program: Program,
        reading: Reading,
        outcome: Outcome,
        claims: dict[tuple[int, str], Judgement],
        others: list[dict[tuple[int, str], Judgement]],
        sure: bool,
        natural: dict[tuple[int, str], Judgement],
    ) -> None:
        line = outcome.line
        if outcome.clash:
            if line.update and self.wrong_gradient(program, line):
                return
            correction = (
                self.correct(program, reading, line, line.names[0] if line.names else "")
                if sure and line.gradient
                else None
            )
            if sure and not line.gradient:
                correction = self.correct_shape(program, line)
            if sure and not (_OUTSIDE.search(outcome.clash) and not _says_shapes(reading)):
                self.add(line, "ill-typed", method="shape", reason=outcome.clash, correction=correction)
            else:
                self.add(
                    line,
                    "needs-context",
                    reason=f"{outcome.clash}; say the shapes of the inputs in comments, as in # (N, D)",
                )
            return
        if outcome.function is not None:
            self.function(reading, outcome)
            return
        if outcome.unread and not any((line.number, n) in claims for n in outcome.names):
            if not isinstance(line.stmt, ast.FunctionDef):
                self.add(line, "not-understood", reason=f"not read: {outcome.unread}")
            return
        if line.update:
            self.update(program, reading, line, claims)
            return
        if isinstance(line.stmt, ast.Return):
            return
        plain = [n for n in outcome.names if (line.number, n) not in claims]
        if plain:
            words = [w for w in (self.meaning(reading, outcome, n) for n in plain) if w]
            self.add(line, "definition", name="", reading="; ".join(words))
        for name in outcome.names:
            claim = claims.get((line.number, name))
            if claim is None:
                continue
            if claim.state in ACCEPTED and natural.get((line.number, name), claim).state == "wrong":
                odd = natural[line.number, name]
                self.add(
                    line,
                    "reading-dependent",
                    name=name,
                    method="numeric",
                    counterexample=odd.counterexample,
                    reading=name,
                    reason=SHAPES_OPEN,
                )
                continue
            self.claim(program, reading, line, name, claim, [o.get((line.number, name)) for o in others])

    def meaning(self, reading: Reading, outcome: Outcome, name: str) -> str:
        for b in outcome.bindings:
            if b.name == name and b.dims is not None:
                return f"{name} has shape {reading.sizes.shape(b.dims)}" if b.dims else f"{name} is a number"
        return ""

    def function(self, reading: Reading, outcome: Outcome) -> None:
        assert outcome.function is not None
        line = outcome.line
        comment = self.source.lines[line.stmt.lineno - 1].partition("#")[2]
        verdict = judge_known(outcome.function, comment, reading.program, self.deadline)
        if verdict is None:
            self.add(line, "definition", reading=f"the function {outcome.function.name}")
            return
        state, says, reason, counterexample, assumed, correction = verdict
        method = "symbolic" if state == "proved" else "numeric"
        self.add(
            line,
            state,
            method=method,
            reading=says,
            reason=reason,
            counterexample=counterexample,
            correction=correction,
            assumptions=tuple(Assumption(a, "convention") for a in assumed),
        )


#: a clash with the number of axes that an array was given
_OUTSIDE = re.compile(r"is not an axis|too many indices")


def _says_shapes(reading: Reading) -> bool:
    """Does the listing say how many axes its inputs have?"""
    inputs = [b for b in reading.bindings if b.value is None and b.dims and b.name != "return"]
    return bool(inputs) and all(b.source for b in inputs)


def judgements_of(gradients: Gradients) -> dict[tuple[int, str], Judgement]:
    found = gradients.run().items()
    return {(b.line.number, b.name): j for b, j in found if b.line is not None and b.line.own}
