"""Brackets of forms, [x = 0] and [x > 0]: 0 or 1 by the signs of the factors."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from symnet.lecture.algebra.forms import (
    HALF,
    NONNEGATIVE,
    ONE_FORM,
    POSITIVE,
    UNKNOWN,
    ZERO_FORM,
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
from symnet.lecture.algebra.powers import Powers


class Brackets(Powers):
    """[form = 0], [form > 0] and what is made of them: signs, absolute values, maxima, case by case."""

    def __init__(self, end: float = float("inf")) -> None:
        super().__init__(end)
        self.assumed: dict[str, Form] = {}  # brackets settled by the case that is looked at

    def eq(self, form: Form) -> Form:
        """[form = 0]: of a product, unless all factors differ from 0."""
        form = self.canonical(form)
        if form.constant is not None:
            return number(form.constant == 0)
        cases = self.by_bits(form, self.eq) if len(form.terms) > 1 else None
        if cases is not None:
            return cases
        factor, exponents = self.factored(form)
        if not factor:
            return ONE_FORM
        none = [minus(ONE_FORM, self._eq_of(b)) for b in exponents]
        return minus(ONE_FORM, self.times(*none))

    def _eq_of(self, b: Base) -> Form:
        if b.sign == POSITIVE:
            return ZERO_FORM
        if b.bit:
            return minus(ONE_FORM, of_base(b))
        inner = b.args[0] if b.kind == "sum" else of_base(b)
        return self._bracket("eq", inner)

    def gt(self, form: Form) -> Form:
        """[form > 0], from the signs of the factors."""
        form = self.canonical(form)
        if form.constant is not None:
            return number(form.constant > 0)
        cases = self.by_bits(form, self.gt) if len(form.terms) > 1 else None
        if cases is not None:
            return cases
        factor, exponents = self.factored(form)
        if not factor:
            return ZERO_FORM
        odd = [b for b, k in exponents.items() if b.sign != POSITIVE and k.denominator % 2 and k.numerator % 2]
        even = [b for b, k in exponents.items() if b.sign != POSITIVE and b not in odd]
        if len(odd) + len(even) > 4:
            raise GiveUp
        if len(odd) == 1 and not even and not odd[0].bit and odd[0].sign == UNKNOWN:
            up = self._gt_of(odd[0])
            return up if factor > 0 else minus(minus(ONE_FORM, up), self._eq_of(odd[0]))
        sign = number(1 if factor > 0 else -1)
        for b in odd:
            sign = self.times(sign, self.sign(b))
        for b in even:
            sign = self.times(sign, minus(ONE_FORM, self._eq_of(b)))
        return scaled(plus(sign, self.times(sign, sign)), HALF)

    def sign(self, b: Base) -> Form:
        """-1, 0 or 1."""
        if b.bit:
            return of_base(b)
        if b.sign == POSITIVE:
            return ONE_FORM
        if b.sign == NONNEGATIVE:
            return minus(ONE_FORM, self._eq_of(b))
        return plus(scaled(self._gt_of(b), Fraction(2)), self._eq_of(b), number(-1))

    def sign_function(self, form: Form) -> Form:
        return minus(self.gt(form), self.gt(scaled(form, Fraction(-1))))

    def _gt_of(self, b: Base) -> Form:
        inner = b.args[0] if b.kind == "sum" else of_base(b)
        apart = self._difference_of_exponentials(inner)
        return self.gt(apart) if apart is not None else self._bracket("gt", inner)

    def _difference_of_exponentials(self, form: Form) -> Form | None:
        """e^a - e^b has the sign of a - b."""
        if len(form.terms) != 2 or sorted(form.terms.values()) != [-1, 1]:
            return None
        if not all(b.kind == "exp" and b.head is None for p in form.terms for b, _ in p):
            return None
        return plus(*(scaled(b.args[0], c * e) for p, c in form.terms.items() for b, e in p))

    def _bracket(self, kind: str, inner: Form) -> Form:
        base = Base(kind, None, (inner,), sign=NONNEGATIVE)
        value = self.assumed.get(base.key)
        return of_base(base) if value is None else value

    def absolute(self, form: Form) -> Form:
        """|x| = x (2 [x > 0] - 1), factor by factor."""
        if not form.terms:
            return form
        cases = self.by_bits(form, self.absolute) if len(form.terms) > 1 else None
        if cases is not None:
            return cases
        factor, exponents = self.factored(form)
        parts = [number(abs(factor))]
        for b, k in exponents.items():
            value = self.product({b: k})
            if b.sign == UNKNOWN and k.denominator % 2 and k.numerator % 2:
                value = self.times(value, minus(scaled(self._gt_of(b), Fraction(2)), ONE_FORM))
            parts.append(value)
        return self.times(*parts)

    def by_bits(self, form: Form, function: Callable[[Form], Form], positive: bool = False) -> Form | None:
        """``function`` of a sum with a factor b that is 0 or 1: b f(at 1) + (1 - b) f(at 0); None where there is none.

        With ``positive`` only where both values are positive: the function is not defined elsewhere.
        """
        bits = [b for p in form.terms for b, e in p if b.bit and e == 1]
        if not bits:
            return None
        bit = min(bits, key=lambda b: b.key)
        kept = [(p, c) for p, c in form.terms.items() if bit not in dict(p)]
        gone = [(tuple(x for x in p if x[0] != bit), c) for p, c in form.terms.items() if bit in dict(p)]
        no = Form(dict(kept))
        yes = plus(no, *(Form({p: c}) for p, c in gone))
        one = of_base(bit)
        if positive and not sign_of(yes) == sign_of(no) == POSITIVE:
            return None
        return plus(self.times(one, function(yes)), self.times(minus(ONE_FORM, one), function(no)))

    def maximum(self, a: Form, b: Form) -> Form:
        difference = minus(a, b)
        return plus(b, self.times(self.gt(difference), difference))
