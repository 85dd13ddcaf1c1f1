"""Common subexpressions: what is costly is computed once, under a name made of its operands.

Costly are reductions, transcendental functions and roots.  Forward and backward are looked at together: a value that
both need is computed in the forward pass and cached.
"""

from __future__ import annotations

from dataclasses import replace

import sympy as sp

from symnet.codegen.lower import COMPARISONS, FUNCTIONS
from symnet.codegen.passes import Program, canonical, define, natural_axes, operand_name
from symnet.ir import functions as fn
from symnet.ir.expr import Access, Index, Reduction, accesses, transform
from symnet.ir.graph import Node
from symnet.rewrite.algebra import expm1_pair

CHEAP = (fn.maximum, fn.minimum, fn.sign, fn.absolute, sp.Max, sp.Min, sp.Abs, sp.sign)
NAMES = {sp.exp: "exp", sp.log: "log", fn.sigmoid: "sigmoid", fn.softplus: "softplus"}


def share(program: Program, apart: frozenset[str] = frozenset()) -> None:
    """Name the costly subexpressions of ``program`` that occur more than once; nobody else reads the nodes ``apart``.

    These are the maxima that the planner may do without: in max z - logsumexp z the author's would cancel with them.
    """
    _Sharing(program, apart).run()


def costly(expr: sp.Expr) -> bool:
    if not accesses(expr):
        return False
    if isinstance(expr, Reduction):
        return True
    if expr.is_Pow:
        return not expr.exp.is_Integer and not expr.exp.could_extract_minus_sign()
    return expr.func in FUNCTIONS and not isinstance(expr, CHEAP)


def half_integer(exponent: sp.Expr) -> bool:
    """3/2, 5/2, ... and their negatives: products with a square root."""
    return bool(exponent.is_Rational and exponent.q == 2 and abs(exponent.p) > 1)


class _Sharing:
    def __init__(self, program: Program, apart: frozenset[str] = frozenset()) -> None:
        self.program, self.apart = program, apart
        self.keys: dict[sp.Expr, tuple[sp.Expr, tuple[Index, ...]]] = {}
        self.count: dict[sp.Expr, int] = {}
        self.named: dict[sp.Expr, Node] = {}
        self.own: dict[sp.Expr, Node] = {}
        self.order: dict[sp.Expr, list[int]] = {}
        self.labels: dict[str, int] = {}  # the order of the axes of what the node that is looked at shares

    def key(self, part: sp.Expr) -> tuple[sp.Expr, tuple[Index, ...]]:
        if part not in self.keys:
            self.keys[part] = canonical(part)
        return self.keys[part]

    def run(self) -> None:
        program = self.program
        for node in (*program.forward, *program.backward):
            self.visit(node.expr)
        program.forward = self.rewritten(program.forward)
        program.backward = self.rewritten(program.backward)

    def visit(self, part: sp.Expr, looped: bool = False) -> None:
        """Count; below what has been seen already nothing is counted again.

        ``looped``: in a sum with brackets, which may become a loop that should not compute anything twice.
        """
        if isinstance(part, Access):
            return
        if part.is_Pow and part.exp.could_extract_minus_sign():
            part = part.base**-part.exp
        if part.is_Pow and half_integer(part.exp):
            part = sp.sqrt(part.base)
        if costly(part):
            key, _ = self.key(part)
            seen = key in self.count
            self.count[key] = self.count.get(key, 0) + (2 if looped else 1)
            if seen:
                return
        if part.is_Add and (pair := expm1_pair(part)):
            c, power = pair
            for argument in part.args:
                self.visit(power.args[0] if argument == c * power else argument, looped)
            return
        if isinstance(part, Reduction):
            self.visit(part.body, looped=part.op == "sum" and part.body.has(fn.eq))
            return
        for argument in part.args:
            if isinstance(part, fn.eq) and isinstance(
                argument, Reduction
            ):  # a flat position, taken apart for each axis
                looped = looped or not any(isinstance(a, Index) for a in part.args)
            twice = part.is_Pow and part.exp.is_Integer and part.exp > 2
            self.visit(argument, looped=twice or (looped and not costly(part)))

    def rewritten(self, nodes: list[Node]) -> list[Node]:
        result: list[Node] = []
        for node in nodes:
            self.new: list[Node] = []
            self.labels = self.program.ranks(i.label for i in node.axes)
            assert node.expr is not None
            expr = self.rewrite(node.expr, top=True)
            result += [*self.new, node if expr == node.expr else replace(node, expr=expr)]
            if costly(node.expr) and node.name not in self.apart:
                key, axes = self.key(node.expr)
                if set(axes) == set(node.axes) and key not in self.named:
                    self.own.setdefault(key, node)
        return result

    def shared(self, part: sp.Expr) -> bool:
        """Something that occurs elsewhere as well."""
        if part.is_Pow and part.exp.is_Rational and part.exp.q == 2:
            part = sp.sqrt(part.base)
        elif part.is_Pow and part.exp.could_extract_minus_sign():
            part = part.base**-part.exp
        return costly(part) and self.count.get(self.key(part)[0], 0) > 1

    def rewrite(self, expr: sp.Expr, top: bool = False) -> sp.Expr:
        if not any(map(self.shared, sp.preorder_traversal(expr))):
            return expr

        def leaf(part):
            if isinstance(part, Access):
                return part
            if part.is_Add and (pair := expm1_pair(part)):
                c, power = pair
                kept = c * sp.exp(self.rewrite(power.args[0]))
                return sp.Add(*(kept if a == c * power else self.rewrite(a) for a in part.args))
            if part.is_Pow and half_integer(part.exp):
                root = self.access(sp.sqrt(part.base), top=False)
                if root is not None:
                    power = (abs(part.exp) - sp.Rational(1, 2)) * sp.sign(part.exp)
                    return self.rewrite(part.base) ** power * root ** sp.sign(part.exp)
            if part.is_Pow and part.exp.could_extract_minus_sign():
                inner = self.access(part.base**-part.exp, top=False)
                return 1 / inner if inner is not None else None
            return self.access(part, top and part is expr)

        return transform(expr, leaf)

    def access(self, part: sp.Expr, top: bool) -> sp.Expr | None:
        """The access that stands for a shared part."""
        if not costly(part):
            return None
        key, places = self.key(part)
        if self.count.get(key, 0) < 2:
            return None
        if key in self.own:
            node = self.own[key]
            order = self.key(node.expr)[1]
            return node[tuple(places[order.index(i)] for i in node.axes)]
        if key not in self.named:
            if top:
                return None
            inner = transform(part, lambda p: None if p == part else self.rewrite(p))
            axes = natural_axes(part, self.labels)
            node = define(self.name(part), inner, axes)
            self.named[key] = node
            self.order[key] = [places.index(i) for i in axes]
            self.new.append(node)
        return self.named[key][tuple(places[k] for k in self.order[key])]

    def name(self, part: sp.Expr) -> str:
        operand = operand_name(part)
        if isinstance(part, Reduction):
            word = part.op
        elif part.is_Pow:
            word = "sqrt" if part.exp == sp.Rational(1, 2) else "power"
        else:
            word = NAMES.get(part.func, FUNCTIONS.get(part.func, "v"))
        return self.program.fresh(f"{word}_{operand}")


__all__ = ["COMPARISONS", "costly", "share"]
