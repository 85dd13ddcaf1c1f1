r"""Known names: found under every spelling, their formulas read and true."""

from __future__ import annotations

import cmath
import math

import pytest

from symnet.lecture.knowledge.names import all_names, known, lookup, named_in
from symnet.lecture.knowledge.updates import Update
from symnet.lecture.reader.reader import read_formula
from symnet.lecture.reader.syntax import Call, Cases, Number, Quotient, Statement, Symbol
from symnet.lecture.verdict import ACCEPTED, FOUND


def term(latex: str, place: int = 0):
    (statement,) = read_formula(latex)
    assert isinstance(statement, Statement), statement
    return statement.terms[place]


def variants():
    return [pytest.param(v, id=f"{k.name}-{i}") for k in all_names() for i, v in enumerate(k.variants)]


@pytest.mark.parametrize("variant", variants())
def test_every_formula_is_read_as_one_equation(variant):
    assert len(variant.statement.terms) == 2
    assert variant.arguments


def test_names_aliases_and_letters_are_unambiguous():
    from symnet.lecture.knowledge.names import plain

    spellings = [plain(alias) for k in all_names() for alias in {k.name, *k.aliases}]
    assert len({(plain(a), k.name) for k in all_names() for a in (k.name, *k.aliases)}) == len(set(spellings))
    assert all(k.source and k.variants and k.roles for k in all_names())


@pytest.mark.parametrize(
    ("spelling", "name"),
    [
        (r"\operatorname{ReLU}", "ReLU"),
        ("relu", "ReLU"),
        (r"\text{Leaky ReLU}", "Leaky ReLU"),
        (r"\sigma", "sigmoid"),
        ("Cross Entropy", "cross-entropy"),
        ("D_{KL}", "KL divergence"),
        (r"\mathrm{tr}", "trace"),
        ("H", "entropy"),
    ],
)
def test_a_name_is_known_under_its_spellings(spelling, name):
    found = known(spelling)
    assert found is not None and found.name == name


@pytest.mark.parametrize(
    ("latex", "name"),
    [
        (r"\mathcal{L}_{BCE}", "BCE"),
        (r"L_{\text{MSE}}", "MSE"),
        (r"R_{L2}", "L2 regularization"),
        (r"\delta_{ij}", "Kronecker delta"),
        (r"\|W\|_F", "Frobenius norm"),
        (r"\|x\|_1", "L1 norm"),
        (r"\sigma", "sigmoid"),
    ],
)
def test_a_symbol_of_a_formula_names_what_it_says(latex, name):
    found = lookup(term(latex))
    assert found is not None and found.name == name


@pytest.mark.parametrize("latex", [r"\sigma_x", r"\hat\sigma", r"\delta_i", "L", "x", r"\sigma^2_B"])
def test_a_letter_with_a_use_of_its_own_names_nothing(latex):
    assert lookup(term(latex)) is None


def test_prose_names_in_two_languages_in_order():
    found = named_in("Сначала гиперболический тангенс, затем перекрёстная энтропия; binary cross-entropy, Leaky ReLU")
    assert [k.name for k in found] == ["tanh", "cross-entropy", "BCE", "Leaky ReLU"]


def test_the_target_is_told_by_its_letter():
    bce = known("BCE")
    assert bce is not None
    y, p = Symbol("y"), Symbol("y", marks=("hat",))
    assert next(bce.matching([y, p])) == (p, y)
    assert next(bce.matching([Symbol("t"), Symbol("y")])) == (Symbol("y"), Symbol("t"))


# -- the formulas of activations are evaluated

TRUTH = {
    "sigmoid": lambda z: 1 / (1 + math.exp(-z)),
    "tanh": math.tanh,
    "sinh": math.sinh,
    "cosh": math.cosh,
    "softplus": lambda z: math.log1p(math.exp(z)),
    "softsign": lambda z: z / (1 + abs(z)),
    "ReLU": lambda z: max(z, 0.0),
    "ReLU6": lambda z: min(max(z, 0.0), 6.0),
    "Leaky ReLU": lambda z: z if z > 0 else 0.01 * z,
    "ELU": lambda z: z if z > 0 else math.expm1(z),
    "SELU": lambda z: 1.0507009873554805 * (z if z > 0 else 1.6732632423543772 * math.expm1(z)),
    "GELU": lambda z: z * (1 + math.erf(z / math.sqrt(2))) / 2,
    "SiLU": lambda z: z / (1 + math.exp(-z)),
    "Mish": lambda z: z * math.tanh(math.log1p(math.exp(z))),
    "hard tanh": lambda z: max(-1.0, min(1.0, z)),
}
FUNCTIONS = {"tanh": cmath.tanh, "ln": cmath.log, "log": cmath.log, "erf": lambda z: complex(math.erf(z.real))}


class Scalar(Update):
    """Evaluates a formula of one variable with branches."""

    def _value(self, expr, values):
        if isinstance(expr, Cases):
            for value, condition in expr.branches:
                if condition is None or self._met(condition, values):
                    return self._value(value, values)
        if isinstance(expr, Call) and isinstance(expr.function, Symbol) and expr.function.name in FUNCTIONS:
            return FUNCTIONS[expr.function.name](self._value(expr.args[0], values))
        return super()._value(expr, values)

    def _met(self, condition, values):
        left, right = (self._value(t, values).real for t in condition.terms)
        return {">": left > right, "<": left < right, ">=": left >= right, "<=": left <= right, "=": left == right}[
            condition.relations[0]
        ]


