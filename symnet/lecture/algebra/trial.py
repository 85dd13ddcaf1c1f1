"""Trying a claim at many points: several ranges, signs and sizes, at 30 digits."""

from __future__ import annotations

import itertools
import random
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial
from typing import Any

import mpmath
import numpy as np

from symnet.lecture import effort
from symnet.lecture.claims.authored import conditions_on, usual
from symnet.lecture.claims.claim import Claim
from symnet.lecture.context.context import Context, Definition, Line
from symnet.lecture.context.letters import free_letters
from symnet.lecture.context.resolve import LOSS, Ref, refs
from symnet.lecture.context.shapes import ONE, Clash, Sizes, Typer, Unshaped, shown
from symnet.lecture.evaluation.ground import Ground
from symnet.lecture.evaluation.reading import Reading
from symnet.lecture.evaluation.sample import Point
from symnet.lecture.evaluation.scopes import truth
from symnet.lecture.reader.latex import latex_of
from symnet.lecture.reader.syntax import (
    Absolute,
    At,
    Big,
    Call,
    Cases,
    Derivative,
    Expr,
    Indicator,
    Infinity,
    Nabla,
    Negate,
    Number,
    Plus,
    Slice,
)
from symnet.lecture.values.errors import NeedsContext, ShapeError, TooMany, Unshapely, Unsupported
from symnet.lecture.values.scalars import Undefined, finite, plain

DIGITS = 30
TOLERANCE = mpmath.mpf("1e-14")
NOTHING = mpmath.mpf("1e-24")  # what is left of zero after rounding
REGIMES = ("normal", "positive", "unit", "normal", "large", "positive", "unit", "normal")

TOP = Fraction(6)  # the last layer of an unnamed depth
WANTED = 6  # points where both sides are defined
SINGLES = {"*": 1}  # every axis has one entry
PATIENCE = 12  # points at which the sides differ while the left one is always zero: a window may not reach them
#: other sizes of the arrays than those that are tried at first
Change = Callable[[Sizes, list[dict[str, int]]], list[dict[str, int]]]
WIDE = 4  # entries of an axis, where fewer show nothing
MOST_VALUES = 1000  # of a counterexample
COMBINATIONS = 10  # values of the free indices tried at one point


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


def size_choices(classes: Sizes, context: Context, claim: Claim) -> list[dict[str, int]]:
    """Small sizes: all different, all equal, and another order; smaller ones for arrays of three axes and more."""
    roots = sorted({classes.find(a) for a in classes.parents} | {classes.find(a) for a in classes.parents.values()})
    roots = [r for r in roots if r != ONE and not r.startswith("const:")]
    if max((len(r.indices) for r in refs(_both(claim))), default=0) > 2:
        first = {r: (2, 1, 3)[k % 3] for k, r in enumerate(roots)}
        last = {r: (1, 2, 2, 3)[k % 4] for k, r in enumerate(roots)}
        return [first, dict.fromkeys(roots, 2) | {"*": 2}, last]
    uneven = {r: (2, 3, 4)[k % 3] for k, r in enumerate(roots)}
    equal = dict.fromkeys(roots, 3) | {"*": 3}
    other = {r: (3, 2, 4, 2)[(k + 1) % 4] for k, r in enumerate(roots)}
    return [uneven, equal, other]


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
    moved = not equal_only and any(True for _ in _moved(claim))
    outcome = tried(effort.until(effort.left(end) / 3) if moved and end < float("inf") else end)
    nothing = outcome.always_zero if outcome.holds else outcome.failures and outcome.left_zero
    if nothing and moved:
        try:
            again = tried(end, partial(_many, claim))
        except (Unsupported, NeedsContext, ShapeError):
            return outcome
        return again if again.cases else outcome
    return outcome


