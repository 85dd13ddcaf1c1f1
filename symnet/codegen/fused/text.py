"""Expressions of single numbers, as numba compiles them: every constant in the dtype of the arrays."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeGuard

import sympy as sp

from symnet.codegen import arrays as ar
from symnet.codegen.fast.instructions import is_view
from symnet.codegen.fused.places import Unfusable
from symnet.codegen.scalars import ATOM, COMPARE, PRODUCT, SIGN, Text
from symnet.codegen.text import INFIX, ArrayText

REAL = "real"
#: own functions of one number, in helpers of the same name
OWN = {"exp": "exp1", "log": "log1", "tanh": "tanh1", "maximum": "larger1", "minimum": "smaller1", "erf": "erf1",
       "expm1": "expm11", "log1p": "log1p1", "log1p_unit": "log1p_unit1"}  # fmt: skip
#: the helpers that these call
NEEDS = {"expm1": ("exp1",), "tanh": ("exp1",), "erf": ("tanh1", "exp1"), "log1p": ("log1",)}
NUMPY = {"sqrt", "sign", "abs"}
#: functions of the C library, which the compiler calls for one number after the other
CALLS = {"sin", "cos", "tan", "sinh", "cosh", "arctan"}
ARITHMETIC = {"add", "sub", "mul", "div", "gt", "ge", "lt", "le", "eq", "ne"}
#: powers up to this one are products
MOST = 8


class NumberText(ArrayText):
    """Prints operations on single numbers; ``element`` says how the element of an operand is written."""

    def __init__(self, names: Mapping[sp.Symbol, str], dtype: str, element: Callable[[ar.Array], Text]) -> None:
        super().__init__(names, dtype)
        self.element = element
        self.constants: dict[sp.Expr, str] = {}
        self.fresh: Callable[[str], str] = str

    def text(self, array: ar.Array) -> Text:
        if isinstance(array, (ar.Ref, ar.Subscript)) or is_view(array):
            return self.element(array)
        if isinstance(array, (ar.Copy, ar.Full)):
            return self.text(array.children[0])
        if isinstance(array, (ar.Apply, ar.Const)):
            return super().text(array)
        raise Unfusable(type(array).__name__)

    def _const(self, array: ar.Const) -> Text:
        value = array.value
        if value.has(sp.Function) and value.atoms(sp.Function) - value.atoms(sp.floor, sp.ceiling):
            raise Unfusable("a function of constants")
        if not value.free_symbols:
            return f"{REAL}({self.scalar(value)})", ATOM
        if value not in self.constants:  # computed once, before the loops
            self.constants[value] = self.fresh(f"c{len(self.constants) + 1}")
        return self.constants[value], ATOM

    def _apply(self, array: ar.Apply) -> Text:
        op, args = array.op, array.args
        if op in ARITHMETIC:
            args = tuple(self.number(a) for a in args)
            if op in ("gt", "ge", "lt", "le", "eq", "ne"):
                symbol = INFIX[op][0]
                return f"{self(args[0], COMPARE + 1)}{symbol}{self(args[1], COMPARE + 1)}", COMPARE
            return self._infix(op, *args)
        if op == "and":
            return f"{self(args[0], COMPARE + 1)} & {self(args[1], COMPARE + 1)}", COMPARE
        if op == "neg":
            return f"-{self(self.number(args[0]), PRODUCT)}", PRODUCT
        if op == "not":
            return f"not {self(args[0], ATOM)}", COMPARE
        if op == "truth":
            return f"{self(args[0], ATOM)} != 0", COMPARE
        if op == "cast":
            return f"{REAL}({self(args[0])})", ATOM
        if op == "square":
            return f"{self(args[0], ATOM)} ** 2", SIGN
        if op == "pow":
            return self._power(*args)
        if op == "exp" and len(args) == 2:
            args = (ar.Apply(args[0].layout, "real", "mul", args),)
        if op == "where":
            condition, a, b = args
            return f"({self(self.number(a))} if {self(condition)} else {self(self.number(b))})", ATOM
        if op in OWN:
            self.helpers.update((OWN[op], *NEEDS.get(op, ())))
            return f"_{OWN[op]}({', '.join(self(self.number(a)) for a in args)})", ATOM
        if op in NUMPY or op in CALLS:
            return f"np.{op}({', '.join(self(self.number(a)) for a in args)})", ATOM
        raise Unfusable(op)

    def _power(self, base: ar.Array, exponent: ar.Array) -> Text:
        power = str(exponent.value) if is_product(exponent) else self(self.number(exponent), ATOM)
        return f"{self(base, ATOM)} ** {power}", SIGN

    def number(self, array: ar.Array) -> ar.Array:
        """A truth value in arithmetic counts as 0 or 1."""
        if array.kind == "bool" and not (isinstance(array, ar.Apply) and array.op == "cast"):
            return ar.Apply(array.layout, "real", "cast", (array,))
        return array


def is_product(exponent: ar.Array) -> TypeGuard[ar.Const]:
    """Is a power with this exponent a product?"""
    return isinstance(exponent, ar.Const) and bool(exponent.value.is_Integer) and 0 < exponent.value <= MOST


def is_call(array: ar.Apply) -> bool:
    """Is it a function of the C library?"""
    return array.op in CALLS or array.op == "pow" and not is_product(array.args[1])
