"""Operations called inside definitions: batches, the order of axes, names, numbers."""

import math

import numpy as np
import pytest
import sympy as sp

import symnet as sn
from symnet.catalog import load
from symnet.printing.index_notation import text

layer_norm, dense, cross_entropy = load("layer_norm"), load("dense"), load("softmax_cross_entropy")


def test_more_axes_in_front_are_a_batch():
    @sn.op
    def normalised(x: "b t m", gamma: "m", beta: "m"):
        y = layer_norm(x, gamma, beta)
        return y

    rng = np.random.default_rng(0)
    x, gamma, beta, dy = rng.normal(size=(2, 3, 4)), rng.normal(size=4), rng.normal(size=4), rng.normal(size=(2, 3, 4))
    whole, cache = sn.compile(normalised).forward(x, gamma, beta)
    dx, dgamma, _ = sn.compile(normalised).backward(dy, cache)
    one = sn.compile(layer_norm)
    parts = [one.forward(x[k], gamma, beta) for k in range(2)]
    slopes = [one.backward(dy[k], cache) for k, (_, cache) in enumerate(parts)]
    np.testing.assert_allclose(whole, [y for y, _ in parts])
    np.testing.assert_allclose(dx, [s[0] for s in slopes])
    np.testing.assert_allclose(dgamma, slopes[0][1] + slopes[1][1])


def test_what_does_not_depend_on_the_batch_has_no_axis_of_it():
    @sn.op
    def inner(x: "n d", w: "d"):
        v = w**2
        y = sn.sum(x * v, over="d")
        return y

    @sn.op
    def outer(x: "b n d", w: "d"):
        y = inner(x, w)
        return y

    assert [i.label for i in outer.graph.by_name["v"].axes] == ["d"]
    assert [i.label for i in outer.graph.by_name["y"].axes] == ["b", "n"]


def test_a_loss_of_a_batch_is_one_for_each():
    @sn.op
    def losses(z: "b n c", y: sn.one_hot("b n c")):
        loss = cross_entropy(z, y)
        return loss

    assert [i.label for i in losses.graph.outputs[0].axes] == ["b"]


def test_an_axis_in_front_must_not_be_one_of_the_operation():
    @sn.op
    def mixed(x: "h n d", w: "d h", b: "h"):
        return dense(x, w, b)

    with pytest.raises(sn.DefinitionError, match="axis 'h' of x stands before"):
        mixed.graph  # noqa: B018


def test_arrays_may_be_given_by_name():
    @sn.op
    def both(x: "n d", w: "d h", b: "h"):
        return dense(x, b=b, w=w)

    assert len(both.graph.outputs[0].axes) == 2

    @sn.op
    def without(x: "n d", w: "d h"):
        return dense(x, b=w)

    with pytest.raises(sn.DefinitionError, match=r"dense takes 3 arrays \(x, w, b\), got 2"):
        without.graph  # noqa: B018


def test_a_constant_of_an_operation_is_a_number():
    @sn.op
    def scaled(x: "n d", *, a=2.0):
        return a * sn.sum(x, over="d")

    @sn.op
    def by_an_array(x: "n d", v: "k"):
        return scaled(x, a=v)

    with pytest.raises(sn.DefinitionError, match="constant 'a' of scaled is a number, got an array with axes \"k\""):
        by_an_array.graph  # noqa: B018


def test_too_few_axes_are_refused():
    @sn.op
    def short(x: "d", w: "d h", b: "h"):
        return dense(x, w, b)

    with pytest.raises(sn.DefinitionError, match='wants x with axes "n d"'):
        short.graph  # noqa: B018


def test_an_inner_index_does_not_meet_an_axis_of_the_batch():
    @sn.op
    def gram(x: "n d"):
        y = sn.sum(x * x["m d"], over="d")
        return y

    @sn.op
    def outer(x: "m n d"):
        y = gram(x)
        return y

    x = np.random.default_rng(0).normal(size=(2, 3, 4))
    np.testing.assert_allclose(sn.compile(outer).forward(x)[0], x @ x.swapaxes(1, 2))


@sn.op
def similarity(x: "n d", y: "m d"):
    s = sn.sum(x * y, over="d")
    return sn.exp(s)


@sn.op
def attention_in_one_line(q: "t d", k: "s d", v: "s e"):
    return sn.sum(sn.softmax(sn.sum(q * k, over="d"), over="s") * v, over="s")


