"""Products over the layers of a deep network, multiplied out for networks of some depths."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

from symnet.lecture.knowledge.hypotheses import Fact, Judgement
from symnet.lecture.knowledge.quantities import named_symbol, peel, text_of
from symnet.lecture.knowledge.updates import show
from symnet.lecture.reader.syntax import (
    Big,
    Braced,
    Expr,
    Moment,
    Negate,
    Number,
    Paren,
    Plus,
    Power,
    Product,
    Quotient,
    Statement,
    Symbol,
)
from symnet.lecture.verdict import Assumption

#: numbers of layers with which a product is written out
DEPTHS = (3, 4, 5)


class Unread(Exception):
    """Not a number under this reading."""


def indexed(expr: Expr) -> tuple[str, str] | None:
    r"""The name and the layer of ``z^i``, ``W^{[l]}``, ``w_l`` and of ``\partial L / \partial s^i``."""
    found = named_symbol(expr)
    if found is None:
        by = getattr(expr, "by", ())
        inner = indexed(next(iter(by))) if len(by) == 1 else None
        return ("grad " + inner[0], inner[1]) if inner else None
    symbol, indices = found
    name = "".join(symbol.marks) + symbol.name
    if len(indices) != 1:
        return (name, "") if not indices else None
    text = indices[0].text
    if text.startswith(("bracket:", "paren:")):
        text = text.partition(":")[2].removesuffix("1")
    return name, text


class Numbers:
    """Exact values: every symbol and every variance has one, for each value of its index."""

    def __init__(self, indices: Mapping[str, int], variances: Mapping[str, tuple[str, Expr]]) -> None:
        self.indices, self.variances = dict(indices), variances
        self.given: dict[str, Fraction] = {}

    def _atom(self, key: str) -> Fraction:
        if key not in self.given:
            k = len(self.given)
            self.given[key] = Fraction(PRIMES[k % len(PRIMES)], PRIMES[(k + 3) % len(PRIMES)])
        return self.given[key]

    def value(self, expr: Expr, bound: Mapping[str, int]) -> Fraction:
        match expr:
            case Number():
                return expr.value
            case Paren() | Braced():
                return self.value(expr.arg, bound)
            case Plus():
                return sum((self.value(t, bound) for t in expr.terms), Fraction(0))
            case Negate():
                return -self.value(expr.arg, bound)
            case Product():
                return self.value(expr.left, bound) * self.value(expr.right, bound)
            case Quotient():
                return self.value(expr.numerator, bound) / self.value(expr.denominator, bound)
            case Big(op="prod") if len(expr.variables) == 1 and expr.lower is not None and expr.upper is not None:
                low, high = self._integer(expr.lower, bound), self._integer(expr.upper, bound)
                result = Fraction(1)
                for k in range(low, high + 1):
                    result *= self.value(expr.body, {**bound, text_of(expr.variables[0]): k})
                return result
            case Moment(kind="Var") if len(expr.args) == 1:
                return self._variance(peel(expr.args[0]), bound)
            case Symbol() | Power():
                return self._symbol(expr, bound)
        raise Unread(type(expr).__name__)

    def _variance(self, expr: Expr, bound: Mapping[str, int]) -> Fraction:
        found = indexed(expr)
        if found is None:
            return self._atom("Var " + text_of(expr))
        name, index = found
        known = self.variances.get(name)
        if known is not None and index:
            letter, value = known
            return self.value(value, {letter: self._index(expr, bound)})
        layer = str(self._index(expr, bound)) if index else ""
        return self._atom(f"Var {name} {layer}")

    def _symbol(self, expr: Expr, bound: Mapping[str, int]) -> Fraction:
        name = text_of(expr)
        if name in bound or name in self.indices:
            return Fraction(bound.get(name, self.indices.get(name, 0)))
        found = indexed(expr)
        if found is None:
            raise Unread(name)
        if isinstance(expr, Power) and isinstance(peel(expr.exponent), Number):
            return self.value(expr.base, bound) ** int(peel(expr.exponent).value)  # type: ignore[attr-defined]
        return self._atom(f"{found[0]} {self._index(expr, bound) if found[1] else ''}")

    def _index(self, expr: Expr, bound: Mapping[str, int]) -> int:
        by = getattr(expr, "by", None)
        target = by[0] if by else expr
        part: Expr
        if isinstance(target, Power):
            part = target.exponent
        elif isinstance(target, Symbol) and len(target.subs) == 1:
            part = target.subs[0]
        elif isinstance(target, Symbol) and len(target.labels) == 1 and target.labels[0].value is not None:
            part = target.labels[0].value
        else:
            raise Unread(text_of(expr))
        return self._integer(part, bound)

    def _integer(self, expr: Expr, bound: Mapping[str, int]) -> int:
        names = {text_of(s) for s in expr.walk() if isinstance(s, Symbol)}
        if not names <= set(bound) | set(self.indices):
            raise Unread(text_of(expr))
        value = self.value(expr, bound)
        if value.denominator != 1:
            raise Unread(text_of(expr))
        return int(value)


PRIMES = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83)


def letters_in(statement: Expr, bound: set[str]) -> list[str]:
    """The free letters that number layers: those in bounds, subscripts and superscripts."""
    found: list[str] = []
    for part in statement.walk():
        inside: list[Expr] = []
        if isinstance(part, Big):
            inside = [p for p in (part.lower, part.upper) if p is not None]
        elif isinstance(part, Symbol):
            inside = [*part.subs, *(x.value for x in part.labels if x.value is not None)]
        elif isinstance(part, Power) and isinstance(part.base, Symbol):
            inside = [part.exponent]
        for expr in inside:
            found += [text_of(s) for s in expr.walk() if isinstance(s, Symbol)]
    return [name for name in dict.fromkeys(found) if name not in bound]


def _chosen(facts: Sequence[Fact]) -> Iterator[tuple[str, str, Expr, Fact]]:
    r"""Variances that the document chose: ``Var[W^k] = 2 / n_k`` gives W, k and the value."""
    for fact in facts:
        if fact.statement is None or fact.statement.relations[0] not in ("=", "set"):
            continue
        left = peel(fact.statement.terms[0])
        if isinstance(left, Moment) and left.kind == "Var" and len(left.args) == 1:
            found = indexed(peel(left.args[0]))
            value = fact.statement.terms[1]
            if found and found[1] and not any(isinstance(p, Moment) for p in value.walk()):
                yield found[0], found[1], value, fact


def multiplied_out(statement: Statement, big: Big, facts: Sequence[Fact]) -> Judgement | None:
    """Is the product equal to what is said, for some variance that the document chose?"""
    inside = {indexed(peel(m.args[0])) for m in big.body.walk() if isinstance(m, Moment)}
    names = {found[0] for found in inside if found}
    found: list[Judgement] = []
    candidates = [c for c in _chosen(facts) if c[0] in names]
    for name, letter, value, fact in candidates:
        outcome = _both_sides(statement, big, {name: (letter, value)})
        if outcome is None:
            return None
        assumption = Assumption(show(fact.statement), fact.source)  # type: ignore[arg-type]
        if outcome["equal"]:
            reason = f"multiplied out for {', '.join(map(str, DEPTHS))} layers"
            return Judgement("proved", "symbolic", reason, (assumption,))
        correction = _with_other_layers(statement, big, {name: (letter, value)})
        reason = "the factors cancel to something else when the product is multiplied out"
        found.append(Judgement("refuted", "symbolic", reason, (assumption,), outcome["example"], correction))
    best = next((f for f in found if f.correction), found[0] if found else None)
    if best is not None and len(found) > 1:
        return replace(best, reason=best.reason + ", with each of the variances that the document chose")
    return best


def _both_sides(statement: Statement, big: Big, variances: Mapping[str, tuple[str, Expr]]) -> dict | None:
    bound = {text_of(v) for v in big.variables}
    letters = letters_in(statement, bound)
    example, equal = None, True
    for depth in DEPTHS:
        numbers = Numbers({letter: depth + 2 * i for i, letter in enumerate(letters)}, variances)
        try:
            left, right = (numbers.value(term, {}) for term in statement.terms)
        except (Unread, ArithmeticError, ValueError):
            return None
        if left != right:
            equal = False
            shown: dict[str, Any] = {letter: numbers.indices[letter] for letter in letters}
            shown |= {k: str(v) for k, v in numbers.given.items()}
            example = example or {**shown, "left": str(left), "right": str(right)}
    return {"equal": equal, "example": example}


def _with_other_layers(statement: Statement, big: Big, variances: Mapping[str, tuple[str, Expr]]) -> str | None:
    """The statement with other layers on the right side, where up to two indices mend it."""
    right = statement.terms[1]
    upper = big.upper
    sizes = [p for p in right.walk() if isinstance(p, Symbol) and len(p.subs) == 1 and p.name in ("n", "N", "d", "m")]
    if upper is None or big.lower is None or not 1 <= len(sizes) <= 2:
        return None
    one = Number(Fraction(1), text="1")
    places: list[Expr] = []
    for end in (big.lower, upper):
        if isinstance(end, Number):
            places += [Number(end.value + k, text=str(end.value + k)) for k in (0, 1, -1)]
        else:
            places += [end, Plus((end, one)), Plus((end, Negate(one)))]
    for first in places:
        for second in places if len(sizes) == 2 else [first]:
            if len(sizes) == 2 and first == second:
                continue
            new = dict(zip(map(id, sizes), (first, second)))

            def change(part: Expr, new: dict[int, Expr] = new) -> Expr:
                if id(part) in new and isinstance(part, Symbol):
                    return replace(part, subs=(new[id(part)],))
                return part.map(change)

            edited = replace(statement, terms=(statement.terms[0], change(right)))
            outcome = _both_sides(edited, big, variances)
            if outcome is not None and outcome["equal"]:
                return show(edited)
    return None
