"""The rules of moments: what independence, linearity and given moments say of an expectation."""

from __future__ import annotations

import sympy as sp

from symnet.lecture.knowledge.laws import LAWS
from symnet.lecture.knowledge.worlds import Hypothesis, Unsupported, Variable, World


class Rules:
    """The expectation of polynomials, every mixed moment a free quantity unless a hypothesis says more."""

    def __init__(self, world: World, hypotheses: frozenset[Hypothesis]) -> None:
        self.world, self.hypotheses = world, hypotheses
        self._conditionals: dict[sp.Symbol, tuple[dict[sp.Expr, int], tuple[sp.Symbol, ...]]] = {}

    def _has(self, kind: str, base: str = "") -> bool:
        return Hypothesis(kind, base) in self.hypotheses

    def expect(self, value: sp.Expr) -> sp.Expr:
        value = sp.expand(value)
        generators = self._generators(value)
        if not generators:
            return value
        try:
            poly = sp.Poly(value, *generators)
        except sp.PolynomialError as error:
            raise Unsupported("no polynomial in the random variables") from error
        return sum((c * self._mixed(dict(zip(generators, powers))) for powers, c in poly.terms()), sp.Integer(0))

    def given(self, value: sp.Expr, given: list[sp.Symbol]) -> sp.Expr:
        """The conditional expectation: what is given comes out, the rest is a variable of its own."""
        value = sp.expand(value)
        generators = self._generators(value)
        if not generators:
            return value
        total = sp.Integer(0)
        for powers, c in sp.Poly(value, *generators).terms():
            monomial = {g: p for g, p in zip(generators, powers) if p}
            outside = sp.prod([g**p for g, p in monomial.items() if g in given])
            inside = {g: p for g, p in monomial.items() if g not in given}
            total += c * outside * (self._conditioned(inside, given) if inside else 1)
        return total

    def _conditioned(self, inside: dict[sp.Expr, int], given: list[sp.Symbol]) -> sp.Expr:
        if self._has("independent") and all(g in self.world.variables for g in inside):
            return self._mixed(inside)
        name = " ".join(f"{g}^{p}" for g, p in sorted(inside.items(), key=lambda i: str(i[0])))
        symbol = sp.Symbol(f"E[{name} | {' '.join(sorted(map(str, given)))}]", real=True)
        self._conditionals[symbol] = (inside, tuple(given))
        return symbol

    def _generators(self, value: sp.Expr) -> list[sp.Expr]:
        """The random variables in it and functions of them."""
        found: set[sp.Expr] = set()

        def walk(part: sp.Expr) -> None:
            if part in self.world.variables or part in self._conditionals:
                found.add(part)
            elif isinstance(part, sp.Function | sp.exp) and part.free_symbols & set(self.world.variables):
                found.add(part)
            elif isinstance(part, sp.Pow) and not (part.exp.is_Integer and part.exp > 0):
                if part.free_symbols & set(self.world.variables):
                    found.add(part)
            else:
                for arg in part.args:
                    walk(arg)

        walk(value)
        return sorted(found, key=str)

    def _mixed(self, powers: dict[sp.Expr, int]) -> sp.Expr:
        """E of a monomial."""
        powers = {g: p for g, p in powers.items() if p}
        conditional = [g for g in powers if g in self._conditionals]
        if conditional:
            return self._of_conditional(powers, conditional)
        parts: dict[tuple[Variable, ...], dict[sp.Expr, int]] = {}
        for generator, power in powers.items():
            if power:
                owners = tuple(
                    sorted(
                        (self.world.variables[s] for s in generator.free_symbols & set(self.world.variables)), key=str
                    )
                )
                parts.setdefault(owners, {})[generator] = power
        if not parts:
            return sp.Integer(1)
        single = all(len(owners) == 1 for owners in parts)
        if len(parts) == 1 and single:
            (((owner,), monomial),) = parts.items()
            return self._moment(owner, monomial)
        if single and self._has("independent"):
            return sp.prod([self._moment(owners[0], monomial) for owners, monomial in parts.items()])
        joint = sorted((self._name(g), p) for monomial in parts.values() for g, p in monomial.items())
        return sp.Symbol("E[" + " ".join(f"{g}^{p}" for g, p in joint) + "]", real=True)

    def _of_conditional(self, powers: dict[sp.Expr, int], conditional: list[sp.Expr]) -> sp.Expr:
        """E[f(y) E[x | y]] = E[f(y) x]; a product of several is a quantity of its own."""
        symbol = conditional[0]
        inside, given = self._conditionals[symbol]
        others = {g: p for g, p in powers.items() if g != symbol}
        if powers[symbol] == 1 and all(g in given for g in others):
            return self._mixed({**others, **inside})
        name = " ".join(f"{g}^{p}" for g, p in sorted(powers.items(), key=lambda i: str(i[0])))
        return sp.Symbol(f"E[{name}]", real=True)

    def _name(self, generator: sp.Expr) -> str:
        return str(generator)

    def _moment(self, owner: Variable, monomial: dict[sp.Expr, int]) -> sp.Expr:
        """E of powers of one variable and of functions of it."""
        x = owner.symbol
        degree = monomial.get(x, 0)
        size = monomial.get(sp.Abs(x), 0)
        rest = {g: p for g, p in monomial.items() if g not in (x, sp.Abs(x))}
        degree, size = degree + 2 * (size // 2), size % 2  # |x|^2 = x^2
        base = owner.base
        law = self.world.laws.get(base)
        if law is not None and not rest and not size:
            if law[0] == "Mixture":
                return self.expect(sum((p * v**degree for p, v in zip(law[1][::2], law[1][1::2])), sp.Integer(0)))
            return LAWS[law[0]].moment(degree, *law[1])
        if law is not None and not rest and law[0] != "Mixture":
            known = LAWS[law[0]].of_size(degree, *law[1])
            if known is not None:
                return known
        if not rest and self._has("symmetric", base) and degree % 2:
            return sp.Integer(0)
        if not rest and not size:
            if degree == 0:
                return sp.Integer(1)
            if degree == 1 and self._has("zero mean", base):
                return sp.Integer(0)
            if degree == 1 and ("E", base) in self.world.given:
                return self.world.given["E", base]
            if degree == 2 and (self._has("unit variance", base) or ("Var", base) in self.world.given):
                mean = self._moment(owner, {x: 1})
                return self.world.given.get(("Var", base), sp.Integer(1)) + mean**2
        index = () if self._has("identical", base) else owner.index
        name = "_".join((base, *index))
        text = f"{name}^{degree}" + (f" |{name}|" if size else "")
        shown = sp.Symbol(name, real=True)
        text += "".join(f" {str(g.subs(x, shown))}^{p}" for g, p in sorted(rest.items(), key=lambda item: str(item[0])))
        return sp.Symbol(f"E[{text}]", real=True)
