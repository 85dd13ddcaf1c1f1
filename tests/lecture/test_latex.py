"""What is printed reads as what was printed."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symnet.lecture.context.refs import Ref
from symnet.lecture.latex.printer import latex_of
from symnet.lecture.reader.reader import read_formula
from symnet.lecture.reader.syntax import (
    Absolute,
    Big,
    Call,
    Derivative,
    Expr,
    Label,
    Matrix,
    Moment,
    Nabla,
    Negate,
    Norm,
    Number,
    Paren,
    Plus,
    Power,
    Product,
    Quotient,
    Root,
    Statement,
    Symbol,
    Transpose,
    Tuple,
)

FORMULAS = r"""
a + b - c
-a - (b - c)
a (b + c) d
-(a + b)
2 x^2 y
a \cdot b \times c * d
a \odot (b + c)
\frac{a + b}{c - d}
\frac{1}{1 + e^{-x}}
\sqrt{x^2 + 1} + \sqrt[3]{y}
(a + b)^2
{x^2}^3
x^{(i)} + x^{[l]} + x^{<t>}
z^{[l](i)}
{x^{(i)}}^2
{w^*}^2
W^{[l]T}
(AB)^\top
{A^{-1}}^\top
A^{-\top}
{A^\top}^{-1}
x^{\circ 2}
x^{\text{new}} + x^+ + x'
x_{ij} + x_{i,j+1} + x_{t-1} + W_{j,:} + x_{1:t}
s_{y_i} + n_{\text{in}} + x_{\max} + R_{L2} + x_{ijk} + x_{12} + x_{-1}
\hat{\mathbf{y}}^{(i)}_{j}
\Delta w_{ij}
\bar{x} + \tilde{x} + \vec{x} + \dot{x}
\mathcal{L} + \mathbb{A} + \mathbf{W} + \boldsymbol{\theta}
dW^{[l]} + db
Loss + \text{Precision} + \mathrm{ReLU}(x) + batch\_size
\log x + \log_2 x + \tanh^2 x + \exp(-x)
\log(x) y
\sigma'(z) + f''(x) + g^{[l]\prime}(z)
f(x, y; W)
\sigma(x)(1 - \sigma(x))
a(b + c)
\mathrm{softmax}(z)_i
(fg)' + \sigma(x)'
\max(0, x) + \min\{a, b\}
|x| + \|x\| + \|x\|_2^2 + |x|^2
\lfloor x / 2 \rfloor
\langle x, y \rangle
\binom{n}{k}
\sum_{i=1}^{n} x_i y_i
\left(\sum_i x_i\right) + x_i
\sum_i (x_i + y_i)
\sum_i x_i + y_i
\sum_i x_i + y
\sum_i -x_i
\frac{1}{n} \sum_{i=1}^n \sum_{j \ne i} a_{ij}
\sum_{i < j} a_{ij}
\sum_{i \in B} x_i
\sum_{1 \le i \le n} x_i
\prod_{k=0}^{i-1} n_k \mathbb{D}[W^k]
\max_j z_j
\max_j (z_j + b_j)
\arg\min_{w, b} L(w, b)
\lim_{h \to 0} \frac{f(x+h) - f(x)}{h}
\int_0^1 x^2 \, dx
\mathbb{E}_{x \sim p}[f(x)]
\mathbb{E}[x]^2 - \operatorname{Var}[x] + \operatorname{Cov}(x, y) + \mathbb{E}[y \mid x]
\frac{\partial L}{\partial w_{ij}}
\frac{\partial^2 f}{\partial x \partial y}
\frac{\partial^2 f}{\partial x^2}
\frac{\partial}{\partial x} (f g)
\frac{d}{dx} f(g(x))
\frac{\partial L}{\partial \sigma^2}
\left(\frac{\partial y}{\partial x}\right)^\top \nabla_y z
\nabla_w L(w) \cdot a
\nabla^2 f(x)
\nabla_w \sum_i L_i
\nabla_w (a + b)
\begin{pmatrix} a & b \\ c & -d \end{pmatrix}^{-1}
[x_1, x_2, \dots, x_n]^\top
(x, y)^\top
\mathbb{1}[i = j]
\{x : x > 0\}
\{x_i\}_{i=1}^n
\underbrace{a b}_{\le 2}
\left. f \right|_{x = 0}
\begin{cases} x, & x > 0 \\ 0, & \text{otherwise} \end{cases}
-\infty
x_1 + \dots + x_n
\dim X
a = b \le c
= a + b
W \in \mathbb{R}^{n \times (d + 1)}
x \in [0, 1]
z := Wx
w \leftarrow w - \alpha \nabla L(w)
f : \mathbb{R}^n \to \mathbb{R}
z = x, \quad i = 1, \dots, n
z_i = x_i, \quad l \in [1, L]
y = x \quad \text{if } x > 0
\forall i, a_i = b_i
10^{-8} + 0.9 + 1e-4
a - (b + c) + (d - e)
a \cdot (-b)
\frac{a}{b} \frac{c}{d}
(a + b)(c + d)
x^{-1/2} (y - z)
e^{x_i} e^{-x_j}
p_i (\delta_{ij} - p_j)
-\frac{1}{n} \sum_{i=1}^n \left[ y_i \log p_i + (1 - y_i) \log(1 - p_i) \right]
\mathbf{x}^\top \mathbf{A} \mathbf{x} + 2 \mathbf{b}^\top \mathbf{x}
\gamma \odot \frac{\mathbf{x} - \mu}{\sqrt{\sigma^2 + \epsilon}} + \beta
\hat{m}_t / (\sqrt{\hat{v}_t} + \epsilon)
\operatorname{KL}(p \| q)
(I * K)(i, j)
[\mathbf{H}]_{i, j}
\tanh(W [h_{t-1}; x_t])
u \oslash v + (a \oslash b) c
x^{ab} + x^{i+1} + x^{T_1}
W_{i}^{(l)} + W^{(l)}_{i}
w_{t+1}^{j}
\sum_{x \in X} \sum_y p(x, y) \log p(x, y)
\left\| y - X w \right\|^2
\log \frac{p}{1 - p}
\log \sum_j e^{z_j}
\sqrt{\frac{2}{n_{in} + n_{out}}}
W^i \sim U[-a, a]
X \Rightarrow Y
x \mapsto x^2
a \ne b < c \ll d
a \approx b \propto c \equiv d
a > b \ge c \gg d
A \subset B \Leftrightarrow C \subset D
\sigma^2(x)
\mathbf{1}^\top p
\mathbb{R}
\emptyset
\mathrm{Attention}(Q, K, V) = \mathrm{softmax}\left(\frac{QK^\top}{\sqrt{d_k}}\right) V
\theta_{t+1} = \theta_t - \frac{\eta}{\sqrt{\hat{v}_t} + \epsilon} \hat{m}_t
\delta^{(l)} = \left( (W^{(l+1)})^\top \delta^{(l+1)} \right) \odot \sigma'(z^{(l)})
""".strip().splitlines()


def without_brackets(expr: Expr) -> Expr:
    """The tree without the brackets that only group."""
    return without_brackets(expr.arg) if isinstance(expr, Paren) else expr.map(without_brackets)


def read(latex: str) -> Statement:
    (statement,) = read_formula(latex)
    assert isinstance(statement, Statement), f"{latex}: {statement}"
    return statement


def read_again(expr: Expr) -> Expr:
    """What is read where ``expr`` was printed."""
    statement = read(latex_of(expr))
    return statement if isinstance(expr, Statement) else statement.terms[0]


@pytest.mark.parametrize("latex", FORMULAS)
def test_round_trip(latex):
    statement = read(latex)
    printed = latex_of(statement)
    assert read(printed) == statement
    assert latex_of(read(printed)) == printed


def test_brackets_are_minimal():
    for latex in (r"a + b c", r"a - b", r"\frac{a + b}{c}", "x^{a + b}", r"-a b", r"\sqrt{a + b}", r"\sum_i x_i y_i"):
        assert latex_of(read(latex)) == latex


def test_brackets_are_added_where_the_tree_has_none():
    a, b, c = map(Symbol, "abc")
    total = Plus((a, b))
    assert latex_of(Product(total, c)) == "(a + b) c"
    assert latex_of(Product(a, Product(b, c))) == "a {(b c)}"  # and no call of a
    assert latex_of(Power(total, Number(Fraction(2)))) == "(a + b)^2"
    assert latex_of(Transpose(Product(a, b))) == r"(a b)^\top"
    assert latex_of(Plus((a, Negate(total)))) == "a - (a + b)"
    assert latex_of(Negate(Negate(a))) == "-(-a)"
    assert latex_of(Product(a, Negate(b), "dot")) == r"a \cdot -b"


def test_scope_ends_where_the_tree_says_so():
    i = Symbol("i")
    x, y = Symbol("x", subs=(i,)), Symbol("y", subs=(i,))
    inside = Big("sum", Plus((x, y)), (i,))
    outside = Plus((Big("sum", x, (i,)), y))
    assert latex_of(inside) == r"\sum_i x_i + y_i"
    assert latex_of(outside) == r"(\sum_i x_i) + y_i" or r"\left( \sum_i x_i \right) + y_i" == latex_of(outside)
    assert read_again(inside) == inside
    assert without_brackets(read_again(outside)) == outside


def test_resolved_names():
    i, j = Symbol("i"), Symbol("j")
    assert latex_of(Ref("W")) == "W"
    assert latex_of(Ref("W", (i, j))) == "W_{i,j}"
    assert latex_of(Ref(r"\hat{y}", (i,))) in (r"\hat{y}_{i}", r"\hat{y}_i")
    assert latex_of(Product(Ref("a"), Plus((Ref("b"), Ref("c"))))) == "a (b + c)"


def test_unknown_parts_are_an_error():
    class Other(Expr):
        pass

    with pytest.raises(TypeError, match="Other"):
        latex_of(Other())


# -- generated trees --------------------------------------------------------------------------------------------------

LETTERS = st.sampled_from(["a", "b", "x", "y", "W", "alpha", "theta", "Loss"])
INDICES = st.sampled_from(["i", "j", "k"]).map(Symbol)
LABELS = st.one_of(
    st.just(()),
    st.sampled_from([(Label("paren", Symbol("i")),), (Label("bracket", Symbol("l")),), (Label("star"),)]),
)
SYMBOLS = st.builds(
    Symbol,
    LETTERS,
    marks=st.sampled_from([(), ("hat",), ("bar",), ("Delta",)]),
    font=st.sampled_from(["", "", "bold"]),
    subs=st.lists(INDICES, max_size=2).map(tuple),
    labels=LABELS,
)
NUMBERS = st.integers(0, 20).map(lambda n: Number(Fraction(n), str(n)))
FUNCTIONS = st.sampled_from(["log", "exp", "tanh", "sigma", "f"])


def _call(name: str, arg: Expr) -> Expr:
    return Call(Symbol(name), (arg,), certain=name in ("log", "exp", "tanh"))


def _compound(parts: st.SearchStrategy[Expr]) -> st.SearchStrategy[Expr]:
    operators = st.sampled_from(["juxtapose", "dot", "times", "odot", "star", "outer", "matmul"])
    return st.one_of(
        st.lists(parts, min_size=2, max_size=3).map(lambda terms: Plus(tuple(terms))),
        parts.map(Negate),
        st.builds(Product, parts, parts, operators),
        st.builds(Quotient, parts, parts),
        st.builds(Quotient, parts, parts, st.just(True)),
        st.builds(Power, parts, parts),
        st.builds(Transpose, parts),
        st.builds(Root, parts),
        st.builds(Absolute, parts),
        st.builds(Norm, parts),
        st.builds(_call, FUNCTIONS, parts),
        st.builds(lambda body, i: Big("sum", body, (i,)), parts, INDICES),
        st.builds(lambda body, i: Big("prod", body, (i,), Number(Fraction(1), "1"), Symbol("n")), parts, INDICES),
        st.builds(lambda of, by: Derivative(of, (by,)), parts, SYMBOLS),
        st.builds(lambda of, by: Nabla(of, (by,)), parts, SYMBOLS),
        st.builds(lambda arg: Moment("E", (arg,)), parts),
        st.builds(lambda a, b: Matrix(((a, b),)), parts, parts),
        st.builds(lambda a, b: Tuple((a, b)), parts, parts),
    )


TREES = st.recursive(st.one_of(SYMBOLS, NUMBERS), _compound, max_leaves=8)


def flat(expr: Expr) -> Expr:
    """The tree without grouping brackets, and sums in sums flattened: what brackets cannot tell apart."""
    expr = expr.map(flat)
    if isinstance(expr, Paren):
        return expr.arg
    return expr


@settings(max_examples=300, deadline=None)
@given(TREES)
def test_generated_trees(expr):
    assert flat(read_again(expr)) == flat(expr), latex_of(expr)
