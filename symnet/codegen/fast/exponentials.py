"""Exponentials without a pass for the maximum.

exp(z - max z) is safe for any z, but the maximum and the difference are two passes of four.  The sum of exp(z) tells
afterwards whether it was safe without: where it left the tame range, the block is done again with the maximum.
A number in front of z is multiplied in by the exponential itself.

Only a maximum that was introduced for stability may go: what reads its exponentials and their sum, e / s and
(z - m) + log s, is the same for any m.  Of an author's own e^(z - max z) the sum may be read in any way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from symnet.codegen.arrays import Apply, Array, Const, Reduce, Ref
from symnet.codegen.fast.instructions import Instruction, is_atomic


def without_shift(instructions: Sequence[Instruction], wanted: set[str], shifts: set[str]) -> list[Instruction]:
    """The instructions with every  m = max z; t = z - m; e = exp t; s = sum e  as one, where m is one of ``shifts``."""
    made = {i.name: i for i in instructions}
    readers: dict[str, list[str]] = {}
    for instruction in instructions:
        for ref in instruction.reads:
            readers.setdefault(ref.name, []).append(instruction.name)
    gone: set[str] = set()
    fused: dict[str, Instruction] = {}
    for total in instructions:
        found = _pattern(total, made)
        if found is None:
            continue
        largest, shifted, exps = found
        if largest.name not in shifts:
            continue
        alone = readers[largest.name] == [shifted.name] and largest.name not in wanted
        rows = 0 not in total.value.axes  # type: ignore[attr-defined]  # else blocks of rows would not know the sums
        if alone and rows and exps.name not in gone:
            gone |= {largest.name, shifted.name, exps.name}
            logits = shifted.value.args[0]  # type: ignore[attr-defined]
            operands: tuple[Array, ...] = (logits,)
            if shifted.name not in wanted and readers[shifted.name] == [exps.name]:
                within = set(readers.get(_name(logits), ())) <= gone and _name(logits) not in wanted
                factors = _scaled(made.get(_name(logits))) if within else None
                if factors is not None:
                    operands = factors
                    gone.add(_name(logits))
            value = Apply(exps.value.layout, "real", "calm_exp", operands)
            also = (shifted.target, total.target)
            fused[total.name] = replace(exps, value=value, also=also, comment="")
            fused[total.name] = replace(fused[total.name], axes=total.value.axes)  # type: ignore[attr-defined]
    if not fused:
        return list(instructions)
    return [fused.get(i.name, i) for i in instructions if i.name not in gone]


def _pattern(total: Instruction, made: dict[str, Instruction]) -> tuple[Instruction, Instruction, Instruction] | None:
    if not (isinstance(total.value, Reduce) and total.value.op == "sum" and isinstance(total.value.arg, Ref)):
        return None
    exps = made.get(total.value.arg.name)
    if exps is None or not (isinstance(exps.value, Apply) and exps.value.op == "exp" and len(exps.value.args) == 1):
        return None
    shifted = made.get(_name(exps.value.args[0]))
    if shifted is None or not (isinstance(shifted.value, Apply) and shifted.value.op == "sub"):
        return None
    logits, largest = shifted.value.args
    top = made.get(_name(largest))
    if top is None or not (isinstance(top.value, Reduce) and top.value.op == "max" and is_atomic(logits)):
        return None
    same = top.value.arg == logits and top.value.axes == total.value.axes and top.value.keep and total.value.keep
    return (top, shifted, exps) if same else None


def _scaled(instruction: Instruction | None) -> tuple[Array, Array] | None:
    """The array and the number whose product an instruction is."""
    if instruction is None or not (isinstance(instruction.value, Apply) and instruction.value.op == "mul"):
        return None
    a, b = instruction.value.args
    array, number = (b, a) if isinstance(a, Const) else (a, b)
    same = isinstance(number, Const) and array.layout == instruction.target.layout and array.kind == "real"
    return (array, number) if same else None


def _name(array: Array) -> str:
    return array.name if isinstance(array, Ref) else ""
