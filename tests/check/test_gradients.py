"""A gradient check passes right modules and names what is wrong in broken ones."""

import math

import numpy as np
import pytest

import symnet as sn
from symnet.check.gradients import LARGE, check_module


@sn.op
def dense(x: "n d", w: "d e", b: "e", m: sn.mask("n e")):
    return (sn.sum(x * w, over="d") + b) * m


class Dense:
    """A right module, written by hand; ``spoil`` breaks its gradients."""

    def __init__(self, spoil=None):
        self.spoil = spoil

    def forward(self, x, w, b, m):
        return (x @ w + b) * m, (x, w, m)

    def backward(self, dy, cache):
        x, w, m = cache
        dz = dy * m
        gradients = [dz @ w.T, x.T @ dz, dz.sum(0)]
        if self.spoil:
            self.spoil(gradients)
        return tuple(gradients)


def test_a_right_module_passes():
    report = check_module(dense, Dense())
    assert report.ok
    assert report.max_error < 1e-9
    assert {(r.input, r.method) for r in report.rows} >= {
        (name, method) for name in "xwb" for method in ("central differences", "complex step")
    }
    assert report.without_gradient == ("m (mask)",)
    assert max(r.error for r in report.rows if r.method == "complex step") < 1e-12


def test_sizes_are_unequal_and_one_draw_has_ones():
    sizes = {tuple(r.sizes.items()) for r in check_module(dense, Dense()).rows}
    assert any(1 in dict(s).values() for s in sizes)
    assert any(len(set(dict(s).values())) == 3 for s in sizes)


@pytest.mark.parametrize("factor", [1 + 1e-6, -1, 0])
def test_a_wrong_gradient_is_found_and_named(factor):
    def spoil(gradients):
        gradients[1][-1, 0] *= factor

    report = check_module(dense, Dense(spoil))
    assert not report.ok
    wrong = report.wrong
    assert {r.operation for r in wrong} == {"dense"}
    assert {r.input for r in wrong} == {"w"}
    assert {r.method for r in wrong} == {"central differences", "complex step"}
    for row in wrong:
        assert row.index == (row.sizes["d"] - 1, 0)
        assert row.computed == pytest.approx(factor * row.reference)
        assert "50 digits" in row.note
        assert f"w[{row.index[0]}, 0] is {row.computed!r}" in report.table()
        assert repr(row.reference) in report.table()


def test_a_nan_gradient_is_wrong():
    def spoil(gradients):
        gradients[0][0, 0] = np.nan

    report = check_module(dense, Dense(spoil), trials=1)
    assert {r.input for r in report.wrong} == {"x"}
    assert report.max_error == math.inf


def test_a_transposed_gradient_and_a_missing_one_are_found():
    def transpose(gradients):
        gradients[1] = gradients[1].T

    report = check_module(dense, Dense(transpose))
    assert "the gradient of w has shape" in report.table()
    report = check_module(dense, Dense(lambda gradients: gradients.pop()))
    assert "2 gradients, there are 3 differentiable inputs" in report.table()


def test_a_wrong_forward_pass_is_found():
    class Shifted(Dense):
        def forward(self, *inputs):
            y, cache = super().forward(*inputs)
            y[0, 0] += 1e-6
            return y, cache

    report = check_module(dense, Shifted(), trials=1)
    assert [(r.input, r.method, r.index) for r in report.wrong] == [("y", "forward", (0, 0))]
    assert "by its definition" in report.table()


def test_a_module_that_raises_is_a_finding():
    class Raising(Dense):
        def backward(self, dy, cache):
            raise ValueError("axes don't match")

    report = check_module(dense, Raising(), trials=1)
    assert "WRONG dense: backward raises ValueError: axes don't match" in report.table()
    assert report.max_error == math.inf


def test_swapped_upstream_gradients_are_found():
    @sn.op
    def two(x: "n"):
        return sn.sin(x), sn.cos(x)

    class Two:
        def forward(self, x):
            return (np.sin(x), np.cos(x)), x

        def backward(self, dy1, dy2, x):
            return (dy1 * np.cos(x) - dy2 * np.sin(x),)

    class Swapped(Two):
        def backward(self, dy1, dy2, x):
            return super().backward(dy2, dy1, x)

    assert check_module(two, Two()).ok
    assert not check_module(two, Swapped()).ok


