"""Update rules: definitions with state, the generated step and init, what they refuse."""

from __future__ import annotations

import ast
import json
import re

import numpy as np
import pytest
from click.testing import CliRunner

import symnet as sn
from symnet.catalog import RULES, load
from symnet.cli import main
from symnet.codegen import module_source
from symnet.errors import DefinitionError, SymnetError
from tests.styles import STYLES

NAMES = [name for names in RULES.values() for name in names if isinstance(load(name), sn.UpdateRule)]
ANY_SHAPE = [name for name in NAMES if load(name).entrywise or load(name).flat]


def textbook(name, w, g, lr, steps):
    """Independent programs of some rules, for a constant gradient."""
    m = v = 0.0
    for t in range(1, steps + 1):
        if name == "momentum":
            m = 0.9 * m + g
            w = w - lr * m
        elif name == "adagrad":
            v += g * g
            w = w - lr * g / (v**0.5 + 1e-8)
        elif name == "rmsprop":
            v = 0.9 * v + 0.1 * g * g
            w = w - lr * g / (v**0.5 + 1e-8)
        elif name in ("adam", "adamw"):
            m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
            step = m / (1 - 0.9**t) / ((v / (1 - 0.999**t)) ** 0.5 + 1e-8)
            w = w - lr * step - (lr * 0.01 * w if name == "adamw" else 0)
        elif name == "lion":
            w = w - lr * np.sign(0.9 * m + 0.1 * g)
            m = 0.99 * m + 0.01 * g
    return w


@pytest.mark.parametrize("name", ["momentum", "adagrad", "rmsprop", "adam", "adamw", "lion"])
def test_a_rule_computes_what_its_source_says(name):
    rule = sn.compile(name)
    w, g = 1.5, -0.7
    state = rule.init(np.array(w))
    found = np.array(w)
    for _ in range(5):
        found, state = rule.step(found, np.array(g), state, lr=0.05)
    assert found == pytest.approx(textbook(name, w, g, 0.05, 5), rel=1e-14)


@pytest.mark.parametrize("style", ["readable", "fast"])
@pytest.mark.parametrize("name", NAMES)
def test_the_generated_step_agrees_with_the_definition(name, style):
    assert sn.check_gradients(load(name), trials=1, style=style).ok


@pytest.mark.parametrize(
    "style, right, wrong",
    [("readable", "w - lr * g", "w + lr * g"), ("fast", "np.subtract(w_", "np.add(w_")],
)
def test_a_wrong_step_is_seen(style, right, wrong):
    from symnet.codegen import module

    rule = sn.update(name="descent")(lambda w, g: None)
    rule.function = load("gradient_descent").function
    source = module.module_source(rule, style)
    assert right in source
    rule.__dict__["_compiled"] = {source: module.Compiled("descent", source.replace(right, wrong))}
    report = sn.check_gradients(rule, trials=1, style=style)
    assert not report.ok and "descent: output w" in report.table()


@pytest.mark.parametrize("name", NAMES)
def test_modules_import_only_numpy_and_rules_hold_no_backward(name):
    tree = ast.parse(module_source(load(name)))
    imports = [a.name for s in ast.walk(tree) if isinstance(s, ast.Import) for a in s.names]
    functions = {f.name for f in tree.body if isinstance(f, ast.FunctionDef)}
    assert imports == ["numpy"] and {"init", "step"} <= functions and "backward" not in functions


def stepped(compiled, name, dtype, rows, steps=3):
    """Some arrays of a model, stepped with a state of its own: parameters and states as one list."""
    rng = np.random.default_rng(0)
    shapes = [(rows, 7)] if len(load(name).graph.inputs[0].axes) == 2 else [(rows, 7), (3,), ()]
    wide = len(load(name).graph.inputs[1].axes) > len(load(name).graph.inputs[0].axes)  # statistics of rows of data
    shapes = [(7,)] if wide else shapes
    parameters = [np.asarray(rng.standard_normal(shape), dtype) for shape in shapes]
    state = compiled.init(parameters)
    for _ in range(steps):
        gradients = [np.asarray(rng.standard_normal((rows, 7) if wide else shape), dtype) for shape in shapes]
        parameters, state = compiled.step(parameters, gradients, state)
    return [*parameters, *(x for s in state.values() for x in (s if isinstance(s, list) else [s]))]


