"""The stable phase: the forward definitions in a form that neither overflows nor loses digits.

It comes before differentiation, so that a gradient never holds 1/p with p underflowing to 0.  Each rule is an identity
of real numbers, named as it is printed.
"""

from __future__ import annotations

from dataclasses import dataclass

import sympy as sp

from symnet.ir import functions as fn
from symnet.ir.expr import Access, Index, Reduction, free_indices, reduce_over, reindex
from symnet.ir.graph import Graph, Node
from symnet.ir.signs import sign_of

MOST_TERMS = 4  # of a sum of exponentials that are written out
EXPONENTIALS = (sp.exp, sp.sinh, sp.cosh)


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
    known: Known = {}

    def change(node: Node) -> sp.Expr:
        new, rules = _stable(graph, node, known)
        if new != node.expr:
            record.append(Rewritten(node, node.expr, new, rules))
        return new

    return graph.rebuilt(change), tuple(record)


#: the stable forms that were found, and the rules used, by the name of the node
Known = dict[str, tuple[sp.Expr, tuple[str, ...]]]


def _stable(graph: Graph, node: Node, known: Known) -> tuple[sp.Expr, tuple[str, ...]]:
    """The stable form of a definition, and the rules used: found once, however many others look into it."""
    if node.name not in known:
        rules: list[str] = []
        new = _Stable(graph, rules, known).rewrite(node.expr)
        known[node.name] = new, tuple(dict.fromkeys(rules))
    return known[node.name]


