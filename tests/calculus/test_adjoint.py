"""The adjoint rule on one node at a time, and the derivatives of primitives."""

import numpy as np
import pytest
import sympy as sp

import symnet as sn
from symnet.calculus.adjoint import active_nodes, adjoint_contributions, push_forward
from symnet.calculus.primitives import derivative_of
from symnet.ir import functions as fn
from symnet.ir.expr import Index, Reduction, Size, free_indices, reduce_over, reindex
from symnet.ir.graph import Node
from symnet.printing.index_notation import text
from tests.styles import STYLES


def contribution(op, wrt):
    """What the one definition of ``op`` gives to the adjoint of an input, as text."""
    graph = op.graph
    (node,) = graph.definitions
    upstream = Node(f"d{node.name}", node.axes, adjoint_of=node.name)
    shares = adjoint_contributions(node, upstream, (), active_nodes(graph, graph.differentiable_inputs))
    return [text(share, graph) for _, share in shares[wrt]]


def test_a_broadcast_forward_is_a_sum_backward():
    @sn.op
    def f(x: "n d", b: "d"):
        return x + b

    assert contribution(f, "b") == ["Σ_n dy[n,d]"]
    assert contribution(f, "x") == ["dy[n,d]"]


def test_a_sum_forward_is_a_broadcast_backward():
    @sn.op
    def f(x: "n d"):
        return sn.sum(x, over="d")

    assert contribution(f, "x") == ["dy[n]"]


def test_every_access_of_one_array_contributes():
    @sn.op
    def f(x: "n d"):
        return sn.sum(x * x["m d"], over="d")

    assert sorted(contribution(f, "x")) == ["Σ_m dy[n,m] x[m,d]", "Σ_n' dy[n',n] x[n',d]"]


def test_a_window_keeps_a_bracket():
    @sn.op
    def f(x: "t", k: "r"):
        return sn.sum(x["t+r"] * k, over="r")

    assert contribution(f, "x") == ["Σ_t',r dy[t'] k[r] δ[t,t'+r]"]


def test_an_axis_read_from_its_end_is_read_from_its_end_backward():
    @sn.op
    def f(x: "n d", w: "d"):
        return sn.flip(x, "d") * w

    assert contribution(f, "x") == ["dy[n,D-d-1] w[D-d-1]"]
    assert contribution(f, "w") == ["Σ_n dy[n,d] x[n,D-d-1]"]


def test_a_gather_scatters():
    @sn.op
    def f(table: "v d", t: sn.labels("n", below="v")):
        return table[t, "d"]

    assert contribution(f, "table") == ["Σ_n dy[n,d] [t[n] = v]"]


def test_a_diagonal_is_put_back_on_the_diagonal():
    @sn.op
    def f(a: "i j"):
        return a["i i"]

    assert contribution(f, "a") == ["dy[i] δ[i,j]"]


def test_a_maximum_goes_to_the_first_place():
    @sn.op
    def f(x: "n d"):
        return sn.max(x, over="d")

    assert contribution(f, "x") == ["dy[n] [argmax_d' x[n,d'] = d]"]


def test_a_product_passes_the_product_of_the_others():
    @sn.op
    def f(x: "n"):
        return sn.prod(x)

    (share,) = contribution(f, "x")
    assert share == "dloss Π_n' where(n' = n, 1, x[n'])"


def test_an_input_without_meaning_for_gradients_gets_none():
    @sn.op
    def f(x: "n", m: sn.mask("n")):
        return x * m

    (node,) = f.graph.definitions
    shares = adjoint_contributions(node, Node("dy", node.axes), (), {"x", "m"})
    assert set(shares) == {"x"}


def test_a_tangent_goes_forward():
    @sn.op
    def f(x: "n d"):
        return sn.logsumexp(x, over="d")

    (x,), (node,) = f.graph.inputs, f.graph.definitions
    tangent = push_forward(node.expr, {"x": Node("tx", x.axes)})
    assert text(tangent, f.graph) == "Σ_d tx[n,d] (exp(x[n,d])/(Σ_d' exp(x[n,d'])))"


@pytest.mark.parametrize("primitive", fn.PRIMITIVES)
def test_the_derivative_of_a_primitive_is_that_of_its_definition(primitive):
    x = sp.Symbol("x", real=True)
    for point in (-3, sp.Rational(-1, 2), 0.1, 2):
        by_definition = sp.diff(primitive.define(x), x).subs(x, point)
        derived = derivative_of(primitive, x).subs(x, point).replace(fn.sigmoid, fn.sigmoid.define)
        assert abs(sp.N(by_definition - derived, 30)) < 1e-12


def test_sigmoid_is_s_times_one_minus_s():
    x = sp.Symbol("x", real=True)
    assert sp.expand(derivative_of(fn.sigmoid, x) - fn.sigmoid(x) * (1 - fn.sigmoid(x))) == 0


# -- bound indices ----------------------------------------------------------------------------------------------------

N = Size("n")
n, m = Index("n", N), Index("m", N)
u = Node("u", (n,))


def test_equal_sums_are_equal_objects_whatever_the_index_is_called_while_open():
    total = reduce_over("sum", u[(n,)] ** 2, (n,))
    body, over = total.open()
    assert reduce_over("sum", body, over) == total


def test_no_substitution_captures_a_bound_index():
    total = reduce_over("sum", u[(n,)] * u[(m,)], (n,))  # sum_n u_n u_m, free in m
    renamed = reindex(total, {m: n})
    assert free_indices(renamed) == {n}
    assert isinstance(renamed, Reduction) and renamed.over != (n,)


def test_nested_sums_over_the_same_axis_stay_apart():
    inner = reduce_over("sum", u[(n,)], (n,))
    outer = reduce_over("sum", u[(n,)] * inner, (n,))
    assert len({*outer.over, *inner.over}) == 2
    assert not free_indices(outer)


@pytest.mark.parametrize("style", STYLES)
def test_a_power_of_a_product_has_its_slope_where_a_factor_is_zero(style):
    """d (x k)^p / dk = p x (x k)^(p - 1), which p y / k would not be at k = 0."""

    @sn.op
    def powers(x: sn.positive("n"), k: "n", *, p=2.5):
        return (x * k) ** 1.5 + (k * sn.exp(x)) ** p + (x * k**2) ** (k**2 + 1)

    f = sn.compile(powers, style)
    _, cache = f.forward(np.array([1.0, 2.0]), np.array([0.0, 0.5]))
    dx, dk = f.backward(np.ones(2), cache)
    assert dx[0] == 0 and dk[0] == 0
    assert np.isfinite(dx[1]) and np.isfinite(dk[1])
    assert sn.check_gradients(powers, style=style, trials=1).ok


@pytest.mark.parametrize("style", STYLES)
def test_a_number_times_its_sign_is_its_absolute_value(style):
    @sn.op
    def signed_square(x: "n"):
        return x * sn.abs(x) / (1 + x**2)

    x = np.array([0.0, 3, -1e8, 1e15], np.float32)
    _, cache = (f := sn.compile(signed_square, style)).forward(x)
    with np.errstate(over="ignore"):
        (dx,) = f.backward(np.ones_like(x), cache)
    wanted = 2 * np.abs(x.astype(float)) / (1 + x.astype(float) ** 2) ** 2
    assert np.allclose(dx, wanted, rtol=1e-6, atol=1e-37)
