"""What textbooks say of the classical operations, as statements about their derivations and modules."""

from __future__ import annotations

import numpy as np
import pytest

import symnet as sn
from symnet.catalog import load
from symnet.printing.index_notation import text

rng = np.random.default_rng(11)


def gradients(op):
    d = sn.derive(op)
    shown = {name: text(n.expr, d.graph) for name, n in d.shown.items()}  # of a loss with upstream gradient 1
    return shown | {name: shown[n.name] for name, n in d.gradients.items()}


def slope(name, x, **constants):
    """The derivative of an elementwise operation at points, by the generated module."""
    f = sn.compile(name, "readable")
    x = np.asarray(x, float)[None]
    _, cache = f.forward(x, **constants)
    return f.backward(np.ones_like(x), cache)[0][0]


STAGES = [
    ("binary_hinge", "s", "-y[n] [1 - s[n] y[n] > 0]/N"),
    ("gaussian_nll", "mu", "(μ[n] - y[n])/(N var[n])"),
    ("perceptron", "ds", "where(y[n] s[n] > 0, 0, -y[n])"),
    ("perceptron", "w", "Σ_n ds[n] x[n,d]"),
    ("ridge_regression", "w", "Σ_n dr[n] x[n,d] + λ w[d]"),
    ("triplet", "a", "2 (dfar[n] (a[n,d] - q[n,d]) + dnear[n] (a[n,d] - p[n,d]))"),
    ("whiten", "x", "Σ_k dy[n,k] w[d,k]"),
    ("maxout", "dz", "dy[n,h] [argmax_k' z[n,h,k'] = k]"),
    ("classifier", "dz2", "(p[n,c] - y[n,c])/N"),
    ("conv1d", "x", "Σ_o,t',r dy[n,o,t'] k[o,c,r] δ[t,t'+r]"),
    ("conv2d", "x", "Σ_o,h',w',r,s dy[n,o,h',w'] k[o,c,r,s] δ[h,h'+r] δ[w,w'+s]"),
    ("prelu", "a", "Σ_n dy[n,d] where(x[n,d] > 0, 0, x[n,d])"),
]


@pytest.mark.parametrize("name, of, expected", STAGES, ids=[f"{n}-{o}" for n, o, _ in STAGES])
def test_a_gradient_or_a_stage_of_it_is_the_textbook_form(name, of, expected):
    assert gradients(load(name))[of] == expected


@pytest.mark.parametrize("style", ["readable", "fast"])
def test_the_gradient_of_a_convolution_is_a_correlation_with_the_flipped_kernel(style):
    f = sn.compile("conv2d", style)
    x, k = rng.normal(size=(2, 3, 6, 7)), rng.normal(size=(4, 3, 3, 2))
    y, cache = f.forward(x, k, np.zeros(4))
    dy = rng.normal(size=y.shape)
    framed = np.pad(dy, ((0, 0), (0, 0), (2, 2), (1, 1)))  # one row less than the kernel at every side
    flipped = k[:, :, ::-1, ::-1].transpose(1, 0, 2, 3)
    correlated, _ = f.forward(framed, flipped, np.zeros(3))
    assert np.allclose(f.backward(dy, cache)[0], correlated, atol=1e-12)


def test_tanh_in_its_exponential_forms_has_one_gradient():
    @sn.op
    def quotient(x: "n"):
        return (sn.exp(x) - sn.exp(-x)) / (sn.exp(x) + sn.exp(-x))

    @sn.op
    def of_sigmoid(x: "n"):
        return 2 * sn.sigmoid(2 * x) - 1

    x = np.linspace(-3, 3, 13)
    for op in (quotient, of_sigmoid):
        f = sn.compile(op)
        y, cache = f.forward(x)
        assert np.allclose(y, np.tanh(x), atol=1e-14)
        assert np.allclose(f.backward(np.ones(13), cache)[0], 1 - np.tanh(x) ** 2, atol=1e-14)


def test_the_gradient_of_least_squares_vanishes_at_the_normal_equations():
    x, y = rng.normal(size=(9, 3)), rng.normal(size=9)
    found = gradients(load("least_squares"))
    assert found["w"] == "Σ_n dr[n] x[n,d]" and found["dr"] == "r[n]"
    w = np.linalg.solve(x.T @ x, x.T @ y)
    f = sn.compile("least_squares")
    assert np.allclose(f.backward(1.0, f.forward(x, w, y)[1])[1], 0, atol=1e-12)


