"""A claim in other contexts: other forms, what stands near it, first meanings, variables left open."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations

from symnet.lecture.claims.claim import Claim
from symnet.lecture.context.context import Context
from symnet.lecture.context.forms import other_forms, with_form, with_named_part
from symnet.lecture.context.nearby import NEAR, nearby
from symnet.lecture.context.record import Definition
from symnet.lecture.context.refs import Ref, is_bold, refs
from symnet.lecture.context.sizes import Clash, named
from symnet.lecture.documents.sentences import sentence_of
from symnet.lecture.evaluation.patterns import is_no_count, open_letters
from symnet.lecture.evaluation.reading import Reading
from symnet.lecture.judging.premises import under_premises
from symnet.lecture.judging.readings import PLAIN, in_scalar_notation
from symnet.lecture.judging.supposed import supposing
from symnet.lecture.reader.syntax import Big, Call, Derivative, Expr, Nabla, Norm, Slice, Symbol, Transpose
from symnet.lecture.trial.compare import equal
from symnet.lecture.trial.run import run
from symnet.lecture.trial.sizes import claim_sizes
from symnet.lecture.trial.unknowns import derivatives
from symnet.lecture.values.errors import NeedsContext, ShapeError, Unsupported
from symnet.lecture.verdict import ACCEPTED, Finding

#: words that say that nothing is differentiated through something, and of no formula among them that it alone is fixed
_FIXED = re.compile(
    r"\b(?:with (?:[^\s.,;:]+ ){1,3}?(?:held|kept) (?:fixed|constant)\b|при фиксированн\w+ [^\s.,;:]+)", re.IGNORECASE
)


def other_contexts(claim: Claim, section: bool = True) -> Iterator[Claim]:
    """The claim read with other forms of what it differentiates, with what stands near it, with first meanings.

    Its ``section`` alone may lack what is declared before.
    """
    context = claim.context
    assert context is not None
    premised = list(under_premises(claim))
    yield from premised
    for base in (claim, *premised):
        yield from _of_numbers(base)
    yield from _of_data(claim, context)
    yield from _in_other_forms(claim, context)
    for key in dict.fromkeys(by.key for side in claim.sides for _, by in derivatives(side) if isinstance(by, Ref)):
        if (parted := with_named_part(context, key, claim.order)) is not None:
            yield replace(claim, context=parted)
    for near, place in nearby(context, claim.order, section):
        if len(near.lines) < len(context.lines):
            yield read_in(claim, near, place)
    if context.redefines:
        yield replace(claim, context=context.with_first_definitions())


def _of_numbers(claim: Claim) -> Iterator[Claim]:
    """The claim with names as numbers that are vectors elsewhere: it counts with them, or formulas fit only so."""
    context, sides = claim.context, claim.sides
    assert context is not None
    parts = [p for side in sides for p in side.walk()]
    ends = [e for p in parts if isinstance(p, Big) and p.op in ("sum", "prod") for e in (p.lower, p.upper) if e]
    places = [i for r in parts if isinstance(r, Ref) for i in r.indices if not isinstance(i, Slice)]
    letters = [r for e in (*ends, *places) for r in refs(e) if not r.indices]
    counting = {r.key for r in letters if context.rank(r) > 0 or is_no_count(context, r, claim.order)}
    named = {r.key for side in sides for r in refs(side)}
    lost = [d for d in context.rejected if d.key in named - context.definitions.keys() and _is_plain(context, d)]
    formulas = [*lost, *_of_slopes(claim)] if in_scalar_notation(claim) else []
    names = {r.key for d in formulas for r in (Ref(d.key), *refs(d.body)) if not r.indices and context.rank(r) > 0}
    if counting or names:
        for key in sorted(counting):
            context = context.with_open(key)
        yield replace(claim, context=context.with_numbers(counting | names, lost))


def _of_data(claim: Claim, context: Context) -> Iterator[Claim]:
    """The claim with data left open: nothing is differentiated through them."""
    data = data_behind(claim) if any(True for side in claim.sides for _ in derivatives(side)) else []
    for key in data:
        context = context.with_open(key)
    if data:
        yield replace(claim, context=context)


def data_behind(claim: Claim) -> list[str]:
    r"""The data behind a claim: ``y = X w + \epsilon`` with a random \epsilon says how the y that is given arose."""
    context = claim.context
    assert context is not None
    laws = [line.statement for line in context.lines if line.statement.relations == ("sim",)]
    noise = {r.key for law in laws for r in refs(law.terms[0])}
    behind = sorted(context.names_behind(claim.sides)) if noise else ()
    return [key for key in behind if context.declarations(key) and _is_noisy(context, key, noise, claim.order)]


def with_fixed(claim: Claim) -> tuple[str, Claim] | None:
    r"""The claim with what stands beside the argument in a function of it left open, and what that is.

    The u of ``J(w) = \|X w - u\|^2`` may have been computed from w before, as a target is, and be given from there on;
    so may the f_t of ``c_t = f_t c_{t-1}`` in the slope of a step by the one before, and what the text holds fixed.
    So is the argument of a density in its score, where the text drew it before: ``x = \mu + \sigma \epsilon``.
    """
    context = claim.context
    assert context is not None
    found: dict[str, str] = {}
    for part in claim.parts:
        if not isinstance(part, Derivative | Nabla) or part.of is None:
            continue
        varied = {by.key for _, by in derivatives(part) if isinstance(by, Ref)}
        found |= {key: key for key in _arguments(context, part.of, varied, claim.order)}
        name = part.of.function if isinstance(part.of, Call) else part.of
        if not isinstance(name, Ref):
            continue
        for d in context.definitions_of(name.key, claim.order):
            own = {p.key for p in d.parameters or () if isinstance(p, Ref)} & varied
            own = own or varied & ({name.key} if d.indices else set()) or (varied if holds_fixed(claim) else set())
            inner = {r.key for r in refs(d.body)}
            if own & inner:
                found |= {key: key for key in sorted(inner - own) if _is_computed(context, key, own, d.order)}
    opened = context
    for key in found:
        opened = opened.with_open(key)
    return (", ".join(found), replace(claim, context=opened)) if found else None


def _arguments(context: Context, of: Expr, varied: set[str], order: int) -> Iterator[str]:
    """The names computed from what a slope is taken by that are arguments of functions which speak of it, too."""
    for call in of.walk():
        if not isinstance(call, Call) or not isinstance(call.function, Ref):
            continue
        found = [d for d in context.definitions_of(call.function.key, order) if d.parameters]
        if any(varied & {r.key for r in refs(d.body)} for d in found):
            names = [a.key for a in call.args if isinstance(a, Ref) and a.key not in varied]
            yield from (key for key in names if _is_computed(context, key, varied, order))


def holds_fixed(claim: Claim) -> bool:
    """Does the sentence of a claim say that something is held fixed?"""
    return _FIXED.search(sentence_of(claim.prose)) is not None


def _is_computed(context: Context, key: str, own: set[str], order: int) -> bool:
    """Has a name a formula before a statement that comes from these names?"""
    plain = [d for d in context.definitions_of(key, order) if d.parameters is None and d.order < order]
    return any(context.reaches(d.body, by, order) for d in plain for by in own)


def _is_noisy(context: Context, key: str, noise: set[str], order: int) -> bool:
    """Is a name that was declared before its formula computed with noise?"""
    first = min(context.declarations(key))
    found = [d for d in context.definitions_of(key, order) if d.parameters is None]
    return bool(found) and all(d.order > first and any(r.key in noise for r in refs(d.body)) for d in found)


def _of_slopes(claim: Claim) -> list[Definition]:
    """The functions whose slopes ``f'(x)`` a claim gives, where they speak of numbers only: so does the claim."""
    context = claim.context
    assert context is not None
    primed = [p.function.key for p in claim.parts if isinstance(p, Call) and p.primes and isinstance(p.function, Ref)]
    found = [d for key in dict.fromkeys(primed) for d in context.definitions_of(key, claim.order)]
    return found if all(d.parameters and _is_plain(context, d) for d in found) else []


