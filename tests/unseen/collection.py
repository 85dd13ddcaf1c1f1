"""Operations that are not in the catalogue, some beside the same thing written for NumPy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import symnet as sn


@dataclass
class Collection:
    """Operations by name; ``numpy`` holds the forward pass of some of them, written by other means."""

    operations: dict[str, sn.Op] = field(default_factory=dict)
    numpy: dict[str, Callable] = field(default_factory=dict)

    def unseen(self, function=None, *, numpy: Callable | None = None):
        """Declare an operation, as ``sn.op`` does."""
        if function is None:
            return lambda f: self.unseen(f, numpy=numpy)
        op = sn.op(function)
        self.operations[op.name] = op
        if numpy is not None:
            self.numpy[op.name] = numpy
        return op