def test_an_array_may_be_given_twice():
    @sn.op
    def gram(x: "n d"):
        return similarity(x, x)

    x = np.random.default_rng(0).normal(size=(3, 2))
    assert [i.label for i in gram.graph.outputs[0].axes] == ["n", "m"]
    np.testing.assert_allclose(sn.compile(gram).forward(x)[0], np.exp(x @ x.T))
    assert sn.check_gradients(gram).ok


@pytest.mark.parametrize("attention", [load("attention"), attention_in_one_line], ids=["catalogue", "one line"])
def test_self_attention_is_attention_of_an_array_to_itself(attention):
    @sn.op
    def block(x: "b t d"):
        return x + attention(x, x, x)

    @sn.op
    def spelt_out(x: "b t d"):
        return x + attention(x, x["b s d"], x["b s d"])

    x = np.random.default_rng(0).normal(size=(2, 3, 4))
    np.testing.assert_allclose(sn.compile(block).forward(x)[0], sn.compile(spelt_out).forward(x)[0], rtol=1e-13)
    assert sn.check_gradients(block).ok


def test_a_result_over_the_second_of_two_equal_axes_has_the_name_that_was_given():
    @sn.op
    def share(x: "n d", y: "m d"):
        return sn.sum(sn.softmax(sn.sum(x * y, over="d"), over="m"), over="n")

    @sn.op
    def own_share(x: "n d"):
        y = share(x, x)
        return y

    x = np.random.default_rng(0).normal(size=(3, 2))
    e = np.exp(x @ x.T)
    assert [i.label for i in own_share.graph.outputs[0].axes] == ["n"]
    np.testing.assert_allclose(sn.compile(own_share).forward(x)[0], (e / e.sum(axis=1, keepdims=True)).sum(axis=0))


def test_transpose_puts_axes_in_the_order_of_a_call():
    @sn.op
    def scores(x: "t m", w: "h m d"):
        q = sn.sum(x * w, over="m")
        y = load("softmax")(sn.transpose(q, "t d h"))
        return y

    assert [i.label for i in scores.graph.outputs[0].axes] == ["t", "d", "h"]
    rng = np.random.default_rng(0)
    y, _ = sn.compile(scores).forward(rng.normal(size=(2, 3)), rng.normal(size=(4, 3, 5)))
    np.testing.assert_allclose(y.sum(axis=2), np.ones((2, 5)))


def test_transpose_wants_every_axis_once():
    @sn.op
    def wrong(x: "t m"):
        return sn.transpose(x, "t t")

    with pytest.raises(sn.DefinitionError, match="stands twice"):
        wrong.graph  # noqa: B018


def test_names_of_the_author_go_before_those_of_what_he_calls():
    @sn.op
    def outer(x: "n d", gamma: "d", beta: "d"):
        y = layer_norm(x, gamma, beta)
        var = sn.mean(y, over="n")
        return var

    assert outer.graph.outputs[0].name == "var"
    assert {"mu", "var", "var_2", "xhat"} <= set(outer.graph.by_name)


def test_an_anonymous_result_is_called_by_its_operation():
    @sn.op
    def total(x: "n d"):
        return sn.sum(load("silu")(x) ** 2)

    assert "silu" in total.graph.by_name


@pytest.mark.parametrize(
    "value, exact",
    [
        (math.pi, sp.pi), (2 * math.pi, 2 * sp.pi), (math.pi / 2, sp.pi / 2), (2 / math.pi, 2 / sp.pi),
        (-math.pi, -sp.pi), (np.pi, sp.pi),
    ],
)  # fmt: skip
def test_pi_is_meant_exactly(value, exact):
    @sn.op
    def scaled(x: "n"):
        return x * value

    assert scaled.graph.outputs[0].expr == exact * scaled.graph.inputs[0].value


@pytest.mark.parametrize("value", [3.14, 3.141592653589, 0.6366, 1e-5, 0.1, 2.5, 1e20, -1e30])
def test_another_decimal_is_not(value):
    @sn.op
    def scaled(x: "n"):
        return x * value

    assert "π" not in text(scaled.graph.outputs[0].expr, scaled.graph)


def test_equal_sizes_of_an_operation_and_of_its_caller_meet():
    """d and e are of one size, which the caller and the operation may each call by another of the two names."""

    @sn.op
    def residual(x: "n d", w: "d e") -> "n e":
        return sn.tanh(sn.sum(x * w, over="d")) + x["n e"]

    @sn.op
    def twice(x: "n e", w: "d e"):
        y = x + residual(x["n d"], w)
        return y

    @sn.op
    def network(x: "n e", w: "l d e"):
        return sn.last(sn.scan(lambda x, w: residual(x["n d"], w), x, w, over="l"), over="l")

    assert sn.check_gradients(twice).ok
    assert sn.check_gradients(network).ok
