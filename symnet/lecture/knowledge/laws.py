r"""Laws of random variables by their moments: ``U(a, b)``, ``\mathcal{N}(\mu, \sigma^2)``, Bernoulli, ..."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import sympy as sp

from symnet.lecture.reader.syntax import Call, Expr, Interval, Matrix, Paren, Product, Symbol, Tuple


@dataclass(frozen=True)
class Law:
    """A family of laws: ``moment(k, *parameters)`` is E[x^k].

    ``with_size(k, *parameters)`` is E[x^k |x|], where it is known; of values that are not negative E[x^(k+1)].
    """

    name: str
    spellings: tuple[str, ...]
    parameters: int
    moment: Callable[..., sp.Expr]
    with_size: Callable[..., sp.Expr | None] | None = None

    def of_size(self, k: int, *parameters: sp.Expr) -> sp.Expr | None:
        """E[x^k |x|]; None where it is not known."""
        return self.moment(k + 1, *parameters) if self.with_size is None else self.with_size(k, *parameters)


def _uniform(k: int, a: sp.Expr, b: sp.Expr) -> sp.Expr:
    """(b^(k+1) - a^(k+1)) / ((k+1) (b - a)), as a polynomial."""
    return sum((a**i * b ** (k - i) for i in range(k + 1)), sp.Integer(0)) / (k + 1)


def _uniform_with_size(k: int, a: sp.Expr, b: sp.Expr) -> sp.Expr | None:
    """About 0, by symmetry b^(k+1) / (k+2) for an even k."""
    if sp.expand(a + b) != 0:
        return None
    return sp.Integer(0) if k % 2 else sp.Abs(b) ** (k + 1) / (k + 2)


def _normal(k: int, mean: sp.Expr, variance: sp.Expr) -> sp.Expr:
    """By the recurrence of Stein: E[x^k] = mean E[x^(k-1)] + (k - 1) variance E[x^(k-2)]."""
    values = [sp.Integer(1), mean]
    for j in range(2, k + 1):
        values.append(mean * values[j - 1] + (j - 1) * variance * values[j - 2])
    return sp.expand(values[k])


def _normal_with_size(k: int, mean: sp.Expr, variance: sp.Expr) -> sp.Expr | None:
    """About 0, by symmetry (k/2)! (2 variance)^((k+1)/2) / sqrt(pi) for an even k."""
    if mean != 0:
        return None
    return sp.Integer(0) if k % 2 else sp.factorial(k // 2) * sp.sqrt(2 * variance) ** (k + 1) / sp.sqrt(sp.pi)


def _factorial_moments(k: int, falling: Callable[[int], sp.Expr]) -> sp.Expr:
    """E[x^k] from the factorial moments E[x (x - 1) ... (x - j + 1)]."""
    from sympy.functions.combinatorial.numbers import stirling

    return sp.expand(sum((stirling(k, j) * falling(j) for j in range(k + 1)), sp.Integer(0)))


def _binomial(k: int, n: sp.Expr, p: sp.Expr) -> sp.Expr:
    return _factorial_moments(k, lambda j: sp.prod([n - i for i in range(j)]) * p**j)


LAWS = {
    law.name: law
    for law in (
        Law("Uniform", ("U", "Unif", "Uniform", "Uni"), 2, _uniform, _uniform_with_size),
        Law("Normal", ("N", "Normal", "Gauss", "Gaussian"), 2, _normal, _normal_with_size),
        Law("Bernoulli", ("Bernoulli", "Bern", "Ber", "Be", "B"), 1, lambda k, p: p if k else sp.Integer(1)),
        Law("Binomial", ("Binomial", "Binom", "Bin", "B"), 2, _binomial),
        Law("Poisson", ("Poisson", "Poi", "Pois"), 1, lambda k, rate: _factorial_moments(k, lambda j: rate**j)),
        Law("Exponential", ("Exponential", "Exp", "Expo"), 1, lambda k, rate: sp.factorial(k) / rate**k),
    )
}


def law_of(expr: Expr) -> tuple[str, tuple[Expr, ...]] | None:
    """The name of a law and its parameters; None for anything else."""
    while isinstance(expr, Paren):
        expr = expr.arg
    if isinstance(expr, Call) and isinstance(expr.function, Symbol):
        return _named(expr.function, expr.args)
    if isinstance(expr, Product) and isinstance(expr.left, Symbol):
        return _named(expr.left, (expr.right,))
    return None


def _named(head: Symbol, args: tuple[Expr, ...]) -> tuple[str, tuple[Expr, ...]] | None:
    parameters = tuple(part for arg in args for part in _flat(arg))
    if len(head.name) == 1 and len(parameters) < 2 or head.marks or head.subs:
        return None
    for law in LAWS.values():
        if head.name in law.spellings and len(parameters) == law.parameters:
            return law.name, parameters
    return None


def _flat(expr: Expr) -> tuple[Expr, ...]:
    if isinstance(expr, Paren):
        return _flat(expr.arg)
    if isinstance(expr, Tuple):
        return expr.items
    if isinstance(expr, Interval):
        return (expr.low, expr.high)
    if isinstance(expr, Matrix) and len(expr.rows) == 1:
        return expr.rows[0]
    return (expr,)
