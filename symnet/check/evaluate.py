"""The reference interpreter: the value of an index expression, straight from its definition.

The value of an expression is a dense array over its free indices,

    (u[s])[i, j, ...]       = u at the position s(i, j, ...)          windows, gathers and diagonals alike
    (op_{r} body)[i, ...]   = op over r of body[i, ..., r]            bound indices are axes until they are reduced
    (f(a, b))[i, j, ...]    = f(a[i, ...], b[j, ...])                 broadcast by index, never by position

A read outside an array is NaN, and the branch that ``where`` does not take has no influence.  A bracket in a
product is a *strong* zero, after Iverson and Knuth: [false] times anything, be it NaN, is 0.  Generated code,
rewrites and gradients are all held against this file, so it does nothing clever.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy as sp

from symnet.check.arithmetic import Array, numbers_of
from symnet.check.sizes import extent, sizes_of
from symnet.errors import SymnetError
from symnet.ir import functions as fn
from symnet.ir.expr import Access, Constant, Index, Param, Reduction, Size, accesses, free_indices
from symnet.ir.graph import Graph, Node
from symnet.ir.recurrence import Steps, blocks

_FUNCTIONS = {
    sp.exp: "exp", sp.log: "log", sp.sin: "sin", sp.cos: "cos", sp.tan: "tan", sp.sinh: "sinh", sp.cosh: "cosh",
    sp.tanh: "tanh", sp.atan: "atan", sp.erf: "erf",
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Dense:
    """An array whose axes are the given indices, in that order."""

    array: Array
    axes: tuple[Index, ...]


class Interpreter:
    """Evaluates expressions over given values of nodes.

    ``values`` are arrays in the order of each node's axes.  With a ``batch`` index, a value of one dimension more than
    its node has carries the batch as its last axis, and so does everything computed from it: many points at once.
    """

    def __init__(
        self,
        values: Mapping[str, Any],
        sizes: Mapping[Size, int],
        params: Mapping[str, Any] | None = None,
        dtype: Any = np.float64,
        batch: Index | None = None,
    ) -> None:
        self.numbers = numbers_of(dtype)
        self.sizes, self.params, self.batch = dict(sizes), dict(params or {}), batch
        self.values = {name: self.numbers.array(value) for name, value in values.items()}
        self.memo: dict[sp.Expr, Dense] = {}
        self.steps: dict[Index, int] = {}  # inside a loop: the step that is computed
        self.rows: dict[str, dict[int, Array]] = {}  # the steps computed so far, by node
        self.shifts: dict[str, Array] = {}  # what is added to each step of a node, with the batch

    # -- from outside ---------------------------------------------------------------------------------------------
    def __call__(self, expr: sp.Expr, axes: Sequence[Index] = ()) -> Array:
        """``expr`` as an array over ``axes`` (and the batch, where it depends on that)."""
        with np.errstate(all="ignore"):
            dense = self.dense(sp.sympify(expr, strict=True))
        order = tuple(axes) + ((self.batch,) if self.batch in dense.axes else ())
        missing = [i for i in dense.axes if i not in order]
        if missing:
            raise SymnetError(f"the expression depends on index '{missing[0].label}', not an axis of the result")
        array = self._spread(dense, order)
        return np.broadcast_to(array, tuple(self.extent(i) for i in order)).copy()

    def define(self, nodes: Iterable[Node]) -> None:
        """Compute nodes in order and keep their values."""
        for block in blocks(nodes):
            if isinstance(block, Steps):
                self._loop(block)
                continue
            assert block.expr is not None
            self.values[block.name] = self(block.expr, block.axes)
            self.memo.clear()

    def _loop(self, loop: Steps) -> None:
        """Compute nodes that need each other step by step."""
        index, count = loop.index, self.extent(loop.index)
        rest = {n.name: tuple(i for i in n.axes if i != index) for n in loop.nodes}
        self.rows = {n.name: {} for n in loop.nodes}
        for node in loop.carried:
            assert node.carry is not None
            self.rows[node.name][count if loop.reverse else -1] = self(node.carry.before, rest[node.name])
        for step in reversed(range(count)) if loop.reverse else range(count):
            self.steps = {index: step}
            for node in loop.nodes:
                self.memo.clear()
                row = self(node.expr, rest[node.name])
                if node.name in self.shifts:
                    shift = self.shifts[node.name].take(step, axis=node.axes.index(index))
                    row = (row if row.ndim == shift.ndim else row[..., None]) + shift
                self.rows[node.name][step] = row
        rows, self.steps, self.rows = self.rows, {}, {}
        self.memo.clear()
        for node in loop.nodes:
            given = rows[node.name]
            steps = [given[k] for k in range(count)]
            axis = node.axes.index(index)
            self.values[node.name] = _stacked(steps, axis) if steps else np.zeros([self.extent(i) for i in node.axes])
            if node.carry is not None:
                self.values[before(node.name)] = given[count if loop.reverse else -1]

    def extent(self, index: Index) -> int:
        return extent(index.size, self.sizes)

    # -- the value of each kind of expression ---------------------------------------------------------------------
    def dense(self, expr: sp.Expr) -> Dense:
        """The value of ``expr`` over its free indices."""
        found = self.memo.get(expr)
        if found is None:
            found = self.memo[expr] = self._evaluate(expr)
        return found

    def _evaluate(self, expr: sp.Expr) -> Dense:
        if isinstance(expr, Access):
            return self._read(expr)
        if isinstance(expr, Index) and expr in self.steps:
            return Dense(self.numbers.array(self.steps[expr]), ())
        if isinstance(expr, Index):
            return Dense(self.numbers.array(np.arange(self.extent(expr))), (expr,))
        if isinstance(expr, Size):
            return Dense(self.numbers.array(extent(expr, self.sizes)), ())
        if isinstance(expr, Param):
            if expr.label not in self.params:
                raise SymnetError(f"the constant '{expr.label}' has no value")
            return Dense(self.numbers.array(self.params[expr.label]), ())
        if isinstance(expr, Constant):
            return Dense(self.numbers.constant(expr.value), ())
        if isinstance(expr, Reduction):
            return self._reduce(expr)
        if expr.is_number and not expr.args:
            return Dense(self.numbers.constant(expr), ())
        if isinstance(expr, sp.Add):
            return self._add(expr.args)
        if isinstance(expr, sp.Mul):
            return self._multiply(expr)
        if isinstance(expr, sp.Pow):
            return self._power(expr)
        return self._function(expr)

    def _read(self, access: Access) -> Dense:
        array, subs = self._at_step(access)
        if self.batch is not None and array.ndim == len(subs) + 1:
            subs = (*subs, self.batch)
        if array.ndim != len(subs):
            raise SymnetError(f"'{access.node.name}' has {array.ndim} axes and is read with {len(subs)} subscripts")
        plain = tuple(s for s in subs if isinstance(s, Index))
        if len(set(plain)) == len(subs) and tuple(map(self.extent, plain)) == array.shape:
            return Dense(array, plain)
        positions, axes = self._join([self.dense(s) for s in subs])
        inside, places = np.asarray(True), []
        for position, size in zip(positions, array.shape):
            real = self.numbers.real(position).astype(np.float64)
            valid = (real >= 0) & (real < size)  # False for NaN
            if np.any(valid & (real != np.round(real))):
                raise SymnetError(f"'{access.node.name}' is read between its entries: {access}")
            inside = inside & valid
            places.append(np.where(valid, real, 0).astype(np.intp))
        read = array[tuple(places)]
        return Dense(np.where(inside, read, self.numbers.array(np.nan)), axes)

    def _at_step(self, access: Access) -> tuple[Array, tuple[sp.Expr, ...]]:
        """The array that is read and its subscripts, without those that the step of a loop fixes."""
        name, carry, subs = access.node.name, access.node.carry, list(access.subs)
        along = -1 if carry is None else access.node.axes.index(carry.index)
        fixed = {k: self._position(s) for k, s in enumerate(subs) if self.steps and self._is_fixed(s)}
        if name in self.rows:
            k = access.node.axes.index(next(iter(self.steps)))
            array = self.rows[name].get(fixed.pop(k))
            del subs[k]
            fixed = {j - (j > k): p for j, p in fixed.items()}
        else:
            array = self.values.get(name)
            if array is not None and carry is not None and not isinstance(subs[along], Index):
                array = self._with_before(name, array, along, carry.reverse)
                if not carry.reverse:
                    subs[along] += 1
                    fixed = {j: p + (j == along) for j, p in fixed.items()}
        if array is None:
            raise SymnetError(f"'{name}' is read before it has a value")
        for k in sorted(fixed, reverse=True):
            if not 0 <= fixed[k] < array.shape[k]:
                raise SymnetError(f"'{name}' is read outside of its steps: {access}")
            array = np.asarray(array.take(fixed[k], axis=k), array.dtype)  # one entry of objects is no array
            del subs[k]
        return array, tuple(subs)

    def _is_fixed(self, sub: sp.Expr) -> bool:
        return bool(sub.free_symbols & set(self.steps)) and not accesses(sub) and free_indices(sub) <= set(self.steps)

    def _position(self, sub: sp.Expr) -> int:
        return extent(sub.xreplace({i: sp.Integer(k) for i, k in self.steps.items()}) + 1, self.sizes) - 1

    def _with_before(self, name: str, array: Array, axis: int, reverse: bool) -> Array:
        """All values of a carried node, the one before the first step included."""
        first = np.expand_dims(self.values[before(name)], axis)
        if first.ndim != array.ndim:
            first, array = (x if x.ndim == max(first.ndim, array.ndim) else x[..., None] for x in (first, array))
        shape = np.broadcast_shapes(*(x.shape[:axis] + x.shape[axis + 1 :] for x in (first, array)))
        parts = [np.broadcast_to(x, (*shape[:axis], x.shape[axis], *shape[axis:])) for x in (first, array)]
        return np.concatenate(parts[::-1] if reverse else parts, axis)

    def _reduce(self, part: Reduction) -> Dense:
        return self._fold_over(part.op, self.dense(part.body), part.over)

    def _fold_over(self, op: str, body: Dense, over: Sequence[Index]) -> Dense:
        rest = tuple(i for i in body.axes if i not in over)
        shape = tuple(self.extent(i) for i in rest)
        order = (*rest, *over)
        full = np.broadcast_to(self._spread(body, order), tuple(self.extent(i) for i in order))
        flat = full.reshape(*shape, math.prod(self.extent(i) for i in over))
        return Dense(self.numbers.array(self._over_last(op, flat)), rest)

    def _over_last(self, op: str, flat: Array) -> Array:
        if op in ("sum", "prod"):
            return (np.add if op == "sum" else np.multiply).reduce(flat, axis=-1)
        if op == "logsumexp":
            return self.numbers.logsumexp(flat)
        real = self.numbers.real(flat)
        position = np.asarray(np.argmax(real if op.endswith("max") else -real, axis=-1))
        if op.startswith("arg"):
            return position
        return np.take_along_axis(flat, position[..., None], axis=-1)[..., 0]

    def _add(self, terms: Sequence[sp.Expr]) -> Dense:
        """The sum; u - logsumexp u as (u - m) - log sum e^(u - m), which keeps its digits where u is large."""
        parts = [p for t in terms for p in self._lse_parts(t)]
        parts.sort(key=lambda part: part[1])
        return self._combine(lambda *arrays: sum(arrays[1:], arrays[0]), [dense for dense, _ in parts])

    def _lse_parts(self, term: sp.Expr) -> list[tuple[Dense, int]]:
        """A term, or the maximum and (to be added last) the logarithm that a logsumexp is made of."""
        sign, core = (-1, -term) if term.could_extract_minus_sign() else (1, term)
        if not (isinstance(core, Reduction) and core.op == "logsumexp"):
            return [(self.dense(term), 0)]
        peak = self.dense(Reduction("max", core.body, core.over))
        finite = np.isfinite(self.numbers.real(peak.array).astype(np.float64))
        peak = Dense(self.numbers.array(np.where(finite, peak.array, self.numbers.array(0))), peak.axes)
        shifted = [self.dense(core.body), peak]
        exponentials = self._combine(lambda x, m: self.numbers.apply("exp", x - m), shifted)
        total = self._fold_over("sum", exponentials, core.over)
        return [
            (Dense(self.numbers.array(sign * peak.array), peak.axes), 0),
            (Dense(self.numbers.array(sign * self.numbers.apply("log", total.array)), total.axes), 1),
        ]

    def _multiply(self, expr: sp.Mul) -> Dense:
        brackets = [a for a in expr.args if isinstance(a, fn.Bracket)]
        others = [a for a in expr.args if not isinstance(a, fn.Bracket)]
        if not brackets or not others:
            return self._apply(_product, expr.args)

        def strong_zero(value, holds):
            return np.where(self.numbers.real(holds) == 0, self.numbers.array(0), value * holds)

        arrays, axes = self._join([self._apply(_product, others), self._apply(_product, brackets)])
        return Dense(self.numbers.array(strong_zero(*arrays)), axes)

    def _power(self, expr: sp.Pow) -> Dense:
        base, exponent = expr.base, expr.exp
        if exponent == sp.Rational(1, 2):
            return self._apply(lambda x: self.numbers.apply("sqrt", x), (base,))
        if exponent == sp.Rational(-1, 2):
            one = self.numbers.array(1)
            return self._apply(lambda x: self.numbers.divide(one, self.numbers.apply("sqrt", x)), (base,))
        integer = int(exponent) if exponent.is_Integer else None
        return self._apply(lambda b, e: self.numbers.power(b, e, integer), (base, exponent))

    def _function(self, expr: sp.Expr) -> Dense:
        numbers, function = self.numbers, expr.func
        real = numbers.real
        if function in _FUNCTIONS:
            return self._apply(lambda x: numbers.apply(_FUNCTIONS[function], x), expr.args)
        rules: dict[Any, Callable[..., Any]] = {
            fn.sigmoid: numbers.sigmoid,
            fn.softplus: numbers.softplus,
            fn.maximum: numbers.maximum,
            fn.minimum: numbers.minimum,
            fn.absolute: numbers.absolute,
            fn.sign: numbers.sign,
            sp.Abs: numbers.absolute,
            sp.sign: numbers.sign,
            sp.Max: lambda first, *more: _fold(numbers.maximum, first, more),
            sp.Min: lambda first, *more: _fold(numbers.minimum, first, more),
            fn.where: lambda condition, a, b: np.where(real(condition) != 0, a, b),
            fn.gt: lambda a, b: numbers.indicator(real(a) > real(b)),
            fn.ge: lambda a, b: numbers.indicator(real(a) >= real(b)),
            fn.eq: lambda a, b: numbers.indicator(real(a) == real(b)),
            fn.ne: lambda a, b: numbers.indicator(real(a) != real(b)),
            sp.floor: lambda x: np.floor(real(x).astype(np.float64)),
            sp.ceiling: lambda x: np.ceil(real(x).astype(np.float64)),
            sp.Mod: lambda a, b: np.mod(real(a).astype(np.float64), real(b).astype(np.float64)),
        }
        if function not in rules:
            raise SymnetError(f"'{function.__name__}' can not be evaluated")
        return self._apply(rules[function], expr.args)

    # -- broadcasting by index ------------------------------------------------------------------------------------
    def _apply(self, function: Callable[..., Any], arguments: Iterable[sp.Expr]) -> Dense:
        return self._combine(function, [self.dense(a) for a in arguments])

    def _combine(self, function: Callable[..., Any], parts: Sequence[Dense]) -> Dense:
        arrays, axes = self._join(parts)
        result = self.numbers.array(function(*arrays))
        return Dense(np.broadcast_to(result, tuple(self.extent(i) for i in axes)), axes)

    def _join(self, parts: Sequence[Dense]) -> tuple[list[Array], tuple[Index, ...]]:
        axes = tuple(dict.fromkeys(i for part in parts for i in part.axes))
        return [self._spread(part, axes) for part in parts], axes

    def _spread(self, part: Dense, axes: tuple[Index, ...]) -> Array:
        """The array with its axes in the order of ``axes`` and axes of length 1 for those it lacks."""
        if part.axes == axes:
            return part.array
        array = part.array.transpose([part.axes.index(i) for i in axes if i in part.axes])
        return array.reshape([self.extent(i) if i in part.axes else 1 for i in axes])


def before(name: str) -> str:
    """Where the value before the first step of a carried node is kept."""
    return f"{name} before"


def _stacked(steps: Sequence[Array], axis: int) -> Array:
    """Steps as one array; the batch may move some of them only."""
    rank = max(x.ndim for x in steps)
    widened = [x if x.ndim == rank else x[..., None] for x in steps]
    return np.stack(np.broadcast_arrays(*widened), axis)


def _product(*factors: Any) -> Any:
    return math.prod(factors[1:], start=factors[0])


def _fold(function: Callable[[Any, Any], Any], first: Any, more: Iterable[Any]) -> Any:
    for other in more:
        first = function(first, other)
    return first


def evaluate(
    expr: sp.Expr,
    axes: Sequence[Index],
    values: Mapping[str, Any],
    sizes: Mapping[Size, int],
    params: Mapping[str, Any] | None = None,
    dtype: Any = np.float64,
) -> Array:
    """``expr`` as a dense array over ``axes``, at the given values of the nodes it reads.

    ``dtype`` is float64, complex128 (complex step) or object (50 digits).  Raises SymnetError where a node, a size or a
    constant has no value.
    """
    return Interpreter(values, sizes, params, dtype)(expr, axes)


def constants_of(graph: Graph, params: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The values of a graph's constants: its defaults, changed by ``params``."""
    known = {p.name: p.default for p in graph.parameters if isinstance(p.default, (int, float))}
    unknown = set(params or {}) - set(known)
    if unknown:
        raise SymnetError(f"{graph.name} has no constant '{sorted(unknown)[0]}'")
    return {**known, **(params or {})}


def run_graph(
    graph: Graph, inputs: Mapping[str, Any], params: Mapping[str, Any] | None = None, dtype: Any = np.float64
) -> dict[str, Array]:
    """The values of all nodes of ``graph``, inputs included; raises SymnetError naming an input that does not fit."""
    interpreter = Interpreter(inputs, sizes_of(graph, inputs), constants_of(graph, params), dtype)
    interpreter.define(graph.definitions)
    return interpreter.values


def downstream(graph: Graph, name: str) -> tuple[Node, ...]:
    """The nodes that depend on the node ``name``, in order."""
    changed = {name}
    for block in blocks(graph.definitions):
        nodes = block.nodes if isinstance(block, Steps) else (block,)
        if any(node.name != name and not changed.isdisjoint(node.reads) for node in nodes):
            changed |= {node.name for node in nodes}
    return tuple(node for node in graph.definitions if node.name in changed - {name})
