"""Functions of a numba module: the plan of the fast style, its loops as kernels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from symnet.codegen.arrays import MatMul
from symnet.codegen.fast.emit import Emitter
from symnet.codegen.fast.instructions import Instruction
from symnet.codegen.fast.operations import FastText
from symnet.codegen.fast.passes import Planner
from symnet.codegen.fast.schedule import Schedule
from symnet.codegen.fast.writer import FastWriter
from symnet.codegen.functions import Block
from symnet.codegen.fused.emit import FusedEmitter
from symnet.codegen.fused.linear import FusedLinear
from symnet.codegen.passes import Program
from symnet.ir.expr import Index
from symnet.ir.graph import Graph


class FusedSchedule(Schedule):
    """Matrix products are no part of a loop: BLAS has them as a whole."""

    def row_index(self, instruction: Instruction) -> Index | None:
        return None if isinstance(instruction.value, MatMul) else super().row_index(instruction)


class FusedWriter(FastWriter):
    """Writes the functions; ``kernels`` are the compiled ones beside them."""

    linear = FusedLinear
    schedule = FusedSchedule

    def __init__(
        self, graph: Graph, program: Program, comments: Mapping[str, str], planner: Planner | None = None
    ) -> None:
        super().__init__(graph, program, comments, planner)
        self.parts: dict[str, list[list[str]]] = {}

    @property
    def kernels(self) -> list[list[str]]:
        return [k for part in (self.function, "backward") for k in self.parts.get(part, [])]

    def _emitter(
        self, text: FastText, dtype: str, wanted: set[str], taken: set[str], blocks: Sequence[Block]
    ) -> Emitter:
        function = "backward" if blocks is self.lowered.backward else self.function
        emitter = FusedEmitter(text, self._itemsize(dtype), taken, wanted, "", self.comments, function=function)
        self.parts[function] = emitter.kernels
        return emitter
