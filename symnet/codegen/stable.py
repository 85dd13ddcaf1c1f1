"""Numerically stable forms that need nodes of their own: a graph-to-graph pass before lowering.

    logsumexp z                  zmax = max z;  e = exp(z - zmax);  s = sum e;   zmax + log s
    exp(z - logsumexp z)         e / s
    z - logsumexp z              (z - zmax) - log s          large numbers meet only in z - zmax
    1 - t^2,  t = tanh           (1 - t) (1 + t)
    (1 - s)^a,  s = sigmoid u    sigmoid(-u)^a, for a power that is steep at 0, where 1 - s is rounded
    y softplus(-u) + (1 - y) softplus(u)
                                 max(u, 0) - y u + log(1 + e^-|u|)
    u + softplus(v - u)          max(u, v) + log(1 + e^-|v - u|)    log(e^u + e^v), whichever is the larger
    k x^(k - 1)                  k x^max(k - 1, 0) for a position k, else k x^(k - 1 + [k = 0]): 0 for k = 0
    e^u (1 - tanh(e^u)^2)        min(e^u, 10^17) (1 - tanh(e^u)^2): what has vanished long before e^u is infinite is 0

Each logsumexp is computed once, for forward and backward.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product

import sympy as sp

from symnet.codegen.passes import Program, canonical, define, natural_axes
from symnet.ir import functions as fn
from symnet.ir.expr import Access, Constant, Index, Reduction, accesses, free_indices, reduce_over, reindex, transform
from symnet.ir.graph import Node, Parameter
from symnet.ir.signs import sign_of

#: where what vanishes with e^u has long vanished, and a square is no infinity in float32
HUGE = sp.Integer(10) ** 17


def stabilise(program: Program, look_into: bool = False, parameters: tuple[Parameter, ...] = ()) -> None:
    """Rewrite the nodes of ``program`` in place.

    Where names may be looked into, the exponential of a named ``z - logsumexp z`` is  e / s  as well, unless it is an
    output, which is stored in any case.
    """
    work = _Stabiliser(program, look_into, parameters)
    program.forward = work.nodes(program.forward)
    program.backward = work.nodes(program.backward)


@dataclass(frozen=True)
class Parts:
    """The nodes of a logsumexp; ``places`` says of each axis of ``exps`` which index it is, free ones before bound."""

    top: Node
    exps: Node
    total: Node
    places: tuple[int, ...]

    def terms(self, indices: Sequence[sp.Expr]) -> Access:
        """The exponentials, read at these free and bound indices."""
        return self.exps[tuple(indices[k] for k in self.places)]

    def of(self, node: Node, free: Sequence[Index]) -> Access:
        """``top`` or ``total``, whose axes stand as those of ``exps``."""
        return node[tuple(free[k] for k in self.places if k < len(free))]


class _Stabiliser:
    def __init__(self, program: Program, look_into: bool, parameters: tuple[Parameter, ...]) -> None:
        self.program = program
        self.small = {p.symbol for p in parameters if p.limits is not None and p.limits.low < 1}
        self.known: dict[sp.Expr, Parts] = {}
        self.new: list[Node] = []
        self.named = {n.name: n for n in program.forward if _is_logsumexp(n.expr) and n.carry is None}
        inner = [n for n in program.forward if look_into and n.carry is None and n not in program.outputs]
        self.logs = {n.name: n for n in inner if n.expr.is_Add}
        self.tanh = {n.name for n in program.forward if isinstance(n.expr, sp.tanh)}
        self.defined = {n.name: n for n in (*program.forward, *program.backward) if n.carry is None}
        self.sigmoids = {n.name: n for n in program.forward if isinstance(n.expr, fn.sigmoid) and n.carry is None}

    def nodes(self, nodes: list[Node]) -> list[Node]:
        result: list[Node] = []
        for node in nodes:
            assert node.expr is not None
            expr = self.rewrite(node.expr)
            result += [*self.new, node if expr == node.expr else replace(node, expr=expr)]
            self.new = []
        return result

    def rewrite(self, expr: sp.Expr) -> sp.Expr:
        return transform(expr, self.leaf) if any(map(self.concerns, sp.preorder_traversal(expr))) else expr

    def concerns(self, part: sp.Expr) -> bool:
        """Something that this pass may rewrite."""
        if isinstance(part, Access):
            return part.node.name in self.named
        if isinstance(part, sp.exp) and isinstance(part.args[0], Access):
            return part.args[0].node.name in self.logs
        if part.is_Pow:
            return part.exp == 2 or (part.base.is_Add and self.is_steep(part.exp))
        return (
            _is_logsumexp(part)
            or isinstance(part, fn.softplus)
            or (part.is_Mul and (_slope_of_power(part) is not None or self.held(part) is not None))
        )

    def leaf(self, part: sp.Expr) -> sp.Expr | None:
        if isinstance(part, sp.exp):
            exponent = self.opened(self.sum(part.args[0]))
            for term in sp.Add.make_args(exponent):
                if _is_logsumexp(-term):
                    return self.softmax(-term, exponent - term)
        if part.is_Pow and self.is_steep(part.exp):
            for sign in (1, -1) if part.exp.is_Integer else (1,):
                if (s := self.sigmoid(1 - sign * part.base)) is not None:
                    return sign**part.exp * fn.sigmoid(-self.rewrite(s.args[0])) ** self.rewrite(part.exp)
        if part.is_Mul and (slope := _slope_of_power(part)) is not None:
            return self.rewrite(slope)
        if part.is_Mul and (held := self.held(part)) is not None:
            return sp.Mul(*map(self.rewrite, held.args))
        if _is_logsumexp(part):
            parts, free = self.parts(part)
            return parts.of(parts.top, free) + sp.log(parts.of(parts.total, free))
        if part.is_Add:
            opened = self.opened(part)
            if opened != part:
                return self.rewrite(opened)
            paired = _paired(part)
            if paired is not None:
                return self.rewrite(paired)
            if (larger := _larger_of_two(part)) is not None:
                return self.rewrite(larger)
            if len(part.args) == 2:
                return self.one_minus_square(part)
        return None

    def held(self, product: sp.Expr) -> sp.Expr | None:
        """A product in which no e^u is infinite beside what vanishes with it."""
        for power in product.args:
            inner = power if isinstance(power, sp.exp) else self.meaning(power)
            if isinstance(inner, sp.exp) and accesses(inner):
                others = [f for f in product.args if f is not power]
                if any(self.vanishes(f, (power, inner)) for f in others):
                    return sp.Mul(fn.minimum(HUGE, power), *others, evaluate=False)
        return None

    def vanishes(self, factor: sp.Expr, powers: tuple[sp.Expr, ...]) -> bool:
        """Is ``factor`` 0 where e^u, which is written in these ways, is huge, even times the largest number?"""
        x = sp.Dummy("x", positive=True)
        for part in sp.Mul.make_args(transform(factor, self.meaning)):
            opened = transform(transform(part, self.meaning), dict.fromkeys(powers, x).get)
            opened = opened.replace(fn.sigmoid, fn.sigmoid.define)
            if opened.free_symbols == {x} and not accesses(opened) and opened.xreplace({x: sp.oo}) == 0:
                return bool(abs(opened.xreplace({x: HUGE}).evalf(maxn=2000)) < sp.Float(10) ** -1000)
        return False

    def meaning(self, part: sp.Expr) -> sp.Expr | None:
        """What a name stands for."""
        if not (isinstance(part, Access) and part.node.name in self.defined):
            return None
        node = self.defined[part.node.name]
        return reindex(node.expr, dict(zip(node.axes, part.subs)))

    def sum(self, part: sp.Expr) -> sp.Expr:
        """The sum that a name may stand for."""
        if not (isinstance(part, Access) and part.node.name in self.logs):
            return part
        node = self.logs[part.node.name]
        return reindex(node.expr, dict(zip(node.axes, part.subs)))

    def is_steep(self, exponent: sp.Expr) -> bool:
        """Has x^exponent an infinite slope at 0, or may it have, for a constant whose interval says so?"""
        exponent = exponent.xreplace({c: c.value for c in exponent.atoms(Constant)})
        if exponent.is_number:
            return bool(exponent < 1)
        known, unknown = exponent.as_coeff_Add()
        return bool(known.is_negative or unknown.could_extract_minus_sign() or self.small & exponent.free_symbols)

    def sigmoid(self, part: sp.Expr) -> fn.sigmoid | None:
        """The sigmoid that ``part`` is or stands for."""
        if isinstance(part, Access) and part.node.name in self.sigmoids:
            node = self.sigmoids[part.node.name]
            part = reindex(node.expr, dict(zip(node.axes, part.subs)))
        return part if isinstance(part, fn.sigmoid) else None

    def opened(self, part: sp.Expr) -> sp.Expr:
        """A sum in which a named logsumexp stands for its definition again: there it may cancel large numbers."""
        terms = []
        for term in sp.Add.make_args(part):
            sign, access = term.as_coeff_Mul()
            if isinstance(access, Access) and access.node.name in self.named:
                node = self.named[access.node.name]
                term = sign * reindex(node.expr, dict(zip(node.axes, access.subs)))
            terms.append(term)
        return sp.Add(*terms)

    def parts(self, reduction: Reduction) -> tuple[Parts, tuple[Index, ...]]:
        """The nodes zmax, e, s for a logsumexp, and the free indices to read them at."""
        key, free = canonical(reduction)
        if key not in self.known:
            self.known[key] = self.define(reduction, free)
        return self.known[key], free

    def define(self, reduction: Reduction, free: tuple[Index, ...]) -> Parts:
        body, over = reduction.open()
        body = self.rewrite(body)
        axes = natural_axes(body, self.program.labels)
        rest = tuple(i for i in axes if i not in over)
        if not isinstance(body, Access):
            node = define(self.program.fresh("logits", "logits"), body, axes)
            self.new.append(node)
            body = node[axes]
        name = body.node.name
        fresh = self.program.fresh
        top = define(fresh(f"{name}max" if len(name) == 1 else f"{name}_max"), reduce_over("max", body, over), rest)
        exps = define(fresh("e", f"e_{name}"), sp.exp(body - top[rest]), axes)
        total = define(fresh("s", f"s_{name}"), reduce_over("sum", exps[axes], over), rest)
        self.new += [top, exps, total]
        self.program.shifts.add(top.name)
        return Parts(top, exps, total, tuple(map((*free, *over).index, axes)))

    def softmax(self, reduction: Reduction, rest: sp.Expr) -> sp.Expr | None:
        """``exp(rest - logsumexp)`` where ``rest`` is the body at some place."""
        body, over = reduction.open()
        known = sorted(free_indices(rest), key=lambda i: i.name)
        candidates = [[p for i in known if i.size == o.size for p in (i, i.size - 1 - i)] for o in over]
        for choice in product(*candidates):
            place = dict(zip(over, choice))
            if reindex(body, place) == rest:
                parts, free = self.parts(reduction)
                return parts.terms((*free, *place.values())) / parts.of(parts.total, free)
        return None

    def one_minus_square(self, part: sp.Expr) -> sp.Expr | None:
        """``c - c t^2`` for t a hyperbolic tangent."""
        for one, other in (part.args, part.args[::-1]):
            ratio = -other / one
            if not (one.is_number and ratio.is_Pow and ratio.exp == 2):
                continue
            t = ratio.base
            if isinstance(t, sp.tanh) or (isinstance(t, Access) and t.node.name in self.tanh):
                t = self.rewrite(t)
                return sp.Mul(one, 1 - t, 1 + t)
        return None


def _slope_of_power(part: sp.Expr) -> sp.Expr | None:
    """k x^(k - 1) without the 0 times infinity of k = 0 at x = 0."""
    for power in part.args:
        if not (power.is_Pow and power.exp.is_Add) or power.base.is_positive or sign_of(power.base) == "positive":
            continue
        for k in part.args:
            if isinstance(k, Index) and (power.exp - k).is_negative:
                exponent = fn.maximum(sp.S.Zero, power.exp)
            elif k.is_Symbol and not k.is_positive and power.exp == k - 1:
                exponent = power.exp + fn.eq(k, 0)
            else:
                continue
            return sp.Mul(power.base**exponent, *(f for f in part.args if f is not power))
    return None


def _paired(part: sp.Expr) -> sp.Expr | None:
    """A sum with a softplus of u and one of -u whose coefficients add up to a number: they share one logarithm."""
    terms = {s: t for t in part.args for s in sp.Mul.make_args(t) if isinstance(s, fn.softplus)}
    for one, term in terms.items():
        u = one.args[0]
        opposite = fn.softplus(-u)
        if opposite not in terms or u.could_extract_minus_sign():
            continue
        rest = terms[opposite] / opposite
        number = sp.expand(term / one + rest)
        if number.is_number:
            others = [t for t in part.args if t not in (term, terms[opposite])]
            return sp.Add(*others, number * fn.maximum(sp.S.Zero, u), number * _log1p_exp(-fn.absolute(u)), -rest * u)
    return None


def _larger_of_two(part: sp.Expr) -> sp.Expr | None:
    """A sum with ``c u + c softplus(v - u)``, where a large u would cancel."""
    terms = _terms(part)
    for term in terms:
        ramp = next((f for f in sp.Mul.make_args(term) if isinstance(f, fn.softplus)), None)
        if ramp is None or any(t.has(ramp) for t in terms if t != term):  # of three, the whole sum comes first
            continue
        c, w = term / ramp, ramp.args[0]
        shared = {-c * t: -t for t in _terms(w) if -c * t in terms}
        u = sp.Add(*shared.values())
        if not accesses(u):
            continue
        rest = [t for t in terms if t != term and t not in shared]
        v = sp.Add(*(t for t in _terms(w) if -t not in shared.values()))
        if v == 0:
            return sp.Add(*rest, c * fn.softplus(u))
        return sp.Add(*rest, c * fn.maximum(u, v), c * _log1p_exp(-fn.absolute(w)))
    return None


def _terms(x: sp.Expr) -> list[sp.Expr]:
    """The terms of a sum, also of one with a factor before it."""
    return [t for part in sp.Add.make_args(x) for t in sp.Add.make_args(sp.expand_mul(part, deep=False))]


def _log1p_exp(u: sp.Expr) -> sp.Expr:
    return sp.log(1 + sp.exp(u))


def _is_logsumexp(expr: sp.Expr) -> bool:
    return isinstance(expr, Reduction) and expr.op == "logsumexp"
