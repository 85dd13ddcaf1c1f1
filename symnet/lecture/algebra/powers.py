"""Products and powers of forms: bases that multiply out, fractions over a common denominator, roots."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction

import sympy as sp

from symnet.ir.expr import Index
from symnet.lecture import effort
from symnet.lecture.algebra.forms import (
    NONNEGATIVE,
    ONE,
    ONE_FORM,
    OPEN,
    POSITIVE,
    ZERO_FORM,
    Base,
    Form,
    GiveUp,
    Product,
    minus,
    of_base,
    plus,
    scaled,
    sign_of,
    sorted_product,
)
from symnet.lecture.algebra.polynomials import MOST_TERMS, content, divided, irreducible


class Powers(ABC):
    """Products and powers of forms, each in normal form.

    ``known(base)`` gives the value of a base that the facts of the document settle, else None; ``end`` is where
    the count of steps may go.
    """

    def __init__(self, end: float = float("inf")) -> None:
        self.end = end
        self.known: Callable[[Base], Form | None] = lambda base: None

    @abstractmethod
    def variable(self, symbol: sp.Symbol) -> Form:
        """A variable as a form."""

    @abstractmethod
    def function(self, name: str, args: Iterable[Form]) -> Form:
        """A function at forms."""

    @abstractmethod
    def absolute(self, form: Form) -> Form:
        """The absolute value."""

    @abstractmethod
    def substituted(self, form: Form, mapping: Mapping[Index, Form]) -> Form:
        """``form`` with free indices replaced."""

    def in_time(self) -> None:
        effort.step(50)  # products of polynomials
        if effort.is_over(self.end):
            raise GiveUp

    def times(self, *forms: Form) -> Form:
        result = ONE_FORM
        for form in forms:
            result = self._times(result, form)
        return result

    def _times(self, a: Form, b: Form) -> Form:
        if a is ONE_FORM:
            return b
        if b is ONE_FORM:
            return a
        self.in_time()
        if len(a.terms) * len(b.terms) > MOST_TERMS:
            raise GiveUp
        terms: dict[Product, Fraction] = {}
        for p, c in a.terms.items():
            for q, d in b.terms.items():
                for product, factor in self.product({**dict(p)}, q).terms.items():
                    terms[product] = terms.get(product, Fraction(0)) + c * d * factor
        return Form({p: c for p, c in terms.items() if c})

    def product(self, exponents: dict[Base, Fraction], more: Product = ()) -> Form:
        """The product of powers of bases as a form."""
        for b, e in more:
            exponents[b] = exponents.get(b, Fraction(0)) + e
        if not any(b.touchy for b in exponents):
            return Form({sorted_product(exponents): ONE})
        return self._reduced({b: e for b, e in exponents.items() if e})

    def _reduced(self, exponents: dict[Base, Fraction]) -> Form:
        factor, spread = ONE, []
        for base, e in list(exponents.items()):
            if base.bit and e > 1 and e.denominator == 1:
                exponents[base] = ONE
            elif base.kind == "sum" and e >= 1:
                whole = e.numerator // e.denominator
                spread.append(self.power(base.args[0], Fraction(whole)))
                exponents[base] = e - whole
            elif base.kind == "prime" and not 0 <= e < 1:
                whole = e.numerator // e.denominator
                factor *= Fraction(base.head) ** whole
                exponents[base] = e - whole
            elif base.kind == "function" and base.head == "cos" and e >= 2 and e.denominator == 1:
                sine = self.function("sin", base.args)
                spread.append(self.power(minus(ONE_FORM, self._times(sine, sine)), Fraction(e.numerator // 2)))
                exponents[base] = e % 2
        for base in exponents:
            if base.kind == "eq" and exponents[base] == 1:
                if Base("gt", None, base.args) in exponents:
                    return ZERO_FORM
                pair = self._kronecker(base)
                if pair is None:
                    continue
                keep, drop = pair
                others = [(b, e) for b, e in exponents.items() if b != base]
                if any(drop in b.free for b, _ in others):
                    mapping = {drop: self.variable(keep)}
                    rest = self.times(*(self.power(self.substituted(of_base(b), mapping), e) for b, e in others))
                    return scaled(self.times(*spread, of_base(base), rest), factor)
        result = Form({sorted_product(exponents): factor})
        return self.times(result, *spread) if spread else result

    @staticmethod
    def _kronecker(base: Base) -> tuple[Index, Index] | None:
        """The two indices of [i = k], the one to keep first."""
        terms = base.args[0].terms
        if len(terms) != 2 or sorted(terms.values()) != [-1, 1]:
            return None
        indices = [p[0][0].head for p in terms if len(p) == 1 and p[0][1] == 1 and isinstance(p[0][0].head, Index)]
        if len(indices) != 2:
            return None
        first, second = sorted(indices, key=lambda i: (i.level >= OPEN, i.name))
        return first, second

    def cancelled(self, form: Form) -> tuple[Fraction, dict[Base, Fraction], Form]:
        """``form`` as a number times powers of bases times a primitive polynomial that no denominator divides."""
        if not form.terms:
            return Fraction(0), {}, form
        if len(form.terms) == 1:
            ((p, c),) = form.terms.items()
            return c, dict(p), ONE_FORM
        numerator, below = self.over_common(form)
        if not numerator.terms:
            return Fraction(0), {}, numerator
        exponents = {b: Fraction(-k) for b, k in below.items()}
        factor, shared, rest = content(numerator)
        for b, e in shared:
            exponents[b] = exponents.get(b, Fraction(0)) + e
        for b in below:
            while exponents[b] < 0 and len(rest.terms) > 1:
                self.in_time()
                result = divided(rest, b.args[0])
                if result is None:
                    break
                exponents[b] += 1
                k, more, rest = content(result[0])
                factor *= k
                for q, e in more:
                    exponents[q] = exponents.get(q, Fraction(0)) + e
        return factor, {b: e for b, e in exponents.items() if e}, rest

    def factored(self, form: Form) -> tuple[Fraction, dict[Base, Fraction]]:
        """``form`` as a number times powers of bases; denominators have negative exponents."""
        factor, exponents, rest = self.cancelled(form)
        if rest.constant is not None:
            return factor * rest.constant, exponents
        self.in_time()
        for part, power in irreducible(rest):
            k, more, core = content(part)
            factor *= k**power
            for q, e in more:
                exponents[q] = exponents.get(q, Fraction(0)) + e * power
            if core.constant is None:
                base = self.sum_base(core)
                exponents[base] = exponents.get(base, Fraction(0)) + power
        return factor, {b: e for b, e in exponents.items() if e}

    def sum_base(self, core: Form) -> Base:
        return Base("sum", None, (core,), sign=sign_of(core))

    def over_common(self, form: Form) -> tuple[Form, dict[Base, int]]:
        """``(numerator, {denominator: power})``: sums of terms below a fraction are multiplied out."""
        below: dict[Base, int] = {}
        for p in form.terms:
            for b, e in p:
                if b.kind == "sum" and e < 0:
                    below[b] = max(below.get(b, 0), -(e.numerator // e.denominator))
        if not below:
            return form, {}
        parts = []
        powers: dict[tuple[Base, Fraction], Form] = {}
        for p, c in form.terms.items():
            exponents = dict(p)
            spread = []
            for b, k in below.items():
                e = exponents.pop(b, Fraction(0)) + k
                whole = Fraction(e.numerator // e.denominator)
                if e - whole:
                    exponents[b] = e - whole
                if whole:
                    if (b, whole) not in powers:
                        powers[b, whole] = self.power(b.args[0], whole)
                    spread.append(powers[b, whole])
            parts.append(scaled(self.times(self.product(exponents), *spread), c))
        numerator = plus(*parts)
        again = any(b.kind == "sum" and e < 0 for p in numerator.terms for b, e in p)
        if again:
            numerator, more = self.over_common(numerator)
            for b, k in more.items():
                below[b] = below.get(b, 0) + k
        return numerator, below

    def canonical(self, form: Form) -> Form:
        """The same value with everything cancelled that can be."""
        if not any(b.kind == "sum" and e < 0 for p in form.terms for b, e in p):
            return form
        factor, exponents, rest = self.cancelled(form)
        return scaled(self.times(rest, self.product(exponents)), factor)

    def power(self, form: Form, e: Fraction) -> Form:
        if e == 0:
            return ONE_FORM
        if e == 1:
            return form
        if not form.terms:
            if e > 0:
                return form
            raise GiveUp
        if e.denominator == 1 and len(form.terms) == 1:
            ((p, c),) = form.terms.items()
            return scaled(self.product({b: k * e for b, k in p}), c ** int(e))
        if e.denominator == 1 and e > 0:
            if e > 16:
                raise GiveUp
            half = self.power(form, Fraction(int(e) // 2))
            return self.times(half, half, form) if e % 2 else self.times(half, half)
        factor, exponents = self.factored(form)
        if not factor:
            return self.power(ZERO_FORM, e)
        if e.denominator == 1:
            return scaled(self.product({b: k * e for b, k in exponents.items()}), factor ** int(e))
        return self._root(factor, exponents, e)

    def _root(self, factor: Fraction, exponents: dict[Base, Fraction], e: Fraction) -> Form:
        """A fractional power: what is known to be positive goes out, of an even power the absolute value."""
        outside = [self.number_power(abs(factor), e)]
        stay: dict[Base, Fraction] = {}
        for b, k in exponents.items():
            if b.sign >= NONNEGATIVE or k.denominator % 2 == 0:
                outside.append(self.product({b: k * e}))
            elif k.numerator % 2 == 0 and k.denominator == 1 and (k * e).denominator == 1:
                outside.append(self.power(self.absolute(of_base(b)), k * e))
            else:
                stay[b] = k
        if len(stay) == 1 and factor > 0:
            ((b, k),) = stay.items()
            if k.denominator == 1 and k.numerator % 2:
                return self.times(*outside, self.product({b: k * e}))
        if stay or factor < 0:
            inner = scaled(Form({sorted_product(stay): ONE}), Fraction(1 if factor > 0 else -1))
            outside.append(self.product({self.sum_base(inner): e}) if stay else self._of_negative())
        return self.times(*outside)

    @staticmethod
    def _of_negative() -> Form:
        raise GiveUp

    def number_power(self, value: Fraction, e: Fraction) -> Form:
        """A positive rational to a rational power."""
        exponents: dict[Base, Fraction] = {}
        for part, sign in ((value.numerator, 1), (value.denominator, -1)):
            if part > 10**12:
                raise GiveUp
            for prime, k in sorted(sp.factorint(part).items()):
                exponents[Base("prime", int(prime), sign=POSITIVE)] = sign * k * e
        return self._reduced(exponents) if exponents else ONE_FORM
