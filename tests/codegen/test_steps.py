"""Generated loops over steps: readable, right for any number of steps, as long for three steps as for thousands."""

import re
import tracemalloc

import numpy as np
import pytest

import symnet as sn
from symnet.catalog import FAMILIES, load
from symnet.catalog.recurrent import unrolled
from symnet.check.sample import sample_inputs
from symnet.codegen.module import module_source
from tests.styles import HAS_NUMBA

SCANS = ("rnn", "lstm", "gru", "deep_network", "residual_network", "transformer")


def body(name: str, function: str, style: str = "readable") -> str:
    source = module_source(load(name), style)
    return re.search(rf"def {function}\(.*?\n\n\n", source, re.S)[0]


def arrays(t: int, dtype=np.float64) -> list:
    rng = np.random.default_rng(t)
    return [rng.standard_normal(s).astype(dtype) for s in ((2, t, 3), (2, 4), (3, 4), (4, 4), (4,))]


def test_forward_is_a_loop_that_fills_the_states():
    assert """    hs = np.empty((t + 1, n, e), x.dtype)
    hs[0] = h0
    for i in range(t):
        z = x[:, i] @ w + hs[i] @ u + b
        hs[i + 1] = np.tanh(z)
    h = hs[1:].copy()
""" in body("rnn", "forward")


def test_backward_is_a_loop_in_reverse_and_sums_over_steps_come_after_it():
    text = body("rnn", "backward")
    assert "for i in reversed(range(t)):" in text
    assert "        dh_back = dz[i] @ u.T  # gradient of h one step back, through z\n" in text
    assert text.index("reversed") < text.index("db = dz.sum(axis=(0, 1))")


def test_layers_share_a_loop_and_each_has_its_gradient():
    assert "        z = a_steps[i] @ w[i] + b[i]\n" in body("deep_network", "forward")
    text = body("deep_network", "backward")
    assert "    da_back = dy.copy()\n" in text
    assert "        dz[i] = da_back * (1 - a_steps[i + 1]) * (1 + a_steps[i + 1])" in text
    assert "    dw = a_steps[:l].swapaxes(1, 2) @ dz" in text


@sn.op
def partition(e: "b t k", a: "j k"):
    """The partition function of a chain of labels."""

    def step(alpha, e):
        s = sn.logsumexp(alpha["b j"] + a, over="j")
        return e + s

    alpha = sn.scan(step, 0 * sn.sum(e, over="t"), e, over="t")
    return sn.sum(sn.logsumexp(sn.last(alpha, over="t"), over="k"))


def test_what_only_has_another_name_is_kept_once():
    text = module_source(partition)
    assert not re.search(r"\bds\b", text[text.index("def backward") :])
    assert "    da = (dalpha[..., None] * e_logits / s_logits[..., None]).sum(axis=(0, 1)).T\n" in text
    report = sn.check_gradients(partition, style="readable")
    assert report.ok, report.table()


def test_maximum_and_sum_of_exponentials_lie_as_the_exponentials_do():
    text = module_source(partition)
    assert "logits_max = logits.max(axis=2, keepdims=True)" in text


@sn.op
def transport(c: "i j", eps: sn.positive("t")):
    """Steps of optimal transport, at a temperature of its own each."""

    def step(f, eps):
        g = -eps * sn.logsumexp((f - c) / eps, over="i")
        return -eps * sn.logsumexp((g - c) / eps, over="j")

    return sn.sum(sn.last(sn.scan(step, 0 * sn.sum(c, over="j"), eps, over="t"), over="t"))


def test_what_is_computed_for_all_steps_at_once_has_each_step_in_one_piece():
    text = module_source(transport)
    loop = text[text.index("    for k in reversed(range(t)):") :]
    assert "-exp_c_eps[k] @ df[k]" in loop and "-exp_c_eps_2[k] @ dg[k]" in loop
    report = sn.check_gradients(transport)
    assert report.ok, report.table()


@pytest.mark.parametrize("name", SCANS)
def test_there_is_one_loop_forward_and_one_back(name):
    for style in ("readable", "fast"):
        assert body(name, "forward", style).count("    for ") == 1
        assert body(name, "backward", style).count("    for ") == 1


