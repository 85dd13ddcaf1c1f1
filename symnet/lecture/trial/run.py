"""Trying a claim at many points: several ranges, signs and sizes, at 30 digits."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ParamSpec

import mpmath
import numpy as np

from symnet.frames import LECTURE, room
from symnet.lecture import effort
from symnet.lecture.claims.authored import conditions_on, usual
from symnet.lecture.claims.claim import Claim
from symnet.lecture.context.letters import free_letters
from symnet.lecture.context.record import Definition, Line
from symnet.lecture.context.sizes import Clash, Sizes, shown
from symnet.lecture.evaluation.ground import Ground
from symnet.lecture.evaluation.patterns import steps_behind
from symnet.lecture.evaluation.reading import Reading
from symnet.lecture.evaluation.sample import Point
from symnet.lecture.evaluation.scopes import truth
from symnet.lecture.evaluation.steps import named_ends
from symnet.lecture.latex.printer import latex_of
from symnet.lecture.reader.syntax import Statement
from symnet.lecture.trial.compare import DIGITS, align, all_finite, close, equal, roughly
from symnet.lecture.trial.constraints import meet
from symnet.lecture.trial.counterexample import describe
from symnet.lecture.trial.points import (
    free_scopes,
    given_values,
    holds_at,
    is_test,
    known_facts,
    pieces,
    ranges,
    reach,
    takes_limits,
)
from symnet.lecture.trial.sizes import Choose, both_sides, claim_sizes, moved_entries, small, widened, with_sizes_of
from symnet.lecture.trial.unknowns import moved_names, unknown_functions
from symnet.lecture.values.errors import NeedsContext, ShapeError, TooMany, Unshapely, Unsupported
from symnet.lecture.values.scalars import Undefined, plain

NOTHING = mpmath.mpf("1e-24")  # what is left of zero after rounding
WANTED = 6  # points where both sides are defined
Compare = Callable[[Any, Any], bool]
P = ParamSpec("P")
PATIENCE = 12  # points at which the sides differ while the left one is always zero: a window may not reach them
UNMET = 16  # so many more points where conditions do not hold than where they do, and points are moved, or given up


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
    compare: Compare,
    *,
    reading: Reading | None = None,
    facts: Mapping[str, str] | None = None,
    but: Definition | None = None,
    treat_open: frozenset[str] = frozenset(),
    end: float = float("inf"),
    wanted: int = WANTED,
    classes: Sizes | None = None,
    arrays: Choose = small,
    equations: Sequence[Line] = (),
    regimes: Sequence[str] = (),
    confirm: bool = True,
) -> Outcome:
    """``compare(left, right)`` at many points, where ``equations`` hold; stops at the second counterexample.

    Without ``confirm`` the first one decides: enough for what is only a guess.  ``arrays`` chooses their sizes,
    ``regimes`` says from which ranges values are drawn.  Small arrays become larger where both sides, or only the left
    one, are zero for want of an entry a number of places on.

    Raises Unsupported, NeedsContext or ShapeError where the sides can not be evaluated.
    """
    reading = usual(claim) if reading is None else reading

    def tried(end: float, arrays: Choose) -> Outcome:
        return _Trial(
            claim,
            compare,
            reading,
            facts or {},
            but,
            treat_open,
            end,
            wanted,
            classes,
            arrays,
            equations,
            regimes,
            confirm,
        ).run()

    moved = arrays is small and any(True for _ in moved_entries(claim))
    outcome = tried(effort.until(effort.left(end) / 3) if moved and end < float("inf") else end, arrays)
    nothing = outcome.always_zero if outcome.holds else outcome.failures and outcome.left_zero
    if nothing and moved:
        try:
            again = tried(end, widened)
        except (Unsupported, NeedsContext, ShapeError):
            return outcome
        return again if again.cases else outcome
    return outcome


def _or_none(trial: Callable[P, Outcome]) -> Callable[P, Outcome | None]:
    def outcome_of(*args: P.args, **options: P.kwargs) -> Outcome | None:
        """As ``run``; None where the sides can not be evaluated."""
        try:
            return trial(*args, **options)
        except (Unsupported, NeedsContext, ShapeError, Clash):
            return None

    return outcome_of


outcome_of = _or_none(run)


class _Trial:
    """A claim tried under one reading, in arrays of some sizes."""

    def __init__(
        self,
        claim: Claim,
        compare: Compare,
        reading: Reading,
        facts: Mapping[str, str],
        but: Definition | None,
        treat_open: frozenset[str],
        end: float,
        wanted: int,
        classes: Sizes | None,
        arrays: Choose,
        equations: Sequence[Line],
        regimes: Sequence[str],
        confirm: bool,
    ) -> None:
        self.equations, self.confirm = [line.statement for line in equations], confirm
        self.lacking = "".join(f"no point was found where {latex_of(e.raw)} ({e.place})" for e in equations[:1])
        self.claim, self.reading, self.but, self.treat_open, self.end = claim, reading, but, treat_open, end
        assert claim.context is not None
        self.assumed = conditions_on(claim)
        effort.step(100)  # the shapes of the claim
        self.classes = with_sizes_of(equations, claim.context, classes or claim_sizes(claim))
        self.unknowns = unknown_functions(claim, treat_open, reading.parts)
        self.moved = moved_names(claim, treat_open)
        self.facts = {**known_facts(claim), **facts}
        self.choices = arrays(claim, self.classes)
        steps = steps_behind(claim.context, claim.sides, claim.order)
        self.letters = list(dict.fromkeys((*free_letters(both_sides(claim)), *steps)))
        ends = named_ends(claim.context, self.unknowns, claim.order, claim.sides)
        with mpmath.workdps(DIGITS):
            self.values = dict(given_values(claim)) | {(key, ()): mpmath.mpf(last) for key, last in ends}
        many = pieces(claim)
        self.wanted = many * wanted
        self.reach = reach(claim)
        self.regimes = tuple(regimes or ranges(claim)) * (12 if self.assumed or claim.conditions else 2 * many)
        self.compare = roughly(compare) if takes_limits(claim) else compare
        self.outcome = Outcome()
        self._left_values: list[Any] = []
        self._heavy: set[int] = set()  # arrays of these sizes take too many operations

    def run(self) -> Outcome:
        bounds = [c for c in self.claim.conditions if c.is_bound]
        with mpmath.workdps(DIGITS), room(LECTURE):
            points = self._points()
            self._try_at_points(points, self.equations, UNMET if bounds else len(self.regimes))
            if bounds and not self.outcome.untested:
                self._try_at_points(points, [*bounds, *self.equations], UNMET)
        self.outcome.sizes = {f"{shown(r)}" for r in self.choices[0] if r != "*"}
        return self.outcome

    def _points(self) -> Iterator[Point]:
        """Points as long as any are wanted."""
        for seed, regime in enumerate(self.regimes):
            if effort.is_over(self.end) or self._is_decided():
                return
            sizes = self.choices[seed % len(self.choices)]
            if id(sizes) not in self._heavy:
                yield Point(sizes, seed, regime, self.reach)

    def _try_at_points(self, points: Iterator[Point], premises: Sequence[Statement], patience: int) -> None:
        """Tries the claim at points until so many more of them are none where it is to hold than are such."""
        missed = 0
        while missed < patience and (point := next(points, None)):
            found = self.outcome.points
            self._try_at(point, premises)
            missed += 1 if self.outcome.points == found else -1

    def _is_decided(self) -> bool:
        """Are there points enough, or a counterexample that another one has confirmed?"""
        patience = PATIENCE if self.outcome.left_zero else 1 + self.confirm
        return self.outcome.points >= self.wanted or self.outcome.failures >= patience

    def _try_at(self, point: Point, premises: Sequence[Statement]) -> None:
        """Tries the claim at one point, moved to where the premises hold, for several values of its free indices."""
        outcome, ground = self.outcome, self._ground(point)
        if not all(holds_at(ground, line) for line in self.assumed):
            outcome.error = f"no point was found where {self.assumed[0].raw.text} ({self.assumed[0].place})"
            return
        if premises and not self._meets(ground, premises):
            outcome.error = self.lacking or outcome.error
            return
        cases = outcome.cases
        try:
            for scope in free_scopes(self.letters, self.claim, ground, point.seed):
                if effort.is_over(self.end) or self._is_met(ground, scope) and not self._goes_on(ground, scope):
                    break
        except Undefined as error:  # of the ranges of the free indices
            outcome.error = str(error)
        if outcome.cases > cases:
            outcome.points += 1
            outcome.regimes.add(point.regime)

    def _meets(self, ground: Ground, premises: Sequence[Statement]) -> bool:
        try:
            return meet(ground, premises)
        except Undefined:
            return False

    def _ground(self, point: Point) -> Ground:
        context = self.claim.context
        assert context is not None
        return Ground(
            context,
            self.classes,
            point,
            self.facts,
            order=self.claim.order,
            reading=self.reading,
            unknowns=self.unknowns,
            but=self.but,
            overrides=dict(self.values),
            treat_open=self.treat_open,
            moved=self.moved,
        )

    def _is_met(self, ground: Ground, scope: Mapping[str, int]) -> bool:
        """Do the conditions of the claim hold here, as far as they are evaluated?"""
        try:
            return all(truth(ground, c, scope) for c in self.claim.conditions if is_test(c))
        except Undefined:
            return False
        except (Unsupported, NeedsContext):
            self.outcome.untested = ", ".join(latex_of(c) for c in self.claim.conditions)
            return True

    def _goes_on(self, ground: Ground, scope: Mapping[str, int]) -> bool:
        """Compares the sides here; is nothing found against the claim, so that more is to be tried at this point?"""
        outcome = self.outcome
        try:
            left, right = self._sides(ground, scope)
        except Undefined as error:
            outcome.error = str(error)
            outcome.gap = outcome.gap or _gap(ground, self.claim, scope)
            return True
        except TooMany:
            self._heavy.add(id(ground.point.sizes))
            if len(self._heavy) == len(self.choices):
                raise
            return False
        outcome.used += [d for d in ground.used.values() if d not in outcome.used]
        left, right = align(left, right, self.reading, self.claim)
        if not all_finite(left) or not all_finite(right):
            return True
        differ = not self.compare(left, right)
        if differ and not _is_precise(ground, self.claim, scope, left, right):
            return True
        outcome.cases += 1
        _note_values(outcome, left, right, self._left_values)
        if differ:
            outcome.failures += 1
            outcome.counterexample = outcome.counterexample or describe(ground, left, right, scope, self.claim)
        return not differ

    def _sides(self, ground: Ground, scope: Mapping[str, int]) -> tuple[Any, Any]:
        outcome, claim = self.outcome, self.claim
        assert claim.left is not None and claim.right is not None
        try:
            ground.start(scope)
            left = ground(claim.left, scope)
            outcome.left_touched |= ground.touched
            outcome.left_functions |= ground.functions_used
            ground.start(scope)
            right = ground(claim.right, scope)
            outcome.right_touched |= ground.touched
            outcome.right_functions |= ground.functions_used
        except (TypeError, ValueError, AttributeError, IndexError, OverflowError) as error:
            raise Unshapely("a value of another kind was expected in this formula") from error
        return left, right


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
