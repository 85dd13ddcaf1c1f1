"""Each rewrite by itself: what it does, and a certificate at random points."""

import numpy as np
import pytest
import sympy as sp

import symnet as sn
from symnet.check.equality import equal_at_random
from symnet.ir import functions as fn
from symnet.ir.expr import Index, Reduction, Size, reduce_over
from symnet.ir.graph import Node
from symnet.printing.index_notation import text
from symnet.rewrite.algebra import normal_form, normalised, signed
from symnet.rewrite.cost import cost, length
from symnet.rewrite.facts import Knowledge, softmax_sum
from symnet.rewrite.stable import stabilise
from symnet.rewrite.sums import inside, split

N, D = Size("n"), Size("d")
n, d, m = Index("n", N), Index("d", D), Index("m", N)
x, w, r = Node("x", (n, d)), Node("w", (d,)), Node("r", (n,))


def same(a, b):
    return equal_at_random(a, b, [x, w, r])


SUMS = {
    "linear": reduce_over("sum", x[n, d] + 3 * w[d], (d,)),
    "constant factors": reduce_over("sum", 2 * r[n] * x[n, d], (d,)),
    "no dependence": reduce_over("sum", r[n] + 1, (d,)),
    "independent factors": reduce_over("sum", r[n] * w[d], (n, d)),
    "a delta": reduce_over("sum", fn.eq(n, m) * x[n, d], (n,)),
    "multiplied out": reduce_over("sum", w[d] * (x[n, d] - r[n]), (d,)),
    "nested": reduce_over("sum", x[n, d] * reduce_over("sum", r[n] * x[n, d], (d,)), (n,)),
}


@pytest.mark.parametrize("expr", SUMS.values(), ids=SUMS)
def test_splitting_a_sum_keeps_its_value(expr):
    assert same(split(expr), expr)


def test_a_sum_of_equal_terms_is_their_number():
    assert split(SUMS["no dependence"]) == D * r[n] + D


def test_a_delta_is_solved():
    assert split(SUMS["a delta"]) == x[m, d]


def test_independent_sums_come_apart():
    split_up = split(SUMS["independent factors"])
    assert split_up.is_Mul and all(isinstance(a, Reduction) for a in split_up.args)


@pytest.mark.parametrize(
    "position, size, answer",
    [(n, N, True), (n + 1, N, False), (n + 1, N + 1, True), (2 * n + 1, 2 * N, True), (n - 1, N, False), (n, D, False)],
)
def test_a_position_is_inside_only_if_it_is_for_every_index(position, size, answer):
    assert inside(position, size) is answer


def test_a_delta_outside_the_range_is_not_solved():
    shifted = reduce_over("sum", fn.eq(n, m + 1) * x[n, d], (n,))
    assert split(shifted).has(fn.eq)


RATIONAL = {
    "cancel": x[n, d] * w[d] / w[d] ** 2,
    "factor": r[n] * x[n, d] - r[n] * w[d] / N,
    "collect": 3 * x[n, d] - x[n, d] * (2 - w[d]),
    "roots": x[n, d] / sp.sqrt(1 + w[d] ** 2) - w[d] / (1 + w[d] ** 2) ** sp.Rational(3, 2),
    "quotients": (x[n, d] / (1 + w[d] ** 2) - 1) / (1 + w[d] ** 2),
}


@pytest.mark.parametrize("expr", RATIONAL.values(), ids=RATIONAL)
def test_a_normal_form_keeps_the_value_and_is_not_longer(expr):
    form = normalised(expr)
    assert same(form, expr)
    assert length(form) <= length(expr)


def test_a_leading_minus_goes_into_the_difference():
    assert signed(-r[n] * (w[d] - x[n, d])) == r[n] * (x[n, d] - w[d])


def test_difference_of_squares_is_not_factored():
    assert normal_form(r[n] - r[n] * x[n, d] ** 2) == r[n] * (1 - x[n, d] ** 2)


def test_work_on_a_larger_domain_costs_more():
    assert cost(x[n, d] + 1) > cost(w[d] * w[d] + w[d] ** 3 + sp.exp(w[d]))