def _is_plain(context: Context, d: Definition) -> bool:
    """Does nothing in the formula of a definition speak of vectors?"""
    parts = context.lines[d.order].raw.walk() if 0 <= d.order < len(context.lines) else ()
    return not any(isinstance(p, Transpose | Norm | Nabla) or isinstance(p, Symbol) and is_bold(p) for p in parts)


def with_open_variables(claim: Claim) -> Claim | None:
    """The claim with what it differentiates by as variables, where the document says what they are later, or at a root.

    ``f'(z)`` differentiates by z.
    """
    context = claim.context
    assert context is not None
    sides = claim.sides
    keys = {by.key for side in sides for _, by in derivatives(side) if isinstance(by, Ref)}
    keys |= {a.key for p in claim.parts if isinstance(p, Call) and p.primes for a in p.args if isinstance(a, Ref)}
    later = [
        key
        for key in sorted(keys)
        if any(d.order > claim.order or context.lines[d.order].said.solved for d in context.definitions.get(key, ()))
    ]
    for key in later:
        context = context.with_open(key)
    return replace(claim, context=context) if later else None


def with_later_open(claim: Claim) -> Claim | None:
    r"""The claim with names left open of which the document says later only what they are in one case.

    ``With \epsilon = \frac{1}{2} - \gamma_t`` behind a claim on \epsilon: the t of the claim is none.
    """
    context = claim.context
    assert context is not None
    later = {
        key
        for key in context.names_behind(claim.sides)
        if any(
            d.order > claim.order and d.parameters is None and open_letters(d) for d in context.definitions.get(key, ())
        )
    }
    for key in sorted(later):
        context = context.with_open(key)
    return replace(claim, context=context) if later else None


