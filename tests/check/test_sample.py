"""Random inputs: sizes, kinds, facts, kinks and domains."""

import numpy as np
import pytest

import symnet as sn
from symnet.check.evaluate import evaluate, run_graph
from symnet.check.sample import draw, sample_inputs
from symnet.check.sizes import draw_sizes, sizes_in, sizes_of
from symnet.errors import SymnetError
from symnet.ir.expr import Size


def generator(seed=0):
    return np.random.default_rng(seed)


@sn.op
def kinds(
    x: "n d", s: sn.positive("d"), p: sn.probability("c n", over="c"), y: sn.one_hot("n c"),
    m: sn.mask("n d"), t: sn.labels("n", below="c"), table: "c d",
):  # fmt: skip
    return sn.sum(x * s * m * table[t, "d"], over="d") * sn.sum(p["c n"] * y, over="c")


@pytest.mark.parametrize("seed", range(5))
def test_entries_are_of_the_declared_kind(seed):
    inputs = sample_inputs(kinds.graph, generator(seed))
    assert (inputs["s"] > 0).all()
    assert np.abs(inputs["x"]).min() >= 0.1
    np.testing.assert_allclose(inputs["p"].sum(0), 1)
    assert (inputs["p"] > 0).all()
    np.testing.assert_array_equal(inputs["y"].sum(1), 1)
    assert set(np.unique(inputs["y"])) <= {0, 1}
    assert set(np.unique(inputs["m"])) == {0, 1}
    assert inputs["t"].dtype.kind == "i"
    assert inputs["t"].min() >= 0
    assert inputs["t"].max() < len(inputs["table"])


def test_sizes_are_unequal_or_contain_ones():
    wanted = sizes_in(kinds.graph.nodes)
    for seed in range(20):
        assert len(set(draw_sizes(wanted, generator(seed)).values())) == 3
        assert 1 in draw_sizes(wanted, generator(seed), ones=True).values()


def test_sizes_that_are_given_are_kept():
    inputs = sample_inputs(kinds.graph, generator(), {Size("n"): 7})
    assert inputs["x"].shape[0] == 7
    assert sizes_of(kinds.graph, inputs)[Size("n")] == 7
    assert sample_inputs(kinds.graph, generator(), {"n": 7})["x"].shape[0] == 7
    with pytest.raises(SymnetError, match="no input of kinds has an axis 'q'"):
        sample_inputs(kinds.graph, generator(), {"q": 7})


@pytest.mark.parametrize("ones", [False, True])
def test_every_window_fits(ones):
    @sn.op
    def f(x: "n h w", k: "r s"):
        z = sn.sum(x["n 3*h+r 2*w+s"] * k, over="r s")
        return sn.max(z["n 2*h+i 2*w+j"], over="i j")

    for seed in range(20):
        sample = draw(f.graph, generator(seed), ones=ones)
        y = run_graph(f.graph, sample.inputs)[f.graph.outputs[0].name]
        assert min(y.shape) >= 1
        assert sample.inputs["k"].shape[0] <= 3


def test_sizes_that_can_not_be_met_are_an_error():
    with pytest.raises(SymnetError, match="n - 1000"):
        draw_sizes([Size("n"), Size("n") - 1000], generator())


def test_a_declared_sum_holds_for_real_and_for_positive_inputs():
    @sn.op
    def f(a: "n c", b: sn.positive("n c"), *, total=2.5):
        sn.assume(sn.sum(a, over="c") == 1)
        sn.assume(sn.sum(b, over="n") == total)
        return a * b

    inputs = sample_inputs(f.graph, generator())
    np.testing.assert_allclose(inputs["a"].sum(1), 1)
    np.testing.assert_allclose(inputs["b"].sum(0), 2.5)
    assert (inputs["b"] > 0).all()


def test_rows_of_unit_length_are_scaled():
    @sn.op
    def f(u: "n d"):
        sn.assume(sn.sum(u**2, over="d") == 1)
        return u * 2

    np.testing.assert_allclose((sample_inputs(f.graph, generator())["u"] ** 2).sum(1), 1)


def test_a_fact_that_can_not_be_met_is_an_error():
    @sn.op
    def negative(b: sn.positive("n")):
        sn.assume(sn.sum(b, over="n") == -1)
        return b

    @sn.op
    def contradictory(a: "n"):
        sn.assume(sn.sum(a, over="n") == 1)
        sn.assume(sn.sum(a, over="n") == 2)
        return a

    @sn.op
    def of_two(a: "n", b: "n"):
        sn.assume(sn.sum(a * b, over="n") == 1)
        return a

    for f in (negative, contradictory, of_two):
        with pytest.raises(SymnetError, match="no random inputs were found"):
            sample_inputs(f.graph, generator())


def test_kinks_are_avoided():
    @sn.op
    def f(x: "n d"):
        return sn.max(sn.relu(x - 0.5), over="n") + sn.abs(x - 1)

    for seed in range(10):
        sample = draw(f.graph, generator(seed))
        x = sample.inputs["x"]
        assert sample.ties.near == 0
        assert min(np.abs(x - 0.5).min(), np.abs(x - 1).min()) > 1e-4


def test_structural_ties_end_the_search_and_are_counted():
    @sn.op
    def f(x: "n d", m: sn.mask("n d")):
        return sn.relu(x * m)

    sample = draw(f.graph, generator())
    assert sample.ties.near == 0
    assert sample.ties.exact == np.sum(sample.inputs["m"] == 0)
    assert sample.note == ""


def test_sizes_of_one_are_given_up_where_they_take_the_root_of_zero():
    @sn.op
    def f(x: "n d"):
        return sn.std(x, over="d") + sn.std(x, over="n")

    for seed in range(5):
        sample = draw(f.graph, generator(seed), ones=True)
        assert 1 not in sample.inputs["x"].shape
        assert "root of exactly 0" in sample.note


def test_ties_that_no_draw_avoids_are_marked():
    @sn.op
    def f(x: "n"):
        return sn.abs(x) * sn.maximum(x, x + 1e-5 * x * x)

    sample = draw(f.graph, generator())
    assert sample.ties.near > 0
    assert "near a kink" in sample.note


@pytest.mark.parametrize(
    "function, domain", [(sn.sqrt, "positive"), (lambda x: sn.log(x) + sn.sqrt(1 - x), "unit interval")]
)
def test_a_domain_is_found_and_reported(function, domain):
    @sn.op
    def f(x: "n d"):
        return function(x)

    sample = draw(f.graph, generator())
    assert sample.domain == domain
    assert domain in sample.note


def test_an_operation_that_is_finite_nowhere_is_an_error():
    @sn.op
    def f(x: "n"):
        return sn.log(-1 - x * x)

    with pytest.raises(SymnetError, match="not finite at any"):
        draw(f.graph, generator())


def test_equal_seeds_give_equal_samples():
    a, b = (sample_inputs(kinds.graph, generator(3)) for _ in range(2))
    for name in a:
        np.testing.assert_array_equal(a[name], b[name])


def test_the_dtype_is_kept_but_for_labels():
    inputs = sample_inputs(kinds.graph, generator(), dtype=np.float32)
    assert {x.dtype for name, x in inputs.items() if name != "t"} == {np.dtype(np.float32)}


def test_the_facts_of_a_kind_hold_in_the_interpreter():
    inputs = sample_inputs(kinds.graph, generator())
    sizes = sizes_of(kinds.graph, inputs)
    for fact in kinds.graph.facts:
        axes = tuple(kinds.graph.by_name["x"].axes[:1])
        np.testing.assert_allclose(evaluate(fact.lhs, axes, inputs, sizes), 1)
