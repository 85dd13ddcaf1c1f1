"""Local derivatives: the factor of a gradient that the forward pass knows.

    dt = dy x / 2,  du = dt (1 - t^2),  dx = dy (1 + t) / 2 + du c      ->      dx = dy f(x, t)

A chain of elementwise steps from one upstream gradient to the result is one product: what stands beside that gradient
is computed in the forward pass, where its operands are in the cache, and stored instead of them.  That of a loss stands
alone then, and as a rule it is 1: the result is what is stored, with its numbers.  Where it is a step on the way to
others, its numbers stay with the gradient of the loss, which is a number too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import sympy as sp

from symnet.codegen.fast.count import CHEAP, is_plain, names_of, passes_over
from symnet.codegen.fast.elementary import nested
from symnet.codegen.passes import Program, define
from symnet.ir import functions as fn
from symnet.ir.expr import Index, Reduction, accesses, free_indices, inline
from symnet.ir.graph import Node


def local_derivatives(program: Program) -> None:
    """Chains become products, and what forward knows of them is stored."""
    _join_chains(program)
    _store(program)


def _join_chains(program: Program) -> None:
    """Every result that is one upstream gradient times local things is written so."""
    forward = {n.name for n in (*program.inputs, *program.forward)}
    results = {n.name for n in program.results}
    readers = _readers(program)
    for node in list(program.backward):
        chain = _chain(program, node, results, readers) if node.name in results else []
        if not chain:
            continue
        joined = _linear(inline(node.expr, _definitions(chain)), frozenset(node.axes), forward)
        domain = frozenset(node.axes)
        before = sum(passes_over(n.expr, domain) for n in (*chain, node))
        if joined is not None and passes_over(sp.Mul(*joined.args), domain) <= before:
            gone = {n.name for n in chain}
            program.backward = [n for n in program.backward if n.name not in gone]
            place = program.backward.index(node)
            program.backward[place] = replace(node, expr=joined)
            for read in readers.values():
                if read & gone:
                    read -= gone
                    read.add(node.name)


def _readers(program: Program) -> dict[str, set[str]]:
    """The backward nodes that read a variable."""
    readers: dict[str, set[str]] = {}
    for node in program.backward:
        for name in names_of(node.expr):
            readers.setdefault(name, set()).add(node.name)
    return readers


def _chain(program: Program, end: Node, results: set[str], readers: Mapping[str, set[str]]) -> list[Node]:
    """The elementwise intermediate gradients that nobody reads but ``end`` and one another, in their order."""
    chain: list[Node] = []
    names = {end.name}
    for node in reversed(program.backward[: program.backward.index(end)]):
        read = readers.get(node.name, set())
        alone = node.name not in results and read and read <= names
        if alone and frozenset(node.axes) == frozenset(end.axes) and not node.expr.has(Reduction, fn.eq):
            chain.insert(0, node)
            names.add(node.name)
    return chain


def _definitions(chain: Iterable[Node]) -> dict[str, tuple[tuple[Index, ...], sp.Expr]]:
    known: dict[str, tuple[tuple[Index, ...], sp.Expr]] = {}
    for node in chain:
        known[node.name] = (node.axes, inline(node.expr, known))
    return known


def _linear(expr: sp.Expr, domain: frozenset[Index], forward: set[str]) -> sp.Expr | None:
    """``expr`` as an upstream gradient times a factor of the forward pass; None where it is not that."""
    if expr.has(Reduction, fn.eq):
        return None
    given = [a for a in accesses(expr) if a.node.name not in forward]
    if len(given) != 1 or free_indices(given[0]) not in (domain, set()) or not all(map(is_plain, accesses(expr))):
        return None
    terms = sp.Add.make_args(expr)
    factors = [sp.cancel(t / given[0]) if not t.is_Mul and t != given[0] else t / given[0] for t in terms]
    if any(f.has(given[0]) for f in factors):
        return None
    return sp.Mul(given[0], sp.factor_terms(sp.Add(*factors)), evaluate=False)


def _store(program: Program) -> None:
    """dx = dy f(x, t): f is stored instead of x and t, where that saves passes over memory."""
    own = {n.name for n in (*program.inputs, *program.forward)}
    stored = {n.name for n in (*program.inputs, *program.outputs)}
    results = {n.name for n in program.results}
    readers = _readers(program)
    result = []
    for node in program.backward:
        local, rest = _apart(node.expr, own)
        of_loss = not any(map(free_indices, rest))
        product = sp.Mul(*local)
        domain = frozenset(node.axes)
        arrays = {a.node.name for a in accesses(product) if free_indices(a) == domain}
        plain = all(map(is_plain, accesses(product)))
        several = len(arrays) >= 2 or product.has(fn.eq) or of_loss
        spared = arrays - stored  # what would be stored for this node
        needed = 1 if spared and all(readers[name] == {node.name} for name in spared) else CHEAP
        if rest and plain and several and spared and passes_over(product, domain) >= needed:
            if of_loss and node.name in results:  # it may stand alone then
                product = _times(sp.Mul(*(f for f in rest if not names_of(f))), product, domain)
                rest = [f for f in rest if names_of(f)]
            made = define(program.fresh(f"local_{node.name}", f"local_{node.name}"), product, node.axes)
            program.forward.append(made)
            node = replace(node, expr=sp.Mul(*rest, made[node.axes]))
        result.append(node)
    program.backward = result


def _apart(expr: sp.Expr, own: set[str]) -> tuple[list[sp.Expr], list[sp.Expr]]:
    """The factors that forward knows, and the others; a number goes into a bracket where it costs nothing there."""
    factors = sp.Mul.make_args(expr)
    local = [f for f in factors if f.is_number or _known(f, own)]
    rest = [f for f in factors if f not in local]
    numbers = [f for f in local if f.is_number]
    arrays = [f for f in local if not f.is_number]
    if numbers and len(arrays) == 1:  # SymPy multiplies the number into the bracket
        inside = nested(sp.Mul(*local))
        if passes_over(inside, free_indices(inside)) > passes_over(arrays[0], free_indices(inside)):
            return arrays, rest + numbers
        return [inside], rest
    return local, rest


def _times(number: sp.Expr, product: sp.Expr, domain: frozenset[Index]) -> sp.Expr:
    """Their product; the number goes into a bracket where each term has one already, or is 0 but for few places."""

    def takes(term: sp.Expr) -> bool:
        small = [f for f in sp.Mul.make_args(term) if free_indices(f) != domain]
        return term.has(fn.eq) or any(f not in (1, -1) for f in small)

    factors = sp.Mul.make_args(product)
    for bracket in factors:
        if bracket.is_Add and all(map(takes, bracket.args)):
            others = [f for f in factors if f is not bracket]
            return sp.Mul(*others, sp.Add(*(number * term for term in bracket.args)))
    return sp.Mul(number, product, evaluate=False)


def _known(factor: sp.Expr, own: set[str]) -> bool:
    names = names_of(factor)
    return bool(names) and names <= own and not factor.has(Reduction)