class _Stable:
    def __init__(self, graph: Graph, rules: list[str], known: Known) -> None:
        self.graph, self.rules, self.known = graph, rules, known

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
        args = [self.factor(a) if expr.is_Mul else self.rewrite(a) for a in expr.args]
        new = expr.func(*args) if any(a != b for a, b in zip(args, expr.args)) else expr
        if isinstance(new, sp.log):
            return self.log(new.args[0]) or new
        if isinstance(new, sp.exp):
            return self.exp(new.args[0]) or new
        if new.is_Mul or _is_below(new):
            return self.product(new)
        return self.ramps(new) if new.is_Add else new

    def factor(self, x: sp.Expr) -> sp.Expr:
        """A factor of a product; what is below the line is only looked at beside what is above it."""
        return self.rewrite(x.base) ** x.exp if _is_below(x) else self.rewrite(x)

    def reduction(self, op: str, body: sp.Expr, over) -> sp.Expr:
        """``logsumexp(u + c) = logsumexp(u) + c`` for c free of the index."""
        if op == "logsumexp":
            outside = [t for t in sp.Add.make_args(body) if not free_indices(t) & frozenset(over)]
            if outside:
                self.rules.append("shift")
                return sp.Add(*outside) + reduce_over(op, body - sp.Add(*outside), over)
        return reduce_over(op, body, over)

    # -- exponentials ---------------------------------------------------------------------------------------------
    def exp(self, u: sp.Expr) -> sp.Expr | None:
        """e^u without the logarithm in u, so that less 1 it keeps its digits: ``e^softplus(v) = 1 + e^v``."""
        powers = [t.as_coeff_Mul() for t in sp.Add.make_args(u)]
        found = [(k, f.args[0]) for k, f in powers if isinstance(f, fn.softplus) and k.is_Integer and k > 0]
        if not found:
            return None
        self.rules.append("exp_softplus")
        rest = u - sp.Add(*(k * fn.softplus(v) for k, v in found))
        return self.rewrite(sp.Mul(sp.exp(rest), *((1 + sp.exp(v)) ** k for k, v in found)))

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
        if isinstance(x, Reduction):
            return self._log_of_reduction(x)
        if isinstance(x, fn.where):
            return self._log_of_where(*x.args)
        if isinstance(x, sp.cosh):
            u = x.args[0]
            return self.log((sp.exp(u) + sp.exp(-u)) / 2)
        if x.is_Add:
            return self._log_of_sum(x)
        if x.is_Pow:
            inner = self.log(x.base)
            return None if inner is None else x.exp * inner
        if x.is_Mul:
            known, rest = self._logs(x)
            if rest == x:
                return None
            return known if rest == 1 else known + sp.log(rest)
        return None

    def _log_of_reduction(self, x: Reduction) -> sp.Expr | None:
        """Of ``sum e^u``, of the entry that a one-hot row chooses, ``sum y u``, and of a product."""
        body, over = x.open()
        if x.op == "sum":
            exponent = self.exponent(body)
            if exponent is not None:
                if self.named(body, sp.exp).is_Mul:
                    self.rules.append("weight")
                self.rules.append("logsumexp")
                return self.reduction("logsumexp", exponent, over)
            return self._log_of_choice(body, over)
        if x.op == "prod":
            known, rest = self._logs(body)
            if known != 0:
                self.rules.append("log_product")
                logs = reduce_over("sum", known, over)
                return logs if rest == 1 else logs + sp.log(reduce_over("prod", rest, over))
        return None

    def _log_of_where(self, condition: sp.Expr, *branches: sp.Expr) -> sp.Expr | None:
        """``log where(c, u, v) = where(c, log u, log v)``, where one of them has a stable form."""
        stable = [self.log(b) for b in branches]
        if all(b is None for b in stable):
            return None
        self.rules.append("log_where")
        return fn.where(condition, *(sp.log(b) if known is None else known for b, known in zip(branches, stable)))

    def _log_of_choice(self, body: sp.Expr, over: tuple[Index, ...]) -> sp.Expr | None:
        """``log sum_i y_i u_i = sum_i y_i log u_i`` for a one-hot y; an infinite logarithm must not meet a 0 of y."""
        if any(n.expr is not None and n.expr.has(sp.oo, -sp.oo) for n in self.graph.nodes):
            return None
        for y in sp.Mul.make_args(body):
            if not isinstance(y, Access) or y.node.kind != "one_hot":
                continue
            if over == tuple(y.subs[k] for k in self.graph.sums_to_one(y.node)):
                chosen = self.log(body / y)
                if chosen is not None:
                    self.rules.append("log_choice")
                    return reduce_over("sum", y * chosen, over)
        return None

    def _logs(self, x: sp.Expr) -> tuple[sp.Expr, sp.Expr]:
        """The logarithm of those factors that have one without an exponential, and the product of the others."""
        logs = [(f, self.log(f)) for f in sp.Mul.make_args(x)]
        known = sp.Add(*(value for _, value in logs if value is not None))
        return known, sp.Mul(*(f for f, value in logs if value is None))

    def _log_of_sum(self, x: sp.Expr) -> sp.Expr | None:
        if len(x.args) > MOST_TERMS:
            return None
        if len(x.args) == 2 and sp.S.One in x.args:
            found = self._log_of_one_less(1 - x)
            if found is not None:
                return found
        found = [sp.log(t) if t.is_number and t.is_positive else self.exponent(t) for t in x.args]
        exponents = [u for u in found if u is not None]
        if len(exponents) < len(found) or all(t.is_number for t in x.args):
            return None
        total, *others = sorted(exponents, key=lambda u: (not u.is_number, u.could_extract_minus_sign()))
        for u in others:
            self.rules.append("softplus" if total == 0 else "log_of_two")
            total += fn.softplus(u - total)
        return total

    def _log_of_one_less(self, x: sp.Expr) -> sp.Expr | None:
        """log(1 - x) for a power of a sigmoid, a hyperbolic tangent, also with a minus, and the square of one."""
        sign, base = x.as_coeff_Mul()
        base, power = base.as_base_exp()
        inner = self.definition(base) if isinstance(base, Access) else base
        if isinstance(inner, fn.sigmoid) and sign == 1 and power in range(1, MOST_TERMS + 1):
            self.rules.append("log_sigmoid")  # 1 - s^k = (1 - s) (1 + s + ... + s^(k - 1))
            return sp.log(sp.Add(*(base**k for k in range(power)))) - fn.softplus(inner.args[0])
        if isinstance(inner, sp.tanh) and (sign, power) in ((1, 1), (-1, 1), (1, 2)):
            self.rules.append("log_tanh")
            u = inner.args[0]
            log_cosh = self.log(sp.cosh(u)) if power == 2 else None
            return sp.log(2) - fn.softplus(2 * sign * u) if log_cosh is None else -2 * log_cosh
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
        """The definition of a node, in its stable form, where a logarithm may look into it."""
        node = self.graph.by_name[access.node.name]
        if node.expr is None or node.carry is not None:
            return None
        return self._stable_at(node, access)

    def _stable_at(self, node: Node, access: Access) -> sp.Expr:
        """The stable form of a definition where it is read."""
        expr, rules = _stable(self.graph, node, self.known)
        self.rules += rules
        return reindex(expr, dict(zip(node.axes, access.subs)))

    def exponent(self, x: sp.Expr) -> sp.Expr | None:
        """u where x = e^u, which may have a name; a positive factor a is e^(log a)."""
        powers = [f.as_base_exp() if f.is_Pow else (f, 1) for f in sp.Mul.make_args(x)]
        found = [self.named(base, sp.exp) ** power for base, power in powers]
        if not any(isinstance(f, sp.exp) for f in found):
            return None
        rest = sp.Mul(*(f for f in found if not isinstance(f, sp.exp)))
        if rest != 1 and sign_of(rest) != "positive":
            return None
        return sp.Add(*(f.args[0] for f in found if isinstance(f, sp.exp)), 0 if rest == 1 else sp.log(rest))

    def named(self, x: sp.Expr, *kinds: type[sp.Expr]) -> sp.Expr:
        """The stable form of a definition of these kinds where ``x`` is its name, else ``x``."""
        if not isinstance(x, Access):
            return x
        node = self.graph.by_name[x.node.name]
        if node.carry is not None or not isinstance(node.expr, kinds):
            return x
        return self._stable_at(node, x)

    # -- quotients ------------------------------------------------------------------------------------------------
    def product(self, x: sp.Expr) -> sp.Expr:
        """e^u / sum e^u, 1 / (1 + e^u), e^u / (1 + e^u), e^u / (e^u + e^v), tanh's quotients, 1 / (e^u + e^v)."""
        factors = list(sp.Mul.make_args(x))
        for rule in (self._softmax, self._tanh, self._sigmoid, self._reciprocal):
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
        """e^(a u + b v) / (e^u + e^v)^k, where u or v may be 0; what is left of the power stays, unless one is 0."""
        for below in factors:
            terms = self.terms_below(below)
            found = [sp.S.Zero if t == 1 else self.exponent(t) for t in terms]
            exponents = sorted((u for u in found if u is not None), key=lambda u: u == 0)
            if len(terms) != 2 or len(exponents) != 2:
                continue
            u, v = exponents
            left, rest, shares = -below.exp, [f for f in factors if f is not below], []
            for above in list(rest):
                a, b = _shares(self.exponent(above), u, v, left)
                if a or b:
                    rest.remove(above)
                    shares += [fn.sigmoid(u - v) ** a, fn.sigmoid(v - u) ** b]
                    left -= a + b
            if v == 0:
                shares.append(fn.sigmoid(-u) ** left)
                left = sp.S.Zero
            if shares:
                self.rules.append("sigmoid" if v == 0 else "sigmoid_of_two")
                return sp.Mul(*rest, *shares, below.base**-left)
        return None

    def _reciprocal(self, factors: list[sp.Expr]) -> sp.Expr | None:
        """1 / (e^u + e^v), also cosh u, whose slope would be a quotient of two that overflow."""
        sums = (sp.Add, sp.cosh)
        for below in factors:
            if not (below.is_Pow and below.exp.is_number and below.exp.is_negative):
                continue
            base = self.named(below.base, *sums)
            rest = [f for f in factors if f is not below]
            above = [self.named(f, sp.exp, sp.sinh, *sums) for f in rest]
            if not isinstance(base, sums) or any(f.has(*EXPONENTIALS) for f in above):
                continue
            exponent = self.log(base)
            if exponent is not None:
                self.rules.append("reciprocal")
                return sp.Mul(*rest, sp.exp(below.exp * exponent))
        return None

    def _tanh(self, factors: list[sp.Expr]) -> sp.Expr | None:
        for below in factors:
            if not (below.is_Pow and below.exp.is_Integer and below.exp.is_negative):
                continue
            for above in factors:
                u = _tanh_argument(self.spelled(above), self.spelled(below.base))
                if u is not None:
                    self.rules.append("tanh")
                    rest = [f for f in factors if f is not above and f is not below]
                    return sp.Mul(*rest, below.base ** (below.exp + 1), sp.tanh(u))
        return None

    def terms_below(self, factor: sp.Expr) -> tuple[sp.Expr, ...]:
        """The terms of a sum below the line, which may have a name."""
        if not _is_below(factor):
            return ()
        base = self.named(factor.base, sp.Add)
        return base.args if base.is_Add else ()

    def spelled(self, x: sp.Expr) -> sp.Expr:
        """A sum in which a named exponential is written out; it may have a name itself."""
        x = self.named(x, sp.Add)
        return sp.Add(*(c * self.named(t, sp.exp) for c, t in (t.as_coeff_Mul() for t in sp.Add.make_args(x))))


