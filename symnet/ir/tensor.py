"""The arrays that a definition computes with: expressions with named axes.

``+ - * / **`` and comparisons broadcast by axis name.  The axes of a result stand in the order of the operand that has
them all; where none has, in the order of first appearance.
"""

from __future__ import annotations

import math
import numbers
from collections.abc import Iterable
from fractions import Fraction
from typing import Any

import sympy as sp

from symnet.errors import DefinitionError
from symnet.ir import functions as fn
from symnet.ir.expr import Access, Constant, Index, free_indices, reduce_over
from symnet.ir.indexing import read
from symnet.ir.instead import instead

#: an anonymous expression of more operations than this gets a name of its own before it is used again
HEAVY = 40
#: decimals with a denominator up to this are exact fractions, others are constants of their own
SIMPLE = 64
#: what an author may have taken for an array
NO_VALUE = (
    'sn.axis and sn.assume give nothing back, the position on an axis is sn.index("s"); '
    "a function of your own has to end in `return`"
)


class Tensor:
    """A symbolic array; ``axes`` is the tuple of its indices, ``expr`` a scalar expression in them."""

    __slots__ = ("expr", "axes", "definition", "firm", "weight", "static", "hint")
    __hash__ = object.__hash__  # identity, though == makes a bracket

    def __init__(
        self, definition, expr: sp.Expr, axes: Iterable[Index] = (), *, firm=False, weight=1, static=None, hint="v"
    ):
        self.definition, self.expr, self.axes = definition, expr, tuple(axes)
        self.firm, self.weight, self.static, self.hint = firm, weight, static, hint

    # -- what an author may ask -----------------------------------------------------------------------------------
    @property
    def words(self) -> str:
        """The axes in words, in order."""
        return " ".join(i.label for i in self.axes)

    def __repr__(self) -> str:
        return f"Tensor({self.words!r}: {self.expr})"

    def __getattr__(self, name: str):
        if name.startswith("_"):  # a protocol that asks whether it is supported
            raise AttributeError(name)
        raise DefinitionError(f"an array of a definition has no '{name}'", hint=instead(name) or ELSE)

    def __getitem__(self, key) -> Tensor:
        return read(self, key)

    # -- arithmetic -----------------------------------------------------------------------------------------------
    def __add__(self, other):
        return combine(lambda a, b: a + b, self, other)

    def __radd__(self, other):
        return combine(lambda a, b: a + b, other, self)

    def __sub__(self, other):
        return combine(lambda a, b: a - b, self, other)

    def __rsub__(self, other):
        return combine(lambda a, b: a - b, other, self)

    def __mul__(self, other):
        return combine(lambda a, b: a * b, self, other)

    def __rmul__(self, other):
        return combine(lambda a, b: a * b, other, self)

    def __truediv__(self, other):
        return combine(lambda a, b: a / b, self, other)

    def __rtruediv__(self, other):
        return combine(lambda a, b: a / b, other, self)

    def __pow__(self, other):
        return combine(lambda a, b: a**b, self, other)

    def __rpow__(self, other):
        return combine(lambda a, b: a**b, other, self)

    def __neg__(self):
        return combine(lambda a: -a, self)

    def __pos__(self):
        return self

    def __abs__(self):
        return combine(fn.absolute, self)

    # -- comparisons: Iverson brackets ----------------------------------------------------------------------------
    def __gt__(self, other):
        return combine(fn.gt, self, other)

    def __ge__(self, other):
        return combine(fn.ge, self, other)

    def __lt__(self, other):
        return combine(lambda a, b: fn.gt(b, a), self, other)

    def __le__(self, other):
        return combine(lambda a, b: fn.ge(b, a), self, other)

    def __eq__(self, other):
        return combine(fn.eq, self, other)

    def __ne__(self, other):
        return combine(fn.ne, self, other)

    def __and__(self, other):
        return combine(lambda a, b: a * b, self, other)

    def __or__(self, other):
        return combine(lambda a, b: a + b - a * b, self, other)

    def __invert__(self):
        return combine(lambda a: 1 - a, self)

    # -- what a definition may not do -----------------------------------------------------------------------------
    def __bool__(self):
        if self.static is not None:
            return bool(self._fixed())
        raise DefinitionError(
            "the truth of an array is not known while a definition is read: `if`, `while`, `and` and `or` need it",
            hint="write sn.where(condition, a, b), or `&` and `|` between conditions",
        )

    def __index__(self):
        if isinstance(self.static, int):
            return self._fixed()
        raise DefinitionError("an array can not be used as a Python integer", hint='sizes are written sn.size("n")')

    def __int__(self):
        return self.__index__()

    def __float__(self):
        raise DefinitionError("an array can not be turned into a Python number", hint="use the functions of sn")

    def __format__(self, spec):
        return format(self.__index__(), spec) if isinstance(self.static, int) else repr(self)

    def _fixed(self):
        """The value of a constant used as a Python value: it becomes part of the graph."""
        self.definition.fix(self.expr)
        return self.static

    def __iter__(self):
        raise DefinitionError("an array can not be iterated", hint='name its axes instead, as in x["i d"]')

    def __len__(self):
        raise DefinitionError("an array has no Python length", hint='sizes are written sn.size("n")')

    def __matmul__(self, other):
        raise DefinitionError(
            "`@` does not say which axes are contracted", hint='write sn.sum(a * b, over="d"), the axes go by name'
        )

    __rmatmul__ = __matmul__

    def __array__(self, *args, **kwargs):
        raise DefinitionError("a symbolic array has no values", hint="write the definition with the functions of sn")

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        operation = ARITHMETIC.get(ufunc.__name__)
        if operation and method == "__call__" and not kwargs:
            return combine(operation, *inputs)
        raise DefinitionError(
            f"np.{ufunc.__name__} can not take a symbolic array", hint=instead(ufunc.__name__) or ELSE
        )

    def __array_function__(self, function, types, args, kwargs):
        name = function.__name__
        raise DefinitionError(f"np.{name} can not take a symbolic array", hint=instead(name) or ELSE)

    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):
        name = function.__name__
        raise DefinitionError(f"torch.{name} can not take a symbolic array", hint=instead(name) or ELSE)

    def __floordiv__(self, other):
        if self.static is not None:  # a constant that decides a shape, as in sn.pad(x, "t", k // 2)
            return self._fixed() // other
        raise DefinitionError("`//` has the slope 0", hint="divide by `/`, or count with comparisons, as in x > 0")

    def __mod__(self, other):
        if self.static is not None:
            return self._fixed() % other
        raise DefinitionError("`%` has no form here", hint="compute it outside and make it a parameter")

    def __round__(self, digits=None):
        raise DefinitionError("a rounded number has the slope 0", hint="count with comparisons, as in x > 0")

    def __setitem__(self, key, value):
        raise DefinitionError("an array can not be written into", hint="write sn.where(condition, a, b)")


