"""The names of a listing: what they stand for, and which shape an input has."""

from __future__ import annotations

import ast
import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

import sympy as sp

from symnet.errors import SymnetError
from symnet.ir import functions as fn
from symnet.ir.expr import Access, Constant, Index, Size
from symnet.ir.graph import Node
from symnet.lecture.algebra.expressions import as_expr
from symnet.lecture.listings.arrays import Arr, Clash, Dimensions, Dims, Unread, scalar
from symnet.lecture.listings.bindings import Binding, Data, Function, Group, Scope, bindings_in
from symnet.lecture.listings.program import Program
from symnet.lecture.listings.statements import Line
from symnet.lecture.listings.syntax import dotted

MOST_NODES = 160
SMALL = 1.1e-4  # constants up to here are taken for safeguards such as eps
Spec = tuple[Any, ...]  # of a shape: sizes, or "*" for any
SCALAR_NAMES = re.compile(
    r"^(lr|learning_rate|rate|eta|alpha|step(_?size)?|eps(ilon)?|reg(ularization)?|lam(bda|bd)?_?|l2(_reg)?|momentum|mu_|"
    r"beta_?[12]|decay(_rate)?|p|keep_prob|drop(out)?(_prob)?|[nmNMtTkKC]|batch_size|num_\w+|n_\w+|epochs?|temperature|"
    r"tau|delta|margin|scale|wd|weight_decay|it|iteration|lmbda|lmbd|hp|dt)$"
)
_BIAS = re.compile(r"^(b|bias|bias_?\w*|b_?\w{1,3}|beta|gamma|mu|mean|var|b\[\d\])$")
_VECTOR = re.compile(r"^(w|theta|weights|v|u|a|beta|coef\w*)$")
ANY1: Spec = ("*",)
ANY2: Spec = ("*", "*")


