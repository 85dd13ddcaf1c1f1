"""The notation of a whole page, and the printer that writes out what an array is equal to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import sympy as sp

from symnet.ir.expr import Access, Index, nodes_of, reindex
from symnet.ir.graph import Node
from symnet.printing.dialects import Box, Dialect
from symnet.printing.index_notation import Notation, Printer, Scope
from symnet.printing.names import Names, Symbol, symbol_of

if TYPE_CHECKING:
    from symnet.derivation import Derivation

Put = Mapping[str, tuple[tuple[Index, ...], sp.Expr]]


class PutIn(Printer):
    """Prints some arrays as what they are equal to, in brackets where needed, before anything is simplified."""

    def __init__(self, notation: Notation, dialect: Dialect, put: Put) -> None:
        super().__init__(notation, dialect)
        self.put = put

    def access(self, access: Access, scope: Scope) -> Box:
        name = access.node.name
        if name not in self.put:
            return super().access(access, scope)
        axes, expr = self.put[name]
        later = list(self.put)[list(self.put).index(name) + 1 :]
        inner = PutIn(self.notation, self.dialect, {n: self.put[n] for n in later})
        return inner.box(reindex(expr, dict(zip(axes, access.subs))), scope)


def seeds_of(derivation: Derivation) -> tuple[Node, ...]:
    """What a Jacobian or Hessian starts from, the derivative of an entry of the output by an entry of the output."""
    if derivation.what not in ("jacobian", "hessian"):
        return ()
    chain = [s for s in derivation.steps if s.kind == "chain"]
    known = {s.node.name for s in chain}
    starts = [s.node.carry.before for s in chain if s.node.carry is not None]
    read = {name: node for expr in (*(s.after for s in chain), *starts) for name, node in nodes_of(expr).items()}
    return tuple(n for name, n in read.items() if n.adjoint_of and name not in known)


def notation_of(derivation: Derivation) -> Notation:
    """One notation for everything that a derivation names."""
    nodes: dict[str, Node] = {n.name: n for n in derivation.stable.nodes}
    late: list[Node] = [*derivation.upstream, *(s.node for s in derivation.steps), *derivation.backward]
    late += derivation.gradients.values()
    late = [*seeds_of(derivation), *late]
    extra: dict[str, Node] = {}
    for node in late:
        if node.name not in nodes:
            extra.setdefault(node.name, node)
    tangents = {n.name: n.tangent_of for n in extra.values() if n.tangent_of}
    if derivation.what in ("hessian", "hvp"):  # the adjoints are nodes of the graph
        adjoints = {s.node.name: s.node.adjoint_of for s in derivation.steps if s.node.name in nodes}
        nodes = {name: replace(n, adjoint_of=adjoints.get(name, "")) for name, n in nodes.items()}
    return Notation(replace(derivation.stable, nodes=tuple(nodes.values())), extra.values(), tangents)


#: what a loss is called
LOSSES = ("L", "J", "E", "Q", "Loss", "loss")


def any_loss(names: Names) -> Symbol:
    """The loss that gradients are of: a symbol that is no array and no number of entries, where there is one."""
    losses = [*map(symbol_of, LOSSES)]
    return next((loss for loss in losses if names.is_free(loss.latex())), losses[0])


def any_quantity(derivation: Derivation, names: Names) -> str:
    """A letter that is no array and no index of the page, where there is one."""
    nodes = derivation.graph.nodes
    arrays = {names.node(n.name).base for n in nodes}
    indices = {i.label for n in nodes for i in n.axes}
    letters = "vuqrabcefghijklmnopstwxyz"
    computed = set(derivation.stable.by_name)
    free = [x for taken in (arrays | indices, arrays, computed) for x in letters if x not in taken]
    return free[0]
