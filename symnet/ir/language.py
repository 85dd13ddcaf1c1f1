"""The functions of the notation: what a definition may call, under NumPy's names.

sn.exp(x)   sn.where(x > 0, a, b)   sn.sum(x * w, over="d")   sn.softmax(z, over="c")   sn.pad(x, "h w", 1)
"""

from __future__ import annotations

import sympy as sp

from symnet.errors import DefinitionError
from symnet.ir import functions as fn
from symnet.ir.definition import current
from symnet.ir.expr import Access, Index, Reduction, fresh_index, reduce_over, reindex
from symnet.ir.graph import Fact
from symnet.ir.signs import is_bit
from symnet.ir.tensor import Tensor, axis_names, combine, reduction


def _elementwise(name: str, function, doc: str):
    def apply(x):
        if isinstance(x, Tensor):
            _name_product(x)
            return combine(function, x)
        definition = current()
        value = combine(function, x)
        return Tensor(definition, value) if definition else value

    apply.__name__ = apply.__qualname__ = name
    apply.__doc__ = doc
    return apply


def _name_product(x: Tensor) -> None:
    """Name what stands in an activation where it is a matrix product: its gradient is wanted as one array."""
    if x.axes and _contracts(x.expr):
        x.definition.name_tensor(x, "z")


def _contracts(expr: sp.Expr) -> bool:
    """Does a sum of products of different arrays stand in ``expr`` (a matrix product)?"""
    return any(
        r.op == "sum" and r.body.is_Mul and len({a.axes for a in _nodes(r.body)}) > 1 for r in expr.atoms(Reduction)
    )


def _nodes(expr: sp.Expr):
    return {a.node for a in expr.atoms(Access)}


exp = _elementwise("exp", sp.exp, "e^x, elementwise.")
log = _elementwise("log", sp.log, "Natural logarithm, elementwise; x > 0.")
log1p = _elementwise("log1p", lambda x: sp.log(1 + x), "log(1 + x), elementwise; x > -1.")
expm1 = _elementwise("expm1", lambda x: sp.exp(x) - 1, "e^x - 1, elementwise.")
sqrt = _elementwise("sqrt", sp.sqrt, "Square root, elementwise; x >= 0.")
sin = _elementwise("sin", sp.sin, "Sine, elementwise; x in radians.")
cos = _elementwise("cos", sp.cos, "Cosine, elementwise; x in radians.")
tan = _elementwise("tan", sp.tan, "Tangent, elementwise; x in radians.")
tanh = _elementwise("tanh", sp.tanh, "Hyperbolic tangent, elementwise.")
sinh = _elementwise("sinh", sp.sinh, "Hyperbolic sine, elementwise.")
cosh = _elementwise("cosh", sp.cosh, "Hyperbolic cosine, elementwise.")
arctan = _elementwise("arctan", sp.atan, "Inverse tangent, elementwise, in radians.")
erf = _elementwise("erf", sp.erf, "Error function, elementwise.")
absolute = _elementwise("abs", fn.absolute, "The absolute value, elementwise; slope 0 at 0.")
sign = _elementwise("sign", fn.sign, "-1, 0 or 1, elementwise.")
sigmoid = _elementwise("sigmoid", fn.sigmoid, "1 / (1 + e^-x), elementwise.")
softplus = _elementwise("softplus", fn.softplus, "log(1 + e^x), elementwise.")
relu = _elementwise("relu", lambda x: fn.maximum(sp.S.Zero, x), "max(0, x), elementwise; slope 0 at 0.")


def _pairwise(function, a, b) -> Tensor:
    result = combine(function, a, b)
    if not isinstance(result, Tensor):  # two numbers
        result = Tensor(_definition(), result)
    return result


def maximum(a, b) -> Tensor:
    """max(a, b), elementwise; ties go to the first operand, a constant counts as first."""
    return _pairwise(fn.maximum, a, b)


def minimum(a, b) -> Tensor:
    """min(a, b), elementwise; ties go to the first operand, a constant counts as first."""
    return _pairwise(fn.minimum, a, b)


def clip(x, low, high) -> Tensor:
    """x held between ``low`` and ``high``, elementwise; slope 0 at and beyond the bounds."""
    return minimum(maximum(x, low), high)


def where(condition, a, b) -> Tensor:
    """a where the condition holds, else b; the condition is a comparison or a mask."""
    if not isinstance(condition, Tensor):
        raise DefinitionError(
            "the condition of sn.where is not an array", hint="compare arrays, as in sn.where(x > 0, a, b)"
        )
    if condition.expr not in (0, 1) and not is_bit(condition.expr):  # x > x is never true
        raise DefinitionError(
            "the condition of sn.where is neither a comparison nor a mask", hint="compare, as in sn.where(x > 0, a, b)"
        )
    return combine(fn.where, condition, a, b)


