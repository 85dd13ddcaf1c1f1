"""What of a loop is kept: arrays over all steps, or variables of one step.

    all        read outside of the loop: ``dz = np.empty((t, n, h))``, and in the loop ``dz[i] = ...``
    states     a carried node of which all steps are read has one row more: ``hs[0]`` is where it starts, ``hs[i]`` what
               step i begins with, ``hs[i + 1]`` what it gives, and h is ``hs[1:]``; in reverse it starts at ``hs[t]``
    step       read in the same step only: a variable
    running    a carried node of which only the last value is wanted: a variable that every step replaces

The nodes are rewritten accordingly, so that what is lowered afterwards knows arrays and positions only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import sympy as sp

from symnet.codegen.passes import Program
from symnet.ir.expr import Access, Index, accesses, inline, transform
from symnet.ir.graph import Node
from symnet.ir.recurrence import Block, Steps, blocks, place

Read = Callable[[sp.Expr], sp.Expr]


@dataclass(frozen=True)
class Member:
    """One node of a loop as it is kept; ``of`` is its name in the derivation.

    ``at`` is the place in the array where a step goes, None for a variable; ``start`` is what a carried node is before
    the first step, which goes to ``start_at``.
    """

    of: str
    node: Node
    at: sp.Expr | None
    start: sp.Expr | None
    start_at: sp.Expr | None
    axis: int

    @property
    def step(self) -> Node:
        """The node of one step."""
        if self.at is None:
            return self.node
        axes = self.node.axes
        return replace(self.node, axes=(*axes[: self.axis], *axes[self.axis + 1 :]))


@dataclass(frozen=True)
class StepLoop:
    """The nodes of a loop in the order of one step."""

    members: tuple[Member, ...]
    index: Index
    reverse: bool


def store_steps(program: Program) -> None:
    """Decide what is kept of every loop of ``program``, and rewrite its nodes."""
    if all(n.carry is None for n in (*program.forward, *program.backward)):
        return
    wanted = {n.name for n in (*program.outputs, *program.results)}
    program.backward = _without_aliases(program.backward, wanted)
    every = (*program.forward, *program.backward)
    forward, backward = blocks(program.forward), blocks(program.backward)
    kept: dict[str, Kept] = {}
    for loop in (*forward, *backward):
        if isinstance(loop, Steps):
            kept |= {n.name: _kept(n, loop, every, wanted, program) for n in loop.nodes}

    def leaf(part: sp.Expr) -> sp.Expr | None:
        return kept[part.node.name].read(part) if isinstance(part, Access) and part.node.name in kept else None

    def read(expr: sp.Expr) -> sp.Expr:
        return transform(expr, leaf)

    program.forward = _placed(forward, kept, read, program, wanted)
    program.backward = _placed(backward, kept, read, program, wanted)


def _without_aliases(nodes: Sequence[Node], wanted: set[str]) -> list[Node]:
    """``ds[t] = dh[t]`` inside a loop is put in where it is read, and so is ``da[l] = da_back[l + 1]``.

    What is carried is one variable there: where another reader needs it of all steps, its copy is kept.
    """
    put: dict[str, tuple[tuple[Index, ...], sp.Expr]] = {}
    for loop in (b for b in blocks(nodes) if isinstance(b, Steps)):
        for node in loop.nodes:
            if node.carry is not None or not isinstance(node.expr, Access) or node.name in wanted:
                continue
            outside = {name for n in nodes if n.name not in loop.names for name in n.reads}
            stands_for = inline(node.expr, put)
            source = stands_for.node
            if source.name in loop.names and (source.carry is None or node.name not in outside):
                put[node.name] = (node.axes, stands_for)
    rest = [replace(n, expr=inline(n.expr, put)) for n in nodes if n.name not in put]
    starts = {n.name: replace(n.carry, before=inline(n.carry.before, put)) for n in rest if n.carry is not None}
    return [replace(n, carry=starts.get(n.name)) for n in rest]


@dataclass(frozen=True)
class Kept:
    """How a node of a loop is kept: the node that stands for it, and by how much its steps are shifted there.

    ``axis`` is that of the steps in the definition, ``at`` the one in what is kept.
    """

    node: Node
    axis: int
    all_steps: bool
    shift: int = 0
    at: int = 0

    def read(self, access: Access) -> Access:
        subs = list(access.subs)
        step = subs.pop(self.axis)
        if self.all_steps:
            subs.insert(self.at, step + self.shift)
        return Access(self.node, subs)


def _kept(node: Node, loop: Steps, every: Sequence[Node], wanted: set[str], program: Program) -> Kept:
    axis = node.axes.index(loop.index)
    rest = (*node.axes[:axis], *node.axes[axis + 1 :])
    outside = [n.expr for n in every if n.name not in loop.names]
    outside += [n.carry.before for n in every if n.carry is not None]
    reads = [a for e in outside for a in accesses(e) if a.node.name == node.name]
    if node.carry is None:
        if not reads and node.name not in wanted:
            return Kept(replace(node, axes=rest), axis, False)
        if node.auto:  # of nobody's making: steps lie one after the other
            return Kept(replace(node, axes=(loop.index, *rest)), axis, True)
        return Kept(node, axis, True, at=axis)
    after = loop.nodes[loop.nodes.index(node) + 1 :]
    late = any(a.node.name == node.name and place(a)[0] == "back" for n in after for a in accesses(n.expr))
    if late or node.name in wanted or any(place(a)[0] != "end" for a in reads):
        longer = Index(loop.index.label, loop.index.size + 1)
        name = program.fresh(f"{node.name}s", f"{node.name}_steps")
        states = replace(node, name=name, axes=(*node.axes[:axis], longer, *node.axes[axis + 1 :]), adjoint_of="")
        return Kept(replace(states, carry=None), axis, True, 0 if loop.reverse else 1, axis)
    return Kept(replace(node, axes=rest, carry=None), axis, False)


def _placed(
    found: Iterable[Block], kept: dict[str, Kept], read: Read, program: Program, wanted: set[str]
) -> list[Node]:
    """The nodes of a function; a loop is told to ``program``, and states that a caller wants are read out of it."""
    result: list[Node] = []
    for block in found:
        if not isinstance(block, Steps):
            result.append(replace(block, expr=read(block.expr)))
            continue
        members = tuple(_member(n, kept[n.name], block, read) for n in block.nodes)
        program.loops.append(StepLoop(members, block.index, block.reverse))
        result += [m.node for m in members]
        for node in block.carried:
            if node.name in wanted:
                result.append(replace(node, expr=kept[node.name].read(node.value), carry=None))
    return result


def _member(node: Node, kept: Kept, loop: Steps, read: Read) -> Member:
    start = start_at = None
    if node.carry is not None:
        start = read(node.carry.before)
        if kept.all_steps:
            start_at = loop.index.size if loop.reverse else sp.S.Zero
    at = loop.index + kept.shift if kept.all_steps else None
    return Member(node.name, replace(kept.node, expr=read(node.expr)), at, start, start_at, kept.at)


__all__ = ["Member", "StepLoop", "store_steps"]
