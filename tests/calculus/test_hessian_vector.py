"""Products of a Hessian with a direction: the tangent of the gradient, never the matrix."""

from __future__ import annotations

import ast

import numpy as np
import pytest

import symnet as sn
from symnet.check.equality import verify_derivation
from symnet.codegen import function_source, generate
from symnet.codegen.module import load
from symnet.printing.index_notation import text

rng = np.random.default_rng(7)


def test_the_product_for_softmax_cross_entropy_is_diag_p_minus_p_p_times_v():
    d = sn.derive("softmax_cross_entropy", "z", what="hvp")
    found = {n.name: text(n.expr, d.stable) for n in d.backward}
    assert found == {"tp": "p[n,c] (tz[n,c] - Σ_c' p[n,c'] tz[n,c'])", "tdz": "tp[n,c]/N"}
    assert list(d.gradients) == ["z"] and "The product of the Hessian" in d.text()


def test_the_product_agrees_with_the_hessian():
    x, w, y, v = rng.normal(size=(6, 3)), rng.normal(size=3), (rng.random(6) > 0.5) * 1.0, rng.normal(size=3)
    hessian = sn.derive("logistic_regression", ("w", "b"), what="hessian")
    matrix = load("hessian", function_source(hessian)).hessian
    blocks = dict(zip(hessian.gradients, matrix(x, w, np.array(0.3), y)))
    product = sn.derive("logistic_regression", ("w", "b"), what="hvp")
    hv = load("hvp", function_source(product)).hvp(x, w, np.array(0.3), y, v, np.array(-0.7))
    assert np.allclose(hv[0], blocks["w"] @ v - 0.7 * blocks["w,b"], rtol=1e-12)
    assert np.allclose(hv[1], blocks["b,w"] @ v - 0.7 * blocks["b"], rtol=1e-12)


@pytest.mark.parametrize("name", ["two_layer_network", "gaussian_nll", "info_nce", "classifier"])
def test_the_product_is_the_change_of_the_gradient_and_symmetric(name):
    from symnet.check.sample import draw

    op = sn.compile(name)
    graph = sn.derive(name).graph
    inputs = draw(graph, rng).inputs
    wrt = [n.name for n in graph.differentiable_inputs]
    u, v = ({n: rng.normal(size=np.shape(inputs[n])) for n in wrt} for _ in range(2))

    def gradient(step):
        moved = [inputs[n.name] + step * v.get(n.name, 0) for n in graph.inputs]
        return op.backward(1.0, op.forward(*moved)[1])

    hvp = sn.compile(name, what="hvp").hvp
    product = hvp(*inputs.values(), *v.values())
    numeric = [(a - b) / 2e-5 for a, b in zip(gradient(1e-5), gradient(-1e-5))]
    largest = max(np.max(np.abs(n)) for n in numeric)
    for ours, theirs in zip(product, numeric, strict=True):
        assert np.allclose(ours, theirs, rtol=0, atol=1e-7 * max(largest, 1))
    other = hvp(*inputs.values(), *u.values())
    left = sum(np.sum(a * b) for a, b in zip(u.values(), product))
    right = sum(np.sum(a * b) for a, b in zip(v.values(), other))
    assert left == pytest.approx(right, rel=1e-10)


def test_the_generated_module_imports_only_numpy_and_says_how_to_make_it(tmp_path):
    source = generate("softmax_cross_entropy", tmp_path, what="hvp").read_text()
    imports = [a.name for s in ast.walk(ast.parse(source)) if isinstance(s, ast.Import) for a in s.names]
    assert imports == ["numpy"] and "`symnet generate softmax_cross_entropy --what hvp`" in source


def test_what_has_no_hessian_is_refused():
    with pytest.raises(sn.SymnetError, match="Hessian is of a scalar"):
        sn.derive("dense", what="hvp")
    with pytest.raises(sn.SymnetError, match="adam has no hvp"):
        sn.compile("adam", what="hvp")
    with pytest.raises(AttributeError, match="jacobian"):
        _ = sn.compile("softmax_cross_entropy", what="hvp").jacobian


# Fisher information: the mean over the model's own labels of the outer product of the score


