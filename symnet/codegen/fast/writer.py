"""Functions of a fast module: the same entry and exit as in the readable style, the body from a plan."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from symnet.codegen.arrays import Einsum, MatMul, Ref, walk
from symnet.codegen.fast.emit import Emitter
from symnet.codegen.fast.instructions import Gemm, Instruction
from symnet.codegen.fast.linear import Linear
from symnet.codegen.fast.operations import FastText
from symnet.codegen.fast.passes import Planner
from symnet.codegen.fast.schedule import Schedule, Step, largest_layouts
from symnet.codegen.fast.steps import Stepping
from symnet.codegen.functions import Block
from symnet.codegen.names import identifier
from symnet.codegen.passes import Program
from symnet.codegen.writer import Writer
from symnet.ir.expr import Size
from symnet.ir.graph import Graph


class FastWriter(Writer):
    """Writes the body of each function from its plan."""

    linear = Linear
    schedule = Schedule

    def __init__(
        self, graph: Graph, program: Program, comments: Mapping[str, str], planner: Planner | None = None
    ) -> None:
        super().__init__(graph, program, comments)
        self.planner = planner or Planner()
        self.short: list[Sequence[Block]] = []
        self.left: dict[str, Ref] = {}  # arrays that forward has made for backward alone

    def _body(self, blocks: Sequence[Block], dtype: str) -> tuple[list[str], list[Size]]:
        text = FastText(self.names, dtype, self.planner)
        self.names.used = {}
        backward = blocks is self.lowered.backward
        if backward:
            given = [*(n for n in (*self.program.inputs, *self.program.forward)), *self.program.upstream]
            wanted = {identifier(n.name) for n in self.program.results}
        else:
            given = list(self.program.inputs)
            wanted = {identifier(n.name) for n in self.program.outputs} | set(map(identifier, self.lowered.cache))
        shifts = set(map(identifier, self.program.shifts))
        taken = self._taken()
        instructions = self.linear(self._temporaries(), wanted, self.planner, taken).run(blocks, self.comments, shifts)
        refs = [Ref(self._layout(n), "real", identifier(n.name)) for n in given]
        steps = self._scheduled(instructions, refs, wanted)
        emitter = self._emitter(text, dtype, wanted, taken, blocks)
        if backward:
            emitter.given = self.left
        else:
            emitter.given = {ref.name: ref for ref in refs if ref.name in self.successors}
            emitter.successors, emitter.asked = self.successors, self.asked
        lines = emitter.run(steps)
        self.spent = emitter.spent
        self.planner.act("spent_cache", backward and bool(self.spent))
        if not backward and self.planner.on("spent_cache") and _is_one_pass(instructions):
            kept = set(map(identifier, self.lowered.cache)) - {identifier(n.name) for n in self.program.outputs}
            largest = largest_layouts([*refs, *(i.target for i in instructions)])
            self.left = {n: ref for n, ref in emitter.made.items() if n in kept and ref.layout in largest}
        if {"each", "sigmoid"} & text.helpers or any(i.also and not i.statements for i in instructions):
            self.short.append(blocks)
        self.helpers |= text.helpers
        self.planner.act("workspace", "workspace" in text.helpers and self.planner.on("workspace"))
        self.windows |= text.uses_windows
        return lines, self.names.used_sizes

    def _scheduled(self, instructions: Sequence[Instruction], given: Sequence[Ref], wanted: set[str]) -> list[Step]:
        """The steps of a function, those of a large step of a loop within it."""
        planned = [
            replace(i, plan=tuple(self._scheduled(i.body, i.given, i.wanted))) if isinstance(i, Stepping) else i
            for i in instructions
        ]
        return self.schedule(planned, given, wanted, self.planner.on("row_loops")).run()

    def _quiet(self, blocks: Sequence[Block]) -> bool:
        """Loops over rows and exponentials take short ways that may overflow, and look afterwards or have the limit."""
        return any(blocks is short for short in self.short) or super()._quiet(blocks)

    def _emitter(
        self, text: FastText, dtype: str, wanted: set[str], taken: set[str], blocks: Sequence[Block]
    ) -> Emitter:
        counter = next(iter(self.lowered.counters.values()), "")
        return Emitter(text, self._itemsize(dtype), taken, wanted, counter, self.comments)

    def _layout(self, node):
        return self.lowered.layout(node) if node.name in self.lowered.variables else node.axes

    def _itemsize(self, dtype: str) -> str:
        return f"{dtype}.itemsize"

    def _temporaries(self) -> Iterator[str]:
        taken = self._taken()
        return (f"t{k}" for k in range(1, 10**9) if f"t{k}" not in taken)

    def _taken(self) -> set[str]:
        return {identifier(n) for n in self.program.taken} | set(self.names.values())


def _is_one_pass(instructions: Sequence[Instruction]) -> bool:
    """Is a function computed entry by entry and row by row, so that to compute it again is no more than a pass?"""
    dear = (MatMul, Einsum, Gemm)
    whole = (i for i in instructions if i.statements and i.row is None)
    return not any(whole) and not any(isinstance(part, dear) for i in instructions for part in walk(i.value))
