"""Code listings: hand-written gradients, updates and well-known functions in NumPy are claims.

    findings_of(listing, earlier) -> one Finding per statement that says something

The code is read from its syntax and never run.
"""

from __future__ import annotations

import ast
import copy
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import sympy as sp

from symnet.ir.expr import Size
from symnet.lecture.listings.edits import edits
from symnet.lecture.listings.gradients import Gradients, Judgement, counts
from symnet.lecture.listings.known import judge_known
from symnet.lecture.listings.program import Line, Program, dotted, programs
from symnet.lecture.listings.proof import proves
from symnet.lecture.listings.reader import Binding, Outcome, Reading, readings
from symnet.lecture.listings.source import Source, is_python, read_source
from symnet.lecture.verdict import Assumption, Finding

_MINIMISED = re.compile(r"loss|cost|err|nll|mse|ce$|^L$|^J$|^E$", re.IGNORECASE)
_ACCEPTED = ("right", "right-if")
MOST_PROBABLE = 4  # how many inputs are tried as probabilities


class Listing(Protocol):
    """What is read of a listing (documents.Listing)."""

    @property
    def code(self) -> str: ...
    @property
    def line(self) -> int: ...
    @property
    def language(self) -> str: ...


def findings_of(
    listing: Listing,
    earlier: Sequence[Listing] = (),
    limit: float = 10,
    simplex: Mapping[str, str] | None = None,
    bits: Mapping[str, str] | None = None,
) -> tuple[Finding, ...]:
    """The findings of one listing, in the order of its lines; ``earlier`` are the listings before it.

    ``simplex`` are the names whose entries sum to 1 by what the document says, ``bits`` those whose entries are 0 or 1,
    with where it says so.
    ``limit`` is in seconds of computing; what is not judged by then is 'not-understood' with that reason.
    """
    if not is_python(listing.language) or not listing.code.strip():
        return ()
    source = read_source(listing.code)
    if not source.tree.body and not _looks_like_code(listing.code):
        return ()
    start = time.process_time()
    report = _Report(listing, source, start + limit, start + 0.4 * limit, simplex or {}, bits or {})
    context = _context(source, earlier)
    for program in programs(source.tree, source.lines, context):
        report.program(program)
    report.syntax()
    return report.findings()


def _looks_like_code(code: str) -> bool:
    return bool(re.search(r"^\s*[\w.\[\]']+\s*[-+*/]?=[^=]|\bnp\.|\bdef |\bfor .*:|\bwhile .*:", code, re.MULTILINE))


def _context(source: Source, earlier: Sequence[Listing]) -> list[Line]:
    """Statements of earlier listings that give values to names which this one reads or has gradients of."""
    chosen: list[list[Line]] = []
    tree = source.tree
    for before in reversed(earlier[-12:]):
        if not is_python(before.language):
            continue
        missing = _missing([line for part in chosen for line in part], tree, source)
        if not missing:
            break
        found = read_source(before.code)
        lines = [line for p in programs(found.tree, found.lines)[:1] if not p.name for line in p.lines]
        useful = any(set(line.names) & missing for line in lines)
        again = {n for line in lines if line.gradient for n in line.names} & _assigned(tree, source)
        if useful:
            lines = [line for line in lines if not line.update and not (again and line.gradient)]
            chosen.insert(0, [replace(line, own=False) for line in lines])
    return [line for part in chosen for line in part]


def _assigned(tree: ast.Module, source: Source) -> set[str]:
    return {n for p in programs(tree, source.lines)[:1] for line in p.lines for n in line.names}


