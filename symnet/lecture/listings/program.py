"""A listing as a straight line of statements, with what its names and comments say.

The body of a training loop is taken once; loops over entries and branches are left out, and what they assign is not
known.  A name such as grad_w, dW, dL_dw, w_grad or grads['w'] speaks of the gradient with respect to w, where w is a
name of the listing.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from symnet.ir.expr import Size
from symnet.lecture.listings.statements import Line, target_nodes
from symnet.lecture.listings.syntax import dotted

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
#: names of offsets, scales and numbers, which are smaller than what they are added to or multiplied by
_SMALLER = re.compile(
    r"^(b\d*|bias\w*|beta\d*|gamma\d*|g|scale|shift|std|var|mu|mean|eps\w*|[nNdDcChHwWkmM]|\w*_?(std|var|sqrt)\w*)$"
)


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
                names, axes = axes_used(node)
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
            inside = any(isinstance(t, ast.Subscript) and dotted(t) is None for t in target_nodes(stmt))
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


def _entrywise(node: ast.expr) -> list[str]:
    """The arrays of a sum or product entry by entry, but for offsets and scales, which may be smaller."""
    if isinstance(node, ast.BinOp) and not isinstance(node.op, ast.MatMult):
        return [*_entrywise(node.left), *_entrywise(node.right)]
    name = dotted(node)
    return [name] if name and not _SMALLER.match(name.rpartition(".")[2]) else []


def axes_used(node: ast.AST) -> tuple[Sequence[str], int]:
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
