"""NumPy statements as index expressions: one reading of a listing.

A Reading goes through the statements once.  Assigned arrays become bindings (later nodes of a graph), names that are
used without a value become inputs.  Where the text leaves something open, as the rank of an input, the reading *picks*;
:func:`readings` replays the listing with other picks until the shapes go together.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import sympy as sp

from symnet.errors import SymnetError
from symnet.ir import functions as fn
from symnet.ir.expr import Access, Constant, Index, Size
from symnet.ir.graph import Node
from symnet.lecture.algebra.expressions import as_expr
from symnet.lecture.listings.arrays import Arr, Clash, Dimensions, Dims, Unread, complement, power, scalar
from symnet.lecture.listings.program import Line, Program, dotted

MOST_READINGS, MOST_REPLAYS, MOST_NODES = 10, 400, 160
SMALL = 1.1e-4  # constants up to here are taken for safeguards such as eps
INFINITE = 10**9  # stands for infinity: its exponential is beyond all numbers, that of its negative is 0
Spec = tuple[Any, ...]  # of a shape: sizes, or "*" for any

_SCALAR = re.compile(
    r"^(lr|learning_rate|rate|eta|alpha|step(_?size)?|eps(ilon)?|reg(ularization)?|lam(bda|bd)?_?|l2(_reg)?|momentum|mu_|"
    r"beta_?[12]|decay(_rate)?|p|keep_prob|drop(out)?(_prob)?|[nmNMtTkKC]|batch_size|num_\w+|n_\w+|epochs?|temperature|"
    r"tau|delta|margin|scale|wd|weight_decay|it|iteration|lmbda|lmbd|hp|dt)$"
)
_BIAS = re.compile(r"^(b|bias|bias_?\w*|b_?\w{1,3}|beta|gamma|mu|mean|var|b\[\d\])$")
_NUMPY = ("np", "numpy", "jnp", "xp", "math", "cp", "scipy.special", "special", "torch")
_VECTOR = re.compile(r"^(w|theta|weights|v|u|a|beta|coef\w*)$")
_WEIGHT = re.compile(r"^(self\.|params\.)?([wWU]\w{0,3}|theta\d?|weights?\w*|kernel)$")
_ANY1: Spec = ("*",)
_ANY2: Spec = ("*", "*")


@dataclass(eq=False)
class Binding:
    """A value of a name: one node of the graph."""

    name: str
    version: int
    label: str
    value: Arr | None  # None for an input
    dims: Dims | None  # None while the rank of an input is open
    line: Line | None
    kind: str = "real"
    below: sp.Expr | None = None
    opaque: str = ""  # why the value is not known
    hides: tuple[Binding, ...] = ()  # what an unknown value may depend on
    reads: tuple[Binding, ...] = ()
    before: Binding | None = None  # the version that an in-place statement changed
    change: str = ""  # how: mask, scale, add, index
    node: Node | None = None
    source: str = ""  # where its shape is from
    pick: int = -1  # which choice of the reading gave its shape


@dataclass(eq=False)
class Function:
    """A def or a lambda of the listing."""

    name: str
    parameters: list[str]
    defaults: dict[str, ast.expr]
    body: list[ast.stmt]
    scope: Scope


@dataclass(eq=False)
class Scope:
    """Names and their values; a function's scope looks into the one around it."""

    values: dict[str, Any] = field(default_factory=dict)
    around: Scope | None = None

    def get(self, name: str) -> Any:
        scope: Scope | None = self
        while scope is not None:
            if name in scope.values:
                return scope.values[name]
            scope = scope.around
        return None


@dataclass(frozen=True)
class Outcome:
    """What became of one statement."""

    line: Line
    names: tuple[str, ...] = ()
    bindings: tuple[Binding, ...] = ()
    clash: str = ""
    unread: str = ""
    function: Function | None = None


class Stop(Exception):
    """This reading does not fit."""


