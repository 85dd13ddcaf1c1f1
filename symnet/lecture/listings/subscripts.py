"""Subscripts of arrays: entries, slices, new axes, gathered rows."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import Any

import sympy as sp

from symnet.lecture.listings.arrays import Arr, Clash, Unread
from symnet.lecture.listings.bindings import Binding, Group
from symnet.lecture.listings.names import ANY1, ANY2, Names
from symnet.lecture.listings.syntax import integer_of, is_new_axis


class Subscripts(Names):
    """Entries, slices and gathered rows of arrays."""

    def index_value(self, node: ast.expr) -> Any:
        if isinstance(node, ast.Slice):
            return node
        if isinstance(node, ast.Constant) and node.value is None:
            return None
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) and isinstance(node.operand, ast.Constant):
            return -node.operand.value if isinstance(node.operand.value, int) else self.value(node)
        value = self.value(node)
        if isinstance(value, (Binding, list)):
            value = self.arr(value, ("rank", [ANY1]))
        return value

    def subscript(self, node: ast.Subscript) -> Any:
        value = self.value(node.value)
        parts = list(node.slice.elts) if isinstance(node.slice, ast.Tuple) else [node.slice]
        if isinstance(value, (list, Group)):
            if isinstance(value, Group):
                raise Unread("a dictionary by this key")
            k = integer_of(parts[0])
            if k is None or not -len(value) <= k < len(value):
                raise Clash("an axis that the array does not have") if k is not None else Unread("an element of a list")
            return value[k]
        if isinstance(value, Binding) and value.dims is None:
            ranks = sum(not is_new_axis(p) for p in parts)
            value = self.arr(value, ("rank", [("*",) * max(ranks, 1), *([ANY2] if ranks == 1 else [])]))
        a = self.arr(value)
        if not parts:
            return a  # x[()]
        items = [self.index_value(p) for p in parts]
        if any(isinstance(p, ast.Constant) and p.value is Ellipsis for p in parts):
            place = next(k for k, p in enumerate(parts) if isinstance(p, ast.Constant) and p.value is Ellipsis)
            missing = a.rank - sum(not is_new_axis(p) for p in parts) + 1
            items[place : place + 1] = [ast.Slice()] * missing
            parts[place : place + 1] = [ast.Slice()] * missing
        dims: list[sp.Expr] = []
        readers: list[Callable[[Sequence[sp.Expr]], sp.Expr]] = []
        gathered: list[tuple[int, Arr]] = []
        position = 0
        for part, item in zip(parts, items):
            if is_new_axis(part) or item is None:
                dims.append(sp.S.One)
                continue
            if position >= a.rank:
                raise Clash(f"{len(parts)} subscripts for an array of shape {self.sizes.shape(a.dims)}")
            d = a.dims[position]
            place = len(dims)
            if isinstance(item, ast.Slice):
                start, size = self.sliced(item, d)
                dims.append(size)
                readers.append(lambda subs, place=place, start=start: subs[place] + start)  # type: ignore[misc]
            elif isinstance(item, int) or (isinstance(item, Arr) and item.size is not None and item.size.is_Integer):
                k = item if isinstance(item, int) else integer_of(part)
                if k is None:
                    raise Unread("this position")
                at = sp.Integer(k) if k >= 0 else d + k
                readers.append(lambda subs, at=at: self.sizes(at))  # type: ignore[misc]
            elif isinstance(item, Arr) and item.rank == 0:
                k0 = integer_of(part)
                if k0 is None:
                    raise Unread("an element at a computed position")
                readers.append(lambda subs, k0=k0: sp.Integer(k0))  # type: ignore[misc]
            elif isinstance(item, Arr) and item.rank == 1:
                if gathered:
                    if not self.sizes.same(gathered[0][1].dims[0], item.dims[0]):
                        raise Clash("index arrays of different lengths")
                    place = gathered[0][0]
                else:
                    dims.append(item.dims[0])
                    gathered.append((place, item))
                if item.positions:
                    if not self.sizes.same(item.dims[0], d) and len(items) > 1:
                        raise Clash(
                            f"positions up to {self.sizes.shape(item.dims)} in an axis of {self.sizes.shape(a.dims)}"
                        )
                elif isinstance(item.binding, Binding) and item.binding.value is None:
                    self.as_labels(item, d)
                else:
                    raise Unread("an array as subscript (a mask or computed positions)")
                readers.append(lambda subs, place=place, item=item: item.at([subs[place]]))  # type: ignore[misc]
            else:
                raise Unread("this subscript")
            position += 1
        for d in a.dims[position:]:
            place = len(dims)
            dims.append(d)
            readers.append(lambda subs, place=place: subs[place])  # type: ignore[misc]
        if a.rank and len(gathered) and any(isinstance(i, Arr) and i.rank == 1 for i in items[2:]):
            raise Unread("three index arrays")

        def at_all(subs: Sequence[sp.Expr]) -> sp.Expr:
            return a.at([sp.S.Zero if self.sizes(d) == 1 else r(subs) for r, d in zip(readers, a.dims)])

        return Arr(tuple(dims), at_all)

    def sliced(self, part: ast.Slice, d: sp.Expr) -> tuple[sp.Expr, sp.Expr]:
        """Start and length of a slice."""
        if part.step is not None:
            raise Unread("a slice with a step")
        start, stop = integer_of(part.lower), integer_of(part.upper)
        if part.lower is not None and start is None:
            lower = self.array(part.lower).size
        else:
            lower = sp.Integer(start or 0)
        if part.upper is None:
            upper: sp.Expr | None = d
        elif stop is not None:
            upper = sp.Integer(stop)
        else:
            upper = self.array(part.upper).size
        if lower is None or upper is None:
            raise Unread("a slice at computed positions")
        if lower.is_negative:
            lower = d + lower
        if upper.is_negative:
            upper = d + upper
        size = sp.expand(self.sizes(upper) - self.sizes(lower))
        if self.sizes(d) != self.sizes(upper) and not (self.sizes(d) - self.sizes(upper)).is_nonnegative:
            raise Unread("a slice that may end beyond its axis")
        if not size.is_positive and not (self.sizes(d) - 1 == size):
            raise Unread("a slice that may be empty")
        return lower, size