@pytest.mark.parametrize("name", NAMES)
def test_the_fast_step_is_the_readable_one_to_rounding_however_its_blocks_fall(name):
    fast = sn.compile(name)
    readable = sn.compile(name, style="readable")
    for dtype in (np.float32, np.float64):
        wanted = stepped(readable, name, dtype, 33)
        for block in (2**20, 200):  # bytes: one block, and many
            fast.module.BLOCK = block
            for a, b in zip(wanted, stepped(fast, name, dtype, 33), strict=True):
                assert np.shape(a) == np.shape(b) and np.asarray(a).dtype == np.asarray(b).dtype
                np.testing.assert_allclose(b, a, rtol=40 * np.finfo(dtype).eps, atol=8 * np.finfo(dtype).eps)


def test_numbers_are_computed_before_the_blocks_of_a_fast_step():
    source = sn.compile("adam").source
    update = source[source.index("def _update") : source.index("class Workspace")]
    assert "correction = 1 - beta1**t_new" in update.partition("def block")[0]
    assert "np.float64" not in update and "beta1**" not in update.partition("def block")[2]


def scaled_root(bound):
    """A rule whose denominator has a number under its root."""

    def scaled(w: "i", g: "i", v: "i", t: "" = 0, *, lr=0.1, beta: "[0, 1)" = 0.9, eps=1e-8):
        t = t + 1
        v = beta * v + g**2
        w = w - lr * g / (sn.sqrt(v / (1 - beta**t)) + eps)
        return w, v, t

    scaled.__annotations__["beta"] = bound
    return sn.update(scaled)


def test_a_number_leaves_the_root_of_a_denominator_where_it_is_known_to_be_positive():
    known = sn.compile(scaled_root("[0, 1)"))
    assert "roots:" in known.source and "np.sqrt(v_new_" in known.source
    assert "roots:" not in sn.compile(scaled_root("[0, 1)"), without=("roots",)).source
    unknown = sn.compile(scaled_root("[0, 2]"))  # 1 - beta^t may be negative
    assert "roots:" not in unknown.source
    w, g = np.array([1.0, -2.0]), np.array([0.3, 4.0])
    for rule in (known, unknown):
        state = rule.init(w)
        new, state = rule.step(w, g, state)
        new, _ = rule.step(new, g, state)
        v = [g**2, 0.9 * g**2 + g**2]
        wanted = w - sum(0.1 * g / (np.sqrt(v[k] / (1 - 0.9 ** (k + 1))) + 1e-8) for k in (0, 1))
        np.testing.assert_allclose(new, wanted, rtol=1e-14)
    state = {"v": -np.ones(2) * 10, "t": 0}
    readable = sn.compile(scaled_root("[0, 2]"), style="readable")
    np.testing.assert_array_equal(
        *(rule.step(w, g * 0, state, beta=2.0)[0] for rule in (unknown, readable))
    )  # sqrt(-20 / -1)


def test_half_precision_is_refused_where_sums_would_overflow():
    adam, w = sn.compile("adam"), np.ones(3, np.float16)
    with pytest.raises(ValueError, match="adam: parameters has dtype float16, float32 or float64 is needed"):
        adam.step(w, w, adam.init(np.ones(3)))


def test_a_compiled_step_is_the_readable_one():
    pytest.importorskip("numba")
    for name in ("adam", "lamb"):
        wanted = stepped(sn.compile(name, style="readable"), name, np.float32, 33)
        found = stepped(sn.compile(name, style="numba"), name, np.float32, 33)
        for a, b in zip(wanted, found, strict=True):
            np.testing.assert_allclose(b, a, rtol=1e-5)


@pytest.mark.parametrize("name", ANY_SHAPE)
def test_a_step_keeps_form_dtype_and_what_was_given(name):
    rule = sn.compile(name)
    parameters = {"w": np.ones((2, 3), np.float32), "b": [np.zeros(2), (np.array(1.5),)]}
    gradients = {"w": np.full((2, 3), 0.5, np.float32), "b": [np.ones(2), (np.array(-1.0),)]}
    state = rule.init(parameters)
    before = repr((parameters, gradients, state))
    new, after = rule.step(parameters, gradients, state)
    new, after = rule.step(new, gradients, after)
    assert repr((parameters, gradients, state)) == before
    assert new["w"].dtype == np.float32 and new["w"].shape == (2, 3)
    assert isinstance(new["b"], list) and isinstance(new["b"][1], tuple)
    assert after.keys() == state.keys()
    for k in rule.module.COUNTERS:
        assert (state[k], after[k]) == (0, 2)
    for k in state.keys() - set(rule.module.SHARED):
        assert after[k]["w"].dtype == np.float32 and after[k]["b"][0].dtype == np.float64