class Reading:
    """One pass over a program; ``picks`` are the choices to replay, ``options`` how many there were at each."""

    def __init__(self, program: Program, picks: Sequence[int] = (), strict: int = 2, exact: bool = True) -> None:
        self.program, self.picks, self.strict, self.exact = program, list(picks), strict, exact
        self.offsets: list[Dims] = []  # the shapes of offsets and scales so far
        self.options: list[int] = []
        self.sizes = Dimensions()
        self.bindings: list[Binding] = []
        self.versions: dict[str, int] = {}
        self.labels: set[str] = set()
        self.scope = Scope()
        self.outcomes: list[Outcome] = []
        self.assumed: dict[str, str] = {}
        self.reads: list[Binding] = []
        self.depth = 0
        self.values: dict[int, Size] = dict(program.sizes)
        self.frozen = False
        self.line: Line | None = None
        self.exhausted = False  # every other choice was tried, too

    # -- the pass -------------------------------------------------------------------------------------------------
    def run(self) -> Reading:
        for line in self.program.lines:
            self.line = line
            if line.gradient and not self.frozen:
                self.sizes.freeze()
                self.frozen = True
            self.outcomes.append(self.statement(line))
        return self

    @property
    def dull(self) -> bool:
        """Is a gradient that comes from outside a mere number here?"""
        return any(
            b.value is None and b.dims == () and self.program.is_upstream(b.name) and b.name[:1] == "d"
            for b in self.bindings
        )

    def pick(self, count: int) -> int:
        k = len(self.options)
        self.options.append(count)
        if k >= len(self.picks):
            self.picks.append(0)
        return min(self.picks[k], count - 1)

    def statement(self, line: Line) -> Outcome:
        self.reads = []
        start = len(self.bindings)
        names = line.names
        try:
            if line.skipped:
                raise Unread(line.skipped)
            function = self.execute(line)
            if self.strict == 2 and line.gradient:
                self.check_fit(line)
            made = tuple(b for b in self.bindings[start:] if b.line is line)
            return Outcome(line, names, made, function=function)
        except Clash as error:
            if self.strict == 2 or (self.strict == 1 and not line.gradient):
                raise Stop from None
            guessed = self.guessed(line)
            self.forget(line, f"shape clash in line {line.number}")
            made = tuple(b for b in self.bindings[start:] if b.line is line)
            if guessed is not None:
                why = f"its shape depends on {guessed.name}, which is not read: {guessed.opaque}"
                return Outcome(line, names, made, unread=why)
            return Outcome(line, names, made, clash=str(error))
        except Unread as error:
            reason = str(error)
        except (SymnetError, RecursionError) as error:
            reason = str(error) or "nesting too deep"
        except _TROUBLE:
            reason = "this use of arrays"
        self.forget(line, reason)
        return Outcome(line, names, tuple(b for b in self.bindings[start:] if b.line is line), unread=reason)

    def guessed(self, line: Line) -> Binding | None:
        """The first unread value that a statement depends on: a shape that was guessed for it proves nothing."""
        todo = [b for key in map(self.key, ast.walk(line.stmt)) if key for b in bindings_in(self.scope.get(key))]
        todo = [b for b in self.bindings if b in todo or b in self.reads]
        seen: set[int] = set()
        found: list[Binding] = []
        while todo:
            b = todo.pop()
            if id(b) in seen:
                continue
            seen.add(id(b))
            if b.opaque and not b.opaque.startswith("shape clash"):
                found.append(b)
            todo += [*b.reads, *b.hides, *((b.before,) if b.before is not None else ())]
        return min(found, key=self.bindings.index) if found else None

    def check_fit(self, line: Line) -> None:
        """A complete gradient has the shape of its target; otherwise this reading does not fit."""
        for name in line.names:
            if any(
                name in later.names for later in self.program.lines if later.number > line.number and later.gradient
            ):
                continue
            value = self.scope.get(name)
            targets = [
                b for _, x in self.program.meanings(name) for b in self.bindings if b.name == x and b.dims is not None
            ]
            if not isinstance(value, Arr) or not targets:
                continue
            mine = tuple(map(self.sizes, value.dims))
            if not any(_stretches(mine, tuple(map(self.sizes, b.dims or ()))) for b in targets):
                raise Stop(targets[-1].pick)

    def forget(self, line: Line, reason: str) -> None:
        """The names that a statement assigns have values that are not known."""
        hidden: list[Binding] = list(self.reads)
        for node in ast.walk(line.stmt):
            if isinstance(node, (ast.Name, ast.Attribute, ast.Subscript)):
                key = self.key(node)
                value = self.scope.get(key) if key else None
                hidden += [b for b in bindings_in(value) if b not in hidden]
        for name in line.names:
            value = self.scope.get(name)
            old = tuple(bindings_in(value))
            if isinstance(value, Function) or (isinstance(line.stmt, ast.FunctionDef)):
                self.scope.values.pop(name, None)
                continue
            binding = self.new(name, None, line)
            binding.opaque, binding.hides = reason, tuple(dict.fromkeys((*hidden, *old)))
            self.scope.values[name] = binding

    def execute(self, line: Line) -> Function | None:
        stmt = line.stmt
        if isinstance(stmt, ast.FunctionDef):
            function = self.function(stmt)
            self.scope.values[stmt.name] = function
            return function
        if isinstance(stmt, ast.Assign):
            if len(stmt.targets) == 1 and isinstance(stmt.value, ast.Lambda):
                key = self.key(stmt.targets[0]) or ""
                made = self.lambda_(key, stmt.value)
                self.scope.values[key] = made
                return made
            value = self.right_side(stmt.value, line)
            old = self.scope.get(line.names[0]) if len(line.names) == 1 else None
            if line.update:
                self.check_step(old, value)
                return None
            for target in stmt.targets:
                self.assign(target, value, line)
            self.link(old, line)
        elif isinstance(stmt, ast.AnnAssign):
            if stmt.value is not None:
                self.assign(stmt.target, self.right_side(stmt.value, line), line)
        elif isinstance(stmt, ast.AugAssign):
            self.augment(stmt, line)
        elif isinstance(stmt, ast.Return):
            if stmt.value is not None:
                self.scope.values["return"] = self.right_side(stmt.value, line)
                self.returned(stmt.value, line)
        elif isinstance(stmt, ast.Expr):
            pass
        else:
            raise Unread(type(stmt).__name__.lower())
        return None

    def check_step(self, old: Any, value: Any) -> None:
        """A step keeps the shape; the parameter keeps its value, for the formulas are about one step."""
        if isinstance(old, Arr) and isinstance(value, Arr):
            dims = self.sizes.broadcast([old.dims, value.dims])
            if len(dims) != old.rank or any(self.sizes(a) != self.sizes(b) for a, b in zip(dims, old.dims)):
                raise Clash(
                    f"a step of shape {self.sizes.shape(value.dims)} for an array of shape {self.sizes.shape(old.dims)}"
                )

    def link(self, old: Any, line: Line) -> None:
        """d = d * m goes on with the d before."""
        for was in bindings_in(old):
            for b in bindings_in(self.scope.get(line.names[0])):
                if b is not was and was in b.reads and b.line is line:
                    b.before, b.change = was, b.change or "scale"

    def returned(self, value: ast.expr, line: Line) -> None:
        """A returned expression that is no name gets the name 'return' for itself."""
        found = self.scope.values["return"]
        if isinstance(found, Arr) and found.binding is None:
            self.bind("return", found, line)

    # -- assignments ----------------------------------------------------------------------------------------------
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
            fixed = isinstance(expr, ast.Call) and _last(expr.func) in ("zeros", "ones", "full", "empty", "zeros_like")
            constant = isinstance(expr, (ast.Constant, ast.UnaryOp, ast.List)) and not _names(expr)
            if (fixed or constant) and name in self.program.parameters and not self.program.is_gradient(name):
                return Data(value.dims)
            drawn = {_last(c.func) for c in ast.walk(expr) if isinstance(c, ast.Call)} & _RANDOM
            chosen = isinstance(expr, ast.Subscript) and drawn <= _DRAWN_LABELS  # np.eye(C)[rng.integers(C, size=N)]
            if (
                drawn
                and not chosen
                and (value.binding is None or isinstance(value.binding, Binding) and value.binding.kind != "labels")
            ):
                return Data(value.dims)
            if isinstance(expr, ast.Call) and _last(expr.func) in ("array", "asarray") and not _names(expr.args[0]):
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

    def augment(self, stmt: ast.AugAssign, line: Line) -> None:
        value = self.arr(self.value(stmt.value))
        op = _OPERATORS.get(type(stmt.op))
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
        items = [None if _full(p) else self.index_value(p) for p in parts]
        if not all(i is None or isinstance(i, Arr) for i in items) or any(
            isinstance(p, ast.Slice) and i is not None for p, i in zip(parts, items)
        ):
            raise Unread("assignment to a slice")
        change = "index"
        if (
            len(items) == 1
            and items[0] is not None
            and items[0].rank == old.rank
            and old.rank > 0
            and not self.is_labels(items[0], parts[0])
        ):
            mask = items[0]
            for a, b in zip(mask.dims, old.dims):
                if not self.sizes.same(a, b):
                    raise Clash(
                        f"a mask of shape {self.sizes.shape(mask.dims)} "
                        f"for an array of shape {self.sizes.shape(old.dims)}"
                    )
            change = "mask"
            bit: Callable[[Sequence[sp.Expr]], sp.Expr] = mask.at
        else:
            if len(items) > old.rank:
                raise Clash(f"{len(items)} subscripts for an array of shape {self.sizes.shape(old.dims)}")
            if any(i is not None and i.rank > 1 for i in items):
                raise Unread("assignment at a matrix of positions")
            arrays = [(k, i) for k, i in enumerate(items) if i is not None and i.rank == 1]
            anchor = next((k for k, i in arrays if i.positions), None)
            if arrays and anchor is None and len(arrays) > 0:
                raise Unread("assignment at positions")
            for k, i in arrays:
                if k != anchor:
                    self.as_labels(i, old.dims[k])
                    if not self.sizes.same(i.dims[0], arrays[0][1].dims[0]):
                        raise Clash("index arrays of different lengths")
            held_at = items[anchor] if anchor is not None else None
            if anchor is not None and held_at is not None and not self.sizes.same(old.dims[anchor], held_at.dims[0]):
                raise Clash(
                    f"positions up to {self.sizes.shape(held_at.dims)} in an axis of {self.sizes.shape(old.dims)}"
                )

            def bit(subs: Sequence[sp.Expr]) -> sp.Expr:
                factors = []
                for k, i in enumerate(items):
                    if i is None or k == anchor:
                        continue
                    factors.append(fn.eq(subs[k], i.at([subs[anchor]] if i.rank and anchor is not None else [])))
                return sp.Mul(*factors)

            if value.rank and (anchor is None or value.rank > 1):
                raise Unread("assignment of an array into a part")
        positions = anchor if change == "index" else None

        def entry(subs: Sequence[sp.Expr]) -> sp.Expr:
            if positions is not None and value.rank == 1:
                return value.at([subs[positions]])
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

    def is_labels(self, a: Arr, part: ast.expr) -> bool:
        return isinstance(a.binding, Binding) and a.binding.kind == "labels"

    def as_labels(self, a: Arr, below: sp.Expr) -> None:
        """An array that is read as positions holds labels."""
        b = a.binding
        if a.positions or a.size is not None or not isinstance(b, Binding):
            return
        if b.value is None and b.kind != "labels":
            b.kind, b.below = "labels", below

    # -- names ----------------------------------------------------------------------------------------------------
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
        scalar_like = bool(_SCALAR.match(b.name.rpartition(".")[2]))
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
                options += [(sp.S.One, "*"), _ANY2] if deep else []
                options += [_ANY1, (sp.S.One, "*"), ("*", sp.S.One), ()]
            elif b.name[:1].isupper() or b.name.rpartition(".")[2][:1].isupper():
                options += [_ANY2, _ANY1, ()]
            else:
                options += [_ANY2, _ANY1, ()]
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

    # -- nodes ----------------------------------------------------------------------------------------------------
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
            except _TROUBLE as error:
                expr, b.value = None, None
                b.opaque, b.hides = str(error)[:80] or "this use of arrays", b.reads
            below = None if b.below is None else self.sizes(b.below)
            b.node = Node(b.label, axes, expr, b.kind, below)
        return b.node

    # -- expressions ----------------------------------------------------------------------------------------------
    def value(self, node: ast.expr) -> Any:
        self.depth += 1
        try:
            if self.depth > 200:
                raise Unread("nesting so deep")
            return self._value(node)
        finally:
            self.depth -= 1

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

    def _value(self, node: ast.expr) -> Any:
        if isinstance(node, ast.Constant):
            if isinstance(node.value, (int, float)):
                return self.number(node.value)
            return node.value if isinstance(node.value, str) else None
        key = self.key(node)
        if key is not None:
            if isinstance(node, ast.Name) and node.id in _BARE and self.scope.get(node.id) is None:
                return node
            if key in ("np.pi", "math.pi", "numpy.pi"):
                return scalar(sp.pi)
            if key in ("np.e", "math.e"):
                return scalar(sp.E)
            if key in ("np.newaxis", "numpy.newaxis"):
                return None
            if key in ("np.inf", "numpy.inf", "math.inf"):
                self.assumed[key] = f"tried as {INFINITE:.0e}"
                return scalar(INFINITE)
            if key.split(".")[0] in _NUMPY and self.scope.get(key.split(".")[0]) is None:
                return node
            return self.lookup(key)
        if isinstance(node, ast.BinOp):
            return self.binary(node)
        if isinstance(node, ast.UnaryOp):
            a = self.array(node.operand)
            if isinstance(node.op, ast.USub):
                return self.sizes.elementwise(lambda x: -x, a)
            if isinstance(node.op, ast.UAdd):
                return a
            return self.sizes.elementwise(complement, a)
        if isinstance(node, ast.Compare):
            if len(node.ops) != 1:
                raise Unread("a chained comparison")
            relation = _RELATIONS.get(type(node.ops[0]))
            if relation is None:
                raise Unread(f"comparison {type(node.ops[0]).__name__}")
            return self.sizes.elementwise(relation, *self.pair(node.left, node.comparators[0]))
        if isinstance(node, ast.Call):
            return self.call(node)
        if isinstance(node, ast.Attribute):
            return self.attribute(node)
        if isinstance(node, ast.Subscript):
            return self.subscript(node)
        if isinstance(node, (ast.Tuple, ast.List)):
            return [self.value(e) for e in node.elts]
        if isinstance(node, ast.Dict):
            items = {}
            for k, v in zip(node.keys, node.values):
                if not (isinstance(k, ast.Constant) and isinstance(k.value, str)):
                    raise Unread("this dictionary")
                items[k.value] = self.value(v)
            return Group(items)
        if isinstance(node, ast.Lambda):
            return self.lambda_("lambda", node)
        if isinstance(node, ast.IfExp):
            raise Unread("a conditional expression")
        raise Unread(_construct(node))

    def pair(self, left: ast.expr, right: ast.expr) -> tuple[Arr, Arr]:
        """Both operands of an elementwise operation; the one of known shape is a hint for the other."""
        a, b = self.value(left), self.value(right)
        if isinstance(a, Binding) and a.dims is None and not (isinstance(b, Binding) and b.dims is None):
            known = self.arr(b)
            return self.arr(a, ("same", known.dims), ("unit", known)), known
        known = self.arr(a)
        return known, self.arr(b, ("same", known.dims), ("unit", known))

    def binary(self, node: ast.BinOp) -> Arr:
        if isinstance(node.op, ast.MatMult):
            return self.product(node.left, node.right, "@")
        function = _OPERATORS.get(type(node.op))
        if function is None:
            raise Unread(f"operator {type(node.op).__name__}")
        a, b = self.pair(node.left, node.right)
        result = self.sizes.elementwise(function, a, b)
        if a.size is not None and b.size is not None:
            result.size = _size_of(node.op, a.size, b.size)
        return result

    def product(self, left: Any, right: Any, name: str) -> Arr:
        a = self.value(left) if isinstance(left, ast.expr) else left
        b = self.value(right) if isinstance(right, ast.expr) else right
        ranks = ("rank", [_ANY2, _ANY1])
        both = self.arr(a, ranks), self.arr(b, ranks)
        result = self.sizes.matmul(*both, name=name)
        weights = [isinstance(e, ast.expr) and bool(_WEIGHT.search(_first_name(e))) for e in (left, right)]
        if weights[0] != weights[1] and result.rank == 2:
            result.unit = -2 if weights[0] else -1
        return result

    def attribute(self, node: ast.Attribute) -> Any:
        value = self.value(node.value)
        if node.attr == "T":
            return self.sizes.transposed(self.arr(value, ("rank", [_ANY2])))
        if node.attr == "shape":
            a = self.arr(value)
            return [self.size(d) for d in a.dims]
        if node.attr == "size":
            return self.sizes.count_of(self.arr(value), None)
        if node.attr == "ndim":
            return scalar(self.arr(value).rank)
        if node.attr in ("real",):
            return value
        raise Unread(f"'.{node.attr}'")

    def size(self, d: sp.Expr) -> Arr:
        return Arr((), lambda subs: self.sizes(d), size=d)

    # -- subscripts -----------------------------------------------------------------------------------------------
    def index_value(self, node: ast.expr) -> Any:
        if isinstance(node, ast.Slice):
            return node
        if isinstance(node, ast.Constant) and node.value is None:
            return None
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) and isinstance(node.operand, ast.Constant):
            return -node.operand.value if isinstance(node.operand.value, int) else self.value(node)
        value = self.value(node)
        if isinstance(value, (Binding, list)):
            value = self.arr(value, ("rank", [_ANY1]))
        return value

    def subscript(self, node: ast.Subscript) -> Any:
        value = self.value(node.value)
        parts = list(node.slice.elts) if isinstance(node.slice, ast.Tuple) else [node.slice]
        if isinstance(value, (list, Group)):
            if isinstance(value, Group):
                raise Unread("a dictionary by this key")
            k = _integer(parts[0])
            if k is None or not -len(value) <= k < len(value):
                raise Clash("an axis that the array does not have") if k is not None else Unread("an element of a list")
            return value[k]
        if isinstance(value, Binding) and value.dims is None:
            ranks = sum(not _new_axis(p) for p in parts)
            value = self.arr(value, ("rank", [("*",) * max(ranks, 1), *([_ANY2] if ranks == 1 else [])]))
        a = self.arr(value)
        if not parts:
            return a  # x[()]
        items = [self.index_value(p) for p in parts]
        if any(isinstance(p, ast.Constant) and p.value is Ellipsis for p in parts):
            place = next(k for k, p in enumerate(parts) if isinstance(p, ast.Constant) and p.value is Ellipsis)
            missing = a.rank - sum(not _new_axis(p) for p in parts) + 1
            items[place : place + 1] = [ast.Slice()] * missing
            parts[place : place + 1] = [ast.Slice()] * missing
        dims: list[sp.Expr] = []
        readers: list[Callable[[Sequence[sp.Expr]], sp.Expr]] = []
        gathered: list[tuple[int, Arr]] = []
        position = 0
        for part, item in zip(parts, items):
            if _new_axis(part) or item is None:
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
                k = item if isinstance(item, int) else _integer(part)
                if k is None:
                    raise Unread("this position")
                at = sp.Integer(k) if k >= 0 else d + k
                readers.append(lambda subs, at=at: self.sizes(at))  # type: ignore[misc]
            elif isinstance(item, Arr) and item.rank == 0:
                k0 = _integer(part)
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
        start, stop = _integer(part.lower), _integer(part.upper)
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

    # -- calls ----------------------------------------------------------------------------------------------------
    def function(self, stmt: ast.FunctionDef) -> Function:
        a = stmt.args
        if a.vararg or a.kwarg:
            raise Unread("a function with *args")
        names = [p.arg for p in (*a.posonlyargs, *a.args, *a.kwonlyargs)]
        defaults = dict(zip([p.arg for p in (*a.posonlyargs, *a.args)][::-1], a.defaults[::-1]))
        defaults |= {p.arg: d for p, d in zip(a.kwonlyargs, a.kw_defaults) if d is not None}
        return Function(stmt.name, names, defaults, stmt.body, self.scope)

    def lambda_(self, name: str, node: ast.Lambda) -> Function:
        defaults = dict(zip([p.arg for p in node.args.args][::-1], node.args.defaults[::-1]))
        body: list[ast.stmt] = [ast.copy_location(ast.Return(node.body), node.body)]
        return Function(name, [p.arg for p in node.args.args], defaults, body, self.scope)

    def apply(self, function: Function, arguments: list[Any], keywords: dict[str, Any]) -> Any:
        """Inline a function of the listing."""
        self.depth += 8
        outer = self.scope
        try:
            if self.depth > 200:
                raise Unread(f"recursion in {function.name}")
            inner = Scope(dict(zip(function.parameters, arguments)), function.scope)
            inner.values.update(keywords)
            self.scope = inner
            for name in function.parameters:
                if name not in inner.values:
                    if name not in function.defaults:
                        raise Unread(f"{function.name} without its argument {name}")
                    inner.values[name] = self.value(function.defaults[name])
            for stmt in _steps(function.body):
                if isinstance(stmt, ast.Return):
                    if stmt.value is None:
                        raise Unread(f"{function.name}, which returns nothing")
                    return self.value(stmt.value)
                if isinstance(stmt, ast.Expr):
                    continue
                if not isinstance(stmt, (ast.Assign, ast.AugAssign)):
                    raise Unread(f"{type(stmt).__name__.lower()} inside the function {function.name}")
                self.local(stmt)
            raise Unread(f"{function.name}, which returns nothing")
        finally:
            self.scope = outer
            self.depth -= 8

    def local(self, stmt: ast.Assign | ast.AugAssign) -> None:
        """An assignment inside an inlined function: no node, only a value."""
        if isinstance(stmt, ast.AugAssign):
            key, op = self.key(stmt.target), _OPERATORS.get(type(stmt.op))
            if key is None or op is None:
                raise Unread("an in-place change inside a function")
            self.scope.values[key] = self.sizes.elementwise(op, self.arr(self.lookup(key)), self.array(stmt.value))
            return
        value = self.value(stmt.value)
        for target in stmt.targets:
            pairs = [(target, value)]
            if isinstance(target, ast.Tuple):
                pairs = list(zip(target.elts, self.unpacked(value, len(target.elts))))
            for t, v in pairs:
                key = self.key(t)
                if key is None:
                    raise Unread("an in-place change inside a function")
                self.scope.values[key] = v

    def call(self, node: ast.Call) -> Any:
        from symnet.lecture.listings.functions import call

        return call(self, node)

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