def _many(claim: Claim, classes: Sizes, choices: list[dict[str, int]]) -> list[dict[str, int]]:
    """So many entries along what is read a number of places on that some are there; few of all else."""
    wide: set[str] = set()
    long = WIDE if max(len(ref.indices) for ref in refs(_both(claim))) < 4 else WIDE - 1
    for ref, index in _moved(claim):
        letters = (i.key for i in ref.indices if isinstance(i, Ref)) if ref.key == "\\delta" else ()
        starts = tuple(f"index:{_scope_of(claim)}:{letter}:" for letter in letters)
        named = (name for pair in classes.parents.items() for name in pair if name.startswith(starts))
        wide |= {classes.find(name) for name in named}
        wide.add(classes.find(f"axis:{ref.key}:{ref.indices.index(index)}"))
    return [{root: min(n, 2) for root, n in sizes.items()} | dict.fromkeys(wide - {ONE}, long) for sizes in choices]


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
    letters = free_letters(_both(claim))
    values = dict(_values(claim))
    many = _pieces(claim)
    if any(isinstance(p, Infinity) or (isinstance(p, Big) and p.op == "lim") for p in _both(claim).walk()):
        compare = _roughly(compare)
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
            if not all(_holds_at(ground, line) for line in assumed):
                outcome.error = f"no point was found where {assumed[0].raw.text} ({assumed[0].place})"
                continue
            for scope in _scopes(letters, claim, ground, seed):
                if effort.is_over(end):
                    break
                try:
                    if not all(truth(ground, c, scope) for c in claim.conditions if _is_test(c, letters)):
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
                if not _all_finite(left) or not _all_finite(right):
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


def _moved(claim: Claim) -> Iterator[tuple[Ref, Expr]]:
    """The entries a number of places on that a claim speaks of, each with its index; small arrays do not have them."""
    for ref in refs(_both(claim)):
        for index in ref.indices:
            if isinstance(index, Plus) and any(isinstance(part, Number) for part in index.walk()):
                yield ref, index


def _holds_at(ground: Ground, line: Line) -> bool:
    """Does an assumption of the author hold at a point, whatever its free indices are?"""
    letters = free_letters(line.statement)
    ranges = [range(1, ground.range_size(line.statement, letter) + 1) for letter in letters]
    try:
        return all(truth(ground, line.statement, dict(zip(letters, ks))) for ks in itertools.product(*ranges))
    except Undefined:
        return False


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


def close(a: Any, b: Any) -> bool:
    """Equal to half of the digits."""
    return abs(a - b) <= TOLERANCE * (abs(a) + abs(b) + mpmath.mpf("1e-6"))


def equal(left: Any, right: Any) -> bool:
    """Are two values the same? Raises ShapeError where they can not be compared."""
    if isinstance(left, np.ndarray) or isinstance(right, np.ndarray):
        a = left.ravel() if isinstance(left, np.ndarray) else [left]
        b = right.ravel() if isinstance(right, np.ndarray) else [right]
        if not isinstance(left, np.ndarray):
            a = [left] * len(b)
        if not isinstance(right, np.ndarray):
            b = [right] * len(a)
        return all(close(plain(x), plain(y)) for x, y in zip(a, b))
    return close(plain(left), plain(right))


def _roughly(compare):
    """Limits are compared to six digits."""

    def rough(left, right):
        if isinstance(left, np.ndarray) or isinstance(right, np.ndarray):
            return compare(left, right)
        return abs(plain(left) - plain(right)) < 1e-6 * (1 + abs(plain(right)))

    return rough


def align(left: Any, right: Any, reading: Reading, claim: Claim) -> tuple[Any, Any]:
    """Both sides in one shape; a number beside a matrix is compared with every entry only where it is zero."""
    if isinstance(left, np.ndarray) and isinstance(right, np.ndarray):
        if left.shape != right.shape:
            raise ShapeError(f"the left side is {_dims(left)} and the right side {_dims(right)}")
        return left, right
    for value, other in ((left, right), (right, left)):
        if isinstance(value, np.ndarray) and not isinstance(other, np.ndarray):
            if plain(other) == 0 or value.size == 1:
                return (left, right) if value.size > 1 else (_single(left), _single(right))
            raise ShapeError(f"one side is {_dims(value)} and the other a number")
    return left, right


def _single(value: Any) -> Any:
    return value.ravel()[0] if isinstance(value, np.ndarray) else value


def _dims(value: np.ndarray) -> str:
    return " x ".join(map(str, value.shape))


def _all_finite(value: Any) -> bool:
    if not isinstance(value, np.ndarray):
        return finite(value)
    if any(isinstance(x, np.ndarray) for x in value.ravel()):
        raise Unsupported("a list of lists")
    return all(finite(x) for x in value.ravel())