def test_arrays_are_stepped_alone():
    rule = sn.compile("adam")
    a, b = np.array([1.0, 2.0]), np.array([[3.0]])
    both, state = rule.step([a, b], [a, b], rule.init([a, b]))
    alone, own = rule.step(b, b, rule.init(b))
    assert np.array_equal(both[1], alone) and np.array_equal(state["v"][1], own["v"])


def test_an_initial_value_is_that_of_the_definition():
    state = sn.compile("rprop").init(np.zeros(3))
    assert np.array_equal(state["delta"], [0.1, 0.1, 0.1]) and np.array_equal(state["h"], [0, 0, 0])


def test_rprop_grows_shrinks_and_waits():
    rule = sn.compile("rprop")
    w, state = np.zeros(1), rule.init(np.zeros(1))
    deltas, points = [], []
    for g in (1.0, 2.0, -1.0, -1.0):
        w, state = rule.step(w, np.array([g]), state)
        deltas.append(state["delta"][0])
        points.append(w[0])
    assert deltas == pytest.approx([0.1, 0.12, 0.06, 0.06])
    assert points == pytest.approx([-0.1, -0.22, -0.22, -0.16])


def test_nesterov_says_where_it_wants_the_gradient():
    rule = sn.compile("nesterov")
    w = [np.array([1.0]), np.array([2.0])]
    state = {"v": [np.array([0.5]), np.array([-1.0])]}
    assert [float(p[0]) for p in rule.point(w, state, beta=0.5)] == [1.25, 1.5]


# Rules that read whole arrays


@pytest.mark.parametrize("style", ["readable", "fast"])
def test_a_point_may_need_a_function_of_its_own(style):
    @sn.update
    def ahead(w: "i", g: "i", v: "i", *, lr=0.1):
        v = v - lr * g
        w = w + v
        return w, v

    @ahead.gradient_at
    def ahead_at(w: "i", v: "i"):
        return w + sn.sigmoid(v)

    rule = sn.compile(ahead, style=style)
    w = np.array([1.0, -2.0])
    assert np.array_equal(rule.point(w, rule.init(w)), w + 0.5)


def test_a_rule_may_read_the_whole_array_whatever_its_shape():
    @sn.update
    def normalised(w: "i", g: "i", *, lr=0.1):
        w = w - lr * g / sn.sqrt(sn.sum(g**2, over="i"))
        return w

    rule = sn.compile(normalised)
    w = {"a": np.zeros((2, 2)), "b": np.array(1.0)}
    g = {"a": np.array([[3.0, 0.0], [0.0, 4.0]]), "b": np.array(-2.0)}
    new, state = rule.step(w, g, rule.init(w), lr=1.0)
    assert np.allclose(new["a"], -g["a"] / 5) and new["b"] == 2.0 and state == {}
    with pytest.raises(SymnetError, match="whole arrays"):
        normalised.apply({}, {})


def test_layerwise_rates_are_those_of_their_sources():
    rng = np.random.default_rng(3)
    w, g = rng.normal(size=(3, 4)), rng.normal(size=(3, 4))
    lars = sn.compile("lars")
    new, state = lars.step(w, g, lars.init(w), lr=0.5, decay=0.1, trust=0.02)
    rate = 0.02 * np.linalg.norm(w) / (np.linalg.norm(g) + 0.1 * np.linalg.norm(w) + 1e-9)
    assert np.allclose(new, w - 0.5 * rate * (g + 0.1 * w), rtol=1e-14) and np.allclose(w - new, state["v"])
    lamb = sn.compile("lamb")
    new, _ = lamb.step(w, g, lamb.init(w), lr=0.5, decay=0.1)
    u = g / (np.abs(g) + 1e-6) + 0.1 * w  # in the first step both averages are those of one gradient
    assert np.allclose(new, w - 0.5 * np.linalg.norm(w) / np.linalg.norm(u) * u, rtol=1e-12)