def _is_below(x: sp.Expr) -> bool:
    """A power that is written below the line; the sign of a constant in it may not be known."""
    return x.is_Pow and bool(x.exp.is_negative or (not x.exp.is_number and x.exp.could_extract_minus_sign()))


def _shares(w: sp.Expr | None, u: sp.Expr, v: sp.Expr, left: sp.Expr) -> tuple[int, int]:
    """a and b with w = a u + b v, no more of them than are ``left``, but one in any case beside 1; else 0, 0."""
    if w is None:
        return 0, 0
    most = max(int(left) if left.is_number else 0, 1 if v == 0 else 0)
    pairs = [(a, b) for a in range(most + 1) for b in range(most + 1 - a) if (b == 0 or v != 0) and a + b]
    return next(((a, b) for a, b in pairs if sp.expand(w - a * u - b * v) == 0), (0, 0))


def _tanh_argument(above: sp.Expr, below: sp.Expr) -> sp.Expr | None:
    """u where above / below is sinh u / cosh u = (e^u - e^-u) / (e^u + e^-u) = (e^2u - 1) / (e^2u + 1)."""
    if isinstance(above, sp.sinh) and isinstance(below, sp.cosh) and above.args == below.args:
        return above.args[0]
    if not (above.is_Add and below.is_Add and len(above.args) == 2 and len(below.args) == 2):
        return None
    exponentials = [a for a in below.args if isinstance(a, sp.exp)]
    for e in exponentials:
        for other in (sp.S.One, *[x for x in exponentials if x is not e]):
            if below == e + other and above in (e - other, other - e):
                u = (e.args[0] - (other.args[0] if other != 1 else 0)) / 2
                return u if above == e - other else -u
    return None