def _both(claim: Claim) -> Expr:
    assert claim.left is not None and claim.right is not None
    return Plus((claim.left, claim.right))


def _is_test(condition, letters: list[str]) -> bool:
    """Does a condition restrict the free indices or names, as i != j and c > 0 do?"""
    if not condition.relations or any(r not in ("=", "!=", "<", "<=", ">", ">=") for r in condition.relations):
        return False
    return all(isinstance(t, (Ref, Number, Negate)) for t in condition.terms)


#: functions that are other formulas on other sides of a border
BROKEN = frozenset("max min abs sign relu ReLU step".split())


def _pieces(claim: Claim) -> int:
    """How many times as many points are tried, since few may all lie on one side of the borders in a formula.

    A border between several quantities, ``a - b + 1 > 0``, is easily mistaken for one that is near it.
    """
    parts = list(_both(claim).walk())
    told = [c for p in parts if isinstance(p, Cases) for _, c in p.branches if c is not None]
    told += [p.condition for p in parts if isinstance(p, Indicator)]
    if any(r in ORDERS for c in told for r in c.relations) and any(len({*refs(c)}) > 1 for c in told):
        return 12
    broken = any(
        isinstance(p, Cases | Indicator | Absolute)
        or isinstance(p, Call)
        and isinstance(p.function, Ref)
        and p.function.key.strip("\\") in BROKEN
        for p in parts
    )
    return 4 if broken else 1


#: relations that are borders
ORDERS = ("<", "<=", ">", ">=")


def _values(claim: Claim) -> Iterator[tuple[tuple[str, tuple[int, ...]], Any]]:
    """The values that the conditions of a claim give to names: ``y = 1``."""
    for condition in claim.conditions:
        if condition.relations == ("=",):
            left, right = condition.terms
            number = right.arg if isinstance(right, Negate) else right
            if isinstance(left, Ref) and not left.indices and isinstance(number, Number):
                value = mpmath.mpf(number.value.numerator) / number.value.denominator
                yield (left.key, ()), -value if isinstance(right, Negate) else value


def _scopes(letters: list[str], claim: Claim, ground: Ground, seed: int) -> Iterator[dict[str, int]]:
    """Values of the free indices: equal ones, different ones, and the ends."""
    if not letters:
        yield {}
        return
    ranges = []
    both = _both(claim)
    for letter in letters:
        try:
            n = ground.range_size(both, letter)
        except NeedsContext:
            n = 3
        low = 1 if _is_axis_letter(both, letter, ground) else 2
        ranges.append(range(low, max(n, low) + 1))
    combos = list(itertools.product(*ranges))
    rng = random.Random(seed)
    if len(combos) > COMBINATIONS:
        same = [c for c in combos if len(set(c)) == 1][:2]
        combos = same + rng.sample(combos, COMBINATIONS - len(same))
    for combo in combos:
        yield dict(zip(letters, combo))


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
    for k in context.facts:
        if not context.definitions_of(k.key, claim.order) and k.order != claim.order:
            found[k.key] = min(k.what, found.get(k.key, k.what), key=STRENGTH.index)
    return found


#: of two facts on one name the one that says more
STRENGTH = ("simplex", "bits", "signs", "orthogonal", "diagonal", "symmetric", "length", "unit", "positive")


# -- sizes ------------------------------------------------------------------------------------------------------------


def claim_sizes(claim: Claim, strict: bool = False) -> Sizes:
    """The classes of sizes of the document with those of the claim; strict raises Clash."""
    context = claim.context
    assert context is not None and claim.left is not None and claim.right is not None
    sizes = context.sizes.copy(strict)
    scope = _scope_of(claim)
    for side in (claim.left, claim.right):
        trial = sizes.copy(strict)
        try:
            Typer(context, trial, scope).shape(side)
        except Clash:
            if strict:
                raise
            continue
        except (Unshaped, RecursionError):
            _unite_letters(context, trial, scope, side)
        sizes = trial
    if claim.relation in ("=", "equiv", "set", "get"):
        trial = sizes.copy(strict)
        typer = Typer(context, trial, scope)
        try:
            left, right = typer.shape(claim.left), typer.shape(claim.right)
            if left and right:
                typer.broadcast(left, right, claim.left.span)
            sizes = trial
        except Clash:
            if strict:
                raise
        except (Unshaped, RecursionError):
            pass
    sizes.strict = False
    return sizes