@pytest.mark.parametrize("name", ["lars", "lamb"])
@pytest.mark.filterwarnings("error")
def test_an_array_of_zeros_is_stepped_and_a_gradient_of_zeros_is_no_step(name):
    rule, zero = sn.compile(name), np.zeros(3)
    assert np.all(rule.step(zero, W, rule.init(zero))[0] < 0)
    assert np.array_equal(rule.step(zero, zero, rule.init(zero))[0], zero)


def test_adafactor_keeps_rows_and_columns_and_is_exact_for_rank_one():
    rule = sn.compile("adafactor")
    rows, columns = np.array([1.0, 2.0, 3.0]), np.array([0.5, 4.0])
    w, g = np.ones((3, 2)), np.outer(rows, columns)
    state = rule.init(w)
    assert state["r"].shape == (3,) and state["c"].shape == (2,)
    new, state = rule.step(w, g, state, lr=0.1)
    assert np.allclose(new, 0.9)  # the factored second moment is g^2 itself, so that every entry has the same step
    assert np.allclose(state["r"], (g**2).sum(1)) and np.allclose(state["c"], (g**2).sum(0))
    raises("parameters has shape", lambda: rule.init(np.zeros(3)))
    raises("its axes are 'j'", lambda: rule.step(w, g, {**state, "c": np.ones(3)}))


def test_running_statistics_come_to_those_of_the_data():
    rng = np.random.default_rng(0)
    rule, x = sn.compile("running_statistics"), rng.normal(2.0, 3.0, (7, 4))
    mu = np.zeros(4)
    state = rule.init(mu)
    once, _ = rule.step(mu, x, state, rate=1.0)
    assert np.allclose(once, x.mean(0))
    for _ in range(200):
        mu, state = rule.step(mu, x, state)
    assert np.allclose(mu, x.mean(0)) and np.allclose(state["var"], x.var(0, ddof=1))
    raises("N - 1 is 0", lambda: rule.step(mu, x[:1], state))
    raises("its axes are 'n d'", lambda: rule.step(mu, x[:, :2], state))


def test_clipping_keeps_the_direction_and_what_is_short():
    clip = sn.compile("clip_by_norm").forward
    assert np.allclose(clip(np.array([3.0, 4.0]), limit=2.5)[0], [1.5, 2.0])
    assert np.array_equal(clip(np.array([3.0, 4.0]), limit=6.0)[0], [3.0, 4.0])
    assert np.array_equal(clip(np.zeros(2))[0], [0.0, 0.0])


def test_schedules_rise_and_fall_where_they_should():
    rate = sn.compile("cosine_rate").forward
    t = np.array([0.0, 50.0, 100.0, 550.0, 1000.0, 2000.0])
    assert rate(t, low=0.2, high=1.0)[0] == pytest.approx([0, 0.5, 1.0, 0.6, 0.2, 0.2])
    cycle = sn.compile("triangular_rate").forward
    t = np.array([0.0, 5.0, 9.999999, 15.0, 20.0])
    assert cycle(t, low=1.0, high=2.0, half=10.0)[0] == pytest.approx([1, 1.5, 2, 1.5, 1], abs=1e-6)


# Bad input

W = np.ones(3)


def raises(match, call):
    with pytest.raises(ValueError, match=match):
        call()


@pytest.mark.parametrize("style", ["readable", "fast"])
def test_a_constant_is_a_number_and_of_no_dtype(style):
    adam, w = sn.compile("adam", style=style), np.ones(3, np.float32)
    for value in ("fast", None, [1, 2]):
        raises(r"adam: lr is .*, a number is needed", lambda v=value: adam.step(w, w, adam.init(w), lr=v))
    given, state = adam.step(w, w, adam.init(w), lr=np.float64(0.1))  # as schedules give it
    wanted, _ = adam.step(w, w, adam.init(w), lr=0.1)
    assert np.array_equal(given, wanted) and given.dtype == state["m"].dtype == np.float32


def test_errors_name_the_rule_and_the_reason():
    rule = sn.compile("adam")
    state = rule.init(W)
    raises("adam: the state holds", lambda: rule.step(W, W, {"m": W, "v": W}))
    raises("adam: the state holds", lambda: rule.step(W, W, (W, W, 1)))
    raises(r"adam: state\['m'\] has shape \(2,\), the", lambda: rule.step(W, W, {**state, "m": W[:2]}))
    raises("adam: gradients has shape", lambda: rule.step(W, W[:2], state))
    raises("different names", lambda: rule.step({"a": W}, {"b": W}, rule.init({"a": W})))
    raises("not a list of 2", lambda: rule.step([W, W], [W], rule.init([W, W])))
    raises("floats are needed", lambda: rule.init(np.arange(3)))
    raises("gradients is a masked array", lambda: rule.step(W, np.ma.masked_array(W, W > 0), state))
    raises("holds no arrays", lambda: rule.init([]))


