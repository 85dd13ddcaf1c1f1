"""Whether a definition fits a place: its indices as a pattern, the letters it leaves open, whether it recurs."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from functools import lru_cache

from symnet.lecture.context.context import Context
from symnet.lecture.context.letters import free_letters
from symnet.lecture.context.record import Definition
from symnet.lecture.context.refs import LOSS_NAMES, Ref, is_capital, refs
from symnet.lecture.evaluation.dots import last_letters
from symnet.lecture.reader.syntax import Big, Call, Expr, Number, Plus, Product
from symnet.lecture.remembered import remembered


@remembered
def starts(d: Definition) -> bool:
    """Is it a recurrence, which starts at 1: below, the name is free?"""
    return any(r.key == d.key for r in refs(d.body)) or any(
        isinstance(i, Plus) for r in refs(d.body) for i in r.indices
    )


@lru_cache(maxsize=1 << 12)
def plain_ref(key: str, count: int) -> Ref:
    """A name with so many indices."""
    return Ref(key, tuple(Number(Fraction(1)) for _ in range(count)))


def bound_at(d: Definition, indices: tuple[int, ...], end: int | None = None) -> dict[str, int] | None:
    """The letters of the definition's indices at these values; None where they do not fit.

    A capital is one place and not any, the last layer or the ``end`` of the steps, unless the formula reckons with it.
    """
    if len(d.indices) != len(indices):
        return None
    bound: dict[str, int] = {}
    for pattern, value in zip(d.indices, indices):
        if isinstance(pattern, Number):
            if pattern.value != value:
                return None
        elif is_capital(pattern) and pattern.key not in reckoned(d):
            if value != end:
                return None
        elif isinstance(pattern, Ref):
            if bound.setdefault(pattern.key, value) != value:
                return None
    return bound


@remembered
def place_of_end(d: Definition) -> int | None:
    """Which index of a definition is the last step, as the T of ``b_T = 0`` is; None where none is."""
    return next((k for k, i in enumerate(d.indices) if is_capital(i) and i.key not in reckoned(d)), None)


@remembered
def goes_up(d: Definition) -> bool:
    """Does a recurrence come from the step behind: ``b_t = a b_{t+1}``?"""
    indices = (i for r in refs(d.body) if r.key == d.key for i in r.indices if isinstance(i, Plus))
    return any(isinstance(t, Number) and t.value > 0 for i in indices for t in i.terms)


@remembered
def reckoned(d: Definition) -> frozenset[str]:
    r"""The names that a formula computes with: the K of ``\frac{1}{K} \sum_{i=1}^K w_i``, and not that of ``h_K``."""
    indices = {id(x) for r in refs(d.body) for i in r.indices for x in i.walk()}
    return frozenset(r.key for r in refs(d.body) if id(r) not in indices)


@remembered
def gathers(d: Definition) -> bool:
    r"""``L = \sum_i L_i``: the name without index is no vector whose entries have the name with it."""
    return any(r.key == d.key and len(r.indices) > len(d.indices) for r in refs(d.body))


@remembered
def fixed_places(d: Definition) -> list[Ref]:
    """Where a definition reads its own name at a fixed place: the b_1 of b_t = b_1 + (t - 1) c."""
    letters = {i.key for i in d.indices if isinstance(i, Ref)}
    own = [r for r in refs(d.body) if r.key == d.key and r.indices]
    return [r for r in own if not letters & {x.key for i in r.indices for x in refs(i)}]


def shifts(d: Definition, letter: Expr) -> bool:
    """Does the definition speak of the place before or after the letter?"""
    return any(isinstance(i, Plus) and letter in i.terms for r in refs(d.body) for i in r.indices)


@remembered
def open_letters(d: Definition) -> list[str]:
    """Letters that index the body of a definition and are bound nowhere: ``softmax(x) = e^{x_i} / ...``."""
    bound = {i.key for i in d.indices if isinstance(i, Ref)}
    bound |= {r.key for p in d.parameters or () for r in refs(p)}
    bound |= {x for part in d.body.walk() for x in last_letters(part)}
    return [x for x in free_letters(d.body) if x not in bound]


def is_of_one_step(context: Context, d: Definition) -> bool:
    """Is ``v = a_t x_t + b`` meant at one t, which is that of the claim too?

    It is where nothing in the document sums over t.  A loss with an index left open has lost its sum.
    """
    free = set(open_letters(d))
    named = d.parameters is None and d.key not in LOSS_NAMES and (not d.indices or free <= strides(d))
    return named and not context.naming.bound & free


@remembered
def strides(d: Definition) -> frozenset[str]:
    """The letters that others are multiplied with in an index, and no sum runs up to: the s of ``x_{s(i-1)+j}``."""
    products = (p for r in refs(d.body) for i in r.indices for p in i.walk() if isinstance(p, Product))
    ends = {r.key for p in d.body.walk() if isinstance(p, Big) and p.upper is not None for r in refs(p.upper)}
    return frozenset(side.key for p in products for side in (p.left, p.right) if isinstance(side, Ref)) - ends


def steps_behind(context: Context, sides: Iterable[Expr], order: int) -> list[str]:
    """The letters that stand for one step in the definitions of names that a statement relies on."""
    found = (d for key in sorted(context.names_behind(sides)) for d in context.definitions_of(key, order))
    return [letter for d in found if is_of_one_step(context, d) for letter in open_letters(d)]


def is_no_count(context: Context, letter: Ref, order: int) -> bool:
    r"""Is the K of a sum also the name of a formula with logarithms, exponentials or the like?"""
    bodies = [d.body for d in context.definitions_of(letter.key, order) if d.parameters is None]
    return any(isinstance(part, Call | Big) for body in bodies for part in body.walk())
