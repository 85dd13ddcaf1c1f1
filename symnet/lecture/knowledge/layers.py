r"""Variances of a deep network: products over the layers, and laws that are chosen to have a wanted variance.

``Var[z^i] = Var[x] \prod_{k=0}^{i-1} n_k Var[W^k]`` is followed layer by layer for concrete i; a product such as
``\prod_k \frac12 n_{k+1} Var[W^k]`` is multiplied out with the variance that the document chose for W.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

import sympy as sp

from symnet.lecture.knowledge.hypotheses import Fact, Judgement
from symnet.lecture.knowledge.laws import LAWS, law_of
from symnet.lecture.knowledge.layer_products import PRIMES, Numbers, Unread, indexed, letters_in, multiplied_out
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
    Root,
    Statement,
    Symbol,
)
from symnet.lecture.verdict import Assumption

#: what the propagation of variances through a layer needs
HYPOTHESES = {
    "independent": "the weights are independent of each other and of the inputs",
    "zero mean": "weights and inputs have mean 0",
}


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
        return multiplied_out(statement, products[0], facts)
    return _propagated(left, right, products[0], facts)


def _is_wish(left: Expr, right: Expr) -> bool:
    r"""``n_i Var[W^i] = 1`` and ``Var[z^i] = Var[z^j]``: to be fulfilled."""
    moments = [p for p in left.walk() if isinstance(p, Moment)]
    others = [p for p in right.walk() if isinstance(p, Moment)]
    if isinstance(peel(left), Product | Quotient) and len(moments) == 1 and not others:
        return isinstance(right, Number) and right.value > 0 and named_symbol(peel(moments[0].args[0])) is not None
    if isinstance(peel(left), Moment) and isinstance(peel(right), Moment):
        a, b = (indexed(peel(peel(side).args[0])) for side in (left, right))  # type: ignore[attr-defined]
        return (
            a is not None and b is not None and a[0] == b[0] and a[1] != b[1] and not a[1].isdigit() and len(a[1]) == 1
        )
    return False


def _propagated(left: Expr, right: Expr, big: Big, facts: Sequence[Fact]) -> Judgement | None:
    r"""``Var[z^i] = Var[x] \prod_{k=0}^{i-1} c n_k Var[W^k]``: the base of the induction and one step of it."""
    target = peel(left)
    moments = [m for m in right.walk() if isinstance(m, Moment)]
    inner = [m for m in big.body.walk() if isinstance(m, Moment)]
    outer = [m for m in moments if not any(m is n for n in inner)]
    if not isinstance(target, Moment) or target.kind != "Var" or len(outer) != 1 or len(inner) != 1:
        return None
    goal, base = (indexed(peel(m.args[0])) for m in (target, outer[0]))
    weight = indexed(peel(inner[0].args[0]))
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
    numbers = Numbers(
        {name: 4 for name in {*letters_in(big, {text_of(v) for v in big.variables}), goal, base} if not name.isdigit()},
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


def _judge_law(left: Expr, right: Expr, facts: Sequence[Fact]) -> Judgement | None:
    r"""``W \sim U[-a, a]`` after ``Var[W] = ...``: does the law have the variance that is asked for?"""
    law, name = law_of(right), indexed(peel(left))
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
        s: sp.Integer(PRIMES[i]) for i, s in enumerate(sorted(variance.free_symbols | value.free_symbols, key=str))
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
    found = indexed(peel(left.args[0]))
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
