"""Algebra across forward and backward, before anything is lowered.

    recompute     what is one cheap step from a stored array is not stored itself (xhat from x)
    pull out      sum_n gamma[d] dy[n,d] = gamma[d] sum_n dy[n,d]; facts: sum_c y[n,c] = 1

Coefficients are collected in :mod:`symnet.codegen.fast.collect`.  Differences of two arrays, as x - mu, stay in one
piece: multiplied out they would cancel.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import sympy as sp

from symnet.codegen.contract import nominal
from symnet.codegen.fast.collect import collect, is_difference
from symnet.codegen.fast.count import CHEAP, is_plain, names_of, passes_over
from symnet.codegen.fast.elementary import nest_polynomials, rewrite_tanh
from symnet.codegen.fast.local import local_derivatives
from symnet.codegen.fast.passes import Planner
from symnet.codegen.fast.roots import take_out
from symnet.codegen.passes import Program, define, live
from symnet.ir import functions as fn
from symnet.ir.expr import (
    Access,
    Index,
    Reduction,
    accesses,
    free_indices,
    inline,
    reduce_over,
    reindex,
    substitute,
    transform,
)
from symnet.ir.graph import Graph, Node
from symnet.rewrite.algebra import expanded
from symnet.rewrite.facts import Knowledge
from symnet.rewrite.sums import split

Definitions = dict[str, tuple[tuple[Index, ...], sp.Expr]]  # the axes and the formula of each name
#: passes over an array that are done again rather than that their result is stored
MOST_STEPS = 4 * CHEAP


def simplify(program: Program, graph: Graph, planner: Planner) -> None:
    """Rewrite ``program`` in place."""
    program.forward = [_changed(n, _open_primitives(n.expr)) for n in program.forward]
    program.backward = [_changed(n, _open_primitives(n.expr)) for n in program.backward]
    shifted = _name_shifted(program)
    knowledge = Knowledge(graph)
    passes: dict[str, Callable[[], None]] = {
        "recompute": lambda: _recompute(program, shifted),
        "pull_out": lambda: _pull_out(program, knowledge),
        "tanh": lambda: rewrite_tanh(program),
        "local_derivatives": lambda: local_derivatives(program),
        "polynomials": lambda: nest_polynomials(program),
        "roots": lambda: take_out(program, graph.parameters),
        "collect": lambda: collect(program),
    }
    for name, work in passes.items():
        if planner.on(name):
            before = [n.expr for n in (*program.forward, *program.backward)]
            work()
            planner.act(name, before != [n.expr for n in (*program.forward, *program.backward)])


def _pull_out(program: Program, knowledge: Knowledge) -> None:
    _logarithms_into_sums(program)
    program.forward = [_changed(n, _pulled_out(n.expr, knowledge)) for n in program.forward]
    program.backward = [_changed(n, _pulled_out(n.expr, knowledge)) for n in program.backward]


def _logarithms_into_sums(program: Program) -> None:
    """l = y log p + (1 - y) log q, which nothing but sum_n l[n] reads, is put into that sum: it can be taken apart."""
    nodes = {n.name: n for n in program.forward}
    readers: dict[str, list[str]] = {}
    for node in (*program.forward, *program.backward):
        for access in accesses(node.expr):
            readers.setdefault(access.node.name, []).append(node.name)
    outputs = {n.name for n in program.outputs}
    for node in reversed(program.forward):
        expr, alone = nodes[node.name].expr, readers.get(node.name, [])
        if node.name in outputs or len(alone) != 1 or alone[0] not in nodes:
            continue
        reader = nodes[alone[0]]
        if expr.is_Add and expr.has(sp.log) and not expr.has(Reduction) and _is_summed(node, reader.expr):
            nodes[reader.name] = replace(reader, expr=inline(reader.expr, {node.name: (node.axes, expr)}))
            del nodes[node.name]
    program.forward = list(nodes.values())


def _is_summed(node: Node, expr: sp.Expr) -> bool:
    """Every entry of the node is a term of a sum in the expression."""
    bodies = [r.body for r in expr.atoms(Reduction) if r.op == "sum" and node.name in names_of(r)]
    return len(bodies) == 1 and any(
        a.node.name == node.name and is_plain(a) and frozenset(a.subs) == free_indices(bodies[0])
        for a in accesses(bodies[0])
    )


def _changed(node: Node, expr: sp.Expr) -> Node:
    return node if expr == node.expr else replace(node, expr=expr)


# -- primitives -----------------------------------------------------------------------------------------------------


def _open_primitives(expr: sp.Expr) -> sp.Expr:
    """softplus(u) = max(u, 0) + log(1 + e^-|u|), where u and -u share the second part."""

    def leaf(part):
        if isinstance(part, fn.softplus):
            u = _open_primitives(part.args[0])
            negative = u.could_extract_minus_sign()
            size = -u if negative else u
            ramp = -fn.minimum(sp.S.Zero, size) if negative else fn.maximum(sp.S.Zero, size)
            return ramp + sp.log(1 + sp.exp(-fn.absolute(size)))
        return None

    return transform(expr, leaf) if expr.has(fn.softplus) else expr


def _name_shifted(program: Program) -> set[str]:
    """z - max z is computed once, for the exponential and for the logarithm; the names it gets."""
    made: set[str] = set()
    for node in list(program.forward):
        if node.name not in program.shifts or not isinstance(node.expr, Reduction):
            continue
        body, over = node.expr.open()
        exps = next(n for n in program.forward if isinstance(n.expr, sp.exp) and node.name in names_of(n.expr))
        shifted = define(program.fresh(f"{exps.name}_log", f"{exps.name}_log"), exps.expr.args[0], exps.axes)
        made.add(shifted.name)
        place = program.forward.index(exps)
        program.forward.insert(place, shifted)
        logits = next(a for a in accesses(shifted.expr) if a.node.name != node.name)
        read = _Shifted(shifted, logits, node)
        program.forward = [n if n is shifted else _changed(n, read(n.expr)) for n in program.forward]
        program.backward = [_changed(n, read(n.expr)) for n in program.backward]
    return made


@dataclass(frozen=True)
class _Shifted:
    """Reads z - max z where an expression has both."""

    node: Node
    logits: Access
    top: Node

    def __call__(self, expr: sp.Expr) -> sp.Expr:
        return transform(expr, self.leaf) if {self.top.name, self.logits.node.name} <= names_of(expr) else expr

    def leaf(self, part: sp.Expr) -> sp.Expr | None:
        if not part.is_Add:
            return None
        largest = next(a for a in accesses(self.node.expr) if a.node.name == self.top.name)
        for term in part.args:
            factor, access = term.as_coeff_Mul()
            if not isinstance(access, Access) or access.node.name != self.logits.node.name:
                continue
            place = {i: s for i, s in zip(self.logits.subs, access.subs) if isinstance(i, Index)}
            if reindex(self.logits, place) != access:
                continue
            minus = -factor * self.top[tuple(place.get(i, i) for i in largest.subs)]
            if minus in part.args:
                rest = [self(a) for a in part.args if a not in (term, minus)]
                return sp.Add(factor * self.node[tuple(place.get(i, i) for i in self.node.axes)], *rest)
        return None


# -- what is computed again -----------------------------------------------------------------------------------------


def _recompute(program: Program, kept: set[str]) -> None:
    """Cheap steps are put into their readers: forward ones into backward, scaled gradients into sums."""
    _signs_of_ramps(program)
    outputs = {n.name for n in program.outputs}
    steps = [n for n in program.forward if n.name not in outputs | kept and _is_step(n)]
    whole = _opened(steps, MOST_STEPS)
    steps = [n for n in steps if n.name in whole]
    program.backward = _with(program.backward, steps, whole)
    program.forward = _with(program.forward, steps, whole)
    results = {n.name for n in program.results}
    scaled = [n for n in program.backward if n.name not in results and _is_scaled(n)]
    backward = _with(program.backward, scaled, _opened(scaled))
    program.backward = live(backward, [n.name for n in program.results])
    read = {a.node.name for n in program.backward for a in accesses(n.expr)}
    program.forward = live(program.forward, [*(n.name for n in program.outputs), *read])


def _signs_of_ramps(program: Program) -> None:
    """Where h = max(0, z) is there, z > 0 is h > 0, so that z need not be stored."""
    ramps: dict[sp.Expr, Node] = {}
    for node in program.forward:
        if isinstance(node.expr, fn.maximum) and node.expr.args[0] == 0 and isinstance(node.expr.args[1], Access):
            ramps[node.expr.args[1]] = node
    inputs = {n.name for n in program.inputs}

    def leaf(part: sp.Expr) -> sp.Expr | None:
        if isinstance(part, fn.gt) and part.args[1] == 0 and isinstance(z := part.args[0], Access):
            for access, ramp in ramps.items():
                if access.node.name == z.node.name not in inputs and is_plain(z) and access.subs == ramp.axes:
                    return fn.gt(ramp[z.subs], sp.S.Zero)
        return None

    program.backward = [_changed(n, transform(n.expr, leaf)) for n in program.backward]


def compute_again(program: Program, planner: Planner) -> None:
    """A root of an array that is stored anyway is taken again in the backward pass, not stored as well."""
    if not planner.on("recompute"):
        return
    stored = {n.name for n in (*program.inputs, *program.outputs)}
    copies: dict[str, Node] = {}
    for node in program.forward:
        large = {a.node.name for a in accesses(node.expr) if free_indices(a) == frozenset(node.axes)}
        if node.auto and node.axes and len(large) == 1 and large <= stored and _arithmetic(node.expr):
            if any(node.name in names_of(n.expr) for n in program.backward):
                copies[node.name] = replace(node, name=program.fresh(f"{node.name}_again"))
    if not copies:
        return
    planner.act("recompute")
    readers = {name: (lambda subs, copy=copy: copy[subs]) for name, copy in copies.items()}
    program.backward = [*copies.values(), *(_changed(n, substitute(n.expr, readers)) for n in program.backward)]


def _opened(nodes: Iterable[Node], most: float = math.inf) -> Definitions:
    """What nodes are with those before them put in; only those that are ``most`` passes over their array then."""
    known: Definitions = {}
    for node in nodes:
        expr = inline(node.expr, {name: known[name] for name in names_of(node.expr) & known.keys()})
        if passes_over(expr, frozenset(node.axes)) <= most:
            known[node.name] = (node.axes, expr)
    return known


def _with(nodes: Iterable[Node], definitions: Iterable[Node], known: Definitions) -> list[Node]:
    """The nodes with some definitions put in, which are ``known`` as a whole.

    A matrix product takes the factor of an array out of itself, where its result is no larger than the array; any other
    operand has to stand somewhere as a whole, and then others read it there as well.
    """
    result = []
    nodes = list(nodes)
    products = [product for node in nodes for product in _products(node.expr)]
    whole = {node.name for node in definitions if any(_is_needed(node, p) for p in products)}
    for node in nodes:
        inlined = known.keys() & names_of(node.expr) - whole
        result.append(_changed(node, inline(node.expr, {name: known[name] for name in inlined})))
    return result


def _products(expr: sp.Expr) -> list[Reduction]:
    """The matrix products: sums over more indices than any operand has as it lies."""
    sums = [r for r in expr.atoms(Reduction) if r.op == "sum"]
    return [
        r for r in sums if not any(is_plain(a) and free_indices(a) == free_indices(r.body) for a in accesses(r.body))
    ]


def _is_needed(node: Node, product: Reduction) -> bool:
    """A product reads the node, and what scales it could not leave the product for a result as small."""
    if isinstance(node.expr, Access) or node.name not in names_of(product.body):
        return False
    larger = math.prod(map(nominal, free_indices(product))) > math.prod(map(nominal, node.axes))
    return larger or not _is_scaled(node)


def _is_step(node: Node) -> bool:
    """An arithmetic step from one array of the same size."""
    expr = node.expr
    if not node.axes or not _arithmetic(expr):
        return False
    domain = frozenset(node.axes)
    large = {a.node.name for a in accesses(expr) if free_indices(a) == domain}
    return len(large) == 1 and passes_over(expr, domain) <= CHEAP and all(is_plain(a) for a in accesses(expr))


def _is_scaled(node: Node) -> bool:
    """An array times smaller ones."""
    factors = sp.Mul.make_args(node.expr)
    domain = frozenset(node.axes)
    large = [f for f in factors if free_indices(f) == domain]
    if len(domain) < 2 or len(large) != 1 or not isinstance(large[0], Access) or not is_plain(large[0]):
        return False
    return all(_arithmetic(f) for f in factors)


def _arithmetic(expr: sp.Expr) -> bool:
    """Sums, products, quotients and roots of small arrays."""
    if isinstance(expr, Access) or not free_indices(expr):
        return True
    if expr.is_Add or expr.is_Mul:
        return all(map(_arithmetic, expr.args))
    return expr.is_Pow and expr.exp.is_number and _arithmetic(expr.base)


# -- sums -----------------------------------------------------------------------------------------------------------


def _pulled_out(expr: sp.Expr, knowledge: Knowledge) -> sp.Expr:
    if not expr.has(Reduction):
        return expr
    return split(transform(expr, lambda part: _shorter_sum(part) or _apart(part, knowledge)), knowledge)


def _shorter_sum(part: sp.Expr) -> sp.Expr | None:
    """y (r - z + l) + (1 - y) (r + l) = r + l - y z; the logarithms log(1 + e^-|z|) have a sum of their own."""
    if not (isinstance(part, Reduction) and part.op == "sum" and part.body.is_Add):
        return None
    body, over = part.open()
    wide = expanded(body)
    domain = free_indices(body)
    logs = [t for t in sp.Add.make_args(wide) if isinstance(t.as_coeff_Mul()[1], sp.log)]
    before, after = passes_over(body, domain), passes_over(wide, domain)
    if after > before or (after == before and not any(t.atoms(fn.absolute) for t in logs)):
        return None
    rest = sp.Add(*(t for t in sp.Add.make_args(wide) if t not in logs))
    return sp.Add(*(reduce_over("sum", part, over) for part in (*logs, rest)))


def _apart(part: sp.Expr, knowledge: Knowledge) -> sp.Expr | None:
    """sum_nc y (u - log s) = sum_nc y u - sum_n log s: where a term of a bracket needs less than the whole sum.

    Of sum_n a (1 - z) neither does: that stays, for apart both sums would cancel where z is near 1.
    """
    if not (isinstance(part, Reduction) and part.op == "sum" and part.body.is_Mul):
        return None
    body, over = part.open()
    domain = free_indices(body)
    brackets = [f for f in body.args if f.is_Add and not is_difference(f, domain)]
    if len(brackets) != 1:
        return None
    rest = body / brackets[0]
    terms = [split(reduce_over("sum", t * rest, over), knowledge) for t in brackets[0].args]
    whole = [[r for r in t.atoms(Reduction) if _size(r) == len(domain)] for t in terms]
    work = sum(passes_over(r.body, domain) for found in whole for r in found)
    return sp.Add(*terms) if not all(whole) and work < passes_over(body, domain) else None


def _size(reduction: Reduction) -> int:
    return len(free_indices(reduction.body))


__all__ = ["Graph", "compute_again", "simplify"]
