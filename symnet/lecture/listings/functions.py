"""The functions and methods of NumPy that a listing may call, as index expressions."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

import sympy as sp

from symnet.ir import functions as fn
from symnet.lecture.listings.arrays import Arr, Clash, Unread, power, scalar
from symnet.lecture.listings.bindings import Function, Generator
from symnet.lecture.listings.expressions import Expressions
from symnet.lecture.listings.shaping import (
    dims_of,
    expand,
    fill,
    filled,
    labels,
    padded,
    random,
    reduced_axes,
    reshape,
    squeezed,
    swapped,
    transpose,
    whole_number,
    windows,
)
from symnet.lecture.listings.syntax import dotted

ELEMENTWISE: dict[str, Callable[..., sp.Expr]] = {
    "exp": sp.exp,
    "log": sp.log,
    "log1p": lambda x: sp.log(1 + x),
    "expm1": lambda x: sp.exp(x) - 1,
    "log2": lambda x: sp.log(x) / sp.log(2),
    "log10": lambda x: sp.log(x) / sp.log(10),
    "sqrt": sp.sqrt,
    "square": lambda x: x**2,
    "tanh": sp.tanh,
    "sinh": sp.sinh,
    "cosh": sp.cosh,
    "sin": sp.sin,
    "cos": sp.cos,
    "abs": fn.absolute,
    "absolute": fn.absolute,
    "fabs": fn.absolute,
    "sign": fn.sign,
    "negative": lambda x: -x,
    "reciprocal": lambda x: 1 / x,
    "expit": fn.sigmoid,
    "logical_not": lambda x: 1 - x,
    "heaviside": lambda x: fn.gt(x, 0),
}
PAIRWISE: dict[str, Callable[..., sp.Expr]] = {
    "maximum": fn.maximum,
    "minimum": fn.minimum,
    "multiply": lambda a, b: a * b,
    "add": lambda a, b: a + b,
    "subtract": lambda a, b: a - b,
    "divide": lambda a, b: a / b,
    "true_divide": lambda a, b: a / b,
    "power": power,
    "pow": power,
    "greater": fn.gt,
    "greater_equal": fn.ge,
    "less": lambda a, b: fn.gt(b, a),
    "less_equal": lambda a, b: fn.ge(b, a),
    "logaddexp": lambda a, b: sp.log(sp.exp(a) + sp.exp(b)),
}
REDUCING = {
    "sum": "sum", "mean": "mean", "max": "max", "amax": "max", "min": "min", "amin": "min", "prod": "prod",
    "argmax": "argmax", "argmin": "argmin", "var": "var", "std": "std", "average": "mean",
}  # fmt: skip
SAME = ("copy", "array", "asarray", "float32", "float64", "float", "astype", "squeeze_", "ascontiguousarray", "double")
#: functions whose meaning is settled, where the listing does not define them
KNOWN: dict[str, Callable[..., sp.Expr]] = {
    "sigmoid": fn.sigmoid,
    "sigm": fn.sigmoid,
    "logistic": fn.sigmoid,
    "relu": lambda x: fn.maximum(sp.S.Zero, x),
    "ReLU": lambda x: fn.maximum(sp.S.Zero, x),
    "softplus": lambda x: sp.log(1 + sp.exp(x)),
}
_ROOTS = ("np", "numpy", "jnp", "xp", "math", "cp", "special", "scipy", "linalg", "random")


def call(r: Expressions, node: ast.Call) -> Any:
    """The value of a call."""
    name = dotted(node.func) or ""
    if any(k.arg is None for k in node.keywords) or (
        any(isinstance(a, ast.Starred) for a in node.args) and not _is_random(name)
    ):
        raise Unread("a call with * or **")
    keywords = {k.arg or "": k.value for k in node.keywords}
    owner, _, last = name.rpartition(".")
    held = r.scope.get(name) if name else None
    if isinstance(held, Function):
        arguments = [r.value(a) for a in node.args]
        return r.apply(held, arguments, {k: r.value(v) for k, v in keywords.items()})
    if isinstance(node.func, ast.Name) and name.split(".")[0] in r.scope.values and held is not None:
        raise Unread(f"a call of {name}")
    if (
        isinstance(node.func, ast.Attribute)
        and owner.split(".")[0] not in _ROOTS
        or (isinstance(node.func, ast.Attribute) and not owner)
    ):
        if not (owner.split(".")[0] in ("rng", "torch") and r.scope.get(owner.split(".")[0]) is None):
            return _method(r, node.func, list(node.args), keywords)
    if not name:
        raise Unread("a call of an expression")
    return _named(r, last, owner, list(node.args), keywords)


def _is_random(name: str) -> bool:
    return name.rpartition(".")[2] in ("randn", "rand", "random", "ones", "zeros")


def _method(r: Expressions, func: ast.Attribute, args: list[ast.expr], keywords: dict[str, ast.expr]) -> Any:
    value = r.value(func.value)
    if isinstance(value, ast.AST):
        raise Unread(f"a call of {dotted(func) or func.attr}")
    name = func.attr
    if isinstance(value, Generator):
        return _named(r, name, "np.random", args, keywords)
    if name == "dot":
        return r.product(value, args[0], "dot")
    if name in ("reshape", "view"):
        return reshape(r, r.arr(value), args)
    if name in ("transpose",):
        return transpose(r, r.arr(value), args)
    if name == "swapaxes":
        return swapped(r, r.arr(value), args)
    if name in ("flatten", "ravel"):
        return reshape(r, r.arr(value), [ast.UnaryOp(ast.USub(), ast.Constant(1))])
    if name in REDUCING:
        return _reduce(r, REDUCING[name], r.arr(value), args, keywords)
    if name in ("copy", "astype", "item", "squeeze"):
        a = r.arr(value)
        if name == "squeeze":
            return squeezed(r, a)
        return Arr(a.dims, a.at, a.positions, a.size, a.binding)
    if name == "clip":
        return _clip(r, r.arr(value), args)
    raise Unread(f"the method .{name}()")


def _named(r: Expressions, name: str, owner: str, args: list[ast.expr], keywords: dict[str, ast.expr]) -> Any:
    for group in (_product, _entrywise, _moved, _filled, _counted, _settled):
        found = group(r, name, owner, args, keywords)
        if found is not None:
            return found
    raise Unread(f"{owner + '.' if owner else ''}{name}(), which the document does not define")


def _product(r: Expressions, name: str, owner: str, args: list[ast.expr], keywords: dict[str, ast.expr]) -> Any:
    """Products and sums of products; None for any other function, as in the groups below."""
    if name in ("dot", "matmul") and len(args) == 2:
        return r.product(args[0], args[1], "@" if name == "matmul" else "dot")
    if name in ("outer", "inner", "vdot"):
        a, b = r.array(args[0], ("rank", [("*",)])), r.array(args[1], ("rank", [("*",)]))
        if a.rank != 1 or b.rank != 1:
            raise Unread(f"np.{name} of arrays that are not vectors")
        if name == "outer":
            return Arr((a.dims[0], b.dims[0]), lambda subs: a.at(subs[:1]) * b.at(subs[1:]))
        return r.sizes.matmul(a, b)
    if name == "einsum":
        if not (isinstance(args[0], ast.Constant) and isinstance(args[0].value, str)):
            raise Unread("einsum without its letters")
        words = args[0].value.partition("->")[0].split(",")
        ranks = [("rank", [("*",) * len(w.strip())]) for w in words]
        return r.sizes.einsum(args[0].value, [r.array(a, h) for a, h in zip(args[1:], ranks)])
    if name == "trace":
        return r.sizes.einsum("ii->", [r.array(args[0])])
    if name in ("diag", "diagonal") and len(args) == 1 and not keywords:
        return _diagonal(r, r.array(args[0]))
    return None


def _diagonal(r: Expressions, a: Arr) -> Arr:
    """The diagonal of a square matrix, or the matrix with a vector on its diagonal."""
    if a.rank == 2:
        return r.sizes.einsum("ii->i", [a])
    if a.rank != 1:
        raise Unread("np.diag of an array that is neither a vector nor a matrix")
    return Arr((a.dims[0], a.dims[0]), lambda subs: a.at(subs[:1]) * fn.eq(subs[0], subs[1]))


def _entrywise(r: Expressions, name: str, owner: str, args: list[ast.expr], keywords: dict[str, ast.expr]) -> Any:
    """What works entry by entry, and what sums up along axes."""
    s = r.sizes
    if name in ELEMENTWISE and len(args) >= 1 and name != "heaviside":
        return s.elementwise(ELEMENTWISE[name], r.array(args[0]))
    if name in PAIRWISE and len(args) == 2:
        return s.elementwise(PAIRWISE[name], *r.pair(args[0], args[1]))
    if name in REDUCING and args:
        if not owner and name in ("max", "min") and len(args) == 2:
            return s.elementwise(PAIRWISE[name + "imum"], *r.pair(args[0], args[1]))
        return _reduce(r, REDUCING[name], r.array(args[0]), args[1:], keywords)
    if name in SAME and args:
        a = r.arr(r.value(args[0]))
        return Arr(a.dims, a.at, a.positions, a.size, a.binding)
    if name == "where" and len(args) == 3:
        condition = r.array(args[0])
        a, b = r.array(args[1], ("same", condition.dims)), r.array(args[2], ("same", condition.dims))
        return s.elementwise(_where, condition, a, b)
    if name == "clip":
        return _clip(r, r.array(args[0]), args[1:])
    if name == "norm" and len(args) == 1:
        squares = s.elementwise(lambda x: x**2, r.array(args[0]))
        axes, keep = reduced_axes(r, [], keywords)
        return s.elementwise(sp.sqrt, s.reduction("sum", squares, axes, keep))
    return None


def _moved(r: Expressions, name: str, owner: str, args: list[ast.expr], keywords: dict[str, ast.expr]) -> Any:
    """The same entries in another order or shape."""
    if name == "transpose":
        return transpose(r, r.array(args[0], ("rank", [("*", "*")])), args[1:] or [*keywords.values()])
    if name == "reshape":
        return reshape(r, r.array(args[0]), args[1:])
    if name == "swapaxes":
        return swapped(r, r.array(args[0]), args[1:])
    if name == "sliding_window_view" and len(args) == 2 and set(keywords) <= {"axis"}:
        return windows(r, args[0], args[1], keywords.get("axis"))
    if name == "pad" and len(args) == 2 and set(keywords) <= {"mode"}:
        mode = keywords.get("mode")
        if mode is not None and not (isinstance(mode, ast.Constant) and mode.value == "constant"):
            raise Unread("np.pad with other values than zeros")
        return padded(r, r.array(args[0]), args[1])
    if name == "expand_dims":
        return expand(r, r.array(args[0]), whole_number(args[1] if len(args) > 1 else keywords.get("axis")))
    if name == "squeeze":
        return squeezed(r, r.array(args[0]))
    if name in ("array", "asarray"):
        return r.array(args[0])
    return None


def _filled(r: Expressions, name: str, owner: str, args: list[ast.expr], keywords: dict[str, ast.expr]) -> Any:
    """New arrays: of one value, of places, of random numbers."""
    if name in ("zeros_like", "ones_like", "full_like", "empty_like"):
        return filled(r.array(args[0]).dims, fill(r, name, args, 1))
    if name in ("zeros", "ones", "full", "empty"):
        dims = dims_of(r, [args[0]] if name == "full" else args[:1] or [keywords["shape"]])
        return filled(dims, fill(r, name, args, 1))
    if name in ("eye", "identity"):
        d = dims_of(r, args[:1])[0]
        return Arr((d, d), lambda subs: fn.eq(subs[0], subs[1]) if not all(x == 0 for x in subs) else sp.S.One)
    if name in ("arange", "range") and len(args) == 1:
        (d,) = dims_of(r, args)
        return Arr((d,), lambda subs: subs[0], positions=True)
    if name in ("randn", "rand") or (name == "random" and owner.endswith("random")):
        return random(r, args[0].elts if len(args) == 1 and isinstance(args[0], ast.Tuple) else args)
    if name in ("standard_normal", "random_sample", "random") and owner:
        return random(r, args[:1] or [*keywords.values()][:1])
    if name in ("normal", "uniform", "binomial"):
        size = keywords.get("size", args[2] if len(args) > 2 else None)
        return random(r, [size] if size is not None else [])
    if name in ("default_rng", "RandomState") and owner:
        return Generator()
    if name in ("randint", "integers", "choice"):
        return labels(r, name, args, keywords)
    return None


def _counted(r: Expressions, name: str, owner: str, args: list[ast.expr], keywords: dict[str, ast.expr]) -> Any:
    """The sizes of an array."""
    if name == "len":
        a = r.array(args[0])
        if not a.rank:
            raise Clash("len of a scalar")
        return r.size(a.dims[0])
    if name == "shape":
        return [r.size(d) for d in r.array(args[0]).dims]
    if name == "size":
        return r.sizes.count_of(r.array(args[0]), None)
    return None


def _settled(r: Expressions, name: str, owner: str, args: list[ast.expr], keywords: dict[str, ast.expr]) -> Any:
    """Functions of other libraries, and those whose names settle what they are."""
    s = r.sizes
    if name == "softmax":
        return _softmax(r, r.array(args[0]), keywords, args[1:])
    if name == "logsumexp":
        axes, keep = reduced_axes(r, args[1:], keywords)
        return s.elementwise(sp.log, s.reduction("sum", s.elementwise(sp.exp, r.array(args[0])), axes, keep))
    if name in KNOWN and not owner and len(args) == 1:
        r.assumed[name] = "convention"
        return s.elementwise(KNOWN[name], r.array(args[0]))
    return None


def _where(c: sp.Expr, a: sp.Expr, b: sp.Expr) -> sp.Expr:
    if b == 0:
        return a * c
    return fn.where(c, a, b)


def _reduce(r: Expressions, op: str, a: Arr, args: list[ast.expr], keywords: dict[str, ast.expr]) -> Arr:
    s = r.sizes
    axes, keep = reduced_axes(r, args, keywords)
    if op in ("mean", "var", "std"):
        total = s.reduction("sum", a, axes, True)
        count = s.count_of(a, axes)
        mean = s.elementwise(lambda t, n: t / n, total, count)
        if op == "mean":
            return s.elementwise(lambda t, n: t / n, s.reduction("sum", a, axes, keep), count)
        ddof = whole_number(keywords["ddof"]) if "ddof" in keywords else 0
        centred = s.elementwise(lambda x, m: (x - m) ** 2, a, mean)
        var = s.elementwise(lambda t, n: t / (n - ddof), s.reduction("sum", centred, axes, keep), count)
        return var if op == "var" else s.elementwise(sp.sqrt, var)
    return s.reduction(op, a, axes, keep)


def _clip(r: Expressions, a: Arr, args: list[ast.expr]) -> Arr:
    low, high = r.array(args[0]), r.array(args[1])
    if not r.exact:
        return a
    return r.sizes.elementwise(lambda x, lo, hi: fn.minimum(fn.maximum(x, lo), hi), a, low, high)


def _softmax(r: Expressions, a: Arr, keywords: dict[str, ast.expr], args: list[ast.expr]) -> Arr:
    """softmax where the listing does not define it: over the last axis, or the first (samples as columns)."""
    s = r.sizes
    axes, _ = reduced_axes(r, args, keywords)
    if axes is None:
        first = a.rank == 2 and r.pick(2) == 1
        axes = [0 if first else -1]
        r.assumed["softmax"] = f"over the {'first' if first else 'last'} axis"
    if not a.rank:
        return scalar(1)
    e = s.elementwise(sp.exp, a)
    return s.elementwise(lambda x, t: x / t, e, s.reduction("sum", e, axes, True))
