"""What a line of a study may claim, and how each is proved.

A claim is proved by a method that has a name, or refuted by values at which it is false, or it stays open and says why.
Numbers only ever refute.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import sympy as sp
from sympy.printing.latex import LatexPrinter

from symnet.study.algebra import counterexample, is_zero, negative_at
from symnet.study.words import Phrase, phrase

#: a word before a formula, and the formula in LaTeX
Formula = tuple[Phrase | None, str]


@dataclass(frozen=True)
class Verdict:
    """``state`` is proved, refuted or open; ``method`` says how, or why not."""

    state: str
    method: Phrase

    @property
    def proved(self) -> bool:
        return self.state == "proved"


def proved(key: str, **values: object) -> Verdict:
    return Verdict("proved", phrase(key, **values))


def refuted(key: str, **values: object) -> Verdict:
    return Verdict("refuted", phrase(key, **values))


def undecided(key: str, **values: object) -> Verdict:
    return Verdict("open", phrase(key, **values))


class Claim:
    """A statement in symbols."""

    def prove(self) -> Verdict:
        raise NotImplementedError

    def formulas(self) -> Iterator[Formula]:
        """LaTeX with a word before it (base, step; None for a single one)."""
        raise NotImplementedError

    def symbols(self) -> set[sp.Symbol]:
        """The symbols whose assumptions the proof rests on."""
        return set()

    def hypotheses(self) -> tuple[str, ...]:
        """What else is assumed, in LaTeX."""
        return ()

    def given(self) -> tuple[str, ...]:
        """What is assumed that no formula says, by the keys of its words."""
        return ()


@dataclass(frozen=True)
class Equal(Claim):
    """``lhs = rhs`` for all values of the symbols at which both are defined.

    ``name`` is printed before the sides: what the left one is.
    """

    lhs: sp.Expr
    rhs: sp.Expr
    name: sp.Expr | None = None

    def prove(self) -> Verdict:
        if is_zero(self.lhs - self.rhs):
            return proved("normal_form")
        values = counterexample(self.lhs, self.rhs)
        if values is None:
            return undecided("normal_forms_differ")
        return refuted("false_at", values=shown(values))

    def formulas(self) -> Iterator[Formula]:
        if self.name is None:
            sides = (self.lhs, self.rhs)
        else:
            sides = tuple(dict.fromkeys((self.name, self.lhs, self.rhs)))
        yield None, " = ".join(map(latex, sides))

    def symbols(self) -> set[sp.Symbol]:
        return self.lhs.free_symbols | self.rhs.free_symbols


@dataclass(frozen=True)
class AtLeastZero(Claim):
    """``expr >= 0`` (``strict``: > 0) for all values of the symbols that their assumptions allow."""

    expr: sp.Expr
    strict: bool = False
    name: sp.Expr | None = None

    @property
    def factored(self) -> sp.Expr:
        apart = self.expr.replace(sp.Abs, lambda a: sp.Mul(*map(sp.Abs, sp.Mul.make_args(a))))
        return sp.factor(sp.together(apart))

    def prove(self) -> Verdict:
        factored = self.factored
        if factored.is_positive if self.strict else factored.is_nonnegative:
            return proved("every_factor", expr=f"${latex(factored)}$")
        values = negative_at(self.expr, self.strict)
        if values is None:
            return undecided("sign_unknown", expr=f"${latex(factored)}$")
        return refuted("false_at", values=shown(values))

    def formulas(self) -> Iterator[Formula]:
        name = f"{latex(self.name)} = " if self.name is not None and self.name != self.factored else ""
        yield None, f"{name}{latex(self.factored)} {'>' if self.strict else chr(92) + 'ge'} 0"

    def symbols(self) -> set[sp.Symbol]:
        return self.expr.free_symbols


@dataclass(frozen=True)
class AtMost(Claim):
    """``lower <= upper`` for all values of the symbols that their assumptions allow; ``name`` is what the lower is."""

    lower: sp.Expr
    upper: sp.Expr
    name: sp.Expr | None = None

    def prove(self) -> Verdict:
        return AtLeastZero(self.upper - self.lower).prove()

    def formulas(self) -> Iterator[Formula]:
        left = " = ".join(map(latex, dict.fromkeys(s for s in (self.name, self.lower) if s is not None)))
        yield None, rf"{left} \le {latex(self.upper)}"

    def symbols(self) -> set[sp.Symbol]:
        return self.lower.free_symbols | self.upper.free_symbols


@dataclass(frozen=True)
class Limit(Claim):
    """``expr`` tends to ``value`` as ``symbol`` tends to ``point`` from below or through larger values.

    ``name`` is printed before it: what the expression is.
    """

    expr: sp.Expr
    symbol: sp.Symbol
    point: sp.Expr
    value: sp.Expr
    name: sp.Expr | None = None

    def prove(self) -> Verdict:
        found = sp.limit(self.expr, self.symbol, self.point, "+" if self.point != sp.oo else "-")
        if found == self.value or (found.is_finite and is_zero(found - self.value)):
            return proved("gruntz")
        if found.has(sp.Limit) or (found - self.value).is_zero is None and found.is_finite:
            return undecided("limit_is", value=f"${latex(found)}$")
        return refuted("limit_is", value=f"${latex(found)}$")

    def formulas(self) -> Iterator[Formula]:
        body = rf"\left({latex(self.expr)}\right)" if self.expr.is_Add else latex(self.expr)
        limit = rf"\lim_{{{latex(self.symbol)} \to {latex(self.point)}}}"
        sides = [f"{limit} {latex(self.name)}"] if self.name is not None else []
        sides += [f"{limit} {body}"] if self.expr.has(self.symbol) or not sides else []
        yield None, " = ".join((*sides, latex(self.value)))

    def symbols(self) -> set[sp.Symbol]:
        return self.expr.free_symbols - {self.symbol}


@dataclass(frozen=True)
class Integral(Claim):
    """The integral of ``expr`` over ``symbol`` from ``low`` to ``high`` is ``value``: its antiderivative is checked.

    The antiderivative that SymPy finds is differentiated and compared with the integrand; the value is the difference
    of its limits at the ends.  The integrand is continuous between them.
    """

    expr: sp.Expr
    symbol: sp.Symbol
    low: sp.Expr
    high: sp.Expr
    value: sp.Expr
    name: sp.Expr | None = None

    def prove(self) -> Verdict:
        from sympy.calculus.singularities import singularities

        primitive = sp.integrate(self.expr, self.symbol)
        if primitive.has(sp.Integral, sp.Piecewise) or not is_zero(sp.diff(primitive, self.symbol) - self.expr):
            return undecided("no_antiderivative")
        try:
            if singularities(primitive, self.symbol, sp.S.Reals) != sp.S.EmptySet:
                return undecided("not_continuous")
        except NotImplementedError:
            return undecided("not_continuous")
        value = sp.limit(primitive, self.symbol, self.high, "-") - sp.limit(primitive, self.symbol, self.low, "+")
        if is_zero(value - self.value):
            return proved("antiderivative")
        return undecided("integral_is", value=f"${latex(sp.factor(value))}$")

    def formulas(self) -> Iterator[Formula]:
        x, name = latex(self.symbol), f"{latex(self.name)} = " if self.name is not None else ""
        bounds = rf"_{{{latex(self.low)}}}^{{{latex(self.high)}}}"
        yield None, rf"{name}\int{bounds} {latex(self.expr)} \, d{x} = {latex(self.value)}"

    def symbols(self) -> set[sp.Symbol]:
        return self.expr.free_symbols - {self.symbol}


@dataclass(frozen=True)
class Together(Claim):
    """Several claims, each with a word before it; ``method`` says what they prove together."""

    parts: tuple[tuple[Phrase | None, Claim], ...]
    method: Phrase

    def prove(self) -> Verdict:
        for _, claim in self.parts:
            verdict = claim.prove()
            if not verdict.proved:
                return verdict
        return Verdict("proved", self.method)

    def formulas(self) -> Iterator[Formula]:
        for word, claim in self.parts:
            for inner, formula in claim.formulas():
                yield word or inner, formula

    def symbols(self) -> set[sp.Symbol]:
        return {s for _, claim in self.parts for s in claim.symbols()}

    def hypotheses(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(h for _, claim in self.parts for h in claim.hypotheses()))

    def given(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(key for _, claim in self.parts for key in claim.given()))


def induction(base: Iterable[Claim], step: Iterable[Claim]) -> Together:
    """What holds at the start, and after a step if before it, holds for ever."""
    parts = [(phrase("base"), c) for c in base] + [(phrase("step"), c) for c in step]
    return Together(tuple(parts), phrase("by_induction"))


def cases(*claims: tuple[str, Claim]) -> Together:
    """One claim for each case; the cases are given by the keys of their words."""
    return Together(tuple((phrase(key), c) for key, c in claims), phrase("by_cases", count=len(claims)))


def steps(*claims: Claim | tuple[str, Claim]) -> Together:
    """Claims that make one statement, each proved by itself; some have a word before them."""
    parts = tuple((phrase(c[0]), c[1]) if isinstance(c, tuple) else (None, c) for c in claims)
    return Together(parts, phrase("each_by_itself"))


def assumed(symbols: Iterable[sp.Symbol]) -> list[str]:
    """What the symbols are assumed to be, in LaTeX."""
    found = []
    for symbol in sorted(symbols, key=str):
        if symbol.is_integer and symbol.is_positive:
            found.append(rf"{latex(symbol)} \in \{{1, 2, \dots\}}")
        elif symbol.is_positive:
            found.append(f"{latex(symbol)} > 0")
        elif symbol.is_nonnegative:
            found.append(rf"{latex(symbol)} \ge 0")
    return found


def shown(values: dict[sp.Symbol, sp.Rational]) -> str:
    return ", ".join(f"${latex(s)} = {latex(v)}$" for s, v in values.items())


class _Latex(LatexPrinter):
    """Sums with low powers first, and a minus first only where all terms have one; functions by their usual letters."""

    def _as_ordered_terms(self, expr: sp.Expr, order: str | None = None) -> list[sp.Expr]:
        terms = sorted(super()._as_ordered_terms(expr, "lex"), key=_degree)
        first = next((k for k, term in enumerate(terms) if not term.could_extract_minus_sign()), 0)
        return [terms.pop(first), *terms]

    def _print_sigmoid(self, expr: sp.Expr, exp: str | None = None) -> str:
        power = f"^{{{exp}}}" if exp else ""
        return rf"\sigma{power}\left({self._print(expr.args[0])}\right)"


def latex(expr: sp.Expr) -> str:
    """Deterministic LaTeX, constants first: 1 - beta."""
    return _Latex().doprint(expr)


def _degree(term: sp.Expr) -> sp.Expr:
    """The sum of the powers in a product, where those that are no numbers count as 1."""
    powers = [(base, e) for base, e in term.as_powers_dict().items() if base.free_symbols or e.free_symbols]
    return sum((e if e.is_number else sp.S.One for _, e in powers), sp.S.Zero)
