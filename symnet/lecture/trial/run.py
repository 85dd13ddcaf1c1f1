"""Trying a claim at many points: several ranges, signs and sizes, at 30 digits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import mpmath
import numpy as np

from symnet.lecture import effort
from symnet.lecture.claims.authored import conditions_on, usual
from symnet.lecture.claims.claim import Claim
from symnet.lecture.context.context import Definition
from symnet.lecture.context.letters import free_letters
from symnet.lecture.context.shapes import Sizes, shown
from symnet.lecture.evaluation.ground import Ground
from symnet.lecture.evaluation.reading import Reading
from symnet.lecture.evaluation.sample import Point
from symnet.lecture.evaluation.scopes import truth
from symnet.lecture.reader.latex import latex_of
from symnet.lecture.reader.syntax import Big, Infinity
from symnet.lecture.trial.compare import DIGITS, align, all_finite, close, equal, roughly
from symnet.lecture.trial.counterexample import describe
from symnet.lecture.trial.points import REGIMES, free_scopes, given_values, holds_at, is_test, known_facts, pieces
from symnet.lecture.trial.sizes import SINGLES, Change, both_sides, claim_sizes, moved_entries, size_choices, widened
from symnet.lecture.trial.unknowns import unknown_functions
from symnet.lecture.values.errors import NeedsContext, ShapeError, TooMany, Unshapely, Unsupported
from symnet.lecture.values.scalars import Undefined, plain

NOTHING = mpmath.mpf("1e-24")  # what is left of zero after rounding
WANTED = 6  # points where both sides are defined
PATIENCE = 12  # points at which the sides differ while the left one is always zero: a window may not reach them


@dataclass
class Outcome:
    """What the points have shown: all equal, or one where the sides differ."""

    points: int = 0
    cases: int = 0
    regimes: set[str] = field(default_factory=set)
    counterexample: dict[str, Any] | None = None
    failures: int = 0  # points at which it fails
    constant_left: bool = True
    left_touched: set[str] = field(default_factory=set)
    right_touched: set[str] = field(default_factory=set)
    left_functions: set[str] = field(default_factory=set)
    right_functions: set[str] = field(default_factory=set)
    used: list[Definition] = field(default_factory=list)
    sizes: set[str] = field(default_factory=set)
    always_zero: bool = True
    negligible: bool = True  # zero but for rounding
    left_zero: bool = True
    error: str = ""
    untested: str = ""  # a condition of the claim that is not evaluated
    gap: str = ""  # where one side is divided by a zero that the document allows
    ratio: Any = None  # left / right, where it is the same everywhere

    @property
    def holds(self) -> bool:
        return self.points > 0 and self.counterexample is None


def run(
    claim: Claim,
    compare,
    *,
    reading: Reading | None = None,
    facts: Mapping[str, str] | None = None,
    but: Definition | None = None,
    treat_open: frozenset[str] = frozenset(),
    end: float = float("inf"),
    equal_only: bool = False,
    wanted: int = WANTED,
    classes: Sizes | None = None,
    singles: bool = False,
) -> Outcome:
    """``compare(left, right) -> bool`` at many points; stops at the second counterexample.

    With ``singles`` every axis has one entry.  Arrays are larger where both sides, or only the left one, are zero for
    want of an entry a number of places on.

    Raises Unsupported, NeedsContext or ShapeError where the sides can not be evaluated.
    """

    def tried(end: float, change: Change | None = None, singles: bool = False) -> Outcome:
        return _run(
            claim, compare, reading, facts, but, treat_open, end, equal_only, wanted, classes, change, singles
        )  # fmt: skip

    if singles:
        return tried(end, singles=True)
    moved = not equal_only and any(True for _ in moved_entries(claim))
    outcome = tried(effort.until(effort.left(end) / 3) if moved and end < float("inf") else end)
    nothing = outcome.always_zero if outcome.holds else outcome.failures and outcome.left_zero
    if nothing and moved:
        try:
            again = tried(end, partial(widened, claim))
        except (Unsupported, NeedsContext, ShapeError):
            return outcome
        return again if again.cases else outcome
    return outcome


def _run(
    claim: Claim,
    compare,
    reading: Reading | None,
    facts: Mapping[str, str] | None,
    but: Definition | None,
    treat_open: frozenset[str],
    end: float,
    equal_only: bool,
    wanted: int,
    classes: Sizes | None,
    change: Change | None = None,
    singles: bool = False,
) -> Outcome:
    """As ``run``, with other sizes."""
    context = claim.context
    assert context is not None and claim.left is not None and claim.right is not None
    reading = usual(claim) if reading is None else reading
    assumed = conditions_on(claim)
    effort.step(100)  # the shapes of the claim
    classes = classes or claim_sizes(claim)
    unknowns = unknown_functions(claim, treat_open, reading.parts)
    facts = {**known_facts(claim), **(facts or {})}
    choices = [SINGLES] if singles else size_choices(classes, context, claim)
    choices = choices if change is None else change(classes, choices)
    outcome = Outcome()
    letters = free_letters(both_sides(claim))
    values = dict(given_values(claim))
    many = pieces(claim)
    if any(isinstance(p, Infinity) or (isinstance(p, Big) and p.op == "lim") for p in both_sides(claim).walk()):
        compare = roughly(compare)
    old = mpmath.mp.dps
    mpmath.mp.dps = DIGITS
    left_values: list[Any] = []
    heavy: set[int] = set()  # arrays of these sizes take too many operations
    try:
        attempts = [
            (seed, regime, choices[1] if equal_only and not singles else choices[seed % len(choices)])
            for seed, regime in enumerate(REGIMES * (12 if assumed or claim.conditions else 2 * many))
        ]
        for seed, regime, sizes in attempts:
            if effort.is_over(end):
                break
            if outcome.points >= many * wanted or outcome.failures >= (PATIENCE if outcome.left_zero else 2):
                break
            if id(sizes) in heavy:
                continue
            point = Point(sizes, seed, regime)
            ground = Ground(
                context,
                classes,
                point,
                facts,
                order=claim.order,
                reading=reading,
                unknowns=unknowns,
                but=but,
                overrides=dict(values),
                treat_open=treat_open,
            )
            good = False
            if not all(holds_at(ground, line) for line in assumed):
                outcome.error = f"no point was found where {assumed[0].raw.text} ({assumed[0].place})"
                continue
            for scope in free_scopes(letters, claim, ground, seed):
                if effort.is_over(end):
                    break
                try:
                    if not all(truth(ground, c, scope) for c in claim.conditions if is_test(c, letters)):
                        continue
                except Undefined:
                    continue
                except (Unsupported, NeedsContext):
                    outcome.untested = ", ".join(latex_of(c) for c in claim.conditions)
                try:
                    ground.start(scope)
                    left = ground(claim.left, scope)
                    outcome.left_touched |= ground.touched
                    outcome.left_functions |= ground.functions_used
                    ground.start(scope)
                    right = ground(claim.right, scope)
                    outcome.right_touched |= ground.touched
                    outcome.right_functions |= ground.functions_used
                except Undefined as error:
                    outcome.error = str(error)
                    outcome.gap = outcome.gap or _gap(ground, claim, scope)
                    continue
                except TooMany:
                    heavy.add(id(sizes))
                    if len(heavy) == len({id(s) for _, _, s in attempts}):
                        raise
                    break
                except (TypeError, ValueError, AttributeError, IndexError, OverflowError) as error:
                    raise Unshapely("a value of another kind was expected in this formula") from error
                outcome.used += [d for d in ground.used.values() if d not in outcome.used]
                left, right = align(left, right, reading, claim)
                if not all_finite(left) or not all_finite(right):
                    continue
                differ = not compare(left, right)
                if differ and not _is_precise(ground, claim, scope, left, right):
                    continue
                outcome.cases += 1
                good = True
                _note_values(outcome, left, right, left_values)
                if differ:
                    outcome.failures += 1
                    if outcome.counterexample is None:
                        outcome.counterexample = describe(ground, left, right, scope, claim)
                    break
            if good:
                outcome.points += 1
                outcome.regimes.add(regime)
        outcome.sizes = {f"{shown(r)}" for r in choices[0] if r != "*"}
    finally:
        mpmath.mp.dps = old
    return outcome


def _is_precise(ground: Ground, claim: Claim, scope: Mapping[str, int], left: Any, right: Any) -> bool:
    """Do the values of both sides stay what they are with more digits?  The sine of 10^40 has none of 30 right."""
    assert claim.left is not None and claim.right is not None
    with mpmath.workdps(2 * DIGITS):
        for side, value in ((claim.left, left), (claim.right, right)):
            ground.start(scope)
            ground.forget_slopes()
            try:
                again, value = align(ground(side, scope), value, ground.reading, claim)
            except Undefined:
                return False
            if not equal(again, value):
                return False
    return True


def _gap(ground: Ground, claim: Claim, scope: Mapping[str, int]) -> str:
    """Where a name that is 0 or 1 is 0, is one side divided by it and the other not?  The names that are 0 there."""
    zeros = {key for (key, _), value in ground.leaves.items() if ground.facts.get(key) == "bits" and value == 0}
    divided = []
    for side in (claim.left, claim.right) if zeros else ():
        try:
            ground.start(scope)
            ground(side, scope)  # type: ignore[arg-type]
            divided.append(False)
        except Undefined as error:
            divided.append("division by zero" in str(error))
    return ", ".join(f"{key} = 0" for key in sorted(zeros)) if sorted(divided) == [False, True] else ""


def _note_values(outcome: Outcome, left: Any, right: Any, seen: list[Any]) -> None:
    a = [plain(x) for x in (left.ravel() if isinstance(left, np.ndarray) else [left])]
    b = [plain(x) for x in (right.ravel() if isinstance(right, np.ndarray) else [right])]
    if any(x != 0 for x in (*a, *b)):
        outcome.always_zero = False
    if any(abs(x) > NOTHING for x in (*a, *b)):
        outcome.negligible = False
    if any(x != 0 for x in a):
        outcome.left_zero = False
    if len(a) != 1 or (seen and not close(seen[0], a[0])):
        outcome.constant_left = False
    seen.append(a[0])
    ratios = [x / y for x, y in zip(a, b) if y != 0]
    for ratio in ratios:
        if outcome.ratio is None:
            outcome.ratio = ratio
        elif outcome.ratio != "varies" and not close(outcome.ratio, ratio):
            outcome.ratio = "varies"
