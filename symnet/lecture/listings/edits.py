"""Small edits of a NumPy expression: what a slip of the pen changes, most likely first."""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from symnet.lecture.listings.syntax import dotted


def edits(
    value: ast.expr, gradients: dict[str, str], names: Sequence[str], factors: Sequence[str]
) -> Iterator[ast.expr]:
    """Expressions one edit away from ``value``.

    ``gradients`` maps gradient names to their targets, ``names`` are arrays that may have been meant, ``factors``
    expressions such as 'N' by which the value may be off.
    """
    seen = {ast.dump(value)}
    for make in (_signs, products, _axes, _constants, _operators, _letters, _squares):
        for new in make(value):
            yield from _fresh(new, seen)
    for f in factors:
        yield from _fresh(ast.BinOp(value, ast.Div(), _expr(f)), seen)
        yield from _fresh(ast.BinOp(_expr(f), ast.Mult(), value), seen)
    for new in _missing(value, gradients, names):
        yield from _fresh(new, seen)
    for new in _names(value, names):
        yield from _fresh(new, seen)


def _fresh(new: ast.expr, seen: set[str]) -> Iterator[ast.expr]:
    new = ast.fix_missing_locations(copy.deepcopy(new))
    key = ast.dump(new)
    if key not in seen:
        seen.add(key)
        yield new


