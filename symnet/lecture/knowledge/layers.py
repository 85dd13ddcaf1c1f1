r"""Variances of a deep network: products over the layers, and laws that are chosen to have a wanted variance.

``Var[z^i] = Var[x] \prod_{k=0}^{i-1} n_k Var[W^k]`` is followed layer by layer for concrete i; a product such as
``\prod_k \frac12 n_{k+1} Var[W^k]`` is multiplied out with the variance that the document chose for W.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import sympy as sp

from symnet.lecture.knowledge.hypotheses import Fact, Judgement
from symnet.lecture.knowledge.laws import LAWS, law_of
from symnet.lecture.knowledge.updates import named_symbol, peel, show, text_of
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
    Root,
    Statement,
    Symbol,
)
from symnet.lecture.verdict import Assumption

#: numbers of layers with which a product is written out
DEPTHS = (3, 4, 5)
#: what the propagation of variances through a layer needs
HYPOTHESES = {
    "independent": "the weights are independent of each other and of the inputs",
    "zero mean": "weights and inputs have mean 0",
}


class Unread(Exception):
    """Not a number under this reading."""


def judge_layers(statement: Statement, facts: Sequence[Fact]) -> Judgement | None:
    """Decides products over layers and choices of a law; None for every other statement."""
    left, right = statement.terms
    if statement.relations[0] == "sim":
        return _judge_law(left, right, facts)
    if _is_wish(left, right):
        return Judgement("condition", "none", "asks for a variance")
    if statement.relations[0] not in ("=", "set"):
        return None
    products = [p for p in statement.walk() if isinstance(p, Big) and p.op == "prod"]
    if len(products) != 1 or not any(isinstance(p, Moment) for p in products[0].walk()):
        return None
    if any(isinstance(p, Big) for p in left.walk()):
        return _multiplied_out(statement, products[0], facts)
    return _propagated(left, right, products[0], facts)


def _is_wish(left: Expr, right: Expr) -> bool:
    r"""``n_i Var[W^i] = 1`` and ``Var[z^i] = Var[z^j]``: to be fulfilled."""
    moments = [p for p in left.walk() if isinstance(p, Moment)]
    others = [p for p in right.walk() if isinstance(p, Moment)]
    if isinstance(peel(left), Product | Quotient) and len(moments) == 1 and not others:
        return isinstance(right, Number) and right.value > 0 and named_symbol(peel(moments[0].args[0])) is not None
    if isinstance(peel(left), Moment) and isinstance(peel(right), Moment):
        a, b = (_indexed(peel(peel(side).args[0])) for side in (left, right))  # type: ignore[attr-defined]
        return (
            a is not None and b is not None and a[0] == b[0] and a[1] != b[1] and not a[1].isdigit() and len(a[1]) == 1
        )
    return False


def _indexed(expr: Expr) -> tuple[str, str] | None:
    r"""The name and the layer of ``z^i``, ``W^{[l]}``, ``w_l`` and of ``\partial L / \partial s^i``."""
    found = named_symbol(expr)
    if found is None:
        by = getattr(expr, "by", ())
        inner = _indexed(next(iter(by))) if len(by) == 1 else None
        return ("grad " + inner[0], inner[1]) if inner else None
    symbol, indices = found
    name = "".join(symbol.marks) + symbol.name
    if len(indices) != 1:
        return (name, "") if not indices else None
    text = indices[0].text
    if text.startswith(("bracket:", "paren:")):
        text = text.partition(":")[2].removesuffix("1")
    return name, text


# -- numbers ----------------------------------------------------------------------------------------------------------


class _Numbers:
    """Exact values: every symbol and every variance has one, for each value of its index."""

    def __init__(self, indices: Mapping[str, int], variances: Mapping[str, tuple[str, Expr]]) -> None:
        self.indices, self.variances = dict(indices), variances
        self.given: dict[str, Fraction] = {}

    def _atom(self, key: str) -> Fraction:
        if key not in self.given:
            k = len(self.given)
            self.given[key] = Fraction(_PRIMES[k % len(_PRIMES)], _PRIMES[(k + 3) % len(_PRIMES)])
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
        found = _indexed(expr)
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
        found = _indexed(expr)
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


_PRIMES = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83)


def _letters(statement: Expr, bound: set[str]) -> list[str]:
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


# -- products that are multiplied out ---------------------------------------------------------------------------------


def _chosen(facts: Sequence[Fact]) -> Iterator[tuple[str, str, Expr, Fact]]:
    r"""Variances that the document chose: ``Var[W^k] = 2 / n_k`` gives W, k and the value."""
    for fact in facts:
        if fact.statement is None or fact.statement.relations[0] not in ("=", "set"):
            continue
        left = peel(fact.statement.terms[0])
        if isinstance(left, Moment) and left.kind == "Var" and len(left.args) == 1:
            found = _indexed(peel(left.args[0]))
            value = fact.statement.terms[1]
            if found and found[1] and not any(isinstance(p, Moment) for p in value.walk()):
                yield found[0], found[1], value, fact


def _multiplied_out(statement: Statement, big: Big, facts: Sequence[Fact]) -> Judgement | None:
    """Is the product equal to what is said, for some variance that the document chose?"""
    inside = {_indexed(peel(m.args[0])) for m in big.body.walk() if isinstance(m, Moment)}
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
    letters = _letters(statement, bound)
    example, equal = None, True
    for depth in DEPTHS:
        numbers = _Numbers({letter: depth + 2 * i for i, letter in enumerate(letters)}, variances)
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


# -- propagation through the layers -----------------------------------------------------------------------------------


def _propagated(left: Expr, right: Expr, big: Big, facts: Sequence[Fact]) -> Judgement | None:
    r"""``Var[z^i] = Var[x] \prod_{k=0}^{i-1} c n_k Var[W^k]``: the base of the induction and one step of it."""
    target = peel(left)
    moments = [m for m in right.walk() if isinstance(m, Moment)]
    inner = [m for m in big.body.walk() if isinstance(m, Moment)]
    outer = [m for m in moments if not any(m is n for n in inner)]
    if not isinstance(target, Moment) or target.kind != "Var" or len(outer) != 1 or len(inner) != 1:
        return None
    goal, base = (_indexed(peel(m.args[0])) for m in (target, outer[0]))
    weight = _indexed(peel(inner[0].args[0]))
    if goal is None or base is None or weight is None or not goal[1] or big.lower is None or big.upper is None:
        return None
    factor = _factor(big, inner[0])
    if factor is None:
        return None
    share, _size = factor
    said = [(kind, text, _source(facts, kind)) for kind, text in HYPOTHESES.items()]
    regime = (
        "the activation is odd with slope 1 and works in its linear part" if share == 1 else "the activation is ReLU"
    )
    if share not in (1, Fraction(1, 2)):
        return None
    assumptions = [Assumption(text, source or "stated nowhere") for _, text, source in said]
    assumptions.append(Assumption(regime, "convention"))
    empty = _empty_at(big, goal[1], base[1]) if base[0] == goal[0] else True
    if empty is None:
        return None
    if not empty:
        first = show(big.body)
        reason = (
            f"for {goal[1]} = {base[1]} both variances are the same and the product must be empty, but it is not: "
            f"needs {first} = 1 there; a range that begins or ends one later would not"
        )
        assumptions.append(Assumption(f"{first} = 1 for the last layer", "stated nowhere"))
        return Judgement("needs-hypothesis", "symbolic", reason, tuple(assumptions))
    missing = [text for _, text, source in said if not source]
    if missing:
        return Judgement(
            "needs-hypothesis", "symbolic", "holds layer by layer with: " + "; ".join(missing), tuple(assumptions)
        )
    return Judgement("proved", "symbolic", "by induction over the layers", tuple(assumptions))


def _source(facts: Sequence[Fact], kind: str) -> str:
    return next((f.source for f in facts if f.kind == kind), "")


def _factor(big: Big, variance: Moment) -> tuple[Fraction, str] | None:
    """The number and the size beside the variance in a factor of the product: 1/2 and n_k."""
    numbers, sizes = Fraction(1), []
    stack: list[Expr] = [big.body]
    while stack:
        part = peel(stack.pop())
        if part is variance:
            continue
        if isinstance(part, Product):
            stack += [part.right, part.left]
        elif isinstance(part, Number):
            numbers *= part.value
        elif isinstance(part, Quotient) and isinstance(part.denominator, Number):
            numbers /= part.denominator.value
            stack.append(part.numerator)
        elif isinstance(part, Symbol) and (part.subs or part.labels):
            sizes.append(text_of(part))
        else:
            return None
    return (numbers, sizes[0]) if len(sizes) == 1 else None


def _empty_at(big: Big, goal: str, base: str) -> bool | None:
    """Has the product no factor where the two layers are the same one?"""
    numbers = _Numbers(
        {name: 4 for name in {*_letters(big, {text_of(v) for v in big.variables}), goal, base} if not name.isdigit()},
        {},
    )
    if base.lstrip("-").isdigit():
        numbers.indices[goal] = int(base)
    try:
        assert big.lower is not None and big.upper is not None
        low, high = numbers._integer(big.lower, {}), numbers._integer(big.upper, {})
    except Unread:
        return None
    return high == low - 1


# -- laws with a wanted variance --------------------------------------------------------------------------------------


def _judge_law(left: Expr, right: Expr, facts: Sequence[Fact]) -> Judgement | None:
    r"""``W \sim U[-a, a]`` after ``Var[W] = ...``: does the law have the variance that is asked for?"""
    law, name = law_of(right), _indexed(peel(left))
    if law is None or name is None:
        return None
    moment = LAWS[law[0]].moment
    try:
        parameters = [_symbolic(p, name[1]) for p in law[1]]
    except Unread:
        return None
    variance = sp.simplify(moment(2, *parameters) - moment(1, *parameters) ** 2)
    wanted = []
    for fact in facts:
        asked = _asked(fact, name[0])
        if asked is None:
            continue
        try:
            value = _symbolic(asked[1], asked[0])
        except Unread:
            continue
        wanted.append((sp.simplify(value - variance) == 0, value, fact))
    for same, _, fact in reversed(wanted):
        if same:
            assumption = Assumption(show(fact.statement), fact.source)
            return Judgement("proved", "symbolic", "the law has the variance that is asked for", (assumption,))
    if len({str(value) for _, value, _ in wanted}) != 1:
        return None
    _, value, fact = wanted[0]
    numbers = {
        s: sp.Integer(_PRIMES[i]) for i, s in enumerate(sorted(variance.free_symbols | value.free_symbols, key=str))
    }
    shown = {str(s): str(v) for s, v in numbers.items()}
    shown |= {"variance of the law": str(variance.subs(numbers)), "asked for": str(value.subs(numbers))}
    assumption = Assumption(show(fact.statement), fact.source)  # type: ignore[arg-type]
    return Judgement("refuted", "symbolic", f"the variance of the law is {variance}", (assumption,), shown)


def _asked(fact: Fact, name: str) -> tuple[str, Expr] | None:
    """The layer and the value of the variance that a fact asks for."""
    if fact.statement is None or fact.statement.relations[0] not in ("=", "set"):
        return None
    left = peel(fact.statement.terms[0])
    if not isinstance(left, Moment) or left.kind != "Var" or len(left.args) != 1:
        return None
    found = _indexed(peel(left.args[0]))
    value = fact.statement.terms[1]
    if found is None or found[0] != name or any(isinstance(p, Moment) for p in value.walk()):
        return None
    return found[1], value


def _symbolic(expr: Expr, layer: str) -> sp.Expr:
    """An algebraic expression with positive letters, its layer called l."""
    match expr:
        case Number():
            return sp.Rational(expr.value.numerator, expr.value.denominator)
        case Paren() | Braced():
            return _symbolic(expr.arg, layer)
        case Plus():
            return sum((_symbolic(t, layer) for t in expr.terms), sp.Integer(0))
        case Negate():
            return -_symbolic(expr.arg, layer)
        case Product():
            return _symbolic(expr.left, layer) * _symbolic(expr.right, layer)
        case Quotient():
            return _symbolic(expr.numerator, layer) / _symbolic(expr.denominator, layer)
        case Root(degree=None):
            return sp.sqrt(_symbolic(expr.arg, layer))
        case Power() if isinstance(peel(expr.exponent), Number):
            return _symbolic(expr.base, layer) ** _symbolic(expr.exponent, layer)
        case Symbol():
            subs = [_renamed(s, layer) for s in expr.subs]
            return sp.Symbol(text_of(replace(expr, subs=tuple(subs))), positive=True)
    raise Unread(type(expr).__name__)


def _renamed(expr: Expr, layer: str) -> Expr:
    if isinstance(expr, Symbol) and text_of(expr) == layer:
        return Symbol("l")
    return expr.map(lambda child: _renamed(child, layer))
