"""What the reader makes of LaTeX: trees in a compact notation, spans, refusals, limits."""

from __future__ import annotations

import random
import time
from fractions import Fraction

import pytest

from symnet.lecture.latex.printer import latex_of
from symnet.lecture.reader.reader import DEFECT, read_formula
from symnet.lecture.reader.syntax import (
    NOWHERE,
    Absolute,
    Big,
    Braced,
    Call,
    Cases,
    Derivative,
    Dots,
    Expr,
    Indicator,
    Infinity,
    Interval,
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
    Prime,
    Product,
    Quotient,
    Refusal,
    Root,
    SetOf,
    Slice,
    Space,
    Statement,
    Symbol,
    Transpose,
    Tuple,
)

OPERATORS = {"juxtapose": " ", "dot": " . ", "times": " x ", "star": " * "}


def shown(e: Expr | Refusal | None) -> str:
    """A tree on one line: <a b> is a product, (a + b) a sum, [..] brackets of the formula, f? an uncertain call."""
    match e:
        case None:
            return "else"
        case Refusal():
            return f"refused: {e.reason}"
        case Symbol():
            text = e.name if not e.font else f"{e.font}:{e.name}"
            for mark in e.marks:
                text = f"{mark}({text})"
            return text + (f"_{{{listed(e.subs)}}}" if e.subs else "") + "".join(map(shown, e.labels))
        case Label(kind="paren" | "bracket" | "angle"):
            left, right = {"paren": "()", "bracket": "[]", "angle": "<>"}[e.kind]
            return f"^{left}{shown(e.value)}{right}"
        case Label():
            return {"prime": "'" * e.count, "star": "^*"}.get(e.kind, f"^{e.word}")
        case Number():
            return str(e.value)
        case Infinity():
            return "oo"
        case Dots():
            return "..."
        case Slice():
            return f"{shown(e.low) if e.low else ''}:{shown(e.high) if e.high else ''}"
        case Plus():
            return f"({' + '.join(map(shown, e.terms))})"
        case Negate():
            return f"-{shown(e.arg)}"
        case Product():
            return f"<{shown(e.left)}{OPERATORS.get(e.op, f' {e.op} ')}{shown(e.right)}>"
        case Quotient():
            return f"<{shown(e.numerator)} {'./' if e.elementwise else '/'} {shown(e.denominator)}>"
        case Power():
            return f"{shown(e.base)}{'.^' if e.elementwise else '^'}{shown(e.exponent)}"
        case Root():
            return f"root({shown(e.arg)}{', ' + shown(e.degree) if e.degree else ''})"
        case Transpose():
            return f"{shown(e.arg)}^T"
        case Paren():
            return f"[{shown(e.arg)}]"
        case Absolute():
            return f"|{shown(e.arg)}|"
        case Norm():
            return f"||{shown(e.arg)}||" + (f"_{shown(e.order)}" if e.order else "")
        case Call():
            inside = listed(e.args) + (f"; {listed(e.parameters)}" if e.parameters else "")
            sure = "" if e.certain else "?"
            below = f"_{{{listed(e.subs)}}}" if e.subs else ""
            return f"{shown(e.function)}{chr(39) * e.primes}{sure}({inside}){below}"
        case Prime():
            return f"{shown(e.arg)}{chr(39) * e.count}"
        case Big():
            words = [e.op, ",".join(map(shown, e.variables))]
            for word, part in (("from", e.lower), ("to", e.upper), ("in", e.domain)):
                words += [word, shown(part)] if part is not None else []
            words += ["if " + listed(e.conditions)] if e.conditions else []
            return f"{' '.join(filter(None, words))} {{{shown(e.body)}}}"
        case Derivative():
            return f"{'d' if e.total else 'D'}({shown(e.of) if e.of else ''} by {listed(e.by)})"
        case Nabla():
            return f"nabla{e.order if e.order > 1 else ''}_{{{listed(e.by)}}}({shown(e.of)})"
        case Moment():
            given = f" | {listed(e.given)}" if e.given else ""
            return f"{e.kind}{f'_{{{listed(e.under)}}}' if e.under else ''}({listed(e.args)}{given})"
        case Braced():
            return f"brace({shown(e.arg)}{', ' + shown(e.note) if e.note else ''})"
        case Tuple():
            return f"tuple({listed(e.items)})"
        case Matrix():
            return f"matrix({'; '.join(map(listed, e.rows))})"
        case Cases():
            return f"cases({'; '.join(f'{shown(v)} if {shown(c)}' for v, c in e.branches)})"
        case Indicator():
            return f"indicator({shown(e.condition)})"
        case Interval():
            return f"{'[' if e.closed[0] else '('}{shown(e.low)}, {shown(e.high)}{']' if e.closed[1] else ')'}"
        case SetOf():
            return f"set({listed(e.items)}{' : ' + listed(e.conditions) if e.conditions else ''})"
        case Space():
            return f"{e.name}({listed(e.dims)})"
        case Statement():
            signs = list(e.relations)
            words = [signs.pop(0)] if e.continues else []
            for k, term in enumerate(e.terms):
                words += [shown(term), *signs[k : k + 1]]
            return " ".join(words) + (f" | {listed(e.conditions)}" if e.conditions else "")
    parts = ", ".join(map(shown, e.children()))
    return f"{type(e).__name__}({parts})"


