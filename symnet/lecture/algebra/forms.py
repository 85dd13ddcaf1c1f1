"""The algebra of index expressions in normal form: sums of products of powers of atoms, with exact coefficients.

A :class:`Form` is a linear combination of *products*; a product maps *bases* to rational exponents.  Bases are what the
algebra does not look into: variables, accesses, exponentials, brackets, functions, sums over indices that can not be
split, and sums of terms that stand below a fraction or a root.  Every base is built by one method of :class:`Algebra`,
which brings its parts into normal form first and applies the identities of that kind, so equal things get equal keys.

Each identity used here holds wherever both of its sides are defined, for all sizes >= 1; none assumes a sign that is
not declared.  Where the work grows too large, or the algebra meets what it does not know, it raises :class:`GiveUp`.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from symnet.ir.expr import Index

ONE, HALF = Fraction(1), Fraction(1, 2)
OPEN = 1_000_000  # fresh bound indices are numbered from here on
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
