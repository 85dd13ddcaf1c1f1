"""Small expressions are written as expressions: a temporary that one straight operation reads stands in its reader."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from symnet.codegen.arrays import Apply, Array, Reduce, Ref
from symnet.codegen.fast.instructions import variables, with_children
from symnet.codegen.fast.schedule import RowLoop, Step


def inlined(steps: Sequence[Step], outputs: set[str]) -> list[Step]:
    """Straight temporaries that are read once, by a straight operation, are written into their reader."""
    uses: dict[str, int] = {}
    straight = set()
    for step in steps:
        if isinstance(step, RowLoop):
            for instruction in step.body:
                for ref in instruction.reads:
                    uses[ref.name] = uses.get(ref.name, 0) + 2
        else:
            if step.statements:
                for ref in step.reads:
                    uses[ref.name] = uses.get(ref.name, 0) + 2
            else:
                for ref in variables(step.value):
                    uses[ref.name] = uses.get(ref.name, 0) + 1
            straight.add(step.name)
    values: dict[str, Array] = {}
    result: list[Step] = []
    for step in steps:
        if isinstance(step, RowLoop) or step.statements:
            result.append(step)
            continue
        value = _put_in(step.value, values)
        temporary = step.name[0] == "t" and step.name[1:].isdigit()
        if temporary and uses.get(step.name) == 1 and isinstance(value, (Apply, Reduce)) and step.name not in outputs:
            values[step.name] = value
        else:
            result.append(replace(step, value=value))
    return result


def _put_in(array: Array, values: Mapping[str, Array]) -> Array:
    if isinstance(array, Ref):
        return values.get(array.name, array)
    return with_children(array, (_put_in(c, values) for c in array.children)) if array.children else array
