"""Small questions on the syntax of Python expressions."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

NUMPY = ("np", "numpy", "jnp", "xp", "math", "cp", "scipy.special", "special", "torch")


def steps_of(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements of a function one after another; a context, as of ``np.errstate``, only stands around some."""
    for stmt in body:
        if isinstance(stmt, ast.With):
            yield from steps_of(stmt.body)
        else:
            yield stmt


def is_full(node: ast.expr) -> bool:
    return isinstance(node, ast.Slice) and node.lower is None and node.upper is None and node.step is None


def is_new_axis(node: ast.expr) -> bool:
    if isinstance(node, ast.Constant) and node.value is None:
        return True
    return isinstance(node, ast.Attribute) and node.attr == "newaxis"


def integer_of(node: ast.expr | None) -> int | None:
    sign = 1
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        sign, node = -1, node.operand
    if isinstance(node, ast.Constant) and isinstance(node.value, int) and not isinstance(node.value, bool):
        return sign * node.value
    return None


def last_name(func: ast.expr) -> str:
    return func.attr if isinstance(func, ast.Attribute) else func.id if isinstance(func, ast.Name) else ""


def first_name(node: ast.expr) -> str:
    while isinstance(node, ast.Attribute) and node.attr == "T":
        node = node.value
    return dotted(node) or ""


def reads_names(node: ast.AST) -> bool:
    return any(isinstance(n, ast.Name) and n.id not in NUMPY for n in ast.walk(node))


def construct(node: ast.AST) -> str:
    words = re.sub(r"(?<!^)(?=[A-Z])", " ", type(node).__name__).lower()
    return f"a {words}"


def dotted(node: ast.AST) -> str | None:
    """w, self.w, grads.W1 (for grads['W1']); None for other expressions."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        inner = dotted(node.value)
        return f"{inner}.{node.attr}" if inner and node.attr not in ("T", "shape", "size", "ndim", "real") else None
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str):
        inner = dotted(node.value)
        return f"{inner}.{node.slice.value}" if inner else None
    return None
