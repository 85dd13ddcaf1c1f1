"""Shapes of expressions, and the sizes that they need to be equal.

A shape is () for a scalar or (rows, columns), each the name of an axis; vectors are columns, or rows where a document
writes ``x W``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeGuard

from symnet.lecture.context.context import Context
from symnet.lecture.context.identities import is_identity
from symnet.lecture.context.kinds import COLUMN_VALUED, DIAGONAL, OF_SQUARES
from symnet.lecture.context.refs import Ref
from symnet.lecture.context.sizes import ONE, Clash, Sizes, shown
from symnet.lecture.reader.syntax import (
    Absolute,
    Big,
    Call,
    Cases,
    Derivative,
    Dots,
    Expr,
    Indicator,
    Infinity,
    Matrix,
    Moment,
    Nabla,
    Negate,
    Norm,
    Number,
    Plus,
    Power,
    Prime,
    Product,
    Quotient,
    Root,
    Slice,
    Span,
    Statement,
    Transpose,
)

Shape = tuple[str, ...]


class Typer:
    """The shape of an expression; unites the sizes that it needs to be equal."""

    def __init__(self, context: Context, sizes: Sizes, scope: str) -> None:
        self.context, self.sizes, self.scope = context, sizes, scope
        self.uppers: dict[str, str] = {}  # letters of the sums around -> how far they run

    def axis(self, key: str, position: int) -> str:
        return self.sizes.find(f"axis:{key}:{position}")

    def index(self, letter: str) -> str:
        return f"index:{self.scope}:{letter}:{self.uppers.get(letter, '')}"

    def shape(self, expr: Expr) -> Shape:
        """() or (rows, columns); raises Clash."""
        if isinstance(expr, Ref):
            return self._ref(expr)
        if isinstance(expr, (Negate, Absolute, Prime)):
            return self.shape(expr.arg)
        if isinstance(expr, Root):
            return self.shape(expr.arg)
        if isinstance(expr, Plus):
            shape: Shape = ()
            for term in expr.terms:
                shape = self.broadcast(shape, self.shape(term), expr.span)
            return shape
        if isinstance(expr, Transpose):
            shape = self.shape(expr.arg)
            if isinstance(expr.arg, Derivative) and _is_vector(shape):
                raise Unshaped  # a row or a column: a matter of layout
            return shape[::-1]
        if isinstance(expr, Product):
            if _is_kronecker(expr.left) and _is_kronecker(expr.right):
                for a, b in ((expr.left.left, expr.right.left), (expr.left.right, expr.right.right)):
                    self.product(self.shape(a), self.shape(b), "juxtapose", expr.span)
            return self.product(self.shape(expr.left), self.shape(expr.right), expr.op, expr.span)
        if isinstance(expr, Quotient):
            return self.broadcast(self.shape(expr.numerator), self.shape(expr.denominator), expr.span)
        if isinstance(expr, Power):
            self.shape(expr.exponent)
            shape = self.shape(expr.base)
            if len(shape) == 2 and not _is_vector(shape) and _is_minus_one(expr.exponent):
                self.sizes.unite(*shape, expr.span)  # only a square matrix has an inverse
            return shape
        if isinstance(expr, Big):
            return self._big(expr)
        if isinstance(expr, Call):
            return self._call(expr)
        if isinstance(expr, Derivative) and expr.of is not None and len(expr.by) == 1:
            of, by = self.shape(expr.of), self.shape(expr.by[0])
            if of == ():
                return by
            if by == ():
                return of
            if _is_vector(of) and _is_vector(by):
                return (_length(of), _length(by))
            raise Unshaped
        if isinstance(expr, Matrix):
            return self._written(expr)
        if isinstance(expr, Cases):
            shape = ()
            for branch, condition in expr.branches:
                if condition is not None:
                    self._condition(condition)
                shape = self.broadcast(shape, self.shape(branch), expr.span)
            return shape
        if isinstance(expr, Moment):
            return self.shape(expr.args[0])
        if isinstance(expr, Indicator) and set(expr.condition.relations) <= {"<", ">", "<=", ">="}:
            shape = ()  # of an array: of each entry
            for term in expr.condition.terms:
                shape = self.broadcast(shape, self.shape(term), expr.span)
            return shape
        if isinstance(expr, (Number, Infinity, Indicator, Norm)):
            for child in expr.children():
                if isinstance(child, Statement):
                    self._condition(child)
                else:
                    self.shape(child)
            return ()
        if isinstance(expr, Nabla) and len(expr.by) == 1 and expr.order == 1:
            self.shape(expr.of)
            return self.shape(expr.by[0])
        if isinstance(expr, Nabla) and expr.order == 2 and len(names := _differentiated_by(expr)) == 1:
            by = self.shape(names[0])
            return (_length(by), _length(by)) if _is_vector(by) else by
        raise Unshaped

    def _ref(self, ref: Ref) -> Shape:
        if ref.key == "\\pi" and not ref.indices and not self.context.is_letter(ref.key):
            return ()
        rank = self.context.rank(ref)
        shape = []
        position = 0
        for index in ref.indices:
            if isinstance(index, Slice):
                shape.append(self.axis(ref.key, position))
                rank -= 1
            else:
                self.bind(index, ref.key, position)
            position += 1
        for k in range(max(rank, 0)):
            shape.append(self.axis(ref.key, position + k))
        if len(shape) == 1:
            return (ONE, shape[0]) if ref.key in self.context.rows else (shape[0], ONE)
        if len(shape) == 2 and is_identity(ref.key):
            self.sizes.unite(shape[0], shape[1], ref.span)
        return tuple(shape)

    def _condition(self, statement: Statement) -> None:
        """The letters of a condition have the same ranges there; its sides may have any shapes."""
        for term in statement.terms:
            self.shape(term)

    def bind(self, index: Expr, key: str, position: int) -> None:
        """An axis that carries a letter has the range of that letter; so have the axes of a label that picks."""
        if isinstance(index, Ref) and index.indices:
            self.shape(index)
        elif isinstance(index, Ref) and position_is_axis(self.context, key):
            if self.uppers.get(index.key) in self.context.partly.get((key, position), ()):
                return  # \\sum_{i=1}^k a_i / \\sum_{i=1}^d a_i
            self.sizes.unite(self.index(index.key), self.axis(key, position), index.span)

    def _big(self, expr: Big) -> Shape:
        around = self.uppers
        upper = expr.upper.key if isinstance(expr.upper, Ref) else ""
        self.uppers = {**around, **{v.name: upper for v in expr.variables}}
        for v in expr.variables:
            if expr.upper is None and self.context.counts(v.name):  # \\sum_n beside 1/N: N is the size of n
                self.sizes.unite(self.index(v.name), f"size:{v.name.upper()}", expr.span)
            if isinstance(expr.upper, Ref):  # n_l and n_{l-1} are one class, as in declared shapes
                kind = "layer" if expr.upper.indices else "size"
                self.sizes.unite(self.index(v.name), f"{kind}:{upper}", expr.span)
        try:
            return self.shape(expr.body)
        finally:
            self.uppers = around

    def _call(self, expr: Call) -> Shape:
        if not isinstance(expr.function, Ref):
            raise Unshaped
        if expr.function.key in DIAGONAL and len(expr.args) > 1:
            return (self._count(expr.args),) * 2
        if expr.function.key in self.context.naming.families:
            self._ref(expr.function)
        shapes = [self.shape(a) for a in expr.args]
        if expr.function.key == "vec":
            raise Unshaped
        if expr.function.key in OF_SQUARES and [*map(len, shapes)] == [2] and not _is_vector(shapes[0]):
            rows, columns = shapes[0]
            self.sizes.unite(rows, columns, expr.span)
            return ()
        if expr.function.key in COLUMN_VALUED and [*map(len, shapes)] == [2]:
            return (shapes[0][COLUMN_VALUED[expr.function.key]], ONE)
        if expr.function.key in DIAGONAL and [*map(len, shapes)] == [2]:
            if _is_vector(shapes[0]):
                return (_length(shapes[0]),) * 2
            return (self.sizes.unite(shapes[0][0], shapes[0][1], expr.span), ONE)
        if expr.function.key == "entry" and len(shapes) == 1:
            return self._picked(expr.subs, shapes[0])
        rank = self.context.ranks.rank(expr)
        if rank == 0 or not shapes:
            return ()
        written = next((d.body for d in self.context.definitions.get(expr.function.key, ()) if d.parameters), None)
        if isinstance(written, Matrix) and self.context.is_written_out(expr.function.key):
            return self._written(written)
        if self.context.maps.get(expr.function.key, "elementwise") != "elementwise" and not expr.subs:
            axes = tuple(self.axis(expr.function.key, k) for k in range(rank or 0))
            return axes if rank == 2 else (*axes, ONE)
        if len(shapes) == 1 and not expr.subs:
            return shapes[0]
        if expr.function.key in ("max", "min"):
            shape: Shape = ()
            for s in shapes:
                shape = self.broadcast(shape, s, expr.span)
            return shape
        raise Unshaped

    def _picked(self, subs: tuple[Expr, ...], shape: Shape) -> Shape:
        r"""What indices pick of an array: ``(A B)_{ij}``; their letters have the ranges of its axes."""
        axes = (_length(shape),) if _is_vector(shape) else shape
        if len(axes) != len(subs):
            raise Unshaped
        for index, axis in zip(subs, axes):
            if isinstance(index, Ref) and not index.indices:
                self.sizes.unite(self.index(index.key), axis, index.span)
        return ()

    def _count(self, entries: Sequence[Expr]) -> str:
        r"""The size of the list ``d_1, \dots, d_r``."""
        last = entries[-1].indices if isinstance(entries[-1], Ref) else ()
        if not any(isinstance(e, Dots) for e in entries):
            return f"const:{len(entries)}"
        if len(last) == 1 and isinstance(last[0], Ref) and not last[0].indices:
            return f"size:{last[0].key}"
        raise Unshaped

    def _written(self, expr: Matrix) -> Shape:
        """The shape of a matrix of numbers; one of blocks is not followed."""
        entries = [entry for row in expr.rows for entry in row]
        if any(self.context.ranks.rank(entry) for entry in entries) or len({*map(len, expr.rows)}) > 1:
            raise Unshaped
        rows, columns = (ONE if n == 1 else f"const:{n}" for n in (len(expr.rows), len(expr.rows[0])))
        return (rows, columns)

    def broadcast(self, a: Shape, b: Shape, span: Span) -> Shape:
        """Sums and elementwise products: equal shapes, a scalar, or one row or column for all."""
        if a == () or b == ():
            return a or b
        if _is_vector(a) and _is_vector(b) and (a[0] == ONE) != (b[0] == ONE):
            raise Clash(f"a row of {shown(_length(a))} and a column of {shown(_length(b))} are added", span)
        rows = self._one_of(a[0], b[0], span)
        return (rows, self._one_of(a[1], b[1], span))

    def _one_of(self, a: str, b: str, span: Span) -> str:
        if a == ONE or b == ONE:
            return b if a == ONE else a
        return self.sizes.unite(a, b, span)

    def product(self, a: Shape, b: Shape, op: str, span: Span) -> Shape:
        if a == () or b == ():
            return a or b
        if op in ("odot", "star"):
            return self.broadcast(a, b, span)
        if op == "outer" and _is_vector(a) and _is_vector(b):
            return (_length(a), _length(b))
        if op == "outer":
            raise Unshaped
        if op == "dot" and _is_vector(a) and _is_vector(b) and a[1] != b[0]:
            self.sizes.unite(_length(a), _length(b), span)
            return ()
        if a[1] != b[0]:
            if ONE in (a[1], b[0]):
                raise Clash(f"a {text(a)} matrix is multiplied by a {text(b)} one", span)
            try:
                self.sizes.unite(a[1], b[0], span)
            except Clash as clash:
                message = f"a {text(a)} matrix is multiplied by a {text(b)} one: {clash.args[0]}"
                raise Clash(message, span, clash.sizes) from clash
        shape = (a[0], b[1])
        return () if shape == (ONE, ONE) else shape


class Unshaped(Exception):
    """The shape of this expression is not followed; not an error."""


def position_is_axis(context: Context, key: str) -> bool:
    """Is an index of a name the place of an entry, and not one of several functions?"""
    naming = context.naming
    return key not in naming.functions or key in naming.families or naming.entries_alone[key] > 0


def text(shape: Shape) -> str:
    """A shape for a message."""
    return "scalar" if shape == () else " x ".join(map(shown, shape))


def _is_minus_one(exponent: Expr) -> bool:
    if isinstance(exponent, Negate):
        return isinstance(exponent.arg, Number) and exponent.arg.value == 1
    return isinstance(exponent, Number) and exponent.value == -1


def _differentiated_by(nabla: Nabla) -> Sequence[Expr]:
    """The names that are written below a nabla, else all that its function is of."""
    return nabla.by or (nabla.of.args if isinstance(nabla.of, Call) else ())


def _is_kronecker(expr: Expr) -> TypeGuard[Product]:
    return isinstance(expr, Product) and expr.op == "outer"


def _is_vector(shape: Shape) -> bool:
    return len(shape) == 2 and ONE in shape


def _length(shape: Shape) -> str:
    return shape[0] if shape[1] == ONE else shape[1]
