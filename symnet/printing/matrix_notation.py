r"""Formulas in matrix notation, where there is one: ``dW = X^{\top} dY``, ``dZ = P \odot (dP - rowsum(dP \odot P) 1^T)``.

An array of two axes is a matrix with the first axis down the rows; one of one axis is a column.  A sum over an index is
resolved by what is left of the factors that hold it:

    nothing      a^T b, or the sum of all entries
    one index    A v, or a row or column sum
    two indices  A B, where no factor holds both

What depends on one index only is spread over the other with a vector of ones; scalars stand in front, or are added to
every entry.  Leading axes that all arrays share are a batch and not written.  Windows, gathers and more axes have no
matrix form.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import sympy as sp

from symnet.ir import functions as fn
from symnet.ir.expr import Access, Index, Reduction, accesses, bound_indices, free_indices, reindex
from symnet.ir.graph import Graph, Node
from symnet.printing.dialects import ADD, ATOM, DIV, MUL, POW, Box, Dialect, Latex, Text
from symnet.printing.index_notation import Notation, Printer, printer, softmax_parts
from symnet.printing.tree import Big, Power, Product, Sum

HADAMARD = 25  # binds weaker than a matrix product, stronger than +
Axis = Index | None
Render = Callable[[Axis, Axis], Box]


class NoMatrixForm(Exception):
    """The expression is not made of matrices, vectors and scalars."""


@dataclass(frozen=True)
class Factor:
    """A matrix, vector or scalar; ``render(row, column)`` is how it looks in that orientation."""

    indices: frozenset[Index]
    render: Render
    turned: int = 0  # the preferred number of transposes of render in index order, for choosing rows


class MatrixPrinter:
    """Prints expressions over two (or one, or no) axes; ``batch`` are leading axes that are not written."""

    def __init__(self, index_printer: Printer, batch: Sequence[Index] = ()) -> None:
        self.printer, self.dialect, self.batch = index_printer, index_printer.dialect, tuple(batch)
        self.names = index_printer.names

    def array(self, expr: sp.Expr, row: Axis, column: Axis) -> Box:
        """``expr`` as a matrix over (row, column), a column over row, or a scalar; raises NoMatrixForm."""
        return self.tree(self.printer.reader.read(expr), row, column)

    def free(self, tree: object) -> frozenset[Index]:
        return _free(tree) - frozenset(self.batch)

    # -- the tree -------------------------------------------------------------------------------------------------
    def tree(self, tree: Sum | Product, row: Axis, column: Axis) -> Box:
        if not self.free(tree) <= {row, column}:
            raise NoMatrixForm
        if isinstance(tree, Sum):
            terms = [(t.sign, self.spread(t, row, column)) for t in tree.terms]
            return self.dialect.add([(sign, _loose(box)) for sign, box in terms])
        tree = tree.led()
        box = self.spread(tree, row, column)
        return box if tree.sign > 0 else self.dialect.add([(-1, _loose(box))])

    def spread(self, product: Product, row: Axis, column: Axis) -> Box:
        """A product without its sign, spread over an index that it does not depend on; scalars stay scalars."""
        scalars, arrays = self.split(product)
        found = frozenset().union(*(f.indices for f in arrays))
        if not found:
            return self.scaled(scalars, [])
        return self.scaled(scalars, [self.elementwise(arrays, row, column)])

    def elementwise(self, factors: Sequence[Factor], row: Axis, column: Axis) -> Box:
        """The elementwise product of factors over (row, column)."""
        d = self.dialect
        rows = [f for f in factors if f.indices == {row}]
        columns = [f for f in factors if f.indices == {column}]
        if row is None or column is None:
            return self.hadamard([f.render(row or column, None) for f in factors])
        if len(rows) + len(columns) == len(factors):
            left = self.hadamard([f.render(row, None) for f in rows]) if rows else Box(d.ones)
            right = self.hadamard([f.render(column, None) for f in columns]) if columns else Box(d.ones)
            return self.matmul([left, self.transposed(right)])
        boxes = []
        for f in factors:
            if f.indices == {row}:
                boxes.append(self.matmul([f.render(row, None), self.transposed(Box(d.ones))]))
            elif f.indices == {column}:
                boxes.append(self.matmul([Box(d.ones), self.transposed(f.render(column, None))]))
            else:
                boxes.append(f.render(row, column))
        return self.hadamard(boxes)

    # -- pieces ---------------------------------------------------------------------------------------------------
    def hadamard(self, boxes: Sequence[Box]) -> Box:
        if len(boxes) == 1:
            return boxes[0]
        pieces = [b if b.strength >= POW or b.strength == HADAMARD else Box(self.dialect.paren(b.text)) for b in boxes]
        return Box(self.dialect.hadamard.join(p.text for p in pieces), HADAMARD)

    def matmul(self, boxes: Sequence[Box]) -> Box:
        return Box(" ".join(self.dialect.wrap(b, MUL).text for b in boxes), MUL)

    def transposed(self, box: Box) -> Box:
        return Box(self.dialect.wrap(box, ATOM).text + self.dialect.transpose, POW)

    def call(self, name: str, box: Box) -> Box:
        return self.dialect.function(name, [box])

    def scaled(self, scalars: Product, arrays: Sequence[Box]) -> Box:
        """Scalars in front of an array."""
        if not arrays:
            return self.printer_scalar(scalars)
        (array,) = arrays
        if scalars.number == 1 and not scalars.factors:
            return array
        front = self.printer_scalar(scalars)
        if array.strength < HADAMARD:
            array = Box(self.dialect.paren(array.text))
        joint = self.dialect.times([front, Box(array.text)])
        return Box(joint.text, min(joint.strength, MUL, array.strength))

    def printer_scalar(self, scalars: Product) -> Box:
        return self.printer.magnitude(scalars, {})

    # -- products -------------------------------------------------------------------------------------------------
    def split(self, product: Product) -> tuple[Product, list[Factor]]:
        """The scalars of a product, and its arrays with sums resolved."""
        scalars: list[Power] = []
        arrays: list[Factor] = []
        number = product.number
        for power in product.factors:
            if not _reads(power):
                if self.free(power):
                    arrays.append(self.factor(power))
                else:
                    scalars.append(power)
            elif isinstance(power.base, Big) and power.exponent == 1 and power.base.op == "sum":
                inner, found = self.resolved(power.base)
                number *= inner.number
                scalars += inner.factors
                arrays += found
            elif not self.free(power) and self.is_scalar(power):
                scalars.append(power)
            else:
                arrays.append(self.factor(power))
        plain = [f for f in arrays if not f.indices]
        rest = [f for f in arrays if f.indices]
        front = tuple(scalars) + tuple(Power(_Ready(f.render(None, None))) for f in plain)
        return Product(product.sign, number, front), rest

    def is_scalar(self, power: Power) -> bool:
        """No array with axes is read."""
        return all(not a.subs for a in _accesses(power))

    def resolved(self, big: Big) -> tuple[Product, list[Factor]]:
        """A sum as scalars and one array."""
        body = big.body if isinstance(big.body, Product) else Product(1, sp.S.One, (Power(big.body),))
        if body.sign < 0:
            raise NoMatrixForm
        scalars, factors = self.split(body)
        over = list(big.over)
        if not set(over) <= frozenset().union(*(f.indices for f in factors)):
            raise NoMatrixForm
        while over:
            index = min(over, key=lambda k: len(_others(factors, k)))
            touched = [f for f in factors if index in f.indices]
            rest = [f for f in factors if index not in f.indices]
            others = _others(factors, index)
            if len(others) == 1 and others <= set(over) and all(f.indices <= {index, *others} for f in factors):
                (other,) = others
                factors = [self.total(factors, other, index)]
                over = [k for k in over if k not in (index, other)]
            else:
                factors = [*rest, self.contracted(touched, index, sorted(others, key=str))]
                over.remove(index)
        return scalars, factors

    def total(self, factors: Sequence[Factor], a: Index, b: Index) -> Factor:
        """The sum of all entries of a matrix."""
        row, column = self.orientation(factors, a, b)
        box = self.call("sum", self.elementwise(factors, row, column))
        return Factor(frozenset(), lambda *_: box)

    def orientation(self, factors: Sequence[Factor], a: Index, b: Index) -> tuple[Index, Index]:
        """The order of two axes under which fewer transposes are written."""
        count = self.dialect.transpose.strip("^{}")
        first, second = (self.elementwise(factors, *pair).text.count(count) for pair in ((a, b), (b, a)))
        return (b, a) if second < first else (a, b)

    def contracted(self, factors: Sequence[Factor], k: Index, others: Sequence[Index]) -> Factor:
        """The sum over k of a product of factors that hold k."""
        if not others:
            first, *rest = factors
            if not rest:
                box = self.call("sum", first.render(k, None))
            else:
                box = self.matmul([self.transposed(first.render(k, None)), self.elementwise(rest, k, None)])
            return Factor(frozenset(), lambda *_: box)
        vectors = [f for f in factors if f.indices == {k}]
        matrices = [f for f in factors if f.indices != {k}]
        if len(others) == 1:
            return self.row_contracted(matrices, vectors, k, others[0])
        if len(others) > 2 or any(len(f.indices) > 2 for f in factors):
            raise NoMatrixForm
        return self.matrix_product(matrices, vectors, k, *others)

    def row_contracted(self, matrices: Sequence[Factor], vectors: Sequence[Factor], k: Index, a: Index) -> Factor:
        if vectors:
            box = self.matmul([self.elementwise(matrices, a, k), self.elementwise(vectors, k, None)])
        else:
            row, column = self.orientation(matrices, a, k)
            box = self.call("rowsum" if row == a else "colsum", self.elementwise(matrices, row, column))
        return Factor(frozenset((a,)), lambda row, column: box)

    def matrix_product(self, matrices, vectors, k: Index, a: Index, b: Index) -> Factor:
        def render(row: Axis, column: Axis) -> Box:
            left = [f for f in matrices if row in f.indices]
            right = [f for f in matrices if column in f.indices]
            boxes = [self.elementwise(left, row, k)]
            if vectors:
                boxes.append(self.call("diag", self.elementwise(vectors, k, None)))
            return self.matmul([*boxes, self.elementwise(right, k, column)])

        return Factor(frozenset((a, b)), render)

    # -- single arrays --------------------------------------------------------------------------------------------
    def factor(self, power: Power) -> Factor:
        indices = self.free(power)
        if len(indices) > 2:
            raise NoMatrixForm
        return Factor(indices, lambda row, column: self.power(power, row, column))

    def power(self, power: Power, row: Axis, column: Axis) -> Box:
        d, exponent = self.dialect, power.exponent
        if exponent == 1:
            return self.base(power.base, row, column)
        if not exponent.is_Rational:
            raise NoMatrixForm
        if exponent < 0:
            below = self.power(Power(power.base, -exponent), row, column)
            return Box(d.frac(Box("1"), below).text, POW if isinstance(d, Latex) else DIV)
        inner = self.base(power.base, row, column)
        if exponent == sp.Rational(1, 2):
            return d.root(inner)
        circled = r"\odot " if isinstance(d, Latex) else "⊙"
        return Box(f"{d.wrap(inner.shut, ATOM).text}^{{{circled}{exponent}}}", POW)

    def base(self, base: object, row: Axis, column: Axis) -> Box:
        match base:
            case _Ready():
                return base.box
            case Sum():
                return self.tree(base, row, column)
            case Big():
                return self.reduced(base, row, column)
            case Access():
                return self.access(base, row, column)
            case sp.exp():
                return self.exponential(base.args[0], row, column)
            case fn.eq() if set(base.args) == {row, column} and None not in (row, column):
                return Box("I")
            case fn.Bracket():
                return self.bracket(base, row, column)
            case fn.sigmoid():
                return self.call(self.printer.sigmoid, self.array(base.args[0], row, column))
            case fn.absolute():
                return self.dialect.absolute(self.array(base.args[0], row, column))
        name = self.printer.function_name(base)
        if name is None:
            raise NoMatrixForm
        return self.dialect.function(name, [self.array(a, row, column) for a in base.args])

    def access(self, access: Access, row: Axis, column: Axis) -> Box:
        """An array, transposed where its axes stand the other way."""
        node, subs = access.node, access.subs
        if set(self.batch) & free_indices(access):
            if subs[: len(self.batch)] != self.batch:
                raise NoMatrixForm
            subs = subs[len(self.batch) :]
        if len(subs) > 2 or not all(isinstance(s, Index) for s in subs):
            raise NoMatrixForm
        if len(subs) == 2:
            box = self.dialect.symbol(self.names.matrix(node.name, node.adjoint_of))
            if subs[0] == subs[1]:
                return self.call("diag", box)
            return box if subs == (row, column) else self.transposed(box)
        return self.dialect.symbol(self.names.node(node.name, node.adjoint_of))

    def exponential(self, exponent: sp.Expr, row: Axis, column: Axis) -> Box:
        quotient = softmax_parts(exponent)
        if quotient is None:
            return self.dialect.function("exp", [self.array(exponent, row, column)])
        above, total = quotient
        if len(total.over) != 1:
            raise NoMatrixForm
        for index in free_indices(above) - frozenset(self.batch):
            if reindex(total.body, {total.over[0]: index}) == above:
                first, second = (row, column) if index == column or column is None else (column, row)
                box = self.call("softmax", self.array(above, first, second))
                return box if (first, second) == (row, column) else self.transposed(box)
        raise NoMatrixForm

    def bracket(self, bracket: sp.Expr, row: Axis, column: Axis) -> Box:
        if not accesses(bracket):
            raise NoMatrixForm
        a, b = bracket.args
        sign = bracket.symbol
        if fn.is_constant(a) and not fn.is_constant(b):
            a, b, sign = b, a, {">": "<", ">=": "<="}.get(sign, sign)
        sides = [self.array(x, row, column).text for x in (a, b)]
        return self.dialect.bracket(f"{sides[0]} {self.dialect.relation[sign]} {sides[1]}")

    def reduced(self, big: Big, row: Axis, column: Axis) -> Box:
        """A sum inside a power, or a largest and smallest entry per row or column."""
        if big.op == "sum":
            scalars, arrays = self.resolved(big)
            return self.scaled(scalars, [self.elementwise(arrays, row, column)] if arrays else [])
        if big.op not in ("max", "min") or len(big.over) != 1 or isinstance(big.body, Sum):
            raise NoMatrixForm
        (k,) = big.over
        _, factors = self.split(big.body)
        if big.body.sign < 0 or big.body.number != 1:
            raise NoMatrixForm
        others = self.free(big)
        if not others:
            return self.call(big.op, self.elementwise(factors, k, None))
        (a,) = others
        first, second = self.orientation(factors, a, k)
        return self.call(("row" if first == a else "col") + big.op, self.elementwise(factors, first, second))


@dataclass(frozen=True)
class _Ready:
    """A scalar that is printed already."""

    box: Box
