"""The adjoint rule.

For a node c[idx] = expr with cotangent dc[idx], every access v[s] in expr receives

    dv[a] += sum over idx (and the indices of the reductions around the access) of   dc * d expr / d v[s] * [a = s]

The bracket [a = s] is solved where s is a plain index or counts back from the end: the sum over that index disappears.
What can not be solved (a window h + r, a gather t[n], a diagonal) stays as a bracket.  An index of c that s does not
have is a broadcast forward, hence a sum backward.  A reduction passes its cotangent on with the weight d op / d element
of :func:`weight`.

A carried node h[t] = f(h[t - 1], ...) has three cotangents: of its value at a step, of what the next step read of it,
and of its last value.  The second is carried itself, the other way through the steps, and begins with the third:

    dh[t] += dh_back[t + 1],   dh_back[t] = dc[t] * d c[t] / d h[t - 1],   dh_back[T] = dh_end,   d h[-1] = dh_back[0]
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import sympy as sp

from symnet.ir import functions as fn
from symnet.ir.expr import (
    Access,
    Index,
    Reduction,
    accesses,
    free_indices,
    fresh_index,
    mirrored,
    reduce_over,
    reindex,
    transform,
)
from symnet.ir.graph import Graph, Node
from symnet.ir.recurrence import first_step, place, without
from symnet.ir.signs import sign_of


def leaves(expr: sp.Expr) -> list[sp.Expr]:
    """The outermost accesses and reductions of a scalar expression, in a fixed order."""
    found: dict[sp.Expr, None] = {}

    def walk(part):
        if isinstance(part, (Access, Reduction)):
            found[part] = None
        else:
            for argument in part.args:
                walk(argument)

    walk(expr)
    return list(found)


def slopes(expr: sp.Expr) -> Iterator[tuple[sp.Expr, sp.Expr]]:
    """``(leaf, d expr / d leaf)`` for every leaf with a slope that is not zero everywhere."""
    found = leaves(expr)
    stand_in = {}
    for k, leaf in enumerate(found):
        if isinstance(leaf, Reduction):
            stand_in[leaf] = sp.Dummy(f"R{k}", real=True, positive=sign_of(leaf) == "positive" or None)
    masked = expr.xreplace(stand_in)
    back = {dummy: leaf for leaf, dummy in stand_in.items()}
    for leaf in found:
        variable = stand_in.get(leaf, leaf)
        bases = _bases(masked, variable)
        kept = masked.xreplace({base: b for b, base in bases.items()})
        slope = sp.S.One if masked == variable else _through(kept, variable, bases)
        if any(p.exp.free_symbols for p in slope.atoms(sp.Pow)):
            if any(p.base.has(variable, *bases) and p.exp.has(variable) for p in kept.atoms(sp.Pow)):
                slope = sp.expand_mul(slope)  # u^u (log u + u'/u)
            slope = sp.powsimp(slope, combine="exp")  # b^k / b = b^(k - 1), finite at b = 0
            slope = slope.xreplace(bases).xreplace(_logarithms(masked, variable))
        slope = _absolutes(slope.xreplace(bases))
        if slope != 0:
            yield leaf, slope.xreplace(back) if back else slope


def _bases(expr: sp.Expr, leaf: sp.Expr) -> dict[sp.Dummy, sp.Expr]:
    """Products under a power, by what stands for them: d (u v)^k / du is k v (u v)^(k - 1), not k (u v)^k / u."""
    if leaf.is_positive:
        return {}
    powers = [p for p in expr.atoms(sp.Pow) if p.base.has(leaf) and not (p.exp.is_Integer or p.exp.is_negative)]
    bases = dict.fromkeys(p.base for p in sorted(powers, key=str) if p.base.is_Mul or p.base.is_Pow)
    return {sp.Dummy(f"B{k}", real=True, positive=sign_of(b) == "positive" or None): b for k, b in enumerate(bases)}


def _through(expr: sp.Expr, leaf: sp.Expr, bases: Mapping[sp.Dummy, sp.Expr]) -> sp.Expr:
    """The slope of ``expr``, directly and through the bases that it reads."""
    return sp.Add(expr.diff(leaf), *(expr.diff(b) * base.diff(leaf) for b, base in bases.items()))


def _absolutes(slope: sp.Expr) -> sp.Expr:
    """``x sign x = |x|``: what is alike in the slopes of |x| and of its factors cancels, and no rounding is left."""

    def leaf(part: sp.Expr) -> sp.Expr | None:
        for s in part.args if part.is_Mul else ():
            if isinstance(s, fn.sign):
                number, x = s.args[0].as_coeff_Mul()
                rest = part / s
                if x in rest.args or x == rest:
                    return _absolutes(rest / x) * fn.absolute(s.args[0]) / number
        return None

    return transform(slope, leaf) if slope.has(fn.sign) else slope


def _logarithms(expr: sp.Expr, leaf: sp.Expr) -> dict[sp.Expr, sp.Expr]:
    """Of d b^k / dk = b^k log b: log (b + [b = 0]) for log b, so that the slope of 0^k is its limit, 0."""
    bases = {p.base for p in expr.atoms(sp.Pow) if p.exp.has(leaf) and sign_of(p.base) != "positive"}
    return {sp.log(b): sp.log(b + fn.eq(b, 0)) for b in bases if not expr.has(sp.log(b))}


def position(over: Iterable[Index]) -> sp.Expr:
    """The flat position of a tuple of indices, last one fastest."""
    flat: sp.Expr = sp.S.Zero
    for index in over:
        flat = flat * index.size + index
    return sp.expand(flat)


def weight(reduction: Reduction, body: sp.Expr, over: tuple[Index, ...]) -> sp.Expr:
    """d reduction / d body[over]: how much one element counts."""
    op = reduction.op
    if op == "sum":
        return sp.S.One
    if op == "logsumexp":
        return sp.exp(body - reduction)
    if op in ("max", "min"):
        return fn.eq(position(over), Reduction(f"arg{op}", reduction.body, reduction.over))
    if op == "prod":
        (i,) = over
        other = fresh_index(i)
        return reduce_over("prod", fn.where(fn.eq(other, i), sp.S.One, reindex(body, {i: other})), (other,))
    return sp.S.Zero


def pull_back(
    expr: sp.Expr, cotangent: sp.Expr, domain: frozenset[Index]
) -> Iterator[tuple[Access, sp.Expr, frozenset[Index]]]:
    """``(access, its cotangent, the indices that both run over)`` for every access in ``expr``."""
    for leaf, slope in slopes(expr):
        content, primitive = slope.as_content_primitive() if slope.is_Add else (sp.S.One, slope)
        cot = cotangent * content * primitive  # 2 (x - mu), as it would be written
        if isinstance(leaf, Access):
            if leaf.node.differentiable:
                yield leaf, cot, domain
            continue
        shared = domain & free_indices(leaf)
        cot = reduce_over("sum", cot, sorted(domain - shared, key=lambda i: i.name))
        body, over = leaf.open()
        share = weight(leaf, body, over)
        if share != 0:
            yield from pull_back(body, cot * share, shared | frozenset(over))


def collect(
    subs: tuple[sp.Expr, ...], cotangent: sp.Expr, domain: frozenset[Index], axes: tuple[Index, ...]
) -> sp.Expr:
    """sum over ``domain`` of cotangent * [axes = subscripts], with plain and mirrored subscripts solved."""
    solved: dict[Index, sp.Expr] = {}
    brackets: list[tuple[Index, sp.Expr]] = []
    for axis, sub in zip(axes, subs):
        index = sub if isinstance(sub, Index) else mirrored(sub)
        if index is not None and index in domain and index not in solved and index.size == axis.size:
            solved[index] = axis if index == sub else axis.size - 1 - axis
        else:
            brackets.append((axis, sub))
    body = sp.Mul(cotangent, *(fn.eq(axis, sub) for axis, sub in brackets))
    rest = [i for i in domain if i not in solved]
    renamed = {i: fresh_index(i) for i in rest}
    return reduce_over("sum", reindex(body, {**renamed, **solved}), renamed.values())


def active_nodes(graph: Graph, wrt: Iterable[Node]) -> set[str]:
    """The nodes that depend differentiably on ``wrt``."""
    names = {n.name for n in wrt}
    size = -1
    while size < len(names):  # a loop may need a second look
        size = len(names)
        for node in graph.definitions:
            exprs = [node.expr] if node.carry is None else [node.expr, node.carry.before]
            if any(a.node.differentiable and a.node.name in names for e in exprs for a in accesses(e)):
                names.add(node.name)
        if all(n.carry is None for n in graph.nodes):
            break
    return names


#: the cotangents that a node is given, by who receives them; see :func:`received`
Shares = Mapping[str, list[tuple[Access, sp.Expr]]]


def adjoint_contributions(node: Node, cotangent: Node, seeds: tuple[Index, ...], active: set[str]) -> Shares:
    """What ``node`` adds to the adjoint of each node that it reads, under that node's own axes."""
    fresh = tuple(fresh_index(i) for i in node.axes)
    expr = reindex(node.expr, dict(zip(node.axes, fresh)))
    return _shares(expr, cotangent[(*fresh, *seeds)], fresh, active)


