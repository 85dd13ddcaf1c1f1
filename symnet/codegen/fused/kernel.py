"""One loop over rows as a function of plain loops.

for i in range(rows):
    mu_ = real(0)
    for j in range(d):
        mu_ = _plus(mu_, x[i, j])
    ...
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import sympy as sp

from symnet.codegen.arrays import Apply, Array, Const, Reduce, Ref, Update
from symnet.codegen.emit import INDENT
from symnet.codegen.fast.instructions import Instruction
from symnet.codegen.fast.schedule import RowLoop
from symnet.codegen.fused.axes import Axis, dimensions, merged
from symnet.codegen.fused.nests import Nest, Nests, parts, read, summand
from symnet.codegen.fused.places import Place, Unfusable, of_layout, source
from symnet.codegen.fused.text import REAL, NumberText
from symnet.codegen.names import identifier, unlike
from symnet.codegen.scalars import ATOM, Text
from symnet.codegen.wrap import assignment
from symnet.ir.expr import Index

#: numbers of a loop without further axes that are taken as one row
CHUNK = 1024

#: names that a kernel reads; an array under one of them has another inside
OWN = frozenset((REAL, "start", "range", "len", "max", "np", "numba"))


@dataclass
class Parameter:
    """An array that a kernel takes: ``cut`` into blocks of rows or whole, its dimensions as the kernel sees them."""

    ref: Ref
    cut: bool
    name: str
    shape: list[Axis | Index] = field(default_factory=list)
    inside: str = ""  # its name in the loop


class _Sizes(dict):
    """Symbol -> name in the kernel; what is asked for becomes an argument."""

    def __init__(self, fresh: Callable[[str], str]) -> None:
        super().__init__()
        self.fresh = fresh

    def __missing__(self, symbol: sp.Symbol) -> str:
        name = getattr(symbol, "label", None) or str(symbol)
        self[symbol] = self.fresh(identifier(name) if name.isidentifier() else "size")
        return self[symbol]

    def __contains__(self, symbol: object) -> bool:
        return True


class Kernel:
    """The text of one kernel; raises Unfusable where an operation has no scalar form.

    ``heirs`` are results with the arrays over which they are written, entry by entry.
    """

    def __init__(self, loop: RowLoop, heirs: Mapping[str, Ref] | None = None) -> None:
        names = {name for k in loop.body for name in (k.name, *(ref.name for ref in k.reads))}
        self.loop, self.taken = loop, names | OWN
        self.words = {name: self.fresh(name) for name in sorted(names & OWN)}
        indices = [i for k in loop.body for i in (*k.target.layout, *summand(k).layout) if i is not None]
        self.flat = all(i == loop.index for i in indices)
        self.row = None if self.flat else loop.index
        self.nests = Nests(loop, self.row)
        self.counter = self.fresh("i")
        order = [i for i in self.inner(indices) if i != self.row]
        self.axes = merged(loop.body, order, self.fresh)
        self.sizes = _Sizes(self.fresh)
        self.text = NumberText(self.sizes, "", self.element)
        self.text.fresh = self.fresh
        self.parameters: dict[tuple[str, bool], Parameter] = {}
        self.env: dict[Index, Place] = {}
        self.local: dict[str, Text] = {}  # values of the nest
        self.scalars: dict[str, str] = {}  # values of the row
        self.buffers: dict[str, Ref] = {}
        self.opening: dict[str, str] = {}  # numbers of the row that are read from arrays
        self.done: set[str] = set()  # written by an earlier loop
        self.heir = {dead.name: self.nests.made[name].target for name, dead in (heirs or {}).items()}
        self.nests.heir = {dead: target.name for dead, target in self.heir.items()}
        self.saved: dict[str, str] = {}  # entries that are read before others are written over them
        self.current = ""  # what is being computed
        self.late: set[str] = set()  # results that may be written before the array in their place has been read
        self.lines: list[str] = []

    def inner(self, indices: Sequence[Index]) -> list[Index]:
        """The axes, in the order of the arrays that have most of them."""
        layouts = [k.layout for i in self.loop.body for k in (i.target, summand(i))]
        layouts.sort(key=lambda layout: -len(layout))
        return list(dict.fromkeys(i for layout in layouts for i in layout if i is not None))

    def fresh(self, name: str) -> str:
        name = unlike(name, self.taken)
        self.taken.add(name)
        return name

    def word(self, name: str) -> str:
        """An array's name inside."""
        return self.words.get(name, name)

    # -- operands -------------------------------------------------------------------------------------------------
    def element(self, operand: Array) -> Text:
        ref, places = source(operand)
        places = tuple(self.substituted(p) for p in places)
        if isinstance(ref, Const):
            return self.text.text(ref)
        assert isinstance(ref, Ref)
        made = self.nests.made.get(ref.name)
        if made is None:
            return self.before(ref, places) if ref.name in self.heir else self.given(ref, places), ATOM
        if ref.name in self.local and places == of_layout(ref):
            return self.local[ref.name]
        if ref.name in self.scalars:
            return self.scalars[ref.name], ATOM
        if ref.name in self.buffers or (ref.name in self.loop.stored and ref.name in self.done):
            return self.given(ref, places), ATOM
        return self.again(made, places)

    def substituted(self, place: Place) -> Place:
        if place.label is not None:
            return Place(label=place.label, at=tuple(map(self.substituted, place.at)))
        if place.index is not None:
            return self.env.get(place.index, place)
        result = Place(place.offset)
        for index, step in place.terms:
            result = result.plus(self.env.get(index, Place(terms=((index, 1),))).moved(sp.S.Zero, step))
        return result

    def before(self, ref: Ref, places: Sequence[Place]) -> str:
        """An entry of an array over which a result is written: that one may stand there when others are computed."""
        heir, text = self.heir[ref.name].name, self.given(ref, places)
        if heir in self.done or places != of_layout(ref):  # what is computed again may read it elsewhere in the row
            self.late.add(heir)
        if heir == self.current:
            return text
        if text not in self.saved:
            self.saved[text] = self.fresh(f"{ref.name}_old")
        return self.saved[text]

    def again(self, made: Instruction, places: tuple[Place, ...]) -> Text:
        """A cheap value computed once more where it is read."""
        if isinstance(made.value, Reduce) or made.statements:
            raise Unfusable("a reduction that is read before it is known")
        before = self.env
        self.env = {i: p for i, p in zip(made.target.layout, places) if i is not None}
        try:
            return self.text.text(made.value)
        finally:
            self.env = before

    def given(self, ref: Ref, places: Sequence[Place]) -> str:
        """An entry of an array, or a number that the kernel takes."""
        if not ref.indices:
            name = self.parameter(ref, False).inside
            return f"{REAL}({name})" if ref.kind in ("real", "const") else name
        if ref.name in self.buffers:
            name = self.word(ref.name)
        else:
            rows = [p.index == self.loop.index and i == self.loop.index for p, i in zip(places, ref.layout)]
            if any(rows[1:]):
                raise Unfusable("rows along another dimension")
            cut = bool(rows) and rows[0]
            if not cut and any(self.loop.index in [t for t, _ in p.terms] for p in places):
                raise Unfusable("rows that are not these rows")
            parameter = self.parameter(ref, cut)
            name = parameter.inside
            if cut and parameter.shape == [self.row] and ref.name not in self.nests.made and ref.kind == "real":
                if name not in self.opening:
                    self.opening[name] = self.fresh(f"{name}_")
                return self.opening[name]
        return f"{name}[{', '.join(self.items(ref, places))}]"

    def items(self, ref: Ref, places: Sequence[Place]) -> list[str]:
        axis_of = {i: a for a in self.axes for i in a.indices}
        result = []
        for index, place in zip(ref.layout, places):
            if index is None:
                continue
            axis = axis_of.get(place.index) if place.index is not None else None
            if index == self.row and ref.name in self.buffers:
                continue
            if place.index is not None and place.index == self.row:
                result.append(self.counter)
            elif axis is None:
                result.append(self.position(place))
            elif place.index == axis.indices[0]:
                result.append(axis.counter)
        return result

    def position(self, place: Place) -> str:
        if place.label is not None:
            return self.given(place.label, place.at)
        axis_of = {i: a for a in self.axes for i in a.indices}
        terms = []
        for index, step in place.terms:
            counter = self.counter if index == self.row else axis_of[index].counter
            terms.append(counter if step == 1 else f"{step} * {counter}")
        offset = [self.text.scalar(place.offset)] if place.offset != 0 or not terms else []
        return " + ".join([*offset, *terms])

    def parameter(self, ref: Ref, cut: bool) -> Parameter:
        ref = self.heir.get(ref.name, ref)
        key = (ref.name, cut)
        if key not in self.parameters:
            name = self.word(ref.name) if (ref.name, not cut) not in self.parameters else self.fresh(ref.name)
            inside = self.fresh(f"{name}_") if self.flat and cut else name
            self.parameters[key] = Parameter(ref, cut, name, dimensions(ref.layout, self.axes, self.row), inside)
        return self.parameters[key]

    # -- nests ----------------------------------------------------------------------------------------------------
    def run(self) -> None:
        """Fill ``lines``, the body of the loop over rows."""
        for nest in self.nests.order:
            self.nest = nest
            self.write(nest)

    def write(self, nest: Nest) -> None:
        inside = self.nests.within(nest)
        axes = [a for a in self.axes if a.indices[0] in nest[2]]
        for part in parts(self.nests, inside, nest) if axes else [inside]:
            self.part(part, axes)
            self.done |= {i.name for i in part if i.name in self.nests.kept}

    def part(self, inside: list[Instruction], axes: list[Axis]) -> None:
        """Some instructions of a nest in one loop."""
        self.local, self.saved = {}, {}
        before: list[list[str]] = [[] for _ in range(len(axes) + 1)]
        after: list[list[str]] = [[] for _ in range(len(axes) + 1)]
        body: list[str] = []
        updates: list[Instruction] = []
        for instruction in inside:
            self.current = instruction.name
            if isinstance(instruction.value, Reduce) and not instruction.statements:
                self.reduction(instruction, axes, before, after, body)
            elif instruction.statements:
                copied = instruction.statements[0].value.arg  # type: ignore[union-attr]
                self.store(instruction, self.text(copied), body)
                updates.append(instruction)
            else:
                self.point(instruction, inside, body)
        depth = len(axes)
        lines: list[str] = []
        for level in range(depth + 1):
            lines += [INDENT * level + line for line in before[level]]
            if level < depth:
                lines.append(f"{INDENT * level}for {axes[level].counter} in range({self.extent(axes[level])}):")
        lines += [f"{INDENT * depth}{local} = {entry}" for entry, local in self.saved.items()]
        lines += [INDENT * depth + line for line in body]
        for level in range(depth, -1, -1):
            lines += [INDENT * level + line for line in after[level]]
        self.lines += lines
        self.local = {}
        for instruction in updates:
            self.update(instruction)

    def extent(self, axis: Axis) -> str:
        return f"len({self.first()})" if self.flat else self.text.scalar(axis.size)

    def first(self) -> str:
        for parameter in self.parameters.values():
            if parameter.cut:
                return parameter.inside
        raise Unfusable("rows of no array")

    def point(self, instruction: Instruction, inside: list[Instruction], body: list[str]) -> None:
        name, own = instruction.name, self.nest == self.nests.nest(instruction.name)
        text, level = self.text.text(instruction.value)
        times = sum(ref.name == name for k in inside if k is not instruction for ref, _ in read(k))
        keeps = own and name in self.nests.kept
        scalar = not self.nests.home[name]
        if scalar or (times and not self.single(name, inside, keeps)):
            local = self.word(name) if not keeps and name not in self.buffers else self.fresh(f"{name}_")
            body += assignment("", f"{local} =", text, instruction.comment if not keeps else "")
            if scalar:
                self.scalars[name] = local
            else:
                self.local[name] = local, ATOM
            text = local
        elif times:
            self.local[name] = text, level
        if keeps:
            self.store(instruction, text, body)

    def single(self, name: str, inside: list[Instruction], keeps: bool) -> bool:
        """A temporary that is read once is written into its reader."""
        readers = [k for k in inside for ref, _ in read(k) if ref.name == name]
        if keeps or len(readers) != 1 or not (name[0] == "t" and name[1:].isdigit()):
            return False
        value = readers[0].value
        twice = isinstance(value, Apply) and value.op in ("where",)
        doubled = (
            isinstance(value, Reduce)
            and isinstance(value.arg, Apply)
            and len(set(value.arg.args)) < len(value.arg.args)
        )
        return not twice and not doubled

    def store(self, instruction: Instruction, text: str, body: list[str]) -> None:
        """Into the result, or into a buffer for the row."""
        target = instruction.target
        if instruction.name not in self.loop.stored and target.indices:
            self.buffer(target)
        elif instruction.name not in self.loop.stored:
            return
        place = self.given(target, of_layout(target))
        body += assignment("", f"{place} =", text, instruction.comment)

    def buffer(self, target: Ref) -> None:
        if target.name not in self.buffers:
            self.buffers[target.name] = target

    # -- reductions -----------------------------------------------------------------------------------------------
    def reduction(
        self,
        instruction: Instruction,
        axes: list[Axis],
        before: list[list[str]],
        after: list[list[str]],
        body: list[str],
    ) -> None:
        value, name = instruction.value, instruction.name
        assert isinstance(value, Reduce)
        summed = self.text(value.arg)
        kept = {i for i in instruction.target.indices if i != self.row}
        depth = next((k for k, a in enumerate(axes) if a.indices[0] not in kept), len(axes))
        prefix = sum(len(a.indices) for a in axes[:depth]) == len(kept)
        collected = name in self.loop.sums
        if prefix and depth == len(axes):  # every position is one term
            local = "" if collected else self.settled(instruction, body, summed)
            if collected:
                self.collect(instruction, summed, body)
            return
        if not prefix:
            self.across(instruction, summed, kept, before, body)
            return
        local = self.fresh(f"{name}_") if collected or name in self.loop.stored or kept else self.word(name)
        if value.op == "sum":
            self.text.helpers.add("plus1")
            before[depth].append(f"{local} = {REAL}(0)")
            body += assignment("", f"{local} =", f"_plus1({local}, {summed})")
            total = local
        else:
            self.text.helpers.add("rank1")
            sign = "-" if value.op == "min" else ""
            before[depth].append(f"{local} = _rank1({REAL}(-np.inf))")
            body += assignment(
                "", f"{local} =", f"max({local}, _rank1({sign}{self.text(value.arg, 7) if sign else summed}))"
            )
            total = f"{sign}_number1({local})"
        if collected:
            self.collect(instruction, total, after[depth])
        elif kept or name in self.loop.stored:
            if not kept:
                if total != local:
                    after[depth].append(f"{local} = {total}")
                self.scalars[name] = total = local
            self.store(instruction, total, after[depth])
        else:
            if total != local:
                after[depth].append(f"{local} = {total}")
            self.scalars[name] = local

    def settled(self, instruction: Instruction, body: list[str], text: str) -> str:
        """A sum of one term."""
        raise Unfusable("a reduction over nothing")

    def collect(self, instruction: Instruction, text: str, lines: list[str]) -> None:
        """Add to the sum over all rows."""
        place = self.word(instruction.name)
        if instruction.target.indices:
            self.buffer(instruction.target)
            place = self.given(instruction.target, of_layout(instruction.target))
        lines += assignment("", f"{place} +=", text, instruction.comment)

    def across(
        self, instruction: Instruction, summed: str, kept: set[Index], before: list[list[str]], body: list[str]
    ) -> None:
        """A sum over outer axes: a row of sums."""
        value, target = instruction.value, instruction.target
        assert isinstance(value, Reduce)
        if instruction.name in self.loop.sums:
            self.collect(instruction, summed, body)
            return
        if instruction.name in self.loop.stored:
            raise Unfusable("a stored sum over outer axes")
        self.buffer(target)
        place = self.given(target, of_layout(target))
        start = {"sum": "0", "max": "-np.inf", "min": "np.inf"}[value.op]
        before[0].append(f"{self.word(instruction.name)}[:] = {REAL}({start})")
        if value.op == "sum":
            body += assignment("", f"{place} +=", summed)
        else:
            helper = "larger1" if value.op == "max" else "smaller1"
            self.text.helpers.add(helper)
            body += assignment("", f"{place} =", f"_{helper}({place}, {summed})")

    # -- updates --------------------------------------------------------------------------------------------------
    def update(self, instruction: Instruction) -> None:
        update = instruction.statements[1]
        assert isinstance(update, Update)
        target = instruction.target
        if any(not isinstance(i, Ref) for i in update.items[1:]) or self.row is None:
            raise Unfusable("an update of slices")
        places = [Place(terms=((self.row, 1),))]
        places += [Place(label=i, at=(Place(terms=((self.row, 1),)),)) for i in update.items[1:] if isinstance(i, Ref)]
        self.lines += assignment("", f"{self.given(target, places)} {update.op}", self.text(update.value))

    # -- the function ---------------------------------------------------------------------------------------------
    def arguments(self) -> list[Parameter]:
        """Results first, then what is read; arrays that are cut before whole ones."""
        return sorted(self.parameters.values(), key=lambda p: (not p.cut, p.ref.name not in self.loop.stored))

    def function(self, name: str) -> list[str]:
        """The lines of the kernel."""
        arguments = self.arguments()
        cut = [p for p in arguments if p.cut]
        real = next((p for p in arguments if p.ref.kind == "real" and p.ref.indices), None)
        if real is None or not cut:
            raise Unfusable("a loop without arrays")
        sums = [i for i in self.loop.body if i.name in self.loop.sums]
        made = [self.empty(ref, real) for n, ref in self.buffers.items() if n not in self.loop.sums]
        start = [self.zero(i.target, real) for i in sums]
        constants = [f"{local} = {REAL}({self.text.scalar(c)})" for c, local in self.text.constants.items()]
        head = [*(p.name for p in arguments), *self.sizes.values()]
        lines = [f"def {name}({', '.join(head)}):", f'{INDENT}"""Rows of {self.loop.index.label}."""']
        self.text.helpers.add("widest")
        first = ("_widest()", f"{REAL} = {real.name}.dtype.type")
        lines += [f"{INDENT}{line}" for line in (*first, *constants, *made, *start)]
        if self.flat:
            lines.append(f"{INDENT}for start in range(0, len({cut[0].name}), {CHUNK}):")
            lines += [f"{INDENT * 2}{p.inside} = {p.name}[start : start + {CHUNK}]" for p in cut]
        else:
            lines.append(f"{INDENT}for {self.counter} in range(len({cut[0].name})):")
        opening = [f"{local} = {name}[{self.counter}]" for name, local in self.opening.items()]
        lines += [f"{INDENT * 2}{line}" for line in (*opening, *self.lines)]
        if sums:
            names = [self.word(i.name) for i in sums]
            lines.append(f"{INDENT}return {names[0] + ',' if len(names) == 1 else ', '.join(names)}")
        return lines

    def extents(self, ref: Ref) -> str:
        found = [d for d in dimensions(ref.layout, self.axes, self.row) if d != self.row]
        sizes = [str(CHUNK) if self.flat else self.text.scalar(d.size) for d in found]
        return f"({sizes[0]},)" if len(sizes) == 1 else f"({', '.join(sizes)})"

    def empty(self, ref: Ref, real: Parameter) -> str:
        dtype = f"{real.name}.dtype" if ref.kind == "real" else "np.bool_"
        return f"{self.word(ref.name)} = np.empty({self.extents(ref)}, {dtype})"

    def zero(self, ref: Ref, real: Parameter) -> str:
        if not ref.indices:
            return f"{self.word(ref.name)} = 0.0"
        return f"{self.word(ref.name)} = np.zeros({self.extents(ref)}, {real.name}.dtype)"
