r"""Formulas in matrix notation, where there is one: ``dW = X^{\top} dY``, ``dZ = dA \odot (1 - A^{\odot 2})``.

An array of two axes is a matrix with the first axis down the rows; one of one axis is a column.  What depends on one
index only is spread over the other with a vector of ones; scalars stand in front, or are added to every entry;
functions, powers and fractions are elementwise.  Leading axes that all arrays share are a batch and not written; the
index of steps is: ``Z_t = X_t W + H_{t-1} U``.  Windows, gathers and more axes have no matrix form.  Sums are
resolved in :mod:`symnet.printing.contraction`.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence

import sympy as sp

from symnet.ir import functions as fn
from symnet.ir.expr import Access, Index, accesses, free_indices, reindex
from symnet.ir.graph import Graph, Node
from symnet.ir.recurrence import at, started
from symnet.printing.contraction import Factor, NoMatrixForm, Parts, contract, free, reads
from symnet.printing.dialects import ATOM, HADAMARD, MUL, POW, Box, Latex, Text
from symnet.printing.index_notation import Notation, Printer, Scope, printer, softmax_parts
from symnet.printing.relations import NEGATED, SWAPPED, fails
from symnet.printing.tree import Big, Power, Product, Sum

Axis = Index | None


class MatrixPrinter:
    """Prints expressions over two (or one, or no) axes; ``batch`` are leading axes that are not written.

    ``scope`` names the indices of steps, which are written below an array.
    """

    def __init__(self, index_printer: Printer, batch: Sequence[Index] = (), scope: Scope | None = None) -> None:
        self.printer, self.dialect, self.batch = index_printer, index_printer.dialect, tuple(batch)
        self.names, self.scope = index_printer.names, scope or {}

    def array(self, expr: sp.Expr, row: Axis, column: Axis) -> Box:
        """``expr`` as a matrix over (row, column), a column over row, or a scalar; raises NoMatrixForm."""
        return self.tree(self.printer.reader.read(expr), row, column)

    def free(self, tree: object) -> frozenset[Index]:
        """The indices of rows and columns."""
        return free(tree) - frozenset(self.batch) - frozenset(self.scope)

    # -- sums and products ----------------------------------------------------------------------------------------
    def tree(self, tree: Sum | Product, row: Axis, column: Axis) -> Box:
        if not self.free(tree) <= {row, column}:
            raise NoMatrixForm
        if isinstance(tree, Sum):
            return self.dialect.add([(t.sign, self.product(t, row, column)) for t in tree.terms])
        tree = tree.led()
        box = self.product(tree, row, column)
        return box if tree.sign > 0 else self.dialect.add([(-1, box)])

    def product(self, product: Product, row: Axis, column: Axis) -> Box:
        """A product without its sign, spread over an index that it does not depend on; scalars stay scalars."""
        return self.scaled(self.split(product), row, column)

    def scaled(self, parts: Parts, row: Axis, column: Axis) -> Box:
        """Scalars in front of an elementwise product."""
        d = self.dialect
        front = [self.printer.magnitude(parts.scalars, {})] if parts.scalars != Product(1, sp.S.One, ()) else []
        front += parts.totals
        if not parts.arrays:
            return d.times(front) if front else d.number("1")
        array = self.elementwise(parts.arrays, row, column)
        if not front:
            return array
        if array.strength < HADAMARD:
            array = Box(d.paren(array.text))
        joint = d.times([*front, Box(array.text)])
        return Box(joint.text, min(joint.strength, array.strength, MUL))

    def elementwise(self, factors: Sequence[Factor], row: Axis, column: Axis) -> Box:
        """The elementwise product of factors over (row, column); those that divide stand below one line."""
        if row is not None and column is not None and all(len(f.indices) == 1 for f in factors):
            return self.outer(factors, row, column)
        above, below = (
            [self.spread(f, row, column) for f in factors if f.divides == divides] for divides in (False, True)
        )
        if not below:
            return self.hadamard(above)
        top = self.hadamard(above) if above else Box("1")
        fraction = self.dialect.frac(top, self.hadamard(below))
        return Box(fraction.text, POW) if isinstance(self.dialect, Latex) else fraction

    def spread(self, factor: Factor, row: Axis, column: Axis) -> Box:
        """A factor over (row, column), repeated along the one that it does not depend on."""
        if row is None or column is None:
            return factor.render(row or column, None)
        ones = Box(self.dialect.ones)
        if factor.indices == {row}:
            return self.matmul([factor.render(row, None), self.transposed(ones)])
        if factor.indices == {column}:
            return self.matmul([ones, self.transposed(factor.render(column, None))])
        return factor.render(row, column)

    def outer(self, factors: Sequence[Factor], row: Index, column: Index) -> Box:
        """``u v^T``, with ones where nothing depends on an index."""
        sides = [[f for f in factors if f.indices == {index}] for index in (row, column)]
        left, right = (
            self.elementwise(side, index, None) if side else Box(self.dialect.ones)
            for side, index in zip(sides, (row, column))
        )
        return self.matmul([left, self.transposed(right)])

    def turned(self, factors: Sequence[Factor], row: Index, column: Index) -> Box:
        """The same as elementwise, as the transpose of the whole where that is shorter."""
        straight, other = self.elementwise(factors, row, column), self.elementwise(factors, column, row)
        mark = self.dialect.transpose
        return straight if straight.text.count(mark) <= other.text.count(mark) + 1 else self.transposed(other)

    def split(self, product: Product) -> Parts:
        """The scalars of a product, and its arrays with sums resolved."""
        scalars: list[Power] = []
        number = product.number
        totals: list[Box] = []
        arrays: list[Factor] = []
        for power in product.factors:
            if isinstance(power.base, Big) and power.base.op == "sum" and power.exponent == 1:
                inner = self.resolved(power.base)
                number *= inner.scalars.number
                scalars += inner.scalars.factors
                totals += inner.totals
                arrays += inner.arrays
            elif self.free(power):
                arrays.append(self.factor(power))
            elif reads(power, axes=True):
                totals.append(self.total(power))
            elif free(power):  # a number that is another one for each of the batch
                raise NoMatrixForm
            else:
                scalars.append(power)
        return Parts(Product(1, number, tuple(scalars)), totals, arrays)

    def total(self, power: Power) -> Box:
        """A number that is made of arrays."""
        if power.exponent.is_Rational and power.exponent < 0:
            return self.dialect.frac(Box("1"), self.power(Power(power.base, -power.exponent), None, None))
        return self.power(power, None, None)

    def resolved(self, big: Big) -> Parts:
        """A sum with its indices resolved."""
        body = big.body if isinstance(big.body, Product) else Product(1, sp.S.One, (Power(big.body),))
        body = body.led()
        if body.sign < 0:
            raise NoMatrixForm
        steps = [i for i in big.over if self.printer.notation.is_step(i)]
        if steps:
            return self.summed(body, [i for i in big.over if i not in steps], steps)
        return contract(self, self.split(body), big.over)

    def summed(self, body: Product, over: Sequence[Index], steps: Sequence[Index]) -> Parts:
        """A sum over steps, whose index is written."""
        scope = dict(self.scope)
        names = [self.printer.bind(scope, i) for i in steps]
        inner = MatrixPrinter(self.printer, self.batch, scope)
        parts = contract(inner, inner.split(body), over)
        left = frozenset().union(*(f.indices for f in parts.arrays))

        def total(row: Axis, column: Axis) -> Box:
            return self.dialect.big("sum", names, inner.scaled(parts, row, column))

        one = Product(1, sp.S.One, ())
        return Parts(one, [], [Factor(left, total)]) if left else Parts(one, [total(None, None)], [])

    # -- pieces ---------------------------------------------------------------------------------------------------
    def hadamard(self, boxes: Sequence[Box]) -> Box:
        if len(boxes) == 1:
            return boxes[0]
        pieces = [b if b.strength >= POW or b.strength == HADAMARD else Box(self.dialect.paren(b.text)) for b in boxes]
        return Box(self.dialect.hadamard.join(p.text for p in pieces), HADAMARD)

    def matmul(self, boxes: Sequence[Box]) -> Box:
        return Box(functools.reduce(self.dialect.beside, (self.dialect.shut(b, MUL).text for b in boxes)), MUL)

    def transposed(self, box: Box) -> Box:
        return self.dialect.transposed(box)

    def call(self, name: str, *boxes: Box) -> Box:
        return self.dialect.function(name, boxes)

    # -- single factors -------------------------------------------------------------------------------------------
    def factor(self, power: Power) -> Factor:
        indices = self.free(power)
        if len(indices) > 2:
            raise NoMatrixForm
        divides = bool(power.exponent.is_Rational and power.exponent < 0)
        positive = Power(power.base, -power.exponent) if divides else power
        return Factor(indices, lambda row, column: self.power(positive, row, column), divides)

    def power(self, power: Power, row: Axis, column: Axis) -> Box:
        d, exponent = self.dialect, power.exponent
        if exponent == 1:
            return self.base(power.base, row, column)
        if not exponent.is_Rational or exponent < 0:
            raise NoMatrixForm
        inner = self.base(power.base, row, column)
        if exponent == sp.Rational(1, 2):
            return d.root(inner)
        return Box(f"{d.shut(inner, ATOM).text}{d.elementwise_power(str(exponent))}", POW)

    def base(self, base: object, row: Axis, column: Axis) -> Box:
        match base:
            case Sum() | Product():
                return self.tree(base, row, column)
            case Big():
                return self.reduced(base, row, column)
            case Access():
                return self.access(base, row, column)
            case sp.exp():
                return self.exponential(base.args[0], row, column)
            case fn.eq() if set(base.args) == {row, column}:
                return Box("I")
            case fn.Bracket():
                return self.bracket(base, base.symbol, row, column)
            case fn.where() if fails(base):
                return self.bracket(base.args[0], NEGATED[base.args[0].symbol], row, column)
            case fn.absolute():
                inner = self.array(base.args[0], row, column)
                return self.dialect.absolute(inner) if row is None else self.call("abs", inner)
            case sp.Expr() if (name := self.printer.function_name(base)) is not None:
                return self.call(name, *(self.array(a, row, column) for a in base.args))
        raise NoMatrixForm

    def access(self, access: Access, row: Axis, column: Axis) -> Box:
        """An array, transposed where its axes stand the other way."""
        node, subs, below = access.node, access.subs, self.steps(access)
        if below:
            subs = tuple(s for s, axis in zip(subs, node.axes) if not self.printer.notation.is_step(axis))
        part = bool(set(self.batch) & free_indices(access))
        if part:
            if subs[: len(self.batch)] != self.batch or len(subs) <= 2 and self.is_whole(node):
                raise NoMatrixForm
            subs = subs[len(self.batch) :]
        if len(subs) > 2 or not all(isinstance(s, Index) and s in {row, column} for s in subs):
            raise NoMatrixForm
        if len(subs) < 2:
            return self.dialect.indexed(self.names.node(node.name, node.adjoint_of), below)
        box = self.dialect.indexed(self.names.matrix(node.name, node.adjoint_of, part), below)
        if subs[0] == subs[1]:
            return self.call("diag", box)
        return box if subs == (row, column) else self.transposed(box)

    def is_whole(self, node: Node) -> bool:
        """A matrix or column that the page shows with all of its axes, so that none of them is a batch elsewhere."""
        return node.expr is None and node.carry is None or matrix_equation(node, self.printer) is not None

    def steps(self, access: Access) -> list[str]:
        """The subscripts along axes of steps."""
        pairs = [(s, i) for s, i in zip(access.subs, access.node.axes) if self.printer.notation.is_step(i)]
        if not all(free_indices(s) <= self.scope.keys() and not accesses(s) for s, _ in pairs):
            raise NoMatrixForm
        return [self.printer.subscript(s, self.scope, i.label) for s, i in pairs]

    def exponential(self, exponent: sp.Expr, row: Axis, column: Axis) -> Box:
        """Elementwise; a softmax runs along each row, or along a vector."""
        quotient = softmax_parts(exponent)
        if quotient is None:
            return self.call("exp", self.array(exponent, row, column))
        above, total = quotient
        if len(total.over) == 1:
            for index in sorted(free_indices(above) - frozenset(self.batch) - frozenset(self.scope), key=str):
                if reindex(total.body, {total.over[0]: index}) == above:
                    if column is None or index == column:
                        return self.call("softmax", self.array(above, row, column))
                    return self.transposed(self.call("softmax", self.array(above, column, row)))
        raise NoMatrixForm

    def bracket(self, bracket: sp.Expr, sign: str, row: Axis, column: Axis) -> Box:
        if not accesses(bracket):
            raise NoMatrixForm
        a, b = bracket.args
        if fn.is_constant(a) and not fn.is_constant(b):
            a, b, sign = b, a, SWAPPED.get(sign, sign)
        left, right = (self.array(x, row, column).text for x in (a, b))
        return self.dialect.bracket(f"{left} {self.dialect.relation[sign]} {right}")

    def reduced(self, big: Big, row: Axis, column: Axis) -> Box:
        """A sum inside a power, or the largest and smallest entries per row or column."""
        if big.op == "sum":
            return self.scaled(self.resolved(big), row, column)
        if big.op not in ("max", "min") or len(big.over) != 1 or self.printer.notation.is_step(big.over[0]):
            raise NoMatrixForm
        (k,) = big.over
        others = self.free(big)
        if not others:
            return self.call(big.op, self.tree(big.body, k, None))
        if len(others) > 1:
            raise NoMatrixForm
        (a,) = others
        across, down = self.tree(big.body, a, k), self.tree(big.body, k, a)
        if down.text.count(self.dialect.transpose) < across.text.count(self.dialect.transpose):
            return self.call("col" + big.op, down)
        return self.call("row" + big.op, across)


def matrix_box(expr: sp.Expr, axes: Sequence[Index], index_printer: Printer) -> Box | None:
    """``expr`` over ``axes`` in matrix notation; None where it has none."""
    boxes = _boxes((expr,), axes, index_printer)
    return boxes[0] if boxes else None


def _boxes(exprs: Iterable[sp.Expr], axes: Sequence[Index], index_printer: Printer) -> list[Box]:
    """Each of them over the same axes; none where one has no form."""
    steps = [i for i in axes if index_printer.notation.is_step(i)]
    rest = [i for i in axes if i not in steps]
    row, column, *_ = [*rest[-2:], None, None]
    writer = MatrixPrinter(index_printer, rest[:-2], index_printer.scope(*steps))
    try:
        return [writer.array(expr, row, column) for expr in exprs]
    except NoMatrixForm:
        return []


def matrix_equation(node: Node, index_printer: Printer) -> str | None:
    """The definition of a node in matrix notation; None where it has none."""
    return None if node.expr is None else _equation(node.value, node.expr, node.axes, index_printer)


def matrix_start(node: Node, index_printer: Printer) -> str | None:
    """Where a carried node starts, in matrix notation; None where that has none."""
    if node.carry is None:
        return None
    start = at(node, started(node.carry))
    return _equation(start, node.carry.before, [i for i in node.axes if i != node.carry.index], index_printer)


def _equation(left: sp.Expr, right: sp.Expr, axes: Sequence[Index], index_printer: Printer) -> str | None:
    return " = ".join(box.text for box in _boxes((left, right), axes, index_printer)) or None


def matrix_space(node: Node, index_printer: Printer) -> str | None:
    """Of which size an array is as a matrix or a column, or that an input is a number; None for what is neither."""
    boxes = _boxes((node.value,), node.axes, index_printer)
    sizes = [index_printer.expression(i.size) for i in node.axes if not index_printer.notation.is_step(i)]
    told = sizes or (node.is_input and not node.axes)
    return boxes[0].text + index_printer.dialect.space(sizes[-2:]) if boxes and told else None


def _print(what: Node | sp.Expr, axes: Sequence[Index] | None, index_printer: Printer) -> str | None:
    if isinstance(what, Node):
        return matrix_equation(what, index_printer)
    box = matrix_box(what, axes or (), index_printer)
    return None if box is None else box.text


def matrix_latex(
    what: Node | sp.Expr, axes: Sequence[Index] | None = None, graph: Graph | Notation | None = None
) -> str | None:
    """An expression over ``axes``, or the equation that defines a node, in LaTeX; None where there is no form."""
    return _print(what, axes, printer(graph))


def matrix_text(
    what: Node | sp.Expr, axes: Sequence[Index] | None = None, graph: Graph | Notation | None = None
) -> str | None:
    """The same for a terminal."""
    return _print(what, axes, printer(graph, Text()))


__all__ = [
    "MatrixPrinter", "matrix_box", "matrix_equation", "matrix_latex", "matrix_space", "matrix_start", "matrix_text",
]  # fmt: skip
