"""Equations and inequalities: tried at many points, under the readings that the notation leaves open, then proved."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from symnet.lecture import effort
from symnet.lecture.claims.authored import added_to, chosen, names_behind, parts_behind
from symnet.lecture.claims.claim import Claim, blank
from symnet.lecture.claims.conditions import is_said_to_hold
from symnet.lecture.context.context import Context
from symnet.lecture.context.defining import is_counted
from symnet.lecture.context.facts import facts_of
from symnet.lecture.context.forms import other_forms, with_form
from symnet.lecture.context.identities import is_ones, without_number
from symnet.lecture.context.nearby import NEAR as NEIGHBOURHOODS
from symnet.lecture.context.nearby import around_with_shapes, nearby
from symnet.lecture.context.ranks import free_count
from symnet.lecture.context.refs import LOSS, LOSS_NAMES, Ref, is_upper, pairs, refs
from symnet.lecture.context.sizes import Clash, shown
from symnet.lecture.context.typer import Typer, Unshaped
from symnet.lecture.evaluation.reading import Reading
from symnet.lecture.judging.lists import judge_gradient_list
from symnet.lecture.judging.numbers import is_loose, is_numeric, judge_numbers
from symnet.lecture.reader.latex import latex_of
from symnet.lecture.reader.syntax import (
    SAID_BESIDE,
    Call,
    Cases,
    Derivative,
    Expr,
    Indicator,
    Matrix,
    Nabla,
    Negate,
    Norm,
    Number,
    Power,
    Prime,
    Product,
    Symbol,
    Transpose,
    Tuple,
)
from symnet.lecture.trial.compare import TOLERANCE, equal
from symnet.lecture.trial.run import Outcome, run
from symnet.lecture.trial.sizes import claim_sizes, single, small
from symnet.lecture.trial.unknowns import derivatives
from symnet.lecture.values.errors import NeedsContext, NoLoss, ShapeError, Unshapely, Unsupported
from symnet.lecture.values.functions import is_evaluated
from symnet.lecture.values.scalars import plain
from symnet.lecture.verdict import ACCEPTED, FOUND, Assumption, Finding


def judge_equality(claim: Claim, steps: float = effort.CLAIM) -> Finding:
    """The finding on ``left = right``."""
    end = effort.until(0.6 * steps)
    assert claim.context is not None and claim.left is not None and claim.right is not None
    if defines(claim) or _introduces(claim):
        from symnet.lecture.judging.definitions import judge_definition

        return judge_definition(claim, steps)
    if is_condition(claim):
        return blank(claim, "condition", reason="it says what is assumed of a name", reading=_reading(claim))
    if any(True for _ in facts_of(claim.left, claim.right, claim.relation, "")) and not _all_defined(claim):
        return blank(claim, "condition", reason="it says what is assumed of a name", reading=_reading(claim))
    listed = judge_gradient_list(claim, _reading(claim))
    if listed is not None:
        return listed
    finding = _with_readings(claim, end, steps)
    if finding.verdict in ACCEPTED or finding.verdict == "approximation":
        return finding
    if finding.reason == ZERO and (opened := _with_open_variables(claim)) is not None:
        return judge_equality(opened, steps)  # not at the minimum only
    findings = [finding]
    for other in other_contexts(claim):
        if defines(other):
            continue  # a part of the document in which the claim is its own ground
        found = _with_readings(other, end, steps)
        if found.verdict in ACCEPTED:
            return _against_shapes(claim, end, steps) or found
        if not claim.context.hides(other.context, claim.left, claim.right):  # type: ignore[arg-type]
            findings.append(found)  # where a definition is out of sight, what fails may still be true
    return most_cautious(findings, _ambiguous(claim))


def other_contexts(claim: Claim, section: bool = True) -> Iterator[Claim]:
    """The claim read with other forms of what it differentiates, with what stands near it, with first meanings.

    Its ``section`` alone may lack what is declared before.
    """
    context = claim.context
    assert context is not None
    yield from _in_other_forms(claim, context)
    for near, place in nearby(context, claim.order, section):
        if len(near.lines) < len(context.lines):
            yield read_in(claim, near, place)
    if context.redefines:
        yield replace(claim, context=context.with_first_definitions())


def _with_open_variables(claim: Claim) -> Claim | None:
    """The claim with what it differentiates by as variables, where the document says later what they are."""
    context = claim.context
    assert context is not None
    sides = [side for side in (claim.left, claim.right) if side is not None]
    keys = {by.key for side in sides for _, by in derivatives(side) if isinstance(by, Ref)}
    later = [key for key in sorted(keys) if any(d.order > claim.order for d in context.definitions.get(key, ()))]
    for key in later:
        context = context.with_open(key)
    return replace(claim, context=context) if later else None


def _against_shapes(claim: Claim, end: float, steps: float) -> Finding | None:
    """What is wrong with a claim that holds only where the shapes that are declared farther off are left aside.

    It may be of other arrays with the same names, unless one slip explains it.
    """
    from symnet.lecture.judging.corrections import correct

    context = claim.context
    assert context is not None
    for before, after in NEIGHBOURHOODS:
        shaped = around_with_shapes(context, claim.order, before, after)
        if shaped is None:
            continue
        other = read_in(claim, *shaped)
        found = _with_readings(other, end, steps)
        if found.verdict in ACCEPTED:
            return None
        if found.verdict in FOUND:
            mended = correct(other, lambda o: _with_readings(o, end, steps / 4).verdict in ACCEPTED, steps / 3)
            if mended is not None:
                return replace(found, correction=mended)
    return None


def _in_other_forms(claim: Claim, context: Context) -> Iterator[Claim]:
    """The claim with each form of what it differentiates that the document derives, and rightly so."""
    sides = [side for side in (claim.left, claim.right) if side is not None]
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
    return replace(claim, context=context, order=order, left=left, right=right, conditions=conditions)


PLAIN = Reading()
ZERO = "both sides are zero wherever it was tried: nothing is shown by that"
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


def _ambiguous(claim: Claim) -> bool:
    """Does the claim depend on a name that the document defines in two ways?"""
    context = claim.context
    assert context is not None and claim.left is not None and claim.right is not None
    seen: set[str] = set()
    todo = [*refs(claim.left), *refs(claim.right)]
    while todo:
        ref = todo.pop()
        if ref.key in seen:
            continue
        seen.add(ref.key)
        found = context.definitions.get(ref.key, [])
        if any(a.same_target(b) and a.body != b.body for a in found for b in found):
            return True
        todo += [r for d in found for r in refs(d.body)]
    return False


def _with_readings(claim: Claim, end: float, steps: float) -> Finding:
    tried: list[tuple[Reading, Outcome | Exception]] = []
    for reading in readings(claim):
        if tried and not _worth_another(tried, reading):
            continue
        try:
            outcome: Outcome | Exception = run(claim, equal, reading=reading, end=end)
        except (Unsupported, NeedsContext, ShapeError, Clash) as error:
            outcome = error
        tried.append((reading, outcome))
        if isinstance(outcome, Outcome) and outcome.holds:
            break
    if isinstance(tried[0][1], NoLoss):
        last = tried[-1][1]
        found = _with_lengths(claim, end, steps, other=isinstance(last, Outcome) and last.holds)
        if found is not None:
            return found
    return _conclude(claim, tried, _clash(claim), end, steps)


def lengths(claim: Claim) -> list[Reading]:
    """The readings in which the square of a vector is its squared length."""
    sigma = any(r.sigma for r in readings(claim))
    return list(dict.fromkeys((Reading(lengths=True), Reading(lengths=True, sigma=sigma))))


def _with_lengths(claim: Claim, end: float, steps: float, other: bool) -> Finding | None:
    """A loss whose formula squares a vector: its squared length is meant, since a loss is a number.

    Where an ``other`` reading holds, nothing is refuted.
    """
    failed = None
    for reading in lengths(claim):
        try:
            outcome = run(claim, equal, reading=reading, end=end)
        except (Unsupported, NeedsContext, ShapeError, Clash):
            continue
        if outcome.holds and not outcome.always_zero:
            return _accept(claim, outcome, reading, None, steps)
        failed = failed or (outcome if outcome.counterexample else None)
    return None if failed is None or other else refuted(claim, failed, end)


def _all_defined(claim: Claim) -> bool:
    """Is every name on the left defined?"""
    assert claim.left is not None and claim.context is not None
    sizes = claim.context.naming.sizes
    named = [r for r in refs(claim.left) if r.key not in sizes and not is_ones(r.key)]
    names = [r for r in named if r.indices or len(r.key) > 1 or not r.key.islower()]
    return bool(names) and all(claim.context.is_defined(r.key) for r in names)


def defines(claim: Claim) -> bool:
    """Is the claim the definition of a name?"""
    assert claim.context is not None
    return claim.context.definition_at(claim.order, claim.place, claim.left, claim.right) is not None


def _introduces(claim: Claim) -> bool:
    """Does one side only name the other: ``... = BN(x)``, ``f(x, 0) = ...`` for a function that is nowhere defined?"""
    assert claim.context is not None
    for side, other in ((claim.left, claim.right), (claim.right, claim.left)):
        if isinstance(side, Call) and isinstance(side.function, Ref) and not side.primes:
            name = side.function.key.strip("\\")
            known = is_evaluated(name) or claim.context.is_defined(side.function.key)
            inside = any(isinstance(p, Call) and p.function == side.function for p in other.walk()) if other else True
            if not known and not inside and name != "sigma":
                return True
    return False


def is_condition(claim: Claim) -> bool:
    """``A = A^T``, ``x = 3``, ``a_{ij} = a_{ji}``: single names related, nothing computed."""
    assert claim.context is not None
    if is_numeric(claim):
        return False
    if is_counted(claim.context, claim.left, claim.right):
        return True
    if isinstance(claim.right, (Matrix, Tuple)) and not any(map(is_slope, claim.left.walk() if claim.left else ())):
        if not any(True for _ in refs(claim.right)) and not all(
            claim.context.is_defined(r.key) for r in refs(claim.left or claim.right)
        ):
            return True  # the values for an example
    sides = [_bare(claim.left), _bare(claim.right)]
    if not all(isinstance(s, (Ref, Number)) for s in sides):
        return False
    return not any(isinstance(s, Ref) and claim.context.is_defined(s.key) for s in sides)


def _bare(expr: Expr | None) -> Expr | None:
    while isinstance(expr, (Transpose, Negate)) or (isinstance(expr, Power) and isinstance(expr.exponent, Number)):
        expr = expr.base if isinstance(expr, Power) else expr.arg
    return expr


def readings(claim: Claim) -> Iterator[Reading]:
    """The usual reading first, then those that the notation and the author leave open here."""
    said = chosen(claim)
    yield from dict.fromkeys(replace(reading, **said) for reading in _open_readings(claim))


def _open_readings(claim: Claim) -> Iterator[Reading]:
    """The usual reading first, then those that the notation leaves open."""
    assert claim.left is not None and claim.right is not None and claim.context is not None
    yield Reading()
    parts = [*claim.left.walk(), *claim.right.walk()]
    functions = {p.function.key for p in parts if isinstance(p, Call) and isinstance(p.function, Ref)}
    behind = {p.function.key for part in parts_behind(claim) for p in part.walk() if _is_named(p)}  # type: ignore[attr-defined]
    sigma = "\\sigma" in {*functions, *claim.context.naming.functions, *behind}
    sigma = sigma and not claim.context.is_defined("\\sigma")
    if sigma:
        yield Reading(sigma=True)
    if any(isinstance(p, Derivative) for p in parts):
        if added := added_to(claim):
            yield Reading(parts=added, sigma=sigma)
        yield Reading(layout="jacobian", sigma=sigma)
        yield Reading(layout="transposed", sigma=sigma)
    vectors = any(claim.context.rank(r) > 0 for side in (claim.left, claim.right) for r in refs(side))
    if vectors:
        yield Reading(elementwise=True, sigma=sigma)
    if vectors and _only_guessed(claim):
        yield Reading(scalars=True, sigma=sigma)
    if "log" in functions:
        yield Reading(log_base=2, sigma=sigma)


def _is_named(part: Expr) -> bool:
    return isinstance(part, Call) and isinstance(part.function, Ref)


def _only_guessed(claim: Claim) -> bool:
    """Are the vectors and matrices of the claim such by convention only?"""
    from symnet.lecture.context.ranks import STRONG, WEAK
    from symnet.lecture.context.refs import is_bold

    assert claim.context is not None
    parts = [p for side in claim.raw if side is not None for p in side.walk()]
    if any(isinstance(p, Transpose) or (isinstance(p, Symbol) and is_bold(p)) for p in parts):
        return False
    known = claim.context.ranks.known
    for side in (claim.left, claim.right):
        for ref in refs(side) if side is not None else ():
            rank, strength = known.get((ref.key, len(ref.indices)), (0, WEAK))
            if rank and strength >= STRONG:
                return False
    return True


def _worth_another(tried: list[tuple[Reading, Outcome | Exception]], reading: Reading) -> bool:
    first = tried[0][1]
    if isinstance(first, Unsupported) and not isinstance(first, Unshapely):
        return False
    if isinstance(first, NeedsContext):
        return False
    return not (isinstance(first, Outcome) and first.points == 0 and not reading.scalars)


def _clash(claim: Claim) -> Clash | None:
    try:
        claim_sizes(claim, strict=True)
    except Clash as clash:
        return clash
    return None


def _conclude(
    claim: Claim,
    tried: list[tuple[Reading, Outcome | Exception]],
    clash: Clash | None,
    end: float,
    steps: float,
) -> Finding:
    usual, first = tried[0]
    last_reading, last = tried[-1]
    if isinstance(last, Outcome) and last.holds:
        if usual == last_reading:
            return _accept(claim, last, usual, None if usual.scalars else clash, steps)
        only_sigma = replace(last_reading, sigma=usual.sigma) == usual
        if last_reading.parts or last_reading.sigma and only_sigma:
            return _accept(claim, last, last_reading, clash, steps)
        if last_reading.layout != "gradient" and isinstance(first, (ShapeError, Clash)) and not _by_matrix(claim):
            return _accept(claim, last, last_reading, clash, steps)
        if last_reading.elementwise and isinstance(first, (ShapeError, Clash)):
            return _accept(claim, last, last_reading, clash, steps)
        if last_reading.scalars and _scalar_notation(claim) and not _of_entries(claim):
            return _accept(claim, last, last_reading, None, steps)
        if last.always_zero:
            return blank(claim, "needs-context", reason=ZERO)
        if last_reading.scalars and isinstance(first, Outcome) and first.counterexample is not None:
            found = _with_hypothesis(claim, end)
            if found is not None and found.verdict in ACCEPTED:
                return found  # of a matrix that the document says is symmetric, say
        why = str(first) if isinstance(first, Exception) else "it fails there"
        told = _layout_told(claim, last_reading, end) if last_reading.layout != usual.layout else ""
        if told and isinstance(first, Outcome):
            return refuted(claim, first, end)
        if told:
            reason = f"{why}; it holds in {last_reading.describe()}, but {told} does not"
            return blank(claim, "ill-typed", method="shape", reason=reason, reading=_reading(claim))
        return blank(
            claim,
            "reading-dependent",
            method="numeric",
            reading=_reading(claim),
            reason=f"holds where {last_reading.describe()}; otherwise not: {why}",
            assumptions=_assumptions(claim, last, last_reading),
            counterexample=first.counterexample if isinstance(first, Outcome) else None,
        )
    if isinstance(first, NeedsContext):
        return blank(claim, "needs-context", reason=missing(first))
    if isinstance(first, Unsupported):
        return blank(claim, "not-understood", reason=str(first))
    bare = _bare_function(claim)
    if isinstance(first, (ShapeError, Clash)) and _names_the_unknown(claim):
        return blank(claim, "definition", reason="introduces a name that nothing else says anything of")
    if isinstance(first, (ShapeError, Clash)) and bare:
        return blank(claim, "needs-context", reason=f"{bare} stands without its argument; write {bare}(x)_i")
    if isinstance(first, (ShapeError, Clash)) and _scalar_notation(claim):
        scalar = next((o for r, o in tried if r.scalars and isinstance(o, Outcome) and o.points), None)
        if scalar is not None:
            return refuted(claim, scalar, end)
    if isinstance(first, (ShapeError, Clash)):
        failing = next((o for _, o in tried if isinstance(o, Outcome) and o.counterexample), None)
        return blank(
            claim,
            "ill-typed",
            method="shape",
            reading=_reading(claim),
            reason=str(first),
            assumptions=_shape_assumptions(claim),
            counterexample=failing.counterexample if failing else None,
        )
    assert isinstance(first, Outcome)
    if first.points == 0:
        reason = first.error or "no point was found where both sides are defined"
        return blank(claim, "needs-context", reason=f"no value could be computed: {reason}")
    if unread := [r for r, o in tried if r.parts and isinstance(o, Exception)]:
        return blank(claim, "needs-context", reason=f"it fails, unless {unread[0].describe()}")
    return refuted(claim, first, end)


def _layout_told(claim: Claim, other: Reading, end: float) -> str:
    """Where a near formula shows that the document does not use the layout in which a claim holds; or empty."""
    context = claim.context
    assert context is not None
    if any(re.search("layout|раскладк|numerator|числител", line.prose, re.IGNORECASE) for line in context.lines):
        return ""
    gradient = replace(other, layout="gradient")
    lines = sorted(context.lines, key=lambda line: (abs(line.order - claim.order), line.order))
    for line in lines[1 : sum(NEIGHBOURHOODS[0]) + 1]:
        for (left, right), relation in zip(pairs(line.statement), line.statement.relations):
            if relation != "=" or not isinstance(left, Derivative):
                continue
            said = replace(claim, left=left, right=right, relation="=", order=line.order, conditions=())
            holds = [_holds(said, reading, end) for reading in (gradient, other)]
            if holds[0] != holds[1]:
                return line.place if holds[0] else ""
    return ""


def _holds(claim: Claim, reading: Reading, end: float) -> bool:
    try:
        outcome = run(claim, equal, reading=reading, end=end)
    except (Unsupported, NeedsContext, ShapeError, Clash):
        return False
    return outcome.holds and not outcome.always_zero


def _names_the_unknown(claim: Claim) -> bool:
    """Is one side a name that is nowhere defined and of unknown shape?"""
    context = claim.context
    assert context is not None
    for side in (claim.left, claim.right):
        if isinstance(side, Ref) and not context.is_defined(side.key) and context.ranks.get(side) is None:
            return True
    return False


def _by_matrix(claim: Claim) -> bool:
    """Is something differentiated by a matrix? Then nearly everybody gives the gradient the shape of the matrix."""
    assert claim.context is not None
    parts = [p for side in (claim.left, claim.right) if side is not None for p in side.walk()]
    return any(
        isinstance(by, Ref) and claim.context.rank(by) == 2 for p in parts if isinstance(p, Derivative) for by in p.by
    )


def _bare_function(claim: Claim) -> str:
    """A function that stands for its value, without argument and index."""
    assert claim.context is not None and claim.left is not None and claim.right is not None
    functions = claim.context.naming.functions
    for side in (claim.left, claim.right):
        called = [p.function for p in side.walk() if isinstance(p, Call)]
        for ref in refs(side):
            if ref.key in functions and not ref.indices and ref not in called and len(ref.key) > 1:
                return ref.key
    return ""


def _scalar_notation(claim: Claim) -> bool:
    """Does nothing in the formula itself speak of vectors?"""
    from symnet.lecture.context.refs import is_bold

    for side in (*claim.raw, claim.left, claim.right):
        for part in side.walk() if side is not None else ():
            if isinstance(part, (Transpose, Norm, Nabla)) or (isinstance(part, Symbol) and is_bold(part)):
                return False
            if isinstance(part, Product) and part.op in ("odot", "outer", "matmul"):
                return False
            if isinstance(part, Ref) and is_upper(part.key) and claim.context.rank(part) == 2:  # type: ignore[union-attr]
                return False
    return True


def _of_entries(claim: Claim) -> bool:
    """Does it multiply two names that stand with two indices elsewhere?  Numbers may change places, these may not."""
    assert claim.context is not None
    ranks = claim.context.ranks

    def is_matrix(part: Expr) -> bool:
        ref = part.by[0] if isinstance(part, Derivative) else part
        return isinstance(ref, Ref) and ranks.counts.get(ref.key, 0) - free_count(ref) == 2 == ranks.get(ref)

    parts = [p for side in (claim.left, claim.right) if side is not None for p in side.walk()]
    products = [p for p in parts if isinstance(p, Product) and p.left != p.right]
    return any(is_matrix(p.left) and is_matrix(p.right) for p in products)


def _accept(claim: Claim, outcome: Outcome, reading: Reading, clash: Clash | None, steps: float) -> Finding:
    if not (_is_zero(claim.left) or _is_zero(claim.right)):
        slopes = any(is_slope(p) for s in (claim.left, claim.right) if s for p in s.walk())
        if slopes and outcome.always_zero or outcome.negligible and _at_a_value(claim, outcome):
            return blank(claim, "needs-context", reason=ZERO)
    assumptions = _assumptions(claim, outcome, reading)
    if outcome.gap:
        return undefined_there(claim, outcome)
    sizes = set(clash.sizes) if clash is not None else set()
    if len(sizes) == 2 and not sizes <= claim.context.declared:  # type: ignore[union-attr]
        equal_sizes = f"{shown(clash.sizes[0])} = {shown(clash.sizes[1])}"  # type: ignore[union-attr]
        return blank(
            claim,
            "needs-hypothesis",
            method="numeric",
            reading=_reading(claim, reading.scalars),
            reason=f"holds where {equal_sizes}, which stands nowhere",
            assumptions=(Assumption(equal_sizes, "not stated"), *assumptions),
        )
    if len(sizes) == 2 and not _holds_apart(claim, reading):
        return blank(
            claim,
            "ill-typed",
            method="shape",
            reading=_reading(claim, reading.scalars),
            reason=f"{clash} (it holds where they are equal)",
            assumptions=_shape_assumptions(claim),
        )
    proof = None
    at_values = any("=" in condition.relations for condition in claim.conditions)
    if (
        not at_values
        and reading in (Reading(), Reading(sigma=True))
        and not names_behind(claim) & set(_arrays_to_arrays(claim))
    ):
        proof = _proved(claim, reading, steps)
    points = f"equal at {outcome.cases} points, ranges {', '.join(sorted(outcome.regimes))}, 30 digits"
    if outcome.sizes:
        points += ", sizes 2 to 4, equal and unequal"
    if proof is not None:
        return blank(
            claim,
            "proved",
            method="symbolic",
            reading=_reading(claim, reading.scalars),
            reason=f"equal by normal form; {points}",
            assumptions=(*assumptions, *proof),
        )
    return blank(
        claim,
        "holds",
        method="numeric",
        reading=_reading(claim, reading.scalars),
        reason=points,
        assumptions=assumptions,
    )


def _at_a_value(claim: Claim, outcome: Outcome) -> bool:
    """Was what the claim differentiates by put in as the document defines it: only at the place of a minimum, say?"""
    variables = set()
    for part in (p for side in (claim.left, claim.right) if side is not None for p in side.walk()):
        by = part.by if isinstance(part, (Derivative, Nabla)) else part.args if getattr(part, "primes", 0) else ()  # type: ignore[attr-defined]
        variables |= {r.key for r in by if isinstance(r, Ref)}
    return any(d.key in variables and d.parameters is None for d in outcome.used)


def undefined_there(claim: Claim, outcome: Outcome) -> Finding:
    """What is equal wherever both sides are defined, and where the document allows a value for which one is not."""
    reason = f"equal where both sides are defined, and one of them divides by zero where {outcome.gap}"
    return blank(
        claim,
        "needs-hypothesis",
        method="numeric",
        reading=_reading(claim),
        reason=f"{reason}, which the document allows",
        assumptions=_assumptions(claim, outcome, Reading()),
    )


def _holds_apart(claim: Claim, reading: Reading) -> bool:
    """Does the claim hold where the sizes that seemed to clash are different?"""
    assert claim.context is not None
    try:
        return run(claim, equal, reading=reading, classes=claim.context.sizes.copy(), wanted=3).holds
    except (Unsupported, NeedsContext, ShapeError, Clash):
        return False


def _arrays_to_arrays(claim: Claim) -> list[str]:
    """Open functions of which the author says more than a proof could use."""
    assert claim.context is not None
    return [key for key, kind in claim.context.maps.items() if kind != "elementwise"]


def _proved(claim: Claim, reading: Reading, steps: float) -> tuple[Assumption, ...] | None:
    try:
        from symnet.lecture.proof.prove import prove
    except ImportError:
        return None
    proof = prove(claim, reading, 0.3 * steps)
    return None if proof is None else tuple(proof.assumptions)


def _is_zero(expr: Expr | None) -> bool:
    return isinstance(expr, Number) and expr.value == 0


def refuted(claim: Claim, outcome: Outcome, end: float, singles: bool = False) -> Finding:
    """A claim that fails somewhere: wrong, to be solved, or in want of a hypothesis."""
    left, right = outcome.left_touched, outcome.right_touched
    assert claim.left is not None and claim.right is not None and claim.context is not None
    derived = any(map(is_slope, claim.left.walk()))
    unknown = {f for f in outcome.left_functions ^ outcome.right_functions if not is_known(claim, f)}
    if unknown:
        return blank(claim, "needs-context", reason=_undefined(claim, min(unknown)), reading=_reading(claim))
    if derived and outcome.left_zero:
        return blank(
            claim, "needs-context", reason="the left side is zero as far as the definitions go", reading=_reading(claim)
        )
    if outcome.untested:
        reason = f"it is said to hold where {outcome.untested}, which is not evaluated"
        return blank(claim, "needs-context", reason=reason, reading=_reading(claim))
    if is_numeric(claim):
        return judge_numbers(claim, outcome)
    if isinstance(claim.raw[0], Call) and isinstance(claim.left, Product) and isinstance(claim.right, Number):
        return blank(claim, "condition", reason="a value at a point, if it is a function", reading=_reading(claim))
    if is_loose(claim):
        return blank(claim, "not-understood", reason="digits that stand apart may be one number")
    found = _with_hypothesis(claim, end, singles)
    if found is not None:
        return found
    only_right = sorted(right - left)
    only_left = sorted(left - right)
    constant = isinstance(claim.right, Number) or not right
    asserted = not _is_zero(claim.right) and (derived or _all_defined(claim) and not claim.context.wish(claim.order))
    if constant and not outcome.constant_left and (isinstance(claim.left, Ref) or _is_value_somewhere(claim)):
        return blank(claim, "condition", reason="a value for an example", reading=_reading(claim))
    if constant and not outcome.constant_left and not asserted:
        return blank(claim, "condition", reason="an equation to be solved or assumed", reading=_reading(claim))
    if only_right and not derived:
        if only_left or not left:
            return blank(
                claim, "condition", reason=f"it relates {_names(only_left)} and {_names(only_right)}, which are free"
            )
    absent = [k for k in only_right if not claim.context.is_defined(k)]
    if absent and not _same_letters(claim, absent):
        line = f"define {claim.context.naming.latex(absent[0])} = ..."
        return blank(
            claim,
            "needs-context",
            reason=f"what {absent[0]} is on the right side is not known; write: {line}",
            reading=_reading(claim),
        )
    if only_left and not derived and not right <= left:
        return blank(claim, "condition", reason="it relates names that are free", reading=_reading(claim))
    if (only_left or only_right) and not derived and _is_free_name(claim):
        return blank(claim, "condition", reason="an equation between free names", reading=_reading(claim))
    return blank(
        claim,
        "refuted",
        method="numeric",
        reading=_reading(claim),
        reason="the sides differ at the point shown",
        assumptions=_assumptions(claim, outcome, Reading()),
        counterexample=outcome.counterexample,
    )


def _is_value_somewhere(claim: Claim) -> bool:
    """``g(x) = 2`` with a free x: the value that g takes at the x that is spoken of."""
    left = claim.left
    if not isinstance(left, Call) or left.primes or not isinstance(left.function, Ref):
        return False
    return any(isinstance(a, Ref) and not claim.context.is_defined(a.key) for a in left.args)  # type: ignore[union-attr]


def missing(error: NeedsContext) -> str:
    """What is missing, with the line to add as it stands, or to write with something for the dots."""
    if not error.line:
        return str(error)
    ready = error.line.startswith("define ") and "..." not in error.line
    return f"{error}; {'add' if ready else 'write'}: {error.line}"


def _undefined(claim: Claim, function: str) -> str:
    assert claim.context is not None
    return f"what {function} is, is not known; write: define {claim.context.naming.latex(function)}(x) = ..."


def is_known(claim: Claim, function: str) -> bool:
    """Is a function defined in the document, or one that symnet evaluates?"""
    name = function.strip("\\")
    builtin = is_evaluated(name) or name == "sigma"
    if function == LOSS and claim.context.naming.given:  # type: ignore[union-attr]
        return True  # any function of what is given: the claim is made of every loss
    return builtin or claim.context.is_defined(function) or function in LOSS_NAMES  # type: ignore[union-attr]


def _same_letters(claim: Claim, missing: list[str]) -> bool:
    """Does the missing name look like a misspelt one: a hat or a prime lost?"""
    assert claim.left is not None and claim.context is not None
    bodies = [d.body for found in claim.context.definitions.values() for d in found]
    names = {r.key for expr in (claim.left, *bodies) for r in refs(expr)}
    return all(m in names for m in missing)


def _is_free_name(claim: Claim) -> bool:
    return any(
        isinstance(s, Ref) and not claim.context.is_defined(s.key)  # type: ignore[union-attr]
        for s in (claim.left, claim.right)
    )


def is_slope(part: Expr) -> bool:
    return isinstance(part, (Derivative, Nabla, Prime)) or bool(getattr(part, "primes", 0))


def _names(keys: list[str]) -> str:
    return ", ".join(keys[:3]) if keys else "names"


#: a fact about the values of a name, in words; tried as a hypothesis in this order
FACTS = {
    "simplex": "the entries of {} are positive and sum to 1",
    "bits": "{} is 0 or 1",
    "signs": "{} is -1 or 1",
    "symmetric": "{} is symmetric",
    "orthogonal": "{} is orthogonal",
    "diagonal": "{} is diagonal",
    "length": "{} has length 1",
    "positive": "{} > 0",
    "unit": "0 < {} < 1",
}

#: what the probabilities of classes are called by convention
PROBABILITIES = ("y", "t", "p", "q")


def _with_hypothesis(claim: Claim, end: float, singles: bool = False) -> Finding | None:
    """Does the claim hold under a usual hypothesis on one of its names?"""
    assert claim.left is not None and claim.right is not None and claim.context is not None
    names: dict[str, Ref] = {}
    for side in (claim.left, claim.right):
        for r in refs(side):
            if not claim.context.is_defined(r.key) and r.key not in LOSS_NAMES:
                names.setdefault(r.key, r)
    for key in _open_names(claim):
        names.setdefault(key, Ref(key))
    found = _of_unit_vectors(claim, list(names), end)
    if found is not None:
        return found
    told_apart = _told_apart(claim)
    for fact, words in FACTS.items():
        if fact == "length":
            continue
        for key, ref in names.items():
            if fact in ("positive", "unit") and key in told_apart:
                continue
            rank = max(claim.context.rank(ref), claim.context.rank(Ref(key)), len(ref.indices))
            if (fact == "simplex" and rank < 1) or (fact == "symmetric" and (rank != 2 or not is_upper(key))):
                continue
            if singles and fact == "simplex" and rank == 2 and key.lower() not in PROBABILITIES:
                continue  # a single entry would be 1
            if fact == "orthogonal" and (rank != 2 or not _spoken_of(claim, fact)):
                continue
            if fact == "diagonal" and rank != 2:
                continue
            if fact in ("bits", "signs", "unit", "diagonal") and not stated(claim, key, fact):
                continue
            if fact == "symmetric" and not _is_square(claim, key):
                continue
            try:
                sizes = claim_sizes(claim)
                if fact == "orthogonal":
                    sizes.unite(f"axis:{key}:0", f"axis:{key}:1")
                outcome = run(
                    claim, equal, facts={key: fact}, end=end, classes=sizes, arrays=single if singles else small
                )
            except (Unsupported, NeedsContext, ShapeError, Clash):
                return None
            if outcome.holds and not outcome.always_zero:
                sentence = words.format(key)
                place = stated(claim, key, fact)
                if place:
                    return blank(
                        claim,
                        "holds",
                        method="numeric",
                        reading=_reading(claim),
                        reason=f"equal at {outcome.cases} points under the hypothesis",
                        assumptions=(Assumption(sentence, place), *_assumptions(claim, outcome, Reading())),
                    )
                return blank(
                    claim,
                    "needs-hypothesis",
                    method="numeric",
                    reading=_reading(claim),
                    reason=f"holds where {sentence}, which stands nowhere; fails without it",
                    assumptions=(Assumption(sentence, "not stated"),),
                )
    return None


def _told_apart(claim: Claim) -> set[str]:
    """The names whose values the cases of a claim tell apart: it is said of all of them."""
    parts = [p for side in (claim.left, claim.right) if side is not None for p in side.walk()]
    conditions = [c for p in parts if isinstance(p, Cases) for _, c in p.branches if c is not None]
    conditions += [p.condition for p in parts if isinstance(p, Indicator)]
    return {r.key for condition in conditions for r in refs(condition)}


def _of_unit_vectors(claim: Claim, names: list[str], end: float) -> Finding | None:
    """Does the claim hold for vectors of length 1, of which the prose beside it speaks?"""
    assert claim.context is not None
    here = _words("length").search(claim.prose)
    vectors = [k for k in names if claim.context.rank(Ref(k)) == 1 and (here or stated(claim, k, "length"))]
    if not vectors:
        return None
    try:
        outcome = run(claim, equal, facts=dict.fromkeys(vectors, "length"), end=end)
    except (Unsupported, NeedsContext, ShapeError, Clash):
        return None
    if not outcome.holds or outcome.always_zero:
        return None
    place = claim.context.lines[claim.order].place if here else stated(claim, vectors[0], "length")
    said = Assumption(FACTS["length"].format(", ".join(vectors)), place)
    return blank(
        claim,
        "holds",
        method="numeric",
        reading=_reading(claim),
        reason=f"equal at {outcome.cases} points under the hypothesis",
        assumptions=(said, *_assumptions(claim, outcome, Reading())),
    )


def _is_square(claim: Claim, key: str) -> bool:
    """Does the left side, without the right one, ask the matrix to be square, and the document speak of symmetry?"""
    assert claim.context is not None and claim.left is not None
    sizes = claim.context.sizes.copy()
    try:
        Typer(claim.context, sizes, "square").shape(claim.left)
    except (Clash, Unshaped):
        pass
    derived = any(map(is_slope, claim.left.walk()))
    return (derived or _spoken_of(claim, "symmetric")) and sizes.find(f"axis:{key}:0") == sizes.find(f"axis:{key}:1")


#: words that state a hypothesis, in English and Russian
WORDS = {
    "simplex": (
        "one-hot",
        "one hot",
        "onehot",
        "probabilit",
        "distribution",
        "вероятност",
        "распределен",
        "sum to one",
    ),
    "bits": ("binary", "0 or 1", "{0, 1}", "\\{0,1\\}", "\\{0, 1\\}", "бинарн", "one-hot", "label", "метк"),
    "signs": ("{-1", "-1 or", "or -1", "pm 1"),
    "symmetric": ("symmetric", "симметричн"),
    "orthogonal": ("orthogonal", "orthonormal", "ортогональн", "ортонормирован"),
    "diagonal": ("diagonal matri", "diagonal $", "diagonal …", "is diagonal", "диагональн"),
    "length": ("unit vector", "unit length", "unit norm", "length one", "length 1", "единичн", "единичной длины"),
    "positive": ("positive", "положительн"),
    "unit": ("probabilit", "вероятност", "(0, 1)", "(0,1)"),
}


#: how far from such words, in characters, the name may stand
NEAR = 20


def _words(fact: str) -> re.Pattern[str]:
    return re.compile("|".join(map(re.escape, WORDS[fact])), re.IGNORECASE)


def _spoken_of(claim: Claim, fact: str) -> bool:
    """Does the document speak of such a thing anywhere?"""
    assert claim.context is not None
    return any(_words(fact).search(line.prose) for line in claim.context.lines)


def stated(claim: Claim, key: str, fact: str) -> str:
    """Where the document says so, or ''."""
    assert claim.context is not None
    for line in claim.context.lines:
        head = latex_of(line.raw.terms[0]) if isinstance(line.raw.terms[0], Symbol) else "…"
        text = f"{line.prose.replace('…', head, 1)} {line.raw.text}"
        name = re.compile(rf"(?<![A-Za-z\\\\]){re.escape(key)}(?![A-Za-z])")
        if any(name.search(text[max(0, m.start() - NEAR) : m.end() + NEAR]) for m in _words(fact).finditer(text)):
            return line.place
    if fact == "simplex" and key.strip("\\") in PROBABILITIES:
        loss = any(
            isinstance(p, Call) and isinstance(p.function, Ref) and "softmax" in p.function.key.lower()
            for line in claim.context.lines
            for p in line.statement.walk()
        )
        if loss:
            return "convention"
    return ""


def _open_names(claim: Claim) -> list[str]:
    """The undefined names that the sides depend on through definitions."""
    assert claim.context is not None and claim.left is not None and claim.right is not None
    seen: dict[str, None] = {}
    todo = [*refs(claim.left), *refs(claim.right)]
    while todo:
        ref = todo.pop()
        if ref.key in seen:
            continue
        seen[ref.key] = None
        for d in claim.context.definitions_of(ref.key, claim.order):
            todo += refs(d.body)
    return [k for k in seen if not claim.context.is_defined(k)]


# -- inequalities -----------------------------------------------------------------------------------------------------

STRICT = {"<": lambda a, b: a < b, ">": lambda a, b: a > b}
COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    **STRICT,
    "<=": lambda a, b: a <= b + TOLERANCE * (1 + abs(b)),
    ">=": lambda a, b: a >= b - TOLERANCE * (1 + abs(b)),
    "!=": lambda a, b: a != b,
}


def judge_inequality(claim: Claim, steps: float = effort.CLAIM) -> Finding:
    """The finding on ``left <= right``: falsified by a point, or without a counterexample."""
    end = effort.until(0.6 * steps)
    assert claim.left is not None and claim.right is not None and claim.context is not None
    if claim.relation == "!=":
        return blank(claim, "condition", reason="a condition on the names")
    sides = (claim.left, claim.right)
    free = [not isinstance(s, Ref) or not claim.context.is_defined(s.key) for s in sides]
    if all(free) and all(isinstance(s, (Ref, Number, Symbol)) or not any(True for _ in s.children()) for s in sides):
        return blank(claim, "condition", reason="a range that is assumed, not computed", reading=_reading(claim))
    comparison = COMPARISONS[claim.relation]

    def compare(a, b):
        if isinstance(a, np.ndarray) or isinstance(b, np.ndarray):
            raise ShapeError("an inequality between what are not numbers")
        return comparison(plain(a), plain(b))

    outcome = Outcome()
    try:
        usual = {replace(r, **chosen(claim)) for r in (PLAIN, Reading(sigma=True), Reading(scalars=True))}
        for assumed in [r for r in readings(claim) if r in usual]:
            try:
                outcome = run(claim, compare, reading=assumed, end=end, wanted=14)
            except (ShapeError, Clash):
                if assumed.scalars:
                    raise
                continue
            if outcome.holds:
                break
    except NeedsContext as error:
        return blank(claim, "needs-context", reason=missing(error))
    except Unsupported as error:
        return blank(claim, "not-understood", reason=str(error))
    except (ShapeError, Clash) as error:
        return blank(claim, "ill-typed", method="shape", reason=str(error), assumptions=_shape_assumptions(claim))
    reading = _reading(claim)
    if outcome.points == 0:
        return blank(claim, "needs-context", reason=outcome.error or "no point was found where both sides are defined")
    if outcome.counterexample is None:
        return blank(
            claim,
            "holds",
            method="numeric",
            reading=reading,
            reason=f"no counterexample at {outcome.cases} points, ranges {', '.join(sorted(outcome.regimes))}",
            assumptions=_assumptions(claim, outcome, Reading()),
        )
    if is_said_to_hold(claim.prose.split(" … ")[0]) or not _is_bound(claim, outcome):
        return blank(claim, "condition", reason="an inequality that is assumed or asked for", reading=reading)
    return blank(
        claim,
        "refuted",
        method="numeric",
        reading=reading,
        reason="fails at the point shown",
        counterexample=outcome.counterexample,
        assumptions=_assumptions(claim, outcome, Reading()),
    )


def _is_bound(claim: Claim, outcome: Outcome) -> bool:
    """Does the inequality bound something computed, rather than ask it of free names?"""
    assert claim.left is not None and claim.right is not None
    parts = [*claim.left.walk(), *claim.right.walk()]
    if any(is_slope(p) for p in parts):
        return True
    both = outcome.left_touched & outcome.right_touched
    if both:
        return True
    functions = {p.function.key for p in parts if isinstance(p, Call) and isinstance(p.function, Ref)}
    bounded = {"\\sigma", "sigmoid", "tanh", "softmax", "sin", "cos", "exp"}
    strange = outcome.failures >= 2 and outcome.points <= 3
    return bool(functions & bounded) and strange and isinstance(claim.right, Number)


# -- words ------------------------------------------------------------------------------------------------------------


def _reading(claim: Claim, scalars: bool = False) -> str:
    """The claim as it was understood, with what its names are where they are not all ``scalars``."""
    if claim.left is None:
        return ""
    try:
        words = latex_of(claim.left)
        if claim.right is not None:
            words += f" {claim.relation} {latex_of(claim.right)}"
    except Exception:  # a part of a resolved tree that the printer does not know
        return claim.text
    ranks = "" if scalars else _rank_words(claim)
    return words + (f"  ({ranks})" if ranks else "")


def _rank_words(claim: Claim) -> str:
    assert claim.context is not None and claim.left is not None
    names: dict[str, str] = {}
    sides = [claim.left] + ([claim.right] if claim.right is not None else [])
    for side in sides:
        for ref in refs(side):
            rank = claim.context.rank(ref)
            if rank and ref.key not in names:
                row = ref.key in claim.context.rows
                names[ref.key] = "matrix" if rank == 2 else "row vector" if row else "vector"
    return ", ".join(dict.fromkeys(f"{without_number(k)} a {v}" for k, v in names.items()))


def _assumptions(claim: Claim, outcome: Outcome, reading: Reading) -> tuple[Assumption, ...]:
    assert claim.context is not None
    out = []
    for d in outcome.used:
        try:
            body = latex_of(d.body)
        except Exception:  # as in _reading
            body = "..."
        head = d.key if d.parameters is None else f"{d.key}({', '.join(getattr(p, 'key', '?') for p in d.parameters)})"
        out.append(Assumption(f"{head} = {body}", d.place))
    for condition in claim.conditions:
        if condition.span == SAID_BESIDE:
            out.append(Assumption(latex_of(condition), claim.context.lines[claim.order].place))
    for known in claim.context.facts:
        if known.key in outcome.left_touched | outcome.right_touched:
            out.append(Assumption(FACTS[known.what].format(known.key), known.source))
    reading = replace(reading, **{name: getattr(PLAIN, name) for name in chosen(claim)})
    if reading.describe():
        out.append(Assumption(reading.describe(), "convention"))
    ranks = "" if reading.scalars else _rank_words(claim)
    if ranks:
        out.append(Assumption(ranks, "inferred from the document"))
    return tuple(out)


def _shape_assumptions(claim: Claim) -> tuple[Assumption, ...]:
    words = _rank_words(claim)
    return (Assumption(words, "inferred from the document"),) if words else ()
