"""How one operation is written: as a ufunc with ``out=``, a contraction, or an expression.

sum over the last axis of a * b     np.vecdot(a, b)                one pass, BLAS
sum over the first axis of a * b    np.einsum("nd,nd->d", a, b)
sum of a * b, b with fewer axes     np.einsum("nek,ne->nk", a, b)  a third of the time of the product and its sum
sum over three entries of a         np.einsum("nr->n", a)          half the time of vecdot, one call for each row
sum over the last axis of a         np.vecdot(a, ones)             3 times as fast as a.sum(axis=1)
sum over the first axis of a * r    r @ a                          r a column
sum over the first axis of a        ones @ a                       1.5 times as fast as a.sum(axis=0)
largest entry of every row of a     _fold(np.maximum, a)           short rows column by column, up to 30 times as fast
a where a mask is true, else b      _where(mask, a, b, out)        4 to 10 times as fast as np.where
rows added at labels                _at(np.add, a, labels, rows)   2 to 20 times as fast as np.add.at
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import sympy as sp

from symnet.codegen.align import without_ones
from symnet.codegen.arrays import Apply, Array, Const, Copy, Flat, Full, Layout, MatMul, Reduce, Ref, const
from symnet.codegen.emit import INDENT
from symnet.codegen.fast.instructions import Blank, Gemm
from symnet.codegen.fast.memory import WorkspaceText
from symnet.codegen.fast.passes import Planner
from symnet.codegen.fast.places import folded
from symnet.codegen.scalars import ATOM, PRODUCT, Text
from symnet.codegen.text import HELPERS, letters_for
from symnet.codegen.wrap import statement as call

UFUNCS = {
    "add": "add", "sub": "subtract", "mul": "multiply", "div": "divide", "neg": "negative", "square": "square",
    "pow": "power", "exp": "exp", "exp2": "exp2", "log": "log", "log1p": "log1p", "expm1": "expm1", "sqrt": "sqrt",
    "sin": "sin", "cos": "cos", "tan": "tan", "tanh": "tanh", "sinh": "sinh", "cosh": "cosh", "arctan": "arctan",
    "abs": "absolute", "sign": "sign", "maximum": "maximum", "minimum": "minimum", "gt": "greater",
    "ge": "greater_equal", "lt": "less", "le": "less_equal", "eq": "equal", "ne": "not_equal", "and": "logical_and",
    "not": "logical_not", "floordiv": "floor_divide", "mod": "remainder", "log1p_unit": "log1p",
}  # fmt: skip


SHORT = 16  # entries of an axis of fixed size over which vecdot takes longer than einsum


class FastText(WorkspaceText):
    """Prints expressions of the fast style; ``rows`` are vectors of equal numbers."""

    def __init__(self, names: Mapping[sp.Symbol, str], dtype: str, planner: Planner) -> None:
        super().__init__(names, dtype)
        self.planner = planner
        self.rows: dict[tuple[sp.Expr, sp.Expr, sp.Expr], str] = {}
        self.fresh: Callable[[str], str] = str

    def _apply(self, array: Apply):
        if array.op == "square":
            return f"np.square({self(array.args[0])})", ATOM
        if array.op == "log1p_unit":
            return f"np.log1p({self(array.args[0])})", ATOM
        if array.op == "exp" and len(array.args) == 2:
            return f"np.exp({self(array.args[0], PRODUCT)} * {self(array.args[1], PRODUCT + 1)})", ATOM
        return super()._apply(array)

    def _reduce(self, array: Reduce):
        if array.op == "sum_log1p":
            self.helpers.update(("log_product", "workspace"))
            if isinstance(array.arg, Apply) and array.arg.op == "pair":
                self.helpers.add("sum_log1p_exp")
                return f"_sum_log1p_exp({', '.join(map(self, array.arg.args))})", ATOM
            self.helpers.add("sum_log1p")
            return f"_sum_log1p({self(array.arg)})", ATOM
        if array.arg.kind == "real" and (text := folded(array, self)) is not None:
            return self.kept(text, array)
        if array.op == "sum" and array.arg.kind == "real":
            return self.sum(array)
        rank = len(array.arg.layout)
        if array.op in ("max", "min") and array.axes == (rank - 1,) and rank > 1 and array.arg.kind == "real":
            self.helpers.add("fold")
            return self.kept(f"_fold(np.{array.op}imum, {self(array.arg)})", array)
        return super()._reduce(array)

    def _matmul(self, array: MatMul):
        """A product of a whole array, also inside of a statement, lies in memory of an earlier one."""
        if self.height or self.stepping or len(array.layout) < 2:
            return super()._matmul(array)
        return f"np.matmul({self(array.a)}, {self(array.b)}, out={self.made(array.layout)})", ATOM

    def _copy(self, array: Copy):
        if self.height or self.stepping:
            return super()._copy(array)
        self.helpers.update(("copy", "workspace"))
        return f"_copy({self(array.arg)})", ATOM

    def _flat(self, array: Flat):
        kept, joined = array.arg.layout[: -array.count], array.arg.layout[-array.count :]
        sizes = [self.scalar(i.size) if i is not None else "1" for i in kept[1:]]
        last = self.scalar(sp.Mul(*(i.size for i in joined if i is not None)))
        return f"{self(array.arg, ATOM)}.reshape({', '.join([*['-1'] * bool(kept), *sizes, last])})", ATOM

    def _blank(self, array: Blank):
        return self.made(array.layout), ATOM

    # -- into a buffer --------------------------------------------------------------------------------------------
    def into(self, value: Array, out: str) -> list[str]:
        """Statements that write ``value`` into the array ``out``."""
        if isinstance(value, Apply):
            return self.apply_into(value, out)
        if isinstance(value, MatMul):
            return [f"np.matmul({self(value.a)}, {self(value.b)}, out={out})"]
        if isinstance(value, Gemm):
            return [f"np.matmul({self(value.a)}, {self(value.b)}, out={out}.{self.reshaped(value.shape)})"]
        if isinstance(value, (Copy, Full)):
            return [f"{out}[...] = {self(value.children[0])}"]
        return [f"{out}[...] = {self(value)}"]

    def written(self, value: Array, out: str, comment: str) -> list[str]:
        """The lines for that; the comment stands at the line, or above where there are several."""
        first, *more = self.into(value, out)
        lines = call(INDENT, first)
        if comment and len(lines) == 1 and len(lines[0]) + len(comment) < 90:
            lines = [f"{lines[0]}  # {comment}"]
        elif comment:
            lines = [f"{INDENT}# {comment}", *lines]
        return [*lines, *(line for part in more for line in call(INDENT, part))]

    def apply_into(self, value: Apply, out: str) -> list[str]:
        op, args = value.op, value.args
        if op == "where":
            condition, a, b = map(self, args)
            if isinstance(args[2], Const) and args[2].value == 0 and not isinstance(args[1], Const):
                self.helpers.add("masked")
                return [f"_masked({a}, {condition}, out={out})"]
            if any(arg.kind not in ("real", "const") for arg in args[1:]):
                return [f"{out}[...] = np.where({condition}, {a}, {b})"]
            self.helpers.add("where")
            return [f"_where({condition}, {a}, {b}, out={out})"]
        if op == "cast":
            return [f"{out}[...] = {self(args[0])}"]
        if op == "exp" and self.planner.on("exp2"):
            self.planner.act("exp2")
            self.helpers.add("exp")
            return [f"_exp({', '.join(map(self, args))}, out={out})"]
        if op == "erf":
            self.helpers.add("erf")
            return [f"_erf({self(args[0])}, out={out})"]
        if op in HELPERS or op == "truth" or len(args) == 2 and op == "exp":
            return [f"{out}[...] = {self(value)}"]
        return [f"np.{UFUNCS[op]}({', '.join(map(self, args))}, out={out})"]

    def constant_row(self, size: sp.Expr, number: Const, block: sp.Expr = sp.S.Zero) -> str:
        """A row of equal numbers, for an axis or for what of it is in a block, which has ``block`` of them in a row."""
        key = (size, number.value, block)
        if key not in self.rows:
            words = {0: "zeros", 1: "ones"}.get(number.value, "row")
            length = self.scalar(size).replace(" * ", "_")
            length = length if length.isidentifier() else str(len(self.rows))
            self.rows[key] = self.fresh(f"{words}_{length}" if words != "row" else f"row{len(self.rows)}_{length}")
        return self.rows[key]

    # -- sums -----------------------------------------------------------------------------------------------------
    def sum(self, value: Reduce) -> Text:
        body = value.arg
        layout, axes = body.layout, set(value.axes)
        rank = len(layout)
        tail = 0
        while tail < rank and rank - 1 - tail in axes:
            tail += 1
        factors = body.args if isinstance(body, Apply) and body.op == "mul" else ()
        short = sp.Mul(*(i.size for i in layout[rank - tail :] if i is not None)) if 0 < tail < rank else sp.oo
        least = 1 if tail == 1 else rank  # vecdot broadcasts what stands before the last axis
        whole = all(len(f.layout) >= least and None not in f.layout[len(f.layout) - tail :] for f in factors)
        if (factors and not whole) or (short.is_Integer and short <= SHORT):
            return self.kept(self.einsum(factors if factors else (body,), layout, axes), value)
        pair = factors if factors and whole else None
        first = self(pair[0] if pair else body, ATOM)
        second = self(pair[1], ATOM) if pair else ""
        if not tail:
            weights = self.weights(pair, layout, axes) if pair else None
            if weights is not None:
                return self.kept(weights, value, PRODUCT)
            if pair:
                text = self.einsum(pair, layout, axes)
            elif axes == {*range(rank - 1)} and rank > 1 and isinstance(body, Ref) and None not in layout:
                return self.kept(self.rows_added(body), value, PRODUCT)
            else:
                text = f"{first}.sum({self.axis(sorted(axes))})"
            return self.kept(text, value)
        if tail > 1 and rank > 1:

            def joined(text: str, like: str) -> str:
                front = f"*{like}.shape[:{rank - tail}], " if rank > tail else ""
                return f"{text}.reshape({front}-1)"

            if pair:  # a factor may have length 1 where the other has an axis
                alike = pair[0].layout[: rank - tail] == pair[1].layout[: rank - tail]
                second = joined(second, first if alike else second)
            first = joined(first, first)
        if pair:
            text = f"np.vecdot({first}, {second})"
        elif rank > tail:
            text = f"np.vecdot({first}, {self.ones(layout[rank - tail :])})"
        else:
            text = f"{first}.sum()"
        rest = sorted(axes - set(range(rank - tail, rank)))
        if rest:
            text = f"{text}.sum({self.axis(rest)})"
        return self.kept(text, value)

    def rows_added(self, array: Ref) -> str:
        """The sum over all axes but the last: a row of ones times the array."""
        first, *rest = (i.size for i in array.indices[:-1])
        ones = self.constant_row(sp.Mul(first, *rest), const(1), sp.Mul(*rest) if self.height else sp.S.Zero)
        count = " * ".join((f"({self.height})" if rest else self.height, *(self.scalar(size, 4) for size in rest)))
        rows = f"{ones}[: {count}]" if self.height else ones
        return f"{rows} @ {self(array)}{f'.{self.reshaped(array.layout[-2:])}' if rest else ''}"

    def einsum(self, factors: Sequence[Array], layout: Layout, axes: set[int]) -> str:
        """The sum over ``axes`` of a product, whose factors may lack some of the indices of ``layout``."""
        letters = letters_for(dict.fromkeys(i for i in layout if i is not None))
        output = "".join(letters[i] for k, i in enumerate(layout) if k not in axes and i is not None)
        operands = [without_ones(f) for f in factors]
        inputs = ",".join("".join(letters[i] for i in o.layout if i is not None) for o in operands)
        text = f'np.einsum("{inputs}->{output}", {", ".join(map(self, operands))})'
        left = [i for k, i in enumerate(layout) if k not in axes]
        return f"{text}[{', '.join('None' if i is None else ':' for i in left)}]" if None in left else text

    def weights(self, pair: tuple[Array, ...], layout: Layout, axes: set[int]) -> str | None:
        """sum_n a[n, d] r[n]: the vector r times the matrix a."""
        for vector, matrix in (pair, pair[::-1]):
            if axes == {0} and len(layout) == 2 and matrix.layout == layout and vector.layout == (layout[0], None):
                return f"{self(vector, ATOM)}[:, 0] @ {self(matrix, ATOM)}"
        return None

    def ones(self, axes: Layout) -> str:
        """A row of ones, made once in a function."""
        return self.constant_row(sp.Mul(*(i.size for i in axes if i is not None)), const(1))

    def axis(self, axes: list[int]) -> str:
        return f"axis={axes[0] if len(axes) == 1 else tuple(axes)}"

    def kept(self, text: str, value: Reduce, level: int = ATOM) -> Text:
        """The dimensions that were summed over stay, with length 1."""
        if not value.keep or not value.indices:
            return text, level
        items = ["None" if k in value.axes else ":" for k in range(len(value.layout))]
        while items[-1] == ":":
            items.pop()
        whole = f"({text})" if level < ATOM else text
        return f"{whole}[{', '.join(items)}]", ATOM
