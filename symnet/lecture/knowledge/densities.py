r"""Normal laws by their parameters: ``\mathcal{N}(x; \mu, \sigma^2)`` is a density, and two laws have a divergence.

Formulas are put in where a document writes them so and does not say what it means.  A deviation in the place of the
variance, as in ``\mathcal{N}(x; \mu, \sigma)``, leaves that open.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from symnet.lecture.context.signatures import is_general
from symnet.lecture.knowledge.laws import law_of
from symnet.lecture.knowledge.names import lookup
from symnet.lecture.reader.reader import read_formula
from symnet.lecture.reader.syntax import Call, Expr, Paren, Power, Span, Statement, Symbol

SPELLINGS = ("N", "Normal", "Gauss", "Gaussian")
#: one of these stands wherever a density is written
WRITTEN = ("cal", "𝒩", "Normal", "Gauss")
#: an identity matrix among these has the size of the vectors: a product of them that is nothing is added
SIZE = r" + 0 \cdot (\varsigma - \varpi) (\varsigma - \varpi)^\top"
#: \varsigma is the argument, or the mean of the first law; \varpi the mean; \varrho, \vartheta (\Theta, \Xi) variances
DENSITY = r"\frac{1}{\sqrt{2 \pi \cdot \vartheta}} e^{-\frac{(\varsigma - \varpi)^2}{2 \cdot \vartheta}}"
DENSITY_OF_VECTORS = (
    rf"\frac{{1}}{{\sqrt{{\det(2 \pi (\Xi{SIZE}))}}}}"
    r" e^{-\frac{1}{2} (\varsigma - \varpi)^\top \Xi^{-1} (\varsigma - \varpi)}"
)
DIVERGENCE = (
    r"\frac{1}{2} \left(\frac{\varrho + (\varsigma - \varpi)^2}{\vartheta} - 1"
    r" + \log \frac{\vartheta}{\varrho}\right)"
)
DIVERGENCE_OF_VECTORS = (
    rf"\frac{{1}}{{2}} \left(\operatorname{{tr}}(\Xi^{{-1}} (\Theta - \Xi{SIZE}))"
    r" + (\varsigma - \varpi)^\top \Xi^{-1} (\varsigma - \varpi)"
    rf" + \log \frac{{\det(\Xi{SIZE})}}{{\det(\Theta{SIZE})}}\right)"
)


def defines_a_density(latex: Iterable[str]) -> bool:
    """Does one of these formulas say what ``\\mathcal{N}(x; a, b)`` is?"""
    for text in latex:
        if any(mark in text for mark in WRITTEN):
            for statement in read_formula(text):
                if isinstance(statement, Statement) and statement.relations and _is_density(statement.terms[0]):
                    if is_general(statement.terms[0]):
                        return True
    return False


def with_normal_laws(statement: Statement, densities: bool) -> Statement:
    r"""The statement with ``\mathcal{N}(x; m, v)`` and ``D_{KL}(\mathcal{N}(a, b) \| \mathcal{N}(c, d))`` written out.

    ``q(z) = \mathcal{N}(z; m, S)`` only says what q is; its shapes may be as loose as they like.
    """
    left = statement.terms[0]
    says = isinstance(left, (Symbol, Call)) and not any(map(_is_density, left.walk())) and _laws(left) is None
    found = _written_out(statement, densities, not says)
    assert isinstance(found, Statement)
    return found


def _written_out(expr: Expr, densities: bool, vectors: bool) -> Expr:
    if densities and _is_density(expr):
        assert isinstance(expr, Call)
        mean, variance = expr.parameters
        formulas = DENSITY, DENSITY_OF_VECTORS if vectors else ""
        found = _written(*formulas, (*expr.args, mean), (variance,), expr.span)
        return expr if found is None else found
    pair = _laws(expr)
    if pair is not None:
        (a, b), (c, d) = pair
        found = _written(DIVERGENCE, DIVERGENCE_OF_VECTORS, (a, c), (d, b), expr.span)
        return expr if found is None else found
    return expr.map(lambda part: _written_out(part, densities, vectors))


def _is_density(expr: Expr) -> bool:
    if not isinstance(expr, Call) or not isinstance(expr.function, Symbol) or expr.function.name not in SPELLINGS:
        return False
    named = len(expr.function.name) > 1 or expr.function.font == "cal"
    return named and len(expr.args) == 1 and len(expr.parameters) == 2


def _laws(expr: Expr) -> tuple[tuple[Expr, ...], tuple[Expr, ...]] | None:
    if not isinstance(expr, Call) or not isinstance(expr.function, Symbol) or expr.given:
        return None
    meant = lookup(expr.function)
    if meant is None or meant.name != "KL divergence" or len(expr.args) != 1 or len(expr.parameters) != 1:
        return None
    one, other = law_of(expr.args[0]), law_of(expr.parameters[0])
    if one is None or other is None or {one[0], other[0]} != {"Normal"}:
        return None
    return one[1], other[1]


def _written(
    scalar: str, vector: str, places: tuple[Expr, ...], variances: tuple[Expr, ...], span: Span
) -> Expr | None:
    """The formula for numbers or that for vectors; None where the variances leave it open which, or what they are."""
    kinds = {_is_matrix(v) for v in variances}
    formula = vector if kinds == {True} else scalar
    if not formula or len(kinds) > 1 or any(map(_may_be_a_deviation, variances)):
        return None
    (statement,) = read_formula(formula)
    assert isinstance(statement, Statement)
    names = dict(zip(("varsigma", "varpi"), places))
    names |= dict(zip(("Xi", "Theta") if kinds == {True} else ("vartheta", "varrho"), variances))
    return _filled(statement.terms[0], {name: Paren(part) for name, part in names.items()}, span)


def _filled(expr: Expr, places: Mapping[str, Expr], span: Span) -> Expr:
    if isinstance(expr, Symbol) and expr.name in places:
        return places[expr.name]
    return replace(expr.map(lambda part: _filled(part, places, span)), span=span)


def _may_be_a_deviation(variance: Expr) -> bool:
    return isinstance(variance, Symbol) and variance.name in ("sigma", "s", "std")


def _is_matrix(variance: Expr) -> bool:
    parts = variance.base.walk() if isinstance(variance, Power) else variance.walk()
    return any(isinstance(p, Symbol) and (p.name[:1].isupper() or p.name == "diag") for p in parts)
