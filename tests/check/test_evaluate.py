"""The interpreter against plain NumPy."""

import numpy as np
import pytest
import sympy as sp

import symnet as sn
from symnet.check.evaluate import Interpreter, downstream, evaluate, run_graph
from symnet.errors import SymnetError
from symnet.ir import functions as fn
from symnet.ir.expr import Index, Param, Size, reduce_over
from symnet.ir.graph import Node

DTYPES = (np.float64, np.complex128, object)
rng = np.random.default_rng(5)


def output(op, *arrays, **params):
    graph = op.graph
    values = run_graph(graph, {n.name: a for n, a in zip(graph.inputs, arrays)}, params)
    return values[graph.outputs[0].name]


@pytest.mark.parametrize("dtype", DTYPES)
def test_operands_broadcast_by_axis_name_and_never_by_position(dtype):
    @sn.op
    def f(x: "n d", a: "n", b: "d"):
        return x * a + b

    x, a, b = rng.normal(size=(3, 3)), rng.normal(size=3), rng.normal(size=3)
    value = run_graph(f.graph, {"x": x, "a": a, "b": b}, dtype=dtype)["y"]
    np.testing.assert_allclose(value.astype(np.complex128).real, x * a[:, None] + b, rtol=1e-14)


def test_the_return_annotation_orders_the_axes():
    @sn.op
    def f(x: "n d", a: "d") -> "d n":
        return x + a

    x, a = rng.normal(size=(2, 3)), rng.normal(size=3)
    np.testing.assert_array_equal(output(f, x, a), (x + a).T)


def test_contractions_are_einsum():
    @sn.op
    def f(q: "b h n d", k: "b h m d", v: "b h m e"):
        return sn.sum(sn.softmax(sn.sum(q * k, over="d"), over="m") * v, over="m")

    q, k, v = rng.normal(size=(2, 3, 4, 2)), rng.normal(size=(2, 3, 5, 2)), rng.normal(size=(2, 3, 5, 6))
    e = np.exp(np.einsum("bhnd,bhmd->bhnm", q, k))
    np.testing.assert_allclose(output(f, q, k, v), np.einsum("bhnm,bhme->bhne", e / e.sum(-1, keepdims=True), v))


def test_a_sum_over_an_index_that_the_body_lacks_counts_it():
    m = Index("m", Size("m"))
    x = Node("x", ())
    assert evaluate(reduce_over("sum", x.value, [m]), (), {"x": 2.0}, {Size("m"): 5}) == 10


def test_nested_reductions_over_equal_names_do_not_capture():
    @sn.op
    def f(x: "n d"):
        return sn.sum((x - sn.mean(x, over="n")) ** 2, over="n")

    x = rng.normal(size=(4, 3))
    np.testing.assert_allclose(output(f, x), ((x - x.mean(0)) ** 2).sum(0))


def test_windows_with_stride_read_the_right_entries():
    @sn.op
    def f(x: "n h w", k: "r s"):
        return sn.sum(x["n 2*h+r w+s"] * k, over="r s")

    x, k = rng.normal(size=(2, 7, 5)), rng.normal(size=(3, 2))
    expected = [
        [[np.sum(x[n, 2 * h : 2 * h + 3, w : w + 2] * k) for w in range(4)] for h in range(3)] for n in range(2)
    ]
    np.testing.assert_allclose(output(f, x, k), expected)


def test_padding_puts_zeros_around():
    @sn.op
    def f(x: "h w"):
        return sn.pad(x, "h w", (1, 2))

    x = rng.normal(size=(2, 3))
    np.testing.assert_array_equal(output(f, x), np.pad(x, (1, 2)))


def test_a_gather_repeats_rows():
    @sn.op
    def f(table: "v d", t: sn.labels("n", below="v")):
        return table[t, "d"]

    table, t = rng.normal(size=(4, 2)), np.array([3, 0, 3])
    np.testing.assert_array_equal(output(f, table, t), table[t])


def test_a_repeated_axis_is_the_diagonal_and_a_renamed_one_the_transpose():
    @sn.op
    def f(a: "i j"):
        return a["i i"] * sn.sum(a["j i"] * a["i j"], over="j")

    a = rng.normal(size=(3, 3))
    np.testing.assert_allclose(output(f, a), np.diag(a) * np.sum(a.T * a, axis=1))


def test_products_maxima_and_logsumexp():
    @sn.op
    def f(x: "n d"):
        return sn.prod(x, over="d"), sn.max(x, over="d"), sn.min(x, over="d"), sn.logsumexp(x, over="d")

    x = rng.normal(size=(3, 4))
    values = run_graph(f.graph, {"x": x})
    found = [values[y.name] for y in f.graph.outputs]
    for value, expected in zip(found, (x.prod(1), x.max(1), x.min(1), np.log(np.exp(x).sum(1)))):
        np.testing.assert_allclose(value, expected)


@pytest.mark.parametrize("dtype", DTYPES)
def test_argmax_takes_the_first_of_a_tie_in_the_order_of_its_indices(dtype):
    i, j = Index("i", Size("i")), Index("j", Size("j"))
    x = Node("x", (i, j))
    values = {"x": np.array([[1.0, 7.0, 7.0], [7.0, 0.0, 0.0]])}
    for op, place in (("argmax", 1), ("argmin", 4)):
        expr = reduce_over(op, x.value, [i, j])
        assert evaluate(expr, (), values, {Size("i"): 2, Size("j"): 3}, dtype=dtype) == place


