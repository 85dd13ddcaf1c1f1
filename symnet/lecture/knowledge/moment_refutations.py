"""Counterexamples to statements about moments."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import sympy as sp

from symnet.lecture.algebra.expressions import as_expr
from symnet.lecture.knowledge.enumeration import SKEWED, SYMMETRIC, Enumeration, Finite, Joint
from symnet.lecture.knowledge.expectation import Algebra, random_index
from symnet.lecture.knowledge.hypotheses import Judgement, has_moment
from symnet.lecture.knowledge.moment_readings import base_of
from symnet.lecture.knowledge.moment_statements import Statements, is_zero, is_zero_value
from symnet.lecture.knowledge.worlds import Hypothesis, Value, World
from symnet.lecture.reader.syntax import Symbol


class Refutations(Statements):
    """Laws under which a statement about moments fails."""

    def _refuted(
        self, worlds: Sequence[World], bases: Sequence[str], meanings: Sequence, stated: frozenset[Hypothesis]
    ) -> Judgement | None:
        fixed = {base for w in worlds[:1] for _, base in w.given}
        told = all(set(meaning.values()) <= set(worlds[0].given) for _, meaning in meanings)
        if any(w.laws for w in worlds) and set(bases) <= fixed or bases and set(bases) <= fixed:
            found = self._refuted_law(worlds[0]) or (self._refuted_law(worlds[0], stated) if stated else None)
            return found or (self._refuted_with_mean(worlds[0], bases) if told else None)
        if any(w.laws or w.given for w in worlds):
            return None
        if self._one_sided(worlds[0]) or len(meanings) > 1 or self._relates_others(worlds[0]):
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
            if any(is_zero_value(a, b) for a, b in values):
                return self._refuted_plainly(worlds[0], bases, stated)
            best = best or (laws, values[0], worlds[0])
        if best is None:
            return None
        laws, (left, right), world = best
        shown: dict[str, Any] = {f"law of {b}": {str(x): str(p) for x, p in law} for b, law in laws.items()}
        shown |= {name: str(value) for name, value in self._numbers(world).items()}
        if len(worlds) > 1:
            shown["number of terms"] = world.size
        shown |= {"left": value_text(left), "right": value_text(right)}
        reason = "the two sides differ for independent random variables, symmetric about 0"
        return Judgement("refuted", "symbolic", reason, counterexample=shown)

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
        if is_zero_value(left, right):
            return None
        shown |= {n: str(v) for n, v in self._numbers(world).items()} | {
            "left": value_text(left),
            "right": value_text(right),
        }
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
        if is_zero_value(left, right):
            return None
        shown: dict[str, Any] = {f"law of {bases[0]}": {str(x): str(p) for x, p in law}}
        shown |= {n: str(v) for n, v in numbers.items()} | {"left": value_text(left), "right": value_text(right)}
        reason = f"the two sides differ for a random variable with the mean {letter}"
        return Judgement("refuted", "symbolic", reason, counterexample=shown)

    def _refuted_law(self, world: World, stated: frozenset[Hypothesis] = frozenset()) -> Judgement | None:
        """A statement that fails for the moments that are known, and under what is ``stated`` of the variables."""
        left, right = self._sides(world, stated)
        if isinstance(left, sp.MatrixBase) or isinstance(right, sp.MatrixBase) or is_zero(left - right):
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
        if is_zero(a - b):
            return None
        shown = {_plain(s): str(v) for s, v in values.items()} | {"left": value_text(a), "right": value_text(b)}
        reason = f"by the moments that are known the left side is {_plain(sp.factor(left))}"
        return Judgement("refuted", "symbolic", reason, counterexample=shown)

    def _one_sided(self, world: World, known: Iterable[str] = ()) -> bool:
        """A constant that stands on one side only means something that is not known here."""
        sides = []
        for side in (self.left, self.right):
            sides.append({base_of(p) for p in side.walk() if isinstance(p, Symbol)} - world.randoms - world.size_names)
        within = {base_of(p) for m in self.moments() for p in m.walk() if isinstance(p, Symbol)}
        return bool((sides[0] ^ sides[1]) - within - set(known)) and bool(world.constants)

    def _relates_others(self, world: World) -> bool:
        """Does each side speak of a variable that the other one lacks, and that it may be computed from?"""
        found = []
        for side in (self.left, self.right):
            fresh = replace(world, variables={}, constants={}, laws={}, given={})
            Algebra(fresh, lambda value: value).value(side)
            found.append({v.base for v in fresh.variables.values()})
        left, right = found
        return bool(left - right) and bool(right - left)

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


def _plain(value: sp.Expr) -> str:
    """A formula for a sentence: ``2 sigma_w^2``."""
    return re.sub(r"\[(\w+)\]", r"_\1", sp.sstr(value)).replace("**", "^").replace("*", " ")


def value_text(value: Value) -> str:
    return sp.sstr(value.tolist() if isinstance(value, sp.MatrixBase) else value)
