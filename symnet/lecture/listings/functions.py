"""The functions and methods of NumPy that a listing may call, as index expressions."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import sympy as sp

from symnet.ir import functions as fn
from symnet.lecture.algebra.expressions import as_expr
from symnet.lecture.listings.arrays import Arr, Clash, Unread, power, scalar
from symnet.lecture.listings.program import dotted

if TYPE_CHECKING:
    from symnet.lecture.listings.reader import Reading

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


def call(r: Reading, node: ast.Call) -> Any:
    """The value of a call."""
    from symnet.lecture.listings.reader import Function

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


def _method(r: Reading, func: ast.Attribute, args: list[ast.expr], keywords: dict[str, ast.expr]) -> Any:
    from symnet.lecture.listings.reader import Generator

    value = r.value(func.value)
    if isinstance(value, ast.AST):
        raise Unread(f"a call of {dotted(func) or func.attr}")
    name = func.attr
    if isinstance(value, Generator):
        return _named(r, name, "np.random", args, keywords)
    if name == "dot":
        return r.product(value, args[0], "dot")
    if name in ("reshape", "view"):
        return _reshape(r, r.arr(value), args)
    if name in ("transpose",):
        return _transpose(r, r.arr(value), args)
    if name == "swapaxes":
        return _swapped(r, r.arr(value), args)
    if name in ("flatten", "ravel"):
        return _reshape(r, r.arr(value), [ast.UnaryOp(ast.USub(), ast.Constant(1))])
    if name in REDUCING:
        return _reduce(r, REDUCING[name], r.arr(value), args, keywords)
    if name in ("copy", "astype", "item", "squeeze"):
        a = r.arr(value)
        if name == "squeeze":
            return _squeezed(r, a)
        return Arr(a.dims, a.at, a.positions, a.size, a.binding)
    if name == "clip":
        return _clip(r, r.arr(value), args)
    raise Unread(f"the method .{name}()")


def _named(r: Reading, name: str, owner: str, args: list[ast.expr], keywords: dict[str, ast.expr]) -> Any:
    from symnet.lecture.listings.reader import Generator

    s = r.sizes
    numpy = bool(owner)
    if name in ("dot", "matmul") and len(args) == 2:
        return r.product(args[0], args[1], "@" if name == "matmul" else "dot")
    if name in ELEMENTWISE and len(args) >= 1 and name != "heaviside":
        return s.elementwise(ELEMENTWISE[name], r.array(args[0]))
    if name in PAIRWISE and len(args) == 2:
        return s.elementwise(PAIRWISE[name], *r.pair(args[0], args[1]))
    if name in REDUCING and args:
        if not numpy and name in ("max", "min") and len(args) == 2:
            return s.elementwise(PAIRWISE[name + "imum"], *r.pair(args[0], args[1]))
        return _reduce(r, REDUCING[name], r.array(args[0]), args[1:], keywords)
    if name in SAME and args:
        value = r.value(args[0])
        a = r.arr(value)
        return Arr(a.dims, a.at, a.positions, a.size, a.binding)
    if name in ("where",) and len(args) == 3:
        condition = r.array(args[0])
        a, b = r.array(args[1], ("same", condition.dims)), r.array(args[2], ("same", condition.dims))
        return s.elementwise(_where, condition, a, b)
    if name == "clip":
        return _clip(r, r.array(args[0]), args[1:])
    if name in ("transpose",):
        return _transpose(r, r.array(args[0], ("rank", [("*", "*")])), args[1:] or [*keywords.values()])
    if name == "reshape":
        return _reshape(r, r.array(args[0]), args[1:])
    if name == "swapaxes":
        return _swapped(r, r.array(args[0]), args[1:])
    if name == "outer":
        a, b = r.array(args[0], ("rank", [("*",)])), r.array(args[1], ("rank", [("*",)]))
        if a.rank != 1 or b.rank != 1:
            raise Unread("np.outer of arrays that are not vectors")
        return Arr((a.dims[0], b.dims[0]), lambda subs: a.at(subs[:1]) * b.at(subs[1:]))
    if name == "inner" or name == "vdot":
        a, b = r.array(args[0], ("rank", [("*",)])), r.array(args[1], ("rank", [("*",)]))
        if a.rank != 1 or b.rank != 1:
            raise Unread(f"np.{name} of arrays that are not vectors")
        return s.matmul(a, b)
    if name == "einsum":
        if not (isinstance(args[0], ast.Constant) and isinstance(args[0].value, str)):
            raise Unread("einsum without its letters")
        words = args[0].value.partition("->")[0].split(",")
        ranks = [("rank", [("*",) * len(w.strip())]) for w in words]
        return s.einsum(args[0].value, [r.array(a, h) for a, h in zip(args[1:], ranks)])
    if name == "norm" and len(args) == 1:
        a = r.array(args[0])
        squares = s.elementwise(lambda x: x**2, a)
        axes, keep = _axes(r, [], keywords)
        return s.elementwise(sp.sqrt, s.reduction("sum", squares, axes, keep))
    if name == "sliding_window_view" and len(args) == 2 and set(keywords) <= {"axis"}:
        return _windows(r, args[0], args[1], keywords.get("axis"))
    if name == "pad" and len(args) == 2 and set(keywords) <= {"mode"}:
        mode = keywords.get("mode")
        if mode is not None and not (isinstance(mode, ast.Constant) and mode.value == "constant"):
            raise Unread("np.pad with other values than zeros")
        return _padded(r, r.array(args[0]), args[1])
    if name == "trace":
        a = r.array(args[0])
        return s.einsum("ii->", [a])
    if name == "expand_dims":
        return _expand(r, r.array(args[0]), _int(args[1] if len(args) > 1 else keywords.get("axis")))
    if name == "squeeze":
        return _squeezed(r, r.array(args[0]))
    if name in ("zeros_like", "ones_like", "full_like", "empty_like"):
        a = r.array(args[0])
        return _filled(a.dims, _fill(r, name, args, 1))
    if name in ("zeros", "ones", "full", "empty"):
        dims = _shape(r, [args[0]] if name in ("full",) else args[:1] or [keywords["shape"]])
        return _filled(dims, _fill(r, name, args, 1))
    if name in ("eye", "identity"):
        d = _shape(r, args[:1])[0]
        return Arr((d, d), lambda subs: fn.eq(subs[0], subs[1]) if not all(x == 0 for x in subs) else sp.S.One)
    if name in ("arange", "range") and len(args) == 1:
        (d,) = _shape(r, args)
        return Arr((d,), lambda subs: subs[0], positions=True)
    if name == "len":
        a = r.array(args[0])
        if not a.rank:
            raise Clash("len of a scalar")
        return r.size(a.dims[0])
    if name in ("size", "shape"):
        a = r.array(args[0])
        return [r.size(d) for d in a.dims] if name == "shape" else s.count_of(a, None)
    if name in ("randn", "rand") or (name == "random" and owner.endswith("random")):
        return _random(r, args[0].elts if len(args) == 1 and isinstance(args[0], ast.Tuple) else args)
    if name in ("standard_normal", "random_sample", "random") and numpy:
        return _random(r, args[:1] or [*keywords.values()][:1])
    if name in ("normal", "uniform", "binomial"):
        size = keywords.get("size", args[2] if len(args) > 2 else None)
        return _random(r, [size] if size is not None else [])
    if name in ("default_rng", "RandomState") and numpy:
        return Generator()
    if name in ("randint", "integers", "choice"):
        return _labels(r, name, args, keywords)
    if name == "softmax":
        return _softmax(r, r.array(args[0]), keywords, args[1:])
    if name == "logsumexp":
        a = r.array(args[0])
        axes, keep = _axes(r, args[1:], keywords)
        return s.elementwise(sp.log, s.reduction("sum", s.elementwise(sp.exp, a), axes, keep))
    if name in KNOWN and not numpy and len(args) == 1:
        r.assumed[name] = "convention"
        return s.elementwise(KNOWN[name], r.array(args[0]))
    if name in ("array", "asarray"):
        return r.array(args[0])
    raise Unread(f"{owner + '.' if owner else ''}{name}(), which the document does not define")


def _where(c: sp.Expr, a: sp.Expr, b: sp.Expr) -> sp.Expr:
    if b == 0:
        return a * c
    return fn.where(c, a, b)


def _int(node: ast.expr | None) -> int:
    from symnet.lecture.listings.reader import _integer

    k = _integer(node)
    if k is None:
        raise Unread("a computed axis")
    return k


def _axes(r: Reading, args: list[ast.expr], keywords: dict[str, ast.expr]) -> tuple[list[int] | None, bool]:
    """The axes of a reduction and keepdims."""
    unknown = set(keywords) - {"axis", "keepdims", "dtype", "ddof", "ord", "shape"}
    if unknown:
        raise Unread(f"the argument {sorted(unknown)[0]}")
    axis = args[0] if args else keywords.get("axis")
    keep = keywords.get("keepdims")
    kept = isinstance(keep, ast.Constant) and bool(keep.value)
    if keep is not None and not isinstance(keep, ast.Constant):
        raise Unread("a computed keepdims")
    if axis is None or (isinstance(axis, ast.Constant) and axis.value is None):
        return None, kept
    if isinstance(axis, ast.Tuple):
        return [_int(e) for e in axis.elts], kept
    return [_int(axis)], kept


def _reduce(r: Reading, op: str, a: Arr, args: list[ast.expr], keywords: dict[str, ast.expr]) -> Arr:
    s = r.sizes
    axes, keep = _axes(r, args, keywords)
    if op in ("mean", "var", "std"):
        total = s.reduction("sum", a, axes, True)
        count = s.count_of(a, axes)
        mean = s.elementwise(lambda t, n: t / n, total, count)
        if op == "mean":
            return s.elementwise(lambda t, n: t / n, s.reduction("sum", a, axes, keep), count)
        ddof = _int(keywords["ddof"]) if "ddof" in keywords else 0
        centred = s.elementwise(lambda x, m: (x - m) ** 2, a, mean)
        var = s.elementwise(lambda t, n: t / (n - ddof), s.reduction("sum", centred, axes, keep), count)
        return var if op == "var" else s.elementwise(sp.sqrt, var)
    return s.reduction(op, a, axes, keep)


def _shape(r: Reading, args: Sequence[ast.expr]) -> tuple[sp.Expr, ...]:
    """Sizes from the arguments of zeros((n, d)) or randn(n, d)."""
    values: list[Any] = []
    for a in args:
        if isinstance(a, ast.Starred):
            a = a.value
        v = r.value(a)
        values += v if isinstance(v, list) else [v]
    dims = []
    for v in values:
        if getattr(v, "dims", 0) is None:  # a name that is used as a size is a number
            v.dims = ()
        v = v if isinstance(v, Arr) else r.arr(v)
        if v.rank == 0 and v.size is None and v.binding is not None:  # an unknown number used as a size
            from symnet.ir.expr import Size

            b: Any = v.binding
            if b.value is None:
                size = Size(b.name)
                r.scope.values[b.name] = v = r.size(size)
        if v.size is None:
            raise Unread("a computed shape")
        dims.append(r.literal(int(v.size)) if v.size.is_Integer else v.size)
    return tuple(dims)


def _random(r: Reading, args: Sequence[ast.expr]) -> Any:
    from symnet.lecture.listings.reader import Data

    return Data(_shape(r, args))


def _labels(r: Reading, name: str, args: list[ast.expr], keywords: dict[str, ast.expr]) -> Arr:
    size = keywords.get("size")
    bounds = list(args)
    if size is None and len(bounds) >= (3 if name != "choice" else 2):
        size = bounds[-1]
    if size is None or not bounds:
        raise Unread(f"np.random.{name} without a size")
    high = bounds[1] if name != "choice" and len(bounds) > 1 and (len(args) > 2 or "size" in keywords) else bounds[0]
    below = _shape(r, [high])[0]
    dims = _shape(r, [size])
    b = r.new("labels", None, None)
    b.kind, b.below, b.dims = "labels", below, dims
    return r.named(b)


def _fill(r: Reading, name: str, args: list[ast.expr], place: int) -> sp.Expr:
    if name.startswith("full"):
        value = r.array(args[place])
        if value.rank:
            raise Unread("np.full with an array")
        return as_expr(value.at([]))
    return sp.S.One if name.startswith("ones") else sp.S.Zero


def _filled(dims: tuple[sp.Expr, ...], value: sp.Expr) -> Arr:
    return Arr(dims, lambda subs: value)


def _clip(r: Reading, a: Arr, args: list[ast.expr]) -> Arr:
    low, high = r.array(args[0]), r.array(args[1])
    if not r.exact:
        return a
    return r.sizes.elementwise(lambda x, lo, hi: fn.minimum(fn.maximum(x, lo), hi), a, low, high)


def _transpose(r: Reading, a: Arr, args: list[ast.expr]) -> Arr:
    if len(args) == 1 and isinstance(args[0], (ast.Tuple, ast.List)):
        args = list(args[0].elts)
    return r.sizes.transposed(a, [_int(x) for x in args] or None)


def _windows(r: Reading, array: ast.expr, shape: ast.expr, axis: ast.expr | None) -> Arr:
    """All windows of a shape along some axes: their places stand there, and what is inside behind all axes."""
    inner = _shape(r, [shape])
    a = r.array(array)
    axes, _ = _axes(r, [], {} if axis is None else {"axis": axis})
    places = list(range(a.rank)) if axes is None else [k % a.rank for k in axes if -a.rank <= k < a.rank]
    if len(places) != len(inner) or len(set(places)) != len(places):
        raise Clash(f"windows of {len(inner)} axes in an array of shape {r.sizes.shape(a.dims)}")
    outer = list(a.dims)
    for k, d in zip(places, inner):
        outer[k] = a.dims[k] - d + 1

    def at(subs: Sequence[sp.Expr]) -> sp.Expr:
        inside = dict(zip(places, subs[a.rank :]))
        return a.at([subs[k] + inside.get(k, 0) for k in range(a.rank)])

    return Arr((*outer, *inner), at)


def _padded(r: Reading, a: Arr, widths: ast.expr) -> Arr:
    """Zeros before and behind each axis: the entry at k is the sum of the entries at k - before, if there is one."""
    if not isinstance(widths, (ast.Tuple, ast.List)) or len(widths.elts) != a.rank:
        raise Unread("np.pad without a pair of widths for each axis")
    pairs = []
    for pair in widths.elts:
        if not isinstance(pair, (ast.Tuple, ast.List)) or len(pair.elts) != 2:
            raise Unread("np.pad without a pair of widths for each axis")
        before, behind = (_int(w) for w in pair.elts)
        pairs.append((before, behind))
    dims = tuple(d + before + behind for d, (before, behind) in zip(a.dims, pairs))

    def at(subs: Sequence[sp.Expr]) -> sp.Expr:
        places, inside, over = [], [], []
        for sub, d, wide in zip(subs, a.dims, pairs):
            if wide == (0, 0):
                places.append(sub)
                continue
            k = r.sizes.fresh(d, "k")
            places.append(k)
            over.append(k)
            inside.append(fn.eq(k + wide[0], sub))
        return r.sizes.contracted("sum", sp.Mul(a.at(places), *inside), over)

    return Arr(dims, at)


def _swapped(r: Reading, a: Arr, args: list[ast.expr]) -> Arr:
    if len(args) != 2:
        raise Unread("swapaxes without its two axes")
    first, second = (_int(x) for x in args)
    if not all(-a.rank <= k < a.rank for k in (first, second)):
        raise Clash(f"an array of shape {r.sizes.shape(a.dims)} has no axes {first} and {second}")
    order = list(range(a.rank))
    order[first], order[second] = order[second], order[first]
    return r.sizes.transposed(a, order)


def _squeezed(r: Reading, a: Arr) -> Arr:
    keep = [k for k, d in enumerate(a.dims) if r.sizes(d) != 1]

    def at(subs: Sequence[sp.Expr]) -> sp.Expr:
        place = dict(zip(keep, subs))
        return a.at([place.get(k, sp.S.Zero) for k in range(a.rank)])

    return Arr(tuple(a.dims[k] for k in keep), at)


def _expand(r: Reading, a: Arr, axis: int) -> Arr:
    axis %= a.rank + 1
    return Arr((*a.dims[:axis], sp.S.One, *a.dims[axis:]), lambda subs: a.at([*subs[:axis], *subs[axis + 1 :]]))


def _reshape(r: Reading, a: Arr, args: list[ast.expr]) -> Arr:
    """Axes of length 1 put in or left out; anything else is not read."""
    if len(args) == 1 and isinstance(args[0], (ast.Tuple, ast.List)):
        args = list(args[0].elts)
    s = r.sizes
    real = [k for k, d in enumerate(a.dims) if s(d) != 1]
    wanted: list[sp.Expr | None] = []
    for x in args:
        if isinstance(x, ast.UnaryOp):
            wanted.append(None)
        else:
            v = r.value(x)
            parts = v if isinstance(v, list) else [v]
            for p in parts:
                p = r.arr(p)
                if p.size is None:
                    raise Unread("a computed reshape")
                wanted.append(p.size)
    full = [k for k, w in enumerate(wanted) if w is None or s(w) != 1]
    if len(full) == len(real):
        dims = [sp.S.One if k not in full else a.dims[real[full.index(k)]] for k in range(len(wanted))]
        for k, w in enumerate(wanted):
            if w is not None and not s.same(w, dims[k]):
                raise Clash(f"an array of shape {s.shape(a.dims)} does not take the shape asked for")
        places = dict(zip(real, full))
        return Arr(
            tuple(dims), lambda subs: a.at([subs[places[k]] if k in places else sp.S.Zero for k in range(a.rank)])
        )
    if not real:
        return Arr((sp.S.One,) * len(wanted), lambda subs: a.at([sp.S.Zero] * a.rank))
    raise Unread("a reshape that joins or splits axes")


def _softmax(r: Reading, a: Arr, keywords: dict[str, ast.expr], args: list[ast.expr]) -> Arr:
    """softmax where the listing does not define it: over the last axis, or the first (samples as columns)."""
    s = r.sizes
    axes, _ = _axes(r, args, keywords)
    if axes is None:
        first = a.rank == 2 and r.pick(2) == 1
        axes = [0 if first else -1]
        r.assumed["softmax"] = f"over the {'first' if first else 'last'} axis"
    if not a.rank:
        return scalar(1)
    e = s.elementwise(sp.exp, a)
    return s.elementwise(lambda x, t: x / t, e, s.reduction("sum", e, axes, True))