def listed(parts: tuple[Expr, ...]) -> str:
    return ", ".join(map(shown, parts))


def read(latex: str) -> list[str]:
    return [shown(s) for s in read_formula(latex)]


def tree(latex: str) -> Expr:
    """The only term of a formula that is one statement without a relation."""
    (statement,) = read_formula(latex)
    assert isinstance(statement, Statement) and len(statement.terms) == 1, shown(statement)
    return statement.terms[0]


#: LaTeX and the claims in it
TABLE = {
    # numbers, names, products
    r"0.9": ["9/10"],
    r"0{,}9 + 1e-4": ["(9/10 + 1/10000)"],
    r"10{,}000": ["10000"],
    r"10^{-8}": ["10^-8"],
    r"2xy": ["<<2 x> y>"],
    r"Wx": ["<W x>"],
    r"ABC": ["<<A B> C>"],
    r"Loss + BCE - MSE": ["(Loss + BCE + -MSE)"],
    r"batch\_size": ["batch_size"],
    r"dW \cdot db": ["<dW . db>"],
    r"d w": ["<d w>"],
    r"\mathrm{d}\mathbf{W}": ["bold:dW"],
    r"\mathbf{Wx}": ["<bold:W bold:x>"],
    r"{\bf W}{\bf x}": ["<bold:W bold:x>"],
    r"\boldsymbol{\theta}_{\text{new}}": ["bold:theta_{rm:new}"],
    r"\hat{\mathbf{y}}": ["hat(bold:y)"],
    r"\mathbf{\hat y}": ["hat(bold:y)"],
    r"\Delta w_{ij}": ["Delta(w)_{i, j}"],
    r"\mathcal{L}": ["cal:L"],
    r"0.5x": ["<1/2 x>"],
    # scripts
    r"x^{(i)}": ["x^(i)"],
    r"a^{[l-1]}": ["a^[(l + -1)]"],
    r"a^{<t>}": ["a^<t>"],
    r"a^{\langle t \rangle}": ["a^<t>"],
    r"z^{[l](i)}": ["z^[l]^(i)"],
    r"W^{[l]T}": ["W^[l]^T"],
    r"W^{(l)\top}": ["W^(l)^T"],
    r"{W^{[l]}}^{\mathsf T}": ["W^[l]^T"],
    r"X^TX": ["<X^T X>"],
    r"w^* + w^\star": ["(w^* + w^*)"],
    r"w^{correct} w^{\text{test}}": ["<w^correct w^test>"],
    r"x^{-1/2}": ["x^-<1 / 2>"],
    r"A^{-T}": ["A^-1^T"],
    r"x^{\circ 2}": ["x.^2"],
    r"x'_{i} x''": ["<x_{i}' x''>"],
    r"w_i^2 + w^2_i": ["(w_{i}^2 + w_{i}^2)"],
    r"a_{ij} + a_{i,j}": ["(a_{i, j} + a_{i, j})"],
    r"x_{t-1}": ["x_{(t + -1)}"],
    r"W_{j,:} x_{1:t}": ["<W_{j, :} x_{1:t}>"],
    r"s_{y_i}": ["s_{y_{i}}"],
    r"n_{objects} n_{dw}": ["<n_{objects} n_{dw}>"],
    r"x_{\max}": ["x_{max}"],
    r"e^{x_i}": ["e^x_{i}"],
    r"(x - 1)^{2}": ["[(x + -1)]^2"],
    # sums and quotients
    r"-a + b": ["(-a + b)"],
    r"-ab": ["-<a b>"],
    r"a \cdot -2": ["<a . -2>"],
    r"\frac12 x": ["<<1 / 2> x>"],
    r"1/2 x": ["<<1 / 2> x>"],
    r"n_2/n_d": ["<n_{2} / n_{d}>"],
    r"x \oslash y": ["<x ./ y>"],
    r"\sqrt[3]{x} \sqrt x": ["<root(x, 3) root(x)>"],
    r"\binom{n}{k}": ["binom(n, k)"],
    r"a \odot b \otimes c": ["<<a odot b> outer c>"],
    # functions
    r"y \log \hat y": ["<y log(hat(y))>"],
    r"\log(1-p)": ["log((1 + -p))"],
    r"\log 2\pi": ["log(<2 pi>)"],
    r"\log p \cdot q": ["<log(p) . q>"],
    r"\log p_i (1 - p_i)": ["log(p_{i}?((1 + -p_{i})))"],
    r"\tanh^2 x": ["tanh(x)^2"],
    r"\tanh'(x)": ["tanh'(x)"],
    r"\log_2(x)": ["log_{2}(x)"],
    r"\exp\left\{ -x \right\}": ["exp(-x)"],
    r"\log \sum_j e^{z_j}": ["log(sum j {e^z_{j}})"],
    r"\log \sum_k a_k b_k - c": ["(log(sum k {<a_{k} b_{k}>}) + -c)"],
    r"\log \frac{1}{n} \sum_k a_k b_k": ["log(<<1 / n> sum k {<a_{k} b_{k}>}>)"],
    r"\exp \max_k a_k b_k": ["exp(max k {<a_{k} b_{k}>})"],
    r"f(x; W) + p(y \mid x)": ["(f?(x; W) + p?(y; x))"],
    r"\sigma'(z) + f''(x)": ["(sigma'?(z) + f''?(x))"],
    r"\sigma(z)(1 - \sigma(z))": ["<sigma?(z) [(1 + -sigma?(z))]>"],
    r"\mathrm{softmax}(z)_i": ["rm:softmax(z)_{i}"],
    r"\text{SoftMax}(1 - \text{SoftMax})": ["<rm:SoftMax [(1 + -rm:SoftMax)]>"],
    r"\operatorname{BN}_{\gamma,\beta}(x)": ["rm:BN_{gamma, beta}(x)"],
    r"\max(0, x) + \max\{0, x\}": ["(max(0, x) + max(0, x))"],
    r"(fg)' + \sigma(x)'": ["([<f g>]' + sigma?(x)')"],
    r"x^2(1 - x)": ["<x^2 [(1 + -x)]>"],
    r"f^{-1}(x)": ["f^-1?(x)"],
    r"\lfloor x \rfloor": ["floor(x)"],
    # bars
    r"|x| + \|x\|_2^2 + ||x||": ["(|x| + ||x||_2^2 + ||x||)"],
    r"|a||b|": ["<|a| |b|>"],
    r"D_{KL}(p \| q)": ["D_{KL}?(p; q)"],
    r"\left. f \right|_{x = 0}": ["At(f, x = 0)"],
    r"f(x)|_{x=0}": ["At(f?(x), x = 0)"],
    # operators with a scope
    r"\sum_{i=1}^n x_i y_i": ["sum i from 1 to n {<x_{i} y_{i}>}"],
    r"\frac1n \sum_i -x_i": ["<<1 / n> sum i {-x_{i}}>"],
    r"-\sum_i y_i \log p_i + (1-y_i) \log(1-p_i)": [
        "-sum i {(<y_{i} log(p_{i})> + <[(1 + -y_{i})] log((1 + -p_{i}))>)}"
    ],
    r"\sum_i L_i + \lambda \sum_k w_k^2": ["(sum i {L_{i}} + <lambda sum k {w_{k}^2}>)"],
    r"\sum_i a_i + \sum_i b_i": ["(sum i {a_{i}} + sum i {b_{i}})"],
    r"\sum_i \sum_j a_{ij} + b_i": ["sum i {(sum j {a_{i, j}} + b_{i})}"],
    r"\sum_i \sum_j a_{ij} + b_j": ["sum i {sum j {(a_{i, j} + b_{j})}}"],
    r"\left(\sum_i a_i\right) + a_i": ["([sum i {a_{i}}] + a_{i})"],
    r"\sum_{j \ne y_i} s_j": ["sum j if j != y_{i} {s_{j}}"],
    r"\sum_{i \in B} x_i": ["sum i in B {x_{i}}"],
    r"\sum_{i,j} a_{ij}": ["sum i,j {a_{i, j}}"],
    r"\sum_{\substack{i=1 \\ i \ne j}}^n a_i": ["sum i from 1 to n if i != j {a_{i}}"],
    r"\sum_{1 \le i < j \le n} a_{ij}": ["sum i,j if 1 <= i < j <= n {a_{i, j}}"],
    r"\sum\limits_{k=1}^{K} \pi_k": ["sum k from 1 to K {pi_{k}}"],
    r"\prod_{k=0}^{i-1} n_k": ["prod k from 0 to (i + -1) {n_{k}}"],
    r"\arg\min_{w, b} L(w, b)": ["argmin w,b {L?(w, b)}"],
    r"\operatorname*{arg\,max}_k z_k": ["argmax k {z_{k}}"],
    r"\underset{w}{\arg\min}\, L(w)": ["argmin w {L?(w)}"],
    r"L(w) \to \min_w": ["L?(w) to min_{w}"],
    r"\lim_{h \to 0} \frac{f(x+h) - f(x)}{h}": ["lim h from 0 {<(f?((x + h)) + -f?(x)) / h>}"],
    r"\int_0^1 x^2 \, dx": ["int x from 0 to 1 {x^2}"],
    r"\int \int p(x, y) \, dx \, dy": ["int y {int x {p?(x, y)}}"],
    # moments
    r"\mathbb{E}[x]^2 + E[x^2]": ["(E(x)^2 + E(x^2))"],
    r"\mathbb{E}_{x \sim p}[f(x)]": ["E_{x sim p}(f?(x))"],
    r"\mathbb{D}x + \operatorname{Var}(x)": ["(Var(x) + Var(x))"],
    r"\mathrm{Cov}(x, y)": ["Cov(x, y)"],
    r"\mathbb{E}[y \mid x]": ["E(y | x)"],
    r"E(w)": ["E?(w)"],
    # derivatives
    r"\frac{\partial}{\partial z} L + 1": ["(D(L by z) + 1)"],
    r"\frac{\partial}{\partial z} f g": ["D(<f g> by z)"],
    r"\frac{\partial^2 f}{\partial x \partial y}": ["D(f by x, y)"],
    r"\frac{\partial^2 f}{\partial x^2}": ["D(f by x, x)"],
    r"\frac{\partial L}{\partial \sigma_B^2}": ["D(L by sigma_{B}^2)"],
    r"\frac{df(x)}{dx} + \frac{d}{dx} f": ["(d(f?(x) by x) + d(f by x))"],
    r"\frac{d}{d_k}": ["<d / d_{k}>"],
    r"\partial_w L(w)": ["D(L?(w) by w)"],
    r"\frac{\partial f}{\partial x}(x_0)": ["At(D(f by x), x = x_{0})"],
    r"\nabla L(w) \cdot a": ["<nabla_{}(L?(w)) . a>"],
    r"\nabla_\theta \frac1m \sum_i L_i": ["nabla_{theta}(<<1 / m> sum i {L_{i}}>)"],
    r"\nabla^2 f": ["nabla2_{}(f)"],
    r"y'": ["y'"],
    # composed values
    r"\begin{pmatrix} a & b \\ c & d \end{pmatrix}": ["matrix(a, b; c, d)"],
    r"\left[\begin{array}{cc} a & b \end{array}\right]": ["matrix(a, b)"],
    r"[h_{t-1}, x_t]": ["matrix(h_{(t + -1)}, x_{t})"],
    r"[h; x]": ["matrix(h; x)"],
    r"(2x, -2y)^\top": ["tuple(<2 x>, -<2 y>)^T"],
    r"\mathbb{1}[i = j] + [y = k] + \mathbf{1}\{x > 0\}": ["(indicator(i = j) + indicator(y = k) + indicator(x > 0))"],
    r"\{a, b\} \{x : x > 0\}": ["<set(a, b) set(x : x > 0)>"],
    r"2\{a + b\}": ["<2 [(a + b)]>"],
    r"\underbrace{ab}_{c}": ["brace(<a b>, c)"],
    r"\overbrace{f(x)}^{\le \frac14}": ["brace(f?(x), <= <1 / 4>)"],
    r"x_1 + \dots + \boxed{x_n}": ["(x_{1} + ... + x_{n})"],
    r"\begin{cases} x, & \text{if } x > 0 \\ 0, & \text{otherwise} \end{cases}": ["cases(x if x > 0; 0 if else)"],
    r"\left\{\begin{array}{ll} 1 & i = j \\ 0 & i \ne j \end{array}\right.": ["cases(1 if i = j; 0 if i != j)"],
    r"\begin{cases} 1) k = i: a \\ 2) k \ne i: b \end{cases}": ["cases(a if k = i; b if k != i)"],
    # statements
    r"a = b \le c": ["a = b <= c"],
    r"= a": ["= a"],
    r"a =": ["a"],
    r"z := Wx": ["z set <W x>"],
    r"z \stackrel{\text{def}}{=} x": ["z set x"],
    r"w \leftarrow w - 1": ["w get (w + -1)"],
    r"W \in \mathbb{R}^{n \times d}": ["W in R(n, d)"],
    r"W \in \mathbf{R}^{n \times d}": ["W in R(n, d)"],
    r"x, y \in \mathbb{R}": ["x in R()", "y in R()"],
    r"w^*, b^* = \arg\min_{w,b} L": ["tuple(w^*, b^*) = argmin w,b {L}"],
    r"f: \mathbb{R}^n \to (0, 1)": ["f : R(n) to (0, 1)"],
    r"\dim X = (n, d)": ["Dimensions(X) = tuple(n, d)"],
    r"dim W^T = (n, d)": ["Dimensions(W^T) = tuple(n, d)"],
    r"\text{shape}(X) = (n, d)": ["Dimensions(X) = tuple(n, d)"],
    r"x = 1, y = 2": ["x = 1", "y = 2"],
    r"q = x \quad p = y, r = z": ["q = x", "p = y", "r = z"],
    r"a = b \quad \Rightarrow \quad c = d": ["a = b imp c = d"],
    r"z = x, \quad i = 1, \dots, n": ["z = x | i = tuple(1, ..., n)"],
    r"z = x, \quad l \in [1, L]": ["z = x | l in [1, L]"],
    r"z = x \quad \text{for } j \ne i": ["z = x | j != i"],
    r"\forall i: \sum_j p_{ij} = 1": ["sum j {p_{i, j}} = 1 | i"],
    r"z = x \text{ where } x = y": ["z = x", "x = y"],
    r"y = x^2 \text{ if } x > 0": ["y = x^2 | x > 0"],
    r"y = \text{const}": ["y = rm:const"],
    r"y = x \quad // \text{ a note}": ["y = x"],
    r"y = x. \tag{3}": ["y = x"],
    r"y = x, (10)": ["y = x"],
    r"1) y = x": ["y = x"],
    r"\boxed{y = x}": ["y = x"],
    r"\begin{aligned} a &= b \\ &= c + d \\ &\quad + e \\ f &= g \end{aligned}": ["a = b = (c + d + e)", "f = g"],
    r"\begin{align} a &= b & c &= d \\ e &= f \end{align}": ["a = b", "c = d", "e = f"],
    r"\begin{equation}\begin{split} a &= b \\ &\le c \end{split}\end{equation}": ["a = b <= c"],
    r"\left\{ \begin{array}{l} a = b \\ c = d \end{array} \right.": ["a = b", "c = d"],
    r"\forall i \left\{ \begin{array}{l} a_i = b \\ c_i = d \end{array} \right.": ["a_{i} = b | i", "c_{i} = d | i"],
    r"\frac{\partial f}{\partial x}, \frac{\partial f}{\partial y}": ["D(f by x)", "D(f by y)"],
    r"": [],
}


