"""Reductions of forms: split into what can not be split further, bound indices named in one order."""

from __future__ import annotations

import itertools
from abc import abstractmethod
from collections.abc import Mapping
from fractions import Fraction

import sympy as sp

from symnet.ir.expr import Index
from symnet.lecture.algebra.forms import (
    HALF,
    ONE,
    ONE_FORM,
    OPEN,
    POSITIVE,
    UNIT,
    UNKNOWN,
    ZERO_FORM,
    Base,
    Form,
    GiveUp,
    Product,
    minus,
    number,
    of_base,
    plus,
    product_free,
    product_key,
    scaled,
    sign_of,
    sign_of_product,
    sorted_product,
)
from symnet.lecture.algebra.functions import Functions
from symnet.lecture.algebra.polynomials import content, divided

LONGEST_KEY = 100_000  # of a sum that is split
BOUND = 10_000  # bound indices of a normal form are numbered from here on


class Algebra(Functions):
    """Substitution, and reductions over indices: sums, products, maxima."""

    def __init__(self, end: float = float("inf")) -> None:
        super().__init__(end)
        self._open = itertools.count(OPEN)
        self._sizes: dict[sp.Expr, Form] = {}
        self._substituted: dict[tuple, Form] = {}

    def substituted(self, form: Form, mapping: Mapping[Index, Form]) -> Form:
        """``form`` with free indices replaced."""
        keys = frozenset(mapping)
        if not form.free & keys:
            return form
        parts = []
        for p, c in form.terms.items():
            kept = {b: e for b, e in p if not b.free & keys}
            moved = [self.power(self._moved(b, mapping), e) for b, e in p if b.free & keys]
            parts.append(scaled(self.times(self.product(kept), *moved), c))
        return plus(*parts)

    def _moved(self, b: Base, mapping: Mapping[Index, Form]) -> Form:
        name = (b.key, tuple(sorted((i.name, f.key) for i, f in mapping.items() if i in b.free)), len(self.assumed))
        if name in self._substituted:
            return self._substituted[name]
        args = tuple(self.substituted(a, mapping) for a in b.args)
        if b.kind == "variable":
            new = mapping[b.head]
        elif b.kind == "access":
            new = self.access(b.head, args)
        elif b.kind == "exp" and b.head is None:
            new = self.exp(args[0])
        elif b.kind == "exp":
            head = self.substituted(of_base(b.head), mapping) if b.head.kind != "prime" else number(b.head.head)
            new = self.general_power(head, args[0])
        elif b.kind == "function":
            new = self.log(args[0]) if b.head == "log" else self.function(b.head, args)
        elif b.kind == "gt":
            new = self.gt(args[0])
        elif b.kind == "eq":
            new = self.eq(args[0])
        elif b.kind == "sum":
            new = args[0]
        elif b.kind == "reduction":
            new = self.reduction(b.head, args[0], b.over)
        else:
            raise GiveUp
        self._substituted[name] = new
        return new

    def fresh(self, index: Index) -> Index:
        return Index("", index.size, next(self._open))

    def opened(self, b: Base) -> tuple[Form, tuple[Index, ...]]:
        """The body of a reduction under fresh indices, and those."""
        over = tuple(self.fresh(i) for i in b.over)
        return self.substituted(b.args[0], {i: self.variable(j) for i, j in zip(b.over, over)}), over

    @abstractmethod
    def size(self, index: Index) -> Form:
        """The size of the axis that an index runs over."""

    def reduction(self, op: str, body: Form, over: tuple[Index, ...]) -> Form:
        """``op_{over} body``; ``over`` must be indices that occur nowhere outside."""
        self.in_time()
        fresh = tuple(self.fresh(i) for i in over)
        body = self.substituted(body, {i: self.variable(j) for i, j in zip(over, fresh)})
        if op == "sum":
            return self.total(body, fresh)
        if op == "prod":
            for i in fresh:
                body = self.whole_product(body, i)
            return body
        if op == "logsumexp":
            return self.log(self.total(self.exp(body), fresh))
        if op == "min":
            return scaled(self.greatest("max", scaled(body, Fraction(-1)), fresh), Fraction(-1))
        if op == "argmin":
            return self.greatest("argmax", scaled(body, Fraction(-1)), fresh)
        if op in ("max", "argmax"):
            return self.greatest(op, body, fresh)
        raise GiveUp

    def greatest(self, op: str, body: Form, over: tuple[Index, ...]) -> Form:
        """max or argmax: constants and positive factors go out (argmax does not see them)."""
        body = self.canonical(body)
        bound = frozenset(over)
        if op == "max":
            over = tuple(i for i in over if i in body.free)
            if not over:
                return body
        outside = Form({p: c for p, c in body.terms.items() if not product_free(p) & bound})
        inside = minus(body, outside)
        if not inside.terms:
            raise GiveUp  # argmax of a constant
        if op == "argmax" and len(over) > 1:
            raise GiveUp  # a flat position depends on the order of the indices
        factor, shared, _ = content(inside)
        free = tuple((b, e) for b, e in shared if b.sign == POSITIVE and not b.free & bound)
        scale = Form({free: abs(factor)})
        inside = self.times(inside, self.power(scale, Fraction(-1)))
        _, reduction = self.closed(op, inside, over)
        assert reduction is not None
        core = of_base(reduction)
        return core if op == "argmax" else plus(outside, self.times(scale, core))

    def whole_product(self, body: Form, index: Index) -> Form:
        """prod over ``index``, factor by factor."""
        if not body.terms:
            return body
        factor, exponents = self.factored(self.canonical(body))
        size = self.size(index)
        parts = [self.general_power(number(factor), size)] if factor != 1 else []
        for b, k in exponents.items():
            if index not in b.free:
                value = self.general_power(self.product({b: k}), size)
            elif b.kind == "exp" and b.head is None:
                value = self.exp(self.total(scaled(b.args[0], k), (index,)))
            else:
                inner = b.args[0] if b.kind == "sum" else of_base(b)
                _, core = self.closed("prod", inner, (index,))
                assert core is not None
                core.sign = b.sign
                value = self.product({core: k})
            parts.append(value)
        return self.times(*parts)

    # -- sums ---------------------------------------------------------------------------------------------------------
    def total(self, body: Form, over: tuple[Index, ...]) -> Form:
        """The sum over fresh indices, split into what can not be split further."""
        if not body.terms:
            return body
        bound = frozenset(over)
        parts = []
        if len(body.key) > LONGEST_KEY:
            raise GiveUp
        for p, c in self._apart(body, bound).terms.items():
            parts.append(scaled(self._total(p, over), c))
        return plus(*parts)

    def _apart(self, body: Form, bound: frozenset[Index]) -> Form:
        """Fractions whose denominators depend on ``bound``, expanded in powers of these."""
        groups: dict[tuple[Base, ...], dict[Product, Fraction]] = {}
        for p, c in body.terms.items():
            below = tuple(b for b, e in p if b.kind == "sum" and e < 0 and b.free & bound)
            groups.setdefault(below, {})[p] = c
        if set(groups) == {()}:
            return body
        parts = []
        for group, terms in groups.items():
            form = Form(terms)
            if group:
                form = self.canonical(form)
                for b in sorted({b for p in form.terms for b, e in p if b.kind == "sum" and e < 0 and b.free & bound},
                                key=lambda b: b.key):  # fmt: skip
                    form = self._in_powers_of(form, b, bound)
            parts.append(form)
        return plus(*parts)

    def _in_powers_of(self, form: Form, below: Base, bound: frozenset[Index]) -> Form:
        """N / P^k as r_0 / P^k + r_1 / P^(k - 1) + ..., each r not divisible by the leading product of P."""
        by_power: dict[Fraction, dict[Product, Fraction]] = {}
        for p, c in form.terms.items():
            e = dict(p).get(below, Fraction(0))
            rest = tuple(x for x in p if x[0] != below)
            terms = by_power.setdefault(e, {})
            terms[rest] = terms.get(rest, Fraction(0)) + c
        result = ZERO_FORM
        while by_power:
            e = min(by_power)
            numerator = Form({p: c for p, c in by_power.pop(e).items() if c})
            if e < 0 and numerator.terms:
                quotient, remainder = divided(numerator, below.args[0], bound, exact=False) or (ZERO_FORM, numerator)
                if quotient.terms:
                    above = by_power.setdefault(e + 1, {})
                    for p, c in quotient.terms.items():
                        above[p] = above.get(p, Fraction(0)) + c
                numerator = remainder
            lifted = self.product({below: e}) if e else ONE_FORM
            result = plus(result, self.times(numerator, lifted))
        return result

    def _total(self, p: Product, over: tuple[Index, ...]) -> Form:
        """The sum of one product."""
        self.in_time()
        bound = frozenset(over)
        for b, e in p:
            nested = b.kind == "reduction" and b.head == "sum" and b.free & bound
            if nested and e.denominator == 1 and 0 < e <= 4:
                rest = {q: k for q, k in p if q != b}
                factors, all_over = [], list(over)
                for _ in range(int(e)):
                    body, inner = self.opened(b)
                    factors.append(body)
                    all_over += inner
                return self.total(self.times(self.product(rest), *factors), tuple(all_over))
        solved = self._solved(p, over)
        if solved is not None:
            body, rest_over = solved
            return self.total(body, rest_over) if rest_over else body
        outside = {b: e for b, e in p if not b.free & bound}
        groups: list[tuple[set[Index], dict[Base, Fraction]]] = []
        for b, e in p:
            indices = set(b.free & bound)
            if not indices:
                continue
            together = {b: e}
            for touching in [g for g in groups if g[0] & indices]:
                groups.remove(touching)
                indices |= touching[0]
                together |= touching[1]
            groups.append((indices, together))
        used = frozenset().union(*(g[0] for g in groups))
        parts = [self.product(outside), *(self.size(i) for i in over if i not in used)]
        for theirs, group in groups:
            parts.append(self._atom(group, tuple(i for i in over if i in theirs)))
        return self.times(*parts)

    def _atom(self, group: dict[Base, Fraction], over: tuple[Index, ...]) -> Form:
        """The sum of a product whose factors hang together."""
        if len(over) > 1:
            for i in over:
                inner = {b: e for b, e in group.items() if i in b.free}
                value = self._settled(sorted_product(inner), (i,))
                if value is not None:
                    outer = {b: e for b, e in group.items() if b not in inner}
                    return self.total(self.times(self.product(outer), value), tuple(j for j in over if j != i))
        body = Form({sorted_product(group): ONE})
        if len(over) == 1:
            series = self._geometric(group, over[0])
            if series is not None:
                return series
        factor, base = self.closed("sum", body, over)
        if base is None:
            return factor
        value = self.known(base)
        return self.times(factor, of_base(base) if value is None else value)

    def _settled(self, product: Product, over: tuple[Index, ...]) -> Form | None:
        factor, base = self.closed("sum", Form({product: ONE}), over)
        value = None if base is None else self.known(base)
        return None if value is None else self.times(factor, value)

    def _geometric(self, group: dict[Base, Fraction], index: Index) -> Form | None:
        """sum_i i = n (n - 1) / 2 and sum_i r^i = (1 - r^n) / (1 - r)."""
        size = self.size(index)
        if len(group) != 1:
            return None
        ((b, e),) = group.items()
        if b.kind == "variable" and e == 1:
            return scaled(self.times(size, minus(size, ONE_FORM)), HALF)
        if b.kind != "exp" or b.head is None or e.denominator != 1 or b.args[0].index != index:
            return None
        if b.head.kind == "sum":
            head = b.head.args[0]
        else:
            head = number(b.head.head) if b.head.kind == "prime" else of_base(b.head)
        if head.free & {index}:
            return None
        ratio = self.power(head, e)
        below = minus(ONE_FORM, ratio)
        if not below.terms:
            return None
        return self.times(minus(ONE_FORM, self.general_power(ratio, size)), self.power(below, Fraction(-1)))

    def _solved(self, p: Product, over: tuple[Index, ...]) -> tuple[Form, tuple[Index, ...]] | None:
        """A factor [i = k] with i summed: the product with k for i, and the indices still summed."""
        for b, e in p:
            if b.kind != "eq" or e != 1:
                continue
            for q, c in b.args[0].ordered():
                if len(q) != 1 or q[0][1] != 1 or abs(c) != 1 or q[0][0].head not in over:
                    continue
                index = q[0][0].head
                value = scaled(minus(b.args[0], Form({q: c})), -c)
                if index in value.free or not self.inside(value, index):
                    continue
                rest = {d: k for d, k in p if d != b}
                body = self.times(
                    *(self.power(self.substituted(of_base(d), {index: value}), k) for d, k in rest.items())
                )
                return body, tuple(i for i in over if i != index)
        return None

    @abstractmethod
    def inside(self, value: Form, index: Index) -> bool:
        """Does an affine value surely stay in the range of ``index``?"""

    def closed(self, op: str, body: Form, over: tuple[Index, ...]) -> tuple[Form, Base | None]:
        """``(factor, reduction)``: bound indices are named in the order that gives the least key.

        Where the least body occurs with both signs the sum is zero, and no reduction is given.
        """
        level = max(body.depth, BOUND)
        best: list[tuple[str, Form, tuple[Index, ...]]] = []
        for order in self._orders(body, over):
            new = tuple(Index("", i.size, level + 1 + k) for k, i in enumerate(order))
            if body.free & frozenset(new):
                raise GiveUp  # a name would be captured
            renamed = self.substituted(body, {i: self.variable(j) for i, j in zip(order, new)})
            if op == "sum" and len(renamed.terms) > 1:
                key = "~" + renamed.key
            elif op == "sum":
                key = product_key(next(iter(renamed.terms), UNIT))
            else:
                key = renamed.key
            best.append((key, renamed, new))
        least = min(key for key, _, _ in best)
        chosen = [(form, new) for key, form, new in best if key == least]
        form, new = chosen[0]
        sign = sign_of(form)
        if op != "sum":
            return ONE_FORM, Base("reduction", op, (form,), new, sign if op in ("max", "prod") else UNKNOWN)
        if len(form.terms) != 1:
            raise GiveUp
        factors = {next(iter(f.terms.values())) for f, _ in chosen}
        if len(factors) > 1:
            return ZERO_FORM, None
        ((p, c),) = form.terms.items()
        return number(c), Base("reduction", op, (Form({p: ONE}),), new, sign_of_product(p))

    def _orders(self, body: Form, over: tuple[Index, ...]) -> list[tuple[Index, ...]]:
        """Orders of the bound indices that may give the least key: those alike at first sight in every order."""
        if len(over) == 1:
            return [over]
        other = {i: self.variable(Index("?", sp.S.One, OPEN - 1)) for i in over}

        def look(i):
            this = self.variable(Index("!", sp.S.One, OPEN - 2))
            try:
                return self.substituted(body, {**other, i: this}).key
            except GiveUp:
                return ""

        looks = {i: (str(i.size), look(i)) for i in over}
        classes = [list(g) for _, g in itertools.groupby(sorted(over, key=looks.__getitem__), key=looks.__getitem__)]
        count = 1
        for c in classes:
            for k in range(2, len(c) + 1):
                count *= k
        if count > 120:
            raise GiveUp
        return [tuple(itertools.chain(*choice)) for choice in itertools.product(*map(itertools.permutations, classes))]
