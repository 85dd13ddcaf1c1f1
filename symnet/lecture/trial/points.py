"""Where a claim is tried: the facts and conditions that hold there, and the values of its free indices."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Any

import mpmath

from symnet.lecture.claims.authored import parts_behind
from symnet.lecture.claims.claim import Claim
from symnet.lecture.claims.conditions import ORDER
from symnet.lecture.claims.spectra import with_real_eigenvalues
from symnet.lecture.context.facts import AMONG
from symnet.lecture.context.letters import conditions_in, free_letters
from symnet.lecture.context.record import DEFINITE, WHOLE, Line
from symnet.lecture.context.refs import Ref, pairs, refs
from symnet.lecture.evaluation.ground import Ground
from symnet.lecture.evaluation.sample import JUMPS, SMALL
from symnet.lecture.evaluation.scopes import truth
from symnet.lecture.evaluation.steps import last_step
from symnet.lecture.reader.syntax import (
    BORDERS,
    DEFINITE_ORDERS,
    Absolute,
    Big,
    Call,
    Cases,
    Expr,
    Indicator,
    Infinity,
    Negate,
    Norm,
    Number,
    Plus,
    Power,
    Statement,
)
from symnet.lecture.trial.sizes import both_sides
from symnet.lecture.values.errors import NeedsContext, Unsupported
from symnet.lecture.values.scalars import Undefined

REGIMES = ("normal", "positive", "unit", "normal", "large", "positive", "unit", "normal")
LARGE = 2.5  # a border up to here has points of the usual ranges on both sides
FARTHEST = 1000
BEHIND = 2  # statements behind a case that still put in what it says
COMBINATIONS = 10  # values of the free indices tried at one point


def holds_at(ground: Ground, line: Line) -> bool:
    """Does an assumption of the author hold at a point, whatever its free indices are?"""
    letters = free_letters(line.statement)
    ranges = [range(1, ground.range_size(line.statement, letter) + 1) for letter in letters]
    try:
        return all(truth(ground, line.statement, dict(zip(letters, ks))) for ks in itertools.product(*ranges))
    except Undefined:
        return False


def is_test(condition: Statement) -> bool:
    """Does a condition restrict the free indices or names, as i != j, c > 0 and a + b > c do?"""
    if not condition.relations or any(r not in (*ORDER, *DEFINITE_ORDERS) for r in condition.relations):
        return False
    return condition.is_bound or all(map(_is_name_or_number, condition.terms))


def _is_name_or_number(term: Expr) -> bool:
    """A name, also one that is known by its square, or a number."""
    if isinstance(term, Power) and isinstance(term.exponent, Number):
        term = term.base
    return isinstance(term, (Ref, Number, Negate))


#: functions that are other formulas on other sides of a border
BROKEN = frozenset("max min abs sign relu ReLU step floor ceil round mod".split())
#: those among them that jump at whole numbers
JUMPING = frozenset("floor ceil round mod".split())


def pieces(claim: Claim) -> int:
    """How many times as many points are tried, since few may all lie on one side of the borders in a formula.

    A border between several quantities, ``a - b + 1 > 0``, is easily mistaken for one that is near it.
    """
    parts = [*_parts(claim)]
    told = [*conditions_in(parts)]
    if any(r in BORDERS for c in told for r in c.relations) and any(len({*refs(c)}) > 1 for c in told):
        return 12
    return 12 if any(map(_is_between, parts)) else 6 if reach(claim) else 4 if any(map(is_broken, parts)) else 1


def _parts(claim: Claim) -> Iterator[Expr]:
    """All parts of a claim and of the definitions behind it."""
    return (part for whole in parts_behind(claim) for part in whole.walk())


def is_broken(part: Expr) -> bool:
    """Has a formula cases: is it a maximum, an absolute value, an indicator?"""
    if isinstance(part, Call) and isinstance(part.function, Ref):
        return part.function.key.strip("\\") in BROKEN
    return isinstance(part, Cases | Indicator | Absolute)


def jumps(part: Expr) -> bool:
    """Is a part rounded: does it jump at whole numbers?"""
    return isinstance(part, Call) and isinstance(part.function, Ref) and part.function.key.strip("\\") in JUMPING


def _is_between(part: Expr) -> bool:
    """Is it a maximum, an absolute value or the like whose border depends on several quantities?"""
    if isinstance(part, Call) and is_broken(part):
        return len({r for arg in part.args for r in refs(arg)}) > 1
    return isinstance(part, Absolute) and len({*refs(part)}) > 1


def reach(claim: Claim) -> float:
    """How far borders, as in ``min(max(x, 0), 6)`` or ``max(0, a - b)``, may be; 0 where the usual ranges go beyond."""
    parts = [*_parts(claim)]
    if not any(map(is_broken, parts)):
        return 0
    largest = max((float(abs(p.value)) for p in parts if isinstance(p, Number)), default=0)
    if any(map(_is_between, parts)):
        largest = max(largest, 2 * LARGE)
    return min(largest, FARTHEST) if largest > LARGE else 0


def ranges(claim: Claim) -> tuple[str, ...]:
    """In which ranges values are drawn, one point after the other; each second one where a border may be far off."""
    usual = (*REGIMES, *SMALL) if claim.relation in BORDERS else REGIMES
    if any(map(jumps, _parts(claim))):
        usual = tuple(r for one in usual for r in (one, *JUMPS))
    return tuple(r for one in usual for r in (one, "far")) if reach(claim) else usual


def takes_limits(claim: Claim) -> bool:
    """Are values far out, or close to a place, taken for limits?"""
    parts = list(both_sides(claim).walk())
    orders = {id(p.order) for p in parts if isinstance(p, Norm)}
    return any(isinstance(p, Infinity) and id(p) not in orders or isinstance(p, Big) and p.op == "lim" for p in parts)


def given_values(claim: Claim) -> Iterator[tuple[tuple[str, tuple[int, ...]], Any]]:
    """The values that the conditions of a claim give to names: ``y = 1``."""
    for condition in claim.conditions:
        if condition.relations == ("=",):
            left, right = condition.terms
            name, power = left, Fraction(1)
            number = right.arg if isinstance(right, Negate) else right
            if isinstance(left, Power) and isinstance(left.exponent, Number):  # the root of what is known by its square
                name, power = left.base, 1 / left.exponent.value
            if isinstance(name, Ref) and not name.indices and isinstance(number, Number):
                value = mpmath.mpf(number.value.numerator) / number.value.denominator
                value = -value if isinstance(right, Negate) else value
                if power == 1 or value > 0:
                    yield (name.key, ()), value**power


def free_scopes(letters: list[str], claim: Claim, ground: Ground, seed: int) -> Iterator[dict[str, int]]:
    """Values of the free indices: equal ones, different ones, and the ends."""
    if not letters:
        yield {}
        return
    ranges: list[list[int]] = []
    both = both_sides(claim)
    for letter in letters:
        if letter == ground.told_end.lower():
            ranges.append(list(range(ground.size(f"size:{ground.told_end}"))))
            continue
        if (summed := _range_of_sums(both, letter, claim, ground)) is not None:
            ranges.append(summed)
            continue
        try:
            n = ground.range_size(both, letter)
        except NeedsContext:
            n = 3
        low = 1 if _is_axis_letter(both, letter, ground) else 2
        values = {*range(low, max(n, low) + 1), *told_apart(both, letter)}
        if ground.reading.parts:  # what a gradient is by itself shows at the last step only
            values |= {last_step(ground.context, ground.unknowns, claim.order, both, letter) or low}
        ranges.append(sorted(values))
    combos = list(itertools.product(*ranges))
    rng = random.Random(seed)
    if len(combos) > COMBINATIONS:
        same = [c for c in combos if len(set(c)) == 1][:2]
        combos = same + rng.sample(combos, COMBINATIONS - len(same))
    reckoned = [(r.key, i) for r in refs(both) for i in r.indices[:1] if isinstance(i, Plus)]
    begun = dict(_begun(claim, {key for key, _ in reckoned}))
    moved = [(index, begun[key]) for key, index in reckoned if key in begun]
    for combo in combos:
        scope = dict(zip(letters, combo))
        if all(_is_from(ground, index, scope, first) for index, first in moved):
            yield scope


def _begun(claim: Claim, names: Iterable[str]) -> Iterator[tuple[str, Fraction]]:
    """Which of ``names`` recurrences define, and their first steps: h of ``h_t = w h_{t-1}``, ``h_0 = 0``."""
    context = claim.context
    assert context is not None
    for key in names:
        found = [d for d in context.definitions_of(key, claim.order) if len(d.indices) == 1]
        firsts = [d.indices[0].value for d in found if isinstance(d.indices[0], Number)]
        if firsts and any(r.key == key for d in found for r in refs(d.body)):
            yield key, min(firsts)


def _is_from(ground: Ground, index: Expr, scope: dict[str, int], first: Fraction) -> bool:
    """Is an index the number of a step from the first one on?"""
    try:
        return ground.integer(index, scope) >= first
    except (NeedsContext, Unsupported, Undefined):
        return True


def _range_of_sums(expr: Expr, letter: str, claim: Claim, ground: Ground) -> list[int] | None:
    r"""The places of an array that are counted from 0, where the definitions sum over them: j in ``\partial w_j``."""
    places = {(r.key, k) for r in refs(expr) for k, i in enumerate(r.indices) if i == Ref(letter)}
    for big in (p for part in parts_behind(claim) for p in part.walk() if isinstance(p, Big)):
        if big.lower != Number(Fraction(0)) or len(big.variables) != 1:
            continue
        if big.upper is None or isinstance(big.upper, Infinity):
            continue
        own = Ref(big.variables[0].name)
        if places & {(r.key, k) for r in refs(big.body) for k, i in enumerate(r.indices) if i == own}:
            try:
                return list(range(ground.integer(big.upper, {}) + 1)) or None
            except (NeedsContext, Unsupported):
                return None
    return None


def told_apart(expr: Expr, letter: str) -> Iterator[int]:
    """The values of an index for which a formula has a case of its own: the 0 of ``p_0 - 1`` if j = 0."""
    for condition in conditions_in(p for p in expr.walk() if isinstance(p, Cases)):
        for left, right in pairs(condition):
            if isinstance(left, Ref) and left.key == letter and isinstance(right, Number):
                if right.value.denominator == 1 and right.value >= 0:
                    yield int(right.value)


def _is_axis_letter(expr: Expr, letter: str, ground: Ground) -> bool:
    """A letter that only indexes axes starts at 1; one that is moved back starts where all places stay above 0.

    Which way the steps of a recurrence are counted is open: there any move counts, in a larger array only one back.
    """
    for ref in refs(expr):
        for index in ref.indices:
            back = (Negate,) if len(ref.indices) > 2 or ref.key == "\\delta" else (Number, Negate)
            moved = isinstance(index, Plus) and any(isinstance(t, back) for t in index.terms)
            if moved and any(r.key == letter for r in refs(index)):
                return False
    return True


def known_facts(claim: Claim) -> dict[str, str]:
    """The facts of the document on names that have no definition there; the claim itself is none."""
    context = claim.context
    assert context is not None
    found: dict[str, str] = {}
    measured = {p.arg.key for p in claim.parts if isinstance(p, Norm) and isinstance(p.arg, Ref)}
    for k in context.facts_at(claim.order):
        if k.case and k.what == "length" and k.key in measured and claim.order - k.order > BEHIND:
            continue  # nobody writes the length of what has length 1, but to put that in
        if not context.is_array(k.key, claim.order) and k.order != claim.order:
            known = {k.what, found.get(k.key, k.what)}
            found[k.key] = "natural" if known == {"integer", "positive"} else min(known, key=_strength)
    return {**dict.fromkeys(with_real_eigenvalues(claim), "symmetric"), **found}


def _strength(fact: str) -> int:
    return STRENGTH.index("signs" if fact.startswith(AMONG) else fact)


#: of two facts on one name the one that says more
STRENGTH = (
    *("joint", "simplex", "bits", "signs", *DEFINITE, "orthogonal", "diagonal", "symmetric", "length", "lengths"),
    *(*WHOLE, "unit", "positive", "negative"),
)
