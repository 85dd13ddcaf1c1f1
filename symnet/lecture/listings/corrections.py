"""Corrections of statements: the smallest edit that makes one true."""

from __future__ import annotations

import ast
import copy
import re
import time
from dataclasses import replace

import sympy as sp

from symnet.ir.expr import Size
from symnet.lecture.listings.edits import edits, products
from symnet.lecture.listings.findings import Findings
from symnet.lecture.listings.gradients import Gradients
from symnet.lecture.listings.program import Program
from symnet.lecture.listings.reader import Reading
from symnet.lecture.listings.readings import readings
from symnet.lecture.listings.statements import Line
from symnet.lecture.listings.syntax import dotted


class Corrections(Findings):
    """The smallest edits that make a statement true, or its shapes go together."""

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
        factors = [factor_text(reading, factor)] if factor and factor not in ("-1",) else []
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
        for new in products(value):
            stmt = copy.deepcopy(line.stmt)
            stmt.value = ast.fix_missing_locations(copy.deepcopy(new))  # type: ignore[attr-defined]
            lines = [replace(o, stmt=stmt) if o is line else o for o in program.lines]
            changed = Program(lines, program.shapes, program.output, program.name)
            if any(not any(o.clash for o in r.outcomes) for r in readings(changed, self.out_of_time)[:1]):
                good.append(ast.unparse(stmt))
        return good[0] if len(set(good)) == 1 else None


def text_of(reading: Reading, size: sp.Expr) -> str:
    """A size in words of the listing: N, or x.shape[0]."""
    for name, value in reading.scope.values.items():
        if getattr(value, "size", None) == size and name.isidentifier():
            return name
    for b in reading.bindings:
        for k, d in enumerate(b.dims or ()):
            if reading.sizes(d) == size and b.name.isidentifier() and b.name not in ("random", "labels", "return"):
                return f"{b.name}.shape[{k}]"
    return ""


def factor_text(reading: Reading, factor: str) -> str:
    """'N' or '2*n' in words of the listing."""
    found = factor
    for word in sorted(set(re.findall(r"[A-Za-z]\w*", factor)), key=len, reverse=True):
        sizes = {s for b in reading.bindings for d in b.dims or () for s in reading.sizes(d).atoms(Size)}
        size = next((s for s in sorted(sizes, key=str) if s.label.rstrip("_") == word), None)
        text = text_of(reading, size) if size is not None else ""
        if not text:
            return ""
        found = re.sub(rf"\b{word}\b", text, found)
    return found
