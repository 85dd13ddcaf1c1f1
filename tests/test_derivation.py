"""The record of a derivation and what it refuses."""

import pytest

import symnet as sn
from symnet.catalog import FAMILIES, load
from symnet.check.equality import verify_derivation

ALL = [name for names in FAMILIES.values() for name in names]


@pytest.mark.parametrize("name", ALL)
def test_every_equality_of_the_record_holds_at_random_points(name):
    wrong = [(s.kind, s.rule, s.node.name, e) for s, e in verify_derivation(sn.derive(load(name))) if not e < 1e-8]
    assert not wrong


@pytest.mark.parametrize("name", ALL)
def test_every_derivation_is_certified(name):
    assert sn.derive(load(name)).certificate.startswith("checked")


#: operations whose second derivatives take long
LONG = ("transformer", "transformer_block", "standardize", "two_layer_network", "classifier", "cosine")


@pytest.mark.parametrize("what", ["jacobian", "jvp", "hessian", "hvp"])
@pytest.mark.parametrize("name", [pytest.param(n, marks=pytest.mark.slow if n in LONG else ()) for n in ALL])
def test_other_requests_are_certified_too(name, what):
    op = load(name)
    refused = None
    if what != "jvp" and name == "language_model":
        pytest.skip("a whole model takes a minute")
    if what in ("hessian", "hvp") and (op.graph.several or op.graph.outputs[0].axes):
        refused = "scalar"
    elif what == "jacobian" and op.graph.several:
        refused = "one output"
    if refused:
        with pytest.raises(sn.SymnetError, match=refused):
            sn.derive(op, what=what)
    else:
        assert sn.derive(op, what=what).certificate.startswith("checked")


def test_points_without_finite_slopes_say_nothing():
    def generalised_mean(x, p):  # 0^p has no slope where p < 0
        return sn.mean(sn.relu(x) ** p, over="d") ** (1 / p)

    op = sn.op(generalised_mean, inputs={"x": "n d", "p": ""})
    assert sn.derive(op).certificate.startswith("checked")


def test_a_definition_that_divides_by_0_is_looked_at_where_it_does_not():
    def angle(x, z):  # 0 infinity where z < 0
        return sn.erf(sn.cos(x) / sn.relu(z))

    assert sn.derive(sn.op(angle, inputs={"x": "n", "z": "n"})).certificate.startswith("checked")


def test_a_root_under_a_maximum_is_looked_at_where_it_is_real():
    def at_least(x, z):
        return sn.maximum(sn.sqrt(x), z)

    op = sn.op(at_least, inputs={"x": "n", "z": "n"})
    assert sn.derive(op).certificate.startswith("checked")


def test_a_wrong_rule_is_found_before_the_result_is_handed_out(monkeypatch):
    from symnet.calculus import adjoint

    right = adjoint.weight
    monkeypatch.setattr(adjoint, "weight", lambda *a: 2 * right(*a))

    @sn.op
    def broken(x: "n d"):
        return sn.sum(x**2, over="d")

    with pytest.raises(sn.DerivationError, match="withheld"):
        sn.derive(broken)


def test_a_wrong_rewrite_is_found_too(monkeypatch):
    from symnet.rewrite import facts

    monkeypatch.setattr(facts, "softmax_sum", lambda atom: True)

    @sn.op
    def broken(x: "n d"):
        return sn.sum(x**2, over="d") * x

    with pytest.raises(sn.DerivationError, match="withheld"):
        sn.derive(broken)


def test_only_the_chosen_input_is_derived():
    d = sn.derive(load("dense"), wrt="w")
    assert list(d.gradients) == ["w"] and [n.name for n in d.backward] == ["dw"]


def test_gradients_are_keyed_by_input_in_order():
    assert list(sn.derive(load("batch_norm")).gradients) == ["x", "gamma", "beta"]


@pytest.mark.parametrize(
    "arguments, words",
    [
        ({"wrt": "q"}, ["'q' is not an input", "x, w, b"]),
        ({"wrt": []}, ["wrt is [], which names no input"]),
        ({"wrt": 0}, ["wrt is 0", 'write wrt="x"']),
        ({"what": "curl"}, ["'curl'", "jacobian"]),
    ],
)
def test_a_request_that_can_not_be_met_says_why(arguments, words):
    with pytest.raises(sn.SymnetError) as caught:
        sn.derive(load("dense"), **arguments)
    for word in words:
        assert word in str(caught.value)


def test_an_input_without_gradient_is_refused_by_name():
    with pytest.raises(sn.SymnetError, match="'y' gets no gradient"):
        sn.derive(load("softmax_cross_entropy"), wrt="y")


def test_growth_is_linear_in_depth():
    from symnet.catalog.networks import multilayer_perceptron

    counts = [len(sn.derive(multilayer_perceptron(depth)).steps) for depth in (4, 8, 16)]
    assert counts[2] - counts[1] == 2 * (counts[1] - counts[0])


# -- traps of symbolic tensor calculus --------------------------------------------------------------------------------


def checked(op):
    report = sn.check_gradients(op)
    assert report.ok, report.table()


def test_a_sum_of_two_traces_has_both_gradients():
    @sn.op
    def f(a: "i j", u: "i k", v: "k j"):
        return sn.sum((a - sn.sum(u * v, over="k")) ** 2) + sn.sum(a**2) + 1

    checked(f)


@pytest.mark.parametrize("style", ["readable", "fast"])
def test_a_product_over_an_axis_is_right_also_with_zeros(style):
    import numpy as np

    @sn.op
    def f(x: "n d"):
        return sn.prod(x, over="d")

    checked(f)
    x = np.array([[2.0, 0.0, 3.0], [0.0, 0.0, 5.0], [2.0, 3.0, 5.0]])
    f_ = sn.compile(f, style)
    _, cache = f_.forward(x)
    (dx,) = f_.backward(np.ones(3), cache)
    assert np.array_equal(dx, [[0, 6, 0], [0, 0, 0], [15, 10, 6]])


def test_an_element_whose_index_is_bound_elsewhere():
    @sn.op
    def f(x: "n", a: "n m"):
        return sn.sum(x["0"] * x * sn.sum(a * x["m"], over="m"))

    checked(f)


def test_a_two_layer_squared_loss_with_a_weight_that_is_not_symmetric():
    @sn.op
    def f(x: "n d", w: "d h", v: "h d", t: "n d"):
        h = sn.sigmoid(sn.sum(x * w, over="d"))
        return sn.sum((sn.sum(h * v, over="h") - t) ** 2)

    checked(f)


def test_a_chain_of_quotients_is_not_brought_over_one_denominator():
    @sn.op
    def continued(a: sn.positive("n"), x: sn.positive("n")):
        for _ in range(8):
            x = a / (1 + x)
        return x

    checked(continued)
    longest = max(step.after.count_ops() for step in sn.derive(continued).steps)
    assert longest < 200  # over one denominator it has thousands of terms, and takes minutes