def contributions_of_start(node: Node, back: Node, seeds: tuple[Index, ...], active: set[str]) -> Shares:
    """What a carried node adds through its value before the first step, whose cotangent is ``back`` there."""
    assert node.carry is not None
    fresh = {i: fresh_index(i) for i in node.axes if i != node.carry.index}
    first = first_step(node.carry)
    cotangent = back[(*(fresh.get(i, first) for i in node.axes), *seeds)]
    return _shares(reindex(node.carry.before, fresh), cotangent, tuple(fresh.values()), active)


def received(name: str, where: str) -> str:
    """Who receives a cotangent: a node, or a carried one for its value one step "back" or at the "end"."""
    return name if where == "at" else f"{name} {where}"


def _shares(expr: sp.Expr, cotangent: sp.Expr, domain: tuple[Index, ...], active: set[str]) -> Shares:
    found: dict[str, list[tuple[Access, sp.Expr]]] = {}
    for access, share, inner in pull_back(expr, cotangent, frozenset(domain)):
        node = access.node
        if node.name not in active:
            continue
        axes, subs = node.axes, access.subs
        where, step = place(access)
        if where == "back":
            subs = tuple(step if axis == node.carry.index else sub for axis, sub in zip(axes, subs))
        elif where == "end":
            axes, subs = without(access, node.carry)
        found.setdefault(received(node.name, where), []).append((access, collect(subs, share, inner, axes)))
    return found


def push_forward(expr: sp.Expr, tangents: Mapping[str, Node]) -> sp.Expr:
    """The tangent of ``expr`` for given tangents of the nodes that it reads (forward mode)."""
    terms = []
    for leaf, slope in slopes(expr):
        if isinstance(leaf, Access):
            if leaf.node.name in tangents:
                terms.append(slope * tangents[leaf.node.name][leaf.subs])
            continue
        body, over = leaf.open()
        share = weight(leaf, body, over)
        inner = push_forward(body, tangents) if share != 0 else sp.S.Zero
        if inner != 0:
            terms.append(slope * reduce_over("sum", share * inner, over))
    return sp.Add(*terms)
