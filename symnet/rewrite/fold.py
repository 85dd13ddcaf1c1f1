"""Folding back: an expression of the backward pass names what the forward pass has computed already.

Two ways, both read off the forward definition v = f:
- *known name*: an instance of f becomes v, as in e^{z - lse} -> p, and a power of f becomes a power of v;
- *inverse*: where f = A b with b never zero, A becomes v / b, as in x - mu -> xhat sqrt(var + eps).
The first always pays; the second is tried and kept where the cost drops.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import sympy as sp

from symnet.ir import functions as fn
from symnet.ir.expr import Access, Index, Reduction, reindex, transform
from symnet.ir.graph import Graph, Node
from symnet.ir.signs import sign_of
from symnet.rewrite.match import match, skeleton


@dataclass(frozen=True)
class Identity:
    """``old = new`` under the node's own indices, with the node whose definition says so."""

    old: sp.Expr
    new: sp.Expr
    node: Node


class Definitions:
    """The definitions of a forward graph, ready to be recognised."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.direct: dict[str, list[Identity]] = {}
        self.powers: dict[str, list[Identity]] = {}
        self.inverse: dict[str, list[tuple[int, Identity]]] = {}
        for node in graph.definitions:
            if isinstance(node.expr, Access) or node.expr.is_number or not node.expr.args:
                continue
            self._add(self.direct, node.expr, node.value, node)
            if node.expr.is_Pow:
                self._add(self.powers, node.expr.base, node.value, node)
            for identity in _inverses(node, graph):
                entry = (sum(map(len, self.inverse.values())), identity)
                self.inverse.setdefault(skeleton(identity.old), []).append(entry)
            if isinstance(node.expr, fn.maximum) and node.expr.args[0].is_number:
                bound, inner = node.expr.args  # m = max(0, u): [u > 0] is [m > 0]
                if not isinstance(inner, Access):
                    self._add(self.direct, fn.gt(inner, bound), fn.gt(node.value, bound), node)
            if isinstance(node.expr, fn.sigmoid):
                mirrored = fn.sigmoid(-node.expr.args[0])
                self._add(self.direct, mirrored, 1 - node.value, node)

    def _add(self, table: dict[str, list[Identity]], old: sp.Expr, new: sp.Expr, node: Node) -> None:
        table.setdefault(skeleton(old), []).append(Identity(old, new, node))

    def name(self, expr: sp.Expr, used: list[Identity]) -> sp.Expr:
        """``expr`` with every instance of a definition replaced by its name."""

        def leaf(part):
            if not part.args or isinstance(part, Access):
                return None
            for identity in self.direct.get(skeleton(part), ()):
                mapping = match(identity.old, part)
                if mapping is not None and _complete(identity, mapping):
                    used.append(identity)
                    return reindex(identity.new, mapping)
            if part.is_Pow and part.exp.is_Rational:
                for identity in self.powers.get(skeleton(part.base), ()):
                    ratio = part.exp / identity.node.expr.exp
                    mapping = match(identity.old, part.base)
                    if ratio.is_Integer and mapping is not None and _complete(identity, mapping):
                        used.append(Identity(identity.node.expr, identity.node.value, identity.node))
                        return reindex(identity.new, mapping) ** ratio
            return None

        return transform(expr, leaf)

    def inverses(self, expr: sp.Expr) -> Iterator[Identity]:
        """Identities A = v / b whose left side occurs in ``expr``."""
        found = {k: i for shape in _shapes(expr) for k, i in self.inverse.get(shape, ())}
        yield from (found[k] for k in sorted(found))


def apply(identity: Identity, expr: sp.Expr) -> sp.Expr:
    """``expr`` with every instance of ``identity.old`` (or of its negative) replaced."""
    shapes = {skeleton(identity.old): (identity.old, identity.new)}
    negative = sp.expand_mul(-identity.old) if identity.old.is_Add else -identity.old
    shapes.setdefault(skeleton(negative), (negative, -identity.new))

    def leaf(part):
        found = shapes.get(skeleton(part)) if part.args or isinstance(part, Access) else None
        if found is not None:
            mapping = match(found[0], part)
            if mapping is not None and _complete(identity, mapping):
                return reindex(found[1], mapping)
        if part.is_Add and identity.old.is_Add:
            content, primitive = part.as_content_primitive()
            if content != 1:
                return content * transform(primitive, leaf)
        return None

    return transform(expr, leaf)


def _complete(identity: Identity, mapping: dict) -> bool:
    """Every axis is known; where steps read each other, a step stands for a step, never for one before the first."""
    node = identity.node
    carries = [node.carry, *(n.carry for n in node.reads.values())]
    steps = {c.index for c in carries if c is not None}
    return all(axis in mapping and (axis not in steps or isinstance(mapping[axis], Index)) for axis in node.axes)


def _shapes(expr: sp.Expr) -> set[str]:
    found = {skeleton(expr)}
    for part in sp.preorder_traversal(expr):
        if isinstance(part, Access) or part.args:
            found.add(skeleton(part))
            if part.is_Add:
                found.add(skeleton(sp.expand_mul(-part)))
                found.add(skeleton(part.as_content_primitive()[1]))
                found.add(skeleton(sp.expand_mul(-part.as_content_primitive()[1])))
    return found


def _inverses(node: Node, graph: Graph) -> Iterator[Identity]:
    factors = sp.Mul.make_args(node.expr)
    if len(factors) < 2:
        return
    for factor in factors:
        rest = sp.Mul(*(f for f in factors if f is not factor))
        interesting = factor.is_Add or isinstance(factor, (Access, Reduction))
        interesting |= factor.is_Function and rest.is_number
        if not interesting or set(node.axes) - _indices(factor):
            continue
        if all(never_zero(f, graph) or (isinstance(f, Access) and f.is_positive) for f in sp.Mul.make_args(rest)):
            yield Identity(factor, node.value / rest, node)


def _indices(expr: sp.Expr):
    from symnet.ir.expr import free_indices

    return set(free_indices(expr))


def divides_anew(new: sp.Expr, old: sp.Expr, graph: Graph) -> bool:
    """Does ``new`` divide by what may be 0 and by which ``old`` does not divide?

    With y = x s, s (g + x (1 - s)) may become s g + y (1 - s); g + x alone may not become g + y / s.
    """
    return not all(never_zero(base, graph) for base in _divisors(new) - _divisors(old))


def _divisors(expr: sp.Expr) -> set[sp.Expr]:
    powers = (p for p in sp.preorder_traversal(expr) if isinstance(p, sp.Pow) and p.exp.could_extract_minus_sign())
    return {f for p in powers for f in sp.Mul.make_args(p.base)}


def never_zero(expr: sp.Expr, graph: Graph) -> bool:
    """Does ``expr`` stay away from zero wherever it is defined?

    What only tends to zero is not enough: e^z is 0 for z = -inf, as in masked attention, and in floats long before.
    """
    if isinstance(expr, Access):
        node = graph.by_name.get(expr.node.name)
        if node is None or node.carry is not None:  # a recurrence says of a step only what it says of the one before
            return False
        return node.kind == "positive" if node.expr is None else never_zero(node.expr, graph)
    if expr.is_number or expr.is_Symbol:
        return expr.is_positive is True or expr.is_negative is True
    if expr.is_Pow and expr.exp.is_negative:
        return True
    if expr.is_Mul or (expr.is_Pow and expr.exp.is_positive):
        return all(never_zero(a, graph) for a in (expr.args if expr.is_Mul else (expr.base,)))
    if expr.is_Add:
        return all(map(sign_of, expr.args)) and any(never_zero(a, graph) for a in expr.args)
    if isinstance(expr, Reduction):
        return expr.op in ("sum", "prod", "max", "min") and sign_of(expr) != "" and never_zero(expr.body, graph)
    return isinstance(expr, sp.cosh)