class Huge:
    """sum tanh(x w) over an input of more than LARGE entries."""

    def __init__(self, factor=1.0):
        self.factor = factor

    def forward(self, x):
        return np.sum(np.tanh(x)), x

    def backward(self, dloss, x):
        gradient = dloss * (1 - np.tanh(x) ** 2)
        gradient.flat[77] *= self.factor
        return (gradient,)


def test_large_inputs_are_checked_along_directions_and_a_wrong_entry_is_still_named():
    @sn.op
    def huge(x: "a b c d e"):
        return sn.sum(sn.tanh(x))

    report = check_module(huge, Huge(), trials=1)
    assert math.prod(report.rows[0].sizes.values()) > LARGE
    assert report.ok
    assert {r.method for r in report.rows} == {"forward", "central, directional", "complex step, directional"}
    wrong = check_module(huge, Huge(1.5), trials=1).wrong
    assert {r.index for r in wrong} == {np.unravel_index(77, tuple(wrong[0].sizes.values()))}
    assert all(r.computed == pytest.approx(1.5 * r.reference) for r in wrong)


def test_a_gradient_that_is_zero_by_cancellation_passes_and_a_wrong_one_does_not():
    @sn.op
    def shift(b: "n", z: "n c"):
        return sn.softmax(z + b, over="c")

    class Shift:
        def __init__(self, db):
            self.db = db

        def forward(self, b, z):
            p = np.exp(z + b[:, None])
            p /= p.sum(1, keepdims=True)
            return p, (b, p)

        def backward(self, dy, cache):
            b, p = cache
            dz = p * (dy - (dy * p).sum(1, keepdims=True))
            return self.db(b, dz), dz

    assert check_module(shift, Shift(lambda b, dz: dz.sum(1))).ok
    assert check_module(shift, Shift(lambda b, dz: 0 * b)).ok
    wrong = check_module(shift, Shift(lambda b, dz: 0 * b + 1e-6)).wrong
    assert {r.input for r in wrong} == {"b"}


def test_a_tiny_gradient_is_not_taken_for_zero():
    @sn.op
    def tiny(x: "n"):
        y = sn.sin(x)
        return y * 1e-12 + 1

    class Tiny:
        def __init__(self, factor):
            self.factor = factor

        def forward(self, x):
            return np.sin(x) * 1e-12 + 1, x

        def backward(self, dy, x):
            return (self.factor * 1e-12 * dy * np.cos(x),)

    assert check_module(tiny, Tiny(1)).ok
    assert not check_module(tiny, Tiny(1.01)).ok


def test_central_differences_that_fail_are_settled_before_anything_is_called_wrong():
    @sn.op
    def rough(x: "n"):
        return sn.sin(x * 1e6) + 1e3 * x

    class Rough:
        def forward(self, x):
            return np.sin(x * 1e6) + 1e3 * x, x

        def backward(self, dy, x):
            return (dy * (1e6 * np.cos(x * 1e6) + 1e3),)

    report = check_module(rough, Rough(), trials=1)
    assert report.ok
    assert "the complex step settles it" in report.table()


def test_the_convention_at_structural_ties_holds():
    @sn.op
    def masked(x: "n d", m: sn.mask("n d")):
        return sn.relu(x * m)

    class Masked:
        def forward(self, x, m):
            return np.maximum(x * m, 0), (x * m > 0) * m

        def backward(self, dy, slope):
            return (dy * slope,)

    assert check_module(masked, Masked()).ok


def test_equal_seeds_give_equal_reports():
    assert check_module(dense, Dense(), seed=4) == check_module(dense, Dense(), seed=4)
    assert check_module(dense, Dense(), seed=4) != check_module(dense, Dense(), seed=5)


@pytest.mark.parametrize("operation", ["glu", "adam", dense])
@pytest.mark.parametrize("trials", [0, -1])
def test_a_check_of_nothing_is_refused(operation, trials):
    with pytest.raises(sn.SymnetError, match=f"trials is {trials}, and nothing would be checked"):
        sn.check_gradients(operation, trials=trials)
