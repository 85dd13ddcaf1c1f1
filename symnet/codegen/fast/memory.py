"""Large arrays in memory of earlier calls, and the modules with loops over steps, of which nothing else is planned.

What a loop over steps takes is its products of matrices: a GRU of 50 steps of 64 x 256 is at the speed of BLAS, and to
compute the products of the inputs for all steps at once made it slower by the memory that they need.  Arrays for all
steps in memory of earlier calls gain 1.1 to 1.2.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from symnet.codegen.arrays import Copy, Einsum, Empty, Item, Layout, Ref, Slice, Subscript, Update, Zeros, ordered
from symnet.codegen.fast.contraction import matrices
from symnet.codegen.fast.instructions import Gemm, Grouped
from symnet.codegen.fast.passes import Planner
from symnet.codegen.functions import Block
from symnet.codegen.passes import Program
from symnet.codegen.scalars import ATOM, Text
from symnet.codegen.text import ArrayText
from symnet.codegen.writer import Writer
from symnet.ir.expr import Size
from symnet.ir.graph import Graph


def is_gather(items: Sequence[Item]) -> bool:
    """One array of labels for the first dimension, the others as they are."""
    return isinstance(items[0], Ref) and all(isinstance(i, Slice) and i.full for i in items[1:])


class WorkspaceText(ArrayText):
    """Prints arrays that are made as memory of earlier calls."""

    height = ""  #: the number of rows of a block, while one is written

    def made(self, layout: Layout) -> str:
        """An array that is to be filled."""
        self.helpers.add("workspace")
        self.uses_dtype = True
        return f"_empty({self.shape(layout)}, {self.dtype})"

    def _empty(self, array: Empty) -> Text:
        return self.made(array.layout), ATOM

    def _zeros(self, array: Zeros) -> Text:
        self.helpers.update(("zeros", "workspace"))
        if array.like:
            return f"_zeros({array.like}.shape, {array.like}.dtype)", ATOM
        self.uses_dtype = True
        return f"_zeros({self.shape(array.layout)}, {self.dtype})", ATOM

    def reshaped(self, layout: Layout) -> str:
        """``reshape`` to an array of as many rows as there are."""
        return f"reshape({', '.join(['-1', *(self.scalar(i.size) for i in layout[1:] if i is not None)])})"

    def _grouped(self, array: Grouped) -> Text:
        return f"{self(array.arg, ATOM)}.{self.reshaped(array.layout)}", ATOM

    def _gemm(self, array: Gemm) -> Text:
        out = "" if self.height else f", out={self.made(array.shape)}"
        whole = "" if array.layout == array.shape else f".{self.reshaped(array.layout)}"
        return f"np.matmul({self(array.a)}, {self(array.b)}{out}){whole}", ATOM

    def at(self, ufunc: str, update: Update, places: str, value: str) -> str:
        if not is_gather(update.items):
            return super().at(ufunc, update, places, value)
        self.helpers.add("at")
        return f"_at({ufunc}, {update.target.name}, {places}, {value})"

    def rows_at(self, value: Subscript) -> str:
        """Rows of a table, by their labels."""
        places = ", ".join(map(self.item, value.items[:1]))
        return f'np.take({self(value.arg)}, {places}, axis=0, out={self.made(value.layout)}, mode="clip")'


class StepText(WorkspaceText):
    """Prints copies as such memory too, and contractions as matrix products."""

    def _einsum(self, array: Einsum) -> Text:
        gemm = matrices(array)
        return super()._einsum(array) if gemm is None else (self(ordered(gemm, array.layout), ATOM), ATOM)

    def _copy(self, array: Copy) -> Text:
        self.helpers.update(("copy", "workspace"))
        return f"_copy({self(array.arg)})", ATOM


class StepWriter(Writer):
    """Writes the functions of a module with loops over steps: those for reading, but for the memory."""

    text = StepText

    def __init__(self, graph: Graph, program: Program, comments: Mapping[str, str], planner: Planner) -> None:
        super().__init__(graph, program, comments)
        self.planner = planner

    def _body(self, blocks: Sequence[Block], dtype: str) -> tuple[list[str], list[Size]]:
        result = super()._body(blocks, dtype)
        self.planner.act("workspace", "workspace" in self.helpers and self.planner.on("workspace"))
        return result