@pytest.mark.parametrize("latex", TABLE)
def test_meaning(latex):
    assert read(latex) == TABLE[latex]


#: spellings of the same
SAME = [
    [r"\frac{\partial L}{\partial w}", r"\dfrac{\partial L}{\partial w}", r"\partial L / \partial w",
     r"\frac{\partial}{\partial w} L", r"\partial_w L", r"{\partial_{w} L}"],
    [r"\frac{dL}{dw}", r"\frac{\mathrm{d}L}{\mathrm{d}w}", r"\frac{d L}{d w}", r"\frac{d}{dw} L", r"dL/dw",
     r"\frac{\mathrm d}{\mathrm d w} L"],
    [r"W^T", r"W^\top", r"W^{\mathsf{T}}", r"W^{\mathrm{T}}", r"W^\intercal", r"{W}^{\top}", r"W^{\mathsf T}", "W^⊤"],
    [r"\operatorname{softmax}(z)", r"\mathrm{softmax}(z)", r"\text{softmax}(z)", r"\textrm{softmax}(z)",
     r"\text{softmax}\left( z \right)", r"\operatorname{softmax}\bigl(z\bigr)"],
    [r"\log(x)", r"\log x", r"\log\left(x\right)", r"\operatorname{log}(x)", r"\mathrm{log}(x)", r"log(x)", r"\log[x]"],
    [r"x \cdot y", r"x\,\cdot\,y", "x · y"],
    [r"\|x\|_2", r"\lVert x \rVert_2", r"\left\|x\right\|_2", r"||x||_2", r"\Vert x \Vert_2"],
    [r"\mathbb{E}[x]", r"E[x]", r"\mathbb{E}\left[x\right]", r"\mathbb{E} x", r"\mathbb{E}(x)"],
    [r"\mathbf{x}", r"\boldsymbol{x}", r"\bm{x}", r"\mathbf x", r"\pmb{x}"],
    [r"\arg\max_k z_k", r"\operatorname{argmax}_k z_k", r"\operatorname*{arg\,max}_{k} z_k", r"argmax_k z_k",
     r"\underset{k}{\mathrm{argmax}} z_k"],
    [r"\hat{y}", r"\hat y", r"\widehat{y}"],
    [r"a \le b", r"a \leq b", r"a \leqslant b", "a <= b", "a ≤ b"],
    [r"x_{i}^{2}", r"x_i^2", r"x^2_i", r"{x_i}^2"],
    [r"\sum_{i=1}^{n} x_i", r"\sum\limits_{i=1}^{n} x_i", r"\sum_{i = 1}^n {x_i}", "∑_{i=1}^{n} x_i"],
]  # fmt: skip


