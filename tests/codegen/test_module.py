"""Compiling and writing: what happens around the text of a module."""

from __future__ import annotations

import importlib
import pickle
import traceback

import numpy as np
import pytest

import symnet as sn
from symnet.catalog import load
from symnet.codegen import function_source
from symnet.errors import SymnetError
from tests.codegen.agreement import STYLES, loaded
from tests.styles import STYLES as COMPILED_TOO

every_style = pytest.mark.parametrize("style", STYLES)


def test_compiling_twice_gives_the_same_object():
    op = load("dense")
    assert sn.compile(op) is sn.compile(op)
    assert sn.compile(op).name == "dense" and "def forward" in sn.compile(op).source


def test_compile_is_fast_and_generate_readable_unless_told_otherwise(tmp_path):
    op = load("softmax")
    assert sn.compile(op) is sn.compile(op, "fast") and sn.compile(op) is not sn.compile(op, "readable")
    assert sn.compile(op).source == sn.codegen.module_source(op, "fast")
    assert sn.generate(op, tmp_path).read_text(encoding="utf-8") == sn.codegen.module_source(op, "readable")


@every_style
def test_a_plain_function_can_be_compiled(style):
    def double(x: "n"):
        return 2 * x

    y, _ = sn.compile(double, style).forward(np.ones(2))
    assert y.tolist() == [2, 2]


@every_style
def test_tracebacks_show_the_generated_line(style):
    try:
        sn.compile(load("softmax"), style).forward(np.ones(3))
    except ValueError:
        assert "z = _inputs(z=z)" in traceback.format_exc()
    else:
        pytest.fail("a vector is not a matrix of logits")


@every_style
def test_no_file_of_the_same_name_is_taken_for_the_module(tmp_path, monkeypatch, style):
    (tmp_path / "softmax.py").write_text("raise SystemExit")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModuleNotFoundError):  # numba and pickle look for the module of a function so
        importlib.import_module(sn.compile(load("softmax"), style).forward.__module__)


def test_what_was_compiled_can_be_sent_to_another_process():
    softmax = sn.compile(load("softmax"))
    z = np.ones((2, 3))
    again = pickle.loads(pickle.dumps(softmax))
    assert np.array_equal(again.forward(z)[0], softmax.forward(z)[0])


@pytest.mark.parametrize(("style", "file"), [("readable", "dense.py"), ("fast", "dense_fast.py")])
def test_generate_writes_the_module_and_nothing_else(tmp_path, style, file):
    path = sn.generate(load("dense"), tmp_path / "new", style)
    assert path == tmp_path / "new" / file
    assert path.read_text(encoding="utf-8") == sn.compile(load("dense"), style).source
    assert list(path.parent.iterdir()) == [path]


def test_a_failure_leaves_the_old_file_alone(tmp_path):
    path = tmp_path / "broken.py"
    path.write_text("old")

    @sn.op(name="broken")
    def broken(x: "n"):
        return sn.sum(x, over="m")

    with pytest.raises(SymnetError):
        sn.generate(broken, tmp_path)
    assert path.read_text() == "old" and list(tmp_path.iterdir()) == [path]


def test_the_file_of_a_definition_is_never_written_over(tmp_path):
    path = tmp_path / "dense.py"
    path.write_text("import symnet as sn\n")
    with pytest.raises(SymnetError, match="was not written by symnet"):
        sn.generate(load("dense"), tmp_path)
    assert path.read_text() == "import symnet as sn\n" and list(tmp_path.iterdir()) == [path]


def test_a_folder_that_can_not_be_made_is_a_symnet_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(SymnetError, match="can not write"):
        sn.generate(load("dense"), tmp_path / "file")


@every_style
def test_several_outputs_come_and_go_as_tuples(style):
    @sn.op
    def pair(x: "n"):
        return sn.exp(x), sn.sum(x)

    (e, s), cache = sn.compile(pair, style).forward(np.zeros(2))
    (dx,) = sn.compile(pair, style).backward(np.ones(2), 3.0, cache)
    assert e.tolist() == [1, 1] and s == 0 and dx.tolist() == [4, 4]


@every_style
def test_a_tuple_of_one_output_stays_a_tuple(style):
    @sn.op
    def single(x: "n"):
        return (2 * x,)

    outputs, cache = sn.compile(single, style).forward(np.ones(2))
    assert isinstance(outputs, tuple) and outputs[0].tolist() == [2, 2]


def test_a_jacobian_is_one_function():
    module = loaded(function_source(sn.derive(load("softmax"), what="jacobian")))
    (jacobian,) = module.jacobian(np.zeros((1, 2)))
    assert np.allclose(jacobian[0, :, 0], [[0.25, -0.25], [-0.25, 0.25]])


@every_style
def test_constants_may_be_called_min_and_max(style):
    @sn.op
    def held(x: "n", *, min=-1.0, max=1.0):
        return sn.clip(x, min, max)

    y, _ = sn.compile(held, style).forward(np.array([-3.0, 0.5, 5.0]), min=-2.0, max=0.25)
    assert np.array_equal(y, [-2.0, 0.25, 0.25])


