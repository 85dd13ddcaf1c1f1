"""A claim in its own part of the document, where other parts use its names for other things.

What the whole document leaves open may be decided there: by its section, or by all up to the end of that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from copy import copy
from dataclasses import replace

from symnet.lecture.claims.claim import Claim
from symnet.lecture.context.context import Context
from symnet.lecture.context.nearby import sections
from symnet.lecture.context.record import Definition, Known
from symnet.lecture.context.refs import Ref, refs
from symnet.lecture.evaluation.patterns import starts
from symnet.lecture.judging.conditions import defines
from symnet.lecture.judging.contexts import is_blind, read_in
from symnet.lecture.judging.stated import HYPOTHESES, stated
from symnet.lecture.reader.syntax import Call
from symnet.lecture.trial.unknowns import derivatives
from symnet.lecture.values.functions import is_evaluated


def in_own_part(claim: Claim) -> Iterator[Claim]:
    """The claim with what its section says, then with all up to the end of its section.

    Only where that part says what its names are; the facts that the rest of the document tells of them hold there too.
    """
    context = claim.context
    if context is None or claim.left is None or not 0 <= claim.order < len(context.lines):
        return
    for near, place in sections(context, claim.order):
        if len(near.lines) < len(context.lines):
            own = read_in(claim, _with_functions(near, context), place)
            if not defines(own) and not is_blind(claim, own) and _is_complete(claim, own):
                yield _with_facts(claim, own)


def _with_functions(near: Context, context: Context) -> Context:
    r"""A part of a document with its functions of nothing but their arguments: ``\sigma(t) = 1 / (1 + e^{-t})``."""
    found = {key: [d for d in ds if _is_closed(d)] for key, ds in context.definitions.items()}
    missing = {key: [replace(ds[0], order=-1)] for key, ds in found.items() if ds and not near.is_defined(key)}
    near = copy(near)
    near.near, near.definitions = {}, {**near.definitions, **missing}
    return near


def _is_closed(d: Definition) -> bool:
    names = {r.key for p in d.parameters or () for r in refs(p)}
    inner = {r.key for r in refs(d.body)} - names
    return bool(names) and not d.indices and all(key in ("e", "\\pi") or is_evaluated(key) for key in inner)


def _is_complete(claim: Claim, own: Claim) -> bool:
    """Is nothing of what the document says that the names of a claim are out of sight, but for others so called?"""
    context, near = claim.context, own.context
    assert context is not None and near is not None
    varied = _varied(own)
    names = near.names_behind(own.sides, varied) | varied
    anew = {key for key in names if near.declarations(key) or _is_another(context, near, key)}
    anew |= {known.key for known in near.facts} | _variables(context, near, claim.order) | varied
    if any(context.is_defined(key) and not near.is_defined(key) for key in names - anew):
        return False
    return not context.unread(names)[0] and not any(
        d.key in names and not near.is_defined(d.key) for d in near.rejected
    )


def _with_facts(claim: Claim, own: Claim) -> Claim:
    """The claim in its part of the document, under all that the rest tells of the values of its names."""
    context, near = claim.context, own.context
    assert context is not None and near is not None
    names = near.names_behind(own.sides)
    told = [known for known in context.facts_at(claim.order) if known.key in names]
    said = ((key, fact, stated(claim, key, fact)) for key in sorted(names) for fact in HYPOTHESES)
    told += [Known(key, fact, place) for key, fact, place in said if place and not stated(own, key, fact)]
    new = copy(near)
    new.near, new.facts = {}, [*near.facts, *_lost(told, near.facts)]
    return replace(own, context=new)


def _lost(told: Iterable[Known], seen: Iterable[Known]) -> list[Known]:
    known = {(k.key, k.what) for k in seen}
    return [replace(k, order=-1, case=False) for k in told if (k.key, k.what) not in known]


def _is_another(context: Context, near: Context, key: str) -> bool:
    """Does the document define only the x_t of steps, or arrays of more axes, where its part speaks of one x?"""
    found = context.definitions.get(key, ())
    rank = near.rank(Ref(key))
    used = (ref for line in near.lines for ref in refs(line.statement) if ref.key == key)
    return not any(ref.indices for ref in used) and all(
        d.indices and d.parameters is None and (starts(d) or context.rank(Ref(key, d.indices)) + len(d.indices) > rank)
        for d in found
    )


def _variables(context: Context, near: Context, order: int) -> set[str]:
    """What the part of a claim differentiates by, and the document defines only under later headings."""
    by = {b.key for line in near.lines for _, b in derivatives(line.statement) if isinstance(b, Ref)}
    sections = [line.said.section for line in context.lines]
    return {
        key
        for key in by
        if all(d.order > order and sections[d.order] != sections[order] for d in context.definitions.get(key, ()))
    }


def _varied(claim: Claim) -> set[str]:
    """What a claim differentiates by, what its functions are taken of, and the letters of its indices."""
    context = claim.context
    assert context is not None
    names = {by.key for side in claim.sides for _, by in derivatives(side) if isinstance(by, Ref)}
    for call in (part for part in claim.parts if isinstance(part, Call) and isinstance(part.function, Ref)):
        found = context.definitions.get(call.function.key, ())  # type: ignore[attr-defined]
        if call.primes or any(d.parameters for d in found):
            names |= {a.key for a in call.args if isinstance(a, Ref)}
    entries = [part for part in claim.parts if isinstance(part, Ref)]
    letters = {i.key for ref in entries for index in ref.indices for i in refs(index)}
    return names | letters - {ref.key for ref in entries if ref.indices}
