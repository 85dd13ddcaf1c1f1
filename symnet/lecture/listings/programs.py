"""The programs in a listing: its own statements, and each function that holds a gradient."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from dataclasses import replace

from symnet.lecture.listings.program import Program, is_loss
from symnet.lecture.listings.statements import Line, flatten, shape_in
from symnet.lecture.listings.syntax import dotted


def programs(tree: ast.Module, text: Sequence[str], context: Sequence[Line] = ()) -> list[Program]:
    """The module's own statements, then each function that speaks of gradients with the forward one it goes with."""
    lines = flatten(tree.body, text)
    found = [Program([*context, *lines])] if lines else []
    functions = [
        (f, owner)
        for f, owner in [
            *((s, None) for s in tree.body if isinstance(s, ast.FunctionDef)),
            *(
                (s, c)
                for c in tree.body
                if isinstance(c, ast.ClassDef)
                for s in c.body
                if isinstance(s, ast.FunctionDef)
            ),
        ]
    ]
    for k, (f, owner) in enumerate(functions):
        own = flatten(f.body, text)
        partner = _partner(f, owner, functions[:k]) if _backward(f) else None
        before: list[Line] = [
            *context,
            *(line for line in lines if line.number < f.lineno or isinstance(line.stmt, ast.FunctionDef)),
        ]
        shapes = _documented(f)
        output: str = ""
        cache: tuple[str, ...] = ()
        if partner is not None:
            shapes = {**_documented(partner), **shapes}
            forward = flatten(partner.body, text)
            output, cache = _returned(partner)
            if not output and (value := _unnamed(partner, name := "loss" if is_loss(partner.name) else "output")):
                output = name
                forward.append(Line(value, value.lineno, (output,)))
            variable = _variable(f) if _is_loss_of(partner, f) else ""
            if variable and (value := _unnamed(f, f"d{variable}")) is not None:
                own = [*own[:-1], Line(value, value.lineno, (f"d{variable}",))]
            before += [line for line in forward if not isinstance(line.stmt, ast.Return)]
        if owner is not None:
            init = [s for s in owner.body if isinstance(s, ast.FunctionDef) and s.name == "__init__" and s is not f]
            before = [line for s in init for line in flatten(s.body, text)] + before
        parameters = {a.arg for a in f.args.args}
        before = [line for line in before if not (isinstance(line.stmt, ast.FunctionDef) and line.stmt is f)]
        if partner is None:
            before = [line for line in before if not set(line.names) & parameters or owner is not None]
        program = Program([*(replace(b, own=False) for b in before), *own], shapes, output, f.name, cache=cache)
        if any(line.gradient for line in program.lines if line.own):
            found.append(program)
    return found


def _backward(f: ast.FunctionDef) -> bool:
    return bool(re.search(r"back|grad|bprop", f.name))


def _partner(f: ast.FunctionDef, owner: ast.ClassDef | None, before: Sequence[tuple]) -> ast.FunctionDef | None:
    """The forward function of a backward one."""
    same = [g for g, c in before if c is owner and not _backward(g) and g.name != "__init__"]
    for g in reversed(same):
        if _is_loss_of(g, f):
            return g
    stem = re.sub(r"_?(backward|backprop|bprop|back|grad(ient)?s?)_?", "", f.name)
    for g in reversed(same):
        if re.sub(r"_?(forward|fprop|fwd)_?", "", g.name) == stem:
            return g
    forward = [g for g in same if re.search(r"forward|fprop|fwd|__call__", g.name)]
    return forward[-1] if forward else same[-1] if len(same) == 1 else None


def _returned(f: ast.FunctionDef) -> tuple[str, tuple[str, ...]]:
    """The name of the first value that a function returns, and the names of a tuple that it returns next to it."""
    for stmt in reversed(f.body):
        if isinstance(stmt, ast.Return) and stmt.value is not None:
            values = stmt.value.elts if isinstance(stmt.value, ast.Tuple) else [stmt.value]
            cache: tuple[str, ...] = ()
            if len(values) == 2 and isinstance(values[1], ast.Tuple):
                cache = tuple(dotted(e) or "" for e in values[1].elts)
            return dotted(values[0]) or "", cache
    return "", ()


def _is_loss_of(loss: ast.FunctionDef, f: ast.FunctionDef) -> bool:
    """A loss with the arguments of ``f``."""
    return is_loss(loss.name) and [a.arg for a in loss.args.args] == [a.arg for a in f.args.args]


def _variable(f: ast.FunctionDef) -> str:
    """What ``grad_w(w, x)`` or ``grad(w, x)`` is the gradient by: the one named, or the weights; or empty."""
    parameters = [a.arg for a in f.args.args]
    named = f.name.rpartition("_")[2]
    return named if named in parameters else next((p for p in parameters if p in _WEIGHTS), "")


#: what a gradient is taken by, unless something else is said
_WEIGHTS = ("w", "W", "theta", "beta", "weights")


def _unnamed(f: ast.FunctionDef, name: str) -> ast.Assign | None:
    """``output = p @ v`` for a function that returns ``p @ v`` (and a cache) without giving it a name."""
    last = f.body[-1]
    if not isinstance(last, ast.Return) or last.value is None:
        return None
    pair = isinstance(last.value, ast.Tuple) and len(last.value.elts) == 2 and isinstance(last.value.elts[1], ast.Tuple)
    value = last.value.elts[0] if pair else last.value  # type: ignore[attr-defined]
    if not isinstance(value, (ast.BinOp, ast.UnaryOp, ast.Call)) or any(a.arg == name for a in f.args.args):
        return None
    return ast.copy_location(ast.Assign([ast.copy_location(ast.Name(name, ast.Store()), last)], value), last)


def _documented(f: ast.FunctionDef) -> dict[str, tuple[str, ...]]:
    """Shapes from a docstring: 'x: input of shape (N, D)'."""
    found: dict[str, tuple[str, ...]] = {}
    for row in (ast.get_docstring(f) or "").splitlines():
        m = re.match(r"\s*[-*]?\s*`?(\w+)`?\s*(?::|--|-|of shape|has shape)\s*(.*)", row)
        if m:
            shape = shape_in(m[2])
            if shape:
                found[m[1]] = shape
    return found
