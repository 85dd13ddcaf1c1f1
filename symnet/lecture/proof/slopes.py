"""Derivatives of index expressions with respect to names."""

from __future__ import annotations

from dataclasses import replace

import sympy as sp

from symnet.calculus.adjoint import collect, pull_back
from symnet.ir.expr import Access, Index, fresh_index, reindex, transform
from symnet.ir.graph import Node
from symnet.lecture.context.refs import Ref
from symnet.lecture.proof.names import Names, name_of, steps_of
from symnet.lecture.proof.terms import Outside, Term, put, total
from symnet.lecture.reader.syntax import Expr, Slice


class Slopes(Names):
    """Derivatives by the adjoint rule, through all definitions between; an open loss passes on its free slopes."""

    def slope(self, of: Expr, by: Expr) -> Term:
        """d of / d by through everything that lies between; ``by`` itself is free, its value is put in afterwards."""
        if not isinstance(by, Ref) or any(isinstance(i, Slice) for i in by.indices):
            raise Outside
        if by.key in self.scope:
            return self._slope_by_parameter(of, by)
        positions = self.positions(by.indices)
        old = self.cut, self.held, self.floor
        self.cut, self.held = self.cut | {by.key}, set()
        if self._in_a_circle(by.key):
            self.floor = {**self.floor, **dict(step for v in positions for step in steps_of(v))}
        try:
            variable = self.entry(by.key, positions)
            value = self(of)
            if not isinstance(variable.expr, Access):
                raise Outside
            target = variable.expr
            slope = self._slope(value.expr, target, len(positions))
            if self.held:
                raise Outside
        finally:
            self.cut, self.held, self.floor = old
        value = replace(value, expr=slope)
        if target.node.name in self.nodes and by.key not in self.cut:
            value = replace(value, expr=self._with_value(slope, by.key, target.node))
        return self._arranged(value, variable)

    @staticmethod
    def _arranged(value: Term, variable: Term) -> Term:
        if not value.axes:
            return Term(value.expr, variable.row, variable.column)
        if not variable.axes:
            return value
        if len(value.axes) == len(variable.axes) == 1:
            return Term(value.expr, value.axes[0], variable.axes[0])
        raise Outside

    def _slope_by_parameter(self, of: Expr, by: Ref) -> Term:
        value = self.scope[by.key]
        if not isinstance(value, Term) or value.axes or by.indices:
            raise Outside
        x = sp.Dummy("x", real=True)
        old = self.scope
        self.scope = {**old, by.key: Term(x)}
        try:
            return self(of).each(lambda e: put(e.diff(x), x, value.expr))
        finally:
            self.scope = old

    def _slope(self, expr: sp.Expr, target: Access, fixed: int) -> sp.Expr:
        """d expr / d target by the adjoint rule; an open loss passes on its free slopes."""
        key = name_of(target.node)
        looped = self._in_a_circle(key)
        terms = []
        for access, cotangent, domain in pull_back(expr, sp.S.One, frozenset()):
            node = access.node
            name = name_of(node)
            if node.name == target.node.name:
                if looped and access.subs[:fixed] != target.subs[:fixed]:
                    raise Outside
                stand_ins = tuple(fresh_index(i) for i in node.axes)
                share = collect(access.subs, cotangent, domain, stand_ins)
                terms.append(reindex(share, dict(zip(stand_ins, target.subs))))
            elif name in self.unknowns:
                if node.axes or name == key:
                    raise Outside
                for other in self.unknowns[name]:
                    terms.append(cotangent * self._through(name, other, target, fixed))
            elif name == key:
                raise Outside
            elif node.name.startswith("slope "):
                raise Outside  # a second derivative of an open loss
        return sp.Add(*terms)

    def _through(self, loss: str, other: Ref, target: Access, fixed: int) -> sp.Expr:
        """What an open loss receives through ``other``, one of the names that it is a function of."""
        expr, subs, over = self._all_entries(other, target)
        axes = tuple(self._axis(other.key, k) for k in range(len(subs)))
        slope = Access(Node(f"slope {loss} by {other.key}", axes), subs)
        return total(slope * self._slope(expr, target, fixed), over)

    def _all_entries(self, ref: Ref, target: Access) -> tuple[sp.Expr, tuple[sp.Expr, ...], tuple[Index, ...]]:
        """``(entry, its indices from 0, those that run)`` of all that a name with open indices stands for."""
        ref = Ref(ref.key) if all(isinstance(i, Slice) for i in ref.indices) else ref
        fixed = self.positions(ref.indices)
        value = self.entry(ref.key, fixed).fresh()
        over = value.axes
        if not over:
            counts = {len(d.indices) for d in self.context.definitions_of(ref.key, self.order) if d.parameters is None}
            if ref.key == name_of(target.node):
                counts = {len(target.node.axes)}
            if len(counts) > 1:
                raise Outside
            more = max(counts, default=0) - len(fixed)
            over = tuple(fresh_index(self._axis(ref.key, len(fixed) + k)) for k in range(more))
            if over:
                value = self.entry(ref.key, (*fixed, *(i + 1 for i in over)))
        if value.axes and value.axes != over:
            raise Outside
        return value.expr, (*(sp.expand(v - 1) for v in fixed), *over), over

    def _with_value(self, expr: sp.Expr, key: str, node: Node) -> sp.Expr:
        """The values of ``key`` put in for the free variables that stood for them."""
        if not self.context.definitions_of(key, self.order):
            return expr

        def leaf(part):
            if isinstance(part, Access) and part.node.name == node.name:
                value = self.entry(key, tuple(s + 1 for s in part.subs))
                if value.axes:
                    raise Outside
                return value.expr
            return None

        return transform(expr, leaf)
