"""Functions of forms: exp and log against each other, others by parity and their values at 0."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable
from fractions import Fraction

import sympy as sp

from symnet.ir.expr import Index
from symnet.lecture.algebra.brackets import Brackets
from symnet.lecture.algebra.forms import (
    NONNEGATIVE,
    ONE,
    ONE_FORM,
    POSITIVE,
    UNIT,
    UNKNOWN,
    ZERO_FORM,
    Base,
    Form,
    GiveUp,
    is_integer,
    number,
    of_base,
    plus,
    scaled,
    sign_of,
)
from symnet.lecture.algebra.polynomials import content


class Functions(Brackets):
    """Exponentials, logarithms and functions that are nothing but their names."""

    @abstractmethod
    def opened(self, b: Base) -> tuple[Form, tuple[Index, ...]]:
        """The body of a reduction under fresh indices, and those."""

    @abstractmethod
    def total(self, body: Form, over: tuple[Index, ...]) -> Form:
        """The sum over fresh indices."""

    def exp(self, form: Form) -> Form:
        parts = []
        form = self.canonical(form)
        if any(b.bit for p in form.terms for b, _ in p):
            cases = self.by_bits(form, self.exp)
            if cases is not None:
                return cases
        for p, c in form.terms.items():
            if len(p) == 1 and p[0][1] == 1 and p[0][0].kind == "function" and p[0][0].head == "log":
                parts.append(self.power(p[0][0].args[0], c))
                continue
            logs = [b for b, e in p if e == 1 and b.kind == "function" and b.head == "log"]
            if len(logs) == 1:
                rest = Form({tuple(x for x in p if x[0] != logs[0]): c})
                parts.append(self.general_power(logs[0].args[0], rest, positive=True))
                continue
            parts.append(of_base(Base("exp", None, (Form({p: ONE}),), sign=POSITIVE), c))
        return self.times(*parts)

    def general_power(self, base: Form, exponent: Form, positive: bool = False) -> Form:
        """``base ** exponent``; with ``positive`` the base is known to be so."""
        exponent = self.canonical(exponent)
        if exponent.constant is not None:
            return self.power(base, exponent.constant)
        if not base.terms:
            raise GiveUp
        whole = is_integer(exponent)
        factor, exponents = self.factored(base)
        if not factor:
            raise GiveUp
        parts = []
        loose = [b for b, k in exponents.items() if b.sign != POSITIVE]
        apart = whole or (factor > 0 and (not loose or (positive and len(loose) == 1 and exponents[loose[0]] % 2 == 1)))
        if not apart and not (factor > 0 and len(exponents) == 1 and exponents[loose[0]] == 1):
            head = self.sum_base(self.canonical(base))
            return self._powers_of(head, exponent)
        if factor < 0:
            parts.append(self._powers_of(Base("prime", -1), exponent))
        for part, sign in ((abs(factor).numerator, 1), (abs(factor).denominator, -1)):
            if part > 10**12:
                raise GiveUp
            for prime, k in sorted(sp.factorint(part).items()):
                prime_base = Base("prime", int(prime), sign=POSITIVE)
                parts.append(self._powers_of(prime_base, scaled(exponent, Fraction(sign * k))))
        for b, k in exponents.items():
            if b.kind == "exp" and b.sign == POSITIVE:
                inner = self.times(b.args[0], scaled(exponent, k))
                parts.append(self.exp(inner) if b.head is None else self._powers_of(b.head, inner))
            else:
                parts.append(self._powers_of(b, scaled(exponent, k)))
        return self.times(*parts)

    def _powers_of(self, head: Base, exponent: Form) -> Form:
        parts = []
        for p, c in exponent.terms.items():
            if p == UNIT:
                value = of_base(head) if head.kind != "prime" else number(head.head)
                value = head.args[0] if head.kind == "sum" else value
                parts.append(self.power(value, c))
            elif head.sign == POSITIVE or c.denominator == 1:
                parts.append(of_base(Base("exp", head, (Form({p: ONE}),), sign=head.sign), c))
            else:
                parts.append(of_base(Base("exp", head, (Form({p: c}),), sign=head.sign)))
        return self.times(*parts)

    def log(self, form: Form) -> Form:
        """The logarithm; of a product where at most one factor is not known to be positive."""
        cases = self.by_bits(form, self.log, positive=True) if len(form.terms) > 1 else None
        if cases is not None:
            return cases
        factor, exponents = self.factored(form)
        if not factor:
            raise GiveUp
        parts: list[Form] = []
        stay: dict[Base, Fraction] = {}
        for b, k in exponents.items():
            if b.sign == POSITIVE:
                parts.append(scaled(self._log_of(b), k))
            else:
                stay[b] = k
        if factor > 0 and len(stay) == 1:
            ((b, k),) = stay.items()
            if k.denominator % 2 == 0 or k.numerator % 2:  # b > 0 where the logarithm is defined
                parts.append(scaled(self._log_of(b), k))
                stay = {}
        if not stay and factor < 0:
            raise GiveUp
        for part, sign in ((abs(factor).numerator, 1), (abs(factor).denominator, -1)):
            if part > 10**12:
                raise GiveUp
            for prime, k in sorted(sp.factorint(part).items()):
                parts.append(scaled(self.function("log", (number(int(prime)),)), Fraction(sign * k)))
        if stay:
            inner = scaled(self.product(stay), Fraction(1 if factor > 0 else -1))
            parts.append(of_base(Base("function", "log", (inner,))))
        return plus(*parts)

    def _log_of(self, b: Base) -> Form:
        if b.kind == "exp" and b.head is None:
            return b.args[0]
        if b.kind == "exp" and b.head.sign == POSITIVE:
            return self.times(b.args[0], self._log_of(b.head))
        if b.kind == "reduction" and b.head == "prod" and sign_of(b.args[0]) == POSITIVE:
            body, over = self.opened(b)
            return self.total(self.log(body), over)
        inner = b.args[0] if b.kind == "sum" else number(b.head) if b.kind == "prime" else of_base(b)
        return of_base(Base("function", "log", (inner,)))

    ODD = ("sin", "erf", "atan", "asinh")
    EVEN = ("cos",)

    def function(self, name: str, args: Iterable[Form]) -> Form:
        """A function that is nothing but its name, its parity and its values at 0."""
        args = tuple(map(self.canonical, args))
        if len(args) == 1 and name not in ("log", "where"):
            cases = self.by_bits(args[0], lambda x: self.function(name, (x,)))
            if cases is not None:
                return cases
        if name in self.ODD + self.EVEN:
            (x,) = args
            if not x.terms:
                return ONE_FORM if name == "cos" else ZERO_FORM
            if content(x)[0] < 0:
                turned = self.function(name, (scaled(x, Fraction(-1)),))
                return scaled(turned, Fraction(-1)) if name in self.ODD else turned
        base = Base("function", name, args)
        value = self.known(base)
        return of_base(base) if value is None else value

    def variable(self, symbol: sp.Symbol) -> Form:
        sign = POSITIVE if symbol.is_positive else NONNEGATIVE if symbol.is_nonnegative else UNKNOWN
        base = Base("variable", symbol, sign=sign)
        value = self.known(base)
        return of_base(base) if value is None else value

    def access(self, node, subs: Iterable[Form]) -> Form:
        known = node.assumptions
        sign = POSITIVE if known.get("positive") else NONNEGATIVE if known.get("nonnegative") else UNKNOWN
        base = Base("access", node, tuple(map(self.canonical, subs)), sign=sign)
        value = self.known(base)
        return of_base(base) if value is None else value
