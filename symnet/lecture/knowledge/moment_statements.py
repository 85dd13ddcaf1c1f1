"""The sides of a statement about moments, with what is known of its variables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product
from typing import Any

import sympy as sp
from sympy.core.function import AppliedUndef

from symnet.lecture.knowledge.expectation import Algebra
from symnet.lecture.knowledge.hypotheses import Judgement
from symnet.lecture.knowledge.laws import law_of
from symnet.lecture.knowledge.moment_readings import Claim, base_of
from symnet.lecture.knowledge.moment_rules import Rules
from symnet.lecture.knowledge.quantities import peel
from symnet.lecture.knowledge.worlds import SAYS, Hypothesis, Unsupported, Value, World
from symnet.lecture.reader.syntax import Big, Expr, Moment, Number, Power, Statement, Symbol
from symnet.lecture.verdict import Assumption

#: hypotheses in the order in which they are given up
HYPOTHESES = ("symmetric", "zero mean", "independent", "identical")
#: the sizes with which sums and inner products are written out
SIZES = (2, 3)


class Statements(Claim):
    """The two sides of a statement about moments, and what the document says of the variables in it."""

    said: frozenset[Hypothesis] = frozenset()  # what the facts state

    def _meant_here(
        self, worlds: Sequence[World], stated: frozenset[Hypothesis], meanings: Sequence
    ) -> frozenset[Hypothesis]:
        """The stated hypotheses without independence, where that is said elsewhere, of no names, and proves nothing but
        by making a moment vanish that is written out: ``Var[X + Y] = Var[X] + Var[Y] + Cov[X, Y]``.
        """
        independent = Hypothesis("independent")
        near = any(f.kind == "independent" and (f.subject or not f.far) for f in self.facts)
        if independent not in stated or near:
            return stated
        without = stated - {independent}
        for _, meaning in meanings:
            if self._equal(worlds, stated, meaning) and not self._equal(worlds, without, meaning):
                if self._kills(worlds[0], sorted(stated, key=str), without):
                    named = {h for h in without if h.kind != "identical" or self._components(worlds[0], h.subject)}
                    return frozenset(named)
        return stated

    def _contradicted(self, world: World) -> frozenset[Hypothesis]:
        """Of a variable whose mean has a name, E[X] = m, it is not assumed that its mean is 0."""
        means = {base for (kind, base), value in world.given.items() if kind == "E" and value != 0}
        return frozenset(Hypothesis(kind, base) for base in means for kind in ("zero mean", "symmetric"))

    def _about_means(self, world: World) -> bool:
        """Only first moments: a zero mean would make anything true."""
        left, right = self._sides(world, frozenset())
        symbols = {str(s) for side in (left, right) for s in side.free_symbols}
        moments = [s for s in symbols if s.startswith("E[")]
        return bool(moments) and all(s.endswith("^1]") and " " not in s for s in moments)

    def _writes_variance(self, base: str, meaning: Mapping[str, tuple[str, str]]) -> bool:
        """Does the statement itself speak of the variance of that variable? Then it is not meant to be 1."""
        if ("Var", base) in meaning.values():
            return True
        about = [peel(m.args[0]) for m in self.moments() if m.kind in ("Var", "Std", "Cov") and len(m.args) == 1]
        squares = [m.args[0] for m in self.moments() if m.kind == "E" and isinstance(m.args[0], Power)]
        about += [peel(square.base) for square in squares if isinstance(square, Power)]
        return any(isinstance(a, Symbol) and base_of(a) == base for a in about)

    def _kills(self, world: World, needed: Sequence[Hypothesis], stated: frozenset[Hypothesis]) -> bool:
        """Would the missing hypotheses make a moment vanish that the statement writes out? Then they are not meant."""
        missing = frozenset(h for h in needed if h not in stated)
        literal_zero = any(isinstance(side, Number) and side.value == 0 for side in (self.left, self.right))
        if literal_zero or not missing:
            return False
        return any(_vanishes_by(world, moment, needed, missing) for moment in self.moments())

    def _introduces(self, world: World, needed: Sequence[Hypothesis]) -> frozenset[Hypothesis]:
        """The hypotheses on means without which a moment that only the right side writes out would not vanish.

        They are stated, but nobody adds what is 0: ``Var[X] = E[X^2] + E[X]^2`` is meant in general.
        """
        centred = frozenset(h for h in needed if h.kind in ("zero mean", "symmetric"))
        before = set(self.left.walk())
        new = (p for p in self.right.walk() if isinstance(p, Moment) and p not in before)
        return centred if any(_vanishes_by(world, moment, needed, centred) for moment in new) else frozenset()

    def _sizes(self, world: World) -> tuple[int, ...]:
        if self.quick:
            return SIZES[:1]
        return SIZES if self.sums or world.vectors or world.means or world.size_names else (2,)

    def _bases(self, world: World) -> list[str]:
        self._sides(world, frozenset())
        return sorted({v.base for v in world.variables.values() if v.base not in world.laws})

    def _components(self, world: World, base: str) -> bool:
        return any(v.base == base and v.index for v in world.variables.values())

    def _sides(self, world: World, hypotheses: frozenset[Hypothesis]) -> tuple[Value, Value]:
        world.laws = {}
        rules = Rules(world, hypotheses)
        algebra = Algebra(world, rules.expect, rules.given)
        self._known_laws(world, algebra)
        return algebra.value(self.left), algebra.value(self.right)

    def _known_laws(self, world: World, algebra: Algebra) -> None:
        world.given = {}
        for fact in self.facts:
            if fact.statement is None:
                continue
            symbol = peel(fact.statement.terms[0])
            if isinstance(symbol, Moment) and symbol.kind in ("E", "Var") and self._is_value(fact.statement.terms[1]):
                about = peel(symbol.args[0])
                if isinstance(about, Symbol) and base_of(about) in world.randoms:
                    world.given[symbol.kind, base_of(about)] = algebra.scalar(fact.statement.terms[1], {})
            if fact.statement.relations[0] != "sim":
                continue
            law = law_of(fact.statement.terms[1])
            if law is not None and isinstance(symbol, Symbol) and base_of(symbol) in world.randoms:
                world.laws[base_of(symbol)] = (law[0], tuple(algebra.scalar(p, {}) for p in law[1]))

    @staticmethod
    def _is_value(expr: Expr) -> bool:
        """Letters and numbers only, and not just 0 or 1, which are hypotheses."""
        return not isinstance(peel(expr), Number) and not any(isinstance(p, Moment | Big) for p in expr.walk())

    def _equal(
        self, worlds: Sequence[World], hypotheses: frozenset[Hypothesis], meaning: Mapping[str, tuple[str, str]]
    ) -> bool:
        for world in worlds:
            left, right = self._sides(world, hypotheses)
            values = self._meant(world, hypotheses, meaning)
            if isinstance(left, sp.MatrixBase) != isinstance(right, sp.MatrixBase):
                if 0 not in (left, right):
                    raise Unsupported("shapes")
                difference: Any = left if right == 0 else right
            elif isinstance(left, sp.MatrixBase) and left.shape != right.shape:
                raise Unsupported("shapes")
            else:
                difference = left - right
            entries = list(difference) if isinstance(difference, sp.MatrixBase) else [difference]
            if not all(is_zero(entry.subs(values)) for entry in entries):
                return False
        return True

    def _meanings(
        self, worlds: Sequence[World], bases: Sequence[str]
    ) -> list[tuple[tuple[str, ...], dict[str, tuple[str, str]]]]:
        r"""What ``\sigma`` and ``\mu`` may stand for: nothing known, or the moments of a variable."""
        found: list[tuple[tuple[str, ...], dict[str, tuple[str, str]]]] = [((), {})]
        names = [n for w in worlds[:1] for n in w.constants]
        spreads = [n for n in names if n.split("[")[0] in ("sigma", "gamma", "tau", "s")]
        centres = [n for n in names if n.split("[")[0] in ("mu", "m", "theta")]
        if len(spreads) > 2 or len(centres) > 2:
            return found
        for to_spread in product(bases, repeat=len(spreads)):
            for to_centre in product(bases, repeat=len(centres)):
                if not all(_may_mean(n, b, bases) for n, b in zip((*spreads, *centres), (*to_spread, *to_centre))):
                    continue
                if len(set(to_spread)) < len(to_spread) or not (spreads or centres):
                    continue
                if len(set(to_centre)) < len(to_centre) or any(("E", b) in worlds[0].given for b in to_centre):
                    continue  # a mean has one name, and the document may have said which
                meaning = {n: ("Var", b) for n, b in zip(spreads, to_spread)}
                meaning |= {n: ("E", b) for n, b in zip(centres, to_centre)}
                said = tuple(f"Var[{b}] = {n}^2" if k == "Var" else f"E[{b}] = {n}" for n, (k, b) in meaning.items())
                found.append((said, meaning))
        return found

    def _meant(self, world: World, hypotheses: frozenset[Hypothesis], meaning: Mapping[str, tuple[str, str]]) -> dict:
        values = {}
        rules = Rules(world, hypotheses)
        for name, (kind, base) in meaning.items():
            owner = next(v for s, v in sorted(world.variables.items(), key=lambda i: str(i[0])) if v.base == base)
            x = owner.symbol
            mean = rules.expect(x)
            value = mean if kind == "E" else sp.sqrt(rules.expect(x**2) - mean**2)
            if name in world.constants:
                values[world.constants[name]] = value
        return values

    def _stated(self, bases: Sequence[str]) -> frozenset[Hypothesis]:
        """The hypotheses that the facts state, for the variables here."""
        found = set()
        for fact in self.facts:
            if fact.kind == "independent" and fact.subject:
                said = {f.subject for f in self.facts if f.kind == "independent"}
                if all(said & {b, b.split("[")[0]} for b in bases):  # each of them is said to be
                    found.add(Hypothesis("independent"))
            elif fact.kind == "independent":
                found.add(Hypothesis("independent"))
            elif fact.kind in SAYS:
                found |= {Hypothesis(fact.kind, b) for b in bases if fact.subject in ("", b, b.split("[")[0])}
            elif fact.statement is not None and isinstance(moment := peel(fact.statement.terms[0]), Moment):
                found |= set(_from_moment(moment, fact.statement, bases))
        found |= {Hypothesis("zero mean", h.subject) for h in found if h.kind == "symmetric"}
        self.said = frozenset(found)
        return self.said

    def _minimal(
        self, worlds: Sequence[World], hypotheses: frozenset[Hypothesis], meaning: Mapping[str, tuple[str, str]]
    ) -> tuple[Hypothesis, ...]:
        """Those of the hypotheses that cannot be left out, the strongest left out first."""
        kinds = ("unit variance", *HYPOTHESES)
        kept = sorted(hypotheses, key=lambda h: (kinds.index(h.kind), h.subject))
        for hypothesis in list(kept):
            fewer = [h for h in kept if h != hypothesis]
            if self._equal(worlds, frozenset(fewer), meaning):
                kept = fewer
        return tuple(kept)

    def _where(self, hypothesis: Hypothesis) -> str:
        for fact in self.facts:
            if fact.kind == "independent" and fact.subject and hypothesis not in self.said:
                continue
            if fact.kind == hypothesis.kind or hypothesis.kind == "zero mean" and fact.kind == "symmetric":
                if not hypothesis.subject or fact.subject in ("", hypothesis.subject, hypothesis.subject.split("[")[0]):
                    return fact.source
            if fact.statement is not None and isinstance(moment := peel(fact.statement.terms[0]), Moment):
                if hypothesis in set(_from_moment(moment, fact.statement, [hypothesis.subject])):
                    return fact.source
        return ""

    @staticmethod
    def _every(bases: Sequence[str]) -> set[Hypothesis]:
        named = {Hypothesis(kind, b) for kind in ("identical", "zero mean", "symmetric") for b in bases}
        return {Hypothesis("independent")} | named

    def _asks(self, world: World) -> Judgement | None:
        """One side is free of moments: which mean of a variable makes the statement true?"""
        left, right = self._sides(world, frozenset())
        if isinstance(left, sp.MatrixBase) or isinstance(right, sp.MatrixBase):
            return None
        difference = sp.together(left - right)
        free = sorted((s for s in difference.free_symbols if str(s).startswith("E[")), key=str)
        if len(free) != 1 or not str(free[0]).endswith("^1]"):
            return None
        found = sp.solve(difference, free[0])
        if len(found) != 1:
            return None
        name = str(free[0])[2:-3]
        text = f"E[{name}] = {sp.sstr(sp.factor(found[0]))}"
        reason = f"holds with: {text} (stated nowhere)"
        return Judgement("needs-hypothesis", "symbolic", reason, (Assumption(text, "stated nowhere"),))


def _may_mean(name: str, base: str, bases: Sequence[str]) -> bool:
    r"""``\sigma_w`` is about w where there is a w."""
    sub = name.partition("[")[2].removesuffix("]")
    return sub not in bases or sub == base


def _from_moment(moment: Moment, statement: Statement, bases: Sequence[str]) -> Iterator[Hypothesis]:
    """``E[w] = 0`` and ``Var[x] = 1`` as hypotheses."""
    symbol = peel(moment.args[0])
    value = peel(statement.terms[1])
    if not isinstance(symbol, Symbol) or not isinstance(value, Number):
        return
    for base in bases:
        if base == base_of(symbol):
            if moment.kind == "E" and value.value == 0:
                yield Hypothesis("zero mean", base)
            if moment.kind == "Var" and value.value == 1:
                yield Hypothesis("unit variance", base)


def is_zero(value: sp.Expr) -> bool:
    value = sp.expand(value)
    if value == 0:
        return True
    if value.is_number:
        return abs(sp.N(value, 40)) < sp.Float("1e-30") if not value.is_Rational else False
    rational = all(p.exp.is_Integer for p in value.atoms(sp.Pow)) and not value.has(sp.Function)
    if not rational and value.count_ops() < 120:
        return sp.simplify(value) == 0
    return any(p.exp.is_negative for p in value.atoms(sp.Pow)) and sp.cancel(sp.together(value)) == 0


def is_zero_value(left: Value, right: Value) -> bool:
    if isinstance(left, sp.MatrixBase) != isinstance(right, sp.MatrixBase):
        raise Unsupported("shapes")
    difference = left - right
    entries = list(difference) if isinstance(difference, sp.MatrixBase) else [difference]
    if any(entry.free_symbols or entry.has(AppliedUndef) for entry in entries):
        raise Unsupported("not a number")
    return all(is_zero(entry) for entry in entries)


def _vanishes_by(world: World, moment: Moment, needed: Iterable[Hypothesis], missing: frozenset[Hypothesis]) -> bool:
    """Is a moment 0 under the hypotheses that are needed, and not without those that are missing?"""
    values = []
    for hypotheses in (frozenset(needed), frozenset(needed) - missing):
        rules = Rules(world, hypotheses)
        values.append(_vanishes(Algebra(world, rules.expect, rules.given).value(moment)))
    return values == [True, False]


def _vanishes(value: Value) -> bool:
    return all(is_zero(entry) for entry in (value if isinstance(value, sp.MatrixBase) else [value]))
