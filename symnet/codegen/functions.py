"""Forward and backward as statements: storage is chosen from how arrays are used, then everything is lowered once more.

A row statistic such as ``mu[n]`` that is read beside ``x[n, d]`` is best stored with a kept dimension, shape (n, 1).
Nobody can know that before its readers are lowered, so lowering runs again with the layouts that readers asked for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import sympy as sp

from symnet.codegen.arrays import Array, NewAxis, Reduce, Ref, Statement, Subscript, arrays_of, statements_in
from symnet.codegen.lower import Lowering, Variable
from symnet.codegen.names import Names, identifier
from symnet.codegen.passes import Program
from symnet.codegen.statements import Target, counter_names, statements_for
from symnet.codegen.steps import loop_statements
from symnet.codegen.storage import StepLoop
from symnet.codegen.tame import nodes_with_gaps, wild_nodes
from symnet.ir.expr import Access, Index, accesses, free_indices, nodes_of
from symnet.ir.functions import eq
from symnet.ir.graph import Node

Stored = tuple[int | None, ...]

ROUNDS = 8  # how often storage is chosen anew; a choice can change what the operands of an array should be


@dataclass
class Block:
    """The statements of one node, or of a loop over ``steps`` (and then any node of it)."""

    node: Node
    statements: list[Statement]
    steps: bool = False

    @property
    def arrays(self) -> Iterable[Array]:
        for statement in statements_in(self.statements):
            yield from arrays_of(statement)

    @property
    def reads(self) -> dict[str, None]:
        """The variables that the statements read, in order."""
        own = identifier(self.node.name)
        return dict.fromkeys(a.name for a in self.arrays if isinstance(a, Ref) and (a.name != own or self.steps))


@dataclass
class Lowered:
    """A program as statements; ``stored`` gives the axes of each variable's dimensions."""

    forward: list[Block]
    backward: list[Block]
    variables: dict[str, Variable]
    counters: dict[Index, str]
    cache: list[str]  # names of nodes

    def layout(self, node: Node) -> tuple[Index | None, ...]:
        return tuple(node.axes[k] if k is not None else None for k in self.variables[node.name].stored)


def lower(program: Program, names: Names) -> Lowered:
    """Both functions of ``program``."""
    chosen: dict[str, Stored] = {}
    fixed = {n.name for n in (*program.inputs, *program.outputs, *program.upstream, *program.results)}
    fixed |= {m.node.name for loop in program.loops for m in loop.members if m.at is not None or m.start is not None}
    refused: set[tuple[str, Stored]] = set()
    run = _run(program, names, chosen)
    for _ in range(ROUNDS):
        before, chosen = chosen, dict(chosen)
        for node in (*program.forward, *program.backward):
            best = _best(node, run.uses.get(node.name, Counter()))
            if node.name not in fixed and best is not None and (node.name, best) not in refused:
                chosen[node.name] = best
        if chosen == before:
            put_in = {b.node.name for b in run.blocks if b.node.name in chosen and _unnatural(b)}
            if not put_in:
                break
            refused |= {(name, chosen[name]) for name in put_in}
            chosen = {name: stored for name, stored in chosen.items() if name not in put_in}
        run = _run(program, names, chosen)
    return run.result


def _unnatural(block: Block) -> bool:
    """The kept dimension does not fall out of the definition, it would have to be put in."""

    def put_in(array: Array) -> bool:
        if isinstance(array, Subscript) and any(isinstance(i, NewAxis) for i in array.items):
            return True
        return not isinstance(array, Reduce) and any(map(put_in, array.children))

    value = getattr(block.statements[0], "value", None)
    return value is not None and put_in(value)


def _best(node: Node, uses: Counter) -> Stored | None:
    """The storage that most readers want, where it differs from the plain one."""
    plain = tuple(range(len(node.axes)))
    wanted = {u: c for u, c in uses.items() if tuple(k for k in u if k is not None) == plain and u != plain}
    if not wanted:
        return None
    best = max(wanted, key=lambda u: (wanted[u], u.count(None), str(u)))
    return best if wanted[best] >= uses.get(plain, 0) else None


@dataclass
class _Run:
    result: Lowered
    uses: Mapping[str, Counter]

    @property
    def blocks(self) -> list[Block]:
        return [*self.result.forward, *self.result.backward]


