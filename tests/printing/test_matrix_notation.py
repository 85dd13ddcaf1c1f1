"""Matrix notation: the textbook forms, and that every form computes what the expression says."""

from __future__ import annotations

import itertools
import re

import numpy as np
import pytest
import sympy as sp

import symnet as sn
from symnet.explain.content import notation_of
from symnet.ir.graph import Node
from symnet.printing.dialects import Latex, Text
from symnet.printing.index_notation import Notation, Printer
from symnet.printing.matrix_notation import matrix_equation, matrix_latex, matrix_space, matrix_start, matrix_text
from tests.printing.matrix_reading import MatrixReader
from tests.printing.operations import EVERYTHING, OPERATIONS
from tests.printing.test_meaning import values


def forms(name: str) -> dict[str, str | None]:
    """The matrix form of every definition and gradient of an operation."""
    derivation = sn.derive(OPERATIONS[name])
    notation = notation_of(derivation)
    nodes = {n.name: n for n in (*derivation.graph.definitions, *derivation.shown.values())}
    return {k: matrix_latex(n, None, notation) for k, n in nodes.items()}


def test_dense_layer_has_the_textbook_form():
    assert forms("dense") == {
        "y": r"Y = X W + \mathbf{1} b^{\top}",
        "dx": r"dX = dY W^{\top}",
        "dw": r"dW = X^{\top} dY",
        "db": r"db = \operatorname{colsum}(dY)",
    }


def test_what_the_batch_alone_decides_has_no_matrix_form():
    @sn.op
    def numbered(x: "b n d", w: "g d e"):
        z = sn.sum(x * w["0 d e"] * sn.index("b"), over="d")
        return z

    derivation = sn.derive(numbered)
    assert matrix_latex(derivation.graph.by_name["z"], None, notation_of(derivation)) is None
    assert "z[b,n,e] = " in derivation.text()


def test_softmax_gradient_is_the_row_sum_form():
    assert forms("softmax")["p"] == r"P = \operatorname{softmax}(Z)"
    assert forms("softmax")["dz"] == r"dZ = P \odot (dP - \operatorname{rowsum}(dP \odot P) \mathbf{1}^{\top})"


def test_softmax_down_the_columns_is_transposed():
    assert forms("column_softmax")["p"] == r"P = \operatorname{softmax}(Z^{\top})^{\top}"
    assert "colsum" in forms("column_softmax")["dz"]


def test_cross_entropy_gradient_is_p_minus_y():
    assert forms("cross_entropy")["dz"] == r"dZ = \frac{1}{N} (P - Y)"


def test_attention_leaves_the_batch_axes_out():
    found = forms("attention")
    assert found["scores"] == r"\mathrm{Scores} = \frac{1}{\sqrt{D}} Q K^{\top}"  # scores has a batch in front
    assert found["y"] == "Y = P V"
    assert found["dp"] == r"dP = dY V^{\top}"
    assert found["dv"] == r"dV = P^{\top} dY"


def test_a_matrix_that_stands_whole_is_no_column_of_a_batch_elsewhere():
    """gamma is N x C where it is defined, so it can not be one row of that in the line of y, which leaves n out."""

    @sn.op
    def film(x: "n c t", z: "n k", w: "k c"):
        gamma = sn.sum(z * w, over="k")
        y = x * (1 + gamma)
        return y

    graph = sn.derive(film).graph
    assert matrix_text(graph.by_name["gamma"], None, graph) == "γ = Z W"
    assert matrix_text(graph.by_name["y"], None, graph) is None


def test_two_layer_network():
    found = forms("two_layers")
    assert found["dw2"] == r"dW_{2} = A^{\top} d\hat{Y}"
    assert found["dw1"] == r"dW_{1} = X^{\top} dZ"
    assert found["dz"] == r"dZ = dA \odot [Z > 0]"


def test_the_index_of_steps_is_written_below():
    derivation = sn.derive(EVERYTHING["rnn"])
    printer = Printer(notation_of(derivation), Latex())
    found = {n.name: n for n in (*derivation.graph.definitions, *derivation.shown.values())}
    assert matrix_equation(found["z"], printer) == r"Z_{t} = X_{t} W + H_{t-1} U + \mathbf{1} b^{\top}"
    assert matrix_equation(found["dw"], printer) == r"dW = \sum_{t} X_{t}^{\top} dZ_{t}"
    assert matrix_start(found["h"], printer) == "H_{-1} = H^{(0)}"


def test_the_size_of_a_matrix_is_told():
    graph = OPERATIONS["dense"].graph
    sizes = [matrix_space(n, Printer(Notation(graph), Text())) for n in graph.nodes]
    assert sizes == ["X ∈ ℝ^(N × D)", "W ∈ ℝ^(D × H)", "b ∈ ℝ^H", "Y ∈ ℝ^(N × H)"]


def test_three_matrices_and_a_diagonal_one():
    assert forms("bilinear")["dw"] == r"dW = X^{\top} \operatorname{diag}(ds) Y"


def test_windows_gathers_and_more_axes_have_no_matrix_form():
    assert set(forms("convolution").values()) == {None}
    assert set(forms("pooling").values()) == {None}
    assert set(forms("embedding").values()) == {None}


def test_a_capital_that_is_taken_is_not_used():
    @sn.op
    def both(x: "n d", X: "n d"):
        y = x * X
        return y

    assert matrix_latex(both.graph.by_name["y"], None, both.graph) == r"Y = x \odot X"


