"""Assignments of a listing: values bound to names, changes in place."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import Any

import sympy as sp

from symnet.ir import functions as fn
from symnet.ir.expr import Size
from symnet.lecture.listings.arrays import Arr, Clash, Dims, Unread, complement
from symnet.lecture.listings.bindings import Binding, Data, Group, Stop
from symnet.lecture.listings.expressions import OPERATORS, Expressions
from symnet.lecture.listings.statements import Line
from symnet.lecture.listings.syntax import is_full, last_name, reads_names

Items = Sequence[Arr | None]  # what stands between the brackets; None for all places of an axis
Bit = Callable[[Sequence[sp.Expr]], sp.Expr]  # 1 at the places that are changed, 0 at the others


class Assignments(Expressions):
    """Assignments to names and to entries: new bindings, and changes of what stands there."""

    def right_side(self, expr: ast.expr, line: Line) -> Any:
        """The value of an expression; data that are made up or loaded are inputs."""
        if isinstance(expr, ast.Tuple) and len(line.names) == len(expr.elts):
            return [self._data(e, name) for e, name in zip(expr.elts, line.names)]
        return self._data(expr, line.names[0] if len(line.names) == 1 else "")

    def _data(self, expr: ast.expr, name: str) -> Any:
        value = self.value(expr)
        if isinstance(value, list) and value and all(isinstance(v, Arr) for v in value) and isinstance(expr, ast.List):
            value = self.stacked(value)
        if isinstance(value, Arr):
            fixed = isinstance(expr, ast.Call) and last_name(expr.func) in (
                "zeros",
                "ones",
                "full",
                "empty",
                "zeros_like",
            )
            constant = isinstance(expr, (ast.Constant, ast.UnaryOp, ast.List)) and not reads_names(expr)
            if (fixed or constant) and name in self.program.parameters and not self.program.is_gradient(name):
                return Data(value.dims)
            drawn = {last_name(c.func) for c in ast.walk(expr) if isinstance(c, ast.Call)} & _RANDOM
            chosen = isinstance(expr, ast.Subscript) and drawn <= _DRAWN_LABELS  # np.eye(C)[rng.integers(C, size=N)]
            if (
                drawn
                and not chosen
                and (value.binding is None or isinstance(value.binding, Binding) and value.binding.kind != "labels")
            ):
                return Data(value.dims)
            if (
                isinstance(expr, ast.Call)
                and last_name(expr.func) in ("array", "asarray")
                and not reads_names(expr.args[0])
            ):
                return Data(value.dims)
            if value.size is not None and name and not isinstance(expr, ast.Subscript):
                number = value.size
                if number.is_Integer and number > 1 and name not in self.program.parameters:
                    size = Size(name)
                    self.values.setdefault(int(number), size)
                    return Arr((), lambda subs: size, size=size)
        return value

    def assign(self, target: ast.expr, value: Any, line: Line) -> None:
        if isinstance(target, (ast.Tuple, ast.List)):
            if isinstance(value, Binding) and value.dims is None:
                for part in target.elts:
                    name = self.key(part) or "part"
                    if self.scope.get(name) is None:  # x, w, b = cache: names of the forward pass stay what they are
                        self.assign(part, self.unknown(name, line), line)
                return
            parts = self.unpacked(value, len(target.elts))
            for part, v in zip(target.elts, parts):
                self.assign(part, v, line)
            return
        key = self.key(target)
        if key is None:
            if isinstance(target, ast.Subscript):
                self.put(target, self.arr(value), "set", line)
                return
            raise Unread("assignment to " + type(target).__name__.lower())
        if key == "_":
            return
        self.bind(key, value, line)

    def bind(self, key: str, value: Any, line: Line, before: Binding | None = None, change: str = "") -> Any:
        if isinstance(value, Data):
            binding = self.new(key, None, line)
            binding.dims = self.commented(value.dims, line)
            self.scope.values[key] = self.named(binding)
        elif isinstance(value, Binding) and value.dims is None:
            spec = line.shape.get(key)
            if spec is not None:
                value.dims = tuple(map(self.dim, spec))
            if value.name != key:
                value.name = key if value.line is line else value.name
            self.scope.values[key] = value
        elif isinstance(value, Arr):
            alias = isinstance(value.binding, Binding) and value.binding.kind == "labels"
            if alias or value.size is not None and isinstance(value.size, Size) and value.dims == ():
                self.scope.values[key] = value
                return value
            self.commented(value.dims, line, key)
            binding = self.new(key, value, line)
            binding.before, binding.change = before, change
            self.scope.values[key] = self.named(binding)
        elif isinstance(value, Group):
            for name, item in value.items.items():
                self.scope.values[f"{key}.{name}"] = item
            self.scope.values[key] = value
        else:
            self.scope.values[key] = value
        return self.scope.values[key]

    def commented(self, dims: Dims, line: Line, key: str = "") -> Dims:
        """A shape written beside the statement, unified with the one found."""
        spec = line.shape.get(key or (line.names[0] if line.names else ""))
        if spec is None:
            return dims
        if len(spec) != len(dims):
            if self.strict == 2 and not line.gradient:
                raise Stop
            return dims
        for a, b in zip(dims, spec):
            if not self.sizes.same(a, self.dim(b)) and self.sizes(a) == 1:
                pass
        return dims

    def augment(self, stmt: ast.AugAssign, line: Line) -> None:
        value = self.arr(self.value(stmt.value))
        op = OPERATORS.get(type(stmt.op))
        if op is None:
            raise Unread(f"operator {type(stmt.op).__name__}")
        key = self.key(stmt.target)
        if key is None:
            if isinstance(stmt.target, ast.Subscript):
                self.put(stmt.target, value, type(stmt.op).__name__, line)
                return
            raise Unread("assignment to " + type(stmt.target).__name__.lower())
        old = self.arr(self.lookup(key), ("same", value.dims))
        new = self.sizes.elementwise(op, old, value)
        if new.rank != old.rank or any(self.sizes(a) != self.sizes(b) for a, b in zip(new.dims, old.dims)):
            raise Clash(
                f"an array of shape {self.sizes.shape(old.dims)} is changed in place by {self.sizes.shape(value.dims)}"
            )
        if line.update:
            self.note_read(old)
            return  # a parameter keeps its value: the listing's formulas are about one step
        change = "scale" if isinstance(stmt.op, (ast.Mult, ast.Div)) else "add"
        self.bind(key, new, line, getattr(old, "binding", None), change)

    def put(self, target: ast.Subscript, value: Arr, op: str, line: Line) -> None:
        """In-place change of entries: x[mask] = v, p[range(N), y] -= 1, x[:, 0] = v."""
        key = self.key(target.value)
        if key is None:
            raise Unread("assignment into an expression")
        old = self.arr(self.lookup(key))
        parts = target.slice.elts if isinstance(target.slice, ast.Tuple) else [target.slice]
        items = [None if is_full(p) else self.index_value(p) for p in parts]
        if not all(i is None or isinstance(i, Arr) for i in items) or any(
            isinstance(p, ast.Slice) and i is not None for p, i in zip(parts, items)
        ):
            raise Unread("assignment to a slice")
        if self._is_mask(items, old):
            change, anchor, bit = "mask", None, self._mask_bit(items[0], old)
        else:
            change = "index"
            anchor, bit = self._bit_of_places(items, old)
            if value.rank and (anchor is None or value.rank > 1):
                raise Unread("assignment of an array into a part")

        def entry(subs: Sequence[sp.Expr]) -> sp.Expr:
            if anchor is not None and value.rank == 1:
                return value.at([subs[anchor]])
            return self.sizes.read(value, subs)

        def at(subs: Sequence[sp.Expr]) -> sp.Expr:
            here, held, new = bit(subs), old.at(subs), entry(subs)
            if op == "Sub":
                return held - here * new
            if op == "Add":
                return held + here * new
            if op == "set":
                rest = held * complement(here) if not (here.is_Mul) else held * (1 - here)
                return rest if new == 0 else rest + here * new
            if op == "Mult":
                return held * complement(here) + held * here * new
            raise Unread(f"in-place {op}")

        if op not in ("Sub", "Add", "set", "Mult"):
            raise Unread(f"in-place {op}")
        self.bind(key, Arr(old.dims, at), line, getattr(old, "binding", None), change)

    def _is_mask(self, items: Items, old: Arr) -> bool:
        """x[mask]: an array of as many axes, and not of labels."""
        first = items[0] if len(items) == 1 else None
        return first is not None and first.rank == old.rank > 0 and not self.is_labels(first)

    def _mask_bit(self, mask: Arr | None, old: Arr) -> Bit:
        """1 where the mask is."""
        assert mask is not None
        for a, b in zip(mask.dims, old.dims):
            if not self.sizes.same(a, b):
                shapes = self.sizes.shape(mask.dims), self.sizes.shape(old.dims)
                raise Clash("a mask of shape {} for an array of shape {}".format(*shapes))
        return mask.at

    def _bit_of_places(self, items: Items, old: Arr) -> tuple[int | None, Bit]:
        """1 at the places that are changed, and the axis along which they are counted: that of range(N)."""
        if len(items) > old.rank:
            raise Clash(f"{len(items)} subscripts for an array of shape {self.sizes.shape(old.dims)}")
        if any(i is not None and i.rank > 1 for i in items):
            raise Unread("assignment at a matrix of positions")
        arrays = [(k, i) for k, i in enumerate(items) if i is not None and i.rank == 1]
        anchor = next((k for k, i in arrays if i.positions), None)
        if arrays and anchor is None:
            raise Unread("assignment at positions")
        for k, i in arrays:
            if k != anchor:
                self.as_labels(i, old.dims[k])
                if not self.sizes.same(i.dims[0], arrays[0][1].dims[0]):
                    raise Clash("index arrays of different lengths")
        counted = items[anchor] if anchor is not None else None
        if anchor is not None and counted is not None and not self.sizes.same(old.dims[anchor], counted.dims[0]):
            raise Clash(f"positions up to {self.sizes.shape(counted.dims)} in an axis of {self.sizes.shape(old.dims)}")

        def bit(subs: Sequence[sp.Expr]) -> sp.Expr:
            along = [subs[anchor]] if anchor is not None else []
            others = ((k, i) for k, i in enumerate(items) if i is not None and k != anchor)
            return sp.Mul(*(fn.eq(subs[k], i.at(along if i.rank else [])) for k, i in others))

        return anchor, bit


_DRAWN_LABELS = frozenset(("randint", "integers", "choice", "permutation"))
_RANDOM = _DRAWN_LABELS | frozenset("randn rand random normal uniform standard_normal random_sample binomial".split())
