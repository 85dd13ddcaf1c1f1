"""Functions whose names have a settled meaning, held against it: sigmoid, relu, softmax and their derivatives."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import sympy as sp

from symnet.check.evaluate import Interpreter
from symnet.errors import SymnetError
from symnet.ir import functions as fn
from symnet.ir.expr import Reduction, Size, fresh_index, reduce_over
from symnet.ir.graph import Node
from symnet.lecture.algebra.expressions import as_expr
from symnet.lecture.listings.arrays import Clash, Unread
from symnet.lecture.listings.bindings import Binding, Function
from symnet.lecture.listings.program import Program
from symnet.lecture.listings.reader import Reading

Verdict = tuple[str, str, str, "dict[str, Any] | None", tuple[str, ...], "str | None"]

ELEMENTWISE: dict[str, tuple[Callable[[sp.Expr], sp.Expr], str]] = {
    "sigmoid": (lambda x: 1 / (1 + sp.exp(-x)), "1 / (1 + np.exp(-x))"),
    "tanh": (sp.tanh, "np.tanh(x)"),
    "relu": (lambda x: fn.maximum(sp.S.Zero, x), "np.maximum(0, x)"),
    "softplus": (lambda x: sp.log(1 + sp.exp(x)), "np.log(1 + np.exp(x))"),
    "swish": (lambda x: x / (1 + sp.exp(-x)), "x / (1 + np.exp(-x))"),
    "softsign": (lambda x: x / (1 + fn.absolute(x)), "x / (1 + np.abs(x))"),
}
_SAME = {"logistic": "sigmoid", "sigm": "sigmoid", "rectifier": "relu", "silu": "swish"}
#: the derivative at x, and the same in terms of the value y of the function
DERIVATIVES: dict[str, tuple[Callable[[sp.Expr], sp.Expr], Callable[[sp.Expr], sp.Expr], str]] = {
    "sigmoid": (lambda x: sp.exp(-x) / (1 + sp.exp(-x)) ** 2, lambda y: y * (1 - y), "s * (1 - s) with s = sigmoid(x)"),
    "tanh": (lambda x: 1 - sp.tanh(x) ** 2, lambda y: 1 - y**2, "1 - np.tanh(x) ** 2"),
    "relu": (lambda x: fn.gt(x, sp.S.Zero), lambda y: fn.gt(y, sp.S.Zero), "(x > 0) * 1.0"),
    "softplus": (lambda x: 1 / (1 + sp.exp(-x)), lambda y: 1 - sp.exp(-y), "1 / (1 + np.exp(-x))"),
}
_DERIVED = re.compile(
    r"^(?:d_?|grad_?|deriv(?:ative)?_?(?:of_)?)?(?P<f>[a-z]+?)_?(?:prime|deriv(?:ative)?|grad(?:ient)?|der|backward)?$"
)


def meant(name: str, comment: str) -> tuple[str, bool] | None:
    """The known function that a name (or the comment beside it) speaks of, and whether of its derivative."""
    last = name.rpartition(".")[2].lower()
    m = _DERIVED.match(last)
    if m:
        base = _SAME.get(m["f"], m["f"])
        derived = last != m["f"]
        if base in ELEMENTWISE or base == "softmax":
            return (base, derived) if not derived or base in DERIVATIVES else None
    if len(last) <= 2 or last in ("act", "activation", "nonlin", "f"):
        words = set(re.findall(r"[a-z]+", comment.lower()))
        found = [
            w for w in (*ELEMENTWISE, "softmax") if w in words or any(k in words and v == w for k, v in _SAME.items())
        ]
        if len(found) == 1 and not words & {"derivative", "gradient", "not", "prime"}:
            return found[0], False
    return None


def judge_known(function: Function, comment: str, program: Program, deadline: float) -> Verdict | None:
    """The verdict on a definition of a known function; None for a function that is not known by name."""
    what = meant(function.name, comment)
    free = [p for p in function.parameters if p not in function.defaults and p != "self"]
    if what is None or len(free) != 1:
        return None
    base, derived = what
    says = f"{function.name} is the {'derivative of the ' if derived else ''}{base} function"
    if time.process_time() > deadline:
        return "not-understood", says, "the time limit was reached", None, (), None
    try:
        if base == "softmax":
            return _softmax(function, program, says)
        return _elementwise(function, program, base, derived, says)
    except (Unread, Clash, SymnetError) as error:
        return "not-understood", says, f"not read: {error}", None, (), None
    except (TypeError, ValueError, AttributeError, KeyError, IndexError, RecursionError):
        return "not-understood", says, "not read", None, (), None


def _applied(function: Function, program: Program, rank: int) -> tuple[sp.Expr, Node]:
    """The function at an array x[i, j], as an expression over the array's axes."""
    reading = Reading(program, (), 0)
    binding = Binding("x", 1, "x", None, (Size("n"), Size("d"))[:rank], None)
    x = reading.named(binding)
    function = Function(
        function.name, [p for p in function.parameters if p != "self"], function.defaults, function.body, function.scope
    )
    result = reading.arr(reading.apply(function, [x], {}))
    node = reading.node_of(binding)
    if tuple(map(reading.sizes, result.dims)) != tuple(i.size for i in node.axes):
        raise Clash(f"it gives shape {reading.sizes.shape(result.dims)} for {reading.sizes.shape(x.dims)}")
    return as_expr(result.at(node.axes)), node