def test_a_size_does_not_share_its_letter_with_a_matrix():
    @sn.op
    def hidden(h: "n h"):
        m = sn.mean(h, over="h")
        return m

    (m,) = hidden.graph.definitions
    assert matrix_latex(m, None, hidden.graph) == r"m = \frac{1}{N_{\mathrm{h}}} \operatorname{rowsum}(H)"


def test_an_expression_alone_and_for_the_terminal():
    graph = OPERATIONS["dense"].graph
    y = graph.by_name["y"]
    assert matrix_latex(y.expr, y.axes, graph) == r"X W + \mathbf{1} b^{\top}"
    assert matrix_text(y, None, graph) == "Y = X W + 𝟏 bᵀ"


def test_an_input_has_no_form():
    graph = OPERATIONS["dense"].graph
    assert matrix_latex(graph.by_name["x"], None, graph) is None


def test_a_product_of_three_factors_over_one_index_has_no_form():
    @sn.op
    def triple(a: "i k", b: "j k", c: "i j k"):
        y = sn.sum(a * b * c, over="k")
        return y

    assert matrix_latex(triple.graph.by_name["y"], None, triple.graph) is None


def test_a_longer_chain_of_products():
    @sn.op
    def chain(a: "i j", b: "j k", c: "k l"):
        y = sn.sum(a * b * c, over="j k")
        return y

    assert matrix_latex(chain.graph.by_name["y"], None, chain.graph) == "Y = A B C"


@pytest.mark.parametrize("name", list(EVERYTHING))
def test_every_form_computes_the_expression(name):
    derivation = sn.derive(EVERYTHING[name])
    notation = notation_of(derivation)
    point, constants, interpreter = values(derivation, seed=5)
    printer = Printer(notation, Text())
    names = notation.names
    scalars = {names.size(s.label).text(): np.float64(v) for s, v in point.sizes.items()}
    scalars |= {names.parameter(k).text(): np.float64(v) for k, v in constants.items()}
    for node in (*derivation.graph.definitions, *derivation.shown.values()):
        printed = matrix_equation(node, printer)
        if printed is None or " I" in printed or "Σ" in printed:
            continue
        expected = interpreter(node.expr, node.axes) if node.carry is None else interpreter.values[node.name]
        steps = [i for i in node.axes if notation.is_step(i)]
        fixed = [*steps, *[i for i in node.axes if i not in steps][:-2]]
        lengths = (expected.shape[node.axes.index(i)] for i in fixed)
        for place in itertools.islice(itertools.product(*map(range, lengths)), 3):
            here = dict(zip(fixed, place))
            known = [n for n in nodes(derivation) if n.name in interpreter.values]
            arrays = [looks(n, here, np.asarray(interpreter.values[n.name]), printed, notation) for n in known]
            if None in arrays:
                continue  # it reads what is given before the first step or after the last
            got = MatrixReader(printed.partition(" = ")[2], scalars | dict(itertools.chain(*arrays))).read()
            want = expected[tuple(here.get(i, slice(None)) for i in node.axes)]
            want = want[:, None] if want.ndim == 1 else want
            assert np.allclose(np.broadcast_to(got, want.shape), want, rtol=1e-9), printed


def looks(owner, here, array, printed, notation):
    """An array as a formula writes it, with its value ``here``; None where a step is read that there is not."""
    steps = [i for i in owner.axes if notation.is_step(i)]
    rest = [i for i in owner.axes if i not in steps]
    fixed = [*here][len([i for i in here if notation.is_step(i)]) :]
    part = bool(fixed) and rest[: len(fixed)] == fixed
    if part:
        array = array[tuple(here[i] if i in fixed else slice(None) for i in owner.axes)]
        rest = rest[len(fixed) :]
    if len(rest) > 2:
        return []
    names, name = notation.names, (owner.name, owner.adjoint_of)
    symbol = (names.matrix(*name, part) if len(rest) == 2 else names.node(*name)).text()
    if not steps:
        return [(symbol, array[:, None] if len(rest) == 1 else array)]
    found = []
    axis = [i for i in owner.axes if i in steps or i in rest].index(steps[0])
    for below in re.findall(rf"(?<!\w){re.escape(symbol)}\[([^\]]*)\]", printed):
        known = {
            steps[0].label: here.get(steps[0], 0),
            notation.names.size(steps[0].size.label).text(): array.shape[axis],
        }
        terms = re.findall(r"([+-]?)(\w+)", below)
        position = sum((-1 if sign == "-" else 1) * int(known.get(term, term)) for sign, term in terms)
        if not 0 <= position < array.shape[axis]:
            return None
        value = np.take(array, position, axis)
        found.append((f"{symbol}[{below}]", value[:, None] if len(rest) == 1 else value))
    return found


def nodes(derivation) -> list[Node]:
    late = (s.node for s in derivation.steps)
    return [*derivation.stable.nodes, *derivation.upstream, *late, *derivation.backward]


def test_the_check_above_can_fail():
    a = np.arange(6.0).reshape(2, 3)
    assert not np.allclose(MatrixReader("A ⊙ A", {"A": a}).read(), MatrixReader("2 A", {"A": a}).read())
    assert np.allclose(MatrixReader("Aᵀ A - 𝟏 colsum(A)ᵀ", {"A": a}).read(), a.T @ a - a.sum(axis=0))
    with pytest.raises(AssertionError):
        MatrixReader("A +", {"A": a}).read()


def test_scalars_are_exact():
    graph = OPERATIONS["dense"].graph
    x = graph.by_name["x"]
    assert matrix_latex(sp.Rational(3, 4) * x.value, x.axes, graph) == r"\frac{3}{4} X"
