r"""When is an expression zero?  A normal form decides, so that "proved" never rests on numbers.

Powers with symbolic exponents split into generators, beta^{t-k} = beta^t (beta^k)^{-1}; sums of one variable are
brought to one upper end, \sum_{k=1}^{t} f_k = \sum_{k=1}^{t-1} f_k + f_t, and their bodies are added; what is left is a
rational function of the generators, which is zero exactly when its numerator is.
"""

from __future__ import annotations

import random

import sympy as sp

TRIALS = 40


def is_zero(expr: sp.Expr) -> bool:
    """Proved to be zero wherever it is defined; False says nothing."""
    expr = sp.sympify(expr, strict=True)
    if expr.has(sp.binomial, sp.factorial):
        expr = sp.combsimp(expr)
    rest, bodies = _apart(expr)
    return _rational_zero(rest) and all(map(_rational_zero, bodies))


def _apart(expr: sp.Expr) -> tuple[sp.Expr, list[sp.Expr]]:
    """The part without sums, and the bodies of the sums that are left, those over one range added."""
    rest: sp.Expr = sp.S.Zero
    sums: dict[tuple[sp.Expr, sp.Expr], sp.Expr] = {}
    counter = sp.Dummy("k", integer=True, positive=True)
    for term in sp.Add.make_args(sp.expand(_doit(expr))):
        inner = [f for f in sp.Mul.make_args(term) if isinstance(f, sp.Sum)]
        if len(inner) != 1 or len(inner[0].limits) != 1:
            rest += term
            continue
        (k, low, high), factor = inner[0].limits[0], sp.Mul(*(f for f in sp.Mul.make_args(term) if f is not inner[0]))
        base, offset = high.as_independent(sp.Symbol, as_Add=True)[::-1]
        body = factor * inner[0].function.subs(k, counter)
        if not (offset.is_Integer and base != 0):
            rest += term
            continue
        for j in range(1, int(offset) + 1):
            rest += body.subs(counter, base + j)
        for j in range(int(offset) + 1, 1):
            rest -= body.subs(counter, base + j)
        sums[low, base] = sums.get((low, base), sp.S.Zero) + body
    return rest, list(sums.values())


def _doit(expr: sp.Expr) -> sp.Expr:
    """Sums over a number of terms that is known are written out."""
    return expr.replace(
        lambda e: isinstance(e, sp.Sum) and all((u - l).is_Integer for _, l, u in e.limits), lambda e: e.doit()
    )


def _rational_zero(expr: sp.Expr) -> bool:
    """Zero as a rational function of its generators."""
    if expr.has(sp.Sum, sp.zoo, sp.nan, sp.oo):
        return False
    generators: dict[sp.Expr, sp.Symbol] = {}

    def split(base: sp.Expr, exponent: sp.Expr) -> sp.Expr:
        result = sp.S.One
        for term in sp.Add.make_args(sp.expand(exponent)):
            number, symbol = term.as_coeff_Mul()
            if number.is_Integer:
                generator = generators.setdefault(sp.Pow(base, symbol), sp.Dummy("x")) if symbol != 1 else base
                result *= generator ** int(number)
            else:
                result *= sp.Pow(base, term)
        return result

    split_up = expr.replace(lambda e: e.is_Pow and not e.exp.is_number, lambda e: split(e.base, e.exp))
    return sp.cancel(sp.together(sp.expand(split_up))) == 0


def counterexample(lhs: sp.Expr, rhs: sp.Expr) -> dict[sp.Symbol, sp.Rational] | None:
    """Exact values of the symbols at which both sides are real numbers that differ; None where none was found."""
    draw = random.Random(0)
    symbols = sorted(lhs.free_symbols | rhs.free_symbols, key=str)
    for _ in range(TRIALS):
        values = {s: _value(s, draw) for s in symbols}
        left, right = (side.subs(values).doit() for side in (lhs, rhs))
        if left.is_real and right.is_real and abs(sp.N(left - right, 30)) > sp.Rational(1, 10**20):
            return values
    return None


def negative_at(expr: sp.Expr, strict: bool = False) -> dict[sp.Symbol, sp.Rational] | None:
    """Exact values of the symbols at which the expression is less than zero (``strict``: at most zero)."""
    draw = random.Random(0)
    symbols = sorted(expr.free_symbols, key=str)
    for _ in range(TRIALS):
        values = {s: _value(s, draw) for s in symbols}
        found = expr.subs(values).doit()
        if found.is_number and (found.is_nonpositive if strict else found.is_negative):
            return values
    return None


def _value(symbol: sp.Symbol, draw: random.Random) -> sp.Rational:
    if symbol.is_integer:
        return sp.Integer(draw.randint(1, 4))
    value = sp.Rational(draw.randint(1, 19), 20)
    return value if symbol.is_nonnegative or draw.random() < 0.5 else -value
