"""What the graph passes before lowering share: a program of nodes, fresh names, canonical keys of subexpressions."""

from __future__ import annotations

import keyword
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import sympy as sp

from symnet.codegen.order import outer_accesses
from symnet.ir.expr import Access, Index, Reduction, Size, accesses, free_indices, reindex
from symnet.ir.graph import Node
from symnet.ir.recurrence import Steps, arranged, blocks

if TYPE_CHECKING:
    from symnet.codegen.storage import StepLoop

#: names that the lines of forward and backward read, and all that the generated code itself uses
CALLED = frozenset(("np", "sliding_window_view", "BLOCK", "range", "reversed", "bool", "int", "float"))
RESERVED = CALLED | {"cache", "dtype", "NAME", "AXES", "numba", "len"}


@dataclass
class Program:
    """Two lists of nodes, computed in order; ``backward`` reads what ``forward`` has computed.

    ``shifts`` are the maxima that were introduced for stability, ``labels`` the order of axes, of which the ``steps``
    of loops come first, so that each lies in one piece; ``loops`` say which nodes are computed step by step.
    """

    inputs: tuple[Node, ...]
    forward: list[Node]
    outputs: tuple[Node, ...]
    upstream: tuple[Node, ...] = ()
    backward: list[Node] = field(default_factory=list)
    results: tuple[Node, ...] = ()
    shifts: set[str] = field(default_factory=set)
    taken: set[str] = field(default_factory=set)
    labels: dict[str, int] = field(default_factory=dict)
    steps: list[str] = field(default_factory=list)
    loops: list[StepLoop] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.taken |= {n.name for n in (*self.inputs, *self.forward, *self.upstream, *self.backward)}
        self.steps = [n.carry.index.label for n in (*self.forward, *self.backward) if n.carry is not None]
        self.labels = self.ranks(i.label for n in (*self.inputs, *self.forward) for i in n.axes)
        for node in (*self.inputs, *self.forward, *self.backward):
            for index in node.axes:
                self.taken |= {s.label for s in index.size.free_symbols if isinstance(s, Size)}

    def ranks(self, axes: Iterable[str]) -> dict[str, int]:
        """An order of all axes in which those of steps come first, then the given ones."""
        return {label: k for k, label in enumerate(dict.fromkeys((*self.steps, *axes, *self.labels)))}

    def fresh(self, *wanted: str) -> str:
        """The first of the wanted names that is free, else the last of them with a number."""
        for name in wanted:
            if self.free(name):
                self.taken.add(name)
                return name
        k = 2
        while not self.free(f"{wanted[-1]}_{k}"):
            k += 1
        self.taken.add(f"{wanted[-1]}_{k}")
        return f"{wanted[-1]}_{k}"

    def free(self, name: str) -> bool:
        return name.isidentifier() and name not in self.taken and name not in RESERVED and not keyword.iskeyword(name)


@contextmanager
def without_steps(program: Program) -> Iterator[Program]:
    """The program with what is computed step by step as given, for passes that know of no steps.

    What the steps read is wanted of it; afterwards its nodes are those of ``program``.
    """
    found = [block for nodes in (program.forward, program.backward) for block in blocks(nodes)]
    steps = {name: block for block in found if isinstance(block, Steps) for name in block.names}
    if not steps:
        yield program
        return
    wanted = {name for block in steps.values() for node in block.nodes for name in node.reads}
    wanted |= {node.name for node in (*program.outputs, *program.results)}

    def apart(nodes: Iterable[Node]) -> tuple[list[Node], list[Node]]:
        nodes = list(nodes)
        return [n for n in nodes if n.name not in steps], [n for n in nodes if n.name in steps]

    forward, states = apart(program.forward)
    backward, slopes = apart(program.backward)
    rest = Program(
        (*program.inputs, *states),
        forward,
        tuple(n for n in forward if n.name in wanted),
        (*program.upstream, *slopes),
        backward,
        tuple(n for n in backward if n.name in wanted),
        program.shifts,
        program.taken,
    )
    yield rest
    program.forward = list(arranged((*rest.forward, *states)))
    program.backward = list(arranged((*rest.backward, *slopes)))


def natural_axes(expr: sp.Expr, labels: Mapping[str, int] | None = None) -> tuple[Index, ...]:
    """The free indices of ``expr`` in the order of its largest operand.

    Where none has them all (a contraction) they stand in the order of ``labels``, if that is given.
    """
    free = free_indices(expr)
    found: list[tuple[int, str, tuple[Index, ...]]] = []
    for access in (*outer_accesses(expr), *sorted(accesses(expr), key=lambda a: a.name)):
        sequence = tuple(dict.fromkeys(s for s in access.subs if isinstance(s, Index) and s in free))
        found.append((-len(sequence), "", sequence))
    best = min(found, key=lambda f: f[0])[2] if found else ()
    if labels is not None and len(best) < len(free):
        return tuple(sorted(free, key=lambda i: (labels.get(i.label, len(labels)), i.name)))
    rest: list[Index] = []
    for _, _, sequence in found:
        rest += [i for i in sequence if i not in best and i not in rest]
    return (*best, *rest, *sorted((i for i in free if i not in best and i not in rest), key=lambda i: i.name))


def canonical(expr: sp.Expr) -> tuple[sp.Expr, tuple[Index, ...]]:
    """A key that is equal for equal expressions under other names of their free indices, and those indices."""
    axes = natural_axes(expr)
    return reindex(expr, {i: Index(f"_{k}", i.size) for k, i in enumerate(axes)}), axes


def own_axes(axes: Iterable[Index]) -> tuple[Index, ...]:
    """Axes for a new node: the same indices at level 0, with distinct labels."""
    result: list[Index] = []
    for index in axes:
        label, k = index.label, 2
        while any(i.label == label for i in result):
            label, k = f"{index.label}{k}", k + 1
        result.append(Index(label, index.size))
    return tuple(result)


def define(name: str, expr: sp.Expr, axes: Iterable[Index]) -> Node:
    """A node for ``expr`` over ``axes`` (its free indices, of any level)."""
    axes = tuple(axes)
    new = own_axes(axes)
    return Node(name, new, reindex(expr, dict(zip(axes, new))), auto=True)


def operand_name(expr: sp.Expr) -> str:
    """A word for an expression: the names of its first arrays."""
    words = list(dict.fromkeys(a.node.name for a in sorted(accesses(expr), key=lambda a: a.name)))
    return "_".join(words[:2]) or "v"


def live(nodes: Iterable[Node], wanted: Iterable[str]) -> list[Node]:
    """The nodes that the wanted ones depend on, in order."""
    keep = set(wanted)
    result: list[Node] = []
    for block in reversed(blocks(nodes)):
        group = block.nodes if isinstance(block, Steps) else (block,)
        if any(node.name in keep for node in group):
            result += group[::-1]
            keep |= {name for node in group for name in node.reads}
    return result[::-1]


__all__ = ["Access", "Mapping", "Program", "Reduction", "canonical", "define", "live", "natural_axes", "operand_name"]