@pytest.mark.parametrize("t", [1, 2, 3, 7])
def test_any_number_of_steps_agrees_with_the_network_written_out(t):
    inputs = arrays(t)
    one, other = sn.compile(load("rnn")), sn.compile(unrolled(t))
    states, cache = one.forward(*inputs)
    last, unrolled_cache = other.forward(*inputs)
    np.testing.assert_allclose(states[-1], last, rtol=1e-13)
    dy = np.random.default_rng(0).standard_normal(last.shape)
    upstream = np.zeros_like(states)
    upstream[-1] = dy
    for mine, theirs in zip(one.backward(upstream, cache), other.backward(dy, unrolled_cache), strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-10, atol=1e-12)


def test_a_thousand_steps_take_no_longer_code():
    states, cache = sn.compile(load("rnn")).forward(*arrays(1000))
    assert states.shape == (1000, 2, 4)
    gradients = sn.compile(load("rnn")).backward(np.ones_like(states), cache)
    assert all(np.isfinite(g).all() for g in gradients)


@pytest.mark.parametrize("name", SCANS)
def test_other_styles_compute_the_same_in_memory_of_earlier_calls(name):
    inputs = list(sample_inputs(load(name).graph, np.random.default_rng(0)).values())

    def results(style):
        f = sn.compile(load(name), style)
        output, cache = f.forward(*inputs)
        outputs = output if isinstance(output, tuple) else (output,)
        return [*outputs, *f.backward(*outputs, cache)]

    wanted = results("readable")
    for style in ("fast", "numba"):
        source = module_source(load(name), style)
        assert "Steps wait for each other" in source
        assert style == "numba" or "np.empty((t" not in source
        if style == "numba" and not HAS_NUMBA:
            continue
        held, again = results(style), results(style)
        for found in (held, again):
            for a, b in zip(found, wanted, strict=True):
                np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-11)


def test_a_second_call_makes_no_large_arrays():
    f = sn.compile(load("deep_network"))
    x, w, b = (np.full(shape, 0.01) for shape in ((4000, 64), (6, 64, 64), (6, 64)))

    def call():
        y, cache = f.forward(x, w, b)
        f.backward(y, cache)

    call()
    tracemalloc.start()
    call()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4 * x.nbytes  # of one layer, where arrays of all layers take 24


def test_only_operations_with_steps_are_not_planned():
    unplanned = [
        name
        for names in FAMILIES.values()
        for name in names
        if "Steps wait for each other" in module_source(load(name), "fast")
    ]
    assert unplanned == [name for names in FAMILIES.values() for name in names if name in SCANS]


@pytest.mark.parametrize("name", SCANS)
def test_gradients_pass_the_check(name):
    report = sn.check_gradients(load(name), trials=2)
    assert report.ok, report.table()


def test_float32_stays_float32():
    f = sn.compile(load("rnn"))
    states, cache = f.forward(*arrays(3, np.float32))
    assert states.dtype == np.float32
    assert {g.dtype for g in f.backward(states, cache)} == {np.dtype(np.float32)}


def test_a_caller_who_changes_the_states_does_not_change_the_gradients():
    f = sn.compile(load("rnn"))
    states, cache = f.forward(*arrays(3))
    upstream = np.ones_like(states)
    before = f.backward(upstream, cache)
    states[:] = 7.0
    for a, b in zip(before, f.backward(upstream, cache), strict=True):
        np.testing.assert_array_equal(a, b)


def test_backward_changes_neither_the_upstream_gradient_nor_the_cache():
    for name, shape in (("rnn", None), ("deep_network", (2, 3))):
        f = sn.compile(load(name))
        rng = np.random.default_rng(1)
        inputs = arrays(3) if shape is None else [rng.standard_normal(s) for s in ((2, 3), (4, 3, 3), (4, 3))]
        y, cache = f.forward(*inputs)
        upstream = rng.standard_normal(y.shape)
        kept = upstream.copy()
        first, second = f.backward(upstream, cache), f.backward(upstream, cache)
        np.testing.assert_array_equal(upstream, kept)
        for a, b in zip(first, second, strict=True):
            np.testing.assert_array_equal(a, b)


