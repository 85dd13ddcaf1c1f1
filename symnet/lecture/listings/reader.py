"""NumPy statements as index expressions: one reading of a listing.

A Reading goes through the statements once.  Assigned arrays become bindings (later nodes of a graph), names that are
used without a value become inputs.  Where the text leaves something open, as the rank of an input, the reading *picks*;
:func:`readings` replays the listing with other picks until the shapes go together.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Any

from symnet.errors import SymnetError
from symnet.lecture.listings.arrays import Arr, Clash, Dims, Unread
from symnet.lecture.listings.assignments import Assignments
from symnet.lecture.listings.bindings import Binding, Function, Outcome, Stop, bindings_in
from symnet.lecture.listings.functions import call
from symnet.lecture.listings.names import TROUBLE
from symnet.lecture.listings.program import Program
from symnet.lecture.listings.statements import Line


class Reading(Assignments):
    """One pass over a program; ``picks`` are the choices to replay, ``options`` how many there were at each."""

    def __init__(self, program: Program, picks: Sequence[int] = (), strict: int = 2, exact: bool = True) -> None:
        super().__init__(program, picks, strict, exact)
        self.outcomes: list[Outcome] = []
        self.frozen = False
        self.exhausted = False  # every other choice was tried, too

    def run(self) -> Reading:
        for line in self.program.lines:
            self.line = line
            if line.gradient and not self.frozen and not any(o.unread for o in self.outcomes):
                self.sizes.freeze()
                self.frozen = True
            self.outcomes.append(self.statement(line))
        return self

    @property
    def dull(self) -> bool:
        """Is a gradient that comes from outside a mere number here?"""
        return any(
            b.value is None and b.dims == () and self.program.is_upstream(b.name) and b.name[:1] == "d"
            for b in self.bindings
        )

    def statement(self, line: Line) -> Outcome:
        self.reads = []
        start = len(self.bindings)
        names = line.names
        try:
            if line.skipped:
                raise Unread(line.skipped)
            function = self.execute(line)
            if self.strict == 2 and line.gradient:
                self.check_fit(line)
            made = tuple(b for b in self.bindings[start:] if b.line is line)
            return Outcome(line, names, made, function=function)
        except Clash as error:
            if self.strict == 2 or (self.strict == 1 and not line.gradient):
                raise Stop from None
            guessed = self.guessed(line)
            self.forget(line, f"shape clash in line {line.number}")
            made = tuple(b for b in self.bindings[start:] if b.line is line)
            if guessed is not None:
                why = f"its shape depends on {guessed.name}, which is not read: {guessed.opaque}"
                return Outcome(line, names, made, unread=why)
            return Outcome(line, names, made, clash=str(error))
        except Unread as error:
            reason = str(error)
        except (SymnetError, RecursionError) as error:
            reason = str(error) or "nesting too deep"
        except TROUBLE:
            reason = "this use of arrays"
        self.forget(line, reason)
        return Outcome(line, names, tuple(b for b in self.bindings[start:] if b.line is line), unread=reason)

    def guessed(self, line: Line) -> Binding | None:
        """The first unread value that a statement depends on: a shape that was guessed for it proves nothing."""
        todo = [b for key in map(self.key, ast.walk(line.stmt)) if key for b in bindings_in(self.scope.get(key))]
        todo = [b for b in self.bindings if b in todo or b in self.reads]
        seen: set[int] = set()
        found: list[Binding] = []
        while todo:
            b = todo.pop()
            if id(b) in seen:
                continue
            seen.add(id(b))
            if b.opaque and not b.opaque.startswith("shape clash"):
                found.append(b)
            todo += [*b.reads, *b.hides, *((b.before,) if b.before is not None else ())]
        return min(found, key=self.bindings.index) if found else None

    def check_fit(self, line: Line) -> None:
        """A complete gradient has the shape of its target; otherwise this reading does not fit."""
        for name in line.names:
            if any(
                name in later.names for later in self.program.lines if later.number > line.number and later.gradient
            ):
                continue
            value = self.scope.get(name)
            targets = [
                b for _, x in self.program.meanings(name) for b in self.bindings if b.name == x and b.dims is not None
            ]
            if not isinstance(value, Arr) or not targets:
                continue
            mine = tuple(map(self.sizes, value.dims))
            if not any(stretches(mine, tuple(map(self.sizes, b.dims or ()))) for b in targets):
                raise Stop(targets[-1].pick)

    def forget(self, line: Line, reason: str) -> None:
        """The names that a statement assigns have values that are not known."""
        hidden: list[Binding] = list(self.reads)
        for node in ast.walk(line.stmt):
            if isinstance(node, (ast.Name, ast.Attribute, ast.Subscript)):
                key = self.key(node)
                value = self.scope.get(key) if key else None
                hidden += [b for b in bindings_in(value) if b not in hidden]
        for name in line.names:
            value = self.scope.get(name)
            old = tuple(bindings_in(value))
            if isinstance(value, Function) or (isinstance(line.stmt, ast.FunctionDef)):
                self.scope.values.pop(name, None)
                continue
            binding = self.new(name, None, line)
            binding.opaque, binding.hides = reason, tuple(dict.fromkeys((*hidden, *old)))
            if _in_place(line.stmt) and len(old) == 1:
                (binding.before,), binding.change = old, "index"
            self.scope.values[name] = binding

    def execute(self, line: Line) -> Function | None:
        stmt = line.stmt
        if isinstance(stmt, ast.FunctionDef):
            function = self.function(stmt)
            self.scope.values[stmt.name] = function
            return function
        if isinstance(stmt, ast.Assign):
            if len(stmt.targets) == 1 and isinstance(stmt.value, ast.Lambda):
                key = self.key(stmt.targets[0]) or ""
                made = self.lambda_(key, stmt.value)
                self.scope.values[key] = made
                return made
            value = self.right_side(stmt.value, line)
            old = self.scope.get(line.names[0]) if len(line.names) == 1 else None
            if line.update:
                self.check_step(old, value)
                return None
            for target in stmt.targets:
                self.assign(target, value, line)
            self.link(old, line)
        elif isinstance(stmt, ast.AnnAssign):
            if stmt.value is not None:
                self.assign(stmt.target, self.right_side(stmt.value, line), line)
        elif isinstance(stmt, ast.AugAssign):
            self.augment(stmt, line)
        elif isinstance(stmt, ast.Return):
            if stmt.value is not None:
                self.scope.values["return"] = self.right_side(stmt.value, line)
                self.returned(stmt.value, line)
        elif isinstance(stmt, ast.Expr):
            pass
        else:
            raise Unread(type(stmt).__name__.lower())
        return None

    def check_step(self, old: Any, value: Any) -> None:
        """A step keeps the shape; the parameter keeps its value, for the formulas are about one step."""
        if isinstance(old, Arr) and isinstance(value, Arr):
            dims = self.sizes.broadcast([old.dims, value.dims])
            if len(dims) != old.rank or any(self.sizes(a) != self.sizes(b) for a, b in zip(dims, old.dims)):
                raise Clash(
                    f"a step of shape {self.sizes.shape(value.dims)} for an array of shape {self.sizes.shape(old.dims)}"
                )

    def link(self, old: Any, line: Line) -> None:
        """d = d * m goes on with the d before."""
        for was in bindings_in(old):
            for b in bindings_in(self.scope.get(line.names[0])):
                if b is not was and was in b.reads and b.line is line:
                    b.before, b.change = was, b.change or "scale"

    def returned(self, value: ast.expr, line: Line) -> None:
        """A returned expression that is no name gets the name 'return' for itself."""
        found = self.scope.values["return"]
        if isinstance(found, Arr) and found.binding is None:
            self.bind("return", found, line)

    def call(self, node: ast.Call) -> Any:
        return call(self, node)


def _in_place(stmt: ast.stmt) -> bool:
    """Does a statement change what stands in a name before it?"""
    return isinstance(stmt, ast.AugAssign) or (
        isinstance(stmt, ast.Assign) and any(isinstance(target, ast.Subscript) for target in stmt.targets)
    )


def stretches(mine: Dims, its: Dims) -> bool:
    """Does a shape broadcast to another without repeating anything?"""
    pad = len(its) - len(mine)
    bare = [d for d in mine if d != 1] == [d for d in its if d != 1]
    return bare and pad >= 0 and all(m in (1, d) for m, d in zip(mine, its[pad:]))
