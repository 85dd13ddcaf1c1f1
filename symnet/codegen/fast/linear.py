"""From statements to single operations, with the cheapest form of each.

x**2 -> square        x / n -> x * (1 / n)        mean -> sum * (1 / n)       sum of a product -> one contraction
equal operations on equal operands are done once
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import sympy as sp

from symnet.codegen.arrays import (
    Apply,
    Array,
    Assign,
    Const,
    Copy,
    MatMul,
    Pad,
    Reduce,
    Ref,
    Slice,
    Statement,
    Update,
    Zeros,
    apply,
    const,
    ordered,
)
from symnet.codegen.fast import convolution, places
from symnet.codegen.fast.contraction import matrices
from symnet.codegen.fast.exponentials import without_shift
from symnet.codegen.fast.indices import common
from symnet.codegen.fast.instructions import Blank, Instruction, is_atomic, is_view, with_children
from symnet.codegen.fast.passes import Planner
from symnet.codegen.fast.rows import added_row, updated_row
from symnet.codegen.fast.steps import stepping
from symnet.codegen.functions import Block
from symnet.codegen.names import unlike


class Linear:
    """Collects the instructions of one function; temporaries get the names that ``fresh`` gives."""

    def __init__(self, fresh: Iterator[str], wanted: set[str], planner: Planner, taken: set[str]) -> None:
        self.fresh, self.wanted, self.planner, self.taken = fresh, wanted, planner, taken
        self.instructions: list[Instruction] = []
        self.own: set[str] = set()  # the variables that they make
        self.known: dict[Array, Array] = {}
        self.named: dict[Array, Instruction] = {}  # single operations that have a name further down
        self.sigmoids: dict[Array, Array] = {}  # z -> the variable that is the sigmoid of z

    def run(self, blocks: Sequence[Block], comments: Mapping[str, str], shifts: set[str]) -> list[Instruction]:
        """The instructions of the blocks; ``shifts`` are the maxima that were introduced for stability."""
        for block in blocks:
            self.name(block, comments.get(block.node.name, ""))
        for block in blocks:
            if block.steps:
                self.steps(block, comments, shifts)
            else:
                self.block(block, comments.get(block.node.name, ""))
        if not self.planner.on("no_maximum"):
            return self.instructions
        result = without_shift(self.instructions, self.wanted, shifts)
        self.planner.act("no_maximum", len(result) < len(self.instructions))
        return result

    def name(self, block: Block, comment: str) -> None:
        """Where an earlier expression holds the same operation it is done there, under this name."""
        first = block.statements[0]
        if block.steps or len(block.statements) > 1 or not isinstance(first, Assign):
            return
        value = common(first.value)
        if isinstance(value, Apply) and value.op in ("add", "sub", "mul") and all(map(is_atomic, value.args)):
            target = Ref(value.layout, value.kind, first.target)
            self.named.setdefault(value, Instruction(target, value, comment=comment))

    def steps(self, block: Block, comments: Mapping[str, str], shifts: set[str]) -> None:
        """A loop over steps, and the operations of one step."""
        whole, blocks = stepping(block.statements, self.named_anew)
        inner = type(self)(self.fresh, whole.wanted, self.planner, self.taken)
        self.add(replace(whole, body=tuple(inner.run(blocks, comments, shifts))))

    def named_anew(self, name: str) -> str:
        """``name``, or with underscores until it is free; taken from now on."""
        name = unlike(name, self.taken)
        self.taken.add(name)
        return name

    def block(self, block: Block, comment: str) -> None:
        first = block.statements[0]
        if len(block.statements) == 1 and isinstance(first, Assign):
            self.assign(first, comment)
            return
        assert isinstance(first, Assign)
        target = Ref(first.value.layout, first.value.kind, first.target)
        columns = next(self.fresh)
        scattered = convolution.input_gradient(block.statements, columns, self.fresh)
        if scattered is not None and self.planner.on("columns"):
            self.planner.act("columns")
            gemm = with_children(scattered.product, map(self.atom, scattered.product.children))
            self.add(Instruction(Ref(gemm.layout, "real", columns), gemm))
            for made, adding in scattered.sums:
                note = comment if made.name == target.name else ""
                self.add(Instruction(made, adding[0].value, adding, note, row=scattered.row))
            return
        row = updated_row(block.statements)
        if row is not None and isinstance(first.value, Apply):
            update = block.statements[1]
            assert isinstance(update, Update)
            base = self.atom(common(first.value))
            start = Copy(first.value.layout, "real", base)
            value = self.atom(common(update.value))
            statements = (Assign(first.target, start), replace(update, value=value))
            self.add(Instruction(target, start, statements, comment, row=row))
            return
        row = added_row(block.statements)
        if row is not None:
            self.add(Instruction(target, first.value, tuple(block.statements), comment, row=row))
            return
        self.add(Instruction(target, first.value, tuple(self.lifted(block.statements)), comment))

    def lifted(self, statements: Sequence[Statement]) -> Iterator[Statement]:
        """Scatters and loops over windows stay as they are; what they are added to, and what is added, comes before."""
        first, *rest = statements
        assert isinstance(first, Assign)
        value = self.operation(common(first.value)) if isinstance(first.value, Apply) else None
        if isinstance(value, Apply):  # in memory of its own, to which may be added
            made = Ref(value.layout, value.kind, next(self.fresh))
            self.add(Instruction(made, value))
            first = replace(first, value=made)
        yield first
        for statement in rest:
            plain = isinstance(statement, Update) and isinstance(statement.value, (Apply, Reduce))
            yield replace(statement, value=self.atom(common(statement.value))) if plain else statement  # type: ignore

    def assign(self, statement: Assign, comment: str) -> None:
        if isinstance(statement.value, Pad) and statement.value.layout[0] == statement.value.arg.layout[0]:
            self.pad(statement.target, statement.value, comment)
            return
        value = self.operation(common(statement.value))
        target = Ref(value.layout, value.kind, statement.target)
        if self.known.get(value) == target:
            return
        if isinstance(statement.value, Apply) and statement.value.op == "sigmoid":
            self.sigmoids[self.atom(common(statement.value.args[0]))] = target
        self.add(Instruction(target, value, comment=comment))
        if not is_atomic(value):
            self.known.setdefault(value, target)

    def pad(self, name: str, value: Pad, comment: str) -> None:
        """Zeros, and the array put into their middle, row by row."""
        target, start = Ref(value.layout, value.kind, name), Zeros(value.layout, value.kind)
        inner = self.atom(common(value.arg))
        places = tuple(
            Slice(i, before, None if after == 0 else before + i.size)  # type: ignore[union-attr]
            for i, (before, after) in zip(inner.layout, value.widths)
        )
        statements = (Assign(name, start), Update(target, places, "=", inner))
        self.add(Instruction(target, start, statements, comment, row=value.layout[0]))

    def add(self, instruction: Instruction) -> None:
        self.instructions.append(instruction)
        self.own.update(instruction.names)

    # -- operands -------------------------------------------------------------------------------------------------
    def atom(self, array: Array) -> Array:
        """``array`` as an operand: what is not atomic is computed first."""
        if is_atomic(array):
            return array
        if is_view(array):
            return with_children(array, (self.atom(array.arg), *array.children[1:]))  # type: ignore[attr-defined]
        value = self.operation(array)
        return value if is_atomic(value) else self.made(value)

    def made(self, value: Array) -> Array:
        """The variable that holds the result of an operation."""
        if value not in self.known:
            made = self.named.get(value)
            if made is None:
                made = Instruction(Ref(value.layout, value.kind, next(self.fresh)), value)
            self.add(made)
            self.known[value] = made.target
        return self.known[value]

    def operation(self, array: Array) -> Array:
        """``array`` as one operation on atoms."""
        if is_atomic(array):
            return array
        if isinstance(array, Apply):
            return self.apply(array)
        if self.planner.on("columns") and (found := convolution.product(array)) is not None:
            return self.convolution(array, *found)
        if isinstance(array, Reduce):
            return self.reduction(array)
        if is_view(array):
            return self.atom(array)
        if isinstance(array, MatMul) and len(array.b.layout) == 1 and len(array.a.layout) > 1:
            return self.row_products(array)
        if self.planner.on("matrices") and (gemm := matrices(array, self.own)) is not None:
            self.planner.act("matrices")
            product = with_children(gemm, map(self.atom, gemm.children))
            return product if product.layout == array.layout else ordered(self.made(product), array.layout)
        return with_children(array, map(self.atom, array.children))

    def row_products(self, array: MatMul) -> Array:
        """A matrix times a vector: every row times the vector."""
        rows, vector = self.atom(array.a), self.atom(array.b)
        product = Apply(rows.layout, "real", "mul", (rows, vector))
        return Reduce(array.layout, array.kind, "sum", product, (len(rows.layout) - 1,), False)

    def convolution(self, array: Array, columns: Array, other: Array, roles, which: str) -> Array:
        self.planner.act("columns")
        copied = self.side_by_side(self.atom(columns), roles)
        other = self.atom(other)
        if which == "forward":
            return convolution.forward(copied, other, roles, array.layout)
        each = self.atom(convolution.kernel_gradient(copied, other, roles))
        total = self.atom(Reduce(each.layout[1:], "real", "sum", each, (0,), False))
        return ordered(total, array.layout)

    def side_by_side(self, columns: Array, roles) -> Array:
        """The windows of every image as the columns of a matrix."""
        if columns not in self.known:
            found = convolution.cuts(columns)
            if found is None:
                return self.atom(convolution.copied(columns, roles))
            for target, statements in convolution.copies(*found, roles, self.fresh):
                blank = Blank(target.layout, "real")
                self.add(Instruction(target, blank, statements, row=roles.image))
                self.known[columns] = target
        return self.known[columns]

    # -- elementwise ----------------------------------------------------------------------------------------------
    def apply(self, array: Apply) -> Array:
        op, args = array.op, array.args
        if op == "div" and isinstance(args[1], Const):
            return self.operation(apply("mul", args[0], const(1 / args[1].value)))
        if op == "div" and len(args[1].indices) < len(array.indices) and args[0].kind == "real":
            # the division is done on the small operand
            return self.operation(apply("mul", args[0], apply("div", const(1), args[1])))
        if op == "mul":
            return self.product(array)
        if op == "pow" and args[1] == const(2):
            return self.atomic(apply("square", args[0]))
        if op == "cast" and args[0].kind == "bool" and isinstance(args[0], Apply):
            return self.atomic(array)
        if op == "sigmoid":  # exp(-z) may overflow to infinity: 1 / inf is 0, the right limit
            return self.operation(apply("div", const(1), apply("add", apply("exp", apply("neg", args[0])), const(1))))
        if op == "exp":
            return self.exponential(args[0])
        return self.atomic(array)

    def atomic(self, array: Array) -> Array:
        assert isinstance(array, Apply)
        return apply(array.op, *map(self.atom, array.args), kind=array.kind)

    def exponential(self, exponent: Array) -> Array:
        """A number in the exponent is multiplied in by the exponential itself."""
        factors = list(_factors(exponent))
        number = sp.Mul(*(f.value for f in factors if isinstance(f, Const)))
        rest = [f for f in factors if not isinstance(f, Const)]
        product = functools.reduce(lambda a, b: apply("mul", a, b), rest) if rest else exponent
        if product.layout != exponent.layout or product.kind != "real" or not rest:
            return apply("exp", self.atom(exponent))
        if number == 1:
            return apply("exp", self.atom(product))
        return Apply(exponent.layout, "real", "exp", (self.atom(product), const(number)))

    def product(self, array: Apply) -> Array:
        """Numbers first, then small operands among themselves, large ones last."""
        factors = list(_factors(array))
        number = sp.Mul(*(f.value for f in factors if isinstance(f, Const)))
        rest = [f for f in factors if not isinstance(f, Const)]
        if not rest:
            return const(number)
        rest.sort(key=lambda f: (len(f.indices), f.kind != "real"))
        groups: list[Array] = []
        for factor in rest:  # small ones are multiplied together before a larger one takes them
            nested = groups and set(groups[-1].indices) <= set(factor.indices)
            if nested and (groups[-1].layout == factor.layout or len(factor.indices) < len(array.indices)):
                groups[-1] = apply("mul", groups[-1], factor)
            else:
                groups.append(factor)
        if number != 1:
            first = groups[0]  # a number and a comparison alone have no dtype of the inputs; places stay integers
            whole = first.kind == "int" and number.is_Integer
            real = apply("cast", first, kind="real") if first.kind in ("bool", "int") and not whole else first
            groups[0] = apply("mul", real, const(number))
        result = groups.pop()
        for factor in groups:
            result = apply("mul", result, factor)
        return self.atomic(result) if isinstance(result, Apply) else self.operation(result)

    def side(self, exponential: Array) -> Array:
        """e^-|z|; the pair of z and its sigmoid where that is known."""
        assert isinstance(exponential, Apply) and isinstance(exponential.args[0], Apply)
        (magnitude,) = exponential.args[0].args
        assert isinstance(magnitude, Apply)
        z = self.atom(magnitude.args[0])
        known = self.sigmoids.get(z)
        return Apply(z.layout, "real", "pair", (z, known)) if known is not None else self.atom(exponential)

    # -- reductions -----------------------------------------------------------------------------------------------
    def reduction(self, array: Reduce) -> Array:
        if array.op == "mean":
            count = sp.Mul(*(i.size for k in array.axes if (i := array.arg.layout[k]) is not None))
            total = Reduce(array.layout, array.kind, "sum", array.arg, array.axes, array.keep)
            return self.operation(apply("mul", total, const(1 / count)))
        if array.op == "sum" and array.arg.kind == "real":
            body = array.arg
            if isinstance(body, Apply) and body.op == "neg":
                return self.operation(apply("neg", replace(array, arg=body.args[0])))
            factors = list(_factors(body)) if isinstance(body, Apply) and body.op in ("mul", "div") else [body]
            numbers = [f for f in factors if isinstance(f, Const)]
            rest = [f for f in factors if not isinstance(f, Const)]
            if numbers and rest:
                inner = rest[0]
                for f in rest[1:]:
                    inner = apply("mul", inner, f)
                if inner.layout == body.layout:
                    total = Reduce(array.layout, array.kind, "sum", inner, array.axes, array.keep)
                    return self.operation(apply("mul", total, const(sp.Mul(*(f.value for f in numbers)))))
            small = isinstance(body, Apply) and body.op == "log1p" and is_exponential(body.args[0])
            if isinstance(body, Apply) and small and not array.layout and self.planner.on("log_products"):
                self.planner.act("log_products")
                return Reduce((), "real", "sum_log1p", self.side(body.args[0]), array.axes, False)
            pair = self.pair(body, array.axes)
            if pair is not None:
                inner = Apply(body.layout, "real", "mul", pair)
                return Reduce(array.layout, array.kind, "sum", inner, array.axes, array.keep)
        if self.planner.on("places") and (flat := places.numbered(array)) is not None:
            return replace(array, arg=replace(flat, arg=self.atom(flat.arg)))
        return replace(array, arg=self.atom(array.arg))

    def pair(self, body: Array, axes: tuple[int, ...]) -> tuple[Array, Array] | None:
        """The operands of a product that is summed: both are full, or one is smaller and has an index of the sum."""
        if not isinstance(body, Apply):
            return None
        if body.op == "pow" and body.args[1] == const(2):
            operand = self.atom(body.args[0])
            return (operand, operand) if operand.layout == body.layout else None
        if body.op not in ("mul", "div"):
            return None
        factors = sorted(_factors(body), key=lambda f: len(f.indices))
        whole = [f for f in factors if f.layout == body.layout and f.kind == "real"]
        small = [f for f in factors if f not in whole]
        column = body.layout[:1] + (None,) * (len(body.layout) - 1)
        columns = small and all(f.layout == column and f.kind == "real" for f in small)
        if whole and columns and axes == (0,) and len(body.layout) == 2:  # a column times a matrix
            weight, matrix = (functools.reduce(lambda a, b: apply("mul", a, b), part) for part in (small, whole))
            return self.atom(matrix), self.atom(weight)
        if len(whole) == 1 and small and all(f.kind == "real" for f in small):
            weight = functools.reduce(lambda a, b: apply("mul", a, b), small)
            if any(body.layout[k] in weight.indices for k in axes):
                return self.atom(weight), self.atom(whole[0])
        if len(whole) < 2:
            return None
        last = whole[-1]
        rest = [f for f in factors if f is not last]
        first = rest[0]
        for f in rest[1:]:
            first = apply("mul", first, f)
        return (self.atom(first), self.atom(last)) if first.layout == body.layout and first.kind == "real" else None


def is_exponential(array: Array) -> bool:
    """e^-|x|, which lies between 0 and 1."""
    if not (isinstance(array, Apply) and array.op == "exp" and isinstance(array.args[0], Apply)):
        return False
    exponent = array.args[0]
    return exponent.op == "neg" and isinstance(exponent.args[0], Apply) and exponent.args[0].op == "abs"


def _factors(array: Array) -> Iterator[Array]:
    """The factors of a product; a quotient by a number or by a small operand is a product as well."""
    if isinstance(array, Apply) and array.op == "mul":
        for argument in array.args:
            yield from _factors(argument)
    elif isinstance(array, Apply) and array.op == "neg":
        yield const(-1)
        yield from _factors(array.args[0])
    elif isinstance(array, Apply) and array.op == "div" and isinstance(array.args[1], Const):
        yield from _factors(array.args[0])
        yield const(1 / array.args[1].value)
    elif isinstance(array, Apply) and array.op == "div" and len(array.args[1].indices) < len(array.indices):
        yield from _factors(array.args[0])
        yield apply("div", const(1), array.args[1])
    else:
        yield array
