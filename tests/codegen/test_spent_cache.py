"""A gradient is written over what forward left for backward, and yet a cache serves any number of calls."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import symnet as sn


@sn.op
def wave(x: "n d", *, rate=0.5) -> "n d":
    return x * sn.sin(x) * sn.exp(-rate * x**2)


@sn.op
def log_cosh(z: "n d", t: "n d") -> "":
    return sn.mean(sn.log(sn.cosh(z - t)), "n d")


@sn.op
def growth(x: "n d") -> "n d":
    return sn.exp(x)


@sn.op
def mixed(x: "n d", w: "d h") -> "n h":
    u = sn.sum(x * w, "d")
    return u * sn.sin(u)


def compiled(op, style):
    if style == "numba":
        pytest.importorskip("numba")
    return sn.compile(op, style=style)


def arrays(*shapes, dtype=np.float64):
    rng = np.random.default_rng(0)
    return [rng.normal(size=shape).astype(dtype) for shape in shapes]


@pytest.mark.parametrize("style", ["fast", "numba"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_every_call_with_a_cache_gives_the_same_gradient(style, dtype):
    f, (x, dy) = compiled(wave, style), arrays((40, 6), (40, 6), dtype=dtype)
    kept = x.copy()
    _, cache = f.forward(x, rate=0.25)
    (first,) = f.backward(dy, cache)
    held = first.copy()
    (second,) = f.backward(dy, cache)
    (third,) = f.backward(2 * dy, cache)
    np.testing.assert_array_equal(second, held)
    np.testing.assert_allclose(third, 2 * held, rtol=1e-6)
    np.testing.assert_array_equal(first, held)  # later calls leave it alone
    np.testing.assert_array_equal(x, kept)


@pytest.mark.parametrize("style", ["fast", "numba"])
def test_a_loss_and_a_gradient_that_its_caller_changes(style):
    f, (z, t) = compiled(log_cosh, style), arrays((30, 4), (30, 4))
    _, cache = f.forward(z, t)
    dz, dt = f.backward(1.0, cache)
    held = dz.copy(), dt.copy()
    dz *= 0
    for got, wanted in zip(f.backward(1.0, cache), held, strict=True):
        np.testing.assert_array_equal(got, wanted)


@pytest.mark.parametrize("style", ["fast", "numba"])
def test_a_wrong_gradient_from_above_leaves_a_cache_that_serves(style):
    f, (x, dy) = compiled(wave, style), arrays((5, 3), (5, 3))
    _, cache = f.forward(x)
    with pytest.raises(ValueError, match="dwave|dy|shape"):
        f.backward(dy[:2], cache)
    (dx,) = f.backward(dy, cache)
    readable = sn.compile(wave, style="readable")
    np.testing.assert_allclose(dx, readable.backward(dy, readable.forward(x)[1])[0], rtol=1e-9)


def test_threads_share_a_cache():
    f, (x, dy) = compiled(wave, "fast"), arrays((2000, 8), (2000, 8))
    _, cache = f.forward(x)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: f.backward(dy, cache)[0], range(8)))
    assert all(np.array_equal(found[0], dx) for dx in found)


@pytest.mark.parametrize("style", ["fast", "numba"])
def test_outputs_are_left_alone(style):
    f, (x, dy) = compiled(growth, style), arrays((20, 3), (20, 3))
    y, cache = f.forward(x)
    f.backward(dy, cache)
    np.testing.assert_allclose(y, np.exp(x))


def test_what_is_dear_to_compute_again_is_kept():
    assert "_spend" in compiled(wave, "fast").source
    assert "_spend" not in compiled(mixed, "fast").source
    assert "_spend" not in sn.compile(wave, style="fast", without=("spent_cache",)).source


@sn.op
def pinball(z: "n d", t: "n d", *, q=0.3) -> "":
    u = t - z
    return sn.mean(sn.log(1 + sn.exp(-u)) + q * u, "n d")


@pytest.mark.parametrize("style", ["fast", "numba"])
@pytest.mark.parametrize("factor", [1.0, 1, np.float32(1), -2.5, 0.0, np.nan])
def test_a_gradient_of_one_is_multiplied_by_as_any_other(style, factor):
    f, (z, t) = compiled(pinball, style), arrays((30, 4), (30, 4))
    readable = sn.compile(pinball, style="readable")
    wanted = readable.backward(factor, readable.forward(z, t)[1])
    _, cache = f.forward(z, t)
    for _ in range(2):
        for got, want in zip(f.backward(factor, cache), wanted, strict=True):
            np.testing.assert_allclose(got, want, rtol=1e-12)


@sn.op
def margin(z: "n d", y: sn.mask("n d")) -> "":
    u = z * sn.where(y, 1, -1)
    return sn.mean(sn.log(1 + sn.exp(-u)), "n d")


def test_nothing_is_left_to_do_for_a_gradient_of_one():
    """All but the gradient from above is multiplied in by forward, the size of the mean as well."""
    f, (z,) = compiled(margin, "fast"), arrays((30, 4))
    backward = f.source[f.source.index("def backward") : f.source.index("return (dz,)")]
    assert "if dloss != 1:" in backward and "1 / n" not in backward
    readable = sn.compile(margin, style="readable")
    for factor in (1.0, 3.0):
        got = f.backward(factor, f.forward(z, z > 0.2)[1])
        np.testing.assert_allclose(got, readable.backward(factor, readable.forward(z, z > 0.2)[1]), rtol=1e-12)