def test_the_hessian_of_cross_entropy_is_its_fisher_information():
    """F = sum_k p_k s_k s_k^T with the score s_k = p - e_k; the Hessian does not read the labels."""

    @sn.op
    def loss(z: "c", y: sn.one_hot("c")):
        p = sn.softmax(z, over="c")
        return -sn.sum(y * sn.log(p), over="c")

    d = sn.derive(loss, "z", what="hessian")
    assert "y" not in text(d.gradients["z"].expr, d.graph)
    z = rng.normal(size=5)
    f = sn.compile(loss)
    p = np.exp(z) / np.exp(z).sum()
    scores = [f.backward(1.0, f.forward(z, np.eye(5)[k])[1])[0] for k in range(5)]
    fisher = sum(p[k] * np.outer(s, s) for k, s in enumerate(scores))
    (hessian,) = sn.compile(loss, what="hessian").hessian(z, np.eye(5)[0])
    assert np.allclose(fisher, hessian, atol=1e-14) and np.allclose(hessian, np.diag(p) - np.outer(p, p))


def test_the_hessian_of_binary_cross_entropy_is_its_fisher_information():
    d = sn.derive("binary_cross_entropy", "z", what="hessian")
    assert text(d.gradients["z"].expr, d.graph) == "p[n] δ[n,n']/N · (1 - p[n])"
    z = np.array([0.8])
    f = sn.compile("binary_cross_entropy")
    p = 1 / (1 + np.exp(-z))
    scores = [f.backward(1.0, f.forward(z, np.array([y]))[1])[0] for y in (0.0, 1.0)]
    (hessian,) = sn.compile("binary_cross_entropy", what="hessian").hessian(z, np.array([1.0]))
    assert (1 - p) * scores[0] ** 2 + p * scores[1] ** 2 == pytest.approx(hessian.ravel()) == p * (1 - p)


def test_a_product_does_not_divide_by_weights_that_a_mask_makes_0():
    @sn.op
    def smoothed(x: "n", y: "n"):
        """Every entry from the others by softmax weights of their distances."""
        distance = (x - x["m"]) ** 2
        s = sn.where(sn.index("n") == sn.index("m"), -sn.inf, -distance)
        w = sn.softmax(s, over="m")
        return sn.sum((y - sn.sum(w * y["m"], over="m")) ** 2)

    x, y, v = rng.normal(size=(3, 4))
    f, h = sn.compile(smoothed), 1e-6
    (found,) = sn.compile(smoothed, what="hvp").hvp(x, y, v, np.zeros(4))[:1]
    up, down = (f.backward(1.0, f.forward(x + k * v, y)[1])[0] for k in (h, -h))
    assert np.allclose(found, (up - down) / (2 * h), rtol=1e-7)


@sn.op
def of_two(p: "n", q: "n"):
    """The name of an intermediate is that which the tangent of an input would have."""
    tp = p * q
    loss = sn.sum(sn.sin(tp) * p)
    return loss


@pytest.mark.parametrize("what", ["jvp", "hvp"])
def test_a_tangent_is_told_from_an_array_of_that_name(what):
    p, q, tp, tq = np.random.default_rng(0).normal(size=(4, 3))
    found = getattr(sn.compile(of_two, "readable", what=what), what)(p, q, tp, tq)
    f = sn.compile(of_two)

    def at(h):
        loss, cache = f.forward(p + h * tp, q + h * tq)
        return [loss] if what == "jvp" else f.backward(1.0, cache)

    wanted = [(a - b) / 2e-6 for a, b in zip(at(1e-6), at(-1e-6), strict=True)]
    assert all(np.allclose(a, b, rtol=1e-6, atol=1e-8) for a, b in zip(found, wanted, strict=True))


@pytest.mark.parametrize("what", ["jvp", "hvp"])
def test_every_step_of_a_product_is_true(what):
    assert max(error for _, error in verify_derivation(sn.derive(of_two, what=what))) < 1e-9


def test_a_page_of_tangents_says_nothing_of_gradients_passed_on():
    assert "by itself" not in sn.derive(of_two, what="jvp").text()


def test_the_rows_of_a_hessian_have_names_of_their_own():
    d = sn.derive(of_two, what="hessian")
    names = [s.node.name for s in d.steps if s.kind == "chain"]
    assert len(names) == len(set(names))
    assert "given is ∂dp_p[n,n'] = δ[n,n'], ∂dq_q[n,n'] = δ[n,n']" in " ".join(d.text().split())
    assert "2 dtp[n]" in str(d.gradients["p,q"])  # one symbol for one thing