def _missing(context: list[Line], tree: ast.Module, source: Source) -> set[str]:
    """Names that are read before they have a value, and targets of gradients without one."""
    have: set[str] = set()
    found: set[str] = set()
    own = [line for p in programs(tree, source.lines)[:1] for line in p.lines if not p.name]
    for line in [*context, *own]:
        if isinstance(line.stmt, ast.FunctionDef):
            have.add(line.stmt.name)
            continue
        value = getattr(line.stmt, "value", None)
        reads = {k for k in map(dotted, ast.walk(value)) if k} if value is not None else set()
        if isinstance(line.stmt, ast.AugAssign):
            reads |= set(line.names)
        found |= {r for r in reads if r not in have and r.split(".")[0] not in ("np", "numpy")}
        have |= set(line.names)
        for name in line.names:
            m = re.match(r"^(?:grad_|d)(\w+)$", name) or re.match(r"^(\w+)_grad$", name)
            if m and m[1] not in have:
                found.add(m[1])
    return found


@dataclass(eq=False)
class _Report:
    """The findings of a listing in the making."""

    listing: Listing
    source: Source
    deadline: float
    proofs_until: float
    simplex: Mapping[str, str]
    bits: Mapping[str, str]

    def __post_init__(self) -> None:
        self.found: dict[tuple[int, int, str], Finding] = {}
        self.gradients: Gradients | None = None

    def out_of_time(self) -> bool:
        return time.process_time() > self.deadline

    def findings(self) -> tuple[Finding, ...]:
        return tuple(self.found[k] for k in sorted(self.found))

    def add(self, line: Line, verdict: str, *, kind: str = "code", name: str = "", **more: Any) -> None:
        stmt = line.stmt
        if isinstance(stmt, (ast.For, ast.While, ast.If, ast.FunctionDef)):
            last = stmt.lineno
            text = self.source.lines[stmt.lineno - 1].strip()
        else:
            last = stmt.end_lineno or stmt.lineno
            text = " ".join(x.strip() for x in self.source.lines[stmt.lineno - 1 : last])
        claim = ast.unparse(stmt) if last == stmt.end_lineno else text
        if isinstance(stmt, ast.Assign) and text.startswith("return "):  # what a function returns, under a name
            claim = text
            if more.get("correction"):
                more["correction"] = "return " + more["correction"].partition(" = ")[2]
        start = self.listing.line - 1
        key = (stmt.lineno, stmt.col_offset, name)
        if key in self.found and self.found[key].verdict not in ("definition", "not-understood"):
            return
        link = sum(k[0] == stmt.lineno and k != key for k in self.found)
        self.found[key] = Finding(
            start + stmt.lineno,
            stmt.col_offset + 1,
            start + last,
            text,
            link,
            kind,
            verdict,
            claim=claim,
            **more,
        )

    def syntax(self) -> None:
        for number, why in self.source.unread:
            text = (self.listing.code.splitlines() or [""])[number - 1].strip()
            at = self.listing.line - 1 + number
            self.found[number, -1, ""] = Finding(at, 1, at, text, 0, "code", "not-understood", reason=why)

    # -- one program ----------------------------------------------------------------------------------------------
    def program(self, program: Program) -> None:
        found = readings(program, self.out_of_time)
        if not found:
            return
        made = [Gradients(found[0], self.out_of_time)]
        judged = [_judgements(made[0])]
        if any(j.state not in _ACCEPTED for j in judged[0].values()):
            for other in found[1:]:
                if self.out_of_time():
                    break
                made.append(Gradients(other, self.out_of_time))
                judged.append(_judgements(made[-1]))
        best = max(range(len(judged)), key=lambda k: (sum(j.state in _ACCEPTED for j in judged[k].values()), -k))
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
            if claim.state in _ACCEPTED and natural.get((line.number, name), claim).state == "wrong":
                odd = natural[line.number, name]
                self.add(
                    line,
                    "reading-dependent",
                    name=name,
                    method="numeric",
                    counterexample=odd.counterexample,
                    reading=name,
                    reason="it depends on the shapes of the inputs, which the listing does not say; "
                    "write them as comments, as in # (N, D)",
                )
                continue
            self.claim(program, reading, line, name, claim, [o.get((line.number, name)) for o in others])

    def meaning(self, reading: Reading, outcome: Outcome, name: str) -> str:
        for b in outcome.bindings:
            if b.name == name and b.dims is not None:
                return f"{name} has shape {reading.sizes.shape(b.dims)}" if b.dims else f"{name} is a number"
        return ""

    # -- a gradient -----------------------------------------------------------------------------------------------
    def claim(
        self,
        program: Program,
        reading: Reading,
        line: Line,
        name: str,
        claim: Judgement,
        others: list[Judgement | None],
    ) -> None:
        target = claim.target
        says = f"{name} = d {claim.of} / d {target.name}" if target is not None and claim.of != "argument" else name
        if claim.of == "argument" and target is not None:
            says = f"{name} is the gradient with respect to the argument of {target.name}"
        assumptions = self.assumptions(reading, line, name, claim)
        common: dict[str, Any] = {"name": name, "reading": says, "assumptions": assumptions}
        if claim.state in _ACCEPTED:
            kinks: list[str] = []
            if claim.of != "argument" and self.gradients is not None and not self.out_of_time():
                b = next(
                    (b for b in self.gradients.judged if b.name == name and b.line and b.line.number == line.number),
                    None,
                )
                if b is not None and proves(self.gradients, b, claim, self.proofs_until, kinks):
                    more = tuple(Assumption(k, "convention") for k in kinks)
                    self.add(line, "proved", method="symbolic", **{**common, "assumptions": (*assumptions, *more)})
                    return
            self.add(line, "holds", method="numeric", reason=self.numbers(), **common)
            return
        if claim.state == "open":
            verdict = "not-understood" if "not read" in claim.reason else "needs-context"
            self.add(line, verdict, reason=self.advice(claim.reason), **common)
            return
        other = next((o for o in others if o is not None and o.state in _ACCEPTED), None)
        if other is not None:
            self.add(
                line,
                "reading-dependent",
                method="numeric",
                reason="it depends on the shapes of the inputs, which the "
                "listing does not say; write them as comments, as in # (N, D)",
                counterexample=claim.counterexample,
                **common,
            )
            return
        if claim.state == "inner" or claim.state == "scaled":
            self.add(
                line,
                "reading-dependent",
                method="numeric",
                reason=claim.reason,
                counterexample=claim.counterexample,
                **common,
            )
            return
        why = self.excuse(program, reading, line, name)
        if why is not None:
            facts = {"sum to 1": self.simplex, "are 0 or 1": self.bits}
            said = [
                Assumption(f"the entries of {b} {fact}", place)
                for fact, names in facts.items()
                for b, place in names.items()
                if f"the entries of {b} {fact}" in why[1]
            ]
            if why[0] == "needs-hypothesis" and said:
                common["assumptions"] = (*assumptions, *said)
                self.add(line, "holds", method="numeric", reason=self.numbers(), **common)
                return
            self.add(line, why[0], method="numeric", reason=why[1], **common)
            return
        if claim.state == "shape":
            self.add(
                line,
                "ill-typed",
                method="shape",
                reason=claim.reason,
                correction=self.correct(program, reading, line, name),
                **common,
            )
            return
        if claim.factor.startswith("-") and self.descends_anyway(program, name):
            self.add(
                line,
                "reading-dependent",
                method="numeric",
                counterexample=claim.counterexample,
                reason=f"it is the negative gradient, and the update adds it: right as a step, not as d {claim.of}",
                **common,
            )
            return
        correction = self.correct(program, reading, line, name, claim.factor)
        reason = f"it is {claim.factor} times the derivative" if claim.factor else "it is not the derivative"
        self.add(
            line,
            "refuted",
            method="numeric",
            reason=reason,
            counterexample=claim.counterexample,
            correction=correction,
            **common,
        )

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
        b = next((b for b in self.gradients.judged if b.name == name and b.line and b.line.number == line.number), None)
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
                        f"add {b.name} = {_text_of(reading, size)}",
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
        return key in found and found[key].state in _ACCEPTED

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

    def descends_anyway(self, program: Program, name: str) -> bool:
        own = [x for _, x in program.meanings(name)]
        steps = [line for line in program.lines if line.update and set(line.names) & set(own)]
        signs = [s for line in steps for g, s in _signed(line.stmt) if g == name]
        return bool(signs) and all(s > 0 for s in signs)

    # -- corrections ----------------------------------------------------------------------------------------------
    def correct(self, program: Program, reading: Reading, line: Line, name: str, factor: str = "") -> str | None:
        """The smallest edit found that makes the claim true."""
        stop = min(self.deadline - 0.3, time.process_time() + 6.0)
        gradients = {n: x for n in program.known for x in [program.target_of(n)] if x}
        stmts = [line] + [
            o for o in program.lines if o.number < line.number and name in o.names and o.gradient and o.own
        ]
        reads = {k for o in stmts for k in map(dotted, ast.walk(o.stmt)) if k}
        stmts += [
            o
            for o in reversed(program.lines)
            if o.number < line.number
            and o.own
            and o.gradient
            and o not in stmts
            and set(o.names) & reads
            and not set(o.names) & set(gradients)
        ]
        named = [
            b
            for b in reading.bindings
            if b.name.isidentifier() and b.name not in ("random", "labels", "return", "dout")
        ]
        mine = next((b.dims for b in named if b.name == name), None)
        named.sort(key=lambda b: (b.dims != mine, b.name not in gradients))
        arrays = list(dict.fromkeys(b.name for b in named))
        divisors = [
            ast.unparse(n.right)
            for o in program.lines
            if not o.gradient and not o.update
            for n in ast.walk(o.stmt)
            if isinstance(n, ast.BinOp) and isinstance(n.op, ast.Div) and len(ast.unparse(n.right)) < 24
        ]
        factors = [_factor_text(reading, factor)] if factor and factor not in ("-1",) else []
        if factors and factors[0] and isinstance(line.stmt, ast.AugAssign) and name in line.names:
            return f"{name} /= {factors[0]}"
        factors += list(dict.fromkeys(divisors))[:4]
        for old in stmts[:4]:
            value = getattr(old.stmt, "value", None)
            if value is None or isinstance(value, ast.Tuple):
                continue
            for new in edits(value, gradients, arrays, [f for f in factors if f]):
                if time.process_time() > stop:
                    return None
                stmt = copy.deepcopy(old.stmt)
                stmt.value = new  # type: ignore[attr-defined]
                if self.right_with(program, reading, old, stmt, (line.number, name)):
                    return ast.unparse(stmt)
        return None

    def right_with(self, program: Program, reading: Reading, old: Line, stmt: ast.stmt, key: tuple[int, str]) -> bool:
        lines = [replace(o, stmt=stmt) if o is old else o for o in program.lines]
        changed = Program(
            lines, program.shapes, program.output, program.name, program.named_sizes, program.sizes, program.cache
        )
        again = Reading(changed, reading.picks, 0).run()
        outcome = next((o for o in again.outcomes if o.line.number == key[0] and key[1] in o.names), None)
        if outcome is None or outcome.clash or outcome.unread:
            return False
        found = Gradients(again, self.out_of_time).run(only=key)
        return any(
            j.state == "right" or j.state == "right-if"
            for b, j in found.items()
            if b.line and (b.line.number, b.name) == key
        )

    def correct_shape(self, program: Program, line: Line) -> str | None:
        """For a forward statement: the one transposition under which the shapes go together."""
        value = getattr(line.stmt, "value", None)
        if value is None:
            return None
        good: list[str] = []
        from symnet.lecture.listings.edits import _products

        for new in _products(value):
            stmt = copy.deepcopy(line.stmt)
            stmt.value = ast.fix_missing_locations(copy.deepcopy(new))  # type: ignore[attr-defined]
            lines = [replace(o, stmt=stmt) if o is line else o for o in program.lines]
            changed = Program(lines, program.shapes, program.output, program.name)
            if any(not any(o.clash for o in r.outcomes) for r in readings(changed, self.out_of_time)[:1]):
                good.append(ast.unparse(stmt))
        return good[0] if len(set(good)) == 1 else None

    # -- updates --------------------------------------------------------------------------------------------------
    def update(self, program: Program, reading: Reading, line: Line, claims: dict[tuple[int, str], Judgement]) -> None:
        name = line.names[0]
        signed = _signed(line.stmt)
        steps = [(g, s) for g, s in signed if program.is_gradient(g)]
        reason = "a step along the gradient" if steps else "a step of an optimiser"
        if self.wrong_gradient(program, line):
            return
        if len(steps) == 1:
            g, sign = steps[0]
            meant = [x for _, x in program.meanings(g)]
            of = next((j.of for (_, n), j in claims.items() if n == g), "") or (
                self.gradients.loss.name if self.gradients is not None and self.gradients.loss is not None else ""
            )
            state = next((j for (_, n), j in claims.items() if n == g), None)
            if name in meant and sign > 0 and _MINIMISED.search(of):
                if state is not None and state.factor.startswith("-"):
                    self.add(
                        line,
                        "update",
                        kind="update",
                        reading=f"a step of {name}",
                        reason=f"{g} is the negative gradient, the step goes downhill",
                    )
                elif state is None or state.state in _ACCEPTED:
                    self.add(
                        line,
                        "refuted",
                        kind="update",
                        reading=f"a step of {name} that is to lower {of}",
                        reason=f"the step goes along +{g}: it raises {of}",
                        counterexample={"direction": f"+{g}", "slope": f"+||{g}||^2 > 0"},
                        assumptions=(Assumption("the learning rate is positive", "convention"),),
                        correction=_turned_step(line.stmt),
                    )
                else:
                    self.add(
                        line, "update", kind="update", reading=f"a step of {name}", reason=f"{g} itself is in question"
                    )
                return
            reason = f"gradient descent: {name} moves along -{g}" if sign < 0 and name in meant else reason
        self.add(line, "update", kind="update", reading=f"a step of {name}", reason=reason)

    def wrong_gradient(self, program: Program, line: Line) -> bool:
        """A parameter that is moved along the gradient of another one, while its own gradient is there."""
        name = line.names[0]
        steps = [g for g, _ in _signed(line.stmt) if program.is_gradient(g)]
        if len(steps) != 1:
            return False
        meant = [x for _, x in program.meanings(steps[0])]
        own = sorted(n for n in program.assigned if n != steps[0] and program.target_of(n) == name)
        if name in meant or not own:
            return False
        stmt = re.sub(rf"(?<![\w.]){re.escape(steps[0])}(?!\w)", own[0], ast.unparse(line.stmt))
        self.add(
            line,
            "refuted",
            kind="update",
            reading=f"a step of {name}",
            correction=stmt,
            reason=f"{name} is moved along {steps[0]}, the gradient with respect to {meant[0]}",
        )
        return True

    def loops(self, program: Program) -> None:
        """Updates that stand outside the training loop whose values they use."""
        loops = {line.loops[-1]: None for line in program.lines if line.loops and line.own}
        for loop in loops:
            inside = [line for line in program.lines if loop in line.loops]
            assert isinstance(loop, (ast.For, ast.While))
            if any(line.update or line.skipped for line in inside) or isinstance(loop, ast.While) and len(inside) < 2:
                continue
            made = {n for line in inside for n in line.names}
            read = {k for line in inside for k in map(dotted, ast.walk(line.stmt)) if k}
            variables = (
                {n.id for n in ast.walk(loop.target) if isinstance(n, ast.Name)} if isinstance(loop, ast.For) else set()
            )
            random = any(
                "random" in (dotted(c.func) or "") or (dotted(c.func) or "") == "randn"
                for line in inside
                for c in ast.walk(line.stmt)
                if isinstance(c, ast.Call)
            )
            after = [
                line
                for line in program.lines
                if line.number > (loop.end_lineno or loop.lineno) and line.own and not line.loops
            ]
            steps = [line for line in after if line.update and set(line.names) & (read - made)]
            claimed = [
                line for line in after if line.gradient and {k for k in map(dotted, ast.walk(line.stmt)) if k} & made
            ]
            if steps and claimed and not random and not (variables & read):
                first, last = min(x.number for x in (*steps, *claimed)), max(x.number for x in steps)
                start = self.listing.line - 1
                self.add(
                    Line(loop, loop.lineno),
                    "refuted",
                    reading="a training loop",
                    reason=f"every turn of the loop computes the same: lines {first + start} to {last + start} "
                    "(gradients and updates) stand outside it and run once",
                    counterexample={"updates inside the loop": 0, "updates after it": len(steps)},
                    correction=f"indent lines {first + start} to {last + start} into the loop",
                )

    # -- functions ------------------------------------------------------------------------------------------------
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