def _scope_of(claim: Claim) -> str:
    """What the letters of a claim are told from those of other statements by."""
    return f"claim{claim.order}.{claim.place}"


def _unite_letters(context: Context, sizes: Sizes, scope: str, expr: Expr) -> None:
    """Where the shape is not followed, axes with the same letter still have the same size."""
    typer = Typer(context, sizes, scope)
    for part in expr.walk():
        if isinstance(part, Ref):
            try:
                typer.shape(part)
            except (Clash, Unshaped):
                continue


# -- what is left open ------------------------------------------------------------------------------------------------


def derivatives(expr: Expr) -> Iterator[tuple[Expr, Expr]]:
    """(of, by) of every derivative."""
    for part in expr.walk():
        if isinstance(part, Derivative) and part.of is not None:
            for by in part.by:
                yield part.of, by
        elif isinstance(part, Nabla):
            for by in part.by:
                yield part.of, by


def unknown_functions(
    claim: Claim, treat_open: frozenset[str] = frozenset(), parts: frozenset[str] = frozenset()
) -> dict[str, tuple[Ref, ...]]:
    """For names that are differentiated but not defined: what they are functions of.

    A name is a function of what the *right* side differentiates it by, the most downstream of these, and of ``parts``;
    the left side follows by the definitions between.  Raises NeedsContext where a path is missing: 0 = 0 shows nothing.
    """
    context = claim.context
    assert context is not None and claim.left is not None and claim.right is not None
    edges: dict[str, list[Ref]] = {}
    first: dict[str, list[Ref]] = {}  # those that the right side and the definitions speak of
    asked: list[tuple[Expr, Ref]] = []
    behind = _behind(context, claim, treat_open)
    for side in (claim.right, *behind, claim.left):
        for of, by in derivatives(side):
            of = _variable(of)
            by_ref = _variable(by)
            if not isinstance(by_ref, Ref):
                continue
            asked.append((of, by_ref))
            if isinstance(of, Ref) and not _reaches(context, of, by_ref.key, claim.order, treat_open):
                if context.definitions_of(of.key, claim.order) and of.key not in treat_open:
                    continue
                found = edges.setdefault(of.key, [])
                target = _whole(by_ref, context)
                if target not in found:
                    found.append(target)
                if side is not claim.left:
                    first.setdefault(of.key, []).append(target)
    right = {(of.key, by.key) for side in (claim.right, *behind) for of, by in _named(side)}
    for of, by in _named(claim.left):
        if of.key == LOSS and of.key in edges and not any(key == LOSS for key, _ in right):
            edges[LOSS] += _given(context, by, claim.order)
    plan: dict[str, tuple[Ref, ...]] = {}
    for key, targets in edges.items():
        sinks = [
            t
            for t in targets
            if t.key in parts or not any(t != o and _leads(context, t, o, edges, claim.order) for o in targets)
        ]
        plan[key] = tuple(sinks or [t for t in targets if t in first.get(key, ())] or targets)
    for of, by in asked:
        names = [of.key] if isinstance(of, Ref) else [r.key for r in refs(of)]
        if not any(_connected(context, key, by.key, plan, claim.order, treat_open) for key in names):
            raise _unknown_dependence(context, of, by)
    for _, by in asked:
        layered = any(isinstance(r, Ref) and r.key == by.key and _is_top(r) for t in plan.values() for r in t)
        if layered and not context.definitions_of(by.key, claim.order):
            raise NeedsContext(
                f"how {by.key} of one layer depends on the layer before is not known", _layer(context, by.key)
            )
    for of, by in _named(claim.left):
        direct = of.key in plan and any(t.key == by.key for t in plan[of.key])
        if direct and (of.key, by.key) not in right:
            raise NeedsContext(f"{of.key} is not defined", f"define {context.naming.latex(of.key)} = ...")
    return plan


def _given(context: Context, by: Ref, order: int) -> list[Ref]:
    """What the loss is a function of where gradients are given, not computed, and depends on ``by``."""
    return [
        _whole(Ref(d.key, d.indices), context)
        for key in sorted(context.naming.given)
        for d in context.definitions_of(key, order)
        if context.reaches(d.body, by.key, order)
    ]


