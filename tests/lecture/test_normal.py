"""What the normal form calls zero is zero; and it knows the identities of the field."""

import importlib.util
import itertools
import random
from fractions import Fraction
from pathlib import Path

import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from symnet.ir import functions as fn
from symnet.ir.expr import Index, Reduction, free_indices, reduce_over, reindex, transform
from symnet.ir.graph import Fact
from symnet.lecture import effort
from symnet.lecture.algebra.expressions import Unknown, as_expr
from symnet.lecture.algebra.forms import GiveUp
from symnet.lecture.algebra.normal import Normaliser, is_zero


def _beside(name):
    spec = importlib.util.spec_from_file_location(name, Path(__file__).parent / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


values = _beside("index_values")
vanishes = values.vanishes
true = _beside("identities")
S, a, b, i, j, k, n, x, y, z = true.S, true.a, true.b, true.i, true.j, true.k, true.n, true.x, true.y, true.z


@pytest.mark.parametrize("name", true.IDENTITIES)
def test_the_identities_are_true_and_proved(name):
    left, right = true.IDENTITIES[name]
    assert vanishes(left - right)
    assert is_zero(left - right)


@pytest.mark.parametrize("name", true.NEARLY)
def test_what_is_only_nearly_zero_is_not_proved(name):
    assert not vanishes(true.NEARLY[name])
    assert not is_zero(true.NEARLY[name])


# -- alterations ------------------------------------------------------------------------------------------------------


def altered(expr, rng):
    """``expr`` with one part changed: a sign, a factor, an exponent, an index, a term, a function."""
    count = 0

    def visit(part):
        nonlocal count
        count += 1

    transform(expr, visit)
    chosen, count = rng.randrange(count), -1

    def change(part):
        nonlocal count
        count += 1
        return _other(part, rng) if count == chosen else None

    return transform(expr, change)


def _other(part, rng):
    if isinstance(part, Index):
        others = [o for o in (true.i, true.j, true.k, true.l) if o != part and o.size == part.size]
        return rng.choice(others) if others else part
    if part.is_Add or part.is_Mul:
        args = list(part.args)
        at = rng.randrange(len(args))
        args[at] = rng.choice([-args[at], 2 * args[at], args[at] ** 2, sp.S.One, sp.S.Zero])
        return part.func(*args)
    if part.is_Pow:
        sign, more = rng.choice([(1, 1), (-1, 0), (-1, 1)])
        return part.base ** (sign * part.exp + more)
    if part.is_Number:
        return part + 1
    if isinstance(part, Reduction) and part.op == "sum":
        body, over = part.open()
        return rng.choice([part / n, reduce_over("max", body, over), reduce_over("sum", body**2, over)])
    if isinstance(part, Unknown):
        return part.slope(0)
    return rng.choice([-part, part + 1, 2 * part, part**2, fn.absolute(part)])


@pytest.mark.parametrize("name", true.IDENTITIES)
def test_altered_identities_are_proved_only_where_they_are_still_true(name):
    left, right = true.IDENTITIES[name]
    rng = random.Random(name)
    for _ in range(4):
        try:
            difference = altered(left, rng) - right
        except (ValueError, TypeError, ZeroDivisionError):
            continue
        if difference.has(sp.zoo, sp.nan, sp.oo, sp.I):
            continue
        assert not is_zero(difference) or vanishes(difference, 14), difference


# -- random expressions -----------------------------------------------------------------------------------------------


def expression(rng, depth, indices):
    """A random expression in ``indices``."""
    if depth == 0 or rng.random() < 0.1:
        leaves = [a, b, true.r, sp.Integer(rng.randint(-2, 3)), n, true.beta]
        leaves += [v[rng.choice(indices)] for v in (x, y, true.s, true.mask)] * 2
        leaves += [true.A[rng.choice(indices), rng.choice(indices)], fn.eq(rng.choice(indices), rng.choice(indices))]
        return rng.choice(leaves)

    def inner():
        return expression(rng, depth - 1, indices)

    kind = rng.randrange(14)
    if kind < 3:
        return inner() + inner()
    if kind < 6:
        return inner() * inner()
    if kind < 8:
        index = Index(rng.choice("uv"), n)
        body = expression(rng, depth - 1, [*indices, index, index])
        return reduce_over(rng.choice(["sum", "sum", "sum", "max", "prod"]), body + 0 * index, (index,))
    if kind == 8:
        return inner() ** rng.choice([-2, -1, 2, 3, sp.Rational(1, 2), sp.Rational(-1, 2)])
    if kind == 9:
        return rng.choice([sp.exp, sp.log, sp.tanh, true.sig, true.soft, sp.sin, sp.cos])(inner())
    if kind == 10:
        return rng.choice([fn.maximum, fn.minimum, fn.gt, fn.ge, fn.eq, fn.ne])(inner(), inner())
    if kind == 11:
        return rng.choice([fn.absolute, fn.sign])(inner())
    if kind == 12:
        return fn.where(fn.gt(inner(), 0), inner(), inner())
    return true.f(inner(), rng.randrange(2))


def _drawn(seed, depth):
    rng = random.Random(seed)
    try:
        e = expression(rng, depth, [i, k])
    except (ValueError, TypeError, ZeroDivisionError):
        return rng, None
    return rng, None if e.has(sp.zoo, sp.nan, sp.oo, sp.I) else e


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.integers(0, 10**9), st.integers(1, 4))
def test_no_alteration_of_a_random_expression_is_wrongly_proved(seed, depth):
    rng, e = _drawn(seed, depth)
    if e is None:
        return
    try:
        difference = e - altered(e, rng)
    except (ValueError, TypeError, ZeroDivisionError):
        return
    if not difference.has(sp.zoo, sp.nan, sp.oo, sp.I) and is_zero(difference, steps=effort.SECOND):
        assert vanishes(difference, 14)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.integers(0, 10**9))