@pytest.mark.parametrize(
    "constant, value", [("lr", -0.1), ("lr", float("nan")), ("beta1", 1.0), ("beta2", -1), ("eps", 0)]
)
def test_constants_outside_their_interval_are_refused(constant, value):
    rule = sn.compile("adam")
    raises(f"adam: {constant} is", lambda: rule.step(W, W, rule.init(W), **{constant: value}))


@pytest.mark.parametrize("name", [n for n in NAMES if any(p.name == "lr" for p in load(n).graph.parameters)])
def test_no_rule_takes_a_negative_learning_rate(name):
    rule = sn.compile(name)
    w = W if name in ANY_SHAPE else np.ones((3, 2))
    raises(f"{name}: lr is -1", lambda: rule.step(w, w, rule.init(w), lr=-1))


@pytest.mark.parametrize("t", [-1, 0.5, True, "1"])
def test_a_count_that_is_none_is_refused(t):
    rule = sn.compile("adam")
    raises("it counts the steps", lambda: rule.step(W, W, {**rule.init(W), "t": t}))


def test_a_bias_correction_at_t_0_is_refused():
    @sn.update
    def late(w: "i", g: "i", m: "i", t: "" = 0, *, lr=0.1, beta=0.9):
        m = beta * m + (1 - beta) * g
        w = w - lr * m / (1 - beta**t)  # the count is raised too late
        t = t + 1
        return w, m, t

    rule = sn.compile(late)
    raises("late: .* is 0, t = 0, beta = 0.9", lambda: rule.step(W, W, rule.init(W)))
    rule.step(W, W, {**rule.init(W), "t": 1})


# Definitions


def broken(function, match):
    with pytest.raises(DefinitionError, match=match):
        _ = sn.update(function).graph


def test_what_is_no_update_rule_is_refused():
    def no_gradient(w: "i"):
        return w * 2

    def too_few(w: "i", g: "i", m: "i"):
        return w - g

    def labelled(w: "i", g: "i", y: sn.labels("i", below="i")):
        return w - g, y

    def long(w: "i", g: "i", m: "i k"):
        return w - g, m

    def shared(w: "i", g: "i", t: ""):
        t = t + w
        return w - g, t

    broken(no_gradient, "a parameter and its gradient")
    broken(too_few, "new values of w, m")
    broken(labelled, "y holds no real numbers")
    broken(long, "an axis that the parameter w does not have")
    broken(shared, "other axes")


@sn.update
def norms(w: "i", g: "i", last: "", e: "" = 1.0, t: "" = 0):
    """The mean norm of the gradients, and the one before; the entries that were seen."""
    last = e
    e = 0.9 * e + 0.1 * sn.sqrt(sn.sum(g**2))
    return w - g / e, last, e, t + 1


@sn.update
def rows(w: "i j", g: "i j", s: "", t: ""):
    """Two numbers of every array, one of which is made of its size alone."""
    return w - g / (1 + s), s + sn.max(sn.abs(g)), t + sn.size("i")


@pytest.mark.parametrize("style", STYLES)
def test_a_number_that_is_made_of_an_array_is_its_own(style):
    assert (norms.shared, norms.own, rows.own) == (("t",), ("last", "e"), ("s", "t"))
    f = sn.compile(norms, style)
    w = {"a": np.ones((2, 3), np.float32), "b": np.ones((), np.float32)}
    g = {"a": np.full((2, 3), 2, np.float32), "b": np.ones((), np.float32)}
    new, state = f.step(w, g, f.init(w))
    assert state["t"] == 1
    np.testing.assert_allclose([state["e"]["a"], state["e"]["b"]], [0.9 + 0.1 * 24**0.5, 1.0], rtol=1e-6)
    assert (state["e"]["a"].shape, state["e"]["a"].dtype, new["a"].dtype) == ((), np.float32, np.float32)
    new, again = f.step(new, g, state, in_place=True)
    np.testing.assert_allclose(again["last"]["a"], 0.9 + 0.1 * 24**0.5, rtol=1e-6)
    with pytest.raises(ValueError, match=r"state\['e'\]\['a'\] has shape \(2, 3\), \(\) is needed"):
        f.step(w, g, state | {"e": g})
    for rule in (norms, rows):
        assert sn.check_gradients(rule, style=style).ok