ELSE = "use operators and the functions of sn"

ARITHMETIC = {
    "add": lambda a, b: a + b,
    "subtract": lambda a, b: a - b,
    "multiply": lambda a, b: a * b,
    "divide": lambda a, b: a / b,
    "power": lambda a, b: a**b,
}


def number(value: Any) -> sp.Expr:
    """A Python or NumPy number as an exact SymPy number (decimals are read as they are written)."""
    if isinstance(value, bool):
        return sp.Integer(int(value))
    if isinstance(value, numbers.Integral):
        return sp.Integer(int(value))
    if isinstance(value, numbers.Real):
        value = float(value)
        if value != value:
            raise DefinitionError("a constant of a definition is not a number (NaN)")
        if value in (float("inf"), float("-inf")):
            return sp.oo if value > 0 else -sp.oo
        if circular := _of_pi(value):
            return circular
        exact = sp.Rational(repr(value))
        return exact if exact.q <= SIMPLE else Constant(exact)
    if type(value).__module__.startswith("numpy") and hasattr(value, "shape"):
        if value.shape == ():
            return number(value.item())
        raise DefinitionError("a NumPy array stands in the definition", hint="make it a parameter with named axes")
    hint = NO_VALUE if value is None else "make it a parameter: an array with named axes, or a constant after `*`"
    raise DefinitionError(f"{value!r} is not a number or an array of this definition", hint=hint)


def _of_pi(value: float) -> sp.Expr | None:
    """r pi or r / pi for a simple fraction r: who writes math.pi means pi itself."""
    for power in (1, -1):
        r = Fraction(value / math.pi**power).limit_denominator(12)
        near = (float(r) * math.pi**power, r.numerator * math.pi**power / r.denominator, r / math.pi)
        if 0 < abs(r.numerator) <= SIMPLE**2 and value in near:
            return sp.Rational(r) * sp.pi**power
    return None


def combine(function, *operands) -> Any:
    """``function`` applied elementwise to operands broadcast by axis name."""
    tensors = [t for t in operands if isinstance(t, Tensor)]
    if not tensors:
        return defined(function(*map(number, operands)))
    definition = tensors[0].definition
    for t in tensors[1:]:
        if t.definition is not definition:
            raise DefinitionError("an array of another definition is used here", hint="make it a parameter")
    axes, firm = broadcast(definition, tensors)
    weight = 1
    exprs = []
    for operand in operands:
        if not isinstance(operand, Tensor):
            exprs.append(number(operand))
            continue
        if operand.weight >= HEAVY:
            definition.name_tensor(operand, operand.hint)
        elif len(axes) > len(operand.axes):
            definition.name_reductions(operand)
        weight += operand.weight
        exprs.append(operand.expr)
    expr = defined(function(*exprs))
    if expr.has(sp.Abs):  # SymPy's sqrt(x^2)
        expr = expr.replace(sp.Abs, fn.absolute)
    return Tensor(definition, expr, axes, firm=firm, weight=weight)


