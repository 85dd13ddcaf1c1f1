"""Large arrays in memory of earlier calls."""

from __future__ import annotations

from collections.abc import Sequence

from symnet.codegen.arrays import Empty, Item, Layout, Ref, Subscript, Update, Zeros, is_whole
from symnet.codegen.fast.instructions import Gemm, Grouped
from symnet.codegen.scalars import ATOM, Text
from symnet.codegen.text import ArrayText


def is_gather(items: Sequence[Item]) -> bool:
    """One array of labels for the first dimension, the others as they are."""
    return isinstance(items[0], Ref) and is_whole(items[1:])


class WorkspaceText(ArrayText):
    """Prints arrays that are made as memory of earlier calls."""

    height = ""  #: the number of rows of a block, while one is written
    stepping = False  #: is a loop over steps written, whose arrays are small?

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
        out = "" if self.height or self.stepping else f", out={self.made(array.shape)}"
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