def test_a_random_expression_multiplied_out_stays_the_same(seed):
    _, e = _drawn(seed, 3)
    if e is not None and len(str(e)) < 300:
        wide = sp.expand(a * e + b * e - y[i] * e, log=False, power_base=False, power_exp=False)
        difference = wide - (a + b - y[i]) * e
        assert not is_zero(difference, steps=effort.SECOND) or vanishes(difference)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.integers(0, 10**9), st.integers(1, 4))
def test_the_normal_form_has_the_value_of_the_expression(seed, depth):
    _, e = _drawn(seed, depth)
    if e is None:
        return
    try:
        form = Normaliser(end=effort.until(effort.SECOND)).form(e)
    except GiveUp:
        return
    for k in range(4):
        point = values.Point(seed + k, (1.0, 0.3)[k % 2], ((1, 4), (1, 1), (2, 3))[k % 3], simple=k % 2 == 1)
        free = sorted(free_indices(e) | form.free, key=lambda i: i.name)
        for at in itertools.product(*(range(point.size(i.size)) for i in free)):
            place = dict(zip(free, at))
            try:
                expected, found = point(e, place), values.form_value(form, point, place)
            except (values.Undefined, ZeroDivisionError, OverflowError, ValueError):
                continue
            assert abs(expected) > 1e8 or abs(expected - found) <= 1e-6 * (1 + abs(expected))


# -- facts ------------------------------------------------------------------------------------------------------------


def test_facts_are_used():
    simplex = Fact(S(y[j], j), sp.S.One, "line 3")
    gradient = S(y[i] * (true.softmax(z, k) - fn.eq(i, k)), i)
    assert not is_zero(gradient - (true.softmax(z, k) - y[k]))
    assert is_zero(gradient - (true.softmax(z, k) - y[k]), [simplex])


def test_facts_hold_for_all_values_of_their_free_indices():
    rows = Fact(S(true.A[i, j], j), sp.S.One, "rows sum to one")
    assert is_zero(S(true.A[j, i] * x[j], i, j) - S(x[i], i), [rows])
    assert not is_zero(S(true.A[i, j] * x[j], i, j) - S(x[i], i), [rows])


def test_a_fact_on_a_variable():
    assert is_zero(a**2 - (1 - b) ** 2, [Fact(a + b, sp.S.One, "")])
    assert not is_zero(a - b, [Fact(a + b, sp.S.One, "")])


def test_facts_that_run_in_a_circle_end():
    assert not is_zero(a - x[i], [Fact(a, b, ""), Fact(b, a, "")])


# -- limits -----------------------------------------------------------------------------------------------------------


def test_what_takes_too_long_is_not_proved():
    huge = sp.prod([(a + v[i] + 1) ** 7 for v in (x, y, z)]) * (b + x[k]) ** 9
    assert not is_zero(huge - huge.subs(b, b + x[j] - x[j] + 1) + huge * sp.exp(a), steps=effort.SECOND / 5)


@pytest.mark.parametrize("thing", [sp.I, sp.oo, sp.nan, sp.zoo, sp.Float("0.1"), sp.Integral(sp.exp(-(a**2)), a)])
def test_what_is_not_known_is_not_proved(thing):
    assert not is_zero(thing)


def test_unknown_functions_are_differentiated_by_each_argument():
    f = Unknown("f", (0, 0), a**2, b)
    assert f.diff(a) == 2 * a * Unknown("f", (1, 0), a**2, b)
    assert f.diff(a).diff(b) == 2 * a * Unknown("f", (1, 1), a**2, b)


def test_an_index_is_never_captured():
    inner = S(true.A[i, j] * x[j], j)
    assert is_zero(reindex(inner, {i: j}) - S(true.A[j, k] * x[k], k))
    assert not is_zero(reindex(inner, {i: j}) - S(true.A[k, k] * x[k], k))


def test_numbers_and_expressions_are_taken_and_text_never():
    x = sp.Symbol("x")
    assert as_expr(x + 1) == x + 1 and as_expr(3) == sp.Integer(3) and as_expr(Fraction(1, 2)) == sp.Rational(1, 2)
    for other in ("1 + 1", b"1", None, [1]):
        with pytest.raises(TypeError, match="neither a number nor an expression"):
            as_expr(other)