@pytest.mark.parametrize("spellings", SAME, ids=lambda group: group[0])
def test_spellings(spellings):
    first, *rest = (read_formula(s) for s in spellings)
    assert isinstance(first[0], Statement)
    for spelling, other in zip(spellings[1:], rest):
        assert other == first, spelling


#: what must not be read as the same
DIFFERENT = [
    (r"x^{(2)}", "x^2"),
    (r"x^*", r"x * 1"),
    (r"x'", "x"),
    (r"L", "l"),
    (r"L", r"\mathcal{L}"),
    (r"a_{ij}", "a_{ji}"),
    (r"\frac{\partial L}{\partial w}", r"\frac{dL}{dw}"),
    (r"\hat y", "y"),
    (r"A^T", "A"),
    (r"\log_2 x", r"\log x"),
    (r"\sum_i (a_i + b_i)", r"\sum_i (a_i) + b"),
    (r"dw", "d w"),
    (r"x^{[l]T}", "x^{[l]}"),
    (r"a \odot b", "a b"),
]


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_differences(one, other):
    assert read_formula(one) != read_formula(other)


REFUSED = {
    r"\log x y": r"\log",
    r"a / b c": "/",
    r"x \pm y": r"\pm",
    r"\foo{x}": r"\foo",
    r"a = b + ": "",
    r"{x": "{",
    r"x}": "}",
    r"\left( x": "(",
    r"\frac{\partial^2 f}{\partial x}": "",
    r"\hat{ab}": r"\hat",
    r"dw = \dots db": r"\dots",
    r"\sin^{-1} x": r"\sin",
    r"{a + b}^2": "^",
    r"\begin{aligned} a": "aligned",
}