def _judgements(gradients: Gradients) -> dict[tuple[int, str], Judgement]:
    found = gradients.run().items()
    return {(b.line.number, b.name): j for b, j in found if b.line is not None and b.line.own}


def _signed(stmt: ast.stmt) -> list[tuple[str, int]]:
    """The names that a step adds, with sign, linearly: w -= lr * dw gives (dw, -1)."""
    found: list[tuple[str, int]] = []

    def walk(node: ast.expr, sign: int) -> None:
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.UAdd)):
            walk(node.operand, -sign if isinstance(node.op, ast.USub) else sign)
        elif isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Sub)):
            walk(node.left, sign)
            walk(node.right, -sign if isinstance(node.op, ast.Sub) else sign)
        elif isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Mult, ast.Div)):
            for one, other in ((node.left, node.right), (node.right, node.left)):
                if isinstance(node.op, ast.Div) and one is node.right:
                    continue
                walk(one, sign * _sign(other))
        else:
            name = dotted(node)
            if name:
                found.append((name, sign))

    value = getattr(stmt, "value", None)
    if value is None:
        return []
    if isinstance(stmt, ast.AugAssign):
        if not isinstance(stmt.op, (ast.Add, ast.Sub)):
            return []
        walk(value, -1 if isinstance(stmt.op, ast.Sub) else 1)
    else:
        walk(value, 1)
    return found