def with_lost_names(claim: Claim) -> Claim | None:
    """The claim with what stands near it, where only that leaves its names the formulas that they have.

    A formula is left aside where its shapes do not fit: f(u) = p u of a number p, with a vector p elsewhere.
    """
    context = claim.context
    if context is None or not 0 <= claim.order < len(context.lines):
        return None
    names = context.names_behind(claim.sides)
    lost = {d.key for d in context.rejected} & names - context.definitions.keys()
    for near, place in nearby(context, claim.order, True) if lost else ():
        other = read_in(claim, near, place)
        if all(near.is_defined(key) for key in lost) and not is_blind(claim, other):
            return None if context.hides(near, *claim.sides) or _is_open(other) else other
    return None


def _is_open(claim: Claim) -> bool:
    r"""Is the bracket of ``\Phi(x)``, in a claim or a formula behind it, read as a factor?

    It may be the argument of a function of which this part of the document says no more.
    """
    context = claim.context
    assert context is not None
    behind = _behind(claim)
    parts = [p for formula in (*claim.sides, *(d.body for d in behind)) for p in formula.walk()]
    applied = {p.function.key for p in parts if isinstance(p, Call) and isinstance(p.function, Ref)}
    formulas = [context.lines[d.order].raw for d in behind if d.order >= 0] + [s for s in claim.raw if s is not None]
    written = [p for formula in formulas for p in formula.walk() if isinstance(p, Call) and len(p.args) == 1]
    lone = [p.function for p in written if isinstance(p.function, Symbol) and isinstance(p.args[0], Symbol)]
    return not {context.naming.ref(function).key for function in lone} <= applied | {d.key for d in behind}


def _in_other_forms(claim: Claim, context: Context) -> Iterator[Claim]:
    """The claim with each form of what it differentiates that the document derives, and rightly so."""
    sides = claim.sides
    slopes = [p.of for side in sides for p in side.walk() if isinstance(p, Derivative)]
    for key in dict.fromkeys(of.key for of in slopes if isinstance(of, Ref)):
        for definition, line, form in other_forms(context, key, claim.order):
            said = replace(claim, left=definition.body, right=form, relation="=", order=line.order, conditions=())
            try:
                right = any(run(said, equal, reading=r).holds for r in (PLAIN, Reading(sigma=True)))
            except (Unsupported, NeedsContext, ShapeError, Clash):
                continue
            if right:
                yield replace(claim, context=with_form(context, definition, line, form))


def read_in(claim: Claim, context: Context, order: int) -> Claim:
    """The claim as its own two sides read in another context, where its statement is number ``order``."""
    sides = zip(claim.raw, (claim.left, claim.right))
    left, right = (side if raw is None else context.naming.resolve(raw) for raw, side in sides)
    conditions = context.lines[order].statement.conditions
    return supposing(replace(claim, context=context, order=order, left=left, right=right, conditions=conditions))