@dataclass(eq=False)
class Data:
    """Numbers that come from outside: an input of this shape."""

    dims: Dims


@dataclass(frozen=True)
class Generator:
    """A source of random numbers: ``np.random.default_rng(0)``."""


@dataclass(eq=False)
class Group:
    """A dictionary with constant keys."""

    items: dict[str, Any]


def bindings_in(value: Any) -> Iterator[Binding]:
    """The bindings that a value consists of."""
    if isinstance(value, Binding):
        yield value
    elif isinstance(value, Arr) and isinstance(value.binding, Binding):
        yield value.binding
    elif isinstance(value, list):
        for v in value:
            yield from bindings_in(v)
    elif isinstance(value, Group):
        for v in value.items.values():
            yield from bindings_in(v)


def readings(program: Program, out_of_time: Callable[[], bool], exact: bool = True) -> list[Reading]:
    """Readings of a program whose shapes go together, most natural first; at least one, with clashes if need be."""
    exhausted = True
    for strict in (2, 1, 0):
        picks: list[int] = []
        first: Reading | None = None
        for _ in range(MOST_REPLAYS):
            reading = Reading(program, picks, strict, exact)
            try:
                first = reading.run()
                break
            except Stop as stop:
                culprit = stop.args[0] if stop.args else -1
                if 0 <= culprit < len(reading.options) - 1 and reading.picks[culprit] + 1 < reading.options[culprit]:
                    reading.options[culprit + 1 :] = []  # the later choices are not to blame
                following = _next(reading)
            if following is None or out_of_time():
                exhausted = exhausted and following is None
                break
            picks = following
        else:
            exhausted = False
        if first is not None:
            found = [first, *_near(first, program, strict, exact, out_of_time)]
            for reading in found:
                reading.exhausted = exhausted
            return [r for r in found if not r.dull] or found
    return []