def test_elu_is_continuously_differentiable_only_for_alpha_1():
    below, above = -1e-12, 1e-12
    for alpha in (0.5, 1.0, 2.0):
        left, right = slope("elu", [below, above], alpha=alpha)
        assert (left, right) == pytest.approx((alpha, 1.0), abs=1e-9)
    values = sn.compile("elu").forward(np.array([[below, 0.0, above]]), alpha=2.0)[0]
    assert np.allclose(values, 0, atol=1e-11)  # continuous for every alpha


@pytest.mark.parametrize("name, second", [("relu", 0.0), ("leaky_relu", 0.01)])
def test_maxout_holds_relu_and_leaky_relu(name, second):
    """The larger of x and a x: k = 2 with W = (I, a I) and no bias."""
    maxout, other = sn.compile("maxout"), sn.compile(name)
    x = rng.normal(size=(5, 3))
    w = np.stack([np.eye(3), second * np.eye(3)], axis=-1)
    y, cache = maxout.forward(x, w, np.zeros((3, 2)))
    wanted, kept = other.forward(x)
    assert np.array_equal(y, wanted)
    dy = rng.normal(size=y.shape)
    assert np.allclose(maxout.backward(dy, cache)[0], other.backward(dy, kept)[0], atol=1e-15)


def test_both_layouts_of_a_dense_layer_have_the_same_gradients():
    x, w, b, dy = (rng.normal(size=s) for s in ((4, 3), (3, 5), (5,), (4, 5)))
    f, g = sn.compile("dense"), sn.compile("dense_transposed")
    dx, dw, db = f.backward(dy, f.forward(x, w, b)[1])
    for ours, theirs in zip((dx, dw.T, db), g.backward(dy, g.forward(x, w.T, b)[1])):
        assert np.allclose(ours, theirs, atol=1e-14)


def test_batch_norm_at_test_time_folds_into_the_dense_layer_before_it():
    x, w, b = (rng.normal(size=s) for s in ((4, 3), (3, 5), (5,)))
    gamma, beta, mu, var = rng.normal(size=5), rng.normal(size=5), rng.normal(size=5), rng.uniform(0.5, 2, 5)
    z, _ = sn.compile("dense").forward(x, w, b)
    wanted, _ = sn.compile("batch_norm_inference").forward(z, gamma, beta, mu, var)
    (v, c), _ = sn.compile("batch_norm_folded").forward(w, b, gamma, beta, mu, var)
    assert np.allclose(sn.compile("dense").forward(x, v, c)[0], wanted, atol=1e-13)


def test_batch_norm_at_test_time_with_statistics_of_one_batch_is_that_of_training():
    x, gamma, beta = rng.normal(2, 3, (8, 4)), rng.normal(size=4), rng.normal(size=4)
    wanted, _ = sn.compile("batch_norm").forward(x, gamma, beta)
    rule = sn.compile("running_statistics")
    mu, state = rule.step(np.zeros(4), x, rule.init(np.zeros(4)), rate=1.0)
    var = state["var"] * 7 / 8  # training divides by N, the running variance is the unbiased one
    found, _ = sn.compile("batch_norm_inference").forward(x, gamma, beta, mu, var)
    assert np.allclose(found, wanted, atol=1e-12)


@pytest.mark.parametrize("kind", ["pca", "zca"])
def test_whitened_features_have_the_covariance_of_the_unit_matrix(kind):
    x = rng.normal(size=(40, 4)) @ rng.normal(size=(4, 4)) + 3
    covariance, transform = sn.compile("covariance"), sn.compile("whiten")
    values, vectors = np.linalg.eigh(covariance.forward(x)[0])
    w = vectors / np.sqrt(values)
    w = w @ vectors.T if kind == "zca" else w
    y, _ = transform.forward(x, x.mean(0), w)
    assert np.allclose(covariance.forward(y)[0], np.eye(4), atol=1e-12) and np.allclose(y.mean(0), 0, atol=1e-12)
    assert kind == "pca" or np.allclose(w, w.T, atol=1e-12)  # ZCA is the symmetric one
