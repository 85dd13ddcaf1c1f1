"""The stable phase: the forward definitions in a form that neither overflows nor loses digits.

It comes before differentiation, so that a gradient never holds 1/p with p underflowing to 0.  Each rule is an identity
of real numbers, named as it is printed.
"""

from __future__ import annotations

from dataclasses import dataclass

import sympy as sp

from symnet.ir import functions as fn
from symnet.ir.expr import Access, Reduction, free_indices, reduce_over, reindex
from symnet.ir.graph import Graph, Node


@dataclass(frozen=True)
class Rewritten:
    """One definition before and after, with the rules used."""

    node: Node
    before: sp.Expr
    after: sp.Expr
    rules: tuple[str, ...]


def stabilise(graph: Graph) -> tuple[Graph, tuple[Rewritten, ...]]:
    """The graph in stable form and the record of what changed."""
    record: list[Rewritten] = []

    def change(node: Node) -> sp.Expr:
        rules: list[str] = []
        new = _Stable(graph, rules).rewrite(node.expr)
        if new != node.expr:
            record.append(Rewritten(node, node.expr, new, tuple(dict.fromkeys(rules))))
        return new

    return graph.rebuilt(change), tuple(record)


class _Stable:
    def __init__(self, graph: Graph, rules: list[str]) -> None:
        self.graph, self.rules = graph, rules

    def rewrite(self, expr: sp.Expr) -> sp.Expr:
        if isinstance(expr, Access) or not expr.args:
            return expr
        if isinstance(expr, Reduction):
            body, over = expr.open()
            return self.reduction(expr.op, self.rewrite(body), over)
        if expr.is_Mul:  # a quotient as a whole comes before its parts
            quotient = self.product(expr)
            if quotient != expr:
                return self.rewrite(quotient)
        args = [self.rewrite(a) for a in expr.args]
        new = expr.func(*args) if any(a != b for a, b in zip(args, expr.args)) else expr
        if isinstance(new, sp.log):
            return self.log(new.args[0]) or new
        if new.is_Mul or (new.is_Pow and new.exp.is_negative):
            return self.product(new)
        return self.ramps(new) if new.is_Add else new

    def reduction(self, op: str, body: sp.Expr, over) -> sp.Expr:
        """``logsumexp(u + c) = logsumexp(u) + c`` for c free of the index."""
        if op == "logsumexp":
            outside = [t for t in sp.Add.make_args(body) if not free_indices(t) & frozenset(over)]
            if outside:
                self.rules.append("shift")
                return sp.Add(*outside) + reduce_over(op, body - sp.Add(*outside), over)
        return reduce_over(op, body, over)

    # -- logarithms -----------------------------------------------------------------------------------------------
    def log(self, x: sp.Expr) -> sp.Expr | None:
        """log x without the exponential inside x; None where there is none."""
        if isinstance(x, sp.exp):
            shifted = any(r.op == "logsumexp" for r in x.args[0].atoms(Reduction))
            self.rules.append("log_softmax" if shifted else "log_exp")
            return x.args[0]
        if isinstance(x, fn.sigmoid):
            self.rules.append("log_sigmoid")
            return -fn.softplus(-x.args[0])
        if isinstance(x, Access):
            definition = self.definition(x)
            return None if definition is None else self.log(definition)
        if isinstance(x, Reduction) and x.op == "sum":
            body, over = x.open()
            exponent = self.exponent(body)
            if exponent is None:
                return None
            self.rules.append("logsumexp")
            return self.reduction("logsumexp", exponent, over)
        if x.is_Add:
            return self._log_of_sum(x)
        if x.is_Pow:
            inner = self.log(x.base)
            return None if inner is None else x.exp * inner
        if x.is_Mul:
            logs = [(f, self.log(f)) for f in x.args]
            if all(value is None for _, value in logs):
                return None
            rest = sp.Mul(*(f for f, value in logs if value is None))
            known = sp.Add(*(value for _, value in logs if value is not None))
            return known if rest == 1 else known + sp.log(rest)
        return None

    def _log_of_sum(self, x: sp.Expr) -> sp.Expr | None:
        if len(x.args) != 2 or sp.S.One not in x.args:
            return None
        other = x - 1
        exponent = self.exponent(other)
        if exponent is not None:
            self.rules.append("softplus")
            return fn.softplus(exponent)
        inner = self.definition(-other) if isinstance(-other, Access) else -other
        if isinstance(inner, fn.sigmoid):
            self.rules.append("log_sigmoid")
            return -fn.softplus(inner.args[0])
        return None

    # -- sums -----------------------------------------------------------------------------------------------------
    def ramps(self, x: sp.Expr) -> sp.Expr:
        """``max(0, u) + softplus(-|u|) = softplus(u)``; each part may have a name, and both one factor."""
        parts = [(t, *self._part(t)) for t in x.args]
        for ramp, u, factor in parts:
            if not isinstance(u, fn.maximum) or u.args[0] != 0:
                continue
            for term, tail, other in parts:
                if tail == fn.softplus(-fn.absolute(u.args[1])) and other == factor:
                    self.rules.append("ramp")
                    rest = [t for t in x.args if t is not ramp and t is not term]
                    return sp.Add(*rest, factor * fn.softplus(u.args[1]))
        return x

    def _part(self, term: sp.Expr) -> tuple[sp.Expr, sp.Expr]:
        """The ramp or softplus in a term, under whatever name, and the factor before it."""
        for factor in sp.Mul.make_args(term):
            found = self.named(factor, fn.maximum, sp.log)
            if isinstance(found, (fn.maximum, fn.softplus)):
                return found, term / factor
        return sp.S.Zero, term

    def definition(self, access: Access) -> sp.Expr | None:
        """The pointwise or summing definition of a node, in its stable form, if a logarithm can look into it."""
        node = self.graph.by_name[access.node.name]
        if node.expr is None or node.carry is not None:
            return None
        expr = self.rewrite(node.expr)
        if any(_exponential(f) for f in sp.Mul.make_args(expr)):
            return reindex(expr, dict(zip(node.axes, access.subs)))
        return None

    def exponent(self, x: sp.Expr) -> sp.Expr | None:
        """u where x = e^u; products and named exponentials are looked into."""
        found = self.named(x, sp.exp)
        return found.args[0] if isinstance(found, sp.exp) else None

    def named(self, x: sp.Expr, *kinds: type[sp.Expr]) -> sp.Expr:
        """The stable form of a definition of these kinds where ``x`` is its name, else ``x``."""
        if not isinstance(x, Access):
            return x
        node = self.graph.by_name[x.node.name]
        if node.carry is not None or not isinstance(node.expr, kinds):
            return x
        return reindex(self.rewrite(node.expr), dict(zip(node.axes, x.subs)))

    # -- quotients ------------------------------------------------------------------------------------------------
    def product(self, x: sp.Expr) -> sp.Expr:
        """e^u / sum e^u, 1 / (1 + e^u), e^u / (1 + e^u) and tanh's quotient."""
        factors = list(sp.Mul.make_args(x))
        for rule in (self._softmax, self._tanh, self._sigmoid):
            new = rule(factors)
            if new is not None:
                return new
        return x

    def _softmax(self, factors: list[sp.Expr]) -> sp.Expr | None:
        for below in factors:
            if not (below.is_Pow and below.exp == -1):
                continue
            total = self._sum_of_exponentials(below.base)
            if total is None:
                continue
            for above in factors:
                exponent = self.exponent(above)
                if exponent is not None and free_indices(above) > free_indices(below):
                    self.rules.append("softmax")
                    rest = [f for f in factors if f is not above and f is not below]
                    return sp.Mul(*rest, sp.exp(exponent - total))
        return None

    def _sum_of_exponentials(self, x: sp.Expr) -> sp.Expr | None:
        """logsumexp u where x = sum e^u, also where x is the name of that sum."""
        if isinstance(x, Access):
            node = self.graph.by_name[x.node.name]
            if node.carry is not None or not isinstance(node.expr, Reduction):
                return None
            x = reindex(node.expr, dict(zip(node.axes, x.subs)))
        if isinstance(x, Reduction) and x.op == "sum":
            body, over = x.open()
            exponent = self.exponent(body)
            return None if exponent is None else self.reduction("logsumexp", exponent, over)
        return None

    def _sigmoid(self, factors: list[sp.Expr]) -> sp.Expr | None:
        for below in factors:
            if not (below.is_Pow and below.exp.is_negative and below.base.is_Add and len(below.base.args) == 2):
                continue
            if sp.S.One not in below.base.args:
                continue
            exponent = self.exponent(below.base - 1)
            if exponent is None:
                continue
            self.rules.append("sigmoid")
            power = -below.exp
            rest = [f for f in factors if f is not below]
            for above in rest:
                if self.exponent(above) == exponent:
                    rest.remove(above)
                    return sp.Mul(*rest, fn.sigmoid(exponent), fn.sigmoid(-exponent) ** (power - 1))
            return sp.Mul(*rest, fn.sigmoid(-exponent) ** power)
        return None

    def _tanh(self, factors: list[sp.Expr]) -> sp.Expr | None:
        for below in factors:
            if not (below.is_Pow and below.exp == -1 and below.base.is_Add):
                continue
            for above in factors:
                u = _tanh_argument(above, below.base)
                if u is not None:
                    self.rules.append("tanh")
                    return sp.Mul(*(f for f in factors if f is not above and f is not below), sp.tanh(u))
        return None


def _tanh_argument(above: sp.Expr, below: sp.Expr) -> sp.Expr | None:
    """u where above / below = (e^u - e^-u) / (e^u + e^-u) = (e^2u - 1) / (e^2u + 1)."""
    if not (above.is_Add and len(above.args) == 2 and len(below.args) == 2):
        return None
    exponentials = [a for a in below.args if isinstance(a, sp.exp)]
    for e in exponentials:
        for other in (sp.S.One, *[x for x in exponentials if x is not e]):
            if below == e + other and above == e - other:
                return (e.args[0] - (other.args[0] if other != 1 else 0)) / 2
    return None


def _exponential(factor: sp.Expr) -> bool:
    base = factor.base if factor.is_Pow and not isinstance(factor, sp.exp) else factor
    if isinstance(base, (sp.exp, fn.sigmoid)):
        return True
    if isinstance(base, Reduction):
        return base.op == "sum" and isinstance(base.body, sp.exp)
    return False