class Names(ABC):
    """The names of a listing and their values; an input gets the shape that the reading picks when it is first used."""

    def __init__(self, program: Program, picks: Sequence[int] = (), strict: int = 2, exact: bool = True) -> None:
        self.program, self.picks, self.strict, self.exact = program, list(picks), strict, exact
        self.offsets: list[Dims] = []  # the shapes of offsets and scales so far
        self.options: list[int] = []
        self.sizes = Dimensions()
        self.bindings: list[Binding] = []
        self.versions: dict[str, int] = {}
        self.labels: set[str] = set()
        self.scope = Scope()
        self.assumed: dict[str, str] = {}
        self.reads: list[Binding] = []
        self.depth = 0
        self.values: dict[int, Size] = dict(program.sizes)
        self.line: Line | None = None

    def pick(self, count: int) -> int:
        k = len(self.options)
        self.options.append(count)
        if k >= len(self.picks):
            self.picks.append(0)
        return min(self.picks[k], count - 1)

    def dim(self, word: str) -> sp.Expr:
        """A size from a comment: a number or a name."""
        if word.isdigit():
            return self.literal(int(word))
        value = self.scope.get(word)
        if isinstance(value, Arr) and value.size is not None:
            return value.size
        return Size(word)

    def literal(self, number: int) -> sp.Expr:
        if number > 8:
            return self.values.setdefault(number, Size(str(number)))
        return sp.Integer(number)

    def is_labels(self, a: Arr) -> bool:
        return isinstance(a.binding, Binding) and a.binding.kind == "labels"

    def as_labels(self, a: Arr, below: sp.Expr) -> None:
        """An array that is read as positions holds labels."""
        b = a.binding
        if a.positions or a.size is not None or not isinstance(b, Binding):
            return
        if b.value is None and b.kind != "labels":
            b.kind, b.below = "labels", below

    def key(self, node: ast.AST) -> str | None:
        """The name that a target or a read stands for: w, self.w, grads.W1 for grads['W1']."""
        if isinstance(node, ast.Name):
            return node.id
        if isinstance(node, ast.Attribute):
            inner = self.key(node.value)
            if inner is None or node.attr in _ATTRIBUTES:
                return None
            return f"{inner}.{node.attr}"
        if (
            isinstance(node, ast.Subscript)
            and isinstance(node.slice, ast.Constant)
            and isinstance(node.slice.value, str)
        ):
            inner = self.key(node.value)
            return f"{inner}.{node.slice.value}" if inner else None
        if isinstance(node, ast.Starred):
            return self.key(node.value)
        return None

    def new(self, name: str, value: Arr | None, line: Line | None) -> Binding:
        if len(self.bindings) >= MOST_NODES:
            raise Unread("a listing of so many statements")
        version = self.versions[name] = self.versions.get(name, 0) + 1
        label = base = re.sub(r"\W", "_", name)
        k = 2
        while label in self.labels:
            label, k = f"{base}_{k}", k + 1
        self.labels.add(label)
        binding = Binding(name, version, label, value, value.dims if value else None, line)
        binding.reads = tuple(dict.fromkeys(self.reads))
        self.bindings.append(binding)
        return binding

    def unknown(self, name: str, line: Line | None = None) -> Binding:
        return self.new(name, None, line)

    def named(self, b: Binding) -> Arr:
        assert b.dims is not None
        return Arr(b.dims, lambda subs: Access(self.node_of(b), subs), binding=b)

    def lookup(self, key: str) -> Any:
        value = self.scope.get(key)
        if value is None and "." in key:
            owner, _, last = key.rpartition(".")
            group = self.scope.get(owner)
            if isinstance(group, Group) and last in group.items:
                return group.items[last]
            if owner.split(".")[0] not in ("np", "self"):
                value = self.scope.get(last)
        if value is None:
            value = self.program_input(key)
        for b in bindings_in(value):
            self.reads.append(b)
        return value

    def note_read(self, a: Arr) -> None:
        if isinstance(a.binding, Binding):
            self.reads.append(a.binding)

    def program_input(self, key: str) -> Any:
        """A name without a value: an input of the listing."""
        root = self.scope
        while root.around is not None:
            root = root.around
        size = self.program.named_sizes.get(key)
        if size is not None:
            made: Any = Arr((), lambda subs: size, size=size)
        else:
            made = self.unknown(key)
            spec = self.program.shapes.get(key)
            if spec is not None:
                made.dims = tuple(map(self.dim, spec))
                made.source = "the listing's comments"
                made = self.named(made)
        root.values[key] = made
        return made

    def arr(self, value: Any, *hints: tuple[str, Any]) -> Arr:
        """The value as an array; an input of open rank gets one now."""
        if isinstance(value, Arr):
            return value
        if isinstance(value, Data):
            b = self.new("random", None, None)
            b.dims = value.dims
            return self.named(b)
        if isinstance(value, Binding):
            if value.dims is None:
                self.settle(value, hints)
            self.scope_settled(value)
            return self.named(value)
        if isinstance(value, (int, float)):
            return self.number(value)
        if isinstance(value, list) and value:
            return self.stacked([self.arr(v) for v in value])
        if isinstance(value, Function):
            raise Unread(f"the function {value.name} used as an array")
        raise Unread("a value that is not an array")

    def scope_settled(self, b: Binding) -> None:
        scope: Scope | None = self.scope
        while scope is not None:
            for name, v in scope.values.items():
                if v is b:
                    scope.values[name] = self.named(b)
            scope = scope.around

    def settle(self, b: Binding, hints: Sequence[tuple[str, Any]]) -> None:
        """Pick the shape of an input."""
        own = self.program.target_of(b.name)
        target = self.scope.get(own) if own else None
        if isinstance(target, Binding) and target.dims is None:
            target = None
        options: list[Spec] = []
        scalar_like = bool(SCALAR_NAMES.match(b.name.rpartition(".")[2]))
        bias_like = bool(_BIAS.match(b.name.rpartition(".")[2]))
        if isinstance(target, Arr):
            options.append(tuple(target.dims))
        elif own is None and self.program.is_upstream(b.name) and self.program.output:
            out = self.scope.get(self.program.output)
            if isinstance(out, Arr):
                options.append(tuple(out.dims))
        line = self.line
        if line is not None and line.update and b.name in line.names:  # the state of an optimiser
            value = getattr(line.stmt, "value", line.stmt)
            near = [self.scope.get(n) for n in map(dotted, ast.walk(value)) if n and self.program.is_gradient(n)]
            options += [tuple(v.dims) for v in near if isinstance(v, Arr)]
        unit = next((what for kind, what in hints if kind == "unit" and what.unit), None)
        if not options and bias_like and unit is not None:
            size = unit.dims[unit.unit]
            options = [(size, sp.S.One), ()] if unit.unit == -2 else [(size,), (sp.S.One, size), ()]
        ranked = any(kind == "rank" for kind, _ in hints)
        if not options and (axes := self.program.ranks.get(b.name, 0)) > 2:
            options.append(("*",) * axes)
        if not options:
            if scalar_like:
                options.append(())
            for kind, what in hints:
                if kind == "same":
                    if bias_like and what:  # gamma and beta of one layer are alike
                        suffixes = [tuple(what[-k:]) for k in range(1, len(what))]
                        options += sorted(suffixes, key=lambda dims: dims not in self.offsets)
                    options.append(tuple(what))
                    if bias_like and len(what) == 2:
                        options += [(what[0], sp.S.One), (sp.S.One, what[1])]
                    if not bias_like and len(what) == 2:
                        options.append((what[-1],))
                elif kind == "rank":
                    options += what[::-1] if _VECTOR.match(b.name) else what
            if ranked and not scalar_like:
                pass
            elif bias_like:
                deep = self.program.ranks.get(b.name, 0) > 1
                options += [(sp.S.One, "*"), ANY2] if deep else []
                options += [ANY1, (sp.S.One, "*"), ("*", sp.S.One), ()]
            elif b.name[:1].isupper() or b.name.rpartition(".")[2][:1].isupper():
                options += [ANY2, ANY1, ()]
            else:
                options += [ANY2, ANY1, ()]
        options = list(dict.fromkeys(options))
        b.pick = len(self.options)
        chosen = options[self.pick(len(options))] if len(options) > 1 else options[0]
        b.dims = tuple(self.sizes.new() if d == "*" else d for d in chosen)
        if bias_like:
            self.offsets.append(b.dims)

    def unpacked(self, value: Any, count: int) -> list[Any]:
        if isinstance(value, Group):
            value = list(value.items.values())
        if isinstance(value, list):
            if len(value) != count:
                raise Clash(f"{len(value)} values for {count} names")
            return value
        if isinstance(value, Data):
            return [Data(value.dims[1:]) for _ in range(count)]
        raise Unread("unpacking of this value")

    def node_of(self, b: Binding) -> Node:
        """The node of a binding; every size must be known by now."""
        if b.node is None:
            if b.dims is None:
                self.settle(b, ())
            assert b.dims is not None
            axes = tuple(Index("ijklmn"[k % 6], self.sizes(d)) for k, d in enumerate(b.dims))
            subs = [sp.S.Zero if a.size == 1 else a for a in axes]
            try:
                expr = None if b.value is None else as_expr(b.value.at(subs))
            except TROUBLE as error:
                expr, b.value = None, None
                b.opaque, b.hides = str(error)[:80] or "this use of arrays", b.reads
            below = None if b.below is None else self.sizes(b.below)
            b.node = Node(b.label, axes, expr, b.kind, below)
        return b.node

    def array(self, node: ast.expr, *hints: tuple[str, Any]) -> Arr:
        return self.arr(self.value(node), *hints)

    def number(self, value: Any) -> Arr:
        if isinstance(value, bool):
            return scalar(int(value))
        if isinstance(value, int):
            if value > 8 and value in self.values:
                size = self.values[value]
                return Arr((), lambda subs: size, size=size)
            made = scalar(value)
            made.size = sp.Integer(value) if value > 0 else None
            if abs(value) > 10**9:
                raise Unread("a number so large")
            return made
        if isinstance(value, float):
            if value != value or abs(value) in (float("inf"),):
                raise Unread("an infinite number")
            if not self.exact and 0 < abs(value) <= SMALL:
                return scalar(0)
            if value == int(value) and abs(value) < 1e9:
                named = self.values.get(int(value)) if value > 8 else None
                if named is not None:
                    return Arr((), lambda subs: named)
                return scalar(int(value))
            rational = sp.Rational(repr(value))
            return scalar(rational if rational.q <= 16 else Constant(rational))
        raise Unread(f"the constant {value!r}"[:60])

    def size(self, d: sp.Expr) -> Arr:
        return Arr((), lambda subs: self.sizes(d), size=d)

    @abstractmethod
    def value(self, node: ast.expr) -> Any:
        """The value of an expression."""

    def stacked(self, parts: list[Arr]) -> Arr:
        """[a, b, c] as an array with one axis more."""
        inner = self.sizes.broadcast([p.dims for p in parts])
        if any(p.rank != len(inner) for p in parts):
            raise Clash("a list of arrays of different shapes")

        def at(subs: Sequence[sp.Expr]) -> sp.Expr:
            if subs[0].is_Integer:
                return parts[int(subs[0])].at(subs[1:])
            return sp.Add(*(fn.eq(subs[0], sp.Integer(k)) * p.at(subs[1:]) for k, p in enumerate(parts)))

        return Arr((sp.Integer(len(parts)), *inner), at)


_ATTRIBUTES = ("T", "shape", "size", "ndim", "real")
TROUBLE = (
    Unread, SymnetError, RecursionError, TypeError, ValueError, KeyError, IndexError, AttributeError, ArithmeticError,
    NotImplementedError,
)  # fmt: skip