def _run(program: Program, names: Names, chosen: Mapping[str, Stored]) -> _Run:
    kinds = {"labels": "int"}
    variables = {
        n.name: Variable(identifier(n.name), tuple(range(len(n.axes))), kinds.get(n.kind, "real"))
        for n in (*program.inputs, *program.upstream)
    }
    rank = {n.name: k for k, n in enumerate((*program.inputs, *program.forward), 1)}
    back = (*program.upstream, *program.backward)
    rank |= {n.name: k - len(back) for k, n in enumerate(back)}
    shifts = frozenset(program.shifts)
    low = Lowering(
        variables,
        rank,
        shifts,
        inside=_positions(program.forward),
        wild=wild_nodes((*program.forward, *program.backward), shifts),
        gaps=nodes_with_gaps(program.backward),
    )
    taken = set(names.values()) | {identifier(n.name) for n in (*program.inputs, *program.forward, *back)}
    outputs = {n.name for n in program.outputs} | _read_by_position(program.forward, program.forward)
    results = {n.name for n in program.results} | _read_by_position(program.backward, program.backward)
    outputs |= _read_by_position(program.forward, program.backward)
    loops = {m.node.name: loop for loop in program.loops for m in loop.members}
    forward = _blocks(low, program.forward, outputs, chosen, taken, {}, loops)
    likes = {n.name: identifier(n.name) for n in (*program.inputs, *program.forward)}
    cached = {name for node in program.backward for name in nodes_of(node.expr) if name in likes}
    backward = _blocks(
        low, program.backward, results, chosen, taken, {k: v for k, v in likes.items() if k in cached}, loops
    )
    own = {identifier(n.name): n.name for n in (*program.inputs, *program.forward)}
    needed = {own[v] for block in backward for v in block.reads if v in own}
    needed |= {own[v] for v in (_likes(backward)) if v in own}
    order = [n.name for n in (*program.inputs, *program.forward)]
    cache = [n for n in order if n in needed]
    return _Run(Lowered(forward, backward, low.variables, low.counter_names, cache), low.uses)


def _positions(nodes: Iterable[Node]) -> frozenset[tuple[sp.Expr, sp.Expr]]:
    """Positions at which nodes read, as the 1 of x[1, d], with the sizes of their axes."""
    reads = ((axis, sub) for n in nodes for a in accesses(n.expr) for axis, sub in zip(a.node.axes, a.subs))
    return frozenset((axis.size, sub) for axis, sub in reads if not free_indices(sub))


def _read_by_position(nodes: Iterable[Node], readers: Iterable[Node]) -> set[str]:
    """Nodes that do not vary along one of their axes, but are read by position (in a window, a padding)."""
    flat = {n.name for n in nodes if set(n.axes) - free_indices(n.expr)}
    if not flat:
        return flat

    def plain(access: Access) -> bool:
        return all(isinstance(s, Index) for s in access.subs) and len(set(access.subs)) == len(access.subs)

    read = ((a, r.expr.has(eq)) for r in readers for a in accesses(r.expr) if a.node.name in flat)
    return {access.node.name for access, placed in read if placed or not plain(access)}


def _likes(blocks: Iterable[Block]) -> set[str]:
    return {like for block in blocks for a in block.arrays if (like := getattr(a, "like", ""))}


def _blocks(
    low: Lowering,
    nodes: Iterable[Node],
    results: set[str],
    chosen: Mapping[str, Stored],
    taken: set[str],
    likes: Mapping[str, str],
    loops: Mapping[str, StepLoop],
) -> list[Block]:
    blocks: list[Block] = []
    done: set[str] = set()
    for node in nodes:
        if node.name in done:
            continue
        if node.name in loops:
            loop = loops[node.name]
            blocks.append(Block(node, loop_statements(low, loop, chosen, taken), steps=True))
            done |= {m.node.name for m in loop.members}
            continue
        stored = chosen.get(node.name, tuple(range(len(node.axes))))
        order = tuple(node.axes[k] if k is not None else None for k in stored)
        full = node.name in results
        target = Target(identifier(node.name), node.axes if full else order, full, _like(low, node, likes))
        counters = counter_names(taken)
        statements, stored, kind = statements_for(low, node, target, counters)
        low.variables[node.name] = Variable(target.name, stored, kind)
        blocks.append(Block(node, statements))
    return blocks


def _like(low: Lowering, node: Node, likes: Mapping[str, str]) -> str:
    """A cached array of the shape of ``node``: the one that it is the gradient of."""
    name = node.adjoint_of
    if name not in likes or low.variables[name].kind != "real":
        return ""
    plain = low.variables[name].stored == tuple(range(len(node.axes)))
    return likes[name] if plain else ""


__all__ = ["Block", "Lowered", "lower"]
