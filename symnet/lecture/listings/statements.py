"""The statements of a listing one after another: loops and branches laid flat, what is assigned, what comments say."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from symnet.lecture.listings.syntax import dotted

_SHAPE = re.compile(r"[(\[]\s*([A-Za-z_]\w*|\d+)\s*((?:(?:,|\s[x*]\s|x(?=\d))\s*(?:[A-Za-z_]\w*|\d+)\s*)*),?\s*[)\]]")
_PRINTING = ("print", "plt", "logger", "logging", "tqdm", "sns", "writer")


@dataclass(frozen=True, eq=False)
class Line:
    """One statement; ``own`` is False for what only gives context."""

    stmt: ast.stmt
    number: int
    names: tuple[str, ...] = ()
    shape: dict[str, tuple[str, ...]] = field(default_factory=dict)
    skipped: str = ""
    loops: tuple[ast.stmt, ...] = ()
    gradient: bool = False
    update: bool = False
    own: bool = True


def target_nodes(stmt: ast.stmt) -> list[ast.expr]:
    return stmt.targets if isinstance(stmt, ast.Assign) else [stmt.target] if hasattr(stmt, "target") else []


def flatten(body: Iterable[ast.stmt], text: Sequence[str], loops: tuple[ast.stmt, ...] = ()) -> list[Line]:
    """The statements of a block in order."""
    found: list[Line] = []
    for stmt in body:
        found += list(_lines(stmt, text, loops))
    return found


def _lines(stmt: ast.stmt, text: Sequence[str], loops: tuple[ast.stmt, ...]) -> Iterable[Line]:
    if isinstance(stmt, (ast.Assign, ast.AugAssign, ast.AnnAssign)):
        names = targets(stmt)
        yield Line(stmt, stmt.lineno, names, _commented(stmt, text, names), loops=loops)
    elif isinstance(stmt, ast.FunctionDef):
        yield Line(stmt, stmt.lineno, (stmt.name,), loops=loops)
    elif isinstance(stmt, ast.Return):
        yield Line(stmt, stmt.lineno, loops=loops)
    elif isinstance(stmt, (ast.For, ast.While)):
        why = _not_a_step(stmt)
        if why:
            yield Line(stmt, stmt.lineno, _assigned(stmt.body), skipped=why, loops=loops)
        else:
            yield from flatten(stmt.body, text, (*loops, stmt))
    elif isinstance(stmt, ast.With):
        yield from flatten(stmt.body, text, loops)
    elif isinstance(stmt, ast.Try):
        yield from flatten(stmt.body, text, loops)
    elif isinstance(stmt, ast.If):
        yield from _branch(stmt, text, loops)
    elif isinstance(stmt, ast.Expr) and isinstance(stmt.value, ast.Call):
        changed = _changes(stmt.value)
        if changed:
            yield Line(stmt, stmt.lineno, (changed,), skipped="a call that changes its argument", loops=loops)


def _branch(stmt: ast.If, text: Sequence[str], loops: tuple[ast.stmt, ...]) -> Iterable[Line]:
    strings = [n.value for n in ast.walk(stmt.test) if isinstance(n, ast.Constant) and isinstance(n.value, str)]
    if "__main__" in strings or any("train" in s for s in strings):
        yield from flatten(stmt.body, text, loops)
        return
    names = _assigned([*stmt.body, *stmt.orelse])
    if names:
        yield Line(stmt, stmt.lineno, names, skipped="a branch (if)", loops=loops)


def _not_a_step(stmt: ast.For | ast.While) -> str:
    """Why a loop is not a loop of equal training steps; empty where it is one."""
    own = {n.id for n in ast.walk(stmt.target) if isinstance(n, ast.Name)} if isinstance(stmt, ast.For) else set()
    for node in ast.walk(ast.Module(stmt.body, [])):
        if isinstance(node, ast.Subscript):
            if own & {n.id for n in ast.walk(node.slice) if isinstance(n, ast.Name)}:
                return "a loop over entries"
        if isinstance(node, (ast.Continue,)):
            return "a loop with continue"
    written: set[str] = set()
    everything = [s for s in stmt.body if not isinstance(s, ast.Expr)]
    assigned = set(_assigned(everything))
    gradients = {n for n in assigned if re.search(r"^d|grad", n.rpartition(".")[2])}
    for s in everything:
        if not isinstance(s, (ast.Assign, ast.AugAssign)):
            written |= set(_assigned([s]))
            continue
        reads = {k for k in map(dotted, ast.walk(s.value)) if k}
        if isinstance(s, ast.AugAssign):
            reads |= set(targets(s))
        carried = {n for n in reads & assigned if n not in written}
        if carried and not any(_step(n, s, everything, gradients) for n in carried):
            return "a loop that carries values from step to step"
        written |= set(targets(s))
    return ""


def _step(name: str, stmt: ast.stmt, body: list[ast.stmt], gradients: set[str]) -> bool:
    """Is a carried name a parameter, an optimiser's state or a running total?"""
    for s in body:
        if isinstance(s, (ast.Assign, ast.AugAssign)) and name in targets(s):
            reads = {k for k in map(dotted, ast.walk(s.value)) if k}
            if isinstance(s, ast.AugAssign) and isinstance(s.op, ast.Add):
                others = [t for t in body if t is not s for k in map(dotted, ast.walk(t)) if k == name]
                if not others:
                    return True
            near = {n for t in body if isinstance(t, (ast.Assign, ast.AugAssign)) and set(targets(t)) & reads
                    for n in map(dotted, ast.walk(t.value)) if n}  # fmt: skip
            if (reads | near) & gradients or isinstance(s, ast.AugAssign) and isinstance(s.op, ast.Sub):
                return True
    return False