def test_a_state_that_is_read_late_in_the_step_is_not_overwritten_before():
    @sn.op
    def f(x: "n t", p0: "n", q0: "n"):
        def step(p, q, x):
            p_next = sn.tanh(p + q * x)
            q_next = p_next * p - q
            return p_next, q_next

        p, q = sn.scan(step, (p0, q0), x, over="t")
        return sn.last(p, over="t") * sn.last(q, over="t")

    assert sn.check_gradients(f).ok


def test_what_the_module_computes_around_a_loop_may_read_states_one_step_back():
    @sn.op
    def f(x: "n t", h0: "n"):
        def step(h, x):
            return sn.sin(h + x), sn.exp(h * 0.3) * x

        h, y = sn.scan(step, (h0,), x, over="t")
        return sn.sum(y * sn.exp(h), over="t")

    assert "hs[:t]" in module_source(f)
    assert sn.check_gradients(f).ok


@sn.op
def read_out(x: "n t", h0: "n", v: "", k: ""):
    """Two carried states that start from something computed, and a scalar of all steps and of the last one."""

    def step(h, c, x):
        c = sn.sigmoid(v * h) * c + x
        h = sn.tanh(k * c) - h / 3
        return h, c

    h, c = sn.scan(step, (v * h0, sn.sin(h0)), x, over="t")
    return sn.sum(h * c) + sn.sum(sn.last(h, over="t") ** 3)


def directions(seed):
    rng = np.random.default_rng(seed)
    return [rng.normal(size=shape) / 2 for shape in ((3, 4), (3,), (), ())]


def differences(function, at, along, h=1e-5):
    there, back = (function(*(x + s * h * v for x, v in zip(at, along))) for s in (1, -1))
    return (there - back) / (2 * h)


@pytest.mark.parametrize("style", ["readable", "fast"])
def test_a_sequence_from_its_end_is_summed_from_its_end(style):
    @sn.op
    def still_to_come(x: "t n d m", after: "n d m"):
        sums = sn.scan(lambda s, x: sn.tanh(s) * x, after, sn.flip(x, "t"), over="t")
        return sn.flip(sums, "t") + x

    assert sn.check_gradients(still_to_come, style=style, trials=1).ok
    x = np.ones((3, 2, 2, 2))
    y, _ = sn.compile(still_to_come, style).forward(x, x[0])
    assert np.allclose(y[:, 0, 0, 0] - 1, [np.tanh(np.tanh(np.tanh(1))), np.tanh(np.tanh(1)), np.tanh(1)])


def test_a_tangent_is_a_loop_along_the_steps():
    at, along = directions(0), directions(1)
    (found,) = sn.compile(read_out, what="jvp").jvp(*at, *along)
    assert found == pytest.approx(differences(lambda *a: sn.compile(read_out).forward(*a)[0], at, along), rel=1e-8)
    assert "reversed(" not in sn.compile(read_out, what="jvp").source


def test_the_hessian_times_a_direction_goes_forth_and_back_twice():
    at, along = directions(2), directions(3)

    def slopes(*arguments):
        _, cache = sn.compile(read_out).forward(*arguments)
        return np.concatenate([np.ravel(g) for g in sn.compile(read_out).backward(1.0, cache)])

    found = sn.compile(read_out, what="hvp").hvp(*at, *along)
    wanted = differences(slopes, at, along)
    np.testing.assert_allclose(np.concatenate([np.ravel(a) for a in found]), wanted, rtol=1e-6, atol=1e-8)


def test_a_start_that_no_input_moves_has_no_tangent():
    @sn.op
    def from_mask(x: "n t", h0: sn.mask("n")):
        h = sn.scan(lambda h, x: h * sn.cos(x), h0 * 2.0, x, over="t")
        return sn.last(h, over="t")

    x, v, h0 = np.full((2, 3), 0.4), np.ones((2, 3)), np.array([0.0, 1.0])
    (found,) = sn.compile(from_mask, what="jvp").jvp(x, h0, v)
    assert found == pytest.approx(-6 * h0 * np.cos(0.4) ** 2 * np.sin(0.4))


