"""Arrays of a listing: a shape of symbolic sizes, and the scalar expression that stands at given subscripts.

    Arr(dims=(N, D), at=lambda (i, j): x[i, j])

Sizes are rigid (declared) or flexible (to be found by unification).  Expressions are built late, when every size is
known, by calling ``at`` with subscripts; a size that turns out to be 1 is read at 0, as NumPy broadcasts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import sympy as sp

from symnet.ir import functions as fn
from symnet.ir.expr import Index, Size, fresh_index, reduce_over
from symnet.lecture.algebra.expressions import as_expr

Dims = tuple[sp.Expr, ...]
_LETTERS = "n d h c k m p q r s u v".split()


class Clash(Exception):
    """Two shapes that do not go together."""


class Unread(Exception):
    """A construct that is not read, with its name."""


@dataclass(eq=False)
class Arr:
    """An array and what is known of it besides."""

    dims: Dims
    at: Callable[[Sequence[sp.Expr]], sp.Expr]
    positions: bool = False  # 0, 1, 2, ... as np.arange gives
    size: sp.Expr | None = None  # a scalar that may serve as the size of an axis
    binding: object = None  # the name that it is the value of
    unit: int = 0  # of a product with a weight matrix: the axis (-1 or -2) that its units lie along

    @property
    def rank(self) -> int:
        return len(self.dims)


@dataclass(eq=False)
class Dimensions:
    """Which sizes are equal."""

    bound: dict[sp.Expr, sp.Expr] = field(default_factory=dict)
    flexible: set[sp.Expr] = field(default_factory=set)
    count: int = 0

    def new(self) -> Size:
        k, self.count = self.count, self.count + 1
        size = Size(_LETTERS[k % len(_LETTERS)] + ("" if k < len(_LETTERS) else str(k // len(_LETTERS) + 1)) + "_")
        self.flexible.add(size)
        return size

    def freeze(self) -> None:
        """From now on the sizes found so far are taken as given."""
        self.flexible.clear()

    def __call__(self, size: sp.Expr) -> sp.Expr:
        """The size as far as it is known."""
        while True:
            new = size.xreplace(self.bound) if self.bound else size
            if new == size:
                return size
            size = new

    def shape(self, dims: Dims) -> str:
        """The shape as text: (N, D)."""
        sizes = [str(self(d)).replace("|", "").rstrip("_") for d in dims]
        return f"({sizes[0]},)" if len(sizes) == 1 else f"({', '.join(sizes)})"

    def same(self, a: sp.Expr, b: sp.Expr) -> bool:
        """Make two sizes equal if that is possible."""
        a, b = self(a), self(b)
        if a == b:
            return True
        if b in self.flexible:
            a, b = b, a
        if a in self.flexible and not b.has(a):
            self.bound[a] = b
            return True
        return False

    def broadcast(self, shapes: Sequence[Dims]) -> Dims:
        """The shape of an elementwise result; raises Clash."""
        rank = max((len(s) for s in shapes), default=0)
        result = []
        for k in range(rank):
            size: sp.Expr = sp.S.One
            for dims in shapes:
                place = k - (rank - len(dims))
                if place < 0 or self(dims[place]) == 1:
                    continue
                if self(size) == 1:
                    size = dims[place]
                elif not self.same(size, dims[place]):
                    raise Clash(f"shapes {' and '.join(map(self.shape, shapes))} do not broadcast")
            result.append(size)
        return tuple(result)

    # -- arrays ---------------------------------------------------------------------------------------------------
    def read(self, a: Arr, subs: Sequence[sp.Expr]) -> sp.Expr:
        """The entry of ``a`` that broadcasting puts at ``subs`` of a result."""
        own = subs[len(subs) - a.rank :] if a.rank else ()
        return a.at([sp.S.Zero if self(d) == 1 else s for d, s in zip(a.dims, own)])

    def elementwise(self, function: Callable[..., sp.Expr], *arrays: Arr) -> Arr:
        dims = self.broadcast([a.dims for a in arrays])
        return Arr(dims, lambda subs: function(*(self.read(a, subs) for a in arrays)))

    def indices(self, dims: Dims, labels: str = "ijklmn") -> list[sp.Expr]:
        """Subscripts that run over a shape; 0 for axes of length 1."""
        sizes = [self(d) for d in dims]
        return [sp.S.Zero if s == 1 else Index(labels[k % 6], s) for k, s in enumerate(sizes)]

    def fresh(self, size: sp.Expr, label: str = "r") -> sp.Expr:
        size = self(size)
        return sp.S.Zero if size == 1 else fresh_index(Index(label, size))

    def contracted(self, op: str, body: sp.Expr, over: Sequence[sp.Expr]) -> sp.Expr:
        return reduce_over(op, as_expr(body), [i for i in over if isinstance(i, Index)])

    def reduction(self, op: str, a: Arr, axes: Sequence[int] | None, keepdims: bool) -> Arr:
        """sum, prod, max, min, argmax, argmin over ``axes`` (all when None)."""
        reduced = set(range(a.rank)) if axes is None else {k % a.rank if -a.rank <= k < a.rank else -99 for k in axes}
        if -99 in reduced:
            raise Clash(f"axis {list(axes or ())[0]} is not an axis of an array of shape {self.shape(a.dims)}")
        kept = [k for k in range(a.rank) if k not in reduced]
        dims = tuple(sp.S.One if k in reduced else d for k, d in enumerate(a.dims) if keepdims or k not in reduced)

        def at(subs: Sequence[sp.Expr]) -> sp.Expr:
            given = dict(zip(range(a.rank) if keepdims else kept, subs))
            full = [self.fresh(d) if k in reduced else given[k] for k, d in enumerate(a.dims)]
            over = [full[k] for k in sorted(reduced)]
            if op.startswith("arg") and not any(isinstance(i, Index) for i in over):
                return sp.S.Zero
            return self.contracted(op, a.at(full), over)

        return Arr(dims, at)

    def count_of(self, a: Arr, axes: Sequence[int] | None) -> Arr:
        """The number of entries along ``axes``."""
        chosen = range(a.rank) if axes is None else axes
        return Arr((), lambda subs: sp.Mul(*(self(a.dims[k]) for k in chosen)))

    def matmul(self, a: Arr, b: Arr, name: str = "dot") -> Arr:
        """a @ b for ranks 1 and up; raises Clash with both shapes."""
        if a.rank == 0 or b.rank == 0:
            if name == "@":
                raise Clash("'@' of a scalar")
            return self.elementwise(lambda x, y: x * y, a, b)
        inner_b = b.rank - 2 if b.rank > 1 else 0
        if name != "@" and b.rank > 2:
            raise Unread("dot with an array of more than two axes")
        if not self.same(a.dims[-1], b.dims[inner_b]):
            raise Clash(
                f"a product of shapes {self.shape(a.dims)} and {self.shape(b.dims)}: "
                f"{self.shape((a.dims[-1],))[1:-2]} is not {self.shape((b.dims[inner_b],))[1:-2]}"
            )
        rows, columns = a.dims[-2:-1], b.dims[-1:] if b.rank > 1 else ()
        batch = self.broadcast([a.dims[:-2], b.dims[:-2]])

        def at(subs: Sequence[sp.Expr]) -> sp.Expr:
            lead = list(subs[: len(batch)])
            rest = list(subs[len(batch) :])
            i, j = rest[: len(rows)], rest[len(rows) :]
            k = self.fresh(a.dims[-1], "k")
            left = self.read(Arr((*a.dims[:-2],), lambda s: a.at([*s, *i, k])), lead)
            right = self.read(Arr((*b.dims[:-2],), lambda s: b.at([*s, k, *j])), lead)
            return self.contracted("sum", left * right, [k])

        return Arr((*batch, *rows, *columns), at)

    def transposed(self, a: Arr, order: Sequence[int] | None = None) -> Arr:
        order = list(order) if order is not None else list(range(a.rank))[::-1]
        if sorted(k % max(a.rank, 1) for k in order) != list(range(a.rank)):
            raise Clash(f"an array of shape {self.shape(a.dims)} has no transpose by {tuple(order)}")
        order = [k % a.rank for k in order]

        def at(subs: Sequence[sp.Expr]) -> sp.Expr:
            place = dict(zip(order, subs))
            return a.at([place[k] for k in range(a.rank)])

        return Arr(tuple(a.dims[k] for k in order), at)

    def einsum(self, spec: str, arrays: Sequence[Arr]) -> Arr:
        """np.einsum with letters; raises Clash where one letter has two sizes."""
        left, arrow, right = spec.replace(" ", "").partition("->")
        words = left.split(",")
        if len(words) != len(arrays) or "." in spec:
            raise Unread(f"einsum '{spec}'")
        size: dict[str, sp.Expr] = {}
        for word, a in zip(words, arrays):
            if len(word) != a.rank:
                raise Clash(f"einsum reads an array of shape {self.shape(a.dims)} as '{word}'")
            for letter, d in zip(word, a.dims):
                if not self.same(size.setdefault(letter, d), d):
                    raise Clash(f"einsum: '{letter}' is both {self.shape((size[letter],))} and {self.shape((d,))}")
        letters = "".join(words)
        out = right if arrow else "".join(sorted(c for c in set(letters) if letters.count(c) == 1))
        if any(c not in size for c in out):
            raise Clash(f"einsum '{spec}' gives an axis that it does not read")

        def at(subs: Sequence[sp.Expr]) -> sp.Expr:
            place = dict(zip(out, subs))
            summed = {c: self.fresh(size[c], c) for c in dict.fromkeys(letters) if c not in place}
            place |= summed
            return self.contracted(
                "sum",
                sp.Mul(*(a.at([place[c] for c in w]) for w, a in zip(words, arrays))),
                list(summed.values()),
            )

        return Arr(tuple(size[c] for c in out), at)


def scalar(value: object) -> Arr:
    """A number."""
    number = as_expr(value)
    return Arr((), lambda subs: number)


def power(base: sp.Expr, exponent: sp.Expr) -> sp.Expr:
    """base ** exponent; raises Unread for numbers that would not end."""
    if exponent.is_number and not abs(exponent) <= 64:
        raise Unread("so large an exponent")
    if base.is_number and not abs(base) <= 10**9:
        raise Unread("a power of so large a number")
    return sp.Pow(base, exponent)


def complement(bit: sp.Expr) -> sp.Expr:
    """1 where a condition does not hold."""
    if isinstance(bit, fn.gt):
        return fn.ge(bit.args[1], bit.args[0])
    if isinstance(bit, fn.ge):
        return fn.gt(bit.args[1], bit.args[0])
    if isinstance(bit, fn.eq):
        return fn.ne(*bit.args)
    if isinstance(bit, fn.ne):
        return fn.eq(*bit.args)
    return 1 - bit