def _changes(call: ast.Call) -> str:
    name = dotted(call.func) or ""
    first = dotted(call.args[0]) if call.args else None
    if name.split(".")[0] in _PRINTING:
        return ""
    out = next((dotted(k.value) for k in call.keywords if k.arg == "out"), None)
    if out:
        return out
    last = name.rpartition(".")[2]
    if last in ("at", "fill_diagonal", "put", "copyto", "shuffle"):
        return first or ""
    if last in ("fill", "sort", "append", "extend", "update", "pop", "insert") and "." in name:
        return name.rpartition(".")[0]
    return ""


def targets(stmt: ast.stmt) -> tuple[str, ...]:
    """The names that an assignment gives a value, those changed in place included."""
    found: list[str] = []

    def add(node: ast.expr) -> None:
        if isinstance(node, (ast.Tuple, ast.List)):
            for part in node.elts:
                add(part)
            return
        key = dotted(node)
        if key is None and isinstance(node, (ast.Subscript, ast.Starred)):
            add(node.value)
        elif key is not None:
            found.append(key)

    for target in target_nodes(stmt):
        add(target)
    return tuple(dict.fromkeys(found))


def _assigned(body: Iterable[ast.stmt]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for stmt in body:
        for node in ast.walk(stmt):
            if isinstance(node, (ast.Assign, ast.AugAssign, ast.AnnAssign)):
                found.update(dict.fromkeys(targets(node)))
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and _changes(node.value):
                found[_changes(node.value)] = None
    return tuple(found)


def _commented(stmt: ast.stmt, text: Sequence[str], names: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    if len(names) != 1 or not 0 < (stmt.end_lineno or 0) <= len(text):
        return {}
    code, mark, comment = text[(stmt.end_lineno or 1) - 1].partition("#")
    if not mark or code.count('"') % 2 or code.count("'") % 2:
        return {}
    shape = shape_in(comment)
    return {names[0]: shape} if shape else {}


def shape_in(words: str) -> tuple[str, ...] | None:
    """The shape that a comment speaks of, as (N, D) or (4x1); of a -> b the last."""
    if "->" in words:
        words = words.rpartition("->")[2]
    found = list(_SHAPE.finditer(words))
    if len(found) != 1:
        return None
    inside = found[0].group(0)[1:-1]
    parts = [p.strip() for p in re.split(r",|\sx\s|\s\*\s|(?<=\d)x(?=\d)", inside) if p.strip()]
    if len(parts) == 1 and not inside.rstrip().endswith(","):
        return None
    good = all(p.isdigit() or len(p) <= 2 or "_" in p or p[:1].isupper() for p in parts)
    return tuple(parts) if good and len(parts) <= 4 else None
