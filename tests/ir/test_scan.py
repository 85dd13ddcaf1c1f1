"""A scan in a definition: a recurrence of named arrays, and what is refused with a reason."""

import numpy as np
import pytest

import symnet as sn
from symnet.errors import DefinitionError
from symnet.ir.recurrence import Steps, blocks
from symnet.printing.index_notation import text_equation


def equations(op: sn.Op) -> list[str]:
    return [text_equation(n.value, n.expr, op.graph) for n in op.graph.definitions]


def loops(op: sn.Op) -> list[tuple[str, ...]]:
    return [tuple(n.name for n in b.nodes) for b in blocks(op.graph.nodes) if isinstance(b, Steps)]


@sn.op
def rnn(x: "n t d", h0: "n e", w: "d e", u: "k e"):
    def step(h, x):
        z = sn.sum(x * w, over="d") + sn.sum(h["n k"] * u, over="k")
        return sn.tanh(z)

    h = sn.scan(step, h0, x, over="t")
    return h


def test_a_step_is_a_recurrence_along_the_axis():
    assert equations(rnn) == [
        "z[t,n,e] = Σ_d x[n,t,d] w[d,e] + Σ_k u[k,e] h[t-1,n,k]",
        "h[t,n,e] = tanh(z[t,n,e])",
    ]
    assert loops(rnn) == [("z", "h")]


def test_the_states_have_the_axis_in_front_and_start_at_the_given_array():
    state = rnn.graph.by_name["h"]
    assert [i.label for i in state.axes] == ["t", "n", "e"]
    assert text_equation(state.value, state.carry.before, rnn.graph) == "h[t,n,e] = h⁽⁰⁾[n,e]"


def test_what_needs_no_state_is_computed_for_all_steps_at_once():
    @sn.op
    def f(x: "n t", h0: "n", v: ""):
        def step(h, x):
            drive = sn.sin(x)
            h = sn.tanh(h + drive)
            return h, h * v

        h, y = sn.scan(step, (h0,), x, over="t")
        return y

    assert loops(f) == [("h",)]
    assert equations(f) == ["drive[t,n] = sin(x[n,t])", "h[t,n] = tanh(drive[t,n] + h[t-1,n])", "y[t,n] = v h[t,n]"]


def test_a_name_that_the_step_gives_its_result_is_the_state():
    @sn.op
    def f(x: "t", h0: "", c0: ""):
        def step(h, c, x):
            c_next = c + x
            h_next = h * c_next
            return h_next, c_next

        h, c = sn.scan(step, (h0, c0), x, over="t")
        return sn.last(h, over="t") + sn.last(c, over="t")

    assert equations(f) == ["c[t] = x[t] + c[t-1]", "h[t] = c[t] h[t-1]", "loss = c[T-1] + h[T-1]"]


def test_the_number_of_a_step_is_known_in_it():
    @sn.op
    def f(x: "n t", h0: "n"):
        h = sn.scan(lambda h, x: h + x * sn.index("t"), h0, x, over="t")
        return h

    assert equations(f) == ["h[t,n] = x[n,t] t + h[t-1,n]"]


def test_parameters_of_layers_are_sequences_and_operations_are_steps():
    @sn.op
    def block(x: "n d", w: "d e", v: "e d"):
        z = sn.sum(x * w, over="d")
        return x + sn.sum(sn.relu(z) * v, over="e")

    @sn.op
    def stack(x: "n d", w: "l d e", v: "l e d"):
        return sn.last(sn.scan(block, x, w, v, over="l"), over="l")

    assert loops(stack) == [("z", "x_2")]


def test_an_operation_with_a_scan_is_part_of_another():
    @sn.op
    def mean_state(x: "n t d", h0: "n e", w: "d e", u: "k e"):
        return sn.mean(rnn(x, h0, w, u) ** 2)

    assert loops(mean_state) == [("z", "h")]
    assert sn.check_gradients(mean_state, trials=1).ok


def test_a_running_product_is_zero_wherever_a_factor_has_been():
    @sn.op
    def running_product(x: "t", h0: ""):
        return sn.scan(lambda h, x: h * x, h0, x, over="t")

    assert sn.check_gradients(running_product, trials=1).ok
    h, cache = sn.compile(running_product).forward(np.array([2.0, 0.0, 3.0]), 1.0)
    dx, dh0 = sn.compile(running_product).backward(np.ones(3), cache)
    assert h.tolist() == [2, 0, 0] and dx.tolist() == [1, 8, 0] and dh0 == 2


def test_sequences_have_one_length():
    @sn.op
    def f(x: "t", y: "t", a: ""):
        return sn.last(sn.scan(lambda a, x, y: a * x + y, a, x, y, over="t"), over="t")

    with pytest.raises(ValueError, match="axis 't'"):
        sn.compile(f).forward(np.ones(3), np.ones(4), 1.0)


