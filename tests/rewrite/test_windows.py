"""The adjoint of a convolution as a correlation with the turned kernel."""

import numpy as np
import pytest

import symnet as sn
from symnet.catalog import load
from symnet.printing.index_notation import text
from symnet.rewrite.windows import solved_for_position

TURNED = [
    ("conv1d", "dx", "Σ_o,r dy[n,o,t-r] k[o,c,r]"),
    ("conv2d", "dx", "Σ_o,r,s dy[n,o,h-r,w-s] k[o,c,r,s]"),
    ("conv2d_padded", "dpadded", "Σ_o,r,s dy[n,o,h-r,w-s] k[o,c,r,s]"),
    ("conv2d_dilated", "dx", "Σ_o,r,s dy[n,o,h-2r,w-2s] k[o,c,r,s]"),
    ("conv2d_grouped", "dx", "Σ_o,r,s dy[n,g,o,h-r,w-s] k[g,o,c,r,s]"),
    ("conv2d_strided", "dpadded", "Σ_o,h',w' dy[n,o,h',w'] k[o,c,h-2h',w-2w']"),
]


@pytest.mark.parametrize("name, gradient, expected", TURNED, ids=[name for name, *_ in TURNED])
def test_the_gradient_reads_the_kernel_turned_round(name, gradient, expected):
    d = sn.derive(load(name))
    node = next(n for n in d.backward if n.name == gradient)
    assert text(solved_for_position(node.expr), d.graph) == expected
    assert expected in d.text()


def test_what_it_says_is_what_is_computed():
    """dx[t] = sum_r dy[t - r] k[r] with dy zero outside: a correlation of the padded dy with the kernel reversed."""
    rng = np.random.default_rng(0)
    x, k, dy = rng.normal(size=(2, 3, 9)), rng.normal(size=(4, 3, 3)), rng.normal(size=(2, 4, 7))
    f = sn.compile(load("conv1d"))
    _, cache = f.forward(x, k, np.zeros(4))
    padded = np.pad(dy, ((0, 0), (0, 0), (2, 2)))
    turned = np.einsum("notr,ocr->nct", np.lib.stride_tricks.sliding_window_view(padded, 3, axis=2), k[:, :, ::-1])
    np.testing.assert_allclose(f.backward(dy, cache)[0], turned, rtol=1e-12)


def test_an_array_that_is_not_read_over_its_whole_range_is_left_alone():
    @sn.op
    def front(x: "t", k: "r"):
        y = sn.sum(x["t+r"] * k, over="r")
        return y

    d = sn.derive(front)
    assert solved_for_position(d.gradients["k"].expr) is None


@pytest.mark.parametrize("name", ["dense", "softmax", "batch_norm", "embedding", "attention"])
def test_without_a_window_nothing_is_added(name):
    d = sn.derive(load(name))
    assert all(solved_for_position(node.expr) is None for node in d.backward)
