r"""What a function is of, besides its arguments: the parameters of ``f(x; w, b)``, the condition of ``p(y \mid x)``.

Where a document writes them in one way only, they are no more than a reminder.  Else

    f(2; 3, 1) = 7      after f(x; w, b) = w x + b: parameters are further arguments
    q(x \mid 2 m)       after q(x \mid m) = ...: a value of the condition is a further argument
    p(y \mid x), p(y)   are different functions, and so are conditions on different names, and parameters where
                        no formula tells what the function is of them
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from typing import TypeGuard

from symnet.lecture.knowledge.names import lookup
from symnet.lecture.reader.syntax import Call, Expr, Paren, Statement, Symbol, Tuple

#: known functions of both what stands before the bars and what stands behind them
OF_TWO = ("KL divergence",)


class Signatures:
    """How the functions of a document are written."""

    def __init__(self, statements: Iterable[Statement]) -> None:
        statements = list(statements)
        calls: dict[Symbol, list[Call]] = defaultdict(list)
        for statement in statements:
            for part in statement.walk():
                if isinstance(part, Call) and isinstance(part.function, Symbol):
                    calls[part.function].append(part)
        defined = [s.terms[0] for s in statements if s.relations and s.relations[0] in ("=", "equiv", "set")]
        self.further: dict[Symbol, Call] = {}  # f(x; w, b) where parameters are further arguments
        self.apart: set[Symbol] = set()  # told apart by their conditions
        for function, found in calls.items():
            several = len({c.parameters for c in found if c.parameters}) > 1
            given = any(c.given for c in found) and (several or not all(c.parameters for c in found))
            known = lookup(function)
            if known is not None and known.name not in OF_TWO or not (several or given):
                continue
            own = next((c for c in defined if is_general(c) and c.function == function), None)
            if own is not None and any(_has_values(c, own) for c in found):
                self.further[function] = own
            if given or own is None:
                self.apart.add(function)

    def of(self, call: Call) -> tuple[Call, tuple[Expr, ...]]:
        """The call with the parameters that are arguments among these, and those that are part of its name."""
        function = call.function
        assert isinstance(function, Symbol)
        own = self.further.get(function)
        if own is not None and (call.parameters == own.parameters or _has_values(call, own)):
            return replace(call, args=(*call.args, *call.parameters), parameters=()), ()
        if function in self.apart:
            return call, call.parameters
        if own is not None and not call.parameters:  # f(x), for short
            return replace(call, args=(*call.args, *own.parameters)), ()
        return call, ()


def is_general(call: Expr) -> TypeGuard[Call]:
    """``f(x; w, b)``: names that are all different."""
    if not isinstance(call, Call) or not call.parameters:
        return False
    names = [*call.args, *call.parameters]
    return all(isinstance(n, Symbol) and not n.subs for n in names) and len({*names}) == len(names)


def _has_values(call: Call, own: Call) -> bool:
    """Are its parameters values of those in the definition?  A condition on another name is another condition."""
    if len(call.parameters) != len(own.parameters) or call.parameters == own.parameters:
        return False
    if any(isinstance(p, Tuple) for p in call.parameters):
        return False
    return not own.given or not any(map(_is_other, call.parameters, own.parameters))


def _is_other(part: Expr, name: Expr) -> bool:
    """A name that is not this one; with an index, the x_i of x, it is a value."""
    while isinstance(part, Paren):
        part = part.arg
    return isinstance(part, Symbol) and isinstance(name, Symbol) and part.name != name.name