def _unknown_dependence(context: Context, of: Expr, by: Ref) -> NeedsContext:
    """What is missing where a derivative is taken of what does not depend on the variable, as far as is known."""
    functions = {part.function for part in of.walk() if isinstance(part, Call)}
    names = [r.key for r in (of, *refs(of)) if isinstance(r, Ref) and r not in functions]
    if not names:
        return NeedsContext(f"how what is differentiated depends on {by.key} is not known")
    naming = context.naming
    open_names, variable = _undefined_below(context, names[0]), naming.latex(by.key)
    if len(open_names) == 1:
        line = f"define {naming.latex(open_names[0])} = {naming.fresh_function()}({variable})"
    else:  # one of several names depends on it
        line = f"define {naming.latex(open_names[-1])} = ... {variable} ..." if open_names else ""
    return NeedsContext(f"how {names[0]} depends on {by.key} is not known", line)


def _undefined_below(context: Context, key: str) -> list[str]:
    """The names without definition that a name depends on; the name itself where it has none."""
    naming, found, seen = context.naming, [], {key}
    todo = [key]
    while todo:
        name = todo.pop(0)
        definitions = context.definitions.get(name, [])
        if not definitions and name != "e" and name not in naming.sizes | naming.bound | naming.functions:
            found.append(name)
        for d in definitions:
            functions = {p.function.key for p in d.body.walk() if isinstance(p, Call) and isinstance(p.function, Ref)}
            new = [r.key for r in refs(d.body) if r.key not in seen | functions]
            seen.update(new)
            todo += dict.fromkeys(new)
    return found


def _layer(context: Context, key: str) -> str:
    """A line that says that a layer is a function of the one before."""
    name = context.naming.latex(key)
    return f"define {name}_l = {context.naming.fresh_function()}({name}_{{l-1}})"


def _behind(context: Context, claim: Claim, treat_open: frozenset[str]) -> list[Expr]:
    """The definitions that the sides rely on and that hold derivatives: ``delta = dL/dz``."""
    assert claim.left is not None and claim.right is not None
    found: dict[int, Expr] = {}
    seen: set[str] = set()
    todo = [*refs(claim.left), *refs(claim.right)]
    while todo:
        ref = todo.pop()
        if ref.key in seen or ref.key in treat_open:
            continue
        seen.add(ref.key)
        for d in context.definitions_of(ref.key, claim.order):
            if any(True for _ in derivatives(d.body)):
                found[d.order] = d.body
            todo += refs(d.body)
    return [found[k] for k in sorted(found)]


def _named(expr: Expr) -> Iterator[tuple[Ref, Ref]]:
    for of, by in derivatives(expr):
        of, by = _variable(of), _variable(by)
        if isinstance(of, Ref) and isinstance(by, Ref):
            yield of, by


def _variable(expr: Expr) -> Expr:
    """g in d f / d g(x); L in L(w)."""
    if isinstance(expr, At):
        return _variable(expr.arg)
    return expr


def _whole(ref: Ref, context: Context) -> Ref:
    """All entries that an axis index picks from; a layer or a step is kept."""
    shifted = any(isinstance(i, Plus) for i in ref.indices)
    if shifted and len(ref.indices) > 1 and _is_windowed(ref, context):
        return Ref(ref.key, tuple(Slice() for _ in ref.indices))
    letters = [i for i in ref.indices if isinstance(i, Ref)]
    if shifted or any(i.key in ("l", "t") and not i.indices and _is_step(i, ref, context) for i in letters):
        if len(ref.indices) == 1:
            return Ref(ref.key, (Number(TOP),))
        return Ref(ref.key, tuple(_kept(i, ref, context) for i in ref.indices))
    if letters and len(letters) == len(ref.indices):
        return Ref(ref.key, tuple(Slice() for _ in letters))
    return ref


def _kept(index: Expr, ref: Ref, context: Context) -> Expr:
    """The index of a layer or a step; all entries for one that picks from an axis of that layer."""
    entry = isinstance(index, Ref) and not index.indices and not _is_step(index, ref, context)
    return Slice() if entry else index


