"""A definition taken apart: every elementary operation becomes a node of its own.

    f = (x + y) z      ->      q = x + y,  f = q z

An operation is a sum, a product, a quotient, a power, a function or a reduction of arrays that are nodes already;
constants belong to the operation they stand in (``+ 1``, ``x 1/2``).  A sum of products of arrays, as in a matrix
product, is one operation.  Equal operations are one node, which then has several readers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias

import sympy as sp

from symnet.ir import functions as fn
from symnet.ir.expr import Access, Index, Reduction, Size, accesses, free_indices, reduce_over, reindex
from symnet.ir.graph import Graph, Node
from symnet.printing.dialects import DIV, Box, Text
from symnet.printing.index_notation import Notation, Printer
from symnet.printing.tree import Big, Power, Product, Sum, indices_in_order

Tree: TypeAlias = Sum | Product | Power | Big | sp.Expr
HOLE = "·"  # stands for the operand: 1/·


class _Whole(Exception):
    """An expression that is not taken apart: its indices would meet under one name."""


@dataclass
class _Splitter:
    printer: Printer
    taken: set[str]
    nodes: list[Node] = field(default_factory=list)
    labels: dict[str, str] = field(default_factory=dict)
    known: dict[tuple, Node] = field(default_factory=dict)

    def define(self, node: Node) -> None:
        """The node again, its operands nodes of their own."""
        before = len(self.nodes)
        try:
            label, expr = self.operation(self.printer.reader.read(node.expr))
        except _Whole:
            del self.nodes[before:]
            self.known = {key: n for key, n in self.known.items() if n in self.nodes}
            label, expr = self.printer.expression(node.expr), node.expr
        self.add(replace(node, expr=expr), label)

    def add(self, node: Node, label: str) -> Node:
        self.nodes.append(node)
        self.labels[node.name] = label
        self.known.setdefault((node.expr, node.axes), node)
        return node

    # -- operands -------------------------------------------------------------------------------------------------
    def operand(self, tree: Tree) -> sp.Expr:
        """An access to a node that computes the tree; accesses and constants stand for themselves."""
        whole = _expression(tree)
        if isinstance(whole, Access) or _constant(whole):
            return whole
        used = [i for i in dict.fromkeys(indices_in_order(tree)) if i in free_indices(whole)]
        own = {i: Index(i.label, i.size) for i in used}
        if len({i.label for i in used}) < len(used):
            raise _Whole
        label, expr = self.operation(self.printer.reader.read(reindex(whole, own)))
        axes = tuple(own.values())
        node = self.known.get((expr, axes))
        if node is None:
            node = self.add(Node(self.fresh(), axes, expr, auto=True), label)
        return node[tuple(used)]

    def fresh(self) -> str:
        name = next(f"v{k}" for k in range(1, len(self.taken) + 2) if f"v{k}" not in self.taken)
        self.taken.add(name)
        return name

    # -- one operation --------------------------------------------------------------------------------------------
    def operation(self, tree: Tree) -> tuple[str, sp.Expr]:
        """The sign of the outermost operation, and the operation on its operands."""
        if isinstance(tree, Sum):
            return self.sum(tree)
        if isinstance(tree, Product):
            return self.product(tree)
        if isinstance(tree, Power):
            return self.power(tree)
        if isinstance(tree, Big):
            return self.reduction(tree)
        return self.function(tree)

    def sum(self, tree: Sum) -> tuple[str, sp.Expr]:
        arrays = [t for t in tree.terms if not _constant(_expression(t))]
        constant = sp.Add(*(_expression(t) for t in tree.terms if t not in arrays))
        if constant != 0:
            sign = arrays[0].sign if len(arrays) == 1 else 1
            rest = (replace(arrays[0], sign=1)) if len(arrays) == 1 else Sum(tuple(arrays))
            written = self.printer.expression(constant)
            label = f"{written} −" if sign < 0 else f"− {written[1:]}" if written.startswith("-") else f"+ {written}"
            return label, constant + sign * self.operand(rest)
        if len(arrays) == 2 and arrays[0].sign > 0 > arrays[1].sign:
            return "−", self.operand(arrays[0]) - self.operand(-arrays[1])
        return "+", sp.Add(*map(self.operand, arrays))

    def product(self, tree: Product) -> tuple[str, sp.Expr]:
        arrays = [f for f in tree.factors if not _constant(_expression(f))]
        scale = tree.sign * tree.number * sp.Mul(*(_expression(f) for f in tree.factors if f not in arrays))
        if not arrays:
            return self.printer.expression(scale), scale
        if scale != 1:
            (first, *more) = arrays
            if not more and isinstance(first.base, Big) and first.exponent == 1:
                sign, expr = self.reduction(first.base)
                if first.base.op == "sum" and scale * sp.Mul(*(i.size for i in first.base.over)) == 1:
                    return sign.replace("Σ", "mean", 1), scale * expr
            inner = first if not more else Product(1, sp.S.One, tuple(arrays))
            return self.scaled(scale), scale * self.operand(inner)
        if len(arrays) == 1:
            return self.power(arrays[0])
        below = [Power(f.base, -f.exponent) for f in arrays if f.exponent.is_number and f.exponent.is_negative]
        above = [f for f in arrays if not (f.exponent.is_number and f.exponent.is_negative)]
        if below and above:
            return "÷", self.operand(_product(above)) / self.operand(_product(below))
        if below:
            return f"1/{HOLE}", 1 / self.operand(_product(below))
        return "×", sp.Mul(*map(self.operand, above))

    def scaled(self, scale: sp.Expr) -> str:
        if scale == -1:
            return f"−{HOLE}"
        if (1 / scale).is_Integer or isinstance(1 / scale, Size):
            return f"÷ {self.printer.expression(1 / scale)}"
        negative = not scale.is_Add and scale.could_extract_minus_sign()
        box = self.printer.box(-scale if negative else scale, {})
        return f"× {'−' * negative}{self.printer.dialect.wrap(box, DIV).text}"

    def power(self, power: Power) -> tuple[str, sp.Expr]:
        exponent = power.exponent
        if exponent == 1:
            return self.operation(power.base)
        base = self.operand(power.base)
        if not _constant(exponent):
            return "^", base ** self.operand(self.printer.reader.read(exponent))
        named = {sp.Integer(-1): f"1/{HOLE}", sp.S.Half: "√", -sp.S.Half: f"1/√{HOLE}"}
        written = named.get(exponent) or self.printer.dialect.power(_hole(), self.printer.box(exponent, {})).text
        return written, base**exponent

    def reduction(self, big: Big) -> tuple[str, sp.Expr]:
        reduced = _expression(big)
        assert isinstance(reduced, Reduction)
        over = [i.label for i in dict.fromkeys((*indices_in_order(big.body), *big.over)) if i in big.over]
        label = self.printer.dialect.big(big.op, over, _hole()).text.removesuffix(f" {HOLE}")
        body: Tree = big.body
        factors = body.factors if isinstance(body, Product) and body.sign > 0 and body.number == 1 else ()
        if big.op == "sum" and len(factors) > 1 and all(f.exponent == 1 for f in factors):
            return f"{label} ×", reduce_over("sum", sp.Mul(*map(self.operand, factors)), big.over)
        return label, reduce_over(big.op, self.operand(body), big.over)

    def function(self, expr: sp.Expr) -> tuple[str, sp.Expr]:
        if isinstance(expr, Access):
            return "=", expr
        if not isinstance(expr, sp.Function) or any(isinstance(a, Index) for a in expr.args):
            return self.printer.expression(expr), expr  # [c = t[n]] compares a position, which is no array
        operands = [self.operand(self.printer.reader.read(a)) for a in expr.args]
        name = self.printer.function_name(expr) or {fn.absolute: f"|{HOLE}|"}.get(type(expr)) or type(expr).__name__
        if isinstance(expr, fn.Bracket):
            name = self.printer.dialect.relation[expr.symbol]
        constants = [self.printer.expression(a) for a in expr.args if _constant(a)]
        if constants and not isinstance(expr, fn.where):
            shown = ", ".join(self.printer.expression(a) if _constant(a) else HOLE for a in expr.args)
            first, second = (self.printer.expression(a) if _constant(a) else HOLE for a in expr.args[:2])
            name = f"{first} {name} {second}" if isinstance(expr, fn.Bracket) else f"{name}({shown})"
        return name.replace(r"\sigma", "σ"), expr.func(*operands)


def _hole() -> Box:
    return Box(HOLE)


def _product(factors: list[Power]) -> Tree:
    return factors[0] if len(factors) == 1 else Product(1, sp.S.One, tuple(factors))


def _constant(expr: sp.Expr) -> bool:
    """Neither arrays nor positions: a number, a size, a parameter."""
    return not accesses(expr) and not expr.has(Reduction) and not free_indices(expr)


def _expression(tree: Tree) -> sp.Expr:
    """The expression that a tree was read from."""
    match tree:
        case Sum():
            return sp.Add(*map(_expression, tree.declared))
        case Product():
            return tree.sign * tree.number * sp.Mul(*map(_expression, tree.factors))
        case Power():
            return _expression(tree.base) ** tree.exponent
        case Big():
            return Reduction(tree.op, _expression(tree.body), tree.over)
    return tree


def taken_apart(graph: Graph, printer: Printer | None = None) -> tuple[Graph, Mapping[str, str]]:
    """The graph of elementary operations that computes the same, and the sign of the operation of each node."""
    splitter = _Splitter(printer or Printer(Notation(graph), Text()), {n.name for n in graph.nodes})
    for node in graph.nodes:
        if node.is_input:
            splitter.nodes.append(node)
        else:
            splitter.define(node)
    by_name = {n.name: n for n in splitter.nodes}
    outputs = tuple(by_name[n.name] for n in graph.outputs)
    return replace(graph, nodes=tuple(splitter.nodes), outputs=outputs), splitter.labels


__all__ = ["taken_apart"]
