"""What a generated module demands of its arguments: the words for their axes, and sizes that must not vanish."""

from __future__ import annotations

from collections.abc import Iterable

import sympy as sp

from symnet.ir.expr import Index, Reduction, Size, accesses
from symnet.ir.graph import Node


def axes_words(node: Node) -> str:
    """The axes of an argument as the generated checks read them: ``n d``, ``n m=n``, ``n:below c``, ``n d:mask``."""
    words = []
    for index in node.axes:
        size = index.size
        words.append(
            f"{index.label}={size.label}" if isinstance(size, Size) and size.label != index.label else index.label
        )
    text = " ".join(words)
    if node.kind == "labels":
        return f"{text}:below {node.below.label if isinstance(node.below, Size) else ''}".rstrip()
    return f"{text}:mask" if node.kind in ("mask", "one_hot") else text


def composite_indices(nodes: Iterable[Node]) -> list[Index]:
    """Indices of a computed size that may be less than 1."""
    found: dict[Index, None] = {}
    for node in nodes:
        for index in node.axes:
            found[index.at_level(0)] = None
        for part in sp.preorder_traversal(node.expr):
            if isinstance(part, Reduction):
                for index in part.over:
                    found[index.at_level(0)] = None
    return [i for i in found if not isinstance(i.size, Size) and not (i.size - 1).is_nonnegative]


def constant_reads(nodes: Iterable[Node]) -> list[tuple[str, sp.Expr]]:
    """Axes that are read at a fixed position, from their front or end, that they need not have.

    ``(label, size - position)`` and ``(label, position + 1)`` must be at least 1.
    """
    found: dict[tuple[str, sp.Expr], None] = {}
    for node in nodes:
        for access in sorted(accesses(node.expr), key=lambda a: a.name):
            for axis, sub in zip(access.node.axes, access.subs):
                if all(isinstance(symbol, Size) for symbol in sub.free_symbols):
                    room = (axis.size - sub, sub + 1)
                    found |= {(axis.label, n): None for n in room if not (n - 1).is_nonnegative}
    return list(found)


def divisors(nodes: Iterable[Node]) -> list[sp.Expr]:
    """Computed sizes that are divided by and may be 0, as n - 1 of one sample."""
    found: dict[sp.Expr, None] = {}
    for node in nodes:
        for part in sp.preorder_traversal(node.expr):
            if isinstance(part, sp.Pow) and part.exp.is_negative and not part.base.is_positive:
                symbols = part.base.free_symbols
                if symbols and all(isinstance(s, Size) for s in symbols):
                    found[part.base] = None
    return list(found)
