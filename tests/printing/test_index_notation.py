"""Index notation: order, signs, fractions, bound indices, brackets."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
import sympy as sp

import symnet as sn
from symnet.ir import functions as fn
from symnet.ir.expr import Constant, Index, Param, Size, reduce_over
from symnet.ir.graph import Graph, Node, Parameter
from symnet.printing.index_notation import Notation, latex, latex_equation, text, text_equation
from tests.printing.operations import OPERATIONS

N, D = Size("n"), Size("d")
n, m, d, c = Index("n", N), Index("m", N), Index("d", D), Index("c", Size("c"))
X = Node("x", (n, d))
Y = Node("y", (n, d))
B = Node("b", (d,))
P = Node("p", (n, d), sp.exp(X[n, d]))
R = Node("r", (n, m))
DY = Node("dy", (n, d), adjoint_of="y")
GRAPH = Graph("g", (X, Y, B, P, R), (P,), parameters=(Parameter("eps", 1e-6),))
NOTATION = Notation(GRAPH, [DY])
x, y, b, p, dy = X[n, d], Y[n, d], B[(d,)], P[n, d], DY[n, d]
eps = Param("eps")


def both(expr: sp.Expr) -> tuple[str, str]:
    return latex(expr, NOTATION), text(expr, NOTATION)


@pytest.mark.parametrize(
    "expr, printed",
    [
        (b + x, "x_{nd} + b_{d}"),
        (1 - y, "1 - y_{nd}"),
        (p - y, "p_{nd} - y_{nd}"),
        (y - p, "y_{nd} - p_{nd}"),
        (-x - y, "-x_{nd} - y_{nd}"),
        (x + eps, r"x_{nd} + \epsilon"),
        (x + sp.Rational(1, 10**6), "x_{nd} + 10^{-6}"),
        (1 + x, "1 + x_{nd}"),
        (N - D + 1, "N - D + 1"),
    ],
)
def test_terms_stand_in_the_order_of_definition_and_a_plus_comes_first(expr, printed):
    assert latex(expr, NOTATION) == printed


@pytest.mark.parametrize(
    "expr, printed",
    [
        (y * (1 - y), "y_{nd} (1 - y_{nd})"),
        (sp.Mul(-1, y, y - 1), "y_{nd} (1 - y_{nd})"),
        (sp.Mul(-1, x, y + p), "-x_{nd} (y_{nd} + p_{nd})"),
        (sp.Mul(2, p, x, dy), "2 dy_{nd} x_{nd} p_{nd}"),
        (N * dy * x, "N dy_{nd} x_{nd}"),
        (fn.sigmoid(x) * (1 - fn.sigmoid(x)), r"\sigma(x_{nd}) (1 - \sigma(x_{nd}))"),
        (y * sp.log(p), r"y_{nd} \log p_{nd}"),
        (sp.log(1 - p) * (1 - y), r"(1 - y_{nd}) \log(1 - p_{nd})"),
        ((y - x) ** 2, "(x_{nd} - y_{nd})^{2}"),
        ((y - x) ** 3, "(y_{nd} - x_{nd})^{3}"),
    ],
)
def test_factors_and_signs(expr, printed):
    assert latex(expr, NOTATION) == printed


@pytest.mark.parametrize(
    "expr, as_latex, as_text",
    [
        ((p - y) / N, r"\frac{p_{nd} - y_{nd}}{N}", "(p[n,d] - y[n,d])/N"),
        (sp.Mul(2, 1 / N, p - y), r"\frac{2}{N} (p_{nd} - y_{nd})", "2/N · (p[n,d] - y[n,d])"),
        (x / 2, r"\frac{1}{2} x_{nd}", "1/2 · x[n,d]"),
        (x / (2 * N), r"\frac{x_{nd}}{2 N}", "x[n,d]/(2 N)"),
        (x / y / p, r"\frac{x_{nd}}{y_{nd} p_{nd}}", "x[n,d]/(y[n,d] p[n,d])"),
        (1 / sp.sqrt(x + eps), r"\frac{1}{\sqrt{x_{nd} + \epsilon}}", "1/√(x[n,d] + ε)"),
        (x ** sp.Rational(-3, 2), "x_{nd}^{-3/2}", "x[n,d]^(-3/2)"),
        ((x + eps) ** sp.Rational(-3, 2), r"(x_{nd} + \epsilon)^{-3/2}", "(x[n,d] + ε)^(-3/2)"),
        (x / (y / (p + 1) + 1), r"\frac{x_{nd}}{1 + \frac{y_{nd}}{1 + p_{nd}}}", "x[n,d]/(1 + y[n,d]/(1 + p[n,d]))"),
        (sp.sqrt(x) / N, r"\frac{\sqrt{x_{nd}}}{N}", "√(x[n,d])/N"),
        (sp.sqrt(D), r"\sqrt{D}", "√D"),
        (x**-2, r"\frac{1}{x_{nd}^{2}}", "1/x[n,d]²"),
        ((x / y) ** 2, r"\frac{x_{nd}^{2}}{y_{nd}^{2}}", "x[n,d]²/y[n,d]²"),
        (x ** (y - 1), "x_{nd}^{y_{nd} - 1}", "x[n,d]^(y[n,d] - 1)"),
        (sp.exp(-x) ** 2, "e^{-2 x_{nd}}", "exp(-2 x[n,d])"),
        (sp.exp(1 / x), r"\exp\left(\frac{1}{x_{nd}}\right)", "exp(1/x[n,d])"),
        ((1 + sp.exp(x)) ** y, r"(1 + e^{x_{nd}})^{y_{nd}}", "(1 + exp(x[n,d]))^(y[n,d])"),
    ],
)
def test_quotients_and_powers(expr, as_latex, as_text):
    assert both(expr) == (as_latex, as_text.replace("^(y[n,d])", "^y[n,d]"))


@pytest.mark.parametrize(
    "expr, printed",
    [
        (reduce_over("sum", x, [n]), r"\sum_{n} x_{nd}"),
        (reduce_over("sum", x, [n]) / N, r"\frac{1}{N} \sum_{n} x_{nd}"),
        (reduce_over("sum", x + y, [n]), r"\sum_{n} (x_{nd} + y_{nd})"),
        (reduce_over("sum", -x * y, [n]), r"-\sum_{n} x_{nd} y_{nd}"),
        (reduce_over("max", -x, [n]), r"\max_{n} (-x_{nd})"),
        (reduce_over("prod", x, [n]), r"\prod_{n} x_{nd}"),
        (reduce_over("argmax", x, [n]), r"\operatorname{argmax}_{n} x_{nd}"),
        (reduce_over("logsumexp", x, [n]), r"\operatorname{logsumexp}_{n} x_{nd}"),
        (reduce_over("sum", x, [n]) ** 2, r"\left(\sum_{n} x_{nd}\right)^{2}"),
        (
            reduce_over("sum", x, [n]) * reduce_over("sum", y, [n]),
            r"\left(\sum_{n} x_{nd}\right) \sum_{n} y_{nd}",
        ),
        (reduce_over("sum", x, [n]) + b, r"\sum_{n} x_{nd} + b_{d}"),
        (1 / reduce_over("sum", x, [n]), r"\frac{1}{\sum_{n} x_{nd}}"),
        (sp.log(reduce_over("sum", x, [n])), r"\log\left(\sum_{n} x_{nd}\right)"),
        (reduce_over("sum", reduce_over("max", x, [d]), [n]), r"\sum_{n} \max_{d} x_{nd}"),
        (reduce_over("sum", x, [n, d]), r"\sum_{n,d} x_{nd}"),
    ],
)
def test_reductions(expr, printed):
    assert latex(expr, NOTATION) == printed


def test_a_bound_index_is_primed_only_where_its_letter_is_in_use():
    total = reduce_over("sum", x, [n])
    assert latex(total, NOTATION) == r"\sum_{n} x_{nd}"
    assert latex(x - total / N, NOTATION) == r"x_{nd} - \frac{1}{N} \sum_{n'} x_{n'd}"
    assert latex_equation(x, total, NOTATION) == r"x_{nd} = \sum_{n'} x_{n'd}"
    assert text_equation(b, total, NOTATION) == "b[d] = Σ_n x[n,d]"
    nested = reduce_over("sum", x * reduce_over("sum", X[n, d], [n]), [n])
    assert latex(nested, NOTATION) == r"\sum_{n} x_{nd} \sum_{n'} x_{n'd}"
    assert latex(x + nested, NOTATION) == r"x_{nd} + \sum_{n'} x_{n'd} \sum_{n''} x_{n''d}"


def test_two_ranges_of_one_letter_are_told_apart():
    window = Index("d", D - 1)
    assert latex(X[n, window] * b, NOTATION) == "x_{nd'} b_{d}"


def test_softmax_is_a_quotient():
    lse = reduce_over("logsumexp", X[n, c], [c])
    z = X[n, d]
    assert latex(sp.exp(z - lse), NOTATION) == r"\frac{e^{x_{nd}}}{\sum_{c} e^{x_{nc}}}"
    assert text(sp.exp(z - lse), NOTATION) == "exp(x[n,d])/(Σ_c exp(x[n,c]))"
    assert latex(sp.exp(z - lse) / N, NOTATION) == r"\frac{1}{N} \frac{e^{x_{nd}}}{\sum_{c} e^{x_{nc}}}"
    assert text(y * sp.exp(z - lse) ** 2, NOTATION) == "y[n,d] exp(2 (x[n,d] - logsumexp_c x[n,c]))"


@pytest.mark.parametrize(
    "expr, as_latex, as_text",
    [
        (fn.eq(n, m), r"\delta_{mn}", "δ[m,n]"),
        (fn.eq(n, 2 * m + d), r"\delta_{n,2m+d}", "δ[n,2m+d]"),
        (fn.eq(d, 0), r"\delta_{d,0}", "δ[d,0]"),
        (fn.gt(x, 0), "[x_{nd} > 0]", "[x[n,d] > 0]"),
        (fn.gt(0, x), "[x_{nd} < 0]", "[x[n,d] < 0]"),
        (fn.ge(0, x), r"[x_{nd} \le 0]", "[x[n,d] ≤ 0]"),
        (fn.ne(x, y), r"[x_{nd} \ne y_{nd}]", "[x[n,d] ≠ y[n,d]]"),
        (fn.maximum(0, x), r"\max(0, x_{nd})", "max(0, x[n,d])"),
        (fn.minimum(x, y), r"\min(x_{nd}, y_{nd})", "min(x[n,d], y[n,d])"),
        (fn.absolute(x), r"\left|x_{nd}\right|", "|x[n,d]|"),
        (fn.absolute(fn.absolute(x) - 1), r"\left|\left|x_{nd}\right| - 1\right|", "abs(|x[n,d]| - 1)"),
        (fn.sign(x), r"\operatorname{sign}(x_{nd})", "sign(x[n,d])"),
        (sp.tanh(x) ** 2, r"\tanh^{2}(x_{nd})", "tanh(x[n,d])²"),
        (sp.floor(N / 2), r"\left\lfloor \frac{1}{2} N \right\rfloor", "⌊1/2 · N⌋"),
        (
            fn.where(fn.gt(x, 0), x, y - 1),
            r"\begin{cases} x_{nd}, & x_{nd} > 0 \\ y_{nd} - 1, & x_{nd} \le 0 \end{cases}",
            "where(x[n,d] > 0, x[n,d], y[n,d] - 1)",
        ),
        (
            fn.where(fn.gt(x, 0) * fn.ge(1, y), x, 0) * b,
            r"b_{d} \begin{cases} x_{nd}, & x_{nd} > 0 \wedge y_{nd} \le 1 "
            r"\\ 0, & [x_{nd} > 0] [y_{nd} \le 1] = 0 \end{cases}",
            "b[d] where(x[n,d] > 0 ∧ y[n,d] ≤ 1, x[n,d], 0)",
        ),
    ],
)
def test_brackets_and_functions(expr, as_latex, as_text):
    assert both(expr) == (as_latex, as_text)


def test_constants_are_printed_as_written():
    expr = Constant(sp.Rational("0.044715")) * x**3 + x
    assert latex(expr, NOTATION) == "x_{nd} + 0.044715 x_{nd}^{3}"
    assert latex(3 * Constant(sp.Rational("0.044715")) * x, NOTATION) == r"3 \cdot 0.044715 x_{nd}"
    assert latex(y - Constant(sp.Rational("-0.123")) * x, NOTATION) == "0.123 x_{nd} + y_{nd}"


def test_the_square_of_a_square_is_bracketed():
    graph = OPERATIONS["batch_norm"].graph
    square = graph.by_name["sigma2"].value ** 2
    assert latex(square, graph) == r"(\sigma^{2}_{d})^{2}"
    assert text(square, graph) == "(σ²[d])²"


def test_powers_of_products_and_powers_are_bracketed():
    assert latex(sp.Pow(-x * y, b), NOTATION) == "(-x_{nd} y_{nd})^{b_{d}}"
    assert latex(sp.Pow(-2, x), NOTATION) == "(-2)^{x_{nd}}"
    assert latex(sp.Pow(sp.Rational(5, 3), x), NOTATION) == r"\left(\frac{5}{3}\right)^{x_{nd}}"


def test_windows_and_gathers():
    conv, embedding = OPERATIONS["convolution"].graph, OPERATIONS["embedding"].graph
    (y_conv,), (y_embedding,) = conv.definitions, embedding.definitions
    assert latex_equation(y_conv.value, y_conv.expr, conv) == (r"y_{nohw} = \sum_{c,r,s} x_{n,c,h+r,w+s} k_{ocrs}")
    assert latex_equation(y_embedding.value, y_embedding.expr, embedding) == r"y_{nd} = \mathrm{table}_{t_{n},d}"
    (pooled,) = OPERATIONS["pooling"].graph.definitions
    assert latex_equation(pooled.value, pooled.expr) == r"y_{nchw} = \max_{r,s \in \{0, 1\}} x_{n,c,2h+r,2w+s}"
    assert text_equation(pooled.value, pooled.expr) == "y[n,c,h,w] = max_r,s=0..1 x[n,c,2h+r,2w+s]"


def test_an_axis_with_a_long_name_is_set_upright_between_commas():
    graph = OPERATIONS["diagonal"].graph
    (node,) = graph.definitions
    assert latex_equation(node.value, node.expr, graph) == (
        r"y_{n} = \sum_{\mathrm{words}} x_{nn} \, \mathrm{batch}_{n,\mathrm{words}} + N_{\mathrm{words}}"
    )


def test_batch_norm_input_gradient_is_the_three_term_form():
    derivation = sn.derive(OPERATIONS["batch_norm"])
    from symnet.explain.content import notation_of

    node = derivation.gradients["x"]
    assert text_equation(node.value, node.expr, notation_of(derivation)) == (
        "dx[n,d] = 1/(N √(σ²[d] + ε)) · (N dx̂[n,d] - Σ_n' dx̂[n',d] - x̂[n,d] Σ_n' dx̂[n',d] x̂[n',d])"
    )


def test_without_a_graph_the_names_are_the_same():
    assert latex(dy * x + b) == "dy_{nd} x_{nd} + b_{d}"


@pytest.mark.slow
def test_print_does_not_depend_on_the_hash_seed():
    program = (
        "from tests.printing.operations import OPERATIONS as O\n"
        "import symnet as sn\n"
        "print(*(sn.derive(O[n]).text() for n in ('batch_norm', 'two_layers', 'powers', 'attention')))"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", program],
            env=os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(outputs) == 1


def test_a_power_of_a_product_that_ends_in_a_sum_is_of_the_whole_product():
    @sn.op
    def scaled(x: "n m", k: "m", *, p=1.5):
        return (k * sn.sum(x**2, over="n")) ** p / (k * sn.max(x, over="n"))

    (y,) = scaled.graph.outputs
    assert text(y.expr, scaled.graph) == "(k[m] Σ_n x[n,m]²)^p/(k[m] max_n x[n,m])"
    assert r"\left(k_{m} \sum_{n} x_{nm}^{2}\right)^{p}" in latex(y.expr, scaled.graph)