@pytest.mark.parametrize("name", TRUTH)
@pytest.mark.parametrize("z", [-7.0, -2.5, -0.3, 0.4, 1.7, 6.5])
def test_the_first_formula_of_an_activation_is_true(name, z):
    entry = known(name)
    assert entry is not None
    formula = Scalar(Symbol("left"), entry.variants[0].value)
    constants = {k.removeprefix("\\"): float(v) for k, v in entry.constants.items() if v != "any"}

    def value(atom):
        symbol = atom.expr
        assert isinstance(symbol, Symbol)
        return complex({"z": z, "e": math.e, "pi": math.pi, **constants}[symbol.name])

    assert formula.value(value).real == pytest.approx(TRUTH[name](z), rel=1e-12, abs=1e-12)


def test_mean_squared_error_has_its_standard_factors():
    mse = known("MSE")
    assert mse is not None
    notes = [v.note for v in mse.variants if v.of == "vector"]
    assert notes == ["mean", "half of the mean", "half of the sum", "sum"]
    half = next(v for v in mse.variants if v.note == "half of the mean").value
    assert any(isinstance(p, Quotient) for p in half.walk()) and any(p == Number(2) for p in half.walk())


def test_a_bound_of_a_length_is_a_number(verdicts):
    r"""The G of \|g_t\| \le G has not the rows g_t, and B is no matrix."""
    step = r"Let $x_{t+1} = x_t - \eta g_t$ with $\|x_1 - u\| \le B$ and $\|g_t\| \le G$. "
    right = r"\|x_{t+1} - u\|^2 = \|x_t - u\|^2 - 2 \eta g_t^\top (x_t - u) + \eta^2 \|g_t\|^2"
    assert verdicts(f"{step}Then ${right}$.")[right] in ACCEPTED
    wrong = right.replace("2 \\eta g", "\\eta g")
    assert verdicts(f"{step}Then ${wrong}$.")[wrong] in FOUND
    value = r"B G \sqrt{T} = \frac{B^2}{2 \eta} + \frac{\eta T G^2}{2}"
    assert verdicts(f"{step}For $\\eta = \\frac{{B}}{{G \\sqrt{{T}}}}$ we have ${value}$.")[value] in ACCEPTED


def test_what_stands_in_the_place_of_a_vector_is_one(tell_apart):
    said = r"Let $D(x, y) = \psi(x) - \psi(y) - \nabla \psi(y)^\top (x - y)$. "
    right = r"D(x, z) = D(x, y) + D(y, z) + (\nabla \psi(y) - \nabla \psi(z))^\top (x - y)"
    wrong = right.replace(r"\nabla \psi(z)", r"\nabla \psi(x)")
    tell_apart(f"{said}Then $@$.", right, wrong)


PARTS = r"For $Z \in \mathbb{R}^{n \times n}$ let $Z_s = \frac{1}{2}(Z + Z^\top)$ and $Z_a = \frac{1}{2}(Z - Z^\top)$. "


@pytest.mark.parametrize("below", ["s", "{sym}"])
@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        (r"x^\top Z x = x^\top Z_s x", r"x^\top Z x = x^\top Z_a x"),
        (r"\|Z\|_F^2 = \|Z_s\|_F^2 + \|Z_a\|_F^2", r"\|Z\|_F^2 = \|Z_s\|_F^2 - \|Z_a\|_F^2"),
    ],
)
def test_a_part_made_of_the_whole_is_no_row_of_it(tell_apart, below, right, wrong):
    """Z_s was the row s of Z."""
    named = [text.replace("Z_s", f"Z_{below}") for text in (PARTS, right, wrong)]
    tell_apart(f"{named[0]}\n\n$$@$$\n", named[1], named[2])


@pytest.mark.parametrize("letter", ["e", r"\pi"])
def test_e_and_pi_are_letters_where_the_text_says_of_which_space_they_are(verdicts, letter):
    law = r"\|z\|^2 + \|v\|^2 = 2\|x\|^2 + 2\|e\|^2".replace("e", letter)
    slip = law.replace("+ 2", "+ ")
    found = verdicts(
        rf"For $x, {letter} \in \mathbb{{R}}^d$ put $z = x + {letter}$, $v = {letter} - x$. Then ${law}$, and ${slip}$."
    )
    assert found[law] in ACCEPTED
    assert found[slip] == "refuted"


def test_e_is_the_number_as_well_where_it_is_a_letter_elsewhere(verdicts):
    found = verdicts(r"""# Errors

Let $e \in \mathbb{R}^d$ be the error. Then $\|2 e\|^2 = 4 \|e\|^2$ and $\|2 e\|^2 = 2 \|e\|^2$.

# Sigmoid

Put $s(u) = \frac{1}{1 + e^{-u}}$. Then $s(u) + s(-u) = 1$, and $\log e = 1$.
""")
    assert found[r"\|2 e\|^2 = 4 \|e\|^2"] in ACCEPTED
    assert found[r"\|2 e\|^2 = 2 \|e\|^2"] == "refuted"
    assert found["s(u) + s(-u) = 1"] in ACCEPTED
    assert found[r"\log e = 1"] in ACCEPTED