#: from what is taken first when the same claim is judged under several readings of the document
CAUTION = (
    "proved",
    "holds",
    "needs-hypothesis",
    "reading-dependent",
    "condition",
    "definition",
    "needs-context",
    "not-understood",
    "refuted",
    "ill-typed",
)


def most_cautious(findings: list[Finding], ambiguous: bool) -> Finding:
    """An accepted one if there is one; wrong only what is wrong under every context that decides.

    Where no name of the claim is defined in two ways, the whole document is the context that decides.
    """
    accepted = [f for f in findings if f.verdict in ACCEPTED]
    if accepted:
        return accepted[0]
    first = findings[0]
    if first.verdict == "refuted" and not ambiguous:
        return first
    decided = [f for f in findings if f.verdict not in ("needs-context", "not-understood")]
    return min(decided or findings, key=lambda f: CAUTION.index(f.verdict))


def is_ambiguous(claim: Claim) -> bool:
    """Does the claim depend on a name that the document defines in two ways?"""
    context = claim.context
    assert context is not None
    found = [context.definitions.get(key, []) for key in context.names_behind(claim.sides)]
    return any(a.same_target(b) and a.body != b.body for same in found for a in same for b in same)


def is_blind(claim: Claim, other: Claim) -> bool:
    """Does a claim read in another context not see what the same section says before it of its names?

    It may take for a constant what depends on what it differentiates by, and for square what is declared as tall; and
    it may not know how many entries there are.
    """
    context, near = claim.context, other.context
    assert context is not None and near is not None
    if _forgets_size(claim, other):
        return True
    section = context.lines[claim.order].said.section
    names = near.names_behind(other.sides)

    def is_told(order: int) -> bool:
        return order < claim.order and context.lines[order].said.section == section

    bodies = [d.body for d in _behind(other)]
    varied = {by.key for side in (*other.sides, *bodies) for _, by in derivatives(side) if isinstance(by, Ref)}
    given = set(data_behind(claim)) if varied else set()
    for key in sorted(names - varied - given) if varied else ():
        found = [d for d in context.definitions_of(key, claim.order) if is_told(d.order) and not near.is_defined(key)]
        if any(context.reaches(d.body, by, claim.order) for d in found for by in varied):
            return True
    return forgets_shape(claim, other)


def forgets_shape(claim: Claim, other: Claim) -> bool:
    """Is a matrix square, read in another context, that the same section declares before as tall or wide?"""
    context, near = claim.context, other.context
    assert context is not None and near is not None
    section = context.lines[claim.order].said.section
    declared = [
        key
        for key in sorted(near.names_behind(other.sides))
        if any(at < claim.order and context.lines[at].said.section == section for at in context.declarations(key))
    ]
    axes = [f"axis:{key}:{k}" for key in declared if context.rank(Ref(key)) == 2 for k in (0, 1)]
    return any(
        near.sizes.find(a) == near.sizes.find(b)
        and context.sizes.find(a) != context.sizes.find(b)
        and named(context.sizes.find(a))
        and named(context.sizes.find(b))
        for a, b in combinations(axes, 2)
    )


def _forgets_size(claim: Claim, other: Claim) -> bool:
    """Do two sizes meet in a claim, named by what stands just before it, and not where it is read as ``other``?"""
    context = claim.context
    assert context is not None
    meet = _sizes_that_meet(claim)
    if len(meet) < 2 or _sizes_that_meet(other):
        return False
    section = context.lines[claim.order].said.section
    before = context.lines[max(0, claim.order - NEAR[0][0]) : claim.order + 1]
    return meet <= {r.key for line in before if line.said.section == section for r in refs(line.statement)}


def _sizes_that_meet(claim: Claim) -> set[str]:
    """The names of the two sizes of which a claim needs that they are one."""
    try:
        claim_sizes(claim, strict=True)
    except Clash as clash:
        return {size.removeprefix("size:") for size in clash.sizes if size.startswith("size:")}
    return set()


def _behind(claim: Claim) -> list[Definition]:
    """The definitions on which a claim relies."""
    context = claim.context
    assert context is not None
    return [d for key in context.names_behind(claim.sides) for d in context.definitions_of(key, claim.order)]
