"""NumPy expressions as index expressions."""

from __future__ import annotations

import ast
import re
from abc import abstractmethod
from collections.abc import Callable
from typing import Any

import sympy as sp

from symnet.ir import functions as fn
from symnet.lecture.listings.arrays import Arr, Unread, complement, power, scalar
from symnet.lecture.listings.bindings import Binding, Function, Group, Scope
from symnet.lecture.listings.names import ANY1, ANY2
from symnet.lecture.listings.subscripts import Subscripts
from symnet.lecture.listings.syntax import NUMPY, construct, first_name, steps_of

INFINITE = 10**9  # stands for infinity: its exponential is beyond all numbers, that of its negative is 0
_WEIGHT = re.compile(r"^(self\.|params\.)?([wWU]\w{0,3}|theta\d?|weights?\w*|kernel)$")


class Expressions(Subscripts):
    """Expressions as arrays of index expressions; functions of the listing are put in."""

    def value(self, node: ast.expr) -> Any:
        self.depth += 1
        try:
            if self.depth > 200:
                raise Unread("nesting so deep")
            return self._value(node)
        finally:
            self.depth -= 1

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
            if key.split(".")[0] in NUMPY and self.scope.get(key.split(".")[0]) is None:
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
        raise Unread(construct(node))

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
        function = OPERATORS.get(type(node.op))
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
        ranks = ("rank", [ANY2, ANY1])
        both = self.arr(a, ranks), self.arr(b, ranks)
        result = self.sizes.matmul(*both, name=name)
        weights = [isinstance(e, ast.expr) and bool(_WEIGHT.search(first_name(e))) for e in (left, right)]
        if weights[0] != weights[1] and result.rank == 2:
            result.unit = -2 if weights[0] else -1
        return result

    def attribute(self, node: ast.Attribute) -> Any:
        value = self.value(node.value)
        if node.attr == "T":
            return self.sizes.transposed(self.arr(value, ("rank", [ANY2])))
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
            for stmt in steps_of(function.body):
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
            key, op = self.key(stmt.target), OPERATORS.get(type(stmt.op))
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

    @abstractmethod
    def call(self, node: ast.Call) -> Any:
        """The value of a call."""


def _size_of(op: ast.operator, a: sp.Expr, b: sp.Expr) -> sp.Expr | None:
    if isinstance(op, ast.Add):
        return a + b
    if isinstance(op, ast.Mult):
        return a * b
    if isinstance(op, ast.Sub):
        return a - b
    return None


OPERATORS: dict[type, Callable[..., sp.Expr]] = {
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
_BARE = ("range", "len", "sum", "max", "min", "abs", "float", "int", "pow")
