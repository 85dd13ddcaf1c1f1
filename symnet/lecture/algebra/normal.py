"""Is a scalar index expression identically zero?  A decision by symbolic normal form, never by numbers.

The expression becomes a :class:`~symnet.lecture.algebra.forms.Form`; it is zero when the numerator over a common
denominator has no terms left.  True is a proof: the expression is 0 for all sizes >= 1 and all values of its variables
at which it is defined.  False only says that nothing was proved.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from fractions import Fraction

import sympy as sp

from symnet.ir import functions as fn
from symnet.ir.expr import Access, Constant, Index, Reduction
from symnet.ir.graph import Fact
from symnet.lecture import effort
from symnet.lecture.algebra.expressions import Unknown, as_expr
from symnet.lecture.algebra.forms import (
    HALF,
    ONE_FORM,
    POSITIVE,
    Base,
    Form,
    GiveUp,
    minus,
    number,
    of_base,
    plus,
    scaled,
    sign_of,
)
from symnet.lecture.algebra.occurrences import (
    are_alike,
    consistent,
    first_term,
    occurrences,
    outer_choices,
    same_head,
    settable,
)
from symnet.lecture.algebra.polynomials import divided
from symnet.lecture.algebra.reductions import Algebra
from symnet.rewrite.sums import inside

STEPS = 4 * effort.SECOND
MOST_CASES = 8


def is_zero(expr: sp.Expr, facts: Iterable[Fact] = (), steps: float = STEPS) -> bool:
    """Is ``expr`` proved to be zero wherever it is defined?  ``facts`` hold for all values of their free indices."""
    expr = as_expr(expr)
    if expr == 0:
        return True
    try:
        normaliser = Normaliser(facts, effort.until(steps))
        return normaliser.vanishes(expr)
    except (GiveUp, RecursionError, ArithmeticError, MemoryError, NotImplementedError, sp.PolynomialError):
        return False


class Normaliser(Algebra):
    """SymPy expressions of the index language as forms, under facts."""

    def __init__(self, facts: Iterable[Fact] = (), end: float = float("inf")) -> None:
        super().__init__(end)
        self._read: dict[sp.Expr, Form] = {}
        rules = [self._rule(fact) for fact in facts]
        self._rules = [r for r in rules if r is not None]
        if self._rules:
            self._forget()
            self.known = self._by_fact

    def _forget(self) -> None:
        self._read, self._substituted, self._sizes = {}, {}, {}

    def vanishes(self, expr: sp.Expr) -> bool:
        return all(self._vanishes(case) for case in self._cases(expr))

    def _vanishes(self, case: tuple[sp.Expr, dict[str, Form]]) -> bool:
        expr, assumed = case
        if assumed != self.assumed:
            self._forget()
            self.assumed = assumed
        form = self.form(expr)
        numerator, below = self.over_common(form)
        if not numerator.terms:
            return True
        return self._in_all_cases(numerator, not below)

    def _cases(self, expr: sp.Expr) -> list[tuple[sp.Expr, dict[str, Form]]]:
        """Branches that are not defined everywhere are looked at one by one."""
        cases: list[tuple[sp.Expr, dict[str, Form]]] = [(expr, {})]
        done = []
        while cases:
            part, assumed = cases.pop()
            choice = next((w for w in outer_choices(part) if not _total(w.args[1]) or not _total(w.args[2])), None)
            if choice is None:
                done.append((part, assumed))
                continue
            if len(cases) + len(done) > MOST_CASES:
                raise GiveUp
            condition, yes, no = choice.args
            for value, branch in ((1, yes), (0, no)):
                new = part.xreplace({choice: branch}).xreplace({condition: sp.Integer(value)})
                cases.append((new, {**assumed, **self._assuming(condition, value)}))
        return done

    def _assuming(self, condition: sp.Expr, value: int) -> dict[str, Form]:
        """The bracket that ``condition = value`` settles."""
        self.assumed = {}
        form = self.form(condition)
        for sign, offset in ((1, 0), (-1, 1)):
            rest = minus(form, number(offset))
            if len(rest.terms) == 1:
                ((p, c),) = rest.terms.items()
                if c == sign and len(p) == 1 and p[0][1] == 1 and p[0][0].kind in ("gt", "eq"):
                    return {p[0][0].key: number((value - offset) * sign)}
        return {}

    def _in_all_cases(self, numerator: Form, whole: bool) -> bool:
        """Do the terms cancel in each case of the brackets x > 0, x = 0, x < 0 that occur in them?"""
        brackets = [b for b in dict.fromkeys(b for p in numerator.terms for b, _ in p) if b.kind in ("gt", "eq")]
        inner = {b.args[0].key: b.args[0] for b in brackets}
        if not inner or len(inner) > 4:
            return False
        laurent = any(e < 0 and b.sign != POSITIVE for p in numerator.terms for b, e in p)
        linear = all(f.terms for f in inner.values())
        for signs in itertools.product((1, 0, -1), repeat=len(inner)):
            values = dict(zip(inner, signs))
            if linear and not consistent([(inner[k], s) for k, s in values.items()]):
                continue
            terms = []
            for p, c in numerator.terms.items():
                factor, rest = c, {}
                for b, e in p:
                    if b.kind in ("gt", "eq"):
                        holds = values[b.args[0].key] == (1 if b.kind == "gt" else 0)
                        factor = factor if holds else Fraction(0)
                    else:
                        rest[b] = e
                if factor:
                    terms.append(scaled(self.product(rest), factor))
            total = plus(*terms)
            if total.terms and whole and not laurent:
                for k, s in values.items():
                    if s == 0 and total.terms:
                        total = self._where_zero(total, inner[k])
            if total.terms:
                return False
        return True

    def _where_zero(self, form: Form, zero: Form) -> Form:
        """``form`` at ``zero = 0``: none of its multiples is left, and a variable that it settles is replaced."""
        if divided(form, zero) is not None:
            return plus()
        for p, c in zero.ordered():
            if len(p) != 1 or p[0][1] != 1 or p[0][0].kind not in ("variable", "access"):
                continue
            base = p[0][0]
            if isinstance(base.head, Index) or any(base.key in q.key for r in zero.terms if r != p for q, _ in r):
                continue
            value = scaled(minus(zero, Form({p: c})), -1 / c)
            parts = []
            for q, d in form.terms.items():
                rest = {b: e for b, e in q if b != base}
                e = dict(q).get(base, Fraction(0))
                if e < 0 or e.denominator != 1 or any(base.key in b.key for b in rest):
                    return form
                parts.append(scaled(self.times(self.product(rest), self.power(value, e)), d))
            return plus(*parts)
        return form

    def _rule(self, fact: Fact) -> tuple[Base, Form, tuple[Index, ...]] | None:
        """``(base, value, its free indices)`` of a fact that settles the value of one base."""
        try:
            left, right = self.form(fact.lhs), self.form(fact.rhs)
            if len(left.terms) != 1:
                numerator, _ = self.over_common(minus(left, right))
                linear = [of_base(p[0][0], p[0][1]) for p in numerator.terms if len(p) == 1 and settable(p[0][0])]
                alone = [f for f in linear if occurrences(f, numerator) == 1]
                if not alone:
                    return None
                left = max(alone, key=lambda f: (first_term(f).kind == "reduction", f.key))
                left = scaled(left, numerator.terms[next(iter(left.terms))])
                right = minus(left, numerator)
            ((p, c),) = left.terms.items()
            if len(p) != 1 or p[0][1] != 1 or not settable(p[0][0]):
                return None
            base = p[0][0]
            if any(base.key in q.key or same_head(base, q) for r in right.terms for q, _ in r):
                return None
            if right.free - base.free:
                return None
            return base, scaled(right, 1 / c), tuple(sorted(base.free, key=lambda i: i.name))
        except GiveUp:
            return None

    def _by_fact(self, base: Base) -> Form | None:
        for pattern, value, indices in self._rules:
            if (
                pattern.kind != base.kind
                or not are_alike(pattern.head, base.head)
                or len(base.over) != len(pattern.over)
            ):
                continue
            if pattern.key == base.key:
                return value
            if not indices or len(indices) > 3:
                continue
            targets = sorted(base.free, key=lambda i: i.name)
            if len(targets) > 5:
                continue
            for choice in itertools.product(targets, repeat=len(indices)):
                if any(i.size != j.size for i, j in zip(indices, choice)):
                    continue
                if len(set(choice)) != len(frozenset(choice) & base.free) or set(choice) != set(base.free):
                    continue
                known, self.known = self.known, lambda b: None
                try:
                    mapping = {i: self.variable(j) for i, j in zip(indices, choice)}
                    memo, self._substituted = self._substituted, {}
                    moved = self.substituted(of_base(pattern), mapping)
                finally:
                    self.known, self._substituted = known, memo
                if moved.key == of_base(base).key:
                    return self.substituted(value, mapping)
        return None

    def form(self, expr: sp.Expr) -> Form:
        """The normal form of ``expr``; raises GiveUp where it holds what the algebra does not know."""
        if expr in self._read:
            return self._read[expr]
        self.in_time()
        form = self._form(expr)
        self._read[expr] = form
        return form

    def _form(self, expr: sp.Expr) -> Form:
        if expr.is_Rational:
            return number(Fraction(int(expr.p), int(expr.q)))
        if isinstance(expr, Constant):
            return number(Fraction(int(expr.value.p), int(expr.value.q)))
        if isinstance(expr, Access):
            return self.access(expr.node, [self.form(s) for s in expr.subs])
        if isinstance(expr, sp.Symbol):
            return self.variable(expr)
        if expr is sp.E:
            return self.exp(ONE_FORM)
        if expr is sp.pi:
            return of_base(Base("variable", sp.Symbol("\\pi"), sign=POSITIVE))
        if expr.is_Add:
            return plus(*map(self.form, expr.args))
        if expr.is_Mul:
            return self.times(*map(self.form, expr.args))
        if isinstance(expr, Reduction):
            body, over = expr.open()
            return self.reduction(expr.op, self.form(body), over)
        if expr.is_Pow:
            base, exponent = expr.as_base_exp() if expr.base is not sp.E else (expr.base, expr.exp)
            if base is sp.E:
                return self.exp(self.form(exponent))
            return self.general_power(self.form(base), self.form(exponent))
        if isinstance(expr, Unknown):
            orders = ",".join(map(str, expr.orders))
            return self.function(f"{expr.name}^({orders})", [self.form(a) for a in expr.arguments])
        if isinstance(expr, fn.where) and not (_total(expr.args[1]) and _total(expr.args[2])):
            return self.function("where", map(self.form, expr.args))
        reader = READERS.get(expr.func)
        if reader is not None:
            return reader(self, *map(self.form, expr.args))
        if isinstance(expr, fn.Primitive):
            return self.form(expr.define(expr.args[0]))
        if isinstance(expr, sp.core.function.AppliedUndef):
            return self.function(f"{expr.func.__name__}^()", [self.form(a) for a in expr.args])
        raise GiveUp

    def size(self, index: Index) -> Form:
        if index.size not in self._sizes:
            self._sizes[index.size] = self.form(index.size)
        return self._sizes[index.size]

    def inside(self, value: Form, index: Index) -> bool:
        other = value.index
        if other is not None:
            return other.size == index.size or inside(other, index.size)
        if len(value.terms) == 1:
            ((p, c),) = value.terms.items()
            if c == 1 and len(p) == 1 and p[0][1] == 1 and p[0][0].kind == "access":
                node = p[0][0].head
                return node.kind == "labels" and node.below == index.size
        affine: sp.Expr = sp.S.Zero
        for p, c in value.terms.items():
            if len(p) > 1 or any(b.kind != "variable" or e != 1 for b, e in p):
                return False
            affine += sp.Rational(c.numerator, c.denominator) * (p[0][0].head if p else 1)
        return inside(affine, index.size)

    def where(self, condition: Form, a: Form, b: Form) -> Form:
        return plus(self.times(condition, a), self.times(minus(ONE_FORM, condition), b))

    def tanh(self, x: Form) -> Form:
        e = self.exp(scaled(x, Fraction(2)))
        return self.times(minus(e, ONE_FORM), self.power(plus(e, ONE_FORM), Fraction(-1)))

    def sigmoid(self, x: Form) -> Form:
        return self.power(plus(ONE_FORM, self.exp(scaled(x, Fraction(-1)))), Fraction(-1))


def _half_exponentials(sign: int):
    def read(n: Normaliser, x: Form) -> Form:
        return scaled(plus(n.exp(x), scaled(n.exp(scaled(x, Fraction(-1))), Fraction(sign))), HALF)

    return read


def _named(name: str):
    return lambda n, *args: n.function(name, args)


def _extremum(sign: int):
    def read(n: Normaliser, *args: Form) -> Form:
        value = scaled(args[0], Fraction(sign))
        for arg in args[1:]:
            value = n.maximum(value, scaled(arg, Fraction(sign)))
        return scaled(value, Fraction(sign))

    return read


#: function -> its form from those of its arguments
READERS = {
    sp.exp: Normaliser.exp,
    sp.log: Normaliser.log,
    sp.tanh: Normaliser.tanh,
    sp.sinh: _half_exponentials(-1),
    sp.cosh: _half_exponentials(1),
    sp.sin: _named("sin"),
    sp.cos: _named("cos"),
    sp.tan: lambda n, x: n.times(n.function("sin", (x,)), n.power(n.function("cos", (x,)), Fraction(-1))),
    sp.atan: _named("atan"),
    sp.erf: _named("erf"),
    sp.asinh: _named("asinh"),
    sp.Abs: Normaliser.absolute,
    sp.sign: Normaliser.sign_function,
    sp.Max: _extremum(1),
    sp.Min: _extremum(-1),
    fn.sigmoid: Normaliser.sigmoid,
    fn.absolute: Normaliser.absolute,
    fn.sign: Normaliser.sign_function,
    fn.maximum: _extremum(1),
    fn.minimum: _extremum(-1),
    fn.gt: lambda n, a, b: n.gt(minus(a, b)),
    fn.ge: lambda n, a, b: minus(ONE_FORM, n.gt(minus(b, a))),
    fn.eq: lambda n, a, b: n.eq(minus(a, b)),
    fn.ne: lambda n, a, b: minus(ONE_FORM, n.eq(minus(a, b))),
    fn.where: Normaliser.where,
}
PARTIAL = (sp.log, sp.tan, sp.Integral, sp.asin, sp.acos)


def _total(expr: sp.Expr) -> bool:
    """Is ``expr`` surely defined at all values?"""
    if isinstance(expr, (Access, sp.Symbol)) or not expr.args:
        return True
    if isinstance(expr, PARTIAL) and not (isinstance(expr, sp.log) and _surely_positive(expr.args[0])):
        return False
    if expr.is_Pow and not (expr.exp.is_Integer and expr.exp.is_positive) and not _surely_positive(expr.base):
        return False
    if isinstance(expr, Reduction):
        return _total(expr.body)
    return all(_total(a) for a in expr.args)


def _surely_positive(expr: sp.Expr) -> bool:
    try:
        return sign_of(Normaliser(end=effort.until(effort.SECOND / 2)).form(expr)) == POSITIVE
    except GiveUp:
        return False