# -- reductions -----------------------------------------------------------------------------------------------------


def _array(x, name: str) -> Tensor:
    if isinstance(x, Tensor):
        return x
    raise DefinitionError(f"sn.{name} needs an array of the definition, got {x!r}")


def _hinted(x: Tensor, result: Tensor, prefix: str) -> Tensor:
    node = x.expr.node if isinstance(x.expr, Access) else None
    return x.definition.hint(result, f"{prefix}_{node.name}" if node is not None else prefix)


def sum(x, over: str | None = None) -> Tensor:
    """The sum of ``x`` over the named axes: ``sn.sum(x, over="h w")``.

    Without ``over`` it goes over all axes, and the result is a scalar.  Raises DefinitionError for an axis that ``x``
    does not have.
    """
    x = _array(x, "sum")
    return _hinted(x, reduction("sum", x, over), "sum")


def mean(x, over: str | None = None) -> Tensor:
    """The arithmetic mean of ``x`` over the named axes, over all where none is named."""
    x = _array(x, "mean")
    return _hinted(x, _mean(x, over), "mean")


def _mean(x: Tensor, over: str | None) -> Tensor:
    summed = reduction("sum", x, over)
    count = sp.Mul(*(i.size for i in x.axes if i not in summed.axes))
    return Tensor(x.definition, summed.expr / count, summed.axes, firm=summed.firm, weight=summed.weight)


def var(x, over: str | None = None) -> Tensor:
    """The variance over the named axes: the mean of the squared distances from the mean, not divided by n - 1."""
    x = _array(x, "var")
    centred = x - mean(x, over)
    return _hinted(x, _mean(centred * centred, over), "var")


def std(x, over: str | None = None) -> Tensor:
    """Standard deviation over the named axes, the square root of ``var``."""
    return sqrt(var(x, over))


def prod(x, over: str | None = None) -> Tensor:
    """The product over the named axes; its gradient is right where entries are 0 as well."""
    x = _array(x, "prod")
    return _hinted(x, reduction("prod", x, over), "prod")


def max(x, over: str | None = None) -> Tensor:
    """Maximum over the named axes; the gradient goes to the first place where it is reached."""
    x = _array(x, "max")
    return _hinted(x, reduction("max", x, over), "max")


def min(x, over: str | None = None) -> Tensor:
    """Minimum over the named axes; the gradient goes to the first place where it is reached."""
    x = _array(x, "min")
    return _hinted(x, reduction("min", x, over), "min")


def logsumexp(x, over: str | None = None) -> Tensor:
    """log sum e^x over the named axes, computed without overflow."""
    x = _array(x, "logsumexp")
    return _hinted(x, reduction("logsumexp", x, over), "lse")


def softmax(x, over: str) -> Tensor:
    """e^x / sum e^x over the named axes: non-negative, sums to 1, computed without overflow."""
    x = _array(x, "softmax")
    _name_product(x)
    lse = reduction("logsumexp", x, over)
    return Tensor(x.definition, sp.exp(x.expr - lse.expr), x.axes, firm=x.firm, weight=2 * x.weight)


# -- axes -----------------------------------------------------------------------------------------------------------


def _definition():
    definition = current()
    if definition is None:
        raise DefinitionError(
            "this function is only known inside a definition", hint="use it in a function under @sn.op"
        )
    return definition


def _known(definition, axis: str) -> Index:
    if axis not in definition.indices:
        raise DefinitionError(
            f"axis '{axis}' is not known, only {', '.join(definition.indices)}",
            hint=f'read an array under this name before, as in y = x["{axis}"], or give its size, sn.axis("{axis}", 3)',
        )
    return definition.indices[axis]


def size(axis: str) -> Tensor:
    """The size of a named axis, a scalar: ``sn.sum(x, over="n") / sn.size("n")`` is the mean."""
    definition = _definition()
    return Tensor(definition, _known(definition, axis).size)


def index(axis: str) -> Tensor:
    """The position 0, 1, ... along a named axis, an array with that axis: ``sn.index("t") <= sn.index("s")``."""
    definition = _definition()
    i = _known(definition, axis)
    if definition.step is not None and definition.step[0] == i:  # the step of a scan that is being read
        return Tensor(definition, definition.step[1])
    return Tensor(definition, i, (i,))