@sn.update
def quasi_newton(w: "i", g: "i", H: "i k", a: "i", o: "i", t: "" = 0, *, lr=0.3):
    """BFGS with steps of one length; H is the inverse of the Hessian."""
    t = t + 1
    s = w - a
    y = g - o
    ys = sn.sum(y * s) + 1e-8
    Hy = sn.sum(H * y["k"], over="k")
    new = H + (1 + sn.sum(y * Hy) / ys) * s * s["k"] / ys - (Hy * s["k"] + s * Hy["k"]) / ys
    H = sn.where(t == 1, sn.index("i") == sn.index("k"), new)
    return w - lr * sn.sum(H * g["k"], over="k"), H, w, g, t


@sn.update
def last_three(w: "i", g: "i", h: "k=3 i", *, lr=0.1):
    """The mean of the last three gradients."""
    before = h["m i"]
    h = sn.where(sn.index("k") == 2, g, sn.sum(sn.where(sn.index("m") == sn.index("k") + 1, before, 0), over="m"))
    return w - lr * sn.mean(h, over="k"), h


@pytest.mark.parametrize("style", STYLES)
def test_states_with_axes_of_their_own(style):
    for rule in (quasi_newton, last_three):
        assert sn.check_gradients(rule, style=style).ok
    root = np.random.default_rng(0).normal(size=(4, 4))
    A, b, w = root @ root.T + np.eye(4), np.ones(4), np.zeros(4)
    f = sn.compile(quasi_newton, style)
    state = f.init(w)
    for _ in range(60):
        w, state = f.step(w, A @ w - b, state)
    np.testing.assert_allclose(A @ w, b, atol=1e-6)
    with pytest.raises(ValueError, match=r"state\['H'\] has shape \(4, 3\), its axes are 'i k=i'"):
        f.step(w, b, state | {"H": np.ones((4, 3))})
    f = sn.compile(last_three, style)
    w, state = np.zeros(2), f.init(np.zeros(2))
    for k in range(4):
        w, state = f.step(w, np.array([k, 1.0]), state)
    np.testing.assert_array_equal(state["h"], [[1, 1], [2, 1], [3, 1]])


@pytest.mark.parametrize("text", ["[1, 0]", "0, 1", "[a, 1]", ">= 0"])
def test_an_interval_that_is_none_is_refused(text):
    def rule(w: "i", g: "i", *, lr=0.1):
        return w - lr * g

    rule.__annotations__["lr"] = text
    with pytest.raises(DefinitionError, match="not an interval"):
        sn.compile(sn.update(rule)).source  # noqa: B018


def test_a_default_outside_its_interval_is_refused():
    def rule(w: "i", g: "i", *, lr: "[0, 1]" = 2.0):
        return w - lr * g

    with pytest.raises(DefinitionError, match="not in"):
        _ = sn.update(rule).ranges


def test_postponed_annotations_say_the_same(tmp_path):
    file = tmp_path / "mine.py"
    file.write_text(
        "from __future__ import annotations\nimport symnet as sn\n\n@sn.update\n"
        'def mine(w: "i", g: "i", t: "" = 3, *, lr: "[0, 1]" = 0.5):\n'
        "    t = t + 1\n    w = w - lr / t * g\n    return w, t\n"
    )
    result = CliRunner().invoke(main, ["generate", f"{file}:mine", "-o", str(tmp_path / "out")])
    assert result.exit_code == 0, result.output
    rule = sn.compile(f"{file}:mine")
    w, state = rule.step(np.array(1.0), np.array(1.0), rule.init(np.array(1.0)))
    assert (float(w), state) == (0.875, {"t": 4})
    raises("lr is 2", lambda: rule.step(W, W, rule.init(W), lr=2))


def test_a_rule_is_not_called_and_has_no_gradient():
    with pytest.raises(SymnetError, match="update rule"):
        load("adam")(W, W)
    with pytest.raises(SymnetError, match="no jacobian"):
        sn.derive("adam", what="jacobian")


# Pages and the command line


