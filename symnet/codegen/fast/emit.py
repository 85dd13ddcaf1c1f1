"""The steps of a plan as lines: straight operations, and a function for the rows a .. b of every loop."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, field, replace

import sympy as sp

from symnet.codegen.arrays import (
    Apply,
    Array,
    Copy,
    Full,
    Layout,
    Loop,
    MatMul,
    Positions,
    Reduce,
    Ref,
    Statement,
    Update,
)
from symnet.codegen.emit import INDENT, statement_lines
from symnet.codegen.fast.instructions import (
    Blank,
    Gemm,
    Instruction,
    base,
    rebased,
    row_axis,
    variables,
    with_children,
)
from symnet.codegen.fast.nested import inlined
from symnet.codegen.fast.operations import FastText
from symnet.codegen.fast.schedule import RowLoop, Step
from symnet.codegen.statements import counter_names
from symnet.codegen.wrap import assignment
from symnet.codegen.wrap import statement as call
from symnet.ir.expr import Index, Param

BLOCK = "block"
#: entries beside each other from which a small ufunc buffer gains
LONG = 256
#: what does not write over its operand; np.sign could, but takes ten times as long
APART = ("where", "calm_exp", "sign")


@dataclass
class Emitter:
    """Writes the steps of one function."""

    text: FastText
    itemsize: str
    names: set[str]
    outputs: set[str]
    counter: str = ""
    lines: list[str] = field(default_factory=list)
    loops: int = 0

    def __post_init__(self) -> None:
        self.first, self.last = self.fresh("start"), self.fresh("stop")
        self.names |= {self.first, self.last}
        self.height = Param("rows of a block")
        self.text.scalar.names[self.height] = f"{self.last} - {self.first}"  # type: ignore[index]
        self.text.fresh = self.fresh_row
        self.counter = self.counter or next(counter_names(self.names))
        self.aliases: set[str] = set()  # of variables, in any block

    def run(self, steps: Sequence[Step]) -> list[str]:
        for step in inlined(steps, self.outputs):
            if isinstance(step, RowLoop):
                self.loop(step)
            else:
                self.straight(step)
        return [*self.constants(), *self.lines]

    def constants(self) -> Iterable[str]:
        """Rows of equal numbers, made once."""
        for (size, number, block), name in self.text.rows.items():
            length = self.text.scalar(size)
            if block:
                length = f"np.minimum({length}, 1 + BLOCK // {self.itemsize})"
            self.text.helpers.add("row")
            yield f"{INDENT}{name} = _row({self.text.scalar(number)}, {length}, {self.dtype()})"

    # -- straight operations --------------------------------------------------------------------------------------
    def straight(self, step: Instruction) -> None:
        if step.statements:
            if step.comment:
                self.lines.append(f"{INDENT}# {step.comment}")
            for statement in step.statements:
                self.name_counters(statement)
                self.lines += statement_lines(statement, self.text, INDENT)
            return
        if step.also:
            self.calm(step)
            return
        value = step.value
        if isinstance(value, MatMul) and len(value.layout) > 1:
            shape = self.text.shape(value.layout)
            right = f"np.matmul({self.text(value.a)}, {self.text(value.b)}, out=_empty({shape}, {self.dtype()}))"
            self.text.helpers.add("workspace")
        else:
            right = self.text(value)
        self.lines += assignment(INDENT, f"{step.name} =", right, step.comment)

    def calm(self, step: Instruction) -> None:
        """exp and its sums, without the maximum where that is safe."""
        shifted, total = step.also
        logits = self.text(step.value.children[0])
        summed = Reduce(total.layout, "real", "sum", step.target, step.axes, True)
        self.text.helpers.add("calm")
        power = Apply(step.value.layout, "real", "exp", step.value.children)
        self.lines += assignment(INDENT, f"{step.name} =", self.text(power))
        self.lines += assignment(INDENT, f"{total.name} =", self.text(summed))
        last = self.calm_options(step)
        self.lines += assignment(INDENT, f"{shifted.name} =", f"_calm({logits}, {step.name}, {total.name}, {last})")

    def calm_options(self, step: Instruction) -> str:
        """The axis of the sums, and the number in front of the logits."""
        factors = [f"factor={self.text(f)}" for f in step.value.children[1:]]
        return ", ".join([self.text.axis(list(step.axes)), *factors])

    def name_counters(self, statement: Statement) -> None:
        """Loops that the planner has made get names for their counters."""
        if isinstance(statement, Loop):
            names = self.text.scalar.names
            for index, _ in statement.counters:
                names.setdefault(index, self.counter)  # type: ignore[attr-defined]

    def fresh(self, name: str, *taken: Container[str]) -> str:
        """``name``, or with underscores until it is neither a name of the definition nor ``taken``."""
        while name in self.names or any(name in names for names in taken):
            name += "_"
        return name

    def fresh_row(self, name: str) -> str:
        """The name of a row of equal numbers, which all blocks may read."""
        name = self.fresh(name, self.aliases)
        self.names.add(name)
        return name

    def dtype(self) -> str:
        self.text.uses_dtype = True
        return self.text.dtype

    def kind(self, ref: Ref) -> str:
        """The dtype of an array, as text."""
        return f"np.dtype({ref.kind})" if ref.kind in ("bool", "int") else self.dtype()

    # -- loops ----------------------------------------------------------------------------------------------------
    def loop(self, loop: RowLoop) -> None:
        planner = self.text.planner
        self.loops += 1
        name = self.fresh(BLOCK if self.loops == 1 else f"{BLOCK}{self.loops}")
        self.allocate(loop)
        self.text.height = f"{self.last} - {self.first}"
        body, results = _Block(self, loop).run()
        self.text.height = ""
        size = self.text.scalar(loop.index.size)
        self.text.helpers.add("each")
        planner.act("row_loops")
        self.lines += ["", f"{INDENT}def {name}({self.first}, {self.last}):  # rows of {loop.index.label}"]
        self.lines += [f"{INDENT}{line}" for line in body]
        if results:
            self.lines.append(f"{INDENT * 2}return {tuple_of(results)}")
        self.lines.append("")
        target = f"{tuple_of(results)} = " if results else ""
        width = self.width(loop)
        narrow = self.narrow(loop) if planner.on("narrow_buffers") else ""
        planner.act("narrow_buffers", bool(narrow))
        self.lines += call(INDENT, f"{target}_each({name}, {size}, {width}{narrow})")

    def narrow(self, loop: RowLoop) -> str:
        """The option of a small ufunc buffer, which gains where many entries lie beside each other."""
        lengths = beside(loop)
        if not lengths:
            return ""
        known = sorted(lengths - {sp.oo}, key=str)
        least = [x for x in known if not any(x != y and sp.denom(x / y) == 1 for y in known)]
        texts = [self.text.scalar(x) for x in least]
        length = texts[0] if len(texts) == 1 else f"min({', '.join(texts)})"
        return f", narrow={length} >= {LONG}" if texts else ", narrow=True"

    def allocate(self, loop: RowLoop) -> None:
        """The arrays that a loop fills."""
        for ref in loop.stored.values():
            self.text.helpers.add("workspace")
            shape = self.text.shape(ref.layout)
            self.lines += assignment(INDENT, f"{ref.name} =", f"_empty({shape}, {self.kind(ref)})")

    def width(self, loop: RowLoop) -> str:
        """The bytes of a row of the widest array."""
        sizes = {_row_size(i.target.layout, loop.index) for i in loop.body}
        sizes |= {_row_size(r.layout, loop.index) for i in loop.body for r in i.reads if loop.index in r.layout}
        widest = max(sizes, key=lambda s: (len(sp.Mul.make_args(s)) if s != 1 else 0, str(s)))
        return self.itemsize if widest == 1 else f"{self.text.scalar(widest, 4)} * {self.itemsize}"


def beside(loop: RowLoop) -> set[sp.Expr]:
    """How many entries lie beside each other where rows or columns meet larger arrays, or parts of arrays are added to.

    Nothing where a comparison is cast on the way, which wants a large buffer.
    """
    found: set[sp.Expr] = set()
    for instruction in loop.body:
        value = instruction.value
        if instruction.statements:
            found |= {sp.oo for s in instruction.statements if isinstance(s, Loop)}
            continue
        if not isinstance(value, Apply) or len(value.indices) < 2:
            continue
        if value.kind == "real" and any(a.kind == "bool" for a in value.args):
            return set()
        row = (value.layout[-1:],) if value.op in ("maximum", "minimum") else ()  # a number is written as a row
        smaller = [a.layout for a in value.args if a.layout and a.layout != value.layout]
        found |= {_run(value.layout, layout) for layout in (*smaller, *row)}
    return found


def _run(layout: Layout, smaller: Layout) -> sp.Expr:
    """The size of the last axes, all of which the smaller array has, or none."""
    there = [False] * (len(layout) - len(smaller)) + [i is not None for i in smaller]
    alike = next((k for k, has in enumerate(reversed(there)) if has != there[-1]), len(there))
    return sp.Mul(*(i.size for i in layout[len(layout) - alike :] if i is not None))


def tuple_of(names: Sequence[str]) -> str:
    return f"({names[0]},)" if len(names) == 1 else ", ".join(names)


def _row_size(layout: Layout, row: Index) -> sp.Expr:
    return sp.Mul(*(i.size for i in layout if i is not None and i != row)) if row in layout else sp.S.One


class _Block:
    """The body of a loop: rows of operands, buffers, operations."""

    def __init__(self, emitter: Emitter, loop: RowLoop) -> None:
        self.emitter, self.loop, self.text = emitter, loop, emitter.text
        self.row = loop.index
        self.local: dict[str, str] = {}
        self.slices: dict[tuple[str, int], str] = {}  # variable and dimension -> its rows
        self.lines: list[str] = []
        arrays = [r for i in loop.body for r in (i.target, *i.reads) if self.row in r.layout]
        self.domains = {frozenset(r.indices) for r in arrays}
        self.last = {ref.name: k for k, i in enumerate(loop.body) for ref in i.reads}
        self.made = {i.name: k for k, i in enumerate(loop.body)}
        self.free: dict[tuple[Layout, str], list[str]] = {}
        self.holder: dict[str, str] = {}  # slot -> variable
        self.slots = 0
        self.buffers: set[str] = set()

    def run(self) -> tuple[list[str], list[str]]:
        for k, instruction in enumerate(self.loop.body):
            self.instruction(k, instruction)
        head = [f"{INDENT}{line}" for line in self.opening()]
        results = [i.name for i in self.loop.body if i.name in self.loop.sums]
        return [*head, *self.lines], results

    def opening(self) -> Iterable[str]:
        """``x_, y_ = x[a:b], y[a:b]``"""
        if not self.slices:
            return []
        rows = f"{self.emitter.first}:{self.emitter.last}"
        names = list(self.slices.values())
        values = [f"{name}[{', '.join([':'] * axis + [rows])}]" for name, axis in self.slices]
        line = f"{', '.join(names)} = {', '.join(values)}"
        return [line] if len(line) < 84 else [f"{name} = {value}" for name, value in zip(names, values)]

    # -- operands -------------------------------------------------------------------------------------------------
    def sliced(self, name: str, axis: int = 0) -> str:
        """The rows of a variable, which lie along its dimension ``axis``."""
        if (name, axis) not in self.slices:
            self.slices[name, axis] = alias = self.fresh(f"{name}_")
            self.emitter.aliases.add(alias)
        return self.slices[name, axis]

    def fresh(self, name: str) -> str:
        """A name that nothing in the block has."""
        return self.emitter.fresh(name, self.slices.values(), self.buffers)

    def operand(self, array: Array) -> Array:
        if isinstance(array, Positions) and self.row in array.layout:
            return replace(array, size=self.emitter.height)
        if isinstance(array, Ref) and array.name in self.local:
            return replace(array, name=self.local[array.name])
        ref = base(array)
        if isinstance(ref, Ref) and ref.name not in self.local:
            axis = row_axis(array, self.row)
            return array if axis is None else rebased(array, replace(ref, name=self.sliced(ref.name, axis)))
        return with_children(array, map(self.operand, array.children)) if array.children else array

    def small(self, target: Ref) -> bool:
        """Smaller than another array of the block: a column of numbers."""
        own = frozenset(target.indices)
        return target.kind != "bool" and any(own < domain for domain in self.domains)

    # -- operations -----------------------------------------------------------------------------------------------
    def instruction(self, k: int, instruction: Instruction) -> None:
        value = self.operand(instruction.value) if not instruction.statements else instruction.value
        name, target = instruction.name, instruction.target
        if instruction.statements:
            self.statements(k, instruction)
        elif instruction.also:
            self.calm(k, instruction, value)
        elif name in self.loop.sums:
            self.local[name] = name
            self.lines += assignment(INDENT, f"{name} =", self.text(value), instruction.comment)
        elif name in self.loop.stored:
            self.release(k, instruction)
            out = self.sliced(name)
            self.local[name] = out
            self.write(value, out, instruction.comment)
        elif not isinstance(value, Full) and (self.small(target) or not isinstance(value, (Apply, MatMul, Gemm, Copy))):
            self.local[name] = name
            self.lines += assignment(INDENT, f"{name} =", self.text(value), instruction.comment)
            self.release(k, instruction)
        else:
            slot = self.slot(k, instruction)
            self.local[name] = slot
            comment = instruction.comment or ("" if name[0] == "t" and name[1:].isdigit() else name)
            self.write(value, slot, comment)

    def statements(self, k: int, instruction: Instruction) -> None:
        """Additions at places of the rows."""
        first, *rest = instruction.statements
        out = self.place(k, instruction)
        comment = f"  # {instruction.comment}" if instruction.comment else ""
        start = first.value  # type: ignore[union-attr]
        if isinstance(start, Copy):
            base = self.text(self.operand(start.arg))
            if base != out:
                self.lines.append(f"{INDENT}{out}[...] = {base}")
            if comment:
                self.lines.append(f"{INDENT}{comment.strip()}")
        elif not isinstance(start, Blank):
            self.lines.append(f"{INDENT}{out}[...] = 0{comment}")
        for statement in rest:
            self.emitter.name_counters(statement)
            self.lines += statement_lines(self.renamed(statement), self.text, INDENT)

    def renamed(self, statement: Statement) -> Statement:
        if isinstance(statement, Loop):
            return replace(statement, body=tuple(map(self.renamed, statement.body)))
        assert isinstance(statement, Update)
        target = self.operand(statement.target)
        assert isinstance(target, Ref)
        items = tuple(self.operand(i) if isinstance(i, Array) else i for i in statement.items)
        return replace(statement, target=target, items=items, value=self.operand(statement.value))

    def calm(self, k: int, instruction: Instruction, value: Array) -> None:
        """exp and its sum, without the maximum where that is safe."""
        shifted, total = instruction.also
        exps = self.place(k, instruction)
        logits, *factor = map(self.text, value.children)
        summed = Reduce(total.layout, "real", "sum", replace(instruction.target, name=exps), instruction.axes, True)
        self.text.helpers.update(("exp", "calm"))
        self.lines += call(INDENT, f"_exp({', '.join([logits, *factor])}, out={exps})")
        self.local[total.name] = out = total.name
        if total.name in self.loop.stored:
            self.local[total.name] = out = self.sliced(total.name)
            self.lines += assignment(INDENT, f"{out}[...] =", self.text(summed))
        else:
            self.lines += assignment(INDENT, f"{out} =", self.text(summed))
        self.local[shifted.name] = shifted.name
        call_ = f"_calm({logits}, {exps}, {out}, {self.emitter.calm_options(instruction)})"
        if shifted.name in self.loop.stored:
            self.local[shifted.name] = place = self.sliced(shifted.name)
            self.lines += assignment(INDENT, f"{place}[...] =", call_)
        elif shifted.name in self.last:
            self.lines += assignment(INDENT, f"{shifted.name} =", call_)
        else:
            self.lines += call(INDENT, call_)

    def place(self, k: int, instruction: Instruction) -> str:
        """Where a large result goes."""
        name = instruction.name
        if name in self.loop.stored:
            self.release(k, instruction)
            self.local[name] = self.sliced(name)
        else:
            self.local[name] = self.slot(k, instruction)
        return self.local[name]

    def write(self, value: Array, out: str, comment: str) -> None:
        first, *more = self.text.into(value, out)
        lines = call(INDENT, first)
        if comment and len(lines) == 1 and len(lines[0]) + len(comment) < 90:
            lines = [f"{lines[0]}  # {comment}"]
        elif comment:
            lines = [f"{INDENT}# {comment}", *lines]
        self.lines += lines
        for line in more:
            self.lines += call(INDENT, line)

    # -- buffers --------------------------------------------------------------------------------------------------
    def dying(self, k: int, instruction: Instruction) -> list[Ref]:
        """Operands in buffers of this block that nobody reads afterwards."""
        return [
            r
            for r in instruction.reads
            if self.last[r.name] == k and r.name in self.local and r.name not in self.loop.stored
            and self.holder.get(self.local[r.name]) == r.name
        ]  # fmt: skip

    def release(self, k: int, instruction: Instruction) -> None:
        for ref in self.dying(k, instruction):
            slot = self.local[ref.name]
            del self.holder[slot]
            if slot in self.buffers:
                self.free.setdefault((ref.layout, ref.kind), []).append(slot)

    def slot(self, k: int, instruction: Instruction) -> str:
        """A buffer: that of an operand that dies here, of the result it leads to, a free one, a new one."""
        target, value = instruction.target, instruction.value
        inplace = isinstance(value, Apply) and value.op not in APART
        if inplace:
            direct = {a.name for a in value.children if isinstance(a, Ref)}
            views = {r.name for a in value.children if not isinstance(a, Ref) for r in variables(a)}
            for ref in self.dying(k, instruction):
                if (ref.layout, ref.kind) == (target.layout, target.kind) and ref.name in direct - views:
                    slot = self.local[ref.name]
                    self.holder[slot] = target.name
                    self.release(k, instruction)  # the other operands
                    return slot
        slot = self.destination(k, target) or self.scratch(target)
        self.holder[slot] = target.name
        self.release(k, instruction)
        return slot

    def scratch(self, target: Ref) -> str:
        """A buffer that is free, or a new one."""
        free = self.free.get((target.layout, target.kind))
        if free:
            return free.pop()
        self.slots += 1
        slot = self.fresh(f"buffer{self.slots}" if self.slots > 1 else "buffer")
        self.buffers.add(slot)
        rows = f"{self.emitter.last} - {self.emitter.first}"
        shape = [self.text.scalar(i.size) if i is not None else "1" for i in target.layout]
        shape[target.layout.index(self.row)] = rows
        shown = f"({shape[0]},)" if len(shape) == 1 else f"({', '.join(shape)})"
        self.text.helpers.add("workspace")
        self.lines.append(f"{INDENT}{slot} = _empty({shown}, {self.emitter.kind(target)})")
        return slot

    def destination(self, k: int, target: Ref) -> str | None:
        """The rows of the result that this value ends in, where they are not in use."""
        name, at = target.name, k
        while True:
            use = self.last.get(name)
            if use is None or use <= at:
                return None
            user = self.loop.body[use]
            if user.statements:
                if not isinstance(user.value, Copy) or not (isinstance(a := user.value.arg, Ref) and a.name == name):
                    return None
                if user.name not in self.loop.stored:
                    return None
                slot = self.sliced(user.name)
                return None if slot in self.holder else slot
            same = (user.target.layout, user.target.kind) == (target.layout, target.kind)
            if not same or not isinstance(user.value, Apply) or user.value.op in APART:
                return None
            reading = [a for a in user.value.children if name in {r.name for r in variables(a)}]
            if not reading or not all(isinstance(a, Ref) for a in reading):
                return None
            name, at = user.name, use
            if name in self.loop.stored:
                slot = self.sliced(name)
                return None if slot in self.holder else slot
