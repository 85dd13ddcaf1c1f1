"""What relations say of the values of names: positive, a probability, symmetric, of length 1."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from fractions import Fraction

from symnet.lecture.context.context import Context
from symnet.lecture.context.identities import is_identity
from symnet.lecture.context.numbers import signed, value_of
from symnet.lecture.context.record import Known, Line
from symnet.lecture.context.refs import Ref, pairs, refs
from symnet.lecture.context.told_values import values_told
from symnet.lecture.reader.syntax import (
    Absolute,
    Big,
    Call,
    Expr,
    Interval,
    Norm,
    Number,
    Power,
    Product,
    SetOf,
    Space,
    Statement,
    Transpose,
)


def negative_names(lines: Iterable[Line]) -> set[str]:
    """The names that are below zero somewhere: ``x < 0``."""
    found = set()
    for line in lines:
        for (left, right), relation in zip(pairs(line.statement), line.statement.relations):
            if relation in (">", ">="):
                left, right = right, left
            below = relation in ("<", "<=", ">", ">=") and isinstance(right, Number) and right.value == 0
            if below and isinstance(left, Ref):
                found.add(left.key)
    return found


def is_tested(statement: Statement, defined: Mapping[str, object]) -> bool:
    """Is an assumption tested at each point? The values of names without definition are chosen so that it holds."""
    chosen = any(
        True
        for (left, right), relation in zip(pairs(statement), statement.relations)
        for known in facts_of(left, right, relation, "")
        if known.key not in defined
    )
    return not chosen and set(statement.relations) <= {"<", "<=", ">", ">=", "!="}


def is_fact(statement: Statement) -> bool:
    """Is all of a statement a fact on the values of names: ``x > 0``, but not ``0 < x < c``?"""
    links = zip(pairs(statement), statement.relations)
    return all(any(True for _ in facts_of(*sides, relation, "")) for sides, relation in links)


#: begins the fact that a name is one of several numbers, which follow
AMONG = "one of "
#: the fact that all entries of a name are what the name is without an index
EQUAL = "equal entries"
#: what formulas do without: lengths and symmetries that are said of one case hold there only
OF_CASES = frozenset({"length", "lengths", "symmetric", "orthogonal"})


def collect_facts(context: Context, line: Line) -> None:
    terms, relations = line.statement.terms, line.statement.relations
    if len(terms) == 3 and {"<", "<="} >= set(relations) or {">", ">="} >= set(relations) and len(terms) == 3:
        ends = (value_of(terms[0]), value_of(terms[2]))
        if isinstance(terms[1], Ref) and ends in ((0, 1), (1, 0)) and (ends == (0, 1)) == (relations[0] in ("<", "<=")):
            context.facts.append(Known(terms[1].key, "unit", line.place, line.order))
    context.facts += values_told(line)
    case = line.said.case or line.said.clause
    links = [(*pair, relation) for pair, relation in zip(pairs(line.statement), relations)]
    if set(relations) == {"="}:  # \sum_i x_i = \sum_i y_i = 1
        links += [(term, terms[-1], "=") for term in terms[:-2] if isinstance(term, Big | Norm | Absolute)]
    for left, right, relation in links:
        for known in facts_of(left, right, relation, line.place):
            context.facts.append(replace(known, order=line.order, case=case and known.what in OF_CASES))


def facts_of(left: Expr, right: Expr, relation: str, source: str) -> Iterator[Known]:
    """What a relation says of the values of a name that is nowhere defined."""
    zero = isinstance(right, Number) and right.value == 0
    one = isinstance(right, Number) and right.value == 1
    if isinstance(left, Big) and left.op == "sum" and relation == "=" and one and (joint := _summed_over_all(left)):
        yield Known(joint, "joint", source)
    elif isinstance(left, Big) and left.op == "sum" and relation == "=" and one and (summed := _summed(left.body)):
        yield Known(summed, "simplex", source)
    elif relation == "=" and one and (name := _measured(left)) is not None:
        yield Known(name.key, "lengths" if name.indices else "length", source)
    elif isinstance(left, Ref) and relation in ("succ", "succeq") and zero:
        yield Known(left.key, "definite" if relation == "succ" else "semidefinite", source)
    elif isinstance(left, Ref) and relation in (">", ">=") and zero:
        yield Known(left.key, "positive", source)
    elif isinstance(right, Ref) and relation in ("<", "<=") and isinstance(left, Number) and left.value == 0:
        yield Known(right.key, "positive", source)
    elif isinstance(left, Ref) and relation == "=" and isinstance(right, Transpose) and right.arg == left:
        yield Known(left.key, "symmetric", source)
    elif isinstance(right, Ref) and relation == "=" and isinstance(left, Transpose) and left.arg == right:
        yield Known(right.key, "symmetric", source)
    elif relation == "=" and is_mirrored(left, right):
        yield Known(left.key, "symmetric", source)  # type: ignore[attr-defined]
    elif relation == "=" and isinstance(right, Ref) and is_identity(right.key) and isinstance(left, Product):
        for a, b in ((left.left, left.right), (left.right, left.left)):
            if isinstance(a, Transpose) and a.arg == b and isinstance(b, Ref) and not b.indices:
                yield Known(b.key, "orthogonal", source)
    elif isinstance(left, Ref) and relation == "in" and isinstance(right, SetOf):
        values = [signed(item) for item in right.items]
        members = ", ".join(str(value) for value in sorted({v for v in values if v is not None}))
        if members and None not in values:
            yield Known(left.key, {"0, 1": "bits", "-1, 1": "signs"}.get(members, AMONG + members), source)
    elif isinstance(left, Ref) and relation == "in" and isinstance(right, Space) and right.name in "NZ":
        yield Known(left.key, "natural" if right.name == "N" else "integer", source)
    elif isinstance(left, Ref) and relation == "in" and isinstance(right, Interval):
        if (value_of(right.low), value_of(right.high)) == (0, 1):
            yield Known(left.key, "unit", source)


def _summed_over_all(total: Big) -> str:
    r"""The name of the entries with two indices that a sum is over: ``\sum_i \sum_j p_{ij}``; or empty."""
    letters: list[str] = []
    body: Expr = total
    while isinstance(body, Big) and body.op == "sum":
        ends = [end for end in (body.lower, body.upper, body.domain) if end is not None]
        if body.conditions or any(r.key in letters for end in ends for r in refs(end)):
            return ""  # \sum_i \sum_{j < i}
        letters += [v.name for v in body.variables]
        body = body.body
    named = isinstance(body, Ref) and len(body.indices) == 2 and {i.key for i in body.indices if isinstance(i, Ref)}
    return body.key if isinstance(body, Ref) and named and named <= {*letters} and len(named) == 2 else ""


def _summed(body: Expr) -> str:
    """The name of the entries, or of the functions with an index, that a sum is over; or empty."""
    name = body.function if isinstance(body, Call) else body
    return name.key if isinstance(name, Ref) and (name is body or name.indices) else ""


def is_mirrored(left: Expr, right: Expr) -> bool:
    """``a_{ij} = a_{ji}``: a matrix is symmetric, and nothing is defined."""
    if not isinstance(left, Ref) or not isinstance(right, Ref) or left.key != right.key or len(left.indices) != 2:
        return False
    return left.indices == right.indices[::-1] and left.indices[0] != left.indices[1]


def orthonormal(context: Context, key: str) -> set[str]:
    r"""What of a matrix is said to be orthonormal: its columns by ``U^\top U = I``, its rows by ``U U^\top = I``."""
    told = [k.order for k in context.facts if k.key == key and k.what == "orthogonal" and k.order >= 0]
    sides = (left for order in told for left, _ in pairs(context.lines[order].statement) if isinstance(left, Product))
    return {"columns" if isinstance(side.left, Transpose) else "rows" for side in sides if Ref(key) in side.walk()}


def _measured(expr: Expr) -> Ref | None:
    """The vector whose length, or its square, an expression is."""
    if isinstance(expr, Power) and value_of(expr.exponent) == 2:
        expr = expr.base
    if isinstance(expr, Absolute) and isinstance(expr.arg, Ref) and expr.arg.indices:
        return None  # |y_i| = 1 of labels
    if isinstance(expr, Norm) and expr.order in (None, Number(Fraction(2))) or isinstance(expr, Absolute):
        expr = Product(Transpose(expr.arg), expr.arg)
    if isinstance(expr, Product) and isinstance(expr.left, Transpose) and expr.left.arg == expr.right:
        return expr.right if isinstance(expr.right, Ref) and all(map(_is_letter, expr.right.indices)) else None
    return None


def _is_letter(index: Expr) -> bool:
    return isinstance(index, Ref) and not index.indices