@pytest.mark.parametrize("latex", REFUSED)
def test_refusals_name_the_token(latex):
    (refusal,) = read_formula(latex)
    assert isinstance(refusal, Refusal) and refusal.reason
    start, end = refusal.span
    assert 0 <= start < end <= len(latex)
    assert REFUSED[latex] in refusal.token


def test_only_the_clause_that_is_not_understood_is_refused():
    first, second, third = read_formula(r"a = b, \quad x \pm y = 1, \quad c = d")
    assert shown(first) == "a = b" and shown(third) == "c = d"
    assert isinstance(second, Refusal) and second.token == r"\pm"


def test_rows_are_refused_one_by_one():
    kinds = [type(r) for r in read_formula(r"\begin{aligned} a &= b \\ c &= \unknown \\ d &= e \end{aligned}")]
    assert kinds == [Statement, Refusal, Statement]


def test_words_are_kept():
    (statement,) = read_formula(r"y = x \quad \text{ошибка модели}")
    assert isinstance(statement, Statement) and statement.text == "ошибка модели"


def test_numbers_are_exact():
    number = tree("0.001")
    assert isinstance(number, Number) and number.value == Fraction(1, 1000) and number.text == "0.001"


#: parts whose text alone reads otherwise: labels, intervals, names in the place of indices
_CONTEXT = (Label, Statement, Slice, Interval, Space, Cases)


