r"""Functions of finitely many values, which sums run over, are arrays: ``\sum_a \pi(a \mid s) Q(s, a)``.

What stands in their brackets are letters that number states, actions or outcomes, and stand for nothing else:

    \pi(a \mid s), Q(s, a), \alpha_t(i)     become  \pi_{s,a}, Q_{s,a}, \alpha_{t,i}
    V^\pi(s)                                becomes V(s) of a name with the label \pi
    \pi_\theta(a \mid s)                    where \nabla_\theta stands: the function \pi_{s,a} of \theta
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from symnet.lecture.context.refs import GREEK, spelling
from symnet.lecture.knowledge.names import lookup
from symnet.lecture.reader.syntax import (
    Big,
    Call,
    Derivative,
    Expr,
    Label,
    Nabla,
    Number,
    Power,
    Space,
    Statement,
    Symbol,
)
from symnet.lecture.values.functions import is_evaluated

#: names that are of different functions where their arguments are called otherwise: p(x), p(z)
OVERLOADED = frozenset("p q P Pr".split())


class Tables(NamedTuple):
    """Statements without functions of finitely many values, and which ``names`` had been such.

    ``families`` are those that are functions of a differentiated parameter still; ``laws`` are written with a bar, as
    in ``\\pi(a \\mid s)``: their last index is what the probabilities are of.
    """

    statements: list[Statement]
    names: set[str]
    families: set[Symbol]
    laws: set[Symbol]


def tabulated(statements: Sequence[Statement]) -> Tables:
    """The statements where functions of finitely many values are arrays, and differentiated subscripts arguments."""
    calls = [part for s in statements for part in s.walk() if isinstance(part, Call)]
    policies = {c.function.name for c in calls if isinstance(c.function, Symbol) and c.given}
    raised = {c.function for c in calls if isinstance(c.function, Power)}
    statements = [_as_statement(_labelled(s, policies, raised)) for s in statements]
    varied = _varied(statements)
    tables = _tables(statements, varied)
    moved = _with_parameters(statements, varied)
    if not tables and not moved:
        return Tables(list(statements), set(), set(), set())
    laws = {_bare(c.function, varied) for c in calls if c.given and isinstance(c.function, Symbol) and len(c.args) == 1}

    def change(part: Expr) -> Expr:
        part = part.map(change)
        if not isinstance(part, Call) or not isinstance(part.function, Symbol):
            return part
        function, args, given = part.function, part.args, part.parameters
        name = _bare(function, varied)
        parameters = tuple(sub for sub in function.subs if sub in varied) if name in moved else ()
        if parameters:
            function = replace(function, subs=tuple(sub for sub in function.subs if sub not in varied))
        if name in tables:
            called = (len(given), len(args))
            function = replace(function, subs=(*function.subs, *given, *args), called=called, span=part.span)
            if not parameters:
                return function
            return Call(function, parameters, subs=part.subs, below=len(parameters), span=part.span)
        if not parameters:
            return part
        return replace(part, function=function, args=(*args, *parameters), certain=True, below=len(parameters))

    told = [_as_statement(change(s)) for s in statements]
    worded = {name.name for name in tables if any(map(_is_word, name.subs))}
    plain = {spelling(name) for name in tables if name.name not in worded}
    return Tables(told, plain, _without(tables & moved, varied), _without(tables & laws, varied))


def _without(names: Iterable[Symbol], varied: set[Expr]) -> set[Symbol]:
    return {replace(name, subs=tuple(sub for sub in name.subs if sub not in varied)) for name in names}


def _is_word(sub: Expr) -> bool:
    """The old of ``\\pi_{old}(a \\mid s)``: a part of the name."""
    return isinstance(sub, Symbol) and (len(sub.name) > 1 and sub.name not in GREEK or sub.font not in ("", "bold"))


def _as_statement(expr: Expr) -> Statement:
    assert isinstance(expr, Statement)
    return expr


def _labelled(expr: Expr, policies: set[str], raised: set[Power]) -> Expr:
    """The V of ``V^\\pi(s)``, and of ``V^\\pi`` beside it, with its policy as a label."""
    expr = expr.map(lambda part: _labelled(part, policies, raised))
    if isinstance(expr, Power) and expr in raised:
        base, exponent = expr.base, expr.exponent
        if isinstance(base, Symbol) and isinstance(exponent, Symbol) and exponent.name in policies:
            return replace(base, labels=(*base.labels, Label("word", word=spelling(exponent))), span=expr.span)
    return expr


def _varied(statements: Iterable[Statement]) -> set[Expr]:
    """The plain names by which something is differentiated."""
    slopes = (part for s in statements for part in s.walk() if isinstance(part, Nabla | Derivative))
    return {by for slope in slopes for by in slope.by if isinstance(by, Symbol) and not by.subs}


def _bare(function: Symbol, varied: set[Expr]) -> Symbol:
    """The name of a function, whatever its indices are."""
    return replace(function, subs=tuple(sub for sub in function.subs if sub in varied or _is_word(sub)), span=(0, 0))


def _with_parameters(statements: Iterable[Statement], varied: set[Expr]) -> set[Symbol]:
    r"""The functions whose subscript is differentiated, ``\nabla_\theta \pi_\theta(a)``, and that are only called."""
    parts = [part for s in statements for part in s.walk()]
    called = [p.function for p in parts if isinstance(p, Call) and isinstance(p.function, Symbol)]
    found = {_bare(f, varied) for f in called if any(sub in varied for sub in f.subs)}
    calls = {id(f) for f in called}
    alone = {_bare(p, varied) for p in parts if isinstance(p, Symbol) and p.subs and id(p) not in calls}
    slopes = (p.function for p in parts if isinstance(p, Call) and _is_slope(p))
    own = {_bare(f, varied) for f in slopes if isinstance(f, Symbol)}
    plain = [p for p in parts if isinstance(p, Call) and isinstance(p.function, Symbol) and not p.function.subs]
    of = {(_bare(p.function, set()), arg) for p in plain for arg in p.args if isinstance(p.function, Symbol)}
    return {
        name
        for name in found - alone - own  # and not f_x beside f(x)
        if not any((_bare(name, set()), sub) in of for sub in name.subs)
    }


def _is_slope(call: Call) -> bool:
    """``f_x(x)``: a derivative by an argument."""
    return isinstance(call.function, Symbol) and any(sub in call.args for sub in call.function.subs)


def _tables(statements: Sequence[Statement], varied: set[Expr]) -> set[Symbol]:
    """The functions that a sum runs over an argument of, whose arguments are letters for nothing else."""
    calls: dict[Symbol, list[Call]] = defaultdict(list)
    for part in (part for s in statements for part in s.walk()):
        if isinstance(part, Call) and isinstance(part.function, Symbol) and not part.primes and not part.subs:
            calls[_bare(part.function, varied)].append(part)
    values = {spelling(name) for s in statements for name in _values(s)}
    summed = {
        _bare(call.function, varied)
        for s in statements
        for big in s.walk()
        if isinstance(big, Big) and big.op not in ("lim", "int", "sup", "inf")
        for call in big.body.walk()
        if isinstance(call, Call) and isinstance(call.function, Symbol)
        if any(spelling(v) == spelling(arg) for v in big.variables for arg in call.args if isinstance(arg, Symbol))
    }
    found = {name for name in summed if _is_table(name, calls[name], values)}
    letters = {name for table in found for call in calls[table] for name in _letters(call)}
    others = (name for name in calls if name not in summed and name.name not in OVERLOADED)
    return found | {
        name
        for name in others
        if all({*_letters(call)} & letters for call in calls[name]) and _is_table(name, calls[name], values)
    }


def _letters(call: Call) -> Iterator[str]:
    return (arg.name for arg in (*call.args, *call.parameters) if isinstance(arg, Symbol))


def _is_table(name: Symbol, calls: Sequence[Call], values: set[str]) -> bool:
    if not calls or len(name.name) > 1 and (lookup(name) is not None or is_evaluated(name.name)):
        return False
    places = {(len(call.args), len(call.parameters), len(call.function.subs)) for call in calls}  # type: ignore[attr-defined]
    if len(places) != 1:
        return False
    letters: dict[int, set[str]] = defaultdict(set)
    for call in calls:
        for place, arg in enumerate((*call.args, *call.parameters)):
            if isinstance(arg, Number) and arg.value.denominator == 1:
                continue
            if not isinstance(arg, Symbol) or arg.marks or arg.font or arg.name in values:
                return False
            if any(label.kind != "prime" for label in arg.labels):
                return False
            letters[place].add(arg.name)
    stepped = all(isinstance(call.function, Symbol) and call.function.subs for call in calls)  # p_t(i), p_{t+1}(j)
    return name.name not in OVERLOADED or stepped or all(len(found) == 1 for found in letters.values())


def _values(expr: Expr) -> Iterator[Symbol]:
    """The names that stand for a value: in no subscript, bracket or size, under no sum, in no event: P(x_t = i)."""
    if isinstance(expr, Symbol | Space):
        return
    for part in expr.children():
        if isinstance(part, Symbol):
            inside = isinstance(expr, Call) and isinstance(expr.function, Symbol)
            under = isinstance(expr, Big) and part is not expr.body and expr.op != "int"
            if not (inside or under or isinstance(expr, Statement) and set(expr.relations) <= {"in"}):
                yield part
        elif not (isinstance(expr, Call) and isinstance(part, Statement)):
            yield from _values(part)
