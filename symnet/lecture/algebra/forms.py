"""The algebra of index expressions in normal form: sums of products of powers of atoms, with exact coefficients.

A :class:`Form` is a linear combination of *products*; a product maps *bases* to rational exponents.  Bases are what the
algebra does not look into: variables, accesses, exponentials, brackets, functions, sums over indices that can not be
split, and sums of terms that stand below a fraction or a root.  Every base is built by one method of :class:`Algebra`,
which brings its parts into normal form first and applies the identities of that kind, so equal things get equal keys.

Each identity used here holds wherever both of its sides are defined, for all sizes >= 1; none assumes a sign that is
not declared.  Where the work grows too large, or the algebra meets what it does not know, it raises :class:`GiveUp`.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from math import gcd, lcm

import sympy as sp

from symnet.ir.expr import Index
from symnet.lecture import effort

ONE, HALF = Fraction(1), Fraction(1, 2)
#: more terms than this are not multiplied out; larger denominators are not factored
MOST_TERMS, MOST_FACTORED, LONGEST_KEY = 4000, 24, 100_000
#: bound indices of a normal form are numbered from here on, fresh ones while a sum is open further up
BOUND, OPEN = 10_000, 1_000_000
POSITIVE, NONNEGATIVE, UNKNOWN = 2, 1, 0


class GiveUp(Exception):
    """The algebra does not decide this."""


class Base:
    """An atom of the algebra; two with the same ``key`` are the same.

    ``kind`` is variable, prime, access, exp (``head ** args[0]``, the base of the natural logarithm where head is
    None), function, gt ([x > 0]), eq ([x = 0]), reduction or sum.
    """

    __slots__ = ("args", "depth", "free", "head", "key", "kind", "over", "sign", "touchy")

    free: frozenset[Index]
    depth: int

    def __init__(self, kind: str, head=None, args: tuple[Form, ...] = (), over: tuple[Index, ...] = (), sign=UNKNOWN):
        self.kind, self.head, self.args, self.over, self.sign = kind, head, args, over, sign
        name = getattr(head, "key", None) or getattr(head, "name", None) or str(head)
        indices = ",".join(i.name for i in over)
        self.key = f"{kind[:3]}:{name}({';'.join(a.key for a in args)}|{indices})"
        free = frozenset((head,)) if isinstance(head, Index) else frozenset()
        free = free.union(*(a.free for a in args))
        if isinstance(head, Base):
            free |= head.free
        self.free = free - frozenset(over)
        inside = max((a.depth for a in args), default=0)
        if isinstance(head, Base):
            inside = max(inside, head.depth)
        self.depth = max([inside, *(i.level for i in over)])
        bit = kind in ("gt", "eq") or (kind == "access" and head.kind in ("mask", "one_hot"))
        self.touchy = bit or kind in ("sum", "prime") or (kind == "function" and head == "cos")

    @property
    def bit(self) -> bool:
        """Is it 0 or 1?"""
        return self.touchy and self.kind in ("gt", "eq", "access")

    def __eq__(self, other):
        return self is other or (isinstance(other, Base) and self.key == other.key)

    def __hash__(self):
        return hash(self.key)

    def __repr__(self):
        return self.key


Product = tuple[tuple[Base, Fraction], ...]
UNIT: Product = ()


def product_key(product: Product) -> str:
    return "*".join(f"{b.key}^{e}" for b, e in product)


def product_free(product: Product) -> frozenset[Index]:
    return frozenset().union(*(b.free for b, _ in product))


def sorted_product(exponents: Mapping[Base, Fraction]) -> Product:
    return tuple(sorted(((b, e) for b, e in exponents.items() if e), key=lambda p: p[0].key))


class Form:
    """A sum of coefficients times products; {} is zero."""

    __slots__ = ("_depth", "_free", "_key", "terms")

    def __init__(self, terms: dict[Product, Fraction]):
        self.terms = terms
        self._key: str | None = None
        self._free: frozenset[Index] | None = None
        self._depth = -1

    @property
    def key(self) -> str:
        if self._key is None:
            self._key = "+".join(sorted(f"{c}*{product_key(p)}" for p, c in self.terms.items()))
        return self._key

    @property
    def free(self) -> frozenset[Index]:
        if self._free is None:
            self._free = frozenset().union(*(product_free(p) for p in self.terms))
        return self._free

    @property
    def depth(self) -> int:
        if self._depth < 0:
            self._depth = max((b.depth for p in self.terms for b, _ in p), default=0)
        return self._depth

    @property
    def constant(self) -> Fraction | None:
        """The number, where it is one."""
        if not self.terms:
            return Fraction(0)
        return self.terms.get(UNIT) if len(self.terms) == 1 else None

    @property
    def index(self) -> Index | None:
        """The index, where it is nothing but one."""
        if len(self.terms) == 1:
            (product, c), *_ = self.terms.items()
            if c == 1 and len(product) == 1 and product[0][1] == 1 and isinstance(product[0][0].head, Index):
                return product[0][0].head
        return None

    def ordered(self) -> list[tuple[Product, Fraction]]:
        return sorted(self.terms.items(), key=lambda t: product_key(t[0]))

    def __repr__(self):
        return self.key or "0"


def number(value) -> Form:
    value = Fraction(value)
    return Form({UNIT: value} if value else {})


ZERO_FORM, ONE_FORM = number(0), number(1)


def of_base(base: Base, exponent: Fraction = ONE) -> Form:
    return Form({((base, exponent),): ONE})


def plus(*forms: Form) -> Form:
    terms: dict[Product, Fraction] = {}
    for form in forms:
        for product, c in form.terms.items():
            total = terms.get(product, 0) + c
            if total:
                terms[product] = Fraction(total)
            else:
                del terms[product]
    return Form(terms)


def scaled(form: Form, factor: Fraction) -> Form:
    if not factor:
        return ZERO_FORM
    return form if factor == 1 else Form({p: c * factor for p, c in form.terms.items()})


def minus(a: Form, b: Form) -> Form:
    return plus(a, scaled(b, Fraction(-1)))


def sign_of_product(product: Product) -> int:
    """POSITIVE, NONNEGATIVE or UNKNOWN."""
    worst = POSITIVE
    for base, e in product:
        if base.sign == POSITIVE:
            continue
        even = e.denominator == 1 and e.numerator % 2 == 0
        if base.sign == NONNEGATIVE or even or e.denominator % 2 == 0:
            worst = NONNEGATIVE
        else:
            return UNKNOWN
    return worst


def sign_of(form: Form) -> int:
    signs = [sign_of_product(p) if c > 0 else UNKNOWN for p, c in form.terms.items()]
    if not signs or UNKNOWN in signs:
        return UNKNOWN
    return POSITIVE if POSITIVE in signs else NONNEGATIVE


def is_integer(form: Form) -> bool:
    """Surely an integer at all values of its variables."""

    def whole(base: Base) -> bool:
        if base.kind == "variable":
            return bool(base.head.is_integer)
        return base.kind in ("gt", "eq") or (base.kind == "access" and bool(base.head.assumptions.get("integer")))

    return all(
        c.denominator == 1 and all(e.denominator == 1 and e > 0 and whole(b) for b, e in p)
        for p, c in form.terms.items()
    )


# -- division of polynomials, bases as plain variables ----------------------------------------------------------------


def _times(p: Product, q: Product, sign: int = 1) -> Product:
    exponents = dict(p)
    for b, e in q:
        exponents[b] = exponents.get(b, Fraction(0)) + sign * e
    return sorted_product(exponents)


def content(form: Form) -> tuple[Fraction, Product, Form]:
    """``form = number * product * rest``: the rest has coprime integer coefficients, a positive first one, and no
    product divides it."""
    products = list(form.terms)
    common: dict[Base, Fraction] = {}
    for base in dict.fromkeys(b for p in products for b, _ in p):
        least = min(dict(p).get(base, Fraction(0)) for p in products)
        if least:
            common[base] = least
    shared = sorted_product(common)
    over = lcm(*(c.denominator for c in form.terms.values()))
    whole = gcd(*(int(c * over) for c in form.terms.values()))
    factor = Fraction(whole, over)
    rest = Form({_times(p, shared, -1): c / factor for p, c in form.terms.items()})
    if rest.ordered()[0][1] < 0:
        factor, rest = -factor, scaled(rest, Fraction(-1))
    return factor, shared, rest


def divided(
    form: Form, by: Form, first: frozenset[Index] = frozenset(), exact: bool = True
) -> tuple[Form, Form] | None:
    """``(quotient, remainder)`` of polynomials; bases that depend on ``first`` lead.

    With ``exact`` the remainder is zero, or the answer None.  Where exponents of ``form`` are negative it is shifted.
    """
    order = sorted({b for p in by.terms for b, _ in p}, key=lambda b: (not (b.free & first), b.key))

    def rank(product: Product):
        exponents = dict(product)
        return tuple(exponents.get(b, Fraction(0)) for b in order)

    lead = max(by.terms, key=lambda p: (rank(p), product_key(p)))
    lead_c = by.terms[lead]
    low = {b: min([Fraction(0), *(dict(p).get(b, Fraction(0)) for p in form.terms)]) for b in order}
    shift = sorted_product(low)
    rest = {_times(p, shift, -1): c for p, c in form.terms.items()}
    quotient: dict[Product, Fraction] = {}
    left: dict[Product, Fraction] = {}
    for _ in range(MOST_TERMS):
        if not rest:
            return (Form({_times(p, shift): c for p, c in quotient.items()}),
                    Form({_times(p, shift): c for p, c in left.items()}))  # fmt: skip
        top = max(rest, key=lambda p: (rank(p), product_key(p)))
        exponents = dict(top)
        if any(exponents.get(b, Fraction(0)) < e for b, e in lead):
            if exact:
                return None
            left[top] = rest.pop(top)
            continue
        factor, c = _times(top, lead, -1), rest[top] / lead_c
        quotient[factor] = quotient.get(factor, Fraction(0)) + c
        for p, by_c in by.terms.items():
            q = _times(factor, p)
            value = rest.get(q, Fraction(0)) - c * by_c
            if value:
                rest[q] = value
            else:
                rest.pop(q, None)
    raise GiveUp


def irreducible(form: Form) -> list[tuple[Form, int]]:
    """The factors of a primitive polynomial, with their powers; one too large to be factored counts as irreducible."""
    bases = sorted({b for p in form.terms for b, _ in p}, key=lambda b: b.key)
    degree = max(sum(e for _, e in p) for p in form.terms)
    if len(form.terms) > MOST_FACTORED or len(bases) > 10 or degree > 8 or len(form.terms) < 2:
        return [(form, 1)]
    scale = {b: lcm(*(dict(p).get(b, Fraction(0)).denominator for p in form.terms)) for b in bases}
    if any(all(dict(p).get(b, Fraction(0)) * scale[b] in (0, 1) for p in form.terms) and
           any(len(p) == 1 and p[0][0] == b for p in form.terms) and
           sum(1 for p in form.terms if any(q == b for q, _ in p)) == 1 for b in bases):  # fmt: skip
        return [(form, 1)]  # linear in a variable that stands alone: irreducible
    poly = sp.Poly.from_dict(
        {
            tuple(int(dict(p).get(b, Fraction(0)) * scale[b]) for b in bases): sp.Rational(c.numerator, c.denominator)
            for p, c in form.terms.items()
        },
        *(sp.Symbol(f"g{k}") for k in range(len(bases))),
        domain="QQ",
    )
    coefficient, factors = sp.factor_list(poly)
    if len(factors) == 1 and factors[0][1] == 1:
        return [(form, 1)]
    found = [(number(Fraction(int(coefficient.p), int(coefficient.q))), 1)]
    for factor, power in factors:
        terms = {
            sorted_product({b: Fraction(int(k), scale[b]) for b, k in zip(bases, exponents)}): Fraction(
                int(c.p), int(c.q)
            )
            for exponents, c in factor.terms()
        }
        found.append((Form(terms), power))
    return found


# -- the algebra ------------------------------------------------------------------------------------------------------


class Algebra:
    """Sums, products, powers, functions, brackets and reductions of forms, each in normal form.

    ``known(base)`` gives the value of a base that the facts of the document settle, else None; ``end`` is where
    the count of steps may go.
    """

    def __init__(self, end: float = float("inf")) -> None:
        self.end = end
        self.known: Callable[[Base], Form | None] = lambda base: None
        self.assumed: dict[str, Form] = {}  # brackets settled by the case that is looked at
        self._open = itertools.count(OPEN)
        self._sizes: dict[sp.Expr, Form] = {}
        self._substituted: dict[tuple, Form] = {}

    def in_time(self) -> None:
        effort.step(50)  # products of polynomials
        if effort.is_over(self.end):
            raise GiveUp

    # -- products -----------------------------------------------------------------------------------------------------
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

    # -- powers -------------------------------------------------------------------------------------------------------
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

    # -- exponentials, and powers with an exponent that is not a number -----------------------------------------------
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

    # -- functions ----------------------------------------------------------------------------------------------------
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

    # -- brackets -----------------------------------------------------------------------------------------------------
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

    # -- substitution -------------------------------------------------------------------------------------------------
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

    # -- reductions ---------------------------------------------------------------------------------------------------
    def fresh(self, index: Index) -> Index:
        return Index("", index.size, next(self._open))

    def opened(self, b: Base) -> tuple[Form, tuple[Index, ...]]:
        """The body of a reduction under fresh indices, and those."""
        over = tuple(self.fresh(i) for i in b.over)
        return self.substituted(b.args[0], {i: self.variable(j) for i, j in zip(b.over, over)}), over

    def size(self, index: Index) -> Form:
        raise NotImplementedError

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

    def inside(self, value: Form, index: Index) -> bool:
        """Does an affine value surely stay in the range of ``index``?"""
        raise NotImplementedError

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