# -- the stable phase -------------------------------------------------------------------------------------------------


def softmax_quotient(z: "n c"):
    return sn.exp(z) / sn.sum(sn.exp(z), over="c")


def log_of_softmax(z: "n c"):
    p = sn.softmax(z, over="c")
    return sn.log(p)


def log_sum_exp(z: "n c"):
    return sn.log(sn.sum(sn.exp(2 * z), over="c"))


def log_mean_exp(z: "n c"):
    return sn.log(sn.mean(sn.exp(z), over="c"))


def shifted_softmax(z: "n c"):
    m = sn.max(z, over="c")
    e = sn.exp(z - m)
    s = sn.sum(e, over="c")
    return e / s


def log_sigmoid(z: "n c"):
    return sn.log(sn.sigmoid(z)) + sn.log(1 - sn.sigmoid(z))


def log_beside_powers_of_a_sigmoid(z: "n c"):
    s = sn.sigmoid(z)
    return sn.log(1 - s**2) + sn.log(1 - s**3)


def log_of_a_squashed_density(z: "n c"):
    """What a Gaussian loses in a hyperbolic tangent, as policies that act within bounds have it."""
    t = sn.tanh(z)
    return sn.log(1 - t**2) + sn.log(1 + t) - sn.log(1 - sn.tanh(2 * z))


def sigmoid_written_out(z: "n c"):
    return 1 / (1 + sn.exp(-z)) + sn.exp(z) / (1 + sn.exp(z))


def softplus_written_out(z: "n c"):
    return sn.log(1 + sn.exp(z))


def softplus_in_halves(z: "n c"):
    ramp = sn.maximum(z, 0)
    return ramp + sn.log1p(sn.exp(-sn.abs(z))) - 3 * (sn.relu(-2 * z) + sn.softplus(-sn.abs(2 * z)))


def tanh_written_out(z: "n c"):
    return (sn.exp(z) - sn.exp(-z)) / (sn.exp(z) + sn.exp(-z)) + (sn.exp(2 * z) - 1) / (sn.exp(2 * z) + 1)


def tanh_of_minus_two(z: "n c"):
    e = sn.exp(-2 * z)
    return (1 - e) / (1 + e) + sn.sinh(z) / sn.cosh(z)


def log_of_two_exponentials(z: "n c"):
    return sn.log(sn.exp(z) + sn.exp(-3 * z)) + sn.log(2 + sn.exp(z) + sn.exp(-z))


def log_cosh(z: "n c"):
    return sn.log(sn.cosh(z))


def softmax_of_two(z: "n c"):
    e = sn.exp(z)
    f = sn.exp(1 - z)
    s = e + f
    return e / s


def hyperbolic_secant(z: "n c"):
    return 2 / (sn.exp(z) + sn.exp(-z)) + z / sn.sqrt(sn.cosh(2 * z))


def tanh_and_secant(z: "n c"):
    e = sn.exp(z)
    s = e + 1 / e
    return sn.sinh(z) / sn.cosh(z) ** 2 + 3 / s


def log_likelihood(z: "n c"):
    p = sn.sigmoid(z)
    return sn.log(sn.prod(p**0.25 * (1 - p) ** 0.75, over="c"))


def log_of_a_mixture(z: "n c"):
    s = sn.sum((1 + z**2) * sn.exp(z), over="c")
    return sn.log(s)


def inverse_of_softplus(z: "n c"):
    return sn.log(sn.expm1(sn.softplus(z))) + sn.softplus(-z)


def powers_of_two_exponentials(z: "n c"):
    e = sn.exp(z)
    f = sn.exp(1 - 2 * z)
    return e**2 / (e + f) ** 2 + e * f / (e + f) ** 2 + sn.exp(2 * z) / (1 + sn.exp(z)) ** 3


def generalised_logistic(z: "n c", *, nu: "(0, inf)" = 1.7):
    return sn.exp(z) / (1 + sn.exp(z)) ** nu + 1 / (1 + sn.exp(-z)) ** (1 / nu)