def test_the_page_prints_the_rule_as_its_source_does():
    page = sn.derive("adam").markdown()
    assert r"m_{t} = \beta_{1} m_{t - 1} + (1 - \beta_{1}) g_{t}" in page
    assert r"\hat{m}_{t} = \frac{m_{t}}{1 - \beta_{1}^{t}}" in page
    assert "$m_{0} = 0$, $v_{0} = 0$, $t = 0$" in page
    assert "def _update(w, g, m, v, t, lr, beta1, beta2, eps):" in page


def test_every_form_of_the_page():
    page = sn.derive("nesterov")
    assert "w̃[t-1] = w[t-1] + β v[t-1]" in page.text()
    assert r"\begin{document}" in page.latex() and r"\begin{document}" not in page.latex(standalone=False)
    cells = page.notebook().cells
    assert [cell.cell_type for cell in cells] == ["markdown", "markdown", "markdown", "code", "markdown", "code"]
    assert "Check" in cells[-2].source
    assert "data-copy=" in page.html() and "<math" in page.html()


def test_the_page_in_russian_has_the_same_formulas():
    english, russian = (sn.derive("adam").markdown(lang=lang, check=True) for lang in ("en", "ru"))
    assert re.findall(r"\$\$\n.+?\n\$\$", english) == re.findall(r"\$\$\n.+?\n\$\$", russian)
    prose = re.sub(r"```.*?```|\$\$.*?\$\$|\$[^$]*\$", "", russian.partition("## Шаг")[2], flags=re.DOTALL)
    assert set(re.findall("[A-Za-z]{3,}", prose)) <= {"inf"}


def test_in_matrix_notation_a_line_is_one_of_whole_arrays_where_there_is_such_a_form():
    adam = sn.derive("adam").text(notation="matrix")
    assert "v[t] = β₂ v[t-1] + (1 - β₂) g[t]^⊙2" in adam and "Each symbol is a whole array" in adam
    adafactor = sn.derive("adafactor").markdown(notation="matrix", check=True)
    assert r"r_{t} = \beta_{t} r_{t - 1} + (1 - \beta_{t}) \operatorname{rowsum}(S_{t})" in adafactor
    assert "Here $W$ is a parameter and $G$ the gradient" in adafactor and "| $W_{t}$ |" in adafactor
    assert "no such form" not in adam and "_{t,i" not in adafactor
    rprop = sn.derive("rprop").text(notation="matrix")
    assert "A line that has no such form stands in index notation." in rprop and "h[t][i] = where(" in rprop


def test_the_page_of_a_rule_has_no_worked_example():
    with pytest.raises(SymnetError, match="adam is an update rule, whose page has no worked example"):
        sn.derive("adam").markdown(example=True)


def test_the_command_line_knows_rules():
    def run(*arguments):
        result = CliRunner().invoke(main, list(arguments))
        assert result.exit_code == 0, result.output
        return result.output

    assert "v[t] = β v[t-1] + g[t]" in run("derive", "momentum")
    assert "adam: ok" in run("verify", "adam", "--trials", "1")
    rows = {row["name"]: row["family"] for row in json.loads(run("list", "--json"))}
    assert {rows[name] for name in NAMES} == {"optimizers"}


def test_every_rule_names_its_source():
    assert all(load(name).source and load(name).doc for name in NAMES)


def test_a_rule_without_a_source_names_none():
    @sn.update
    def sign_step(w: "i", g: "i", *, lr: "[0, inf)" = 1e-5):
        """A step of one length."""
        w = w - lr * sn.sign(g)
        return w

    page = sn.derive(sign_step)
    assert "Source" not in page.text() + page.markdown() + page.html() + page.latex()
    assert "lr = 10^-5 ∈ [0, ∞)" in page.text()
    assert r"| $\mathrm{lr}$ | $10^{-5}$ | $[0, \infty)$ |" in page.markdown()


@pytest.mark.parametrize("style", STYLES)
def test_a_count_of_steps_that_begins_with_a_float_is_a_count(style):
    @sn.update
    def averaged(w: "i", g: "i", m: "i", t: "" = 0.0, *, lr=0.1):
        t = t + 1
        m = m + (g - m) / t
        w = w - lr * m
        return w, m, t

    rule = sn.compile(averaged, style)
    state = rule.init(np.ones(2))
    assert rule.step(np.ones(2), np.ones(2), state)[1]["t"] == 1

    averaged.function.__defaults__ = (0.5,)
    with pytest.raises(DefinitionError, match="counts the steps, and begins with 0.5"):
        _ = sn.update(averaged.function).start
