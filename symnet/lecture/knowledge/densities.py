r"""The normal density by its law, ``\mathcal{N}(x; \mu, \sigma^2)``, where a document does not say what it is."""

from __future__ import annotations

from collections.abc import Iterable

from symnet.lecture.context.signatures import is_general
from symnet.lecture.reader.reader import read_formula
from symnet.lecture.reader.syntax import Call, Expr, Power, Statement, Symbol

SPELLINGS = ("N", "Normal", "Gauss", "Gaussian")
#: the names of the argument, the mean and the variance, which hardly any document uses; capitals are matrices
SCALAR = (
    r"%s(\varsigma; \varpi, \varrho) = \frac{1}{\sqrt{2 \pi \varrho}}"
    r" e^{-\frac{(\varsigma - \varpi)^2}{2 \varrho}}"
)
MATRIX = (
    r"%s(\varsigma; \varpi, \Xi) = \frac{1}{\sqrt{\det(2 \pi \Xi)}}"
    r" e^{-\frac{1}{2} (\varsigma - \varpi)^\top \Xi^{-1} (\varsigma - \varpi)}"
)


def implied(latex: Iterable[str]) -> list[Statement]:
    """The definitions of the densities that these formulas use and do not define.

    A deviation in the place of a variance, or numbers beside matrices, would leave it open what is meant.
    """
    found: dict[Symbol, list[Call]] = {}
    for text in latex:
        if not any(name in text for name in SPELLINGS):
            continue
        for statement in read_formula(text):
            if not isinstance(statement, Statement):
                continue
            if _density(statement.terms[0]) and is_general(statement.terms[0]) and statement.relations:
                return []  # the document's own
            for part in statement.walk():
                if _density(part):
                    found.setdefault(part.function, []).append(part)  # type: ignore
    return [s for function, calls in found.items() for s in _definition(function, calls)]


def _density(expr: Expr) -> bool:
    if not isinstance(expr, Call) or not isinstance(expr.function, Symbol) or expr.function.name not in SPELLINGS:
        return False
    named = len(expr.function.name) > 1 or expr.function.font == "cal"
    return named and len(expr.args) == 1 and len(expr.parameters) == 2


def _definition(function: Symbol, calls: list[Call]) -> list[Statement]:
    variances = [call.parameters[1] for call in calls]
    if any(isinstance(v, Symbol) and v.name in ("sigma", "s", "std") for v in variances):
        return []
    kinds = {_is_matrix(v) for v in variances}
    if len(kinds) > 1:
        return []
    name = rf"\mathcal{{{function.name}}}" if function.font == "cal" else rf"\mathrm{{{function.name}}}"
    return [s for s in read_formula((MATRIX if kinds == {True} else SCALAR) % name) if isinstance(s, Statement)]


def _is_matrix(variance: Expr) -> bool:
    parts = [variance, *variance.walk()]
    if isinstance(variance, Power):
        parts = [*variance.base.walk()]
    return any(isinstance(p, Symbol) and p.name[:1].isupper() for p in parts)
