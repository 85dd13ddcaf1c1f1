"""The notation of a whole page, and the printer that writes out what an array is equal to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import sympy as sp

from symnet.ir.expr import Access, Index, reindex
from symnet.ir.graph import Node
from symnet.printing.dialects import Box, Dialect
from symnet.printing.index_notation import Notation, Printer, Scope

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


def notation_of(derivation: Derivation) -> Notation:
    """One notation for everything that a derivation names."""
    nodes: dict[str, Node] = {n.name: n for n in derivation.stable.nodes}
    late: list[Node] = [*derivation.upstream, *(s.node for s in derivation.steps), *derivation.backward]
    late += derivation.gradients.values()
    if derivation.what in ("jacobian", "hessian"):
        output = derivation.stable.outputs[0]
        axes = (*output.axes, *(Index(i.label, i.size, -1) for i in output.axes))
        late.insert(0, Node(f"d{output.name}", axes, adjoint_of=output.name))
    extra: dict[str, Node] = {}
    for node in late:
        if node.name not in nodes:
            extra.setdefault(node.name, node)
    tangents = {}
    if derivation.what in ("jvp", "hvp"):
        tangents = {name: name[1:] for name in extra if name.startswith("t") and name[1:] in nodes}
    own = derivation.graph.by_name
    renamed = [  # in a Hessian the adjoints are nodes of the graph
        replace(n, adjoint_of=n.name[1:]) if n.name not in own and n.name[1:] in own else n for n in nodes.values()
    ]
    return Notation(replace(derivation.stable, nodes=tuple(renamed)), extra.values(), tangents)