@sn.op
def level(x: "t n d", start: ""):
    """A state of one number, beside a value of every step that keeps its dimensions of length 1."""

    def step(s, x):
        return 0.7 * s + sn.tanh(sn.logsumexp(x, over="n d"))

    return sn.scan(step, start, x, over="t")


@sn.op
def before_each_step(u: "t", h: "", w: ""):
    """Two states as they were before each step, from the end and at one place."""

    def step(a, b, u):
        return sn.tanh(u * a + w), a, a, b

    _, _, a, b = sn.scan(step, (h, h * h), u, over="t")
    return sn.flip(a, "t") * u, a["0"] + b["1"]


@pytest.mark.parametrize("style", ["readable", "fast"])
@pytest.mark.parametrize("op", [level, before_each_step], ids=lambda op: op.name)
def test_states_of_one_number(op, style):
    assert sn.check_gradients(op, style=style, trials=2).ok


def test_a_state_before_its_step_begins_with_the_start():
    (y, z), _ = sn.compile(before_each_step).forward(np.arange(1.0, 4.0), 0.5, 0.0)
    a = [0.5, np.tanh(0.5), np.tanh(2 * np.tanh(0.5))]
    np.testing.assert_allclose(y, np.multiply(a[::-1], [1, 2, 3]))
    np.testing.assert_allclose(z, a[0] + a[0])


@sn.op
def read_at_labels(on: sn.mask("t"), h: "m d", k: sn.labels("m", below="m")):
    """The gradient of a table in the step before is added up at labels, from what it is in this step."""

    def step(s, on):
        return 0.7 * s + sn.tanh(s[k, "d"] * on)

    return sn.last(sn.scan(step, h, on, over="t"), over="t")


@sn.op
def above_the_least(on: sn.mask("t"), h: "n d"):
    def step(s, on):
        return 0.7 * s + on * sn.tanh(sn.max(s - 0.5 * s["k d"], over="k"))

    return sn.last(sn.scan(step, h, on, over="t"), over="t")


@pytest.mark.parametrize("style", ["readable", "fast"])
@pytest.mark.parametrize("op", [read_at_labels, above_the_least], ids=lambda op: op.name)
def test_what_is_added_to_a_carried_gradient_reads_it_as_it_was(op, style):
    assert sn.check_gradients(op, style=style, trials=2).ok


def test_a_large_carried_gradient_is_added_to_in_a_buffer():
    rng = np.random.default_rng(0)
    given = [np.ones(3), rng.normal(size=(60, 40))]
    for a, b in zip(*(gradients_of(above_the_least, style, given) for style in ("readable", "fast")), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12)


def gradients_of(op, style, given):
    compiled = sn.compile(op, style)
    y, cache = compiled.forward(*given)
    return compiled.backward(np.cos(np.arange(y.size)).reshape(y.shape), cache)


@sn.op
def scaled_by_its_largest(x: "t d n", h: "d n"):
    """The gradient of one entry of a state is added to, beside values that keep dimensions of length 1."""

    def step(s, x):
        return 0.5 * s + sn.tanh(x)

    first = sn.scan(step, h, x, over="t")["t d 0"]
    return first / (sn.max(sn.abs(first), over="d") + 1)


@sn.op
def number_beside_arrays(x: "t m d e", a: "", h: "m d"):
    """A state of one number in steps that are planned."""

    def step(s, h, x):
        s = sn.tanh(s + sn.mean(h, over="m d"))
        return s, sn.tanh(0.5 * h + s * sn.max(x / (1 + h**2), over="e"))

    s, h = sn.scan(step, (a, h), x, over="t")
    return s, h


@pytest.mark.parametrize("op", [scaled_by_its_largest, number_beside_arrays], ids=lambda op: op.name)
def test_one_entry_is_stored_as_a_number(op, monkeypatch):
    monkeypatch.setattr("symnet.codegen.fast.steps.LARGE", 0)
    for style in ("readable", "fast"):
        assert sn.check_gradients(op, style=style, trials=1).ok
