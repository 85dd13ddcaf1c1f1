"""How a statement about moments may be read: what is random, what is a vector, what counts the terms of a sum."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import combinations

from symnet.lecture.knowledge.hypotheses import Fact, has_moment
from symnet.lecture.knowledge.laws import law_of
from symnet.lecture.knowledge.quantities import named_symbol, peel, text_of
from symnet.lecture.knowledge.worlds import INDEX_LETTERS, World
from symnet.lecture.reader.syntax import (
    Big,
    Call,
    Expr,
    Moment,
    Norm,
    Number,
    Power,
    Product,
    Statement,
    Symbol,
    Transpose,
)

#: relations that are judged, and the sign of an inequality
COMPARED = {"=": 0, "set": 0, "equiv": 0, "<=": -1, ">=": 1, "<": -1, ">": 1}
#: letters that stand for constants where nothing else is known
CONSTANT_LETTERS = frozenset(
    "a b c d k n m N A B C alpha beta gamma lambda eta kappa mu sigma theta p q epsilon".split()
)
SIZE_LETTERS = frozenset("n N d D m M K".split())
#: letters of random masks
MASKS = ("m", "M", "r", "xi", "epsilon", "z", "d", "D", "b", "mask")


class Claim:
    """One link about moments, with the facts that it may rely on."""

    def __init__(self, statement: Statement, facts: Sequence[Fact], quick: bool = False) -> None:
        self.statement, self.facts = statement, tuple(facts)
        self.left, self.right = statement.terms
        self.relation = COMPARED[statement.relations[0]]
        self.quick = quick  # write sums out with one number of terms only
        self.sums = any(isinstance(p, Big) for p in statement.walk())

    def states_a_moment(self) -> bool:
        r"""``E[w] = 0``, ``Var[w] = \sigma^2``: says which, and nothing to check without a law of w."""
        left = peel(self.left)
        if not isinstance(left, Moment) or self.relation or any(isinstance(p, Moment) for p in self.right.walk()):
            return False
        if law_of(left.args[0]) is not None or self._law(left.args[0]) is not None:
            return False
        about = peel(left.args[0])
        if isinstance(about, Power) and isinstance(about.exponent, Number):
            return (
                isinstance(peel(self.right), Number)
                and isinstance(about.base, Symbol)
                and self._law(about.base) is None
            )
        found = named_symbol(about)
        if found is None or text_of(peel(left.args[0])) in self.definitions():
            return False
        outside = {text_of(p) for p in self.right.walk() if isinstance(p, Symbol)}
        return not ("bar" in found[0].marks and self._sized(outside))

    def _law(self, expr: Expr) -> Fact | None:
        name = text_of(peel(expr))
        for fact in self.facts:
            if fact.statement is not None and fact.statement.relations[0] == "sim" and fact.subject == name:
                return fact
        return None

    def definitions(self) -> dict[str, Expr]:
        """Names in the moments that earlier statements define."""
        inside = {text_of(s) for m in self.moments() for a in m.args for s in a.walk() if isinstance(s, Symbol)}
        found = {}
        for fact in self.facts:
            if fact.statement is not None and fact.statement.relations[0] in ("=", "set") and fact.subject in inside:
                right = fact.statement.terms[1]
                if isinstance(peel(fact.statement.terms[0]), Symbol) and not has_moment(right):
                    found[fact.subject] = right
        return found

    def moments(self) -> Iterator[Moment]:
        for part in self.statement.walk():
            if isinstance(part, Moment):
                yield part

    def _symbols(self, definitions: Mapping[str, Expr]) -> tuple[dict[str, Symbol], set[str]]:
        """Symbols inside of moments by name, and the names that stand outside of all moments."""
        inside: dict[str, Symbol] = {}
        outside: set[str] = set()

        def walk(part: Expr, within: bool) -> None:
            if isinstance(part, Symbol):
                definition = definitions.get(text_of(part))
                if definition is not None and within:
                    walk(definition, within)
                    return
                name = base_of(part)
                if within:
                    inside.setdefault(name, part)
                else:
                    outside.add(name)
                return
            for child in value_parts(part):
                walk(child, within or isinstance(part, Moment))

        walk(self.statement, False)
        return inside, outside

    def readings(self, definitions: Mapping[str, Expr]) -> Iterator[World]:
        inside, outside = self._symbols(definitions)
        bound = {text_of(v) for p in self._everywhere(definitions) if isinstance(p, Big) for v in p.variables}
        alone = {
            base_of(s)
            for m in self.moments()
            for a in m.args
            if isinstance(s := peel(a), Symbol) and text_of(s) not in definitions
        }
        said = {f.subject for f in self.facts if f.subject and (f.kind != "statement" or self._speaks_of_random(f))}
        alone |= {base_of(s) for m in self.moments() for g in m.given if isinstance(s := peel(g), Symbol)}
        under = {base_of(s) for m in self.moments() for u in m.under for s in u.walk() if isinstance(s, Symbol)}
        randoms = set()
        products = self._vectors(definitions)
        for name, symbol in inside.items():
            if name in alone | under or text_of(symbol) in said or name in said:
                randoms.add(name)
            elif name in outside or name in bound:
                continue
            elif symbol.name not in CONSTANT_LETTERS or name in products and name.islower():  # q^T k
                randoms.add(name)
        for fact in self.facts:
            if fact.statement is not None and isinstance(moment := peel(fact.statement.terms[0]), Moment):
                randoms |= {base_of(s) for s in moment.args if isinstance(s, Symbol)} & set(inside)
        if not randoms:  # the mask m of E[m x / p] = x
            randoms = {n for n in inside if n not in outside and inside[n].name in MASKS}
        randoms -= bound
        uppers = {
            text_of(p.upper)
            for p in self._everywhere(definitions)
            if isinstance(p, Big) and isinstance(p.upper, Symbol)
        }
        means = {
            n for n in randoms if n.startswith("bar") and (self._sized(outside) or n.removeprefix("bar") in randoms)
        }
        transposed = {n for n in self._vectors(definitions) if n in randoms or not n[:1].isupper()}
        divided = {n for n in inside if n not in randoms} if transposed else set()  # the d of Var[q^T k / \sqrt{d}]
        plain_sizes = sorted(self._sized((outside | divided) - uppers))
        size_choices = [frozenset(uppers)]
        if transposed or means or (self.sums and not uppers):
            size_choices = [frozenset(uppers | {s}) for s in plain_sizes] + size_choices
        capitals = {n for n, s in inside.items() if n not in randoms and s.name[:1].isupper()}
        lower = sorted(
            n for n, s in inside.items() if n not in randoms and n not in capitals and n not in bound | uppers
        )
        turned = any(isinstance(p, Transpose) for p in self._everywhere(definitions))
        shapes: list[tuple[frozenset[str], frozenset[str], bool]] = []
        if transposed:
            shapes = [(frozenset(transposed), frozenset(), True), (frozenset(transposed | randoms), frozenset(), True)]
        elif not turned:
            shapes = [(frozenset(), frozenset(), False)]
        bold = any(s.font == "bold" for s in inside.values())
        if bold or capitals or turned or any(m.kind == "Cov" and len(m.args) == 1 for m in self.moments()):
            for count in range(len(lower) + 1):
                for chosen in combinations(lower, count):
                    shapes.append((frozenset(randoms | set(chosen) | transposed), frozenset(capitals), False))
        for sizes in size_choices:
            for vectors, matrices, componentwise in shapes:
                world = World(
                    frozenset(randoms | {m.removeprefix("bar") for m in means}), 2, vectors, matrices, sizes,
                    frozenset(means), componentwise, definitions,
                )  # fmt: skip
                yield world

    def _everywhere(self, definitions: Mapping[str, Expr]) -> Iterator[Expr]:
        yield from self.statement.walk()
        for definition in definitions.values():
            yield from definition.walk()

    @staticmethod
    def _speaks_of_random(fact: Fact) -> bool:
        return fact.statement is not None and fact.statement.relations[0] == "sim"

    def _sized(self, outside: set[str]) -> set[str]:
        return {n for n in outside if n.split("[")[0] in SIZE_LETTERS}

    def _vectors(self, definitions: Mapping[str, Expr]) -> set[str]:
        """Symbols that a transpose or a norm shows to be vectors, and what they are multiplied by."""
        found: set[str] = set()
        for part in self._everywhere(definitions):
            if isinstance(part, Product) and isinstance(part.left, Transpose):
                found |= {base_of(s) for s in (peel(part.left.arg), peel(part.right)) if isinstance(s, Symbol)}
            if isinstance(part, Norm):
                found |= {base_of(s) for s in part.arg.walk() if isinstance(s, Symbol)}
        return found


def base_of(symbol: Symbol) -> str:
    """The name without its running indices."""
    kept = tuple(
        s
        for s in symbol.subs
        if not (isinstance(s, Number) or isinstance(s, Symbol) and s.name in INDEX_LETTERS or not isinstance(s, Symbol))
    )
    labels = tuple(x for x in symbol.labels if x.kind not in ("paren", "bracket"))
    return text_of(replace(symbol, subs=kept, labels=labels))


def value_parts(expr: Expr) -> Iterator[Expr]:
    """The parts that have a value: not the name of a function, not the index of a sum."""
    if isinstance(expr, Call):
        if not expr.certain:
            yield expr.function
        yield from expr.args
    elif isinstance(expr, Big):
        yield expr.body
    elif isinstance(expr, Moment):
        yield from (*expr.args, *expr.given)
    else:
        yield from expr.children()