def _sign(node: ast.expr) -> int:
    """The sign of a factor; names stand for positive numbers."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return -_sign(node.operand)
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Mult, ast.Div)):
        return _sign(node.left) * _sign(node.right)
    return 1


def _turned_step(stmt: ast.stmt) -> str | None:
    new = copy.deepcopy(stmt)
    if isinstance(new, ast.AugAssign):
        new.op = ast.Sub() if isinstance(new.op, ast.Add) else ast.Add()
        return ast.unparse(new)
    if isinstance(new, ast.Assign) and isinstance(new.value, ast.BinOp) and isinstance(new.value.op, ast.Add):
        new.value.op = ast.Sub()
        return ast.unparse(new)
    return None


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


def _text_of(reading: Reading, size: sp.Expr) -> str:
    """A size in words of the listing: N, or x.shape[0]."""
    for name, value in reading.scope.values.items():
        if getattr(value, "size", None) == size and name.isidentifier():
            return name
    for b in reading.bindings:
        for k, d in enumerate(b.dims or ()):
            if reading.sizes(d) == size and b.name.isidentifier() and b.name not in ("random", "labels", "return"):
                return f"{b.name}.shape[{k}]"
    return ""


def _factor_text(reading: Reading, factor: str) -> str:
    """'N' or '2*n' in words of the listing."""
    found = factor
    for word in sorted(set(re.findall(r"[A-Za-z]\w*", factor)), key=len, reverse=True):
        sizes = {s for b in reading.bindings for d in b.dims or () for s in reading.sizes(d).atoms(Size)}
        size = next((s for s in sorted(sizes, key=str) if s.label.rstrip("_") == word), None)
        text = _text_of(reading, size) if size is not None else ""
        if not text:
            return ""
        found = re.sub(rf"\b{word}\b", text, found)
    return found