def _near(first: Reading, program: Program, strict: int, exact: bool, out_of_time: Callable[[], bool]) -> list[Reading]:
    """Readings that differ from the first in one pick (and what follows from it)."""
    found: list[Reading] = []
    for k, count in enumerate(first.options):
        for other in range(count):
            if other == first.picks[k] or len(found) >= MOST_READINGS or out_of_time():
                continue
            reading = Reading(program, [*first.picks[:k], other], strict, exact)
            try:
                found.append(reading.run())
            except Stop:
                pass
    return found


def _stretches(mine: Dims, its: Dims) -> bool:
    """Does a shape broadcast to another without repeating anything?"""
    pad = len(its) - len(mine)
    bare = [d for d in mine if d != 1] == [d for d in its if d != 1]
    return bare and pad >= 0 and all(m in (1, d) for m, d in zip(mine, its[pad:]))


def _next(reading: Reading) -> list[int] | None:
    picks = reading.picks[: len(reading.options)]
    while picks:
        if picks[-1] + 1 < reading.options[len(picks) - 1]:
            return [*picks[:-1], picks[-1] + 1]
        picks.pop()
    return None


def _size_of(op: ast.operator, a: sp.Expr, b: sp.Expr) -> sp.Expr | None:
    if isinstance(op, ast.Add):
        return a + b
    if isinstance(op, ast.Mult):
        return a * b
    if isinstance(op, ast.Sub):
        return a - b
    return None