def axis(name: str, size: int) -> None:
    """Declare a new index of a fixed size, as for the window of a pooling.

    After ``sn.axis("r", 3)`` the index r of ``x["n 2*h+r"]`` runs over 0, 1, 2.  Without a declaration a new index runs
    over the largest range that stays inside the axis that it reads.
    """
    definition = _definition()
    count = sp.Integer(size.__index__())
    if count < 1:
        raise DefinitionError(f"axis '{name}' would have size {count}", hint="sizes are at least 1")
    known = definition.indices.setdefault(name, Index(name, count))
    if known.size != count:
        raise DefinitionError(f"axis '{name}' has size {definition.words(known.size)} already")


def transpose(x, axes: str) -> Tensor:
    """``x`` with its axes in this order, ``sn.transpose(x, "h t d")``: for an operation that takes them by position."""
    x = _array(x, "transpose")
    labels = axis_names(axes)
    order = {i.label: i for i in x.axes}
    if sorted(labels) != sorted(order):
        raise DefinitionError(f"'{axes}' is not an order of the axes \"{x.words}\"")
    return Tensor(x.definition, x.expr, (order[k] for k in labels), firm=True, weight=x.weight, hint=x.hint)


def pad(x, over: str, width) -> Tensor:
    """``x`` with ``width`` zeros (or ``(before, after)``) at both ends of the named axes."""
    x = _array(x, "pad")
    before, after = width if isinstance(width, tuple) else (width, width)
    before, after = before.__index__(), after.__index__()
    if before < 0 or after < 0:
        raise DefinitionError("a padding can not be negative")
    if x.weight > 1:
        x.definition.name_tensor(x, "unpadded")
    expr, axes = x.expr, list(x.axes)
    inner: list[Index] = []
    for label in axis_names(over):
        place = [k for k, i in enumerate(axes) if i.label == label]
        if not place:
            raise DefinitionError(f"axis '{label}' is not an axis of this array, whose axes are \"{x.words}\"")
        old = axes[place[0]]
        new = Index(label, old.size + before + after)
        source = fresh_index(old)
        expr = reindex(expr, {old: source}) * fn.eq(new, source + before)
        inner.append(source)
        axes[place[0]] = new
    result = Tensor(x.definition, reduce_over("sum", expr, inner), axes, firm=True, weight=x.weight)
    x.definition.name_tensor(result, "padded")
    return result


def flip(x, over: str) -> Tensor:
    """``x`` with the named axes read from the last entry to the first, ``sn.flip(x, "t")``."""
    x = _array(x, "flip")
    mirrored = {}
    for label in axis_names(over):
        index = next((i for i in x.axes if i.label == label), None)
        if index is None:
            raise DefinitionError(f"axis '{label}' is not an axis of this array, whose axes are \"{x.words}\"")
        mirrored[index] = index.size - 1 - index
    if x.weight > 1:
        x.definition.name_tensor(x, x.hint)
    return Tensor(x.definition, reindex(x.expr, mirrored), x.axes, firm=x.firm, weight=x.weight)


def assume(statement) -> None:
    """Declare a fact of the inputs, as in ``sn.assume(sn.sum(y, over="c") == 1)``.

    The derivation uses it, and it is taken at its word: of the arrays that a module gets it is not checked.
    """
    definition = _definition()
    if definition.step is not None:
        raise DefinitionError("a fact can not be assumed inside a scan", hint="assume it of the whole arrays before")
    if not isinstance(statement, Tensor) or not isinstance(statement.expr, fn.eq):
        raise DefinitionError("an assumption is an equation", hint='write sn.assume(sn.sum(y, over="c") == 1)')
    a, b = statement.expr.args
    lhs, rhs = (b, a) if fn.is_constant(a) else (a, b)
    if not fn.is_constant(rhs):
        raise DefinitionError("an assumption says that an expression of the inputs equals a constant")
    definition.facts.append(Fact(lhs, rhs, "assumed"))


__all__ = [
    "absolute",
    "arctan",
    "assume",
    "axis",
    "clip",
    "cos",
    "cosh",
    "erf",
    "exp",
    "expm1",
    "flip",
    "index",
    "log",
    "log1p",
    "logsumexp",
    "max",
    "maximum",
    "mean",
    "min",
    "minimum",
    "pad",
    "prod",
    "relu",
    "sigmoid",
    "sign",
    "sin",
    "sinh",
    "size",
    "softmax",
    "softplus",
    "sqrt",
    "std",
    "sum",
    "tan",
    "tanh",
    "transpose",
    "var",
    "where",
]  # fmt: skip