STABLE = {
    softmax_quotient: "softmax",
    log_of_softmax: "log_softmax",
    log_sum_exp: "logsumexp",
    log_mean_exp: "logsumexp",
    shifted_softmax: "softmax",
    log_sigmoid: "log_sigmoid",
    log_beside_powers_of_a_sigmoid: "log_sigmoid",
    log_of_a_squashed_density: "log_tanh",
    sigmoid_written_out: "sigmoid",
    softplus_written_out: "softplus",
    softplus_in_halves: "ramp",
    tanh_written_out: "tanh",
    tanh_of_minus_two: "tanh",
    log_of_two_exponentials: "log_of_two",
    log_cosh: "log_of_two",
    softmax_of_two: "sigmoid_of_two",
    hyperbolic_secant: "reciprocal",
    tanh_and_secant: "reciprocal",
    log_likelihood: "log_product",
    log_of_a_mixture: "weight",
    inverse_of_softplus: "exp_softplus",
    powers_of_two_exponentials: "sigmoid_of_two",
    generalised_logistic: "sigmoid",
}


@pytest.mark.parametrize("function, rule", STABLE.items(), ids=lambda v: getattr(v, "__name__", ""))
def test_the_stable_form_equals_the_definition(function, rule):
    from symnet.check.evaluate import run_graph

    graph = sn.op(function).graph
    stable, record = stabilise(graph)
    assert rule in {r for change in record for r in change.rules}
    z = np.random.default_rng(0).normal(size=(3, 4))
    name = graph.outputs[0].name
    assert np.allclose(run_graph(graph, {"z": z})[name], run_graph(stable, {"z": z})[name], rtol=1e-13)


@pytest.mark.parametrize("function", STABLE, ids=lambda v: v.__name__)
@pytest.mark.parametrize("style", ["readable", "fast"])
def test_the_stable_form_is_finite_far_out(function, style):
    z = np.array([[1e4, -1e4, 0.0], [-1e4, -1e4, -1e4 + 1], [900.0, 1000.0, 1.0]])
    f = sn.compile(sn.op(function), style)
    with np.errstate(all="raise", under="ignore"):
        y, cache = f.forward(z)
        (dz,) = f.backward(np.ones_like(y), cache)
    assert np.all(np.isfinite(y)) and np.all(np.isfinite(dz))


@sn.op
def entropy_of_the_chosen(z: "n c", y: sn.one_hot("n c")):
    p = sn.softmax(z, over="c")
    chosen = sn.sum(y * p, over="c")
    return -sn.mean(sn.log(chosen), over="n")


def test_a_one_hot_row_chooses_before_the_logarithm():
    assert text(sn.derive(entropy_of_the_chosen).gradients["z"].expr) == "(p[n,c] - y[n,c])/N"
    f = sn.compile(entropy_of_the_chosen, "readable")
    loss, cache = f.forward(np.array([[1e4, -1e4]]), np.array([[0.0, 1]]))
    assert loss == 2e4 and np.array_equal(f.backward(1.0, cache)[0], [[1, -1]])


def test_the_one_of_a_one_hot_input_may_be_along_another_axis():
    @sn.op
    def of_pixels(z: "n c h", y: sn.one_hot("n c h", over="c")):
        p = sn.softmax(z, over="c")
        return -sn.mean(sn.log(sn.sum(y * p, over="c")), over="n h")

    @sn.op
    def of_rows(z: "n c", y: sn.one_hot("n c", over="n")):
        return sn.sum(sn.log(1 + sn.sum(y * sn.exp(z), over="c")), over="n")

    assert text(sn.derive(of_pixels).gradients["z"].expr) == "(p[n,c,h] - y[n,c,h])/(H N)"
    assert sn.check_gradients(of_pixels).ok and sn.check_gradients(of_rows).ok


