"""The loops of a kernel: axes that always stand side by side are one.

x[n, c, h, w], gamma[c], mean over h and w        for c: for hw:
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import sympy as sp

from symnet.codegen.arrays import Layout, Ref
from symnet.codegen.fast.instructions import Instruction
from symnet.codegen.fused.nests import operands, summand
from symnet.codegen.fused.places import source
from symnet.ir.expr import Index

COUNTERS = "jklmpq"
Dimensions = list[Index | None]  # None: of this dimension one entry is read


@dataclass(frozen=True)
class Axis:
    """A loop over all positions of neighbouring indices."""

    indices: tuple[Index, ...]
    counter: str
    size: sp.Expr

    @property
    def label(self) -> str:
        return "".join(i.label for i in self.indices)


def merged(instructions: Iterable[Instruction], used: Sequence[Index], fresh: Callable[[str], str]) -> list[Axis]:
    """The axes of all the arrays; ``used`` are the indices, outermost first."""
    layouts: list[Dimensions] = []
    readings: dict[str, list[Dimensions]] = {}
    apart: set[Index] = set()
    for instruction in instructions:
        layouts += [list(a.indices) for a in (instruction.target, summand(instruction))]
        readings.setdefault(instruction.name, []).append(list(instruction.target.indices))
        for operand in operands(instruction):
            array, places = source(operand)
            layouts.append([place.index for own, place in zip(array.layout, places) if own is not None])
            if isinstance(array, Ref):
                readings.setdefault(array.name, []).append(layouts[-1])
            for own, place in zip(array.layout, places):
                if place.index != own:  # a window or a part of that dimension
                    apart |= {i for i in (own, *dict(place.terms)) if i is not None}
    groups = _grouped(used, layouts, apart)
    while differing := _differing(groups, readings.values()):
        apart |= differing
        groups = _grouped(used, layouts, apart)
    counters = iter(COUNTERS)
    return [
        Axis(tuple(g), fresh(next(counters, "j" + "".join(i.label for i in g))), sp.Mul(*(i.size for i in g)))
        for g in groups
    ]


def _grouped(used: Sequence[Index], layouts: Iterable[Dimensions], apart: set[Index]) -> list[list[Index]]:
    """Neighbours in all the layouts, without those that are ``apart``."""
    groups: list[list[Index]] = []
    for index in used:
        if (
            groups
            and index not in apart
            and all(_beside(groups[-1][-1], index, layout) for layout in layouts)
            and not apart & set(groups[-1])
        ):
            groups[-1].append(index)
        else:
            groups.append([index])
    return groups


def _differing(groups: Iterable[Sequence[Index]], readings: Iterable[Sequence[Dimensions]]) -> set[Index]:
    """The indices that are one with those before them in some readings of an array, and not in others."""
    within = {i for group in groups for i in group[1:]}
    found: set[Index] = set()
    for layouts in readings:
        for dimension in zip(*layouts):
            if len({i in within for i in dimension}) > 1:
                found |= within.intersection(dimension)
    return found


def _beside(a: Index, b: Index, layout: Dimensions) -> bool:
    """Neither is there, or ``b`` right after ``a``."""
    if a not in layout and b not in layout:
        return True
    return a in layout and b in layout and layout.index(b) == layout.index(a) + 1


def dimensions(layout: Layout, axes: Sequence[Axis], row: Index | None) -> list[Axis | Index]:
    axis_of = {i: a for a in axes for i in a.indices}
    result: list[Axis | Index] = []
    for index in layout:
        if index is None:
            continue
        axis = axis_of.get(index) if index != row else None
        if axis is None:
            result.append(index)
        elif index == axis.indices[0]:
            result.append(axis)
    return result