@pytest.mark.parametrize("dtype", DTYPES)
def test_logsumexp_is_stable_at_1e4_and_for_masked_rows(dtype):
    n = Index("n", Size("n"))
    x = Node("x", (n,))
    expr = reduce_over("logsumexp", x.value, [n])
    for values, expected in (
        ([1e4, 1e4], 1e4 + np.log(2)),
        ([-1e4, 0], 0),
        ([-np.inf, 3], 3),
        ([-np.inf] * 2, -np.inf),
    ):
        found = evaluate(expr, (), {"x": np.array(values, dtype=float)}, {Size("n"): 2}, dtype=dtype)
        assert float(np.real(found)) == pytest.approx(expected, rel=1e-15)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("dtype", DTYPES)
def test_the_branch_that_where_does_not_take_has_no_influence(dtype):
    @sn.op
    def f(x: "n"):
        return sn.where(x > 0, sn.log(x), sn.sqrt(-x) / sn.relu(-x))

    value = run_graph(f.graph, {"x": np.array([2.0, 3.0])}, dtype=dtype)["y"]
    np.testing.assert_allclose(value.astype(np.complex128).real, np.log([2.0, 3.0]))


def test_a_false_bracket_in_a_product_is_a_strong_zero():
    n = Index("n", Size("n"))
    x = Node("x", (n,))
    expr = fn.gt(x.value, 0) * sp.log(x.value) * 3
    value = evaluate(expr, (n,), {"x": np.array([-1.0, np.e])}, {Size("n"): 2})
    np.testing.assert_allclose(value, [0, 3])


def test_a_read_outside_an_array_is_nan_and_a_guard_removes_it():
    n = Index("n", Size("n"))
    x = Node("x", (n,))
    values, sizes = {"x": np.array([1.0, 2.0])}, {Size("n"): 2}
    np.testing.assert_array_equal(evaluate(x[(n - 1,)], (n,), values, sizes), [np.nan, 1])
    np.testing.assert_array_equal(evaluate(fn.where(fn.ge(n, 1), x[(n - 1,)], 0), (n,), values, sizes), [0, 1])
    np.testing.assert_array_equal(evaluate(fn.ge(n, 1) * x[(n - 1,)], (n,), values, sizes), [0, 1])


def test_a_read_between_entries_is_an_error():
    n = Index("n", Size("n"))
    x = Node("x", (n,))
    with pytest.raises(SymnetError, match="between"):
        evaluate(x[(n / 2,)], (n,), {"x": np.ones(3)}, {Size("n"): 3})


def test_constants_take_their_default_or_the_given_value():
    @sn.op
    def f(x: "n", *, slope=0.5):
        return slope * x

    assert output(f, np.ones(1)) == 0.5
    assert output(f, np.ones(1), slope=3.0) == 3
    with pytest.raises(SymnetError, match="no constant 'bend'"):
        output(f, np.ones(1), bend=1.0)
    with pytest.raises(SymnetError, match="constant 'c' has no value"):
        evaluate(Param("c"), (), {}, {})


def test_a_batch_of_points_is_one_more_axis():
    @sn.op
    def f(x: "n d", b: "d"):
        m = sn.max(x, over="n")
        return m * b, sn.sum(b)

    graph, batch = f.graph, Index("points", sp.Integer(3))
    xs, b = rng.normal(size=(4, 2, 3)), rng.normal(size=2)
    interpreter = Interpreter({"x": xs, "b": b}, {Size("n"): 4, Size("d"): 2}, batch=batch)
    interpreter.define(graph.definitions)
    first, second = (interpreter.values[y.name] for y in graph.outputs)
    assert second.shape == ()
    for k in range(3):
        np.testing.assert_array_equal(first[:, k], xs[..., k].max(0) * b)


def test_downstream_holds_what_depends_on_a_node_and_nothing_else():
    @sn.op
    def f(x: "n", w: "n"):
        a = x * 2
        b = w * 3
        c = a * b
        return c

    assert [node.name for node in downstream(f.graph, "a")] == ["c"]
    assert [node.name for node in downstream(f.graph, "w")] == ["b", "c"]


def test_shapes_that_do_not_agree_are_named():
    @sn.op
    def f(x: "n d", w: "d"):
        return x * w

    with pytest.raises(SymnetError, match=r"axis 'd' of w has size 4, of x 3"):
        run_graph(f.graph, {"x": np.ones((2, 3)), "w": np.ones(4)})
    with pytest.raises(SymnetError, match=r'x has axes "n d", the array has shape \(3,\)'):
        run_graph(f.graph, {"x": np.ones(3), "w": np.ones(3)})
    with pytest.raises(SymnetError, match="needs an array 'w'"):
        run_graph(f.graph, {"x": np.ones((2, 3))})


def test_unknown_indices_and_functions_are_errors():
    n = Index("n", Size("n"))
    x = Node("x", (n,))
    with pytest.raises(SymnetError, match="index 'n'"):
        evaluate(x.value, (), {"x": np.ones(2)}, {Size("n"): 2})
    with pytest.raises(SymnetError, match="'zeta' can not be evaluated"):
        evaluate(sp.zeta(x.value), (n,), {"x": np.ones(2)}, {Size("n"): 2})