@pytest.mark.parametrize("latex", [k for k in TABLE if k and ":" not in k and r"\forall" not in k])
def test_spans(latex):
    """The text of every part reads as that part."""
    for statement in read_formula(latex):
        assert isinstance(statement, Statement)
        for part in statement.walk():
            start, end = part.span
            if part.span == NOWHERE or isinstance(part, _CONTEXT):
                continue
            text = latex[start:end]
            assert text.strip() == text and text
            if isinstance(part, (Plus, Product, Quotient, Derivative, Big, Moment, Paren, Nabla, Matrix, Root)):
                again = read_formula(text)
                assert len(again) == 1 and isinstance(again[0], Statement)
                assert again[0].terms == (part,), text


@pytest.mark.parametrize(
    "latex",
    [
        "{" * 10**6,
        "{" * 10**6 + "x" + "}" * 10**6,
        "(" * 5000 + "x" + ")" * 5000,
        r"\log " * 3000 + "x",
        r"\hat " * 2000 + "x",
        "x " * 3000,
        "x" + "^2" * 2000,
        "9" * 15000,
        "1e-999999999",
        "+".join(["x"] * 5000),
        r"\int " * 200 + "x dx" * 100,
        "|" * 3001,
        "-" * 3000 + "x",
        "\\",
        "\x00",
    ],
    ids=lambda latex: latex[:12],
)
def test_limits(latex):
    """Whatever is written: an answer in a moment, and never an exception."""
    start = time.perf_counter()
    results = read_formula(latex)
    assert time.perf_counter() - start < 5
    assert results and all(isinstance(r, (Statement, Refusal)) for r in results)
    assert not any(isinstance(r, Refusal) and r.reason.startswith(DEFECT) for r in results)


