r"""The steps of a sequence, of which a loss that is left open sees the last one: which they are, and their sums.

The gradient of ``W`` in ``h_t = f(W h_{t-1})`` comes through all steps, so that ``\sum_t`` is a sum over all of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from symnet.lecture.context.context import Context
from symnet.lecture.context.refs import Ref, is_capital, refs
from symnet.lecture.reader.syntax import Big, Expr, Negate, Number, Plus

Unknowns = Mapping[str, tuple[Ref, ...]]


def first_step(context: Context, unknowns: Unknowns) -> int:
    """The number of the first step: 0 where the document says what is at step -1, and the last one is told apart.

    Whole arrays are counted from 1.
    """
    if not _last_ones(unknowns) and not told_end(context, unknowns):
        return 1
    numbers = (i for found in context.definitions.values() for d in found for i in d.indices)
    return 0 if any(isinstance(i, Number) and i.value == -1 for i in numbers) else 1


def end_of_steps(unknowns: Unknowns, first: int) -> int | None:
    """The T behind the last one of steps that count from 0; None where they do not, or none is told apart."""
    numbers = _last_ones(unknowns)
    return max(numbers) + 1 if numbers and first == 0 else None


def _last_ones(unknowns: Unknowns) -> list[int]:
    """The numbers of the last steps, as far as a loss that is left open is given them."""
    indices = (i for found in unknowns.values() for sink in found for i in sink.indices)
    return [int(i.value) for i in indices if isinstance(i, Number)]


def told_end(context: Context, unknowns: Unknowns) -> str:
    r"""The L of ``l = 0, \dots, L - 1`` where an open loss sees the last step as ``y = x_{L-1}`` alone; or empty."""
    if _last_ones(unknowns):
        return ""
    for sink in (ref for found in unknowns.values() for ref in found):
        for ref in (r for d in context.definitions.get(sink.key, ()) for r in refs(d.body)):
            for index in (i for i in ref.indices if isinstance(i, Plus)):
                for name in (r.key for r in refs(index)):
                    if name in context.naming.ends:
                        return name
    return ""


def last_step(context: Context, unknowns: Unknowns, order: int, body: Expr, letter: str) -> int | None:
    """The number of the last step where a letter counts steps in ``body``; None where it counts nothing such."""
    for sink in (ref for found in unknowns.values() for ref in found):
        for place, number in enumerate(sink.indices):
            if isinstance(number, Number) and any(_counts(context, r, place, letter, sink, order) for r in refs(body)):
                return int(number.value)
    return None


def _counts(context: Context, ref: Ref, place: int, letter: str, sink: Ref, order: int) -> bool:
    """Does the index at a place of a name count the steps of another one that it depends on?"""
    if len(ref.indices) != len(sink.indices) or not any(r.key == letter for r in refs(ref.indices[place])):
        return False
    return ref.key == sink.key or context.reaches(ref, sink.key, order)


def named_ends(context: Context, unknowns: Unknowns, order: int, exprs: list[Expr]) -> Iterator[tuple[str, int]]:
    r"""The names of numbers of steps, with what they are: ``T`` in ``\sum_{t=1}^T`` and in ``\sum_{t=0}^{T-1}``.

    So is the T of ``b_T = 0``, which stands behind the last of steps that count from 0.
    """
    behind = end_of_steps(unknowns, first_step(context, unknowns))
    if behind is not None:
        places = [i for found in context.definitions.values() for d in found for i in d.indices]
        yield from ((key, behind) for key in dict.fromkeys(i.key for i in places if is_capital(i)))
    for big in (part for expr in exprs for part in expr.walk() if isinstance(part, Big)):
        end, more = big.upper, 0
        if isinstance(end, Plus) and len(end.terms) == 2 and isinstance(less := end.terms[1], Negate):
            if isinstance(less.arg, Number):
                end, more = end.terms[0], int(less.arg.value)
        if isinstance(end, Ref) and not end.indices and not context.is_defined(end.key) and len(big.variables) == 1:
            last = last_step(context, unknowns, order, big.body, big.variables[0].name)
            if last is not None:
                yield end.key, last + more