def test_a_one_hot_row_chooses_after_it_where_a_logarithm_is_infinite():
    @sn.op
    def masked(z: "n c", y: sn.one_hot("n c"), m: sn.mask("n c")):
        p = sn.softmax(sn.where(m, z, -sn.inf), over="c")
        return -sn.mean(sn.log(sn.sum(y * p, over="c")), over="n")

    loss, _ = sn.compile(masked, "readable").forward(np.zeros((1, 3)), np.array([[1.0, 0, 0]]), np.array([[1.0, 1, 0]]))
    assert np.isclose(loss, np.log(2))


def test_slopes_of_logarithms_are_what_a_book_prints():
    gradient = lambda f, name: text(sn.derive(sn.op(f)).gradients[name].expr)  # noqa: E731
    assert gradient(log_cosh, "z") == "dy[n,c] tanh(z[n,c])"

    def secant(z: "n"):
        return 1 / sn.cosh(z)

    def density(x: "n"):
        return 3 * sn.exp(-(x**2) / 2)

    assert gradient(secant, "z") == "-dy[n] y[n] tanh(z[n])" and gradient(density, "x") == "-dy[n] x[n] y[n]"

    def two(a: "n", b: "n"):
        return sn.log(sn.exp(a) + sn.exp(b))

    assert gradient(two, "a") == "dy[n] σ(a[n] - b[n])" and gradient(two, "b") == "dy[n] σ(b[n] - a[n])"


@pytest.mark.parametrize("style", ["readable", "fast"])
def test_one_minus_an_exponential_keeps_its_digits_under_a_logarithm(style):
    f = sn.compile(sn.op(log_of_the_complement), style)
    assert np.allclose(f.forward(np.array([1e-12, 1.0]))[0], [np.log(1e-12), np.log1p(-np.exp(-1))], rtol=1e-12)


def log_of_the_complement(x: sn.positive("n")):
    return sn.log(1 - sn.exp(-x))


# -- facts ------------------------------------------------------------------------------------------------------------


def test_a_lemma_is_proved_from_definitions():
    @sn.op
    def f(x: "n d"):
        mu = sn.mean(x, over="n")
        xc = x - mu
        return xc * mu

    known = Knowledge(f.graph)
    (i, j), xc = f.graph.inputs[0].axes, f.graph.by_name["xc"]
    assert known(reduce_over("sum", xc[i, j], (i,))) == 0
    assert known(reduce_over("sum", xc[i, j], (j,))) is None


def test_softmax_sums_to_one_only_over_its_own_axis():
    lse = reduce_over("logsumexp", x[n, d], (d,))
    p = sp.exp(x[n, d] - lse)
    assert softmax_sum(reduce_over("sum", p, (d,)))
    assert not softmax_sum(reduce_over("sum", p, (n,)))
    assert text(reduce_over("sum", p, (n,))) != "1"


@sn.op
def focal_with_weights(z: "n c", y: sn.one_hot("n c"), a: "c", *, gamma=2.0):
    p = sn.softmax(z, over="c")
    pt = sn.sum(y * p, over="c")
    return -sn.mean(sn.sum(y * a, over="c") * (1 - pt) ** gamma * sn.log(pt), over="n")


@pytest.mark.parametrize("style", ["readable", "fast"])
def test_factoring_a_power_puts_nothing_below_the_line(style):
    """(1 - p)^(gamma - 1) is no (1 - p)^gamma / (1 - p): a sample whose probability rounds to 1 has the gradient 0."""
    module = sn.compile(focal_with_weights, style)
    loss, cache = module.forward(np.array([[50.0, 0.0], [1.0, 2.0]]), np.eye(2), np.ones(2))
    dz, _ = module.backward(1.0, cache)
    assert np.isfinite(dz).all() and not dz[0].any()


@pytest.mark.parametrize("gamma", [0.0, 0.5, 2.0])
def test_powers_of_a_base_join_where_they_can(gamma):
    """p p^(gamma - 1) is p^gamma, which has a value at p = 0 for any gamma."""
    module = sn.compile("focal", style="readable")
    _, cache = module.forward(np.array([800.0, -800.0, 800.0, -800.0]), np.array([0, 1, 1, 0]), gamma=gamma)
    (dz,) = module.backward(1.0, cache)
    np.testing.assert_allclose(dz, [0.25, -0.25, 0, 0])
