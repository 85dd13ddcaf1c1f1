"""Index expressions: scalar SymPy expressions whose leaves are accesses ``u[i, j]`` and reductions.

A value of the index language is a scalar expression in *free indices*.  Its leaves are

    Access(u, subs)               u[s], s affine in indices, or an integer access (a gather)
    Reduction(op, body, over)     op_{i in over} body,  op in sum, prod, max, min, argmax, argmin, logsumexp

Ranges belong to the index (``Index.size``), never to the reduction.  A bound index is an object of its own: it has a
*level* >= 1 (1 + the deepest bound index of that name inside); free ones have level 0, or -1 for the second copy of an
axis in a Jacobian.  So equal reductions are equal objects, and no substitution can capture.  Reductions are opened with
fresh indices and closed again.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping
from functools import cache, lru_cache
from typing import TYPE_CHECKING

import sympy as sp
from sympy.core.symbol import Str

if TYPE_CHECKING:
    from symnet.ir.graph import Node

FRESH = 1000  # levels from here on are indices of reductions that are open at the moment
REDUCTIONS = ("sum", "prod", "max", "min", "argmax", "argmin", "logsumexp")
EXTREMA = ("max", "min", "argmax", "argmin")


class Size(sp.Symbol):
    """The size of a named axis: a positive integer."""

    __slots__ = ("label",)

    def __new__(cls, label: str) -> Size:
        return _size(label)

    def __reduce__(self):
        return Size, (self.label,)


@cache
def _size(label: str) -> Size:
    size = sp.Symbol.__xnew__(Size, f"|{label}|", integer=True, positive=True)
    size.label = label
    return size


class Index(sp.Symbol):
    """A named index with its range 0 .. size - 1."""

    __slots__ = ("label", "size", "level", "order")

    def __new__(cls, label: str, size: sp.Expr, level: int = 0) -> Index:
        return _index(label, size, level)

    def __reduce__(self):
        return Index, (self.label, self.size, self.level)

    def at_level(self, level: int) -> Index:
        return self if level == self.level else Index(self.label, self.size, level)


@cache
def _index(label: str, size: sp.Expr, level: int) -> Index:
    mark = "^" if level < 0 else "'" * level if level < FRESH else f"~{level:09d}"
    name = f"{label}{mark}<{size}>"  # closed by a bracket: t<|t|> + 2 is not the index t<|t| + 2>
    index = sp.Symbol.__xnew__(Index, name, integer=True, nonnegative=True)
    index.label, index.size, index.level = label, size, level
    index.order = (label, str(size), level)
    return index


class Param(sp.Symbol):
    """A keyword-only constant of a definition."""

    __slots__ = ("label",)

    def __new__(cls, label: str) -> Param:
        param = sp.Symbol.__xnew__(cls, f"${label}", real=True)
        param.label = label
        return param

    def __reduce__(self):
        return Param, (self.label,)


class Constant(sp.Symbol):
    """A decimal that stands in a definition; it is kept as written, where SymPy would multiply it out."""

    __slots__ = ("value",)

    def __new__(cls, value: sp.Rational) -> Constant:
        constant = sp.Symbol.__xnew__(cls, repr(float(value)), real=True, **_sign(value))
        constant.value = value
        return constant

    def __reduce__(self):
        return Constant, (self.value,)


def _sign(value: sp.Rational) -> dict[str, bool]:
    return {"positive": True} if value > 0 else {"negative": True}


@lru_cache(maxsize=1 << 14)
def _spelled(sub: sp.Expr) -> str:
    return str(sub)


class Access(sp.Symbol):
    """``node[subs]``, a scalar; its assumptions (real, positive, integer) come from the node."""

    __slots__ = ("node", "subs")

    def __new__(cls, node: Node, subs: Iterable[sp.Expr]) -> Access:
        subs = tuple(subs)
        name = f"{node.name}[{','.join(s.name if isinstance(s, sp.Symbol) else _spelled(s) for s in subs)}]"
        access = sp.Symbol.__xnew__(cls, name, **node.assumptions)
        access.node, access.subs = node, subs
        return access

    def _hashable_content(self):
        # arrays of two definitions may share a name; SymPy's caches must not take one for the other
        return (self.name, self.node.signature, *super()._hashable_content()[1:])

    def __reduce__(self):
        return Access, (self.node, self.subs)


class Reduction(sp.Expr):
    """``op_{over} body``; build it with :func:`reduce_over` or :meth:`close`, look inside with :meth:`open`."""

    is_commutative = True
    _diff_wrt = True

    def __new__(cls, op, body, over) -> Reduction:
        return super().__new__(cls, op if isinstance(op, Str) else Str(op), body, sp.Tuple(*over))

    @property
    def op(self) -> str:
        return self.args[0].name

    @property
    def body(self) -> sp.Expr:
        return self.args[1]

    @property
    def over(self) -> tuple[Index, ...]:
        return tuple(self.args[2])

    @property
    def size(self) -> sp.Expr:
        """The number of terms."""
        return sp.Mul(*(i.size for i in self.over))

    def open(self) -> tuple[sp.Expr, tuple[Index, ...]]:
        """The body under fresh indices, and those indices."""
        fresh = tuple(fresh_index(i) for i in self.over)
        return reindex(self.body, dict(zip(self.over, fresh))), fresh

    def map(self, function: Callable[[sp.Expr], sp.Expr]) -> sp.Expr:
        """The same reduction of ``function(body)``."""
        body, over = self.open()
        return reduce_over(self.op, function(body), over)

    def _eval_derivative(self, symbol):
        return sp.S.Zero

    def _eval_is_extended_real(self):
        return True

    def _eval_is_finite(self):
        return True

    def _eval_is_integer(self):
        return True if self.op in ("argmax", "argmin") else None

    def _eval_is_extended_positive(self):
        return True if self.op in ("sum", "prod", "max", "min") and self.body.is_positive else None

    def _eval_is_extended_nonnegative(self):
        if self.op in ("argmax", "argmin"):
            return True
        return True if self.op in ("sum", "prod", "max", "min") and self.body.is_nonnegative else None

    def _sympystr(self, printer):
        return f"{self.op}({printer._print(self.body)}; {','.join(i.name for i in self.over)})"


_counter = itertools.count(FRESH)


def fresh_index(index: Index) -> Index:
    """A new index with the name and range of ``index`` that occurs nowhere else."""
    return Index(index.label, index.size, next(_counter))


def reduce_over(op: str, body: sp.Expr, over: Iterable[Index]) -> sp.Expr:
    """Close ``op_{over} body``: bound indices get their canonical level, and their order where it means nothing.

    Of equal elements the first one is chosen, so the order of the indices of an extremum stays, the last one fastest.
    """
    order = tuple(over)
    if not order:
        return body
    inside = bound_indices(body)
    if op not in EXTREMA:
        order = tuple(sorted(order, key=lambda i: i.order))
    renamed: dict[Index, Index] = {}
    used: set[tuple[str, int]] = set()
    for index in order:
        level = 1 + max((b.level for b in inside if b.label == index.label), default=0)
        while (index.label, level) in used:
            level += 1
        used.add((index.label, level))
        renamed[index] = index.at_level(level)
    return Reduction(op, reindex(body, renamed), (renamed[i] for i in order))


@lru_cache(maxsize=1 << 16)
def free_indices(expr: sp.Expr) -> frozenset[Index]:
    """The indices that ``expr`` depends on."""
    if isinstance(expr, Index):
        return frozenset((expr,))
    if isinstance(expr, Access):
        return frozenset().union(*map(free_indices, expr.subs))
    if isinstance(expr, Reduction):
        return free_indices(expr.body) - frozenset(expr.over)
    return frozenset().union(*map(free_indices, expr.args))


@lru_cache(maxsize=1 << 16)
def mirrored(sub: sp.Expr) -> Index | None:
    """The index t of a subscript ``T - 1 - t``, which counts back to 0; None where it is another."""
    found = free_indices(sub)
    if len(found) != 1:
        return None
    (index,) = found
    return index if sp.expand(sub + index - index.size + 1) == 0 else None


@lru_cache(maxsize=1 << 16)
def bound_indices(expr: sp.Expr) -> frozenset[Index]:
    """The indices bound by some reduction inside ``expr``."""
    inner = expr.subs if isinstance(expr, Access) else expr.args
    found = frozenset().union(*(bound_indices(a) for a in inner))
    return found | frozenset(expr.over) if isinstance(expr, Reduction) else found


@lru_cache(maxsize=1 << 16)
def accesses(expr: sp.Expr) -> frozenset[Access]:
    """Every access in ``expr``, also those inside reductions and subscripts."""
    if isinstance(expr, Access):
        return frozenset((expr,)).union(*map(accesses, expr.subs))
    return frozenset().union(*map(accesses, expr.args))


def nodes_of(expr: sp.Expr) -> dict[str, Node]:
    """The nodes that ``expr`` reads, by name."""
    return {a.node.name: a.node for a in sorted(accesses(expr), key=lambda a: a.name)}


def transform(expr: sp.Expr, leaf: Callable[[sp.Expr], sp.Expr | None]) -> sp.Expr:
    """Rebuild ``expr`` bottom-up; where ``leaf`` gives an expression for a part, that replaces it (outermost first).

    Reductions are opened and closed, so free indices in what ``leaf`` gives are never captured.
    """
    memo: dict[sp.Expr, sp.Expr] = {}

    def walk(part):
        if part in memo:
            return memo[part]
        new = leaf(part)
        if new is None:
            if isinstance(part, Reduction):
                body, over = part.open()
                inner = walk(body)
                new = part if inner == body else reduce_over(part.op, inner, over)
            elif isinstance(part, Access):
                subs = tuple(walk(s) for s in part.subs)
                new = part if subs == part.subs else Access(part.node, subs)
            elif part.args:
                args = [walk(a) for a in part.args]
                new = part if all(a is b or a == b for a, b in zip(args, part.args)) else part.func(*args)
            else:
                new = part
        memo[part] = new
        return new

    return walk(expr)


def reindex(expr: sp.Expr, mapping: Mapping[Index, sp.Expr]) -> sp.Expr:
    """``expr`` with free indices replaced; bound ones are never captured (see the module's docstring)."""
    mapping = {k: v for k, v in mapping.items() if k != v}
    if not mapping:
        return expr
    keys = frozenset(mapping)

    def walk(part):
        if isinstance(part, Index):
            return mapping.get(part, part)
        if not (free_indices(part) & keys):
            return part
        if isinstance(part, Access):
            return Access(part.node, (walk(s) for s in part.subs))
        if isinstance(part, Reduction):
            return Reduction(part.args[0], walk(part.body), part.over)
        return part.func(*(walk(a) for a in part.args))

    return walk(expr)


def substitute(expr: sp.Expr, values: Mapping[str, Callable[[tuple[sp.Expr, ...]], sp.Expr]]) -> sp.Expr:
    """``expr`` with accesses of the named nodes replaced by ``values[name](subscripts)``."""

    def leaf(part):
        if isinstance(part, Access) and part.node.name in values:
            return values[part.node.name](part.subs)
        return None

    return transform(expr, leaf)


def inline(expr: sp.Expr, definitions: Mapping[str, tuple[tuple[Index, ...], sp.Expr]]) -> sp.Expr:
    """Replace accesses ``u[s]`` by the definition ``(axes, body)`` of ``u`` read at ``s``."""

    def reader(axes, body):
        return lambda subs: reindex(body, dict(zip(axes, subs)))

    return substitute(expr, {name: reader(*definition) for name, definition in definitions.items()})
