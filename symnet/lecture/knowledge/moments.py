r"""Statements about E, Var, Cov and Std, decided by the rules of moments.

A side of the statement becomes a polynomial in random variables; the expectation of each monomial is a free quantity,
which hypotheses (independence, zero mean, symmetry, equal laws) simplify.  Two sides with one normal form are equal for
every law that meets the hypotheses.  What differs under every hypothesis is evaluated on finite laws with rational
values: an exact counterexample.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import product
from typing import Any

import sympy as sp
from sympy.core.function import AppliedUndef

from symnet.lecture.algebra.expressions import as_expr
from symnet.lecture.knowledge.enumeration import POSITIVE, SKEWED, SYMMETRIC, Enumeration, Finite, Joint
from symnet.lecture.knowledge.expectation import Algebra, random_index
from symnet.lecture.knowledge.hypotheses import Fact, Judgement, fact_of, facts_in, has_moment
from symnet.lecture.knowledge.laws import law_of
from symnet.lecture.knowledge.layers import judge_layers
from symnet.lecture.knowledge.moment_edits import edits
from symnet.lecture.knowledge.moment_readings import COMPARED, Claim, base_of
from symnet.lecture.knowledge.moment_rules import Rules
from symnet.lecture.knowledge.updates import peel, show, text_of
from symnet.lecture.knowledge.worlds import SAYS, Hypothesis, Unsupported, Value, World
from symnet.lecture.reader.syntax import Big, Call, Expr, Moment, Number, Power, Statement, Symbol
from symnet.lecture.verdict import Assumption

__all__ = ["Fact", "Judgement", "fact_of", "facts_in", "has_moment", "judge_moment"]

#: hypotheses in the order in which they are given up
HYPOTHESES = ("symmetric", "zero mean", "independent", "identical")
#: the sizes with which sums and inner products are written out
SIZES = (2, 3)
#: so many small edits are tried for a correction
MOST_EDITS = 40


def judge_moment(statement: Statement, facts: Sequence[Fact] = ()) -> Judgement | None:
    """Decides one link of a chain that speaks of moments; None where it cannot."""
    if len(statement.relations) != 1 or len(statement.terms) != 2:
        return None
    if statement.relations[0] == "sim":
        return judge_layers(statement, facts)
    if statement.relations[0] not in COMPARED or not has_moment(statement):
        return None

    try:
        found = judge_layers(statement, facts)
        if found is None:
            found = _Judge(statement, facts).judge()
    except (
        Unsupported,
        sp.PolynomialError,
        NotImplementedError,
        ArithmeticError,
        TypeError,
        ValueError,
        RecursionError,
    ):
        return None
    return found


class _Judge(Claim):
    said: frozenset[Hypothesis] = frozenset()  # what the facts state

    def judge(self) -> Judgement | None:
        if self.states_a_moment():
            return Judgement("condition", "none", "states a moment of a random variable")
        if (jensen := self._jensen()) is not None:
            return jensen
        definitions = self.definitions()
        results: list[Judgement] = []
        for defined in ({}, definitions) if definitions else ({},):
            for reading in self.readings(defined):
                try:
                    found = self._equality(reading) if self.relation == 0 else self._inequality(reading)
                except Unsupported:
                    continue
                if found is not None and found.verdict == "proved":
                    return found
                if found is not None:
                    results.append(found)
        for verdict in ("holds", "needs-hypothesis"):
            for found in results:
                if found.verdict == verdict:
                    return found
        if results and all(found.verdict == "refuted" for found in results):
            return self._corrected(results[0])
        return None

    # -- equality

    def _equality(self, world: World) -> Judgement | None:
        worlds = [replace(world, size=n, variables={}, constants={}, laws={}) for n in self._sizes(world)]
        bases = sorted({base for w in worlds for base in self._bases(w)})
        stated = self._stated(bases) - self._contradicted(worlds[0])
        every = self._every(bases) - self._contradicted(worlds[0])
        if not any(Hypothesis("identical", b) for b in bases if self._components(worlds[0], b)):
            every = {h for h in every if h.kind != "identical"}
        if self._about_means(worlds[0]):
            every = {h for h in every if h.kind not in ("zero mean", "symmetric")}
        sizes = tuple(w.size for w in worlds)
        meanings = self._meanings(worlds, bases)
        stated = self._meant_here(worlds, stated, meanings)
        for extra, meaning in meanings:
            if self._equal(worlds, frozenset(), meaning) and not extra:
                return self._proved((), sizes)
            if self._equal(worlds, stated, meaning):
                needed = self._minimal(worlds, stated, meaning)
                return self._proved(needed, sizes, extra)
        for last in (frozenset(), frozenset(Hypothesis("unit variance", b) for b in bases)):
            hypotheses = frozenset(every) | stated | last
            for extra, meaning in meanings:
                if not self._equal(worlds, hypotheses, meaning):
                    continue
                needed = self._minimal(worlds, hypotheses, meaning)
                if any(h.kind == "unit variance" and self._writes_variance(h.subject, meaning) for h in needed):
                    continue
                if self._kills(worlds[0], needed, stated):
                    return None if extra else self._refuted_plainly(worlds[0], bases, stated)
                return self._needs(needed, stated, extra, sizes)
        return self._refuted(worlds, bases, meanings, stated)

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
        for moment in self.moments():
            values = []
            for hypotheses in (frozenset(needed), frozenset(needed) - missing):
                rules = Rules(world, hypotheses)
                algebra = Algebra(world, rules.expect, rules.given)
                values.append(_vanishes(algebra.value(moment)))
            if values == [True, False]:
                return True
        return False

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
            if not all(_is_zero(entry.subs(values)) for entry in entries):
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

    def _proved(self, needed: Sequence[Hypothesis], sizes: Sequence[int], extra: Sequence[str] = ()) -> Judgement:
        assumptions = [Assumption(str(h), self._where(h) or "convention") for h in needed]
        assumptions += [Assumption(text, "convention") for text in extra]
        for fact in self.facts:
            if fact.statement is not None and fact.subject and self._uses(fact):
                assumptions.append(Assumption(show(fact.statement), fact.source))
            elif fact.statement is not None and self._is_given(fact):
                assumptions.append(Assumption(show(fact.statement), fact.source))
        reason = "both sides have one normal form by the rules of moments"
        if len(sizes) > 1:
            reason += f"; sums written out with {' and '.join(map(str, sizes))} terms"
        return Judgement("proved", "symbolic", reason, tuple(assumptions))

    def _is_given(self, fact: Fact) -> bool:
        assert fact.statement is not None
        moment = peel(fact.statement.terms[0])
        if not isinstance(moment, Moment) or not self._is_value(fact.statement.terms[1]):
            return False
        names = {base_of(s) for m in self.moments() for s in m.walk() if isinstance(s, Symbol)}
        about = peel(moment.args[0])
        return isinstance(about, Symbol) and base_of(about) in names

    def _uses(self, fact: Fact) -> bool:
        names = {text_of(s) for m in self.moments() for s in m.walk() if isinstance(s, Symbol)}
        return fact.subject in names and not isinstance(peel(fact.statement.terms[0]), Moment)  # type: ignore[union-attr]

    def _needs(
        self, needed: Sequence[Hypothesis], stated: frozenset[Hypothesis], extra: Sequence[str], sizes: Sequence[int]
    ) -> Judgement:
        missing = [h for h in needed if h not in stated]
        if all(h.kind == "identical" for h in missing) and not extra:  # what the notation says: Var[w] of a vector w
            found = self._proved([h for h in needed if h in stated], sizes)
            told = tuple(Assumption(str(h), "convention") for h in missing)
            return replace(found, assumptions=(*found.assumptions, *told))
        if all(h.kind == "identical" for h in missing) and all(h in stated or h.kind == "identical" for h in needed):
            return self._proved(needed, sizes, extra)
        parts = [f"{h} ({self._where(h)})" if h in stated else f"{h} (stated nowhere)" for h in needed]
        reason = "holds with: " + "; ".join(parts)
        assumptions = tuple(Assumption(str(h), self._where(h) or "stated nowhere") for h in needed)
        assumptions += tuple(Assumption(text, "convention") for text in extra)
        return Judgement("needs-hypothesis", "symbolic", reason, assumptions)

    # -- refutation

    def _refuted(
        self, worlds: Sequence[World], bases: Sequence[str], meanings: Sequence, stated: frozenset[Hypothesis]
    ) -> Judgement | None:
        fixed = {base for w in worlds[:1] for _, base in w.given}
        told = all(set(meaning.values()) <= set(worlds[0].given) for _, meaning in meanings)
        if any(w.laws for w in worlds) and set(bases) <= fixed or bases and set(bases) <= fixed:
            found = self._refuted_law(worlds[0])
            return found or (self._refuted_with_mean(worlds[0], bases) if told else None)
        if any(w.laws or w.given for w in worlds):
            return None
        if self._one_sided(worlds[0]) or len(meanings) > 1:
            return None
        if not bases:
            indexed = any(random_index(m) is not None for m in self.moments())
            return self._refuted_law(worlds[-1]) if indexed else None
        if not has_moment(self.left) or not has_moment(self.right):
            return self._asks(worlds[0])
        best = None
        for shift in range(2):
            laws = {b: SYMMETRIC[(i + shift) % len(SYMMETRIC)] for i, b in enumerate(bases)}
            values = []
            for world in worlds:
                left, right = self._concrete(world, laws)
                values.append((left, right))
            if any(_is_zero_value(a, b) for a, b in values):
                return self._refuted_plainly(worlds[0], bases, stated)
            best = best or (laws, values[0], worlds[0])
        if best is None:
            return None
        laws, (left, right), world = best
        shown: dict[str, Any] = {f"law of {b}": {str(x): str(p) for x, p in law} for b, law in laws.items()}
        shown |= {name: str(value) for name, value in self._numbers(world).items()}
        if len(worlds) > 1:
            shown["number of terms"] = world.size
        shown |= {"left": _show(left), "right": _show(right)}
        reason = "the two sides differ for independent random variables, symmetric about 0"
        return Judgement("refuted", "symbolic", reason, counterexample=shown)

    @staticmethod
    def _every(bases: Sequence[str]) -> set[Hypothesis]:
        named = {Hypothesis(kind, b) for kind in ("identical", "zero mean", "symmetric") for b in bases}
        return {Hypothesis("independent")} | named

    def _refuted_plainly(self, world: World, bases: Sequence[str], stated: frozenset[Hypothesis]) -> Judgement | None:
        """A counterexample that meets the stated hypotheses and no others."""
        if self._one_sided(world):
            return None
        world = replace(world, variables={}, constants={}, laws={}, given={})
        shown: dict[str, Any]
        if stated or any(self._components(world, b) for b in bases):
            if Hypothesis("independent") not in stated:
                return None
            laws = {}
            for i, b in enumerate(bases):
                family = SYMMETRIC if {Hypothesis("zero mean", b), Hypothesis("symmetric", b)} & stated else SKEWED
                laws[b] = family[i % len(family)]
            left, right = self._concrete(world, laws)
            shown = {f"law of {b}": {str(x): str(p) for x, p in law} for b, law in laws.items()}
            reason = "the two sides differ for independent random variables"
        elif len(bases) > len(Joint.VALUES):
            return None
        else:
            joint = Joint(world, bases)
            left, right = (Algebra(world, joint.expect).value(side) for side in (self.left, self.right))
            numbers = {world.constants[n]: v for n, v in self._numbers(world).items()}
            left, right = left.subs(numbers), right.subs(numbers)
            shown = {b: [str(v) for v in joint.rows[b]] for b in bases} | {"outcomes": "four, equally likely"}
            reason = "the two sides differ for random variables with means and dependence"
        if _is_zero_value(left, right):
            return None
        shown |= {n: str(v) for n, v in self._numbers(world).items()} | {"left": _show(left), "right": _show(right)}
        return Judgement("refuted", "symbolic", reason, counterexample=shown)

    def _refuted_with_mean(self, world: World, bases: Sequence[str]) -> Judgement | None:
        """One variable whose mean the document calls m, and nothing else is given: a law, and m its mean."""
        means = [v for (kind, base), v in world.given.items() if kind == "E" and base in bases]
        if len(bases) != 1 or len(world.given) != 1 or world.laws or not means:
            return None
        if not has_moment(self.left) or not has_moment(self.right):
            return None
        letter = next((name for name, symbol in world.constants.items() if symbol == means[0]), None)
        if (
            letter is None
            or self._one_sided(world, (letter,))
            or not has_moment(self.left)
            or not has_moment(self.right)
        ):
            return None
        law = SKEWED[0]
        numbers = self._numbers(world) | {letter: sp.Add(*(as_expr(x) * p for x, p in law))}
        bare = replace(world, given={})
        left, right = (
            s.subs({world.constants[n]: v for n, v in numbers.items()}) for s in self._enumerated(bare, {bases[0]: law})
        )
        if _is_zero_value(left, right):
            return None
        shown: dict[str, Any] = {f"law of {bases[0]}": {str(x): str(p) for x, p in law}}
        shown |= {n: str(v) for n, v in numbers.items()} | {"left": _show(left), "right": _show(right)}
        reason = f"the two sides differ for a random variable with the mean {letter}"
        return Judgement("refuted", "symbolic", reason, counterexample=shown)

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

    def _refuted_law(self, world: World) -> Judgement | None:
        left, right = self._sides(world, frozenset())
        if isinstance(left, sp.MatrixBase) or isinstance(right, sp.MatrixBase) or _is_zero(left - right):
            return None
        if any(str(s).startswith("E[") for s in left.free_symbols | right.free_symbols):
            return None
        if right.free_symbols - left.free_symbols:
            return None  # a letter that the law does not have: another quantity
        values = {
            s: sp.Rational(3 * i + 2, 2) for i, s in enumerate(sorted(left.free_symbols | right.free_symbols, key=str))
        }
        if any(name in ("Bernoulli", "Binomial") for name, _ in world.laws.values()):
            values = {s: sp.Rational(1, 3) if str(s) in ("p", "q") else v for s, v in values.items()}
        a, b = left.subs(values), right.subs(values)
        if _is_zero(a - b):
            return None
        shown = {str(s): str(v) for s, v in values.items()} | {"left": _show(a), "right": _show(b)}
        reason = f"by the moments that are known the left side is {sp.sstr(sp.factor(left))}"
        return Judgement("refuted", "symbolic", reason, counterexample=shown)

    def _one_sided(self, world: World, known: Iterable[str] = ()) -> bool:
        """A constant that stands on one side only means something that is not known here."""
        sides = []
        for side in (self.left, self.right):
            sides.append({base_of(p) for p in side.walk() if isinstance(p, Symbol)} - world.randoms - world.size_names)
        within = {base_of(p) for m in self.moments() for p in m.walk() if isinstance(p, Symbol)}
        return bool((sides[0] ^ sides[1]) - within - set(known)) and bool(world.constants)

    def _numbers(self, world: World) -> dict[str, sp.Rational]:
        return {name: sp.Rational(2 * i + 3, i + 1) for i, name in enumerate(sorted(world.constants))}

    def _concrete(self, world: World, laws: Mapping[str, Finite]) -> tuple[Value, Value]:
        world = replace(world, variables={}, constants={}, laws={})
        sides = self._enumerated(world, laws)
        numbers = {world.constants[n]: v for n, v in self._numbers(world).items()}
        return sides[0].subs(numbers), sides[1].subs(numbers)

    def _enumerated(self, world: World, laws: Mapping[str, Finite]) -> tuple[Value, Value]:
        """Both sides under finite laws, with the constants as letters."""
        sides = [Algebra(world, Enumeration(world, laws).expect).value(side) for side in (self.left, self.right)]
        return sides[0], sides[1]

    # -- inequality

    def _jensen(self) -> Judgement | None:
        """``E[f(x)] >= f(E[x])`` for an f that is not known otherwise."""
        left, right = peel(self.left), peel(self.right)
        sign = self.relation
        if isinstance(left, Call):
            left, right, sign = right, left, -sign
        if not (isinstance(left, Moment) and left.kind == "E" and isinstance(right, Call) and len(right.args) == 1):
            return None
        inner, mean = peel(left.args[0]), peel(right.args[0])
        if not isinstance(inner, Call) or inner.function != right.function or not isinstance(mean, Moment):
            return None
        name = inner.function.name if isinstance(inner.function, Symbol) else ""
        if len(name) > 1 and name not in ("phi", "varphi", "psi") or mean.kind != "E" or inner.args != mean.args:
            return None
        needed = {1: "convex", -1: "concave", 0: "affine"}[sign]
        source = next((f.source for f in self.facts if f.kind == needed), "")
        fact = (Assumption(f"{name} is {needed}", source or "stated nowhere"),)
        if source:
            return Judgement("proved", "symbolic", "Jensen's inequality", fact)
        return Judgement("needs-hypothesis", "symbolic", f"holds with: {name} is {needed} (stated nowhere)", fact)

    def _inequality(self, world: World) -> Judgement | None:
        world = replace(world, variables={}, constants={}, laws={})
        bases = self._bases_of_text(world)
        if not bases or len(bases) > 2:
            return None
        verdicts: dict[str, list[bool]] = {"any": [], "positive": []}
        example = None
        for kind, family in (("any", SYMMETRIC + SKEWED), ("positive", POSITIVE)):
            for shift in range(len(family)):
                laws = {b: family[(i * 2 + shift) % len(family)] for i, b in enumerate(bases)}
                left, right = self._concrete(world, laws)
                if isinstance(left, sp.MatrixBase) or isinstance(right, sp.MatrixBase):
                    return None
                difference = sp.N(left - right, 30)
                if not difference.is_real or not difference.is_finite:
                    if kind == "any":
                        continue
                    return None
                good = difference * self.relation >= -sp.Float("1e-25")
                verdicts[kind].append(bool(good))
                if not good and example is None:
                    shown: dict[str, Any] = {f"law of {b}": {str(x): str(p) for x, p in law} for b, law in laws.items()}
                    shown |= {n: str(v) for n, v in self._numbers(world).items()}
                    example = shown | {"left": _show(left), "right": _show(right)}
        if all(verdicts["any"]) and all(verdicts["positive"]):
            count = sum(map(len, verdicts.values()))
            return Judgement("holds", "numeric", f"no counterexample among {count} finite laws, evaluated exactly")
        if all(verdicts["positive"]):
            names = ", ".join(bases)
            return Judgement(
                "needs-hypothesis", "numeric", f"holds with: {names} positive (stated nowhere)",
                (Assumption(f"{names} > 0", "stated nowhere"),), example,
            )  # fmt: skip
        if world.constants and not all(n in world.size_names for n in world.constants):
            return None
        return Judgement("refuted", "numeric", "a finite law for which the inequality fails", counterexample=example)

    def _bases_of_text(self, world: World) -> list[str]:
        algebra = Algebra(world, lambda value: value)
        algebra.value(self.left), algebra.value(self.right)
        return sorted({v.base for v in world.variables.values()})

    # -- corrections

    def _corrected(self, found: Judgement) -> Judgement:
        """With the first small edit that is true without more hypotheses; else the first that is true with some."""
        if self.relation:
            return found
        second, left = None, MOST_EDITS
        letters = [p for p in self.left.walk() if isinstance(p, Symbol)]
        for edited in edits(self.right, list(dict.fromkeys(letters))):
            left -= 1
            if not left:
                break
            other = _Judge(replace(self.statement, terms=(self.left, edited)), self.facts, quick=True)
            verdict = other._verdict()
            if verdict and other.sums | bool(other._vectors({})):
                other.quick = False
                verdict = other._verdict()
            if verdict == "proved":
                return replace(found, correction=show(other.statement))
            if verdict == "needs-hypothesis" and second is None:
                second, left = show(other.statement), min(left, 10)
        return replace(found, correction=second)

    def _verdict(self) -> str:
        """The verdict of the first reading that makes sense."""
        for reading in self.readings(self.definitions()):
            try:
                judged = self._equality(reading)
            except (Unsupported, sp.PolynomialError, ArithmeticError, TypeError, ValueError):
                continue
            if judged is not None and judged.verdict in ("proved", "needs-hypothesis"):
                return judged.verdict
        return ""


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


def _is_zero(value: sp.Expr) -> bool:
    value = sp.expand(value)
    if value == 0:
        return True
    if value.is_number:
        return abs(sp.N(value, 40)) < sp.Float("1e-30") if not value.is_Rational else False
    rational = all(p.exp.is_Integer for p in value.atoms(sp.Pow)) and not value.has(sp.Function)
    if not rational and value.count_ops() < 120:
        return sp.simplify(value) == 0
    return any(p.exp.is_negative for p in value.atoms(sp.Pow)) and sp.cancel(sp.together(value)) == 0


def _is_zero_value(left: Value, right: Value) -> bool:
    if isinstance(left, sp.MatrixBase) != isinstance(right, sp.MatrixBase):
        raise Unsupported("shapes")
    difference = left - right
    entries = list(difference) if isinstance(difference, sp.MatrixBase) else [difference]
    if any(entry.free_symbols or entry.has(AppliedUndef) for entry in entries):
        raise Unsupported("not a number")
    return all(_is_zero(entry) for entry in entries)


def _vanishes(value: Value) -> bool:
    return all(_is_zero(entry) for entry in (value if isinstance(value, sp.MatrixBase) else [value]))


def _show(value: Value) -> str:
    return sp.sstr(value.tolist() if isinstance(value, sp.MatrixBase) else value)