@pytest.mark.parametrize(
    ("left", "right"),
    [("x_{", "+1}"), ("x^{-{", "}}"), ("x^{{", "}+1}"), (r"\frac{d x}{d \frac{", "}{2} d _k}"), (r"\mathbb{E}_{", "}"),
     (r"\frac{\partial f}{\partial x}(", ")"), (r"\sum_{i \ne ", "} x"), (r"\begin{cases} x & ", r">0 \end{cases}")],
)  # fmt: skip
def test_nesting_costs_no_more_than_its_length(left, right):
    start = time.perf_counter()
    read_formula(left * 28 + "b" + right * 28)
    assert time.perf_counter() - start < 2


def test_damaged_formulas_never_raise():
    """Formulas with pieces cut out and put in: statements that are whole, or refusals, with spans inside the text."""
    pieces = [*r"{}_^()[]|&=+-/*,;:.'", r"\frac", r"\left(", r"\right)", r"\sum", r"\\", r"\partial", r"\begin{cases}",
              r"\end{cases}", r"\text{if}", r"\quad", r"\int", "dx", r"\mathbb{E}", r"\{", r"\}", r"\dots"]  # fmt: skip
    chance = random.Random(7)
    formulas = list(TABLE)
    for _ in range(1500):
        latex = chance.choice(formulas)
        for _ in range(chance.randint(1, 4)):
            at = chance.randint(0, len(latex))
            cut = chance.randint(0, 3)
            latex = latex[:at] + chance.choice([*pieces, ""]) + latex[at + cut :]
        for result in read_formula(latex):
            assert 0 <= result.span[0] <= result.span[1] <= len(latex), latex
            if isinstance(result, Statement):
                assert len(result.terms) == len(result.relations) + (not result.continues), latex
            else:
                assert not result.reason.startswith(DEFECT), latex


@pytest.mark.parametrize(
    ("latex", "read"),
    [
        (r"\cos m\theta", r"\cos(m \theta)"),
        (r"\sin k\theta_i + 1", r"\sin(k \theta_i) + 1"),
        (r"\sin 2\pi k t", r"\sin(2 \pi k t)"),
        (r"\cos \omega t", r"\cos(\omega t)"),
        (r"P_t^-", "P_t^{-}"),
    ],
)
def test_angles_without_brackets_and_signs_above_a_name(latex, read):
    (found,) = read_formula(latex)
    assert latex_of(found) == read


@pytest.mark.parametrize("latex", [r"\cos \theta x", r"\cos m\theta x", r"\log x y"])
def test_where_an_angle_ends_may_not_be_clear(latex):
    (found,) = read_formula(latex)
    assert isinstance(found, Refusal)