def _is_windowed(ref: Ref, context: Context) -> bool:
    """Are the indices places in an array: is the name defined, and no entry of it through another one?"""
    found = context.definitions.get(ref.key, [])
    return bool(found) and not any(context.reaches(d.body, ref.key, d.order) for d in found)


def _is_step(letter: Ref, ref: Ref, context: Context) -> bool:
    """Does the letter count layers or steps: alone, or where the document speaks of the one before?"""
    if len(ref.indices) > 1 and _is_windowed(ref, context):
        return False
    return len(ref.indices) == 1 or any(
        isinstance(index, Plus) and letter in index.terms
        for line in context.lines
        for r in refs(line.statement)
        if r.key == ref.key
        for index in r.indices
    )


def _is_top(ref: Ref) -> bool:
    return bool(ref.indices) and all(isinstance(i, Number) and i.value == TOP for i in ref.indices)


def _reaches(context: Context, of: Ref, key: str, order: int, treat_open: frozenset[str]) -> bool:
    if of.key == key:
        return True
    if of.key in treat_open:
        return False
    return any(
        d.parameters is None or all(isinstance(p, Ref) for p in d.parameters)
        for d in context.definitions_of(of.key, order)
        if context.reaches(d.body, key, order, frozenset((of.key,)))
    )


def _leads(context: Context, a: Ref, b: Ref, edges: Mapping[str, list[Ref]], order: int) -> bool:
    """Does ``b`` depend on ``a``?"""
    if a.key == b.key:
        return _shift(a) < _shift(b)
    if any(context.reaches(d.body, a.key, order, frozenset((b.key,))) for d in context.definitions_of(b.key, order)):
        return True
    return any(t.key == a.key or (t.key != b.key and _leads(context, a, t, {}, order)) for t in edges.get(b.key, ()))


def _shift(ref: Ref) -> int:
    for index in ref.indices:
        if isinstance(index, Plus):
            last = index.terms[-1]
            if isinstance(last, Negate) and isinstance(last.arg, Number):
                return -int(last.arg.value)
            if isinstance(last, Number):
                return int(last.value)
    return 0


def _connected(
    context: Context, of: str, by: str, plan: Mapping[str, tuple[Ref, ...]], order: int, treat_open: frozenset[str]
) -> bool:
    seen: set[str] = set()
    todo = [of]
    while todo:
        key = todo.pop()
        if key == by:
            return True
        if key in seen:
            continue
        seen.add(key)
        todo += [r.key for r in plan.get(key, ())]
        if key not in treat_open:
            todo += [r.key for d in context.definitions_of(key, order) for r in refs(d.body)]
    return False


# -- words ------------------------------------------------------------------------------------------------------------


def describe(ground: Ground, left: Any, right: Any, scope: Mapping[str, int], claim: Claim) -> dict[str, Any]:
    """A counterexample that can be replayed: indices, values of all names that have no definition, and both sides.

    ``omitted`` counts the values that are left out of a very large one; ``open`` are functions that nobody defined.
    """
    names = sorted(ground.leaves, key=lambda leaf: (leaf[0], len(leaf[1]), leaf[1]))
    shown_as = {
        leaf: _letter(leaf[0].strip()) + (f"[{','.join(map(str, leaf[1]))}]" if leaf[1] else "") for leaf in names
    }
    found: dict[str, Any] = {
        "values": {**scope, **{shown_as[leaf]: _short(ground.leaves[leaf]) for leaf in names[:MOST_VALUES]}},
        "left": _short(left),
        "right": _short(right),
        "seed": ground.point.seed,
        "range": ground.point.regime,
    }
    if len(names) > MOST_VALUES:
        found["omitted"] = len(names) - MOST_VALUES
    return found | ({"open": sorted(ground.invented)} if ground.invented else {})


def _letter(key: str) -> str:
    r"""``c`` for the ``\mathrm{c}`` that picks a class."""
    return key[8:-1] if re.fullmatch(r"\\mathrm\{\w\}", key) else key


def _short(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return [[_short(x) for x in row] for row in value]
    value = plain(value)
    return value if isinstance(value, int) else float(f"{float(value):.15g}")


__all__ = ["Outcome", "claim_sizes", "equal", "run", "unknown_functions"]
