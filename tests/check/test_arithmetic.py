"""Elementwise functions keep their accuracy in floats, in the complex step and in 50 digits."""

import mpmath
import numpy as np
import pytest
import sympy as sp

from symnet.check.arithmetic import HIGH, numbers_of
from symnet.check.evaluate import evaluate
from symnet.errors import SymnetError
from symnet.ir import functions as fn
from symnet.ir.expr import Index, Size
from symnet.ir.graph import Node

n = Index("n", Size("n"))
x = Node("x", (n,))
X = x.value

FUNCTIONS = {
    "exp": (sp.exp(X), mpmath.exp),
    "log": (sp.log(X), mpmath.log),
    "sin": (sp.sin(X), mpmath.sin),
    "cos": (sp.cos(X), mpmath.cos),
    "tan": (sp.tan(X), mpmath.tan),
    "sinh": (sp.sinh(X), mpmath.sinh),
    "cosh": (sp.cosh(X), mpmath.cosh),
    "tanh": (sp.tanh(X), mpmath.tanh),
    "atan": (sp.atan(X), mpmath.atan),
    "erf": (sp.erf(X), mpmath.erf),
    "sqrt": (sp.sqrt(X), mpmath.sqrt),
    "rsqrt": (1 / sp.sqrt(X), lambda v: 1 / mpmath.sqrt(v)),
    "power": (X ** sp.Rational(5, 3), lambda v: v ** (mpmath.mpf(5) / 3)),
    "cube": (X**-3, lambda v: v**-3),
    "exponent": (sp.Integer(2) ** X, lambda v: mpmath.mpf(2) ** v),
    "sigmoid": (fn.sigmoid(X), lambda v: 1 / (1 + mpmath.exp(-v))),
    "softplus": (fn.softplus(X), lambda v: mpmath.log(1 + mpmath.exp(v))),
    "absolute": (fn.absolute(X), abs),
    "maximum": (fn.maximum(X**2, X), lambda v: max(v**2, v)),
    "where": (fn.where(fn.gt(X, 1), X**2, sp.exp(X)), lambda v: v**2 if v > 1 else mpmath.exp(v)),
}
POINTS = np.array([0.07, 0.4, 1.3, 2.9])
NEGATIVE = np.array([-2.3, -0.2])
POSITIVE_ONLY = ("log", "sqrt", "rsqrt", "power")


def run(expr, values, dtype=np.float64):
    return evaluate(expr, (n,), {"x": values}, {Size("n"): len(values)}, dtype=dtype)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_values_and_complex_steps_agree_with_high_precision(name):
    expr, exact = FUNCTIONS[name]
    points = POINTS if name in POSITIVE_ONLY else np.concatenate([POINTS, NEGATIVE])
    value = [float(exact(mpmath.mpf(p))) for p in points]
    with mpmath.workdps(40):
        slope = [float(mpmath.diff(exact, mpmath.mpf(p), h=mpmath.mpf("1e-15"))) for p in points]
    np.testing.assert_allclose(run(expr, points), value, rtol=1e-14)
    step = run(expr, points + 1e-30j, np.complex128)
    np.testing.assert_allclose(step.real, value, rtol=1e-14)
    np.testing.assert_allclose(step.imag / 1e-30, slope, rtol=1e-13)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_fifty_digits_are_right(name):
    expr, exact = FUNCTIONS[name]
    values = run(expr, np.array([HIGH.mpf(7) / 10], dtype=object), object)
    with mpmath.workdps(60):
        assert abs(mpmath.mpf(values[0]) - exact(mpmath.mpf(7) / 10)) < mpmath.mpf(10) ** -45


@pytest.mark.parametrize("dtype", [np.float64, np.complex128, object])
@pytest.mark.parametrize("name", ["log", "sqrt", "power"])
def test_outside_its_domain_a_function_is_nan_in_every_dtype(name, dtype):
    value = run(FUNCTIONS[name][0], np.array([-1.0]), dtype)
    assert np.isnan(np.asarray(value).astype(np.complex128)).all()


@pytest.mark.parametrize("dtype", [np.float64, np.complex128])
def test_extreme_arguments_neither_overflow_nor_lose_their_limit(dtype):
    points = np.array([-1e4, 1e4])
    np.testing.assert_array_equal(run(fn.sigmoid(X), points, dtype), [0, 1])
    np.testing.assert_array_equal(run(fn.softplus(X), points, dtype), [0, 1e4])


def test_a_tie_goes_to_the_first_operand_also_in_the_complex_step():
    for expr, slope in ((fn.maximum(0, X), 0), (fn.maximum(X, X**3), 1), (fn.minimum(X**3, X), 3), (fn.absolute(X), 0)):
        at = 0.0 if slope == 0 else 1.0
        assert run(expr, np.array([at + 1e-30j]), np.complex128)[0].imag / 1e-30 == pytest.approx(slope)


def test_a_division_by_zero_is_infinite_in_every_dtype():
    for dtype in (np.float64, object):
        value = run(1 / X, np.array([0.0, 2.0]), dtype).astype(np.float64)
        np.testing.assert_array_equal(value, [np.inf, 0.5])


def test_other_dtypes_are_refused():
    with pytest.raises(SymnetError, match="float32"):
        numbers_of(np.float32)


@pytest.mark.parametrize("name", ["exp", "sin", "tan", "sinh", "tanh", "atan", "erf", "sigmoid", "softplus"])
def test_smooth_functions_have_their_slope_where_the_argument_is_exactly_zero(name):
    expr, exact = FUNCTIONS[name]
    step = run(expr, np.array([1e-30j]), np.complex128)
    assert step[0].imag / 1e-30 == pytest.approx(float(mpmath.diff(exact, 0)), rel=1e-12)


@pytest.mark.parametrize("dtype", [np.float64, np.complex128, object])
def test_what_is_no_number_stays_none(dtype):
    """As in NumPy: where an operand is undefined, so is the larger of the two."""
    for function in (fn.maximum, fn.minimum):
        for a, b in ((X, sp.Integer(2)), (sp.Integer(2), X)):
            assert run(function(a, b), np.array([np.nan]), dtype)[0] != 2
    undefined = run(fn.sign(X), np.array([np.nan]), dtype)[0]
    assert undefined != undefined
