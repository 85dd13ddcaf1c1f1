"""Array expressions as NumPy text: the readable style."""

from __future__ import annotations

import string
from collections.abc import Mapping, Sequence

import sympy as sp

from symnet.codegen import arrays as ar
from symnet.codegen.scalars import AND, ATOM, COMPARE, POWER, PRODUCT, SIGN, SUM, ScalarText, Text, is_simple, power
from symnet.ir.expr import Index

UFUNCS = {
    "exp", "log", "log1p", "expm1", "sqrt", "sin", "cos", "tan", "tanh", "sinh", "cosh", "arctan", "abs", "sign",
    "maximum", "minimum", "where",
}  # fmt: skip
HELPERS = {"sigmoid", "softplus", "erf"}
INFIX = {
    "add": (" + ", SUM), "sub": (" - ", SUM), "mul": (" * ", PRODUCT), "div": (" / ", PRODUCT),
    "floordiv": (" // ", PRODUCT), "mod": (" % ", PRODUCT),
    "gt": (" > ", COMPARE), "ge": (" >= ", COMPARE), "lt": (" < ", COMPARE), "le": (" <= ", COMPARE),
    "eq": (" == ", COMPARE), "ne": (" != ", COMPARE), "and": (" & ", AND),
}  # fmt: skip


