"""Jacobians and Hessians that are no one formula: what the chain rule says, line by line."""

from __future__ import annotations

import numpy as np
import pytest

import symnet as sn
from symnet.check.equality import verify_derivation
from symnet.check.sample import draw
from tests.unseen.losses import LOSSES

STEP = 1e-6


@sn.op
def overlap(z: "n", y: sn.mask("n"), *, a=0.3, b=0.7, eps=1.0):
    """A Tversky loss: what is missed and what is found in vain count differently."""
    p = sn.sigmoid(z)
    tp, fp, fn = sn.sum(p * y), sn.sum(p * (1 - y)), sn.sum((1 - p) * y)
    return 1 - (tp + eps) / (tp + a * fp + b * fn + eps)


@sn.op
def states(x: "t n d", h0: "n d", w: "d"):
    """All states of a recurrence, and the last ones once more."""

    def step(h, x):
        return sn.tanh(x + h * w)

    h = sn.scan(step, h0, x, over="t")
    return sn.sum(h**2) + sn.sum(sn.last(h, over="t"))


@sn.op
def running(x: "n t", h0: "n", a: ""):
    """An array of states, which the Jacobian is of."""

    def step(h, x):
        return a * h + sn.sin(x)

    return sn.scan(step, h0, x, over="t")


LONG = {"nt_xent": LOSSES.operations["nt_xent"], "overlap": overlap, "states": states}


def differences(function, arrays: dict[str, np.ndarray], name: str) -> np.ndarray:
    """The slopes of a function by an array, whose axes stand last."""
    x = arrays[name]
    units = np.eye(x.size).reshape(x.size, *x.shape) * STEP
    slopes = [(function(**arrays | {name: x + u}) - function(**arrays | {name: x - u})) / (2 * STEP) for u in units]
    return np.stack(slopes, -1).reshape(*np.shape(slopes[0]), *x.shape)


@pytest.mark.parametrize("op", LONG.values(), ids=LONG)
def test_a_long_hessian_is_the_change_of_the_gradient(op):
    derivation = sn.derive(op, what="hessian")
    assert derivation.lines and derivation.certificate.startswith("checked")
    arrays = draw(op.graph, np.random.default_rng(3)).inputs
    names = [n.name for n in op.graph.differentiable_inputs]
    compiled = sn.compile(op)

    def gradient(k):
        return lambda **given: np.asarray(compiled.backward(1.0, compiled.forward(**given)[1])[k])

    found = dict(zip(derivation.gradients, sn.compile(op, what="hessian").hessian(**arrays), strict=True))
    for key, block in found.items():
        of, _, by = key.partition(",")
        wanted = differences(gradient(names.index(of)), arrays, by or of)
        assert block.shape == wanted.shape and np.allclose(block, wanted, atol=1e-7), key


def test_the_jacobian_of_a_scan():
    arrays = draw(running.graph, np.random.default_rng(4)).inputs
    compiled = sn.compile(running)
    found = dict(zip(arrays, sn.compile(running, what="jacobian").jacobian(**arrays), strict=True))
    for name, block in found.items():
        wanted = differences(lambda **given: compiled.forward(**given)[0], arrays, name)
        assert block.shape == wanted.shape and np.allclose(block, wanted, atol=1e-8), name


@pytest.mark.parametrize("op, wrt, what", [
    (overlap, "z", "hessian"), (states, "h0", "hessian"), (states, "w", "hessian"), (running, None, "jacobian"),
])  # fmt: skip
def test_every_line_of_it_is_true(op, wrt, what):
    assert max(error for _, error in verify_derivation(sn.derive(op, wrt, what))) < 1e-9


@pytest.mark.parametrize("lang, words", [("en", "too long for one formula"), ("ru", "слишком длинны для одной")])
def test_its_page_says_that_it_is_computed_line_by_line(lang, words):
    pages = [" ".join(sn.derive(op, what="hessian").text(lang=lang).split()) for op in (overlap, states)]
    assert all(words in page for page in pages)
    assert "given is ." not in pages[1]
    assert words not in sn.derive("logistic_regression", "w", what="hessian").text(lang=lang)


def test_the_gradient_in_it_starts_from_an_upstream_gradient_of_1():
    assert "dh_back[T,n,d] = 1" in sn.derive(states, what="hessian").text()