def _distance(a: sp.Expr, b: sp.Expr, x: Node) -> tuple[float, dict[str, Any]]:
    """The largest relative difference at random points of both signs and two scales, and where."""
    worst: tuple[float, dict[str, Any]] = (0.0, {})
    for seed, scale in ((0, 1.0), (1, 3.0), (2, 0.3)):
        sizes = {Size("n"): 4, Size("d"): 3}
        rng = np.random.default_rng(seed)
        value = scale * rng.standard_normal(tuple(sizes[i.size] for i in x.axes))
        value[tuple(0 for _ in x.axes)] = -1.5 * scale
        interpreter = Interpreter({x.name: value}, sizes)
        left, right = interpreter(a, x.axes), interpreter(b, x.axes)
        entry = np.unravel_index(int(np.argmax(np.abs(left - right))), left.shape)
        off = float(abs(left[entry] - right[entry]) / max(abs(left[entry]), abs(right[entry]), 1e-300))
        if not np.isfinite(off):
            off = float("inf")
        if off > worst[0]:
            worst = (
                off,
                {
                    "seed": seed,
                    "x": float(f"{value[entry]:.10g}"),
                    "written": float(f"{left[entry]:.10g}"),
                    "meant": float(f"{right[entry]:.10g}"),
                },
            )
    return worst


def _same(a: sp.Expr, b: sp.Expr) -> bool:
    """Equal by normal form, in terms of e^x."""
    if a == b:
        return True
    if a.has(Reduction) or b.has(Reduction):
        return False

    def plain(e: sp.Expr) -> sp.Expr:
        return e.replace(fn.sigmoid, lambda u: 1 / (1 + sp.exp(-u))).replace(
            sp.tanh, lambda u: (sp.exp(u) - sp.exp(-u)) / (sp.exp(u) + sp.exp(-u))
        )

    u = sp.Symbol("u", positive=True)
    difference = plain(a - b)
    arguments = {e.args[0] for e in difference.atoms(sp.exp)}
    leaf = next(iter(sorted((s for s in difference.free_symbols), key=str)), None)
    if leaf is None:
        return difference == 0
    if not all((g / leaf).is_Integer for g in arguments):
        return bool(sp.cancel(sp.together(difference)) == 0) if not arguments else False
    return bool(sp.cancel(sp.together(difference.replace(sp.exp, lambda g: u ** (g / leaf)))) == 0)


def _elementwise(function: Function, program: Program, base: str, derived: bool, says: str) -> Verdict:
    written, x = _applied(function, program, 2)
    if derived:
        at_x, at_y, text = DERIVATIVES[base]
        options = [
            (at_x(x.value), says, ()),
            (
                at_y(x.value),
                f"{says}, in terms of the function's value",
                ("its argument is the value of the function",),
            ),
        ]
    else:
        meaning, text = ELEMENTWISE[base]
        options = [(meaning(x.value), says, ())]
    for expr, reading, assumed in options:
        off, _ = _distance(written, expr, x)
        if off <= 1e-9:
            if _same(written, expr):
                return "proved", reading, "", None, assumed, None
            return "holds", reading, "no counterexample at 36 random numbers of both signs", None, assumed, None
    off, where = _distance(written, options[0][0], x)
    if off < 1e-6:
        return "approximation", says, f"it differs by {off:.0e}", None, (), None
    return (
        "refuted",
        says,
        f"it is not the {'derivative of ' if derived else ''}{base}",
        where,
        (),
        f"{function.name}(x): {text}",
    )


def _softmax(function: Function, program: Program, says: str) -> Verdict:
    def meaning(x: Node, over: Sequence[int]) -> sp.Expr:
        fresh = [fresh_index(i) if k in over else i for k, i in enumerate(x.axes)]
        total = reduce_over("sum", sp.exp(x[tuple(fresh)]), [i for k, i in enumerate(fresh) if k in over])
        return sp.exp(x.value) / total

    found: list[str] = []
    where: dict[str, Any] | None = None
    for rank, over, words in (
        (2, (1,), "over the last axis"),
        (2, (0,), "over the first axis"),
        (1, (0,), "of one vector"),
    ):
        try:
            written, x = _applied(function, program, rank)
        except Clash:
            continue
        off, at = _distance(written, meaning(x, over), x)
        if off <= 1e-9:
            found.append(words)
        elif where is None:
            where = at
    reason = "no counterexample at random numbers of both signs"
    if found and found[0] != "of one vector":
        return "holds", f"{says}, {found[0]}", reason, None, (found[0],), None
    if found:
        return (
            "reading-dependent",
            f"{says}, of one vector",
            "for a matrix of several samples it divides by the sum over all entries; "
            "sum over one axis with keepdims=True",
            where,
            ("its argument is one vector",),
            None,
        )
    return "refuted", says, "it is not the softmax", where, (), "np.exp(x) / np.exp(x).sum(axis=-1, keepdims=True)"
