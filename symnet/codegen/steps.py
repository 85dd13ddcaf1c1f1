"""A loop over steps as statements: arrays made, the value before the first step put in, then step by step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from symnet.codegen.align import align
from symnet.codegen.arrays import Array, Assign, Empty, Loop, Ref, Slice, Statement, Update, statements_in, walk
from symnet.codegen.lower import Lowering, Variable
from symnet.codegen.names import identifier
from symnet.codegen.statements import Target, counter_names, statements_for
from symnet.codegen.storage import Member, StepLoop
from symnet.ir.graph import Node


def loop_statements(
    low: Lowering, loop: StepLoop, chosen: Mapping[str, tuple[int | None, ...]], taken: set[str]
) -> list[Statement]:
    """The statements of a whole loop."""
    result = [s for member in loop.members for s in _start(low, member)]
    counters = counter_names(taken)
    low.counters[loop.index] = low.counter_names[loop.index] = next(counters)
    body: list[Statement] = []
    of: list[str] = []
    for member in loop.members:
        found = _step(low, member, chosen, taken)
        body += found
        of += [member.of, *[""] * (len(found) - 1)]
    del low.counters[loop.index]
    counted = Loop(((loop.index, loop.index.size),), tuple(body), loop.reverse, tuple(of))
    return [*result, counted]


def _start(low: Lowering, member: Member) -> list[Statement]:
    """Room for all steps, and what a carried node is before the first one."""
    result: list[Statement] = []
    node, step = member.node, member.step
    name = identifier(node.name)
    if member.at is not None:
        low.variables[node.name] = Variable(name, tuple(range(len(node.axes))))
        result.append(Assign(name, Empty(node.axes, "real")))
    if member.start is None:
        return result
    if member.at is None:
        start = Node(node.name, step.axes, member.start, adjoint_of=node.adjoint_of)
        found, stored, kind = statements_for(low, start, Target(name, step.axes, True), iter(()))
        low.variables[node.name] = Variable(name, stored, kind)
        return [*result, *found]
    value = low.emit_real(member.start, step.axes)
    return [*result, _put(member, member.start_at, value)]


def _step(
    low: Lowering, member: Member, chosen: Mapping[str, tuple[int | None, ...]], taken: set[str]
) -> list[Statement]:
    """The statements that compute one step of a node."""
    step = member.step
    counters = counter_names({*taken, *low.counters.values()})
    name = identifier(step.name)
    if member.at is None:
        carried = member.start is not None
        plain = tuple(range(len(step.axes)))
        order = tuple(step.axes[k] if k is not None else None for k in chosen.get(step.name, plain))
        target = Target(name, step.axes if carried else order, carried)
        found, stored, kind = statements_for(low, step, target, counters)
        if carried and _reads(found[1:], name):  # what it was a step before is needed until the last statement
            apart = f"{name}_step"
            taken.add(apart)
            counters = counter_names({*taken, *low.counters.values()})
            found, stored, kind = statements_for(low, step, replace(target, name=apart), counters)
            found = [*found, Assign(name, Ref(step.axes, kind, apart))]
        low.variables[step.name] = Variable(name, stored, kind)
        return found
    found, _, _ = statements_for(low, step, Target(f"{name}_step", step.axes, False), counters)
    if len(found) == 1 and isinstance(found[0], Assign):
        return [_put(member, member.at, low.real(found[0].value))]
    taken.add(f"{name}_step")
    return [*found, _put(member, member.at, Ref(step.axes, "real", f"{name}_step"))]


def _reads(statements: Sequence[Statement], name: str) -> bool:
    """Do statements read a variable elsewhere than where they write?"""
    return any(
        isinstance(a, Ref) and a.name == name
        for s in statements_in(statements)
        if isinstance(s, Update)
        for part in (s.value, *(i for i in s.items if isinstance(i, Array)))
        for a in walk(part)
    )


def _put(member: Member, position, value) -> Update:
    axes = member.node.axes
    items = tuple(position if k == member.axis else Slice(i) for k, i in enumerate(axes))
    if not member.step.axes:  # of one entry, not of rows: dimensions of length 1 would not be left out
        value = align(value, (), strict=True)
    return Update(Ref(axes, "real", identifier(member.node.name)), items, "=", value)


__all__ = ["loop_statements"]