def refused(message: str):
    return pytest.raises(DefinitionError, match=message)


def test_a_scan_in_the_step_of_a_scan_is_refused():
    @sn.op
    def f(x: "s t", a: ""):
        return sn.scan(lambda a, x: sn.scan(lambda a, x: a + x, a, x, over="s"), a, x, over="t")

    with refused("a scan inside the step of a scan is not supported"):
        f.graph  # noqa: B018

    @sn.op
    def g(y: "m n t d", h0: "n e", w: "d e", u: "k e"):
        return sn.scan(lambda h, y: sn.last(rnn(y, h, w, u), over="t"), h0, y, over="m")

    with refused("holds a scan"):
        g.graph  # noqa: B018


def test_an_array_of_one_step_is_not_known_outside():
    @sn.op
    def f(x: "n t", a: "n"):
        kept = []

        def step(a, x):
            kept.append(a * x)
            return kept[0]

        sn.scan(step, a, x, over="t")
        return kept[0] + 1

    with refused("used outside of that step"):
        f.graph  # noqa: B018


def test_the_axis_of_the_scan_is_not_an_axis_inside_its_step():
    @sn.op
    def f(x: "n t", a: "n"):
        def step(a, y):
            z = a + x
            return y + sn.sum(z, over="t")

        return sn.scan(step, a, x, over="t")

    with refused("axis 't' is the one that the scan runs over"):
        f.graph  # noqa: B018


@pytest.mark.parametrize("step, message", [
    (lambda h, x: sn.sum(h * x, over="n"), 'has axes "n", the step returns ""'),
    (lambda h, x: 1.0, 'has axes "n", the step returns ""'),
    (lambda h, x: None, "None, which is not an array(.|\n)*return"),
    (lambda h, x: (), "the scan carries 1"),
    (lambda h, x: sn.assume(sn.sum(h) == 1), "a fact can not be assumed inside a scan"),
])  # fmt: skip
def test_a_step_has_to_give_the_state_it_gets(step, message):
    with refused(message):
        sn.op(lambda x, a: sn.scan(step, a, x, over="t"), name="f", inputs={"x": "n t", "a": "n"}).graph  # noqa: B018


@pytest.mark.parametrize("scan, message", [
    (lambda x, a: sn.scan(lambda a, x: a + x, 0.0, x, over="t"), "begins with 0.0.* not an array(.|\n)*0 . sn.sum"),
    (lambda x, a: sn.scan(lambda a, x: a + x, a, x, over="s"), "has no axis 's'.*by its name"),
    (lambda x, a: sn.scan(lambda a: a + 1, a, over="s"), "axis 's' is not known"),
    (lambda x, a: sn.scan(lambda a, x: a + x, x, x, over="t"), "the state 'a' has the axis 't'"),
    (lambda x, a: sn.last(x, over="s"), "has no axis 's'"),
    (lambda x, a: sn.scan(lambda s, x: s, (a, a), x, over="t"), r"takes .s, x., the scan gives it 3.*step.h, c, x."),
])  # fmt: skip
def test_what_a_scan_gets_is_checked(scan, message):
    with refused(message):
        sn.op(scan, name="f", inputs={"x": "n t", "a": "n"}).graph  # noqa: B018


def test_a_scan_stands_in_a_definition():
    with refused("only known inside a definition"):
        sn.scan(lambda a: a, 1.0, over="t")


def test_what_a_step_gives_beside_its_states_may_be_transposed():
    @sn.op
    def sums(x: "n t d", w: "d") -> "n t":
        def step(s, x):
            s = s + x
            y = sn.sum(s * w, over="d")
            return s, y

        s, y = sn.scan(step, 0 * sn.sum(x, over="t"), x, over="t")
        return y

    x, w = np.random.default_rng(0).normal(size=(2, 3, 4)), np.ones(4)
    assert np.allclose(sn.compile(sums).forward(x, w)[0], np.cumsum(x, axis=1).sum(axis=2))
    assert sn.check_gradients(sums).ok


def test_a_step_may_give_numbers():
    @sn.op
    def f(x: "t n", h: "n", s: ""):
        def step(h, s, x):
            h = sn.tanh(h * s + x)
            return h, 2, 0.5

        h, s, c = sn.scan(step, (h, s), x, over="t")
        return h * s, c

    x, h = np.array([[0.1, 0.2], [0.3, 0.4]]), np.array([1.0, -1.0])
    (y, c), _ = sn.compile(f).forward(x, h, 3.0)
    first = np.tanh(3 * h + x[0])
    np.testing.assert_allclose(y, 2 * np.stack([first, np.tanh(2 * first + x[1])]))
    np.testing.assert_array_equal(c, [0.5, 0.5])
    assert sn.check_gradients(f, trials=1).ok