class ArrayText:
    """Prints array expressions; ``dtype`` is the text for the dtype of the function's arrays."""

    def __init__(self, names: Mapping[sp.Symbol, str], dtype: str) -> None:
        self.scalar = ScalarText(names)
        self.dtype = dtype
        self.uses_windows = False
        self.uses_dtype = False

    @property
    def helpers(self) -> set[str]:
        return self.scalar.helpers

    def __call__(self, array: ar.Array, at_least: int = 0) -> str:
        text, level = self.text(array)
        return text if level >= at_least else f"({text})"

    def text(self, array: ar.Array) -> Text:
        return getattr(self, f"_{type(array).__name__.lower()}")(array)

    # -- leaves ---------------------------------------------------------------------------------------------------
    def _ref(self, array: ar.Ref) -> Text:
        return array.name, ATOM

    def _const(self, array: ar.Const) -> Text:
        return self.scalar.text(array.value)

    def _positions(self, array: ar.Positions) -> Text:
        return f"np.arange({self.scalar(array.size)})", ATOM

    def _empty(self, array: ar.Empty) -> Text:
        return f"np.empty({self.shape(array.layout)}, {self._dtype()})", ATOM

    def _zeros(self, array: ar.Zeros) -> Text:
        if array.like:
            return f"np.zeros_like({array.like})", ATOM
        return f"np.zeros({self.shape(array.layout)}, {self._dtype()})", ATOM

    def _full(self, array: ar.Full) -> Text:
        value = array.value
        if value.kind == "const" and isinstance(value, ar.Const) and value.value in (0, 1):
            name = "zeros" if value.value == 0 else "ones"
            return f"np.{name}({self.shape(array.layout)}, {self._dtype()})", ATOM
        if value.kind == "const":
            return f"np.full({self.shape(array.layout)}, {self(value)}, {self._dtype()})", ATOM
        return f"np.full({self.shape(array.layout)}, {self(value)})", ATOM

    def _dtype(self) -> str:
        self.uses_dtype = True
        return self.dtype

    def shape(self, layout: ar.Layout) -> str:
        sizes = [self.scalar(i.size) if i is not None else "1" for i in layout]
        return f"({sizes[0]},)" if len(sizes) == 1 else f"({', '.join(sizes)})"

    # -- elementwise ----------------------------------------------------------------------------------------------
    def _apply(self, array: ar.Apply) -> Text:
        op, args = array.op, array.args
        if op in INFIX:
            return self._infix(op, *args)
        if op == "neg":
            return f"-{self(args[0], PRODUCT)}", PRODUCT
        if op == "not":
            return f"~{self(args[0], ATOM)}", SIGN
        if op == "pow":
            return power(self.text(args[0]), self.text(args[1]))
        if op == "cast":
            return self._cast(args[0])
        if op == "truth":
            return f"{self(args[0], AND)} != 0", COMPARE
        if op in HELPERS:
            self.helpers.add(op)
            return f"_{op}({self(args[0])})", ATOM
        assert op in UFUNCS, op
        return f"np.{op}({', '.join(map(self, args))})", ATOM

    def _cast(self, arg: ar.Array) -> Text:
        if isinstance(arg, ar.Positions):
            return f"np.arange({self.scalar(arg.size)}, dtype={self._dtype()})", ATOM
        if not any(isinstance(a, (ar.Ref, ar.Positions)) for a in ar.walk(arg)):
            return f"np.asarray({self(arg)}, {self._dtype()})", ATOM
        return f"{self(arg, ATOM)}.astype({self._dtype()})", ATOM

    def _infix(self, op: str, a: ar.Array, b: ar.Array) -> Text:
        symbol, level = INFIX[op]
        left, right = level, level + 1
        if op in ("mul", "div") and isinstance(a, ar.MatMul):
            left = SIGN  # (a @ b) * c
        if level == COMPARE:
            left = right = AND
        if op == "and":
            left, right = AND, AND + 1
        return f"{self(a, left)}{symbol}{self(b, right)}", level

    def _matmul(self, array: ar.MatMul) -> Text:
        left = PRODUCT if isinstance(array.a, ar.MatMul) else SIGN
        return f"{self(array.a, left)} @ {self(array.b, SIGN)}", PRODUCT

    def _einsum(self, array: ar.Einsum) -> Text:
        """NumPy multiplies the last operand by the first, whose last axis lies closest together in the result.

        It is the last one of the result where it can be, or what follows reads the result slowly (a maximum: 9 times).
        Windows are copied before; how they lie decides there.
        """
        args = array.args
        windows = any(isinstance(part, ar.Windows) for a in args for part in ar.walk(a))
        kept = [{*a.indices} & {*array.indices} for a in args]
        if len(args) == 2 and not windows and not kept[0] & kept[1] and kept[1] & {*array.indices[-1:]}:
            args = args[::-1]
        letters = letters_for(dict.fromkeys(i for a in array.args for i in a.indices))
        inputs = ",".join("".join(letters[i] for i in a.indices) for a in args)
        output = "".join(letters[i] for i in array.indices)
        operands = ", ".join(map(self, args))
        return f'np.einsum("{inputs}->{output}", {operands}, optimize=True)', ATOM

    # -- reductions -----------------------------------------------------------------------------------------------
    def _reduce(self, array: ar.Reduce) -> Text:
        options = []
        if len(array.axes) < len(array.arg.layout) or array.keep:
            axes = array.axes
            options.append(f"axis={axes[0] if len(axes) == 1 else axes}")
        if array.keep:
            options.append("keepdims=True")
        return f"{self(array.arg, ATOM)}.{array.op}({', '.join(options)})", ATOM

    def _othersproduct(self, array: ar.OthersProduct) -> Text:
        self.helpers.add("product_of_others")
        return f"_product_of_others({self(array.arg)}, axis={array.axis})", ATOM

    # -- shape and indexing ---------------------------------------------------------------------------------------
    def _transpose(self, array: ar.Transpose) -> Text:
        order, arg = array.order, self(array.arg, ATOM)
        if order == (1, 0):
            return f"{arg}.T", ATOM
        moved = [k for k, o in enumerate(order) if k != o]
        if len(moved) == 2:
            return f"{arg}.swapaxes({moved[0]}, {moved[1]})", ATOM
        return f"{arg}.transpose({', '.join(map(str, order))})", ATOM

    def _diagonal(self, array: ar.Diagonal) -> Text:
        a, b = array.axes
        options = "" if len(array.arg.layout) == 2 else f", axis1={a}, axis2={b}"
        return f"np.diagonal({self(array.arg)}{options})", ATOM

    def _flat(self, array: ar.Flat) -> Text:
        rest = array.arg.layout[: len(array.arg.layout) - array.count]
        sizes = "".join(f"{self.scalar(i.size) if i is not None else 1}, " for i in rest)
        return f"{self(array.arg, ATOM)}.reshape({sizes}-1)", ATOM

    def _windows(self, array: ar.Windows) -> Text:
        self.uses_windows = True
        sizes = [self.scalar(s) for s in array.sizes]
        size = sizes[0] if len(sizes) == 1 else f"({', '.join(sizes)})"
        axis = array.axes[0] if len(array.axes) == 1 else array.axes
        return f"sliding_window_view({self(array.arg)}, {size}, axis={axis})", ATOM

    def _pad(self, array: ar.Pad) -> Text:
        widths = ", ".join(f"({self.scalar(a)}, {self.scalar(b)})" for a, b in array.widths)
        return f"np.pad({self(array.arg)}, ({widths}{',' if len(array.widths) == 1 else ''}))", ATOM

    def _copy(self, array: ar.Copy) -> Text:
        return f"{self(array.arg, ATOM)}.copy()", ATOM

    def _subscript(self, array: ar.Subscript) -> Text:
        return f"{self(array.arg, ATOM)}[{self.items(array.items)}]", ATOM

    def items(self, items: Sequence[ar.Item]) -> str:
        """The inside of a subscript."""
        items = list(items)
        last = items[-1]
        while len(items) > 1 and isinstance(items[-1], ar.Slice) and items[-1].full:
            items.pop()
        fresh = sum(isinstance(i, ar.NewAxis) for i in items)
        full = [isinstance(i, ar.Slice) and i.full for i in items]
        if fresh and items[-1] is last and len(items) - fresh > 2 and all(full[:-fresh]) and not any(full[-fresh:]):
            return f"..., {', '.join(['None'] * fresh)}"
        return ", ".join(map(self.item, items))

    def at(self, ufunc: str, update: ar.Update, places: str, value: str) -> str:
        """A call that adds at places which may repeat."""
        return f"{ufunc}.at({update.target.name}, {places}, {value})"

    def item(self, item: ar.Item) -> str:
        if isinstance(item, ar.NewAxis):
            return "None"
        if isinstance(item, ar.Array):
            return self(item)
        if not isinstance(item, ar.Slice):
            return self.scalar(item)
        start = "" if item.start == 0 or item.from_last else self.scalar(item.start)
        stop = "" if item.stop is None else self.scalar(item.stop)
        step = "" if item.step == 1 else str(item.step)
        gap = "" if all(is_simple(t) for t in (start, stop) if t) else " "
        text = (start + gap if start else "") + ":" + (gap + stop if stop else "")
        return text + (f"{gap}:{gap}{step}" if step else "")


def letters_for(indices: Sequence[Index] | Mapping[Index, None]) -> dict[Index, str]:
    """A letter for each index: its own initial where that is free."""
    letters: dict[Index, str] = {}
    for index in indices:
        initial = index.label[0].lower()
        free = (initial, initial.upper(), *string.ascii_letters)
        letters[index] = next(c for c in free if c not in letters.values())
    return letters


__all__ = ["POWER", "ArrayText"]