def _steps(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements of a function one after another; a context, as of ``np.errstate``, only stands around some."""
    for stmt in body:
        if isinstance(stmt, ast.With):
            yield from _steps(stmt.body)
        else:
            yield stmt


def _full(node: ast.expr) -> bool:
    return isinstance(node, ast.Slice) and node.lower is None and node.upper is None and node.step is None


def _new_axis(node: ast.expr) -> bool:
    if isinstance(node, ast.Constant) and node.value is None:
        return True
    return isinstance(node, ast.Attribute) and node.attr == "newaxis"


def _integer(node: ast.expr | None) -> int | None:
    sign = 1
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        sign, node = -1, node.operand
    if isinstance(node, ast.Constant) and isinstance(node.value, int) and not isinstance(node.value, bool):
        return sign * node.value
    return None


def _last(func: ast.expr) -> str:
    return func.attr if isinstance(func, ast.Attribute) else func.id if isinstance(func, ast.Name) else ""


def _first_name(node: ast.expr) -> str:
    while isinstance(node, ast.Attribute) and node.attr == "T":
        node = node.value
    return dotted(node) or ""


def _names(node: ast.AST) -> bool:
    return any(isinstance(n, ast.Name) and n.id not in _NUMPY for n in ast.walk(node))


def _construct(node: ast.AST) -> str:
    words = re.sub(r"(?<!^)(?=[A-Z])", " ", type(node).__name__).lower()
    return f"a {words}"


_OPERATORS: dict[type, Callable[..., sp.Expr]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: a / b,
    ast.Pow: power,
    ast.BitAnd: lambda a, b: a * b,
    ast.BitOr: lambda a, b: a + b - a * b,
}
_RELATIONS: dict[type, Callable[..., sp.Expr]] = {
    ast.Gt: lambda a, b: fn.gt(a, b),
    ast.GtE: lambda a, b: fn.ge(a, b),
    ast.Lt: lambda a, b: fn.gt(b, a),
    ast.LtE: lambda a, b: fn.ge(b, a),
    ast.Eq: lambda a, b: fn.eq(a, b),
    ast.NotEq: lambda a, b: fn.ne(a, b),
}
_ATTRIBUTES = ("T", "shape", "size", "ndim", "real")
_DRAWN_LABELS = frozenset(("randint", "integers", "choice", "permutation"))
_RANDOM = _DRAWN_LABELS | frozenset("randn rand random normal uniform standard_normal random_sample binomial".split())
_TROUBLE = (
    Unread, SymnetError, RecursionError, TypeError, ValueError, KeyError, IndexError, AttributeError, ArithmeticError,
    NotImplementedError,
)  # fmt: skip
_BARE = ("range", "len", "sum", "max", "min", "abs", "float", "int", "pow")
