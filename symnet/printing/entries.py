r"""What has no matrix form, entry by entry, among matrices: ``M_{nc} = \max(0, S_{nc})``.

The arrays go by the names that they have as matrices; leading axes that all of them share are a batch and not written.
"""

from __future__ import annotations

from collections.abc import Sequence

import sympy as sp

from symnet.ir.expr import Access, Index, accesses, free_indices
from symnet.ir.graph import Node
from symnet.printing.dialects import Box
from symnet.printing.index_notation import Printer, Scope


class EntryPrinter(Printer):
    """Prints entries of matrices and columns; ``batch`` are leading indices that are not written."""

    def __init__(self, like: Printer, batch: Sequence[Index]) -> None:
        super().__init__(like.notation, like.dialect)
        self.batch = tuple(batch)

    def access(self, access: Access, scope: Scope) -> Box:
        node = access.node
        written = [(s, axis) for s, axis in zip(access.subs, node.axes) if s not in self.batch]
        symbol = self.names.node(node.name, node.adjoint_of)
        if sum(not self.notation.is_step(axis) for _, axis in written) == 2:
            symbol = self.names.matrix(node.name, node.adjoint_of, part=len(written) < len(node.axes))
        return self.dialect.indexed(symbol, [self.subscript(s, scope, axis.label) for s, axis in written])

    def is_led(self, access: Access) -> bool:
        """Does the batch lead this array, whose other axes make a matrix, or has it nothing of the batch?

        An array of one or two axes is a column or a matrix as a whole, and no batch of columns.
        """
        subs = [s for s, axis in zip(access.subs, access.node.axes) if not self.notation.is_step(axis)]
        batch, rest = tuple(subs[: len(self.batch)]), subs[len(self.batch) :]
        if free_indices(access).isdisjoint(self.batch):
            return len(subs) <= 2
        return (
            batch == self.batch
            and 2 < len(subs) <= len(batch) + 2
            and not any(free_indices(s) & {*self.batch} for s in rest)
        )


def entry_equation(node: Node, printer: Printer) -> str | None:
    """The definition of a node entry by entry; None where the axes in front do not lead every array alike."""
    if node.expr is None:
        return None
    axes = [i for i in node.axes if not printer.notation.is_step(i)]
    entries = EntryPrinter(printer, axes[:-2])
    found = accesses(node.value) | accesses(node.expr)
    beside = node.expr.xreplace({access: sp.Dummy() for access in found})
    if entries.batch and (not all(map(entries.is_led, found)) or free_indices(beside) & {*entries.batch}):
        return None
    return entries.equation(node.value, node.expr)


__all__ = ["entry_equation"]