def _expr(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


def _at(
    value: ast.expr, fits: Callable[[ast.AST], bool], change: Callable[[ast.AST], list[ast.expr]]
) -> Iterator[ast.expr]:
    """``value`` with one node changed, for every node that fits."""
    count = sum(fits(n) for n in ast.walk(value))
    for k in range(count):
        whole: Any = ast.Expression(copy.deepcopy(value))
        node = [n for n in ast.walk(whole.body) if fits(n)][k]
        for new in change(node):
            yield _Replace(node, new).replaced(whole) if node is not whole.body else new
            whole = ast.Expression(copy.deepcopy(value))
            node = [n for n in ast.walk(whole.body) if fits(n)][k]


class _Replace(ast.NodeTransformer):
    def __init__(self, old: ast.AST, new: ast.AST) -> None:
        self.old, self.new = old, new

    def replaced(self, whole: Any) -> Any:
        return self.visit(whole).body

    def visit(self, node: ast.AST) -> Any:
        return self.new if node is self.old else self.generic_visit(node)


def _signs(value: ast.expr) -> Iterator[ast.expr]:
    def change(node: ast.AST) -> list[ast.expr]:
        if isinstance(node, ast.UnaryOp):
            return [copy.deepcopy(node.operand)]
        assert isinstance(node, ast.BinOp)
        swapped = ast.BinOp(copy.deepcopy(node.right), ast.Sub(), copy.deepcopy(node.left))
        return [swapped, ast.BinOp(copy.deepcopy(node.left), ast.Add(), copy.deepcopy(node.right))]

    yield from _at(
        value,
        lambda n: (
            isinstance(n, ast.UnaryOp)
            and isinstance(n.op, ast.USub)
            or isinstance(n, ast.BinOp)
            and isinstance(n.op, ast.Sub)
        ),
        change,
    )
    yield ast.UnaryOp(ast.USub(), value)


def _is_product(n: ast.AST) -> bool:
    if isinstance(n, ast.BinOp) and isinstance(n.op, ast.MatMult):
        return True
    return (
        isinstance(n, ast.Call)
        and isinstance(n.func, ast.Attribute)
        and n.func.attr in ("dot", "matmul")
        and 1 <= len(n.args) <= 2
    )


def products(value: ast.expr) -> Iterator[ast.expr]:
    """The operands of one matrix product transposed and swapped."""

    def change(node: ast.AST) -> list[ast.expr]:
        found: list[ast.expr] = []
        if isinstance(node, ast.BinOp):
            a, b = node.left, node.right
        else:
            assert isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
            a, b = (node.func.value, node.args[0]) if len(node.args) == 1 else (node.args[0], node.args[1])

        def build(left: ast.expr, right: ast.expr) -> ast.expr:
            left, right = copy.deepcopy(left), copy.deepcopy(right)
            if isinstance(node, ast.BinOp):
                return ast.BinOp(left, ast.MatMult(), right)
            assert isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
            if len(node.args) == 1:
                return ast.Call(ast.Attribute(left, node.func.attr, ast.Load()), [right], [])
            return ast.Call(copy.deepcopy(node.func), [left, right], [])

        for x, y in ((a, b), (b, a)):
            for tx, ty in ((0, 0), (1, 0), (0, 1), (1, 1)):
                found.append(build(_turned(x) if tx else x, _turned(y) if ty else y))
        return found

    yield from _at(value, _is_product, change)


def _turned(node: ast.expr) -> ast.expr:
    if isinstance(node, ast.Attribute) and node.attr == "T":
        return node.value
    return ast.Attribute(node, "T", ast.Load())


def _axes(value: ast.expr) -> Iterator[ast.expr]:
    def fits(n: ast.AST) -> bool:
        return isinstance(n, ast.Call) and isinstance(n.func, ast.Attribute) and n.func.attr in ("sum", "mean", "max")

    def change(node: ast.AST) -> list[ast.expr]:
        found: list[ast.expr] = []
        assert isinstance(node, ast.Call)
        rest = [k for k in node.keywords if k.arg not in ("axis", "keepdims")]
        method = isinstance(node.func, ast.Attribute) and dotted(node.func.value) not in ("np", "numpy")
        args = [] if method else node.args[:1]
        for axis in (0, 1, -1, None):
            for keep in (False, True):
                keywords = list(rest)
                if axis is not None:
                    keywords.append(ast.keyword("axis", _expr(str(axis))))
                if keep:
                    keywords.append(ast.keyword("keepdims", ast.Constant(True)))
                found.append(ast.Call(copy.deepcopy(node.func), copy.deepcopy(args), keywords))
        if isinstance(node.func, ast.Attribute):
            other = copy.deepcopy(node)
            assert isinstance(other.func, ast.Attribute)
            other.func.attr = "mean" if other.func.attr == "sum" else "sum"
            found.append(other)
        return found

    yield from _at(value, fits, change)
    for text in ("axis=0", "axis=1, keepdims=True", "axis=0, keepdims=True", "axis=1", ""):
        call = _expr(f"np.sum(0, {text})")
        assert isinstance(call, ast.Call)
        call.args[0] = value
        yield call


def _constants(value: ast.expr) -> Iterator[ast.expr]:
    def fits(n: ast.AST) -> bool:
        return isinstance(n, ast.Constant) and isinstance(n.value, (int, float)) and not isinstance(n.value, bool)

    def change(node: ast.AST) -> list[ast.expr]:
        assert isinstance(node, ast.Constant) and isinstance(node.value, (int, float))
        v = node.value
        return [ast.Constant(k) for k in (1, 2, 0.5, 0, 3, 2 * v, v / 2) if k != v]

    yield from _at(value, fits, change)


def _operators(value: ast.expr) -> Iterator[ast.expr]:
    others: dict[type, list[type]] = {
        ast.Add: [ast.Sub],
        ast.Mult: [ast.Div, ast.MatMult],
        ast.Div: [ast.Mult],
        ast.MatMult: [ast.Mult],
    }

    def change(node: ast.AST) -> list[ast.expr]:
        assert isinstance(node, ast.BinOp)
        found: list[ast.expr] = []
        for op in others.get(type(node.op), []):
            found.append(ast.BinOp(copy.deepcopy(node.left), op(), copy.deepcopy(node.right)))
        if isinstance(node.op, (ast.Mult, ast.Div)):
            found.append(copy.deepcopy(node.left))
        if isinstance(node.op, (ast.Mult, ast.Add, ast.Sub)):
            found.append(copy.deepcopy(node.right))
        if isinstance(node.op, (ast.Add, ast.Sub)):
            found.append(copy.deepcopy(node.left))
        if isinstance(node.op, ast.Pow):
            found.append(copy.deepcopy(node.left))
        return found

    yield from _at(value, lambda n: isinstance(n, ast.BinOp), change)
    compare: dict[type, type] = {ast.Gt: ast.Lt, ast.Lt: ast.Gt, ast.GtE: ast.LtE, ast.LtE: ast.GtE}

    def turn(node: ast.AST) -> list[ast.expr]:
        assert isinstance(node, ast.Compare)
        return [ast.Compare(copy.deepcopy(node.left), [compare[type(node.ops[0])]()], copy.deepcopy(node.comparators))]

    yield from _at(value, lambda n: isinstance(n, ast.Compare) and type(n.ops[0]) in compare, turn)


def _letters(value: ast.expr) -> Iterator[ast.expr]:
    """Two letters of an einsum swapped."""

    def fits(n: ast.AST) -> bool:
        return isinstance(n, ast.Constant) and isinstance(n.value, str) and "->" in n.value

    def change(node: ast.AST) -> list[ast.expr]:
        assert isinstance(node, ast.Constant) and isinstance(node.value, str)
        t = node.value
        pairs = [
            (i, j) for i in range(len(t)) for j in range(i + 1, min(i + 4, len(t))) if t[i].isalpha() and t[j].isalpha()
        ]
        return [ast.Constant(t[:i] + t[j] + t[i + 1 : j] + t[i] + t[j + 1 :]) for i, j in pairs if t[i:j].isalpha()]

    yield from _at(value, fits, change)


def _squares(value: ast.expr) -> Iterator[ast.expr]:
    """A lost square."""

    def change(node: ast.AST) -> list[ast.expr]:
        return [ast.BinOp(_expr(dotted(node) or ""), ast.Pow(), ast.Constant(2))]

    yield from _at(value, lambda n: isinstance(n, ast.Name) and n.id != "np", change)


def _missing(value: ast.expr, gradients: dict[str, str], names: Sequence[str]) -> Iterator[ast.expr]:
    """A factor that was left out beside a gradient, as h * (1 - h), or in front of the whole."""
    words = [n for n in names if n not in gradients][:10]
    forms = ("{h} * (1 - {h})", "({h} > 0)", "(1 - {h} ** 2)", "{h}")

    def spots(n: ast.AST) -> bool:
        return dotted(n) in gradients

    def change(node: ast.AST) -> list[ast.expr]:
        g = dotted(node) or ""
        near = [gradients[g], *(w for w in words if w != gradients[g])]
        return [_expr(f"({g} * {form.format(h=h)})") for h in near[:4] for form in forms]

    yield from _at(value, spots, change)
    for h in words:
        for form in forms:
            yield ast.BinOp(value, ast.Mult(), _expr(form.format(h=h)))


def _names(value: ast.expr, names: Sequence[str]) -> Iterator[ast.expr]:
    def fits(n: ast.AST) -> bool:
        return dotted(n) in names

    def change(node: ast.AST) -> list[ast.expr]:
        return [_expr(n) for n in names[:14] if n != dotted(node) and "." not in n]

    yield from _at(value, fits, change)
