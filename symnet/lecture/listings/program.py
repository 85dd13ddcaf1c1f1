"""A listing as a straight line of statements, with what its names and comments say.

The body of a training loop is taken once; loops over entries and branches are left out, and what they assign is not
known.  A name such as grad_w, dW, dL_dw, w_grad or grads['w'] speaks of the gradient with respect to w, where w is a
name of the listing.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from symnet.ir.expr import Size

_LOSS = re.compile(r"^(loss|L|J|cost|E|C|error|err|objective|nll|mse|ce|bce|obj|\w+_loss|loss_\w+|\w+_cost|loss\d?)$")
_UPSTREAM = re.compile(
    r"^(dout|dy|dY|dz|dZ|dh|upstream\w*|grad_out(put)?|dL_dout|d_out|dnext_\w+|grad_?\w*|d[A-Za-z]\w*|\w+_grad|delta)$"
)
_GRADIENT = (
    re.compile(r"^(?:grad|gradient)_?(?P<x>\w+)$"),
    re.compile(r"^g_(?P<x>\w+)$"),
    re.compile(r"^d(?:elta)?_?(?P<y>[A-Za-z]\w*?)_?(?:d|wrt)_?(?P<x>\w+)$"),
    re.compile(r"^d_?(?P<x>\w+)$"),
    re.compile(r"^(?P<x>\w+?)_?(?:grad|gradient|gradients|bar)$"),
)
_OWNERS = re.compile(r"^(grads?|gradients?|dparams|d)$")
_SHAPE = re.compile(r"[(\[]\s*([A-Za-z_]\w*|\d+)\s*((?:(?:,|\s[x*]\s|x(?=\d))\s*(?:[A-Za-z_]\w*|\d+)\s*)*),?\s*[)\]]")
#: names of offsets, scales and numbers, which are smaller than what they are added to or multiplied by
_SMALLER = re.compile(
    r"^(b\d*|bias\w*|beta\d*|gamma\d*|g|scale|shift|std|var|mu|mean|eps\w*|[nNdDcChHwWkmM]|\w*_?(std|var|sqrt)\w*)$"
)
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


@dataclass(eq=False)
class Program:
    """Statements that are read together, in order."""

    lines: list[Line]
    shapes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    output: str = ""  # the name that the forward function returns
    name: str = ""
    named_sizes: dict[str, Size] = field(default_factory=dict)
    sizes: dict[int, Size] = field(default_factory=dict)
    cache: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        self._mark()

    # -- what names mean ------------------------------------------------------------------------------------------
    @cached_property
    def assigned(self) -> set[str]:
        return {n for line in self.lines for n in line.names}

    @cached_property
    def known(self) -> dict[str, None]:
        """Every name that is assigned or read, dotted names whole."""
        found: dict[str, None] = {}
        for line in self.lines:
            for node in ast.walk(line.stmt):
                key = dotted(node)
                if key and key.split(".")[0] not in ("np", "numpy", "plt"):
                    found[key] = None
        return found

    def meanings(self, name: str) -> list[tuple[str, str]]:
        """(numerator, target) for each way to read ``name`` as a gradient; the numerator is '' for the loss."""
        owner, _, last = name.rpartition(".")
        if last in ("dtype", "data", "dim", "dot", "diff", "dist", "g", "d", "grad", "grads", "gradient"):
            return []
        found: list[tuple[str, str]] = []
        if owner and _OWNERS.match(owner.rpartition(".")[2]):
            found += [("", x) for x in self._spelled(last)]
        for pattern in _GRADIENT:
            m = pattern.match(last)
            if not m:
                continue
            y = m.groupdict().get("y") or ""
            for x in self._spelled(m["x"]):
                if x == name:
                    continue
                if not y or _LOSS.match(y) or y.lower() in ("loss", "l", "j", "e", "c", "out"):
                    numerator = next((k for k in (y,) if k in self.known), "")
                    found.append((numerator, x))
                elif y in self.known:
                    found.append((y, x))
        return list(dict.fromkeys(found))

    def _spelled(self, x: str) -> list[str]:
        """Names of the listing that ``x`` may stand for."""
        plain = [n for n in self.known if n == x or n.rpartition(".")[2] == x]
        if x in plain:
            plain.remove(x)
            plain.insert(0, x)
        if plain:
            return plain
        close = [n for n in self.known if n.rpartition(".")[2].lower() == x.lower()]
        return close if len(close) == 1 else []

    def is_gradient(self, name: str) -> bool:
        return bool(self.meanings(name))

    def target_of(self, name: str) -> str | None:
        found = self.meanings(name)
        return found[0][1] if found else None

    def is_upstream(self, name: str) -> bool:
        """May an undefined name be a gradient that comes from outside?"""
        return bool(_UPSTREAM.match(name.rpartition(".")[2])) and name not in self.assigned

    @cached_property
    def parameters(self) -> set[str]:
        """Names whose gradient is spoken of, or that are updated."""
        found = {x for n in self.assigned for _, x in self.meanings(n)}
        return found | {n for line in self.lines if line.update for n in line.names}

    @cached_property
    def ranks(self) -> dict[str, int]:
        """How many axes names have at least, as the subscripts and the axes that they are used with say."""
        found: dict[str, int] = {}
        for line in self.lines:
            for node in ast.walk(line.stmt):
                names, axes = _axes_used(node)
                for name in names:
                    found[name] = max(axes, found.get(name, 0))
        for line in reversed(self.lines):  # what is computed entry by entry has the axes of its parts
            value = getattr(line.stmt, "value", None)
            axes = max((found.get(name, 0) for name in line.names), default=0)
            if len(line.names) == 1 and axes > 2 and isinstance(value, ast.BinOp):
                for name in _entrywise(value):
                    found[name] = max(axes, found.get(name, 0))
        return found

    def _mark(self) -> None:
        """Which statements are about gradients, and which are updates."""
        tainted: set[str] = set()
        moved: set[str] = set()
        marked = []
        for line in self.lines:
            stmt = line.stmt
            value = getattr(stmt, "value", None)
            reads = {k for k in map(dotted, ast.walk(value)) if k} if value is not None else set()
            about = {n for n in reads if n in tainted or (self.is_gradient(n) and not self._plain(n))}
            inside = any(isinstance(t, ast.Subscript) and dotted(t) is None for t in _target_nodes(stmt))
            goes_on = inside or isinstance(stmt, ast.AugAssign) or bool(line.skipped)  # changes what is there
            gradient = any(self.is_gradient(n) for n in line.names) and (goes_on or not _trivial(value))
            own = isinstance(stmt, ast.AugAssign) or any(n in reads for n in line.names)
            update = bool(
                about and own and not gradient and len(line.names) == 1
                and (line.names[0] not in tainted or line.names[0] in moved)
                and not isinstance(getattr(stmt, "target", None), ast.Subscript)
            )  # fmt: skip
            if about or gradient:
                tainted.update(line.names)
            if update:
                moved.update(line.names)
                tainted.difference_update(line.names if line.names[0] in self._targets else ())
            marked.append(replace(line, gradient=bool(gradient or (about and not update)), update=update))
        self.lines = marked

    @cached_property
    def _targets(self) -> set[str]:
        return {x for n in self.assigned for _, x in self.meanings(n)}

    def _plain(self, name: str) -> bool:
        """Is the name assigned a plain number or a shape only (dx = 0.1)?"""
        values = [getattr(line.stmt, "value", None) for line in self.lines if name in line.names]
        return bool(values) and all(_trivial(v) for v in values)


def _target_nodes(stmt: ast.stmt) -> list[ast.expr]:
    return stmt.targets if isinstance(stmt, ast.Assign) else [stmt.target] if hasattr(stmt, "target") else []


def _entrywise(node: ast.expr) -> list[str]:
    """The arrays of a sum or product entry by entry, but for offsets and scales, which may be smaller."""
    if isinstance(node, ast.BinOp) and not isinstance(node.op, ast.MatMult):
        return [*_entrywise(node.left), *_entrywise(node.right)]
    name = dotted(node)
    return [name] if name and not _SMALLER.match(name.rpartition(".")[2]) else []


def _axes_used(node: ast.AST) -> tuple[Sequence[str], int]:
    """``n, c, h, w = x.shape`` shows four axes of x, ``x.shape[2]`` and ``x.sum(axis=2)`` three."""
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Tuple) and _is_shape(node.value):
        return _names(node.value.value), len(node.targets[0].elts)  # type: ignore[attr-defined]
    if isinstance(node, ast.Subscript) and _is_shape(node.value) and isinstance(node.slice, ast.Constant):
        k = node.slice.value
        return _names(node.value.value), k + 1 if isinstance(k, int) else 0  # type: ignore[attr-defined]
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        value, rest = node.func.value, node.args
        if dotted(value) in ("np", "numpy") and rest:
            value, rest = rest[0], rest[1:]
        given = [k.value for k in node.keywords if k.arg == "axis"]
        given += rest if node.func.attr in ("swapaxes", "sum", "mean", "max", "min", "var", "std") else []
        numbers = [e.value for a in given for e in ast.walk(a) if isinstance(e, ast.Constant)]
        axes = [k for k in numbers if isinstance(k, int) and not isinstance(k, bool)]
        return _entrywise(value) if isinstance(value, ast.BinOp) else _names(value), max(axes, default=-1) + 1
    return (), 0


def _names(node: ast.expr) -> Sequence[str]:
    name = dotted(node)
    return (name,) if name else ()


def _is_shape(node: ast.expr) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == "shape"


def is_loss(name: str) -> bool:
    return bool(_LOSS.match(name.rpartition(".")[2]))


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


def _trivial(value: ast.expr | None) -> bool:
    """A number, or zeros."""
    if value is None or isinstance(value, ast.Constant):
        return True
    if isinstance(value, ast.UnaryOp):
        return _trivial(value.operand)
    if isinstance(value, ast.Call):
        last = (dotted(value.func) or "").rpartition(".")[2]
        return last in ("zeros", "zeros_like", "empty", "empty_like")
    return isinstance(value, (ast.Dict, ast.List)) and not any(isinstance(n, ast.Name) for n in ast.walk(value))


# -- from syntax to lines ---------------------------------------------------------------------------------------------


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

    for target in _target_nodes(stmt):
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


# -- shapes in comments and docstrings --------------------------------------------------------------------------------


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