@pytest.mark.parametrize("style", ["readable", "fast"])
def test_only_the_gradients_that_are_wanted(style):
    network, rng = load("two_layer_network"), np.random.default_rng(0)
    arrays = [rng.normal(size=size) for size in ((4, 3), (4, 2), (3, 5), (5, 2))]
    whole, some = sn.compile(network, style), sn.compile(network, style, wrt=("w2", "w1"))
    dy = whole.backward(1.0, whole.forward(*arrays)[1])
    found = some.backward(1.0, some.forward(*arrays)[1])
    assert len(found) == 2
    for one, other in zip(found, dy[2:], strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-13)
    assert "dx" not in some.source
    assert "run `symnet generate two_layer_network --wrt w1 --wrt w2`" in some.source
    assert sn.compile(network, style) is whole


def test_what_has_no_gradient_is_refused(tmp_path):
    with pytest.raises(sn.SymnetError, match="'labels' gets no gradient; inputs with a gradient: z"):
        sn.compile("softmax_cross_entropy_labels", wrt="labels")
    with pytest.raises(sn.SymnetError, match="adam is a step, which moves all of its parameters; leave wrt out"):
        sn.generate("adam", tmp_path, wrt="p")
    assert not list(tmp_path.iterdir())


@every_style
def test_what_was_compiled_can_be_called_for_its_value(style):
    x = np.array([[-1.0, 1.0]])
    assert np.array_equal(sn.compile("relu", style)(x), [[0, 1]])
    assert np.array_equal(sn.compile("relu", what="jvp")(x, np.ones((1, 2)))[-1], [[0, 1]])
    with pytest.raises(sn.SymnetError, match="adam is a step(.|\n)*call step"):
        sn.compile("adam", style)(x, x)


@every_style
def test_a_masked_array_is_refused(style):
    x = np.ma.masked_array(np.ones((1, 2)), mask=[[True, False]])
    for _ in range(2):
        with pytest.raises(ValueError, match=r"relu: x is a masked array.*x.filled"):
            sn.compile("relu", style).forward(x)


@pytest.mark.parametrize("style", COMPILED_TOO)
@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.uint64, ">i2"])
def test_labels_are_computed_with_as_the_numbers_that_they_are(dtype, style):
    """Of 8 bits 100**2 and without a sign 1 - 2 would wrap."""

    @sn.op
    def f(z: "n", s: "c", y: sn.labels("n", below="c")):
        return sn.sum(z["m"] * abs(y - y["m"]), over="m") + s[y] * (y + 100) * y**2 - sn.sum(y)

    rng = np.random.default_rng(0)
    z, s, y = rng.normal(size=4), rng.normal(size=120), np.array([1, 119, 0, 100])
    wanted = z @ abs(y[:, None] - y) + s[y] * (y + 100) * y**2 - y.sum()
    found, cache = sn.compile(f, style).forward(z, s, y.astype(dtype))
    np.testing.assert_allclose(found, wanted)
    dz, ds = sn.compile(f, style).backward(np.ones(4), cache)
    np.testing.assert_allclose(dz, abs(y[:, None] - y).sum(axis=1))
    np.testing.assert_allclose(ds[y], (y + 100) * y**2)


@every_style
@pytest.mark.parametrize("place", [1, -1, 2.5])
def test_a_number_of_a_place_need_not_be_one(place, style):
    @sn.op
    def at(x: "n d"):
        return sn.sum(x**2 * (sn.index("n") == place), over="n")

    for n in (1, 3):
        x = np.ones((n, 2))
        y, cache = sn.compile(at, style).forward(x)
        found = (np.arange(n) == place)[:, None] * x
        np.testing.assert_array_equal(y, found.sum(axis=0))
        np.testing.assert_array_equal(sn.compile(at, style).backward(np.ones(2), cache)[0], 2 * found)


@every_style
def test_a_position_from_the_end_is_one_of_the_axis(style):
    @sn.op
    def second_last(x: "n d", h: "d"):
        def step(h, x):
            return sn.tanh(h + x)

        return sn.flip(x, "n")["1 d"], sn.flip(sn.scan(step, h, x, over="n"), "n")["1 d"]

    @sn.op
    def of_states(x: "n d", h: "d"):
        return second_last(x, h)[1]

    for op in (second_last, of_states):
        with pytest.raises(ValueError, match="axis 'n' would have 0 entries: too small"):
            sn.compile(op, style).forward(np.ones((1, 2)), np.ones(2))
    (last, _), _ = sn.compile(second_last, style).forward(np.array([[1.0, 2.0], [3.0, 4.0]]), np.ones(2))
    assert np.array_equal(last, [1, 2])


@pytest.mark.parametrize("style", COMPILED_TOO)
def test_a_power_of_a_negative_constant_is_no_complex_number(style):
    @sn.op
    def faded(x: "n", *, p=0.3, gamma=2.5):
        return x * (1 - p) ** gamma

    f = sn.compile(faded, style).forward
    assert np.allclose(f(np.ones(2))[0], 0.7**2.5)
    with np.errstate(invalid="ignore"):
        y, _ = f(np.ones(2), p=2.0)
    assert y.dtype == float and np.all(np.isnan(y))
