"""Functions of terms, and their derivatives by primes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import sympy as sp

from symnet.ir.expr import fresh_index
from symnet.lecture.algebra.expressions import Unknown
from symnet.lecture.context.letters import free_letters
from symnet.lecture.context.record import Definition
from symnet.lecture.context.refs import LOSS_NAMES, Ref
from symnet.lecture.proof.functions import BUILT, ELEMENTWISE
from symnet.lecture.proof.slopes import Slopes
from symnet.lecture.proof.terms import Outside, Term, put
from symnet.lecture.reader.syntax import Call, Expr
from symnet.lecture.values.functions import BUILTIN, is_evaluated


class Calls(Slopes):
    """Functions at terms: defined in the document, known to symnet, or unknown functions of scalars."""

    def _call(self, expr: Call) -> Term:
        if not isinstance(expr.function, Ref) or expr.parameters:
            raise Outside
        args = [self(a) for a in expr.args]
        value = self.apply(expr.function, args, expr.primes, expr.subs)
        if expr.subs and not self._is_family(expr.function, len(args)):
            return Term(value.at([v - 1 for v in self.positions(expr.subs)]))
        return value

    def _definitions_of(self, function: Ref, count: int) -> list[Definition]:
        found = [] if function.key in self.cut else self.context.definitions_of(function.key, self.order)
        return [d for d in found if d.parameters is not None and len(d.parameters) == count]

    def _is_family(self, function: Ref, count: int) -> bool:
        """Is the function defined with an index?"""
        return any(d.indices for d in self._definitions_of(function, count)[:1])

    def apply(self, function: Ref, args: list[Term], primes: int, subs: Sequence[Expr] = ()) -> Term:
        """A function, or a derivative of it, at values."""
        if primes:
            if len(args) != 1:
                raise Outside
            x = sp.Dummy("x", real=True)
            slope = self.apply(function, [Term(x)], 0)
            if slope.axes:
                raise Outside
            value = slope.expr
            for _ in range(primes):
                value = value.diff(x)
            return args[0].each(lambda v: put(value, x, v))
        key = function.key
        for d in (defined := self._definitions_of(function, len(args)))[:1]:
            if len(defined) > 1 or any(not isinstance(i, Ref) or i.key.isupper() for i in d.indices):
                raise Outside  # which one it is depends on the index
            return self._apply_definition(d, args, (*function.indices, *subs))
        name = key.strip("\\")
        name = BUILTIN.get(name, name)
        if name == "sigma" and self.reading.sigma:
            name = "sigmoid"
        if name in ELEMENTWISE and len(args) == 1:
            return args[0].each(ELEMENTWISE[name])
        if name in BUILT:
            return BUILT[name](args)
        if is_evaluated(name):
            raise Outside
        if function.indices:
            key = f"{key}[{','.join(str(v) for v in self.positions(function.indices))}]"
        if len(args) == 1 and args[0].axes:
            acts = self.context.ranks.known.get((function.key, -1), (1, 0))[0] > 0
            if name.startswith("mathcal") or name in LOSS_NAMES or not acts:
                raise Outside
        elif any(a.axes for a in args):
            raise Outside
        if function.key in self.unknowns:
            raise Outside
        if len(args) == 1:
            return args[0].each(lambda v: Unknown(key, (0,), v))
        return Term(Unknown(key, (0,) * len(args), *(a.expr for a in args)))

    def _apply_definition(self, d: Definition, args: list[Term], indices: Sequence[Expr]) -> Term:
        assert d.parameters is not None
        if d.key in self._stack or not all(isinstance(p, Ref) and not p.indices for p in d.parameters):
            raise Outside
        bound: dict[str, Any] = {}
        if d.indices and indices and len(d.indices) != len(indices):
            raise Outside
        for index, actual in zip(d.indices, self.positions(indices)):
            if isinstance(index, Ref):
                bound[index.key] = actual
        names = [p.key for p in d.parameters if isinstance(p, Ref)]
        own = [i.key for i in d.indices if isinstance(i, Ref)]
        letters = list(dict.fromkeys(x for x in (*own, *free_letters(d.body)) if x not in bound and x not in names))
        wants = [self.context.rank(p) for p in d.parameters if isinstance(p, Ref)]
        if len(args) == 1 and args[0].axes and not any(wants) and not letters:
            inner = self._within({**bound, names[0]: Term(args[0].expr)}, d.key, d.body)
            if inner.axes:
                raise Outside
            return replace(args[0], expr=inner.expr)
        bound |= dict(zip(names, args))
        if not letters:
            return self._within(bound, d.key, d.body)
        arg = next((a for a in args if a.axes), None)
        if len(letters) > 1 or arg is None or len(arg.axes) != 1:
            raise Outside
        axis = fresh_index(arg.axes[0])
        body = self._within({**bound, letters[0]: axis + 1}, d.key, d.body)
        if body.axes:
            raise Outside
        return Term(body.expr, axis)
