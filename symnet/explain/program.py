"""The program of a page: forward and backward of the generated module, without what only checks the arguments."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from symnet.codegen.names import identifier

if TYPE_CHECKING:
    from symnet.derivation import Derivation

#: functions of the module that check arguments and give them back
CHECKS = frozenset(("_inputs", "_upstream", "_fits"))
#: the functions that a reader wants to see
MAIN = ("forward", "backward")
#: how the docstring of forward ends
CLOSING = 'and the cache for backward."""'


def program(derivation: Derivation) -> str:
    """The generated module; empty where the derivation is not of gradients."""
    if derivation.what != "gradient":
        return ""
    from symnet.codegen import module_source

    return module_source(derivation.op).rstrip() + "\n"


def listing(derivation: Derivation) -> str:
    """Forward and backward, with the functions that they call; the checks of arguments are left out."""
    source = program(derivation)
    functions = {f.name: f for f in ast.parse(source).body if isinstance(f, ast.FunctionDef)}
    lines = source.splitlines()
    shown = [name for name in MAIN if name in functions]
    calls = set().union(*(_read(functions[name].body) for name in shown)) & set(functions) - CHECKS
    shown = [name for name in functions if name in calls] + shown
    text = "\n\n\n".join(_unchecked(functions[name], lines) for name in shown) + "\n" if shown else ""
    return text.replace(CLOSING, f'{CLOSING[:-3]}\n\n{_shapes(derivation)}\n    """', 1)


def _shapes(derivation: Derivation) -> str:
    """The lines of a docstring that say the shapes of the inputs."""
    inputs = [(identifier(n.name), [i.label for i in n.axes]) for n in derivation.graph.inputs]
    return "\n".join(
        f"    {name}: " + (f"({axes[0]},)" if len(axes) == 1 else f"({', '.join(axes)})" if axes else "a number")
        for name, axes in inputs
    )


def _unchecked(function: ast.FunctionDef, lines: list[str]) -> str:
    """The text of a function without its checks, and without the names that only these read."""
    body = [s for s in function.body if not _is_check(s)]
    for k in range(len(body) - 1, -1, -1):
        if _assigns(body[k]) and not _assigns(body[k]) & _read(body[k + 1 :]):
            if _is_shape(body[k]):
                del body[k]
    left_out = {
        number
        for statement in function.body
        if statement not in body
        for number in range(statement.lineno, (statement.end_lineno or statement.lineno) + 1)
    }
    numbers = range(function.lineno, (function.end_lineno or function.lineno) + 1)
    return "\n".join(lines[n - 1] for n in numbers if n not in left_out)


def _is_check(statement: ast.stmt) -> bool:
    value = getattr(statement, "value", None)
    return isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id in CHECKS


def _is_shape(statement: ast.stmt) -> bool:
    """``n, d = x.shape``, ``n = x.shape[0]``"""
    value = getattr(statement, "value", None)
    inner = value.value if isinstance(value, ast.Subscript) else value
    return isinstance(inner, ast.Attribute) and inner.attr == "shape"


def _assigns(statement: ast.stmt) -> set[str]:
    return {n.id for n in ast.walk(statement) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}


def _read(body: list[ast.stmt]) -> set[str]:
    return {n.id for s in body for n in ast.walk(s) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}


__all__ = ["listing", "program"]
