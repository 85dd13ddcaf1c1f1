"""Random expressions read back from print with the value that they had: brackets, signs and primes are right."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from symnet.check.evaluate import Interpreter
from symnet.ir import functions as fn
from symnet.ir.expr import Index, Param, Size, fresh_index, reduce_over, reindex
from symnet.ir.graph import Graph, Node, Parameter
from symnet.printing.dialects import Latex, Text
from symnet.printing.index_notation import Notation, Printer
from tests.printing.reading import TextReader, World
from tests.printing.reading_latex import LatexReader

N, D = Size("n"), Size("d")
n, d = Index("n", N), Index("d", D)
X, Y, B = Node("x", (n, d)), Node("yhat", (n, d)), Node("w_1", (d,))
DY = Node("dyhat", (n, d), adjoint_of="yhat")
EPS = Param("eps")
NOTATION = Notation(Graph("g", (X, Y, B), (Y,), parameters=(Parameter("eps", 0.5),)), [DY])
RANGES = {"n": 3, "d": 2}
RNG = np.random.default_rng(0)
ARRAYS = {node.name: RNG.uniform(0.5, 1.5, [RANGES[i.label] for i in node.axes]) for node in (X, Y, B, DY)}

LEAVES = [X[n, d], Y[n, d], B[(d,)], DY[n, d], EPS, N, D, n + d, sp.Integer(2), sp.Rational(1, 3), sp.Rational(-7, 10)]


def reduced(op: str, body: sp.Expr, over: tuple[Index, ...]) -> sp.Expr:
    fresh = {i: fresh_index(i) for i in over}
    return reduce_over(op, reindex(body, fresh), fresh.values())


def positive(expr: sp.Expr) -> sp.Expr:
    return expr**2 + sp.Rational(1, 2)


UNARY = [
    lambda a: -a,
    lambda a: sp.exp(-positive(a)),
    lambda a: sp.log(positive(a)),
    lambda a: sp.sqrt(positive(a)),
    lambda a: positive(a) ** sp.Rational(-3, 2),
    lambda a: 1 / sp.sqrt(positive(a)),
    lambda a: 1 / positive(a),
    lambda a: sp.tanh(a) ** 2,
    lambda a: fn.sigmoid(a),
    lambda a: fn.absolute(a),
    lambda a: a**2,
    lambda a: a**3,
    lambda a: reduced("sum", a, (n,)),
    lambda a: reduced("sum", a, (n, d)),
    lambda a: reduced("max", a, (d,)),
    lambda a: reduced("prod", a, (d,)),
    lambda a: reduced("logsumexp", a, (d,)),
    lambda a: sp.exp(a - reduced("logsumexp", a, (d,))),
]
BINARY = [
    lambda a, b: a + b,
    lambda a, b: a - b,
    lambda a, b: a * b,
    lambda a, b: sp.Mul(a, b - 1, evaluate=False),
    lambda a, b: a / positive(b),
    lambda a, b: fn.maximum(a, b),
    lambda a, b: fn.gt(a, b),
    lambda a, b: fn.where(fn.gt(a, 1), b, a),
    lambda a, b: positive(a) ** fn.sigmoid(b),
]

expressions = st.recursive(
    st.sampled_from(LEAVES),
    lambda inner: st.one_of(
        st.builds(lambda f, a: f(a), st.sampled_from(UNARY), inner),
        st.builds(lambda f, a, b: f(a, b), st.sampled_from(BINARY), inner, inner),
    ),
    max_leaves=7,
)


@pytest.mark.parametrize("dialect, reader", [(Latex(), LatexReader), (Text(), TextReader)], ids=["latex", "text"])
@settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(expr=expressions)
def test_a_random_expression_reads_back(dialect, reader, expr):
    sizes = {N: RANGES["n"], D: RANGES["d"]}
    expected = Interpreter(ARRAYS, sizes, {"eps": 0.5})(expr, (n, d))
    assume(np.all(np.isfinite(expected)) and np.max(np.abs(expected)) < 1e12)
    printer = Printer(NOTATION, dialect)
    scope = printer.scope(X.value, expr)
    printed = printer.box(expr, scope).text
    world = World(NOTATION, ARRAYS, {"n": RANGES["n"], "d": RANGES["d"]}, {"eps": 0.5}, RANGES)
    value = reader(printed, world).read()
    for place in ((0, 0), (2, 1)):
        got = value({"n": place[0], "d": place[1]})
        assert np.isclose(got, expected[place], rtol=1e-7, atol=1e-9), printed