def defined(expr: sp.Expr) -> sp.Expr:
    """``expr``, which holds no 1/0 and nothing that is not real."""
    if expr.has(sp.zoo, sp.nan, sp.I):
        raise DefinitionError("this is not a real number for any input: a division by 0, say, or the logarithm of 0")
    for power in expr.atoms(sp.Pow):
        if power.base.is_negative and fn.is_constant(power.base) and not power.exp.is_integer:
            raise DefinitionError("a negative number has real powers only where the exponent is an integer")
    return expr


def broadcast(definition, tensors: list[Tensor]) -> tuple[tuple[Index, ...], bool]:
    """The axes of a result, matched by name, and whether an author has set their order."""
    sizes: dict[str, Index] = {}
    for t in tensors:
        for index in t.axes:
            seen = sizes.setdefault(index.label, index)
            if seen != index:
                raise DefinitionError(
                    f"axis '{index.label}' has size {definition.words(seen.size)} in one operand and "
                    f"{definition.words(index.size)} in the other",
                    hint=f'read one of them under a new name, as in x["{index.label}2"], or, to pair entries, both: '
                    'later = x["s+1"] and then later - x["s"]; '
                    'where a window is to keep the size, give its size, as in the input k: "c r=3"',
                )
    full = [t for t in tensors if len(t.axes) == len(sizes)]
    if full:
        first = next((t for t in full if t.firm), full[0])
        return first.axes, first.firm
    return tuple(sizes.values()), False


def axis_names(axes: object) -> list[str]:
    """The names in a string such as "h w"."""
    if isinstance(axes, str):
        names = axes.split()
        if twice := [name for k, name in enumerate(names) if name in names[:k]]:
            raise DefinitionError(f"axis '{twice[0]}' stands twice in \"{axes}\"", hint="name every axis once")
        return names
    several = isinstance(axes, (tuple, list)) and all(isinstance(axis, str) for axis in axes)
    words = " ".join(axes) if several else "h w"  # type: ignore[arg-type]
    if isinstance(axes, Tensor):
        raise DefinitionError(
            "an array does not name axes",
            hint="the larger of two arrays is sn.maximum(a, b), the smaller sn.minimum(a, b)",
        )
    raise DefinitionError(f"{axes!r} does not name axes", hint=f'write their names in one string, as in over="{words}"')


def reduction(op: str, x: Tensor, over: str | None) -> Tensor:
    """``op`` of ``x`` over the named axes (all of them where none is named)."""
    labels = [i.label for i in x.axes] if over is None else axis_names(over)
    if not labels and over is not None:
        raise DefinitionError(f"{op} over no axis", hint='name one, as in over="d"')
    indices = []
    for label in labels:
        match = [i for i in x.axes if i.label == label]
        if not match:
            raise DefinitionError(
                f"axis '{label}' is not an axis of this array, whose axes are \"{x.words}\"",
                hint=f"reduce over one of {', '.join(repr(i.label) for i in x.axes) or 'none: it is a scalar'}",
            )
        indices.append(match[0])
    rest = tuple(i for i in x.axes if i not in indices)
    indices.sort(key=x.axes.index)
    if x.weight >= HEAVY:
        x.definition.name_tensor(x, x.hint)
    depends = free_indices(x.expr)
    count = sp.Mul(*(i.size for i in indices if i not in depends))
    expr = _reduced(op, x.expr, [i for i in indices if i in depends], count)
    return Tensor(x.definition, expr, rest, firm=x.firm, weight=x.weight + 1)


def _reduced(op: str, expr: sp.Expr, indices: list[Index], count: sp.Expr) -> sp.Expr:
    """The reduction over ``indices``, and over ``count`` equal copies of that."""
    if op == "prod":
        for index in indices:
            expr = reduce_over(op, expr, (index,))
        return expr**count
    if op == "sum":
        return count * total(expr, indices)
    if op == "logsumexp":
        return reduce_over(op, expr, indices) + sp.log(count)
    return reduce_over(op, expr, indices)


def total(expr: sp.Expr, indices: Iterable[Index]) -> sp.Expr:
    """The sum over ``indices``; constant factors stand before it."""
    constant, rest = expr.as_independent(*expr.atoms(Access), as_Add=False) if expr.is_Mul else (sp.S.One, expr)
    if expr.is_Mul and fn.is_constant(constant) and not constant.atoms(Index):
        return constant * total(rest, indices) if constant != 1 else reduce_over("sum", rest, indices)
    if expr.func.__name__ == "Reduction" and expr.op == "sum":
        body, inner = expr.open()
        return reduce_over("sum", body, (*indices, *inner))
    return reduce_over("sum", expr, indices)
