"""Steps that are written over the parameters and states that they are given."""

import copy

import numpy as np
import pytest

import symnet as sn
from symnet.catalog import RULES, load

NAMES = [name for names in RULES.values() for name in names if isinstance(load(name), sn.UpdateRule)]
#: rules with one array, several, hazards of what is read late, norms, and axes of their own
COMPILED = ("gradient_descent", "adam", "nesterov", "nesterov_shifted", "lamb", "adafactor", "rprop")


@sn.update
def swapped(w: "i", g: "i", a: "i", b: "i", *, lr=0.1):
    """Two states of which each becomes what the other was."""
    a_old = a
    a = b + g
    b = a_old - w
    w = w - lr * (a * a_old + b)
    return w, a, b


@sn.update
def late(w: "i", g: "i", v: "i", *, lr=0.1):
    """The old state is read after the new one is there, once for every entry and once for all."""
    total = sn.sum(v**2, over="i")
    v_next = v + g
    w = w - lr * (v_next - v) * v / (1 + total + sn.sum(v_next**2, over="i"))
    return w, v_next


@sn.update
def handed_on(w: "i", g: "i", new: "i", old: "i", t: "" = 1, same: "" = 2.0):
    """Each state is what another array was, or number."""
    w = w - g / same - old
    old = new
    new = g
    t = t + 1
    same = t
    return w, new, old, t, same


def rules():
    return [*((name, style) for name in NAMES for style in ("readable", "fast")), *((n, "numba") for n in COMPILED)]


def module_of(rule, style):
    if style == "numba":
        pytest.importorskip("numba")
    return sn.compile(rule, style=style)


def some(shape, dtype=np.float64, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype(dtype)


def tree(shape, dtype=np.float64, seed=0):
    return {"a": some(shape, dtype, seed), "b": some(shape[::-1], dtype, seed + 1)}


def leaves(value):
    if isinstance(value, dict):
        return [leaf for key in value for leaf in leaves(value[key])]
    return [value] if isinstance(value, np.ndarray) and value.ndim else []


def assert_same(found, wanted, rtol=1e-12):
    for a, b in zip(leaves(found), leaves(wanted), strict=True):
        np.testing.assert_allclose(a, b, rtol=rtol, atol=1e-14)


def assert_in_place(f, parameters, gradients, steps=3, rtol=1e-12):
    wanted, state = copy.deepcopy(parameters), f.init(parameters)
    old = copy.deepcopy(state)
    own = leaves(parameters) + leaves(state)
    for _ in range(steps):
        next_, new = f.step(wanted, gradients, old)
        parameters, state = f.step(parameters, gradients, state, in_place=True)
        assert all(a is b for a, b in zip(leaves(parameters) + leaves(state), own, strict=True))
        wanted, old = next_, new
        assert_same(parameters, wanted, rtol)
        assert_same(state, old, rtol)


@pytest.mark.parametrize(("name", "style"), rules())
def test_a_step_in_place_is_the_step(name, style):
    if name == "running_statistics":  # the mean of rows
        assert_in_place(module_of(name, style), some(4), some((7, 4)))
    else:
        assert_in_place(module_of(name, style), tree((7, 5)), tree((7, 5), seed=4))


@pytest.mark.parametrize("style", ["readable", "fast", "numba"])
@pytest.mark.parametrize("rule", [swapped, late, handed_on], ids=lambda rule: rule.name)
def test_what_is_read_late_is_read_before_it_is_written_over(rule, style):
    assert_in_place(module_of(rule, style), tree((300, 4)), tree((300, 4), seed=4))


@pytest.mark.parametrize("style", ["readable", "fast", "numba"])
def test_a_gradient_that_is_kept_is_a_copy(style):
    w, g = some((3, 4)), some((3, 4), seed=1)
    kept = g.copy()
    f = module_of(handed_on, style)
    _, state = f.step(w, g, f.init(w))
    g[...] = 0
    np.testing.assert_array_equal(state["new"], kept)


@pytest.mark.parametrize("style", ["readable", "fast", "numba"])
def test_arrays_that_do_not_lie_in_one_piece(style):
    whole = some((6, 10))
    parameters = {"a": whole[:, ::2], "b": whole[:, 1::2].T.copy()}
    kept = whole[:, 1::2].copy()
    gradients = {"a": some((6, 5)), "b": some((5, 6))}
    f = module_of("adam", style)
    wanted, _ = f.step(parameters, gradients, f.init(parameters))
    f.step(parameters, gradients, f.init(parameters), in_place=True)
    assert_same(parameters, wanted)
    np.testing.assert_array_equal(whole[:, 1::2], kept)


@pytest.mark.parametrize("style", ["readable", "fast", "numba"])
def test_single_precision_and_large_arrays(style):
    assert_in_place(module_of("adam", style), tree((900, 300), np.float32), tree((900, 300), np.float32, 4), rtol=1e-6)


@pytest.mark.parametrize("style", ["readable", "fast"])
class TestRefused:
    def step(self, style, w, g=None, state=None):
        f = module_of("momentum", style)
        g = some((4, 3)) if g is None else g
        f.step(w, g, f.init(w) if state is None else state, in_place=True)

    def test_read_only_arrays(self, style):
        w = some((4, 3))
        w.flags.writeable = False
        with pytest.raises(ValueError, match="momentum: in_place is True, and parameters is not an array .*read-only"):
            self.step(style, w)

    def test_numbers(self, style):
        with pytest.raises(ValueError, match=r"in_place is True, and parameters\['w'\] is not an array"):
            self.step(style, {"w": np.float64(1)}, {"w": np.float64(2)})

    def test_states_of_another_dtype(self, style):
        with pytest.raises(ValueError, match=r"in_place is True, and state\['v'\] is not an array of dtype float64"):
            self.step(style, some((4, 3)), state={"v": some((4, 3), np.float32)})

    def test_shared_memory(self, style):
        w = some((4, 3))
        for g, state in ((w, None), (None, {"v": w}), (None, {"v": w[::-1]})):
            before = w.copy()
            with pytest.raises(ValueError, match="shares memory with another array"):
                self.step(style, w, g, state)
            np.testing.assert_array_equal(w, before)

    def test_parts_of_one_array_are_no_shared_memory(self, style):
        whole = some((8, 3))
        self.step(style, whole[:4], state={"v": whole[4:]})


def test_a_training_step_in_place():
    f = sn.compile(sn.training_step("classifier", "adam"))
    rng = np.random.default_rng(0)
    names = f.module.PARAMETERS
    shapes = dict(zip(names, [(5, 4), (4,), (4, 3), (3,)], strict=True))
    parameters = {name: rng.normal(size=shape) for name, shape in shapes.items()}
    x, y = rng.normal(size=(6, 5)), np.eye(3)[rng.integers(3, size=6)]
    wanted = f.step(parameters, x, y, f.init(parameters))
    found = f.step(parameters, x, y, f.init(parameters), in_place=True)
    assert found[0] == wanted[0]
    assert_same(found[1], wanted[1])
    assert all(found[1][name] is parameters[name] for name in names)


def test_a_constant_can_not_be_called_so():
    @sn.update
    def rule(w: "i", g: "i", *, in_place=0.1):
        return w - in_place * g

    with pytest.raises(sn.SymnetError, match="in_place"):
        sn.compile(rule)
