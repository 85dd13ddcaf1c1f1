"""Lowering: from a scalar expression in indices to an array expression.

``emit(expr, order)`` gives an array aligned to ``order``: elementwise operations work on aligned operands, so that
NumPy's broadcasting by position does what the definition means by name.  Sums of products: symnet.codegen.contract.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import sympy as sp

from symnet.codegen import access as reading
from symnet.codegen import products
from symnet.codegen.align import align, aligned_layout, stripped, without_ones
from symnet.codegen.arrays import (
    Array,
    Const,
    Flat,
    Full,
    Layout,
    OthersProduct,
    Positions,
    Reduce,
    Ref,
    apply,
    const,
    ordered,
)
from symnet.codegen.order import Order
from symnet.codegen.tame import is_tame
from symnet.errors import SymnetError
from symnet.ir import functions as fn
from symnet.ir.expr import Access, Index, Reduction, accesses, free_indices
from symnet.rewrite.algebra import expm1_pair

FUNCTIONS = {
    sp.exp: "exp", sp.log: "log", sp.sin: "sin", sp.cos: "cos", sp.tan: "tan", sp.tanh: "tanh", sp.sinh: "sinh",
    sp.cosh: "cosh", sp.atan: "arctan", sp.erf: "erf", fn.sigmoid: "sigmoid", fn.softplus: "softplus",
    fn.sign: "sign", fn.absolute: "abs", fn.maximum: "maximum", fn.minimum: "minimum",
    sp.sign: "sign", sp.Abs: "abs", sp.Max: "maximum", sp.Min: "minimum",
}  # fmt: skip
COMPARISONS = {fn.gt: ("gt", "lt"), fn.ge: ("ge", "le"), fn.eq: ("eq", "eq"), fn.ne: ("ne", "ne")}


@dataclass(frozen=True)
class Variable:
    """How a node is stored: its name in the code, the axis of each dimension (None: length 1), what it holds."""

    name: str
    stored: tuple[int | None, ...]
    kind: str = "real"

    def read(self, layout: Layout) -> Ref:
        """The variable, its dimensions read by the indices of ``layout``."""
        return Ref(layout, self.kind, self.name)


@dataclass
class Lowering:
    """What is known while expressions are lowered.

    ``counters`` are indices that a surrounding loop fixes; ``uses`` counts, for each node, the layouts that its
    readers wanted (as axis numbers), from which the best way of storing it is chosen.  ``inside`` are sizes of axes
    with positions at which the forward pass reads: it has been seen that they lie inside; ``wild`` the nodes that may
    be infinite, ``gaps`` those in which masks have left zeros.
    """

    variables: dict[str, Variable]
    rank: Mapping[str, int] = field(default_factory=dict)
    shifts: frozenset[str] = frozenset()
    counters: dict[Index, str] = field(default_factory=dict)
    counter_names: dict[Index, str] = field(default_factory=dict)
    uses: dict[str, Counter] = field(default_factory=dict)
    inside: frozenset[tuple[sp.Expr, sp.Expr]] = frozenset()
    wild: frozenset[str] = frozenset()
    gaps: frozenset[str] = frozenset()

    # -- variables ------------------------------------------------------------------------------------------------
    def variable(self, node: str) -> Variable:
        if node not in self.variables:
            raise SymnetError(f"'{node}' is read before it is computed")
        return self.variables[node]

    def align(self, array: Array, order: Sequence[Index | None], node: str = "") -> Array:
        if isinstance(array, Ref) and node:
            wanted = aligned_layout(array.indices, order)
            number = {i: k for i, k in zip(array.layout, self.variables[node].stored) if i is not None}
            self.uses.setdefault(node, Counter())[tuple(number[i] if i is not None else None for i in wanted)] += 1
        return align(array, order)

    def array_indices(self, expr: sp.Expr) -> frozenset[Index]:
        return free_indices(expr) - frozenset(self.counters)

    def is_const(self, expr: sp.Expr) -> bool:
        """A Python number when the code runs: no access and no index but loop counters."""
        return not accesses(expr) and not self.array_indices(expr)

    def is_tame(self, expr: sp.Expr) -> bool:
        """Finite wherever the inputs are."""
        return is_tame(expr, self.wild, self.shifts)

    @property
    def order(self) -> Order:
        return Order(self)

    # -- expressions ----------------------------------------------------------------------------------------------
    def emit(self, expr: sp.Expr, order: Sequence[Index | None]) -> Array:
        """``expr`` as an array aligned to ``order``."""
        order = tuple(order)
        if self.is_const(expr) and not expr.has(Reduction):
            return const(expr)
        if isinstance(expr, Access):
            return self.align(reading.read(self, expr), order, expr.node.name)
        if isinstance(expr, Index):
            return align(Positions((expr,), "int", expr.size), order)
        if isinstance(expr, Reduction):
            return self.reduction(expr, order)
        if expr.is_Add:
            return self.sum_of_terms(expr, order)
        if expr.is_Mul:
            return products.emit_product(self, expr, order)
        if expr.is_Pow:
            return self.power(expr, order)
        return self.function(expr, order)

    def real(self, array: Array) -> Array:
        """Numbers of the inputs' dtype: comparisons and positions are cast."""
        return apply("cast", array, kind="real") if array.kind in ("bool", "int") else array

    def emit_real(self, expr: sp.Expr, order: Sequence[Index | None]) -> Array:
        return self.real(self.emit(expr, order))

    def power(self, expr: sp.Expr, order) -> Array:
        base, exponent = expr.base, expr.exp
        if exponent.could_extract_minus_sign():
            return apply("div", const(1), self.emit_real(base**-exponent, order))
        array = self.emit_real(base, order)
        if exponent == sp.Rational(1, 2):
            return apply("sqrt", array)
        if exponent.is_Integer and exponent > 2:
            return self._integer_power(array, int(exponent))
        if exponent.is_Rational and exponent.q == 2 and exponent > 1:
            whole = array if exponent.p == 3 else self._integer_power(array, exponent.p // 2)
            return apply("mul", whole, apply("sqrt", array))
        return apply("pow", array, self.emit_real(exponent, order))

    def _integer_power(self, array: Array, exponent: int) -> Array:
        """NumPy's ``x**3`` calls the general power, 200 times slower than products; squares are products already."""
        if exponent == 1:
            return array
        half = self._integer_power(array, exponent // 2)
        square = apply("pow", half, const(2))
        return apply("mul", square, array) if exponent % 2 else square

    def function(self, expr: sp.Expr, order) -> Array:
        function = expr.func
        if function in COMPARISONS:
            return self.comparison(expr, order)
        if function is fn.where:
            condition, a, b = expr.args
            branches = [self.emit(a, order), self.emit(b, order)]
            numbers = {x.value for x in branches if isinstance(x, Const)}
            if {x.kind for x in branches} & {"real", "int"} or numbers - {0, 1}:  # -1 beside a comparison is no truth
                branches = [self.real(x) for x in branches]
            result = apply("where", self.truth(condition, order), *branches)
            return apply("cast", result, kind="real") if result.kind in ("const", "bool") else result
        if function in (sp.floor, sp.Mod):
            above, below = sp.fraction(expr.args[0]) if function is sp.floor else expr.args
            return apply(
                "floordiv" if function is sp.floor else "mod", self.emit(above, order), self.emit(below, order)
            )
        if function is sp.log and expr.args[0].is_Add and sp.S.One in expr.args[0].args:
            small = expr.args[0] - 1
            if not isinstance(-small, sp.exp):  # 1 - e^x is -expm1(x), which is exact where e^x rounds to 1
                return apply("log1p", self.emit_real(small, order))
        if function in (fn.maximum, fn.minimum):
            a, b = (self.emit_real(x, order) for x in expr.args)
            return apply(FUNCTIONS[function], b, a) if a.kind == "const" else apply(FUNCTIONS[function], a, b)
        if function in (sp.Max, sp.Min):
            first, *rest = (self.emit_real(x, order) for x in expr.args)
            for other in rest:
                first = apply(FUNCTIONS[function], first, other)
            return first
        if function not in FUNCTIONS:
            raise SymnetError(f"the function '{function.__name__}' has no NumPy form")
        return apply(FUNCTIONS[function], *(self.emit_real(a, order) for a in expr.args))

    def comparison(self, expr: sp.Expr, order) -> Array:
        a, b = (self.emit(x, order) for x in expr.args)
        op, flipped = COMPARISONS[expr.func]
        if op == flipped:  # the larger array first, and positions last
            a, b = sorted((a, b), key=lambda x: (-len(x.indices), isinstance(x, Positions)))
        return apply(flipped, b, a, kind="bool") if a.kind == "const" else apply(op, a, b, kind="bool")

    def truth(self, condition: sp.Expr, order) -> Array:
        """A condition as booleans."""
        array = self.emit(condition, order)
        return array if array.kind == "bool" else apply("truth", array)

    def sum_of_terms(self, expr: sp.Expr, order) -> Array:
        terms = self.order.terms(sp.Add.make_args(expr))
        arrays = []
        if pair := expm1_pair(expr):  # c e^x - c without cancellation
            c, power = pair
            terms = [(negative, t) for negative, t in terms if t not in (c, -c, c * power, -c * power)]
            small = apply("expm1", self.emit_real(power.args[0], order))
            negative = c.could_extract_minus_sign()
            arrays.append((negative, products.assemble(-c if negative else c, [small], [])))
        arrays += [(negative, self.emit(t, order)) for negative, t in terms]
        if pair:
            arrays.sort(key=lambda a: a[0])
        return self.add(arrays)

    def add(self, arrays: Sequence[tuple[bool, Array]]) -> Array:
        """The sum of signed arrays, from left to right."""
        if len(arrays) == 2 and arrays[0][1] == const(1) and arrays[1][0] and arrays[1][1].kind == "bool":
            return apply("not", arrays[1][1])
        whole = all(a.kind == "int" or (isinstance(a, Const) and a.value.is_integer) for _, a in arrays)
        if not whole:
            beside = any(
                a.kind == "real" for _, a in arrays
            )  # an array of the right dtype takes comparisons as they are
            arrays = [(negative, a if beside and a.kind == "bool" else self.real(a)) for negative, a in arrays]
            first = next((k for k, (_, a) in enumerate(arrays) if a.kind == "real"), 0)
            if any(a.kind == "bool" for _, a in arrays[:first]):  # a number and a comparison are an integer
                arrays.insert(0, arrays.pop(first))
        (negative, total), *rest = arrays
        if negative:
            total = apply("neg", total)
        for negative, array in rest:
            total = apply("sub" if negative else "add", total, array)
        return total

    # -- reductions -----------------------------------------------------------------------------------------------
    def reduction(self, expr: Reduction, order) -> Array:
        body, over = expr.open()
        if expr.op == "sum":
            from symnet.codegen.contract import lower_sum

            return lower_sum(self, body, over, order)
        if expr.op == "logsumexp":
            raise SymnetError("a logsumexp has not been made stable")
        if expr.op == "prod" and len(over) == 1:
            others = self._others(body, over[0], order)
            if others is not None:
                return others
        missing = [i for i in over if i not in free_indices(body)]
        if missing and expr.op == "prod":
            count = sp.Mul(*(i.size for i in missing))
            return self.emit(Reduction("prod", body**count, tuple(i for i in over if i not in missing)), order) \
                if len(missing) < len(over) else self.emit(body**count, order)  # fmt: skip
        array = self.body(body, over, order)
        if expr.op in ("argmax", "argmin"):
            return self._argument(expr.op, array, over, order)
        return self.reduce(expr.op, array, over, order)

    def body(self, body: sp.Expr, over: Sequence[Index], order) -> Array:
        """The body of a reduction as a real array with every bound index as a dimension."""
        inner = self.order.natural(body, over, order)
        array = self.emit_real(body, inner)
        if any(i not in array.indices for i in over):  # a variable that is the same along an axis is stored without it
            return Full(tuple(inner), "real", array)
        return array

    def full(self, expr: sp.Expr, over: Sequence[Index], order) -> Array:
        """An operand of a contraction: a real array with just its indices as dimensions."""
        inner = self.order.natural(expr, over, order)
        array = self.emit_real(expr, inner)
        return without_ones(array) if set(inner) == set(array.indices) else array

    def reduce(self, op: str, array: Array, over: Iterable[Index], order) -> Array:
        """``op`` over the dimensions of ``over``; they are kept where that aligns the result."""
        over = set(over)
        axes = tuple(k for k, i in enumerate(array.layout) if i in over)
        kept = tuple(None if k in axes else i for k, i in enumerate(array.layout))
        rest = tuple(i for k, i in enumerate(array.layout) if k not in axes)
        target = aligned_layout([i for i in rest if i is not None], order)
        keep = None in target and stripped(kept) == target
        result = Reduce(kept if keep else rest, array.kind, op, array, axes, keep)
        return align(result, order)

    def _argument(self, op: str, array: Array, over: Sequence[Index], order) -> Array:
        """The flat position of the largest element, first one at ties."""
        array = without_ones(array)
        if len(over) == 1:
            axis = array.layout.index(over[0])
            rest = tuple(i for i in array.layout if i != over[0])
            return align(Reduce(rest, "int", op, array, (axis,), False), order)
        rest = tuple(i for i in array.layout if i not in over)
        array = ordered(array, (*rest, *over))
        flat = Flat((*rest, over[0]), array.kind, array, len(over))
        return align(Reduce(rest, "int", op, flat, (len(rest),), False), order)

    def _others(self, body: sp.Expr, bound: Index, order) -> Array | None:
        """prod over c' of [c' = c ? 1 : b[c']]: the product of the others, from both sides, right also with zeros."""
        if not (isinstance(body, fn.where) and body.args[1] == 1 and isinstance(body.args[0], fn.eq)):
            return None
        a, b = body.args[0].args
        free = b if a == bound else a
        if bound not in (a, b) or not isinstance(free, Index) or free in free_indices(body.args[2]):
            return None
        if free in self.counters or not reading.same_size(free.size, bound.size):
            return None
        inner = self.order.natural(body.args[2], (bound,), tuple(i for i in order if i != free))
        array = without_ones(self.emit_real(body.args[2], inner))
        axis = array.layout.index(bound)
        layout = tuple(free if i == bound else i for i in array.layout)
        return align(OthersProduct(layout, "real", array, axis), order)

    # -- positions ------------------------------------------------------------------------------------------------
    def positions(self, sub: sp.Expr, order: Sequence[Index]) -> Array:
        """A subscript as an array of integer positions over ``order``."""
        array = self.emit(sub, order)
        if array.kind not in ("int", "const"):
            raise SymnetError("an array is read at positions that are not integers")
        return array
