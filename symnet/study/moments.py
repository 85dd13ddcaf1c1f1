"""Expectation and variance of expressions in independent random variables.

A variable has a law: some of its moments, or finitely many values with their probabilities.  A family ``w[i]`` has one
law for all its members, which are independent as well.  The rules: the expectation is linear; that of a product of
independent factors is the product of theirs; and of two sums over one range, of terms that are independent of one
another,

    E[sum_i f_i sum_j g_j] = sum_i (E[f_i g_i] - E[f_i] E[g_i]) + sum_i E[f_i] sum_j E[g_j].
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product

import sympy as sp

from symnet.errors import SymnetError
from symnet.study.algebra import is_zero
from symnet.study.claims import Claim, Formula, Verdict, latex, proved, undecided


@dataclass(frozen=True)
class Law:
    """E[x], E[x^2], ... of a random variable."""

    moments: tuple[sp.Expr, ...]

    def moment(self, k: int) -> sp.Expr:
        if k > len(self.moments):
            raise SymnetError(f"the {k}th moment of a random variable is not given")
        return self.moments[k - 1] if k else sp.S.One


@dataclass(frozen=True)
class Finite:
    """Values with their probabilities."""

    values: tuple[tuple[sp.Expr, sp.Expr], ...]

    def moment(self, k: int) -> sp.Expr:
        return sp.Add(*(p * v**k for v, p in self.values))


#: symbols, and families as sp.IndexedBase
Laws = Mapping[sp.Basic, Law | Finite]


def centred(variance: sp.Expr) -> Law:
    """Mean 0 and a variance."""
    return Law((sp.S.Zero, variance))


def bernoulli(p: sp.Expr) -> Finite:
    """1 with probability p, else 0."""
    return Finite(((sp.S.One, p), (sp.S.Zero, 1 - p)))


#: 1 or -1, each with probability 1/2
FAIR_SIGN = Finite(((sp.S.One, sp.Rational(1, 2)), (-sp.S.One, sp.Rational(1, 2))))


def expectation(expr: sp.Expr, laws: Laws) -> sp.Expr:
    """E[expr]; raises SymnetError for what the rules do not decide."""
    finite = [(s, law) for s, law in laws.items() if isinstance(s, sp.Symbol) and isinstance(law, Finite)]
    finite = [(s, law) for s, law in finite if s in expr.free_symbols]
    if finite:
        rest = {s: law for s, law in laws.items() if not any(s == t for t, _ in finite)}
        total = sp.S.Zero
        for choice in product(*(law.values for _, law in finite)):
            put = {s: value for (s, _), (value, _) in zip(finite, choice)}
            total += sp.Mul(*(p for _, p in choice)) * expectation(expr.subs(put, simultaneous=True), rest)
        return total
    return sp.Add(*(_of_product(term, laws) for term in sp.Add.make_args(sp.expand(_merged(expr)))))


def variance(expr: sp.Expr, laws: Laws) -> sp.Expr:
    """E[expr^2] - E[expr]^2."""
    return expectation(expr**2, laws) - expectation(expr, laws) ** 2


def _merged(expr: sp.Expr) -> sp.Expr:
    """Powers of sums as they are: their bodies are expanded, they are not."""
    return expr.replace(lambda e: isinstance(e, sp.Sum), lambda e: sp.Sum(sp.expand(e.function), *e.limits))


def _random(expr: sp.Expr, laws: Laws) -> set[sp.Basic]:
    """The random variables and members of families in an expression."""
    members = {a for a in expr.atoms(sp.Indexed) if a.base in laws}
    return members | {s for s in expr.free_symbols if s in laws}


def _of_product(term: sp.Expr, laws: Laws) -> sp.Expr:
    """E of a product: sums apart from single variables, which are independent of them."""
    if not _random(term, laws):
        return term
    sums: list[sp.Sum] = []
    rest: sp.Expr = sp.S.One
    for base, power in (f.as_base_exp() for f in sp.Mul.make_args(term)):
        if isinstance(base, sp.Sum) and _random(base, laws):
            sums += [base] * int(_count(power))
        else:
            rest *= base**power
    outside = {getattr(v, "base", v) for v in _random(rest, laws)}
    if any({getattr(v, "base", v) for v in _random(s, laws)} & outside for s in sums):
        raise SymnetError(f"{term} has a variable inside and outside of a sum")
    return _of_variables(rest, laws) * _of_sums(sums, laws)


def _count(power: sp.Expr) -> int:
    if not (power.is_Integer and power.is_positive):
        raise SymnetError(f"a power {power} of a random variable has no expectation by these rules")
    return int(power)


def _of_variables(term: sp.Expr, laws: Laws) -> sp.Expr:
    """E of a product of powers of independent variables."""
    members = {m for m in _random(term, laws) if isinstance(m, sp.Indexed)}
    if any(sum(m.base == k.base for k in members) > 1 for m in members if not all(i.is_Integer for i in m.indices)):
        raise SymnetError(f"two members of a family in {term} may be one")
    found: sp.Expr = sp.S.One
    for base, power in (f.as_base_exp() for f in sp.Mul.make_args(term)):
        if not _random(base**power, laws):
            found *= base**power
        elif base in laws:
            found *= laws[base].moment(_count(power))
        elif isinstance(base, sp.Indexed):
            found *= laws[base.base].moment(_count(power))
        else:
            raise SymnetError(f"the expectation of {base}^{power} is not decided by moments")
    return found


def _of_sums(sums: list[sp.Sum], laws: Laws) -> sp.Expr:
    if not sums:
        return sp.S.One
    if len(sums) > 2 or any(len(s.limits) != 1 for s in sums) or len({s.limits for s in sums}) != 1:
        raise SymnetError("more than two sums, or sums over several ranges, are not decided")
    limits = sums[0].limits[0]
    counter = limits[0]
    if any(getattr(m, "indices", ()) != (counter,) for s in sums for m in _random(s.function, laws)):
        raise SymnetError("the terms of a sum are independent only where each has its own member of a family")

    def mean(body: sp.Expr) -> sp.Expr:
        return sp.Add(*(_of_variables(t, laws) for t in sp.Add.make_args(sp.expand(body))))

    def total(body: sp.Expr) -> sp.Expr:
        body = sp.expand(body)
        return body * (limits[2] - limits[1] + 1) if counter not in body.free_symbols else sp.Sum(body, limits)

    if len(sums) == 1:
        return total(mean(sums[0].function))
    f, g = (s.function for s in sums)
    return total(mean(f * g) - mean(f) * mean(g)) + total(mean(f)) * total(mean(g))


@dataclass(frozen=True)
class Mean(Claim):
    """``E[expr] = value``."""

    expr: sp.Expr
    laws: Laws
    value: sp.Expr
    sign: str = r"\operatorname{E}"

    @property
    def found(self) -> sp.Expr:
        return expectation(self.expr, self.laws)

    def prove(self) -> Verdict:
        try:
            found = self.found
        except SymnetError as error:
            return undecided("no_moment", why=error)
        if is_zero(found - self.value):
            return proved("by_moments")
        return undecided("moment_is", value=f"${latex(sp.factor(found))}$")

    def formulas(self) -> Iterator[Formula]:
        yield None, rf"{self.sign}\left[{latex(self.expr)}\right] = {latex(self.value)}"

    def hypotheses(self) -> tuple[str, ...]:
        """The laws: moments, or probabilities."""
        found = []
        for variable, law in self.laws.items():
            name = f"{latex(variable)}_i" if isinstance(variable, sp.IndexedBase) else latex(variable)
            if isinstance(law, Finite):
                found += [f"P({name} = {latex(value)}) = {latex(chance)}" for value, chance in law.values]
            else:
                powers = (f"{name}^{k}" if k > 1 else name for k in range(1, len(law.moments) + 1))
                found += [rf"\operatorname{{E}} {x} = {latex(moment)}" for x, moment in zip(powers, law.moments)]
        return tuple(found)

    def given(self) -> tuple[str, ...]:
        several = len(self.laws) > 1 or any(isinstance(v, sp.IndexedBase) for v in self.laws)
        return ("independent",) if several else ()

    def symbols(self) -> set[sp.Symbol]:
        return (self.expr.free_symbols | self.value.free_symbols) - set(self.laws)


@dataclass(frozen=True)
class Variance(Mean):
    """``Var[expr] = value``."""

    sign: str = r"\operatorname{Var}"

    @property
    def found(self) -> sp.Expr:
        return variance(self.expr, self.laws)
