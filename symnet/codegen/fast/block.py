"""The body of a loop over blocks of rows: which operation writes where."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from symnet.codegen.arrays import (
    Apply,
    Array,
    Copy,
    Full,
    Layout,
    Loop,
    MatMul,
    Positions,
    Reduce,
    Ref,
    Statement,
    Update,
)
from symnet.codegen.emit import INDENT, statement_lines
from symnet.codegen.fast.instructions import (
    Blank,
    Gemm,
    Instruction,
    base,
    rebased,
    row_axis,
    variables,
    with_children,
)
from symnet.codegen.fast.schedule import RowLoop, operands_of
from symnet.codegen.wrap import assignment
from symnet.codegen.wrap import statement as call

if TYPE_CHECKING:
    from symnet.codegen.fast.emit import Emitter

#: what does not write over its operand; np.sign could, but takes ten times as long
APART = ("where", "calm_exp", "sign")


class Block:
    """The body of a loop: rows of operands, buffers, operations."""

    def __init__(self, emitter: Emitter, loop: RowLoop) -> None:
        self.emitter, self.loop, self.text = emitter, loop, emitter.text
        self.row = loop.index
        self.local: dict[str, str] = {}
        self.slices: dict[tuple[str, int], str] = {}  # variable and dimension -> its rows
        self.lines: list[str] = []
        self.domains = {frozenset(r.indices) for r in loop.in_rows}
        self.last = {ref.name: k for k, i in enumerate(loop.body) for ref in i.reads}
        for shifted, logits in ((i.also[0], ref) for i in loop.body if i.also for ref in i.reads):
            self.last[logits.name] = max(self.last[logits.name], self.last.get(shifted.name, 0))  # in one place
        self.made = {i.name: k for k, i in enumerate(loop.body)}
        self.free: dict[tuple[Layout, str], list[str]] = {}
        self.holder: dict[str, str] = {}  # slot -> variable
        self.slots = 0
        self.buffers: set[str] = set()
        self.written: dict[str, int] = {}  # place -> the first instruction that writes there
        self.awaited = emitter.heirs(loop.stored, self.in_rows)  # results that wait for others

    def run(self) -> tuple[list[str], list[str]]:
        for k, instruction in enumerate(self.loop.body):
            self.instruction(k, instruction)
            for name in instruction.names:
                self.written.setdefault(self.local.get(name, name), k)
        head = [f"{INDENT}{line}" for line in self.opening()]
        results = [i.name for i in self.loop.body if i.name in self.loop.sums]
        return [*head, *self.lines], results

    @property
    def places(self) -> dict[str, str]:
        """Where the block keeps each variable: rows of an array, a buffer, or a variable of its own."""
        return {name: alias for (name, _), alias in self.slices.items()} | self.local

    def opening(self) -> Iterable[str]:
        """``x_, y_ = x[a:b], y[a:b]``"""
        if not self.slices:
            return []
        rows = f"{self.emitter.first}:{self.emitter.last}"
        names = list(self.slices.values())
        values = [f"{name}[{', '.join([':'] * axis + [rows])}]" for name, axis in self.slices]
        line = f"{', '.join(names)} = {', '.join(values)}"
        return [line] if len(line) < 84 else [f"{name} = {value}" for name, value in zip(names, values)]

    # -- operands -------------------------------------------------------------------------------------------------
    def sliced(self, name: str, axis: int = 0) -> str:
        """The rows of a variable, which lie along its dimension ``axis``."""
        if (name, axis) not in self.slices:
            self.slices[name, axis] = alias = self.fresh(f"{name}_")
            self.emitter.aliases.add(alias)
        return self.slices[name, axis]

    def fresh(self, name: str) -> str:
        """A name that nothing in the block has."""
        return self.emitter.fresh(name, self.slices.values(), self.buffers)

    def operand(self, array: Array) -> Array:
        if isinstance(array, Positions) and self.row in array.layout:
            return replace(array, size=self.emitter.height)
        if isinstance(array, Ref) and array.name in self.local:
            return replace(array, name=self.local[array.name])
        ref = base(array)
        if isinstance(ref, Ref) and ref.name not in self.local:
            axis = row_axis(array, self.row)
            return array if axis is None else rebased(array, replace(ref, name=self.sliced(ref.name, axis)))
        return with_children(array, map(self.operand, array.children)) if array.children else array

    def small(self, target: Ref) -> bool:
        """Smaller than another array of the block: a column of numbers."""
        own = frozenset(target.indices)
        return target.kind != "bool" and any(own < domain for domain in self.domains)

    # -- operations -----------------------------------------------------------------------------------------------
    def instruction(self, k: int, instruction: Instruction) -> None:
        value = self.operand(instruction.value) if not instruction.statements else instruction.value
        name, target = instruction.name, instruction.target
        if instruction.statements:
            self.statements(k, instruction)
        elif instruction.also:
            self.calm(k, instruction, value)
        elif name in self.loop.sums:
            self.local[name] = name
            self.lines += assignment(INDENT, f"{name} =", self.text(value), instruction.comment)
        elif name in self.loop.stored:
            self.release(k, instruction)
            out = self.sliced(name)
            self.local[name] = out
            self.write(value, out, instruction.comment)
        elif not isinstance(value, Full) and (self.small(target) or not isinstance(value, (Apply, MatMul, Gemm, Copy))):
            self.local[name] = name
            self.lines += assignment(INDENT, f"{name} =", self.text(value), instruction.comment)
            self.release(k, instruction)
        else:
            slot = self.slot(k, instruction)
            self.local[name] = slot
            comment = instruction.comment or ("" if name[0] == "t" and name[1:].isdigit() else name)
            self.write(value, slot, comment)

    def statements(self, k: int, instruction: Instruction) -> None:
        """Additions at places of the rows."""
        first, *rest = instruction.statements
        out = self.place(k, instruction)
        comment = f"  # {instruction.comment}" if instruction.comment else ""
        start = first.value  # type: ignore[union-attr]
        if isinstance(start, Copy):
            base = self.text(self.operand(start.arg))
            if base != out:
                self.lines.append(f"{INDENT}{out}[...] = {base}")
            if comment:
                self.lines.append(f"{INDENT}{comment.strip()}")
        elif not isinstance(start, Blank):
            self.lines.append(f"{INDENT}{out}[...] = 0{comment}")
        for statement in rest:
            self.emitter.name_counters(statement)
            self.lines += statement_lines(self.renamed(statement), self.text, INDENT)

    def renamed(self, statement: Statement) -> Statement:
        if isinstance(statement, Loop):
            return replace(statement, body=tuple(map(self.renamed, statement.body)))
        assert isinstance(statement, Update)
        target = self.operand(statement.target)
        assert isinstance(target, Ref)
        items = tuple(self.operand(i) if isinstance(i, Array) else i for i in statement.items)
        return replace(statement, target=target, items=items, value=self.operand(statement.value))

    def calm(self, k: int, instruction: Instruction, value: Array) -> None:
        """exp and its sum, without the maximum where that is safe."""
        shifted, total = instruction.also
        exps = self.place(k, instruction)
        logits, *factor = map(self.text, value.children)
        summed = Reduce(total.layout, "real", "sum", replace(instruction.target, name=exps), instruction.axes, True)
        self.text.helpers.update(("exp", "calm"))
        self.lines += call(INDENT, f"_exp({', '.join([logits, *factor])}, out={exps})")
        self.local[total.name] = out = total.name
        if total.name in self.loop.stored:
            self.local[total.name] = out = self.sliced(total.name)
            self.lines += assignment(INDENT, f"{out}[...] =", self.text(summed))
        else:
            self.lines += assignment(INDENT, f"{out} =", self.text(summed))
        self.local[shifted.name] = shifted.name
        call_ = f"_calm({logits}, {exps}, {out}, {self.emitter.calm_options(instruction)})"
        if shifted.name in self.loop.stored:
            self.local[shifted.name] = place = self.sliced(shifted.name)
            self.lines += assignment(INDENT, f"{place}[...] =", call_)
        elif shifted.name in self.last:
            self.lines += assignment(INDENT, f"{shifted.name} =", call_)
        else:
            self.lines += call(INDENT, call_)

    def place(self, k: int, instruction: Instruction) -> str:
        """Where a large result goes."""
        name = instruction.name
        if name in self.loop.stored:
            self.release(k, instruction)
            self.local[name] = self.sliced(name)
        else:
            self.local[name] = self.slot(k, instruction)
        return self.local[name]

    def write(self, value: Array, out: str, comment: str) -> None:
        self.lines += self.text.written(value, out, comment)

    # -- buffers --------------------------------------------------------------------------------------------------
    def dying(self, k: int, instruction: Instruction) -> list[Ref]:
        """Operands in buffers of this block that nobody reads afterwards."""
        return [
            r
            for r in instruction.reads
            if self.last[r.name] == k and r.name in self.local and r.name not in self.loop.stored
            and self.holder.get(self.local[r.name]) == r.name
        ]  # fmt: skip

    def release(self, k: int, instruction: Instruction) -> None:
        for ref in self.dying(k, instruction):
            slot = self.local[ref.name]
            del self.holder[slot]
            if slot in self.buffers:
                self.free.setdefault((ref.layout, ref.kind), []).append(slot)

    def heirs(self) -> dict[str, str]:
        """Results that are written over an array of their shape, which nobody reads any more then."""
        return {
            name: dead.name
            for name, dead in self.awaited.items()
            if not self.awaits(name, self.written[self.local[name]])
        }

    def in_rows(self, ref: Ref) -> bool:
        """Is an array read row by row?"""
        reads = [operand for i in self.loop.body for r, operand in operands_of(i) if r.name == ref.name]
        return all(row_axis(operand, self.row) == 0 for operand in reads)

    def awaits(self, name: str, at: int) -> bool:
        """Is the array that could give a result its memory still needed when an instruction writes?"""
        dead = self.awaited.get(name)
        if dead is None or self.last[dead.name] < at:
            return False
        return self.last[dead.name] > at or not overwrites(self.loop.body[at], dead)

    def slot(self, k: int, instruction: Instruction) -> str:
        """A buffer: that of an operand that dies here, of the result it leads to, a free one, a new one."""
        target = instruction.target
        for ref in self.dying(k, instruction):
            if alike(ref, target) and overwrites(instruction, ref):
                slot = self.local[ref.name]
                self.holder[slot] = target.name
                self.release(k, instruction)  # the other operands
                return slot
        slot = self.destination(k, target) or self.scratch(target)
        self.holder[slot] = target.name
        self.release(k, instruction)
        return slot

    def scratch(self, target: Ref) -> str:
        """A buffer that is free, or a new one."""
        free = self.free.get((target.layout, target.kind))
        if free:
            return free.pop()
        self.slots += 1
        slot = self.fresh(f"buffer{self.slots}" if self.slots > 1 else "buffer")
        self.buffers.add(slot)
        rows = f"{self.emitter.last} - {self.emitter.first}"
        shape = [self.text.scalar(i.size) if i is not None else "1" for i in target.layout]
        shape[target.layout.index(self.row)] = rows
        shown = f"({shape[0]},)" if len(shape) == 1 else f"({', '.join(shape)})"
        self.text.helpers.add("workspace")
        self.lines.append(f"{INDENT}{slot} = _buffer({shown}, {self.emitter.kind(target)})")
        return slot

    def destination(self, k: int, target: Ref) -> str | None:
        """The rows of the result that this value ends in, where they are not in use."""
        name, at = target.name, k
        while True:
            use = self.last.get(name)
            if use is None or use <= at:
                return None
            user = self.loop.body[use]
            if user.statements:
                if not isinstance(user.value, Copy) or not (isinstance(a := user.value.arg, Ref) and a.name == name):
                    return None
                if user.name not in self.loop.stored:
                    return None
                return self.rows_of_result(user.name, k)
            if not alike(user.target, target) or not isinstance(user.value, Apply) or user.value.op in APART:
                return None
            reading = [a for a in user.value.children if name in {r.name for r in variables(a)}]
            if not reading or not all(isinstance(a, Ref) for a in reading):
                return None
            name, at = user.name, use
            if name in self.loop.stored:
                return self.rows_of_result(name, k)

    def rows_of_result(self, name: str, k: int) -> str | None:
        """The rows of a result for what leads to it, unless they are in use or will be those of another array."""
        slot = self.sliced(name)
        return None if slot in self.holder or self.awaits(name, k) else slot


def overwrites(instruction: Instruction, operand: Ref) -> bool:
    """Can the result be written over an operand?"""
    value = instruction.value
    if instruction.statements or not isinstance(value, Apply) or value.op in APART:
        return False
    through_views = {r.name for a in value.children if not isinstance(a, Ref) for r in variables(a)}
    return operand in value.children and operand.name not in through_views


def alike(ref: Ref, other: Ref) -> bool:
    return (ref.layout, ref.kind) == (other.layout, other.kind)
