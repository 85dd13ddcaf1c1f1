"""Certificates: steps of derivations and pairs of expressions at random points."""

from dataclasses import replace

import numpy as np
import pytest
import sympy as sp

import symnet as sn
from symnet.check.equality import difference_at_random, equal_at_random, verify_derivation, verify_step
from symnet.check.gradients import check_module
from symnet.check.interpreted import InterpretedModule
from symnet.ir import functions as fn
from symnet.ir.expr import Index, Param, Size, reduce_over
from symnet.ir.graph import Fact, Node

n, d = Index("n", Size("n")), Index("d", Size("d"))
m = Index("m", Size("n"))
x, w = Node("x", (n, d)), Node("w", (d,))
s, u = Node("s", (n,), kind="positive"), Node("u", (n,))


@sn.op
def norm(x: "n d", g: "d", *, eps=1e-3):
    mu = sn.mean(x, over="n")
    var = sn.var(x, over="n")
    return g * (x - mu) / sn.sqrt(var + eps)


@sn.op
def cross_entropy(z: "n c", y: sn.one_hot("n c")):
    p = sn.softmax(z, over="c")
    return -sn.mean(sn.sum(y * sn.log(p), over="c"), over="n")


@sn.op
def softmax(z: "n c"):
    return sn.softmax(z, over="c")


@sn.op
def energy(x: "n d", w: "d"):
    return sn.sum(sn.tanh(sn.sum(x * w, over="d")) ** 2)


# -- two expressions --------------------------------------------------------------------------------------------------


def test_identities_hold_and_near_misses_do_not():
    a, b = reduce_over("sum", x.value * w.value, [d]), reduce_over("sum", 2 * w.value * x.value, [d]) / 2
    assert equal_at_random(a, b)
    assert not equal_at_random(a, b * (1 + sp.Rational(1, 10**7)))
    assert equal_at_random(sp.tanh(u.value), 2 * fn.sigmoid(2 * u.value) - 1)
    assert not equal_at_random(sp.tanh(u.value), 2 * fn.sigmoid(2 * u.value))
    assert equal_at_random(reduce_over("sum", fn.eq(n, m) * u[(m,)], [m]), u.value)
    assert not equal_at_random(reduce_over("sum", fn.eq(n, m) * u[(m,)], [m]), u.value * n)


def test_kinds_decide_what_is_equal():
    assert equal_at_random(sp.sqrt(s.value**2), s.value)
    assert not equal_at_random(fn.absolute(u.value), u.value)
    assert equal_at_random(fn.absolute(u.value), u.value, [Node("u", (n,), kind="positive")])
    mask = Node("q", (n,), kind="mask")
    assert equal_at_random(mask.value**2, mask.value)


def test_a_node_with_a_definition_is_free_but_keeps_its_sign():
    e = Node("e", (n,), sp.exp(u.value))
    assert equal_at_random(fn.gt(e.value, 0), sp.S.One)
    assert not equal_at_random(e.value, sp.exp(u.value))


def test_facts_are_used_where_they_are_given():
    total = reduce_over("sum", u.value, [n])
    fact = Fact(total, sp.S.Zero, "declared")
    assert equal_at_random(total + 1, sp.S.One, facts=[fact])
    assert not equal_at_random(total + 1, sp.S.One)
    graph = cross_entropy.graph
    y = graph.by_name["y"]
    row = reduce_over("sum", y.value, [y.axes[1]])
    assert equal_at_random(row, sp.S.One, graph)


def test_cancelling_terms_are_measured_against_their_size():
    mean = reduce_over("sum", u[(m,)], [m]) / Size("n")
    centred = reduce_over("sum", u.value - mean, [n])
    assert difference_at_random(centred, sp.S.Zero) < 1e-12
    assert difference_at_random(centred + sp.Rational(1, 1000), sp.S.Zero) > 1e-4


def test_constants_are_drawn_too():
    eps = Param("eps")
    assert equal_at_random((u.value + eps) ** 2, u.value**2 + 2 * eps * u.value + eps**2)
    assert not equal_at_random(u.value + eps, u.value)


def test_expressions_that_are_finite_nowhere_are_not_equal():
    assert difference_at_random(sp.log(-s.value), sp.log(-s.value)) == np.inf


# -- derivations ------------------------------------------------------------------------------------------------------


@sn.op
def states(x: "n t", h0: "n", v: ""):
    def step(h, x):
        return sn.tanh(v * h + x) * h

    h = sn.scan(step, h0 * v, x, over="t")
    return sn.sum(h**2)


REQUESTS = [
    (norm, None, "gradient"), (cross_entropy, None, "gradient"), (energy, None, "gradient"),
    (softmax, "z", "jacobian"), (norm, "x", "jacobian"), (energy, "x", "hessian"), (energy, "w", "hessian"),
    (norm, None, "jvp"), (cross_entropy, None, "jvp"), (states, None, "jvp"),
]  # fmt: skip


@pytest.mark.parametrize("op, wrt, what", REQUESTS, ids=lambda v: getattr(v, "name", v))
def test_every_step_of_a_derivation_holds(op, wrt, what):
    checked = verify_derivation(sn.derive(op, wrt, what))
    assert [s for s, _ in checked] == list(sn.derive(op, wrt, what).steps)
    assert max(error for _, error in checked) < 1e-9


@pytest.mark.parametrize("op, wrt, what", REQUESTS, ids=lambda v: getattr(v, "name", v))
def test_a_wrong_step_of_a_derivation_is_found(op, wrt, what):
    derivation = sn.derive(op, wrt, what)
    rng = np.random.default_rng(0)
    for step in derivation.steps:
        if step.after == 0:
            continue
        wrong = replace(step, after=step.after * sp.Rational(1001, 1000))
        assert verify_step(wrong, derivation.graph, derivation, rng) > 1e-5, (step.kind, step.node)


def test_a_wrong_left_side_of_a_rewrite_is_found():
    derivation = sn.derive(norm)
    rewrites = [s for s in derivation.steps if s.before is not None and s.before != 0]
    assert rewrites
    for step in rewrites:
        wrong = replace(step, before=2 * step.before)
        assert verify_step(wrong, derivation.graph, derivation, np.random.default_rng(0)) > 1e-3


def test_a_wrong_lemma_is_found():
    derivation = sn.derive(norm)
    wrong = replace(derivation.steps[-1], identities=((sp.S.One, sp.S(2)),))
    assert verify_step(wrong, derivation.graph, derivation, np.random.default_rng(0)) > 1e-3


def test_adjoints_are_not_certified_against_themselves():
    derivation = sn.derive(norm)
    backward = {node.name: replace(node, expr=2 * node.expr) for node in derivation.backward}
    results = [s for s in derivation.steps if s.kind == "result"]
    steps = tuple(replace(s, node=backward[s.node.name], after=2 * s.after) for s in results)
    broken = replace(derivation, steps=steps, backward=tuple(backward.values()), gradients={})
    checked = verify_derivation(broken)
    assert checked
    assert min(error for _, error in checked) > 1e-3


@pytest.mark.parametrize("op", [norm, cross_entropy, energy, softmax], ids=lambda op: op.name)
def test_a_derivation_runs_as_a_module_without_code(op):
    assert check_module(op, InterpretedModule(sn.derive(op))).ok
