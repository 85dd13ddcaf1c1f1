"""Statements about E, Var, Cov and Std, decided by the rules of moments.

A side of the statement becomes a polynomial in random variables; the expectation of each monomial is a free quantity,
which hypotheses (independence, zero mean, symmetry, equal laws) simplify.  Two sides with one normal form are equal for
every law that meets the hypotheses.  What differs under every hypothesis is evaluated on finite laws with rational
values: an exact counterexample.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import sympy as sp

from symnet.lecture.knowledge.enumeration import POSITIVE, SKEWED, SYMMETRIC
from symnet.lecture.knowledge.expectation import Algebra
from symnet.lecture.knowledge.hypotheses import Fact, Judgement, has_moment
from symnet.lecture.knowledge.layers import judge_layers
from symnet.lecture.knowledge.moment_edits import edits
from symnet.lecture.knowledge.moment_readings import COMPARED, base_of
from symnet.lecture.knowledge.moment_refutations import Refutations, value_text
from symnet.lecture.knowledge.quantities import peel, text_of
from symnet.lecture.knowledge.updates import show
from symnet.lecture.knowledge.worlds import Hypothesis, Unsupported, World
from symnet.lecture.reader.syntax import Call, Moment, Statement, Symbol
from symnet.lecture.verdict import Assumption

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


class _Judge(Refutations):
    """Decides a statement about moments."""

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
                if centred := self._introduces(worlds[0], needed):
                    found = None if extra else self._refuted_plainly(worlds[0], bases, stated - centred)
                    return found or self._under(needed, stated, extra)
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
        return self._under(needed, stated, extra)

    def _under(self, needed: Sequence[Hypothesis], stated: frozenset[Hypothesis], extra: Sequence[str]) -> Judgement:
        parts = [f"{h} ({self._where(h)})" if h in stated else f"{h} (stated nowhere)" for h in needed]
        reason = "holds with: " + "; ".join(parts)
        assumptions = tuple(Assumption(str(h), self._where(h) or "stated nowhere") for h in needed)
        assumptions += tuple(Assumption(text, "convention") for text in extra)
        return Judgement("needs-hypothesis", "symbolic", reason, assumptions)

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
                    example = shown | {"left": value_text(left), "right": value_text(right)}
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
