"""Names as mathematics: Greek letters, accents, subscripts, adjoints, sizes; never two things with one symbol."""

from __future__ import annotations

import pytest

import symnet as sn
from symnet.printing.names import Names, index_symbol, symbol_of


@pytest.mark.parametrize(
    "name, latex, text",
    [
        ("x", "x", "x"),
        ("W", "W", "W"),
        ("gamma", r"\gamma", "γ"),
        ("Sigma", r"\Sigma", "Σ"),
        ("γ", r"\gamma", "γ"),
        ("eps", r"\epsilon", "ε"),
        ("lambda_", r"\lambda", "λ"),
        ("xhat", r"\hat{x}", "x̂"),
        ("x_hat", r"\hat{x}", "x̂"),
        ("xbar", r"\bar{x}", "x̄"),
        ("muhat", r"\hat{\mu}", "μ̂"),
        ("xhat1", r"\hat{x}_{1}", "x̂₁"),
        ("yhat", r"\hat{y}", "ŷ"),
        ("mu_B", r"\mu_{B}", "μ_B"),
        ("w1", "w_{1}", "w₁"),
        ("h_2", "h_{2}", "h₂"),
        ("w_ih_1", r"w_{\mathrm{ih},1}", "w_ih₁"),
        ("x_max", r"x_{\mathrm{max}}", "x_max"),
        ("x_mu", r"x_{\mu}", "x_μ"),
        ("loss", r"\mathrm{loss}", "loss"),
        ("conv1", r"\mathrm{conv}_{1}", "conv₁"),
        ("chat", r"\hat{c}", "ĉ"),
        ("perceptron_bar", r"\mathrm{perceptron}_{\mathrm{bar}}", "perceptron_bar"),
        ("_", r"\mathtt{\_}", "_"),
    ],
)
def test_a_name(name, latex, text):
    assert symbol_of(name).latex() == latex
    assert symbol_of(name).text() == text


def test_indices_follow_the_subscripts_of_a_name():
    assert symbol_of("mu_B").latex("d") == r"\mu_{B,d}"
    assert symbol_of("w1").latex("dh") == "w_{1,dh}"
    assert symbol_of("x").latex("nd") == "x_{nd}"


def test_sigma2_is_a_square_unless_it_is_numbered():
    assert Names([("sigma2", "")]).node("sigma2").latex("d") == r"\sigma^{2}_{d}"
    assert Names([("sigma1", ""), ("sigma2", "")]).node("sigma2").latex() == r"\sigma_{2}"


def test_an_adjoint_is_d_before_the_symbol():
    names = Names([("xhat", ""), ("w1", ""), ("loss", ""), ("dxhat", "xhat"), ("dw1", "w1"), ("dloss", "loss")])
    assert names.node("dxhat").latex("nd") == r"d\hat{x}_{nd}"
    assert names.node("dxhat").text() == "dx̂"
    assert names.node("dw1").latex("dh") == "dw_{1,dh}"
    assert names.matrix("dw1").latex() == "dW_{1}"
    assert names.node("dloss").latex() == r"d\mathrm{loss}"


def test_a_name_that_only_begins_with_d_is_no_adjoint():
    assert Names([("dx", "")]).node("dx").latex() == r"\mathrm{dx}"


def test_tangents_and_derivatives_of_every_output():
    nodes = [("x", ""), ("sigma2", ""), ("tx", ""), ("tsigma2", ""), ("dx", "x")]
    names = Names(nodes, tangents={"tx": "x", "tsigma2": "sigma2"}, partials=["dx"])
    assert names.node("tx").latex("n") == r"\dot{x}_{n}"
    assert names.node("tsigma2").latex("d") == r"\dot{(\sigma^{2})}_{d}"
    assert names.node("dx").latex("nm") == r"\partial x_{nm}"


def test_two_names_never_look_the_same():
    names = Names([("w1", ""), ("w_1", ""), ("xhat", ""), ("x_hat", "")], parameters=["eps", "epsilon"])
    looks = [names.node(n).latex() for n in ("w1", "w_1", "xhat", "x_hat")]
    looks += [names.parameter(p).latex() for p in ("eps", "epsilon")]
    assert len(set(looks)) == 6
    assert looks[:2] == ["w_{1}", r"\mathtt{w\_1}"]


def test_an_array_that_is_called_like_a_gradient_gives_way_to_it():
    names = Names([("dp", ""), ("p", ""), ("dp_", "p"), ("ddp", "dp")])
    assert [names.node(n).latex() for n in ("dp", "p", "dp_", "ddp")] == [r"\mathtt{dp}", "p", "dp", r"d\mathtt{dp}"]
    assert [names.node(n).text() for n in ("dp", "p", "dp_", "ddp")] == ["dp", "p", "dp_", "ddp"]


@pytest.mark.parametrize(
    "label, size", [("n", "N"), ("d0", "D_{0}"), ("batch", r"N_{\mathrm{batch}}"), ("N", "N"), ("h1", "H_{1}")]
)
def test_the_size_of_an_axis(label, size):
    assert Names().size(label).latex() == size


def test_sizes_give_way_to_arrays_parameters_and_other_sizes():
    assert Names([("N", "")]).size("n").latex() == r"N_{\mathrm{n}}"
    assert Names(parameters=["D"]).size("d").latex() == r"N_{\mathrm{d}}"
    assert Names([("h", "")], matrices=["h"]).size("h").latex() == r"N_{\mathrm{h}}"
    names = Names(sizes=["n", "N"])
    assert (names.size("n").latex(), names.size("N").latex()) == ("N", "N_{N}")


def test_a_capital_index_keeps_its_letter():
    assert Names(indices=["N"]).size("n").latex() == r"N_{\mathrm{n}}"


def test_a_matrix_has_a_capital_letter_unless_another_array_has_it():
    names = Names([("x", ""), ("w1", ""), ("phi", ""), ("b", ""), ("B", "")])
    assert names.matrix("x").latex() == "X"
    assert names.matrix("w1").latex() == "W_{1}"
    assert names.matrix("phi").latex() == r"\phi"
    assert names.matrix("b").latex() == "b"


def test_an_axis_is_never_accented():
    assert index_symbol("that").latex() == r"\mathrm{that}"
    assert index_symbol("d0").latex() == "d_{0}"


def test_a_number_stands_above_where_the_name_without_it_has_entries():
    names = Names([("p", ""), ("p2", ""), ("w1", ""), ("dp2", "p2")])
    assert names.node("p2").latex("n") == "p^{(2)}_{n}" and names.node("p2").text() == "p⁽²⁾"
    assert names.node("w1").latex("n") == "w^{(1)}_{n}"
    assert names.node("dp2", "p2").latex("n") == "dp^{(2)}_{n}"
    assert Names([("w1", ""), ("w2", "")]).node("w2").latex() == "w_{2}"


def test_an_array_does_not_look_like_a_number_that_occurs():
    assert Names([("pi", ""), ("dpi", "pi")], constants=[r"\pi"]).node("dpi", "pi").latex() == r"d\mathtt{pi}"
    assert Names([("pi", "")]).node("pi").latex() == r"\pi"


def test_a_gradient_is_told_from_an_array_of_that_name():
    """In LaTeX the one is upright and the other is not, which no reader sees, and on a terminal both are dp."""

    @sn.op
    def distance(a: "n", p: "n"):
        dp = a - p
        return sn.sum(dp**2)

    assert "dp_[n] = -ddp[n]" in sn.derive(distance).text(detail="full")
